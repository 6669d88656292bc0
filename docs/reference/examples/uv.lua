local uv = require('uv')

-- What the system refuses comes back as nil, the text and the name of the error.
print(uv.fs_open('/no/such/file', 'r', 0))
--> nil	ENOENT: no such file or directory: /no/such/file	ENOENT

-- Functions of a handle are methods of it too.
local function later(callback)
  local timer = uv.new_timer()
  timer:start(10, 0, function()
    timer:close()
    callback()
  end)
end

-- A server that sends back what it gets.
local server = uv.new_tcp()
assert(server:bind('127.0.0.1', 0))
assert(server:listen(128, function(err)
  assert(not err, err)
  local peer = uv.new_tcp()
  server:accept(peer)
  peer:read_start(function(_, data)
    if data then peer:write(data) else peer:close() end
  end)
end))

local address = server:getsockname()
local client = uv.new_tcp()
client:connect(address.ip, address.port, function(err)
  assert(not err, err)
  client:write('hello')
  client:read_start(function(_, data)
    if not data then return end
    print('the server says ' .. data)
    later(function()
      print('ten milliseconds later')
      client:close()
      server:close()
    end)
  end)
end)

print('the loop runs when the script has ended')
--> the loop runs when the script has ended
--> the server says hello
--> ten milliseconds later
