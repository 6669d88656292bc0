local assert = require('assert')
local program = require('program')
local uv = require('uv')

local fixtures = module.dir .. '/fixtures/test-runner'
local WINDOWS = package.config:sub(1, 1) == '\\'

local function luvitTest(words, cwd)
  table.insert(words, 1, 'test')
  return program.run(words, { cwd = cwd or fixtures .. '/kinds' })
end

local function contains(text, part)
  if not text:find(part, 1, true) then error(('%q is not in\n%s'):format(part, text), 2) end
end

local function lacks(text, part)
  if text:find(part, 1, true) then error(('%q is in\n%s'):format(part, text), 2) end
end

-- The results of a run without numbers.
local function results(text)
  local list = {}
  for line in text:gmatch('[^\n]+') do
    if line:find('^ok ') or line:find('^not ok ') then list[#list + 1] = line:gsub(' %d+ %- ', ' ') end
  end
  table.sort(list)
  return list
end

-- A strict little reader of XML: raises for what is not well-formed.
local function readXml(text)
  local root, stack = nil, {}
  local _, declared = text:find('^<%?xml version="1%.0" encoding="UTF%-8"%?>\n')
  local position = assert.ok(declared, 'no declaration') + 1
  assert.ok(utf8.len(text), 'it is not UTF-8')
  assert.notMatch(text, '[%z\1-\8\11\12\14-\31]')
  local entities = { amp = '&', lt = '<', gt = '>', quot = '"', apos = "'" }
  local function decode(value)
    assert.notMatch(value, '[<>]')
    return (value:gsub('&([^;]*);?', function(name)
      local code = name:match('^#(%d+)$')
      return code and string.char(code) or assert.ok(entities[name], 'unknown entity ' .. name)
    end))
  end
  while position <= #text do
    local close, name, attributes, single, stop = text:match('^<(/?)([%a%-]+)([^<>]-)(/?)>()', position)
    if name then
      position = stop
      if close == '/' then
        assert.equal(table.remove(stack).tag, name)
      else
        local element = { tag = name, text = '' }
        for key, value in attributes:gmatch(' ([%a]+)="([^"]*)"') do element[key] = decode(value) end
        local parent = stack[#stack]
        if parent then table.insert(parent, element) else root = element end
        if single == '' then table.insert(stack, element) end
      end
    else
      local value
      value, stop = text:match('^([^<]+)()', position)
      assert.ok(value, 'not well-formed: ' .. text:sub(position, position + 40))
      position = stop
      if stack[#stack] then stack[#stack].text = stack[#stack].text .. decode(value) end
    end
  end
  assert.equal(#stack, 0)
  return root
end

require('tap')(function(test)
  test('all is well', function()
    local run = luvitTest({ 'passes.lua', 'plain.lua' })
    assert.deepEqual(results(run.out), { 'ok passes.lua: adds', 'ok passes.lua: waits', 'ok plain.lua' })
    assert.match(run.out, '^TAP version 13\n')
    contains(run.out, '\n1..3\n# 3 passed, in 2 files')
    assert.equal(run.code, 0)
    assert.equal(run.err, '')
  end)

  test('failures are told with what was printed, and where', function()
    local run = luvitTest({ 'fails.lua' })
    assert.deepEqual(results(run.out), {
      'not ok fails.lua: a list > has three items', 'not ok fails.lua: a list > sorts itself # TODO',
      'ok fails.lua: a list > is fine', 'ok fails.lua: a list > is not looked at # SKIP',
    })
    assert.match(run.out, 'fails%.lua:7: tables differ at %[3%]: expected 3, got 4\n')
    contains(run.out, '  #   -   3,\n  #   +   4,\n')
    contains(run.out, '  # output:\n  # about to compare\n')
    lacks(run.out, 'bundle:')
    contains(run.out, '# 1 passed, 1 failed, 1 skipped, 1 todo, in 1 file')
    assert.equal(run.code, 1)
  end)

  test('a process that ends early', function()
    local run = luvitTest({ 'exits.lua', 'code.lua', 'plain-fails.lua' })
    assert.equal(run.code, 1)
    assert.deepEqual(results(run.out), {
      'not ok code.lua: (whole file)', 'not ok exits.lua: (whole file)', 'not ok plain-fails.lua',
      'ok code.lua: one', 'ok exits.lua: is well',
    })
    assert.match(run.out, "exit code 3, while 'ends the program' ran %(.-exits%.lua:3%)\n")
    contains(run.out, '  # 2 tests were planned, 1 have a result')
    contains(run.out, 'exit code 7, although no test failed')
    contains(run.out, 'exit code 255\n  # output:\n  # something is wrong\n  # Uncaught exception:')
  end)

  test('a process that crashes', { skip = WINDOWS and 'it has no signals' }, function()
    local run = luvitTest({ 'crashes.lua' })
    assert.equal(run.code, 1)
    assert.match(run.out, "ended by SIGKILL, while 'kills itself' ran %(.-crashes%.lua:3%)")
    contains(run.out, '# output:\n  # last words\n')
  end)

  test('a test that hangs in its event loop', function()
    local run = luvitTest({ 'waits.lua' })
    assert.equal(run.code, 1)
    assert.deepEqual(results(run.out), { 'not ok waits.lua: waits for nothing', 'ok waits.lua: comes after' })
    contains(run.out, 'timed out after 400 ms\n  # open: uv_timer_t')
    assert.match(run.out, 'it waits here:.-waits%.lua:4: in function')
  end)

  test('a test that hangs otherwise', function()
    local run = luvitTest({ '--timeout', '20000', 'spins.lua' })
    assert.equal(run.code, 1)
    assert.deepEqual(results(run.out), { 'not ok spins.lua: spins', 'ok spins.lua: is well' })
    contains(run.out, 'timed out after 50 ms without coming back to the event loop')
    assert.match(run.out, 'spins%.lua:3: in function')
  end)

  test('a test that hangs where nothing can interrupt it, and one that does so only once', function()
    local folder = program.folder({
      ['test-c.lua'] = [[
        require('tap')(function(test)
          test('in C', { timeout = 20 }, function(_, uv) uv.sleep(2 ^ 30) end)
        end)]],
      ['test-once.lua'] = [[
        require('tap')(function(test)
          test('at first', { timeout = 20 }, function(_, uv)
            if uv.fs_stat('seen') then return end
            uv.fs_mkdir('seen', 448)
            while true do end
          end)
        end)]],
    })
    local run = luvitTest({}, folder)
    program.remove(folder)
    assert.deepEqual(results(run.out), {
      'not ok test-c.lua: (whole file)', 'not ok test-once.lua: (whole file)', 'ok test-once.lua: at first' })
    assert.match(run.out, "killed after 3020 ms without a result, while 'in C' ran %(.-test%-c%.lua:2%)\n")
    contains(run.out, 'run again without the JIT compiler, it ended')
  end)

  test('a program without tests that hangs', function()
    local folder = program.folder({ ['test-hangs.lua'] = "print('begins') while true do end" })
    local run = luvitTest({ '-t', '3000' }, folder)
    program.remove(folder)
    assert.equal(run.code, 1)
    contains(run.out, 'not ok 1 - test-hangs.lua\n  # killed after 3000 ms without a result\n  # output:\n  # begins\n')
  end)

  test('what is no good TAP', function()
    local run = luvitTest({ 'invalid.lua', 'few.lua', 'none.lua', 'unplanned.lua' })
    assert.equal(run.code, 1)
    contains(run.out, '# test 2 has the number 3\n  # there is a second plan: 1..3\n')
    contains(run.out, '# 3 tests were planned, 1 have a result\n')
    contains(run.out, '# there are no tests in it\n')
    contains(run.out, '# there is no plan, after 1 tests\n')
  end)

  test('output that does not end its lines', function()
    local run = luvitTest({ 'no-newline.lua', 'glued.lua' })
    assert.deepEqual(results(run.out), {
      'not ok glued.lua: fails after it', 'ok glued.lua: writes without an end', 'ok no-newline.lua: first',
      'ok no-newline.lua: last',
    })
    lacks(run.out, 'whole file')
  end)

  test("files that bring a harness of luvit's past", function()
    local run = luvitTest({}, fixtures .. '/foreign')
    assert.equal(run.code, 1)
    assert.deepEqual(results(run.out), {
      'not ok test-old.lua: fails', 'ok test-old.lua: passes', 'ok test-old.lua: passes too' })
    contains(run.out, 'test-old.lua:3: old style')
    run = luvitTest({ '--filter', 'too' }, fixtures .. '/foreign')
    assert.deepEqual(results(run.out), { 'ok test-old.lua: passes too' })
    assert.equal(run.code, 0)
  end)

  test('processes that a file leaves behind do not hold it up, and end', { skip = WINDOWS and 'no sleep' }, function()
    local leave = [[
      local uv = require('uv')
      local child = uv.spawn('sleep', { args = { '1000' }, stdio = { nil, %s } })
      uv.fs_mkdir('pid' .. child:get_pid(), 448)
      child:unref()]]
    local folder = program.folder({ ['test-a.lua'] = leave:format('1, 2'), ['test-b.lua'] = leave:format('nil') })
    local run = luvitTest({}, folder)
    local left = {}
    local request = uv.fs_scandir(folder)
    for name in function() return (uv.fs_scandir_next(request)) end do
      local pid = name:match('^pid(%d+)$')
      if pid then left[#left + 1] = tonumber(pid) end
    end
    program.remove(folder)
    assert.equal(run.code, 0)
    assert.deepEqual(results(run.out), { 'ok test-a.lua', 'ok test-b.lua' })
    assert.equal(#left, 2)
    -- Somebody has to take note of their end before they are gone.
    for _, pid in ipairs(left) do
      while uv.kill(pid, 0) do
        local stat = program.read('/proc/' .. pid .. '/stat')
        if stat and stat:find(') Z ', 1, true) then break end
        require('timer').sleep(10)
      end
    end
  end)

  test('a message that looks like results', function()
    local folder = program.folder({ ['tests/quotes.lua'] = [[
      require('tap')(function(test)
        test('one', function() error('not ok 2 - a\nok 2 - b\nnot ok 3 - c\n1..3') end)
        test('two', function() end)
      end)
    ]] })
    local run = luvitTest({ '--reporter', 'tap' }, folder)
    program.remove(folder)
    assert.deepEqual(results(run.out), { 'not ok tests/quotes.lua: one', 'ok tests/quotes.lua: two' })
    contains(run.out, '  # ok 2 - b\n  # not ok 3 - c\n')
  end)

  test('a lot of output', function()
    local folder = program.folder({ ['test-much.lua'] = [[
      for i = 1, 100000 do print(('line %d'):format(i)) end
      io.write(('x'):rep(1000000))
      error('at the end')]] })
    local run = luvitTest({}, folder)
    program.remove(folder)
    assert.equal(run.code, 1)
    contains(run.out, '(more output is left out)')
    assert.ok(#run.out < 200000, #run.out)
  end)

  test('filter', function()
    local run = luvitTest({ '--filter=is %a+$', 'fails.lua', 'passes.lua' })
    assert.deepEqual(results(run.out), { 'ok fails.lua: a list > is fine' })
    assert.equal(run.code, 0)
    run = luvitTest({ '-f', 'is not looked', 'fails.lua' })
    assert.deepEqual(results(run.out), { 'ok fails.lua: a list > is not looked at # SKIP' })
    run = luvitTest({ '-f', '(', 'fails.lua' })
    contains(run.out, '1..0 # no tests ran')
    assert.equal(run.code, 1)
  end)

  test('bail', function()
    local run = luvitTest({ '-j1', '--bail', 'glued.lua', 'fails.lua', 'passes.lua' })
    assert.deepEqual(results(run.out), { 'not ok glued.lua: fails after it', 'ok glued.lua: writes without an end' })
    contains(run.out, 'ended after the first failure; 2 files have not run')
    assert.equal(run.code, 1)
  end)

  test('reporters', function()
    local run = luvitTest({ '-r', 'spec', 'fails.lua', 'passes.lua' })
    contains(run.out, '  ✗ a list > has three items\n  ✓ a list > is fine\n  - a list > is not looked at # SKIP\n')
    contains(run.out, '\n1) fails.lua: a list > has three items\n')
    contains(run.out, '\n3 passed, 1 failed, 1 skipped, 1 todo, in 2 files')
    run = luvitTest({ '--reporter=dot', '-j', '1', 'fails.lua', 'passes.lua' })
    assert.match(run.out, '^F%.%-~%.%.\n')
    contains(run.out, '\n1) fails.lua: a list > has three items\n')
  end)

  test('control characters do not reach the terminal', function()
    local run = luvitTest({ 'control.lua' })
    assert.notMatch(run.out, '[%z\1\2]')
    contains(run.out, 'a name with colour & <tags> "quoted" \\# hash')
  end)

  test('JUnit', function()
    local folder = program.folder({})
    local run = luvitTest({ '--junit', folder .. '/out.xml', 'control.lua', 'fails.lua', 'passes.lua', 'code.lua' })
    local text = assert.ok(program.read(folder .. '/out.xml'))
    program.remove(folder)
    assert.equal(run.code, 1)
    local root = readXml(text)
    assert.equal(root.tag, 'testsuites')
    assert.equal(root.tests, '9')
    assert.equal(root.failures, '3')
    assert.equal(root.skipped, '2')
    assert.equal(#root, 4)
    local suites = {}
    for _, suite in ipairs(root) do
      suites[suite.name] = suite
    end
    local control = suites['control.lua'][1]
    assert.equal(control.name, 'a name with colour & <tags> "quoted" # hash')
    contains(control[1].text, 'first\nsecond ]]> \239\191\189\nstack traceback:')
    contains(control[2].text, '\239\191\189 bad bytes ü')
    assert.equal(suites['fails.lua'][1][1].tag, 'failure')
    assert.equal(suites['fails.lua'][3][1].tag, 'skipped')
    assert.equal(suites['code.lua'][2].name, '(whole file)')
    assert.equal(#suites['passes.lua'][1], 0)
    run = luvitTest({ '--junit', folder .. '/not/there.xml', 'passes.lua' })
    assert.equal(run.code, 1)
    contains(run.err, 'ENOENT')
  end)

  test('coverage', function()
    local folder = program.folder({})
    local run = luvitTest({ '--lcov', folder .. '/lcov.info' }, fixtures .. '/project')
    local text = assert.ok(program.read(folder .. '/lcov.info'))
    program.remove(folder)
    assert.equal(run.code, 0)
    assert.match(run.out, '# lib/shape%.lua +13 +10 +76%.9 %% +5, 14%-18\n')
    assert.match(run.out, '# lib/unused%.lua +5 +0 +0%.0 %% +1%-7\n')
    assert.match(run.out, '# all +18 +10 +55%.6 %%\n')
    lacks(run.out, 'tests/shape.lua:1')
    local files = {}
    for file, body in text:gmatch('SF:([^\n]+)\n(.-)end_of_record\n') do
      local lines = {}
      for line, count in body:gmatch('DA:(%d+),(%d+)\n') do lines[tonumber(line)] = tonumber(count) end
      files[file] = { lines = lines, found = tonumber(body:match('LF:(%d+)')), hit = tonumber(body:match('LH:(%d+)')) }
    end
    local shape = files['lib/shape.lua']
    assert.equal(shape.found, 13)
    assert.equal(shape.hit, 10)
    -- The function runs twice, its inner one in coroutines.
    assert.equal(shape.lines[4], 2)
    assert.equal(shape.lines[5], 0)
    assert.equal(shape.lines[8], 2)
    assert.equal(shape.lines[2], nil)
    assert.equal(files['lib/unused.lua'].hit, 0)
    assert.equal(files['tests/shape.lua'], nil)
  end)

  test('coverage of a program that ends itself, and of one that cannot be read', function()
    local folder = program.folder({
      ['test-a.lua'] = "require('./part') os.exit(0)", ['part.lua'] = 'local a = 1\nreturn a\n',
      ['broken.lua'] = 'local = 1',
    })
    local run = luvitTest({ '--coverage' }, folder)
    program.remove(folder)
    assert.equal(run.code, 0)
    assert.match(run.out, '# part%.lua +2 +2 +100%.0 %%\n')
    assert.match(run.out, '# broken%.lua +0 +0 +0%.0 %% +cannot be read: broken%.lua:1')
  end)

  test('which files', function()
    local ok = "require('tap')(function(test) test('x', function() end) end)"
    local folder = program.folder({
      ['tests/a.lua'] = ok, ['tests/deep/b.lua'] = ok, ['tests/test-j.lua'] = ok, ['tests/libs/helper.lua'] = 'error()',
      ['tests/fixtures/c.lua'] = 'error()', ['tests/.hidden/d.lua'] = 'error()', ['test/test-e.lua'] = ok,
      ['test/helper.lua'] = 'error()', ['src/f.lua'] = 'error()', ['src/e.lua'] = 'error()', ['src/d.lua'] = 'error()',
      ['src/f_test.lua'] = ok, ['src/g.test.lua'] = ok,
      ['deps/test-h.lua'] = 'error()', ['test-i.lua'] = ok, ['tests/notes.txt'] = '',
    })
    local function files(...)
      local run = luvitTest({ ... }, folder)
      local list = results(run.out)
      for i, line in ipairs(list) do list[i] = line:gsub('^ok ', ''):gsub(': x$', '') end
      return list
    end
    assert.deepEqual(files(), {
      'src/f_test.lua', 'src/g.test.lua', 'test-i.lua', 'test/test-e.lua', 'tests/a.lua', 'tests/deep/b.lua',
      'tests/test-j.lua' })
    assert.deepEqual(files('tests/'), { 'tests/a.lua', 'tests/deep/b.lua', 'tests/test-j.lua' })
    assert.deepEqual(files('tests/deep'), { 'tests/deep/b.lua' })
    assert.deepEqual(files('./tests/deep/..', '-f', 'y'), {})
    assert.deepEqual(files('src', 'test-i'), { 'src/f_test.lua', 'src/g.test.lua', 'test-i.lua' })
    assert.deepEqual(files('tests/a.lua', './tests/a.lua', 'tests/a.lua'), { './tests/a.lua', 'tests/a.lua' })
    assert.deepEqual(files('tests/*.lua'), { 'tests/a.lua', 'tests/test-j.lua' })
    assert.deepEqual(files('tests/**/[ab].lua'), { 'tests/a.lua', 'tests/deep/b.lua' })
    assert.deepEqual(files('**/?_test.lua'), { 'src/f_test.lua' })
    for _, word in ipairs({ 'nothing', 'nothing/*.lua' }) do
      local run = luvitTest({ word }, folder)
      assert.equal(run.code, 2)
      contains(run.err, word)
    end
    program.remove(folder)
  end)

  test('no tests at all', function()
    local folder = program.folder({ ['main.lua'] = '' })
    local run = luvitTest({}, folder)
    program.remove(folder)
    assert.equal(run.code, 1)
    contains(run.err, 'there are no tests here')
  end)

  test('the command line', function()
    local run = luvitTest({ '--help' })
    assert.equal(run.code, 0)
    assert.match(run.out, '^Usage: luvit test ')
    for words, text in pairs({
      ['--bogus'] = "unknown option '--bogus'", ['-x'] = "unknown option '-x'",
      ['--jobs'] = "option '--jobs' wants a value", ['--jobs=0'] = "--jobs wants a whole number from 1, not '0'",
      ['--timeout=x'] = "--timeout wants a whole number from 1, not 'x'",
      ['--reporter=junk'] = "there is no reporter 'junk'", ['--bail=1'] = "option '--bail' takes no value",
    }) do
      run = luvitTest({ words })
      assert.equal(run.code, 2)
      assert.equal(run.out, '')
      contains(run.err, text)
    end
  end)

  test('the environment of the tests is their own', function()
    local folder = program.folder({ ['test-env.lua'] = [[
      require('tap')(function(test)
        test('nothing of the runner is seen', function()
          assert(process.env.LUVIT_TEST == nil)
          assert(process.env.LUVIT_TEST_MARK == 'mark')
          assert(#process.argv == 1 and process.argv[1]:find('test%-env'))
          assert(require('uv').guess_handle(0) ~= 'tty')
        end)
      end)]] })
    process.env.LUVIT_TEST_MARK = 'mark'
    local run = luvitTest({}, folder)
    process.env.LUVIT_TEST_MARK = nil
    program.remove(folder)
    assert.deepEqual(results(run.out), { 'ok test-env.lua: nothing of the runner is seen' })
  end)

  test('a file whose name is that of the command', function()
    local folder = program.folder({ test = "print('1..1') print('ok 1 - a script')" })
    local run = luvitTest({ 'test' }, folder)
    assert.deepEqual(results(run.out), { 'ok test: a script' })
    run = program.run({ './test' }, { cwd = folder })
    assert.equal(run.out, '1..1\nok 1 - a script\n')
    program.remove(folder)
  end)

  local slow = [[
    require('tap')(function(test)
      test('first', function() end)
      test('slow', function(expect, uv)
        uv.fs_mkdir('waits', 448)
        local timer = uv.new_timer()
        timer:start(100000, 0, expect(function() timer:close() end))
      end)
    end)]]

  -- Waits until `text` is in what a child has printed.
  local function reader(pipe)
    local thread, seen, wanted = coroutine.running(), '', nil
    local function found()
      local _, stop = seen:find(wanted, 1, true)
      if not stop then return false end
      seen, wanted = seen:sub(stop + 1), nil
      return true
    end
    pipe:read_start(function(_, data)
      if not data then return pipe:close() end
      seen = seen .. data
      if wanted and found() then assert(coroutine.resume(thread)) end
    end)
    return function(text)
      wanted = text
      if not found() then coroutine.yield() end
    end
  end

  test('Ctrl-C ends the tests and tells', { skip = WINDOWS and 'it has no signals' }, function(expect)
    local folder = program.folder({ ['test-slow.lua'] = slow, ['test-well.lua'] = "print('1..1') print('ok 1')" })
    local thread = coroutine.running()
    local child
    child = program.start({ 'test', '-j2' }, { cwd = folder }, expect(function(result)
      assert.equal(result.code, 130)
      contains(result.out, "stopped, while 'slow' ran")
      contains(result.out, 'test-slow.lua: first')
      contains(result.out, 'ended by SIGINT')
      assert(coroutine.resume(thread))
    end))
    local timer = uv.new_timer()
    timer:start(10, 10, function()
      if not uv.fs_stat(folder .. '/waits') then return end
      timer:close()
      child:kill('sigint')
    end)
    coroutine.yield()
    program.remove(folder)
  end)

  test('watch', function(expect)
    local well = "require('tap')(function(test) test('one', function() end) end)"
    local folder = program.folder({ ['tests/a.lua'] = well, ['tests/b.lua'] = well, ['part.lua'] = 'return 1' })
    local stdin, out = uv.new_pipe(false), uv.new_pipe(false)
    local ended
    local thread = coroutine.running()
    local child
    child = assert(uv.spawn(uv.exepath(), {
      args = { 'test', '--watch', '-j1' }, cwd = folder, stdio = { stdin, out, 2 },
    }, expect(function(code)
      ended = code
      child:close()
      if coroutine.status(thread) == 'suspended' then assert(coroutine.resume(thread)) end
    end)))
    local waitFor = reader(out)
    waitFor('2 passed, in 2 files')
    waitFor('q ends.')
    program.write(folder .. '/part.lua', 'return 2')
    waitFor('2 passed, in 2 files')
    waitFor('q ends.')
    -- Only the file that changed.
    program.write(folder .. '/tests/b.lua', well:gsub('one', 'other'))
    waitFor('1 passed, in 1 file')
    waitFor('q ends.')
    program.write(folder .. '/tests/a.lua', well:gsub('function%(%) end', "function() error('broken') end"))
    waitFor('1 failed, in 1 file')
    waitFor('q ends.')
    stdin:write('\n')
    waitFor('1 passed, 1 failed, in 2 files')
    waitFor('q ends.')
    stdin:write('q')
    if not ended then coroutine.yield() end
    assert.equal(ended, 1)
    stdin:close()
    -- The end of its input is the end, too.
    stdin = uv.new_pipe(false)
    child = program.start({ 'test', '-w', 'tests/b.lua' }, { cwd = folder, stdin = stdin }, expect(function(result)
      -- The first run may be over by then, or not.
      assert.ok(result.code == 0 or result.code == 130, result.code)
      assert(coroutine.resume(thread))
    end))
    stdin:close()
    coroutine.yield()
    program.remove(folder)
  end)
end)
