-- JSON: a document of records of about 1 MB, parsed and written again and again.
--   luvit bench/json.lua          luvit's own module
--   luvit bench/json.lua cjson    Debian's lua-cjson in the same process kind
-- Prints one line of JSON: {"peer": ..., "parse_mb_s": ..., "stringify_mb_s": ...}.
-- bench/json.js builds the same document for node.

local peer = (args or arg)[1] or 'luvit'
local parse, stringify
if peer == 'cjson' then
  local cjson = require('cjson')
  parse, stringify = cjson.decode, cjson.encode
else
  local json = require('json')
  parse, stringify = json.parse, json.stringify
end

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
local value = parse(text)
local written = stringify(value)
assert(#parse(written) == #value)

collectgarbage()
local parsed = rate(#text, function() return parse(text) end)
collectgarbage()
local stringified = rate(#written, function() return stringify(value) end)
print(string.format('{"peer":"%s","parse_mb_s":%.1f,"stringify_mb_s":%.1f}',
  peer == 'cjson' and 'lua-cjson' or peer, parsed, stringified))
