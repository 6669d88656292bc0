-- How a request reads its response: the head, a body that has a length, comes in chunks or ends with the connection,
-- and trailers; and how a connection stops being one of HTTP.

local Error = require('core').Error
local timer = require('timer')
local IncomingMessage = require('http/message')
local native = require('luvit:http_client')

-- Methods of `ClientRequest`.
local Receiving = {}

-- The bytes of an incomplete head or trailer section, which come in parts. Nothing can be complete before a line is, so
-- that they need not be put together for every byte.
function Receiving:_gather(chunk)
  local parts = self._parts
  parts[#parts + 1] = chunk
  self._size = self._size + #chunk
  if #parts > 1 and self._size <= self._maxHead and not chunk:find('\n', 1, true) then return nil end
  local text = #parts == 1 and chunk or table.concat(parts)
  self._parts = { text }
  return text
end

function Receiving:_received(chunk)
  timer.active(self)
  while chunk and not self._over and not self._redirectLater do
    local read = self._readBody or self._readHead
    chunk = read(self, chunk)
  end
end

-- Each reader returns what is left for the next one, or nil.

function Receiving:_readHead(chunk)
  if self._received_all then
    -- More than was asked for: whatever it is, it is not an answer of ours.
    self._keep = false
    return nil
  end
  local text = self:_gather(chunk)
  if not text then return nil end
  local head, used, framing, keepAlive, upgrade =
    native.parse_head(text, self.method, self._maxHead, self._maxHeaders)
  if head == nil then return nil end
  if head == false then
    -- Programs look for luvit's words.
    self:_failed(Error:new('EPROTO: bad response: expected HTTP data: ' .. used))
    return nil
  end
  self._answered = true
  self._parts, self._size = {}, 0
  local rest = text:sub(used + 1)
  if head.code < 200 and not upgrade then
    self:emit('information', head)
    if head.code == 100 then self:emit('continue') end
    return rest ~= '' and rest or nil
  end
  if upgrade then return self:_upgrade(head, rest) end
  if rest ~= '' and (framing == 'none' or framing == 0) then keepAlive = false end
  self:_respond(head, framing, keepAlive)
  return rest ~= '' and rest or nil
end

local function newResponse(self, head)
  local res = IncomingMessage:new(head, self.socket)
  res.httpVersion = head.version == 1 and '1.0' or '1.1'
  res.req = self
  res.complete = false
  -- The connection may be serving somebody else when the last of the body is read.
  res._read = function()
    if not res.complete and not self._over then self.socket:resume() end
  end
  function res.destroy(_, err) self:destroy(err) end
  if self._redirects then res.url, res.redirects = require('http/redirect').urlOf(self), self.redirects end
  self.res = res
  return res
end

local function endBody(self)
  local res = self.res
  self._readBody = nil
  self._received_all = true
  res.complete = true
  if self._redirecting then return require('http/redirect').later(self) end
  res:once('end', function()
    timer.setImmediate(res.emit, res, 'close')
  end)
  if self._decode then self._decode:_end() else res:push(nil) end
  self:_complete()
end

-- Gives a part of the body to whoever reads it, at the pace of the reader.
local function deliver(self, data)
  if self._redirecting then return require('http/redirect').drop(self, #data) end
  if data ~= '' and not (self._decode or self.res):push(data) and not self._over then self.socket:pause() end
end

local function readLength(self, chunk)
  local left = self._bodyLeft
  if #chunk <= left then
    self._bodyLeft = left - #chunk
    deliver(self, chunk)
    if self._bodyLeft == 0 and not self._over and not self._redirectLater then endBody(self) end
    return nil
  end
  self._bodyLeft = 0
  self._keep = false
  deliver(self, chunk:sub(1, left))
  if not self._over then endBody(self) end
  return chunk:sub(left + 1)
end

local function readChunked(self, chunk)
  -- Only trailers leave a rest.
  local text = chunk
  if #self._parts > 0 then
    text = self:_gather(chunk)
    if not text then return nil end
  end
  local data, used, trailers = native.decode(self._decoder, text)
  if not data then
    self:_failed(Error:new('EPROTO: bad response: ' .. used))
    return nil
  end
  local rest = text:sub(used + 1)
  self._parts, self._size = {}, 0
  if not trailers and rest ~= '' then
    self._parts[1], self._size = rest, #rest
    rest = ''
  end
  if rest ~= '' then self._keep = false end
  deliver(self, data)
  if trailers and not self._over then
    local list = self.res.trailers
    for i = 1, #trailers do rawset(list, i, trailers[i]) end
    endBody(self)
  end
  return rest ~= '' and rest or nil
end

local function readUntilClose(self, chunk)
  deliver(self, chunk)
  return nil
end

function Receiving:_respond(head, framing, keepAlive)
  local res = newResponse(self, head)
  self._keep = self._keep and keepAlive
  if framing == 'chunked' then
    self._decoder = native.chunked_decoder(self._maxHead, self._maxHeaders)
    self._readBody = readChunked
  elseif framing == 'close' then
    self._readBody = readUntilClose
  elseif framing ~= 'none' and framing > 0 then
    self._bodyLeft = framing
    self._readBody = readLength
  end
  local hint = keepAlive and res.headers['keep-alive']
  hint = hint and tonumber(hint:match('timeout=(%d+)'))
  -- A second less than the server waits: a request must not meet the end of it.
  if hint then self._keepFor = (hint - 1) * 1000 end
  local redirected = false
  if self._redirects then redirected = require('http/redirect').take(self, res) end
  if redirected == false and self._decompress and self._readBody then require('http/decode').attach(self, res) end
  if redirected == false and not self:emit('response', res) then res:resume() end
  if not self._readBody and not self._over then endBody(self) end
end

-- The connection belongs to whoever listens.
function Receiving:_upgrade(head, rest)
  local name = self.method == 'CONNECT' and 'connect' or 'upgrade'
  if self:listenerCount(name) == 0 then
    self:_failed(Error:new(("EPROTO: the server switched protocols and nobody listens for '%s'"):format(name)))
    return nil
  end
  local socket = self.socket
  local res = newResponse(self, head)
  res.complete = true
  res.is_upgraded = true
  self:_unlisten()
  socket:pause()
  -- Whoever listens lets it flow, and until then nothing is lost.
  if socket._readableState then socket._readableState.flowing = nil end
  if self.agent then self.agent:forget(socket, self._where) end
  if rest ~= '' then socket:unshift(rest) end
  self:_close()
  self:emit(name, res, socket, head)
  return nil
end

-- The server has said all it will say.
function Receiving:_ended()
  if self._over then return end
  if self._redirecting then
    require('http/redirect').leave(self)
  elseif self._readBody == readUntilClose then
    self._keep = false
    endBody(self)
  else
    self:_failed()
  end
end

return Receiving
