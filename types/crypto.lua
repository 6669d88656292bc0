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

---Options of `createHash`, and of the stream that it returns.
---@class luvit.crypto.HashOptions: luvit.stream.DuplexOptions
---@field outputLength? integer bytes of output, for digests of any length: SHAKE and BLAKE3
---@field encoding? luvit.crypto.OutputEncoding of what the stream gives

---Options of `createHmac`, and of the stream that it returns.
---@class luvit.crypto.HmacOptions: luvit.stream.DuplexOptions
---@field encoding? luvit.crypto.Encoding of the key, if it is a string

---A message authentication code under way. It is used as a `Hash` is.
---@class luvit.crypto.Hmac: luvit.crypto.Hash

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
---@field Hash luvit.crypto.Hash
---@field Hmac luvit.crypto.Hmac
local crypto = {}

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
