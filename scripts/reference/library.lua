-- The standard library as its pages and types show it: modules, what they export, and classes. The sources say what is
-- documented, the modules at run time say what is there.

local uv = require('uv')
local source = require('./source')

local library = {}

-- What `crates/luvit/lua` has besides modules for programs.
local INTERNAL = { cli = true, runtime = true, ['test-runner'] = true }

-- Written by hand, since their functions are not written in Lua.
local HANDWRITTEN = { 'globals', 'uv' }

-- Files ---------------------------------------------------------------------------------------------------------------

local function readText(path)
  local file = assert(io.open(path, 'rb'))
  local text = file:read('*a'):gsub('\r\n', '\n')
  file:close()
  return text
end

---The names in a folder, sorted, with their types.
---@param path string
---@return { name: string, type: string }[]
function library.list(path)
  local entries = {}
  local request = assert(uv.fs_scandir(path))
  for name, kind in uv.fs_scandir_next, request do table.insert(entries, { name = name, type = kind }) end
  table.sort(entries, function(a, b) return a.name < b.name end)
  return entries
end

-- The files of each module, its main one first.
local function findModules(folder)
  local modules = {}
  local function moduleOf(name)
    modules[name] = modules[name] or { name = name, parts = {} }
    return modules[name]
  end
  local function walk(prefix)
    for _, entry in ipairs(library.list(folder .. '/' .. prefix)) do
      local path = prefix .. entry.name
      if entry.type == 'directory' then
        walk(path .. '/')
      elseif path:find('%.lua$') then
        local part = path:gsub('%.lua$', '')
        local name = part:match('^[^/]+')
        if not INTERNAL[name] then
          local parts = moduleOf(name).parts
          local isMain = part == name or part == name .. '/init'
          table.insert(parts, isMain and 1 or #parts + 1, part)
        end
      end
    end
  end
  walk('')
  local list = {}
  for _, found in pairs(modules) do table.insert(list, found) end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list
end

local function camel(name)
  return (name:gsub('%-(%l)', string.upper))
end

-- Classes -------------------------------------------------------------------------------------------------------------

local function declare(lib, module, entry)
  if entry.alias then
    if lib.aliases[entry.alias] then table.insert(lib.problems, 'two aliases ' .. entry.alias) end
    entry.module = module
    lib.aliases[entry.alias] = entry
    table.insert(module.aliases, entry)
    return
  end
  local class = lib.classes[entry.class]
  if not class then
    class = { name = entry.class, module = module, parents = {}, fields = {}, methods = {}, byName = {}, text = {},
      names = {}, operators = {}, overloads = {}, order = #module.classes, line = entry.line, file = entry.file }
    lib.classes[entry.class] = class
    table.insert(module.classes, class)
  end
  if entry.hidden then class.hidden = true end
  if #class.text == 0 then class.text = entry.text end
  if #class.parents == 0 then class.parents = entry.parents end
  for _, field in ipairs(entry.fields) do
    if class.byName[field.name] then
      table.insert(lib.problems, ('%s: two fields %s'):format(class.name, field.name))
    end
    class.byName[field.name] = field
    table.insert(class.fields, field)
  end
  for _, operator in ipairs(entry.operators) do table.insert(class.operators, operator) end
  for _, overload in ipairs(entry.overloads) do table.insert(class.overloads, overload) end
  for _, name in ipairs(entry.names) do table.insert(class.names, name) end
end

-- The definition that a name or two stand for in a file.
local function resolve(file, ref)
  local owner, name = ref:match('^(.*)%.([%w_]+)$')
  name = name or ref
  local found
  for _, definition in ipairs(file.definitions) do
    local matches = definition.name == name and definition.form ~= 'entry' and definition.form ~= 'return'
    if matches and definition.owner == owner and (definition.doc or not found) then
      -- A forward declaration is followed by the definition.
      if not (found and found.doc and not definition.doc) then found = definition end
    end
  end
  return found
end

-- The class that a variable stands for. The parts of a module may take a class from the others without saying which.
local function boundClass(module, file, variable)
  if file.bound[variable] then return file.bound[variable] end
  for _, class in ipairs(module.classes) do
    if class.name:match('[%w_]+$') == variable then return class.name end
  end
end

local function addMethods(lib, module, file)
  for _, definition in ipairs(file.definitions) do
    local className = definition.owner and boundClass(module, file, definition.owner)
    local class = className and lib.classes[className]
    if class and definition.name and definition.form ~= 'entry' then
      definition.class = class
      local known = class.byName[definition.name]
      if not known then
        class.byName[definition.name] = definition
        -- Functions of a module are its exports.
        if class ~= module.class then table.insert(class.methods, definition) end
      elseif known.form and definition.doc and not known.doc then
        known.doc = definition.doc
      end
    end
  end
end

---A member of a class or of one it inherits from: a field, or a definition with a doc block.
---@param lib table
---@param class table
---@param name string
---@return table? member, table? class it is of
function library.member(lib, class, name, seen)
  seen = seen or {}
  if not class or seen[class] then return nil end
  seen[class] = true
  local own = class.byName[name]
  if own and (not own.form or own.doc) then return own, class end
  if own and own.ref then
    local target = resolve(own.file, own.ref)
    if target and (target.doc or target.class) then return own, class end
  end
  for _, parent in ipairs(class.parents) do
    local found, where = library.member(lib, lib.classes[parent], name, seen)
    if found then return found, where end
  end
end

-- Exports -------------------------------------------------------------------------------------------------------------

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
    local target = definition.ref and resolve(definition.file, definition.ref)
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
  local field, where = library.member(lib, module.class, name)
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
      if export.definition and export.definition.name == export.name then original = export end
    end
    for _, export in ipairs(list) do
      -- Two names with a doc block each are two functions to a reader.
      local same = not export.definition or export.definition == original.definition
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

-- What a file returns in the end.
local function returned(file)
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
  -- By name first, so that which of two undocumented names is an alias does not depend on the order of `pairs`.
  table.sort(module.exports, function(a, b) return a.name < b.name end)
  findAliases(module)
  sortExports(module)
end

local function readModule(lib, module, load)
  module.value = load(module.name)
  local last = returned(module.main)
  module.returned = last
  if type(module.value) == 'function' then
    local definition = last and last.doc and last or last and last.ref and resolve(module.main, last.ref)
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

-- Modules whose types are written by hand ---------------------------------------------------------------------------

local function sectionOf(file, line)
  local title
  for _, section in ipairs(file.sections) do
    if section.line < line then title = section.title end
  end
  return title
end

local function readHandwritten(lib, module)
  module.handwritten, module.kind = true, 'table'
  for _, definition in ipairs(module.main.definitions) do
    local bound = definition.owner and module.main.bound[definition.owner]
    local isExport = definition.form == 'function' and (not bound or bound == module.class.name)
      or definition.form == 'field' and not definition.owner
    if isExport and definition.doc then
      local name = definition.name
      if module.name == 'globals' and definition.owner then name = definition.owner .. '.' .. name end
      table.insert(module.exports, { name = name, form = definition.form == 'function' and 'function' or 'value',
        definition = definition, doc = definition.doc, type = definition.doc.type or definition.doc.class, file = module.main,
        line = definition.line, section = sectionOf(module.main, definition.line), module = module })
    end
  end
  for _, export in ipairs(module.exports) do
    -- `process` is an object to its readers, not one of a class.
    local class = export.form == 'value' and lib.classes[export.type]
    if class and class.module ~= module and class.name:match('[%w_]+$'):lower() == export.name then
      class.exportedAs, class.instance = 'global ' .. export.name, export.name
    end
  end
  for _, class in ipairs(module.classes) do class.section = sectionOf(module.main, class.line) end
  for _, alias in ipairs(module.aliases) do alias.section = sectionOf(module.main, alias.line) end
end

---Reads the library.
---@param root string the repository
---@param load? fun(name: string): any loads a module, `require` by default
---@return table lib
function library.read(root, load)
  local lib = { root = root, modules = {}, classes = {}, aliases = {}, files = {}, problems = {} }
  local function add(name, files)
    local module = { name = name, files = files, main = files[1], exports = {}, classes = {}, aliases = {},
      variableName = camel(name), header = files[1].header }
    table.insert(lib.modules, module)
    for _, file in ipairs(files) do
      for _, entry in ipairs(file.declarations) do declare(lib, module, entry) end
    end
    return module
  end

  local folder = root .. '/crates/luvit/lua'
  for _, found in ipairs(findModules(folder)) do
    local files = {}
    for index, part in ipairs(found.parts) do
      files[index] = source.read('crates/luvit/lua/' .. part .. '.lua', readText(folder .. '/' .. part .. '.lua'))
      lib.files[part] = files[index]
    end
    add(found.name, files)
  end
  for _, name in ipairs(HANDWRITTEN) do
    local path = 'types/' .. name .. '.lua'
    if uv.fs_stat(root .. '/' .. path) then
      add(name, { source.read(path, readText(root .. '/' .. path)) }).handwritten = true
    end
  end
  table.sort(lib.modules, function(a, b) return a.name < b.name end)

  for _, module in ipairs(lib.modules) do
    local last = returned(module.main)
    module.variable = last and last.ref
    local className = module.main.bound[module.variable or ''] or 'luvit.' .. camel(module.name)
    module.class = lib.classes[className]
    if not module.class then
      declare(lib, module, { class = className, text = {}, parents = {}, fields = {}, names = {}, operators = {},
        overloads = {} })
      module.class = lib.classes[className]
    end
  end
  for _, module in ipairs(lib.modules) do
    for _, file in ipairs(module.files) do addMethods(lib, module, file) end
  end
  for _, module in ipairs(lib.modules) do
    if module.handwritten then readHandwritten(lib, module) else readModule(lib, module, load or require) end
  end
  return lib
end

-- What is public ------------------------------------------------------------------------------------------------------

---Whether a method is for users, or for those who derive from its class.
---@param definition table
---@return boolean
function library.isShown(definition)
  return definition.doc ~= nil and not definition.doc.hidden and (#definition.doc.text > 0 or definition.name == 'initialize')
end

---The classes and aliases that public annotations lead to.
---@param lib table
---@return table<string, boolean>
function library.reachable(lib)
  local found, queue = {}, {}
  local function visit(names)
    for _, name in ipairs(names) do
      if not found[name] and (lib.classes[name] or lib.aliases[name]) then
        found[name] = true
        table.insert(queue, name)
      end
    end
  end
  for _, module in ipairs(lib.modules) do
    visit({ module.class.name, module.type })
    for _, export in ipairs(module.exports) do
      if export.class then visit({ export.class.name }) end
      if export.doc then visit(export.doc.names or {}) end
      if export.field then visit(module.class.names) end
      if module.handwritten and export.type then visit({ export.type }) end
    end
  end
  while #queue > 0 do
    local name = table.remove(queue)
    local class = lib.classes[name]
    visit((class or lib.aliases[name]).names)
    for _, method in ipairs(class and class.methods or {}) do
      if library.isShown(method) then visit(method.doc.names) end
    end
  end
  return found
end

return library
