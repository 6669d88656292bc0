---@meta childprocess

-- Made by scripts/reference.lua of crates/luvit/lua/childprocess/. Change it there.

-- Child processes: started with `spawn`, or run to their end with `exec` and `execFile`.
--
-- A child inherits the environment of the program unless `env` is given, which then is all it gets. Its output is read
-- whether anybody listens or not, from the turn of the event loop after `spawn` on: who wants it later pauses the stream
-- first.

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

---@class luvit.childprocess.SyncResult
---@field pid? integer nil when it could not be started
---@field status? integer its exit code; nil when a signal ended it
---@field signal? string the signal that ended it, `"SIGTERM"`
---@field stdout string
---@field stderr string
---@field error? luvit.childprocess.ExecError when it could not be started, ran too long or wrote too much

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
local Process = {}

---Sends the child a signal.
---@param signal? string|integer `"sigterm"`; 0 only asks whether the child is there
---@return 0? success, string? err, string? code `ESRCH` when it has ended
function Process:kill(signal) end

---Sends a signal to the child and to the children it has, as long as they are in its group. That takes
---`options.detached`, which gives the child a group of its own. kill(2)
---@param signal? string|integer `"sigterm"`
---@return 0? success, string? err, string? code `ESRCH` when the child has ended, `EPERM` without `detached`, `ENOTSUP` on Windows
function Process:killGroup(signal) end

---Lets go of the child, which goes on: there will be no `exit`. The pipes stay, and `close` comes when they have ended.
---After `exit` this does nothing.
---@param err? any emitted as `error`
function Process:close(err) end

---Ends the child with `options.killSignal` and closes the pipes to it; what it still writes is lost. `exit` and `close`
---follow as always.
---@param err? any emitted as `error` before them
function Process:destroy(err) end

---Lets the child and the pipes to it keep the program running, which is the default.
---@return self
function Process:ref() end

---Lets the program end although the child runs and the pipes to it are open.
---@return self
function Process:unref() end

---@class luvit.childprocess
---@field Process luvit.childprocess.Process the class of children
local childprocess = {}

---Starts a program. It is looked for in `PATH`, that of `options.env` if given, unless its name has a slash.
---@param command string
---@param args? (string|number)[] none by default
---@param options? luvit.childprocess.Options
---@return luvit.childprocess.Process # one that cannot be started emits `error`
function childprocess.spawn(command, args, options) end

---Runs a program and collects its output. `callback` is called when it has ended and its output is read.
---@param file string
---@param args? (string|number)[] may be left out
---@param options? luvit.childprocess.Options may be left out
---@param callback? fun(err?: luvit.childprocess.ExecError, stdout: string, stderr: string) a coroutine waits, gets `stdout, stderr` or `nil, err`, and its child an empty input
---@return luvit.childprocess.Process
---@overload fun(file: string, args?: (string|number)[], options?: luvit.childprocess.Options, thread?: thread): any, any, any
---@overload fun(file: string, args?: (string|number)[], callback: fun(err?: luvit.childprocess.ExecError, stdout: string, stderr: string)): luvit.childprocess.Process
---@overload fun(file: string, args?: (string|number)[], thread?: thread): any, any, any
---@overload fun(file: string, callback: fun(err?: luvit.childprocess.ExecError, stdout: string, stderr: string)): luvit.childprocess.Process
---@overload fun(file: string, thread?: thread): any, any, any
function childprocess.execFile(file, args, options, callback) end

---Runs a command line in a shell and collects its output, see `execFile`.
---@param command string a line for `/bin/sh`, or `cmd.exe` on Windows
---@param options? luvit.childprocess.Options may be left out
---@param callback? fun(err?: luvit.childprocess.ExecError, stdout: string, stderr: string)
---@return luvit.childprocess.Process
---@overload fun(command: string, options?: luvit.childprocess.Options, thread?: thread): any, any, any
---@overload fun(command: string, callback: fun(err?: luvit.childprocess.ExecError, stdout: string, stderr: string)): luvit.childprocess.Process
---@overload fun(command: string, thread?: thread): any, any, any
function childprocess.exec(command, options, callback) end

---Runs a program to its end. The call waits for it in the event loop, so other callbacks of the program are called
---meanwhile. Its standard input is `options.input`, by default empty.
---@param command string
---@param args? (string|number)[] none by default
---@param options? luvit.childprocess.Options
---@return luvit.childprocess.SyncResult
function childprocess.spawnSync(command, args, options) end

---Runs a program as `spawnSync` does.
---@param file string
---@param args? (string|number)[] none by default
---@param options? luvit.childprocess.Options
---@return string? stdout, string|luvit.childprocess.ExecError stderr or the error, also that of an exit code other than 0
function childprocess.execFileSync(file, args, options) end

---Runs a command line in a shell as `spawnSync` runs a program.
---@param command string a line for `/bin/sh`, or `cmd.exe` on Windows
---@param options? luvit.childprocess.Options
---@return string? stdout, string|luvit.childprocess.ExecError stderr or the error, also that of an exit code other than 0
function childprocess.execSync(command, options) end

return childprocess
