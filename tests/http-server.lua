local http = require('http')
local uv = require('uv')
local timer = require('timer')

-- Sends bytes and calls back with everything that comes until the server closes.
local function talk(port, request, callback, host)
  local client, parts = uv.new_tcp(), {}
  client:connect(host or '127.0.0.1', port, function(err)
    assert(not err, err)
    client:write(request)
    client:shutdown()
    client:read_start(function(readError, chunk)
      assert(not readError, readError)
      parts[#parts + 1] = chunk
      if chunk then return end
      client:close()
      callback(table.concat(parts))
    end)
  end)
end

local GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

local function get(path)
  return ('GET %s HTTP/1.1\r\nHost: a\r\n\r\n'):format(path)
end

local function bodyOf(answer)
  return answer:match('\r\n\r\n(.*)$')
end

require('tap')(function(test)
  test("the talk's server", function(expect)
    local server
    server = http.createServer(function(req, res)
      local body = 'Hello world\n'
      res:writeHead(200, {
        ['Content-Type'] = 'text/plain',
        ['Content-Length'] = #body,
      })
      res:finish(body)
    end)
    server:listen(0, '127.0.0.1', expect(function()
      talk(server:address().port, GET, expect(function(answer)
        assert(answer:find('^HTTP/1.1 200 OK\r\n'))
        assert(answer:find('\r\nContent%-Type: text/plain\r\n') and answer:find('\r\nContent%-Length: 12\r\n'))
        assert(bodyOf(answer) == 'Hello world\n')
        server:close()
      end))
    end))
  end)

  test('listen: shapes of arguments, address, events', function(expect)
    local order = {}
    local server = http.createServer()
    assert(server:address() == nil and server.listening == false)
    server:on('listening', function() order[#order + 1] = 'event' end)
    assert(server:listen({ port = 0, host = 'localhost' }, function() order[#order + 1] = 'callback' end) == server)
    assert(server.listening)
    assert(not pcall(server.listen, server, 0))
    server:once('listening', expect(function()
      local address = server:address()
      assert(address.ip and address.port > 0 and address.family)
      server:close(expect(function()
        assert(table.concat(order, ' ') == 'event callback')
        assert(server:address() == nil)
      end))
      assert(not server.listening)
    end))
    for _, bad in ipairs({ -1, 65536, 1.5, 'x', 0 / 0 }) do
      assert(not pcall(server.listen, http.createServer(), bad))
    end
    assert(not pcall(server.listen, http.createServer(), 0, {}))
    assert(not pcall(http.createServer, 7))
  end)

  test('listen fails with an error event, and can be tried again', function(expect)
    local first, second = http.createServer(), http.createServer()
    first:listen(0, '127.0.0.1', expect(function()
      local port = first:address().port
      second:listen(port, '127.0.0.1', function() assert(port == nil, 'it should not listen yet') end)
      second:removeAllListeners('listening')
      second:once('error', expect(function(err)
        assert(err.code == 'EADDRINUSE' and tostring(err):find('EADDRINUSE'))
        assert(not second.listening)
        first:close(expect(function()
          second:listen(port, '127.0.0.1', expect(function()
            second:close()
          end))
        end))
      end))
    end))
    local third = http.createServer():listen(0, '300.1.1.1')
    third:on('error', expect(function(err) assert(err.code) end))
    local fourth = http.createServer():listen(0, 'no-such-host.invalid')
    fourth:on('error', expect(function(err) assert(err.code) end))
    local fifth = http.createServer():listen(0, 'localhost', function() error('it was closed before') end)
    fifth:close(expect(function() end))
  end)

  test('close without listen, and twice', function(expect)
    local server = http.createServer()
    server:close(expect(function(err) assert(err:find('^ENOTCONN')) end))
    server:listen(0, '127.0.0.1', expect(function()
      server:close(expect(function() end))
      server:close(expect(function(err) assert(err:find('^ENOTCONN')) end))
    end))
  end)

  test('listens again after close, at once and with the old connections still open', function(expect)
    local server, late
    local rounds = 0
    server = http.createServer(function(req, res)
      if req.url == '/late' then
        late = res
        local port = server:address().port
        server:close()
        server:listen(port, '127.0.0.1', expect(function()
          talk(server:address().port, GET, expect(function(answer)
            assert(bodyOf(answer) == 'new')
            late:finish('old')
            server:close()
          end))
        end))
      else
        res:finish('new')
      end
    end)
    server:on('close', function() rounds = rounds + 1 end)
    server:listen(0, '127.0.0.1', expect(function()
      talk(server:address().port, get('/late'), expect(function(answer)
        assert(bodyOf(answer) == 'old')
        timer.setTimeout(20, expect(function() assert(rounds == 2) end))
      end))
    end))
  end)

  test('IPv6', function(expect)
    local server
    server = http.createServer(function(req, res) res:finish(req.socket:address().ip) end)
    server:on('error', function(err)
      -- A machine without IPv6.
      assert(err.code == 'EADDRNOTAVAIL' or err.code == 'EAFNOSUPPORT', tostring(err))
    end)
    server:listen(0, '::1', function()
      talk(server:address().port, GET, expect(function(answer)
        assert(bodyOf(answer) == '::1')
        server:close()
      end), '::1')
    end)
  end)

  test('request listeners: added later, several, once, none', function(expect)
    local server = http.createServer()
    local order = {}
    server:listen(0, '127.0.0.1', expect(function()
      local port = server:address().port
      talk(port, GET, expect(function(answer)
        assert(answer:find('^HTTP/1.1 404'))
        server:once('request', function() order[#order + 1] = 'once' end)
        server:on('request', function(_, res)
          order[#order + 1] = 'on'
          res:finish('x')
        end)
        talk(port, GET .. GET, expect(function()
          assert(table.concat(order, ' ') == 'once on on')
          server:close()
        end))
      end))
    end))
  end)

  test('connection event and getConnections', function(expect)
    local server
    local sockets = {}
    server = http.createServer(function(req, res)
      assert(req.socket == sockets[1] and req.socket == res.socket)
      assert(req.socket:address().ip == '127.0.0.1' and req.socket:getsockname().port == server:address().port)
      server:getConnections(expect(function(err, count)
        assert(err == nil and count == 1)
        res:finish('x')
      end))
    end)
    server:on('connection', expect(function(socket)
      sockets[#sockets + 1] = socket
      socket:on('close', expect(function() end, 1))
    end, 1))
    server:listen(0, '127.0.0.1', expect(function()
      talk(server:address().port, GET, expect(function() server:close() end))
    end))
  end)

  test('programs may extend the classes', function(expect)
    local ServerResponse = http.ServerResponse
    function ServerResponse:json(text)
      self:setHeader('Content-Type', 'application/json')
      return self:finish(text)
    end
    local server
    server = http.createServer(function(_, res) res:json('[]') end)
    server:listen(0, '127.0.0.1', expect(function()
      talk(server:address().port, GET, expect(function(answer)
        assert(answer:find('application/json', 1, true) and bodyOf(answer) == '[]')
        ServerResponse.json = nil
        server:close()
      end))
    end))

    local Server = require('http/server').Server:extend()
    function Server:hello() return 'hello' end
    local own = Server:new({ maxHeaderSize = 1000 }, function() end)
    assert(own:hello() == 'hello' and own.maxHeaderSize == 1000 and own.keepAliveTimeout == 5000)
    own.keepAliveTimeout = 7
    assert(own.keepAliveTimeout == 7)

    -- As luvit's own test does, with a socket that is none.
    local res = ServerResponse:new(require('core').Emitter:new())
    local errors = 0
    res:on('error', function(err)
      errors = errors + 1
      assert(err == errors)
    end)
    res:emit('error', 1)
    res:emit('error', 2)
    assert(errors == 2)
  end)

  test('a request and its response as streams', function(expect)
    local stream = require('stream')
    local server
    server = http.createServer(function(req, res)
      local upper = stream.Transform:extend()
      function upper:_transform(chunk, callback) callback(nil, chunk:upper()) end
      req:pipe(upper:new()):pipe(res)
      res:on('finish', expect(function()
        assert(req.complete and not req.aborted)
        server:close()
      end))
    end)
    server:listen(0, '127.0.0.1', expect(function()
      local request = 'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello'
      talk(server:address().port, request, expect(function(answer)
        assert(answer:find('\r\n5\r\nHELLO\r\n0\r\n\r\n$'))
      end))
    end))
  end)

  test('a body read with read() and readable', function(expect)
    local server
    server = http.createServer(function(req, res)
      local parts = {}
      req:on('readable', function()
        local chunk = req:read()
        while chunk do
          parts[#parts + 1] = chunk
          chunk = req:read()
        end
      end)
      req:on('end', expect(function()
        res:finish(table.concat(parts))
        server:close()
      end))
    end)
    server:listen(0, '127.0.0.1', expect(function()
      local request = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n'
      talk(server:address().port, request, expect(function(answer) assert(bodyOf(answer) == 'abcde') end))
    end))
  end)

  test('handleConnection on the sockets of a net server', function(expect)
    local net = require('net')
    local closed = 0
    local server
    server = net.createServer(function(socket)
      socket:on('close', function() closed = closed + 1 end)
      http.handleConnection(socket, function(req, res)
        local parts = {}
        req:on('data', function(chunk) parts[#parts + 1] = chunk end)
        req:on('end', function()
          assert(req.socket == socket)
          timer.setImmediate(function()
            res:writeHead(200, { ['X-A'] = 'b' })
            res:finish(req.url .. table.concat(parts))
          end)
        end)
      end)
    end)
    server:listen(0, '127.0.0.1', expect(function()
      local request = get('/1') .. 'POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc' .. get('/3')
      local port = server:address().port
      talk(port, request, expect(function(answer)
        local bodies = {}
        for body in answer:gmatch('\r\n\r\n(/%d%l*)') do bodies[#bodies + 1] = body end
        assert(table.concat(bodies, ' ') == '/1 /2abc /3', answer)
        talk(port, 'BAD\r\n\r\n', expect(function(refused)
          assert(refused:find('^HTTP/1.1 400'))
          server:close()
          timer.setTimeout(50, expect(function() assert(closed == 2) end))
        end))
      end))
    end))
  end)

  test('handleConnection on any stream, with backpressure', function(expect)
    local stream = require('stream')
    local Fake = stream.Duplex:extend()
    function Fake:_read() end
    function Fake:_write(chunk, callback)
      self.sent = (self.sent or '') .. chunk
      timer.setTimeout(1, callback)
    end
    function Fake:destroy() self.destroyed = true end
    local fake = Fake:new()
    http.handleConnection(fake, expect(function(req, res)
      local left = 20
      local function go()
        while left > 0 do
          left = left - 1
          if not res:write(('x'):rep(10000)) then return res:once('drain', go) end
        end
        res:finish('end of ' .. req.url)
      end
      go()
    end))
    fake:on('finish', expect(function()
      assert(fake.sent:find('^HTTP/1.1 200 OK\r\n') and fake.sent:find('end of /fake', 1, true))
      assert(#fake.sent > 200000)
    end))
    fake:push('GET /fake HTTP/1.1\r\nHost: a\r\nConnection: ')
    timer.setTimeout(2, function() fake:push('close\r\n\r\n') end)
  end)

  test('upgrade event over handleConnection', function(expect)
    local net = require('net')
    local server
    server = net.createServer(function(socket)
      http.handleConnection(socket, function(req)
        assert(req.is_upgraded)
        local plain = req.socket
        assert(plain == socket)
        plain:write('HTTP/1.1 101 Switching Protocols\r\n\r\n')
        plain:on('data', function(chunk)
          plain:write('got ' .. chunk)
          plain:_end()
        end)
        plain:resume()
      end)
    end)
    server:listen(0, '127.0.0.1', expect(function()
      local request = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nunread'
      talk(server:address().port, request, expect(function(answer)
        assert(answer == 'HTTP/1.1 101 Switching Protocols\r\n\r\ngot unread', answer)
        server:close()
      end))
    end))
  end)

  test('every write is answered, also when the peer vanishes', function(expect)
    local server
    server = http.createServer(expect(function(_, res)
      local chunk, written, answered, failed = ('x'):rep(1e6), 0, 0, 0
      local function onWritten(err)
        answered = answered + 1
        if err then failed = failed + 1 end
        if answered < written then return end
        assert(failed >= 3, failed)
        server:close()
      end
      -- More than the system takes, and a few beyond that.
      local over = 0
      while over < 3 do
        written = written + 1
        if not res:write(chunk, onWritten) then over = over + 1 end
      end
      res:on('close', expect(function() end, 1))
    end, 1))
    server:listen(0, '127.0.0.1')
    local client = uv.new_tcp()
    client:connect('127.0.0.1', server:address().port, expect(function()
      client:write(GET)
      timer.setTimeout(30, expect(function() client:close() end))
    end))
  end)

  test('the callback of a second finish gets an error', function(expect)
    local server
    server = http.createServer(expect(function(_, res)
      res:finish('a', expect(function(err) assert(err == nil, err) end, 1))
      res:finish(expect(function(err) assert(err == 'write after end', err) end, 1))
    end))
    server:listen(0, '127.0.0.1')
    talk(server:address().port, GET, expect(function(answer)
      assert(bodyOf(answer) == 'a')
      server:close()
    end))
  end)

  test('wrong heads are told where they are made', function(expect)
    local server
    server = http.createServer(expect(function(_, res)
      for text, wrong in pairs({
        ["bad argument 'name' to 'setHeader' (string expected, got nil)"] = function() res:setHeader() end,
        ["bad argument 'name' to 'removeHeader' (string expected, got number)"] = function() res:removeHeader(1) end,
        ["bad argument 'status' to 'writeHead' (integer from 100 to 999 expected, got ok)"] = function()
          res:writeHead('ok')
        end,
        ["bad argument 'status' to 'writeHead' (integer from 100 to 999 expected, got 99)"] = function()
          res:writeHead(99)
        end,
      }) do
        local ok, err = pcall(wrong)
        assert(not ok and err:match('http%-server%.lua:%d+: (.*)$') == text, err)
      end
      res:finish()
    end))
    server:listen(0, '127.0.0.1')
    talk(server:address().port, GET, expect(function() server:close() end))
  end)

  test('sendDate and keepAlive alone change a head', function(expect)
    local server
    server = http.createServer(function(req, res)
      if req.url == '/date' then res.sendDate = false else res.keepAlive = false end
      res:finish('x')
    end)
    server:listen(0, '127.0.0.1')
    local port = server:address().port
    talk(port, get('/date'), expect(function(dateless)
      assert(not dateless:find('\r\nDate:', 1, true), dateless)
      talk(port, get('/close'), expect(function(closing)
        assert(closing:find('\r\nDate:', 1, true) and closing:find('\r\nConnection: close\r\n', 1, true), closing)
        server:close()
      end))
    end))
  end)

  test('wrong arguments of a server are told where they are given', function()
    local server = http.createServer()
    for text, wrong in pairs({
      ["bad value for 'maxHeaderSize' (number of at least 0 expected, got -1)"] = function()
        http.createServer({ maxHeaderSize = -1 })
      end,
      ["bad argument 'onRequest' to 'createServer' (function expected, got number)"] = function()
        http.createServer({}, 5)
      end,
      ["bad argument 'callback' to 'listen' (function expected, got string)"] = function()
        server:listen(0, '127.0.0.1', 5, 'x')
      end,
      ["bad argument 'backlog' to 'listen' (number expected, got string)"] = function()
        server:listen(0, '127.0.0.1', 'many')
      end,
      ["bad argument 'callback' to 'close' (function expected, got number)"] = function() server:close(5) end,
      ["bad argument 'callback' to 'getConnections' (function expected, got nil)"] = function()
        server:getConnections()
      end,
      ["bad value for 'timeout' (number of at least 0 expected, got soon)"] = function() server:setTimeout('soon') end,
      ["bad argument 'socket' to 'handleConnection' (stream expected, got nil)"] = function()
        http.handleConnection(nil, print)
      end,
    }) do
      local ok, err = pcall(wrong)
      assert(not ok and err:match('http%-server%.lua:%d+: (.*)$') == text, err)
    end
    assert(not server.listening)
  end)

  test('who listens to a finished response hears of its end', function(expect)
    local server
    server = http.createServer(expect(function(_, res)
      res:finish('a')
      local events = {}
      for _, name in ipairs({ 'finish', 'close' }) do
        res:on(name, expect(function() events[#events + 1] = name end, 1))
      end
      timer.setTimeout(5, expect(function()
        assert(table.concat(events, ' ') == 'finish close', table.concat(events, ' '))
        res:on('close', error)
      end, 1))
    end, 1))
    server:listen(0, '127.0.0.1')
    talk(server:address().port, GET, expect(function() server:close() end))
  end)

  test('a server that is unreferenced does not keep the program', function(expect)
    local before, after = http.createServer():unref(), http.createServer()
    before:listen(0, '127.0.0.1', expect(function() end, 1))
    after:listen(0, '127.0.0.1', expect(function() after:unref() end, 1))
    -- Ends only if nothing is alive.
    timer.setTimeout(1, expect(function()
      uv.run()
      after:ref()
      assert(after._handle:has_ref() and not before._handle:has_ref())
      before:close()
      after:close()
    end))
  end)

  test('an upload that loses its reader after the answer does not hold the connection', function(expect)
    local Writable = require('stream').Writable
    local server, client
    server = http.createServer(expect(function(req, res)
      local stuck = Writable:new()
      function stuck:_write() end
      req:pipe(stuck)
      timer.setTimeout(50, expect(function()
        res:finish('enough')
        req:unpipe(stuck)
      end))
    end))
    server:listen(0, '127.0.0.1')
    client = require('net').connect(server:address().port, '127.0.0.1', expect(function()
      client:write('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n')
      client:write(('x'):rep(20000000))
    end))
    client:once('data', expect(function(answer)
      assert(bodyOf(answer) == 'enough', answer)
      -- The server reads on: it notices that the client leaves, and has nothing left to wait for.
      client:destroy()
      server:close(expect(function() end))
    end))
  end)

  test('the module has what luvit has', function()
    for _, name in ipairs({
      'createServer', 'handleConnection', 'request', 'get', 'parseUrl',
      'IncomingMessage', 'ServerResponse', 'ClientRequest', 'headerMeta',
    }) do
      assert(http[name] ~= nil, name)
    end
    for _, name in ipairs({
      'setHeader', 'getHeader', 'removeHeader', 'writeHead', 'write', 'finish', 'flushHeaders',
    }) do
      assert(type(http.ServerResponse[name]) == 'function', name)
    end
  end)
end)
