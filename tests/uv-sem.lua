require('tap')(function(test)
  test('counts', function(_, uv)
    local sem = uv.new_sem(2)
    assert(tostring(sem):find('^uv_sem_t: 0x%x+$'))
    assert(uv.sem_trywait(sem) == true and sem:trywait() == true)
    assert(sem:trywait() == false)
    assert(select('#', sem:post()) == 0)
    assert(select('#', sem:wait()) == 0)
    assert(not sem:trywait())
    uv.sem_post(sem)
    uv.sem_wait(sem)
    assert(not uv.new_sem():trywait() and not uv.new_sem(nil):trywait())
  end)

  test('between threads', function(_, uv)
    local ping, pong = uv.new_sem(0), uv.new_sem(0)
    local thread = uv.new_thread(function(ping, pong) -- luacheck: ignore
      for _ = 1, 1000 do
        ping:wait()
        pong:post()
      end
    end, ping, pong)
    for _ = 1, 1000 do
      ping:post()
      pong:wait()
    end
    assert(thread:join() and not ping:trywait() and not pong:trywait())
  end)

  test('it outlives the thread that made it', function(expect, uv)
    local async
    async = uv.new_async(expect(function(sem)
      for _ = 1, 3 do collectgarbage() end
      assert(sem:trywait() and sem:trywait() and not sem:trywait())
      async:close()
    end, 1))
    uv.new_thread(function(a) a:send(require('uv').new_sem(2)) end, async):join()
  end)

  test('wrong arguments', function(_, uv)
    for _, value in ipairs({ -1, 2 ^ 32, 0 / 0, {}, 'x' }) do
      local ok, err = pcall(uv.new_sem, value)
      assert(not ok and err:find("bad argument #1 to '?'", 1, true), err)
    end
    for _, name in ipairs({ 'sem_post', 'sem_wait', 'sem_trywait' }) do
      for _, value in ipairs({ 1, {}, newproxy(), uv.thread_self() }) do
        local ok, err = pcall(uv[name], value)
        assert(not ok and err:find("bad argument #1 to '?'", 1, true), err)
      end
    end
  end)

  test('its finalizer may be called by anybody', function(_, uv)
    local sem = uv.new_sem(1)
    local collect = debug.getmetatable(sem).__gc
    collect(sem)
    collect(sem)
    collect(uv.thread_self())
    assert(not pcall(sem.post, sem))
    assert(tostring(sem))
    collect(nil)
  end)
end)
