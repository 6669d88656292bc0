-- A server's response. The head is checked and serialised natively; a table of headers is only kept while a script sets
-- them one by one.

local Writable = require('stream/classes').Writable
local native = require('luvit:http')

---The answer to a request, and a writable stream of its body. Ends with `finish`. Events besides those of streams:
---`finish` when all was handed to the system, `timeout`, and `close`, always the last one.
---@class luvit.http.ServerResponse: luvit.Writable
---@field statusCode integer 200
---@field statusMessage? string the registered reason phrase
---@field headers luvit.Headers list of `{name, value}`, also by name; those set so far
---@field headersSent boolean
---@field finished boolean
---@field keepAlive boolean `false` closes the connection after the response
---@field sendDate boolean whether `Date` is added, true
---@field flush? fun(self: luvit.http.ServerResponse, callback?: fun(err?: any)): luvit.http.ServerResponse of a response that may be compressed: sends what was written so far, see `compress` of the server
---@field req luvit.http.IncomingMessage
---@field socket luvit.net.Socket
local ServerResponse = Writable:extend()

ServerResponse.statusCode = 200
ServerResponse.sendDate = true
ServerResponse.keepAlive = true
ServerResponse.headersSent = false
ServerResponse.finished = false
ServerResponse._closeEmitted = false

---The responses whose exchange is still under way, by its number; see `http/server.lua`.
local active = {}

local NO_DATE, CLOSE = 1, 2

local makers = {
  headers = function(self)
    local header = require('http-header')
    -- A head given to `writeHead` may still be changed until it is sent.
    if rawget(self, '_headed') then
      self._headed = false
      return setmetatable(native.unhead(self._exchange) or {}, header.headerMeta)
    end
    return header.newHeaders()
  end,
  socket = function(self)
    return self.req.socket
  end,
}

require('http/lazy')(ServerResponse, Writable, makers)

---Made by the server for every request.
---@param socket? luvit.net.Socket
function ServerResponse:initialize(socket)
  Writable.initialize(self)
  self.socket = socket
end

local function flagsOf(self)
  local flags = 0
  if self.sendDate == false then flags = NO_DATE end
  if self.keepAlive == false then flags = flags + CLOSE end
  return flags ~= 0 and flags or nil
end

local writeHead

-- Gives the head to the native half if anything but the defaults was set.
local function prepare(self)
  if rawget(self, '_headed') then return end
  -- A program that has put its own in place sees every head.
  if not self.headersSent and self.writeHead ~= writeHead then
    self:writeHead(self.statusCode, self.headers)
    if rawget(self, '_headed') then return end
  end
  local headers, flags = rawget(self, 'headers'), flagsOf(self)
  if not (headers or flags or self.statusCode ~= 200 or self.statusMessage) then return end
  native.head(self._exchange, self.statusCode, headers, self.statusMessage, flags)
  self._headed = true
end

local function checkUnsent(self, name, method)
  if self.headersSent then error('headers already sent', 3) end
  if type(name) ~= 'string' then
    error(("bad argument 'name' to '%s' (string expected, got %s)"):format(method, type(name)), 3)
  end
end

---Sets a header; a list of values sends one field for each.
---@param name string
---@param value? string|number|string[] nil removes the header
---@return self
function ServerResponse:setHeader(name, value)
  checkUnsent(self, name, 'setHeader')
  if value == nil then return self:removeHeader(name) end
  -- What cannot be sent is refused here, where it was set.
  native.check(name, value)
  if type(value) == 'table' then
    self.headers[name] = nil
    for i = 1, #value do self.headers[#self.headers + 1] = { name, tostring(value[i]) } end
  else
    self.headers[name] = tostring(value)
  end
  return self
end

---The value of a header that was set.
---@param name string in any case
---@return string?
function ServerResponse:getHeader(name)
  return self.headers[name]
end

---Removes a header that was set.
---@param name string in any case
---@return self
function ServerResponse:removeHeader(name)
  checkUnsent(self, name, 'removeHeader')
  self.headers[name] = nil
  return self
end

---Whether a header was set.
---@param name string in any case
---@return boolean
function ServerResponse:hasHeader(name)
  return self.headers[name] ~= nil
end

---Sets the status and headers, over those set before. They are checked here and sent with the first part of the body.
---@param status integer
---@param reason? string|table the reason phrase; may be left out
---@param headers? table names to values, or a list of `{name, value}`
---@return self
function ServerResponse:writeHead(status, reason, headers)
  if self.headersSent then error('headers already sent', 2) end
  if type(status) ~= 'number' or not (status >= 100 and status <= 999 and status % 1 == 0) then
    local got = tostring(status)
    error(("bad argument 'status' to 'writeHead' (integer from 100 to 999 expected, got %s)"):format(got), 2)
  end
  if type(reason) ~= 'string' then
    reason, headers = nil, reason
  end
  local earlier
  if rawget(self, 'headers') or rawget(self, '_headed') then
    earlier = self.headers
    -- A copy: what is wrong with the new ones must leave the old ones as they are.
    local header = require('http-header')
    local given = header.toHeaders(headers)
    headers = header.newHeaders()
    for i = 1, #earlier do
      if given[earlier[i][1]] == nil then headers[#headers + 1] = earlier[i] end
    end
    for i = 1, #given do headers[#headers + 1] = given[i] end
  end
  native.head(self._exchange, status, headers, reason or rawget(self, 'statusMessage'), flagsOf(self))
  if earlier then self.headers = nil end
  self.statusCode = status
  if reason then self.statusMessage = reason end
  self._headed = true
  return self
end
writeHead = ServerResponse.writeHead

---Sends the head now, before any of the body is there.
---@return self
function ServerResponse:flushHeaders()
  if not self.headersSent then self:write('') end
  return self
end

---Sends an interim response `103 Early Hints` or another 1xx.
---@param status integer
---@param headers? table names to values, or a list of `{name, value}`
function ServerResponse:writeInformation(status, headers)
  native.interim(self._exchange, status, headers)
end

---Tells a client that waits for it to send the body.
function ServerResponse:writeContinue()
  native.interim(self._exchange, 100)
end

---Fields sent after a chunked body.
---@param trailers table names to values
function ServerResponse:addTrailers(trailers)
  local list = require('http-header').toHeaders(trailers)
  for i = 1, #list do native.check(list[i][1], list[i][2]) end
  self._trailers = list
end

local function checkChunk(chunk, method)
  if chunk ~= nil and type(chunk) ~= 'string' then
    error(("bad argument #1 to '%s' (string expected, got %s)"):format(method, type(chunk)), 3)
  end
end

local function checkCallback(callback, method)
  if callback == nil or type(callback) == 'function' then return end
  local meta = type(callback) == 'table' and getmetatable(callback)
  if meta and meta.__call then return end
  error(("bad argument #2 to '%s' (function expected, got %s)"):format(method, type(callback)), 3)
end

-- Calls those who wait until the system has taken what they wrote.
local function settle(self, err)
  local waiting = rawget(self, '_waiting')
  if not waiting then return end
  self._waiting = nil
  for i = 1, #waiting do process.nextTick(waiting[i], err) end
end

---Sends a part of the body.
---@param chunk string
---@param callback? fun(err?: any) called when the system has taken it, or the peer is gone
---@return boolean # `false` when the writer should wait for `drain`
function ServerResponse:write(chunk, callback)
  checkChunk(chunk, 'write')
  if callback then checkCallback(callback, 'write') end
  if self.finished then
    local err = 'write after end'
    if callback then process.nextTick(callback, err) end
    self:emit('error', err)
    return false
  end
  prepare(self)
  local room = native.write(self._exchange, chunk)
  self.headersSent = true
  if room == nil then
    -- The peer is gone; `close` says so.
    if callback then process.nextTick(callback, 'ECONNRESET') end
    return false
  end
  if callback then
    if room then
      process.nextTick(callback)
    elseif rawget(self, '_waiting') then
      table.insert(self._waiting, callback)
    else
      self._waiting = { callback }
      self:once('drain', function() settle(self) end)
    end
  end
  return room
end

-- A body that nobody reads is dropped.
local function isRead(req)
  return rawget(req, 'handlers') and req:listenerCount('data') + req:listenerCount('readable') > 0
end

-- Drops what is left of a request whose reader has gone, when it is answered: unread, it would hold the connection.
local function dropUnread(req, exchange)
  local res = active[exchange]
  if not (res and res.finished) or isRead(req) then return end
  active[exchange] = nil
  if native.discard(exchange) then process.nextTick(native.proceed, exchange) end
end

local function emitFinish(self)
  settle(self)
  self:emit('finish')
  self:emit('end')
  self:_close()
end

---Says once that nothing more happens to the response.
---@private
function ServerResponse:_close()
  if self._closeEmitted then return end
  self._closeEmitted = true
  settle(self, 'ECONNRESET')
  self:emit('close')
end

-- Says, once and later, how the response has ended.
local function announce(self)
  if self._announced then return end
  self._announced = true
  process.nextTick(self._peerGone and self._close or emitFinish, self)
end

---Ends the response, with the last of its body.
---@param chunk? string
---@param callback? fun(err?: any) called when everything is handed to the system, with an error if the peer is gone or
---  the response has ended before
function ServerResponse:finish(chunk, callback)
  if type(chunk) == 'function' then
    chunk, callback = nil, chunk
  end
  checkChunk(chunk, 'finish')
  if callback then checkCallback(callback, 'finish') end
  if self.finished then
    if callback then process.nextTick(callback, 'write after end') end
    return
  end
  prepare(self)
  local exchange = self._exchange
  local requestDone, waits = native.finish(exchange, chunk, rawget(self, '_trailers'))
  self.finished = true
  self.headersSent = true
  if requestDone == false and not isRead(self.req) then
    waits = native.discard(exchange)
    requestDone = true
  end
  if requestDone then active[exchange] = nil end
  if waits then process.nextTick(native.proceed, exchange) end
  if requestDone ~= nil then
    if callback then self:once('finish', callback) end
    if rawget(self, 'handlers') then announce(self) end
  else
    self._peerGone = true
    if callback then process.nextTick(callback, 'ECONNRESET') end
  end
end

-- The end of a response that nobody listens to is not emitted. Who listens only then hears of it.
function ServerResponse:on(name, callback)
  if self.finished then announce(self) end
  return Writable.on(self, name, callback)
end

-- What a pipe into the response calls at its end.
function ServerResponse:_end(chunk, callback)
  if type(chunk) == 'function' then
    chunk, callback = nil, chunk
  end
  checkChunk(chunk, '_end')
  if callback then checkCallback(callback, '_end') end
  self:finish(chunk, callback)
end

---Ends the connection at once.
---@param err? any emitted as `error`
function ServerResponse:destroy(err)
  native.destroy(self._exchange)
  if err then self:emit('error', err) end
end

---Waits at most so long for activity on the connection, then emits `timeout`.
---@param ms number milliseconds; 0 is no limit
---@param callback? fun() listener for the next `timeout`
---@return self
function ServerResponse:setTimeout(ms, callback)
  if callback then self:once('timeout', callback) end
  native.set_timeout(self._exchange, ms)
  return self
end

return { ServerResponse = ServerResponse, active = active, dropUnread = dropUnread }
