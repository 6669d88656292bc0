local uv = require('uv')
local WINDOWS = jit.os == 'Windows'
local LINUX = jit.os == 'Linux'

local function fails(expected, value, err, code)
  assert(value == nil and code == expected and err:find('^' .. expected .. ': '), tostring(err or value))
end

-- A name that nobody has.
local function freeName(suffix)
  local path = os.tmpname()
  os.remove(path)
  if WINDOWS then return '\\\\.\\pipe\\' .. path:gsub('[\\/:]', '') end
  return path .. (suffix or '')
end

local function exists(path)
  local file, _, code = io.open(path)
  if file then file:close() end
  -- A socket cannot be opened (ENXIO), but it is there.
  return file ~= nil or code ~= 2
end

require('tap')(function(test)
  test('a server and its client', function(expect)
    local name = freeName()
    local server, client = uv.new_pipe(), uv.new_pipe(false)
    assert(server:bind(name) == 0 and server:getsockname() == name)
    assert(WINDOWS or exists(name))
    assert(server:listen(4, expect(function(err)
      assert(err == nil)
      local peer = uv.new_pipe()
      assert(uv.accept(server, peer) == 0)
      fails('EAGAIN', uv.accept(server, uv.new_pipe()))
      assert(peer:getsockname() == name and peer:is_readable() and peer:is_writable())
      peer:read_start(expect(function(readErr, data)
        assert(readErr == nil)
        if data then return peer:write(data:upper()) end
        peer:close()
        server:close(expect(function() assert(WINDOWS or not exists(name)) end))
      end, 2))
    end)) == 0)
    local request = client:connect(name, expect(function(err)
      assert(err == nil)
      assert(client:getpeername() == name and (WINDOWS or client:getsockname() == ''))
      client:write('hello')
      client:read_start(expect(function(_, data)
        assert(data == 'HELLO')
        client:shutdown(expect(function(shutErr)
          assert(shutErr == nil)
          client:close()
        end))
      end))
    end))
    assert(tostring(request):find('^uv_connect_t: ') and request:get_type() == 'connect')
    uv.run()
    uv.walk(function(handle)
      if handle:get_type() == 'pipe' and not handle:is_closing() and not handle:fileno() then handle:close() end
    end)
  end)

  -- On Windows a pipe has one end for both directions, and is closed a little after the shutdown.
  test('a shutdown is told to both sides', function(expect)
    local name = freeName()
    local server, client = uv.new_pipe(), uv.new_pipe()
    assert(server:bind(name))
    server:listen(1, expect(function()
      local peer = uv.new_pipe()
      assert(server:accept(peer) == 0)
      server:close()
      peer:read_start(expect(function(err, data)
        assert(not err, err)
        if data then return assert(data == 'all of it', data) end
        peer:close()
      end, 2))
    end, 1))
    client:connect(name, expect(function(err)
      assert(not err, err)
      client:read_start(expect(function(readErr, data)
        assert(not readErr and not data)
        client:close()
      end, 1))
      client:write('all of it')
      client:shutdown(expect(function(shutErr) assert(not shutErr, shutErr) end, 1))
    end, 1))
  end)

  test('a connect that fails tells its callback', function(expect)
    local pipe = uv.new_pipe()
    assert(pipe:connect(freeName(), expect(function(err)
      assert(err == 'ENOENT', err)
      assert(not pipe:is_writable())
      pipe:close()
    end)))
    -- A callback is not needed, and a wrong name is told by the event, since `connect` has no result for it.
    local silent, empty, closed = uv.new_pipe(), uv.new_pipe(), uv.new_pipe()
    assert(silent:connect(freeName()))
    assert(empty:connect('', expect(function(err)
      assert(err == 'EINVAL', err)
      empty:close()
      silent:close()
    end)))
    assert(closed:connect(freeName(), expect(function(err) assert(err == 'ECANCELED' or err == 'ENOENT', err) end)))
    closed:close()
    fails('EINVAL', uv.pipe_connect(closed, 'x'))
  end)

  test('errors of names', function(expect)
    local name = freeName()
    local first, second = uv.new_pipe(), uv.new_pipe()
    fails('EINVAL', first:bind(''))
    fails('EINVAL', first:bind('\0x'))
    fails('EINVAL', first:bind2('', 0))
    fails('EINVAL', first:bind2('a\0b'))
    fails('EINVAL', first:bind2(name, 2))
    fails('EINVAL', first:connect2(name, 4))
    fails('EINVAL', first:connect2('', nil, print))
    fails('EINVAL', first:listen(1, print))
    fails('EBADF', first:getsockname())
    fails('EBADF', first:getpeername())
    fails('EBADF', first:chmod('r'))
    assert(first:bind(name) == 0)
    fails('EINVAL', first:bind(name))
    fails('EADDRINUSE', second:bind(name))
    if not WINDOWS then
      fails('EACCES', second:bind(name .. '-none/such'))
      fails('ENOTCONN', first:getpeername())
    end
    fails('EAGAIN', uv.accept(first, second))
    first:close()
    second:close()
    uv.run()
    -- A file that a dead server has left is in the way, and stays there.
    if not WINDOWS then
      assert(io.open(name, 'w')):close()
      local third = uv.new_pipe()
      fails('EADDRINUSE', third:bind(name))
      assert(third:connect(name, expect(function(err)
        assert(err == 'ECONNREFUSED', err)
        third:close(function() assert(exists(name) and os.remove(name)) end)
      end)))
    end
  end)

  test('names that are too long', function()
    if WINDOWS then return end
    local long = freeName(('x'):rep(200))
    local pipe = uv.new_pipe()
    assert(uv.constants.PIPE_NO_TRUNCATE == 1)
    fails('EINVAL', pipe:bind2(long, uv.constants.PIPE_NO_TRUNCATE))
    fails('EINVAL', pipe:bind2(long, { no_truncate = true }))
    fails('EINVAL', pipe:connect2(long, { no_truncate = true }, print))
    assert(pipe:bind2(long, { no_truncate = false }) == 0)
    local cut = pipe:getsockname()
    assert(#cut >= 92 and #cut <= 108 and long:sub(1, #cut) == cut)
    assert(exists(cut))
    pipe:close(function() assert(not exists(cut)) end)
  end)

  test('abstract names', function(expect)
    local name = '\0luvit-' .. freeName():gsub('%W', '') .. '\0end'
    local server, client = uv.new_pipe(), uv.new_pipe()
    if not LINUX then
      fails('EINVAL', server:bind2(name))
      server:close()
      client:close()
      return
    end
    assert(server:bind2(name) == 0)
    assert(server:getsockname() == name)
    fails('ENOENT', server:chmod('rw'))
    server:listen(1, expect(function()
      -- As in luv, a TCP handle takes any stream socket.
      local peer = uv.new_tcp()
      assert(server:accept(peer) == 0)
      peer:close()
      server:close()
    end))
    assert(client:connect2(name, nil, expect(function(err)
      assert(err == nil, err)
      assert(client:getpeername() == name)
      client:close()
    end)))
  end)

  test('chmod adds what others may do', function()
    local pipe, name = uv.new_pipe(), freeName()
    assert(pipe:bind(name))
    if WINDOWS then
      fails('ENOTSUP', pipe:chmod('rw'))
      return pipe:close()
    end
    for _, flags in ipairs({ 'r', 'w', 'rw', 'wr' }) do assert(pipe:chmod(flags) == 0) end
    local ok, err = pcall(pipe.chmod, pipe, 'x')
    assert(not ok and err:find("invalid option 'x'", 1, true))
    assert(not pcall(pipe.chmod, pipe) and not pcall(pipe.chmod, pipe, {}))
    if LINUX then
      local stat = io.popen('stat -c %a ' .. name)
      assert(stat:read('*a'):match('%d+'):sub(-3) == '777')
      stat:close()
    end
    pipe:close()
  end)

  test('wrong arguments are named', function()
    local pipe, timer = uv.new_pipe(), uv.new_timer()
    local function raises(text, fn, ...)
      local ok, err = pcall(fn, ...)
      assert(not ok and err:find(text, 1, true), tostring(err))
    end
    raises('#1', uv.new_pipe, 1)
    raises('uv_pipe', uv.pipe_bind, timer, 'x')
    raises('#2', uv.pipe_bind, pipe)
    raises('#2', pipe.connect, pipe, {})
    raises('#3', pipe.connect, pipe, 'x', 'y')
    raises('#3', pipe.bind2, pipe, 'x', 'y')
    raises('#4', pipe.connect2, pipe, 'x', 0, 'y')
    raises('#2', pipe.pending_instances, pipe)
    raises('uv_pipe', uv.pipe_pending_count, timer)
    raises('#2', uv.write2, pipe, nil, pipe)
    raises('#3', uv.write2, pipe, 'x')
    raises('#3', uv.try_write2, pipe, 'x', timer)
    assert(select('#', pipe:pending_instances(4)) == 0)
    assert(pipe:pending_count() == 0 and pipe:pending_type() == nil)
    pipe:close()
    timer:close()
  end)

  test('uv.pipe and uv.socketpair', function(expect)
    local fds = assert(uv.pipe({ nonblock = true }, { nonblock = false }))
    assert(uv.guess_handle(fds.read) == 'pipe' and uv.guess_handle(fds.write) == 'pipe')
    local input, output = uv.new_pipe(), uv.new_pipe()
    assert(input:open(fds.read) == 0 and output:open(fds.write) == 0)
    fails('EBUSY', input:open(fds.read))
    assert(input:is_readable() and not input:is_writable() and output:is_writable())
    input:read_start(expect(function(_, data)
      if not data then return input:close() end
      assert(data == 'through')
      -- What is no socket has no side to end.
      output:shutdown(expect(function(err)
        assert(err == 'ENOTSOCK')
        output:close()
      end))
    end, 2))
    output:write('through')

    -- A TCP handle takes any stream socket, and Windows has no others.
    local pair = assert(uv.socketpair('stream', nil, { nonblock = true }))
    local a, b = WINDOWS and uv.new_tcp() or uv.new_pipe(), uv.new_tcp()
    assert(a:open(pair[1]) == 0 and b:open(pair[2]) == 0)
    b:read_start(expect(function(_, data)
      if not data then return b:close() end
      assert(data == 'one way')
    end, 2))
    a:write('one way', expect(function() a:shutdown(expect(function() a:close() end)) end))

    for _, socktype in ipairs({ 'dgram', 'seqpacket', uv.constants.SOCK_STREAM }) do
      local some = uv.socketpair(socktype, 0, {}, { nonblock = true })
      if some then
        for i = 1, 2 do
          local handle = WINDOWS and uv.new_tcp() or uv.new_pipe()
          assert(handle:open(some[i]) == 0)
          handle:close()
        end
      end
    end
    fails('EPROTONOSUPPORT', uv.socketpair('stream', WINDOWS and 'udp' or 'tcp'))
    if WINDOWS then fails('ESOCKTNOSUPPORT', uv.socketpair('dgram')) end
    assert(not pcall(uv.socketpair, 'none') and not pcall(uv.socketpair, {}))
    assert(not pcall(uv.socketpair, 'stream', 'none') and not pcall(uv.socketpair, 'stream', 0, 1))
    assert(not pcall(uv.pipe, 1) and not pcall(uv.pipe, nil, true))
  end)

  test('many clients at once', function(expect)
    local name, COUNT = freeName(), 200
    local server, got = uv.new_pipe(), 0
    assert(server:bind(name))
    server:listen(COUNT, expect(function(err)
      assert(err == nil)
      local peer = uv.new_pipe()
      assert(server:accept(peer) == 0)
      peer:read_start(function(_, data)
        if data then return end
        got = got + 1
        peer:close()
        if got == COUNT then server:close() end
      end)
    end, COUNT))
    for i = 1, COUNT do
      local client = uv.new_pipe()
      client:connect(name, function(err)
        assert(err == nil, err)
        client:write(tostring(i), function() client:close() end)
      end)
    end
    uv.run()
    assert(got == COUNT)
  end)
end)
