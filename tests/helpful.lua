local helpful = require('helpful')
require('pretty-print').loadColors(false)

-- What is printed while a function runs, and what it returns.
local function printed(fn, ...)
  local print, lines = _G.print, {}
  _G.print = function(text) lines[#lines + 1] = text end
  local ok, result = pcall(fn, ...)
  _G.print = print
  assert(ok, result)
  return table.concat(lines, '\n'), result
end

local function get(object, name)
  return object[name]
end

require('tap')(function(test)
  test('distances', function()
    local distance = string.levenshtein
    for _, case in ipairs({
      { '', '', 0 }, { 'a', '', 1 }, { '', 'abc', 3 }, { 'same', 'same', 0 }, { 'kitten', 'sitting', 3 },
      { 'Sunday', 'Saturday', 3 }, { 'abc', 'acb', 2 }, { 'readFile', 'raedFile', 2 }, { 'ab', 'xyz', 3 },
    }) do
      assert(distance(case[1], case[2]) == case[3] and distance(case[2], case[1]) == case[3], case[1])
    end
    assert(('ab'):levenshtein('b') == 1)
    local ok, err = pcall(function() return (('a'):levenshtein()) end)
    assert(not ok and err:find("helpful%.lua:%d+: bad argument 'b' to 'levenshtein' %(string expected, got nil%)"), err)
    -- Against the definition.
    local function slow(a, b)
      if a == '' or b == '' then return #a + #b end
      return math.min(slow(a:sub(2), b) + 1, slow(a, b:sub(2)) + 1,
        slow(a:sub(2), b:sub(2)) + (a:byte() == b:byte() and 0 or 1))
    end
    math.randomseed(4)
    for _ = 1, 60 do
      local words = { '', '' }
      for i = 1, 2 do
        for _ = 1, math.random(0, 5) do words[i] = words[i] .. ('abc'):sub(math.random(3)):sub(1, 1) end
      end
      assert(distance(words[1], words[2]) == slow(words[1], words[2]))
    end
  end)

  test('a name that is not there', function()
    local object = helpful('object', { readFile = 1, writeFile = 2, [1] = true })
    local text, value = printed(get, object, 'raedFile')
    assert(text == 'Warning: object.raedFile is nil, did you mean object.readFile?' and value == nil, text)
    text = printed(get, object, 'somethingElse')
    assert(text == 'Warning: object.somethingElse is nil', text)
    text, value = printed(get, object, 'readFile')
    assert(text == '' and value == 1)
    assert(printed(get, object, 2) == '' and printed(get, object, true) == '')
    assert(printed(get, helpful('empty', {}), 'x') == 'Warning: empty.x is nil')
    assert(printed(get, helpful('two', { ab = 1, aa = 2 }), 'ac') == 'Warning: two.ac is nil, did you mean two.aa?')
    -- Names without a letter in common, and other kinds of keys, do no harm.
    assert(printed(get, helpful('odd', { [{}] = 1, [print] = 2, [1.5] = 3 }), 'name') == 'Warning: odd.name is nil')
  end)

  test('a metatable goes on working', function()
    local meta = { __index = { inherited = 5 }, __call = function() return 'called' end }
    local object = setmetatable({ own = 1 }, meta)
    local other = setmetatable({}, meta)
    assert(helpful('object', object) == object)
    local text, value = printed(get, object, 'inherited')
    assert(text == '' and value == 5 and object() == 'called')
    assert(printed(get, object, 'ownn'):find('object.own?', 1, true))
    assert(printed(get, other, 'nothing') == '')
    local lazy = helpful('lazy', setmetatable({}, { __index = function(_, name) return name == 'there' and 7 or nil end }))
    text, value = printed(get, lazy, 'there')
    assert(text == '' and value == 7)
    assert(printed(get, lazy, 'then'):find('lazy.then is nil', 1, true))
  end)

  test('a module by its name', function()
    local los = helpful('los')
    assert(los == require('los') and printed(get, los, 'tipe') == 'Warning: los.tipe is nil, did you mean los.type?')
    setmetatable(los, nil)
    -- As the file that calls requires it.
    local own = helpful('./fixtures/require/exports')
    assert(own == require('./fixtures/require/exports'))
    setmetatable(own, nil)
  end)

  test('wrong arguments', function()
    for _, case in ipairs({ { nil, "bad argument 'name' to 'helpful' (string expected, got nil)" },
      { 'x', "bad argument 'module' to 'helpful' (table expected, got number)", 5 } }) do
      local ok, err = pcall(helpful, case[1], case[3])
      assert(not ok and err:find(case[2], 1, true), err)
    end
    local ok, err = pcall(helpful, 'no-such-module')
    assert(not ok and err:find("No such module 'no-such-module'", 1, true))
  end)

  test('% formats, for those who ask for it', function()
    local meta = getmetatable('')
    assert(not pcall(function() return '%s' % { 1 } end))
    string.luvitGlobalExtend()
    assert('%s is %d' % { 'x', 1 } == 'x is 1' and '%s' % 'one' == 'one' and '%5.1f' % 2.25 == '  2.2')
    assert('%s %s' % { nil, 'b' } == 'nil b')
    meta.__mod = nil
  end)
end)
