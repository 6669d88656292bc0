local json = require('json')

local null = json.null

---Parses strictly: no comments, nothing behind the value.
local function strict(text)
  return json.parse(text, { comments = false, nullval = null })
end

local function fails(text, options, pattern)
  local value, pos, message = json.parse(text, options)
  assert(value == nil and type(pos) == 'number' and type(message) == 'string', text:sub(1, 80) .. ' is accepted')
  if pattern then assert(message:find(pattern, 1, true), message) end
  return pos, message
end

local function raises(pattern, fn, ...)
  local ok, message = pcall(fn, ...)
  assert(not ok, 'no error: ' .. tostring(message))
  assert(tostring(message):find(pattern, 1, true), message)
end

local function same(a, b)
  if type(a) ~= 'table' or type(b) ~= 'table' then
    return a == b or (a ~= a and b ~= b)
  end
  for k, v in pairs(a) do
    if not same(v, b[k]) then return false end
  end
  for k in pairs(b) do
    if a[k] == nil then return false end
  end
  return true
end

require('tap')(function(test)
  test("luvit's own expectations", function()
    assert(json.stringify({ a = 'a' }) == '{"a":"a"}')
    assert(json.parse('{"a":"a"}').a == 'a')
    for _, text in ipairs({ '', ' ', '{', '[', '{"f":', '{"f":1', '{]', '[}', '{f:1}', "{'f':1}" }) do
      fails(text)
    end
    assert(json.stringify() == 'null')
    assert(json.stringify({}) == '[]')
    assert(json.stringify('a"b\tc\nd') == '"a\\"b\\tc\\nd"')
    assert(json.parse('"a\\"b\\tc\\nd"') == 'a"b\tc\nd')
    assert(json.parse('true') == true and json.parse('false') == false)
    assert(json.decode == json.parse and json.encode == json.stringify)
    assert(json.use_lpeg() == json and json.using_lpeg == true)
    assert(json.original_version == 'dkjson 2.5')
  end)

  test("the talk's example", function()
    local value = json.parse([[
      {
        // comments are fine
        "author": "Brandon Philips <>", /* here as well */
        "name": "luvit - node's Ziggy Stardust",
        "description": "a talk about luvit"
      }
    ]])
    assert(value.name == "luvit - node's Ziggy Stardust")
    local text = json.stringify(value, {
      beautify = true, indent_string = '  ', keyorder = { 'author', 'name', 'description' },
    })
    assert(text == [[
{
  "author": "Brandon Philips <>",
  "name": "luvit - node's Ziggy Stardust",
  "description": "a talk about luvit"
}]], text)
  end)

  test('what JSON allows', function()
    for text, value in pairs({
      ['[[]   ]'] = { {} }, ['[""]'] = { '' }, ['[]'] = {}, ['["a"]'] = { 'a' }, ['[false]'] = { false },
      ['[null, 1, "1", {}]'] = { null, 1, '1', {} }, ['[1\n]'] = { 1 }, [' [1]'] = { 1 }, ['[2] '] = { 2 },
      ['[1,null,null,null,2]'] = { 1, null, null, null, 2 }, ['[123e65]'] = { 123e65 }, ['[0e+1]'] = { 0 },
      ['[0e1]'] = { 0 }, ['[ 4]'] = { 4 }, ['[-0.000000000000000000000000000000000000000000000000000000000000000000000000000001]'] = { -1e-78 },
      ['[20e1]'] = { 200 }, ['[-0]'] = { 0 }, ['[-123]'] = { -123 }, ['[1E22]'] = { 1e22 }, ['[1E-2]'] = { 0.01 },
      ['[1E+2]'] = { 100 }, ['[123.456e78]'] = { 123.456e78 }, ['{"a":"b","a":"c"}'] = { a = 'c' },
      ['{"":0}'] = { [''] = 0 }, ['{"foo\\u0000bar": 42}'] = { ['foo\0bar'] = 42 }, ['{"a":[]}'] = { a = {} },
      ['{"min": -1.0e+28, "max": 1.0e+28}'] = { min = -1e28, max = 1e28 },
      ['["\\u0060\\u012a\\u12AB"]'] = { '`\196\170\225\138\171' }, ['["\\uD801\\udc37"]'] = { '\240\144\144\183' },
      ['["\\ud83d\\ude39\\ud83d\\udc8d"]'] = { '\240\159\152\185\240\159\146\141' },
      ['["\\"\\\\\\/\\b\\f\\n\\r\\t"]'] = { '"\\/\b\f\n\r\t' }, ['["\\\\u0000"]'] = { '\\u0000' }, ['["\\u0000"]'] = { '\0' },
      ['["a/*b*/c/*d//e"]'] = { 'a/*b*/c/*d//e' }, ['["\\uDBFF\\uDFFF"]'] = { '\244\143\191\191' },
      ['["\127"]'] = { '\127' }, ['["\226\128\168"]'] = { '\226\128\168' }, ['"\\u0041"'] = 'A', ['42'] = 42, ['-0.1'] = -0.1,
      ['""'] = '', ['\t\r\n true'] = true, ['null'] = null, ['["\\u00A0\\uFFFE"]'] = { '\194\160\239\191\190' },
    }) do
      local read, pos, message = strict(text)
      assert(not message, message)
      assert(pos == #text + 1)
      assert(same(read, value), text)
    end
  end)

  test('what JSON does not allow', function()
    for _, text in ipairs({
      '[1 true]', '[a\229]', '["": 1]', '[""],', '[,1]', '[1,,2]', '["x",,]', '["x"]]', '["",]', '["x"', '[x', '[3[4]]',
      '[\255]', '[1:2]', '[,]', '[-]', '[   , ""]', '["a",\n4\n,1,', '[1,]', '[1,,]', '["\11a"\\f]', '[*]', '[1,\n1\n,1',
      '[{}', '[fals]', '[nul]', '[tru]', '123\0', '[++1234]', '[+1]', '[+Inf]', '[-01]', '[-1.0.]', '[-2.]', '[-NaN]',
      '[.-1]', '[.2e-3]', '[0.1.2]', '[0.3e+]', '[0.3e]', '[0.e1]', '[0E+]', '[0E]', '[0e+]', '[0e]', '[1.0e+]', '[1.0e-]',
      '[1.0e]', '[1 000.0]', '[1eE2]', '[2.e+3]', '[2.e-3]', '[2.e3]', '[9.e+]', '[Inf]', '[NaN]', '[\239\188\145]', '[1+2]',
      '[0x1]', '[0x42]', '[Infinity]', '[0e+-1]', '[-123.123foo]', '[123\229]', '[1e1\229]', '[0\229]', '[-Infinity]',
      '[-foo]', '[- 1]', '[-012]', '[-.123]', '[-1x]', '[1ea]', '[1e\229]', '[1.]', '[.123]', '[1.2a-3]', '[1.8011670033376514H-308]',
      '[012]', '["x", truth]', '{[: "x"}\n', '{"x", null}', '{"x"::"b"}', '{\240\159\135\168\240\159\135\173}', '{"a":"a" 123}',
      '{key: \'value\'}', '{"\185":"0",}', '{"a" b}', '{:"b"}', '{"a" "b"}', '{"a":', '{"a"', '{1:1}', '{9999E9999:1}',
      '{null:null,null:null}', '{"id":0,,,,,}', "{'a':0}", '{"id":0,}', '{"a":"b"}/**/', '{"a":"b"}/**//', '{"a":"b"}//',
      '{"a":"b"}/', '{"a":"b",,"c":"d"}', '{a: "b"}', '{"a":"a', '{ "foo" : "bar", "a" }', '{"a":"b"}#', ' ', '["\\uD800\\"]',
      '["\\uD800\\u"]', '["\\uD800\\u1"]', '["\\uD800\\u1x"]', '[\195\169]', '["\\\0"]', '["\\x00"]', '["\\\\\\"]', '["\\\t"]',
      '["\\\240\159\140\128"]', '["\\"]', '["\\u00A"]', '["\\uD834\\uDd"]', '["\\uD800\\uD800\\x"]', '["\\u\229"]', '["\\a"]',
      '["\\uqqqq"]', '["\\\229"]', '[\\u0020"asd"]', '[\\n]', '"', "['single quote']", 'abc', '["\\', '["a\0a"]', '["new\nline"]',
      '["\t"]', '"\\UA66D"', '""x', '<.>', '[<null>]', '[1]x', '[1]]', '["asd]', 'a\195\165', '[True]', '1]', '{"x": true,',
      '[][]', ']', '\239\187{}', '\229', '[', '', '[\0]', '2@', '{}}', '{"":', '{"a":/*comment*/"b"}', '{"a": true} "x"', "['", '[,',
      '[{', '["a', '["a"', '{', '{]', '{,', '{[', '{"a', "{'a'", '["\\{["\\{["\\{["\\{', '\233', '*', '{"a":"b"}#{}', '[\\u000A""]',
      '[1', '[ false, nul', '[ true, fals', '[ false, tru', '{"asd":"asd"', '\195\165', '[\226\129\160]', '\239\187\191', '[\12]',
      '[\226\129\160]', '// x', '/**/', '1 /* x */', '01', '1..2', 'nullx', 'true1', '"a" "b"', '[1]//', '"\31"',
      ('['):rep(100000), ('[{"":'):rep(50000), ('{"a":'):rep(100000),
    }) do
      fails(text, { comments = false, nullval = null })
    end
  end)

  test('comments', function()
    assert(json.parse('/* a */ [1, // b\n 2 /**/ , /* * / ** */ 3]//')[3] == 3)
    assert(json.parse('// only\r\ntrue') == true)
    assert(select(2, json.parse('1 // x', {})) == 7)
    fails('[1, /* open', {}, 'unterminated comment at line 1, column 5')
    fails('[1, / 2]', {}, "found '/'")
    fails('[1] // x', { comments = false }, "found '/'")
    fails('/*/', {})
  end)

  test('positions and what follows', function()
    local value, pos = json.parse('[1]{"a":2} x')
    assert(value[1] == 1 and pos == 4)
    value, pos = json.parse('[1]{"a":2} x', pos)
    assert(value.a == 2 and pos == 11)
    fails('[1] x', {}, "expected the end of the text, found 'x' at line 1, column 5")
    assert(json.parse('xx[7]', { pos = 3 })[1] == 7)
    assert(json.parse('[1] \n\t', {})[1] == 1)
    fails('[]', 5)
    raises('position', json.parse, '[]', 0)
    raises('(string expected, got nil)', json.parse, nil)
  end)

  test('errors say what, line and column', function()
    local pos, message = fails('{\n  "a": 1,\n  "b": nope\n}')
    assert(pos == 20 and message == "expected a value, found 'nope' at line 3, column 8", message)
    pos, message = fails('[1 2]')
    assert(pos == 4 and message == "expected ',' or ']', found '2' at line 1, column 4", message)
    pos, message = fails('[\n"abc')
    assert(pos == 7 and message == 'unterminated string at line 2, column 1', message)
    pos, message = fails(' {"a":[1,')
    assert(pos == 10 and message == 'unterminated array at line 1, column 7', message)
    fails('', nil, 'expected a value, found the end of the text at line 1, column 1')
    fails('["a\nb"]', nil, 'control character 0x0a in a string')
    fails('["\\q"]', nil, "invalid escape in a string: backslash and 'q' at line 1, column 3")
    fails('{"a" 1}', nil, "expected ':', found '1'")
    fails('{1:1}', nil, "expected a key or '}', found '1'")
    fails('{"a":1,}', nil, "expected a key, found '}'")
    fails('[\195\169]', nil, "found '\195\169'")
    fails('[\255]', nil, 'found byte 0xff')
    fails('[1.x]', nil, "expected a digit, found 'x'")
  end)

  test('null', function()
    local value = json.parse('[1,null,3]')
    assert(value[1] == 1 and value[2] == nil and value[3] == 3)
    assert(next((json.parse('{"a":null}'))) == nil)
    assert(json.parse('{"a":1,"a":null}').a == nil)
    assert(json.parse('{"a":null,"a":1}').a == 1)
    assert(json.parse('{"a":1,"b":2,"a":null,"c":[null]}').b == 2)
    local records = json.parse('[{"a":1,"b":2},{"a":1,"b":2,"a":null},{"a":null,"b":null},{"b":3}]')
    assert(records[2].a == nil and records[2].b == 2 and next(records[3]) == nil and records[4].b == 3)
    assert(json.parse('[null]', 1, null)[1] == null)
    assert(json.parse('[null]', 1, false)[1] == false)
    assert(json.parse('null', { nullval = 'none' }) == 'none')
    assert(json.stringify(null) == 'null' and json.stringify({ a = null }) == '{"a":null}')
    assert(json.stringify({ null, null }) == '[null,null]')
    local ok, pos, message = json.parse('null')
    assert(ok == nil and pos == 5 and message == nil)
  end)

  test('metatables', function()
    local value = json.parse('{"a":[],"b":{}}')
    assert(getmetatable(value).__jsontype == 'object')
    assert(getmetatable(value.a).__jsontype == 'array' and getmetatable(value.b).__jsontype == 'object')
    assert(json.stringify(value.a) == '[]' and json.stringify(value.b) == '{}')
    assert(getmetatable(json.parse('[]', 1, nil, nil)) == nil)
    local mine = {}
    assert(getmetatable(json.parse('[]', 1, nil, nil, mine)) == mine)
    assert(getmetatable(json.parse('{}', 1, nil, mine)) == mine)
    assert(getmetatable(json.parse('{}', { objectmeta = false })) == nil)
    assert(getmetatable(json.parse('[{}]', { objectmeta = mine })[1]) == mine)
    raises('metatable', json.parse, '{}', { objectmeta = 1 })
    raises('table expected', json.parse, '{}', 1, nil, 1)
  end)

  test('numbers read to full precision', function()
    for text, value in pairs({
      ['0.1'] = 0.1, ['1e308'] = 1e308, ['1.7976931348623157e308'] = 1.7976931348623157e308, ['5e-324'] = 5e-324,
      ['2.2250738585072011e-308'] = 2.2250738585072011e-308, ['9007199254740993'] = 9007199254740992,
      ['123456789012345678901234567890'] = 123456789012345678901234567890,
      ['0.3333333333333333333333333333333333'] = 1 / 3, ['1e400'] = math.huge, ['-1e400'] = -math.huge, ['1e-400'] = 0,
      ['100000000000000000000000e-23'] = 1, ['1.00000000000000011102230246251565404236316680908203125'] = 1,
      ['1.00000000000000011102230246251565404236316680908203126'] = 1.0000000000000002,
    }) do
      assert(strict(text) == value, text)
    end
    assert(1 / json.parse('-0') == -math.huge)
    assert(1 / json.parse('-0.0e5') == -math.huge)
  end)

  test('numbers written in the shortest form', function()
    for text, value in pairs({
      ['1'] = 1, ['0.1'] = 0.1, ['-1.5'] = -1.5, ['1e+300'] = 1e300, ['1e-7'] = 1e-7, ['0.000001'] = 1e-6,
      ['0.3333333333333333'] = 1 / 3, ['9007199254740991'] = 2 ^ 53 - 1, ['100000000000000000000'] = 1e20, ['1e+21'] = 1e21,
      ['5e-324'] = 5e-324, ['1.7976931348623157e+308'] = 1.7976931348623157e308, ['3.14159'] = 3.14159, ['-0'] = -1 / math.huge,
    }) do
      assert(json.stringify(value) == text, json.stringify(value))
    end
  end)

  test('strings', function()
    assert(json.quotestring('a"\\\n\1\127') == '"a\\"\\\\\\n\\u0001\\u007f"')
    assert(json.stringify('\226\128\168\226\128\169 \195\169 \240\159\152\128') == '"\\u2028\\u2029 \195\169 \240\159\152\128"')
    assert(json.parse('"\\ud800"') == '\239\191\189' and json.parse('"\\ude00x"') == '\239\191\189x')
    assert(json.parse('"\\ud800\\u0041"') == '\239\191\189A')
    assert(json.parse('"\255"') == '\255', 'bytes pass unless utf8 is asked for')
    fails('"\255"', { utf8 = true }, 'invalid UTF-8 at line 1, column 2')
    fails('"\\ud800"', { utf8 = true }, 'half of a surrogate pair')
    raises('not valid UTF-8 (at a[2])', json.stringify, { a = { 'x', '\255' } }, { utf8 = true })
    raises('a key is not valid UTF-8', json.stringify, { ['\255'] = 1 }, { utf8 = true })
    assert(json.stringify({ '\195\169' }, { utf8 = true }) == '["\195\169"]')
    local long = ('0123456789'):rep(1000)
    assert(json.parse('"' .. long .. '"') == long and json.stringify(long) == '"' .. long .. '"')
  end)

  test('arrays and objects', function()
    for text, value in pairs({
      ['[1,2,3]'] = { 1, 2, 3 }, ['[1,null,3]'] = { 1, nil, 3 }, ['[null,2]'] = { [2] = 2 }, ['[[1],[]]'] = { { 1 }, {} },
      ['{"x":1}'] = { x = 1 }, ['{"1.5":1}'] = { [1.5] = 1 }, ['{"0":1}'] = { [0] = 1 }, ['{"-1":true}'] = { [-1] = true },
      ['{"1000":1}'] = { [1000] = 1 }, ['[null,null,3]'] = { [3] = 3 }, ['{"n":2}'] = { n = 2 }, ['{"n":"x"}'] = { n = 'x' },
      ['[1,null,3,null]'] = { n = 4, 1, nil, 3 }, ['{"Infinity":1}'] = { [math.huge] = 1 }, ['[null,false]'] = { [2] = false },
    }) do
      assert(json.stringify(value) == text, json.stringify(value) .. ' for ' .. text)
    end
    local mixed = json.parse(json.stringify({ 1, 2, x = {}, { 3 } }))
    assert(mixed['1'] == 1 and mixed['3'][1] == 3 and json.stringify(mixed.x) == '[]')
    mixed = json.parse(json.stringify({ { 1 }, { 2 }, x = 1 }))
    assert(mixed['2'][1] == 2 and mixed.x == 1)
    local sparse = json.parse(json.stringify({ 1, [30] = 2 }))
    assert(sparse['30'] == 2 and sparse['1'] == 1)
    assert(json.stringify(setmetatable({}, { __jsontype = 'object' })) == '{}')
    assert(json.stringify(setmetatable({}, { __jsontype = 'array' })) == '[]')
    assert(json.stringify(json.parse('{"n":3,"1":2}'), { keyorder = { 'n' } }) == '{"n":3,"1":2}')
    assert(json.parse(json.stringify({ n = 1e9, 1 })).n == 1e9, 'n does not make a huge array')
    local holes = {}
    for i = 1, 20, 2 do holes[i] = i end
    assert(json.stringify(holes) == '[1,null,3,null,5,null,7,null,9,null,11,null,13,null,15,null,17,null,19]')
  end)

  test('indentation', function()
    local value = { a = { 1, { b = true } }, e = {} }
    local two = '{\n  "a": [\n    1,\n    {\n      "b": true\n    }\n  ],\n  "e": []\n}'
    local order = { 'a', 'e' }
    assert(json.stringify(value, { indent = true, keyorder = order }) == two)
    assert(json.stringify(value, { indent = 2, keyorder = order }) == two)
    assert(json.stringify(value, { indent = '  ', keyorder = order }) == two)
    assert(json.stringify(value, { beautify = true, keyorder = order }) == two)
    assert(json.stringify({ 1 }, { indent = '\t' }) == '[\n\t1\n]')
    assert(json.stringify({ 1 }, { indent = true, level = 1 }) == '[\n    1\n  ]')
    assert(json.stringify({ 1 }, { beautify = true, indent_string = '    ' }) == '[\n    1\n]')
    assert(json.stringify({ 1 }, { indent = 0 }) == '[1]' and json.stringify({ 1 }, { indent = false }) == '[1]')
    raises('indent', json.stringify, {}, { indent = {} })
    raises('indent', json.stringify, {}, { indent = 1e9 })
    raises('(table expected, got number)', json.stringify, {}, 3)
  end)

  test('order of keys', function()
    local value = { a = 1, b = 2, c = 3, [4] = 4, f = false }
    assert(json.stringify(value, { keyorder = { 'c', 'f', 'x', 'c', 4, 'b', 'a' } }) == '{"c":3,"f":false,"4":4,"b":2,"a":1}')
    local text = json.stringify(value, { keyorder = { 'b' } })
    assert(text:sub(1, 6) == '{"b":2' and same(json.parse(text), { a = 1, b = 2, c = 3, ['4'] = 4, f = false }))
    local own = setmetatable({ y = { 1 }, x = { z = 1, w = 2 } }, { __jsonorder = { 'x', 'y' } })
    assert(json.stringify(own, { keyorder = { 'w', 'z' } }) == '{"x":{"w":2,"z":1},"y":[1]}')
    raises('keyorder', json.stringify, {}, { keyorder = 'a' })
  end)

  test('what JSON lacks is an error that says where', function()
    raises("type 'function' is not supported by JSON (at list[2].f)", json.stringify, { list = { 1, { f = print } } })
    raises("type 'thread'", json.stringify, coroutine.create(print))
    raises("type 'userdata'", json.stringify, io.stdout)
    raises("type 'table' is not supported as a key by JSON", json.stringify, { [{}] = 1 })
    raises("type 'boolean' is not supported as a key", json.stringify, { a = { [true] = 1 } })
    raises('NaN is not supported by JSON (at [3])', json.stringify, { 1, 2, 0 / 0 })
    raises('-Infinity is not supported', json.stringify, -math.huge)
    local loop = {}
    loop.a = { loop }
    raises('reference cycle (at a[1])', json.stringify, loop)
    local shared = { 1 }
    assert(json.stringify({ shared, shared }) == '[[1],[1]]')
    local deep = {}
    for _ = 1, 1000 do deep = { deep } end
    raises('more than 1000 levels of nesting', json.stringify, deep)
    assert(#json.stringify(deep[1]) == 2000)
    assert(#json.stringify(deep, { max_depth = 1001 }) == 2002)
    raises('max_depth', json.stringify, {}, { max_depth = 0 })
    local ok, message = pcall(function() return (json.stringify(print)) end)
    assert(not ok and message:find('json.lua:%d+:'), 'the error names the caller')
    assert(json.stringify({ 1 }) == '[1]', 'an error leaves nothing behind')
  end)

  test('depth', function()
    assert(json.parse(('['):rep(1000) .. (']'):rep(1000)))
    fails(('['):rep(1001) .. (']'):rep(1001), nil, 'more than 1000 levels of nesting at line 1, column 1001')
    local text = ('{"a":[1,'):rep(1000) .. '0' .. (']}'):rep(1000)
    local value = json.parse(text, { max_depth = 2000 })
    for _ = 1, 1000 do value = value.a[2] end
    assert(value == 0)
    fails(text)
    local mixed = '{"x":1,"y":2,"a":[1,2,3,{"p":null},'
    value = assert(json.parse(mixed:rep(900) .. '7' .. (']}'):rep(900), { max_depth = 2000 }))
    for _ = 1, 900 do
      assert(value.x == 1 and value.y == 2 and #value.a == 5)
      value = value.a[5]
    end
    raises('max_depth', json.parse, '[]', { max_depth = 1e6 })
  end)

  test('custom encoders', function()
    local point = setmetatable({ x = 1 }, { __tojson = function(self) return '<' .. self.x .. '>' end })
    assert(json.stringify({ point, point, 3 }) == '[<1>,<1>,3]')
    local nested = setmetatable({}, { __tojson = function(_, state)
      local length = state.bufferlen
      state.buffer[length + 1] = '"a"'
      state.buffer[length + 2] = ':'
      state.bufferlen = length + 2
      assert(json.encode({ 1, point }, state) == true)
      return true
    end })
    assert(json.stringify({ k = nested }) == '{"k":"a":[1,<1>]}')
    local lines = setmetatable({}, { __tojson = function(_, state)
      state.buffer[state.bufferlen + 1] = '('
      state.bufferlen = state.bufferlen + 1
      json.addnewline(state)
      return ')'
    end })
    assert(json.stringify({ lines }, { indent = true }) == '[\n  (\n  )\n]')
    local state = {}
    assert(json.stringify({ point }, state) == '[<1>]')
    assert(json.stringify({ point }, state) == '[<1>]' and state.buffer == nil, 'a state can be used again')
    raises('boom', json.stringify, { setmetatable({}, { __tojson = function() error('boom') end }) }, state)
    assert(json.stringify({ point }, state) == '[<1>]')
    raises('no way', json.stringify, setmetatable({}, { __tojson = function() return nil, 'no way' end }))
    raises('custom encoder failed', json.stringify, setmetatable({}, { __tojson = function() end }))
    local endless = {}
    setmetatable(endless, { __tojson = function(self, s) return json.encode({ self }, s) end })
    raises('levels deep', json.stringify, endless)
    local thrown = { code = 7 }
    local ok, caught = pcall(json.stringify, setmetatable({}, { __tojson = function() error(thrown) end }))
    assert(not ok and caught == thrown)
  end)

  test('an encoder may change the tables around it', function()
    local outer = {}
    local function grow()
      for i = 1, 100 do outer['k' .. i] = i end
      for i = 1, 100 do outer['k' .. i] = nil end
      return '1'
    end
    for i = 1, 5 do outer['v' .. i] = setmetatable({}, { __tojson = grow }) end
    local ok, text = pcall(json.stringify, outer)
    assert(type(text) == 'string' and (ok or text:find('next')))
    local list = {}
    for i = 1, 5 do
      list[i] = setmetatable({}, { __tojson = function()
        for k = 1, 5 do list[k] = nil end
        return '0'
      end })
    end
    assert(pcall(json.stringify, list))
  end)

  test('a buffer of the caller', function()
    local state = { buffer = { 'x=' }, bufferlen = 1 }
    assert(json.stringify({ 1 }, state) == true)
    assert(state.bufferlen == 2 and table.concat(state.buffer) == 'x=[1]')
    assert(json.stringify({ a = 1 }, state) == true and table.concat(state.buffer) == 'x=[1]{"a":1}')
  end)

  test('an exception handler', function()
    local seen = {}
    local state = { exception = function(reason, value, s, message)
      seen[#seen + 1] = reason
      assert(type(s.buffer) == 'table' and type(message) == 'string' and value ~= nil)
      return '"' .. reason .. '"'
    end }
    local loop = { print, 0 / 0 }
    loop[3] = loop
    assert(json.stringify(loop, state) == '["unsupported type","unsupported number","reference cycle"]')
    assert(json.stringify({ 1, 0 / 0, x = 1 }, state):find('"unsupported number"'))
    assert(#seen == 4)
    assert(json.stringify({ print }, { exception = json.encodeexception }):find("^%[\"<type 'function' is not"))
    raises('mine', json.stringify, print, { exception = function() return nil, 'mine' end })
    raises('is not supported', json.stringify, print, { exception = function() end })
    raises('bang', json.stringify, print, { exception = function() error('bang') end })
  end)

  test('__pairs', function()
    local proxy = setmetatable({}, { __pairs = function() return next, { a = 1, b = { 2 } }, nil end })
    assert(same(json.parse(json.stringify({ proxy })), { { a = 1, b = { 2 } } }))
    local list = setmetatable({}, { __pairs = function() return ipairs({ 1, 2 }) end })
    assert(json.stringify(list) == '[1,2]')
    raises('oops', json.stringify, setmetatable({}, { __pairs = function() error('oops') end }))
  end)

  test('records of changing shape', function()
    local records = {}
    for i = 1, 500 do
      local record = { id = i, name = 'name ' .. i }
      if i % 3 == 0 then record.extra = { deep = { i }, more = i / 7 } end
      if i % 5 == 0 then record['a key that is much longer than sixteen bytes'] = i end
      if i % 7 == 0 then record['esc"aped\n'] = { id = 'x', name = { id = 2 } } end
      if i % 11 == 0 then
        for k = 1, 70 do record['k' .. k] = k end
      end
      records[i] = record
    end
    local text = json.stringify(records)
    assert(same(json.parse(text), records))
    assert(same(json.parse(json.stringify(records, { indent = 2 }), {}), records))
  end)

  test('random values survive, random text is refused or read', function()
    math.randomseed(os.time())
    local random = math.random
    local function bytes()
      local out = {}
      for i = 1, random(0, 20) do out[i] = string.char(random(0, 255)) end
      return table.concat(out)
    end
    local function value(depth)
      local kind = random(1, depth > 5 and 5 or 7)
      if kind == 1 then return random() * 10 ^ random(-300, 300) end
      if kind == 2 then return random(-2 ^ 31, 2 ^ 31) end
      if kind == 3 then return bytes() end
      if kind == 4 then return random() < 0.5 end
      if kind == 5 then return null end
      local out = {}
      for i = 1, random(0, 8) do
        out[kind == 6 and i or 'k' .. bytes()] = value(depth + 1)
      end
      return out
    end
    for _ = 1, 300 do
      local before = value(0)
      local text = json.stringify(before, random() < 0.5 and { indent = random(0, 8) } or nil)
      local after, pos, message = strict(text)
      assert(not message and pos == #text + 1, message)
      assert(same(before, after), text)
      for _ = 1, 20 do
        local at = random(1, #text)
        local broken = text:sub(1, at - 1) .. string.char(random(0, 255)) .. text:sub(at + random(0, 3))
        local _, where, why = json.parse(broken, { nullval = null, utf8 = random() < 0.5 })
        assert(where >= 1 and where <= #broken + 1 and (why == nil or why:find('line %d+, column %d+')))
      end
    end
  end)

  test('nothing is left behind', function()
    local text = '{"a":[1,"two",{"b":null,"c":"x\\ny"}],"d":{}}'
    local custom = setmetatable({}, { __tojson = function() return '1' end })
    local function work(count)
      for _ = 1, count do
        local value = json.parse(text)
        json.stringify(value)
        json.stringify({ custom, null })
        json.parse('[1,2')
        pcall(json.stringify, { print })
      end
      collectgarbage()
      collectgarbage()
      return collectgarbage('count')
    end
    local before = work(1000)
    local after = work(20000)
    assert(after < before + 16, after - before)
  end)
end)
