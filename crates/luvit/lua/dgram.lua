-- UDP sockets: datagrams to one peer, to many, and from anybody.

local uv = require('uv')
local core = require('core')
local timer = require('timer')
local adapt = require('utils').adapt

local Emitter, Error = core.Emitter, core.Error

---@class luvit.dgram
local dgram = {}

-- Arguments ----------------------------------------------------------------------------------------------------------

local function badArgument(name, method, expected, value, level)
  error(("bad argument '%s' to '%s' (%s expected, got %s)"):format(name, method, expected, value), level + 1)
end

local function checkPort(port, method, minimum)
  local number = tonumber(port)
  if not number or number < minimum or number > 65535 or number % 1 ~= 0 then
    badArgument('port', method, ('integer from %d to 65535'):format(minimum), tostring(port), 3)
  end
  return number
end

local function checkHost(host, method)
  if host ~= nil and type(host) ~= 'string' then badArgument('host', method, 'string', type(host), 3) end
end

local function checkCallback(callback, method)
  local kind = type(callback)
  if kind ~= 'nil' and kind ~= 'function' and kind ~= 'thread' then
    badArgument('callback', method, 'function or coroutine', kind, 3)
  end
end

local function isNumeric(host)
  return host:find(':', 1, true) ~= nil or host:find('^%d+%.%d+%.%d+%.%d+$') ~= nil
end

-- Errors -------------------------------------------------------------------------------------------------------------

---@param code string
---@param what string the operation and its subject
---@return luvit.Error
local function describe(code, what)
  local number = uv.errno[code]
  return Error:new(('%s, %s'):format(number and uv.translate_sys_error(number) or code .. ': error', what))
end

local function endpoint(host, port)
  return (host:find(':', 1, true) and '[%s]:%s' or '%s:%s'):format(host, port)
end

local function notOpen()
  return nil, 'EBADF: bad file descriptor', 'EBADF'
end

-- Calls a function of `uv` that raises an error for what is no address; here that is a failure like others.
local function withAddress(fn, ...)
  local called, result, err, code = pcall(fn, ...)
  if not called then return nil, 'EINVAL: invalid argument', 'EINVAL' end
  return result, err, code
end

-- Socket -------------------------------------------------------------------------------------------------------------

---A UDP socket.
---
---Events: `listening` when it is bound; `message` (data, rinfo, flags) for each datagram, `rinfo` being a table with
---the sender's `ip` (also as `address`), `port` and `family` (`inet` or `inet6`), and `flags.partial` true when the
---datagram did not fit; `connect`; `timeout`; `error`; `close`, always the last one. An error arrives as its code
---(`'EADDRINUSE'`), as in luvit 2; a second argument is the whole story, with `message` and `code`.
---@class luvit.dgram.Socket: luvit.Emitter
---@field type? 'udp4'|'udp6'
---@field _handle? uv_udp_t nil once it was closed
---@field _family? 'udp4'|'udp6' the same as `type`
local Socket = Emitter:extend()
dgram.Socket = Socket
-- What is looked at for every datagram is found here, not after a walk through all classes.
Socket._idleTimeout = -1
Socket._connecting = false

---@class luvit.dgram.SocketOptions
---@field type? 'udp4'|'udp6' the family; without it that of the first address that is used
---@field reuseAddr? boolean other sockets may be bound to the address too
---@field reusePort? boolean the system spreads datagrams over the sockets that are bound with this (`ENOTSUP` where it cannot)
---@field ipv6Only? boolean no IPv4 on an IPv6 socket
---@field recvBufferSize? integer bytes
---@field sendBufferSize? integer bytes

local FAMILIES = { udp4 = 'inet', udp6 = 'inet6' }

local function checkOptions(options)
  local kind = options.type
  if kind ~= nil and not FAMILIES[kind] then badArgument('type', 'createSocket', 'udp4 or udp6', tostring(kind), 3) end
  for _, name in ipairs({ 'recvBufferSize', 'sendBufferSize' }) do
    local size = options[name]
    if size ~= nil and not (type(size) == 'number' and size > 0) then
      badArgument(name, 'createSocket', 'number greater than 0', tostring(size), 3)
    end
  end
  return options
end

---@param kind? 'udp4'|'udp6'|luvit.dgram.SocketOptions
---@param callback? fun(data: string, rinfo: table, flags: table) listener for `message`
function Socket:initialize(kind, callback)
  self._options = checkOptions(type(kind) == 'table' and kind or { type = kind })
  self.type, self._family = self._options.type, self._options.type
  -- With a family there is a socket from the start, on which options can be set. Where the system does not know the
  -- family, `bind` and `send` will tell.
  self._handle = FAMILIES[self.type] and uv.new_udp(FAMILIES[self.type]) or assert(uv.new_udp())
  if callback then self:on('message', callback) end
end

---Creates a socket.
---@param kind? 'udp4'|'udp6'|luvit.dgram.SocketOptions
---@param callback? fun(data: string, rinfo: table, flags: table) listener for `message`
---@return luvit.dgram.Socket
function dgram.createSocket(kind, callback)
  if kind ~= nil and type(kind) ~= 'string' and type(kind) ~= 'table' then
    badArgument('type', 'createSocket', 'string or table', type(kind), 2)
  end
  if callback ~= nil and type(callback) ~= 'function' then
    badArgument('callback', 'createSocket', 'function', type(callback), 2)
  end
  checkOptions(type(kind) == 'table' and kind or { type = kind })
  return Socket:new(kind, callback)
end

-- An error that nobody listens for is raised with all that is known about it.
function Socket:missingHandlerType(name, err, detail)
  return Emitter.missingHandlerType(self, name, detail or err)
end

-- Tells the callback of an operation, or everybody.
local function report(self, callback, code, what)
  local detail = describe(code, what)
  if callback then return callback(code, detail) end
  self:emit('error', code, detail)
end

-- As `report`, when the caller has returned.
local function reportLater(self, callback, code, what)
  timer.setImmediate(report, self, callback, code, what)
end

-- Calls `done(code, address)` with a numeric address of the host, at once when it is one.
local function resolve(self, host, done)
  if isNumeric(host) then return done(nil, host) end
  local hints = { family = FAMILIES[self.type], socktype = 'dgram' }
  local called, request, _, code = pcall(uv.getaddrinfo, host, nil, hints, function(err, found)
    done(err, found and found[1] and found[1].addr)
  end)
  if not called or not request then timer.setImmediate(done, called and code or 'EINVAL') end
end

-- Receiving ----------------------------------------------------------------------------------------------------------

local function receiver(self)
  return function(err, data, rinfo, flags)
    timer.active(self)
    if err then
      report(self, nil, err, 'recv')
    elseif rinfo then
      rinfo.address = rinfo.ip
      self:emit('message', data, rinfo, flags)
    end
  end
end

---Starts to receive. A socket that is not bound is bound to a free port. `bind` does this too.
---@return 0? success, string? err, string? code
function Socket:recvStart()
  if not self._handle then return notOpen() end
  self._stopped = false
  if self._receiving then return 0 end
  local ok, err, code = uv.udp_recv_start(self._handle, receiver(self))
  if not ok then return nil, err, code end
  self._receiving = true
  self._bound = self._bound or true
  return 0
end

---Stops receiving until `recvStart`. What arrives stays with the system while it has room.
---@return 0? success, string? err, string? code
function Socket:recvStop()
  if not self._handle then return notOpen() end
  self._stopped, self._receiving = true, false
  return uv.udp_recv_stop(self._handle)
end

-- A socket that only sends receives when somebody listens, and else does not keep the program alive.
local function receiveIfHeard(self)
  if self._stopped or self._receiving or self:listenerCount('message') == 0 then return end
  local ok, _, code = self:recvStart()
  if not ok then reportLater(self, nil, code, 'recv') end
end

function Socket:addHandlerType(name)
  if name ~= 'message' or not self._handle or self._bound ~= true then return end
  -- The listener is there when this returns.
  timer.setImmediate(function()
    if self._handle then receiveIfHeard(self) end
  end)
end

-- Binding ------------------------------------------------------------------------------------------------------------

local function applySizes(self)
  local options, handle = self._options, self._handle
  if options.recvBufferSize then
    local ok, _, code = uv.recv_buffer_size(handle, options.recvBufferSize)
    if not ok then return nil, code end
  end
  if options.sendBufferSize then
    local ok, _, code = uv.send_buffer_size(handle, options.sendBufferSize)
    if not ok then return nil, code end
  end
  return true
end

-- Lets `method` wait for the address of `bind`, or for `connect`: it is called then, or its callback with the error.
local function later(self, what, callback, method, ...)
  local count, args = select('#', ...), { ... }
  self._queue = self._queue or {}
  table.insert(self._queue, function(code)
    if not code then return method(self, unpack(args, 1, count)) end
    -- Whoever closes the socket knows that what was not sent is not sent.
    if callback or code ~= 'ECANCELED' then reportLater(self, callback, code, what) end
  end)
end

local function flush(self, code)
  local queue = self._queue
  self._queue = nil
  for _, entry in ipairs(queue or {}) do entry(code) end
end

local function listening(self, callback)
  if not self._handle then return end
  self:emit('listening')
  if callback then callback() end
end

-- Binds to a numeric address and begins to receive.
local function bindTo(self, address, port, options, callback)
  local ok, _, code = withAddress(uv.udp_bind, self._handle, address, port, options)
  if ok then ok, code = applySizes(self) end
  if not ok then return code end
  self._bound = true
  if not self._stopped then
    ok, _, code = self:recvStart()
    if not ok then return code end
  end
  timer.setImmediate(listening, self, callback)
end

-- The flags of `uv.udp_bind`: those of the socket and, by libuv's names as in luvit 2, of this call.
local function bindOptions(self, options)
  if type(options) == 'number' then return options end
  options = options or {}
  local own = self._options
  return {
    reuseaddr = own.reuseAddr or options.reuseaddr or options.reuseAddr,
    reuseport = own.reusePort or options.reuseport or options.reusePort,
    ipv6only = own.ipv6Only or options.ipv6only or options.ipv6Only,
    linux_recverr = options.linux_recverr,
  }
end

---Binds the socket to an address and starts to receive. With a numeric host it is bound when this returns; a name is
---looked up. `listening` follows, or `error`.
---@param port? integer 0, the default, lets the system choose
---@param host? string all addresses by default
---@param options? table `reuseaddr`, `reuseport` and `ipv6only`, in addition to the options of the socket
---@param callback? fun(err?: string, detail?: luvit.Error)|thread called when it is bound, or with the error, which otherwise is emitted
---@return self
---@overload fun(self, options: { port?: integer, address?: string }, callback?: fun(err?: string)): luvit.dgram.Socket
---@overload fun(self, port: integer, host: string, callback: fun(err?: string)): luvit.dgram.Socket
---@overload fun(self, port: integer, callback: fun(err?: string)): luvit.dgram.Socket
function Socket:bind(port, host, options, callback)
  if type(port) == 'table' then
    callback, options, port, host = host, port, port.port, port.address or port.host
  end
  if type(port) == 'function' or type(port) == 'thread' then port, callback = nil, port end
  if type(host) == 'function' or type(host) == 'thread' then host, callback = nil, host end
  if type(options) == 'function' or type(options) == 'thread' then options, callback = nil, options end
  port = checkPort(port or 0, 'bind', 0)
  checkHost(host, 'bind')
  checkCallback(callback, 'bind')
  if type(callback) == 'thread' then
    return adapt(callback, function(done) return self:bind(port, host, options, done) end)
  end
  host = host or (self.type == 'udp6' and '::' or '0.0.0.0')
  local what = 'bind ' .. endpoint(host, port)
  if not self._handle then
    reportLater(self, callback, 'EBADF', what)
    return self
  end
  self._bound = self._bound or 'soon'
  resolve(self, host, function(code, address)
    if not self._handle then return callback and callback('ECANCELED', describe('ECANCELED', what)) end
    code = code or bindTo(self, address, port, bindOptions(self, options), callback)
    if code then reportLater(self, callback, code, what) end
    if self._bound == 'soon' then self._bound = nil end
    flush(self, code)
  end)
  return self
end

-- Sending ------------------------------------------------------------------------------------------------------------

-- A string or number as it is, the bytes of a buffer, nil for anything else.
local function bytesOf(data)
  local kind = type(data)
  if kind == 'string' or kind == 'number' then return data end
  local meta = kind == 'table' and getmetatable(data)
  if meta and meta.__isBuffer then return data:toString() end
end

-- What `uv` is to send.
local function checkData(data)
  local bytes = bytesOf(data)
  if bytes then return bytes end
  if type(data) ~= 'table' then badArgument('data', 'send', 'string, Buffer or list of them', type(data), 3) end
  local list = {}
  for i = 1, #data do
    list[i] = bytesOf(data[i])
      or badArgument('data', 'send', 'string, Buffer or list of them', 'a list with a ' .. type(data[i]), 3)
  end
  return list
end

-- The callback of sends that have none; one a socket.
local function sendCallback(self)
  local function onSend(err)
    -- Whoever closes the socket knows that what was not sent is not sent.
    if err and err ~= 'ECANCELED' then report(self, nil, err, 'send') end
  end
  self._onSend = onSend
  return onSend
end

local function subject(address, port)
  return address and 'send ' .. endpoint(address, port) or 'send'
end

-- What a send leaves behind on a socket that was not bound: the system has bound it, to a free port.
local function boundBySend(self)
  self._bound = true
  local ok, code = applySizes(self)
  if not ok then reportLater(self, nil, code, 'bind') end
  receiveIfHeard(self)
  timer.setImmediate(listening, self)
end

-- Sends to a numeric address, or without one to the peer of `connect`.
local function sendTo(self, data, port, address, callback)
  local onSend = callback and function(err)
    if err then return report(self, callback, err, subject(address, port)) end
    callback()
  end or self._onSend or sendCallback(self)
  local ok, code, _
  if address == self._peer then
    -- Most programs send to one address many times: that it is one is known.
    ok, _, code = uv.udp_send(self._handle, data, address, port, onSend)
  else
    ok, _, code = withAddress(uv.udp_send, self._handle, data, address, port, onSend)
    if ok then self._peer = address end
  end
  if not ok then return reportLater(self, callback, code, subject(address, port)) end
  if self._bound ~= true then boundBySend(self) end
end

---Sends a datagram. A socket that is not bound is bound to a free port first; it then receives if somebody listens for
---`message`. To a host name it is sent when the name has been looked up, maybe after a later one.
---@param data string|luvit.Buffer|(string|luvit.Buffer)[] a list is sent as one datagram
---@param port? integer to the peer of `connect` without it
---@param host? string this machine by default
---@param callback? fun(err?: string, detail?: luvit.Error)|thread called when the system has taken it, or with the error, which otherwise is emitted
---@overload fun(self, data: string|string[], port: integer, callback: fun(err?: string)): nil
---@overload fun(self, data: string|string[], callback?: fun(err?: string)): nil
function Socket:send(data, port, host, callback)
  if type(port) == 'function' or type(port) == 'thread' then port, host, callback = nil, nil, port end
  if type(host) == 'function' or type(host) == 'thread' then host, callback = nil, host end
  data = checkData(data)
  if port ~= nil or host ~= nil then port = checkPort(port, 'send', 1) end
  checkHost(host, 'send')
  if callback then
    checkCallback(callback, 'send')
    if type(callback) == 'thread' then
      return adapt(callback, function(done)
        self:send(data, port, host, done)
        return true
      end)
    end
  end
  if port and not host then host = self.type == 'udp6' and '::1' or '127.0.0.1' end
  if not self._handle then return reportLater(self, callback, 'EBADF', 'send') end
  timer.active(self)
  if self._bound == 'soon' or self._connecting then
    return later(self, 'send', callback, self.send, data, port, host, callback)
  end
  if not host or host == self._peer then return sendTo(self, data, port, host, callback) end
  resolve(self, host, function(code, address)
    -- `report` would emit an error that nobody can do anything about.
    if not self._handle then
      if callback then report(self, callback, 'ECANCELED', 'send ' .. endpoint(host, port)) end
      return
    end
    if code then return report(self, callback, code, 'getaddrinfo ' .. host) end
    sendTo(self, data, port, address, callback)
  end)
end

---How many bytes wait to be sent, because the system did not take them yet.
---@return integer
function Socket:getSendQueueSize()
  return self._handle and uv.udp_get_send_queue_size(self._handle) or 0
end

---How many datagrams wait to be sent.
---@return integer
function Socket:getSendQueueCount()
  return self._handle and uv.udp_get_send_queue_count(self._handle) or 0
end

-- One peer -----------------------------------------------------------------------------------------------------------

---Makes a peer the only one: `send` without an address sends to it, only its datagrams are received, and an error that
---its machine reports is emitted (`ECONNREFUSED` when nobody listens). `connect` follows.
---@param port integer
---@param host? string this machine by default
---@param callback? fun(err?: string, detail?: luvit.Error)|thread
---@return self
function Socket:connect(port, host, callback)
  if type(host) == 'function' or type(host) == 'thread' then host, callback = nil, host end
  port = checkPort(port, 'connect', 1)
  checkHost(host, 'connect')
  checkCallback(callback, 'connect')
  if type(callback) == 'thread' then
    return adapt(callback, function(done) return self:connect(port, host, done) end)
  end
  host = host or (self.type == 'udp6' and '::1' or '127.0.0.1')
  local what = 'connect ' .. endpoint(host, port)
  if not self._handle then
    reportLater(self, callback, 'EBADF', what)
    return self
  end
  if self._bound == 'soon' or self._connecting then
    later(self, what, callback, self.connect, port, host, callback)
    return self
  end
  local function finish(code)
    self._connecting = false
    if not self._handle then return callback and callback('ECANCELED', describe('ECANCELED', what)) end
    flush(self, code)
    if code then return report(self, callback, code, what) end
    receiveIfHeard(self)
    self:emit('connect')
    if callback then callback() end
  end
  self._connecting = true
  resolve(self, host, function(code, address)
    if not code and self._handle then
      local ok, _, problem = withAddress(uv.udp_connect, self._handle, address, port)
      if ok then self._bound = self._bound or true else code = problem end
    end
    timer.setImmediate(finish, code)
  end)
  return self
end

---Ends what `connect` did.
---@return 0? success, string? err `ENOTCONN: …`, string? code
function Socket:disconnect()
  if not self._handle then return notOpen() end
  return uv.udp_connect(self._handle)
end

local function withHost(address, err, code)
  if not address then return nil, err, code end
  address.address = address.ip
  return address
end

---The address of the peer of `connect`.
---@return { ip: string, address: string, port: integer, family: string }? address, string? err, string? code
function Socket:remoteAddress()
  if not self._handle then return notOpen() end
  return withHost(uv.udp_getpeername(self._handle))
end

---The address the socket is bound to; `ip` and `address` are the same.
---@return { ip: string, address: string, port: integer, family: string }? address, string? err, string? code
function Socket:address()
  if not self._handle then return notOpen() end
  return withHost(uv.udp_getsockname(self._handle))
end

-- Options ------------------------------------------------------------------------------------------------------------

-- Calls a function of `uv` with the handle, when there is one.
local function set(self, fn, ...)
  if not self._handle then return notOpen() end
  return withAddress(fn, self._handle, ...)
end

---Whether datagrams may be sent to broadcast addresses.
---@param status boolean
---@return 0? success, string? err, string? code
function Socket:setBroadcast(status) return set(self, uv.udp_set_broadcast, status and true or false) end

---How many routers a datagram may pass.
---@param ttl integer 1 to 255
---@return 0? success, string? err, string? code
function Socket:setTTL(ttl)
  if type(ttl) ~= 'number' then badArgument('ttl', 'setTTL', 'number', type(ttl), 2) end
  return set(self, uv.udp_set_ttl, ttl)
end

---Joins or leaves a multicast group.
---@param multicastAddress string the group
---@param multicastInterface? string address of the interface, by default the system chooses
---@param op 'join'|'leave'
---@return 0? success, string? err, string? code
function Socket:setMembership(multicastAddress, multicastInterface, op)
  if type(multicastAddress) ~= 'string' then
    badArgument('multicastAddress', 'setMembership', 'string', type(multicastAddress), 2)
  end
  if op ~= 'join' and op ~= 'leave' then badArgument('op', 'setMembership', 'join or leave', tostring(op), 2) end
  return set(self, uv.udp_set_membership, multicastAddress, multicastInterface, op)
end

---Joins a multicast group: its datagrams are received.
---@param multicastAddress string
---@param interfaceAddress? string
---@return 0? success, string? err, string? code
function Socket:addMembership(multicastAddress, interfaceAddress)
  return self:setMembership(multicastAddress, interfaceAddress, 'join')
end

---Leaves a multicast group. Closing the socket leaves all.
---@param multicastAddress string
---@param interfaceAddress? string
---@return 0? success, string? err, string? code
function Socket:dropMembership(multicastAddress, interfaceAddress)
  return self:setMembership(multicastAddress, interfaceAddress, 'leave')
end

local function sourceMembership(self, sourceAddress, groupAddress, interfaceAddress, op, method)
  if type(sourceAddress) ~= 'string' then badArgument('sourceAddress', method, 'string', type(sourceAddress), 3) end
  if type(groupAddress) ~= 'string' then badArgument('groupAddress', method, 'string', type(groupAddress), 3) end
  return set(self, uv.udp_set_source_membership, groupAddress, interfaceAddress, sourceAddress, op)
end

---Joins a multicast group for the datagrams of one sender.
---@param sourceAddress string
---@param groupAddress string
---@param interfaceAddress? string
---@return 0? success, string? err, string? code
function Socket:addSourceSpecificMembership(sourceAddress, groupAddress, interfaceAddress)
  return sourceMembership(self, sourceAddress, groupAddress, interfaceAddress, 'join', 'addSourceSpecificMembership')
end

---Leaves the group of `addSourceSpecificMembership`.
---@param sourceAddress string
---@param groupAddress string
---@param interfaceAddress? string
---@return 0? success, string? err, string? code
function Socket:dropSourceSpecificMembership(sourceAddress, groupAddress, interfaceAddress)
  return sourceMembership(self, sourceAddress, groupAddress, interfaceAddress, 'leave', 'dropSourceSpecificMembership')
end

---How many routers a multicast datagram may pass; 1 unless it is set.
---@param ttl integer 1 to 255
---@return 0? success, string? err, string? code
function Socket:setMulticastTTL(ttl)
  if type(ttl) ~= 'number' then badArgument('ttl', 'setMulticastTTL', 'number', type(ttl), 2) end
  return set(self, uv.udp_set_multicast_ttl, ttl)
end

---Whether this machine receives the multicast datagrams that it sends; it does unless this is called with false.
---@param status boolean
---@return 0? success, string? err, string? code
function Socket:setMulticastLoopback(status) return set(self, uv.udp_set_multicast_loop, status and true or false) end

---The interface through which multicast datagrams leave.
---@param interfaceAddress string
---@return 0? success, string? err, string? code
function Socket:setMulticastInterface(interfaceAddress)
  if type(interfaceAddress) ~= 'string' then
    badArgument('interfaceAddress', 'setMulticastInterface', 'string', type(interfaceAddress), 2)
  end
  return set(self, uv.udp_set_multicast_interface, interfaceAddress)
end

local function checkSize(size, method)
  if type(size) ~= 'number' or not (size > 0) then
    badArgument('size', method, 'number greater than 0', tostring(size), 3)
  end
end

---How many received bytes the system keeps until they are read.
---@return integer? bytes, string? err, string? code
function Socket:getRecvBufferSize() return set(self, uv.recv_buffer_size) end

---How many written bytes the system keeps until they are sent.
---@return integer? bytes, string? err, string? code
function Socket:getSendBufferSize() return set(self, uv.send_buffer_size) end

---Sets how many received bytes the system keeps; it may choose another number.
---@param size integer bytes
---@return integer? success, string? err, string? code
function Socket:setRecvBufferSize(size)
  checkSize(size, 'setRecvBufferSize')
  return set(self, uv.recv_buffer_size, size)
end

---Sets how many written bytes the system keeps; it may choose another number.
---@param size integer bytes
---@return integer? success, string? err, string? code
function Socket:setSendBufferSize(size)
  checkSize(size, 'setSendBufferSize')
  return set(self, uv.send_buffer_size, size)
end

-- Life ---------------------------------------------------------------------------------------------------------------

---Emits `timeout` when nothing was sent or received for so long.
---@param msecs number milliseconds; 0 ends the timeout
---@param callback? fun() listener for the next `timeout`; with 0 the one to remove
---@return self
function Socket:setTimeout(msecs, callback)
  if type(msecs) ~= 'number' then badArgument('msecs', 'setTimeout', 'number', type(msecs), 2) end
  if msecs > 0 then
    if self._handle then
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

---Lets the socket keep the program running while it receives, as it does unless `unref` was called.
---@return self
function Socket:ref()
  if self._handle then uv.ref(self._handle) end
  return self
end

---Lets the program end although the socket receives.
---@return self
function Socket:unref()
  if self._handle then uv.unref(self._handle) end
  return self
end

---Closes the socket; `close` follows. What is not sent by then is not sent: callbacks get `ECANCELED`.
---@param callback? fun()|thread called when it is closed, also when it was before
---@return self
function Socket:close(callback)
  checkCallback(callback, 'close')
  if type(callback) == 'thread' then
    return adapt(callback, function(done) return self:close(function() done() end) end)
  end
  local handle = self._handle
  if not handle then
    if callback then timer.setImmediate(callback) end
    return self
  end
  timer.unenroll(self)
  self._handle, self._receiving = nil, false
  flush(self, 'ECANCELED')
  uv.close(handle, function()
    if callback then callback() end
    self:emit('close')
  end)
  return self
end

return dgram
