-- Real peers on both sides: `openssl s_client` and `s_server`, curl, node, of today and of yesterday.

local await = require('await')
local peer = require('tls-peer')
local tls = require('tls')
local uv = require('uv')

local hasOpenssl = peer.has('openssl', 'version')
local hasNode = peer.has('node', '--version')
local hasCurl = peer.has('curl', '--version')

require('tap')(function(describe)
  local function test(name, needs, fn)
    local options = { timeout = 120000 }
    if not needs then options.skip = 'the program is missing' end
    describe(name, options, fn)
  end

  -- An `openssl s_client` of one server, and what it says.
  local function client(server, words, input)
    local all = { 's_client', '-connect', '127.0.0.1:' .. server.port, '-CAfile', peer.path('root-cert.pem') }
    for i = 1, #words do all[#all + 1] = words[i] end
    local _, said = peer.run('openssl', all, input or { 'hello\n', 'Q\n' })
    return said
  end

  test('openssl s_client: both versions, every cipher and group', hasOpenssl, function()
    local server = peer.server()
    local cases = {
      { { '-tls1_3' }, 'TLSv1.3' }, { { '-tls1_2' }, 'TLSv1.2' },
      { { '-tls1_3', '-ciphersuites', 'TLS_AES_128_GCM_SHA256' }, 'TLS_AES_128_GCM_SHA256' },
      { { '-tls1_3', '-ciphersuites', 'TLS_AES_256_GCM_SHA384' }, 'TLS_AES_256_GCM_SHA384' },
      { { '-tls1_3', '-ciphersuites', 'TLS_CHACHA20_POLY1305_SHA256' }, 'TLS_CHACHA20_POLY1305_SHA256' },
      { { '-tls1_2', '-cipher', 'ECDHE-ECDSA-AES128-GCM-SHA256' }, 'ECDHE%-ECDSA%-AES128%-GCM%-SHA256' },
      { { '-tls1_2', '-cipher', 'ECDHE-ECDSA-CHACHA20-POLY1305' }, 'ECDHE%-ECDSA%-CHACHA20%-POLY1305' },
      { { '-groups', 'X25519' }, 'X25519' }, { { '-groups', 'P-256' }, 'prime256v1' }, { { '-groups', 'P-384' }, 'secp384r1' },
      -- The first key share is of a group that the server does not take: HelloRetryRequest.
      { { '-groups', 'P-521:P-256' }, 'prime256v1' },
    }
    for _, case in ipairs(cases) do
      local said = client(server, case[1])
      local what = table.concat(case[1], ' ')
      assert(said:find(case[2]), what .. ': ' .. said)
      assert(said:find('Verify return code: 0 (ok)', 1, true), what .. ': ' .. said)
      assert(said:find('hello\n', 1, true), what .. ': no echo: ' .. said)
    end
    assert(#server.errors == 0, table.concat(server.errors, ' '))
    await(server.close, server)
  end)

  test('openssl s_client of yesterday: TLS 1.1, 1.0, broken ciphers', hasOpenssl, function()
    local server = peer.server()
    for _, words in ipairs({ { '-tls1_1' }, { '-tls1' } }) do
      local before = #server.errors
      words[2], words[3] = '-cipher', 'ALL:@SECLEVEL=0'
      local said = client(server, words)
      assert(said:find('alert', 1, true) and not said:find('hello\n', 1, true), said)
      peer.wait(function() return #server.errors > before end)
      assert(server.errors[#server.errors] == 'ERR_SSL_UNSUPPORTED_PROTOCOL', server.errors[#server.errors])
    end
    for _, cipher in ipairs({ 'AES128-SHA', 'AES256-GCM-SHA384', 'NULL-SHA256', 'ADH-AES128-SHA', 'ECDHE-ECDSA-AES128-SHA' }) do
      local said = client(server, { '-tls1_2', '-cipher', cipher .. ':@SECLEVEL=0' })
      assert(said:find('alert', 1, true), cipher .. ': ' .. said)
      assert(server.errors[#server.errors] == 'ERR_SSL_NO_SHARED_CIPHER', server.errors[#server.errors])
    end
    peer.serves(server)
    await(server.close, server)
  end)

  test('openssl s_client: renegotiation is refused', hasOpenssl, function()
    local server = peer.server()
    for _, words in ipairs({ { '-tls1_2' }, { '-tls1_2', '-legacy_renegotiation' } }) do
      local said = client(server, words, { 'hello\n', 'R\n', 'again\n', 'Q\n' })
      assert(said:find('hello\n', 1, true), said)
      assert(said:find('RENEGOTIATING', 1, true), said)
      assert(said:find('no renegotiation', 1, true) or said:find('alert', 1, true), said)
    end
    peer.serves(server)
    await(server.close, server)
  end)

  test('openssl s_client: new keys, wanted and unwanted, and a flood of them', hasOpenssl, function()
    local server = peer.server()
    local said = client(server, { '-tls1_3' }, { 'one\n', 'k\n', 'two\n', 'K\n', 'three\n', 'Q\n' })
    assert(said:find('one\n') and said:find('two\n') and said:find('three\n'), said)
    local before = uv.resident_set_memory()
    said = client(server, { '-tls1_3' }, { 'one\n', ('K\n'):rep(500), 'Q\n' })
    assert(said:find('KEYUPDATE', 1, true), said)
    assert(uv.resident_set_memory() - before < 16e6)
    peer.serves(server)
    await(server.close, server)
  end)

  test('openssl s_client: sessions, and what is no session', hasOpenssl, function()
    local server = peer.server()
    local folder = assert(uv.fs_mkdtemp(uv.os_tmpdir() .. '/luvit-test-XXXXXX'))
    local file = folder .. '/session.pem'
    for _, version in ipairs({ '-tls1_3', '-tls1_2' }) do
      client(server, { version, '-sess_out', file })
      local said = client(server, { version, '-sess_in', file })
      assert(said:find('Reused, ', 1, true), version .. ': ' .. said)
    end
    -- Another server cannot read the ticket: a whole handshake.
    local other = peer.server()
    client(server, { '-tls1_3', '-sess_out', file })
    local said = client(other, { '-tls1_3', '-sess_in', file })
    assert(said:find('New, TLSv1.3', 1, true) and said:find('hello\n', 1, true), said)
    -- Early data is not taken; the handshake goes on without it.
    local early = folder .. '/early'
    local handle = assert(io.open(early, 'w'))
    handle:write('GET / HTTP/1.1\r\n\r\n')
    handle:close()
    client(server, { '-tls1_3', '-sess_out', file })
    said = client(server, { '-tls1_3', '-sess_in', file, '-early_data', early })
    assert(said:find('hello\n', 1, true) and not said:find('Early data was accepted', 1, true), said)
    os.remove(file)
    os.remove(early)
    uv.fs_rmdir(folder)
    assert(#server.errors == 0, table.concat(server.errors, ' '))
    await(server.close, server)
    await(other.close, other)
  end)

  test('openssl s_client: a certificate that is asked for', hasOpenssl, function()
    local server = peer.server({ requestCert = true, ca = peer.fixture('root-cert.pem') })
    local function as(name) return { '-cert', peer.path(name .. '-cert.pem'), '-key', peer.path(name .. '-key.pem') } end
    assert(client(server, as('client')):find('hello\n', 1, true))
    for name, code in pairs({ expired = 'CERT_HAS_EXPIRED', future = 'CERT_NOT_YET_VALID', self = 'DEPTH_ZERO_SELF_SIGNED_CERT' }) do
      local before = #server.errors
      assert(not client(server, as(name)):find('hello\n', 1, true), name)
      peer.wait(function() return #server.errors > before end)
      assert(server.errors[#server.errors] == code, name .. ': ' .. server.errors[#server.errors])
    end
    local before = #server.errors
    assert(not client(server, {}):find('hello\n', 1, true))
    peer.wait(function() return #server.errors > before end)
    assert(server.errors[#server.errors] == 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE', server.errors[#server.errors])
    peer.serves(server, { cert = peer.fixture('client-cert.pem'), key = peer.fixture('client-key.pem') })
    await(server.close, server)
  end)

  test('openssl s_client: close_notify, and none', hasOpenssl, function()
    local ended, failed = 0, 0
    local server = tls.createServer({ cert = peer.fixture('server-cert.pem'), key = peer.fixture('server-key.pem') }, function(socket)
      socket:on('data', function() end)
      socket:on('end', function() ended = ended + 1 end)
      socket:on('error', function(err) failed = err.code end)
    end)
    assert(await(server.listen, server, 0, '127.0.0.1'))
    server.port = server:address().port
    client(server, {}, 'hello\n')
    peer.wait(function() return ended == 1 end)
    assert(failed == 0, failed)
    await(server.close, server)
  end)

  test('openssl s_server of yesterday', hasOpenssl, function()
    local words = { '-cert', peer.path('rsa-cert.pem'), '-key', peer.path('rsa-key.pem'), '-quiet' }
    for _, version in ipairs({ '-tls1_1', '-tls1' }) do
      local server = peer.opensslServer({ version, '-cipher', 'ALL:@SECLEVEL=0', unpack(words, 1, 4) })
      local _, err = peer.connect(server.port)
      assert(err and tostring(err.code):find('PROTOCOL'), tostring(err))
      server.stop()
    end
    for _, cipher in ipairs({ 'AES128-SHA256', 'DHE-RSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-SHA' }) do
      local server = peer.opensslServer({ '-tls1_2', '-cipher', cipher .. ':@SECLEVEL=0', unpack(words, 1, 4) })
      local _, err = peer.connect(server.port)
      assert(err and err.code == 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', cipher .. ': ' .. tostring(err))
      server.stop()
    end
  end)

  test('openssl s_server: both versions, sessions, other groups', hasOpenssl, function()
    local words = { '-cert', peer.path('rsa-cert.pem'), '-key', peer.path('rsa-key.pem'), '-rev' }
    for _, more in ipairs({ { '-tls1_3' }, { '-tls1_2' }, { '-groups', 'P-256' }, { '-groups', 'P-384' }, { '-num_tickets', '10' } }) do
      local all = { unpack(words) }
      for i = 1, #more do all[#all + 1] = more[i] end
      local server = peer.opensslServer(all)
      -- Sessions are remembered by name: each server has a context of its own.
      local context = tls.createSecureContext({ ca = peer.fixture('root-cert.pem') })
      for turn = 1, 2 do
        local socket, err = peer.connect(server.port, { servername = 'localhost', secureContext = context })
        assert(socket, table.concat(more, ' ') .. ': ' .. tostring(err))
        assert(socket.authorized)
        socket:write('abc\n')
        assert(await.once(socket, 'data') == 'cba\n')
        if turn == 2 then assert(socket:isSessionReused(), table.concat(more, ' ')) end
        socket:_end()
        await.once(socket, 'close')
      end
      server.stop()
    end
  end)

  test('curl', hasCurl, function()
    local https = require('https')
    local server = https.createServer({
      cert = peer.fixture('server-cert.pem'), key = peer.fixture('server-key.pem'),
    }, function(req, res)
      local size = 0
      req:on('data', function(chunk) size = size + #chunk end)
      req:on('end', function() res:finish(('%s %d'):format(req.method, size)) end)
    end)
    assert(await(server.listen, server, 0, '127.0.0.1'))
    local url = ('https://localhost:%d/'):format(server:address().port)
    local function curl(...)
      return peer.run('curl', { '-sS', '--cacert', peer.path('root-cert.pem'), '--resolve', '*:' .. server:address().port .. ':127.0.0.1', ... })
    end
    for _, version in ipairs({ '--tlsv1.2', '--tlsv1.3' }) do
      local code, said = curl(version, url)
      assert(code == 0 and said == 'GET 0', said)
    end
    local code, said = curl('--data-binary', '@' .. peer.path('make'), url)
    assert(code == 0 and said == 'POST ' .. #peer.fixture('make'), said)
    code, said = curl(url, url, url)
    assert(code == 0 and said == ('GET 0'):rep(3), said)
    -- HTTP/2 is offered by curl, and not spoken here.
    code, said = curl('--http2', '-w', ' %{http_version}', url)
    assert(code == 0 and said == 'GET 0 1.1', said)
    code, said = curl('--tlsv1.0', '--tls-max', '1.1', '--ciphers', 'ALL:@SECLEVEL=0', url)
    assert(code ~= 0, said)
    code, said = curl(('https://wrong.test:%d/'):format(server:address().port))
    assert(code == 60, said)
    code, said = curl('-f', ('http://localhost:%d/'):format(server:address().port))
    assert(code ~= 0, said)
    await(server.close, server)
  end)

  test('node as a client and as a server', hasNode, function()
    local server = peer.server()
    local code, said = peer.run('node', { '-e', ([[
      const tls = require('tls'), fs = require('fs');
      const socket = tls.connect({ port: %d, host: '127.0.0.1', ca: fs.readFileSync(%q) }, () => {
        socket.write('x'.repeat(1000000));
      });
      let size = 0;
      socket.on('data', (data) => {
        size += data.length;
        if (size === 1000000) { console.log(socket.authorized, socket.getProtocol(), size); socket.end(); }
      });
      socket.on('close', (failed) => console.log('closed', failed));
    ]]):format(server.port, peer.path('root-cert.pem')) })
    assert(code == 0 and said == 'true TLSv1.3 1000000\nclosed false\n', said)
    assert(#server.errors == 0, table.concat(server.errors, ' '))
    await(server.close, server)

    local childprocess = require('childprocess')
    local child = childprocess.spawn('node', { '-e', ([[
      const tls = require('tls'), fs = require('fs');
      const read = (name) => fs.readFileSync(%q + name);
      tls.createServer({ cert: read('server-cert.pem'), key: read('server-key.pem') }, (socket) => {
        socket.on('error', () => {});
        socket.pipe(socket);
      }).listen(0, '127.0.0.1', function () { console.log(this.address().port); });
    ]]):format(peer.path('')) })
    local port = tonumber((await.once(child.stdout, 'data')))
    local socket = assert(peer.connect(port))
    assert(socket:getProtocol() == 'TLSv1.3')
    local size = 0
    socket:on('data', function(data) size = size + #data end)
    socket:write(('y'):rep(1000000))
    peer.wait(function() return size == 1000000 end)
    socket:_end()
    await.once(socket, 'close')
    child:kill()
    await.once(child, 'close')
  end)
end)
