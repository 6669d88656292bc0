-- Events of emitters: one, or one after another.

local Object = require('core').Object
local timer = require('timer')
local wait = require('await/wait')

local begin, deliver, fail, suspend = wait.begin, wait.deliver, wait.fail, wait.suspend

-- Events that wait: of an emitter that can be paused, and of one that cannot.
local DEFAULT_LIMIT, DEFAULT_UNPAUSED_LIMIT = 16, 1024

local M = {}

local function checkEmitter(emitter, method)
  if type(emitter) ~= 'table' or not (emitter.on and emitter.removeListener) then
    error(("bad argument 'emitter' to '%s' (emitter expected, got %s)"):format(method, type(emitter)), 3)
  end
end

---Adds listeners.
---@param emitter luvit.Emitter
---@param listeners table<any, function> by event
---@return fun() # removes them
local function attach(emitter, listeners)
  for name, listener in pairs(listeners) do emitter:on(name, listener) end
  return function()
    for name, listener in pairs(listeners) do emitter:removeListener(name, listener) end
  end
end

-- The description of an error is worth more than its code alone, which `net` emits first.
local function described(err, detail)
  if type(detail) == 'table' and detail.message then return detail end
  return err
end

---Lets the errors of an emitter, and its end, end a wait; and an event, with its values.
---@param waiting luvit.await.Wait
---@param emitter luvit.Emitter
---@param name? any
---@return fun() stop removes the listeners
function M.watch(waiting, emitter, name)
  local listeners = {
    error = function(...) fail(waiting, described(...)) end,
    close = function()
      -- What is waited for may come from another listener of the same event.
      timer.setImmediate(fail, waiting, 'ECANCELED: closed before ' .. tostring(name or 'the callback was called'))
    end,
  }
  if name ~= nil then listeners[name] = function(...) deliver(waiting, ...) end end
  return attach(emitter, listeners)
end

local READING = { data = true, readable = true, ['end'] = true }

-- Why an event cannot come any more, as far as an emitter of the library tells: `closed` or `ended`. Whoever waited for
-- something else meanwhile has missed that.
local function overBy(emitter, name)
  if rawget(emitter, '_closeEmitted') then return 'closed' end
  -- What is destroyed has yet to emit its error and `close`.
  if READING[name] and rawget(emitter, 'readable') == false and not rawget(emitter, 'destroyed') then return 'ended' end
end

---Waits for an event. An `error` event gives `nil, err, code`, and so does `close` when it comes instead. The listeners
---are removed, whatever happens. Data of a stream that comes between two calls is lost: `await.events` keeps it.
---
---A stream of the library that has ended or closed before is not waited for: its `end` or `close` is true, any other
---event `nil, err, code`.
---@async
---@param emitter luvit.Emitter
---@param name any
---@return any ... # the values of the event
function M.once(emitter, name)
  checkEmitter(emitter, 'once')
  if name == nil then error("bad argument 'name' to 'once' (value expected, got nil)", 2) end
  local waiting, err, code = begin()
  if not waiting then return nil, err, code end
  local over = overBy(emitter, name)
  if over then
    if name == 'close' or name == 'end' and rawget(emitter, 'readable') == false then
      deliver(waiting)
    else
      fail(waiting, ('ECANCELED: %s before %s'):format(over, tostring(name)))
    end
    return suspend(waiting)
  end
  local stop = M.watch(waiting, emitter, name)
  local function finish(...)
    stop()
    return ...
  end
  return finish(suspend(waiting))
end

---Events that are taken one after another: `for chunk in events do ... end` or `events:next()`.
---@class luvit.await.Events: luvit.Object
---@overload fun(): any ...
local Events = Object:extend()
M.Events = Events

-- The loop of `for` calls the object with what it knows, which is nothing of use here.
function Events.meta.__call(self) return self:next() end

function Events:initialize(emitter, name, limit)
  self.emitter, self.name = emitter, name
  self.canPause = emitter.pause ~= nil and emitter.resume ~= nil
  self.limit = limit or self.canPause and DEFAULT_LIMIT or DEFAULT_UNPAUSED_LIMIT
  self.queue, self.first, self.last = {}, 1, 0
  local function ended() self:_ended() end
  local listeners = {
    ['end'] = ended,
    close = ended,
    error = function(...)
      self.err = described(...)
      self:_ended()
    end,
  }
  listeners[name] = function(...) self:_arrived(...) end
  self.detach = attach(emitter, listeners)
  if overBy(emitter, name) then self:_ended() end
end

function Events:_arrived(...)
  local waiting = self.waiting
  if waiting then
    self.waiting = nil
    return deliver(waiting, ...)
  end
  local last = self.last + 1
  self.last = last
  self.queue[last] = { n = select('#', ...), ... }
  local count = last - self.first + 1
  if count < self.limit then return end
  if self.canPause then
    self.paused = true
    self.emitter:pause()
  elseif count > self.limit then
    self.err = ("ENOBUFS: more than %d '%s' events wait"):format(self.limit, tostring(self.name))
    self:_ended()
  end
end

function Events:_ended()
  if self.ended then return end
  self.ended = true
  self.detach()
  local waiting = self.waiting
  if not waiting then return end
  self.waiting = nil
  -- `next` looks at the end again.
  deliver(waiting, self)
end

function Events:_take()
  local first = self.first
  local values = self.queue[first]
  self.queue[first] = nil
  self.first = first + 1
  if self.paused and self.first > self.last then
    self.paused = false
    self.emitter:resume()
  end
  return unpack(values, 1, values.n)
end

---Waits for the next event. In a `for` loop an event whose first value is nil ends the loop.
---@async
---@return any ... # its values; nothing after the emitter's `end` or `close`. What it emitted as `error` is raised
function Events:next()
  if self.first <= self.last then return self:_take() end
  if self.ended then
    local err = self.err
    self.err = nil
    if err ~= nil then error(err, 0) end
    return
  end
  if self.waiting then error('next: another coroutine waits for these events', 2) end
  local waiting, err, code = begin()
  if not waiting then return nil, err, code end
  self.waiting = waiting
  local function finish(...)
    if (...) == self then return self:next() end
    if self.waiting == waiting then self.waiting = nil end
    return ...
  end
  return finish(suspend(waiting))
end

---Stops listening. Events that wait are dropped; an emitter that was paused because of them stays so.
function Events:close()
  self.queue, self.first, self.last, self.err = {}, 1, 0, nil
  self:_ended()
end

---Takes the events of an emitter one after another, until its `end` or `close`; its `error` is raised. Events that
---nobody has taken wait: an emitter with `pause` and `resume` is paused when there are `limit` of them, any other may
---have as many, and one more is the error `ENOBUFS`. A loop that is left early needs `events:close()`.
---@param emitter luvit.Emitter
---@param name any
---@param limit? integer 16; of an emitter that cannot be paused 1,024
---@return luvit.await.Events
function M.events(emitter, name, limit)
  checkEmitter(emitter, 'events')
  if name == nil then error("bad argument 'name' to 'events' (value expected, got nil)", 2) end
  if limit ~= nil and (type(limit) ~= 'number' or not (limit >= 1)) then
    error("bad argument 'limit' to 'events' (number of at least 1 expected)", 2)
  end
  return Events:new(emitter, name, limit)
end

return M
