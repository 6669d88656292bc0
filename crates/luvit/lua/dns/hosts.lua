-- The hosts file, hosts(5): names and addresses of this machine and of those it knows without asking.

local uv = require('uv')
local file = require('./file')
local names = require('./names')

local hosts = {}

local function systemPath()
  if require('jit').os == 'Windows' then
    return (uv.os_getenv('SystemRoot') or 'C:\\Windows') .. '\\System32\\drivers\\etc\\hosts'
  end
  return '/etc/hosts'
end

local text

---Uses another file than the system's.
---@param path? string nil for that of the system
function hosts.use(path)
  -- Kept as it is: lists of a hundred thousand names would be a big table, and are found quickly in the text.
  text = file.watch(path or systemPath(), string.lower)
end
hosts.use()

-- The words of the lines that contain `word` somewhere.
local function lines(word)
  local content, position = text(), 1
  return function()
    if word == '' then return nil end
    local from, to = content:find(word, position, true)
    if not from then return nil end
    local first = from
    while first > 1 and not content:find('^[\r\n]', first - 1) do first = first - 1 end
    local last = content:find('[\r\n]', to) or #content + 1
    position = last
    local list = {}
    for part in content:sub(first, last - 1):gsub('#.*', ''):gmatch('%S+') do list[#list + 1] = part end
    return list
  end
end

---The addresses of a name, in the order of the file.
---@param name string
---@param family 4|6
---@return string[]
function hosts.addresses(name, family)
  local found, seen = {}, {}
  name = name:lower():gsub('%.$', '')
  if name == '' then return found end
  for words in lines(name) do
    for i = 2, #words do
      if words[i] == name and names.parseAddress(words[1]) == family and not seen[words[1]] then
        seen[words[1]] = true
        found[#found + 1] = words[1]
      end
    end
  end
  return found
end

---The names of an address.
---@param address string
---@return string[]
function hosts.names(address)
  local found, seen = {}, {}
  local wanted = names.reverse(address)
  -- An IPv6 address can be written in many ways; its last digits say in which lines it may be.
  for words in lines(address:lower():match('%x*$')) do
    if words[1] and names.reverse(words[1]) == wanted then
      for i = 2, #words do
        if not seen[words[i]] then
          seen[words[i]] = true
          found[#found + 1] = words[i]
        end
      end
    end
  end
  return found
end

return hosts
