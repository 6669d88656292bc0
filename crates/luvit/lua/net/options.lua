-- What can be set on a connection: options of TCP, buffer sizes, the idle timeout.

local uv = require('uv')
local timer = require('timer')
local address = require('net/address')
local class = require('net/class')

local Socket = class.Socket
local badArgument, checkOptional = address.badArgument, address.checkOptional

---Whether small writes leave at once (TCP_NODELAY). They do unless this is called with false.
---@param enable boolean
---@return 0? success, string? err, string? code
function Socket:nodelay(enable)
  self._nagle = not enable
  if not self._handle or self._connecting or self._isPipe then return 0 end
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
  if not self._handle or self._connecting or self._isPipe then return 0 end
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
  if not self._handle then return class.notConnected() end
  return fn(self._handle, ...)
end

---How many written bytes the system keeps until they are sent.
---@return integer? bytes, string? err, string? code
function Socket:getSendBufferSize()
  return bufferSize(self, uv.send_buffer_size, 'getSendBufferSize')
end

---How many received bytes the system keeps until they are read.
---@return integer? bytes, string? err, string? code
function Socket:getRecvBufferSize()
  return bufferSize(self, uv.recv_buffer_size, 'getRecvBufferSize')
end

---Sets how many written bytes the system keeps; it may choose another number.
---@param size integer bytes
---@return integer? success, string? err, string? code
function Socket:setSendBufferSize(size)
  return bufferSize(self, uv.send_buffer_size, 'setSendBufferSize', size)
end

---Sets how many received bytes the system keeps; it may choose another number.
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
  if self._dialing then self._dialing:refAll(uv.ref) end
  return self
end

---Lets the program end although the connection is open.
---@return self
function Socket:unref()
  self._unref = true
  if self._handle then uv.unref(self._handle) end
  if self._dialing then self._dialing:refAll(uv.unref) end
  return self
end

---Sets what was asked for before there was a connection.
---@param self luvit.net.Socket
local function configure(self)
  if self._isPipe then return end
  local handle = self._handle
  -- A small answer must not wait for the acknowledgement of the one before.
  if not self._nagle then uv.tcp_nodelay(handle, true) end
  if self._keepalive then uv.tcp_keepalive(handle, true, self._keepalive) end
end

return { configure = configure }
