-- JSON text to and from Lua values, with dkjson 2.5's calling conventions.
--
-- Both directions are native (`luvit:json`). What differs from dkjson on purpose: commas are not
-- optional and strings hold no raw control characters; numbers are written in the shortest form
-- that reads back as the same double; NaN and the infinities are errors; indented text looks as
-- node's does; `n` beside the elements of a table is a length only as `table.pack` sets it.

local native = require('luvit:json')

---Options of `json.parse(text, options)`. With them the whole text must be one value.
---@class luvit.json.ParseOptions
---@field comments? boolean   `//` and `/* */` count as white space (default true)
---@field nullval? any        what `null` becomes (default nil)
---@field pos? integer        where the value begins (default 1)
---@field objectmeta? table|false  metatable of objects (default one with `__jsontype = 'object'`; false for none)
---@field arraymeta? table|false   metatable of arrays (default one with `__jsontype = 'array'`; false for none)
---@field utf8? boolean       refuse text that is not UTF-8, and halves of surrogate pairs (default false)
---@field max_depth? integer  containers in each other, 1 to 2000 (default 1000)

---Options of `json.stringify(value, state)`; a `__tojson` metamethod gets them as its second argument.
---@class luvit.json.State
---@field indent? boolean|integer|string  indent by two spaces (true), so many spaces, or this string
---@field beautify? boolean       the same as `indent = true`
---@field indent_string? string   what to indent by, with `indent` or `beautify`
---@field level? integer          level of indentation to begin at (default 0)
---@field keyorder? any[]         keys that come first, in this order
---@field utf8? boolean           refuse strings that are not UTF-8 (default false)
---@field max_depth? integer      tables in each other, 1 to 2000 (default 1000)
---@field buffer? string[]        append to this list and return true, instead of returning the text
---@field bufferlen? integer      its length
---@field exception? fun(reason: string, value: any, state: luvit.json.State, message: string): any, string?
---  asked what to write for a value that JSON lacks: text, `true` if it appended to `buffer` itself, or
---  nil and a message; `reason` is 'reference cycle', 'custom encoder failed', 'unsupported type',
---  'unsupported number', 'invalid UTF-8' or 'nesting too deep'

---Reads a value.
---
---Behind the value anything may follow, unless a table of options is given: the position says where.
---Escaped halves of surrogate pairs become U+FFFD. Numbers beyond the largest double are infinite.
---@param text string
---@param pos? integer|luvit.json.ParseOptions  where the value begins (default 1), or options
---@param nullval? any        what `null` becomes; by default the key or element is nil
---@param objectmeta? table   metatable of objects; nil given as an argument sets none
---@param arraymeta? table    metatable of arrays
---@return any value          nil on failure (and for `null`)
---@return integer pos        behind the value; on failure where the text is wrong
---@return string? message    set on failure only; says what was found, its line and column
local parse = native.parse

---Writes a value. Tables with the keys 1 to n are arrays (up to half of them may be nil), others
---objects; an empty table is `[]` unless its metatable has `__jsontype = 'object'`, as the tables
---have that `parse` makes of objects. `__tojson(value, state)` in a metatable returns the text
---itself, `__jsonorder` lists the keys that come first, `__pairs` is honoured.
---
---Raises for a value that JSON lacks (function, userdata, thread, NaN, infinity), a reference cycle, too deep nesting.
---@param value any
---@param state? luvit.json.State
---@return string text # or true, with `state.buffer`
local stringify = native.stringify

---The text as a JSON string, with its quotes.
---@param text string
---@return string
local quotestring = native.quotestring

---An `exception` handler that writes the message as a string.
---@param _reason string what is wrong, in two words
---@param _value any
---@param _state luvit.json.State
---@param message string
---@return string
local function encodeexception(_reason, _value, _state, message)
  return quotestring('<' .. message .. '>')
end

local function indentation(state)
  local indent = state.indent or state.beautify
  if not indent or indent == 0 or indent == '' then return nil end
  if state.indent_string then return state.indent_string end
  if type(indent) == 'number' then return (' '):rep(indent) end
  return type(indent) == 'string' and indent or '  '
end

---Appends a new line and the indentation to `state.buffer`, if the text is indented; for `__tojson`.
---@param state luvit.json.State
local function addnewline(state)
  local step = indentation(state)
  if not step then return end
  local length = (state.bufferlen or #state.buffer) + 1
  state.buffer[length] = '\n' .. step:rep(state.level or 0)
  state.bufferlen = length
end

local null = native.null

---@class luvit.json
---@field version string of dkjson, whose interface this is: `"dkjson 2.5"`
---@field original_version string the same
---@field using_lpeg boolean true, as dkjson says when it is as fast as it can be
---@field null table what `null` can be read as (`parse(text, 1, json.null)`), and is written from
local json = {
  version = 'dkjson 2.5',
  original_version = 'dkjson 2.5',
  using_lpeg = true,
  null = null,
  parse = parse,
  decode = parse,
  stringify = stringify,
  encode = stringify,
  quotestring = quotestring,
  encodeexception = encodeexception,
  addnewline = addnewline,
}

---dkjson's faster decoder; here there is one decoder only.
---@return luvit.json
function json.use_lpeg()
  return json
end

return json
