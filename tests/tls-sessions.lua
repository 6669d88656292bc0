-- Sessions that programs pass around, what handshakes leave, and what the engine has not.

local tls = require('tls')
local https = require('https')
local pair = require('./libs/tls-pair')

local identity, client = pair.identity, pair.client

require('tap')(function(test)
  for _, version in ipairs({ 'TLSv1.2', 'TLSv1.3' }) do
    test('a session that is given back is resumed, with ' .. version, function(expect)
      pair.serve(identity('server', { maxVersion = version }), function(socket)
        assert(socket:getSession() == nil)
        socket:write('x')
        socket:on('error', function() end)
      end, function(server, port)
        -- A context of its own, so that nothing is resumed by itself.
        local function connect(more, done)
          local tokens = {}
          local socket = tls.connect(client(port, more))
          assert(socket:getSession() == nil)
          socket:on('session', function(token)
            assert(type(token) == 'string')
            tokens[#tokens + 1] = token
          end)
          socket:once('data', function()
            -- Tickets come before the data, the newest last.
            assert(#tokens > 0 and socket:getSession() == tokens[#tokens])
            local reused = socket:isSessionReused()
            socket:destroy()
            done(reused, tokens[#tokens])
          end)
        end
        connect({ session = 'junk' }, expect(function(reused, token)
          assert(reused == false)
          connect({ session = 'another junk' }, expect(function(again)
            assert(again == false)
            connect({ session = token }, expect(function(third, newer)
              assert(third == true)
              -- Who it is, is verified as this connection wants it.
              local socket
              socket = tls.connect(client(port, { session = newer, servername = 'other.example' }))
              socket:on('error', expect(function(err)
                assert(err.code == 'ERR_TLS_CERT_ALTNAME_INVALID', err.code)
                server:close()
              end))
            end))
          end))
        end))
      end)
    end)

    test('keying material is the same on both sides, with ' .. version, function(expect)
      pair.serve(identity('server', { maxVersion = version }), expect(function(socket)
        local with = assert(socket:exportKeyingMaterial(90, 'EXPORTER-x', 'context'))
        socket:write(with .. assert(socket:exportKeyingMaterial(90, 'EXPORTER-x')))
      end), function(server, port)
        local socket = tls.connect(client(port))
        socket:once('data', expect(function(data)
          local with = socket:exportKeyingMaterial(90, 'EXPORTER-x', 'context')
          assert(data == with .. socket:exportKeyingMaterial(90, 'EXPORTER-x'))
          assert(with ~= socket:exportKeyingMaterial(90, 'EXPORTER-y', 'context'))
          socket:destroy()
          server:close()
        end))
      end)
    end)
  end

  test('https requests and agents take a session', function(expect)
    local server
    server = https.createServer(identity('server'), function(req, res) res:finish(tostring(req.socket:isSessionReused())) end)
    server:listen(0, '127.0.0.1', expect(function()
      local port = server:address().port
      local function ask(session, done)
        local token
        -- Agents of their own, so that nothing is resumed by itself.
        local req = https.get(client(port, { agent = https.Agent:new(), session = session }), function(res)
          local text = ''
          res:on('data', function(part) text = text .. part end)
          res:on('end', function() done(text, token or res.socket:getSession()) end)
        end)
        req:on('socket', function(socket) socket:on('session', function(new) token = new end) end)
      end
      ask(nil, expect(function(first, token)
        assert(first == 'false' and token)
        ask('junk', expect(function(second)
          assert(second == 'false')
          server:close()
        end))
      end))
    end))
  end)

  test('a server without a certificate says so', function(expect)
    for _, module in ipairs({ tls, https }) do
      local server
      server = module.createServer({})
      server:on('tlsClientError', expect(function(err)
        assert(err.code == 'ERR_SSL_NO_SHARED_CIPHER' and err.message:find('no certificate was given', 1, true), err.message)
        server:close()
      end))
      server:listen(0, '127.0.0.1', function()
        local socket = tls.connect({ port = server:address().port, host = '127.0.0.1', rejectUnauthorized = false })
        socket:on('error', expect(function() end))
      end)
    end
  end)

  test('what the engine has not is refused, not ignored', function()
    for _, name in ipairs({
      'pskCallback', 'pskIdentityHint', 'sigalgs', 'clientCertEngine', 'privateKeyEngine', 'privateKeyIdentifier',
    }) do
      for _, make in ipairs({ tls.createSecureContext, tls.createServer, https.createServer }) do
        local ok, err = pcall(make, { [name] = 'x' })
        assert(not ok and err:find('options.' .. name .. ': .* not offered'), tostring(err))
      end
      local ok, err = pcall(tls.connect, { port = 1, [name] = 'x' })
      assert(not ok and err:find('options.' .. name, 1, true), tostring(err))
    end
    local ok, err = pcall(tls.connect, { port = 1, session = 5 })
    assert(not ok and err:find('options.session', 1, true), tostring(err))
    ok, err = pcall(tls.createSecureContext, { secureProtocol = 'TLSv1_2_method', minVersion = 'TLSv1.2' })
    assert(not ok and err:find('secureProtocol: it names one version', 1, true), tostring(err))
  end)

  test('names of a certificate that a program describes', function()
    local function ok(host, cert) return tls.checkServerIdentity(host, cert) == nil end
    assert(ok('a.com', { subject = { CN = 'a.com' } }))
    assert(ok('A.COM.', { subject = { CN = 'a.com' } }))
    assert(not ok('a.com', { subject = { CN = 'b.com' } }))
    assert(ok('x.a.com', { subject = { CN = '*.a.com' } }))
    assert(not ok('x.y.a.com', { subject = { CN = '*.a.com' } }))
    assert(not ok('a.com', { subject = { CN = '*.com' } }))
    assert(not ok('b.a.com', { subject = { CN = 'b*.*.com' } }))
    assert(ok('b.com', { subject = { CN = { 'a.com', 'b.com' } } }))
    assert(not ok('a.com', { subjectaltname = 'DNS:b.com', subject = { CN = 'a.com' } }))
    assert(ok('a.com', { subjectaltname = 'DNS:b.com, DNS:a.com', subject = {} }))
    assert(ok('a.com', { subjectaltname = 'DNS:"a.com", URI:http://b.com/', subject = {} }))
    assert(ok('8.8.8.8', { subjectaltname = 'IP Address:8.8.8.8', subject = {} }))
    assert(ok('::1', { subjectaltname = 'IP Address:0:0:0:0:0:0:0:1', subject = {} }))
    assert(not ok('8.8.8.8', { subjectaltname = 'DNS:8.8.8.8', subject = { CN = '8.8.8.8' } }))
    assert(ok('a.com', { subjectaltname = 'IP Address:8.8.8.8', subject = { CN = 'a.com' } }))
    assert(not ok('a.com', {}))
    local err = tls.checkServerIdentity('a.com', { subjectaltname = 'DNS:b.com' })
    assert(err.code == 'ERR_TLS_CERT_ALTNAME_INVALID' and err.host == 'a.com' and err.cert.subjectaltname == 'DNS:b.com')
    assert(err.message:find('wanted a.com, certificate is for b.com', 1, true), err.message)
  end)

  test('issuers that were not sent, and certificates as crypto has them', function(expect)
    pair.serve(identity('server'), expect(function(socket)
      assert(socket:getX509Certificate().fingerprint256)
      socket:resume()
    end), function(server, port)
      local socket
      socket = tls.connect(client(port), expect(function()
        local cert = socket:getPeerCertificate(true)
        assert(socket:getPeerX509Certificate().fingerprint256 == cert.fingerprint256)
        assert(socket:getX509Certificate() == nil)
        local last, steps = cert, 0
        while last.issuerCertificate ~= last do
          assert(last.issuer.CN == last.issuerCertificate.subject.CN)
          last, steps = last.issuerCertificate, steps + 1
        end
        assert(steps > 0 and last.subject.CN == last.issuer.CN)
        assert(socket:getPeerCertificate().issuerCertificate == nil)
        socket:disableRenegotiation()
        socket:destroy()
        server:close()
      end))
    end)
  end)
end)
