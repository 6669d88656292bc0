require('tap')(function(test)
  -- Units of UTF-16 in this machine's order.
  local little = require('ffi').abi('le')
  local function units(...)
    local text = {}
    for i, unit in ipairs({ ... }) do
      local high, low = math.floor(unit / 256), unit % 256
      text[i] = little and string.char(low, high) or string.char(high, low)
    end
    return table.concat(text)
  end

  test('text there and back', function(_, uv)
    assert(uv.wtf8_to_utf16('a中😀') == units(0x61, 0x4e2d, 0xd83d, 0xde00))
    assert(uv.utf16_to_wtf8(units(0x61, 0x4e2d, 0xd83d, 0xde00)) == 'a中😀')
    assert(uv.wtf8_length_as_utf16('a中😀') == 4 and uv.utf16_length_as_wtf8(units(0x61, 0x4e2d, 0xd83d, 0xde00)) == 8)
    assert(uv.wtf8_to_utf16('') == '' and uv.utf16_to_wtf8('') == '')
    assert(uv.wtf8_length_as_utf16('') == 0 and uv.utf16_length_as_wtf8('') == 0)
    assert(uv.wtf8_to_utf16('a\0b') == units(97, 0, 98) and uv.utf16_to_wtf8(units(97, 0, 98)) == 'a\0b')
  end)

  test('halves of surrogate pairs', function(_, uv)
    for _, half in ipairs({ 0xd800, 0xdbff, 0xdc00, 0xdfff }) do
      local wtf8 = uv.utf16_to_wtf8(units(half, 0x41))
      assert(#wtf8 == 4 and uv.utf16_length_as_wtf8(units(half, 0x41)) == 4)
      assert(uv.wtf8_to_utf16(wtf8) == units(half, 0x41) and uv.wtf8_length_as_utf16(wtf8) == 2)
    end
  end)

  test('random units come back', function(_, uv)
    math.randomseed(4711)
    for _ = 1, 300 do
      local list = {}
      for i = 1, math.random(0, 20) do
        list[i] = math.random(3) == 1 and math.random(0xd7f0, 0xe010) or math.random(0, 0xffff)
      end
      local text = units(unpack(list))
      local wtf8 = uv.utf16_to_wtf8(text)
      assert(#wtf8 == uv.utf16_length_as_wtf8(text))
      assert(uv.wtf8_to_utf16(wtf8) == text and uv.wtf8_length_as_utf16(wtf8) * 2 == #text)
    end
  end)

  test('bytes that are no WTF-8', function(_, uv)
    for _, bytes in ipairs({ '\255', '\128', '\192\128', '\237\160', '\244\144\128\128', 'abc\228\184' }) do
      for _, name in ipairs({ 'wtf8_to_utf16', 'wtf8_length_as_utf16' }) do
        local value, err, code = uv[name](bytes)
        assert(value == nil and code == 'EINVAL' and err:find('^EINVAL: '))
      end
    end
  end)

  test('wrong arguments', function(_, uv)
    for _, name in ipairs({ 'wtf8_to_utf16', 'wtf8_length_as_utf16', 'utf16_to_wtf8', 'utf16_length_as_wtf8' }) do
      assert(not pcall(uv[name]) and not pcall(uv[name], {}))
    end
    assert(not pcall(uv.utf16_to_wtf8, 'abc') and not pcall(uv.utf16_length_as_wtf8, 'a'))
  end)
end)
