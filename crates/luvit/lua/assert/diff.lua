-- The difference of two lists of lines, for people: what was expected and is not there is marked with `-`, what is
-- there instead with `+`, with a few lines around each place. Coloured where output is a terminal.

local colorize = require('pretty-print').colorize

local diff = {}

local CONTEXT, MAX_LINES, MAX_WIDTH = 3, 80, 240
-- The table of the longest common subsequence has at most this many cells; beyond, lines are compared in pairs.
local MAX_CELLS = 1000000

local function mark(sign, line)
  if #line > MAX_WIDTH then line = line:sub(1, MAX_WIDTH) .. '…' end
  local text = '  ' .. sign .. ' ' .. line
  if sign == '-' then return colorize('err', text) end
  if sign == '+' then return colorize('string', text) end
  return (text:gsub('%s+$', ''))
end

-- The edits between `a` and `b` from `first`, up to `lastA` and `lastB`, in order: { sign, line }.
local function edits(a, b, first, lastA, lastB)
  local rows, columns = lastA - first + 1, lastB - first + 1
  local list = {}
  if rows * columns > MAX_CELLS then
    for i = first, math.max(lastA, lastB) do
      local left, right = i <= lastA and a[i], i <= lastB and b[i]
      if left == right then
        list[#list + 1] = { ' ', left }
      else
        if left then list[#list + 1] = { '-', left } end
        if right then list[#list + 1] = { '+', right } end
      end
    end
    return list
  end
  local lengths = { [rows + 1] = {} }
  for j = 1, columns + 1 do lengths[rows + 1][j] = 0 end
  for i = rows, 1, -1 do
    local row, below = {}, lengths[i + 1]
    row[columns + 1] = 0
    for j = columns, 1, -1 do
      if a[first + i - 1] == b[first + j - 1] then
        row[j] = below[j + 1] + 1
      else
        row[j] = math.max(below[j], row[j + 1])
      end
    end
    lengths[i] = row
  end
  local i, j = 1, 1
  while i <= rows or j <= columns do
    local left, right = a[first + i - 1], b[first + j - 1]
    if i <= rows and j <= columns and left == right then
      list[#list + 1] = { ' ', left }
      i, j = i + 1, j + 1
    elseif j > columns or i <= rows and lengths[i + 1][j] >= lengths[i][j + 1] then
      list[#list + 1] = { '-', left }
      i = i + 1
    else
      list[#list + 1] = { '+', right }
      j = j + 1
    end
  end
  return list
end

---Lines as a text, as many as a message may have.
---@param lines string[]
---@param cut boolean whether there were more
---@return string
function diff.limited(lines, cut)
  local shown = {}
  for i = 1, math.min(#lines, MAX_LINES) do shown[i] = mark(' ', lines[i]) end
  if #lines > MAX_LINES then
    shown[#shown + 1] = ('    … %s%d more lines'):format(cut and 'at least ' or '', #lines - MAX_LINES)
  end
  return table.concat(shown, '\n')
end

---Two short texts, one under the other.
---@param actual string
---@param expected string
---@return string
function diff.pair(actual, expected)
  return mark('-', expected) .. '\n' .. mark('+', actual)
end

---The difference of two lists of lines, or nothing if there is none.
---@param actual string[]
---@param expected string[]
---@return string?
function diff.compare(actual, expected)
  local first, lastA, lastB = 1, #expected, #actual
  while first <= lastA and first <= lastB and expected[first] == actual[first] do first = first + 1 end
  while lastA >= first and lastB >= first and expected[lastA] == actual[lastB] do
    lastA, lastB = lastA - 1, lastB - 1
  end
  if lastA < first and lastB < first then return nil end

  -- One line more than is near a change: see below.
  local list = {}
  local from, to = math.max(1, first - CONTEXT - 1), math.min(#expected, lastA + CONTEXT + 1)
  for i = from, first - 1 do list[#list + 1] = { ' ', expected[i] } end
  for _, edit in ipairs(edits(expected, actual, first, lastA, lastB)) do list[#list + 1] = edit end
  for i = lastA + 1, to do list[#list + 1] = { ' ', expected[i] } end

  -- What is far from a change is left out, but not a single line: the mark of it would take as much.
  local near = { [0] = from == 1, [#list + 1] = to == #expected }
  for i, edit in ipairs(list) do
    if edit[1] ~= ' ' then
      for j = math.max(1, i - CONTEXT), math.min(#list, i + CONTEXT) do near[j] = true end
    end
  end
  local shown, changes = { '  (- expected, + actual)' }, 0
  local isGap = false
  for i, edit in ipairs(list) do
    if #shown >= MAX_LINES then
      if edit[1] ~= ' ' then changes = changes + 1 end
    elseif near[i] or near[i - 1] and near[i + 1] and not isGap then
      shown[#shown + 1] = mark(edit[1], edit[2])
      isGap = false
    elseif not isGap then
      shown[#shown + 1] = '    …'
      isGap = true
    end
  end
  if changes > 0 then shown[#shown + 1] = ('    … %d more changed lines'):format(changes) end
  return table.concat(shown, '\n')
end

return diff
