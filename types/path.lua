---@meta path

-- Made by scripts/reference.lua of crates/luvit/lua/path/. Change it there.

-- Path functions for the paths of this system.
--
-- Windows has its separator, drives and shares; elsewhere a path is a list of names between slashes. `path.join(...)` is
-- `path._internal:join(...)`; `_internal` is the `posix` or the `nt` object of `path/base`.

---@class luvit.path
---@field sep string the separator, `/` or `\`
---@field root string the default root, `/` or `c:\`
local path = {}

---Joins parts with the separator and normalizes. An absolute part in the middle does not start anew:
---`join('foo', '/bar')` is `foo/bar`.
---@param ... string
---@return string
function path.join(...) end

---Resolves `.`, `..` and repeated separators. A trailing separator stays. An empty result is `.`.
---@param filepath string
---@return string
function path.normalize(filepath) end

---Resolves to an absolute path: reads the arguments from the right until one is absolute, otherwise continues at the
---working directory.
---@param ... string
---@return string
function path.resolve(...) end

---The way from one path to another; both are resolved first. On different drives this is `to` itself. The same path gives
---an empty string.
---@param from string
---@param to string
---@return string
function path.relative(from, to) end

---The path without its last part; `.` if there is only one.
---@param filepath string
---@return string
function path.dirname(filepath) end

---The last part of a path.
---@param filepath string
---@param ext? string taken off when the name ends with it
---@return string
function path.basename(filepath, ext) end

---The extension with its dot, or an empty string. A leading dot starts none.
---@param filepath string
---@return string
function path.extname(filepath) end

---Whether a path says where it begins: `/x`, on Windows `c:\x` too.
---@param filepath string
---@return boolean
function path.isAbsolute(filepath) end

---The root: `/`, whatever the path. On Windows that of the path, `\\server\share\`, `d:\`, or `d:` for one relative to a
---drive, nil for a relative one, and without an argument `c:\`.
---@param filepath? string
---@return string?
function path.getRoot(filepath) end

---The separator.
---@return string
function path.getSep() end

---The path with this system's separators: on Windows slashes become backslashes.
---@param filepath string
---@return string
function path.normalizeSeparators(filepath) end

return path
