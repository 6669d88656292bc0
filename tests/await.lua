-- Awaiting callback functions. Tasks, groups, events and reports of errors have files of their own.

local await = require('await')
local async = require('async')
local timer = require('timer')
local net = require('net')
local Emitter = require('core').Emitter
local Error = require('core').Error

local function later(...)
  local arguments = { n = select('#', ...), ... }
  local callback = arguments[arguments.n]
  timer.setTimeout(1, function() callback(unpack(arguments, 1, arguments.n - 1)) end)
end

local function now(...)
  local count = select('#', ...)
  local callback = select(count, ...)
  local arguments = { ... }
  callback(unpack(arguments, 1, count - 1))
end

local function pack(...) return { n = select('#', ...), ... } end

local function refuses(pattern, fn, ...)
  local ok, err = pcall(fn, ...)
  assert(not ok and tostring(err):find(pattern), tostring(err))
end

require('tap')(function(test)
  test('the values behind the error, whenever the callback comes', async(function()
    for _, fn in ipairs({ later, now }) do
      local got = pack(await(fn, nil, 1, nil, 3, nil))
      assert(got.n == 4 and got[1] == 1 and got[2] == nil and got[3] == 3 and got[4] == nil)
      got = pack(await(fn, false, nil))
      assert(got.n == 1 and got[1] == nil)
      got = pack(await.call(fn, nil, 'only'))
      assert(got.n == 1 and got[1] == 'only')
      -- What nothing can be read from still tells that it was done.
      assert(await(fn) == true and await(fn, nil) == true)
    end
  end))

  test('the callback comes right after the arguments that were given', async(function()
    for count = 0, 5 do
      local arguments = {}
      local function fn(...)
        assert(select('#', ...) == count + 1)
        local callback = select(count + 1, ...)
        for i = 1, count do assert((select(i, ...)) == (i % 2 == 0 and i or nil)) end
        callback(nil, select('#', ...))
      end
      for i = 2, count, 2 do arguments[i] = i end
      assert(await(fn, unpack(arguments, 1, count)) == count + 1)
    end
  end))

  test('errors come with their code', async(function()
    local cases = {
      { 'ENOENT: no such file', 'ENOENT' }, { 'ECONNRESET', 'ECONNRESET' }, { 'no code here', nil },
      { 'Not: a code', nil }, { Error:new('EIO: broken'), 'EIO' }, { { code = 7 }, 7 }, { 42, nil }, { true, nil },
    }
    for _, case in ipairs(cases) do
      for _, fn in ipairs({ later, now }) do
        local got = pack(await(fn, case[1], 'ignored'))
        assert(got.n == 3 and got[1] == nil and got[2] == case[1] and got[3] == case[2], tostring(case[1]))
      end
    end
  end))

  test('a function that fails at once', async(function()
    local ok, err, code = await(function() return nil, 'EBADF: bad file descriptor', 'EBADF' end)
    assert(ok == nil and err == 'EBADF: bad file descriptor' and code == 'EBADF')
    ok, err, code = await(function() return nil, 'EINVAL: no' end)
    assert(ok == nil and err == 'EINVAL: no' and code == 'EINVAL')
    -- What it raises is raised, and a callback that comes nevertheless does no harm.
    local callback
    refuses('wrong argument', await, function(given)
      callback = given
      error('wrong argument')
    end)
    callback(nil, 'late')
    assert(await(later, nil, 'next') == 'next')
  end))

  test('only the first call of a callback counts', async(function()
    local callback
    local function twice(given)
      callback = given
      given(nil, 'first')
      given('EIO: second')
    end
    assert(await(twice) == 'first')
    assert(await(function(given)
      later(nil, 'first', function(...)
        given(...)
        given('EIO: second')
        callback(nil, 'again')
      end)
    end) == 'first')
    callback(nil, 'much later')
    assert(await(later, nil, 'untouched') == 'untouched')
  end))

  test('functions of uv', async(function(_, uv)
    assert(type(await(uv.fs_stat, uv.cwd())) == 'table')
    local stat, err, code = await(uv.fs_stat, '/no/such/file')
    assert(stat == nil and err:find('^ENOENT') and code == 'ENOENT')
    local found = await(uv.getaddrinfo, '127.0.0.1', nil, { socktype = 'stream' })
    assert(found[1].addr == '127.0.0.1')
    assert(#await(uv.random, 16, nil) == 16)
  end))

  test('functions of fs, dns and childprocess', async(function(_, uv)
    local fs, dns, childprocess = require('fs'), require('dns'), require('childprocess')
    local folder = assert(await(fs.mkdtemp, uv.os_tmpdir() .. '/await-XXXXXX'))
    local path = folder .. '/file'
    assert(await(fs.writeFile, path, 'text'))
    assert(await(fs.readFile, path) == 'text')
    local fd = assert(await(fs.open, path, 'r'))
    assert(await(fs.read, fd, 2, 1) == 'ex')
    assert(await(fs.close, fd))
    local none, err, code = await(fs.readFile, folder .. '/none')
    assert(none == nil and code == 'ENOENT' and err == "ENOENT: no such file or directory, open '" .. folder .. "/none'")
    -- With a coroutine in the callback's place it is the same.
    none, err, code = fs.readFile(folder .. '/none', coroutine.running())
    assert(none == nil and code == 'ENOENT' and err:find('^ENOENT'))
    local wrapped = await.wrap(fs)
    assert(wrapped.stat(path).size == 4 and wrapped.existsSync(path))
    assert(wrapped.unlink(path) and wrapped.rmdir(folder))
    for _ = 1, 20 do
      local task = await.spawn(await, fs.readFile, uv.exepath())
      task:cancel()
      assert(task:status() == 'canceled')
    end
    assert(await(dns.lookup, '127.0.0.1') == '127.0.0.1')
    assert(select(3, await(dns.lookup, 'no.such.host.invalid')))
    if require('los').type() == 'win32' then return end
    assert(await(childprocess.exec, 'echo hello') == 'hello\n')
    none, err = await(childprocess.exec, 'exit 3')
    assert(none == nil and tostring(err):find('exit'))
    -- The child is killed: the program ends.
    assert(select(3, await.timeout(20, await, childprocess.exec, 'exec sleep 1000')) == 'ETIMEDOUT')
  end))

  test('callbacks without an error', async(function(_, uv)
    local got = pack(await.value(later, 'a', nil))
    assert(got.n == 2 and got[1] == 'a')
    assert(await.value(timer.setImmediate) == true)
    local handle = uv.new_timer()
    assert(await.value(uv.timer_start, handle, 1, 0) == true)
    assert(await.value(uv.close, handle) == true)
    local value, err, code = await.value(function() return nil, 'EIO: no', 'EIO' end)
    assert(value == nil and err == 'EIO: no' and code == 'EIO')
  end))

  test('an emitter is what its callback without values gives, and its error ends the wait', async(function()
    local server = net.createServer(function(socket) socket:pipe(socket) end)
    assert(await(server.listen, server, 0, '127.0.0.1') == server)
    local port = server:address().port
    local socket = await(net.connect, port, '127.0.0.1')
    assert(socket:address().port == port)
    assert(socket:listenerCount('error') == 0 and socket:listenerCount('close') == 0)
    assert(await(socket.write, socket, 'x') == true)
    assert(await.once(socket, 'data') == 'x')
    assert(await(socket.shutdown, socket) == true)
    assert(await(server.close, server) == server)
    local none, err, code = await(net.connect, port, '127.0.0.1')
    assert(none == nil and code == 'ECONNREFUSED' and tostring(err):find('connect 127.0.0.1:' .. port, 1, true))
    -- An emitter that closes without calling back.
    local emitter = Emitter:new()
    timer.setImmediate(function() emitter:emit('close') end)
    none, err, code = await(function() return emitter end)
    assert(none == nil and code == 'ECANCELED' and err:find('closed before'))
    -- A callback that is another listener of `close` is not too late.
    timer.setImmediate(function() emitter:emit('close') end)
    assert(await(function(callback)
      emitter:once('close', function() callback(nil, 'in time') end)
      return emitter
    end) == 'in time')
    assert(not next(emitter.handlers))
    -- One that called back at once.
    assert(await(function(callback)
      callback()
      return emitter
    end) == emitter)
  end))

  test('requests of http', async(function()
    local http = require('http')
    local server = http.createServer(function(req, res)
      local body = 'you asked for ' .. req.url
      res:writeHead(200, { ['Content-Length'] = #body })
      res:finish(body)
    end)
    await(server.listen, server, 0, '127.0.0.1')
    local port = server:address().port
    local res = await.value(http.get, ('http://127.0.0.1:%d/page'):format(port))
    assert(res.statusCode == 200)
    local parts = {}
    for chunk in await.events(res, 'data') do parts[#parts + 1] = chunk end
    assert(table.concat(parts) == 'you asked for /page')
    await(server.close, server)
    local none, err, code = await.value(http.get, ('http://127.0.0.1:%d/'):format(port))
    assert(none == nil and code == 'ECONNREFUSED' and err)
  end))

  test('sleep', async(function()
    local slept = false
    timer.setTimeout(1, function() slept = true end)
    assert(await.sleep(20) == true and slept)
    refuses("'delay' to 'sleep'", await.sleep, 'x')
    timer.sleep(1)
    assert(await.sleep(0) == true)
  end))

  test('whoever else resumes the coroutine is not heard', async(function()
    local thread = coroutine.running()
    for delay = 1, 3 do
      timer.setTimeout(delay, function()
        local ok, value = coroutine.resume(thread, nil, 'wrong')
        assert(ok and value == nil)
      end)
    end
    assert(await(function(callback) timer.setTimeout(10, callback, nil, 'right') end) == 'right')
  end))

  test('outside a coroutine, and where none can be suspended', function(expect, uv)
    timer.setImmediate(expect(function()
      refuses('await.lua:%d+: await: not in a coroutine; await.spawn', function() await(later, 1) end)
      refuses('not in a coroutine', await.sleep, 1)
      refuses('not in a coroutine', await.once, Emitter:new(), 'x')
    end))
    await.spawn(expect(function()
      local called = false
      refuses('await.lua:%d+: await: cannot suspend here', string.gsub, 'x', 'x', function()
        await(function() called = true end)
      end)
      assert(not called)
      assert(await(later, nil, 1) == 1)
    end))
    uv.run()
  end)

  test('plain coroutines, and awaits within each other', async(function(expect)
    local log = {}
    coroutine.wrap(expect(function()
      log[#log + 1] = await(later, nil, 'plain')
    end))()
    local function inner(value)
      return (await(later, nil, value)) .. (await(now, nil, '!'))
    end
    assert(await(function(callback) callback(nil, inner('deep')) end) == 'deep!')
    await.sleep(5)
    assert(log[1] == 'plain')
  end))

  test('wrap: a function, a module, an object', async(function(_, uv)
    local wait = await.wrap(later)
    assert(wait(nil, 'v') == 'v')
    local module = {
      answer = 42, slow = later, fastSync = function() return 'sync' end,
      none = function(...)
        assert(select('#', ...) == 1)
        local callback = ...
        callback(nil, 'none')
      end,
    }
    local wrapped = await.wrap(module)
    assert(wrapped.answer == 42 and wrapped.slow(nil, 1, 2) == 1 and wrapped.fastSync() == 'sync')
    assert(wrapped.none() == 'none')
    assert(wrapped.slow == wrapped.slow)
    wrapped.answer = 43
    assert(module.answer == 43)
    local object = { value = 'mine' }
    function object:get(suffix, callback) later(nil, self.value .. suffix, self == object, callback) end
    local value, same = await.wrap(object):get('!')
    assert(value == 'mine!' and same)
    assert(type(await.wrap(uv).fs_stat(uv.cwd())) == 'table')
    refuses("'target' to 'wrap'", await.wrap, 1)
  end))

  test('utils.adapt does the same', async(function()
    local utils = require('utils')
    local thread = coroutine.running()
    for _, fn in ipairs({ later, now }) do
      assert(utils.adapt(thread, fn, nil, 'v') == 'v')
      local none, err, code = utils.adapt(thread, fn, 'EIO: broken')
      assert(none == nil and err == 'EIO: broken' and code == 'EIO')
    end
    local none, err, code = utils.adapt(thread, function() return nil, 'EBADF: no', 'EBADF' end)
    assert(none == nil and err == 'EBADF: no' and code == 'EBADF')
    refuses('the running coroutine expected', utils.adapt, coroutine.create(print), later, nil)
  end))

  test('arguments are checked, for the caller', function(expect)
    await.spawn(expect(function()
      refuses("await.lua:%d+: bad argument 'fn' to 'await' %(function expected, got number%)", function() await(3) end)
      refuses("'fn' to 'value'", await.value)
      refuses("'fn' to 'shield'", await.shield, {})
      local callable = setmetatable({}, { __call = function(_, callback) callback(nil, 'called') end })
      assert(await(callable) == 'called')
    end))
  end)

  test('a script may await', function()
    assert(await(now, nil, 'top') == 'top')
  end)

  test('a hundred thousand awaits leave nothing', function()
    local function churn(count)
      local pending
      local function suspend(value, callback) pending = function() callback(nil, value) end end
      await.spawn(function()
        for i = 1, count do
          assert(await(suspend, i) == i)
          assert(await(now, nil, i) == i)
        end
        pending = nil
      end)
      while pending do
        local resume = pending
        pending = nil
        resume()
      end
      -- Nobody ever calls these back.
      for i = 1, count / 10 do await.spawn(function() await(suspend, i) end) end
    end
    churn(1000)
    for _ = 1, 3 do collectgarbage() end
    local before = collectgarbage('count')
    churn(100000)
    for _ = 1, 3 do collectgarbage() end
    assert(collectgarbage('count') - before < 300, collectgarbage('count') - before)
  end)

  test('the module lists all that it has', function()
    local names = {}
    for name in pairs(await) do names[name] = true end
    for _, name in ipairs({ 'call', 'value', 'shield', 'sleep', 'wrap', 'spawn', 'callbackify', 'Task', 'timeout',
      'all', 'race', 'settled', 'map', 'once', 'events', 'Events' }) do
      assert(names[name], name)
    end
    assert(await.nothing == nil)
  end)

  test('the end of a stream can be awaited', function()
    local fs = require('fs')
    local path = require('uv').os_tmpdir() .. '/await-end-' .. require('uv').os_getpid()
    local file = fs.createWriteStream(path)
    assert(await(file._end, file, 'text') == true)
    assert(fs.readFileSync(path) == 'text')
    fs.unlinkSync(path)
    local missing = fs.createWriteStream(path .. '/none/x')
    missing:on('error', function() end)
    local ok, err, code = await(missing._end, missing, 'text')
    assert(ok == nil and tostring(err):find('open', 1, true) and code, err)
  end)
end)
