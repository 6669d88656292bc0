-- The socket of a server's connection as a script sees it. The native engine reads and writes the handle; the object is
-- made when `req.socket` is first looked at, and reading from it takes over a connection that asked for an upgrade.

local Socket = require('net').Socket
local native = require('luvit:http')

---@class http.ConnectionSocket : net.Socket
local ConnectionSocket = Socket:extend()

---@param exchange number
function ConnectionSocket:initialize(exchange)
  Socket.initialize(self, { handle = native.handle(exchange) })
  rawset(self, '_exchange', exchange)
  native.set_socket(exchange, self)
end

---Takes the connection from the HTTP engine: what was read and not used. From now on it is a plain socket.
---@return string unread
function ConnectionSocket:takeOver()
  local exchange = rawget(self, '_exchange')
  if not exchange then return '' end
  rawset(self, '_exchange', nil)
  return native.detach(exchange) or ''
end

-- Only the engine reads, until an upgraded connection is taken over.
function ConnectionSocket:_read(n)
  if not rawget(self, '_exchange') then return Socket._read(self, n) end
  local message = rawget(self, '_message')
  if message and message.is_upgraded then
    local unread = self:takeOver()
    if #unread > 0 then self:push(unread) end
    return Socket._read(self, n)
  end
end

function ConnectionSocket:pause()
  if rawget(self, '_exchange') then return require('stream').Duplex.pause(self) end
  return Socket.pause(self)
end

-- The engine has closed the handle.
function ConnectionSocket:_closed()
  if self.destroyed then return end
  self.destroyed = true
  self.readable, self.writable = false, false
  self:emit('close')
end

return {
  ---The socket of an exchange: always the same object for a connection.
  ---@param exchange number
  ---@param message? http.IncomingMessage
  ---@return net.Socket?
  of = function(exchange, message)
    local attached = require('http/server').attached(exchange)
    if attached then
      if message and message.is_upgraded then
        -- The stream's owner gets it back, with what was not used.
        attached.release()
        local unread = native.detach(exchange)
        if unread and #unread > 0 then attached.socket:unshift(unread) end
      end
      return attached.socket
    end
    local socket = native.socket(exchange)
    if not socket then
      if not native.handle(exchange) then return nil end
      socket = ConnectionSocket:new(exchange)
    end
    rawset(socket, '_exchange', rawget(socket, '_exchange') and exchange)
    rawset(socket, '_message', message)
    return socket
  end,
}
