-- Digests, and signatures piece by piece.

local native = require('luvit:crypto')
local object = require('openssl/object')
local crypto = require('crypto')

---Digests, and signatures piece by piece.
---@class luvit.openssl.digest
local digest = {}

---A digest algorithm.
---@class luvit.openssl.EvpDigest
local EvpDigest = {}

---A digest under way.
---@class luvit.openssl.DigestContext
local Context = {}

---A signature under way, made or verified.
---@class luvit.openssl.SignContext
local Sign = {}

local makeDigest, digestOf = object.class('openssl.evp_digest', EvpDigest)
local makeContext, contextOf = object.class('openssl.evp_digest_ctx', Context, 'data')
local makeSign, signOf = object.class('openssl.evp_digest_sign', Sign)

local function stateOf(find, self, method, name)
  local state = find(self)
  if not state then object.wrong(1, method, name, self) end
  return state
end

local function contextState(self, method)
  local state = stateOf(contextOf, self, method, 'openssl.evp_digest_ctx')
  if not state.hash then error(("bad argument #1 to '%s' (the digest was closed)"):format(method), 3) end
  return state
end

-- A hash, or nil and what is wrong.
local function begin(name)
  return object.try(crypto.createHash, name)
end

---The digest of a string.
---@param alg string|luvit.openssl.EvpDigest
---@param data string
---@param raw? boolean true for bytes instead of hexadecimal digits
---@return string? digest
---@return string? err
---@return string? code
function digest.digest(alg, data, raw)
  local hash, err, code = begin(object.digestName(alg, nil, 1, 'digest'))
  if not hash then return nil, err, code end
  return hash:update(object.bytes(data, 2, 'digest')):digest(not raw and 'hex' or nil)
end

---A digest algorithm by its name.
---@param alg string
---@return luvit.openssl.EvpDigest? digest
---@return string? err
---@return string? code
function digest.get(alg)
  local name = object.digestName(alg, nil, 1, 'get')
  local hash, err, code = begin(name)
  if not hash then return nil, err, code end
  return makeDigest({ name = name, size = #hash:digest() })
end

---Begins a digest.
---@param alg string|luvit.openssl.EvpDigest
---@return luvit.openssl.DigestContext? context
---@return string? err
---@return string? code
function digest.new(alg)
  local name = object.digestName(alg, nil, 1, 'new')
  local hash, err, code = begin(name)
  if not hash then return nil, err, code end
  return makeContext({ name = name, hash = hash })
end

---The names of the digests.
---@param aliases? boolean false for those without a second name of another, as `RSA-SHA256`
---@return string[]
function digest.list(aliases)
  local names = crypto.getHashes()
  if aliases ~= nil and not aliases then return names end
  for i = 1, #names do
    local alias = 'RSA-' .. names[i]:upper()
    if begin(alias) then names[#names + 1] = alias end
  end
  return names
end

-- Bytes of a block, by the beginning of the name. Other digests have blocks of 64.
local BLOCKS = {
  { 'sha384', 128 }, { 'sha512', 128 }, { 'blake2b', 128 }, { 'sha3-224', 144 }, { 'sha3-256', 136 }, { 'sha3-384', 104 },
  { 'sha3-512', 72 }, { 'shake128', 168 }, { 'shake256', 136 },
}

local function describe(name, size)
  -- Another name of a digest has what follows `RSA-`, or is before `With`.
  local plain = name:lower():gsub('^rsa%-', ''):gsub('with.*$', '')
  local info = { name = name, size = size, block_size = 64 }
  for _, block in ipairs(BLOCKS) do
    if plain:sub(1, #block[1]) == block[1] then info.block_size = block[2] end
  end
  for number, known in pairs(object.digests) do
    if known == plain then info.nid, info.type = number, number end
  end
  return info
end

local function sign(alg, key, verify, method)
  local name = alg ~= nil and object.digestName(alg, nil, 1, method) or nil
  local handle = object.inside('openssl/pkey').key(key)
  if not handle then object.wrong(2, method, 'openssl.evp_pkey', key) end
  if not verify and not object.inside('openssl/pkey').private(key) then
    error(("bad argument #2 to '%s' (private key expected, got a public one)"):format(method), 3)
  end
  return makeSign({ name = name, key = handle, verify = verify })
end

---Begins a signature.
---@param alg? string|luvit.openssl.EvpDigest nil for keys that choose themselves, as those of Ed25519
---@param key luvit.openssl.EvpKey a private key
---@return luvit.openssl.SignContext
function digest.signInit(alg, key)
  return (sign(alg, key, false, 'signInit'))
end

---Begins to verify a signature.
---@param alg? string|luvit.openssl.EvpDigest
---@param key luvit.openssl.EvpKey
---@return luvit.openssl.SignContext
function digest.verifyInit(alg, key)
  return (sign(alg, key, true, 'verifyInit'))
end

---The digest of a string, as bytes.
---@param data string
---@return string
function EvpDigest:digest(data)
  local state = stateOf(digestOf, self, 'digest', 'openssl.evp_digest')
  return crypto.createHash(state.name):update(object.bytes(data, 2, 'digest')):digest()
end

---Begins a digest.
---@return luvit.openssl.DigestContext
function EvpDigest:new()
  local state = stateOf(digestOf, self, 'new', 'openssl.evp_digest')
  return makeContext({ name = state.name, hash = crypto.createHash(state.name) })
end

---What is known of it.
---@return { name: string, size: integer, block_size: integer, nid: integer?, type: integer? }
function EvpDigest:info()
  local state = stateOf(digestOf, self, 'info', 'openssl.evp_digest')
  return describe(state.name, state.size)
end

---Begins a signature.
---@param key luvit.openssl.EvpKey
---@return luvit.openssl.SignContext
function EvpDigest:signInit(key)
  return (sign(self, key, false, 'signInit'))
end

---Begins to verify a signature.
---@param key luvit.openssl.EvpKey
---@return luvit.openssl.SignContext
function EvpDigest:verifyInit(key)
  return (sign(self, key, true, 'verifyInit'))
end

---Adds bytes.
---@param data string
---@return boolean # true
function Context:update(data)
  local state = contextState(self, 'update')
  state.hash:update(object.bytes(data, 2, 'update'))
  return true
end

---The digest of all that was added; more may be added afterwards.
---@param data? string|boolean more bytes, or `raw`
---@param raw? boolean true for bytes instead of hexadecimal digits
---@return string
function Context:final(data, raw)
  local state = contextState(self, 'final')
  if type(data) == 'boolean' then data, raw = nil, data end
  if data ~= nil then state.hash:update(object.bytes(data, 2, 'final')) end
  return state.hash:copy():digest(not raw and 'hex' or nil)
end

---Begins again.
---@return boolean # true
function Context:reset()
  local state = contextState(self, 'reset')
  state.hash = crypto.createHash(state.name)
  return true
end

---Another one that goes on from here.
---@return luvit.openssl.DigestContext
function Context:clone()
  local state = contextState(self, 'clone')
  return makeContext({ name = state.name, hash = state.hash:copy() })
end

---What is known of its algorithm.
---@return { name: string, size: integer, block_size: integer, nid: integer?, type: integer? }
function Context:info()
  local state = contextState(self, 'info')
  return describe(state.name, #state.hash:copy():digest())
end

---Lets go of it: every other call is an error afterwards.
function Context:close()
  stateOf(contextOf, self, 'close', 'openssl.evp_digest_ctx').hash = nil
end

---Adds bytes to what is signed.
---@param data string
---@return boolean # true
function Sign:signUpdate(data)
  local state = stateOf(signOf, self, 'signUpdate', 'openssl.evp_digest_sign')
  state[#state + 1] = object.bytes(data, 2, 'signUpdate')
  return true
end

---Adds bytes to what is verified.
---@param data string
---@return boolean # true
function Sign:verifyUpdate(data)
  return Sign.signUpdate(self, data)
end

---Adds bytes, to either.
---@param data string
---@return boolean # true
function Sign:update(data)
  return Sign.signUpdate(self, data)
end

---The signature.
---@return string? signature
---@return string? err
---@return string? code
function Sign:signFinal()
  local state = stateOf(signOf, self, 'signFinal', 'openssl.evp_digest_sign')
  if state.verify then error("bad argument #1 to 'signFinal' (it was begun by verifyInit)", 2) end
  local signature, err, code = native.sign(state.key, state.name, table.concat(state))
  if not signature then return object.fail(err, code) end
  return signature
end

---Whether a signature is right.
---@param signature string
---@return boolean? valid
---@return string? err
---@return string? code
function Sign:verifyFinal(signature)
  local state = stateOf(signOf, self, 'verifyFinal', 'openssl.evp_digest_sign')
  local valid, err, code = native.verify(state.key, state.name, table.concat(state),
    object.bytes(signature, 2, 'verifyFinal'))
  if valid == nil then return object.fail(err, code) end
  return valid
end

---The signature; or whether one is right, of what is verified.
---@param signature? string
---@return string|boolean|nil
---@return string? err
---@return string? code
function Sign:final(signature)
  if stateOf(signOf, self, 'final', 'openssl.evp_digest_sign').verify then return Sign.verifyFinal(self, signature) end
  return Sign.signFinal(self)
end

---The signature of a message in one call.
---@param data string
---@return string? signature
---@return string? err
---@return string? code
function Sign:sign(data)
  Sign.signUpdate(self, data)
  return Sign.signFinal(self)
end

---Whether a signature of a message is right, in one call.
---@param signature string
---@param data string
---@return boolean? valid
---@return string? err
---@return string? code
function Sign:verify(signature, data)
  Sign.signUpdate(self, data)
  return Sign.verifyFinal(self, signature)
end

return setmetatable(digest, { __call = function(_, ...) return digest.digest(...) end })
