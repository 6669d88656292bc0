-- Servers of TLS and of HTTPS whose peers send what they should not: each is told or closed, the server's program hears
-- why, and the server goes on serving.

local await = require('await')
local net = require('net')
local peer = require('tls-peer')
local tls = require('tls')
local uv = require('uv')

local record = peer.record

-- A ClientHello of TLS 1.2 as bytes: version, ciphers (numbers), extensions (bytes).
local function hello(version, ciphers, extensions)
  local function u16(value) return string.char(math.floor(value / 256), value % 256) end
  local list = {}
  for i, cipher in ipairs(ciphers) do list[i] = u16(cipher) end
  local body = u16(version) .. ('r'):rep(32) .. '\0' .. u16(#ciphers * 2) .. table.concat(list) .. '\1\0' ..
    u16(#extensions) .. extensions
  return record(22, '\1\0' .. u16(#body) .. body, 0x0301)
end

-- Extensions that every server wants: groups and signature algorithms.
local GROUPS = '\0\10\0\6\0\4\0\29\0\23'
local SIGNATURES = '\0\13\0\8\0\6\4\3\8\4\4\1'

-- What a peer sends at once, and the code that the server's program hears of.
local function cases()
  local valid = peer.hello()
  local random = uv.random(2000)
  return {
    { 'random bytes', '\200' .. random, 'ERR_SSL_WRONG_VERSION_NUMBER' },
    { 'zeros', ('\0'):rep(100000), '^ERR_SSL_' },
    { 'a line of text', 'hello\r\n\r\n', 'ERR_SSL_WRONG_VERSION_NUMBER' },
    { 'an HTTP request', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', 'ERR_SSL_HTTP_REQUEST' },
    { 'an SSH client', 'SSH-2.0-OpenSSH_9.0\r\n', 'ERR_SSL_WRONG_VERSION_NUMBER' },
    { 'a PROXY line', 'PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n' .. valid, 'ERR_SSL_WRONG_VERSION_NUMBER' },
    { 'an SSLv2 hello', '\128\46\1\0\2\0\21\0\0\0\16\1\0\128\3\0\128\7\0\192\6\0\64\2\0\128' .. ('x'):rep(16), '^ERR_SSL_' },
    { 'a record of version 5.5', '\22\5\5' .. valid:sub(4), '^ERR_SSL_' },
    { 'a record of no type', '\99\3\3\0\2hi', '^ERR_SSL_' },
    { 'a record that is too long', '\22\3\1\65\1' .. ('x'):rep(20000), '^ERR_SSL_' },
    { 'the longest length there is', '\22\3\3\255\255' .. ('x'):rep(70000), 'ERR_SSL_PACKET_LENGTH_TOO_LONG' },
    { 'data before the handshake', record(23, 'GET / HTTP/1.1\r\n\r\n'), '^ERR_SSL_' },
    { 'data after the hello', valid .. record(23, ('x'):rep(1000)):rep(10), '^ERR_SSL_' },
    { 'a handshake message of 16 MB', record(22, '\1\255\255\255' .. ('x'):rep(16000)), '^ERR_SSL_' },
    { 'a message that is no hello', record(22, '\2' .. valid:sub(7)), '^ERR_SSL_' },
    { 'a certificate first', record(22, '\11\0\0\3\0\0\0'), '^ERR_SSL_' },
    { 'a hello with a byte too many', record(22, valid:sub(6) .. '\0\0\0\0\0'), '^ERR_SSL_' },
    { 'two hellos', valid .. valid, '^ERR_SSL_' },
    { 'a hello without ciphers', hello(0x0303, {}, GROUPS .. SIGNATURES), '^ERR_SSL_' },
    { 'ciphers nobody knows', hello(0x0303, { 0x0a0a, 0x1234 }, GROUPS .. SIGNATURES), 'ERR_SSL_NO_SHARED_CIPHER' },
    { 'broken ciphers only', hello(0x0303, { 0x0004, 0x000a, 0x0000 }, GROUPS .. SIGNATURES), 'ERR_SSL_NO_SHARED_CIPHER' },
    { 'TLS 1.1', hello(0x0302, { 0xc013, 0x002f }, GROUPS .. SIGNATURES), 'ERR_SSL_UNSUPPORTED_PROTOCOL' },
    { 'TLS 1.0', hello(0x0301, { 0xc013, 0x002f }, GROUPS .. SIGNATURES), 'ERR_SSL_UNSUPPORTED_PROTOCOL' },
    { 'TLS 1.0 without signature algorithms', hello(0x0301, { 0xc013, 0x002f }, GROUPS), '^ERR_SSL_' },
    { 'SSL 3', hello(0x0300, { 0xc013, 0x002f }, ''), '^ERR_SSL_' },
    { 'TLS 9.9 alone', hello(0x0303, { 0x1301 }, '\0\43\0\3\2\9\9' .. GROUPS .. SIGNATURES), 'ERR_SSL_UNSUPPORTED_PROTOCOL' },
    { 'the same extension twice', hello(0x0303, { 0xc02b }, GROUPS .. GROUPS .. SIGNATURES), '^ERR_SSL_' },
    { 'a fatal alert', record(21, '\2\40'), 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE' },
    { 'an alert of no meaning', record(21, '\9\200'), '.' },
    { 'an alert of one byte', record(21, '\2'), '.' },
    { 'endless warnings', record(21, '\1\90'):rep(20000), '.' },
    { 'endless records without content', record(22, ''):rep(20000), '.' },
    { 'endless data records without content', record(23, ''):rep(20000), '.' },
    { 'endless changes of the cipher', record(20, '\1'):rep(20000), '.' },
    { 'a hello and endless changes of the cipher', valid .. record(20, '\1'):rep(20000), '.' },
  }
end

require('tap')(function(test)
  for kind, make in pairs({ tls = peer.server, https = peer.httpsServer }) do
    test(kind .. ': bytes that are no handshake', { timeout = 120000 }, function()
      local server = make()
      for _, case in ipairs(cases()) do
        local before = #server.errors
        local answer, ending = peer.talk(server.port, case[2])
        assert(ending == 'end' or ending == 'reset', case[1] .. ': the connection stays ' .. ending)
        -- An answer is a few records, and the last of them an alert, unless the peer got further.
        assert(#answer < 10000, ('%s: an answer of %d bytes'):format(case[1], #answer))
        peer.wait(function() return #server.errors > before end)
        assert(#server.errors == before + 1, case[1] .. ': heard of more than once')
        local code = server.errors[#server.errors]
        assert(code:find(case[3]), ('%s: %s'):format(case[1], code))
      end
      for _, reason in ipairs(server.reasons) do assert(#reason > 20 and #reason < 300, reason) end
      peer.serves(server)
      await(server.close, server)
    end)

    test(kind .. ': every byte of a hello wrong, one after another', { timeout = 180000 }, function()
      local server = make()
      local valid = peer.hello()
      local done = 0
      await.map({ 1, 2, 3, 4 }, 4, function(lane)
        for at = lane, #valid, 4 do
          local byte = string.char((valid:byte(at) + 1 + at % 255) % 256)
          -- What is still a hello is answered, and the connection waits.
          local _, ending = peer.talk(server.port, valid:sub(1, at - 1) .. byte .. valid:sub(at + 1), { finish = true })
          assert(ending ~= 'open', at)
          done = done + 1
        end
        return true
      end)
      assert(done == #valid)
      peer.serves(server)
      await(server.close, server)
    end)

    test(kind .. ': a hello that is cut short anywhere', { timeout = 120000 }, function()
      local server = make()
      local valid = peer.hello()
      for size = 0, #valid - 1, 7 do
        local before = #server.errors
        local answer = peer.talk(server.port, valid:sub(1, size), { finish = true })
        assert(#answer <= 7, 'an answer to half a hello')
        peer.wait(function() return #server.errors > before end)
        assert(server.errors[#server.errors] == 'ECONNRESET', server.errors[#server.errors])
      end
      peer.serves(server)
      await(server.close, server)
    end)

    test(kind .. ': a hello byte by byte, and in records of one byte', function()
      local server = make()
      local valid = peer.hello()
      local bytes, records = {}, {}
      for at = 1, #valid do bytes[at] = valid:sub(at, at) end
      for at = 6, #valid do records[#records + 1] = record(22, valid:sub(at, at), 0x0301) end
      local answer, ending = peer.talk(server.port, bytes, { patience = 2000 })
      assert(ending == 'open' and answer:byte(1) == 22, ending)
      answer, ending = peer.talk(server.port, table.concat(records), { patience = 2000 })
      -- Either is right: rustls answers, others refuse so many pieces.
      assert(answer:byte(1) == 22 or answer:byte(1) == 21 and ending ~= 'open', ending)
      peer.serves(server)
      await(server.close, server)
    end)

    test(kind .. ': a handshake that never ends is ended by handshakeTimeout', function()
      local server = make({ handshakeTimeout = 150 })
      local valid = peer.hello()
      for _, bytes in ipairs({ '', valid:sub(1, 3), valid:sub(1, 100), valid }) do
        local before = #server.errors
        local _, ending = peer.talk(server.port, bytes)
        assert(ending ~= 'open', 'it stays open')
        peer.wait(function() return #server.errors > before end)
        assert(server.errors[#server.errors] == 'ERR_TLS_HANDSHAKE_TIMEOUT', server.errors[#server.errors])
      end
      -- Slowly is no way around it.
      local pieces = {}
      for at = 1, #valid - 1 do pieces[at] = valid:sub(at, at) end
      local socket = assert(await(net.connect, server.port, '127.0.0.1'))
      socket:on('error', function() end)
      local closed = false
      socket:on('close', function() closed = true end)
      socket:on('data', function() end)
      local at = 0
      while not closed do
        at = at + 1
        if not socket.destroyed and pieces[at] then socket:write(pieces[at]) end
        await.sleep(20)
        assert(at < 200, 'a byte every 20 ms keeps the handshake alive')
      end
      peer.serves(server)
      await(server.close, server)
    end)

    test(kind .. ': a thousand handshakes half open cost little memory', { timeout = 120000 }, function()
      local server = make()
      local valid = peer.hello()
      peer.serves(server)
      local sockets = {}
      for _, bytes in ipairs({ valid:sub(1, #valid - 1), valid }) do
        collectgarbage()
        collectgarbage()
        local before = uv.resident_set_memory()
        for i = 1, 1000 do
          sockets[i] = assert(await(net.connect, server.port, '127.0.0.1'))
          sockets[i]:on('error', function() end)
          sockets[i]:write(bytes)
        end
        await.sleep(300)
        local each = (uv.resident_set_memory() - before) / 1000
        -- Both ends are in this process. What a handshake needs is some 20 KB.
        assert(each < 100000, ('%d bytes each'):format(each))
        peer.serves(server)
        for i = 1, 1000 do sockets[i]:destroy() end
        local count
        repeat
          await.sleep(20)
          count = await(server.getConnections, server)
        until count == 0
      end
      await(server.close, server)
    end)

    test(kind .. ': a connection that is reset within the handshake', function()
      local server = make()
      local valid = peer.hello()
      for _, bytes in ipairs({ valid:sub(1, 50), valid }) do
        local before = #server.errors
        peer.talk(server.port, bytes, { reset = true })
        peer.wait(function() return #server.errors > before end)
        assert(server.errors[#server.errors]:find('ECONNRESET'), server.errors[#server.errors])
      end
      peer.serves(server)
      await(server.close, server)
    end)

    test(kind .. ': a client that goes away as soon as it is connected', function()
      local server = make()
      for _ = 1, 50 do peer.talk(server.port, '', { finish = true }) end
      peer.wait(function() return #server.errors >= 50 end)
      peer.serves(server)
      await(server.close, server)
    end)

    test(kind .. ': connections that are only opened are no leak', { timeout = 120000 }, function()
      local server = make()
      local function round(count)
        for _ = 1, count do peer.talk(server.port, 'junk\r\n') end
        collectgarbage()
        collectgarbage()
        return collectgarbage('count') * 1024, uv.resident_set_memory()
      end
      local heap, memory = round(300)
      local heapAfter, memoryAfter = round(600)
      server.errors[1] = nil
      assert(heapAfter - heap < 600 * 300, ('%d bytes of heap each'):format((heapAfter - heap) / 600))
      assert(memoryAfter - memory < 4e6, ('%d bytes of memory each'):format((memoryAfter - memory) / 600))
      await(server.close, server)
    end)
  end

  test('every byte of a hello wrong that the program chooses by', { timeout = 180000 }, function()
    local names = {}
    for _, make in ipairs({ peer.server, peer.httpsServer }) do
      local server = make({
        SNICallback = function(name, done)
          names[#names + 1] = name
          done(nil, nil)
        end,
        ALPNCallback = function(offer)
          for _, protocol in ipairs(offer.protocols) do assert(#protocol > 0) end
          return offer.protocols[1]
        end,
      })
      local valid = peer.hello({ servername = 'localhost', ALPNProtocols = { 'http/1.1', 'x' } })
      for at = 6, #valid do
        for _, byte in ipairs({ 0, 255 }) do
          local changed = valid:sub(1, at - 1) .. string.char(byte) .. valid:sub(at + 1)
          local _, ending = peer.talk(server.port, changed, { finish = true })
          assert(ending ~= 'open', at)
        end
      end
      peer.serves(server, { servername = 'localhost' })
      await(server.close, server)
    end
    -- What is no host name is never given to the program.
    for _, name in ipairs(names) do assert(not name:find('[%z\255/ ]'), name) end
    assert(#names > 100)
  end)

  test('who writes without reading is held back', { timeout = 120000 }, function()
    local socketOfServer
    local server = peer.server({}, function(socket)
      socketOfServer = socket
      local block = ('x'):rep(65536)
      local written = 0
      local function pump()
        while written < 200 * 1024 * 1024 and not socket.destroyed do
          written = written + #block
          socket.written = written
          if not socket:write(block) then return socket:once('drain', pump) end
        end
      end
      pump()
    end)
    local client = assert(peer.connect(server.port))
    client:pause()
    await.sleep(100)
    collectgarbage()
    local before, written = uv.resident_set_memory(), socketOfServer.written
    await.sleep(300)
    assert(socketOfServer.written - written < 8 * 1024 * 1024, 'it goes on writing to a peer that does not read')
    assert(uv.resident_set_memory() - before < 32 * 1024 * 1024)
    client:on('error', function() end)
    client:destroy()
    socketOfServer:destroy()
    await(server.close, server)
  end)

  test('who does not read does not take in', { timeout = 120000 }, function()
    local got
    local server = peer.server({}, function(socket)
      got = socket
      socket:pause()
    end)
    local client = assert(peer.connect(server.port))
    client:on('error', function() end)
    local block, written = ('y'):rep(65536), 0
    local function pump()
      while written < 200 * 1024 * 1024 and not client.destroyed do
        written = written + #block
        if not client:write(block) then return client:once('drain', pump) end
      end
    end
    pump()
    await.sleep(400)
    assert(written < 32 * 1024 * 1024, ('%d bytes went to a server that does not read'):format(written))
    client:destroy()
    got:destroy()
    await(server.close, server)
  end)

  test('a stream that is cut without close_notify is told apart from its end', function()
    for _, polite in ipairs({ true, false }) do
      local ended, failed = false, nil
      local server = tls.createServer({
        cert = peer.fixture('server-cert.pem'), key = peer.fixture('server-key.pem'),
      }, function(socket)
        socket:on('data', function() end)
        socket:on('end', function() ended = true end)
        socket:on('error', function(err) failed = err end)
        socket:on('close', function() ended = ended or 'close' end)
      end)
      assert(await(server.listen, server, 0, '127.0.0.1'))
      local proxy = peer.proxy(server:address().port, function(_, bytes) return bytes end)
      local client = assert(peer.connect(proxy.port))
      client:on('error', function() end)
      client:write('half of what I have to s')
      await.sleep(50)
      if polite then client:_end() else proxy.stop() end
      peer.wait(function() return ended end)
      if polite then
        assert(ended == true and not failed, tostring(failed))
        proxy.stop()
      else
        assert(failed and failed.code == 'ECONNRESET', tostring(failed))
      end
      client:destroy()
      await(server.close, server)
    end
  end)

  test('a record that was changed on its way', function()
    local server = peer.server()
    local shaken = false
    local proxy = peer.proxy(server.port, function(direction, bytes)
      if direction == 'up' and shaken then
        local last = bytes:byte(-1)
        return bytes:sub(1, -2) .. string.char((last + 1) % 256)
      end
      return bytes
    end)
    local client = assert(peer.connect(proxy.port))
    await.sleep(50)
    shaken = true
    local failed
    client:on('error', function(err) failed = err end)
    client:write('sealed')
    peer.wait(function() return failed end)
    assert(failed.code == 'ERR_SSL_SSLV3_ALERT_BAD_RECORD_MAC', failed.code)
    assert(server.errors[#server.errors] == 'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC', server.errors[#server.errors])
    proxy.stop()
    peer.serves(server)
    await(server.close, server)
  end)

  test('tickets of another server, and changed ones, make whole handshakes', function()
    local session
    local first = peer.server()
    local second = peer.server({ cert = peer.fixture('rsa-cert.pem'), key = peer.fixture('rsa-key.pem') })
    local client = assert(peer.connect(first.port, { servername = 'localhost' }))
    client:on('session', function(found) session = session or found end)
    client:write('x')
    await.once(client, 'data')
    client:destroy()
    -- The client remembers by name: the second server gets what the first one gave.
    local again = assert(peer.connect(second.port, { servername = 'localhost', session = session }))
    assert(not again:isSessionReused())
    again:destroy()
    await(first.close, first)
    peer.serves(second)
    await(second.close, second)
  end)
end)
