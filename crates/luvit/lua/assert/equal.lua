-- Whether two values are equal, and where they differ first.

local dump = require('assert/dump')

local equal = {}

local MAX_PATH = 200

---@param a any
---@param b any
---@return boolean
function equal.isSame(a, b)
  if rawequal(a, b) or a ~= a and b ~= b then return true end
  -- Comparing cdata with some types is an error.
  local ok, same = pcall(function() return a == b end)
  return ok and same or false
end

local isSame = equal.isSame

local function sharedEq(a, b)
  local left, right = debug.getmetatable(a), debug.getmetatable(b)
  return left and right and left.__eq and rawequal(left.__eq, right.__eq)
end

-- The key of `other` that is a table with the same contents as `key`, and not taken yet.
local function findKey(key, value, own, other, taken, ignoreMetatables)
  for candidate, item in next, other do
    if type(candidate) == 'table' and not taken[candidate] and rawget(own, candidate) == nil
      and not equal.compare(key, candidate, ignoreMetatables) and not equal.compare(value, item, ignoreMetatables) then
      return candidate
    end
  end
end

---@class luvit.assert.difference
---@field path string where, from the whole value: `.items[2]`
---@field actual any
---@field expected any
---@field why? string

---The first place where two values differ, or nothing.
---@param actual any
---@param expected any
---@param ignoreMetatables boolean
---@return luvit.assert.difference?
function equal.compare(actual, expected, ignoreMetatables)
  -- Pairs to compare, as a list: a value may be nested deeper than functions can be.
  local work = { { actual, expected } }
  -- Pairs of tables that are compared already or will be: a cycle ends there.
  local known = {}

  local function differ(item, a, b, key, why)
    local path = key ~= nil and dump.key(key) or ''
    while item and item.key ~= nil do
      if #path > MAX_PATH then
        path = '…' .. path
        break
      end
      path = dump.key(item.key) .. path
      item = item.parent
    end
    return { path = path, actual = a, expected = b, why = why }
  end

  local first, last = 1, 1
  while first <= last do
    local item = work[first]
    local a, b = item[1], item[2]
    work[first] = nil
    first = first + 1
    if isSame(a, b) then
      -- Nothing to look into.
    elseif type(a) ~= 'table' or type(b) ~= 'table' or sharedEq(a, b) then
      return differ(item, a, b)
    elseif not (known[a] and known[a][b]) then
      known[a] = known[a] or {}
      known[a][b] = true
      if not ignoreMetatables and not rawequal(debug.getmetatable(a), debug.getmetatable(b)) then
        return differ(item, a, b, nil, 'metatables differ')
      end
      local taken = {}
      for _, key in ipairs(dump.sortedKeys(a)) do
        local value, other = rawget(a, key), rawget(b, key)
        if other == nil and type(key) == 'table' then
          local found = findKey(key, value, a, b, taken, ignoreMetatables)
          if not found then return differ(item, value, nil, key) end
          taken[found] = true
        elseif other == nil then
          return differ(item, value, nil, key)
        else
          last = last + 1
          work[last] = { value, other, parent = item, key = key }
        end
      end
      for _, key in ipairs(dump.sortedKeys(b)) do
        if rawget(a, key) == nil and not taken[key] then return differ(item, nil, rawget(b, key), key) end
      end
    end
  end
end

return equal
