-- Small text files of the system: read once, and again when they have changed.

local uv = require('uv')

-- How often a file is looked at, at most.
local RECHECK_NS = 2e9
-- More than any sensible file has; the rest is not read.
local MAX_SIZE = 8 * 1024 * 1024

local file = {}

local function read(path)
  local fd = uv.fs_open(path, 'r', 0)
  if not fd then return nil end
  local parts, size = {}, 0
  while size < MAX_SIZE do
    local chunk = uv.fs_read(fd, 65536, -1)
    if not chunk or chunk == '' then break end
    parts[#parts + 1] = chunk
    size = size + #chunk
  end
  uv.fs_close(fd)
  return table.concat(parts)
end

---A function that returns what `parse` made of the file. `parse` gets its text, '' when it cannot be read.
---@param path string
---@param parse fun(text: string): any
---@return fun(): any
function file.watch(path, parse)
  local value, version, checked
  return function()
    local now = uv.hrtime()
    if checked and now - checked < RECHECK_NS then return value end
    checked = now
    local stat = uv.fs_stat(path)
    local current = stat and ('%d %d %d %d'):format(stat.ino, stat.size, stat.mtime.sec, stat.mtime.nsec) or 'none'
    if current ~= version then
      -- What is no file, a FIFO for one, could block.
      value = parse(stat and stat.type == 'file' and read(path) or '')
      version = current
    end
    return value
  end
end

return file
