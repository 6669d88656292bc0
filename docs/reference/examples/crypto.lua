local crypto = require('crypto')

-- A digest, in one call or piece by piece.
print(crypto.hash('sha1', 'abc'))  --> a9993e364706816aba3e25717850c26c9cd0d89d
local hash = crypto.createHash('sha256')
hash:update('a')
hash:update('bc')
print(hash:digest('base64'))  --> ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=

-- A message and a code that proves who wrote it.
local function sign(message)
  return crypto.createHmac('sha256', 'our secret'):update(message):digest()
end
local code = sign('pay 5')
print(crypto.timingSafeEqual(code, sign('pay 5')))    --> true
print(crypto.timingSafeEqual(code, sign('pay 500')))  --> false

-- Numbers that nobody guesses.
print(#crypto.randomBytes(16), #crypto.randomUUID())  --> 16	36

-- Mistakes are raised.
print(pcall(crypto.createHash, 'sha257'))
--> false	ERR_CRYPTO_INVALID_DIGEST: unknown digest 'sha257', crypto.getHashes() lists those there are
