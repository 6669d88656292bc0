-- Work for other processors: a function on the thread pool, and a thread of its own that sends news while it works.
local thread = require('thread')
local uv = require('uv')

-- The function runs in another Lua state: it has its arguments and what it requires, and nothing else of this file.
local worker = thread.work(function(last)
  if last < 1 then error('nothing to add') end
  local sum = 0
  for i = 1, last do sum = sum + i end
  return sum
end, function(sum)
  print(('%d'):format(sum)) --> 500000500000
end)
worker:queue(1000000)
uv.run()

-- What a work function raises comes here.
worker:on('error', function(err)
  print(err.message:match('nothing to add')) --> nothing to add
end)
worker:queue(0)
uv.run()

-- A thread has an event loop; an async handle calls back in the loop that made it.
local async
async = uv.new_async(function(text)
  print(text) --> 3 ticks
  async:close()
end)
local started = assert(thread.start(function(news, limit)
  local timer = require('timer')
  local ticks, interval = 0, nil
  interval = timer.setInterval(1, function()
    ticks = ticks + 1
    if ticks < limit then return end
    timer.clearInterval(interval)
    news:send(ticks .. ' ticks')
  end)
end, async, 3))

-- Waits for its end: true, or nil and the error that ended it. What it sent comes when the loop here runs again.
assert(thread.join(started))
