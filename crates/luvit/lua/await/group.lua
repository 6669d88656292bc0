-- Several tasks at once, and one against the clock. Whatever ends such a wait, no task is left behind: what is not
-- needed any more is canceled, and has cleaned up before the wait ends.

local timer = require('timer')
local core = require('core')
local wait = require('await/wait')
local task = require('await/task')

local begin, deliver, suspend = wait.begin, wait.deliver, wait.suspend
local start, outcome = task.start, task.outcome
local getinfo = debug.getinfo

local M = {}

local function isTask(value)
  return type(value) == 'table' and core.instanceof(value, task.Task)
end

local function checkRunnable(value, name, method, level)
  if isTask(value) or wait.isCallable(value) then return end
  error(("bad argument '%s' to '%s' (function or task expected, got %s)"):format(name, method, type(value)), level)
end

local function checkList(list, method)
  if type(list) ~= 'table' then
    error(("bad argument 'list' to '%s' (table expected, got %s)"):format(method, type(list)), 3)
  end
  for i = 1, #list do checkRunnable(list[i], ('list[%d]'):format(i), method, 4) end
end

-- Whether a task gives an error, raised or returned.
local function isFailure(one)
  return one.state ~= 'done' or one[1] == nil and one[2] ~= nil
end

local function always() return true end
local function never() return false end

-- Starts what is no task yet, and waits until all have ended. Once `stops` says so of one the others are canceled.
---@param waiting luvit.await.Wait
---@param list (function|luvit.await.Task)[]
---@param place table
---@param stops fun(one: luvit.await.Task): boolean
---@return luvit.await.Task[]? all, any first the one that stopped it; or err
---@return string? code
local function gather(waiting, list, place, stops)
  local all, first, left = {}, nil, 0
  local function cancelOthers(reason)
    for i = 1, #all do
      if all[i] ~= first then all[i]:cancel(reason) end
    end
  end
  local function consider(one)
    one.observed = true
    if not first and stops(one) then
      first = one
      cancelOthers('another task has ended')
    elseif first and one.state == 'failed' then
      -- Only one error can be the result; the others must not get lost.
      wait.raiseLater(one.err, one.stacks)
    end
  end
  local function ended(one)
    left = left - 1
    consider(one)
    if left == 0 then deliver(waiting, true) end
  end
  -- One more than there are, so that it does not end before all have begun.
  left = 1
  for i = 1, #list do
    if first then break end
    local one = list[i]
    if not isTask(one) then one = start(place, one) end
    all[i] = one
    if one.state == 'pending' then
      left = left + 1
      task.whenSettled(one, ended)
    else
      consider(one)
    end
  end
  left = left - 1
  if left > 0 then
    local done, err, code = suspend(waiting, function(reason)
      for i = 1, #all do
        if all[i].state == 'pending' then task.abandon(all[i], ended, reason) end
      end
    end)
    if not done then return nil, err, code end
  end
  return all, first
end

---Waits until all tasks have ended. The first that fails, by raising an error or returning `nil, err`, cancels the
---others and is the result.
---@async
---@param list (function|luvit.await.Task)[] functions are started as tasks
---@return any[]? results the first value of each, in the order of the list; `n` is how many there are
---@return any err, string? code
function M.all(list)
  checkList(list, 'all')
  local waiting, refused, code = begin()
  if not waiting then return nil, refused, code end
  local all, first, reason = gather(waiting, list, getinfo(2, 'fl'), isFailure)
  if not all then return nil, first, reason end
  if first then return outcome(first) end
  local results = { n = #all }
  for i = 1, #all do results[i] = all[i][1] end
  return results
end

---Waits until the first task has ended, however it does, and cancels the others.
---@async
---@param list (function|luvit.await.Task)[] functions are started as tasks; at least one
---@return any ... # its results; what it raised is raised
function M.race(list)
  checkList(list, 'race')
  if #list == 0 then error("bad argument 'list' to 'race' (at least one task expected)", 2) end
  local waiting, refused, code = begin()
  if not waiting then return nil, refused, code end
  local all, first, reason = gather(waiting, list, getinfo(2, 'fl'), always)
  if not all then return nil, first, reason end
  return outcome(first)
end

---@class luvit.await.Settled how a task has ended
---@field status 'done'|'failed'|'canceled'
---@field value? any the first value it returned
---@field err? any what it raised, or returned behind nil
---@field code? string|number

---Waits until all tasks have ended, and says how each has. Nothing is canceled or raised.
---@async
---@param list (function|luvit.await.Task)[] functions are started as tasks
---@return luvit.await.Settled[]? results in the order of the list
---@return string? err, string? code
function M.settled(list)
  checkList(list, 'settled')
  local waiting, refused, code = begin()
  if not waiting then return nil, refused, code end
  local all, err, reason = gather(waiting, list, getinfo(2, 'fl'), never)
  if not all then return nil, err, reason end
  local results = {}
  for i = 1, #all do
    local one = all[i]
    if not isFailure(one) then
      results[i] = { status = 'done', value = one[1] }
    elseif one.state == 'failed' then
      results[i] = { status = 'failed', err = one.err, code = wait.codeOf(one.err) }
    else
      results[i] = { status = one.state == 'done' and 'failed' or one.state, err = one[2], code = one[3] }
    end
  end
  return results
end

---Calls `fn(item, index)` for each item of a list, in tasks of which no more than `limit` run at once. The first call
---that fails, by raising an error or returning `nil, err`, cancels the others and is the result.
---@async
---@param list any[]
---@param limit integer
---@param fn fun(item: any, index: integer): any
---@return any[]? results the first value of each call, in the order of the list; `n` is how many there are
---@return any err, string? code
function M.map(list, limit, fn)
  if type(list) ~= 'table' then
    error(("bad argument 'list' to 'map' (table expected, got %s)"):format(type(list)), 2)
  end
  if type(limit) ~= 'number' or not (limit >= 1) then
    error("bad argument 'limit' to 'map' (number of at least 1 expected)", 2)
  end
  wait.checkCallable(fn, 'fn', 'map')
  local waiting, refused, code = begin()
  if not waiting then return nil, refused, code end
  local results, index = { n = #list }, 0
  local function work()
    while index < results.n do
      index = index + 1
      local at = index
      local value, err, why = fn(list[at], at)
      if value == nil and err ~= nil then return nil, err, why or wait.codeOf(err) end
      results[at] = value
    end
    return true
  end
  local workers = {}
  for i = 1, math.min(limit, results.n) do workers[i] = work end
  local all, first, reason = gather(waiting, workers, getinfo(2, 'fl'), isFailure)
  if not all then return nil, first, reason end
  if first then return outcome(first) end
  return results
end

---Runs `fn(...)` as a task that is canceled when it has not ended after some time.
---@async
---@param delay number milliseconds
---@param fn function|luvit.await.Task
---@param ... any
---@return any ... # its results, or `nil, 'ETIMEDOUT: ...', 'ETIMEDOUT'`; what it raised is raised
function M.timeout(delay, fn, ...)
  if type(delay) ~= 'number' then
    error(("bad argument 'delay' to 'timeout' (number expected, got %s)"):format(type(delay)), 2)
  end
  checkRunnable(fn, 'fn', 'timeout', 3)
  local waiting, refused, code = begin()
  if not waiting then return nil, refused, code end
  local one = fn
  if not isTask(fn) then one = start(getinfo(2, 'fl'), fn, ...) end
  if one.state ~= 'pending' then return outcome(one) end
  local text = ('timed out after %g ms'):format(delay)
  local expired = false
  local handle = timer.setTimeout(delay, function()
    expired = true
    one:cancel(text)
  end)
  local ended, err, why = task.join(one, waiting)
  timer.clearTimeout(handle)
  if not ended then return nil, err, why end
  if expired and one.state == 'canceled' then return nil, 'ETIMEDOUT: ' .. text, 'ETIMEDOUT' end
  return outcome(one)
end

return M
