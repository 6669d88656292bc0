-- File operations on one small file, at once and on the thread pool with so many under way.

package.path = debug.getinfo(1, 'S').source:match('^@(.*[/\\])') .. '?.lua;' .. package.path
local measure = require('measure')
local uv = measure.uv

local SIZE, BATCH = 4096, 1000

local path = os.tmpname()
local fd = assert(uv.fs_open(path, 'w+', 384))
local data = ('x'):rep(SIZE)
assert(uv.fs_write(fd, data, 0) == SIZE)

measure.calls('fs_stat', 'calls/s', function()
  local stat = uv.fs_stat
  for _ = 1, BATCH do stat(path) end
  return BATCH
end)

measure.calls('fs_read, 4 KiB', 'calls/s', function()
  local read = uv.fs_read
  for _ = 1, BATCH do read(fd, SIZE, 0) end
  return BATCH
end)

measure.calls('fs_write, 4 KiB', 'calls/s', function()
  local write = uv.fs_write
  for _ = 1, BATCH do write(fd, data, 0) end
  return BATCH
end)

measure.calls('fs_open, read, close', 'files/s', function()
  local open, read, close = uv.fs_open, uv.fs_read, uv.fs_close
  for _ = 1, BATCH do
    local file = open(path, 'r', 438)
    read(file, SIZE, 0)
    close(file)
  end
  return BATCH
end)

---Keeps `width` operations under way.
local function flight(width, operation)
  return function(count, ended)
    local function again(err)
      assert(not err, err)
      count(1)
      if not ended() then operation(again) end
    end
    for _ = 1, width do operation(again) end
  end
end

for _, width in ipairs({ 1, 16, 256 }) do
  measure.loop(('fs_stat, pool, %d'):format(width), 'calls/s', flight(width, function(done)
    uv.fs_stat(path, done)
  end))
end

for _, width in ipairs({ 1, 16, 256 }) do
  measure.loop(('fs_read, 4 KiB, pool, %d'):format(width), 'calls/s', flight(width, function(done)
    uv.fs_read(fd, SIZE, 0, done)
  end))
end

measure.loop('fs_open, read, close, pool, 16', 'files/s', flight(16, function(done)
  uv.fs_open(path, 'r', 438, function(err, file)
    assert(not err, err)
    uv.fs_read(file, SIZE, 0, function(readErr)
      assert(not readErr, readErr)
      uv.fs_close(file, done)
    end)
  end)
end))

uv.fs_close(fd)
uv.fs_unlink(path)
