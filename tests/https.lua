local childprocess = require('childprocess')
local http = require('http')
local https = require('https')
local net = require('net')
local timer = require('timer')
local tls = require('tls')
local programs = require('./libs/crypto-programs')
local secure = require('./libs/secure')

local read, serve, to = secure.read, secure.serve, secure.to

local function connect(port, more, ready)
  local options = { host = 'localhost', port = port, ca = secure.ca }
  for name, value in pairs(more) do options[name] = value end
  local socket
  socket = tls.connect(options, function() ready(socket) end)
  return socket
end

local function run(program, words, done)
  local child = childprocess.spawn(program, words)
  local out = {}
  child.stdout:on('data', function(chunk) out[#out + 1] = chunk end)
  child.stderr:on('data', function(chunk) out[#out + 1] = chunk end)
  child:on('close', function(code) done(code, table.concat(out)) end)
  return child
end

require('tap')(function(test)
  test('a request over TLS, and what its socket knows', function(expect)
    serve(secure.options(), expect(function(req, res)
      local socket = req.socket
      assert(socket.encrypted and not socket.secureConnecting and socket.secureEstablished)
      assert(socket == res.socket and socket == req.socket)
      assert(socket:getProtocol() == 'TLSv1.3' and socket.alpnProtocol == 'http/1.1')
      assert(socket.servername == 'localhost' and socket.authorized == false)
      assert(socket:getCipher().name:find('^TLS_'))
      assert(socket.remoteAddress == '127.0.0.1' and socket.remotePort > 0)
      assert(next(socket:getPeerCertificate() or {}) == nil)
      res:writeHead(201, { ['X-Path'] = req.url })
      res:finish('hello')
    end), function(port, server)
      assert(server.listening and server.handshakeTimeout == 120000 and server.keepAliveTimeout == 5000)
      https.get(to(port, { path = '/a?b' }), expect(function(res)
        assert(res.statusCode == 201 and res.headers['x-path'] == '/a?b')
        assert(res.socket.authorized and res.socket:getPeerCertificate().subject.CN == 'localhost')
        read(res, expect(function(text)
          assert(text == 'hello')
          server:close()
        end))
      end))
    end)
  end)

  test('bodies of megabytes, both ways at once', function(expect)
    local big = ('0123456789abcdef'):rep(256 * 1024)
    serve(secure.options(), function(req, res)
      res:writeHead(200)
      req:pipe(res)
    end, function(port, server)
      local req = https.request(to(port, { method = 'POST' }), expect(function(res)
        read(res, expect(function(text)
          assert(text == big, #text)
          server:close()
        end))
      end))
      req:done(big)
    end)
  end)

  test('a slow reader holds the answer up, not the server', function(expect)
    local chunk = ('x'):rep(65536)
    local written, waited = 0, false
    serve(secure.options(), function(_, res)
      local function more()
        while written < 200 do
          written = written + 1
          if not res:write(chunk) then
            waited = true
            return res:once('drain', more)
          end
        end
        res:finish()
      end
      more()
    end, function(port, server)
      https.get(to(port), expect(function(res)
        local got = 0
        res:pause()
        timer.setTimeout(100, function()
          assert(written < 200 and waited)
          res:on('data', function(data) got = got + #data end)
          res:on('end', expect(function()
            assert(got == 200 * 65536)
            server:close()
          end))
          res:resume()
        end)
      end))
    end)
  end)

  test('pipelined requests are answered in their order', function(expect)
    serve(secure.options(), function(req, res) res:finish(req.url) end, function(port, server)
      connect(port, {}, expect(function(socket)
        local text = ''
        socket:on('data', function(data)
          text = text .. data
          if select(2, text:gsub('HTTP/1.1 200', '')) == 3 and text:find('/3$') then
            assert(text:find('/1HTTP.*/2HTTP.*/3$'))
            socket:_end()
          end
        end)
        socket:on('end', expect(function() server:close() end))
        socket:write('GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3 HTTP/1.1\r\nHost: a\r\n\r\n')
      end))
    end)
  end)

  test('a head that comes byte by byte', function(expect)
    serve(secure.options(), function(req, res) res:finish(req.url) end, function(port, server)
      connect(port, {}, expect(function(socket)
        local head = 'GET /slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
        local at = 0
        local function nextByte()
          at = at + 1
          if at <= #head then socket:write(head:sub(at, at), function() timer.setImmediate(nextByte) end) end
        end
        nextByte()
        read(socket, expect(function(text)
          assert(text:find('/slow$'))
          server:close()
        end))
      end))
    end)
  end)

  -- Endings -----------------------------------------------------------------------------------------------------------

  test('the end is said: Connection: close, the time between requests, closing the server', function(expect)
    local server
    server = serve(secure.options(nil, { keepAliveTimeout = 50 }), function(_, res) res:finish('ok') end, function(port)
      -- One after the other: closing the idle connections would reset one whose request is still on its way.
      local function ask(head, after, ended)
        connect(port, {}, expect(function(socket)
          -- A connection that is cut off would be an error.
          socket:on('error', function(err) error(tostring(err)) end)
          read(socket, expect(function(text)
            assert(text:find('ok$'))
            ended()
          end))
          socket:write('GET / HTTP/1.1\r\nHost: a\r\n' .. head .. '\r\n')
          if after then socket:once('data', after) end
        end))
      end
      ask('Connection: close\r\n', nil, function()
        ask('', nil, function()
          ask('', function() server:closeIdleConnections() end, function() server:destroy() end)
        end)
      end)
    end)
  end)

  test('an answer that is cut off does not look complete', function(expect)
    serve(secure.options(), function(req, res)
      res:writeHead(200, { Connection = 'close' })
      -- HTTP/1.0 has no chunks: only the end of the connection ends the body.
      res:write('a part')
      timer.setTimeout(20, function() res:destroy() end)
      if req.url == '/x' then error('not this one') end
    end, function(port, server)
      connect(port, {}, expect(function(socket)
        local text = ''
        socket:on('data', function(data) text = text .. data end)
        socket:on('end', function() error('no end') end)
        socket:on('error', expect(function(err)
          assert(err.code == 'ECONNRESET' and err.truncated)
          assert(text:find('a part$'))
          server:close()
        end))
        socket:write('GET / HTTP/1.0\r\n\r\n')
      end))
    end)
  end)

  test('a client that ends its side first still gets its answer', function(expect)
    serve(secure.options(), function(_, res)
      timer.setTimeout(30, function() res:finish('late') end)
    end, function(port, server)
      connect(port, { allowHalfOpen = true }, expect(function(socket)
        read(socket, expect(function(text)
          assert(text:find('late$'), text)
          server:close()
        end))
        socket:_end('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
      end))
    end)
  end)

  test('a client that vanishes in the middle of its body', function(expect)
    serve(secure.options(), expect(function(req)
      req:on('aborted', expect(function() end))
      req:resume()
    end), function(port, server)
      connect(port, {}, expect(function(socket)
        socket:write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf', function()
          socket:on('close', expect(function() server:close() end))
          socket:destroy()
        end)
      end))
    end)
  end)

  test('close ends idle connections and waits for answers', function(expect)
    local server
    server = serve(secure.options(), function(_, res)
      timer.setTimeout(50, function() res:finish('done') end)
      server:close(expect(function() end))
    end, function(port)
      -- One that is in its handshake, and one that is idle.
      net.connect(port, '127.0.0.1'):resume():on('error', function() end)
      connect(port, {}, expect(function(idle)
        idle:resume()
        idle:on('close', expect(function() end))
        https.get(to(port), expect(function(res)
          read(res, expect(function(text) assert(text == 'done') end))
        end))
      end))
    end)
  end)

  test('listeners of connections see the socket when it is secure', function(expect)
    local seen = {}
    local server
    server = serve(secure.options(), function(req, res)
      assert(seen[1] == req.socket and seen[2] == req.socket)
      res:finish()
    end, function(port)
      https.get(to(port), expect(function(res)
        res:resume()
        res:on('end', expect(function() server:close() end))
      end))
    end)
    server:on('connection', expect(function(socket) seen[#seen + 1] = socket end))
    server:on('secureConnection', expect(function(socket)
      assert(socket:getProtocol() == 'TLSv1.3')
      seen[#seen + 1] = socket
    end))
  end)

  test('listeners of clientError answer themselves', function(expect)
    serve(secure.options(), function() error('no request') end, function(port, server)
      server:on('clientError', expect(function(err, socket)
        assert(err.statusCode == 400 and socket.encrypted)
        socket:_end('HTTP/1.1 418 No Tea\r\nConnection: close\r\n\r\nmine')
      end))
      connect(port, {}, expect(function(socket)
        read(socket, expect(function(text)
          assert(text:find('^HTTP/1.1 418 No Tea.*mine$'), text)
          server:close()
        end))
        socket:write('no http\r\n\r\n')
      end))
    end)
  end)

  test('timeout listeners get the socket, and writing to it goes between the answers', function(expect)
    serve(secure.options(nil, { timeout = 50 }), function(req, res)
      res:writeHead(200, { ['Content-Length'] = 6 })
      res:write('abc')
      assert(req.socket.encrypted)
    end, function(port, server)
      server:on('timeout', expect(function(socket)
        assert(socket.encrypted)
        socket:write('def')
        timer.setTimeout(20, function() socket:destroy() end)
      end))
      https.get(to(port), expect(function(res)
        read(res, expect(function(text)
          assert(text == 'abcdef')
          server:close()
        end))
      end))
    end)
  end)

  -- Handing over ------------------------------------------------------------------------------------------------------

  test('an upgrade gives a socket that goes on with TLS, and what came with it', function(expect)
    local server
    server = serve(secure.options(), function() error('no request') end, function(port)
      connect(port, {}, expect(function(socket)
        local text = ''
        socket:on('data', function(data)
          text = text .. data
          if text:find('EARLY$') then socket:write('later') end
          if text:find('LATER$') then socket:_end() end
        end)
        socket:on('end', expect(function()
          assert(text:find('^HTTP/1.1 101'))
          server:close()
        end))
        socket:write('GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: loud\r\nConnection: Upgrade\r\n\r\nearly')
      end))
    end)
    server:on('upgrade', expect(function(req, socket, head)
      assert(req.url == '/chat' and head == 'early' and socket.encrypted)
      socket:write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: loud\r\nConnection: Upgrade\r\n\r\n')
      socket:write(head:upper())
      socket:on('data', function(data) socket:write(data:upper()) end)
      socket:on('end', expect(function() socket:_end() end))
      socket:on('close', expect(function() end))
    end))
  end)

  test('a handler that answers 101 itself reads on from req.socket', function(expect)
    serve(secure.options(), expect(function(req, res)
      assert(req.is_upgraded)
      res:writeHead(101, { Upgrade = 'loud', Connection = 'Upgrade' })
      res:flushHeaders()
      req.socket:on('data', function(data) req.socket:write(data:upper()) end)
    end), function(port, server)
      -- What comes with the head is for who takes over.
      connect(port, {}, expect(function(socket)
        local text = ''
        socket:on('data', function(data)
          text = text .. data
          if text:find('HEY$') then socket:write('you') end
          if text:find('HEYYOU$') then socket:destroy() end
        end)
        socket:on('close', expect(function() server:destroy() end))
        socket:write('GET / HTTP/1.1\r\nHost: a\r\nUpgrade: loud\r\nConnection: Upgrade\r\n\r\nhey')
      end))
    end)
  end)

  test('CONNECT makes a tunnel', function(expect)
    local server
    server = serve(secure.options(), function() end, function(port)
      local req = https.request(to(port, { method = 'CONNECT', path = 'a.test:1' }))
      req:on('connect', expect(function(_, socket)
        socket:once('data', expect(function(data)
          assert(data == 'through')
          socket:on('close', expect(function() server:destroy() end))
          socket:destroy()
        end))
      end))
      req:done()
    end)
    server:on('connect', expect(function(_, socket)
      socket:write('HTTP/1.1 200 OK\r\n\r\n')
      timer.setTimeout(20, function() socket:write('through') end)
      socket:resume()
    end))
  end)

  test('handleConnection serves the sockets of a tls server', function(expect)
    local server
    server = tls.createServer(secure.options(), function(socket)
      http.handleConnection(socket, function(req, res)
        assert(req.socket == socket)
        res:finish('over ' .. socket:getProtocol())
      end)
    end)
    server:listen(0, '127.0.0.1', function()
      https.get(to(server:address().port), expect(function(res)
        read(res, expect(function(text)
          assert(text == 'over TLSv1.3')
          server:close()
        end))
      end))
    end)
  end)

  -- Certificates ------------------------------------------------------------------------------------------------------

  local function shown(port, servername, done)
    connect(port, { servername = servername, rejectUnauthorized = false }, function(socket)
      local name = socket:getPeerCertificate().subject.CN
      socket:on('close', function() done(name) end)
      socket:destroy()
    end)
  end

  test('contexts of hosts, and a certificate that is renewed', function(expect)
    serve(secure.options(), function() end, function(port, server)
      server:addContext('other.test', secure.options('other'))
      server:addContext('*.plain.test', tls.createSecureContext(secure.options('plain')))
      shown(port, 'other.test', expect(function(other)
        assert(other == 'other.test')
        shown(port, 'a.plain.test', expect(function(plain)
          assert(plain == 'plain.test')
          shown(port, 'none.test', expect(function(own)
            assert(own == 'localhost')
            server:setSecureContext(secure.options('expired'))
            server:removeContext('other.test')
            connect(port, { servername = 'other.test', rejectUnauthorized = false }, expect(function(socket)
              assert(socket.authorizationError == 'CERT_HAS_EXPIRED')
              socket:on('close', expect(function() server:close() end))
              socket:destroy()
            end))
          end))
        end))
      end))
    end)
  end)

  test('SNICallback chooses, now or later, or refuses', function(expect)
    local asked = {}
    local contexts = { ['other.test'] = tls.createSecureContext(secure.options('other')) }
    serve(secure.options(nil, {
      SNICallback = function(name, callback)
        asked[#asked + 1] = name
        if name == 'refused.test' then return callback('not here') end
        if name == 'other.test' then
          return timer.setTimeout(20, function() callback(nil, contexts[name]) end)
        end
        callback(nil, nil)
      end,
    }), function(_, res) res:finish('ok') end, function(port, server)
      server:on('tlsClientError', expect(function(err) assert(err.message:find('not here'), err.message) end))
      shown(port, 'other.test', expect(function(other)
        assert(other == 'other.test')
        https.get(to(port), expect(function(res)
          res:resume()
          res:on('end', expect(function()
            local refused = tls.connect({ host = '127.0.0.1', port = port, servername = 'refused.test' })
            refused:on('error', expect(function(err)
              assert(err.code:find('UNRECOGNIZED_NAME'), err.code)
              assert(table.concat(asked, ' ') == 'other.test localhost refused.test')
              server:close()
            end))
          end))
        end))
      end))
    end)
  end)

  test('clients show certificates when they are asked to', function(expect)
    local identity = { cert = secure.file('client-cert.pem'), key = secure.file('client-key.pem') }
    serve(secure.options(nil, { requestCert = true, ca = secure.ca }), expect(function(req, res)
      assert(req.socket.authorized and req.socket:getPeerCertificate().subject.CN == 'A Client')
      res:finish('ok')
    end), function(port, server)
      server:on('tlsClientError', expect(function(err, socket)
        assert(err.code and err.reason and socket.remoteAddress == '127.0.0.1')
      end))
      https.get(to(port, identity), expect(function(res)
        res:resume()
        res:on('end', expect(function()
          https.get(to(port)):on('error', expect(function(err)
            assert(err.code:find('CERTIFICATE_REQUIRED') or err.code == 'ECONNRESET', err.code)
            server:close()
          end))
        end))
      end))
    end)
  end)

  test('with rejectUnauthorized = false the handler decides', function(expect)
    serve(secure.options(nil, { requestCert = true, rejectUnauthorized = false, ca = secure.ca }), expect(function(req, res)
      assert(req.socket.authorized == false and req.socket.authorizationError)
      res:writeHead(401):finish()
    end), function(port, server)
      https.get(to(port), expect(function(res)
        assert(res.statusCode == 401)
        res:resume()
        res:on('end', expect(function() server:close() end))
      end))
    end)
  end)

  test('a client that speaks none of our protocols', function(expect)
    serve(secure.options(), function() error('no request') end, function(port, server)
      server:on('tlsClientError', expect(function(err) assert(err.code, err) end))
      local socket = tls.connect({ host = 'localhost', port = port, ca = secure.ca, ALPNProtocols = { 'h2' } })
      socket:on('error', expect(function(err)
        assert(err.code:find('NO_APPLICATION_PROTOCOL'), err.code)
        server:close()
      end))
    end)
  end)

  test('keylog has the secrets of a handshake', function(expect)
    local lines = {}
    serve(secure.options(), function(_, res) res:finish() end, function(port, server)
      server:on('keylog', function(line) lines[#lines + 1] = line end)
      https.get(to(port), expect(function(res)
        res:resume()
        res:on('end', expect(function()
          assert(#lines >= 4 and table.concat(lines):find('CLIENT_TRAFFIC_SECRET_0 %x+ %x+\n'))
          server:close()
        end))
      end))
    end)
  end)

  test('sessions are resumed, with TLS 1.2 as well', function(expect)
    local left = 2
    serve(secure.options(), function(_, res) res:finish() end, function(port, server)
      for _, version in ipairs({ 'TLSv1.2', 'TLSv1.3' }) do
        local agent = https.Agent:new({ ca = secure.ca, maxVersion = version })
        https.get(to(port, { agent = agent }), expect(function(res)
          assert(res.socket:getProtocol() == version and not res.socket:isSessionReused())
          res:resume()
          res:on('close', expect(function()
            https.get(to(port, { agent = agent }), expect(function(again)
              assert(again.socket:isSessionReused(), version)
              again:resume()
              again:on('end', function()
                left = left - 1
                if left == 0 then server:close() end
              end)
            end))
          end))
        end))
      end
    end)
  end)

  test('wrong options are told at once', function()
    local function fault(...)
      local ok, err = pcall(https.createServer, ...)
      assert(not ok)
      return err
    end
    assert(fault({ key = secure.file('server-key.pem') }):find('cert'))
    assert(fault(secure.options('server', { key = secure.file('other-key.pem') })):find('key'))
    assert(fault(secure.options('server', { keepAliveTimeout = -1 })):find('keepAliveTimeout'))
    assert(fault(secure.options('server', { handshakeTimeout = 'x' })):find('handshakeTimeout'))
    assert(fault(7):find('options'))
  end)

  -- Other programs ----------------------------------------------------------------------------------------------------

  test('curl', function(expect, _, context)
    if not programs.has('curl') then return context.skip('curl is not installed') end
    serve(secure.options(), function(req, res)
      res:writeHead(200, { ['Content-Length'] = #req.url })
      res:finish(req.url)
    end, function(port, server)
      local base = 'https://localhost:' .. port
      local words = {
        '-sS', '--cacert', module.dir .. '/fixtures/tls/root-cert.pem', '-w', ' %{num_connects} %{http_version}\n',
        base .. '/one', base .. '/two',
      }
      run('curl', words, expect(function(code, out)
        assert(code == 0 and out == '/one 1 1.1\n/two 0 1.1\n', out)
        server:close()
      end))
    end)
  end)

  test('openssl s_client', function(expect, _, context)
    if not programs.has('openssl') then return context.skip('openssl is not installed') end
    serve(secure.options(), function(_, res) res:finish('hello') end, function(port, server)
      local child = run('openssl', {
        's_client', '-connect', '127.0.0.1:' .. port, '-servername', 'localhost', '-verify_return_error', '-CAfile',
        module.dir .. '/fixtures/tls/root-cert.pem', '-alpn', 'http/1.1', '-ign_eof',
      }, expect(function(code, out)
        assert(code == 0 and out:find('ALPN protocol: http/1.1', 1, true) and out:find('\r\n\r\nhello'), out)
        server:close()
      end))
      child.stdin:_end('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    end)
  end)

  test('node as client', function(expect, _, context)
    if not programs.has('node') then return context.skip('node is not installed') end
    serve(secure.options(), function(req, res)
      read(req, function(text) res:finish(req.method .. ' ' .. text) end)
    end, function(port, server)
      local script = ([[
        const https = require('https'), fs = require('fs');
        const agent = new https.Agent({ keepAlive: true, ca: fs.readFileSync(%q) });
        let left = 3;
        const one = () => https.request({ host: 'localhost', port: %d, method: 'POST', agent }, (res) => {
          res.on('data', (d) => process.stdout.write(d + ' ' + res.socket.getProtocol() + '\n'));
          res.on('end', () => { if (--left) setImmediate(one); else agent.destroy(); });
        }).end('body');
        one();
      ]]):format(module.dir .. '/fixtures/tls/root-cert.pem', port)
      run('node', { '-e', script }, expect(function(code, out)
        assert(code == 0 and out == ('POST body TLSv1.3\n'):rep(3), out)
        server:close()
      end))
    end)
  end)

  test('the module has what luvit has', function()
    for _, name in ipairs({ 'createServer', 'request', 'get' }) do assert(type(https[name]) == 'function', name) end
    assert(https.Agent and https.globalAgent and https.Server)
  end)
end)
