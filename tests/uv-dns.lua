require('tap')(function(test)
  test('addresses of a number, with and without callback', function(expect, uv)
    local list = assert(uv.getaddrinfo('127.0.0.1', nil, { socktype = 'stream' }))
    assert(#list == 1 and list[1].addr == '127.0.0.1' and list[1].family == 'inet' and list[1].socktype == 'stream')
    assert(list[1].port == nil and (list[1].protocol == 'tcp' or jit.os == 'Windows'))
    local request = uv.getaddrinfo('::1', '80', { socktype = 'stream', numerichost = true }, expect(function(err, found)
      assert(err == nil)
      assert(#found == 1 and found[1].addr == '::1' and found[1].family == 'inet6' and found[1].port == 80)
    end))
    assert(tostring(request):match('^uv_getaddrinfo_t: 0x%x+$'))
    assert(request:get_type() == 'getaddrinfo')
  end)

  test('a service alone', function(expect, uv)
    uv.getaddrinfo(nil, '80', { socktype = uv.constants.SOCK_STREAM }, expect(function(err, found)
      assert(err == nil and found[1].port == 80)
    end))
  end)

  test('hints choose', function(_, uv)
    local constants = uv.constants
    local function only(field, value, hints)
      local list = assert(uv.getaddrinfo('127.0.0.1', '80', hints))
      assert(#list > 0)
      for _, found in ipairs(list) do assert(found[field] == value, tostring(found[field])) end
    end
    only('protocol', 'udp', { protocol = 'udp' })
    only('protocol', 'udp', { protocol = 17 })
    only('protocol', 'tcp', { protocol = 'tcp' })
    only('socktype', 'dgram', { socktype = 'dgram' })
    only('socktype', 'dgram', { socktype = constants.SOCK_DGRAM })
    only('family', 'inet', { family = 'unspec' })
    only('family', 'inet', { family = 'inet' })
    only('family', 'inet', { family = constants.AF_INET })
    only('port', 80, { numericserv = true, numerichost = true, addrconfig = false })
    local list = assert(uv.getaddrinfo('127.0.0.1', nil, { family = 'inet6', v4mapped = true, all = true, socktype = 'stream' }))
    assert(#list == 1 and list[1].addr == '::ffff:127.0.0.1' and list[1].family == 'inet6')
    list = assert(uv.getaddrinfo(nil, '80', { passive = true, socktype = 'stream' }))
    for _, found in ipairs(list) do assert(found.addr == '0.0.0.0' or found.addr == '::') end
    list = assert(uv.getaddrinfo('127.0.0.1', nil, { canonname = true, socktype = 'stream' }))
    assert(list[1].canonname == '127.0.0.1')
    list = assert(uv.getaddrinfo('127.0.0.1', nil, { socktype = 'stream' }))
    assert(list[1].canonname == nil and list[1].port == nil)
    local names = {}
    for _, found in ipairs(assert(uv.getaddrinfo('127.0.0.1'))) do
      names[found.socktype or 'any'] = found.protocol or 'any'
    end
    -- Windows does not choose for who did not.
    assert(names.stream == 'tcp' and names.dgram == 'udp' or jit.os == 'Windows' and names.any)
  end)

  test('hints that cannot be met', function(_, uv)
    local function fails(expected, ...)
      local value, err, code = uv.getaddrinfo(...)
      assert(value == nil and code == expected and err:find('^' .. expected .. ': '), code)
    end
    fails('EAI_FAMILY', '127.0.0.1', nil, { family = 'unix' })
    fails('EAI_FAMILY', '127.0.0.1', nil, { family = 999 })
    fails('EAI_SOCKTYPE', '127.0.0.1', nil, { socktype = 99 })
    fails('EAI_NONAME', '127.0.0.1', 'http', { numericserv = true })
    fails('EINVAL', ('a'):rep(256))
    fails('EINVAL', 'a\0b')
    assert(not uv.getaddrinfo('127.0.0.1', nil, { family = 'inet6' }))
    -- Letters beyond ASCII are encoded, and dots beyond ASCII are dots.
    fails('EAI_NONAME', 'bücher', nil, { numerichost = true })
    fails('EINVAL', ('ü'):rep(250))
    assert(uv.getaddrinfo('127。0。0。1', nil, { socktype = 'stream', numerichost = true })[1].addr == '127.0.0.1')
  end)

  test('names that are none are errors', function(expect, uv)
    local value, err, code = uv.getaddrinfo('256.1.1.1', nil, { numerichost = true })
    assert(value == nil and code == 'EAI_NONAME' and err:find('^EAI_NONAME: '))
    uv.getaddrinfo('256.1.1.1', nil, { numerichost = true }, expect(function(cbErr, found)
      assert(cbErr == 'EAI_NONAME' and found == nil)
    end))
    value, err, code = uv.getaddrinfo(nil, nil)
    assert(value == nil and err and code)
  end)

  test('wrong arguments are named', function(_, uv)
    local function fails(text, ...)
      local args = { n = select('#', ...), ... }
      local ok, err = pcall(function() return uv.getaddrinfo(unpack(args, 1, args.n)) end)
      assert(not ok and err:find(text, 1, true), tostring(err))
    end
    fails('#1', {})
    fails('#2', 'x', {})
    fails('#3', 'x', nil, 'hints')
    fails("invalid family hint 'x'", 'x', nil, { family = 'x' })
    fails("invalid socktype hint 'x'", 'x', nil, { socktype = 'x' })
    fails("invalid protocol hint 'x'", 'x', nil, { protocol = 'x' })
    for _, hint in ipairs({ 'family', 'socktype', 'protocol' }) do
      fails(hint .. ' hint must be', 'x', nil, { [hint] = {} })
      fails(hint .. ' hint must be', 'x', nil, { [hint] = false })
    end
    fails('#4', 'x', nil, nil, 'callback')
    assert(not pcall(uv.getnameinfo))
    assert(not pcall(uv.getnameinfo, { ip = 1, port = {} }))
  end)

  test('names of addresses', function(expect, uv)
    local host, service = uv.getnameinfo({ ip = '127.0.0.1', port = 80 })
    assert(type(host) == 'string' and type(service) == 'string')
    local request = uv.getnameinfo({ family = 'inet6' }, expect(function(err, found, name)
      assert(err == nil and found == '::' and type(name) == 'string')
    end))
    assert(request:get_type() == 'getnameinfo')
    uv.getnameinfo({ family = 'inet' }, expect(function(err, found)
      assert(err == nil and found == '0.0.0.0')
    end))
    host, service = uv.getnameinfo({ port = 1 })
    assert(host == '0.0.0.0' and service)
    assert(uv.getnameinfo({ ip = '::1', family = 'inet6' }) and uv.getnameinfo({ family = uv.constants.AF_INET6 }))
    for _, address in ipairs({ {}, { family = 'unix' }, { family = 'x' }, { ip = '::1', family = 'inet' } }) do
      local value, err, code = uv.getnameinfo(address)
      assert(value == nil and code == 'EINVAL' and err:find('^EINVAL: '))
    end
    local bad = { { ip = 'x' }, { ip = 1 }, { port = 65536 }, { port = -1 }, { port = {} }, { family = {} } }
    for _, address in ipairs(bad) do
      local ok, err = pcall(function() uv.getnameinfo(address) end)
      assert(not ok and err:find("#1 to 'getnameinfo'", 1, true), err)
    end
    assert(not pcall(uv.getnameinfo, { port = 1 }, 1))
  end)

  test('cancel', function(expect, uv)
    -- More than the pool has threads: the last ones wait, and a request that waits can be cancelled.
    local requests, cancelled, called = {}, 0, 0
    for i = 1, 30 do
      requests[i] = uv.getaddrinfo('127.0.0.1', nil, nil, function(err)
        called = called + 1
        assert(err == nil or err == 'ECANCELED', err)
        if err then cancelled = cancelled - 1 end
      end)
    end
    for i = 30, 1, -1 do
      local ok, err, code = requests[i]:cancel()
      if ok then
        assert(ok == 0)
        cancelled = cancelled + 1
      else
        assert(code == 'EBUSY' and err:find('^EBUSY: '))
      end
    end
    uv.run()
    assert(called == 30 and cancelled == 0, called .. ' ' .. cancelled)
    local value, _, code = uv.cancel(requests[1])
    assert(value == nil and code)
    assert(not pcall(uv.cancel, {}))
    expect(function() end)()
  end)
end)
