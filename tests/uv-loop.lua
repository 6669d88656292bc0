require('tap')(function(test)
  test('run returns whether something is alive', function(_, uv)
    assert(uv.run('nowait') == false)
    assert(uv.run('once') == false)
    assert(uv.run() == false)
    local timer = uv.new_timer()
    timer:start(100000, 0, function() end)
    assert(uv.run('nowait') == true)
    timer:unref()
    assert(uv.run() == false)
    timer:close()
  end)

  test('a wrong mode is named', function(_, uv)
    local ok, err = pcall(function() uv.run('forever') end)
    assert(not ok and err:find("#1 to 'run'", 1, true) and err:find('forever', 1, true), err)
  end)

  test('loop_mode is that of the run under way', function(expect, uv)
    local timer = uv.new_timer()
    timer:start(0, 0, expect(function()
      timer:close()
      assert(uv.loop_mode() == 'default')
      local other = uv.new_timer()
      other:start(0, 0, expect(function()
        assert(uv.loop_mode() == 'nowait' or uv.loop_mode() == 'default')
        other:close()
      end))
      uv.run('nowait')
      assert(uv.loop_mode() == 'default')
    end))
  end)

  test('stop ends the run and only that', function(expect, uv)
    local count = 0
    local timer = uv.new_timer()
    timer:start(0, 1, function()
      count = count + 1
      uv.stop()
    end)
    assert(uv.run() == true)
    assert(count == 1)
    assert(uv.run() == true)
    assert(count == 2)
    timer:close(expect(function() end))
  end)

  test('a nested run runs callbacks and ends', function(expect, uv)
    local order = {}
    local first, second = uv.new_timer(), uv.new_timer()
    first:start(0, 0, expect(function()
      order[#order + 1] = 'first'
      first:close()
      uv.run()
      order[#order + 1] = 'after'
    end))
    second:start(5, 0, expect(function()
      order[#order + 1] = 'second'
      second:close()
    end))
    uv.run()
    assert(table.concat(order, ' ') == 'first second after', table.concat(order, ' '))
  end)

  test('runs nested too deep are an error, not the end', function(_, uv)
    local deepest
    local function nest(level)
      local timer = uv.new_timer()
      timer:start(0, 0, function()
        timer:close()
        local ok, err = pcall(nest, level + 1)
        if not ok then deepest = deepest or { level = level, err = err } end
      end)
      local ok, err = pcall(uv.run)
      if timer:is_active() then timer:close() end
      if not ok then error(err, 0) end
    end
    nest(1)
    assert(deepest.err:find('stack overflow', 1, true), deepest.err)
    assert(deepest.level > 50)
    -- Everything is unwound: it works again.
    deepest = nil
    nest(1)
    assert(deepest)
  end)

  test('run inside a coroutine', function(expect, uv)
    local order = {}
    coroutine.wrap(expect(function()
      local thread = coroutine.running()
      local timer = uv.new_timer()
      timer:start(0, 0, expect(function()
        timer:close()
        order[#order + 1] = 'callback'
        assert(coroutine.running() ~= thread)
        assert(not coroutine.isyieldable())
      end))
      uv.run()
      order[#order + 1] = 'end'
      assert(coroutine.running() == thread)
    end))()
    assert(table.concat(order, ' ') == 'callback end')
  end)

  test('a coroutine waits for callbacks', function(expect, uv)
    local function wait(ms)
      local thread = coroutine.running()
      local timer = uv.new_timer()
      timer:start(ms, 0, function()
        timer:close()
        assert(coroutine.resume(thread, 'woken'))
      end)
      return coroutine.yield()
    end
    coroutine.wrap(expect(function()
      assert(wait(1) == 'woken')
      -- Across pcall, metamethods' callers and iterators too.
      local ok, value = pcall(wait, 1)
      assert(ok and value == 'woken')
      for value2 in coroutine.wrap(function() coroutine.yield(5) end) do assert(value2 == 5) end
    end))()
  end)

  test('alive, clock and backend', function(_, uv)
    assert(uv.loop_alive() == false or uv.loop_alive() == true)
    local before = uv.now()
    assert(before == math.floor(before))
    uv.sleep(2)
    assert(uv.now() == before)
    uv.update_time()
    assert(uv.now() > before)
    assert(type(uv.backend_timeout()) == 'number')
    local fd = uv.backend_fd()
    assert(fd == nil or fd >= 0)
  end)

  test('loop_close tells whether something is left', function(expect, uv)
    -- The harness has handles of its own.
    local value, err, code = uv.loop_close()
    assert(value == nil and code == 'EBUSY' and err:find('^EBUSY: '))
    local program = "local uv = require('uv') local first = uv.loop_close() local timer = uv.new_timer()"
      .. " local second = select(3, uv.loop_close()) timer:close() local third = select(3, uv.loop_close()) uv.run()"
      .. " local fourth = uv.loop_close() local used uv.new_timer():start(0, 0, function() used = select(3,"
      .. " uv.loop_close()) end) uv.run() io.write(table.concat({ first, second, third, fourth, used }, ' '))"
    local command = ('"%s" -e "%s" 2>&1'):format(uv.exepath(), program)
    -- The shell of Windows takes one pair of quotes away.
    local pipe = assert(io.popen(jit.os == 'Windows' and '"' .. command .. '"' or command))
    local output = pipe:read('*a')
    pipe:close()
    assert(output == '0 EBUSY EBUSY 0 EBUSY', output)
    expect(function() end)()
  end)

  test('options', function(expect, uv)
    assert(uv.loop_configure('metrics_idle_time') == 0)
    local function fails(expected, ...)
      local value, err, code = uv.loop_configure(...)
      assert(value == nil and code == expected and err:find('^' .. expected .. ': '), code)
    end
    fails('ENOSYS', 'io_uring_sqpoll')
    if uv.constants.SIGPROF then
      assert(uv.loop_configure('block_signal', 'sigprof') == 0)
      assert(uv.loop_configure('block_signal', uv.constants.SIGPROF) == 0)
      fails('EINVAL', 'block_signal', 'sigint')
      fails('EINVAL', 'block_signal', 'nonsense')
      fails('EINVAL', 'block_signal', -1)
    end
    for _, args in ipairs({ {}, { 'nonsense' }, { 1 }, { {} }, { 'block_signal' }, { 'block_signal', {} } }) do
      assert(not pcall(uv.loop_configure, unpack(args)))
    end
    -- It still runs.
    local timer = uv.new_timer()
    timer:start(1, 0, expect(function() timer:close() end))
  end)

  test('walk shows handles of the script only, once each', function(_, uv)
    local listener = function() end
    process:on('sigusr1', listener)
    local before = {}
    uv.walk(function(handle) before[handle] = true end)
    process.nextTick(function() end)
    local made = { uv.new_timer(), uv.new_tcp(), uv.new_idle(), uv.new_signal() }
    local seen = {}
    uv.walk(function(handle)
      if not before[handle] then seen[#seen + 1] = handle end
    end)
    table.sort(seen, function(a, b) return tostring(a) < tostring(b) end)
    table.sort(made, function(a, b) return tostring(a) < tostring(b) end)
    assert(#seen == #made)
    for i, handle in ipairs(made) do assert(seen[i] == handle) end
    -- The callback may close them, and the walk sees that.
    uv.walk(function(handle)
      if not before[handle] and not handle:is_closing() then handle:close() end
    end)
    for _, handle in ipairs(made) do assert(handle:is_closing()) end
    process:removeListener('sigusr1', listener)
  end)

  test('an error in a walk is raised by walk', function(_, uv)
    local timer = uv.new_timer()
    local ok, err = pcall(uv.walk, function() error('in walk') end)
    assert(not ok and err:find('in walk', 1, true))
    assert(not pcall(uv.walk))
    local depth = 0
    local function walk()
      depth = depth + 1
      uv.walk(walk)
    end
    ok, err = pcall(walk)
    assert(not ok and err:find('stack overflow', 1, true) and depth > 50, err)
    timer:close()
  end)

  test('an error in a callback does not stop the others', function(expect, uv)
    local seen
    local function onError(err, stack) seen = { err, stack } end
    -- The harness listens as well, and would call this a failure.
    local others = process:listeners('uncaughtException')
    process:removeAllListeners('uncaughtException')
    process:on('uncaughtException', onError)
    local bad, good = uv.new_timer(), uv.new_timer()
    bad:start(0, 0, function()
      bad:close()
      error('bad')
    end)
    good:start(0, 0, expect(function() good:close() end))
    uv.run()
    process:removeListener('uncaughtException', onError)
    for _, listener in ipairs(others) do process:on('uncaughtException', listener) end
    assert(seen[1]:find('uv%-loop.lua:%d+: bad') and seen[2]:find('uv-loop.lua:', 1, true))
  end)

  test('phases of a turn keep their order', function(_, uv)
    local order = {}
    local handles = { idle = uv.new_idle(), prepare = uv.new_prepare(), check = uv.new_check() }
    local timer = uv.new_timer()
    handles.check:start(function() order[#order + 1] = 'check' end)
    handles.prepare:start(function() order[#order + 1] = 'prepare' end)
    handles.idle:start(function() order[#order + 1] = 'idle' end)
    timer:start(0, 0, function() order[#order + 1] = 'timer' end)
    uv.run('nowait')
    timer:close(function() order[#order + 1] = 'closed' end)
    uv.run('nowait')
    for _, handle in pairs(handles) do handle:close() end
    local text = table.concat(order, ' ')
    assert(text == 'timer idle prepare check idle prepare check closed'
      or text == 'idle prepare check timer idle prepare check closed', text)
  end)
end)
