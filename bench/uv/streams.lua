-- Streams. Both ends of a connection are in this process and its loop: a line counts what both cost.

package.path = debug.getinfo(1, 'S').source:match('^@(.*[/\\])') .. '?.lua;' .. package.path
local measure = require('measure')
local uv = measure.uv

---Two connected TCP handles.
---@param callback fun(client: userdata, peer: userdata)
local function tcpPair(callback)
  local server, client = uv.new_tcp(), uv.new_tcp()
  assert(uv.tcp_bind(server, '127.0.0.1', 0))
  local peer, connected
  local function ready()
    if peer and connected then
      uv.close(server)
      callback(client, peer)
    end
  end
  assert(uv.listen(server, 16, function(err)
    assert(not err, err)
    peer = uv.new_tcp()
    assert(uv.accept(server, peer))
    ready()
  end))
  assert(uv.tcp_connect(client, '127.0.0.1', uv.tcp_getsockname(server).port, function(err)
    assert(not err, err)
    connected = true
    ready()
  end))
end

local function pipePair(callback)
  local fds = assert(uv.pipe({ nonblock = true }, { nonblock = true }))
  local output, input = uv.new_pipe(false), uv.new_pipe(false)
  assert(uv.pipe_open(output, fds.write) and uv.pipe_open(input, fds.read))
  callback(output, input)
end

local function socketPair(callback)
  local fds = assert(uv.socketpair('stream', 0, { nonblock = true }, { nonblock = true }))
  local output, input = uv.new_pipe(false), uv.new_pipe(false)
  assert(uv.pipe_open(output, fds[1]) and uv.pipe_open(input, fds[2]))
  callback(output, input)
end

local function closeAll(handles)
  for _, handle in ipairs(handles) do uv.close(handle) end
end

---One message of `size` bytes goes to and fro on each of `connections`.
local function echo(connections, size)
  local message = ('x'):rep(size)
  return function(count)
    local open = {}
    for _ = 1, connections do
      tcpPair(function(client, peer)
        uv.tcp_nodelay(client, true)
        uv.tcp_nodelay(peer, true)
        open[#open + 1], open[#open + 2] = client, peer
        uv.read_start(peer, function(_, data)
          if data then uv.write(peer, data) end
        end)
        local got = 0
        uv.read_start(client, function(_, data)
          if not data then return end
          got = got + #data
          if got == size then
            got = 0
            count(1)
            uv.write(client, message)
          end
        end)
        uv.write(client, message)
      end)
    end
    return function() closeAll(open) end
  end
end

---Blocks of `size` bytes go one way, two on their way at a time; each is written when one is with the kernel.
local function throughput(pair, size)
  local block = ('x'):rep(size)
  return function(count)
    local open = {}
    pair(function(output, input)
      open = { output, input }
      uv.read_start(input, function(_, data)
        if data then count(#data / 1e6) end
      end)
      local function push(err)
        if not err and not uv.is_closing(output) then uv.write(output, block, push) end
      end
      push()
      push()
    end)
    return function() closeAll(open) end
  end
end

measure.loop('tcp echo, 1 connection', 'round trips/s', echo(1, 64))
measure.loop('tcp echo, 50 connections', 'round trips/s', echo(50, 64))
measure.loop('tcp echo, 50, 4 KiB', 'round trips/s', echo(50, 4096))
measure.loop('tcp, blocks of 64 KiB', 'MB/s', throughput(tcpPair, 65536))
measure.loop('tcp, blocks of 4 KiB', 'MB/s', throughput(tcpPair, 4096))
measure.loop('pipe, blocks of 64 KiB', 'MB/s', throughput(pipePair, 65536))
measure.loop('pipe, blocks of 4 KiB', 'MB/s', throughput(pipePair, 4096))
measure.loop('unix socket, blocks of 64 KiB', 'MB/s', throughput(socketPair, 65536))
