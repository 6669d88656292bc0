-- Header lists: `{ {name, value}, … }` that also answer to names.
--
-- The list keeps order and repeated names; a string key reads the first value
-- of that name whatever its case, and assigning one replaces all of them.

local lower = string.lower

local function isNamed(pair, lowerName)
  if type(pair) ~= 'table' then return false end
  local name = pair[1]
  return type(name) == 'string' and lower(name) == lowerName
end

---A header list: `{ {name, value}, … }` in order, repeated names included. A string key reads the first value of that
---name in any case (`headers['content-type']`); assigning a string replaces all values of a name, a list of strings
---gives one field each, and nil removes them.
---@class luvit.Headers
---@field [integer] string[]
---@field [string] any

---The metatable of header lists.
---@type table
local headerMeta = {}

function headerMeta.__index(list, name)
  if type(name) ~= 'string' then return nil end
  name = lower(name)
  for i = 1, #list do
    if isNamed(list[i], name) then return list[i][2] end
  end
end

function headerMeta.__newindex(list, name, value)
  if type(name) ~= 'string' then
    rawset(list, name, value)
    return
  end

  local lowerName = lower(name)
  local count, kept = #list, 0
  for i = 1, count do
    local pair = list[i]
    if not isNamed(pair, lowerName) then
      kept = kept + 1
      if kept < i then rawset(list, kept, pair) end
    end
  end
  for i = count, kept + 1, -1 do
    rawset(list, i, nil)
  end

  if type(value) == 'table' then
    for i = 1, #value do
      rawset(list, kept + i, { name, tostring(value[i]) })
    end
  elseif value ~= nil then
    rawset(list, kept + 1, { name, tostring(value) })
  end
end

---Makes a header list, or makes one of a list of pairs in place.
---@param tbl? table pairs `{name, value}`; it becomes the list
---@return luvit.Headers
local function newHeaders(tbl)
  return setmetatable(tbl or {}, headerMeta)
end

-- Pairs are appended; a named value replaces what the list has of that name.
-- Names come sorted, so that the same table always gives the same head.
local function append(headers, tbl)
  for i = 1, #tbl do
    rawset(headers, #headers + 1, tbl[i])
  end
  local names = {}
  for key in pairs(tbl) do
    if type(key) == 'string' then names[#names + 1] = key end
  end
  table.sort(names)
  for i = 1, #names do
    headers[names[i]] = tbl[names[i]]
  end
end

---Makes a header list of a table that holds `name = value`,
---`name = {value, value}` and `{name, value}` in any mixture.
---@param tbl? table
---@return luvit.Headers
local function toHeaders(tbl)
  local headers = newHeaders()
  if tbl then append(headers, tbl) end
  return headers
end

---As `toHeaders` for several tables. A name in a later table replaces the
---values it has so far; pairs are appended.
---@param ... table? any number of tables; nil counts as empty
---@return luvit.Headers
local function combineHeaders(...)
  local headers = newHeaders()
  for i = 1, select('#', ...) do
    local tbl = select(i, ...)
    if tbl then append(headers, tbl) end
  end
  return headers
end

---The pairs of a table that has other fields too, such as a parsed head.
---@param tbl? table
---@return luvit.Headers # a new list
local function getHeaders(tbl)
  local headers = newHeaders()
  if tbl then
    for i = 1, #tbl do
      if type(tbl[i]) == 'table' then rawset(headers, #headers + 1, tbl[i]) end
    end
  end
  return headers
end

return {
  headerMeta = headerMeta,
  newHeaders = newHeaders,
  toHeaders = toHeaders,
  combineHeaders = combineHeaders,
  getHeaders = getHeaders,
}
