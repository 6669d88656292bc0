-- Keys: read, written, made; with the programs openssl and node on the other side where they are there.

local crypto = require('crypto')
local programs = require('./libs/crypto-programs')

local KINDS = {
  { 'rsa', { modulusLength = 2048 } },
  { 'rsa-pss', { modulusLength = 2048, hashAlgorithm = 'sha256', saltLength = 32 } },
  { 'ec', { namedCurve = 'P-256' } },
  { 'ec', { namedCurve = 'secp384r1' } },
  { 'ec', { namedCurve = 'P-521' } },
  { 'ec', { namedCurve = 'secp256k1' } },
  { 'ed25519' },
  { 'x25519' },
}

local function fails(text, fn, ...)
  local ok, err = pcall(fn, ...)
  assert(not ok, 'no error')
  assert(tostring(err):find(text, 1, true), err)
end

local function refused(wanted, text, value, err, code)
  assert(value == nil, 'no error')
  assert(code == wanted, code)
  assert(err:find(text, 1, true), err)
  assert(err:sub(1, #code + 2) == code .. ': ', err)
end

require('tap')(function(test)
  test('every kind goes out and comes back in every form', function()
    for _, kind in ipairs(KINDS) do
      local pair = crypto.generateKeyPairSync(kind[1], kind[2])
      local private, public = pair.privateKey, pair.publicKey
      assert(private.type == 'private' and public.type == 'public')
      assert(private.asymmetricKeyType == kind[1] and public.asymmetricKeyType == kind[1])
      for _, format in ipairs({ 'pem', 'der' }) do
        local copy = assert(crypto.createPrivateKey({ key = private:export({ format = format }), format = format }))
        assert(copy:equals(private) and not copy:equals(public))
        copy = assert(crypto.createPublicKey({ key = public:export({ format = format, type = 'spki' }), format = format }))
        assert(copy:equals(public))
      end
      assert(crypto.createPublicKey(private):equals(public))
      assert(crypto.createPublicKey(private:export()):equals(public))
      if kind[1] ~= 'rsa-pss' then
        local jwk = private:export({ format = 'jwk' })
        assert(crypto.createPrivateKey({ key = jwk, format = 'jwk' }):equals(private))
        assert(crypto.createPublicKey(public:export({ format = 'jwk' })):equals(public))
        local locked = private:export({ cipher = 'aes-256-cbc', passphrase = 'sesame' })
        assert(locked:find('BEGIN ENCRYPTED PRIVATE KEY', 1, true))
        assert(crypto.createPrivateKey({ key = locked, passphrase = 'sesame' }):equals(private))
        refused('ERR_MISSING_PASSPHRASE', 'no passphrase was given', crypto.createPrivateKey(locked))
        refused('ERR_OSSL_BAD_DECRYPT', 'wrong passphrase',
          crypto.createPrivateKey({ key = locked, passphrase = 'simsim' }))
      end
    end
  end)

  test('what is known about a key', function()
    local function details(...) return crypto.generateKeyPairSync(...).publicKey.asymmetricKeyDetails end
    local rsa = details('rsa', { modulusLength = 1024, publicExponent = 3 })
    assert(rsa.modulusLength == 1024 and rsa.publicExponent == 3)
    local pss = details('rsa-pss', { modulusLength = 1024, hashAlgorithm = 'sha384', saltLength = 20 })
    assert(pss.hashAlgorithm == 'sha384' and pss.mgf1HashAlgorithm == 'sha384' and pss.saltLength == 20)
    assert(details('rsa-pss', { modulusLength = 1024 }).hashAlgorithm == nil)
    assert(details('ec', { namedCurve = 'P-256' }).namedCurve == 'prime256v1')
    assert(next(details('ed25519')) == nil)
    local curves = table.concat(crypto.getCurves(), ' ')
    for _, name in ipairs({ 'prime256v1', 'secp384r1', 'secp521r1', 'secp256k1' }) do assert(curves:find(name)) end
  end)

  test('the forms of old programs', function()
    local rsa = crypto.generateKeyPairSync('rsa', { modulusLength = 1024 })
    local ec = crypto.generateKeyPairSync('ec', { namedCurve = 'P-384' })
    for key, form in pairs({ [rsa.privateKey] = 'pkcs1', [ec.privateKey] = 'sec1' }) do
      local pem = key:export({ type = form })
      assert(pem:find(form == 'pkcs1' and 'BEGIN RSA PRIVATE' or 'BEGIN EC PRIVATE'))
      assert(crypto.createPrivateKey(pem):equals(key))
      assert(crypto.createPrivateKey({ key = key:export({ type = form, format = 'der' }), format = 'der', type = form })
        :equals(key))
      local locked = key:export({ type = form, cipher = 'aes-128-cbc', passphrase = 'sesame' })
      assert(locked:find('DEK-Info: AES-128-CBC,', 1, true))
      assert(crypto.createPrivateKey({ key = locked, passphrase = 'sesame' }):equals(key))
      refused('ERR_OSSL_BAD_DECRYPT', 'wrong', crypto.createPrivateKey({ key = locked, passphrase = 'x' }))
    end
    assert(crypto.createPublicKey(rsa.publicKey:export({ type = 'pkcs1' })):equals(rsa.publicKey))
    refused('ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS', 'PKCS#1 is for RSA keys only', ec.privateKey:export({ type = 'pkcs1' }))
    refused('ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS', 'SEC1 is for EC keys only', rsa.privateKey:export({ type = 'sec1' }))
  end)

  test('JWK by RFC 7517, 7638 and 8037', function()
    -- RFC 8037, appendix A.1 and A.2
    local jwk = {
      kty = 'OKP', crv = 'Ed25519', d = 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
      x = '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
    }
    local key = assert(crypto.createPrivateKey({ key = jwk, format = 'jwk' }))
    local out = key:export({ format = 'jwk' })
    for name, value in pairs(jwk) do assert(out[name] == value, name) end
    -- RFC 7517, appendix A.2: the private key of the first example
    local ec = {
      kty = 'EC', crv = 'P-256', x = 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
      y = '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM', d = '870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE',
    }
    assert(crypto.createPrivateKey(ec))
    local function with(base, changes)
      local copy = {}
      for name, value in pairs(base) do copy[name] = value end
      for name, value in pairs(changes) do copy[name] = value or nil end
      return { key = copy, format = 'jwk' }
    end
    local code = 'ERR_CRYPTO_INVALID_JWK'
    refused(code, "no member 'y'", crypto.createPrivateKey(with(ec, { y = false })))
    refused(code, "member 'x' of the JWK is not base64url", crypto.createPrivateKey(with(ec, { x = ec.x .. '=' })))
    refused(code, "member 'x' of the JWK is not base64url", crypto.createPrivateKey(with(ec, { x = '+' .. ec.x:sub(2) })))
    refused(code, "member 'd' of the JWK is 31 bytes, P-256 takes 32", crypto.createPrivateKey(with(ec, { d = ec.d:sub(1, 42):sub(1, -2) .. 'A' })))
    refused(code, 'not a valid key', crypto.createPrivateKey(with(ec, { x = ec.y })))
    refused(code, 'not a valid key', crypto.createPrivateKey(with(ec, { d = ec.x })))
    refused(code, 'do not belong together', crypto.createPrivateKey(with(jwk, { d = jwk.x })))
    refused(code, "unknown type 'DSA'", crypto.createPublicKey(with(ec, { kty = 'DSA' })))
    refused(code, 'createSecretKey', crypto.createPublicKey({ key = { kty = 'oct', k = 'AA' }, format = 'jwk' }))
    refused('ERR_CRYPTO_INVALID_CURVE', "unknown curve 'P-257'", crypto.createPublicKey(with(ec, { crv = 'P-257' })))
    refused(code, 'public key where a private key', crypto.createPrivateKey(with(ec, { d = false })))
    local secret = crypto.createSecretKey({ kty = 'oct', k = 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow' })
    assert(secret.symmetricKeySize == 64 and secret:export({ format = 'jwk' }).k:sub(1, 10) == 'AyM1SysPpb')
  end)

  test('secret keys', function()
    local key = crypto.createSecretKey('6b6579', 'hex')
    assert(key.type == 'secret' and key.symmetricKeySize == 3 and key:export() == 'key')
    fails("bad argument 'options' to 'export' (table expected, got number)", key.export, key, 3)
    assert(key:equals(crypto.createSecretKey('key')) and not key:equals(crypto.createSecretKey('kez')))
    assert(crypto.createHmac('sha256', key):update('x'):digest('hex')
      == crypto.createHmac('sha256', 'key'):update('x'):digest('hex'))
    assert(crypto.generateKeySync('aes', { length = 256 }).symmetricKeySize == 32)
    fails('128, 192 or 256 expected', crypto.generateKeySync, 'aes', { length = 100 })
    fails("unknown type 'des'", crypto.generateKeySync, 'des', { length = 64 })
  end)

  test('keys are made on a thread', function(expect)
    crypto.generateKeyPair('rsa', { modulusLength = 1024 }, expect(function(err, public, private)
      assert(not err and public.type == 'public' and private.type == 'private')
      assert(crypto.createPublicKey(private):equals(public))
    end))
    crypto.generateKeyPair('ec', {
      namedCurve = 'P-256', publicKeyEncoding = { type = 'spki', format = 'pem' },
      privateKeyEncoding = { type = 'sec1', format = 'der' },
    }, expect(function(err, public, private)
      assert(not err and public:find('BEGIN PUBLIC KEY') and private:byte() == 0x30)
    end))
    crypto.generateKeyPair('ed25519', expect(function(err, public) assert(not err and public) end))
    crypto.generateKeyPair('rsa', { modulusLength = 512 }, expect(function(err, public)
      assert(err:find('1024 to 16384') and public == nil)
    end))
    crypto.generateKey('hmac', { length = 64 }, expect(function(err, key)
      assert(not err and key.symmetricKeySize == 8)
    end))
  end)

  test('mistakes are named', function()
    fails("modulusLength is 512, it may be 1024 to 16384", crypto.generateKeyPairSync, 'rsa', { modulusLength = 512 })
    fails("it may be 1024 to 16384", crypto.generateKeyPairSync, 'rsa', { modulusLength = 2 ^ 40 })
    fails('publicExponent is 4', crypto.generateKeyPairSync, 'rsa', { modulusLength = 2048, publicExponent = 4 })
    fails('publicExponent is 1,', crypto.generateKeyPairSync, 'rsa', { modulusLength = 2048, publicExponent = 1 })
    fails("'options.modulusLength'", crypto.generateKeyPairSync, 'rsa')
    fails("'options.namedCurve'", crypto.generateKeyPairSync, 'ec', {})
    fails("unknown curve 'P-512', there are", crypto.generateKeyPairSync, 'ec', { namedCurve = 'P-512' })
    fails("unknown type 'dsa' of a key pair", crypto.generateKeyPairSync, 'dsa')
    fails("unknown digest 'sha257'", crypto.generateKeyPairSync, 'rsa-pss', { modulusLength = 1024, hashAlgorithm = 'sha257' })
    fails("bad argument 'callback' to 'generateKeyPair'", crypto.generateKeyPair, 'ed25519', {})
    fails("bad argument 'callback' to 'generateKeyPair'", crypto.generateKeyPair, 'ed25519')
    fails("bad argument 'key' to 'createPrivateKey'", crypto.createPrivateKey, 5)
    fails("unknown format 'pen'", crypto.createPrivateKey, { key = 'x', format = 'pen' })
    local pair = crypto.generateKeyPairSync('ed25519')
    fails('private key expected, got a public one', crypto.createPrivateKey, pair.publicKey)
    fails('cipher and passphrase belong together', pair.privateKey.export, pair.privateKey, { cipher = 'aes-128-cbc' })
    fails('public keys are not encrypted', pair.publicKey.export, pair.publicKey, { cipher = 'aes-128-cbc', passphrase = 'x' })
    refused('ERR_OSSL_UNSUPPORTED', 'encryption of keys with aes-1-cbc is not supported',
      pair.privateKey:export({ cipher = 'aes-1-cbc', passphrase = 'x' }))
    refused('ERR_INVALID_ARG_VALUE', "unknown type 'spki' of a private key", pair.privateKey:export({ type = 'spki' }))
    refused('ERR_OSSL_DECODE_ERROR', 'neither PEM nor DER', crypto.createPrivateKey('junk'))
    refused('ERR_OSSL_UNSUPPORTED', 'a PUBLIC KEY where a private key is expected',
      crypto.createPrivateKey(pair.publicKey:export()))
    refused('ERR_OSSL_UNSUPPORTED', 'OpenSSH',
      crypto.createPrivateKey('-----BEGIN OPENSSH PRIVATE KEY-----\nAA==\n-----END OPENSSH PRIVATE KEY-----\n'))
    fails('is made by', crypto.KeyObject.new, crypto.KeyObject)
    local der = pair.privateKey:export({ format = 'der' })
    for length = 0, #der - 1 do assert(not crypto.createPrivateKey(der:sub(1, length))) end
  end)

  test('options that mean nothing are refused', function()
    local secret = crypto.createSecretKey('abc')
    assert(secret:export({ format = 'buffer' }) == 'abc')
    fails('ERR_INVALID_ARG_VALUE', secret.export, secret, { format = 'pem' })
    fails('ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE', crypto.createPublicKey, secret)
    fails('ERR_INVALID_ARG_VALUE', crypto.generateKeyPairSync, 'rsa2', {})
    fails('ERR_INVALID_ARG_VALUE', crypto.generateKeyPairSync, 'ec', { namedCurve = 'P-256', paramEncoding = 'explicit' })
    assert(crypto.generateKeyPairSync('ec', { namedCurve = 'P-256', paramEncoding = 'named' }))
    fails('ERR_INVALID_ARG_TYPE', crypto.generateKeySync, nil, { length = 8 })
    local private = crypto.generateKeyPairSync('ed25519').privateKey
    fails('ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS', private.export, private,
      { format = 'jwk', cipher = 'aes-128-cbc', passphrase = 'x' })
  end)

  test('with openssl, both ways', function(_)
    if not programs.has('openssl') then return print('skipped: there is no program openssl') end
    for _, kind in ipairs(KINDS) do
      local private = crypto.generateKeyPairSync(kind[1], kind[2]).privateKey
      local theirs = programs.run('openssl', { 'pkey', '-pubout' }, private:export())
      assert(crypto.createPublicKey(theirs):equals(crypto.createPublicKey(private)), kind[1])
      if kind[1] ~= 'rsa-pss' then
        local locked = private:export({ cipher = 'aes-192-cbc', passphrase = 'sesame' })
        local open = programs.run('openssl', { 'pkey', '-passin', 'pass:sesame' }, locked)
        assert(crypto.createPrivateKey(open):equals(private))
        locked = programs.run('openssl', { 'pkcs8', '-topk8', '-passout', 'pass:sesame' }, private:export())
        assert(crypto.createPrivateKey({ key = locked, passphrase = 'sesame' }):equals(private))
      end
    end
  end)

  test('with node, both ways', function(_)
    if not programs.has('node') then return print('skipped: there is no program node') end
    for _, kind in ipairs(KINDS) do
      if kind[1] ~= 'rsa-pss' then
        local private = crypto.generateKeyPairSync(kind[1], kind[2]).privateKey
        local json = require('json').stringify(private:export({ format = 'jwk' }))
        local pem = programs.run('node', { '-e', [[
          const crypto = require('crypto')
          const key = crypto.createPrivateKey({ key: JSON.parse(require('fs').readFileSync(0)), format: 'jwk' })
          process.stdout.write(key.export({ type: 'pkcs8', format: 'pem' }))
        ]] }, json)
        assert(crypto.createPrivateKey(pem):equals(private), kind[1])
      end
    end
  end)
end)
