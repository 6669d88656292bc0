---@meta timer

-- Made by scripts/reference.lua of crates/luvit/lua/timer.lua. Change it there.

-- Timers in JavaScript's style, immediates, sleeping coroutines, and idle timeouts for many objects on few timers.

---What can have an idle timeout: any table with `emit`.
---@class luvit.IdleItem
---@field _idleTimeout? number milliseconds, -1 when not enrolled
---@field _idleStart? integer loop time of the last activity
---@field emit? fun(self: any, event: any, ...: any): any

---@class luvit.timer
local timer = {}

---Calls `callback(...)` once, after `delay` milliseconds.
---@param delay number milliseconds
---@param callback fun(...: any)
---@param ... any passed to it
---@return uv_timer_t # closed when it has fired; after `handle:unref()` it does not keep the program running
function timer.setTimeout(delay, callback, ...) end

---Calls `callback(...)` every `interval` milliseconds until it is cleared.
---@param interval number milliseconds, at least 1
---@param callback fun(...: any)
---@param ... any passed to it
---@return uv_timer_t # for `clearInterval`
function timer.setInterval(interval, callback, ...) end

---Stops a timer of `setTimeout` or `setInterval`. One that has fired or was cleared before is left alone, as is nil.
---@param handle? uv_timer_t
function timer.clearTimeout(handle) end

timer.clearInterval = timer.clearTimeout

timer.clearTimer = timer.clearTimeout

---Lets the running coroutine wait.
---@param delay number milliseconds
---@param thread? thread what to resume afterwards, by default the running coroutine
---@return any ... # what the coroutine is resumed with
function timer.sleep(delay, thread) end

---Calls `callback(...)` in this turn of the event loop, after waiting events have been handled.
---@param callback fun(...: any)
---@param ... any passed to it
---@return integer id for `clearImmediate`
function timer.setImmediate(callback, ...) end

---Takes a call of `setImmediate` back. One that was made or taken back before is left alone, as is nil.
---@param id? integer
function timer.clearImmediate(id) end

---Ends the idle timeout of an object.
---@param item luvit.IdleItem
function timer.unenroll(item) end

---Sets the idle timeout of an object. It begins with the next call of `active`.
---@param item luvit.IdleItem
---@param timeout number milliseconds; a negative one disables it
function timer.enroll(item, timeout) end

---Starts an object's idle timeout, or starts it anew. When it passes, the object emits `timeout`, once.
---@param item luvit.IdleItem
function timer.active(item) end

return timer
