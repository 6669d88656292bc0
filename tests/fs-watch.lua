local fs = require('fs')
local timer = require('timer')
local refusals = require('refusals')
local inside = require('folder')()

local WINDOWS = require('los').type() == 'win32'

require('tap')(function(test)
  test('names that come and go, and content that changes', function(expect)
    local folder = inside('folder')
    fs.mkdirSync(folder)
    local seen, watcher = {}, nil
    local function enough()
      if seen['rename a'] and seen['change a'] and not watcher.closed then watcher:close() end
    end
    watcher = fs.watch(folder, function(event, filename)
      seen[event .. ' ' .. tostring(filename)] = true
      enough()
    end)
    assert(watcher.path == folder and watcher.closed == false)
    watcher:on('change', expect(function(filename) assert(filename == 'a') end))
    watcher:on('rename', expect(function(filename) assert(filename == 'a') end))
    watcher:on('error', error)
    watcher:on('close', expect(function()
      watcher:close(expect(function() end, 1))
    end, 1))
    timer.setTimeout(20, function()
      fs.writeFileSync(folder .. '/a', 'x')
      fs.appendFileSync(folder .. '/a', 'y')
    end)
  end)

  test('recursive', function(expect)
    local folder = inside('recursive')
    fs.mkdirpSync(folder .. '/below')
    local watcher
    watcher = fs.watch(folder, { recursive = true }, expect(function(_, filename)
      if filename and filename:gsub('\\', '/') == 'below/file' then watcher:close() end
    end))
    timer.setTimeout(20, function() fs.writeFileSync(folder .. '/below/file', 'x') end)
  end)

  test('what cannot be watched is an error, then a close', function(expect)
    for _, path in ipairs({ inside('missing'), 'a\0b' }) do
      local watcher = fs.watch(path)
      local failed = false
      watcher:on('error', expect(function(err)
        failed = true
        assert(err:find("^%u+: .*, watch '"), err)
      end, 1))
      watcher:on('close', expect(function() assert(failed) end, 1))
    end
  end)

  test('closed in its own listener, it is silent', function(expect)
    local folder = inside('silent')
    fs.mkdirSync(folder)
    local watcher, closed = nil, false
    watcher = fs.watch(folder, expect(function()
      assert(not closed)
      closed = true
      watcher:close()
    end, 1))
    timer.setTimeout(20, function()
      for i = 1, 5 do fs.writeFileSync(folder .. '/' .. i, 'x') end
    end)
  end)

  test('a watcher that does not keep the program running', function(_, uv)
    local watcher = fs.watch(inside(), { persistent = false })
    uv.run()
    watcher:ref()
    watcher:unref()
    uv.run()
    watcher:close()
  end)

  test('watchFile: a file that changes, goes and comes', function(expect)
    local path = inside('polled')
    fs.writeFileSync(path, 'x')
    local sizes, growing = {}, nil
    local function other() end
    fs.watchFile(path, { interval = 5 }, other)
    fs.watchFile(path, expect(function(current, previous)
      table.insert(sizes, current.size)
      if #sizes == 1 then
        assert(current.size > previous.size)
        timer.clearInterval(growing)
        fs.unlinkSync(path)
      elseif #sizes == 2 then
        fs.writeFileSync(path, 'again')
      elseif current.size == 5 then
        fs.unwatchFile(path, other)
        fs.unwatchFile(path)
        fs.unwatchFile(path)
        assert(sizes[2] == 0, sizes[2])
      end
    end))
    -- The first look may come late.
    growing = timer.setInterval(20, function() fs.appendFileSync(path, 'yy') end)
  end)

  test('arguments are checked', function()
    refusals.raises("bad argument 'path' to 'watch'", fs.watch)
    refusals.raises("bad argument 'listener' to 'watch'", fs.watch, 'x', {}, 1)
    refusals.raises("bad argument 'listener' to 'watchFile'", fs.watchFile, 'x')
    -- A name that no file can have is not worth a raise: it is like one that is not there.
    fs.watchFile('a\0b', error)
    fs.unwatchFile('a\0b')
    refusals.raises("bad argument 'options.interval' to 'watchFile'", fs.watchFile, 'x', { interval = 0 }, print)
    assert(WINDOWS or fs.FSWatcher.close)
  end)
end)
