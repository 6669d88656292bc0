-- What runs when: immediates, timeouts, intervals, and a coroutine that sleeps.

local timer = require('timer')

timer.setTimeout(20, function(name) print('hello ' .. name) end, 'from a timeout')

local count = 0
local interval
interval = timer.setInterval(5, function()
  count = count + 1
  if count == 3 then timer.clearInterval(interval) end
end)

-- This one waits for ever, but not the program.
timer.setTimeout(1e9, print, 'never'):unref()

local id = timer.setImmediate(print, 'taken back')
timer.clearImmediate(id)
timer.setImmediate(print, 'an immediate')

print('the script') --> the script
--> an immediate
--> hello from a timeout

timer.sleep(60)
print(count .. ' intervals') --> 3 intervals
