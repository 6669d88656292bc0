local ffi = require('ffi')
local uv = require('uv')
local windows = require('los').type() == 'win32'

--- Runs a shell command; `onDone(output, code, signal)` gets what it wrote to its standard output.
local function capture(script, options, onDone)
  local output, parts, code, signal = uv.new_pipe(), {}, nil, nil
  options.args = { '-c', script }
  options.stdio = options.stdio or { nil, output, 2 }
  options.stdio[2] = output
  local ended = 0
  local child
  local function finish()
    ended = ended + 1
    if ended == 2 then
      output:close()
      child:close()
      onDone(table.concat(parts), code, signal)
    end
  end
  child = assert(uv.spawn('/bin/sh', options, function(...)
    code, signal = ...
    finish()
  end))
  output:read_start(function(err, chunk)
    assert(not err, err)
    if chunk then
      parts[#parts + 1] = chunk
    else
      finish()
    end
  end)
  return child
end

--- How many descriptors are open; nothing where there is no /proc.
local function descriptors()
  -- A moment later, when popen has closed the other end of its pipe.
  local list = io.popen('sleep 0.02; ls /proc/' .. uv.os_getpid() .. '/fd 2>/dev/null')
  local count = select(2, list:read('*a'):gsub('%d+', ''))
  list:close()
  return count > 0 and count or nil
end

--- How many children this process has, zombies included; nothing where there is no /proc.
local function children()
  local file = io.open('/proc/self/task/' .. uv.os_getpid() .. '/children')
  if not file then return end
  local count = select(2, file:read('*a'):gsub('%d+', ''))
  file:close()
  return count
end

require('tap')(function(test)
  if windows then
    test('exit codes and kill', function(expect, uv)
      local child, pid
      child, pid = uv.spawn('cmd.exe', { args = { '/c', 'exit 7' }, hide = true }, expect(function(code, signal)
        assert(code == 7 and signal == 0, code .. ' ' .. signal)
        assert(child:get_pid() == pid)
        child:close()
      end, 1))
      local other
      other = uv.spawn('cmd.exe', { args = { '/c', 'pause' } }, expect(function(_, signal)
        assert(signal == 15)
        other:close()
      end, 1))
      assert(other:kill() == 0)
      local value, err, code = uv.spawn('no-such-program', {})
      assert(value == nil and err == 'ENOENT: no such file or directory' and code == 'ENOENT')
      assert(select(3, uv.spawn('cmd.exe', { uid = 1 })) == 'ENOTSUP')
      assert(select(3, uv.spawn('cmd.exe', { stdio = { nil, nil, nil, uv.new_pipe() } })) == 'ENOTSUP')
      uv.walk(function(handle)
        if handle:get_type() == 'pipe' then handle:close() end
      end)
    end)

    -- Runs `script` in a luvit of its own; `onDone(output, errors, code)`.
    local function script(expect, text, options, onDone)
      local output, errors = uv.new_pipe(), uv.new_pipe()
      local said, code, left, child = { '', '' }, nil, 3, nil
      local file, name = assert(uv.fs_mkstemp(uv.os_tmpdir() .. '/luvit-process-XXXXXX'))
      assert(uv.fs_write(file, text) and uv.fs_close(file))
      local function done(handle)
        handle:close()
        left = left - 1
        if left == 0 then
          assert(uv.fs_unlink(name))
          onDone(said[1], said[2], code)
        end
      end
      options.args = { name, unpack(options.args or {}) }
      options.stdio = { options.input, output, errors }
      child = assert(uv.spawn(uv.exepath(), options, expect(function(status)
        code = status
        done(child)
      end, 1)))
      for i, pipe in ipairs({ output, errors }) do
        assert(pipe:is_readable() and not pipe:is_writable())
        pipe:read_start(function(err, data)
          assert(not err, err)
          if not data then return done(pipe) end
          said[i] = said[i] .. data
        end)
      end
      return child
    end

    test('the three standard streams are pipes', function(expect)
      local input, long = uv.new_pipe(), ('0123456789abcdef'):rep(20000)
      script(expect, [[
        local uv = require('uv')
        assert(uv.guess_handle(0) == 'pipe' and uv.guess_handle(1) == 'pipe' and uv.guess_handle(2) == 'pipe')
        local stdin, stdout, count = uv.new_pipe(), uv.new_pipe(), 0
        assert(stdin:open(0) == 0 and stdout:open(1) == 0 and stdin:is_readable() and stdout:is_writable())
        stdin:read_start(function(err, data)
          assert(not err, err)
          if data then
            count = count + #data
            return stdout:write(data:upper())
          end
          io.stderr:write(count)
          stdin:close()
          stdout:close()
        end)
        uv.run()]], { input = input, hide = true }, expect(function(output, errors, code)
        assert(output == long:upper() .. 'END' and errors == tostring(#output) and code == 0, errors)
      end))
      assert(input:is_writable() and not input:is_readable())
      input:write(long)
      input:write('end', expect(function(err) assert(not err, err) end))
      input:shutdown(expect(function(err)
        assert(not err, err)
        input:close()
      end))
    end)

    test('arguments, environment, folder, and a file as input', function(expect)
      local fd, name = assert(uv.fs_mkstemp(uv.os_tmpdir() .. '/luvit-process-XXXXXX'))
      assert(uv.fs_write(fd, 'from a file', 0))
      local folder = assert(uv.fs_realpath(uv.os_tmpdir()))
      local words = { 'a b', 'quo"te', 'back\\', '', 'back\\"', 'é' }
      script(expect, [[
        local uv = require('uv')
        assert(uv.guess_handle(0) == 'file')
        io.write(table.concat({ uv.os_getenv('LUVIT_WORD'), uv.cwd(), io.read('*a'), unpack(process.argv, 2) }, '|'))]], {
        input = fd, cwd = folder, env = { 'LUVIT_WORD=wörd' }, args = words,
      }, expect(function(output, errors, code)
        uv.fs_close(fd)
        assert(uv.fs_unlink(name))
        assert(code == 0 and errors == '', errors)
        assert(output == table.concat({ 'wörd', folder, 'from a file', unpack(words) }, '|'), output)
      end))
    end)
    return
  end

  test('handle, pid, code and signal', function(expect, uv)
    local child, pid
    child, pid = uv.spawn('/bin/sh', { args = { '-c', 'exit 7' } }, expect(function(...)
      local code, signal = ...
      assert(select('#', ...) == 2 and code == 7 and signal == 0)
      assert(child:is_active() == false and child:is_closing() == false)
      assert(child:get_pid() == pid and uv.process_get_pid(child) == pid)
      -- It was waited for: the number may be anybody's.
      assert(select(3, child:kill(0)) == 'ESRCH')
      child:close(expect(function() end, 1))
    end, 1))
    assert(tostring(child):match('^uv_process_t: 0x%x+$') and child:get_type() == 'process')
    assert(pid > 0 and child:get_pid() == pid and child:is_active() and child:has_ref())
    assert(child:kill(0) == 0)
  end)

  test('what stands in the path', function(expect, uv)
    capture('echo "$0 $1 $#"', {}, expect(function(output, code)
      assert(output == '/bin/sh  0\n' and code == 0, output)
    end))
    local named = uv.new_pipe()
    local child
    child = uv.spawn('/bin/sh', { argv0 = 'other', args = { '-c', 'echo $0 >&1' }, stdio = { nil, named } },
      expect(function() child:close() end))
    named:read_start(expect(function(_, chunk)
      if chunk then assert(chunk == 'other\n', chunk) else named:close() end
    end))
    -- Numbers are numerals.
    local numbers, echo = uv.new_pipe(), nil
    echo = uv.spawn('echo', { args = { 1, 2.5, 'x' }, stdio = { nil, numbers } }, expect(function() echo:close() end))
    numbers:read_start(expect(function(_, chunk)
      if chunk then assert(chunk == '1 2.5 x\n', chunk) else numbers:close() end
    end))
  end)

  test('kill', function(expect, uv)
    for _, case in ipairs { { nil, 15 }, { 'sigint', 2 }, { 'SIGKILL', 9 }, { 'usr1', uv.constants.SIGUSR1 }, { 1, 1 } } do
      local child
      child = uv.spawn('sleep', { args = { 100 } }, expect(function(code, signal)
        assert(code == 0 and signal == case[2], signal)
        child:close()
      end, 1))
      assert(child:kill(case[1]) == 0)
    end
    local child, pid
    child, pid = uv.spawn('sleep', { args = { '100' } }, expect(function(_, signal)
      assert(signal == 9)
      child:close()
    end, 1))
    assert(select(3, child:kill(1000)) == 'EINVAL')
    assert(not pcall(child.kill, child, 'sigfoo') and not pcall(child.kill, child, {}))
    assert(uv.kill(pid, 'sigkill') == 0)
  end)

  test('errors', function(_, uv)
    local before = descriptors()
    local function fails(name, path, options)
      local value, err, code = uv.spawn(path, options, function() error('it never ran') end)
      assert(value == nil and code == name and err:find('^' .. name .. ': '), tostring(code))
    end
    -- A folder of our own `PATH` that we may not look into would be EACCES.
    local system = { 'PATH=/usr/bin:/bin' }
    fails('ENOENT', 'no-such-program', { env = system })
    fails('ENOENT', '/no/such/program', {})
    fails('ENOENT', '', {})
    fails('EACCES', '/etc/passwd', {})
    fails('EACCES', '/', {})
    fails('ENOENT', 'true', { cwd = '/no/such/folder' })
    fails('ENOTDIR', 'true', { cwd = '/etc/passwd' })
    fails('ENOENT', 'true', { env = { 'PATH=/no/such/folder:/etc' } })
    fails('EINVAL', 'true', { stdio = { -1 } })
    fails('EBADF', 'true', { stdio = { 4321 } })
    fails('EINVAL', 'true', { args = { 'a\0b' } })
    fails('EINVAL', 'tr\0ue', {})
    fails('EINVAL', 'true', { env = { 'A=\0' } })
    fails('E2BIG', 'true', { args = { ('x'):rep(4e6) } })
    if uv.getuid() ~= 0 then
      fails('EPERM', 'true', { uid = 0 })
      fails('EPERM', 'true', { gid = 0 })
    end
    -- A pipe is as good as new afterwards.
    local pipe, fresh = uv.new_pipe(), uv.new_tcp()
    fails('ENOENT', 'no-such-program', { env = system, stdio = { pipe, 1, 2, 4 } })
    assert(select(3, pipe:fileno()) == 'EBADF' and not pipe:is_writable() and not pipe:is_active())
    fails('EINVAL', 'true', { stdio = { pipe, pipe } })
    fails('EINVAL', 'true', { stdio = { nil, nil, pipe, fresh } })
    local closing = uv.new_pipe()
    closing:close()
    fails('EINVAL', 'true', { stdio = { closing } })
    pipe:close()
    fresh:close()
    uv.run()
    assert((descriptors() or 0) <= (before or 0))
    uv.walk(function(handle) assert(handle:get_type() ~= 'process' or handle:is_closing()) end)
    assert((children() or 0) == 0)

    local function raises(text, ...)
      local ok, err = pcall(uv.spawn, ...)
      assert(not ok and err:find(text, 1, true), err)
    end
    raises('(string expected, got table)', {}, {})
    raises('(table expected, got no value)', 'true')
    raises('(function or callable table expected, got number)', 'true', {}, 5)
    raises('args option must be table', 'true', { args = 'x' })
    raises('at index 2 of option args', 'true', { args = { 'x', {} } })
    raises('env option must be table', 'true', { env = 'x' })
    raises('at index 1 of option env', 'true', { env = { true } })
    raises('cwd option must be string', 'true', { cwd = {} })
    raises('stdio option must be table', 'true', { stdio = 1 })
    raises('stdio table entries must be nil, uv_stream_t, or integer', 'true', { stdio = { 'a' } })
    raises('stdio table entries must be nil, uv_stream_t, or integer', 'true', { stdio = { true } })
    raises('uid option must be number', 'true', { uid = 'x' })
    raises('gid option must be number', 'true', { gid = -1 })
  end)

  test('pid of what is no process', function(_, uv)
    local timer = uv.new_timer()
    local ok, err = pcall(uv.process_get_pid, timer)
    assert(not ok and err:find('uv_process', 1, true), err)
    assert(not pcall(uv.process_kill, timer))
    timer:close()
  end)

  test('pipes have the directions of the child', function(expect, uv)
    local input, output, both = uv.new_pipe(), uv.new_pipe(), uv.new_pipe()
    local child
    child = uv.spawn('sh', {
      args = { '-c', 'cat; cat <&3 >&3' },
      stdio = { input, output, nil, both },
    }, expect(function(code)
      assert(code == 0)
      child:close()
    end, 1))
    assert(input:is_writable() and not input:is_readable())
    assert(output:is_readable() and not output:is_writable())
    assert(both:is_readable() and both:is_writable())
    local function collect(pipe, expected)
      local parts = {}
      pipe:read_start(expect(function(err, chunk)
        assert(not err, err)
        if chunk then
          parts[#parts + 1] = chunk
        else
          local text = table.concat(parts)
          assert(text == expected, #text)
          pipe:close()
        end
      end))
    end
    local big = ('0123456789'):rep(100000)
    collect(output, big)
    collect(both, 'three')
    input:write(big)
    input:shutdown(expect(function() input:close() end, 1))
    both:write('three')
    both:shutdown()
  end)

  test('descriptors and streams are inherited, in any order', function(expect, uv)
    ffi.cdef('int pipe(int *ends); int close(int fd);')
    local ends, result = ffi.new('int[2]'), uv.new_pipe()
    assert(ffi.C.pipe(ends) == 0)
    local fd = ends[1]
    assert(result:open(ends[0]))
    local out, child = uv.new_pipe(), nil
    -- 1 and 2 change places, 3 is left out, 6 is behind a gap; the child is asked what it has.
    child = uv.spawn('sh', {
      args = { '-c', 'echo two >&2; echo four >&4; echo six >&6; (echo >&3) 2>/dev/null || echo none >&4;' ..
        '(echo >&5) 2>/dev/null || echo none >&4' },
      stdio = { nil, 2, out, false, fd, nil, fd },
    }, expect(function(code)
      assert(code == 0)
      child:close()
    end, 1))
    out:read_start(expect(function(_, chunk)
      if chunk then assert(chunk == 'two\n', chunk) else out:close() end
    end))
    ffi.C.close(fd)
    local parts = {}
    result:read_start(expect(function(_, chunk)
      if chunk then
        parts[#parts + 1] = chunk
      else
        local text = table.concat(parts)
        assert(text == 'four\nsix\nnone\nnone\n', text)
        result:close()
      end
    end))
  end)

  test('a socket is inherited', function(expect, uv)
    local server, client = uv.new_tcp(), uv.new_tcp()
    assert(server:bind('127.0.0.1', 0))
    server:listen(1, expect(function()
      local peer = uv.new_tcp()
      server:accept(peer)
      local child
      child = uv.spawn('sh', { args = { '-c', 'read line; echo "got $line"' }, stdio = { peer, peer } },
        expect(function(code)
          assert(code == 0)
          child:close()
        end, 1))
      assert(child)
      peer:close()
      server:close()
    end, 1))
    client:connect('127.0.0.1', server:getsockname().port, expect(function(err)
      assert(not err, err)
      client:write('line\n')
      client:read_start(expect(function(_, chunk)
        if chunk then assert(chunk == 'got line\n', chunk) else client:close() end
      end))
    end, 1))
  end)

  test('descriptors that are not named stay here, the standard ones block', function(expect, uv)
    if not descriptors() then return end
    local listener = uv.new_tcp()
    listener:bind('127.0.0.1', 0)
    local link = io.popen(('readlink /proc/%d/fd/%d'):format(uv.os_getpid(), listener:fileno()))
    local name = link:read('*l')
    link:close()
    assert(name:find('^socket:'))
    capture('readlink /proc/$$/fd/*', {}, expect(function(output)
      assert(output:find('socket:', 1, true), 'its standard output')
      assert(not output:find(name, 1, true), output)
      assert(not output:find('event', 1, true), output)
      listener:close()
    end))
    local input = uv.new_pipe()
    capture('for fd in 0 1 2; do grep flags: /proc/self/fdinfo/$fd; done', {
      stdio = { input, nil, nil },
    }, expect(function(output)
      for flags in output:gmatch('flags:%s*(%d+)') do
        assert(require('bit').band(tonumber(flags, 8), 2048) == 0, output)
      end
      input:close()
    end))
  end)

  test('env', function(expect, uv)
    capture('echo $A-$B-$HOME', { env = { 'A=1', 'B=2', 'PATH=/bin:/usr/bin' } }, expect(function(output)
      assert(output == '1-2-\n', output)
    end))
    capture('/usr/bin/env', { env = {} }, expect(function(output)
      -- What the shell itself sets.
      for name in output:gmatch('([^=\n]+)=[^\n]*') do
        assert(name == 'PWD' or name == 'SHLVL' or name == '_' or name == 'OLDPWD', output)
      end
    end))
    process.env.LUVIT_PROCESS_TEST = 'inherited'
    capture('echo $LUVIT_PROCESS_TEST', {}, expect(function(output)
      assert(output == 'inherited\n', output)
      process.env.LUVIT_PROCESS_TEST = nil
    end))
    -- The program is looked up in the child's PATH; without one, where programs are.
    local child
    child = assert(uv.spawn('true', { env = { 'A=1' } }, expect(function() child:close() end)))
  end)

  test('cwd, and programs relative to it', function(expect, uv)
    capture('pwd -P', { cwd = '/' }, expect(function(output) assert(output == '/\n', output) end))
    local folder = os.tmpname()
    os.remove(folder)
    assert(os.execute("mkdir '" .. folder .. "'"))
    local script = folder .. '/script'
    -- Without `#!` it is the shell's, as execvp does.
    local file = assert(io.open(script, 'w'))
    file:write('echo "$1"; exit 3\n')
    file:close()
    assert(os.execute("chmod 755 '" .. script .. "'"))
    local left = 3
    local function done(code)
      assert(code == 3, code)
      left = left - 1
      if left == 0 then
        os.remove(script)
        os.execute("rmdir '" .. folder .. "'")
      end
    end
    for _, case in ipairs {
      { './script', { cwd = folder } },
      { 'script', { env = { 'PATH=/no/such/folder:' .. folder } } },
      { 'script', { cwd = folder, env = { 'PATH=:/bin' } } },
    } do
      local child, out = nil, uv.new_pipe()
      case[2].args, case[2].stdio = { 'argument' }, { nil, out }
      child = assert(uv.spawn(case[1], case[2], expect(function(code)
        child:close()
        done(code)
      end, 1)))
      out:read_start(expect(function(_, chunk)
        if chunk then assert(chunk == 'argument\n', chunk) else out:close() end
      end))
    end
  end)

  test('detached, uid and gid', function(expect, uv)
    local child, pid
    child, pid = uv.spawn('sleep', { args = { 100 }, detached = true, hide = true, verbatim = true },
      expect(function(_, signal)
        assert(signal == 15)
        child:close()
      end, 1))
    -- It leads a group: the group has its number.
    assert(uv.kill(-pid, 'sigterm') == 0)
    capture('id -u; id -g', { uid = uv.getuid(), gid = uv.getgid() }, expect(function(output)
      assert(output == uv.getuid() .. '\n' .. uv.getgid() .. '\n', output)
    end))
    if uv.getuid() == 0 then
      capture('id -u; id -g; id -G', { uid = 12345, gid = 54321 }, expect(function(output)
        assert(output == '12345\n54321\n54321\n', output)
      end))
    end
  end)

  test('signals are as at the start of a program', function(expect, uv)
    local status = io.open('/proc/self/status')
    if status then status:close() end
    local watcher = uv.new_signal()
    watcher:start('sigusr2', function() end)
    watcher:unref()
    capture(status and 'grep -E "^Sig(Blk|Ign)" /proc/self/status' or 'true', {}, expect(function(output)
      -- 32 and 33 are the C library's own: a parent that used its posix_spawn leaves them ignored.
      for set in output:gmatch(':%s*(%x+)') do
        local number = tonumber(set, 16)
        assert(number % 2 ^ 31 == 0 and number < 2 ^ 33, output)
      end
      watcher:close()
    end))
    -- Programs in Rust ignore it.
    local child
    child = uv.spawn('sh', { args = { '-c', 'kill -s PIPE $$' } }, expect(function(_, signal)
      assert(signal == uv.constants.SIGPIPE, signal)
      child:close()
    end, 1))
  end)

  test('a watcher of SIGCHLD hears too', function(expect, uv)
    local watcher, child = uv.new_signal(), nil
    local heard, ended = false, false
    local function done()
      if heard and ended then watcher:close() end
    end
    watcher:start('sigchld', expect(function()
      if not heard then
        heard = true
        done()
      end
    end))
    child = uv.spawn('true', {}, expect(function()
      child:close()
      ended = true
      done()
    end, 1))
  end)

  test('nobody has to hold, close or await a child', function(expect, uv)
    -- Closed while it runs: no event, and no zombie once another has ended.
    local closed = uv.spawn('sleep', { args = { '0.05' } }, function() error('it was closed') end)
    closed:close()
    -- Without a callback, and collected.
    uv.spawn('true', {})
    uv.spawn('true', {}, expect(function() end, 1))
    collectgarbage()
    collectgarbage()
    -- Not referenced: the loop does not wait.
    local idle = uv.spawn('sleep', { args = { 100 } }, function() error('nobody runs the loop') end)
    idle:unref()
    uv.run()
    assert(idle:is_active())
    idle:close()
    uv.kill(idle:get_pid(), 'sigkill')
    uv.run()
    -- The next that ends is an occasion to wait for those as well.
    local tries = 0
    local function again()
      local child
      child = uv.spawn('sleep', { args = { '0.05' } }, expect(function()
        child:close()
        collectgarbage()
        tries = tries + 1
        if (children() or 0) > 0 and tries < 200 then again() end
      end))
    end
    again()
    uv.run()
    assert((children() or 0) == 0)
  end)

  test('an error in the callback is an uncaught one, and callables are called', function(expect, uv)
    local child
    local callable = setmetatable({}, { __call = expect(function(self, code, signal)
      assert(type(self) == 'table' and code == 0 and signal == 0)
      child:close()
    end, 1) })
    child = uv.spawn('true', {}, callable)
    uv.run()
    local listeners = process:listeners('uncaughtException')
    process:removeAllListeners('uncaughtException')
    process:once('uncaughtException', expect(function(err)
      assert(tostring(err):find('on purpose', 1, true))
    end, 1))
    local failing
    failing = uv.spawn('true', {}, function()
      failing:close()
      error('on purpose')
    end)
    uv.run()
    for _, listener in ipairs(listeners) do
      if listener then process:on('uncaughtException', listener) end
    end
  end)

  test('a thousand at once', function(_, uv)
    local before = descriptors()
    local ended = 0
    for number = 1, 1000 do
      local child
      child = assert(uv.spawn('/bin/sh', { args = { '-c', 'exit ' .. number % 256 } }, function(code, signal)
        assert(code == number % 256 and signal == 0)
        ended = ended + 1
        child:close()
      end))
    end
    uv.run()
    assert(ended == 1000, ended)
    local after = descriptors()
    assert((after or 0) <= (before or 0), ('%s descriptors, then %s'):format(before, after))
    assert((children() or 0) == 0, children())
  end)

  test('whatever is done with them, each ends once and nothing is left', function(_, uv)
    local seed = tonumber(os.getenv('LUVIT_SEED')) or tonumber(uv.hrtime() % 2 ^ 31)
    print('# LUVIT_SEED=' .. seed)
    math.randomseed(seed)
    local before = descriptors()
    local live, exits, closed, pipes = {}, {}, {}, {}
    local commands = { 'exit 3', 'sleep 0.01', 'exec sleep 100', 'cat 2>/dev/null', 'kill -9 $$', 'echo text >/dev/null' }
    local function close(child)
      if not child:is_closing() then
        closed[child] = true
        child:close()
      end
    end
    local function act()
      local what = math.random(10)
      local child = live[math.random(math.max(#live, 1))]
      if what <= 4 then
        local stdio = {}
        for target = 1, math.random(5) do
          local choice = math.random(3)
          if choice == 1 then
            local pipe = uv.new_pipe()
            pipes[#pipes + 1], stdio[target] = pipe, pipe
          else
            stdio[target] = choice == 2 and 2 or false
          end
        end
        local new
        local path = math.random(8) == 1 and '/no/such/program' or '/bin/sh'
        new = uv.spawn(path, {
          args = { '-c', commands[math.random(#commands)] },
          stdio = stdio,
          detached = math.random(2) == 1,
        }, function()
          exits[new] = (exits[new] or 0) + 1
          assert(not closed[new])
          if math.random(2) == 1 then close(new) end
        end)
        assert((new == nil) == (path ~= '/bin/sh'))
        if new then live[#live + 1] = new end
      elseif what <= 6 and child then
        child:kill(math.random(2) == 1 and 'sigterm' or 'sigkill')
      elseif what == 7 and child then
        if not exits[child] and not closed[child] then child:kill('sigkill') end
        close(child)
      elseif what == 8 then
        for _, pipe in ipairs(pipes) do
          if not pipe:is_closing() then pipe:close() end
        end
        pipes = {}
      else
        uv.run('nowait')
      end
    end
    for _ = 1, 400 do act() end
    for _, child in ipairs(live) do
      if not exits[child] and not closed[child] then child:kill('sigkill') end
    end
    for _, pipe in ipairs(pipes) do
      if not pipe:is_closing() then pipe:close() end
    end
    uv.run()
    for _, child in ipairs(live) do
      assert(closed[child] or exits[child] == 1)
      assert((exits[child] or 0) <= 1)
      close(child)
    end
    uv.run()
    assert((descriptors() or 0) <= (before or 0))
    -- Those that were closed are killed; they are waited for as others end.
    local tries = 0
    while (children() or 0) > 0 and tries < 200 do
      tries = tries + 1
      local child
      child = uv.spawn('sleep', { args = { '0.02' } }, function() child:close() end)
      uv.run()
    end
    assert((children() or 0) == 0)
  end)

  test('disable_stdio_inheritance', function(expect, uv)
    -- In a process of its own: it cannot be taken back.
    local script = [[
      local uv = require('uv')
      assert(select('#', uv.disable_stdio_inheritance()) == 0)
      local child
      child = uv.spawn('sh', { args = { '-c', '(echo no >&3) 2>/dev/null; echo yes' }, stdio = { 0, 1, 2 } },
        function() child:close() end)
      uv.run()
    ]]
    local out, extra, child = uv.new_pipe(), uv.new_pipe(), nil
    child = assert(uv.spawn(uv.exepath(), { args = { '-e', script }, stdio = { nil, out, 2, extra } },
      expect(function(code)
        assert(code == 0, code)
        child:close()
      end, 1)))
    out:read_start(expect(function(_, chunk)
      if chunk then assert(chunk == 'yes\n', chunk) else out:close() end
    end))
    extra:read_start(expect(function(_, chunk)
      assert(chunk == nil)
      extra:close()
    end, 1))
  end)

  test('a program ends while its child runs', function(expect, uv)
    local script = [[
      local uv = require('uv')
      local child, pid = uv.spawn('sleep', { args = { 100 }, detached = true, stdio = {} })
      child:unref()
      print(pid)
    ]]
    local out, pid, child = uv.new_pipe(), nil, nil
    child = assert(uv.spawn(uv.exepath(), { args = { '-e', script }, stdio = { nil, out, 2 } },
      expect(function(code)
        assert(code == 0, code)
        child:close()
      end, 1)))
    out:read_start(expect(function(_, chunk)
      if chunk then
        pid = tonumber(chunk)
      else
        assert(uv.kill(pid, 'sigkill') == 0)
        out:close()
      end
    end))
  end)
end)
