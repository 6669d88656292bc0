---@meta core

-- Made by scripts/reference.lua of crates/luvit/lua/core.lua. Change it there.

-- The object model every other module builds on: prototypes with inheritance, event emitters and error values.

---The root of all classes. A class is a table of methods, made with `extend`; an instance is made with `new`.
---@class luvit.Object
---@field meta table metatable of the instances; `__index` is the class, `super` its parent, other metamethods are inherited
---@field initialize fun(self: any, ...: any) the constructor of classes that have one, called by `new`
local Object = {}

---Creates an instance without running its constructor.
---@return self # the instance
function Object:create() end

---Creates an instance and passes the arguments to its `initialize`, if it has one.
---@param ... any
---@return self # the instance
function Object:new(...) end

---Creates a subclass. Metamethods that the parent has at this moment (`__tostring`, `__add` …) are copied to it.
---
---An editor knows what it inherits when `---@class Counter: luvit.Emitter` stands above the line that makes it.
---@return any class
function Object:extend() end

---What emits events. Listeners are functions, called in the order they were added, with what `emit` passes. An event is
---any value, mostly a name; `error` is the one that must have a listener, see `missingHandlerType`.
---@class luvit.Emitter: luvit.Object
---@field handlers? table<any, function[]> listeners by event name; exists from the first `on`
---@field addHandlerType? fun(self: any, name: any) called before the first listener of an event is added
local Emitter = {}

---Called for an event that has no listener. An `error` goes to the `error` listeners of `process`, with the emitter as
---second argument; when there are none either it is raised, because an error that nobody looks at must not get lost.
---@param name any
---@param ... any
function Emitter:missingHandlerType(name, ...) end

---Adds a listener that is removed before its first call.
---@param name any
---@param callback fun(...: any)
---@return self
function Emitter:once(name, callback) end

---Adds a listener. One added while the same event is being emitted is first called by the next `emit`.
---@param name any
---@param callback fun(...: any) function, or a table with `__call`
---@return self
function Emitter:on(name, callback) end

---How many listeners an event has.
---@param name any
---@return integer
function Emitter:listenerCount(name) end

---The listeners of an event in call order, as a list of the caller's own. Those of `once` are callable tables with
---the function in `callback`.
---@param name any
---@return function[]
function Emitter:listeners(name) end

---Calls the listeners of an event in the order they were added. A listener removed meanwhile is no longer called.
---@param name any
---@param ... any passed to the listeners
---@return self? # nil when nobody listens
function Emitter:emit(name, ...) end

---Removes a listener, wherever and however often it was added, with `on` or `once`.
---@param name any
---@param callback? function nil removes all listeners of the event
---@return integer? # how many were removed; nil when none was
function Emitter:removeListener(name, callback) end

---Removes the listeners of one event, or of all.
---@param name? any
---@return self
function Emitter:removeAllListeners(name) end

---Makes the method `self[name]` usable as a callback: it needs no `self` any more, and an error in the first argument
---is emitted as `error` instead of calling the method.
---@param name string
function Emitter:wrap(name) end

---Emits an event on `target` whenever it is emitted here.
---@param name any
---@param target? luvit.Emitter
---@return luvit.Emitter # `target`, or self when there is none
function Emitter:propagate(name, target) end

---An error with structure. `code` is what stands before the first `: ` of the message, when that is a number or a
---name in capitals such as `ENOENT`.
---@class luvit.Error: luvit.Object
---@field message? string
---@field code? string|number in errors of the system its name, `"ENOENT"`

---@class luvit.core
---@field Object luvit.Object
---@field Emitter luvit.Emitter
---@field Error luvit.Error
local core = {}

---Whether `obj` is an instance of `class`, of a subclass of it, or is such a class itself.
---@param obj any
---@param class? luvit.Object
---@return boolean
function core.instanceof(obj, class) end

return core
