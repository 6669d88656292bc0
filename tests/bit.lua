-- LuaJIT's `bit`, which luvi has in every build: as a module, and as programs that use `require('bit')` expect it.

local bit = require('bit')

require('tap')(function(test)
  test('is LuaJIT\'s own, however it is asked for', function()
    assert(bit == _G.bit and package.loaded.bit == bit)
    for _, name in ipairs({ 'arshift', 'band', 'bnot', 'bor', 'bswap', 'bxor', 'lshift', 'rol', 'ror', 'rshift', 'tobit',
      'tohex' }) do
      assert(type(bit[name]) == 'function', name)
    end
  end)

  test('numbers of 32 bits with a sign', function()
    assert(bit.band(0x12345678, 0xff) == 0x78 and bit.bor(1, 2, 4) == 7 and bit.bxor(0xa5a5f0f0, 0xaa55ff00) == 0x0ff00ff0)
    assert(bit.bnot(0) == -1 and bit.tobit(0xffffffff) == -1 and bit.tobit(2 ^ 32 + 1) == 1)
    assert(bit.lshift(1, 31) == -2 ^ 31 and bit.lshift(1, 32) == 1 and bit.rshift(-1, 28) == 15 and bit.arshift(-16, 2) == -4)
    assert(bit.rol(0x12345678, 12) == 0x45678123 and bit.ror(0x12345678, 12) == 0x67812345)
    assert(bit.bswap(0x12345678) == 0x78563412 and bit.tohex(-1) == 'ffffffff' and bit.tohex(255, -4) == '00FF')
    assert(not pcall(bit.band) and not pcall(bit.band, {}) and bit.band('7', 3) == 3)
  end)

  test('the names of luvi\'s modules', function()
    for _, name in ipairs({ 'uv', 'luv', 'env', 'snapshot', 'bit', 'lpeg', 're', 'rex', 'rex_pcre2', 'luvi' }) do
      assert(require(name) ~= nil, name)
      assert(require(name) == require(name), name)
    end
  end)
end)
