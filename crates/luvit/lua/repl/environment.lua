--- The globals of a REPL: what is typed there stays there, the rest is `_G`.

-- Modules that are there without `require`, under a name that is an identifier.
local LIBRARIES = {}
for name in ([[
  buffer childprocess codec core dgram dns fs helpful hooks http-codec http-header http https json los net path
  pathjoin pretty-print querystring readline stream timer tls url utils uv
]]):gmatch('%S+') do
  LIBRARIES[name:gsub('%-(%l)', string.upper)] = name
end

---@class luvit.repl.Environment
---@field globals table
---@field require function
local Environment = {}
Environment.__index = Environment

---@param dir string  where `require` starts from
---@return luvit.repl.Environment
function Environment.new(dir)
  -- The name of a file, which needs not exist: modules are found from its folder.
  local require, module = require('require')(dir .. '/repl')
  local self = setmetatable({ require = require }, Environment)
  self.globals = setmetatable({ require = require, module = module, exports = module and module.exports }, {
    __index = function(_, key) return self:_lookup(key) end,
  })
  return self
end

-- A module is loaded when its name is used for the first time.
function Environment:_library(name)
  local library = LIBRARIES[name]
  if not library then return nil end
  local ok, exports = pcall(self.require, library)
  if not ok then return nil end
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
  for name in pairs(LIBRARIES) do
    local matches = name:sub(1, #prefix) == prefix
    if matches and not names[name] and self:_library(name) ~= nil then names[name] = true end
  end
  return names
end

return Environment
