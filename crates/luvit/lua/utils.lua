-- Small helpers for callbacks and coroutines, together with everything `pretty-print` exports.

---@class luvit.utils: luvit.prettyPrint
local utils = {}

---Resumes a coroutine; an error in it is raised here, a text with the traceback of the dead coroutine, anything else as
---it is: programs look at its fields.
---@param thread thread
---@param ... any
function utils.assertResume(thread, ...)
  if type(thread) ~= 'thread' then
    error(("bad argument 'thread' to 'assertResume' (thread expected, got %s)"):format(type(thread)), 2)
  end
  local ok, err = coroutine.resume(thread, ...)
  -- `debug.traceback` leaves what is no text alone. Its stack is told, too, should nobody catch the error.
  if not ok then error(debug.traceback(thread, err), 0) end
end

---Returns a function that calls `fn` with `self` and the given arguments before its own.
---@param fn function
---@param self any
---@param ... any
---@return function
function utils.bind(fn, self, ...)
  if not fn then error("bad argument 'fn' to 'bind' (function expected, got nil)", 2) end
  local count = select('#', ...)
  if count == 0 then
    return function(...) return fn(self, ...) end
  end
  local bound = { ... }
  return function(...)
    local extra = select('#', ...)
    if extra == 0 then return fn(self, unpack(bound, 1, count)) end
    local args = { unpack(bound, 1, count) }
    for i = 1, extra do args[count + i] = (select(i, ...)) end
    return fn(self, unpack(args, 1, count + extra))
  end
end

---The callback of those who pass none: prints the error, if there is one.
---@param err? any
function utils.noop(err)
  if not err then return end
  local meta = type(err) == 'table' and getmetatable(err)
  if type(err) == 'table' and not (meta and meta.__tostring) then err = utils.dump(err) end
  print('Unhandled callback error', err)
end

---Calls `fn(..., callback)` in the style its caller wants: with a function as the callback, with `noop` when `c` is
---nil, and with the running coroutine as `await(fn, ...)`: it waits and returns the callback's values (true if there are
---none), or `nil, err, code`.
---@param c? function|thread
---@param fn function takes a callback `(err, ...)` as last argument
---@param ... any
---@return any ...
function utils.adapt(c, fn, ...)
  local kind = type(c)
  -- A table may be callable.
  if type(fn) ~= 'function' and type(fn) ~= 'table' then
    error(("bad argument 'fn' to 'adapt' (function expected, got %s)"):format(type(fn)), 2)
  end
  if kind == 'function' or c == nil then
    local count = select('#', ...) + 1
    local args = { ... }
    args[count] = c or utils.noop
    return fn(unpack(args, 1, count))
  elseif kind ~= 'thread' then
    error(("bad argument 'c' to 'adapt' (function or thread expected, got %s)"):format(kind), 2)
  elseif c ~= coroutine.running() then
    error("bad argument 'c' to 'adapt' (the running coroutine expected, got another)", 2)
  end
  return require('await').call(fn, ...)
end

-- pretty-print is loaded by the first use of one of its names: timer, net and http need only what is above.
local function load()
  local lib = require('pretty-print')
  setmetatable(utils, { __index = lib })
  for name, value in pairs(lib) do utils[name] = value end
  return lib
end

return setmetatable(utils, {
  __index = function(_, name) return load()[name] end,
  __pairs = function(self)
    load()
    return next, self
  end,
})
