local http = require('http')
local https = require('https')
local net = require('net')
local timer = require('timer')
local tls = require('tls')
local uv = require('uv')
local programs = require('./libs/crypto-programs')
local proxyServer = require('./libs/proxy-server')
local secure = require('./libs/secure')

local read, serve, to = secure.read, secure.serve, secure.to

local function hello(req, res)
  res:finish('hello ' .. req.url)
end

-- A TLS server that writes what it is told and then does what it is told.
local function raw(answer, ending, ready)
  local server
  server = tls.createServer(secure.options(), function(socket)
    socket:on('error', function() end)
    socket:once('data', function()
      socket:write(answer, function() ending(socket) end)
    end)
  end)
  server:listen(0, '127.0.0.1', function() ready(server:address().port, server) end)
end

require('tap')(function(test)
  for _, name in ipairs({
    'http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY', 'no_proxy', 'NO_PROXY',
  }) do
    uv.os_unsetenv(name)
  end

  -- Who the server is -------------------------------------------------------------------------------------------------

  local function refused(name, certificate, code, reason, more)
    test('refused: ' .. name, function(expect)
      serve(secure.options(certificate), function() error('no request') end, function(port, server)
        local req = https.request(to(port, more), function() error('no response') end)
        req:on('socket', function() error('no connection') end)
        req:on('error', expect(function(err)
          assert(err.code == code, tostring(err.code))
          assert(err.message:find(reason), err.message)
        end))
        req:on('close', expect(function() server:close() end))
        req:done('secret')
      end)
    end)
  end

  refused('a certificate of nobody we know', 'self', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'self%-signed')
  refused('one that has expired', 'expired', 'CERT_HAS_EXPIRED', 'expired 2024%-03%-01')
  refused('one that is not valid yet', 'future', 'CERT_NOT_YET_VALID', '2100')
  refused('one for another host', 'other', 'ERR_TLS_CERT_ALTNAME_INVALID', 'localhost.*other%.test')
  refused('another name in Host', 'server', 'ERR_TLS_CERT_ALTNAME_INVALID', 'elsewhere%.test',
    { headers = { Host = 'elsewhere.test:1' } })
  refused('another servername', 'server', 'ERR_TLS_CERT_ALTNAME_INVALID', 'elsewhere%.test',
    { servername = 'elsewhere.test' })

  test('the name may be that of Host or of servername', function(expect)
    local left = 2
    serve(secure.options('other'), hello, function(port, server)
      for _, more in ipairs({ { headers = { Host = 'other.test' } }, { servername = 'other.test' } }) do
        https.get(to(port, more), expect(function(res)
          res:resume()
          res:on('end', expect(function()
            left = left - 1
            if left == 0 then server:close() end
          end))
        end))
      end
    end)
  end)

  test('rejectUnauthorized = false speaks to anybody, and says why not', function(expect)
    serve(secure.options('expired'), hello, function(port, server)
      https.get(to(port, { rejectUnauthorized = false }), expect(function(res)
        assert(res.socket.authorized == false and res.socket.authorizationError == 'CERT_HAS_EXPIRED')
        res:resume()
        res:on('end', expect(function() server:close() end))
      end))
    end)
  end)

  test('an address, in its own certificate', function(expect)
    serve(secure.options(), hello, function(port, server)
      https.get(to(port, { host = '127.0.0.1' }), expect(function(res)
        assert(res.socket.authorized)
        read(res, expect(function(text)
          assert(text == 'hello /')
          server:close()
        end))
      end))
    end)
  end)

  test('a check of the program', function(expect)
    serve(secure.options('other'), hello, function(port, server)
      local check = expect(function(host, cert)
        assert(host == 'localhost' and cert.subject.CN == 'other.test')
      end)
      https.get(to(port, { checkServerIdentity = check }), expect(function(res)
        res:resume()
        res:on('end', expect(function() server:close() end))
      end))
    end)
  end)

  -- The shapes of a request -------------------------------------------------------------------------------------------

  test('ports, protocols and options that are wrong', function()
    local req = https.request({ host = 'a.test', agent = false, proxy = 'http://127.0.0.1:1' })
    assert(req.port == 443 and req.protocol == 'https' and req:getHeader('host') == 'a.test')
    req:on('error', function() end)
    req:destroy()
    local function fault(fn, options)
      local ok, err = pcall(fn, options)
      assert(not ok)
      return err
    end
    assert(fault(http.get, 'https://a.test/'):find("protocol.*http expected, the module 'https'.*got https"))
    assert(fault(https.get, 'http://a.test/'):find("protocol.*https expected, the module 'http'.*got http"))
    assert(fault(https.get, { host = 'a.test', agent = http.globalAgent, protocol = 'https' }):find('http expected'))
    assert(fault(https.get, { host = 'a.test', port = 1, key = 'junk', cert = 'junk' }):find('tls: key'))
    assert(fault(https.get, { host = 'a.test', port = 1, minVersion = 'SSLv3' }):find('SSLv3'))
    assert(fault(https.get, { host = 'a.test', port = 1, ca = 7 }):find('ca'))
    assert(fault(https.get, 7):find('options'))
  end)

  test('a URL, and the agent of all', function(expect)
    serve(secure.options(), hello, function(port, server)
      https.globalAgent.options.ca = secure.ca
      https.get(('https://localhost:%d/x'):format(port), expect(function(res)
        https.globalAgent.options.ca = nil
        read(res, expect(function(text)
          assert(text == 'hello /x')
          server:close()
        end))
      end))
    end)
  end)

  test('a socket of the caller, as luvit 2 programs have it', function(expect)
    serve(secure.options(), hello, function(port, server)
      local socket = tls.connect({ host = 'localhost', port = port, ca = secure.ca })
      local req = https.request({
        host = 'localhost', port = port, path = '/mine', socket = socket, connect_emitter = 'secureConnection',
      }, expect(function(res)
        read(res, expect(function(text)
          assert(text == 'hello /mine')
          -- Complete by now: it can be used at once.
          https.get({
            host = 'localhost', socket = socket, path = '/again', headers = { Connection = 'close' },
            connect_emitter = 'secureConnection',
          }, expect(function(again)
            read(again, expect(function(more)
              assert(more == 'hello /again')
              server:close()
            end))
          end))
        end))
      end))
      req:setHeader('Connection', 'keep-alive')
      req:done()
    end)
  end)

  test('timeouts cover the handshake', function(expect)
    local server
    server = net.createServer(function(socket)
      socket:resume()
      socket:on('error', function() end)
    end)
    server:listen(0, '127.0.0.1', function()
      local req = https.get(to(server:address().port, { timeout = 50 }))
      req:on('timeout', expect(function() req:destroy() end))
      req:on('close', expect(function() server:close() end))
    end)
  end)

  test('a server that does not speak TLS', function(expect)
    local server
    server = http.createServer(function(_, res) res:finish() end)
    server:listen(0, '127.0.0.1', function()
      https.get(to(server:address().port)):on('error', expect(function(err)
        assert(err.code == 'ERR_SSL_WRONG_VERSION_NUMBER' and err.message:find('HTTP'), err.message)
        server:destroy()
      end))
    end)
  end)

  -- Endings -----------------------------------------------------------------------------------------------------------

  local function cut(socket)
    -- The connection ends, and TLS was not told.
    socket._session = nil
    uv.shutdown(socket._handle, function() socket:destroy() end)
  end
  local function finish(socket) socket:_end() end

  test('a body that ends with the connection: with the word for it, and cut off', function(expect)
    local head = 'HTTP/1.1 200 OK\r\n\r\nall of it'
    raw(head, finish, function(port, server)
      https.get(to(port), expect(function(res)
        read(res, expect(function(text)
          assert(text == 'all of it')
          server:close()
        end))
      end))
    end)
    raw(head, cut, function(port, server)
      https.get(to(port), expect(function(res)
        res:on('data', function() end)
        res:on('end', function() error('it was cut off') end)
        res:on('error', expect(function(err)
          assert(err.code == 'ECONNRESET' and err.message:find('close_notify'), tostring(err))
          assert(res.aborted and not res.complete)
          server:close()
        end))
      end))
    end)
  end)

  test('a body whose length is known is complete without it', function(expect)
    local answers = {
      'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nall of it',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nall of it\r\n0\r\n\r\n',
    }
    for _, answer in ipairs(answers) do
      raw(answer, cut, function(port, server)
        https.get(to(port), expect(function(res)
          read(res, expect(function(text)
            assert(text == 'all of it')
            server:close()
          end))
        end))
      end)
    end
  end)

  test('a body that is shorter than its length', function(expect)
    raw('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nnot all', finish, function(port, server)
      https.get(to(port), expect(function(res)
        res:resume()
        res:on('error', expect(function(err)
          assert(err.code == 'ECONNRESET', tostring(err))
          server:close()
        end))
      end))
    end)
  end)

  -- The pool ----------------------------------------------------------------------------------------------------------

  test('an agent keeps connections, each for its options', function(expect)
    local count = 0
    serve(secure.options(), hello, function(port, server)
      server:on('secureConnection', function() count = count + 1 end)
      local agent = https.Agent:new({ keepAlive = true, ca = secure.ca })
      local cases = {
        { {}, 1 }, { {}, 1 }, { { rejectUnauthorized = false }, 2 }, { { maxVersion = 'TLSv1.2' }, 3 },
        { { servername = 'b.test' }, 4 }, { { checkServerIdentity = function() end }, 5 }, { {}, 5 },
        { { ca = { secure.ca } }, 5 }, { { ca = { secure.ca, secure.ca } }, 6 }, { { maxVersion = 'TLSv1.2' }, 6 },
        { { cert = secure.file('client-cert.pem'), key = secure.file('client-key.pem') }, 7 },
      }
      local at = 0
      local function one()
        at = at + 1
        local case = cases[at]
        if not case then
          agent:destroy()
          return server:close()
        end
        local options = { host = 'localhost', port = port, agent = agent }
        for name, value in pairs(case[1]) do options[name] = value end
        https.get(options, expect(function(res)
          res:resume()
          agent:once('free', expect(function()
            assert(count == case[2], ('case %d: %d connections'):format(at, count))
            timer.setImmediate(one)
          end))
        end))
      end
      one()
    end)
  end)

  test('names of connections hold no secrets, and sessions need not be resumed', function(expect)
    serve(secure.options(), hello, function(port, server)
      local agent = https.Agent:new({ maxCachedSessions = 0, ca = secure.ca })
      local options = to(port, {
        agent = agent, cert = secure.file('client-cert.pem'), key = secure.file('client-key.pem'),
      })
      https.get(options, expect(function(res)
        assert(not next(agent.sockets):find('PRIVATE') and next(agent.sockets):find('localhost:' .. port, 1, true))
        res:resume()
        res:on('close', expect(function()
          https.get(options, expect(function(again)
            assert(not again.socket:isSessionReused())
            again:resume()
            again:on('end', expect(function() server:close() end))
          end))
        end))
      end))
    end)
  end)

  test('maxSockets, and an idle connection that the server ends', function(expect)
    serve(secure.options(nil, { keepAliveTimeout = 60 }), hello, function(port, server)
      local agent = https.Agent:new({ keepAlive = true, maxSockets = 1, ca = secure.ca })
      local sockets, left = {}, 3
      for i = 1, 3 do
        https.get({ host = 'localhost', port = port, agent = agent, path = '/' .. i }, expect(function(res)
          sockets[i] = res.socket
          res:resume()
          res:on('end', expect(function()
            left = left - 1
            if left > 0 then return end
            assert(sockets[1] == sockets[2] and sockets[2] == sockets[3])
            sockets[1]:on('close', expect(function()
              timer.setImmediate(function()
                assert(not next(agent.freeSockets) and not next(agent.sockets))
                server:close()
              end)
            end))
          end))
        end))
      end
    end)
  end)

  -- Proxies -----------------------------------------------------------------------------------------------------------

  test('through a tunnel, by option, by agent and by the environment', function(expect)
    proxyServer.start({ user = 'me:se cret' }, function(proxy)
      proxy.url = proxy.url:gsub(' ', '%%20')
      serve(secure.options(), hello, function(port, server)
        local target = ('CONNECT b.test:%d'):format(port)
        local function ask(more, done)
          local options = { host = 'b.test', port = port, ca = secure.ca, path = '/p' }
          for name, value in pairs(more) do options[name] = value end
          https.get(options, expect(function(res)
            assert(res.socket.authorized and res.socket.encrypted)
            read(res, expect(function(text)
              assert(text == 'hello /p')
              done()
            end))
          end))
        end
        local agent = https.Agent:new({ proxy = proxy.url, keepAlive = true })
        ask({ proxy = proxy.url }, function()
          ask({ agent = agent }, function()
            timer.setImmediate(ask, { agent = agent }, function()
              uv.os_setenv('HTTPS_PROXY', proxy.url)
              ask({}, function()
                uv.os_unsetenv('HTTPS_PROXY')
                -- The second one of the agent used the tunnel of the first.
                assert(table.concat(proxy.log, ' ') == table.concat({ target, target, target }, ' '))
                agent:destroy()
                server:close()
                proxy.close()
              end)
            end)
          end)
        end)
      end)
    end)
  end)

  test('a proxy that is spoken to by https itself', function(expect)
    proxyServer.start({ user = 'me:secret', tls = secure.options() }, function(proxy)
      serve(secure.options(), hello, function(port, server)
        https.get({
          host = 'b.test', port = port, ca = secure.ca, proxy = proxy.url, proxyOptions = { ca = secure.ca }, path = '/tt',
        }, expect(function(res)
          read(res, expect(function(text)
            assert(text == 'hello /tt' and proxy.log[1] == 'CONNECT b.test:' .. port)
            server:close()
            local plain
            plain = http.createServer(function(_, answer) answer:finish('plain') end)
            plain:listen(0, '127.0.0.1', function()
              http.get({
                host = 'one.test', port = plain:address().port, proxy = proxy.url, proxyOptions = { ca = secure.ca },
              }, expect(function(second)
                read(second, expect(function(more)
                  assert(more == 'plain' and proxy.log[2]:find('^GET http://one.test:'))
                  plain:close()
                  http.get({ host = 'one.test', proxy = proxy.url }):on('error', expect(function(err)
                    assert(err.message:find('proxy 127.0.0.1:' .. proxy.port, 1, true), err.message)
                    assert(err.code == 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY' or err.code:find('VERIFY'), err.code)
                    proxy.close()
                  end))
                end))
              end))
            end)
          end))
        end))
      end)
    end)
  end)

  test('a proxy that refuses, or is not there', function(expect)
    proxyServer.start({ user = 'me:secret' }, function(proxy)
      https.get({ host = 'b.test', port = 9, proxy = 'http://127.0.0.1:' .. proxy.port }):on('error', expect(function(err)
        assert(err.code == 'ERR_PROXY_TUNNEL' and err.statusCode == 407)
        assert(err.message:find(('proxy 127.0.0.1:%d answered 407 Proxy Authentication Required to CONNECT b.test:9')
          :format(proxy.port), 1, true), err.message)
        proxy.close()
      end))
    end)
    https.get({ host = 'b.test', port = 9, proxy = 'http://127.0.0.1:1' }):on('error', expect(function(err, detail)
      assert(err == 'ECONNREFUSED' and detail.message:find('proxy 127.0.0.1:1', 1, true))
    end))
  end)

  test('the certificate is that of the server behind the proxy', function(expect)
    proxyServer.start({}, function(proxy)
      serve(secure.options('other'), hello, function(port, server)
        https.get({ host = 'b.test', port = port, ca = secure.ca, proxy = proxy.url }):on('error', expect(function(err)
          assert(err.code == 'ERR_TLS_CERT_ALTNAME_INVALID', tostring(err))
          server:close()
          proxy.close()
        end))
      end)
    end)
  end)

  -- Redirects ---------------------------------------------------------------------------------------------------------

  test('redirects: from http to https, not back unless allowed', function(expect)
    local plain
    plain = http.createServer(function(req, res)
      if req.url == '/end' then return res:finish('the end') end
      res:writeHead(302, { Location = plain.target }):finish()
    end)
    plain:listen(0, '127.0.0.1', function()
      local plainPort = plain:address().port
      serve(secure.options(), function(req, res)
        assert(not req.headers.cookie)
        if req.url == '/here' then return res:finish('here') end
        res:writeHead(302, { Location = ('http://localhost:%d/end'):format(plainPort) }):finish()
      end, function(port, server)
        local function options(path)
          plain.target = ('https://localhost:%d%s'):format(port, path)
          return {
            host = 'localhost', port = plainPort, redirects = true, ca = secure.ca, headers = { Cookie = 'a=b' },
          }
        end
        http.get(options('/here'), expect(function(res)
          assert(res.socket.encrypted and res.url == ('https://localhost:%d/here'):format(port))
          read(res, expect(function(text)
            assert(text == 'here')
            http.get(options('/back')):on('error', expect(function(err)
              assert(err.code == 'ERR_INSECURE_REDIRECT', tostring(err))
              local allowed = options('/back')
              allowed.allowInsecureRedirect = true
              http.get(allowed, expect(function(back)
                assert(not back.socket.encrypted and #back.redirects == 2)
                read(back, expect(function(more)
                  assert(more == 'the end')
                  server:close()
                  plain:close()
                end))
              end))
            end))
          end))
        end))
      end)
    end)
  end)

  test('a certificate of ours is not shown to another server', function(expect)
    local asking = { requestCert = true, rejectUnauthorized = false, ca = secure.ca }
    serve(secure.options(nil, asking), expect(function(req, res)
      assert(not req.socket.authorized)
      res:finish('ok')
    end), function(otherPort, other)
      serve(secure.options(nil, asking), expect(function(req, res)
        assert(req.socket.authorized)
        res:writeHead(302, { Location = ('https://localhost:%d/'):format(otherPort) }):finish()
      end), function(port, server)
        https.get(to(port, {
          cert = secure.file('client-cert.pem'), key = secure.file('client-key.pem'), redirects = 1,
        }), expect(function(res)
          read(res, expect(function(text)
            assert(text == 'ok')
            server:close()
            other:close()
          end))
        end))
      end)
    end)
  end)

  test('the identity of an agent is not shown to another server either', function(expect)
    local asking = { requestCert = true, rejectUnauthorized = false, ca = secure.ca }
    serve(secure.options(nil, asking), expect(function(req, res)
      assert(not req.socket.authorized)
      res:finish('ok')
    end), function(otherPort, other)
      serve(secure.options(nil, asking), expect(function(req, res)
        assert(req.socket.authorized)
        res:writeHead(302, { Location = ('https://localhost:%d/'):format(otherPort) }):finish()
      end), function(port, server)
        local agent = https.Agent:new({
          cert = secure.file('client-cert.pem'), key = secure.file('client-key.pem'), ca = secure.ca,
        })
        https.get({ host = 'localhost', port = port, agent = agent, redirects = 1 }, expect(function(res)
          read(res, expect(function(text)
            assert(text == 'ok')
            server:close()
            other:close()
          end))
        end))
      end)
    end)
  end)

  -- Other programs ----------------------------------------------------------------------------------------------------

  test('node as server', function(expect, _, context)
    if not programs.has('node') then return context.skip('node is not installed') end
    local folder = module.dir .. '/fixtures/tls/'
    local script = ([[
      const https = require('https'), fs = require('fs');
      const server = https.createServer({ cert: fs.readFileSync(%q), key: fs.readFileSync(%q) }, (req, res) => {
        let n = 0;
        req.on('data', (d) => n += d.length);
        req.on('end', () => res.end(req.method + ' ' + n));
      });
      server.listen(0, '127.0.0.1', () => console.log(server.address().port));
    ]]):format(folder .. 'server-cert.pem', folder .. 'server-key.pem')
    local child = require('childprocess').spawn('node', { '-e', script })
    child.stdout:once('data', expect(function(data)
      local agent = https.Agent:new({ keepAlive = true, ca = secure.ca })
      local left = 3
      local function one()
        local req = https.request({ host = 'localhost', port = tonumber(data), method = 'PUT', agent = agent },
          expect(function(res)
            read(res, expect(function(text)
              assert(text == 'PUT 300000')
              left = left - 1
              if left > 0 then return timer.setImmediate(one) end
              agent:destroy()
              child:kill('sigterm')
            end))
          end))
        req:done(('x'):rep(300000))
      end
      one()
    end))
    child:on('close', expect(function() end))
  end)
end)
