-- What programs do to the classes of `http`: methods of their own, methods in the place of the library's, clean-up events.

local http = require('http')
local net = require('net')

local function serve(onRequest, onListening)
  local server = http.createServer(onRequest)
  server:listen(0, '127.0.0.1', function() onListening(server:address().port, server) end)
end

local function get(port, path, callback)
  http.get({ host = '127.0.0.1', port = port, path = path }, function(res)
    local parts = {}
    res:on('data', function(part) parts[#parts + 1] = part end)
    res:on('end', function() callback(res, table.concat(parts)) end)
  end)
end

require('tap')(function(test)
  test('methods of a program on requests and responses', function(expect)
    function http.ServerResponse:send(body)
      self:writeHead(201, { ['Content-Length'] = #body })
      self:write(body)
      self:finish()
    end
    function http.IncomingMessage:shout()
      return self.url:upper()
    end
    serve(function(req, res)
      res:send(req:shout())
    end, expect(function(port, server)
      get(port, '/name', expect(function(res, body)
        assert(res.statusCode == 201 and body == '/NAME')
        http.ServerResponse.send, http.IncomingMessage.shout = nil, nil
        server:close()
      end))
    end))
  end)

  test('a writeHead in the place of the own sees every head once', function(expect)
    local seen = {}
    serve(function(req, res)
      local own = res.writeHead
      function res:writeHead(status, headers)
        seen[#seen + 1] = req.url .. ' ' .. status
        return own(self, status, headers)
      end
      if req.url == '/explicit' then
        res:writeHead(202, { ['X-Kind'] = 'explicit' })
      elseif req.url == '/implicit' then
        res:setHeader('X-Kind', 'implicit')
        res.statusCode = 203
      elseif req.url == '/silent' then
        res.writeHead = function() seen[#seen + 1] = 'dropped' end
      end
      res:write('a')
      res:write('b')
      res:finish('c')
    end, expect(function(port, server)
      get(port, '/explicit', expect(function(res, body)
        assert(res.statusCode == 202 and res.headers['x-kind'] == 'explicit' and body == 'abc')
        get(port, '/implicit', expect(function(second, text)
          assert(second.statusCode == 203 and second.headers['x-kind'] == 'implicit' and text == 'abc')
          get(port, '/silent', expect(function(third, rest)
            assert(third.statusCode == 200 and rest == 'abc')
            assert(table.concat(seen, ', ') == '/explicit 202, /implicit 203, dropped')
            server:close()
          end))
        end))
      end))
    end))
  end)

  test('a response emits finish, then close, once', function(expect)
    local order = {}
    serve(function(_, res)
      res:on('finish', function() order[#order + 1] = 'finish' end)
      res:on('close', expect(function() order[#order + 1] = 'close' end, 1))
      res:finish('x')
    end, expect(function(port, server)
      get(port, '/', expect(function()
        assert(table.concat(order, ' ') == 'finish close')
        server:close()
      end))
    end))
  end)

  test('a server may be destroyed when the last response is closed', function(expect)
    local body = ('x'):rep(300000)
    local server
    serve(function(_, res)
      res:on('close', expect(function() server:close() end, 1))
      res:finish(body)
    end, function(port, listening)
      server = listening
      get(port, '/', expect(function(_, text) assert(text == body) end))
    end)
  end)

  test('the body of an answer to CONNECT goes down the tunnel as it is', function(expect)
    serve(function(req, res)
      assert(req.method == 'CONNECT')
      res:write('first ')
      res:finish('second')
    end, expect(function(port, server)
      local request = http.request({
        host = '127.0.0.1', port = port, method = 'CONNECT', path = 'example.com:443',
      }, function() error('not a response') end)
      request:on('connect', expect(function(res, socket)
        assert(res.statusCode == 200 and not res.headers['content-length'] and not res.headers['transfer-encoding'])
        local text = ''
        socket:on('data', function(part)
          text = text .. part
          if #text < 12 then return end
          assert(text == 'first second')
          socket:destroy()
          server:destroy()
        end)
        socket:resume()
      end))
      request:done()
    end))
  end)

  test('an answer that is no HTTP is named as luvit names it', function(expect)
    local server
    server = net.createServer(function(socket)
      socket:on('data', function() end)
      socket:on('end', function() socket:destroy() end)
      socket:write('test\n\n')
    end)
    server:listen(0, '127.0.0.1', expect(function()
      local request = http.request({ host = '127.0.0.1', port = server:address().port }, function() error('response') end)
      request:on('error', expect(function(err)
        assert(tostring(err):find('expected HTTP data', 1, true) and tostring(err):find('^EPROTO: '))
        request:destroy()
        server:close()
      end, 1))
      request:done()
    end))
  end)
end)
