local uv = require('uv')

local function fails(expected, value, err, code)
  assert(value == nil and code == expected and err:find('^' .. expected .. ': '), tostring(err or value))
end

-- Two ends of a pipe that handles can be sent through.
local function ipcPair()
  local fds = assert(uv.socketpair('stream', 0, { nonblock = true }, { nonblock = true }))
  local a, b = uv.new_pipe(true), uv.new_pipe(true)
  assert(a:open(fds[1]) == 0 and b:open(fds[2]) == 0)
  return a, b
end

local function openDescriptors()
  local count, entries = 0, assert(uv.fs_scandir('/proc/self/fd'))
  while uv.fs_scandir_next(entries) do count = count + 1 end
  return count
end

local function listener(onConnection)
  local server = uv.new_tcp()
  assert(server:bind('127.0.0.1', 0))
  if onConnection then assert(server:listen(8, onConnection)) end
  return server, server:getsockname().port
end

require('tap')(function(test)
  if jit.os == 'Windows' then
    return test('no handles are passed on Windows', function()
      local pipe, tcp = uv.new_pipe(true), uv.new_tcp()
      fails('ENOTSUP', pipe:write2('x', tcp))
      pipe:close()
      tcp:close()
    end)
  end

  test('a server is passed, and closed by who sent it', function(expect)
    local a, b = ipcPair()
    local server, port = listener()
    assert(a:write2('server', server, expect(function(err)
      assert(err == nil, err)
      a:close()
    end)))
    server:close()
    b:read_start(expect(function(_, data)
      if not data then return b:close() end
      assert(data == 'server' and b:pending_count() == 1 and b:pending_type() == 'tcp')
      local wrong = uv.new_pipe()
      fails('EINVAL', b:accept(wrong))
      wrong:close()
      local taken = uv.new_tcp()
      assert(b:accept(taken) == 0 and b:pending_count() == 0 and b:pending_type() == nil)
      fails('EAGAIN', b:accept(uv.new_tcp()))
      assert(taken:getsockname().port == port)
      assert(taken:listen(4, expect(function()
        local peer = uv.new_tcp()
        assert(taken:accept(peer) == 0)
        peer:close()
        taken:close()
      end)))
      local client = uv.new_tcp()
      client:connect('127.0.0.1', port, expect(function(err)
        assert(err == nil)
        client:close()
      end))
    end, 2))
    uv.run()
    uv.walk(function(handle)
      if not handle:is_closing() and handle:get_type() == 'tcp' and not handle:fileno() then handle:close() end
    end)
  end)

  test('a connection and a pipe in one go, in order', function(expect)
    local a, b = ipcPair()
    local server, port = listener()
    server:listen(1, expect(function()
      local peer = uv.new_tcp()
      assert(server:accept(peer))
      assert(a:try_write2('1', peer) == 1)
      local fds = uv.pipe()
      local pipe = uv.new_pipe()
      pipe:open(fds.write)
      a:write2({ '2', '2' }, pipe)
      a:write('3', expect(function()
        a:close()
        pipe:close()
        peer:close()
        server:close()
      end))
      local input = uv.new_pipe()
      input:open(fds.read)
      input:read_start(expect(function(_, data)
        assert(data == 'to the pipe')
        input:close()
      end))
    end))
    local client = uv.new_tcp()
    client:connect('127.0.0.1', port, function()
      client:read_start(expect(function(_, data)
        assert(data == 'to the connection')
        client:close()
      end))
    end)
    local kinds, text = {}, {}
    b:read_start(expect(function(err, data)
      assert(err == nil)
      text[#text + 1] = data
      while b:pending_count() > 0 do
        local kind = b:pending_type()
        kinds[#kinds + 1] = kind
        local handle = kind == 'tcp' and uv.new_tcp() or uv.new_pipe()
        assert(b:accept(handle) == 0)
        handle:write(kind == 'tcp' and 'to the connection' or 'to the pipe', function() handle:close() end)
      end
      if not data then b:close() end
    end))
    uv.run()
    assert(table.concat(text) == '1223' and table.concat(kinds, ' ') == 'tcp pipe')
  end)

  test('a UDP socket is passed', function(expect)
    local a, b = ipcPair()
    local socket, taken = uv.new_udp(), uv.new_udp()
    assert(socket:bind('127.0.0.1', 0))
    local port = socket:getsockname().port
    assert(a:write2('udp', socket))
    socket:close()
    b:read_start(expect(function()
      assert(b:pending_type() == 'udp' and b:accept(taken) == 0 and taken:getsockname().port == port)
      a:close()
      b:close()
      taken:recv_start(expect(function(_, data)
        assert(data == 'datagram')
        taken:close()
      end))
      taken:try_send('datagram', '127.0.0.1', port)
    end))
  end)

  test('handles wait in the queue of a full pipe', function(expect)
    local a, b = ipcPair()
    local COUNT, block = 40, ('x'):rep(100000)
    local servers, ports = {}, {}
    for i = 1, COUNT do
      servers[i], ports[i] = listener()
      a:write(block)
      -- It is the descriptor that is sent: the handle may go, and its number be used again.
      assert(a:write2('!', servers[i]))
      servers[i]:close()
    end
    assert(a:get_write_queue_size() > 0)
    fails('EAGAIN', a:try_write2('x', a))
    a:shutdown(expect(function(err)
      assert(err == nil)
      a:close()
    end))
    local size, got = 0, {}
    b:read_start(function(_, data)
      if not data then return b:close() end
      size = size + #data
      while b:pending_count() > 0 do
        local tcp = uv.new_tcp()
        assert(b:accept(tcp) == 0)
        got[#got + 1] = tcp:getsockname().port
        tcp:close()
      end
    end)
    uv.run()
    assert(size == COUNT * (#block + 1) and #got == COUNT)
    for i = 1, COUNT do assert(got[i] == ports[i]) end
  end)

  test('what nobody accepts is closed with the pipe', function()
    if jit.os ~= 'Linux' then return end
    -- Whatever earlier tests have forgotten is closed now, not meanwhile.
    collectgarbage()
    uv.run()
    local before = openDescriptors()
    local a, b = ipcPair()
    local server = listener()
    local COUNT, reads = 600, 0
    for _ = 1, COUNT do assert(a:write2('x', server)) end
    b:read_start(function(_, data)
      reads = reads + (data and #data or 0)
      if reads < COUNT then return end
      -- A peer cannot take all descriptors of the process.
      assert(b:pending_count() > 0 and b:pending_count() <= 512)
      assert(openDescriptors() <= before + b:pending_count() + 10)
      for _, handle in ipairs({ a, b, server }) do
        if not handle:is_closing() then handle:close() end
      end
    end)
    uv.run()
    local after = openDescriptors()
    assert(reads == COUNT and after == before, ('%d bytes, %d descriptors, %d before'):format(reads, after, before))
  end)

  test('errors', function()
    local a, b = ipcPair()
    local plain, server, fresh = uv.new_pipe(), listener(), nil
    fresh = uv.new_tcp()
    fails('EINVAL', plain:write2('x', server))
    fails('EINVAL', plain:try_write2('x', server))
    fails('EBADF', a:write2('x', fresh))
    fails('EINVAL', a:write2('', server))
    fails('EINVAL', a:write2({}, server))
    fails('EAGAIN', b:accept(fresh))
    fails('EINVAL', a:accept(a))
    a:close()
    fails('EINVAL', a:write2('x', server))
    for _, handle in ipairs({ b, plain, server, fresh }) do handle:close() end
    uv.run()
    fails('EBADF', b:write2('x', server))
  end)
end)
