-- Servers of TLS: those of `net`, whose connections become secure before they are shown.

local net = require('net')
local address = require('net/address')
local contexts = require('tls/context')
local native = require('luvit:tls')
local TLSSocket = require('tls/socket').TLSSocket

local failure = contexts.failure

---@class luvit.tls.ServerOptions: luvit.tls.ContextOptions, luvit.net.ServerOptions
---@field secureContext? luvit.tls.SecureContext instead of the options it would be made of
---@field requestCert? boolean asks clients for a certificate
---@field rejectUnauthorized? boolean true, the default: with `requestCert`, a client whose certificate is missing or does
---  not verify is refused. False: the listener looks at `authorized`
---@field ALPNProtocols? string[] application protocols, the favourite first
---@field ALPNCallback? fun(hello: { servername?: string, protocols: string[] }): string? chooses one; nil refuses
---@field SNICallback? fun(servername: string?, callback: fun(err?: any, context?: luvit.tls.SecureContext)) chooses the context,
---  now or later; nil is that of the server
---@field handshakeTimeout? number milliseconds for the handshake, 120,000

---A server of TLS. Events besides those of `net.Server`: `secureConnection` (TLSSocket); `tlsClientError` (err, TLSSocket)
---when a handshake failed, after which the connection is closed; `keylog` (line, TLSSocket) with secrets for a debugger;
---`OCSPRequest` (certificate, issuer, callback) when a client wants a stapled response. `connection` shows the connection
---before it is secure; emitting it with any duplex stream serves that one.
---@class luvit.tls.Server: luvit.net.Server
---@field ALPNProtocols? string[]
local Server = net.Server:extend()

---What the constructor does, for classes that have their own.
---@param options? luvit.tls.ServerOptions|fun(socket: luvit.tls.TLSSocket)
---@param secureListener? fun(socket: luvit.tls.TLSSocket)
function Server:init(options, secureListener)
  if type(options) == 'function' then options, secureListener = {}, options end
  address.checkOptional(options, 'table', 'options', 'createServer', 4)
  address.checkOptional(secureListener, 'function', 'secureListener', 'createServer', 4)
  options = options or {}
  address.checkOptional(options.SNICallback, 'function', 'options.SNICallback', 'createServer', 4)
  address.checkOptional(options.ALPNCallback, 'function', 'options.ALPNCallback', 'createServer', 4)
  address.checkOptional(options.handshakeTimeout, 'number', 'options.handshakeTimeout', 'createServer', 4)
  net.Server.init(self, options)
  self._protocols = contexts.protocolsOf(options, 3)
  self.ALPNProtocols = self._protocols
  self._sni, self._alpn = options.SNICallback, options.ALPNCallback
  self._context = contexts.contextOf(options, 3, true)
  local acceptor, reason, code = native.acceptor(self._context.context, {
    requestCert = options.requestCert, alpn = self._protocols,
    rejectUnauthorized = options.requestCert and options.rejectUnauthorized ~= false,
  })
  if not acceptor then error(('tls.createServer: %s (%s)'):format(reason, code), 4) end
  self._acceptor = acceptor
  self:_asks()
  if secureListener then self:on('secureConnection', secureListener) end
  self._socketOptions = {
    isServer = true, _acceptor = acceptor, _owner = self, allowHalfOpen = options.allowHalfOpen, highWaterMark = options.highWaterMark,
    handshakeTimeout = options.handshakeTimeout, requestCert = options.requestCert,
    rejectUnauthorized = options.rejectUnauthorized,
  }
  self:on('connection', function(socket) self:_wrap(socket) end)
end

-- Whether sessions must wait for a choice of the program.
function Server:_asks()
  local asks = (self._sni or self._alpn or self:listenerCount('OCSPRequest') > 0) and true or false
  if asks ~= (self._asking or false) then
    self._asking = asks
    native.set_asks(self._acceptor, asks)
  end
end

function Server:_wrap(stream)
  self:_asks()
  TLSSocket:new(stream, self._socketOptions)
end

function Server:_choose(socket, servername, protocols, wantsOCSP)
  local context, protocol
  local step = 0
  local function staple(response)
    socket:_chosen(context, protocol, response)
  end
  local function ocsp()
    if not wantsOCSP or self:listenerCount('OCSPRequest') == 0 then return staple() end
    local certificate = native.certificates(context or self._context.context)[1]
    local called = false
    self:emit('OCSPRequest', certificate, nil, function(err, response)
      if called then return end
      called = true
      if err then return socket:_refused(err) end
      if type(response) == 'table' then response = tostring(response) end
      staple(response)
    end)
  end
  local function alpn()
    if not self._alpn or #protocols == 0 then return ocsp() end
    protocol = self._alpn({ servername = servername, protocols = protocols })
    if socket.destroyed then return end
    if protocol == nil then
      -- No protocol is this one, so that the client is told that there is none.
      protocol = '\0'
    elseif type(protocol) ~= 'string' then
      error(('ALPNCallback: one of the protocols or nil expected, got %s'):format(type(protocol)), 0)
    end
    ocsp()
  end
  if not self._sni then return alpn() end
  self._sni(servername, function(err, chosen)
    step = step + 1
    if step > 1 or socket.destroyed then return end
    if err then return socket:_refused(err) end
    if chosen ~= nil then
      if type(chosen) ~= 'table' or type(chosen.context) ~= 'userdata' then
        return socket:_refused(failure('SNICallback: a secure context is expected', 'ERR_INVALID_ARG_TYPE'))
      end
      context = chosen.context
    end
    alpn()
  end)
end

local function contextOf(context, method)
  if type(context) ~= 'table' then address.badArgument('context', method, 'table', context, 3) end
  if type(context.context) == 'userdata' then return context end
  local made = contexts.SecureContext:create()
  made:_fill(context, 4)
  return made
end

local function check(ok, reason, code, method)
  if not ok then error(('%s: %s (%s)'):format(method, reason, code), 3) end
end

---Uses a context for clients that ask for a host.
---@param hostname string `*.example.com` stands for all names with one more label
---@param context luvit.tls.SecureContext|luvit.tls.ContextOptions
function Server:addContext(hostname, context)
  if type(hostname) ~= 'string' then address.badArgument('hostname', 'addContext', 'string', hostname, 2) end
  local ok, reason, code = native.add_host(self._acceptor, hostname, contextOf(context, 'addContext').context)
  check(ok, reason, code, 'addContext')
end

---Uses the server's own context again for a host.
---@param hostname string
function Server:removeContext(hostname)
  if type(hostname) ~= 'string' then address.badArgument('hostname', 'removeContext', 'string', hostname, 2) end
  native.remove_host(self._acceptor, hostname)
end

---Sets the contexts of hosts, as luvit 2 does.
---@param hosts table<string, luvit.tls.SecureContext|luvit.tls.ContextOptions>
function Server:sni(hosts)
  if type(hosts) ~= 'table' then address.badArgument('hosts', 'sni', 'table', hosts, 2) end
  for hostname, context in pairs(hosts) do self:addContext(hostname, context) end
end

---Replaces certificates, keys and the other options of the context, for connections to come: a certificate is renewed
---without a restart.
---@param options luvit.tls.ContextOptions|luvit.tls.SecureContext
function Server:setSecureContext(options)
  local context = contextOf(options, 'setSecureContext')
  local ok, reason, code = native.set_context(self._acceptor, context.context)
  check(ok, reason, code, 'setSecureContext')
  self._context = context
end

---The 48 bytes that protect session tickets, for servers that serve together.
---@return string? # nil when nothing is resumed
function Server:getTicketKeys()
  return native.ticket_keys(self._acceptor)
end

---Replaces the bytes that protect session tickets; sessions of before cannot be resumed.
---@param keys string|luvit.Buffer 48 bytes
function Server:setTicketKeys(keys)
  if type(keys) == 'table' then keys = tostring(keys) end
  if type(keys) ~= 'string' then address.badArgument('keys', 'setTicketKeys', 'string or buffer', keys, 2) end
  local ok, reason, code = native.set_ticket_keys(self._acceptor, keys)
  check(ok, reason, code, 'setTicketKeys')
end

---Makes a server; `listen` starts it.
---@param options luvit.tls.ServerOptions|fun(socket: luvit.tls.TLSSocket)
---@param secureListener? fun(socket: luvit.tls.TLSSocket) listener for `secureConnection`
---@return luvit.tls.Server
local function createServer(options, secureListener)
  local server = Server:new()
  server:init(options, secureListener)
  return server
end

return { Server = Server, createServer = createServer }
