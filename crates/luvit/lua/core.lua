-- The object model every other module builds on: prototypes with inheritance, event emitters and error values.

local core = {}

---Whether `obj` is an instance of `class`, of a subclass of it, or is such a class itself.
---@param obj any
---@param class? luvit.Object
---@return boolean
function core.instanceof(obj, class)
  if type(obj) ~= 'table' or type(class) ~= 'table' then return false end
  local meta, own = obj.meta, rawget(class, 'meta')
  while type(meta) == 'table' do
    -- A class whose instances look fields up by a function is known by its metatable.
    if meta.__index == class or meta == own then return true end
    local super = meta.super
    meta = super and super.meta
  end
  return false
end

---The root of all classes. A class is a table of methods, made with `extend`; an instance is made with `new`.
---@class luvit.Object
---@field meta table metatable of the instances; `__index` is the class, `super` its parent, other metamethods are inherited
---@field initialize fun(self: any, ...: any) the constructor of classes that have one, called by `new`
local Object = {}
Object.meta = { __index = Object }
core.Object = Object

---Creates an instance without running its constructor.
---@return self # the instance
function Object:create()
  local meta = rawget(self, 'meta')
  if not meta then error("bad argument 'self' to 'create' (class expected, got an instance)", 2) end
  return setmetatable({}, meta)
end

---Creates an instance and passes the arguments to its `initialize`, if it has one.
---@param ... any
---@return self # the instance
function Object:new(...)
  local instance = self:create()
  local initialize = instance.initialize
  if type(initialize) == 'function' then initialize(instance, ...) end
  return instance
end

---Creates a subclass. Metamethods that the parent has at this moment (`__tostring`, `__add` …) are copied to it.
---
---An editor knows what it inherits when `---@class Counter: luvit.Emitter` stands above the line that makes it.
---@return any class
function Object:extend()
  local class = self:create()
  local meta = {}
  for key, value in pairs(self.meta) do meta[key] = value end
  meta.__index = class
  meta.super = self
  class.meta = meta
  return class
end

---What emits events. Listeners are functions, called in the order they were added, with what `emit` passes. An event is
---any value, mostly a name; `error` is the one that must have a listener, see `missingHandlerType`.
---@class luvit.Emitter: luvit.Object
---@field handlers? table<any, function[]> listeners by event name; exists from the first `on`
---@field addHandlerType? fun(self: any, name: any) called before the first listener of an event is added
local Emitter = Object:extend()
core.Emitter = Emitter

local function messageOf(err)
  if type(err) == 'table' and not (getmetatable(err) or {}).__tostring and err.message ~= nil then
    return tostring(err.message)
  end
  return tostring(err)
end

---Called for an event that has no listener. An `error` goes to the `error` listeners of `process`, with the emitter as
---second argument; when there are none either it is raised, because an error that nobody looks at must not get lost.
---@param name any
---@param ... any
function Emitter:missingHandlerType(name, ...)
  if name ~= 'error' then return end
  local err = ...
  local process = rawget(_G, 'process')
  if process and process ~= self then
    local handlers = rawget(process, 'handlers')
    if handlers and handlers.error then
      process:emit('error', err, self)
      return
    end
  end
  error("Unhandled 'error' event: " .. messageOf(err), 0)
end

-- A listener added by `once` is an object, not a closure, so that `removeListener` can see the function inside.
local onceMeta = {}
function onceMeta:__call(...)
  self.emitter:removeListener(self.name, self)
  return self.callback(...)
end

local function isCallable(value)
  if type(value) == 'function' then return true end
  local meta = getmetatable(value)
  return type(meta) == 'table' and meta.__call ~= nil
end

local function checkCallback(callback, method)
  if not isCallable(callback) then
    error(("bad argument 'callback' to '%s' (function expected, got %s)"):format(method, type(callback)), 3)
  end
end

---Adds a listener that is removed before its first call.
---@param name any
---@param callback fun(...: any)
---@return self
function Emitter:once(name, callback)
  checkCallback(callback, 'once')
  return self:on(name, setmetatable({ emitter = self, name = name, callback = callback }, onceMeta))
end

---Adds a listener. One added while the same event is being emitted is first called by the next `emit`.
---@param name any
---@param callback fun(...: any) function, or a table with `__call`
---@return self
function Emitter:on(name, callback)
  checkCallback(callback, 'on')
  local handlers = rawget(self, 'handlers')
  if not handlers then
    handlers = {}
    rawset(self, 'handlers', handlers)
  end
  local list = handlers[name]
  if list then
    list[#list + 1] = callback
  else
    if self.addHandlerType then self:addHandlerType(name) end
    handlers[name] = { callback }
  end
  return self
end

---How many listeners an event has.
---@param name any
---@return integer
function Emitter:listenerCount(name)
  local handlers = rawget(self, 'handlers')
  local list = handlers and handlers[name]
  return list and #list or 0
end

---The listeners of an event in call order, as a list of the caller's own. Those of `once` are callable tables with
---the function in `callback`.
---@param name any
---@return function[]
function Emitter:listeners(name)
  local handlers = rawget(self, 'handlers')
  local list = handlers and handlers[name]
  return list and { unpack(list) } or {}
end

local function contains(list, callback)
  for i = 1, list and #list or 0 do
    if list[i] == callback then return true end
  end
  return false
end

---Calls the listeners of an event in the order they were added. A listener removed meanwhile is no longer called.
---@param name any
---@param ... any passed to the listeners
---@return self? # nil when nobody listens
function Emitter:emit(name, ...)
  local handlers = rawget(self, 'handlers')
  local list = handlers and handlers[name]
  if not list then
    self:missingHandlerType(name, ...)
    return
  end
  local count = #list
  list[1](...)
  for i = 2, count do
    -- `on` appends to the list and a removal replaces it, so this list keeps its order whatever the listeners do.
    local callback = list[i]
    handlers = rawget(self, 'handlers')
    local current = handlers and handlers[name]
    if current == list or contains(current, callback) then callback(...) end
  end
  return self
end

---Removes a listener, wherever and however often it was added, with `on` or `once`.
---@param name any
---@param callback? function nil removes all listeners of the event
---@return integer? # how many were removed; nil when none was
function Emitter:removeListener(name, callback)
  local handlers = rawget(self, 'handlers')
  local list = handlers and handlers[name]
  if not list then return end
  local count = #list
  local kept, n = nil, 0
  if callback then
    for i = 1, count do
      local listener = list[i]
      if listener ~= callback and not (type(listener) == 'table' and listener.callback == callback) then
        kept = kept or {}
        n = n + 1
        kept[n] = listener
      end
    end
  end
  if n == count then return end
  handlers[name] = kept
  return count - n
end

---Removes the listeners of one event, or of all.
---@param name? any
---@return self
function Emitter:removeAllListeners(name)
  local handlers = rawget(self, 'handlers')
  if not handlers then return self end
  if name ~= nil then
    handlers[name] = nil
  else
    rawset(self, 'handlers', nil)
  end
  return self
end

---Makes the method `self[name]` usable as a callback: it needs no `self` any more, and an error in the first argument
---is emitted as `error` instead of calling the method.
---@param name string
function Emitter:wrap(name)
  local method = self[name]
  if not isCallable(method) then
    error(("bad argument 'name' to 'wrap' (no method '%s')"):format(tostring(name)), 2)
  end
  self[name] = function(err, ...)
    if err then return self:emit('error', err) end
    return method(self, ...)
  end
end

---Emits an event on `target` whenever it is emitted here.
---@param name any
---@param target? luvit.Emitter
---@return luvit.Emitter # `target`, or self when there is none
function Emitter:propagate(name, target)
  if not (target and target.emit) then return self end
  self:on(name, function(...) target:emit(name, ...) end)
  return target
end

---An error with structure. `code` is what stands before the first `: ` of the message, when that is a number or a
---name in capitals such as `ENOENT`.
---@class luvit.Error: luvit.Object
---@field message? string
---@field code? string|number in errors of the system its name, `"ENOENT"`
local Error = Object:extend()
core.Error = Error

function Error.meta.__tostring(self)
  local message = self.message
  return message == nil and 'Error' or tostring(message)
end

---Makes an error value.
---@param message? string what `tostring` of it gives
function Error:initialize(message)
  self.message = message
  local prefix = type(message) == 'string' and message:match('^([^:]+): ')
  if prefix then self.code = tonumber(prefix) or prefix:match('^%u[%u%d_]*$') end
end

return core
