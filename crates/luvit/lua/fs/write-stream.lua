-- Streams into files.

local uv = require('uv')
local base = require('fs/base')
local file = require('fs/file')
local writable = require('stream/writable')
local Writable = writable.Writable

---@class luvit.fs.WriteStreamOptions
---@field flags? string|integer how to open the file: `w` by default, which empties it; `r+` writes into it, `a` to its end
---@field mode? integer|string permissions of a file that is made, 666 by default
---@field fd? integer an open file to write to instead of `path`
---@field autoClose? boolean false: neither the end nor an error closes the file, only `close` and `destroy` do
---@field start? number where to begin, in bytes; without it, where the descriptor stands
---@field flush? boolean `finish` waits until the data is on the disk, see fsync(2)
---@field highWaterMark? integer bytes that may wait before `write` says false, 16384 by default

---A stream into a file.
---
---Events: `open` (fd); `drain`, `finish` and the others of a writable stream; `error`; and at last `close`, also after
---`error`. When `finish` comes, the system has all that was written, and the file is closed. A stream that is piped
---into the file and closes before its end, as when a peer vanished, destroys it, unless `autoClose` is false: `close`
---without `finish` says that something is missing.
---@class luvit.fs.WriteStream: luvit.Writable, luvit.fs.FileStream
---@field bytesWritten integer
---@field options luvit.fs.WriteStreamOptions
---@field start? number
---@field pos? integer where the next chunk goes; nil: where the descriptor stands
local WriteStream = Writable:extend()

local function configure(self, options)
  Writable.initialize(self, { highWaterMark = options.highWaterMark })
  self.start = options.start
  self.pos = options.start
  self.bytesWritten = 0
end

---@param path? string not needed with `options.fd`
---@param options? luvit.fs.WriteStreamOptions
function WriteStream:initialize(path, options)
  configure(self, file.configure(self, path, options, 'WriteStream', 'w'))
  if not self.fd then self:open() end
end

-- What was not written is told so, before `error` and `close`.
function WriteStream:_ended(err)
  for _, callback in ipairs(writable.takeWrites(self)) do
    base.later(callback, err or base.describe('ECANCELED', 'write', self.path))
  end
end

local function noteWritten(self, count)
  self.bytesWritten = self.bytesWritten + count
  if self.pos then self.pos = self.pos + count end
end

-- What is left of a chunk, or of a list of chunks, after `count` bytes.
local function rest(data, count)
  if type(data) == 'table' then data = table.concat(data) end
  return data:sub(count + 1)
end

local function sizeOf(data)
  if type(data) == 'string' then return #data end
  local size = 0
  for i = 1, #data do size = size + #data[i] end
  return size
end

local function send(self, data, callback)
  if self.destroyed then return end
  if self.pending then
    self._waiting = { data, callback }
    return
  end
  local size = sizeOf(data)
  local done = file.guard(self, function(err, written)
    -- What takes nothing and says nothing would be asked for ever.
    if err or written == 0 and size > 0 then return file.fail(self, err or 'EIO', 'write') end
    noteWritten(self, written)
    -- The disk may be full: the system says so when asked for the rest.
    if written < size then return send(self, rest(data, written), callback) end
    callback()
  end)
  file.begin(self, done, uv.fs_write(self.fd, data, self.pos or -1, done))
end

local function opened(self)
  local waiting, finish = self._waiting, self._unfinished
  self._waiting, self._unfinished = nil, nil
  if waiting then send(self, waiting[1], waiting[2]) end
  if finish then self:_final(finish) end
end

---Opens the file. The constructor does it, unless it got a descriptor. When it is open already, it is closed and opened
---again: what is written from now on goes to the file that has the name then.
---@param callback? fun(err?: string)
function WriteStream:open(callback)
  file.open(self, opened, callback)
  self.pos = self.start
end

function WriteStream:_write(data, callback)
  send(self, data, callback)
end

local function chunks(requests)
  local list = {}
  for i = 1, #requests do list[i] = requests[i].chunk end
  return list
end

function WriteStream:_writev(requests, callback)
  -- A subclass that changes what is written knows `_write` only.
  if self._write == WriteStream._write then
    send(self, chunks(requests), callback)
  else
    self:_write(table.concat(chunks(requests)), callback)
  end
end

---Writes a chunk, after those written before.
---@param chunk string|luvit.Buffer
---@param callback? fun(err?: any) called when the system has it, or with the error
---@return boolean # false: wait for `drain` before writing more
function WriteStream:write(chunk, callback)
  if not self.destroyed or self._writableState.ending then return Writable.write(self, chunk, callback) end
  -- `error` and `close` have told everybody else.
  if type(callback) == 'function' then
    base.later(callback, self._error or base.describe('ECANCELED', 'write', self.path))
  end
  return false
end

---Ends the stream after a last chunk.
---@param chunk? string|luvit.Buffer
---@param callback? fun() listener for `finish`
function WriteStream:_end(chunk, callback)
  if not self.destroyed or self._writableState.ending then return Writable._end(self, chunk, callback) end
  if type(chunk) == 'function' then callback = chunk end
  if callback then base.later(callback, base.describe('ECANCELED', 'write', self.path)) end
end

-- Everything is written: the stream emits `finish` when this calls back.
function WriteStream:_final(callback)
  if self.destroyed then return end
  if self.pending then
    self._unfinished = callback
    return
  end
  self._finished = true
  local function close()
    if not self.autoClose then return callback() end
    file.finish(self, function()
      callback()
      self:destroy()
    end)
  end
  if not self.options.flush then return close() end
  local done = file.guard(self, function(err)
    if err then return file.fail(self, err, 'fsync') end
    close()
  end)
  file.begin(self, done, uv.fs_fsync(self.fd, done))
end

-- What was piped into the file closed before its end. Another source may be found by who hears of it now.
function WriteStream:_orphaned()
  if not self.autoClose then return end
  local pipes = 0
  local function count() pipes = pipes + 1 end
  self:on('pipe', count)
  base.later(function()
    self:removeListener('pipe', count)
    if pipes == 0 and not self._writableState.ending then self:destroy() end
  end)
end

---Ends the stream at once and closes the file. What was not written is dropped; its callbacks get an error.
---@param err? any emitted as `error`
---@param callback? fun() called after `close`
function WriteStream:destroy(err, callback)
  file.destroy(self, err, callback, 'destroy')
end

---Ends the stream: writes what waits and closes the file, also with `autoClose = false`.
---@param callback? fun() called after `close`
function WriteStream:close(callback)
  if callback ~= nil and type(callback) ~= 'function' then base.fail('callback', 'close', 'function', callback, 2) end
  if callback then
    if self._closeEmitted then base.later(callback) else self:once('close', function() callback() end) end
  end
  if self.destroyed then return end
  if self._writableState.finished then return self:destroy() end
  self.autoClose = true
  self:_end()
end

---A stream into a file that writes at once: after `write` the system has the data. For logs, and for the last words of
---a program.
---@class luvit.fs.WriteStreamSync: luvit.fs.WriteStream
local WriteStreamSync = WriteStream:extend()

---@param path? string not needed with `options.fd`
---@param options? luvit.fs.WriteStreamOptions `flags` is `a` by default
function WriteStreamSync:initialize(path, options)
  configure(self, file.configure(self, path, options, 'WriteStreamSync', 'a'))
  if not self.fd then self:open() end
end

---Opens the file at once, as `WriteStream:open`. The events come later, when there are listeners.
---@param callback? fun(err?: string)
function WriteStreamSync:open(callback)
  file.checkOpen(self, callback, 3)
  local old, ok, err = self.fd, true, nil
  self.fd, self.pos = nil, self.start
  if old then ok, err = base.sync('close', self.path, nil, uv.fs_close, old) end
  if ok then self.fd, err = base.sync('open', self.path, nil, uv.fs_open, self.path, self.flags, self.mode) end
  if self.fd then base.later(self.emit, self, 'open', self.fd) else self:destroy(err) end
  if callback then callback(err) end
end

local function sendSync(self, data, callback)
  if self.destroyed then return end
  while data do
    local written, err = uv.fs_write(self.fd, data, self.pos or -1)
    if written == 0 and data ~= '' then written, err = nil, 'EIO' end
    if not written then return file.fail(self, err, 'write') end
    noteWritten(self, written)
    data = written < sizeOf(data) and rest(data, written) or nil
  end
  callback()
end

function WriteStreamSync:_write(data, callback)
  sendSync(self, data, callback)
end

function WriteStreamSync:_writev(requests, callback)
  self:_write(table.concat(chunks(requests)), callback)
end

---Writes to a file as a stream.
---@param path? string not needed with `options.fd`
---@param options? luvit.fs.WriteStreamOptions
---@return luvit.fs.WriteStream
local function createWriteStream(path, options)
  return WriteStream:new(path, options)
end

return { WriteStream = WriteStream, WriteStreamSync = WriteStreamSync, createWriteStream = createWriteStream }
