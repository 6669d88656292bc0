-- resolv.conf, servers, and the system's resolver.

local config = require('dns/config')
local dns = require('dns')
local dnsServer = require('dns-server')
local path = require('path')
local timer = require('timer')
local windows = require('jit').os == 'Windows'

local function temporary(uv)
  local folder = assert(uv.fs_mkdtemp(path.join(uv.os_tmpdir(), 'luvit-dns-XXXXXX')))
  local file = path.join(folder, 'resolv.conf')
  local function write(text)
    local fd = assert(uv.fs_open(file, 'w', 420))
    uv.fs_write(fd, text)
    uv.fs_close(fd)
  end
  return file, write, function()
    uv.fs_unlink(file)
    uv.fs_rmdir(folder)
    dns.loadResolver()
  end
end

local function hosts(servers)
  local list = {}
  for i, server in ipairs(servers) do list[i] = server.host end
  return table.concat(list, ' ')
end

require('tap')(function(test)
  test('resolv.conf: servers', function()
    local text = '# nameserver 1.1.1.1\n; nameserver 1.1.1.1\n\nnameserver 192.168.0.1\r\nnameserver ::1 # local\r' ..
      'nameserver\tfe80::1%eth0\n  nameserver 10.0.0.1\nnameserver\nnameserver nonsense\nnameserver 1.2.3.4.5\n' ..
      'NAMESERVER 9.9.9.9\nnameservers 9.9.9.9\nnameserver 2.2.2.2'
    local settings = config.parse(text)
    assert(hosts(settings.servers) == '192.168.0.1 ::1 fe80::1%eth0 10.0.0.1 2.2.2.2', hosts(settings.servers))
    for _, server in ipairs(settings.servers) do assert(server.port == 53 and server.tcp == false) end
    assert(#config.parse(('nameserver 1.1.1.1\n'):rep(1000)).servers == 16)
  end)

  test('resolv.conf: options', function()
    local settings = config.parse('')
    assert(#settings.servers == 0 and settings.ndots == 1 and settings.timeout == 2000 and settings.attempts == 2)
    assert(settings.rotate == false and settings.tcp == false)
    settings = config.parse('options ndots:3 timeout:7 attempts:4 rotate edns0 use-vc unknown unknown:5\n')
    assert(settings.ndots == 3 and settings.timeout == 7000 and settings.attempts == 4)
    assert(settings.rotate == true and settings.tcp == true)
    settings = config.parse('options ndots:99 timeout:99999 attempts:99\n')
    assert(settings.ndots == 15 and settings.timeout == 30000 and settings.attempts == 5)
    settings = config.parse('options ndots:0 timeout:0 attempts:0\noptions ndots: timeout:-1 attempts:x\n')
    assert(settings.ndots == 0 and settings.timeout == 1000 and settings.attempts == 1)
  end)

  test('resolv.conf: search and domain', function()
    local function search(text) return table.concat(config.parse(text).search, ' ') end
    assert(search('search a.example b.example.\n') == 'a.example b.example')
    assert(search('domain a.example ignored\n') == 'a.example')
    assert(search('domain a.example\nsearch b.example\n') == 'b.example')
    assert(search('search b.example\ndomain a.example\n') == 'a.example')
    assert(search('search .\n') == '')
    assert(#config.parse('search' .. (' x.example'):rep(1000)).search == 32)
  end)

  test('resolv.conf: the environment comes last', function(_, uv)
    uv.os_setenv('LOCALDOMAIN', 'env.example')
    uv.os_setenv('RES_OPTIONS', 'ndots:5 rotate')
    local settings = config.parse('search a.example\noptions ndots:2\n')
    uv.os_unsetenv('LOCALDOMAIN')
    uv.os_unsetenv('RES_OPTIONS')
    assert(settings.search[1] == 'env.example' and #settings.search == 1)
    assert(settings.ndots == 5 and settings.rotate)
  end)

  test('resolv.conf: anything', function(_, uv)
    for size = 0, 3000, 100 do config.parse(uv.random(size)) end
    config.parse(('\0'):rep(1000) .. '\nnameserver \0\noptions :::: ndots:1e9\n')
  end)

  test('loadResolver: the servers of a file, an empty one, none', function(_, uv)
    local file, write, remove = temporary(uv)
    write('nameserver 192.168.0.1\nnameserver ::1\nnameserver ::2\n')
    for _, load in ipairs({ dns.loadResolver, dns.loadResolverUnix }) do
      local servers = load({ file = file })
      assert(#servers == 3 and hosts(servers) == '192.168.0.1 ::1 ::2')
      assert(hosts(dns.getServers()) == '192.168.0.1 ::1 ::2')
    end
    write('search example\n')
    assert(#dns.loadResolver({ file = file }) == 0)
    assert(hosts(dns.getServers()) == '127.0.0.1')
    write('')
    assert(#dns.loadResolver({ file = file }) == 0)
    write(uv.random(500))
    assert(dns.loadResolver({ file = file }))
    local servers, err, code = dns.loadResolver({ file = file .. '.none' })
    assert(servers == nil and err:find('^ENOENT: ') and code == 'ENOENT')
    -- A folder is no file.
    assert(#dns.loadResolver({ file = path.dirname(file) }) == 0)
    assert(hosts(dns.getServers()) == '127.0.0.1')
    remove()
    local found, _, why = dns.loadResolverWin()
    assert(windows and type(found) == 'table' or why == 'ENOSYS')
  end)

  test('a file that vanishes, and a query then, are no crash (luvit#766)', function(expect, uv)
    local file, write, remove = temporary(uv)
    write('nameserver 127.0.0.1\nsearch .\noptions attempts:1\n')
    dns.loadResolver({ file = file })
    uv.fs_unlink(file)
    dns.setTimeout(50)
    timer.setTimeout(2100, function()
      assert(hosts(dns.getServers()) == '127.0.0.1')
      dns.resolveTxt('a.example', expect(function(err)
        assert(err and err.syscall == 'queryTxt')
        dns.setDefaultTimeout()
        remove()
      end, 1))
    end)
  end)

  test('a file that changes is read again', function(expect, uv)
    local file, write, remove = temporary(uv)
    write('nameserver 192.0.2.1\n')
    dns.loadResolver({ file = file })
    write('nameserver 192.0.2.2\nnameserver 192.0.2.3\n')
    timer.setTimeout(2100, expect(function()
      assert(hosts(dns.getServers()) == '192.0.2.2 192.0.2.3')
      dns.setServers({ '192.0.2.9' })
      assert(hosts(dns.getServers()) == '192.0.2.9')
      dns.setDefaultServers()
      assert(hosts(dns.getServers()) == '192.0.2.2 192.0.2.3')
      remove()
    end, 1))
  end)

  test('setServers: all forms', function()
    dns.setServers({
      '1.2.3.4', '1.2.3.4:5353', '::1', '[::1]', '[::1]:5353', 'fe80::1%eth0', '[fe80::1%eth0]:54',
      { host = '1.2.3.4' }, { host = '::1', port = 5353, tcp = true },
    })
    local list = {}
    for i, server in ipairs(dns.getServers()) do
      list[i] = ('%s|%d%s'):format(server.host, server.port, server.tcp and ' tcp' or '')
    end
    assert(table.concat(list, ' ') == '1.2.3.4|53 1.2.3.4|5353 ::1|53 ::1|53 ::1|5353 fe80::1%eth0|53 ' ..
      'fe80::1%eth0|54 1.2.3.4|53 ::1|5353 tcp', table.concat(list, ' '))
    dns.getServers()[1].host = 'changed'
    assert(dns.getServers()[1].host == '1.2.3.4')
    dns.setDefaultServers()
  end)

  test('IPv6 servers', function(expect, uv)
    local probe = uv.new_udp()
    local ok = probe:bind('::1', 0)
    probe:close()
    if not ok then return end
    local server
    server = dnsServer.start(function(query, reply)
      reply(dnsServer.answer(query, { dnsServer.a(query.name, '192.0.2.1') }))
    end, '::1')
    for _, tcp in ipairs({ false, true }) do
      dns.query({ { host = '::1', port = server.port, tcp = tcp } }, 'a.example', 1, 1, expect(function(err, records)
        assert(not err and records[1].server.host == '::1')
        if tcp then timer.setTimeout(20, function() server:close() end) end
      end, 1))
    end
  end)

  test('lookup: as the system does', function(expect)
    local returned
    dns.lookup('127.0.0.1', expect(function(err, address, family)
      assert(not err and address == '127.0.0.1' and family == 4 and returned)
    end, 1))
    returned = true
    dns.lookup('::1', 6, expect(function(err, address, family)
      assert(not err and address == '::1' and family == 6)
    end, 1))
    dns.lookup('localhost', { family = 4, all = true }, expect(function(err, list)
      assert(not err and #list == 1 and list[1].address == '127.0.0.1' and list[1].family == 4)
    end, 1))
    dns.lookup('localhost', { family = 'IPv4', hints = { addrconfig = true } }, expect(function(err, address)
      assert(not err and address == '127.0.0.1')
    end, 1))
    dns.lookup('a.localhost', { all = true, order = 'ipv6first' }, expect(function(err, list)
      assert(not err and #list == 2 and list[1].address == '::1' and list[2].address == '127.0.0.1')
    end, 1))
    dns.lookup('a.localhost', { verbatim = false, hints = dns.ADDRCONFIG }, expect(function(err, address)
      assert(not err and address == '127.0.0.1')
    end, 1))
    dns.lookup('1.2.3.4', 6, expect(function(err) assert(err.name:find('^E')) end, 1))
    dns.lookup('', expect(function(err) assert(err.name == 'EBADNAME') end, 1))
    dns.lookup('a\0b', expect(function(err) assert(err.name == 'EBADNAME') end, 1))
    dns.lookup(('x'):rep(3000), expect(function(err) assert(err.name == 'EBADNAME') end, 1))
    dns.lookup('no.such.host.invalid', expect(function(err, address)
      assert(not address and err.code == err.name)
      -- Without a network the system cannot know.
      assert(err.name == 'ENOTFOUND' or err.name == 'EAI_AGAIN', tostring(err))
      assert(tostring(err):find('^%u[%u_]+: .+, getaddrinfo no.such.host.invalid$'), tostring(err))
    end, 1))
    coroutine.wrap(expect(function()
      local address, family = dns.lookup('127.0.0.1', coroutine.running())
      assert(address == '127.0.0.1' and family == 4)
      local list = dns.lookup('127.0.0.1', { all = true }, coroutine.running())
      assert(#list == 1)
    end, 1))()
  end)

  test('lookupService', function(expect)
    dns.lookupService('127.0.0.1', 65000, expect(function(err, host, service)
      assert(not err and type(host) == 'string' and service == '65000')
    end, 1))
    dns.lookupService('::1', 80, expect(function(err, host) assert(err or type(host) == 'string') end, 1))
  end)

  test('luvit 2: a query without a callback prints its error', function(expect, uv)
    local printed = print
    _G.print = expect(function(_, err) assert(tostring(err):find('^EBADNAME: ')) end, 1)
    local query = dns.resolve4('..')
    assert(type(query.cancel) == 'function')
    uv.run()
    _G.print = printed
  end)
end)
