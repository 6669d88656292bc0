-- The part of lua-openssl that published packages use, so that they run unchanged: digests, ciphers, keys, certificates,
-- integers of any size, and TLS sessions between memory BIOs.
--
-- New programs do better with `crypto` and `tls`, which check more: here, as in OpenSSL, a TLS session verifies that the
-- peer's certificate is signed by somebody it trusts, and only if `verify_mode` asks for it; for which host it is,
-- `x509:check_host` tells.
--
-- Objects are userdata whose metatable has lua-openssl's `__name`. A function that fails returns nil, the text and a code.
-- What lua-openssl has and this has not raises an error that names it.

local native = require('luvit:crypto')
local object = require('openssl/object')

---@class luvit.openssl
---@field bio luvit.openssl.bio
---@field bn table<string, function> integers of up to 2^20 bits, with lua-openssl's functions: `number`, `text`, `add`, `mul`,
---  `powmod`, `tohex` and others, which are methods as well, and the operators. What would take minutes is an error:
---  `powmod`, `invmod` and `gcd` of more than 16384 bits, `isprime` of more than 8192, `aprime` of more than 4096, and
---  `sqrtmod` of more than 2048
---@field cipher luvit.openssl.cipher
---@field digest luvit.openssl.digest
---@field hmac luvit.openssl.hmac
---@field pkey luvit.openssl.pkey
---@field ssl luvit.openssl.ssl
---@field x509 luvit.openssl.x509
local openssl = {}

---Versions: of lua-openssl's API, of Lua, and of the library.
---@param asNumbers? boolean
---@return string|integer api
---@return string|integer lua
---@return string|integer library # as a number as OpenSSL counts them: 0x1010107f
function openssl.version(asNumbers)
  if asNumbers then return 0x00a000, 501, 0x1010107f end
  return '0.10.0', _VERSION, 'OpenSSL 1.1.1 (compatible; AWS-LC, rustls)'
end

---Bytes to hexadecimal digits, or back.
---@param text string
---@param encode? boolean false to decode
---@return string? # nil for what is no hexadecimal text
---@return string? err
---@return string? code
function openssl.hex(text, encode)
  text = object.bytes(text, 1, 'hex')
  if encode == nil or encode then return native.encode(text, 'hex') end
  local bytes = native.decode(text, 'hex')
  if not bytes then return object.fail('ERR_INVALID_ARG_VALUE: this is no hexadecimal text') end
  return bytes
end

---Bytes to base64, or back.
---@param text string|luvit.openssl.MemoryBio
---@param encode? boolean false to decode
---@param oneLine? boolean false for lines of 64 characters
---@return string? # nil for what is no base64
---@return string? err
---@return string? code
function openssl.base64(text, encode, oneLine)
  text = object.bytes(text, 1, 'base64')
  if encode ~= nil and not encode then
    local bytes = native.decode(text, 'base64')
    if not bytes then return object.fail('ERR_INVALID_ARG_VALUE: this is no base64') end
    return bytes
  end
  local encoded = native.encode(text, 'base64')
  if oneLine == nil or oneLine or encoded == '' then return encoded end
  return (encoded:gsub(('.'):rep(64), '%0\n'):gsub('([^\n])$', '%1\n'))
end

---Random bytes.
---@param count integer more than 0
---@param strong? boolean means nothing: all are strong
---@return string
function openssl.random(count, strong) -- luacheck: ignore
  if type(count) ~= 'number' then object.wrong(1, 'random', 'number', count) end
  if not (count >= 1 and count <= 2 ^ 31 - 65536) then
    error(("bad argument #1 to 'random' (must be greater than 0, and at most 2^31 - 65536, got %.14g)"):format(count), 2)
  end
  return (native.random_bytes(math.floor(count)))
end

---Whether there are random numbers: there always are.
---@return boolean
function openssl.rand_status()
  return true
end

---What went wrong last, and forgets it.
---@return string? reason
---@return string? library
---@return string? code
function openssl.error()
  local last = table.remove(object.errors)
  if last then return last.reason, 'luvit', last.code end
end

---What went wrong since the last time this was asked, a line each, and forgets it.
---@return string
function openssl.errors()
  local lines = {}
  for i, err in ipairs(object.errors) do lines[i] = err.reason .. '\n' end
  openssl.clear_error()
  return table.concat(lines)
end

---Forgets what went wrong.
function openssl.clear_error()
  for i = #object.errors, 1, -1 do object.errors[i] = nil end
end

---The names of what there is.
---@param kind 'digests'|'ciphers'
---@return string[]
function openssl.list(kind)
  if kind == 'digests' then return native.hashes() end
  if kind == 'ciphers' then return native.ciphers() end
  error(("bad argument #1 to 'list' (digests or ciphers expected, got %s)"):format(tostring(kind)), 2)
end

local parts = {
  bio = 'openssl/bio', cipher = 'openssl/cipher', digest = 'openssl/digest', hmac = 'openssl/hmac',
  pkey = 'openssl/pkey', ssl = 'openssl/ssl', x509 = 'openssl/x509',
}

local leftOut = {}
for name in ([[
  FIPS_mode asn1 cms crl csr dh dsa ec engine group kdf lhash mac mem_leaks ocsp param pkcs12 pkcs7 point provider rand_add
  rand_load rand_write rsa sm2 srp ts
]]):gmatch('%S+') do leftOut[name] = true end

return setmetatable(openssl, {
  __index = function(self, name)
    local value
    if name == 'bn' then
      value = require('luvit:openssl').bn
    elseif parts[name] then
      value = require(parts[name])
    elseif leftOut[name] then
      error(("openssl.%s is not part of luvit's openssl: see the documentation of `openssl` for what is, and `crypto`")
        :format(name), 2)
    end
    rawset(self, name, value)
    return value
  end,
  __pairs = function(self)
    for name in pairs(parts) do
      local _loaded = self[name]
    end
    local _bn = self.bn
    return next, self, nil
  end,
})
