local function listen(uv, host, onConnection)
  local server = uv.new_tcp()
  assert(server:bind(host or '127.0.0.1', 0) == 0)
  assert(server:listen(128, onConnection) == 0)
  return server, server:getsockname().port
end

-- A port on which nothing listens.
local function closedPort(uv)
  local probe = uv.new_tcp()
  probe:bind('127.0.0.1', 0)
  local port = probe:getsockname().port
  probe:close()
  uv.run('nowait')
  return port
end

require('tap')(function(test)
  test('echo, function forms', function(expect, uv)
    local server = uv.new_tcp()
    assert(uv.tcp_bind(server, '0.0.0.0', 0) == 0)
    assert(uv.listen(server, 1, expect(function(err)
      assert(err == nil)
      local peer = uv.new_tcp()
      assert(uv.accept(server, peer) == 0)
      assert(uv.read_start(peer, expect(function(readErr, data)
        assert(readErr == nil)
        if data then
          assert(uv.write(peer, data))
        else
          assert(uv.read_stop(peer) == 0)
          uv.close(peer)
          uv.close(server)
        end
      end, 2)) == 0)
    end, 1)) == 0)
    local client = uv.new_tcp()
    assert(uv.tcp_connect(client, '127.0.0.1', uv.tcp_getsockname(server).port, expect(function(err)
      assert(err == nil)
      assert(uv.is_readable(client) == true and uv.is_writable(client) == true)
      assert(uv.read_start(client, expect(function(readErr, data)
        assert(readErr == nil and data == 'Hello')
        assert(uv.read_stop(client) == 0)
        uv.close(client)
      end, 1)) == 0)
      assert(uv.write(client, 'Hello', expect(function(writeErr) assert(writeErr == nil) end)))
    end)))
  end)

  test('shapes, method forms', function(expect, uv)
    local server, port
    server, port = listen(uv, '::1', expect(function(err)
      assert(err == nil)
      local peer = uv.new_tcp()
      assert(server:accept(peer) == 0)
      local name = peer:getpeername()
      assert(name.family == 'inet6' and name.ip == '::1' and name.port > 0)
      peer:read_start(function(_, data)
        if not data then
          peer:close()
          server:close()
        end
      end)
    end))
    assert(tostring(server):match('^uv_tcp_t: 0x%x+$') and server:get_type() == 'tcp')
    local name = server:getsockname()
    assert(name.family == 'inet6' and name.ip == '::1' and name.port == port)
    local client = uv.new_tcp()
    local connect = client:connect('::1', port, expect(function()
      assert(client:nodelay(true) == 0)
      assert(client:keepalive(true, 60) == 0)
      assert(client:keepalive(false) == 0)
      assert(client:simultaneous_accepts(true) == 0)
      assert(client:set_blocking(false) == 0)
      assert(client:send_buffer_size() > 0 and client:recv_buffer_size() > 0)
      assert(client:fileno() > 2)
      assert(client:get_write_queue_size() == 0 and client:write_queue_size() == 0)
      assert(client:try_write({ 'a', 'b' }) == 2)
      local write = client:write({ 'c', 1, 2.5 }, expect(function() end))
      assert(tostring(write):match('^uv_write_t: 0x%x+$'))
      assert(write:get_type() == 'write' and select(2, uv.req_get_type(write)) == 3)
      local shutdown = client:shutdown(expect(function(err)
        assert(err == nil)
        client:close(expect(function() end))
      end))
      assert(tostring(shutdown):match('^uv_shutdown_t: 0x%x+$') and shutdown:get_type() == 'shutdown')
      local value, err, code = write:cancel()
      assert(value == nil and err:find('^E') and code)
    end))
    assert(tostring(connect):match('^uv_connect_t: 0x%x+$') and connect:get_type() == 'connect')
  end)

  test('data arrives whole, tables and numbers too', function(expect, uv)
    local server, port, parts
    server, port = listen(uv, nil, function()
      local peer = uv.new_tcp()
      server:accept(peer)
      parts = {}
      peer:read_start(function(_, data)
        parts[#parts + 1] = data
        if not data then
          peer:close()
          server:close()
        end
      end)
    end)
    local client = uv.new_tcp()
    local big = ('0123456789'):rep(200000)
    local list = { 'x', 12, 'y', 0.5 }
    client:connect('127.0.0.1', port, expect(function()
      client:write('')
      client:write({})
      client:write(list)
      client:write(big)
      client:write(3, expect(function() client:close() end))
    end))
    uv.run()
    assert(table.concat(parts) == 'x12y0.5' .. big .. '3')
    -- What was passed is left as it was.
    assert(type(list[2]) == 'number' and #list == 4)
  end)

  test('errors of operations are values', function(_, uv)
    local function fails(code, ...)
      local value, err, name = ...
      assert(value == nil and name == code and err:find('^' .. code .. ': '), tostring(err))
    end
    local tcp = uv.new_tcp()
    for _, method in ipairs({ 'bind', 'connect' }) do
      local ok, err = pcall(tcp[method], tcp, 'not an address', 1)
      assert(not ok and err == 'Invalid IP address or port [not an address:1]', err)
    end
    fails('EBADF', tcp:write('x'))
    fails('EBADF', tcp:fileno())
    fails('ENOTCONN', tcp:shutdown())
    assert(tcp:bind('127.0.0.1', 0) == 0)
    fails('EINVAL', tcp:bind('127.0.0.1', 0))
    fails('ENOTCONN', tcp:getpeername())
    local other = uv.new_tcp()
    other:bind('127.0.0.1', tcp:getsockname().port)
    assert(tcp:listen(1, print) == 0)
    fails('EADDRINUSE', other:listen(1, print))
    local peer = uv.new_tcp()
    fails('EAGAIN', tcp:accept(peer))
    peer:close()
    tcp:close()
    other:close()
    fails('EINVAL', tcp:listen(1, print))
    uv.run('nowait')
    fails('EBADF', tcp:write('x'))
  end)

  test('errors in callbacks are the names of codes', function(expect, uv)
    local port = closedPort(uv)
    local client = uv.new_tcp()
    client:connect('127.0.0.1', port, expect(function(err)
      assert(err == 'ECONNREFUSED', err)
      client:close()
    end, 1))
    -- A close while it connects cancels.
    local server, open = listen(uv, nil, function() end)
    local early = uv.new_tcp()
    early:connect('127.0.0.1', open, expect(function(err)
      assert(err == 'ECANCELED', err)
    end, 1))
    early:write('x', expect(function(err) assert(err == 'ECANCELED', err) end, 1))
    early:close(expect(function() server:close() end))
  end)

  test('wrong arguments are named', function(_, uv)
    local tcp = uv.new_tcp()
    local function fails(text, fn, ...)
      local args = { n = select('#', ...), ... }
      local ok, err = pcall(function() return fn(unpack(args, 1, args.n)) end)
      assert(not ok and err:find(text, 1, true), tostring(err))
    end
    fails('uv_tcp', uv.tcp_bind)
    fails('uv_tcp', uv.tcp_bind, {}, 'x', 0)
    fails('#2', tcp.bind, tcp)
    fails('#3', tcp.bind, tcp, '127.0.0.1')
    fails('#3', tcp.bind, tcp, '127.0.0.1', 65536)
    fails('#3', tcp.bind, tcp, '127.0.0.1', -1)
    fails('#3', tcp.bind, tcp, '127.0.0.1', 0 / 0)
    fails('#4', tcp.bind, tcp, '127.0.0.1', 0, 'x')
    fails('#4', tcp.connect, tcp, '127.0.0.1', 80, 'x')
    fails('#2', tcp.nodelay, tcp)
    fails('data must be string or table of strings', tcp.write, tcp)
    fails('data must be string or table of strings', tcp.write, tcp, true)
    fails('found table in the table', tcp.write, tcp, { 'a', {} })
    fails('#3', tcp.write, tcp, 'x', 'y')
    fails('#2', tcp.listen, tcp, 'x', print)
    fails('#3', tcp.listen, tcp, 1)
    fails('uv_stream', uv.accept, tcp, 1)
    fails('#2', tcp.read_start, tcp)
    fails('family', uv.new_tcp, 'x')
    assert(select(3, uv.new_tcp(9999)) == 'EINVAL' and select(3, uv.new_tcp('unix')) == 'EINVAL')
    fails('#3', tcp.keepalive, tcp, true)
    local timer = uv.new_timer()
    fails('uv_stream', uv.write, timer, 'x')
    timer:close()
    tcp:close()
  end)

  test('families made at once', function(_, uv)
    for _, family in ipairs({ 'inet', 'inet6', uv.constants.AF_INET }) do
      local tcp = assert(uv.new_tcp(family))
      assert(tcp:fileno() > 2)
      tcp:close()
    end
    local tcp = uv.new_tcp('unspec')
    assert(not tcp:fileno())
    tcp:close()
  end)

  test('close_reset resets the connection', function(expect, uv)
    local server, port
    server, port = listen(uv, nil, expect(function()
      local peer = uv.new_tcp()
      server:accept(peer)
      peer:read_start(expect(function()
        assert(peer:close_reset(expect(function() server:close() end)) == 0)
        assert(peer:is_closing())
      end))
    end))
    local client = uv.new_tcp()
    client:connect('127.0.0.1', port, expect(function()
      client:read_start(expect(function(err, data)
        assert(err == 'ECONNRESET' and data == nil, err)
        client:close()
      end))
      client:write('x')
    end))
  end)

  test('closing in its own callbacks', function(expect, uv)
    local server, port
    server, port = listen(uv, nil, expect(function()
      local peer = uv.new_tcp()
      server:accept(peer)
      server:close(expect(function() end))
      peer:read_start(expect(function(_, data)
        assert(data:sub(1, 1) == 'x')
        peer:close(expect(function() end))
      end, 1))
    end))
    local client = uv.new_tcp()
    client:connect('127.0.0.1', port, expect(function()
      client:write('x', expect(function() client:close() end))
      client:write(('y'):rep(100), function() end)
    end))
  end)

  test('open a descriptor', function(_, uv)
    local a = uv.new_tcp('inet')
    local b = uv.new_tcp()
    local value, _, code = b:open(99999)
    assert(value == nil and code == (jit.os == 'Windows' and 'ENOTSOCK' or 'EBADF'), code)
    assert(select(3, b:open(-1)) == 'EBADF')
    assert(not pcall(b.open, b, 'x'))
    a:close()
    b:close()
  end)

  test('connections and writes that come and go leave nothing', function(_, uv)
    local server, port
    local started, ended = 0, 0
    server, port = listen(uv, nil, function()
      local peer = uv.new_tcp()
      assert(server:accept(peer))
      assert(peer:read_start(function(_, data)
        if data then return end
        ended = ended + 1
        peer:close()
      end))
    end)
    local function churn(count)
      for i = 1, count do
        local client = uv.new_tcp()
        started = started + 1
        client:connect('127.0.0.1', port, function(err)
          assert(not err, err)
          for _ = 1, 10 do assert(client:write('data ' .. i, function() return i end)) end
          assert(client:shutdown(function() client:close(function() return i end) end))
        end)
        if i % 50 == 0 then
          repeat uv.run('once') until client:is_closing()
        end
      end
      -- Both sides of every connection end: the accepted one may be late.
      while ended < started do uv.run('once') end
    end
    churn(200)
    for _ = 1, 4 do collectgarbage() end
    local before = collectgarbage('count')
    churn(2000)
    for _ = 1, 4 do collectgarbage() end
    local grown = collectgarbage('count') - before
    assert(grown < 200, grown .. ' KiB')
    server:close()
  end)

  test('large strings that wait need no name', function(expect, uv)
    -- Nothing else holds the strings: what the collector took would arrive changed.
    local function block(i) return (string.char(65 + i % 26) .. i .. ','):rep(50000) end
    local count, parts, peer, written = 40, {}, uv.new_tcp(), false
    local server, port
    -- The peer reads when all is written, and accepted.
    local function read()
      assert(peer:read_start(expect(function(err, data)
        assert(not err, err)
        parts[#parts + 1] = data
        if #parts % 20 == 0 then collectgarbage() end
        if not data then
          local expected = {}
          for i = 1, count do expected[i] = block(i) end
          assert(table.concat(parts) == table.concat(expected))
          peer:close()
          server:close()
        end
      end)))
    end
    local accepted
    server, port = listen(uv, nil, expect(function()
      assert(server:accept(peer) == 0)
      accepted = true
      if written then read() end
    end))
    local client = uv.new_tcp()
    client:connect('127.0.0.1', port, expect(function(err)
      assert(not err, err)
      for i = 1, count do
        assert(client:write(block(i), i % 2 == 0 and expect(function(writeErr) assert(writeErr == nil) end) or nil))
        if i % 10 == 0 then collectgarbage() end
      end
      assert(client:get_write_queue_size() > 1e6)
      client:shutdown(expect(function() client:close() end))
      written = true
      if accepted then read() end
    end))
  end)

  test('large strings of a closed stream are let go', function(expect, uv)
    local server, port = listen(uv, nil, function() end)
    local client = uv.new_tcp()
    client:connect('127.0.0.1', port, expect(function(err)
      assert(not err, err)
      collectgarbage()
      local before = collectgarbage('count')
      for i = 1, 30 do
        client:write(('%07d'):format(i):rep(150000), expect(function(writeErr)
          assert(writeErr == nil or writeErr == 'ECANCELED')
        end))
      end
      assert(collectgarbage('count') > before + 10000)
      client:close(expect(function()
        for _ = 1, 4 do collectgarbage() end
        assert(collectgarbage('count') < before + 1000)
        server:close()
      end))
    end))
  end)

  test('handles that are never opened leave nothing', function(_, uv)
    local function churn(count)
      for i = 1, count do
        uv.new_tcp():close(function() return i end)
        if i % 1000 == 0 then uv.run('nowait') end
      end
      uv.run('nowait')
    end
    churn(3000)
    for _ = 1, 4 do collectgarbage() end
    local before = collectgarbage('count')
    churn(100000)
    for _ = 1, 4 do collectgarbage() end
    local grown = collectgarbage('count') - before
    assert(grown < 200, grown .. ' KiB')
  end)
end)
