local thread = require('thread')
local luvit = require('uv').exepath()
local execFile = require('childprocess').execFile

local function raises(text, fn, ...)
  local ok, err = pcall(fn, ...)
  assert(not ok and tostring(err):find(text, 1, true), tostring(err))
end

---Runs a script in a luvit of its own; `done(stdout, stderr, code)`.
local function script(uv, source, done)
  local fd, name = assert(uv.fs_mkstemp(uv.os_tmpdir() .. '/luvit-thread-XXXXXX'))
  assert(uv.fs_write(fd, source, 0))
  uv.fs_close(fd)
  execFile(luvit, { name }, { timeout = 60000 }, function(err, stdout, stderr)
    uv.fs_unlink(name)
    done((stdout:gsub('\r\n', '\n')), (stderr:gsub('\r\n', '\n')), err and err.code or 0)
  end)
end

require('tap')(function(test)
  test('start, join, equals, self', function(expect, uv)
    local async
    async = uv.new_async(expect(function(...)
      assert(select('#', ...) == 8)
      local _, text, none, number, yes, no, own, timers = ...
      assert(text == 'x\0y' and none == nil and number == 1.5 and yes == true and no == false)
      assert(own ~= tostring(thread.self()) and timers == 'function')
      async:close()
    end, 1))
    local started = thread.start(function(async, ...) -- luacheck: ignore
      assert(select('#', ...) == 5)
      local thread = require('thread') -- luacheck: ignore
      assert(thread.equals(thread.self(), thread.self()))
      assert(process.argv[0] and p and print and require('path').basename('a/b') == 'b')
      async:send(async, ..., select(2, ...), select(3, ...), select(4, ...), select(5, ...), tostring(thread.self()),
        type(require('timer').setTimeout))
    end, async, 'x\0y', nil, 1.5, true, false)
    assert(type(started) == 'userdata' and not thread.equals(started, thread.self()))
    assert(thread.equals(started, started) and thread.equals(thread.self(), thread.self()))
    assert(thread.join(started) == true)
    local value, err, code = thread.join(started)
    assert(value == nil and err:find('^EINVAL') and code == 'EINVAL')
    assert(select(3, thread.join(thread.self())) == 'EBUSY')
    -- The functions of `uv` do as well.
    local other = thread.start(function() end)
    assert(other:join() == true and uv.thread_equal(other, other))
  end)

  test('the event loop of the thread runs until nothing is left', function(expect, uv)
    local async
    async = uv.new_async(expect(function(text)
      assert(text == 'after a while')
      async:close()
    end, 1))
    assert(thread.join(thread.start(function(a)
      require('timer').setTimeout(5, function()
        require('timer').setImmediate(function() a:send('after a while') end)
      end)
    end, async)))
  end)

  test('functions, bytecode and source text', function(expect, uv)
    local sem = uv.new_sem()
    assert(thread.join(thread.start('local sem, times = ...; for _ = 1, times do sem:post() end', sem, 2)))
    assert(thread.join(thread.start(string.dump(function(s) s:post() end), sem)))
    assert(thread.join(thread.start(string.dump(function(s) s:post() end, true), sem)))
    for _ = 1, 4 do assert(sem:trywait()) end
    assert(not sem:trywait())
    local worker = thread.work('local a, b = ...; return a + b', expect(function(sum) assert(sum == 5) end, 1))
    worker:queue(2, 3)
  end)

  test('modules are found from the file of the function', function(expect, uv)
    local async
    async = uv.new_async(expect(function(text)
      assert(text == 'hello from beside the test', text)
      async:close()
    end, 1))
    assert(thread.join(thread.start(function(a) a:send(require('./fixtures/thread/greeting').text) end, async)))
    local worker = thread.work(function() return require('./fixtures/thread/greeting').text, module.path end,
      expect(function(text, path)
        assert(text == 'hello from beside the test' and path:find('thread%.lua$'), text)
      end, 1))
    worker:queue()
    -- The library itself, and modules that it requires.
    local all = thread.work(function() return type(require('http').request), type(require('childprocess').spawn) end,
      expect(function(a, b) assert(a == 'function' and b == 'function') end, 1))
    all:queue()
  end)

  test('a child process in a thread', function(expect, uv)
    local async
    async = uv.new_async(expect(function(text)
      assert(text:find('from a child'))
      async:close()
    end, 1))
    thread.start(function(a)
      require('childprocess').exec('echo from a child', function(err, stdout)
        a:send(err and tostring(err) or stdout)
      end)
    end, async):join()
  end)

  test('what cannot go to another thread is named', function(_, uv)
    local function fails(text, ...) raises(text, thread.start, function() end, ...) end
    fails("bad argument #2 to 'start' (a value of type 'table' cannot go to another thread)", {})
    fails("bad argument #4 to 'start' (a value of type 'function' cannot go to another thread)", 1, nil, print)
    fails("bad argument #3 to 'start' (a value of type 'thread' cannot", 1, coroutine.create(print))
    fails("bad argument #2 to 'start' (a value of type 'cdata' cannot", 1LL)
    fails("bad argument #2 to 'start' (a value of type 'userdata' cannot", newproxy())
    local timer = uv.new_timer()
    fails("bad argument #3 to 'start' (a value of type 'uv_timer' cannot", nil, timer)
    timer:close()
    fails("bad argument #10 to 'start' (8 values at most can go to another thread)", 1, 2, 3, 4, 5, 6, 7, 8, 9)
    local worker = thread.work(function() end, function() end)
    raises("bad argument #1 to 'queue' (a value of type 'table' cannot", worker.queue, worker, {})
    raises("bad argument #3 to 'queue' (a value of type 'table' cannot", thread.queue, worker, 1, {})
    raises("bad argument #9 to 'queue' (8 values at most", worker.queue, worker, 1, 2, 3, 4, 5, 6, 7, 8, 9)
    -- It is the caller's line.
    for _, fn in ipairs({
      function() thread.start(function() end, {}) end, function() thread.start(5) end, function() worker:queue({}) end,
      function() thread.queue(worker, {}) end, function() thread.queue(5) end, function() thread.join(5) end,
      function() thread.work(pcall, print) end, function() thread.work('', 5) end,
    }) do
      local ok, err = pcall(fn)
      assert(not ok and err:find('/thread.lua:%d+: bad argument'), err)
    end
  end)

  test('wrong arguments', function(_, uv)
    raises("bad argument 'thread_func' to 'start' (function or source text expected, got nil)", thread.start)
    raises("bad argument 'thread_func' to 'start' (function or source text expected, got table)", thread.start, {})
    raises("bad argument 'thread_func' to 'start' (a native function cannot run in another thread)", thread.start, pcall)
    raises("bad argument 'thread_func' to 'work' (a native function", thread.work, pcall, function() end)
    raises("bad argument 'notify_entry' to 'work' (function expected, got nil)", thread.work, function() end)
    raises("bad argument 'thread_obj' to 'join' (thread expected, got nil)", thread.join)
    raises("bad argument 'thread_obj' to 'join' (thread expected, got userdata)", thread.join, uv.new_sem())
    raises("bad argument 'thread2' to 'equals' (thread expected, got table)", thread.equals, thread.self(), {})
    raises("bad argument 'worker' to 'queue' (worker expected, got function)", thread.queue, print)
  end)

  test('an error ends the thread, and join tells of it', function(expect, uv)
    script(uv, [[
      local thread = require('thread')
      local function failing(name)
        local function inner() error(name) end
        inner()
      end
      local ok, err, code = thread.join(thread.start(failing, 'on purpose'))
      print(ok, code, err:match('^[^\n]*: on purpose\nstack traceback:') ~= nil, err:find("'inner'", 1, true) ~= nil)
      print(select(2, thread.join(thread.start('this is not Lua'))):match('thread:1'))
      print(thread.join(thread.start(function() error() end)) == nil)
      print(select(2, thread.join(thread.start(function() error({ code = 5 }) end))):match('^[^\n]*'))
      -- In a callback of the thread's loop.
      print(select(2, thread.join(thread.start(function()
        require('timer').setTimeout(1, function() error('in a callback') end)
      end))):match('in a callback'))
      -- The thread itself may take it.
      print(thread.join(thread.start(function()
        process:on('uncaughtException', function(taken) print('taken', taken:match('[%a ]+$')) end)
        require('timer').setTimeout(1, function() error('by the thread') end)
      end)))
      print('the end')
    ]], expect(function(stdout, stderr, code)
      assert(code == 0, stderr)
      assert(stdout == 'nil\tnil\ttrue\ttrue\nthread:1\ntrue\n{ code = 5 }\nin a callback\ntaken\t by the thread\ntrue\nthe end\n', stdout)
      local _, count = stderr:gsub("Uncaught exception in thread 'thread%-%d+'", '')
      assert(count == 5 and stderr:find('on purpose\nstack traceback:', 1, true), stderr)
    end, 1))
  end)

  test('work, queue and the callback', function(expect, uv)
    local main = tostring(thread.self())
    local worker = thread.work(function(...)
      return tostring(require('uv').thread_self()), select('#', ...), ...
    end, expect(function(...)
      local where, count, a, b, c = ...
      assert(select('#', ...) == 6 and count == 4 and where ~= main)
      assert(a == 'x\0' and b == nil and c == 2.5)
      assert(tostring(thread.self()) == main)
    end, 2))
    assert(worker:queue('x\0', nil, 2.5, nil) == true)
    assert(thread.queue(worker, 'x\0', nil, 2.5, nil) == true)
    uv.run()
    local sum, count = 0, 2000
    local double = thread.work(function(n) return n * 2 end, expect(function(n) sum = sum + n end, count))
    for n = 1, count do double:queue(n) end
    uv.run()
    assert(sum == count * (count + 1))
    -- Eight ways there and back, and a callable afterwards.
    local eight = thread.work(function(...) return ... end, setmetatable({}, { __call = expect(function(_, ...)
      assert(select('#', ...) == 8 and select(8, ...) == 8)
    end, 1) }))
    eight:queue(1, 2, 3, 4, 5, 6, 7, 8)
  end)

  test('more functions than stay compiled', function(expect, uv)
    local sum = 0
    local after = expect(function(n) sum = sum + n end, 1500)
    for n = 1, 1500 do thread.work('return ' .. n, after):queue() end
    uv.run()
    assert(sum == 1500 * 1501 / 2)
  end)

  test('an error in a work function', function(expect)
    local function errors(fn, text)
      local worker = thread.work(fn, function() error('it has failed') end)
      worker:on('error', expect(function(err)
        assert(tostring(err):find(text, 1, true), tostring(err))
      end, 1))
      worker:queue('on purpose')
    end
    errors(function(text)
      local function inner() error(text) end
      inner()
    end, ': on purpose\nstack traceback:')
    errors(function() error({}) end, 'table: 0x')
    errors('this is not Lua', 'thread:1')
    errors(function() return 1, {} end, "result #2 of a work function: a value of type 'table' cannot go to another thread")
    errors(function() return 1, 2, 3, 4, 5, 6, 7, 8, 9 end, '9 results of a work function, 8 at most')
  end)

  test('an error in a work function that nobody listens for', function(expect, uv)
    script(uv, [[
      local thread = require('thread')
      local worker = thread.work(function() error('on purpose') end, function(...) print('after', select('#', ...)) end)
      worker:queue()
      worker:queue()
    ]], expect(function(stdout, stderr, code)
      assert(code == 0 and stdout == 'after\t0\nafter\t0\n', stdout)
      local _, count = stderr:gsub('Uncaught exception in a work function:\n[^\n]*: on purpose\nstack traceback:', '')
      assert(count == 2, stderr)
    end, 1))
  end)

  test('threads and workers that nobody holds', function(expect, uv)
    local sem = uv.new_sem()
    for _ = 1, 20 do thread.start(function(s) s:post() end, sem) end
    for _ = 1, 3 do collectgarbage() end
    for _ = 1, 20 do sem:wait() end
    do
      thread.work(function() return 'kept' end, expect(function(value) assert(value == 'kept') end, 1)):queue()
    end
    for _ = 1, 3 do collectgarbage() end
    uv.run()
    local weak = setmetatable({}, { __mode = 'v' })
    do
      local worker
      worker = thread.work(function() end, expect(function() assert(worker) end, 1))
      weak[1] = worker
      worker:queue()
    end
    uv.run()
    for _ = 1, 4 do collectgarbage() end
    assert(weak[1] == nil)
  end)

  test('os.exit and process:exit while threads live', function(expect, uv)
    local function exits(code, source)
      script(uv, "local thread, uv = require('thread'), require('uv')\n" .. source, expect(function(_, stderr, got)
        assert(got == code, tostring(got) .. stderr)
      end, 1))
    end
    exits(3, [[
      local ready = uv.new_sem()
      for _ = 1, 8 do thread.start(function(s) s:post() require('uv').sleep(1e6) end, ready) end
      for _ = 1, 8 do ready:wait() end
      local worker = thread.work(function() while true do end end, function() end)
      worker:queue()
      os.exit(3)]])
    exits(4, [[
      for _ = 1, 4 do thread.start(function() os.exit(4) end) end
      uv.new_timer():start(60000, 0, function() end)]])
    exits(5, [[
      thread.start(function() process:exit(5) end)
      uv.new_timer():start(60000, 0, function() end)]])
    -- The program does not wait for a thread that nobody joins.
    exits(0, "thread.start(function() require('uv').sleep(1e6) end)")
  end)

  test('memory stays where it was', function(_, uv)
    local worker = thread.work(function(text) return text end, function(text) assert(#text == 1000) end)
    local function some(count)
      for _ = 1, count do
        assert(thread.join(thread.start(function() require('timer').setTimeout(0, function() end) end)))
        for _ = 1, 20 do worker:queue(('x'):rep(1000)) end
        uv.run()
      end
      collectgarbage()
      collectgarbage()
    end
    some(30)
    local before = uv.resident_set_memory()
    some(200)
    -- The state of one thread alone is far over 100 KB.
    assert(uv.resident_set_memory() - before < 16 * 1024 * 1024, uv.resident_set_memory() - before)
  end)
end)
