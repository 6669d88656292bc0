-- Certificates that must not verify, on both sides: the program is told in one sentence what is wrong with them. They are
-- made by `openssl` when the test runs, as some are too weak to be kept.

local await = require('await')
local peer = require('tls-peer')
local tls = require('tls')
local uv = require('uv')

local folder

-- Runs openssl in the folder.
local function openssl(...)
  local code, said = peer.run('openssl', { ... })
  assert(code == 0, table.concat({ ... }, ' ') .. ': ' .. said)
end

local function file(name, text)
  local path = folder .. '/' .. name
  if text then
    local handle = assert(io.open(path, 'wb'))
    handle:write(text)
    handle:close()
  end
  return path
end

local function read(name)
  local handle = assert(io.open(folder .. '/' .. name, 'rb'))
  local text = handle:read('*a')
  handle:close()
  return text
end

local EC = { '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256' }

-- Makes NAME-cert.pem and NAME-key.pem: `by` names the issuer, none for one that signs itself.
local function make(name, subject, extensions, by, key, digest)
  key = key or EC
  local config = file(name .. '.cnf', '[req]\ndistinguished_name = n\nprompt = no\n[n]\nCN = ' .. subject .. '\n[e]\n' .. extensions)
  local words = { 'req', '-new', '-nodes', '-config', config, '-keyout', file(name .. '-key.pem'), '-out', file(name .. '.csr') }
  for i = 1, #key do words[#words + 1] = key[i] end
  openssl(unpack(words))
  words = { 'x509', '-req', '-in', file(name .. '.csr'), '-days', '3650', '-extfile', config, '-extensions', 'e',
    '-set_serial', tostring(#name + 1000), '-' .. (digest or 'sha256'), '-out', file(name .. '-cert.pem') }
  if by then
    words[#words + 1], words[#words + 2] = '-CA', file(by .. '-cert.pem')
    words[#words + 1], words[#words + 2] = '-CAkey', file(by .. '-key.pem')
  else
    words[#words + 1], words[#words + 2] = '-signkey', file(name .. '-key.pem')
  end
  openssl(unpack(words))
end

local CA = 'basicConstraints = critical,CA:TRUE\nkeyUsage = critical,keyCertSign,cRLSign\nsubjectKeyIdentifier = hash\n'
local LEAF = 'basicConstraints = CA:FALSE\nsubjectAltName = DNS:localhost,IP:127.0.0.1\n'

require('tap')(function(describe)
  local hasOpenssl = peer.has('openssl', 'version')
  local function test(name, fn)
    describe(name, { timeout = 120000, skip = not hasOpenssl and 'openssl is missing' or nil }, fn)
  end

  -- What a client of ours says of a server with these files; nil when it is content.
  local function verdict(name, options, chain)
    local cert = read(name .. '-cert.pem')
    for _, more in ipairs(chain or {}) do cert = cert .. read(more .. '-cert.pem') end
    file('shown.pem', cert)
    local server = peer.opensslServer({ '-cert', file(name .. '-cert.pem'), '-cert_chain', file('shown.pem'), '-key',
      file(name .. '-key.pem'), '-cipher', 'ALL:@SECLEVEL=0', '-rev' })
    options = options or {}
    options.ca = options.ca or read('root-cert.pem')
    local socket, err = peer.connect(server.port, options)
    if socket then
      socket:on('error', function() end)
      socket:destroy()
    end
    server.stop()
    return err and err.code, err and tostring(err)
  end

  test('made', function()
    folder = assert(uv.fs_mkdtemp(uv.os_tmpdir() .. '/luvit-test-XXXXXX'))
    process:on('exit', function() require('fs').rmSync(folder, { recursive = true, force = true }) end)
    make('root', 'A Root', CA)
    make('good', 'localhost', LEAF, 'root')
    assert(verdict('good') == nil)
  end)

  test('unknown, self-signed, of another name', function()
    make('stranger', 'Another Root', CA)
    make('strange', 'localhost', LEAF, 'stranger')
    make('self', 'localhost', LEAF)
    make('elsewhere', 'elsewhere.test', 'subjectAltName = DNS:elsewhere.test,DNS:*.elsewhere.test\n', 'root')
    local code, reason = verdict('strange')
    assert(code == 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' and reason:find('Another Root'), reason)
    code, reason = verdict('strange', nil, { 'stranger' })
    assert(code == 'SELF_SIGNED_CERT_IN_CHAIN' and reason:find('Another Root'), reason)
    code, reason = verdict('self')
    assert(code == 'DEPTH_ZERO_SELF_SIGNED_CERT', reason)
    assert(verdict('self', { ca = read('self-cert.pem') }) == nil)
    -- One of the same name is trusted, with a key of another kind or of the same.
    for key, words in pairs({ rsa = { '-newkey', 'rsa:2048' }, ec = EC }) do
      make('same-' .. key, 'localhost', CA, nil, words)
      code, reason = verdict('self', { ca = read('same-' .. key .. '-cert.pem') })
      assert(code == 'DEPTH_ZERO_SELF_SIGNED_CERT', reason)
    end
    code, reason = verdict('elsewhere')
    assert(code == 'ERR_TLS_CERT_ALTNAME_INVALID' and reason:find('elsewhere.test', 1, true), reason)
    for host, fits in pairs({
      ['elsewhere.test'] = true, ['ELSEWHERE.test'] = true, ['a.elsewhere.test'] = true, ['elsewhere.test.'] = true,
      ['a.b.elsewhere.test'] = false, ['xelsewhere.test'] = false, ['.elsewhere.test'] = false, ['*.elsewhere.test'] = true,
    }) do
      local ok, result = pcall(verdict, 'elsewhere', { servername = host })
      if host:find('^[.*]') then
        -- No host has such a name: refused one way or the other is right.
        assert(not ok or result ~= nil, host)
      else
        assert(ok and (result == nil) == fits, host .. ': ' .. tostring(result))
      end
    end
    -- A name with a NUL in it is not the name before it.
    assert(verdict('elsewhere', { servername = 'localhost' }) == 'ERR_TLS_CERT_ALTNAME_INVALID')
  end)

  test('for another purpose', function()
    make('client-only', 'localhost', LEAF .. 'extendedKeyUsage = clientAuth\n', 'root')
    make('signer', 'localhost', LEAF .. 'extendedKeyUsage = codeSigning\n', 'root')
    make('both', 'localhost', LEAF .. 'extendedKeyUsage = serverAuth,clientAuth\n', 'root')
    local code, reason = verdict('client-only')
    assert(code == 'INVALID_PURPOSE', reason)
    code, reason = verdict('signer')
    assert(code == 'INVALID_PURPOSE', reason)
    assert(verdict('both') == nil)
  end)

  test('signed by what may not sign', function()
    make('leaf-ca', 'localhost', LEAF, 'good')
    make('short', 'A Short Authority', CA:gsub('CA:TRUE', 'CA:TRUE,pathlen:0'), 'root')
    make('below', 'One Below', CA, 'short')
    make('deep', 'localhost', LEAF, 'below')
    local code, reason = verdict('leaf-ca', nil, { 'good' })
    assert(code == 'INVALID_CA', tostring(reason))
    code, reason = verdict('deep', nil, { 'below', 'short' })
    assert(code ~= nil, 'a path length is not kept to')
    assert(reason:find('chain') or reason:find('path'), reason)
  end)

  test('what is in ca for itself signs for nobody', function()
    local code, reason = verdict('good', { ca = read('good-cert.pem') })
    assert(code == nil, tostring(reason))
    code, reason = verdict('leaf-ca', { ca = read('good-cert.pem') })
    assert(code == 'INVALID_CA', tostring(reason))
    assert(reason:find('localhost, which is in ca', 1, true), reason)
    -- One without basicConstraints, and an authority whose key does not sign certificates.
    make('bare-ca', 'A Bare One', 'subjectKeyIdentifier = hash\n')
    make('by-bare', 'localhost', LEAF, 'bare-ca')
    code, reason = verdict('by-bare', { ca = read('bare-ca-cert.pem') })
    assert(code == 'INVALID_CA', tostring(reason))
    make('mute-ca', 'A Mute One', 'basicConstraints = CA:TRUE\nkeyUsage = digitalSignature\n')
    make('by-mute', 'localhost', LEAF, 'mute-ca')
    code, reason = verdict('by-mute', { ca = read('mute-ca-cert.pem') })
    assert(code == 'INVALID_CA', tostring(reason))
  end)

  test('an authority or a list of revoked certificates that has expired', function()
    file('ca.cnf', ('[ca]\ndefault_ca = d\n[d]\ndatabase = %s\nserial = %s\ncrlnumber = %s\nnew_certs_dir = %s\n'
      .. 'default_md = sha256\npolicy = p\nx509_extensions = e\ncrl_extensions = l\nunique_subject = no\n'
      .. '[p]\ncommonName = supplied\n[l]\nauthorityKeyIdentifier = keyid\n[e]\n%s'):format(file('index', ''),
      file('serial', '01\n'), file('number', '01\n'), folder, CA))
    make('old', 'An Old Root', CA)
    openssl('ca', '-batch', '-config', file('ca.cnf'), '-selfsign', '-in', file('old.csr'), '-keyfile', file('old-key.pem'),
      '-startdate', '20200101000000Z', '-enddate', '20240301000000Z', '-notext', '-out', file('old-cert.pem'))
    make('by-old', 'localhost', LEAF, 'old')
    local code, reason = verdict('by-old', { ca = read('old-cert.pem') })
    assert(code == 'CERT_HAS_EXPIRED' and reason:find('An Old Root', 1, true) and reason:find('2024-03-01', 1, true),
      tostring(reason))
    -- Where it is renewed, with the same key, the newer one counts.
    openssl('x509', '-req', '-in', file('old.csr'), '-days', '10', '-extfile', file('old.cnf'), '-extensions', 'e', '-signkey',
      file('old-key.pem'), '-out', file('renewed-cert.pem'))
    assert(verdict('by-old', { ca = read('old-cert.pem') .. read('renewed-cert.pem') }) == nil)

    openssl('ca', '-gencrl', '-config', file('ca.cnf'), '-cert', file('root-cert.pem'), '-keyfile', file('root-key.pem'),
      '-crl_lastupdate', '240101000000Z', '-crl_nextupdate', '240301000000Z', '-out', file('crl.pem'))
    code, reason = verdict('good', { crl = read('crl.pem') })
    assert(code == 'CRL_HAS_EXPIRED' and reason:find('2024-03-01', 1, true), tostring(reason))
    openssl('ca', '-gencrl', '-config', file('ca.cnf'), '-cert', file('root-cert.pem'), '-keyfile', file('root-key.pem'),
      '-crldays', '30', '-out', file('crl.pem'))
    code, reason = verdict('good', { crl = read('crl.pem') })
    assert(code == nil, tostring(reason))
  end)

  test('outside what the authority may name', function()
    make('narrow', 'A Narrow Authority', CA .. 'nameConstraints = critical,permitted;DNS:inside.test\n', 'root')
    make('inside', 'a.inside.test', 'subjectAltName = DNS:a.inside.test\n', 'narrow')
    make('outside', 'localhost', LEAF, 'narrow')
    assert(verdict('inside', { servername = 'a.inside.test' }, { 'narrow' }) == nil)
    local code, reason = verdict('outside', { servername = 'localhost' }, { 'narrow' })
    assert(code == 'PERMITTED_VIOLATION', tostring(reason))
    -- By its common name alone it is not inside either.
    make('sneaky', 'localhost', 'basicConstraints = CA:FALSE\n', 'narrow')
    code = verdict('sneaky', { servername = 'localhost' }, { 'narrow' })
    assert(code ~= nil, 'the common name goes around the constraint')
  end)

  test('weak: SHA-1, MD5, RSA of 512 and 1024 bits', function()
    make('sha1', 'localhost', LEAF, 'root', nil, 'sha1')
    local weak = { 'sha1', 'rsa1024' }
    -- Some builds of OpenSSL sign nothing with MD5 any more.
    if pcall(make, 'md5', 'localhost', LEAF, 'root', nil, 'md5') then weak[3] = 'md5' end
    make('rsa1024', 'localhost', LEAF, 'root', { '-newkey', 'rsa:1024' })
    make('weak-root', 'A Weak Root', CA, nil, { '-newkey', 'rsa:1024' })
    make('by-weak', 'localhost', LEAF, 'weak-root')
    for _, name in ipairs(weak) do
      local code, reason = verdict(name)
      assert(code ~= nil, name .. ' is taken')
      assert(code == 'CA_MD_TOO_WEAK' or code:find('^ERR_SSL_'), name .. ': ' .. reason)
    end
    local code = verdict('by-weak', { ca = read('weak-root-cert.pem') })
    assert(code ~= nil, 'an authority of 1024 bits is taken')
  end)

  test('a chain of hundreds, of megabytes, and one with a stranger in it', function()
    -- A client that gets them: more than anybody needs is refused, some useless ones are not.
    local chain = {}
    for _ = 1, 20 do chain[#chain + 1] = 'stranger' end
    assert(verdict('good', nil, chain) == nil, 'certificates that are of no use')
    for i = 1, 3000 do chain[i] = 'stranger' end
    local before = uv.resident_set_memory()
    local code, reason = verdict('good', nil, chain)
    assert(code and code:find('^ERR_SSL_'), tostring(reason))
    assert(uv.resident_set_memory() - before < 64e6)
    -- A server that gets them.
    local server = peer.server({ requestCert = true, ca = read('root-cert.pem') })
    local text = read('good-cert.pem') .. read('stranger-cert.pem'):rep(3000)
    file('long.pem', text)
    peer.run('openssl', { 's_client', '-connect', '127.0.0.1:' .. server.port, '-cert', file('good-cert.pem'), '-cert_chain',
      file('long.pem'), '-key', file('good-key.pem') }, { 'hello\n', 'Q\n' })
    peer.wait(function() return #server.errors > 0 end)
    assert(server.errors[1]:find('^ERR_SSL_') or server.errors[1] == 'ECONNRESET', server.errors[1])
    peer.serves(server, {
      cert = read('good-cert.pem'), key = read('good-key.pem'), ca = peer.fixture('root-cert.pem'),
    })
    await(server.close, server)
  end)

  test('a long chain that is right', function()
    local by, names = 'root', {}
    for i = 1, 5 do
      make('step' .. i, 'Step ' .. i, CA, by)
      by = 'step' .. i
      table.insert(names, 1, by)
    end
    make('far', 'localhost', LEAF, by)
    assert(verdict('far', nil, names) == nil)
    local code, reason = verdict('far')
    assert(code == 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' and reason:find('Step 5'), reason)
    -- Eight and more are too many for anybody.
    for i = 6, 12 do
      make('step' .. i, 'Step ' .. i, CA, by)
      by = 'step' .. i
      table.insert(names, 1, by)
    end
    make('farther', 'localhost', LEAF, by)
    code, reason = verdict('farther', nil, names)
    assert(code == 'CERT_CHAIN_TOO_LONG', tostring(reason))
  end)

  test('the key is not that of the certificate', function()
    local ok, err = pcall(tls.createServer, { cert = read('good-cert.pem'), key = read('self-key.pem') })
    assert(not ok and tostring(err):find('key'), tostring(err))
  end)

  test('without rejection all of them connect, and say what is wrong', function()
    for name, code in pairs({
      strange = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', self = 'DEPTH_ZERO_SELF_SIGNED_CERT', elsewhere = 'ERR_TLS_CERT_ALTNAME_INVALID',
      ['client-only'] = 'INVALID_PURPOSE',
    }) do
      local server = peer.opensslServer({ '-cert', file(name .. '-cert.pem'), '-key', file(name .. '-key.pem'), '-rev' })
      local socket = assert(peer.connect(server.port, { ca = read('root-cert.pem'), rejectUnauthorized = false }))
      assert(socket.authorized == false and socket.authorizationError == code, tostring(socket.authorizationError))
      socket:write('ab\n')
      assert(await.once(socket, 'data') == 'ba\n')
      socket:on('error', function() end)
      socket:destroy()
      server.stop()
    end
  end)
end)
