-- Servers, on TCP ports and on local sockets.

local uv = require('uv')
local core = require('core')
local timer = require('timer')
local address = require('net/address')
local Socket = require('net/socket').Socket

local checkPort, checkOptional = address.checkPort, address.checkOptional
local describe, endpoint = address.describe, address.endpoint

---A server of TCP or of a local socket. Events: `listening`; `connection` (Socket); `drop` (a table with the
---`localAddress`, `remotePort` … of a connection that `maxConnections` did not let in); `close`; `error` (luvit.Error),
---which when it comes from `listen` leaves the server as it was before.
---@class luvit.net.Server: luvit.Emitter
---@field _handle? luvit.net.Socket the listening socket
---@field listening boolean
---@field maxConnections? integer connections beyond it are closed at once
local Server = core.Emitter:extend()
Server.listening = false
Server._connections = 0

---@class luvit.net.ServerOptions: luvit.net.AcceptOptions
---@field handle? uv_tcp_t|uv_pipe_t|luvit.net.Socket a bound one to listen on

local function checkArguments(options, connectionListener, level)
  if type(options) == 'function' then return end
  checkOptional(options, 'table', 'options', 'createServer', level + 1)
  checkOptional(connectionListener, 'function', 'connectionListener', 'createServer', level + 1)
end

---@param options? luvit.net.ServerOptions|fun(socket: luvit.net.Socket)
---@param connectionListener? fun(socket: luvit.net.Socket)
function Server:initialize(options, connectionListener)
  if options ~= nil or connectionListener ~= nil then self:init(options, connectionListener) end
end

---What the constructor does, for classes that have their own.
---@param options? luvit.net.ServerOptions|fun(socket: luvit.net.Socket)
---@param connectionListener? fun(socket: luvit.net.Socket)
function Server:init(options, connectionListener)
  checkArguments(options, connectionListener, 3)
  if type(options) == 'function' then options, connectionListener = nil, options end
  self._options = options
  if connectionListener then self:on('connection', connectionListener) end
  if options and options.handle then
    local handle = options.handle
    self._handle = handle.meta and handle or Socket:new({ handle = handle })
  end
end

-- Emits what went wrong, when the caller has had the time to listen for it.
local function listenFailed(self, socket, err)
  self._handle, self._listening = nil, nil
  socket._neverListened = true
  socket:destroy()
  timer.setImmediate(self.emit, self, 'error', err)
end

-- Listens on a socket that is bound, or could not be.
local function startListening(self, socket, backlog, what, ok, code)
  local _
  if ok then ok, _, code = socket:listen(backlog, self._options) end
  if not ok then return listenFailed(self, socket, describe(code, 'listen ' .. what)) end
  self.listening = true
  if self._unref then socket:unref() end
  timer.setImmediate(function()
    if not socket.destroyed then self:emit('listening') end
  end)
end

local function listenOnPort(self, socket, options)
  local host, port = options.host or '0.0.0.0', options.port
  local function start(ip, number)
    local ok, _, code = socket:bind(ip, number, options.ipv6Only and { ipv6only = true } or nil)
    startListening(self, socket, options.backlog, endpoint(ip, number), ok, code)
  end
  if address.isIP(host) ~= 0 and type(port) == 'number' then return start(host, port) end
  local function found(code, addresses)
    if socket.destroyed then return end
    if not code and #addresses == 0 then code = 'EAI_NONAME' end
    if code then return listenFailed(self, socket, describe(code, address.lookup(host, port))) end
    start(addresses[1].addr, type(port) == 'number' and port or addresses[1].port)
  end
  local service = type(port) == 'string' and port or nil
  local ok, _, code = uv.getaddrinfo(host, service, { socktype = 'stream' }, found)
  if not ok then found(code) end
end

local function listenOnPath(self, socket, options)
  local handle, path = socket._handle, options.path
  local ok, _, code = uv.pipe_bind2(handle, path, { no_truncate = true })
  local mode = (options.readableAll and 'r' or '') .. (options.writableAll and 'w' or '')
  -- An abstract name has no file, and no permissions.
  if ok and mode ~= '' and path:byte() ~= 0 then ok, _, code = uv.pipe_chmod(handle, mode) end
  startListening(self, socket, options.backlog, address.showPath(path), ok, code)
end

-- What the forms of `listen` mean.
local function listenOptions(port, ip, backlog, callback)
  if type(port) == 'table' then
    local given = port
    return {
      port = given.port, host = given.host or given.ip, path = given.path, fd = given.fd, backlog = given.backlog,
      ipv6Only = given.ipv6Only, readableAll = given.readableAll, writableAll = given.writableAll,
    }, ip
  elseif type(port) == 'function' then
    return {}, port
  elseif address.isPath(port) then
    if type(ip) == 'function' then return { path = port }, ip end
    return { path = port, backlog = ip }, backlog
  end
  if type(ip) == 'function' then return { port = port }, ip end
  if type(ip) == 'number' then
    return { port = port, backlog = ip }, type(backlog) == 'function' and backlog or callback
  end
  if type(backlog) == 'function' then return { port = port, host = ip }, backlog end
  return { port = port, host = ip, backlog = backlog }, callback
end

---@class luvit.net.ListenOptions
---@field port? number|string 0, the default, lets the system choose; a name of a service does too
---@field host? string all IPv4 addresses by default; `::` is all of both families
---@field ipv6Only? boolean `::` is those of IPv6 alone
---@field path? string of a local socket. The file must not exist, and is removed when the server is closed. On Linux a
---  name that begins with a zero byte is abstract: no file. On Windows it is `\\.\pipe\NAME`
---@field readableAll? boolean every user may read from the local socket
---@field writableAll? boolean every user may write to it, which connecting takes
---@field fd? integer a file descriptor that is bound already
---@field backlog? integer how many connections may wait to be accepted, 128 by default

---Begins to accept connections.
---@param port? number|string|luvit.net.ListenOptions 0, the default, lets the system choose; text with a character
---  that no name of a service has, such as `/` or `.`, is the path of a local socket
---@param ip? string|integer|fun() all IPv4 addresses by default; `::` is all of both families. A number is the backlog
---@param backlog? integer|fun() how many connections may wait to be accepted, 128 by default
---@param callback? fun() listener for `listening`
---@return self
function Server:listen(port, ip, backlog, callback)
  local options
  options, callback = listenOptions(port, ip, backlog, callback)
  checkOptional(options.path, 'string', 'path', 'listen')
  checkOptional(options.fd, 'number', 'fd', 'listen')
  -- A handle that was given may be bound already.
  local isBound = options.fd ~= nil or self._handle ~= nil and options.port == nil and options.host == nil
  if not (options.path or isBound) then options.port = checkPort(options.port or 0, 'listen', true) end
  if options.path == '' then error("bad argument 'path' to 'listen' (a path expected, got an empty string)", 2) end
  checkOptional(options.host, 'string', 'ip', 'listen')
  checkOptional(options.backlog, 'number', 'backlog', 'listen')
  checkOptional(callback, 'function', 'callback', 'listen')
  if self._listening then error('listen: the server is listening already', 2) end

  local socket = self._handle
  if options.path then
    socket = Socket:new({ handle = assert(uv.new_pipe(false)) })
  elseif options.fd then
    local ok
    ok, socket = pcall(Socket.new, Socket, { fd = options.fd })
    if not ok then error(socket, 2) end
  elseif not socket then
    socket = Socket:new()
  end
  if callback then self:once('listening', callback) end
  self._handle, self._listening = socket, true
  socket:on('connection', function(client) self:_accepted(client) end)
  socket:on('error', function(err, detail) self:emit('error', detail or err) end)
  socket:on('close', function()
    if self._handle == socket then self._handle, self._listening, self.listening = nil, nil, false end
    if not socket._neverListened then self:emit('close') end
  end)
  if options.path then
    listenOnPath(self, socket, options)
  elseif isBound then
    startListening(self, socket, options.backlog, options.fd and 'fd ' .. options.fd or 'handle', true)
  else
    listenOnPort(self, socket, options)
  end
  return self
end

function Server:_accepted(client)
  if self.maxConnections and self._connections >= self.maxConnections then
    local what = {
      localAddress = client.localAddress, localPort = client.localPort, localFamily = client.localFamily,
      remoteAddress = client.remoteAddress, remotePort = client.remotePort, remoteFamily = client.remoteFamily,
    }
    client:destroy()
    self:emit('drop', what)
    return
  end
  self._connections = self._connections + 1
  client.server = self
  self:emit('connection', client)
end

-- A connection that this server accepted is closed.
function Server:_left()
  self._connections = self._connections - 1
end

---Counts the connections that are open.
---@param callback fun(err: nil, count: integer)
---@return self
function Server:getConnections(callback)
  if type(callback) ~= 'function' then address.badArgument('callback', 'getConnections', 'function', callback, 2) end
  timer.setImmediate(function() callback(nil, self._connections) end)
  return self
end

---Where the server listens; on a local socket its path, a string.
---@return uv.socketinfo address nil while it does not listen
---@return string? err, string? code
function Server:address()
  if not self._handle then return nil, 'EBADF: the server is not listening', 'EBADF' end
  return self._handle:getsockname()
end

---Lets the server keep the program running, which is the default.
---@return self
function Server:ref()
  self._unref = nil
  if self._handle then self._handle:ref() end
  return self
end

---Lets the program end although the server listens.
---@return self
function Server:unref()
  self._unref = true
  if self._handle then self._handle:unref() end
  return self
end

---Stops accepting connections. Those that are open stay.
---@param err? any emitted as `error`
---@param callback? fun() called when it is done
function Server:destroy(err, callback)
  checkOptional(callback, 'function', 'callback', 'destroy')
  local socket = self._handle
  if socket then
    -- It may listen again at once.
    self._handle, self._listening, self.listening = nil, nil, false
    socket:destroy(err, callback)
  elseif callback then
    timer.setImmediate(callback)
  end
end

---Stops accepting connections, and removes the file of a local socket. Connections that are open stay.
---@param callback? fun() called when it is done
---@return self
function Server:close(callback)
  self:destroy(nil, callback)
  return self
end

---Makes a server; `listen` starts it.
---@param options? luvit.net.ServerOptions|fun(socket: luvit.net.Socket)
---@param connectionListener? fun(socket: luvit.net.Socket) listener for `connection`
---@return luvit.net.Server
local function createServer(options, connectionListener)
  checkArguments(options, connectionListener, 3)
  local server = Server:new()
  server:init(options, connectionListener)
  return server
end

return { Server = Server, createServer = createServer }
