-- Finds the files of tests, and the sources they test.

local uv = require('uv')

local files = {}

local skipped = { libs = true, fixtures = true, deps = true, node_modules = true, target = true }

---Whether files of this name hold tests, wherever they are.
---@param name string
---@return boolean
function files.isTestName(name)
  return name:find('_test%.lua$') ~= nil or name:find('%.test%.lua$') ~= nil or name:find('^test%-.*%.lua$') ~= nil
end

local function kindOf(path)
  local stat = uv.fs_stat(path)
  return stat and stat.type
end

local function join(folder, name)
  if folder == '' or folder == '.' then return name end
  return folder:find('[/\\]$') and folder .. name or folder .. '/' .. name
end

---Calls `visit(path, name)` for each Lua file below a folder. Links to folders are not followed.
---@param folder string
---@param enter fun(name: string, path: string): boolean? whether to go into a folder
---@param visit fun(path: string, name: string)
function files.walk(folder, enter, visit)
  local request = uv.fs_scandir(folder)
  if not request then return end
  local folders, names = {}, {}
  while true do
    local name, kind = uv.fs_scandir_next(request)
    if not name then break end
    local path = join(folder, name)
    if kind == 'unknown' or kind == nil then
      local stat = uv.fs_lstat(path)
      kind = stat and stat.type
    end
    if kind == 'link' and kindOf(path) == 'file' then kind = 'file' end
    if kind == 'directory' then
      if name:sub(1, 1) ~= '.' and enter(name, path) then folders[#folders + 1] = path end
    elseif kind == 'file' and name:find('%.lua$') and name:sub(1, 1) ~= '.' then
      names[#names + 1] = name
    end
  end
  table.sort(names)
  table.sort(folders)
  for _, name in ipairs(names) do visit(join(folder, name), name) end
  for _, path in ipairs(folders) do files.walk(path, enter, visit) end
end

local function isEntered(name) return not skipped[name] end

-- Whether a folder is called tests, or is in one.
local function isForTests(folder)
  local path = '/' .. folder:gsub('\\', '/') .. '/'
  local name = (uv.fs_realpath(folder) or ''):match('[^/\\]*$')
  return path:find('/tests?/') ~= nil or name == 'tests' or name == 'test'
end

-- Where most files of a folder of tests have names of tests, the others are none: helpers, a script that runs them.
-- Elsewhere a single one with such a name says that the others are sources.
local function inFolder(folder)
  local named, all = {}, {}
  files.walk(folder, isEntered, function(path, name)
    all[#all + 1] = path
    if files.isTestName(name) then named[#named + 1] = path end
  end)
  local enough = isForTests(folder) and #all / 2 or 1
  return #named >= enough and named or all
end

local function byDefault()
  local found = {}
  for _, folder in ipairs({ 'tests', 'test' }) do
    if kindOf(folder) == 'directory' then
      for _, path in ipairs(inFolder(folder)) do found[#found + 1] = path end
    end
  end
  files.walk('.', function(name, path)
    return isEntered(name) and path ~= 'tests' and path ~= 'test'
  end, function(path, name)
    if files.isTestName(name) then found[#found + 1] = path end
  end)
  return found
end

-- `*` and `?` stop at a slash, `**` does not, `[…]` is a set of characters.
local function patternOf(glob)
  local pattern = glob:gsub('[%%%^%$%(%)%.%+%-]', '%%%0')
  pattern = pattern:gsub('%*%*/', '\1'):gsub('%*%*', '\2'):gsub('%*', '[^/]*'):gsub('%?', '[^/]'):gsub('%[!', '[^')
  -- `**/` also stands for no folder at all: tried with and without.
  return '^' .. pattern:gsub('\2', '.*') .. '$'
end

local function patternsOf(glob)
  local patterns, pattern = {}, patternOf(glob)
  local function expand(text)
    if not text:find('\1', 1, true) then
      patterns[#patterns + 1] = text
      return
    end
    expand((text:gsub('\1', '.*/', 1)))
    expand((text:gsub('\1', '', 1)))
  end
  expand(pattern)
  return patterns
end

local function byGlob(glob)
  glob = glob:gsub('\\', '/'):gsub('^%./', '')
  local base = glob:match('^([^%*%?%[]*)/') or (glob:sub(1, 1) == '/' and '/' or '.')
  local patterns, found = patternsOf(glob), {}
  files.walk(base, function() return true end, function(path)
    for _, pattern in ipairs(patterns) do
      local ok, matches = pcall(string.find, path, pattern)
      if ok and matches then
        found[#found + 1] = path
        break
      end
    end
  end)
  return found
end

---The files that names on the command line stand for, each once.
---@param names string[]
---@return string[]? paths, string? err a name that stands for nothing
function files.find(names)
  local list, seen = {}, {}
  local function add(paths)
    for _, path in ipairs(paths) do
      if not seen[path] then
        seen[path] = true
        list[#list + 1] = path
      end
    end
  end
  if #names == 0 then add(byDefault()) end
  for _, name in ipairs(names) do
    local kind = kindOf(name)
    if kind == 'directory' then
      add(inFolder((name:gsub('(.)[/\\]+$', '%1'))))
    elseif kind then
      add({ name })
    elseif name:find('[%*%?%[]') then
      local found = byGlob(name)
      if #found == 0 then return nil, ("no file matches '%s'"):format(name) end
      add(found)
    elseif kindOf(name .. '.lua') == 'file' then
      add({ name .. '.lua' })
    else
      return nil, ("no such file or folder: '%s'"):format(name)
    end
  end
  return list
end

---The Lua files of the project that are neither tests nor somebody else's.
---@return string[] paths relative to the working folder
function files.sources()
  local list = {}
  files.walk('.', function(name, path)
    return path == 'libs' or isEntered(name) and path ~= 'tests' and path ~= 'test'
  end, function(path, name)
    if not files.isTestName(name) then list[#list + 1] = path end
  end)
  return list
end

return files
