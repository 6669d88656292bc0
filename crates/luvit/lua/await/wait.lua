-- One wait of one coroutine: how it begins, what ends it, and how what it waits for is canceled.
--
-- A coroutine that waits is resumed with its wait as the first value. Whoever else resumes it is not what it waits for:
-- it yields again. What ends a wait twice is ignored the second time.

local running, isyieldable, yield, resume = coroutine.running, coroutine.isyieldable, coroutine.yield, coroutine.resume
local errors = require('luvit:errors')

---A wait. Its list part holds the values that came before the coroutine was suspended.
---@class luvit.await.Wait
---@field thread thread
---@field task? luvit.await.Task whose coroutine it is
---@field state 'begun'|'suspended'|'ended'
---@field n? integer
---@field shielded? boolean the cancellation of the task does not end it
---@field default? any the value of what ends without any, true

local M = {}

---The tasks by their coroutines. A task holds its coroutine and that holds the task: neither may hold both here.
---@type table<thread, luvit.await.Task>
local tasks = setmetatable({}, { __mode = 'kv' })
M.tasks = tasks

---The code of an error: its field `code`, or the name in capitals that it begins with. A number that has a name, as
---those that DNS servers answer with, is called by it: `ENOTFOUND`, not 3.
---@param err any
---@return string|number?
local function codeOf(err)
  if type(err) == 'string' then return err:match('^(%u[%u%d_]*): ') or err:match('^%u[%u%d_]*$') end
  if type(err) ~= 'table' then return nil end
  local code, name = err.code, err.name
  if type(code) == 'number' and type(name) == 'string' and name:find('^%u[%u%d_]*$') then return name end
  return code or nil
end
M.codeOf = codeOf

---@param value any
---@return boolean
function M.isCallable(value)
  if type(value) == 'function' then return true end
  local meta = getmetatable(value)
  return type(meta) == 'table' and meta.__call ~= nil
end

---Raises unless an argument can be called, for the caller of what checks it.
---@param value any
---@param name string
---@param method string
function M.checkCallable(value, name, method)
  if M.isCallable(value) then return end
  error(("bad argument '%s' to '%s' (function expected, got %s)"):format(name, method, type(value)), 3)
end

---Raises an error with the stacks that it was caught with before.
---@param err any
---@param stacks string[]
function M.raise(err, stacks)
  errors.replace(err, stacks)
  error(err, 0)
end

---Raises an error on its own turn of the loop, where nothing catches it.
---@param err any
---@param stacks? string[]
function M.raiseLater(err, stacks)
  stacks = stacks or errors.origins(err)
  require('timer').setImmediate(function() M.raise(err, stacks) end)
end

---Begins a wait of the running coroutine, which must be called by what the program calls.
---@param shielded? boolean
---@return luvit.await.Wait? wait nil in a task that was canceled
---@return string? err, string? code
function M.begin(shielded)
  if not isyieldable() then
    local _, isMain = running()
    error(isMain and 'await: not in a coroutine; await.spawn(function() ... end) starts one'
      or 'await: cannot suspend here, a C function (gsub, sort, ...) waits for this one', 3)
  end
  local thread = running()
  local task = tasks[thread]
  if task and task.reason and not shielded then return task:_refuse() end
  local wait = { thread = thread, task = task, state = 'begun' }
  if shielded then wait.shielded = true end
  return wait
end

---Ends a wait with the values that it returns; without any it returns true. An error of the coroutine that goes on is
---raised.
---@param wait luvit.await.Wait
---@param ... any
function M.deliver(wait, ...)
  local state = wait.state
  if state == 'ended' then return end
  wait.state = 'ended'
  if state == 'suspended' then
    local ok, err = resume(wait.thread, wait, ...)
    if not ok then error(err, 0) end
    return
  end
  local count = select('#', ...)
  wait.n = count
  for i = 1, count do wait[i] = (select(i, ...)) end
end
local deliver = M.deliver

---Ends a wait with an error.
---@param wait luvit.await.Wait
---@param err any
function M.fail(wait, err)
  if wait.state ~= 'ended' then deliver(wait, nil, err, codeOf(err)) end
end

local function woken(wait, token, ...)
  if token ~= wait then return woken(wait, yield()) end
  local task = wait.task
  if task then task.wait, task.operation = nil, nil end
  if select('#', ...) == 0 then return wait.default or true end
  return ...
end

-- In this order: what can be canceled need not be destroyed.
local METHODS = { 'cancel', 'destroy', 'kill', 'close' }

---Cancels an operation: a function is called; of a request of `uv`, a handle or an object the first of the methods
---`cancel`, `destroy`, `kill` and `close` that it has. Anything else goes on, and nobody waits for it.
---@param operation any
---@param reason string
local function cancelOperation(operation, reason)
  local kind = type(operation)
  if kind == 'function' then return operation(reason) end
  if kind ~= 'userdata' and kind ~= 'table' then return end
  if kind == 'userdata' then
    if not (debug.getmetatable(operation) or {}).__index then return end
    if operation.is_closing and operation:is_closing() then return end
  end
  for i = 1, #METHODS do
    local method = operation[METHODS[i]]
    if method then return method(operation) end
  end
end

-- Ends a wait because its task was canceled.
local function cancelWait(wait, task, operation)
  wait.state = 'ended'
  task.refused = task.refused + 1
  local ok, err = pcall(cancelOperation, operation, task.reason)
  if not ok then M.raiseLater(err) end
end

---Suspends the coroutine until its wait ends.
---@param wait luvit.await.Wait
---@param operation? any what is canceled with it, see `cancelOperation`
---@return any ... # what `deliver` got
function M.suspend(wait, operation)
  if wait.state == 'ended' then return woken(wait, wait, unpack(wait, 1, wait.n)) end
  local task = wait.task
  if task then
    if task.reason and not wait.shielded then
      -- What it has just called canceled it.
      cancelWait(wait, task, operation)
      return nil, task.reason, 'ECANCELED'
    end
    task.wait, task.operation = wait, operation
  end
  wait.state = 'suspended'
  return woken(wait, yield())
end

---Ends what a task waits for, unless it is shielded: it was canceled.
---@param task luvit.await.Task
function M.interrupt(task)
  local wait = task.wait
  if not wait or wait.state == 'ended' or wait.shielded then return end
  cancelWait(wait, task, task.operation)
  local ok, err = resume(wait.thread, wait, nil, task.reason, 'ECANCELED')
  if not ok then M.raiseLater(err) end
end

return M
