---@meta re

-- Made by scripts/reference.lua of crates/luvit/lua/re.lua. Change it there.

-- LPeg's patterns written as text, near to regular expressions: `re`, by Roberto Ierusalimschy, as LPeg has it.
--
-- | | matches |
-- |---|---|
-- | `'text'`, `"text"`, `.` | the text; any character |
-- | `[a-z_]`, `[^0-9]`, `[%s]` | one character of a set; one that is not in it; of a class |
-- | `%name`, `%a`, `%d`, `%s`, `%w`, `%nl` … | the pattern of that name in `defs`, or one of Lua's classes; a line feed |
-- | `name`, `<name>` | that rule of the grammar |
-- | `p q`, `p / q` | one after the other; the first that fits |
-- | `p?`, `p*`, `p+`, `p^3`, `p^+3`, `p^-3` | none or one; any number; at least one; 3; at least, at most 3 times |
-- | `&p`, `!p` | nothing, where `p` matches; where it does not |
-- | `{p}`, `{}` | what matched; the position |
-- | `{~ p ~}`, `{\| p \|}` | the text with its captures replaced; a table of captures |
-- | `{:name: p :}`, `{: p :}`, `=name` | a named group; a group; the text of that group again |
-- | `p -> 'text'`, `p -> 2`, `p -> {}`, `p -> fn` | captures put into a text; the second; a table; through `defs.fn` |
-- | `p => fn`, `p ~> fn`, `p >> fn` | captures at match time; folded; added to the capture before |
-- | `name <- p` … | a grammar: rules, the first of which is where it begins |
--
-- Blanks mean nothing, `--` begins a comment. LPeg's own manual: https://www.inf.puc-rio.br/~roberto/lpeg/re.html.

---@class luvit.re
local re = {}

---Makes a pattern of LPeg from text. Raises for text that is no pattern: `pattern error near '…'`.
---@param text string|luvit.lpeg.Pattern
---@param defs? table<string, any> what `%name` and the functions and tables behind `->`, `=>`, `~>` and `>>` are
---@return luvit.lpeg.Pattern
function re.compile(text, defs) end

---Looks for the first place that matches.
---@param subject string
---@param pattern string|luvit.lpeg.Pattern
---@param init? integer where to begin, 1 by default
---@return integer? first nil: nowhere
---@return integer? last
function re.find(subject, pattern, init) end

---Replaces all that matches, which is looked for from the left.
---@param subject string
---@param pattern string|luvit.lpeg.Pattern
---@param replacement string|function|table|number as behind `/` in LPeg
---@return string
function re.gsub(subject, pattern, replacement) end

---Matches at a position, there and nowhere else.
---@param subject string
---@param pattern string|luvit.lpeg.Pattern
---@param init? integer where, 1 by default
---@return any ... captures, or the position behind the match when there are none; nil: no match
function re.match(subject, pattern, init) end

---Takes the classes (`%a` …) from C's locale again, after `os.setlocale`.
function re.updatelocale() end

return re
