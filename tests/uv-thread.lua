require('tap')(function(test)
  local here = require('uv').cwd()
  local program = require('uv').exepath()

  -- Runs a script of its own: what it wrote and its exit code.
  local function run(source)
    local uv = require('uv')
    local fd, name = assert(uv.fs_mkstemp(uv.os_tmpdir() .. '/luvit-thread-XXXXXX'))
    assert(uv.fs_write(fd, source))
    uv.fs_close(fd)
    local fds = assert(uv.pipe({ nonblock = true }))
    local output, parts, status, left = uv.new_pipe(), {}, nil, 2
    assert(output:open(fds.read))
    local function done(handle)
      left = left - 1
      handle:close()
    end
    local child
    child = assert(uv.spawn(program, { args = { name }, stdio = { nil, fds.write, fds.write } }, function(code)
      status = code
      done(child)
    end))
    assert(uv.fs_close(fds.write))
    output:read_start(function(err, data)
      assert(not err, err)
      if not data then return done(output) end
      parts[#parts + 1] = data
    end)
    while left > 0 do uv.run('once') end
    os.remove(name)
    return (table.concat(parts):gsub('\r\n', '\n')), tostring(status)
  end

  test('the values arrive, and the state is a whole runtime', function(expect, uv)
    local async
    async = uv.new_async(expect(function(...)
      assert(select('#', ...) == 8)
      local a, b, c, d, e, f, g, h = ...
      assert(a == 'x\0y' and b == nil and c == -1.5 and d == true and e == false)
      assert(f == math.huge and g ~= g and h == nil)
      async:close()
    end, 1))
    local thread = uv.new_thread(function(async, ...) -- luacheck: ignore
      assert(select('#', ...) == 8)
      assert(process.argv[0] and p and print and require('path').basename('a/b') == 'b')
      assert(jit.status() and not require('uv').loop_alive())
      local value, count = nil, 0
      require('timer').setTimeout(1, function() value = require('json').parse('[1]')[1] end)
      require('uv').run()
      for i = 1, 1000 do count = count + i end
      assert(value == 1 and count == 500500)
      async:send(...)
    end, async, 'x\0y', nil, -1.5, true, false, math.huge, 0 / 0, nil)
    assert(tostring(thread):find('^uv_thread_t: 0x%x+$'))
    assert(thread:join() == true)
  end)

  test('a megabyte and the empty string', function(expect, uv)
    local long = ('\0\1\255a'):rep(262144)
    local async
    async = uv.new_async(expect(function(a, b)
      assert(a == long and b == '')
      async:close()
    end, 1))
    uv.new_thread(function(async, a, b) async:send(a, b) end, async, long, ''):join() -- luacheck: ignore
  end)

  test('no more than nine values cross', function(expect, uv)
    local async
    async = uv.new_async(expect(function(count)
      assert(count == 9)
      async:close()
    end))
    uv.new_thread(function(...) (...):send(select('#', ...)) end, async, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11):join()
  end)

  test('the entry may be source or bytecode, and loses its upvalues', function(expect, uv)
    local async
    local seen = {}
    async = uv.new_async(expect(function(...) table.insert(seen, { ... }) end))
    local upvalue = 1
    assert(uv.new_thread('local async, x = ...; async:send("text", x)', async, 5):join())
    uv.run('once')
    assert(uv.new_thread(string.dump(function(a, x) a:send('code', x) end), async, 6):join())
    uv.run('once')
    assert(uv.new_thread(string.dump(function(a, x) a:send('stripped', x) end, true), async, 7):join())
    uv.run('once')
    assert(uv.new_thread(function(a) a:send('upvalue', upvalue) end, async):join())
    uv.run('once')
    async:close()
    assert(seen[1][1] == 'text' and seen[1][2] == 5)
    assert(seen[2][1] == 'code' and seen[2][2] == 6)
    assert(seen[3][1] == 'stripped' and seen[3][2] == 7)
    assert(seen[4][1] == 'upvalue' and seen[4][2] == nil)
  end)

  test('modules are found from the file of the function', function(expect, uv)
    local async
    async = uv.new_async(expect(function(text, name)
      assert(text == 'hello from beside the test', text)
      assert(name:find('uv%-thread%.lua$'), name)
      async:close()
    end))
    uv.new_thread(function(a)
      a:send(require('./fixtures/thread/greeting').text, module.path)
    end, async):join()
    assert(uv.cwd() == here)
  end)

  test('options', function(_, uv)
    assert(uv.new_thread({}, function() end):join())
    assert(uv.new_thread(nil, function() end):join())
    for _, size in ipairs({ 0, 1, 65536, 16 * 1024 * 1024 }) do
      assert(uv.new_thread({ stack_size = size }, function()
        -- As deep as Lua allows, on any stack.
        local function deep(n) return n == 0 and 0 or 1 + deep(n - 1) end
        assert(deep(10000) == 10000)
        local function nest(n)
          if n == 0 then return 0 end
          return coroutine.wrap(nest)(n - 1) + 1
        end
        assert(nest(15000) == 15000)
      end):join())
    end
    local ok, err = pcall(uv.new_thread, { stack_size = 'big' }, function() end)
    assert(not ok and err:find('stack_size option must be a number', 1, true), err)
    for _, size in ipairs({ -1, 1e300, math.huge, 0 / 0 }) do
      ok, err = pcall(uv.new_thread, { stack_size = size }, function() end)
      assert(not ok and err:find('stack_size', 1, true), err)
    end
  end)

  test('wrong arguments', function(_, uv)
    local function fails(pattern, fn, ...)
      local ok, err = pcall(fn, ...)
      assert(not ok and err:find(pattern, 1, true), err)
    end
    fails("bad argument #1 to '?' (a native function", uv.new_thread, pcall)
    fails("bad argument #2 to '?'", uv.new_thread, {})
    fails("bad argument #1 to '?'", uv.new_thread, true)
    fails("thread arg not support type 'table' at 2", uv.new_thread, '', 1, {})
    fails("thread arg not support type 'function' at 1", uv.new_thread, '', print)
    fails("thread arg not support type 'cdata' at 1", uv.new_thread, '', 1LL)
    fails("thread arg not support type 'thread' at 1", uv.new_thread, '', coroutine.create(print))
    fails("thread arg not support type 'userdata' at 3", uv.new_thread, '', 1, nil, newproxy())
    local timer = uv.new_timer()
    fails("thread arg not support type 'uv_timer' at 1", uv.new_thread, '', timer)
    timer:close()
    for _, name in ipairs({ 'join', 'detach', 'equal', 'getaffinity', 'setaffinity', 'getpriority', 'setpriority', 'getname' }) do
      for _, value in ipairs({ {}, uv.new_sem(), newproxy(), 1 }) do
        fails("bad argument #1 to '?' (uv_thread expected, got ", uv['thread_' .. name], value)
      end
    end
    fails("bad argument #2 to '?'", uv.thread_equal, uv.thread_self())
    fails("bad argument #2 to '?'", uv.thread_setaffinity, uv.thread_self(), 1)
    fails("bad argument #2 to '?'", uv.thread_setaffinity, uv.thread_self(), { x = true })
    fails("bad argument #2 to '?'", uv.thread_setaffinity, uv.thread_self(), { [1.5] = true })
    fails("bad argument #2 to '?'", uv.thread_setaffinity, uv.thread_self(), { 1 })
    fails("bad argument #2 to '?'", uv.thread_setpriority, uv.thread_self(), 'x')
    fails("bad argument #1 to '?'", uv.thread_setname, nil)
  end)

  test('join, detach, equal', function(_, uv)
    local function fails(wanted, value, err, code)
      assert(value == nil and err:find(wanted, 1, true) and code == wanted)
    end
    local thread = uv.new_thread(function() end)
    assert(thread:join() == true)
    fails('EINVAL', thread:join())
    fails('EINVAL', thread:detach())
    thread = uv.new_thread(function() end)
    assert(thread:detach() == true)
    fails('EINVAL', thread:detach())
    fails('EINVAL', thread:join())
    fails('EBUSY', uv.thread_self():join())
    fails('EINVAL', uv.thread_self():detach())
    assert(uv.thread_self():equal(uv.thread_self()) and uv.thread_self() == uv.thread_self())
    assert(tostring(uv.thread_self()) == tostring(uv.thread_self()))
    assert(not thread:equal(uv.thread_self()) and thread ~= uv.thread_self())
    assert(uv.thread_equal(thread, thread))
    assert(thread.self == nil and thread.setname == nil)
    -- What has ended can be asked all the same.
    thread = uv.new_thread(function() end)
    thread:join()
    fails('ESRCH', thread:getname())
    fails('ESRCH', thread:getpriority())
    fails('ESRCH', thread:setpriority(0))
    if uv.cpumask_size() then fails('ESRCH', thread:getaffinity()) end
  end)

  test('a thread handle goes through threads', function(expect, uv)
    local async
    local inner = uv.new_thread(function() end)
    async = uv.new_async(expect(function(thread, joined, main)
      assert(thread == inner and joined == true and main == uv.thread_self())
      async:close()
    end))
    uv.new_thread(function(async, thread, main) -- luacheck: ignore
      assert(thread ~= require('uv').thread_self())
      local value, _, code = main:join()
      assert(value == nil and code == 'EBUSY' or code == 'EINVAL')
      async:send(thread, thread:join(), main)
    end, async, inner, uv.thread_self()):join()
    assert(select(3, inner:join()) == 'EINVAL')
  end)

  test('forgotten threads end by themselves', function(_, uv)
    local sem = uv.new_sem()
    for _ = 1, 20 do uv.new_thread(function(s) s:post() end, sem) end
    for _ = 1, 3 do collectgarbage() end
    for _ = 1, 20 do sem:wait() end
    assert(not sem:trywait())
  end)

  test('fifty at once', function(_, uv)
    local gate, ready = uv.new_sem(), uv.new_sem()
    local threads = {}
    for i = 1, 50 do
      threads[i] = uv.new_thread(function(gate, ready) -- luacheck: ignore
        ready:post()
        gate:wait()
        ready:post()
      end, gate, ready)
    end
    for _ = 1, 50 do ready:wait() end
    for _ = 1, 50 do gate:post() end
    for i = 1, 50 do assert(threads[i]:join()) end
    for _ = 1, 50 do assert(ready:trywait()) end
  end)

  test('threads start threads', function(_, uv)
    local sem = uv.new_sem()
    local function tree(depth, sem, code) -- luacheck: ignore
      local uv = require('uv') -- luacheck: ignore
      sem:post()
      if depth == 0 then return end
      local left = uv.new_thread(code, depth - 1, sem, code)
      local right = uv.new_thread(code, depth - 1, sem, code)
      assert(left:join() and right:join())
    end
    local code = string.dump(tree)
    assert(uv.new_thread(code, 3, sem, code):join())
    for _ = 1, 15 do assert(sem:trywait()) end
    assert(not sem:trywait())
  end)

  test('a thousand one after another leave nothing', function(_, uv)
    local function some(count)
      for _ = 1, count do
        assert(uv.new_thread(function(text)
          local timer = require('uv').new_timer()
          timer:start(1e6, 0, function() end)
          assert(#text == 10000)
        end, ('x'):rep(10000)):join())
      end
      collectgarbage()
      collectgarbage()
    end
    some(100)
    local before = uv.resident_set_memory()
    some(1000)
    local grown = uv.resident_set_memory() - before
    -- One state alone is far over 100 KB, a thousand over 100 MB; a sanitizer keeps some of what is freed.
    assert(grown < 32 * 1024 * 1024, grown)
  end)

  test('priority and name', function(_, uv)
    local c = uv.constants
    assert(c.THREAD_PRIORITY_HIGHEST == 2 and c.THREAD_PRIORITY_ABOVE_NORMAL == 1 and c.THREAD_PRIORITY_NORMAL == 0)
    assert(c.THREAD_PRIORITY_BELOW_NORMAL == -1 and c.THREAD_PRIORITY_LOWEST == -2)
    local gate = uv.new_sem()
    local thread = uv.new_thread(function(s) s:wait() end, gate)
    assert(thread:getname():find('^thread%-%d+$'))
    assert(type(thread:getpriority()) == 'number')
    assert(thread:setpriority(c.THREAD_PRIORITY_LOWEST) == true)
    if jit.os == 'Linux' then assert(thread:getpriority() == 4) end
    for _, wrong in ipairs({ 3, -3, 1e300 }) do
      local value, err, code = thread:setpriority(wrong)
      assert(value == nil and err and code == 'EINVAL')
    end
    gate:post()
    thread:join()
    uv.new_thread(function()
      local uv = require('uv') -- luacheck: ignore
      assert(uv.thread_setname('abc') == 0)
      assert(uv.thread_self():getname() == 'abc')
      assert(uv.thread_setname(('x'):rep(1000)) == 0)
      assert(uv.thread_self():getname():find('^x+$'))
      local value, err, code = uv.thread_setname('a\0b')
      assert(value == nil and err and code == 'EINVAL')
    end):join()
  end)

  test('affinity', function(_, uv)
    local size, err, code = uv.cpumask_size()
    if not size then
      assert(err and code == 'ENOTSUP')
      return
    end
    local sem = uv.new_sem()
    uv.new_thread(function(size, sem) -- luacheck: ignore
      local uv = require('uv') -- luacheck: ignore
      local own = uv.thread_self()
      local all = assert(own:getaffinity())
      assert(#all == size and #own:getaffinity(size) == size and #own:getaffinity(size + 5) == size + 5)
      local cpu = uv.thread_getcpu()
      assert(cpu >= 1 and all[cpu] == true)
      local old = assert(own:setaffinity({ [cpu] = true }, true))
      assert(#old == #all)
      for i = 1, #all do assert(old[i] == all[i]) end
      for i, may in ipairs(own:getaffinity()) do assert(may == (i == cpu)) end
      assert(own:setaffinity(all) == true)
      for _, mask in ipairs({ {}, { [size] = false }, { [1e9] = true }, { [1e300] = true } }) do
        local value, why, name = own:setaffinity(mask)
        assert(value == nil and why and name)
      end
      for _, wrong in ipairs({ 0, size - 1, 2 ^ 31 - 1 }) do
        local value, why, name = own:getaffinity(wrong)
        assert(value == nil and why and name == 'EINVAL')
      end
      sem:post()
    end, size, sem):join()
    assert(sem:trywait())
  end)

  test('errors are reported with their thread and the program goes on', function()
    local source = module.path:gsub('[^/]*$', '') .. 'fixtures/thread/fails.lua'
    local output, code = run(('require(%q)'):format(source))
    assert(code == '0', output)
    local function has(text) assert(output:find(text, 1, true), output) end
    has("Uncaught exception in thread 'first':")
    has('in a thread\nstack traceback:')
    has("in local 'inner'")
    has("Uncaught exception in thread 'second':")
    has('in a callback\nstack traceback:')
    has('the loop ended')
    has("near 'not'")
    has('taken:  for the handler')
    has('in a work function\nstack traceback:')
    has('after work\t0')
    has("thread arg not support type 'table' at 2")
    has('after bad results\t0')
    has('the end')
  end)

  test('os.exit and process:exit in a thread end the program', function()
    local _, code = run([[
      local uv = require('uv')
      for _ = 1, 8 do uv.new_thread(function() os.exit(7) end) end
      uv.new_timer():start(60000, 0, function() end)]])
    assert(code == '7')
    _, code = run([[
      local uv = require('uv')
      uv.new_thread(function() process:exit(9) end)
      uv.new_timer():start(60000, 0, function() end)]])
    assert(code == '9')
    local output
    output, code = run([[
      setmetatable({}, { __gc = true })
      local sem = require('uv').new_sem()
      _G.kept = newproxy(true)
      getmetatable(_G.kept).__gc = function() print('closed') end
      require('uv').new_thread(function(s) s:wait() end, sem)
      coroutine.wrap(function() os.exit(true, true) end)()]])
    assert(code == '0' and output == 'closed\n', output)
    _, code = run('os.exit(false)')
    assert(code == '1')
  end)

  test('the program ends while threads run', function()
    local output, code = run([[
      local uv = require('uv')
      local sem = uv.new_sem()
      for i = 1, 8 do
        uv.new_thread(function(s, i)
          s:post()
          if i % 2 == 0 then while true do local t = {} for k = 1, 100 do t[k] = tostring(k) end end end
          require('uv').sleep(1e6)
        end, sem, i)
      end
      for _ = 1, 8 do sem:wait() end
      local work = uv.new_work(function() while true do end end, function() end)
      work:queue()
      print('end')
      process:exit(3)]])
    assert(code == '3' and output == 'end\n', output)
    output, code = run([[
      local uv = require('uv')
      for _ = 1, 8 do uv.new_thread(function() require('http') end):detach() end
      print('end')]])
    assert(code == '0' and output == 'end\n', output)
  end)
end)
