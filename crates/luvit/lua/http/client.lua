-- HTTP/1.1 requests.

local net = require('net')
local core = require('core')
local timer = require('timer')
local Writable = require('stream').Writable
local requestOptions = require('http/options')

local Error = core.Error
local find, parseUrl = requestOptions.find, requestOptions.parseUrl

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
---@field reusedSocket boolean whether its connection served a request before
---@field destroyed boolean whether it was ended before its time
---@field headers_sent boolean
---@field redirects? string[] with the option `redirects`: the URLs that sent it on, so far
local ClientRequest = Writable:extend()
ClientRequest.destroyed = false
ClientRequest.headers_sent = false
ClientRequest.connected = false
ClientRequest.reusedSocket = false
ClientRequest.protocol = 'http'
for _, part in ipairs({ 'http/connect', 'http/send', 'http/receive' }) do
  for name, method in pairs(require(part)) do ClientRequest[name] = method end
end

---The `User-Agent` of requests that set none; an empty one sends no such header.
---@return string
function ClientRequest.getDefaultUserAgent()
  return ClientRequest._defaultUserAgent or 'luvit'
end

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

-- Sending -------------------------------------------------------------------------------------------------------------

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

local function checkEnd(data, callback, method)
  if data ~= nil and type(data) ~= 'string' then
    error(("bad argument 'data' to '%s' (string expected, got %s)"):format(method, type(data)), 3)
  end
  local meta = type(callback) == 'table' and getmetatable(callback)
  if callback ~= nil and type(callback) ~= 'function' and not (meta and meta.__call) then
    error(("bad argument 'callback' to '%s' (function expected, got %s)"):format(method, type(callback)), 3)
  end
end

---Ends the request, as `done`.
---@param data? string
---@param callback? fun(err?: any)
function ClientRequest:_end(data, callback)
  if self._over then
    if callback then timer.setImmediate(callback, self.destroyed and 'EPIPE' or nil) end
    return
  end
  if type(data) == 'function' then data, callback = nil, data end
  checkEnd(data, callback, '_end')
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
  checkEnd(data, callback, 'done')
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
  if not (self.reusedSocket and unanswered and harmless) then return false end
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
