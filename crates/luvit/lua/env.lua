-- The environment, in luvi's words. `process.env` is the same as a table.

local uv = require('uv')

---@class luvit.env
---@field os 'Windows'|'Linux'|'OSX'|'BSD'|'POSIX'|'Other' the system, as `jit.os`
---@field arch string the processor, as `jit.arch`: `'x64'`, `'arm64'` …
local env = { os = jit.os, arch = jit.arch }

---The value of a variable.
---@param name string
---@return string? value nil: there is no such variable
function env.get(name)
  return (uv.os_getenv(name))
end

---Sets a variable, for this program and for the children it starts from now on.
---@param name string
---@param value string|number
---@param overwrite? any `false` or 0 leaves a variable that is set as it is
function env.set(name, value, overwrite)
  if (overwrite == false or overwrite == 0) and uv.os_getenv(name) then return end
  local ok, err = uv.os_setenv(name, value)
  if not ok then error(err, 2) end
end

---Removes a variable.
---@param name string
function env.unset(name)
  local ok, err = uv.os_unsetenv(name)
  if not ok then error(err, 2) end
end

---The names of all variables.
---@param hidden? boolean also those that Windows keeps for itself, which start with `=`
---@return string[]
function env.keys(hidden)
  local keys = {}
  for name in pairs(uv.os_environ()) do
    if hidden or name:sub(1, 1) ~= '=' then keys[#keys + 1] = name end
  end
  return keys
end

return env
