local assert = require('assert')
local program = require('program')

local function contains(text, part)
  assert.ok(text:find(part, 1, true), ('%q is not in\n%s'):format(part, text))
end

local function lacks(text, part)
  assert.ok(not text:find(part, 1, true), ('%q is in\n%s'):format(part, text))
end

-- Results without what they say of failures.
local function results(text)
  local list = {}
  for line in text:gmatch('[^\n]+') do
    if line:find('^ok ') or line:find('^not ok ') or line:find('^1%.%.') or line:find('^Bail') then
      list[#list + 1] = line
    end
  end
  return list
end

local function suite(body)
  return program.text("require('tap')(function(test)\n" .. body .. '\nend)')
end

require('tap')(function(test)
  test('results, plan and exit code', function()
    local run = suite([[
      test('passes', function() end)
      test('fails', function() error('why') end)
      test('passes # again', function() end)]])
    assert.deepEqual(results(run.out), { '1..3', 'ok 1 - passes', 'not ok 2 - fails', 'ok 3 - passes \\# again' })
    assert.equal(run.code, 1)
    contains(run.out, "file.lua:3: why\n")
    lacks(run.out, 'bundle:/deps')
    assert.equal(suite("test('passes', function() end)").code, 0)
  end)

  test('no tests', function()
    local run = suite('')
    assert.equal(run.code, 255)
    contains(run.err, 'file.lua:1: no tests in this file')
  end)

  test('expect counts calls', function()
    local run = suite([[
      test('never', function(expect) expect(function() end) end)
      test('twice', function(expect) local f = expect(function() end, 2) f() f() end)
      test('once of two', function(expect) expect(function() end, 2)() end)
      test('too often', function(expect) local f = expect(function() end, 1) f() f() end)
      test('as often as it likes', function(expect) local f = expect(function() end) f() f() end)
      test('values pass', function(expect)
        local a, b, c = expect(function(...) return ... end)(1, nil, 3)
        assert(a == 1 and b == nil and c == 3)
      end)
      test('an error in it', function(expect) pcall(expect(function() error('inside') end)) end)
      test('no function', function(expect) expect(1) end)]])
    assert.deepEqual(results(run.out), {
      '1..8', 'not ok 1 - never', 'ok 2 - twice', 'not ok 3 - once of two', 'not ok 4 - too often',
      'ok 5 - as often as it likes', 'ok 6 - values pass', 'not ok 7 - an error in it', 'not ok 8 - no function',
    })
    contains(run.out, 'file.lua:2: expected at least 1, got 0 calls')
    contains(run.out, 'file.lua:4: expected 2, got 1 calls')
    contains(run.out, 'file.lua:11: inside')
    contains(run.out, "file.lua:12: bad argument 'fn' to 'expect' (function expected, got number)")
  end)

  test('what is left over fails', function()
    local run = suite([[
      local uv = require('uv')
      test('a handle', function() uv.new_timer():start(1, 0, function() end) end)
      test('the working folder', function() uv.chdir('..') end)
      test('nothing is left of them', function()
        assert(uv.cwd() == module.dir)
        uv.walk(function(handle) assert(uv.is_closing(handle) or not uv.is_active(handle)) end)
      end)]])
    -- `module.dir` is what the file has, which may be behind a link.
    contains(run.out, 'not ok 1 - a handle\n  # handle left open: uv_timer_t')
    contains(run.out, 'not ok 2 - the working folder\n  # working directory left at ')
  end)

  test('errors in callbacks belong to the test', function()
    local run = suite([[
      local timer = require('timer')
      test('a callback', function() timer.setTimeout(1, function() error('from a timer') end) end)
      test('a coroutine', function()
        coroutine.wrap(function() timer.sleep(1) error('from a coroutine') end)()
      end)
      test('is well', function() end)]])
    assert.deepEqual(results(run.out), { '1..3', 'not ok 1 - a callback', 'not ok 2 - a coroutine', 'ok 3 - is well' })
    contains(run.out, 'file.lua:3: from a timer')
    contains(run.out, 'file.lua:5: from a coroutine')
  end)

  test('tests may wait', function()
    local run = suite([[
      local timer = require('timer')
      test('for a timer', function() timer.sleep(1) assert(coroutine.running()) end)
      test('and fail afterwards', function() timer.sleep(1) error('late') end)
      test('for nothing that can happen', function() coroutine.yield() end)]])
    assert.deepEqual(results(run.out), {
      '1..3', 'ok 1 - for a timer', 'not ok 2 - and fail afterwards', 'not ok 3 - for nothing that can happen' })
    contains(run.out, 'file.lua:4: late')
    contains(run.out, 'it waits for something that can no longer happen')
    contains(run.out, "in function 'yield'")
    contains(run.out, 'file.lua:5: in function')
  end)

  test('tests may await', function(_, uv)
    local await = require('await')
    local stat = assert(await(uv.fs_stat, module.path))
    assert.equal(stat.type, 'file')
    local nothing, err = await(uv.fs_stat, module.path .. '/nothing')
    assert.equal(nothing, nil)
    assert.match(err, '^ENO')
  end)

  test('a time limit says what the test waits for', function()
    local run = suite([[
      local uv = require('uv')
      test('waits', { timeout = 30 }, function()
        uv.new_timer():start(100000, 0, function() end)
        coroutine.yield()
      end)
      test('expects', { timeout = 30 }, function(expect)
        uv.new_timer():start(100000, 0, expect(function() end))
      end)
      test('is well', function() end)]])
    assert.deepEqual(results(run.out), { '1..3', 'not ok 1 - waits', 'not ok 2 - expects', 'ok 3 - is well' })
    contains(run.out, 'timed out after 30 ms\n  # open: uv_timer_t')
    contains(run.out, 'it waits here:')
    contains(run.out, 'file.lua:5: in function')
    contains(run.out, 'file.lua:8: expected at least 1, got 0 calls')
  end)

  test('code that does not come back is interrupted', function()
    local run = suite([[
      local uv = require('uv')
      jit.off()
      test('spins', { timeout = 30 }, function()
        while true do end
      end)
      test('spins in a callback', { timeout = 30 }, function()
        uv.new_idle():start(function() while true do uv.hrtime() end end)
      end)
      test('is well', function() end)]])
    assert.deepEqual(results(run.out), {
      '1..3', 'not ok 1 - spins', 'not ok 2 - spins in a callback', 'ok 3 - is well' })
    contains(run.out, '2 - spins in a callback\n  # timed out after 30 ms without coming back to the event loop')
    contains(run.out, 'file.lua:8: in function')
  end)

  test('print makes comments in tests', function()
    local run = program.text([[
      local print_ = print
      local tap = require('tap')
      local mine = print
      print('outside')
      tap(function(test)
        test('prints', function() print('1..9\nok 7', nil) mine('mine') p({ 1 }) end)
      end)]])
    assert.equal(run.out, 'outside\n1..1\n# 1..9\n# ok 7\tnil\n# mine\n# { 1 }\nok 1 - prints\n')
  end)

  test("luvit's ways of calling it", function()
    local run = program.text([[
      local tap = require('tap')
      tap(false)
      assert(tap(function(test) test('one', function() end) end) == nil)
      tap('group')
      tap(function(test) test('two', function() error('no') end) end)
      tap(function(test) test('three', function() end) end)
      local passed, failed = tap(true)
      assert(passed == false and failed == 1)
      assert(not pcall(tap, true))]])
    assert.deepEqual(results(run.out), { '1..3', 'ok 1 - one', 'not ok 2 - group - two', 'ok 3 - three' })
    assert.equal(run.code, 1)
    assert.equal(run.err, '')
  end)

  test('skip, todo and only', function()
    local run = suite([[
      test.skip('skipped', function() error('never') end)
      test('skipped by an option', { skip = 'no reason' }, function() error('never') end)
      test('skips itself', function(_, _, context) context.skip('bad weather') error('never') end)
      test('skips itself in a callback', function(expect, uv, context)
        local timer = uv.new_timer()
        timer:start(1, 0, expect(function() timer:close() context.skip() end))
      end)
      test.todo('fails still', function() error('later') end)
      test.todo('a note')]])
    assert.deepEqual(results(run.out), {
      '1..6', 'ok 1 - skipped # SKIP', 'ok 2 - skipped by an option # SKIP no reason',
      'ok 3 - skips itself # SKIP bad weather', 'ok 4 - skips itself in a callback # SKIP',
      'not ok 5 - fails still # TODO', 'ok 6 - a note # TODO',
    })
    assert.equal(run.code, 0)
    run = suite([[
      test('left out', function() error('never') end)
      test.only('this one', function() end)]])
    assert.deepEqual(results(run.out), { '1..1', 'ok 1 - this one' })
    contains(run.out, '# 1 of 2 tests are left out')
  end)

  test('describe and hooks, in order', function()
    local run = program.text([[
      local tap = require('tap')
      local describe, it = tap.describe, tap.it
      local log = {}
      local function note(text) return function() log[#log + 1] = text end end
      describe('outer', function()
        tap.before(note('before'))
        tap.beforeEach(note('each'))
        tap.afterEach(note('after each'))
        tap.after(note('after'))
        it('first', note('first'))
        describe('inner', function()
          tap.beforeEach(note('inner each'))
          tap.afterEach(note('inner after each'))
          it('second', note('second'))
        end)
        describe.skip('nothing', function() tap.before(note('never')) it('never', note('never')) end)
      end)
      describe('end', function()
        it('tells', function()
          assert(table.concat(log, ' ') == 'before each first after each each inner each second inner after each '
            .. 'after each after', table.concat(log, ' '))
        end)
      end)]])
    assert.deepEqual(results(run.out), {
      '1..4', 'ok 1 - outer > first', 'ok 2 - outer > inner > second', 'ok 3 - outer > nothing > never # SKIP',
      'ok 4 - end > tells' })
    assert.equal(run.code, 0)
  end)

  test('only in groups', function()
    local run = program.text([[
      local tap = require('tap')
      local describe, it = tap.describe, tap.it
      describe('a', function() it('1', error) it.only('2', function() end) end)
      describe.only('b', function() it('3', function() end) it('4', function() end) end)
      describe.only('c', function() it('5', error) it.only('6', function() end) end)]])
    assert.deepEqual(results(run.out), { '1..4', 'ok 1 - a > 2', 'ok 2 - b > 3', 'ok 3 - b > 4', 'ok 4 - c > 6' })
  end)

  test('hooks that fail, and what they leave', function()
    local run = program.text([[
      local tap = require('tap')
      local describe, it = tap.describe, tap.it
      local uv = require('uv')
      describe('before', function()
        tap.before(function() error('no server') end)
        it('one', function() end)
        it('two', function() end)
      end)
      describe('beforeEach', function()
        tap.beforeEach(function() error('no table') end)
        it('never runs', function() error('it ran') end)
      end)
      describe('after', function()
        tap.after(function() error('cannot tidy') end)
        it('is well', function() end)
        it('is blamed', function() end)
      end)
      describe('skips', function()
        tap.before(function(_, _, context) context.skip('not here') end)
        it('all', function() error('it ran') end)
      end)
      describe('leaves', function()
        tap.before(function() uv.new_timer():start(100000, 0, function() end) end)
        it('a timer', function() end)
      end)
      describe('shares', function()
        local server
        tap.before(function()
          server = uv.new_tcp()
          server:bind('127.0.0.1', 0)
          server:listen(8, function()
            local peer = uv.new_tcp()
            server:accept(peer)
            peer:write('hello', function() peer:close() end)
          end)
        end)
        tap.after(function() server:close() end)
        it('a server', function(expect)
          local client = uv.new_tcp()
          client:connect('127.0.0.1', server:getsockname().port, expect(function(err)
            assert(not err, err)
            client:read_start(expect(function(_, data)
              if data then assert(data == 'hello') else client:close() end
            end, 2))
          end))
        end)
        it('that need not end', function() end)
      end)]])
    assert.deepEqual(results(run.out), {
      '1..9', 'not ok 1 - before > one', 'not ok 2 - before > two', 'not ok 3 - beforeEach > never runs',
      'ok 4 - after > is well', 'not ok 5 - after > is blamed', 'ok 6 - skips > all # SKIP not here',
      'not ok 7 - leaves > a timer', 'ok 8 - shares > a server', 'ok 9 - shares > that need not end',
    })
    contains(run.out, 'in before: ')
    contains(run.out, 'file.lua:5: no server')
    contains(run.out, 'in beforeEach: ')
    lacks(run.out, 'it ran')
    contains(run.out, 'file.lua:14: cannot tidy')
    contains(run.out, '7 - leaves > a timer\n  # handle left open')
  end)

  test('context.after tidies up, whatever happens', function()
    local run = suite([[
      local log = {}
      test('fails', function(_, uv, context)
        local timer = uv.new_timer()
        context.after(function() log[#log + 1] = 'first' timer:close() end)
        context.after(function() log[#log + 1] = 'last' end)
        error('no')
      end)
      test('and tells', function() assert(table.concat(log, ' ') == 'last first') end)]])
    assert.deepEqual(results(run.out), { '1..2', 'not ok 1 - fails', 'ok 2 - and tells' })
    lacks(run.out, 'left open')
  end)

  test('errors of what is closed after a failure do not hide it', function()
    local run = suite([[
      test('fails', function(_, uv)
        local server = uv.new_tcp()
        server:bind('127.0.0.1', 0)
        server:listen(8, function() end)
        for _ = 1, 3 do
          uv.new_tcp():connect('127.0.0.1', server:getsockname().port, function(err)
            require('timer').setImmediate(function() error('connect: ' .. err) end)
          end)
        end
        error('the reason')
      end)
      test('the next', function() end)]])
    assert.deepEqual(results(run.out), { '1..2', 'not ok 1 - fails', 'ok 2 - the next' })
    contains(run.out, 'the reason')
    lacks(run.out, 'connect: ')
  end)

  test('settings', function()
    local run = program.text([[
      local tap = require('tap')
      tap.configure({ filter = 'b.d', bail = true })
      tap.describe('x', function()
        tap.it('abcde', function() error('stop') end)
        tap.it('other', function() end)
        tap.it('b.d', function() end)
      end)]])
    assert.deepEqual(results(run.out), { '1..2', 'not ok 1 - x > abcde', 'Bail out! x > abcde' })
    run = program.text([[
      require('tap').configure({ filter = 'nothing like it' })
      require('tap')(function(test) test('one', function() end) end)]])
    assert.deepEqual(results(run.out), { '1..0 # SKIP no test matches' })
    assert.equal(run.code, 0)
  end)

  test('wrong arguments', function()
    local tap = require('tap')
    local function fails(pattern, fn, ...)
      local ok, err = pcall(fn, ...)
      assert.ok(not ok)
      contains(err, pattern)
    end
    -- The tests of this file run already.
    fails('the tests of this file run already', tap.it, 'late', function() end)
    fails('the tests of this file run already', tap.describe, 'late', function() end)
    fails("bad argument 'fn' to 'before' (function expected, got nil)", tap.before)
    fails("bad argument 'options' to 'configure' (table expected, got nil)", tap.configure)
    local run = program.text([[
      local tap = require('tap')
      print(pcall(tap.it, 1, function() end))
      print(pcall(tap.it, 'name'))
      print(pcall(tap.it, 'name', 'x', function() end))
      print(pcall(tap.describe, 'name', {}))
      print(pcall(tap.describe, 'name', function() error('in describe') end))]])
    contains(run.out, "bad argument 'name' to 'test' (string expected, got number)")
    contains(run.out, "bad argument 'fn' to 'test' (function expected, got nil)")
    contains(run.out, "bad argument 'options' to 'test' (table expected, got string)")
    contains(run.out, "bad argument 'fn' to 'describe' (function expected, got nil)")
    contains(run.out, 'in describe')
  end)

  test('no error of a hook is lost', function()
    local run = program.text([[
      local tap = require('tap')
      tap.describe('group', function()
        tap.after(function() error('in the group') end)
        tap.afterEach(function() error('each time') end)
        tap.it('fails itself', function() error('by itself') end)
        tap.it('is skipped', function(_, _, context) context.skip() end)
      end)
      tap.describe('other', function()
        tap.after(function() error('nobody asked') end)
        tap.it.todo('is not done yet')
      end)]])
    assert.deepEqual(results(run.out), {
      '1..3', 'not ok 1 - group > fails itself', 'not ok 2 - group > is skipped', 'not ok 3 - other > is not done yet',
    })
    assert.equal(run.code, 1)
    contains(run.out, 'file.lua:5: by itself')
    contains(run.out, 'after that: in afterEach: ')
    local _, count = run.out:gsub('each time', '')
    assert.equal(count, 2)
    contains(run.out, 'after that: in after: ')
    contains(run.out, 'in the group')
    contains(run.out, 'nobody asked')
  end)

  test('wrong definitions are told where they are', function()
    local run = program.text([[
      local tap = require('tap')
      for _, wrong in ipairs({
        function() tap.describe('x') end, function() tap.it(5) end, function() tap.before(5) end,
        function() tap.it('x', { timeout = 'soon' }, print) end, function() tap.configure() end,
      }) do print(select(2, pcall(wrong))) end
      tap.it('runs', function() print(select(2, pcall(function() tap.it('late', print) end))) end)]])
    contains(run.out, "file.lua:3: bad argument 'fn' to 'describe' (function expected, got nil)")
    contains(run.out, "file.lua:3: bad argument 'name' to 'test' (string expected, got number)")
    contains(run.out, "file.lua:3: bad argument 'fn' to 'before' (function expected, got number)")
    contains(run.out, "file.lua:4: bad argument 'options.timeout' to 'test' (number expected, got string)")
    contains(run.out, "file.lua:4: bad argument 'options' to 'configure' (table expected, got nil)")
    contains(run.out, 'file.lua:6: test: the tests of this file run already')
  end)

  test('tests that stand alone run, too', function()
    local run = program.text("require('tap').it('alone', function() error('it ran') end)")
    assert.deepEqual(results(run.out), { '1..1', 'not ok 1 - alone' })
    assert.equal(run.code, 1)
    run = program.text([[
      local tap = require('tap')
      tap(false)
      tap(function(test) test('a', function() end) end)
      require('timer').setTimeout(5, function() tap(true) end)]])
    assert.deepEqual(results(run.out), { '1..1', 'ok 1 - a' })
  end)
end)
