-- Two sockets that talk: one answers whoever asks, the other knows one peer.
local dgram = require('dgram')

local server = dgram.createSocket('udp4')
server:on('message', function(data, rinfo)
  print('server got', data, 'from', rinfo.ip)
  server:send(data:upper(), rinfo.port, rinfo.ip)
end)
server:on('error', function(_, detail) print(detail) end)
server:bind(0, '127.0.0.1')

local client = dgram.createSocket('udp4')
client:on('message', function(data)
  print('client got', data)
  -- Nothing keeps the program alive any more.
  client:close()
  server:close()
end)

client:connect(server:address().port, '127.0.0.1', function()
  -- A datagram that no network carries is refused at once.
  client:send(('x'):rep(100000), function(err, detail)
    print(err, detail.code == err)
    client:send('hello')
  end)
end)
--> EMSGSIZE	true
--> server got	hello	from	127.0.0.1
--> client got	HELLO
