-- With other programs, in both directions: gzip, zip and unzip, python's zlib, node.

local childprocess = require('childprocess')
local miniz = require('miniz')
local zlib = require('zlib')
local program = require('./libs/program')

local TEXT = ('The quick brown fox jumps over the lazy dog; '):rep(2000)

-- Runs a command with input; calls back with its output, or nil when there is no such program.
local function run(command, args, input, done, cwd)
  local child = childprocess.spawn(command, args, { cwd = cwd })
  local parts, errors, missing, status = {}, {}, false, nil
  child:on('error', function(err)
    missing = err.code == 'ENOENT' or tostring(err):find('ENOENT') ~= nil
    if not missing then error(err) end
  end)
  child:on('exit', function(code) status = code end)
  child.stdout:on('data', function(chunk) parts[#parts + 1] = chunk end)
  child.stderr:on('data', function(chunk) errors[#errors + 1] = chunk end)
  child:on('close', function() done(not missing and table.concat(parts) or nil, status, table.concat(errors)) end)
  child.stdin:on('error', function() end)
  child.stdin:_end(input)
end

-- As `run`, for a test that is skipped without the program.
local function with(expect, context, command, args, input, done, cwd)
  run(command, args, input, expect(function(output, code, errors)
    if not output then return context.skip(command .. ' is not installed') end
    assert(code == 0, errors)
    done(output)
  end), cwd)
end

local PYTHON = [[
import sys, zlib
def out(data): sys.stdout.buffer.write(data)
data = sys.stdin.buffer.read()
]]
local NODE = [[
const zlib = require('zlib'), data = require('fs').readFileSync(0);
const out = (data) => process.stdout.write(data);
]]

require('tap')(function(test)
  for _, level in ipairs({ 1, 6, 9 }) do
    test('gzip reads ours, level ' .. level, function(expect, _, context)
      with(expect, context, 'gzip', { '-dc' }, zlib.gzipSync(TEXT, { level = level }), function(output)
        assert(output == TEXT)
      end)
    end)

    test('we read that of gzip, level ' .. level, function(expect, _, context)
      with(expect, context, 'gzip', { '-c', '-' .. level }, TEXT, function(output)
        assert(zlib.gunzipSync(output) == TEXT and zlib.inflate()(output) == TEXT)
      end)
    end)
  end

  test("python's zlib reads ours", function(expect, _, context)
    local dictionary = 'lazy dog; The quick'
    local cases = {
      { zlib.deflateSync(TEXT), 'out(zlib.decompress(data))' },
      { zlib.deflateRawSync(TEXT, { windowBits = 10 }), 'out(zlib.decompress(data, -10))' },
      { zlib.gzipSync(TEXT, { strategy = 2, memLevel = 1 }), 'out(zlib.decompress(data, 31))' },
      { zlib.deflateSync(TEXT, { dictionary = dictionary }),
        ("d = zlib.decompressobj(zdict=b'%s'); out(d.decompress(data) + d.flush())"):format(dictionary) },
    }
    for _, case in ipairs(cases) do
      with(expect, context, 'python3', { '-c', PYTHON .. case[2] }, case[1], function(output) assert(output == TEXT) end)
    end
  end)

  test("we read that of python's zlib", function(expect, _, context)
    local cases = {
      { 'out(zlib.compress(data, 9))', function(packed) return zlib.inflateSync(packed) end },
      { 'c = zlib.compressobj(5, 8, -12, 3, 1); out(c.compress(data) + c.flush())',
        function(packed) return zlib.inflateRawSync(packed, { windowBits = 12 }) end },
      { "c = zlib.compressobj(zdict=b'lazy dog'); out(c.compress(data) + c.flush())",
        function(packed) return zlib.inflateSync(packed, { dictionary = 'lazy dog' }) end },
      { 'out(b"%08x" % zlib.crc32(data) + b"%08x" % zlib.adler32(data))', function(sums)
        assert(sums == ('%08x%08x'):format(zlib.crc32(TEXT), zlib.adler32(TEXT)), sums)
        return TEXT
      end },
    }
    for _, case in ipairs(cases) do
      with(expect, context, 'python3', { '-c', PYTHON .. case[1] }, TEXT, function(output)
        assert(case[2](output) == TEXT)
      end)
    end
  end)

  test('node reads ours', function(expect, _, context)
    for name, call in pairs({ gzip = 'gunzipSync', deflate = 'inflateSync', deflateRaw = 'inflateRawSync' }) do
      with(expect, context, 'node', { '-e', NODE .. ('out(zlib.%s(data))'):format(call) }, zlib[name .. 'Sync'](TEXT),
        function(output) assert(output == TEXT) end)
    end
    for quality = 0, 11, 3 do
      local packed = zlib.brotliCompressSync(TEXT, { params = { [1] = quality } })
      with(expect, context, 'node', { '-e', NODE .. 'out(zlib.brotliDecompressSync(data))' }, packed,
        function(output) assert(output == TEXT) end)
    end
  end)

  test('we read that of node', function(expect, _, context)
    for call, name in pairs({ gzipSync = 'gunzip', deflateSync = 'inflate', deflateRawSync = 'inflateRaw',
      brotliCompressSync = 'brotliDecompress' }) do
      with(expect, context, 'node', { '-e', NODE .. ('out(zlib.%s(data))'):format(call) }, TEXT, function(output)
        assert(zlib[name .. 'Sync'](output) == TEXT)
      end)
    end
  end)

  test('errors are those of node', function(expect, _, context)
    local cases = {
      { 'gunzip', 'hello' }, { 'gunzip', zlib.gzipSync('a'):sub(1, -2) }, { 'gunzip', zlib.gzipSync('a') .. 'xx' },
      { 'gunzip', zlib.gzipSync('a') .. '\0x' }, { 'inflate', zlib.gzipSync('a') }, { 'unzip', '\31\0\0' },
      { 'inflateRaw', '\7\1' }, { 'inflate', zlib.deflateSync('a', { dictionary = 'b' }) }, { 'gunzip', '' },
      { 'brotliDecompress', 'hello' },
    }
    local script = [[
const zlib = require('zlib'); let text = '';
for (const [name, hex] of JSON.parse(require('fs').readFileSync(0))) {
  try { text += zlib[name + 'Sync'](Buffer.from(hex, 'hex')) + '\n' }
  catch (err) { text += err.code + ': ' + err.message + '\n' }
}
process.stdout.write(text);
]]
    local list, ours = {}, {}
    for i, case in ipairs(cases) do
      list[i] = { case[1], (case[2]:gsub('.', function(byte) return ('%02x'):format(byte:byte()) end)) }
      local out, err = zlib[case[1] .. 'Sync'](case[2])
      -- Brotli's says a little more.
      ours[i] = out or err:gsub(' %b()$', '')
    end
    with(expect, context, 'node', { '-e', script }, require('json').stringify(list), function(output)
      assert(output == table.concat(ours, '\n') .. '\n', output .. table.concat(ours, '\n'))
    end)
  end)

  test('unzip reads ours, and we that of zip', function(expect, _, context)
    local writer = miniz.new_writer()
    writer:add('folder/', '')
    writer:add('folder/text.txt', TEXT, 9)
    writer:add('plain', 'plain')
    local folder = program.folder({ ['ours.zip'] = writer:finalize(), ['in/a.txt'] = TEXT, ['in/b/c'] = 'c' })
    local left = 3
    local function over()
      left = left - 1
      if left == 0 then program.remove(folder) end
    end
    with(expect, context, 'unzip', { '-t', folder .. '/ours.zip' }, '', function(output)
      assert(output:find('No errors detected'), output)
      over()
    end)
    with(expect, context, 'unzip', { '-p', folder .. '/ours.zip', 'folder/text.txt' }, '', function(output)
      assert(output == TEXT)
      over()
    end)
    with(expect, context, 'zip', { '-r', folder .. '/theirs.zip', 'in' }, '', function()
      local reader = assert(miniz.new_reader(folder .. '/theirs.zip'))
      assert(reader:extract(reader:locate_file('in/a.txt')) == TEXT)
      assert(reader:extract(reader:locate_file('in/b/c')) == 'c')
      assert(reader:is_directory(reader:locate_file('in/b/')))
      over()
    end, folder)
  end)
end)
