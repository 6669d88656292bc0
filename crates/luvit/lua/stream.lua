-- Streams with backpressure: Readable, Writable, Duplex, Transform, PassThrough, Observable.
--
-- The state of a stream is a small table in `_readableState` or `_writableState`, made by `initialize` or, for objects
-- whose constructor does not call it, by the first method that needs it. Fields still at their default are not stored.

local core = require('core')
local Emitter, Error = core.Emitter, core.Error

-- Runs after the current callback: what happens "later" must not happen inside the call that causes it.
local function nextTick(...)
  local process = _G.process
  if process then return process.nextTick(...) end
  return require('timer').setImmediate(...)
end

local DEFAULT_MARK = 16 * 1024
local DEFAULT_OBJECT_MARK = 16
-- A `read` for more than the high water mark raises the mark, up to this.
local MAX_MARK = 2 ^ 30

local function configure(state, options, prefix)
  if options == nil then return state end
  if type(options) ~= 'table' then
    error(("bad argument 'options' to 'initialize' (table expected, got %s)"):format(type(options)), 4)
  end
  if options.objectMode or options[prefix .. 'ObjectMode'] then
    state.objectMode = true
    state.highWaterMark = DEFAULT_OBJECT_MARK
  end
  local mark = options[prefix .. 'HighWaterMark'] or options.highWaterMark
  if mark ~= nil then
    if type(mark) ~= 'number' or not (mark >= 0) then
      error("bad argument 'options.highWaterMark' to 'initialize' (number of at least 0 expected)", 4)
    end
    state.highWaterMark = mark
  end
  return state
end

local function sizeOf(state, chunk)
  return state.objectMode and 1 or #chunk
end

local function isChunk(state, chunk)
  return state.objectMode or type(chunk) == 'string'
end

-- Stream -------------------------------------------------------------------------------------------------------------

---@class luvit.Stream: luvit.Emitter
local Stream = Emitter:extend()

-- Whether the end of a source also ends the destination: not when told so, and never standard output.
local function endsWith(dest, options)
  if options and (options._end == false or options['end'] == false) then return false end
  local process = _G.process
  return not (process and (dest == process.stdout or dest == process.stderr))
end

-- Adds the listeners of `pairs` and returns a function that removes them.
local function attach(emitter, listeners)
  for name, listener in pairs(listeners) do emitter:on(name, listener) end
  return function()
    for name, listener in pairs(listeners) do emitter:removeListener(name, listener) end
  end
end

---Writes what this emitter emits as `data` to `dest`. This is for emitters that only have `pause` and `resume`;
---readable streams have their own.
---@param dest luvit.Writable
---@param options? { _end?: boolean } `_end = false` leaves `dest` open
---@return luvit.Writable # `dest`
function Stream:pipe(dest, options)
  local detachSource, detachDest
  local function detach()
    detachSource()
    detachDest()
  end
  local function finish()
    detach()
    if endsWith(dest, options) then dest:_end() end
  end
  detachDest = attach(dest, {
    drain = function()
      if self.resume then self:resume() end
    end,
    close = detach,
  })
  detachSource = attach(self, {
    data = function(chunk)
      if dest:write(chunk) == false and self.pause then self:pause() end
    end,
    ['end'] = finish,
    close = finish,
  })
  dest:emit('pipe', self)
  return dest
end

-- Readable -----------------------------------------------------------------------------------------------------------

---@class luvit.ReadableState
local ReadableState = {
  highWaterMark = DEFAULT_MARK,
  objectMode = false,
  length = 0,              -- bytes, or objects, in the buffer
  first = 1, last = 0,     -- where in `buffer` they are
  offset = 0,              -- how much of the first chunk has been read already
  flowing = nil,           -- true: `data` is emitted; false: paused; nil: nobody has asked yet
  reading = false,         -- `_read` was called and has not pushed yet
  sync = false,            -- inside `_read`
  needReadable = false,    -- the next chunk has to be announced
  emittedReadable = false, -- announced, and nothing read since
  readableListening = false,
  readingMore = false, resumeScheduled = false, endScheduled = false,
  ended = false,           -- the source has no more
  endEmitted = false,
  pipesCount = 0,
  awaitDrain = 0,          -- destinations that are full
}
local readableMeta = { __index = ReadableState }

local function newReadableState(options)
  return configure(setmetatable({ buffer = {} }, readableMeta), options, 'readable')
end

local function readableState(self)
  local state = rawget(self, '_readableState')
  if not state then
    state = newReadableState()
    self._readableState = state
  end
  return state
end

---A source of strings or, with `objectMode`, of any values but nil. Subclasses implement `_read`.
---Events: `data` (chunk), `readable`, `end`, `pause`, `resume`, and `error`, `close` from subclasses.
---@class luvit.Readable: luvit.Stream
---@field _readableState luvit.ReadableState
---@field readable boolean false once `end` has been emitted
local Readable = Stream:extend()
Readable.readable = true

---@param options? { highWaterMark?: integer, objectMode?: boolean }
function Readable:initialize(options)
  self._readableState = newReadableState(options)
end

local flow

local function announceNow(self)
  local state = readableState(self)
  if state.length > 0 or state.ended then self:emit('readable') end
  flow(self, state)
end

-- Tells the consumer that there is something to read, or that there will be no more.
local function announce(self, state)
  state.needReadable = false
  if state.emittedReadable then return end
  state.emittedReadable = true
  if state.sync then
    nextTick(announceNow, self)
  else
    announceNow(self)
  end
end

local function emitEnd(self)
  local state = readableState(self)
  state.endScheduled = false
  -- Something may have been unshifted meanwhile.
  if state.endEmitted or state.length > 0 then return end
  state.endEmitted = true
  self.readable = false
  self:emit('end')
  local writable = rawget(self, '_writableState')
  if self.allowHalfOpen == false and not (writable and writable.ending) then self:_end() end
end

local function scheduleEnd(self, state)
  if state.endEmitted or state.endScheduled then return end
  state.endScheduled = true
  nextTick(emitEnd, self)
end

-- Fills the buffer of a stream that nobody reads at the moment.
local function readMore(self)
  local state = readableState(self)
  while not state.reading and not state.ended
    and (state.length < state.highWaterMark or state.flowing and state.length == 0) do
    local before = state.length
    self:read(0)
    if state.length == before then break end
  end
  state.readingMore = false
end

local function scheduleReadMore(self, state)
  if state.readingMore then return end
  state.readingMore = true
  nextTick(readMore, self)
end

local function wantsMore(state)
  return not state.ended and (state.needReadable or state.length < state.highWaterMark or state.length == 0)
end

local function enqueue(state, chunk)
  local last = state.last + 1
  state.last = last
  state.buffer[last] = chunk
  state.length = state.length + sizeOf(state, chunk)
end

local function enqueueFirst(state, chunk)
  local first = state.first
  if state.offset > 0 then
    state.buffer[first] = state.buffer[first]:sub(state.offset + 1)
    state.offset = 0
  end
  state.first = first - 1
  state.buffer[first - 1] = chunk
  state.length = state.length + sizeOf(state, chunk)
end

local function resumeLater(self)
  local state = readableState(self)
  state.resumeScheduled = false
  self:emit('resume')
  flow(self, state)
  if state.flowing and not state.reading then self:read(0) end
end

local function scheduleResume(self, state)
  if state.resumeScheduled then return end
  state.resumeScheduled = true
  nextTick(resumeLater, self)
end

---Adds a chunk, for implementations of `_read`; nil ends the stream.
---@param chunk? any
---@return boolean # false: enough for now, `_read` will be called when there is room
function Readable:push(chunk)
  local state = readableState(self)
  if chunk == nil then
    state.reading = false
    if not state.ended then
      state.ended = true
      state.emittedReadable = false
      announce(self, state)
    end
  elseif not isChunk(state, chunk) then
    self:emit('error', Error:new('Invalid non-string/buffer chunk'))
  elseif state.ended then
    self:emit('error', Error:new('stream.push() after EOF'))
  else
    state.reading = false
    if chunk == '' and not state.objectMode then
      scheduleReadMore(self, state)
    elseif state.flowing and state.length == 0 and not state.sync then
      self:emit('data', chunk)
      if state.flowing then self:read(0) else scheduleReadMore(self, state) end
    else
      enqueue(state, chunk)
      if state.needReadable then announce(self, state) end
      if not state.flowing then scheduleReadMore(self, state) end
    end
  end
  return wantsMore(state)
end

---Puts a chunk back in front of what has not been read yet.
---@param chunk any
---@return boolean # as `push`
function Readable:unshift(chunk)
  local state = readableState(self)
  if chunk == nil or chunk == '' and not state.objectMode then return wantsMore(state) end
  if not isChunk(state, chunk) then
    self:emit('error', Error:new('Invalid non-string/buffer chunk'))
  elseif state.endEmitted then
    self:emit('error', Error:new('stream.unshift() after end event'))
  else
    enqueueFirst(state, chunk)
    if state.needReadable then announce(self, state) end
    if state.flowing then scheduleResume(self, state) end
  end
  return wantsMore(state)
end

-- How much a `read(n)` takes.
local function readableAmount(state, n)
  local length = state.length
  if length == 0 and state.ended then return 0 end
  if state.objectMode then return n ~= 0 and length > 0 and 1 or 0 end
  if type(n) ~= 'number' or n ~= n then
    if state.flowing and length > 0 then return #state.buffer[state.first] - state.offset end
    return length
  end
  n = math.floor(n)
  if n <= 0 then return 0 end
  local mark = state.highWaterMark
  if n > mark then
    mark = math.max(mark, 1)
    while mark < n and mark < MAX_MARK do mark = mark * 2 end
    state.highWaterMark = mark
  end
  if n <= length then return n end
  if state.ended then return length end
  state.needReadable = true
  return 0
end

local function dropFirst(state)
  local first = state.first
  state.buffer[first] = nil
  state.offset = 0
  if first == state.last then
    state.first, state.last = 1, 0
  else
    state.first = first + 1
  end
end

---Takes `n` bytes, or one object, out of a state's buffer.
---@param n integer
---@param state luvit.ReadableState
---@return any
local function fromList(n, state)
  local buffer = state.buffer
  state.first, state.last, state.offset = state.first or 1, state.last or #buffer, state.offset or 0
  if state.length == 0 then return nil end
  if state.objectMode then
    local object = buffer[state.first]
    dropFirst(state)
    state.length = state.length - 1
    return object
  end
  n = math.min(n or state.length, state.length)
  state.length = state.length - n
  local parts, count = {}, 0
  while n > 0 do
    local chunk, offset = buffer[state.first], state.offset
    local size = #chunk - offset
    local part = chunk
    if n < size then
      part = chunk:sub(offset + 1, offset + n)
      state.offset = offset + n
      size = n
    else
      if offset > 0 then part = chunk:sub(offset + 1) end
      dropFirst(state)
    end
    n = n - size
    count = count + 1
    parts[count] = part
  end
  return count == 1 and parts[1] or table.concat(parts)
end
Readable._fromList = fromList

---Takes data out of the buffer: `n` bytes, or all there is; while data flows the next chunk; with `objectMode` the next
---object. What it returns is also emitted as `data`.
---@param n? integer 0 only makes sure that the buffer gets filled
---@return any? # nil when there is not that much, yet
function Readable:read(n)
  local state = readableState(self)
  if n ~= 0 then
    state.emittedReadable = false
  elseif state.needReadable and (state.ended or state.length > 0 and state.length >= state.highWaterMark) then
    if state.length == 0 then scheduleEnd(self, state) else announce(self, state) end
    return nil
  end

  local amount = readableAmount(state, n)
  if amount == 0 and state.ended then
    if state.length == 0 then scheduleEnd(self, state) end
    return nil
  end

  if not state.ended and not state.reading
    and (state.needReadable or state.length == 0 or state.length - amount < state.highWaterMark) then
    state.reading = true
    state.sync = true
    if state.length == 0 then state.needReadable = true end
    self:_read(state.highWaterMark)
    state.sync = false
    if not state.reading then amount = readableAmount(state, n) end
  end

  local chunk
  if amount > 0 then
    chunk = fromList(amount, state)
  else
    state.needReadable = true
  end
  if state.length == 0 then
    if not state.ended then
      state.needReadable = true
    elseif n ~= 0 then
      scheduleEnd(self, state)
    end
  end
  if chunk ~= nil then self:emit('data', chunk) end
  return chunk
end

---Fetches data and gives it to `push`, now or later. Subclasses implement it.
---@param n integer how much fits, a hint
function Readable:_read(n) -- luacheck: ignore
  -- Streams that only push need none, so this is an error only for those who look at errors.
  if self:listenerCount('error') > 0 then self:emit('error', Error:new('not implemented')) end
end

function flow(self, state)
  while state.flowing and self:read() ~= nil do end
end

---Adds a listener. One for `data` lets data flow, unless the stream was paused.
---@param name any
---@param callback fun(...: any)
---@return self
function Readable:on(name, callback)
  Emitter.on(self, name, callback)
  if name == 'data' then
    if readableState(self).flowing ~= false then self:resume() end
  elseif name == 'readable' then
    local state = readableState(self)
    if not state.readableListening then
      state.readableListening = true
      state.emittedReadable = false
      state.needReadable = true
      if state.length > 0 or state.ended then
        state.emittedReadable = true
        nextTick(announceNow, self)
      elseif not state.reading then
        nextTick(self.read, self, 0)
      end
    end
  end
  return self
end
Readable.addListener = Readable.on

---Lets data flow: chunks are emitted as `data` as they come, whether anybody listens or not.
---@return self
function Readable:resume()
  local state = readableState(self)
  if not state.flowing then
    state.flowing = true
    if not state.reading then self:read(0) end
    scheduleResume(self, state)
  end
  return self
end

---Stops the `data` events; data collects in the buffer, up to the high water mark.
---@return self
function Readable:pause()
  local state = readableState(self)
  if state.flowing ~= false then
    state.flowing = false
    self:emit('pause')
  end
  return self
end

---Writes all data to `dest`, no faster than it takes it, and ends it when this stream ends.
---@param dest luvit.Writable
---@param options? { _end?: boolean } `_end = false` leaves `dest` open
---@return luvit.Writable # `dest`
function Readable:pipe(dest, options)
  local state = readableState(self)
  local waiting = false
  local detachSource, detachDest

  local function goOn()
    if not waiting then return end
    waiting = false
    state.awaitDrain = state.awaitDrain - 1
    if state.awaitDrain == 0 and state.pipesCount > 0 then
      state.flowing = true
      flow(self, state)
    end
  end

  local function unpipe()
    self:unpipe(dest)
  end

  local function finish()
    if endsWith(dest, options) then dest:_end() else unpipe() end
  end

  detachDest = attach(dest, {
    drain = goOn,
    close = unpipe,
    finish = unpipe,
    unpipe = function(source)
      if source ~= self then return end
      detachSource()
      detachDest()
      -- The other destinations must not wait for the one that left.
      goOn()
    end,
    error = function(err)
      unpipe()
      -- Unpiping removed this listener: if it was the only one, the error is still nobody's.
      if dest:listenerCount('error') == 0 then dest:emit('error', err) end
    end,
  })
  local pipes = state.pipes or {}
  pipes[#pipes + 1] = dest
  state.pipes, state.pipesCount = pipes, #pipes

  if state.endEmitted then nextTick(finish) end
  detachSource = attach(self, {
    ['end'] = finish,
    data = function(chunk)
      if dest:write(chunk) == false and not waiting then
        waiting = true
        state.awaitDrain = state.awaitDrain + 1
        self:pause()
      end
    end,
  })
  dest:emit('pipe', self)
  if not state.flowing and state.awaitDrain == 0 then self:resume() end
  return dest
end

---Undoes `pipe` for one destination, or for all. With no destination left the stream is paused.
---@param dest? luvit.Writable
---@return self
function Readable:unpipe(dest)
  local state = readableState(self)
  local left, kept = {}, {}
  for _, pipe in ipairs(state.pipes or {}) do
    local list = (dest == nil or pipe == dest) and left or kept
    list[#list + 1] = pipe
  end
  if #left == 0 then return self end
  state.pipes, state.pipesCount = kept[1] and kept or nil, #kept
  if #kept == 0 then state.flowing = false end
  for _, pipe in ipairs(left) do pipe:emit('unpipe', self) end
  return self
end

---Makes an emitter of `data` and `end` the source of this stream.
---@param stream luvit.Emitter with `pause` and `resume`
---@return self
function Readable:wrap(stream)
  local paused = false
  stream:on('end', function() self:push(nil) end)
  stream:on('data', function(chunk)
    if chunk ~= nil and not self:push(chunk) then
      paused = true
      stream:pause()
    end
  end)
  for _, name in ipairs({ 'error', 'close', 'destroy', 'pause', 'resume' }) do
    stream:propagate(name, self)
  end
  for name, method in pairs(stream) do
    if type(method) == 'function' and self[name] == nil then self[name] = method end
  end
  self._read = function()
    if paused then
      paused = false
      stream:resume()
    end
  end
  return self
end

-- Writable -----------------------------------------------------------------------------------------------------------

---@class luvit.WritableState
local WritableState = {
  highWaterMark = DEFAULT_MARK,
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
  finished = false,
  errorEmitted = false,
}
local writableMeta = { __index = WritableState }

local function newWritableState(options)
  return configure(setmetatable({ buffer = {} }, writableMeta), options, 'writable')
end

local function writableState(self)
  local state = rawget(self, '_writableState')
  if not state then
    state = newWritableState()
    self._writableState = state
  end
  return state
end

---A destination for strings or, with `objectMode`, for any values but nil. Subclasses implement `_write`, and may
---implement `_writev` and `_final`. Events: `drain`, `pipe`, `unpipe`, `prefinish`, `finish`, `error`.
---@class luvit.Writable: luvit.Stream
---@field _writableState luvit.WritableState
---@field _writev? fun(self: luvit.Writable, requests: { chunk: any }[], callback: fun(err?: any)) writes several chunks
---@field _final? fun(self: luvit.Writable, callback: fun(err?: any)) called before `finish`, which waits for it
local Writable = Stream:extend()

---@param options? { highWaterMark?: integer, objectMode?: boolean }
function Writable:initialize(options)
  self._writableState = newWritableState(options)
end

function Writable:pipe()
  self:emit('error', Error:new('Cannot pipe. Not readable.'))
end

-- Calls the callback later and reports the error now.
local function reject(self, callback, message)
  local err = Error:new(message)
  if callback then nextTick(callback, err) end
  self:emit('error', err)
  return false
end

local function emitFinish(self, state)
  if state.finished or state.pendingcb > 0 then return end
  state.finished = true
  self:emit('finish')
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
          self:emit('error', err)
        else
          finishMaybe(self, state, true)
        end
      end)
    end
  end
  if state.pendingcb > 0 then return end
  if sync then
    nextTick(emitFinish, self, state)
  else
    emitFinish(self, state)
  end
end

local function afterWrite(self, state, callback)
  if state.needDrain and state.length == 0 and not state.ending then
    state.needDrain = false
    self:emit('drain')
  end
  state.pendingcb = state.pendingcb - 1
  if callback then callback() end
  finishMaybe(self, state)
end

local function afterError(self, state, callbacks, err)
  for i = 1, #callbacks do
    state.pendingcb = state.pendingcb - 1
    if callbacks[i] then callbacks[i](err) end
  end
  state.errorEmitted = true
  self:emit('error', err)
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
      if callback then callback(err) end
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
---@param chunk any
---@param callback? fun(err?: any) called when it has been written, or could not be
---@return boolean # false: wait for `drain` before writing more
function Writable:write(chunk, callback)
  local state = writableState(self)
  if type(callback) ~= 'function' then callback = nil end
  if state.ending then return reject(self, callback, 'write after end') end
  if chunk == nil or not isChunk(state, chunk) then
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
function Writable:_write(chunk, callback) -- luacheck: ignore
  callback(Error:new('not implemented'))
end

---Ends the stream: `finish` is emitted when everything has been written.
---@param chunk? any a last chunk
---@param callback? fun() listener for `finish`
function Writable:_end(chunk, callback)
  if type(chunk) == 'function' then chunk, callback = nil, chunk end
  if chunk ~= nil then self:write(chunk) end
  local state = writableState(self)
  if state.corked > 0 then
    state.corked = 1
    self:uncork()
  end
  if callback then
    if state.finished then nextTick(callback) else self:once('finish', callback) end
  end
  if state.ending then return end
  state.ending = true
  finishMaybe(self, state, true)
  state.ended = true
  -- On a stream that also reads, `end` says that the other side has ended.
  if not self.read then self:emit('end') end
end

-- Duplex -------------------------------------------------------------------------------------------------------------

---A stream to read from and to write to, with separate buffers.
---@class luvit.Duplex: luvit.Readable, luvit.Writable
---@field allowHalfOpen boolean false: the end of reading also ends writing
local Duplex = Readable:extend()
Duplex.allowHalfOpen = true

for _, name in ipairs({ 'write', '_write', '_end', 'cork', 'uncork' }) do
  Duplex[name] = Writable[name]
end

---@param options? { highWaterMark?: integer, objectMode?: boolean, readableObjectMode?: boolean, writableObjectMode?: boolean, readableHighWaterMark?: integer, writableHighWaterMark?: integer, readable?: boolean, writable?: boolean, allowHalfOpen?: boolean }
function Duplex:initialize(options)
  Readable.initialize(self, options)
  Writable.initialize(self, options)
  if not options then return end
  if options.readable == false then self.readable = false end
  if options.writable == false then self.writable = false end
  if options.allowHalfOpen == false then self.allowHalfOpen = false end
end

-- Transform ----------------------------------------------------------------------------------------------------------

---A duplex stream whose output is made of its input. Subclasses implement `_transform`, and may implement `_flush`.
---@class luvit.Transform: luvit.Duplex
---@field _flush? fun(self: luvit.Transform, callback: fun(err?: any, chunk?: any)) called before the end, to push what is left
local Transform = Duplex:extend()

local function transformState(self)
  local state = rawget(self, '_transformState')
  if not state then
    state = { needTransform = false, transforming = false }
    self._transformState = state
  end
  return state
end

---@param options? table as for Duplex
function Transform:initialize(options)
  Duplex.initialize(self, options)
  transformState(self)
end

local function afterTransform(self, state, err, chunk)
  local callback = state.writecb
  if not callback then
    self:emit('error', Error:new('the callback of _transform was called more than once'))
    return
  end
  state.transforming = false
  state.writechunk, state.writecb = nil, nil
  if chunk ~= nil and not err then self:push(chunk) end
  callback(err)
  local readable = readableState(self)
  readable.reading = false
  if readable.needReadable or readable.length < readable.highWaterMark then self:_read(readable.highWaterMark) end
end

---Adds a chunk of output; nil ends it.
---@param chunk? any
---@return boolean
function Transform:push(chunk)
  transformState(self).needTransform = false
  return Readable.push(self, chunk)
end

---Makes output of a chunk of input, with `push` or as second argument of the callback.
---@param chunk any
---@param callback fun(err?: any, chunk?: any) asks for the next chunk
function Transform:_transform(chunk, callback) -- luacheck: ignore
  callback(Error:new('not implemented'))
end

function Transform:_write(chunk, callback)
  local state = transformState(self)
  state.writechunk, state.writecb = chunk, callback
  if state.transforming then return end
  local readable = readableState(self)
  if state.needTransform or readable.needReadable or readable.length < readable.highWaterMark then
    self:_read(readable.highWaterMark)
  end
end

function Transform:_read()
  local state = transformState(self)
  if not state.writecb or state.transforming then
    state.needTransform = true
    return
  end
  state.transforming = true
  if not state.afterTransform then
    state.afterTransform = function(err, chunk) afterTransform(self, state, err, chunk) end
  end
  self:_transform(state.writechunk, state.afterTransform)
end

function Transform:_final(callback)
  local function done(err, chunk)
    if not err then
      if chunk ~= nil then self:push(chunk) end
      self:push(nil)
    end
    callback(err)
  end
  if self._flush then self:_flush(done) else done() end
end

---A transform that passes its input on.
---@class luvit.PassThrough: luvit.Transform
local PassThrough = Transform:extend()

function PassThrough:_transform(chunk, callback) -- luacheck: ignore
  callback(nil, chunk)
end

---A pass-through that others can watch, without slowing it down.
---@class luvit.Observable: luvit.Transform
local Observable = Transform:extend()

---@param options? table as for Duplex; the streams of `observe` get them too
function Observable:initialize(options)
  Transform.initialize(self, options)
  self.options = options
  self.observers = {}
end

local function notify(self, chunk)
  for _, observer in ipairs(self.observers or {}) do observer:push(chunk) end
end

function Observable:_transform(chunk, callback)
  notify(self, chunk)
  callback(nil, chunk)
end

function Observable:_final(callback)
  notify(self, nil)
  Transform._final(self, callback)
end

---Returns a stream of everything that passes from now on.
---@return luvit.Readable
function Observable:observe()
  local observer = Readable:new(self.options)
  observer._read = function() end
  self.observers = self.observers or {}
  table.insert(self.observers, observer)
  return observer
end

return {
  Stream = Stream,
  Readable = Readable,
  Writable = Writable,
  Duplex = Duplex,
  Transform = Transform,
  PassThrough = PassThrough,
  Observable = Observable,
}
