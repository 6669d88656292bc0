-- Tasks: coroutines with a result that others await, and that can be canceled.

local Object = require('core').Object
local timer = require('timer')
local errors = require('luvit:errors')
local wait = require('await/wait')

local begin, deliver, suspend, tasks, raise = wait.begin, wait.deliver, wait.suspend, wait.tasks, wait.raise
local getinfo, traceback = debug.getinfo, debug.traceback

-- Tasks that await each other and end together resume each other within each other, so deep; the rest comes later.
local MAX_DEPTH = 50
-- What catches the error of a canceled task so often and goes on would do so for ever.
local MAX_REFUSED = 100

---A coroutine that `await.spawn` started. Its list part holds what the function returned.
---@class luvit.await.Task: luvit.Object
---@field thread thread
---@field state 'pending'|'done'|'failed'|'canceled'
---@field reason? string why it was canceled: `ECANCELED: ...`
---@field err? any what a failed task raised
---@field n? integer how many results there are
---@field refused integer how often it awaited something after it was canceled
local Task = Object:extend()
Task.state = 'pending'
Task.refused = 0

local M = { Task = Task }

-- How deep waiters are called within each other.
local depth = 0

local function notify(waiter, task)
  if depth >= MAX_DEPTH then return timer.setImmediate(waiter, task) end
  depth = depth + 1
  local ok, err = pcall(waiter, task)
  depth = depth - 1
  if not ok then wait.raiseLater(err) end
end

-- Whether an error of a canceled task is the cancellation, raised by `await`, `assert` or `error`.
local function isCancellation(task, err)
  if type(err) == 'table' then err = err.message end
  return type(err) == 'string' and err:find(task.reason, 1, true) ~= nil
end

local function keep(task, ...)
  task.n = select('#', ...)
  for i = 1, task.n do task[i] = (select(i, ...)) end
end

local function spawnedAt(place)
  if not (place.func and place.currentline and place.currentline > 0) then return '' end
  return ('\n\t(task spawned at %s:%d)'):format(getinfo(place.func, 'S').short_src, place.currentline)
end

-- Nobody may be there to see the error; whoever awaits the task before the turn of the loop ends, is.
local function reportUnlessAwaited(task)
  if not task.observed then raise(task.err, task.stacks) end
end

local function settle(task, ok, ...)
  if task.state ~= 'pending' then return end
  tasks[task.thread] = nil
  if task.refused > 0 and (ok or isCancellation(task, (...))) then
    task.state = 'canceled'
    keep(task, nil, task.reason, 'ECANCELED')
  elseif ok then
    task.state = 'done'
    keep(task, ...)
  else
    task.state = 'failed'
    task.err = (...)
    task.stacks = errors.origins(task.err)
    local count = #task.stacks
    if count > 0 then task.stacks[count] = task.stacks[count] .. spawnedAt(task.place) end
  end
  local waiters = task.waiters
  task.waiters, task.place = nil, nil
  for i = 1, waiters and #waiters or 0 do notify(waiters[i], task) end
  if task.state == 'failed' and not task.observed then timer.setImmediate(reportUnlessAwaited, task) end
end

local function failed(err)
  errors.remember(err, (traceback('', 2):gsub('^\n', '')))
  return err
end

local function body(task, fn, ...)
  settle(task, xpcall(fn, failed, ...))
end

---Starts a task.
---@param place table where, as `debug.getinfo(level, 'fl')` says
---@param fn function
---@param ... any
---@return luvit.await.Task
function M.start(place, fn, ...)
  local thread = coroutine.create(body)
  local task = setmetatable({ thread = thread, place = place }, Task.meta)
  tasks[thread] = task
  local ok, err = coroutine.resume(thread, task, fn, ...)
  if not ok then settle(task, false, err) end
  return task
end

---Adds a function that is called, with the task, when the task has ended.
---@param task luvit.await.Task that is pending
---@param waiter fun(task: luvit.await.Task)
function M.whenSettled(task, waiter)
  local waiters = task.waiters
  if waiters then waiters[#waiters + 1] = waiter else task.waiters = { waiter } end
end

---Takes such a function back, and cancels a task that nobody waits for then.
---@param task luvit.await.Task
---@param waiter function
---@param reason string
function M.abandon(task, waiter, reason)
  local waiters = task.waiters or {}
  for i = #waiters, 1, -1 do
    if waiters[i] == waiter then table.remove(waiters, i) end
  end
  if #waiters == 0 then task:cancel((reason:gsub('^ECANCELED: ', ''))) end
end

---What a task that has ended returns to who awaits it, or raises.
---@param task luvit.await.Task
---@return any ...
function M.outcome(task)
  task.observed = true
  if task.state == 'failed' then raise(task.err, task.stacks) end
  return unpack(task, 1, task.n)
end

---Waits for a task that is pending.
---@param task luvit.await.Task
---@param waiting luvit.await.Wait
---@return true? ended, string? err, string? code
function M.join(task, waiting)
  local function ended() deliver(waiting, true) end
  M.whenSettled(task, ended)
  return suspend(waiting, function(reason) M.abandon(task, ended, reason) end)
end

---Waits until the task has ended.
---
---An error that the task raised is raised here, the same value; an uncaught one is reported with the stacks of the task
---and of who awaited it. When the coroutine that waits is canceled, and nobody else awaits this task, it is too.
---@async
---@return any ... # what its function returned, or of a canceled one `nil, 'ECANCELED: ...', 'ECANCELED'`
function Task:await()
  if self.state == 'pending' then
    local waiting, err, code = begin()
    if not waiting then return nil, err, code end
    if waiting.task == self then error('await: a task cannot await itself', 2) end
    local ended
    ended, err, code = M.join(self, waiting)
    if not ended then return nil, err, code end
  end
  return M.outcome(self)
end

---Cancels the task. What it awaits is canceled and returns `nil, 'ECANCELED: <reason>', 'ECANCELED'`, so that it can
---clean up; what it awaits after that raises the text, unless it is awaited by `await.shield`. A task that catches this
---error again and again is not resumed any more. A task that ends without having noticed has its results.
---@param reason? string `operation canceled` by default
---@return boolean # false: it had ended before
function Task:cancel(reason)
  if reason ~= nil and type(reason) ~= 'string' then
    error(("bad argument 'reason' to 'cancel' (string expected, got %s)"):format(type(reason)), 2)
  end
  if self.state ~= 'pending' then return false end
  if not self.reason then self.reason = 'ECANCELED: ' .. (reason or 'operation canceled') end
  wait.interrupt(self)
  return true
end

---Whether it has ended, and how.
---@return 'pending'|'done'|'failed'|'canceled' # `failed`: an error was raised
function Task:status()
  return self.state
end

-- What a canceled task gets that goes on awaiting.
function Task:_refuse()
  self.refused = self.refused + 1
  if self.refused == 1 then return nil, self.reason, 'ECANCELED' end
  if self.refused <= MAX_REFUSED then error(self.reason, 0) end
  settle(self, true)
  while true do coroutine.yield() end
end

---Calls `fn(...)` in a coroutine of its own, now, until it ends or first waits.
---
---An error that it raises is raised by who awaits the task. When nobody has, by the end of this turn of the event loop,
---it goes to `process:on('uncaughtException')` or ends the program.
---@param fn function
---@param ... any
---@return luvit.await.Task
function M.spawn(fn, ...)
  wait.checkCallable(fn, 'fn', 'spawn')
  return M.start(getinfo(2, 'fl'), fn, ...)
end

---Makes a function with an error-first callback of one that awaits. Each call is a task, which is returned.
---@param fn function what it raises, or returns as `nil, err`, is the callback's error
---@return fun(...: any): luvit.await.Task # its last argument is the callback, which is called after it has returned
function M.callbackify(fn)
  wait.checkCallable(fn, 'fn', 'callbackify')
  return function(...)
    local count = select('#', ...)
    local arguments = { ... }
    local callback = arguments[count]
    wait.checkCallable(callback, 'callback', 'callbackify')
    local task = M.start(getinfo(2, 'fl'), fn, unpack(arguments, 1, count - 1))
    local function ended()
      task.observed = true
      if task.state == 'failed' then return callback(task.err == nil and 'nil' or task.err) end
      if task[1] == nil and task[2] ~= nil then return callback(task[2]) end
      callback(nil, unpack(task, 1, task.n))
    end
    if task.state == 'pending' then
      M.whenSettled(task, ended)
    else
      task.observed = true
      timer.setImmediate(ended)
    end
    return task
  end
end

return M
