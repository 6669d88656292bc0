-- Requests for certificates (CSR, PKCS #10).

local native = require('luvit:crypto')
local object = require('openssl/object')
local extension = object.inside('openssl/extension')
local pkey = object.inside('openssl/pkey')
local names = object.inside('openssl/name')

---Requests for certificates.
---@class luvit.openssl.x509.req
local req = {}

---A request for a certificate.
---@class luvit.openssl.Request
local Request = {}

local makeRequest, stateOf = object.class('openssl.x509_req', Request, 'attribute attr_count add_extension i2d')

object.share('openssl/req', { state = stateOf })

local function check(self, method)
  local state = stateOf(self)
  if not state then object.wrong(1, method, 'openssl.x509_req', self) end
  return state
end

-- Takes over what a native request says.
local function adopt(state, request)
  local info, err, code = native.request_info(request)
  if not info then return object.fail(err, code) end
  state.info, state.subject, state.key = info, info.subjectParts, info.key
  return true
end

local function sign(state, key, digest)
  local options = extension.apply(state.extensions or {}, { digest = digest })
  local request, err, code = native.request_create(key, state.subject, options)
  if not request then return object.fail(err, code) end
  return adopt(state, request)
end

---Makes a request.
---@param ... luvit.openssl.Name|luvit.openssl.EvpKey|luvit.openssl.Extension[]|string the subject, the key that signs
---  it, extensions, and the digest, in any order; without a key it has to be signed
---@return luvit.openssl.Request? request
---@return string? err
---@return string? code
function req.new(...)
  local state, key, digest = { subject = {} }, nil, nil
  for i = 1, select('#', ...) do
    local value = select(i, ...)
    if names.parts(value) then
      state.subject = names.parts(value)
    elseif pkey.key(value) then
      key = pkey.key(value)
    elseif type(value) == 'string' then
      digest = value
    elseif type(value) == 'table' then
      state.extensions = value
    elseif value ~= nil then
      digest = object.digestName(value, nil, i, 'new')
    end
  end
  if key then
    local done, err, code = sign(state, key, digest)
    if not done then return nil, err, code end
  end
  return makeRequest(state)
end

---Reads a request.
---@param data string|luvit.openssl.MemoryBio
---@param format? 'auto'|'pem'|'der'
---@return luvit.openssl.Request? request
---@return string? err
---@return string? code
function req.read(data, format)
  data = object.bytes(data, 1, 'read')
  local pem = data:find('-----BEGIN ', 1, true) ~= nil
  if format == 'pem' and not pem or format == 'der' and pem then
    return object.fail(('ERR_OSSL: this is no request as %s'):format(format))
  end
  local request, err, code = native.request(data)
  if not request then return object.fail(err, code) end
  local state, done = {}, nil
  done, err, code = adopt(state, request)
  if not done then return nil, err, code end
  return makeRequest(state)
end

local function signed(self, method)
  local state = check(self, method)
  if not state.info then error(("openssl: x509_req:%s: the request has to be signed first"):format(method), 3) end
  return state
end

---Signs it.
---@param key luvit.openssl.EvpKey
---@param digest? string|luvit.openssl.EvpDigest `sha256` by default
---@return boolean? # true
---@return string? err
---@return string? code
function Request:sign(key, digest)
  local state = check(self, 'sign')
  if not pkey.key(key) then object.wrong(2, 'sign', 'openssl.evp_pkey', key) end
  return sign(state, pkey.key(key), object.digestName(digest, 'sha256', 3, 'sign'))
end

---The request as text or DER.
---@param format? 'pem'|'der' `pem` by default
---@return string
function Request:export(format)
  local info = signed(self, 'export').info
  if format == nil or format == 'pem' then return info.pem end
  if format ~= 'der' then object.wrong(2, 'export', 'pem or der', format) end
  return info.raw
end

---Whether it is signed with the key that it holds.
---@return boolean
function Request:verify()
  local state = check(self, 'verify')
  return state.info ~= nil and state.info.verified
end

---The key that the certificate will be for. Setting it has no effect: `sign` does.
---@param key? luvit.openssl.EvpKey
---@return luvit.openssl.EvpKey|boolean
function Request:public(key)
  check(self, 'public')
  if key == nil then return pkey.wrap(signed(self, 'public').key) end
  if not pkey.key(key) then object.wrong(2, 'public', 'openssl.evp_pkey', key) end
  return true
end

---Whether a private key is the one it was signed with.
---@param key luvit.openssl.EvpKey
---@return boolean
function Request:check(key)
  local state = signed(self, 'check')
  if not pkey.key(key) then object.wrong(2, 'check', 'openssl.evp_pkey', key) end
  local half = native.key_half(pkey.key(key))
  return half ~= nil and native.key_equals(half, state.key)
end

---The name that the certificate will be for; or sets it, before it is signed.
---@param name? luvit.openssl.Name
---@return luvit.openssl.Name|boolean
function Request:subject(name)
  local state = check(self, 'subject')
  if name == nil then return names.wrap(state.subject) end
  if not names.parts(name) then object.wrong(2, 'subject', 'openssl.x509_name', name) end
  state.subject = names.parts(name)
  return true
end

---The extensions that are asked for; or sets them, before it is signed.
---@param list? luvit.openssl.Extension[]
---@return luvit.openssl.Extension[]|boolean
function Request:extensions(list)
  local state = check(self, 'extensions')
  if list ~= nil then
    if type(list) ~= 'table' then object.wrong(2, 'extensions', 'table', list) end
    state.extensions = list
    return true
  end
  local result = {}
  for i, one in ipairs(state.info and state.info.extensions or {}) do result[i] = extension.wrap(one) end
  return result
end

---Its version, counted from 0: there is no other. Setting it has no effect.
---@param version? integer
---@return integer|boolean
function Request:version(version)
  check(self, 'version')
  return version == nil and 0 or true
end

---Its digest, as bytes.
---@param alg? string|luvit.openssl.EvpDigest `sha256` by default
---@return string
function Request:digest(alg)
  return require('crypto').createHash(object.digestName(alg, 'sha256', 2, 'digest')):update(signed(self, 'digest').info.raw)
    :digest()
end

---What is known of it.
---@return { subject: luvit.openssl.Name, version: integer, pubkey: luvit.openssl.EvpKey, extensions: luvit.openssl.Extension[], req_info: { pubkey: { algorithm: string, pubkey: luvit.openssl.EvpKey }? } }
function Request:parse()
  local state = check(self, 'parse')
  local key = state.key and pkey.wrap(state.key)
  return {
    subject = Request.subject(self), version = 0, extensions = Request.extensions(self), pubkey = key,
    req_info = { pubkey = key and { algorithm = key:parse().type, pubkey = key } },
  }
end

---A certificate of it, signed by a key: of itself, or of an authority.
---@param key luvit.openssl.EvpKey
---@param days? integer for how long it is valid, 365 by default
---@param issuer? luvit.openssl.Certificate the certificate of the key; the certificate signs itself without
---@return luvit.openssl.Certificate? certificate
---@return string? err
---@return string? code
function Request:to_x509(key, days, issuer)
  signed(self, 'to_x509')
  if days ~= nil and type(days) ~= 'number' then object.wrong(3, 'to_x509', 'number', days) end
  local certificate = require('openssl/x509').new(nil, self)
  certificate:validat(os.time(), os.time() + (days or 365) * 86400)
  local done, err, code = certificate:sign(key, issuer or certificate)
  if not done then return nil, err, code end
  return certificate
end

return object.leaveOut(req, 'openssl.x509.req', 'd2i')
