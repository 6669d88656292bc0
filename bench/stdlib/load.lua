-- What loading the whole standard library costs over a program that loads nothing: time and memory.
--
--   luvit bench/stdlib/load.lua [rounds]     a program per round, 20 by default; needs a release build
--
-- All is measured inside the program around all `require` calls: time and CPU time, of the process with its threads, and
-- what VmRSS and the Lua heap, collected, are larger afterwards; medians of the rounds. `parts` loads what modules leave
-- until it is used as well. The bound is 8 ms and 3 MB.

local MODULES = {
  'assert', 'await', 'buffer', 'childprocess', 'codec', 'core', 'dgram', 'dns', 'env', 'fs', 'helpful', 'hooks', 'http',
  'http-codec', 'http-header', 'json', 'los', 'luvi', 'net', 'path', 'pathjoin', 'pretty-print', 'process',
  'querystring', 'readline', 'repl', 'require', 'resource', 'stream', 'tap', 'thread', 'timer', 'url', 'ustring',
  'utils', 'uv',
}

local uv = require('uv')

-- Looks at everything that can be reached.
local function touch(value, seen)
  if type(value) ~= 'table' or seen[value] then return end
  seen[value] = true
  for _, inner in pairs(value) do touch(inner, seen) end
end

local function megabytes()
  collectgarbage()
  collectgarbage()
  return uv.resident_set_memory() / 2 ^ 20, collectgarbage('count') / 1024
end

local function measure(what)
  local resident, heap = megabytes()
  local seen = {}
  local started, used = uv.hrtime(), os.clock()
  for i = 1, what == 'nothing' and 0 or #MODULES do
    local module = require(MODULES[i])
    if what == 'parts' then touch(module, seen) end
  end
  local ms, cpu = (uv.hrtime() - started) / 1e6, (os.clock() - used) * 1000
  local residentAfter, heapAfter = megabytes()
  print(ms, cpu, residentAfter - resident, heapAfter - heap)
end

local function median(list)
  table.sort(list)
  return list[math.ceil(#list / 2)]
end

local function rounds(what, count)
  local columns = { {}, {}, {}, {} }
  for round = 1, count do
    local pipe = io.popen(("'%s' '%s' --%s"):format(uv.exepath(), args[1], what))
    local line = pipe:read('*a')
    pipe:close()
    local column = 0
    for number in line:gmatch('%S+') do
      column = column + 1
      if columns[column] then table.insert(columns[column], tonumber(number)) end
    end
    if column ~= 4 or not columns[4][round] then error('the program failed: ' .. line) end
  end
  return median(columns[1]), median(columns[2]), median(columns[3]), median(columns[4])
end

if args[2] and args[2]:match('^%-%-') then
  measure(args[2]:sub(3))
else
  local count = tonumber(args[2]) or 20
  print(('%-10s %8s %8s %14s %13s'):format(#MODULES .. ' modules', 'ms', 'CPU ms', 'resident MB', 'Lua heap MB'))
  for _, what in ipairs({ 'nothing', 'modules', 'parts' }) do
    print(('%-10s %8.2f %8.2f %14.2f %13.2f'):format(what, rounds(what, count)))
  end
end
