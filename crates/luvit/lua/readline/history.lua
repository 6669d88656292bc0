-- The lines entered so far, oldest first, in memory and in a file.
--
-- While a line is edited, the last entry stands for it.

local DEFAULT_MAX_LENGTH = 100

---A list of lines, the oldest first.
---@class luvit.readline.History
---@field maxLength integer lines that are kept, 100 by default
---@field path? string the file that entries are added to
---@field [integer] string
local History = {}
History.__index = History

local function trim(history, length)
  local excess = #history - length
  if excess <= 0 then return end
  for i = 1, #history do history[i] = history[i + excess] end
end

---Makes an empty history.
---@return luvit.readline.History
function History.new()
  return setmetatable({ maxLength = DEFAULT_MAX_LENGTH }, History)
end

---Where the REPL keeps its history: `~/.luvit_history`, `%APPDATA%\luvit_history` on Windows.
---@return string? path nil without a home
function History.defaultPath()
  local isWindows = jit.os == 'Windows'
  local home = os.getenv(isWindows and 'APPDATA' or 'HOME')
  if not home or home == '' then return nil end
  return isWindows and home .. '\\luvit_history' or home .. '/.luvit_history'
end

---Adds a line; the oldest goes when there are too many.
---@param line string
---@return boolean # true
function History:add(line)
  if type(line) ~= 'string' then
    error("bad argument 'line' to 'add' (string expected, got " .. type(line) .. ')', 2)
  end
  trim(self, math.max(self.maxLength - 1, 0))
  self[#self + 1] = line
  return true
end

---Sets how many lines are kept; the oldest go when there are more.
---@param length integer `math.huge` keeps all
---@return boolean # true
function History:setMaxLength(length)
  if type(length) ~= 'number' or not (length >= 0 and math.floor(length) == length) then
    local got = type(length) == 'number' and tostring(length) or type(length)
    error("bad argument 'length' to 'setMaxLength' (integer of at least 0 expected, got " .. got .. ')', 2)
  end
  self.maxLength = length
  trim(self, length)
  return true
end

---Forgets all lines; the file keeps them.
---@return boolean # true
function History:clean()
  for i = #self, 1, -1 do self[i] = nil end
  return true
end

---All lines, each with a line break.
---@return string
function History:dump()
  if #self == 0 then return '' end
  return table.concat(self, '\n') .. '\n'
end

---Adds the lines of a dump.
---@param data string
---@return boolean # true
function History:load(data)
  if type(data) ~= 'string' then
    error("bad argument 'data' to 'load' (string expected, got " .. type(data) .. ')', 2)
  end
  for line in data:gmatch('[^\r\n]+') do self[#self + 1] = line end
  trim(self, self.maxLength)
  return true
end

---Replaces the last line; nil removes it.
---@param line? string
function History:updateLastLine(line)
  if #self > 0 then self[#self] = line end
end

-- What people type is nobody else's business. `io` cannot say so.
local function makePrivate(path)
  if jit.os == 'Windows' then return end
  local ffi = require('ffi')
  pcall(ffi.cdef, 'int chmod(const char *path, unsigned int mode);')
  pcall(function() return ffi.C.chmod(path, 384) end)
end

-- Opens a file that only its owner can read.
local function openPrivate(path, mode)
  local file, err = io.open(path, mode)
  if file then makePrivate(path) end
  return file, err
end

-- The file grows by every line ever entered; now and then it is cut.
local function shorten(history)
  local temporary = history.path .. '.new'
  local file = openPrivate(temporary, 'w')
  if not file then return end
  local written = file:write(history:dump())
  if file:close() and written then
    -- There a file in the way is an error.
    if jit.os == 'Windows' then os.remove(history.path) end
    os.rename(temporary, history.path)
  else
    os.remove(temporary)
  end
end

---Reads a file and adds each line entered from now on to it. A file that
---cannot be read or written does no harm: the history then lives in memory.
---@param path string
---@return boolean? ok
---@return string? err  why it could not be read
function History:open(path)
  if type(path) ~= 'string' then
    error("bad argument 'path' to 'open' (string expected, got " .. type(path) .. ')', 2)
  end
  self.path = path
  local file, err = io.open(path, 'r')
  if not file then return nil, err end
  local data = file:read('*a')
  file:close()
  if not data then return nil, 'EIO: cannot read ' .. path end
  self:load(data)
  local _, lines = data:gsub('\n', '')
  if lines > 4 * self.maxLength then shorten(self) end
  return true
end

---Ends the entry that is edited: keeps it, unless it is empty or repeats the
---one before, and adds it to the file.
---@param line string
---@return boolean? kept
---@return string? err  why the file could not be written
function History:commit(line)
  local last = #self
  if line == '' or self[last - 1] == line then
    self[last] = nil
    return false
  end
  self[last] = line
  if not self.path then return true end
  local file, err = openPrivate(self.path, 'a')
  if not file then return true, err end
  local written, writeError = file:write(line, '\n')
  local closed, closeError = file:close()
  if written and closed then return true end
  return true, writeError or closeError
end

return History
