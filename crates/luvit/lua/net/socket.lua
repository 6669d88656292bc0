-- Connections, as streams: TCP, and the local sockets of a system, which Windows calls named pipes.

local uv = require('uv')
local timer = require('timer')
local address = require('net/address')
local class = require('net/class')
local configure = require('net/options').configure
local Duplex = require('stream').Duplex

local Socket = class.Socket
local checkOptional, describe, endpoint = address.checkOptional, address.describe, address.endpoint

-- Reading ------------------------------------------------------------------------------------------------------------

local function isActive(self)
  return self._handle and not self._connecting and not self.destroyed
end

-- The connection has failed; `destroy` tells at what.
local function failed(self, code, operation)
  self._operation = operation
  self:destroy(code)
end

local function stopReading(self)
  if not self._reading then return end
  self._reading = false
  if not uv.is_closing(self._handle) then uv.read_stop(self._handle) end
end

-- One closure a socket, made when it first reads.
local function readCallback(self)
  local function onRead(err, data)
    if self.destroyed then return end
    timer.active(self)
    if err then
      failed(self, err, 'read')
    elseif data then
      self.bytesRead = self.bytesRead + #data
      if not self:push(data) and not self.destroyed then stopReading(self) end
    else
      stopReading(self)
      self._eof = true
      self:push(nil)
      -- With nothing left in the buffer, the end is seen even if nobody reads.
      self:read(0)
    end
  end
  self._onRead = onRead
  return onRead
end

function Socket:_read()
  -- Before the connection is there, `connected` begins to read.
  if self._reading or self._eof or not isActive(self) then return end
  self._reading = true
  local ok, _, code = uv.read_start(self._handle, self._onRead or readCallback(self))
  if ok then return end
  self._reading = false
  -- A program that reads from the handle by itself gets what comes.
  if code ~= 'EALREADY' then failed(self, code, 'read') end
end

-- Reads as much as the buffer takes, so that the peer's end is noticed whatever the program listens for.
local function startReading(self)
  local state = rawget(self, '_readableState')
  if self.readable and not self.destroyed and not (state and state.flowing == false) then self:read(0) end
end

---Stops reading from the peer, which is slowed down when the system's buffers are full.
---@return self
function Socket:pause()
  Duplex.pause(self)
  stopReading(self)
  return self
end

---Reads again after `pause`.
---@return self
function Socket:resume()
  Duplex.resume(self)
  -- A pause stops a read that the stream is still waiting for.
  self:_read()
  return self
end

-- Writing ------------------------------------------------------------------------------------------------------------

local function writeCallback(self)
  local function onWrite(err)
    -- `destroy` answers for everything that was not written.
    if self.destroyed then return end
    timer.active(self)
    if err then
      failed(self, err, 'write')
      return
    end
    local callback = self._writing
    self._writing = nil
    callback()
  end
  self._onWrite = onWrite
  return onWrite
end

-- Sends a string, or several as a list. The stream has one write under way at most.
local function send(self, data, callback)
  self._writing = callback
  if not isActive(self) then
    -- Not connected yet: `connected` sends it.
    self._unsent = data
    return
  end
  timer.active(self)
  local size = 0
  if type(data) == 'string' then
    size = #data
  else
    for i = 1, #data do size = size + #data[i] end
  end
  self.bytesWritten = self.bytesWritten + size
  local ok, _, code = uv.write(self._handle, data, self._onWrite or writeCallback(self))
  if not ok then failed(self, code, 'write') end
end

function Socket:_write(data, callback)
  send(self, data, callback)
end

function Socket:_writev(requests, callback)
  local list = {}
  for i = 1, #requests do list[i] = requests[i].chunk end
  -- A subclass that changes what is sent knows `_write` only.
  if self._write == Socket._write then
    send(self, list, callback)
  else
    self:_write(table.concat(list), callback)
  end
end

---Sends data, after what was written before. Before the connection is there it waits.
---@param chunk string|luvit.Buffer
---@param callback? fun(err?: any) called when the system has taken it, or with the error
---@return boolean # false: wait for `drain` before writing more
function Socket:write(chunk, callback)
  if not self.destroyed then return Duplex.write(self, chunk, callback) end
  -- `error` and `close` have told everybody else.
  if type(callback) == 'function' then timer.setImmediate(callback, 'EPIPE') end
  return false
end

-- Destroys the socket when both sides have ended.
local function settle(self)
  if self.destroyed then return end
  local writable = rawget(self, '_writableState')
  if not (writable and writable.finished) then return end
  if self.readable then
    -- Only who reads notices that the peer ends too.
    if not self._readableState or self._readableState.flowing == nil then self:read(0) end
  else
    self:destroy()
  end
end

-- The stream has written everything: tells the peer, then lets the stream emit `finish`.
function Socket:_final(callback)
  self.writable = false
  if not isActive(self) then
    self._unfinished = callback
    return
  end
  local function done(err)
    if self.destroyed then return end
    -- A peer that is gone already needs no goodbye.
    if err and err ~= 'ENOTCONN' then return failed(self, err, 'shutdown') end
    callback()
    timer.setImmediate(settle, self)
  end
  local ok, _, code = uv.shutdown(self._handle, done)
  if not ok then done(code) end
end

---Ends the stream after a last chunk. The peer sees the end when everything has been sent.
---@param chunk? string|luvit.Buffer
---@param callback? fun(err?: any) called when that is done, or with the error
function Socket:_end(chunk, callback)
  if self.destroyed then
    if type(chunk) == 'function' then callback = chunk end
    local state = rawget(self, '_writableState')
    if callback then timer.setImmediate(callback, not (state and state.finished) and 'EPIPE' or nil) end
    return
  end
  Duplex._end(self, chunk, callback)
end

---Ends our side of the connection when everything has been sent; the peer may go on.
---@param callback? fun() called when that is done, or the socket is closed
function Socket:shutdown(callback)
  if callback then
    local state = rawget(self, '_writableState')
    if self.destroyed or state and state.finished then
      timer.setImmediate(callback)
    else
      local function done()
        self:removeListener('finish', done)
        self:removeListener('close', done)
        callback()
      end
      self:on('finish', done)
      self:on('close', done)
    end
  end
  self:_end()
end

function Socket:emit(name, ...)
  if name == 'end' then timer.setImmediate(settle, self) end
  return Duplex.emit(self, name, ...)
end

-- An error that nobody listens for is raised with all that is known about it.
function Socket:missingHandlerType(name, err, detail)
  return Duplex.missingHandlerType(self, name, detail or err)
end

-- Connecting ---------------------------------------------------------------------------------------------------------

-- Does what had to wait for the connection.
function Socket:_connected()
  self._connecting = false
  configure(self)
  timer.active(self)
  if self._unsent then
    local data = self._unsent
    self._unsent = nil
    send(self, data, self._writing)
  end
  if self._unfinished then
    local finish = self._unfinished
    self._unfinished = nil
    self:_final(finish)
  end
  local readable = rawget(self, '_readableState')
  if readable and readable.reading and readable.flowing ~= false then self:_read() end
  self:emit('connect')
  startReading(self)
end

---@class luvit.net.ConnectOptions
---@field port? number|string a name of a service does too
---@field host? string 127.0.0.1 by default
---@field path? string of a local socket, instead of port and host; on Linux an abstract one begins with a zero byte
---@field family? 0|4|6 only addresses of this family; 0, the default, takes both
---@field autoSelectFamily? boolean true, the default: while an address does not answer the next one is tried beside it,
---  of the other family if there is one, and the first connection is taken (RFC 8305). False: one address after the
---  other
---@field autoSelectFamilyAttemptTimeout? number milliseconds after which the next is tried beside it, 250, at least 10
---@field connectTimeout? number milliseconds for all of it; then the error is `ETIMEDOUT`. By default the system's
---@field lookup? fun(host: string, options: table, callback: fun(err?: any, found: any)): any looks up the name instead
---  of the system. It gets the options `{ family = 0|4|6, all = true }` and calls back with an address or a list of
---  addresses or of `{ address = string }`. What it returns is canceled with the socket
---@field localAddress? string to connect from
---@field localPort? integer to connect from; then addresses are tried one after the other
---@field noDelay? boolean see `nodelay`, true by default
---@field keepAlive? boolean see `keepalive`, false by default
---@field keepAliveInitialDelay? number milliseconds of silence before it looks, 60,000
---@field timeout? number milliseconds, see `setTimeout`

---Connects to a server. A host name is looked up and its addresses are tried until one answers.
---@param port number|string|luvit.net.ConnectOptions a name of a service does too; text with a character that no such
---  name has, `/` or `.` for example, is the path of a local socket
---@param host? string|fun() 127.0.0.1 by default
---@param callback? fun() called after `connect` was emitted
---@return self
function Socket:connect(port, host, callback)
  local options
  if type(port) == 'table' then
    options, callback = port, host
  elseif address.isPath(port) then
    options, callback = { path = port }, host
  else
    if type(host) == 'function' then host, callback = nil, host end
    options = { port = port, host = host }
  end
  checkOptional(callback, 'function', 'callback', 'connect')
  return require('net/connect')(self, options, callback)
end

-- The end ------------------------------------------------------------------------------------------------------------

-- The callbacks of what was not sent. A socket that nothing was written to needs no methods of streams.
local function takeWrites(stream)
  if not rawget(stream, '_writableState') then return {} end
  return require('stream/writable').takeWrites(stream)
end

local function closed(self, err, detail)
  -- Each on its own turn: an error in one of them does not keep the others from being called.
  local later = timer.setImmediate
  for _, callback in ipairs(takeWrites(self)) do later(callback, err or 'ECANCELED') end
  if err ~= nil then later(self.emit, self, 'error', err, detail) end
  later(function()
    self._closeEmitted = true
    local server = self.server
    if server and server._left then server:_left() end
    self:emit('close', err ~= nil)
  end)
end

---Closes the connection at once; what was not sent yet is dropped.
---@param err? any emitted as `error` before `close`
---@param callback? fun() called after `close`
---@param detail? luvit.Error second argument of `error`
function Socket:destroy(err, callback, detail)
  checkOptional(callback, 'function', 'callback', 'destroy')
  if callback then
    if self._closeEmitted then timer.setImmediate(callback) else self:once('close', function() callback() end) end
  end
  if self.destroyed then return end
  self.destroyed = true
  self.readable = false
  self.writable = false
  self._connecting = false
  self._reading = false
  self._writing, self._unsent, self._unfinished = nil, nil, nil
  local readable = rawget(self, '_readableState')
  if readable then readable.flowing = false end
  timer.unenroll(self)
  if self._dialing then self._dialing:stop() end
  if err ~= nil and detail == nil and type(err) == 'string' and uv.errno[err] then
    -- A peer that is gone is known if it was looked at before.
    local operation, peer = self._operation, self.remoteAddress and endpoint(self.remoteAddress, self.remotePort)
    detail = describe(err, operation and peer and operation .. ' ' .. peer or operation or peer or 'socket')
  end
  local handle = self._handle
  if not handle or uv.is_closing(handle) then return closed(self, err, detail) end
  local function done() closed(self, err, detail) end
  -- A connection that is ending already cannot be reset.
  if not (self._reset and uv.tcp_close_reset(handle, done)) then uv.close(handle, done) end
end

---Closes the connection at once, so that the peer gets `ECONNRESET`.
---@return self
function Socket:resetAndDestroy()
  if self._isPipe then error('resetAndDestroy: a local socket cannot be reset', 2) end
  self._reset = self._handle and not self._connecting
  self:destroy()
  return self
end

-- Listening ----------------------------------------------------------------------------------------------------------

---@class luvit.net.AcceptOptions what the connections of a server are like
---@field allowHalfOpen? boolean true: the end of the peer's data does not end ours
---@field highWaterMark? integer bytes, for both directions
---@field pauseOnConnect? boolean true: nothing is read before `resume` is called
---@field noDelay? boolean see `nodelay`, true by default
---@field keepAlive? boolean see `keepalive`, true by default
---@field keepAliveInitialDelay? number milliseconds of silence before it looks, 60,000

---Accepts connections on a bound socket; each is emitted as `connection`.
---@param backlog? integer how many may wait to be accepted, 128 by default
---@param options? luvit.net.AcceptOptions
---@return 0? success, string? err, string? code
function Socket:listen(backlog, options)
  checkOptional(backlog, 'number', 'backlog', 'listen')
  checkOptional(options, 'table', 'options', 'listen')
  options = options or {}
  local handle = class.ensureHandle(self)
  return uv.listen(handle, backlog or 128, function(err)
    if self.destroyed then return end
    if err then return self:emit('error', err, describe(err, 'accept')) end
    local client = assert(self._isPipe and uv.new_pipe(false) or uv.new_tcp())
    if not uv.accept(handle, client) then
      -- The peer gave up before its turn came.
      uv.close(client)
      return
    end
    local socket = Socket:new({
      handle = client, allowHalfOpen = options.allowHalfOpen, highWaterMark = options.highWaterMark,
    })
    if options.noDelay == false then socket._nagle = true end
    if options.keepAlive ~= false then socket._keepalive = address.seconds(options.keepAliveInitialDelay) end
    configure(socket)
    if options.pauseOnConnect then socket:pause() end
    self:emit('connection', socket)
    startReading(socket)
  end)
end

return { Socket = Socket, takeWrites = takeWrites }
