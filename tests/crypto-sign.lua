-- Signatures, encryption with RSA, key agreement. What they compute is held against Wycheproof in
-- crates/luvit-crypto/tests; here it is the API, vectors of RFCs, and that openssl and node agree.

local crypto = require('crypto')
local programs = require('./libs/crypto-programs')
local constants = crypto.constants

local function pair(...)
  return crypto.generateKeyPairSync(...)
end

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

local function hex(text)
  return (text:gsub('%s+', ''):gsub('%x%x', function(digits) return string.char(tonumber(digits, 16)) end))
end

local RSA = pair('rsa', { modulusLength = 2048 })
local EC = pair('ec', { namedCurve = 'P-256' })
local ED = pair('ed25519')

require('tap')(function(test)
  test('Ed25519 of RFC 8032, 7.1', function()
    for _, vector in ipairs({
      { '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
        'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', '',
        'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b'
        .. 'd25bf5f0595bbe24655141438e7a100b' },
      { 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
        'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025', 'af82',
        '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659'
        .. '4a7c15e9716ed28dc027beceea1ec40a' },
    }) do
      local function url(digits) return require('luvit:crypto').encode(hex(digits), 'base64url') end
      local key = assert(crypto.createPrivateKey({
        key = { kty = 'OKP', crv = 'Ed25519', d = url(vector[1]), x = url(vector[2]) }, format = 'jwk',
      }))
      local message, signature = hex(vector[3]), hex(vector[4])
      assert(crypto.sign(nil, message, key) == signature)
      assert(crypto.verify(nil, message, key, signature) == true)
      assert(crypto.verify(nil, message .. 'x', key, signature) == false)
    end
  end)

  test('RS256 and ES256 of RFC 7515, appendix A', function()
    local payload = 'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ'
    local decode = require('luvit:crypto').decode
    -- A.3
    local key = {
      kty = 'EC', crv = 'P-256', x = 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y = 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0', d = 'jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI',
    }
    local message = 'eyJhbGciOiJFUzI1NiJ9.' .. payload
    local signature = decode('DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q', 'base64url')
    local public = { key = key, format = 'jwk', dsaEncoding = 'ieee-p1363' }
    assert(crypto.verify('sha256', message, public, signature) == true)
    assert(crypto.verify('sha256', message, public, signature:sub(1, -2)) == false)
    local own = crypto.sign('sha256', message, public)
    assert(#own == 64 and crypto.verify('sha256', message, public, own) == true)
    assert(crypto.verify('sha256', message, { key = key, format = 'jwk' }, own) == false)
    -- A.2
    local rsa = {
      kty = 'RSA', e = 'AQAB',
      n = 'ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS'
        .. '-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2C'
        .. 'apHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb'
        .. '54h4FRWyuXpoQ',
    }
    signature = decode('cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9'
      .. 'uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6'
      .. '_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_I'
      .. 'oypGlUPQGe77Rw', 'base64url')
    assert(crypto.verify('sha256', 'eyJhbGciOiJSUzI1NiJ9.' .. payload, { key = rsa, format = 'jwk' }, signature) == true)
  end)

  test('X25519 of RFC 7748, 6.1', function()
    local function url(digits) return require('luvit:crypto').encode(hex(digits), 'base64url') end
    local function key(d, x)
      return assert(crypto.createPrivateKey({ key = { kty = 'OKP', crv = 'X25519', d = url(d), x = url(x) }, format = 'jwk' }))
    end
    -- Bob's private key, and Alice's public one below.
    local bob = key('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb',
      'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f')
    local other = pair('x25519')
    local one = crypto.diffieHellman({ privateKey = bob, publicKey = other.publicKey })
    local two = crypto.diffieHellman({ privateKey = other.privateKey, publicKey = crypto.createPublicKey(bob) })
    assert(#one == 32 and one == two)
    local public = assert(crypto.createPublicKey({ format = 'jwk', key = {
      kty = 'OKP', crv = 'X25519', x = url('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a'),
    } }))
    assert(crypto.diffieHellman({ privateKey = bob, publicKey = public })
      == hex('4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742'))
  end)

  test('streams and pieces give what one call gives', function(expect)
    for _, keys in ipairs({ RSA, EC }) do
      local signature = crypto.createSign('RSA-SHA256'):update('a'):update('6263', 'hex'):sign(keys.privateKey)
      assert(crypto.verify('sha256', 'abc', keys.publicKey, signature) == true)
      local check = crypto.createVerify('sha256'):update('abc')
      assert(check:verify(keys.publicKey, require('luvit:crypto').encode(signature, 'base64'), 'base64') == true)
      fails('ERR_CRYPTO_INVALID_STATE', check.verify, check, keys.publicKey, signature)
      fails('ERR_CRYPTO_INVALID_STATE', check.update, check, 'x')
      local stream = crypto.createSign('sha256')
      stream:on('finish', expect(function()
        assert(crypto.verify('sha256', 'abc', keys.publicKey, stream:sign(keys.privateKey)) == true)
      end))
      stream:write('a')
      stream:write('bc')
      stream:_end()
    end
    assert(#crypto.createSign('sha256'):update('x'):sign(RSA.privateKey, 'hex') == 512)
    assert(crypto.createSign('sha256'):update('x'):sign(RSA.privateKey, 'buffer').length == 256)
    refused('ERR_CRYPTO_UNSUPPORTED_OPERATION', 'does not sign', crypto.createSign('sha256'):update('x'):sign(ED.privateKey))
  end)

  test('streams take text, and the classes make what the functions make', function()
    local sign = crypto.Sign:new('sha256', { defaultEncoding = 'hex' })
    sign:write('YWI=', 'base64')
    sign:_end('63')
    local signature = sign:sign(RSA.privateKey)
    assert(signature == crypto.sign('sha256', 'abc', RSA.privateKey))
    local verify = crypto.Verify:new('sha256')
    verify:_end('616263', 'hex')
    assert(verify:verify(RSA.publicKey, signature) == true)
    fails('ERR_CRYPTO_INVALID_DIGEST', crypto.Sign.new, crypto.Sign, 'nope')
    fails('ERR_CRYPTO_SIGN_KEY_REQUIRED', sign.sign, sign)
    fails('ERR_CRYPTO_SIGN_KEY_REQUIRED', crypto.sign, 'sha256', 'abc')
    fails('ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE', crypto.sign, 'sha256', 'abc', RSA.publicKey)
  end)

  test('SPKAC', function()
    local spkac = 'MIG7MGIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAT5qF55WZwKxC1vyZd6QsDAgt4TvpPhHRcNTgVuxwqJ9pTc9yxkVPMs'
      .. 'KchB5qWCRljgNqoKhSg+mTpu6ZB9N0WlFgVoZWxsbzAKBggqhkjOPQQDAgNJADBGAiEAzejSNg+EIb2cZnMiSebXNh3TPRDc'
      .. 'mbqCtUZfd7ixKjUCIQDaU9Hx3OV+MdrdZ2TxKpg79mV0y88uOjsyt+R5S8/SIA=='
    local Certificate = crypto.Certificate
    assert(Certificate.verifySpkac(spkac) == true and Certificate:new():verifySpkac(spkac) == true)
    assert(Certificate.exportChallenge(require('buffer').Buffer:new(spkac)) == 'hello')
    assert(crypto.createPublicKey(Certificate.exportPublicKey(spkac)).asymmetricKeyType == 'ec')
    local hex = require('luvit:crypto').encode(spkac, 'hex')
    assert(Certificate:new():exportChallenge(hex, 'hex') == 'hello')
    assert(Certificate.verifySpkac((spkac:gsub('SIA==$', 'SIQ=='))) == false)
    assert(Certificate.verifySpkac('junk') == false)
    assert(Certificate.exportChallenge('junk') == '' and Certificate.exportPublicKey('') == '')
    fails('ERR_INVALID_ARG_TYPE', Certificate.verifySpkac)
  end)

  test('PSS', function()
    local function with(key, salt) return { key = key, padding = constants.RSA_PKCS1_PSS_PADDING, saltLength = salt } end
    for _, salt in ipairs({ 0, 20, constants.RSA_PSS_SALTLEN_DIGEST, constants.RSA_PSS_SALTLEN_MAX_SIGN }) do
      local signature = assert(crypto.sign('sha256', 'abc', with(RSA.privateKey, salt)))
      assert(crypto.verify('sha256', 'abc', with(RSA.publicKey), signature) == true)
      assert(crypto.verify('sha256', 'abc', with(RSA.publicKey, 21), signature) == false)
      assert(crypto.verify('sha256', 'abc', RSA.publicKey, signature) == false)
    end
    local keys = pair('rsa-pss', { modulusLength = 1024, hashAlgorithm = 'sha256', saltLength = 32 })
    local signature = assert(crypto.sign('sha256', 'abc', keys.privateKey))
    assert(crypto.verify('sha256', 'abc', keys.publicKey, signature) == true)
    refused('ERR_CRYPTO_OPERATION_FAILED', 'sign: ', crypto.sign('sha512', 'abc', keys.privateKey))
    refused('ERR_OSSL_ILLEGAL_OR_UNSUPPORTED_PADDING_MODE', 'PSS only',
      crypto.sign('sha256', 'abc', { key = keys.privateKey, padding = constants.RSA_PKCS1_PADDING }))
  end)

  test('a thread signs and verifies', function(expect)
    for _, keys in ipairs({ RSA, EC, ED }) do
      local algorithm = keys ~= ED and 'sha384' or nil
      crypto.sign(algorithm, 'abc', keys.privateKey, expect(function(err, signature)
        assert(not err)
        crypto.verify(algorithm, 'abc', keys.publicKey, signature, expect(function(problem, sound)
          assert(not problem and sound == true)
        end))
        crypto.verify(algorithm, 'abd', keys.publicKey, signature, expect(function(problem, sound)
          assert(not problem and sound == false)
        end))
      end))
    end
    crypto.sign('sha256', 'abc', ED.privateKey, expect(function(err, signature)
      assert(err:find('ERR_CRYPTO_UNSUPPORTED_OPERATION', 1, true) and signature == nil)
    end))
  end)

  test('mistakes are named', function()
    refused('ERR_CRYPTO_INVALID_DIGEST', "unknown digest 'sha257'", crypto.sign('sha257', 'x', RSA.privateKey))
    refused('ERR_CRYPTO_INVALID_DIGEST', 'signatures of blake3 are not supported', crypto.sign('blake3', 'x', RSA.privateKey))
    refused('ERR_CRYPTO_INVALID_DIGEST', 'signatures of shake128', crypto.sign('shake128', 'x', EC.privateKey))
    refused('ERR_CRYPTO_UNSUPPORTED_OPERATION', 'x25519 does not sign', crypto.sign('sha256', 'x', pair('x25519').privateKey))
    refused('ERR_INVALID_ARG_VALUE', 'padding is 9', crypto.sign('sha256', 'x', { key = RSA.privateKey, padding = 9 }))
    refused('ERR_OUT_OF_RANGE', 'saltLength is -3',
      crypto.sign('sha256', 'x', { key = RSA.privateKey, padding = 6, saltLength = -3 }))
    refused('ERR_OSSL_RSA_DATA_TOO_LARGE_FOR_KEY_SIZE', 'sign: ',
      crypto.sign('sha256', 'x', { key = RSA.privateKey, padding = 6, saltLength = 1000 }))
    refused('ERR_INVALID_ARG_VALUE', "dsaEncoding is 'asn'", crypto.sign('sha256', 'x', { key = EC.privateKey, dsaEncoding = 'asn' }))
    fails('private key expected, got a public one', crypto.sign, 'sha256', 'x', RSA.publicKey)
    fails("bad argument 'data' to 'sign'", crypto.sign, 'sha256', nil, RSA.privateKey)
    fails("bad argument 'algorithm' to 'createSign'", crypto.createSign)
    fails("unknown digest 'x'", crypto.createSign, 'x')
    refused('ERR_OSSL_DECODE_ERROR', 'neither', crypto.verify('sha256', 'x', 'junk', 'y'))
    assert(crypto.verify('sha256', 'x', RSA.publicKey, '') == false)
    assert(crypto.verify('sha256', 'x', EC.publicKey, ('\255'):rep(10000)) == false)
    assert(crypto.verify(nil, 'x', ED.publicKey, 'short') == false)
  end)

  test('encryption with RSA', function()
    local private, public = RSA.privateKey, RSA.publicKey
    local sealed = assert(crypto.publicEncrypt(public, 'secret'))
    assert(#sealed == 256 and crypto.privateDecrypt(private, sealed) == 'secret')
    local function oaep(key, hash, label) return { key = key, oaepHash = hash, oaepLabel = label } end
    sealed = assert(crypto.publicEncrypt(oaep(public, 'sha256', 'label'), 'secret'))
    assert(crypto.privateDecrypt(oaep(private, 'sha256', 'label'), sealed) == 'secret')
    refused('ERR_OSSL_RSA_OAEP_DECODING_ERROR', 'oaep decoding error', crypto.privateDecrypt(oaep(private, 'sha256', 'other'), sealed))
    refused('ERR_OSSL_RSA_OAEP_DECODING_ERROR', 'decrypt', crypto.privateDecrypt(private, sealed))
    local function pkcs1(key) return { key = key, padding = constants.RSA_PKCS1_PADDING } end
    sealed = assert(crypto.publicEncrypt(pkcs1(public), ''))
    assert(#sealed == 256)
    refused('ERR_INVALID_ARG_VALUE', 'RSA_PKCS1_PADDING is not offered', crypto.privateDecrypt(pkcs1(private), sealed))
    local signed = assert(crypto.privateEncrypt(private, 'everyone'))
    assert(crypto.publicDecrypt(public, signed) == 'everyone')
    local raw = { key = private, padding = constants.RSA_NO_PADDING }
    assert(#crypto.privateEncrypt(raw, ('\0'):rep(255) .. 'x') == 256)
    refused('ERR_OSSL_RSA_DATA_TOO_LARGE_FOR_KEY_SIZE', 'data too large for key size', crypto.publicEncrypt(public, ('x'):rep(300)))
    refused('ERR_CRYPTO_UNSUPPORTED_OPERATION', 'ec does not encrypt', crypto.publicEncrypt(EC.publicKey, 'x'))
    refused('ERR_CRYPTO_INVALID_DIGEST', "unknown digest", crypto.publicEncrypt(oaep(public, 'sha257'), 'x'))
    refused('ERR_INVALID_ARG_VALUE', 'padding is 6', crypto.publicEncrypt({ key = public, padding = 6 }, 'x'))
    assert(crypto.publicDecrypt(public, signed:sub(2)) == nil)
  end)

  test('agreement on curves', function(expect)
    for _, curve in ipairs({ 'prime256v1', 'P-384', 'secp521r1', 'secp256k1' }) do
      local a, b = crypto.createECDH(curve), crypto.createECDH(curve)
      local short = a:generateKeys(nil, 'compressed')
      b:generateKeys()
      assert(short:byte() < 4 and #a:getPublicKey() == 2 * #short - 1)
      assert(a:computeSecret(b:getPublicKey()) == b:computeSecret(short))
      assert(a:computeSecret(b:getPublicKey('hex'), 'hex', 'hex') == b:computeSecret(short, nil, 'hex'))
      assert(crypto.ECDH.convertKey(short, curve) == a:getPublicKey())
      local c = assert(crypto.createECDH(curve):setPrivateKey(a:getPrivateKey('hex'), 'hex'))
      assert(c:getPublicKey() == a:getPublicKey())
    end
    local ecdh = crypto.createECDH('P-256')
    fails('ERR_CRYPTO_INVALID_STATE', ecdh.computeSecret, ecdh, 'x')
    fails('ERR_CRYPTO_INVALID_STATE', ecdh.getPublicKey, ecdh)
    fails('unknown curve', crypto.createECDH, 'P-257')
    refused('ERR_CRYPTO_INVALID_KEYPAIR', 'from 1 to', ecdh:setPrivateKey(('\0'):rep(32)))
    refused('ERR_CRYPTO_INVALID_KEYPAIR', 'from 1 to', ecdh:setPrivateKey(('\255'):rep(32)))
    ecdh:generateKeys()
    refused('ERR_CRYPTO_ECDH_INVALID_PUBLIC_KEY', '65 bytes', ecdh:computeSecret('\4' .. ('a'):rep(64)))
    refused('ERR_CRYPTO_ECDH_INVALID_PUBLIC_KEY', 'no point', ecdh:computeSecret(''))
    fails('ERR_CRYPTO_ECDH_INVALID_FORMAT', ecdh.getPublicKey, ecdh, nil, 'short')
    local hybrid, whole = ecdh:getPublicKey(nil, 'hybrid'), ecdh:getPublicKey()
    assert(hybrid:sub(2) == whole:sub(2) and hybrid:byte() == ecdh:getPublicKey(nil, 'compressed'):byte() + 4)
    local public = crypto.ECDH:new('P-256')
    assert(public:setPublicKey(whole) == public and public:getPublicKey() == whole)
    fails('ERR_CRYPTO_INVALID_STATE', public.computeSecret, public, whole)
    public:generateKeys()
    assert(public:getPublicKey() ~= whole and public:computeSecret(whole))
    assert(public:setPublicKey(whole))
    refused('ERR_CRYPTO_INVALID_KEYPAIR', 'does not belong', public:computeSecret(whole))
    refused('ERR_CRYPTO_ECDH_INVALID_PUBLIC_KEY', 'no point', public:setPublicKey('x'))
    local other = pair('ec', { namedCurve = 'P-384' })
    refused('ERR_CRYPTO_INCOMPATIBLE_KEY', 'on curve prime256v1, the public key on secp384r1',
      crypto.diffieHellman({ privateKey = EC.privateKey, publicKey = other.publicKey }))
    refused('ERR_CRYPTO_INCOMPATIBLE_KEY', 'the private key is ec, the public key rsa',
      crypto.diffieHellman({ privateKey = EC.privateKey, publicKey = RSA.publicKey }))
    refused('ERR_CRYPTO_INCOMPATIBLE_KEY', 'ed25519 agrees on nothing',
      crypto.diffieHellman({ privateKey = ED.privateKey, publicKey = ED.publicKey }))
    crypto.diffieHellman({ privateKey = EC.privateKey, publicKey = EC.publicKey }, expect(function(err, secret)
      assert(not err and #secret == 32)
    end))
  end)

  test('Diffie-Hellman over prime fields', function()
    local a, b = crypto.getDiffieHellman('modp14'), crypto.createDiffieHellmanGroup('modp14')
    assert(#a:generateKeys() <= 256 and a.verifyError == 0)
    local public = b:generateKeys('hex')
    assert(a:computeSecret(public, 'hex') == b:computeSecret(a:getPublicKey()))
    local c = assert(crypto.createDiffieHellman(a:getPrime(), a:getGenerator()))
    assert(c:setPrivateKey(a:getPrivateKey('base64'), 'base64') == c)
    assert(c:generateKeys() == a:getPublicKey() and c:getGenerator('hex') == '02')
    assert(crypto.createDiffieHellman(a:getPrime('hex'), 'hex', 2).verifyError == 0)
    refused('ERR_CRYPTO_INVALID_KEYLEN', 'not between 1 and the prime', c:computeSecret('\1'))
    refused('ERR_CRYPTO_INVALID_KEYLEN', 'not between 1 and the prime', c:computeSecret(a:getPrime()))
    refused('ERR_CRYPTO_INVALID_STATE', 'must come first', crypto.createDiffieHellman(a:getPrime()):computeSecret('x'))
    refused('ERR_OUT_OF_RANGE', 'the prime has 8 bits', crypto.createDiffieHellman('\255'))
    refused('ERR_OUT_OF_RANGE', 'the prime has 100 bits', crypto.createDiffieHellman(100))
    refused('ERR_OUT_OF_RANGE', 'generator', crypto.createDiffieHellman(a:getPrime(), 1))
    assert(crypto.createDiffieHellman('\255' .. ('\0'):rep(70) .. '\1').verifyError ~= 0)
    fails("unknown group 'modp3', there are", crypto.getDiffieHellman, 'modp3')
    for name, size in pairs({ modp1 = 96, modp2 = 128, modp5 = 192 }) do
      local group = crypto.getDiffieHellman(name)
      assert(#group:getPrime() == size and group.verifyError == 0, name)
    end
    local d = crypto.DiffieHellman:new(a:getPrime('hex'), 'hex')
    local e = crypto.DiffieHellmanGroup:new('modp14')
    assert(d:computeSecret(e:generateKeys()) == nil and d:generateKeys())
    assert(d:computeSecret(e:getPublicKey(), 'buffer', 'hex') == e:computeSecret(d:getPublicKey('hex'), 'hex', 'hex'))
    fails('ERR_OUT_OF_RANGE', crypto.DiffieHellman.new, crypto.DiffieHellman, '\255')
    fails('ERR_CRYPTO_INVALID_STATE', crypto.getDiffieHellman('modp14').getPublicKey, crypto.getDiffieHellman('modp14'))
    fails('by generateKeys only', a.setPrivateKey, a, 'x')
  end)

  test('openssl verifies what was signed here, and the other way', function(_)
    if not programs.has('openssl') then return print('skipped: there is no program openssl') end
    for _, keys in ipairs({ RSA, EC }) do
      local public, private = programs.file(keys.publicKey:export()), programs.file(keys.privateKey:export())
      local signature = programs.file(crypto.sign('sha256', 'abc', keys.privateKey))
      local out = programs.run('openssl', { 'dgst', '-sha256', '-verify', public, '-signature', signature }, 'abc')
      assert(out:find('Verified OK'))
      local theirs = programs.run('openssl', { 'dgst', '-sha256', '-sign', private }, 'abc')
      assert(crypto.verify('sha256', 'abc', keys.publicKey, theirs) == true)
      for _, name in ipairs({ public, private, signature }) do os.remove(name) end
    end
  end)

  test('node verifies what was signed here', function(_)
    if not programs.has('node') then return print('skipped: there is no program node') end
    local base64 = require('luvit:crypto').encode
    local cases = {
      { 'sha256', RSA, {} }, { 'sha256', RSA, { padding = 6, saltLength = 32 } }, { 'sha512', EC, {} },
      { 'sha256', EC, { dsaEncoding = 'ieee-p1363' } }, { false, ED, {} },
    }
    local list = {}
    for index, case in ipairs(cases) do
      local input = { key = case[2].privateKey }
      for name, value in pairs(case[3]) do input[name] = value end
      list[index] = {
        algorithm = case[1], options = case[3], key = case[2].publicKey:export(),
        signature = base64(assert(crypto.sign(case[1] or nil, 'abc', input)), 'base64'),
      }
    end
    list[#list + 1] = { sealed = base64(crypto.publicEncrypt({ key = RSA.publicKey, oaepHash = 'sha256' }, 'abc'), 'base64'),
      private = RSA.privateKey:export() }
    local out = programs.run('node', { '-e', [[
      const crypto = require('crypto')
      for (const it of JSON.parse(require('fs').readFileSync(0))) {
        if (it.sealed) {
          console.log(String(crypto.privateDecrypt({ key: it.private, oaepHash: 'sha256' }, Buffer.from(it.sealed, 'base64'))))
        } else {
          console.log(crypto.verify(it.algorithm || null, Buffer.from('abc'), { key: it.key, ...it.options },
            Buffer.from(it.signature, 'base64')))
        }
      }
    ]] }, require('json').stringify(list))
    assert(out == 'true\ntrue\ntrue\ntrue\ntrue\nabc\n', out)
  end)
end)
