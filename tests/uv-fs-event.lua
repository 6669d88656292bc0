-- Watching files: `fs_event` (notifications) and `fs_poll` (looking every so often).

local uv = require('uv')

local function folder()
  return assert(uv.os_tmpdir()) .. '/luvit-watch-' .. uv.os_getpid() .. '-' .. tostring(uv.hrtime())
end

local function write(path, text)
  local file = assert(io.open(path, 'w'))
  file:write(text)
  file:close()
end

local windows = require('los').type() == 'win32'
local function mkdir(path)
  if windows then path = path:gsub('/', '\\') end
  assert(os.execute((windows and 'mkdir "%s"' or 'mkdir -p "%s"'):format(path)))
end

local function rmtree(path)
  os.execute((windows and 'rmdir /s /q "%s"' or 'rm -rf "%s"'):format(path))
end

require('tap')(function(test)
  test('a folder tells the names that come, change and go', function(expect)
    local dir = folder()
    mkdir(dir)
    local watcher = uv.new_fs_event()
    local seen = {}
    assert(watcher:start(dir, {}, expect(function(err, name, events)
      assert(not err, err)
      assert(type(events) == 'table' and (events.change or events.rename))
      seen[#seen + 1] = name
      if name == 'last' then
        assert(watcher:stop() == 0)
        watcher:close()
        rmtree(dir)
      end
    end)) == 0)
    assert(watcher:getpath() == dir)
    assert(watcher:is_active())
    write(dir .. '/first', 'text')
    write(dir .. '/last', 'text')
  end)

  test('folders below are watched when that is asked for', function(expect)
    local dir = folder()
    mkdir(dir .. '/a/b')
    local watcher = uv.new_fs_event()
    local wanted = windows and 'a\\b\\deep' or 'a/b/deep'
    -- Where nothing is told, the other tests still run.
    local guard = uv.new_timer()
    local function finish()
      guard:close()
      watcher:close()
      rmtree(dir)
    end
    local told = expect(function() finish() end)
    guard:start(10000, 0, finish)
    watcher:start(dir, { recursive = true }, function(err, name)
      assert(not err, err)
      if name == wanted and not watcher:is_closing() then told() end
    end)
    write(dir .. '/a/b/deep', 'text')
  end)

  test('a watcher may be started again from its own callback', function(expect)
    local dir = folder()
    mkdir(dir)
    local watcher = uv.new_fs_event()
    local second = expect(function(err)
      assert(not err, err)
      if not watcher:is_closing() then
        watcher:close()
        rmtree(dir)
      end
    end)
    watcher:start(dir, {}, expect(function()
      watcher:stop()
      assert(watcher:start(dir, nil, second))
      write(dir .. '/two', '')
    end))
    write(dir .. '/one', '')
  end)

  test('what cannot be watched', function()
    local watcher = uv.new_fs_event()
    local ok, err, name = watcher:start('/no/such/path', {}, function() end)
    assert(ok == nil and name == 'ENOENT' and err:find('^ENOENT: '))
    ok, err, name = watcher:getpath()
    assert(ok == nil and name == 'EINVAL', err)
    assert(not pcall(watcher.start, watcher, '.', {}))
    assert(not pcall(watcher.start, watcher, '.', 5, function() end))
    assert(not pcall(watcher.start, watcher, 'a\0b', {}, function() end))
    assert(watcher:start('.', {}, function() end) == 0)
    ok, err, name = watcher:start('.', {}, function() end)
    assert(ok == nil and name == 'EINVAL', err)
    watcher:close()
    ok, err, name = uv.fs_event_start(watcher, '.', {}, function() end)
    assert(ok == nil and name == 'EINVAL', err)
    local poll = uv.new_fs_poll()
    assert(uv.handle_get_type(poll) == 'fs_poll' and tostring(poll):find('^uv_fs_poll_t: '))
    poll:close()
  end)

  test('a path that is looked at comes, changes and goes', function(expect)
    local dir = folder()
    mkdir(dir)
    local path = dir .. '/file'
    local watcher = uv.new_fs_poll()
    local step = 0
    assert(watcher:start(path, 5, expect(function(err, before, now)
      step = step + 1
      if step == 1 then
        assert(err == 'ENOENT' and before.size == 0 and before.mtime.sec == 0 and now.size == 0)
        write(path, 'text')
      elseif err then
        assert(err == 'ENOENT' and step >= 3)
        -- As it was last, and nothing.
        assert(before.mtime.sec > 0 and now.mtime.sec == 0)
        watcher:stop()
        watcher:close()
        rmtree(dir)
      else
        assert(type(before.size) == 'number' and type(now.mtime.nsec) == 'number')
        if now.size == 4 then
          os.remove(path)
        end
      end
    end)) == 0)
    assert(watcher:getpath() == path)
    -- Started again it goes on as it was.
    assert(uv.fs_poll_start(watcher, '/other', 1, error) == 0)
    assert(uv.fs_poll_getpath(watcher) == path)
  end)

  test('a look that is not wanted any more', function()
    local watcher = uv.new_fs_poll()
    watcher:start('.', 1, function() end)
    watcher:stop()
    assert(not watcher:is_active())
    local ok, err, name = watcher:getpath()
    assert(ok == nil and name == 'EINVAL', err)
    watcher:start('.', 1, function() end)
    watcher:close()
    assert(not pcall(uv.fs_poll_start, watcher, '.', -1, function() end))
  end)

  test('watchers left alone do not keep the program', function()
    local event, poll = uv.new_fs_event(), uv.new_fs_poll()
    event:start('.', {}, function() end)
    poll:start('.', 1000, function() end)
    event:unref()
    poll:unref()
    assert(event:is_active() and poll:is_active())
    uv.run()
    event:close()
    poll:close()
  end)
end)
