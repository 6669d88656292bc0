-- Records, addresses and errors. The name server of this program is its own, so that it needs no network.
local dgram = require('dgram')
local dns = require('dns')

-- It sends every question back with an address behind it.
local server = dgram.createSocket('udp4')
server:on('message', function(query, from)
  local question = query:sub(13, query:find('\0', 13, true) + 4)
  local record = '\192\12\0\1\0\1\0\0\0\60\0\4\192\0\2\1'
  server:send(query:sub(1, 2) .. '\129\128\0\1\0\1\0\0\0\0' .. question .. record, from.port, from.ip)
end)
server:bind(0, '127.0.0.1')
dns.setServers({ { host = '127.0.0.1', port = server:address().port } })

-- With a callback …
dns.resolve4('host.example.', function(err, records)
  if err then return print(err) end
  print(records[1].name, records[1].address, records[1].ttl)
  --> host.example	192.0.2.1	60

  -- … or in a coroutine, which waits.
  coroutine.wrap(function()
    local thread = coroutine.running()
    local _, failure = dns.resolveMx('host..example', thread)
    print(failure)
    --> EBADNAME: not a domain name, queryMx host..example
    print(failure.name)
    --> EBADNAME

    -- As the system does, for a program that wants to connect.
    print(dns.lookup('127.0.0.1', thread))
    --> 127.0.0.1	4
    print(dns.resolve6('localhost', thread)[1].address)
    --> ::1
    server:close()
  end)()
end)
