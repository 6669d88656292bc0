-- Digests and message authentication codes, as functions, objects and streams.

local native = require('luvit:crypto')
local base = require('crypto/base')
local Transform = require('stream').Transform

local hash = {}

---Options of `createHash`, and of the stream that it returns.
---@class luvit.crypto.HashOptions: luvit.stream.DuplexOptions
---@field outputLength? integer bytes of output, for digests of any length: SHAKE and BLAKE3
---@field encoding? luvit.crypto.OutputEncoding of what the stream gives
---@field defaultEncoding? luvit.crypto.Encoding of strings that the stream is given

---Options of `createHmac`, and of the stream that it returns.
---@class luvit.crypto.HmacOptions: luvit.stream.DuplexOptions
---@field encoding? luvit.crypto.Encoding of the key, if it is a string
---@field defaultEncoding? luvit.crypto.Encoding of strings that the stream is given

---A digest under way. It is an object with `update` and `digest`, and a stream that takes bytes and gives the digest at
---their end; use one of the two.
---@class luvit.crypto.Hash: luvit.Transform
local Hash = Transform:extend()
hash.Hash = Hash

---A message authentication code under way. It is used as a `Hash` is.
---@class luvit.crypto.Hmac: luvit.crypto.Hash
local Hmac = Hash:extend()
hash.Hmac = Hmac

local newHash, update, digest = native.hash, native.hash_update, native.hash_digest

-- Without options, the state of the stream is made by the first method that needs it.
local function configure(self, options)
  if not options then return self end
  Transform.initialize(self, options)
  self._encoding, self._inputEncoding = options.encoding, options.defaultEncoding
  return self
end

-- An object with what it holds: this is quicker than `create`, as the table is made with room for it.
local function wrap(class, handle, options)
  return configure(setmetatable({ _handle = handle }, class.meta), options)
end

local function outputLength(options, method, level)
  local length = options and options.outputLength
  if length ~= nil then base.integer(length, 0, 2 ^ 31 - 65536, 'options.outputLength', method, level + 1) end
  return length
end

local function hashOf(algorithm, options, level)
  if type(algorithm) ~= 'string' then base.wrong('algorithm', 'createHash', 'string', algorithm, level + 1) end
  local length
  if options ~= nil then
    base.checkOptions(options, 'createHash', level + 1)
    length = outputLength(options, 'createHash', level + 1)
    base.checkEncodings(options, 'createHash', level + 1)
  end
  local handle, err = newHash(algorithm, length)
  if not handle then error(err, level + 1) end
  return handle
end

local function hmacOf(algorithm, key, options, level)
  if type(algorithm) ~= 'string' then base.wrong('algorithm', 'createHmac', 'string', algorithm, level + 1) end
  if options ~= nil then
    base.checkOptions(options, 'createHmac', level + 1)
    base.checkEncodings(options, 'createHmac', level + 1)
  end
  key = base.secret(key, options and options.encoding, 'key', 'createHmac', level + 1)
  local handle, err = native.hmac(algorithm, key)
  if not handle then error(err, level + 1) end
  return handle
end

-- Of these, `encoding` is that of the key.
local function hmacOptions(options)
  return options and { highWaterMark = options.highWaterMark, defaultEncoding = options.defaultEncoding }
end

---Begins a digest, as `createHash` does.
---@param algorithm string
---@param options? luvit.crypto.HashOptions
function Hash:initialize(algorithm, options)
  self._handle = hashOf(algorithm, options, 3)
  configure(self, options)
end

---Begins a message authentication code, as `createHmac` does.
---@param algorithm string
---@param key string|luvit.Buffer|table
---@param options? luvit.crypto.HmacOptions
function Hmac:initialize(algorithm, key, options)
  self._handle = hmacOf(algorithm, key, options, 3)
  configure(self, hmacOptions(options))
end

---Adds bytes.
---@param data string|luvit.Buffer
---@param inputEncoding? luvit.crypto.Encoding what the string is written in, `binary` by default
---@return luvit.crypto.Hash # itself
function Hash:update(data, inputEncoding)
  if inputEncoding ~= nil or type(data) ~= 'string' then data = base.bytes(data, inputEncoding, 'data', 'update', 2) end
  local ok, err = update(self._handle, data)
  if not ok then error(err, 2) end
  return self
end

---The digest of all that was added. It can be asked for once: afterwards every method raises
---`ERR_CRYPTO_HASH_FINALIZED`.
---@param encoding? luvit.crypto.OutputEncoding
---@return string digest # a buffer, if that is asked for
function Hash:digest(encoding)
  local toBuffer
  encoding, toBuffer = base.output(encoding, 'digest', 2)
  local result, err = digest(self._handle, encoding)
  if not result then error(err, 2) end
  return toBuffer and base.toBuffer(result) or result
end

---Another one that goes on from here, to get the digest of what was added so far and to add more.
---@param options? luvit.crypto.HashOptions
---@return luvit.crypto.Hash
function Hash:copy(options)
  base.checkOptions(options, 'copy', 2)
  local handle, err = native.hash_copy(self._handle, outputLength(options, 'copy', 2))
  if not handle then error(err, 2) end
  return wrap(self.meta.__index, handle, options)
end

---Writes a piece to the stream.
---@param chunk string|luvit.Buffer
---@param encoding? luvit.crypto.Encoding|fun(err?: any) of a string; may be left out
---@param callback? fun(err?: any)
---@return boolean # false: wait for `drain` before writing more
function Hash:write(chunk, encoding, callback)
  return base.write(self, Transform.write, chunk, encoding, callback)
end

---Ends the stream, which then gives the digest.
---@param chunk? string|luvit.Buffer|fun(err?: any) a last piece
---@param encoding? luvit.crypto.Encoding|fun(err?: any) of a string; may be left out
---@param callback? fun(err?: any) called when the digest is there
function Hash:_end(chunk, encoding, callback)
  base.finish(self, Transform._end, chunk, encoding, callback)
end

---Chooses how the stream gives the digest.
---@param encoding? luvit.crypto.OutputEncoding `binary` by default
---@return luvit.crypto.Hash # itself
function Hash:setEncoding(encoding)
  base.output(encoding, 'setEncoding', 2)
  self._encoding = encoding
  return self
end

function Hash:_transform(chunk, callback)
  local ok, err = update(self._handle, chunk)
  callback(not ok and err or nil)
end

function Hash:_flush(callback)
  local encoding, toBuffer = base.output(self._encoding, 'createHash', 1)
  local result, err = digest(self._handle, encoding)
  if not result then return callback(err) end
  callback(nil, toBuffer and base.toBuffer(result) or result)
end

---Begins a digest. `getHashes` lists the algorithms; their names are understood in either case, with and without `-`, and
---in OpenSSL's forms such as `RSA-SHA256`.
---
---MD5 and SHA-1 are broken as far as collisions matter: use them only where a protocol asks for them.
---@param algorithm string
---@param options? luvit.crypto.HashOptions
---@return luvit.crypto.Hash
function hash.createHash(algorithm, options)
  local handle = hashOf(algorithm, options, 2)
  return wrap(Hash, handle, options)
end

---Begins a message authentication code (HMAC, RFC 2104).
---@param algorithm string a digest, see `createHash`
---@param key string|luvit.Buffer|table of any length; as long as the digest is best; a secret `KeyObject` as well
---@param options? luvit.crypto.HmacOptions
---@return luvit.crypto.Hmac
function hash.createHmac(algorithm, key, options)
  local handle = hmacOf(algorithm, key, options, 2)
  return wrap(Hmac, handle, hmacOptions(options))
end

---The digest of `data`, in one call. With a callback, or a coroutine that waits, a thread computes it: this is for large
---data, which is copied for it.
---@param algorithm string see `createHash`
---@param data string|luvit.Buffer
---@param options? luvit.crypto.OutputEncoding|{ outputEncoding?: luvit.crypto.OutputEncoding, outputLength?: integer }
---  the encoding, `hex` by default as in node, or more options
---@param callback? fun(err?: string, digest?: string)|thread
---@return string? digest # without a callback
function hash.hash(algorithm, data, options, callback)
  if type(algorithm) ~= 'string' then base.wrong('algorithm', 'hash', 'string', algorithm, 2) end
  if callback == nil and options ~= nil and type(options) ~= 'string' and type(options) ~= 'table' then
    options, callback = nil, options
  end
  local encoding, length = options, nil
  if type(options) == 'table' then encoding, length = options.outputEncoding, options.outputLength end
  if length ~= nil then base.integer(length, 0, 2 ^ 31 - 65536, 'options.outputLength', 'hash', 2) end
  local outputEncoding, toBuffer = base.output(encoding or 'hex', 'hash', 2)
  data = base.bytes(data, nil, 'data', 'hash', 2)
  if callback == nil then
    local result, err = native.digest(algorithm, data, outputEncoding, length)
    if not result then error(err, 2) end
    return toBuffer and base.toBuffer(result) or result
  end
  return base.pooled(callback, 'hash', 1, toBuffer, native.digest, algorithm, data, outputEncoding, length)
end

---The names of the digests there are, in alphabetical order; some have several.
---@return string[]
function hash.getHashes()
  return native.hashes()
end

return hash
