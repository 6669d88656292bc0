-- What a peer sent: the request that a server got, or the response that a client got.
--
-- A server's request is made as a plain table with its raw head; what most handlers never look at (headers, socket, the
-- stream's state) is made when first asked for.

local Readable = require('stream/classes').Readable
local native = require('luvit:http')

---What a peer sent: the request that a server got, or the response that a client got. It is a readable stream of its
---body. Events besides those of streams: `aborted` when the peer left before the end, `timeout`, `close`.
---@class luvit.http.IncomingMessage: luvit.Readable
---@field httpVersion string `"1.1"` or `"1.0"`
---@field method string of a request
---@field url string of a request: the target as sent
---@field statusCode integer of a response
---@field statusMessage string of a response
---@field headers luvit.Headers list of `{name, value}`, also by name in any case: `headers['content-type']`
---@field contentEncoding? string of a response that is decompressed: how it came, `gzip`
---@field trailers luvit.Headers as `headers`, complete when the body has ended
---@field socket luvit.net.Socket
---@field complete? boolean whether all of the body has arrived
---@field aborted? boolean whether the peer left before that
---@field is_upgraded? boolean the request asks for another protocol; reading from `socket` takes the connection over
local IncomingMessage = Readable:extend()

---@param list table pairs of name and value
local function withNames(list)
  return setmetatable(list, require('http-header').headerMeta)
end

-- Fields made on demand.
local makers = {
  headers = function(self)
    local head = rawget(self, '_head')
    return head and withNames(native.headers(head))
  end,
  trailers = function()
    return withNames({})
  end,
  socket = function(self)
    local exchange = rawget(self, '_exchange')
    return exchange and require('http/socket').of(exchange, self)
  end,
}

require('http/lazy')(IncomingMessage, Readable, makers)

---Makes a message of a parsed head.
---@param head table `version`, `method` and `path` or `code` and `reason`, and a list of `{name, value}`
---@param socket luvit.net.Socket
function IncomingMessage:initialize(head, socket)
  Readable.initialize(self)
  self.httpVersion = tostring(head.version)
  local headers = {}
  for i = 1, #head do headers[i] = head[i] end
  self.headers = withNames(headers)
  if head.method then
    self.method = head.method
    self.url = head.path
  else
    self.statusCode = head.code
    self.statusMessage = head.reason
  end
  self.socket = socket
end

function IncomingMessage:_read()
  local exchange = rawget(self, '_exchange')
  if not exchange then
    local socket = rawget(self, 'socket')
    if socket and not socket.destroyed then socket:resume() end
  elseif self.complete then
    -- A request without body ends when it is first read.
    if not rawget(self, '_ended') then
      self._ended = true
      self:push(nil)
    end
  elseif native.resume(exchange) then
    process.nextTick(native.proceed, exchange)
  end
end

---Undoes `pipe` for one destination, or for all. When the request is answered and nobody else reads it, the rest of its
---body is dropped.
---@param dest? luvit.Writable
---@return self
function IncomingMessage:unpipe(dest)
  Readable.unpipe(self, dest)
  local exchange = rawget(self, '_exchange')
  if exchange then require('http/response').dropUnread(self, exchange) end
  return self
end

---Waits at most so long for activity on the connection, then emits `timeout`.
---@param ms number milliseconds; 0 is no limit
---@param callback? fun() listener for the next `timeout`
---@return self
function IncomingMessage:setTimeout(ms, callback)
  local exchange = rawget(self, '_exchange')
  if exchange then
    if callback then self:once('timeout', callback) end
    native.set_timeout(exchange, ms)
  else
    self.socket:setTimeout(ms, callback)
  end
  return self
end

---Ends the connection.
---@param err? any emitted as `error`
function IncomingMessage:destroy(err)
  local exchange = rawget(self, '_exchange')
  if exchange then
    native.destroy(exchange)
  elseif rawget(self, 'socket') then
    self.socket:destroy()
  end
  if err then self:emit('error', err) end
end

return IncomingMessage
