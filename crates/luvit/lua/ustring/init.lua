-- Strings of characters: `require('ustring').new('äöü')` is a list of the characters of a UTF-8 text, with the functions
-- of `string` as methods, whose positions and lengths count characters.
--
-- `u[i]` is a character, a string of one to four bytes. `#u` is the number of characters, `..`, `==`, `<` and `<=` do what
-- they do with strings (`<` in the order of code points), `tostring(u)` is the text. Every function here also takes a
-- plain string as its first argument.
--
-- A character is a code point: an accent that is a character of its own is one here, too.

local sequence = require('ustring/sequence')

local byte, sub, concat, floor = string.byte, string.sub, table.concat, math.floor
local rawlen = rawlen

---@class luvit.ustring
---@field [integer] string the characters
---@operator len: integer
---@operator concat(luvit.ustring|string): luvit.ustring
local ustring = {}

local meta = { __index = ustring }

local native
local function case(name, text)
  native = native or require('luvit:ustring')
  return native[name](text)
end

-- How many bytes the character at `i` has; nil if there is none.
local function lengthAt(str, i)
  local length, low, high = sequence(byte(str, i))
  for k = 1, (length or 1) - 1 do
    local next = byte(str, i + k)
    if not next or next < low or next > high then return nil end
    low, high = 0x80, 0xBF
  end
  return length
end

-- The characters of a string. Bytes that are none are characters of their own; the place of the first one comes behind.
local function split(str)
  local chars, count, i, invalid = {}, 0, 1, nil
  while i <= #str do
    local length = lengthAt(str, i)
    if not length then
      invalid, length = invalid or i, 1
    end
    count = count + 1
    chars[count] = sub(str, i, i + length - 1)
    i = i + length
  end
  return setmetatable(chars, meta), invalid
end

local function isUstring(value)
  return getmetatable(value) == meta
end

-- What a function was called with, as characters.
local function charsOf(value, fn)
  if isUstring(value) then return value end
  if type(value) ~= 'string' and type(value) ~= 'number' then
    error(("bad argument #1 to '%s' (ustring or string expected, got %s)"):format(fn, type(value)), 3)
  end
  return (split(tostring(value)))
end

local function patternOf(value, fn)
  if isUstring(value) then return value end
  if type(value) ~= 'string' and type(value) ~= 'number' then
    error(("bad argument 'pattern' to '%s' (ustring or string expected, got %s)"):format(fn, type(value)), 3)
  end
  return (split(tostring(value)))
end

local function integer(value, default, name, fn)
  if value == nil and default then return default end
  if type(value) ~= 'number' or value ~= floor(value) then
    local got = type(value) == 'number' and tostring(value) or type(value)
    error(("bad argument '%s' to '%s' (integer expected, got %s)"):format(name, fn, got), 3)
  end
  return value
end

---How many bytes a character has that begins with this byte.
---@param first integer
---@return integer # 0 if none does
function ustring.chlen(first)
  return (sequence(integer(first, nil, 'first', 'chlen'))) or 0
end

---The characters of a text. One that is not UTF-8 is an error, unless that is allowed: then each byte that is part of no
---character is one of its own, and `tostring` gives back the same bytes.
---@param text? any by default empty; anything but a string goes through `tostring`
---@param allowInvalid? boolean
---@return luvit.ustring
function ustring.new(text, allowInvalid)
  local chars, invalid = split(text == nil and '' or tostring(text))
  if invalid and not allowInvalid then error(('invalid UTF-8 sequence at byte %d'):format(invalid), 2) end
  return chars
end

---A copy, which can be changed without changing the original.
---@param ustr luvit.ustring|string
---@return luvit.ustring
function ustring.copy(ustr)
  local chars, new = charsOf(ustr, 'copy'), {}
  for i = 1, rawlen(chars) do new[i] = chars[i] end
  return setmetatable(new, meta)
end

---How many characters there are.
---@param ustr luvit.ustring|string
---@return integer
function ustring.len(ustr)
  return rawlen(charsOf(ustr, 'len'))
end

---The character that a byte of the text belongs to.
---@param ustr luvit.ustring|string
---@param index integer of the byte; a negative one counts from the end, and so does the result
---@param startIndex? integer byte where the search begins, for speed: that of the character `startUindex`
---@param startUindex? integer
---@return integer? # nil if there is no such byte
function ustring.index2uindex(ustr, index, startIndex, startUindex)
  local chars = charsOf(ustr, 'index2uindex')
  index = integer(index, nil, 'index', 'index2uindex')
  if index < 0 then
    local left = -index
    for i = rawlen(chars), 1, -1 do
      left = left - #chars[i]
      if left <= 0 then return i - rawlen(chars) - 1 end
    end
    return nil
  end
  local left = index - (startIndex or 1) + 1
  for i = startUindex or 1, rawlen(chars) do
    left = left - #chars[i]
    if left <= 0 then return i end
  end
  return nil
end

---Where a character begins in the text.
---@param ustr luvit.ustring|string
---@param uindex? integer of the character, 1 by default; a negative one counts from the end, and so does the result
---@param startIndex? integer byte where the character `startUindex` begins, for speed
---@param startUindex? integer
---@return integer? # of its first byte; behind the last character is the place behind the text, after that nil
function ustring.uindex2index(ustr, uindex, startIndex, startUindex)
  local chars = charsOf(ustr, 'uindex2index')
  uindex = integer(uindex, 1, 'uindex', 'uindex2index')
  local count = rawlen(chars)
  if uindex > count + 1 or uindex < -count then return nil end
  local index = 0
  if uindex < 0 then
    for i = count, count + uindex + 1, -1 do index = index - #chars[i] end
    return index
  end
  index = startIndex or 1
  for i = startUindex or 1, uindex - 1 do index = index + #chars[i] end
  return index
end

---The characters from `i` to `j`, as `string.sub` takes them.
---@param ustr luvit.ustring|string
---@param i? integer 1 by default
---@param j? integer the last by default
---@return luvit.ustring
function ustring.sub(ustr, i, j)
  local chars, new = charsOf(ustr, 'sub'), {}
  local count = rawlen(chars)
  i, j = integer(i, 1, 'i', 'sub'), integer(j, -1, 'j', 'sub')
  if i < 0 then i = count + i + 1 end
  if j < 0 then j = count + j + 1 end
  for k = math.max(i, 1), math.min(j, count) do new[#new + 1] = chars[k] end
  return setmetatable(new, meta)
end

-- Patterns ----------------------------------------------------------------------------------------------------------

local lib

local function patterns()
  lib = lib or require('ustring/pattern')
  return lib
end

-- Errors in a pattern are those of whoever called the function; those of a function that replaces keep their place.
local function guarded(ok, ...)
  if ok then return ... end
  local err = ...
  local placed = type(err) ~= 'string' or err:find('^[^\n]-:%d+: ')
  error(err, placed and 0 or 3)
end

local function startOf(chars, init, fn)
  init = integer(init, 1, 'init', fn)
  if init < 0 then init = rawlen(chars) + init + 1 end
  return math.max(init, 1)
end

-- The first match from `init` on: where it is, its captures and how many.
local function search(chars, pattern, init)
  local p = patterns()
  local anchored = pattern[1] == '^'
  local state = p.new(chars, p.parse(pattern, anchored and 2 or 1))
  for start = init, anchored and init or rawlen(chars) + 1 do
    local stop = p.matchAt(state, start)
    if stop then return start, stop - 1, p.captures(state) end
  end
end

local function findPlain(chars, wanted, init)
  local count = rawlen(wanted)
  for start = init, rawlen(chars) - count + 1 do
    local k = 0
    while k < count and chars[start + k] == wanted[k + 1] do k = k + 1 end
    if k == count then return start, start + count - 1 end
  end
end

local function withCaptures(start, stop, captures, count)
  if not start then return nil end
  return start, stop, unpack(captures, 1, count)
end

---Looks for a pattern of Lua, in which `.`, sets and their ranges stand for characters. Classes such as `%a` know ASCII.
---@param ustr luvit.ustring|string
---@param pattern luvit.ustring|string
---@param init? integer the character to begin at, 1 by default; negative counts from the end
---@param plain? boolean the pattern is only a text
---@return integer? first, integer? last, string|integer ... captures
function ustring.find(ustr, pattern, init, plain)
  local chars, wanted = charsOf(ustr, 'find'), patternOf(pattern, 'find')
  init = startOf(chars, init, 'find')
  if init > rawlen(chars) + 1 then return nil end
  if plain then return findPlain(chars, wanted, init) end
  return withCaptures(guarded(pcall(search, chars, wanted, init)))
end

local function matched(chars, start, stop, captures, count)
  if not start then return nil end
  if count == 0 then return concat(chars, '', start, stop) end
  return unpack(captures, 1, count)
end

---The captures of the first match, or all of it when the pattern has none.
---@param ustr luvit.ustring|string
---@param pattern luvit.ustring|string
---@param init? integer the character to begin at, 1 by default; negative counts from the end
---@return string|integer|nil ... nil if nothing matches
function ustring.match(ustr, pattern, init)
  local chars, wanted = charsOf(ustr, 'match'), patternOf(pattern, 'match')
  init = startOf(chars, init, 'match')
  if init > rawlen(chars) + 1 then return nil end
  return matched(chars, guarded(pcall(search, chars, wanted, init)))
end

---Goes through all matches: `for word in u:gmatch('%S+')`.
---@param ustr luvit.ustring|string
---@param pattern luvit.ustring|string
---@return fun(): (string|integer|nil), any next gives the captures, or the match when the pattern has none
function ustring.gmatch(ustr, pattern)
  local chars, wanted = charsOf(ustr, 'gmatch'), patternOf(pattern, 'gmatch')
  local p = patterns()
  local state = p.new(chars, (guarded(pcall(p.parse, wanted))))
  local start = 1
  local function step()
    for first = start, rawlen(chars) + 1 do
      local stop = p.matchAt(state, first)
      if stop then
        start = math.max(stop, first + 1)
        return first, stop - 1, p.captures(state)
      end
    end
    start = rawlen(chars) + 2
  end
  return function()
    return matched(chars, guarded(pcall(step)))
  end
end

local function replacement(p, repl, whole, captures, count)
  local kind = type(repl)
  local value
  if kind == 'function' then
    if count == 0 then value = repl(whole) else value = repl(unpack(captures, 1, count)) end
  elseif kind == 'table' and not isUstring(repl) then
    value = repl[count == 0 and whole or captures[1]]
  else
    return p.expand(tostring(repl), whole, captures, count)
  end
  if not value then return whole end
  if type(value) ~= 'string' and type(value) ~= 'number' and not isUstring(value) then
    error(('invalid replacement value (a %s)'):format(type(value)), 0)
  end
  return tostring(value)
end

local function substitute(chars, wanted, repl, limit)
  local p = patterns()
  local anchored = wanted[1] == '^'
  local state = p.new(chars, p.parse(wanted, anchored and 2 or 1))
  local pieces, start, done = {}, 1, 0
  while done < limit do
    local stop = p.matchAt(state, start)
    if stop then
      done = done + 1
      local whole = concat(chars, '', start, stop - 1)
      pieces[#pieces + 1] = replacement(p, repl, whole, p.captures(state))
    end
    if stop and stop > start then
      start = stop
    elseif start <= rawlen(chars) then
      pieces[#pieces + 1] = chars[start]
      start = start + 1
    else
      break
    end
    if anchored then break end
  end
  pieces[#pieces + 1] = concat(chars, '', start)
  return concat(pieces), done
end

---Replaces matches.
---@param ustr luvit.ustring|string
---@param pattern luvit.ustring|string
---@param repl luvit.ustring|string|table|function as for `string.gsub`
---@param n? integer at most so many, all by default
---@return luvit.ustring, integer count how many there were
function ustring.gsub(ustr, pattern, repl, n)
  local chars, wanted = charsOf(ustr, 'gsub'), patternOf(pattern, 'gsub')
  local kind = type(repl)
  if kind ~= 'string' and kind ~= 'number' and kind ~= 'table' and kind ~= 'function' then
    error(("bad argument 'repl' to 'gsub' (string, table or function expected, got %s)"):format(kind), 2)
  end
  local text, count = guarded(pcall(substitute, chars, wanted, repl, integer(n, math.huge, 'n', 'gsub')))
  return (split(text)), count
end

-- The rest ----------------------------------------------------------------------------------------------------------

---In lower case, of any script that has cases.
---@param ustr luvit.ustring|string
---@return luvit.ustring
function ustring.lower(ustr)
  return (split(case('lower', concat(charsOf(ustr, 'lower')))))
end

---In upper case, of any script that has cases. A few characters become several: `ß` is `SS`.
---@param ustr luvit.ustring|string
---@return luvit.ustring
function ustring.upper(ustr)
  return (split(case('upper', concat(charsOf(ustr, 'upper')))))
end

---Repeats the characters.
---@param ustr luvit.ustring|string
---@param n integer
---@param separator? luvit.ustring|string between the repetitions
---@return luvit.ustring
function ustring.rep(ustr, n, separator)
  local text = concat(charsOf(ustr, 'rep'))
  return (split(text:rep(integer(n, nil, 'n', 'rep'), separator and tostring(separator) or '')))
end

---The characters in reverse order.
---@param ustr luvit.ustring|string
---@return luvit.ustring
function ustring.reverse(ustr)
  local chars, new = charsOf(ustr, 'reverse'), {}
  local count = rawlen(chars)
  for i = 1, count do new[i] = chars[count - i + 1] end
  return setmetatable(new, meta)
end

---The same as `string.format`. Widths count bytes.
---@param format luvit.ustring|string
---@param ... any
---@return luvit.ustring
function ustring.format(format, ...)
  local text = concat(charsOf(format, 'format'))
  local count, values = select('#', ...), { ... }
  for i = 1, count do
    if isUstring(values[i]) then values[i] = tostring(values[i]) end
  end
  local ok, result = pcall(string.format, text, unpack(values, 1, count))
  if not ok then error((result:gsub("'%?'", "'format'")), 2) end
  return (split(result))
end

function meta:__tostring()
  return concat(self)
end

function meta.__concat(a, b)
  local new = ustring.copy(a)
  local other = charsOf(b, 'concat')
  local count = rawlen(new)
  for i = 1, rawlen(other) do new[count + i] = other[i] end
  return new
end

function meta.__eq(a, b)
  return concat(a) == concat(b)
end

function meta.__lt(a, b)
  return tostring(a) < tostring(b)
end

function meta.__le(a, b)
  return tostring(a) <= tostring(b)
end

function meta.__len(self)
  return rawlen(self)
end

return ustring
