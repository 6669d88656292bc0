-- Streams. The work on a large chunk is done on the thread pool, one step after the other, so that the program goes on
-- meanwhile and the order stays; that on a small one is done here, which takes less time than handing it over, but not
-- before whoever wrote it has returned: no output, error or callback comes out of a `write`, whatever its size.

local Transform = require('stream/transform').Transform
local native = require('luvit:zlib')
local options = require('zlib/options')
local base = require('stream/base')
local takeWrites = require('stream/writable').takeWrites

local nextTick = base.nextTick
local bytes, fail, failure = options.bytes, options.fail, options.failure

-- From so many bytes on, a chunk goes to the thread pool: it is work of 100 to 200 microseconds then, and to hand it over
-- costs 5 to 20.
local POOL_COMPRESS, POOL_DECOMPRESS = 8 * 1024, 16 * 1024
-- The same at level 0 and 1, which are five times as fast.
local POOL_FAST = 32 * 1024
-- Brotli collects what it gets and then works for long: milliseconds a kilobyte at the highest quality.
local POOL_BROTLI = { [9] = 2048, [10] = 128, [11] = 128 }
-- What a small chunk has grown to when the rest of it goes there, too.
local POOL_OUTPUT = 64 * 1024
-- The output of a step there.
local POOL_ROOM = 64 * 1024

local MORE, ENDED = 1, 2
local BROTLI = 8

---A stream that compresses or decompresses what is written to it. It is made with `new` of a class or by `createGzip` and
---its like, with the options.
---
---Events besides those of streams: `error` (luvit.zlib.Error), after which the stream is closed; `close`, the last one.
---Data behind the end of what is decompressed are dropped; gzip may have several members, which are one after the other.
---@class luvit.zlib.Stream: luvit.Transform
---@field bytesWritten integer bytes of input that were worked on so far
---@field destroyed boolean whether it was closed, by `close`, `destroy` or an error
local Stream = Transform:extend()
Stream.bytesWritten = 0
Stream.destroyed = false

---@param given? luvit.zlib.Options|luvit.zlib.BrotliOptions
function Stream:initialize(given)
  local plan = options.plan(self._class, given, 'create' .. self._class, 3)
  Transform.initialize(self, given and given.highWaterMark and { highWaterMark = given.highWaterMark })
  self._plan = plan
  -- How many chunks were written, and how many have come to their turn; what is to be done with one of them besides.
  self._submitted, self._handled = 0, 0
  self._made, self._unworked = 0, 0
  -- Closed when both sides have ended. The output may be first: who still writes then is not held up.
  self:once('end', function()
    self._read_all = true
    if self._writableState.finished then self:destroy() end
  end)
  self:once('finish', function()
    if self._read_all then self:destroy() end
  end)
end

-- The native stream is made when there is something to do: one that waits takes no memory for it.
local function handleOf(self)
  local handle = self._handle
  if handle then return handle end
  local problem, code, errno
  handle, problem, code, errno = native.open(self._plan)
  if not handle then return nil, problem, code, errno end
  self._handle = handle
  return handle
end

-- Whether a step with so much input is one for the thread pool.
local function isLarge(self, size, flush)
  local kind = self._plan.kind
  if kind < BROTLI then
    if options.DECOMPRESSES[kind] then return size >= POOL_DECOMPRESS end
    local level = self._plan.level
    return size >= ((level == 0 or level == 1) and POOL_FAST or POOL_COMPRESS)
  elseif kind == BROTLI then
    return size >= POOL_DECOMPRESS
  end
  self._unworked = self._unworked + size
  local quality = self._quality
  if not quality then
    quality = 11
    local params = self._plan.params or {}
    for i = 1, #params, 2 do
      if params[i] == 1 then quality = math.min(params[i + 1], 11) end
    end
    self._quality = quality
  end
  local large = self._unworked >= (POOL_BROTLI[quality] or POOL_COMPRESS)
  if flush ~= 0 then self._unworked = 0 end
  return large
end

local function destroyedError()
  return failure('ERR_STREAM_DESTROYED: the zlib stream is closed', 'ERR_STREAM_DESTROYED')
end

-- `push`. What a listener raises is raised on its own turn: the stream goes on.
local function give(self, out)
  local ok, more = xpcall(self.push, base.noteStack, self, out)
  if ok then return more end
  nextTick(error, more, 0)
  local state = self._readableState
  return state.length < state.highWaterMark
end

-- One chunk, or the end, in as many steps as its output takes. Nobody is asked to take more than he wants: a step waits
-- until what is there has been read.
local function work(self, chunk, flush, callback)
  local plan = self._plan
  local room = plan.chunkSize
  local offset, made = 0, 0
  local pooled, step = isLarge(self, #chunk, flush), nil

  local function failed(err)
    self._failed, self._reason = true, err
    -- Who hears of the error finds it closed.
    self:destroy()
    callback(err)
  end

  -- Takes the result of a step; true: there is another one to do, now.
  local function take(out, consumed, state, errno)
    if self.destroyed then return false end
    if not out then
      failed(failure(consumed, state, errno))
      return false
    end
    offset, made = offset + consumed, made + #out
    self.bytesWritten = self.bytesWritten + consumed
    local more = true
    if out ~= '' then
      self._made = self._made + #out
      if plan.limit and self._made > plan.limit then
        failed(failure(('ERR_BUFFER_TOO_LARGE: the output is larger than maxOutputLength (%.0f bytes)'):format(plan.limit),
          'ERR_BUFFER_TOO_LARGE'))
        return false
      end
      more = give(self, out)
      if self.destroyed then return false end
    end
    if state == MORE then
      if more or self._readableState.reading then return true end
      self._waiting = step
      return false
    end
    if state == ENDED and offset < #chunk then
      -- What follows does not belong to it.
      self._over = true
      self:_release()
      self:push(nil)
    end
    callback()
    return false
  end

  local queued = false
  local function onStep(...)
    if take(...) then step() end
  end

  function step()
    if self.destroyed then return end
    repeat
      local handle, problem, code, errno = handleOf(self)
      if not handle then return take(nil, problem, code, errno) end
      if pooled or made >= POOL_OUTPUT then
        -- The pool keeps what it has not used up.
        local rest = not queued and (offset == 0 and chunk or chunk:sub(offset + 1)) or nil
        if native.queue(handle, rest, flush, math.max(room, POOL_ROOM), onStep) then
          queued = true
          return
        end
        -- No thread can be had.
      end
      local again = take(native.run(handle, chunk, offset, flush, room))
    until not again
  end

  if pooled then step() else nextTick(step) end
end

function Stream:_read(n)
  local waiting = self._waiting
  if waiting then
    self._waiting = nil
    return waiting()
  end
  return Transform._read(self, n)
end

-- Changes level and strategy in front of what was written behind the call.
local function change(self, mark, callback)
  local handle, problem, code, errno = handleOf(self)
  local out = handle
  if handle then out, problem, code, errno = native.params(handle, mark.level, mark.strategy) end
  if not out then
    callback(failure(problem, code, errno))
    return self:destroy()
  end
  self._plan.level, self._plan.strategy = mark.level, mark.strategy
  if out ~= '' then give(self, out) end
  callback()
end

-- Forgets what has gone through the stream.
local function begin(self)
  -- That cannot fail: the settings were good before, and no thread is at work.
  if self._handle then native.reset(self._handle) end
  self._over, self._made, self._unworked = nil, 0, 0
end

function Stream:_transform(chunk, callback)
  local handled = self._handled + 1
  self._handled = handled
  local marks = self._marks
  local mark = marks and marks[handled]
  if mark then marks[handled] = nil end
  if self.destroyed then return end
  if self._over then return callback() end
  local flush = self._plan.flush
  if mark then
    flush = mark.flush
  elseif self._writableState.ending and self._writableState.length == #chunk then
    -- The last one: the end goes with it.
    flush = self._plan.finish
    self._finishing = true
  end
  if mark and mark.reset then
    begin(self)
    return callback()
  elseif mark and mark.level then
    return work(self, chunk, flush, function(err)
      if err then return callback(err) end
      change(self, mark, callback)
    end)
  end
  work(self, chunk, flush, callback)
end

-- The end of the input. The native stream's memory is not needed any longer.
function Stream:_flush(callback)
  local function ended(err)
    if not err then self:_release() end
    callback(err)
  end
  if self.destroyed then
    -- Its error was told; who asked for the end hears of it, too.
    local reason = self._reason or destroyedError()
    for _, waiting in ipairs(takeWrites(self)) do nextTick(waiting, reason) end
    return
  end
  if self._over or self._finishing then return ended() end
  work(self, '', self._plan.finish, ended)
end

---@private
function Stream:_release()
  if self._handle then
    native.close(self._handle)
    self._handle = nil
  end
end

function Stream:write(chunk, callback)
  if self.destroyed then
    if type(callback) == 'function' then nextTick(callback, destroyedError()) end
    return false
  end
  if not self._writableState.ending and bytes(chunk) then self._submitted = self._submitted + 1 end
  return Transform.write(self, chunk, callback)
end

function Stream:_end(chunk, callback)
  if not self.destroyed or self._writableState.ending then return Transform._end(self, chunk, callback) end
  if type(chunk) == 'function' then callback = chunk end
  if callback then nextTick(callback, destroyedError()) end
end

-- Does something when all is done that was written before.
local function later(self, mark, callback)
  self._marks = self._marks or {}
  self._marks[self._submitted + 1] = mark
  self:write('', callback)
end

---Gives out what is pending, when what was written before has been compressed: whoever reads it can decompress all of
---that. Every flush costs a little of the compression.
---@param kind? integer `Z_FULL_FLUSH` by default; `Z_SYNC_FLUSH`, `Z_PARTIAL_FLUSH`; for brotli `BROTLI_OPERATION_FLUSH`
---@param callback? fun(err?: any)
function Stream:flush(kind, callback)
  if type(kind) == 'function' then kind, callback = nil, kind end
  local brotli = self._plan.kind >= BROTLI
  if kind == nil then
    kind = brotli and 1 or 3
  elseif type(kind) ~= 'number' or kind % 1 ~= 0 or kind < 0 or kind > (brotli and 3 or 5) then
    fail('kind', 'flush', ('integer from 0 to %d'):format(brotli and 3 or 5), kind, 2)
  end
  local state = self._writableState
  if self.destroyed or state.finished then
    if callback then nextTick(callback, not state.finished and destroyedError() or nil) end
  elseif state.ending then
    -- The end flushes, too.
    if callback then Transform._end(self, callback) end
  else
    later(self, { flush = kind }, callback)
  end
end

---Changes the level and strategy for what is written from now on. Not for brotli, and of no effect when decompressing.
---@param level integer
---@param strategy integer
---@param callback? fun(err?: any)
function Stream:params(level, strategy, callback)
  if type(level) ~= 'number' or level % 1 ~= 0 or level < -1 or level > 9 then
    fail('level', 'params', 'integer from -1 to 9', level, 2)
  end
  if type(strategy) ~= 'number' or strategy % 1 ~= 0 or strategy < 0 or strategy > 4 then
    fail('strategy', 'params', 'integer from 0 to 4', strategy, 2)
  end
  local kind = self._plan.kind
  if self.destroyed or self._writableState.ending then
    if callback then nextTick(callback, destroyedError()) end
  elseif kind >= BROTLI or options.DECOMPRESSES[kind] then
    if callback then nextTick(callback) end
  else
    -- What was written before is given out with the level it was written with.
    later(self, { flush = 2, level = level, strategy = strategy }, callback)
  end
end

---Begins again behind what was written so far, as if that had not been: what has come out of it stays, what has not is
---gone. Of use after a flush, or after the end of the data that were to be decompressed.
function Stream:reset()
  if self.destroyed then error(destroyedError().message, 2) end
  local state = self._writableState
  if state.writing and not state.ending then
    later(self, { reset = true })
  else
    begin(self)
  end
end

---Closes the stream: nothing more comes out of it. What is under way on a thread ends unseen.
---@param callback? fun() listener for `close`
function Stream:close(callback)
  if callback then
    if self._closeEmitted then nextTick(callback) else self:once('close', callback) end
  end
  self:destroy()
end

---As `close`; an error is emitted before `close`.
---@param err? any
---@return self
function Stream:destroy(err)
  if self.destroyed then return self end
  self.destroyed = true
  self._waiting, self._marks = nil, nil
  self:_release()
  local state = self._writableState
  if not (state.finished or state.finishing) and not self._failed then
    local reason = err or destroyedError()
    for _, callback in ipairs(takeWrites(self)) do nextTick(callback, reason) end
  end
  nextTick(function()
    if err ~= nil then base.attempt(self.emit, self, 'error', err) end
    self._closeEmitted = true
    self:emit('close')
  end)
  return self
end

---@class luvit.zlib
local zlib = {}

local function define(class)
  local Class = Stream:extend()
  Class._class = class
  return Class
end

---Compresses to gzip's format.
---@class luvit.zlib.Gzip: luvit.zlib.Stream
local Gzip = define('Gzip')
---Decompresses gzip's format.
---@class luvit.zlib.Gunzip: luvit.zlib.Stream
local Gunzip = define('Gunzip')
---Compresses to zlib's format.
---@class luvit.zlib.Deflate: luvit.zlib.Stream
local Deflate = define('Deflate')
---Decompresses zlib's format.
---@class luvit.zlib.Inflate: luvit.zlib.Stream
local Inflate = define('Inflate')
---Compresses to deflate's format.
---@class luvit.zlib.DeflateRaw: luvit.zlib.Stream
local DeflateRaw = define('DeflateRaw')
---Decompresses deflate's format.
---@class luvit.zlib.InflateRaw: luvit.zlib.Stream
local InflateRaw = define('InflateRaw')
---Decompresses gzip's or zlib's format.
---@class luvit.zlib.Unzip: luvit.zlib.Stream
local Unzip = define('Unzip')
---Compresses to brotli's format.
---@class luvit.zlib.BrotliCompress: luvit.zlib.Stream
local BrotliCompress = define('BrotliCompress')
---Decompresses brotli's format.
---@class luvit.zlib.BrotliDecompress: luvit.zlib.Stream
local BrotliDecompress = define('BrotliDecompress')

zlib.Gzip, zlib.Gunzip, zlib.Deflate, zlib.Inflate = Gzip, Gunzip, Deflate, Inflate
zlib.DeflateRaw, zlib.InflateRaw, zlib.Unzip = DeflateRaw, InflateRaw, Unzip
zlib.BrotliCompress, zlib.BrotliDecompress = BrotliCompress, BrotliDecompress

---A stream that compresses to gzip's format.
---@param options? luvit.zlib.Options
---@return luvit.zlib.Gzip
function zlib.createGzip(options) return Gzip:new(options) end -- luacheck: ignore

---A stream that decompresses gzip's format.
---@param options? luvit.zlib.Options
---@return luvit.zlib.Gunzip
function zlib.createGunzip(options) return Gunzip:new(options) end -- luacheck: ignore

---A stream that compresses to zlib's format.
---@param options? luvit.zlib.Options
---@return luvit.zlib.Deflate
function zlib.createDeflate(options) return Deflate:new(options) end -- luacheck: ignore

---A stream that decompresses zlib's format.
---@param options? luvit.zlib.Options
---@return luvit.zlib.Inflate
function zlib.createInflate(options) return Inflate:new(options) end -- luacheck: ignore

---A stream that compresses to deflate's format.
---@param options? luvit.zlib.Options
---@return luvit.zlib.DeflateRaw
function zlib.createDeflateRaw(options) return DeflateRaw:new(options) end -- luacheck: ignore

---A stream that decompresses deflate's format.
---@param options? luvit.zlib.Options
---@return luvit.zlib.InflateRaw
function zlib.createInflateRaw(options) return InflateRaw:new(options) end -- luacheck: ignore

---A stream that decompresses gzip's or zlib's format, whichever it is.
---@param options? luvit.zlib.Options
---@return luvit.zlib.Unzip
function zlib.createUnzip(options) return Unzip:new(options) end -- luacheck: ignore

---A stream that compresses to brotli's format.
---@param options? luvit.zlib.BrotliOptions
---@return luvit.zlib.BrotliCompress
function zlib.createBrotliCompress(options) return BrotliCompress:new(options) end -- luacheck: ignore

---A stream that decompresses brotli's format.
---@param options? luvit.zlib.BrotliOptions
---@return luvit.zlib.BrotliDecompress
function zlib.createBrotliDecompress(options) return BrotliDecompress:new(options) end -- luacheck: ignore

return zlib
