---@meta pretty-print

-- Made by scripts/reference.lua of crates/luvit/lua/pretty-print.lua. Change it there.

-- Prints Lua values for people, with colours when standard output is a terminal. Nothing is decided or opened at load:
-- colours on first use, the stdio streams when they are first touched.

---@class luvit.prettyPrint
---@field theme table<string, string> the ANSI attributes of the current colours by name, empty without colours
---@field stdin uv_stream_t the handle of standard input, opened when first looked at
---@field stdout uv_stream_t the handle of standard output
---@field stderr uv_stream_t the handle of standard error
local prettyPrint = {}

---Chooses the colours.
---@param index? 16|256|false nil detects: none unless standard output is a terminal, none with NO_COLOR set
function prettyPrint.loadColors(index) end

---The escape sequence that switches to a colour of the theme.
---@param name? string nil or an unknown name resets
---@return string
function prettyPrint.color(name) end

---Wraps a value's text in a colour, when colours are in use.
---@param name string
---@param value any
---@param resetName? string the colour that goes on after it
---@return string
function prettyPrint.colorize(name, value, resetName) end

---Removes colours from a text.
---@param text string
---@return string
function prettyPrint.strip(text) end

---The text of a value as it would be written in Lua, in lines of at most the terminal's width (80 without a terminal).
---A table whose metatable has a function `__inspect` is shown as the string that this returns for it.
---@param value any
---@param recurse? boolean show a table each time it occurs (cycles excepted) and not only the first time
---@param nocolor? boolean
---@return string
function prettyPrint.dump(value, recurse, nocolor) end

---The global `print`: writes its arguments to standard output, separated by tabs, with a line break.
---@param ... any
function prettyPrint.print(...) end

---Prints the dumps of the arguments, separated by tabs; this is the global `p`.
---@param ... any
function prettyPrint.prettyPrint(...) end

return prettyPrint
