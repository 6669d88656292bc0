-- Servers and connections, as streams: TCP, and the local sockets of a system (Unix domain sockets, named pipes).

local address = require('net/address')

---@class luvit.net
---@field Socket luvit.net.Socket
---@field Server luvit.net.Server
local net = {}

-- Which part has what. Who only connects does not pay for the server.
local parts = {
  Socket = 'net/socket', Server = 'net/server', createServer = 'net/server',
}

---Connects to a server, see `Socket:connect`.
---@param port number|string|luvit.net.ConnectOptions|luvit.net.SocketOptions options of the socket may be among those
---  of the connection; text with a character that no name of a service has, such as `/` or `.`, is the path of a local
---  socket
---@param host? string|fun() 127.0.0.1 by default
---@param callback? fun() called after `connect` was emitted
---@return luvit.net.Socket
function net.createConnection(port, host, callback)
  local socket = net.Socket:new(type(port) == 'table' and port or nil)
  return socket:connect(port, host, callback)
end

---Connects to a server: another name of `createConnection`.
---@type fun(port: number|string|luvit.net.ConnectOptions, host?: string|fun(), callback?: fun()): luvit.net.Socket
net.connect = net.createConnection

---What kind of address a text is: 4, 6, or 0 when it is none.
---@param text any
---@return 0|4|6
function net.isIP(text)
  return address.isIP(text)
end

---Whether a text is an address such as `127.0.0.1`.
---@param text any
---@return boolean
function net.isIPv4(text)
  return address.isIP(text) == 4
end

---Whether a text is an address such as `::1` or `fe80::1%eth0`.
---@param text any
---@return boolean
function net.isIPv6(text)
  return address.isIP(text) == 6
end

-- Other parts of the library empty the queue of a writable stream that has ended.
function net._takeWrites(stream)
  return require('net/socket').takeWrites(stream)
end

return require('luvit:parts')(net, parts, function(name, part) return require(part)[name] end)
