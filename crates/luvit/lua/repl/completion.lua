-- What may follow in a line of Lua: globals, and members through metatables.
--
-- Nothing that was typed is called: only names are looked up.

-- Chains of `__index` longer than this are cycles.
local MAX_DEPTH = 32

local function index(value, key)
  local ok, result = pcall(function() return value[key] end)
  if ok then return result end
end

local function addMembers(names, value, prefix, onlyFunctions)
  local iterate, state, start = next, value, nil
  local metatable = debug.getmetatable(value)
  local custom = type(metatable) == 'table' and rawget(metatable, '__pairs')
  if custom then
    local ok, f, s, v = pcall(custom, value)
    if ok and type(f) == 'function' then iterate, state, start = f, s, v end
  elseif type(value) ~= 'table' then
    return
  end
  pcall(function()
    for key, member in iterate, state, start do
      local wanted = type(key) == 'string' and key:sub(1, #prefix) == prefix and key:find('^[%a_][%w_]*$')
      if wanted and (not onlyFunctions or type(member) == 'function') then names[key] = true end
    end
  end)
end

-- Members of a value and of what its metatable falls back on.
local function membersOf(value, prefix, onlyFunctions)
  local names = {}
  for _ = 1, MAX_DEPTH do
    if value == nil then break end
    addMembers(names, value, prefix, onlyFunctions)
    local metatable = debug.getmetatable(value)
    value = type(metatable) == 'table' and rawget(metatable, '__index') or nil
    if type(value) == 'function' then break end
  end
  return names
end

-- The value that `a.b.c` stands for.
local function valueOf(environment, path)
  local value
  for name in path:gmatch('[^.:]+') do
    if value == nil then
      value = environment.globals[name]
    else
      value = index(value, name)
    end
    if value == nil then return nil end
  end
  return value
end

-- What a member is asked of, in the text before the last dot or colon.
local function scopeOf(environment, text)
  local path = text:gsub('^.*%.%.', ''):match('[%a_][%w_.:]*$')
  -- A name after a dot belongs to something that is not a plain name.
  if path and not text:sub(1, -#path - 1):find('[%]%).:\'"]$') then
    return valueOf(environment, path)
  end
  if text:find('["\']%)?$') or text:find('%]=*%]%)?$') then
    local library = text:match('require%s*%(?%s*["\']([%w_./-]+)["\']%s*%)?$')
    if not library then return '' end
    local ok, exports = pcall(environment.require, library)
    return ok and exports or nil
  end
end

local function commonPrefix(items)
  local first, last = items[1], items[#items]
  local length = 0
  while length < #first and first:byte(length + 1) == last:byte(length + 1) do length = length + 1 end
  return first:sub(1, length)
end

---Completes a line.
---@param environment luvit.repl.Environment
---@param line string  up to the cursor
---@return string|string[]|nil  the line with the only name that fits, or all that fit, with what they share as `line`
local function complete(environment, line)
  local prefix = line:match('[%w_]*$')
  if prefix:find('^%d') then return nil end
  local head = line:sub(1, -#prefix - 1)
  local separator = head:match('[.:]$')
  if head:find('%.%.$') then separator = nil end

  local names
  if separator then
    local scope = scopeOf(environment, head:sub(1, -2))
    if scope == nil then return nil end
    names = membersOf(scope, prefix, separator == ':')
  else
    names = environment:names(prefix)
  end

  local items = {}
  for name in pairs(names) do items[#items + 1] = name end
  if #items == 0 then return nil end
  table.sort(items)
  if #items == 1 then return head .. items[1] end
  local shared = commonPrefix(items)
  if #shared > #prefix then items.line = head .. shared end
  return items
end

return complete
