require('tap')(function(test)
  test('turns and events are counted', function(expect, uv)
    local before = uv.metrics_info()
    for _, name in ipairs({ 'loop_count', 'events', 'events_waiting' }) do
      assert(before[name] >= 0 and before[name] == math.floor(before[name]), name)
    end
    uv.run('nowait')
    local after = uv.metrics_info()
    -- A run with nothing alive makes no turn.
    assert(after.loop_count >= before.loop_count)
    local prepare, turns = uv.new_prepare(), 0
    prepare:start(expect(function()
      turns = turns + 1
      if turns == 3 then prepare:close() end
    end))
    local idle = uv.new_idle()
    idle:start(function() if turns == 3 then idle:close() end end)
    uv.run()
    assert(uv.metrics_info().loop_count >= after.loop_count + 3)
  end)

  test('idle time is counted once it is asked for', function(expect, uv)
    local function wait()
      local timer = uv.new_timer()
      timer:start(20, 0, expect(function() timer:close() end))
      uv.run()
    end
    assert(uv.metrics_idle_time() == 0)
    wait()
    assert(uv.metrics_idle_time() == 0)
    assert(uv.loop_configure('metrics_idle_time') == 0)
    -- A machine that is busy may leave nothing to wait for, now and then.
    local function waitLongerThan(idle)
      repeat wait() until uv.metrics_idle_time() > idle
      return uv.metrics_idle_time()
    end
    local idle = waitLongerThan(1e6)
    assert(idle < 120e9, idle)
    uv.sleep(5)
    uv.run('nowait')
    assert(uv.metrics_idle_time() == idle)
    waitLongerThan(idle)
  end)

  test('what waits already is told apart', function(expect, uv)
    uv.loop_configure('metrics_idle_time')
    local async
    async = uv.new_async(expect(function() async:close() end))
    local before = uv.metrics_info()
    async:send()
    uv.run()
    local after = uv.metrics_info()
    assert(after.events > before.events and after.events_waiting > before.events_waiting)
  end)
end)
