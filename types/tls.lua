---@meta tls

-- Made by scripts/reference.lua of crates/luvit/lua/tls/. Change it there.

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

---@alias luvit.tls.Data string|luvit.Buffer

---@class luvit.tls.ConnectOptions: luvit.tls.SocketOptions, luvit.net.ConnectOptions
---@field socket? luvit.net.Socket|luvit.Duplex speaks TLS over this stream, instead of connecting

---@class luvit.tls.ContextOptions
---@field cert? luvit.tls.Data|luvit.tls.Data[] a certificate and those that lead from it to its authority, PEM or DER; a list holds several such chains, of RSA and of ECDSA for example
---@field key? luvit.tls.Data|(luvit.tls.Data|{ pem: luvit.tls.Data, passphrase?: string })[] the private key, PEM or DER, one for each chain
---@field passphrase? string of keys and `pfx` that are encrypted
---@field pfx? luvit.tls.Data|(luvit.tls.Data|{ buf: luvit.tls.Data, passphrase?: string })[] certificate and key as PKCS#12
---@field ca? luvit.tls.Data|luvit.tls.Data[] whom to trust, PEM (many in one text) or DER, instead of the system's authorities. A certificate that is listed itself is trusted, self-signed or not; it signs others only as an authority (CA:TRUE) that has not expired
---@field crl? luvit.tls.Data|luvit.tls.Data[] lists of revoked certificates, PEM or DER. Certificates of an issuer without a list pass, those of one whose list has expired do not
---@field minVersion? 'TLSv1.2'|'TLSv1.3' TLSv1.2 by default; older versions are broken and not offered
---@field maxVersion? 'TLSv1.2'|'TLSv1.3' TLSv1.3 by default
---@field secureProtocol? string as in luvit 2: `TLS`, `SSLv23_method` (any version), `TLSv1_2_method`, `TLSv1_3_method`
---@field secure_protocol? string the same
---@field ciphers? string names and selectors in OpenSSL's language, `ECDHE+AESGCM:!ECDSA`; see `getCiphers`
---@field ecdhCurve? string key exchange groups, `X25519:P-256`; `auto` by default
---@field honorCipherOrder? boolean server: its own order of ciphers counts, true by default
---@field ocsp? luvit.tls.Data server: an OCSP response (DER) to staple
---@field ticketKeys? luvit.tls.Data server: 48 bytes that protect session tickets. Random, and replaced twice a day, by default
---@field sessionTimeout? integer server: seconds for which sessions may be resumed, 300 by default
---@field sessionResumption? boolean false: nothing is remembered, every handshake is whole
---@field server? boolean the context is for servers
---@field rejectUnauthorized? boolean kept for `connect`

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
---@field issuerCertificate? luvit.tls.Certificate of who issued it, if it was asked for and is known: the peer sent it, or it is trusted. That of one that is self-signed is itself

---@class luvit.tls.ServerOptions: luvit.tls.ContextOptions, luvit.net.ServerOptions
---@field secureContext? luvit.tls.SecureContext instead of the options it would be made of
---@field requestCert? boolean asks clients for a certificate
---@field rejectUnauthorized? boolean true, the default: with `requestCert`, a client whose certificate is missing or does not verify is refused. False: the listener looks at `authorized`
---@field ALPNProtocols? string[] application protocols, the favourite first
---@field ALPNCallback? fun(hello: { servername?: string, protocols: string[] }): string? chooses one; nil refuses
---@field SNICallback? fun(servername: string?, callback: fun(err?: any, context?: luvit.tls.SecureContext)) chooses the context, now or later; nil is that of the server
---@field handshakeTimeout? number milliseconds for the handshake, 120,000

---@class luvit.tls.SocketOptions: luvit.tls.ContextOptions, luvit.net.SocketOptions
---@field isServer? boolean this is the server's side
---@field secureContext? luvit.tls.SecureContext instead of the options it would be made of
---@field credentials? luvit.tls.SecureContext the same
---@field rejectUnauthorized? boolean client: true, the default: a certificate that does not verify ends the connection. Server: the same, of clients' certificates
---@field requestCert? boolean server: asks for a certificate
---@field servername? string client: the host to ask for (SNI) and to find in the certificate; '' asks for none
---@field host? string client: what `servername` is by default
---@field checkServerIdentity? fun(host: string, cert: table): luvit.Error? client: checks the name instead of ours; what it returns is the error
---@field ALPNProtocols? string[]|string application protocols, the favourite first
---@field handshakeTimeout? number milliseconds for the handshake, 120,000
---@field session? string|luvit.Buffer client: what `getSession` or the event `session` gave, to resume that session. It is verified as this connection wants it. One that is not known, or used up, makes a whole handshake
---@field requestOCSP? boolean client: `OCSPResponse` is emitted, with what the server stapled or nil
---@field server? luvit.tls.Server|boolean true: the same as `isServer`

---What connections have in common: certificates and keys, whom to trust, versions, ciphers, and what is remembered to
---resume sessions. It serves clients and servers, and may serve many at once.
---@class luvit.tls.SecureContext: luvit.Object
---@field context userdata of the engine
---@field rejectUnauthorized? boolean as in the options it was made of

---A server of TLS. Events besides those of `net.Server`: `secureConnection` (TLSSocket); `tlsClientError` (err, TLSSocket)
---when a handshake failed, after which the connection is closed; `keylog` (line, TLSSocket) with secrets for a debugger;
---`OCSPRequest` (certificate, issuer, callback) when a client wants a stapled response. `connection` shows the connection
---before it is secure; emitting it with any duplex stream serves that one.
---@class luvit.tls.Server: luvit.net.Server
---@field ALPNProtocols? string[]
local Server = {}

---What the constructor does, for classes that have their own.
---@param options? luvit.tls.ServerOptions|fun(socket: luvit.tls.TLSSocket)
---@param secureListener? fun(socket: luvit.tls.TLSSocket)
function Server:init(options, secureListener) end

---Uses a context for clients that ask for a host.
---@param hostname string `*.example.com` stands for all names with one more label
---@param context luvit.tls.SecureContext|luvit.tls.ContextOptions
function Server:addContext(hostname, context) end

---Uses the server's own context again for a host.
---@param hostname string
function Server:removeContext(hostname) end

---Sets the contexts of hosts, as luvit 2 does.
---@param hosts table<string, luvit.tls.SecureContext|luvit.tls.ContextOptions>
function Server:sni(hosts) end

---Replaces certificates, keys and the other options of the context, for connections to come: a certificate is renewed
---without a restart.
---@param options luvit.tls.ContextOptions|luvit.tls.SecureContext
function Server:setSecureContext(options) end

---The 48 bytes that protect session tickets, for servers that serve together.
---@return string? # nil when nothing is resumed
function Server:getTicketKeys() end

---Replaces the bytes that protect session tickets; sessions of before cannot be resumed.
---@param keys string|luvit.Buffer 48 bytes
function Server:setTicketKeys(keys) end

---A TLS connection. Events besides those of `net.Socket`: `secureConnect` (client) and `secureConnection` when the
---handshake is complete; `keylog` (line) with secrets for a debugger; `session` (token), client, when there is a session
---that the option `session` resumes: with TLS 1.3 after the handshake; `OCSPResponse` (response); `_tlsError` (err) when the
---handshake of a server's side failed. An `error` is a `luvit.Error` with node's `code`, or the code of a system call as
---`net.Socket` gives it. What ends without the peer's word for it (close_notify) emits an error with the code
---`ECONNRESET` and `truncated` instead of `end`, after all data.
---@class luvit.tls.TLSSocket: luvit.net.Socket
---@field encrypted true
---@field authorized boolean the peer's certificate verified
---@field authorizationError? string why not: a code
---@field authorizationReason? string why not, for a person
---@field alpnProtocol string|false the application protocol that both agreed on
---@field servername? string|false the host that the client asked for
---@field secureConnecting boolean the handshake is not complete
---@field secureEstablished boolean it is
---@field options table those it was made with
local TLSSocket = {}

---The version of TLS, `'TLSv1.3'`; nil before the handshake is complete.
---@return string?
function TLSSocket:getProtocol() end

---The version of TLS: luvit 2's name of `getProtocol`.
---@return string?
function TLSSocket:version() end

---The cipher suite: `name` as OpenSSL calls it, `standardName` as IANA does, and the `version` it came with.
---@return { name: string, standardName: string, version: string }? # nil before the handshake is complete
function TLSSocket:getCipher() end

---How keys were agreed on: `type`, `name` and `size` in bits.
---@return { type: string, name: string, size: integer }? # nil when nothing was agreed on, as when resuming with TLS 1.2
function TLSSocket:getEphemeralKeyInfo() end

---The application protocol that both sides agreed on.
---@return string|false
function TLSSocket:getALPN() end

---Whether both sides went on with a session of before.
---@return boolean
function TLSSocket:isSessionReused() end

---The peer's certificate.
---@param detailed? boolean with those that the peer sent along and whom we trust, as `issuerCertificate` of each other
---@return luvit.tls.Certificate? # nil when it showed none
function TLSSocket:getPeerCertificate(detailed) end

---The peer's certificate as `crypto` has it.
---@return luvit.crypto.X509Certificate? # nil when it showed none
function TLSSocket:getPeerX509Certificate() end

---Our own certificate, the first of those in the options.
---@return luvit.tls.Certificate? # nil when there is none
function TLSSocket:getCertificate() end

---Our own certificate as `crypto` has it.
---@return luvit.crypto.X509Certificate? # nil when there is none
function TLSSocket:getX509Certificate() end

---Keying material for other protocols (RFC 5705).
---@param length integer bytes
---@param label string
---@param context? string|luvit.Buffer
---@return string? material, string? err, string? code
function TLSSocket:exportKeyingMaterial(length, label, context) end

---Limits how much plaintext a record holds: small records arrive sooner, large ones cost less.
---@param size? integer bytes, from 512 to 16384, which is the default
---@return boolean # false for another size
function TLSSocket:setMaxSendFragment(size) end

---Changes the host that a client asks for, before it is connected.
---@param name string
function TLSSocket:setServername(name) end

---Sets the contexts of hosts, as luvit 2 does: on a server's socket before its handshake begins; on a client's, with a
---name, the host to ask for.
---@param hosts table<string, luvit.tls.SecureContext|luvit.tls.ContextOptions>|string
function TLSSocket:sni(hosts) end

---Answers with an error: TLS 1.3 has no renegotiation, and that of TLS 1.2 is not offered.
---@param options? table
---@param callback? fun(err: luvit.Error)
---@return false
function TLSSocket:renegotiate(options, callback) end

---Does nothing: there is no renegotiation.
function TLSSocket:disableRenegotiation() end

---What stands for the newest session, for the option `session` of another connection of this process. A session of
---TLS 1.3 resumes once; the server gives new ones.
---@return string? # nil on a server, and before there is one: with TLS 1.3 that is after the handshake, see `session`
function TLSSocket:getSession() end

---Raises an error: the engine does not show its messages. The event `keylog` has what a debugger needs.
function TLSSocket:enableTrace() end

---Raises an error: the engine does not show the Finished messages. `exportKeyingMaterial` binds to a connection.
function TLSSocket:getFinished() end

---Raises an error: the engine does not show the Finished messages.
function TLSSocket:getPeerFinished() end

---Raises an error: the engine does not show session tickets.
function TLSSocket:getTLSTicket() end

---Raises an error: the engine does not show which signature algorithms both sides have.
function TLSSocket:getSharedSigalgs() end

---Stops reading from the peer, once the handshake is complete.
---@return self
function TLSSocket:pause() end

---Reads again after `pause`.
---@return self
function TLSSocket:resume() end

---Closes the connection at once; what was not sent yet is dropped. The peer is told (close_notify) where that is possible
---without waiting.
---@param err? any emitted as `error` before `close`
---@param callback? fun() called after `close`
---@param detail? luvit.Error second argument of `error`
function TLSSocket:destroy(err, callback, detail) end

---Connects to a server, see `net.Socket:connect`; the handshake follows.
---@param port number|string|luvit.net.ConnectOptions
---@param host? string|fun()
---@param callback? fun() called when the handshake is complete
---@return self
function TLSSocket:connect(port, host, callback) end

---@class luvit.tls
---@field TLSSocket luvit.tls.TLSSocket
---@field Server luvit.tls.Server
---@field SecureContext luvit.tls.SecureContext
---@field rootCertificates string[] the authorities of the system, PEM; read when first looked at
---@field DEFAULT_SECUREPROTOCOL string The method that luvit 2 uses by default: any version that is offered.
---@field DEFAULT_MIN_VERSION string The lowest version that is spoken unless options say otherwise.
---@field DEFAULT_MAX_VERSION string The highest version that is spoken unless options say otherwise.
---@field DEFAULT_ECDH_CURVE string The key exchange groups that are offered unless options say otherwise.
---@field CLIENT_RENEG_LIMIT integer Handshakes of a client may not be repeated so often; there is no renegotiation at all.
---@field CLIENT_RENEG_WINDOW integer The seconds that limit is for.
---@field DEFAULT_CIPHERS string The ciphers that are offered unless options say otherwise, in OpenSSL's language.
---@field isLibreSSL boolean Whether the engine is LibreSSL.
---@field isTLSv1_3 boolean Whether the engine speaks TLS 1.3.
local tls = {}

---Makes a server; `listen` starts it.
---@param options luvit.tls.ServerOptions|fun(socket: luvit.tls.TLSSocket)
---@param secureListener? fun(socket: luvit.tls.TLSSocket) listener for `secureConnection`
---@return luvit.tls.Server
function tls.createServer(options, secureListener) end

---Makes a secure context. What the engine has not raises an error (`pskCallback`, `pskIdentityHint`, `sigalgs`,
---`clientCertEngine`, `privateKeyEngine`, `privateKeyIdentifier`). What cannot be used, such as a key that is not the certificate's, raises an error that says so.
---@param options? luvit.tls.ContextOptions
---@return luvit.tls.SecureContext
function tls.createSecureContext(options) end

---What luvit 2 calls `createSecureContext`.
---@param options? luvit.tls.ContextOptions
---@return luvit.tls.SecureContext
function tls.createCredentials(options) end

---The names of the ciphers that are there, as node has them: small letters.
---@return string[]
function tls.getCiphers() end

---Whether a certificate is for a host: by its subject alternative names, or by its common name if it has none of these.
---@param host string a name or an address
---@param cert luvit.tls.Certificate what `getPeerCertificate` returned, or a table with `subjectaltname` or `subject.CN`
---@return luvit.Error? # with the code `ERR_TLS_CERT_ALTNAME_INVALID` when it is not
function tls.checkServerIdentity(host, cert) end

---Connects to a server and speaks TLS. The server's certificate must verify and be for the host, unless options say
---otherwise.
---@param options luvit.tls.ConnectOptions|integer the port, and then `host` and `options`
---@param host? string|luvit.tls.ConnectOptions|fun(socket: luvit.tls.TLSSocket)
---@param more? luvit.tls.ConnectOptions|fun(socket: luvit.tls.TLSSocket)
---@param callback? fun(socket: luvit.tls.TLSSocket) called when the handshake is complete
---@return luvit.tls.TLSSocket
function tls.connect(options, host, more, callback) end

return tls
