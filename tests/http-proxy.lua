local http = require('http')
local net = require('net')
local proxies = require('http/proxy')
local programs = require('./libs/crypto-programs')
local proxyServer = require('./libs/proxy-server')
local uv = require('uv')

local VARIABLES = {
  'http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY', 'no_proxy', 'NO_PROXY',
  'REQUEST_METHOD',
}

-- Sets the environment to these variables of proxies alone. First all are removed: on Windows two names that differ in
-- case are one variable.
local function environment(values)
  for _, name in ipairs(VARIABLES) do uv.os_unsetenv(name) end
  for _, name in ipairs(VARIABLES) do
    if values[name] then uv.os_setenv(name, values[name]) end
  end
end

local function read(res, done)
  local parts = {}
  res:on('data', function(chunk) parts[#parts + 1] = chunk end)
  res:on('end', function() done(table.concat(parts), res) end)
end

-- A server that says what it was asked, and a proxy in front.
local function setUp(options, run)
  local server
  server = http.createServer(function(req, res)
    local body = {}
    req:on('data', function(chunk) body[#body + 1] = chunk end)
    req:on('end', function()
      res:writeHead(200, { ['Content-Type'] = 'text/plain' })
      res:finish(('%s %s %s %s'):format(req.method, req.url, req.headers.host, table.concat(body)))
    end)
  end)
  server:listen(0, '127.0.0.1', function()
    proxyServer.start(options, function(proxy)
      run(proxy, server:address().port, function()
        server:destroy()
        proxy.close()
      end)
    end)
  end)
end

require('tap')(function(test)
  environment({})

  test('an http request through a proxy has the whole URL', function(expect)
    setUp({ user = 'me:se:cret' }, function(proxy, port, done)
      http.request({
        host = 'server.test', port = port, path = '/a?b', method = 'POST', proxy = proxy.url,
      }, expect(function(res)
        read(res, expect(function(text)
          assert(text == ('POST /a?b server.test:%d hello'):format(port), text)
          assert(proxy.log[1] == ('POST http://server.test:%d/a?b'):format(port), proxy.log[1])
          assert(res.req.path == '/a?b')
          done()
        end))
      end)):done('hello')
    end)
  end)

  test('wrong credentials are the answer of the proxy', function(expect)
    setUp({ user = 'me:secret' }, function(proxy, port, done)
      http.get({ host = 'server.test', port = port, proxy = 'http://127.0.0.1:' .. proxy.port }, expect(function(res)
        assert(res.statusCode == 407)
        res:resume()
        res:on('end', expect(done))
      end))
    end)
  end)

  test('the environment names the proxy', function(expect)
    setUp({}, function(proxy, port, done)
      environment({ HTTP_PROXY = proxy.url })
      http.get({ host = 'one.test', port = port }, expect(function(res)
        environment({})
        read(res, expect(function(text)
          assert(text:find('one.test', 1, true))
          assert(#proxy.log == 1)
          done()
        end))
      end))
    end)
  end)

  test('this machine, excepted hosts and agents of the program are reached without', function(expect)
    setUp({}, function(proxy, port, done)
      environment({ http_proxy = 'http://127.0.0.1:1', no_proxy = 'direct.test' })
      local agent = http.Agent:new({ keepAlive = true })
      local left = 3
      local function answered(res)
        res:resume()
        res:on('end', function()
          left = left - 1
          if left > 0 then return end
          environment({})
          agent:destroy()
          assert(#proxy.log == 0)
          done()
        end)
      end
      http.get({ host = '127.0.0.1', port = port }, expect(answered))
      http.get({ host = '127.0.0.1', port = port, agent = agent }, expect(answered))
      http.get({ host = '127.0.0.1', port = port, agent = false }, expect(answered))
      assert(not proxies.ofEnvironment('http', 'direct.test', 80))
      assert(proxies.ofEnvironment('http', 'other.test', 80).port == 1)
      -- An agent that was not told of a proxy has none.
      local req = http.get({ host = 'other.test', port = port, agent = agent })
      assert(not req._proxy)
      req:on('error', function() end)
      req:destroy()
    end)
  end)

  test('which variable counts', function()
    local function port(values, protocol, host)
      environment(values)
      local proxy = proxies.ofEnvironment(protocol or 'http', host or 'a.test', 80)
      environment({})
      return proxy and proxy.port
    end
    assert(port({}) == nil)
    -- Of two spellings of one name Windows keeps what was set last, here the capitals.
    local windows = jit.os == 'Windows'
    assert(port({ http_proxy = 'p:1', HTTP_PROXY = 'p:2', ALL_PROXY = 'p:3' }) == (windows and 2 or 1))
    assert(port({ HTTP_PROXY = 'p:2', ALL_PROXY = 'p:3' }) == 2)
    -- In a CGI program the variable in capitals is a header of the request, on Windows whatever its letters.
    assert(port({ HTTP_PROXY = 'p:2', REQUEST_METHOD = 'GET' }) == nil)
    assert(port({ http_proxy = 'p:2', REQUEST_METHOD = 'GET' }) == (not windows and 2 or nil))
    assert(port({ http_proxy = 'p:2', ALL_PROXY = 'p:3', REQUEST_METHOD = 'GET' }) == (windows and 3 or 2))
    assert(port({ HTTPS_PROXY = 'p:4', REQUEST_METHOD = 'GET' }, 'https') == 4)
    assert(port({ HTTP_PROXY = 'p:2' }, 'https') == nil)
    assert(port({ ALL_PROXY = 'p:3' }, 'https') == 3)
    assert(port({ http_proxy = '  ' }) == nil)
    assert(port({ http_proxy = 'p:1', NO_PROXY = 'a.test' }) == nil)
    assert(port({ http_proxy = 'p:1', no_proxy = 'b.test', NO_PROXY = 'a.test' }) == (not windows and 1 or nil))
    assert(port({ http_proxy = 'p:1' }, 'http', 'LOCALHOST') == nil)
    assert(port({ http_proxy = 'p:1' }, 'http', '127.9.9.9') == nil)
    assert(port({ http_proxy = 'p:1' }, 'http', '::1') == nil)
  end)

  test('NO_PROXY: names, addresses, networks, ports', function()
    local cases = {
      { '*', 'a.b', 80, true },
      { 'b.c', 'a.b.c', 80, true }, { 'b.c', 'b.c', 80, true }, { 'b.c', 'ab.c', 80, false },
      { '.b.c', 'b.c', 80, true }, { '.b.c', 'a.b.c', 80, true }, { '*.b.c', 'x.y.b.c', 80, true },
      { 'b.c:81', 'x.b.c', 80, false }, { 'b.c:81', 'x.b.c', 81, true },
      { 'x.y,  b.c', 'b.c', 80, true }, { 'x.y b.c', 'b.c', 80, true }, { ',, ,', 'x', 80, false },
      { 'EXAMPLE.com.', 'example.COM', 80, true }, { 'a.b', 'a.b.', 80, true },
      { '1.2.3.4', '1.2.3.4', 80, true }, { '1.2.3.4:81', '1.2.3.4', 80, false }, { '3.4', '1.2.3.4', 80, false },
      { '10.0.0.0/8', '10.255.1.2', 80, true }, { '10.0.0.0/8', '11.0.0.1', 80, false },
      { '10.1.2.128/25', '10.1.2.127', 80, false }, { '10.1.2.128/25', '10.1.2.129', 80, true },
      { '10.0.0.0/8', 'ten.test', 80, false }, { '10.0.0.0/33', '10.0.0.0', 80, false },
      { '0.0.0.0/0', '8.8.8.8', 80, true }, { '0.0.0.0/0', '2001::1', 80, false },
      { 'fe80::/10', 'fe81::1', 80, true }, { 'fe80::/10', 'ff80::1', 80, false },
      { '2001:db8::1', '2001:DB8:0:0::1', 80, true }, { '[2001:db8::1]:80', '2001:db8::1', 80, true },
      { '[2001:db8::1]:80', '2001:db8::1', 81, false }, { '::ffff:10.0.0.0/104', '10.1.2.3', 80, true },
    }
    for _, case in ipairs(cases) do
      local list, host, port, wanted = unpack(case)
      assert(proxies.isExcepted(list, host, port) == wanted, ('%s with %s:%d'):format(list, host, port))
    end
  end)

  test('a proxy that is none: an argument is told at once, the environment by the request', function(expect)
    local function fault(proxy)
      local ok, err = pcall(http.get, { host = 'a.test', proxy = proxy })
      assert(not ok)
      return tostring(err)
    end
    assert(fault('socks5://me:secret@p:1'):find("options.proxy.*socks5"))
    assert(not fault('socks5://me:secret@p:1'):find('secret'))
    assert(fault('http://p:x'):find('options.proxy'))
    assert(fault(7):find('string or boolean'))
    assert(not pcall(http.Agent.new, http.Agent, { proxy = 7 }))
    assert(not pcall(http.Agent.new, http.Agent, { proxy = 'ftp://p' }))

    environment({ http_proxy = 'socks5://me:secret@p:1' })
    local req = http.get({ host = 'a.test' })
    environment({})
    req:on('error', expect(function(err)
      assert(err.code == 'ERR_PROXY_INVALID_CONFIG' and err.message:find('http_proxy') and
        not err.message:find('secret'), err.message)
    end))
  end)

  test('a proxy that is not there is named in the error', function(expect)
    local req = http.get({ host = 'a.test', proxy = 'http://me:secret@127.0.0.1:1' })
    req:on('error', expect(function(err, detail)
      assert(err == 'ECONNREFUSED' and detail.code == 'ECONNREFUSED')
      assert(detail.message:find('proxy 127.0.0.1:1', 1, true) and not detail.message:find('secret'), detail.message)
    end))
  end)

  test('an agent with a proxy keeps one connection for all hosts behind it', function(expect)
    setUp({}, function(proxy, port, done)
      local agent = http.Agent:new({ keepAlive = true, proxy = proxy.url })
      http.get({ host = 'one.test', port = port, agent = agent }, expect(function(res)
        res:resume()
        local socket = res.socket
        agent:once('free', expect(function()
          http.get({ host = 'two.test', port = port, agent = agent }, expect(function(again)
            assert(again.socket == socket)
            again:resume()
            again:on('end', expect(function()
              assert(proxy.log[2]:find('two.test'))
              agent:destroy()
              done()
            end))
          end))
        end))
      end))
    end)
  end)

  test('an upgrade goes through a tunnel', function(expect)
    local server
    server = http.createServer()
    server:on('upgrade', expect(function(req, socket)
      assert(req.url == '/chat')
      socket:write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\nhi')
      socket:on('data', function(chunk) socket:_end(chunk:upper()) end)
    end))
    server:listen(0, '127.0.0.1', function()
      proxyServer.start({ user = 'me:secret' }, function(proxy)
        local port = server:address().port
        local req = http.request({
          host = 'server.test', port = port, path = '/chat', proxy = proxy.url,
          headers = { Connection = 'Upgrade', Upgrade = 'echo' },
        })
        req:on('upgrade', expect(function(_, socket)
          assert(proxy.log[1] == ('CONNECT server.test:%d'):format(port))
          local text = ''
          socket:on('data', function(chunk) text = text .. chunk end)
          socket:on('end', expect(function()
            assert(text == 'hiMORE', text)
            server:destroy()
            proxy.close()
          end))
          socket:write('more')
        end))
        req:done()
      end)
    end)
  end)

  test('what comes right behind the answer of the proxy is not lost', function(expect)
    local server
    server = net.createServer(function(socket)
      socket:on('error', function() end)
      socket:once('data', function()
        socket:write('HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nhi')
      end)
    end)
    server:listen(0, '127.0.0.1', function()
      local req = http.request({
        host = 'server.test', proxy = '127.0.0.1:' .. server:address().port,
        headers = { Connection = 'Upgrade', Upgrade = 'x' },
      })
      req:on('upgrade', expect(function(_, socket)
        socket:once('data', expect(function(data)
          assert(data == 'hi')
          socket:destroy()
          server:close()
        end))
      end))
      req:done()
    end)
  end)

  test('a tunnel that is refused, broken or no HTTP', function(expect)
    local answers = {
      { 'HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n', 'answered 403 Forbidden to CONNECT server.test:9', 403 },
      { 'SSH-2.0-OpenSSH\r\n\r\n', 'gave no HTTP answer' },
      { 'HTTP/1.1 200 OK\r\n', 'closed the connection' },
      { '', 'closed the connection' },
      { 'HTTP/1.1 200 OK\r\nX: ' .. ('x'):rep(20000), 'gave no HTTP answer' },
    }
    local count = 0
    local server
    server = net.createServer(function(socket)
      socket:on('error', function() end)
      count = count + 1
      local answer = answers[count][1]
      socket:once('data', function() socket:_end(answer) end)
    end)
    server:listen(0, '127.0.0.1', function()
      local agent = http.Agent:new({ maxSockets = 1 })
      for i, case in ipairs(answers) do
        local req = http.request({
          host = 'server.test', port = 9, headers = { Upgrade = 'x', Connection = 'Upgrade' },
          proxy = 'http://127.0.0.1:' .. server:address().port, agent = agent,
        })
        req:on('error', expect(function(err)
          assert(err.code == 'ERR_PROXY_TUNNEL', tostring(err))
          assert(err.message:find('proxy 127.0.0.1:' .. server:address().port, 1, true), err.message)
          assert(err.message:find(case[2], 1, true), err.message)
          assert(err.statusCode == case[3])
          if i == #answers then
            assert(not next(agent.sockets) and not next(agent.requests))
            server:close()
          end
        end))
        req:done()
      end
    end)
  end)

  test('a request that is given up while the tunnel is made', function(expect)
    local server
    server = net.createServer(expect(function(socket)
      socket:on('error', function() end)
      socket:resume()
      socket:on('close', expect(function() server:close() end))
    end, 1))
    server:listen(0, '127.0.0.1', function()
      local agent = http.Agent:new()
      local req = http.request({
        host = 'server.test', headers = { Upgrade = 'x' }, proxy = '127.0.0.1:' .. server:address().port,
        agent = agent,
      })
      req:setTimeout(50, expect(function() req:destroy() end))
      req:on('close', expect(function()
        assert(not next(agent.sockets) and not next(agent.requests))
      end))
      req:done()
    end)
  end)

  test('curl sends its requests through the same proxy', function(expect, _, context)
    if not programs.has('curl') then return context.skip('curl is not installed') end
    setUp({ user = 'me:secret' }, function(proxy, port, done)
      local child = require('childprocess').spawn('curl', {
        '-sS', '-x', proxy.url, ('http://server.test:%d/x'):format(port),
      })
      local text = ''
      child.stdout:on('data', function(chunk) text = text .. chunk end)
      child:on('close', expect(function(code)
        assert(code == 0 and text:find('GET /x server.test', 1, true), text)
        done()
      end))
    end)
  end)
end)
