require('tap')(function(test)
  test('clocks', function(_, uv)
    local a = uv.hrtime()
    uv.sleep(1)
    assert(uv.hrtime() - a >= 1e6)
    local sec, usec = uv.gettimeofday()
    assert(math.abs(sec - os.time()) <= 2 and usec >= 0 and usec < 1e6)
    assert(uv.uptime() > 0)
    assert(not pcall(uv.sleep, -1) and not pcall(uv.sleep))
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

  test('environment', function(_, uv)
    assert(uv.os_setenv('LUVIT_TEST_ENV', 'välue') == true)
    assert(uv.os_getenv('LUVIT_TEST_ENV') == 'välue' and uv.os_environ().LUVIT_TEST_ENV == 'välue')
    -- The C library of Windows has a copy of its own, from the start.
    assert(jit.os == 'Windows' or os.getenv('LUVIT_TEST_ENV') == 'välue')
    assert(uv.os_unsetenv('LUVIT_TEST_ENV') == true)
    local value, err, code = uv.os_getenv('LUVIT_TEST_ENV')
    assert(value == nil and err:find('^ENOENT: ') and code == 'ENOENT')
    for _, name in ipairs({ '', 'a=b', 'a\0b' }) do assert(not pcall(uv.os_setenv, name, 'x')) end
    assert(not pcall(uv.os_setenv, 'LUVIT_TEST_ENV', 'a\0b'))
  end)

  test('the process and the system', function(_, uv)
    assert(uv.os_getpid() == process.pid and uv.getpid() == process.pid and uv.os_getppid() > 0)
    assert(uv.resident_set_memory() > 0 and uv.get_total_memory() > uv.get_free_memory())
    assert(uv.available_parallelism() >= 1)
    local usage = uv.getrusage()
    assert(usage.utime.sec >= 0 and usage.utime.usec < 1e6 and usage.maxrss > 0)
    assert(#uv.os_gethostname() > 0)
    local name = uv.os_uname()
    assert(name.sysname and name.release and name.version and name.machine)
  end)

  test('versions, errors and constants', function(_, uv)
    assert(uv.version_string():find('^1%.%d+%.%d+$') and uv.version() >= 0x10000)
    local message, code = uv.translate_sys_error(uv.errno.ECONNREFUSED)
    assert(message == 'connection refused' and code == 'ECONNREFUSED')
    assert(uv.errno.EOF == -4095 and uv.constants.AF_INET == 2)
  end)

  test('guess_handle', function(_, uv)
    local kinds = { tty = true, pipe = true, tcp = true, udp = true, file = true, unknown = true }
    for fd = 0, 2 do assert(kinds[uv.guess_handle(fd)]) end
    assert(uv.guess_handle(99999) == 'unknown')
    assert(not pcall(uv.guess_handle, -1) and not pcall(uv.guess_handle))
  end)

  test('every function refuses nonsense without harm', function(_, uv)
    -- What would stop the program, wait, or change the process is left out.
    local skip = { run = true, sleep = true, stop = true, chdir = true, tty_reset_mode = true, kill = true }
    local timer, tcp = uv.new_timer(), uv.new_tcp()
    local closed = uv.new_timer()
    closed:close()
    uv.run()
    local values = { false, 0, -1, 2 ^ 60, 0 / 0, '', 'x', {}, function() end, newproxy(true), coroutine.create(print),
      io.stdout, timer, tcp, closed }
    math.randomseed(4711)
    for name, fn in pairs(uv) do
      if type(fn) == 'function' and not skip[name] and not name:find('^os_.*env') then
        for _ = 1, 60 do
          local args = {}
          local count = math.random(0, 4)
          for i = 1, count do args[i] = values[math.random(#values)] end
          local found = { pcall(fn, unpack(args, 1, count)) }
          -- What it made after all is closed.
          if found[1] and type(found[2]) == 'userdata' and pcall(uv.handle_get_type, found[2])
            and not uv.is_closing(found[2]) and found[2] ~= timer and found[2] ~= tcp then
            found[2]:close()
          end
        end
      end
    end
    for _, handle in ipairs({ timer, tcp }) do
      if not handle:is_closing() then handle:close() end
    end
  end)
end)
