---@meta lpeg

-- Made by scripts/reference.lua of crates/luvit/lua/lpeg.lua. Change it there.

-- Patterns made of patterns: LPeg 1.1.0, parsing expression grammars for Lua, as Roberto Ierusalimschy wrote it.
--
-- A pattern is a value. `lpeg.P` makes one of a string, a number or a table, operators join them, and captures say what a
-- match gives. Wherever a pattern is expected, what `lpeg.P` takes does as well. With patterns `p` and `q`:
--
-- | | matches |
-- |---|---|
-- | `p * q` | `p`, then `q` |
-- | `p + q` | `p`, or if that fails `q`: the first that fits is taken for good |
-- | `p - q` | `p` where `q` does not match |
-- | `p ^ n` | `p` at least `n` times, as often as it can be; with a negative number at most `-n` times |
-- | `-p` | nothing, where `p` does not match |
-- | `#p` | nothing, where `p` matches |
-- | `p / x` | `p`; its captures go to the function `x`, are looked up in the table `x`, fill the string `x` (`%0` to `%9`), or are picked by the number `x` |
-- | `p % f` | `p`; the capture before it becomes `f(capture, captures of p)` |
--
-- A match begins at one place and looks nowhere else; it costs no more than its grammar says, and nothing is tried again
-- behind one's back. `re` has a notation that is nearer to regular expressions. LPeg's own manual, which explains all of
-- this at length, is at https://www.inf.puc-rio.br/~roberto/lpeg/.
--
-- A pattern is a program: do not build one of what a stranger sends. What a stranger sends can be matched against one:
-- recursion in it is limited (`lpeg.setmaxstack`), and an error is raised beyond that.

---What `lpeg.P` takes: a pattern, a text to match, a number of characters, a boolean, a grammar, or a function.
---@alias luvit.lpeg.Like luvit.lpeg.Pattern|string|integer|boolean|table|function

---A pattern; it is not changed by what is made of it.
---@class luvit.lpeg.Pattern: userdata
---@field match fun(self: luvit.lpeg.Pattern, subject: string, init?: integer, ...: any): ... as `lpeg.match`
---@operator mul(luvit.lpeg.Like): luvit.lpeg.Pattern
---@operator add(luvit.lpeg.Like): luvit.lpeg.Pattern
---@operator sub(luvit.lpeg.Like): luvit.lpeg.Pattern
---@operator pow(integer): luvit.lpeg.Pattern
---@operator div(string|number|table|function): luvit.lpeg.Pattern
---@operator mod(function): luvit.lpeg.Pattern
---@operator unm: luvit.lpeg.Pattern
---@operator len: luvit.lpeg.Pattern

---@class luvit.lpeg
---@field version string `"LPeg 1.1.0"`
local lpeg = {}

---Makes a pattern: a string matches itself, a number that many characters (a negative one, where so many are not left),
---`true` always and `false` never. A table is a grammar: its fields are rules, `lpeg.V(name)` stands for one, and
---`table[1]` is the first rule or its name. A function is called at match time as `fn(subject, position)`, and answers as
---one of `lpeg.Cmt` does.
---
---Raises for a grammar that could go on for ever: a rule that comes to itself without a character in between, or a
---repetition of what may be empty.
---@param value luvit.lpeg.Like
---@return luvit.lpeg.Pattern
function lpeg.P(value) end

---Matches one character of a set.
---@param characters string
---@return luvit.lpeg.Pattern
function lpeg.S(characters) end

---Matches one character (byte) of one of the ranges: `lpeg.R('az', '09')`.
---@param ... string of two characters each, the first and the last
---@return luvit.lpeg.Pattern
function lpeg.R(...) end

---Matches one character of UTF-8 text, from one code point to another.
---@param first integer
---@param last integer
---@return luvit.lpeg.Pattern
function lpeg.utfR(first, last) end

---Stands for a rule of the grammar around it.
---@param rule any its key in the grammar
---@return luvit.lpeg.Pattern
function lpeg.V(rule) end

---Matches nothing, where what is before matches the pattern, which must have a fixed length (255 at most) and no captures.
---@param pattern luvit.lpeg.Like
---@return luvit.lpeg.Pattern
function lpeg.B(pattern) end

---Gives the text that matched, and then the captures within.
---@param pattern luvit.lpeg.Like
---@return luvit.lpeg.Pattern
function lpeg.C(pattern) end

---Matches nothing and gives an argument of the match: the first is the one behind `init`.
---@param index integer
---@return luvit.lpeg.Pattern
function lpeg.Carg(index) end

---Matches nothing and gives what the nearest group of that name before it has captured.
---@param name any
---@return luvit.lpeg.Pattern
function lpeg.Cb(name) end

---Matches nothing and gives these values.
---@param ... any
---@return luvit.lpeg.Pattern
function lpeg.Cc(...) end

---Folds captures into one: `fn(fn(first, second), third)`. `p % fn` does the same with less to go wrong.
---@param pattern luvit.lpeg.Like
---@param fn fun(value: any, ...: any): any
---@return luvit.lpeg.Pattern
function lpeg.Cf(pattern, fn) end

---Makes one capture of all within; with a name it gives nothing by itself, but is there for `lpeg.Cb` and is a field of
---the table of `lpeg.Ct`.
---@param pattern luvit.lpeg.Like
---@param name? any
---@return luvit.lpeg.Pattern
function lpeg.Cg(pattern, name) end

---Matches nothing and gives the position.
---@return luvit.lpeg.Pattern
function lpeg.Cp() end

---Gives the text that matched, in which what captures within gave stands in the place of what they matched.
---@param pattern luvit.lpeg.Like
---@return luvit.lpeg.Pattern
function lpeg.Cs(pattern) end

---Gives a table with all captures within; named groups are its fields.
---@param pattern luvit.lpeg.Like
---@return luvit.lpeg.Pattern
function lpeg.Ct(pattern) end

---Asks a function at once, while the match is under way: `fn(subject, position, captures…)`. It answers with the position
---to go on at (not before where it is), `true` for here, or `false` or nil when there is no match, and with what is
---captured. All other functions are called at the end, and only when the whole pattern matched.
---@param pattern luvit.lpeg.Like
---@param fn fun(subject: string, position: integer, ...: any): integer|boolean?, ...
---@return luvit.lpeg.Pattern
function lpeg.Cmt(pattern, fn) end

---Matches a pattern at a position of the subject, there and nowhere else.
---
---Raises when recursion goes deeper than `lpeg.setmaxstack` allows, and what the pattern's functions raise.
---@param pattern luvit.lpeg.Like
---@param subject string
---@param init? integer where, 1 by default; a negative one counts from the end
---@param ... any for `lpeg.Carg`
---@return any ... the captures, or the position behind the match when there are none; nil: no match
function lpeg.match(pattern, subject, init, ...) end

---Whether a value is a pattern.
---@param value any
---@return 'pattern'? kind
function lpeg.type(value) end

---Adds patterns for the classes of C's locale to a table: `alnum`, `alpha`, `cntrl`, `digit`, `graph`, `lower`, `print`,
---`punct`, `space`, `upper` and `xdigit`.
---@param target? table a new one by default
---@return table<string, luvit.lpeg.Pattern> # `target`
function lpeg.locale(target) end

---Sets how deep the rules of a grammar, and choices, may be in each other during a match: 400 by default, for all patterns.
---@param limit integer
function lpeg.setmaxstack(limit) end

---LPeg's own aid to its author. It raises an error, as in every build that is not made for that.
---@param pattern luvit.lpeg.Like
function lpeg.ptree(pattern) end

---As `lpeg.ptree`.
---@param pattern luvit.lpeg.Like
function lpeg.pcode(pattern) end

return lpeg
