require('tap')(function(test)
  test('a send calls back with its values', function(expect, uv)
    local async
    async = uv.new_async(expect(function(...)
      assert(select('#', ...) == 4)
      local a, b, c, d = ...
      assert(a == 'a' and b == nil and c == 250 and d == true)
      async:close()
    end, 1))
    assert(tostring(async):match('^uv_async_t: 0x%x+$') and async:get_type() == 'async')
    assert(async:send('a', nil, 250, true) == 0)
  end)

  test('several sends before the callback count as one', function(expect, uv)
    local async
    async = uv.new_async(expect(function(value)
      assert(value == 3)
      async:close()
    end, 1))
    for i = 1, 3 do assert(uv.async_send(async, i) == 0) end
  end)

  test('it keeps the loop alive until it is closed or unreferenced', function(expect, uv)
    local async = uv.new_async(function() end)
    assert(uv.loop_alive())
    async:unref()
    uv.run()
    async:close(expect(function() end))
  end)

  test('closed before its callback: values are dropped', function(_, uv)
    local async = uv.new_async(function() error('was closed') end)
    assert(async:send('value', async) == 0)
    async:close()
  end)

  test('an async may be among its own values', function(expect, uv)
    local async
    async = uv.new_async(expect(function(self, count)
      assert(self == async)
      if count == 3 then return async:close() end
      self:send(self, count + 1)
    end, 3))
    async:send(async, 1)
  end)

  test('values that cannot cross are refused', function(_, uv)
    local async = uv.new_async(function() error('nothing was sent') end)
    local ok, err = pcall(async.send, async, 1, {})
    assert(not ok and err == "Error: thread arg not support type 'table' at 2")
    ok, err = pcall(async.send, async, async, async.send)
    assert(not ok and err:find("'function' at 2", 1, true))
    local timer = uv.new_timer()
    ok, err = pcall(async.send, async, timer)
    assert(not ok and err:find("'uv_timer' at 1", 1, true))
    timer:close()
    assert(uv.run('nowait'))
    async:close()
  end)

  test('in another thread it is a sender, valid for ever', function(_, uv)
    local go, gone = uv.new_sem(), uv.new_sem()
    local async = uv.new_async(function() end)
    local thread = uv.new_thread(function(async, go, gone) -- luacheck: ignore
      local uv = require('uv') -- luacheck: ignore
      assert(type(async) == 'userdata' and tostring(async):find('^uv_async_t: 0x%x+$'))
      assert(async:send(1) == 0 and uv.async_send(async) == 0)
      for _, name in ipairs({ 'close', 'is_active', 'is_closing', 'ref', 'unref', 'has_ref', 'get_type' }) do
        local ok, err = pcall(async[name], async)
        assert(not ok and err:find('belongs to another thread', 1, true), name)
      end
      for _, name in ipairs({ 'close', 'is_active', 'handle_get_type', 'timer_stop' }) do
        local ok, err = pcall(uv[name], async)
        assert(not ok and err:find('userdata', 1, true), err)
      end
      local ok, err = pcall(async.send, async, {})
      assert(not ok and err:find("'table' at 1", 1, true))
      gone:post()
      go:wait()
      local value, why, code = async:send(2, async)
      assert(value == nil and why and code == 'EBADF')
      gone:post()
    end, async, go, gone)
    gone:wait()
    uv.run('once')
    async:close()
    uv.run()
    async = nil -- luacheck: ignore
    for _ = 1, 3 do collectgarbage() end
    go:post()
    assert(thread:join() and gone:trywait())
  end)

  test('a sender outlives the state of its handle, and comes home', function(expect, uv)
    local async
    async = uv.new_async(expect(function(theirs, ours)
      assert(rawequal(ours, async))
      local value, err, code = theirs:send('too late', theirs)
      assert(value == nil and err and code == 'EBADF')
      async:close()
    end, 1))
    uv.new_thread(function(a)
      local own = require('uv').new_async(function() end)
      own:send(own, a)
      a:send(own, a)
    end, async):join()
  end)

  test('sends from eight threads', function(expect, uv)
    local threads, each = 8, 2000
    local latest, finished, calls = {}, 0, 0
    local async
    async = uv.new_async(expect(function(...)
      local id, n, text = ...
      assert(select('#', ...) == 3 and text == id .. ':' .. n)
      -- Some are left out; none comes twice or late.
      assert(n > (latest[id] or 0))
      latest[id] = n
      calls = calls + 1
    end))
    local done = uv.new_async(function() end)
    done:close()
    local sem = uv.new_sem()
    local list = {}
    for id = 1, threads do
      list[id] = uv.new_thread(function(async, id, each, sem) -- luacheck: ignore
        for n = 1, each do assert(async:send(id, n, id .. ':' .. n) == 0) end
        sem:post()
      end, async, id, each, sem)
    end
    while finished < threads do
      uv.run('nowait')
      if sem:trywait() then finished = finished + 1 end
    end
    for id = 1, threads do assert(list[id]:join()) end
    uv.run('nowait')
    async:close()
    assert(calls >= 1 and calls <= threads * each)
  end)

  test('sending to a closed handle is an error value', function(_, uv)
    local async = uv.new_async(function() end)
    async:close()
    local value, err, code = async:send()
    assert(value == nil and err:find('^E') and code)
    uv.run()
    value, err, code = async:send(1, 2)
    assert(value == nil and err:find('^E') and code)
  end)

  test('wrong arguments', function(_, uv)
    local ok, err = pcall(function() uv.new_async() end)
    assert(not ok and err:find("#1 to 'new_async'", 1, true), err)
    ok, err = pcall(function() uv.async_send(1) end)
    assert(not ok and err:find('uv_async', 1, true), err)
  end)

  test('sends from its own callback', function(expect, uv)
    local async
    async = uv.new_async(expect(function(count)
      if count == 3 then return async:close() end
      async:send(count + 1)
    end, 3))
    async:send(1)
  end)
end)
