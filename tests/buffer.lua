local buffer = require('buffer')
local core = require('core')
local Buffer = buffer.Buffer

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

-- What an offset can be that is none.
local BAD_OFFSETS = { 0, -1, 5, 1.5, 0 / 0, 1 / 0, -1 / 0, 2 ^ 31, 2 ^ 32 + 1, 2 ^ 53, 1e300 }

require('tap')(function(test)
  test('bytes by index', function()
    local buf = Buffer:new(4)
    assert(buf[1] == 0 and buf[4] == 0)
    buf[1], buf[2], buf[3], buf[4] = 0xFB, 0x04, 0x23, 0x42
    assert(buf[1] == 0xFB and #buf == 4 and buf.length == 4)
    assert(tostring(buf) == '\xFB\4#B' and buf:inspect() == '<Buffer fb 04 23 42>')
    -- Where all characters are without sign, as on ARM, it is just `char`.
    assert(tostring(buf.ctype):find('char *', 1, true) and buf.ctype[1] == 4)
    buf[1] = -1
    buf[2] = 256
    buf[3] = 2 ^ 40 + 7
    assert(buf[1] == 255 and buf[2] == 0 and buf[3] == 7)
    assert(buf.nothing == nil)
    buf.own = 1
    assert(buf.own == 1)
  end)

  test('no access outside, whatever the index', function()
    local buf = Buffer:new('abcd')
    for _, index in ipairs(BAD_OFFSETS) do
      if index == index then
        has(fails(function() return buf[index] end), 'buffer.lua:', 'Index out of bounds: offset ', 'length 4')
        has(fails(function() buf[index] = 1 end), 'buffer.lua:', 'Index out of bounds')
      end
    end
    has(fails(function() return buf[0 / 0] end), 'Index out of bounds')
    for _, value in ipairs({ 'a', {}, true, 0 / 0, 1 / 0 }) do
      has(fails(function() buf[1] = value end), "bad argument 'value'")
    end
    has(fails(function() buf[1] = nil end), "bad argument 'value' (finite number expected, got nil)")
    has(fails(function() buf.length = 100 end), "'length'")
    has(fails(function() buf.ctype = nil end), "'ctype'")
    assert(tostring(buf) == 'abcd')
    -- The class has no bytes.
    assert(Buffer[1] == nil and Buffer.length == nil and #Buffer == 0)
    assert(pcall(tostring, Buffer) and pcall(tostring, Buffer:extend()))
  end)

  test('making', function()
    assert(tostring(Buffer:new('abc\0d')) == 'abc\0d' and #Buffer:new('') == 0 and #Buffer:new(0) == 0)
    assert(tostring(Buffer:new(3)) == '\0\0\0')
    for _, length in ipairs({ -1, 1.5, 0 / 0, 1 / 0, -1 / 0, buffer.MAX_LENGTH + 1, 1e300 }) do
      has(fails(function() Buffer:new(length) end), 'buffer.lua:', "bad argument 'length' to 'new' (integer from 0 to")
    end
    has(fails(function() Buffer:new() end), 'buffer.lua:', '(number or string expected, got nil)')
    has(fails(Buffer.new, Buffer, {}), 'got table')

    assert(tostring(Buffer.alloc(3)) == '\0\0\0' and tostring(Buffer.alloc(5, 'ab')) == 'ababa')
    assert(tostring(Buffer.alloc(2, 65)) == 'AA' and tostring(Buffer.alloc(3, '4142', 'hex')) == 'ABA')
    has(fails(Buffer.alloc, '3'), "'length' to 'alloc'")
    has(fails(Buffer.alloc, 3, {}), "bad argument 'value'")

    assert(tostring(Buffer.from('abc')) == 'abc' and tostring(Buffer.from({ 65, 66, 256 + 67 })) == 'ABC')
    local original = Buffer:new('xyz')
    local copy = Buffer.from(original)
    copy[1] = 65
    assert(tostring(original) == 'xyz' and tostring(copy) == 'Ayz')
    assert(Buffer.from(original:toJSON()) == original)
    has(fails(function() Buffer.from({ 1, 'x' }) end), 'buffer.lua:', "item 2 is no number but x")
    has(fails(Buffer.from, 5), '(string or Buffer expected, got number)')
    has(fails(Buffer.from), 'got nil')
  end)

  test('what is a buffer', function()
    local buf = Buffer:new(1)
    assert(Buffer.isBuffer(buf) and core.instanceof(buf, Buffer) and core.instanceof(buf, core.Object))
    for _, value in ipairs({ 'x', 1, {}, true, Buffer, print, setmetatable({}, { __isBuffer = true }) }) do
      assert(not Buffer.isBuffer(value))
    end
    assert(not Buffer.isBuffer() and not core.instanceof({}, Buffer) and not core.instanceof(core.Object:new(), Buffer))
  end)

  test('classes derived from it', function()
    local Packet = Buffer:extend()
    function Packet:initialize(size)
      Buffer.initialize(self, size)
      self.kind = 'packet'
    end
    function Packet:first() return self[1] end
    local packet = Packet:new(4)
    packet[1] = 7
    packet:writeUInt16BE(2, 0x0102)
    assert(packet:first() == 7 and packet.kind == 'packet' and packet:readUInt16BE(2) == 0x0102 and #packet == 4)
    assert(Buffer.isBuffer(packet) and core.instanceof(packet, Packet) and core.instanceof(packet, Buffer))
    assert(not core.instanceof(Buffer:new(1), Packet))
    local slice = packet:slice(2, 3)
    assert(core.instanceof(slice, Packet) and slice:first() == 1)
    has(fails(function() return packet[5] end), 'Index out of bounds')
    assert(packet == Buffer.from(packet))
    local names = {}
    for name in pairs(Packet) do names[name] = true end
    assert(names.first and names.initialize)
    local Sub = Packet:extend()
    assert(Sub:new(2):first() == 0)
  end)

  test('ranges as those of string.sub', function()
    local text = 'abcdefghij'
    local buf = Buffer:new(text)
    assert(buf:toString() == text and buf:toString(1, 2) == 'ab' and buf:toString(3) == 'cdefghij')
    for i = -12, 12 do
      assert(buf:toString(i) == text:sub(i), i)
      for j = -12, 12 do
        local expected = text:sub(i, j)
        assert(buf:toString(i, j) == expected and tostring(buf:slice(i, j)) == expected, i .. ', ' .. j)
        assert(buf:toString('binary', i, j) == expected and tostring(buf:subarray(i, j)) == expected)
      end
    end
    assert(buf:toString(-1 / 0, 1 / 0) == text and buf:toString(1 / 0) == '' and buf:toString(1, -1 / 0) == '')
    for _, bad in ipairs({ 1.5, 0 / 0, true, {} }) do
      has(fails(function() return (buf:slice(bad)) end), 'buffer.lua:', "bad argument 'i' (integer expected")
      has(fails(function() return (buf:slice(1, bad)) end), "bad argument 'j' (integer expected")
    end
  end)

  test('slices share memory and keep it alive', function()
    local buf = Buffer:new('0123456789')
    local slice = buf:slice(3, 6)
    slice[1] = 65
    assert(buf[3] == 65 and #slice == 4)
    buf[6] = 66
    assert(slice[4] == 66)
    has(fails(function() return slice[5] end), 'offset 5, size 1, length 4')
    local inner = slice:slice(2, -2)
    assert(tostring(inner) == '34')
    buf, slice = nil, nil
    for _ = 1, 20 do
      collectgarbage()
      Buffer:new(10):fill('x')
    end
    assert(tostring(inner) == '34')
    assert(#inner:slice(5) == 0 and tostring(inner:slice(5):slice(1)) == '')
  end)

  test('fill', function()
    local buf = Buffer:new('abcdefgh')
    assert(tostring(buf:fill('', 4, 5)) == 'abc\0\0fgh')
    assert(tostring(buf:fill(0x41, 2, 3)) == 'aAA\0\0fgh')
    assert(tostring(buf:fill('xyz')) == 'xyzxyzxy' and tostring(buf:fill('12', -3)) == 'xyzxy121')
    assert(tostring(buf:fill(-1, 8)) == 'xyzxy12\255' and tostring(buf:fill('\0', 1)) == ('\0'):rep(8))
    assert(tostring(buf:fill(Buffer:new('ab'), 1, 3)) == 'aba\0\0\0\0\0')
    assert(tostring(buf:fill('ffee', 1, 3, 'hex')) == '\xff\xee\xff\0\0\0\0\0')
    assert(tostring(buf:fill('longer than all of it')) == 'longer t')
    assert(tostring(buf:fill('x', 9)) == 'longer t' and tostring(buf:fill('x', 5, 2)) == 'longer t')
    -- A pattern that is a part of what it fills.
    assert(tostring(buf:fill(buf:slice(1, 3))) == 'lonlonlo')
    local big = Buffer:new(100003):fill('abc')
    assert(tostring(big) == ('abc'):rep(33335):sub(1, 100003))
    has(fails(function() buf:fill(nil) end), 'buffer.lua:', "bad argument 'value' (string or Buffer expected, got nil)")
    has(fails(buf.fill, buf, 0 / 0), 'finite number')
    has(fails(buf.fill, buf, 'x', 'y'), "bad argument 'i'")
  end)

  test('copy', function()
    local source, target = Buffer:new('abcdef'), Buffer:new(4)
    assert(source:copy(target) == 4 and tostring(target) == 'abcd')
    assert(source:copy(target, 3, 5) == 2 and tostring(target) == 'abef')
    assert(source:copy(target, 4) == 1 and tostring(target) == 'abea')
    assert(source:copy(target, 5) == 0 and source:copy(target, 1, 4, 2) == 0)
    for _, start in ipairs({ 0, -1, 6, 1e300 }) do
      has(fails(function() source:copy(target, start) end), 'buffer.lua:', 'Index out of bounds: offset', 'length 4')
    end
    has(fails(source.copy, source, 'x'), '(Buffer expected, got string)')
    has(fails(source.copy, source, target, 1.5), "bad argument 'start'")
    -- Onto itself, in both directions.
    assert(source:copy(source, 3, 1, 4) == 4 and tostring(source) == 'ababcd')
    assert(source:copy(source, 1, 3) == 4 and tostring(source) == 'abcdcd')
    local part = source:slice(2)
    assert(part:copy(source) == 5 and tostring(source) == 'bcdcdd')
  end)

  test('write', function()
    local buf = Buffer:new(5)
    assert(buf:write('abc') == 3 and buf:write('xyz', 4) == 2 and tostring(buf) == 'abcxy')
    assert(buf:write('1234', 1, 2) == 2 and tostring(buf) == '12cxy' and buf:write('q', 6) == 0)
    assert(buf:write('ff00', 2, nil, 'hex') == 2 and tostring(buf) == '1\xff\0xy' and buf:write('x', 1, -1) == 0)
    has(fails(buf.write, buf, 'x', 7), 'Index out of bounds')
    has(fails(buf.write, buf, 1), '(string expected, got number)')
    has(fails(buf.write, buf, 'x', 1, 1, 'morse'), "bad argument 'encoding'", 'morse')
  end)

  test('order and equality', function()
    local a, b = Buffer:new('abc'), Buffer:new('abd')
    assert(a == Buffer:new('abc') and a ~= b and a < b and a <= b and not (b < a) and b > a and a <= Buffer:new('abc'))
    assert(a:equals('abc') and a:equals(Buffer:new('abc')) and not a:equals('abcd') and not a:equals(b))
    assert(a:compare(b) == -1 and b:compare(a) == 1 and a:compare('abc') == 0 and a:compare('ab') == 1)
    assert(Buffer.compare(a, b) == -1 and Buffer:new('\255') > Buffer:new('\1') and Buffer:new('a\0b') > Buffer:new('a'))
    assert(a ~= 'abc' and a ~= {} and not (a == setmetatable({}, getmetatable(a))))
    local list = { Buffer:new('c'), Buffer:new('a'), Buffer:new('b') }
    table.sort(list, function(x, y) return x:compare(y) < 0 end)
    assert(tostring(Buffer.concat(list)) == 'abc')
    has(fails(a.equals, a, 1), '(string or Buffer expected, got number)')
    for _, value in ipairs({ 'abc', 1, {}, Buffer, setmetatable({}, getmetatable(a)) }) do
      has(fails(Buffer.compare, value, a), "bad argument 'self' to 'compare' (Buffer expected, got " .. type(value))
      has(fails(Buffer.equals, value, a), "bad argument 'self' to 'equals' (Buffer expected")
    end
  end)

  test('concat, and ..', function()
    local a = Buffer:new('ab')
    assert(a .. 'c' == 'abc' and 'c' .. a == 'cab' and a .. a == 'abab' and a .. 1 == 'ab1')
    assert(tostring(Buffer.concat({ a, 'cd', Buffer:new(''), a:slice(2) })) == 'abcdb')
    assert(tostring(Buffer.concat({ a, 'cd' }, 3)) == 'abc' and tostring(Buffer.concat({ a }, 4)) == 'ab\0\0')
    assert(#Buffer.concat({}) == 0 and tostring(Buffer.concat({ a, 'x' }, 0)) == '')
    has(fails(Buffer.concat, 'x'), "bad argument 'list' to 'concat' (list expected, got string)")
    has(fails(Buffer.concat, a), 'got Buffer')
    has(fails(Buffer.concat, { a, 5 }), 'item 2 is no Buffer or string but number')
    has(fails(Buffer.concat, { a }, -1), "'length' to 'concat'")
  end)

  test('looking for bytes', function()
    local buf = Buffer:new('one two two three')
    assert(buf:indexOf('two') == 5 and buf:indexOf('two', 6) == 9 and buf:indexOf('two', 10) == nil)
    assert(buf:lastIndexOf('two') == 9 and buf:lastIndexOf('two', 8) == 5 and buf:lastIndexOf('two', 4) == nil)
    assert(buf:indexOf(('t'):byte()) == 5 and buf:lastIndexOf(('t'):byte()) == 13 and buf:indexOf(Buffer:new('e')) == 3)
    local first, last = buf:find('two')
    assert(first == 5 and last == 7)
    first, last = buf:find('.')
    assert(first == nil and last == nil)
    assert(buf:includes('three') and not buf:includes('four') and not buf:includes('one', 2))
    assert(buf:indexOf('74776f', 1, 'hex') == 5 and buf:indexOf(-1) == nil)
    assert(buf:indexOf('e', -1) == 17 and buf:indexOf('one', -100) == 1 and buf:indexOf('e', 100) == nil)
    assert(buf:lastIndexOf('e', -2) == 16 and buf:lastIndexOf('e', -100) == nil)
    assert(buf:indexOf('') == 1 and buf:indexOf('', 18) == 18 and buf:indexOf('', 19) == nil and buf:lastIndexOf('') == 18)
    assert(Buffer:new(''):indexOf('x') == nil and Buffer:new('ab'):indexOf('abc') == nil)
    has(fails(buf.indexOf, buf), "bad argument 'value'")
    has(fails(buf.indexOf, buf, 'x', 1.5), "bad argument 'init'")
    -- As string.find sees it.
    local text = ('aab'):rep(20) .. 'aaab'
    local other = Buffer:new(text)
    for _, needle in ipairs({ 'aaab', 'ab', 'b', 'baa', 'aaaa' }) do
      for init = 1, #text + 2 do
        assert(other:indexOf(needle, init) == (text:find(needle, init, true)), needle .. init)
      end
    end
  end)

  test('iteration', function()
    for _, iterate in ipairs({ ipairs, pairs }) do
      local seen = {}
      for i, byte in iterate(Buffer:new('abc')) do seen[#seen + 1] = i .. '=' .. byte end
      assert(table.concat(seen, ' ') == '1=97 2=98 3=99')
    end
    for _ in ipairs(Buffer:new('')) do error('nothing is there') end
  end)

  test('byte order', function()
    local buf = Buffer:new('12345678')
    assert(tostring(buf:swap16()) == '21436587' and tostring(buf:swap16():swap32()) == '43218765')
    assert(tostring(buf:swap32():swap64()) == '87654321')
    for name, length in pairs({ swap16 = 3, swap32 = 6, swap64 = 12 }) do
      local odd = Buffer:new(length)
      has(fails(function() odd[name](odd) end), 'buffer.lua:', name, 'the length, ' .. length)
    end
    assert(#Buffer:new(0):swap64() == 0)
  end)

  test('as JSON, and as p shows it', function()
    local json, pretty = require('json'), require('pretty-print')
    local buf = Buffer:new('AB')
    local text = json.stringify(buf:toJSON())
    local back = json.parse(text)
    assert(back.type == 'Buffer' and #back.data == 2 and Buffer.from(back) == buf)
    assert(pretty.dump(buf, false, true) == '<Buffer 41 42>')
    assert(pretty.dump({ buf }, false, true) == '{ <Buffer 41 42> }')
    assert(pretty.dump(Buffer:new(60), false, true):find(' 00 ... 10 more bytes>$'))
    assert(#Buffer:new(60):inspect() == #'<Buffer >' + 60 * 3 - 1)
    assert(pretty.dump(Buffer):find('isBuffer', 1, true))
  end)

  test('streams take them', function(expect)
    local stream = require('stream')
    local got = {}
    local Sink = stream.Writable:extend()
    function Sink:_write(chunk, callback)
      got[#got + 1] = chunk
      callback()
    end
    local sink = Sink:new()
    local buf = Buffer:new('first')
    sink:write('then ')
    sink:cork()
    sink:write(buf)
    buf:fill('x')
    sink:uncork()
    sink:_end(buf:slice(1, 2))
    sink:on('finish', expect(function()
      assert(table.concat(got) == 'then firstxx')
      for i = 1, #got do assert(type(got[i]) == 'string') end
    end))
    local failing = Sink:new()
    failing:on('error', expect(function(err) has(tostring(err), 'Invalid non-string/buffer chunk') end, 2))
    assert(failing:write({}) == false and failing:write(Buffer) == false)
  end)

  test('sockets take them', function(expect)
    local net = require('net')
    local server
    server = net.createServer(function(socket)
      socket:on('data', expect(function(data)
        assert(data == 'bytes')
        socket:destroy()
        server:close()
      end))
    end)
    server:listen(0, '127.0.0.1', expect(function()
      local client = net.connect(server:address().port, '127.0.0.1')
      client:on('connect', function() client:write(Buffer:new('bytes')) end)
      client:on('end', function() client:destroy() end)
      client:resume()
    end))
  end)

  test('a million of them leave no memory behind', function()
    local function round(count)
      for i = 1, count do
        local buf = Buffer:new(i % 2000)
        if i % 10 == 0 then buf:slice(2, 5):toString('hex') end
      end
      collectgarbage()
      collectgarbage()
      return collectgarbage('count')
    end
    local before = round(50000)
    assert(round(100000) - before < 200)
  end)

  test('whatever a method is called with, it returns or raises', function()
    math.randomseed(7)
    local values = { 0, 1, -1, 2, 3, 8, 100, 1.5, 0 / 0, 1 / 0, -1 / 0, 2 ^ 31, -2 ^ 31, 2 ^ 32, 2 ^ 53, 1e300, '', 'a',
      'abc', 'hex', 'base64', 'utf8', 'latin1', '\0\xff', true, false, {}, { 1, 2 }, { data = { 300, -5 } }, print, 5LL,
      0xffffffffffffffffULL, Buffer, Buffer:new(0), Buffer:new('hello world'), Buffer:new(100):slice(3, 90) }
    local names = {}
    for name, value in pairs(Buffer) do
      if type(value) == 'function' and not name:find('^_') then names[#names + 1] = name end
    end
    table.sort(names)
    local function pick()
      if math.random(6) == 1 then return nil end
      return values[math.random(#values)]
    end
    for _ = 1, 30000 do
      local name = names[math.random(#names)]
      local a, b, c = pick(), pick(), pick()
      -- Not gigabytes.
      if (name == 'alloc' or name == 'concat' or name == 'new' or name == 'initialize') then
        if type(a) == 'number' and a > 1000 then a = -1 end
        if type(b) == 'number' and b > 1000 then b = -1 end
      end
      pcall(Buffer[name], a, b, c, pick())
      local buf = values[math.random(#values - 2, #values)]
      -- These would change the buffer into another one.
      if name ~= 'initialize' then pcall(Buffer[name], buf, a, b, c) end
      pcall(function() buf[a] = b end)
      pcall(function() return buf[a] end)
    end
  end)

  test('every public method is found, on the class and in its list', function()
    local listed = {}
    for name in pairs(Buffer) do listed[name] = true end
    for name in ([[alloc compare concat copy equals extend fill find from includes indexOf initialize inspect isBuffer
      lastIndexOf slice subarray swap16 swap32 swap64 toJSON toString write
      readDoubleBE readDoubleLE readFloatBE readFloatLE readInt16BE readInt16LE readInt32BE readInt32LE readInt64BE
      readInt64LE readInt8 readIntBE readIntLE readUInt16BE readUInt16LE readUInt32BE readUInt32LE readUInt64BE
      readUInt64LE readUInt8 readUIntBE readUIntLE
      writeDoubleBE writeDoubleLE writeFloatBE writeFloatLE writeInt16BE writeInt16LE writeInt32BE writeInt32LE
      writeInt64BE writeInt64LE writeInt8 writeIntBE writeIntLE writeUInt16BE writeUInt16LE writeUInt32BE writeUInt32LE
      writeUInt64BE writeUInt64LE writeUInt8 writeUIntBE writeUIntLE]]):gmatch('%S+') do
      assert(type(Buffer[name]) == 'function' and listed[name], name)
    end
  end)

  test('a function called like a method says so', function()
    for name, wrong in pairs({
      from = function() Buffer:from('abc') end, alloc = function() Buffer:alloc(3) end,
      concat = function() Buffer:concat({}) end,
    }) do
      local ok, err = pcall(wrong)
      assert(not ok and err:find("buffer%.lua:%d+: '" .. name .. "' is called with a dot: Buffer." .. name), err)
    end
  end)

  test('a copy within a buffer, forwards and backwards, keeps the bytes', function()
    local text = {}
    for i = 1, 1000 do text[i] = string.char(i % 251) end
    text = table.concat(text)
    for _, shift in ipairs({ 1, 7, 400 }) do
      local up, down = Buffer:new(text), Buffer:new(text)
      assert(up:copy(up, 1 + shift) == 1000 - shift)
      assert(up:toString() == text:sub(1, shift) .. text:sub(1, 1000 - shift))
      assert(down:copy(down, 1, 1 + shift) == 1000 - shift)
      assert(down:toString() == text:sub(1 + shift) .. text:sub(1001 - shift))
      -- A slice is the same memory.
      local whole = Buffer:new(text)
      whole:copy(whole:slice(1 + shift))
      assert(whole:toString() == text:sub(1, shift) .. text:sub(1, 1000 - shift))
    end
  end)
end)
