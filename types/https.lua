---@meta https

-- Made by scripts/reference.lua of crates/luvit/lua/https/. Change it there.

-- HTTP/1.1 over TLS, servers and clients, with the API of `http`: requests, responses, limits, proxies and redirects are
-- described there, certificates and other options of TLS in `tls`.

---What to request, and how: as of `http`, and with the options of `tls.connect` that concern the certificates and the
---handshake.
---@class luvit.https.RequestOptions: luvit.http.RequestOptions
---@field rejectUnauthorized? boolean false: a server that cannot prove who it is, is spoken to all the same
---@field ca? string|string[] certificates to trust, PEM, instead of those of the system
---@field cert? string|string[] our certificate, PEM
---@field key? string the key to it, PEM
---@field pfx? string both in one, PKCS#12
---@field passphrase? string of `key` or `pfx`
---@field session? string what a socket's `getSession` gave, to resume that session
---@field servername? string the name that the certificate must have, that of the host by default
---@field checkServerIdentity? fun(host: string, cert: table): any instead of the check of the name
---@field minVersion? string `TLSv1.2` by default
---@field maxVersion? string `TLSv1.3` by default
---@field ciphers? string

---Options of a server: its limits, and those of TLS.
---@class luvit.https.ServerOptions: luvit.http.ServerOptions, luvit.tls.ServerOptions

---Gives requests their connections, as `http.Agent`. Only requests with the same options of TLS share one. Sessions are
---resumed, so that later connections to a server cost less. Emits `keylog` (line, TLSSocket) with secrets for a debugger.
---After a redirect to another server its `cert`, `key`, `pfx`, `passphrase`, `servername`, `session` and `secureContext`
---are not used.
---@class luvit.https.Agent: luvit.http.Agent
local Agent = {}

---Requests with the same name may use each other's connections.
---@param options? luvit.http.ConnectionOptions
---@return string
function Agent:getName(options) end

---Opens a connection. Subclasses may open another kind.
---@param options luvit.http.ConnectionOptions
---@param callback fun(err?: any, socket?: luvit.net.Socket, detail?: luvit.Error) called when none is returned
---@return luvit.net.Socket? socket one that connects
---@return any event what it emits when it can be used, `connectEvent` by default; without a socket an object whose
---  `destroy` gives up
function Agent:createConnection(options, callback) end

---An HTTPS server: an `http.Server` with the options and methods of a `tls.Server`. `req.socket` is a `tls.TLSSocket`.
---
---Events besides those of `http.Server`: `secureConnection` (TLSSocket) when a handshake is complete, with which
---`connection` comes, too; `tlsClientError` (err, TLSSocket) when one failed, after which the connection is closed: `err`
---has a `code`, and `reason` says what the peer did; `OCSPRequest` (certificate, issuer, callback) when a client wants a
---stapled response; `keylog` (line, TLSSocket) with secrets for a debugger. Who speaks HTTP without TLS to the port is told
---so in HTTP, and is a `tlsClientError` with the code `ERR_SSL_HTTP_REQUEST`.
---@class luvit.https.Server: luvit.http.Server
---@field handshakeTimeout integer ms for a handshake, 120000
---@field ALPNProtocols string[] `{ 'http/1.1' }`
---@field addContext fun(self: luvit.https.Server, hostname: string, context: luvit.tls.SecureContext|luvit.tls.ContextOptions) uses a context for clients that ask for a host; `*.example.com` stands for all names with one more label
---@field removeContext fun(self: luvit.https.Server, hostname: string) uses the server's own context again for a host
---@field sni fun(self: luvit.https.Server, hosts: table<string, luvit.tls.SecureContext|luvit.tls.ContextOptions>) sets the contexts of hosts, as luvit 2 does
---@field setSecureContext fun(self: luvit.https.Server, options: luvit.tls.ContextOptions|luvit.tls.SecureContext) replaces certificates, keys and the other options of the context, for connections to come: a certificate is renewed without a restart
---@field getTicketKeys fun(self: luvit.https.Server): string? the 48 bytes that protect session tickets, for servers that serve together; nil when nothing is resumed
---@field setTicketKeys fun(self: luvit.https.Server, keys: string|luvit.Buffer) replaces them: sessions of before cannot be resumed

---@class luvit.https
---@field Server luvit.https.Server
---@field Agent luvit.https.Agent
---@field globalAgent luvit.https.Agent the agent of requests that name none; it keeps no connections
local https = {}

---Makes a server. It serves from `listen` on.
---@param options luvit.https.ServerOptions with `cert` and `key`, or `pfx`
---@param onRequest? fun(req: luvit.http.IncomingMessage, res: luvit.http.ServerResponse) listener for `request`
---@return luvit.https.Server
function https.createServer(options, onRequest) end

---Begins a request. Nothing is answered before its `done` is called. A server whose certificate does not verify, or is
---for another host, gets no request: the request emits `error` with the reason.
---@param options string|luvit.https.RequestOptions a table, or a URL
---@param more? luvit.https.RequestOptions after a URL, which these count over; it may be left out
---@param onResponse? fun(res: luvit.http.IncomingMessage)
---@return luvit.http.ClientRequest
---@overload fun(options: string|luvit.https.RequestOptions, onResponse?: fun(res: luvit.http.IncomingMessage)): luvit.http.ClientRequest
function https.request(options, more, onResponse) end

---A GET request, sent at once.
---@param options string|luvit.https.RequestOptions a table, or a URL
---@param more? luvit.https.RequestOptions after a URL, which these count over; it may be left out
---@param onResponse? fun(res: luvit.http.IncomingMessage)
---@return luvit.http.ClientRequest
---@overload fun(options: string|luvit.https.RequestOptions, onResponse?: fun(res: luvit.http.IncomingMessage)): luvit.http.ClientRequest
function https.get(options, more, onResponse) end

return https
