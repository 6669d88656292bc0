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
local DATA, END, CLOSED, DRAIN, TIMEOUT, CLIENT_ERROR, SOCKET_CLOSED = 1, 2, 3, 4, 5, 6, 7

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
  -- Of servers with TLS.
  handshakeTimeout = 120000,
}

---An HTTP server. Its limits are fields, and options of `createServer` by the same names.
---
---Events: `request` (IncomingMessage, ServerResponse); `listening`, `error`, `close`; `connection` (Socket);
---`clientError` (Error, Socket) for bytes that are no HTTP; `timeout` (Socket); `checkContinue` (as `request`) for those
---who wait for `100 Continue`, which is sent by itself otherwise; `upgrade` and `connect` (IncomingMessage, Socket, the
---bytes read behind the head) when the connection is to be no longer HTTP.
---@class luvit.http.Server: luvit.Emitter
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
-- What is emitted for a new connection.
Server._connectionEvents = { 'connection' }

-- A server with TLS must know who listens.
function Server:_listenersChanged() end -- luacheck: ignore

---Limits of a server, see the fields of `Server`.
---@class luvit.http.ServerOptions
---@field maxHeaderSize? integer
---@field maxUrlLength? integer
---@field maxHeadersCount? integer
---@field headersTimeout? integer
---@field requestTimeout? integer
---@field keepAliveTimeout? integer
---@field timeout? integer
---@field maxConnections? integer
---@field maxRequestsPerSocket? integer
---@field compress? boolean|luvit.zlib.CompressorOptions compresses answers for clients that accept it, as `zlib.compressor`; false by default

---Where a server listens.
---@class luvit.http.ListenOptions
---@field port? number|string
---@field host? string
---@field path? string of a local socket (Unix domain socket, named pipe), instead of port and host
---@field readableAll? boolean everybody may read from that socket
---@field writableAll? boolean everybody may write to it
---@field backlog? number

-- Raises an error at the caller of the method that was called with the wrong value.
local function checkCallback(callback, name, method, level)
  if type(callback) == 'function' or type(callback) == 'table' then return end
  error(("bad argument '%s' to '%s' (function expected, got %s)"):format(name, method, type(callback)), level or 3)
end

local function checkLimit(name, value, level)
  if type(value) == 'number' and value >= 0 then return end
  error(("bad value for '%s' (number of at least 0 expected, got %s)"):format(name, tostring(value)), level + 1)
end

-- Limits are fields like others to a script, and known to the native half from the first `listen` on.
local function giveLimits(class)
  class.meta.__index = function(self, name)
    local limit = LIMITS[name]
    if not limit then return class[name] end
    local own = rawget(self, '_limits')
    return own and own[name] or rawget(class, name) or limit
  end
  class.meta.__newindex = function(self, name, value)
    local limits = LIMITS[name] and rawget(self, '_limits')
    if not limits then return rawset(self, name, value) end
    checkLimit(name, value, 2)
    limits[name] = value
    local id = rawget(self, '_id')
    if id then native.configure(id, name, value) end
  end
  return class
end

giveLimits(Server)

function Server:extend()
  return giveLimits(Emitter.extend(self))
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
  if bits >= UPGRADE and bits ~= CONTINUE then
    local name = req.method == 'CONNECT' and 'connect' or 'upgrade'
    req.is_upgraded = true
    if server:listenerCount(name) > 0 then
      bits = bits - UPGRADE
      local socket = req.socket
      local unread = socket.takeOver and socket:takeOver() or ''
      return server:emit(name, req, socket, unread)
    end
  end
  if bits >= CONTINUE then
    if server:listenerCount('checkContinue') > 0 then return server:emit('checkContinue', req, res) end
    res:writeContinue()
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
  local cut = not req.complete
  if cut or not res.finished then
    req.aborted = true
    req:emit('aborted')
    if cut and req:listenerCount('error') > 0 then
      req:emit('error', 'ECONNRESET: the client closed the connection')
    end
    req:emit('close')
  end
  res:_close()
end

local function onTimeout(server, exchange, res)
  local req = res.req
  local socket = rawget(req, 'socket')
  local heard = false
  for _, emitter in ipairs({ req, res, server, socket }) do
    if emitter:listenerCount('timeout') > 0 then
      heard = true
      if emitter == server then emitter:emit('timeout', req.socket) else emitter:emit('timeout') end
    end
  end
  if not heard then native.destroy(exchange) end
end

-- Whether a listener has ended the socket, with an answer of its own or without.
local function onClientError(server, exchange, text)
  if server:listenerCount('clientError') == 0 then return false end
  local status, message = text:match('^(%d+) ?(.*)$')
  local err = require('core').Error:new(message)
  err.code, err.statusCode = 'EPROTO', tonumber(status)
  local socket = require('http/socket').of(exchange)
  server:emit('clientError', err, socket)
  if not socket then return false end
  local state = rawget(socket, '_writableState')
  return socket.destroyed or not socket.writable or state ~= nil and state.ending
end

---The function that the native half calls for everything else of an exchange.
---@param ended function called when nothing of the native server is left
local function eventListener(server, ended)
  return function(exchange, notice, text)
    if not exchange then return ended() end
    if notice == CLIENT_ERROR then return onClientError(server, exchange, text) end
    if notice == SOCKET_CLOSED then return require('http/socket').closed(text) end
    -- A server with TLS tells of a handshake.
    if notice > SOCKET_CLOSED then return server:_onHandshake(exchange, notice, text) end
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
      onTimeout(server, exchange, res)
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
  local compress = rawget(server, '_compress')
  if compress then
    local onRequest = server._onRequest
    server._onRequest = function(req, res)
      compress(res)
      return onRequest(req, res)
    end
  end
end

local function updateConnectionListener(server)
  local id = rawget(server, '_id')
  if not id then return end
  local events, wanted = server._connectionEvents, false
  for i = 1, #events do wanted = wanted or server:listenerCount(events[i]) > 0 end
  native.on_connection(id, wanted and function(exchange)
    local socket = require('http/socket').of(exchange)
    for i = 1, #events do server:emit(events[i], socket) end
  end or nil)
end

local function onListenersChanged(server, name)
  if name == 'request' or name == nil then updateRequestListener(server) end
  if name ~= 'request' then
    updateConnectionListener(server)
    server:_listenersChanged()
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
  return self
end

-- Listening ---------------------------------------------------------------------------------------------------------

---Makes a server, as `http.createServer`.
---@param options? luvit.http.ServerOptions|function
---@param onRequest? fun(req: luvit.http.IncomingMessage, res: luvit.http.ServerResponse)
function Server:initialize(options, onRequest)
  rawset(self, '_limits', {})
  rawset(self, 'listening', false)
  if type(options) == 'function' then
    options, onRequest = nil, options
  end
  if options ~= nil and type(options) ~= 'table' then
    error(("bad argument 'options' to 'createServer' (table or function expected, got %s)"):format(type(options)), 3)
  end
  if onRequest ~= nil then checkCallback(onRequest, 'onRequest', 'createServer', 4) end
  for name in pairs(LIMITS) do
    local value = options and options[name]
    if value ~= nil then
      checkLimit(name, value, 3)
      self[name] = value
    end
  end
  if options and options.compress then
    local ok, compress = pcall(require('zlib/compressor').forServer, options.compress)
    if not ok then error((compress:gsub("'compressor'", "'createServer'")), 3) end
    rawset(self, '_compress', compress)
  end
  if onRequest then
    self:on('request', onRequest)
  else
    updateRequestListener(self)
  end
end

-- The native server behind this one; after `close` the next `listen` makes a new one.
local function ensureNative(self)
  local id = rawget(self, '_id')
  if id then return id end
  local function ended()
    -- A server that listens again has nothing to do with the end of the one before, except that it is an end.
    if rawget(self, '_id') == id then
      rawset(self, '_id', nil)
      rawset(self, '_handle', nil)
    end
    if rawget(self, '_closing') == id then rawset(self, '_closing', nil) end
    self:emit('close')
  end
  id = native.server(requestListener(self), eventListener(self, ended))
  rawset(self, '_id', id)
  for name, value in pairs(self._limits) do native.configure(id, name, value) end
  local acceptor = rawget(self, '_acceptor')
  if acceptor then native.secure(id, acceptor) end
  updateConnectionListener(self)
  self:_listenersChanged()
  return id
end

---Listens for connections. Emits `listening`, or `error` and then the server is as before.
---@param port? number|string|luvit.http.ListenOptions|fun() 0, the default, takes a free one; text that is a path, as
---  `/run/site.sock`, is that of a local socket
---@param host? string|number|fun() `'0.0.0.0'` by default; a name is looked up
---@param backlog? number|fun() connections that may wait to be accepted, 511 by default
---@param callback? fun() listener for `listening`; may be the last argument wherever it stands
---@return self
function Server:listen(port, host, backlog, callback)
  require('http/listen')(self, ensureNative, port, host, backlog, callback)
  return self
end

---The address it listens on, of a local socket its path. Nil while it does not listen.
---@return uv.socketinfo|string
function Server:address()
  local handle = rawget(self, '_handle')
  if type(handle) == 'userdata' then return handle:getsockname() end
end

local function setRef(self, method)
  local handle = rawget(self, '_handle')
  rawset(self, '_unref', method == 'unref' or nil)
  if type(handle) == 'userdata' then handle[method](handle) end
  return self
end

---Lets the server keep the program running, which is the default.
---@return self
function Server:ref()
  return setRef(self, 'ref')
end

---Lets the program end although the server listens. Connections that are open keep it running.
---@return self
function Server:unref()
  return setRef(self, 'unref')
end

---Stops listening; calls back when the requests under way are answered and every connection is closed.
---@param callback? fun(err?: string) listener for `close`; `err` when it does not listen
---@return self
function Server:close(callback)
  if callback ~= nil then checkCallback(callback, 'callback', 'close') end
  if not self.listening then
    if callback then process.nextTick(callback, 'ENOTCONN: the server does not listen') end
    return self
  end
  if callback then self:once('close', callback) end
  rawset(self, 'listening', false)
  local handle, id = rawget(self, '_handle'), rawget(self, '_id')
  rawset(self, '_handle', nil)
  if type(handle) == 'userdata' then
    rawset(self, '_id', nil)
    rawset(self, '_closing', id)
    native.close(id)
  else
    process.nextTick(function() self:emit('close') end)
  end
  return self
end

---Stops listening and ends every connection at once.
---@param err? any emitted as `error`
---@param callback? fun(err?: string) as for `close`
function Server:destroy(err, callback)
  if callback ~= nil then checkCallback(callback, 'callback', 'destroy') end
  self:close(callback)
  self:closeAllConnections()
  if err ~= nil then self:emit('error', err) end
end

-- The native server that listens, or the one that closes.
local function nativeOf(self)
  return rawget(self, '_id') or rawget(self, '_closing')
end

---Ends every connection at once.
function Server:closeAllConnections()
  local id = nativeOf(self)
  if id then native.close_all(id) end
end

---Ends the connections that wait between requests.
function Server:closeIdleConnections()
  local id = nativeOf(self)
  if id then native.close_idle(id) end
end

---How many connections are open.
---@param callback fun(err: nil, count: integer)
function Server:getConnections(callback)
  checkCallback(callback, 'callback', 'getConnections')
  local id = nativeOf(self)
  process.nextTick(callback, nil, id and native.connections(id) or 0)
end

---Ends connections that are silent so long while a request is answered, unless `timeout` has listeners.
---@param ms number milliseconds; 0 is no limit
---@param callback? fun(socket: luvit.net.Socket) listener for `timeout`
---@return self
function Server:setTimeout(ms, callback)
  checkLimit('timeout', ms, 2)
  if callback ~= nil then checkCallback(callback, 'callback', 'setTimeout') end
  self.timeout = ms
  if callback then self:on('timeout', callback) end
  return self
end

return {
  Server = Server,
  -- For connections that the native half does not accept itself.
  ensureNative = ensureNative,
  ---Makes a server. It serves from `listen` on.
  ---@param options? luvit.http.ServerOptions limits; may be left out
  ---@param onRequest? fun(req: luvit.http.IncomingMessage, res: luvit.http.ServerResponse) listener for `request`
  ---@return luvit.http.Server
  ---@overload fun(onRequest: fun(req: luvit.http.IncomingMessage, res: luvit.http.ServerResponse)): luvit.http.Server
  createServer = function(options, onRequest)
    return Server:new(options, onRequest)
  end,
}
