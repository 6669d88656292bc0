-- A pool of connections for HTTP requests.

local uv = require('uv')
local timer = require('timer')
local Emitter = require('core').Emitter

---Options of an agent.
---@class luvit.http.AgentOptions
---@field keepAlive? boolean keep connections for later requests; false by default, which sends `Connection: close`
---@field maxSockets? integer connections to one server at a time, no limit by default; more requests wait for their turn
---@field maxFreeSockets? integer idle connections to keep for one server, 256 by default
---@field timeout? number milliseconds after which an idle connection is closed; never by default
---@field proxy? string|boolean the proxy of requests that name none: its URL, or true for what the environment says, see
---  `luvit.http.RequestOptions`. None by default; the global agents use the environment
---@field proxyOptions? luvit.tls.ConnectOptions for a proxy whose URL begins with `https:`
---@field socketPath? string as of a request that has none; so are `localAddress`, `localPort`, `family` and `lookup`
---@field localAddress? string
---@field localPort? number
---@field family? 4|6
---@field lookup? function

---Gives requests their connections. Idle ones do not keep the program running. Emits `free` (Socket) when a connection
---becomes idle.
---@class luvit.http.Agent: luvit.Emitter
---@field defaultPort integer of requests that name none, 80
---@field protocol string what `protocol` of a request must be, `"http"`
---@field connectEvent string what a socket emits when it can be used
---@field sockets table<string, table[]> those in use, by `getName`
---@field freeSockets table<string, table[]> idle ones
---@field requests table<string, table[]> requests that wait for a connection
---@field options luvit.http.AgentOptions
---@field keepAlive boolean
---@field maxSockets number
---@field maxFreeSockets number
---@field timeout? number
---@field proxy? string|boolean
local Agent = Emitter:extend()
Agent.defaultPort = 80
Agent.protocol = 'http'
Agent.connectEvent = 'connect'

local function checkNumber(options, name, least)
  local value = options[name]
  if value ~= nil and not (type(value) == 'number' and value >= least) then
    error(("bad argument 'options.%s' to 'Agent:new' (number of at least %d expected)"):format(name, least), 4)
  end
  return value
end

---Makes an agent.
---@param options? luvit.http.AgentOptions
function Agent:initialize(options)
  if options ~= nil and type(options) ~= 'table' then
    error(("bad argument 'options' to 'Agent:new' (table expected, got %s)"):format(type(options)), 3)
  end
  options = options or {}
  self.options = options
  self.keepAlive = options.keepAlive and true or false
  self.maxSockets = checkNumber(options, 'maxSockets', 1) or math.huge
  self.maxFreeSockets = checkNumber(options, 'maxFreeSockets', 0) or 256
  self.timeout = checkNumber(options, 'timeout', 0)
  self.proxy = options.proxy
  if self.proxy ~= nil and type(self.proxy) ~= 'boolean' then
    local fault = ('URL or boolean expected, got %s'):format(type(self.proxy))
    if type(self.proxy) == 'string' then fault = select(2, require('http/proxy').parse(self.proxy)) end
    if fault then error(("bad argument 'options.proxy' to 'Agent:new' (%s)"):format(fault), 3) end
  end
  self.sockets, self.freeSockets, self.requests = {}, {}, {}
end

---What an agent knows of a request that wants a connection. It has all other options of the request and of the agent, too:
---those for `net.connect` or `tls.connect` under the names that these have.
---@class luvit.http.ConnectionOptions
---@field protocol 'http'|'https'
---@field host string
---@field port integer
---@field proxy? luvit.http.Proxy to go through
---@field tunnel? boolean the proxy is to open a tunnel
---@field options luvit.http.RequestOptions
---@field foreign? boolean a redirect led here from another server, which the agent's identity is for

-- Those of `net.connect` that requests and agents have.
local FROM = { 'localAddress', 'localPort', 'family', 'lookup' }

---An option of a request, or else of the agent.
---@private
---@param options luvit.http.ConnectionOptions
---@param name string
---@return any
function Agent:optionOf(options, name)
  local value = (rawget(options, 'options') or options)[name]
  if value == nil then
    value = self.options[name]
    if value ~= nil and rawget(options, 'foreign') and require('http/redirect').private[name] then return nil end
  end
  return value
end

---Requests with the same name may use each other's connections.
---@param options? luvit.http.ConnectionOptions
---@return string
function Agent:getName(options)
  options = options or {}
  local proxy = options.proxy
  -- A proxy serves requests to any host on one connection.
  if proxy and not options.tunnel then return 'proxy ' .. proxy.key end
  local name = (options.host or 'localhost') .. ':' .. (options.port or self.defaultPort)
  if proxy then name = name .. ' by ' .. proxy.key end
  local path = self:optionOf(options, 'socketPath')
  if path then name = name .. ' at ' .. path end
  for i = 1, #FROM do
    local value = self:optionOf(options, FROM[i])
    if value ~= nil then name = ('%s %s=%s'):format(name, FROM[i], tostring(value)) end
  end
  return name
end

---Where `net.connect` is to connect to for a request.
---@private
---@param options luvit.http.ConnectionOptions
---@return luvit.net.ConnectOptions
function Agent:target(options)
  local path = self:optionOf(options, 'socketPath')
  if path then return { path = path } end
  local target = { host = options.host, port = options.port }
  for i = 1, #FROM do target[FROM[i]] = self:optionOf(options, FROM[i]) end
  return target
end

---Opens a connection. Subclasses, and programs that put another function in its place, may open another kind.
---@param options luvit.http.ConnectionOptions
---@param callback fun(err?: any, socket?: luvit.net.Socket, detail?: luvit.Error) called when none is returned
---@return luvit.net.Socket? socket one that connects
---@return any event what it emits when it can be used, `connectEvent` by default; without a socket an object whose
---  `destroy` gives up
function Agent:createConnection(options, callback)
  local proxy = options.proxy
  if not proxy then return require('net').connect(self:target(options)) end
  local tunnel = require('http/tunnel')
  local settings = options.options.proxyOptions or self.options.proxyOptions
  if not options.tunnel then return tunnel.open(proxy, settings) end
  return nil, tunnel.connect(proxy, options.host, options.port, settings, callback)
end

local function add(lists, name, item)
  local list = lists[name]
  if not list then
    list = {}
    lists[name] = list
  end
  list[#list + 1] = item
end

local function remove(lists, name, item)
  local list = lists[name]
  for i = 1, list and #list or 0 do
    if list[i] == item then
      table.remove(list, i)
      if #list == 0 then lists[name] = nil end
      return true
    end
  end
  return false
end

-- What the agent knows of a socket while it is idle.
local function leaveIdle(socket)
  local idle = socket._idleState
  socket._idleState = nil
  socket:removeListener('data', idle.unexpected)
  socket:removeListener('end', idle.unexpected)
  if idle.timer then uv.close(idle.timer) end
  if socket.ref then socket:ref() end
end

-- Watches a socket that is of no request.
local function watch(self, name, socket)
  -- A request that uses the socket listens too; `close` is what matters here.
  socket:on('error', function() end)
  socket:on('close', function()
    if socket._idleState then leaveIdle(socket) end
    remove(self.freeSockets, name, socket)
    if remove(self.sockets, name, socket) then self:_next(name) end
  end)
end

-- Opens a connection for a request. One that takes more than a socket has a place among the sockets until it is there.
local function open(self, name, request, options)
  local pending, settled = { request = request }, false
  local socket, event = self:createConnection(options, function(err, socket, detail)
    if settled then return end
    settled = true
    remove(self.sockets, name, pending)
    if pending.dropped then
      if socket then socket:destroy() end
      return
    end
    if err then
      pending.request:_failed(err, detail)
      return self:_next(name)
    end
    add(self.sockets, name, socket)
    watch(self, name, socket)
    pending.request:_assign(socket, false)
  end)
  if settled then return end
  if socket then
    settled = true
    add(self.sockets, name, socket)
    watch(self, name, socket)
    return request:_assign(socket, false, event)
  end
  function pending.destroy()
    if not remove(self.sockets, name, pending) then return end
    pending.dropped = true
    if event then event:destroy() end
    self:_next(name)
  end
  add(self.sockets, name, pending)
end

-- The most recently used one is the least likely to have been closed by the server meanwhile.
local function takeFree(self, name)
  local list = self.freeSockets[name]
  while list and #list > 0 do
    local socket = table.remove(list)
    if #list == 0 then self.freeSockets[name] = nil end
    leaveIdle(socket)
    if not socket.destroyed then
      add(self.sockets, name, socket)
      return socket
    end
  end
end

---Gives a request a connection, now or when there is one to spare.
---@param request luvit.http.ClientRequest its `_assign(socket, reused)` is called
---@param options luvit.http.ConnectionOptions
---@param fresh? boolean never one that was used before
function Agent:addRequest(request, options, fresh)
  local name = self:getName(options)
  local socket = not fresh and takeFree(self, name)
  if socket then return request:_assign(socket, true) end
  if #(self.sockets[name] or '') < self.maxSockets then
    return open(self, name, request, options)
  end
  add(self.requests, name, { request = request, options = options, fresh = fresh })
end

---Takes back a request that waits for a connection.
---@param request luvit.http.ClientRequest
function Agent:removeRequest(request)
  for _, lists in ipairs({ self.requests, self.sockets }) do
    for name, list in pairs(lists) do
      for _, waiting in ipairs(list) do
        if rawget(waiting, 'request') == request then
          if lists == self.requests then remove(lists, name, waiting) else waiting.destroy() end
          return
        end
      end
    end
  end
end

-- Serves the next waiting request of a name.
function Agent:_next(name)
  local list = self.requests[name]
  if not list then return end
  local waiting = table.remove(list, 1)
  if #list == 0 then self.requests[name] = nil end
  local ok, err = pcall(self.addRequest, self, waiting.request, waiting.options, waiting.fresh)
  -- Its options are such that no connection can be made.
  if not ok then waiting.request:_failed(require('core').Error:new(tostring(err))) end
end

-- Keeps a socket until somebody needs it, or the server or the clock ends it.
local function keep(self, name, socket, limit)
  remove(self.sockets, name, socket)
  add(self.freeSockets, name, socket)
  local idle = {}
  socket._idleState = idle
  -- A server has nothing to say before it is asked.
  function idle.unexpected() socket:destroy() end
  socket:on('data', idle.unexpected)
  socket:on('end', idle.unexpected)
  socket:resume()
  if socket.unref then socket:unref() end
  if limit then
    idle.timer = uv.new_timer()
    uv.unref(idle.timer)
    uv.timer_start(idle.timer, math.max(1, math.floor(limit)), 0, idle.unexpected)
  end
  self:emit('free', socket)
end

---Takes a connection back when its response has been read.
---@param socket luvit.net.Socket
---@param options luvit.http.ConnectionOptions
---@param limit? number milliseconds for which the server will keep it
function Agent:release(socket, options, limit)
  local name = self:getName(options)
  if socket.destroyed then return end
  if self.timeout then limit = math.min(limit or self.timeout, self.timeout) end
  if not self.keepAlive or #(self.freeSockets[name] or '') >= self.maxFreeSockets or limit and limit <= 0 then
    return socket:destroy()
  end
  keep(self, name, socket, limit)
  self:_next(name)
end

---Lets go of a connection that is no longer HTTP.
---@param socket luvit.net.Socket
---@param options luvit.http.ConnectionOptions
function Agent:forget(socket, options)
  local name = self:getName(options)
  if remove(self.sockets, name, socket) then timer.setImmediate(self._next, self, name) end
end

---Closes all connections, those in use too.
function Agent:destroy()
  local all, pending = {}, {}
  for _, lists in ipairs({ self.freeSockets, self.sockets }) do
    for _, list in pairs(lists) do
      for _, socket in ipairs(list) do
        if rawget(socket, 'request') then pending[#pending + 1] = socket else all[#all + 1] = socket end
      end
    end
  end
  for _, socket in ipairs(all) do socket:destroy() end
  for _, waiting in ipairs(pending) do waiting.request:destroy('ECONNRESET') end
end

return {
  Agent = Agent,
  globalAgent = Agent:new(),
}
