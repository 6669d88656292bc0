-- The program: its arguments, environment, standard streams and end. It is a global; nothing has to be required.
--
-- It loads with every program, so what needs other modules (events, the standard streams) loads when first used.

local uv = require('uv')
local stdio = require('luvit:stdio')

---The program, as the global `process`.
---
---Events: `exit` (code) before the program ends; `uncaughtException` (err, traceback) for an error that nothing caught,
---which then does not end the program; `error` (err, emitter) for `error` events without a listener; and every signal by
---its name in lower case, `sigint`.
---@class luvit.Process: luvit.Emitter
---@field argv { [integer]: string } the program at index 0, then the script, then its arguments
---@field env luvit.process.Env the environment
---@field exitCode integer the exit code when the program ends by itself, 0
---@field pid integer the number of the process
---@field stdin luvit.process.Input standard input
---@field stdout luvit.process.Output standard output; what is written to it is written at once
---@field stderr luvit.process.Output standard error
local process = { argv = args, exitCode = 0, pid = uv.os_getpid() }

-- Environment --------------------------------------------------------------------------------------------------------

---The environment, live: `process.env.HOME` reads a variable, assigning sets it, and nil or false removes it.
---`pairs(process.env)` lists them all.
---@class luvit.process.Env
---@field [string] string|number|boolean|nil
local env = {}

---The value of a variable, also of one that is called `get` or `iterate`.
---@param name string
---@return string? # nil when it is not set
function env.get(name)
  return (uv.os_getenv(name))
end

---Iterates over the names and values, as `pairs(process.env)` does.
---@return fun(variables: table<string, string>, name?: string): string?, string? next
---@return table<string, string> variables a copy
---@return nil
function env.iterate()
  return next, uv.os_environ(), nil
end

process.env = setmetatable(env, {
  __index = function(_, name)
    return type(name) == 'string' and (uv.os_getenv(name)) or nil
  end,
  __newindex = function(_, name, value)
    local ok, err
    if value == nil or value == false then
      ok, err = uv.os_unsetenv(name)
    else
      ok, err = uv.os_setenv(name, tostring(value))
    end
    if not ok then error(err, 2) end
  end,
  __pairs = env.iterate,
})

-- What the system says of the process -------------------------------------------------------------------------------

---The working folder; nil, the text of the error and its code when it is gone.
---@return string path
function process.cwd()
  return uv.cwd()
end

---Sends a signal.
---@param pid integer
---@param signal? uv.signal_name|integer `"sigterm"` by default; 0 only asks whether there is such a process
---@return integer? success, string? err, uv.error_name? code
function process.kill(pid, signal)
  return uv.kill(pid, signal or 'sigterm')
end

---Memory in bytes: `rss` of the process, `heapUsed` by Lua.
---@return { rss: integer, heapUsed: number }
function process.memoryUsage()
  return { rss = uv.resident_set_memory(), heapUsed = collectgarbage('count') * 1024 }
end

---CPU time used so far in microseconds, or since an earlier result.
---@param self? luvit.Process|{ user: integer, system: integer } `process.cpuUsage(previous)` does it too
---@param previous? { user: integer, system: integer } an earlier result
---@return { user: integer, system: integer } usage
function process.cpuUsage(self, previous)
  if self ~= process then previous = self end
  local usage = assert(uv.getrusage())
  local user = usage.utime.sec * 1000000 + usage.utime.usec
  local system = usage.stime.sec * 1000000 + usage.stime.usec
  if previous then
    user, system = user - previous.user, system - previous.system
  end
  return { user = user, system = system }
end

-- Loaded when first needed, and remembered: streams call this for each chunk.
local setImmediate

---Calls a function soon, after the code that runs now.
---@param callback fun(...: any)
---@param ... any passed to it
function process.nextTick(callback, ...)
  setImmediate = setImmediate or require('timer').setImmediate
  setImmediate(callback, ...)
end

-- The end ------------------------------------------------------------------------------------------------------------

local exiting = false

local function runExitHandlers(code)
  if exiting then return end
  exiting = true
  local hooks = require('luvit:loaded')('hooks')
  if hooks then hooks:emit('process.exit', code) end
  if rawget(process, 'handlers') then process:emit('exit', code) end
end

-- What the system gets: its codes have eight bits.
local function exitStatus()
  local code = process.exitCode
  if type(code) == 'boolean' then return code and 0 or 1 end
  return (tonumber(code) or 0) % 256
end

---Ends the program, after the `exit` handlers.
---@param self? luvit.Process|integer `process.exit(code)` does it too
---@param code? integer by default `process.exitCode`
function process.exit(self, code)
  if self ~= process then code = self end
  if code ~= nil then process.exitCode = code end
  runExitHandlers(process.exitCode)
  if io.type(io.stdout) == 'file' then io.stdout:flush() end
  uv.tty_reset_mode()
  os.exit(exitStatus())
end

-- The exit handlers of a program that ends by itself. Returns what the system gets.
local function finish(code)
  if code then process.exitCode = code end
  runExitHandlers(process.exitCode)
  return exitStatus()
end

-- Events and streams, loaded when used -------------------------------------------------------------------------------

-- One signal watcher for each signal that has listeners; it does not keep the program alive.
local watchers = {}

local function watch(name)
  local isSignal = type(name) == 'string' and name:find('^sig') and uv.constants[name:upper()]
  if not isSignal or watchers[name] then return end
  local watcher = assert(uv.new_signal())
  watcher:unref()
  stdio.hide(watcher)
  local ok, err = watcher:start(name, function() process:emit(name, name) end)
  if not ok then
    watcher:close()
    error(("cannot listen for '%s': %s"):format(name, err), 3)
  end
  watchers[name] = watcher
end

local function unwatchIfUnused(name)
  local watcher = watchers[name]
  if watcher and process:listenerCount(name) == 0 then
    watchers[name] = nil
    watcher:close()
  end
end

local function makeEvents(Emitter)
  ---Listens for an event. Listening for a signal does not keep the program running; one that the system has not raises.
  ---@param name string
  ---@param listener fun(...: any)
  ---@return self
  function process:on(name, listener)
    Emitter.on(self, name, listener)
    watch(name)
    return self
  end

  function process:removeListener(name, listener)
    local result = Emitter.removeListener(self, name, listener)
    unwatchIfUnused(name)
    return result
  end

  function process:removeAllListeners(name)
    Emitter.removeAllListeners(self, name)
    for watched in pairs(watchers) do unwatchIfUnused(watched) end
    return self
  end
end

---Standard input: a stream of what is typed or piped in.
---@class luvit.process.Input: luvit.Readable
---@field fd integer 0
---@field handle uv_stream_t what it reads from

---Standard output or standard error.
---@class luvit.process.Output: luvit.Writable
---@field fd integer 1 or 2
---@field handle uv_stream_t for those who write past the stream; opened when first looked at

local function makeStdin()
  local Readable = require('stream').Readable
  local Stdin = Readable:extend()

  function Stdin:_read()
    local handle = self.handle
    if self.reading or self._readableState.ended then return end
    self.reading = true
    handle:read_start(function(err, data)
      if err then return self:emit('error', require('fs/base').describe(err, 'read')) end
      if data == nil then handle:read_stop() end
      -- A full buffer stops the source; the next `_read` starts it again.
      if not self:push(data) and data then
        self.reading = false
        handle:read_stop()
      end
    end)
  end

  function Stdin:pause()
    Readable.pause(self)
    self.reading = false
    self.handle:read_stop()
    return self
  end

  function Stdin:resume()
    Readable.resume(self)
    -- For the stream, a read that `pause` stopped is still under way.
    self:_read()
    return self
  end

  local stdin = Stdin:new()
  stdin.fd, stdin.handle = 0, require('pretty-print').stdin
  return stdin
end

local function makeOutput(fd, name)
  local Writable = require('stream').Writable
  local Output = Writable:extend()

  -- Written at once, as node does for files, pipes and terminals: nothing is lost at the end and `print` keeps its place.
  function Output:_write(data, callback)
    if fd == 1 then io.stdout:flush() end
    local _, err = stdio.write(fd, data)
    self.failure = err
    callback(err)
  end

  function Output:write(chunk, callback)
    -- A program that writes in a loop would never hear of the `error` event.
    local err = self.failure
    if err and self:listenerCount('error') == 0 then error(err, 2) end
    return Writable.write(self, chunk, callback)
  end

  local output = Output:new()
  output.fd = fd
  return setmetatable(output, {
    __index = function(_, key)
      if key ~= 'handle' then return Output[key] end
      output.handle = require('pretty-print')[name]
      return output.handle
    end,
    __tostring = getmetatable(output).__tostring,
  })
end

local makers = {
  stdin = makeStdin,
  stdout = function() return makeOutput(1, 'stdout') end,
  stderr = function() return makeOutput(2, 'stderr') end,
}

setmetatable(process, {
  __index = function(self, name)
    local make = makers[name]
    if make then
      local value = make()
      rawset(self, name, value)
      return value
    end
    local Emitter = require('core').Emitter
    if Emitter[name] == nil then return nil end
    makeEvents(Emitter)
    -- From now on the events are there; the streams stay lazy.
    setmetatable(self, {
      __index = function(_, key)
        if not makers[key] then return Emitter[key] end
        local value = makers[key]()
        rawset(self, key, value)
        return value
      end,
    })
    return self[name]
  end,
})

return {
  ---The one process table of this program.
  ---@return luvit.Process
  globalProcess = function() return process end,
  _finish = finish,
}
