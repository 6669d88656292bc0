local codec = require('http-codec')

-- The convention of http-codec 2: what is left comes back as a string.
local function decodeByString(inputs)
  local decode, outputs = codec.decoder(), {}
  local chunk, nextInput = inputs[1], 2
  while true do
    local event, rest = decode(chunk)
    if event ~= nil then
      outputs[#outputs + 1] = event
      chunk = rest
    elseif inputs[nextInput] then
      chunk, nextInput = chunk .. inputs[nextInput], nextInput + 1
    else
      break
    end
  end
  outputs[#outputs + 1] = decode()
  return outputs
end

-- The convention of http-codec 3: an index to go on from, nil when all is used.
local function decodeByIndex(inputs)
  local decode, outputs = codec.decoder(), {}
  local buffer, index = '', 1
  for i = 1, #inputs do
    buffer, index = buffer:sub(index) .. inputs[i], 1
    while true do
      local event, nextIndex = decode(buffer, index)
      if event == nil then break end
      outputs[#outputs + 1] = event
      if not nextIndex then
        buffer, index = '', 1
        break
      end
      index = nextIndex
    end
  end
  local event, nextIndex = decode(nil, nil)
  assert(nextIndex == nil)
  outputs[#outputs + 1] = event
  return outputs
end

local function describe(event)
  if type(event) == 'string' then return '"' .. event .. '"' end
  local parts = { event.method or event.code, event.path or event.reason, tostring(event.version), tostring(event.keepAlive) }
  for _, pair in ipairs(event) do parts[#parts + 1] = pair[1] .. '=' .. pair[2] end
  return table.concat(parts, ' ')
end

local function check(inputs, expected)
  for name, run in pairs { string = decodeByString, index = decodeByIndex } do
    local shown = {}
    for i, event in ipairs(run(inputs)) do shown[i] = describe(event) end
    for i = 1, math.max(#shown, #expected) do
      if shown[i] ~= expected[i] then
        error(('by %s, event %d is %s, not %s'):format(name, i, tostring(shown[i]), tostring(expected[i])), 2)
      end
    end
  end
end

local function checkRefused(bytes, message)
  local decode = codec.decoder()
  local rest, ok, event = bytes, true, nil
  while ok do
    ok, event, rest = pcall(decode, rest)
    if ok and event == nil then error('not refused: ' .. bytes) end
  end
  assert(event:find(message, 1, true), event .. ', not: ' .. message)
  local again, same = pcall(decode, 'GET / HTTP/1.1\r\n\r\n')
  assert(not again and same == event, 'goes on after an error')
end

local function encodeAll(inputs)
  local encode, outputs = codec.encoder(), {}
  for i = 1, #inputs + 1 do
    local bytes = encode(inputs[i])
    if bytes and bytes ~= '' then outputs[#outputs + 1] = bytes end
  end
  return outputs
end

local function checkEncoded(inputs, expected)
  local outputs = encodeAll(inputs)
  assert(#outputs == #expected, #outputs)
  for i = 1, #expected do assert(outputs[i] == expected[i], outputs[i]) end
end

require('tap')(function(test)
  test('heads', function()
    check({ 'GET /path HTTP/1.1\r\n', 'User-Agent: x y \t\r\nEmpty:\r\n\r\n' },
      { 'GET /path 1.1 true User-Agent=x y Empty=', '""' })
    check({ 'HTTP/1.0 200 OK\r\n', 'A:b\r\n\r\n' }, { '200 OK 1 false A=b', '""' })
    check({ 'HTTP/1.1 204\r\n\r\n' }, { '204  1.1 true', '""' })
    check({ 'HTTP/1.1 204 \r\n\r\n' }, { '204  1.1 true', '""' })
    check({ '\r\nM-SEARCH * HTTP/1.1\r\n\r\n' }, { 'M-SEARCH * 1.1 true', '""' })
    check({ 'GET / HTTP/1.0\r\nConnection: x, Keep-Alive\r\n\r\n' }, { 'GET / 1 true Connection=x, Keep-Alive', '""' })
    check({ 'GET / HTTP/1.1\r\nConnection: Upgrade\r\n\r\n' }, { 'GET / 1.1 true Connection=Upgrade', '""' })
    check({ 'GET / HTTP/1.1\r\nConnection: Close\r\n\r\n' }, { 'GET / 1.1 false Connection=Close', '""' })
  end)

  test('pipelined messages without body', function()
    check({ 'HEAD / HTTP/1.1\r\n\r\n', 'DELETE /x HTTP/1.1\r\n\r', '\n' },
      { 'HEAD / 1.1 true', '""', 'DELETE /x 1.1 true', '""' })
  end)

  test('a counted body', function()
    check({ 'POST /u HTTP/1.1\r\nContent-Length: 12\r\n', '\r\nHello World\nDELETE ', '/ HTTP/1.1\r\n\r\n' },
      { 'POST /u 1.1 true Content-Length=12', '"Hello World\n"', '""', 'DELETE / 1.1 true', '""' })
    check({ 'GET /u HTTP/1.1\r\nContent-Length: 4\r\n\r\nG', 'ETxGET / HTTP/1.1\r\n\r\n' },
      { 'GET /u 1.1 true Content-Length=4', '"G"', '"ETx"', '""', 'GET / 1.1 true', '""' })
    check({ 'POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n' }, { 'POST / 1.1 true Content-Length=0', '""' })
  end)

  test('a body to the end of the connection', function()
    check({ 'POST / HTTP/1.0\r\n\r\n', 'DELETE / HTTP/1.0\r\n', 'rest' },
      { 'POST / 1 false', '"DELETE / HTTP/1.0\r\n"', '"rest"', '""' })
    check({ 'HTTP/1.1 200 OK\r\n\r\n', 'all' }, { '200 OK 1.1 false', '"all"', '""' })
    check({ 'DELETE / HTTP/1.1\r\nConnection: close\r\n\r\n' }, { 'DELETE / 1.1 false Connection=close', '""' })
  end)

  test('responses without body', function()
    check({ 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n' },
      { '100 Continue 1.1 true', '""', '304 Not Modified 1.1 true Content-Length=10', '""',
        '200 OK 1.1 true Content-Length=0', '""' })
  end)

  test('a chunked body', function()
    local head = 'PUT /f HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n'
    local shown = 'PUT /f 1.1 true Transfer-Encoding=chunked'
    local body = '4\r\nWiki\r\n5;a=b\r\npedia\r\n00E\r\n in\r\n\r\nchunks.\r\n0\r\n\r\n'
    local pieces = { shown, '"Wiki"', '"pedia"', '" in\r\n\r\nchunks."', '""' }
    check({ head .. body }, pieces)
    check({ head, '4\r\n', 'Wiki\r\n', body:sub(10) }, pieces)
    local bytes = {}
    for byte in (head .. body .. head .. '0\r\n\r\n'):gmatch('.') do bytes[#bytes + 1] = byte end
    pieces[#pieces + 1] = shown
    pieces[#pieces + 1] = '""'
    check(bytes, pieces)
  end)

  test('trailers', function()
    local decode = codec.decoder()
    local head, rest = decode('POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nA: b\r\nC: d\r\n')
    local piece, left = decode(rest)
    assert(piece == 'a')
    assert(decode(left) == nil and head.trailers == nil)
    piece, left = decode(left .. '\r\nGET')
    assert(piece == '' and left == 'GET')
    assert(head.trailers[1][1] == 'A' and head.trailers[2][2] == 'd' and head[2] == nil)
  end)

  test('a large chunk is passed on as it arrives', function()
    local decode = codec.decoder()
    local size = 200000
    local _, rest = decode(('POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n'):format(size))
    local total, ended = 0, false
    local function feed(bytes)
      rest = rest .. bytes
      assert(#rest < 70000, 'grows')
      while true do
        local piece, left = decode(rest)
        if piece == nil then return end
        rest, total = left, total + #piece
        ended = ended or piece == ''
      end
    end
    for _ = 1, size / 1000 do feed(('x'):rep(1000)) end
    assert(total == size and rest == '')
    feed('\r')
    feed('\n3\r\nabc\r\n')
    assert(total == size + 3)
    feed('0\r\n\r\n')
    assert(ended)
  end)

  test('what is refused', function()
    local post = 'POST / HTTP/1.1\r\n'
    checkRefused('garbage\r\n\r\n', 'expected HTTP data')
    checkRefused('HTTP/1.1 200OK\r\n\r\n', 'expected HTTP data')
    checkRefused('HTTP/1.1 2000 OK\r\n\r\n', 'expected HTTP data')
    checkRefused('HTTP/1.1 099 OK\r\n\r\n', 'expected HTTP data')
    checkRefused('GET  / HTTP/1.1\r\n\r\n', 'expected HTTP data')
    checkRefused('GET / HTTP/1.1 \r\n\r\n', 'expected HTTP data')
    checkRefused('G{T / HTTP/1.1\r\n\r\n', 'invalid character in method')
    checkRefused('GET /\0 HTTP/1.1\r\n\r\n', 'invalid character in path')
    checkRefused('GET / HTTP/2.0\r\n\r\n', 'unsupported HTTP version')
    checkRefused('GET / HTTP/1.1\nA: b\n\n', 'bare CR or LF')
    checkRefused('\nGET / HTTP/1.1\r\n\r\n', 'bare CR or LF')
    checkRefused('GET / HTTP/1.1\r\nA: b\rC: d\r\n\r\n', 'bare CR or LF')
    checkRefused('GET / HTTP/1.1\r\nA : b\r\n\r\n', 'invalid header name')
    checkRefused('GET / HTTP/1.1\r\n: b\r\n\r\n', 'invalid header name')
    checkRefused('GET / HTTP/1.1\r\nA: b\r\n c: d\r\n\r\n', 'invalid header name')
    checkRefused('GET / HTTP/1.1\r\nA: b\r\n folded\r\n\r\n', 'invalid header line')
    checkRefused('GET / HTTP/1.1\r\nA: b\0c\r\n\r\n', 'invalid character in header value')
    checkRefused('GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n', 'two Host headers')
    checkRefused(post .. 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n', 'both Transfer-Encoding')
    checkRefused(post .. 'Content-Length: 5\r\nContent-Length: 6\r\n\r\n', 'two different')
    for _, length in ipairs { '+5', '-5', '0x5', '5, 5', '5 5', '', '1e1', '99999999999999999999' } do
      checkRefused(post .. 'Content-Length: ' .. length .. '\r\n\r\n', 'invalid Content-Length')
    end
    checkRefused(post .. 'Transfer-Encoding: gzip\r\n\r\n', 'does not end with chunked')
    checkRefused(post .. 'Transfer-Encoding: chunked, gzip\r\n\r\n', 'does not end with chunked')
    checkRefused(post .. 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n', 'chunked twice')
    checkRefused('POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n', 'Transfer-Encoding in HTTP/1.0')
    local chunked = post .. 'Transfer-Encoding: chunked\r\n\r\n'
    for _, size in ipairs { '', 'g', '-1', ' 1', '+1', '1' .. ('0'):rep(16), 'fffffffffffffff' } do
      checkRefused(chunked .. size .. '\r\n', 'invalid chunk-size')
    end
    checkRefused(chunked .. '1 \r\na', 'invalid chunk extension')
    checkRefused(chunked .. '0x1\r\na', 'invalid chunk extension')
    checkRefused(chunked .. '1\na\n', 'invalid chunk-size')
    checkRefused(chunked .. '1\r\nab\r\n', 'longer than its size')
    checkRefused(chunked .. '0\r\nA : b\r\n\r\n', 'invalid header name')
    checkRefused(chunked .. '1;' .. ('x'):rep(20000), 'chunk-size header too large')
    checkRefused(chunked .. ('1;' .. ('x'):rep(5000) .. '\r\na\r\n'):rep(4), 'chunk extensions too large')
    checkRefused('GET / HTTP/1.1\r\nA: ' .. ('x'):rep(20000), 'entity too large')
    checkRefused('GET / HTTP/1.1\r\nA: ' .. ('x'):rep(20000) .. '\r\n\r\n', 'entity too large')
    checkRefused(chunked .. '0\r\nA: ' .. ('x'):rep(20000), 'entity too large')
  end)

  test('a connection that closes too early', function()
    local decode = codec.decoder()
    decode('POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n')
    local ok, message = pcall(decode, nil)
    assert(not ok and message:find('closed before the end', 1, true))
  end)

  test('encoded heads', function()
    checkEncoded({ { code = 200 } }, { 'HTTP/1.1 200 OK\r\n\r\n' })
    checkEncoded({ { code = 299, version = 1.0, { 'A', true } } }, { 'HTTP/1.0 299 \r\nA: true\r\n\r\n' })
    checkEncoded({ { code = '404', reason = 'Gone away' } }, { 'HTTP/1.1 404 Gone away\r\n\r\n' })
    checkEncoded({ { method = 'GET', path = '/a', { 'Accept', '*/*' } }, '', { method = 'GET', path = '/b' } },
      { 'GET /a HTTP/1.1\r\nAccept: */*\r\n\r\n', 'GET /b HTTP/1.1\r\n\r\n' })
  end)

  test('encoded bodies', function()
    checkEncoded({ { code = 200, { 'Content-Length', 3 } }, 'abc', '', { code = 304 } },
      { 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n', 'abc', 'HTTP/1.1 304 Not Modified\r\n\r\n' })
    local head = { code = 200, { 'Transfer-Encoding', 'Chunked' } }
    local bytes = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n'
    checkEncoded({ head, 'Hello World\n', '', { code = 304 } },
      { bytes, 'c\r\nHello World\n\r\n', '0\r\n\r\n', 'HTTP/1.1 304 Not Modified\r\n\r\n' })
    checkEncoded({ head, 'a' }, { bytes, '1\r\na\r\n', '0\r\n\r\n' })
    checkEncoded({ head, 'a', { code = 304 } }, { bytes, '1\r\na\r\n', '0\r\n\r\nHTTP/1.1 304 Not Modified\r\n\r\n' })
  end)

  test('what the encoder refuses', function()
    local cases = {
      { { code = 200, { 'A', 'b\r\nC: d' } }, 'value of header A' },
      { { code = 200, { 'A', 'b\nC' } }, 'value of header A' },
      { { code = 200, { 'A', 'b\0' } }, 'value of header A' },
      { { code = 200, { 'A\r\nB', 'c' } }, 'header name' },
      { { code = 200, { 'A ', 'c' } }, 'header name' },
      { { code = 200, { '', 'c' } }, 'header name' },
      { { code = 200, reason = 'OK\r\nA: b' }, 'reason' },
      { { code = 99 }, 'status code' }, { { code = 'x' }, 'status code' }, { {}, 'status code' },
      { { method = 'GET', path = '' }, 'expected non-empty path' },
      { { method = 'GET', path = '/ HTTP/1.1\r\nA: b' }, 'character in path' },
      { { method = 'GET /', path = '/' }, 'character in method' },
      { { code = 200, version = 2 }, 'version' },
      { 12, 'expected a table but got a number' },
    }
    for _, case in ipairs(cases) do
      local ok, message = pcall(codec.encoder(), case[1])
      assert(not ok and message:find(case[2], 1, true), tostring(message) .. ', not: ' .. case[2])
    end
  end)
end)
