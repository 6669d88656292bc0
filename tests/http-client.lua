local net = require('net')
local timer = require('timer')
local client = require('http/client')
local Agent = require('http/agent').Agent

-- A server that is told what to do byte by byte: `handle(socket, request, number)` is called for each head it gets,
-- with the text up to and including the empty line.
local function serve(handle, ready, host)
  local sockets, count = {}, 0
  local server = net.createServer(function(socket)
    sockets[#sockets + 1] = socket
    socket:on('error', function() end)
    local text = ''
    socket.number = #sockets
    socket:on('data', function(chunk)
      text = text .. chunk
      while true do
        local head, rest = text:match('^(.-\r\n\r\n)(.*)$')
        if not head or socket.raw then
          if socket.raw then
            socket.raw(text)
            text = ''
          end
          return
        end
        text = rest
        count = count + 1
        handle(socket, head, count)
      end
    end)
  end)
  server:on('error', function(err)
    assert(host == '::1' and (err.code == 'EAFNOSUPPORT' or err.code == 'EADDRNOTAVAIL'), tostring(err))
  end)
  server:listen(0, host or '127.0.0.1', function() ready(server:address().port, server, sockets) end)
  return server
end

-- Answers every request with the same bytes; `after` is `end` or nothing.
local function answer(text, after)
  return function(socket)
    if after == 'end' then socket:_end(text) else socket:write(text) end
  end
end

local function body(res, done)
  local parts = {}
  res:on('data', function(chunk) parts[#parts + 1] = chunk end)
  res:on('end', function() done(table.concat(parts)) end)
end

local function field(head, name)
  return ('\r\n' .. head):lower():match('\r\n' .. name:gsub('%-', '%%-') .. ': ([^\r]*)')
end

local OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

require('tap')(function(test)
  test('get: request line, headers, response, close', function(expect)
    serve(expect(function(socket, head)
      assert(head:find('^GET /x%?y HTTP/1.1\r\n'))
      assert(field(head, 'connection') == 'close')
      assert(field(head, 'user-agent'))
      assert(not field(head, 'content-length') and not field(head, 'transfer-encoding'))
      assert(field(head, 'host') == '127.0.0.1:' .. socket:getsockname().port)
      socket:_end('HTTP/1.1 201 Made It\r\nX-One: 1\r\nx-one: 2\r\nContent-Length: 5\r\n\r\nhello')
    end, 1), function(port, server)
      local order = {}
      local req = client.get('http://127.0.0.1:' .. port .. '/x?y', expect(function(res)
        order[#order + 1] = 'response'
        assert(res.statusCode == 201 and res.statusMessage == 'Made It' and res.httpVersion == '1.1')
        assert(res.headers['X-ONE'] == '1' and res.headers[2][1] == 'x-one' and res.headers[2][2] == '2')
        assert(res.complete == false)
        body(res, expect(function(text)
          assert(text == 'hello' and res.complete)
          order[#order + 1] = 'end'
        end, 1))
        res:on('close', expect(function() order[#order + 1] = 'res close' end, 1))
      end, 1))
      req:on('socket', expect(function(socket) assert(socket == req.socket) end, 1))
      req:on('finish', expect(function() end, 1))
      req:on('close', expect(function()
        assert(order[1] == 'response')
        server:close()
      end, 1))
    end)
  end)

  test('the talk: request with options, and done', function(expect)
    serve(answer(OK), function(port, server)
      local req = client.request({ host = '127.0.0.1', port = port, path = '/' }, expect(function(res)
        res:on('data', expect(function(chunk) assert(chunk == 'ok') end))
        res:on('end', function() server:close() end)
      end, 1))
      assert(req:done() == req)
    end)
  end)

  test('a body known at done has a length, one that is not goes in chunks', function(expect)
    local got = {}
    local seen
    seen = expect(function(socket, head, number)
      if number == 1 then
        assert(field(head, 'content-length') == '10' and not field(head, 'transfer-encoding'))
      elseif number == 2 then
        assert(field(head, 'transfer-encoding') == 'chunked' and not field(head, 'content-length'))
      elseif number == 3 then
        assert(field(head, 'content-length') == '0')
      elseif number == 4 then
        assert(field(head, 'content-length') == '3')
      end
      socket.raw = function(text)
        got[number] = (got[number] or '') .. text
        local complete = number == 1 and '0123456789' or number == 2 and '3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n'
          or number == 3 and '' or 'xyz'
        if got[number] == complete then socket:write(OK) end
      end
    end, 4)
    serve(seen, function(port, server)
      local left = 4
      local function request(options)
        options.port = port
        options.host = '127.0.0.1'
        return client.request(options, expect(function(res)
          body(res, expect(function() end, 1))
        end, 1)):on('close', function()
          left = left - 1
          if left == 0 then server:close() end
        end)
      end
      local one = request({ method = 'POST' })
      one:write('01234')
      one:done('56789', expect(function() end, 1))
      one:on('close', function()
        local two = request({ method = 'put' })
        two:write('abc', expect(function(err)
          assert(err == nil)
          two:done('de')
        end, 1))
        two:on('close', function()
          request({ method = 'POST' }):done()
          request({ method = 'PUT', headers = { ['content-length'] = 3 } }):done('xyz')
        end)
      end)
    end)
  end)

  test('bodies: chunked with trailers, until close, none', function(expect)
    local answers = {
      ['/chunked'] = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nX-T: 1\r\n\r\n',
      ['/close'] = 'HTTP/1.0 200 OK\r\n\r\nabcde',
      ['/204'] = 'HTTP/1.1 204 No Content\r\n\r\n',
      ['/304'] = 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n',
      ['/head'] = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n',
      ['/empty'] = 'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n',
    }
    -- Whole, and byte by byte.
    local left = 2 * 6
    serve(function(socket, head)
      local text = answers[head:match('^%u+ ([^ ?]+)')]
      local function finish()
        if text:find('^HTTP/1.0') then socket:_end() end
      end
      if head:find('?slow', 1, true) then
        local at = 0
        local function more()
          at = at + 1
          if at > #text then return finish() end
          socket:write(text:sub(at, at), function() timer.setImmediate(more) end)
        end
        more()
      else
        socket:write(text)
        finish()
      end
    end, function(port, server)
      for path in pairs(answers) do
        for _, query in ipairs({ '', '?slow' }) do
          local req = client.request({
            host = '127.0.0.1', port = port, path = path .. query, method = path == '/head' and 'HEAD' or 'GET',
          }, expect(function(res)
            body(res, expect(function(text)
              local full = path == '/chunked' or path == '/close'
              assert(text == (full and 'abcde' or ''), path .. query)
              assert((res.trailers['x-t'] == '1') == (path == '/chunked'))
              assert(res.httpVersion == (path == '/close' and '1.0' or '1.1'))
              left = left - 1
              if left == 0 then server:close() end
            end, 1))
          end, 1))
          req:done()
        end
      end
    end)
  end)

  test('what a server can do wrong is one error, and never an end', function(expect)
    local wrong = {
      -- Before there is a response.
      '', 'HTTP/1.1 200', 'HTTP/1.1 200 OK\r\nContent-Le', 'garbage\r\n\r\n', 'HTTP/2.0 200 OK\r\n\r\n',
      'HTTP/1.1 200 OK\r\nA b: c\r\n\r\n', 'HTTP/1.1 200 OK\nA: b\n\n', 'HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      'HTTP/1.1 200 OK\r\nX: ' .. ('x'):rep(20000) .. '\r\n\r\n',
      'HTTP/1.1 200 OK\r\n' .. ('a: b\r\n'):rep(2001) .. '\r\n',
      'HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 101 Switching Protocols\r\n\r\n',
      -- After it.
      response = {
        'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcd', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab',
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n',
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y',
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n',
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n',
      },
    }
    local answers, expectsResponse = {}, {}
    for _, text in ipairs(wrong) do answers[#answers + 1] = text end
    for _, text in ipairs(wrong.response) do
      answers[#answers + 1] = text
      expectsResponse[#answers] = true
    end
    local left = 2 * #answers
    serve(function(socket, head)
      socket:_end(answers[tonumber(head:match('/(%d+)'))])
    end, function(port, server)
      for i = 1, #answers do
        for _, listensToResponse in ipairs({ false, true }) do
          local errors, closed = 0, 0
          local function failed(err)
            errors = errors + 1
            assert(tostring(err):find('^E%u+: '), tostring(err))
          end
          local req = client.get('http://127.0.0.1:' .. port .. '/' .. i, function(res)
            assert(expectsResponse[i], answers[i])
            res:on('data', function() end)
            res:on('end', function() error('end: ' .. answers[i]) end)
            res:on('close', function() closed = closed + 1 end)
            if listensToResponse then res:on('error', failed) end
          end)
          if not (listensToResponse and expectsResponse[i]) then req:on('error', failed) end
          req:on('close', expect(function()
            assert(errors == 1, ('%d errors for %q'):format(errors, answers[i]:sub(1, 80)))
            assert(closed == (expectsResponse[i] and 1 or 0))
            assert(req.destroyed)
            left = left - 1
            if left == 0 then server:close() end
          end, 1))
        end
      end
    end)
  end)

  test('a reset in the middle of a body', function(expect, uv)
    serve(function(socket)
      socket:write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab', function()
        timer.setTimeout(20, function()
          uv.tcp_close_reset(socket._handle)
          socket:destroy()
        end)
      end)
    end, function(port, server)
      local req = client.get('http://127.0.0.1:' .. port, expect(function(res)
        res:on('data', function() end)
        res:on('aborted', expect(function() assert(res.aborted) end, 1))
        res:on('error', expect(function(err) assert(tostring(err):find('^ECONNRESET')) end, 1))
      end, 1))
      req:on('close', expect(function() server:close() end, 1))
    end)
  end)

  test('a refused connection is one error, then close', function(expect)
    serve(function() end, function(port, server)
      server:close(function()
        local req = client.get('http://127.0.0.1:' .. port, function() error('response') end)
        local failed = false
        req:on('error', expect(function(err, detail)
          failed = true
          assert(err == 'ECONNREFUSED' and tostring(detail):find('127.0.0.1:' .. port, 1, true))
        end, 1))
        req:on('close', expect(function() assert(failed) end, 1))
        local post = client.request({ host = '127.0.0.1', port = port, method = 'POST' })
        post:on('error', expect(function() end, 1))
        post:write('body', expect(function(err) assert(err == 'ECONNREFUSED') end, 1))
        post:done()
      end)
    end)
  end)

  test('interim responses', function(expect)
    serve(function(socket, head)
      assert(field(head, 'expect') == '100-continue')
      socket.raw = function(text)
        if text == '' then return end
        assert(text == '5\r\nhello\r\n0\r\n\r\n')
        socket:write('HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n' .. OK)
      end
      socket:write('HTTP/1.1 100 Continue\r\n\r\n')
    end, function(port, server)
      local codes = {}
      local req
      req = client.request({
        host = '127.0.0.1', port = port, method = 'POST', headers = { Expect = '100-continue' },
      }, expect(function(res)
        assert(codes[1] == 100 and codes[2] == 103 and res.statusCode == 200)
        body(res, expect(function(text)
          assert(text == 'ok')
          server:close()
        end, 1))
      end, 1))
      req:on('information', expect(function(head) codes[#codes + 1] = head.code end, 2))
      req:on('continue', expect(function() req:done('hello') end, 1))
    end)
  end)

  test('Host for names, ports and IPv6', function(expect)
    local function host(options)
      options.socket = net.Socket:new()
      local req = client.request(options)
      local found = req:getHeader('host')
      req:destroy()
      return found
    end
    assert(host({ host = 'example.com' }) == 'example.com')
    assert(host({ host = 'example.com', port = 80 }) == 'example.com')
    assert(host({ host = 'example.com', port = '8080' }) == 'example.com:8080')
    assert(host({ host = 'example.com:81', hostname = 'example.com', port = '81' }) == 'example.com:81')
    assert(host({ host = 'example.com:81' }) == 'example.com:81')
    assert(host({ host = '::1', port = 8080 }) == '[::1]:8080')
    assert(host({ host = '[::1]' }) == '[::1]')
    assert(host({ host = 'fe80::1%lo' }) == '[fe80::1]')
    assert(host({ host = 'example.com', headers = { host = 'other' } }) == 'other')
    assert(host({ host = 'example.com', protocol = 'https', port = 443 }) == 'example.com')

    serve(function(socket, head)
      assert(field(head, 'host') == '[::1]:' .. socket:getsockname().port)
      socket:_end(OK)
    end, function(port, server)
      client.get(('http://[::1]:%d/'):format(port), expect(function(res)
        body(res, function() server:close() end)
      end, 1))
    end, '::1')
  end)

  test('header injection and other bad arguments are refused at the call', function()
    local function refuses(pattern, options)
      local ok, err = pcall(client.request, options)
      assert(not ok and tostring(err):find(pattern), tostring(err))
    end
    for _, value in ipairs({ 'a\r\nb: c', 'a\nb', 'a\rb', 'a\0b' }) do
      refuses("value of header 'X' has a control", { headers = { X = value } })
      refuses("value of header 'X' has a control", { headers = { { 'X', value } } })
      refuses('not a token', { headers = { [value] = 'x' } })
      refuses('the path', { path = '/' .. value })
      refuses('method', { method = value })
      refuses('.', { host = value })
    end
    refuses('not a token', { headers = { ['a b'] = 'x' } })
    refuses('the path', { path = '/a b' })
    refuses("'options.port'", { port = 65536 })
    refuses("'options.host'", { host = 1 })
    refuses("'options.agent'", { agent = 1 })
    refuses("'options.protocol'", 'https://localhost/')
    refuses('no host', '/just/a/path')
    refuses("bad argument 'options'", 5)
    refuses('does not end with chunked', { headers = { ['Transfer-Encoding'] = 'gzip' } })
    refuses('not a number', { headers = { ['Content-Length'] = '1x' } })
    local both = client.request({
      socket = net.Socket:new(), headers = { { 'Content-Length', 1 }, { 'Transfer-Encoding', 'chunked' } },
    })
    assert(both:getHeader('content-length') == nil and both:getHeader('transfer-encoding') == 'chunked')
    both:destroy()
    local req = client.request({ socket = net.Socket:new() })
    assert(not pcall(req.setHeader, req, 'X', 'a\r\nb'))
    req:setHeader('x-y', 1)
    assert(req:getHeader('X-Y') == '1')
    req:removeHeader('X-Y')
    assert(req:getHeader('X-Y') == nil)
    req:destroy()
  end)

  test('auth, user agent, headers added to the list', function(expect)
    serve(function(socket, head)
      assert(field(head, 'authorization') == ('Basic dXNlcjpwYXNz'):lower())
      assert(field(head, 'user-agent') == 'me' and field(head, 'x-late') == '1')
      socket:_end(OK)
    end, function(port, server)
      local req = client.request({
        host = '127.0.0.1', port = port, auth = 'user:pass', headers = { { 'User-Agent', 'me' } },
      }, expect(function(res) body(res, function() server:close() end) end, 1))
      table.insert(req, { 'X-Late', '1' })
      req:done()
    end)
  end)

  test('a body that is not as long as announced', function(expect)
    serve(function() end, function(port, server)
      local left = 2
      local function closed()
        left = left - 1
        if left == 0 then server:close() end
      end
      for _, text in ipairs({ 'abc', 'abcdefg' }) do
        local req = client.request({
          host = '127.0.0.1', port = port, method = 'POST', headers = { ['Content-Length'] = '5' },
        })
        req:on('error', expect(function(err) assert(err.code == 'EMSGSIZE') end, 1))
        req:on('close', expect(closed, 1))
        req:done(text)
      end
    end)
  end)

  test('keep-alive: one connection after the other requests', function(expect)
    local agent = Agent:new({ keepAlive = true })
    serve(function(socket, head)
      assert(field(head, 'connection') == 'keep-alive')
      socket:write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n' .. socket.number .. '\r\n0\r\n\r\n')
    end, function(port, server)
      local left = 5
      local function nextOne()
        if left == 0 then
          assert(#agent.freeSockets['127.0.0.1:' .. port] == 1)
          agent:destroy()
          return server:close()
        end
        left = left - 1
        local req = client.get({ host = '127.0.0.1', port = port, agent = agent }, expect(function(res)
          body(res, expect(function(text) assert(text == '1') end, 1))
        end, 1))
        req:on('close', nextOne)
        req:on('error', error)
        req:on('socket', expect(function(socket)
          assert(socket:listenerCount('data') == 0 and socket:listenerCount('close') == 2)
        end, 1))
      end
      nextOne()
    end)
  end)

  test('maxSockets: the others wait; a destroyed one leaves the queue', function(expect)
    local agent = Agent:new({ keepAlive = true, maxSockets = 2, maxFreeSockets = 1 })
    local open, most = 0, 0
    serve(function(socket)
      open = open + 1
      most = math.max(most, open)
      timer.setTimeout(2, function()
        open = open - 1
        socket:write(OK)
      end)
    end, function(port, server, sockets)
      local left = 9
      for i = 1, 10 do
        local req = client.get({ host = '127.0.0.1', port = port, agent = agent, path = '/' .. i }, function(res)
          assert(i ~= 9)
          body(res, function()
            left = left - 1
            if left > 0 then return end
            assert(most == 2 and #sockets == 2 and next(agent.requests) == nil)
            timer.setTimeout(5, expect(function()
              assert(#agent.freeSockets['127.0.0.1:' .. port] == 1)
              agent:destroy()
              server:close()
            end, 1))
          end)
        end)
        if i == 9 then
          req:on('close', expect(function() end, 1))
          req:on('error', error)
          req:destroy()
        end
      end
    end)
  end)

  test('without keep-alive maxSockets holds too', function(expect)
    local agent = Agent:new({ maxSockets = 1 })
    local left = 3
    serve(function(socket, head)
      assert(field(head, 'connection') == 'close')
      socket:write(OK)
    end, function(port, server, sockets)
      for _ = 1, 3 do
        client.get({ host = '127.0.0.1', port = port, agent = agent }, expect(function(res)
          body(res, function()
            left = left - 1
            if left > 0 then return end
            assert(#sockets == 3)
            server:close()
          end)
        end, 1))
      end
    end)
  end)

  test('a connection the server closed while idle is not used again', function(expect)
    local agent = Agent:new({ keepAlive = true })
    serve(function(socket)
      socket:write(OK)
      timer.setTimeout(5, function() socket:_end() end)
    end, function(port, server)
      local options = { host = '127.0.0.1', port = port, agent = agent }
      client.get(options, function(res)
        body(res, function()
          local again = expect(function()
            assert(next(agent.sockets) == nil)
            client.get(options, expect(function(second)
              body(second, function() server:close() end)
            end, 1))
          end, 1)
          local function look()
            timer.setTimeout(40, next(agent.freeSockets) and look or again)
          end
          timer.setTimeout(40, look)
        end)
      end)
    end)
  end)

  test('a connection on which more came than was asked for is not used again', function(expect)
    for _, head in ipairs({ 'HTTP/1.1 204 No Content\r\n\r\n', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n' }) do
      local agent = Agent:new({ keepAlive = true })
      serve(function(socket, _, number)
        socket:write(number == 1 and head .. 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad' or OK)
      end, function(port, server, sockets)
        local options = { host = '127.0.0.1', port = port, agent = agent }
        client.get(options, expect(function(res)
          body(res, expect(function()
            timer.setImmediate(expect(function()
              client.get(options, expect(function(again)
                assert(#sockets == 2)
                body(again, expect(function(text)
                  assert(text ~= 'bad')
                  agent:destroy()
                  server:close()
                end, 1))
              end, 1))
            end, 1))
          end, 1))
        end, 1))
      end)
    end
  end)

  test('a connection that is closed just when it is used again: GET is retried, POST fails', function(expect)
    local agent = Agent:new({ keepAlive = true })
    serve(function(socket, _, _)
      socket.served = (socket.served or 0) + 1
      if socket.served > 1 then return socket:destroy() end
      socket:write(OK)
    end, function(port, server, sockets)
      local options = { host = '127.0.0.1', port = port, agent = agent }
      local function first(done)
        client.get(options, function(res) body(res, function() timer.setImmediate(done) end) end)
      end
      first(expect(function()
        client.get(options, expect(function(res)
          assert(#sockets == 2)
          body(res, expect(function()
            timer.setImmediate(function()
              local post = client.request({ host = '127.0.0.1', port = port, agent = agent, method = 'POST' })
              post:on('response', function() error('response') end)
              post:on('error', expect(function(err) assert(tostring(err):find('^ECONNRESET')) end, 1))
              post:on('close', expect(function()
                agent:destroy()
                server:close()
              end, 1))
              post:done('body')
            end)
          end, 1))
        end, 1)):on('error', error)
      end, 1))
    end)
  end)

  test('what a server sends unasked spoils the connection', function(expect)
    local agent = Agent:new({ keepAlive = true })
    serve(function(socket, _, number)
      socket:write(number == 1 and OK .. 'HTTP/1.1 200 OK\r\n' or OK)
      if number == 2 then timer.setTimeout(5, function() socket:write(OK) end) end
    end, function(port, server, sockets)
      local options = { host = '127.0.0.1', port = port, agent = agent }
      local function get(done)
        client.get(options, function(res) body(res, function() timer.setTimeout(30, done) end) end)
      end
      get(expect(function()
        assert(next(agent.freeSockets) == nil)
        get(expect(function()
          assert(next(agent.freeSockets) == nil and #sockets == 2)
          server:close()
        end, 1))
      end, 1))
    end)
  end)

  test('idle connections: the agent closes them in time, the hint of the server counts', function(expect)
    local agent = Agent:new({ keepAlive = true, timeout = 20 })
    serve(function(socket, head)
      local hint = head:find('/hint', 1, true) and 'Keep-Alive: timeout=1\r\n' or ''
      socket:write('HTTP/1.1 200 OK\r\n' .. hint .. 'Content-Length: 0\r\n\r\n')
      socket:on('close', expect(function() end, 1))
    end, function(port, server)
      client.get({ host = '127.0.0.1', port = port, agent = agent, path = '/hint' }, expect(function(res)
        body(res, function()
          assert(next(agent.freeSockets) == nil)
          client.get({ host = '127.0.0.1', port = port, agent = agent }, expect(function(again)
            body(again, function()
              timer.setTimeout(100, expect(function()
                assert(next(agent.freeSockets) == nil)
                server:close()
              end, 1))
            end)
          end, 1))
        end)
      end, 1))
    end)
  end)

  test('a slow reader slows the server down, and gets everything', function(expect)
    local size = 3 * 1024 * 1024
    serve(function(socket)
      socket:_end('HTTP/1.1 200 OK\r\nContent-Length: ' .. size .. '\r\n\r\n' .. ('x'):rep(size))
    end, function(port, server)
      client.get('http://127.0.0.1:' .. port, expect(function(res)
        timer.setTimeout(50, function()
          assert(res._readableState.length < size / 2)
          local total, pauses = 0, 0
          res:on('data', function(chunk)
            total = total + #chunk
            if pauses < 10 then
              pauses = pauses + 1
              res:pause()
              timer.setTimeout(1, function() res:resume() end)
            end
          end)
          res:on('end', expect(function()
            assert(total == size)
            server:close()
          end, 1))
        end)
      end, 1))
    end)
  end)

  test('a large upload waits for drain', function(expect)
    local chunk, count = ('u'):rep(65536), 60
    serve(function(socket)
      local received = 0
      socket.raw = function(text)
        received = received + #text
        if text:sub(-5) == '0\r\n\r\n' then
          assert(received > #chunk * count)
          socket:write(OK)
        elseif received < 1000000 then
          socket:pause()
          timer.setTimeout(1, function() socket:resume() end)
        end
      end
    end, function(port, server)
      local req = client.request({ host = '127.0.0.1', port = port, method = 'POST' }, expect(function(res)
        body(res, function() server:close() end)
      end, 1))
      local sent, drains = 0, 0
      local function more()
        while sent < count do
          sent = sent + 1
          if req:write(chunk) == false then return end
        end
        req:removeListener('drain', more)
        assert(drains > 0)
        req:done()
      end
      req:on('drain', function()
        drains = drains + 1
      end)
      req:on('drain', more)
      more()
    end)
  end)

  test('timeout: waiting for a response', function(expect)
    serve(function() end, function(port, server)
      local req = client.get({ host = '127.0.0.1', port = port, timeout = 20 }, function() error('response') end)
      req:on('timeout', expect(function() req:destroy() end, 1))
      req:on('error', error)
      req:on('close', expect(function()
        local other = client.get('http://127.0.0.1:' .. port)
        other:setTimeout(20, expect(function() other:destroy('slow') end, 1))
        other:on('error', expect(function(err) assert(err == 'slow') end, 1))
        other:on('close', expect(function() server:close() end, 1))
      end, 1))
    end)
  end)

  test('destroy: before the connection, after the response, from its listener', function(expect)
    serve(function(socket)
      socket:write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab')
    end, function(port, server)
      local left = 4
      local function closed()
        left = left - 1
        if left == 0 then server:close() end
      end
      local address = 'http://127.0.0.1:' .. port
      local early = client.get(address, function() error('response') end)
      early:on('close', expect(closed, 1))
      early:destroy()
      early:destroy()
      for _, how in ipairs({ 'request', 'response', 'socket' }) do
        local req
        req = client.get(address, expect(function(res)
          res:on('end', function() error('end') end)
          res:on('aborted', expect(function() end, 1))
          res:on('close', expect(function() end, 1))
          res:on('data', function()
            if how == 'request' then req:destroy() elseif how == 'response' then res:destroy() else req.socket:destroy() end
          end)
        end, 1))
        req:on('error', error)
        req:on('close', expect(closed, 1))
      end
    end)
  end)

  test('upgrade and CONNECT hand the connection over, with what came after', function(expect)
    local agent = Agent:new({ keepAlive = true })
    serve(function(socket, head)
      socket.raw = function(text)
        if text ~= '' then socket:_end('echo ' .. text) end
      end
      if head:find('^CONNECT') then
        assert(head:find('^CONNECT example.com:443 HTTP/1.1\r\n'))
        socket:write('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nfirst ')
      else
        socket:write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nfirst ')
      end
    end, function(port, server)
      local left = 2
      local function taken(res, socket, head)
        assert(res.statusCode == head.code and res.is_upgraded)
        socket:write('ping')
        timer.setTimeout(5, function()
          body(socket, expect(function(text)
            assert(text == 'first echo ping', text)
            assert(next(agent.sockets) == nil)
            left = left - 1
            if left == 0 then server:close() end
          end, 1))
        end)
      end
      local connect = client.request({
        host = '127.0.0.1', port = port, method = 'CONNECT', path = 'example.com:443',
      }, function() error('response') end)
      connect:on('connect', expect(taken, 1))
      connect:on('close', expect(function() end, 1))
      connect:done()
      local upgrade = client.request({
        host = '127.0.0.1', port = port, agent = agent, headers = { Upgrade = 'x', Connection = 'Upgrade' },
      }, function() error('response') end)
      upgrade:on('upgrade', expect(taken, 1))
      upgrade:done()
    end)
  end)

  test('a refused CONNECT is a response', function(expect)
    serve(answer('HTTP/1.1 407 No\r\nContent-Length: 2\r\n\r\nno'), function(port, server)
      local req = client.request({ host = '127.0.0.1', port = port, method = 'CONNECT', path = 'x:1' }, expect(function(res)
        body(res, expect(function(text)
          assert(res.statusCode == 407 and text == 'no')
          server:close()
        end, 1))
      end, 1))
      req:on('connect', error)
      req:done()
    end)
  end)

  test('an early response ends the upload', function(expect)
    serve(function(socket)
      socket.raw = function() end
      socket:_end('HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno')
    end, function(port, server)
      local req
      req = client.request({ host = '127.0.0.1', port = port, method = 'POST' }, expect(function(res)
        body(res, expect(function(text) assert(text == 'no') end, 1))
      end, 1))
      req:write('x')
      req:on('error', error)
      req:on('close', expect(function()
        assert(req:write('more', expect(function(err) assert(err == 'EPIPE') end, 1)) == false)
        req:done()
        server:close()
      end, 1))
    end)
  end)

  test('a socket of the caller, before and after it is connected', function(expect)
    serve(answer(OK), function(port, server)
      local socket = net.connect(port)
      client.get({ host = 'x', socket = socket, headers = { Connection = 'keep-alive' } }, expect(function(res)
        body(res, expect(function()
          timer.setImmediate(function()
            client.get({ host = 'x', socket = socket }, expect(function(again)
              body(again, expect(function() end, 1))
            end, 1))
          end)
        end, 1))
      end, 1))
      socket:on('close', expect(function() server:close() end, 1))
    end)
  end)

  test('connect_emitter names the event of a socket that is not ready when it connects', function(expect)
    serve(answer(OK), function(port, server)
      local socket = net.connect(port)
      local ready = false
      socket:on('connect', function()
        timer.setTimeout(10, function()
          ready = true
          socket:emit('secureConnection')
        end)
      end)
      client.get({ socket = socket, connect_emitter = 'secureConnection', protocol = 'https' }, expect(function(res)
        assert(ready)
        body(res, function() server:close() end)
      end, 1))
    end)
  end)

  test('what is not ASCII in a path is percent-encoded', function(expect)
    local paths = {}
    local server
    server = require('http').createServer(function(req, res)
      paths[#paths + 1] = req.url
      res:finish()
    end)
    server:listen(0, '127.0.0.1', expect(function()
      local port = server:address().port
      client.get('http://127.0.0.1:' .. port .. '/größe?x=%C3%BC', expect(function(res)
        res:on('end', expect(function()
          client.get({ host = '127.0.0.1', port = port, path = '/日' }, expect(function()
            assert(table.concat(paths, ' ') == '/gr%C3%B6%C3%9Fe?x=%C3%BC /%E6%97%A5', table.concat(paths, ' '))
            server:close()
          end))
        end))
        res:resume()
      end))
    end))
  end)

  test('what is no URL with a host is refused, and so is what is no function', function()
    for text, wrong in pairs({
      ["bad argument 'options' to 'get' (the URL 'example.com' has no host)"] = function() client.get('example.com') end,
      ["bad argument 'options' to 'request' (the URL '' has no host)"] = function() client.request('') end,
      ["bad argument 'options' to 'get' (table or URL expected, got nil)"] = function() client.get() end,
      ["bad argument 'onResponse' to 'get' (function expected, got string)"] = function()
        client.get('http://127.0.0.1:1', 'print')
      end,
    }) do
      local ok, err = pcall(wrong)
      assert(not ok and err:match('http%-client%.lua:%d+: (.*)$') == text, err)
    end
  end)

  test('a response nobody listens for is read and dropped', function(expect)
    serve(answer(OK), function(port, server)
      client.get('http://127.0.0.1:' .. port):on('close', expect(function() server:close() end, 1))
    end)
  end)

  test('a URL and options: the options count over the URL', function(expect)
    local heads = {}
    serve(function(socket, head)
      heads[#heads + 1] = head
      socket:write(OK)
    end, function(port, server)
      local url = 'http://127.0.0.1:' .. port .. '/of-the-url'
      local options = { headers = { ['X-Mark'] = 'here' }, path = '/of-the-options' }
      client.get(url, options, expect(function(res)
        assert(options.host == nil, 'options of the caller were changed')
        body(res, expect(function()
          client.request(url, { method = 'POST' }, expect(function(second)
            body(second, expect(function()
              assert(heads[1]:find('^GET /of%-the%-options ') and heads[1]:find('X%-Mark: here'), heads[1])
              assert(heads[2]:find('^POST /of%-the%-url '), heads[2])
              server:close()
            end))
          end)):done()
        end))
      end))
    end)
    local ok, err = pcall(client.get, { host = '127.0.0.1' }, {}, print)
    assert(not ok and err:find('a URL expected before a table of options', 1, true), err)
    ok, err = pcall(client.get, 'nowhere', {}, print)
    assert(not ok and err:find("the URL 'nowhere' has no host", 1, true), err)
  end)

  test('many requests leave nothing behind', function(expect)
    local agent = Agent:new({ keepAlive = true, maxSockets = 4 })
    serve(answer(OK), function(port, server)
      local left = 400
      for _ = 1, left do
        client.get({ host = '127.0.0.1', port = port, agent = agent }, function(res)
          body(res, function()
            left = left - 1
            if left > 0 then return end
            timer.setTimeout(5, expect(function()
              assert(next(agent.sockets) == nil and next(agent.requests) == nil)
              for _, socket in ipairs(agent.freeSockets['127.0.0.1:' .. port]) do
                assert(socket:listenerCount('error') == 1 and socket:listenerCount('close') == 1)
                assert(socket:listenerCount('data') == 1 and socket:listenerCount('end') == 1)
              end
              agent:destroy()
              server:close()
            end, 1))
          end)
        end)
      end
    end)
  end)
end)
