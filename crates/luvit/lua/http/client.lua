-- HTTP/1.1 requests.

local net = require('net')
local core = require('core')
local timer = require('timer')
local Writable = require('stream').Writable
local native = require('luvit:http_client')
local requestOptions = require('http/options')

local Error = core.Error
local find, hasToken, parseUrl = requestOptions.find, requestOptions.hasToken, requestOptions.parseUrl

-- Without a body these methods send no length: servers expect none.
local BODILESS = { GET = true, HEAD = true, DELETE = true, OPTIONS = true, TRACE = true, CONNECT = true }
-- What a server gets twice has the same effect as once (RFC 9110 section 9.2.2).
local IDEMPOTENT = { GET = true, HEAD = true, OPTIONS = true, TRACE = true, PUT = true, DELETE = true }

---A request, and a writable stream of its body. Ends with `done` (or `_end`).
---
---Events: `response` (IncomingMessage); `socket` (Socket) when connected; `continue` and `information` (head) for
---interim responses; `upgrade` and `connect` (IncomingMessage, Socket, head) when the connection is no longer HTTP;
---`redirect` (IncomingMessage, URL) before the request goes where an answer sends it, see the option `redirects`;
---`timeout`; `finish` when the request was sent; `close`, always the last one; and before it `error` when something
---failed. What fails after `response` is an `error` of the response, if somebody listens there.
---
---With the option `redirects` an answer of 301, 302, 303, 307 or 308 that has a `Location` is no `response`, but the
---request is sent again, there. After 307 and 308 it is the same request with the same body (which is kept for that, up
---to 10 MiB); else it becomes a GET without a body, or stays a HEAD. Another server gets no `Authorization`, `Cookie` or
---certificate that was meant for the one before, and from `https` to `http` it does not go. Too many redirects are the
---error `ERR_TOO_MANY_REDIRECTS`, which lists the way; others are `ERR_INSECURE_REDIRECT`, `ERR_INVALID_REDIRECT` and
---`ERR_REDIRECT_BODY`.
---
---A proxy that lets the request not through is the error `ERR_PROXY_TUNNEL`, one whose URL is wrong in the environment
---`ERR_PROXY_INVALID_CONFIG`.
---
---The list part of a request is its headers, `{name, value}`, until they are sent.
---@class luvit.http.ClientRequest: luvit.Writable
---@field method string in capitals
---@field protocol 'http'|'https'
---@field host string
---@field port integer
---@field path string
---@field agent? luvit.http.Agent
---@field socket? luvit.net.Socket from `socket` on
---@field res? luvit.http.IncomingMessage from `response` on
---@field connected boolean
---@field destroyed boolean whether it was ended before its time
---@field headers_sent boolean
---@field redirects? string[] with the option `redirects`: the URLs that sent it on, so far
local ClientRequest = Writable:extend()
ClientRequest.destroyed = false
ClientRequest.headers_sent = false
ClientRequest.connected = false
ClientRequest.protocol = 'http'
for name, method in pairs(require('http/receive')) do ClientRequest[name] = method end

---The `User-Agent` of requests that set none; an empty one sends no such header.
---@return string
function ClientRequest.getDefaultUserAgent()
  return ClientRequest._defaultUserAgent or 'luvit'
end

-- How much of a body is kept for a redirect that wants it again.
local REPLAY_LIMIT = 10 * 1024 * 1024

-- The options of a request as a table.
local function checkArguments(options, callback, method, level)
  local text = options
  options = parseUrl(options)
  if type(text) == 'string' and not options.host then
    error(("bad argument 'options' to '%s' (the URL '%s' has no host)"):format(method, text), level + 1)
  end
  if type(options) ~= 'table' then
    error(("bad argument 'options' to '%s' (table or URL expected, got %s)"):format(method, type(options)), level + 1)
  end
  local meta = type(callback) == 'table' and getmetatable(callback)
  if callback ~= nil and type(callback) ~= 'function' and not (meta and meta.__call) then
    error(("bad argument 'onResponse' to '%s' (function expected, got %s)"):format(method, type(callback)), level + 1)
  end
  return options
end

-- The arguments of `request` and `get`: node's form with a URL and options gives the fields of the options over those of
-- the URL.
local function splitArguments(options, more, callback)
  if more == nil then return options, callback end
  if type(more) ~= 'table' then return options, more end
  local meta = getmetatable(more)
  if callback == nil and meta and meta.__call then return options, more end
  if type(options) ~= 'string' then
    error("bad argument 'options' to 'request' (a URL expected before a table of options, got "
      .. type(options) .. ')', 3)
  end
  local parts = parseUrl(options)
  if not parts.host then
    error(("bad argument 'options' to 'request' (the URL '%s' has no host)"):format(options), 3)
  end
  if more.host and not more.hostname then parts.hostname = nil end
  for name, value in pairs(more) do parts[name] = value end
  return setmetatable(parts, meta), callback
end

---Begins a request, as `http.request`.
---@param options string|luvit.http.RequestOptions
---@param callback? fun(res: luvit.http.IncomingMessage) listener for `response`
---@param protocol? 'http'|'https' of requests that do not say, `http` by default
---@param level? integer how far away the caller is that errors of the arguments are about, 3
function ClientRequest:initialize(options, callback, protocol, level)
  level = level or 3
  options = checkArguments(options, callback, 'request', level)
  Writable.initialize(self)
  if callback ~= nil then self:once('response', callback) end
  if protocol then self.protocol = protocol end
  local ok, err = pcall(requestOptions.apply, self, options)
  if ok then ok, err = pcall(self._connect, self) end
  if not ok then
    timer.unenroll(self)
    error(err, level)
  end
end

-- The connection -----------------------------------------------------------------------------------------------------

function ClientRequest:_connect()
  if self._fault then
    timer.setImmediate(self._failed, self, self._fault)
    return
  end
  local options = self._options
  local where = {
    protocol = self.protocol, host = self.host, port = self.port, options = options, proxy = self._proxy,
    tunnel = self._tunnel,
  }
  if self.protocol == 'https' then where.hostHeader = self:getHeader('host') end
  self._where = where
  if options.socket then
    self._ownSocket = true
    self:_assign(options.socket, false, options.connect_emitter)
  elseif self.agent then
    self.agent:addRequest(self, where)
  else
    self:_connectAlone(where)
  end
end

-- A connection of its own, made as an agent makes it.
function ClientRequest:_connectAlone(where)
  local maker = require(requestOptions.AGENTS[self.protocol]).globalAgent
  local socket, event = maker:createConnection(where, function(err, socket, detail)
    self._dialing = nil
    if err then return self:_failed(err, detail) end
    socket:on('error', function() end)
    self:_assign(socket, false, maker.connectEvent)
  end)
  if not socket then
    self._dialing = event
    return
  end
  -- Errors matter as long as there is a request, which listens too.
  socket:on('error', function() end)
  self:_assign(socket, false, event or maker.connectEvent)
end

-- Takes a connection, from the agent for example.
---@private
---@param socket luvit.net.Socket
---@param reused boolean whether it served a request before
---@param event? string what it emits when it can be used
function ClientRequest:_assign(socket, reused, event)
  self.socket = socket
  self._reused = reused
  self:_listen(socket)
  event = event or self.agent and self.agent.connectEvent or 'connect'
  -- A socket of the caller may have been ready for long.
  local ready = socket.secureEstablished or event == 'connect' and socket._handle and not socket._connecting
  if reused or ready then
    -- Later, so that a request that is done at once goes out in one piece.
    timer.setImmediate(function()
      if self.socket == socket and not self._over then self:_ready() end
    end)
  else
    self._listeners[event] = function()
      if not self.connected then self:_ready() end
    end
    socket:on(event, self._listeners[event])
  end
end

-- Listens to the socket for as long as it serves this request.
function ClientRequest:_listen(socket)
  self._listeners = {
    data = function(chunk) self:_received(chunk) end,
    ['end'] = function() self:_ended() end,
    error = function(err, detail) self:_failed(err, detail) end,
    close = function(failed)
      -- Without an error it is our side that closed.
      if failed == false then self:_abort() else self:_failed() end
    end,
  }
  for name, listener in pairs(self._listeners) do
    -- Reading begins when there is a connection to read from.
    if name ~= 'data' then socket:on(name, listener) end
  end
end

function ClientRequest:_unlisten()
  local socket, listeners = self.socket, self._listeners
  if not listeners then return end
  self._listeners = nil
  for name, listener in pairs(listeners) do socket:removeListener(name, listener) end
end

function ClientRequest:_ready()
  self.connected = true
  self._parts, self._size = {}, 0
  timer.active(self)
  local socket = self.socket
  self:emit('socket', socket)
  if self._over or self.socket ~= socket then return end
  socket:on('data', self._listeners.data)
  socket:resume()
  if self.headers_sent then
    self:_resend()
  else
    self:_begin()
  end
end

-- Sending ------------------------------------------------------------------------------------------------------------

-- Tells how the body ends, in the headers and for ourselves.
function ClientRequest:_frame()
  local encoding, length = find(self, 'transfer-encoding'), find(self, 'content-length')
  local state = self._writableState
  if encoding then
    self._chunked = hasToken(encoding, 'chunked')
  elseif length then
    self._left = tonumber(length)
  elseif state.ending then
    -- All of it is here.
    if state.length > 0 or not BODILESS[self.method] then
      self[#self + 1] = { 'Content-Length', tostring(state.length) }
    end
    self._left = state.length
  elseif state.length > 0 or not BODILESS[self.method] then
    self[#self + 1] = { 'Transfer-Encoding', 'chunked' }
    self._chunked = true
  else
    self._left = 0
  end
end

-- Says whether the connection may be used again.
function ClientRequest:_setConnection()
  if not self.connection then
    self[#self + 1] = { 'Connection', self.agent and self.agent.keepAlive and 'keep-alive' or 'close' }
  end
end

-- A second attempt, or one at another server: sends the head and what was sent of the body.
function ClientRequest:_resend()
  local parts = { self._head }
  for _, chunk in ipairs(self._replay or {}) do
    if self._chunked then
      parts[#parts + 1] = ('%x\r\n%s\r\n'):format(#chunk, chunk)
    else
      parts[#parts + 1] = chunk
    end
  end
  if self._chunked and (self._sent or self._terminated) then parts[#parts + 1] = '0\r\n\r\n' end
  self._keep = not hasToken(find(self, 'connection') or '', 'close')
  self:_send(table.concat(parts), self._inFlight)
  local pending, final = self._pending, self._pendingFinal
  self._pending, self._pendingFinal = nil, nil
  if pending then self:_transmit(nil, pending.requests, pending.callback) end
  if final and not self._over then self:_final(final) end
end

-- Sends the head with what there is of the body, once there is something to send.
function ClientRequest:_begin()
  if self.headers_sent or not self.connected or self._over then return end
  local pending, final = self._pending, self._pendingFinal
  if not (pending or final or self._flush) then return end
  self.headers_sent = true
  self:_frame()
  self:_setConnection()
  local head, fault = native.request_head(self.method, self._target or self.path, self)
  if not head then return self:_failed(Error:new('EINVAL: bad request: ' .. fault)) end
  self._head = head
  self._keep = not hasToken(find(self, 'connection') or '', 'close')
  self._pending, self._pendingFinal = nil, nil
  if pending then
    self:_transmit(head, pending.requests, pending.callback)
  else
    self.socket:write(head)
  end
  if final and not self._over then self:_final(final) end
end

-- Writes chunks of the body, the head in front of the first.
function ClientRequest:_transmit(head, requests, callback)
  local parts = { head }
  for i = 1, #requests do
    local chunk = requests[i].chunk
    local count = #parts
    if self._chunked then
      if #chunk > 0 then
        parts[count + 1], parts[count + 2], parts[count + 3] = ('%x\r\n'):format(#chunk), chunk, '\r\n'
      end
    else
      if self._left then
        self._left = self._left - #chunk
        if self._left < 0 then
          return self:_failed(Error:new('EMSGSIZE: the body is longer than the head says'))
        end
      end
      parts[count + 1] = chunk
    end
    if #chunk > 0 then
      self._bodySent = true
      if self._replay then self:_remember(chunk) end
    end
  end
  local state = self._writableState
  if self._chunked and self._last and state.first > state.last then
    -- The end goes with the last of the data.
    self._terminated = true
    parts[#parts + 1] = '0\r\n\r\n'
  end
  self:_send(table.concat(parts), callback)
end

-- Writes to the connection; a redirect may make that void.
function ClientRequest:_send(text, callback)
  self._inFlight = callback
  self.socket:write(text, function(err)
    -- The socket's `error` and `close` tell what happened.
    if err or self._over or self._inFlight ~= callback then return end
    self._inFlight = nil
    timer.active(self)
    if callback then callback() end
  end)
end

-- Keeps a part of the body for a redirect, unless it becomes too much.
function ClientRequest:_remember(chunk)
  local kept = self._replay
  kept[#kept + 1] = chunk
  self._replaySize = (self._replaySize or 0) + #chunk
  if self._replaySize > REPLAY_LIMIT then self._replay = false end
end

function ClientRequest:_write(chunk, callback)
  self:_writev({ { chunk = chunk } }, callback)
end

function ClientRequest:_writev(requests, callback)
  if self._dropBody then
    timer.setImmediate(callback)
  elseif self.headers_sent and self.connected and not self._redirecting then
    self:_transmit(nil, requests, callback)
  else
    self._pending = { requests = requests, callback = callback }
    self:_begin()
  end
end

function ClientRequest:_final(callback)
  if self._dropBody then return callback() end
  if not self.headers_sent or not self.connected or self._redirecting then
    self._pendingFinal = callback
    return self:_begin()
  end
  if self._left and self._left > 0 then
    return self:_failed(Error:new('EMSGSIZE: the body is shorter than the head says'))
  end
  if self._chunked and not self._terminated then
    self:_send('0\r\n\r\n', callback)
  else
    callback()
  end
  self._sent = true
  if self._received_all then self:_complete() end
end

---Sends the head now, although there is no body yet.
function ClientRequest:flushHeaders()
  self._flush = true
  self:_begin()
end

---Sends a part of the body. A body that is not complete when the head is sent is sent in chunks, unless there is a
---Content-Length.
---@param data string
---@param callback? fun(err?: any)
---@return boolean # false: wait for `drain` before writing more
function ClientRequest:write(data, callback)
  if type(data) ~= 'string' then
    error(("bad argument 'data' to 'write' (string expected, got %s)"):format(type(data)), 2)
  end
  if self._over then
    if callback then timer.setImmediate(callback, 'EPIPE') end
    return false
  end
  if data == '' then
    self:flushHeaders()
    if callback then timer.setImmediate(callback) end
    return true
  end
  return Writable.write(self, data, callback)
end

---Ends the request, as `done`.
---@param data? string
---@param callback? fun(err?: any)
function ClientRequest:_end(data, callback)
  if self._over then
    if callback then timer.setImmediate(callback, self.destroyed and 'EPIPE' or nil) end
    return
  end
  if data == '' then data = nil end
  self._last = data ~= nil
  Writable._end(self, data, callback)
end

---Ends the request, after a last part of the body. Nothing is answered before.
---@param data? string
---@param callback? fun(err?: any) called when all was sent, or with the error
---@return self
function ClientRequest:done(data, callback)
  if type(data) == 'function' then data, callback = nil, data end
  if data ~= nil and type(data) ~= 'string' then
    error(("bad argument 'data' to 'done' (string expected, got %s)"):format(type(data)), 2)
  end
  self:_end(data, callback)
  return self
end

-- Headers ------------------------------------------------------------------------------------------------------------

---Sets a header in place of those of the same name.
---@param name string
---@param value string|number
function ClientRequest:setHeader(name, value)
  if self.headers_sent then error('setHeader: the headers are sent', 2) end
  local ok, err = pcall(requestOptions.checkHeader, name, value)
  if not ok then error(err, 2) end
  self:removeHeader(name)
  self[#self + 1] = { name, tostring(value) }
  if name:lower() == 'connection' then self.connection = tostring(value) end
end

---The value of a header that was set, the first of several.
---@param name string in any case
---@return string?
function ClientRequest:getHeader(name)
  return (find(self, name:lower()))
end

---Removes all headers of a name.
---@param name string in any case
function ClientRequest:removeHeader(name)
  if self.headers_sent then error('removeHeader: the headers are sent', 2) end
  name = name:lower()
  while true do
    local _, index = find(self, name)
    if not index then break end
    table.remove(self, index)
  end
  if name == 'connection' then self.connection = nil end
end

-- The end ------------------------------------------------------------------------------------------------------------

-- Nothing more happens but `close`.
function ClientRequest:_close(err)
  self._over = true
  timer.unenroll(self)
  local later = timer.setImmediate
  for _, callback in ipairs(net._takeWrites(self)) do later(callback, err or 'ECANCELED') end
  self._pending, self._pendingFinal, self._parts, self._decoder, self._replay = nil, nil, nil, nil, nil
  later(function()
    self._closeEmitted = true
    self:emit('close')
  end)
end

-- Request and response have ended: the connection is free.
function ClientRequest:_complete()
  if self._over or not self._sent and self._keep then return end
  local socket = self.socket
  self:_unlisten()
  local finished = self._sent
  self:_close()
  if self._ownSocket then
    -- Not ours to close, unless it was said that it would be.
    if not self._keep or not finished then socket:_end() end
  elseif self.agent and self._keep and finished and not socket.destroyed then
    self.agent:release(socket, self._where, self._keepFor)
  else
    socket:destroy()
  end
end

-- A connection that was idle may have been closed by the server just when the request was sent. What has no body and
-- may be done twice is sent again on a new one.
local function retry(self)
  local unanswered = not self._answered and not (self._parts and #self._parts > 0)
  local harmless = not self.headers_sent or IDEMPOTENT[self.method] and not self._bodySent
  if not (self._reused and unanswered and harmless) then return false end
  self:_unlisten()
  self.socket:destroy()
  self.socket, self.connected = nil, false
  self.agent:addRequest(self, self._where, true)
  return true
end

-- The connection broke, or the other side does not speak HTTP.
function ClientRequest:_failed(err, detail)
  if self._over then return end
  if self._redirecting then return require('http/redirect').leave(self) end
  if self._received_all then
    self._keep = false
    return self:_complete()
  end
  if self._proxy and not self.connected and not self._tunnel and err ~= nil then
    detail = require('http/tunnel').explain(self._proxy, err, detail)
    if type(err) ~= 'string' then err = detail end
  end
  local broken = err == nil or type(err) == 'string'
  if broken and retry(self) then return end
  local res = self.res
  err = err or Error:new(res and 'ECONNRESET: the connection ended before the response did'
    or 'ECONNRESET: the connection ended without a response')
  self:_abort(err, detail)
end

-- Ends everything at once. The error goes to one listener: that of the response, of the request, or of the process.
function ClientRequest:_abort(err, detail)
  local socket, res = self.socket, self.res
  if socket then
    self:_unlisten()
    -- What the socket may still report is known.
    if self._ownSocket then socket:on('error', function() end) end
    socket:destroy()
  elseif self._dialing then
    self._dialing:destroy()
  elseif self.agent then
    self.agent:removeRequest(self)
  end
  self.destroyed = true
  local later = timer.setImmediate
  if res and not res.complete then
    res.aborted = true
    later(res.emit, res, 'aborted')
  end
  if err ~= nil then
    local target = res and res:listenerCount('error') > 0 and res or self
    later(target.emit, target, 'error', err, detail)
  end
  if res and not res.complete then later(res.emit, res, 'close') end
  self:_close(err)
end

function ClientRequest:missingHandlerType(name, err, detail)
  return Writable.missingHandlerType(self, name, detail or err)
end

---Ends the request and its connection at once, whatever was sent or received.
---@param err? any emitted as `error` before `close`
function ClientRequest:destroy(err)
  if self._over then return end
  self:_abort(err)
end
ClientRequest.abort = ClientRequest.destroy

---Emits `timeout` when nothing was sent or received for so long, waiting for a connection included. The request goes
---on; a listener may `destroy` it.
---@param msecs number milliseconds; 0 ends the timeout
---@param callback? fun() listener for the next `timeout`
---@return self
function ClientRequest:setTimeout(msecs, callback)
  if type(msecs) ~= 'number' then
    error(("bad argument 'msecs' to 'setTimeout' (number expected, got %s)"):format(type(msecs)), 2)
  end
  if callback then self:once('timeout', callback) end
  if msecs > 0 and not self._over then
    timer.enroll(self, msecs)
    timer.active(self)
  else
    timer.unenroll(self)
  end
  return self
end

-- Module -------------------------------------------------------------------------------------------------------------

---Begins a request. Nothing is answered before its `done` is called.
---@param options string|luvit.http.RequestOptions a table, or a URL
---@param more? luvit.http.RequestOptions after a URL, which these count over; it may be left out
---@param onResponse? fun(res: luvit.http.IncomingMessage)
---@return luvit.http.ClientRequest
---@overload fun(options: string|luvit.http.RequestOptions, onResponse?: fun(res: luvit.http.IncomingMessage)): luvit.http.ClientRequest
local function request(options, more, onResponse)
  options, onResponse = splitArguments(options, more, onResponse)
  return ClientRequest:new(options, onResponse)
end

---A GET request, sent at once.
---@param options string|luvit.http.RequestOptions a table, or a URL
---@param more? luvit.http.RequestOptions after a URL, which these count over; it may be left out
---@param onResponse? fun(res: luvit.http.IncomingMessage)
---@return luvit.http.ClientRequest
---@overload fun(options: string|luvit.http.RequestOptions, onResponse?: fun(res: luvit.http.IncomingMessage)): luvit.http.ClientRequest
local function get(options, more, onResponse)
  options, onResponse = splitArguments(options, more, onResponse)
  options = checkArguments(options, onResponse, 'get', 2)
  if options.method ~= nil and options.method ~= 'GET' then
    options = setmetatable({ method = 'GET' }, { __index = options })
  end
  return ClientRequest:new(options, onResponse, nil, 4):done()
end

return {
  ClientRequest = ClientRequest,
  checkArguments = checkArguments,
  splitArguments = splitArguments,
  parseUrl = parseUrl,
  request = request,
  get = get,
}
