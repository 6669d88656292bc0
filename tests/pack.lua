local pack, unpack, packsize = string.pack, string.unpack, string.packsize

local function raises(pattern, fn, ...)
  local ok, message = pcall(fn, ...)
  assert(not ok, 'no error')
  assert(tostring(message):find(pattern, 1, true), message)
end

local function hex(text)
  return (text:gsub('.', function(c) return ('%02x'):format(c:byte()) end))
end

require('tap')(function(test)
  test('integers', function()
    assert(hex(pack('<i4', 1)) == '01000000' and hex(pack('>i4', 1)) == '00000001')
    assert(hex(pack('<i3', -2)) == 'feffff' and unpack('<i3', '\254\255\255') == -2)
    assert(hex(pack('bBhH', -1, 255, -2, 65535)):sub(1, 4) == 'ffff')
    assert(hex(pack('>I16', 258)) == ('00'):rep(14) .. '0102')
    assert(hex(pack('<i16', -1)) == ('ff'):rep(16))
    for size = 1, 16 do
      for _, endian in ipairs({ '<', '>', '=' }) do
        local top = 2 ^ math.min(size * 8 - 1, 52)
        for _, value in ipairs({ 0, 1, -1, top - 1, -top, 100, -100 }) do
          local text = pack(endian .. 'i' .. size, value)
          assert(#text == size and unpack(endian .. 'i' .. size, text) == value)
        end
        for _, value in ipairs({ 0, 1, top, 255 }) do
          local text = pack(endian .. 'I' .. size, value)
          assert(#text == size and unpack(endian .. 'I' .. size, text) == value)
        end
      end
    end
    assert(packsize('b') == 1 and packsize('h') == 2 and packsize('i') == 4 and packsize('j') == 8)
    assert(packsize('T') == packsize('J') and packsize('lL') == 2 * packsize('l'))
    assert(unpack('<i2', pack('<i2', '12')) == 12, 'a numeral is a number')
  end)

  test('limits of integers', function()
    raises('integer overflow', pack, 'b', 128)
    raises('integer overflow', pack, 'b', -129)
    raises('unsigned overflow', pack, 'B', 256)
    raises('unsigned overflow', pack, 'I4', -1)
    raises('no integer representation', pack, 'i4', 1.5)
    raises('no integer representation', pack, 'j', 2 ^ 64)
    raises('no integer representation', pack, 'j', 0 / 0)
    raises('no integer representation', pack, 'J', math.huge)
    raises('integer overflow', pack, 'j', 2 ^ 63)
    raises('number expected', pack, 'i4', 'x')
    raises('number expected', pack, 'i4')
    assert(hex(pack('<J', 2 ^ 63)) == '0000000000000080' and hex(pack('<J', -1)) == ('ff'):rep(8))
    assert(unpack('<J', ('\255'):rep(8)) == 2 ^ 64 and unpack('<j', ('\255'):rep(8)) == -1)
    assert(unpack('<i16', ('\255'):rep(16)) == -1)
    raises('16-byte integer does not fit', unpack, '<I16', ('\255'):rep(16))
    raises('16-byte integer does not fit', unpack, '<i16', ('\0'):rep(8) .. '\1' .. ('\0'):rep(7))
    raises('9-byte integer does not fit', unpack, '<I9', ('\0'):rep(8) .. '\1')
    assert(unpack('<I9', ('\1') .. ('\0'):rep(8)) == 1)
    raises('integral size (17) out of limits [1,16]', pack, 'i17', 1)
    raises('integral size (0) out of limits [1,16]', pack, 'i0', 1)
    raises('out of limits', unpack, 's99999999999999999999999', '')
  end)

  test('floats', function()
    assert(hex(pack('>d', 1.5)) == '3ff8000000000000' and hex(pack('<f', -2)) == '000000c0')
    for _, value in ipairs({ 0, 0.1, -1e300, 5e-324, math.huge, -math.huge }) do
      assert(unpack('>n', pack('>n', value)) == value and unpack('<d', pack('<d', value)) == value)
    end
    assert(unpack('f', pack('f', 0.5)) == 0.5 and unpack('f', pack('f', 1e300)) == math.huge)
    for _, bits in ipairs({ '\255\255\255\255\255\255\255\255', '\127\248\0\0\0\0\0\1', '\255\249\1\2\3\4\5\6' }) do
      local value = unpack('>d', bits)
      assert(type(value) == 'number' and value ~= value, 'any NaN is a plain NaN')
    end
    local value = unpack('>f', '\255\192\0\1')
    assert(value ~= value)
  end)

  test('strings', function()
    assert(pack('z', 'ab') == 'ab\0' and unpack('z', 'ab\0cd') == 'ab')
    assert(select(2, unpack('z', 'ab\0cd')) == 4)
    assert(pack('s1', 'abc') == '\3abc' and unpack('s1', '\3abcd') == 'abc')
    assert(#pack('s', 'x') == packsize('T') + 1 and pack('>s2', '') == '\0\0')
    assert(pack('c5', 'abc') == 'abc\0\0' and unpack('c3', 'abcde') == 'abc' and pack('c0', '') == '')
    raises('string longer than given size', pack, 'c2', 'abc')
    raises('string contains zeros', pack, 'z', 'a\0b')
    raises('does not fit in given size', pack, 's1', ('x'):rep(256))
    raises('missing size', pack, 'c', 'x')
    raises("unfinished string for format 'z'", unpack, 'z', 'abc')
    raises('data string too short', unpack, 's1', '\4abc')
    raises('data string too short', unpack, '<s8', ('\255'):rep(8) .. 'x')
    raises('data string too short', unpack, 's16', ('\255'):rep(16))
    raises('string expected', pack, 's', {})
  end)

  test('alignment and padding', function()
    assert(packsize('!4 i1 i4') == 8 and packsize('i1 i4') == 5 and packsize('!2 i1 i4') == 6)
    assert(packsize('! i1 d') == 16 and packsize('!1 i1 d') == 9 and packsize('!8 b Xd') == 8)
    assert(packsize('<! c3') == 3 and packsize('!4 c3 i4') == 8)
    assert(hex(pack('>!4 i1 i4 x i2', 1, 2, 3)) == '0100000000000002' .. '00000003')
    local a, b, c, at = unpack('>!4 i1 i4 x i2', pack('>!4 i1 i4 x i2', 1, 2, 3))
    assert(a == 1 and b == 2 and c == 3 and at == 13)
    assert(pack('x') == '\0' and unpack('xB', '\9\7') == 7)
    assert(pack('!8 b Xi8 b', 1, 2) == '\1' .. ('\0'):rep(7) .. '\2')
    assert(packsize('!4 i1 !2 i4') == 6)
    raises('alignment not power of 2', pack, '!4 i3', 1)
    raises('alignment not power of 2', packsize, '!3 i4')
    for _, format in ipairs({ 'X', 'Xc1', 'Xz', 'XX', 'X<i4', 'X i4', 'X!4' }) do
      raises("invalid next option for option 'X'", pack, format, 1)
    end
    raises('integral size (20)', pack, '!20')
  end)

  test('formats', function()
    raises("invalid format option 'r'", pack, 'i4r', 1)
    raises("invalid format option '1'", packsize, '1')
    raises('variable-size format', packsize, 's')
    raises('variable-size format', packsize, 'z')
    raises('format result too large', packsize, 'c2147483647c2147483647')
    raises('format result too large', packsize, 'c99999999999999999999999999')
    raises('format result too large', pack, 'c99999999999999999999', '')
    assert(pack('') == '' and packsize('') == 0 and unpack('', '') == 1)
    assert(hex(pack('>i2 <i2 =i1', 1, 1, 1)) == '0001010001')
    raises('string expected', pack)
  end)

  test('positions', function()
    local value, at = unpack('B', 'abc', 2)
    assert(value == 98 and at == 3)
    assert(unpack('B', 'abc', -1) == 99 and unpack('', 'abc', 4) == 4)
    raises('initial position out of string', unpack, 'B', 'abc', 5)
    raises('initial position out of string', unpack, 'B', 'abc', 0)
    raises('initial position out of string', unpack, 'B', 'abc', -4)
    raises('data string too short', unpack, 'B', 'abc', 4)
    raises('data string too short', unpack, 'i4', 'abc')
    assert(select('#', unpack(('B'):rep(200), ('x'):rep(200))) == 201)
    raises('too many results', unpack, ('B'):rep(100000), ('x'):rep(100000))
  end)

  test('random data is unpacked or refused', function()
    math.randomseed(os.time())
    local options = { 'b', 'H', 'i3', 'I9', 'j', 'f', 'd', 's1', 's2', 'z', 'c4', 'x', 'Xi4', '<', '>', '=', '!4', '!' }
    for _ = 1, 2000 do
      local format, bytes = {}, {}
      for i = 1, math.random(0, 6) do format[i] = options[math.random(#options)] end
      for i = 1, math.random(0, 40) do bytes[i] = string.char(math.random(0, 255)) end
      local data = table.concat(bytes)
      local results = { pcall(unpack, table.concat(format), data) }
      if results[1] then
        assert(results[#results] >= 1 and results[#results] <= #data + 1)
      else
        assert(type(results[2]) == 'string')
      end
    end
  end)
end)
