-- Errors through coroutines and callbacks, and that the runtime's `coroutine` functions are Lua's own in all but that.

local catching = require('catching')

local function soon(uv, fn)
  local timer = uv.new_timer()
  timer:start(0, 0, function()
    timer:close()
    fn()
  end)
end

require('tap')(function(test)
  test('resume passes everything through', function()
    local thread = coroutine.create(function(...)
      assert(select('#', ...) == 3 and select(3, ...) == nil)
      local count = select('#', coroutine.yield(nil, 1, nil))
      return count, nil
    end)
    local first = { n = select('#', coroutine.resume(thread, 'a', 'b', nil)) }
    assert(first.n == 4)
    local ok, count = coroutine.resume(thread, nil, nil)
    assert(ok and count == 2 and coroutine.status(thread) == 'dead')
    local dead, err = coroutine.resume(thread)
    assert(dead == false and err == 'cannot resume dead coroutine')
    dead, err = coroutine.resume(coroutine.running())
    assert(dead == false and err:find('cannot resume'))
  end)

  test('errors of any type leave resume and wrap as they are', function()
    for _, value in ipairs({ {}, 'text', 1, true, print, newproxy(), coroutine.create(print) }) do
      local ok, err = coroutine.resume(coroutine.create(function() error(value, 0) end))
      assert(not ok and err == value)
      ok, err = pcall(coroutine.wrap(function() error(value, 0) end))
      assert(not ok and (rawequal(err, value) or type(value) == 'string' and err:find(value, 1, true)))
    end
    local results = { n = select('#', coroutine.resume(coroutine.create(function() error() end))) }
    assert(results.n == 2)
    assert(select(2, pcall(coroutine.wrap(function() error(nil) end))) == nil)
    local strange = setmetatable({}, { __eq = function() error('eq') end, __tostring = function() error('tostring') end })
    for _ = 1, 2 do
      local ok, err = coroutine.resume(coroutine.create(function() error(strange) end))
      assert(not ok and rawequal(err, strange))
    end
  end)

  test('wrap puts the caller in front, as Lua does', function()
    local fn = coroutine.wrap(function() error('inner', 0) end)
    local ok, err = pcall(function() fn() end)
    assert(not ok and err:find('^[^\n]*errors%.lua:%d+: inner$'), err)
    ok, err = pcall(function() fn() end)
    assert(not ok and err:find('errors%.lua:%d+: cannot resume dead coroutine$'), err)
  end)

  test('wrong arguments name the argument', function()
    local ok, err = pcall(function() coroutine.resume(1) end)
    assert(not ok and err:find("errors.lua:%d+: bad argument #1 to 'resume' %(coroutine expected%)"), err)
    ok, err = pcall(function() coroutine.wrap(1) end)
    assert(not ok and err:find("errors.lua:%d+: bad argument #1 to 'wrap' %(function expected"), err)
  end)

  test('running, status and isyieldable', function()
    local outer = coroutine.running()
    coroutine.wrap(function()
      local thread, main = coroutine.running()
      assert(thread ~= outer and main == false)
      assert(coroutine.status(thread) == 'running' and coroutine.isyieldable())
      if outer then assert(coroutine.status(outer) == 'normal') end
      for value in coroutine.wrap(function() coroutine.yield(coroutine.running()) end) do
        assert(value ~= thread)
      end
    end)()
  end)

  test('yields across pcall, xpcall, metamethods and iterators', function()
    local fn = coroutine.wrap(function()
      local ok, err = pcall(function()
        coroutine.yield('pcall')
        error('caught', 0)
      end)
      assert(not ok and err == 'caught')
      xpcall(coroutine.yield, debug.traceback, 'xpcall')
      local sum = setmetatable({}, { __add = function() return coroutine.yield('add') end }) + 1
      assert(sum == 'sum')
      for value in function(_, last) return not last and coroutine.yield('iterator') or nil end do
        assert(value == 'value')
      end
      return 'end'
    end)
    assert(fn() == 'pcall' and fn() == 'xpcall' and fn() == 'add' and fn('sum') == 'iterator' and fn('value') == 'end')
  end)

  test('coroutines nested too deep are an error', function()
    local depth = 0
    local function nest()
      depth = depth + 1
      local ok, err = coroutine.resume(coroutine.create(nest))
      if not ok then error(err, 0) end
    end
    local ok, err = pcall(nest)
    assert(not ok and err == 'C stack overflow' and depth > 1000)
    local first = depth
    depth = 0
    assert(not pcall(nest) and depth == first)
    assert(not pcall(function()
      local function wrapped() coroutine.wrap(wrapped)() end
      wrapped()
    end))
  end)

  test('deep recursion is an error', function(expect, uv)
    local function recurse() return 1 + recurse() end
    local ok, err = pcall(recurse)
    assert(not ok and err:find('stack overflow'))
    ok, err = coroutine.resume(coroutine.create(recurse))
    assert(not ok and err:find('stack overflow'))
    soon(uv, recurse)
    catching(uv, expect(function(caught, stack)
      assert(caught:find('errors.lua:%d+: stack overflow') and #stack < 10000)
    end))
  end)

  test('uncaught errors come with the stacks of their coroutines', function(expect, uv)
    local function innermost() error('innermost') end
    local function inner() coroutine.wrap(innermost)() end
    soon(uv, function() coroutine.wrap(inner)() end)
    catching(uv, expect(function(err, stack)
      assert(err:find('innermost$'))
      local _, stacks = stack:gsub('stack traceback', '')
      assert(stacks == 3, stack)
      local _, frames = stack:gsub('errors%.lua:%d+: in', '')
      assert(frames >= 3, stack)
    end, 1))
  end)

  test('an uncaught error may be anything', function(expect, uv)
    local values = { { code = 1 }, 1, false, 'text' }
    for i = 1, #values do soon(uv, function() error(values[i], 0) end) end
    soon(uv, function() error(nil) end)
    local seen, count = {}, 0
    catching(uv, expect(function(err, stack)
      count = count + 1
      if err ~= nil then seen[err] = true end
      assert(type(stack) == 'string' and stack:find('errors.lua', 1, true), stack)
    end, 5))
    for i = 1, #values do assert(seen[values[i]]) end
    assert(count == 5)
  end)

  test('what is remembered keeps no error object alive', function()
    local weak = setmetatable({}, { __mode = 'v' })
    for i = 1, 20 do
      weak[i] = { i }
      coroutine.resume(coroutine.create(error), weak[i])
    end
    for _ = 1, 3 do collectgarbage() end
    assert(next(weak) == nil)
  end)

  test('errors by the hundred thousand leave nothing', function()
    local function churn(count)
      for i = 1, count do
        coroutine.resume(coroutine.create(error), 'error ' .. i)
        pcall(coroutine.wrap(error), { i })
      end
    end
    churn(1000)
    for _ = 1, 4 do collectgarbage() end
    local before = collectgarbage('count')
    churn(100000)
    for _ = 1, 4 do collectgarbage() end
    assert(collectgarbage('count') - before < 200)
  end)
end)
