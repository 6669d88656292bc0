---@meta los

-- Made by scripts/reference.lua of crates/luvit/lua/los.lua. Change it there.

-- The name of the operating system, as luvit programs compare it.

---@class luvit.los
local los = {}

---The name of the operating system.
---@return 'win32'|'linux'|'darwin'|'bsd'|'posix'|'other'
function los.type() end

return los
