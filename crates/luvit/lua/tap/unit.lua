-- One test with the hooks around it: runs functions as coroutines, and the event loop until they are done.

local report = require('tap/report')
local cleanStack = require('tap/stack')
local uv = require('uv')

-- How long what a test left over may take to end, in milliseconds.
local DRAIN_MS = 1000

-- Code that runs on this much longer than its time is interrupted, at one of so many instructions.
local INTERRUPT_MS, INTERRUPT_COUNT = 500, 1000000

-- What `context.skip` raises.
local Skip = {}

---@class luvit.tap.Unit
---@field err? string why it failed: the first reason, and other errors that came behind it
---@field skipped? string that it was skipped, and why
---@field needsDraining? boolean what it opened may be closed by a hook
local Unit = {}
Unit.__index = Unit

local function openHandles()
  local set = {}
  uv.walk(function(handle)
    if not uv.is_closing(handle) then set[handle] = true end
  end)
  return set
end

---@param err string
function Unit:fail(err)
  if not self.skipped then self.err = self.err or err end
  -- An error of what ends does not keep the rest from ending.
  if self.isEnding then return end
  self.over = true
  if self.looping then uv.stop() end
end

-- What goes wrong after the first error may be what matters. So many more are told, each once.
local MORE_ERRORS = 5

function Unit:add(text)
  if self.isEnding or self.more == MORE_ERRORS or self.err:find(text, 1, true) then return end
  self.more = (self.more or 0) + 1
  self.err = report.join(self.err, text)
end

-- An error that was caught, or the wish to be skipped.
function Unit:caught(err, what)
  local value = type(err) == 'table' and err.stack and err.err or err
  if type(value) == 'table' and getmetatable(value) == Skip then
    if not self.err then self.skipped = value.reason end
    self.over = true
    if self.looping then uv.stop() end
    return
  end
  local text = report.describe(err)
  if what then
    text = ('in %s: %s'):format(what, text)
    -- A hook that fails does so whatever the test wanted.
    self.skipped = nil
  end
  if self.err then self:add(text) end
  self:fail(text)
end

function Unit:expect(fn, count)
  if type(fn) ~= 'function' then
    error(("bad argument 'fn' to 'expect' (function expected, got %s)"):format(type(fn)), 3)
  end
  if count ~= nil and type(count) ~= 'number' then
    error(("bad argument 'count' to 'expect' (number expected, got %s)"):format(type(count)), 3)
  end
  local call = { at = debug.getinfo(3, 'Sl'), count = count, calls = 0 }
  table.insert(self.expected, call)
  return function(...)
    call.calls = call.calls + 1
    local results = { xpcall(fn, report.handler, ...) }
    if not results[1] then return self:caught(results[2]) end
    return unpack(results, 2, table.maxn(results))
  end
end

local function describeCalls(call)
  return ('%s:%d: expected %s, got %d calls'):format(
    call.at.short_src, call.at.currentline, call.count or 'at least 1', call.calls)
end

function Unit:areCallsMade()
  for _, call in ipairs(self.expected) do
    if call.calls < (call.count or 1) then return false end
  end
  return true
end

function Unit:checkCalls()
  for _, call in ipairs(self.expected) do
    if call.calls < (call.count or 1) or call.calls > (call.count or math.huge) then
      return self:fail(describeCalls(call))
    end
  end
end

function Unit:isDone()
  return self.over or self.returned and self:areCallsMade()
end

function Unit:runLoop(mode)
  self.looping = true
  local ok, alive = xpcall(uv.run, report.handler, mode)
  self.looping = false
  if not ok then self:caught(alive) end
  return ok and alive
end

-- Keeps what was open before from keeping the loop alive; returns how to undo that.
function Unit:hold()
  local held = {}
  for handle in pairs(openHandles()) do
    if self.known[handle] and uv.has_ref(handle) then
      uv.unref(handle)
      held[#held + 1] = handle
    end
  end
  return #held > 0, function()
    for _, handle in ipairs(held) do
      if not uv.is_closing(handle) then uv.ref(handle) end
    end
  end
end

-- Runs the loop until what runs is done. With `drains` it also goes on until nothing is alive that was opened
-- meanwhile, unless something is there to close it. What was open before, a server of `before` for one, does not count,
-- except when a function waits for something that only it can bring.
function Unit:settle(drains)
  local function isOver()
    return self:isDone() and (self.over or not drains or #self.cleanups > 0)
  end
  while not isOver() do
    local alive
    local anyHeld, release = self:hold()
    repeat
      alive = self:runLoop(not (drains and #self.cleanups == 0) and 'once' or nil)
    until not alive or isOver()
    release()
    if not anyHeld or self:isDone() then return end
    repeat alive = self:runLoop('once') until not alive or self:isDone()
    if not alive then return end
  end
end

local function waitsAt(thread)
  if coroutine.status(thread) == 'dead' then return '' end
  return '\nit waits here:\n' .. cleanStack(debug.traceback(thread))
end

local function kindsOf(handles)
  local kinds = {}
  for _, handle in ipairs(handles) do kinds[#kinds + 1] = tostring(handle) end
  table.sort(kinds)
  return table.concat(kinds, ', ')
end

function Unit:own()
  local list = {}
  for handle in pairs(openHandles()) do
    if not self.before[handle] and handle ~= self.watchdog then list[#list + 1] = handle end
  end
  return list
end

-- A test that takes too long says what it waits for.
function Unit:startWatchdog(thread)
  self.watchdog = uv.new_timer()
  self.watchdog:start(self.isEnding and DRAIN_MS or self.timeout, 0, function()
    if self.isEnding then
      self.over = true
      return uv.stop()
    end
    local text = ('timed out after %d ms'):format(self.timeout)
    local open = self:own()
    if self.returned and not self:areCallsMade() then
      text = text .. ', with calls outstanding'
      for _, call in ipairs(self.expected) do
        if call.calls < (call.count or 1) then text = text .. '\n' .. describeCalls(call) end
      end
    end
    if #open > 0 then text = text .. '\nopen: ' .. kindsOf(open) end
    self:fail(text .. waitsAt(thread))
  end)
  self.watchdog:unref()
end

-- Code that does not come back to the event loop gets an error where it is. What LuaJIT has compiled calls no hook:
-- such a loop can only be ended from outside, and `luvit test` then runs it again in the interpreter. The hook costs
-- nothing that can be measured.
function Unit:startInterrupts()
  if debug.gethook() then return function() end end
  local deadline = uv.hrtime() + (self.timeout + INTERRUPT_MS) * 1e6
  debug.sethook(function()
    if uv.hrtime() < deadline then return end
    error(('timed out after %d ms without coming back to the event loop'):format(self.timeout), 0)
  end, '', INTERRUPT_COUNT)
  return debug.sethook
end

---Calls a function in a coroutine and runs the event loop until it has returned and all calls that it expects are made.
---@param fn function
---@param what? string the name of a hook, for its errors
---@param drains? boolean wait, too, until nothing is alive that was opened meanwhile
---@return boolean ok
function Unit:drive(fn, what, drains)
  self.over, self.returned = false, false
  self.known = openHandles()
  local failedBefore = self.err
  local listener = function(err, stack) self:caught({ err = err, stack = stack or '' }, what) end
  local thread = coroutine.create(function()
    local ok, err = xpcall(fn, report.handler, self.context.expect, uv, self.context)
    self.returned = true
    if not ok then self:caught(err, what) end
  end)
  self:startWatchdog(thread)
  process:on('uncaughtException', listener)
  report.setInTest(true)
  local stopInterrupts = self:startInterrupts()
  coroutine.resume(thread)
  self:settle(drains)
  stopInterrupts()
  report.setInTest(false)
  process:removeListener('uncaughtException', listener)
  if not self.watchdog:is_closing() then self.watchdog:close() end
  if not self.over then
    if not self.returned then self:fail('it waits for something that can no longer happen' .. waitsAt(thread)) end
    self:checkCalls()
  end
  self.expected = {}
  return self.err == failedBefore and not self.skipped
end

---Calls what the test gave `context.after`.
function Unit:cleanUp()
  if #self.cleanups > 0 then self.needsDraining = true end
  while #self.cleanups > 0 do self:drive(table.remove(self.cleanups), 'after') end
end

-- Lets what is left over end, for a moment.
function Unit:drain()
  self.isEnding = true
  self:drive(function() self.known = self.before end, nil, true)
end

---Checks what is left over, and tidies so that the next test is not disturbed.
function Unit:finish()
  if not self.err and not self.skipped and self.needsDraining then self:drain() end
  local open = self:own()
  if #open > 0 then
    self:fail((#open == 1 and 'handle left open: ' or 'handles left open: ') .. kindsOf(open))
    for _, handle in ipairs(open) do
      if not uv.is_closing(handle) then uv.close(handle) end
    end
  end
  if uv.cwd() ~= self.cwd then
    self:fail('working directory left at ' .. tostring(uv.cwd()))
    uv.chdir(self.cwd)
  end
  if self.err or self.skipped then self:drain() end
  -- The handles closed here are gone when the next test counts.
  pcall(uv.run, 'nowait')
end

---@param name string
---@param timeout integer milliseconds for each function
---@return luvit.tap.Unit
return function(name, timeout)
  local self = setmetatable({
    timeout = timeout, before = openHandles(), cwd = uv.cwd(), expected = {}, cleanups = {},
  }, Unit)
  self.context = {
    name = name,
    expect = function(fn, count)
      local callback = self:expect(fn, count)
      return callback
    end,
    skip = function(why) error(setmetatable({ reason = why or '' }, Skip), 0) end,
    after = function(fn)
      if type(fn) ~= 'function' then
        error(("bad argument 'fn' to 'after' (function expected, got %s)"):format(type(fn)), 2)
      end
      table.insert(self.cleanups, fn)
      -- The loop is not to wait any longer for what `fn` closes.
      if self.looping then uv.stop() end
    end,
  }
  return self
end
