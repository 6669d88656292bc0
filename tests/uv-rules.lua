-- What holds for every function of `uv` that takes a callback, and for every callback.

local uv = require('uv')

local windows = jit.os == 'Windows'

-- Every kind of callback: `arm(callback)` lets it be called soon, and returns a function that tidies up.

local function closer(...)
  local handles = { ... }
  return function()
    for _, handle in ipairs(handles) do
      if not handle:is_closing() then handle:close() end
    end
  end
end

local function folder()
  local path = assert(uv.fs_mkdtemp(uv.os_tmpdir() .. '/luvit-rules-XXXXXX'))
  return path, function()
    for name in uv.fs_scandir_next, assert(uv.fs_scandir(path)) do uv.fs_unlink(path .. '/' .. name) end
    uv.fs_rmdir(path)
  end
end

local function write(path, text)
  local fd = assert(uv.fs_open(path, 'w', 384))
  assert(uv.fs_write(fd, text))
  assert(uv.fs_close(fd))
end

---Two connected sockets, handed to `fn` when both are there.
local function pair(fn)
  local server, client = uv.new_tcp(), uv.new_tcp()
  assert(server:bind('127.0.0.1', 0))
  local accepted, connected
  assert(server:listen(1, function()
    accepted = uv.new_tcp()
    assert(server:accept(accepted))
    server:close()
    if connected then fn(client, accepted) end
  end))
  assert(client:connect('127.0.0.1', server:getsockname().port, function(err)
    assert(not err, err)
    connected = true
    if accepted then fn(client, accepted) end
  end))
end

local kinds = {
  timer = function(callback)
    local timer = uv.new_timer()
    assert(timer:start(0, 0, callback) == 0)
    return closer(timer)
  end,
  idle = function(callback)
    local idle = uv.new_idle()
    assert(idle:start(callback) == 0)
    return closer(idle)
  end,
  prepare = function(callback)
    local prepare, idle = uv.new_prepare(), uv.new_idle()
    assert(prepare:start(callback) == 0)
    idle:start(function() end)
    return closer(prepare, idle)
  end,
  check = function(callback)
    local check, idle = uv.new_check(), uv.new_idle()
    assert(check:start(callback) == 0)
    idle:start(function() end)
    return closer(check, idle)
  end,
  async = function(callback)
    local async = assert(uv.new_async(callback))
    assert(async:send() == 0)
    return closer(async)
  end,
  poll = function(callback)
    local fds = assert(uv.socketpair('stream', 0, { nonblock = true }, { nonblock = true }))
    local poll, writer = assert(uv.new_socket_poll(fds[1])), uv.new_tcp()
    assert(writer:open(fds[2]))
    assert(poll:start('w', callback) == 0)
    local close = closer(poll, writer)
    return function()
      close()
      if not windows then
        local reader = uv.new_tcp()
        -- The poll handle lets the descriptor alone.
        reader:open(fds[1])
        reader:close()
      end
    end
  end,
  connect_refused = function(callback)
    local server, client = uv.new_tcp(), uv.new_tcp()
    assert(server:bind('127.0.0.1', 0))
    local port = server:getsockname().port
    server:close()
    assert(client:connect('127.0.0.1', port, callback))
    return closer(client)
  end,
  connect = function(callback)
    local server, client = uv.new_tcp(), uv.new_tcp()
    assert(server:bind('127.0.0.1', 0))
    assert(server:listen(1, function() end))
    assert(client:connect('127.0.0.1', server:getsockname().port, callback))
    return closer(server, client)
  end,
  connection = function(callback)
    local server, client = uv.new_tcp(), uv.new_tcp()
    assert(server:bind('127.0.0.1', 0))
    assert(server:listen(1, callback) == 0)
    assert(client:connect('127.0.0.1', server:getsockname().port))
    return closer(server, client)
  end,
  read = function(callback)
    local close
    pair(function(a, b)
      close = closer(a, b)
      assert(a:read_start(callback) == 0)
      assert(b:write('x'))
    end)
    return function() close() end
  end,
  write = function(callback)
    local close
    pair(function(a, b)
      close = closer(a, b)
      assert(a:write('x', callback))
    end)
    return function() close() end
  end,
  shutdown = function(callback)
    local close
    pair(function(a, b)
      close = closer(a, b)
      assert(a:shutdown(callback))
    end)
    return function() close() end
  end,
  close = function(callback)
    uv.new_tcp():close(callback)
    return function() end
  end,
  close_reset = function(callback)
    pair(function(a, b)
      b:close()
      assert(a:close_reset(callback) == 0)
    end)
    return function() end
  end,
  udp_send = function(callback)
    local udp = uv.new_udp()
    assert(udp:bind('127.0.0.1', 0))
    assert(udp:send('x', '127.0.0.1', udp:getsockname().port, callback))
    return closer(udp)
  end,
  udp_recv = function(callback)
    local udp = uv.new_udp()
    assert(udp:bind('127.0.0.1', 0))
    assert(udp:recv_start(callback) == 0)
    assert(udp:try_send('x', '127.0.0.1', udp:getsockname().port) == 1)
    return closer(udp)
  end,
  fs_stat = function(callback)
    assert(uv.fs_stat('.', callback))
    return function() end
  end,
  fs_open_fails = function(callback)
    assert(uv.fs_open('/no/such/file', 'r', 0, callback))
    return function() end
  end,
  fs_scandir = function(callback)
    assert(uv.fs_scandir('.', callback))
    return function() end
  end,
  fs_opendir = function(callback)
    local dir
    assert(uv.fs_opendir('.', function(_, found)
      dir = found
      return callback(_, found)
    end))
    return function() uv.fs_closedir(dir) end
  end,
  getaddrinfo = function(callback)
    assert(uv.getaddrinfo('127.0.0.1', nil, nil, callback))
    return function() end
  end,
  getnameinfo = function(callback)
    assert(uv.getnameinfo({ ip = '127.0.0.1', port = 80 }, callback))
    return function() end
  end,
  random = function(callback)
    assert(uv.random(4, 0, callback) == 0)
    return function() end
  end,
  work = function(callback)
    assert(uv.new_work(function() return 1 end, callback):queue())
    return function() end
  end,
  fs_event = function(callback)
    local path, remove = folder()
    local watcher = uv.new_fs_event()
    assert(watcher:start(path, {}, callback) == 0)
    local timer = uv.new_timer()
    timer:start(20, 20, function() write(path .. '/file', 'text') end)
    local close = closer(watcher, timer)
    return function()
      close()
      remove()
    end
  end,
  fs_poll = function(callback)
    local watcher = uv.new_fs_poll()
    assert(watcher:start('/no/such/file', 10, callback) == 0)
    return closer(watcher)
  end,
  exit = function(callback)
    local command = windows and { 'cmd', { '/c', 'exit 3' } } or { 'sh', { '-c', 'exit 3' } }
    return closer((assert(uv.spawn(command[1], { args = command[2] }, callback))))
  end,
}
if not windows then
  kinds.signal = function(callback)
    local signal = uv.new_signal()
    assert(signal:start('sigurg', callback) == 0)
    uv.kill(uv.os_getpid(), 'sigurg')
    return closer(signal)
  end
  kinds.signal_oneshot = function(callback)
    local signal = uv.new_signal()
    assert(signal:start_oneshot('sigurg', callback) == 0)
    uv.kill(uv.os_getpid(), 'sigurg')
    return closer(signal)
  end
  kinds.pipe_connect = function(callback)
    local pipe = uv.new_pipe()
    assert(pipe:connect('/no/such/socket', callback))
    return closer(pipe)
  end
end

local names = {}
for name in pairs(kinds) do table.insert(names, name) end
table.sort(names)

---Runs the loop until `done()` is true.
local function wait(done)
  local timer = uv.new_timer()
  -- Whatever is waited for comes soon; the loop needs a reason to turn until then.
  timer:start(1, 1, function() end)
  while not done() do uv.run('once') end
  timer:close()
end

---Runs `fn` while errors that nobody caught go to `handler` instead of the harness.
local function uncaught(handler, fn)
  local others = {}
  for _, listener in ipairs(process.handlers.uncaughtException or {}) do
    if listener then table.insert(others, listener) end
  end
  for _, listener in ipairs(others) do process:removeListener('uncaughtException', listener) end
  process:on('uncaughtException', handler)
  local ok, err = xpcall(fn, debug.traceback)
  process:removeListener('uncaughtException', handler)
  for _, listener in ipairs(others) do process:on('uncaughtException', listener) end
  assert(ok, err)
end

require('tap')(function(test)
  test('an error in any callback is told once, with the line, and the loop goes on', function()
    for _, name in ipairs(names) do
      local raised, told, tidy = 0, {}, nil
      uncaught(function(err, stack)
        table.insert(told, { err = tostring(err), stack = tostring(stack) })
      end, function()
        tidy = kinds[name](function()
          if raised > 0 then return end
          raised = 1
          error('raised by ' .. name)
        end)
        local turns = 0
        wait(function()
          if raised > 0 then turns = turns + 1 end
          return turns > 3
        end)
        tidy()
        uv.run()
      end)
      assert(#told == 1, name .. ': told ' .. #told .. ' times')
      assert(told[1].err:find('uv%-rules%.lua:%d+: raised by ' .. name), name .. ': ' .. told[1].err)
      assert((told[1].stack .. told[1].err):find('uv%-rules%.lua:%d+'), name .. ': ' .. told[1].stack)
    end
  end)

  test('an error in a callback of walk is raised by walk', function()
    local timer = uv.new_timer()
    local ok, err = pcall(uv.walk, function() error('raised by walk') end)
    assert(not ok and err:find('raised by walk', 1, true), err)
    timer:close()
  end)

  test('callbacks run on the main state, whichever coroutine made them', function()
    for _, name in ipairs(names) do
      local called, inside, main, tidy
      coroutine.wrap(function()
        tidy = kinds[name](function()
          if called then return end
          called = true
          inside, main = coroutine.running()
        end)
      end)()
      wait(function() return called end)
      tidy()
      uv.run()
      assert(main == true or inside == nil, name .. ': ' .. tostring(inside))
    end
  end)

  test('whatever can be called is a callback', function()
    for _, name in ipairs(names) do
      local called
      local callable = setmetatable({}, { __call = function(self) called = self end })
      local tidy = kinds[name](callable)
      wait(function() return called end)
      assert(called == callable, name)
      tidy()
      uv.run()
    end
    local seen
    local timer = uv.new_timer()
    uv.walk(setmetatable({}, { __call = function(_, handle) seen = seen or handle == timer end }))
    assert(seen)
    timer:close()
  end)

  test('a callback may resume the coroutine that waits for it', function()
    for _, name in ipairs(names) do
      local resumed, tidy
      coroutine.wrap(function()
        local co = coroutine.running()
        local first = true
        tidy = kinds[name](function()
          if first then
            first = false
            coroutine.resume(co)
          end
        end)
        coroutine.yield()
        resumed = true
      end)()
      wait(function() return resumed end)
      tidy()
      uv.run()
    end
  end)

  test('a callback may run the loop', function()
    for _, name in ipairs(names) do
      local called
      local tidy = kinds[name](function()
        if called then return end
        called = true
        uv.run('nowait')
      end)
      wait(function() return called end)
      tidy()
      uv.run()
    end
  end)

  -- Handles that call again and again, and how they are stopped and started.
  local repeating = {
    timer = { uv.new_timer, function(timer, fn) return timer:start(1, 1, fn) end, uv.timer_stop },
    idle = { uv.new_idle, uv.idle_start, uv.idle_stop },
    prepare = { uv.new_prepare, uv.prepare_start, uv.prepare_stop },
    check = { uv.new_check, uv.check_start, uv.check_stop },
    fs_poll = {
      uv.new_fs_poll,
      function(watcher, fn) return watcher:start('/no/such/file', 1, fn) end,
      uv.fs_poll_stop,
    },
    udp = {
      function()
        local udp = uv.new_udp()
        assert(udp:bind('127.0.0.1', 0))
        return udp
      end,
      function(udp, fn)
        assert(udp:try_send('x', '127.0.0.1', udp:getsockname().port) == 1)
        return udp:recv_start(fn)
      end,
      uv.udp_recv_stop,
    },
  }

  test('a callback may close its own handle', function(expect)
    for _, kind in pairs(repeating) do
      local handle = kind[1]()
      assert(kind[2](handle, expect(function()
        handle:close(expect(function() end, 1))
      end, 1)) == 0)
      wait(function() return handle:is_closing() end)
      uv.run('nowait')
    end
  end)

  test('a callback may stop its own handle', function(expect)
    for _, kind in pairs(repeating) do
      local handle, stopped = kind[1](), false
      assert(kind[2](handle, expect(function()
        stopped = kind[3](handle) == 0
      end, 1)) == 0)
      wait(function() return stopped end)
      assert(not handle:is_active())
      handle:close()
    end
    uv.run()
  end)

  test('a callback may start its own handle with another callback', function(expect)
    for _, kind in pairs(repeating) do
      local handle, second = kind[1](), false
      assert(kind[2](handle, expect(function()
        kind[3](handle)
        assert(kind[2](handle, expect(function()
          second = true
          handle:close()
        end, 1)) == 0)
        collectgarbage()
      end, 1)) == 0)
      wait(function() return second end)
    end
    uv.run()
  end)

  test('what is closed last is told first, behind what was cancelled', function()
    local told = {}
    local function tell(name) return function() table.insert(told, name) end end
    local server, client, timer = uv.new_tcp(), uv.new_tcp(), uv.new_timer()
    assert(server:bind('127.0.0.1', 0))
    assert(client:connect('127.0.0.1', server:getsockname().port, tell('connect')))
    server:close(tell('server'))
    client:close(tell('client'))
    timer:close(function()
      table.insert(told, 'timer')
      uv.new_idle():close(tell('next turn'))
    end)
    uv.run()
    assert(table.concat(told, ' ') == 'timer connect client server next turn', table.concat(told, ' '))
  end)

  test('a callback in the place of the flags of bind is passed over', function()
    local tcp, udp = uv.new_tcp(), uv.new_udp()
    assert(tcp:bind('127.0.0.1', 0, print) == 0 and udp:bind('127.0.0.1', 0, print) == 0)
    tcp:close()
    udp:close()
  end)

  test('what is closed is stopped already, and starts no more', function()
    for name, kind in pairs(repeating) do
      local handle = kind[1]()
      handle:close()
      for _ = 1, 2 do
        assert(kind[3](handle) == 0, name)
        if name ~= 'udp' then
          local value, _, code = kind[2](handle, print)
          assert(value == nil and code == 'EINVAL', name)
        end
        assert(handle:is_closing() and not handle:is_active(), name)
        assert(handle:get_type() == name, name)
        assert(not pcall(handle.close, handle), name)
        uv.run('nowait')
      end
    end
    local timer = uv.new_timer()
    timer:close()
    uv.run()
    assert(timer:get_repeat() == 0 and timer:get_due_in() == 0)
    assert(select('#', timer:set_repeat(5)) == 0)
    local tcp = uv.new_tcp()
    tcp:close()
    for _ = 1, 2 do
      assert(tcp:nodelay(true) == 0 and tcp:keepalive(true, 5) == 0 and tcp:read_stop() == 0)
      for _, result in ipairs({
        { tcp:read_start(print) }, { tcp:listen(1, print) }, { tcp:bind('127.0.0.1', 0) },
      }) do
        assert(result[1] == nil and result[3] == 'EINVAL', result[3])
      end
      uv.run()
    end
  end)

  test('a wrong first argument is named, by the type that was expected', function()
    local udp = uv.new_udp()
    local closed = uv.new_tcp()
    closed:close()
    uv.run()
    local prefixes = {
      timer = 'uv_timer', prepare = 'uv_prepare', check = 'uv_check', idle = 'uv_idle', async = 'uv_async',
      poll = 'uv_poll', signal = 'uv_signal', process = 'uv_process', tcp = 'uv_tcp', tty = 'uv_tty',
      fs_event = 'uv_fs_event', fs_poll = 'uv_fs_poll', sem = 'uv_sem',
    }
    local others = { tty_reset_mode = true, tty_set_vterm_state = true, tty_get_vterm_state = true }
    for prefix, expected in pairs(prefixes) do
      for name, fn in pairs(uv) do
        if name:find('^' .. prefix .. '_') and not others[name] then
          for _, value in ipairs({ udp, 5, 'x', {}, io.stdout, expected ~= 'uv_tcp' and closed or udp }) do
            local ok, err = pcall(function() fn(value) end)
            assert(not ok, name)
            local text = ('bad argument #1 to \'fn\' (%s expected, got %s)'):format(expected, type(value))
            assert(err:find(text, 1, true), name .. ': ' .. err)
          end
          local ok, err = pcall(function() fn() end)
          assert(not ok and err:find(('(%s expected, got no value)'):format(expected), 1, true), name .. ': ' .. err)
        end
      end
    end
    for _, name in ipairs({ 'close', 'is_active', 'is_closing', 'ref', 'unref', 'has_ref', 'fileno', 'handle_get_type' }) do
      local ok, err = pcall(function() uv[name](io.stdout) end)
      assert(not ok and err:find('(Expected uv_handle userdata)', 1, true), name .. ': ' .. err)
    end
    for _, name in ipairs({ 'read_start', 'read_stop', 'write', 'shutdown', 'listen', 'accept', 'try_write', 'is_readable' }) do
      local ok, err = pcall(function() uv[name](udp) end)
      assert(not ok and err:find('(Expected uv_stream userdata)', 1, true), name .. ': ' .. err)
    end
    udp:close()
  end)

  test('buffers are strings or lists of them', function()
    local tcp, udp = uv.new_tcp(), uv.new_udp()
    for _, fn in ipairs({
      function(data) return tcp:write(data) end,
      function(data) return tcp:try_write(data) end,
      function(data) return udp:send(data, '127.0.0.1', 1) end,
      function(data) return udp:try_send(data, '127.0.0.1', 1) end,
      function(data) return uv.fs_write(1, data) end,
    }) do
      local ok, err = pcall(fn, true)
      assert(not ok and err:find('(data must be string or table of strings, got boolean)', 1, true), err)
      ok, err = pcall(fn, { 'x', true })
      assert(not ok and err:find('(expected table of strings, found boolean in the table)', 1, true), err)
    end
    tcp:close()
    udp:close()
  end)
end)
