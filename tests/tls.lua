-- Clients and servers of TLS, ours with each other.

local tls = require('tls')
local net = require('net')
local timer = require('timer')
local pair = require('./libs/tls-pair')
local program = require('./libs/program')
local refusals = require('./libs/refusals')

local read, identity, client = pair.read, pair.identity, pair.client

local function collect(socket, done)
  local parts = {}
  socket:on('data', function(chunk) parts[#parts + 1] = chunk end)
  socket:on('end', function() done(table.concat(parts)) end)
end

require('tap')(function(test)
  for _, version in ipairs({ 'TLSv1.2', 'TLSv1.3' }) do
    test('data goes both ways, and the end as well, with ' .. version, function(expect)
      pair.serve(identity('server', { minVersion = version }), expect(function(socket)
        assert(socket:getProtocol() == version and socket:version() == version)
        assert(socket.encrypted and socket.server and not socket.authorized)
        assert(socket.servername == 'localhost' and socket.alpnProtocol == false)
        collect(socket, expect(function(text)
          assert(text == 'hello world')
          socket:_end('bye')
        end))
        socket:on('close', expect(function(hadError)
          assert(not hadError)
          socket.options._owner:close()
        end))
      end), function(_, port)
        local socket
        socket = tls.connect(client(port, { maxVersion = version, allowHalfOpen = true }), expect(function(same)
          assert(same == socket and socket.authorized and socket.authorizationError == nil)
          assert(socket.secureEstablished and not socket.secureConnecting)
          assert(socket:getProtocol() == version)
          local cipher = socket:getCipher()
          assert(cipher.name:find('AES', 1, true) and cipher.standardName:find('^TLS_') and cipher.version == version)
          assert(socket:getEphemeralKeyInfo().name == 'X25519')
          assert(socket.remotePort == port)
          socket:write('world')
          socket:_end()
        end))
        -- What is written before the handshake waits for it.
        socket:write('hello ')
        collect(socket, expect(function(text) assert(text == 'bye') end))
        socket:on('finish', expect(function() end))
        socket:on('close', expect(function(hadError) assert(not hadError) end))
      end)
    end)
  end

  test('much data, with backpressure', function(expect)
    local size, block = 0, ('0123456789abcdef'):rep(4096)
    pair.serve(identity('server'), expect(function(socket)
      local left = 100
      local function fill()
        while left > 0 do
          left = left - 1
          if not socket:write(block) then return socket:once('drain', fill) end
        end
        socket:_end()
      end
      fill()
      socket.options._owner:close()
    end), function(_, port)
      local socket = tls.connect(client(port))
      socket:on('data', function(chunk)
        size = size + #chunk
        if size % 7 == 0 then
          socket:pause()
          timer.setTimeout(1, function() socket:resume() end)
        end
      end)
      socket:on('end', expect(function() assert(size == 100 * #block, size) end))
    end)
  end)

  local refused = {
    { 'expired', 'CERT_HAS_EXPIRED', 'certificate expired 2024-03-01' },
    { 'future', 'CERT_NOT_YET_VALID', 'not valid before 2100-01-01' },
    { 'other', 'ERR_TLS_CERT_ALTNAME_INVALID', 'name mismatch: wanted localhost, certificate is for other.test' },
    { 'self', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed' },
    { 'chained', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'Luvit Test Middle' },
  }
  for _, case in ipairs(refused) do
    local name, code, text = unpack(case)
    test(name .. ': the client says what is wrong, the server that it was refused', function(expect)
      local function nobody() error('secure') end
      pair.serve(identity(name), nobody, function(server, port)
        server:on('tlsClientError', expect(function(err, socket)
          assert(err.code:find('^ERR_SSL_'), err.code)
          assert(socket.destroyed)
          server:close()
        end))
        local socket = tls.connect(client(port), nobody)
        socket:on('error', expect(function(err)
          assert(err.code == code, err.code)
          assert(err.message:find(text, 1, true), err.message)
        end))
        socket:on('close', expect(function(hadError) assert(hadError) end))
      end)
    end)

    test(name .. ': without rejectUnauthorized it is only told', function(expect)
      pair.serve(identity(name), function() end, function(server, port)
        local socket
        socket = tls.connect(client(port, { rejectUnauthorized = false }), expect(function()
          assert(socket.authorized == false)
          assert(socket.authorizationError == code, socket.authorizationError)
          assert(socket.authorizationReason:find(text, 1, true))
          assert(socket:getPeerCertificate().raw)
          socket:destroy()
          server:close()
        end))
      end)
    end)
  end

  test('whom to trust: a list, DER, the certificate itself; and who is revoked', function(expect)
    local function works(name, ca, more, done)
      pair.serve(identity(name), function(socket) socket:_end() end, function(server, port)
        more = more or {}
        more.ca = ca
        pair.try(client(port, more), expect(function(err, socket)
          socket:destroy()
          server:close()
          done(err)
        end))
      end)
    end
    works('self', read('self-cert.pem'), nil, expect(function(err)
      assert(not err, err and err.message)
      works('server', { read('self-cert.pem') .. read('root-cert.pem') }, nil, expect(function(err2)
        assert(not err2, err2 and err2.message)
        works('server', require('buffer').Buffer:new(read('server-cert.der')), nil, expect(function(err3)
          assert(not err3, err3 and err3.message)
          works('revoked', read('root-cert.pem'), { crl = read('root-crl.pem') }, expect(function(err4)
            assert(err4.code == 'CERT_REVOKED', err4.code)
          end))
        end))
      end))
    end))
  end)

  test('servername is asked for and checked, checkServerIdentity decides instead', function(expect)
    pair.serve(identity('other'), expect(function(socket) socket:resume() end, 3), function(server, port)
      pair.try(client(port, { servername = 'other.test' }), expect(function(err, first)
        assert(not err and first.authorized)
        first:destroy()
        local function check(host, cert)
          assert(host == 'localhost' and cert.subject.CN == 'other.test')
        end
        pair.try(client(port, { checkServerIdentity = expect(check) }), expect(function(err2, second)
          assert(not err2 and second.authorized)
          second:destroy()
          local function refuse() return require('core').Error:new('not this one') end
          pair.try(client(port, { checkServerIdentity = expect(refuse) }), expect(function(err3)
            assert(err3.message == 'not this one')
            server:close()
          end))
        end))
      end))
    end)
  end)

  test('when checkServerIdentity raises, nobody reads what came', function(expect)
    pair.serve(identity('server'), function(socket)
      socket:on('error', function() end)
      socket:write('from somebody')
    end, function(server, port)
      local socket = tls.connect(client(port, {
        maxVersion = 'TLSv1.2', checkServerIdentity = function() error('of the program', 0) end,
      }), function() error('not secure') end)
      socket:on('data', function() error('no data') end)
      local others = process:listeners('uncaughtException')
      process:removeAllListeners('uncaughtException')
      process:once('uncaughtException', expect(function(err)
        for _, other in ipairs(others) do process:on('uncaughtException', other) end
        assert(err == 'of the program' and socket.destroyed and not socket.secureEstablished)
      end))
      socket:on('close', expect(function() server:close() end))
    end)
  end)

  test('wrong arguments are errors of the line that has them', function()
    local https = require('https')
    local server = tls.createServer({})
    local line = debug.getinfo(1, 'l').currentline
    for i, call in ipairs({
      function() https.createServer({ key = 'x' }) end,
      function() https.createServer({ key = 1 }) end,
      function() https.createServer({}, 5) end,
      function() https.createServer({ SNICallback = 5 }) end,
      function() https.createServer({ handshakeTimeout = 'x' }) end,
      function() https.createServer({ ALPNProtocols = 5 }) end,
      function() https.get({ host = 'x', ca = 'junk' }) end,
      function() https.get({ host = 'x', port = 'abc' }) end,
      function() https.get('https://localhost:1/', 5) end,
      function() https.request({ host = 'x', ca = 'junk' }) end,
      function() require('http').get({ host = 'x', port = 'abc' }) end,
      function() tls.connect({ port = 1 }, 5) end,
      function() tls.connect({ host = 'x' }) end,
      function() tls.connect({ port = 70000 }) end,
      function() tls.connect({ port = 1, ca = 'junk' }) end,
      function() tls.connect({ port = 1, servername = 5 }) end,
      function() tls.connect({ port = 1, handshakeTimeout = 'x' }) end,
      function() tls.createServer({ handshakeTimeout = 'x' }) end,
      function() tls.createServer({ key = 'x' }) end,
      function() tls.TLSSocket:new(5) end,
      function() tls.TLSSocket:new(nil, { ca = 5 }) end,
      function() tls.createSecureContext({ cert = 'x' }) end,
      function() server:addContext('a', { cert = 'x' }) end,
      function() server:setSecureContext({ cert = 'x' }) end,
    }) do
      local ok, err = pcall(call)
      assert(not ok and err:find(('tls.lua:%d: '):format(line + i + 1), 1, true), tostring(err))
    end
  end)

  test('the certificate as node describes it', function(expect)
    pair.serve(identity('server'), function(socket) socket:resume() end, function(server, port)
      local socket
      socket = tls.connect(client(port), expect(function()
        local cert = socket:getPeerCertificate(true)
        assert(cert.subject.CN == 'localhost' and cert.issuer.CN == 'Luvit Test Root')
        assert(cert.subjectaltname:find('DNS:localhost', 1, true) and cert.subjectaltname:find('IP Address:127.0.0.1', 1, true))
        assert(cert.valid_to == 'Jan  1 00:00:00 2126 GMT', cert.valid_to)
        assert(#cert.fingerprint256 == 95 and cert.raw == read('server-cert.der'))
        assert(cert.bits == 256 and cert.nistCurve == 'P-256' and not cert.ca)
        assert(tls.checkServerIdentity('x.a.test', cert) == nil)
        local err = tls.checkServerIdentity('a.test', cert)
        assert(err.code == 'ERR_TLS_CERT_ALTNAME_INVALID' and err.host == 'a.test' and err.cert == cert)
        assert(socket:getCertificate() == nil)
        socket:destroy()
        server:close()
      end))
    end)
  end)

  test('clients show certificates', function(expect)
    local options = identity('server', { requestCert = true, ca = read('root-cert.pem') })
    local connections = 0
    pair.serve(options, expect(function(socket)
      connections = connections + 1
      assert(socket.authorized and socket:getPeerCertificate().subject.CN == 'A Client')
      assert(socket:getCertificate().subject.CN == 'localhost')
      socket:_end()
    end), function(server, port)
      local socket = tls.connect(client(port, identity('client')))
      socket:resume()
      socket:on('close', expect(function()
        server:once('tlsClientError', expect(function(err)
          assert(err.code == 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE', err.code)
        end))
        local bare = tls.connect(client(port))
        bare:resume()
        bare:on('error', expect(function(err)
          assert(err.code == 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', err.code)
          assert(connections == 1)
          server:close()
        end))
      end))
    end)
  end)

  test('a server that only asks looks by itself', function(expect)
    local options = identity('server', { requestCert = true, rejectUnauthorized = false, ca = read('root-cert.pem') })
    pair.serve(options, expect(function(socket)
      assert(not socket.authorized and socket.authorizationError == 'UNABLE_TO_GET_ISSUER_CERT')
      assert(socket:getPeerCertificate() == nil)
      socket:_end()
    end), function(server, port)
      local socket = tls.connect(client(port))
      socket:resume()
      socket:on('close', expect(function() server:close() end))
    end)
  end)

  test('application protocols', function(expect)
    pair.serve(identity('server', { ALPNProtocols = { 'h2', 'http/1.1' } }), expect(function(socket)
      assert(socket.alpnProtocol == 'h2' and socket:getALPN() == 'h2')
      socket:resume()
    end), function(server, port)
      pair.try(client(port, { ALPNProtocols = '\8http/1.1\2h2' }), expect(function(err, socket)
        assert(not err and socket.alpnProtocol == 'h2')
        socket:destroy()
        server:once('tlsClientError', expect(function(refusal)
          assert(refusal.code == 'ERR_SSL_NO_APPLICATION_PROTOCOL', refusal.code)
        end))
        pair.try(client(port, { ALPNProtocols = { 'spdy' } }), expect(function(refusal)
          assert(refusal.code == 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL', refusal.code)
          server:close()
        end))
      end))
    end)
  end)

  test('ALPNCallback chooses, or refuses', function(expect)
    local function choose(hello)
      assert(hello.servername == 'localhost')
      return hello.protocols[2]
    end
    pair.serve(identity('server', { ALPNCallback = expect(choose, 2) }), function(socket) socket:resume() end,
      function(server, port)
        pair.try(client(port, { ALPNProtocols = { 'a', 'b' } }), expect(function(err, socket)
          assert(not err and socket.alpnProtocol == 'b')
          socket:destroy()
          server:on('tlsClientError', function() end)
          pair.try(client(port, { ALPNProtocols = { 'a' } }), expect(function(refusal)
            assert(refusal.code == 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL', refusal.code)
            server:close()
          end))
        end))
      end)
  end)

  test('contexts of hosts, and renewal without a restart', function(expect)
    pair.serve(identity('server'), function(socket) socket:resume() end, function(server, port)
      local function shown(servername, done)
        local socket
        socket = tls.connect(client(port, { servername = servername, rejectUnauthorized = false }), expect(function()
          done(socket:getPeerCertificate().subject.CN)
          socket:destroy()
        end))
      end
      server:addContext('other.test', identity('other'))
      server:sni({ ['*.wild.test'] = tls.createSecureContext(identity('plain')) })
      shown('OTHER.test', expect(function(name)
        assert(name == 'other.test', name)
        shown('x.wild.test', expect(function(name2)
          assert(name2 == 'plain.test', name2)
          server:setSecureContext(identity('rsa'))
          server:removeContext('other.test')
          shown('other.test', expect(function(name3)
            assert(name3 == 'localhost', name3)
            server:close()
          end))
        end))
      end))
    end)
  end)

  test('SNICallback chooses later, or refuses', function(expect)
    local context = tls.createSecureContext(identity('other'))
    local function choose(servername, callback)
      timer.setTimeout(5, function()
        if servername == 'other.test' then return callback(nil, context) end
        if servername == 'localhost' then return callback() end
        callback(require('core').Error:new('nobody of this name'))
      end)
    end
    pair.serve(identity('server', { SNICallback = expect(choose, 3) }), function(socket) socket:resume() end,
      function(server, port)
        pair.try(client(port, { servername = 'other.test' }), expect(function(err, socket)
          assert(not err and socket.authorized)
          socket:destroy()
          pair.try(client(port), expect(function(err2, socket2)
            assert(not err2 and socket2:getPeerCertificate().subject.CN == 'localhost')
            socket2:destroy()
            server:on('tlsClientError', expect(function(refusal)
              assert(refusal.message == 'nobody of this name')
            end))
            pair.try(client(port, { servername = 'x.test' }), expect(function(refusal)
              assert(refusal.code == 'ERR_SSL_TLSV1_UNRECOGNIZED_NAME', refusal.code)
              server:close()
            end))
          end))
        end))
      end)
  end)

  test('sessions are resumed, and not when they must not be', function(expect)
    pair.serve(identity('server'), function(socket) socket:write('x') end, function(server, port)
      local function reused(more, done)
        local socket = tls.connect(client(port, more))
        socket:once('data', expect(function()
          local is = socket:isSessionReused()
          socket:destroy()
          done(is)
        end))
      end
      reused({}, expect(function(first)
        assert(first == false)
        reused({}, expect(function(second)
          assert(second == true)
          assert(#server:getTicketKeys() == 48)
          server:setTicketKeys(('k'):rep(48))
          reused({}, expect(function(third)
            assert(third == false)
            reused({ sessionResumption = false }, expect(function(fourth)
              assert(fourth == false)
              server:close()
            end))
          end))
        end))
      end))
    end)
  end)

  test('a stapled OCSP response is passed on', function(expect)
    pair.serve(identity('server'), function(socket) socket:resume() end, function(server, port)
      server:on('OCSPRequest', expect(function(certificate, _, callback)
        assert(certificate == read('server-cert.der'))
        timer.setTimeout(1, function() callback(nil, 'a response') end)
      end))
      local socket
      socket = tls.connect(client(port, { requestOCSP = true }), expect(function()
        socket:destroy()
        server:close()
      end))
      socket:on('OCSPResponse', expect(function(response) assert(response == 'a response') end))
    end)
  end)

  test('secrets for a debugger, keying material for others', function(expect)
    local there
    local function label(line) return line:match('^(%S+) %x+ %x+\n$') end
    pair.serve(identity('server'), expect(function(socket)
      there = socket:exportKeyingMaterial(20, 'EXPORTER-x', 'context')
      socket:write('x')
    end), function(server, port)
      local seen = 0
      server:on('keylog', function(line, socket)
        assert(label(line) and socket.encrypted)
        seen = seen + 1
      end)
      local socket = tls.connect(client(port))
      local lines = {}
      socket:on('keylog', function(line) lines[assert(label(line))] = true end)
      socket:once('data', expect(function()
        assert(lines.CLIENT_TRAFFIC_SECRET_0 and lines.SERVER_HANDSHAKE_TRAFFIC_SECRET and seen > 3)
        local here = socket:exportKeyingMaterial(20, 'EXPORTER-x', 'context')
        assert(#here == 20 and here == there)
        refusals.raises('length', socket.exportKeyingMaterial, socket, 0, 'x')
        socket:destroy()
        server:close()
      end))
    end)
  end)

  test('over a connection that is there, being made, or any stream', function(expect)
    pair.serve(identity('server'), function(socket) socket:pipe(socket) end, function(server, port)
      local function echoes(socket, done)
        socket:write('ping')
        socket:once('data', expect(function(chunk)
          assert(chunk == 'ping')
          socket:_end()
        end))
        socket:on('close', expect(done))
      end
      local raw = net.connect(port, '127.0.0.1')
      raw:on('close', expect(function() end))
      echoes(tls.connect(client(nil, { socket = raw })), function()
        local connected
        connected = net.connect(port, '127.0.0.1', expect(function()
          echoes(tls.TLSSocket:new(connected, client()), function()
            -- TLS in TLS: the outer one is only a stream for the inner.
            local inner = tls.createServer(identity('other'), function(socket) socket:pipe(socket) end)
            local outer
            pair.serve(identity('server'), function(socket) inner:emit('connection', socket) end, function(other, outerPort)
              outer = tls.connect(client(outerPort), expect(function()
                echoes(tls.connect(client(nil, { socket = outer, servername = 'other.test' })), function()
                  other:close()
                  server:close()
                end)
              end))
            end)
          end)
        end))
      end)
    end)
  end)

  test('an end without the word of the peer is an error, after the data', function(expect)
    pair.serve(identity('server'), function(socket)
      socket:write('part', function()
        -- The end of the stream alone.
        net.Socket._final(socket, function() end)
      end)
      socket:on('error', function() end)
    end, function(server, port)
      local socket = tls.connect(client(port))
      local got = ''
      socket:on('data', function(chunk) got = got .. chunk end)
      socket:on('end', function() error('end') end)
      socket:on('error', expect(function(err)
        assert(got == 'part' and err.code == 'ECONNRESET' and err.truncated, err.code)
        assert(err.message:find('close_notify', 1, true))
        server:close()
      end))
    end)
  end)

  test('a server that does not look at errors stays when a client just leaves', function(expect)
    pair.serve(identity('server'), expect(function(socket)
      socket:on('end', function() error('end') end)
      socket:on('close', expect(function(hadError) assert(hadError) end))
      socket:resume()
    end), function(server, port)
      local socket
      socket = tls.connect(client(port), expect(function()
        net.Socket._final(socket, function() end)
        server:close()
      end))
      socket:on('error', function() end)
      socket:resume()
    end)
  end)

  test('a context that lets everybody in is no excuse for the next', function(expect)
    pair.serve(identity('server'), function(socket) socket:resume() end, function(server, port)
      pair.try({ port = port, host = 'localhost', rejectUnauthorized = false }, expect(function(err, socket)
        assert(not err and not socket.authorized)
        socket:destroy()
        server:on('tlsClientError', function() end)
        pair.try({ port = port, host = 'localhost' }, expect(function(err2)
          assert(err2.code == 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', err2.code)
          server:close()
        end))
      end))
    end)
  end)

  test('destroy tells the peer that this is the end', function(expect)
    pair.serve(identity('server'), expect(function(socket)
      socket:on('end', expect(function() end))
      socket:on('error', function(err) error(err.message) end)
      socket:resume()
    end), function(server, port)
      local socket
      socket = tls.connect(client(port), expect(function()
        socket:destroy()
        server:close()
      end))
    end)
  end)

  test('who does not speak TLS, and who says nothing', function(expect)
    pair.serve(identity('server', { handshakeTimeout = 30 }), function() error('secure') end, function(server, port)
      local codes = {}
      server:on('tlsClientError', function(err) codes[#codes + 1] = err.code end)
      local http = net.connect(port, '127.0.0.1', function() end)
      http:write('GET / HTTP/1.1\r\n\r\n')
      http:on('error', function() end)
      http:resume()
      http:on('close', expect(function()
        local silent = net.connect(port, '127.0.0.1')
        silent:resume()
        silent:on('close', expect(function()
          local gone = net.connect(port, '127.0.0.1', function() end)
          gone:on('connect', function() gone:destroy() end)
          gone:on('close', expect(function()
            timer.setTimeout(50, expect(function()
              assert(table.concat(codes, ' ') == 'ERR_SSL_HTTP_REQUEST ERR_TLS_HANDSHAKE_TIMEOUT ECONNRESET',
                table.concat(codes, ' '))
              server:getConnections(expect(function(_, count)
                assert(count == 0, count)
                server:close()
              end))
            end))
          end))
        end))
      end))
    end)
    local plain
    plain = net.createServer(function(socket) socket:resume() socket:_end('HTTP/1.1 400 Bad Request\r\n\r\n') end)
    plain:listen(0, '127.0.0.1', function()
      pair.try(client(plain:address().port), expect(function(err)
        assert(err.code == 'ERR_SSL_WRONG_VERSION_NUMBER' and err.message:find('HTTP', 1, true), err.message)
        plain:close()
      end))
    end)
    local mute
    mute = net.createServer(function(socket) socket:on('error', function() end) socket:resume() end)
    mute:listen(0, '127.0.0.1', function()
      pair.try(client(mute:address().port, { handshakeTimeout = 20 }), expect(function(err)
        assert(err.code == 'ERR_TLS_HANDSHAKE_TIMEOUT', err.code)
        mute:close()
      end))
    end)
  end)

  test('nobody there is told as net tells it', function(expect)
    local server
    server = net.createServer()
    server:listen(0, '127.0.0.1', function()
      local port = server:address().port
      server:close(function()
        pair.try(client(port, { host = '127.0.0.1' }), expect(function(err) assert(err == 'ECONNREFUSED', err) end))
      end)
    end)
  end)

  test('keys in every form', function()
    local chain = read('rsa-cert.pem')
    local function works(options) assert(tls.createSecureContext(options).context) end
    works({ cert = chain, key = read('rsa-key-pkcs1.pem') })
    works({ cert = chain, key = read('rsa-key-encrypted.pem'), passphrase = 'secret' })
    works({ cert = chain, key = { { pem = read('rsa-key-old-encrypted.pem'), passphrase = 'secret' } } })
    works({ cert = read('server-cert.der'), key = read('server-key.der') })
    works({ cert = read('server-cert.pem'), key = read('server-key-sec1.pem') })
    works({ pfx = read('rsa.p12'), passphrase = 'secret' })
    -- Pairs are found whatever the order.
    works({ cert = { chain, read('server-cert.pem') }, key = { read('server-key.pem'), read('rsa-key.pem') } })
    refusals.raises('passphrase', tls.createSecureContext, { cert = chain, key = read('rsa-key-encrypted.pem') })
    refusals.raises('wrong passphrase', tls.createSecureContext,
      { cert = chain, key = read('rsa-key-encrypted.pem'), passphrase = 'wrong' })
    refusals.raises('pfx', tls.createSecureContext, { pfx = read('rsa.p12'), passphrase = 'wrong' })
  end)

  test('options that cannot be', function()
    local make = tls.createSecureContext
    refusals.raises('key is not the one of the certificate', make, { cert = read('server-cert.pem'), key = read('other-key.pem') })
    refusals.raises('key is missing', make, { cert = read('server-cert.pem') })
    refusals.raises('cert is missing', make, { key = read('server-key.pem') })
    refusals.raises('TLSv1 is not offered', make, { minVersion = 'TLSv1' })
    refusals.raises('SSLv3_method is not offered', make, { secureProtocol = 'SSLv3_method' })
    refusals.raises("secureProtocol: 'nonsense'", make, { secureProtocol = 'nonsense' })
    refusals.raises("options.maxVersion'", make, { maxVersion = 'TLSv9' })
    refusals.raises('minVersion is higher', make, { minVersion = 'TLSv1.3', maxVersion = 'TLSv1.2' })
    refusals.raises('RC4-SHA', make, { ciphers = 'RC4-SHA' })
    refusals.raises('ecdhCurve', make, { ecdhCurve = 'sect571k1' })
    refusals.raises('ca holds no certificate', make, { ca = 'nothing' })
    refusals.raises("options.ca'", make, { ca = 5 })
    refusals.raises('options.cert[1]', make, { cert = { 5 } })
    refusals.raises('ticketKeys is 3 bytes', make, { ticketKeys = 'abc' })
    refusals.raises("'options'", make, 5)
    refusals.raises('ALPNProtocols', tls.createServer, { ALPNProtocols = 5 })
    refusals.raises('each name follows its length', tls.createServer, { ALPNProtocols = 'http/1.1' })
    refusals.raises("'options.SNICallback'", tls.createServer, { SNICallback = 5 })
    refusals.raises("'options.ALPNCallback'", tls.createServer, { ALPNCallback = {} })
    -- The line that is told is the caller's.
    for _, fn in ipairs({
      function() tls.createServer({ minVersion = 'x' }) end, function() tls.createServer({ cert = 'x' }) end,
      function() tls.createServer(5) end, function() tls.connect({ port = 1, ca = 'x' }) end,
      function() tls.connect({ port = 1, ca = 5 }) end, function() tls.connect({ port = 1, ALPNProtocols = 5 }) end,
      function() tls.createSecureContext({ ca = 'x' }) end, function() tls.TLSSocket:new(nil, { ca = 5 }) end,
    }) do
      refusals.raises('tls.lua:' .. debug.getinfo(fn, 'S').linedefined .. ':', fn)
    end
    refusals.raises('port, path or socket', tls.connect, {})
    refusals.raises("'callback'", tls.connect, { port = 1 }, 5)
    refusals.raises('secureContext', tls.connect, { port = 1, secureContext = {} })
    for _, name in ipairs({ 'TLS', 'SSLv23_method', 'TLSv1_2_method', 'TLSv1_3' }) do assert(make({ secureProtocol = name })) end
  end)

  test('the system\'s authorities, those that variables name', function(expect)
    local script = [[
      local socket
      socket = require('tls').connect({ port = %d, host = 'localhost' }, function()
        print('authorized', socket.authorized)
        socket:destroy()
      end)
      socket:on('error', function(err) print(err.code) end)
    ]]
    local function try(file, port, done)
      local env = { 'SSL_CERT_FILE=' .. file }
      for _, name in ipairs({ 'PATH', 'HOME', 'TMPDIR', 'LUVIT_STDLIB', 'SYSTEMROOT' }) do
        if process.env[name] then env[#env + 1] = name .. '=' .. process.env[name] end
      end
      program.start({ '-e', script:format(port) }, { env = env }, expect(function(result) done(result.out, result.err) end))
    end
    pair.serve(identity('server'), function(socket) socket:resume() end, function(server, port)
      server:on('tlsClientError', function() end)
      try(pair.path('root-cert.pem'), port, function(out, err)
        assert(out == 'authorized\ttrue\n', out .. err)
        try(pair.path('self-cert.pem'), port, function(out2, err2)
          assert(out2 == 'UNABLE_TO_VERIFY_LEAF_SIGNATURE\n', out2 .. err2)
          try('/nowhere', port, function(out3, err3)
            assert(out3 == 'UNABLE_TO_VERIFY_LEAF_SIGNATURE\n', out3 .. err3)
            server:close()
          end)
        end)
      end)
    end)
  end)

  test('what the module says of itself', function()
    assert(tls.isTLSv1_3 and not tls.isLibreSSL and tls.DEFAULT_SECUREPROTOCOL == 'TLS')
    assert(tls.DEFAULT_MIN_VERSION == 'TLSv1.2' and tls.DEFAULT_MAX_VERSION == 'TLSv1.3')
    local ciphers = tls.getCiphers()
    assert(#ciphers == 9 and ciphers[1] == 'tls_aes_128_gcm_sha256')
    assert(tls.createSecureContext({ ciphers = tls.DEFAULT_CIPHERS }))
    assert(type(tls.rootCertificates) == 'table')
    if tls.rootCertificates[1] then assert(tls.createSecureContext({ ca = tls.rootCertificates[1] })) end
    local socket = tls.TLSSocket:new(nil, {})
    assert(socket:getProtocol() == nil and socket:getPeerCertificate() == nil and socket:getCipher() == nil)
    refusals.raises('getFinished', socket.getFinished, socket)
    socket:destroy()
  end)
end)
