local Buffer = require('buffer').Buffer

local function fails(fn, ...)
  local ok, err = pcall(fn, ...)
  assert(not ok, 'no error')
  return err
end

local function has(err, ...)
  for i = 1, select('#', ...) do
    assert(err:find((select(i, ...)), 1, true), ('%q is not in %q'):format((select(i, ...)), err))
  end
end

-- The name of each kind of number, its size, and its format for `string.pack`.
local KINDS = {
  { 'Int8', 1, '<i1' }, { 'UInt8', 1, '<I1' },
  { 'Int16LE', 2, '<i2' }, { 'Int16BE', 2, '>i2' }, { 'UInt16LE', 2, '<I2' }, { 'UInt16BE', 2, '>I2' },
  { 'Int32LE', 4, '<i4' }, { 'Int32BE', 4, '>i4' }, { 'UInt32LE', 4, '<I4' }, { 'UInt32BE', 4, '>I4' },
  { 'FloatLE', 4, '<f' }, { 'FloatBE', 4, '>f' }, { 'DoubleLE', 8, '<d' }, { 'DoubleBE', 8, '>d' },
}

require('tap')(function(test)
  test('the numbers of luvit 2.18', function()
    local buf = Buffer:new('\xFB\x04\x23\x42')
    assert(buf:readUInt8(1) == 0xFB and buf:readInt8(1) == -0x05 and buf:readInt8(4) == 0x42)
    assert(buf:readUInt16BE(1) == 0xFB04 and buf:readUInt16LE(1) == 0x04FB and buf:readUInt16BE(3) == 0x2342)
    assert(buf:readInt16BE(1) == -0x04FC and buf:readInt16LE(3) == 0x4223)
    assert(buf:readUInt32BE(1) == 0xFB042342 and buf:readUInt32LE(1) == 0x422304FB)
    assert(buf:readInt32BE(1) == -0x04FBDCBE and buf:readInt32LE(1) == 0x422304FB)
    local out = Buffer:new(4)
    assert(out:writeInt32BE(1, -0x04FBDCBE) == 5 and out == buf)
    out:writeUInt32LE(1, 0x422304FB)
    assert(out == buf)
    out:writeInt8(1, 0xFB)
    out:writeUInt8(2, 4)
    out:writeUInt16BE(3, 0x2342)
    assert(out == buf)
  end)

  test('every byte pattern reads as string.unpack reads it, and is written back', function()
    math.randomseed(1)
    local out = Buffer:new(12)
    for _ = 1, 2000 do
      local bytes = {}
      for i = 1, 12 do bytes[i] = string.char(math.random(0, 255)) end
      local text = table.concat(bytes)
      local buf = Buffer:new(text)
      for _, kind in ipairs(KINDS) do
        local name, size, format = kind[1], kind[2], kind[3]
        local offset = math.random(1, 12 - size + 1)
        local value, expected = buf['read' .. name](buf, offset), string.unpack(format, text, offset)
        assert(value == expected or value ~= value and expected ~= expected, name)
        if value == value then
          assert(out['write' .. name](out, offset, value) == offset + size, name)
          assert(out:toString(offset, offset + size - 1) == text:sub(offset, offset + size - 1), name)
        end
      end
    end
  end)

  test('offsets outside name themselves, the size and the length', function()
    local buf = Buffer:new(8):slice(2, 8)
    for _, kind in ipairs(KINDS) do
      local name, size = kind[1], kind[2]
      for _, offset in ipairs({ 0, -1, 7 - size + 2, 1.5, 0 / 0, 1 / 0, -1 / 0, 2 ^ 32, 2 ^ 53, 1e300 }) do
        for _, fn in ipairs({ 'read' .. name, 'write' .. name }) do
          has(fails(function() buf[fn](buf, offset, 1) end), 'buffer-numbers.lua:', 'Index out of bounds: offset ',
            ', size ' .. size .. ', length 7')
        end
      end
      has(fails(function() buf['read' .. name](buf) end), 'buffer-numbers.lua:',
        "bad argument 'offset' (number expected, got nil)")
      has(fails(buf['write' .. name], buf, 1), "bad argument 'value'")
      has(fails(buf['write' .. name], buf, 1, '1'), "bad argument 'value'")
    end
    assert(buf == Buffer:new(7))
  end)

  test('integers wrap', function()
    local buf = Buffer:new(8)
    for _, case in ipairs({
      { 'UInt8', 300, 44 }, { 'UInt8', -1, 255 }, { 'Int8', 200, -56 },
      { 'UInt16LE', 65537, 1 }, { 'Int16BE', 40000, -25536 },
      { 'UInt32LE', -1, 4294967295 }, { 'UInt32BE', 2 ^ 32 + 5, 5 }, { 'Int32LE', 2 ^ 31, -2 ^ 31 },
      { 'UInt32LE', 2 ^ 52 + 3, 3 }, { 'UInt16BE', 2 ^ 52 + 3, 3 }, { 'UInt8', -2 ^ 52 + 3, 3 },
    }) do
      buf['write' .. case[1]](buf, 1, case[2])
      assert(buf['read' .. case[1]](buf, 1) == case[3], case[1] .. ' ' .. case[2])
    end
    for _, value in ipairs({ 0 / 0, 1 / 0, -1 / 0 }) do
      has(fails(buf.writeUInt16LE, buf, 1, value), '(finite number expected')
      has(fails(buf.writeUIntLE, buf, 1, value, 3), '(finite number expected')
    end
  end)

  test('64 bits: a number when it is exact, else an int64_t', function()
    local buf = Buffer:new(8)
    for _, value in ipairs({ 0, 1, -1, 2 ^ 31, 2 ^ 53, -2 ^ 53, 2 ^ 53 - 1 }) do
      for _, order in ipairs({ 'LE', 'BE' }) do
        assert(buf['writeInt64' .. order](buf, 1, value) == 9)
        local read = buf['readInt64' .. order](buf, 1)
        assert(type(read) == 'number' and read == value)
      end
    end
    local large = 0x7123456789abcdefLL
    buf:writeInt64BE(1, large)
    assert(buf:toString('hex') == '7123456789abcdef' and type(buf:readInt64BE(1)) == 'cdata')
    assert(buf:readInt64BE(1) == large and buf:readUInt64BE(1) == 0x7123456789abcdefULL)
    buf:writeInt64LE(1, large)
    assert(buf:toString('hex') == 'efcdab8967452371' and buf:readInt64LE(1) == large)
    buf:writeInt64LE(1, -2)
    assert(buf:readUInt64LE(1) == 0xfffffffffffffffeULL and buf:readInt64BE(1) == -72057594037927937LL)
    buf:writeUInt64LE(1, 0xffffffffffffffffULL)
    assert(buf:readInt64LE(1) == -1 and tostring(buf:readUInt64LE(1)) == '18446744073709551615ULL')
    buf:writeUInt64BE(1, 2 ^ 63)
    assert(buf:toString('hex') == '8000000000000000')
    buf:writeInt64BE(1, -2 ^ 63)
    assert(buf:toString('hex') == '8000000000000000')
    for _, value in ipairs({ 2 ^ 64, -2 ^ 63 - 2048, 1.5, 0 / 0, 1 / 0, '1', {}, true }) do
      has(fails(function() buf:writeInt64LE(1, value) end), 'buffer-numbers.lua:', '(integer of 64 bits expected')
    end
    has(fails(buf.readInt64LE, buf, 2), 'offset 2, size 8, length 8')
    has(fails(buf.writeUInt64BE, buf, 2, 1), 'offset 2, size 8, length 8')
  end)

  test('floating point', function()
    local buf = Buffer:new(8)
    for _, value in ipairs({ 0, 1.5, -math.pi, 1e300, 5e-324, 1 / 0, -1 / 0 }) do
      buf:writeDoubleLE(1, value)
      assert(buf:readDoubleLE(1) == value)
      buf:writeDoubleBE(1, value)
      assert(buf:readDoubleBE(1) == value)
    end
    buf:writeDoubleBE(1, 0 / 0)
    assert(buf:readDoubleBE(1) ~= buf:readDoubleBE(1))
    buf:writeFloatBE(1, 0.1)
    assert(buf:toString('hex', 1, 4) == '3dcccccd' and math.abs(buf:readFloatBE(1) - 0.1) < 1e-8)
    assert(1 / (buf:writeDoubleLE(1, -0.0) and buf:readDoubleLE(1)) == -1 / 0)
    assert(Buffer.from('7ff0000000000000', 'hex'):readDoubleBE(1) == 1 / 0)
    assert(Buffer.from('ff800000', 'hex'):readFloatBE(1) == -1 / 0)
  end)

  test('a NaN from outside is a NaN, whatever its bits', function()
    -- LuaJIT has its other values in such bits; run often, so that compiled code reads them, too.
    local buf, back = Buffer:new(8), Buffer:new(8)
    local function check(bits)
      buf:write(bits, 1, nil, 'hex')
      local value, other = buf:readDoubleBE(1), buf:swap64():readDoubleLE(1)
      assert(type(value) == 'number' and value ~= value and type(other) == 'number' and other ~= other, bits)
      back:writeDoubleBE(1, value)
      assert(back:readDoubleBE(1) ~= back:readDoubleBE(1))
      buf:write(bits, 1, nil, 'hex')
      value, other = buf:readFloatBE(1), buf:slice(1, 4):swap32():readFloatLE(1)
      assert(type(value) == 'number' and type(other) == 'number' and value ~= value and other ~= other, bits)
    end
    for round = 1, 100 do
      for high = 0xf1, 0xff do
        for _, sign in ipairs({ '7f', 'ff' }) do check(('%s%02x%012x'):format(sign, high, round * 2 ^ 40 + round)) end
      end
      check('fff7fffffffffffe')
      check('7ff4000000000001')
      check('fffa000041414141')
    end
  end)

  test('numbers that are no numbers are not written', function()
    local buf = Buffer:new(8)
    has(fails(buf.writeFloatLE, buf, 1, '1'), '(number expected, got string)')
  end)

  test('integers of 1 to 6 bytes', function()
    local buf = Buffer:new(8)
    for size = 1, 6 do
      local limit = 256 ^ size
      for _, value in ipairs({ 0, 1, limit - 1, limit / 2, limit / 2 - 1, math.floor(limit / 3) }) do
        for _, order in ipairs({ 'LE', 'BE' }) do
          assert(buf['writeUInt' .. order](buf, 2, value, size) == 2 + size)
          assert(buf['readUInt' .. order](buf, 2, size) == value)
          local signed = value < limit / 2 and value or value - limit
          assert(buf['readInt' .. order](buf, 2, size) == signed)
          buf['writeInt' .. order](buf, 2, signed, size)
          assert(buf['readUInt' .. order](buf, 2, size) == value)
        end
      end
    end
    buf:fill(0)
    buf:writeUIntBE(1, 0x010203, 3)
    buf:writeUIntLE(4, 0x010203040506, 5)
    assert(buf:toString('hex') == '0102030605040302')
    for _, size in ipairs({ 0, 7, 1.5, -1, 0 / 0 }) do
      has(fails(function() buf:readUIntLE(1, size) end), 'buffer-numbers.lua:', "bad argument 'size' (integer from 1 to 6")
      has(fails(buf.writeIntBE, buf, 1, 1, size), "bad argument 'size'")
    end
    has(fails(buf.readIntLE, buf, 1), 'got nil')
    has(fails(buf.readIntLE, buf, 4, 6), 'offset 4, size 6, length 8')
  end)

  test('the least and the greatest number of each size with a sign', function()
    for bytes, size in pairs({ [1] = '8', [2] = '16', [4] = '32' }) do
      for _, order in ipairs(bytes == 1 and { '' } or { 'LE', 'BE' }) do
        local buffer, half = Buffer:new(bytes), 2 ^ (bytes * 8 - 1)
        for _, value in ipairs({ -half, -half + 1, -1, 0, 1, half - 1 }) do
          buffer['writeInt' .. size .. order](buffer, 1, value)
          local read = buffer['readInt' .. size .. order](buffer, 1)
          assert(read == value, ('%s%s: %s read as %s'):format(size, order, value, read))
        end
      end
    end
  end)
end)
