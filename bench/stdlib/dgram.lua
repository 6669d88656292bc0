-- `dgram` beside bare `uv`: packets of 64 bytes over loopback, sender and receiver in one process. What is counted was
-- received. See bench/uv/measure.lua for the output, bench/uv/udp.lua for more of `uv`.

local here = debug.getinfo(1, 'S').source:match('^@(.*[/\\])')
package.path = here .. '../uv/?.lua;' .. package.path
local measure = require('measure')
local uv = require('uv')
local dgram = require('dgram')

local PAYLOAD = ('x'):rep(64)
local WINDOW = 64

-- A window of packets from one socket to another: as many are sent as were received. `listen(receive)` returns a port
-- and what closes the socket, `sender(port)` what sends a packet and what closes that.
local function window(listen, sender)
  return function(count)
    local due = WINDOW
    local send, closeSender
    local function refill()
      while due > 0 do
        due = due - 1
        send()
      end
    end
    local port, closeReceiver = listen(function()
      count(1)
      due = due + 1
      if due >= WINDOW / 2 then refill() end
    end)
    send, closeSender = sender(port)
    refill()
    return function()
      closeReceiver()
      closeSender()
    end
  end
end

local function listenBare(receive)
  local socket = uv.new_udp()
  socket:bind('127.0.0.1', 0)
  socket:recv_start(function(_, data) if data then receive() end end)
  return socket:getsockname().port, function() socket:close() end
end

local function listenDgram(receive)
  local socket = dgram.createSocket('udp4', receive)
  socket:bind(0, '127.0.0.1')
  return socket:address().port, function() socket:close() end
end

local function nothing() end

for _, callback in ipairs({ false, nothing }) do
  local name = callback and ', with a callback' or ''
  measure.loop('bare uv' .. name, 'packets/s', window(listenBare, function(port)
    local socket = uv.new_udp()
    socket:bind('127.0.0.1', 0)
    return function() socket:send(PAYLOAD, '127.0.0.1', port, callback or nil) end, function() socket:close() end
  end))
  measure.loop('dgram' .. name, 'packets/s', window(listenDgram, function(port)
    local socket = dgram.createSocket('udp4')
    socket:bind(0, '127.0.0.1')
    return function() socket:send(PAYLOAD, port, '127.0.0.1', callback or nil) end, function() socket:close() end
  end))
end
