---@meta crypto

-- Made by scripts/reference.lua of crates/luvit/lua/crypto/. Change it there.

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
-- `ERR_CRYPTO_INVALID_KEYLEN: key is 10 bytes, aes-128-cbc takes 16`.
--
-- What takes long has a form with a callback, which does the work on a thread; `await(crypto.scrypt, …)` waits for it.

---An encoding of bytes as text: `binary`, with its other names `latin1`, `utf8`, `utf-8` and `ascii`, is the string as it
---is.
---@alias luvit.crypto.Encoding 'binary'|'latin1'|'utf8'|'utf-8'|'ascii'|'hex'|'base64'|'base64url'

---An encoding of results: `buffer` gives a buffer (`require('buffer')`).
---@alias luvit.crypto.OutputEncoding luvit.crypto.Encoding|'buffer'

---Options of `createCipheriv` and `createDecipheriv`, and of the stream that they return.
---@class luvit.crypto.CipherOptions: luvit.stream.DuplexOptions
---@field authTagLength? integer bytes of the tag: needed with CCM; 16 by default with GCM and ChaCha20-Poly1305, which take no shorter one unless this says so

---What is known of a cipher.
---@class luvit.crypto.CipherInfo
---@field name string in lower case
---@field nid integer OpenSSL's number of it
---@field mode 'ecb'|'cbc'|'ctr'|'ofb'|'cfb'|'gcm'|'ccm'|'stream'
---@field keyLength integer bytes of its key
---@field ivLength? integer bytes of its initialization vector; nil for ECB, which has none
---@field blockSize? integer bytes it takes at a time, 1 where any number will do; nil for ChaCha20-Poly1305

---Options of `createHash`, and of the stream that it returns.
---@class luvit.crypto.HashOptions: luvit.stream.DuplexOptions
---@field outputLength? integer bytes of output, for digests of any length: SHAKE and BLAKE3
---@field encoding? luvit.crypto.OutputEncoding of what the stream gives

---Options of `createHmac`, and of the stream that it returns.
---@class luvit.crypto.HmacOptions: luvit.stream.DuplexOptions
---@field encoding? luvit.crypto.Encoding of the key, if it is a string

---A message authentication code under way. It is used as a `Hash` is.
---@class luvit.crypto.Hmac: luvit.crypto.Hash

---What scrypt costs. About `128 * N * r` bytes of memory are needed, which has to be below `maxmem`; each name has a long
---form as well.
---@class luvit.crypto.ScryptOptions
---@field N? integer a power of 2, 16384 by default
---@field r? integer size of the blocks, 8 by default
---@field p? integer how often it is done, 1 by default
---@field maxmem? integer bytes, 33554432 by default
---@field cost? integer the same as `N`
---@field blockSize? integer the same as `r`
---@field parallelization? integer the same as `p`

---What Argon2 is given. RFC 9106 recommends `argon2id` with 4 lanes, 1 pass and 2 GiB (`memory = 2097152`), or 3 passes and
---64 MiB (`memory = 65536`), and a nonce of 16 random bytes.
---@class luvit.crypto.Argon2Parameters
---@field message string|luvit.Buffer the password
---@field nonce string|luvit.Buffer the salt, at least 8 bytes
---@field parallelism integer lanes, 1 to 2^24 - 1; they are computed one after the other
---@field tagLength integer bytes of the key, at least 4
---@field memory integer KiB of memory, at least 8 for each lane
---@field passes integer how often it goes over the memory
---@field secret? string|luvit.Buffer a key that is not stored with the result
---@field associatedData? string|luvit.Buffer more data that the result depends on, at most 32 bytes

---A message that is encrypted. It is an object with `update` and `final`, and a stream that takes the message and gives
---what becomes of it; use one of the two.
---@class luvit.crypto.Cipheriv: luvit.Transform
local Cipheriv = {}

---Adds a piece of the message.
---@param data string|luvit.Buffer
---@param inputEncoding? luvit.crypto.Encoding what the string is written in, `binary` by default
---@param outputEncoding? luvit.crypto.OutputEncoding
---@return string? output # what becomes of it, which may be empty and come later; a buffer, if that is asked for
---@return string? err # when the message is too long for the cipher
---@return string? code
function Cipheriv:update(data, inputEncoding, outputEncoding) end

---Ends the message. Afterwards every method except `getAuthTag` raises `ERR_CRYPTO_INVALID_STATE`.
---
---When decrypting, it fails with `ERR_CRYPTO_AUTHENTICATION_FAILED` if the message is not authentic, and with
---`ERR_OSSL_BAD_DECRYPT` if its padding is wrong.
---@param outputEncoding? luvit.crypto.OutputEncoding
---@return string? output # what is left; a buffer, if that is asked for
---@return string? err
---@return string? code
function Cipheriv:final(outputEncoding) end

---Adds data that is authenticated but not encrypted, such as a header. Before the message, with an authenticating cipher.
---@param data string|luvit.Buffer
---@param options? { plaintextLength?: integer, encoding?: luvit.crypto.Encoding } the length is not needed, for CCM either
---@return luvit.crypto.Cipheriv # itself
function Cipheriv:setAAD(data, options) end

---Whether the last block is filled up, and the filling removed again, as it is by default. Without it, messages of ECB and
---CBC are whole blocks. Before the message.
---@param autoPadding? boolean true by default
---@return luvit.crypto.Cipheriv # itself
function Cipheriv:setAutoPadding(autoPadding) end

---The tag of the message, once it has ended, with an authenticating cipher. It goes with the message, and is no secret.
---@return string
function Cipheriv:getAuthTag() end

---A message that is decrypted, used as a `Cipheriv` is.
---
---Of an authenticating cipher (GCM, CCM, ChaCha20-Poly1305), what `update` returns and the stream emits is **not to be
---trusted until `final` has returned it, or the stream has ended**: only then it is known that nobody changed the message.
---@class luvit.crypto.Decipheriv: luvit.crypto.Cipheriv
local Decipheriv = {}

---The tag that came with the message: once, before its end (with CCM, before its beginning).
---@param tag string|luvit.Buffer of `authTagLength` bytes
---@param encoding? luvit.crypto.Encoding of the tag, if it is a string
---@return luvit.crypto.Decipheriv # itself
function Decipheriv:setAuthTag(tag, encoding) end

---A digest under way. It is an object with `update` and `digest`, and a stream that takes bytes and gives the digest at
---their end; use one of the two.
---@class luvit.crypto.Hash: luvit.Transform
local Hash = {}

---Adds bytes.
---@param data string|luvit.Buffer
---@param inputEncoding? luvit.crypto.Encoding what the string is written in, `binary` by default
---@return luvit.crypto.Hash # itself
function Hash:update(data, inputEncoding) end

---The digest of all that was added. It can be asked for once: afterwards every method raises
---`ERR_CRYPTO_HASH_FINALIZED`.
---@param encoding? luvit.crypto.OutputEncoding
---@return string digest # a buffer, if that is asked for
function Hash:digest(encoding) end

---Another one that goes on from here, to get the digest of what was added so far and to add more.
---@param options? luvit.crypto.HashOptions
---@return luvit.crypto.Hash
function Hash:copy(options) end

---@class luvit.crypto
---@field Cipheriv luvit.crypto.Cipheriv
---@field Decipheriv luvit.crypto.Decipheriv
---@field Hash luvit.crypto.Hash
---@field Hmac luvit.crypto.Hmac
local crypto = {}

---Begins a message that is encrypted. `getCiphers` lists the algorithms.
---
---For new programs: `aes-256-gcm` or `chacha20-poly1305`, with a vector of 12 bytes that is never used again with the same
---key, and the tag sent with the message. The other modes do not notice when somebody changes the message.
---@param algorithm string in either case
---@param key string|luvit.Buffer|table of the cipher's length; a secret `KeyObject` as well
---@param iv string|luvit.Buffer|nil the initialization vector; nil for ECB
---@param options? luvit.crypto.CipherOptions
---@return luvit.crypto.Cipheriv
function crypto.createCipheriv(algorithm, key, iv, options) end

---Begins a message that is decrypted, with what `createCipheriv` was given.
---@param algorithm string
---@param key string|luvit.Buffer|table
---@param iv string|luvit.Buffer|nil
---@param options? luvit.crypto.CipherOptions
---@return luvit.crypto.Decipheriv
function crypto.createDecipheriv(algorithm, key, iv, options) end

---The names of the ciphers there are, in alphabetical order.
---@return string[]
function crypto.getCiphers() end

---What is known of a cipher.
---@param nameOrNid string|integer
---@param options? { keyLength?: integer, ivLength?: integer } lengths that it has to take
---@return luvit.crypto.CipherInfo? # nil if there is none, or it does not take such lengths
function crypto.getCipherInfo(nameOrNid, options) end

---The digest of `data`, in one call. With a callback, or a coroutine that waits, a thread computes it: this is for large
---data, which is copied for it.
---@param algorithm string see `createHash`
---@param data string|luvit.Buffer
---@param options? luvit.crypto.OutputEncoding|{ outputEncoding?: luvit.crypto.OutputEncoding, outputLength?: integer }
---  the encoding, `hex` by default as in node, or more options
---@param callback? fun(err?: string, digest?: string)
---@return string? digest # without a callback
---@overload fun(algorithm: string, data: string|luvit.Buffer, options?: luvit.crypto.OutputEncoding|{ outputEncoding?: luvit.crypto.OutputEncoding, outputLength?: integer }, thread?: thread): any, any, any
---@overload fun(algorithm: string, data: string|luvit.Buffer, callback: fun(err?: string, digest?: string)): string?
---@overload fun(algorithm: string, data: string|luvit.Buffer, thread?: thread): any, any, any
function crypto.hash(algorithm, data, options, callback) end

---Begins a digest. `getHashes` lists the algorithms; their names are understood in either case, with and without `-`, and
---in OpenSSL's forms such as `RSA-SHA256`.
---
---MD5 and SHA-1 are broken as far as collisions matter: use them only where a protocol asks for them.
---@param algorithm string
---@param options? luvit.crypto.HashOptions
---@return luvit.crypto.Hash
function crypto.createHash(algorithm, options) end

---Begins a message authentication code (HMAC, RFC 2104).
---@param algorithm string a digest, see `createHash`
---@param key string|luvit.Buffer|table of any length; as long as the digest is best; a secret `KeyObject` as well
---@param options? luvit.crypto.HmacOptions
---@return luvit.crypto.Hmac
function crypto.createHmac(algorithm, key, options) end

---The names of the digests there are, in alphabetical order.
---@return string[]
function crypto.getHashes() end

---A key from a password by PBKDF2 (RFC 8018), on a thread. Its one defence is the number of iterations; scrypt and Argon2
---are harder to attack.
---@param password string|luvit.Buffer
---@param salt string|luvit.Buffer random bytes, best 16 or more, kept with the result
---@param iterations integer as many as the program can wait for: for `sha256` 600000 is usual today
---@param keylen integer bytes of the key
---@param digest string see `createHash`
---@param callback fun(err?: string, key?: string)
---@return any ... for a coroutine the key, or nil and the error; else nothing
---@overload fun(password: string|luvit.Buffer, salt: string|luvit.Buffer, iterations: integer, keylen: integer, digest: string, thread?: thread): any, any, any
function crypto.pbkdf2(password, salt, iterations, keylen, digest, callback) end

---As `pbkdf2`, at once.
---@param password string|luvit.Buffer
---@param salt string|luvit.Buffer
---@param iterations integer
---@param keylen integer
---@param digest string
---@return string? key
---@return string? err # when there is not enough memory
---@return string? code
function crypto.pbkdf2Sync(password, salt, iterations, keylen, digest) end

---A key from a password by scrypt (RFC 7914), on a thread. Parameters that are not possible, or need more memory than
---`maxmem`, raise `ERR_CRYPTO_INVALID_SCRYPT_PARAMS`.
---@param password string|luvit.Buffer
---@param salt string|luvit.Buffer random bytes, best 16 or more, kept with the result
---@param keylen integer bytes of the key
---@param options? luvit.crypto.ScryptOptions may be left out
---@param callback? fun(err?: string, key?: string)
---@return any ... for a coroutine the key, or nil and the error; else nothing
---@overload fun(password: string|luvit.Buffer, salt: string|luvit.Buffer, keylen: integer, options?: luvit.crypto.ScryptOptions, thread?: thread): any, any, any
---@overload fun(password: string|luvit.Buffer, salt: string|luvit.Buffer, keylen: integer, callback: fun(err?: string, key?: string)): any
---@overload fun(password: string|luvit.Buffer, salt: string|luvit.Buffer, keylen: integer, thread?: thread): any, any, any
function crypto.scrypt(password, salt, keylen, options, callback) end

---As `scrypt`, at once, which takes 50 milliseconds or so.
---@param password string|luvit.Buffer
---@param salt string|luvit.Buffer
---@param keylen integer
---@param options? luvit.crypto.ScryptOptions
---@return string? key
---@return string? err # when there is not enough memory
---@return string? code
function crypto.scryptSync(password, salt, keylen, options) end

---A key from a password by Argon2 (RFC 9106), on a thread.
---@param algorithm 'argon2d'|'argon2i'|'argon2id'
---@param parameters luvit.crypto.Argon2Parameters
---@param callback fun(err?: string, key?: string)
---@return any ... for a coroutine the key, or nil and the error; else nothing
---@overload fun(algorithm: 'argon2d'|'argon2i'|'argon2id', parameters: luvit.crypto.Argon2Parameters, thread?: thread): any, any, any
function crypto.argon2(algorithm, parameters, callback) end

---As `argon2`, at once.
---@param algorithm 'argon2d'|'argon2i'|'argon2id'
---@param parameters luvit.crypto.Argon2Parameters
---@return string? key
---@return string? err # when there is not enough memory
---@return string? code
function crypto.argon2Sync(algorithm, parameters) end

---A key from another key by HKDF (RFC 5869), on a thread. It is not for passwords.
---@param digest string see `createHash`
---@param ikm string|luvit.Buffer|table the key; a secret `KeyObject` as well
---@param salt string|luvit.Buffer may be empty
---@param info string|luvit.Buffer what the key is for; may be empty
---@param keylen integer bytes of the key, at most 255 digests
---@param callback fun(err?: string, key?: string)
---@return any ... for a coroutine the key, or nil and the error; else nothing
---@overload fun(digest: string, ikm: string|luvit.Buffer|table, salt: string|luvit.Buffer, info: string|luvit.Buffer, keylen: integer, thread?: thread): any, any, any
function crypto.hkdf(digest, ikm, salt, info, keylen, callback) end

---As `hkdf`, at once, which takes microseconds.
---@param digest string
---@param ikm string|luvit.Buffer|table
---@param salt string|luvit.Buffer
---@param info string|luvit.Buffer
---@param keylen integer
---@return string key
function crypto.hkdfSync(digest, ikm, salt, info, keylen) end

---Random bytes. Without a callback they are made at once, which takes a microsecond; a callback gets them from a thread.
---@param size integer how many, at most 2^31 - 65536
---@param callback? fun(err?: string, bytes?: string)
---@return string? bytes # without a callback
---@overload fun(size: integer, thread?: thread): any, any, any
function crypto.randomBytes(size, callback) end

---As `randomFillSync`; the bytes come from a thread.
---@param buffer luvit.Buffer
---@param offset integer|fun(err?: string, buffer?: luvit.Buffer) may be left out
---@param size? integer|fun(err?: string, buffer?: luvit.Buffer) may be left out
---@param callback? fun(err?: string, buffer?: luvit.Buffer)
function crypto.randomFill(buffer, offset, size, callback) end

---Fills a buffer (`require('buffer')`), or a part of it, with random bytes.
---@param buffer luvit.Buffer
---@param offset? integer how many bytes stay at the beginning, 0 by default
---@param size? integer how many are filled, up to the end by default
---@return luvit.Buffer # `buffer`
function crypto.randomFillSync(buffer, offset, size) end

---A random integer of at least `min` and less than `max`, every one as likely as another.
---@param min integer may be left out, and is 0 then
---@param max? integer at most 2^48 more than `min`
---@param callback? fun(err?: string, number?: integer) called later
---@return integer? # without a callback
function crypto.randomInt(min, max, callback) end

---A random UUID (version 4 of RFC 9562), such as `ae2a0ab6-9d1c-4f4c-b4c7-1dc1fb9f1a5c`.
---@return string
function crypto.randomUUID() end

---Whether two secrets are equal, such as the code of a message and the one that was expected. The time this takes depends
---on their length only, so that nobody learns from it where they differ.
---@param a string|luvit.Buffer
---@param b string|luvit.Buffer of the same length; anything else raises `ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH`
---@return boolean
function crypto.timingSafeEqual(a, b) end

return crypto
