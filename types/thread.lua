---@meta thread

-- Made by scripts/reference.lua of crates/luvit/lua/thread/. Change it there.

-- Threads, and functions for the thread pool.
--
-- A thread has a Lua state of its own with all of luvit: globals, modules and an event loop. Of the program that starts
-- it, it has only its arguments, at most eight: nil, booleans, numbers, strings, and as the same object on both sides
-- async handles, semaphores and threads of `uv`. A function is compiled there anew, so its upvalues are nil: what it
-- needs it requires, and `require` finds modules from the file in which the function stands. It runs in no coroutine, and
-- nobody runs its event loop: one that waits begins with `await.spawn`, and then calls `uv.run()`.

---A function for the thread pool, made by `thread.work`.
---
---Event: `error` (luvit.Error) when the function raised an error in the other thread, with its traceback in the message.
---Without a listener the error is printed to standard error, and the callback is called without values. Neither says
---which call has failed: a function that shall say so catches its errors with `pcall`, and returns them.
---@class luvit.thread.Worker: luvit.Emitter
---@field handler luv_work_ctx_t
---@field dumped string the function's bytecode
local Worker = {}

---Runs the function on a thread of the pool, then the callback here.
---@param ... any arguments of the function, at most eight
---@return true? success, string? err, string? code
function Worker:queue(...) end

---@class luvit.thread
---@field Worker luvit.thread.Worker
local thread = {}

---Starts a thread. It calls the function, then runs its event loop until nothing is left to do.
---
---An error that nothing catches there ends the thread, not the program: it is printed to standard error with its
---traceback, unless `process:on('uncaughtException')` of the thread takes it, and `join` returns it. `os.exit` and
---`process:exit` in a thread end the program.
---@param thread_func function|string a Lua function, its bytecode, or source text, whose modules are required as from a file of the working folder
---@param ... any arguments of the function, at most eight
---@return luv_thread_t? thread, string? err, string? code
function thread.start(thread_func, ...) end

---Waits until a thread has ended. Nothing else happens in this thread meanwhile. A thread can be joined once.
---@param thread_obj luv_thread_t
---@return true? success, string? err, string? code what failed in the thread, with its traceback and without a code; or `EINVAL` when it was joined or detached before, `EBUSY` when it waits for this one
function thread.join(thread_obj) end

---Whether two threads are the same one, as `==` says too.
---@param thread1 luv_thread_t
---@param thread2 luv_thread_t
---@return boolean
function thread.equals(thread1, thread2) end

---The thread that asks.
---@return luv_thread_t
function thread.self() end

---Makes a function for the thread pool, which has four threads (`UV_THREADPOOL_SIZE`). Each thread keeps one Lua state
---for all functions it runs, with the globals and modules that those before have left.
---@param thread_func function|string a Lua function, its bytecode, or source text; it may return eight values of the kinds that can go to another thread
---@param notify_entry fun(...: any) called here with what the function returned
---@return luvit.thread.Worker
function thread.work(thread_func, notify_entry) end

---Runs a function of `thread.work` on the thread pool, as `worker:queue(...)` does.
---@param worker luvit.thread.Worker
---@param ... any arguments of the function, at most eight
---@return true? success, string? err, string? code
function thread.queue(worker, ...) end

return thread
