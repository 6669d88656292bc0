-- What the lines of a doc block say: text, and the tags of LuaLS (https://luals.github.io/wiki/annotations).

local annotation = {}

-- Types ---------------------------------------------------------------------------------------------------------------

local parseType

local function skipBlanks(text, at)
  return text:match('^%s*()', at)
end

local function expect(text, at, char)
  at = skipBlanks(text, at)
  if text:sub(at, at) ~= char then return nil end
  return at + 1
end

-- `name?: type` as in `fun(…)` and `{ … }`; the name may be a type in brackets, and a parameter may have no type.
local function parseMember(text, at, found)
  at = skipBlanks(text, at)
  local stop = text:match('^%.%.%.()', at) or text:match('^[%a_][%w_.]*%??()', at)
  if text:sub(at, at) == '[' then
    stop = parseType(text, at + 1, found)
    stop = stop and expect(text, stop, ']')
  end
  if not stop then return nil end
  local colon = expect(text, stop, ':')
  if colon then return parseType(text, colon, found) end
  -- A name alone is a parameter without a type.
  return stop
end

local function parseList(text, at, close, found, parseOne)
  local empty = expect(text, at, close)
  if empty then return empty end
  while true do
    at = parseOne(text, at, found)
    if not at then return nil end
    local stop = expect(text, at, close)
    if stop then return stop end
    at = expect(text, at, ',')
    if not at then return nil end
  end
end

local function parseResults(text, at, found)
  at = parseType(text, at, found)
  while at do
    local comma = text:match('^,%s*()', at)
    local stop = comma and parseType(text, comma, found)
    if not stop then return at end
    at = stop
  end
end

local function parseUnit(text, at, found)
  local char = text:sub(at, at)
  if char == '(' then
    at = parseType(text, at + 1, found)
    return at and expect(text, at, ')')
  elseif char == '{' then
    return parseList(text, at + 1, '}', found, parseMember)
  elseif char == '[' then
    return parseList(text, at + 1, ']', found, parseType)
  elseif char == '"' or char == "'" or char == '`' then
    local stop = text:find(char, at + 1, true)
    return stop and stop + 1
  elseif text:find('^%-?%d', at) then
    return text:match('^%-?[%d.xX%x]+()', at)
  elseif text:find('^%.%.%.', at) then
    return text:match('^%.%.%.()', at)
  elseif text:find('^fun%s*%(', at) then
    at = parseList(text, text:match('^fun%s*%(()', at), ')', found, parseMember)
    local colon = at and text:match('^%s*:%s*()', at)
    if colon then return parseResults(text, colon, found) end
    return at
  elseif text:find('^async%s+fun', at) then
    return parseUnit(text, text:match('^async%s+()', at), found)
  end
  local name, stop = text:match('^([%a_][%w_]*)()', at)
  if not name then return nil end
  while text:find('^%.[%a_]', stop) do
    local more
    more, stop = text:match('^(%.[%w_]+)()', stop)
    name = name .. more
  end
  found[#found + 1] = name
  -- LuaLS calls the type of FFI's values `ffi.cdata*`.
  if text:sub(stop, stop) == '*' then stop = stop + 1 end
  if text:sub(stop, stop) == '<' then return parseList(text, stop + 1, '>', found, parseType) end
  return stop
end

-- Returns where the type that begins at `at` ends, or nothing; the names in it are appended to `found`.
function parseType(text, at, found)
  at = skipBlanks(text, at)
  at = parseUnit(text, at, found)
  while at do
    local postfix = text:match('^%[%]()', at) or text:match('^%?()', at)
    local bar = text:match('^%s*|%s*()', at)
    if postfix then
      at = postfix
    elseif bar then
      at = parseUnit(text, bar, found)
    else
      return at
    end
  end
end

---Takes a type off the front of a text.
---@param text string
---@return string? type nil when none stands there
---@return string rest without leading blanks
---@return string[] names that the type is made of
function annotation.takeType(text)
  local names = {}
  local stop = parseType(text, 1, names)
  if not stop then return nil, text, names end
  return (text:sub(1, stop - 1):gsub('^%s+', '')), (text:sub(stop):gsub('^%s+', '')), names
end

-- Tags ----------------------------------------------------------------------------------------------------------------

-- These words begin a sentence and are not the name of a result: `---@return boolean whether it did`.
local SENTENCE = {}
for word in ('whether the a an how what when where which why who of in as if is are all any each every not nothing only '
  .. 'to for with without those these this that it its true false nil'):gmatch('%a+') do
  SENTENCE[word] = true
end

local function fault(entry, message, ...)
  table.insert(entry.faults, message:format(...))
end

local function take(entry, text, what)
  local kind, rest, names = annotation.takeType(text)
  if not kind then
    fault(entry, 'no type in %s %s', what, text)
    return 'any', text
  end
  for _, name in ipairs(names) do table.insert(entry.names, name) end
  return kind, rest
end

local function withoutMark(text)
  return (text:gsub('^#%s*', ''):gsub('^@%s*', ''))
end

local tags = {}

function tags.param(entry, rest)
  local name, optional, after = rest:match('^([%w_.]+)(%??)%s*(.*)$')
  if not name then return fault(entry, 'no name in @param %s', rest) end
  local kind, text = take(entry, after, '@param')
  local item = { name = name, type = kind, text = withoutMark(text), optional = optional == '?' }
  table.insert(entry.params, item)
  return item
end

-- `---@return string? path, string? err why` gives two results.
tags['return'] = function(entry, rest)
  local item
  repeat
    local kind, text = take(entry, rest, '@return')
    item = { type = kind }
    local name, after = text:match('^([%a_][%w_]*)(.*)$')
    if text:find('^%.%.%.') then name, after = '...', text:sub(4) end
    local comma = (after or text):match('^%s*,%s*(.*)$')
    if name and (comma or after:find('^%s*$') or after:find('^%s')) then
      item.name, text = name, after:gsub('^%s+', '')
      if SENTENCE[name] then fault(entry, "'@return %s %s' needs a name or a # before its text", kind, name) end
    end
    rest = comma
    item.text = withoutMark(comma and '' or text)
    table.insert(entry.returns, item)
  until not rest
  return item
end

function tags.field(entry, rest)
  local visibility, after = rest:match('^(%l+)%s+(.*)$')
  if visibility == 'private' or visibility == 'protected' or visibility == 'package' or visibility == 'public' then
    rest = after
  else
    visibility = nil
  end
  local name, optional, tail = rest:match('^(%b[])(%??)%s*(.*)$')
  if not name then name, optional, tail = rest:match('^([%w_]+)(%??)%s*(.*)$') end
  if not name then return fault(entry, 'no name in @field %s', rest) end
  if name:sub(1, 1) == '[' then take(entry, name:sub(2, -2), '@field') end
  local kind, text = take(entry, tail, '@field')
  local item = { name = name, type = kind, text = withoutMark(text), optional = optional == '?', visibility = visibility }
  table.insert(entry.fields, item)
  return item
end

function tags.class(entry, rest)
  rest = rest:gsub('^%b()%s*', '')
  local name, after = rest:match('^([%w_.]+)%s*(.*)$')
  entry.class, entry.parents = name, {}
  local parents = after:match('^:%s*(.*)$')
  while parents do
    local kind
    kind, after = take(entry, parents, '@class')
    table.insert(entry.parents, kind)
    parents = after:match('^,%s*(.*)$')
  end
end

function tags.alias(entry, rest)
  local name, after = rest:match('^([%w_.]+)%s*(.*)$')
  entry.alias, entry.values = name, {}
  if after ~= '' then
    local text
    entry.type, text = take(entry, after, '@alias')
    if text ~= '' then table.insert(entry.text, withoutMark(text)) end
  end
end

function tags.generic(entry, rest)
  for part in rest:gmatch('[^,]+') do
    local name, parent = part:match('^%s*([%w_]+)%s*:?%s*(.-)%s*$')
    entry.generics[name] = true
    if parent ~= '' then take(entry, parent, '@generic') end
  end
end

function tags.type(entry, rest)
  local text
  entry.type, text = take(entry, rest, '@type')
  if text ~= '' then table.insert(entry.text, withoutMark(text)) end
end

function tags.overload(entry, rest)
  take(entry, rest, '@overload')
  table.insert(entry.overloads, rest)
end

function tags.operator(entry, rest)
  local result = rest:match(':%s*([^:]*)$')
  if result then take(entry, result, '@operator') end
  table.insert(entry.operators, rest)
end

function tags.see(entry, rest) table.insert(entry.see, rest) end
function tags.private(entry) entry.hidden = true end
function tags.package(entry) entry.hidden = true end
function tags.async(entry) entry.async = true end
function tags.deprecated(entry, rest) entry.deprecated = rest end
function tags.protected() end
function tags.nodiscard() end
function tags.meta(entry) entry.meta = true end

-- Blocks --------------------------------------------------------------------------------------------------------------

local function newEntry()
  return {
    text = {}, params = {}, returns = {}, fields = {}, overloads = {}, operators = {}, see = {}, generics = {},
    names = {}, faults = {}, lines = {},
  }
end

---Reads a doc block. One block may declare several classes and aliases, an entry each; what belongs to the code below
---it is the last entry.
---@param lines string[] without their three dashes
---@return table[] entries
function annotation.parse(lines)
  local entries, entry, item = {}, newEntry(), nil
  local pending = {}
  local function begin()
    entries[#entries + 1] = entry
    entry, item = newEntry(), nil
  end
  for _, line in ipairs(lines) do
    local tag, rest = line:match('^%s*@([%a-]+)%s*(.-)%s*$')
    if tag then
      local declares = tag == 'class' or tag == 'alias'
      if declares and (entry.class or entry.alias) then
        -- The text that stands right above it is about the new one.
        local above = {}
        for index = #entry.lines - #pending + 1, #entry.lines do
          table.insert(above, entry.lines[index])
          entry.lines[index] = nil
        end
        local text = pending
        begin()
        entry.text, entry.lines = text, above
      else
        for _, textLine in ipairs(pending) do
          table.insert(item and item.more or entry.text, textLine)
        end
      end
      pending = {}
      local read = tags[tag]
      if read then
        item = read(entry, rest)
        if item then item.more = {} end
      else
        fault(entry, 'unknown tag @%s', tag)
      end
    elseif line:find('^%s*|') and entry.alias then
      local kind, text = take(entry, line:gsub('^%s*|[>+]?%s*', ''), '@alias')
      table.insert(entry.values, { type = kind, text = withoutMark(text) })
    else
      table.insert(pending, (line:gsub('^ ', '')))
    end
    table.insert(entry.lines, line)
  end
  for _, textLine in ipairs(pending) do table.insert(item and item.more or entry.text, textLine) end
  begin()
  for _, done in ipairs(entries) do
    for _, list in ipairs({ done.params, done.returns, done.fields }) do
      for _, part in ipairs(list) do
        if part.more and #part.more > 0 then
          part.text = (part.text .. ' ' .. table.concat(part.more, ' ')):gsub('%s+', ' '):gsub('^ ', ''):gsub(' $', '')
        end
        part.more = nil
      end
    end
  end
  return entries
end

return annotation
