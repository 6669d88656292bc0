-- Passes TCP connections on to another server, or to a local socket.
--
--   luvit examples/tcp-proxy.lua [port] [host] [target]
--   luvit examples/tcp-proxy.lua 7001 127.0.0.1 127.0.0.1:7000
--   luvit examples/tcp-proxy.lua 7001 127.0.0.1 /run/some.sock

local net = require('net')

local port = tonumber(args[2]) or 7001
local host = args[3] or "127.0.0.1"
local target = args[4] or "127.0.0.1:7000"

local function connect()
  local name, number = target:match("^(.*):(%d+)$")
  -- Either side may end what it sends and still get the rest from the other.
  if number then return net.connect({ host = name, port = tonumber(number), allowHalfOpen = true }) end
  return net.connect({ path = target, allowHalfOpen = true })
end

local server = net.createServer({ allowHalfOpen = true }, function (client)
  local upstream = connect()

  upstream:on('error', function (_, err)
    print(tostring(err))
  end)
  client:on('error', function () end)

  -- A pipe reads no faster than the other side takes it.
  client:pipe(upstream)
  upstream:pipe(client)

  -- When one is gone, however that came, so is the other.
  client:on('close', function () upstream:destroy() end)
  upstream:on('close', function () client:destroy() end)
end)

server:on('error', function (err)
  print("cannot listen: " .. tostring(err))
  process.exitCode = 1
end)

server:listen(port, host, function ()
  print("passing tcp://" .. host .. ":" .. server:address().port .. " on to " .. target)
end)
