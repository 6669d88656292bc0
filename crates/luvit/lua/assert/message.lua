-- What the assertions that compare say when they fail.

local dump = require('assert/dump')

local message = {}

local MAX_INLINE = 60

---A value in lines, as many as a message may have.
---@param value any
---@return string
function message.shown(value)
  local lines, cut = dump.lines(value)
  return require('assert/diff').limited(lines, cut)
end

-- Strings that differ only somewhere: what stands around the place.
local function around(text, at)
  local first, last = math.max(1, at - 20), math.min(#text, at + 40)
  return (first > 1 and '…' or '') .. "'" .. dump.escape(text:sub(first, last), "[%c\\'\127]") .. "'"
    .. (last < #text and '…' or '')
end

local function firstDifference(a, b)
  local low, high = 0, math.min(#a, #b)
  -- Halves: comparing substrings is much faster than comparing bytes.
  while low < high do
    local middle = math.ceil((low + high) / 2)
    if a:sub(1, middle) == b:sub(1, middle) then low = middle else high = middle - 1 end
  end
  return low + 1
end

local function lines(text)
  local list = {}
  for line in (text .. '\n'):gmatch('([^\n]*)\n') do list[#list + 1] = dump.escape(line) end
  return list
end

local function compareStrings(actual, expected)
  local at = firstDifference(actual, expected)
  if actual:find('\n', 1, true) or expected:find('\n', 1, true) then
    local diff = require('assert/diff').compare(lines(actual), lines(expected))
    diff = diff or require('assert/diff').pair(around(actual, at), around(expected, at))
    return ('strings differ at byte %d\n%s'):format(at, diff)
  end
  if #actual <= MAX_INLINE and #expected <= MAX_INLINE then return end
  local pair = require('assert/diff').pair(around(actual, at), around(expected, at))
  return ('strings differ at byte %d\n%s'):format(at, pair)
end

---@param actual any
---@param expected any
---@return string
function message.notEqual(actual, expected)
  if type(actual) == 'string' and type(expected) == 'string' then
    local text = compareStrings(actual, expected)
    if text then return text end
  end
  local left, right = dump.inline(expected), dump.inline(actual)
  if type(actual) == 'table' and type(expected) == 'table' then
    return ('expected %s, got another table, %s (deepEqual compares contents)'):format(left, right)
  end
  if left == right then left, right = left .. ', a ' .. type(expected), right .. ', a ' .. type(actual) end
  return ('expected %s, got %s'):format(left, right)
end

---@param actual any
---@param expected any
---@param difference luvit.assert.difference
---@return string
function message.notDeepEqual(actual, expected, difference)
  if type(actual) ~= 'table' or type(expected) ~= 'table' then return message.notEqual(actual, expected) end
  local text = 'tables differ'
  if difference.path ~= '' then text = text .. ' at ' .. difference.path end
  if difference.why then
    text = text .. ': ' .. difference.why
  elseif type(difference.actual) ~= 'table' or type(difference.expected) ~= 'table' then
    local why = message.notEqual(difference.actual, difference.expected)
    if not why:find('\n', 1, true) then text = text .. ': ' .. why end
  end
  local diff = require('assert/diff').compare(dump.lines(actual), (dump.lines(expected)))
  -- Very large values may differ behind what was dumped: the path says where.
  return diff and text .. '\n' .. diff or text
end

return message
