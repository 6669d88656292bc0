-- One question to one server: a socket of its own, a timer, the answer.

local uv = require('uv')
local timer = require('timer')
local native = require('luvit:dns')

-- Each exchange has its own socket, so that the system chooses a random port for it. More than these wait.
local MAX_SOCKETS = 128
-- A server sends one answer. Whoever sends more is guessing, and cannot guess over TCP.
local MAX_STRANGE = 20

local transport = {}

local open, waiting, first, last = 0, {}, 1, 0

-- Calls `start` now or when there is a socket to spare.
local function whenFree(exchange, start)
  if open < MAX_SOCKETS then
    open = open + 1
    exchange.started = true
    start(exchange)
  else
    last = last + 1
    waiting[last] = { exchange, start }
  end
end

local function free()
  open = open - 1
  while first <= last and open < MAX_SOCKETS do
    local exchange, start = waiting[first][1], waiting[first][2]
    waiting[first] = nil
    first = first + 1
    if not exchange.done then whenFree(exchange, start) end
  end
  if first > last then first, last = 1, 0 end
end

local function close(exchange)
  if exchange.done then return false end
  exchange.done = true
  if exchange.handle then uv.close(exchange.handle) end
  if exchange.timer then uv.close(exchange.timer) end
  if exchange.started then free() end
  return true
end

local function finish(exchange, code, answer)
  if close(exchange) then exchange.callback(code, answer) end
end

-- What fails at once is told later: the caller is not prepared to hear of it before it has the exchange.
local function failed(exchange, code)
  timer.setImmediate(finish, exchange, code)
end

local function startTimer(exchange)
  exchange.timer = uv.new_timer()
  uv.timer_start(exchange.timer, math.ceil(exchange.timeout), 0, function() finish(exchange, 'ETIMEOUT') end)
end

-- Calls a function of `uv` that raises an error for an address that the system does not know, a zone for one.
local function withAddress(fn, ...)
  local called, result, _, code = pcall(fn, ...)
  if not called then return nil, 'EINVAL' end
  return result, code
end

local function startUdp(exchange)
  startTimer(exchange)
  local handle, _, problem = uv.new_udp()
  if not handle then return failed(exchange, problem) end
  exchange.handle = handle
  local server, strange = exchange.server, 0
  -- A connected socket gets nothing from elsewhere, and learns when nobody listens.
  local ok, code = withAddress(uv.udp_connect, handle, server.host, server.port)
  if not ok then return failed(exchange, code) end
  ok, _, code = uv.udp_recv_start(handle, function(err, data)
    if err then return finish(exchange, err) end
    if not data or exchange.done then return end
    local answer, broken = native.answer(data, exchange.bytes)
    if answer then
      finish(exchange, nil, answer)
    elseif broken then
      finish(exchange, 'EBADRESP')
    else
      strange = strange + 1
      if strange == MAX_STRANGE then finish(exchange, nil, { truncated = true, records = {} }) end
    end
  end)
  if not ok then return failed(exchange, code) end
  ok, _, code = uv.udp_send(handle, exchange.bytes, nil, nil, function(err)
    if err and err ~= 'ECANCELED' then finish(exchange, err) end
  end)
  if not ok then failed(exchange, code) end
end

-- The message that `parts` begin with, behind its length (RFC 1035, section 4.2.2); nil while it is not complete.
local function framed(parts, size)
  if size < 2 then return nil end
  if #parts[1] < 2 then parts[1], parts[2] = parts[1] .. parts[2], '' end
  local high, low = parts[1]:byte(1, 2)
  local length = high * 256 + low
  if size < 2 + length then return nil end
  return table.concat(parts):sub(3, 2 + length)
end

local function startTcp(exchange)
  startTimer(exchange)
  local handle, _, problem = uv.new_tcp()
  if not handle then return failed(exchange, problem) end
  exchange.handle = handle
  local server, parts, size = exchange.server, {}, 0
  local function received(err, data)
    if err then return finish(exchange, err) end
    if exchange.done then return end
    if not data then return finish(exchange, 'EBADRESP') end
    if data == '' then return end
    parts[#parts + 1] = data
    size = size + #data
    local bytes = framed(parts, size)
    if not bytes then return end
    local answer = native.answer(bytes, exchange.bytes)
    if not answer or answer.truncated then return finish(exchange, 'EBADRESP') end
    finish(exchange, nil, answer)
  end
  local ok, code = withAddress(uv.tcp_connect, handle, server.host, server.port, function(err)
    if exchange.done then return end
    if err then return finish(exchange, err) end
    local length = #exchange.bytes
    local head = string.char(math.floor(length / 256), length % 256)
    uv.read_start(handle, received)
    uv.write(handle, { head, exchange.bytes }, function(writeErr)
      if writeErr and writeErr ~= 'ECANCELED' then finish(exchange, writeErr) end
    end)
  end)
  if not ok then failed(exchange, code) end
end

---Sends a question to a server and waits for the answer.
---@param server luvit.dns.Server
---@param bytes string the question
---@param tcp boolean
---@param timeout number milliseconds
---@param callback fun(code?: string, answer?: table) an answer that is `truncated` has to be asked for over TCP
---@return fun() cancel after it the callback is not called
function transport.exchange(server, bytes, tcp, timeout, callback)
  local exchange = { server = server, bytes = bytes, timeout = timeout, callback = callback }
  whenFree(exchange, tcp and startTcp or startUdp)
  return function() close(exchange) end
end

return transport
