-- Keys as objects: reading, writing and making them.

local native = require('luvit:crypto')
local base = require('crypto/base')
local Object = require('core').Object

local keys = {}

---How a key is read. Instead of the table, a string or a buffer will do for PEM and DER that need nothing else.
---@class luvit.crypto.KeyInput
---@field key string|luvit.Buffer|table PEM or DER; the members of a JWK as a table; or a `KeyObject`
---@field format? 'pem'|'der'|'jwk' what it is; seen by the content if absent
---@field type? 'pkcs1'|'pkcs8'|'sec1'|'spki' the form of DER; seen by the content if absent
---@field passphrase? string|luvit.Buffer of an encrypted key
---@field encoding? luvit.crypto.Encoding of a string

---How a key is written.
---@class luvit.crypto.KeyOutput
---@field format? 'pem'|'der'|'jwk'|'buffer' `pem` by default; `buffer` is that of secret keys
---@field type? 'pkcs1'|'pkcs8'|'sec1'|'spki' by default `spki` of public and `pkcs8` of private keys
---@field cipher? string encrypts a private key: `aes-256-cbc`
---@field passphrase? string|luvit.Buffer for that

---What there is to know about a key, by its kind.
---@class luvit.crypto.KeyDetails
---@field modulusLength? integer RSA: bits of the modulus
---@field publicExponent? number RSA
---@field hashAlgorithm? string RSA-PSS: the digest that the key is restricted to
---@field mgf1HashAlgorithm? string RSA-PSS: that of the mask
---@field saltLength? integer RSA-PSS: the least length of the salt
---@field namedCurve? string EC: `prime256v1`

---A key: secret, private or public. It is made by `createSecretKey`, `createPrivateKey`, `createPublicKey` and the
---functions that generate keys, and taken wherever a key is wanted.
---@class luvit.crypto.KeyObject: luvit.Object
---@field type 'secret'|'private'|'public'
---@field asymmetricKeyType? 'rsa'|'rsa-pss'|'ec'|'ed25519'|'x25519' of private and public keys
---@field asymmetricKeyDetails? luvit.crypto.KeyDetails of private and public keys
---@field symmetricKeySize? integer of secret keys, in bytes
local KeyObject = Object:extend()
keys.KeyObject = KeyObject

---@private
function KeyObject:initialize()
  error('a KeyObject is made by crypto.createSecretKey, createPrivateKey, createPublicKey or generateKeyPair', 3)
end

-- The object of a key of the native half.
local function wrap(handle)
  local self = KeyObject:create()
  for name, value in pairs(native.key_info(handle)) do self[name] = value end
  self._handle = handle
  return self
end
keys.wrap = wrap

-- The `KeyObject` that a value is.
local function objectOf(value)
  if type(value) ~= 'table' or value.type == nil then return nil end
  if value._handle == nil and value._secret == nil then return nil end
  return getmetatable(value) == KeyObject.meta and value or nil
end

local FORMATS = { pem = true, der = true, jwk = true }

-- The parts of an input: bytes or table, format, type, passphrase.
local function inputOf(value, method, level)
  if type(value) ~= 'table' or require('stream/base').bytesOf(value) then
    return base.bytes(value, nil, 'key', method, level + 1)
  end
  local key, format = value.key, value.format
  if key == nil and value.kty ~= nil then return value, 'jwk' end
  if format ~= nil and not FORMATS[format] then
    base.fail('format', method, ("unknown format '%s', there are pem, der and jwk"):format(tostring(format)), level + 1)
  end
  if objectOf(key) then return key end
  if format == 'jwk' or format == nil and type(key) == 'table' and key.kty ~= nil then
    if type(key) ~= 'table' then base.wrong('key', method, 'table', key, level + 1) end
    return key, 'jwk'
  end
  key = base.bytes(key, value.encoding, 'key', method, level + 1)
  if value.type ~= nil and type(value.type) ~= 'string' then
    base.wrong('type', method, 'string', value.type, level + 1)
  end
  local passphrase = value.passphrase
  if passphrase ~= nil then passphrase = base.bytes(passphrase, nil, 'passphrase', method, level + 1) end
  return key, format, value.type, passphrase
end

---The native key of an argument, of the half that is wanted; or nil, the error and its code.
---@param value any
---@param half 'private'|'public' a private key counts as a public one
---@param method string
---@param level integer whose mistake a wrong one is: 1 is the caller of this
---@return userdata? handle
---@return string? err
---@return string? code
function keys.handle(value, half, method, level)
  local object = objectOf(value)
  local key, format, form, passphrase
  if not object then
    key, format, form, passphrase = inputOf(value, method, level + 1)
    object = objectOf(key)
  end
  if object then
    if object.type == 'secret' or half == 'private' and object.type ~= 'private' then
      base.fail('key', method, ('%s key expected, got a %s one'):format(half, object.type), level + 1,
        'ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE')
    end
    return object._handle
  end
  if format == 'jwk' then
    local handle, err, code = native.key_from_jwk(key)
    if handle and half == 'private' and native.key_info(handle).type ~= 'private' then
      return nil, 'ERR_CRYPTO_INVALID_JWK: the JWK is a public key where a private key is expected',
        'ERR_CRYPTO_INVALID_JWK'
    end
    return handle, err, code
  end
  if half == 'private' then return native.key_private(key, format, form, passphrase) end
  return native.key_public(key, format, form, passphrase)
end

---Reads a private key: PKCS#8, PKCS#1 or SEC1 in PEM or DER, encrypted or not, or a JWK.
---@param key string|luvit.Buffer|luvit.crypto.KeyInput
---@return luvit.crypto.KeyObject? key
---@return string? err
---@return string? code `ERR_MISSING_PASSPHRASE`, `ERR_OSSL_BAD_DECRYPT` (wrong passphrase) and others
function keys.createPrivateKey(key)
  local handle, err, code = keys.handle(key, 'private', 'createPrivateKey', 2)
  if not handle then return nil, err, code end
  return wrap(handle)
end

---Reads a public key: SPKI or PKCS#1 in PEM or DER, or a JWK. Of a private key and of a certificate it gives the public
---key that is in it.
---@param key string|luvit.Buffer|luvit.crypto.KeyInput|luvit.crypto.KeyObject
---@return luvit.crypto.KeyObject? key
---@return string? err
---@return string? code
function keys.createPublicKey(key)
  local handle, err, code = keys.handle(key, 'public', 'createPublicKey', 2)
  if handle then handle, err, code = native.key_half(handle) end
  if not handle then return nil, err, code end
  return wrap(handle)
end

local function secret(bytes)
  local self = KeyObject:create()
  self.type = 'secret'
  self.symmetricKeySize = #bytes
  self._secret = bytes
  return self
end

---Makes an object of a secret key, for `createHmac`, ciphers and `hkdf`.
---@param key string|luvit.Buffer|table bytes, or the members of a JWK of the type `oct`
---@param encoding? luvit.crypto.Encoding of a string
---@return luvit.crypto.KeyObject
function keys.createSecretKey(key, encoding)
  if type(key) == 'table' and (key.kty or type(key.key) == 'table') then
    local jwk = key.kty and key or key.key
    local bytes = jwk.kty == 'oct' and type(jwk.k) == 'string' and native.decode(jwk.k, 'base64url')
    if not bytes then base.fail('key', 'createSecretKey', "JWK of the type 'oct' expected", 2) end
    return secret(bytes)
  end
  return secret(base.bytes(key, encoding, 'key', 'createSecretKey', 2))
end

-- Writes a native key; nil, the error and its code where that is not possible.
local function export(handle, half, options, method, level)
  options = options or {}
  if type(options) ~= 'table' then base.wrong('options', method, 'table', options, level + 1) end
  local format = options.format or 'pem'
  if not FORMATS[format] then
    base.fail('format', method, ("unknown format '%s', there are pem, der and jwk"):format(tostring(format)), level + 1)
  end
  local cipher, passphrase = options.cipher, options.passphrase
  if (cipher ~= nil) ~= (passphrase ~= nil) then
    base.fail('options', method, 'cipher and passphrase belong together', level + 1)
  end
  if cipher ~= nil then
    if half == 'public' then base.fail('cipher', method, 'public keys are not encrypted', level + 1) end
    if format == 'jwk' then
      base.fail('cipher', method, 'a JWK cannot be encrypted', level + 1, 'ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS')
    end
    if type(cipher) ~= 'string' then base.wrong('cipher', method, 'string', cipher, level + 1) end
    passphrase = base.bytes(passphrase, nil, 'passphrase', method, level + 1)
  end
  if format == 'jwk' then return native.key_jwk(handle) end
  local form = options.type or (half == 'private' and 'pkcs8' or 'spki')
  if type(form) ~= 'string' then base.wrong('type', method, 'string', form, level + 1) end
  return native.key_export(handle, format, form, cipher, passphrase)
end

---The key as PEM, DER or JWK; of a secret key its bytes (the format `buffer`, the default), or with `jwk` its JWK.
---@param options? luvit.crypto.KeyOutput
---@return string|table? key a table of a JWK
---@return string? err
---@return string? code
function KeyObject:export(options)
  if self._secret then
    base.checkOptions(options, 'export', 2)
    local format = options and options.format
    if format == 'jwk' then return { kty = 'oct', k = native.encode(self._secret, 'base64url') } end
    if format ~= nil and format ~= 'buffer' then
      base.fail('options.format', 'export', ("buffer or jwk expected, got '%s'"):format(tostring(format)), 2)
    end
    return self._secret
  end
  return export(self._handle, self.type, options, 'export', 2)
end

---Whether it is the same key, of the same half.
---@param other luvit.crypto.KeyObject
---@return boolean
function KeyObject:equals(other)
  if not objectOf(other) then base.wrong('other', 'equals', 'KeyObject', other, 2) end
  if self.type ~= other.type then return false end
  if self._secret then return #self._secret == #other._secret and native.timing_safe_equal(self._secret, other._secret) end
  return native.key_equals(self._handle, other._handle)
end

---What to make, see `generateKeyPair`.
---@class luvit.crypto.KeyPairOptions
---@field modulusLength? integer RSA: bits, 1024 to 16384; 2048 and more are safe
---@field publicExponent? integer RSA: 65537 by default
---@field hashAlgorithm? string RSA-PSS: restricts the key to this digest
---@field mgf1HashAlgorithm? string RSA-PSS: that of the mask
---@field saltLength? integer RSA-PSS: the least length of the salt
---@field namedCurve? string EC: see `getCurves`; `P-256` and other names of NIST will do
---@field paramEncoding? 'named' EC: the curve is written by its name
---@field publicKeyEncoding? luvit.crypto.KeyOutput gives the public key written instead of an object
---@field privateKeyEncoding? luvit.crypto.KeyOutput gives the private key written instead of an object

-- The options, and the seven arguments for the native half.
local function pairArguments(kind, options, method)
  if type(kind) ~= 'string' then base.wrong('type', method, 'string', kind, 3) end
  if options ~= nil and type(options) ~= 'table' then base.wrong('options', method, 'table', options, 3) end
  options = options or {}
  local function integer(name)
    local value = options[name]
    if value ~= nil then base.integer(value, 0, 2 ^ 53, 'options.' .. name, method, 4) end
    return value
  end
  local function text(name)
    local value = options[name]
    if value ~= nil and type(value) ~= 'string' then base.wrong('options.' .. name, method, 'string', value, 4) end
    return value
  end
  kind = kind:lower()
  if (kind == 'rsa' or kind == 'rsa-pss') and options.modulusLength == nil then
    base.wrong('options.modulusLength', method, 'number', nil, 3)
  end
  if kind == 'ec' and options.namedCurve == nil then base.wrong('options.namedCurve', method, 'string', nil, 3) end
  if options.paramEncoding ~= nil and options.paramEncoding ~= 'named' then
    base.fail('options.paramEncoding', method, ("named expected, got '%s'"):format(tostring(options.paramEncoding)), 3)
  end
  return options, {
    kind, integer('modulusLength'), integer('publicExponent'), text('namedCurve'), text('hashAlgorithm'),
    text('mgf1HashAlgorithm'), integer('saltLength'),
  }
end

-- Both halves as the options want them; or nil and the error.
local function pairOf(handle, options, method)
  local public, err, code = native.key_half(handle)
  if not public then return nil, err, code end
  local private = handle
  if options.publicKeyEncoding then
    public, err, code = export(public, 'public', options.publicKeyEncoding, method, 3)
    if not public then return nil, err, code end
  else
    public = wrap(public)
  end
  if options.privateKeyEncoding then
    private, err, code = export(handle, 'private', options.privateKeyEncoding, method, 3)
    if not private then return nil, err, code end
  else
    private = wrap(handle)
  end
  return public, private
end

---Makes a pair of keys: `rsa`, `rsa-pss`, `ec`, `ed25519` or `x25519`. RSA takes from tens of milliseconds to minutes, by
---its size: `generateKeyPair` does it on a thread.
---@param type 'rsa'|'rsa-pss'|'ec'|'ed25519'|'x25519'
---@param options? luvit.crypto.KeyPairOptions
---@return { publicKey: luvit.crypto.KeyObject|string|table, privateKey: luvit.crypto.KeyObject|string|table } pair
function keys.generateKeyPairSync(type, options)
  local args
  options, args = pairArguments(type, options, 'generateKeyPairSync')
  local handle, err = native.key_generate(unpack(args, 1, 7))
  if not handle then error(err, 2) end
  local public, private = pairOf(handle, options, 'generateKeyPairSync')
  if not public then error(private, 2) end
  return { publicKey = public, privateKey = private }
end

---Makes a pair of keys on a thread, as `generateKeyPairSync` does at once.
---@param type 'rsa'|'rsa-pss'|'ec'|'ed25519'|'x25519'
---@param options luvit.crypto.KeyPairOptions|nil may be left out
---@param callback fun(err?: string, publicKey?: luvit.crypto.KeyObject|string|table, privateKey?: luvit.crypto.KeyObject|string|table)|thread
---@return any ... what the coroutine is given
function keys.generateKeyPair(type, options, callback)
  if callback == nil and _G.type(options) ~= 'table' then options, callback = nil, options end
  if _G.type(callback) ~= 'thread' then base.checkCallback(callback, 'callback', 'generateKeyPair', 2) end
  local args
  options, args = pairArguments(type, options, 'generateKeyPair')
  local function run(done)
    local _, err = native.key_generate(args[1], args[2], args[3], args[4], args[5], args[6], args[7],
      function(problem, handle)
        if problem then return done(problem) end
        local ok, public, private = pcall(pairOf, handle, options, 'generateKeyPair')
        if not ok then return done(public) end
        if not public then return done(private) end
        done(nil, public, private)
      end)
    if err then error(err, 3) end
  end
  if _G.type(callback) == 'thread' then return require('utils').adapt(callback, run) end
  run(callback)
end

local function keyLength(kind, options, method)
  if type(kind) ~= 'string' then base.wrong('type', method, 'string', kind, 3) end
  if kind ~= 'hmac' and kind ~= 'aes' then
    base.fail('type', method, ("unknown type '%s', there are hmac and aes"):format(tostring(kind)), 3)
  end
  if type(options) ~= 'table' then base.wrong('options', method, 'table', options, 3) end
  local bits = base.integer(options.length, 8, 2 ^ 31 - 1, 'options.length', method, 3)
  if kind == 'aes' and bits ~= 128 and bits ~= 192 and bits ~= 256 then
    base.fail('options.length', method, ('128, 192 or 256 expected, got %d'):format(bits), 3)
  end
  return math.floor(bits / 8)
end

---Makes a secret key.
---@param type 'hmac'|'aes'
---@param options { length: integer } its length in bits
---@return luvit.crypto.KeyObject
function keys.generateKeySync(type, options)
  return secret(native.random_bytes(keyLength(type, options, 'generateKeySync')))
end

---Makes a secret key on a thread.
---@param type 'hmac'|'aes'
---@param options { length: integer } its length in bits
---@param callback fun(err?: string, key?: luvit.crypto.KeyObject)
function keys.generateKey(type, options, callback)
  local length = keyLength(type, options, 'generateKey')
  base.checkCallback(callback, 'callback', 'generateKey', 2)
  native.random_bytes(length, function(err, bytes)
    if err then return callback(err) end
    callback(nil, secret(bytes))
  end)
end

---The names of the curves there are, in alphabetical order.
---@return string[]
function keys.getCurves()
  return native.curves()
end

return keys
