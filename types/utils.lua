---@meta utils

-- Made by scripts/reference.lua of crates/luvit/lua/utils.lua. Change it there.

-- Small helpers for callbacks and coroutines, together with everything `pretty-print` exports.

---@class luvit.utils: luvit.prettyPrint
local utils = {}

---Resumes a coroutine; an error in it is raised here, a text with the traceback of the dead coroutine, anything else as
---it is: programs look at its fields.
---@param thread thread
---@param ... any
function utils.assertResume(thread, ...) end

---Returns a function that calls `fn` with `self` and the given arguments before its own.
---@param fn function
---@param self any
---@param ... any
---@return function
function utils.bind(fn, self, ...) end

---The callback of those who pass none: prints the error, if there is one.
---@param err? any
function utils.noop(err) end

---Calls `fn(..., callback)` in the style its caller wants: with a function as the callback, with `noop` when `c` is
---nil, and with the running coroutine as `await(fn, ...)`: it waits and returns the callback's values (true if there are
---none), or `nil, err, code`.
---@param c? function|thread
---@param fn function takes a callback `(err, ...)` as last argument
---@param ... any
---@return any ...
function utils.adapt(c, fn, ...) end

return utils
