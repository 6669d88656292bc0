-- Awaiting events of emitters.

local await = require('await')
local async = require('async')
local timer = require('timer')
local net = require('net')
local Emitter = require('core').Emitter
local stream = require('stream')

local function refuses(pattern, fn, ...)
  local ok, err = pcall(fn, ...)
  assert(not ok and tostring(err):find(pattern), tostring(err))
end

local function emitLater(emitter, ...)
  timer.setTimeout(1, emitter.emit, emitter, ...)
end

local function noListeners(emitter)
  return not (emitter.handlers and next(emitter.handlers))
end

require('tap')(function(test)
  test('once: the values of one event, and no listener is left', async(function()
    local emitter = Emitter:new()
    emitLater(emitter, 'ready', 1, nil, 3)
    local a, b, c = await.once(emitter, 'ready')
    assert(a == 1 and b == nil and c == 3 and noListeners(emitter))
    emitLater(emitter, 'ready')
    assert(await.once(emitter, 'ready') == true)
    emitLater(emitter, 'close', 'reason')
    assert(await.once(emitter, 'close') == 'reason')
    emitLater(emitter, 'error', 'EIO: as an event')
    assert(await.once(emitter, 'error') == 'EIO: as an event' and noListeners(emitter))
  end))

  test('once: error and close instead', async(function()
    local emitter = Emitter:new()
    emitLater(emitter, 'error', 'EIO: broken')
    local value, err, code = await.once(emitter, 'ready')
    assert(value == nil and err == 'EIO: broken' and code == 'EIO' and noListeners(emitter))
    emitLater(emitter, 'close')
    value, err, code = await.once(emitter, 'ready')
    assert(value == nil and err == 'ECANCELED: closed before ready' and code == 'ECANCELED' and noListeners(emitter))
    refuses("'emitter' to 'once'", await.once, {}, 'x')
    refuses("'name' to 'once'", await.once, emitter)
  end))

  test('events: one after another until the end, none is lost', async(function()
    local emitter = Emitter:new()
    local events = await.events(emitter, 'item')
    for i = 1, 3 do emitter:emit('item', i, i * 2) end
    timer.setTimeout(1, function()
      emitter:emit('item', 4, 8)
      emitter:emit('end')
    end)
    local sum = 0
    for value, double in events do
      assert(double == value * 2)
      sum = sum + value
      await.sleep(0)
    end
    assert(sum == 10 and noListeners(emitter))
    assert(events:next() == nil)
  end))

  test('events: an error is raised behind the events before it, once', async(function()
    local emitter = Emitter:new()
    local events = await.events(emitter, 'item')
    emitter:emit('item', 1)
    emitter:emit('error', 'EIO: broken')
    assert(events:next() == 1)
    refuses('^EIO: broken$', events.next, events)
    assert(events:next() == nil and noListeners(emitter))
    events = await.events(emitter, 'item')
    emitLater(emitter, 'error', 'EIO: while waiting')
    refuses('^EIO: while waiting$', events.next, events)
  end))

  test('events: a slow reader pauses the emitter', async(function()
    local Numbers = stream.Readable:extend()
    local made = 0
    function Numbers:_read()
      made = made + 1
      self:push(made <= 1000 and made or nil)
    end
    local numbers = Numbers:new({ objectMode = true })
    local events, expected, most = await.events(numbers, 'data', 4), 0, 0
    for value in events do
      expected = expected + 1
      assert(value == expected)
      most = math.max(most, events.last - events.first + 1)
      if value % 100 == 0 then await.sleep(1) end
    end
    assert(expected == 1000 and most <= 4)
    assert(noListeners(numbers))
  end))

  test('events: what cannot be paused is bounded', async(function()
    local emitter = Emitter:new()
    local events = await.events(emitter, 'item', 10)
    for i = 1, 1000 do emitter:emit('item', i) end
    assert(noListeners(emitter))
    for i = 1, 11 do assert(events:next() == i) end
    refuses("^ENOBUFS: more than 10 'item' events wait$", events.next, events)
  end))

  test('events: close, and cancellation', async(function()
    local emitter = Emitter:new()
    local events = await.events(emitter, 'item')
    emitter:emit('item', 1)
    events:close()
    assert(noListeners(emitter) and events:next() == nil)
    events = await.events(emitter, 'item')
    local task = await.spawn(function() return events:next() end)
    refuses('another coroutine waits', events.next, events)
    task:cancel()
    assert(select(3, task:await()) == 'ECANCELED')
    -- It can go on with another.
    emitLater(emitter, 'item', 'next')
    assert(events:next() == 'next')
    -- Closed by another coroutine while one waits.
    task = await.spawn(function() return events:next() end)
    events:close()
    assert(task:status() == 'done' and task:await() == nil)
    refuses("'limit' to 'events'", await.events, emitter, 'item', 0)
    refuses("'emitter' to 'events'", await.events, 1, 'item')
  end))

  test('a connection, read with events', async(function()
    local size = 3 * 1024 * 1024
    local server = net.createServer(function(socket) socket:_end(('x'):rep(size)) end)
    await(server.listen, server, 0, '127.0.0.1')
    local socket = await(net.connect, server:address().port, '127.0.0.1')
    local total, turns = 0, 0
    for chunk in await.events(socket, 'data') do
      total, turns = total + #chunk, turns + 1
      if turns % 8 == 0 then await.sleep(0) end
    end
    assert(total == size)
    await(server.close, server)
  end))

  test('a stream that has ended or closed meanwhile is no wait', async(function()
    local through = stream.PassThrough:new()
    through:_end('a')
    local events = await.events(through, 'data')
    assert(events:next() == 'a' and events:next() == nil)
    for _ in await.events(through, 'data') do error('data after the end') end
    local data, err, code = await.once(through, 'data')
    assert(data == nil and err == 'ECANCELED: ended before data' and code == 'ECANCELED', err)
    assert(await.once(through, 'end') == true)

    local socket = net.Socket:new()
    socket:destroy()
    assert(await.once(socket, 'close') == false)
    for _ in await.events(socket, 'data') do error('data after the end') end
    data, err = await.once(socket, 'data')
    assert(data == nil and err == 'ECANCELED: closed before data', err)
    assert(await.once(socket, 'close') == true)

    -- What was destroyed still has its error to tell.
    local refused = net.connect(1, '127.0.0.1')
    refused:destroy('ENOENT')
    data, err = await.once(refused, 'data')
    assert(data == nil and tostring(err):find('ENOENT'), err)

    local request = require('http').get('http://127.0.0.1:1/')
    data, err = await.once(request, 'response')
    assert(data == nil and tostring(err):find('ECONNREFUSED'), err)
    await.once(request, 'close')
    assert(select(2, await.once(request, 'response')) == 'ECANCELED: closed before response')

    local interface = require('readline').createInterface({ input = stream.PassThrough:new() })
    interface:close()
    for _ in await.events(interface, 'line') do error('a line after the end') end
  end))
end)
