-- Cryptography: digests, message authentication codes, random numbers, keys derived from passwords, ciphers, signatures,
-- keys and certificates, with node's API. The work is done by libcrypto (AWS-LC).
--
-- Bytes are strings, here as everywhere in Lua: what node gives as a `Buffer` is a string, and whatever takes a string
-- takes a buffer (`require('buffer')`) as well. Text that stands for bytes has an encoding: `hex`, `base64`, `base64url`,
-- or `binary` (also called `latin1`, `utf8`, `ascii`), which is the string as it is. Results are `binary` unless another
-- encoding is asked for; `buffer` gives a buffer.
--
-- A mistake of the program, such as an algorithm that does not exist, a key of a wrong length, or a call in the wrong
-- order, is raised as an error. What depends on the data, such as a message that is not authentic, is returned as nil, the
-- error and its code, or passed to the callback. Errors begin with node's code where node has one:
-- `ERR_CRYPTO_INVALID_KEYLEN: key is 10 bytes, aes-128-cbc takes 16`. That of a wrong argument is
-- `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE` or `ERR_OUT_OF_RANGE`.
--
-- What takes long has a form with a callback, which does the work on a thread; `await(crypto.scrypt, …)` waits for it.

---@class luvit.crypto
---@field constants table<string, integer> numbers that options take: `RSA_PKCS1_PADDING`, `RSA_PKCS1_OAEP_PADDING`, `RSA_PSS_SALTLEN_DIGEST` …
local crypto = {}

-- Which part has what; the parts load when they are used.
local partOf = {}
for part, names in pairs({
  ['crypto/certificate'] = 'Certificate',
  ['crypto/cipher'] = 'Cipheriv Decipheriv createCipheriv createDecipheriv getCiphers getCipherInfo',
  ['crypto/dh'] = 'DiffieHellman DiffieHellmanGroup createDiffieHellman getDiffieHellman createDiffieHellmanGroup',
  ['crypto/ecdh'] = 'ECDH createECDH diffieHellman',
  ['crypto/hash'] = 'Hash Hmac createHash createHmac hash getHashes',
  ['crypto/kdf'] = 'pbkdf2 pbkdf2Sync scrypt scryptSync argon2 argon2Sync hkdf hkdfSync',
  ['crypto/keys'] = 'KeyObject createSecretKey createPrivateKey createPublicKey generateKeyPair generateKeyPairSync '
    .. 'generateKey generateKeySync getCurves',
  ['crypto/prime'] = 'generatePrime generatePrimeSync checkPrime checkPrimeSync',
  ['crypto/random'] = 'randomBytes pseudoRandomBytes randomFill randomFillSync getRandomValues randomInt randomUUID '
    .. 'timingSafeEqual',
  ['crypto/sign'] = 'Sign Verify createSign createVerify sign verify publicEncrypt privateDecrypt privateEncrypt '
    .. 'publicDecrypt constants',
  ['crypto/x509'] = 'X509Certificate readCertificates readPkcs12 createCertificate createCertificateRequest '
    .. 'CertificateRequest readCertificateRequest',
}) do
  for name in names:gmatch('%S+') do partOf[name] = part end
end

return require('luvit:parts')(crypto, partOf, function(name, part) return require(part)[name] end)
