---@meta http-header

-- Made by scripts/reference.lua of crates/luvit/lua/http-header.lua. Change it there.

-- Header lists: `{ {name, value}, … }` that also answer to names.
--
-- The list keeps order and repeated names; a string key reads the first value
-- of that name whatever its case, and assigning one replaces all of them.

---A header list: `{ {name, value}, … }` in order, repeated names included. A string key reads the first value of that
---name in any case (`headers['content-type']`); assigning a string replaces all values of a name, a list of strings
---gives one field each, and nil removes them.
---@class luvit.Headers
---@field [integer] string[]
---@field [string] any

---@class luvit.httpHeader
---@field headerMeta table The metatable of header lists.
local httpHeader = {}

---Makes a header list, or makes one of a list of pairs in place.
---@param tbl? table pairs `{name, value}`; it becomes the list
---@return luvit.Headers
function httpHeader.newHeaders(tbl) end

---Makes a header list of a table that holds `name = value`,
---`name = {value, value}` and `{name, value}` in any mixture.
---@param tbl? table
---@return luvit.Headers
function httpHeader.toHeaders(tbl) end

---As `toHeaders` for several tables. A name in a later table replaces the
---values it has so far; pairs are appended.
---@param ... table? any number of tables; nil counts as empty
---@return luvit.Headers
function httpHeader.combineHeaders(...) end

---The pairs of a table that has other fields too, such as a parsed head.
---@param tbl? table
---@return luvit.Headers # a new list
function httpHeader.getHeaders(tbl) end

return httpHeader
