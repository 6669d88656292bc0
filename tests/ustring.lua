local ustring = require('ustring')

local function fails(fn, ...)
  local ok, err = pcall(fn, ...)
  assert(not ok, 'no error')
  return err
end

local function pick(list)
  return list[math.random(#list)]
end

-- The results of a call, or that it failed, in one string.
local function outcome(fn, ...)
  local results = { pcall(fn, ...) }
  if not results[1] then return 'error' end
  for i = 1, table.maxn(results) do results[i] = type(results[i]) .. ':' .. tostring(results[i]) end
  return table.concat(results, ' ')
end

local TEXT = 'abc123\11\27\0中文-日本語-한국❤😘😄💎💛'
local CHARS = { 'a', 'b', 'c', '1', '2', '3', '\11', '\27', '\0', '中', '文', '-', '日', '本', '語', '-', '한', '국', '❤',
  '😘', '😄', '💎', '💛' }

require('tap')(function(test)
  test('characters', function()
    local u = ustring.new(TEXT)
    assert(#u == #CHARS and u:len() == #CHARS and ustring.len(TEXT) == #CHARS)
    for i = 1, #CHARS do assert(u[i] == CHARS[i]) end
    assert(u[0] == nil and u[#CHARS + 1] == nil and tostring(u) == TEXT)
    local copy = u:copy()
    assert(copy == u and not rawequal(copy, u))
    copy[1] = 'ä'
    assert(copy ~= u and tostring(copy):sub(1, 2) == 'ä')
    assert(#ustring.new() == 0 and tostring(ustring.new()) == '' and tostring(ustring.new(12)) == '12')
    assert(ustring.new(u) == u)
  end)

  test('bytes that are no UTF-8', function()
    for text, where in pairs({ ['a\xff'] = 2, ['\xc3'] = 1, ['ok\x80'] = 3, ['\xc0\xaf'] = 1, ['\xed\xa0\x80'] = 1,
      ['é\xe2\x82x'] = 3, ['\xf4\x90\x80\x80'] = 1, ['\xf8\x88\x80\x80\x80'] = 1 }) do
      local err = fails(function() return (ustring.new(text)) end)
      assert(err:find('ustring.lua:', 1, true) and err:find('invalid UTF-8 sequence at byte ' .. where, 1, true), err)
      local u = ustring.new(text, true)
      assert(tostring(u) == text and u:reverse():reverse() == u)
      -- Nothing that one does with it loses a byte or fails.
      assert(tostring(u:upper()):find('[\128-\255]') and tostring(u:gsub('x', 'x')) == text)
      assert(tostring(u .. 'é') == text .. 'é' and tostring(u:sub(1)) == text and tostring(u:rep(2)) == text .. text)
    end
    assert(#ustring.new('a\xc3\xffé', true) == 4)
    math.randomseed(5)
    for _ = 1, 500 do
      local bytes = {}
      for i = 1, math.random(0, 12) do bytes[i] = string.char(math.random(0, 255)) end
      local text = table.concat(bytes)
      local u = ustring.new(text, true)
      assert(tostring(u) == text and tostring(u:lower():upper()) ~= nil)
      local valid = pcall(ustring.new, text)
      -- Unlike UTF-8, utf8.len knows halves of surrogate pairs.
      if not text:find('\xed[\xa0-\xbf]') then
        assert(valid == (utf8.len(text) ~= nil), ('%q'):format(text))
        if valid then assert(#u == utf8.len(text)) end
      end
    end
  end)

  test('the length of a character by its first byte', function()
    local expected = { a = 1, ['é'] = 2, ['中'] = 3, ['😄'] = 4, ['\0'] = 1, ['\x80'] = 0, ['\xff'] = 0, ['\xc0'] = 0 }
    for char, length in pairs(expected) do assert(ustring.chlen(char:byte()) == length) end
    local ok, err = pcall(function() return (ustring.chlen('x')) end)
    assert(not ok and err:find("ustring%.lua:%d+: bad argument 'first' to 'chlen' %(integer expected, got string%)"), err)
  end)

  test('bytes and characters', function()
    local u = ustring.new(TEXT)
    assert(u:index2uindex(13) == 11 and u:index2uindex(43) == 21)
    assert(u:index2uindex(13, 10, 10) == 11 and u:index2uindex(43, 39, 20) == 21)
    assert(u:index2uindex(#TEXT) == #u and u:index2uindex(#TEXT + 1) == nil and u:index2uindex(0) == 1)
    assert(u:index2uindex(-1) == -1 and u:index2uindex(-5) == -2 and u:index2uindex(-#TEXT - 1) == nil)
    assert(u:uindex2index(1) == 1 and u:uindex2index() == 1 and u:uindex2index(11) == 13)
    assert(u:uindex2index(11, 10, 10) == 13 and u:uindex2index(21, 39, 20) == 43)
    assert(u:uindex2index(#u + 1) == #TEXT + 1 and u:uindex2index(#u + 2) == nil)
    assert(u:uindex2index(-1) == -4 and u:uindex2index(-#u) == -#TEXT and u:uindex2index(-#u - 1) == nil)
    for i = 1, #u do
      local index = u:uindex2index(i)
      assert(u:index2uindex(index) == i and TEXT:sub(index, index + #u[i] - 1) == u[i])
      assert(u:index2uindex(index + #u[i] - 1) == i)
    end
    assert(fails(u.index2uindex, u, 1.5):find('integer expected', 1, true))
  end)

  test('sub', function()
    local text = 'xx中x中😄文💛'
    local u = ustring.new(text)
    assert(tostring(u:sub(3, -3)) == '中x中😄' and tostring(u:sub(-2, 7)) == '文')
    local plain = 'abcdefgh'
    local letters = ustring.new(plain)
    for i = -10, 10 do
      assert(tostring(letters:sub(i)) == plain:sub(i))
      for j = -10, 10 do assert(tostring(letters:sub(i, j)) == plain:sub(i, j), i .. ' ' .. j) end
    end
    assert(tostring(ustring.sub('äöü', 2, 2)) == 'ö' and fails(u.sub, u, 'x'):find("bad argument 'i' to 'sub'", 1, true))
  end)

  test('operators', function()
    local a, b = ustring.new('äb'), ustring.new('äc')
    assert(tostring(a .. b) == 'äbäc' and tostring(a .. '!') == 'äb!' and tostring('¡' .. a) == '¡äb' and #(a .. b) == 4)
    assert(a < b and a <= b and b > a and a ~= b and a == ustring.new('äb') and a <= ustring.new('äb'))
    assert(ustring.new('z') < ustring.new('ä') and ustring.new('中') < ustring.new('😄') and a ~= 'äb')
    assert(tostring(a) == 'äb')
  end)

  test('find and match', function()
    local u = ustring.new('xx中x中😄文💛')
    local first, last = u:find('中x中')
    assert(first == 3 and last == 5)
    first, last = u:find('中', 4)
    assert(first == 5 and last == 5)
    first, last = u:find(ustring.new('😄'), -3)
    assert(first == 6 and last == 6)
    assert(u:find('没有') == nil and u:find('x', 20) == nil and u:find('') == 1)
    -- What stands for a character stands for all of it.
    assert(u:match('.', 3) == '中' and u:match('x(.)x') == '中' and u:match('[文😄]+') == '😄文')
    assert(u:match('[一-龥]') == '中' and u:match('[^x]+') == '中' and u:match('%w*(.)$') == '💛')
    assert(u:match('中()') == 4 and u:match('()💛') == 8 and u:match('%b中文') == '中😄文')
    assert(u:match('(中)x%1') == '中' and u:match('%f[文].') == '文')
    first, last = u:find('.', 1, true)
    assert(first == nil and last == nil)
    assert(select(2, ustring.new('a.b'):find('.', 1, true)) == 2 and ustring.find('über', 'b') == 2)
    local _, _, one, two = ustring.find('schlüssel = wért', '(%S+) = (.+)')
    assert(one == 'schlüssel' and two == 'wért')
  end)

  test('gmatch and gsub', function()
    local seen = {}
    for char in ustring.gmatch('日本 語', '%S') do seen[#seen + 1] = char end
    assert(table.concat(seen, ',') == '日,本,語')
    local places = {}
    for place, char in ustring.new('aéi'):gmatch('()([aéi])') do places[#places + 1] = place .. char end
    assert(table.concat(places) == '1a2é3i')
    local u = ustring.new('größer, größer')
    local result, count = u:gsub('ö', 'oe')
    assert(tostring(result) == 'groeßer, groeßer' and count == 2 and #result == 16)
    assert(tostring(u:gsub('.', { ['ß'] = 'ss', ['ö'] = false }, 5)) == 'grösser, größer')
    assert(tostring(u:gsub('(.)(ß)', '%2%1%%%0')) == 'grßö%ößer, grßö%ößer')
    assert(tostring(u:gsub('%w+', function(word) return word == 'gr' and ustring.new('Ü') or nil end)) == 'Üößer, Üößer')
    assert(tostring(u:gsub('', '·', 3)) == '·g·r·ößer, größer' and tostring(ustring.gsub('x', '^x*', 'é')) == 'é')
  end)

  test('on ASCII they do what those of string do', function()
    math.randomseed(6)
    local letters = { 'a', 'b', 'c', ' ', '1', '(', ')', 'x', '-', '%', ']' }
    local atoms = { 'a', 'b', '.', '%a', '%D', '[ab]', '[^a]', '%s', '%W', 'x', '[a-c1]', '%(', '()', '%b()', '%f[%w]', '%1',
      '(a)', '(.)', '([ab]*)', '[]a]', '[^]]', '[%]%-]', '[a-]', '-', '(' }
    local quantifiers = { '', '', '', '*', '+', '-', '?' }
    local function list(iterate, text, pattern)
      local all = {}
      for x, y in iterate(text, pattern) do all[#all + 1] = tostring(x) .. ',' .. tostring(y) end
      return table.concat(all, '|')
    end
    for _ = 1, 15000 do
      local text, pattern = {}, {}
      for i = 1, math.random(0, 9) do text[i] = pick(letters) end
      for i = 1, math.random(1, 4) do pattern[i] = pick(atoms) .. pick(quantifiers) end
      text, pattern = table.concat(text), table.concat(pattern)
      if math.random(6) == 1 then pattern = pattern .. '$' end
      local what = ('%q, %q'):format(text, pattern)
      if not pattern:find('^%^') then
        assert(outcome(list, ustring.gmatch, pattern) and
          outcome(list, string.gmatch, text, pattern) == outcome(list, ustring.gmatch, text, pattern), 'gmatch ' .. what)
      end
      if math.random(6) == 1 then pattern = '^' .. pattern end
      local init = pick({ 1, 2, -1, -3, 12 })
      assert(outcome(string.find, text, pattern, init) == outcome(ustring.find, text, pattern, init), 'find ' .. what)
      local matched = outcome(string.match, text, pattern)
      assert(matched == outcome(ustring.match, text, pattern), 'match ' .. what)
      local limit = pick({ 1, 100 })
      local function gsub(fn)
        local result, count = fn(text, pattern, '<%0>', limit)
        return tostring(result), count
      end
      -- A capture that is never closed string.gsub only minds when it is used.
      if matched ~= 'error' then
        assert(outcome(gsub, string.gsub) == outcome(gsub, ustring.gsub), 'gsub ' .. what)
      end
    end
  end)

  test('bad patterns are errors of who passes them', function()
    for _, pattern in ipairs({ '[a', '%', '(a', 'a)', '%1', '%b', '%bx', '%f', '[%', '(a%1' }) do
      local err = fails(function() return (ustring.find('aaa', pattern)) end)
      assert(err:find('ustring.lua:', 1, true), pattern .. ': ' .. err)
      fails(ustring.match, 'aaa', pattern)
      fails(ustring.gsub, 'aaa', pattern, '')
      fails(function() return ustring.gmatch('aaa', pattern)() end)
    end
    assert(fails(ustring.gsub, 'a', 'a', '%2'):find('invalid capture index', 1, true))
    assert(fails(ustring.gsub, 'a', 'a', function() return {} end):find('invalid replacement value (a table)', 1, true))
    assert(fails(ustring.gsub, 'a', 'a'):find("bad argument 'repl'", 1, true))
    assert(fails(ustring.find, nil, 'a'):find("bad argument #1 to 'find' (ustring or string expected, got nil)", 1, true))
    assert(fails(ustring.find, 'a'):find("bad argument 'pattern' to 'find'", 1, true))
    -- An error of the function that replaces is its own.
    local err = fails(ustring.gsub, 'a', 'a', function() error({ code = 5 }) end)
    assert(err.code == 5)
    assert(fails(ustring.gsub, 'a', 'a', function() error('mine') end):find('^%a?:?[^:]*ustring.lua:%d+: mine$'))
  end)

  test('upper and lower case', function()
    assert(tostring(ustring.new('abcde参杂fghijk'):upper()) == 'ABCDE参杂FGHIJK')
    assert(tostring(ustring.new('ABCDE参杂FGHIJK'):lower()) == 'abcde参杂fghijk')
    for lower, upper in pairs({ ['àéîõü'] = 'ÀÉÎÕÜ', ['αβγω'] = 'ΑΒΓΩ', ['жяё'] = 'ЖЯЁ', ['ąčž'] = 'ĄČŽ', ['ա'] = 'Ա',
      ['ａ'] = 'Ａ', ['𐐨'] = '𐐀' }) do
      assert(tostring(ustring.upper(lower)) == upper and tostring(ustring.lower(upper)) == lower, upper)
    end
    assert(tostring(ustring.upper('straße')) == 'STRASSE' and #ustring.upper('ß') == 2)
    assert(tostring(ustring.upper('')) == '' and tostring(ustring.lower('123 中')) == '123 中')
  end)

  test('rep, reverse and format', function()
    assert(tostring(ustring.rep(ustring.new('💙💛'), 3)) == '💙💛💙💛💙💛' and tostring(ustring.rep('é', 3, '–')) == 'é–é–é')
    assert(tostring(ustring.rep('é', 0)) == '' and tostring(ustring.rep('é', -1)) == '')
    assert(tostring(ustring.new('翻转测试reverse test'):reverse()) == 'tset esrever试测转翻')
    assert(tostring(ustring.format(ustring.new('格式%s测试：,%i'), '文本', 4685)) == '格式文本测试：,4685')
    assert(tostring(ustring.format('%s|%5.1f|%q', ustring.new('é'), 1.25, ustring.new('ü'))) == 'é|  1.2|"ü"')
    assert(fails(function() return (ustring.rep('x')) end):find("bad argument 'n' to 'rep'", 1, true))
    assert(fails(ustring.format, '%d', 'x'):find("bad argument #2 to 'format'", 1, true))
  end)
end)
