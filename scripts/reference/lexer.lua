-- The words of Lua source, and its comments by line.

local lexer = {}

local KEYWORDS = {}
for word in ('and break do else elseif end false for function goto if in local nil not or repeat return then true '
  .. 'until while'):gmatch('%a+') do
  KEYWORDS[word] = true
end

local function countLines(text)
  local _, count = text:gsub('\n', '')
  return count
end

-- Where the quoted string that begins at `at` ends.
local function quotedEnd(text, at)
  local quote = text:sub(at, at)
  local index = at + 1
  while index <= #text do
    local char = text:sub(index, index)
    if char == '\\' then
      index = index + 1
    elseif char == quote then
      return index
    end
    index = index + 1
  end
  error('unfinished string')
end

-- Where the long bracket that begins at `at` ends, if one does.
local function longEnd(text, at)
  local level = text:match('^%[(=*)%[', at)
  if not level then return nil end
  local _, stop = text:find(']' .. level .. ']', at, true)
  return stop or error('unfinished long bracket')
end

---Splits source text.
---@param text string
---@return { kind: 'name'|'keyword'|'string'|'number'|'symbol', text: string, line: integer }[] tokens
---@return table<integer, string> comments by line: those that have the line for themselves, with their dashes
function lexer.split(text)
  local tokens, comments = {}, {}
  local at, line, busy = 1, 1, 0
  if text:sub(1, 1) == '#' then at = text:find('\n', 1, true) or #text + 1 end
  local function add(kind, stop)
    tokens[#tokens + 1] = { kind = kind, text = text:sub(at, stop), line = line }
    line = line + countLines(text:sub(at, stop))
    busy = line
    at = stop + 1
  end
  while at <= #text do
    local char = text:sub(at, at)
    if char == '\n' then
      line, at = line + 1, at + 1
    elseif char:find('%s') then
      at = at + 1
    elseif text:sub(at, at + 1) == '--' then
      local stop = longEnd(text, at + 2)
      if stop then
        line = line + countLines(text:sub(at, stop))
      else
        stop = (text:find('\n', at, true) or #text + 1) - 1
        if busy ~= line then comments[line] = (text:sub(at, stop):gsub('%s+$', '')) end
      end
      at = stop + 1
    elseif char:find('[%a_]') then
      local _, stop = text:find('^[%w_]+', at)
      add(KEYWORDS[text:sub(at, stop)] and 'keyword' or 'name', stop)
    elseif char:find('%d') or text:find('^%.%d', at) then
      local _, stop = text:find('^[%w.]+', at)
      if text:find('^[eEpP]', stop) then _, stop = text:find('^[%w.]+[+-]?%w*', at) end
      add('number', stop)
    elseif char == '"' or char == "'" then
      add('string', quotedEnd(text, at))
    else
      local stop = longEnd(text, at)
      if stop then
        add('string', stop)
      else
        local _, last = text:find('^%.%.%.?', at)
        last = last or select(2, text:find('^[=~<>]=', at)) or select(2, text:find('^::', at)) or at
        add('symbol', last)
      end
    end
  end
  return tokens, comments
end

return lexer
