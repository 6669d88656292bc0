-- Streams read and written by coroutines, and protocols (codecs) as functions that are put between them.
--
-- A `read` function returns the next item, nil at the end, or nil and an error. A `write` function takes an item, or nil
-- for the end. Both wait when they have to, so they are called in a coroutine, as every script is. `write` waits while
-- the other side cannot keep up: that is the backpressure.

local uv = require('uv')
local assertResume = require('utils').assertResume

---@class luvit.codec
local codec = {}

---@alias luvit.codec.Read fun(): any, string?
---@alias luvit.codec.Write fun(item?: any): boolean?, string?
---@alias luvit.codec.Item fun(read: luvit.codec.Read, write: luvit.codec.Write)

-- How many bytes may wait in a stream before `write` does.
local HIGH_WATER_MARK = 64 * 1024

local function running(what)
  local thread, isMain = coroutine.running()
  if not thread or isMain then error(what .. ' has to wait, which only a coroutine can', 3) end
  return thread
end

-- Coroutines that wait, resumed in the order in which they came.
local Waiters = {}
Waiters.__index = Waiters

local function newWaiters()
  return setmetatable({ first = 1, last = 0 }, Waiters)
end

---Waits; returns what `wake` gets.
function Waiters:wait(what)
  local last = self.last + 1
  self[last] = running(what)
  self.last = last
  return coroutine.yield()
end

---Whether somebody waits.
function Waiters:any()
  return self.first <= self.last
end

function Waiters:wake(...)
  local first = self.first
  local thread = self[first]
  self[first] = nil
  self.first = first + 1
  assertResume(thread, ...)
end

function Waiters:wakeAll(...)
  -- Who waits again meanwhile waits for the next time.
  for _ = self.first, self.last do self:wake(...) end
end

-- Items that wait to be read.
local Queue = {}
Queue.__index = Queue

local function newQueue()
  return setmetatable({ first = 1, last = 0 }, Queue)
end

function Queue:push(item)
  self.last = self.last + 1
  self[self.last] = item
end

function Queue:isEmpty()
  return self.first > self.last
end

function Queue:shift()
  local first = self.first
  local item = self[first]
  self[first] = nil
  self.first = first + 1
  return item
end

-- Emitters ----------------------------------------------------------------------------------------------------------

---Makes an emitter the outer face of codecs: it gets the methods `write`, `shutdown`, `pause` and `resume`, and what the
---codecs write is emitted as `data` and, at the end, `end`.
---
---`emitter:write(item)` is what `read` returns next. It returns false when nobody was waiting for it; `drain` follows
---when everything has been read. `emitter:shutdown()` ends that side. While the emitter is paused, `write` waits.
---@param emitter luvit.Emitter
---@return luvit.codec.Read read, luvit.codec.Write write for the codecs
function codec.wrapEmitter(emitter)
  if type(emitter) ~= 'table' or not emitter.emit then
    error(("bad argument 'emitter' to 'wrapEmitter' (Emitter expected, got %s)"):format(type(emitter)), 2)
  end
  local readers, writers, queue = newWaiters(), newWaiters(), newQueue()
  local paused, ended = false, false

  function emitter:pause()
    paused = true
  end

  function emitter:resume()
    paused = false
    -- What one of them writes may pause again.
    while not paused and writers:any() do writers:wake() end
  end

  function emitter:write(item)
    if ended then
      self:emit('error', require('core').Error:new('write after shutdown'))
      return false
    end
    if readers:any() then
      readers:wake(item)
      return true
    end
    queue:push(item)
    return false
  end

  function emitter:shutdown()
    if ended then return end
    ended = true
    readers:wakeAll()
  end

  local function read()
    if not queue:isEmpty() then
      local item = queue:shift()
      if queue:isEmpty() then emitter:emit('drain') end
      return item
    end
    if ended then return nil end
    return readers:wait('read')
  end

  local function write(item)
    while paused do writers:wait('write') end
    if item ~= nil then
      emitter:emit('data', item)
    else
      emitter:emit('end')
    end
    return true
  end

  return read, write
end

-- Streams of the event loop -----------------------------------------------------------------------------------------

---Makes functions that read from and write to a stream handle of `uv`. Reading goes on only as fast as `read` is called.
---`write` waits, when it is called in a coroutine, while more than 64 KiB have not been sent; it returns true, or nil
---and an error, its own or that of an earlier write. `write()` ends our side; the handle is closed when both sides have
---ended.
---@param stream uv_stream_t connected, read by nobody else; of a luvit socket that is its `_handle`
---@return luvit.codec.Read read, luvit.codec.Write write
function codec.wrapStream(stream)
  if type(stream) ~= 'userdata' then
    error(("bad argument 'stream' to 'wrapStream' (uv_stream_t expected, got %s)"):format(type(stream)), 2)
  end
  local readers, writers, queue = newWaiters(), newWaiters(), newQueue()
  local reading, readEnded, readError = false, false, nil
  local writeEnded, shutDown, writeError = false, false, nil

  local function closeIfOver()
    if readEnded and shutDown and not uv.is_closing(stream) then uv.close(stream) end
  end

  local function endReading(err)
    reading, readEnded, readError = false, true, err
    if not uv.is_closing(stream) then uv.read_stop(stream) end
    closeIfOver()
    readers:wakeAll(nil, err)
  end

  local function onRead(err, chunk)
    if err or not chunk then return endReading(err) end
    -- One chunk may be kept; with it nobody keeps up any more.
    if readers:any() then
      readers:wake(chunk)
    else
      queue:push(chunk)
    end
    if reading and not queue:isEmpty() then
      reading = false
      uv.read_stop(stream)
    end
  end

  local function read()
    if not queue:isEmpty() then return queue:shift() end
    if readEnded then return nil, readError end
    if uv.is_closing(stream) then return nil, 'ECANCELED' end
    if not reading then
      local ok, err = uv.read_start(stream, onRead)
      if not ok then return nil, err end
      reading = true
    end
    return readers:wait('read')
  end

  local function finish()
    if writeEnded then return true end
    writeEnded = true
    local function over(err)
      shutDown = true
      writeError = writeError or err
      closeIfOver()
    end
    if uv.is_closing(stream) then return true end
    local ok, err = uv.shutdown(stream, over)
    -- A peer that is gone cannot be told.
    if not ok then over(err) end
    return true
  end

  local function onWritten(err)
    writeError = writeError or err
    writers:wakeAll()
  end

  local function write(chunk)
    if chunk == nil then return finish() end
    if writeEnded then return nil, 'EPIPE: write after end' end
    if writeError then return nil, writeError end
    local ok, err = uv.write(stream, chunk, onWritten)
    if not ok then return nil, err end
    local thread, isMain = coroutine.running()
    if thread and not isMain then
      while not writeError and not uv.is_closing(stream) and uv.stream_get_write_queue_size(stream) > HIGH_WATER_MARK do
        writers:wait('write')
      end
    end
    if writeError then return nil, writeError end
    return true
  end

  return read, write
end

-- Chains ------------------------------------------------------------------------------------------------------------

local function pack(...)
  return { n = select('#', ...), ... }
end

-- What goes from one item of a chain to the next: `write` waits until `read` has taken it.
local function newLink()
  local readers, writers = newWaiters(), newWaiters()
  local box, last

  local function read()
    local values = box
    if values then
      box = nil
      if writers:any() then writers:wake() end
      return unpack(values, 1, values.n)
    end
    if last then return unpack(last, 1, last.n) end
    return readers:wait('read')
  end

  local function write(...)
    if last then return nil, 'EPIPE: write after end' end
    if (...) == nil then
      last = pack(...)
      readers:wakeAll(...)
      return true
    end
    while box do writers:wait('write') end
    if readers:any() then
      readers:wake(...)
      return true
    end
    box = pack(...)
    writers:wait('write')
    return true
  end

  return read, write
end

---Joins codecs: what one writes, the next one reads. The first reads from, and the last writes to, what the resulting
---function is called with. Each runs in a coroutine of its own. `write()` tells the next one that there is no more, and
---`write(nil, err)` why. An error in one is raised in whoever made it go on.
---
---    codec.chain(decoder, app, encoder)(codec.wrapStream(handle))
---@param ... luvit.codec.Item
---@return fun(read: luvit.codec.Read, write: luvit.codec.Write)
function codec.chain(...)
  local items = { ... }
  local count = select('#', ...)
  for i = 1, count do
    if type(items[i]) ~= 'function' then
      error(("bad argument #%d to 'chain' (function expected, got %s)"):format(i, type(items[i])), 2)
    end
  end
  return function(read, write)
    local input = read
    for i = 1, count do
      local output, nextInput = write, nil
      if i < count then nextInput, output = newLink() end
      assertResume(coroutine.create(items[i]), input, output)
      input = nextInput
    end
  end
end

return codec
