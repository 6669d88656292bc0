local openssl = require('openssl')

-- Digests, codes, encodings.
print(openssl.digest.digest('sha1', 'abc'))            --> a9993e364706816aba3e25717850c26c9cd0d89d
print(openssl.hmac.hmac('sha1', 'message', 'key'))     --> 2088df74d5f2146b48146caf4965377e9d0be3a4
print(openssl.base64('hello'), openssl.hex('hello'))   --> aGVsbG8=	68656c6c6f

-- A message that is encrypted.
local cipher = openssl.cipher.get('aes-256-cbc')
local key, iv = openssl.digest.digest('sha256', 'a secret', true), ('\0'):rep(16)
local sealed = cipher:encrypt('attack at dawn', key, iv)
print(#sealed, cipher:decrypt(sealed, key, iv))        --> 16	attack at dawn

-- Integers of any size.
local bn = openssl.bn
print(bn.number(2) ^ 100)                              --> 1267650600228229401496703205376
print(bn.powmod(3, 1000, 1000007))                     --> 297623

-- A queue of bytes, as TLS sessions have at both ends.
local queue = openssl.bio.mem()
queue:write('abc')
queue:write('def')
print((queue:pending()), queue:read(4), queue:read())    --> 6	abcd	ef

-- What is left out is said.
print((select(2, pcall(function() return openssl.cms end)):match('openssl.cms is not part of luvit')))
--> openssl.cms is not part of luvit
