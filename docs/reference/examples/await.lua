-- Three clients talk to a server at once, in coroutine style; a fourth asks a server that never answers.

local await = require('await')
local net = require('net')

local server = net.createServer(function(socket)
  -- A callback runs in no coroutine: a task is one.
  await.spawn(function()
    for line in await.events(socket, 'data') do
      if line ~= 'silence' then await(socket.write, socket, line:upper()) end
    end
  end)
end)
assert(await(server.listen, server, 0, '127.0.0.1'))
local port = server:address().port

local function ask(question)
  local socket, err, code = await(net.connect, port, '127.0.0.1')
  if not socket then return nil, err, code end
  await(socket.write, socket, question)
  local answer, why, name = await.once(socket, 'data')
  socket:destroy()
  return answer, why, name
end

for _, answer in ipairs(assert(await.map({ 'one', 'two', 'three' }, 2, ask))) do print(answer) end
--> ONE
--> TWO
--> THREE

print(await.timeout(50, ask, 'silence')) --> nil	ETIMEDOUT: timed out after 50 ms	ETIMEDOUT

local results = await.settled({ function() return ask('four') end, function() error('oops', 0) end })
print(results[1].status, results[1].value) --> done	FOUR
print(results[2].status, results[2].err) --> failed	oops

await(server.close, server)
print('closed') --> closed
