-- What a TLS connection tells about itself.

local native = require('luvit:tls')
local address = require('net/address')

---A certificate as node describes it.
---@class luvit.tls.Certificate
---@field subject table<string, string|string[]> by the short names of its parts: `CN`, `O`
---@field issuer table<string, string|string[]>
---@field subjectaltname? string `DNS:a.example, IP Address:127.0.0.1`
---@field valid_from string `Sep  3 21:40:37 2026 GMT`
---@field valid_to string
---@field fingerprint string SHA-1, `AB:CD:…`
---@field fingerprint256 string
---@field fingerprint512 string
---@field serialNumber string hexadecimal
---@field ca boolean it is that of an authority
---@field raw string DER
---@field ext_key_usage? string[]
---@field infoAccess? table<string, string[]>
---@field bits? integer of its key
---@field pubkey? string
---@field modulus? string RSA
---@field exponent? string RSA
---@field asn1Curve? string elliptic curves
---@field nistCurve? string elliptic curves
---@field issuerCertificate? luvit.tls.Certificate of who issued it, if it was asked for and is known: the peer sent it, or
---  it is trusted. That of one that is self-signed is itself

-- Links a certificate to those who issued it, as far as they are known.
local function addIssuers(self, first, list)
  local last = first
  for i = 2, #list do
    local issuer = native.describe_certificate(list[i])
    if not issuer then break end
    last.issuerCertificate, last = issuer, issuer
  end
  local context = self._context or self._owner and self._owner._context
  -- A chain is short; a circle of authorities is not followed.
  for _ = 1, 10 do
    local der = context and native.issuer(context.context, last.raw)
    if der == last.raw then
      last.issuerCertificate = last
      return
    end
    local issuer = der and native.describe_certificate(der)
    if not issuer then return end
    last.issuerCertificate, last = issuer, issuer
  end
end

local function ownCertificate(self)
  local context = self._context or self._owner and self._owner._context
  return context and native.certificates(context.context)[1]
end

---@param TLSSocket luvit.tls.TLSSocket
return function(TLSSocket)
  local function describe(self)
    return self._session and native.describe(self._session) or {}
  end

  ---The version of TLS, `'TLSv1.3'`; nil before the handshake is complete.
  ---@return string?
  function TLSSocket:getProtocol()
    return describe(self).protocol
  end

  ---The version of TLS: luvit 2's name of `getProtocol`.
  ---@return string?
  function TLSSocket:version()
    return describe(self).protocol
  end

  ---The cipher suite: `name` as OpenSSL calls it, `standardName` as IANA does, and the `version` it came with.
  ---@return { name: string, standardName: string, version: string }? # nil before the handshake is complete
  function TLSSocket:getCipher()
    local info = describe(self)
    if not info.cipher then return nil end
    return { name = info.cipher, standardName = info.standardName, version = info.cipherVersion }
  end

  ---How keys were agreed on: `type`, `name` and `size` in bits.
  ---@return { type: string, name: string, size: integer }? # nil when nothing was agreed on, as when resuming with TLS 1.2
  function TLSSocket:getEphemeralKeyInfo()
    local info = describe(self)
    if not info.group then return nil end
    return { type = info.groupType, name = info.group, size = info.groupSize }
  end

  ---The application protocol that both sides agreed on.
  ---@return string|false
  function TLSSocket:getALPN()
    return self.alpnProtocol
  end

  ---Whether both sides went on with a session of before.
  ---@return boolean
  function TLSSocket:isSessionReused()
    return describe(self).resumed or false
  end

  ---The peer's certificate.
  ---@param detailed? boolean with those that the peer sent along and whom we trust, as `issuerCertificate` of each other
  ---@return luvit.tls.Certificate? # nil when it showed none
  function TLSSocket:getPeerCertificate(detailed)
    if not self._session then return nil end
    local list = native.peer_certificates(self._session)
    local first = list[1] and native.describe_certificate(list[1])
    if not first then return nil end
    if detailed then addIssuers(self, first, list) end
    return first
  end

  local function x509(der)
    return der and require('crypto').X509Certificate:new(der) or nil
  end

  ---The peer's certificate as `crypto` has it.
  ---@return luvit.crypto.X509Certificate? # nil when it showed none
  function TLSSocket:getPeerX509Certificate()
    return x509(self._session and native.peer_certificates(self._session)[1])
  end

  ---Our own certificate, the first of those in the options.
  ---@return luvit.tls.Certificate? # nil when there is none
  function TLSSocket:getCertificate()
    local der = ownCertificate(self)
    return der and native.describe_certificate(der) or nil
  end

  ---Our own certificate as `crypto` has it.
  ---@return luvit.crypto.X509Certificate? # nil when there is none
  function TLSSocket:getX509Certificate()
    return x509(ownCertificate(self))
  end

  ---Keying material for other protocols (RFC 5705).
  ---@param length integer bytes
  ---@param label string
  ---@param context? string|luvit.Buffer
  ---@return string? material, string? err, string? code
  function TLSSocket:exportKeyingMaterial(length, label, context)
    if type(length) ~= 'number' or length < 1 or length > 65535 or length % 1 ~= 0 then
      error(("bad argument 'length' to 'exportKeyingMaterial' (integer from 1 to 65535 expected, got %s)"):format(
        tostring(length)), 2)
    end
    if type(label) ~= 'string' then address.badArgument('label', 'exportKeyingMaterial', 'string', label, 2) end
    if type(context) == 'table' then context = tostring(context) end
    if not self.secureEstablished then
      return nil, 'ERR_TLS_INVALID_STATE: the handshake is not complete', 'ERR_TLS_INVALID_STATE'
    end
    local bytes, reason, code = native.export(self._session, length, label, context)
    if bytes then return bytes end
    return nil, code .. ': ' .. reason, code
  end

  ---Limits how much plaintext a record holds: small records arrive sooner, large ones cost less.
  ---@param size? integer bytes, from 512 to 16384, which is the default
  ---@return boolean # false for another size
  function TLSSocket:setMaxSendFragment(size)
    size = size or 16384
    if type(size) ~= 'number' then address.badArgument('size', 'setMaxSendFragment', 'number', size, 2) end
    return self._session ~= nil and native.max_fragment(self._session, size)
  end

  ---Changes the host that a client asks for, before it is connected.
  ---@param name string
  function TLSSocket:setServername(name)
    if type(name) ~= 'string' then address.badArgument('name', 'setServername', 'string', name, 2) end
    if self._isServer then error('setServername: this is the server', 2) end
    if self._session then error('setServername: the handshake has begun', 2) end
    local options = setmetatable({ servername = name }, { __index = self.options })
    self.options = options
  end

  ---Sets the contexts of hosts, as luvit 2 does: on a server's socket before its handshake begins; on a client's, with a
  ---name, the host to ask for.
  ---@param hosts table<string, luvit.tls.SecureContext|luvit.tls.ContextOptions>|string
  function TLSSocket:sni(hosts)
    if type(hosts) == 'string' then return self:setServername(hosts) end
    if type(hosts) ~= 'table' then address.badArgument('hosts', 'sni', 'table', hosts, 2) end
    local contexts = require('tls/context')
    local map = {}
    for host, context in pairs(hosts) do
      if type(context) ~= 'table' then address.badArgument('hosts', 'sni', 'table of contexts', context, 2) end
      if not context.context then context = contexts.createSecureContext(context) end
      map[host] = context.context
    end
    self._sniHosts = map
  end

  ---Answers with an error: TLS 1.3 has no renegotiation, and that of TLS 1.2 is not offered.
  ---@param options? table
  ---@param callback? fun(err: luvit.Error)
  ---@return false
  function TLSSocket:renegotiate(options, callback)
    if type(options) == 'function' then callback = options end
    local err = require('tls/context').failure('renegotiation is not offered: connect again', 'ERR_TLS_RENEGOTIATION_DISABLED')
    if callback then require('timer').setImmediate(callback, err) end
    return false
  end

  ---Does nothing: there is no renegotiation.
  function TLSSocket:disableRenegotiation() end

  ---What stands for the newest session, for the option `session` of another connection of this process. A session of
  ---TLS 1.3 resumes once; the server gives new ones.
  ---@return string? # nil on a server, and before there is one: with TLS 1.3 that is after the handshake, see `session`
  function TLSSocket:getSession()
    return self._session and native.token(self._session)
  end

  local function absent(name, what)
    error(('%s: the engine (rustls) does not show %s'):format(name, what), 3)
  end

  ---Raises an error: the engine does not show its messages. The event `keylog` has what a debugger needs.
  function TLSSocket:enableTrace() absent('enableTrace', 'its messages') end

  ---Raises an error: the engine does not show the Finished messages. `exportKeyingMaterial` binds to a connection.
  function TLSSocket:getFinished() absent('getFinished', 'the Finished messages') end

  ---Raises an error: the engine does not show the Finished messages.
  function TLSSocket:getPeerFinished() absent('getPeerFinished', 'the Finished messages') end

  ---Raises an error: the engine does not show session tickets.
  function TLSSocket:getTLSTicket() absent('getTLSTicket', 'session tickets') end

  ---Raises an error: the engine does not show which signature algorithms both sides have.
  function TLSSocket:getSharedSigalgs() absent('getSharedSigalgs', 'signature algorithms') end
end
