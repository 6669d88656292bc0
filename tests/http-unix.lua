-- HTTP and HTTPS over local sockets, and connections that a program makes itself.

local fs = require('fs')
local http = require('http')
local https = require('https')
local net = require('net')
local tls = require('tls')
local uv = require('uv')
local pair = require('./libs/tls-pair')

local function text(res, done)
  local parts = {}
  res:on('data', function(part) parts[#parts + 1] = part end)
  res:on('end', function() done(table.concat(parts)) end)
end

local windows = require('los').type() == 'win32'
local count = 0
local function path()
  count = count + 1
  local name = ('luvit-http-%d-%d.sock'):format(uv.os_getpid(), count)
  return windows and '\\\\.\\pipe\\' .. name or (uv.os_tmpdir() .. '/' .. name)
end

require('tap')(function(test)
  for _, case in ipairs({ { http, {} }, { https, pair.identity('server') } }) do
    local module, options = case[1], case[2]
    local name = module == http and 'http' or 'https'

    test(name .. ' over a local socket', function(expect)
      local where = path()
      local server = module.createServer(options, function(req, res)
        res:finish(req.method .. ' ' .. req.url .. ' ' .. req.headers.host)
      end)
      server:listen(where, expect(function()
        assert(server:address() == where)
        local agent = module.Agent:new({ keepAlive = true, ca = pair.read('root-cert.pem') })
        local function ask(done)
          local req = module.request({ socketPath = where, path = '/a', agent = agent, method = 'PUT' }, function(res)
            text(res, function(got) done(got, res) end)
          end)
          req:done('body')
          return req
        end
        ask(expect(function(got)
          assert(got == 'PUT /a localhost', got)
          local again = ask(expect(function(second)
            assert(second == got)
            agent:destroy()
            server:close(expect(function() assert(windows or not fs.existsSync(where)) end))
          end))
          again:on('socket', expect(function() assert(again.reusedSocket) end))
        end))
      end))
    end)

    test(name .. ' listens on { path }, and says what is in the way', function(expect)
      local where = path()
      local server, other = module.createServer(options), module.createServer(options)
      server:listen({ path = where, backlog = 5 }, expect(function()
        other:on('error', expect(function(err)
          assert(err.code == 'EADDRINUSE' and err.message:find(where, 1, true), err.message)
          server:close()
        end))
        other:listen(where, 5)
      end))
      assert(not pcall(module.createServer(options).listen, module.createServer(options), { path = '' }))
      assert(not pcall(module.createServer(options).listen, module.createServer(options), { path = 5 }))
    end)

    test(name .. ' with connections of the program', function(expect)
      local server = module.createServer(options, function(_, res) res:finish('ok') end)
      server:listen(0, '127.0.0.1', expect(function()
        local port, left = server:address().port, 4
        local connect = module == http and net.connect or tls.connect
        local function done(res)
          text(res, expect(function(got)
            assert(got == 'ok')
            left = left - 1
            if left == 0 then server:close() end
          end))
        end
        local to = { host = 'localhost', port = port, ca = pair.read('root-cert.pem') }
        local function with(more) return setmetatable(more, { __index = to }) end
        -- Returned, or called back; the options are those of the connection as well.
        module.get(with({ createConnection = expect(function(given) return connect(given) end) }), done)
        module.get(with({ createConnection = expect(function(given, callback)
          local socket
          socket = connect(given)
          socket:once(module == http and 'connect' or 'secureConnect', function() callback(nil, socket) end)
        end) }), done)
        local agent = module.Agent:new({ ca = to.ca })
        agent.createConnection = expect(function(_, given) return connect(given) end)
        module.get({ host = 'localhost', port = port, agent = agent }, done)
        local later = module.Agent:new({ ca = to.ca })
        later.createConnection = expect(function(_, given, callback) callback(nil, connect(given)) end)
        module.get({ host = 'localhost', port = port, agent = later }, done)
        local failing = module.get(with({ createConnection = function(_, callback) callback('ENOENT') end }))
        failing:on('error', expect(function(err) assert(err == 'ENOENT') end))
      end))
    end)
  end

  test('names of connections', function()
    local agent = http.Agent:new()
    assert(agent:getName() == 'localhost:80')
    assert(agent:getName({ host = 'a', port = 1 }) == 'a:1')
    assert(agent:getName({ host = 'a', port = 1, localAddress = '::1' }) ~= 'a:1')
    assert(agent:getName({ host = 'a', port = 1, socketPath = '/x' }) ~= 'a:1')
    assert(https.Agent:new():getName({ host = 'a', port = 1 }) == 'a:1 as a')
    assert(https.Agent:new():getName() == 'localhost:443 as localhost')
  end)

  test('where a request comes from', function(expect)
    local server
    server = http.createServer(function(req, res)
      assert(req.socket.remoteAddress == '127.0.0.2' and req.headers.host == nil)
      res:finish()
    end)
    server:listen(0, '127.0.0.1', expect(function()
      local port = server:address().port
      http.get({ host = '127.0.0.1', port = port, localAddress = '127.0.0.2', setHost = false, agent = false },
        expect(function(res)
          res:resume()
          server:close()
        end))
      assert(not pcall(http.get, { port = port, localAddress = 5 }))
      assert(not pcall(http.get, { port = port, socketPath = 5 }))
      assert(not pcall(http.get, { port = port, createConnection = 5 }))
    end))
  end)

  test('closeIdleConnections leaves those who have not asked yet', function(expect)
    local server
    server = http.createServer(function(_, res) res:finish('ok') end)
    server:listen(0, '127.0.0.1', expect(function()
      local port = server:address().port
      local socket
      server:once('connection', expect(function()
        server:closeIdleConnections()
        socket:write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
      end))
      socket = net.connect(port, '127.0.0.1')
      socket:once('data', expect(function(data)
        assert(data:find('^HTTP/1.1 200'))
        socket:on('end', expect(function() server:close() end))
        server:closeIdleConnections()
      end))
    end))
  end)

  test('wrong arguments of the end are told early', function(expect)
    local server
    server = http.createServer(expect(function(_, res)
      for _, call in ipairs({
        function() res:_end({}) end, function() res:_end('x', 5) end, function() res:finish('x', 'y') end,
        function() res:write('x', 5) end, function() res:_end(5) end,
      }) do
        local line = debug.getinfo(call, 'S').linedefined
        local ok, err = pcall(call)
        assert(not ok and err:find(('http-unix.lua:%d: bad argument'):format(line), 1, true), tostring(err))
      end
      res:_end('ok', expect(function() server:close() end))
    end))
    server:listen(0, '127.0.0.1', expect(function()
      local req = http.request({ host = '127.0.0.1', port = server:address().port }, expect(function(res)
        text(res, expect(function(got) assert(got == 'ok') end))
      end))
      for _, call in ipairs({
        function() req:done({}) end, function() req:_end('x', 5) end, function() req:_end({}) end,
      }) do
        local line = debug.getinfo(call, 'S').linedefined
        local ok, err = pcall(call)
        assert(not ok and err:find(('http-unix.lua:%d: bad argument'):format(line), 1, true), tostring(err))
      end
      req:_end()
    end))
  end)
end)
