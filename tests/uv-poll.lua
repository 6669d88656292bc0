-- Watching descriptors: what is told when, and every error.

local refusals = require('refusals')
local uv = require('uv')
local ffi = require('ffi')

local windows = ffi.os == 'Windows'

local raises, fails = refusals.raises, refusals.fails

local C
if not windows then
  ffi.cdef([[
    int socketpair(int, int, int, int *);
    int pipe(int *);
    int close(int);
    int shutdown(int, int);
    long write(int, const char *, size_t);
    long read(int, char *, size_t);
    long send(int, const char *, size_t, int);
    int open(const char *, int, ...);
  ]])
  C = ffi.C
end

---Two connected stream sockets.
local function pair()
  local fds = ffi.new('int[2]')
  assert(C.socketpair(uv.constants.AF_UNIX, uv.constants.SOCK_STREAM, 0, fds) == 0)
  return fds[0], fds[1]
end

local function read(fd)
  local buffer = ffi.new('char[64]')
  local length = tonumber(C.read(fd, buffer, 64))
  return length >= 0 and ffi.string(buffer, length) or nil
end

---What a watcher of `events` is told in one turn: its letters, or nothing.
local function turn(poll, events)
  local told
  assert(poll:start(events, function(err, letters)
    assert(not err, err)
    assert(not told, 'twice in a turn')
    told = letters
  end) == 0)
  uv.run('nowait')
  return told
end

require('tap')(function(test)
  test('a socket of the loop that nothing else waits for', function(expect)
    -- Sockets can be watched on every system.
    local udp = uv.new_udp()
    assert(udp:bind('127.0.0.1', 0))
    local poll = assert(uv.new_socket_poll(udp:fileno()))
    assert(poll:get_type() == 'poll' and tostring(poll):find('^uv_poll_t: '))
    assert(not poll:is_active() and poll:fileno() == udp:fileno())
    local sender = uv.new_udp()
    local calls = 0
    assert(poll:start('r', expect(function(err, events)
      assert(not err, err)
      assert(events == 'r', events)
      calls = calls + 1
      -- Nobody reads it: it is told again.
      if calls == 3 then
        poll:close()
        udp:close()
        sender:close()
      end
    end)) == 0)
    assert(poll:is_active())
    sender:try_send('x', '127.0.0.1', udp:getsockname().port)
  end)

  test('arguments', function()
    local udp = uv.new_udp('inet')
    local poll = assert(uv.new_poll(udp:fileno()))
    raises("bad argument #1 to '?'", uv.new_poll, 'x')
    raises("bad argument #1 to '?'", uv.new_socket_poll)
    fails('EBADF', uv.new_poll(-1))
    for _, events in pairs({ 'x', '', 'rx', 1 }) do
      raises(("bad argument #2 to '?' (invalid option '%s')"):format(events), uv.poll_start, poll, events, print)
    end
    raises("bad argument #2 to '?'", uv.poll_start, poll, {}, print)
    raises("bad argument #3 to '?'", uv.poll_start, poll, 'r')
    raises("bad argument #3 to '?'", uv.poll_start, poll, 'r', 5)
    raises('uv_poll expected, got userdata', uv.poll_start, udp, 'r', print)
    raises('uv_poll expected, got number', uv.poll_stop, 5)
    assert(not poll:is_active())
    for _, events in pairs({ 'r', 'w', 'd', 'p', 'wr', 'dr', 'pdwr', 'rwdp', 'rr' }) do
      assert(poll:start(events, function() end) == 0)
    end
    assert(poll:stop() == 0 and poll:stop() == 0)
    poll:close()
    fails('EINVAL', poll:start('r', function() end))
    assert(poll:stop() == 0)
    udp:close()
    uv.run()
    assert(poll:start('r', function() end) == nil)
  end)

  test('readable and writable is what is watched by default', function(expect)
    local udp = uv.new_udp('inet')
    local poll = uv.new_poll(udp:fileno())
    assert(poll:start(nil, expect(function(err, events)
      assert(not err and events == 'w')
      assert(poll:stop() == 0)
      poll:close()
      udp:close()
    end)))
  end)

  if windows then
    return
  end

  test('refused descriptors', function()
    fails('EBADF', uv.new_poll(99999))
    if ffi.os == 'Linux' then
      local null = C.open('/dev/null', 0)
      local folder = C.open('/', 0)
      fails('EPERM', uv.new_poll(null))
      fails('EPERM', uv.new_poll(folder))
      C.close(null)
      C.close(folder)
    end
    local server = uv.new_tcp()
    server:bind('127.0.0.1', 0)
    server:listen(1, function() end)
    fails('EEXIST', uv.new_poll(server:fileno()))
    server:close()
    local ours, theirs = pair()
    local first, second = assert(uv.new_poll(ours)), assert(uv.new_poll(ours))
    assert(first:start('r', function() end))
    fails('EEXIST', second:start('r', function() end))
    fails('EEXIST', uv.new_poll(ours))
    first:stop()
    assert(second:start('r', function() end))
    first:close()
    second:close()
    C.close(ours)
    C.close(theirs)
  end)

  test('each turn tells what holds', function()
    local ours, theirs = pair()
    local poll = uv.new_poll(ours)
    assert(turn(poll, 'r') == nil)
    assert(turn(poll, 'rw') == 'w')
    C.write(theirs, 'x', 1)
    assert(turn(poll, 'r') == 'r' and turn(poll, 'r') == 'r')
    assert(turn(poll, 'dpwr') == 'rw')
    assert(turn(poll, 'd') == nil and turn(poll, 'p') == nil)
    assert(read(ours) == 'x')
    assert(turn(poll, 'r') == nil)
    C.shutdown(theirs, 1)
    assert(turn(poll, 'r') == 'r' and turn(poll, 'w') == 'w')
    if ffi.os == 'Linux' then
      assert(turn(poll, 'd') == 'd' and turn(poll, 'rd') == 'rd' and turn(poll, 'rwdp') == 'rwd')
    end
    C.close(theirs)
    assert(turn(poll, 'r') == 'r' and turn(poll, 'd') == 'd')
    poll:close()
    -- It is ours to close.
    assert(C.close(ours) == 0)
  end)

  test('the same callback is called until it has read', function(expect)
    local ours, theirs = pair()
    local poll = uv.new_poll(ours)
    local calls = 0
    poll:start('r', expect(function(err, events)
      assert(not err and events == 'r')
      calls = calls + 1
      if calls == 5 then
        assert(read(ours) == 'x')
        uv.run('nowait')
        assert(calls == 5)
        poll:close()
        C.close(ours)
        C.close(theirs)
      end
    end))
    C.write(theirs, 'x', 1)
  end)

  test('restarting and stopping in the callback', function(expect)
    local ours, theirs = pair()
    local poll = uv.new_poll(ours)
    C.write(theirs, 'x', 1)
    poll:start('r', expect(function()
      assert(poll:start('w', expect(function(_, events)
        assert(events == 'w')
        assert(poll:stop() == 0)
        assert(not poll:is_active())
        C.close(ours)
        C.close(theirs)
        poll:close()
      end)))
    end))
  end)

  test('a pipe without a reader is an error, and stops', function(expect)
    local fds = ffi.new('int[2]')
    C.pipe(fds)
    local poll = uv.new_poll(fds[1])
    C.close(fds[0])
    poll:start('w', expect(function(err, events)
      assert(err == 'EBADF' and events == '')
      assert(not poll:is_active())
      poll:close()
      C.close(fds[1])
    end))
  end)

  test('a descriptor closed in the callback', function(expect)
    local ours, theirs = pair()
    local poll = uv.new_poll(ours)
    C.write(theirs, 'x', 1)
    local calls = {}
    poll:start('r', expect(function(err)
      table.insert(calls, err or 'ready')
      C.close(ours)
    end))
    -- It ends by itself.
    uv.run()
    assert(table.concat(calls, ' ') == 'ready EBADF')
    fails('EBADF', poll:start('r', function() end))
    poll:close()
    C.close(theirs)
  end)

  test('out-of-band data', function(expect)
    if ffi.os ~= 'Linux' then
      return
    end
    local server, client = uv.new_tcp(), uv.new_tcp('inet')
    server:bind('127.0.0.1', 0)
    server:listen(1, expect(function()
      local peer = uv.new_tcp()
      assert(server:accept(peer))
      ffi.C.send(peer:fileno(), '!', 1, 1)
      server:close()
      -- A copy, which the loop does not wait for.
      ffi.cdef('int dup(int);')
      local fd = ffi.C.dup(client:fileno())
      local poll = assert(uv.new_poll(fd))
      poll:start('p', expect(function(err, events)
        assert(not err and events == 'p', events)
        poll:close()
        ffi.C.close(fd)
        client:close()
        peer:close()
      end))
    end))
    client:connect('127.0.0.1', server:getsockname().port, expect(function() end))
  end)

  test('callables, and handles out of reach', function(expect)
    local ours, theirs = pair()
    local called = expect(function(_, err, events)
      assert(not err and events == 'r')
    end)
    do
      local poll
      poll = uv.new_poll(ours)
      poll:start('r', setmetatable({}, {
        __call = function(...)
          called(...)
          poll:close()
          C.close(ours)
          C.close(theirs)
        end,
      }))
    end
    collectgarbage()
    C.write(theirs, 'x', 1)
  end)
end)
