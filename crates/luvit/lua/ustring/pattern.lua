-- Lua's patterns on lists of characters: `.` and sets match a character, however many bytes it has.
--
-- A pattern is first taken apart into items; matching then goes through them, and back where there is a choice.

local find, concat = string.find, table.concat

local pattern = {}

-- Classes know ASCII only, as in Lua: any other character is in the complements, `%A`, `%S` and so on.
local classes = {}

local function classTest(letter)
  local test = classes[letter]
  if test == nil then
    test = false
    if find('acdglpsuwxz', letter:lower(), 1, true) then
      local class, others = '^%' .. letter, letter == letter:upper()
      test = function(char)
        if #char > 1 then return others end
        return find(char, class) ~= nil
      end
    end
    classes[letter] = test
  end
  return test
end

local function any()
  return true
end

local function equals(char)
  return function(other) return other == char end
end

-- Between two characters: UTF-8 sorts as the numbers of the characters do.
local function between(low, high)
  return function(char) return low <= char and char <= high end
end

-- `%` and what follows at `i`, when it stands for one character.
local function escaped(chars, i)
  local char = chars[i]
  if not char then error("malformed pattern (ends with '%')", 0) end
  return #char == 1 and classTest(char) or equals(char)
end

-- The set that begins behind the `[` at `i`.
local function parseSet(chars, i)
  local tests = {}
  local negated = chars[i + 1] == '^'
  i = i + (negated and 2 or 1)
  local first = true
  while first or chars[i] ~= ']' do
    local char = chars[i]
    if not char then error("malformed pattern (missing ']')", 0) end
    first = false
    if char == '%' then
      tests[#tests + 1] = escaped(chars, i + 1)
      i = i + 2
    elseif chars[i + 1] == '-' and chars[i + 2] and chars[i + 2] ~= ']' then
      tests[#tests + 1] = between(char, chars[i + 2])
      i = i + 3
    else
      tests[#tests + 1] = equals(char)
      i = i + 1
    end
  end
  return function(char)
    for k = 1, #tests do
      if tests[k](char) then return not negated end
    end
    return negated
  end, i + 1
end

local QUANTIFIERS = { ['*'] = true, ['+'] = true, ['-'] = true, ['?'] = true }

-- The item at `i`, and where the next one is.
local function parseItem(chars, i)
  local char, following = chars[i], chars[i + 1]
  if char == '(' then
    if following == ')' then return { kind = 'position' }, i + 2 end
    return { kind = 'open' }, i + 1
  elseif char == ')' then
    return { kind = 'close' }, i + 1
  elseif char == '$' and not following then
    return { kind = 'end' }, i + 1
  elseif char == '%' and following == 'b' then
    local left, right = chars[i + 2], chars[i + 3]
    if not right then error('unbalanced pattern', 0) end
    return { kind = 'balance', left = left, right = right }, i + 4
  elseif char == '%' and following == 'f' then
    if chars[i + 2] ~= '[' then error("missing '[' after '%f' in pattern", 0) end
    local test, next = parseSet(chars, i + 2)
    return { kind = 'frontier', test = test }, next
  elseif char == '%' and following and find(following, '^%d$') then
    return { kind = 'back', index = tonumber(following) }, i + 2
  end
  local test, next
  if char == '.' then
    test, next = any, i + 1
  elseif char == '[' then
    test, next = parseSet(chars, i)
  elseif char == '%' then
    test, next = escaped(chars, i + 1), i + 2
  else
    test, next = equals(char), i + 1
  end
  local quantifier = chars[next]
  if not QUANTIFIERS[quantifier] then return { kind = 'one', test = test }, next end
  return { kind = quantifier, test = test }, next + 1
end

---Takes a pattern apart.
---@param chars string[] its characters
---@param first? integer where it begins, 1 by default
---@return table[] items
function pattern.parse(chars, first)
  local items, i, item = {}, first or 1, nil
  while i <= #chars do
    item, i = parseItem(chars, i)
    items[#items + 1] = item
  end
  return items
end

-- Matching ----------------------------------------------------------------------------------------------------------

local match
local kinds = {}

-- From `i` on, the characters that pass the item's test.
local function run(state, item, i)
  local chars, test, last = state.chars, item.test, i
  while chars[last] and test(chars[last]) do last = last + 1 end
  return last
end

local function longest(state, k, i, least)
  for last = run(state, state.items[k], i), i + least, -1 do
    local stop = match(state, k + 1, last)
    if stop then return stop end
  end
end

kinds['*'] = function(state, k, i)
  return longest(state, k, i, 0)
end

kinds['+'] = function(state, k, i)
  return longest(state, k, i, 1)
end

kinds['-'] = function(state, k, i)
  local chars, test = state.chars, state.items[k].test
  while true do
    local stop = match(state, k + 1, i)
    if stop then return stop end
    if not (chars[i] and test(chars[i])) then return nil end
    i = i + 1
  end
end

kinds['?'] = function(state, k, i)
  local char = state.chars[i]
  return char and state.items[k].test(char) and match(state, k + 1, i + 1) or match(state, k + 1, i)
end

function kinds.one(state, k, i)
  local char = state.chars[i]
  return char and state.items[k].test(char) and match(state, k + 1, i + 1) or nil
end

kinds['end'] = function(state, _, i)
  return i > #state.chars and i or nil
end

-- Captures: where they begin, and their length; false while they are open, true for a position.

local function begin(state, k, i, length)
  local level = state.level + 1
  state.level, state.starts[level], state.lengths[level] = level, i, length
  local stop = match(state, k + 1, i)
  if not stop then state.level = level - 1 end
  return stop
end

function kinds.open(state, k, i)
  return begin(state, k, i, false)
end

function kinds.position(state, k, i)
  return begin(state, k, i, true)
end

function kinds.close(state, k, i)
  local level = state.level
  while level > 0 and state.lengths[level] ~= false do level = level - 1 end
  if level == 0 then error('invalid pattern capture', 0) end
  state.lengths[level] = i - state.starts[level]
  local stop = match(state, k + 1, i)
  if not stop then state.lengths[level] = false end
  return stop
end

function kinds.back(state, k, i)
  local index = state.items[k].index
  local length = index <= state.level and state.lengths[index]
  if not length then error('invalid capture index', 0) end
  -- A position is no text that could occur again.
  if length == true then return nil end
  local chars, start = state.chars, state.starts[index]
  for offset = 0, length - 1 do
    if chars[i + offset] ~= chars[start + offset] then return nil end
  end
  return match(state, k + 1, i + length)
end

function kinds.balance(state, k, i)
  local chars, item = state.chars, state.items[k]
  if chars[i] ~= item.left then return nil end
  local depth = 1
  for last = i + 1, #chars do
    if chars[last] == item.right then
      depth = depth - 1
      if depth == 0 then return match(state, k + 1, last + 1) end
    elseif chars[last] == item.left then
      depth = depth + 1
    end
  end
end

function kinds.frontier(state, k, i)
  local test = state.items[k].test
  -- Before the first and behind the last character there is a zero byte.
  if not test(state.chars[i - 1] or '\0') and test(state.chars[i] or '\0') then return match(state, k + 1, i) end
end

-- From item `k` and character `i` on: the index behind the match.
function match(state, k, i)
  local items, chars = state.items, state.chars
  local item = items[k]
  -- Most items are of one character; they take no deeper call.
  while item and item.kind == 'one' do
    local char = chars[i]
    if not (char and item.test(char)) then return nil end
    k, i = k + 1, i + 1
    item = items[k]
  end
  if not item then return i end
  return kinds[item.kind](state, k, i)
end

kinds.one = nil

---@param chars string[]
---@param items table[]
---@return table state for `matchAt` and `captures`
function pattern.new(chars, items)
  return { chars = chars, items = items, level = 0, starts = {}, lengths = {} }
end

---Matches at one place.
---@param state table
---@param i integer
---@return integer? stop the index behind the match
function pattern.matchAt(state, i)
  state.level = 0
  return match(state, 1, i)
end

---The captures of the last match.
---@param state table
---@return any[] captures, integer count
function pattern.captures(state)
  local captures = {}
  for level = 1, state.level do
    local start, length = state.starts[level], state.lengths[level]
    if length == false then error('unfinished capture', 0) end
    captures[level] = length == true and start or concat(state.chars, '', start, start + length - 1)
  end
  return captures, state.level
end

---The text that `gsub` puts in place of a match, by a replacement with `%0` to `%9` and `%%`.
---@param text string
---@param whole string
---@param captures any[]
---@param count integer
---@return string
function pattern.expand(text, whole, captures, count)
  return (text:gsub('%%(.?)', function(char)
    if not find(char, '^%d$') then
      if char == '' then error("invalid use of '%' in replacement string", 0) end
      return char
    end
    local index = tonumber(char)
    if index == 0 or index == 1 and count == 0 then return whole end
    if index > count then error('invalid capture index', 0) end
    return tostring(captures[index])
  end))
end

return pattern
