---@meta _

-- What a program has without `require`, besides what LuaJIT brings: https://luajit.org/extensions.html. The Lua is 5.1
-- with what LuaJIT takes from 5.2 (`goto`, `table.pack`, `__pairs`, `__len` of tables, `load` with an environment).
--
-- Every file is a module with globals of its own: what it assigns to an undeclared name stays in it, and `require`,
-- `module` and `exports` are its own. Only `_G.name = value` is seen by all.

---The program's arguments: the program itself at index 0, then the script, then what follows it.
---@type { [integer]: string }
args = {}

---The same as Lua's own programs set it: the script at index 0, its arguments behind it, the program before it.
---@type { [integer]: string }
arg = {}

---The program: its arguments, environment, streams and end. See [process](process.md).
---@type luvit.Process
process = {}

---Prints its arguments as Lua values, in colours on a terminal. See [pretty-print](pretty-print.md).
---@param ... any
function p(...) end

---Writes its arguments to standard output, with `tostring`, separated by tabs, and a line break. Raises when standard
---output cannot be written to.
---@param ... any
function print(...) end

---Loads a module, once, and returns what it exports.
---
---A name that begins with `.` is relative to the file that calls, one with `/` (`C:/`, `bundle:/`) is absolute. Any other
---is looked for in the folders `libs` and `deps`, beside the file and upward, then in the standard library, then where Lua
---itself looks (`package.path`, `package.cpath`, loaders that were added to `package.loaders`). The extension `.lua` may be
---left out; of a folder it is `init.lua`.
---
---What Lua itself finds is no module of luvit's but plain Lua: it gets its name as `...`, what it makes global is global,
---and its `require` is `_G.require`, which asks `package.loaders` before the standard library. The same goes for the code
---that `load` and `dofile` run.
---
---Raises when there is no such module; the text names where it was looked for.
---@param name string
---@return any exports
function require(name) end

---This file as a module: its path, its folder, what it exports. See [require](require.md).
---@type luvit.Module
module = {}

---What `require` returns of this file, a table to fill. A file may `return` something else instead, or assign it to
---`module.exports`.
---@type table
exports = {}

---Packs values into a string of bytes, as a format says: `"<I4"` is an unsigned integer of four bytes, the lowest first.
---The formats are those of Lua 5.4, https://www.lua.org/manual/5.4/manual.html#6.4.2. Integers beyond 2^53 lose digits.
---@param format string
---@param ... string|number
---@return string bytes
function string.pack(format, ...) end

---Reads the values out of a string that `string.pack` made of the same format.
---@param format string
---@param bytes string
---@param position? integer where to begin, 1 by default; from the end if negative
---@return any ... the values, and then the position behind them
function string.unpack(format, bytes, position) end

---How many bytes `string.pack` makes of a format without strings of variable length.
---@param format string
---@return integer bytes
function string.packsize(format) end

---Functions for UTF-8, those of Lua 5.4.
---@class luvit.utf8
---@field charpattern string matches one character, in text that is valid
utf8 = {}

---The characters with these code points, as one string.
---@param ... integer
---@return string
function utf8.char(...) end

---Iterates over the characters of a string: `for position, code in utf8.codes(text) do`. Raises where the text is not
---UTF-8.
---@param text string
---@param lax? boolean takes code points beyond 10FFFF too
---@return fun(text: string, position: integer): integer?, integer? next
---@return string text
---@return integer
function utf8.codes(text, lax) end

---The code points of the characters that begin between two bytes.
---@param text string
---@param first? integer byte position, 1 by default
---@param last? integer byte position, `first` by default
---@param lax? boolean takes code points beyond 10FFFF too
---@return integer ...
function utf8.codepoint(text, first, last, lax) end

---How many characters begin between two bytes, or nil and the position of the first byte that is not UTF-8.
---@param text string
---@param first? integer byte position, 1 by default
---@param last? integer byte position, -1 by default
---@param lax? boolean takes code points beyond 10FFFF too
---@return integer? count
---@return integer? invalid
function utf8.len(text, first, last, lax) end

---The byte position where the `n`-th character begins, counted from a byte.
---@param text string
---@param n integer 0: the character that contains the byte
---@param from? integer byte position: 1, or behind the end if `n` is negative
---@return integer? # nil when there is none
function utf8.offset(text, n, from) end
