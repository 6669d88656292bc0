require('tap')(function(test)
  test('argv, pid, cwd', function(_, uv)
    assert(process.argv[0] and process.argv[1]:find('process'))
    assert(process.argv == args)
    assert(process.pid == uv.os_getpid() and process.cwd() == uv.cwd() and process:cwd() == uv.cwd())
    assert(process == _G.process and require('process').globalProcess() == process)
  end)

  test('env is live', function()
    local name = 'LUVIT_TEST_PROCESS'
    assert(process.env[name] == nil and process.env.get(name) == nil)
    process.env[name] = 'one'
    assert(process.env[name] == 'one' and process.env.get(name) == 'one')
    -- The C library of Windows has a copy of its own, from the start.
    assert(jit.os == 'Windows' or os.getenv(name) == 'one')
    process.env[name] = 2
    assert(process.env[name] == '2')
    local found
    for key, value in pairs(process.env) do
      if key == name then found = value end
    end
    assert(found == '2')
    found = nil
    for key, value in process.env.iterate() do
      if key == name then found = value end
    end
    assert(found == '2')
    process.env[name] = nil
    assert(process.env[name] == nil and os.getenv(name) == nil)
    assert(process.env[1] == nil and process.env[{}] == nil)
    assert(not pcall(function() process.env['a=b'] = 'x' end))
  end)

  test('nextTick', function(expect, uv)
    local order = {}
    process.nextTick(expect(function(...)
      assert(select('#', ...) == 3 and select(3, ...) == 'c')
      order[#order + 1] = 'tick'
    end), 'a', nil, 'c')
    order[#order + 1] = 'now'
    uv.run()
    assert(table.concat(order, ' ') == 'now tick')
  end)

  test('nextTick runs the loop itself, and survives a walk that closes all', function(expect, uv)
    process.nextTick(expect(function()
      process.nextTick(expect(function() end))
      uv.run('nowait')
    end))
    uv.run()
    local before = {}
    uv.walk(function(handle) before[handle] = true end)
    process.nextTick(expect(function() end))
    uv.walk(function(handle)
      if not before[handle] then handle:close() end
    end)
    uv.run()
    process.nextTick(expect(function() end))
  end)

  test('memory and time', function()
    local memory = process.memoryUsage()
    assert(memory.rss > 0 and memory.heapUsed > 0 and process:memoryUsage().rss > 0)
    local before = process:cpuUsage()
    for _ = 1, 1e6 do before.user = before.user + 0 end
    for _, usage in ipairs({ process:cpuUsage(before), process.cpuUsage(before) }) do
      assert(usage.user >= 0 and usage.system >= 0 and usage.user < 1e9)
    end
  end)

  test('kill', function()
    assert(process.kill(process.pid, 0) == 0)
    local value, err, code = process.kill(2 ^ 30, 0)
    assert(value == nil and err:find('^ESRCH: ') and code == 'ESRCH')
    assert(not pcall(process.kill, 'x'))
  end)

  if jit.os ~= 'Windows' then
    test('signals: on, once, removeListener', function(_, uv)
      local calls = {}
      local function listener(name) calls[#calls + 1] = name end
      process:on('sigusr1', listener)
      process:once('sigusr2', listener)
      -- Without their handles the loop would end at once.
      local function raise(name)
        process.kill(process.pid, name)
        local timer, before = uv.new_timer(), #calls
        timer:start(2000, 0, function() timer:stop() end)
        while #calls == before and timer:is_active() do uv.run('once') end
        timer:close()
      end
      raise('sigusr1')
      raise('sigusr2')
      raise('sigusr1')
      assert(table.concat(calls, ' ') == 'sigusr1 sigusr2 sigusr1', table.concat(calls, ' '))
      assert(process:listenerCount('sigusr2') == 0)
      process:removeListener('sigusr1', listener)
      process:on('sigusr1', listener)
      raise('sigusr1')
      assert(#calls == 4)
      process:removeAllListeners('sigusr1')
      assert(process:listenerCount('sigusr1') == 0)
      local ok, err = pcall(process.on, process, 'sigkill', listener)
      assert(not ok and err:find("cannot listen for 'sigkill': EINVAL", 1, true), err)
      process:removeAllListeners('sigkill')
    end)
  end

  test('it is an emitter for other names, too', function(expect)
    process:on('some event', expect(function(a, b) assert(a == 1 and b == 2) end, 1))
    process:emit('some event', 1, 2)
    process:removeAllListeners('some event')
    assert(not process:emit('some event'))
    assert(not pcall(process.on, process, 'x', 'no function'))
  end)

  test('the exit code is a field', function()
    assert(process.exitCode == 0)
    assert(type(process.exit) == 'function')
  end)

  test('streams', function(expect)
    assert(process.stdout:write('# to stdout\n', expect(function(err) assert(not err) end)) ~= nil)
    assert(process.stderr:write('# to stderr\n') ~= nil)
    assert(type(process.stdin.on) == 'function' and type(process.stdin.read) == 'function')
    local Readable = require('stream').Readable
    local source = Readable:new()
    source._read = function() end
    source:pipe(process.stdout)
    source:push('# piped\n')
    source:push(nil)
    source:on('end', expect(function()
      local handle = process.stdin.handle
      if type(handle) == 'userdata' then handle:close() end
    end))
  end)

  test('standard input that cannot be read is an error with its text', function(expect, uv)
    local program = require('program')
    -- A folder, which Windows does not open.
    local fd = uv.fs_open(uv.os_tmpdir(), 'r', 0)
    if not fd then return end
    program.start({
      '-e', "process.stdin:on('error', print) print(process.stdin:resume():pause() == process.stdin) process.stdin:resume()",
    }, { stdin = fd }, expect(function(result)
      uv.fs_close(fd)
      assert(result.out == 'true\nEISDIR: illegal operation on a directory, read\n', result.out .. result.err)
    end, 1))
  end)

  test('standard input goes on after a pause, also one before the first data', function(expect, uv)
    local program = require('program')
    local input = uv.new_pipe(false)
    local ends = uv.pipe(nil, { nonblock = true })
    input:open(ends.write)
    program.start({ '-e', [[
      local got = {}
      process.stdin:on('data', function(chunk)
        got[#got + 1] = chunk
        process.stdin:pause()
        require('timer').setTimeout(5, function() process.stdin:resume() end)
      end)
      process.stdin:on('end', function() print(table.concat(got), #got) end)
      process.stdin:pause():resume():pause():resume()
    ]] }, { stdin = ends.read }, expect(function(result)
      assert(result.out == 'onetwo\t2\n', result.out .. result.err)
    end, 1))
    uv.fs_close(ends.read)
    input:write('one')
    require('timer').setTimeout(300, function()
      input:write('two')
      input:shutdown(function() input:close() end)
    end)
  end)

  test('print and p', function()
    print('# print', nil, 1.5, true)
    p('# p', nil, { 1 })
    assert(not pcall(print, setmetatable({}, { __tostring = function() error('no') end })))
  end)
end)
