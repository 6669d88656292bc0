-- TCP servers and connections, as streams.

local uv = require('uv')
local core = require('core')
local timer = require('timer')
local Duplex = require('stream').Duplex

local Emitter, Error = core.Emitter, core.Error

-- Arguments ----------------------------------------------------------------------------------------------------------

local function badArgument(name, method, expected, value, level)
  error(("bad argument '%s' to '%s' (%s expected, got %s)"):format(name, method, expected, type(value)), level + 1)
end

-- A port number, or with `services` the name of a service, which the resolver translates.
local function checkPort(port, method, services)
  local number = tonumber(port)
  if number and number >= 0 and number <= 65535 and number % 1 == 0 then return number end
  if services and not number and type(port) == 'string' and port ~= '' then return port end
  if number then
    error(("bad argument 'port' to '%s' (an integer from 0 to 65535 expected, got %s)"):format(method, tostring(port)), 3)
  end
  badArgument('port', method, 'number', port, 3)
end

local function checkOptional(value, kind, name, method)
  if value ~= nil and type(value) ~= kind then badArgument(name, method, kind, value, 3) end
end

local function isAddress(host)
  return host:find(':', 1, true) ~= nil or host:find('^%d+%.%d+%.%d+%.%d+$') ~= nil
end

-- Errors -------------------------------------------------------------------------------------------------------------

---What an error code means, and where it happened: `ECONNREFUSED: connection refused, connect 127.0.0.1:80`.
---@param code string as libuv names it
---@param what string
---@return luvit.Error
local function describe(code, what)
  local number = uv.errno[code]
  local text = number and uv.translate_sys_error(number) or code .. ': error'
  return Error:new(('%s, %s'):format(text, what))
end

local function endpoint(host, port)
  return (host:find(':', 1, true) and '[%s]:%s' or '%s:%s'):format(host, port)
end

-- Socket -------------------------------------------------------------------------------------------------------------

---A TCP connection, or with `listen` the socket of a server.
---
---Events: `connect`; `data`, `end`, `finish`, `drain` as every duplex stream; `timeout`; `connection` (Socket) when
---listening; `close`, always the last one; and before it `error`, when something failed. An error of a system call
---arrives as its code (`'ECONNREFUSED'`), as in luvit 2; a second argument is the whole story, with `message` and `code`.
---@class luvit.net.Socket: luvit.Duplex
---@field _handle? uv_tcp_t
---@field destroyed boolean
---@field writable boolean false once it was ended or destroyed
local Socket = Duplex:extend()
Socket.allowHalfOpen = false
Socket.writable = true
Socket.destroyed = false
Socket._connecting = false
Socket._reading = false

---@class luvit.net.SocketOptions
---@field handle? uv_tcp_t use this handle; reading starts when somebody asks for data
---@field fd? integer use this file descriptor
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
    self._handle = options.handle
  elseif options.fd then
    local handle = assert(uv.new_tcp())
    local ok, err = uv.tcp_open(handle, options.fd)
    if not ok then
      uv.close(handle)
      error(err, 3)
    end
    self._handle = handle
  end
end

local function ensureHandle(self)
  local handle = self._handle
  if not handle then
    handle = assert(uv.new_tcp())
    self._handle = handle
  end
  return handle
end

-- The functions that have no use before there is a handle say so as the system does.
local function notConnected()
  return nil, 'ENOTCONN: socket is not connected', 'ENOTCONN'
end

-- Calls a function of `uv` that raises an error for what is no address; here that is a failure like others.
local function withAddress(fn, ...)
  local called, result, err, code = pcall(fn, ...)
  if not called then return nil, 'EINVAL: invalid argument', 'EINVAL' end
  return result, err, code
end

---Binds the socket to a local address, for `listen` or before `connect`.
---@param ip string numeric
---@param port integer|string 0 lets the system choose
---@return 0? success, string? err, string? code
function Socket:bind(ip, port)
  if type(ip) ~= 'string' then badArgument('ip', 'bind', 'string', ip, 2) end
  port = checkPort(port, 'bind')
  local ok, err, code = withAddress(uv.tcp_bind, ensureHandle(self), ip, port)
  if ok then self._bound = { ip = ip, port = port } end
  return ok, err, code
end

---The address of the peer.
---@return { ip: string, port: integer, family: string }? address, string? err, string? code
function Socket:address()
  if not self._handle then return notConnected() end
  return uv.tcp_getpeername(self._handle)
end
Socket.getpeername = Socket.address

---The local address.
---@return { ip: string, port: integer, family: string }? address, string? err, string? code
function Socket:getsockname()
  if not self._handle then return notConnected() end
  return uv.tcp_getsockname(self._handle)
end

-- Options of the connection ------------------------------------------------------------------------------------------

---Whether small writes leave at once (TCP_NODELAY). They do unless this is called with false.
---@param enable boolean
---@return 0? success, string? err, string? code
function Socket:nodelay(enable)
  self._nagle = not enable
  if not self._handle or self._connecting then return 0 end
  return uv.tcp_nodelay(self._handle, enable and true or false)
end

---Whether the system looks from time to time if the peer is still there.
---@param enable boolean
---@param delay? integer seconds of silence before it looks, 60 by default
---@return 0? success, string? err, string? code
function Socket:keepalive(enable, delay)
  checkOptional(delay, 'number', 'delay', 'keepalive')
  delay = math.max(1, math.floor(delay or 60))
  self._keepalive = enable and delay or nil
  if not self._handle or self._connecting then return 0 end
  return uv.tcp_keepalive(self._handle, enable and true or false, delay)
end

---Emits `timeout` when nothing was sent or received for so long. The connection stays as it is.
---@param msecs number milliseconds; 0 ends the timeout
---@param callback? fun() listener for the next `timeout`; with 0 the one to remove
---@return self
function Socket:setTimeout(msecs, callback)
  if type(msecs) ~= 'number' then badArgument('msecs', 'setTimeout', 'number', msecs, 2) end
  if msecs > 0 then
    if not self.destroyed then
      timer.enroll(self, msecs)
      timer.active(self)
    end
    if callback then self:once('timeout', callback) end
  else
    timer.unenroll(self)
    if callback then self:removeListener('timeout', callback) end
  end
  return self
end

local function bufferSize(self, fn, method, ...)
  if select('#', ...) > 0 then
    local size = ...
    if type(size) ~= 'number' or not (size > 0) then badArgument('size', method, 'number greater than 0', size, 3) end
  end
  if not self._handle then return notConnected() end
  return fn(self._handle, ...)
end

---@return integer? bytes, string? err, string? code
function Socket:getSendBufferSize()
  return bufferSize(self, uv.send_buffer_size, 'getSendBufferSize')
end

---@return integer? bytes, string? err, string? code
function Socket:getRecvBufferSize()
  return bufferSize(self, uv.recv_buffer_size, 'getRecvBufferSize')
end

---@param size integer bytes
---@return integer? success, string? err, string? code
function Socket:setSendBufferSize(size)
  return bufferSize(self, uv.send_buffer_size, 'setSendBufferSize', size)
end

---@param size integer bytes
---@return integer? success, string? err, string? code
function Socket:setRecvBufferSize(size)
  return bufferSize(self, uv.recv_buffer_size, 'setRecvBufferSize', size)
end

---Lets the connection keep the program running, which is the default.
---@return self
function Socket:ref()
  self._unref = nil
  if self._handle then uv.ref(self._handle) end
  return self
end

---Lets the program end although the connection is open.
---@return self
function Socket:unref()
  self._unref = true
  if self._handle then uv.unref(self._handle) end
  return self
end

-- Reading ------------------------------------------------------------------------------------------------------------

local function isActive(self)
  return self._handle and not self._connecting and not self.destroyed
end

local function stopReading(self)
  if not self._reading then return end
  self._reading = false
  if not uv.is_closing(self._handle) then uv.read_stop(self._handle) end
end

-- One closure a socket, made when it first reads.
local function readCallback(self)
  local function onRead(err, data)
    if self.destroyed then return end
    timer.active(self)
    if err then
      self:destroy(err)
    elseif data then
      if not self:push(data) and not self.destroyed then stopReading(self) end
    else
      stopReading(self)
      self._eof = true
      self:push(nil)
      -- With nothing left in the buffer, the end is seen even if nobody reads.
      self:read(0)
    end
  end
  self._onRead = onRead
  return onRead
end

function Socket:_read()
  -- Before the connection is there, `connected` begins to read.
  if self._reading or self._eof or not isActive(self) then return end
  self._reading = true
  local ok, _, code = uv.read_start(self._handle, self._onRead or readCallback(self))
  if not ok then
    self._reading = false
    self:destroy(code)
  end
end

---Stops reading from the peer, which is slowed down when the system's buffers are full.
---@return self
function Socket:pause()
  Duplex.pause(self)
  stopReading(self)
  return self
end

---@return self
function Socket:resume()
  Duplex.resume(self)
  -- A pause stops a read that the stream is still waiting for.
  self:_read()
  return self
end

-- Writing ------------------------------------------------------------------------------------------------------------

local function writeCallback(self)
  local function onWrite(err)
    -- `destroy` answers for everything that was not written.
    if self.destroyed then return end
    timer.active(self)
    if err then
      self:destroy(err)
      return
    end
    local callback = self._writing
    self._writing = nil
    callback()
  end
  self._onWrite = onWrite
  return onWrite
end

-- Sends a string, or several as a list. The stream has one write under way at most.
local function send(self, data, callback)
  self._writing = callback
  if not isActive(self) then
    -- Not connected yet: `connected` sends it.
    self._unsent = data
    return
  end
  timer.active(self)
  local ok, _, code = uv.write(self._handle, data, self._onWrite or writeCallback(self))
  if not ok then self:destroy(code) end
end

function Socket:_write(data, callback)
  send(self, data, callback)
end

function Socket:_writev(requests, callback)
  local list = {}
  for i = 1, #requests do list[i] = requests[i].chunk end
  -- A subclass that changes what is sent knows `_write` only.
  if self._write == Socket._write then
    send(self, list, callback)
  else
    self:_write(table.concat(list), callback)
  end
end

---Sends data, after what was written before. Before the connection is there it waits.
---@param chunk string
---@param callback? fun(err?: any) called when the system has taken it, or with the error
---@return boolean # false: wait for `drain` before writing more
function Socket:write(chunk, callback)
  if not self.destroyed then return Duplex.write(self, chunk, callback) end
  -- `error` and `close` have told everybody else.
  if type(callback) == 'function' then timer.setImmediate(callback, 'EPIPE') end
  return false
end

-- Destroys the socket when both sides have ended.
local function settle(self)
  if self.destroyed then return end
  local writable = rawget(self, '_writableState')
  if not (writable and writable.finished) then return end
  if self.readable then
    -- Only who reads notices that the peer ends too.
    if not self._readableState or self._readableState.flowing == nil then self:read(0) end
  else
    self:destroy()
  end
end

-- The stream has written everything: tells the peer, then lets the stream emit `finish`.
function Socket:_final(callback)
  self.writable = false
  if not isActive(self) then
    self._unfinished = callback
    return
  end
  local function done(err)
    if self.destroyed then return end
    -- A peer that is gone already needs no goodbye.
    if err and err ~= 'ENOTCONN' then return self:destroy(err) end
    callback()
    timer.setImmediate(settle, self)
  end
  local ok, _, code = uv.shutdown(self._handle, done)
  if not ok then done(code) end
end

---Ends the stream after a last chunk. The peer sees the end when everything has been sent.
---@param chunk? string
---@param callback? fun() called when that is done
function Socket:_end(chunk, callback)
  if self.destroyed then return end
  Duplex._end(self, chunk, callback)
end

---Ends our side of the connection when everything has been sent; the peer may go on.
---@param callback? fun() called when that is done, or the socket is closed
function Socket:shutdown(callback)
  if callback then
    local state = rawget(self, '_writableState')
    if self.destroyed or state and state.finished then
      timer.setImmediate(callback)
    else
      local function done()
        self:removeListener('finish', done)
        self:removeListener('close', done)
        callback()
      end
      self:on('finish', done)
      self:on('close', done)
    end
  end
  self:_end()
end

function Socket:emit(name, ...)
  if name == 'end' then timer.setImmediate(settle, self) end
  return Duplex.emit(self, name, ...)
end

-- An error that nobody listens for is raised with all that is known about it.
function Socket:missingHandlerType(name, err, detail)
  return Duplex.missingHandlerType(self, name, detail or err)
end

-- Connecting ---------------------------------------------------------------------------------------------------------

local function configure(self)
  local handle = self._handle
  -- A small answer must not wait for the acknowledgement of the one before.
  if not self._nagle then uv.tcp_nodelay(handle, true) end
  if self._keepalive then uv.tcp_keepalive(handle, true, self._keepalive) end
end

-- Does what had to wait for the connection.
local function connected(self, callback)
  self._connecting = false
  configure(self)
  timer.active(self)
  if self._unsent then
    local data = self._unsent
    self._unsent = nil
    send(self, data, self._writing)
  end
  if self._unfinished then
    local finish = self._unfinished
    self._unfinished = nil
    self:_final(finish)
  end
  local readable = rawget(self, '_readableState')
  if readable and readable.reading and readable.flowing ~= false then self:_read() end
  self:emit('connect')
  if callback then callback() end
end

-- A handle whose connection failed cannot be used again.
local function replaceHandle(self)
  uv.close(self._handle)
  self._handle = nil
  local handle = ensureHandle(self)
  if self._unref then uv.unref(handle) end
  if self._bound then uv.tcp_bind(handle, self._bound.ip, self._bound.port) end
end

-- Tries one address after the other.
local function tryAddresses(self, addresses, callback)
  local index = 0
  local tryNext
  local function failed(code)
    if index < #addresses then
      replaceHandle(self)
      return tryNext()
    end
    local address = addresses[index]
    self:destroy(code, nil, describe(code, 'connect ' .. endpoint(address.addr, address.port)))
  end
  function tryNext()
    index = index + 1
    timer.active(self)
    local address = addresses[index]
    local ok, _, code = withAddress(uv.tcp_connect, self._handle, address.addr, address.port, function(err)
      if self.destroyed then return end
      if err then return failed(err) end
      connected(self, callback)
    end)
    if not ok then failed(code) end
  end
  tryNext()
end

-- Calls back with the error's code and description, or with the list of addresses.
local function resolve(host, port, callback)
  if isAddress(host) and type(port) == 'number' then
    return callback(nil, nil, { { addr = host, port = port } })
  end
  local function done(code, found)
    if code or #found == 0 then
      code = code or 'EAI_NONAME'
      return callback(code, describe(code, 'getaddrinfo ' .. host))
    end
    for _, address in ipairs(found) do
      if type(port) == 'number' then address.port = port end
    end
    callback(nil, nil, found)
  end
  local service = type(port) == 'string' and port or nil
  local ok, _, code = uv.getaddrinfo(host, service, { socktype = 'stream' }, done)
  if not ok then done(code) end
end

---Connects to a server. A host name is looked up and its addresses are tried in turn.
---@param port integer|string|{ port: integer|string, host?: string } a name of a service does too
---@param host? string|fun() 127.0.0.1 by default
---@param callback? fun() called after `connect` was emitted
---@return self
function Socket:connect(port, host, callback)
  if type(port) == 'table' then
    port, host, callback = port.port, port.host, host
  elseif type(host) == 'function' then
    host, callback = nil, host
  end
  port = checkPort(port, 'connect', true)
  checkOptional(host, 'string', 'host', 'connect')
  checkOptional(callback, 'function', 'callback', 'connect')
  if self.destroyed or self._connecting then
    error(self.destroyed and 'connect: the socket is destroyed' or 'connect: the socket is connecting already', 2)
  end
  host = host or '127.0.0.1'
  self._connecting = true
  local handle = ensureHandle(self)
  if self._unref then uv.unref(handle) end
  timer.active(self)
  resolve(host, port, function(code, detail, addresses)
    if self.destroyed then return end
    if code then return self:destroy(code, nil, detail) end
    tryAddresses(self, addresses, callback)
  end)
  return self
end

-- The end ------------------------------------------------------------------------------------------------------------

-- The callbacks of what was not sent. A socket that nothing was written to needs no methods of streams.
local function takeWrites(stream)
  if not rawget(stream, '_writableState') then return {} end
  return require('stream/writable').takeWrites(stream)
end

local function closed(self, err, detail)
  -- Each on its own turn: an error in one of them does not keep the others from being called.
  local later = timer.setImmediate
  for _, callback in ipairs(takeWrites(self)) do later(callback, err or 'ECANCELED') end
  if err ~= nil then later(self.emit, self, 'error', err, detail) end
  later(function()
    self._closeEmitted = true
    self:emit('close', err ~= nil)
  end)
end

---Closes the connection at once; what was not sent yet is dropped.
---@param err? any emitted as `error` before `close`
---@param callback? fun() called after `close`
---@param detail? luvit.Error second argument of `error`
function Socket:destroy(err, callback, detail)
  checkOptional(callback, 'function', 'callback', 'destroy')
  if callback then
    if self._closeEmitted then timer.setImmediate(callback) else self:once('close', function() callback() end) end
  end
  if self.destroyed then return end
  self.destroyed = true
  self.readable = false
  self.writable = false
  self._connecting = false
  self._reading = false
  self._writing, self._unsent, self._unfinished = nil, nil, nil
  local readable = rawget(self, '_readableState')
  if readable then readable.flowing = false end
  timer.unenroll(self)
  if err ~= nil and detail == nil and type(err) == 'string' and uv.errno[err] then
    local peer = self:address()
    detail = describe(err, peer and endpoint(peer.ip, peer.port) or 'socket')
  end
  local handle = self._handle
  if handle and not uv.is_closing(handle) then
    uv.close(handle, function() closed(self, err, detail) end)
  else
    closed(self, err, detail)
  end
end

-- Listening ----------------------------------------------------------------------------------------------------------

---Accepts connections on a bound socket; each is emitted as `connection`.
---@param backlog? integer how many may wait to be accepted, 128 by default
---@param options? { allowHalfOpen?: boolean, highWaterMark?: integer } for the connections
---@return 0? success, string? err, string? code
function Socket:listen(backlog, options)
  checkOptional(backlog, 'number', 'backlog', 'listen')
  checkOptional(options, 'table', 'options', 'listen')
  local handle = ensureHandle(self)
  return uv.listen(handle, backlog or 128, function(err)
    if self.destroyed then return end
    if err then return self:emit('error', err, describe(err, 'accept')) end
    local client = assert(uv.new_tcp())
    if not uv.accept(handle, client) then
      -- The peer gave up before its turn came.
      uv.close(client)
      return
    end
    local socket = Socket:new({
      handle = client,
      allowHalfOpen = options and options.allowHalfOpen,
      highWaterMark = options and options.highWaterMark,
    })
    socket._keepalive = 60
    configure(socket)
    self:emit('connection', socket)
  end)
end

-- Server -------------------------------------------------------------------------------------------------------------

---A TCP server. Events: `listening`; `connection` (Socket); `close`; `error` (luvit.Error), which when it comes from
---`listen` leaves the server as it was before.
---@class luvit.net.Server: luvit.Emitter
---@field _handle? luvit.net.Socket the listening socket
local Server = Emitter:extend()

---@param options? { handle?: uv_tcp_t, allowHalfOpen?: boolean, highWaterMark?: integer }
---@param connectionListener? fun(socket: luvit.net.Socket)
function Server:initialize(options, connectionListener)
  if options ~= nil or connectionListener ~= nil then self:init(options, connectionListener) end
end

---What the constructor does, for classes that have their own.
---@param options? table|fun(socket: luvit.net.Socket)
---@param connectionListener? fun(socket: luvit.net.Socket)
function Server:init(options, connectionListener)
  if type(options) == 'function' then options, connectionListener = nil, options end
  checkOptional(options, 'table', 'options', 'createServer')
  checkOptional(connectionListener, 'function', 'connectionListener', 'createServer')
  self._options = options
  if connectionListener then
    self._connectionListener = connectionListener
    self:on('connection', connectionListener)
  end
  if options and options.handle then
    local handle = options.handle
    self._handle = handle.meta and handle or Socket:new({ handle = handle })
  end
end

-- Emits what went wrong, when the caller has had the time to listen for it.
local function listenFailed(self, socket, err)
  self._handle, self._listening = nil, nil
  socket:destroy()
  timer.setImmediate(self.emit, self, 'error', err)
end

local function startListening(self, socket, address, backlog)
  local ok, _, code = socket:bind(address.addr, address.port)
  if ok then ok, _, code = socket:listen(backlog, self._options) end
  if not ok then
    return listenFailed(self, socket, describe(code, 'listen ' .. endpoint(address.addr, address.port)))
  end
  timer.setImmediate(function()
    if not socket.destroyed then self:emit('listening') end
  end)
end

---Begins to accept connections.
---@param port? integer|string|{ port?: integer|string, host?: string, backlog?: integer } 0, the default, lets the system choose
---@param ip? string|fun() all IPv4 addresses by default; `::` is all of both families
---@param backlog? integer|fun() how many connections may wait to be accepted, 128 by default
---@param callback? fun() listener for `listening`
---@return self
function Server:listen(port, ip, backlog, callback)
  if type(port) == 'table' then
    callback = ip
    port, ip, backlog = port.port, port.host or port.ip, port.backlog
  elseif type(port) == 'function' then
    port, callback = nil, port
  elseif type(ip) == 'function' then
    ip, backlog, callback = nil, nil, ip
  elseif type(backlog) == 'function' then
    backlog, callback = nil, backlog
  end
  if type(ip) == 'number' then ip, backlog = nil, ip end
  port = checkPort(port or 0, 'listen', true)
  checkOptional(ip, 'string', 'ip', 'listen')
  checkOptional(backlog, 'number', 'backlog', 'listen')
  checkOptional(callback, 'function', 'callback', 'listen')
  if self._listening then error('listen: the server is listening already', 2) end
  if callback then self:once('listening', callback) end

  local socket = self._handle or Socket:new()
  self._handle, self._listening = socket, true
  socket:on('connection', function(client) self:emit('connection', client) end)
  socket:on('error', function(err, detail) self:emit('error', detail or err) end)
  socket:on('close', function()
    if self._handle == socket then
      self._handle, self._listening = nil, nil
      self:emit('close')
    end
  end)
  resolve(ip or '0.0.0.0', port, function(code, detail, addresses)
    if socket.destroyed then return end
    if code then return listenFailed(self, socket, detail) end
    startListening(self, socket, addresses[1], backlog)
  end)
  return self
end

---Where the server listens.
---@return { ip: string, port: integer, family: string }? address, string? err, string? code
function Server:address()
  if not self._handle then return nil, 'EBADF: the server is not listening', 'EBADF' end
  return self._handle:getsockname()
end

---Stops accepting connections. Those that are open stay.
---@param err? any emitted as `error`
---@param callback? fun() called when it is done
function Server:destroy(err, callback)
  checkOptional(callback, 'function', 'callback', 'destroy')
  if self._handle then
    self._handle:destroy(err, callback)
  elseif callback then
    timer.setImmediate(callback)
  end
end

---Stops accepting connections. Those that are open stay.
---@param callback? fun() called when it is done
---@return self
function Server:close(callback)
  self:destroy(nil, callback)
  return self
end

-- Module -------------------------------------------------------------------------------------------------------------

---Connects to a server, see `Socket:connect`.
---@param port integer|string|table options of the socket may be among those of the connection
---@param host? string|fun()
---@param callback? fun()
---@return luvit.net.Socket
local function createConnection(port, host, callback)
  local socket = Socket:new(type(port) == 'table' and port or nil)
  return socket:connect(port, host, callback)
end

---Makes a server; `listen` starts it.
---@param options? { allowHalfOpen?: boolean, highWaterMark?: integer }|fun(socket: luvit.net.Socket)
---@param connectionListener? fun(socket: luvit.net.Socket) listener for `connection`
---@return luvit.net.Server
local function createServer(options, connectionListener)
  local server = Server:new()
  server:init(options, connectionListener)
  return server
end

return {
  Server = Server,
  Socket = Socket,
  createConnection = createConnection,
  connect = createConnection,
  createServer = createServer,
  _takeWrites = takeWrites,
}
