local repl = require('repl')
local timer = require('timer')
local uv = require('uv')

local prettyPrint = require('pretty-print')
prettyPrint.loadColors(false)
-- Opened by the first dump on a terminal; a handle that is open before a test is not one that it leaves.
assert(prettyPrint.stdout)

local function newOutput()
  local stdout = { parts = {} }
  function stdout:write(bytes) self.parts[#self.parts + 1] = bytes end
  function stdout:get_winsize() return 200, 24 end
  -- What was written since the last call, without escape sequences.
  function stdout:take()
    local text = table.concat(self.parts):gsub('\27%[[%d;?]*%a', ''):gsub('\r\n', '\n')
    self.parts = {}
    return text
  end
  return stdout
end

local function newKeyboard()
  local stdin = {}
  function stdin:set_mode() end
  function stdin:read_start(callback) self.callback = callback end
  function stdin:read_stop() self.callback = nil end
  function stdin:type(bytes) self.callback(nil, bytes) end
  return stdin
end

-- A REPL without a terminal, which is also what `evaluateLine` alone needs.
local function newRepl()
  local stdout = newOutput()
  return repl({}, stdout), stdout
end

local function check(cases)
  local session, stdout = newRepl()
  for _, case in ipairs(cases) do
    local prompt = session.evaluateLine(case[1])
    local text = stdout:take()
    assert(text == case[2], ('%s prints %q, not %q'):format(case[1], text, case[2]))
    assert(prompt == (case[3] or '> '), case[1] .. ' gives the prompt ' .. prompt)
  end
end

-- A REPL on a terminal that has started; `left` tells whether the user left.
local function newSession(historyLines)
  local stdin, stdout = newKeyboard(), newOutput()
  local session = { stdin = stdin, stdout = stdout, saved = nil, left = false }
  repl(stdin, stdout, 'Welcome to the Luvit repl!').start(historyLines or '',
    function(lines) session.saved = lines end,
    function() session.left = true end)
  session.greeting = stdout:take()
  function session:type(bytes)
    stdin:type(bytes)
    return stdout:take()
  end
  function session:leave()
    if not self.left then stdin:type('\3\4') end
    assert(self.left)
  end
  return session
end

local function checkContains(text, ...)
  for i = 1, select('#', ...) do
    local part = select(i, ...)
    assert(text:find(part, 1, true), ('%q is not in %q'):format(part, text))
  end
end

-- A session that is not over keeps what is printed: a failure must be seen.
local realPrint = print

local function shown(fn)
  return function(...)
    local results = { xpcall(fn, debug.traceback, ...) }
    if results[1] then return end
    _G.print = realPrint
    error(results[2], 0)
  end
end

require('tap')(function(suite)
  local function test(name, fn)
    suite(name, shown(function(expect)
      fn(function(callback) return expect(shown(callback)) end)
    end))
  end

  test('results', function()
    check {
      { '1 + 1', '2\n' },
      { 'x = 5', '' },
      { 'x', '5\n' },
      { "x, nil, 's'", "5\tnil\t's'\n" },
      { 'nil', 'nil\n' },
      { '=x', '5\n' },
      { '  =x, 2', '5\t2\n' },
      { '', '' },
      { '-- nothing', '' },
      { '(function() end)()', '' },
      { 'return 1, 2', '1\t2\n' },
      { '{1, 2}', '{ 1, 2 }\n' },
      { 'local y = 1', '' },
      { 'y', 'nil\n' },
      { 'nil, nil', 'nil\tnil\n' },
    }
    assert(x == nil)
  end)

  test('the last result', function()
    check {
      { '_', 'nil\n' }, { '6 * 7', '42\n' }, { '_ + 1', '43\n' }, { 'x = 1', '' }, { '_', '43\n' },
      { 'false', 'false\n' }, { '_', 'false\n' },
    }
  end)

  test('several lines', function()
    check {
      { 'for i = 1, 2 do', '', '>> ' }, { 's = (s or 0) + i', '', '>> ' }, { 'end', '' }, { 's', '3\n' },
      { '1 +', '', '>> ' }, { '2', '3\n' },
      { 'x = [[a', '', '>> ' }, { 'b]]', '' }, { 'x', "'a\\nb'\n" },
      { '= 1 +', '', '>> ' }, { '1', '2\n' },
    }
    local session = newRepl()
    local prompt, ok, err = session.evaluateLine('if x')
    assert(prompt == '>> ' and ok == nil and err:find('<eof>', 1, true))
  end)

  test('globals of its own over those of the program', function()
    check {
      { 'print = 1', '' }, { 'print', '1\n' },
      { 'type(require), type(module)', "'function'\t'table'\n" },
      { 'type(thread)', "'thread'\n" },
      { 'url.parse("http://a/b").pathname', "'/b'\n" },
      { 'type(httpCodec.decoder), type(prettyPrint.dump)', "'function'\t'function'\n" },
      { 'url == require("url")', 'true\n' },
      { 'noSuchName', 'nil\n' },
    }
    assert(type(print) == 'function')
  end)

  test('errors', function()
    local session, stdout = newRepl()
    local prompt, ok, err = session.evaluateLine('x = = 1')
    assert(prompt == '> ' and ok == false and err == '[string "REPL"]:1: unexpected symbol near \'=\'')
    assert(stdout:take() == err .. '\n')

    prompt, ok, err = session.evaluateLine('error("boo")')
    assert(prompt == '> ' and ok == false and err == '[string "REPL"]:1: boo')
    local text = stdout:take()
    checkContains(text, err, 'stack traceback:', '[string "REPL"]:1: in main chunk')
    assert(not text:find('xpcall', 1, true) and not text:find('deps/repl', 1, true), text)

    session.evaluateLine('local function deep() error("down") end')
    session.evaluateLine('local function deep() error("down") end deep()')
    checkContains(stdout:take(), "[string \"REPL\"]:1: in function 'deep'")

    prompt, ok, err = session.evaluateLine('error({ code = 12 })')
    assert(ok == false and err.code == 12)
    checkContains(stdout:take(), '{ code = 12 }', 'stack traceback:')
    session.evaluateLine('error(setmetatable({}, { __tostring = function() return "told" end }))')
    checkContains(stdout:take(), 'told')
    session.evaluateLine('error()')
    checkContains(stdout:take(), 'nil')
    session.evaluateLine('setmetatable({}, { __tostring = function() error("inner") end })')
    stdout:take()
    assert(session.evaluateLine('1') == '> ')
    assert(stdout:take() == '1\n')
  end)

  test('a heart', function()
    check { { '<3', 'I ♥ you too!\n' } }
  end)

  test('a session on a terminal', function()
    local session = newSession()
    assert(session.greeting == 'Welcome to the Luvit repl!\n\r> ', session.greeting)
    checkContains(session:type('1 + 1\r'), '> 1 + 1\n2\n')
    checkContains(session:type('for i = 1, 2 do\r'), '>> ')
    checkContains(session:type('p(i)\rend\r'), '> ')
    assert(session.saved == '1 + 1\nfor i = 1, 2 do\np(i)\nend\n', session.saved)
    session:leave()
  end)

  test('a paste runs line by line', function()
    local session = newSession()
    checkContains(session:type('\27[200~a = 1\nb = 2\na + b\n\27[201~'), '\n3\n')
    checkContains(session:type('"typed" .. 1\r"ahead"\r'), "'typed1'", "'ahead'")
    session:leave()
  end)

  test('Control-C and Control-D', function()
    local session = newSession()
    checkContains(session:type('garbage\3'), '^C')
    checkContains(session:type('1\r'), '\n1\n')
    checkContains(session:type('if x then\r'), '>> ')
    checkContains(session:type('half\3'), '^C')
    assert(not session.left)
    checkContains(session:type('2\r'), '\n2\n')
    session:type('\3')
    assert(session.left)

    session = newSession()
    session:type('x\4')
    assert(not session.left)
    session:type('\21\4')
    assert(session.left)
  end)

  test('history of earlier sessions', function()
    local session = newSession('3 * 3\n4 * 4\n')
    checkContains(session:type('\27[A\27[A\r'), '\n9\n')
    assert(session.saved == '3 * 3\n4 * 4\n3 * 3\n')
    session:leave()
  end)

  test('completion', function()
    local session = newSession()
    local function completes(line, expected)
      checkContains(session:type('\21' .. line .. '\t'), expected)
    end
    completes('os.ti', '> os.time')
    completes('x = os.ti', '> x = os.time')
    completes('string.re', 'rep\treverse\n')
    completes('string.upp', '> string.upper')
    completes('("x"):up', '> ("x"):upper')
    completes("'x':up", "> 'x':upper")
    completes('require("url").resolveO', '> require("url").resolveObject')
    completes('url.resolveO', '> url.resolveObject')
    completes('path.basen', '> path.basename')
    completes('httpC', '> httpCodec')
    completes('"a" .. tostr', '> "a" .. tostring')
    completes('uv.new_timer():st', '\7')
    session:type('\21t = uv.new_timer()\r')
    completes('t:get_re', '> t:get_repeat')
    session:type('\21t:close()\r')
    session:type('o = setmetatable({ alpha = 1 }, { __index = { alter = print } })\r')
    completes('o.al', 'alpha\talter\n')
    completes('o:al', '> o:alter')
    completes('o["alpha"].x', '\7')
    completes('noSuchThing.x', '\7')
    completes('prin', '> print')
    session:type('\21ownGlobal = 1\r')
    completes('ownG', '> ownGlobal')
    -- Nothing is called, and errors of metamethods stay inside.
    session:type('\21called = false; function call() called = true return {} end\r')
    completes('call().x', '\7')
    session:type('\21bad = setmetatable({}, { __index = function() error("no") end })\r')
    completes('bad.x.y', '\7')
    checkContains(session:type('\21called\r'), '\nfalse\n')
    session:type('loop = {} ; loop.__index = loop ; setmetatable(loop, loop)\r')
    completes('loop.__in', '> loop.__index')
    session:leave()
  end)

  test('a module is loaded when its name is used, not when it is completed', function()
    local loaded = require('luvit:loaded')
    assert(not loaded('helpful'))
    local session = newSession()
    checkContains(session:type('helpf\t'), '> helpful')
    assert(not loaded('helpful'))
    checkContains(session:type('\21type(helpful)\r'), "'function'")
    assert(loaded('helpful'))
    session:leave()
  end)

  test('a module that cannot be loaded says why', function()
    local cwd = uv.cwd()
    local folder = assert(uv.fs_mkdtemp(uv.os_tmpdir() .. '/luvit-repl-XXXXXX'))
    assert(uv.fs_mkdir(folder .. '/libs', 448))
    local file = assert(io.open(folder .. '/libs/codec.lua', 'w'))
    file:write('error("this library is broken")')
    file:close()
    assert(uv.chdir(folder))
    local ok, session, stdout = pcall(newRepl)
    uv.chdir(cwd)
    assert(ok, session)
    local _, good = session.evaluateLine('codec')
    assert(good == false)
    checkContains(stdout:take(), 'libs/codec.lua:1: this library is broken')
    os.remove(folder .. '/libs/codec.lua')
    uv.fs_rmdir(folder .. '/libs')
    uv.fs_rmdir(folder)
  end)

  test('the length of the history', function()
    uv.os_setenv('LUVIT_HISTORY_SIZE', '3')
    local session = newSession('1\n2\n3\n4\n')
    session:type('5\r')
    assert(session.saved == '3\n4\n5\n', session.saved)
    session:leave()
    uv.os_setenv('LUVIT_HISTORY_SIZE', 'many')
    session = newSession('1\n2\n3\n4\n')
    session:type('5\r')
    assert(session.saved == '1\n2\n3\n4\n5\n', session.saved)
    session:leave()
    uv.os_setenv('LUVIT_HISTORY_SIZE', '2.9')
    session = newSession('1\n2\n3\n4\n')
    session:type('5\r')
    assert(session.saved == '4\n5\n', session.saved)
    session:leave()
    uv.os_unsetenv('LUVIT_HISTORY_SIZE')
  end)

  test('output that comes meanwhile stands above the line', function(expect)
    local session = newSession()
    session:type('half a line')
    timer.setTimeout(1, expect(function()
      print('tick', 1)
      assert(session.stdout:take() == '\rtick\t1\n\r> half a line')
      p({ 1 })
      assert(session.stdout:take() == '\r{ 1 }\n\r> half a line')
      process.stdout:write('no line break')
      assert(session.stdout:take() == '\rno line break\n\r> half a line')
      io.write('a', 1, '\n')
      assert(session.stdout:take() == '\ra1\n\r> half a line')
      local before = print
      session:leave()
      assert(print ~= before and io.write ~= nil and not rawget(process.stdout, 'write'))
    end))
  end)

  test('timers go on while the prompt waits', function(expect)
    local session = newSession()
    session:type('count = 0; t = timer.setInterval(1, function() count = count + 1 end)\r')
    timer.setTimeout(50, expect(function()
      checkContains(session:type('count > 1\r'), '\ntrue\n')
      session:type('timer.clearInterval(t)\r')
      session:leave()
    end))
  end)

  test('code may yield', function(expect)
    local session = newSession()
    session:type('do local me = coroutine.running() timer.setTimeout(5, function() coroutine.resume(me, 12) end) end waited = coroutine.yield() print(waited)\r2\r')
    assert(not session.stdin.callback, 'reads while the code runs')
    timer.setTimeout(100, expect(function()
      checkContains(session:type('waited\r'), '\n12\n')
      session:leave()
    end))
  end)

  test('Control-C takes the prompt back from code that waits', function(expect)
    if jit.os == 'Windows' then return end
    local session = newSession()
    session:type('me = coroutine.running(); coroutine.yield()\r')
    assert(not session.stdin.callback)
    uv.kill(uv.os_getpid(), 'sigint')
    local finish = expect(function()
      checkContains(session:type('1\r'), '\n1\n')
      session:type('coroutine.resume(me)\r')
      session:leave()
    end)
    local function look()
      timer.setTimeout(10, session.stdin.callback and finish or look)
    end
    look()
  end)

  test('an error in a callback is printed and the session goes on', function(expect)
    -- The harness listens too: to it such an error is a failure.
    local others = {}
    for _, listener in ipairs(process:listeners('uncaughtException')) do
      if listener then others[#others + 1] = listener end
    end
    process:removeAllListeners('uncaughtException')
    local session = newSession()
    session:type('timer.setTimeout(1, function() error("in callback") end)\r')
    session:type('half')
    timer.setTimeout(50, expect(function()
      local text = session.stdout:take()
      local after = session:type('\0211\r')
      session:leave()
      for _, listener in ipairs(others) do process:on('uncaughtException', listener) end
      checkContains(text, '[string "REPL"]:1: in callback', 'stack traceback:', '> half')
      checkContains(after, '\n1\n')
    end))
  end)

  test('without a terminal', function()
    local stdin, stdout = newKeyboard(), newOutput()
    stdin.set_mode = nil
    local left = false
    repl(stdin, stdout, 'greeting').start(nil, nil, function() left = true end)
    stdin:type('1 + 1\nx = 1\nfor i = 1, 2 do\n')
    stdin:type('x = x * 3\nend\nx\nerror("no")\r\n"last"')
    stdin.callback(nil, nil)
    local text = stdout:take()
    assert(left)
    checkContains(text, '2\n9\n[string "REPL"]:1: no\nstack traceback:', "'last'\n")
    assert(text:sub(1, 2) == '2\n' and not text:find('>', 1, true), text)
  end)

  test('without a terminal an unfinished chunk is an error at the end', function()
    local stdin, stdout = newKeyboard(), newOutput()
    stdin.set_mode = nil
    repl(stdin, stdout).start()
    stdin:type('for')
    stdin.callback(nil, nil)
    checkContains(stdout:take(), "near '<eof>'")
  end)
end)
