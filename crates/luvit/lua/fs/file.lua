-- What streams from and to files share: opening, and an end that leaves no descriptor behind.
--
-- A descriptor must not be closed while a thread of the pool uses it: its number may be another file's by then. So a
-- stream has one operation under way at most, in `_busy`, and what ends it waits for that.

local uv = require('uv')
local base = require('fs/base')

local file = {}

---@class luvit.fs.FileStream
---@field path? string
---@field fd? integer the descriptor: nil before `open` and after the end
---@field flags string|integer
---@field mode integer
---@field autoClose boolean whether the end of the stream, and an error, closes the file
---@field pending boolean whether the file is not open yet
---@field destroyed boolean

---Reads what both kinds of streams have among their options.
---@param self luvit.fs.FileStream
---@param path any
---@param options any
---@param class string
---@param flags string the default
---@return table options
function file.configure(self, path, options, class, flags)
  local method = class .. ':new'
  if options == nil then options = {} end
  if type(options) ~= 'table' then base.fail('options', method, 'table', options, 4) end
  if options.fd ~= nil then
    base.checkInteger(options.fd, 'descriptor', 'options.fd', method, 5)
  elseif type(path) ~= 'string' then
    base.fail('path', method, 'string', path, 4)
  end
  for _, name in ipairs({ 'start', 'end', 'offset', 'length', 'chunkSize', 'chunk_size', 'highWaterMark' }) do
    local value = options[name]
    if value ~= nil and (type(value) ~= 'number' or not (value >= 0) or value % 1 ~= 0) then
      base.fail('options.' .. name, method, 'integer of at least 0', value, 4)
    end
  end
  self.path = path
  self.options = options
  self.flags = base.flags(options.flags, flags, method, 5)
  self.mode = base.mode(options.mode, 438, method, 5)
  self.autoClose = options.autoClose ~= false
  self.fd = options.fd
  self.pending = false
  self.destroyed = false
  return options
end

local function emitClose(self)
  self._closeEmitted = true
  self:emit('close')
end

-- The file is closed, or will stay open. Each on its own turn: an error in one does not keep the others from being
-- called.
local function ended(self, err)
  local later = base.later
  err = self._error or err
  if self._ended then self:_ended(err) end
  for _, callback in ipairs(self._opening or {}) do
    later(callback, err or base.describe('ECANCELED', 'open', self.path))
  end
  self._opening = nil
  if err then later(self.emit, self, 'error', err) end
  later(emitClose, self)
end

-- Closes the file of a destroyed stream, with nothing under way any more.
local function release(self)
  if self._keepsFile then return ended(self) end
  local fd = self.fd
  self.fd = nil
  if not fd then return ended(self) end
  local function closed(err)
    -- What a destroyed stream was about is over: only an error that says so itself counts.
    return ended(self, err and base.describe(err, 'close', self.path))
  end
  local ok, err = uv.fs_close(fd, closed)
  if not ok then closed(err) end
end

-- Notes the operation under way, or that it could not even start.
local function begin(self, callback, request, err)
  self._busy = request or true
  if not request then base.later(callback, err) end
end
file.begin = begin

---Makes a callback for operations of the stream: it is not called when the stream was destroyed meanwhile.
---@param self luvit.fs.FileStream
---@param callback fun(err?: string, result: any)
---@return fun(err?: string, result: any)
function file.guard(self, callback)
  return function(err, result)
    self._busy, self._closing = nil, nil
    if self.destroyed then return release(self) end
    local reopen = self._reopen
    if reopen then
      self._reopen = nil
      reopen()
    end
    return callback(err, result)
  end
end

-- Closes a file that the stream is done with.
local function close(self, callback)
  local fd = self.fd
  self.fd = nil
  -- Cancelled, it would leave the descriptor open.
  self._closing = true
  local done = file.guard(self, callback)
  begin(self, done, uv.fs_close(fd, done))
end

local function openNow(self, opened)
  local function done(err, fd)
    self._busy = nil
    self.pending = false
    -- `release` closes it when the stream was destroyed meanwhile.
    self.fd = fd
    if err then err = base.describe(err, 'open', self.path) end
    local callbacks = self._opening
    self._opening = nil
    if self.destroyed then
      release(self)
    elseif err then
      self:destroy(err)
    else
      opened(self)
      self:emit('open', fd)
    end
    for _, callback in ipairs(callbacks) do callback(err) end
  end
  if not base.isName(self.path) then return begin(self, done, nil, 'EINVAL') end
  begin(self, done, uv.fs_open(self.path, self.flags, self.mode, done))
end

---Opens the file. `opened` starts what waits for it, before the event `open`: an error in a listener must not keep it
---from beginning. A file that is open already is closed first, when what is under way has ended: programs do that after
---they gave the file of a log another name.
---@param self luvit.fs.FileStream
---@param opened fun(self: luvit.fs.FileStream)
---@param callback? fun(err?: string)
function file.open(self, opened, callback)
  file.checkOpen(self, callback, 4)
  if self._opening then
    table.insert(self._opening, callback)
    return
  end
  self._opening = { callback }
  self.pending = true
  local function closeFirst()
    close(self, function(err)
      if err then return file.fail(self, err, 'close') end
      openNow(self, opened)
    end)
  end
  if self._busy then
    self._reopen = closeFirst
  elseif self.fd then
    closeFirst()
  else
    openNow(self, opened)
  end
end

---Whether a stream can be opened at all.
---@param self luvit.fs.FileStream
---@param callback any
---@param level integer whose error it is when not
function file.checkOpen(self, callback, level)
  if callback ~= nil and type(callback) ~= 'function' then
    base.fail('callback', 'open', 'function', callback, level)
  end
  if self.destroyed or self._finished then error('open: the stream has ended', level) end
  if not self.path then error('open: the stream has no path', level) end
end

---Ends a stream at once: what is under way is cancelled where that is possible, and the file is closed after it.
---@param self luvit.fs.FileStream
---@param err? any emitted as `error` before `close`
---@param callback? fun()
---@param method string
function file.destroy(self, err, callback, method)
  if callback ~= nil and type(callback) ~= 'function' then base.fail('callback', method, 'function', callback, 3) end
  if callback then
    if self._closeEmitted then base.later(callback) else self:once('close', function() callback() end) end
  end
  if self.destroyed then return end
  self.destroyed = true
  self._error = err
  if not self._busy then return release(self) end
  -- What has begun goes on, and `uv.cancel` says so.
  if type(self._busy) == 'userdata' and not self._closing then uv.cancel(self._busy) end
end

---Ends a stream with an error of the system.
---@param self luvit.fs.FileStream
---@param err string
---@param syscall string
function file.fail(self, err, syscall)
  -- Whoever closes the file also does after an error.
  self._keepsFile = not self.autoClose
  self:destroy(base.describe(err, syscall, self.path))
end

---Closes the file when all went well, before the stream ends.
---@param self luvit.fs.FileStream
---@param callback fun() called unless that failed
function file.finish(self, callback)
  close(self, function(err)
    if err then return file.fail(self, err, 'close') end
    return callback()
  end)
end

return file
