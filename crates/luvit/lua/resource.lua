-- Files that belong to a program: found next to the source file that asks for them, wherever the program was started from,
-- also when that file is in a bundle.
--
-- "The caller" is the file of the function that calls, or that looks at a field. It has to be on the stack: in
-- `return resource.load('x')` the call replaces its caller, so write `return (resource.load('x'))`, or use a local
-- variable.

local newModule = require('require')

---@class luvit.resource
---@field path string the caller's file
---@field dir string the folder of the caller's file
local resource = {}

-- The module object of the file that the function at a level stands in.
local function callerOf(level)
  local info = debug.getinfo(level + 1, 'S')
  local source = info and info.source or 'nothing'
  local path = source:match('^@(.+)$') or source:match('^bundle:.+$')
  -- What is left on the stack when a tail call has removed the caller is luvit's own.
  if not path or path == 'bundle:/deps/require.lua' or path == 'bundle:/deps/runtime.lua' then
    error(('the caller of resource is no file but %s (a function called as `return f()` is not on the stack)')
      :format(path and 'luvit itself' or source), level + 1)
  end
  local _, module = newModule(path)
  return module
end

---The path of a file next to the caller's.
---@param path string relative to the caller's folder, or absolute
---@return string
function resource.resolve(path)
  if type(path) ~= 'string' then
    error(("bad argument 'path' to 'resolve' (string expected, got %s)"):format(type(path)), 2)
  end
  local module = callerOf(2)
  return (module:locate(path))
end

---Reads a file next to the caller's. That there is none, or that it cannot be read, is raised.
---@param path string relative to the caller's folder, or absolute
---@return string data, string path where it was
function resource.load(path)
  if type(path) ~= 'string' then
    error(("bad argument 'path' to 'load' (string expected, got %s)"):format(type(path)), 2)
  end
  local module = callerOf(2)
  local data, err = module:load(path)
  if not data then error(("%s, open '%s'"):format(err, module:locate(path)), 2) end
  return data, module:locate(path)
end

return setmetatable(resource, {
  __index = function(_, name)
    if name == 'path' or name == 'dir' then return (callerOf(2))[name] end
  end,
})
