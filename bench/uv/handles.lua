-- What open TCP handles hold in the process: VmRSS has nothing of what the kernel keeps for a socket. Both ends of every
-- connection are here, connected and reading: 10,000 handles are 5,000 connections.

package.path = debug.getinfo(1, 'S').source:match('^@(.*[/\\])') .. '?.lua;' .. package.path
local measure = require('measure')
local uv = measure.uv

local HANDLES = 10000

local handles = {}
-- The list's own memory does not count.
for i = 1, HANDLES do handles[i] = false end

local function onRead() end

---Fills the list with `count` handles, connected two by two.
local function connect(count)
  local made, server = 0, uv.new_tcp()
  local function keep(handle)
    assert(uv.read_start(handle, onRead))
    made = made + 1
    handles[made] = handle
  end
  assert(uv.tcp_bind(server, '127.0.0.1', 0))
  assert(uv.listen(server, 128, function(err)
    assert(not err, err)
    local peer = uv.new_tcp()
    assert(uv.accept(server, peer))
    keep(peer)
  end))
  local port = uv.tcp_getsockname(server).port
  -- One after another, so that nothing but what stays is ever needed at once.
  local function onConnect(err)
    assert(not err, err)
    keep(handles[0])
    if made < count - 1 then
      handles[0] = uv.new_tcp()
      assert(uv.tcp_connect(handles[0], '127.0.0.1', port, onConnect))
    end
  end
  handles[0] = uv.new_tcp()
  assert(uv.tcp_connect(handles[0], '127.0.0.1', port, onConnect))
  while made < count do uv.run('once') end
  handles[0] = nil
  uv.close(server)
  uv.run('nowait')
  return made
end

local function closeAll()
  for i, handle in ipairs(handles) do
    if handle then uv.close(handle) end
    handles[i] = false
  end
  uv.run()
end

-- What the first ones need once does not count either.
connect(20)
closeAll()

measure.memory('open TCP handles', 'bytes/handle', function()
  return connect(HANDLES), closeAll
end)
