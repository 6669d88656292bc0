-- Writes `types/NAME.lua`: what editors read of a module.

local classes = require('./classes')

local types = {}

local KEYWORDS = { ['end'] = true, ['repeat'] = true }

local function joined(text)
  return (table.concat(text, ' '):gsub('%s+', ' '):gsub('^ ', ''):gsub(' $', ''))
end

local function newWriter()
  local lines = {}
  local writer = { lines = lines }
  function writer.line(text, ...)
    lines[#lines + 1] = select('#', ...) > 0 and text:format(...) or text
  end
  function writer.doc(rawLines)
    for _, line in ipairs(rawLines) do lines[#lines + 1] = '---' .. line end
  end
  return writer
end

---The parameters of a function as users see them.
---@param definition table
---@return string[] names
---@return boolean isMethod whether it is called with a colon
function types.parameters(definition)
  local names = {}
  local isMethod = definition.sep == ':'
  if definition.params then
    for index, name in ipairs(definition.params) do
      if index == 1 and name == 'self' then isMethod = true else names[#names + 1] = name end
    end
  else
    for index, param in ipairs(definition.doc.params) do
      if index == 1 and param.name == 'self' then isMethod = true else names[#names + 1] = param.name end
    end
  end
  return names, isMethod
end

-- A callback may be a coroutine, and then the results are those of the callback; what is optional in front of a callback
-- may be left out. No annotation of the function itself can say so, but the overloads that follow from it can.
local function callbackOverloads(definition)
  local params, list = definition.doc.params, {}
  local last = params[#params]
  local callback = last and last.type:match('^(fun%b().*)|thread$')
  if not callback then return nil, list end
  local first = #params
  while params[first - 1] and params[first - 1].optional and params[first - 1].name ~= 'self' do first = first - 1 end
  local results = {}
  for index, item in ipairs(definition.doc.returns) do results[index] = item.type end
  for count = #params - 1, first - 1, -1 do
    local words = definition.sep == ':' and { 'self: any' } or {}
    for index = 1, count do
      local param = params[index]
      words[#words + 1] = ('%s%s: %s'):format(param.name, param.optional and '?' or '', param.type)
    end
    local before = #words > 0 and table.concat(words, ', ') .. ', ' or ''
    if count < #params - 1 then
      list[#list + 1] = ('fun(%s%s: %s)%s'):format(before, last.name, callback,
        #results > 0 and ': ' .. table.concat(results, ', ') or '')
    end
    list[#list + 1] = ('fun(%sthread?: thread): any, any, any'):format(before)
  end
  return last.name, list
end

local function writeFunction(writer, owner, name, definition)
  local names, isMethod = types.parameters(definition)
  local first = definition.doc.params[1]
  if definition.sep == '.' and isMethod and first and first.name == 'self' then
    -- It may be called with a dot and with a colon, and says so with the type of `self`.
    names, isMethod = definition.params, false
  end
  writer.line('')
  local callback, overloads = callbackOverloads(definition)
  for _, line in ipairs(definition.doc.lines) do
    -- For a coroutine there is an overload.
    if callback and line:find('^@param ' .. callback .. '%??%s') then line = line:gsub('|thread', '', 1) end
    writer.line('---' .. line)
  end
  for _, overload in ipairs(overloads) do writer.line('---@overload ' .. overload) end
  writer.line('function %s%s%s(%s) end', owner, isMethod and ':' or '.', name, table.concat(names, ', '))
end

local function variableOf(class)
  local name = class.name:match('[%w_]+$')
  return KEYWORDS[name] and name .. '_' or name
end

local function classLine(class)
  local parents = #class.parents > 0 and ': ' .. table.concat(class.parents, ', ') or ''
  return ('---@class %s%s'):format(class.name, parents)
end

local function fieldLine(field)
  local visibility = field.visibility and field.visibility .. ' ' or ''
  local text = field.text ~= '' and ' ' .. field.text or ''
  return ('---@field %s%s%s %s%s'):format(visibility, field.name, field.optional and '?' or '', field.type, text)
end

local function writeClassHead(writer, class)
  writer.line('')
  writer.doc(class.text)
  writer.line(classLine(class))
  for _, field in ipairs(class.fields) do writer.line(fieldLine(field)) end
  for _, operator in ipairs(class.operators) do writer.line('---@operator ' .. operator) end
  for _, overload in ipairs(class.overloads) do writer.line('---@overload ' .. overload) end
end

local function writeClass(writer, class)
  writeClassHead(writer, class)
  local variable
  for _, method in ipairs(class.methods) do
    if method.ref and class.byName[method.ref:match('[%w_]+$')] and not method.doc then
      writer.line('')
      writer.line('%s.%s = %s.%s', variable, method.name, variable, method.ref:match('[%w_]+$'))
    elseif classes.isShown(method) and method.name ~= 'initialize' then
      -- A constructor is any function to a class that derives from this one: it has other parameters there.
      if not variable then
        variable = variableOf(class)
        writer.line('local %s = {}', variable)
      end
      if method.params or #method.doc.params + #method.doc.returns > 0 then
        writeFunction(writer, variable, method.name, method)
      end
    end
  end
end

local function writeAlias(writer, alias)
  writer.line('')
  writer.doc(alias.lines)
end

-- Classes and aliases besides the module's own class, those without methods first.
local function writeDeclarations(writer, module, reachable, withMethods)
  for _, class in ipairs(module.classes) do
    local hasMethods = false
    for _, method in ipairs(class.methods) do hasMethods = hasMethods or classes.isShown(method) end
    if class ~= module.class and reachable[class.name] and hasMethods == withMethods then writeClass(writer, class) end
  end
end

local function writeTable(writer, module)
  local class = module.class
  writeClassHead(writer, class)
  local known = {}
  for _, field in ipairs(class.fields) do known[field.name] = true end
  for _, export in ipairs(module.exports) do
    if export.form == 'class' and not known[export.name] then
      writer.line('---@field %s %s', export.name, export.class.name)
    elseif export.form == 'value' and not known[export.name] then
      writer.line('---@field %s %s %s', export.name, export.type, joined(export.doc.text))
    end
  end
  writer.line('local %s = {}', module.variableName)
  for _, export in ipairs(module.exports) do
    if export.form == 'function' then
      writeFunction(writer, module.variableName, export.name, export.definition)
      for _, alias in ipairs(module.exports) do
        if alias.target == export then
          writer.line('')
          writer.line('%s.%s = %s.%s', module.variableName, alias.name, module.variableName, export.name)
        end
      end
    end
  end
end

---The type file of a module.
---@param module table
---@param reachable table<string, boolean>
---@return string
function types.file(module, reachable)
  local writer = newWriter()
  local paths = {}
  for _, file in ipairs(module.files) do paths[#paths + 1] = file.path end
  writer.line('---@meta ' .. module.name)
  writer.line('')
  writer.line('-- Made by scripts/reference.lua of %s. Change it there.', #paths == 1 and paths[1]
    or ('crates/luvit/lua/%s/'):format(module.name))
  writer.line('')
  for line in (module.header .. '\n'):gmatch('(.-)\n') do writer.line(line == '' and '--' or '-- ' .. line) end
  for _, alias in ipairs(module.aliases) do
    if reachable[alias.alias] then writeAlias(writer, alias) end
  end
  writeDeclarations(writer, module, reachable, false)
  writeDeclarations(writer, module, reachable, true)
  for _, addition in ipairs(module.additions) do writeFunction(writer, addition.owner, addition.name, addition) end
  if module.kind == 'function' then
    local definition = module.exports[1].definition
    writer.line('')
    if definition and definition.doc then
      writer.doc(definition.doc.lines)
      writer.line('local function %s(%s) end', module.variableName, table.concat(types.parameters(definition), ', '))
    end
  elseif module.kind == 'object' then
    writer.line('')
    writer.line('---@type ' .. module.type)
    writer.line('local ' .. module.variableName)
  else
    writeTable(writer, module)
  end
  writer.line('')
  writer.line('return ' .. module.variableName)
  return table.concat(writer.lines, '\n') .. '\n'
end

return types
