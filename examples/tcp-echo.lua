-- A TCP server that sends back what it gets.
--
--   luvit examples/tcp-echo.lua [port] [host]
--   nc 127.0.0.1 7000

local net = require('net')

local port = tonumber(args[2]) or 7000
local host = args[3] or "127.0.0.1"

local server = net.createServer(function (client)
  client:on('error', function (err)
    print("a client failed: " .. tostring(err))
  end)
  -- A pipe reads no faster than it can write, and ends when its source ends.
  client:pipe(client)
end)

server:on('error', function (err)
  print("cannot listen: " .. tostring(err))
  process.exitCode = 1
end)

server:listen(port, host, function ()
  print("listening at tcp://" .. host .. ":" .. server:address().port)
end)
