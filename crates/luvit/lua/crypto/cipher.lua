-- Symmetric ciphers, as objects and streams.

local native = require('luvit:crypto')
local base = require('crypto/base')
local Transform = require('stream').Transform

local cipher = {}

---Options of `createCipheriv` and `createDecipheriv`, and of the stream that they return.
---@class luvit.crypto.CipherOptions: luvit.stream.DuplexOptions
---@field authTagLength? integer bytes of the tag: needed with CCM; 16 by default with GCM and ChaCha20-Poly1305, which
---  take no shorter one unless this says so
---@field encoding? luvit.crypto.OutputEncoding of what the stream gives
---@field defaultEncoding? luvit.crypto.Encoding of strings that the stream is given

---What is known of a cipher.
---@class luvit.crypto.CipherInfo
---@field name string in lower case
---@field nid integer OpenSSL's number of it
---@field mode 'ecb'|'cbc'|'ctr'|'ofb'|'cfb'|'gcm'|'ccm'|'stream'|'wrap'
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
---@param options? { plaintextLength?: integer, encoding?: luvit.crypto.Encoding } the length is not needed, for CCM
---  either, which then takes no message of another length
---@return luvit.crypto.Cipheriv # itself
function Cipheriv:setAAD(data, options)
  base.checkOptions(options, 'setAAD', 2)
  data = base.bytes(data, options and options.encoding, 'data', 'setAAD', 2)
  local length = options and options.plaintextLength
  if length ~= nil then
    base.integer(length, 0, 2 ^ 53, 'options.plaintextLength', 'setAAD', 2, 'ERR_INVALID_ARG_VALUE')
  end
  local ok, err = native.cipher_set_aad(self._handle, data, length)
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

---Writes a piece to the stream.
---@param chunk string|luvit.Buffer
---@param encoding? luvit.crypto.Encoding|fun(err?: any) of a string; may be left out
---@param callback? fun(err?: any)
---@return boolean # false: wait for `drain` before writing more
function Cipheriv:write(chunk, encoding, callback)
  return base.write(self, Transform.write, chunk, encoding, callback)
end

---Ends the stream, which then gives what is left.
---@param chunk? string|luvit.Buffer|fun(err?: any) a last piece
---@param encoding? luvit.crypto.Encoding|fun(err?: any) of a string; may be left out
---@param callback? fun(err?: any) called when all is done, or with the error
function Cipheriv:_end(chunk, encoding, callback)
  base.finish(self, Transform._end, chunk, encoding, callback)
end

---Chooses how the stream gives its output.
---@param encoding? luvit.crypto.OutputEncoding `binary` by default
---@return luvit.crypto.Cipheriv # itself
function Cipheriv:setEncoding(encoding)
  base.output(encoding, 'setEncoding', 2)
  self._encoding = encoding
  return self
end

-- Gives the stream what a step of the message made.
local function pass(callback, toBuffer, output, err)
  if output == '' then output = nil end
  callback(err, toBuffer and output and base.toBuffer(output) or output)
end

function Cipheriv:_transform(chunk, callback)
  local encoding, toBuffer = base.output(self._encoding, 'createCipheriv', 1)
  pass(callback, toBuffer, native.cipher_update(self._handle, chunk, encoding))
end

function Cipheriv:_flush(callback)
  local encoding, toBuffer = base.output(self._encoding, 'createCipheriv', 1)
  pass(callback, toBuffer, native.cipher_final(self._handle, encoding))
end

local function cipherOf(encrypt, method, algorithm, key, iv, options, level)
  if type(algorithm) ~= 'string' then base.wrong('algorithm', method, 'string', algorithm, level + 1) end
  key = base.secret(key, nil, 'key', method, level + 1)
  if iv ~= nil then iv = base.bytes(iv, nil, 'iv', method, level + 1) end
  local length
  if options ~= nil then
    base.checkOptions(options, method, level + 1)
    length = options.authTagLength
    if length ~= nil and (type(length) ~= 'number' or length % 1 ~= 0 or length < 0 or length >= 2 ^ 32) then
      base.fail('options.authTagLength', method, ('integer of at least 0 expected, got %s'):format(tostring(length)),
        level + 1)
    end
    base.checkEncodings(options, method, level + 1)
  end
  local handle, err = native.cipher(algorithm, encrypt, key, iv, length)
  if not handle then error(err, level + 1) end
  return handle
end

local function configure(self, options)
  if not options then return self end
  Transform.initialize(self, options)
  self._encoding, self._inputEncoding = options.encoding, options.defaultEncoding
  return self
end

---Begins a message that is encrypted, as `createCipheriv` does.
---@param algorithm string
---@param key string|luvit.Buffer|table
---@param iv string|luvit.Buffer|nil
---@param options? luvit.crypto.CipherOptions
function Cipheriv:initialize(algorithm, key, iv, options)
  self._handle = cipherOf(true, 'createCipheriv', algorithm, key, iv, options, 3)
  configure(self, options)
end

---Begins a message that is decrypted, as `createDecipheriv` does.
---@param algorithm string
---@param key string|luvit.Buffer|table
---@param iv string|luvit.Buffer|nil
---@param options? luvit.crypto.CipherOptions
function Decipheriv:initialize(algorithm, key, iv, options)
  self._handle = cipherOf(false, 'createDecipheriv', algorithm, key, iv, options, 3)
  configure(self, options)
end

---Begins a message that is encrypted. `getCiphers` lists the algorithms.
---
---For new programs: `aes-256-gcm` or `chacha20-poly1305`, with a vector of 12 bytes that is never used again with the same
---key, and the tag sent with the message. The other modes do not notice when somebody changes the message.
---
---`id-aes256-wrap` and its kin (RFC 3394, with `-pad` RFC 5649) encrypt keys: one `update` takes the whole key. `iv` is
---`a6a6a6a6a6a6a6a6`, or `a65959a6` with `-pad`, in hexadecimal.
---@param algorithm string in either case
---@param key string|luvit.Buffer|table of the cipher's length; a secret `KeyObject` as well
---@param iv string|luvit.Buffer|nil the initialization vector; nil for ECB
---@param options? luvit.crypto.CipherOptions
---@return luvit.crypto.Cipheriv
function cipher.createCipheriv(algorithm, key, iv, options)
  local handle = cipherOf(true, 'createCipheriv', algorithm, key, iv, options, 2)
  return configure(setmetatable({ _handle = handle }, Cipheriv.meta), options)
end

---Begins a message that is decrypted, with what `createCipheriv` was given.
---@param algorithm string
---@param key string|luvit.Buffer|table
---@param iv string|luvit.Buffer|nil
---@param options? luvit.crypto.CipherOptions
---@return luvit.crypto.Decipheriv
function cipher.createDecipheriv(algorithm, key, iv, options)
  local handle = cipherOf(false, 'createDecipheriv', algorithm, key, iv, options, 2)
  return configure(setmetatable({ _handle = handle }, Decipheriv.meta), options)
end

---The names of the ciphers there are, in alphabetical order; some have several.
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
  local keyLength, ivLength = options and options.keyLength, options and options.ivLength
  if keyLength ~= nil then base.integer(keyLength, 0, 2 ^ 31 - 1, 'options.keyLength', 'getCipherInfo', 2) end
  if ivLength ~= nil then base.integer(ivLength, 0, 2 ^ 31 - 1, 'options.ivLength', 'getCipherInfo', 2) end
  return (native.cipher_info(nameOrNid, keyLength, ivLength))
end

return cipher
