---@meta helpful

-- Made by scripts/reference.lua of crates/luvit/lua/helpful.lua. Change it there.

-- Hints for names that do not exist: `require('helpful')('fs').raedFile` prints a warning with the name that was meant.
-- For those who want it: nothing else in luvit loads this module.
--
-- Loading it adds two functions to `string`: `levenshtein` and `luvitGlobalExtend`.

---How many characters have to be inserted, deleted or replaced to make one string of another (Levenshtein distance). Bytes
---count as characters.
---@param a string
---@param b string
---@return integer
function string.levenshtein(a, b) end

---Lets `%` format strings, in the whole program: `'%s is %d' % { 'x', 1 }`. A single value needs no table.
function string.luvitGlobalExtend() end

---Makes a module warn about fields that it does not have, on standard output. The field stays nil. What the module's
---metatable provides counts as being there.
---@param name string of the module, as the warnings show it
---@param module? table by default `require(name)`, from the file that calls this
---@return table module
local function helpful(name, module) end

return helpful
