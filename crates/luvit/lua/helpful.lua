-- Hints for names that do not exist: `require('helpful')('fs').raedFile` prints a warning with the name that was meant.
-- For those who want it: nothing else in luvit loads this module.
--
-- Loading it adds two functions to `string`: `levenshtein` and `luvitGlobalExtend`.

local function checkString(value, name, method)
  if type(value) == 'string' then return end
  error(("bad argument '%s' to '%s' (string expected, got %s)"):format(name, method, type(value)), 3)
end

---How many characters have to be inserted, deleted or replaced to make one string of another (Levenshtein distance). Bytes
---count as characters.
---@param a string
---@param b string
---@return integer
function string.levenshtein(a, b)
  checkString(a, 'a', 'levenshtein')
  checkString(b, 'b', 'levenshtein')
  if a == b then return 0 end
  -- The distances from the beginnings of `b` to a beginning of `a`, which grows from row to row.
  local row = {}
  for j = 0, #b do row[j] = j end
  for i = 1, #a do
    local diagonal = row[0]
    row[0] = i
    for j = 1, #b do
      local replaced = a:byte(i) == b:byte(j) and diagonal or diagonal + 1
      diagonal = row[j]
      row[j] = math.min(replaced, diagonal + 1, row[j - 1] + 1)
    end
  end
  return row[#b]
end

---Lets `%` format strings, in the whole program: `'%s is %d' % { 'x', 1 }`. A single value needs no table.
function string.luvitGlobalExtend()
  getmetatable('').__mod = function(format, values)
    if type(values) ~= 'table' then return format:format(values) end
    return format:format(unpack(values, 1, table.maxn(values)))
  end
end

local colorize = require('utils').colorize

-- The name most like `wanted`, unless it is quite another one. Of equals, the first in the alphabet.
local function closest(module, wanted)
  local best, least = nil, math.max(2, math.floor(#wanted / 2)) + 1
  for name in pairs(module) do
    if type(name) == 'string' then
      local distance = string.levenshtein(name, wanted)
      if distance < least or distance == least and best and name < best then best, least = name, distance end
    end
  end
  return best
end

---Makes a module warn about fields that it does not have, on standard output. The field stays nil. What the module's
---metatable provides counts as being there.
---@param name string of the module, as the warnings show it
---@param module? table by default `require(name)`, from the file that calls this
---@return table module
local function helpful(name, module)
  checkString(name, 'name', 'helpful')
  if module == nil then
    local caller = getfenv(2)
    module = (caller ~= _G and caller.require or require)(name)
  end
  if type(module) ~= 'table' then
    error(("bad argument 'module' to 'helpful' (table expected, got %s)"):format(type(module)), 2)
  end
  -- The module's own metatable goes on working, and stays as it is for other tables that have it.
  local meta = {}
  for key, value in pairs(getmetatable(module) or {}) do meta[key] = value end
  local inherited = meta.__index
  function meta.__index(self, wanted)
    if inherited ~= nil then
      local value
      if type(inherited) == 'function' then value = inherited(self, wanted) else value = inherited[wanted] end
      if value ~= nil then return value end
    end
    if type(wanted) ~= 'string' then return nil end
    local text = 'Warning: ' .. colorize('failure', name .. '.' .. wanted) .. ' is nil'
    local meant = closest(self, wanted)
    if meant then text = text .. ', did you mean ' .. colorize('success', name .. '.' .. meant) .. '?' end
    print(text)
    return nil
  end
  return setmetatable(module, meta)
end

return helpful
