-- Streams of what is in a file.

local errors = require('luvit:errors')
local uv = require('uv')
local base = require('fs/base')
local file = require('fs/file')
local Readable = require('stream').Readable

-- Bytes of a chunk: enough that the way through the pool's threads and back does not count.
local CHUNK = 131072

-- A message handler: the error is raised again, and shows where it was raised first.
local function noteStack(err)
  errors.remember(err, (debug.traceback('', 2):gsub('^\n', '')))
  return err
end

---@class luvit.fs.ReadStreamOptions
---@field flags? string|integer how to open the file, `r` by default
---@field mode? integer|string permissions of a file that is made, 666 by default
---@field fd? integer an open file to read instead of `path`
---@field autoClose? boolean false: neither the end nor an error closes the file, only `close` and `destroy` do, which a
---  `pipe` that breaks does not call
---@field start? number where to begin, in bytes; without it, where the descriptor stands
---@field end? number the last byte to read, counted from 0
---@field highWaterMark? integer bytes to read at once and to keep for whoever reads slowly, 131072 by default
---@field offset? number as `start`, of luvit 2
---@field length? number how many bytes to read at most, of luvit 2
---@field chunkSize? integer bytes to read at once, of luvit 2; `chunk_size` does as well

---A stream of what is in a file.
---
---Events: `open` (fd); `data`, `end` and the others of a readable stream; `error`; and at last `close`, also after
---`error`. The file is closed before `end`. When all that the stream was piped to is gone before the end, as when a peer
---vanished, and nobody else listens, it is destroyed, unless `autoClose` is false.
---@class luvit.fs.ReadStream: luvit.Readable, luvit.fs.FileStream
---@field bytesRead integer
---@field options luvit.fs.ReadStreamOptions
---@field offset? number where the next chunk is
---@field length? number bytes to read at most
---@field chunkSize integer
local ReadStream = Readable:extend()

---@param path? string not needed with `options.fd`
---@param options? luvit.fs.ReadStreamOptions
function ReadStream:initialize(path, options)
  options = file.configure(self, path, options, 'ReadStream', 'r')
  local first, last = options.start or options.offset, options['end']
  if last and last < (first or 0) then
    error(("bad argument 'options.end' to 'ReadStream:new' (at least the start, %d, expected)"):format(first or 0), 3)
  end
  Readable.initialize(self, { highWaterMark = options.highWaterMark or CHUNK })
  self.offset = first
  self.length = options.length
  if last then self.length = math.min(last - (first or 0) + 1, self.length or math.huge) end
  self.chunkSize = math.max(1, options.chunkSize or options.chunk_size or options.highWaterMark or CHUNK)
  self.bytesRead = 0
  self._onRead = file.guard(self, function(err, data)
    if err then return file.fail(self, err, 'read') end
    if data == '' then return self:_finish() end
    self.bytesRead = self.bytesRead + #data
    if self.offset then self.offset = self.offset + #data end
    -- A stream that is paused, for a socket that is full, reads on to fill its buffer. Doing that here saves a turn of
    -- the loop for each chunk.
    local state = self._readableState
    local readingMore = state.readingMore
    state.readingMore = true
    local ok, problem = xpcall(self.push, noteStack, self, data)
    state.readingMore = readingMore
    if not (self.destroyed or state.reading or state.ended) and (state.flowing or state.length < state.highWaterMark) then
      self:read(0)
    end
    -- A listener that raises an error does not stop the stream, as with sockets.
    if not ok then error(problem, 0) end
  end)
  self:on('end', function()
    if self.autoClose then self:destroy() end
  end)
  if not self.fd then self:open() end
end

local function opened(self)
  local wanted = self._wanted
  self._wanted = nil
  if wanted then self:_read(wanted) end
end

---Opens the file. The constructor does it, unless it got a descriptor. When it is open already, it is closed and opened
---again.
---@param callback? fun(err?: string)
function ReadStream:open(callback)
  file.open(self, opened, callback)
end

-- There is no more: closes the file, then ends the stream.
function ReadStream:_finish()
  if self._finished then return end
  self._finished = true
  if not self.autoClose then
    self:push(nil)
    return
  end
  file.finish(self, function() self:push(nil) end)
end

function ReadStream:_read(n)
  if self.destroyed or self._finished then return end
  if self.pending then
    self._wanted = n
    return
  end
  if self._busy then return end
  local size = self.chunkSize
  if self.length then size = math.min(size, self.length - self.bytesRead) end
  if size <= 0 then return self:_finish() end
  file.begin(self, self._onRead, uv.fs_read(self.fd, size, self.offset or -1, self._onRead))
end

-- The last destination of `pipe` is gone, maybe a peer that vanished. Another may be found by who hears of it now.
function ReadStream:_abandoned()
  if not self.autoClose then return end
  base.later(function()
    local state = self._readableState
    if state.flowing or state.pipesCount > 0 or state.ended then return end
    if self:listenerCount('data') == 0 and self:listenerCount('readable') == 0 then self:destroy() end
  end)
end

---Ends the stream at once and closes the file. There are no events after this but `error` and `close`.
---@param err? any emitted as `error`
---@param callback? fun() called after `close`
function ReadStream:destroy(err, callback)
  local state = rawget(self, '_readableState')
  if state and not self.destroyed then
    state.flowing = false
    state.buffer, state.first, state.last, state.offset, state.length = {}, 1, 0, 0, 0
  end
  file.destroy(self, err, callback, 'destroy')
end

---Ends the stream at once and closes the file.
---@param callback? fun() called after `close`
function ReadStream:close(callback)
  self:destroy(nil, callback)
end

---Reads a file as a stream.
---@param path? string not needed with `options.fd`
---@param options? luvit.fs.ReadStreamOptions
---@return luvit.fs.ReadStream
local function createReadStream(path, options)
  return ReadStream:new(path, options)
end

return { ReadStream = ReadStream, createReadStream = createReadStream }
