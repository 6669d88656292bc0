require('tap')(function(test)
  test('clocks', function(_, uv)
    local a = uv.hrtime()
    uv.sleep(1)
    assert(uv.hrtime() - a >= 1e6)
    local sec, usec = uv.gettimeofday()
    assert(math.abs(sec - os.time()) <= 100 and usec >= 0 and usec < 1e6)
    assert(uv.uptime() > 0)
    local monotonic, real = uv.clock_gettime('monotonic'), uv.clock_gettime('realtime')
    for _, time in ipairs({ monotonic, real }) do
      assert(time.sec == math.floor(time.sec) and time.nsec >= 0 and time.nsec < 1e9)
    end
    assert(monotonic.sec * 1e9 + monotonic.nsec >= a and math.abs(real.sec - os.time()) <= 100)
    assert(not pcall(uv.clock_gettime, 'cpu') and not pcall(uv.clock_gettime))
    assert(not pcall(uv.sleep, -1) and not pcall(uv.sleep))
  end)

  test('memory', function(_, uv)
    local total = uv.get_total_memory()
    assert(total > 0 and uv.get_free_memory() <= total and uv.get_available_memory() <= total)
    assert(uv.get_constrained_memory() >= 0)
    local resident = uv.resident_set_memory()
    assert(resident > 0 and resident < total)
  end)

  test('folders', function(_, uv)
    local old = uv.cwd()
    assert(uv.chdir('/') == 0)
    assert(uv.cwd() == '/' or jit.os == 'Windows' and uv.cwd():find('^%a:\\$'))
    assert(uv.chdir(old) == 0)
    local value, err, code = uv.chdir('/nonexistent')
    assert(value == nil and err:find('^ENOENT: ') and code == 'ENOENT')
    assert(select(3, uv.chdir('a\0b')) == 'EINVAL' and not pcall(uv.chdir))
    assert(uv.exepath():find('luvit') and uv.os_homedir() and #uv.os_tmpdir() > 0)
  end)

  test('versions, errors and constants', function(_, uv)
    assert(uv.version_string():find('^1%.%d+%.%d+$') and uv.version() >= 0x10000)
    local message, code = uv.translate_sys_error(uv.errno.ECONNREFUSED)
    assert(message == 'ECONNREFUSED: connection refused' and code == 'ECONNREFUSED')
    -- The numbers of the system: on Windows those of Winsock.
    local number = jit.os == 'Windows' and 10061 or -uv.errno.ECONNREFUSED
    assert(uv.translate_sys_error(number) == message)
    if jit.os == 'Windows' then
      -- Those of GetLastError: of a folder that is read from, of pipes, of requests that the system carries out.
      for system, name in pairs({ [1] = 'EISDIR', [2] = 'ENOENT', [64] = 'ECONNRESET', [233] = 'EPIPE' }) do
        assert(select(2, uv.translate_sys_error(system)) == name, name)
      end
    end
    message, code = uv.translate_sys_error(uv.errno.EAI_NONAME)
    assert(message == 'EAI_NONAME: unknown node or service' and code == 'EAI_NONAME')
    assert(select('#', uv.translate_sys_error(0)) == 0)
    message, code = uv.translate_sys_error(-99999)
    assert(message == 'Unknown system error -99999: Unknown system error -99999'
      and code == 'Unknown system error -99999')
    assert(select(2, uv.translate_sys_error(uv.errno.UNKNOWN)) == 'UNKNOWN')
    assert(not pcall(uv.translate_sys_error) and not pcall(uv.translate_sys_error, 'x'))
  end)

  test('the table of errors', function(_, uv)
    local count = 0
    for name, number in pairs(uv.errno) do
      count = count + 1
      assert(type(name) == 'string' and number < 0 and number == math.floor(number))
      assert(select(2, uv.translate_sys_error(number)) == name, name)
    end
    assert(count == 85, count)
    assert(uv.errno.EOF == -4095 and uv.errno.UNKNOWN == -4094 and uv.errno.EAI_NONAME == -3008)
    assert(uv.errno.ECHARSET == -4080)
  end)

  test('constants of the socket API', function(_, uv)
    local constants = uv.constants
    assert(constants.AF_INET == 2 and constants.AF_UNIX == 1 and constants.AF_INET6 ~= constants.AF_INET)
    assert(constants.SOCK_STREAM == 1 and constants.SOCK_DGRAM == 2 and constants.SOCK_RAW == 3)
    assert(constants.SOCK_RDM == 4 and constants.SOCK_SEQPACKET == 5)
    local flags = {}
    for _, name in ipairs({ 'ADDRCONFIG', 'V4MAPPED', 'ALL', 'NUMERICHOST', 'PASSIVE', 'NUMERICSERV' }) do
      local value = constants['AI_' .. name]
      assert(value > 0 and not flags[value], name)
      flags[value] = true
    end
    if uv.os_uname().sysname == 'Linux' then
      assert(constants.AF_PACKET == 17 and constants.AF_NETLINK == 16 and constants.AF_X25 == 9)
    end
  end)

  test('the list of handles goes to standard error', function(_, uv)
    local code = "local uv = require('uv') uv.new_timer() local t = uv.new_timer() t:start(1000, 0, print) t:unref()"
      .. " uv.print_all_handles() uv.print_active_handles() t:close() os.exit(0)"
    local command = ('"%s" -e "%s" 2>&1'):format(uv.exepath(), code)
    -- The shell of Windows takes one pair of quotes away.
    local program = assert(io.popen(jit.os == 'Windows' and '"' .. command .. '"' or command))
    local output = program:read('*a')
    program:close()
    local all = {}
    for flags, kind, address in output:gmatch('%[(...)%] (%S+) +(0x%x+)') do
      all[#all + 1] = kind == 'timer' and flags or nil
      assert(address)
    end
    table.sort(all)
    assert(table.concat(all, ' ') == '-A- -A- R--', output)
  end)

  test('guess_handle', function(_, uv)
    local kinds = { tty = true, pipe = true, tcp = true, udp = true, file = true, unknown = true }
    for fd = 0, 2 do assert(kinds[uv.guess_handle(fd)]) end
    assert(uv.guess_handle(99999) == 'unknown')
    assert(uv.guess_handle(-1) == 'unknown' and not pcall(uv.guess_handle))
  end)
end)
