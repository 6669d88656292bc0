-- Timers: once, again and again, as soon as possible, and waiting in a coroutine.
--
--   luvit examples/timers.lua

local timer = require('timer')

print("start")

timer.setTimeout(200, function (name)
  print("timeout: hello " .. name)
end, "Major Tom")

-- This one is stopped before it is due.
local never = timer.setTimeout(50, function ()
  print("never printed")
end)
timer.clearTimeout(never)

local count = 0
local ticking
ticking = timer.setInterval(20, function ()
  count = count + 1
  print("tick " .. count)
  if count == 3 then
    timer.clearInterval(ticking)
  end
end)

timer.setImmediate(function ()
  print("immediate: after this script, before any timer")
end)

-- In a coroutine a pause reads like a blocking one, and blocks nobody else.
coroutine.wrap(function ()
  timer.sleep(400)
  print("slept in a coroutine")
end)()

print("end of the script; luvit ends when no timer is left")
