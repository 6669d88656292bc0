-- Functions, classes and types on a page.

local classes = require('./classes')
local markdown = require('./markdown')
local types = require('./types')

local members = {}

-- Functions -----------------------------------------------------------------------------------------------------------

function members.signature(name, definition)
  local optional = {}
  for _, param in ipairs(definition.doc.params) do
    if param.optional or param.type:find('%?$') then optional[param.name] = true end
  end
  local shown = {}
  for index, param in ipairs((types.parameters(definition))) do
    shown[index] = param .. (optional[param] and '?' or '')
  end
  return ('%s(%s)'):format(name, table.concat(shown, ', '))
end

-- The parameters of `fun(a: T, b?: U): R`, without their types.
local function overloadSignature(name, overload)
  local inner = overload:match('^fun(%b())')
  if not inner then return nil end
  local names = {}
  local depth, start = 0, 2
  for index = 2, #inner do
    local char = inner:sub(index, index)
    if char:find('[%({%[<]') then
      depth = depth + 1
    elseif char:find('[%)}%]>]') and index < #inner then
      depth = depth - 1
    end
    if depth == 0 and char == ',' or index == #inner then
      local word = inner:sub(start, index - 1):match('^%s*([%w_.]+%??)')
      if word and word ~= 'self' then names[#names + 1] = word end
      start = index + 1
    end
  end
  return ('%s(%s)'):format(name, table.concat(names, ', '))
end

local function writeReturns(writer, doc)
  local returns = doc.returns
  if #returns == 0 then return end
  if #returns == 1 then
    local item = returns[1]
    local name = item.name and item.name ~= '...' and ' **`' .. item.name .. '`**' or ''
    -- What a generic function returns is best said in words.
    if (doc.generics[item.type] or item.type == 'self') and item.text ~= '' then
      return writer.paragraph('Returns ' .. item.text .. '.')
    elseif item.type == 'self' then
      return writer.paragraph('Returns the object itself.')
    elseif item.type == 'self?' then
      return writer.paragraph('Returns the object itself, or nil' .. markdown.described(item.text) .. '.')
    end
    local kind = markdown.typeText(writer, item.type)
    return writer.paragraph(('Returns%s %s%s'):format(name, kind, markdown.described(item.text)))
  end
  writer.paragraph('Returns:')
  writer.line('')
  for index, item in ipairs(returns) do
    local name = item.name and '**`' .. item.name .. '`** ' or ''
    writer.line('%d. %s%s%s', index, name, markdown.typeText(writer, item.type), markdown.described(item.text))
  end
end

-- What follows the heading of a function.
function members.writeFunction(writer, name, definition, aliases)
  local doc = definition.doc
  writer.paragraph('```lua')
  writer.line(members.signature(name, definition))
  for _, overload in ipairs(doc.overloads) do
    local other = overloadSignature(name, overload)
    -- Leaving out what may be left out is no other form.
    local whole, shorter = members.signature(name, definition):gsub('%?', ''), (other or ''):gsub('%?', '')
    local isShorter = whole:sub(1, #shorter - 1) == shorter:sub(1, -2)
    if other and not isShorter then writer.line(other) end
  end
  writer.line('```')
  local text = markdown.textOf(doc.text)
  if text ~= '' then writer.paragraph(text) end
  if aliases and #aliases > 0 then
    writer.paragraph('Also called ' .. table.concat(aliases, ', ') .. '.')
  end
  if doc.deprecated then writer.paragraph('Deprecated. ' .. doc.deprecated) end
  if doc.async then writer.paragraph('Waits: call it in a coroutine.') end
  local first = true
  for index, param in ipairs(doc.params) do
    if index > 1 or param.name ~= 'self' then
      if first then writer.line('') end
      first = false
      local isGeneric = doc.generics[param.type]
      markdown.writeItem(writer, param.name, not isGeneric and param.type, param.optional, param.text)
    end
  end
  writeReturns(writer, doc)
end

-- Classes and types -----------------------------------------------------------------------------------------------

function members.writeFields(writer, class)
  local shown = {}
  for _, field in ipairs(class.fields) do
    local isHidden = field.visibility == 'private' or field.visibility == 'package' or field.name:sub(1, 1) == '_'
      and not field.type:find('^fun%(')
    if not isHidden then shown[#shown + 1] = field end
  end
  if #shown == 0 then return end
  writer.paragraph('Fields:')
  writer.line('')
  for _, field in ipairs(shown) do markdown.writeItem(writer, field.name, field.type, field.optional, field.text) end
end

-- Methods in the order of the source; those that begin with `_` are for subclasses and come last.
function members.shownMethods(class)
  local list, late = {}, {}
  for _, method in ipairs(class.methods) do
    if classes.isShown(method) and (method.params or #method.doc.params + #method.doc.returns > 0) then
      table.insert(method.name:sub(1, 1) == '_' and late or list, method)
    end
  end
  for _, method in ipairs(late) do table.insert(list, method) end
  return list
end

local function methodAliases(class, original)
  local list = {}
  for _, method in ipairs(class.methods) do
    if not method.doc and method.ref and method.ref:match('[%w_]+$') == original.name then
      table.insert(list, '`' .. method.name .. '`')
    end
  end
  return list
end

-- As it is called: `Readable:push`; the constructor is `Readable:new`.
local function methodName(class, method)
  local _, isMethod = types.parameters(method)
  local short = class.instance or class.name:match('[%w_]+$')
  return short .. (isMethod and ':' or '.') .. (method.name == 'initialize' and 'new' or method.name)
end

function members.writeClass(writer, class)
  local isExported = class.exportedAs and not class.instance
  writer.paragraph('### ' .. (isExported and 'Class: ' or '') .. markdown.classHeading(class))
  local facts = {}
  if #class.parents > 0 then
    local parents = {}
    for index, parent in ipairs(class.parents) do parents[index] = markdown.typeText(writer, parent) end
    facts[1] = 'Extends ' .. table.concat(parents, ' and ') .. '.'
  end
  if class.instance then
    facts[#facts + 1] = ('A global, which is a `%s`.'):format(class.name)
  elseif class.exportedAs then
    facts[#facts + 1] = ('In annotations: `%s`.'):format(class.name)
  end
  if #facts > 0 then writer.paragraph(table.concat(facts, ' ')) end
  if #class.text > 0 then writer.paragraph(markdown.withEventList(markdown.textOf(class.text))) end
  local methods, links = members.shownMethods(class), {}
  for index, method in ipairs(methods) do
    local full = methodName(class, method)
    links[index] = ('[`%s`](%s)'):format(full:match('[%w_]+$'), '#' .. markdown.slug(full))
  end
  if #links > 3 then writer.paragraph('Methods: ' .. table.concat(links, ' · ')) end
  members.writeFields(writer, class)
  for _, method in ipairs(methods) do
    local full = methodName(class, method)
    writer.paragraph('#### ' .. full)
    members.writeFunction(writer, full, method, methodAliases(class, method))
  end
end

function members.writeAlias(writer, alias)
  writer.paragraph('### ' .. alias.alias)
  if #alias.text > 0 then writer.paragraph(markdown.textOf(alias.text)) end
  if alias.type then writer.paragraph('Stands for ' .. markdown.typeText(writer, alias.type) .. '.') end
  if #alias.values > 0 then
    writer.line('')
    for _, value in ipairs(alias.values) do
      writer.line('- %s%s', markdown.codeSpan(value.type), markdown.described(value.text))
    end
  end
end

return members
