-- The server: that of `http`, whose connections speak TLS natively, without a step in Lua between TLS and HTTP.

local address = require('net/address')
local HttpServer = require('http/server').Server
local native = require('luvit:http')
local engine = require('luvit:tls')
local contexts = require('tls/context')
local TlsServer = require('tls/server').Server

-- Notices of a handshake, see `Notice` in `modules/http/connection.rs`.
local FAILED, CHOOSE, KEYS = 8, 9, 10

---Options of a server: its limits, and those of TLS.
---@class luvit.https.ServerOptions: luvit.http.ServerOptions, luvit.tls.ServerOptions

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
---@field addContext fun(self: luvit.https.Server, hostname: string, context: luvit.tls.SecureContext|luvit.tls.ContextOptions)
---  uses a context for clients that ask for a host; `*.example.com` stands for all names with one more label
---@field removeContext fun(self: luvit.https.Server, hostname: string) uses the server's own context again for a host
---@field sni fun(self: luvit.https.Server, hosts: table<string, luvit.tls.SecureContext|luvit.tls.ContextOptions>) sets the
---  contexts of hosts, as luvit 2 does
---@field setSecureContext fun(self: luvit.https.Server, options: luvit.tls.ContextOptions|luvit.tls.SecureContext) replaces
---  certificates, keys and the other options of the context, for connections to come: a certificate is renewed without a
---  restart
---@field getTicketKeys fun(self: luvit.https.Server): string? the 48 bytes that protect session tickets, for servers that
---  serve together; nil when nothing is resumed
---@field setTicketKeys fun(self: luvit.https.Server, keys: string|luvit.Buffer) replaces them: sessions of before cannot be
---  resumed
local Server = HttpServer:extend()
Server._connectionEvents = { 'connection', 'secureConnection' }

-- Certificates are chosen and renewed as in `tls`.
for _, name in ipairs({
  '_choose', '_asks', 'sni', 'addContext', 'removeContext', 'setSecureContext', 'getTicketKeys', 'setTicketKeys',
}) do
  Server[name] = TlsServer[name]
end

---Makes a server, as `https.createServer`.
---@param options luvit.https.ServerOptions
---@param onRequest? fun(req: luvit.http.IncomingMessage, res: luvit.http.ServerResponse)
function Server:initialize(options, onRequest)
  if type(options) == 'function' then options, onRequest = {}, options end
  options = options or {}
  local ok, problem = pcall(HttpServer.initialize, self, options, onRequest)
  if not ok then
    -- The position is in this file; that of the caller comes in front.
    error(type(problem) == 'string' and problem:gsub('^.-:%d+: ', '') or problem, 3)
  end
  address.checkOptional(options.SNICallback, 'function', 'options.SNICallback', 'createServer', 4)
  address.checkOptional(options.ALPNCallback, 'function', 'options.ALPNCallback', 'createServer', 4)
  local protocols = contexts.protocolsOf(options, 3) or not options.ALPNCallback and { 'http/1.1' } or nil
  self._sni, self._alpn, self.ALPNProtocols = options.SNICallback, options.ALPNCallback, protocols
  self._context = contexts.contextOf(options, 3, true)
  local acceptor, reason, code = engine.acceptor(self._context.context, {
    requestCert = options.requestCert, alpn = protocols,
    rejectUnauthorized = options.requestCert and options.rejectUnauthorized ~= false,
  })
  if not acceptor then error(('https.createServer: %s (%s)'):format(reason, code), 3) end
  self._acceptor = acceptor
  self:_listenersChanged()
end

-- What the native half must ask or tell of handshakes.
function Server:_listenersChanged()
  if not self._acceptor then return end
  self:_asks()
  local id = rawget(self, '_id')
  if id then native.configure(id, 'wantsKeys', self:listenerCount('keylog') > 0 and 1 or 0) end
end

-- A handshake that waits for a context, as `_choose` knows the socket of one.
local Choice = {}
Choice.__index = Choice
Choice.destroyed = false

function Choice:_chosen(context, protocol, response)
  local ok, out, code, alert = engine.choose(self._session, self._acceptor, context, protocol, response)
  if ok then return native.chosen(self._exchange, out) end
  native.chosen(self._exchange, alert, ('%s: %s'):format(code, out))
end

function Choice:_refused(err)
  local reason = type(err) == 'table' and err.message or tostring(err)
  local code = type(err) == 'table' and err.code or 'ERR_SSL_CALLBACK_FAILED'
  native.chosen(self._exchange, engine.refuse(self._session, reason), ('%s: %s'):format(code, reason))
end

-- What the native half tells of a handshake.
function Server:_onHandshake(exchange, notice, text)
  if notice == CHOOSE then
    local session = native.session(exchange)
    local servername, protocols, ocsp = engine.hello(session)
    local choice = setmetatable({ _session = session, _exchange = exchange, _acceptor = self._acceptor }, Choice)
    return self:_choose(choice, servername, protocols or {}, ocsp)
  end
  local name = notice == FAILED and 'tlsClientError' or notice == KEYS and 'keylog'
  if not name or self:listenerCount(name) == 0 then return end
  local socket = require('http/socket').of(exchange)
  if notice == KEYS then return self:emit('keylog', text, socket) end
  local code, reason = text:match('^([%u%d_]+): (.*)$')
  self:emit('tlsClientError', contexts.failure(reason or text, code or 'EPROTO'), socket)
end

---Makes a server. It serves from `listen` on.
---@param options luvit.https.ServerOptions with `cert` and `key`, or `pfx`
---@param onRequest? fun(req: luvit.http.IncomingMessage, res: luvit.http.ServerResponse) listener for `request`
---@return luvit.https.Server
local function createServer(options, onRequest)
  return Server:new(options, onRequest)
end

return { Server = Server, createServer = createServer }
