local Buffer = require('buffer').Buffer

local function fails(fn, ...)
  local ok, err = pcall(fn, ...)
  assert(not ok, 'no error')
  return err
end

local function random(length)
  local bytes = {}
  for i = 1, length do bytes[i] = string.char(math.random(0, 255)) end
  return table.concat(bytes)
end

require('tap')(function(test)
  test('binary is the bytes as they are', function()
    local bytes = random(300)
    assert(Buffer:new(bytes):toString('binary') == bytes and tostring(Buffer.from(bytes, 'binary')) == bytes)
    assert(Buffer:new('abcd'):toString('binary', 2, 3) == 'bc')
  end)

  test('hexadecimal', function()
    assert(Buffer:new('\0\1\xab\xff'):toString('hex') == '0001abff' and Buffer:new(''):toString('hex') == '')
    assert(tostring(Buffer.from('0001ABff', 'hex')) == '\0\1\xab\xff')
    assert(Buffer:new('abcd'):toString('hex', 2, -2) == '6263')
    for text, where in pairs({ abc = 'odd number', ['0g'] = 'byte 2', ['x0'] = 'byte 1', ['00 1'] = 'byte 3' }) do
      local err = fails(function() return (Buffer.from(text, 'hex')) end)
      assert(err:find('buffer-encodings.lua:', 1, true) and err:find("bad argument 'value' (", 1, true), err)
      assert(err:find(where, 1, true), err)
    end
  end)

  test('base64: the examples of RFC 4648', function()
    for text, expected in pairs({ [''] = '', f = 'Zg==', fo = 'Zm8=', foo = 'Zm9v', foob = 'Zm9vYg==',
      fooba = 'Zm9vYmE=', foobar = 'Zm9vYmFy' }) do
      assert(Buffer:new(text):toString('base64') == expected)
      assert(Buffer:new(text):toString('base64url') == (expected:gsub('=', '')))
      for _, encoding in ipairs({ 'base64', 'base64url' }) do
        assert(tostring(Buffer.from(expected, encoding)) == text)
        assert(tostring(Buffer.from((expected:gsub('=', '')), encoding)) == text)
      end
    end
    local bytes = Buffer:new('\xfb\xff\xfe')
    assert(bytes:toString('base64') == '+//+' and bytes:toString('base64url') == '-__-')
    assert(Buffer.from('+//+', 'base64url') == Buffer.from('-__-', 'base64'))
    assert(tostring(Buffer.from(' Zm9v\r\n Ym Fy\t', 'base64')) == 'foobar')
    for _, text in ipairs({ 'Z', 'Zg=', 'Zg===', '=', 'Zg==Zg', 'Zm9v!', 'Zm9\0', 'Zm9vY', '====', 'Zm9=v' }) do
      local err = fails(Buffer.from, text, 'base64')
      assert(err:find("bad argument 'value' (", 1, true) and err:find('base64', 1, true), err)
    end
  end)

  test('what is written is read back', function()
    math.randomseed(2)
    for length = 0, 200 do
      local bytes = random(length)
      local buf = Buffer:new(bytes)
      for _, encoding in ipairs({ 'hex', 'base64', 'base64url', 'latin1' }) do
        local text = buf:toString(encoding)
        assert(tostring(Buffer.from(text, encoding)) == bytes, encoding)
      end
    end
  end)

  test('latin1: each byte is a character', function()
    assert(Buffer:new('caf\xe9 \xff\x80'):toString('latin1') == 'café ÿ\u{80}')
    assert(tostring(Buffer.from('café ÿ', 'latin1')) == 'caf\xe9 \xff')
    for text, where in pairs({ ['aĀ'] = 2, ['日'] = 1, ['x\xe9'] = 2, ['x\xc3'] = 2, ['\x80'] = 1, ['\xc0\x80'] = 1 }) do
      assert(fails(Buffer.from, text, 'latin1'):find('byte ' .. where, 1, true), text)
    end
  end)

  test('utf8: what is none is replaced', function()
    local R = '\u{fffd}'
    for bytes, expected in pairs({
      ['äöü €😀'] = 'äöü €😀', [''] = '', plain = 'plain',
      ['a\xffb'] = 'a' .. R .. 'b', ['\xe2\x82'] = R, ['\xe2\x82x'] = R .. 'x', ['\xc3'] = R,
      ['\xc0\xaf'] = R .. R, ['\xed\xa0\x80'] = R .. R .. R, ['\xf0\x9f\x98'] = R, ['\xf4\x90\x80\x80'] = R .. R .. R .. R,
      ['\xe0\x80\x80'] = R .. R .. R, ['\x80é\x80'] = R .. 'é' .. R,
    }) do
      assert(Buffer:new(bytes):toString('utf8') == expected and Buffer:new(bytes):toString('utf-8') == expected, expected)
    end
    assert(tostring(Buffer.from('ä', 'utf8')) == 'ä' and tostring(Buffer.from('\xff', 'utf-8')) == '\xff')
    assert(Buffer:new('aäb'):toString('utf8', 2, 2) == R)
    math.randomseed(3)
    for _ = 1, 300 do
      local text = Buffer:new(random(40)):toString('utf8')
      assert(utf8.len(text), 'not UTF-8')
      assert(Buffer:new(text):toString('utf8') == text)
    end
  end)

  test('an unknown encoding is an error', function()
    local buf = Buffer:new('x')
    for _, fn in ipairs({
      function() return (buf:toString('morse')) end,
      function() return (Buffer.from('x', 'morse')) end,
      function() buf:fill('x', 1, 1, 'morse') end,
      function() return (buf:indexOf('x', 1, 'morse')) end,
      function() return (Buffer.alloc(1, 'x', 'morse')) end,
    }) do
      local err = fails(fn)
      assert(err:find("bad argument 'encoding'", 1, true) and err:find('got morse', 1, true), err)
      assert(err:find('buffer-encodings.lua:', 1, true), err)
    end
    assert(fails(Buffer.from, 'x', 5):find('got number', 1, true))
  end)
end)
