-- SPKAC: a public key and a challenge that are signed with the key, as the `<keygen>` of old browsers made it.

local native = require('luvit:crypto')
local base = require('crypto/base')
local Object = require('core').Object

---Reads SPKAC, which is base64 of DER: a public key and a challenge, signed with the key. The functions are called with
---`.`, as `crypto.Certificate.verifySpkac(spkac)`, or as methods of `crypto.Certificate:new()`.
---@class luvit.crypto.Certificate: luvit.Object
local Certificate = Object:extend()

-- What the arguments hold, also those of a method: whether it is sound, its challenge and its key; nil for what is no
-- SPKAC.
local function read(method, spkac, encoding, more)
  if spkac == Certificate or type(spkac) == 'table' and getmetatable(spkac) == Certificate.meta then
    spkac, encoding = encoding, more
  end
  return native.spkac(base.bytes(spkac, encoding, 'spkac', method, 3))
end

---Whether it is signed with its key.
---@param spkac string|luvit.Buffer
---@param encoding? luvit.crypto.Encoding of a string
---@param ... any the encoding, when this is called as a method
---@return boolean
function Certificate.verifySpkac(spkac, encoding, ...)
  return read('verifySpkac', spkac, encoding, ...) == true
end

---What was to be signed; empty for what is no SPKAC.
---@param spkac string|luvit.Buffer
---@param encoding? luvit.crypto.Encoding of a string
---@param ... any the encoding, when this is called as a method
---@return string challenge
function Certificate.exportChallenge(spkac, encoding, ...)
  local sound, challenge = read('exportChallenge', spkac, encoding, ...)
  return sound ~= nil and challenge or ''
end

---The key as PEM; empty for what is no SPKAC.
---@param spkac string|luvit.Buffer
---@param encoding? luvit.crypto.Encoding of a string
---@param ... any the encoding, when this is called as a method
---@return string publicKey
function Certificate.exportPublicKey(spkac, encoding, ...)
  local sound, _, key = read('exportPublicKey', spkac, encoding, ...)
  return sound ~= nil and key or ''
end

return { Certificate = Certificate }
