-- Peers that mean no good, or know no better.

local https = require('https')
local net = require('net')
local timer = require('timer')
local tls = require('tls')
local catching = require('./libs/catching')
local secure = require('./libs/secure')

local serve, to, read = secure.serve, secure.to, secure.read

-- What the server still does afterwards.
local function stillServes(expect, port, done)
  https.get(to(port), expect(function(res)
    read(res, expect(function(text)
      assert(text == 'ok')
      done()
    end))
  end))
end

local function ok(_, res) res:finish('ok') end

-- Writes bytes to a port and tells what comes back until the end.
local function talk(port, bytes, done)
  local socket = net.connect(port, '127.0.0.1')
  local parts = {}
  socket:on('error', function() end)
  socket:on('data', function(data) parts[#parts + 1] = data end)
  socket:on('close', function() done(table.concat(parts)) end)
  for _, part in ipairs(type(bytes) == 'table' and bytes or { bytes }) do socket:write(part) end
  return socket
end

-- The first record of a client.
local function hello(done)
  local server
  server = net.createServer(function(socket)
    socket:on('error', function() end)
    socket:once('data', function(data)
      socket:destroy()
      server:close()
      done(data)
    end)
  end)
  server:listen(0, '127.0.0.1', function()
    local client = tls.connect({ host = '127.0.0.1', port = server:address().port, servername = 'localhost' })
    client:on('error', function() end)
  end)
end

-- A TLS connection on which bytes go out as they are given.
local function connect(port, head, more, done)
  local options = { host = 'localhost', port = port, ca = secure.ca }
  for name, value in pairs(more or {}) do options[name] = value end
  local socket
  socket = tls.connect(options, function()
    local parts = {}
    socket:on('data', function(data) parts[#parts + 1] = data end)
    socket:on('error', function() end)
    socket:on('close', function() done(table.concat(parts)) end)
    socket:on('end', function() socket:_end() end)
    socket:write(head)
  end)
  return socket
end

require('tap')(function(test)
  test('HTTP without TLS is told so, and the server hears of it', function(expect)
    serve(secure.options(), ok, function(port, server)
      server:on('tlsClientError', expect(function(err, socket)
        assert(err.code == 'ERR_SSL_HTTP_REQUEST' and err.message:find('HTTP'), tostring(err))
        assert(socket.remoteAddress == '127.0.0.1' and socket.encrypted)
      end, 1))
      talk(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', expect(function(text)
        assert(text:find('^HTTP/1.1 400 ') and text:find('https://'), text)
        local length = tonumber(text:match('Content%-Length: (%d+)'))
        assert(#text:match('\r\n\r\n(.*)$') == length)
        stillServes(expect, port, function() server:close() end)
      end))
    end)
  end)

  test('junk, and records that are none', function(expect)
    local bytes = {
      ('\0'):rep(100), 'SSH-2.0-OpenSSH_9.2\r\n', ('\255'):rep(70000), '\22\3\1\255\255' .. ('x'):rep(70000),
      '\22\3\1\0\4\1\255\255\255', '\23\3\3\0\5hello', '\21\3\3\0\2\2\40', '\22\3\1\0\0',
    }
    serve(secure.options(), ok, function(port, server)
      local left = #bytes
      server:on('tlsClientError', expect(function(err) assert(err.code and #err.message > 5) end, #bytes))
      for _, one in ipairs(bytes) do
        local socket
        socket = talk(port, one, expect(function()
          left = left - 1
          if left == 0 then stillServes(expect, port, function() server:close() end) end
        end))
        -- What is a beginning would be waited for.
        timer.setTimeout(100, function() if not socket.destroyed then socket:_end() end end)
      end
    end)
  end)

  test('a hello that is cut anywhere', function(expect)
    hello(expect(function(bytes)
      serve(secure.options(), ok, function(port, server)
        local cuts = { 1, 4, 5, 6, 20, #bytes - 1, #bytes }
        local left = #cuts
        server:on('tlsClientError', expect(function(err) assert(err.code == 'ECONNRESET', err.code) end, #cuts))
        for _, cut in ipairs(cuts) do
          local socket = talk(port, bytes:sub(1, cut), expect(function()
            left = left - 1
            if left == 0 then stillServes(expect, port, function() server:close() end) end
          end))
          timer.setTimeout(30, function() socket:_end() end)
        end
      end)
    end))
  end)

  test('a hello that was changed does not end the program', function(expect)
    hello(expect(function(bytes)
      serve(secure.options(), ok, function(port, server)
        server:on('tlsClientError', function() end)
        local left = 60
        for i = 1, 60 do
          local at = 1 + (i * 7919) % #bytes
          local changed = bytes:sub(1, at - 1) .. string.char((bytes:byte(at) + i) % 256) .. bytes:sub(at + 1)
          local socket = talk(port, changed, expect(function()
            left = left - 1
            if left == 0 then stillServes(expect, port, function() server:close() end) end
          end))
          timer.setTimeout(50, function() socket:_end() end)
        end
      end)
    end))
  end)

  test('a handshake that takes too long: nothing, a part, byte by byte', function(expect)
    hello(expect(function(bytes)
      serve(secure.options(nil, { handshakeTimeout = 150 }), ok, function(port, server)
        server:on('tlsClientError', expect(function(err)
          assert(err.code == 'ERR_TLS_HANDSHAKE_TIMEOUT', err.code)
        end, 3))
        local left = 3
        local function ended()
          left = left - 1
          if left == 0 then stillServes(expect, port, function() server:close() end) end
        end
        talk(port, '', expect(ended))
        talk(port, bytes:sub(1, 100), expect(ended))
        local at = 0
        local slow = talk(port, '', expect(ended))
        local function nextByte()
          at = at + 1
          if slow.destroyed or at > #bytes - 1 then return end
          slow:write(bytes:sub(at, at))
          timer.setTimeout(20, nextByte)
        end
        nextByte()
      end)
    end))
  end)

  test('a client that sends for ever before it is done with the handshake', function(expect)
    serve(secure.options(), ok, function(port, server)
      server:on('tlsClientError', expect(function(err) assert(err.code, tostring(err)) end, 1))
      -- A message of a handshake as long as they go, in records that are right.
      local record = '\22\3\1\64\0' .. ('\1\0\255\255'):rep(4096)
      local socket
      socket = talk(port, '', expect(function()
        stillServes(expect, port, function() server:close() end)
      end))
      local function more()
        if not socket.destroyed then socket:write(record, function(err) if not err then more() end end) end
      end
      more()
    end)
  end)

  test('records that were changed on their way end the connection', function(expect)
    serve(secure.options(), expect(function(_, res) res:finish('ok') end), function(port, server)
      -- In between: what the client sends after the handshake loses a bit.
      local between
      between = net.createServer(function(client)
        local target = net.connect(port, '127.0.0.1')
        local records = 0
        client:on('error', function() end)
        target:on('error', function() end)
        client:on('data', function(data)
          if data:byte(1) == 23 then
            records = records + 1
            if records == 1 then data = data:sub(1, -2) .. string.char((data:byte(-1) + 1) % 256) end
          end
          target:write(data)
        end)
        target:on('data', function(data) client:write(data) end)
        target:on('close', function() client:destroy() end)
        client:on('close', function() target:destroy() end)
      end)
      between:listen(0, '127.0.0.1', function()
        local socket
        socket = tls.connect({ host = 'localhost', port = between:address().port, ca = secure.ca }, function()
          socket:on('error', expect(function(err)
            assert(err.code, tostring(err))
            between:close()
            stillServes(expect, port, function() server:close() end)
          end))
          socket:resume()
          timer.setTimeout(50, function() socket:write('GET /never HTTP/1.1\r\nHost: a\r\n\r\n') end)
        end)
      end)
    end)
  end)

  test('the limits and the strictness of http', function(expect)
    local heads = {
      { 'GET / HTTP/1.1\r\nHost: a\r\nX: ' .. ('x'):rep(20000) .. '\r\n\r\n', 431 },
      { 'GET /' .. ('x'):rep(9000) .. ' HTTP/1.1\r\nHost: a\r\n\r\n', 414 },
      { 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400 },
      { 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc', 400 },
      { 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', 400 },
      { 'GET / HTTP/1.1\r\n\r\n', 400 },
      { 'GET / HTTP/1.1\nHost : a\r\n\r\n', 400 },
      { '\22\3\1\2\0\1\0\1\252', 400 },
      { 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505 },
    }
    serve(secure.options(), function(req, res)
      req:resume()
      if req.method == 'GET' then error('no request') end
      req:on('end', function() res:finish('ok') end)
    end, function(port, server)
      local left = #heads
      for i, case in ipairs(heads) do
        connect(port, case[1], nil, expect(function(text)
          local status = tonumber(text:match('^HTTP/1.1 (%d+)'))
          assert(status == case[2] or case[2] == 505 and status == 400, i .. ': ' .. text:sub(1, 60))
          left = left - 1
          if left == 0 then server:close() end
        end))
      end
    end)
  end)

  test('a head that takes too long, after the handshake', function(expect)
    serve(secure.options(nil, { headersTimeout = 80 }), ok, function(port, server)
      local left = 2
      local function ended(text)
        assert(text:find('^HTTP/1.1 408 '), text)
        left = left - 1
        if left == 0 then server:close() end
      end
      connect(port, '', nil, expect(ended))
      connect(port, 'GET / HT', nil, expect(ended))
    end)
  end)

  test('requests without end whose answers nobody reads', function(expect)
    local served = 0
    local body = ('x'):rep(10000)
    serve(secure.options(), function(_, res)
      served = served + 1
      res:finish(body)
    end, function(port, server)
      local socket
      socket = tls.connect({ host = 'localhost', port = port, ca = secure.ca }, function()
        socket:pause()
        local requests = ('GET / HTTP/1.1\r\nHost: a\r\n\r\n'):rep(5000)
        socket:write(requests)
        timer.setTimeout(300, function()
          -- What the system takes, and a little more.
          assert(served < 2500, served)
          socket:on('close', expect(function() server:destroy() end))
          socket:destroy()
        end)
      end)
      socket:on('error', function() end)
    end)
  end)

  test('an error in a listener of a handshake', function(expect, uv)
    local caught = {}
    serve(secure.options(nil, {
      handshakeTimeout = 200,
      SNICallback = function(name, callback)
        if name == 'bad.test' then error('in the callback') end
        callback()
      end,
    }), ok, function(port, server)
      server:on('tlsClientError', function() error('in the listener') end)
      local bad = tls.connect({ host = '127.0.0.1', port = port, servername = 'bad.test', ca = secure.ca })
      bad:on('error', expect(function()
        stillServes(expect, port, function() server:close() end)
      end))
    end)
    catching(uv, function(err) caught[#caught + 1] = tostring(err) end)
    assert(#caught == 2 and caught[1]:find('in the callback') and caught[2]:find('in the listener'))
  end)

  test('listeners that end the server or the socket in the middle of it', function(expect)
    local server
    server = serve(secure.options(nil, {
      SNICallback = function(_, callback)
        server:destroy()
        callback()
      end,
    }), function() error('no request') end, function(port)
      local socket = tls.connect({ host = 'localhost', port = port, ca = secure.ca })
      socket:on('error', expect(function() end))
    end)
    serve(secure.options(), function() error('no request') end, function(port, other)
      other:on('secureConnection', expect(function(socket)
        socket:destroy()
        other:close()
      end))
      connect(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', nil, expect(function() end))
    end)
    serve(secure.options(), function() error('no request') end, function(port, other)
      other:on('tlsClientError', expect(function(_, socket)
        socket:destroy()
        other:destroy()
      end))
      talk(port, 'GET / HTTP/1.1\r\n\r\n', expect(function() end))
    end)
  end)
end)
