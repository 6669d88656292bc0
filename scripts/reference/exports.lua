-- What modules export: the modules at run time say what is there, their sources where it is documented.

local classes = require('./classes')

local exports = {}

-- The class that an exported table is.
local function classOf(lib, module, name)
  for _, candidate in ipairs({ module.class.name .. '.' .. name, 'luvit.' .. name }) do
    if lib.classes[candidate] then return lib.classes[candidate] end
  end
end

local function isModuleOwner(module, file, owner)
  local bound = file.bound[owner]
  if bound then return bound == module.class.name end
  return owner == module.variable or owner == 'return' and file == module.main
end

-- All definitions of a name of the module, those with a doc block first.
local function definitionsOf(module, name)
  local documented, others = {}, {}
  for _, file in ipairs(module.files) do
    for _, definition in ipairs(file.definitions) do
      if definition.name == name and definition.owner and isModuleOwner(module, file, definition.owner) then
        table.insert(definition.doc and documented or others, definition)
      end
    end
  end
  for _, definition in ipairs(others) do table.insert(documented, definition) end
  return documented
end

local function definitionAt(lib, fn)
  local info = debug.getinfo(fn, 'S')
  local file = lib.files[info.source:match('^@bundle:/deps/(.+)%.lua$') or '']
  for _, definition in ipairs(file and file.definitions or {}) do
    if definition.line == info.linedefined and definition.params then return definition end
  end
end

-- The definition with the doc block of an export, and the name it has there.
local function findDefinition(lib, module, name, value)
  for _, definition in ipairs(definitionsOf(module, name)) do
    if definition.doc then return definition end
    local target = definition.ref and classes.resolve(definition.file, definition.ref)
    if target and target.doc and not target.doc.class then return target end
  end
  local definition = type(value) == 'function' and definitionAt(lib, value)
  if definition and definition.doc then return definition end
end

local function valueType(value)
  if type(value) == 'number' and value % 1 == 0 then return 'integer' end
  return type(value)
end

local function describe(lib, module, name, value)
  local export = { name = name, value = value, module = module }
  local definition = findDefinition(lib, module, name, value)
  local field, where = classes.member(lib, module.class, name)
  if field and where ~= module.class then
    export.form, export.from, export.doc = 'inherited', where.module, field.doc or { text = { field.text } }
    return export
  end
  local class = type(value) == 'table' and classOf(lib, module, name)
  if class and not (definition and definition.doc.type) then
    export.form, export.class, export.doc = 'class', class, { text = class.text }
    export.file, export.line = class.file, class.line
    class.exportedAs = class.exportedAs or (module.variableName .. '.' .. name)
    return export
  end
  if definition and (definition.params or #definition.doc.params + #definition.doc.returns > 0
    or type(value) == 'function') then
    export.form, export.definition, export.doc = 'function', definition, definition.doc
    export.file, export.line = definition.file, definition.line
  elseif definition then
    export.form, export.definition, export.doc = 'value', definition, definition.doc
    export.type = definition.doc.type or valueType(value)
    export.file, export.line = definition.file, definition.line
  elseif field and not field.form then
    export.form, export.field, export.type, export.doc = 'value', field, field.type, { text = { field.text } }
  end
  return export
end

-- Whether an export is only another name, `timer.clearInterval = timer.clearTimeout`, whatever stands above it.
local function isRenamed(export)
  local definition = export.definition
  return definition ~= nil and definition.ref ~= nil and #definition.doc.params == 0
end

-- Which of several names of one function is its own; the others are aliases.
local function findAliases(module)
  local byValue = {}
  for _, export in ipairs(module.exports) do
    if type(export.value) == 'function' and export.form ~= 'value' then
      local list = byValue[export.value] or {}
      byValue[export.value] = list
      table.insert(list, export)
    end
  end
  for _, list in pairs(byValue) do
    local original = list[1]
    for _, export in ipairs(list) do
      local isOwn = export.definition and export.definition.name == export.name
      if isOwn and not isRenamed(export) then original = export end
    end
    for _, export in ipairs(list) do
      -- Two names with a doc block each are two functions to a reader.
      local same = not export.definition or export.definition == original.definition or isRenamed(export)
      if export ~= original and original.form and same then
        export.form, export.target, export.doc = 'alias', original, original.doc
        export.file, export.line = original.file, original.line
      end
    end
  end
end

-- In the order of the source: what belongs together stands together there. What a part has comes where the main file
-- says that it has it.
local function sortExports(module)
  local words = module.main.words
  local function placeOf(export)
    local definition = export.definition
    if definition and definition.file == module.main then return definition.index end
    return words[export.name] or words[export.name:gsub('Sync$', '')] or math.huge
  end
  table.sort(module.exports, function(a, b)
    local placeA, placeB = placeOf(a), placeOf(b)
    if placeA ~= placeB then return placeA < placeB end
    local lineA, lineB = a.line or 0, b.line or 0
    if lineA ~= lineB then return lineA < lineB end
    if (a.form == 'alias') ~= (b.form == 'alias') then return b.form == 'alias' end
    return a.name < b.name
  end)
end

---The `return` that a file ends with.
function exports.returned(file)
  local last
  for _, definition in ipairs(file.definitions) do
    if definition.form == 'return' then last = definition end
  end
  return last
end

local function isPublic(name)
  return type(name) == 'string' and name:find('^%a') ~= nil
end

-- The exports of a module that is a table: what is there, and what is documented.
local function listExports(lib, module)
  local names = {}
  for name in pairs(module.value) do
    if isPublic(name) then names[name] = true end
  end
  for _, file in ipairs(module.files) do
    for _, definition in ipairs(file.definitions) do
      local owner, name = definition.owner, definition.name
      if owner and isPublic(name) and definition.doc and isModuleOwner(module, file, owner) then names[name] = true end
    end
  end
  for _, field in ipairs(module.class.fields) do
    if isPublic(field.name) and field.visibility ~= 'private' then names[field.name] = true end
  end
  for name in pairs(names) do
    table.insert(module.exports, describe(lib, module, name, module.value[name]))
  end
  local byName = {}
  for _, export in ipairs(module.exports) do byName[export.name] = export end
  for name, export in pairs(byName) do
    local original = byName[name:gsub('Sync$', '')]
    if export.form == 'function' and original and original.doc and #original.doc.text > 0 then
      classes.describeSync(name, export.doc, module.variableName .. '.' .. original.name)
    end
  end
  -- By name first, so that which of two undocumented names is an alias does not depend on the order of `pairs`.
  table.sort(module.exports, function(a, b) return a.name < b.name end)
  findAliases(module)
  sortExports(module)
end

-- What a module adds to Lua's own libraries.
local LUA = { string = true, table = true, math = true, coroutine = true, os = true, io = true, debug = true }

local function findAdditions(module)
  for _, file in ipairs(module.files) do
    for _, definition in ipairs(file.definitions) do
      if LUA[definition.owner] and definition.form == 'function' and definition.doc then
        table.insert(module.additions, definition)
      end
    end
  end
end

---Finds what a module exports, and where that is documented.
function exports.read(lib, module, load)
  module.value = load(module.name)
  findAdditions(module)
  local last = exports.returned(module.main)
  module.returned = last
  if type(module.value) == 'function' then
    local definition = last and last.doc and last or last and last.ref and classes.resolve(module.main, last.ref)
      or definitionAt(lib, module.value)
    module.kind = 'function'
    table.insert(module.exports, { name = module.variableName, form = definition and definition.doc and 'function',
      definition = definition, doc = definition and definition.doc, file = module.main, line = 1, module = module })
  elseif last and last.doc and last.doc.type then
    module.kind, module.type = 'object', last.doc.type
  else
    module.kind = 'table'
    listExports(lib, module)
  end
end

return exports
