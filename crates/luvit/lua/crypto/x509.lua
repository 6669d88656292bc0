-- Certificates: reading, checking and making them.

local native = require('luvit:crypto')
local base = require('crypto/base')
local keys = require('crypto/keys')
local Object = require('core').Object

local x509 = {}

---A certificate. `crypto.X509Certificate:new(bytes)` reads the first one of PEM or DER, and raises an error for what is
---none; `readCertificates` reads all of them.
---@class luvit.crypto.X509Certificate: luvit.Object
---@field subject string a line for each part, `CN=example`
---@field issuer string as `subject`
---@field subjectAltName? string `DNS:a.example, IP Address:127.0.0.1`
---@field infoAccess? string a line for each place, `OCSP - URI:http://…`
---@field validFrom string `Sep  3 21:40:37 2026 GMT`
---@field validTo string
---@field notBefore integer `validFrom` in seconds since 1970
---@field notAfter integer `validTo` in seconds since 1970
---@field fingerprint string SHA-1 of it, `AB:CD:…`
---@field fingerprint256 string SHA-256 of it
---@field fingerprint512 string SHA-512 of it
---@field serialNumber string in hexadecimal
---@field keyUsage? string[] the purposes of its key as object identifiers (the extension `extendedKeyUsage`), as in node
---@field usages? string[] what its key is for by name, `digitalSignature` (the extension `keyUsage`)
---@field ca boolean whether it may issue certificates
---@field selfSigned boolean whether it is issued by itself
---@field signatureAlgorithm? string `ecdsa-with-SHA256`
---@field version integer
---@field raw string it as DER
---@field extensions { object: string, critical: boolean, value: string }[] all extensions, with their content as DER
---@field publicKey luvit.crypto.KeyObject the key that it certifies
local X509Certificate = Object:extend()
x509.X509Certificate = X509Certificate

local function fill(self, handle)
  local info, err, code = native.certificate_info(handle)
  if not info then return nil, err, code end
  for name, value in pairs(info) do self[name] = value end
  self._handle = handle
  local key = native.certificate_key(handle)
  if key then self.publicKey = keys.wrap(key) end
  return self
end

local function wrap(handle)
  return fill(X509Certificate:create(), handle)
end

---Reads a certificate.
---@param bytes string|luvit.Buffer PEM or DER
function X509Certificate:initialize(bytes)
  bytes = base.bytes(bytes, nil, 'bytes', 'X509Certificate', 3)
  local handle, err = native.certificate(bytes)
  if handle then handle, err = fill(self, handle) end
  if not handle then error(err, 3) end
end

---Reads all certificates of PEM, or of DER that follow each other: one at least.
---@param bytes string|luvit.Buffer
---@return luvit.crypto.X509Certificate[]? certificates
---@return string? err
---@return string? code
function x509.readCertificates(bytes)
  local list, err, code = native.certificates(base.bytes(bytes, nil, 'bytes', 'readCertificates', 2))
  if not list then return nil, err, code end
  for index, handle in ipairs(list) do
    list[index], err, code = wrap(handle)
    if not list[index] then return nil, err, code end
  end
  return list
end

---Opens a PKCS#12 file (`.p12`, `.pfx`).
---@param bytes string|luvit.Buffer
---@param passphrase? string|luvit.Buffer
---@return { key?: luvit.crypto.KeyObject, certificate?: luvit.crypto.X509Certificate, ca: luvit.crypto.X509Certificate[] }? bundle
---  the key, the certificate that belongs to it, and all others
---@return string? err
---@return string? code `ERR_MISSING_PASSPHRASE`, `ERR_OSSL_BAD_DECRYPT` (wrong passphrase) and others
function x509.readPkcs12(bytes, passphrase)
  bytes = base.bytes(bytes, nil, 'bytes', 'readPkcs12', 2)
  if passphrase ~= nil then passphrase = base.bytes(passphrase, nil, 'passphrase', 'readPkcs12', 2) end
  local key, certificate, others = native.pkcs12(bytes, passphrase)
  if key == nil then return nil, certificate, others end
  local bundle = { ca = {} }
  if key then bundle.key = keys.wrap(key) end
  if certificate then bundle.certificate = wrap(certificate) end
  for index, handle in ipairs(others) do bundle.ca[index] = wrap(handle) end
  return bundle
end

local function certificateOf(value, name, method, level)
  if type(value) == 'table' and value._handle and value.fingerprint256 then return value._handle end
  local handle, err = native.certificate(base.bytes(value, nil, name, method, level + 1))
  if not handle then error(err, level + 1) end
  return handle
end

local SUBJECTS = { default = true, always = true, never = true }

local function check(self, what, value, options, method)
  if type(value) ~= 'string' then base.wrong('name', method, 'string', value, 3) end
  if options ~= nil and type(options) ~= 'table' then base.wrong('options', method, 'table', options, 3) end
  options = options or {}
  if options.subject ~= nil and not SUBJECTS[options.subject] then
    base.fail('options.subject', method, 'default, always or never expected', 3)
  end
  for _, name in ipairs({ 'wildcards', 'singleLabelSubdomains' }) do
    if options[name] ~= nil and type(options[name]) ~= 'boolean' then
      base.wrong('options.' .. name, method, 'boolean', options[name], 3)
    end
  end
  local found, err, code = native.certificate_check(self._handle, what, value, options.subject, options.wildcards,
    options.singleLabelSubdomains)
  if found == nil then return nil, err, code end
  return found or nil
end

---How names are compared.
---@class luvit.crypto.CheckOptions
---@field subject? 'default'|'always'|'never' whether the subject's common name counts; by default only when there is no
---  alternative name
---@field wildcards? boolean whether `*.example` stands for names; yes by default
---@field singleLabelSubdomains? boolean whether a name that begins with a dot stands for one label only

---The name of the certificate that fits a host's name; nil when none does.
---@param name string
---@param options? luvit.crypto.CheckOptions
---@return string? name
function X509Certificate:checkHost(name, options)
  return check(self, 'host', name, options, 'checkHost')
end

---The mail address, if the certificate is for it.
---@param email string
---@param options? luvit.crypto.CheckOptions
---@return string? email
function X509Certificate:checkEmail(email, options)
  return check(self, 'email', email, options, 'checkEmail')
end

---The IP address, if the certificate is for it.
---@param ip string
---@return string? ip
---@return string? err for what is no address
---@return string? code
function X509Certificate:checkIP(ip)
  return check(self, 'ip', ip, nil, 'checkIP')
end

---Whether another certificate may have issued this one: its names and key identifiers fit, and its usage allows it. The
---signature is not looked at, see `verify`.
---@param other luvit.crypto.X509Certificate
---@return boolean
function X509Certificate:checkIssued(other)
  return native.certificate_issued(self._handle, certificateOf(other, 'other', 'checkIssued', 2))
end

---Whether a private key belongs to the certificate.
---@param privateKey luvit.crypto.KeyObject|string|luvit.crypto.KeyInput
---@return boolean? belongs
---@return string? err
---@return string? code
function X509Certificate:checkPrivateKey(privateKey)
  local handle, err, code = keys.handle(privateKey, 'private', 'checkPrivateKey', 2)
  if not handle then return nil, err, code end
  return native.certificate_matches(self._handle, handle)
end

---Whether the certificate is signed with the private half of a key: that of its issuer.
---@param publicKey luvit.crypto.KeyObject|string|luvit.crypto.KeyInput
---@return boolean? signed
---@return string? err
---@return string? code
function X509Certificate:verify(publicKey)
  local handle, err, code = keys.handle(publicKey, 'public', 'verify', 2)
  if not handle then return nil, err, code end
  return native.certificate_signed(self._handle, handle)
end

local function listOf(value, name, method)
  if value == nil then return nil end
  if type(value) ~= 'table' or value._handle then value = { value } end
  local list = {}
  for index, item in ipairs(value) do list[index] = certificateOf(item, name, method, 3) end
  return list
end

---What `verifyChain` trusts and wants.
---@class luvit.crypto.TrustOptions
---@field ca luvit.crypto.X509Certificate[]|luvit.crypto.X509Certificate|string what is trusted
---@field intermediates? luvit.crypto.X509Certificate[]|luvit.crypto.X509Certificate|string what may lead there
---@field purpose? 'server'|'client' what the certificate is used for
---@field host? string the host that it must be for
---@field time? integer when it must be valid, in seconds since 1970; now by default

---Looks for a chain from this certificate to one that is trusted, with all signatures, times and usages.
---@param options luvit.crypto.TrustOptions
---@return luvit.crypto.X509Certificate[]? chain from this certificate on; nil when there is none
---@return string? err
---@return string? code node's: `CERT_HAS_EXPIRED`, `UNABLE_TO_GET_ISSUER_CERT_LOCALLY` …
---@return integer? depth which certificate of the chain it is about; 0 is this one
function X509Certificate:verifyChain(options)
  if type(options) ~= 'table' then base.wrong('options', 'verifyChain', 'table', options, 2) end
  for name, wanted in pairs({ host = 'string', time = 'number', purpose = 'string' }) do
    if options[name] ~= nil and type(options[name]) ~= wanted then
      base.wrong('options.' .. name, 'verifyChain', wanted, options[name], 2)
    end
  end
  if options.purpose ~= nil and options.purpose ~= 'server' and options.purpose ~= 'client' then
    base.fail('options.purpose', 'verifyChain', 'server or client expected', 2)
  end
  local chain, err, code, depth = native.certificate_verify(self._handle, listOf(options.ca, 'ca', 'verifyChain'),
    listOf(options.intermediates, 'intermediates', 'verifyChain'), options.purpose, options.host, options.time)
  if not chain then return nil, depth and code .. ': ' .. err or err, code, depth end
  for index, handle in ipairs(chain) do chain[index] = wrap(handle) end
  return chain
end

---The certificate as PEM.
---@return string
function X509Certificate:toString()
  return native.certificate_export(self._handle, 'pem')
end

---The certificate as PEM, as `toString`.
---@return string
function X509Certificate:toJSON()
  return self:toString()
end

---All of it as text for people, as `openssl x509 -text` prints it.
---@return string
function X509Certificate:toText()
  return native.certificate_export(self._handle, 'text')
end

---What `socket:getPeerCertificate()` gives for it.
---@return table
function X509Certificate:toLegacyObject()
  local object, err = require('luvit:tls').describe_certificate(self.raw)
  if not object then error(err, 2) end
  return object
end

-- Making ---------------------------------------------------------------------------------------------------------------

-- The usual order of a name's parts.
local ORDER = {
  'DC', 'C', 'countryName', 'ST', 'stateOrProvinceName', 'L', 'localityName', 'O', 'organizationName', 'OU',
  'organizationalUnitName', 'CN', 'commonName', 'emailAddress',
}

-- A name as the native half takes it: a list of field and value.
local function nameOf(subject, method)
  if subject == nil then return {} end
  if type(subject) == 'string' then return { { 'CN', subject } } end
  if type(subject) ~= 'table' then base.wrong('subject', method, 'table or string', subject, 3) end
  local parts = {}
  local function add(field, value)
    local values = type(value) == 'table' and value or { value }
    for _, one in ipairs(values) do
      if type(one) ~= 'string' then base.wrong('subject.' .. tostring(field), method, 'string', one, 5) end
      parts[#parts + 1] = { field, one }
    end
  end
  local seen = {}
  for index, part in ipairs(subject) do
    if type(part) ~= 'table' or type(part[1]) ~= 'string' then
      base.fail('subject', method, 'a list must have pairs of field and value', 3)
    end
    seen[index] = true
    parts[#parts + 1] = part
  end
  for _, field in ipairs(ORDER) do
    if subject[field] ~= nil then add(field, subject[field]) end
    seen[field] = true
  end
  local rest = {}
  for field in pairs(subject) do
    if not seen[field] then rest[#rest + 1] = tostring(field) end
  end
  table.sort(rest)
  for _, field in ipairs(rest) do add(field, subject[field]) end
  return parts
end

local function stringList(value, name, method)
  if value == nil then return nil end
  if type(value) == 'string' then value = { value } end
  if type(value) ~= 'table' then base.wrong(name, method, 'table', value, 3) end
  for _, item in ipairs(value) do
    if type(item) ~= 'string' then base.wrong(name, method, 'list of strings', item, 3) end
  end
  return value
end

local function keyKind(handle)
  return native.key_info(handle).asymmetricKeyType
end

---What a certificate is to say.
---@class luvit.crypto.CertificateOptions
---@field key? luvit.crypto.KeyObject|string|luvit.crypto.KeyInput the subject's key: a private one for a certificate that
---  signs itself; a public one will do with an issuer
---@field request? string|luvit.Buffer|luvit.crypto.CertificateRequest instead of `key`: a request, whose signature is
---  checked, and whose subject and alternative names are taken unless they are given
---@field subject? string|table<string, string|string[]>|string[][] whom it is about: `{ CN = 'a.example', O = 'A' }`, a
---  list of pairs for an order of one's own, or a string for a common name alone
---@field altNames? string[] `{ 'DNS:localhost', 'IP:127.0.0.1' }`; `email:`, `URI:` and `RID:` as well
---@field days? number how long it is valid, 365 by default
---@field notBefore? integer when it begins to be valid, in seconds since 1970; a minute ago by default
---@field notAfter? integer instead of `days`
---@field issuer? luvit.crypto.X509Certificate|string the certificate of who issues it; without, it signs itself
---@field issuerKey? luvit.crypto.KeyObject|string|luvit.crypto.KeyInput the issuer's private key
---@field ca? boolean whether it may issue certificates
---@field pathLength? integer with `ca`: how many certificates that issue others may follow below
---@field serial? string in hexadecimal; random by default
---@field keyUsage? string[] what its key is for: `digitalSignature`, `keyCertSign` …; by default what fits `ca` and the key
---@field extendedKeyUsage? string[] by default `serverAuth` and `clientAuth`, and nothing with `ca`
---@field extensions? { object: string, critical?: boolean, value: string }[] more of them, with their content as DER
---@field digest? string what it is signed with: `sha256` by default, and as large as the curve

-- The options for the native half.
local function extensionsOf(options, method, out)
  out.altNames = stringList(options.altNames, 'altNames', method)
  out.keyUsage = stringList(options.keyUsage, 'keyUsage', method)
  out.extendedKeyUsage = stringList(options.extendedKeyUsage, 'extendedKeyUsage', method)
  if options.ca ~= nil then out.ca = options.ca and true or false end
  if options.pathLength ~= nil then
    out.pathLength = base.integer(options.pathLength, 0, 255, 'pathLength', method, 3)
  end
  if options.digest ~= nil and type(options.digest) ~= 'string' then
    base.wrong('digest', method, 'string', options.digest, 3)
  end
  out.digest = options.digest
  if options.extensions ~= nil and type(options.extensions) ~= 'table' then
    base.wrong('extensions', method, 'table', options.extensions, 3)
  end
  out.extensions = options.extensions
  return out
end

---Makes a certificate. By default it signs itself, for tests and for services that know each other:
---
---    local key = crypto.generateKeyPairSync('ec', { namedCurve = 'P-256' }).privateKey
---    local cert = crypto.createCertificate { key = key, subject = 'localhost', altNames = { 'DNS:localhost' } }
---
---With `ca = true` it may issue others, which name it as `issuer` and are signed with its key, `issuerKey`.
---@param options luvit.crypto.CertificateOptions
---@return string? pem
---@return string? err
---@return string? code
function x509.createCertificate(options)
  local method = 'createCertificate'
  if type(options) ~= 'table' then base.wrong('options', method, 'table', options, 2) end
  local out = extensionsOf(options, method, {})
  local subject = options.subject ~= nil and nameOf(options.subject, method)
  local key, err, code
  if options.request ~= nil then
    local request = options.request
    if type(request) ~= 'table' or not request.subjectParts then
      request, err, code = x509.readCertificateRequest(request)
      if not request then return nil, err, code end
    end
    if not request:verify() then
      return nil, 'ERR_CRYPTO_INVALID_SIGNATURE: the request is not signed with its key', 'ERR_CRYPTO_INVALID_SIGNATURE'
    end
    key = request.publicKey._handle
    subject = subject or request.subjectParts
    out.altNames = out.altNames or request.altNames
    if options.issuerKey == nil then base.fail('issuerKey', method, 'a request needs an issuer and its key', 2) end
  else
    if options.key == nil then base.fail('key', method, 'key expected, got nil', 2) end
    local half = options.issuerKey == nil and 'private' or 'public'
    key, err, code = keys.handle(options.key, half, method, 2)
    if not key then return nil, err, code end
  end
  subject = subject or {}
  if #subject == 0 and not out.altNames then
    base.fail('subject', method, 'a certificate needs a subject or altNames', 2)
  end
  local signer, issuer = key, nil
  if options.issuerKey ~= nil then
    signer, err, code = keys.handle(options.issuerKey, 'private', method, 2)
    if not signer then return nil, err, code end
    if options.issuer == nil then base.fail('issuer', method, 'issuerKey needs the certificate of the issuer', 2) end
  end
  if options.issuer ~= nil then
    if options.issuerKey == nil then base.fail('issuerKey', method, 'issuer needs the private key of the issuer', 2) end
    issuer = certificateOf(options.issuer, 'issuer', method, 2)
    if not native.certificate_info(issuer).ca then
      return nil, 'INVALID_CA: the issuer is a certificate that may not issue others', 'INVALID_CA'
    end
  end
  for name, wanted in pairs({ days = 'number', notBefore = 'number', notAfter = 'number', serial = 'string' }) do
    if options[name] ~= nil and type(options[name]) ~= wanted then
      base.wrong(name, method, wanted, options[name], 2)
    end
  end
  out.ca = out.ca or false
  if not out.keyUsage then
    if out.ca then
      out.keyUsage = { 'digitalSignature', 'keyCertSign', 'cRLSign' }
    elseif keyKind(key) == 'rsa' then
      out.keyUsage = { 'digitalSignature', 'keyEncipherment' }
    elseif keyKind(key) == 'x25519' then
      out.keyUsage = { 'keyAgreement' }
    else
      out.keyUsage = { 'digitalSignature' }
    end
  end
  if not out.extendedKeyUsage and not out.ca then out.extendedKeyUsage = { 'serverAuth', 'clientAuth' } end
  out.notBefore = options.notBefore or os.time() - 60
  out.notAfter = options.notAfter or out.notBefore + math.floor((options.days or 365) * 86400)
  if out.notAfter ~= out.notAfter or out.notBefore ~= out.notBefore then
    base.fail('days', method, 'number expected, got nan', 2)
  end
  out.serial = options.serial
  local handle
  handle, err, code = native.certificate_create(key, subject, signer, issuer, out)
  if not handle then return nil, err, code end
  return native.certificate_export(handle, 'pem')
end

---What a request asks for.
---@class luvit.crypto.CertificateRequestOptions
---@field key luvit.crypto.KeyObject|string|luvit.crypto.KeyInput the private key, which signs the request
---@field subject? string|table<string, string|string[]>|string[][] see `createCertificate`
---@field altNames? string[] see `createCertificate`
---@field keyUsage? string[] see `createCertificate`
---@field extendedKeyUsage? string[] see `createCertificate`
---@field ca? boolean see `createCertificate`
---@field extensions? { object: string, critical?: boolean, value: string }[] see `createCertificate`
---@field digest? string see `createCertificate`

---Makes a request for a certificate (CSR, PKCS#10), to send to who issues it.
---@param options luvit.crypto.CertificateRequestOptions
---@return string? pem
---@return string? err
---@return string? code
function x509.createCertificateRequest(options)
  local method = 'createCertificateRequest'
  if type(options) ~= 'table' then base.wrong('options', method, 'table', options, 2) end
  if options.key == nil then base.fail('key', method, 'private key expected, got nil', 2) end
  local out = extensionsOf(options, method, {})
  local subject = nameOf(options.subject, method)
  local key, err, code = keys.handle(options.key, 'private', method, 2)
  if not key then return nil, err, code end
  local handle
  handle, err, code = native.request_create(key, subject, out)
  if not handle then return nil, err, code end
  local info
  info, err, code = native.request_info(handle)
  return info and info.pem, err, code
end

---A request for a certificate.
---@class luvit.crypto.CertificateRequest: luvit.Object
---@field subject string a line for each part, `CN=example`
---@field subjectAltName? string `DNS:a.example, IP Address:127.0.0.1`
---@field altNames? string[] the same one by one
---@field publicKey luvit.crypto.KeyObject the key that the certificate shall certify
---@field extensions { object: string, critical: boolean, value: string }[] what it asks for, with their content as DER
---@field raw string it as DER
local CertificateRequest = Object:extend()
x509.CertificateRequest = CertificateRequest

---@private
function CertificateRequest:initialize()
  error('a CertificateRequest is made by crypto.readCertificateRequest', 3)
end

---Reads a request for a certificate.
---@param bytes string|luvit.Buffer PEM or DER
---@return luvit.crypto.CertificateRequest? request
---@return string? err
---@return string? code
function x509.readCertificateRequest(bytes)
  local handle, err, code = native.request(base.bytes(bytes, nil, 'bytes', 'readCertificateRequest', 2))
  if not handle then return nil, err, code end
  local info
  info, err, code = native.request_info(handle)
  if not info then return nil, err, code end
  local self = CertificateRequest:create()
  for name, value in pairs(info) do self[name] = value end
  self.publicKey = keys.wrap(info.key)
  self.key, self.text, self.verified, self.pem = nil, nil, nil, nil
  self._info = info
  return self
end

---Whether it is signed with the private half of its key, so that who asks has it.
---@return boolean
function CertificateRequest:verify()
  return self._info.verified
end

---The request as PEM.
---@return string
function CertificateRequest:toString()
  return self._info.pem
end

---All of it as text for people, as `openssl req -text` prints it.
---@return string
function CertificateRequest:toText()
  return self._info.text
end

return x509
