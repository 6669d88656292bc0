---@meta process

-- Made by scripts/reference.lua of crates/luvit/lua/process.lua. Change it there.

-- The program: its arguments, environment, standard streams and end. It is a global; nothing has to be required.
--
-- It loads with every program, so what needs other modules (events, the standard streams) loads when first used.

---Standard input: a stream of what is typed or piped in.
---@class luvit.process.Input: luvit.Readable
---@field fd integer 0
---@field handle uv_stream_t what it reads from

---Standard output or standard error.
---@class luvit.process.Output: luvit.Writable
---@field fd integer 1 or 2
---@field handle uv_stream_t for those who write past the stream; opened when first looked at

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
local Process = {}

---The working folder; nil, the text of the error and its code when it is gone.
---@return string path
function Process.cwd() end

---Sends a signal.
---@param pid integer
---@param signal? uv.signal_name|integer `"sigterm"` by default; 0 only asks whether there is such a process
---@return integer? success, string? err, uv.error_name? code
function Process.kill(pid, signal) end

---Memory in bytes: `rss` of the process, `heapUsed` by Lua.
---@return { rss: integer, heapUsed: number }
function Process.memoryUsage() end

---CPU time used so far in microseconds, or since an earlier result.
---@param self? luvit.Process|{ user: integer, system: integer } `process.cpuUsage(previous)` does it too
---@param previous? { user: integer, system: integer } an earlier result
---@return { user: integer, system: integer } usage
function Process.cpuUsage(self, previous) end

---Calls a function soon, after the code that runs now.
---@param callback fun(...: any)
---@param ... any passed to it
function Process.nextTick(callback, ...) end

---Ends the program, after the `exit` handlers.
---@param self? luvit.Process|integer `process.exit(code)` does it too
---@param code? integer by default `process.exitCode`
function Process.exit(self, code) end

---Listens for an event. Listening for a signal does not keep the program running; one that the system has not raises.
---@param name string
---@param listener fun(...: any)
---@return self
function Process:on(name, listener) end

---The environment, live: `process.env.HOME` reads a variable, assigning sets it, and nil or false removes it.
---`pairs(process.env)` lists them all.
---@class luvit.process.Env
---@field [string] string|number|boolean|nil
local Env = {}

---The value of a variable, also of one that is called `get` or `iterate`.
---@param name string
---@return string? # nil when it is not set
function Env.get(name) end

---Iterates over the names and values, as `pairs(process.env)` does.
---@return fun(variables: table<string, string>, name?: string): string?, string? next
---@return table<string, string> variables a copy
---@return nil
function Env.iterate() end

---@class luvit.process
local process = {}

---The one process table of this program.
---@return luvit.Process
function process.globalProcess() end

return process
