-- Message authentication codes.

local object = require('openssl/object')
local crypto = require('crypto')

---Message authentication codes.
---@class luvit.openssl.hmac
local hmac = {}

---A message authentication code under way.
---@class luvit.openssl.HmacContext
local HmacContext = {}

local makeHmac, stateOf = object.class('openssl.hmac_ctx', HmacContext)

local function check(self, method)
  local state = stateOf(self)
  if not state then object.wrong(1, method, 'openssl.hmac_ctx', self) end
  if not state.code then error(("bad argument #1 to '%s' (the code was closed)"):format(method), 3) end
  return state
end

---The code of a message.
---@param alg string|luvit.openssl.EvpDigest
---@param data string
---@param key string
---@param raw? boolean true for bytes instead of hexadecimal digits
---@return string? code
---@return string? err
---@return string? errcode
function hmac.hmac(alg, data, key, raw)
  alg = object.digestName(alg, nil, 1, 'hmac')
  data, key = object.bytes(data, 2, 'hmac'), object.bytes(key, 3, 'hmac')
  local code, err, errcode = object.try(crypto.createHmac, alg, key)
  if not code then return nil, err, errcode end
  return code:update(data):digest(not raw and 'hex' or nil)
end

---The same as `hmac`.
---@param alg string|luvit.openssl.EvpDigest
---@param data string
---@param key string
---@param raw? boolean
---@return string? code
---@return string? err
---@return string? errcode
function hmac.digest(alg, data, key, raw)
  return hmac.hmac(alg, data, key, raw)
end

---Begins a code.
---@param alg string|luvit.openssl.EvpDigest
---@param key string
---@return luvit.openssl.HmacContext? hmac
---@return string? err
---@return string? errcode
function hmac.new(alg, key)
  alg = object.digestName(alg, nil, 1, 'new')
  key = object.bytes(key, 2, 'new')
  local code, err, errcode = object.try(crypto.createHmac, alg, key)
  if not code then return nil, err, errcode end
  return makeHmac({ alg = alg, key = key, code = code })
end

---Adds bytes.
---@param data string
---@return boolean # true
function HmacContext:update(data)
  check(self, 'update').code:update(object.bytes(data, 2, 'update'))
  return true
end

---The code of all that was added; more may be added afterwards.
---@param data? string|boolean more bytes, or `raw`
---@param raw? boolean true for bytes instead of hexadecimal digits
---@return string
function HmacContext:final(data, raw)
  local state = check(self, 'final')
  if type(data) == 'boolean' then data, raw = nil, data end
  if data ~= nil then state.code:update(object.bytes(data, 2, 'final')) end
  return state.code:copy():digest(not raw and 'hex' or nil)
end

---Begins again, with the same key.
---@return boolean # true
function HmacContext:reset()
  local state = check(self, 'reset')
  state.code = crypto.createHmac(state.alg, state.key)
  return true
end

---Lets go of it: every other call is an error afterwards.
function HmacContext:close()
  check(self, 'close').code = nil
end

---How many bytes the code has.
---@return integer
function HmacContext:size()
  return #check(self, 'size').code:copy():digest()
end

return hmac
