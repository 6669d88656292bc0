---@meta ustring

-- Made by scripts/reference.lua of crates/luvit/lua/ustring/. Change it there.

-- Strings of characters: `require('ustring').new('äöü')` is a list of the characters of a UTF-8 text, with the functions
-- of `string` as methods, whose positions and lengths count characters.
--
-- `u[i]` is a character, a string of one to four bytes. `#u` is the number of characters, `..`, `==`, `<` and `<=` do what
-- they do with strings (`<` in the order of code points), `tostring(u)` is the text. Every function here also takes a
-- plain string as its first argument.
--
-- A character is a code point: an accent that is a character of its own is one here, too.

---@class luvit.ustring
---@field [integer] string the characters
---@operator len: integer
---@operator concat(luvit.ustring|string): luvit.ustring
local ustring = {}

---How many bytes a character has that begins with this byte.
---@param first integer
---@return integer # 0 if none does
function ustring.chlen(first) end

---The characters of a text. One that is not UTF-8 is an error, unless that is allowed: then each byte that is part of no
---character is one of its own, and `tostring` gives back the same bytes.
---@param text? any by default empty; anything but a string goes through `tostring`
---@param allowInvalid? boolean
---@return luvit.ustring
function ustring.new(text, allowInvalid) end

---A copy, which can be changed without changing the original.
---@param ustr luvit.ustring|string
---@return luvit.ustring
function ustring.copy(ustr) end

---How many characters there are.
---@param ustr luvit.ustring|string
---@return integer
function ustring.len(ustr) end

---The character that a byte of the text belongs to.
---@param ustr luvit.ustring|string
---@param index integer of the byte; a negative one counts from the end, and so does the result
---@param startIndex? integer byte where the search begins, for speed: that of the character `startUindex`
---@param startUindex? integer
---@return integer? # nil if there is no such byte
function ustring.index2uindex(ustr, index, startIndex, startUindex) end

---Where a character begins in the text.
---@param ustr luvit.ustring|string
---@param uindex? integer of the character, 1 by default; a negative one counts from the end, and so does the result
---@param startIndex? integer byte where the character `startUindex` begins, for speed
---@param startUindex? integer
---@return integer? # of its first byte; behind the last character is the place behind the text, after that nil
function ustring.uindex2index(ustr, uindex, startIndex, startUindex) end

---The characters from `i` to `j`, as `string.sub` takes them.
---@param ustr luvit.ustring|string
---@param i? integer 1 by default
---@param j? integer the last by default
---@return luvit.ustring
function ustring.sub(ustr, i, j) end

---Looks for a pattern of Lua, in which `.`, sets and their ranges stand for characters. Classes such as `%a` know ASCII.
---@param ustr luvit.ustring|string
---@param pattern luvit.ustring|string
---@param init? integer the character to begin at, 1 by default; negative counts from the end
---@param plain? boolean the pattern is only a text
---@return integer? first, integer? last, string|integer ... captures
function ustring.find(ustr, pattern, init, plain) end

---The captures of the first match, or all of it when the pattern has none.
---@param ustr luvit.ustring|string
---@param pattern luvit.ustring|string
---@param init? integer the character to begin at, 1 by default; negative counts from the end
---@return string|integer|nil ... nil if nothing matches
function ustring.match(ustr, pattern, init) end

---Goes through all matches: `for word in u:gmatch('%S+')`.
---@param ustr luvit.ustring|string
---@param pattern luvit.ustring|string
---@return fun(): (string|integer|nil), any next gives the captures, or the match when the pattern has none
function ustring.gmatch(ustr, pattern) end

---Replaces matches.
---@param ustr luvit.ustring|string
---@param pattern luvit.ustring|string
---@param repl luvit.ustring|string|table|function as for `string.gsub`
---@param n? integer at most so many, all by default
---@return luvit.ustring, integer count how many there were
function ustring.gsub(ustr, pattern, repl, n) end

---In lower case, of any script that has cases.
---@param ustr luvit.ustring|string
---@return luvit.ustring
function ustring.lower(ustr) end

---In upper case, of any script that has cases. A few characters become several: `ß` is `SS`.
---@param ustr luvit.ustring|string
---@return luvit.ustring
function ustring.upper(ustr) end

---Repeats the characters.
---@param ustr luvit.ustring|string
---@param n integer
---@param separator? luvit.ustring|string between the repetitions
---@return luvit.ustring
function ustring.rep(ustr, n, separator) end

---The characters in reverse order.
---@param ustr luvit.ustring|string
---@return luvit.ustring
function ustring.reverse(ustr) end

---The same as `string.format`. Widths count bytes.
---@param format luvit.ustring|string
---@param ... any
---@return luvit.ustring
function ustring.format(format, ...) end

return ustring
