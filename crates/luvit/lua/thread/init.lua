-- Threads, and functions for the thread pool.
--
-- A thread has a Lua state of its own with all of luvit: globals, modules and an event loop. Of the program that starts
-- it, it has only its arguments, at most eight: nil, booleans, numbers, strings, and as the same object on both sides
-- async handles, semaphores and threads of `uv`. A function is compiled there anew, so its upvalues are nil: what it
-- needs it requires, and `require` finds modules from the file in which the function stands. It runs in no coroutine, and
-- nobody runs its event loop: one that waits begins with `await.spawn`, and then calls `uv.run()`.

local uv = require('uv')
local core = require('core')
local native = require('luvit:thread')

---@class luvit.thread
local thread = {}

-- Of the nine values that `uv` sends along, one is the function.
local MOST_VALUES = 8

---What another thread runs: the bytecode of a function, or source text.
local function codeOf(fn, name, method)
  if type(fn) == 'string' then return fn end
  if type(fn) ~= 'function' then
    error(("bad argument '%s' to '%s' (function or source text expected, got %s)"):format(name, method, type(fn)), 3)
  end
  local ok, code = pcall(string.dump, fn)
  if not ok then
    error(("bad argument '%s' to '%s' (a native function cannot run in another thread)"):format(name, method), 3)
  end
  return code
end

---Calls a function of `uv` with values for another thread. Should one of them be of a kind that cannot go there, the
---error names it as its position among the arguments of `method`, which has to end with this call: level 2 is its caller.
---@param method string
---@param before integer how many arguments of `method` come before the values
---@param fn function
---@param object any
---@param code string
---@param ... any
local function send(method, before, fn, object, code, ...)
  local count = select('#', ...)
  if count > MOST_VALUES then
    error(("bad argument #%d to '%s' (%d values at most can go to another thread)"):format(
      before + MOST_VALUES + 1, method, MOST_VALUES), 2)
  end
  local ok, result, err, name = pcall(fn, object, code, ...)
  if ok then return result, err, name end
  local kind, position = tostring(result):match("thread arg not support type '(.-)' at (%d+)")
  if not kind then error(result, 0) end
  error(("bad argument #%d to '%s' (a value of type '%s' cannot go to another thread)"):format(
    before + position - 1, method, kind), 2)
end

-- Threads ------------------------------------------------------------------------------------------------------------

-- What a thread runs first: the function, then its event loop.
local function entry(code, ...)
  local fn, err = require('luvit:compile')(code)
  if not fn then error(err, 0) end
  fn(...)
  require('uv').run()
end

---Starts a thread. It calls the function, then runs its event loop until nothing is left to do.
---
---An error that nothing catches there ends the thread, not the program: it is printed to standard error with its
---traceback, unless `process:on('uncaughtException')` of the thread takes it, and `join` returns it. `os.exit` and
---`process:exit` in a thread end the program.
---@param thread_func function|string a Lua function, its bytecode, or source text, whose modules are required as from a file of the working folder
---@param ... any arguments of the function, at most eight
---@return luv_thread_t? thread, string? err, string? code
function thread.start(thread_func, ...)
  return send('start', 1, uv.new_thread, entry, codeOf(thread_func, 'thread_func', 'start'), ...)
end

local function checkThread(value, name, method)
  if type(value) == 'userdata' and pcall(uv.thread_equal, value, value) then return end
  error(("bad argument '%s' to '%s' (thread expected, got %s)"):format(name, method, type(value)), 3)
end

---Waits until a thread has ended. Nothing else happens in this thread meanwhile. A thread can be joined once.
---@param thread_obj luv_thread_t
---@return true? success, string? err, string? code what failed in the thread, with its traceback and without a code; or `EINVAL` when it was joined or detached before, `EBUSY` when it waits for this one
function thread.join(thread_obj)
  checkThread(thread_obj, 'thread_obj', 'join')
  local ok, err, code = uv.thread_join(thread_obj)
  if not ok then return nil, err, code end
  local failure = native.failure(thread_obj)
  if failure then return nil, failure end
  return true
end

---Whether two threads are the same one, as `==` says too.
---@param thread1 luv_thread_t
---@param thread2 luv_thread_t
---@return boolean
function thread.equals(thread1, thread2)
  checkThread(thread1, 'thread1', 'equals')
  checkThread(thread2, 'thread2', 'equals')
  return uv.thread_equal(thread1, thread2)
end

---The thread that asks.
---@return luv_thread_t
function thread.self()
  return uv.thread_self()
end

-- The thread pool ----------------------------------------------------------------------------------------------------

---A function for the thread pool, made by `thread.work`.
---
---Event: `error` (luvit.Error) when the function raised an error in the other thread, with its traceback in the message.
---Without a listener the error is printed to standard error, and the callback is called without values. Neither says
---which call has failed: a function that shall say so catches its errors with `pcall`, and returns them.
---@class luvit.thread.Worker: luvit.Emitter
---@field handler luv_work_ctx_t
---@field dumped string the function's bytecode
local Worker = core.Emitter:extend()

---Runs the function on a thread of the pool, then the callback here.
---@param ... any arguments of the function, at most eight
---@return true? success, string? err, string? code
function Worker:queue(...)
  return send('queue', 0, uv.queue_work, self.handler, self.dumped, ...)
end

-- The way to a module that is loaded already is shorter.
local function work(code, ...)
  local run = require('luvit:loaded')('thread/pool') or require('thread/pool')
  return run(code, ...)
end

-- What failed when the values themselves could not come back; the reason was printed there.
local NO_VALUES = 'the results of a work function cannot go to another thread'

local function finish(worker, notify, ok, ...)
  if ok then return notify(...) end
  local err = ok == false and (...) or NO_VALUES
  if worker:listenerCount('error') > 0 then
    worker:emit('error', core.Error:new(err))
  else
    if ok == false then require('luvit:stdio').write(2, 'Uncaught exception in a work function:\n', err, '\n') end
    notify()
  end
end

---Makes a function for the thread pool, which has four threads (`UV_THREADPOOL_SIZE`). Each thread keeps one Lua state
---for all functions it runs, with the globals and modules that those before have left.
---@param thread_func function|string a Lua function, its bytecode, or source text; it may return eight values of the kinds that can go to another thread
---@param notify_entry fun(...: any) called here with what the function returned
---@return luvit.thread.Worker
function thread.work(thread_func, notify_entry)
  local code = codeOf(thread_func, 'thread_func', 'work')
  if type(notify_entry) ~= 'function' and not (getmetatable(notify_entry) or {}).__call then
    error(("bad argument 'notify_entry' to 'work' (function expected, got %s)"):format(type(notify_entry)), 2)
  end
  local worker = Worker:new()
  worker.dumped = code
  worker.handler = uv.new_work(work, function(...) return finish(worker, notify_entry, ...) end)
  return worker
end

---Runs a function of `thread.work` on the thread pool, as `worker:queue(...)` does.
---@param worker luvit.thread.Worker
---@param ... any arguments of the function, at most eight
---@return true? success, string? err, string? code
function thread.queue(worker, ...)
  if type(worker) ~= 'table' or not worker.handler then
    error(("bad argument 'worker' to 'queue' (worker expected, got %s)"):format(type(worker)), 2)
  end
  return send('queue', 1, uv.queue_work, worker.handler, worker.dumped, ...)
end

thread.Worker = Worker

return thread
