-- A name server on the loopback address for tests, good or hostile as the test wants it. It makes and reads its
-- messages byte by byte, apart from what it tests.
--
--   local server = dnsServer.start(function(query, reply)
--     reply(dnsServer.answer(query, { dnsServer.a(query.name, '192.0.2.1') }))
--   end)
--   … server.port … server:close()
--
-- `query`: id, name, type, class, edns (its size or nil), tcp (whether it came over TCP), bytes.

local uv = require('uv')

local dnsServer = {}

local function u16(value) return string.char(math.floor(value / 256) % 256, value % 256) end
local function u32(value) return u16(math.floor(value / 65536)) .. u16(value % 65536) end
dnsServer.u16 = u16

-- Encoding -----------------------------------------------------------------------------------------------------------

---A name, uncompressed; labels are what stands between the dots.
function dnsServer.name(name)
  local parts = {}
  for label in name:gmatch('[^.]+') do parts[#parts + 1] = string.char(#label) .. label end
  return table.concat(parts) .. '\0'
end

---A record with the bytes of its data.
function dnsServer.record(name, type, data, ttl, class)
  return dnsServer.name(name) .. u16(type) .. u16(class or 1) .. u32(ttl or 60) .. u16(#data) .. data
end

function dnsServer.a(name, address)
  local bytes = address:gsub('(%d+)%.?', function(byte) return string.char(tonumber(byte)) end)
  return dnsServer.record(name, 1, bytes)
end

function dnsServer.cname(name, target) return dnsServer.record(name, 5, dnsServer.name(target)) end

function dnsServer.txt(name, ...)
  local parts = {}
  for i, text in ipairs({ ... }) do parts[i] = string.char(#text) .. text end
  return dnsServer.record(name, 16, table.concat(parts))
end

---A header: flags are the 16 bits, the counts those of the sections.
function dnsServer.header(id, flags, questions, answers, authority, additional)
  return u16(id) .. u16(flags) .. u16(questions) .. u16(answers) .. u16(authority or 0) .. u16(additional or 0)
end

dnsServer.RESPONSE, dnsServer.TRUNCATED = 0x8180, 0x8380

---The answer to a query from a list of records.
---@param options? { rcode?: integer, flags?: integer, id?: integer, name?: string, type?: integer, authority?: string }
function dnsServer.answer(query, records, options)
  options = options or {}
  local flags = (options.flags or dnsServer.RESPONSE) + (options.rcode or 0)
  local question = dnsServer.name(options.name or query.name) .. u16(options.type or query.type) .. u16(query.class)
  local authority = options.authority
  return dnsServer.header(options.id or query.id, flags, 1, #records, authority and 1 or 0) .. question ..
    table.concat(records) .. (authority or '')
end

-- Decoding -----------------------------------------------------------------------------------------------------------

local function parse(bytes, tcp)
  local function number(at) return bytes:byte(at) * 256 + bytes:byte(at + 1) end
  local query = { id = number(1), flags = number(3), bytes = bytes, tcp = tcp }
  local labels, at = {}, 13
  while bytes:byte(at) ~= 0 do
    local length = bytes:byte(at)
    labels[#labels + 1] = bytes:sub(at + 1, at + length)
    at = at + 1 + length
  end
  query.name, query.type, query.class = table.concat(labels, '.'), number(at + 1), number(at + 3)
  -- The only additional record of a query is OPT: a root name, type 41, the size in the place of the class.
  if number(11) == 1 then
    assert(bytes:byte(at + 5) == 0 and number(at + 6) == 41)
    query.edns = number(at + 8)
    at = at + 11
  end
  assert(#bytes == at + 4, 'bytes after the query')
  return query
end

-- Serving ------------------------------------------------------------------------------------------------------------

local Server = {}
Server.__index = Server

function Server:close()
  for handle in pairs(self.handles) do
    if not handle:is_closing() then handle:close() end
  end
end

local function serveTcp(server, handle)
  server.handles[handle] = true
  local received = ''
  local function close()
    server.handles[handle] = nil
    if not handle:is_closing() then handle:close() end
  end
  handle:read_start(function(err, data)
    if err or not data then return close() end
    received = received .. data
    local length = #received >= 2 and received:byte(1) * 256 + received:byte(2)
    if not length or #received < 2 + length then return end
    local query = parse(received:sub(3, 2 + length), true)
    server:note(query)
    server.handler(query, function(bytes) handle:write(u16(#bytes) .. bytes) end, handle)
  end)
end

function Server:note(query)
  self.queries[#self.queries + 1] = query
end

---Starts a server on a free port of 127.0.0.1, the same one for UDP and TCP.
---@param handler fun(query: table, reply: fun(bytes: string), handle: userdata)
function dnsServer.start(handler, host)
  local server = setmetatable({ handler = handler, handles = {}, queries = {} }, Server)
  host = host or '127.0.0.1'
  local tcp, udp
  for _ = 1, 50 do
    tcp, udp = uv.new_tcp(), uv.new_udp()
    assert(tcp:bind(host, 0))
    server.port = tcp:getsockname().port
    if udp:bind(host, server.port) then break end
    tcp:close()
    udp:close()
  end
  server.handles[tcp], server.handles[udp] = true, true
  assert(tcp:listen(128, function()
    local client = uv.new_tcp()
    tcp:accept(client)
    serveTcp(server, client)
  end))
  assert(udp:recv_start(function(err, data, from)
    assert(not err, err)
    if not data then return end
    local query = parse(data, false)
    query.from = from
    server:note(query)
    server.handler(query, function(bytes) udp:send(bytes, from.ip, from.port) end, udp)
  end))
  -- The tests decide how long a test takes, not the server.
  server.address = { host = host, port = server.port }
  return server
end

return dnsServer
