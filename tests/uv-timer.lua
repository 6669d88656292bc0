require('tap')(function(test)
  test('shapes', function(_, uv)
    local timer = uv.new_timer()
    assert(tostring(timer):match('^uv_timer_t: 0x%x+$'))
    assert(timer:get_type() == 'timer' and select(2, uv.handle_get_type(timer)) == 13)
    assert(timer:start(5, 0, function() end) == 0)
    assert(timer:is_active() == true and uv.is_active(timer) == true)
    assert(timer:get_due_in() == 5)
    assert(timer:get_repeat() == 0)
    assert(select('#', timer:set_repeat(7)) == 0)
    assert(timer:get_repeat() == 7)
    assert(timer:stop() == 0)
    assert(timer:stop() == 0)
    assert(timer:is_active() == false)
    assert(select('#', timer:ref()) == 0 and select('#', timer:unref()) == 0)
    assert(timer:has_ref() == false)
    assert(select('#', timer:close()) == 0)
    assert(timer:is_closing() == true and timer:is_active() == false)
  end)

  test('wrong arguments are named', function(_, uv)
    local timer = uv.new_timer()
    local function fails(text, fn, ...)
      local args = { n = select('#', ...), ... }
      local ok, err = pcall(function() return fn(unpack(args, 1, args.n)) end)
      assert(not ok and err:find(text, 1, true), err)
    end
    fails("#1", uv.timer_start)
    fails('uv_timer', uv.timer_start, 1)
    fails('uv_timer', uv.timer_start, io.stdout)
    fails('#2', timer.start, timer)
    fails('#2', timer.start, timer, 'x')
    fails('#3', timer.start, timer, 1)
    fails('#4', timer.start, timer, 1, 0)
    fails('function', timer.start, timer, 1, 0, 'x')
    fails('function', timer.start, timer, 1, 0, {})
    assert(not timer:is_active())
    local idle = uv.new_idle()
    fails('uv_timer', timer.start, idle, 1, 0, print)
    idle:close()
    timer:close()
  end)

  test('odd times', function(expect, uv)
    for _, ms in ipairs({ -1, 0, 0.5, -math.huge, 0 / 0, '1' }) do
      local timer = uv.new_timer()
      assert(timer:start(ms, 0, expect(function() timer:close() end)) == 0)
    end
    local far = uv.new_timer()
    for _, ms in ipairs({ 2 ^ 31, 2 ^ 32, 2 ^ 53, math.huge }) do
      assert(far:start(ms, ms, function() error('too early') end) == 0)
      assert(far:get_due_in() > 0)
    end
    far:close()
  end)

  test('timers fire by deadline, then by start', function(_, uv)
    local order = {}
    local timers = {}
    for i, ms in ipairs({ 3, 1, 2, 1, 0, 2 }) do
      timers[i] = uv.new_timer()
      timers[i]:start(ms, 0, function()
        order[#order + 1] = i
        timers[i]:close()
      end)
    end
    uv.run()
    assert(table.concat(order, ',') == '5,2,4,3,6,1', table.concat(order, ','))
  end)

  test('repeat and again', function(expect, uv)
    local timer, calls = uv.new_timer(), 0
    timer:start(0, 0, expect(function()
      calls = calls + 1
      if calls == 1 then
        timer:set_repeat(1)
        assert(timer:again() == 0)
      elseif calls == 3 then
        timer:stop()
        timer:close()
      end
    end, 3))
  end)

  test('again needs a start first', function(_, uv)
    local timer = uv.new_timer()
    local value, err, code = timer:again()
    assert(value == nil and err:find('^EINVAL: ') and code == 'EINVAL')
    timer:close()
  end)

  test('a callable table gets itself first', function(expect, uv)
    local timer = uv.new_timer()
    local onClose, onTimeout
    onClose = setmetatable({}, { __call = expect(function(self, ...)
      assert(self == onClose and select('#', ...) == 0)
    end) })
    onTimeout = setmetatable({}, { __call = expect(function(self, ...)
      assert(self == onTimeout and select('#', ...) == 0)
      timer:close(onClose)
    end) })
    timer:start(1, 0, onTimeout)
  end)

  test('closing: in its own callback, twice, and use afterwards', function(expect, uv)
    local timer = uv.new_timer()
    timer:start(0, 1, expect(function()
      timer:close(expect(function() end))
    end, 1))
    uv.run()
    for _ = 1, 2 do
      local ok, err = pcall(timer.close, timer)
      assert(not ok and err:find('handle 0x%x+ is already closing'), err)
    end
    local value, err, code = timer:start(0, 0, function() error('closed timer ran') end)
    assert(value == nil and err:find('^EINVAL') and code == 'EINVAL')
    value, _, code = timer:again()
    assert(value == nil and code == 'EINVAL')
    assert(timer:is_closing() == true and timer:is_active() == false)
    assert(tostring(timer):match('^uv_timer_t: '))
    -- Its place in the loop's table serves another handle now; the old name stays stale.
    local other = uv.new_tcp()
    assert(not timer:is_active() and timer:is_closing())
    assert(not pcall(timer.close, timer))
    assert(not other:is_closing())
    other:close()
  end)

  test('an unreferenced timer does not keep the loop', function(_, uv)
    local timer = uv.new_timer()
    timer:start(100000, 0, function() error('too early') end)
    timer:unref()
    uv.run()
    timer:close()
  end)

  test('a restart replaces callback and time', function(expect, uv)
    local timer = uv.new_timer()
    timer:start(0, 0, function() error('replaced') end)
    timer:start(1, 0, expect(function() timer:close() end, 1))
  end)

  test('timers that come and go leave nothing', function(_, uv)
    local function measure(fn)
      for _ = 1, 2 do
        for _ = 1, 3 do collectgarbage() end
      end
      local before = collectgarbage('count')
      fn()
      uv.run()
      for _ = 1, 4 do collectgarbage() end
      return collectgarbage('count') - before
    end
    local function churn(count)
      for i = 1, count do
        local timer = uv.new_timer()
        timer:start(100000, 0, function() return i end)
        timer:close(function() return i end)
        if i % 1000 == 0 then uv.run('nowait') end
      end
    end
    churn(3000)
    uv.run()
    local grown = measure(function() churn(100000) end)
    assert(grown < 200, grown .. ' KiB')
    -- The registry has no more entries than before.
    local entries = 0
    for _ in pairs(debug.getregistry()) do entries = entries + 1 end
    churn(5000)
    uv.run()
    local after = 0
    for _ in pairs(debug.getregistry()) do after = after + 1 end
    assert(after <= entries + 2, after .. ' entries, were ' .. entries)
  end)

  test('100,000 pending timers', function(_, uv)
    local timers, fired = {}, 0
    for i = 1, 100000 do
      timers[i] = uv.new_timer()
      timers[i]:start(i % 7, 0, function() fired = fired + 1 end)
    end
    uv.run()
    assert(fired == 100000)
    for _, timer in ipairs(timers) do timer:close() end
  end)
end)
