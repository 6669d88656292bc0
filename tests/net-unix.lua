-- Local sockets: Unix domain sockets, and the named pipes of Windows.

local net = require('net')
local timer = require('timer')
local await = require('await')
local async = require('async')

local OS = require('los').type()
local IS_WINDOWS, IS_LINUX = OS == 'win32', OS == 'linux'

local names = 0

-- A path for a socket; what `fn` leaves in its folder fails the removal.
local function withPath(uv, fn)
  if IS_WINDOWS then
    names = names + 1
    return fn(('\\\\.\\pipe\\luvit-test-%d-%d'):format(uv.os_getpid(), names))
  end
  local folder = assert(uv.fs_mkdtemp(uv.os_tmpdir() .. '/net-XXXXXX'))
  fn(folder .. '/s.sock', folder)
  assert(uv.fs_rmdir(folder))
end

local function echo(options)
  return net.createServer(options or {}, function(socket) socket:pipe(socket) end)
end

local function ask(text, ...)
  local socket = net.connect(...)
  assert(await.once(socket, 'connect'))
  socket:_end(text)
  local parts = {}
  for chunk in await.events(socket, 'data') do parts[#parts + 1] = chunk end
  return table.concat(parts), socket
end

local function refuses(pattern, fn, ...)
  local ok, err = pcall(fn, ...)
  assert(not ok and tostring(err):find(pattern), tostring(err))
end

require('tap')(function(test)
  test('all forms of listen and connect', async(function(expect, uv)
    local LISTEN = {
      function(server, path, ready) server:listen(path, ready) end,
      function(server, path, ready) server:listen(path, 16, ready) end,
      function(server, path, ready) server:listen({ path = path, backlog = 16 }, ready) end,
      function(server, path, ready)
        server:on('listening', ready)
        assert(server:listen(path) == server)
      end,
    }
    for i, listen in ipairs(LISTEN) do
      withPath(uv, function(path)
        local server = echo()
        assert(await(function(callback)
          listen(server, path, expect(function() callback() end, 1))
        end))
        assert(server:address() == path and server.listening)
        local text = ask('hello ' .. i, path)
        assert(text == 'hello ' .. i)
        text = ask('object', { path = path })
        assert(text == 'object')
        local called = false
        local socket = net.Socket:new()
        socket:connect(path, expect(function() called = true end, 1))
        assert(await.once(socket, 'connect') and socket:address() == path)
        await.sleep(0)
        assert(called and socket.remoteAddress == nil)
        socket:destroy()
        await(server.close, server)
        assert(not server.listening and server:address() == nil)
        assert(IS_WINDOWS or not uv.fs_stat(path))
      end)
    end
  end))

  test('a large transfer, counted', async(function(_, uv)
    -- A pipe of Windows ends in both directions at once, so nothing can be answered after the end.
    if IS_WINDOWS then return end
    withPath(uv, function(path)
      local size = 3 * 1024 * 1024
      local server = net.createServer(function(socket)
        socket:on('data', function() end)
        socket:on('end', function()
          assert(socket.bytesRead == size)
          socket:_end('got it')
        end)
      end)
      server._options = { allowHalfOpen = true }
      await(server.listen, server, path)
      local answer, socket = ask(('u'):rep(size), { path = path, allowHalfOpen = true })
      assert(answer == 'got it' and socket.bytesWritten == size and socket.bytesRead == 6)
      await(server.close, server)
    end)
  end))

  test('options of TCP have no effect', async(function(_, uv)
    withPath(uv, function(path)
      local server = echo({ noDelay = false, keepAlive = true })
      await(server.listen, server, path)
      local socket = net.connect({ path = path, noDelay = true, keepAlive = true, connectTimeout = 10000 })
      assert(await.once(socket, 'connect'))
      assert(socket:nodelay(true) == 0 and socket:keepalive(true, 5) == 0)
      assert(IS_WINDOWS or socket:getSendBufferSize() > 0)
      refuses('cannot be reset', socket.resetAndDestroy, socket)
      socket:destroy()
      await(server.close, server)
    end)
  end))

  test('nobody there', async(function(_, uv)
    withPath(uv, function(path)
      local socket, err, code = await(net.connect, path)
      assert(not socket and code == 'ENOENT')
      assert(tostring(err) == 'ENOENT: no such file or directory, connect ' .. path, tostring(err))
    end)
    -- A socket that is not connected yet, and is given up.
    local socket = net.connect({ path = '/no/such/folder/socket' })
    socket:destroy()
    await.once(socket, 'close')
  end))

  test('a name in use, and the file of a server that is gone', async(function(_, uv)
    withPath(uv, function(path)
      local first = echo()
      await(first.listen, first, path)
      local second = echo()
      local ok, err, code = await(second.listen, second, path)
      assert(not ok and code == 'EADDRINUSE')
      assert(tostring(err) == 'EADDRINUSE: address already in use, listen ' .. path, tostring(err))
      assert(not second.listening and ask('still there', path) == 'still there')
      await(first.close, first)
      if IS_WINDOWS then return end
      -- A process that was killed leaves the file.
      local stale = uv.new_pipe(false)
      local other = path .. '2'
      assert(stale:bind(other))
      assert(uv.fs_rename(other, path))
      stale:close()
      ok, err, code = await(second.listen, second, path)
      assert(not ok and code == 'EADDRINUSE', tostring(err))
      local socket
      socket, err, code = await(net.connect, path)
      assert(not socket and code == 'ECONNREFUSED', tostring(err))
      assert(uv.fs_unlink(path))
      assert(await(second.listen, second, path))
      await(second.close, second)
    end)
  end))

  test('permissions', async(function(_, uv)
    if IS_WINDOWS then return end
    withPath(uv, function(path)
      local function mode(options)
        local server = echo()
        options.path = path
        assert(await(server.listen, server, options))
        local bits = bit.band(uv.fs_stat(path).mode, 438)
        await(server.close, server)
        return bits
      end
      assert(bit.band(mode({ readableAll = true }), 292) == 292)
      assert(bit.band(mode({ writableAll = true }), 146) == 146)
      assert(mode({ readableAll = true, writableAll = true }) == 438)
    end)
  end))

  test('paths that cannot be', async(function(_, uv)
    if IS_WINDOWS then return end
    withPath(uv, function(_, folder)
      local server = echo()
      local ok, err, code = await(server.listen, server, folder .. '/no/such/folder/s')
      assert(not ok and (code == 'EACCES' or code == 'ENOENT'), tostring(err))
      local long = folder .. '/' .. ('x'):rep(200)
      ok, err, code = await(server.listen, server, long)
      assert(not ok and (code == 'ENAMETOOLONG' or code == 'EINVAL'), tostring(err))
      ok, err, code = await(net.connect, long)
      assert(not ok and (code == 'ENAMETOOLONG' or code == 'EINVAL'), tostring(err))
    end)
    refuses("'path' to 'listen'", function() echo():listen({ path = 1 }) end)
    refuses("'path' to 'listen'", function() echo():listen({ path = '' }) end)
    refuses("'callback' to 'connect'", function() net.connect('/x', 'y') end)
  end))

  test('abstract names', async(function(_, uv)
    if not IS_LINUX then return end
    local name = ('\0luvit-test-%d'):format(uv.os_getpid())
    local server = echo()
    assert(await(server.listen, server, { path = name, writableAll = true }))
    assert(server:address() == name)
    assert(ask('abstract', name) == 'abstract')
    local second = echo()
    local ok, err = await(second.listen, second, name)
    assert(not ok and tostring(err) == 'EADDRINUSE: address already in use, listen @' .. name:sub(2), tostring(err))
    await(server.close, server)
    local socket, _, code = await(net.connect, name)
    assert(not socket and code == 'ECONNREFUSED')
  end))

  test('sockets around handles and descriptors', async(function(_, uv)
    if IS_WINDOWS then return end
    local fds = assert(uv.socketpair('stream', nil, { nonblock = true }, { nonblock = true }))
    local left = net.Socket:new({ fd = fds[1] })
    local handle = uv.new_pipe(false)
    assert(handle:open(fds[2]))
    local right = net.Socket:new({ handle = handle })
    left:write('through')
    assert(await.once(right, 'data') == 'through')
    right:_end('back')
    assert(await.once(left, 'data') == 'back')
    left:_end()
    await.all({ function() return await.once(left, 'close') end, function() return await.once(right, 'close') end })
    refuses('EBADF', net.Socket.new, net.Socket, { fd = 9999 })
    -- A server on a handle that is bound already.
    withPath(uv, function(path)
      local bound = uv.new_pipe(false)
      assert(bound:bind(path))
      local server = echo({ handle = bound })
      assert(await(server.listen, server))
      assert(ask('bound before', path) == 'bound before')
      await(server.close, server)
    end)
  end))

  test('a server that lets the program end', async(function(expect, uv)
    withPath(uv, function(path)
      local server = echo()
      server:unref()
      assert(await(function(callback) server:listen(path, callback) end))
      assert(not server._handle._handle:has_ref())
      server:ref()
      assert(server._handle._handle:has_ref())
      await(server.close, server)
    end)
    timer.setImmediate(expect(function() end, 1))
  end))
end)
