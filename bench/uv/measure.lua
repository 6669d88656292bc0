-- What the files beside this one share: the same program runs under luvit and under LuaJIT with lua-luv, and prints one
-- line of JSON a measurement:
--
--     {"name":"udp-send","unit":"packets/s","rate":123456.7,"cpu":3.141}
--
-- `rate` is by the wall clock, `cpu` are microseconds of user and system time for one of what is counted, of all threads
-- of the process. $BENCH_SECONDS is how long a measurement lasts (0.3), $BENCH_ONLY a Lua pattern of names.

local found, uv = pcall(require, 'uv')
if not found then uv = require('luv') end

local SECONDS = tonumber(os.getenv('BENCH_SECONDS') or 0.3)
local ONLY = os.getenv('BENCH_ONLY')
-- What a measurement runs before it counts: code is compiled, buffers and the thread pool exist.
local WARM_UP = 0.25 * SECONDS

local measure = { uv = uv }

--- User and system time of the process so far, in seconds.
local function cpu()
  local usage = assert(uv.getrusage())
  return usage.utime.sec + usage.stime.sec + (usage.utime.usec + usage.stime.usec) / 1e6
end

local function report(name, unit, count, elapsed, used)
  print(('{"name":"%s","unit":"%s","rate":%.6g,"cpu":%.6g}'):format(name, unit, count / elapsed, used * 1e6 / count))
  io.stdout:flush()
end

local function wanted(name)
  return not ONLY or name:find(ONLY) ~= nil
end

--- Calls `batch` again and again: it does something and returns how often.
---@param name string
---@param unit string What `rate` counts, `stats/s`
---@param batch fun(): integer
function measure.calls(name, unit, batch)
  if not wanted(name) then return end
  local function run(seconds)
    local count, start, used = 0, uv.hrtime(), cpu()
    local elapsed
    repeat
      count = count + batch()
      elapsed = (uv.hrtime() - start) / 1e9
    until elapsed >= seconds
    return count, elapsed, cpu() - used
  end
  run(WARM_UP)
  collectgarbage()
  report(name, unit, run(SECONDS))
end

--- Counts what happens in the loop: `start(count, ended)` begins it, calls `count(n)` when n more are done, and stops
--- and closes all that is open soon after `ended()` says so.
---@param name string
---@param unit string
---@param start fun(count: fun(n: integer), ended: fun(): boolean): fun()? # what to call at the end
function measure.loop(name, unit, start)
  if not wanted(name) then return end
  local total, over = 0, false
  local close = start(function(n) total = total + n end, function() return over end)
  local timer = uv.new_timer()
  uv.timer_start(timer, math.ceil(WARM_UP * 1000), 0, function()
    collectgarbage()
    local begun, used = uv.hrtime(), cpu()
    total = 0
    uv.timer_start(timer, math.ceil(SECONDS * 1000), 0, function()
      report(name, unit, total, (uv.hrtime() - begun) / 1e9, cpu() - used)
      over = true
      uv.close(timer)
      if close then close() end
    end)
  end)
  uv.run()
  collectgarbage()
end

--- Reports what `grow` makes the resident memory grow by for each of what it made and keeps; it returns their number
--- and a function that lets go of them.
---@param name string
---@param unit string
---@param grow fun(): integer, fun()
function measure.memory(name, unit, grow)
  if not wanted(name) then return end
  local function resident()
    collectgarbage()
    collectgarbage()
    local file = assert(io.open('/proc/self/statm'))
    local pages = file:read('*a'):match('^%d+ (%d+)')
    file:close()
    return tonumber(pages) * 4096
  end
  local used, before = cpu(), resident()
  local count, drop = grow()
  local grown = resident() - before
  print(('{"name":"%s","unit":"%s","rate":%.6g,"cpu":%.6g}'):format(name, unit, grown / count, (cpu() - used) * 1e6 / count))
  drop()
  uv.run()
end

return measure
