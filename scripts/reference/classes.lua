-- Classes and aliases: what they declare, and the methods they have.

local classes = {}

---Enters a class or alias that a file of a module declares.
function classes.declare(lib, module, entry)
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

---The definition that a name or two stand for in a file.
function classes.resolve(file, ref)
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

---Gives the classes of a module the methods that one of its files defines.
function classes.addMethods(lib, module, file)
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
function classes.member(lib, class, name, seen)
  seen = seen or {}
  if not class or seen[class] then return nil end
  seen[class] = true
  local own = class.byName[name]
  if own and (not own.form or own.doc) then return own, class end
  if own and own.ref then
    local target = classes.resolve(own.file, own.ref)
    if target and (target.doc or target.class) then return own, class end
  end
  for _, parent in ipairs(class.parents) do
    local found, where = classes.member(lib, lib.classes[parent], name, seen)
    if found then return found, where end
  end
end

---Gives a function whose name ends with `Sync` the description that follows from the one without it, if it has none.
---@param name string
---@param doc table its annotation
---@param original? string how the other is called, if there is one with a description
function classes.describeSync(name, doc, original)
  if #doc.text > 0 or not name:find('Sync$') or not original then return end
  doc.text = { ('Does what `%s` does, and waits for it.'):format(original) }
  table.insert(doc.lines, 1, doc.text[1])
  doc.isDerived = true
end

---Whether a method is for users, or for those who derive from its class.
---@param definition table
---@return boolean
function classes.isShown(definition)
  local doc = definition.doc
  return doc ~= nil and not doc.hidden and (#doc.text > 0 or definition.name == 'initialize')
end

return classes
