-- Loads modules by luvit's rules: relative to the requiring file, absolute, or by name in `libs/` and `deps/` folders
-- upward from it, then in the standard library, then where Lua itself looks.
--
-- The runtime loads this file before `require` exists, with what it needs as arguments; programs get the same
-- generator as `require('require')`.

local native, module, rememberError = ...

local setmetatable, type, rawget = setmetatable, type, rawget
local WINDOWS = package.config:sub(1, 1) == '\\'
local BUNDLE = 'bundle:'
local EXTENSIONS = { '', '.lua', '/init.lua' }
local C_EXTENSION = WINDOWS and '.dll' or package.cpath:match('%?(%.[^;/\\]+)') or '.so'
local C_EXTENSIONS = { C_EXTENSION, '/init' .. C_EXTENSION }

-- Every module loaded, by its file: one entry a file.
local cache = {}
local globals = _G

---A module, as its own code sees it in the global `module`. Paths given to its methods are relative to its folder.
---@class luvit.Module
---@field path string the file
---@field dir string its folder
---@field exports any what `require` returns
local Module = {}
Module.__index = Module

local generate

-- What the standard library's own `require('luvit:name')` gives without asking Rust.
local natives = {
  ---The exports of a standard-library module, if it is loaded.
  ['luvit:loaded'] = function(name)
    local self = cache[BUNDLE .. '/deps/' .. name .. '.lua']
    return self and self.exports
  end,
  ---Gives a module names whose values are loaded when they are first used: who needs one part pays for no other.
  ---@param target table the module
  ---@param parts table<string, string> the part that each name is in
  ---@param load fun(name: string, part: string): any
  ---@return table # `target`
  ['luvit:parts'] = function(target, parts, load)
    return setmetatable(target, {
      __index = function(self, name)
        local part = parts[name]
        if not part then return nil end
        local value = load(name, part)
        rawset(self, name, value)
        return value
      end,
      -- Whoever lists the module sees all of it.
      __pairs = function(self)
        for name in pairs(parts) do
          local _loaded = self[name]
        end
        return next, self, nil
      end,
    })
  end,
}

-- Paths --------------------------------------------------------------------------------------------------------------

-- The prefix that makes a path absolute (`/`, `bundle:`, `C:/`) and the rest.
local function splitRoot(path)
  local rest = path:match('^bundle:/*(.*)$')
  if rest then return BUNDLE .. '/', rest end
  local drive, tail = path:match('^(%a:)[/\\]+(.*)$')
  if drive then return drive .. '/', tail end
  rest = path:match(WINDOWS and '^[/\\]+(.*)$' or '^/+(.*)$')
  if rest then return '/', rest end
  return nil, path
end

local function normalize(path)
  local root, rest = splitRoot(path)
  local parts = {}
  for part in rest:gmatch(WINDOWS and '[^/\\]+' or '[^/]+') do
    if part == '..' then
      parts[#parts] = nil
    elseif part ~= '.' then
      parts[#parts + 1] = part
    end
  end
  return (root or '') .. table.concat(parts, '/')
end

local function dirname(path)
  local root, rest = splitRoot(path)
  return (root or '') .. (rest:match('^(.*)/[^/]*$') or '')
end

local function join(dir, name)
  return normalize(dir .. '/' .. name)
end

-- Files, real ones and those of the standard library ----------------------------------------------------------------

-- `bundle:/deps/http.lua` is the module `http` of the standard library.
local function builtinName(path)
  local name = path:match('^bundle:/deps/(.+)$')
  return name and (name:match('^(.*)%.lua$') or name)
end

local function isFile(path)
  if path:sub(1, #BUNDLE) == BUNDLE then
    local name = path:match('^bundle:/deps/(.+)%.lua$')
    return name ~= nil and module.source(name) ~= nil
  end
  return module.kind(path) == 'file'
end

---The file that a path without extension stands for.
---@param path string
---@param tried string[] gets what was looked for
---@return string?
local function candidate(path, tried)
  for i = 1, #EXTENSIONS do
    if isFile(path .. EXTENSIONS[i]) then return path .. EXTENSIONS[i] end
  end
  for i = 1, #C_EXTENSIONS do
    if isFile(path .. C_EXTENSIONS[i]) then return path .. C_EXTENSIONS[i] end
  end
  tried[#tried + 1] = ("no file '%s' (nor with .lua, /init.lua, %s)"):format(path, C_EXTENSION)
end

-- Loading ------------------------------------------------------------------------------------------------------------

---The globals of a module: its own `require`, `module` and `exports` over the program's.
local function environment(self)
  return setmetatable({ module = self, exports = self.exports, require = rawget(self, '_require') },
    { __index = globals })
end

local function runChunk(self, source, chunkName)
  -- A script may begin with `#!`; the line stays, so that line numbers do.
  if source:byte(1) == 35 then source = '--' .. source end
  local chunk, err = loadstring(source, chunkName)
  if not chunk then error(err, 0) end
  setfenv(chunk, environment(self))
  return chunk()
end

local function loadC(path)
  local name = path:match('([^/\\]+)$'):match('^[^.]*')
  if name == 'init' then name = dirname(path):match('([^/\\]+)$') end
  local open, err = package.loadlib(path, 'luaopen_' .. name:gsub('%-', '_'))
  if not open then error(err, 0) end
  return open(name)
end

---Loads a file as a module, once; a module that raised an error is loaded anew the next time.
---@param path string normalized
---@return any exports
local function loadFile(path)
  local self = cache[path]
  if self then return self.exports end
  local isC = path:sub(-#C_EXTENSION) == C_EXTENSION
  local name, source, err = builtinName(path), nil, nil
  if name then
    source = module.source(name)
  elseif not isC then
    source, err = module.read(path)
    if not source then error('cannot read ' .. path .. ': ' .. err, 0) end
  end
  local _
  _, self = generate(path)
  cache[path] = self
  local ok, result
  if isC then
    ok, result = pcall(loadC, path)
  else
    ok, result = xpcall(runChunk, rememberError, self, source, '@' .. path)
  end
  if not ok then
    cache[path] = nil
    error(result, 0)
  end
  if result then self.exports = result end
  return self.exports
end

-- Where Lua itself looks ---------------------------------------------------------------------------------------------

-- What luvi has built in, in C: for code that Lua finds, these go before files of the same name.
local BUILT_IN = {}
for name in ('env lpeg luvi miniz openssl re rex rex_pcre2 snapshot zlib'):gmatch('%S+') do BUILT_IN[name] = true end

-- The modules that are being loaded by `package.loaders`.
local loading = {}

---Loads what `package.loaders` find, as Lua does: the chunk has the program's globals and gets the module's name. (Lua's
---own function does the same, but nothing that it loads could wait.)
---@param name string
---@return boolean found, any exports of the module; what was tried, if there is none
local function loadAsLua(name)
  if loading[name] then error(("loop loading module '%s'"):format(name), 0) end
  local loaders, tried = package.loaders, {}
  if type(loaders) ~= 'table' then error("'package.loaders' must be a table", 0) end
  local chunk
  for i = 1, #loaders do
    local result = loaders[i](name)
    if type(result) == 'function' then
      chunk = result
      break
    end
    if type(result) == 'string' then tried[#tried + 1] = result end
  end
  if not chunk then return false, table.concat(tried) end
  loading[name] = true
  local ok, result = xpcall(chunk, rememberError, name)
  loading[name] = nil
  if not ok then error(result, 0) end
  if result ~= nil then package.loaded[name] = result end
  if package.loaded[name] == nil then package.loaded[name] = true end
  return true, package.loaded[name]
end

---The global `require`, for code that is not a module of luvit's: what Lua finds, and the code that `load` and `dofile`
---run. It looks in `package.loaded`, then asks `package.loaders`, then it looks in the standard library. What is from there
---is not entered in `package.loaded`: a module may have another of that name in its `deps`.
---@param name string
---@return any exports
local function luaRequire(name)
  if type(name) == 'number' then name = tostring(name) end
  if type(name) ~= 'string' then
    error("bad argument #1 to 'require' (string expected, got " .. (name == nil and 'no value' or type(name)) .. ')', 2)
  end
  if package.loaded[name] then return package.loaded[name] end
  local builtin, tried = candidate(BUNDLE .. '/deps/' .. name, {}), nil
  if not (builtin and BUILT_IN[name]) then
    local found, exports = loadAsLua(name)
    if found then return exports end
    tried = exports
  end
  if builtin then return loadFile(builtin) end
  error(("module '%s' not found:%s\n\tno module '%s' in the standard library"):format(name, tried, name), 2)
end

-- Finding ------------------------------------------------------------------------------------------------------------

---The file of the module `name` for a module in `dir`.
---@param dir string
---@param name string
---@param tried string[]
---@return string?
local function find(dir, name, tried)
  if name:byte(1) == 46 then return candidate(join(dir, name), tried) end
  if splitRoot(name) then return candidate(normalize(name), tried) end
  while dir:sub(1, #BUNDLE) ~= BUNDLE do
    for _, folder in ipairs({ 'libs', 'deps' }) do
      local base = join(dir, folder)
      if module.kind(base) == 'directory' then
        local found = candidate(base .. '/' .. name, tried)
        if found then return found end
      else
        tried[#tried + 1] = ("no folder '%s'"):format(base)
      end
    end
    local parent = dirname(dir)
    if parent == dir or dir == '' then break end
    dir = parent
  end
  local found = candidate(BUNDLE .. '/deps/' .. name, tried)
  if found then return found end
  tried[#tried] = ("no module '%s' in the standard library"):format(name)
end

---The error of a module that is not there. It names what was tried, a line each. Programs look for Lua's own words in it.
local function missing(self, name, tried)
  local lines = table.concat(tried, '\n'):gsub('%s*\n%s*', '\n\t'):gsub('^%s+', '')
  return ("No such module '%s' in '%s'\nmodule '%s' not found:\n\t%s"):format(name, self.path, name, lines)
end

---The path of something next to the module.
---@param path string relative to the module's folder, or absolute
---@return string
function Module:locate(path)
  if type(path) ~= 'string' then
    error("bad argument 'path' (string expected, got " .. type(path) .. ')', 2)
  end
  return splitRoot(path) and normalize(path) or join(self.dir, path)
end

---The file that `require(name)` would load.
---@param name string
---@return string? data its bytes; nil if there is none
---@return string path of the file; what was tried, if there is none
---@return string? key under which it is loaded, the same for each name of the file
function Module:resolve(name)
  if type(name) ~= 'string' then
    error("bad argument 'name' to 'resolve' (string expected, got " .. type(name) .. ')', 2)
  end
  local tried = {}
  local found = find(self.dir, name, tried)
  if not found then return nil, missing(self, name, tried) end
  local data, err = self:load(found)
  if not data then return nil, err end
  return data, found, found
end

---Loads a module, once: the `require` of this module.
---@param name string
---@return any exports
function Module:require(name)
  if type(name) ~= 'string' then
    error("bad argument #1 to 'require' (string expected, got " .. type(name) .. ')', 2)
  end
  local loaded = package.loaded[name]
  if loaded ~= nil then return loaded end
  local preload = package.preload[name]
  if preload then
    loaded = preload(name)
    if loaded == nil then loaded = true end
    package.loaded[name] = loaded
    return loaded
  end
  if name:sub(1, 6) == 'luvit:' then return natives[name] or native(name:sub(7)) end
  local tried = {}
  local path = find(self.dir, name, tried)
  if path then return loadFile(path) end
  -- A path is looked for in its one place only.
  if name:byte(1) ~= 46 and not splitRoot(name) then
    local found, exports = loadAsLua(name)
    if found then return exports end
    tried[#tried + 1] = exports
  end
  error(missing(self, name, tried), 2)
end

---The text of a file next to the module; of one in the standard library the compiled chunk, which `loadstring` takes.
---@param path string relative to the module's folder, or absolute
---@return string? text, string? err, string? code
function Module:load(path)
  path = self:locate(path)
  local name = builtinName(path)
  if name and module.source(name) then return module.source(name) end
  return module.read(path)
end

---What a path next to the module is.
---@param path string relative to the module's folder, or absolute
---@return uv.fs_stat.result|{ type: string, size: integer? }? stat as of `uv.fs_stat`; in a bundle, type and size only
---@return string? err, string? code
function Module:stat(path)
  path = self:locate(path)
  local name = builtinName(path)
  local source = name and module.source(name)
  if source then return { type = 'file', size = #source } end
  return self:require('uv').fs_stat(path)
end

---Iterates over the entries of a folder next to the module: `for name, type in module:scan(path)`.
---@param path string relative to the module's folder, or absolute
---@return (fun(): string?, string?)? iterator, string? err, string? code
function Module:scan(path)
  local entries, err, code = module.list(self:locate(path))
  if not entries then return nil, err, code end
  local index = 0
  return function()
    index = index + 1
    if entries[index] then return entries[index][1], entries[index][2] end
  end
end

---Calls `fn` with the path of a real file that has the text of `path`.
---@generic T
---@param path string
---@param fn fun(path: string): T
---@return T
function Module:action(path, fn)
  path = self:locate(path)
  local name = builtinName(path)
  if not name then return fn(path) end
  local source = module.source(name)
  if not source then error('ENOENT: no such file or directory: ' .. path, 2) end
  local copy = os.tmpname()
  local file = assert(io.open(copy, 'wb'))
  file:write(source)
  file:close()
  local function done(ok, ...)
    os.remove(copy)
    if not ok then error((...), 0) end
    return ...
  end
  return done(pcall(fn, copy))
end

---Makes the `require` of a module, and its module object.
---@param path string the module's file
---@return fun(name: string): any require, luvit.Module module
function generate(path)
  local self = setmetatable({ path = path, dir = dirname(path), exports = {} }, Module)
  local function require(name)
    return self:require(name)
  end
  self._require = require
  return require, self
end

---Makes the `require` of a module, and its module object, for a path that may be relative to nothing but itself.
---@param path string the module's file
---@return fun(name: string): any require, luvit.Module module
local function newRequire(path)
  return generate(normalize(path))
end

---Compiles the entry of a thread or the function of `uv.new_work`. Its modules are required as from the file that the
---function stood in; source text is a file of the working folder.
---@param code string bytecode or source text
---@return function? entry, string? err
local function compile(code)
  local entry, err = loadstring(code, '=thread')
  if not entry then return nil, err end
  local path = debug.getinfo(entry, 'S').source:match('^@(.+)$') or 'thread'
  if not path:find('^/') and not path:find('^%a+:') then path = module.cwd() .. '/' .. path end
  local _, scope = newRequire(path)
  return setfenv(entry, environment(scope))
end
natives['luvit:compile'] = compile

cache[BUNDLE .. '/deps/require.lua'] = { exports = newRequire }

return {
  new = newRequire,
  global = luaRequire,
  environment = environment,
  compile = compile,
  load = loadFile,
  ---The module object's file for `name` seen from `dir`, or nothing and what was tried.
  find = function(dir, name)
    local tried = {}
    local found = find(dir, name, tried)
    return found, table.concat(tried, ', ')
  end,
  loaded = natives['luvit:loaded'],
  natives = natives,
}
