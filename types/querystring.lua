---@meta querystring

-- Made by scripts/reference.lua of crates/luvit/lua/querystring.lua. Change it there.

-- Query strings: `a=1&b=2&b=3` to and from tables.

---@class luvit.querystring
local querystring = {}

---Decodes `%XX` and `+`. What is no valid escape stays as it is.
---@param str? string
---@return string? # nil for nil
function querystring.urldecode(str) end

---Encodes everything but letters, digits and `* - . _` as `%XX`.
---@param str? string|number
---@return string? # nil for nil
function querystring.urlencode(str) end

---Makes a query string. A list as a value repeats its key. Keys come out
---sorted, so that the same table always gives the same string.
---@param params table<string|number, any>  anything else gives an empty string
---@param sep? string between pairs, `&` by default
---@param eq? string between key and value, `=` by default
---@return string
function querystring.stringify(params, sep, eq) end

---Reads a query string. A key that comes several times gets a list; a key
---without a value gets an empty string.
---@param str? string nil gives an empty table
---@param sep? string between pairs, `&` by default
---@param eq? string between key and value, `=` by default
---@param options? { maxKeys?: integer } pairs to read at most: 1000 by default, 0 for all
---@return table<string, any> # strings, and lists of them
function querystring.parse(str, sep, eq, options) end

return querystring
