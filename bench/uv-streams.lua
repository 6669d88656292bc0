-- Streams of `uv`, under luvit and under LuaJIT with Debian's lua-luv:
--
--     luvit bench/uv-streams.lua [NAME …]                    one line a measurement
--     luajit bench/uv-streams.lua [NAME …]
--     luajit bench/uv-streams.lua compare LUVIT [ROUNDS]     both in turns, medians and ratios
--
-- NAME is one of those in `measures` below. Both ends of a connection are in one process and one loop, so that a line
-- counts what both cost. `cpu` is user and system time. `tcp-handles` divides what VmRSS grew by the number of open,
-- reading TCP handles: a bound socket each, so that what the kernel has for a connection does not count.

local uv = require('luv')
local SECONDS = tonumber(os.getenv('BENCH_SECONDS')) or 1

local function cpu()
  local usage = assert(uv.getrusage())
  local function seconds(time) return time.sec + time.usec / 1e6 end
  return seconds(usage.utime) + seconds(usage.stime)
end

-- A listener, and a client connected to it: `callback(client, peer)`.
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

-- Counts until the time is over: `count(n)` adds; `onEnd` closes what is open.
local function measured(onEnd)
  local total, first, timer = 0, cpu(), uv.new_timer()
  local start, elapsed, used = uv.hrtime(), 0, 0
  uv.timer_start(timer, SECONDS * 1000, 0, function()
    elapsed, used = (uv.hrtime() - start) / 1e9, cpu() - first
    uv.close(timer)
    onEnd()
  end)
  return function(n) total = total + n end, function() return total, elapsed, used end
end

-- One message of `size` bytes goes to and fro on each of `connections`.
local function echo(connections, size)
  local message, open, result = ('x'):rep(size), {}, nil
  local count, done = measured(function()
    for _, handle in ipairs(open) do uv.close(handle) end
  end)
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
  uv.run()
  local total, elapsed, used = done()
  result = { rate = total / elapsed, unit = 'round trips/s', cpu = used * 1e6 / total, per = 'us/round trip' }
  return result
end

-- Blocks of `size` bytes go one way; the next is written when one is with the kernel.
local function throughput(open, size)
  local block, handles = ('x'):rep(size), {}
  local count, done = measured(function()
    for _, handle in ipairs(handles) do uv.close(handle) end
  end)
  open(function(output, input)
    handles = { output, input }
    uv.read_start(input, function(_, data)
      if data then count(#data) end
    end)
    local function push(err)
      if not err and not uv.is_closing(output) then uv.write(output, block, push) end
    end
    push()
    push()
  end)
  uv.run()
  local total, elapsed, used = done()
  return { rate = total / elapsed / 1e6, unit = 'MB/s', cpu = used * 1e3 / (total / 1e6), per = 'us/KB' }
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

local function resident()
  local file = assert(io.open('/proc/self/status'))
  local text = file:read('*a')
  file:close()
  return tonumber(text:match('VmRSS:%s*(%d+)')) * 1024
end

local function tcpHandles()
  local COUNT, handles = 10000, {}
  local function onRead() end
  -- What the first ones need once, and the table, do not count.
  for i = 1, COUNT do handles[i] = false end
  local warm = uv.new_tcp('inet')
  uv.close(warm)
  uv.run()
  collectgarbage()
  collectgarbage()
  local before, made = resident(), 0
  for i = 1, COUNT do
    local handle = uv.new_tcp('inet')
    if not handle then break end
    handles[i], made = handle, i
    uv.listen(handle, 1, onRead)
  end
  collectgarbage()
  collectgarbage()
  local grown = resident() - before
  for i = 1, made do uv.close(handles[i]) end
  uv.run()
  return { rate = grown / made, unit = 'bytes/handle', cpu = made, per = 'handles' }
end

local measures = {
  { 'tcp-echo-1', function() return echo(1, 64) end },
  { 'tcp-echo-50', function() return echo(50, 64) end },
  { 'tcp-echo-50-4k', function() return echo(50, 4096) end },
  { 'tcp-throughput', function() return throughput(tcpPair, 65536) end },
  { 'tcp-throughput-4k', function() return throughput(tcpPair, 4096) end },
  { 'pipe-throughput', function() return throughput(pipePair, 65536) end },
  { 'pipe-throughput-4k', function() return throughput(pipePair, 4096) end },
  { 'unix-throughput', function() return throughput(socketPair, 65536) end },
  { 'tcp-handles', tcpHandles },
}

local function median(list)
  table.sort(list)
  return list[math.ceil(#list / 2)]
end

-- Runs both programs in turns and prints what each measured, and luvit divided by luv.
local function compare(luvit, rounds, script)
  print(('%-20s %14s %14s %7s   %10s %10s %7s'):format('', 'luvit', 'luv', 'ratio', 'luvit cpu', 'luv cpu', 'ratio'))
  for _, measure in ipairs(measures) do
    local name, rates, cpus, unit, per = measure[1], { {}, {} }, { {}, {} }, nil, nil
    for _ = 1, rounds do
      for which, program in ipairs({ luvit, 'luajit' }) do
        local pipe = assert(io.popen(('%s %s %s'):format(program, script, name)))
        local rate, cpuUsed
        rate, unit, cpuUsed, per = assert(pipe:read('*a')):match('^%S+ +(%S+) (%S.-) +cpu (%S+) (%S+)')
        pipe:close()
        table.insert(rates[which], tonumber(rate))
        table.insert(cpus[which], tonumber(cpuUsed))
      end
    end
    local a, b, c, d = median(rates[1]), median(rates[2]), median(cpus[1]), median(cpus[2])
    print(('%-20s %14.1f %14.1f %7.2f   %10.3f %10.3f %7.2f   %s, %s'):format(name, a, b, a / b, c, d, c / d, unit, per))
  end
end

local words = rawget(_G, 'args') and { [0] = args[1], unpack(args, 2) } or arg
if words[1] == 'compare' then
  compare(assert(words[2], 'which luvit?'), tonumber(words[3]) or 5, words[0] or 'bench/uv-streams.lua')
else
  for _, measure in ipairs(measures) do
    local wanted = #words == 0
    for _, word in ipairs(words) do wanted = wanted or word == measure[1] end
    if wanted then
      local result = measure[2]()
      io.write(('%-20s %.1f %s  cpu %.3f %s\n'):format(measure[1], result.rate, result.unit, result.cpu, result.per))
    end
  end
end
