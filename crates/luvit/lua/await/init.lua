-- Callback functions in coroutine style: `local text, err, code = await(fs.readFile, 'a.txt')`.
--
-- The module is a function: `await(fn, ...)` is `await.call(fn, ...)`. Every script runs in a coroutine and may await;
-- callbacks do not: there `await.spawn` starts a coroutine. docs/coroutines.md is the guide.

local wait = require('await/wait')
local begin, deliver, fail, suspend, codeOf = wait.begin, wait.deliver, wait.fail, wait.suspend, wait.codeOf
local checkCallable = wait.checkCallable

---Waits for callbacks, events and tasks in coroutines. What fails returns `nil, err, code`. In a task that was canceled
---what is being awaited returns `nil, 'ECANCELED: ...', 'ECANCELED'`, and what is awaited after that raises this text.
---@class luvit.await
---@overload fun(fn: function, ...: any): any ...
local await = {}

-- Which part has what.
local parts = {
  spawn = 'await/task', callbackify = 'await/task', Task = 'await/task',
  timeout = 'await/group', all = 'await/group', race = 'await/group', settled = 'await/group', map = 'await/group',
  once = 'await/events', events = 'await/events', Events = 'await/events',
}

-- Errors of an emitter go to its listeners, and its callback may then never be called.
local function watched(waiting, emitter)
  local stop = require('await/events').watch(waiting, emitter)
  local function finish(...)
    stop()
    return ...
  end
  return finish(suspend(waiting, emitter))
end

local function launched(waiting, operation, err, code)
  local isEmitter = type(operation) == 'table' and operation.on and operation.removeListener
  -- A callback without values leaves what tells that it was called.
  if isEmitter then waiting.default = operation end
  if waiting.state == 'ended' then return suspend(waiting) end
  if operation == nil and err ~= nil then
    -- It could not begin, so nothing will be called.
    waiting.state = 'ended'
    return nil, err, code or codeOf(err)
  end
  if isEmitter then return watched(waiting, operation) end
  return suspend(waiting, operation)
end

-- Calls the function with the callback after its arguments; most have few.
local function launch(waiting, callback, fn, ...)
  local count = select('#', ...)
  if count == 1 then
    local a = ...
    return launched(waiting, fn(a, callback))
  elseif count == 2 then
    local a, b = ...
    return launched(waiting, fn(a, b, callback))
  elseif count == 0 then
    return launched(waiting, fn(callback))
  end
  local arguments = { ... }
  arguments[count + 1] = callback
  return launched(waiting, fn(unpack(arguments, 1, count + 1)))
end

local function errorFirst(waiting)
  return function(err, ...)
    if err then return fail(waiting, err) end
    return deliver(waiting, ...)
  end
end

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
function await.call(fn, ...)
  if type(fn) ~= 'function' then
    if type(fn) == 'table' and fn.await then return fn:await() end
    checkCallable(fn, 'fn', 'await')
  end
  local waiting, err, code = begin()
  if not waiting then return nil, err, code end
  return launch(waiting, errorFirst(waiting), fn, ...)
end

---Does as `await` for a callback that gets no error: `local res = await.value(http.get, url)`. An `error` event of what
---`fn` returned gives `nil, err, code`.
---@async
---@param fn function
---@param ... any arguments in front of the callback
---@return any ... # what the callback got
function await.value(fn, ...)
  checkCallable(fn, 'fn', 'value')
  local waiting, err, code = begin()
  if not waiting then return nil, err, code end
  return launch(waiting, function(...) return deliver(waiting, ...) end, fn, ...)
end

---Does as `await`, whether the task was canceled or not, and is not canceled with it. It is for cleaning up.
---@async
---@param fn function
---@param ... any arguments in front of the callback
---@return any ...
function await.shield(fn, ...)
  checkCallable(fn, 'fn', 'shield')
  local waiting = begin(true)
  return launch(waiting, errorFirst(waiting), fn, ...)
end

---Waits for a time.
---@async
---@param delay number milliseconds
---@return true? elapsed, string? err, string? code
function await.sleep(delay)
  if type(delay) ~= 'number' then
    error(("bad argument 'delay' to 'sleep' (number expected, got %s)"):format(type(delay)), 2)
  end
  local waiting, err, code = begin()
  if not waiting then return nil, err, code end
  return suspend(waiting, require('timer').setTimeout(delay, deliver, waiting, true))
end

-- A name that says that the function waits by itself.
local function isSync(name)
  return type(name) == 'string' and name:find('Sync$') ~= nil
end

---Makes a function that awaits. Of a table, such as a module or an object, it makes one that has everything the table
---has, but its functions await: `local fs = await.wrap(require('fs'))`, `await.wrap(socket):write('x')`. Functions
---whose names end in `Sync` stay as they are; others that call no callback never return.
---@generic T
---@param target T
---@return T
function await.wrap(target)
  if type(target) == 'function' then
    return function(...) return await.call(target, ...) end
  elseif type(target) ~= 'table' then
    error(("bad argument 'target' to 'wrap' (function or table expected, got %s)"):format(type(target)), 2)
  end
  local functions, proxy = {}, {}
  local function bare(value, ...)
    if value == proxy then value = target end
    return value, ...
  end
  return setmetatable(proxy, {
    __index = function(_, name)
      local value = target[name]
      if type(value) ~= 'function' or isSync(name) then return value end
      local wrapped = functions[value]
      if not wrapped then
        wrapped = function(...)
          -- No value in front of the callback is not nil in front of it.
          if select('#', ...) == 0 then return await.call(value) end
          return await.call(value, bare(...))
        end
        functions[value] = wrapped
      end
      return wrapped
    end,
    __newindex = target,
  })
end

require('luvit:parts')(await, parts, function(name, part) return require(part)[name] end)
getmetatable(await).__call = function(_, fn, ...) return await.call(fn, ...) end

return await
