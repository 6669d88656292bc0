local function raises(pattern, fn, ...)
  local ok, message = pcall(fn, ...)
  assert(not ok, 'no error')
  assert(tostring(message):find(pattern, 1, true), message)
end

-- h, e acute, euro sign, grinning face
local sample = 'h\195\169\226\130\172\240\159\152\128'
local points = { 0x68, 0xe9, 0x20ac, 0x1f600 }

require('tap')(function(test)
  test('char', function()
    assert(utf8.char(0x68, 0xe9, 0x20ac, 0x1f600) == sample)
    assert(utf8.char() == '' and utf8.char(0) == '\0')
    assert(utf8.char(0x10ffff) == '\244\143\191\191' and utf8.char(0xd800) == '\237\160\128')
    raises('value out of range', utf8.char, 0x110000)
    raises('value out of range', utf8.char, -1)
    raises('number expected', utf8.char, 'x')
  end)

  test('charpattern', function()
    assert(('\0'):match('^' .. utf8.charpattern .. '$'))
    local count = 0
    for character in sample:gmatch(utf8.charpattern) do
      count = count + 1
      assert(character == utf8.char(points[count]))
    end
    assert(count == 4)
  end)

  test('codepoint', function()
    assert(utf8.codepoint(sample) == 0x68 and utf8.codepoint(sample, 2) == 0xe9)
    local all = { utf8.codepoint(sample, 1, -1) }
    assert(#all == 4)
    for i = 1, 4 do assert(all[i] == points[i]) end
    assert(utf8.codepoint(sample, -4) == 0x1f600)
    assert(select('#', utf8.codepoint(sample, 3, 2)) == 0)
    raises('invalid UTF-8 code', utf8.codepoint, sample, 3)
    raises('out of range', utf8.codepoint, sample, 11)
    raises('out of range', utf8.codepoint, sample, 1, 11)
    raises('out of range', utf8.codepoint, sample, 0)
    raises('out of range', utf8.codepoint, '')
    raises('string slice too long', utf8.codepoint, ('x'):rep(100000), 1, -1)
  end)

  test('codes', function()
    local index, positions = 0, { 1, 2, 4, 7 }
    for position, code in utf8.codes(sample) do
      index = index + 1
      assert(position == positions[index] and code == points[index])
    end
    assert(index == 4)
    for _ in utf8.codes('') do error('an empty string has no characters') end
    local function walk(text) for _ in utf8.codes(text) do end end
    for _, text in ipairs({ '\128', 'a\128', '\195', 'ab\255', '\192\128', '\224\128\128', '\244\144\128\128', '\248\136\128\128\128' }) do
      raises('invalid UTF-8 code', walk, text)
    end
    walk('\237\160\128')
  end)

  test('len', function()
    assert(utf8.len(sample) == 4 and utf8.len('') == 0)
    assert(utf8.len(sample, 2) == 3 and utf8.len(sample, -4) == 1 and utf8.len(sample, 1, 2) == 2)
    assert(utf8.len(sample, 11) == 0)
    local count, at = utf8.len('ab\255c')
    assert(count == nil and at == 3)
    count, at = utf8.len(sample, 3)
    assert(count == nil and at == 3)
    raises('initial position out of string', utf8.len, sample, 12)
    raises('initial position out of string', utf8.len, sample, 0)
    raises('final position out of string', utf8.len, sample, 1, 11)
  end)

  test('offset', function()
    assert(utf8.offset(sample, 1) == 1 and utf8.offset(sample, 3) == 4 and utf8.offset(sample, 5) == 11)
    assert(utf8.offset(sample, 6) == nil and utf8.offset(sample, -1) == 7 and utf8.offset(sample, -4) == 1)
    assert(utf8.offset(sample, -5) == nil)
    assert(utf8.offset(sample, 0, 9) == 7 and utf8.offset(sample, 0) == 1 and utf8.offset(sample, 0, 11) == 11)
    assert(utf8.offset(sample, 2, 2) == 4 and utf8.offset(sample, -1, 4) == 2)
    assert(utf8.offset('', 1) == 1 and utf8.offset('', 2) == nil)
    raises('initial position is a continuation byte', utf8.offset, sample, 1, 3)
    raises('position out of range', utf8.offset, sample, 1, 12)
    raises('position out of range', utf8.offset, sample, 1, -11)
  end)

  test('random text', function()
    math.randomseed(os.time())
    for _ = 1, 1000 do
      local codes, bytes = {}, {}
      for i = 1, math.random(0, 20) do
        codes[i] = math.random(0, 4) == 0 and math.random(0, 0x10ffff) or math.random(0, 300)
        bytes[i] = string.char(math.random(0, 255))
      end
      local text = utf8.char(unpack(codes))
      assert(utf8.len(text) == #codes)
      local index = 0
      for position, code in utf8.codes(text) do
        index = index + 1
        assert(code == codes[index] and utf8.offset(text, index) == position)
        assert(utf8.codepoint(text, position) == code)
      end
      local raw = table.concat(bytes)
      local count, at = utf8.len(raw)
      assert(count or (at >= 1 and at <= #raw))
    end
  end)
end)
