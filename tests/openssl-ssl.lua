-- TLS between memory BIOs, as coroutine TLS libraries use it.

local openssl = require('openssl')
local raises = require('./libs/crypto-helper').raises
local pkey, x509, ssl, bio = openssl.pkey, openssl.x509, openssl.ssl, openssl.bio

local function make(name, notAfter)
  local key = assert(pkey.new('ec'))
  local certificate = x509.new(1, assert(x509.req.new(x509.name.new({ { CN = name } }), key)))
  certificate:extensions({ x509.extension.new_extension({ object = 'subjectAltName', value = 'DNS:' .. name }) })
  certificate:validat(os.time() - 7200, notAfter or os.time() + 3600)
  return key, certificate
end

local caKey = assert(pkey.new('ec'))
local ca = x509.new(1, assert(x509.req.new(x509.name.new({ { CN = 'CA' } }), caKey)))
ca:extensions({ x509.extension.new_extension({ object = 'basicConstraints', value = 'CA:TRUE', critical = true }) })
assert(ca:sign(caKey, ca))

local function issue(name, notAfter)
  local key, certificate = make(name, notAfter)
  assert(certificate:sign(caKey, ca))
  return key, certificate
end

local key, certificate = issue('a.test')

local function serverContext(protocol)
  local context = ssl.ctx_new(protocol)
  assert(context:use(key, certificate))
  return context
end

local function trusting(protocol, certificates)
  local context = ssl.ctx_new(protocol)
  context:cert_store(x509.store.new(certificates or { ca }))
  return context
end

-- Two sessions with BIOs crossed, and the handshake between them.
local function pair(clientContext, server, host)
  local there, back = bio.mem(8192), bio.mem(8192)
  local client = clientContext:ssl(back, there, false)
  local other = server:ssl(there, back, true)
  if host then client:set('hostname', host) end
  local mine, whyMine, theirs, whyTheirs
  for _ = 1, 10 do
    mine, whyMine = client:handshake()
    theirs, whyTheirs = other:handshake()
    if mine and theirs or mine == nil or theirs == nil then break end
  end
  return client, other, mine, whyMine, theirs, whyTheirs
end

require('tap')(function (test)
  for _, protocol in ipairs({ 'TLSv1_2', 'TLSv1_3', 'TLS', 'SSLv23' }) do
    test("a session, " .. protocol, function ()
      local client, server, mine, _, theirs = pair(trusting(protocol), serverContext(protocol), 'a.test')
      assert(mine == true and theirs == true)
      local version = protocol == 'TLSv1_2' and 'TLSv1.2' or 'TLSv1.3'
      assert(client:get('version') == version and server:get('version') == version)
      assert(client:current_cipher().version == version and server:get('hostname', 'side') == 'a.test')
      assert(client:write('hello') == 5 and server:pending() == 0 and server:peek(2) == 'he' and server:pending() == 5)
      assert(server:read(2) == 'he' and server:read() == 'llo')
      local nothing, why = server:read()
      assert(nothing == false and why == 'want_read')
      local long = ('0123456789'):rep(30000)
      assert(server:write(long) == #long and client:read() == long)
      assert(client:getpeerverification() == true)
      local peer, chain = client:peer()
      assert(peer == certificate and chain[1] == peer and peer:check_host('a.test') and server:peer() == nil)

      local done, reason = server:shutdown()
      assert(done == false and reason == 'want_read')
      nothing, why = client:read()
      assert(nothing == false and why == 0)
      assert(client:shutdown() == true and server:shutdown() == true)
      assert(client:write('x') == nil)
    end)
  end

  test("a certificate that is not trusted", function ()
    -- As OpenSSL: the verdict is told, and ends the session only if verify_mode says so. Packages that are told to be
    -- `insecure` go on when nothing was found.
    local client, _, mine = pair(trusting('TLS', {}), serverContext(), 'a.test')
    assert(mine == true)
    local good, results = client:getpeerverification()
    assert(good == false and results == nil)

    local telling = trusting('TLS', {})
    telling:verify_mode(ssl.none, function() return 1 end)
    client, _, mine = pair(telling, serverContext(), 'a.test')
    assert(mine == true)
    good, results = client:getpeerverification()
    assert(good == false and results[1].preverify_ok == false and results[1].error > 0)
    assert(results[1].error_string:find('issuer') or results[1].error_string:find('first certificate'), results[1].error_string)
    assert(results[1].current_cert == certificate and client:get('verify_result') == results[1].error)

    local strict = trusting('TLS', {})
    strict:verify_mode(ssl.peer)
    local _, server, ended, why = pair(strict, serverContext(), 'a.test')
    assert(ended == nil and type(why) == 'string')
    local theirs, reason = server:handshake()
    assert(theirs == nil and reason:find('peer refused', 1, true), reason)
    assert(openssl.errors() ~= '')

    -- A callback decides, as luvit's own does with `return 1`.
    local seen
    local lax = trusting('TLS', {})
    lax:verify_mode(ssl.peer, function(ok, result)
      seen = { ok, result.error_string }
      return 1
    end)
    local _, _, done = pair(lax, serverContext(), 'a.test')
    assert(done == true and seen[1] == false and type(seen[2]) == 'string')
    lax:verify_mode({ 'peer' }, function() return false end)
    _, _, done, why = pair(lax, serverContext(), 'a.test')
    assert(done == nil and why:find('ERR_OSSL_CERTIFICATE_VERIFY_FAILED', 1, true))
  end)

  test("an expired certificate", function ()
    local context = ssl.ctx_new()
    assert(context:use(issue('a.test', os.time() - 3600)))
    local asking = trusting()
    asking:verify_mode(ssl.peer, function() return 1 end)
    local client, _, mine = pair(asking, context, 'a.test')
    assert(mine == true)
    local good, results = client:getpeerverification()
    assert(good == false and results[1].error == 10 and results[1].error_string == 'certificate has expired')
  end)

  test("certificates of clients", function ()
    local server = serverContext()
    server:cert_store(x509.store.new({ ca }))
    server:verify_mode(bit.bor(ssl.peer, ssl.fail))
    local with = trusting()
    assert(with:use(issue('client.test')))
    local _, other, mine, _, theirs = pair(with, server, 'a.test')
    assert(mine and theirs and other:getpeerverification() == true and other:peer():subject():oneline() == '/CN=client.test')
    local _, _, _, _, refused, why = pair(trusting(), server, 'a.test')
    assert(refused == nil and why:find('certificate', 1, true), why)
  end)

  test("hosts of a server", function ()
    local server, other = serverContext(), ssl.ctx_new()
    local otherKey, otherCertificate = issue('b.test')
    assert(other:use(otherKey, otherCertificate))
    server:set_servername_callback({ ['b.test'] = other })
    assert(pair(trusting(), server, 'b.test'):peer() == otherCertificate)
    assert(pair(trusting(), server, 'a.test'):peer() == certificate)
    assert(pair(trusting(), server):peer() == certificate)
  end)

  test("chains, versions, application protocols", function ()
    local middleKey, middle = make('middle')
    middle:extensions({ x509.extension.new_extension({ object = 'basicConstraints', value = 'CA:TRUE' }) })
    assert(middle:sign(caKey, ca))
    local leafKey, leaf = make('a.test')
    assert(leaf:sign(middleKey, middle))
    local server = ssl.ctx_new()
    assert(server:use(leafKey, leaf) and server:add(middle, { leaf, middle }))
    server:set_alpn({ 'h2', 'http/1.1' })
    local context = trusting()
    context:set_alpn({ 'http/1.1' })
    local client = pair(context, server, 'a.test')
    assert(client:getpeerverification() == true and #select(2, client:peer()) == 2)
    assert(client:get('alpn_selected') == 'http/1.1')

    context = trusting()
    local names = context:options(bit.bor(ssl.no_sslv2, ssl.no_sslv3, ssl.no_tlsv1_3))
    assert(table.concat(names, ' ') == 'no_sslv3 no_tlsv1_3')
    assert(pair(context, server, 'a.test'):get('version') == 'TLSv1.2')
    assert(#context:options(true, 'no_tlsv1_3') == 1)
    assert(pair(context, server, 'a.test'):get('version') == 'TLSv1.3')
    local _, _, mine, why = pair(trusting('TLSv1_3'), serverContext('TLSv1_2'), 'a.test')
    assert(mine == nil or why)
  end)

  test("a session is resumed", function ()
    local context, server = trusting(), serverContext()
    local client, other = pair(context, server, 'a.test')
    assert(not client:session_reused())
    other:write('x')
    assert(client:read() == 'x' and client:session())
    client = pair(context, server, 'a.test')
    assert(client:session_reused() and client:cache_hit() and client:getpeerverification() == true)
  end)

  test("what is no TLS", function ()
    local input, output = bio.mem(), bio.mem()
    local server = serverContext():ssl(input, output, true)
    input:write('GET / HTTP/1.1\r\n\r\n')
    local done, why = server:handshake()
    assert(done == nil and why:find('it sent an HTTP request', 1, true), why)
    assert(select(2, server:handshake()) == why and server:read() == nil and server:write('x') == nil)
    assert(server:shutdown() == nil)

    for size = 1, 40 do
      local junk = bio.mem()
      local other = serverContext():ssl(junk, bio.mem(), true)
      junk:write(openssl.random(size * 50))
      local result = other:handshake()
      assert(result == nil or result == false)
    end
  end)

  test("records that were changed on their way", function ()
    local there, back = bio.mem(), bio.mem()
    local client = trusting():ssl(back, there, false)
    local server = serverContext():ssl(there, back, true)
    for _ = 1, 5 do
      client:handshake()
      server:handshake()
    end
    client:write('secret')
    local record = there:read()
    there:write(record:sub(1, -2) .. string.char((record:byte(-1) + 1) % 256))
    local data, why = server:read()
    assert(data == nil and why:find('damaged or changed', 1, true), why)
  end)

  test("sessions between the ends of a pair, and what is asked of them", function ()
    local left, right = bio.pair()
    local client, server = trusting():ssl(left, left, false), ssl.ctx_new():ssl(right, right, true)
    local proper = serverContext()
    assert(server:ctx() ~= proper and server:ctx(proper) and server:ctx() == proper)
    assert(client:get('state') == 0)
    client:set('hostname', 'a.test')
    local done, ready
    repeat done, ready = client:handshake(), server:handshake() until done ~= false and ready ~= false
    assert(done and ready and client:get('state') == 1)
    client:write('ping')
    assert(server:read() == 'ping' and server:write('pong') == 4 and client:peek() == 'pong' and client:read() == 'pong')
    assert(client:getfd() == -1 and client:get('fd') == -1 and client:get('rstate_string') == 'RH')
    local remembered = client:session()
    assert(remembered:peer() == certificate and remembered:timeout() == 300 and remembered:time() <= os.time())
    raises("openssl.ssl_session:export is not part of luvit's openssl", remembered.export, remembered)
    raises("bad argument #1 to 'time' (openssl.ssl_session expected, got table)", remembered.time, {})
  end)

  test("alerts have names", function ()
    assert(ssl.alert_type(1) == 'W' and ssl.alert_type(2, true) == 'fatal' and ssl.alert_type(3, true) == 'unknown')
    assert(ssl.alert_desc(40) == 'HF' and ssl.alert_desc(40, true) == 'handshake failure')
    assert(ssl.alert_desc(0x228, true) == 'handshake failure' and ssl.alert_desc(99) == 'U' and ssl.alert_desc('x') == 'U')
  end)

  test("misuse", function ()
    raises('TLSv1 is not part of luvit', ssl.ctx_new, 'TLSv1')
    raises('ERR_SSL_NO_CIPHER_MATCH', ssl.ctx_new, 'TLS', 'NONE-SUCH')
    local context = ssl.ctx_new('TLS', 'ECDHE-RSA-AES128-SHA256:AES128-GCM-SHA256:RC4:HIGH:!MD5:!aNULL:!EDH')
    raises("bad argument #2 to 'ssl' (openssl.bio expected, got nil)", context.ssl, context)
    raises("bad argument #1 to 'use' (openssl.ssl_ctx expected, got table)", context.use, {}, key, certificate)
    raises("bad argument #2 to 'use' (openssl.evp_pkey expected, got string)", context.use, context, 'key', certificate)
    raises("bad argument #2 to 'verify_mode'", context.verify_mode, context, 'x')
    local ok, err, code = context:use(caKey, certificate)
    assert(ok == nil and err and code == 'ERR_OSSL_X509_KEY_VALUES_MISMATCH', err)
    local session = context:ssl(bio.mem(), bio.mem())
    assert(session:write('early') == false and session:read() == false and session:peer() == nil)
    raises("ssl:set('fd') is not part of luvit's openssl", session.set, session, 'fd', 1)
    raises("ssl:get('nonsense') is not part of luvit's openssl", session.get, session, 'nonsense')
    raises("openssl.ssl:use is not part of luvit's openssl", session.use, session, key, certificate)
    raises("openssl.ssl_ctx:set_alpn_select_cb is not part of", context.set_alpn_select_cb, context, print)
    raises("a protocol has 1 to 255 bytes, got 257", context.set_alpn_protos, context, { ('p'):rep(257) })
    raises("bad argument #2 to 'set_alpn' (table of strings expected, got number)", context.set_alpn, context, { 1 })
    raises("bad argument #1 to 'session_reused' (openssl.ssl expected, got table)", session.cache_hit, {})
    raises("bad argument #1 to 'handshake' (openssl.ssl expected, got userdata)", session.handshake, key)
    raises("bad argument #2 to 'ctx' (openssl.ssl_ctx expected, got string)", session.ctx, session, 'x')
    raises('the session has begun', session.ctx, session, ssl.ctx_new())
    raises("openssl.ssl:renegotiate is not part of luvit's openssl", session.renegotiate, session)
    -- A server without certificate.
    local bare = ssl.ctx_new()
    local _, _, mine = pair(trusting(), bare, 'a.test')
    assert(not mine)
  end)
end)
