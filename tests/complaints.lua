-- What users of luvit 2 complained about, each shown not to happen: in the users' words, with the issue it was reported in.
--
-- Those that have a test where their part is tested stand there:
--   handles and the collector (luv#701, #193, #244, #503, #819)     uv-lifetime, uv-collect, uv-finalizer
--   threads (luv#636, #564, #639; evo-runtime#574)                   uv-thread, thread
--   traces cut off or garbled (luvit#1101, #1124, lit#273)           errors
--   clients without timeout, half answers (lit#216, #217)            http-client
--   two packets an answer; bodies without bound (weblit#1)           crates/luvit-cli/tests/http.rs
--   standard streams of every kind, from the outside                 crates/luvit-cli/tests/cli.rs
--   the REPL (luvit#1107, #1158, #1035, #1038; pasted lines)         repl, readline
--   names that do not resolve, hosts (luvit#742, #815, #872)         dns
--   handshakes that peers break off (luvit#986)                      tls-hostile-server, tls-hostile-client

local childprocess, dgram, dns = require('childprocess'), require('dgram'), require('dns')
local fs, http, net = require('fs'), require('http'), require('net')
local querystring, thread, timer = require('querystring'), require('thread'), require('timer')
local tls = require('tls')
local uv = require('uv')

local luvit = uv.exepath()

---A file of fixtures/tls.
local function fixture(name)
  return assert(fs.readFileSync(module.dir .. '/fixtures/tls/' .. name))
end

---A server that answers with what it gets.
---@param name string of the certificate
---@param options? table
---@param callback fun(port: integer, server: table)
local function secureServer(name, options, callback)
  options = options or {}
  options.cert, options.key = fixture(name .. '-cert.pem'), fixture(name .. '-key.pem')
  local server
  server = tls.createServer(options, function(socket) socket:pipe(socket) end)
  server:listen(0, '127.0.0.1', function() callback(server:address().port, server) end)
end

---Runs a script in a luvit of its own.
---@param script string
---@param input integer|string its standard input, as `stdio` of `spawn` takes it
---@param callback fun(code: integer, output: string)
---@return luvit.childprocess.Process
local function run(script, input, callback)
  local path = os.tmpname()
  local file = assert(io.open(path, 'w'))
  file:write(script)
  file:close()
  local child = childprocess.spawn(luvit, { path }, { stdio = { input, 'pipe', 'pipe' } })
  local parts = {}
  local function onData(chunk) parts[#parts + 1] = chunk end
  child.stdout:on('data', onData)
  child.stderr:on('data', onData)
  child:on('close', function(code)
    os.remove(path)
    callback(code, (table.concat(parts):gsub('\r\n', '\n')))
  end)
  return child
end

local READS = [[
  local parts = {}
  process.stdin:on('data', function(chunk) parts[#parts + 1] = chunk end)
  process.stdin:on('end', function() print('read ' .. table.concat(parts)) end)
]]

require('tap')(function(test)
  test('luvit 1023, 1083: standard input from a file', function(expect)
    local path = os.tmpname()
    local file = assert(io.open(path, 'w'))
    file:write('from a file')
    file:close()
    local fd = assert(uv.fs_open(path, 'r', 0))
    run(READS, fd, expect(function(code, output)
      assert(code == 0 and output == 'read from a file\n', output)
      uv.fs_close(fd)
      os.remove(path)
    end))
  end)

  test('luvit 1094: standard input from a pipe, and none at all', function(expect)
    local child = run(READS, 'pipe', expect(function(code, output)
      assert(code == 0 and output == 'read from a pipe\n', output)
    end))
    child.stdin:_end('from a pipe')
    run(READS, 'ignore', expect(function(code, output) assert(code == 0 and output == 'read \n', output) end))
  end)

  test("luvit 1087: 'uncaughtException' hears errors of the callbacks of every module", function(expect)
    local expected = {}
    local function fails(name)
      expected[name] = true
      return function() error('failed: ' .. name, 0) end
    end
    local function caught(err)
      local name = err:match('^failed: (.+)$')
      assert(name and expected[name], err)
      expected[name] = nil
      if next(expected) == nil then process:removeListener('uncaughtException', caught) end
    end
    -- Before the harness, for which an error is a failure.
    local harness = process:listeners('uncaughtException')
    process:removeAllListeners('uncaughtException')
    process:on('uncaughtException', caught)

    timer.setTimeout(1, fails('setTimeout'))
    timer.setImmediate(fails('setImmediate'))
    process.nextTick(fails('nextTick'))
    fs.stat('.', fails('fs.stat'))
    fs.readFile(module.path, fails('fs.readFile'))
    dns.resolve4('127.0.0.1', fails('dns.resolve4'))
    childprocess.execFile(luvit, { '-e', '1' }, fails('childprocess.execFile'))
    thread.queue(thread.work(function() end, fails('thread.work')))
    local socket = dgram.createSocket('udp4')
    socket:bind(0, '127.0.0.1')
    socket:once('message', function()
      socket:close()
      fails('dgram message')()
    end)
    expected['dgram message'] = true
    socket:send('x', socket:address().port, '127.0.0.1')
    local server
    server = net.createServer(function(client)
      server:close()
      client:destroy()
      fails('net connection')()
    end):listen(0, '127.0.0.1', function()
      net.connect(server:address().port, '127.0.0.1'):on('error', function() end):resume()
    end)
    expected['net connection'] = true
    local web
    web = http.createServer(function(_, res)
      res:finish('x')
      web:close()
      fails('http request')()
    end):listen(0, '127.0.0.1', function()
      http.get('http://127.0.0.1:' .. web:address().port, function(res) res:resume() end):on('error', function() end)
    end)
    expected['http request'] = true

    local done = expect(function() end)
    local function look()
      if next(expected) then return timer.setTimeout(1, look) end
      for i = 1, #harness do process:on('uncaughtException', harness[i]) end
      done()
    end
    look()
  end)

  test('luvit 1211, 953, 821: a keep-alive connection grows with every request', function(expect)
    local server, first, requests = nil, nil, 0
    local function listeners(socket)
      local count = 0
      for _, list in pairs(rawget(socket, 'handlers') or {}) do count = count + #list end
      return count
    end
    server = http.createServer(function(req, res)
      requests = requests + 1
      if requests == 1000 or requests == 10000 then
        for _ = 1, 3 do collectgarbage() end
        local now = { count = listeners(req.socket), memory = collectgarbage('count') }
        first = first or now
        assert(now.count == first.count and now.memory < first.memory + 20)
      end
      res:finish('x')
    end):listen(0, '127.0.0.1', function()
      local client
      client = net.connect(server:address().port, '127.0.0.1', function()
        client:write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
      end)
      client:on('data', expect(function()
        if requests < 10000 then return client:write('GET / HTTP/1.1\r\nHost: x\r\n\r\n') end
        client:destroy()
        server:close()
      end))
    end)
  end)

  test('luvit 976: form data of more than 8 KB', function(expect)
    local form = querystring.stringify({ text = ('a b'):rep(10000) })
    local server
    server = http.createServer(function(req, res)
      local parts = {}
      req:on('data', function(chunk) parts[#parts + 1] = chunk end)
      req:on('end', function()
        res:finish(tostring(#querystring.parse(table.concat(parts)).text))
        server:close()
      end)
    end):listen(0, '127.0.0.1', function()
      http.request({
        port = server:address().port, method = 'POST',
        headers = { { 'Content-Type', 'application/x-www-form-urlencoded' }, { 'Content-Length', #form } },
      }, expect(function(res)
        res:on('data', expect(function(chunk) assert(chunk == '30000') end))
      end)):done(form)
    end)
  end)

  test('lune 353: a child that writes more than a pipe holds blocks for ever', function(expect)
    local script = 'io.write(("x"):rep(1000000)) io.stderr:write(("y"):rep(1000000))'
    childprocess.execFile(luvit, { '-e', 'do ' .. script .. ' end' }, expect(function(err, out, errors)
      assert(not err and #out == 1000000 and #errors == 1000000)
    end))
  end)

  test("exec says 'Command killed' whatever happened", function(expect)
    childprocess.exec('exit 3', expect(function(err)
      assert(tostring(err):find('exit code 3', 1, true) and not tostring(err):find('killed'), tostring(err))
    end))
  end)

  test('spawn without env gives an empty environment', function(expect)
    process.env.LUVIT_TEST_INHERITED = 'yes'
    local script = 'io.write(tostring(os.getenv("LUVIT_TEST_INHERITED")))'
    local child = childprocess.spawn(luvit, { '-e', 'do ' .. script .. ' end' })
    child.stdout:once('data', expect(function(chunk) assert(chunk == 'yes', chunk) end))
    process.env.LUVIT_TEST_INHERITED = nil
  end)

  test('luvit 1022, 983: require in a thread finds what the program finds', function()
    local handle = thread.start(function()
      assert(require('./fixtures/thread/greeting') and require('fs') and require('http'))
    end)
    assert(handle:join())
  end)

  test('luv 735: an error in the work of a thread is lost, or the end of the program', function(expect)
    run([[
      local thread = require('thread')
      local work = thread.work(function() error('in the work') end, function() end)
      thread.queue(work)
      require('timer').setTimeout(50, function() print('still here') end)
    ]], 'ignore', expect(function(_, output)
      assert(output:find('in the work', 1, true) and output:find('still here', 1, true), output)
    end))
  end)

  test('luvit 766: no resolv.conf, or a broken one, is a crash', function()
    local path = os.tmpname()
    local file = assert(io.open(path, 'wb'))
    file:write('nameserver\nnameserver not-an-address\noptions ndots: timeout:x\n\0\255\nnameserver 127.0.0.9')
    file:close()
    assert(dns.loadResolver({ file = path })[1].host == '127.0.0.9')
    os.remove(path)
    local servers, err = dns.loadResolver({ file = path })
    assert(servers == nil and err:find('^ENOENT'))
    dns.setDefaultServers()
  end)

  test('luvit 1169, 1006: an expired certificate is told from one of an authority that is not known', function(expect)
    secureServer('expired', nil, expect(function(port, server)
      local client = tls.connect({ port = port, host = '127.0.0.1', servername = 'localhost', ca = fixture('root-cert.pem') })
      client:on('error', expect(function(err)
        assert(err.code == 'CERT_HAS_EXPIRED' and tostring(err):find('expired 2024-03-01', 1, true), tostring(err))
        server:close()
      end))
    end))
    secureServer('server', nil, expect(function(port, server)
      local client = tls.connect({ port = port, host = '127.0.0.1' })
      client:on('error', expect(function(err)
        assert(err.code == 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' and tostring(err):find('Luvit Test Root', 1, true), tostring(err))
        server:close()
      end))
    end))
  end)

  test('luvit 1206, 1006: authorities come with the program, and are those of the day it was built', function(expect)
    -- The system's count, and what $SSL_CERT_FILE says they are.
    assert(#tls.rootCertificates > 0)
    secureServer('server', nil, expect(function(port, server)
      local script = ([[
        require('tls').connect({ port = %d, host = '127.0.0.1' }, function(socket)
          print('trusted', socket.authorized)
          socket:destroy()
        end):on('error', print)
      ]]):format(port)
      process.env.SSL_CERT_FILE = module.dir .. '/fixtures/tls/root-cert.pem'
      run(script, 'ignore', expect(function(_, output)
        assert(output == 'trusted\ttrue\n', output)
        server:close()
      end))
      process.env.SSL_CERT_FILE = nil
    end))
  end)

  test('lit 339: a server demands certificates of its clients', function(expect)
    secureServer('server', { ca = fixture('root-cert.pem') }, expect(function(port, server)
      local client
      client = tls.connect({ port = port, host = '127.0.0.1', ca = fixture('root-cert.pem') }, expect(function()
        client:write('x')
        client:on('data', expect(function()
          client:destroy()
          server:close()
        end))
      end))
    end))
  end)

  test('lit 342: connections end without a word, and every handshake is whole', function(expect)
    local ends = 0
    secureServer('server', nil, expect(function(port, server)
      server:on('secureConnection', function(socket)
        socket:on('end', function() ends = ends + 1 end)
      end)
      local function connect(reused, done)
        local client
        client = tls.connect({ port = port, host = '127.0.0.1', ca = fixture('root-cert.pem') }, expect(function()
          assert(client:isSessionReused() == reused)
          client:write('x')
          client:once('data', expect(function() client:_end() end))
          client:on('end', expect(done))
        end))
      end
      connect(false, function()
        connect(true, function()
          assert(ends == 2, ends)
          server:close()
        end)
      end)
    end))
  end)

  test("lit 261, 300, 323: keys of OpenSSH's form are refused without a reason", function()
    local key = [[
-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZWQy
-----END OPENSSH PRIVATE KEY-----
]]
    local ok, err = pcall(tls.createSecureContext, { key = key, cert = fixture('server-cert.pem') })
    assert(not ok and err:find('OpenSSH', 1, true) and err:find('ssh-keygen -p -m PEM', 1, true), err)
  end)

  test('openresty 534, 1455: a client has no certificate to show', function(expect)
    secureServer('server', { ca = fixture('root-cert.pem'), requestCert = true }, expect(function(port, server)
      server:on('secureConnection', expect(function(socket)
        assert(socket.authorized and socket:getPeerCertificate().subject.CN == 'A Client')
      end))
      local client
      client = tls.connect({
        port = port, host = '127.0.0.1', ca = fixture('root-cert.pem'),
        cert = fixture('client-cert.pem'), key = fixture('client-key.pem'),
      }, expect(function()
        client:write('x')
        client:on('data', expect(function()
          client:destroy()
          server:close()
        end))
      end))
    end))
  end)

  test('module:scan of a folder never ends', function()
    local count = 0
    for name in module:scan('fixtures') do
      assert(type(name) == 'string')
      count = count + 1
      assert(count < 1000)
    end
    assert(count > 0)
  end)
end)
