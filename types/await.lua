---@meta await

-- Made by scripts/reference.lua of crates/luvit/lua/await/. Change it there.

-- Callback functions in coroutine style: `local text, err, code = await(fs.readFile, 'a.txt')`.
--
-- The module is a function: `await(fn, ...)` is `await.call(fn, ...)`. Every script runs in a coroutine and may await;
-- callbacks do not: there `await.spawn` starts a coroutine. docs/coroutines.md is the guide.

---@class luvit.await.Settled
---@field status 'done'|'failed'|'canceled'
---@field value? any the first value it returned
---@field err? any what it raised, or returned behind nil
---@field code? string|number

---Events that are taken one after another: `for chunk in events do ... end` or `events:next()`.
---@class luvit.await.Events: luvit.Object
---@overload fun(): any ...
local Events = {}

---Waits for the next event. In a `for` loop an event whose first value is nil ends the loop.
---@async
---@return any ... # its values; nothing after the emitter's `end` or `close`. What it emitted as `error` is raised
function Events:next() end

---Stops listening. Events that wait are dropped; an emitter that was paused because of them stays so.
function Events:close() end

---A coroutine that `await.spawn` started. Its list part holds what the function returned.
---@class luvit.await.Task: luvit.Object
---@field thread thread
---@field state 'pending'|'done'|'failed'|'canceled'
---@field reason? string why it was canceled: `ECANCELED: ...`
---@field err? any what a failed task raised
---@field n? integer how many results there are
---@field refused integer how often it awaited something after it was canceled
local Task = {}

---Waits until the task has ended.
---
---An error that the task raised is raised here, the same value; an uncaught one is reported with the stacks of the task
---and of who awaited it. When the coroutine that waits is canceled, and nobody else awaits this task, it is too.
---@async
---@return any ... # what its function returned, or of a canceled one `nil, 'ECANCELED: ...', 'ECANCELED'`
function Task:await() end

---Cancels the task. What it awaits is canceled and returns `nil, 'ECANCELED: <reason>', 'ECANCELED'`, so that it can
---clean up; what it awaits after that raises the text, unless it is awaited by `await.shield`. A task that catches this
---error again and again is not resumed any more. A task that ends without having noticed has its results.
---@param reason? string `operation canceled` by default
---@return boolean # false: it had ended before
function Task:cancel(reason) end

---Whether it has ended, and how.
---@return 'pending'|'done'|'failed'|'canceled' # `failed`: an error was raised
function Task:status() end

---Waits for callbacks, events and tasks in coroutines. What fails returns `nil, err, code`. In a task that was canceled
---what is being awaited returns `nil, 'ECANCELED: ...', 'ECANCELED'`, and what is awaited after that raises this text.
---@class luvit.await
---@overload fun(fn: function, ...: any): any ...
---@field Task luvit.await.Task
---@field Events luvit.await.Events
local await = {}

---Calls `fn(...)` in a coroutine of its own, now, until it ends or first waits.
---
---An error that it raises is raised by who awaits the task. When nobody has, by the end of this turn of the event loop,
---it goes to `process:on('uncaughtException')` or ends the program.
---@param fn function
---@param ... any
---@return luvit.await.Task
function await.spawn(fn, ...) end

---Makes a function with an error-first callback of one that awaits. Each call is a task, which is returned.
---@param fn function what it raises, or returns as `nil, err`, is the callback's error
---@return fun(...: any): luvit.await.Task # its last argument is the callback, which is called after it has returned
function await.callbackify(fn) end

---Runs `fn(...)` as a task that is canceled when it has not ended after some time.
---@async
---@param delay number milliseconds
---@param fn function|luvit.await.Task
---@param ... any
---@return any ... # its results, or `nil, 'ETIMEDOUT: ...', 'ETIMEDOUT'`; what it raised is raised
function await.timeout(delay, fn, ...) end

---Waits until all tasks have ended. The first that fails, by raising an error or returning `nil, err`, cancels the
---others and is the result.
---@async
---@param list (function|luvit.await.Task)[] functions are started as tasks
---@return any[]? results the first value of each, in the order of the list; `n` is how many there are
---@return any err, string? code
function await.all(list) end

---Waits until the first task has ended, however it does, and cancels the others.
---@async
---@param list (function|luvit.await.Task)[] functions are started as tasks; at least one
---@return any ... # its results; what it raised is raised
function await.race(list) end

---Waits until all tasks have ended, and says how each has. Nothing is canceled or raised.
---@async
---@param list (function|luvit.await.Task)[] functions are started as tasks
---@return luvit.await.Settled[]? results in the order of the list
---@return string? err, string? code
function await.settled(list) end

---Calls `fn(item, index)` for each item of a list, in tasks of which no more than `limit` run at once. The first call
---that fails, by raising an error or returning `nil, err`, cancels the others and is the result.
---@async
---@param list any[]
---@param limit integer
---@param fn fun(item: any, index: integer): any
---@return any[]? results the first value of each call, in the order of the list; `n` is how many there are
---@return any err, string? code
function await.map(list, limit, fn) end

---Waits for an event. An `error` event gives `nil, err, code`, and so does `close` when it comes instead. The listeners
---are removed, whatever happens. Data of a stream that comes between two calls is lost: `await.events` keeps it.
---
---A stream of the library that has ended or closed before is not waited for: its `end` or `close` is true, any other
---event `nil, err, code`.
---@async
---@param emitter luvit.Emitter
---@param name any
---@return any ... # the values of the event
function await.once(emitter, name) end

---Takes the events of an emitter one after another, until its `end` or `close`; its `error` is raised. Events that
---nobody has taken wait: an emitter with `pause` and `resume` is paused when there are `limit` of them, any other may
---have as many, and one more is the error `ENOBUFS`. A loop that is left early needs `events:close()`.
---@param emitter luvit.Emitter
---@param name any
---@param limit? integer 16; of an emitter that cannot be paused 1,024
---@return luvit.await.Events
function await.events(emitter, name, limit) end

---Calls `fn(..., callback)` and waits until it calls the callback, which gets an error or nil first. The callback comes
---right after the arguments that are given: those that `fn` may leave out in front of it too can only be given as nil.
---
---A callback that is called with nothing but the error returns true, or the emitter that `fn` returned. An `error`
---event of such an emitter ends the wait too. When `fn` itself returns `nil, err, code` that is the result. A callback
---that is called again is ignored.
---
---When the task that waits is canceled, what `fn` returned is: a function is called, a request of `uv`, a handle or an
---object gets the first of `cancel`, `destroy`, `kill` and `close` that it has. A callback that comes later is ignored.
---@async
---@param fn function|luvit.await.Task a task is awaited
---@param ... any arguments in front of the callback
---@return any ... # the values behind the error, or `nil, err, code`: `err` as the callback got it, `code` its field
---  `code`, or its `name` when that is a number, or the name it begins with (`ENOENT: ...`)
function await.call(fn, ...) end

---Does as `await` for a callback that gets no error: `local res = await.value(http.get, url)`. An `error` event of what
---`fn` returned gives `nil, err, code`.
---@async
---@param fn function
---@param ... any arguments in front of the callback
---@return any ... # what the callback got
function await.value(fn, ...) end

---Does as `await`, whether the task was canceled or not, and is not canceled with it. It is for cleaning up.
---@async
---@param fn function
---@param ... any arguments in front of the callback
---@return any ...
function await.shield(fn, ...) end

---Waits for a time.
---@async
---@param delay number milliseconds
---@return true? elapsed, string? err, string? code
function await.sleep(delay) end

---Makes a function that awaits. Of a table, such as a module or an object, it makes one that has everything the table
---has, but its functions await: `local fs = await.wrap(require('fs'))`, `await.wrap(socket):write('x')`. Functions
---whose names end in `Sync` stay as they are; others that call no callback never return.
---@generic T
---@param target T
---@return T
function await.wrap(target) end

return await
