-- Certificates.

local native = require('luvit:crypto')
local object = require('openssl/object')
local verify = require('openssl/verify')
local extension = object.inside('openssl/extension')
local names = object.inside('openssl/name')
local pkey = object.inside('openssl/pkey')
local stores = object.inside('openssl/store')

local bn = require('luvit:openssl').bn

---Certificates.
---@class luvit.openssl.x509
---@field name luvit.openssl.x509.name
---@field store luvit.openssl.x509.store
---@field req luvit.openssl.x509.req
---@field extension luvit.openssl.x509.extension
local x509 = {}

---Names.
x509.name = require('openssl/name')
---Stores of trusted certificates.
x509.store = require('openssl/store')
---Extensions.
x509.extension = require('openssl/extension')

---A certificate.
---@class luvit.openssl.Certificate
local X509 = {}

---A point in time.
---@class luvit.openssl.Time
local Time = {}

local makeTime, timeOf = object.class('openssl.asn1_time', Time)

local function point(self, method)
  local state = timeOf(self)
  if not state then object.wrong(1, method, 'openssl.asn1_time', self) end
  return state
end

---Its text, `Jan  1 00:00:00 2030 GMT`.
---@return string
function Time:toprint()
  return point(self, 'toprint').text
end

---Its text, as `toprint` gives it.
---@return string
function Time:tostring()
  return point(self, 'tostring').text
end

---Seconds since 1970.
---@return integer
function Time:get()
  return point(self, 'get').seconds
end

getmetatable(makeTime({})).__tostring = Time.tostring

local stateOf

function X509.__eq(a, b)
  local first, second = stateOf(a), stateOf(b)
  if not (first and second) then return false end
  return first.info ~= nil and second.info ~= nil and first.info.raw == second.info.raw
end

-- A state has the native certificate as `cert` and what is known of it as `info`, or what it is to be made of.
local makeX509
makeX509, stateOf = object.class('openssl.x509', X509, 'check_trust ocsp_url d2i i2d sign_digest')

local function check(self, method)
  local state = stateOf(self)
  if not state then object.wrong(1, method, 'openssl.x509', self) end
  return state
end

-- What is known of a certificate that was read or signed.
local function infoOf(self, method)
  local state = check(self, method)
  if not state.info then error(("openssl: x509:%s: the certificate has to be signed first"):format(method), 3) end
  return state.info, state
end

-- Takes over a native certificate.
local function adopt(state, cert)
  local info, err, code = native.certificate_info(cert)
  if not info then return object.fail(err, code) end
  state.cert, state.info = cert, info
  return true
end

object.share('openssl/x509', {
  der = function(value)
    local state = stateOf(value)
    return state and state.info and state.info.raw
  end,
  state = stateOf,
})

---Reads a certificate.
---@param data string|luvit.openssl.MemoryBio
---@param format? 'auto'|'pem'|'der' found out by default
---@return luvit.openssl.Certificate? certificate
---@return string? err
---@return string? code
function x509.read(data, format)
  data = object.bytes(data, 1, 'read')
  local pem = data:find('-----BEGIN ', 1, true) ~= nil
  if format == 'pem' and not pem or format == 'der' and pem then
    return object.fail(('ERR_OSSL: this is no certificate as %s'):format(format))
  end
  if not pem then
    -- What follows the certificate does not count, as for OpenSSL.
    local first, second, third = data:byte(2, 4)
    if data:byte(1) == 0x30 and first == 0x82 and third then data = data:sub(1, second * 256 + third + 4) end
    if data:byte(1) == 0x30 and first == 0x81 and second then data = data:sub(1, second + 3) end
  end
  local cert, err, code = native.certificate(data)
  if not cert then return object.fail(err, code) end
  local state, done = {}, nil
  done, err, code = adopt(state, cert)
  if not done then return nil, err, code end
  return makeX509(state)
end

---Makes a certificate that is to be signed.
---@param serial? integer|string|userdata a random one by default
---@param ... luvit.openssl.Request|luvit.openssl.Name|luvit.openssl.Extension[] whose name, key and extensions
---  it takes
---@return luvit.openssl.Certificate
function x509.new(serial, ...)
  local state = { subject = {}, notBefore = os.time(), notAfter = os.time() + 365 * 86400 }
  if serial ~= nil then state.serial = bn.number(serial):tohex() end
  for i = 1, select('#', ...) do
    local value = select(i, ...)
    local request = object.inside('openssl/req').state(value)
    if request then
      state.subject, state.key = request.subject, request.key
      state.extensions = value:extensions()
    elseif names.parts(value) then
      state.subject = names.parts(value)
    elseif type(value) == 'table' then
      state.extensions = value
    end
  end
  return makeX509(state)
end

local PURPOSES = {
  { purpose = 1, name = 'SSL client', sname = 'sslclient' }, { purpose = 2, name = 'SSL server', sname = 'sslserver' },
  { purpose = 3, name = 'Netscape SSL server', sname = 'nssslserver' },
  { purpose = 4, name = 'S/MIME signing', sname = 'smimesign' },
  { purpose = 5, name = 'S/MIME encryption', sname = 'smimeencrypt' },
  { purpose = 6, name = 'CRL signing', sname = 'crlsign' }, { purpose = 7, name = 'Any Purpose', sname = 'any' },
  { purpose = 8, name = 'OCSP helper', sname = 'ocsphelper' },
  { purpose = 9, name = 'Time Stamp signing', sname = 'timestampsign' },
}

---What certificates can be for.
---@param which? integer|string one of them by its number or short name
---@return table? # all, or the one
function x509.purpose(which)
  if which == nil then return PURPOSES end
  for _, purpose in ipairs(PURPOSES) do
    if purpose.purpose == which or purpose.sname == which then return purpose end
  end
end

---The text of a result of verification.
---@param number integer
---@return string
function x509.verify_cert_error_string(number)
  return verify.TEXTS[number] or ('unknown certificate verification error ' .. tostring(number))
end

---The certificate as text or DER.
---@param format? 'pem'|'der' `pem` by default
---@return string
function X509:export(format)
  local info, state = infoOf(self, 'export')
  if format == 'der' then return info.raw end
  if format ~= nil and format ~= 'pem' then object.wrong(2, 'export', 'pem or der', format) end
  return native.certificate_export(state.cert, 'pem')
end

---What is known of it, in one table.
---@return { version: integer, subject: luvit.openssl.Name, issuer: luvit.openssl.Name, serialNumber: userdata, notBefore: luvit.openssl.Time, notAfter: luvit.openssl.Time, ca: boolean, extensions: luvit.openssl.Extension[]?, pubkey: luvit.openssl.EvpKey?, sig_alg: string? }
function X509:parse()
  local info = infoOf(self, 'parse')
  return {
    version = self:version(), subject = self:subject(), issuer = self:issuer(), serialNumber = self:serial(false),
    notBefore = self:notbefore(), notAfter = self:notafter(), ca = info.ca, extensions = self:extensions(),
    pubkey = (self:pubkey()), sig_alg = info.signatureAlgorithm,
  }
end

---The name of whom it is for; or sets it, before it is signed.
---@param name? luvit.openssl.Name
---@return luvit.openssl.Name|boolean
function X509:subject(name)
  local state = check(self, 'subject')
  if name == nil then return names.wrap(state.info and state.info.subjectParts or state.subject) end
  if not names.parts(name) then object.wrong(2, 'subject', 'openssl.x509_name', name) end
  state.subject = names.parts(name)
  return true
end

---The name of who signed it. Setting it has no effect: `sign` does.
---@param name? luvit.openssl.Name
---@return luvit.openssl.Name|boolean
function X509:issuer(name)
  if name ~= nil then return true end
  return names.wrap(infoOf(self, 'issuer').issuerParts)
end

---Its public key; or sets it, before it is signed.
---@param key? luvit.openssl.EvpKey
---@return luvit.openssl.EvpKey|boolean|nil # nil for a key of a kind that is not known
---@return string? err
---@return string? code
function X509:pubkey(key)
  local state = check(self, 'pubkey')
  if key == nil then
    if state.cert then
      local found, err, code = native.certificate_key(state.cert)
      if not found then return object.fail(err, code) end
      return pkey.wrap(found)
    end
    return state.key and pkey.wrap(state.key)
  end
  if not pkey.key(key) then object.wrong(2, 'pubkey', 'openssl.evp_pkey', key) end
  state.key = pkey.key(key)
  return true
end

---Its serial number as hexadecimal digits, or with false or true as an `openssl.bn`; or sets it, before it is signed.
---@param serial? boolean|integer|string|userdata
---@return string|userdata|boolean
function X509:serial(serial)
  local state = check(self, 'serial')
  local digits = state.info and state.info.serialNumber or state.serial
  if serial == nil then return digits end
  if type(serial) == 'boolean' then return bn.number('x' .. digits) end
  state.serial = bn.number(serial):tohex()
  return true
end

---Its version, counted from 0: 2 for all of today.
---@param version? integer setting it has no effect
---@return integer|boolean
function X509:version(version)
  local state = check(self, 'version')
  if version ~= nil then return true end
  return state.info and state.info.version - 1 or 2
end

-- A time that is read or set.
local function time(self, method, name, text, value)
  local state = check(self, method)
  if value == nil then
    local info = state.info
    return makeTime({
      text = info and info[text] or os.date('!%b %d %H:%M:%S %Y GMT', state[name]), seconds = info and info[name] or state[name],
    })
  end
  if type(value) ~= 'number' then object.wrong(2, method, 'number', value) end
  state[name] = value
  return true
end

---When it begins to be valid; or sets it, before it is signed.
---@param seconds? integer since 1970
---@return luvit.openssl.Time|boolean
function X509:notbefore(seconds)
  return (time(self, 'notbefore', 'notBefore', 'validFrom', seconds))
end

---When it stops being valid; or sets it, before it is signed.
---@param seconds? integer since 1970
---@return luvit.openssl.Time|boolean
function X509:notafter(seconds)
  return (time(self, 'notafter', 'notAfter', 'validTo', seconds))
end

---Whether it is valid at a time, and its two dates; or sets both, before it is signed.
---@param seconds? integer since 1970, now by default
---@param notAfter? integer
---@return boolean
---@return luvit.openssl.Time?
---@return luvit.openssl.Time?
function X509:validat(seconds, notAfter)
  if notAfter ~= nil then
    X509.notbefore(self, seconds)
    return X509.notafter(self, notAfter)
  end
  if seconds ~= nil and type(seconds) ~= 'number' then object.wrong(2, 'validat', 'number', seconds) end
  local first, last = X509.notbefore(self), X509.notafter(self)
  seconds = seconds or os.time()
  return first:get() <= seconds and seconds <= last:get(), first, last
end

---Its digest, as bytes.
---@param alg? string|luvit.openssl.EvpDigest `sha256` by default
---@return string? digest
---@return string? err
---@return string? code
function X509:digest(alg)
  local info = infoOf(self, 'digest')
  local digest, err, code = native.digest(object.digestName(alg, 'sha256', 2, 'digest'), info.raw)
  if not digest then return object.fail(err, code) end
  return digest
end

---Its extensions, nil if there are none; or sets them, before it is signed.
---@param list? luvit.openssl.Extension[]
---@return luvit.openssl.Extension[]|boolean|nil
function X509:extensions(list)
  local state = check(self, 'extensions')
  if list ~= nil and list ~= true and list ~= false then
    if type(list) ~= 'table' then object.wrong(2, 'extensions', 'table', list) end
    state.extensions = list
    return true
  end
  if not state.info then return state.extensions end
  local result = {}
  for i, one in ipairs(state.info.extensions) do result[i] = extension.wrap(one) end
  return result[1] and result or nil
end

---Signs it, with the key of an authority or, if `issuer` is the certificate itself, its own.
---@param key luvit.openssl.EvpKey a private key
---@param issuer luvit.openssl.Certificate the certificate of the key
---@param digest? string|luvit.openssl.EvpDigest
---@return boolean? # true
---@return string? err
---@return string? code
function X509:sign(key, issuer, digest)
  local state = check(self, 'sign')
  if not pkey.key(key) then object.wrong(2, 'sign', 'openssl.evp_pkey', key) end
  if not pkey.private(key) then error("bad argument #2 to 'sign' (private key expected, got a public one)", 2) end
  local authority = stateOf(issuer)
  if not authority then object.wrong(3, 'sign', 'openssl.x509', issuer) end
  if authority ~= state and not authority.cert then error("openssl: x509:sign: the issuer has to be signed first", 2) end
  local options = extension.apply(state.extensions or {}, {
    serial = state.serial, notBefore = state.notBefore, notAfter = state.notAfter,
    digest = digest ~= nil and object.digestName(digest, nil, 4, 'sign') or nil,
  })
  local cert, err, code = native.certificate_create(state.key or pkey.key(key), state.subject, pkey.key(key),
    authority ~= state and authority.cert or nil, options)
  if not cert then return object.fail(err, code) end
  return adopt(state, cert)
end

---Whether a private key is that of the certificate; or whether the certificate is signed by somebody in a store.
---@param other luvit.openssl.EvpKey|luvit.openssl.TrustStore
---@param chain? luvit.openssl.Certificate[] certificates between the two
---@param purpose? string `sslserver` or `sslclient` checks that it is for that; others mean nothing
---@return boolean
---@return integer? # the result of verification, see `verify_cert_error_string`
function X509:check(other, chain, purpose)
  local _, state = infoOf(self, 'check')
  local key = pkey.key(other)
  if key then return pkey.private(other) and native.certificate_matches(state.cert, key) end
  local trusted = stores.natives(other)
  if not trusted then object.wrong(2, 'check', 'openssl.evp_pkey or openssl.x509_store', other) end
  local between = {}
  for i, one in ipairs(chain or {}) do
    local oneState = stateOf(one)
    if not oneState then object.wrong(3, 'check', 'list of openssl.x509', one) end
    between[i] = oneState.cert
  end
  local good, reason, code = native.certificate_verify(state.cert, trusted, between,
    purpose == 'sslserver' and 'server' or purpose == 'sslclient' and 'client' or nil)
  if good then return true, 0 end
  object.fail(reason, code)
  return false, verify.NUMBERS[code] or 1
end

local function checkName(self, method, what, value)
  local _, state = infoOf(self, method)
  if type(value) ~= 'string' then object.wrong(2, method, 'string', value) end
  local name = native.certificate_check(state.cert, what, value)
  if not name then return false end
  return true, type(name) == 'string' and name or value
end

---Whether it is for a host.
---@param host string a name, or an address
---@return boolean
---@return string? # the name in it that is for the host
function X509:check_host(host)
  if type(host) == 'string' and require('net').isIP(host) ~= 0 then return checkName(self, 'check_host', 'ip', host) end
  return checkName(self, 'check_host', 'host', host)
end

---Whether it is for an electronic mail address.
---@param address string
---@return boolean
function X509:check_email(address)
  return (checkName(self, 'check_email', 'email', address))
end

---Whether it is for an IP address.
---@param address string
---@return boolean
function X509:check_ip_asc(address)
  return (checkName(self, 'check_ip_asc', 'ip', address))
end

---Whether it is signed with the private half of a key.
---@param key luvit.openssl.EvpKey
---@return boolean
function X509:verify(key)
  local _, state = infoOf(self, 'verify')
  if not pkey.key(key) then object.wrong(2, 'verify', 'openssl.evp_pkey', key) end
  return native.certificate_signed(state.cert, pkey.key(key)) == true
end

local leftOut = { crl = true, attribute = true, algor = true, certtypes = true }

return setmetatable(x509, {
  __index = function(self, name)
    -- Requests need certificates, and certificates requests.
    if name == 'req' then
      rawset(self, name, require('openssl/req'))
      return self.req
    end
    if leftOut[name] then error(("openssl.x509.%s is not part of luvit's openssl"):format(name), 2) end
  end,
})
