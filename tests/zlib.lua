-- Whole data: results, options, errors, with a callback, a coroutine and at once.

local zlib = require('zlib')
local Buffer = require('buffer').Buffer
local refusals = require('./libs/refusals')
local raises, fails = refusals.raises, refusals.fails

local constants = zlib.constants
local instanceof = require('core').instanceof
local TEXT = ('It was the best of times, it was the worst of times. '):rep(200)
local PAIRS = {
  { 'gzip', 'gunzip' }, { 'deflate', 'inflate' }, { 'deflateRaw', 'inflateRaw' }, { 'gzip', 'unzip' },
  { 'deflate', 'unzip' }, { 'brotliCompress', 'brotliDecompress' },
}

local function hex(text)
  return (text:gsub('%x%x', function(digits) return string.char(tonumber(digits, 16)) end))
end

-- Bytes without a pattern, the same in every run.
local function noise(length, seed)
  local parts, x = {}, seed or 12345
  for i = 1, length do
    x = (x * 16807) % 2147483647
    parts[i] = string.char(math.floor(x / 128) % 256)
  end
  return table.concat(parts)
end

require('tap')(function(test)
  test('what goes in comes out', function()
    for _, pair in ipairs(PAIRS) do
      for _, data in ipairs({ '', 'a', '\0', TEXT, noise(5000), ('\0'):rep(300000), TEXT .. noise(70000) .. TEXT }) do
        local options = pair[1] == 'brotliCompress' and { params = { [constants.BROTLI_PARAM_QUALITY] = 5 } } or nil
        local packed = assert(zlib[pair[1] .. 'Sync'](data, options))
        assert(zlib[pair[2] .. 'Sync'](packed) == data, pair[1])
      end
    end
    assert(#zlib.gzipSync(TEXT) < #TEXT / 20)
  end)

  test('every level, strategy, window and memory', function()
    local data = TEXT .. noise(3000) .. ('x'):rep(5000)
    for level = -1, 9 do
      for strategy = 0, 4 do
        for _, windowBits in ipairs({ 9, 12, 15 }) do
          local options = { level = level, strategy = strategy, windowBits = windowBits, memLevel = 1 + (level + 9) % 9 }
          assert(zlib.gunzipSync(zlib.gzipSync(data, options)) == data)
          assert(zlib.inflateRawSync(zlib.deflateRawSync(data, options), { windowBits = 15 }) == data)
          assert(zlib.inflateSync(zlib.deflateSync(data, options), { windowBits = windowBits }) == data)
        end
      end
    end
    assert(#zlib.deflateSync(data, { level = 0 }) > #data)
    assert(#zlib.deflateSync(data, { level = 9 }) < #zlib.deflateSync(data, { level = 1 }))
    assert(#zlib.deflateSync(data, { strategy = constants.Z_HUFFMAN_ONLY }) > #zlib.deflateSync(data))
  end)

  test('a compressor that waits for the next call changes nothing', function(_, uv)
    local function handles()
      local count = 0
      uv.walk(function() count = count + 1 end)
      return count
    end
    local before, alive = handles(), uv.loop_alive()
    local one, other = zlib.gzipSync(TEXT, { level = 9 }), zlib.deflateSync('other', { level = 9 })
    for _ = 1, 3 do
      assert(zlib.gzipSync(TEXT, { level = 9 }) == one and zlib.deflateSync('other', { level = 9 }) == other)
      assert(not zlib.gzipSync(TEXT, { level = 9, maxOutputLength = 20 }))
    end
    assert(handles() == before and uv.loop_alive() == alive)
  end)

  test('published streams', function()
    assert(zlib.inflateRawSync(hex('010300fcff616263')) == 'abc')
    assert(zlib.inflateRawSync(hex('4b4c4a0600')) == 'abc')
    assert(zlib.inflateSync(hex('789c4b4c4a0600024d0127')) == 'abc')
    assert(zlib.gunzipSync(hex('1f8b08000000000000034b4c4a0600c241243503000000')) == 'abc')
    assert(zlib.brotliDecompressSync(hex('06')) == '')
    assert(zlib.brotliDecompressSync(hex('0b028068656c6c6f03')) == 'hello')
    -- The header says which level: RFC 1952's XFL, RFC 1950's FLEVEL.
    assert(zlib.gzipSync('a'):sub(1, 2) == '\31\139')
    assert(zlib.gzipSync('a', { level = 9 }):byte(9) == 2 and zlib.gzipSync('a', { level = 1 }):byte(9) == 4)
    assert(zlib.deflateSync('a', { level = 9 }):sub(1, 2) == '\120\218')
  end)

  test('what is wrong has a code and says so', function()
    local gzip, deflate = zlib.gzipSync('abc'), zlib.deflateSync('abc')
    fails('Z_DATA_ERROR', zlib.gunzipSync('hello, this is no gzip'))
    local _, text, code = zlib.gunzipSync(gzip:sub(1, 10))
    assert(text == 'Z_BUF_ERROR: unexpected end of file' and code == 'Z_BUF_ERROR')
    for _, name in ipairs({ 'gunzipSync', 'inflateSync', 'inflateRawSync', 'unzipSync', 'brotliDecompressSync' }) do
      fails('Z_BUF_ERROR', zlib[name](''))
    end
    local function says(expected, ...)
      local _, message = ...
      assert(message == 'Z_DATA_ERROR: ' .. expected, message)
    end
    says('incorrect header check', zlib.inflateSync(gzip))
    says('incorrect header check', zlib.unzipSync('hello'))
    says('unknown compression method', zlib.gunzipSync('\31\139\0\0'))
    says('invalid block type', zlib.inflateRawSync('\7\1\2\3'))
    says('incorrect data check', zlib.gunzipSync(gzip:sub(1, -6) .. 'x' .. gzip:sub(-4)))
    says('incorrect length check', zlib.gunzipSync(gzip:sub(1, -2) .. 'x'))
    says('incorrect data check', zlib.inflateSync(deflate:sub(1, -2) .. 'x'))
    says('invalid window size', zlib.inflateSync(deflate, { windowBits = 9 }))
    fails('ERR__ERROR_FORMAT_CL_SPACE', zlib.brotliDecompressSync('hello world hello world'))
    -- What is tolerated.
    local part = zlib.gunzipSync(zlib.gzipSync(TEXT):sub(1, -12), { finishFlush = constants.Z_SYNC_FLUSH })
    assert(#part > 0 and TEXT:sub(1, #part) == part)
  end)

  test('members of gzip, and what is behind them', function()
    local one, two = zlib.gzipSync('abc'), zlib.gzipSync('def')
    for _, name in ipairs({ 'gunzipSync', 'unzipSync' }) do
      local gunzip = zlib[name]
      assert(gunzip(one .. two) == 'abcdef')
      assert(gunzip(one .. two .. ('\0'):rep(10)) == 'abcdef')
      assert(gunzip(one .. '\0' .. two) == 'abc')
      fails('Z_DATA_ERROR', gunzip(one .. 'xx'))
      fails('Z_BUF_ERROR', gunzip(one .. 'x'))
    end
    assert(zlib.unzipSync(one .. zlib.deflateSync('def') .. one) == 'abcdefabc')
    assert(zlib.inflateSync(zlib.deflateSync('abc') .. 'junk') == 'abc')
    assert(zlib.inflateRawSync(zlib.deflateRawSync('abc') .. 'junk') == 'abc')
    assert(zlib.brotliDecompressSync(zlib.brotliCompressSync('abc') .. 'junk') == 'abc')
    local info = zlib.inflateSync(zlib.deflateSync('abc') .. 'junk', { info = true })
    assert(info.buffer == 'abc' and info.engine.bytesWritten == 11)
  end)

  test('dictionaries', function()
    local dictionary = 'the quick brown fox jumps over the lazy dog'
    local data = 'the lazy dog jumps over the quick brown fox'
    local packed = zlib.deflateSync(data, { dictionary = dictionary })
    assert(#packed < #zlib.deflateSync(data))
    assert(zlib.inflateSync(packed, { dictionary = Buffer:new(dictionary) }) == data)
    assert(zlib.unzipSync(packed, { dictionary = dictionary }) == data)
    local _, missing = zlib.inflateSync(packed)
    assert(missing == 'Z_NEED_DICT: Missing dictionary', missing)
    local _, bad, code = zlib.inflateSync(packed, { dictionary = 'another' })
    assert(bad == 'Z_NEED_DICT: Bad dictionary' and code == 'Z_NEED_DICT', bad)
    local raw = zlib.deflateRawSync(data, { dictionary = dictionary })
    assert(zlib.inflateRawSync(raw, { dictionary = dictionary }) == data)
    fails('Z_DATA_ERROR', zlib.inflateRawSync(raw))
    assert(zlib.gunzipSync(zlib.gzipSync(data, { dictionary = dictionary })) == data)
  end)

  test('a bomb ends at the limit', function(expect)
    local bomb = zlib.gzipSync(('\0'):rep(20 * 2 ^ 20))
    assert(#bomb < 25000)
    fails('ERR_BUFFER_TOO_LARGE', zlib.gunzipSync(bomb, { maxOutputLength = 1000 }))
    assert(#zlib.gunzipSync(bomb, { maxOutputLength = 20 * 2 ^ 20 }) == 20 * 2 ^ 20)
    fails('ERR_BUFFER_TOO_LARGE', zlib.gunzipSync(bomb, { maxOutputLength = 20 * 2 ^ 20 - 1 }))
    fails('ERR_BUFFER_TOO_LARGE', zlib.gzipSync(noise(1000), { maxOutputLength = 100 }))
    local params = { [constants.BROTLI_PARAM_QUALITY] = 1 }
    local brotli = zlib.brotliCompressSync(('\0'):rep(2 ^ 20), { params = params })
    fails('ERR_BUFFER_TOO_LARGE', zlib.brotliDecompressSync(brotli, { maxOutputLength = 2 ^ 20 - 1 }))
    -- Without a limit of its own: 256 MiB. The size at its end lies, and nobody believes it.
    local liar = zlib.gzipSync('abc'):sub(1, -5) .. '\255\255\255\255'
    fails('Z_DATA_ERROR', zlib.gunzipSync(liar))
    zlib.gunzip(bomb, { maxOutputLength = 5 }, expect(function(err)
      assert(err.code == 'ERR_BUFFER_TOO_LARGE' and err.errno == nil and tostring(err):find('5 bytes', 1, true))
    end))
  end)

  test('callbacks and coroutines', function(expect)
    for _, pair in ipairs(PAIRS) do
      local options = pair[1] == 'brotliCompress' and { params = { [constants.BROTLI_PARAM_QUALITY] = 3 } } or {}
      local returned = false
      zlib[pair[1]](TEXT, options, expect(function(err, packed)
        assert(returned and not err)
        zlib[pair[2]](packed, expect(function(problem, text)
          assert(not problem and text == TEXT)
        end))
      end))
      returned = true
    end
    zlib.gunzip('junk', expect(function(err, data)
      assert(data == nil and err.code == 'Z_DATA_ERROR' and err.errno == -3)
      assert(tostring(err) == 'Z_DATA_ERROR: incorrect header check')
    end))
    coroutine.wrap(expect(function()
      local thread = coroutine.running()
      local packed = assert(zlib.deflate(TEXT, { level = 9 }, thread))
      assert(zlib.inflate(packed, coroutine.running()) == TEXT)
      local data, err = zlib.inflate('junk', thread)
      assert(data == nil and err.code == 'Z_DATA_ERROR')
    end))()
    -- The data may be gone before the work is done.
    local count = 0
    for i = 1, 50 do
      local data = (tostring(i) .. ' '):rep(10000)
      zlib.gzip(data, expect(function(_, packed)
        count = count + 1
        assert(zlib.gunzipSync(packed):sub(1, 3) == (tostring(i) .. ' '):rep(3):sub(1, 3))
      end))
      data = nil -- luacheck: ignore
      collectgarbage()
    end
  end)

  test('info: the data and what made them', function(expect)
    for pack, unpack_ in pairs({ gzip = 'gunzip', deflateRaw = 'inflateRaw', brotliCompress = 'brotliDecompress' }) do
      local packed = zlib[pack .. 'Sync']('some text', { info = true })
      assert(packed.engine.bytesWritten == 9 and packed.engine.destroyed)
      assert(instanceof(packed.engine, zlib[pack:sub(1, 1):upper() .. pack:sub(2)]))
      packed.engine:close()
      zlib[unpack_](packed.buffer, { info = true }, expect(function(err, result)
        assert(not err and result.buffer == 'some text' and result.engine.bytesWritten == #packed.buffer)
        assert(instanceof(result.engine, zlib[unpack_:sub(1, 1):upper() .. unpack_:sub(2)]))
      end))
    end
  end)

  test('buffers', function()
    local buffer = Buffer:new('some bytes')
    assert(zlib.gunzipSync(Buffer:new(zlib.gzipSync(buffer))) == 'some bytes')
    assert(zlib.crc32(buffer) == zlib.crc32('some bytes'))
  end)

  test('wrong arguments are named, and raised at the caller', function()
    local function position(fn, ...)
      local ok, err = pcall(fn, ...)
      assert(not ok)
      return err
    end
    local err = position(function() local data = zlib.gzipSync(nil) return data end)
    assert(err:find('^.*zlib.lua:%d+: bad argument \'data\' to \'gzipSync\' %(string or Buffer expected, got nil%)'), err)
    err = position(function() zlib.createGzip({ level = 10 }) end)
    assert(err:find('zlib.lua:%d+: bad argument \'options.level\' to \'createGzip\''), err)
    err = position(function() local x = zlib.gzipSync('', { level = 10 }) return x end)
    assert(err:find('zlib.lua:%d+: bad argument \'options.level\' to \'gzipSync\''), err)
    for name, values in pairs({
      level = { 10, -2, 1.5, '9', 1 / 0 }, windowBits = { 16, 7, 0 }, memLevel = { 0, 10 }, strategy = { -1, 5, {} },
      flush = { 6 }, finishFlush = { 7, -1 }, chunkSize = { 63, '64' }, maxOutputLength = { 0, -1 },
      dictionary = { 3, {} },
    }) do
      for _, value in ipairs(values) do
        raises("bad argument 'options." .. name .. "' to 'deflateSync'", zlib.deflateSync, 'a', { [name] = value })
        raises("bad argument 'options." .. name .. "' to 'deflate'", zlib.deflate, 'a', { [name] = value }, print)
      end
    end
    raises("bad argument 'options' to 'gzipSync' (table expected, got string)", zlib.gzipSync, 'a', 'b')
    raises("bad argument 'callback' to 'gzip' (function expected, got nil)", zlib.gzip, 'a')
    raises("bad argument 'callback' to 'gzip'", zlib.gzip, 'a', {}, 'b')
    raises("bad argument 'callback' to 'gzip'", zlib.gzip, 'a', {}, setmetatable({}, {}))
    raises("bad argument 'callback' to 'gzip'", zlib.gzip, 'a', {}, require('core').Emitter:new())
    raises('100 is not a valid Brotli parameter', zlib.brotliCompressSync, 'a', { params = { [100] = 1 } })
    raises("'options.params[1]'", zlib.brotliCompressSync, 'a', { params = { [1] = 'x' } })
    raises("bad argument 'options.params'", zlib.brotliCompressSync, 'a', { params = 5 })
    raises('is not a valid Brotli parameter', zlib.createBrotliCompress, { params = { ['0'] = 0, ['00'] = 0 } })
    raises("'options.params[4]' to 'createBrotliCompress' (boolean expected, got 42)", zlib.createBrotliCompress,
      { params = { [constants.BROTLI_PARAM_DISABLE_LITERAL_CONTEXT_MODELING] = 42 } })
    raises("bad argument 'options.windowBits' to 'inflateRawSync'", zlib.inflateRawSync, 'a', { windowBits = 0 })
    -- Not a number is none.
    for _, name in ipairs({ 'level', 'windowBits', 'memLevel', 'strategy', 'flush', 'chunkSize', 'maxOutputLength' }) do
      assert(zlib.gunzipSync(zlib.gzipSync('a', { [name] = 0 / 0 })) == 'a')
    end
    -- Options may be left out, and be more than needed.
    assert(zlib.gzipSync('a', {}) == zlib.gzipSync('a') and zlib.gzipSync('a', { other = 1 }))
    assert(zlib.inflateSync(zlib.deflateSync('a'), { windowBits = 0 }) == 'a')
  end)

  test('checksums', function()
    assert(zlib.crc32('123456789') == 0xcbf43926 and zlib.crc32('') == 0)
    assert(zlib.crc32('56789', zlib.crc32('1234')) == 0xcbf43926)
    assert(zlib.adler32('Wikipedia') == 0x11e60398 and zlib.adler32('') == 1)
    raises("bad argument 'value' to 'crc32'", zlib.crc32, 'a', -1)
    raises("bad argument 'value' to 'crc32'", zlib.crc32, 'a', 2 ^ 32)
    raises("bad argument 'data' to 'crc32'", zlib.crc32, {})
    raises("bad argument 'data' to 'crc32'", zlib.crc32, nil, 5)
  end)

  test('constants', function()
    assert(constants.Z_FINISH == 4 and constants.BROTLI_PARAM_LGWIN == 2 and constants.Z_DEFAULT_CHUNK == 16384)
    assert(zlib.codes.Z_DATA_ERROR == -3 and zlib.codes[-3] == 'Z_DATA_ERROR' and zlib.codes[0] == 'Z_OK')
    assert(zlib.Z_OK == 0 and zlib.Z_SYNC_FLUSH == 2 and zlib.Z_DATA_ERROR == -3 and zlib.Z_RLE == 3)
    assert(zlib.Z_MAX_CHUNK == math.huge and zlib.Z_OTHER == nil and zlib.BROTLI_PARAM_MODE == nil)
    local count = 0
    for name in pairs(zlib) do
      count = count + 1
      assert(zlib[name] ~= nil, name)
    end
    assert(count > 40, count)
  end)

  test('junk does no harm', function()
    math.randomseed(7)
    local packed = {
      gunzip = zlib.gzipSync(TEXT), inflate = zlib.deflateSync(TEXT), inflateRaw = zlib.deflateRawSync(TEXT),
      unzip = zlib.gzipSync(TEXT), brotliDecompress = zlib.brotliCompressSync(TEXT, { params = { [1] = 5 } }),
    }
    for name, data in pairs(packed) do
      for _ = 1, 200 do
        local at = math.random(#data)
        local damaged = data:sub(1, at - 1) .. string.char(math.random(0, 255)) .. data:sub(at + 1)
        if math.random() < 0.3 then damaged = damaged:sub(1, math.random(#damaged)) end
        local out, err, code = zlib[name .. 'Sync'](damaged, { maxOutputLength = 2 ^ 20 })
        assert(out or err:sub(1, #code) == code)
      end
    end
  end)
end)
