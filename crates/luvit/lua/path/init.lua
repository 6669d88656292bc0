--- Path functions for the paths of this system.
--
-- `path.join(...)` is `path._internal:join(...)`; `_internal` is the `posix` or
-- the `nt` object of `path/base`.

local base = require('path/base')

---@class luvit.path
---@field sep string                                  the separator
---@field root string                                 the default root
---@field join fun(...: string): string
---@field normalize fun(filepath: string): string
---@field resolve fun(...: string): string
---@field relative fun(from: string, to: string): string
---@field dirname fun(filepath: string): string
---@field basename fun(filepath: string, ext: string?): string
---@field extname fun(filepath: string): string
---@field isAbsolute fun(filepath: string): boolean
---@field getRoot fun(filepath: string?): string?
---@field getSep fun(): string
---@field normalizeSeparators fun(filepath: string): string
local path = {
  _internal = jit.os == 'Windows' and base.nt or base.posix,
}
path.sep = path._internal.sep

-- A function takes no object here: that of the native flavour is filled in.
local function bind(name)
  local internal = path._internal
  local method = internal[name]
  local function bound(...)
    return method(internal, ...)
  end
  path[name] = bound
  return bound
end

for _, name in ipairs({
  'basename', 'dirname', 'extname', 'getRoot', 'getSep', 'isAbsolute', 'join', 'normalize', 'normalizeSeparators',
  'relative', 'resolve',
}) do
  bind(name)
end

return setmetatable(path, {
  __index = function(_, key)
    local value = path._internal[key]
    return type(value) == 'function' and bind(key) or value
  end,
})
