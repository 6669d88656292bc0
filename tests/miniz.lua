-- Zip archives and luvi's other calls of miniz.

local miniz = require('miniz')
local zlib = require('zlib')
local program = require('./libs/program')
local refusals = require('./libs/refusals')
local raises, fails = refusals.raises, refusals.fails

local LONG = ('a long text, '):rep(1000)

-- Calls `use` with the path of a file that has the content.
local function withFile(content, use)
  local folder = program.folder({ ['archive.zip'] = content })
  local ok, err = pcall(use, folder .. '/archive.zip')
  collectgarbage()
  program.remove(folder)
  assert(ok, err)
end

local function archive()
  local writer = miniz.new_writer()
  writer:add('folder/', '')
  writer:add('folder/long.txt', LONG, 9)
  writer:add('stored', 'as it is')
  writer:add('Größe', 'x', 6)
  return writer:finalize()
end

require('tap')(function(test)
  test('an archive is written and read', function()
    withFile(archive(), function(path)
      local reader = assert(miniz.new_reader(path))
      assert(reader:get_num_files() == 4 and reader:get_offset() == 0)
      assert(reader:get_filename(1) == 'folder/' and reader:get_filename(4) == 'Größe')
      assert(reader:is_directory(1) and not reader:is_directory(2) and not reader:is_directory(9))
      assert(reader:extract(2) == LONG and reader:extract(3) == 'as it is' and reader:extract(1) == '')
      assert(reader:locate_file('folder/long.txt') == 2)
      assert(reader:locate_file('FOLDER/Long.txt') == 2)
      fails('ENOENT', reader:locate_file('FOLDER/Long.txt', 0x100))
      assert(reader:locate_file('long.txt', 0x200) == 2)
      assert(reader:locate_file('LONG.txt', { ignore_path = true }) == 2)
      fails('ENOENT', reader:locate_file('LONG.txt', { ignore_path = true, case_sensitive = true }))
      fails('ENOENT', reader:locate_file('missing'))
      assert(reader:stat(1).is_directory and not reader:stat(2).is_directory)
      local stat = reader:stat(2)
      assert(stat.index == 1 and stat.filename == 'folder/long.txt' and stat.comment == '' and stat.method == 8)
      assert(stat.uncomp_size == #LONG and stat.comp_size < 200 and stat.crc32 == zlib.crc32(LONG))
      assert(math.abs(stat.time - os.time()) < 300, stat.time)
      -- The compressed bytes.
      assert(miniz.inflate(reader:extract(2, 0x400)) == LONG)
      fails('EINVAL', reader:stat(5))
      fails('EINVAL', reader:extract(0))
      fails('EINVAL', reader:get_filename(-1))
      fails('EINVAL', reader:extract(2, 0, 100))
      assert(tostring(reader):find('^miniz_reader'))
    end)
  end)

  test('from one archive to another', function()
    withFile(archive(), function(path)
      local reader = miniz.new_reader(path)
      local writer = miniz.new_writer()
      writer:add_from_zip(reader, 2)
      writer:add('more', 'more', 9)
      raises('there are 4', writer.add_from_zip, writer, reader, 5)
      local bytes = writer:finalize()
      withFile(bytes, function(copy)
        local again = miniz.new_reader(copy)
        assert(again:get_num_files() == 2 and again:extract(1) == LONG and again:extract(2) == 'more')
      end)
      raises('finalized', writer.add, writer, 'a', 'b')
      raises('finalized', writer.finalize, writer)
    end)
  end)

  test('an archive behind a program', function()
    withFile('#!/usr/bin/env something\n' .. ('\0'):rep(70000) .. archive(), function(path)
      local reader = assert(miniz.new_reader(path))
      assert(reader:get_offset() == 70025 and reader:extract(2) == LONG)
    end)
    local writer = miniz.new_writer(100)
    writer:add('a', 'b')
    local bytes = writer:finalize()
    assert(bytes:sub(1, 100) == ('\0'):rep(100))
    withFile(bytes, function(path) assert(miniz.new_reader(path):extract(1) == 'b') end)
  end)

  test('what is no archive', function()
    local _, err, code = miniz.new_reader('/no/such/file')
    assert(code == 'ENOENT' and err:find('/no/such/file', 1, true), err)
    for _, content in ipairs({ '', 'PK', ('x'):rep(100), archive():sub(1, -2) }) do
      withFile(content, function(path)
        local _, text = miniz.new_reader(path)
        assert(text:find('EINVAL: not a zip archive', 1, true), text)
      end)
    end
    raises("bad argument 'path' to 'new_reader'", function() return (miniz.new_reader()) end)
  end)

  test('hostile archives', function()
    local good = archive()
    local central = good:find('PK\1\2', 1, true)
    local second = good:find('PK\1\2', central + 4, true)
    local function refused(bytes, expected)
      withFile(bytes, function(path)
        local reader, err = miniz.new_reader(path)
        if reader then
          local content
          content, err = reader:extract(2)
          assert(content == nil, 'it was read')
        end
        assert(err:find(expected, 1, true), err)
      end)
    end
    local function change(offset, bytes)
      return good:sub(1, second + offset - 1) .. bytes .. good:sub(second + offset + #bytes)
    end
    refused(change(16, 'abcd'), 'the CRC-32 of')
    refused(change(24, '\1\0\0\0'), 'the size of')
    refused(change(24, '\255\255\255\127'), 'bytes, more than')
    refused(change(8, '\1\0'), 'is encrypted')
    refused(change(10, '\14\0'), 'method 14')
    refused(change(42, '\0\0\0\0'), 'overlap')
    refused(change(20, '\255\255\255\0'), 'not inside of the archive')
    for _, name in ipairs({ '../out', '/etc/passwd', 'a/../../b', 'C:/x', '..\\x' }) do
      local writer = miniz.new_writer()
      writer:add('first', '')
      writer:add(name, 'x')
      refused(writer:finalize(), "the name '" .. name .. "'")
    end
    math.randomseed(11)
    for _ = 1, 200 do
      local at = math.random(#good)
      withFile(good:sub(1, at - 1) .. string.char(math.random(0, 255)) .. good:sub(at + 1), function(path)
        local reader = miniz.new_reader(path)
        for i = 1, reader and math.min(reader:get_num_files(), 10) or 0 do reader:extract(i, 0, 2 ^ 20) end
      end)
    end
  end)

  test('names and levels of a writer', function()
    local writer = miniz.new_writer()
    raises('a name has 1 to', writer.add, writer, '', 'x')
    raises('a name has 1 to', writer.add, writer, 'a\0b', 'x')
    raises('a folder has no content', writer.add, writer, 'a/', 'x')
    raises("bad argument #2 to 'add'", writer.add, writer)
    raises("bad argument 'time' to 'add'", writer.add, writer, 'a', 'x', 6, '2001')
    local time = os.time({ year = 2001, month = 2, day = 3, hour = 4, min = 5, sec = 6 })
    for level = 0, 10 do writer:add('level' .. level, LONG, level, time) end
    -- Before there was DOS.
    writer:add('old', 'x', 0, 0)
    withFile(writer:finalize(), function(path)
      local reader = miniz.new_reader(path)
      for level = 0, 10 do
        assert(reader:extract(level + 1) == LONG)
        assert((reader:stat(level + 1).method == 0) == (level == 0))
        assert(reader:stat(level + 1).time == time)
      end
      assert(os.date('%Y', reader:stat(12).time) == '1980')
    end)
  end)

  test('inflate and deflate', function()
    for _, flags in ipairs({ 0, 1, 128, 4095, 0x80000, 0x10000 + 10, 0x40000 + 10 }) do
      assert(miniz.inflate(miniz.deflate(LONG, flags)) == LONG)
      assert(miniz.inflate(miniz.deflate(LONG, flags + 0x1000), 1) == LONG)
    end
    assert(#miniz.deflate(LONG, 4095) < #miniz.deflate(LONG) and #miniz.deflate(LONG, 0x80000) > #LONG)
    for _, options in ipairs({ {}, { probes = 0 }, { probes = 4095, filter_matches = true }, { force_static = true } }) do
      assert(miniz.inflate(miniz.deflate(LONG, options)) == LONG)
      options.zlib = true
      assert(miniz.inflate(miniz.deflate(LONG, options), options) == LONG)
    end
    assert(miniz.deflate(LONG, {}) == miniz.deflate(LONG, 128) and #miniz.deflate(LONG, { force_raw = true }) > #LONG)
    raises("bad argument 'options.probes' to 'deflate'", miniz.deflate, LONG, { probes = 5000 })
    fails('Z_DATA_ERROR', miniz.inflate('junk', 1))
    fails('Z_BUF_ERROR', miniz.inflate(miniz.deflate(LONG):sub(1, -2)))
    raises("bad argument 'data' to 'inflate'", miniz.inflate)
  end)

  test('compress and uncompress', function()
    assert(miniz.uncompress(miniz.compress(LONG)) == LONG and miniz.uncompress(miniz.compress(LONG, 0), 5) == LONG)
    assert(zlib.inflateSync(miniz.compress(LONG, 9)) == LONG)
    fails('Z_DATA_ERROR', miniz.uncompress('junk'))
    raises("bad argument 'level' to 'compress'", miniz.compress, 'a', 10)
    raises("bad argument 'size' to 'uncompress'", miniz.uncompress, 'a', 0)
  end)

  test('checksums', function()
    assert(miniz.crc32() == 0 and miniz.adler32() == 1)
    assert(miniz.crc32(0, '123456789') == 0xcbf43926 and miniz.crc32(miniz.crc32(0, '1234'), '56789') == 0xcbf43926)
    assert(miniz.adler32(1, 'Wikipedia') == 0x11e60398 and miniz.crc32(nil, 'a') == zlib.crc32('a'))
    assert(type(miniz.version()) == 'string')
  end)

  test('streams', function()
    local deflator, inflator = miniz.new_deflator(9), miniz.new_inflator()
    local packed = deflator:deflate('hello ', 'sync')
    assert(inflator:inflate(packed) == 'hello ')
    packed = deflator:deflate(LONG) .. deflator:deflate('', 'finish')
    local text = {}
    for i = 1, #packed, 7 do text[#text + 1] = assert(inflator:inflate(packed:sub(i, i + 6))) end
    assert(table.concat(text) == LONG)
    local out, err, before = miniz.new_inflator():inflate('junk')
    assert(out == nil and err:find('Z_DATA_ERROR', 1, true) and before == '')
    raises("invalid option 'x'", deflator.deflate, deflator, 'a', 'x')
    raises("bad argument 'level' to 'new_deflator'", miniz.new_deflator, 11)
  end)
end)
