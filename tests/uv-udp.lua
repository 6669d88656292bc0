-- UDP sockets: sending, receiving, connecting, multicast, options, and every error.

local refusals = require('refusals')
local uv = require('uv')
local windows = require('jit').os == 'Windows'

local raises, fails = refusals.raises, refusals.fails

---A socket on a free port of the loopback address, and the port.
local function bound(flags)
  local udp = assert(uv.new_udp(flags))
  assert(udp:bind('127.0.0.1', 0))
  return udp, udp:getsockname().port
end

---Whether this machine has IPv6.
local function has_ipv6()
  local udp = assert(uv.new_udp())
  local ok = udp:bind('::1', 0)
  udp:close()
  return ok
end

require('tap')(function(test)
  test('new_udp: families and flags', function()
    for _, flags in pairs({
      'inet', 'inet6', 'unspec', 0, uv.constants.AF_INET, uv.constants.AF_INET + uv.constants.UDP_RECVMMSG,
      { family = 'inet' }, { family = uv.constants.AF_INET }, { mmsgs = 4 }, { mmsgs = 1 }, { mmsgs = 1e9 }, {},
      { family = 'inet', mmsgs = 4 },
    }) do
      local udp = uv.new_udp(flags)
      if udp then
        assert(udp:get_type() == 'udp')
        udp:close()
      else
        assert(flags == 'inet6')
      end
    end
    local udp = uv.new_udp('inet')
    assert(udp:fileno())
    assert(tostring(udp):find('^uv_udp_t: '))
    udp:close()
    udp = uv.new_udp()
    fails('EBADF', udp:fileno())
    udp:close()
    fails('EINVAL', uv.new_udp(99))
    fails('EINVAL', uv.new_udp(1024))
    raises("invalid address family 'x'", uv.new_udp, 'x')
    raises("invalid address family 'x'", uv.new_udp, { family = 'x' })
    raises('family must be string or integer', uv.new_udp, { family = true })
    raises('mmsgs must be integer', uv.new_udp, { mmsgs = 'x' })
    raises('expected table, string, or integer', uv.new_udp, true)
  end)

  test('constants', function()
    local c = uv.constants
    assert(c.UDP_IPV6ONLY == 1 and c.UDP_PARTIAL == 2 and c.UDP_REUSEADDR == 4)
    assert(c.UDP_MMSG_CHUNK == 8 and c.UDP_MMSG_FREE == 16 and c.UDP_REUSEPORT == 64)
    assert(c.UDP_RECVMMSG == 256)
  end)

  test('a datagram and its answer', function(expect)
    local server, port = bound()
    local client = uv.new_udp()
    server:recv_start(expect(function(err, data, addr, flags)
      assert(not err, err)
      if not data then
        assert(addr == nil and next(flags) == nil)
        return
      end
      assert(data == 'ping' and addr.ip == '127.0.0.1' and addr.family == 'inet')
      assert(addr.port == client:getsockname().port)
      assert(not flags.partial and not flags.mmsg_chunk)
      server:send('pong', addr.ip, addr.port, expect(function(send_err)
        assert(not send_err, send_err)
        server:close()
      end))
    end))
    local request = assert(client:send({ 'pi', '', 'ng' }, '127.0.0.1', port, expect(function(err)
      assert(not err, err)
      assert(client:get_send_queue_size() == 0 and client:get_send_queue_count() == 0)
    end)))
    assert(request:get_type() == 'udp_send')
    assert(client:get_send_queue_size() == 4 and client:get_send_queue_count() == 1)
    assert(client:is_active())
    client:recv_start(expect(function(err, data)
      assert(not err, err)
      if data then
        assert(data == 'pong')
        client:recv_stop()
        client:close()
      end
    end))
  end)

  test('IPv6', function(expect)
    if not has_ipv6() then
      return
    end
    local server = uv.new_udp()
    assert(server:bind('::1', 0, { ipv6only = true }))
    local port = server:getsockname().port
    assert(server:getsockname().family == 'inet6')
    assert(server:set_ttl(3) == 0 and server:set_multicast_ttl(3) == 0 and server:set_multicast_loop(true) == 0)
    local client = uv.new_udp()
    server:recv_start(expect(function(_, data, addr)
      if data then
        assert(addr.ip == '::1' and addr.family == 'inet6')
        server:close()
        client:close()
      end
    end))
    assert(client:try_send('x', '::1', port) == 1)
  end)

  test('an empty datagram is not the end of them', function(expect)
    local server, port = bound()
    local seen = {}
    server:recv_start(expect(function(err, data, addr, flags)
      assert(not err and type(flags) == 'table')
      table.insert(seen, { data = data, addr = addr })
      if not addr then
        server:close()
      end
    end))
    local client = uv.new_udp()
    assert(client:try_send('', '127.0.0.1', port) == 0)
    assert(client:try_send({}, '127.0.0.1', port) == 0)
    uv.run()
    assert(#seen == 3, #seen)
    assert(seen[1].data == '' and seen[1].addr and seen[2].data == '')
    assert(seen[3].data == nil and seen[3].addr == nil)
    client:close()
  end)

  test('callbacks of sends come in order, with errors', function(expect)
    local server, port = bound()
    local client = uv.new_udp()
    local order = {}
    for i = 1, 20 do
      local data = i == 7 and ('x'):rep(70000) or 'y'
      assert(client:send(data, '127.0.0.1', port, expect(function(err)
        table.insert(order, i)
        assert(err == (i == 7 and 'EMSGSIZE' or nil), err)
        if i == 20 then
          client:close()
          server:close()
        end
      end)))
    end
    uv.run()
    for i = 1, 20 do
      assert(order[i] == i)
    end
  end)

  test('closing right after sending', function(expect)
    local server, port = bound()
    local client = uv.new_udp()
    local sent
    client:send('x', '127.0.0.1', port, expect(function()
      sent = true
    end))
    client:close(expect(function()
      assert(sent)
      server:close()
    end))
    fails('EBADF', client:send('x', '127.0.0.1', port))
    fails('EBADF', client:try_send('x', '127.0.0.1', port))
    fails('EBADF', client:try_send2({ { data = 'x', addr = { ip = '127.0.0.1', port = port } } }))
    fails('EINVAL', client:recv_start(function() end))
    fails('EINVAL', client:bind('127.0.0.1', 0))
    fails('EINVAL', client:connect('127.0.0.1', port))
    assert(client:recv_stop() == 0)
  end)

  test('sending without a callback, and to a callable', function(expect)
    local server, port = bound()
    local client = uv.new_udp()
    assert(client:send('x', '127.0.0.1', port))
    local called = expect(function(_, err)
      assert(not err)
      client:close()
      server:close()
    end)
    assert(client:send(12, '127.0.0.1', port, setmetatable({}, { __call = called })))
  end)

  test('arguments of send and try_send', function()
    local udp = uv.new_udp()
    for _, fn in pairs({ uv.udp_send, uv.udp_try_send }) do
      raises("bad argument #3 to '?' (Host must be string or nil)", fn, udp, 'x', 5, 5)
      raises("bad argument #4 to '?' (Port must be number or nil)", fn, udp, 'x', 'host', 'port')
      raises("bad argument #3 to '?' (Both host and port must be nil if one is nil)", fn, udp, 'x', 'host', nil)
      raises("bad argument #4 to '?' (Both host and port must be nil if one is nil)", fn, udp, 'x', nil, 5)
      raises('Invalid IP address or port [host:1]', fn, udp, 'x', 'host', 1)
      raises('bad argument #4', fn, udp, 'x', '127.0.0.1', 65536)
      raises('bad argument #2', fn, udp, true, '127.0.0.1', 1)
      raises('bad argument #2', fn, udp, { 'x', true }, '127.0.0.1', 1)
      raises('bad argument #1', fn, 5, 'x', '127.0.0.1', 1)
      fails('EDESTADDRREQ', fn(udp, 'x', nil, nil))
    end
    raises("bad argument #5 to '?'", uv.udp_send, udp, 'x', '127.0.0.1', 1, 5)
    fails('EMSGSIZE', udp:try_send(('x'):rep(70000), '127.0.0.1', 9))
    udp:close()
    local timer = uv.new_timer()
    raises('uv_udp expected, got userdata', uv.udp_send, timer, 'x', '127.0.0.1', 1)
    timer:close()
  end)

  test('connect', function(expect)
    local server, port = bound()
    local client = uv.new_udp()
    fails('ENOTCONN', client:connect(nil, nil))
    assert(client:connect('127.0.0.1', port) == 0)
    fails('EISCONN', client:connect('127.0.0.1', port))
    assert(client:getpeername().port == port)
    fails('EISCONN', client:send('x', '127.0.0.1', port))
    fails('EISCONN', client:try_send('x', '127.0.0.1', port))
    assert(client:try_send('x') == 1)
    assert(client:connect() == 0)
    fails('ENOTCONN', client:getpeername())
    fails('EDESTADDRREQ', client:try_send('x'))
    assert(client:try_send('x', '127.0.0.1', port) == 1)
    assert(client:connect('127.0.0.1', port) == 0)
    local got = 0
    server:recv_start(expect(function(_, data)
      got = got + (data and 1 or 0)
      if got == 3 then
        server:close()
        client:close()
      end
    end))
    assert(client:send('x', nil, nil, expect(function(err)
      assert(not err, err)
    end)))
    raises('Invalid IP address or port', uv.udp_connect, client, 'x', 1)
    raises('Host must be string or nil', uv.udp_connect, client, 5, 1)
    raises('Both host and port', uv.udp_connect, client, nil, 1)
  end)

  test('an error of a connected socket is received, and it goes on', function(expect)
    if windows then
      return
    end
    local gone, port = bound()
    gone:close()
    local client = uv.new_udp()
    assert(client:connect('127.0.0.1', port))
    local errors = 0
    client:recv_start(expect(function(err, data, addr, flags)
      if err then
        assert(err == 'ECONNREFUSED' and data == nil and addr == nil and next(flags) == nil)
        errors = errors + 1
        if errors == 2 then
          client:close()
        else
          client:try_send('again')
        end
      end
    end))
    client:try_send('x')
  end)

  test('linux_recverr tells of errors without a connection', function(expect)
    if require('jit').os ~= 'Linux' then
      return
    end
    local gone, port = bound()
    gone:close()
    local client = uv.new_udp()
    assert(client:bind('127.0.0.1', 0, { linux_recverr = true }))
    local errors = 0
    client:recv_start(expect(function(err)
      if err then
        assert(err == 'ECONNREFUSED', err)
        errors = errors + 1
        if errors == 3 then
          client:close()
        else
          client:try_send('again', '127.0.0.1', port)
        end
      end
    end))
    client:try_send('x', '127.0.0.1', port)
  end)

  test('try_send2', function(expect)
    local server, port = bound()
    local to = { ip = '127.0.0.1', port = port }
    local client = uv.new_udp()
    fails('EBADF', client:try_send2({ { data = 'x', addr = to } }))
    assert(client:bind('127.0.0.1', 0))
    fails('EINVAL', client:try_send2({}))
    fails('EINVAL', client:try_send2({ { data = 'x', addr = to } }, 1))
    fails('EDESTADDRREQ', client:try_send2({ { data = 'x' } }))
    assert(client:try_send2({ { data = 'a', addr = to }, { data = { 'b', 2 }, addr = to } }, 0) == 2)
    assert(client:try_send2({ { data = 3, addr = to }, { data = 'not sent' } }, {}) == 1)
    local many = {}
    for i = 1, 100 do
      many[i] = { data = 'n' .. i, addr = to }
    end
    assert(client:try_send2(many) == 100)
    assert(client:connect('127.0.0.1', port))
    fails('EISCONN', client:try_send2({ { data = 'x', addr = to } }))
    assert(client:try_send2({ { data = 'last' } }) == 1)
    raises('bad argument #2', uv.udp_try_send2, client, 'x')
    raises('message 1: table expected', uv.udp_try_send2, client, { 'x' })
    raises('message 1: data must be string', uv.udp_try_send2, client, { {} })
    raises('message 2: data must be strings', uv.udp_try_send2, client, { { data = '' }, { data = { true } } })
    raises('message 1: addr must be table or nil', uv.udp_try_send2, client, { { data = '', addr = 5 } })
    raises('message 1: addr.ip must be string', uv.udp_try_send2, client, { { data = '', addr = { port = 5 } } })
    raises('message 1: addr.port', uv.udp_try_send2, client, { { data = '', addr = { ip = '::1' } } })
    raises('Invalid IP address or port [x:1]', uv.udp_try_send2, client, { { data = '', addr = { ip = 'x', port = 1 } } })
    local got = {}
    server:recv_start(expect(function(_, data)
      table.insert(got, data)
      if data == 'last' then
        server:close()
        client:close()
      end
    end))
    uv.run()
    assert(#got == 104 and got[1] == 'a' and got[2] == 'b2' and got[3] == '3', #got)
    for i = 1, 100 do
      assert(got[i + 3] == 'n' .. i)
    end
  end)

  test('several datagrams in one system call', function(expect)
    local server, port = bound({ mmsgs = 4 })
    local client = uv.new_udp()
    local got, stops = {}, 0
    local on_recv
    on_recv = expect(function(err, data, _, flags)
      assert(not err, err)
      if data then
        assert(flags.mmsg_chunk == (require('jit').os == 'Linux' or nil))
        table.insert(got, data)
        -- Stopping between two of them loses none.
        server:recv_stop()
        stops = stops + 1
        server:recv_start(on_recv)
      end
      if #got == 11 then
        server:close()
      end
    end)
    server:recv_start(on_recv)
    for i = 1, 10 do
      client:try_send(('%d'):format(i), '127.0.0.1', port)
    end
    client:try_send(('z'):rep(60000), '127.0.0.1', port)
    uv.run()
    assert(stops == 11 and got[1] == '1' and got[10] == '10' and #got[11] == 60000)
    client:close()
  end)

  test('receiving binds, stops and starts again', function(expect)
    local server = uv.new_udp()
    raises('bad argument #2', uv.udp_recv_start, server)
    raises('bad argument #2', uv.udp_recv_start, server, 5)
    assert(server:recv_stop() == 0)
    assert(server:recv_start(function()
      error('it was stopped')
    end) == 0)
    fails('EALREADY', server:recv_start(function() end))
    local port = server:getsockname().port
    assert(port > 0 and server:is_active())
    local client = uv.new_udp()
    client:try_send('x', '127.0.0.1', port)
    assert(server:recv_stop() == 0)
    assert(not server:is_active())
    uv.run('nowait')
    client:try_send('y', '127.0.0.1', port)
    uv.run('nowait')
    local got = ''
    assert(server:recv_start(expect(function(_, data)
      got = got .. (data or '')
      if got == 'xy' then
        server:close()
        client:close()
      end
    end)) == 0)
  end)

  test('a callback may close, and raise', function(expect)
    local server, port = bound()
    server:recv_start(expect(function()
      server:close()
    end))
    local client = uv.new_udp()
    for _ = 1, 5 do
      client:try_send('x', '127.0.0.1', port)
    end
    client:close()
  end)

  test('a flood leaves room for timers', function(expect)
    local server, port = bound()
    local timer = uv.new_timer()
    server:recv_start(expect(function()
      server:try_send('x', '127.0.0.1', port)
    end))
    for _ = 1, 50 do
      server:try_send('x', '127.0.0.1', port)
    end
    -- Wine takes a while to tell of the first datagram.
    timer:start(windows and 300 or 10, 0, expect(function()
      timer:close()
      server:close()
    end))
  end)

  test('bind', function()
    local first, port = bound()
    local second = uv.new_udp()
    fails('EADDRINUSE', second:bind('127.0.0.1', port))
    second:close()
    fails('EINVAL', first:bind('127.0.0.1', 0))
    first:close()
    local udp = uv.new_udp()
    raises('Invalid IP address or port [x:0]', uv.udp_bind, udp, 'x', 0)
    raises("bad argument #3 to '?'", uv.udp_bind, udp, '127.0.0.1')
    raises("bad argument #2 to '?'", uv.udp_bind, udp)
    raises("bad argument #4 to '?'", uv.udp_bind, udp, '127.0.0.1', 0, 'x')
    fails('EINVAL', udp:bind('127.0.0.1', 0, 1024))
    fails('EINVAL', udp:bind('127.0.0.1', 0, { ipv6only = true }))
    assert(udp:bind('127.0.0.1', 0, uv.constants.UDP_REUSEADDR) == 0)
    udp:close()
    udp = uv.new_udp('inet')
    if has_ipv6() then
      local result, _, code = udp:bind('::1', 0)
      -- Wine says ENOTSUP.
      assert(result == nil and (code == 'EINVAL' or code == 'EFAULT' or windows), code)
    end
    udp:close()
  end)

  test('sharing an address', function()
    for _, flags in pairs({ { reuseaddr = true }, { reuseport = true } }) do
      local first, second = uv.new_udp(), uv.new_udp()
      local ok, _, code = first:bind('127.0.0.1', 0, flags)
      if ok then
        assert(second:bind('127.0.0.1', first:getsockname().port, flags))
      else
        assert(flags.reuseport and code == 'ENOTSUP', code)
      end
      first:close()
      second:close()
    end
  end)

  test('open', function(expect)
    local udp = uv.new_udp()
    fails('EBADF', udp:open(-1))
    raises("bad argument #2 to '?'", uv.udp_open, udp, 'x')
    if not windows then
      fails('EBADF', udp:open(99999))
      fails('ENOTSOCK', udp:open(uv.backend_fd()))
      local ffi = require('ffi')
      ffi.cdef('int dup(int);')
      local server, port = bound()
      fails('EINVAL', udp:open(server:fileno(), 1024))
      local fd = ffi.C.dup(server:fileno())
      server:close()
      assert(udp:open(fd, { reuseaddr = true, reuseport = false }) == 0)
      fails('EBUSY', udp:open(fd))
      assert(udp:fileno() == fd and udp:getsockname().port == port)
      local other = uv.new_udp()
      udp:recv_start(expect(function(_, data)
        assert(data == 'opened')
        udp:close()
        other:close()
      end))
      fails('EEXIST', other:open(fd))
      assert(other:try_send('opened', '127.0.0.1', port) == 6)
    else
      udp:close()
    end
  end)

  test('options', function()
    local udp = uv.new_udp()
    fails('EBADF', udp:set_ttl(1))
    fails('EBADF', udp:set_broadcast(true))
    fails('EBADF', udp:set_multicast_loop(true))
    fails('EBADF', udp:set_multicast_ttl(1))
    fails('EBADF', udp:set_multicast_interface('127.0.0.1'))
    fails('EINVAL', udp:set_multicast_interface('x'))
    fails('EBADF', udp:getsockname())
    fails('EBADF', udp:getpeername())
    fails('EBADF', udp:send_buffer_size())
    udp:bind('127.0.0.1', 0)
    assert(udp:set_ttl(1) == 0 and udp:set_ttl(255) == 0)
    for _, ttl in pairs({ 0, 256, -1, 2 ^ 40 }) do
      fails('EINVAL', udp:set_ttl(ttl))
    end
    assert(udp:set_multicast_ttl(0) == 0 and udp:set_multicast_ttl(255) == 0)
    for _, ttl in pairs({ 256, -1 }) do
      fails('EINVAL', udp:set_multicast_ttl(ttl))
    end
    assert(udp:set_broadcast(true) == 0 and udp:set_broadcast(false) == 0)
    assert(udp:set_multicast_loop(false) == 0 and udp:set_multicast_loop(true) == 0)
    assert(udp:set_multicast_interface('127.0.0.1') == 0)
    local result = udp:set_multicast_interface('203.0.113.1')
    assert(result == nil)
    raises('bad argument #2', uv.udp_set_ttl, udp, 'x')
    raises('bad argument #2', uv.udp_set_multicast_ttl, udp)
    raises('bad argument #2', uv.udp_set_broadcast, udp, 1)
    raises('bad argument #2', uv.udp_set_multicast_loop, udp)
    raises('bad argument #2', uv.udp_set_multicast_interface, udp)
    assert(udp:send_buffer_size(20000) and udp:send_buffer_size() >= 20000)
    assert(udp:recv_buffer_size(20000) and udp:recv_buffer_size() >= 20000)
    udp:close()
  end)

  test('membership', function()
    local udp = uv.new_udp()
    raises("invalid option 'x'", uv.udp_set_membership, udp, '239.255.0.1', nil, 'x')
    raises("bad argument #2 to '?'", uv.udp_set_membership, udp, nil, nil, 'join')
    raises("bad argument #3 to '?'", uv.udp_set_membership, udp, '239.255.0.1', {}, 'join')
    raises("bad argument #4 to '?'", uv.udp_set_membership, udp, '239.255.0.1')
    fails('EINVAL', udp:set_membership('x', nil, 'join'))
    fails('EINVAL', udp:set_membership('239.255.0.1', 'no such interface', 'join'))
    fails('EINVAL', udp:set_membership('239.255.0.1', '::1', 'join'))
    fails('EINVAL', udp:set_membership('10.1.1.1', '127.0.0.1', 'join'))
    assert(udp:set_membership('239.255.0.1', '127.0.0.1', 'join') == 0)
    assert(udp:set_membership('239.255.0.1', '127.0.0.1', 'leave') == 0)
    local left, _, code = udp:set_membership('239.255.0.1', '127.0.0.1', 'leave')
    -- Wine's error is another one.
    assert(left == nil and (code == 'EADDRNOTAVAIL' or windows and code == 'EINVAL'), code)
    udp:close()
  end)

  test('source membership', function()
    local udp = uv.new_udp()
    raises("invalid option 'x'", uv.udp_set_source_membership, udp, '239.255.0.1', nil, '127.0.0.1', 'x')
    raises("bad argument #4 to '?'", uv.udp_set_source_membership, udp, '239.255.0.1', nil, nil, 'join')
    fails('EINVAL', udp:set_source_membership('x', nil, '127.0.0.1', 'join'))
    fails('EINVAL', udp:set_source_membership('239.255.0.1', 'x y', '127.0.0.1', 'join'))
    fails('EINVAL', udp:set_source_membership('239.255.0.1', '127.0.0.1', 'x', 'join'))
    fails('EINVAL', udp:set_source_membership('239.255.0.1', '127.0.0.1', '::1', 'join'))
    assert(udp:set_source_membership('239.255.0.1', '127.0.0.1', '127.0.0.1', 'join') == 0)
    assert(udp:set_source_membership('239.255.0.1', '127.0.0.1', '127.0.0.1', 'leave') == 0)
    local left, _, code = udp:set_source_membership('239.255.0.1', '127.0.0.1', '127.0.0.1', 'leave')
    assert(left == nil and (code == 'EINVAL' or code == 'EADDRNOTAVAIL'), code)
    udp:close()
  end)

  test('memberships by the name and the number of an interface', function()
    if require('jit').os ~= 'Linux' then
      return
    end
    local udp = uv.new_udp()
    assert(udp:set_membership('239.255.0.2', 'lo', 'join') == 0)
    assert(udp:set_membership('239.255.0.2', '127.0.0.1', 'leave') == 0)
    assert(udp:set_source_membership('239.255.0.2', 'lo', '127.0.0.1', 'join') == 0)
    assert(udp:set_source_membership('239.255.0.2', '127.0.0.1', '127.0.0.1', 'leave') == 0)
    udp:close()
    if has_ipv6() then
      udp = uv.new_udp()
      for _, group in pairs({ { 'ff02::1:2', '::1%lo' }, { 'ff02::1:3', 'lo' }, { 'ff02::1:4%lo' } }) do
        assert(udp:set_membership(group[1], group[2], 'join') == 0)
        fails('EADDRINUSE', udp:set_membership(group[1], group[2], 'join'))
        assert(udp:set_membership(group[1], group[2], 'leave') == 0)
        assert(udp:set_source_membership(group[1], group[2], '::1', 'join') == 0)
        assert(udp:set_source_membership(group[1], group[2], '::1', 'leave') == 0)
      end
      assert(udp:set_multicast_interface('::%lo') == 0)
      fails('EINVAL', udp:set_membership('ff02::1', '127.0.0.1', 'join'))
      udp:close()
    end
  end)

  test('a datagram to a group', function(expect)
    local server, client = uv.new_udp(), uv.new_udp()
    assert(server:bind('0.0.0.0', 0))
    local port = server:getsockname().port
    assert(server:set_membership('239.255.0.3', '127.0.0.1', 'join'))
    assert(client:bind('127.0.0.1', 0))
    assert(client:set_multicast_interface('127.0.0.1'))
    assert(client:set_multicast_loop(true))
    local timer = uv.new_timer()
    local function finish()
      timer:close()
      server:close()
      client:close()
    end
    server:recv_start(function(_, data)
      if data then
        assert(data == 'group')
        finish()
      end
    end)
    -- A firewall may drop it.
    timer:start(1000, 0, finish)
    client:send('group', '239.255.0.3', port, expect(function() end))
  end)

  test('a socket out of reach goes on while it receives', function(expect)
    local port
    do
      local udp
      udp, port = bound()
      udp:recv_start(expect(function(_, data)
        if data then
          udp:close()
        end
      end))
    end
    collectgarbage()
    local client = uv.new_udp()
    client:send('x', '127.0.0.1', port, expect(function()
      client:close()
    end))
  end)
end)
