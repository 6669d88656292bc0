-- Timers, of which many run at a time.

package.path = debug.getinfo(1, 'S').source:match('^@(.*[/\\])') .. '?.lua;' .. package.path
local measure = require('measure')
local uv = measure.uv

local MANY = 10000

local function timers(count)
  local list = {}
  for i = 1, count do list[i] = uv.new_timer() end
  return list
end

local function closeAll(list)
  for _, timer in ipairs(list) do uv.close(timer) end
  uv.run()
end

local function nothing() end

-- Old versions of libuv never leave a timer of 0 ms that its callback starts again: these fire once a batch.
local list = timers(MANY)
measure.calls('timers started and fired', 'timers/s', function()
  local start = uv.timer_start
  for i = 1, MANY do start(list[i], 0, 0, nothing) end
  uv.run()
  return MANY
end)

measure.calls('timers made, fired, closed', 'timers/s', function()
  for _ = 1, MANY do
    local timer = uv.new_timer()
    uv.timer_start(timer, 0, 0, function() uv.close(timer) end)
  end
  uv.run()
  return MANY
end)

-- Deadlines of all kinds: the order matters.
measure.loop('timers of 1 to 20 ms, repeating', 'timers/s', function(count)
  local function fire() count(1) end
  for i, timer in ipairs(list) do uv.timer_start(timer, i % 20 + 1, i % 20 + 1, fire) end
  return function()
    for _, timer in ipairs(list) do uv.timer_stop(timer) end
  end
end)

-- What a server does with its idle connections: one after another is put off, none fires.
for i, timer in ipairs(list) do uv.timer_start(timer, 60000 + i % 977, 0, nothing) end
local turn = 0
measure.calls('timers put off, 10,000 running', 'calls/s', function()
  local start = uv.timer_start
  turn = turn + 1
  for i = 1, MANY do start(list[i], 60000 + i * turn % 977, 0, nothing) end
  return MANY
end)
closeAll(list)
