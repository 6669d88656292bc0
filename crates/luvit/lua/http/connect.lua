-- How a request gets its connection: from an agent, by a function of the program, or one of its own.

local timer = require('timer')
local requestOptions = require('http/options')

-- Methods of `ClientRequest`.
local Connecting = {}

-- What an agent knows of a request, and behind it the options of both: functions that make connections may take it for
-- the options of `net.connect` or `tls.connect`.
local Where = {}

function Where.__index(where, name)
  if name == 'path' then name = 'socketPath' end
  local optionOf = where.agent.optionOf
  if optionOf then return optionOf(where.agent, where, name) end
  return where.options[name]
end

function Connecting:_connect()
  if self._fault then
    timer.setImmediate(self._failed, self, self._fault)
    return
  end
  local options = self._options
  local where = setmetatable({
    protocol = self.protocol, host = self.host, port = self.port, options = options, proxy = self._proxy or false,
    tunnel = self._tunnel or false, hostHeader = self.protocol == 'https' and self:getHeader('host') or false,
    name = false, foreign = self._foreign or false,
    agent = self.agent or require(requestOptions.AGENTS[self.protocol] or 'http/agent').globalAgent,
  }, Where)
  self._where = where
  if options.socket then
    self._ownSocket = true
    self:_assign(options.socket, false, options.connect_emitter)
  elseif self.agent then
    self.agent:addRequest(self, where)
  else
    self:_connectAlone(where)
  end
end

-- A connection of its own, made by the program or as an agent makes it.
function Connecting:_connectAlone(where)
  local maker, make = where.agent, self._options.createConnection
  local taken
  local function made(err, socket, detail)
    if taken then return end
    taken, self._dialing = true, nil
    if err then return self:_failed(err, detail) end
    if self._over then return socket:destroy() end
    -- Errors matter as long as there is a request, which listens too.
    socket:on('error', function() end)
    self:_assign(socket, false)
  end
  local socket, event
  if make then socket, event = make(where, made) else socket, event = maker:createConnection(where, made) end
  if taken then return end
  if not socket then
    self._dialing = type(event) == 'table' and event or nil
    return
  end
  taken = true
  socket:on('error', function() end)
  self:_assign(socket, false, event)
end

-- What a stream emits when it can be used; nothing for one that has no such moment.
local function readyEvent(self, socket)
  local agent = self.agent
  local event = agent and agent.connectEvent or requestOptions.READY[self.protocol] or 'connect'
  if event == 'secureConnect' and not socket.encrypted then event = 'connect' end
  if event == 'connect' and socket.encrypted and socket.secureConnecting then event = 'secureConnect' end
  if event == 'connect' and not (socket.connect or self._ownSocket) then return nil end
  return event
end

-- Takes a connection, from the agent for example.
---@private
---@param socket luvit.net.Socket
---@param reused boolean whether it served a request before
---@param event? string what it emits when it can be used
function Connecting:_assign(socket, reused, event)
  self.socket = socket
  self.reusedSocket = reused
  self:_listen(socket)
  event = event or readyEvent(self, socket)
  -- A socket of the caller may have been ready for long.
  local ready = not event or socket.secureEstablished or event == 'connect' and socket._handle and not socket._connecting
  if reused or ready then
    -- Later, so that a request that is done at once goes out in one piece.
    timer.setImmediate(function()
      if self.socket == socket and not self._over then self:_ready() end
    end)
  else
    self._listeners[event] = function()
      if not self.connected then self:_ready() end
    end
    socket:on(event, self._listeners[event])
  end
end

-- Listens to the socket for as long as it serves this request.
function Connecting:_listen(socket)
  self._listeners = {
    data = function(chunk) self:_received(chunk) end,
    ['end'] = function() self:_ended() end,
    error = function(err, detail) self:_failed(err, detail) end,
    close = function(failed)
      -- Without an error it is our side that closed.
      if failed == false then self:_abort() else self:_failed() end
    end,
  }
  for name, listener in pairs(self._listeners) do
    -- Reading begins when there is a connection to read from.
    if name ~= 'data' then socket:on(name, listener) end
  end
end

function Connecting:_unlisten()
  local socket, listeners = self.socket, self._listeners
  if not listeners then return end
  self._listeners = nil
  for name, listener in pairs(listeners) do socket:removeListener(name, listener) end
end

function Connecting:_ready()
  self.connected = true
  self._parts, self._size = {}, 0
  timer.active(self)
  local socket = self.socket
  self:emit('socket', socket)
  if self._over or self.socket ~= socket then return end
  socket:on('data', self._listeners.data)
  socket:resume()
  if self.headers_sent then
    self:_resend()
  else
    self:_begin()
  end
end

return Connecting
