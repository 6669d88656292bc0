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

return setmetatable(path, {
  __index = function(self, key)
    local internal = self._internal
    local value = internal[key]
    if type(value) ~= 'function' then return value end
    local function bound(...)
      return value(internal, ...)
    end
    rawset(self, key, bound)
    return bound
  end,
})
