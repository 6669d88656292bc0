-- The server: a face over the native engine, which accepts, parses and writes.

local Emitter = require('core').Emitter
local native = require('luvit:http')
local IncomingMessage = require('http/message')
local response = require('http/response')

local ServerResponse, active = response.ServerResponse, response.active
local setmetatable, rawget = setmetatable, rawget

-- Bits of a request, see `head` in `modules/http/connection.rs`.
local HAS_BODY, UPGRADE, CONTINUE = 1, 2, 4
-- Notices, see `Notice` there.
local DATA, END, CLOSED, DRAIN, TIMEOUT, CLIENT_ERROR = 1, 2, 3, 4, 5, 6

---The limits of a server with their defaults: options of `createServer` and fields of the server afterwards.
local LIMITS = {
  maxHeaderSize = 16384,
  maxUrlLength = 8192,
  maxHeadersCount = 2000,
  headersTimeout = 60000,
  requestTimeout = 300000,
  keepAliveTimeout = 5000,
  timeout = 0,
  maxConnections = 0,
  maxRequestsPerSocket = 0,
}

---@class http.Server : Emitter
---@field maxHeaderSize integer bytes of a request's head, 16384; 431 over it
---@field maxUrlLength integer bytes of the target, 8192; 414 over it
---@field maxHeadersCount integer fields of a head, 2000; 431 over it
---@field headersTimeout integer ms for a head, 60000; 408 over it
---@field requestTimeout integer ms for a whole request, 300000; 408 over it
---@field keepAliveTimeout integer ms between requests, 5000
---@field timeout integer ms without activity while answering, 0 for no limit
---@field maxConnections integer open at once, 0 for no limit; more are closed at once
---@field maxRequestsPerSocket integer 0 for no limit
---@field listening boolean
local Server = Emitter:extend()

Server.meta.__index = function(self, name)
  local value = Server[name]
  if value ~= nil then return value end
  if LIMITS[name] then return rawget(self, '_limits')[name] end
end

Server.meta.__newindex = function(self, name, value)
  if LIMITS[name] then
    native.configure(self._id, name, value)
    self._limits[name] = value
  else
    rawset(self, name, value)
  end
end

-- Events ------------------------------------------------------------------------------------------------------------

local function messages(exchange, head, method, url, minor)
  local req = setmetatable({
    _exchange = exchange, _head = head, method = method, url = url,
    httpVersion = minor == 1 and '1.1' or '1.0', complete = false,
  }, IncomingMessage.meta)
  local res = setmetatable({
    _exchange = exchange, req = req, statusCode = 200, headersSent = false, finished = false, _headed = false,
  }, ServerResponse.meta)
  return req, res
end

---Hands a request that asks for more than an answer to whoever listens for it.
local function special(server, req, res, bits)
  if bits >= CONTINUE then
    bits = bits - CONTINUE
    if server:listenerCount('checkContinue') > 0 then return server:emit('checkContinue', req, res) end
    res:writeContinue()
  end
  if bits >= UPGRADE then
    req.is_upgraded = true
    local name = req.method == 'CONNECT' and 'connect' or 'upgrade'
    if server:listenerCount(name) > 0 then
      local socket = req.socket
      return server:emit(name, req, socket, socket:takeOver())
    end
  end
  return server._onRequest(req, res)
end

---The function that the native half calls for each request.
local function requestListener(server)
  return function(exchange, head, method, url, minor, bits)
    local req, res = messages(exchange, head, method, url, minor)
    if bits == 0 then
      req.complete = true
      server._onRequest(req, res)
      if not res.finished then active[exchange] = res end
      return
    end
    active[exchange] = res
    if bits % 2 == HAS_BODY then
      bits = bits - HAS_BODY
    else
      req.complete = true
    end
    if bits == 0 then
      server._onRequest(req, res)
    else
      special(server, req, res, bits)
    end
  end
end

local function onClosed(exchange, res)
  active[exchange] = nil
  local req = res.req
  if not req.complete then
    req.aborted = true
    req:emit('aborted')
    if req:listenerCount('error') > 0 then req:emit('error', 'ECONNRESET: the client closed the connection') end
    req:emit('close')
  end
  res:emit('close')
end

---The function that the native half calls for everything else of an exchange.
local function eventListener(server)
  return function(exchange, notice, text)
    if not exchange then return server:_ended() end
    if notice == CLIENT_ERROR then
      if server:listenerCount('clientError') > 0 then
        local status, message = text:match('^(%d+) ?(.*)$')
        server:emit('clientError', { code = 'HPE_INVALID', statusCode = tonumber(status), message = message })
      end
      return
    end
    local res = active[exchange]
    if not res then return end
    local req = res.req
    if notice == DATA then
      if not req:push(text) then native.pause(exchange) end
    elseif notice == END then
      if #text > 0 then
        req.trailers = setmetatable(native.trailers(text), require('http-header').headerMeta)
      end
      req.complete = true
      req._ended = true
      if res.finished then active[exchange] = nil end
      req:push(nil)
    elseif notice == DRAIN then
      res:emit('drain')
    elseif notice == CLOSED then
      onClosed(exchange, res)
    elseif notice == TIMEOUT then
      if res:listenerCount('timeout') + req:listenerCount('timeout') + server:listenerCount('timeout') == 0 then
        native.destroy(exchange)
      else
        req:emit('timeout')
        res:emit('timeout')
        server:emit('timeout', req.socket)
      end
    end
  end
end

-- One listener is called without the emitter's detour; several are called in turn.
local function updateRequestListener(server)
  local listeners = {}
  for _, listener in ipairs(server:listeners('request')) do
    if listener then listeners[#listeners + 1] = listener end
  end
  if #listeners == 1 and server:listenerCount('request') == 1 and type(listeners[1]) == 'function' then
    server._onRequest = listeners[1]
  else
    server._onRequest = function(req, res)
      if server:listenerCount('request') == 0 then return res:writeHead(404):finish() end
      server:emit('request', req, res)
    end
  end
end

local function onListenersChanged(server, name)
  if name == 'request' or name == nil then updateRequestListener(server) end
  if name == 'connection' or name == nil then
    local wanted = server:listenerCount('connection') > 0
    native.on_connection(server._id, wanted and function(exchange)
      server:emit('connection', require('http/socket').of(exchange))
    end or nil)
  end
end

function Server:on(name, listener)
  local result = Emitter.on(self, name, listener)
  onListenersChanged(self, name)
  return result
end

function Server:removeListener(name, listener)
  local result = Emitter.removeListener(self, name, listener)
  onListenersChanged(self, name)
  return result
end

function Server:removeAllListeners(name)
  Emitter.removeAllListeners(self, name)
  onListenersChanged(self, name)
end

-- Listening ---------------------------------------------------------------------------------------------------------

---@param options? table limits by their names
---@param onRequest? fun(req: http.IncomingMessage, res: http.ServerResponse)
function Server:initialize(options, onRequest)
  rawset(self, '_limits', setmetatable({}, { __index = LIMITS }))
  rawset(self, 'listening', false)
  rawset(self, '_id', native.server(requestListener(self), eventListener(self)))
  if type(options) == 'function' then
    options, onRequest = nil, options
  end
  if options ~= nil then
    for name in pairs(LIMITS) do
      if options[name] ~= nil then self[name] = options[name] end
    end
  end
  if onRequest then
    self:on('request', onRequest)
  else
    updateRequestListener(self)
  end
end

local function failLater(self, err)
  process.nextTick(function()
    self:emit('error', err)
    self:emit('close')
  end)
end

-- Binds and listens on a numeric address.
local function listenOn(self, ip, port, backlog)
  local uv = require('uv')
  local tcp, err, code = uv.new_tcp()
  local ok = tcp ~= nil
  if ok then ok, err, code = tcp:bind(ip, port) end
  if ok then ok, err, code = native.listen(self._id, tcp, backlog) end
  if not ok then
    if tcp then tcp:close() end
    local Error = require('core').Error
    local failure = Error:new(('%s (listen %s:%d)'):format(err, ip, port))
    failure.code = code
    return failLater(self, failure)
  end
  rawset(self, '_handle', tcp)
  rawset(self, 'listening', true)
  process.nextTick(function()
    if self.listening then self:emit('listening') end
  end)
end

---Listens for connections.
---@param port? integer|table 0 takes a free one; or `{port=, host=, backlog=}`
---@param host? string `'0.0.0.0'`; a name is looked up
---@param backlog? integer 511
---@param callback? function called when it listens
---@return http.Server self
function Server:listen(port, host, backlog, callback)
  local options = { port = port, host = host, backlog = backlog }
  if type(port) == 'table' then
    options = port
    callback = host
  elseif type(port) == 'function' then
    options, callback = { port = 0 }, port
  elseif type(host) == 'function' then
    options, callback = { port = port }, host
  elseif type(backlog) == 'function' then
    options.backlog, callback = nil, backlog
    if type(host) == 'number' then options.host, options.backlog = nil, host end
  end
  if self.listening then error('the server listens already', 2) end
  port = tonumber(options.port or 0)
  if not port or port < 0 or port > 65535 or port % 1 ~= 0 then
    error(("bad argument #1 to 'listen' (port 0 to 65535 expected, got %s)"):format(tostring(options.port)), 2)
  end
  if callback then self:once('listening', callback) end
  host, backlog = options.host or '0.0.0.0', options.backlog or 511
  if host:find('^[%d.]+$') or host:find(':', 1, true) then
    listenOn(self, host, port, backlog)
  else
    local _, err = require('uv').getaddrinfo(host, nil, { socktype = 'stream' }, function(err, found)
      if err then return failLater(self, ('%s: cannot look up %s'):format(err, host)) end
      listenOn(self, found[1].addr, port, backlog)
    end)
    if err then failLater(self, err) end
  end
  return self
end

---The address it listens on, `{ip=, port=, family=}`.
function Server:address()
  local handle = rawget(self, '_handle')
  if handle and self.listening then return handle:getsockname() end
end

---Stops listening; calls back when the requests under way are answered and every connection is closed.
---@param callback? fun(err: string?)
---@return http.Server self
function Server:close(callback)
  if not self.listening then
    if callback then process.nextTick(callback, 'ENOTCONN: the server does not listen') end
    return self
  end
  if callback then self:once('close', callback) end
  rawset(self, 'listening', false)
  native.close(self._id)
  return self
end

---Stops listening and ends every connection at once.
function Server:destroy(_, callback)
  self:close(callback)
  native.close_all(self._id)
end

---Ends every connection at once.
function Server:closeAllConnections()
  native.close_all(self._id)
end

---@param callback fun(err: nil, count: integer)
function Server:getConnections(callback)
  process.nextTick(callback, nil, native.connections(self._id))
end

---Ends connections that are silent so long while a request is answered, unless `timeout` has listeners.
---@param ms integer
---@param callback? function
function Server:setTimeout(ms, callback)
  self.timeout = ms
  if callback then self:on('timeout', callback) end
  return self
end

-- The native half has closed everything; the server may listen again.
function Server:_ended()
  rawset(self, '_handle', nil)
  rawset(self, '_id', native.server(requestListener(self), eventListener(self)))
  for name, value in pairs(self._limits) do native.configure(self._id, name, value) end
  onListenersChanged(self)
  self:emit('close')
end

-- Any stream --------------------------------------------------------------------------------------------------------

-- All streams given to `handleConnection` are connections of one server; their handlers are kept by connection.
local shared
local CONNECTIONS = 2 ^ 20

local function sharedServer()
  if shared then return shared end
  shared = Server:new()
  shared._handlers = {}
  shared:on('request', function(req, res)
    local entry = shared._handlers[req._exchange % CONNECTIONS]
    if entry then entry.onRequest(req, res) end
  end)
  return shared
end

---Serves HTTP on a stream, such as a TLS socket.
---@param socket Duplex
---@param onRequest fun(req: http.IncomingMessage, res: http.ServerResponse)
local function handleConnection(socket, onRequest)
  local server = sharedServer()
  local connection, onData, onEnd, onDrain, onClose

  local function release()
    server._handlers[connection] = nil
    socket:removeListener('data', onData)
    socket:removeListener('end', onEnd)
    socket:removeListener('drain', onDrain)
    socket:removeListener('close', onClose)
  end

  connection = native.attach(server._id, function(bytes)
    if bytes then
      socket:write(bytes)
    elseif bytes == nil then
      release()
      socket:_end()
    else
      release()
      socket:destroy()
    end
  end)
  server._handlers[connection] = { onRequest = onRequest, socket = socket, release = release }

  function onData(chunk) native.feed(connection, chunk) end
  function onEnd() native.feed(connection, nil) end
  function onDrain() native.drained(connection) end
  function onClose()
    native.feed(connection, nil)
    if server._handlers[connection] then release() end
  end
  socket:on('data', onData)
  socket:on('end', onEnd)
  socket:on('drain', onDrain)
  socket:on('close', onClose)
end

return {
  Server = Server,
  handleConnection = handleConnection,
  ---The stream of a connection that `handleConnection` serves, and how to let go of it.
  attached = function(exchange)
    return shared and shared._handlers[exchange % CONNECTIONS]
  end,
  ---@param options? table|function
  ---@param onRequest? fun(req: http.IncomingMessage, res: http.ServerResponse)
  ---@return http.Server
  createServer = function(options, onRequest)
    return Server:new(options, onRequest)
  end,
}
