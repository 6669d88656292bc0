-- Connecting to names with several addresses, options of `connect`, and what goes wrong with them.

local net = require('net')
local timer = require('timer')
local await = require('await')
local async = require('async')

local IS_LINUX = require('los').type() == 'linux'

local function refuses(pattern, fn, ...)
  local ok, err = pcall(fn, ...)
  assert(not ok and tostring(err):find(pattern), tostring(err))
end

-- A server whose connections end at once; only while `fn` runs.
local function serving(host, fn)
  local server = net.createServer(function(socket)
    socket:resume()
    socket:_end()
  end)
  local ok, err = await(server.listen, server, 0, host)
  if not ok then return nil, err end
  local results = { pcall(fn, server:address().port, server) }
  await(server.close, server)
  if not results[1] then error(results[2], 0) end
  return true
end

-- Connects and closes again; the socket, or nil and the error.
local function connect(options)
  local socket, err, code = await(net.connect, options)
  if not socket then return nil, err, code end
  -- What was looked at stays.
  assert(socket.remoteAddress and socket.remotePort and socket.remoteFamily)
  assert(socket.localAddress and socket.localPort and socket.localFamily)
  socket:destroy()
  await.once(socket, 'close')
  return socket
end

-- A lookup that finds these.
local function finds(...)
  local addresses = { ... }
  return function(_, _, callback) timer.setImmediate(callback, nil, addresses) end
end

local function openSockets(uv)
  local count = 0
  uv.walk(function(handle)
    if uv.handle_get_type(handle) == 'tcp' and not handle:is_closing() then count = count + 1 end
  end)
  return count
end

-- Calls `fn` with the port of 127.0.0.3 on which nothing answers for at least a second: the queue of its server is
-- full.
local function blackHole(uv, fn)
  local server = uv.new_tcp()
  assert(server:bind('127.0.0.3', 0))
  assert(server:listen(1, function() end))
  local port = server:getsockname().port
  local clients, isFull = {}, false
  while not isFull and #clients < 10 do
    local client = uv.new_tcp()
    clients[#clients + 1] = client
    local connected = false
    client:connect('127.0.0.3', port, function(err) connected = not err end)
    await.sleep(30)
    isFull = not connected
  end
  local results = { pcall(function()
    if isFull then fn(port) end
  end) }
  for _, client in ipairs(clients) do client:close() end
  server:close()
  if not results[1] then error(results[2], 0) end
end

require('tap')(function(test)
  test('an address that fails is followed by the next at once', async(function()
    assert(serving('127.0.0.1', function(port)
      local socket = assert(connect({
        port = port, host = 'several.test', autoSelectFamilyAttemptTimeout = 1e6,
        lookup = finds({ address = '127.0.0.2' }, { address = '::1', family = 6 }, '127.0.0.1'),
      }))
      assert(socket.remoteAddress == '127.0.0.1' and socket.remotePort == port and socket.remoteFamily == 'IPv4')
    end))
  end))

  test('an address that does not answer gets company, and loses', async(function(_, uv)
    if not IS_LINUX then return end
    blackHole(uv, function(hole)
      -- The same port on another address answers.
      local server = net.createServer(function(socket) socket:resume() end)
      if not await(server.listen, server, hole, '127.0.0.1') then return end
      local before = openSockets(uv)
      local socket = assert(await(net.connect, {
        port = hole, host = 'several.test', autoSelectFamilyAttemptTimeout = 10,
        lookup = finds('127.0.0.3', '127.0.0.1'),
      }))
      assert(socket.remoteAddress == '127.0.0.1')
      -- The connection and its other end, which may take a while: no attempt is left.
      for _ = 1, 1000 do
        if openSockets(uv) == before + 2 then break end
        await.sleep(1)
      end
      assert(openSockets(uv) == before + 2)
      socket:destroy()
      await(server.close, server)
    end)
  end))

  test('connectTimeout, and destroy while attempts are under way', async(function(_, uv)
    if not IS_LINUX then return end
    blackHole(uv, function(hole)
      local socket, err, code = connect({ port = hole, host = '127.0.0.3', connectTimeout = 20 })
      assert(not socket and code == 'ETIMEDOUT')
      assert(tostring(err) == 'ETIMEDOUT: connection timed out, connect 127.0.0.3:' .. hole, tostring(err))
      local list = finds('127.0.0.3', '127.0.0.3')
      socket, err, code = connect({
        port = hole, host = 'hole.test', connectTimeout = 50, autoSelectFamilyAttemptTimeout = 10, lookup = list,
      })
      assert(not socket and code == 'ETIMEDOUT' and #err.errors == 2)
      assert(tostring(err):find('connect hole.test:%d+ %(tried 127.0.0.3:%d+ ETIMEDOUT, 127.0.0.3:%d+ ETIMEDOUT%)$'),
        tostring(err))
      local options = { port = hole, host = 'hole.test', autoSelectFamilyAttemptTimeout = 10, lookup = list }
      local waiting = net.connect(options)
      await.sleep(30)
      waiting:destroy()
      await.once(waiting, 'close')
      assert(select(3, await.timeout(20, await, net.connect, { port = hole, host = '127.0.0.3' })) == 'ETIMEDOUT')
      -- One that does not hold the program does so with none of its attempts.
      waiting = net.connect(options)
      waiting:unref()
      await.sleep(30)
      uv.walk(function(handle)
        if handle == waiting._handle then assert(not handle:has_ref()) end
      end)
      waiting:ref()
      waiting:destroy()
    end)
  end))

  test('the families alternate', async(function()
    local tried = {}
    local socket, err = connect({
      port = 1, host = 'many.test',
      lookup = finds('::1', '::1', '127.0.0.1', '127.0.0.2', '127.0.0.3'),
    })
    assert(not socket)
    for address in tostring(err):gmatch('([%[%]:%d.]+):1 %u') do tried[#tried + 1] = address end
    assert(table.concat(tried, ' ') == '[::1] 127.0.0.1 [::1] 127.0.0.2 127.0.0.3', tostring(err))
    assert(#err.errors == 5 and err.errors[5].code == 'ECONNREFUSED')
    assert(tostring(err):find('^ECONNREFUSED: connection refused, connect many.test:1 %(tried '))
  end))

  test('without autoSelectFamily one after the other', async(function()
    assert(serving('127.0.0.1', function(port)
      local lookup = finds('127.0.0.2', '127.0.0.1')
      assert(connect({ port = port, host = 'x.test', autoSelectFamily = false, lookup = lookup }))
    end))
  end))

  test('family', async(function()
    assert(serving('127.0.0.1', function(port)
      assert(connect({ port = port, host = 'x.test', family = 4, lookup = finds('::1', '127.0.0.1') }))
      assert(connect({ port = port, host = 'localhost', family = 4 }).remoteAddress == '127.0.0.1')
      local socket, _, code = connect({ port = port, host = 'x.test', family = 6, lookup = finds('127.0.0.1') })
      assert(not socket and code == 'EAI_NONAME')
    end))
    -- A system without IPv6 cannot listen.
    serving('::1', function(port)
      local socket = assert(connect({ port = port, host = 'x.test', family = 6, lookup = finds('127.0.0.1', '::1') }))
      assert(socket.remoteFamily == 'IPv6' and socket.remoteAddress == '::1')
    end)
  end))

  test('lookup: how it is called, what it may find, how it fails', async(function(expect)
    assert(serving('127.0.0.1', function(port)
      for _, found in ipairs({ '127.0.0.1', { '127.0.0.1' }, { { address = '127.0.0.1', family = 4 } },
        { { addr = '127.0.0.1', family = 'inet' } } }) do
        assert(connect({
          port = port, host = 'name.test',
          lookup = expect(function(host, options, callback)
            assert(host == 'name.test' and options.family == 0 and options.all == true)
            -- At once, too.
            callback(nil, found, 4)
          end, 1),
        }))
      end
    end))
    local function fails(...)
      local values = { n = select('#', ...), ... }
      return function(_, _, callback) timer.setImmediate(callback, unpack(values, 1, values.n)) end
    end
    local socket, err, code = connect({ port = 1, host = 'name.test', lookup = fails('ENOTFOUND: no such name') })
    assert(not socket and tostring(err) == 'ENOTFOUND: no such name' and code == 'ENOTFOUND')
    socket, err, code = connect({ port = 1, host = 'name.test', lookup = fails('EAI_AGAIN') })
    assert(not socket and tostring(err):find('getaddrinfo name.test', 1, true) and code == 'EAI_AGAIN')
    for _, nothing in ipairs({ {}, 'not an address' }) do
      socket, _, code = connect({ port = 1, host = 'name.test', lookup = fails(nil, nothing) })
      assert(not socket and code == 'EAI_NONAME')
    end
    -- Once is enough, and what it raises is raised.
    assert(serving('127.0.0.1', function(port)
      assert(connect({ port = port, host = 'name.test', lookup = function(_, _, callback)
        callback(nil, '127.0.0.1')
        callback(nil, '127.0.0.1')
        callback('EAI_AGAIN')
      end }))
    end))
    refuses('my lookup', net.connect, { port = 1, host = 'name.test', lookup = function() error('my lookup') end })
    -- A numeric address needs none.
    assert(not connect({ port = 1, host = '127.0.0.1', lookup = error }))
    -- A lookup under way is canceled with the socket.
    local canceled = false
    local waiting = net.connect({ port = 1, host = 'name.test', lookup = function()
      return { cancel = function() canceled = true end }
    end })
    waiting:destroy()
    assert(canceled)
    await.once(waiting, 'close')
  end))

  test('localAddress and localPort', async(function()
    if not IS_LINUX then return end
    assert(serving('127.0.0.1', function(port)
      local socket = assert(connect({ port = port, localAddress = '127.0.0.4' }))
      assert(socket.localAddress == '127.0.0.4' and socket.localPort > 0 and socket.localFamily == 'IPv4')
      -- Only addresses of its family are tried.
      assert(connect({ port = port, host = 'x.test', localAddress = '127.0.0.4', lookup = finds('::1', '127.0.0.1') }))
      local first = assert(await(net.connect, { port = port, localAddress = '127.0.0.5', localPort = 0 }))
      local taken = first.localPort
      local second, err, code = connect({ port = port, localAddress = '127.0.0.5', localPort = taken })
      assert(not second and (code == 'EADDRINUSE' or code == 'EADDRNOTAVAIL'), tostring(err))
      first:destroy()
    end))
    local socket, _, code = connect({ port = 1, host = '127.0.0.1', localAddress = '192.0.2.1' })
    assert(not socket and code == 'EADDRNOTAVAIL')
    -- What `bind` chose serves all attempts.
    assert(serving('127.0.0.1', function(port)
      local bound = net.Socket:new()
      assert(bound:bind('127.0.0.6', 0))
      assert(await(bound.connect, bound, { port = port, host = 'x.test', lookup = finds('127.0.0.2', '127.0.0.1') }))
      assert(bound.localAddress == '127.0.0.6')
      bound:destroy()
    end))
  end))

  test('noDelay, keepAlive and timeout', async(function(expect)
    assert(serving('127.0.0.1', function(port)
      local socket = net.connect({ port = port, noDelay = false, keepAlive = true, keepAliveInitialDelay = 5000 })
      assert(socket._nagle == true and socket._keepalive == 5)
      assert(await.once(socket, 'connect'))
      socket:destroy()
      await.once(socket, 'close')
    end))
    local server = net.createServer(function(socket) socket:resume() end)
    await(server.listen, server, 0, '127.0.0.1')
    local socket = net.connect({ port = server:address().port, timeout = 20 })
    socket:on('timeout', expect(function() socket:destroy() end, 1))
    await.once(socket, 'close')
    await(server.close, server)
  end))

  test('a callback is called once, behind `connect`', async(function(expect)
    assert(serving('127.0.0.1', function(port)
      local order = {}
      local function called() order[#order + 1] = 'callback' end
      local socket = net.connect({ port = port, host = 'localhost' }, expect(called, 1))
      socket:on('connect', expect(function() order[#order + 1] = 'event' end, 1))
      socket:resume()
      await.once(socket, 'close')
      assert(table.concat(order, ' ') == 'event callback')
    end))
  end))

  test('bad options are named', function()
    local socket = net.Socket:new()
    local function bad(pattern, options)
      refuses('net%-connect.lua:%d+: .*' .. pattern, function() socket:connect(options) end)
    end
    bad("'options.family' to 'connect'", { port = 1, family = 5 })
    bad("'options.localAddress' to 'connect'", { port = 1, localAddress = 'name' })
    bad("'port' to 'connect'", { port = 1, localPort = {} })
    bad("'port' to 'connect'", { port = 1, localPort = 70000 })
    bad("'options.connectTimeout' to 'connect'", { port = 1, connectTimeout = 'x' })
    bad("'options.autoSelectFamilyAttemptTimeout' to 'connect'", { port = 1, autoSelectFamilyAttemptTimeout = 0 })
    bad("'options.lookup' to 'connect'", { port = 1, lookup = 'x' })
    bad("'port' to 'connect'", { port = 'http', lookup = print })
    bad("'host' to 'connect'", { port = 1, host = 1 })
    bad("'path' to 'connect'", { path = 1 })
    bad("'path' to 'connect'", { path = '' })
    bad("'port' to 'connect'", {})
    assert(not socket._handle and not socket._connecting)
  end)

  test('thousands of connections and failures leave nothing', async(function()
    collectgarbage()
    local function churn(port, count)
      for _ = 1, count do
        assert(connect({ port = port, host = 'x.test', lookup = finds('127.0.0.2', '127.0.0.1') }))
        assert(not connect({ port = 1, host = 'x.test', lookup = finds('127.0.0.2', '127.0.0.1') }))
      end
    end
    assert(serving('127.0.0.1', function(port)
      churn(port, 50)
      await.sleep(5)
      for _ = 1, 4 do collectgarbage() end
      local before = collectgarbage('count')
      churn(port, 500)
      await.sleep(5)
      for _ = 1, 4 do collectgarbage() end
      assert(collectgarbage('count') - before < 100, collectgarbage('count') - before)
    end))
  end))
end)
