local timer = require('timer')

require('tap')(function(test)
  test('a timeout counts from the call, however long the program worked before', function(expect, uv)
    uv.update_time()
    local started = uv.hrtime()
    while uv.hrtime() - started < 60e6 do end
    local called = uv.hrtime()
    timer.setTimeout(40, expect(function()
      local elapsed = (uv.hrtime() - called) / 1e6
      assert(elapsed >= 39, elapsed)
    end))
  end)

  test('setTimeout passes its arguments and closes its handle', function(expect, uv)
    local handle
    handle = timer.setTimeout(1, expect(function(...)
      assert(select('#', ...) == 3)
      local a, b, c = ...
      assert(a == 'a' and b == nil and c == 'c')
      assert(uv.is_closing(handle))
    end, 1), 'a', nil, 'c')
    assert(tostring(handle):find('^uv_timer_t'))
    timer.setTimeout(0, expect(function(...) assert(select('#', ...) == 0) end, 1))
  end)

  test('text that is a number is a delay, as in luvit 2.18', function(expect)
    timer.setTimeout('1', expect(function() end, 1))
    local interval
    interval = timer.setInterval('1', expect(function() timer.clearInterval(interval) end, 1))
    timer.sleep('1')
  end)

  test('wrong arguments are told where the call is', function()
    local calls = {
      ['delay'] = function() timer.setTimeout('soon', print) end,
      ['callback'] = function() timer.setInterval(1, 'print') end,
      ['handle'] = function() timer.clearTimeout(1) end,
      ['id'] = function() timer.clearImmediate({}) end,
      ['item'] = function() timer.active(nil) end,
      ["item' to 'unenroll"] = function() timer.unenroll('x') end,
      ['timeout'] = function() timer.enroll({}) end,
    }
    for name, call in pairs(calls) do
      local ok, err = pcall(call)
      assert(not ok and err:find("^%S*tests[/\\]timer%.lua:%d+: bad argument '" .. name .. "'"), err)
    end
  end)

  test('timeouts fire in the order of their delays', function(expect)
    local order = {}
    timer.setTimeout(20, function() table.insert(order, 'late') end)
    timer.setTimeout(-5, function() table.insert(order, 'negative') end)
    timer.setTimeout(0 / 0, function() table.insert(order, 'nan') end)
    timer.setTimeout(60, expect(function() assert(table.concat(order, ' ') == 'negative nan late') end))
  end)

  test('a timeout can be cleared, twice, and after it fired', function(expect)
    local handle = timer.setTimeout(1, error)
    timer.clearTimeout(handle)
    timer.clearTimeout(handle)
    timer.clearTimeout(nil)
    local fired
    fired = timer.setTimeout(1, expect(function() timer.clearTimer(fired) end))
    timer.setTimeout(30, expect(function() timer.clearTimeout(fired) end))
  end)

  test('two timers of one turn: the first clears the second', function(expect)
    local second
    timer.setTimeout(5, expect(function() timer.clearTimeout(second) end))
    second = timer.setTimeout(5, error)
  end)

  test('setInterval repeats until cleared in its own callback', function(expect, uv)
    for _, interval in ipairs({ 0, 2 }) do
      local count, handle = 0, nil
      handle = timer.setInterval(interval, expect(function(a, b)
        assert(a == 'x' and b == 'y')
        count = count + 1
        if count == 3 then
          timer.clearInterval(handle)
          assert(uv.is_closing(handle))
        end
      end, 3), 'x', 'y')
    end
  end)

  test('an unreferenced timer does not keep the loop alive', function(_, uv)
    local handle = timer.setTimeout(60000, error)
    handle:unref()
    uv.run()
    timer.clearTimeout(handle)
  end)

  test('setImmediate: order, arguments, not in the same turn', function(expect)
    local log, inside = {}, true
    timer.setImmediate(function(a, b, c)
      assert(not inside and a == 1 and b == nil and c == 3)
      table.insert(log, 'a')
      timer.setImmediate(function() table.insert(log, 'c') end)
    end, 1, nil, 3)
    timer.setImmediate(function() table.insert(log, 'b') end)
    inside = false
    timer.setTimeout(30, expect(function() assert(table.concat(log) == 'abc') end))
  end)

  test('clearImmediate', function(expect, uv)
    local ids = {}
    ids[1] = timer.setImmediate(error, 'cleared from outside')
    ids[2] = timer.setImmediate(expect(function()
      timer.clearImmediate(ids[3])
      timer.clearImmediate(ids[2])
    end, 1))
    ids[3] = timer.setImmediate(error, 'cleared by the one before')
    ids[4] = timer.setImmediate(expect(function() end, 1))
    timer.clearImmediate(ids[1])
    timer.clearImmediate(ids[1])
    timer.clearImmediate(nil)
    uv.run()
    -- An id of the past is nobody else's.
    local later = timer.setImmediate(expect(function() end, 1))
    for i = 1, 4 do
      assert(ids[i] ~= later)
      timer.clearImmediate(ids[i])
    end
    assert(not pcall(timer.clearImmediate, 'x'))
  end)

  test('a timer that was unreferenced holds the program again after ref', function(expect)
    local handle = timer.setTimeout(5, expect(function() end, 1))
    handle:unref()
    assert(not handle:has_ref())
    handle:ref()
    assert(handle:has_ref())
  end)

  test('setImmediate leaves no handle behind and can be used again', function(expect, uv)
    for _ = 1, 3 do
      timer.setImmediate(expect(function() end))
      uv.run()
    end
    uv.walk(function(handle) assert(not tostring(handle):find('uv_check_t') or uv.is_closing(handle)) end)
  end)

  test('sleep', function(expect)
    coroutine.wrap(expect(function()
      timer.sleep(1)
      timer.sleep(1, coroutine.running())
    end))()
    local ok, err = coroutine.resume(coroutine.create(function() timer.sleep('x') end))
    assert(not ok and err:find("'delay'", 1, true))
  end)

  test('arguments are checked', function()
    for _, name in ipairs({ 'setTimeout', 'setInterval' }) do
      local ok, err = pcall(timer[name], 'x', print)
      assert(not ok and err:find('number expected', 1, true))
      ok, err = pcall(timer[name], 1)
      assert(not ok and err:find("'callback'", 1, true))
    end
    assert(not pcall(timer.setImmediate))
    assert(not pcall(timer.enroll, {}, 'x'))
  end)

  local Item = require('core').Emitter:extend()

  test('an enrolled object times out once, when it is idle', function(expect)
    local item = Item:new()
    item:on('timeout', expect(function() end, 1))
    timer.enroll(item, 20)
    timer.active(item)
    for delay = 5, 15, 5 do timer.setTimeout(delay, timer.active, item) end
    assert(item._idleTimeout == 20)
  end)

  test('objects that are not idle, or not enrolled any more, do not time out', function(expect)
    local items = {}
    for i = 1, 5 do
      items[i] = Item:new()
      items[i]:on('timeout', i == 3 and expect(function() end, 1) or error)
      timer.enroll(items[i], 15)
      timer.active(items[i])
    end
    for _, i in ipairs({ 1, 5, 2, 4 }) do timer.unenroll(items[i]) end
    assert(items[1]._idleTimeout == -1)
    timer.active(items[1])
    timer.unenroll(Item:new())
  end)

  test('a timed-out object can become active again from its listener', function(expect)
    local item, count = Item:new(), 0
    timer.enroll(item, 3)
    timer.active(item)
    item:on('timeout', expect(function()
      count = count + 1
      if count < 3 then timer.active(item) end
    end, 3))
  end)
end)
