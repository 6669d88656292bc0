-- Diffie-Hellman over prime fields, for old protocols: curves (`createECDH`, `diffieHellman`) are faster and safer.

local native = require('luvit:crypto')
local base = require('crypto/base')
local Object = require('core').Object

local dh = {}

---One side of an exchange over a prime field.
---@class luvit.crypto.DiffieHellman: luvit.Object
---@field verifyError integer what is wrong with prime and generator, as OpenSSL's bits: 1 no prime, 2 no safe prime, 8 the
---  generator does not suit; 0 is nothing
local DiffieHellman = Object:extend()
dh.DiffieHellman = DiffieHellman

---One side of an exchange over a group that everyone knows: its keys are made, never set.
---@class luvit.crypto.DiffieHellmanGroup: luvit.crypto.DiffieHellman
local DiffieHellmanGroup = DiffieHellman:extend()
dh.DiffieHellmanGroup = DiffieHellmanGroup

local function fill(self, handle, fixed)
  self._handle = handle
  self._fixed = fixed
  self.verifyError = native.dh_problems(handle)
  return self
end

-- The native exchange of the arguments of `createDiffieHellman`.
local function exchangeOf(prime, primeEncoding, generator, generatorEncoding, level)
  local method = 'createDiffieHellman'
  if type(primeEncoding) ~= 'string' or not pcall(base.encodingOf, primeEncoding, 'primeEncoding', method, 1) then
    primeEncoding, generator, generatorEncoding = nil, primeEncoding, generator
  end
  if generator == nil then generator = 2 end
  if type(prime) == 'number' then
    base.integer(prime, 0, 2 ^ 31 - 1, 'prime', method, level + 1)
    base.integer(generator, 0, 2 ^ 31 - 1, 'generator', method, level + 1)
    return native.dh_generate(prime, generator)
  end
  prime = base.bytes(prime, primeEncoding, 'prime', method, level + 1)
  if type(generator) == 'number' then
    base.integer(generator, 0, 2 ^ 31 - 1, 'generator', method, level + 1)
    generator = native.decode(('%08x'):format(generator), 'hex')
  else
    generator = base.bytes(generator, generatorEncoding, 'generator', method, level + 1)
  end
  return native.dh(prime, generator)
end

---Begins an exchange, as `createDiffieHellman` does; what that returns as an error is raised.
---@param prime integer|string|luvit.Buffer
---@param primeEncoding? luvit.crypto.Encoding|integer|luvit.Buffer
---@param generator? integer|string|luvit.Buffer
---@param generatorEncoding? luvit.crypto.Encoding
function DiffieHellman:initialize(prime, primeEncoding, generator, generatorEncoding)
  local handle, err = exchangeOf(prime, primeEncoding, generator, generatorEncoding, 3)
  if not handle then error(err, 3) end
  fill(self, handle, false)
end

---Begins an exchange, as `getDiffieHellman` does.
---@param name string
function DiffieHellmanGroup:initialize(name)
  if type(name) ~= 'string' then base.wrong('name', 'getDiffieHellman', 'string', name, 3) end
  local handle, err = native.dh_group(name)
  if not handle then error(err, 3) end
  fill(self, handle, true)
end

---Begins an exchange with a prime of one's own, or with a new one of so many bits, which takes seconds for 1024 bits and
---minutes for 2048: take `getDiffieHellman`.
---@param prime integer|string|luvit.Buffer the number of bits; or the prime, big-endian
---@param primeEncoding? luvit.crypto.Encoding|integer|luvit.Buffer of a string; may be left out
---@param generator? integer|string|luvit.Buffer 2 by default
---@param generatorEncoding? luvit.crypto.Encoding of a string
---@return luvit.crypto.DiffieHellman? exchange
---@return string? err
---@return string? code
function dh.createDiffieHellman(prime, primeEncoding, generator, generatorEncoding)
  local handle, err, code = exchangeOf(prime, primeEncoding, generator, generatorEncoding, 2)
  if not handle then return nil, err, code end
  return fill(DiffieHellman:create(), handle, false)
end

---Begins an exchange with a group that everyone knows: `modp14` (2048 bits) to `modp18` of RFC 3526; and for what is
---old, `modp5`, and `modp1` and `modp2` of RFC 2409, whose 768 and 1024 bits can be broken.
---@param name 'modp1'|'modp2'|'modp5'|'modp14'|'modp15'|'modp16'|'modp17'|'modp18'
---@return luvit.crypto.DiffieHellmanGroup
function dh.getDiffieHellman(name)
  local self = DiffieHellmanGroup:new(name)
  return self
end

---The same as `getDiffieHellman`, which is node's other name of it.
---@param name 'modp1'|'modp2'|'modp5'|'modp14'|'modp15'|'modp16'|'modp17'|'modp18'
---@return luvit.crypto.DiffieHellmanGroup
function dh.createDiffieHellmanGroup(name)
  local self = DiffieHellmanGroup:new(name)
  return self
end

local function give(bytes, encoding, method)
  local name, toBuffer = base.output(encoding, method, 3)
  if toBuffer then return base.toBuffer(bytes) end
  return name == 'binary' and bytes or native.encode(bytes, name)
end

local function number(self, which, encoding, method)
  local bytes = native.dh_get(self._handle, which)
  if not bytes then base.fail('self', method, 'generateKeys must come first', 3, 'ERR_CRYPTO_INVALID_STATE') end
  return give(bytes, encoding, method)
end

---Makes a pair of keys, and gives the public one.
---@param encoding? luvit.crypto.OutputEncoding
---@return string publicKey
function DiffieHellman:generateKeys(encoding)
  local ok, err = native.dh_keys(self._handle)
  if not ok then error(err, 2) end
  return number(self, 'public', encoding, 'generateKeys')
end

---The secret that is shared with the owner of a public key, as long as the prime. Make a key of it with `hkdf`.
---@param otherPublicKey string|luvit.Buffer
---@param inputEncoding? luvit.crypto.Encoding of a string
---@param outputEncoding? luvit.crypto.OutputEncoding
---@return string? secret
---@return string? err
---@return string? code
function DiffieHellman:computeSecret(otherPublicKey, inputEncoding, outputEncoding)
  local bytes = base.bytes(otherPublicKey, inputEncoding, 'otherPublicKey', 'computeSecret', 2)
  local secret, err, code = native.dh_agree(self._handle, bytes)
  if not secret then return nil, err, code end
  return give(secret, outputEncoding, 'computeSecret')
end

---The prime.
---@param encoding? luvit.crypto.OutputEncoding
---@return string prime
function DiffieHellman:getPrime(encoding)
  return number(self, 'prime', encoding, 'getPrime')
end

---The generator.
---@param encoding? luvit.crypto.OutputEncoding
---@return string generator
function DiffieHellman:getGenerator(encoding)
  return number(self, 'generator', encoding, 'getGenerator')
end

---The public key; `generateKeys` must come first.
---@param encoding? luvit.crypto.OutputEncoding
---@return string publicKey
function DiffieHellman:getPublicKey(encoding)
  return number(self, 'public', encoding, 'getPublicKey')
end

---The private key; `generateKeys` must come first.
---@param encoding? luvit.crypto.OutputEncoding
---@return string privateKey
function DiffieHellman:getPrivateKey(encoding)
  return number(self, 'private', encoding, 'getPrivateKey')
end

local function set(self, which, key, encoding, method)
  if self._fixed then
    base.fail('self', method, 'the keys of a group are made by generateKeys only', 3, 'ERR_CRYPTO_INVALID_STATE')
  end
  local ok, err, code = native.dh_set(self._handle, which, base.bytes(key, encoding, 'key', method, 3))
  if not ok then return nil, err, code end
  return self
end

---Takes a public key; not with a group.
---@param key string|luvit.Buffer
---@param encoding? luvit.crypto.Encoding of a string
---@return luvit.crypto.DiffieHellman? # itself
---@return string? err
---@return string? code
function DiffieHellman:setPublicKey(key, encoding)
  return set(self, 'public', key, encoding, 'setPublicKey')
end

---Takes a private key; `generateKeys` makes its public one then. Not with a group.
---@param key string|luvit.Buffer
---@param encoding? luvit.crypto.Encoding of a string
---@return luvit.crypto.DiffieHellman? # itself
---@return string? err
---@return string? code
function DiffieHellman:setPrivateKey(key, encoding)
  return set(self, 'private', key, encoding, 'setPrivateKey')
end

return dh
