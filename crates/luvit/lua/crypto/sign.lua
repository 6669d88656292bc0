-- Signatures, and encryption with RSA.

local native = require('luvit:crypto')
local base = require('crypto/base')
local keys = require('crypto/keys')
local Writable = require('stream').Writable

local sign = {}

---A key for a signature, with how to sign beside it. A `KeyObject`, a string or a buffer will do if there is nothing to say.
---@class luvit.crypto.SignInput: luvit.crypto.KeyInput
---@field padding? integer RSA: `constants.RSA_PKCS1_PADDING` or `constants.RSA_PKCS1_PSS_PADDING`
---@field saltLength? integer PSS: bytes, or one of `constants.RSA_PSS_SALTLEN_…`
---@field dsaEncoding? 'der'|'ieee-p1363' ECDSA: how the signature is written, `der` by default

sign.constants = {
  RSA_PKCS1_PADDING = 1, RSA_NO_PADDING = 3, RSA_PKCS1_OAEP_PADDING = 4, RSA_PKCS1_PSS_PADDING = 6,
  RSA_PSS_SALTLEN_DIGEST = -1, RSA_PSS_SALTLEN_MAX_SIGN = -2, RSA_PSS_SALTLEN_AUTO = -2,
  DH_CHECK_P_NOT_PRIME = 1, DH_CHECK_P_NOT_SAFE_PRIME = 2, DH_UNABLE_TO_CHECK_GENERATOR = 4,
  DH_NOT_SUITABLE_GENERATOR = 8,
  POINT_CONVERSION_COMPRESSED = 2, POINT_CONVERSION_UNCOMPRESSED = 4, POINT_CONVERSION_HYBRID = 6,
  TLS1_2_VERSION = 0x303, TLS1_3_VERSION = 0x304,
}

-- How to sign, of the input that the key came in.
local function optionsOf(value, method)
  if type(value) ~= 'table' or value.key == nil then return nil, nil, nil end
  for name, wanted in pairs({ padding = 'number', saltLength = 'number', dsaEncoding = 'string' }) do
    if value[name] ~= nil and type(value[name]) ~= wanted then
      base.wrong('key.' .. name, method, wanted, value[name], 3)
    end
  end
  return value.padding, value.saltLength, value.dsaEncoding
end

-- Of the functions that sign, the key that is not there has a code of its own.
local function checkKey(key, method)
  if key == nil then base.fail('key', method, 'no key to sign with', 3, 'ERR_CRYPTO_SIGN_KEY_REQUIRED') end
end

local function checkAlgorithm(algorithm, method)
  if algorithm ~= nil and type(algorithm) ~= 'string' then base.wrong('algorithm', method, 'string', algorithm, 3) end
end

---Signs `data`, in one call. With a callback, or a coroutine that waits, a thread does it.
---@param algorithm string|nil a digest; nil for Ed25519, which hashes by itself, and `sha256` for other keys
---@param data string|luvit.Buffer
---@param key string|luvit.Buffer|luvit.crypto.KeyObject|luvit.crypto.SignInput a private key
---@param callback? fun(err?: string, signature?: string)|thread
---@return string? signature without a callback; nil with the error and its code
---@return string? err
---@return string? code
function sign.sign(algorithm, data, key, callback)
  checkAlgorithm(algorithm, 'sign')
  data = base.bytes(data, nil, 'data', 'sign', 2)
  checkKey(key, 'sign')
  local padding, salt, encoding = optionsOf(key, 'sign')
  local handle, err, code = keys.handle(key, 'private', 'sign', 2)
  if callback == nil then
    if not handle then return nil, err, code end
    return native.sign(handle, algorithm, data, padding, salt, encoding)
  end
  if not handle then error(err, 2) end
  return base.pooled(callback, 'sign', 2, false, native.sign, handle, algorithm, data, padding, salt, encoding)
end

---Whether a signature of `data` is sound. With a callback, or a coroutine that waits, a thread looks.
---@param algorithm string|nil see `sign`
---@param data string|luvit.Buffer
---@param key string|luvit.Buffer|luvit.crypto.KeyObject|luvit.crypto.SignInput a public key, a private key or a certificate
---@param signature string|luvit.Buffer
---@param callback? fun(err?: string, sound?: boolean)|thread
---@return boolean? sound without a callback; nil with the error and its code
---@return string? err
---@return string? code
function sign.verify(algorithm, data, key, signature, callback)
  checkAlgorithm(algorithm, 'verify')
  data = base.bytes(data, nil, 'data', 'verify', 2)
  signature = base.bytes(signature, nil, 'signature', 'verify', 2)
  local padding, salt, encoding = optionsOf(key, 'verify')
  local handle, err, code = keys.handle(key, 'public', 'verify', 2)
  if callback == nil then
    if not handle then return nil, err, code end
    return native.verify(handle, algorithm, data, signature, padding, salt, encoding)
  end
  if not handle then error(err, 2) end
  return base.pooled(callback, 'verify', 2, false, native.verify, handle, algorithm, data, signature, padding, salt,
    encoding)
end

---Options of `createSign` and `createVerify`, for their streams.
---@class luvit.crypto.SignOptions: luvit.stream.Options
---@field defaultEncoding? luvit.crypto.Encoding of strings that the stream is given

---A signature under way: an object with `update` and `sign`, and a stream that takes bytes. Ed25519 has no such form, see
---`sign`.
---@class luvit.crypto.Sign: luvit.Writable
local Sign = Writable:extend()
sign.Sign = Sign

---A check of a signature under way: an object with `update` and `verify`, and a stream that takes bytes.
---@class luvit.crypto.Verify: luvit.Writable
local Verify = Writable:extend()
sign.Verify = Verify

local function begin(self, algorithm, options, method, level)
  if type(algorithm) ~= 'string' then base.wrong('algorithm', method, 'string', algorithm, level + 1) end
  base.checkOptions(options, method, level + 1)
  local handle, err = native.hash(algorithm)
  if not handle then error(err, level + 1) end
  self._algorithm = algorithm
  self._hash = handle
  if options then
    base.checkEncodings(options, method, level + 1)
    Writable.initialize(self, options)
    self._inputEncoding = options.defaultEncoding
  end
  return self
end

---Begins a signature, as `createSign` does.
---@param algorithm string
---@param options? luvit.crypto.SignOptions
function Sign:initialize(algorithm, options)
  begin(self, algorithm, options, 'createSign', 3)
end

---Begins a check, as `createVerify` does.
---@param algorithm string
---@param options? luvit.crypto.SignOptions
function Verify:initialize(algorithm, options)
  begin(self, algorithm, options, 'createVerify', 3)
end

-- What was asked for its result takes nothing more.
local ENDED = 'ERR_CRYPTO_INVALID_STATE: the signature was made or checked already'

local function update(self, data, inputEncoding)
  local ok = native.hash_update(self._hash, base.bytes(data, inputEncoding, 'data', 'update', 3))
  if not ok then error(ENDED, 3) end
  return self
end

local function write(self, chunk, callback)
  callback(not native.hash_update(self._hash, chunk) and ENDED or nil)
end

-- The digest of all that was added; once.
local function digestOf(self)
  local digest = native.hash_digest(self._hash, 'binary')
  if not digest then error(ENDED, 3) end
  return digest
end

---Begins a signature.
---@param algorithm string a digest, see `createHash`; `RSA-SHA256` as well
---@param options? luvit.crypto.SignOptions
---@return luvit.crypto.Sign
function sign.createSign(algorithm, options)
  local self = begin(Sign:create(), algorithm, options, 'createSign', 2)
  return self
end

---Begins the check of a signature.
---@param algorithm string a digest, see `createHash`; `RSA-SHA256` as well
---@param options? luvit.crypto.SignOptions
---@return luvit.crypto.Verify
function sign.createVerify(algorithm, options)
  local self = begin(Verify:create(), algorithm, options, 'createVerify', 2)
  return self
end

---Adds bytes.
---@param data string|luvit.Buffer
---@param inputEncoding? luvit.crypto.Encoding
---@return luvit.crypto.Sign # itself
function Sign:update(data, inputEncoding)
  return update(self, data, inputEncoding)
end

---Writes a piece to the stream.
---@param chunk string|luvit.Buffer
---@param encoding? luvit.crypto.Encoding|fun(err?: any) of a string; may be left out
---@param callback? fun(err?: any)
---@return boolean # false: wait for `drain` before writing more
function Sign:write(chunk, encoding, callback)
  return base.write(self, Writable.write, chunk, encoding, callback)
end

---Ends the stream.
---@param chunk? string|luvit.Buffer|fun(err?: any) a last piece
---@param encoding? luvit.crypto.Encoding|fun(err?: any) of a string; may be left out
---@param callback? fun(err?: any) called when all was taken
function Sign:_end(chunk, encoding, callback)
  base.finish(self, Writable._end, chunk, encoding, callback)
end

function Sign:_write(chunk, callback)
  write(self, chunk, callback)
end

---The signature of all that was added. It can be asked for once.
---@param key string|luvit.Buffer|luvit.crypto.KeyObject|luvit.crypto.SignInput a private key
---@param outputEncoding? luvit.crypto.OutputEncoding
---@return string? signature
---@return string? err
---@return string? code
function Sign:sign(key, outputEncoding)
  local encoding, toBuffer = base.output(outputEncoding, 'sign', 2)
  checkKey(key, 'sign')
  local padding, salt, form = optionsOf(key, 'sign')
  local handle, err, code = keys.handle(key, 'private', 'sign', 2)
  if not handle then return nil, err, code end
  local bytes
  bytes, err, code = native.sign_digest(handle, self._algorithm, digestOf(self), padding, salt, form)
  if not bytes then return nil, err, code end
  if toBuffer then return base.toBuffer(bytes) end
  return encoding == 'binary' and bytes or native.encode(bytes, encoding)
end

---Adds bytes.
---@param data string|luvit.Buffer
---@param inputEncoding? luvit.crypto.Encoding
---@return luvit.crypto.Verify # itself
function Verify:update(data, inputEncoding)
  return update(self, data, inputEncoding)
end

---Writes a piece to the stream.
---@param chunk string|luvit.Buffer
---@param encoding? luvit.crypto.Encoding|fun(err?: any) of a string; may be left out
---@param callback? fun(err?: any)
---@return boolean # false: wait for `drain` before writing more
function Verify:write(chunk, encoding, callback)
  return base.write(self, Writable.write, chunk, encoding, callback)
end

---Ends the stream.
---@param chunk? string|luvit.Buffer|fun(err?: any) a last piece
---@param encoding? luvit.crypto.Encoding|fun(err?: any) of a string; may be left out
---@param callback? fun(err?: any) called when all was taken
function Verify:_end(chunk, encoding, callback)
  base.finish(self, Writable._end, chunk, encoding, callback)
end

function Verify:_write(chunk, callback)
  write(self, chunk, callback)
end

---Whether the signature of all that was added is sound. It can be asked for once.
---@param key string|luvit.Buffer|luvit.crypto.KeyObject|luvit.crypto.SignInput a public key, a private key or a certificate
---@param signature string|luvit.Buffer
---@param signatureEncoding? luvit.crypto.Encoding of a string
---@return boolean? sound
---@return string? err
---@return string? code
function Verify:verify(key, signature, signatureEncoding)
  signature = base.bytes(signature, signatureEncoding, 'signature', 'verify', 2)
  local padding, salt, form = optionsOf(key, 'verify')
  local handle, err, code = keys.handle(key, 'public', 'verify', 2)
  if not handle then return nil, err, code end
  return native.verify_digest(handle, self._algorithm, digestOf(self), signature, padding, salt, form)
end

---A key for encryption, with how to pad beside it.
---@class luvit.crypto.CryptInput: luvit.crypto.KeyInput
---@field padding? integer one of `constants`: OAEP by default with a public key for encryption, PKCS#1 with a private one
---@field oaepHash? string OAEP: the digest, `sha1` by default
---@field oaepLabel? string|luvit.Buffer OAEP: what both sides know

local function crypt(encrypt, half, padding, key, data, method)
  data = base.bytes(data, nil, 'data', method, 3)
  local hash, label
  if type(key) == 'table' and key.key ~= nil then
    if key.padding ~= nil then
      if type(key.padding) ~= 'number' then base.wrong('key.padding', method, 'number', key.padding, 3) end
      padding = key.padding
    end
    hash, label = key.oaepHash, key.oaepLabel
    if hash ~= nil and type(hash) ~= 'string' then base.wrong('key.oaepHash', method, 'string', hash, 3) end
    if label ~= nil then label = base.bytes(label, nil, 'key.oaepLabel', method, 3) end
  end
  local handle, err, code = keys.handle(key, half, method, 3)
  if not handle then return nil, err, code end
  return native.rsa(encrypt, half == 'private', handle, data, padding, hash, label)
end

---Encrypts with a public RSA key, so that only the owner of the private one can read it: at most some 190 bytes with a key
---of 2048 bits.
---@param key string|luvit.Buffer|luvit.crypto.KeyObject|luvit.crypto.CryptInput
---@param data string|luvit.Buffer
---@return string? encrypted
---@return string? err
---@return string? code
function sign.publicEncrypt(key, data)
  return crypt(true, 'public', 4, key, data, 'publicEncrypt')
end

---Decrypts what was encrypted with the public key.
---
---`RSA_PKCS1_PADDING` is refused, as by node since 2024: whoever learns whether it failed can decrypt messages bit by bit
---(Bleichenbacher, CVE-2023-46809).
---@param key string|luvit.Buffer|luvit.crypto.KeyObject|luvit.crypto.CryptInput
---@param data string|luvit.Buffer
---@return string? plain
---@return string? err
---@return string? code
function sign.privateDecrypt(key, data)
  if type(key) == 'table' and key.padding == sign.constants.RSA_PKCS1_PADDING then
    return nil, 'ERR_INVALID_ARG_VALUE: RSA_PKCS1_PADDING is not offered for private decryption, use RSA_PKCS1_OAEP_PADDING',
      'ERR_INVALID_ARG_VALUE'
  end
  return crypt(false, 'private', 4, key, data, 'privateDecrypt')
end

---Encrypts with a private RSA key, so that everyone with the public one can read it: the heart of a signature, for old
---protocols.
---@param key string|luvit.Buffer|luvit.crypto.KeyObject|luvit.crypto.CryptInput
---@param data string|luvit.Buffer
---@return string? encrypted
---@return string? err
---@return string? code
function sign.privateEncrypt(key, data)
  return crypt(true, 'private', 1, key, data, 'privateEncrypt')
end

---Decrypts what was encrypted with the private key.
---@param key string|luvit.Buffer|luvit.crypto.KeyObject|luvit.crypto.CryptInput
---@param data string|luvit.Buffer
---@return string? plain
---@return string? err
---@return string? code
function sign.publicDecrypt(key, data)
  return crypt(false, 'public', 1, key, data, 'publicDecrypt')
end

return sign
