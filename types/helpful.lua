---@meta helpful

-- Made by scripts/reference.lua of crates/luvit/lua/helpful.lua. Change it there.

-- Hints for names that do not exist: `require('helpful')('fs').raedFile` prints a warning with the name that was meant.
-- For those who want it: nothing else in luvit loads this module.
--
-- Loading it adds two functions to `string`: `levenshtein` and `luvitGlobalExtend`.

---Makes a module warn about fields that it does not have, on standard output. The field stays nil. What the module's
---metatable provides counts as being there.
---@param name string of the module, as the warnings show it
---@param module? table by default `require(name)`, from the file that calls this
---@return table module
local function helpful(name, module) end

return helpful
