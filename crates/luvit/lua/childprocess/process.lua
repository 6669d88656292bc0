-- A child process: its events, and the pipes to it.

local uv = require('uv')
local core = require('core')
local timer = require('timer')
local Socket = require('net').Socket
local lib = require('childprocess/options')

local Error = core.Error

local GONE = 'ESRCH: no such process'

-- Pipes --------------------------------------------------------------------------------------------------------------

-- A pipe to a child. It is a socket to those who use it.
local Pipe = Socket:extend()

-- The first three go one way.
local function newPipe(child, index)
  local pipe = Pipe:new({ handle = assert(uv.new_pipe(false)) })
  pipe._child, pipe._index = child, index
  if index == 1 then pipe.readable = false end
  if index == 2 or index == 3 then pipe.writable = false end
  return pipe
end

local NAMES = { 'stdin', 'stdout', 'stderr' }

function Pipe:_read()
  if self._index ~= 1 then return Socket._read(self) end
end

function Pipe:destroy(err, callback, detail)
  if err ~= nil and detail == nil and uv.errno[err] then
    local what = NAMES[self._index] or 'descriptor ' .. self._index - 1
    local text = uv.translate_sys_error(uv.errno[err])
    detail = Error:new(('%s, %s of %s'):format(text, what, self._child.spawnfile))
  end
  return Socket.destroy(self, err, callback, detail)
end

-- A program that does not read all of its input, such as `head`, is no accident: nobody has to listen for that.
function Pipe:missingHandlerType(name, err, ...)
  if name == 'error' and err == 'EPIPE' then return end
  return Socket.missingHandlerType(self, name, err, ...)
end

-- Whether a pipe's data is lost to nobody: it has no reader, and none has asked it to wait.
local function isUnread(pipe)
  if pipe.destroyed or pipe.readable == false then return false end
  local state = rawget(pipe, '_readableState')
  return not state or state.flowing == nil and not state.readableListening
end

-- Process ------------------------------------------------------------------------------------------------------------

---A child process.
---
---Events: `exit` (code, signal) when it has ended; `close` (code, signal) when in addition all pipes to it are closed,
---so that all of its output was read: a grandchild that has inherited them keeps them open; `timeout` when it ran longer
---than `options.timeout` and got the signal; `error` (luvit.Error) when it could not be started.
---
---`code` is the exit code and `signal` the number of the signal that ended the child, otherwise 0.
---
---A program that cannot be started emits `error`, then `close` with the code -127, and no `exit`. A program for luvit 2
---that listens for `exit` or `close` but not for `error` gets `exit` (-127, 0, err) and `close` (-127, 0, err) instead.
---@class luvit.childprocess.Process: luvit.Emitter
---@field pid? integer nil when it could not be started
---@field stdin? luvit.net.Socket to write to, if it is a pipe; what `options.stdio` gave otherwise
---@field stdout? luvit.net.Socket to read from, likewise
---@field stderr? luvit.net.Socket likewise
---@field stdio table<integer, luvit.net.Socket> the streams of all descriptors; `stdio[1]` is that of descriptor 0
---@field handle? uv_process_t
---@field exitCode? integer from `exit` on
---@field signal? integer from `exit` on: the number of the signal that ended it, or 0
---@field signalCode? string from `exit` on: the name of that signal, `"SIGTERM"`
---@field killed boolean whether a signal was sent with `kill`
---@field spawnfile string the program
---@field spawnargs string[] its arguments
local Process = core.Emitter:extend()
Process.killed = false

-- The pipe to the child's standard input, if it has one.
local function stdinPipe(self)
  local pipe = self._pipes[1]
  return pipe and pipe == self.stdin and pipe or nil
end

local function emitClose(self)
  -- Who waits for it from now on has missed it (`await.once`).
  self._closeEmitted = true
  if self._failure then
    self:emit('close', self.exitCode, self.signal, self._failure)
  else
    self:emit('close', self.exitCode, self.signal)
  end
end

-- One of the things that `close` waits for is over: a pipe, or the child itself.
local function partEnded(self)
  self._parts = self._parts - 1
  local stdin = stdinPipe(self)
  if self._parts == 1 and self._ended and stdin then
    -- All output is there, and nobody tells of the end of a child that was let go of.
    stdin:destroy()
  elseif self._parts == 0 then
    -- Later, so that it is the last event whatever a listener of `exit` does.
    timer.setImmediate(emitClose, self)
  end
end

local function clearTimer(self)
  timer.clearTimeout(self._timer)
  self._timer = nil
end

local function closeHandle(self)
  clearTimer(self)
  if self.handle and not uv.is_closing(self.handle) then uv.close(self.handle) end
end

---Closes the pipes to a child.
---@param self luvit.childprocess.Process
local function destroyPipes(self)
  for _, pipe in ipairs(self._pipes) do pipe:destroy() end
end

local function onExit(self, code, signal)
  self.exitCode, self.signal, self.signalCode = code, signal, lib.signalName(signal)
  closeHandle(self)
  -- Nobody reads what is written now.
  local stdin = stdinPipe(self)
  if stdin then stdin:destroy() end
  self._ended = true
  partEnded(self)
  self:emit('exit', code, signal)
end

-- Output that nobody reads must not stop the child when a pipe is full, and it must not keep `close` from coming.
local function drain(self)
  for _, pipe in ipairs(self._pipes) do
    if isUnread(pipe) then pipe:resume() end
  end
end

---Sends a child the signal of `options.killSignal`; to all of its group if it leads one.
---@param self luvit.childprocess.Process
local function terminate(self)
  if self._detached and not lib.windows then return self:killGroup(self._killSignal) end
  return self:kill(self._killSignal)
end

local function onTimeout(self)
  clearTimer(self)
  terminate(self)
  self:emit('timeout')
end

local function checkSignal(signal, method)
  local number = lib.signalNumber(signal == nil and 'sigterm' or signal)
  if not number then
    error(("bad argument 'signal' to '%s' (no such signal: %s)"):format(method, tostring(signal)), 3)
  end
  return number
end

local function isRunning(self)
  return self.handle ~= nil and not uv.is_closing(self.handle)
end

---Sends the child a signal.
---@param signal? string|integer `"sigterm"`; 0 only asks whether the child is there
---@return 0? success, string? err, string? code `ESRCH` when it has ended
function Process:kill(signal)
  local number = checkSignal(signal, 'kill')
  if not isRunning(self) then return nil, GONE, 'ESRCH' end
  local ok, err, code = uv.process_kill(self.handle, number)
  if ok and number ~= 0 then self.killed = true end
  return ok, err, code
end

---Sends a signal to the child and to the children it has, as long as they are in its group. That takes
---`options.detached`, which gives the child a group of its own. kill(2)
---@param signal? string|integer `"sigterm"`
---@return 0? success, string? err, string? code `ESRCH` when the child has ended, `EPERM` without `detached`, `ENOTSUP` on Windows
function Process:killGroup(signal)
  local number = checkSignal(signal, 'killGroup')
  if lib.windows then return nil, 'ENOTSUP: operation not supported', 'ENOTSUP' end
  if not isRunning(self) then return nil, GONE, 'ESRCH' end
  if not self._detached then return nil, 'EPERM: operation not permitted, the child is not detached', 'EPERM' end
  local ok, err, code = uv.kill(-self.pid, number)
  if ok and number ~= 0 then self.killed = true end
  return ok, err, code
end

local function emitError(self, err)
  if err ~= nil then timer.setImmediate(self.emit, self, 'error', err) end
end

---Lets go of the child, which goes on: there will be no `exit`. The pipes stay, and `close` comes when they have ended.
---After `exit` this does nothing.
---@param err? any emitted as `error`
function Process:close(err)
  emitError(self, err)
  closeHandle(self)
  if self._ended then return end
  self._ended = true
  partEnded(self)
end

---Ends the child with `options.killSignal` and closes the pipes to it; what it still writes is lost. `exit` and `close`
---follow as always.
---@param err? any emitted as `error` before them
function Process:destroy(err)
  emitError(self, err)
  terminate(self)
  destroyPipes(self)
end

---Lets the child and the pipes to it keep the program running, which is the default.
---@return self
function Process:ref()
  if isRunning(self) then uv.ref(self.handle) end
  if self._timer then uv.ref(self._timer) end
  for _, pipe in ipairs(self._pipes) do pipe:ref() end
  return self
end

---Lets the program end although the child runs and the pipes to it are open.
---@return self
function Process:unref()
  if isRunning(self) then uv.unref(self.handle) end
  if self._timer then uv.unref(self._timer) end
  for _, pipe in ipairs(self._pipes) do pipe:unref() end
  return self
end

-- Starting -----------------------------------------------------------------------------------------------------------

-- A pipe handle that leads nowhere yet becomes one to the child.
local function isNew(handle)
  return uv.handle_get_type(handle) == 'pipe' and not uv.is_readable(handle) and not uv.is_writable(handle)
    and not uv.is_closing(handle)
end

-- Fills the child's streams, and returns what `uv.spawn` takes for them.
local function connect(self, entries)
  local sources, pipes, streams = {}, {}, {}
  for index, entry in ipairs(entries) do
    local source, stream = entry.source, entry.stream
    if source == 'pipe' then
      stream = newPipe(self, index)
      source = stream._handle
      pipes[#pipes + 1] = stream
    elseif stream and type(source) == 'userdata' and isNew(source) then
      if index == 1 then stream.readable = false end
      pipes[#pipes + 1] = stream
    elseif source == 1 and io.type(io.stdout) == 'file' then
      -- What was written before the child comes before its output.
      io.stdout:flush()
    end
    sources[index], streams[index] = source, stream
  end
  self.stdin, self.stdout, self.stderr = streams[1], streams[2], streams[3]
  self.stdio, self._pipes, self._parts = streams, pipes, #pipes + 1
  for _, pipe in ipairs(pipes) do
    pipe:once('close', function() partEnded(self) end)
  end
  return sources
end

-- Why a child could not be started. The system does not say whether it is the program or the folder that is missing.
local function startError(plan, err)
  local cwd = plan.options.cwd
  local subject = 'spawn ' .. plan.file
  if cwd and err:find('^E[NA]') then
    local stat = uv.fs_stat(cwd)
    if not stat or stat.type ~= 'directory' then subject = ("chdir '%s' to %s"):format(cwd, subject) end
  end
  local failure = Error:new(('%s, %s'):format(err, subject))
  failure.path, failure.spawnargs = plan.file, plan.args
  return failure
end

local function hears(emitter, name)
  return emitter:listenerCount(name) > 0
end

-- Tells of a child that could not be started.
local function reportFailure(self, err)
  local process = _G.process
  for _, pipe in ipairs(self._pipes) do
    if hears(pipe, 'error') then pipe:emit('error', err) end
  end
  if not hears(self, 'error') and not (process and hears(process, 'error')) and (hears(self, 'exit') or hears(self, 'close')) then
    self._failure = err
    self:emit('exit', self.exitCode, self.signal, err)
    return
  end
  self:emit('error', err)
end

local function failToStart(self, err)
  self.exitCode, self.signal, self._ended = -127, 0, true
  timer.setImmediate(function()
    partEnded(self)
    reportFailure(self, err)
  end)
  destroyPipes(self)
end

---Starts a child.
---@param plan luvit.childprocess.Plan
---@return luvit.childprocess.Process
local function start(plan)
  local self = Process:new()
  local options = plan.options
  self.spawnfile, self.spawnargs = plan.file, plan.args
  self._killSignal, self._detached = plan.killSignal, options.detached
  options.stdio = connect(self, plan.stdio)
  local handle, pid = uv.spawn(plan.file, options, function(code, signal) onExit(self, code, signal) end)
  if not handle then
    failToStart(self, startError(plan, pid))
    return self
  end
  self.handle, self.pid = handle, pid
  if plan.input then self.stdin:_end(plan.input) end
  if plan.timeout then self._timer = timer.setTimeout(plan.timeout, onTimeout, self) end
  if self._pipes[1] then timer.setImmediate(drain, self) end
  return self
end

return {
  Process = Process,
  start = start,
  terminate = terminate,
  destroyPipes = destroyPipes,
}
