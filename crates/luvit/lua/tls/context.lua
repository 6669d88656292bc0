-- Secure contexts: what connections have in common. Options as programs write them become those of the engine.

local core = require('core')
local base = require('stream/base')
local native = require('luvit:tls')

local Error = core.Error

local M = {}

---What connections have in common: certificates and keys, whom to trust, versions, ciphers, and what is remembered to
---resume sessions. It serves clients and servers, and may serve many at once.
---@class luvit.tls.SecureContext: luvit.Object
---@field context userdata of the engine
---@field rejectUnauthorized? boolean as in the options it was made of
local SecureContext = core.Object:extend()
M.SecureContext = SecureContext

---@alias luvit.tls.Data string|luvit.Buffer

---@class luvit.tls.ContextOptions
---@field cert? luvit.tls.Data|luvit.tls.Data[] a certificate and those that lead from it to its authority, PEM or DER; a
---  list holds several such chains, of RSA and of ECDSA for example
---@field key? luvit.tls.Data|(luvit.tls.Data|{ pem: luvit.tls.Data, passphrase?: string })[] the private key, PEM or DER,
---  one for each chain
---@field passphrase? string of keys and `pfx` that are encrypted
---@field pfx? luvit.tls.Data|(luvit.tls.Data|{ buf: luvit.tls.Data, passphrase?: string })[] certificate and key as PKCS#12
---@field ca? luvit.tls.Data|luvit.tls.Data[] whom to trust, PEM (many in one text) or DER, instead of the system's
---  authorities. A certificate that is listed itself is trusted, self-signed or not; it signs others only as an authority
---  (CA:TRUE) that has not expired
---@field crl? luvit.tls.Data|luvit.tls.Data[] lists of revoked certificates, PEM or DER. Certificates of an issuer without
---  a list pass, those of one whose list has expired do not
---@field minVersion? 'TLSv1.2'|'TLSv1.3' TLSv1.2 by default; older versions are broken and not offered
---@field maxVersion? 'TLSv1.2'|'TLSv1.3' TLSv1.3 by default
---@field secureProtocol? string as in luvit 2: `TLS`, `SSLv23_method` (any version), `TLSv1_2_method`, `TLSv1_3_method`
---@field secure_protocol? string the same
---@field ciphers? string names and selectors in OpenSSL's language, `ECDHE+AESGCM:!ECDSA`; see `getCiphers`
---@field ecdhCurve? string key exchange groups, `X25519:P-256`; `auto` by default
---@field honorCipherOrder? boolean server: its own order of ciphers counts, true by default
---@field ocsp? luvit.tls.Data server: an OCSP response (DER) to staple
---@field ticketKeys? luvit.tls.Data server: 48 bytes that protect session tickets. Random, and replaced twice a day, by
---  default
---@field sessionTimeout? integer server: seconds for which sessions may be resumed, 300 by default
---@field sessionResumption? boolean false: nothing is remembered, every handshake is whole
---@field server? boolean the context is for servers
---@field rejectUnauthorized? boolean kept for `connect`

local function bad(name, expected, value, level)
  error(("bad argument 'options.%s' (%s expected, got %s)"):format(name, expected, type(value)), level + 1)
end

local function bytesOf(value)
  if type(value) == 'string' then return value end
  if type(value) == 'table' then return base.bytesOf(value) end
end

-- A string, a buffer or a list of them as a list of strings. Items may be tables with a passphrase of their own.
local function listOf(options, name, field, level)
  local value = options[name]
  if value == nil or value == false then return nil end
  local one = bytesOf(value)
  if one then return { one }, {} end
  if type(value) ~= 'table' then bad(name, 'string, buffer or list of them', value, level + 1) end
  if field and value[field] then value = { value } end
  local list, phrases = {}, {}
  for i = 1, #value do
    local item = value[i]
    local bytes = bytesOf(item)
    if not bytes and field and type(item) == 'table' then
      bytes, phrases[i] = bytesOf(item[field]), item.passphrase
    end
    if not bytes then bad(('%s[%d]'):format(name, i), 'string or buffer', item, level + 1) end
    list[i] = bytes
  end
  return list, phrases
end

local VERSIONS = { ['TLSv1.2'] = 12, ['TLSv1.3'] = 13 }
local OLD = { ['TLSv1.1'] = true, ['TLSv1'] = true, ['TLSv1.0'] = true, SSLv3 = true, SSLv2 = true }

local function notOffered(name, value, level)
  error(("%s: %s is not offered, because it is broken (RFC 8996, RFC 7568): TLSv1.2 and TLSv1.3 are"):format(name, value),
    level + 1)
end

local function versionOf(options, name, level)
  local value = options[name]
  if value == nil then return nil end
  if OLD[value] then notOffered(name, value, level + 1) end
  return VERSIONS[value] or bad(name, "'TLSv1.2' or 'TLSv1.3'", value, level + 1)
end

-- luvit 2 and OpenSSL name a method, which is one version or all.
local function protocolOf(options, level)
  local value = options.secureProtocol or options.secure_protocol
  if value == nil then return nil end
  if type(value) ~= 'string' then bad('secureProtocol', 'string', value, level + 1) end
  local name = value:gsub('_method$', ''):gsub('_client$', ''):gsub('_server$', '')
  if name == 'TLS' or name == 'SSLv23' then return 12, 13 end
  local version = VERSIONS[(name:gsub('^TLSv1_', 'TLSv1.'))]
  if version then return version, version end
  if OLD[(name:gsub('^TLSv1_', 'TLSv1.'))] then notOffered('secureProtocol', value, level + 1) end
  error(("secureProtocol: '%s' is unknown; TLS, TLSv1_2_method and TLSv1_3_method are known"):format(value), level + 1)
end

local function textOf(options, name, level)
  local value = options[name]
  if value ~= nil and type(value) ~= 'string' then bad(name, 'string', value, level + 1) end
  return value
end

-- What node has by OpenSSL; who sets it relies on it.
local ABSENT = {
  pskCallback = 'pre-shared keys', pskIdentityHint = 'pre-shared keys', sigalgs = 'choices of signature algorithms',
  clientCertEngine = 'engines', privateKeyEngine = 'engines', privateKeyIdentifier = 'engines',
}

local function refuseAbsent(options, level)
  for name, what in pairs(ABSENT) do
    if options[name] then error(("options.%s: %s are not offered (the engine is rustls)"):format(name, what), level + 1) end
  end
end

-- The options as the engine takes them.
local function engineOptions(options, level)
  level = level + 1
  refuseAbsent(options, level)
  local min, max = protocolOf(options, level)
  if min and min == max and (options.minVersion or options.maxVersion) then
    error('secureProtocol: it names one version, so that minVersion and maxVersion must not be there', level + 1)
  end
  local result = {
    min = versionOf(options, 'minVersion', level) or min, max = versionOf(options, 'maxVersion', level) or max,
    cert = listOf(options, 'cert', nil, level), ca = listOf(options, 'ca', nil, level),
    crl = listOf(options, 'crl', nil, level),
    ciphers = textOf(options, 'ciphers', level),
    groups = textOf(options, 'ecdhCurve', level),
    clientOrder = options.honorCipherOrder == false,
    noResumption = options.sessionResumption == false,
    server = options.server and true or false,
  }
  if options.ocsp ~= nil then result.ocsp = bytesOf(options.ocsp) or bad('ocsp', 'string or buffer', options.ocsp, level) end
  if options.ticketKeys ~= nil then
    result.ticketKeys = bytesOf(options.ticketKeys) or bad('ticketKeys', 'string or buffer', options.ticketKeys, level)
  end
  if options.sessionTimeout ~= nil then
    local seconds = options.sessionTimeout
    if type(seconds) ~= 'number' or not (seconds >= 0 and seconds <= 604800) then
      bad('sessionTimeout', 'number from 0 to 604800', seconds, level)
    end
    result.sessionTimeout = seconds
  end
  local passphrase = textOf(options, 'passphrase', level)
  local keys, ofKeys = listOf(options, 'key', 'pem', level)
  local pfx, ofPfx = listOf(options, 'pfx', 'buf', level)
  local phrases = {}
  for i = 1, keys and #keys or 0 do phrases[#phrases + 1] = ofKeys[i] or passphrase or '' end
  for i = 1, pfx and #pfx or 0 do phrases[#phrases + 1] = ofPfx[i] or passphrase or '' end
  result.key, result.pfx, result.passphrases = keys, pfx, phrases
  return result
end

---An error of the engine, as events give it.
---@param reason string
---@param code string
---@return luvit.Error
function M.failure(reason, code)
  local err = Error:new(reason)
  err.code = code
  err.reason = reason
  return err
end

---@param options? luvit.tls.ContextOptions
function SecureContext:initialize(options)
  self:_fill(options or {}, 4)
end

function SecureContext:_fill(options, level)
  if type(options) ~= 'table' then
    error(("bad argument 'options' (table expected, got %s)"):format(type(options)), level)
  end
  local context, reason, code = native.credentials(engineOptions(options, level))
  if not context then error(('tls: %s (%s)'):format(reason, code), level) end
  self.context = context
  self.rejectUnauthorized = options.rejectUnauthorized
end

---Makes a secure context. What the engine has not raises an error (`pskCallback`, `pskIdentityHint`, `sigalgs`,
---`clientCertEngine`, `privateKeyEngine`, `privateKeyIdentifier`). What cannot be used, such as a key that is not the certificate's, raises an error that says so.
---@param options? luvit.tls.ContextOptions
---@return luvit.tls.SecureContext
function M.createSecureContext(options)
  local context = SecureContext:create()
  context:_fill(options or {}, 3)
  return context
end

local NAMES = {
  'cert', 'key', 'passphrase', 'pfx', 'ca', 'crl', 'minVersion', 'maxVersion', 'secureProtocol', 'secure_protocol',
  'ciphers', 'ecdhCurve', 'honorCipherOrder', 'ocsp', 'ticketKeys', 'sessionTimeout', 'sessionResumption',
}

-- Connections with the same plain options share a context, and so the sessions that it remembers. Few are kept.
local shared, sharedCount = {}, 0
local MAX_SHARED = 32

local function keyOf(options)
  local parts = {}
  for i = 1, #NAMES do
    local value = options[NAMES[i]]
    if type(value) == 'table' then value = bytesOf(value) or false end
    if value == false and options[NAMES[i]] then return nil end
    parts[i] = tostring(value)
  end
  return table.concat(parts, '\0')
end

---The context of options: the one that is given, or one made of them.
---@param options table
---@param level integer
---@param own? boolean shared with nobody
---@return luvit.tls.SecureContext
function M.contextOf(options, level, own)
  refuseAbsent(options, level + 1)
  local given = options.secureContext or options.credentials
  if given then
    if type(given) ~= 'table' or type(given.context) ~= 'userdata' then
      bad('secureContext', 'what createSecureContext returns', given, level + 1)
    end
    return given
  end
  local key = not own and keyOf(options)
  local found = key and shared[key]
  if found then return found end
  local context = SecureContext:create()
  context:_fill(options, level + 2)
  -- Each connection says by itself whom it lets in.
  context.rejectUnauthorized = nil
  if key then
    if sharedCount == MAX_SHARED then shared, sharedCount = {}, 0 end
    shared[key], sharedCount = context, sharedCount + 1
  end
  return context
end

---The list of application protocols, or nil.
---@param options table
---@param level integer
---@return string[]?
function M.protocolsOf(options, level)
  local value = options.ALPNProtocols
  if value == nil then return nil end
  local wire = bytesOf(value)
  if wire then
    -- As in the handshake: each name after its length.
    local list, at = {}, 1
    while at <= #wire do
      local size = wire:byte(at)
      if at + size > #wire then
        bad('ALPNProtocols', 'list of strings, or one string in which each name follows its length', value, level + 1)
      end
      list[#list + 1] = wire:sub(at + 1, at + size)
      at = at + 1 + size
    end
    value = list
  end
  if type(value) ~= 'table' then bad('ALPNProtocols', 'list of strings', value, level + 1) end
  for i = 1, #value do
    if type(value[i]) ~= 'string' or #value[i] < 1 or #value[i] > 255 then
      bad(('ALPNProtocols[%d]'):format(i), 'string of 1 to 255 bytes', value[i], level + 1)
    end
  end
  return value
end

return M
