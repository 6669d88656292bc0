require('tap')(function(test)
  test('runs on another thread and comes back with its values', function(expect, uv)
    local main = tostring(uv.thread_self())
    local work = uv.new_work(function(...)
      return select('#', ...), tostring(require('uv').thread_self()), ...
    end, expect(function(...)
      local count, thread, a, b, c, d = ...
      assert(select('#', ...) == 6 and count == 4)
      assert(thread ~= main and a == 'x\0' and b == nil and c == 2.5 and d == nil)
      assert(tostring(uv.thread_self()) == main)
    end, 2))
    assert(tostring(work):find('^luv_work_ctx_t: 0x%x+$'))
    assert(work:queue('x\0', nil, 2.5, nil) == true)
    assert(uv.queue_work(work, 'x\0', nil, 2.5, nil) == true)
  end)

  test('all kinds of values', function(expect, uv)
    local long = ('ab\0'):rep(350000)
    local async = uv.new_async(function() end)
    local sem, thread = uv.new_sem(3), uv.thread_self()
    local work = uv.new_work(function(...) return ... end, expect(function(a, b, c, d, e, f, g, h, i)
      assert(a == long and b == '' and c == nil and d == true and e == math.huge and f ~= f)
      assert(g == async and tostring(h) == tostring(sem) and h:trywait() and i == thread)
      async:close()
    end))
    work:queue(long, '', nil, true, math.huge, 0 / 0, async, sem, thread)
  end)

  test('source text, and a callable afterwards', function(expect, uv)
    local after = setmetatable({}, { __call = expect(function(_, value) assert(value == 6) end) })
    assert(uv.new_work('local a = ... return a * 2', after):queue(3))
  end)

  test('the context may be forgotten while it works', function(expect, uv)
    do
      uv.new_work(function() return 'kept' end, expect(function(value)
        assert(value == 'kept')
      end)):queue()
    end
    for _ = 1, 3 do collectgarbage() end
  end)

  test('a context that its own callback holds is collected', function(expect, uv)
    local weak = setmetatable({}, { __mode = 'v' })
    do
      local work
      work = uv.new_work(function() end, expect(function() assert(work) end))
      weak[1] = work
      work:queue()
    end
    uv.run()
    for _ = 1, 4 do collectgarbage() end
    assert(weak[1] == nil)
  end)

  test('the whole runtime, kept between functions', function(expect, uv)
    -- One thread or another runs each: what a state counts adds up over all of them.
    local highest = 0
    local work = uv.new_work(function()
      local path = require('path')
      assert(path.basename('a/b') == 'b' and jit.status() and process.argv[0])
      _G.counted = (_G.counted or 0) + 1
      return _G.counted
    end, expect(function(count) highest = math.max(highest, count) end, 100))
    for _ = 1, 100 do work:queue() end
    uv.run()
    assert(highest >= 2)
  end)

  test('ten thousand', function(expect, uv)
    local count, sum = 10000, 0
    local work = uv.new_work(function(n) return n * 2 end, expect(function(n) sum = sum + n end, count))
    for n = 1, count do assert(work:queue(n)) end
    uv.run()
    assert(sum == count * (count + 1))
  end)

  test('many different functions', function(expect, uv)
    local sum = 0
    local after = expect(function(n) sum = sum + n end, 1000)
    for n = 1, 1000 do uv.new_work('return ' .. n, after):queue() end
    uv.run()
    assert(sum == 500500)
  end)

  test('work starts work and threads', function(expect, uv)
    local work = uv.new_work(function()
      local uv = require('uv') -- luacheck: ignore
      local sem = uv.new_sem()
      assert(uv.new_thread(function(s) s:post() end, sem):join())
      return sem
    end, expect(function(sem) assert(sem:trywait()) end, 5))
    for _ = 1, 5 do work:queue() end
  end)

  test('an async sent to from the pool', function(expect, uv)
    local async
    async = uv.new_async(expect(function(text, flag, number)
      assert(text == 'a' and flag == true and number == 250)
      async:close()
    end, 1))
    uv.new_work(function(a) return a:send('a', true, 250) end, expect(function(result)
      assert(result == 0)
    end)):queue(async)
  end)

  test('an error in the callback afterwards is an uncaught one', function(expect, uv)
    local taken = expect(function(err) assert(err:find('after work failed', 1, true)) end, 1)
    local before = process.handlers and process.handlers.uncaughtException
    process:removeAllListeners('uncaughtException')
    process:on('uncaughtException', taken)
    uv.new_work(function() end, function() error('after work failed') end):queue()
    uv.run()
    process:removeListener('uncaughtException', taken)
    for _, listener in ipairs(before or {}) do process:on('uncaughtException', listener) end
  end)

  test('wrong arguments', function(_, uv)
    local function fails(pattern, fn, ...)
      local ok, err = pcall(fn, ...)
      assert(not ok and err:find(pattern, 1, true), err)
    end
    local function nothing() end
    fails("bad argument #1 to '?'", uv.new_work, nil, nothing)
    fails("bad argument #1 to '?'", uv.new_work, {}, nothing)
    fails("bad argument #1 to '?' (a native function", uv.new_work, pcall, nothing)
    fails("bad argument #2 to '?'", uv.new_work, nothing)
    fails("bad argument #2 to '?'", uv.new_work, nothing, 1)
    fails("bad argument #1 to '?'", uv.queue_work, uv.new_sem())
    local work = uv.new_work(nothing, nothing)
    local ok, err = pcall(work.queue, work, {})
    assert(not ok and err == "Error: thread arg not support type 'table' at 1")
    fails("'function' at 2", work.queue, work, 1, nothing)
    fails("'luv_work_ctx' at 1", work.queue, work, work)
    assert(not uv.loop_alive())
  end)
end)
