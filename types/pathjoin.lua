---@meta pathjoin

-- Made by scripts/reference.lua of crates/luvit/lua/pathjoin.lua. Change it there.

-- Small path helpers, those that luvi and lit are built on.
--
-- Unlike `path.join`, `pathJoin` starts anew at an absolute part and never
-- keeps a `..` that leads above the start.

---@class luvit.pathjoin
---@field isWindows boolean Whether paths are those of Windows.
local pathjoin = {}

---The root a path starts with (`/`, `C:\`, `\\`), nil for a relative path.
---@param path string
---@return string?
function pathjoin.getPrefix(path) end

---The parts between the separators, without empty ones.
---@param path string
---@return string[]
function pathjoin.splitPath(path) end

---Puts parts together behind a prefix.
---@param prefix? string
---@param parts string[]
---@param i? integer first part, 1 by default
---@param j? integer last part, the last one by default
---@return string
function pathjoin.joinParts(prefix, parts, i, j) end

---Joins paths: the last absolute one counts, `.` and `..` are resolved.
---@param ... string
---@return string
function pathjoin.pathJoin(...) end

return pathjoin
