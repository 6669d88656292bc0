-- The socket of a server's connection with TLS as a script sees it, made when `req.socket` is first looked at. The native
-- engine reads and writes the handle and shares its session with this object, until the connection is taken over.

local net = require('net')
local held = require('http/socket').held
local native = require('luvit:http')
local engine = require('luvit:tls')
local TLSSocket = require('tls/socket').TLSSocket

---@class luvit.https.ConnectionSocket: luvit.tls.TLSSocket
local ConnectionSocket = TLSSocket:extend()
held(ConnectionSocket, TLSSocket)

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

-- From now on the session is fed by the socket's own reads.
ConnectionSocket._takenOver = ConnectionSocket._watch

return ConnectionSocket
