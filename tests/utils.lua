local utils = require('utils')
local timer = require('timer')
-- Opened here, it is not an open handle of a test.
local stdout = utils.stdout

require('tap')(function(test)
  test('bind', function()
    local function pack(...) return { n = select('#', ...), ... } end
    local result = utils.bind(pack, 1)(2, nil)
    assert(result.n == 3 and result[1] == 1 and result[2] == 2)
    result = utils.bind(pack, 1, nil, 3)(nil, 5)
    assert(result.n == 5 and result[3] == 3 and result[5] == 5)
    result = utils.bind(pack, 1, nil)()
    assert(result.n == 2 and result[1] == 1)
    assert(not pcall(utils.bind, nil))
  end)

  test('noop prints an error', function()
    local print, text = _G.print, nil
    _G.print = function(...) text = table.concat({ ... }, ' ') end
    utils.noop()
    assert(text == nil)
    utils.noop('bad')
    assert(text == 'Unhandled callback error bad')
    utils.noop({ code = 'EBAD' })
    assert(text:find("code = 'EBAD'", 1, true), text)
    local shown
    _G.print = function(...) shown = tostring((select(2, ...))) end
    utils.noop(require('core').Error:new('EBAD: as it says'))
    _G.print = print
    assert(shown == 'EBAD: as it says', shown)
  end)

  local function later(value, callback)
    timer.setTimeout(1, callback, value == 'fail' and 'EIO: broken' or nil, value, nil, 'last')
  end
  local function now(value, callback)
    callback(value == 'fail' and 'EIO: broken' or nil, value, nil, 'last')
  end

  test('adapt to callbacks', function(expect)
    utils.adapt(expect(function(err, value) assert(err == nil and value == 1) end), later, 1)
    utils.adapt(nil, now, 1)
    assert(not pcall(utils.adapt, 'x', now, 1))
    local ok, err = pcall(function() utils.adapt(nil, nil, 1) end)
    assert(not ok and err:find("utils%.lua:%d+: bad argument 'fn' to 'adapt' %(function expected, got nil%)"))
  end)

  test('adapt to coroutines', function(expect)
    coroutine.wrap(expect(function()
      local thread = coroutine.running()
      for _, fn in ipairs({ later, now }) do
        local value, none, last = utils.adapt(thread, fn, 'v')
        assert(value == 'v' and none == nil and last == 'last')
        local ok, err = utils.adapt(thread, fn, 'fail')
        assert(ok == nil and tostring(err) == 'EIO: broken')
      end
      local ok, err = utils.adapt(thread, function() return nil, 'EBADF: not started', 'EBADF' end)
      assert(ok == nil and tostring(err):find('EBADF'))
    end))()
  end)

  test('assertResume raises with the traceback of the coroutine', function()
    local function inner() error('deep problem') end
    local ok, err = pcall(utils.assertResume, coroutine.create(function() inner() end))
    assert(not ok and err:find('deep problem', 1, true) and err:find("'inner'", 1, true))
    local object = require('core').Error:new('ENOENT: an object')
    ok, err = pcall(utils.assertResume, coroutine.create(function() error(object) end))
    assert(not ok and rawequal(err, object))
    ok, err = pcall(function() utils.assertResume(nil) end)
    assert(not ok and err:find("utils%.lua:%d+: bad argument 'thread' to 'assertResume' %(thread expected, got nil%)"))
    local got
    utils.assertResume(coroutine.create(function(...) got = { ... } end), 1, 2)
    assert(got[2] == 2)
  end)

  test('has what pretty-print has', function()
    local lib = require('pretty-print')
    for _, name in ipairs({ 'color', 'colorize', 'dump', 'loadColors', 'prettyPrint', 'print', 'strip' }) do
      assert(type(utils[name]) == 'function' and utils[name] == lib[name])
    end
    assert(utils.theme == lib.theme and utils.stdout == stdout and lib.stdout == stdout)
    assert(utils.unknown == nil)
    local names = {}
    for name in pairs(utils) do names[name] = true end
    assert(names.bind and names.dump)
  end)
end)
