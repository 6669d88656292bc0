-- Certificates and requests: made, read, checked; with the programs openssl and node on the other side.

local crypto = require('crypto')
local programs = require('./libs/crypto-programs')

local KEY = crypto.generateKeyPairSync('ec', { namedCurve = 'P-256' }).privateKey
local CA_KEY = crypto.generateKeyPairSync('ec', { namedCurve = 'P-384' }).privateKey
local CA = crypto.createCertificate({ key = CA_KEY, subject = { CN = 'our CA', O = 'Us', C = 'DE' }, ca = true })

local function fails(text, fn, ...)
  local ok, err = pcall(fn, ...)
  assert(not ok, 'no error')
  assert(tostring(err):find(text, 1, true), err)
end

local function refused(wanted, text, value, err, code)
  assert(value == nil, 'no error')
  assert(code == wanted, code)
  assert(err:find(text, 1, true), err)
end

local function issue(options)
  local all = { key = KEY, subject = 'a.example', issuer = CA, issuerKey = CA_KEY }
  for name, value in pairs(options or {}) do all[name] = value end
  return assert(crypto.createCertificate(all))
end

require('tap')(function(test)
  test('a certificate that signs itself', function()
    local pem = assert(crypto.createCertificate({
      key = KEY, subject = 'localhost', altNames = { 'DNS:localhost', 'IP:127.0.0.1', 'IP:::1' }, days = 2, serial = 'abc',
    }))
    local cert = crypto.X509Certificate:new(pem)
    assert(cert.subject == 'CN=localhost' and cert.issuer == 'CN=localhost')
    assert(cert.subjectAltName == 'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1')
    assert(cert.serialNumber == '0ABC' and cert.version == 3 and cert.ca == false and cert.selfSigned)
    assert(cert.notAfter - cert.notBefore == 2 * 86400 and math.abs(os.time() - cert.notBefore) < 3600)
    assert(cert.validTo:match('^%u%l%l [ %d]%d %d%d:%d%d:%d%d %d%d%d%d GMT$'))
    assert(table.concat(cert.keyUsage, ' ') == '1.3.6.1.5.5.7.3.1 1.3.6.1.5.5.7.3.2')
    assert(table.concat(cert.usages, ' ') == 'digitalSignature')
    assert(#cert.fingerprint == 59 and #cert.fingerprint256 == 95 and #cert.fingerprint512 == 191)
    assert(cert.publicKey:equals(crypto.createPublicKey(KEY)) and cert.publicKey.type == 'public')
    assert(cert:checkPrivateKey(KEY) == true and cert:checkPrivateKey(CA_KEY) == false)
    assert(cert:verify(cert.publicKey) == true and cert:verify(CA) == false)
    assert(cert:toString() == pem and cert:toJSON() == pem)
    assert(crypto.X509Certificate:new(cert.raw).fingerprint256 == cert.fingerprint256)
    assert(cert:toText():find('Signature Algorithm: ecdsa-with-SHA256', 1, true))
    assert(crypto.createPublicKey(pem):equals(cert.publicKey))
    local old = cert:toLegacyObject()
    assert(old.subject.CN == 'localhost' and old.fingerprint256 == cert.fingerprint256 and old.asn1Curve == 'prime256v1')
  end)

  test('a certificate of an issuer', function()
    local cert = crypto.X509Certificate:new(issue({ altNames = { 'DNS:a.example', 'DNS:*.b.example', 'email:x@a.example' } }))
    local ca = crypto.X509Certificate:new(CA)
    assert(ca.ca and ca.subject == 'C=DE\nO=Us\nCN=our CA' and cert.issuer == ca.subject and not cert.selfSigned)
    assert(ca.signatureAlgorithm == 'ecdsa-with-SHA384')
    assert(cert:checkIssued(ca) and not ca:checkIssued(cert) and cert:verify(ca.publicKey) == true)
    assert(cert:checkHost('a.example') == 'a.example' and cert:checkHost('X.b.example') == '*.b.example')
    assert(cert:checkHost('b.example') == nil and cert:checkHost('x.y.b.example') == nil)
    assert(cert:checkHost('x.b.example', { wildcards = false }) == nil)
    assert(cert:checkEmail('x@a.example') == 'x@a.example' and cert:checkEmail('y@a.example') == nil)
    assert(cert:checkIP('127.0.0.1') == nil)
    refused('ERR_INVALID_ARG_VALUE', "'a.example' is no IP address", cert:checkIP('a.example'))
    refused('ERR_INVALID_ARG_VALUE', 'name contains a NUL byte', cert:checkHost('a.example\0.evil'))
    local chain = assert(cert:verifyChain({ ca = ca, purpose = 'server', host = 'a.example' }))
    assert(#chain == 2 and chain[2].fingerprint256 == ca.fingerprint256)
    refused('HOSTNAME_MISMATCH', 'HOSTNAME_MISMATCH: ', cert:verifyChain({ ca = ca, host = 'c.example' }))
    refused('UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'unable to get local issuer', cert:verifyChain({}))
    refused('CERT_HAS_EXPIRED', 'expired', cert:verifyChain({ ca = ca, time = cert.notAfter + 1 }))
    refused('CERT_NOT_YET_VALID', 'not yet valid', cert:verifyChain({ ca = ca, time = cert.notBefore - 1 }))
  end)

  test('a chain of three, and how far it may go', function()
    local middle = issue({ subject = 'middle', ca = true, pathLength = 0, key = CA_KEY })
    local cert = crypto.X509Certificate:new(issue({ issuer = middle }))
    assert(#assert(cert:verifyChain({ ca = CA, intermediates = middle })) == 3)
    refused('UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'local issuer', cert:verifyChain({ ca = CA }))
    local below = issue({ subject = 'below', ca = true, issuer = middle, key = CA_KEY })
    cert = crypto.X509Certificate:new(issue({ issuer = below }))
    refused('PATH_LENGTH_EXCEEDED', 'path length', cert:verifyChain({ ca = CA, intermediates = { middle, below } }))
    local list = assert(crypto.readCertificates(middle .. CA))
    assert(#list == 2 and list[1].subject == 'CN=middle')
    refused('INVALID_CA', 'may not issue', crypto.createCertificate({
      key = KEY, subject = 'x', issuer = issue(), issuerKey = KEY,
    }))
  end)

  test('every kind of key', function()
    for _, kind in ipairs({
      { 'rsa', { modulusLength = 2048 } }, { 'rsa-pss', { modulusLength = 2048 } },
      { 'rsa-pss', { modulusLength = 2048, hashAlgorithm = 'sha384', saltLength = 48 } },
      { 'ec', { namedCurve = 'P-521' } }, { 'ed25519' },
    }) do
      local key = crypto.generateKeyPairSync(kind[1], kind[2]).privateKey
      local cert = crypto.X509Certificate:new(assert(crypto.createCertificate({ key = key, subject = 'x' })))
      assert(cert.selfSigned and cert:checkPrivateKey(key) == true, kind[1])
      assert(cert.publicKey.asymmetricKeyType == kind[1])
      assert(crypto.readCertificateRequest(crypto.createCertificateRequest({ key = key, subject = 'x' })):verify(), kind[1])
    end
  end)

  test('requests', function()
    local pem = assert(crypto.createCertificateRequest({
      key = KEY, subject = { CN = 'b.example', O = 'B' }, altNames = { 'DNS:b.example', 'IP:10.0.0.1' },
    }))
    local request = assert(crypto.readCertificateRequest(pem))
    assert(request.subject == 'O=B\nCN=b.example' and request:verify() and request:toString() == pem)
    assert(request.subjectAltName == 'DNS:b.example, IP Address:10.0.0.1')
    assert(request.publicKey:equals(crypto.createPublicKey(KEY)))
    assert(request:toText():find('b.example', 1, true))
    for _, given in ipairs({ pem, request, request.raw }) do
      local cert = crypto.X509Certificate:new(assert(crypto.createCertificate({
        request = given, issuer = CA, issuerKey = CA_KEY, days = 1,
      })))
      assert(cert.subject == request.subject and cert.subjectAltName == request.subjectAltName)
      assert(cert:checkPrivateKey(KEY) == true and cert:verifyChain({ ca = CA, host = 'b.example' }))
    end
    local raw = request.raw
    local broken = raw:sub(1, -2) .. string.char((raw:byte(-1) + 1) % 256)
    refused('ERR_CRYPTO_INVALID_SIGNATURE', 'not signed with its key',
      crypto.createCertificate({ request = broken, issuer = CA, issuerKey = CA_KEY }))
    refused('ERR_OSSL_UNSUPPORTED', 'a CERTIFICATE where a certificate request', crypto.readCertificateRequest(CA))
    for length = 0, #raw - 1 do assert(not crypto.readCertificateRequest(raw:sub(1, length))) end
  end)

  test('places of information are lines', function()
    -- RFC 5280, section 4.2.2.1: OCSP, and where the issuer's certificate is.
    local function place(kind, uri)
      local body = '\6\8\43\6\1\5\5\7\48' .. kind .. '\134' .. string.char(#uri) .. uri
      return '\48' .. string.char(#body) .. body
    end
    local value = place('\1', 'http://a.example') .. place('\2', 'http://b.example')
    local certificate = crypto.X509Certificate:new(issue({
      extensions = { { object = '1.3.6.1.5.5.7.1.1', value = '\48' .. string.char(#value) .. value } },
    }))
    assert(certificate.infoAccess == 'OCSP - URI:http://a.example\nCA Issuers - URI:http://b.example', certificate.infoAccess)
    fails('ERR_INVALID_ARG_TYPE', certificate.checkHost, certificate, 'a.example', { wildcards = 1 })
  end)

  test('mistakes are named', function()
    local function create(options)
      options.key = options.key or KEY
      return crypto.createCertificate(options)
    end
    fails("bad argument 'subject' to 'createCertificate'", create, {})
    fails("bad argument 'key'", crypto.createCertificate, { subject = 'x' })
    fails('issuerKey needs the certificate', create, { subject = 'x', issuerKey = CA_KEY })
    fails('issuer needs the private key', create, { subject = 'x', issuer = CA })
    fails("bad argument 'days'", create, { subject = 'x', days = 'one' })
    refused('ERR_INVALID_ARG_VALUE', 'ends to be valid before', create({ subject = 'x', days = -1 }))
    refused('ERR_OUT_OF_RANGE', 'between the years', create({ subject = 'x', days = 1e9 }))
    refused('ERR_INVALID_ARG_VALUE', 'must begin with DNS:', create({ altNames = { 'localhost' } }))
    refused('ERR_INVALID_ARG_VALUE', 'is no IP address', create({ altNames = { 'IP:localhost' } }))
    refused('ERR_INVALID_ARG_VALUE', "unknown keyUsage 'x'", create({ subject = 'x', keyUsage = { 'x' } }))
    refused('ERR_INVALID_ARG_VALUE', "unknown extendedKeyUsage 'x'", create({ subject = 'x', extendedKeyUsage = { 'x' } }))
    refused('ERR_INVALID_ARG_VALUE', 'CN contains a NUL byte', create({ subject = 'a\0b' }))
    refused('ERR_INVALID_ARG_VALUE', 'CN is 65 characters', create({ subject = ('x'):rep(65) }))
    refused('ERR_INVALID_ARG_VALUE', 'a country is two letters', create({ subject = { C = 'DEU' } }))
    refused('ERR_INVALID_ARG_VALUE', "unknown field 'CM'", create({ subject = { CM = 'x' } }))
    refused('ERR_INVALID_ARG_VALUE', 'not hexadecimal', create({ subject = 'x', serial = 'xyz' }))
    refused('ERR_INVALID_ARG_VALUE', 'at most 20 bytes', create({ subject = 'x', serial = ('f'):rep(42) }))
    refused('ERR_CRYPTO_INVALID_KEYPAIR', 'not the key of the issuer', create({ subject = 'x', issuer = CA, issuerKey = KEY }))
    refused('ERR_CRYPTO_INVALID_DIGEST', 'not signed with md5', create({ subject = 'x', digest = 'md5' }))
    fails('neither PEM nor DER', crypto.X509Certificate.new, crypto.X509Certificate, 'junk')
    fails("bad argument 'bytes'", crypto.X509Certificate.new, crypto.X509Certificate)
    refused('ERR_OSSL_UNSUPPORTED', 'a PRIVATE KEY where a certificate is expected', crypto.readCertificates(KEY:export()))
    refused('ERR_OSSL_DECODE_ERROR', 'PKCS#12', crypto.readPkcs12('junk'))
    local raw = crypto.X509Certificate:new(CA).raw
    for length = 0, #raw - 1 do assert(not crypto.readCertificates(raw:sub(1, length))) end
  end)

  test('openssl reads and verifies them', function(_)
    if not programs.has('openssl') then return print('skipped: there is no program openssl') end
    local leaf = issue({ altNames = { 'DNS:a.example' } })
    local ca, cert, key = programs.file(CA), programs.file(leaf), programs.file(KEY:export())
    assert(programs.run('openssl', { 'verify', '-x509_strict', '-CAfile', ca, cert }):find('OK'))
    assert(programs.run('openssl', { 'x509', '-noout', '-fingerprint', '-sha256' }, leaf)
      :find(crypto.X509Certificate:new(leaf).fingerprint256, 1, true))
    local request = crypto.createCertificateRequest({ key = KEY, subject = 'a.example' })
    assert(programs.run('openssl', { 'req', '-verify', '-noout', '-subject' }, request):find('CN = a.example'))
    local theirs = programs.run('openssl', { 'req', '-new', '-key', key, '-subj', '/CN=c.example', '-addext',
      'subjectAltName=DNS:c.example' })
    local issued = assert(crypto.createCertificate({ request = theirs, issuer = CA, issuerKey = CA_KEY }))
    assert(crypto.X509Certificate:new(issued):checkHost('c.example') == 'c.example')
    local bundle = programs.run('openssl', { 'pkcs12', '-export', '-inkey', key, '-in', cert, '-certfile', ca,
      '-passout', 'pass:sesame' })
    local open = assert(crypto.readPkcs12(bundle, 'sesame'))
    assert(open.key:equals(KEY) and open.certificate.subject == 'CN=a.example' and open.ca[1].subject:find('our CA'))
    refused('ERR_OSSL_BAD_DECRYPT', 'wrong passphrase', crypto.readPkcs12(bundle, 'simsim'))
    refused('ERR_MISSING_PASSPHRASE', 'no passphrase', crypto.readPkcs12(bundle))
    for _, name in ipairs({ ca, cert, key }) do os.remove(name) end
  end)

  test('node sees what we see', function(_)
    if not programs.has('node') then return print('skipped: there is no program node') end
    local pem = issue({
      subject = { CN = 'ü, "x"', O = 'A+B', emailAddress = 'x@y.z' }, altNames = { 'DNS:a.example', 'URI:http://a/,b', 'IP:::1' },
    })
    local ours = crypto.X509Certificate:new(pem)
    local theirs = require('json').parse((programs.run('node', { '-e', [[
      const cert = new (require('crypto').X509Certificate)(require('fs').readFileSync(0))
      const out = {}
      for (const name of ['subject', 'issuer', 'subjectAltName', 'validFrom', 'validTo', 'fingerprint', 'fingerprint256',
        'fingerprint512', 'serialNumber', 'ca', 'keyUsage']) out[name] = cert[name]
      out.legacy = cert.toLegacyObject()
      out.legacy.raw = out.legacy.raw.toString('hex')
      out.legacy.pubkey = out.legacy.pubkey.toString('hex')
      console.log(JSON.stringify(out))
    ]] }, pem)))
    for name, value in pairs(theirs) do
      if name == 'keyUsage' then
        assert(table.concat(value, ' ') == table.concat(ours.keyUsage, ' '))
      elseif name ~= 'legacy' then
        assert(ours[name] == value, ('%s: %s, node has %s'):format(name, tostring(ours[name]), tostring(value)))
      end
    end
    local old = ours:toLegacyObject()
    for name, value in pairs(theirs.legacy) do
      local own = old[name]
      if name == 'raw' or name == 'pubkey' then own = require('luvit:crypto').encode(own, 'hex') end
      if type(value) ~= 'table' then
        assert(own == value, ('%s: %s, node has %s'):format(name, tostring(own), tostring(value)))
      end
    end
    assert(old.subject.CN == theirs.legacy.subject.CN)
  end)
end)
