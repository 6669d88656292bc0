-- Writes `docs/reference/NAME.md`: the page of a module, and those of `uv`, whose sections have a page each.

local annotation = require('./annotation')
local library = require('./library')
local types = require('./types')

local page = {}

-- Where things are ----------------------------------------------------------------------------------------------------

-- The anchor that a heading gets.
local function slug(heading)
  return (heading:lower():gsub('[^%w_ %-]', ''):gsub(' ', '-'))
end

local function sectionFile(title)
  return 'uv/' .. title:lower():gsub('[^%w]+', '-') .. '.md'
end

local function fileOf(module, section)
  return section and sectionFile(section) or module.name .. '.md'
end

-- From a page to another, both relative to docs/reference.
local function relative(from, to, anchor)
  if from == to then return '#' .. (anchor or '') end
  local up = from:find('/', 1, true) and '../' or ''
  if up ~= '' and to:find('^uv/') then up, to = '', to:sub(4) end
  return up .. to .. (anchor and '#' .. anchor or '')
end

local function classHeading(class)
  return class.exportedAs or class.name
end

-- What is exported may have the name of a function, but for capitals, which anchors do not tell apart.
local function classAnchor(class)
  return slug(class.exportedAs and not class.instance and 'class ' .. class.exportedAs or classHeading(class))
end

-- Text ----------------------------------------------------------------------------------------------------------------

local function newWriter(file, lib, public)
  local lines = {}
  local writer = { file = file, lib = lib, public = public, lines = lines }
  function writer.line(text, ...)
    lines[#lines + 1] = select('#', ...) > 0 and text:format(...) or text
  end
  function writer.paragraph(text)
    if lines[#lines] ~= '' then lines[#lines + 1] = '' end
    lines[#lines + 1] = text
  end
  return writer
end

local function textOf(list)
  return (table.concat(list, '\n'):gsub('^%s+', ''):gsub('%s+$', ''))
end

-- A paragraph `Events: one; another; and a third.` is easier to read as a list.
local function withEventList(text)
  return (('\n\n' .. text .. '\n\n'):gsub('\n\nEvents([^:\n]*): (.-)\n\n', function(what, paragraph)
    -- Only the sentence itself is the list.
    local sentence, rest = paragraph:match('^(.-)%.%s+(%u.*)$')
    local items = {}
    for part in ((sentence or paragraph):gsub('\n', ' ') .. ';'):gmatch('%s*(.-);') do
      items[#items + 1] = '- ' .. part:gsub('^and ', ''):gsub('%.$', '')
    end
    if #items < 3 or items[1]:sub(3, 3) ~= '`' then return nil end
    return ('\n\nEvents%s:\n\n%s\n\n%s'):format(what, table.concat(items, '\n'), rest and rest .. '\n\n' or '')
  end):gsub('^\n+', ''):gsub('\n+$', ''))
end

local function firstSentence(list)
  local text = textOf(list):gsub('\n\n.*', ''):gsub('\n', ' ')
  -- A period inside of brackets or code does not end it.
  local depth, code = 0, false
  for index = 1, #text do
    local char = text:sub(index, index)
    if char == '`' then
      code = not code
    elseif not code and char == '(' then
      depth = depth + 1
    elseif not code and char == ')' then
      depth = depth - 1
    elseif char == '.' and depth <= 0 and not code and text:find('^%s+[%u`]', index + 1) then
      return text:sub(1, index)
    end
  end
  return text
end

local function codeSpan(text)
  return text:find('`', 1, true) and '`` ' .. text .. ' ``' or '`' .. text .. '`'
end

-- The place of a class or alias, if it has one.
local function target(writer, name)
  local found = writer.public[name] and (writer.lib.classes[name] or writer.lib.aliases[name])
  if not found then return nil end
  local class = writer.lib.classes[name]
  if class == found.module.class and not found.section then return relative(writer.file, fileOf(found.module)) end
  local anchor = class and classAnchor(class) or slug(found.alias)
  return relative(writer.file, fileOf(found.module, found.section), anchor)
end

-- A type, with links to what it is made of.
local function typeText(writer, kind)
  local optional = kind:match('^(.*)%?$')
  local base = optional or kind
  local bare = base:gsub('%[%]$', '')
  if bare:find('^[%w_.]+$') then
    local place = target(writer, bare)
    return place and ('[`%s`](%s)'):format(kind, place) or codeSpan(kind)
  end
  local _, _, names = annotation.takeType(kind)
  local links, seen = {}, {}
  for _, name in ipairs(names) do
    local place = target(writer, name)
    if place and not seen[name] then
      seen[name] = true
      links[#links + 1] = ('[%s](%s)'):format(name, place)
    end
  end
  if #links == 0 then return codeSpan(kind) end
  return ('%s (%s)'):format(codeSpan(kind), table.concat(links, ', '))
end

local function described(text)
  return text ~= '' and ': ' .. text or ''
end

local function writeItem(writer, name, kind, optional, text)
  writer.line('- **`%s`**%s%s%s', name, kind and ' ' .. typeText(writer, kind) or '', optional and ', optional' or '',
    described(text))
end

-- Functions -----------------------------------------------------------------------------------------------------------

local function signature(name, definition)
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
      return writer.paragraph('Returns the object itself, or nil' .. described(item.text) .. '.')
    end
    writer.paragraph(('Returns%s %s%s'):format(name, typeText(writer, item.type), described(item.text)))
    return
  end
  writer.paragraph('Returns:')
  writer.line('')
  for index, item in ipairs(returns) do
    local name = item.name and '**`' .. item.name .. '`** ' or ''
    writer.line('%d. %s%s%s', index, name, typeText(writer, item.type), described(item.text))
  end
end

-- What follows the heading of a function.
local function writeFunction(writer, name, definition, aliases)
  local doc = definition.doc
  writer.paragraph('```lua')
  writer.line(signature(name, definition))
  for _, overload in ipairs(doc.overloads) do
    local other = overloadSignature(name, overload)
    -- Leaving out what may be left out is no other form.
    local isShorter = other and signature(name, definition):gsub('%?', ''):sub(1, #other - 1) == other:gsub('%?', ''):sub(1, -2)
    if other and not isShorter then writer.line(other) end
  end
  writer.line('```')
  local text = textOf(doc.text)
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
      writeItem(writer, param.name, not isGeneric and param.type, param.optional, param.text)
    end
  end
  writeReturns(writer, doc)
end

-- Classes and types -----------------------------------------------------------------------------------------------

local function writeFields(writer, class)
  local shown = {}
  for _, field in ipairs(class.fields) do
    local isHidden = field.visibility == 'private' or field.visibility == 'package' or field.name:sub(1, 1) == '_'
      and not field.type:find('^fun%(')
    if not isHidden then shown[#shown + 1] = field end
  end
  if #shown == 0 then return end
  writer.paragraph('Fields:')
  writer.line('')
  for _, field in ipairs(shown) do writeItem(writer, field.name, field.type, field.optional, field.text) end
end

-- Methods in the order of the source; those that begin with `_` are for subclasses and come last.
local function shownMethods(class)
  local list, late = {}, {}
  for _, method in ipairs(class.methods) do
    if library.isShown(method) and (method.params or #method.doc.params + #method.doc.returns > 0) then
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

local function writeClass(writer, class)
  local isExported = class.exportedAs and not class.instance
  writer.paragraph('### ' .. (isExported and 'Class: ' or '') .. classHeading(class))
  local facts = {}
  if #class.parents > 0 then
    local parents = {}
    for index, parent in ipairs(class.parents) do parents[index] = typeText(writer, parent) end
    facts[1] = 'Extends ' .. table.concat(parents, ' and ') .. '.'
  end
  if class.instance then
    facts[#facts + 1] = ('A global, which is a `%s`.'):format(class.name)
  elseif class.exportedAs then
    facts[#facts + 1] = ('In annotations: `%s`.'):format(class.name)
  end
  if #facts > 0 then writer.paragraph(table.concat(facts, ' ')) end
  if #class.text > 0 then writer.paragraph(withEventList(textOf(class.text))) end
  local methods, links = shownMethods(class), {}
  for index, method in ipairs(methods) do
    local full = methodName(class, method)
    links[index] = ('[`%s`](%s)'):format(full:match('[%w_]+$'), '#' .. slug(full))
  end
  if #links > 3 then writer.paragraph('Methods: ' .. table.concat(links, ' · ')) end
  writeFields(writer, class)
  for _, method in ipairs(methods) do
    local full = methodName(class, method)
    writer.paragraph('#### ' .. full)
    writeFunction(writer, full, method, methodAliases(class, method))
  end
end

local function writeAlias(writer, alias)
  writer.paragraph('### ' .. alias.alias)
  if #alias.text > 0 then writer.paragraph(textOf(alias.text)) end
  if alias.type then writer.paragraph('Stands for ' .. typeText(writer, alias.type) .. '.') end
  if #alias.values > 0 then
    writer.line('')
    for _, value in ipairs(alias.values) do writer.line('- %s%s', codeSpan(value.type), described(value.text)) end
  end
end

-- Pages ---------------------------------------------------------------------------------------------------------------

local function writeExample(writer, example)
  if not example then return end
  writer.paragraph('## Example')
  writer.paragraph('```lua')
  writer.line((example:gsub('%s+$', '')))
  writer.line('```')
end

local function cell(text)
  return (text:gsub('|', '\\|'))
end

local function overview(writer, rows)
  writer.line('')
  writer.line('| | |')
  writer.line('|---|---|')
  for _, row in ipairs(rows) do writer.line('| [`%s`](%s) | %s |', row[1], row[2], cell(row[3])) end
end

local function fullName(module, export)
  if module.kind == 'function' then return module.variableName end
  if module.name == 'globals' then return export.name end
  return module.variableName .. '.' .. export.name
end

-- The other names of an export, as code.
local function aliasesOf(module, original)
  local list = {}
  for _, export in ipairs(module.exports) do
    if export.target == original then list[#list + 1] = '`' .. fullName(module, export) .. '`' end
  end
  return list
end

local function exportsOf(module, form, section)
  local list = {}
  for _, export in ipairs(module.exports) do
    if export.form == form and (not section or export.section == section) then list[#list + 1] = export end
  end
  return list
end

local function writeFunctions(writer, module, list)
  for _, export in ipairs(list) do
    local name = fullName(module, export)
    writer.paragraph('### ' .. name)
    writeFunction(writer, name, export.definition, aliasesOf(module, export))
    -- In `uv` methods are functions too; the example of how to call them is all that is to be said.
    if export.methodForm then writer.paragraph(('As a method: `%s`.'):format(export.methodForm)) end
  end
end

-- Classes that are exported or have methods, and records and aliases.
local function split(module, public, section)
  local classes, records = {}, {}
  for _, class in ipairs(module.classes) do
    if public[class.name] and class ~= module.class and not class.hidden and (not section or class.section == section) then
      local isClass = not module.handwritten and (class.exportedAs or #shownMethods(class) > 0)
      table.insert(isClass and classes or records, class)
    end
  end
  -- As they are exported, then the others.
  local place = {}
  for index, export in ipairs(module.exports) do
    if export.class then place[export.class] = place[export.class] or index end
  end
  table.sort(classes, function(a, b)
    local placeA, placeB = place[a] or math.huge, place[b] or math.huge
    if placeA ~= placeB then return placeA < placeB end
    return a.order < b.order
  end)
  return classes, records
end

local function writeRecords(writer, module, records, section)
  local aliases = {}
  for _, alias in ipairs(module.aliases) do
    if writer.public[alias.alias] and (not section or alias.section == section) then aliases[#aliases + 1] = alias end
  end
  if #records + #aliases == 0 then return end
  writer.paragraph('## Types')
  for _, class in ipairs(records) do
    writer.paragraph('### ' .. classHeading(class))
    if #class.parents > 0 then writer.paragraph('Extends ' .. typeText(writer, class.parents[1]) .. '.') end
    if #class.text > 0 then writer.paragraph(textOf(class.text)) end
    writeFields(writer, class)
  end
  for _, alias in ipairs(aliases) do writeAlias(writer, alias) end
end

local function writeValues(writer, module, values)
  if #values == 0 then return end
  writer.paragraph('## Values')
  writer.line('')
  for _, export in ipairs(values) do
    local text = textOf(export.doc.text):gsub('\n\n', ' '):gsub('\n', ' ')
    writeItem(writer, fullName(module, export), export.type, false, text)
  end
end

-- What another module has is here too.
local function writeInherited(writer, module)
  local byModule, order = {}, {}
  for _, export in ipairs(module.exports) do
    if export.form == 'inherited' then
      if not byModule[export.from] then
        byModule[export.from] = {}
        order[#order + 1] = export.from
      end
      table.insert(byModule[export.from], '`' .. export.name .. '`')
    end
  end
  for _, from in ipairs(order) do
    table.sort(byModule[from])
    writer.paragraph(('And what [%s](%s.md) has: %s.'):format(from.name, from.name, table.concat(byModule[from], ', ')))
  end
end

local function writeOverview(writer, module, functions, classes)
  local rows = {}
  for _, export in ipairs(functions) do
    rows[#rows + 1] = { fullName(module, export), '#' .. slug(fullName(module, export)), firstSentence(export.doc.text) }
  end
  for _, class in ipairs(classes) do
    rows[#rows + 1] = { classHeading(class), '#' .. classAnchor(class), firstSentence(class.text) }
  end
  if #rows > 1 then overview(writer, rows) end
end

---The page of a module.
---@param lib table
---@param module table
---@param example? string
---@return string
function page.module(lib, module, example)
  local writer = newWriter(fileOf(module), lib, lib.public)
  writer.line('# ' .. module.name)
  writer.paragraph(module.header)
  -- What is there without it needs no `require`.
  local isGlobal = module.name == 'globals'
  for _, class in ipairs(module.classes) do isGlobal = isGlobal or class.instance == module.name end
  if not isGlobal then
    writer.paragraph('```lua')
    writer.line("local %s = require('%s')", module.variableName, module.name)
    writer.line('```')
  end
  local functions, values = exportsOf(module, 'function'), exportsOf(module, 'value')
  local classes, records = split(module, lib.public)
  writeOverview(writer, module, module.kind == 'function' and {} or functions, classes)
  writeExample(writer, example)
  if module.kind == 'object' then
    writer.paragraph(('The module is one object: %s.'):format(typeText(writer, module.type)))
  end
  if module.kind == 'function' and functions[1] then
    writer.paragraph('## The function')
    writeFunction(writer, module.variableName, functions[1].definition)
  elseif #functions > 0 then
    writer.paragraph('## Functions')
    writeFunctions(writer, module, functions)
  end
  writeInherited(writer, module)
  writeValues(writer, module, values)
  if #classes > 0 then writer.paragraph('## Classes') end
  for _, class in ipairs(classes) do writeClass(writer, class) end
  writeRecords(writer, module, records)
  return table.concat(writer.lines, '\n') .. '\n'
end

-- How the functions of `uv` look as methods: `tcp:bind(addr, port)`.
local function methodForms(module)
  local forms = {}
  for _, class in ipairs(module.classes) do
    for _, method in ipairs(class.methods) do
      local name = method.doc and method.doc.see[1] and method.doc.see[1]:match('^uv%.([%w_]+)$')
      if name and not forms[name] then
        local object = class.name:gsub('^l?uv_', ''):gsub('_t$', ''):gsub('_ctx$', '')
        forms[name] = signature(object .. ':' .. method.name, method)
      end
    end
  end
  return forms
end

---The pages of `uv`: one with the list of everything, and one a section.
---@param lib table
---@param module table
---@param example? string
---@return table<string, string> pages by file name, relative to docs/reference
function page.uv(lib, module, example)
  local pages = {}
  local forms = methodForms(module)
  for _, export in ipairs(module.exports) do export.methodForm = forms[export.name] end
  local index = newWriter('uv.md', lib, lib.public)
  index.line('# uv')
  index.paragraph(module.header)
  writeExample(index, example)
  for _, section in ipairs(module.main.sections) do
    local file = sectionFile(section.title)
    local writer = newWriter(file, lib, lib.public)
    writer.line('# uv: ' .. section.title)
    writer.paragraph('Part of [uv](../uv.md).')
    local functions = exportsOf(module, 'function', section.title)
    local _, records = split(module, lib.public, section.title)
    index.paragraph(('## [%s](%s)'):format(section.title, file))
    local names = {}
    for _, export in ipairs(functions) do
      local name = fullName(module, export)
      names[#names + 1] = ('[`%s`](%s)'):format(name, relative('uv.md', file, slug(name)))
    end
    for _, class in ipairs(records) do
      names[#names + 1] = ('[`%s`](%s)'):format(class.name, relative('uv.md', file, slug(class.name)))
    end
    for _, alias in ipairs(module.aliases) do
      if alias.section == section.title and lib.public[alias.alias] then
        names[#names + 1] = ('[`%s`](%s)'):format(alias.alias, relative('uv.md', file, slug(alias.alias)))
      end
    end
    index.paragraph(table.concat(names, ' · '))
    writeOverview(writer, module, functions, {})
    writeFunctions(writer, module, functions)
    writeRecords(writer, module, records, section.title)
    pages[file] = table.concat(writer.lines, '\n') .. '\n'
  end
  pages['uv.md'] = table.concat(index.lines, '\n') .. '\n'
  return pages
end

---The list of all modules.
---@param lib table
---@return string
function page.index(lib)
  local writer = newWriter('README.md', lib, lib.public)
  writer.line('# The standard library')
  writer.paragraph([[A page for each module, made from the annotations in its source by `luvit scripts/reference.lua`. Editors show the
same while you type: [how to set one up](../editor.md).]])
  writer.paragraph([[In examples, what follows `-->` is what the line prints. A parameter with a `?` may be left out or `nil`; a type with
a `?` may be `nil`. A function that fails returns `nil`, the text of the error and its code (`"ENOENT"`), a callback gets
the error first, and wrong arguments raise an error, unless the page says otherwise.]])
  local rows = {}
  for _, module in ipairs(lib.modules) do
    rows[#rows + 1] = { module.name, module.name .. '.md', firstSentence({ module.header }) }
  end
  overview(writer, rows)
  return table.concat(writer.lines, '\n') .. '\n'
end

return page
