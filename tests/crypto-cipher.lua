-- Symmetric ciphers. What they compute is held against Wycheproof in crates/luvit-crypto/tests; here it is the API, and
-- that openssl and node agree.

local crypto = require('crypto')
local Buffer = require('buffer').Buffer
local helper = require('./libs/crypto-helper')
local raises = helper.raises

local KEY, IV = ('k'):rep(16), ('i'):rep(16)

local function encrypt(name, key, iv, message, options)
  local cipher = crypto.createCipheriv(name, key, iv, options)
  local out = cipher:update(message) .. cipher:final()
  return out, cipher
end

local function decrypt(name, key, iv, message, tag, options)
  local decipher = crypto.createDecipheriv(name, key, iv, options)
  if tag then decipher:setAuthTag(tag) end
  local first = decipher:update(message)
  local last, err, code = decipher:final()
  if not last then return nil, err, code end
  return first .. last
end

require('tap')(function (test)
  test("every cipher goes there and back", function ()
    local text = 'a message of some length, which is no multiple of 16'
    for _, name in ipairs(crypto.getCiphers()) do
      local message = text
      local info = crypto.getCipherInfo(name)
      local key, iv = crypto.randomBytes(info.keyLength), info.ivLength and crypto.randomBytes(info.ivLength)
      if info.mode == 'wrap' then
        message = name:find('pad') and message or message:sub(1, 48)
        iv = name:find('pad') and helper.bytes('a65959a6') or iv
      end
      local options = info.mode == 'ccm' and { authTagLength = 16 } or nil
      local sealed, cipher = encrypt(name, key, iv, message, options)
      assert(sealed ~= message and #sealed >= #message, name)
      local tag
      if info.mode == 'gcm' or info.mode == 'ccm' or info.mode == 'stream' then
        tag = cipher:getAuthTag()
        assert(#tag == 16, name)
      else
        raises('ERR_CRYPTO_INVALID_STATE', cipher.getAuthTag, cipher)
      end
      assert(decrypt(name, key, iv, sealed, tag, options) == message, name)
    end
  end)

  test("openssl agrees", function (_, _, context)
    if not helper.has('openssl', 'version') then return context.skip('openssl is not installed') end
    local message = ('0123456789'):rep(50)
    for _, name in ipairs(crypto.getCiphers()) do
      local info = crypto.getCipherInfo(name)
      -- `openssl enc` does no authenticated ciphers.
      if info.mode ~= 'gcm' and info.mode ~= 'wrap' and info.mode ~= 'ccm' and info.mode ~= 'stream' then
        local key, iv = crypto.randomBytes(info.keyLength), info.ivLength and crypto.randomBytes(info.ivLength)
        local args = { 'enc', '-' .. name, '-K', helper.hex(key) }
        if iv then
          args[#args + 1] = '-iv'
          args[#args + 1] = helper.hex(iv)
        end
        local theirs = helper.run('openssl', args, message)
        assert(theirs == encrypt(name, key, iv, message), name)
      end
    end
  end)

  test("node agrees, and opens what we sealed", function (_, _, context)
    if not helper.has('node', '--version') then return context.skip('node is not installed') end
    local cases = {}
    for _, name in ipairs({ 'aes-128-gcm', 'aes-256-gcm', 'aes-192-ccm', 'chacha20-poly1305' }) do
      local info = crypto.getCipherInfo(name)
      local key, iv = crypto.randomBytes(info.keyLength), crypto.randomBytes(12)
      local cipher = crypto.createCipheriv(name, key, iv, { authTagLength = 16 })
      cipher:setAAD('header')
      local sealed = cipher:update('message') .. cipher:final()
      cases[#cases + 1] = table.concat({ name, helper.hex(key), helper.hex(iv), helper.hex(sealed),
        helper.hex(cipher:getAuthTag()) }, ' ')
    end
    local out = helper.run('node', { '-e', [[
      const crypto = require('crypto');
      for (const line of require('fs').readFileSync(0, 'utf8').split('\n')) {
        const [name, ...rest] = line.split(' ');
        const [key, iv, sealed, tag] = rest.map((text) => Buffer.from(text, 'hex'));
        const decipher = crypto.createDecipheriv(name, key, iv, { authTagLength: 16 });
        decipher.setAuthTag(tag);
        decipher.setAAD(Buffer.from('header'), { plaintextLength: sealed.length });
        process.stdout.write(decipher.update(sealed) + decipher.final() + ';');
      }
    ]] }, table.concat(cases, '\n'))
    assert(out == ('message;'):rep(4), out)
  end)

  test("wrong lengths are said", function ()
    raises('ERR_CRYPTO_INVALID_KEYLEN: key is 10 bytes, aes-128-cbc takes 16', crypto.createCipheriv, 'aes-128-cbc',
      ('k'):rep(10), IV)
    raises('ERR_CRYPTO_INVALID_IV: iv is 12 bytes, aes-128-cbc takes 16', crypto.createCipheriv, 'aes-128-cbc', KEY,
      ('i'):rep(12))
    raises('ERR_CRYPTO_INVALID_IV: iv is 16 bytes, aes-128-ecb takes none', crypto.createCipheriv, 'aes-128-ecb', KEY, IV)
    raises('ERR_CRYPTO_INVALID_IV: iv is 0 bytes', crypto.createDecipheriv, 'aes-128-gcm', KEY)
    raises("ERR_CRYPTO_UNKNOWN_CIPHER: unknown cipher 'aes-129-cbc'", crypto.createCipheriv, 'aes-129-cbc', KEY, IV)
    raises('ERR_CRYPTO_INVALID_AUTH_TAG: authTagLength is required for aes-128-ccm', crypto.createCipheriv, 'aes-128-ccm',
      KEY, ('i'):rep(12))
    raises('authTagLength is 5', crypto.createCipheriv, 'aes-128-gcm', KEY, IV, { authTagLength = 5 })
    raises("bad argument 'algorithm' to 'createCipheriv'", crypto.createCipheriv, nil, KEY, IV)
    raises("bad argument 'key' to 'createCipheriv'", crypto.createCipheriv, 'aes-128-cbc', nil, IV)
    raises("bad argument 'iv' to 'createCipheriv'", crypto.createCipheriv, 'aes-128-cbc', KEY, {})
    raises("bad argument 'options.authTagLength'", crypto.createCipheriv, 'aes-128-gcm', KEY, IV, { authTagLength = 'x' })
    local decipher = crypto.createDecipheriv('aes-128-gcm', KEY, IV)
    raises('tag is 4 bytes, aes-128-gcm takes 16', decipher.setAuthTag, decipher, 'abcd')
    raises('this is no hex', decipher.setAuthTag, decipher, 'abc', 'hex')
  end)

  test("a message that was changed is not authentic", function ()
    local sealed, cipher = encrypt('aes-128-gcm', KEY, IV, 'message')
    local tag = cipher:getAuthTag()
    assert(decrypt('aes-128-gcm', KEY, IV, sealed, tag) == 'message')
    local plain, err, code = decrypt('aes-128-gcm', KEY, IV, sealed .. 'x', tag)
    assert(plain == nil and code == 'ERR_CRYPTO_AUTHENTICATION_FAILED' and err:find('unable to authenticate data', 1, true))
    assert(decrypt('aes-128-gcm', KEY, ('j'):rep(16), sealed, tag) == nil)
    assert(select(2, decrypt('aes-128-gcm', KEY, IV, sealed)):find('setAuthTag was not called', 1, true))
    -- Short tags only for those who ask for them.
    raises('tag is 12 bytes', decrypt, 'aes-128-gcm', KEY, IV, sealed, tag:sub(1, 12))
    assert(decrypt('aes-128-gcm', KEY, IV, sealed, tag:sub(1, 12), { authTagLength = 12 }) == 'message')
  end)

  test("additional data", function ()
    for _, name in ipairs({ 'aes-128-gcm', 'aes-128-ccm' }) do
      local options, iv = { authTagLength = 8 }, ('i'):rep(12)
      local cipher = crypto.createCipheriv(name, KEY, iv, options)
      assert(cipher:setAAD('he') == cipher and cipher:setAAD(Buffer:new('ad'), { plaintextLength = 7 }))
      local sealed = cipher:update('message') .. cipher:final()
      local function open(header)
        local decipher = crypto.createDecipheriv(name, KEY, iv, options)
        decipher:setAuthTag(cipher:getAuthTag())
        decipher:setAAD(header)
        local first = decipher:update(sealed)
        local last = decipher:final()
        return last and first .. last
      end
      assert(open('head') == 'message', name)
      assert(open('Head') == nil, name)
    end
    local cipher = crypto.createCipheriv('aes-128-cbc', KEY, IV)
    raises('aes-128-cbc authenticates nothing', cipher.setAAD, cipher, 'x')
    raises("bad argument 'options' to 'setAAD' (table expected, got number)", cipher.setAAD, cipher, 'x', 3)
    raises("bad argument 'options' to 'getCipherInfo' (table expected, got number)", crypto.getCipherInfo, 'aes128', 12)
  end)

  test("steps in a wrong order", function ()
    local cipher = crypto.createCipheriv('aes-128-gcm', KEY, IV)
    raises('ERR_CRYPTO_INVALID_STATE', cipher.getAuthTag, cipher)
    cipher:update('x')
    raises('ERR_CRYPTO_INVALID_STATE', cipher.setAAD, cipher, 'x')
    cipher:final()
    for _, method in ipairs({ 'update', 'final', 'setAutoPadding' }) do
      raises('ERR_CRYPTO_INVALID_STATE', cipher[method], cipher, method == 'update' and 'x' or nil)
    end
    local ccm = crypto.createCipheriv('aes-128-ccm', KEY, ('i'):rep(13), { authTagLength = 8 })
    ccm:update('x')
    raises('CCM takes the whole message in one update', ccm.update, ccm, 'y')
  end)

  test("padding", function ()
    local sealed = encrypt('aes-128-cbc', KEY, IV, 'short')
    assert(#sealed == 16)
    local decipher = crypto.createDecipheriv('aes-128-cbc', KEY, IV)
    assert(decipher:setAutoPadding(false) == decipher)
    assert(decipher:update(sealed) .. decipher:final() == 'short' .. ('\11'):rep(11))
    local cipher = crypto.createCipheriv('aes-128-cbc', KEY, IV):setAutoPadding(false)
    cipher:update('short')
    local last, err, code = cipher:final()
    assert(last == nil and code == 'ERR_OSSL_WRONG_FINAL_BLOCK_LENGTH' and err:find('multiple of 16 bytes', 1, true))
    assert(select(3, decrypt('aes-128-cbc', ('K'):rep(16), IV, sealed)) == 'ERR_OSSL_BAD_DECRYPT')
    assert(select(3, decrypt('aes-128-cbc', KEY, IV, sealed:sub(1, 15))) == 'ERR_OSSL_WRONG_FINAL_BLOCK_LENGTH')
    assert(select(3, decrypt('aes-128-cbc', KEY, IV, '')) == 'ERR_OSSL_WRONG_FINAL_BLOCK_LENGTH')
  end)

  test("encodings", function ()
    local sealed = encrypt('aes-128-cbc', KEY, IV, ('x'):rep(40))
    for _, encoding in ipairs({ 'hex', 'base64', 'base64url' }) do
      local cipher = crypto.createCipheriv('aes-128-cbc', KEY, IV)
      local text = cipher:update(('x'):rep(17), 'binary', encoding) .. cipher:update(('78'):rep(23), 'hex', encoding)
        .. cipher:final(encoding)
      local decipher = crypto.createDecipheriv('aes-128-cbc', KEY, IV)
      local plain = decipher:update(text, encoding) .. decipher:final()
      assert(plain == ('x'):rep(40), encoding)
      if encoding == 'hex' then assert(text == helper.hex(sealed)) end
    end
    local cipher = crypto.createCipheriv('aes-128-ctr', Buffer:new(KEY), Buffer:new(IV))
    assert(Buffer.isBuffer(cipher:update(Buffer:new('x'), nil, 'buffer')) and #cipher:final('buffer') == 0)
    raises("unknown encoding 'hax'", cipher.update, cipher, 'x', nil, 'hax')
  end)

  test("as streams", function (expect)
    local message = crypto.randomBytes(300000)
    local cipher = crypto.createCipheriv('aes-256-gcm', ('k'):rep(32), IV)
    local sealed = {}
    cipher:on('data', function(chunk) sealed[#sealed + 1] = chunk end)
    cipher:on('end', expect(function()
      sealed = table.concat(sealed)
      local function open(text, done)
        local decipher = crypto.createDecipheriv('aes-256-gcm', ('k'):rep(32), IV)
        decipher:setAuthTag(cipher:getAuthTag())
        local plain = {}
        decipher:on('data', function(chunk) plain[#plain + 1] = chunk end)
        decipher:on('end', function() done(nil, table.concat(plain)) end)
        decipher:on('error', done)
        for from = 1, #text, 70000 do decipher:write(text:sub(from, from + 69999)) end
        decipher:_end()
      end
      open(sealed, expect(function(err, plain) assert(not err and plain == message) end))
      open(sealed:sub(1, -2), expect(function(err)
        assert(tostring(err):find('unable to authenticate data', 1, true), err)
      end))
    end))
    cipher:write(message:sub(1, 100000))
    cipher:write(message:sub(100001))
    cipher:_end()
  end)

  test("what is known of ciphers", function ()
    local info = crypto.getCipherInfo('AES-192-CBC')
    assert(info.name == 'aes-192-cbc' and info.mode == 'cbc' and info.nid == 423 and info.keyLength == 24)
    assert(info.ivLength == 16 and info.blockSize == 16)
    assert(crypto.getCipherInfo(423).name == 'aes-192-cbc')
    assert(crypto.getCipherInfo('aes-128-ecb').ivLength == nil)
    assert(crypto.getCipherInfo('aes-128-gcm', { ivLength = 20 }).ivLength == 20)
    assert(crypto.getCipherInfo('aes-128-cbc', { ivLength = 20 }) == nil)
    assert(crypto.getCipherInfo('aes-128-cbc', { keyLength = 15 }) == nil)
    assert(crypto.getCipherInfo('nope') == nil and crypto.getCipherInfo(1) == nil)
    raises("bad argument 'nameOrNid'", crypto.getCipherInfo)
  end)

  test("keys are wrapped", function ()
    local key, data = helper.bytes('000102030405060708090a0b0c0d0e0f'), helper.bytes('00112233445566778899aabbccddeeff')
    local iv = ('\166'):rep(8)
    -- RFC 3394, section 4.1.
    local wrapped = helper.bytes('1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5')
    for _, name in ipairs({ 'id-aes128-wrap', 'aes128-wrap' }) do
      assert(encrypt(name, key, iv, data) == wrapped)
      assert(decrypt(name, key, iv, wrapped) == data)
    end
    local _, _, code = crypto.createDecipheriv('id-aes128-wrap', key, iv):update(wrapped:reverse())
    assert(code == 'ERR_CRYPTO_AUTHENTICATION_FAILED')
    _, _, code = crypto.createCipheriv('id-aes128-wrap', key, iv):update('seven b')
    assert(code == 'ERR_CRYPTO_INVALID_MESSAGELEN')
    raises('ERR_CRYPTO_INVALID_IV', crypto.createCipheriv, 'id-aes128-wrap-pad', key, 'four')
    local info = crypto.getCipherInfo('id-aes192-wrap-pad')
    assert(info.mode == 'wrap' and info.nid == 900 and info.ivLength == 4 and info.blockSize == 8)
  end)

  test("the names that node lists are listed", function ()
    local listed = {}
    for _, name in ipairs(crypto.getCiphers()) do listed[name] = true end
    for _, name in ipairs({ 'aes128', 'aes256', 'des3', 'id-aes128-GCM', 'id-aes256-wrap', 'aes192-wrap', 'aes-128-cfb1',
      'aes-128-cbc' }) do
      assert(listed[name], name)
    end
  end)

  test("streams take and give text", function ()
    local cipher = crypto.createCipheriv('aes-128-cbc', KEY, IV):setEncoding('base64')
    cipher:write('616263', 'hex')
    cipher:_end('ZGVm', 'base64')
    local sealed = cipher:read()
    assert(sealed == require('luvit:crypto').encode(encrypt('aes-128-cbc', KEY, IV, 'abcdef'), 'base64'), sealed)
    local decipher = crypto.createDecipheriv('aes-128-cbc', KEY, IV, { encoding = 'hex', defaultEncoding = 'base64' })
    decipher:_end(sealed)
    assert(decipher:read() == '616263646566')
    raises("unknown encoding 'hax'", cipher.setEncoding, cipher, 'hax')
    raises("unknown encoding 'hax'", crypto.createCipheriv, 'aes-128-cbc', KEY, IV, { encoding = 'hax' })
    raises("bad argument 'chunk' to 'write' (this is no hex)", cipher.write, cipher, 'x', 'hex')
  end)

  test("CCM takes the length that was announced", function ()
    local function cipher(length)
      local it = crypto.createCipheriv('aes-128-ccm', KEY, ('i'):rep(12), { authTagLength = 16 })
      return it:setAAD('header', { plaintextLength = length })
    end
    assert(#cipher(4):update('abcd') == 4)
    local _, _, code = cipher(4):update('abc')
    assert(code == 'ERR_CRYPTO_INVALID_MESSAGELEN', code)
    raises('ERR_INVALID_ARG_VALUE', cipher, -1)
    raises('ERR_INVALID_ARG_TYPE', cipher, 'x')
  end)

  test("the classes make what the functions make", function ()
    local cipher = crypto.Cipheriv:new('aes-128-cbc', KEY, IV)
    local sealed = cipher:update('abc') .. cipher:final()
    local decipher = crypto.Decipheriv:new('aes-128-cbc', KEY, IV)
    assert(decipher:update(sealed) .. decipher:final() == 'abc')
    raises('ERR_CRYPTO_INVALID_KEYLEN', crypto.Cipheriv.new, crypto.Cipheriv, 'aes-128-cbc', 'k', IV)
    local public = crypto.generateKeyPairSync('ed25519').publicKey
    raises('ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE', crypto.createCipheriv, 'aes-128-cbc', public, IV)
    raises('ERR_INVALID_ARG_TYPE', crypto.getCipherInfo, 'aes-128-cbc', { ivLength = 'x' })
    raises('ERR_INVALID_ARG_VALUE', crypto.createCipheriv, 'aes-128-gcm', KEY, IV, { authTagLength = 1.5 })
  end)

  test("misuse of methods raises, and nothing else", function ()
    local cipher = crypto.createCipheriv('aes-128-ctr', KEY, IV)
    raises("bad argument 'data' to 'update'", cipher.update, cipher)
    raises("bad argument 'data' to 'update'", cipher.update, cipher, 5)
    raises("bad argument 'algorithm' to 'createCipheriv'", crypto.Cipheriv.new, crypto.Cipheriv)
    raises('', cipher.update, {}, 'x')
  end)
end)
