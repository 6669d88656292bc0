-- The socket of a server's connection as a script sees it. The native engine reads and writes the handle; the object is
-- made when `req.socket` is first looked at, and reading from it takes over a connection that asked for an upgrade.

local net = require('net')
local Duplex = require('stream').Duplex
local active = require('http/response').active
local native = require('luvit:http')
local loaded = require('luvit:loaded')

local Socket = net.Socket

-- Gives a class of sockets what it needs while the engine has the handle; `base` is what it is without one.
local function held(class, base)
  ---Takes the connection from the HTTP engine: from now on it is a socket like others.
  ---@return string unread what was read (with TLS, decrypted) and not used
  function class:takeOver()
    local exchange = rawget(self, '_exchange')
    if not exchange then return '' end
    rawset(self, '_exchange', nil)
    rawset(self, '_message', nil)
    active[exchange] = nil
    if self._takenOver then self:_takenOver() end
    return native.detach(exchange) or ''
  end

  -- Only the engine reads, until an upgraded connection is taken over.
  function class:_read(n)
    if rawget(self, '_exchange') then
      local message = rawget(self, '_message')
      if not (message and message.is_upgraded) then return end
      local unread = self:takeOver()
      if #unread > 0 then self:push(unread) end
    end
    return base._read(self, n)
  end

  function class:pause()
    if rawget(self, '_exchange') then return Duplex.pause(self) end
    return base.pause(self)
  end

  -- The engine knows what is activity.
  function class:setTimeout(ms, callback)
    local exchange = rawget(self, '_exchange')
    if not exchange then return base.setTimeout(self, ms, callback) end
    if callback then
      if ms > 0 then self:once('timeout', callback) else self:removeListener('timeout', callback) end
    end
    native.set_timeout(exchange, ms)
    return self
  end
end

---@class luvit.http.ConnectionSocket: luvit.net.Socket
local ConnectionSocket = Socket:extend()
held(ConnectionSocket, Socket)

---@param exchange number
function ConnectionSocket:initialize(exchange)
  Socket.initialize(self, { handle = native.handle(exchange) })
  rawset(self, '_exchange', exchange)
  native.set_socket(exchange, self)
end

return {
  held = held,
  ---The socket of an exchange: always the same object for a connection. Nil when the connection is gone.
  ---@param exchange number
  ---@param message? luvit.http.IncomingMessage
  ---@return luvit.net.Socket?
  of = function(exchange, message)
    local attach = loaded('http/attach')
    local attached = attach and attach.attached(exchange)
    if attached then
      if message and message.is_upgraded then
        -- The stream's owner gets it back, with what was not used.
        active[exchange] = nil
        local unread = attached.release(exchange)
        if #unread > 0 then attached.socket:unshift(unread) end
      end
      return attached.socket
    end
    local socket = native.socket(exchange)
    if not socket then
      if not native.handle(exchange) then return nil end
      local class = native.is_secure(exchange) and require('https/socket') or ConnectionSocket
      socket = class:new(exchange)
    end
    if rawget(socket, '_exchange') then
      if socket.secureConnecting then socket:_describe() end
      rawset(socket, '_exchange', exchange)
      rawset(socket, '_message', message)
    end
    return socket
  end,
  ---The engine has closed the handle of a socket.
  ---@param socket luvit.http.ConnectionSocket
  closed = function(socket)
    if socket.destroyed then return end
    socket.destroyed = true
    socket.readable, socket.writable = false, false
    socket:emit('close', false)
  end,
}
