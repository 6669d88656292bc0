-- What runs when: immediates, timeouts, intervals, and a coroutine that sleeps.

local timer = require('timer')

-- This one waits for ever, but the program does not wait for it.
timer.setTimeout(1e9, print, 'never'):unref()

local id = timer.setImmediate(print, 'taken back')
timer.clearImmediate(id)

timer.setImmediate(coroutine.wrap(function()
  print('an immediate')

  -- A coroutine can sleep. The script is one too.
  timer.sleep(20)
  print('20 milliseconds later')

  local count, interval = 0, nil
  interval = timer.setInterval(5, function(name)
    count = count + 1
    print(name .. ' ' .. count)
    if count == 3 then
      timer.clearInterval(interval)
      timer.setTimeout(10, print, 'the end')
    end
  end, 'tick')
end))

print('the script')
--> the script
--> an immediate
--> 20 milliseconds later
--> tick 1
--> tick 2
--> tick 3
--> the end
