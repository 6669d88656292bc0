require('tap')(function(test)
  for _, kind in ipairs({ 'idle', 'prepare', 'check' }) do
    test(kind .. ' shapes', function(expect, uv)
      local watcher = uv['new_' .. kind]()
      assert(tostring(watcher):match('^uv_' .. kind .. '_t: 0x%x+$'))
      assert(watcher:get_type() == kind)
      assert(watcher:is_active() == false and watcher:has_ref() == true)
      local ok, err = pcall(function() watcher:start() end)
      assert(not ok and err:find('function or callable table expected', 1, true), err)
      assert(not watcher:is_active())

      local idle = uv.new_idle()
      idle:start(function() end)
      local calls = 0
      assert(watcher:start(function() error('replaced') end) == 0)
      -- As in luv a second start replaces the callback.
      assert(uv[kind .. '_start'](watcher, expect(function()
        calls = calls + 1
        if calls == 2 then
          assert(uv[kind .. '_stop'](watcher) == 0)
          assert(watcher:stop() == 0)
          idle:stop()
        end
      end, 2)) == 0)
      assert(watcher:is_active() == true)
      uv.run()
      assert(calls == 2 and watcher:is_active() == false)

      assert(watcher:start(expect(function()
        watcher:close(expect(function() end))
      end, 1)) == 0)
      idle:start(expect(function() idle:close() end))
      uv.run()
      assert(not pcall(watcher.close, watcher))
      local value, _, code = watcher:start(print)
      assert(value == nil and code == 'EINVAL')
    end)
  end

  test('a watcher of another kind is refused', function(_, uv)
    local idle = uv.new_idle()
    local ok, err = pcall(function() uv.check_start(idle, print) end)
    assert(not ok and err:find('uv_check', 1, true), err)
    idle:close()
  end)

  test('prepare and check alone do not spin', function(expect, uv)
    local prepare, check, timer = uv.new_prepare(), uv.new_check(), uv.new_timer()
    local turns = 0
    prepare:start(function() turns = turns + 1 end)
    check:start(function() end)
    timer:start(20, 0, expect(function()
      prepare:close()
      check:close()
      timer:close()
      assert(turns < 50, turns)
    end))
  end)
end)
