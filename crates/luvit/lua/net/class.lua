-- The class of connections: what one is made of, and its addresses. `net/options` and `net/socket` add its methods.

local uv = require('uv')
local address = require('net/address')
local lazy = require('http/lazy')
local Duplex = require('stream').Duplex

local badArgument, checkPort, checkOptional = address.badArgument, address.checkPort, address.checkOptional

---A connection, or with `listen` the socket of a server. On a local socket (a path instead of host and port) the
---options of TCP have no effect.
---
---A connection is read from at once, as much as `highWaterMark`, so that it notices when its peer has gone; what has come
---waits until somebody listens to `data` or calls `resume`, and `end` comes after it. One that is paused is not read from,
---nor is one made from a `handle` or `fd` before somebody asks for data.
---
---Events: `connect`; `data`, `end`, `finish`, `drain` as every duplex stream; `timeout`; `connection` (Socket) when
---listening; `close`, always the last one; and before it `error`, when something failed. An error of a system call
---arrives as its code (`'ECONNREFUSED'`), as in luvit 2; a second argument is the whole story, with `message` and
---`code`, and with `errors`, one for each address, when several were tried.
---@class luvit.net.Socket: luvit.Duplex
---@field _handle? uv_tcp_t|uv_pipe_t
---@field destroyed boolean
---@field writable boolean false once it was ended or destroyed
---@field bytesRead integer
---@field bytesWritten integer what was given to the system, which may not have sent it yet
---@field remoteAddress? string the peer's address; like those below nil when there is no connection, unless it was
---  looked at before
---@field remotePort? integer
---@field remoteFamily? 'IPv4'|'IPv6'
---@field localAddress? string
---@field localPort? integer
---@field localFamily? 'IPv4'|'IPv6'
---@field server? luvit.net.Server that accepted it
local Socket = Duplex:extend()
Socket.allowHalfOpen = false
Socket.writable = true
Socket.destroyed = false
Socket.bytesRead = 0
Socket.bytesWritten = 0
Socket._connecting = false
Socket._reading = false
Socket._isPipe = false

local M = { Socket = Socket }

local FAMILIES = { inet = 'IPv4', inet6 = 'IPv6' }

-- What the system says of one end of a connection, looked up when first asked for: most connections are never asked.
local function maker(fn, field)
  return function(self)
    local handle = rawget(self, '_handle')
    if not handle or self._isPipe or self._connecting or uv.is_closing(handle) then return nil end
    local found = uv[fn](handle)
    if not found then return nil end
    if field == 'family' then return FAMILIES[found.family] end
    return found[field]
  end
end

lazy(Socket, Duplex, {
  remoteAddress = maker('tcp_getpeername', 'ip'), remotePort = maker('tcp_getpeername', 'port'),
  remoteFamily = maker('tcp_getpeername', 'family'),
  localAddress = maker('tcp_getsockname', 'ip'), localPort = maker('tcp_getsockname', 'port'),
  localFamily = maker('tcp_getsockname', 'family'),
})

local function adopt(self, handle)
  self._handle = handle
  if uv.handle_get_type(handle) ~= 'tcp' then self._isPipe = true end
end

---@class luvit.net.SocketOptions
---@field handle? uv_tcp_t|uv_pipe_t use this handle; reading starts when somebody asks for data
---@field fd? integer use this file descriptor, of a TCP connection or a local socket
---@field allowHalfOpen? boolean true: the end of the peer's data does not end ours
---@field highWaterMark? integer bytes, for both directions

---@param options? luvit.net.SocketOptions|integer a number is a file descriptor
function Socket:initialize(options)
  if options == nil then return end
  if type(options) == 'number' then options = { fd = options } end
  if type(options) ~= 'table' then badArgument('options', 'Socket:new', 'table', options, 3) end
  -- Without options the streams make their state when they need it: an idle connection holds less.
  if options.highWaterMark or options.readableHighWaterMark or options.writableHighWaterMark then
    Duplex.initialize(self, options)
  end
  if options.allowHalfOpen then self.allowHalfOpen = true end
  if options.handle then
    adopt(self, options.handle)
  elseif options.fd then
    checkOptional(options.fd, 'number', 'options.fd', 'Socket:new')
    local isPipe = uv.guess_handle(options.fd) == 'pipe'
    local handle = assert(isPipe and uv.new_pipe(false) or uv.new_tcp())
    local ok, err = (isPipe and uv.pipe_open or uv.tcp_open)(handle, options.fd)
    if not ok then
      uv.close(handle)
      error(err, 3)
    end
    adopt(self, handle)
  end
end

---@param self luvit.net.Socket
---@return uv_tcp_t|uv_pipe_t # its handle, a new one if it has none
function M.ensureHandle(self)
  local handle = self._handle
  if not handle then
    handle = assert(uv.new_tcp())
    self._handle = handle
  end
  return handle
end

---The functions that have no use before there is a handle say so as the system does.
function M.notConnected()
  return nil, 'ENOTCONN: socket is not connected', 'ENOTCONN'
end

---Binds the socket to a local address, for `listen` or before `connect`.
---@param ip string numeric
---@param port number|string 0 lets the system choose
---@param flags? { ipv6only?: boolean } true: `::` does not take IPv4 as well
---@return 0? success, string? err, string? code
function Socket:bind(ip, port, flags)
  if type(ip) ~= 'string' then badArgument('ip', 'bind', 'string', ip, 2) end
  port = checkPort(port, 'bind')
  checkOptional(flags, 'table', 'flags', 'bind')
  local ok, err, code = address.withAddress(uv.tcp_bind, M.ensureHandle(self), ip, port, flags)
  if ok then self._bound = { ip = ip, port = port } end
  return ok, err, code
end

---The address of the peer; of a local socket its path, a string, which is empty where the side that connects has none.
---@return uv.socketinfo address nil when there is none
---@return string? err, string? code
function Socket:address()
  if not self._handle then return M.notConnected() end
  if self._isPipe then return uv.pipe_getpeername(self._handle) end
  return uv.tcp_getpeername(self._handle)
end
Socket.getpeername = Socket.address

---The local address; of a local socket its path, a string.
---@return uv.socketinfo address nil when there is none
---@return string? err, string? code
function Socket:getsockname()
  if not self._handle then return M.notConnected() end
  if self._isPipe then return uv.pipe_getsockname(self._handle) end
  return uv.tcp_getsockname(self._handle)
end

return M
