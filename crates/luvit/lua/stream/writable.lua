-- The methods of streams to write to.

local Error = require('core').Error
local base = require('stream/base')
local classes = require('stream/classes')

local attempt, nextTick, sizeOf, isChunk = base.attempt, base.nextTick, base.sizeOf, base.isChunk

---The state of a stream to write to, for those who look inside. Its fields are read, not set.
---@class luvit.WritableState
---@field highWaterMark number bytes, or objects, from which on `write` returns false
---@field objectMode boolean
---@field length integer bytes, or objects, not written yet
---@field writing boolean `_write` has not called back yet
---@field corked integer calls of `cork` without their `uncork`
---@field needDrain boolean `drain` will be emitted
---@field ending boolean `_end` was called
---@field finished boolean `finish` was emitted
---@field [string] any
local WritableState = {
  highWaterMark = base.DEFAULT_MARK,
  objectMode = false,
  length = 0,            -- bytes, or objects, not written yet
  first = 1, last = 0,   -- which requests in `buffer` wait
  writing = false,       -- `_write` has not called back yet
  writelen = 0,          -- the size of what it writes
  sync = false,          -- inside `_write`
  bufferProcessing = false,
  corked = 0,
  pendingcb = 0,         -- callbacks that come before `finish`
  needDrain = false,
  ending = false,        -- `_end` was called
  ended = false,         -- and has returned
  prefinished = false,
  finishing = false,     -- `finish` comes in the next tick
  finished = false,
  errorEmitted = false,
  failed = nil,          -- the error because of which `finish` will not come
  endCallbacks = nil,    -- of `_end`
}
local writableMeta = { __index = WritableState }

local function newWritableState(options)
  return base.configure(setmetatable({ buffer = {} }, writableMeta), options, 'writable')
end

local function writableState(self)
  local state = rawget(self, '_writableState')
  if not state then
    state = newWritableState()
    self._writableState = state
  end
  return state
end

---@class luvit.Writable
local Writable = classes.open(classes.Writable)

---Makes a stream.
---@param options? luvit.stream.Options
function Writable:initialize(options)
  self._writableState = newWritableState(options)
end

---Emits an `error`: nothing can be read from this stream.
function Writable:pipe()
  self:emit('error', Error:new('Cannot pipe. Not readable.'))
end

-- Ends what is piped to the stream: whatever else is written would fail as well.
local function endPipes(self)
  self:emit('_failed')
end

-- Calls the callback later and reports the error now.
local function reject(self, callback, message)
  local err = Error:new(message)
  if callback then nextTick(callback, err) end
  self:emit('error', err)
  return false
end

-- Tells those who called `_end` how it ended.
local function callEnd(state, err)
  local callbacks = state.endCallbacks
  if not callbacks then return end
  state.endCallbacks = nil
  for i = 1, #callbacks do callbacks[i](err) end
end

local function emitFinish(self, state)
  if state.finished or state.pendingcb > 0 then return end
  state.finished = true
  callEnd(state)
  self:emit('finish')
end

-- Something has gone wrong; on a stream that is ending it is the end.
local function emitError(self, state, err)
  if state.ending then
    state.failed = err
    callEnd(state, err)
  end
  self:emit('error', err)
end

local function finishMaybe(self, state, sync)
  if not state.ending or state.finished or state.writing or state.length > 0 then return end
  if not state.prefinished then
    state.prefinished = true
    self:emit('prefinish')
    if self._final then
      state.pendingcb = state.pendingcb + 1
      self:_final(function(err)
        state.pendingcb = state.pendingcb - 1
        if err then
          emitError(self, state, err)
        else
          finishMaybe(self, state, true)
        end
      end)
    end
  end
  if state.pendingcb > 0 then return end
  if sync then
    state.finishing = true
    nextTick(emitFinish, self, state)
  else
    emitFinish(self, state)
  end
end

local function afterWrite(self, state, callback)
  if state.needDrain and state.length == 0 and not state.ending then
    state.needDrain = false
    attempt(self.emit, self, 'drain')
  end
  state.pendingcb = state.pendingcb - 1
  if callback then attempt(callback) end
  finishMaybe(self, state)
end

local function afterError(self, state, callbacks, err)
  for i = 1, #callbacks do
    state.pendingcb = state.pendingcb - 1
    if callbacks[i] then attempt(callbacks[i], err) end
  end
  state.errorEmitted = true
  endPipes(self)
  emitError(self, state, err)
end

-- What waits behind a failed write fails with it.
local function failQueue(state, callbacks)
  for i = state.first, state.last do
    local request = state.buffer[i]
    state.length = state.length - sizeOf(state, request.chunk)
    callbacks[#callbacks + 1] = request.callback or false
  end
  state.buffer, state.first, state.last = {}, 1, 0
end

local flush

local function onWritten(self, state, err)
  if not state.writing then
    self:emit('error', Error:new('the callback of _write was called more than once'))
    return
  end
  local callback, sync = state.writecb, state.sync
  state.writing = false
  state.writecb = nil
  state.length = state.length - state.writelen
  state.writelen = 0
  if err then
    local callbacks = { callback or false }
    failQueue(state, callbacks)
    if sync then
      nextTick(afterError, self, state, callbacks, err)
    else
      afterError(self, state, callbacks, err)
    end
    return
  end
  if state.last >= state.first and state.corked == 0 and not state.bufferProcessing then flush(self, state) end
  if sync then
    nextTick(afterWrite, self, state, callback)
  else
    afterWrite(self, state, callback)
  end
end

local function start(self, state, method, chunk, length, callback)
  state.writing = true
  state.writelen = length
  state.writecb = callback
  state.sync = true
  local onwrite = rawget(state, 'onwrite')
  if not onwrite then
    onwrite = function(err) onWritten(self, state, err) end
    state.onwrite = onwrite
  end
  method(self, chunk, onwrite)
  state.sync = false
end

local function takeAll(state)
  local requests, count = {}, 0
  for i = state.first, state.last do
    count = count + 1
    requests[count] = state.buffer[i]
  end
  state.buffer, state.first, state.last = {}, 1, 0
  return requests, count
end

local function flushAtOnce(self, state)
  local requests, count = takeAll(state)
  state.pendingcb = state.pendingcb + 1
  start(self, state, self._writev, requests, state.length, function(err)
    for i = 1, count do
      state.pendingcb = state.pendingcb - 1
      local callback = requests[i].callback
      if callback then attempt(callback, err) end
    end
  end)
end

-- Writes what waits until a write does not complete at once.
function flush(self, state)
  state.bufferProcessing = true
  while state.last >= state.first and not state.writing do
    if self._writev and state.last > state.first then
      flushAtOnce(self, state)
    else
      local first = state.first
      local request = state.buffer[first]
      state.buffer[first] = nil
      state.first = first + 1
      start(self, state, self._write, request.chunk, sizeOf(state, request.chunk), request.callback)
    end
  end
  if state.first > state.last then state.first, state.last = 1, 0 end
  state.bufferProcessing = false
end

---Writes a chunk.
---@param chunk any a string; with `objectMode` any value, nil too, which `_write` gets like any other
---@param callback? fun(err?: any) called when it has been written, or could not be
---@return boolean # false: wait for `drain` before writing more
function Writable:write(chunk, callback)
  local state = writableState(self)
  -- Of a buffer, the bytes are written that are in it now.
  if type(chunk) == 'table' and not state.objectMode then chunk = base.bytesOf(chunk) or chunk end
  if type(callback) ~= 'function' then callback = nil end
  if state.ending then
    endPipes(self)
    return reject(self, callback, 'write after end')
  end
  if not isChunk(state, chunk) then
    return reject(self, callback, 'Invalid non-string/buffer chunk')
  end
  local length = sizeOf(state, chunk)
  state.length = state.length + length
  state.pendingcb = state.pendingcb + 1
  local more = state.length < state.highWaterMark
  if not more then state.needDrain = true end
  if state.writing or state.corked > 0 or state.bufferProcessing then
    local last = state.last + 1
    state.last = last
    state.buffer[last] = { chunk = chunk, callback = callback }
  else
    start(self, state, self._write, chunk, length, callback)
  end
  return more
end

---Collects writes until `uncork` is called as often.
function Writable:cork()
  local state = writableState(self)
  state.corked = state.corked + 1
end

---Writes what was collected, when it was called as often as `cork`.
function Writable:uncork()
  local state = writableState(self)
  if state.corked == 0 then return end
  state.corked = state.corked - 1
  if state.corked == 0 and state.last >= state.first and not state.writing and not state.bufferProcessing then
    flush(self, state)
  end
end

---Writes one chunk. Subclasses implement it; the next one comes after the callback was called.
---@param chunk any
---@param callback fun(err?: any)
---@return any # not looked at
function Writable:_write(chunk, callback) -- luacheck: ignore
  callback(Error:new('not implemented'))
end

---Ends the stream: `finish` is emitted when everything has been written.
---@param chunk? any a last chunk
---@param callback? fun(err?: any) called when everything has been written, or with the error that prevents it
function Writable:_end(chunk, callback)
  if type(chunk) == 'function' then chunk, callback = nil, chunk end
  if chunk ~= nil then self:write(chunk) end
  local state = writableState(self)
  if state.corked > 0 then
    state.corked = 1
    self:uncork()
  end
  if callback then
    if state.finished or state.failed ~= nil then
      nextTick(callback, state.failed)
    else
      local callbacks = state.endCallbacks or {}
      callbacks[#callbacks + 1] = callback
      state.endCallbacks = callbacks
    end
  end
  if state.ending then return end
  state.ending = true
  finishMaybe(self, state, true)
  state.ended = true
  -- On a stream that also reads, `end` says that the other side has ended.
  if not self.read then self:emit('end') end
end

---Empties the queue of a stream that is at its end.
---@param self luvit.Writable
---@return (fun(err?: any))[] # the callbacks of what was not written, and of `_end`
local function takeWrites(self)
  local state = writableState(self)
  local callbacks = { state.writecb }
  for i = state.first, state.last do
    callbacks[#callbacks + 1] = state.buffer[i].callback
  end
  if not state.finishing then
    for _, callback in ipairs(state.endCallbacks or {}) do callbacks[#callbacks + 1] = callback end
    state.endCallbacks = nil
  end
  state.buffer, state.first, state.last = {}, 1, 0
  state.length, state.writelen, state.writing, state.writecb = 0, 0, false, nil
  return callbacks
end

return { Writable = Writable, takeWrites = takeWrites }
