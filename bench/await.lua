-- What `await` costs, and that it leaves nothing behind: luvit bench/await.lua [how often]
--
-- Each line: nanoseconds of CPU for one, and by how much the Lua heap and resident memory grew over all of them. What the event
-- loop does for an operation is not part of it, save where a line says so.

local await = require('await')
local timer = require('timer')
local uv = require('uv')

local COUNT = tonumber(args[2]) or 1000000

local pending
local function later(value, callback) -- luacheck: ignore
  pending = callback
end

local function now(value, callback) callback(nil, value) end

-- Calls back what waits, as the event loop would, until nothing does.
local function pump()
  while pending do
    local callback = pending
    pending = nil
    callback(nil, 1)
  end
end

local function measure(name, fn)
  for _ = 1, 3 do collectgarbage() end
  local heap, resident, start = collectgarbage('count'), uv.resident_set_memory(), os.clock()
  fn()
  local each = (os.clock() - start) * 1e9 / COUNT
  for _ = 1, 3 do collectgarbage() end
  print(('%-38s %7.0f ns  heap %+6.0f KB  resident %+6.0f KB'):format(name, each, collectgarbage('count') - heap,
    (uv.resident_set_memory() - resident) / 1024))
end

measure('yield and resume by hand', function()
  local thread
  thread = coroutine.create(function()
    local function callback(_, ...) assert(coroutine.resume(thread, ...)) end
    for i = 1, COUNT do
      later(i, callback)
      coroutine.yield()
    end
  end)
  coroutine.resume(thread)
  pump()
end)

measure('await: called back at once', function()
  for i = 1, COUNT do await(now, i) end
end)

measure('await: suspended', function()
  coroutine.wrap(function()
    for i = 1, COUNT do await(later, i) end
  end)()
  pump()
end)

measure('await: suspended, in a task', function()
  await.spawn(function()
    for i = 1, COUNT do await(later, i) end
  end)
  pump()
end)

measure('a task, awaited', function()
  for i = 1, COUNT do await.spawn(now, i, type):await() end
end)

measure('a task, abandoned while it waits', function()
  for _ = 1, COUNT do await.spawn(await, later, 1) end
  pending = nil
end)

measure('a task, canceled while it waits', function()
  for _ = 1, COUNT do await.spawn(await, later, 1):cancel() end
  pending = nil
end)

measure('await.timeout of what ends at once', function()
  for i = 1, COUNT do await.timeout(1000, now, i, type) end
end)

measure('await of an immediate (event loop)', function()
  for _ = 1, COUNT do await.value(timer.setImmediate) end
end)

measure('await.timeout of one (event loop)', function()
  for _ = 1, COUNT do await.timeout(1000, await.value, timer.setImmediate) end
end)
