-- Key derivation. Vectors of RFCs and of Wycheproof are in crates/luvit-crypto; here it is the API, and that node and
-- openssl agree.

local crypto = require('crypto')
local Buffer = require('buffer').Buffer
local await = require('await')
local helper = require('./libs/crypto-helper')
local hex, raises = helper.hex, helper.raises

require('tap')(function (test)
  test("PBKDF2", function (expect)
    local key = crypto.pbkdf2Sync('password', 'salt', 4096, 20, 'sha1')
    assert(hex(key) == '4b007901b765489abead49d926f721d065a429c1')
    assert(crypto.pbkdf2Sync(Buffer:new('password'), Buffer:new('salt'), 4096, 20, 'SHA-1') == key)
    assert(crypto.pbkdf2Sync('', '', 1, 0, 'sha1') == '')
    crypto.pbkdf2('password', 'salt', 4096, 20, 'sha1', expect(function(err, got) assert(not err and got == key) end))
    coroutine.wrap(expect(function()
      assert(crypto.pbkdf2('password', 'salt', 4096, 20, 'sha1', coroutine.running()) == key)
      assert(await(crypto.pbkdf2, 'password', 'salt', 4096, 20, 'sha1') == key)
    end))()
    raises('ERR_CRYPTO_INVALID_DIGEST', crypto.pbkdf2Sync, 'p', 's', 1, 1, 'nope')
    raises('ERR_CRYPTO_INVALID_DIGEST', crypto.pbkdf2, 'p', 's', 1, 1, 'nope', print)
    raises("bad argument 'iterations' to 'pbkdf2Sync' (integer from 1 to 2147483647 expected, got 0)", crypto.pbkdf2Sync,
      'p', 's', 0, 1, 'sha1')
    raises("bad argument 'password'", crypto.pbkdf2Sync, nil, 's', 1, 1, 'sha1')
    raises("bad argument 'keylen'", crypto.pbkdf2Sync, 'p', 's', 1, -1, 'sha1')
    raises("bad argument 'digest'", crypto.pbkdf2Sync, 'p', 's', 1, 1)
    raises("bad argument 'callback' to 'pbkdf2' (function expected, got nil)", crypto.pbkdf2, 'p', 's', 1, 1, 'sha1')
  end)

  test("scrypt", function (expect)
    local key = crypto.scryptSync('password', 'NaCl', 64, { N = 1024, r = 8, p = 16 })
    assert(hex(key):sub(1, 32) == 'fdbabe1c9d3472007856e7190d01e9fe')
    assert(crypto.scryptSync('password', 'NaCl', 64, { cost = 1024, blockSize = 8, parallelization = 16 }) == key)
    -- The default is that of node: N = 16384, r = 8, p = 1.
    assert(hex(crypto.scryptSync('pleaseletmein', 'SodiumChloride', 16)) == '7023bdcb3afd7348461c06cd81fd38eb')
    assert(crypto.scryptSync('p', 's', 0) == '')
    crypto.scrypt('password', 'NaCl', 64, { N = 1024, p = 16 }, expect(function(err, got)
      assert(not err and got == key)
    end))
    crypto.scrypt('pleaseletmein', 'SodiumChloride', 8, expect(function(err, got)
      assert(not err and hex(got) == '7023bdcb3afd7348')
    end))
    raises('ERR_CRYPTO_SCRYPT_INVALID_PARAMETER', crypto.scryptSync, 'p', 's', 1, { N = 16, cost = 16 })
    raises('ERR_CRYPTO_INVALID_SCRYPT_PARAMS: memory limit exceeded: 33557504 bytes are needed, maxmem is 33554432',
      crypto.scryptSync, 'p', 's', 1, { N = 32768 })
    raises('memory limit exceeded', crypto.scrypt, 'p', 's', 1, { N = 32768 }, print)
    assert(#crypto.scryptSync('p', 's', 1, { N = 32768, maxmem = 64 * 1024 * 1024 }) == 1)
    raises('N is 3, a power of 2 above 1 is expected', crypto.scryptSync, 'p', 's', 1, { N = 3 })
    raises('r and p are at least 1', crypto.scryptSync, 'p', 's', 1, { r = 0 })
    raises("bad argument 'options.N'", crypto.scryptSync, 'p', 's', 1, { N = 'x' })
    raises("bad argument 'options' to 'scryptSync'", crypto.scryptSync, 'p', 's', 1, 5)
    raises("bad argument 'callback' to 'scrypt'", crypto.scrypt, 'p', 's', 1)
  end)

  test("Argon2", function (expect)
    local parameters = {
      message = ('\1'):rep(32), nonce = ('\2'):rep(16), secret = ('\3'):rep(8), associatedData = ('\4'):rep(12),
      memory = 32, passes = 3, parallelism = 4, tagLength = 32,
    }
    local id = '0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659'
    assert(hex(crypto.argon2Sync('argon2id', parameters)) == id)
    assert(hex(crypto.argon2Sync('argon2i', parameters)):sub(1, 8) == 'c814d9d1')
    assert(hex(crypto.argon2Sync('argon2d', parameters)):sub(1, 8) == '512b391b')
    crypto.argon2('argon2id', parameters, expect(function(err, key) assert(not err and hex(key) == id) end))
    coroutine.wrap(expect(function()
      assert(hex(await(crypto.argon2, 'argon2id', parameters)) == id)
    end))()
    raises("unknown algorithm 'argon3'", crypto.argon2Sync, 'argon3', parameters)
    raises("bad argument 'parameters' to 'argon2Sync' (table expected, got nil)", crypto.argon2Sync, 'argon2id')
    local function with(name, value)
      local copy = {}
      for key, old in pairs(parameters) do copy[key] = old end
      copy[name] = value
      return copy
    end
    raises("bad argument 'parameters.message'", crypto.argon2Sync, 'argon2id', with('message', nil))
    raises('nonce is 7 bytes, at least 8 are expected', crypto.argon2Sync, 'argon2id', with('nonce', '1234567'))
    raises('memory is 31, at least 8 for each of 4 lanes', crypto.argon2Sync, 'argon2id', with('memory', 31))
    raises("bad argument 'parameters.passes'", crypto.argon2Sync, 'argon2id', with('passes', 0))
    raises("bad argument 'parameters.tagLength'", crypto.argon2Sync, 'argon2id', with('tagLength', 3))
    raises('associatedData is 33 bytes', crypto.argon2, 'argon2id', with('associatedData', ('x'):rep(33)), print)
  end)

  test("HKDF", function (expect)
    local ikm, salt, info = ('\11'):rep(22), helper.bytes('000102030405060708090a0b0c'), helper.bytes('f0f1f2f3f4f5f6f7f8f9')
    local expected = '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865'
    assert(hex(crypto.hkdfSync('sha256', ikm, salt, info, 42)) == expected)
    crypto.hkdf('sha256', ikm, salt, info, 42, expect(function(err, key) assert(not err and hex(key) == expected) end))
    raises('ERR_CRYPTO_INVALID_KEYLEN: length is 5101, HKDF with sha1 gives at most 5100 bytes', crypto.hkdfSync, 'sha1',
      'k', '', '', 5101)
    raises("bad argument 'info'", crypto.hkdfSync, 'sha1', 'k', '', nil, 1)
    assert(#crypto.hkdfSync('sha1', 'k', '', ('i'):rep(1024), 1) == 1)
    raises('ERR_OUT_OF_RANGE', crypto.hkdfSync, 'sha1', 'k', '', ('i'):rep(1025), 1)
  end)

  test("node agrees", function (_, _, context)
    if not helper.has('node', '--version') then return context.skip('node is not installed') end
    local program, ours = {}, {}
    local function both(javascript, mine)
      program[#program + 1] = ("console.log(Buffer.from(%s).toString('hex'));"):format(javascript)
      ours[#ours + 1] = hex(mine)
    end
    for _, digest in ipairs({ 'md5', 'sha384', 'sha512', 'sha3-256', 'blake2b512', 'ripemd160' }) do
      both(("crypto.pbkdf2Sync('password', 'salt', 7, 77, '%s')"):format(digest),
        crypto.pbkdf2Sync('password', 'salt', 7, 77, digest))
      both(("crypto.hkdfSync('%s', 'key', 'salt', 'info', 77)"):format(digest),
        crypto.hkdfSync(digest, 'key', 'salt', 'info', 77))
      both(("crypto.createHmac('%s', 'key').update('message').digest()"):format(digest),
        crypto.createHmac(digest, 'key'):update('message'):digest())
    end
    for _, digest in ipairs(crypto.getHashes()) do
      -- Node has neither, unless OpenSSL's legacy provider is loaded.
      if digest ~= 'blake3' and digest ~= 'md4' then
        both(("crypto.createHash('%s').update('message').digest()"):format(digest),
          crypto.createHash(digest):update('message'):digest())
      end
    end
    both("crypto.scryptSync('password', 'salt', 33, { N: 16, r: 3, p: 5 })",
      crypto.scryptSync('password', 'salt', 33, { N = 16, r = 3, p = 5 }))
    local theirs = helper.run('node', { '-e', "const crypto = require('crypto');" .. table.concat(program) })
    local count = 0
    for line in theirs:gmatch('%x+') do
      count = count + 1
      assert(line == ours[count], program[count])
    end
    assert(count == #ours)
  end)

  test("openssl agrees", function (_, _, context)
    if not helper.has('openssl', 'version') then return context.skip('openssl is not installed') end
    local data = crypto.randomBytes(100000)
    for _, digest in ipairs({ 'md5', 'sha1', 'sha256', 'sha512', 'sha3-256', 'blake2b512', 'blake2s256' }) do
      assert(helper.run('openssl', { 'dgst', '-' .. digest, '-binary' }, data) == crypto.createHash(digest):update(data):digest(),
        digest)
    end
  end)

  test("several at once, and what runs meanwhile", function (expect)
    local turns = 0
    local timer = require('timer')
    local interval = timer.setInterval(1, function() turns = turns + 1 end)
    local left = 8
    for i = 1, 8 do
      crypto.pbkdf2('password' .. i, 'salt', 20000, 32, 'sha512', expect(function(err, key)
        assert(not err and #key == 32)
        left = left - 1
        if left == 0 then
          timer.clearInterval(interval)
          assert(turns > 0, 'the loop stood still')
        end
      end))
    end
  end)
end)
