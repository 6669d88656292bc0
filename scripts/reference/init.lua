-- The reference as a set of files: makes it, writes it, compares it with what is there.

local uv = require('uv')
local findProblems = require('./check')
local library = require('./library')
local page = require('./page')
local types = require('./types')

local reference = {}
local readText = library.readText

-- All files of the reference by their path in the repository, and what is wrong with the annotations.
local function make(root)
  local lib = library.read(root)
  local problems = findProblems(lib)
  local files = {}
  for _, module in ipairs(lib.modules) do
    local examplePath = ('docs/reference/examples/%s.lua'):format(module.name)
    local example = readText(root .. '/' .. examplePath)
    if not example then table.insert(problems, examplePath .. ': no such example') end
    if not module.handwritten then
      files['types/' .. module.name .. '.lua'] = types.file(module, lib.public)
    end
    if module.name == 'uv' then
      for name, text in pairs(page.uv(lib, module, example)) do files['docs/reference/' .. name] = text end
    else
      files['docs/reference/' .. module.name .. '.md'] = page.module(lib, module, example)
    end
  end
  files['docs/reference/README.md'] = page.index(lib)
  return files, problems, lib
end

local function isHandwritten(lib, path)
  if path == 'types/luv.lua' then return true end
  for _, module in ipairs(lib.modules) do
    if module.handwritten and path == 'types/' .. module.name .. '.lua' then return true end
  end
  return false
end

-- Files in the reference's folders that it no longer has.
local function stale(root, files, lib)
  local list = {}
  for _, folder in ipairs({ 'types', 'docs/reference', 'docs/reference/uv' }) do
    if uv.fs_stat(root .. '/' .. folder) then
      for _, entry in ipairs(library.list(root .. '/' .. folder)) do
        local path = folder .. '/' .. entry.name
        local isOurs = entry.type == 'directory' or files[path] or isHandwritten(lib, path)
        if not isOurs then table.insert(list, path) end
      end
    end
  end
  return list
end

local function sortedPaths(files)
  local paths = {}
  for path in pairs(files) do table.insert(paths, path) end
  table.sort(paths)
  return paths
end

---Writes the files of the reference, and removes those it no longer has.
---@param root string the repository
---@return string[] problems of the annotations
function reference.write(root)
  local files, problems, lib = make(root)
  for _, folder in ipairs({ 'docs/reference', 'docs/reference/uv' }) do
    uv.fs_mkdir(root .. '/' .. folder, tonumber('755', 8))
  end
  for _, path in ipairs(sortedPaths(files)) do
    if readText(root .. '/' .. path) ~= files[path] then
      local file = assert(io.open(root .. '/' .. path, 'wb'))
      file:write(files[path])
      file:close()
    end
  end
  for _, path in ipairs(stale(root, files, lib)) do assert(os.remove(root .. '/' .. path)) end
  return problems
end

---Compares the files of the reference with what the annotations say.
---@param root string the repository
---@return string[] problems
function reference.check(root)
  local files, problems, lib = make(root)
  for _, path in ipairs(sortedPaths(files)) do
    if readText(root .. '/' .. path) ~= files[path] then
      table.insert(problems, path .. ': out of date, run `luvit scripts/reference.lua`')
    end
  end
  for _, path in ipairs(stale(root, files, lib)) do
    table.insert(problems, path .. ': not of a module, run `luvit scripts/reference.lua`')
  end
  return problems
end

return reference
