-- The globals of a REPL: what is typed there stays there, the rest is `_G`.

-- Modules that are there without `require`, under a name that is an identifier.
local LIBRARIES = {}
for name in ([[
  buffer childprocess codec core dgram dns fs helpful hooks http-codec http-header http https json los net path
  pathjoin pretty-print querystring readline resource stream timer tls url ustring utils uv
]]):gmatch('%S+') do
  LIBRARIES[name:gsub('%-(%l)', string.upper)] = name
end

---@class luvit.repl.Environment
---@field globals table
---@field require function
---@field module luvit.Module
local Environment = {}
Environment.__index = Environment

---@param dir string  where `require` starts from
---@return luvit.repl.Environment
function Environment.new(dir)
  -- The name of a file, which needs not exist: modules are found from its folder.
  local require, module = require('require')(dir .. '/repl')
  local self = setmetatable({ require = require, module = module }, Environment)
  self.globals = setmetatable({ require = require, module = module, exports = module and module.exports }, {
    __index = function(_, key) return self:_lookup(key) end,
  })
  return self
end

-- Whether there is a module of that name. Its file need not be loaded to know that.
function Environment:_exists(library)
  return package.loaded[library] ~= nil or package.preload[library] ~= nil or self.module:resolve(library) ~= nil
end

-- A module is loaded when its name is used for the first time. That it cannot be loaded is an error to be seen.
function Environment:_library(name)
  local library = LIBRARIES[name]
  if not library or not self:_exists(library) then return nil end
  local exports = self.require(library)
  rawset(self.globals, name, exports)
  return exports
end

function Environment:_lookup(key)
  if key == 'thread' then return (coroutine.running()) end
  local library = self:_library(key)
  if library ~= nil then return library end
  return _G[key]
end

---Names of globals that begin with `prefix`; those of modules that exist are among them.
---@param prefix string
---@return table<string, boolean>
function Environment:names(prefix)
  local names = {}
  local function add(name)
    if type(name) == 'string' and name:sub(1, #prefix) == prefix then names[name] = true end
  end
  for name in next, self.globals do add(name) end
  for name in next, _G do add(name) end
  add('thread')
  for name, library in pairs(LIBRARIES) do
    if not names[name] and name:sub(1, #prefix) == prefix and self:_exists(library) then names[name] = true end
  end
  return names
end

return Environment
