-- Queries that go well, and the settings: dns-hostile.lua has the servers that mean harm.

local dns = require('dns')
local dnsServer = require('dns-server')
local path = require('path')
local timer = require('timer')

local answer, a, record, name = dnsServer.answer, dnsServer.a, dnsServer.record, dnsServer.name
local u16 = dnsServer.u16

local function refuses(text, fn, ...)
  local ok, err = pcall(fn, ...)
  assert(not ok and tostring(err):find(text, 1, true), err)
end

---A temporary folder that is gone with its files after `fn(write)`; `write(name, text)` returns a path.
local function withFiles(uv, fn)
  local folder = assert(uv.fs_mkdtemp(path.join(uv.os_tmpdir(), 'luvit-dns-XXXXXX')))
  local files = {}
  local function write(file, text)
    local full = path.join(folder, file)
    files[full] = true
    local fd = assert(uv.fs_open(full, 'w', 420))
    uv.fs_write(fd, text)
    uv.fs_close(fd)
    return full
  end
  local function remove()
    for full in pairs(files) do uv.fs_unlink(full) end
    uv.fs_rmdir(folder)
  end
  fn(write, remove)
end

-- Settings of the machine must not disturb: no suffixes, an empty hosts file, one server.
local function with(uv, options, handler, fn)
  withFiles(uv, function(write, remove)
    local server = dnsServer.start(handler)
    local hosts = write('hosts', options.hosts or '')
    local file = write('resolv.conf', options.conf or 'search .\n')
    dns.loadResolver({ file = file, hosts = hosts })
    dns.setServers(options.servers and options.servers(server) or { server.address })
    fn(server, function()
      server:close()
      remove()
      dns.setDefaultTimeout()
      dns.loadResolver()
    end)
  end)
end

-- A test in a coroutine of its own.
local function async(expect, fn)
  coroutine.wrap(expect(function() fn(coroutine.running()) end, 1))()
end

require('tap')(function(test)
  test('resolve4: the shape of luvit 2', function(expect, uv)
    with(uv, {}, function(query, reply)
      assert(query.name == 'example.com' and query.type == dns.TYPE_A and query.class == dns.CLASS_IN)
      assert(query.edns == 1232 and not query.tcp and query.flags == 0x0100)
      reply(answer(query, { a(query.name, '192.0.2.1'), a(query.name, '192.0.2.2') }))
    end, function(server, done)
      local returned = false
      dns.resolve4('example.com', expect(function(err, records)
        assert(err == nil and returned)
        assert(#records == 2)
        local first = records[1]
        assert(first.name == 'example.com' and first.type == 1 and first.class == 1 and first.ttl == 60)
        assert(first.address == '192.0.2.1' and records[2].address == '192.0.2.2')
        assert(first.server.host == '127.0.0.1' and first.server.port == server.port)
        done()
      end, 1))
      returned = true
    end)
  end)

  test('every type', function(expect, uv)
    local data = {
      [dns.TYPE_AAAA] = ('\32\1\13\184' .. ('\0'):rep(11) .. '\1'),
      [dns.TYPE_CNAME] = name('other.example'),
      [dns.TYPE_MX] = u16(10) .. name('mail.example'),
      [dns.TYPE_NS] = name('ns.example'),
      [dns.TYPE_PTR] = name('host.example'),
      [dns.TYPE_TXT] = '\5hello',
      [dns.TYPE_SRV] = u16(1) .. u16(2) .. u16(8080) .. name('server.example'),
      [dns.TYPE_SOA] = name('ns.example') .. name('root.example') .. '\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5',
      [dns.TYPE_CAA] = '\128\5issueca.example',
      [dns.TYPE_NAPTR] = u16(1) .. u16(2) .. '\1u\7E2U+sip\5!x!y!' .. '\0',
    }
    with(uv, {}, function(query, reply)
      reply(answer(query, { record(query.name, query.type, data[query.type]) }))
    end, function(_, done)
      async(expect, function(thread)
        local function one(method)
          local records, err = dns[method]('a.example', thread)
          assert(not err, tostring(err))
          assert(#records == 1, method)
          return records[1]
        end
        assert(one('resolve6').address == '2001:db8::1')
        assert(one('resolveCname').cname == 'other.example')
        local mx = one('resolveMx')
        assert(mx.preference == 10 and mx.priority == 10 and mx.exchange == 'mail.example')
        assert(one('resolveNs').nsdname == 'ns.example')
        assert(one('resolvePtr').ptrdname == 'host.example')
        assert(one('resolveTxt').txt == 'hello')
        local srv = one('resolveSrv')
        assert(srv.priority == 1 and srv.weight == 2 and srv.port == 8080 and srv.target == 'server.example')
        local soa = one('resolveSoa')
        assert(soa.nsname == 'ns.example' and soa.hostmaster == 'root.example')
        assert(soa.serial == 1 and soa.refresh == 2 and soa.retry == 3 and soa.expire == 4 and soa.minttl == 5)
        local caa = one('resolveCaa')
        assert(caa.critical == 1 and caa.flags == 128 and caa.tag == 'issue' and caa.value == 'ca.example')
        assert(caa.issue == 'ca.example')
        local naptr = one('resolveNaptr')
        assert(naptr.order == 1 and naptr.preference == 2 and naptr.flags == 'u' and naptr.service == 'E2U+sip')
        assert(naptr.regexp == '!x!y!' and naptr.replacement == '')
        -- By name, in small letters, and by number.
        assert(dns.resolve('a.example', 'mx', thread)[1].exchange == 'mail.example')
        assert(dns.query(nil, 'a.example', nil, 'TXT', thread)[1].txt == 'hello')
        data[99] = 'raw'
        assert(dns.query(nil, 'a.example', dns.CLASS_IN, 99, thread)[1].rdata == 'raw')
        done()
      end)
    end)
  end)

  test('texts: several strings, none, and binary', function(expect, uv)
    local texts = { { 'a', '', 'b' }, { '' }, { ('x'):rep(255), ('y'):rep(255) }, { 'a\0b' } }
    local index = 0
    with(uv, {}, function(query, reply)
      index = index + 1
      reply(answer(query, { dnsServer.txt(query.name, unpack(texts[index])) }))
    end, function(_, done)
      async(expect, function(thread)
        local first = dns.resolveTxt('t.example', thread)[1].txt
        assert(#first == 3 and first[1] == 'a' and first[2] == '' and first[3] == 'b')
        assert(dns.resolveTxt('t.example', thread)[1].txt == '')
        assert(#dns.resolveTxt('t.example', thread)[1].txt[2] == 255)
        assert(dns.resolveTxt('t.example', thread)[1].txt == 'a\0b')
        done()
      end)
    end)
  end)

  test('resolveAny: all kinds at once', function(expect, uv)
    with(uv, {}, function(query, reply)
      assert(query.type == 255)
      reply(answer(query, {
        a(query.name, '192.0.2.1'), dnsServer.txt(query.name, 'x'), a('stranger.example', '192.0.2.9'),
      }))
    end, function(_, done)
      dns.resolveAny('a.example', expect(function(err, records)
        assert(not err and #records == 2 and records[1].address and records[2].txt)
        done()
      end, 1))
    end)
  end)

  test('errors in the names of node, with the codes of luvit 2', function(expect, uv)
    local rcodes = { 1, 2, 3, 4, 5, 9 }
    local expected = { 'EFORMERR', 'ESERVFAIL', 'ENOTFOUND', 'ENOTIMP', 'EREFUSED', 'ESERVFAIL' }
    with(uv, {}, function(query, reply)
      local rcode = tonumber(query.name:match('%d+'))
      reply(answer(query, {}, { rcode = rcode }))
    end, function(_, done)
      async(expect, function(thread)
        for i, rcode in ipairs(rcodes) do
          local records, err, name = dns.resolve4(('code%d.example'):format(rcode), thread)
          assert(records == nil)
          assert(err.code == rcode and err.code > 0 and err.name == expected[i] and name == expected[i])
          assert(err.syscall == 'queryA' and err.hostname == ('code%d.example'):format(rcode))
          assert(tostring(err):find(('^%s: .+, queryA code%d.example$'):format(expected[i], rcode)), tostring(err))
          -- As other errors of callbacks, which are strings.
          assert(err:match('^%u+') == expected[i] and err:find(': ', 1, true))
          assert('failed: ' .. err == 'failed: ' .. err.message)
        end
        local _, err = dns.resolveMx('code0.example', thread)
        assert(err.name == 'ENODATA' and err.code == 'ENODATA' and err.syscall == 'queryMx')
        assert(tostring(err) == 'ENODATA: the name has no such records, queryMx code0.example')
        done()
      end)
    end)
  end)

  test('an error never comes as the answer (luvit#815)', function(expect, uv)
    with(uv, {}, function(query, reply) reply(answer(query, {}, { rcode = 3 })) end, function(_, done)
      dns.resolve4('gone.example', expect(function(...)
        assert(select('#', ...) == 1 and (...).name == 'ENOTFOUND')
        done()
      end, 1))
    end)
  end)

  test('numeric addresses and localhost need no server (luvit#742)', function(expect, uv)
    with(uv, {}, function() error('asked') end, function(_, done)
      async(expect, function(thread)
        local records = dns.resolve4('127.0.0.1', thread)
        assert(#records == 1 and records[1].address == '127.0.0.1' and records[1].ttl == 0 and records[1].type == 1)
        assert(next(records[1].server) == nil)
        assert(dns.resolve6('::1', thread)[1].address == '::1')
        assert(dns.resolve6('fe80::1%eth0', thread)[1].address == 'fe80::1%eth0')
        assert(dns.query({ '192.0.2.1' }, '1.2.3.4', 1, 1, thread)[1].address == '1.2.3.4')
        assert(select(2, dns.resolve4('::1', thread)).name == 'ENODATA')
        assert(select(2, dns.resolve6('1.2.3.4', thread)).name == 'ENODATA')
        for _, host in ipairs({ 'localhost', 'LocalHost.', 'a.b.localhost' }) do
          assert(dns.resolve4(host, thread)[1].address == '127.0.0.1')
          assert(dns.resolve6(host, thread)[1].address == '::1')
          assert(select(2, dns.resolveMx(host, thread)).name == 'ENODATA')
        end
        done()
      end)
    end)
  end)

  test('the hosts file', function(expect, uv)
    local hosts = '# comment\n192.0.2.7 Box box.example # alias.example\r\n192.0.2.8\tbox\n2001:db8::7 box\n' ..
      'nonsense box\n127.0.0.3 localhost\n192.0.2.77 other\n::2 six'
    with(uv, { hosts = hosts }, function(query, reply)
      reply(answer(query, {}, { rcode = 3 }))
    end, function(server, done)
      async(expect, function(thread)
        local records = dns.resolve4('BOX', thread)
        assert(#records == 2 and records[1].address == '192.0.2.7' and records[2].address == '192.0.2.8')
        assert(dns.resolve6('box.', thread)[1].address == '2001:db8::7')
        assert(dns.resolve4('box.example', thread)[1].address == '192.0.2.7')
        assert(dns.resolve4('localhost', thread)[1].address == '127.0.0.3')
        assert(#server.queries == 0)
        assert(select(2, dns.resolve4('alias.example', thread)).name == 'ENOTFOUND')
        assert(select(2, dns.resolve4('ox', thread)).name == 'ENOTFOUND')
        assert(select(2, dns.query(nil, 'box', nil, nil, thread)).name == 'ENOTFOUND')
        assert(#server.queries == 3)
        local found = dns.reverse('192.0.2.7', thread)
        assert(#found == 2 and found[1] == 'box' and found[2] == 'box.example')
        assert(dns.reverse('2001:DB8:0::7', thread)[1] == 'box')
        assert(select(2, dns.reverse('::', thread)).name == 'ENOTFOUND')
        done()
      end)
    end)
  end)

  test('reverse', function(expect, uv)
    local seen = {}
    with(uv, {}, function(query, reply)
      seen[#seen + 1] = query.name
      local hosts = { name('host.example'), name('alias.example') }
      reply(answer(query, { record(query.name, 12, hosts[1]), record(query.name, 12, hosts[2]) }))
    end, function(_, done)
      async(expect, function(thread)
        local list = dns.reverse('192.0.2.1', thread)
        assert(#list == 2 and list[1] == 'host.example' and list[2] == 'alias.example')
        assert(seen[1] == '1.2.0.192.in-addr.arpa')
        dns.reverse('2001:db8::567:89ab', thread)
        assert(seen[2] == 'b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa', seen[2])
        dns.reverse('::ffff:1.2.3.4', thread)
        assert(seen[3]:find('^4%.0%.3%.0%.2%.0%.1%.0%.f%.f%.f%.f%.0'), seen[3])
        for _, wrong in ipairs({ '1.2.3', '256.1.1.1', '1:2', '::1::', 'x', '1:2:3:4:5:6:7:8:9', ':::', '12345::' }) do
          refuses("'ip' to 'reverse'", dns.reverse, wrong, print)
        end
        done()
      end)
    end)
  end)

  test('aliases are followed, in the answer and by another question', function(expect, uv)
    with(uv, {}, function(query, reply)
      if query.name == 'www.example' then
        reply(answer(query, {
          dnsServer.cname('www.example', 'CDN.example'), dnsServer.cname('cdn.example', 'edge.example'),
          a('edge.EXAMPLE', '192.0.2.5'), a('stranger.example', '192.0.2.9'),
        }))
      elseif query.name == 'far.example' then
        reply(answer(query, { dnsServer.cname('far.example', 'www.example') }))
      elseif query.name == 'bare.example' then
        local soa = record('example', 6, name('ns.example') .. name('root.example') .. ('\0'):rep(20))
        reply(answer(query, { dnsServer.cname('bare.example', 'www.example') }, { authority = soa }))
      elseif query.name == 'dead.example' then
        reply(answer(query, { dnsServer.cname('dead.example', 'gone.example') }, { rcode = 3 }))
      else
        reply(answer(query, {}))
      end
    end, function(server, done)
      async(expect, function(thread)
        local records = dns.resolve4('www.example', thread)
        assert(#records == 1 and records[1].address == '192.0.2.5' and records[1].name == 'edge.EXAMPLE')
        assert(#server.queries == 1)
        assert(dns.resolve4('far.example', thread)[1].address == '192.0.2.5')
        assert(#server.queries == 3)
        -- With the SOA of the zone the server says that it has looked.
        assert(select(2, dns.resolve6('bare.example', thread)).name == 'ENODATA' and #server.queries == 4)
        assert(dns.resolveCname('www.example', thread)[1].cname == 'CDN.example')
        assert(select(2, dns.resolve4('dead.example', thread)).name == 'ENOTFOUND')
        done()
      end)
    end)
  end)

  test('names beyond ASCII, with escapes, and those that are none', function(expect, uv)
    local seen
    with(uv, {}, function(query, reply)
      seen = query.name
      reply(answer(query, { a(query.name, '192.0.2.1') }))
    end, function(server, done)
      async(expect, function(thread)
        dns.resolve4('bücher.example', thread)
        assert(seen == 'xn--bcher-kva.example')
        dns.resolve4('a\\032b.example', thread)
        assert(seen == 'a b.example')
        assert(dns.resolve4('example.', thread)[1].name == 'example')
        dns.resolveNs(('x'):rep(63) .. '.example', thread)
        local asked = #server.queries
        for _, wrong in ipairs({
          '', '..', '.a', 'a..b', ('x'):rep(64) .. '.example',
          ('x.'):rep(128), ('y'):rep(5000), '\255', 'a\\', '\\999.b',
        }) do
          local records, err = dns.resolve4(wrong, thread)
          assert(not records and err.name == 'EBADNAME', wrong)
        end
        assert(#server.queries == asked)
        -- What a server says is escaped, so that nobody takes it for something else.
        done()
      end)
    end)
  end)

  test('names in answers are escaped', function(expect, uv)
    with(uv, {}, function(query, reply)
      reply(answer(query, { record(query.name, 12, '\4a.b\\\3\0 \255\7example\0') }))
    end, function(_, done)
      dns.resolvePtr('x.example', expect(function(err, records)
        assert(not err and records[1].ptrdname == 'a\\.b\\\\.\\000\\032\\255.example', records[1].ptrdname)
        done()
      end, 1))
    end)
  end)

  test('search and ndots', function(expect, uv)
    local known = { ['host.one.example'] = true, ['a.b.two.example'] = true, ['a.b.c'] = true }
    with(uv, { conf = 'search one.example two.example.\noptions ndots:2\n' }, function(query, reply)
      if known[query.name] then return reply(answer(query, { a(query.name, '192.0.2.1') })) end
      reply(answer(query, {}, { rcode = query.name == 'some.one.example' and 0 or 3 }))
    end, function(server, done)
      async(expect, function(thread)
        local function asked(host)
          local from = #server.queries
          local records, err = dns.resolve4(host, thread)
          local list = {}
          for i = from + 1, #server.queries do list[#list + 1] = server.queries[i].name end
          return table.concat(list, ' '), records and records[1].name or err.name
        end
        local list, found = asked('host')
        assert(list == 'host.one.example' and found == 'host.one.example')
        list, found = asked('a.b')
        assert(list == 'a.b.one.example a.b.two.example' and found == 'a.b.two.example')
        list = asked('a.b.c')
        assert(list == 'a.b.c')
        list, found = asked('x.y.z')
        assert(list == 'x.y.z x.y.z.one.example x.y.z.two.example' and found == 'ENOTFOUND')
        list, found = asked('some')
        assert(list == 'some.one.example some.two.example some' and found == 'ENODATA')
        list = asked('host.')
        assert(list == 'host')
        -- A suffix that makes a name too long is passed over.
        local long = (('x'):rep(60) .. '.'):rep(4) .. 'abc'
        list, found = asked(long)
        assert(list == long and found == 'ENOTFOUND')
        done()
      end)
    end)
  end)

  test('a server that does not answer: the next one', function(expect, uv)
    with(uv, {
      servers = function(server) return { { host = '127.0.0.1', port = 1 }, server.address } end,
    }, function(query, reply) reply(answer(query, { a(query.name, '192.0.2.1') })) end, function(server, done)
      dns.setTimeout(300)
      dns.resolve4('a.example', expect(function(err, records)
        assert(not err and records[1].server.port == server.port)
        done()
      end, 1))
    end)
  end)

  test('no answer at all', function(expect, uv)
    with(uv, { conf = 'search .\noptions attempts:3\n' }, function() end, function(server, done)
      dns.setTimeout(20)
      dns.resolve4('a.example', expect(function(err)
        assert(err.name == 'ETIMEOUT' and err.code == 'ETIMEOUT', tostring(err))
        assert(tostring(err) == 'ETIMEOUT: no answer in time, queryA a.example')
        assert(#server.queries == 3)
        -- Each time with another id and from another port, later without what an old firewall may not like.
        local ids, ports = {}, {}
        for i, query in ipairs(server.queries) do
          ids[query.id], ports[query.from.port] = true, true
          assert(query.edns == (i == 1 and 1232 or nil))
        end
        local count = 0
        for _ in pairs(ports) do count = count + 1 end
        assert(count > 1)
        done()
      end, 1))
    end)
  end)

  test('rotate', function(expect, uv)
    local first = dnsServer.start(function(query, reply) reply(answer(query, { a(query.name, '192.0.2.1') })) end)
    with(uv, {
      conf = 'search .\noptions rotate\n', servers = function(server) return { server.address, first.address } end,
    }, function(query, reply) reply(answer(query, { a(query.name, '192.0.2.2') })) end, function(server, done)
      async(expect, function(thread)
        for _ = 1, 6 do dns.resolve4('a.example', thread) end
        assert(#server.queries == 3 and #first.queries == 3)
        first:close()
        done()
      end)
    end)
  end)

  test('TCP only: by the server and by use-vc', function(expect, uv)
    with(uv, {
      servers = function(server) return { { host = '127.0.0.1', port = server.port, tcp = true } } end,
    }, function(query, reply)
      assert(query.tcp)
      reply(answer(query, { a(query.name, '192.0.2.1') }))
    end, function(server, done)
      async(expect, function(thread)
        assert(dns.resolve4('a.example', thread)[1].server.tcp == true)
        dns.setServers({ server.address })
        withFiles(uv, function(write, remove)
          dns.loadResolver({ file = write('c', 'search .\noptions use-vc\n') })
          dns.setServers({ server.address })
          assert(dns.resolve4('a.example', thread)[1].address == '192.0.2.1')
          remove()
        end)
        done()
      end)
    end)
  end)

  test('cancel', function(expect, uv)
    with(uv, {}, function() end, function(_, done)
      local query, called
      query = dns.resolve4('a.example', expect(function(err, records)
        called = true
        assert(err.name == 'ECANCELLED' and not records)
        assert(tostring(err) == 'ECANCELLED: the query was cancelled, queryA a.example')
        assert(query:cancel() == false)
        done()
      end, 1))
      timer.setTimeout(10, function()
        assert(query:cancel() == true and not called)
        assert(query:cancel() == false)
      end)
      for _, other in ipairs({
        dns.resolve4('127.0.0.1', expect(function(err) assert(err.name == 'ECANCELLED') end, 1)),
        dns.resolve4('..', expect(function(err) assert(err.name == 'ECANCELLED') end, 1)),
        dns.lookup('localhost', expect(function(err) assert(err.name == 'ECANCELLED') end, 1)),
        dns.lookup('a.localhost', expect(function(err) assert(err.name == 'ECANCELLED') end, 1)),
        dns.lookupService('127.0.0.1', 80, expect(function(err) assert(err.name == 'ECANCELLED') end, 1)),
        dns.reverse('192.0.2.1', expect(function(err) assert(err.name == 'ECANCELLED') end, 1)),
      }) do
        assert(other:cancel() == true)
      end
    end)
  end)

  test('await, and a task that is cancelled', function(expect, uv)
    local await = require('await')
    with(uv, {}, function(query, reply)
      if query.name == 'a.example' then reply(answer(query, { a(query.name, '192.0.2.1') })) end
    end, function(_, done)
      local task = await.spawn(function() return await(dns.resolve4, 'silent.example') end)
      await.spawn(expect(function()
        assert(await(dns.resolve4, 'a.example')[1].address == '192.0.2.1')
        task:cancel()
        local records, err = task:await()
        assert(records == nil and err:find('^ECANCELED: '))
        -- The socket of the query is gone with it, or the test would fail for it.
        done()
      end, 1))
    end)
  end)

  test('more queries than sockets', function(expect, uv)
    with(uv, {}, function(query, reply) reply(answer(query, { a(query.name, '192.0.2.1') })) end, function(_, done)
      local left = 400
      local cancelled = 0
      for i = 1, 400 do
        local query
        query = dns.resolve4(('n%d.example'):format(i), expect(function(err, records)
          if err then
            assert(err.name == 'ECANCELLED')
            cancelled = cancelled + 1
          else
            assert(records[1].name == ('n%d.example'):format(i))
          end
          left = left - 1
          if left == 0 then
            assert(cancelled == 40)
            done()
          end
        end, 1))
        if i % 10 == 0 then query:cancel() end
      end
      local sockets = 0
      uv.walk(function(handle)
        if handle:get_type() == 'udp' and not handle:is_closing() then sockets = sockets + 1 end
      end)
      assert(sockets <= 130, sockets)
    end)
  end)

  test('a callback that raises an error does no harm to others', function(expect, uv)
    with(uv, {}, function(query, reply) reply(answer(query, { a(query.name, '192.0.2.1') })) end, function(_, done)
      local handlers = process.handlers.uncaughtException
      process.handlers.uncaughtException = nil
      process:once('uncaughtException', expect(function(err)
        process.handlers.uncaughtException = handlers
        assert(tostring(err):find('mine'))
        dns.resolve4('b.example', expect(function(failed)
          assert(not failed)
          done()
        end, 1))
      end, 1))
      dns.resolve4('a.example', function() error('mine') end)
    end)
  end)

  test('arguments', function()
    for _, fn in ipairs({
      'resolve', 'resolve4', 'resolve6', 'resolveCname', 'resolveMx', 'resolveNs', 'resolveTxt', 'resolveSrv',
      'resolvePtr', 'resolveSoa', 'resolveCaa', 'resolveNaptr', 'resolveAny', 'lookup',
    }) do
      refuses(("bad argument 'name' to '%s' (string expected, got nil)"):format(fn), dns[fn])
      local ok, err = pcall(function() dns[fn](5, print) end)
      assert(not ok and err:find('dns.lua:%d+: bad argument'), err)
    end
    refuses("'callback' to 'resolve4' (function or coroutine expected, got number)", dns.resolve4, 'x', 5)
    refuses("'rtype' to 'resolve'", dns.resolve, 'x', 'XYZ', print)
    refuses("'name' to 'query'", dns.query, nil, nil)
    refuses("'rtype' to 'query'", dns.query, nil, 'x', 1, 'XYZ', print)
    refuses("'class' to 'query'", dns.query, nil, 'x', -1, 1, print)
    refuses("'servers' to 'query'", dns.query, { 'x' }, 'x', 1, 1, print)
    refuses("'servers' to 'setServers' (list of servers expected, got nil)", dns.setServers)
    refuses("'servers' to 'setServers' (list of servers expected, got an empty table)", dns.setServers, {})
    for _, wrong in ipairs({
      'x', '1.2.3.4:0', '1.2.3.4:99999', '[::1', 5, { port = 53 }, { host = 'x' }, { host = '::1', port = 'x' },
    }) do
      refuses("'servers' to 'setServers' (no address of a server", dns.setServers, { wrong })
    end
    refuses("'timeout' to 'setTimeout'", dns.setTimeout, 0)
    refuses("'timeout' to 'setTimeout'", dns.setTimeout, 'x')
    refuses("'ip' to 'reverse'", dns.reverse, 5)
    refuses("'address' to 'lookupService'", dns.lookupService, 'localhost', 80, print)
    refuses("'port' to 'lookupService'", dns.lookupService, '127.0.0.1', 65536, print)
    refuses("'family' to 'lookup'", dns.lookup, 'x', 5, print)
    refuses("'order' to 'lookup'", dns.lookup, 'x', { order = 'x' }, print)
    refuses("'hints' to 'lookup'", dns.lookup, 'x', { hints = 'x' }, print)
    refuses("'hints' to 'lookup'", dns.lookup, 'x', { hints = { x = true } }, print)
    refuses("'options' to 'loadResolverUnix'", dns.loadResolverUnix, 5)
    local ok, err = pcall(function() dns.lookup('x', 5, print) end)
    assert(not ok and err:find('dns.lua:%d+: bad argument'), err)
  end)
end)
