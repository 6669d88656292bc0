-- Tasks: results, cancellation, time limits, and several at once.

local await = require('await')
local async = require('async')
local timer = require('timer')
local net = require('net')
local core = require('core')

local function refuses(pattern, fn, ...)
  local ok, err = pcall(fn, ...)
  assert(not ok and tostring(err):find(pattern), tostring(err))
end

-- An operation that never ends, and notes how it was canceled.
local function endless(log, method)
  return function()
    return { [method] = function() log[#log + 1] = method end }
  end
end

local catching = require('catching')

require('tap')(function(test)
  test('spawn starts at once, and the results can be awaited, often', async(function()
    local started = false
    local task = await.spawn(function(...)
      assert(select('#', ...) == 3 and (...) == 'a')
      started = true
      await.sleep(1)
      return 1, nil, 3, nil
    end, 'a', nil, nil)
    assert(started and task:status() == 'pending' and core.instanceof(task, await.Task))
    for _ = 1, 2 do
      local got = { n = select('#', task:await()), task:await() }
      assert(got.n == 4 and got[1] == 1 and got[3] == 3)
    end
    assert(task:status() == 'done' and await(task) == 1)
    assert(select('#', await.spawn(function() end):await()) == 0)
    assert(not task:cancel())
    refuses("'fn' to 'spawn'", await.spawn, 1)
  end))

  test('several await one task', async(function()
    local task = await.spawn(function()
      await.sleep(2)
      return 'shared'
    end)
    local results = await.all({ function() return task:await() end, function() return task:await() end, task })
    assert(results[1] == 'shared' and results[2] == 'shared' and results[3] == 'shared')
  end))

  test('an error is raised where the task is awaited, as it is', async(function()
    local value = { code = 'X' }
    local task = await.spawn(function()
      await.sleep(1)
      error(value)
    end)
    for _ = 1, 2 do
      local ok, err = pcall(task.await, task)
      assert(not ok and rawequal(err, value))
    end
    assert(task:status() == 'failed')
    -- At once, awaited in the same turn: nobody is told.
    task = await.spawn(error, 'at once', 0)
    refuses('^at once$', task.await, task)
    task = await.spawn(error)
    local ok, err = pcall(task.await, task)
    assert(not ok and err == nil)
    await.sleep(2)
  end))

  test('an error that nobody awaits is uncaught', function(expect, uv)
    local count = 0
    await.spawn(error, 'lost 1', 0)
    await.spawn(function()
      await.sleep(1)
      error('lost 2', 0)
    end)
    catching(uv, expect(function(err)
      count = count + 1
      assert(err == 'lost ' .. count, err)
    end, 2))
  end)

  test('a task that awaits itself', async(function()
    local task
    task = await.spawn(function()
      await.sleep(1)
      refuses('a task cannot await itself', task.await, task)
    end)
    task:await()
  end))

  test('cancel: what is awaited returns, and what it waited for is canceled', async(function(_, uv)
    for _, method in ipairs({ 'cancel', 'destroy', 'kill', 'close' }) do
      local log = {}
      local task = await.spawn(function()
        local value, err, code = await(endless(log, method))
        assert(value == nil and err == 'ECANCELED: not needed' and code == 'ECANCELED')
        assert(log[1] == method)
        return 'cleaned up'
      end)
      assert(task:cancel('not needed') == true)
      assert(task:status() == 'canceled' and #log == 1 and task:cancel() == false)
      local value, err, code = task:await()
      assert(value == nil and err == 'ECANCELED: not needed' and code == 'ECANCELED')
    end
    -- The first that there is, in this order.
    local log = {}
    local task = await.spawn(await, function()
      return { close = error, destroy = function() log[1] = 'destroy' end }
    end)
    task:cancel()
    assert(log[1] == 'destroy')
    assert(select(2, task:await()) == 'ECANCELED: operation canceled')
    -- Requests and handles of uv, and functions.
    local handle
    task = await.spawn(await.value, function(callback)
      handle = uv.new_timer()
      uv.timer_start(handle, 1e6, 0, callback)
      return handle
    end)
    task:cancel()
    assert(handle:is_closing())
    for _ = 1, 20 do await.spawn(await, uv.fs_stat, uv.cwd()):cancel() end
    task = await.spawn(await, uv.getaddrinfo, 'localhost', nil, nil)
    task:cancel()
    local called
    task = await.spawn(await, function() return function() called = true end end)
    task:cancel()
    assert(called)
    -- A callback that comes all the same is not heard.
    local callback
    task = await.spawn(function()
      assert(select(3, await(function(given) callback = given end)) == 'ECANCELED')
    end)
    task:cancel()
    callback(nil, 'late')
    assert(task:status() == 'canceled')
  end))

  test('cancel: connections and sleeping', async(function()
    local server = net.createServer(function() end)
    await(server.listen, server, 0, '127.0.0.1')
    local socket
    local task = await.spawn(function()
      socket = net.Socket:new()
      return await(socket.connect, socket, server:address().port, '127.0.0.1')
    end)
    task:cancel()
    assert(socket.destroyed and socket:listenerCount('error') == 0)
    assert(select(3, task:await()) == 'ECANCELED')
    task = await.spawn(await.sleep, 1e6)
    task:cancel()
    local emitter = core.Emitter:new()
    task = await.spawn(await.once, emitter, 'never')
    task:cancel()
    assert(not next(emitter.handlers))
    await(server.close, server)
  end))

  test('a canceled task cannot go on: what it awaits then raises', async(function()
    local turns, last = 0, nil
    local task = await.spawn(function()
      while true do
        turns = turns + 1
        last = await.sleep(1e6)
      end
    end)
    task:cancel()
    assert(task:status() == 'canceled' and turns == 2 and last == nil)
    -- Not even one that catches all errors.
    turns = 0
    task = await.spawn(function()
      while true do
        turns = turns + 1
        pcall(await.sleep, 1e6)
      end
    end)
    task:cancel()
    assert(task:status() == 'canceled' and turns < 1000)
    -- Canceled while it runs: told by the next await.
    task = await.spawn(function()
      await.sleep(1)
      task:cancel('by itself')
      local _, err, code = await.sleep(1e6)
      assert(err == 'ECANCELED: by itself' and code == 'ECANCELED')
      assert(await(error, 'never called'))
    end)
    assert(select(3, task:await()) == 'ECANCELED')
    -- Canceled by what it calls.
    local destroyed = false
    task = await.spawn(function()
      await.sleep(1)
      local _, _, code = await(function()
        task:cancel()
        return { destroy = function() destroyed = true end }
      end)
      assert(code == 'ECANCELED' and destroyed)
    end)
    assert(select(3, task:await()) == 'ECANCELED')
    -- What has no methods at all.
    task = await.spawn(await, function() return newproxy() end)
    task:cancel()
    -- `assert` is the end too, and no error that anybody has to see.
    task = await.spawn(function() assert(await.sleep(1e6)) end)
    task:cancel()
    assert(task:status() == 'canceled')
    task = await.spawn(function() error((select(2, await.sleep(1e6)))) end)
    task:cancel()
    assert(task:status() == 'canceled')
    await.sleep(2)
  end))

  test('what a task returned before it noticed counts', async(function()
    local task
    task = await.spawn(function()
      await.sleep(1)
      task:cancel()
      return 'done'
    end)
    assert(task:await() == 'done' and task:status() == 'done')
    -- A library that suspends in its own way does not notice.
    task = await.spawn(function()
      timer.sleep(2)
      return 'slept'
    end)
    assert(task:cancel() and task:await() == 'slept')
  end))

  test('shield: cleaning up takes its time', async(function()
    local log = {}
    local function close(callback)
      timer.setTimeout(2, function()
        log[#log + 1] = 'closed'
        callback(nil, 'ok')
      end)
    end
    local task = await.spawn(function()
      log[1] = select(3, await.sleep(1e6))
      local closed = await.shield(close)
      log[#log + 1] = closed
    end)
    task:cancel()
    task:cancel()
    assert(task:status() == 'pending')
    assert(select(3, task:await()) == 'ECANCELED')
    assert(table.concat(log, ' ') == 'ECANCELED closed ok', table.concat(log, ' '))
    -- It is not interrupted either.
    task = await.spawn(function()
      assert(await.shield(close) == 'ok')
      assert(select(3, await.sleep(1e6)) == 'ECANCELED')
    end)
    task:cancel()
    assert(select(3, task:await()) == 'ECANCELED')
    assert(await.shield(close) == 'ok')
  end))

  test('errors while cleaning up are not lost', function(expect, uv)
    local task = await.spawn(function()
      await.sleep(1e6)
      error('cleaning up went wrong', 0)
    end)
    task:cancel()
    assert(task:status() == 'failed')
    local other = await.spawn(await, function() return { cancel = function() error('cannot cancel', 0) end } end)
    other:cancel()
    assert(other:status() == 'canceled')
    local seen = {}
    catching(uv, expect(function(err) seen[err] = true end, 2))
    assert(seen['cleaning up went wrong'] and seen['cannot cancel'])
  end)

  test('canceling who awaits cancels the task, unless others wait too', async(function()
    local inner
    local outer = await.spawn(function()
      inner = await.spawn(await.sleep, 1e6)
      return inner:await()
    end)
    outer:cancel('all of it')
    assert(inner:status() == 'canceled' and inner.reason == 'ECANCELED: all of it' and outer:status() == 'canceled')
    local shared = await.spawn(await.sleep, 5)
    local first = await.spawn(shared.await, shared)
    local second = await.spawn(shared.await, shared)
    first:cancel()
    assert(shared:status() == 'pending' and first:status() == 'canceled')
    assert(second:await() == true)
  end))

  test('timeout', async(function(_, uv)
    assert(await.timeout(1e6, function(...)
      assert(select('#', ...) == 2)
      await.sleep(1)
      return 'in time'
    end, 1, nil) == 'in time')
    assert(await.timeout(1e6, function() return 'at once' end) == 'at once')
    local inside
    local value, err, code = await.timeout(2, function()
      inside = select(3, await.sleep(1e6))
      return 'late'
    end)
    assert(value == nil and err == 'ETIMEDOUT: timed out after 2 ms' and code == 'ETIMEDOUT' and inside == 'ECANCELED')
    refuses('its own', await.timeout, 1e6, function()
      await.sleep(1)
      error('its own')
    end)
    refuses('at once', await.timeout, 1e6, error, 'at once')
    -- What fails by itself is not a timeout; an operation is one too.
    assert(select(3, await.timeout(1e6, await, uv.fs_stat, '/no/such/file')) == 'ENOENT')
    local server = net.createServer(function(socket) socket:resume() end)
    await(server.listen, server, 0, '127.0.0.1')
    local socket = await(net.connect, server:address().port, '127.0.0.1')
    assert(select(3, await.timeout(2, await.once, socket, 'data')) == 'ETIMEDOUT')
    assert(socket:listenerCount('data') == 0)
    socket:destroy()
    await(server.close, server)
    local task = await.spawn(await.sleep, 1e6)
    assert(select(3, await.timeout(1, task)) == 'ETIMEDOUT' and task:status() == 'canceled')
    -- Within each other: the outer one ends both.
    local reached
    value, err, code = await.timeout(2, function()
      reached = select(3, await.timeout(1e6, await.sleep, 1e6))
    end)
    assert(value == nil and code == 'ETIMEDOUT' and reached == 'ECANCELED')
    refuses("'delay' to 'timeout'", await.timeout, 'x', print)
    refuses("'fn' to 'timeout'", await.timeout, 1, 'x')
  end))

  test('a timeout waits until the task has cleaned up', async(function()
    local log = {}
    await.timeout(1, function()
      await.sleep(1e6)
      await.shield(function(callback) timer.setTimeout(2, callback) end)
      log[1] = 'cleaned up'
    end)
    assert(log[1])
  end))

  test('all: results in order, the first error cancels', async(function()
    local results = await.all({
      function()
        await.sleep(3)
        return 'slow'
      end,
      function() return nil end,
      await.spawn(function()
        await.sleep(1)
        return 'task', 'second values are not kept'
      end),
    })
    assert(results.n == 3 and results[1] == 'slow' and results[2] == nil and results[3] == 'task')
    assert(await.all({}).n == 0)
    local ended = 0
    local function other()
      assert(select(3, await.sleep(1e6)) == 'ECANCELED')
      ended = ended + 1
    end
    local none, err, code = await.all({ other, function()
      await.sleep(1)
      return nil, 'EIO: broken', 'EIO'
    end, other })
    assert(none == nil and err == 'EIO: broken' and code == 'EIO' and ended == 2)
    refuses('raised', await.all, { other, function()
      await.sleep(1)
      error('raised')
    end })
    assert(ended == 3)
    -- What fails at once keeps those behind it from starting.
    none, err = await.all({ other, function() return nil, 'no' end, error })
    assert(none == nil and err == 'no' and ended == 4)
    refuses("'list%[2%]' to 'all'", await.all, { print, 1 })
    refuses("'list' to 'all'", await.all)
  end))

  test('a canceled `all` cancels its tasks', async(function()
    local tasks = { await.spawn(await.sleep, 1e6), await.spawn(await.sleep, 1e6) }
    local task = await.spawn(await.all, tasks)
    task:cancel()
    assert(tasks[1]:status() == 'canceled' and tasks[2]:status() == 'canceled')
    assert(select(3, task:await()) == 'ECANCELED')
  end))

  test('race: the first that ends, whatever it is', async(function()
    local first, second = await.race({
      function()
        await.sleep(1)
        return 'fast', 2
      end,
      function() return await.sleep(1e6) end,
    })
    assert(first == 'fast' and second == 2)
    refuses('lost it', await.race, { function() await.sleep(1e6) end, function()
      await.sleep(1)
      error('lost it')
    end })
    assert(await.race({ function() return 'at once' end, error }) == 'at once')
    refuses('at least one', await.race, {})
  end))

  test('an error of a task that lost is uncaught', function(expect, uv)
    await.spawn(function()
      assert(await.race({ function() return await.sleep(1) end, function()
        await.sleep(1e6)
        error('loser', 0)
      end }) == true)
    end)
    catching(uv, expect(function(err) assert(err == 'loser') end, 1))
  end)

  test('settled: how each has ended', async(function()
    local canceled = await.spawn(await.sleep, 1e6)
    timer.setTimeout(1, function() canceled:cancel('why') end)
    local results = await.settled({
      function() return 'v' end, function() return nil, 'EIO: no', 'EIO' end, function() error('ENOENT: x', 0) end,
      canceled,
    })
    assert(results[1].status == 'done' and results[1].value == 'v')
    assert(results[2].status == 'failed' and results[2].err == 'EIO: no' and results[2].code == 'EIO')
    assert(results[3].status == 'failed' and results[3].err == 'ENOENT: x' and results[3].code == 'ENOENT')
    assert(results[4].status == 'canceled' and results[4].code == 'ECANCELED')
    await.sleep(1)
  end))

  test('map: in order, no more at once than allowed', async(function()
    local at, most = 0, 0
    local results = await.map({ 5, 1, 4, 2, 3 }, 2, function(item, index)
      at = at + 1
      most = math.max(most, at)
      await.sleep(item)
      at = at - 1
      return item .. ':' .. index
    end)
    assert(table.concat(results, ' ') == '5:1 1:2 4:3 2:4 3:5' and results.n == 5 and most == 2)
    assert(await.map({}, 3, error).n == 0)
    local seen = 0
    local none, err, code = await.map({ 1, 2, 3, 4, 5, 6 }, 2, function(item)
      seen = seen + 1
      await.sleep(1)
      if item == 2 then return nil, 'EIO: item 2' end
      return item
    end)
    assert(none == nil and err == 'EIO: item 2' and code == 'EIO' and seen < 5)
    refuses('raised', await.map, { 1 }, math.huge, function() error('raised') end)
    refuses("'limit' to 'map'", await.map, {}, 0, print)
    refuses("'fn' to 'map'", await.map, {}, 1)
  end))

  test('callbackify', async(function(expect)
    local double = await.callbackify(function(value)
      if value == 'now' then return 'result', nil, 3 end
      await.sleep(1)
      if value == 'raise' then error('EIO: raised', 0) end
      if value == 'return' then return nil, 'EIO: returned', 'EIO' end
      return value * 2
    end)
    local back = false
    double('now', expect(function(err, a, b, c)
      assert(back and err == nil and a == 'result' and b == nil and c == 3)
    end, 1))
    back = true
    assert(await(double, 21) == 42)
    assert(select(3, await(double, 'raise')) == 'EIO')
    assert(select(2, await(double, 'return')) == 'EIO: returned')
    local task = double(1, expect(function(err) assert(err:find('^ECANCELED')) end, 1))
    task:cancel()
    refuses("'callback' to 'callbackify'", double, 1)
    refuses("'fn' to 'callbackify'", await.callbackify)
  end))

  test('an error in a callback of callbackify is uncaught', function(expect, uv)
    await.callbackify(function() await.sleep(1) end)(function() error('in the callback', 0) end)
    catching(uv, expect(function(err) assert(err == 'in the callback') end, 1))
  end)

  test('a long chain of tasks that await each other ends', async(function()
    local start
    local task = await.spawn(function()
      await(function(callback) start = callback end)
      return 0
    end)
    for _ = 1, 20000 do
      local before = task
      task = await.spawn(function() return before:await() + 1 end)
    end
    start()
    assert(task:await() == 20000)
  end))

  test('tasks by the hundred thousand leave nothing', function()
    local function churn(count)
      for i = 1, count do
        local task = await.spawn(function() return await.sleep(1e6) end)
        task:cancel()
        assert(task:status() == 'canceled')
        await.spawn(function() return i end)
        -- Abandoned: nobody will ever resume it.
        await.spawn(function() await(function() end) end)
      end
    end
    churn(100)
    require('uv').run('nowait')
    for _ = 1, 4 do collectgarbage() end
    local before = collectgarbage('count')
    for _ = 1, 10 do
      churn(3300)
      require('uv').run('nowait')
    end
    for _ = 1, 4 do collectgarbage() end
    assert(collectgarbage('count') - before < 300, collectgarbage('count') - before)
  end)

  test('a task that is canceled in time has not timed out', async(function()
    local task = await.spawn(function() return await.sleep(10000) end)
    timer.setTimeout(1, function() task:cancel('enough') end)
    local _, err, code = await.timeout(10000, task)
    assert(err == 'ECANCELED: enough' and code == 'ECANCELED', err)
  end))
end)
