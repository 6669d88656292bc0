local childprocess = require('childprocess')
local core = require('core')
local net = require('net')
local timer = require('timer')
local windows = require('los').type() == 'win32'
local spawn = childprocess.spawn

-- A program that every system has, and that says what it is asked to.
local luvit = require('uv').exepath()

---The arguments for a luvit that runs a script. (An expression would be printed.)
local function lua(script)
  return { '-e', 'do ' .. script .. ' end' }
end

local function raises(text, fn, ...)
  local ok, err = pcall(fn, ...)
  assert(not ok and tostring(err):find(text, 1, true), tostring(err))
end

---Collects what a stream brings; the function returns it.
local function collect(stream)
  local parts = {}
  stream:on('data', function(chunk) parts[#parts + 1] = chunk end)
  return function() return (table.concat(parts):gsub('\r\n', '\n')) end
end

---A temporary file with a text.
local function temporary(uv, text)
  local fd, name = assert(uv.fs_mkstemp(uv.os_tmpdir() .. '/luvit-childprocess-XXXXXX'))
  assert(uv.fs_write(fd, text, 0))
  return name, fd
end

---How many descriptors are open; nothing where there is no /proc.
local function descriptors(uv)
  -- Wine shows those of Linux.
  local listing = not windows and uv.fs_scandir('/proc/self/fd')
  if not listing then return nil end
  local count = 0
  while uv.fs_scandir_next(listing) do count = count + 1 end
  return count
end

require('tap')(function(test)
  test('close is awaited also when it came before', function()
    local await = require('await')
    local child = childprocess.spawn(process.argv[0], { '-e', '1' })
    await.once(child, 'close')
    assert(await.once(child, 'close'))
  end)

  test('the fields, and the order of events', function(expect)
    local events = {}
    local child = spawn(luvit, lua('io.write("out") io.stderr:write("err") os.exit(3)'))
    assert(core.instanceof(child, childprocess.Process) and core.instanceof(child, core.Emitter))
    assert(type(child.pid) == 'number' and child.handle and child.exitCode == nil and child.killed == false)
    assert(core.instanceof(child.stdout, net.Socket) and child.stdio[1] == child.stdin and child.stdio[3] == child.stderr)
    assert(child.spawnfile == luvit and child.spawnargs[1] == '-e')
    local out, err = collect(child.stdout), collect(child.stderr)
    child:on('exit', expect(function(...)
      local code, signal = ...
      assert(select('#', ...) == 2 and code == 3 and signal == 0)
      assert(child.exitCode == 3 and child.signal == 0 and child.signalCode == nil)
      events[#events + 1] = 'exit'
    end, 1))
    for i, name in ipairs({ 'stdin', 'stdout', 'stderr' }) do
      child.stdio[i]:on('close', expect(function() events[#events + 1] = name end, 1))
    end
    child:on('close', expect(function(...)
      local code, signal = ...
      assert(select('#', ...) == 2 and code == 3 and signal == 0)
      assert(out() == 'out' and err() == 'err')
      assert(#events == 4, 'close is the last event')
      assert(select(3, child:kill()) == 'ESRCH')
    end, 1))
  end)

  test('what is written comes back', function(expect)
    local child = spawn(luvit, lua('io.write(io.read("*a"):upper())'))
    local out = collect(child.stdout)
    local long = ('0123456789abcdef\n'):rep(60000)
    child.stdin:write(long)
    child.stdin:_end('end')
    child:on('close', expect(function(code)
      local text = out()
      assert(code == 0 and text == long:upper() .. 'END', #text)
    end, 1))
  end)

  test('input is all of its standard input', function(expect)
    local child = spawn(luvit, lua('io.write(#io.read("*a"))'), { input = ('x'):rep(300000) })
    local out = collect(child.stdout)
    child:on('close', expect(function() assert(out() == '300000', out()) end, 1))
    raises("bad argument 'options.input' to 'spawn'", spawn, luvit, {}, { input = '', stdio = { 'ignore' } })
  end)

  test('the environment is inherited, or replaced', function(expect)
    process.env.LUVIT_CHILD_TEST = 'inherited'
    local script = lua([[
      local uv = require('uv')
      io.write(tostring(uv.os_getenv('LUVIT_CHILD_TEST')), ' ', tostring(uv.os_getenv('LUVIT_A')), ' ', tostring(uv.os_getenv('LUVIT_B')))
    ]])
    local function says(text, env)
      local child = spawn(luvit, script, { env = env })
      local out = collect(child.stdout)
      child:on('close', expect(function(code) assert(code == 0 and out() == text, out()) end, 1))
    end
    says('inherited nil nil', nil)
    says('nil nil nil', {})
    says('nil 1 two words', { LUVIT_A = 1, LUVIT_B = 'two words' })
    says('nil a=b true', { 'LUVIT_A=a=b', LUVIT_B = true })
    says('nil x nil', { LUVIT_A = 'x', LUVIT_B = false })
    says('inherited nil nil', process.env)
    process.env.LUVIT_CHILD_TEST = nil
  end)

  test('arguments arrive as they are, the folder is the one given', function(expect, uv)
    local folder = assert(uv.fs_realpath(uv.os_tmpdir()))
    local name, fd = temporary(uv, 'io.write(table.concat({ require("uv").cwd(), unpack(process.argv, 2) }, "|"))')
    uv.fs_close(fd)
    local words = { 'a b', 'quo"te', "sin'gle", 'back\\', '', '$HOME', '*', 5 }
    local child = spawn(luvit, { name, unpack(words) }, { cwd = folder })
    local out = collect(child.stdout)
    child:on('close', expect(function()
      assert(out() == folder .. '|' .. table.concat(words, '|'), out())
      uv.fs_unlink(name)
    end, 1))
  end)

  test('a program that is not there', function(expect)
    local child = spawn('no-such-program', { 'a' })
    assert(child.pid == nil and child.handle == nil)
    local said = 0
    child:on('exit', function() error('nothing has ended') end)
    child:on('error', expect(function(err)
      said = said + 1
      assert(core.instanceof(err, core.Error))
      assert(tostring(err) == 'ENOENT: no such file or directory, spawn no-such-program', tostring(err))
      assert(err.code == 'ENOENT' and err.path == 'no-such-program' and err.spawnargs[1] == 'a')
    end, 1))
    child:on('close', expect(function(code, signal) assert(said == 1 and code == -127 and signal == 0) end, 1))
    -- None of this is an error of its own.
    child.stdout:on('data', function() end)
    child.stderr:resume()
    child.stdin:write('text', expect(function(err) assert(err == 'EPIPE') end, 1))
    child.stdin:_end()
    assert(select(3, child:kill()) == 'ESRCH')
    child:ref():unref()
  end)

  test('programs of luvit 2 that look at a missing program elsewhere', function(expect)
    local child = spawn('no-such-program')
    local function failed(code, signal, err)
      assert(code == -127 and signal == 0 and err.code == 'ENOENT')
    end
    child:on('exit', expect(failed, 1))
    child:on('close', expect(failed, 1))
    child = spawn('no-such-program')
    child:on('error', expect(function() end, 1))
    child.stdout:on('error', expect(function(err) assert(err.code == 'ENOENT') end, 1))
    child.stderr:on('error', expect(function(err) assert(err.code == 'ENOENT') end, 1))
    child = spawn('no-such-program')
    child:on('error', expect(function() child:close() end, 1))
    child:on('close', expect(function() end, 1))
  end)

  test('a missing program that nobody looks at is an uncaught error', function(expect, uv)
    local listeners = process:listeners('uncaughtException')
    process:removeAllListeners('uncaughtException')
    process:once('uncaughtException', expect(function(err)
      assert(tostring(err):find('ENOENT: no such file or directory, spawn no-such-program', 1, true), tostring(err))
    end, 1))
    spawn('no-such-program')
    uv.run()
    for _, listener in ipairs(listeners) do process:on('uncaughtException', listener) end
  end)

  test('a folder that is not there is named', function(expect, uv)
    local function fails(code, cwd)
      spawn(luvit, {}, { cwd = cwd }):on('error', expect(function(err)
        assert(err.code == code and err.message:find(", chdir '" .. cwd .. "' to spawn " .. luvit, 1, true), err.message)
      end, 1))
    end
    fails('ENOENT', uv.os_tmpdir() .. '/luvit-no-such-folder')
    fails('ENOTDIR', luvit)
    -- The folder is there, the program is not.
    spawn('no-such-program', {}, { cwd = uv.os_tmpdir() }):on('error', expect(function(err)
      assert(err.message == 'ENOENT: no such file or directory, spawn no-such-program', err.message)
    end, 1))
  end)

  test('kill', function(expect, uv)
    local child = spawn(luvit, lua('require("uv").sleep(60000)'))
    child:on('exit', expect(function(_, signal)
      assert(signal == uv.constants.SIGTERM and child.signal == signal and child.signalCode == 'SIGTERM')
    end, 1))
    child:on('close', expect(function(_, signal) assert(signal == uv.constants.SIGTERM) end, 1))
    raises("bad argument 'signal' to 'kill' (no such signal: sigfoo)", child.kill, child, 'sigfoo')
    raises("bad argument 'signal' to 'kill'", child.kill, child, {})
    assert(child:kill(0) == 0 and child.killed == false)
    assert(child:kill() == 0 and child.killed == true)
    local other = spawn(luvit, lua('require("uv").sleep(60000)'))
    other:on('exit', expect(function() assert(other.signalCode == 'SIGKILL') end, 1))
    assert(other:kill('SIGKILL') == 0)
  end)

  test('timeout and killSignal', function(expect)
    local child = spawn(luvit, lua('require("uv").sleep(60000)'), { timeout = 20, killSignal = 'sigkill' })
    child:on('timeout', expect(function() assert(child.killed) end, 1))
    child:on('exit', expect(function() assert(child.signalCode == 'SIGKILL') end, 1))
    -- One that is in time hears nothing of it, and the program does not wait for the end of the time.
    local quick = spawn(luvit, lua(''), { timeout = 100000 })
    quick:on('timeout', function() error('it was in time') end)
    quick:on('exit', expect(function(code) assert(code == 0) end, 1))
  end)

  test('destroy ends a child, close lets go of it', function(expect, uv)
    local child = spawn(luvit, lua('io.read("*a") require("uv").sleep(60000)'))
    child:on('error', expect(function(err) assert(err == 'no longer wanted') end, 1))
    child:on('exit', expect(function(_, signal) assert(signal == uv.constants.SIGTERM) end, 1))
    child:on('close', expect(function() end, 1))
    child:destroy('no longer wanted')
    child:destroy()

    local left = spawn(luvit, lua('io.write(io.read("*l"))'))
    local out = collect(left.stdout)
    left:on('exit', function() error('it was let go of') end)
    left:on('close', expect(function(code) assert(code == nil and out() == 'still here', out()) end, 1))
    left:close()
    left:close()
    assert(uv.is_closing(left.handle) and select(3, left:kill()) == 'ESRCH')
    left.stdin:write('still here\n')
    -- Programs for luvit 2 close a child when it has ended; no output is lost by that.
    local ended = spawn(luvit, lua('io.write(("x"):rep(100000))'))
    local all = collect(ended.stdout)
    ended:on('exit', function() ended:close() end)
    ended:on('close', expect(function(code) assert(code == 0 and #all() == 100000) end, 1))
  end)

  test('stdio: ignore, inherit, descriptors and streams', function(expect, uv)
    local name, fd = temporary(uv, 'from a file')
    local outName, outFd = temporary(uv, '')
    local child = spawn(luvit, lua('io.write(io.read("*a"):upper())'), { stdio = { fd, { fd = outFd }, 'inherit' } })
    assert(child.stdin == nil and child.stdout.fd == outFd and child.stderr == nil)
    child:on('close', expect(function(code)
      assert(code == 0)
      assert(uv.fs_read(outFd, 100, 0) == 'FROM A FILE')
      uv.fs_close(fd)
      uv.fs_close(outFd)
      uv.fs_unlink(name)
      uv.fs_unlink(outName)
    end, 1))
    local ignored = spawn(luvit, lua('io.write("nowhere") assert(io.read("*a") == "")'), { stdio = 'ignore' })
    assert(ignored.stdin == nil and ignored.stdout == nil and ignored.stderr == nil and next(ignored.stdio) == nil)
    ignored:on('close', expect(function(code) assert(code == 0) end, 1))
    local errors = spawn(luvit, lua('io.stderr:write("errors")'), { stdio = { [3] = 'pipe' } })
    assert(errors.stdin == nil and errors.stdout == nil)
    local text = collect(errors.stderr)
    errors:on('close', expect(function() assert(text() == 'errors') end, 1))
    local both = spawn(luvit, lua(''), { stdio = { process.stdin, process.stdout, process.stderr } })
    assert(both.stdout == process.stdout)
    both:on('close', expect(function(code) assert(code == 0) end, 1))
  end)

  test('a socket around a new pipe becomes a pipe to the child', function(expect, uv)
    local stdin = net.Socket:new({ handle = uv.new_pipe(false) })
    local stdout = net.Socket:new({ handle = uv.new_pipe(false) })
    local child = spawn(luvit, lua('io.write(io.read("*a") .. "!")'), { stdio = { stdin, stdout, nil } })
    assert(child.stdin == stdin and child.stdout == stdout and child.stderr == nil)
    local text = collect(stdout)
    stdin:write('text')
    stdin:shutdown()
    child:on('close', expect(function() assert(text() == 'text!', text()) end, 1))
    -- Nobody reads, nobody writes, and it ends all the same.
    local quiet = spawn(luvit, lua(''), { stdio = {
      net.Socket:new({ handle = uv.new_pipe(false) }), net.Socket:new({ handle = uv.new_pipe(false) }),
    } })
    quiet:on('close', expect(function() end, 1))
    -- A bare handle stays the caller's.
    local pipe = uv.new_pipe(false)
    local bare = spawn(luvit, lua('io.write("bare")'), { stdio = { nil, pipe } })
    pipe:read_start(expect(function(_, chunk)
      if chunk then assert(chunk == 'bare') else pipe:close() end
    end))
    bare:on('close', expect(function() end, 1))
  end)

  test('output that nobody reads is no obstacle', function(expect)
    local child = spawn(luvit, lua('io.write(("x"):rep(3000000)) io.stderr:write(("y"):rep(3000000))'))
    child:on('close', expect(function(code) assert(code == 0) end, 1))
  end)

  test('who pauses gets the output when he likes', function(expect)
    local child = spawn(luvit, lua('io.write(("x"):rep(100000))'))
    child.stdout:pause()
    timer.setTimeout(30, function()
      local out = collect(child.stdout)
      child.stdout:resume()
      child:on('close', expect(function() assert(#out() == 100000, #out()) end, 1))
    end)
    -- Or in pieces.
    local other, got = spawn(luvit, lua('io.write(("x"):rep(100000))')), 0
    other.stdout:on('readable', function()
      local chunk = other.stdout:read()
      if chunk then got = got + #chunk end
    end)
    other:on('close', expect(function() assert(got == 100000, got) end, 1))
  end)

  test('output piped into the input of another', function(expect)
    local first = spawn(luvit, lua('io.write(("x"):rep(500000))'))
    local second = spawn(luvit, lua('io.write(#io.read("*a"))'))
    first.stdout:pipe(second.stdin)
    local out = collect(second.stdout)
    second:on('close', expect(function() assert(out() == '500000', out()) end, 1))
  end)

  test('a child that does not read its input', function(expect)
    local script = lua('require("uv").fs_close(0) io.write("closed") io.flush() require("uv").sleep(60000)')
    local child = spawn(luvit, script)
    child.stdout:once('data', function()
      child.stdin:write(('x'):rep(1000000), expect(function(err) assert(err == 'EPIPE') end, 1))
      child.stdin:on('error', expect(function(code, detail)
        assert(code == 'EPIPE' and detail.code == 'EPIPE')
        assert(detail.message == 'EPIPE: broken pipe, stdin of ' .. luvit, detail.message)
        child:kill()
      end, 1))
    end)
    child:on('error', function() error('it is the error of the stream') end)
    child:on('close', expect(function() end, 1))
    -- As `head` does, so nobody has to listen for it.
    local other = spawn(luvit, script)
    other.stdout:once('data', function()
      other.stdin:write(('x'):rep(1000000), expect(function() other:kill() end, 1))
    end)
    -- After the end it is the same.
    local gone = spawn(luvit, lua(''))
    gone:on('close', expect(function()
      assert(gone.stdin:write('late', expect(function(err) assert(err == 'EPIPE') end, 1)) == false)
    end, 1))
  end)

  test('errors in listeners', function(_, uv)
    local listeners = process:listeners('uncaughtException')
    process:removeAllListeners('uncaughtException')
    local caught = {}
    process:on('uncaughtException', function(err) caught[#caught + 1] = tostring(err) end)
    local child = spawn(luvit, lua('io.write("x")'))
    child.stdout:on('data', function() error('in data') end)
    child:on('exit', function() error('in exit') end)
    child:on('close', function() error('in close') end)
    uv.run()
    process:removeAllListeners('uncaughtException')
    for _, listener in ipairs(listeners) do process:on('uncaughtException', listener) end
    local all = table.concat(caught, '\n')
    assert(#caught == 3 and all:find('in data') and all:find('in exit') and all:find('in close'), all)
  end)

  test('wrong arguments', function()
    local function wrong(text, ...) raises(text, spawn, ...) end
    wrong("bad argument 'command' to 'spawn' (string expected, got nil)")
    wrong("bad argument 'args' to 'spawn' (table expected, got string)", 'x', 'y')
    wrong("bad argument 'args[2]' to 'spawn' (string expected, got table)", 'x', { 'y', {} })
    wrong("bad argument 'options' to 'spawn' (table expected, got number)", 'x', {}, 5)
    wrong("bad argument 'options.cwd' to 'spawn' (string expected, got table)", 'x', {}, { cwd = {} })
    wrong("bad argument 'options.env' to 'spawn' (table expected, got string)", 'x', {}, { env = 'A=1' })
    wrong("bad argument 'options.env[1]' to 'spawn'", 'x', {}, { env = { 'A' } })
    wrong("bad argument 'options.env' to 'spawn' (no name of a variable: 'A=B')", 'x', {}, { env = { ['A=B'] = 1 } })
    wrong("bad argument 'options.env.A' to 'spawn' (string expected, got table)", 'x', {}, { env = { A = {} } })
    wrong("bad argument 'options.stdio' to 'spawn'", 'x', {}, { stdio = 'pip' })
    wrong("bad argument 'options.stdio' to 'spawn' (table or string expected, got number)", 'x', {}, { stdio = 1 })
    wrong("bad argument 'options.stdio[2]' to 'spawn'", 'x', {}, { stdio = { 'pipe', 'pip' } })
    wrong("bad argument 'options.stdio[1]' to 'spawn'", 'x', {}, { stdio = { -1 } })
    wrong("bad argument 'options.stdio[4]' to 'spawn'", 'x', {}, { stdio = { [4] = {} } })
    wrong("bad argument 'options.stdio' to 'spawn' (1024 entries at most)", 'x', {}, { stdio = { [1e9] = 'pipe' } })
    wrong("bad argument 'options.uid' to 'spawn' (number expected, got string)", 'x', {}, { uid = 'root' })
    wrong("bad argument 'options.gid' to 'spawn' (a group id expected, got -1)", 'x', {}, { gid = -1 })
    wrong("bad argument 'options.timeout' to 'spawn' (a number of milliseconds expected, got -1)", 'x', {}, { timeout = -1 })
    wrong("bad argument 'options.killSignal' to 'spawn' (no such signal: sigfoo)", 'x', {}, { killSignal = 'sigfoo' })
    wrong("bad argument 'options.shell' to 'spawn' (string or true expected, got number)", 'x', {}, { shell = 1 })
    -- It is the caller's line.
    local ok, err = pcall(function() spawn() end)
    assert(not ok and err:find('childprocess.lua:%d+: bad argument'), err)
    spawn('a\0b'):on('error', function(failure) assert(failure.code == 'EINVAL') end)
    local options = { env = { A = '1' } }
    spawn(luvit, lua(''), options)
    assert(next(options) == 'env' and next(options, 'env') == nil, 'the options are the caller\'s')
  end)

  test('a hundred at once, and nothing is left', function(expect, uv)
    local before = descriptors(uv)
    local closed = 0
    for number = 1, 100 do
      local child = spawn(luvit, lua(('io.write(%d) os.exit(%d)'):format(number, number)))
      local out = collect(child.stdout)
      child:on('close', expect(function(code)
        assert(code == number and out() == tostring(number))
        closed = closed + 1
      end, 1))
    end
    uv.run()
    assert(closed == 100)
    assert((descriptors(uv) or 0) <= (before or 0))
  end)

  test('a child that is forgotten leaves nothing', function(_, uv)
    local before = descriptors(uv)
    for _ = 1, 20 do
      spawn(luvit, lua('io.write("x")'))
      spawn(luvit, lua('io.write("x")')).stdout:pause()
    end
    collectgarbage()
    uv.run()
    for _ = 1, 3 do
      collectgarbage()
      uv.run()
    end
    assert((descriptors(uv) or 0) <= (before or 0), ('%s, before %s'):format(descriptors(uv), before))
    local file = io.open('/proc/self/task/' .. uv.os_getpid() .. '/children')
    if file then
      assert(file:read('*a') == '', 'a child is left')
      file:close()
    end
  end)

  test('memory stays where it was', function(_, uv)
    local function some(count)
      local started = 0
      local function again()
        if started == count then return end
        started = started + 1
        local child = spawn(windows and luvit or '/bin/echo', windows and { '-v' } or { 'hello' }, { timeout = 60000 })
        child.stdout:on('data', function() end)
        child:on('close', again)
      end
      for _ = 1, 4 do again() end
      uv.run()
      collectgarbage()
      collectgarbage()
    end
    some(100)
    local before, lua = uv.resident_set_memory(), collectgarbage('count')
    some(500)
    -- The state of one child is over 4 KB.
    assert(collectgarbage('count') - lua < 500, collectgarbage('count') - lua)
    assert(uv.resident_set_memory() - before < 16 * 1024 * 1024)
  end)
end)
