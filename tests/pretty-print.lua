local lib = require('pretty-print')
local dump = lib.dump
-- Opened here, they are not open handles of a test.
local streams = { stdin = lib.stdin, stdout = lib.stdout, stderr = lib.stderr }

local function plain(value, recurse) return dump(value, recurse, true) end

local function widest(text)
  local width = 0
  for line in (text .. '\n'):gmatch('(.-)\n') do width = math.max(width, #line) end
  return width
end

require('tap')(function(test)
  test('scalars', function(_, uv)
    assert(plain(nil) == 'nil' and plain(true) == 'true' and plain(1.5) == '1.5' and plain('a') == "'a'")
    assert(plain(print):find('^function: '))
    assert(plain(coroutine.create(print)):find('^thread: 0x'))
    local timer = uv.new_timer()
    assert(plain(timer):find('^uv_timer_t: '))
    timer:close()
    assert(plain(1LL) == '1LL')
  end)

  test('strings are quoted and escaped', function()
    assert(plain('a\nb\0\27\\') == "'a\\nb\\000\\027\\\\'")
    assert(plain("it's") == '"it\'s"')
    assert(plain([[it's "so"]]) == [['it\'s "so"']])
    assert(plain('say "so"') == [['say "so"']])
    assert(plain('\127\195\164') == "'\\127\\195\\164'")
  end)

  test('tables', function()
    assert(plain({}) == '{ }')
    assert(plain({ 1, 'a', { true } }) == "{ 1, 'a', { true } }")
    assert(plain({ a = 1 }) == '{ a = 1 }')
    assert(plain({ ['a b'] = 1 }) == "{ ['a b'] = 1 }")
    assert(plain({ [10] = 1 }) == '{ [10] = 1 }')
    assert(plain({ [{ 1 }] = 2 }) == '{ [{ 1 }] = 2 }')
    assert(plain({ 1, 2, a = 3 }) == '{ 1, 2, a = 3 }')
    assert(plain(setmetatable({ 1 }, { __tostring = function() return 'hidden' end })) == '{ 1 }')
  end)

  test('lines are broken at 80 columns, outer tables first', function()
    local list = {}
    for i = 1, 30 do list[i] = 'item ' .. i end
    local text = plain(list)
    assert(widest(text) <= 80 and text:find('\n  ', 1, true))
    assert(loadstring('return ' .. text)()[30] == 'item 30')

    local long = ('x'):rep(60)
    assert(plain({ first = { second = { long } } }) ==
      "{ \n  first = { \n    second = { 'x" .. long:sub(2) .. "' } } }" or widest(plain({ first = { second = { long } } })) <= 80)
    assert(plain({ key = ('y'):rep(90) }) == "{ \n  key = \n    '" .. ('y'):rep(90) .. "' }")
  end)

  test('a table is shown once, or each time with recurse; cycles end', function()
    local shared = { 1 }
    assert(plain({ shared, shared }):find('^{ { 1 }, table: 0x%x+ }$'))
    assert(plain({ shared, shared }, true) == '{ { 1 }, { 1 } }')
    local cycle = { a = 'value' }
    cycle.data = cycle
    for _, recurse in ipairs({ false, true }) do
      local text = plain(cycle, recurse)
      assert(text:find("a = 'value'", 1, true) and text:find('data = table: 0x%x+'))
    end
  end)

  test('large tables end in time and within limits', function()
    local wide = {}
    for i = 1, 200000 do wide[i] = i end
    assert(#plain(wide) > 1000000)
    local deep = {}
    local inner = deep
    for _ = 1, 50000 do
      inner[1] = {}
      inner = inner[1]
    end
    assert(#plain(deep) < 100000)
    local doubling = {}
    for _ = 1, 40 do doubling = { doubling, doubling } end
    assert(#plain(doubling, true) < 10000000)
  end)

  test('colours', function()
    local data = { 42, true, 'A\nstring' }
    lib.loadColors(false)
    assert(dump(data) == "{ 42, true, 'A\\nstring' }")
    assert(lib.colorize('err', 1) == '1' and next(lib.theme) == nil and lib.color('err') == '\27[0m')
    for _, index in ipairs({ 16, 256 }) do
      lib.loadColors(index)
      local colored = dump(data)
      assert(colored ~= lib.strip(colored) and lib.strip(colored) == "{ 42, true, 'A\\nstring' }")
      assert(colored == lib.strip(colored) or dump(data, false, true) == lib.strip(colored))
      assert(lib.colorize('err', 1) == '\27[' .. lib.theme.err .. 'm1\27[0m')
      assert(colored:find('\27[' .. lib.theme.escape .. 'm\\n\27[' .. lib.theme.string .. 'm', 1, true))
      local long = {}
      for i = 1, 60 do long[i] = i * 1000 end
      assert(lib.strip(dump(long)) == dump(long, false, true) and widest(lib.strip(dump(long))) <= 80)
    end
    lib.loadColors()
    local ok, err = pcall(lib.loadColors, 17)
    assert(not ok and err:find('theme', 1, true))
    assert(select('#', lib.strip('x')) == 1)
  end)

  test('the streams exist', function()
    for _, name in ipairs({ 'stdin', 'stdout', 'stderr' }) do
      assert(streams[name] and lib[name] == streams[name])
    end
    assert(lib.unknown == nil)
  end)

  test('a stream that nobody uses is no open handle', function(_, uv)
    local found = {}
    uv.walk(function(handle) found[handle] = true end)
    for name, stream in pairs(streams) do assert(not found[stream], name) end
    -- What cannot be watched is written to only.
    if not lib.stdin.read_start then return end
    lib.stdin:read_start(function() end)
    uv.walk(function(handle) found[handle] = true end)
    lib.stdin:read_stop()
    assert(found[lib.stdin])
  end)

  test('print and p', function()
    local print, text = _G.print, nil
    _G.print = function(...) text = table.concat({ ... }, '|') end
    lib.prettyPrint('a', nil, { 1 }, nil)
    _G.print = print
    assert(lib.strip(text) == "'a'\tnil\t{ 1 }\tnil")
    lib.print('printed', nil, 1)
  end)
end)
