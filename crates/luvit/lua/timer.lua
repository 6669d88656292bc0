-- Timers in JavaScript's style, immediates, sleeping coroutines, and idle timeouts for many objects on few timers.

local uv = require('uv')
local utils = require('utils')
local hide = require('luvit:stdio').hide

---@class luvit.timer
local timer = {}

local function mismatch(value, name, method, expected)
  error(("bad argument '%s' to '%s' (%s expected, got %s)"):format(name, method, expected, type(value)), 4)
end

-- Text that is a number counts as one, as everywhere in Lua: delays come from arguments and the environment, too.
local function checkNumber(value, name, method)
  return type(value) == 'number' and value or type(value) == 'string' and tonumber(value)
    or mismatch(value, name, method, 'number')
end

local function checkHandle(handle, method)
  if type(handle) ~= 'userdata' then mismatch(handle, 'handle', method, 'timer') end
end

local function checkItem(item, method)
  if type(item) ~= 'table' then mismatch(item, 'item', method, 'table') end
end

local function checkCallback(callback, method)
  if type(callback) ~= 'function' and not (getmetatable(callback) or {}).__call then
    mismatch(callback, 'callback', method, 'function')
  end
end

-- Whole milliseconds that a timer accepts; NaN counts as none.
local function milliseconds(delay)
  if not (delay > 0) then return 0 end
  return math.floor(math.min(delay, 2 ^ 53))
end

-- Starts a timer. The loop's time is that of the beginning of its turn: after much work a timer would fire too early.
local function start(handle, delay, period, callback)
  uv.update_time()
  uv.timer_start(handle, delay, period, callback)
end

---Calls `callback(...)` once, after `delay` milliseconds.
---@param delay number milliseconds
---@param callback fun(...: any)
---@param ... any passed to it
---@return uv_timer_t # closed when it has fired; after `handle:unref()` it does not keep the program running
function timer.setTimeout(delay, callback, ...)
  delay = checkNumber(delay, 'delay', 'setTimeout')
  checkCallback(callback, 'setTimeout')
  local handle = uv.new_timer()
  if select('#', ...) > 0 then callback = utils.bind(callback, ...) end
  start(handle, milliseconds(delay), 0, function()
    uv.close(handle)
    callback()
  end)
  return handle
end

---Calls `callback(...)` every `interval` milliseconds until it is cleared.
---@param interval number milliseconds, at least 1
---@param callback fun(...: any)
---@param ... any passed to it
---@return uv_timer_t # for `clearInterval`
function timer.setInterval(interval, callback, ...)
  interval = checkNumber(interval, 'interval', 'setInterval')
  checkCallback(callback, 'setInterval')
  local handle = uv.new_timer()
  local period = math.max(1, milliseconds(interval))
  callback = utils.bind(callback, ...)
  start(handle, period, period, function() callback() end)
  return handle
end

---Stops a timer of `setTimeout` or `setInterval`. One that has fired or was cleared before is left alone, as is nil.
---@param handle? uv_timer_t
function timer.clearTimeout(handle)
  if handle == nil then return end
  checkHandle(handle, 'clearTimeout')
  if uv.is_closing(handle) then return end
  uv.timer_stop(handle)
  uv.close(handle)
end

---Stops a timer of `setInterval`, as `clearTimeout` does.
---@type fun(handle?: uv_timer_t)
timer.clearInterval = timer.clearTimeout

---Stops a timer of `setTimeout` or `setInterval`, as `clearTimeout` does.
---@type fun(handle?: uv_timer_t)
timer.clearTimer = timer.clearTimeout

---Lets the running coroutine wait.
---@param delay number milliseconds
---@param thread? thread what to resume afterwards, by default the running coroutine
---@return any ... # what the coroutine is resumed with
function timer.sleep(delay, thread)
  delay = checkNumber(delay, 'delay', 'sleep')
  local running, isMain = coroutine.running()
  if not running or isMain then error('timer.sleep must be called inside a coroutine', 2) end
  if thread ~= nil and type(thread) ~= 'thread' then
    error(("bad argument 'thread' to 'sleep' (thread expected, got %s)"):format(type(thread)), 2)
  end
  timer.setTimeout(delay, utils.assertResume, thread or running)
  return coroutine.yield()
end

-- Immediates ---------------------------------------------------------------------------------------------------------

local queue, first, last = {}, 1, 0
-- How many there were before those in the queue.
local before = 0
-- Made by the first immediate. They are started when there are some, and stopped: streams need one for each chunk.
local check, idle
local started = false

local function nothing() end

local function runImmediates()
  -- Only what is queued now: what these callbacks add waits for the next turn of the loop. An entry is taken off before
  -- it runs, so an error in one does not keep the others from running.
  local stop = last
  while first <= stop do
    local callback = queue[first]
    -- A callback that ran the loop had the rest called there.
    if not callback then break end
    queue[first] = nil
    first = first + 1
    callback()
  end
  if first > last then
    uv.check_stop(check)
    uv.idle_stop(idle)
    started = false
    before = before + last
    first, last = 1, 0
  end
end

---Calls `callback(...)` in this turn of the event loop, after waiting events have been handled.
---@param callback fun(...: any)
---@param ... any passed to it
---@return integer id for `clearImmediate`
function timer.setImmediate(callback, ...)
  checkCallback(callback, 'setImmediate')
  if not check then
    check, idle = uv.new_check(), uv.new_idle()
    -- A program that walks and closes all handles would close these for good.
    hide(check)
    hide(idle)
  end
  if not started then
    started = true
    uv.check_start(check, runImmediates)
    -- An active idle handle keeps the loop from waiting for events.
    uv.idle_start(idle, nothing)
  end
  last = last + 1
  queue[last] = select('#', ...) > 0 and utils.bind(callback, ...) or callback
  return before + last
end

---Takes a call of `setImmediate` back. One that was made or taken back before is left alone, as is nil.
---@param id? integer
function timer.clearImmediate(id)
  if id == nil then return end
  id = checkNumber(id, 'id', 'clearImmediate')
  if queue[id - before] then queue[id - before] = nothing end
end

-- Idle timeouts ------------------------------------------------------------------------------------------------------

-- Objects with the same timeout share a list and a timer. A list is a ring through itself, `_idleNext` leading to the
-- object that has been idle longest; being active again moves an object to the other end, without touching the timer.
---What can have an idle timeout: any table with `emit`.
---@class luvit.IdleItem
---@field _idleTimeout? number milliseconds, -1 when not enrolled
---@field _idleStart? integer loop time of the last activity
---@field emit? fun(self: any, event: any, ...: any): any

local lists = {}

local function unlink(item)
  local next, previous = item._idleNext, item._idlePrev
  if next then next._idlePrev = previous end
  if previous then previous._idleNext = next end
  item._idleNext, item._idlePrev = nil, nil
end

local function closeIfEmpty(list)
  if list._idleNext ~= list or lists[list.timeout] ~= list then return end
  lists[list.timeout] = nil
  uv.close(list.timer)
end

local function expire(list)
  -- Should a listener raise an error, the others still get their turn.
  uv.timer_start(list.timer, 0, 0, list.onTimer)
  local now = uv.now()
  local item = list._idleNext
  while item ~= list do
    local left = list.timeout - (now - item._idleStart)
    if left > 0 then
      uv.timer_start(list.timer, left, 0, list.onTimer)
      return
    end
    unlink(item)
    if item.emit then item:emit('timeout') end
    item = list._idleNext
  end
  closeIfEmpty(list)
end

local function newList(timeout)
  local list = { timeout = timeout, timer = uv.new_timer() }
  list._idleNext, list._idlePrev = list, list
  list.onTimer = function() expire(list) end
  uv.timer_start(list.timer, timeout, 0, list.onTimer)
  lists[timeout] = list
  return list
end

---Ends the idle timeout of an object.
---@param item luvit.IdleItem
function timer.unenroll(item)
  checkItem(item, 'unenroll')
  unlink(item)
  local list = lists[item._idleTimeout]
  if list then closeIfEmpty(list) end
  item._idleTimeout = -1
end

---Sets the idle timeout of an object. It begins with the next call of `active`.
---@param item luvit.IdleItem
---@param timeout number milliseconds; a negative one disables it
function timer.enroll(item, timeout)
  checkItem(item, 'enroll')
  timeout = checkNumber(timeout, 'timeout', 'enroll')
  if item._idleNext then timer.unenroll(item) end
  item._idleTimeout = timeout < 0 and -1 or milliseconds(timeout)
end

---Starts an object's idle timeout, or starts it anew. When it passes, the object emits `timeout`, once.
---@param item luvit.IdleItem
function timer.active(item)
  checkItem(item, 'active')
  local timeout = item._idleTimeout
  if not timeout or timeout < 0 then return end
  unlink(item)
  local list = lists[timeout] or newList(timeout)
  item._idleStart = uv.now()
  local newest = list._idlePrev
  item._idleNext, item._idlePrev = list, newest
  newest._idleNext, list._idlePrev = item, item
end

return timer
