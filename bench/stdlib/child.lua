-- The output of a child, line by line: 100,000 lines are counted as they come (`count`), their numbers are added up as they
-- come (`spawn`) and at the end (`exec`). Adding makes a string of every line, which is most of what it costs.
-- Prints milliseconds from the start of the child to its `close`, and CPU milliseconds of this process: of the first
-- time, as of a program that does it once, and the medians of some rounds. The peer is child.js.

local childprocess = require('childprocess')
local uv = require('uv')

local LINES = 100000
local ROUNDS = tonumber(process.argv[2]) or 41

---Adds up the numbers of all whole lines. Returns the sum and what is left.
local function addLines(text)
  local sum, first = 0, 1
  while true do
    local last = text:find('\n', first, true)
    if not last then break end
    sum = sum + tonumber(text:sub(first, last - 1))
    first = last + 1
  end
  return sum, text:sub(first)
end

local function withCount(done)
  local count = 0
  local child = childprocess.spawn('seq', { LINES })
  child.stdout:on('data', function(chunk)
    local last = chunk:find('\n', 1, true)
    while last do
      count = count + 1
      last = chunk:find('\n', last + 1, true)
    end
  end)
  child:on('close', function() done(count * (count + 1) / 2) end)
end

local function withSpawn(done)
  local total, rest = 0, ''
  local child = childprocess.spawn('seq', { LINES })
  child.stdout:on('data', function(chunk)
    local sum
    sum, rest = addLines(rest .. chunk)
    total = total + sum
  end)
  child:on('close', function() done(total) end)
end

local function withExec(done)
  childprocess.exec('seq ' .. LINES, function(err, stdout)
    assert(not err, err)
    done((addLines(stdout)))
  end)
end

local function cpu()
  local usage = uv.getrusage()
  return (usage.utime.sec + usage.stime.sec) * 1000 + (usage.utime.usec + usage.stime.usec) / 1000
end

local function median(list)
  local sorted = { unpack(list) }
  table.sort(sorted)
  return sorted[math.ceil(#sorted / 2)]
end

local function measure(name, run, after)
  local times, cpus = {}, {}
  local function again()
    local start, used = uv.hrtime(), cpu()
    run(function(total)
      assert(total == LINES * (LINES + 1) / 2)
      times[#times + 1] = (uv.hrtime() - start) / 1e6
      cpus[#cpus + 1] = cpu() - used
      if #times < ROUNDS then return again() end
      print(('%-5s %d lines: first %.2f ms, %.2f ms of CPU; then %.2f ms, %.2f ms of CPU'):format(
        name, LINES, times[1], cpus[1], median(times), median(cpus)))
      if after then after() end
    end)
  end
  again()
end

-- `child.lua ROUNDS exec` measures the other one alone: only what comes first in a process is a first time.
if process.argv[3] == 'exec' then
  measure('exec', withExec)
else
  measure('spawn', withSpawn, function()
    measure('exec', withExec, function() measure('count', withCount) end)
  end)
end
