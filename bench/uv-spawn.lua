-- Processes started and waited for per second: /bin/true one after another, many at once, and from a process that
-- holds much memory. Run it with `luvit bench/uv-spawn.lua [seconds]`, and with `luajit bench/uv-spawn.lua` where luv is
-- installed; compare the ratios of one run.

local ok, uv = pcall(require, 'uv')
if not ok then uv = require('luv') end

local SECONDS = tonumber((args or arg)[1]) or 2
local AT_ONCE = 200
local BALLAST = 256 * 1024 * 1024

local function spawn(onExit)
  local child
  child = assert(uv.spawn('/bin/true', {}, function(code)
    assert(code == 0)
    child:close()
    onExit()
  end))
end

--- Keeps `width` children running for the time of a measurement; returns children per second.
local function measure(width)
  local done, start = 0, uv.hrtime()
  local finish = start + SECONDS * 1e9
  local function next()
    if uv.hrtime() < finish then
      spawn(function()
        done = done + 1
        next()
      end)
    end
  end
  for _ = 1, width do next() end
  uv.run()
  return done / ((uv.hrtime() - start) / 1e9)
end

local function report(name, perSecond)
  print(('%-28s %8.0f children/s'):format(name, perSecond))
end

report('one after another', measure(1))
report(AT_ONCE .. ' at once', measure(AT_ONCE))

local ballast = require('ffi').new('char[?]', BALLAST)
require('ffi').fill(ballast, BALLAST, 1)
report('one, from a process of 256 MB', measure(1))
assert(ballast[BALLAST - 1] == 1)
