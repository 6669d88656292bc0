-- UDP packets per second over loopback, sender and receiver in one process. Runs under luvit and under a Lua with luv:
--   luvit bench/uv-udp.lua [SECONDS]      luajit bench/uv-udp.lua [SECONDS]
-- A line a scenario: its name, packets received per second, CPU microseconds (user, system) per packet.

local ok, uv = pcall(require, 'uv')
if not ok then
  uv = require('luv')
end

local seconds = tonumber(arg and (arg[1] or args and args[2])) or 1
local payload = ('x'):rep(64)

---A bound socket and its port.
local function socket(flags)
  local udp = assert(uv.new_udp(flags))
  assert(udp:bind('127.0.0.1', 0))
  return udp, udp:getsockname().port
end

local function cpu()
  local usage = uv.getrusage()
  return usage.utime.sec * 1e6 + usage.utime.usec, usage.stime.sec * 1e6 + usage.stime.usec
end

---Runs a scenario: `start(stop_when)` begins it and returns a function that gives the number of packets received.
local function measure(name, start)
  local timer, done = uv.new_timer(), false
  local received, close = start(function()
    return done
  end)
  local user, system = cpu()
  local began = uv.hrtime()
  timer:start(seconds * 1000, 0, function()
    done = true
    local packets = received()
    local took = (uv.hrtime() - began) / 1e9
    local user_end, system_end = cpu()
    print(('%-24s %9.0f/s  user %.3f  system %.3f'):format(
      name, packets / took, (user_end - user) / packets, (system_end - system) / packets
    ))
    timer:close()
    close()
  end)
  uv.run()
end

-- One packet under way: what a round trip costs.
measure('ping-pong', function()
  local a, port_a = socket()
  local b, port_b = socket()
  local count = 0
  a:recv_start(function(_, data)
    if data then
      count = count + 1
      a:send(data, '127.0.0.1', port_b)
    end
  end)
  b:recv_start(function(_, data)
    if data then
      count = count + 1
      b:send(data, '127.0.0.1', port_a)
    end
  end)
  a:send(payload, '127.0.0.1', port_b)
  return function()
    return count
  end, function()
    a:close()
    b:close()
  end
end)

---A window of 64 packets from one socket to another: as many are sent as were received.
local function window(flags, send)
  return function()
    local to, port = socket(flags)
    local from = socket()
    local count, due = 0, 64
    local function refill()
      while due > 0 do
        due = due - 1
        send(from, port)
      end
    end
    to:recv_start(function(_, data)
      if data then
        count = count + 1
        due = due + 1
        if due >= 32 then
          refill()
        end
      end
    end)
    refill()
    return function()
      return count
    end, function()
      to:close()
      from:close()
    end
  end
end

local function nothing() end

measure('send', window(nil, function(from, port)
  from:send(payload, '127.0.0.1', port, nothing)
end))
measure('try_send', window(nil, function(from, port)
  from:try_send(payload, '127.0.0.1', port)
end))
measure('try_send, mmsgs = 20', window({ mmsgs = 20 }, function(from, port)
  from:try_send(payload, '127.0.0.1', port)
end))
