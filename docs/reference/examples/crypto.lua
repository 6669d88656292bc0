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

-- A message that nobody reads or changes on its way. The vector and the tag are no secrets.
local function hex(bytes) return require('buffer').Buffer:new(bytes):toString('hex') end
local key, iv = ('k'):rep(32), ('i'):rep(12)  -- of a real program, crypto.randomBytes(32) and (12)
local cipher = crypto.createCipheriv('aes-256-gcm', key, iv)
local sealed = cipher:update('attack at dawn') .. cipher:final()
local tag = cipher:getAuthTag()
print(hex(sealed))  --> bbf08c15519381658f748519ec79

local function open(message)
  local decipher = crypto.createDecipheriv('aes-256-gcm', key, iv)
  decipher:setAuthTag(tag)
  local first = decipher:update(message)
  local last, err, code = decipher:final()
  if not last then return nil, code end
  return first .. last
end
print(open(sealed))         --> attack at dawn
print(open(sealed .. '!'))  --> nil	ERR_CRYPTO_AUTHENTICATION_FAILED

-- Mistakes are raised.
print(pcall(crypto.createHash, 'sha257'))
--> false	ERR_CRYPTO_INVALID_DIGEST: unknown digest 'sha257', crypto.getHashes() lists those there are

-- A pair of keys: what the private one signs, the public one verifies.
local pair = crypto.generateKeyPairSync('ec', { namedCurve = 'P-256' })
local signature = crypto.sign('sha256', 'pay 5', pair.privateKey)
print(crypto.verify('sha256', 'pay 5', pair.publicKey, signature))    --> true
print(crypto.verify('sha256', 'pay 500', pair.publicKey, signature))  --> false

-- Keys go out as PEM, DER or JWK, and encrypted if they are private.
local locked = pair.privateKey:export({ cipher = 'aes-256-cbc', passphrase = 'sesame' })
print(locked:match('^[^\n]+'))          --> -----BEGIN ENCRYPTED PRIVATE KEY-----
print(crypto.createPrivateKey(locked))
--> nil	ERR_MISSING_PASSPHRASE: the key is encrypted, and no passphrase was given	ERR_MISSING_PASSPHRASE
print(pair.publicKey:export({ format = 'jwk' }).crv)  --> P-256

-- Two sides that only see each other's public keys have a secret together.
local other = crypto.generateKeyPairSync('ec', { namedCurve = 'P-256' })
local ours = crypto.diffieHellman({ privateKey = pair.privateKey, publicKey = other.publicKey })
local theirs = crypto.diffieHellman({ privateKey = other.privateKey, publicKey = pair.publicKey })
print(ours == theirs)  --> true

-- An authority of one's own, a certificate of it, and a look at that.
local authority = crypto.generateKeyPairSync('ed25519').privateKey
local ca = crypto.createCertificate { key = authority, subject = 'our CA', ca = true }
local pem = crypto.createCertificate {
  key = pair.publicKey, subject = { CN = 'localhost', O = 'Us' }, altNames = { 'DNS:localhost', 'IP:127.0.0.1' },
  days = 30, issuer = ca, issuerKey = authority,
}
local cert = crypto.X509Certificate:new(pem)
print(cert.subjectAltName, cert:checkHost('localhost'))  --> DNS:localhost, IP Address:127.0.0.1	localhost
print(#cert:verifyChain({ ca = ca, host = 'localhost' }))  --> 2

-- A password is kept as a key that takes long to make; a thread makes it.
crypto.scrypt('password', 'salt', 8, function(err, derived)
  print(err, hex(derived))  --> nil	745731af4484f323
end)
