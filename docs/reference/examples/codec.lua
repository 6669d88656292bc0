-- A server that answers in capitals, as three small functions that know nothing of sockets.
local uv = require('uv')
local codec = require('codec')

-- Bytes in, lines out.
local function lines(read, write)
  local rest = ''
  for chunk in read do
    rest = rest .. chunk
    rest = rest:gsub('(.-)\n', function(line) write(line) return '' end)
  end
  write()
end

local function app(read, write)
  for line in read do write(line:upper()) end
  write()
end

local function encode(read, write)
  for line in read do write(line .. '!\n') end
  write()
end

local server = uv.new_tcp()
server:bind('127.0.0.1', 0)
server:listen(16, function(err)
  assert(not err, err)
  local peer = uv.new_tcp()
  server:accept(peer)
  server:close()
  codec.chain(lines, app, encode)(codec.wrapStream(peer))
end)

local client, script = uv.new_tcp(), assert(coroutine.running())
client:connect('127.0.0.1', server:getsockname().port, function(err) coroutine.resume(script, err) end)
assert(not coroutine.yield())

local read, write = codec.wrapStream(client)
write('good\nmor')
write('ning\n')
write()               -- our side ends
local answer = {}
for chunk in read do answer[#answer + 1] = chunk end
local text = table.concat(answer):gsub('\n$', ''):gsub('\n', ' ')
print(text)           --> GOOD! MORNING!
