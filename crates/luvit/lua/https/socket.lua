-- The socket of a server's connection with TLS as a script sees it, made when `req.socket` is first looked at. The native
-- engine reads and writes the handle and shares its session with this object, until the connection is taken over.

local net = require('net')
local Duplex = require('stream').Duplex
local active = require('http/response').active
local native = require('luvit:http')
local engine = require('luvit:tls')
local TLSSocket = require('tls/socket').TLSSocket

---@class luvit.https.ConnectionSocket: luvit.tls.TLSSocket
local ConnectionSocket = TLSSocket:extend()

-- Takes what is known of the peer when the handshake is complete.
function ConnectionSocket:_describe()
  local info = engine.describe(self._session)
  if not info.protocol then return end
  self.authorized = info.authorized
  self.authorizationError, self.authorizationReason = info.errorCode, info.errorReason
  self.alpnProtocol, self.servername = info.alpn or false, info.servername or false
  self.secureConnecting, self.secureEstablished = false, true
end

---@param exchange number
function ConnectionSocket:initialize(exchange)
  net.Socket.initialize(self, { handle = native.handle(exchange) })
  rawset(self, '_exchange', exchange)
  self._session, self._isServer, self.options = native.session(exchange), true, {}
  self:_describe()
  native.set_socket(exchange, self)
end

---Takes the connection from the HTTP engine: from now on it is a socket like others.
---@return string unread what was read, decrypted and not used
function ConnectionSocket:takeOver()
  local exchange = rawget(self, '_exchange')
  if not exchange then return '' end
  rawset(self, '_exchange', nil)
  rawset(self, '_message', nil)
  active[exchange] = nil
  self:_watch()
  return native.detach(exchange) or ''
end

-- Only the engine reads, until an upgraded connection is taken over.
function ConnectionSocket:_read(n)
  if rawget(self, '_exchange') then
    local message = rawget(self, '_message')
    if not (message and message.is_upgraded) then return end
    local unread = self:takeOver()
    if #unread > 0 then self:push(unread) end
  end
  return TLSSocket._read(self, n)
end

function ConnectionSocket:pause()
  if rawget(self, '_exchange') then return Duplex.pause(self) end
  return TLSSocket.pause(self)
end

-- The engine knows what is activity.
function ConnectionSocket:setTimeout(ms, callback)
  local exchange = rawget(self, '_exchange')
  if not exchange then return net.Socket.setTimeout(self, ms, callback) end
  if callback then
    if ms > 0 then self:once('timeout', callback) else self:removeListener('timeout', callback) end
  end
  native.set_timeout(exchange, ms)
  return self
end

return ConnectionSocket
