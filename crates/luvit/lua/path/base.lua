-- The two path flavours, as objects: `posix` and `nt`.
--
-- Both are always available, whatever the system, so that a program can work
-- on the paths of another machine. `require('path')` picks the native one.

local uv = require('uv')

local concat = table.concat

local function checkPath(value, method, name)
  if type(value) ~= 'string' then
    error(("bad argument '%s' to path.%s (string expected, got %s)"):format(name, method, type(value)), 3)
  end
end

---@class luvit.Path
---@field root string  the root a path gets when nothing else is known
---@field sep string   the separator, one character
local Path = {}
Path.__index = Path

---@param key string
---@return any
function Path:_get(key)
  return self[key]
end

---The separator of this flavour.
---@return string
function Path:getSep()
  return self.sep
end

---Whether two path parts name the same thing (nt ignores case).
---@param a string?
---@param b string?
---@return boolean
function Path:pathsEqual(a, b)
  return a == b
end

-- Index of the last byte that is not a separator, 0 if there is none.
function Path:_lastSolid(filepath)
  local last = #filepath
  while last > 0 and filepath:sub(last, last) == self.sep do
    last = last - 1
  end
  return last
end

---Splits a path into root, directory (with its trailing separator) and base name.
---@param filepath string
---@return string root
---@return string dir
---@return string basename
function Path:_splitPath(filepath)
  local root, rest = self:_splitRoot(self:normalizeSeparators(filepath))
  rest = rest:sub(1, self:_lastSolid(rest))
  local basename = rest:match('[^' .. self._sepClass .. ']*$')
  return root or '', rest:sub(1, #rest - #basename), basename
end

---Resolves `.` and `..` in a list of parts, in place.
---@param parts string[]
---@param isRelative boolean?  keep the `..` that lead above the start
function Path:_normalizeArray(parts, isRelative)
  local kept = 0
  local depth = 0
  for i = 1, #parts do
    local part = parts[i]
    parts[i] = nil
    if part == '..' then
      if depth > 0 then
        parts[kept] = nil
        kept, depth = kept - 1, depth - 1
      elseif isRelative then
        kept = kept + 1
        parts[kept] = part
      end
    elseif part ~= '.' then
      kept, depth = kept + 1, depth + 1
      parts[kept] = part
    end
  end
end

---@param filepath string
---@return string[] parts  without empty ones
function Path:_splitBySeparators(filepath)
  local parts = {}
  for part in filepath:gmatch('[^' .. self._sepClass .. ']+') do
    parts[#parts + 1] = part
  end
  return parts
end

---Resolves `.`, `..` and repeated separators. A trailing separator stays.
---An empty result is `.`.
---@param filepath string
---@return string
function Path:normalize(filepath)
  checkPath(filepath, 'normalize', 'filepath')
  filepath = self:normalizeSeparators(filepath)
  local root, rest
  if self:isAbsolute(filepath) then
    root, rest = self:_splitRoot(filepath)
  else
    rest = filepath
  end
  local parts = self:_splitBySeparators(rest)
  self:_normalizeArray(parts, not root)
  if #parts == 0 then return root or '.' end
  local trailing = filepath:sub(-1) == self.sep and self.sep or ''
  return (root or '') .. concat(parts, self.sep) .. trailing
end

function Path:_rawjoin(parts)
  return concat(parts, self.sep)
end

-- The parts that are not empty, with no separators where two of them meet.
function Path:_filterparts(parts)
  local kept = {}
  for i = 1, #parts do
    if parts[i] ~= '' then kept[#kept + 1] = parts[i] end
  end
  for i = 1, #kept do
    local part = kept[i]
    if i > 1 then part = part:match('^[' .. self._sepClass .. ']*(.*)$') end
    if i < #kept then part = part:sub(1, self:_lastSolid(part)) end
    kept[i] = part
  end
  return kept
end

function Path:_filteredjoin(...)
  local parts = { ... }
  for i = 1, select('#', ...) do
    checkPath(parts[i], 'join', 'part ' .. i)
    parts[i] = self:normalizeSeparators(parts[i])
  end
  local kept = self:_filterparts(parts)
  return self:_rawjoin(kept), kept
end

---Joins parts with the separator and normalizes. An absolute part in the
---middle does not start anew: `join('foo', '/bar')` is `foo/bar`.
---@param ... string
---@return string
function Path:join(...)
  local joined = self:_filteredjoin(...)
  return self:normalize(joined)
end

---Resolves to an absolute path: reads the arguments from the right until one
---is absolute, otherwise continues at the working directory.
---@param ... string
---@return string
function Path:resolve(...)
  local resolved, drive = '', nil
  for i = select('#', ...), 1, -1 do
    local part = select(i, ...)
    checkPath(part, 'resolve', 'part ' .. i)
    if part ~= '' then
      local root = drive and self:getRoot(part)
      if self:isDriveRelative(part) then
        root = root or self:getRoot(part)
        drive = drive or root
        part = part:sub(#root + 1)
      end
      -- A path on another drive says nothing about the one we look for.
      if not root or self:pathsEqual(drive:sub(1, 2), root:sub(1, 2)) then
        resolved = self:join(self:normalize(part), resolved)
        if self:isAbsolute(resolved) then return resolved end
      end
    end
  end
  if not drive then return self:join(uv.cwd(), resolved) end
  -- Windows keeps the working directory of each drive in an odd variable.
  local driveDir = jit.os == 'Windows' and uv.os_getenv('=' .. drive)
  if driveDir and self:pathsEqual(driveDir:sub(1, 2), drive) then
    return self:join(driveDir, resolved)
  end
  return self:join(drive, resolved)
end

---The leading parts that all the paths share.
---@param ... string
---@return string[]
function Path:_commonParts(...)
  local common = self:_splitBySeparators((...))
  for i = 2, select('#', ...) do
    local parts = self:_splitBySeparators((select(i, ...)))
    for j = #common, 1, -1 do
      if not self:pathsEqual(common[j], parts[j]) then
        for k = #common, j, -1 do common[k] = nil end
      end
    end
  end
  return common
end

---The way from one path to another; both are resolved first. On different
---drives this is `to` itself. The same path gives an empty string.
---@param from string
---@param to string
---@return string
function Path:relative(from, to)
  from, to = self:resolve(from), self:resolve(to)
  local fromRoot, fromDir, fromBase = self:_splitPath(from)
  local toRoot, toDir, toBase = self:_splitPath(to)
  if not self:pathsEqual(fromRoot, toRoot) then return to end

  local fromPath, toPath = fromDir .. fromBase, toDir .. toBase
  local shared = #self:_commonParts(fromPath, toPath)
  local parts = {}
  for _ = shared + 1, #self:_splitBySeparators(fromPath) do
    parts[#parts + 1] = '..'
  end
  local toParts = self:_splitBySeparators(toPath)
  for i = shared + 1, #toParts do
    parts[#parts + 1] = toParts[i]
  end
  return self:_rawjoin(parts)
end

---The path without its last part; `.` if there is only one.
---@param filepath string
---@return string
function Path:dirname(filepath)
  checkPath(filepath, 'dirname', 'filepath')
  local root, dir = self:_splitPath(filepath)
  dir = dir:sub(1, self:_lastSolid(dir))
  if dir == '' and root == '' then return '.' end
  return root .. dir
end

---The last part of a path.
---@param filepath string
---@param ext string?  taken off when the name ends with it
---@return string
function Path:basename(filepath, ext)
  checkPath(filepath, 'basename', 'filepath')
  local _, _, base = self:_splitPath(filepath)
  if ext and ext ~= '' and #base > #ext and base:sub(-#ext) == ext then
    return base:sub(1, -#ext - 1)
  end
  return base
end

---The extension with its dot, or an empty string. A leading dot starts none.
---@param filepath string
---@return string
function Path:extname(filepath)
  checkPath(filepath, 'extname', 'filepath')
  local base = self:basename(filepath)
  if base == '..' then return '' end
  return base:match('.(%.[^.]*)$') or ''
end

---@class luvit.PosixPath: luvit.Path
local PosixPath = setmetatable({}, Path)
PosixPath.__index = PosixPath

function PosixPath:_splitRoot(filepath)
  if filepath:sub(1, 1) == '/' then return '/', filepath:sub(2) end
  return nil, filepath
end

---@return string
function PosixPath:getRoot()
  return self.root
end

---@param filepath string
---@return boolean
function PosixPath:isAbsolute(filepath)
  return filepath:sub(1, 1) == '/'
end

---@return boolean
function PosixPath:isUNC()
  return false
end

---@return boolean
function PosixPath:isDriveRelative()
  return false
end

---@param filepath string
---@return string
function PosixPath:normalizeSeparators(filepath)
  return filepath
end

---@param filepath string
---@return string
function PosixPath:_makeLong(filepath)
  return filepath
end

---@class luvit.WindowsPath: luvit.Path
local WindowsPath = setmetatable({}, Path)
WindowsPath.__index = WindowsPath

function WindowsPath:pathsEqual(a, b)
  return a ~= nil and b ~= nil and a:lower() == b:lower()
end

-- Root (`c:\`, `c:` of a drive-relative path, `\\server\share\`) and the rest.
-- A path that only starts with a separator has no root of its own.
function WindowsPath:_splitRoot(filepath)
  local server, rest = filepath:match('^[\\/][\\/]([^?\\/.][^\\/]*)(.*)$')
  if server then
    local share, after = rest:match('^[\\/]+([^\\/.][^\\/]*)[\\/]*(.*)$')
    if share then return '\\\\' .. server .. '\\' .. share .. '\\', after end
    return '\\\\' .. server .. '\\', rest:match('^[\\/]*(.*)$')
  end
  local drive, tail = filepath:match('^(%a:)(.*)$')
  if not drive then return nil, filepath end
  if self:isDriveRelative(filepath) then return drive, tail end
  return drive .. '\\', tail:match('^[\\/]?(.*)$')
end

---The root of a path: `\\server\share\`, `d:\`, `d:` for a drive-relative
---path, nil for a relative one. Without an argument the default, `c:\`.
---@param filepath string?
---@return string?
function WindowsPath:getRoot(filepath)
  if not filepath then return self.root end
  return (self:_splitRoot(filepath))
end

---@param filepath string
---@return boolean
function WindowsPath:isAbsolute(filepath)
  return not self:isDriveRelative(filepath) and self:getRoot(filepath) ~= nil
end

---Whether the path names a share: `\\server\…`.
---@param filepath string?
---@return boolean
function WindowsPath:isUNC(filepath)
  return filepath ~= nil and filepath:find('^[\\/][\\/][^?\\/.]') ~= nil
end

---Whether the path is relative to the working directory of a drive: `d:file`.
---@param filepath string?
---@return boolean
function WindowsPath:isDriveRelative(filepath)
  return filepath ~= nil and filepath:find('^%a:[^\\/]') ~= nil
end

function WindowsPath:join(...)
  local joined, parts = self:_filteredjoin(...)
  -- Two separators may have met by accident: only a first part that was
  -- written as a share makes the result one.
  if not self:isUNC(parts[1]) then
    joined = joined:gsub('^\\+', '\\')
  end
  return self:normalize(joined)
end

---@param filepath string
---@return string
function WindowsPath:normalizeSeparators(filepath)
  return (filepath:gsub('/', '\\'))
end

---The `\\?\` form, which has no length limit; a relative path stays as it is.
---@param filepath string
---@return string
function WindowsPath:_makeLong(filepath)
  if self:isUNC(filepath) then
    return '\\\\?\\UNC\\' .. self:resolve(filepath):sub(3)
  elseif self:isAbsolute(filepath) then
    return '\\\\?\\' .. self:resolve(filepath)
  end
  return filepath
end

return {
  posix = setmetatable({ root = '/', sep = '/', _sepClass = '/' }, PosixPath),
  nt = setmetatable({ root = 'c:\\', sep = '\\', _sepClass = '\\' }, WindowsPath),
}
