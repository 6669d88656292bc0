local http = require('http')
local net = require('net')

-- Servers whose `routes` say where a path leads: a string, `{ status, location }`, or a function.
local function serve(routes, ready)
  local log = {}
  local server
  server = http.createServer(function(req, res)
    local body = {}
    req:on('data', function(chunk) body[#body + 1] = chunk end)
    req:on('end', function()
      log[#log + 1] = { method = req.method, url = req.url, headers = req.headers, body = table.concat(body) }
      local route = routes[req.url]
      if type(route) == 'function' then return route(req, res, log[#log]) end
      if type(route) == 'table' then
        return res:writeHead(route[1], { Location = route[2] }):finish(route[3] or 'moved')
      end
      res:finish(route or 'nothing at ' .. req.url)
    end)
  end)
  server:listen(0, '127.0.0.1', function()
    ready('http://127.0.0.1:' .. server:address().port, log, server)
  end)
end

local function read(res, done)
  local parts = {}
  res:on('data', function(chunk) parts[#parts + 1] = chunk end)
  res:on('end', function() done(table.concat(parts)) end)
end

local function options(base, path, more)
  local parsed = require('url').parse(base .. path)
  local all = { host = parsed.hostname, port = parsed.port, path = parsed.path, redirects = true }
  for name, value in pairs(more or {}) do all[name] = value end
  return all
end

require('tap')(function(test)
  test('without the option a redirect is a response', function(expect)
    serve({ ['/'] = { 302, '/b' } }, function(base, log, server)
      http.get(base .. '/', expect(function(res)
        assert(res.statusCode == 302 and not res.redirects and not res.url)
        read(res, expect(function(text)
          assert(text == 'moved' and #log == 1)
          server:destroy()
        end))
      end))
    end)
  end)

  test('a chain is followed to its end, however its targets are written', function(expect)
    serve({
      ['/a/start?x=1'] = { 301, 'next' }, ['/a/next'] = { 302, '?q=1#part' }, ['/a/next?q=1'] = { 303, '../b' },
      ['/b'] = function(req, res)
        res:writeHead(308, { Location = '//' .. req.headers.host .. '/c d' }):finish()
      end,
      ['/c%20d'] = 'here',
    }, function(base, log, server)
      local seen = {}
      local req = http.get(options(base, '/a/start?x=1'), expect(function(res)
        assert(res.statusCode == 200 and res.url == base .. '/c%20d' and #log == 5)
        assert(table.concat(seen, ', ') == ('301 %s/a/next, 302 %s/a/next?q=1, 303 %s/b, 308 %s/c%%20d')
          :format(base, base, base, base), table.concat(seen, ', '))
        res:resume()
        server:destroy()
      end))
      req:on('redirect', function(res, target) seen[#seen + 1] = res.statusCode .. ' ' .. target end)
    end)
  end)

  test('the response has the last URL and those before', function(expect)
    serve({ ['/a'] = { 301, '/b' }, ['/b'] = { 302, '/c' }, ['/c'] = 'here' }, function(base, _, server)
      http.get(options(base, '/a'), expect(function(res)
        assert(res.statusCode == 200 and res.url == base .. '/c')
        assert(table.concat(res.redirects, ' ') == base .. '/a ' .. base .. '/b')
        read(res, expect(function(text)
          assert(text == 'here')
          server:destroy()
        end))
      end))
    end)
  end)

  -- The methods -------------------------------------------------------------------------------------------------------

  local function method(name, status, given, wanted, hasBody)
    test(name, function(expect)
      serve({ ['/a'] = { status, '/b' } }, function(base, log, server)
        local req = http.request(options(base, '/a', {
          method = given, headers = { ['Content-Type'] = 'text/x', ['X-Mine'] = 'yes' },
        }), expect(function(res)
          local last = log[2]
          assert(last.method == wanted, last.method)
          assert(last.headers['x-mine'] == 'yes')
          assert(last.body == (hasBody and 'hello' or ''), last.body)
          assert((last.headers['content-type'] ~= nil) == hasBody)
          assert(last.headers['content-length'] == (hasBody and '5' or nil))
          assert(not last.headers['transfer-encoding'])
          res:resume()
          res:on('end', expect(function() server:destroy() end))
        end))
        req:on('finish', expect(function() end))
        req:done('hello')
      end)
    end)
  end

  method('301 makes a POST a GET', 301, 'POST', 'GET', false)
  method('302 makes a POST a GET', 302, 'POST', 'GET', false)
  method('303 makes a PUT a GET', 303, 'PUT', 'GET', false)
  method('307 keeps a POST with its body', 307, 'POST', 'POST', true)
  method('308 keeps a PUT with its body', 308, 'PUT', 'PUT', true)

  test('HEAD stays HEAD', function(expect)
    serve({ ['/a'] = { 303, '/b' } }, function(base, log, server)
      http.request(options(base, '/a', { method = 'HEAD' }), expect(function(res)
        assert(log[2].method == 'HEAD')
        res:resume()
        server:destroy()
      end)):done()
    end)
  end)

  test('a body in chunks is sent again in chunks', function(expect)
    serve({ ['/a'] = { 307, '/b' } }, function(base, log, server)
      local req = http.request(options(base, '/a', { method = 'POST' }), expect(function(res)
        assert(log[2].body == 'one two three', log[2].body)
        assert(log[2].headers['transfer-encoding'] == 'chunked')
        res:resume()
        res:on('end', expect(function() server:destroy() end))
      end))
      req:write('one ', function()
        req:write('two ', function() req:done('three') end)
      end)
    end)
  end)

  -- A server that answers the head at once, whatever comes after it, and then serves the second request.
  local function early(status, ready)
    local sockets, text = 0, ''
    local server
    server = net.createServer(function(socket)
      sockets = sockets + 1
      local number = sockets
      socket:on('error', function() end)
      local got = ''
      socket:on('data', function(chunk)
        got = got .. chunk
        if number == 1 and got:find('\r\n\r\n') then
          number = 0
          socket:write(('HTTP/1.1 %d Moved\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n'):format(status))
        elseif number == 2 then
          text = got
          if got:find('^GET') and got:find('\r\n\r\n') or got:find('0\r\n\r\n$') then
            socket:_end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
          end
        end
      end)
    end)
    server:listen(0, '127.0.0.1', function()
      ready('http://127.0.0.1:' .. server:address().port, function() return text end, server)
    end)
  end

  test('a redirect that comes while the body is sent: 307 goes on with it', function(expect)
    early(307, function(base, text, server)
      local req = http.request(options(base, '/a', { method = 'POST' }), expect(function(res)
        assert(text():find('^POST /b ') and text():find('\r\n\r\n4\r\none \r\n3\r\ntwo\r\n0\r\n\r\n$'), text())
        res:resume()
        res:on('end', expect(function() server:close() end))
      end))
      req:write('one ')
      req:on('redirect', expect(function()
        req:write('two', expect(function(err) assert(not err, tostring(err)) end))
        req:done(expect(function(err) assert(not err, tostring(err)) end))
      end))
    end)
  end)

  test('a redirect that comes while the body is sent: 303 drops the rest', function(expect)
    early(303, function(base, text, server)
      local req = http.request(options(base, '/a', { method = 'POST' }), expect(function(res)
        assert(text():find('^GET /b ') and not text():find('two') and not text():find('[Cc]hunked'), text())
        res:resume()
        res:on('end', expect(function() server:close() end))
      end))
      req:write('one ')
      req:on('redirect', expect(function()
        req:write('two', expect(function(err) assert(not err, tostring(err)) end))
        req:done(expect(function(err) assert(not err, tostring(err)) end))
      end))
    end)
  end)

  test('a body too long to keep: 303 does not need it, 307 fails', function(expect)
    local big = ('x'):rep(11 * 1024 * 1024)
    serve({ ['/a'] = { 307, '/b' }, ['/c'] = { 303, '/d' } }, function(base, log, server)
      local req = http.request(options(base, '/a', { method = 'POST' }))
      req:on('error', expect(function(err)
        assert(err.code == 'ERR_REDIRECT_BODY', tostring(err))
        http.request(options(base, '/c', { method = 'POST' }), expect(function(res)
          assert(log[#log].method == 'GET' and log[#log].url == '/d')
          res:resume()
          server:destroy()
        end)):done(big)
      end))
      req:done(big)
    end)
  end)

  -- What goes along ---------------------------------------------------------------------------------------------------

  local SECRETS = { Authorization = 'Basic x', Cookie = 'a=b', ['Proxy-Authorization'] = 'Basic y', ['X-Mine'] = 'z' }

  test('the same server gets the secrets again, another does not', function(expect)
    serve({}, function(other, otherLog, otherServer)
      serve({ ['/a'] = { 302, '/b' }, ['/b'] = { 302, other .. '/c' } }, function(base, log, server)
        http.get(options(base, '/a', { headers = SECRETS, auth = nil }), expect(function(res)
          assert(log[2].headers.authorization == 'Basic x' and log[2].headers.cookie == 'a=b')
          local got = otherLog[1].headers
          assert(not got.authorization and not got.cookie and not got['proxy-authorization'] and got['x-mine'] == 'z')
          assert(got.host == other:match('//(.*)$'), got.host)
          res:resume()
          server:destroy()
          otherServer:destroy()
        end))
      end)
    end)
  end)

  test('a Host of the program goes to the same server only', function(expect)
    serve({}, function(other, otherLog, otherServer)
      serve({ ['/b'] = { 302, other .. '/c' } }, function(base, log, server)
        http.get(options(base, '/b', { headers = { Host = 'mine.test' } }), expect(function(res)
          assert(log[1].headers.host == 'mine.test' and otherLog[1].headers.host == other:match('//(.*)$'))
          res:resume()
          server:destroy()
          otherServer:destroy()
        end))
      end)
    end)
  end)

  -- Refusals ----------------------------------------------------------------------------------------------------------

  test('too many: the error lists the way', function(expect)
    serve({ ['/a'] = { 302, '/b' }, ['/b'] = { 302, '/a' } }, function(base, log, server)
      local req = http.get(options(base, '/a', { redirects = 3 }))
      req:on('error', expect(function(err)
        assert(err.code == 'ERR_TOO_MANY_REDIRECTS')
        local way = { base .. '/a', base .. '/b', base .. '/a', base .. '/b', base .. '/a' }
        assert(err.message:find('more than 3 redirects: ' .. table.concat(way, ' -> '), 1, true), err.message)
        assert(#log == 4)
        server:destroy()
      end))
    end)
  end)

  test('where none can go: another protocol, no host', function(expect)
    local targets = { 'ftp://127.0.0.1/x', 'mailto:a@b', 'http://', 'file:///etc/passwd', 'http://a:99999/' }
    local left = #targets
    for _, target in ipairs(targets) do
      serve({ ['/a'] = { 302, target } }, function(base, _, server)
        local req = http.get(options(base, '/a'))
        req:on('error', expect(function(err)
          assert(err.code == 'ERR_INVALID_REDIRECT', tostring(err))
          left = left - 1
          server:destroy()
        end))
        req:on('close', expect(function() end))
      end)
    end
  end)

  test('no Location, and statuses that mean something else, are responses', function(expect)
    for _, status in ipairs({ 300, 304, 305, 302 }) do
      serve({ ['/a'] = function(_, res)
        res:writeHead(status, status ~= 302 and { Location = '/b' } or nil):finish()
      end }, function(base, log, server)
        http.get(options(base, '/a'), expect(function(res)
          assert(res.statusCode == status and #log == 1 and #res.redirects == 0)
          res:resume()
          server:destroy()
        end))
      end)
    end
  end)

  test('wrong options', function()
    assert(not pcall(http.get, { host = 'a', redirects = 'yes' }))
    assert(not pcall(http.get, { host = 'a', redirects = -1 }))
    assert(not pcall(http.get, { host = 'a', redirects = 1.5 }))
    assert(not pcall(http.get, { host = 'a', redirects = true, allowInsecureRedirect = 1 }))
  end)

  test('a listener for redirect may end it', function(expect)
    serve({ ['/a'] = { 302, '/b' } }, function(base, log, server)
      local req = http.get(options(base, '/a'))
      req:on('redirect', expect(function() req:destroy('enough') end))
      req:on('error', expect(function(err) assert(err == 'enough') end))
      req:on('close', expect(function()
        assert(#log == 1)
        server:destroy()
      end))
    end)
  end)

  -- Connections -------------------------------------------------------------------------------------------------------

  test('the connection serves the next request when the body of the redirect is read', function(expect)
    local agent = http.Agent:new({ keepAlive = true })
    serve({ ['/a'] = { 302, '/b', ('x'):rep(5000) } }, function(base, _, server)
      local first
      local req = http.get(options(base, '/a', { agent = agent }), expect(function(res)
        assert(res.socket == first)
        res:resume()
        res:on('end', expect(function()
          agent:destroy()
          server:destroy()
        end))
      end))
      req:once('socket', function(socket) first = socket end)
    end)
  end)

  test('a redirect with an endless body is left', function(expect)
    local server
    local count = 0
    server = net.createServer(function(socket)
      socket:on('error', function() end)
      count = count + 1
      if count == 2 then
        socket:once('data', function() socket:_end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok') end)
        return
      end
      socket:once('data', function()
        socket:write('HTTP/1.1 302 Found\r\nLocation: /b\r\n\r\n')
        local function more()
          if not socket.destroyed then socket:write(('x'):rep(16384), function(err) if not err then more() end end) end
        end
        more()
        socket:resume()
      end)
    end)
    server:listen(0, '127.0.0.1', function()
      http.get(options('http://127.0.0.1:' .. server:address().port, '/a'), expect(function(res)
        read(res, expect(function(text)
          assert(text == 'ok')
          server:close()
        end))
      end))
    end)
  end)

  test('a redirect whose connection breaks in its body is followed', function(expect)
    local server
    local count = 0
    server = net.createServer(function(socket)
      socket:on('error', function() end)
      count = count + 1
      local text = count == 1 and 'HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 99\r\n\r\nx'
        or 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
      socket:once('data', function() socket:_end(text) end)
    end)
    server:listen(0, '127.0.0.1', function()
      http.get(options('http://127.0.0.1:' .. server:address().port, '/a'), expect(function(res)
        read(res, expect(function(text)
          assert(text == 'ok')
          server:close()
        end))
      end))
    end)
  end)

  test('through a proxy', function(expect)
    require('./libs/proxy-server').start({ user = 'me:secret' }, function(proxy)
      serve({ ['/b'] = 'here' }, function(other, otherLog, otherServer)
        local port = other:match('%d+$')
        serve({ ['/a'] = { 302, ('http://two.test:%s/b'):format(port) } }, function(base, _, server)
          http.get({
            host = 'one.test', port = base:match('%d+$'), path = '/a', proxy = proxy.url, redirects = true,
          }, expect(function(res)
            assert(res.statusCode == 200 and res.url == ('http://two.test:%s/b'):format(port))
            assert(proxy.log[2] == ('GET http://two.test:%s/b'):format(port))
            assert(otherLog[1].headers.host == 'two.test:' .. port)
            res:resume()
            res:on('end', expect(function()
              server:destroy()
              otherServer:destroy()
              proxy.close()
            end))
          end))
        end)
      end)
    end)
  end)
end)
