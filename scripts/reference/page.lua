-- Writes `docs/reference/NAME.md`: the page of a module, and those of `uv`, whose sections have a page each.

local markdown = require('./markdown')
local members = require('./members')

local page = {}

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
  for _, row in ipairs(rows) do writer.line('| [`%s`](%s)%s | %s |', row[1], row[2], row.more or '', cell(row[3])) end
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
    members.writeFunction(writer, name, export.definition, aliasesOf(module, export))
    -- In `uv` methods are functions too; the example of how to call them is all that is to be said.
    if export.methodForm then writer.paragraph(('As a method: `%s`.'):format(export.methodForm)) end
  end
end

-- Classes that are exported or have methods, and records and aliases.
local function split(module, public, section)
  local classes, records = {}, {}
  for _, class in ipairs(module.classes) do
    local isHere = public[class.name] and class ~= module.class and not class.hidden
    if isHere and (not section or class.section == section) then
      local isClass = not module.handwritten and (class.exportedAs or #members.shownMethods(class) > 0)
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
    writer.paragraph('### ' .. markdown.classHeading(class))
    if #class.parents > 0 then writer.paragraph('Extends ' .. markdown.typeText(writer, class.parents[1]) .. '.') end
    if #class.text > 0 then writer.paragraph(markdown.textOf(class.text)) end
    members.writeFields(writer, class)
  end
  for _, alias in ipairs(aliases) do members.writeAlias(writer, alias) end
end

local function writeValues(writer, module, values)
  if #values == 0 then return end
  writer.paragraph('## Values')
  writer.line('')
  for _, export in ipairs(values) do
    local text = markdown.textOf(export.doc.text):gsub('\n\n', ' '):gsub('\n', ' ')
    markdown.writeItem(writer, fullName(module, export), export.type, false, text)
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
    local name = fullName(module, export)
    local place = '#' .. markdown.slug(name)
    local before = rows[#rows]
    if export.doc.isDerived and before and before[1] .. 'Sync' == name then
      before.more = (', [`%s`](%s)'):format(export.name, place)
    else
      rows[#rows + 1] = { name, place, markdown.firstSentence(export.doc.text) }
    end
  end
  for _, class in ipairs(classes) do
    local place = '#' .. markdown.classAnchor(class)
    rows[#rows + 1] = { markdown.classHeading(class), place, markdown.firstSentence(class.text) }
  end
  if #rows > 1 then overview(writer, rows) end
end

---The page of a module.
---@param lib table
---@param module table
---@param example? string
---@return string
function page.module(lib, module, example)
  local writer = markdown.newWriter(markdown.fileOf(module), lib)
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
    writer.paragraph(('The module is one object: %s.'):format(markdown.typeText(writer, module.type)))
  end
  if module.kind == 'function' and functions[1] then
    writer.paragraph('## The function')
    members.writeFunction(writer, module.variableName, functions[1].definition)
  elseif #functions > 0 then
    writer.paragraph('## Functions')
    writeFunctions(writer, module, functions)
  end
  if #module.additions > 0 then writer.paragraph('## Additions to Lua') end
  for _, addition in ipairs(module.additions) do
    local name = addition.owner .. '.' .. addition.name
    writer.paragraph('### ' .. name)
    members.writeFunction(writer, name, addition)
  end
  writeInherited(writer, module)
  writeValues(writer, module, values)
  if #classes > 0 then writer.paragraph('## Classes') end
  for _, class in ipairs(classes) do members.writeClass(writer, class) end
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
        forms[name] = members.signature(object .. ':' .. method.name, method)
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
  local index = markdown.newWriter('uv.md', lib)
  index.line('# uv')
  index.paragraph(module.header)
  writeExample(index, example)
  for _, section in ipairs(module.main.sections) do
    local file = markdown.sectionFile(section.title)
    local writer = markdown.newWriter(file, lib)
    writer.line('# uv: ' .. section.title)
    writer.paragraph('Part of [uv](../uv.md).')
    local functions = exportsOf(module, 'function', section.title)
    local _, records = split(module, lib.public, section.title)
    index.paragraph(('## [%s](%s)'):format(section.title, file))
    local names = {}
    for _, export in ipairs(functions) do
      local name = fullName(module, export)
      names[#names + 1] = ('[`%s`](%s)'):format(name, markdown.relative('uv.md', file, markdown.slug(name)))
    end
    for _, class in ipairs(records) do
      names[#names + 1] = ('[`%s`](%s)'):format(class.name, markdown.relative('uv.md', file, markdown.slug(class.name)))
    end
    for _, alias in ipairs(module.aliases) do
      if alias.section == section.title and lib.public[alias.alias] then
        local place = markdown.relative('uv.md', file, markdown.slug(alias.alias))
        names[#names + 1] = ('[`%s`](%s)'):format(alias.alias, place)
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
  local writer = markdown.newWriter('README.md', lib)
  writer.line('# The standard library')
  writer.paragraph([[A page for each module, made from the annotations in its source by `luvit scripts/reference.lua`.
Editors show the same while you type: [how to set one up](../editor.md).]])
  writer.paragraph([[In examples, what follows `-->` is what the line prints. A parameter with a `?` may be left out or
`nil`; a type with a `?` may be `nil`. A function that fails returns `nil`, the text of the error and its code (`"ENOENT"`), a callback gets
the error first, and wrong arguments raise an error, unless the page says otherwise.]])
  local rows = {}
  for _, module in ipairs(lib.modules) do
    rows[#rows + 1] = { module.name, module.name .. '.md', markdown.firstSentence({ module.header }) }
  end
  overview(writer, rows)
  return table.concat(writer.lines, '\n') .. '\n'
end

return page
