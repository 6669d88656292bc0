-- Key agreement: two sides that show each other their public keys get the same secret.

local native = require('luvit:crypto')
local base = require('crypto/base')
local Object = require('core').Object

local ecdh = {}

---One side of an agreement on a curve, with bytes for keys. With `KeyObject`s, use `diffieHellman`.
---@class luvit.crypto.ECDH: luvit.Object
local ECDH = Object:extend()
ecdh.ECDH = ECDH

local function begin(self, curve, level)
  if type(curve) ~= 'string' then base.wrong('curve', 'createECDH', 'string', curve, level + 1) end
  local ok, err = native.curves(curve)
  if not ok then error(err, level + 1) end
  self._curve = curve
  return self
end

---Begins an agreement on a curve, as `createECDH` does.
---@param curve string
function ECDH:initialize(curve)
  begin(self, curve, 3)
end

---Begins an agreement on a curve.
---@param curve string see `getCurves`; `P-256` and other names of NIST will do
---@return luvit.crypto.ECDH
function ecdh.createECDH(curve)
  local self = begin(ECDH:create(), curve, 2)
  return self
end

local function give(bytes, encoding, method)
  local name, toBuffer = base.output(encoding, method, 3)
  if toBuffer then return base.toBuffer(bytes) end
  return name == 'binary' and bytes or native.encode(bytes, name)
end

local FORMATS = { compressed = true, uncompressed = true, hybrid = true }

local function checkFormat(format, method)
  if format == nil then return 'uncompressed' end
  if FORMATS[format] then return format end
  base.fail('format', method,
    ("unknown format '%s', there are compressed, uncompressed and hybrid"):format(tostring(format)), 3,
    'ERR_CRYPTO_ECDH_INVALID_FORMAT')
end

-- The point of a public key. A hybrid one is whole, and its first byte says what a compressed one's would.
local function point(key, format)
  local bytes = native.key_raw(key, format == 'compressed')
  if format ~= 'hybrid' then return bytes end
  return string.char(6 + bytes:byte(-1) % 2) .. bytes:sub(2)
end

local function keyOf(self, method)
  if not self._key then
    base.fail('self', method, 'generateKeys or setPrivateKey must come first', 3, 'ERR_CRYPTO_INVALID_STATE')
  end
  return self._key
end

---Makes a pair of keys, and gives the public one.
---@param encoding? luvit.crypto.OutputEncoding
---@param format? 'compressed'|'uncompressed'|'hybrid' the point with one coordinate or with both, which is the default
---@return string publicKey
function ECDH:generateKeys(encoding, format)
  format = checkFormat(format, 'generateKeys')
  local key, err = native.key_generate('ec', nil, nil, self._curve)
  if not key then error(err, 2) end
  self._key, self._public = key, nil
  return give(point(native.key_half(key), format), encoding, 'generateKeys')
end

---The secret that is shared with the owner of a public key: the x coordinate of a point. Make a key of it with `hkdf`.
---@param otherPublicKey string|luvit.Buffer
---@param inputEncoding? luvit.crypto.Encoding of a string
---@param outputEncoding? luvit.crypto.OutputEncoding
---@return string? secret
---@return string? err
---@return string? code `ERR_CRYPTO_ECDH_INVALID_PUBLIC_KEY` for what is no point of the curve
function ECDH:computeSecret(otherPublicKey, inputEncoding, outputEncoding)
  local key = keyOf(self, 'computeSecret')
  if self._public and not native.key_equals(self._public, native.key_half(key)) then
    return nil, 'ERR_CRYPTO_INVALID_KEYPAIR: the public key that was set does not belong to the private one',
      'ERR_CRYPTO_INVALID_KEYPAIR'
  end
  local bytes = base.bytes(otherPublicKey, inputEncoding, 'otherPublicKey', 'computeSecret', 2)
  local other, err, code = native.key_from_raw(self._curve, bytes, false)
  if not other then return nil, err, code end
  local secret
  secret, err, code = native.agree(key, other)
  if not secret then return nil, err, code end
  return give(secret, outputEncoding, 'computeSecret')
end

---The public key; `generateKeys` or `setPrivateKey` must come first.
---@param encoding? luvit.crypto.OutputEncoding
---@param format? 'compressed'|'uncompressed'|'hybrid'
---@return string
function ECDH:getPublicKey(encoding, format)
  format = checkFormat(format, 'getPublicKey')
  local public = self._public or native.key_half(keyOf(self, 'getPublicKey'))
  return give(point(public, format), encoding, 'getPublicKey')
end

---The private key, a number as long as the curve's order; `generateKeys` or `setPrivateKey` must come first.
---@param encoding? luvit.crypto.OutputEncoding
---@return string
function ECDH:getPrivateKey(encoding)
  return give(native.key_raw(keyOf(self, 'getPrivateKey')), encoding, 'getPrivateKey')
end

---Takes a private key instead of making one; its public key follows from it.
---@param privateKey string|luvit.Buffer a number from 1 to the curve's order, big-endian
---@param encoding? luvit.crypto.Encoding of a string
---@return luvit.crypto.ECDH? # itself
---@return string? err
---@return string? code `ERR_CRYPTO_INVALID_KEYPAIR`
function ECDH:setPrivateKey(privateKey, encoding)
  local bytes = base.bytes(privateKey, encoding, 'privateKey', 'setPrivateKey', 2)
  local key, err, code = native.key_from_raw(self._curve, bytes, true)
  if not key then return nil, err, code end
  self._key, self._public = key, nil
  return self
end

---Takes a public key, for `getPublicKey` in another form: `computeSecret` needs the private one. In node this is
---deprecated, as the public key follows from the private one.
---@param publicKey string|luvit.Buffer a point of the curve
---@param encoding? luvit.crypto.Encoding of a string
---@return luvit.crypto.ECDH? # itself
---@return string? err
---@return string? code
function ECDH:setPublicKey(publicKey, encoding)
  local bytes = base.bytes(publicKey, encoding, 'publicKey', 'setPublicKey', 2)
  local key, err, code = native.key_from_raw(self._curve, bytes, false)
  if not key then return nil, err, code end
  self._public = key
  return self
end

---A public key in the other form.
---@param key string|luvit.Buffer
---@param curve string
---@param inputEncoding? luvit.crypto.Encoding of a string
---@param outputEncoding? luvit.crypto.OutputEncoding
---@param format? 'compressed'|'uncompressed'|'hybrid'
---@return string? key
---@return string? err
---@return string? code
function ECDH.convertKey(key, curve, inputEncoding, outputEncoding, format)
  if type(curve) ~= 'string' then base.wrong('curve', 'convertKey', 'string', curve, 2) end
  format = checkFormat(format, 'convertKey')
  local bytes = base.bytes(key, inputEncoding, 'key', 'convertKey', 2)
  local handle, err, code = native.key_from_raw(curve, bytes, false)
  if not handle then return nil, err, code end
  return give(point(handle, format), outputEncoding, 'convertKey')
end

---The secret that a private key and the other side's public key share: of EC keys on one curve, or of X25519 keys. Make a
---key of it with `hkdf`. With a callback, or a coroutine that waits, a thread computes it.
---@param options { privateKey: luvit.crypto.KeyObject, publicKey: luvit.crypto.KeyObject }
---@param callback? fun(err?: string, secret?: string)|thread
---@return string? secret without a callback; nil with the error and its code
---@return string? err
---@return string? code
function ecdh.diffieHellman(options, callback)
  if type(options) ~= 'table' then base.wrong('options', 'diffieHellman', 'table', options, 2) end
  local keys = require('crypto/keys')
  local private, err, code = keys.handle(options.privateKey, 'private', 'diffieHellman', 2)
  if not private then return nil, err, code end
  local public
  public, err, code = keys.handle(options.publicKey, 'public', 'diffieHellman', 2)
  if not public then return nil, err, code end
  if callback == nil then return native.agree(private, public) end
  return base.pooled(callback, 'diffieHellman', 2, false, native.agree, private, public)
end

return ecdh
