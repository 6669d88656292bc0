-- UDP packets of 64 bytes over loopback, sender and receiver in one process. What is counted was received.

package.path = debug.getinfo(1, 'S').source:match('^@(.*[/\\])') .. '?.lua;' .. package.path
local measure = require('measure')
local uv = measure.uv

local payload = ('x'):rep(64)

---A bound socket and its port.
local function socket(flags)
  local udp = assert(uv.new_udp(flags))
  assert(udp:bind('127.0.0.1', 0))
  return udp, udp:getsockname().port
end

-- One packet under way: what a round trip costs.
measure.loop('udp, to and fro', 'packets/s', function(count)
  local a, portA = socket()
  local b, portB = socket()
  local function answer(from, port)
    from:recv_start(function(_, data)
      if data then
        count(1)
        from:send(data, '127.0.0.1', port)
      end
    end)
  end
  answer(a, portB)
  answer(b, portA)
  a:send(payload, '127.0.0.1', portB)
  return function()
    a:close()
    b:close()
  end
end)

---A window of 64 packets from one socket to another: as many are sent as were received.
local function window(flags, send)
  return function(count)
    local to, port = socket(flags)
    local from = socket()
    local due = 64
    local function refill()
      while due > 0 do
        due = due - 1
        send(from, port)
      end
    end
    to:recv_start(function(_, data)
      if data then
        count(1)
        due = due + 1
        if due >= 32 then refill() end
      end
    end)
    refill()
    return function()
      to:close()
      from:close()
    end
  end
end

local function nothing() end

measure.loop('udp send', 'packets/s', window(nil, function(from, port)
  from:send(payload, '127.0.0.1', port, nothing)
end))
measure.loop('udp try_send', 'packets/s', window(nil, function(from, port)
  from:try_send(payload, '127.0.0.1', port)
end))
measure.loop('udp try_send, mmsgs = 20', 'packets/s', window({ mmsgs = 20 }, function(from, port)
  from:try_send(payload, '127.0.0.1', port)
end))
