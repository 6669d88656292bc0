-- TLS: encrypted connections between peers that know who they speak to, on TCP or any other stream.
--
-- The engine is rustls: TLS 1.2 and 1.3, with ciphers that are safe. A client verifies the server's certificate and its name
-- unless it is told otherwise, against the authorities of the system (`SSL_CERT_FILE` and `SSL_CERT_DIR` name others) or
-- those in `ca`. What goes wrong has node's code, and a text that says what was wrong: `certificate expired 2024-03-01`,
-- `name mismatch: wanted a.example, certificate is for b.example`.
--
-- Not offered: SSL 3, TLS 1.0 and 1.1, renegotiation, early data (0-RTT), pre-shared keys, and RSA keys below 2048 bits.
-- Sessions are resumed by themselves, among connections with the same options or the same secure context. What
-- `getSession` and the event `session` give is for the option `session`: it names a session that stays in this process,
-- for a day at most. Servers remember nothing of sessions but keys (node's `newSession` and `resumeSession` do not come).
-- The variable `SSLKEYLOGFILE` is not looked at: listen to `keylog`.

---@class luvit.tls
---@field TLSSocket luvit.tls.TLSSocket
---@field Server luvit.tls.Server
---@field SecureContext luvit.tls.SecureContext
---@field rootCertificates string[] the authorities of the system, PEM; read when first looked at
local tls = {}

local parts = {
  TLSSocket = 'tls/socket', Server = 'tls/server', createServer = 'tls/server',
  SecureContext = 'tls/context', createSecureContext = 'tls/context', rootCertificates = 'tls/roots',
}

---What luvit 2 calls `createSecureContext`.
---@param options? luvit.tls.ContextOptions
---@return luvit.tls.SecureContext
function tls.createCredentials(options)
  return tls.createSecureContext(options)
end

---The method that luvit 2 uses by default: any version that is offered.
tls.DEFAULT_SECUREPROTOCOL = 'TLS'
---The lowest version that is spoken unless options say otherwise.
tls.DEFAULT_MIN_VERSION = 'TLSv1.2'
---The highest version that is spoken unless options say otherwise.
tls.DEFAULT_MAX_VERSION = 'TLSv1.3'
---The key exchange groups that are offered unless options say otherwise.
tls.DEFAULT_ECDH_CURVE = 'auto'
---Handshakes of a client may not be repeated so often; there is no renegotiation at all.
tls.CLIENT_RENEG_LIMIT = 0
---The seconds that limit is for.
tls.CLIENT_RENEG_WINDOW = 600

---The ciphers that are offered unless options say otherwise, in OpenSSL's language.
tls.DEFAULT_CIPHERS = table.concat({
  'TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-CHACHA20-POLY1305', 'ECDHE-RSA-CHACHA20-POLY1305',
}, ':')

---Whether the engine is LibreSSL.
tls.isLibreSSL = false
---Whether the engine speaks TLS 1.3.
tls.isTLSv1_3 = true

---The names of the ciphers that are there, as node has them: small letters.
---@return string[]
function tls.getCiphers()
  local all, names = require('luvit:tls').ciphers(), {}
  for i = 1, #all, 3 do names[#names + 1] = all[i]:lower() end
  return names
end

---Whether a certificate is for a host: by its subject alternative names, or by its common name if it has none of these.
---@param host string a name or an address
---@param cert luvit.tls.Certificate what `getPeerCertificate` returned, or a table with `subjectaltname` or `subject.CN`
---@return luvit.Error? # with the code `ERR_TLS_CERT_ALTNAME_INVALID` when it is not
function tls.checkServerIdentity(host, cert)
  if type(host) ~= 'string' then
    error(("bad argument 'host' to 'checkServerIdentity' (string expected, got %s)"):format(type(host)), 2)
  end
  if type(cert) ~= 'table' then
    error(("bad argument 'cert' to 'checkServerIdentity' (table expected, got %s)"):format(type(cert)), 2)
  end
  local ok, reason, code
  if type(cert.raw) == 'string' then
    ok, reason, code = require('luvit:tls').check_name(cert.raw, host)
  else
    -- Described by a program.
    reason, code = require('tls/names')(host, cert), 'ERR_TLS_CERT_ALTNAME_INVALID'
    ok = not reason
  end
  if ok then return nil end
  local err = require('tls/context').failure(reason, code)
  err.host, err.cert = host, cert
  return err
end

---@class luvit.tls.ConnectOptions: luvit.tls.SocketOptions, luvit.net.ConnectOptions
---@field socket? luvit.net.Socket|luvit.Duplex speaks TLS over this stream, instead of connecting

---Connects to a server and speaks TLS. The server's certificate must verify and be for the host, unless options say
---otherwise.
---@param options luvit.tls.ConnectOptions|integer the port, and then `host` and `options`
---@param host? string|luvit.tls.ConnectOptions|fun(socket: luvit.tls.TLSSocket)
---@param more? luvit.tls.ConnectOptions|fun(socket: luvit.tls.TLSSocket)
---@param callback? fun(socket: luvit.tls.TLSSocket) called when the handshake is complete
---@return luvit.tls.TLSSocket
function tls.connect(options, host, more, callback)
  return require('tls/connect')(options, host, more, callback)
end

return require('luvit:parts')(tls, parts, function(name, part)
  local found = require(part)
  return name == 'rootCertificates' and found or found[name]
end)
