---@meta rex

-- Made by scripts/reference.lua of crates/luvit/lua/rex.lua. Change it there.

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
local rex = {}

---Compiles a pattern.
---@param pattern string
---@param cf? integer|string
---@param lo? string|userdata
---@return luvit.rex.Regex
function rex.new(pattern, cf, lo) end

---The character tables of C's locale, which `os.setlocale` sets, to compile patterns with.
---@return userdata
function rex.maketables() end

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
function rex.find(subject, pattern, init, cf, ef, lo) end

---Looks for the first match, and returns what it captures.
---@param subject string
---@param pattern string|luvit.rex.Regex
---@param init? integer where to begin, 1 by default; a negative one counts from the end
---@param cf? integer|string
---@param ef? integer
---@param lo? string|userdata
---@return string|false? ... captures, or the whole match if the pattern has none; nil: no match
function rex.match(subject, pattern, init, cf, ef, lo) end

---Goes through all matches: `for year, month in rex.gmatch(text, [[(\d+)-(\d+)]]) do`.
---@param subject string
---@param pattern string|luvit.rex.Regex
---@param cf? integer|string
---@param ef? integer
---@param lo? string|userdata
---@return fun(): string|false?, ... iterator gives the captures, or the whole match if the pattern has none
function rex.gmatch(subject, pattern, cf, ef, lo) end

---Goes through the parts of a subject between the matches of a separator. There is always one part at least.
---@param subject string
---@param separator string|luvit.rex.Regex
---@param cf? integer|string
---@param ef? integer
---@param lo? string|userdata
---@return fun(): string?, ... iterator gives a part, and the captures of the separator behind it, or the whole of it if its pattern has none; behind the last part there is none
function rex.split(subject, separator, cf, ef, lo) end

---Counts the matches.
---@param subject string
---@param pattern string|luvit.rex.Regex
---@param cf? integer|string
---@param ef? integer
---@param lo? string|userdata
---@return integer
function rex.count(subject, pattern, cf, ef, lo) end

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
function rex.gsub(subject, pattern, replacement, n, cf, ef, lo) end

---PCRE2's constants by their names without `PCRE2_`: CASELESS, UTF, NOTEMPTY, ERROR_MATCHLIMIT …
---@param target? table a new one by default
---@return table<string, integer> # `target`
function rex.flags(target) end

---How PCRE2 was built: PCRE2_CONFIG_JIT (1: it makes machine code), PCRE2_CONFIG_UNICODE_VERSION …
---@param target? table a new one by default
---@return table<string, integer|string> # `target`
function rex.config(target) end

---PCRE2's version and its date.
---@return string
function rex.version() end

return rex
