-- What a Lua file defines, and the doc blocks that stand above it.

local annotation = require('./annotation')
local lexer = require('./lexer')

local source = {}

---@class Definition
---@field form 'function'|'local'|'field'|'entry'|'return' how it is written
---@field owner? string `fs` in `function fs.stat()`, the variable that a table is assigned to, `return` for one returned
---@field sep? '.'|':'
---@field name? string
---@field params? string[] of a function
---@field returns? boolean whether the function ends with a value
---@field answers? boolean whether it returns one anywhere
---@field ref? string what it is set to, when that is a name or two (`parse`, `native.parse`)
---@field line integer
---@field doc? table its annotation
---@field file table

-- Functions -----------------------------------------------------------------------------------------------------------

local OPENS = { ['function'] = true, ['if'] = true, ['do'] = true, ['repeat'] = true }
local CLOSES = { ['end'] = true, ['until'] = true }

local function is(token, text)
  return token ~= nil and token.text == text and token.kind ~= 'string'
end

-- The parameters of the function whose `(` is at `index`, and where the body begins.
local function readParams(tokens, index)
  local params = {}
  index = index + 1
  while not is(tokens[index], ')') do
    local token = tokens[index]
    if token.kind == 'name' or token.text == '...' then params[#params + 1] = token.text end
    index = index + 1
  end
  return params, index + 1
end

-- Whether the function whose body begins at `index` ends with a value, and whether it returns one anywhere.
local function readBody(tokens, index)
  local stack, functions = { 'function' }, 1
  local ends, answers = false, false
  while #stack > 0 do
    local token = tokens[index]
    if not token then error('unfinished function') end
    if token.kind == 'keyword' then
      local word = token.text
      if OPENS[word] then
        stack[#stack + 1] = word
        if word == 'function' then functions = functions + 1 end
      elseif CLOSES[word] then
        if table.remove(stack) == 'function' then functions = functions - 1 end
      elseif word == 'return' and functions == 1 then
        local after = tokens[index + 1]
        local empty = not after or CLOSES[after.text] or is(after, ';') or is(after, 'else') or is(after, 'elseif')
        if not empty then
          answers = true
          if #stack == 1 then ends = true end
        end
      end
    end
    index = index + 1
  end
  return ends, answers
end

local function readFunction(tokens, index, definition)
  local params, body = readParams(tokens, index)
  definition.params = params
  definition.returns, definition.answers = readBody(tokens, body)
end

-- Reads what stands behind a `=` or `return`.
local function readValue(tokens, index, definition)
  local token = tokens[index]
  if is(token, 'function') then
    definition.line = token.line
    readFunction(tokens, index + 1, definition)
  elseif token and token.kind == 'name' then
    local ref, after = token.text, index + 1
    while is(tokens[after], '.') do
      ref = ref .. '.' .. tokens[after + 1].text
      after = after + 2
    end
    local nextToken = tokens[after]
    local text = nextToken and nextToken.kind ~= 'string' and nextToken.text
    local continues = text and text:find('^[(%[{:+*/%%^.-]') or text == 'or' or text == 'and'
      or nextToken and nextToken.kind == 'string' or text == '==' or text == '..'
    if not continues then definition.ref = ref end
    if text == '(' and ref == 'setmetatable' and tokens[after + 1].kind == 'name' then
      definition.ref = tokens[after + 1].text
    end
  end
end

-- Files ---------------------------------------------------------------------------------------------------------------

-- Doc blocks by the line they end on. The comment that a file begins with is about the file.
local function readBlocks(comments, count)
  local blocks, lines = {}, nil
  local first = 1
  if (comments[1] or ''):find('^%-%-%-@meta') then first = 3 end
  local line = first
  while comments[line] do line = line + 1 end
  local header = {}
  for index = first, line - 1 do header[#header + 1] = (comments[index]:gsub('^%-%-+ ?', '')) end
  local sections = {}
  for index = line, count do
    local text = comments[index] and comments[index]:match('^%-%-%-([^-].*)$') or comments[index] == '---' and ''
    if text then
      lines = lines or {}
      lines[#lines + 1] = text
    elseif lines then
      blocks[index - 1], lines = lines, nil
    end
    local section = comments[index] and comments[index]:match('^%-%- (.-) %-%-%-+$')
    if section then sections[#sections + 1] = { line = index, title = section } end
  end
  if lines then blocks[count] = lines end
  return blocks, table.concat(header, '\n'), sections
end

-- Where each word first stands in the code, in strings too: the order in which a module names what its parts have.
local function readWords(tokens)
  local words = {}
  for index, token in ipairs(tokens) do
    local count = 0
    if token.kind == 'name' or token.kind == 'string' then
      for word in token.text:gmatch('[%w_]+') do
        count = count + 1
        words[word] = words[word] or index + count / 10000
      end
    end
  end
  return words
end

---Reads a file.
---@param path string
---@param text string
---@return table file its `header`, `definitions` in order, `entries` (annotations that declare classes and aliases)
function source.read(path, text)
  local tokens, comments = lexer.split(text)
  local _, count = text:gsub('\n', '\n')
  local blocks, header, sections = readBlocks(comments, count + 1)
  local file = {
    path = path, header = header, sections = sections, definitions = {}, declarations = {}, bound = {},
    words = readWords(tokens),
  }

  local used, taken, at = {}, {}, nil
  local function docAbove(line)
    local lines = blocks[line - 1]
    if not lines then return nil end
    if used[line - 1] then return used[line - 1] end
    local entries = annotation.parse(lines)
    for _, entry in ipairs(entries) do
      entry.line, entry.file = line - #lines, file
      if entry.class or entry.alias then table.insert(file.declarations, entry) end
    end
    used[line - 1] = entries[#entries]
    return used[line - 1]
  end

  local function define(form, line, owner, sep, name)
    local definition = { form = form, line = line, owner = owner, sep = sep, name = name, file = file, index = at }
    -- Of what stands in one line the block is about the first.
    if not taken[line] then definition.doc = docAbove(line) end
    taken[line] = true
    table.insert(file.definitions, definition)
    return definition
  end

  -- What each open bracket belongs to: `return`, the variable that is assigned, or nothing.
  local brackets, depth = {}, 0
  local function tableOwner(index)
    local before, more = tokens[index - 1], tokens[index - 2]
    if is(before, '(') and is(more, 'setmetatable') then before = tokens[index - 3] end
    if is(before, 'return') then return depth == 0 and 'return' end
    if is(before, '=') and more and more.kind == 'name' and not is(tokens[index - 3], '.') then return more.text end
  end

  for index, token in ipairs(tokens) do
    at = index
    local before = tokens[index - 1]
    local after = tokens[index + 1]
    if token.kind == 'keyword' and not is(before, '.') then
      -- How deep in functions and other blocks this is.
      if OPENS[token.text] then depth = depth + 1 elseif CLOSES[token.text] then depth = depth - 1 end
    end
    if token.kind == 'symbol' then
      if token.text == '{' or token.text == '(' then
        table.insert(brackets, { owner = token.text == '{' and tableOwner(index), char = token.text })
      elseif token.text == '}' or token.text == ')' then
        table.remove(brackets)
      end
    elseif is(token, 'function') and after and after.kind == 'name' then
      local isLocal = is(before, 'local')
      local owner, sep, name, stop = nil, nil, after.text, index + 2
      while is(tokens[stop], '.') or is(tokens[stop], ':') do
        owner, sep, name = owner and owner .. sep .. name or name, tokens[stop].text, tokens[stop + 1].text
        stop = stop + 2
      end
      local definition = define('function', isLocal and before.line or token.line, owner, sep, name)
      readFunction(tokens, stop, definition)
    elseif is(token, 'local') and after and after.kind == 'name' then
      local definition = define('local', token.line, nil, nil, after.text)
      if is(tokens[index + 2], '=') then readValue(tokens, index + 3, definition) end
      if definition.doc and definition.doc.class then file.bound[after.text] = definition.doc.class end
    elseif is(token, 'return') then
      if depth == 0 then
        local definition = define('return', token.line)
        readValue(tokens, index + 1, definition)
      end
    elseif token.kind == 'name' and is(after, '=') and not is(before, 'local') then
      local bracket = brackets[#brackets]
      if is(before, '.') then
        local first = tokens[index - 2]
        if not bracket and first and first.kind == 'name' and not is(tokens[index - 3], '.') then
          local definition = define('field', first.line, first.text, '.', token.text)
          readValue(tokens, index + 2, definition)
        end
      elseif bracket and bracket.char == '{' and (is(before, '{') or is(before, ',') or is(before, ';')) then
        if bracket.owner then
          local definition = define('entry', token.line, bracket.owner, '.', token.text)
          readValue(tokens, index + 2, definition)
        end
      elseif not bracket then
        local definition = define('field', token.line, nil, nil, token.text)
        readValue(tokens, index + 2, definition)
      end
    end
  end

  -- Blocks that stand alone may declare classes and aliases.
  for line in pairs(blocks) do docAbove(line + 1) end
  table.sort(file.declarations, function(a, b) return a.line < b.line end)
  return file
end

return source
