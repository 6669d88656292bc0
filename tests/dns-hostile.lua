-- Servers that mean harm, or are broken, and what comes from somebody else.

local dns = require('dns')
local dnsServer = require('dns-server')
local timer = require('timer')

local answer, a, name, u16 = dnsServer.answer, dnsServer.a, dnsServer.name, dnsServer.u16
local RESPONSE, TRUNCATED = dnsServer.RESPONSE, dnsServer.TRUNCATED

-- Asks a server that `handler` plays; `check` gets what the callback gets, and the queries of the server.
local function ask(expect, handler, check, options)
  options = options or {}
  local server = dnsServer.start(handler)
  dns.setTimeout(options.timeout or 150)
  dns.query({ { host = '127.0.0.1', port = server.port, tcp = options.tcp } }, options.name or 'a.example', 1,
    options.type or 1, expect(function(err, records)
      dns.setDefaultTimeout()
      check(err, records, server.queries)
      server:close()
    end, 1))
  return server
end

local function good(query) return answer(query, { a(query.name, '192.0.2.1') }) end

local function isGood(err, records)
  assert(not err, tostring(err))
  assert(#records == 1 and records[1].address == '192.0.2.1')
end

local function question(query) return name(query.name) .. u16(query.type) .. u16(query.class) end

require('tap')(function(test)
  test('what answers another question is passed over', function(expect)
    local forged = function(query) return { a(query.name, '203.0.113.66') } end
    ask(expect, function(query, reply)
      reply(answer(query, forged(query), { id = (query.id + 1) % 65536 }))
      reply(answer(query, forged(query), { name = 'b.example' }))
      reply(answer(query, forged(query), { type = 28 }))
      -- A query, another kind of message, and nothing at all.
      reply(answer(query, forged(query), { flags = 0x0100 }))
      reply(answer(query, forged(query), { flags = RESPONSE + 0x2800 }))
      reply('')
      reply('x')
      reply(('\0'):rep(12))
      reply(good(query))
    end, isGood)
  end)

  test('letters of the question may come back in another case', function(expect)
    ask(expect, function(query, reply)
      reply(answer(query, { a('A.exaMple', '192.0.2.1') }, { name = 'A.EXAMPLE' }))
    end, isGood)
  end)

  test('who guesses ids is not listened to: the question goes over TCP', function(expect)
    ask(expect, function(query, reply)
      if query.tcp then return reply(good(query)) end
      for i = 1, 100 do reply(answer(query, { a(query.name, '203.0.113.66') }, { id = (query.id + i) % 65536 })) end
      reply(answer(query, { a(query.name, '203.0.113.66') }))
    end, function(err, records, queries)
      isGood(err, records)
      assert(#queries == 2 and queries[2].tcp)
    end)
  end)

  test('what comes from elsewhere is not received', function(expect, uv)
    local stranger = uv.new_udp()
    ask(expect, function(query, reply)
      stranger:send(answer(query, { a(query.name, '203.0.113.66') }), '127.0.0.1', query.from.port)
      timer.setTimeout(20, function() reply(good(query)) end)
    end, function(err, records)
      isGood(err, records)
      stranger:close()
    end)
  end)

  test('truncated: asked again over TCP', function(expect)
    ask(expect, function(query, reply)
      if query.tcp then return reply(good(query)) end
      -- Cut in the middle of a record.
      reply(answer(query, { a(query.name, '192.0.2.9') }, { flags = TRUNCATED }):sub(1, -3))
    end, function(err, records, queries)
      isGood(err, records)
      assert(#queries == 2 and not queries[1].tcp and queries[2].tcp and queries[1].id ~= queries[2].id)
    end)
  end)

  test('truncated over TCP too makes no sense', function(expect)
    ask(expect, function(query, reply)
      reply(answer(query, {}, { flags = TRUNCATED }))
    end, function(err) assert(err.name == 'EBADRESP') end)
  end)

  test('a server without EDNS is asked without', function(expect)
    for _, rcode in ipairs({ 1, 4 }) do
      for _, bare in ipairs({ true, false }) do
        ask(expect, function(query, reply)
          if not query.edns then return reply(good(query)) end
          reply(bare and dnsServer.header(query.id, RESPONSE + rcode, 0, 0) or answer(query, {}, { rcode = rcode }))
        end, function(err, records, queries)
          isGood(err, records)
          assert(#queries == 2)
        end)
      end
    end
  end)

  test('a large answer, and one larger than any datagram', function(expect)
    local texts = {}
    for i = 1, 4 do texts[i] = ('x'):rep(250) end
    ask(expect, function(query, reply) reply(answer(query, { dnsServer.txt(query.name, unpack(texts)) })) end,
      function(err, records) assert(not err and #records[1].txt == 4) end, { type = 16 })
    local many = {}
    for i = 1, 240 do many[i] = ('y'):rep(255) end
    ask(expect, function(query, reply)
      if not query.tcp then return reply(answer(query, {}, { flags = TRUNCATED })) end
      reply(answer(query, { dnsServer.txt(query.name, unpack(many)) }))
    end, function(err, records) assert(not err and #records[1].txt == 240) end, { type = 16, timeout = 2000 })
    ask(expect, function(query, reply)
      if not query.tcp then return reply(answer(query, {}, { flags = TRUNCATED })) end
      local records = {}
      for i = 1, 2500 do records[i] = a(query.name, '192.0.2.1') end
      reply(answer(query, records))
    end, function(err, records) assert(not err and #records == 2500, tostring(err)) end, { timeout = 2000 })
  end)

  local broken = {
    ['a name that points to itself'] = function(query)
      return dnsServer.header(query.id, RESPONSE, 1, 1) .. question(query) ..
        '\192' .. string.char(12 + #question(query)) .. u16(1) .. u16(1) .. '\0\0\0\1' .. u16(4) .. '\1\2\3\4'
    end,
    ['names that point to each other'] = function(query)
      local at = 12 + #question(query)
      return dnsServer.header(query.id, RESPONSE, 1, 1) .. question(query) ..
        '\192' .. string.char(at + 2) .. '\192' .. string.char(at) ..
        u16(1) .. u16(1) .. '\0\0\0\1' .. u16(4) .. '\1\2\3\4'
    end,
    ['a name that points forward'] = function(query)
      return dnsServer.header(query.id, RESPONSE, 1, 1) .. question(query) ..
        '\192\255' .. u16(1) .. u16(1) .. '\0\0\0\1' .. u16(4) .. '\1\2\3\4' .. ('\0'):rep(255)
    end,
    ['a label of a kind that does not exist'] = function(query)
      return dnsServer.header(query.id, RESPONSE, 1, 1) .. question(query) ..
        '\128x\0' .. u16(1) .. u16(1) .. '\0\0\0\1' .. u16(4) .. '\1\2\3\4'
    end,
    ['a name that is too long'] = function(query)
      return answer(query, { dnsServer.record(('x'):rep(60) .. ('.' .. ('x'):rep(60)):rep(4), 1, '\1\2\3\4') })
    end,
    ['a record that is cut off'] = function(query) return good(query):sub(1, -2) end,
    ['bytes at the end'] = function(query) return good(query) .. 'x' end,
    ['fewer records than it says'] = function(query)
      return dnsServer.header(query.id, RESPONSE, 1, 65535) .. question(query)
    end,
    ['an address of three bytes'] = function(query)
      return answer(query, { dnsServer.record(query.name, 1, '\1\2\3') })
    end,
    ['an address of five bytes'] = function(query)
      return answer(query, { dnsServer.record(query.name, 1, '\1\2\3\4\5') })
    end,
    ['two questions'] = function(query)
      return dnsServer.header(query.id, RESPONSE, 2, 0) .. question(query) .. question(query)
    end,
    ['no question'] = function(query) return dnsServer.header(query.id, RESPONSE, 0, 0) end,
    ['a broken record of another section'] = function(query)
      return dnsServer.header(query.id, RESPONSE, 1, 0, 1) .. question(query) .. '\0'
    end,
    ['a text that is longer than its record'] = function(query)
      return answer(query, { dnsServer.record(query.name, 16, '\200x') })
    end,
    ['an OPT record that is broken'] = function(query)
      return dnsServer.header(query.id, RESPONSE, 1, 0, 0, 1) .. question(query) ..
        '\0' .. u16(41) .. u16(1232) .. '\0\0\0\0' .. u16(3) .. '\0\10\0'
    end,
    ['aliases that go in a circle'] = function(query)
      return answer(query, { dnsServer.cname('a.example', 'b.example'), dnsServer.cname('b.example', 'a.example') })
    end,
    ['an alias of itself'] = function(query) return answer(query, { dnsServer.cname('a.example', 'a.example') }) end,
  }
  for what, bytes in pairs(broken) do
    test('broken: ' .. what, function(expect)
      ask(expect, function(query, reply) reply(bytes(query)) end, function(err, records)
        assert(not records and err.name == 'EBADRESP', tostring(err))
        assert(tostring(err) == 'EBADRESP: the answer makes no sense, queryA a.example')
      end)
      ask(expect, function(query, reply) reply(bytes(query)) end, function(err)
        assert(err.name == 'EBADRESP', tostring(err))
      end, { tcp = true })
    end)
  end

  test('aliases without an end, one a question', function(expect)
    ask(expect, function(query, reply)
      local number = tonumber(query.name:match('%d+') or 0)
      reply(answer(query, { dnsServer.cname(query.name, ('n%d.example'):format(number + 1)) }))
    end, function(err, _, queries)
      assert(err.name == 'EBADRESP' and #queries < 12)
    end)
  end)

  test('after a broken server the next one is asked', function(expect)
    local second = dnsServer.start(function(query, reply) reply(good(query)) end)
    local first
    first = dnsServer.start(function(query, reply) reply(good(query) .. 'x') end)
    dns.query({ first.address, second.address }, 'a.example', 1, 1, expect(function(err, records)
      isGood(err, records)
      assert(records[1].server.port == second.port)
      first:close()
      second:close()
    end, 1))
  end)

  test('a server that fails is worth more than one that is silent', function(expect)
    local silent = dnsServer.start(function() end)
    local failing
    failing = dnsServer.start(function(query, reply) reply(answer(query, {}, { rcode = 2 })) end)
    dns.setTimeout(20)
    dns.query({ failing.address, silent.address }, 'a.example', 1, 1, expect(function(err)
      assert(err.name == 'ESERVFAIL' and err.code == 2)
      dns.setDefaultTimeout()
      silent:close()
      failing:close()
    end, 1))
  end)

  test('nobody listens', function(expect)
    local gone = dnsServer.start(function() end)
    gone:close()
    for _, tcp in ipairs({ true, false }) do
      dns.setTimeout(500)
      dns.query({ { host = '127.0.0.1', port = gone.port, tcp = tcp } }, 'a.example', 1, 1, expect(function(err)
        -- Windows does not tell of UDP.
        assert(err.name == 'ECONNREFUSED' or err.name == 'ETIMEOUT' or err.name == 'ECONNRESET', tostring(err))
        dns.setDefaultTimeout()
      end, 1))
    end
    dns.query({ 'fe80::1%no-such-zone' }, 'a.example', 1, 1, expect(function(err)
      assert(err.code == err.name and tostring(err):find('queryA a.example', 1, true))
    end, 1))
  end)

  test('TCP: byte by byte, closed early, silent, and more than it says', function(expect, uv)
    local function tcp(handler, check, timeout)
      ask(expect, handler, check, { tcp = true, timeout = timeout })
    end
    tcp(function(query, _, handle)
      local bytes = good(query)
      bytes = u16(#bytes) .. bytes
      local index = 0
      local tick = uv.new_timer()
      tick:start(0, 1, function()
        index = index + 1
        if not handle:is_closing() and index <= #bytes then handle:write(bytes:sub(index, index)) end
        if index > #bytes then tick:close() end
      end)
    end, isGood, 5000)
    tcp(function(query, _, handle)
      handle:write(good(query):sub(1, 10), function() if not handle:is_closing() then handle:close() end end)
    end, function(err) assert(err.name == 'EBADRESP' or err.name == 'ECONNRESET', tostring(err)) end)
    tcp(function(_, _, handle) handle:close() end, function(err)
      assert(err.name == 'EBADRESP' or err.name == 'ECONNRESET', tostring(err))
    end)
    tcp(function() end, function(err) assert(err.name == 'ETIMEOUT') end, 50)
    tcp(function(query, reply)
      reply(good(query))
      reply(('x'):rep(60000))
    end, isGood)
    tcp(function(query, _, handle)
      -- Without an end: what is more than a message is not waited for.
      handle:write('\255\255' .. good(query))
      local chunk = ('x'):rep(65536)
      local function more(err)
        if not err and not handle:is_closing() then handle:write(chunk, more) end
      end
      more()
    end, function(err) assert(err.name == 'EBADRESP' or err.name == 'ECONNRESET', tostring(err)) end, 5000)
  end)

  test('garbage of all sizes', function(expect, uv)
    local size = 0
    ask(expect, function(query, reply)
      for _ = 1, 10 do
        size = size + 37
        reply(u16(query.id) .. uv.random(size))
      end
    end, function(err) assert(err, 'garbage was taken for an answer') end, { timeout = 50 })
  end)

  test('what a record names does not replace what it is', function(expect)
    ask(expect, function(query, reply)
      local record = dnsServer.record
      reply(answer(query, { record(query.name, 257, '\0\4namex'), record(query.name, 257, '\0\3ttlx') }))
    end, function(err, records)
      assert(not err and #records == 2)
      assert(records[1].name == 'a.example' and records[1].tag == 'name' and records[1].value == 'x')
      assert(records[2].ttl == 60)
    end, { type = 257 })
  end)

  test('times that are none, and records of another class', function(expect)
    ask(expect, function(query, reply)
      reply(answer(query, {
        dnsServer.record(query.name, 1, '\192\0\2\1', 2 ^ 31), dnsServer.record(query.name, 1, '\1\2', 60, 3),
      }))
    end, function(err, records)
      isGood(err, records)
      assert(records[1].ttl == 0)
    end)
  end)

  test('thousands of queries leave nothing behind', function(_, uv)
    local server = dnsServer.start(function(query, reply)
      local kind = tonumber(query.name:match('%d+')) % 5
      if kind == 0 then return reply(answer(query, {}, { rcode = 3 })) end
      if kind == 1 and not query.tcp then return reply(answer(query, {}, { flags = TRUNCATED })) end
      if kind == 2 then return reply(good(query) .. 'x') end
      reply(good(query))
    end)
    local function round(count)
      local left, next = count, 0
      local function more()
        if next == count then return end
        next = next + 1
        dns.query({ server.address }, ('n%d.example'):format(next), 1, 1, function()
          left = left - 1
          more()
        end)
      end
      for _ = 1, 20 do more() end
      while left > 0 do uv.run('once') end
      server.queries = {}
      collectgarbage()
      collectgarbage()
      return collectgarbage('count')
    end
    local before = round(500)
    local after = round(2000)
    server:close()
    assert(after < before + 200, ('%d KB, then %d KB'):format(before, after))
  end)
end)
