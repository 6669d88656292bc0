-- The methods of streams to read from.

local core = require('core')
local base = require('stream/base')
local classes = require('stream/classes')

local Emitter, Error = core.Emitter, core.Error
local nextTick, sizeOf, isChunk = base.nextTick, base.sizeOf, base.isChunk
local endsWith, attach, checkDestination = base.endsWith, base.attach, base.checkDestination

-- A `read` for more than the high water mark raises the mark, up to this.
local MAX_MARK = 2 ^ 30

---The state of a stream to read from, for those who look inside. Its fields are read, not set.
---@class luvit.ReadableState
---@field highWaterMark number bytes, or objects, from which on the buffer is full
---@field objectMode boolean
---@field length integer bytes, or objects, in the buffer
---@field flowing? boolean true: `data` is emitted; false: paused; nil: nobody has asked yet
---@field reading boolean `_read` was called and has not pushed yet
---@field ended boolean the source has no more
---@field endEmitted boolean
---@field pipes? luvit.Writable[] destinations of `pipe`
---@field pipesCount integer
---@field awaitDrain integer destinations that are full
---@field [string] any
local ReadableState = {
  highWaterMark = base.DEFAULT_MARK,
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
  return base.configure(setmetatable({ buffer = {} }, readableMeta), options, 'readable')
end

local function readableState(self)
  local state = rawget(self, '_readableState')
  if not state then
    state = newReadableState()
    self._readableState = state
  end
  return state
end

---@class luvit.Readable
local Readable = classes.open(classes.Readable)
Readable.readable = true

---Makes a stream.
---@param options? luvit.stream.Options
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

-- Takes `n` bytes, or one object, out of a state's buffer.
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
---@return any # not looked at
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

---Writes all data to `dest`, no faster than it takes it, and ends it when this stream ends. The pipe is undone when
---`dest` finishes or closes, or cannot write; other errors of `dest` are only for those who listen.
---@generic T
---@param dest T a writable stream
---@param options? { _end?: boolean } `_end = false` leaves `dest` open
---@return T # `dest`
function Readable:pipe(dest, options)
  checkDestination(dest)
  local state = readableState(self)
  local waiting = false
  local detachSource, detachDest

  local function goOn()
    if not waiting then return end
    waiting = false
    state.awaitDrain = state.awaitDrain - 1
    -- A class may do more to go on: a socket reads again.
    if state.awaitDrain == 0 and state.pipesCount > 0 then self:resume() end
  end

  local function unpipe()
    self:unpipe(dest)
    -- Nobody reads any more: a stream that keeps something open may want to know.
    if state.pipesCount == 0 and self._abandoned then self:_abandoned() end
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
    _failed = unpipe,
  })
  local pipes = state.pipes or {}
  pipes[#pipes + 1] = dest
  state.pipes, state.pipesCount = pipes, #pipes

  if state.endEmitted then nextTick(finish) end
  detachSource = attach(self, {
    ['end'] = finish,
    close = function()
      -- There will be no end: a destination that keeps something open may want to know.
      if state.ended or not dest._orphaned or not endsWith(dest, options) then return end
      self:unpipe(dest)
      dest:_orphaned()
    end,
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
---@param stream luvit.Emitter one with `pause` and `resume`
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

return { Readable = Readable }
