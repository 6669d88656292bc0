-- lua-zlib's calls.

local zlib = require('zlib')
local raises = require('./libs/refusals').raises

local TEXT = ('one two three four five six seven eight nine ten '):rep(500)

require('tap')(function(test)
  test('deflate and inflate', function()
    local deflate, inflate = zlib.deflate(), zlib.inflate()
    local parts, total = {}, 0
    for i = 1, #TEXT, 1000 do
      local piece = TEXT:sub(i, i + 999)
      local out, eof, bytesIn, bytesOut = deflate(piece)
      total = total + #piece
      parts[#parts + 1] = out
      assert(eof == false and bytesIn == total and bytesOut == #table.concat(parts))
    end
    local out, eof, bytesIn, bytesOut = deflate()
    parts[#parts + 1] = out
    local packed = table.concat(parts)
    assert(eof and bytesIn == #TEXT and bytesOut == #packed)
    local text = {}
    for i = 1, #packed do
      local piece, ended, came, went = inflate(packed:sub(i, i))
      text[#text + 1] = piece
      assert(ended == (i == #packed) and came == i and went == #table.concat(text))
    end
    assert(table.concat(text) == TEXT)
  end)

  test('finish, flush, and after the end', function()
    local deflate = zlib.deflate(zlib.BEST_COMPRESSION)
    local first = deflate('hello ', 'sync')
    local inflate = zlib.inflate()
    assert(inflate(first) == 'hello ')
    local second = deflate('world', 'full')
    assert(inflate(second) == 'world')
    local last, eof = deflate('!', 'finish')
    assert(eof)
    local out, ended = inflate(last)
    assert(out == '!' and ended)
    -- Nothing more, but the end may come again.
    assert(select(2, deflate()) == true and deflate('') == '')
    raises('IllegalState: calling deflate function when stream was previously closed', deflate, 'more')
    local _, err = pcall(inflate, 'more')
    assert(err:find('^IllegalState: calling inflate function'), err)
    -- No input at all is an end, too.
    local empty = zlib.deflate()
    local packed = empty('') .. empty('') .. empty(nil, 'finish')
    assert(zlib.inflate()(packed, 'finish') == '')
    raises("invalid option 'fnord'", zlib.deflate(), 'a', 'fnord')
    local noop, isEnd = zlib.deflate()('')
    assert(noop == '' and isEnd == false)
  end)

  test('gzip, raw and zlib by window bits', function()
    for _, bits in ipairs({ 15, 15 + 16, -15, 9, 31, -9 }) do
      local packed = zlib.deflate(6, bits)(TEXT, 'finish')
      assert(zlib.inflate(bits)(packed) == TEXT)
      if bits > 0 then assert(zlib.inflate()(packed) == TEXT) end
    end
    local gzip = zlib.deflate(nil, 31)(TEXT, 'finish')
    assert(zlib.gunzipSync(gzip) == TEXT)
    raises("bad argument 'windowBits' to 'deflate'", zlib.deflate, 6, 16)
    raises("bad argument 'windowBits' to 'inflate'", zlib.inflate, 3)
    raises("bad argument 'level' to 'deflate'", zlib.deflate, 10)
  end)

  test('a stream ends with a member of gzip, and says where', function()
    local one, two = zlib.gzipSync('first'), zlib.gzipSync('second')
    local data = one .. two
    local out, eof, used = zlib.inflate()(data)
    assert(out == 'first' and eof and used == #one)
    assert(zlib.inflate()(data:sub(used + 1)) == 'second')
  end)

  test('bad data raises', function()
    local ok, err = pcall(zlib.inflate(), 'this is not compressed')
    assert(not ok and err:find('^InvalidInput: '), err)
    local dictionary = zlib.deflateSync(TEXT, { dictionary = 'one two three' })
    ok, err = pcall(zlib.inflate(), dictionary)
    assert(not ok and err:find('^RequiresDictionary: '), err)
    local gzip = zlib.gzipSync(TEXT)
    ok, err = pcall(zlib.inflate(), gzip:sub(1, -9) .. 'xxxx' .. gzip:sub(-4))
    assert(not ok and err:find('^InvalidInput: '), err)
    -- A truncated stream is not at its end.
    local _, eof = zlib.inflate()(gzip:sub(1, -2))
    assert(eof == false)
  end)

  test('checksums accumulate', function()
    for _, name in ipairs({ 'crc32', 'adler32' }) do
      local all, first, second = zlib[name](), zlib[name](), zlib[name]()
      first('some te')
      second('xt')
      local sum, length = all('some text')
      assert(length == 9 and sum == zlib[name]('some text'))
      sum, length = first(second)
      assert(sum == all() and length == 9)
      assert(select(2, first()) == 9)
      raises("bad argument #1 to '" .. name .. "'", first, function() end)
    end
    assert(zlib.crc32()() == 0 and zlib.adler32()() == 1)
  end)

  test("lzlib's calls", function()
    assert(zlib.decompress(zlib.compress(TEXT)) == TEXT)
    local gzip = zlib.compress(TEXT, 9, nil, zlib.MAXIMUM_WINDOWBITS + zlib.GZIP_WINDOWBITS, 9, zlib.FILTERED)
    assert(zlib.gunzipSync(gzip) == TEXT and zlib.decompress(gzip) == TEXT and zlib.decompress(gzip, 31) == TEXT)
    assert(zlib.decompress(zlib.compress(TEXT, nil, nil, -15), -15) == TEXT)
    local ok, err = pcall(zlib.decompress, 'junk')
    assert(not ok and err:find('^InvalidInput: '), err)
    raises("bad argument 'level' to 'compress'", zlib.compress, 'a', 10)
    raises("bad argument 'data' to 'decompress'", zlib.decompress)
    assert(zlib.crc32(0, '123456789') == 0xcbf43926 and zlib.crc32(zlib.crc32(), '123456789') == 0xcbf43926)
    assert(zlib.adler32(1, 'Wikipedia') == 0x11e60398)
  end)

  test('the version', function()
    local major, minor, patch = zlib.version()
    assert(major == 1 and minor >= 2 and patch >= 0)
    assert(zlib.BEST_SPEED == 1 and zlib.BEST_COMPRESSION == 9 and type(zlib._VERSION) == 'string')
  end)
end)
