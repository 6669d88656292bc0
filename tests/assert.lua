local assert = require('assert')

-- What a call raises.
local function raised(fn, ...)
  local ok, err = pcall(fn, ...)
  if ok then error('no error was raised', 2) end
  return err
end

local function same(actual, expected)
  if actual ~= expected then error(('got\n%s\nnot\n%s'):format(tostring(actual), tostring(expected)), 2) end
end

local function contains(text, part)
  if not text:find(part, 1, true) then error(('%q is not in\n%s'):format(part, text), 2) end
end

local function withoutPosition(err)
  return (err:gsub('^[^\n]-assert%.lua:%d+: ', ''))
end

local function equals(a, b) return (pcall(assert.deepEqual, a, b)) end

require('tap')(function(test)
  test("it is Lua's assert", function()
    local a, b, c = assert(1, nil, 'x')
    same(a, 1)
    same(b, nil)
    same(c, 'x')
    local object = {}
    same(raised(function() assert(nil, object) end), object)
    contains(raised(function() assert(false) end), 'assertion failed!')
    contains(raised(function() assert(nil, 'why') end), 'why')
    contains(raised(function() assert() end), 'value expected')
    same(_G.assert == assert, false)
    same(type(_G.assert), 'function')
  end)

  test('errors begin with the position of the caller', function()
    for _, fn in ipairs({
      function() assert.fail() end, function() assert.ok(nil) end, function() assert.equal(1, 2) end,
      function() assert.strictEqual(1, 2) end, function() assert.notEqual(1, 1) end,
      function() assert.deepEqual({}, { 1 }) end, function() assert.same({}, { 1 }) end,
      function() assert.notDeepEqual({}, {}) end, function() assert.match('a', 'b') end,
      function() assert.notMatch('a', 'a') end, function() assert.throws(function() end) end,
      function() assert.doesNotThrow(error) end, function() assert.match('a') end,
    }) do
      local line = debug.getinfo(fn, 'S').linedefined
      contains(raised(fn), ('assert.lua:%d: '):format(line))
    end
  end)

  test('a message comes before the reason', function()
    same(withoutPosition(raised(function() assert.equal(1, 2, 'sum') end)), 'sum\nexpected 2, got 1')
    same(withoutPosition(raised(function() assert.fail('because') end)), 'because')
    same(withoutPosition(raised(function() assert.ok(false, 'open') end)), 'open\nexpected a true value, got false')
  end)

  test('ok and match return what they looked at', function()
    same(assert.ok('x'), 'x')
    local year, month = assert.match('2024-05', '(%d+)-(%d+)')
    same(year .. month, '202405')
    same(assert.match('abc', 'b'), 'b')
    assert.notMatch('abc', '%d')
    contains(raised(assert.match, 5, 'b'), 'expected a string, got 5')
    contains(raised(assert.match, 'abc', '^b'), "expected a match of '^b' in 'abc'")
    contains(raised(assert.notMatch, 'abc', 'b'), "expected no match of 'b' in 'abc'")
    contains(raised(assert.match, 'abc', nil), "bad argument 'pattern' to 'match' (string expected, got nil)")
  end)

  test('equal', function()
    assert.equal(1, 1)
    assert.equal(0 / 0, 0 / 0)
    assert.equal(0, -0)
    assert.equal(nil, nil)
    assert.notEqual(nil, false)
    assert.notEqual('1', 1)
    local ffi = require('ffi')
    assert.equal(ffi.new('int64_t', 5), ffi.new('int64_t', 5))
    assert.notEqual(ffi.new('int64_t', 5), 'x')
    local list = {}
    assert.equal(list, list)
    same(withoutPosition(raised(assert.equal, '1', 1)), "expected 1, got '1'")
    same(withoutPosition(raised(assert.equal, 0.1 + 0.2, 0.3)), 'expected 0.3, got 0.30000000000000004')
    same(withoutPosition(raised(assert.equal, 'a\tb\0', nil)), "expected nil, got 'a\\tb\\000'")
    contains(raised(assert.equal, {}, {}), 'expected {}, got another table, {} (deepEqual compares contents)')
    local proxy = setmetatable({}, { __tostring = function() return '1' end })
    contains(raised(assert.equal, proxy, 1), 'expected 1, a number, got 1, a table')
  end)

  test('long strings are shown where they differ', function()
    local long = ('x'):rep(100000)
    local err = raised(assert.equal, long .. 'a' .. long, long .. 'b' .. long)
    contains(err, 'strings differ at byte 100001')
    contains(err, "- …'xxxxxxxxxxxxxxxxxxxxb")
    contains(err, "+ …'xxxxxxxxxxxxxxxxxxxxa")
    same(#err < 500, true)
  end)

  test('texts are shown as a diff', function()
    local err = raised(assert.equal, 'one\ntwo\n\27[31mthree\nfour', 'one\n2\n\27[31mthree\nfour')
    same(withoutPosition(err), table.concat({
      'strings differ at byte 5', '  (- expected, + actual)', '    one', '  - 2', '  + two', '    \\027[31mthree',
      '    four',
    }, '\n'))
  end)

  test('deepEqual compares contents', function()
    assert.deepEqual({ 1, { a = { 'x' } }, k = true }, { 1, { a = { 'x' } }, k = true })
    assert.deepEqual({ 0 / 0 }, { 0 / 0 })
    assert.deepEqual({}, {})
    assert.deepEqual('x', 'x')
    for _, pair in ipairs({
      { {}, { 1 } }, { { 1 }, {} }, { { 1, 2 }, { 2, 1 } }, { { a = 1 }, { b = 1 } }, { { a = 1 }, { a = 1, b = 2 } },
      { { a = 1, b = 2 }, { a = 1 } }, { {}, 1 }, { { {} }, { 1 } }, { { a = { b = 1 } }, { a = { b = '1' } } },
      { { [1.5] = 1 }, { [2.5] = 1 } }, { { x = false }, {} },
    }) do
      same(equals(pair[1], pair[2]), false)
      assert.notDeepEqual(pair[1], pair[2])
    end
    contains(raised(assert.notDeepEqual, { 1 }, { 1 }), 'expected something else than\n    {\n      1,\n    }')
  end)

  test('deepEqual with tables as keys', function()
    same(equals({ [{ 1 }] = 'a', [{ 2 }] = 'b' }, { [{ 2 }] = 'b', [{ 1 }] = 'a' }), true)
    same(equals({ [{ 1 }] = 'a', [{ 2 }] = 'b' }, { [{ 2 }] = 'a', [{ 1 }] = 'b' }), false)
    same(equals({ [{ 1 }] = 'a', [{ 1 }] = 'a' }, { [{ 1 }] = 'a' }), false)
    local key = { 1 }
    same(equals({ [key] = 'a', [{ 1 }] = 'b' }, { [{ 1 }] = 'b', [key] = 'a' }), true)
  end)

  test('deepEqual with cycles, and shared tables', function()
    local a, b = { x = { 1 } }, { x = { 1 } }
    a.me, b.me = a, b
    a.list, b.list = { a, a.x }, { b, b.x }
    assert.deepEqual(a, b)
    b.list[2] = { 2 }
    local err = raised(assert.deepEqual, a, b)
    contains(err, 'tables differ at .list[2][1]: expected 2, got 1')
    contains(err, 'me = (the table 1 levels up),')
    local one, two = {}, { {} }
    one[1] = one
    two[1][1] = two
    assert.deepEqual(one, two)
  end)

  test('deepEqual and metatables', function()
    local meta = {}
    assert.deepEqual(setmetatable({ 1 }, meta), setmetatable({ 1 }, meta))
    same(equals(setmetatable({ 1 }, meta), { 1 }), false)
    contains(raised(assert.deepEqual, { a = setmetatable({}, meta) }, { a = {} }), 'differ at .a: metatables differ')
    assert.same(setmetatable({ 1, setmetatable({}, meta) }, meta), { 1, {} })
    contains(raised(assert.same, setmetatable({ 1 }, meta), { 2 }), 'expected 2, got 1')
    -- The contents count, not what they seem to be.
    local seems = setmetatable({}, { __index = { a = 1 }, __pairs = function() return next, { a = 1 } end })
    same(pcall(assert.same, seems, { a = 1 }), false)
    local byId = { __eq = function(x, y) return x.id == y.id end }
    assert.deepEqual(setmetatable({ id = 1, at = 2 }, byId), setmetatable({ id = 1, at = 3 }, byId))
    same(equals(setmetatable({ id = 1 }, byId), setmetatable({ id = 2 }, byId)), false)
  end)

  test('the difference of tables', function()
    local err = raised(assert.deepEqual,
      { name = 'x', list = { 1, 2, 3 }, ['a key'] = 1, [true] = 'yes', extra = {} },
      { name = 'y', list = { 1, 3 }, ['a key'] = 1, [true] = 'yes', gone = print })
    same((withoutPosition(err):gsub('builtin: %w+', 'builtin'):gsub('0x%x+', 'ADDRESS')), table.concat({
      'tables differ at .extra: expected nil, got {}',
      '  (- expected, + actual)',
      '    {',
      "      ['a key'] = 1,",
      '  -   gone = function: ADDRESS,',
      '  +   extra = {},',
      '      list = {',
      '        1,',
      '  +     2,',
      '        3,',
      '      },',
      "  -   name = 'y',",
      "  +   name = 'x',",
      "      [true] = 'yes',",
      '    }',
    }, '\n'))
  end)

  test('messages stay short, whatever is compared', function()
    local a, b = {}, {}
    for i = 1, 20000 do
      a[i], b[i] = i, i
    end
    b[19999] = 'other'
    local err = raised(assert.deepEqual, a, b)
    contains(err, "tables differ at [19999]: expected 'other', got 19999")
    same(#err < 1000, true)
    for i = 1, 3000 do b[i] = -i end
    err = raised(assert.deepEqual, a, b)
    contains(err, 'more changed lines')
    same(#err < 20000, true)
    -- Deeper than functions can call each other.
    local deep, other = {}, {}
    local x, y = deep, other
    for _ = 1, 100000 do
      x.n, y.n = {}, {}
      x, y = x.n, y.n
    end
    assert.deepEqual(deep, other)
    x.last = true
    err = raised(assert.deepEqual, deep, other)
    contains(err, '.n.n.last: expected nil, got true')
    same(#err < 1000, true)
    -- Shared tables multiply in a text.
    local shared = {}
    for _ = 1, 40 do shared = { shared, shared } end
    err = raised(assert.deepEqual, { shared, 1 }, { shared, 2 })
    contains(err, 'tables differ at [2]: expected 2, got 1')
    same(#err < 20000, true)
  end)

  test('throws', function()
    local object = { code = 5 }
    same(assert.throws(function() error(object) end), object)
    same(assert.throws(function() error(object) end, { code = 5 }), object)
    assert.throws(function() error('a (b') end, '(b')
    assert.throws(function() error('a1b') end, 'a%db')
    assert.throws(function() error(object) end, function(err) return err.code == 5 end)
    assert.throws(function() error() end)
    assert.throws(setmetatable({}, { __call = function() error('called') end }), 'called')
    contains(raised(assert.throws, function() end), 'expected an error, but none was raised')
    contains(raised(assert.throws, function() error('x', 0) end, 'y'), "expected an error like 'y', got 'x'")
    contains(raised(assert.throws, function() error('x', 0) end, function() end), "expected another error, got 'x'")
    contains(raised(assert.throws, function() error({ code = 4 }) end, { code = 5 }),
      'expected an error like { code = 5 }, got { code = 4 }')
    contains(raised(assert.throws, 1), "bad argument 'fn' to 'throws' (function expected, got number)")
  end)

  test('doesNotThrow', function()
    local a, b, c = assert.doesNotThrow(function() return 1, nil, 3 end)
    same(a, 1)
    same(b, nil)
    same(c, 3)
    local function deeper() error('deep') end
    local err = raised(function() assert.doesNotThrow(function() deeper() end) end)
    contains(err, 'expected no error, got ')
    contains(err, "in function 'deeper'")
    same(err:find('bundle:', 1, true), nil)
  end)

  test('functions under assertions may wait', function()
    local timer = require('timer')
    assert.throws(function()
      timer.sleep(1)
      error('late')
    end, 'late')
    same(assert.doesNotThrow(function()
      timer.sleep(1)
      return 'done'
    end), 'done')
  end)

  test('what a class shows of itself is what differs, not its insides', function()
    local Buffer = require('buffer').Buffer
    local ok, err = pcall(assert.deepEqual, { a = Buffer:new('abc') }, { a = Buffer:new('abd') })
    assert(not ok and err:find('-   a = <Buffer 61 62 64>,', 1, true), err)
    assert(err:find('+   a = <Buffer 61 62 63>,', 1, true) and not err:find('cdata', 1, true), err)
  end)

  test('a message may be any value', function()
    local ok, err = pcall(assert.fail, { code = 'EBAD' })
    assert(not ok and err == "{ code = 'EBAD' }", err)
    ok, err = pcall(assert.equal, 1, 2, { code = 'EBAD' })
    assert(not ok and err == "{ code = 'EBAD' }\nexpected 2, got 1", err)
  end)
end)
