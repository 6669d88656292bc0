-- Query strings: `a=1&b=2&b=3` to and from tables.

local byte, char, find, format, gsub, sub =
  string.byte, string.char, string.find, string.format, string.gsub, string.sub
local concat = table.concat

---How many pairs `parse` reads unless told otherwise, as in node: a body of a
---million keys must not cost a million table entries.
local DEFAULT_MAX_KEYS = 1000

local function hexToChar(hex)
  return char(tonumber(hex, 16))
end

local function charToHex(c)
  return format('%%%02X', byte(c))
end

---Decodes `%XX` and `+`. What is no valid escape stays as it is.
---@param str? string
---@return string? # nil for nil
local function urldecode(str)
  if str == nil then return nil end
  str = gsub(str, '%+', ' ')
  str = gsub(str, '%%(%x%x)', hexToChar)
  return str
end

---Encodes everything but letters, digits and `* - . _` as `%XX`.
---@param str? string|number
---@return string? # nil for nil
local function urlencode(str)
  if str == nil then return nil end
  str = gsub(str, '[^a-zA-Z0-9*%-._]', charToHex)
  return str
end

local function compareKeys(a, b)
  return tostring(a) < tostring(b)
end

---Makes a query string. A list as a value repeats its key. Keys come out
---sorted, so that the same table always gives the same string.
---@param params table<string|number, any>  anything else gives an empty string
---@param sep? string between pairs, `&` by default
---@param eq? string between key and value, `=` by default
---@return string
local function stringify(params, sep, eq)
  if type(params) ~= 'table' then return '' end
  sep, eq = sep or '&', eq or '='

  local keys = {}
  for key in pairs(params) do
    keys[#keys + 1] = key
  end
  table.sort(keys, compareKeys)

  local fields = {}
  for i = 1, #keys do
    local value = params[keys[i]]
    local start = urlencode(tostring(keys[i])) .. eq
    if type(value) == 'table' then
      for j = 1, #value do
        fields[#fields + 1] = start .. urlencode(tostring(value[j]))
      end
    else
      fields[#fields + 1] = start .. urlencode(tostring(value))
    end
  end
  return concat(fields, sep)
end

local function addPair(result, key, value)
  local known = result[key]
  if known == nil then
    result[key] = value
  elseif type(known) == 'table' then
    known[#known + 1] = value
  else
    result[key] = { known, value }
  end
end

---Reads a query string. A key that comes several times gets a list; a key
---without a value gets an empty string.
---@param str? string nil gives an empty table
---@param sep? string between pairs, `&` by default
---@param eq? string between key and value, `=` by default
---@param options? { maxKeys?: integer } pairs to read at most: 1000 by default, 0 for all
---@return table<string, any> # strings, and lists of them
local function parse(str, sep, eq, options)
  local result = {}
  if str == nil then return result end
  if type(str) ~= 'string' then
    error(("bad argument 'str' to querystring.parse (string expected, got %s)"):format(type(str)), 2)
  end
  if not sep or sep == '' then sep = '&' end
  if not eq or eq == '' then eq = '=' end
  local left = options and options.maxKeys or DEFAULT_MAX_KEYS
  if left <= 0 then left = math.huge end

  local position = 1
  while position <= #str and left > 0 do
    local sepStart, sepEnd = find(str, sep, position, true)
    local last = sepStart and sepStart - 1 or #str
    if last >= position then
      local pair = sub(str, position, last)
      local eqStart, eqEnd = find(pair, eq, 1, true)
      if eqStart then
        addPair(result, urldecode(sub(pair, 1, eqStart - 1)), urldecode(sub(pair, eqEnd + 1)))
      else
        addPair(result, urldecode(pair), '')
      end
      left = left - 1
    end
    position = sepEnd and sepEnd + 1 or #str + 1
  end
  return result
end

return {
  urldecode = urldecode,
  urlencode = urlencode,
  stringify = stringify,
  parse = parse,
}
