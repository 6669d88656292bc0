-- A TLS client whose server sends what it should not: the program hears an error that says what was wrong, once, and
-- nothing stays behind.

local await = require('await')
local peer = require('tls-peer')
local tls = require('tls')
local uv = require('uv')

local record = peer.record

-- What a server sends when a client has said its hello, and what the client's program hears.
local function cases()
  -- The answer of a real server to another client's hello.
  local server = peer.server()
  local answer = peer.talk(server.port, peer.hello(), { patience = 300 })
  await(server.close, server)
  assert(#answer > 500)
  local u16 = function(value) return string.char(math.floor(value / 256), value % 256) end
  local function serverHello(version, random, cipher, extensions)
    local body = u16(version) .. random .. '\0' .. u16(cipher) .. '\0' .. u16(#extensions) .. extensions
    return record(22, '\2\0' .. u16(#body) .. body)
  end
  local random = ('r'):rep(32)
  -- SHA-256 of "HelloRetryRequest" (RFC 8446, section 4.1.3).
  local retry = ('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c')
    :gsub('..', function(digits) return string.char(tonumber(digits, 16)) end)
  local retryHello = serverHello(0x0303, retry, 0x1301, '\0\43\0\2\3\4\0\51\0\2\0\23')
  return {
    { 'random bytes', '\201' .. uv.random(2000), 'ERR_SSL_WRONG_VERSION_NUMBER' },
    { 'an HTTP server', 'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n', 'ERR_SSL_WRONG_VERSION_NUMBER' },
    { 'an SMTP server', '220 mail.example.com ESMTP\r\n', 'ERR_SSL_WRONG_VERSION_NUMBER' },
    { 'nothing at all', '', 'ECONNRESET' },
    { 'half a hello', answer:sub(1, 40), 'ECONNRESET' },
    { 'half a handshake', answer:sub(1, #answer - 20), '.' },
    { 'the handshake of another connection', answer, '^ERR_SSL_' },
    { 'a record that is too long', '\22\3\3\65\1' .. ('x'):rep(20000), '^ERR_SSL_' },
    { 'a message of 16 MB', record(22, '\2\255\255\255' .. ('x'):rep(16000)), '^ERR_SSL_' },
    { 'data before the handshake', record(23, 'HTTP/1.1 200 OK\r\n\r\n'), '^ERR_SSL_' },
    { 'the client\'s own hello', false, '^ERR_SSL_' },
    { 'a fatal alert', record(21, '\2\40'), 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE' },
    { 'an alert about the version', record(21, '\2\70'), 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' },
    { 'an alert about the name', record(21, '\2\112'), 'ERR_SSL_TLSV1_UNRECOGNIZED_NAME' },
    { 'a warning about the name, and nothing else', record(21, '\1\112'), '.' },
    { 'close_notify at once', record(21, '\1\0'), '.' },
    { 'endless warnings', record(21, '\1\90'):rep(20000), '.' },
    { 'endless records without content', record(22, ''):rep(20000), '.' },
    { 'endless changes of the cipher', record(20, '\1'):rep(20000), '.' },
    { 'TLS 1.1', serverHello(0x0302, random, 0xc013, ''), '^ERR_SSL_' },
    { 'SSL 3', serverHello(0x0300, random, 0x0005, ''), '^ERR_SSL_' },
    { 'TLS 1.2 from one that can do 1.3', serverHello(0x0303, ('r'):rep(24) .. 'DOWNGRD\1', 0xc02b, '\255\1\0\1\0'), '^ERR_SSL_' },
    { 'TLS 1.1 from one that can do 1.2', serverHello(0x0303, ('r'):rep(24) .. 'DOWNGRD\0', 0xc02b, '\255\1\0\1\0'), '.' },
    { 'a cipher that was not offered', serverHello(0x0303, random, 0x0005, '\255\1\0\1\0'), '^ERR_SSL_' },
    { 'a version that was not offered', serverHello(0x0303, random, 0x1301, '\0\43\0\2\9\9'), '^ERR_SSL_' },
    { 'an extension that was not asked for', serverHello(0x0303, random, 0xc02b, '\18\52\0\0\255\1\0\1\0'), '^ERR_SSL_' },
    { 'a hello that wants another hello, twice', retryHello:rep(2), '^ERR_SSL_' },
    { 'a request for another hello, for nothing', serverHello(0x0303, retry, 0x1301, '\0\43\0\2\3\4'), '^ERR_SSL_' },
  }
end

require('tap')(function(test)
  test('answers that are no handshake', { timeout = 120000 }, function()
    for _, case in ipairs(cases()) do
      local server = peer.raw(function(socket)
        socket:once('data', function(hello)
          socket:write(case[2] or hello)
          socket:_end()
        end)
      end)
      local errors, connected = {}, false
      local client = tls.connect({ port = server.port, host = '127.0.0.1', ca = peer.fixture('root-cert.pem') }, function()
        connected = true
      end)
      client:on('error', function(err) errors[#errors + 1] = err end)
      await.value(function(done)
        client:on('close', done)
        return nil
      end)
      assert(not connected, case[1])
      assert(#errors == 1, ('%s: %d errors'):format(case[1], #errors))
      assert(tostring(errors[1].code):find(case[3]), ('%s: %s'):format(case[1], tostring(errors[1].code)))
      assert(#tostring(errors[1]) > 10, tostring(errors[1]))
      server.stop()
    end
  end)

  test('a server that never answers', function()
    for _, answer in ipairs({ '', '\22\3\3' }) do
      local server = peer.raw(function(socket)
        if answer ~= '' then socket:write(answer) end
      end)
      local _, err = peer.connect(server.port, { handshakeTimeout = 100 })
      assert(err and err.code == 'ERR_TLS_HANDSHAKE_TIMEOUT', tostring(err))
      server.stop()
    end
  end)

  test('a server that resets the connection', function()
    local server = peer.raw(function(socket)
      socket:once('data', function()
        uv.tcp_close_reset(socket._handle, function() end)
        socket:destroy()
      end)
    end)
    local _, err = peer.connect(server.port)
    assert(err and tostring(err.code):find('ECONNRESET'), tostring(err))
    server.stop()
  end)

  test('every byte of the server\'s answer wrong, one after another', { timeout = 180000 }, function()
    local server = peer.server()
    local wrong, size = 0, nil
    local proxy = peer.proxy(server.port, function(direction, bytes, total)
      if direction == 'up' then return bytes end
      if total == #bytes then size = #bytes end
      local at = wrong - (total - #bytes)
      if at < 1 or at > #bytes then return bytes end
      return bytes:sub(1, at - 1) .. string.char((bytes:byte(at) + 1 + wrong % 255) % 256) .. bytes:sub(at + 1)
    end)
    local refused, works = 0, 0
    repeat
      wrong = wrong + 1
      -- A wrong length makes both sides wait for more.
      local socket, err = peer.connect(proxy.port, { handshakeTimeout = 60, servername = 'host-' .. wrong .. '.a.test' })
      if socket then
        -- What comes after the handshake may be wrong too: the tickets.
        works = works + 1
        socket:on('error', function() end)
        socket:destroy()
      else
        assert(err.code, tostring(err))
        refused = refused + 1
      end
    until wrong >= math.min(size, 900)
    assert(refused > 500 and works < 400, ('%d refused, %d not'):format(refused, works))
    proxy.stop()
    peer.serves(server)
    await(server.close, server)
  end)

  test('an answer that is cut: data, then an error instead of the end', function()
    local server = peer.server({}, function(socket)
      socket:write(('x'):rep(100000))
    end)
    local proxy = peer.proxy(server.port, function(direction, bytes, total)
      local over = direction == 'down' and total - 60000 or 0
      return bytes:sub(1, #bytes - math.max(over, 0)), over > 0
    end)
    local got, ended, failed = 0, false, nil
    local client = assert(peer.connect(proxy.port))
    client:on('data', function(data) got = got + #data end)
    client:on('end', function() ended = true end)
    client:on('error', function(err) failed = err end)
    await.value(function(done)
      client:on('close', done)
      return nil
    end)
    assert(got > 10000 and got < 100000, got)
    assert(not ended and failed and failed.code == 'ECONNRESET', tostring(failed))
    assert(tostring(failed):find('close_notify'), tostring(failed))
    proxy.stop()
    await(server.close, server)
  end)

  test('a server that floods', { timeout = 120000 }, function()
    -- Whatever it sends, the client keeps no more of it than a record.
    local server = peer.raw(function(socket)
      socket:once('data', function()
        local block = record(22, '\2\0\255\255' .. ('x'):rep(16000)) .. record(22, ('x'):rep(16384)):rep(50)
        local function pump()
          while not socket.destroyed do
            if not socket:write(block) then return socket:once('drain', pump) end
          end
        end
        pump()
      end)
    end)
    local before = uv.resident_set_memory()
    local _, err = peer.connect(server.port)
    assert(err and tostring(err.code):find('^ERR_SSL_'), tostring(err))
    assert(uv.resident_set_memory() - before < 32 * 1024 * 1024)
    server.stop()
  end)

  test('clients that fail are no leak', { timeout = 120000 }, function()
    local server = peer.raw(function(socket)
      socket:once('data', function() socket:_end('junk\r\n') end)
    end)
    local function round(count)
      for _ = 1, count do
        local socket = peer.connect(server.port)
        assert(not socket)
      end
      collectgarbage()
      collectgarbage()
      return collectgarbage('count') * 1024, uv.resident_set_memory()
    end
    local heap, memory = round(200)
    local heapAfter, memoryAfter = round(600)
    assert(heapAfter - heap < 600 * 100, ('%d bytes of heap each'):format((heapAfter - heap) / 600))
    assert(memoryAfter - memory < 6e6, ('%d bytes of memory each'):format((memoryAfter - memory) / 600))
    server.stop()
  end)
end)
