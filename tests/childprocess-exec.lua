local childprocess = require('childprocess')
local core = require('core')
local windows = require('los').type() == 'win32'
local exec, execFile, spawn = childprocess.exec, childprocess.execFile, childprocess.spawn

local luvit = require('uv').exepath()

---The arguments for a luvit that runs a script. (An expression would be printed.)
local function lua(script)
  return { '-e', 'do ' .. script .. ' end' }
end

local function raises(text, fn, ...)
  local ok, err = pcall(fn, ...)
  assert(not ok and tostring(err):find(text, 1, true), tostring(err))
end

---Runs a function in a coroutine, which has to come to its end.
local function go(expect, fn)
  local done = expect(function() end, 1)
  coroutine.wrap(function()
    fn()
    done()
  end)()
end

require('tap')(function(test)
  test('the output of a program', function(expect)
    local child = execFile(luvit, lua('io.write("out") io.stderr:write("err")'), expect(function(err, stdout, stderr)
      assert(err == nil and stdout == 'out' and stderr == 'err')
    end, 1))
    assert(core.instanceof(child, childprocess.Process))
    child:on('exit', expect(function(code) assert(code == 0) end, 1))
    child:on('close', expect(function(code) assert(code == 0) end, 1))
    execFile(luvit, lua('io.write(tostring(require("uv").os_getenv("LUVIT_X")))'), { env = { LUVIT_X = 5 } },
      expect(function(err, stdout) assert(not err and stdout == '5', stdout) end, 1))
    execFile(luvit, { '-v' }, nil, expect(function(err, stdout) assert(not err and stdout:find('luvit')) end, 1))
    execFile(luvit, lua('io.write(io.read("*a"):upper())'), { input = 'text' }, expect(function(err, stdout)
      assert(not err and stdout == 'TEXT')
    end, 1))
    -- `echo` is a command of every shell.
    exec('echo some words', expect(function(err, stdout, stderr)
      assert(not err and stdout:find('^some words\r?\n$') and stderr == '', stdout)
    end, 1))
    exec('echo some words', {}, expect(function(err, stdout) assert(not err and stdout:find('some words')) end, 1))
    exec('exit 0')
    execFile(luvit, { '-v' })
  end)

  test('exit codes', function(expect)
    local script = 'io.write("out") io.stderr:write("what went wrong\\n") os.exit(3)'
    execFile(luvit, lua(script), expect(function(err, stdout, stderr)
      assert(core.instanceof(err, core.Error))
      assert(err.code == 3 and err.signal == nil and err.killed == false)
      assert(err.cmd == luvit .. ' -e do ' .. script .. ' end', err.cmd)
      assert(err.message == 'Command failed: ' .. err.cmd .. ' (exit code 3)\nwhat went wrong', err.message)
      assert(stdout == 'out' and err.stdout == stdout and stderr:find('^what went wrong\r?\n$') and err.stderr == stderr)
    end, 1))
    exec('exit 4', expect(function(err)
      assert(err.code == 4 and tostring(err) == 'Command failed: exit 4 (exit code 4)', tostring(err))
    end, 1))
    -- A long standard error is quoted from its end.
    execFile(luvit, lua('io.stderr:write(("x"):rep(100000), "the end") os.exit(1)'), expect(function(err)
      assert(#err.message < 2500 and err.message:find('the end$') and #err.stderr == 100007)
    end, 1))
  end)

  test('signals', function(expect)
    local child
    child = execFile(luvit, lua('io.write("started") io.flush() require("uv").sleep(60000)'), expect(function(err, stdout)
      assert(err.signal == 'SIGTERM' and err.code == nil and err.killed == true and stdout == 'started')
      assert(err.message:find('%(killed by SIGTERM%)$'), err.message)
    end, 1))
    child.stdout:on('data', function() child:kill() end)
    if windows then return end
    execFile('/bin/sh', { '-c', 'kill -9 $$' }, expect(function(err)
      assert(err.signal == 'SIGKILL' and err.killed == false and err.message:find('%(killed by SIGKILL%)$'))
    end, 1))
  end)

  test('a program that is not there', function(expect)
    execFile('no-such-program', { 'a' }, expect(function(err, stdout, stderr)
      assert(tostring(err) == 'ENOENT: no such file or directory, spawn no-such-program', tostring(err))
      assert(err.code == 'ENOENT' and err.cmd == 'no-such-program a' and stdout == '' and stderr == '')
    end, 1))
    exec('echo', { shell = 'no-such-shell' }, expect(function(err)
      assert(err.message == 'ENOENT: no such file or directory, spawn no-such-shell', err.message)
    end, 1))
    if windows then return end
    local child = exec('no-such-program', expect(function(err)
      assert(err.code == 127 and err.message:find('no-such-program: not found', 1, true), err.message)
    end, 1))
    child:on('exit', expect(function(code) assert(code == 127) end, 1))
    child:on('close', expect(function(code) assert(code == 127) end, 1))
  end)

  test('maxBuffer', function(expect)
    local endless = 'while true do local ok = io.%s:write(("x"):rep(1000)) if not ok then os.exit(1) end end'
    execFile(luvit, lua(endless:format('stdout')), expect(function(err, stdout)
      assert(err.code == 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER' and err.killed and #stdout == 1024 * 1024)
      assert(err.message:find('stdout is longer than maxBuffer (1048576 bytes)', 1, true), err.message)
    end, 1))
    execFile(luvit, lua(endless:format('stderr')), { maxBuffer = 10, killSignal = 'sigkill' }, expect(function(err, stdout, stderr)
      assert(err.message:find('stderr is longer than maxBuffer (10 bytes)', 1, true), err.message)
      assert(err.signal == 'SIGKILL' and stdout == '' and stderr == ('x'):rep(10))
    end, 1))
    execFile(luvit, lua('io.write(("x"):rep(10))'), { maxBuffer = 10 }, expect(function(err, stdout)
      assert(not err and #stdout == 10)
    end, 1))
    execFile(luvit, lua('io.write(("x"):rep(5000000))'), { maxBuffer = math.huge }, expect(function(err, stdout)
      assert(not err and #stdout == 5000000)
    end, 1))
    execFile(luvit, lua('io.write("x")'), { maxBuffer = 0 }, expect(function(err, stdout) assert(err and stdout == '') end, 1))
  end)

  test('timeout', function(expect)
    execFile(luvit, lua('io.write("some") io.flush() require("uv").sleep(60000)'), { timeout = 300 },
      expect(function(err, stdout)
        assert(err.code == 'ETIMEDOUT' and err.signal == 'SIGTERM' and err.killed)
        assert(err.message:find('%(timed out after 300 ms, killed by SIGTERM%)$'), err.message)
        assert(stdout == 'some' or stdout == '')
      end, 1))
    -- luvit 2 calls the option `signal`.
    execFile(luvit, lua('require("uv").sleep(60000)'), { timeout = 20, signal = 'SIGKILL' }, expect(function(err)
      assert(err.signal == 'SIGKILL')
    end, 1))
    execFile(luvit, { '-v' }, { timeout = 100000 }, expect(function(err) assert(not err) end, 1))
  end)

  test('a coroutine waits', function(expect)
    go(expect, function()
      local thread = coroutine.running()
      local stdout, stderr = execFile(luvit, lua('io.write("out") io.stderr:write("err")'), thread)
      assert(stdout == 'out' and stderr == 'err')
      local none, err = execFile(luvit, lua('io.write("out") os.exit(2)'), {}, thread)
      assert(none == nil and err.code == 2 and err.stdout == 'out')
      -- Nobody can write to it, so its input is at its end.
      assert(execFile(luvit, lua('io.write(io.read("*a") .. "!")'), thread) == '!')
      assert(execFile(luvit, lua('io.write(io.read("*a") .. "!")'), { input = 'x' }, thread) == 'x!')
      assert(execFile(luvit, lua('io.write("x")'), { stdio = { 'ignore', 'pipe' } }, thread) == 'x')
      assert(exec('echo x', thread):find('^x'))
      none, err = execFile('no-such-program', thread)
      assert(none == nil and err.code == 'ENOENT')
    end)
  end)

  test('spawnSync, execFileSync, execSync', function(expect, uv)
    local result = childprocess.spawnSync(luvit, lua('io.write(io.read("*a"), "!") io.stderr:write("err") os.exit(3)'))
    assert(result.pid > 0 and result.status == 3 and result.signal == nil and result.error == nil)
    assert(result.stdout == '!' and result.stderr == 'err')
    result = childprocess.spawnSync(luvit, lua('io.write(io.read("*a"), "!")'), { input = ('x'):rep(300000) })
    assert(result.status == 0 and #result.stdout == 300001)
    result = childprocess.spawnSync(luvit, lua('require("uv").sleep(60000)'), { timeout = 20 })
    assert(result.status == nil and result.signal == 'SIGTERM' and result.error.code == 'ETIMEDOUT')
    result = childprocess.spawnSync('no-such-program')
    assert(result.pid == nil and result.status == nil and result.error.code == 'ENOENT' and result.stdout == '')

    local stdout, stderr = childprocess.execFileSync(luvit, lua('io.write("out") io.stderr:write("err")'))
    assert(stdout == 'out' and stderr == 'err')
    local none, err = childprocess.execFileSync(luvit, lua('os.exit(2)'))
    assert(none == nil and err.code == 2)
    assert(childprocess.execSync('echo x'):find('^x'))
    none, err = childprocess.execSync('exit 6', {})
    assert(none == nil and tostring(err) == 'Command failed: exit 6 (exit code 6)')
    raises("bad argument 'command' to 'spawnSync'", childprocess.spawnSync)
    raises("bad argument 'args' to 'execFileSync'", childprocess.execFileSync, 'x', 'y')
    raises("bad argument 'options' to 'execSync' (table expected, got string)", childprocess.execSync, 'x', 'y')

    -- In a coroutine, in a callback, and one in another.
    go(expect, function() assert(childprocess.execSync('echo x')) end)
    local timer = uv.new_timer()
    timer:start(0, 0, expect(function()
      timer:close()
      assert(childprocess.execSync('echo x'))
    end, 1))
    local outer = uv.new_timer()
    outer:start(1, 0, expect(function()
      outer:close()
      assert(childprocess.execSync('echo y'))
    end, 1))
    assert(childprocess.execFileSync(luvit, lua('require("uv").sleep(50)')))
  end)

  test('the child is let go of, or replaced streams', function(expect)
    local child = execFile(luvit, lua('io.read("*a")'), expect(function(err)
      assert(err.code == 'ECANCELED', tostring(err))
    end, 1))
    child:close()
    child.stdin:_end()
    child = execFile(luvit, lua('io.read("*a")'), expect(function(err) assert(err == 'no longer wanted') end, 1))
    child:destroy('no longer wanted')
    execFile(luvit, lua('io.write("out") io.stderr:write("err")'), { stdio = { 'ignore', 'ignore', 'pipe' } },
      expect(function(err, stdout, stderr) assert(not err and stdout == '' and stderr == 'err') end, 1))
  end)

  test('wrong arguments', function()
    raises("bad argument 'command' to 'exec' (string expected, got table)", exec, {})
    raises("bad argument 'callback' to 'exec' (function or thread expected, got number)", exec, 'x', {}, 5)
    raises("bad argument 'options' to 'exec' (table expected, got string)", exec, 'x', 'y')
    raises("bad argument 'command' to 'execFile' (string expected, got nil)", execFile)
    raises("bad argument 'args' to 'execFile' (table expected, got string)", execFile, 'x', 'y')
    raises("bad argument 'callback' to 'execFile' (function or thread expected, got table)", execFile, 'x', {}, {}, {})
    raises("bad argument 'options.maxBuffer' to 'execFile'", execFile, 'x', {}, { maxBuffer = -1 })
    raises("bad argument 'options.maxBuffer' to 'exec'", exec, 'x', { maxBuffer = 0 / 0 })
    local ok, err = pcall(function() exec() end)
    assert(not ok and err:find('childprocess%-exec.lua:%d+: bad argument'), err)
  end)

  test('a hundred at once', function(expect)
    for number = 1, 100 do
      execFile(luvit, lua(('io.write(("%d"):rep(1000))'):format(number)), expect(function(err, stdout)
        assert(not err and stdout == tostring(number):rep(1000))
      end, 1))
    end
  end)

  if windows then
    test('the shell of the system', function(expect)
      exec('echo "a b" & exit 3', expect(function(err, stdout) assert(err.code == 3 and stdout:find('"a b"', 1, true)) end, 1))
      raises('cmd.exe takes a command line only', spawn, 'echo', { 'x' }, { shell = true })
      spawn(luvit, { '-v' }, { windowsHide = true }):on('close', expect(function(code) assert(code == 0) end, 1))
    end)
    return
  end

  test('shells', function(expect)
    local function says(text, ...)
      local callback = expect(function(err, stdout) assert(not err and stdout == text, stdout) end, 1)
      local args = { ... }
      args[#args + 1] = callback
      return (#args == 4 and execFile or exec)(unpack(args))
    end
    says('a b\n', "echo 'a' | sed 's/$/ b/'")
    says('sh\n', 'echo sh', { shell = '/bin/sh' })
    -- Words reach the command as they are.
    says('$HOME * "x" $(id)\n', 'echo', { '$HOME', '*', '"x"', '$(id)' }, { shell = true })
    says('1\n2 x\n', 'echo 1; echo 2', { 'x' }, { shell = '/bin/sh' })
    local child = spawn('exit 5', {}, { shell = true })
    child:on('close', expect(function(code) assert(code == 5) end, 1))
  end)

  test('the name the child is told', function(expect)
    execFile('/bin/sh', { '-c', 'echo $0' }, { argv0 = 'other' }, expect(function(err, stdout)
      assert(not err and stdout == 'other\n', stdout)
    end, 1))
  end)

  test('exit comes first when a grandchild keeps the pipes, close when they end', function(expect)
    local exited = false
    local child = spawn('/bin/sh', { '-c', '(read line <&3; echo $line) & echo early' },
      { stdio = { 'ignore', 'pipe', 'inherit', 'pipe' } })
    local parts = {}
    child.stdout:on('data', function(chunk) parts[#parts + 1] = chunk end)
    child:on('exit', expect(function()
      exited = true
      child.stdio[4]:write('late\n')
    end, 1))
    child:on('close', expect(function(code)
      assert(exited and code == 0 and table.concat(parts) == 'early\nlate\n', table.concat(parts))
    end, 1))
    -- A limit does not wait for a grandchild that goes on.
    exec('sleep 60 & echo $!; yes', { maxBuffer = 1000 }, expect(function(err, stdout)
      assert(err.code == 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER')
      process.kill(tonumber(stdout:match('%d+')), 'sigkill')
    end, 1))
    exec('sleep 60 & echo $!; wait', { timeout = 200 }, expect(function(err, stdout)
      assert(err.code == 'ETIMEDOUT')
      process.kill(tonumber(stdout:match('%d+')), 'sigkill')
    end, 1))
  end)

  test('the group of a detached child', function(expect, uv)
    local child = spawn('/bin/sh', { '-c', 'sleep 60 & echo $!; wait' }, { detached = true })
    local grandchild
    child.stdout:once('data', function(chunk)
      grandchild = tonumber(chunk)
      assert(child:killGroup() == 0 and child.killed)
    end)
    -- The pipes end because the grandchild has ended.
    child:on('close', expect(function(_, signal) assert(signal == uv.constants.SIGTERM and grandchild) end, 1))
    local plain = spawn('sleep', { 60 })
    assert(select(3, plain:killGroup()) == 'EPERM' and plain.killed == false)
    raises("bad argument 'signal' to 'killGroup'", plain.killGroup, plain, 'sigfoo')
    plain:kill()
    plain:on('close', expect(function() assert(select(3, plain:killGroup()) == 'ESRCH') end, 1))
    -- What ends a child ends its group.
    spawn('/bin/sh', { '-c', 'sleep 60 & wait' }, { detached = true, timeout = 50 }):on('close', expect(function() end, 1))
    local destroyed = spawn('/bin/sh', { '-c', 'sleep 60 & wait' }, { detached = true })
    destroyed:on('close', expect(function() end, 1))
    destroyed:destroy()
  end)

  test('the program may end before its child', function(expect)
    local script = [[
      local child = require('childprocess').spawn('sleep', { 60 }, { detached = true, timeout = 50000 })
      child:unref()
      print(child.pid)
    ]]
    execFile(luvit, { '-e', script }, expect(function(err, stdout)
      assert(not err, err)
      assert(process.kill(tonumber(stdout:match('%d+')), 'sigkill') == 0)
    end, 1))
    local child = spawn('sleep', { '0.1' })
    assert(child:unref() == child and child:ref() == child)
    child:on('exit', expect(function() end, 1))
  end)

  test('more descriptors', function(expect, uv)
    local child = spawn('/bin/sh', { '-c', 'read line <&3; echo "$line!" >&3; echo five >&5' },
      { stdio = { 'ignore', 'ignore', 'ignore', 'pipe', nil, 'pipe' } })
    assert(child.stdout == nil and child.stdio[4] and child.stdio[5] == nil and child.stdio[6])
    local three, five = {}, {}
    child.stdio[4]:on('data', function(chunk) three[#three + 1] = chunk end)
    child.stdio[6]:on('data', function(chunk) five[#five + 1] = chunk end)
    child.stdio[4]:write('line\n')
    child:on('close', expect(function(code)
      assert(code == 0 and table.concat(three) == 'line!\n' and table.concat(five) == 'five\n')
    end, 1))
    -- An open stream is handed down, and stays the caller's.
    local fds = assert(uv.pipe())
    local reader, writer = uv.new_pipe(false), uv.new_pipe(false)
    assert(reader:open(fds.read) and writer:open(fds.write))
    local other = spawn('echo', { 'handed down' }, { stdio = { nil, writer, 'inherit' } })
    local parts = {}
    reader:read_start(expect(function(err, chunk)
      assert(not err, err)
      if chunk then parts[#parts + 1] = chunk else reader:close() end
      assert(table.concat(parts) == 'handed down\n')
    end))
    other:on('close', expect(function()
      assert(not writer:is_closing())
      writer:close()
    end, 1))
  end)

  test('inherited output comes after what was written before', function(expect)
    execFile(luvit, { '-e', [[
      io.write('first ')
      require('childprocess').spawn('echo', { 'second' }, { stdio = 'inherit' }):on('close', function() print('third') end)
    ]] }, expect(function(err, stdout) assert(not err and stdout == 'first second\nthird\n', stdout) end, 1))
  end)

  test('user and group', function(expect, uv)
    local ids = { uid = uv.getuid(), gid = uv.getgid() }
    if ids.uid == 0 then ids = { uid = 12345, gid = 54321 } end
    exec('id -u; id -g', { uid = ids.uid, gid = ids.gid, cwd = '/' }, expect(function(err, stdout)
      assert(not err and stdout == ids.uid .. '\n' .. ids.gid .. '\n', stdout)
    end, 1))
    if uv.getuid() == 0 then return end
    execFile('true', {}, { uid = 0 }, expect(function(err)
      assert(err.message == 'EPERM: operation not permitted, spawn true', err.message)
    end, 1))
  end)
end)
