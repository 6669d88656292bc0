-- Perl's regular expressions, with the functions of lrexlib on PCRE2; `require('rex_pcre2')` is the same.
--
-- Where a function takes a pattern, it is a text in PCRE2's syntax (https://www.pcre.org/current/doc/html/pcre2syntax.html)
-- or what `rex.new` made of one. Subjects and patterns may have any bytes. In a long string of Lua a pattern needs no
-- escapes: `[[\d+]]`.
--
-- `cf` are flags for the pattern: a sum of numbers of `rex.flags()`, or a string of the letters `i` (CASELESS), `m`
-- (MULTILINE), `s` (DOTALL), `x` (EXTENDED), `U` (UNGREEDY) and `X` (nothing any more). `ef` are flags for a match, a sum of
-- numbers. `lo` is the name of a locale, or what `rex.maketables` gave. With `(*UTF)` at its beginning, or the flag UTF, a
-- pattern is of characters, not bytes; positions are always those of bytes, as everywhere in Lua.
--
-- What did not match is `false` among captures. A pattern that is wrong raises `… (pattern offset: N)`; a match that needs
-- too much, or a subject that should be UTF-8 and is not, raises `error PCRE2_ERROR_NAME: …`: what a search costs is
-- limited, to 10 million steps (less with `(*LIMIT_MATCH=N)` at the beginning of the pattern) and 256 MB. That is still
-- some tenths of a second: match what strangers send against patterns of your own only, not against theirs.
--
-- Patterns that are used often are translated to machine code by PCRE2, where it can be.

local native = require('luvit:rex')

local byte, sub, find, concat = string.byte, string.sub, string.find, table.concat
local next_, isRegex = native.next, native.is_regex

-- Arguments -----------------------------------------------------------------------------------------------------------

local function wrong(name, fn, expected, value)
  error(("bad argument '%s' to '%s' (%s expected, got %s)"):format(name, fn, expected, type(value)), 4)
end

local function checkSubject(subject, fn)
  if type(subject) == 'string' then return subject end
  if type(subject) == 'number' then return tostring(subject) end
  wrong('subject', fn, 'string', subject)
end

-- Letters, and the flags they stand for.
local LETTERS = { i = 0x8, m = 0x400, s = 0x20, x = 0x80, U = 0x40000, X = 0 }

local function letterFlags(letters, fn)
  local flags = 0
  for letter in letters:gmatch('.') do
    local flag = LETTERS[letter]
    if not flag then
      error(("bad argument 'cf' to '%s' (there is no flag '%s'; there are i, m, s, x, U and X)"):format(fn, letter), 4)
    end
    flags = bit.bor(flags, flag)
  end
  return flags
end

local function compileFlags(cf, fn)
  if cf == nil then return 0 end
  if type(cf) == 'number' then return cf end
  if type(cf) ~= 'string' then wrong('cf', fn, 'number or string', cf) end
  return letterFlags(cf, fn)
end

-- Patterns given as text are kept compiled, some of them, for loops that call a function with the same one.
local compiled, count = {}, 0
local KEEP = 32

local function toRegex(pattern, cf, lo, fn)
  if type(pattern) ~= 'string' then
    if type(pattern) == 'number' then
      pattern = tostring(pattern)
    elseif isRegex(pattern) then
      return pattern
    else
      wrong('pattern', fn, 'string or regular expression', pattern)
    end
  end
  local flags = compileFlags(cf, fn)
  if lo ~= nil then return native.compile(pattern, flags, lo) end
  local key = flags .. ' ' .. pattern
  local regex = compiled[key]
  if not regex then
    regex = native.compile(pattern, flags)
    if count >= KEEP then compiled, count = {}, 0 end
    compiled[key], count = regex, count + 1
  end
  return regex
end

-- How many bytes there are up to the end of the character behind the first `at` bytes.
local function after(subject, at, utf)
  at = at + 1
  while utf do
    local code = byte(subject, at + 1)
    if not code or code < 0x80 or code >= 0xC0 then break end
    at = at + 1
  end
  return at
end

---A regular expression that is compiled.
---@class luvit.rex.Regex: userdata
---@field exec fun(self: luvit.rex.Regex, subject: string, init?: integer, ef?: integer): integer?, integer?, (integer|false)[]? first and last position of the match, and a list with those of each group, two a group; named groups are fields with their text. Nil: no match
---@field tfind fun(self: luvit.rex.Regex, subject: string, init?: integer, ef?: integer): integer?, integer?, (string|false)[]? first and last position of the match, and a list with the text of each group; named groups are fields, too. Nil: no match
---@field find fun(self: luvit.rex.Regex, subject: string, init?: integer, ef?: integer): integer?, ... as `rex.find`
---@field match fun(self: luvit.rex.Regex, subject: string, init?: integer, ef?: integer): string|false?, ... as `rex.match`
---@field dfa_exec fun(self: luvit.rex.Regex, subject: string, init?: integer, ef?: integer, ovecsize?: integer, wscount?: integer): integer?, integer[]?, integer? PCRE2's other algorithm, which finds all matches at the first place that has one: where they begin, where each ends, the longest first, and PCRE2's result (0: there were more than half of `ovecsize`, 100). `wscount` (50) is what it works with, more for long patterns
---@field fullinfo fun(self: luvit.rex.Regex): table<string, integer> what PCRE2 knows of the pattern: CAPTURECOUNT, NAMECOUNT, SIZE …
---@field patterninfo fun(self: luvit.rex.Regex): table<string, integer> the same
---@field jit_compile fun(self: luvit.rex.Regex, options?: integer): boolean, string? translates to machine code now, not after some matches; false and why, where there is none

---@class luvit.rex
local rex = {
  _VERSION = 'Lrexlib 2.9 (for PCRE2)',
}

-- Patterns ------------------------------------------------------------------------------------------------------------

---Compiles a pattern.
---@param pattern string
---@param cf? integer|string
---@param lo? string|userdata
---@return luvit.rex.Regex
function rex.new(pattern, cf, lo)
  if type(pattern) ~= 'string' and type(pattern) ~= 'number' then
    error(("bad argument 'pattern' to 'new' (string expected, got %s)"):format(type(pattern)), 2)
  end
  return native.compile(pattern, (compileFlags(cf, 'new')), lo)
end

---The character tables of C's locale, which `os.setlocale` sets, to compile patterns with.
---@return userdata
rex.maketables = native.maketables

-- One match -----------------------------------------------------------------------------------------------------------

---Looks for the first match.
---@param subject string
---@param pattern string|luvit.rex.Regex
---@param init? integer where to begin, 1 by default; a negative one counts from the end
---@param cf? integer|string
---@param ef? integer
---@param lo? string|userdata
---@return integer? first nil: no match
---@return integer? last
---@return string|false? ... captures
function rex.find(subject, pattern, init, cf, ef, lo)
  subject = checkSubject(subject, 'find')
  return native.find(toRegex(pattern, cf, lo, 'find'), subject, init, ef)
end

---Looks for the first match, and returns what it captures.
---@param subject string
---@param pattern string|luvit.rex.Regex
---@param init? integer where to begin, 1 by default; a negative one counts from the end
---@param cf? integer|string
---@param ef? integer
---@param lo? string|userdata
---@return string|false? ... captures, or the whole match if the pattern has none; nil: no match
function rex.match(subject, pattern, init, cf, ef, lo)
  subject = checkSubject(subject, 'match')
  return native.match(toRegex(pattern, cf, lo, 'match'), subject, init, ef)
end

-- All matches ---------------------------------------------------------------------------------------------------------

-- The next match at or behind `at` (from 0), but no empty one where the last match ended: `last`.
local function nextMatch(regex, subject, at, ef, last, utf, first, ending, ...)
  if not first or ending ~= last or ending >= first then return first, ending, ... end
  at = after(subject, at, utf)
  if at > #subject then return nil end
  return nextMatch(regex, subject, at, ef, last, utf, next_(regex, subject, at + 1, ef))
end

---Goes through all matches: `for year, month in rex.gmatch(text, [[(\d+)-(\d+)]]) do`.
---@param subject string
---@param pattern string|luvit.rex.Regex
---@param cf? integer|string
---@param ef? integer
---@param lo? string|userdata
---@return fun(): string|false?, ... iterator gives the captures, or the whole match if the pattern has none
function rex.gmatch(subject, pattern, cf, ef, lo)
  subject = checkSubject(subject, 'gmatch')
  local regex = toRegex(pattern, cf, lo, 'gmatch')
  local groups, utf = native.groups(regex)
  local at, last = 0, -1
  local function step(first, ending, ...)
    if not first then
      at = nil
      return nil
    end
    at, last = ending, ending
    if ending < first then at = after(subject, ending, utf) end
    if groups == 0 then return sub(subject, first, ending) end
    return ...
  end
  return function()
    if not at or at > #subject then return nil end
    return step(nextMatch(regex, subject, at, ef, last, utf, next_(regex, subject, at + 1, ef)))
  end
end

---Goes through the parts of a subject between the matches of a separator. There is always one part at least.
---@param subject string
---@param separator string|luvit.rex.Regex
---@param cf? integer|string
---@param ef? integer
---@param lo? string|userdata
---@return fun(): string?, ... iterator gives a part, and the captures of the separator behind it, or the whole of it if its pattern has none; behind the last part there is none
function rex.split(subject, separator, cf, ef, lo)
  subject = checkSubject(subject, 'split')
  local regex = toRegex(separator, cf, lo, 'split')
  local groups, utf = native.groups(regex)
  -- Where the part begins, where the separator is looked for, and where the one before ended.
  local from, at, last = 0, 0, -1
  local function step(first, ending, ...)
    if not first then
      local rest = sub(subject, from + 1)
      from = nil
      return rest
    end
    local part = sub(subject, from + 1, first - 1)
    from, at, last = ending, ending, ending
    if ending < first then at = after(subject, ending, utf) end
    if groups == 0 then return part, sub(subject, first, ending) end
    return part, ...
  end
  return function()
    if not from then return nil end
    if at > #subject then return step(nil) end
    return step(nextMatch(regex, subject, at, ef, last, utf, next_(regex, subject, at + 1, ef)))
  end
end

---Counts the matches.
---@param subject string
---@param pattern string|luvit.rex.Regex
---@param cf? integer|string
---@param ef? integer
---@param lo? string|userdata
---@return integer
function rex.count(subject, pattern, cf, ef, lo)
  subject = checkSubject(subject, 'count')
  local regex = toRegex(pattern, cf, lo, 'count')
  local _, utf = native.groups(regex)
  local total, at, last = 0, 0, -1
  while at <= #subject do
    local first, ending = next_(regex, subject, at + 1, ef)
    if not first then break end
    if ending == last then
      at = after(subject, at, utf)
    else
      total, last = total + 1, ending
      at = ending > at and ending or after(subject, at, utf)
    end
  end
  return total
end

-- Replacing -----------------------------------------------------------------------------------------------------------

-- A replacement text as a list: strings, and numbers of groups (0: the whole match).
local function readTemplate(text, groups)
  local parts, at = {}, 1
  while at <= #text do
    local percent = find(text, '%', at, true)
    if not percent then
      parts[#parts + 1] = sub(text, at)
      break
    end
    if percent > at then parts[#parts + 1] = sub(text, at, percent - 1) end
    local character = sub(text, percent + 1, percent + 1)
    local number = character:match('%d') and tonumber(character)
    if number == 1 and groups == 0 then number = 0 end
    if number and number > groups then
      error(("invalid capture index %%%d: the pattern has %d groups"):format(number, groups), 3)
    end
    parts[#parts + 1] = number or character
    at = percent + 2
  end
  return parts
end

local function fillTemplate(parts, whole, ...)
  local filled = {}
  for index = 1, #parts do
    local part = parts[index]
    if part == 0 then
      part = whole
    elseif type(part) == 'number' then
      part = select(part, ...) or ''
    end
    filled[index] = part
  end
  return concat(filled)
end

-- What a match is replaced by: a string, or nil for nothing.
local function replacementOf(value)
  if type(value) == 'string' then return value end
  if type(value) == 'number' then return tostring(value) end
  if value then error(('invalid replacement value (a %s)'):format(type(value)), 5) end
  return nil
end

---Replaces matches.
---
---In a replacement text `%0` stands for the match, `%1` to `%9` for its groups (`%1` for the match, if there are none), and
---`%` before anything else for that itself. A function is called with the captures, or the match if there are none, a
---table is asked for the first of them: a string or a number is the replacement, `false` or nil leaves the match.
---
---`n` is how many matches at most; or a function, which is called as `n(first, last, replacement)` for each match. Its
---first result says what becomes of it: `true`, the replacement; `false` or nil, nothing; a string, that. Its second
---says how to go on: nil or `false`, as until now; `true`, without asking for the rest; a number, without asking for so
---many matches.
---
---What the functions raise is passed on, and they may yield.
---@param subject string
---@param pattern string|luvit.rex.Regex
---@param replacement string|table|fun(...: string|false): any
---@param n? integer|fun(first: integer, last: integer, replacement: any): any, any
---@param cf? integer|string
---@param ef? integer
---@param lo? string|userdata
---@return string text
---@return integer matches how many were found
---@return integer replaced how many of them were replaced
function rex.gsub(subject, pattern, replacement, n, cf, ef, lo)
  subject = checkSubject(subject, 'gsub')
  local regex = toRegex(pattern, cf, lo, 'gsub')
  local groups, utf = native.groups(regex)
  local kind, template = type(replacement), nil
  if kind == 'string' or kind == 'number' then
    template = readTemplate(tostring(replacement), groups)
  elseif kind ~= 'function' and kind ~= 'table' then
    error(("bad argument 'replacement' to 'gsub' (string, table or function expected, got %s)"):format(kind), 2)
  end
  local control, limit = nil, math.huge
  if type(n) == 'function' then
    control = n
  elseif n ~= nil then
    limit = tonumber(n)
    if not limit then
      error(("bad argument 'n' to 'gsub' (number or function expected, got %s)"):format(type(n)), 2)
    end
    limit = limit < 0 and math.ceil(limit) or math.floor(limit)
  end

  local out, length = {}, 0
  local matches, replaced, at, last = 0, 0, 0, -1

  -- What the replacement gives for a match.
  local function value(whole, ...)
    if template then return fillTemplate(template, whole, ...) end
    if kind == 'table' then
      local first = whole
      if groups > 0 then first = (...) end
      return replacement[first]
    end
    if groups == 0 then return (replacement(whole)) end
    return (replacement(...))
  end

  -- Appends what stands in the place of a match, and says whether it was replaced.
  local function replace(first, ending, ...)
    local whole = sub(subject, first, ending)
    local given = value(whole, ...)
    local text = replacementOf(given)
    if text then given = text end
    local isReplaced = text ~= nil
    if control then
      local answer, more = control(first, ending, given)
      if type(answer) == 'string' or type(answer) == 'number' then
        text, isReplaced = tostring(answer), true
      elseif not answer then
        text, isReplaced = nil, false
      end
      if type(more) == 'number' then
        control, limit = nil, matches + math.max(0, more < 0 and 0 or math.floor(more))
      elseif more then
        control = nil
      end
    end
    length = length + 1
    out[length] = text or whole
    return isReplaced
  end

  -- Handles one match; false: there is no more.
  local function step(first, ending, ...)
    if not first then return false end
    if ending ~= last then
      matches, last = matches + 1, ending
      if first - 1 > at then
        length = length + 1
        out[length] = sub(subject, at + 1, first - 1)
        at = first - 1
      end
      if replace(first, ending, ...) then replaced = replaced + 1 end
      if ending > at then
        at = ending
        return true
      end
    end
    -- An empty match: the character behind it stays.
    if at >= #subject then return false end
    local behind = after(subject, at, utf)
    length = length + 1
    out[length] = sub(subject, at + 1, behind)
    at = behind
    return true
  end

  while matches < limit and at <= #subject do
    if not step(next_(regex, subject, at + 1, ef)) then break end
  end
  out[length + 1] = sub(subject, at + 1)
  return concat(out), matches, replaced
end

-- PCRE2 ---------------------------------------------------------------------------------------------------------------

---PCRE2's constants by their names without `PCRE2_`: CASELESS, UTF, NOTEMPTY, ERROR_MATCHLIMIT …
---@param target? table a new one by default
---@return table<string, integer> # `target`
rex.flags = native.flags

---How PCRE2 was built: PCRE2_CONFIG_JIT (1: it makes machine code), PCRE2_CONFIG_UNICODE_VERSION …
---@param target? table a new one by default
---@return table<string, integer|string> # `target`
rex.config = native.config

---PCRE2's version and its date.
---@return string
rex.version = native.version

return rex
