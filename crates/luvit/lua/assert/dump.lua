-- The text of values for the messages of assertions: stable, an entry a line, and never endless.

local dump = {}

local MAX_LINES, MAX_DEPTH, MAX_STRING, MAX_INLINE = 4000, 50, 400, 160

local order = { number = 1, string = 2, boolean = 3 }

local function isBefore(a, b)
  local left, right = order[type(a)] or 4, order[type(b)] or 4
  if left ~= right then return left < right end
  if left <= 2 then return a < b end
  return tostring(a) < tostring(b)
end

---The keys of a table: those of the list in their order, then the others, numbers and strings sorted.
---@param value table
---@return any[] keys, integer length of the list
function dump.sortedKeys(value)
  local keys, length = {}, 0
  while rawget(value, length + 1) ~= nil do
    length = length + 1
    keys[length] = length
  end
  local others = {}
  for key in next, value do
    if not (type(key) == 'number' and key >= 1 and key <= length and key % 1 == 0) then others[#others + 1] = key end
  end
  table.sort(others, isBefore)
  for i = 1, #others do keys[length + i] = others[i] end
  return keys, length
end

local named = { [9] = '\\t', [10] = '\\n', [13] = '\\r', [92] = '\\\\', [39] = "\\'" }

local function escapeByte(char)
  return named[char:byte()] or ('\\%03d'):format(char:byte())
end

---A string without what a terminal would act on. Valid UTF-8 stays as it is.
---@param text string
---@param pattern? string what to escape
---@return string
function dump.escape(text, pattern)
  text = text:gsub(pattern or '[%c\127]', escapeByte)
  if text:find('[\128-\255]') and not utf8.len(text) then text = text:gsub('[\128-\255]', escapeByte) end
  return text
end

local function quote(text)
  local size = #text
  if size <= MAX_STRING then return "'" .. dump.escape(text, "[%c\\'\127]") .. "'" end
  return ("'%s'… (%d bytes)"):format(dump.escape(text:sub(1, MAX_STRING), "[%c\\'\127]"), size)
end

local function number(value)
  if value ~= value then return 'nan' end
  if value % 1 == 0 and value > -1e15 and value < 1e15 then return ('%d'):format(value) end
  local short = ('%.14g'):format(value)
  return tonumber(short) == value and short or ('%.17g'):format(value)
end

local function scalar(value)
  if type(value) == 'string' then return quote(value) end
  if type(value) == 'number' then return number(value) end
  local ok, text = pcall(tostring, value)
  return ok and dump.escape(tostring(text)) or type(value)
end

local function isName(key)
  return type(key) == 'string' and key:find('^[%a_][%w_]*$') and #key <= MAX_STRING
end

---How a key is written behind a value.
---@param key any
---@return string `.name` or `[key]`
function dump.key(key)
  if isName(key) then return '.' .. key end
  return '[' .. (type(key) == 'table' and 'table' or scalar(key)) .. ']'
end

-- What a value of a class says of itself for a reader, as `pretty-print` shows it.
local function inspected(value, metatable)
  local inspect = type(metatable) == 'table' and rawget(metatable, '__inspect')
  if not inspect then return nil end
  local ok, text = pcall(inspect, value)
  return ok and type(text) == 'string' and dump.escape(text) or nil
end

-- Writes the value with `first` in front of it and `last` behind it.
local function write(state, value, first, last, depth)
  local lines = state.lines
  if #lines >= MAX_LINES then
    state.cut = true
    return
  end
  local indent = ('  '):rep(depth)
  if type(value) ~= 'table' then
    lines[#lines + 1] = indent .. first .. scalar(value) .. last
    return
  end
  local metatable = debug.getmetatable(value)
  local text = inspected(value, metatable)
  if text then
    lines[#lines + 1] = indent .. first .. text .. last
    return
  end
  if state.open[value] then
    lines[#lines + 1] = ('%s%s(the table %d levels up)%s'):format(indent, first, depth - state.open[value], last)
    return
  end
  if depth >= MAX_DEPTH then
    lines[#lines + 1] = indent .. first .. '{ … }' .. last
    return
  end
  if next(value) == nil and not metatable then
    lines[#lines + 1] = indent .. first .. '{}' .. last
    return
  end
  state.open[value] = depth
  lines[#lines + 1] = indent .. first .. '{'
  if metatable then lines[#lines + 1] = indent .. '  (metatable ' .. ('%p'):format(metatable) .. ')' end
  local keys, length = dump.sortedKeys(value)
  for i, key in ipairs(keys) do
    local label = ''
    if i > length then
      if isName(key) then
        label = key .. ' = '
      else
        label = '[' .. (type(key) == 'table' and dump.inline(key) or scalar(key)) .. '] = '
      end
    end
    write(state, rawget(value, key), label, ',', depth + 1)
    if state.cut then break end
  end
  lines[#lines + 1] = indent .. '}' .. last
  state.open[value] = nil
end

---The lines of a value; of a very large one those at the beginning.
---@param value any
---@return string[] lines, boolean cut whether something was left out
function dump.lines(value)
  local state = { lines = {}, open = {}, cut = false }
  write(state, value, '', '', 0)
  return state.lines, state.cut
end

---A value in one short line.
---@param value any
---@return string
function dump.inline(value)
  if type(value) ~= 'table' then return scalar(value) end
  local metatable = debug.getmetatable(value)
  -- An object that has a text of its own, an error for one.
  if metatable and type(metatable) == 'table' and rawget(metatable, '__tostring') then return scalar(value) end
  local lines = dump.lines(value)
  local text = ''
  for i, line in ipairs(lines) do
    local piece = line:gsub('^%s+', '')
    if #text + #piece > MAX_INLINE then return text .. ' … }' end
    local joined = i > 1 and ' ' or ''
    if i == #lines then text = text:gsub(',$', '') end
    text = text .. joined .. piece
  end
  return (text:gsub(', }', ' }'))
end

return dump
