-- The test harness: runs the tests of a file one after another and prints TAP.
--
--   require('tap')(function(test)
--     test('name', function(expect, uv)
--       timer.setTimeout(1, expect(function() ... end))
--     end)
--   end)
--
-- `expect(fn, count)` wraps a callback that has to be called before the test ends: exactly `count` times, or at least
-- once without a count. After each test the event loop runs until nothing is alive. Handles that are still open then,
-- and errors in callbacks, are failures; with any the process ends with a code that is not 0.

local uv = require('uv')

-- Far longer than any test takes: it only keeps one that hangs from blocking the others.
local HANG_MS = 120000

local function openHandles()
  local set = {}
  uv.walk(function(handle)
    if not uv.is_closing(handle) then set[handle] = true end
  end)
  return set
end

local function newTest(name)
  local run = { name = name, expected = {} }

  function run.fail(err)
    run.err = run.err or tostring(err)
    if run.looping then uv.stop() end
  end

  function run.expect(fn, count)
    assert(type(fn) == 'function', "bad argument 'fn' to 'expect' (function expected)")
    local call = { at = debug.getinfo(2, 'Sl'), count = count, calls = 0 }
    table.insert(run.expected, call)
    return function(...)
      call.calls = call.calls + 1
      local results = { xpcall(fn, debug.traceback, ...) }
      if not results[1] then return run.fail(results[2]) end
      return unpack(results, 2, table.maxn(results))
    end
  end

  function run.checkCalls()
    for _, call in ipairs(run.expected) do
      local enough = call.count and call.calls == call.count or not call.count and call.calls > 0
      if not enough then
        run.fail(('%s:%d: expected %s, got %d calls'):format(
          call.at.short_src, call.at.currentline, call.count or 'at least 1', call.calls))
      end
    end
  end

  return run
end

local function runTest(name, fn)
  local run = newTest(name)
  local before, cwd = openHandles(), uv.cwd()

  local watchdog = uv.new_timer()
  watchdog:start(HANG_MS, 0, function()
    io.stderr:write('# test hangs: ' .. name .. '\n')
    os.exit(1)
  end)
  watchdog:unref()
  before[watchdog] = true

  local process = rawget(_G, 'process')
  if process then process:on('uncaughtException', run.fail) end

  local ok, err = xpcall(fn, debug.traceback, run.expect, uv)
  if ok then
    run.looping = true
    ok, err = xpcall(uv.run, debug.traceback)
    run.looping = false
  end
  if not ok then run.fail(err) end
  if not run.err then run.checkCalls() end
  for handle in pairs(openHandles()) do
    if not before[handle] then
      run.fail('handle left open: ' .. tostring(handle))
      uv.close(handle)
    end
  end
  if uv.cwd() ~= cwd then
    run.fail('working directory left at ' .. uv.cwd())
    uv.chdir(cwd)
  end

  if process then process:removeListener('uncaughtException', run.fail) end
  if not watchdog:is_closing() then watchdog:close() end
  -- What a failed test left over must not disturb the next one.
  pcall(uv.run)
  return run.err
end

---@param suite fun(test: fun(name: string, fn: fun(expect: fun(fn: function, count?: integer): function, uv: table)))
return function(suite)
  local tests = {}
  suite(function(name, fn)
    table.insert(tests, { name = name, fn = fn })
  end)
  if #tests == 0 then error('no tests in this file', 2) end

  print('1..' .. #tests)
  local failed = 0
  for number, test in ipairs(tests) do
    local err = runTest(test.name, test.fn)
    if err then
      failed = failed + 1
      print('not ok ' .. number .. ' - ' .. test.name)
      print('  # ' .. err:gsub('\n', '\n  # '))
    else
      print('ok ' .. number .. ' - ' .. test.name)
    end
  end
  if failed > 0 then
    print('# ' .. failed .. ' of ' .. #tests .. ' tests failed')
    local process = rawget(_G, 'process')
    if process then process.exitCode = 1 else os.exit(1) end
  end
end
