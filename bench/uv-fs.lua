-- File operations per second, at once and on the thread pool.
--
--   luvit bench/uv-fs.lua          this program
--   luajit bench/uv-fs.lua         LuaJIT with lua-luv, the peer
--
-- Prints one line a measurement: its name, operations per second of CPU time (all threads, user and system) and of
-- wall time. Each is the best of a few rounds. UV_FS_SCALE=0.1 makes the rounds shorter.

local found, uv = pcall(require, 'uv')
if not found then uv = require('luv') end

local ROUNDS = 5
local scale = tonumber(os.getenv('UV_FS_SCALE') or 1)

local function cpu()
  local usage = uv.getrusage()
  return usage.utime.sec + usage.stime.sec + (usage.utime.usec + usage.stime.usec) / 1e6
end

---@param name string
---@param count integer How many operations `run` does
---@param run fun(count: integer)
local function measure(name, count, run)
  count = math.max(1, math.floor(count * scale))
  run(math.ceil(count / 10))
  local byCpu, byWall = 0, 0
  for _ = 1, ROUNDS do
    collectgarbage()
    local cpuStart, start = cpu(), uv.hrtime()
    run(count)
    byWall = math.max(byWall, count / ((uv.hrtime() - start) / 1e9))
    byCpu = math.max(byCpu, count / (cpu() - cpuStart))
  end
  print(('%-30s %9.0f /s CPU %9.0f /s wall'):format(name, byCpu, byWall))
end

local path = os.tmpname()
do
  local fd = assert(uv.fs_open(path, 'w', 384))
  assert(uv.fs_write(fd, ('x'):rep(4096), 0))
  assert(uv.fs_close(fd))
end

-- Keeps `width` operations under way until `count` have ended.
local function flight(width, operation)
  return function(count)
    local left = count
    local function again(err)
      assert(not err, err)
      if left > 0 then
        left = left - 1
        operation(again)
      end
    end
    for _ = 1, width do again() end
    uv.run()
  end
end

measure('stat sync', 200000, function(count)
  local stat = uv.fs_stat
  for _ = 1, count do stat(path) end
end)

measure('open+read+close sync', 60000, function(count)
  local open, read, close = uv.fs_open, uv.fs_read, uv.fs_close
  for _ = 1, count do
    local fd = open(path, 'r', 438)
    read(fd, 4096, 0)
    close(fd)
  end
end)

local fd = assert(uv.fs_open(path, 'r+', 384))

measure('read 4 KiB sync', 300000, function(count)
  local read = uv.fs_read
  for _ = 1, count do read(fd, 4096, 0) end
end)

measure('write 4 KiB sync', 100000, function(count)
  local write, data = uv.fs_write, ('y'):rep(4096)
  for _ = 1, count do write(fd, data, 0) end
end)

for _, width in ipairs({ 1, 16, 256 }) do
  measure(('stat async, %d at once'):format(width), width == 1 and 30000 or 60000, flight(width, function(done)
    uv.fs_stat(path, done)
  end))
end

for _, width in ipairs({ 1, 16, 256 }) do
  measure(('read 4 KiB async, %d at once'):format(width), width == 1 and 30000 or 60000, flight(width, function(done)
    uv.fs_read(fd, 4096, 0, done)
  end))
end

measure('open+read+close async, 16', 15000, flight(16, function(done)
  uv.fs_open(path, 'r', 438, function(err, file)
    assert(not err, err)
    uv.fs_read(file, 4096, 0, function(readErr)
      assert(not readErr, readErr)
      uv.fs_close(file, done)
    end)
  end)
end))

uv.fs_close(fd)
uv.fs_unlink(path)
