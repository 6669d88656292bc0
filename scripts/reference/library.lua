-- The standard library as its pages and types show it: modules, what they export, and classes. The sources say what is
-- documented, the modules at run time say what is there.

local uv = require('uv')
local classes = require('./classes')
local exports = require('./exports')
local source = require('./source')

local library = {}

-- What `crates/luvit/lua` has besides modules for programs.
local INTERNAL = { cli = true, runtime = true, ['test-runner'] = true }

-- Written by hand, since their functions are not written in Lua.
local HANDWRITTEN = { 'globals', 'uv' }

-- Files ---------------------------------------------------------------------------------------------------------------

---The text of a file, with lines that end as they do here. Nil and the error when there is none.
---@param path string
---@return string? text, string? err
function library.readText(path)
  local file, err = io.open(path, 'rb')
  if not file then return nil, err end
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
        definition = definition, doc = definition.doc, type = definition.doc.type or definition.doc.class,
        file = module.main, line = definition.line, section = sectionOf(module.main, definition.line), module = module })
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
    local module = { name = name, files = files, main = files[1], exports = {}, classes = {}, aliases = {}, additions = {},
      variableName = camel(name), header = files[1].header }
    table.insert(lib.modules, module)
    for _, file in ipairs(files) do
      for _, entry in ipairs(file.declarations) do classes.declare(lib, module, entry) end
    end
    return module
  end

  local folder = root .. '/crates/luvit/lua'
  for _, found in ipairs(findModules(folder)) do
    local files = {}
    for index, part in ipairs(found.parts) do
      files[index] = source.read('crates/luvit/lua/' .. part .. '.lua',
        assert(library.readText(folder .. '/' .. part .. '.lua')))
      lib.files[part] = files[index]
    end
    add(found.name, files)
  end
  for _, name in ipairs(HANDWRITTEN) do
    local path = 'types/' .. name .. '.lua'
    if uv.fs_stat(root .. '/' .. path) then
      add(name, { source.read(path, assert(library.readText(root .. '/' .. path))) }).handwritten = true
    end
  end
  table.sort(lib.modules, function(a, b) return a.name < b.name end)

  for _, module in ipairs(lib.modules) do
    local last = exports.returned(module.main)
    module.variable = last and last.ref
    local className = module.main.bound[module.variable or ''] or 'luvit.' .. camel(module.name)
    module.class = lib.classes[className]
    if not module.class then
      classes.declare(lib, module, { class = className, text = {}, parents = {}, fields = {}, names = {}, operators = {},
        overloads = {} })
      module.class = lib.classes[className]
    end
  end
  for _, module in ipairs(lib.modules) do
    for _, file in ipairs(module.files) do classes.addMethods(lib, module, file) end
    for _, class in ipairs(module.classes) do
      for _, method in ipairs(class.methods) do
        local original = class.byName[method.name:gsub('Sync$', '')]
        if method.doc and original and original.form and original.doc and #original.doc.text > 0 then
          classes.describeSync(method.name, method.doc, original.name)
        end
      end
    end
  end
  for _, module in ipairs(lib.modules) do
    if module.handwritten then readHandwritten(lib, module) else exports.read(lib, module, load or require) end
  end
  return lib
end

-- What is public ------------------------------------------------------------------------------------------------------

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
      if classes.isShown(method) then visit(method.doc.names) end
    end
  end
  return found
end

return library
