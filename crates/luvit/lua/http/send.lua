-- How a request is sent: its head, a body that has a length or comes in chunks, and all of it once more where an answer
-- wants that.

local Error = require('core').Error
local timer = require('timer')
local native = require('luvit:http_client')
local requestOptions = require('http/options')

local find, hasToken = requestOptions.find, requestOptions.hasToken

-- Without a body these methods send no length: servers expect none.
local BODILESS = { GET = true, HEAD = true, DELETE = true, OPTIONS = true, TRACE = true, CONNECT = true }
-- How much of a body is kept for a redirect that wants it again.
local REPLAY_LIMIT = 10 * 1024 * 1024

-- Methods of `ClientRequest`.
local Sending = {}

-- Tells how the body ends, in the headers and for ourselves.
function Sending:_frame()
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
function Sending:_setConnection()
  if not self.connection then
    self[#self + 1] = { 'Connection', self.agent and self.agent.keepAlive and 'keep-alive' or 'close' }
  end
end

-- A second attempt, or one at another server: sends the head and what was sent of the body.
function Sending:_resend()
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
function Sending:_begin()
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
function Sending:_transmit(head, requests, callback)
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
function Sending:_send(text, callback)
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
function Sending:_remember(chunk)
  local kept = self._replay
  kept[#kept + 1] = chunk
  self._replaySize = (self._replaySize or 0) + #chunk
  if self._replaySize > REPLAY_LIMIT then self._replay = false end
end

function Sending:_write(chunk, callback)
  self:_writev({ { chunk = chunk } }, callback)
end

function Sending:_writev(requests, callback)
  if self._dropBody then
    timer.setImmediate(callback)
  elseif self.headers_sent and self.connected and not self._redirecting then
    self:_transmit(nil, requests, callback)
  else
    self._pending = { requests = requests, callback = callback }
    self:_begin()
  end
end

function Sending:_final(callback)
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

return Sending
