-- TLS over streams of every kind, and what programs do to them in the middle.

local core = require('core')
local fs = require('fs')
local los = require('los')
local net = require('net')
local timer = require('timer')
local tls = require('tls')
local uv = require('uv')
local Duplex = require('stream').Duplex
local catching = require('./libs/catching')
local pair = require('./libs/tls-pair')

local identity, client = pair.identity, pair.client

-- Two ends of a pipe in memory. With `atOnce` what is written at one is emitted at the other within the write.
local function memory(atOnce)
  local Half = Duplex:extend()
  function Half:_read() end
  function Half:_write(chunk, callback)
    local other = self.other
    if atOnce then
      other:push(chunk)
      callback()
    else
      timer.setImmediate(function()
        other:push(chunk)
        callback()
      end)
    end
  end
  function Half:_final(callback)
    self.other:push(nil)
    callback()
  end
  function Half:destroy()
    if self.destroyed then return end
    self.destroyed = true
    timer.setImmediate(self.emit, self, 'close')
  end
  local a, b = Half:new(), Half:new()
  a.other, b.other = b, a
  return a, b
end

require('tap')(function(test)
  for _, atOnce in ipairs({ false, true }) do
    test(atOnce and 'a stream that answers within the write' or 'a stream in memory', function(expect)
      local a, b = memory(atOnce)
      local server = tls.TLSSocket:new(a, identity('server', { isServer = true }))
      server:pipe(server)
      server:on('close', expect(function() end))
      local socket = tls.connect(client(nil, { socket = b }), expect(function() end))
      local got = ''
      socket:write('one ')
      socket:write('two')
      socket:_end()
      socket:on('data', function(chunk) got = got .. chunk end)
      socket:on('end', expect(function() assert(got == 'one two', got) end))
      socket:on('close', expect(function() end))
      a:on('close', expect(function() end))
      b:on('close', expect(function() end))
    end)
  end

  test('a server without its server reports to its own listeners', function(expect)
    local a, b = memory()
    local server = tls.TLSSocket:new(a, identity('server', { isServer = true }))
    server:on('error', expect(function(err) assert(err.code == 'ERR_SSL_HTTP_REQUEST', err.code) end))
    b:write('GET / HTTP/1.1\r\n\r\n')
    b:resume()
  end)

  test('a stream that fails fails what is on it', function(expect)
    local a = memory()
    local socket = tls.connect(client(nil, { socket = a }))
    socket:on('error', expect(function(err) assert(err.message == 'broken') end))
    timer.setImmediate(function() timer.setImmediate(a.emit, a, 'error', core.Error:new('broken')) end)
  end)

  test('a stream that ends before the handshake does', function(expect)
    local a, b = memory()
    local socket = tls.connect(client(nil, { socket = a }))
    socket:on('error', expect(function(err)
      assert(err.code == 'ECONNRESET' and err.message:find('handshake', 1, true), err.message)
    end))
    b:once('data', function() b:_end() end)
  end)

  test('after plain text on the same connection', function(expect)
    local server
    server = net.createServer(function(raw)
      raw:once('data', expect(function(line)
        assert(line == 'STARTTLS\n')
        raw:pause()
        raw:write('GO\n')
        local socket = tls.TLSSocket:new(raw, identity('server', { isServer = true }))
        socket:pipe(socket)
      end))
      server:close()
    end)
    server:listen(0, '127.0.0.1', function()
      local raw
      raw = net.connect(server:address().port, '127.0.0.1', function() raw:write('STARTTLS\n') end)
      raw:once('data', expect(function(answer)
        assert(answer == 'GO\n')
        local socket = tls.connect(client(nil, { socket = raw }), expect(function() end))
        socket:write('secret')
        socket:once('data', expect(function(chunk)
          assert(chunk == 'secret')
          socket:destroy()
        end))
      end))
      raw:on('close', expect(function() end))
    end)
  end)

  test('over a local socket', function(expect)
    local folder = assert(uv.fs_mkdtemp(uv.os_tmpdir() .. '/tls-XXXXXX'))
    local path = los.type() == 'win32' and '\\\\.\\pipe\\tls-' .. uv.os_getpid() or folder .. '/socket'
    local server = tls.createServer(identity('server'), function(socket) socket:pipe(socket) end)
    server:listen(path, function()
      local socket
      socket = tls.connect(client(nil, { path = path }), expect(function()
        assert(socket.authorized)
        socket:_end('x')
      end))
      socket:resume()
      socket:on('close', expect(function()
        server:close(function() fs.rmdirSync(folder) end)
      end))
    end)
  end)

  test('a pause before the handshake does not stop it', function(expect)
    pair.serve(identity('server'), function(socket) socket:_end('data') end, function(server, port)
      local socket
      socket = tls.connect(client(port), expect(function()
        timer.setTimeout(20, expect(function()
          local got = ''
          socket:on('data', function(chunk) got = got .. chunk end)
          socket:on('end', expect(function() assert(got == 'data') end))
          socket:resume()
          server:close()
        end))
      end))
      socket:pause()
    end)
  end)

  test('an error in a listener loses nothing', function(expect, loop)
    local got, ended = '', false
    pair.serve(identity('server'), function(socket)
      socket:_end('data')
    end, function(server, port)
      local socket
      socket = tls.connect(client(port), function() error('in the listener') end)
      socket:on('data', function(chunk) got = got .. chunk end)
      socket:on('end', function() ended = true end)
      socket:on('close', function() server:close() end)
    end)
    local seen
    catching(loop, expect(function(err) seen = tostring(err) end))
    assert(seen:find('in the listener', 1, true), seen)
    assert(got == 'data' and ended)
  end)

  test('connections are counted and limited', function(expect)
    pair.serve(identity('server'), function(socket) socket:resume() end, function(server, port)
      server.maxConnections = 1
      local first
      first = tls.connect(client(port), expect(function()
        server:once('drop', expect(function() end))
        local second = tls.connect(client(port))
        second:on('error', expect(function()
          server:getConnections(expect(function(_, count)
            assert(count == 1)
            first:_end()
          end))
        end))
      end))
      first:resume()
      first:on('close', expect(function()
        timer.setTimeout(20, function()
          server:getConnections(expect(function(_, count)
            assert(count == 0, count)
            server:close()
          end))
        end)
      end))
    end)
  end)

  test('a timeout, small records, and what is refused', function(expect)
    pair.serve(identity('server'), function(socket) socket:pipe(socket) end, function(server, port)
      local socket
      socket = tls.connect(client(port, { timeout = 30 }), expect(function()
        assert(socket:setMaxSendFragment(512) and not socket:setMaxSendFragment(5))
        socket:write(('x'):rep(5000))
        assert(socket:renegotiate({}, expect(function(err) assert(err.code == 'ERR_TLS_RENEGOTIATION_DISABLED') end)) == false)
        assert(not pcall(socket.setServername, socket, 'x'))
      end))
      local got = 0
      socket:on('data', function(chunk) got = got + #chunk end)
      socket:once('timeout', expect(function()
        assert(got == 5000, got)
        socket:destroy()
        server:close()
      end))
    end)
  end)

  test('destroyed at every moment', function(expect)
    pair.serve(identity('server'), function(socket)
      socket:on('error', function() end)
      socket:destroy()
    end, function(server, port)
      server:on('tlsClientError', function() end)
      local left = 6
      local function closed()
        left = left - 1
        if left == 0 then server:close() end
      end
      local at = {
        function(socket) socket:destroy() end,
        function(socket) socket:once('connect', function() socket:destroy() end) end,
        function(socket) timer.setTimeout(1, function() socket:destroy() end) end,
        function(socket) socket:once('secureConnect', function() socket:destroy() end) end,
        function(socket) socket:once('secure', function() socket:_end('x') socket:destroy() end) end,
        function(socket) socket:write('x', function() end) socket:_end() timer.setTimeout(2, function() socket:destroy() end) end,
      }
      for _, when in ipairs(at) do
        local socket = tls.connect(client(port))
        socket:on('error', function() end)
        socket:on('close', expect(closed))
        when(socket)
      end
    end)
  end)
end)
