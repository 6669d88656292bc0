-- Child processes: started with `spawn`, or run to their end with `exec` and `execFile`.
--
-- A child inherits the environment of the program unless `env` is given, which then is all it gets. Its output is read
-- whether anybody listens or not, from the turn of the event loop after `spawn` on: who wants it later pauses the stream
-- first.

local uv = require('uv')
local utils = require('utils')
local prepare = require('childprocess/options').prepare

---@class luvit.childprocess
---@field Process luvit.childprocess.Process the class of children
local childprocess = {}

---@class luvit.childprocess.Options
---@field cwd? string folder the child starts in; ours by default
---@field env? table<string, string|number|boolean>|string[] all of its environment: names and values, or a list of `"NAME=value"`; false is a variable that is not there. By default it inherits ours
---@field argv0? string the name that the child is told it has, instead of the command
---@field stdio? string|table its descriptors from 0 on. An entry is `"pipe"` (a stream in `child.stdio`), `"inherit"` (our descriptor of that number), `"ignore"`, false or nil (the null device), the number of a descriptor, or a stream or handle that has one. A new `net.Socket` around `uv.new_pipe()` becomes a pipe to the child. A string is for all of the first three; by default they are pipes
---@field uid? integer user it runs as; `EPERM` without the privilege; not on Windows
---@field gid? integer group it runs as; likewise
---@field detached? boolean true: it leads a session and group of its own, and may outlive the program; false by default
---@field shell? boolean|string true: the command is a line for `/bin/sh`, or `cmd.exe` on Windows; a string is another shell that knows `-c`. `args` reach the command as they are. False by default, for `exec` true
---@field timeout? number milliseconds after which it gets `killSignal`; 0, the default, is never
---@field killSignal? string|integer the signal for `timeout`, `maxBuffer` and `destroy`, to its whole group with `detached`; `"sigterm"` by default. A child that ignores it goes on
---@field maxBuffer? number bytes of standard output, and of standard error, that `exec` and `execFile` take, 1 MiB by default; with more the child gets `killSignal`
---@field input? string all of its standard input; without it the input stays open, for `child.stdin`
---@field windowsHide? boolean Windows: no console window
---@field windowsVerbatimArguments? boolean Windows: arguments are not quoted

---What a failed `exec` or `execFile` calls back with. The message has the command, how it ended, and the end of what it
---wrote to standard error.
---@class luvit.childprocess.ExecError: luvit.Error
---@field code? integer|string its exit code; `ETIMEDOUT`; `ERR_CHILD_PROCESS_STDIO_MAXBUFFER`; or why it could not be started, `ENOENT`
---@field signal? string the signal that ended it, `"SIGTERM"`
---@field killed boolean whether we sent it a signal
---@field cmd string the command with its arguments
---@field stdout string what it has written to standard output
---@field stderr string and to standard error

-- The parts load when first used.
local startChild, runChild

local function start(plan)
  startChild = startChild or require('childprocess/process').start
  return startChild(plan)
end

local function runToEnd(plan, callback)
  runChild = runChild or require('childprocess/exec').run
  return runChild(plan, callback)
end

local function isCallback(value)
  return type(value) == 'function' or type(value) == 'thread'
end

-- `prepare` for a function whose caller gets the error.
local function planned(name, command, args, options)
  local plan, problem = prepare(command, args, options)
  if not plan then error(problem:format(name), 3) end
  return plan
end

local function checkCallback(name, callback)
  if callback ~= nil and not isCallback(callback) then
    error(("bad argument 'callback' to '%s' (function or thread expected, got %s)"):format(name, type(callback)), 3)
  end
end

-- The options of a command line: it needs a shell, the system's unless they name one.
local function inShell(options)
  if options ~= nil and (type(options) ~= 'table' or options.shell) then return options end
  return setmetatable({ shell = true }, { __index = options })
end

local function run(plan, callback)
  -- A coroutine waits for the end: it cannot write to the child.
  if type(callback) == 'thread' and plan.stdio[1].source == 'pipe' then plan.input = plan.input or '' end
  return utils.adapt(callback, runToEnd, plan)
end

---Starts a program. It is looked for in `PATH`, that of `options.env` if given, unless its name has a slash.
---@param command string
---@param args? (string|number)[] none by default
---@param options? luvit.childprocess.Options
---@return luvit.childprocess.Process # one that cannot be started emits `error`
function childprocess.spawn(command, args, options)
  return start(planned('spawn', command, args, options))
end

---Runs a program and collects its output. `callback` is called when it has ended and its output is read.
---@param file string
---@param args? (string|number)[] may be left out
---@param options? luvit.childprocess.Options may be left out
---@param callback? fun(err?: luvit.childprocess.ExecError, stdout: string, stderr: string)|thread a coroutine waits, gets `stdout, stderr` or `nil, err`, and its child an empty input
---@return luvit.childprocess.Process
function childprocess.execFile(file, args, options, callback)
  if isCallback(args) then
    args, options, callback = nil, nil, args
  elseif isCallback(options) then
    options, callback = nil, options
  end
  checkCallback('execFile', callback)
  return run(planned('execFile', file, args, options), callback)
end

---Runs a command line in a shell and collects its output, see `execFile`.
---@param command string a line for `/bin/sh`, or `cmd.exe` on Windows
---@param options? luvit.childprocess.Options may be left out
---@param callback? fun(err?: luvit.childprocess.ExecError, stdout: string, stderr: string)|thread
---@return luvit.childprocess.Process
function childprocess.exec(command, options, callback)
  if isCallback(options) then options, callback = nil, options end
  checkCallback('exec', callback)
  return run(planned('exec', command, nil, inShell(options)), callback)
end

-- Waiting here -------------------------------------------------------------------------------------------------------

-- Runs a child to its end inside the call. The event loop goes on, for it is what reads the output.
local function runHere(plan)
  if plan.stdio[1].source == 'pipe' then plan.input = plan.input or '' end
  local result
  local child = runToEnd(plan, function(err, stdout, stderr)
    result = { err = err, stdout = stdout, stderr = stderr }
  end)
  while not result do uv.run('once') end
  return child, result
end

---Runs a program to its end. The call waits for it in the event loop, so other callbacks of the program are called
---meanwhile. Its standard input is `options.input`, by default empty.
---@param command string
---@param args? (string|number)[] none by default
---@param options? luvit.childprocess.Options
---@return luvit.childprocess.SyncResult
function childprocess.spawnSync(command, args, options)
  local child, result = runHere(planned('spawnSync', command, args, options))
  local err = result.err
  return {
    pid = child.pid,
    status = child.pid and child.signal == 0 and child.exitCode or nil,
    signal = child.signalCode,
    stdout = result.stdout,
    stderr = result.stderr,
    error = err and type(err.code) == 'string' and err or nil,
  }
end

---@class luvit.childprocess.SyncResult
---@field pid? integer nil when it could not be started
---@field status? integer its exit code; nil when a signal ended it
---@field signal? string the signal that ended it, `"SIGTERM"`
---@field stdout string
---@field stderr string
---@field error? luvit.childprocess.ExecError when it could not be started, ran too long or wrote too much

---Runs a program as `spawnSync` does.
---@param file string
---@param args? (string|number)[] none by default
---@param options? luvit.childprocess.Options
---@return string? stdout, string|luvit.childprocess.ExecError stderr or the error, also that of an exit code other than 0
function childprocess.execFileSync(file, args, options)
  local _, result = runHere(planned('execFileSync', file, args, options))
  if result.err then return nil, result.err end
  return result.stdout, result.stderr
end

---Runs a command line in a shell as `spawnSync` runs a program.
---@param command string a line for `/bin/sh`, or `cmd.exe` on Windows
---@param options? luvit.childprocess.Options
---@return string? stdout, string|luvit.childprocess.ExecError stderr or the error, also that of an exit code other than 0
function childprocess.execSync(command, options)
  local _, result = runHere(planned('execSync', command, nil, inShell(options)))
  if result.err then return nil, result.err end
  return result.stdout, result.stderr
end

return setmetatable(childprocess, {
  __index = function(_, name)
    if name ~= 'Process' then return nil end
    childprocess.Process = require('childprocess/process').Process
    return childprocess.Process
  end,
  __pairs = function(self)
    local _loaded = self.Process
    return next, self, nil
  end,
})
