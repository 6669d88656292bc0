-- Symmetric ciphers, as objects and streams.

local native = require('luvit:crypto')
local base = require('crypto/base')
local Transform = require('stream').Transform

local cipher = {}

---Options of `createCipheriv` and `createDecipheriv`, and of the stream that they return.
---@class luvit.crypto.CipherOptions: luvit.stream.DuplexOptions
---@field authTagLength? integer bytes of the tag: needed with CCM; 16 by default with GCM and ChaCha20-Poly1305, which
---  take no shorter one unless this says so

---What is known of a cipher.
---@class luvit.crypto.CipherInfo
---@field name string in lower case
---@field nid integer OpenSSL's number of it
---@field mode 'ecb'|'cbc'|'ctr'|'ofb'|'cfb'|'gcm'|'ccm'|'stream'
---@field keyLength integer bytes of its key
---@field ivLength? integer bytes of its initialization vector; nil for ECB, which has none
---@field blockSize? integer bytes it takes at a time, 1 where any number will do; nil for ChaCha20-Poly1305

---A message that is encrypted. It is an object with `update` and `final`, and a stream that takes the message and gives
---what becomes of it; use one of the two.
---@class luvit.crypto.Cipheriv: luvit.Transform
local Cipheriv = Transform:extend()
cipher.Cipheriv = Cipheriv

---A message that is decrypted, used as a `Cipheriv` is.
---
---Of an authenticating cipher (GCM, CCM, ChaCha20-Poly1305), what `update` returns and the stream emits is **not to be
---trusted until `final` has returned it, or the stream has ended**: only then it is known that nobody changed the message.
---@class luvit.crypto.Decipheriv: luvit.crypto.Cipheriv
local Decipheriv = Cipheriv:extend()
cipher.Decipheriv = Decipheriv

---@private
function Cipheriv:initialize()
  error("a Cipheriv is made by crypto.createCipheriv, a Decipheriv by crypto.createDecipheriv", 3)
end

-- Gives a result in the encoding that was asked for. The failure is the caller's mistake, except those that depend on the
-- data.
local DATA = {
  ERR_CRYPTO_AUTHENTICATION_FAILED = true, ERR_OSSL_BAD_DECRYPT = true, ERR_OSSL_WRONG_FINAL_BLOCK_LENGTH = true,
  ERR_CRYPTO_INVALID_MESSAGELEN = true, ERR_CRYPTO_OPERATION_FAILED = true,
}

local function settle(level, toBuffer, result, err, code)
  if result == nil then
    if not DATA[code] then error(err, level + 1) end
    return nil, err, code
  end
  return toBuffer and base.toBuffer(result) or result
end

---Adds a piece of the message.
---@param data string|luvit.Buffer
---@param inputEncoding? luvit.crypto.Encoding what the string is written in, `binary` by default
---@param outputEncoding? luvit.crypto.OutputEncoding
---@return string? output # what becomes of it, which may be empty and come later; a buffer, if that is asked for
---@return string? err # when the message is too long for the cipher
---@return string? code
function Cipheriv:update(data, inputEncoding, outputEncoding)
  if inputEncoding ~= nil or type(data) ~= 'string' then data = base.bytes(data, inputEncoding, 'data', 'update', 2) end
  local encoding, toBuffer = base.output(outputEncoding, 'update', 2)
  return settle(1, toBuffer, native.cipher_update(self._handle, data, encoding))
end

---Ends the message. Afterwards every method except `getAuthTag` raises `ERR_CRYPTO_INVALID_STATE`.
---
---When decrypting, it fails with `ERR_CRYPTO_AUTHENTICATION_FAILED` if the message is not authentic, and with
---`ERR_OSSL_BAD_DECRYPT` if its padding is wrong, or `ERR_OSSL_WRONG_FINAL_BLOCK_LENGTH` if it is not whole blocks.
---@param outputEncoding? luvit.crypto.OutputEncoding
---@return string? output # what is left; a buffer, if that is asked for
---@return string? err
---@return string? code
function Cipheriv:final(outputEncoding)
  local encoding, toBuffer = base.output(outputEncoding, 'final', 2)
  return settle(1, toBuffer, native.cipher_final(self._handle, encoding))
end

---Adds data that is authenticated but not encrypted, such as a header. Before the message, with an authenticating cipher.
---@param data string|luvit.Buffer
---@param options? { plaintextLength?: integer, encoding?: luvit.crypto.Encoding } the length is not needed, for CCM either
---@return luvit.crypto.Cipheriv # itself
function Cipheriv:setAAD(data, options)
  base.checkOptions(options, 'setAAD', 2)
  data = base.bytes(data, options and options.encoding, 'data', 'setAAD', 2)
  local ok, err = native.cipher_set_aad(self._handle, data)
  if not ok then error(err, 2) end
  return self
end

---Whether the last block is filled up, and the filling removed again, as it is by default. Without it, messages of ECB and
---CBC are whole blocks. Before the message.
---@param autoPadding? boolean true by default
---@return luvit.crypto.Cipheriv # itself
function Cipheriv:setAutoPadding(autoPadding)
  local ok, err = native.cipher_set_padding(self._handle, autoPadding ~= false)
  if not ok then error(err, 2) end
  return self
end

---The tag of the message, once it has ended, with an authenticating cipher. It goes with the message, and is no secret.
---@return string
function Cipheriv:getAuthTag()
  local tag, err = native.cipher_tag(self._handle)
  if not tag then error(err, 2) end
  return tag
end

---The tag that came with the message: once, before its end (with CCM, before its beginning).
---@param tag string|luvit.Buffer of `authTagLength` bytes
---@param encoding? luvit.crypto.Encoding of the tag, if it is a string
---@return luvit.crypto.Decipheriv # itself
function Decipheriv:setAuthTag(tag, encoding)
  local ok, err = native.cipher_set_tag(self._handle, base.bytes(tag, encoding, 'tag', 'setAuthTag', 2))
  if not ok then error(err, 2) end
  return self
end

function Cipheriv:_transform(chunk, callback)
  local output, err = native.cipher_update(self._handle, chunk)
  if output == '' then output = nil end
  callback(err, output)
end

function Cipheriv:_flush(callback)
  local output, err = native.cipher_final(self._handle)
  if output == '' then output = nil end
  callback(err, output)
end

local function begin(class, method, algorithm, key, iv, options)
  if type(algorithm) ~= 'string' then base.wrong('algorithm', method, 'string', algorithm, 3) end
  key = base.secret(key, nil, 'key', method, 3)
  if iv ~= nil then iv = base.bytes(iv, nil, 'iv', method, 3) end
  if options ~= nil and type(options) ~= 'table' then base.wrong('options', method, 'table', options, 3) end
  local length = options and options.authTagLength
  if length ~= nil then base.integer(length, 0, 2 ^ 32 - 1, 'options.authTagLength', method, 3) end
  local handle, err = native.cipher(algorithm, class == Cipheriv, key, iv, length)
  if not handle then error(err, 3) end
  local self = class:create()
  self._handle = handle
  if options then Transform.initialize(self, options) end
  return self
end

---Begins a message that is encrypted. `getCiphers` lists the algorithms.
---
---For new programs: `aes-256-gcm` or `chacha20-poly1305`, with a vector of 12 bytes that is never used again with the same
---key, and the tag sent with the message. The other modes do not notice when somebody changes the message.
---@param algorithm string in either case
---@param key string|luvit.Buffer|table of the cipher's length; a secret `KeyObject` as well
---@param iv string|luvit.Buffer|nil the initialization vector; nil for ECB
---@param options? luvit.crypto.CipherOptions
---@return luvit.crypto.Cipheriv
function cipher.createCipheriv(algorithm, key, iv, options)
  local self = begin(Cipheriv, 'createCipheriv', algorithm, key, iv, options)
  return self
end

---Begins a message that is decrypted, with what `createCipheriv` was given.
---@param algorithm string
---@param key string|luvit.Buffer|table
---@param iv string|luvit.Buffer|nil
---@param options? luvit.crypto.CipherOptions
---@return luvit.crypto.Decipheriv
function cipher.createDecipheriv(algorithm, key, iv, options)
  local self = begin(Decipheriv, 'createDecipheriv', algorithm, key, iv, options)
  return self
end

---The names of the ciphers there are, in alphabetical order.
---@return string[]
function cipher.getCiphers()
  return native.ciphers()
end

---What is known of a cipher.
---@param nameOrNid string|integer
---@param options? { keyLength?: integer, ivLength?: integer } lengths that it has to take
---@return luvit.crypto.CipherInfo? # nil if there is none, or it does not take such lengths
function cipher.getCipherInfo(nameOrNid, options)
  if type(nameOrNid) ~= 'string' and type(nameOrNid) ~= 'number' then
    base.wrong('nameOrNid', 'getCipherInfo', 'string or number', nameOrNid, 2)
  end
  base.checkOptions(options, 'getCipherInfo', 2)
  return (native.cipher_info(nameOrNid, options and options.keyLength, options and options.ivLength))
end

return cipher
