-- What is missing or wrong in the annotations.

local classes = require('./classes')
local library = require('./library')

local BUILTIN = {}
for word in ('any nil boolean string number integer function table thread userdata lightuserdata self true false '
  .. 'unknown void fun ffi.cdata ffi.ctype'):gmatch('%S+') do
  BUILTIN[word] = true
end

local function newReport()
  local report = { problems = {} }
  function report.add(where, text, ...)
    local place = where and where.file and ('%s:%d: '):format(where.file.path, where.line) or ''
    table.insert(report.problems, place .. (select('#', ...) > 0 and text:format(...) or text))
  end
  return report
end

local function checkNames(lib, report, where, entry, what)
  for _, name in ipairs(entry.names) do
    local known = BUILTIN[name] or lib.classes[name] or lib.aliases[name] or entry.generics[name]
    if not known then report.add(where, '%s: no class or alias %s', what, name) end
  end
  for _, text in ipairs(entry.faults) do report.add(where, '%s: %s', what, text) end
end

local function checkParams(report, definition, what)
  local doc = definition.doc
  local documented = {}
  for index, param in ipairs(doc.params) do
    if index > 1 or param.name ~= 'self' then documented[#documented + 1] = param.name end
  end
  local params = definition.params
  if not params then return end
  local actual = {}
  for index, name in ipairs(params) do
    if index > 1 or name ~= 'self' then actual[#actual + 1] = name end
  end
  if table.concat(actual, ', ') ~= table.concat(documented, ', ') then
    report.add(definition, '%s(%s) is annotated as (%s)', what, table.concat(actual, ', '),
      table.concat(documented, ', '))
  end
  if definition.returns and #doc.returns == 0 then
    report.add(definition, '%s returns something, without @return', what)
  end
  -- Functions of hand-written files have no bodies.
  local hasBody = not definition.file.path:find('^types/')
  -- A subclass may return something where the original does not.
  local isHook = definition.sep == ':' and definition.name:sub(1, 1) == '_'
  if hasBody and not isHook and not definition.answers and #doc.returns > 0 then
    report.add(definition, '%s returns nothing, but has @return', what)
  end
end

local function checkFunction(lib, report, definition, what, needsText)
  local doc = definition.doc
  if needsText and #doc.text == 0 then report.add(definition, '%s has no description', what) end
  checkNames(lib, report, definition, doc, what)
  checkParams(report, definition, what)
end

-- Members that a class or its instances have of the object system.
local OBJECT = { meta = true, super = true }

local function checkClass(lib, report, export)
  local class = export.class
  if #class.text == 0 then report.add(class, '%s has no description', class.name) end
  -- A table of numbers or the like is described as a whole.
  if (class.parents[1] or ''):find('^table<') then return end
  local names = {}
  for name in pairs(export.value) do
    if type(name) == 'string' and name:sub(1, 1) ~= '_' and not OBJECT[name] then names[#names + 1] = name end
  end
  table.sort(names)
  for _, name in ipairs(names) do
    if not classes.member(lib, class, name) then
      report.add(class.byName[name] or class, '%s.%s has no annotation', class.name, name)
    end
  end
end

local function checkModule(lib, report, module)
  if module.header == '' then report.add(nil, '%s: no comment at its top', module.main.path) end
  for _, export in ipairs(module.exports) do
    local what = module.variableName .. (module.kind == 'function' and '' or '.' .. export.name)
    local isGone = module.kind == 'table' and not module.handwritten and module.value[export.name] == nil
    local isOptional = export.field and (export.field.optional or export.type:find('%?$'))
    if not export.form then
      report.add(nil, '%s: %s has no annotation', module.main.path, what)
    elseif isGone and not isOptional then
      report.add(export, '%s is annotated but not there', what)
    elseif export.form == 'function' then
      checkFunction(lib, report, export.definition, what, true)
    elseif export.form == 'class' then
      checkClass(lib, report, export)
    elseif export.form == 'value' then
      if #export.doc.text == 0 or export.doc.text[1] == '' then report.add(export, '%s has no description', what) end
      if export.definition then checkNames(lib, report, export.definition, export.doc, what) end
    end
  end
  for _, addition in ipairs(module.additions) do
    checkFunction(lib, report, addition, addition.owner .. '.' .. addition.name, true)
  end
  for _, class in ipairs(module.classes) do
    for _, method in ipairs(class.methods) do
      local what = class.name .. (method.sep or '.') .. method.name
      local isPublic = method.name:sub(1, 1) ~= '_' and (method.params or method.doc)
      if method.doc and not method.doc.class then
        checkFunction(lib, report, method, what, isPublic and lib.public[class.name] and method.name ~= 'initialize')
      elseif isPublic and lib.public[class.name] and not class.hidden and not classes.member(lib, class, method.name) then
        report.add(method, '%s has no annotation', what)
      end
    end
  end
end

-- Every annotation of the library's files, private ones too.
local function checkDeclarations(lib, report)
  for _, module in ipairs(lib.modules) do
    for _, file in ipairs(module.files) do
      for _, entry in ipairs(file.declarations) do
        checkNames(lib, report, entry, entry, entry.class or entry.alias)
      end
    end
  end
end

---Checks the library.
---@param lib table
---@return string[] problems a line each, sorted
return function(lib)
  local report = newReport()
  lib.public = library.reachable(lib)
  for _, text in ipairs(lib.problems) do report.add(nil, text) end
  checkDeclarations(lib, report)
  for _, module in ipairs(lib.modules) do
    if module.name ~= 'uv' then checkModule(lib, report, module) end
  end
  table.sort(report.problems)
  return report.problems
end
