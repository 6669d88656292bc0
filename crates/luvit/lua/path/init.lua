-- Functions on the paths of this system.
--
-- `path.join(...)` is `path._internal:join(...)`: `_internal` is the `posix` or the `nt` object of `path/base`, both of which
-- are there on every system, for a program that works on the paths of another one.

local base = require('path/base')

local internal = jit.os == 'Windows' and base.nt or base.posix

---@class luvit.path
---@field root string the root a path gets when nothing else is known
local path = { _internal = internal }

---What stands between the parts of a path: `/`, on Windows `\\`.
---@type string
path.sep = internal.sep

---Joins parts with the separator and normalizes. An absolute part in the middle does not start anew: `join('a', '/b')` is
---`a/b`.
---@param ... string
---@return string
function path.join(...)
  return internal:join(...)
end

---Resolves `.`, `..` and repeated separators. A trailing separator stays. An empty result is `.`.
---@param filepath string
---@return string
function path.normalize(filepath)
  return internal:normalize(filepath)
end

---Makes an absolute path: reads the arguments from the right until one is absolute, else goes on with the working folder.
---@param ... string
---@return string
function path.resolve(...)
  return internal:resolve(...)
end

---The way from one path to another; both are resolved first. The same path gives an empty string; on another drive it is
---`to` itself.
---@param from string
---@param to string
---@return string
function path.relative(from, to)
  return internal:relative(from, to)
end

---The path without its last part; `.` if there is only one.
---@param filepath string
---@return string
function path.dirname(filepath)
  return internal:dirname(filepath)
end

---The last part of a path.
---@param filepath string
---@param ext? string taken off when the name ends with it
---@return string
function path.basename(filepath, ext)
  return internal:basename(filepath, ext)
end

---The extension with its dot, or an empty string. A leading dot starts none.
---@param filepath string
---@return string
function path.extname(filepath)
  return internal:extname(filepath)
end

---Whether the path starts at a root.
---@param filepath string
---@return boolean
function path.isAbsolute(filepath)
  return internal:isAbsolute(filepath)
end

---The root of a path: `/`, on Windows `C:\\`.
---@param filepath? string without one, on Windows, that of the working folder
---@return string?
function path.getRoot(filepath)
  return internal:getRoot(filepath)
end

---The separator.
---@return string
function path.getSep()
  return internal:getSep()
end

---Makes all separators those of the system.
---@param filepath string
---@return string
function path.normalizeSeparators(filepath)
  return internal:normalizeSeparators(filepath)
end

-- Whatever else the object has is a function here, too.
return setmetatable(path, {
  __index = function(_, key)
    local value = internal[key]
    if type(value) ~= 'function' then return value end
    local function bound(...)
      return value(internal, ...)
    end
    path[key] = bound
    return bound
  end,
})
