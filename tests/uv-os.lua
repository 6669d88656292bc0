require('tap')(function(test)
  local windows = require('ffi').os == 'Windows'

  ---Asserts luv's failure: `nil, "CODE: text", "CODE"`.
  local function fails(expected, value, err, code)
    assert(value == nil and code == expected and err:find('^' .. expected .. ': '), tostring(code))
  end

  test('environment', function(_, uv)
    assert(uv.os_setenv('LUVIT_TEST_ENV', 'välue') == true)
    assert(uv.os_getenv('LUVIT_TEST_ENV') == 'välue' and uv.os_environ().LUVIT_TEST_ENV == 'välue')
    -- The C library of Windows has a copy of its own, from the start.
    assert(windows or os.getenv('LUVIT_TEST_ENV') == 'välue')
    assert(uv.os_setenv('LUVIT_TEST_ENV', '') == true)
    assert(windows or uv.os_getenv('LUVIT_TEST_ENV') == '')
    assert(uv.os_unsetenv('LUVIT_TEST_ENV') == true and uv.os_unsetenv('LUVIT_TEST_ENV') == true)
    fails('ENOENT', uv.os_getenv('LUVIT_TEST_ENV'))
    for _, name in ipairs({ '', 'a=b', 'a\0b' }) do
      fails('ENOENT', uv.os_getenv(name))
      fails('EINVAL', uv.os_setenv(name, 'x'))
      fails('EINVAL', uv.os_unsetenv(name))
    end
    fails('EINVAL', uv.os_setenv('LUVIT_TEST_ENV', 'a\0b'))
    assert(not pcall(uv.os_getenv) and not pcall(uv.os_setenv, 'x') and not pcall(uv.os_unsetenv))
  end)

  test('room for a variable', function(_, uv)
    uv.os_setenv('LUVIT_TEST_ROOM', ('x'):rep(10000))
    assert(#uv.os_getenv('LUVIT_TEST_ROOM') == 10000 and #uv.os_getenv('LUVIT_TEST_ROOM', 10001) == 10000)
    fails('ENOBUFS', uv.os_getenv('LUVIT_TEST_ROOM', 10000))
    fails('EINVAL', uv.os_getenv('LUVIT_TEST_ROOM', 0))
    fails('EINVAL', uv.os_getenv('LUVIT_TEST_ROOM', -1))
    assert(not pcall(uv.os_getenv, 'LUVIT_TEST_ROOM', {}))
    uv.os_unsetenv('LUVIT_TEST_ROOM')
  end)

  test('folders of the user and for temporary files', function(_, uv)
    assert(#uv.os_homedir() > 0 and #uv.os_tmpdir() > 0)
    if windows then return end
    local old = {}
    for _, name in ipairs({ 'TMPDIR', 'TMP', 'TEMP', 'TEMPDIR', 'HOME' }) do
      old[name] = uv.os_getenv(name) or false
      uv.os_unsetenv(name)
    end
    assert(uv.os_tmpdir() == '/tmp' and uv.os_homedir() == uv.os_get_passwd().homedir)
    uv.os_setenv('TEMPDIR', '/d/')
    assert(uv.os_tmpdir() == '/d')
    uv.os_setenv('TMPDIR', '/a')
    uv.os_setenv('HOME', '/home/of')
    assert(uv.os_tmpdir() == '/a' and uv.os_homedir() == '/home/of')
    uv.os_unsetenv('TEMPDIR')
    for name, value in pairs(old) do
      if value then uv.os_setenv(name, value) else uv.os_unsetenv(name) end
    end
  end)

  test('the system', function(_, uv)
    assert(#uv.os_gethostname() > 0)
    local name = uv.os_uname()
    for _, field in ipairs({ 'sysname', 'release', 'version', 'machine' }) do
      assert(type(name[field]) == 'string', field)
    end
    assert(windows or #name.sysname > 0 and #name.machine > 0)
    assert(uv.uptime() > 0)
    local load = { uv.loadavg() }
    assert(#load == 3 and load[1] >= 0 and load[2] >= 0 and load[3] >= 0)
  end)

  test('processors', function(_, uv)
    local cpus = uv.cpu_info()
    local count = uv.available_parallelism()
    assert(#cpus >= 1 and count >= 1 and count == math.floor(count))
    for _, cpu in ipairs(cpus) do
      assert(#cpu.model > 0 and cpu.speed >= 0)
      for _, time in ipairs({ 'user', 'nice', 'sys', 'idle', 'irq' }) do
        assert(cpu.times[time] >= 0 and cpu.times[time] == math.floor(cpu.times[time]), time)
      end
    end
  end)

  test('the process', function(_, uv)
    assert(uv.os_getpid() == process.pid and uv.getpid() == process.pid)
    -- Under Wine the parent may be no process of Windows.
    assert(uv.os_getppid() ~= process.pid and (uv.os_getppid() > 0 or windows))
    local user = uv.os_get_passwd()
    assert(#user.username > 0 and #user.homedir > 0)
    if windows then
      assert(user.uid == nil and user.gid == nil and user.shell == nil)
      fails('ENOTSUP', uv.getuid())
      fails('ENOTSUP', uv.getgid())
    else
      assert(user.uid == uv.getuid() and user.gid and user.shell)
      assert(uv.getgid() >= 0)
    end
  end)

  test('taking another user', function(_, uv)
    for _, name in ipairs({ 'setuid', 'setgid' }) do
      local own = not windows and uv[name:gsub('set', 'get')]()
      if own then assert(select('#', uv[name](own)) == 0) end
      for _, bad in ipairs({ -1, 2 ^ 32, 2 ^ 60 }) do
        local ok, err = pcall(function() uv[name](bad) end)
        assert(not ok and err:find('Error setting [UG]ID: '), err)
      end
      assert(not pcall(uv[name]) and not pcall(uv[name], {}))
    end
  end)

  test('priorities', function(_, uv)
    local own = uv.os_getpriority(0)
    assert(own >= -20 and own < 20 and uv.os_getpriority(process.pid) == own)
    assert(uv.os_setpriority(0, own) == true and uv.os_setpriority(process.pid, own) == true)
    fails('EINVAL', uv.os_setpriority(0, 20))
    fails('EINVAL', uv.os_setpriority(0, -21))
    fails('EINVAL', uv.os_setpriority(0, 2 ^ 40))
    fails('ESRCH', uv.os_getpriority(2 ^ 31 - 1))
    fails('ESRCH', uv.os_getpriority(2 ^ 40))
    fails('ESRCH', uv.os_setpriority(2 ^ 31 - 1, 0))
    assert(not pcall(uv.os_getpriority) and not pcall(uv.os_setpriority, 0) and not pcall(uv.os_setpriority))
  end)

  test('resources used', function(_, uv)
    local sum = 0
    for i = 1, 1e6 do sum = sum + i end
    local counts = { 'maxrss', 'ixrss', 'idrss', 'isrss', 'minflt', 'majflt', 'nswap', 'inblock', 'oublock', 'msgsnd',
      'msgrcv', 'nsignals', 'nvcsw', 'nivcsw' }
    local all, thread = uv.getrusage(), uv.getrusage_thread()
    for _, usage in ipairs({ all, thread }) do
      for _, name in ipairs({ 'utime', 'stime' }) do
        assert(usage[name].sec >= 0 and usage[name].usec >= 0 and usage[name].usec < 1e6, name)
      end
      for _, name in ipairs(counts) do assert(usage[name] >= 0, name) end
    end
    assert(all.maxrss > 0 and all.maxrss * 1024 < uv.get_total_memory())
    local function cpu(usage) return usage.utime.sec + usage.utime.usec / 1e6 end
    assert(cpu(thread) <= cpu(uv.getrusage()) + 0.1)
  end)

  test('the title', function(_, uv)
    local old = uv.get_process_title()
    assert(type(old) == 'string')
    -- Windows has a title only with a console.
    if windows then return end
    assert(#old > 0)
    assert(uv.set_process_title('short') == 0 and uv.get_process_title() == 'short')
    local environment = uv.os_environ()
    assert(uv.set_process_title(('long '):rep(50000)) == 0)
    local title = uv.get_process_title()
    assert(#title > 0 and ('long '):rep(50000):sub(1, #title) == title)
    -- Neither the environment nor the arguments of the program change with it.
    for name, value in pairs(uv.os_environ()) do assert(environment[name] == value, name) end
    assert(args[0] ~= title)
    local shown = io.open('/proc/self/cmdline', 'rb')
    if shown then
      assert(shown:read('*a') == title .. '\0')
      shown:close()
      assert(io.open('/proc/self/comm'):read('*l') == ('long long long '):sub(1, 15))
    end
    assert(uv.set_process_title('') == 0 and uv.get_process_title() == '')
    fails('EINVAL', uv.set_process_title('a\0b'))
    assert(not pcall(uv.set_process_title) and not pcall(uv.set_process_title, {}))
    assert(uv.set_process_title(old) == 0 and uv.get_process_title() == old)
  end)

  test('another user and group', function(expect, uv)
    if windows then return end
    local program = [[
      local uv = require('uv')
      local root = uv.getuid() == 0
      local function try(set, get, id)
        local ok, err = pcall(set, id)
        if root then
          assert(ok and get() == id, err)
          root = uv.getuid() == 0
        else
          assert(not ok and err:find('EPERM', 1, true), err)
        end
      end
      try(uv.setgid, uv.getgid, 54321)
      try(uv.setuid, uv.getuid, 12345)
      assert(not pcall(uv.setuid) and not pcall(uv.setgid, 'root'))
      os.exit(7)
    ]]
    local child
    child = uv.spawn(uv.exepath(), { args = { '-e', program }, stdio = { nil, 1, 2 } }, expect(function(code)
      assert(code == 7, code)
      child:close()
    end))
  end)
end)
