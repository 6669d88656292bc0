-- TLS with the programs that others speak it with: OpenSSL and node, on both sides.

local childprocess = require('childprocess')
local tls = require('tls')
local pair = require('./libs/tls-pair')
local programs = require('./libs/crypto-programs')

local read, path, identity, client = pair.read, pair.path, pair.identity, pair.client

-- Runs a program; `done` gets all it printed.
local function run(program, words, done)
  local child = childprocess.spawn(program, words)
  local parts = {}
  local function collect(chunk) parts[#parts + 1] = chunk end
  child.stdout:on('data', collect)
  child.stderr:on('data', collect)
  child:on('close', function() done(table.concat(parts)) end)
  return child, function() return table.concat(parts) end
end

-- Calls back when a program has printed what matches.
local function whenPrinted(child, pattern, callback)
  local text, over = '', false
  local function look(chunk)
    text = text .. chunk
    local match = text:match(pattern)
    if match and not over then
      over = true
      callback(match)
    end
  end
  child.stdout:on('data', look)
  child.stderr:on('data', look)
end

local function echo(socket)
  socket:on('error', function() end)
  socket:pipe(socket)
end

require('tap')(function(describe)
  -- The first word of a test's name is the program that it needs.
  local function test(name, fn)
    local program = name:match('^%w+')
    describe(name, { skip = not programs.has(program) and program .. ' is not installed' or nil }, fn)
  end

  for _, version in ipairs({ 'tls1_2', 'tls1_3' }) do
    test('openssl s_client with ' .. version, function(expect)
      local names = {}
      pair.serve(identity('server', { ALPNProtocols = { 'b' } }), function(socket)
        names[#names + 1] = socket.servername .. ' ' .. socket.alpnProtocol
        echo(socket)
      end, function(server, port)
        local child
        child = run('openssl', {
          's_client', '-connect', '127.0.0.1:' .. port, '-' .. version, '-CAfile', path('root-cert.pem'), '-servername', 'x.a.test',
          '-verify_hostname', 'x.a.test', '-verify_return_error', '-alpn', 'a,b', '-ign_eof',
        }, expect(function(output)
          assert(output:find('Verify return code: 0 (ok)', 1, true), output)
          assert(output:find('\nhello over there\n', 1, true), output)
          assert(output:find('ALPN protocol: b', 1, true), output)
          assert(names[1] == 'x.a.test b', names[1])
          server:close()
        end))
        whenPrinted(child, 'Verify return code', function() child.stdin:write('hello over there\n') end)
        whenPrinted(child, '\nhello over there', function() child:kill() end)
      end)
    end)

    test('openssl s_client resumes with ' .. version, function(expect)
      local reused = {}
      pair.serve(identity('server'), function(socket)
        reused[#reused + 1] = tostring(socket:isSessionReused())
        socket:on('error', function() end)
        socket:_end('bye\n')
      end, function(server, port)
        local file = os.tmpname()
        local function once(way, done)
          local child = run('openssl', { 's_client', '-connect', '127.0.0.1:' .. port, '-' .. version, way, file, '-ign_eof' }, done)
          child.stdin:_end()
        end
        once('-sess_out', expect(function()
          once('-sess_in', expect(function()
            os.remove(file)
            assert(table.concat(reused, ' ') == 'false true', table.concat(reused, ' '))
            server:close()
          end))
        end))
      end)
    end)
  end

  test('openssl s_client updates its keys, and asks for ours', function(expect)
    pair.serve(identity('server'), echo, function(server, port)
      local child
      child = run('openssl', { 's_client', '-connect', '127.0.0.1:' .. port, '-tls1_3' }, expect(function(output)
        assert(output:find('KEYUPDATE', 1, true) and output:find('\nafter it\n', 1, true), output)
        server:close()
      end))
      local lines = { 'before', 'K', 'k', 'K', 'after it' }
      whenPrinted(child, 'Verify return code', function()
        local function nextLine()
          local line = table.remove(lines, 1)
          if not line then return end
          child.stdin:write(line .. '\n')
          require('timer').setTimeout(30, nextLine)
        end
        nextLine()
      end)
      whenPrinted(child, '\nafter it', function() child:kill() end)
    end)
  end)

  test('openssl s_client may not renegotiate', function(expect)
    pair.serve(identity('server'), echo, function(server, port)
      local child = run('openssl', { 's_client', '-connect', '127.0.0.1:' .. port, '-tls1_2' }, expect(function(output)
        assert(output:find('RENEGOTIATING', 1, true) and output:find('no renegotiation', 1, true), output)
        server:close()
      end))
      whenPrinted(child, 'Verify return code', function() child.stdin:write('R\n') end)
      whenPrinted(child, 'no renegotiation', function() child:kill() end)
    end)
  end)

  test('openssl s_client with versions that are too old', function(expect)
    pair.serve(identity('server'), function() error('secure') end, function(server, port)
      server:on('tlsClientError', expect(function(err)
        assert(err.code == 'ERR_SSL_UNSUPPORTED_PROTOCOL', err.code)
        server:close()
      end, 1))
      run('openssl', { 's_client', '-connect', '127.0.0.1:' .. port, '-tls1_1', '-cipher', 'ALL:@SECLEVEL=0' }, expect(function(output)
        assert(output:find('protocol version', 1, true), output)
      end)).stdin:_end()
    end)
  end)

  test('openssl s_client shows a certificate', function(expect)
    pair.serve(identity('server', { requestCert = true, ca = read('root-cert.pem') }), expect(function(socket)
      assert(socket.authorized and socket:getPeerCertificate().subject.O == 'Luvit')
      socket:on('error', function() end)
      socket:_end()
    end), function(server, port)
      run('openssl', {
        's_client', '-connect', '127.0.0.1:' .. port, '-cert', path('client-cert.pem'), '-key', path('client-key.pem'), '-ign_eof',
      }, expect(function(output)
        assert(output:find('Acceptable client certificate CA names\nCN = Luvit Test Root', 1, true), output)
        server:close()
      end)).stdin:_end()
    end)
  end)

  -- `openssl s_server` on a port of its choice.
  local function serveOpenssl(words, ready)
    local all = { 's_server', '-accept', '0', '-cert', path('server-cert.pem'), '-key', path('server-key.pem') }
    for _, word in ipairs(words) do all[#all + 1] = word end
    local child = run('openssl', all, function() end)
    whenPrinted(child, 'ACCEPT [^\n]-:(%d+)', function(port) ready(tonumber(port), child) end)
  end

  for _, version in ipairs({ 'tls1_2', 'tls1_3' }) do
    test('openssl s_server with ' .. version, function(expect)
      serveOpenssl({ '-rev', '-' .. version, '-alpn', 'b' }, expect(function(port, child)
        local function talk(reused, done)
          local socket
          socket = tls.connect(client(port, { ALPNProtocols = { 'a', 'b' } }), expect(function()
            assert(socket.authorized and socket.alpnProtocol == 'b')
            assert(socket:isSessionReused() == reused)
            socket:write('hello\n')
          end))
          socket:on('error', function(err) error(err.message or err) end)
          socket:once('data', expect(function(chunk)
            assert(chunk == 'olleh\n', chunk)
            socket:destroy()
            done()
          end))
        end
        talk(false, expect(function() talk(true, expect(function() child:kill() end)) end))
      end))
    end)
  end

  test('openssl s_server that asks for a certificate, staples, and is old', function(expect)
    serveOpenssl({ '-rev', '-Verify', '1', '-CAfile', path('root-cert.pem'), '-verify_return_error' }, expect(function(port, child)
      pair.try(client(port), function(err, bare)
        -- With TLS 1.3 the client learns later that it was refused.
        if not err then
          bare:on('error', expect(function(later)
            assert(later.code == 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', later.code)
          end))
        end
        local socket
        socket = tls.connect(client(port, identity('client')), expect(function() socket:write('x\n') end))
        socket:once('data', expect(function()
          socket:destroy()
          child:kill()
        end))
      end)
    end))
    serveOpenssl({ '-tls1_1', '-cipher', 'ALL:@SECLEVEL=0' }, expect(function(port, child)
      pair.try(client(port), expect(function(err)
        assert(err.code == 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', err.code)
        child:kill()
      end))
    end))
  end)

  test('node as client', function(expect)
    pair.serve(identity('server'), function(socket)
      socket:on('error', function() end)
      local got = ''
      socket:on('data', function(chunk) got = got .. chunk end)
      socket:on('end', function() socket:_end(#got .. got:sub(-3)) end)
    end, function(server, port)
      run('node', { '-e', ([[
        const tls = require('tls'), fs = require('fs')
        const socket = tls.connect({ port: %d, host: '127.0.0.1', servername: 'localhost', ca: fs.readFileSync('%s'), allowHalfOpen: true }, () => {
          socket.write('x'.repeat(1000000))
          socket.end('end')
        })
        let text = ''
        socket.on('data', (chunk) => text += chunk)
        socket.on('end', () => console.log(text, socket.authorized, socket.getProtocol()))
      ]]):format(port, path('root-cert.pem')) }, expect(function(output)
        assert(output == '1000003end true TLSv1.3\n', output)
        server:close()
      end))
    end)
  end)

  test('node as server', function(expect)
    local child
    child = run('node', { '-e', ([[
      const tls = require('tls'), fs = require('fs')
      const server = tls.createServer({ cert: fs.readFileSync('%s'), key: fs.readFileSync('%s'), allowHalfOpen: true }, (socket) => {
        let size = 0
        socket.on('data', (chunk) => size += chunk.length)
        socket.on('end', () => socket.end('y'.repeat(size)))
      })
      server.listen(0, '127.0.0.1', () => console.log('port ' + server.address().port))
    ]]):format(path('server-cert.pem'), path('server-key.pem')) }, expect(function() end))
    whenPrinted(child, 'port (%d+)\n', expect(function(port)
      local socket, got = nil, 0
      socket = tls.connect(client(tonumber(port), { host = '127.0.0.1', allowHalfOpen = true }), expect(function()
        socket:write(('x'):rep(700000))
        socket:_end()
      end))
      socket:on('data', function(chunk) got = got + #chunk end)
      socket:on('end', expect(function()
        assert(got == 700000, got)
        child:kill()
      end))
    end))
  end)
end)
