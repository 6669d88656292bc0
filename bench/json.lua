-- JSON: a document of records of about 1 MB, parsed and written again and again, by luvit's own
-- module and by lua-cjson (Debian's lua-cjson, if it is installed) in the same process.
-- Prints a line of JSON for each: {"peer": ..., "parse_mb_s": ..., "stringify_mb_s": ...}, in
-- megabytes a second of CPU time. bench/json.js does the same with the same document for node.

local json = require('json')
local hasCjson, cjson = pcall(require, 'cjson')

local cities = { 'Berlin', 'Buenos Aires', 'Kyoto', 'Nairobi', 'San Francisco' }

---@param size integer bytes
local function document(size)
  local records, length = {}, 2
  local i = 0
  while length < size do
    i = i + 1
    local record = string.format(
      '{"id":%d,"name":"User %d","email":"user%d@example.com","active":%s,"score":%d.%02d,'
        .. '"address":{"street":"%d Main Street","city":"%s","zip":"%05d"},'
        .. '"tags":["alpha","beta-%d"],"manager":null,"bio":"Likes \\"quotes\\" and long walks, joined in %d."}',
      i, i, i, i % 3 == 0 and 'true' or 'false', i % 100, i % 89 + 10,
      i % 500, cities[i % 5 + 1], i * 7 % 99999, i % 10, 1990 + i % 30)
    records[i] = record
    length = length + #record + 1
  end
  return '[' .. table.concat(records, ',') .. ']'
end

--- Megabytes a second of `fn`, which handles `bytes` a call: the best of five rounds.
local function rate(bytes, fn)
  local best = 0
  for _ = 1, 5 do
    local count, start, spent = 0, os.clock(), 0
    repeat
      fn()
      count = count + 1
      spent = os.clock() - start
    until spent > 0.4
    best = math.max(best, bytes * count / spent / 1e6)
  end
  return best
end

local text = document(1000000)

local function measure(peer, parse, stringify)
  local value = parse(text)
  local written = stringify(value)
  assert(#parse(written) == #value)
  collectgarbage()
  local parsed = rate(#text, function() return parse(text) end)
  collectgarbage()
  local stringified = rate(#written, function() return stringify(value) end)
  print(json.stringify({
    peer = peer,
    parse_mb_s = math.floor(parsed * 10) / 10,
    stringify_mb_s = math.floor(stringified * 10) / 10,
  }, { keyorder = { 'peer', 'parse_mb_s', 'stringify_mb_s' } }))
  collectgarbage()
end

measure('luvit', json.parse, json.stringify)
if hasCjson then measure('lua-cjson', cjson.decode, cjson.encode) end
