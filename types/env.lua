---@meta env

-- Made by scripts/reference.lua of crates/luvit/lua/env.lua. Change it there.

-- The environment, in luvi's words. `process.env` is the same as a table.

---@class luvit.env
---@field os 'Windows'|'Linux'|'OSX'|'BSD'|'POSIX'|'Other' the system, as `jit.os`
---@field arch string the processor, as `jit.arch`: `'x64'`, `'arm64'` …
local env = {}

---The value of a variable.
---@param name string
---@return string? value nil: there is no such variable
function env.get(name) end

---Sets a variable, for this program and for the children it starts from now on.
---@param name string
---@param value string|number
---@param overwrite? any `false` or 0 leaves a variable that is set as it is
function env.set(name, value, overwrite) end

---Removes a variable.
---@param name string
function env.unset(name) end

---The names of all variables.
---@param hidden? boolean also those that Windows keeps for itself, which start with `=`
---@return string[]
function env.keys(hidden) end

return env
