-- Certificates.

local object = require('openssl/object')
local crypto = require('crypto')
local names = require('openssl/name')
local stores = require('openssl/store')
local verify = require('openssl/verify')

local bn = require('luvit:openssl').bn

---Certificates.
---@class luvit.openssl.x509
---@field name luvit.openssl.x509.name
---@field store luvit.openssl.x509.store
local x509 = {}

---Names.
x509.name = names
---Stores of trusted certificates.
x509.store = stores

---A certificate.
---@class luvit.openssl.X509
local X509 = {}

---A point in time.
---@class luvit.openssl.Time
local Time = {}

local makeTime, timeOf = object.class('openssl.asn1_time', Time)

---Its text, `Jan  1 00:00:00 2030 GMT`.
---@return string
function Time:toprint()
  return timeOf(self).text
end

---Seconds since 1970.
---@return integer
function Time:get()
  return timeOf(self).seconds
end

getmetatable(makeTime({})).__tostring = function(self) return timeOf(self).text end

local stateOf

local function equal(a, b)
  local first, second = stateOf(a), stateOf(b)
  return first ~= nil and second ~= nil and first.cert ~= nil and second.cert ~= nil and first.cert.raw == second.cert.raw
end
X509.__eq = equal

local makeX509
makeX509, stateOf = object.class('openssl.x509', X509,
  'crl_sign check_trust check_email_ check_ca_ ocsp_url d2i i2d sign_digest')

local function check(self, method)
  local state = stateOf(self)
  if not state then object.wrong(1, method, 'openssl.x509', self) end
  return state
end

-- The certificate that was read or signed.
local function certificateOf(self, method)
  local state = check(self, method)
  if not state.cert then error(("openssl: x509:%s: the certificate has to be signed first"):format(method), 3) end
  return state.cert
end


local function wrap(cert)
  return makeX509({ cert = cert })
end

object.share('openssl/x509', {
  der = function(value)
    local state = stateOf(value)
    return state and state.cert and state.cert.raw
  end,
  wrap = wrap,
})

---Reads a certificate.
---@param data string|luvit.openssl.Bio
---@param format? 'auto'|'pem'|'der' found out by default
---@return luvit.openssl.X509? certificate
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
  local cert, err, code = object.try(function() return crypto.X509Certificate:new(data) end)
  if not cert then return nil, err, code end
  return wrap(cert)
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
  local cert = certificateOf(self, 'export')
  if format == 'der' then return cert.raw end
  if format ~= nil and format ~= 'pem' then object.wrong(2, 'export', 'pem or der', format) end
  return cert:toString()
end

local MONTHS = {}
for i, name in ipairs({ 'Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec' }) do
  MONTHS[name] = i
end

-- Days since 1970 of a date in the Gregorian calendar.
local function days(year, month, day)
  if month <= 2 then year, month = year - 1, month + 12 end
  local era = math.floor(year / 400)
  local ofEra = year - era * 400
  local ofYear = math.floor((153 * (month - 3) + 2) / 5) + day - 1
  return era * 146097 + ofEra * 365 + math.floor(ofEra / 4) - math.floor(ofEra / 100) + ofYear - 719468
end

-- `Jan  1 00:00:00 2030 GMT`
local function timeOfText(text)
  local month, day, hour, minute, second, year = text:match('^(%a+)%s+(%d+) (%d+):(%d+):(%d+) (%d+)')
  local seconds = month and days(tonumber(year), MONTHS[month] or 1, tonumber(day)) * 86400 + hour * 3600 + minute * 60
    + second or 0
  return makeTime({ text = text, seconds = seconds })
end

---What is known of it, in one table.
---@return { version: integer, subject: luvit.openssl.X509Name, issuer: luvit.openssl.X509Name, serialNumber: userdata, notBefore: luvit.openssl.Time, notAfter: luvit.openssl.Time, ca: boolean, extensions: table[]? }
function X509:parse()
  local cert = certificateOf(self, 'parse')
  return {
    version = self:version(), subject = self:subject(), issuer = self:issuer(), serialNumber = self:serial(false),
    notBefore = self:notbefore(), notAfter = self:notafter(), ca = cert.ca and true or false, extensions = self:extensions(),
    pubkey = self:pubkey(), subjectAltName = cert.subjectAltName,
  }
end

---The name of whom it is for.
---@return luvit.openssl.X509Name
function X509:subject()
  return object.inside('openssl/name').ofLines(certificateOf(self, 'subject').subject)
end

---The name of who signed it.
---@return luvit.openssl.X509Name
function X509:issuer()
  return object.inside('openssl/name').ofLines(certificateOf(self, 'issuer').issuer)
end

---Its public key.
---@return luvit.openssl.Pkey
function X509:pubkey()
  return object.inside('openssl/pkey').wrap(certificateOf(self, 'pubkey').publicKey)
end

---Its serial number.
---@param asText? boolean false for an `openssl.bn` instead of hexadecimal digits
---@return string|userdata
function X509:serial(asText)
  local serial = certificateOf(self, 'serial').serialNumber
  if asText == nil then return serial end
  return bn.number('x' .. serial)
end

---Its version, counted from 0: 2 for all of today.
---@return integer
function X509:version()
  local cert = certificateOf(self, 'version')
  return (cert.version or 3) - 1
end

---When it begins to be valid.
---@return luvit.openssl.Time
function X509:notbefore()
  return timeOfText(certificateOf(self, 'notbefore').validFrom)
end

---When it stops being valid.
---@return luvit.openssl.Time
function X509:notafter()
  return timeOfText(certificateOf(self, 'notafter').validTo)
end

---Whether it is valid at a time, and its two dates.
---@param time? integer seconds since 1970, now by default
---@return boolean
---@return luvit.openssl.Time
---@return luvit.openssl.Time
function X509:validat(time)
  local first, last = self:notbefore(), self:notafter()
  time = time or os.time()
  return first:get() <= time and time <= last:get(), first, last
end

---Its digest, as bytes.
---@param alg? string|luvit.openssl.Digest `sha256` by default
---@return string? digest
---@return string? err
---@return string? code
function X509:digest(alg)
  local hash, err, code = object.try(crypto.createHash, object.digestName(alg, 'sha256', 2, 'digest'))
  if not hash then return nil, err, code end
  return hash:update(certificateOf(self, 'digest').raw):digest()
end

---Its extensions: tables with a name and a text; nil if there are none.
---@return { name: string, value: any }[]?
function X509:extensions()
  local cert = certificateOf(self, 'extensions')
  local list = {}
  if cert.subjectAltName then list[#list + 1] = { name = 'subjectAltName', value = cert.subjectAltName } end
  if cert.keyUsage then list[#list + 1] = { name = 'extendedKeyUsage', value = cert.keyUsage } end
  if cert.infoAccess then list[#list + 1] = { name = 'authorityInfoAccess', value = cert.infoAccess } end
  if cert.ca then list[#list + 1] = { name = 'basicConstraints', value = 'CA:TRUE' } end
  return list[1] and list or nil
end

-- The way from a certificate to one that is trusted: the result of verification.
local function verdict(cert, trusted, others, time)
  local current, seen = cert, {}
  for _ = 1, 16 do
    local now = wrap(current)
    local first, last = now:notbefore():get(), now:notafter():get()
    if time < first then return 9 end
    if time > last then return 10 end
    seen[current.raw] = true
    for _, root in ipairs(trusted) do
      if root.raw == current.raw then return 0 end
    end
    local function signed(list)
      for _, issuer in ipairs(list) do
        if not seen[issuer.raw] and issuer.ca and current:checkIssued(issuer) and current:verify(issuer.publicKey) then
          return issuer
        end
      end
    end
    local issuer = signed(trusted) or signed(others)
    if not issuer then
      if current:checkIssued(current) then return current.raw == cert.raw and 18 or 19 end
      return 20
    end
    current = issuer
  end
  return 22
end

---Whether a private key is that of the certificate; or whether the certificate is signed by somebody in a store.
---@param other luvit.openssl.Pkey|luvit.openssl.X509Store
---@param chain? luvit.openssl.X509[] certificates between the two
---@return boolean
---@return integer? # the result of verification, see `verify_cert_error_string`
function X509:check(other, chain)
  local cert = certificateOf(self, 'check')
  local key = object.inside('openssl/pkey').key(other)
  if key then return key.type == 'private' and cert:checkPrivateKey(key) end
  local ders = object.inside('openssl/store').certificates(other)
  if not ders then object.wrong(2, 'check', 'openssl.evp_pkey or openssl.x509_store', other) end
  local trusted, others = {}, {}
  for i, der in ipairs(ders) do trusted[i] = crypto.X509Certificate:new(der) end
  for i, between in ipairs(chain or {}) do others[i] = certificateOf(between, 'check') end
  local number = verdict(cert, trusted, others, os.time())
  return number == 0, number
end

---Whether it is for a host.
---@param host string
---@return boolean
---@return string? # the name in it that is for the host
function X509:check_host(host)
  local cert = certificateOf(self, 'check_host')
  if type(host) ~= 'string' then object.wrong(2, 'check_host', 'string', host) end
  local name = cert:checkHost(host) or cert:checkIP(host)
  return name ~= nil and name ~= false, name or nil
end

---Whether it is for an electronic mail address.
---@param address string
---@return boolean
function X509:check_email(address)
  if type(address) ~= 'string' then object.wrong(2, 'check_email', 'string', address) end
  return certificateOf(self, 'check_email'):checkEmail(address) ~= nil
end

---Whether it is for an IP address.
---@param address string
---@return boolean
function X509:check_ip_asc(address)
  if type(address) ~= 'string' then object.wrong(2, 'check_ip_asc', 'string', address) end
  return certificateOf(self, 'check_ip_asc'):checkIP(address) ~= nil
end

---Whether it is signed with the private half of a key.
---@param key luvit.openssl.Pkey
---@return boolean
function X509:verify(key)
  local cert = certificateOf(self, 'verify')
  local handle = object.inside('openssl/pkey').key(key)
  if not handle then object.wrong(2, 'verify', 'openssl.evp_pkey', key) end
  if handle.type == 'private' then handle = crypto.createPublicKey(handle) end
  return cert:verify(handle)
end

local leftOut = { crl = true, attribute = true, extension = true, algor = true, certtypes = true }

return setmetatable(x509, {
  __index = function(_, name)
    if leftOut[name] then error(("openssl.x509.%s is not part of luvit's openssl"):format(name), 2) end
  end,
})
