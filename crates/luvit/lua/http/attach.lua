-- HTTP on any stream: the engine reads and writes through it instead of a socket of its own.

local native = require('luvit:http')
local server = require('http/server')

-- All streams given to `handleConnection` are connections of one server; their handlers are kept by connection.
local shared
local CONNECTIONS = 2 ^ 20
-- How long a peer has to close after the last answer, in milliseconds.
local LINGER_TIME = 2000

local function sharedServer()
  if shared then return shared end
  shared = server.Server:new()
  shared._handlers = {}
  shared:on('request', function(req, res)
    local entry = shared._handlers[req._exchange % CONNECTIONS]
    if entry then entry.onRequest(req, res) end
  end)
  server.ensureNative(shared)
  return shared
end

---Serves HTTP on a stream, such as a TLS socket.
---@param socket luvit.Duplex
---@param onRequest fun(req: luvit.http.IncomingMessage, res: luvit.http.ServerResponse)
local function handleConnection(socket, onRequest)
  if type(socket) ~= 'table' or not (socket.on and socket.write) then
    error(("bad argument 'socket' to 'handleConnection' (stream expected, got %s)"):format(type(socket)), 2)
  end
  if type(onRequest) ~= 'function' then
    error(("bad argument 'onRequest' to 'handleConnection' (function expected, got %s)"):format(type(onRequest)), 2)
  end
  local serving = sharedServer()
  local connection
  local onData, onEnd, onDrain, onClose

  local function release()
    serving._handlers[connection] = nil
    socket:removeListener('data', onData)
    socket:removeListener('end', onEnd)
    socket:removeListener('drain', onDrain)
    socket:removeListener('close', onClose)
  end

  local function sink(what)
    if type(what) == 'string' then return socket:write(what) end
    if what == true then
      socket:resume()
    elseif what == false then
      socket:pause()
    else
      release()
      if what == nil and not socket.destroyed then
        socket:_end()
        if socket.setTimeout then
          socket:setTimeout(LINGER_TIME, function() socket:destroy() end)
        end
      else
        socket:destroy()
      end
    end
  end

  function onData(chunk) native.feed(connection, chunk) end
  function onEnd() native.feed(connection, nil) end
  function onDrain() native.drained(connection) end
  function onClose()
    local entry = serving._handlers[connection]
    if not entry then return end
    release()
    native.drop(connection)
  end

  connection = native.attach(serving._id, sink)
  serving._handlers[connection] = {
    onRequest = onRequest,
    socket = socket,
    ---Gives the stream back to its owner, with the bytes that were not used.
    release = function(exchange)
      release()
      socket:pause()
      return native.detach(exchange) or ''
    end,
  }
  -- A server that answers must hear of the end, and then still be able to write.
  socket.allowHalfOpen = true
  socket:on('drain', onDrain)
  socket:on('close', onClose)
  socket:on('end', onEnd)
  socket:on('data', onData)
end

return {
  handleConnection = handleConnection,
  -- The stream of a connection that `handleConnection` serves, and how to let go of it.
  attached = function(exchange)
    return shared and shared._handlers[exchange % CONNECTIONS]
  end,
}
