-- Digests, message authentication codes and random numbers. Ciphers and key derivation have files of their own.

local crypto = require('crypto')
local Buffer = require('buffer').Buffer

-- Whether `fn(...)` raises an error with this text in it.
local function raises(text, fn, ...)
  local ok, err = pcall(fn, ...)
  assert(not ok, 'no error')
  assert(tostring(err):find(text, 1, true), tostring(err))
end

require('tap')(function (test)
  test("digests by name, in every form of it", function ()
    local abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
    for _, name in ipairs({ 'sha256', 'SHA256', 'SHA-256', 'RSA-SHA256', 'sha256WithRSAEncryption' }) do
      assert(crypto.createHash(name):update('abc'):digest('hex') == abc, name)
    end
    for _, name in ipairs(crypto.getHashes()) do
      assert(#crypto.createHash(name):digest() > 0, name)
    end
    raises("ERR_CRYPTO_INVALID_DIGEST: unknown digest 'sha257'", crypto.createHash, 'sha257')
    raises("bad argument 'algorithm' to 'createHash' (string expected, got nil)", crypto.createHash)
  end)

  test("digest encodings", function ()
    local function digest(...) return crypto.createHash('md5'):digest(...) end
    assert(digest('hex') == 'd41d8cd98f00b204e9800998ecf8427e')
    assert(digest('base64') == '1B2M2Y8AsgTpgAmY7PhCfg==')
    assert(digest('base64url') == '1B2M2Y8AsgTpgAmY7PhCfg')
    local raw = digest()
    assert(#raw == 16 and digest('latin1') == raw and digest('binary') == raw)
    assert(tostring(digest('buffer')) == raw and Buffer.isBuffer(digest('buffer')))
    raises("unknown encoding 'hax'", digest, 'hax')
    raises("bad argument 'encoding' to 'digest' (string expected, got number)", digest, 5)
  end)

  test("input encodings, and buffers", function ()
    local abc = crypto.hash('sha1', 'abc')
    local function sha1(...) return crypto.createHash('sha1'):update(...):digest('hex') end
    assert(sha1('616263', 'hex') == abc)
    assert(sha1('YWJj', 'base64') == abc)
    assert(sha1('abc', 'utf8') == abc)
    assert(sha1(Buffer:new('abc')) == abc)
    raises("bad argument 'data' to 'update' (this is no hex)", sha1, '6', 'hex')
    raises("bad argument 'data' to 'update' (this is no base64)", sha1, '*', 'base64')
    raises("bad argument 'data' to 'update' (string or buffer expected, got table)", sha1, {})
    raises("bad argument 'data' to 'update' (string or buffer expected, got nil)", sha1)
  end)

  test("a digest is asked for once", function ()
    local hash = crypto.createHash('sha1')
    hash:digest()
    raises('ERR_CRYPTO_HASH_FINALIZED', hash.digest, hash)
    raises('ERR_CRYPTO_HASH_FINALIZED', hash.update, hash, 'x')
    raises('ERR_CRYPTO_HASH_FINALIZED', hash.copy, hash)
    raises("bad argument 'options' to 'copy' (table expected, got number)", hash.copy, crypto.createHash('md5'), 9)
    raises("bad argument 'options.outputLength' to 'copy'", hash.copy, crypto.createHash('shake128'), { outputLength = -1 })
    local hmac = crypto.createHmac('sha1', 'key')
    hmac:digest()
    raises('ERR_CRYPTO_HASH_FINALIZED', hmac.digest, hmac)
  end)

  test("copies go on for themselves", function ()
    local hash = crypto.createHash('sha256'):update('a')
    local copy = hash:copy()
    assert(copy:update('bc'):digest('hex') == crypto.hash('sha256', 'abc'))
    assert(hash:update('x'):digest('hex') == crypto.hash('sha256', 'ax'))
    local hmac = crypto.createHmac('md5', 'k'):update('a')
    local code = hmac:copy():digest('hex')
    assert(code == hmac:digest('hex'))
    assert(code == crypto.createHmac('md5', 'k'):update('a'):digest('hex'))
  end)

  test("digests of any length", function ()
    local function shake(length) return crypto.createHash('shake128', { outputLength = length }):digest('hex') end
    assert(shake() == '7f9c2ba4e88f827d616045507605853e')
    assert(shake(5) == '7f9c2ba4e8')
    assert(shake(0) == '')
    assert(#shake(1000) == 2000)
    local copy = crypto.createHash('shake256'):copy({ outputLength = 3 })
    assert(copy:digest('hex') == '46b9dd')
    assert(crypto.hash('blake3', 'abc', { outputLength = 2 }) == '6437')
    raises('outputLength is 31, a digest of sha256 is 32 bytes long', crypto.createHash, 'sha256', { outputLength = 31 })
    raises("bad argument 'options.outputLength'", crypto.createHash, 'shake128', { outputLength = -1 })
    raises("bad argument 'options.outputLength'", crypto.createHash, 'shake128', { outputLength = 'x' })
    raises("bad argument 'options.outputLength'", crypto.createHash, 'shake128', { outputLength = 2 ^ 40 })
  end)

  test("message authentication codes", function ()
    -- RFC 2202 and RFC 4231, test case 2, and a key longer than a block (case 6).
    local function hmac(name, key, data) return crypto.createHmac(name, key):update(data):digest('hex') end
    local data = 'what do ya want for nothing?'
    assert(hmac('md5', 'Jefe', data) == '750c783e6ab0b503eaa86e310a5db738')
    assert(hmac('sha1', 'Jefe', data) == 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79')
    assert(hmac('sha256', 'Jefe', data) == '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843')
    assert(hmac('sha256', ('\170'):rep(131), 'Test Using Larger Than Block-Size Key - Hash Key First')
      == '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54')
    assert(hmac('sha1', Buffer:new('Jefe'), data) == hmac('sha1', 'Jefe', data))
    assert(crypto.createHmac('sha1', '4a656665', { encoding = 'hex' }):update(data):digest('hex')
      == hmac('sha1', 'Jefe', data))
    raises("bad argument 'key' to 'createHmac' (string or buffer expected, got nil)", crypto.createHmac, 'sha1')
    raises('ERR_CRYPTO_INVALID_DIGEST', crypto.createHmac, 'nope', 'key')
  end)

  test("a digest as a stream", function (expect)
    local hash = crypto.createHash('sha256', { encoding = 'hex' })
    local got = {}
    hash:on('data', function(chunk) got[#got + 1] = chunk end)
    hash:on('end', expect(function()
      assert(#got == 1 and got[1] == crypto.hash('sha256', 'abc'))
    end))
    hash:write('a')
    hash:write('')
    hash:_end('bc')

    local path = assert(require('uv').os_tmpdir()) .. '/luvit-crypto-' .. crypto.randomUUID()
    local fs = require('fs')
    local content = crypto.randomBytes(700000)
    assert(fs.writeFileSync(path, content))
    local file = fs.createReadStream(path)
    file:pipe(crypto.createHmac('sha1', 'key')):on('data', expect(function(code)
      fs.unlinkSync(path)
      assert(code == crypto.createHmac('sha1', 'key'):update(content):digest())
    end))
  end)

  test("a stream whose digest was taken says so", function (expect)
    local hash = crypto.createHash('sha256')
    hash:on('error', expect(function(err) assert(tostring(err):find('ERR_CRYPTO_HASH_FINALIZED', 1, true), err) end))
    hash:digest()
    hash:write('x')
  end)

  test("a digest on a thread", function (expect)
    local data = ('0123456789'):rep(100000)
    local hex = crypto.hash('sha256', data)
    crypto.hash('sha256', data, 'hex', expect(function(err, digest) assert(not err and digest == hex) end))
    crypto.hash('sha256', data, expect(function(err, digest) assert(not err and digest == hex) end))
    crypto.hash('sha256', 'abc', 'buffer', expect(function(err, digest) assert(not err and #digest == 32) end))
    coroutine.wrap(expect(function()
      assert(crypto.hash('sha256', data, 'hex', coroutine.running()) == hex)
      assert(require('await')(crypto.hash, 'sha256', data) == hex)
    end))()
    raises('ERR_CRYPTO_INVALID_DIGEST', crypto.hash, 'nope', 'x', 'hex', print)
    raises("bad argument 'callback' to 'hash'", crypto.hash, 'md5', 'x', 'hex', 5)
  end)

  test("random bytes", function (expect)
    assert(#crypto.randomBytes(0) == 0 and #crypto.randomBytes(1000) == 1000)
    assert(crypto.randomBytes(16) ~= crypto.randomBytes(16))
    crypto.randomBytes(100, expect(function(err, bytes) assert(not err and #bytes == 100) end))
    for _, size in ipairs({ -1, 1.5, 2 ^ 31, 0 / 0, 1 / 0 }) do
      raises("bad argument 'size' to 'randomBytes'", crypto.randomBytes, size)
    end
    raises("bad argument 'size' to 'randomBytes' (number expected, got string)", crypto.randomBytes, '16')
  end)

  test("buffers filled", function (expect)
    local buffer = Buffer:new(('\0'):rep(32))
    assert(crypto.randomFillSync(buffer, 8, 16) == buffer)
    local text = tostring(buffer)
    assert(text:sub(1, 8) == ('\0'):rep(8) and text:sub(25) == ('\0'):rep(8) and text:sub(9, 24) ~= ('\0'):rep(16))
    raises("bad argument 'size' to 'randomFillSync'", crypto.randomFillSync, buffer, 8, 25)
    raises("bad argument 'offset' to 'randomFillSync'", crypto.randomFillSync, buffer, 33)
    raises("bad argument 'buffer' to 'randomFillSync'", crypto.randomFillSync, 'text')
    local other = Buffer:new(('\0'):rep(16))
    crypto.randomFill(other, expect(function(err, filled)
      assert(not err and filled == other and tostring(other) ~= ('\0'):rep(16))
    end))
  end)

  test("random integers", function (expect)
    local seen = {}
    for _ = 1, 200 do seen[crypto.randomInt(-1, 2)] = true end
    assert(seen[-1] and seen[0] and seen[1] and not seen[2])
    assert(crypto.randomInt(1) == 0)
    assert(crypto.randomInt(2 ^ 48) < 2 ^ 48)
    crypto.randomInt(5, 6, expect(function(err, number) assert(err == nil and number == 5) end))
    raises('more than min, 5, expected, got 5', crypto.randomInt, 5, 5)
    raises('at most 2^48', crypto.randomInt, 0, 2 ^ 48 + 1)
    raises('integer', crypto.randomInt, 0.5)
  end)

  test("UUIDs", function ()
    local uuid = crypto.randomUUID()
    assert(uuid:match('^%x%x%x%x%x%x%x%x%-%x%x%x%x%-4%x%x%x%-[89ab]%x%x%x%-%x%x%x%x%x%x%x%x%x%x%x%x$'), uuid)
    assert(uuid ~= crypto.randomUUID())
  end)

  test("comparison of secrets", function ()
    assert(crypto.timingSafeEqual('abc', 'abc') == true)
    assert(crypto.timingSafeEqual('abc', Buffer:new('abd')) == false)
    assert(crypto.timingSafeEqual('', '') == true)
    raises('ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH: the two have to be of one length, they have 1 and 2 bytes',
      crypto.timingSafeEqual, 'a', 'bb')
    raises("bad argument 'b' to 'timingSafeEqual'", crypto.timingSafeEqual, 'a')
  end)
end)
