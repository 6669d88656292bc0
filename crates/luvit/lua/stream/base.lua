-- What the streams share: the method of the class `Stream`, and the helpers of its subclasses.
--
-- The state of a stream is a small table in `_readableState` or `_writableState`, made by `initialize` or, for objects
-- whose constructor does not call it, by the first method that needs it. Fields still at their default are not stored.

local classes = require('stream/classes')
local errors = require('luvit:errors')

---@class luvit.Stream
local Stream = classes.open(classes.Stream)
local base = { Stream = Stream }

---The high water mark of streams of strings, in bytes.
base.DEFAULT_MARK = 16 * 1024
local DEFAULT_OBJECT_MARK = 16

---Calls back after the current callback: what happens "later" must not happen inside the call that causes it.
---@param callback function
---@param ... any passed to it
function base.nextTick(callback, ...)
  local process = _G.process
  if process then return process.nextTick(callback, ...) end
  return require('timer').setImmediate(callback, ...)
end

---A message handler for errors that are raised again: they show where they were raised first.
---@param err any
---@return any # the error
function base.noteStack(err)
  errors.remember(err, (debug.traceback('', 2):gsub('^\n', '')))
  return err
end

---Calls a function of the program. An error in it is raised on its own turn, so that what comes after it is done too.
---@param fn function
---@param ... any passed to it
function base.attempt(fn, ...)
  local ok, err = xpcall(fn, base.noteStack, ...)
  if not ok then base.nextTick(error, err, 0) end
end

---Takes from the options of `initialize` what concerns one half of a stream. Bad ones are the error of `new`'s caller.
---@generic T
---@param state T a new state
---@param options? table
---@param prefix 'readable'|'writable' the half
---@return T # `state`
function base.configure(state, options, prefix)
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

---What a chunk adds to the length of a state's buffer.
---@param state luvit.ReadableState|luvit.WritableState
---@param chunk any
---@return integer
function base.sizeOf(state, chunk)
  return state.objectMode and 1 or #chunk
end

---Whether a stream takes a value as a chunk.
---@param state luvit.ReadableState|luvit.WritableState
---@param chunk any
---@return boolean
function base.isChunk(state, chunk)
  return state.objectMode or type(chunk) == 'string'
end

---The bytes of a buffer (`require('buffer')`), which streams of strings take as well.
---@param chunk any
---@return string? # nil for anything else
function base.bytesOf(chunk)
  local meta = getmetatable(chunk)
  if type(meta) == 'table' and meta.__isBuffer then return tostring(chunk) end
end

---Whether the end of a source also ends the destination: not when told so, and never standard output.
---@param dest luvit.Writable
---@param options? { _end?: boolean }
---@return boolean
local function endsWith(dest, options)
  if options and (options._end == false or options['end'] == false) then return false end
  local process = _G.process
  return not (process and (dest == process.stdout or dest == process.stderr))
end
base.endsWith = endsWith

---Adds listeners.
---@param emitter luvit.Emitter
---@param listeners table<string, function> by event name
---@return fun() # removes them
local function attach(emitter, listeners)
  for name, listener in pairs(listeners) do emitter:on(name, listener) end
  return function()
    for name, listener in pairs(listeners) do emitter:removeListener(name, listener) end
  end
end
base.attach = attach

---Raises an error at the caller of `pipe` for what is no stream to write to.
---@param dest any
local function checkDestination(dest)
  if type(dest) ~= 'table' or not dest.write or not dest.on then
    error(("bad argument 'dest' to 'pipe' (writable stream expected, got %s)"):format(type(dest)), 3)
  end
end
base.checkDestination = checkDestination

---Writes what this emitter emits as `data` to `dest`. This is for emitters that only have `pause` and `resume`;
---readable streams have their own.
---@generic T
---@param dest T a writable stream
---@param options? { _end?: boolean } `_end = false` leaves `dest` open
---@return T # `dest`
function Stream:pipe(dest, options)
  checkDestination(dest)
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

return base
