-- Small path helpers, those that luvi and lit are built on.
--
-- Unlike `path.join`, `pathJoin` starts anew at an absolute part and never
-- keeps a `..` that leads above the start.

local concat = table.concat

---Whether paths are those of Windows.
---@type boolean
local isWindows = jit.os == 'Windows'

local partPattern = isWindows and '[^/\\]+' or '[^/]+'

---The root a path starts with (`/`, `C:\`, `\\`), nil for a relative path.
---@param path string
---@return string?
local function getPrefix(path)
  if isWindows then
    return path:match('^%a:[\\/]') or path:match('^/') or path:match('^\\+')
  end
  return path:match('^/')
end

---The parts between the separators, without empty ones.
---@param path string
---@return string[]
local function splitPath(path)
  local parts = {}
  for part in path:gmatch(partPattern) do
    parts[#parts + 1] = part
  end
  return parts
end

---Puts parts together behind a prefix.
---@param prefix? string
---@param parts string[]
---@param i? integer first part, 1 by default
---@param j? integer last part, the last one by default
---@return string
local function joinParts(prefix, parts, i, j)
  if not prefix then return concat(parts, '/', i, j) end
  local sep = prefix:sub(-1) == '\\' and '\\' or '/'
  return prefix .. concat(parts, sep, i, j)
end

---Joins paths: the last absolute one counts, `.` and `..` are resolved.
---@param ... string
---@return string
local function pathJoin(...)
  local count = select('#', ...)
  local inputs = { ... }
  for i = 1, count do
    if type(inputs[i]) ~= 'string' then
      error(("bad argument #%d to 'pathJoin' (string expected, got %s)"):format(i, type(inputs[i])), 2)
    end
  end

  local first, prefix = count, nil
  while first >= 1 do
    prefix = getPrefix(inputs[first])
    if prefix or first == 1 then break end
    first = first - 1
  end

  local parts = {}
  for i = first, count do
    if i > 0 then
      local input = inputs[i]
      if i == first and prefix then input = input:sub(#prefix + 1) end
      for part in input:gmatch(partPattern) do
        if part == '..' then
          parts[#parts] = nil
        elseif part ~= '.' then
          parts[#parts + 1] = part
        end
      end
    end
  end
  return joinParts(prefix, parts)
end

return {
  isWindows = isWindows,
  getPrefix = getPrefix,
  splitPath = splitPath,
  joinParts = joinParts,
  pathJoin = pathJoin,
}
