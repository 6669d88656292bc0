-- Connecting: from a host name or a path to a connection, by happy eyeballs (RFC 8305).
--
-- The addresses of a name are tried in turn, the two families alternating. An attempt that fails is followed by the
-- next at once; one that does not answer gets company after a while, and goes on. The first connection wins, and all
-- other handles are closed.

local uv = require('uv')
local core = require('core')
local timer = require('timer')
local address = require('net/address')

local checkOptional = address.checkOptional
local describe, endpoint, withAddress = address.describe, address.endpoint, address.withAddress

-- Section 8 of the RFC: the delay it recommends, and the least it allows.
local ATTEMPT_DELAY, MIN_ATTEMPT_DELAY = 250, 10

local FAMILY_NAMES = { [4] = 'inet', [6] = 'inet6' }

---A connection that is being made.
---@class luvit.net.Dialing: luvit.Object
---@field socket luvit.net.Socket
---@field options luvit.net.ConnectOptions
---@field handles table<uv_handle_t, true> what is open: timers, and attempts besides the socket's own handle
---@field addresses { addr: string, port: integer }[]
---@field codes table<integer, string> why attempts failed
local Dialing = core.Object:extend()

---Ends all attempts; only the handle of the socket stays.
function Dialing:stop()
  self.over = true
  self.socket._dialing = nil
  for handle in pairs(self.handles) do
    if not uv.is_closing(handle) then uv.close(handle) end
  end
  local lookup = self.lookup
  self.lookup = nil
  if type(lookup) == 'userdata' then
    uv.cancel(lookup)
  elseif type(lookup) == 'table' and lookup.cancel then
    lookup:cancel()
  end
end

---@param change fun(handle: uv_handle_t) `uv.ref` or `uv.unref`
function Dialing:refAll(change)
  for handle in pairs(self.handles) do change(handle) end
end

-- Keeps a handle, which does not hold the program when the socket does not.
function Dialing:keep(handle)
  self.handles[handle] = true
  if self.socket._unref then uv.unref(handle) end
  return handle
end

-- Ends without a connection; what went wrong is the code and what has been tried.
function Dialing:fail(code, what)
  local socket, detail = self.socket, nil
  if #self.addresses > 1 then
    local tried, list = {}, {}
    for i = 1, self.index do
      local one = self.addresses[i]
      local where = endpoint(one.addr, one.port)
      local why = self.codes[i] or code
      tried[i] = where .. ' ' .. why
      list[i] = describe(why, 'connect ' .. where)
    end
    detail = describe(code, ('%s (tried %s)'):format(what, table.concat(tried, ', ')))
    detail.errors = list
  else
    detail = describe(code, what)
  end
  self:stop()
  socket:destroy(code, nil, detail)
end

-- The handle of an attempt is the socket's.
function Dialing:win(handle)
  local socket = self.socket
  local own = socket._handle
  self.handles[handle] = nil
  if own ~= handle then
    if own and not uv.is_closing(own) then uv.close(own) end
    socket._handle = handle
  end
  self:stop()
  socket:_connected()
  if self.callback then self.callback() end
end

-- TCP ----------------------------------------------------------------------------------------------------------------

-- The socket's own handle goes first: it may be bound. One whose attempt failed cannot be used again.
function Dialing:open(index)
  local socket = self.socket
  if index == 1 and socket._handle then return socket._handle end
  local handle = assert(uv.new_tcp())
  if socket._handle then return self:keep(handle) end
  socket._handle = handle
  if socket._unref then uv.unref(handle) end
  return handle
end

-- Binds a handle to where the program wants to connect from.
function Dialing:bind(handle, family)
  local options, bound = self.options, self.socket._bound
  if bound then
    -- The handle that the program has bound itself.
    if not self.usedBound then
      self.usedBound = true
      return 0
    end
    return withAddress(uv.tcp_bind, handle, bound.ip, bound.port)
  end
  if not (options.localAddress or options.localPort) then return 0 end
  local from = options.localAddress or family == 6 and '::' or '0.0.0.0'
  return withAddress(uv.tcp_bind, handle, from, tonumber(options.localPort) or 0)
end

function Dialing:tryNext()
  local index = self.index + 1
  self.index = index
  local one = self.addresses[index]
  local handle = self:open(index)
  self.running = self.running + 1
  timer.active(self.socket)
  local ok, _, code = self:bind(handle, address.isIP(one.addr))
  if ok then
    ok, _, code = withAddress(uv.tcp_connect, handle, one.addr, one.port, function(err)
      if self.over then return end
      if err then return self:attemptFailed(index, handle, err) end
      self:win(handle)
    end)
  end
  if not ok then return self:attemptFailed(index, handle, code) end
  if self.parallel and index < #self.addresses then
    local delay = self.delay
    if not delay then
      delay = self:keep(assert(uv.new_timer()))
      self.delay = delay
    end
    uv.timer_start(delay, self.attemptDelay, 0, function() self:tryNext() end)
  end
end

function Dialing:attemptFailed(index, handle, code)
  self.codes[index] = code
  self.running = self.running - 1
  self.handles[handle] = nil
  if self.socket._handle == handle then self.socket._handle = nil end
  if not uv.is_closing(handle) then uv.close(handle) end
  if self.index < #self.addresses then
    if self.delay then uv.timer_stop(self.delay) end
    return self:tryNext()
  end
  if self.running > 0 then return end
  local last = #self.addresses
  local one = self.addresses[last]
  self:fail(self.codes[last], 'connect ' .. endpoint(last > 1 and self.host or one.addr, one.port))
end

-- The families alternate, beginning with the one that the resolver put first (RFC 8305 section 4).
local function interleave(addresses)
  local first, second = {}, {}
  local family = addresses[1] and address.isIP(addresses[1].addr)
  for _, one in ipairs(addresses) do
    local list = address.isIP(one.addr) == family and first or second
    list[#list + 1] = one
  end
  local all = {}
  for i = 1, math.max(#first, #second) do
    all[#all + 1] = first[i]
    all[#all + 1] = second[i]
  end
  return all
end

-- Looking up ---------------------------------------------------------------------------------------------------------

-- What a lookup may call back with: an address, or a list of addresses in the style of `dns` or of `uv`.
local function listOf(found, port)
  if type(found) ~= 'table' then found = { found } end
  local list = {}
  for _, one in ipairs(found) do
    if type(one) == 'table' then
      list[#list + 1] = { addr = one.address or one.addr, port = type(port) == 'number' and port or one.port }
    else
      list[#list + 1] = { addr = one, port = port }
    end
  end
  return list
end

function Dialing:found(err, addresses)
  -- Once is enough.
  if self.over or self.resolved then return end
  self.resolved, self.lookup = true, nil
  local code, detail = err, nil
  -- The resolver's error is a code; that of a lookup may say more.
  if err and not uv.errno[err] then
    detail = type(err) == 'string' and core.Error:new(err) or err
    code = type(detail) == 'table' and detail.code or err
  end
  local list = not err and listOf(addresses, self.options.port) or {}
  local wanted = self.family
  for i = #list, 1, -1 do
    local family = address.isIP(list[i].addr)
    if family == 0 or wanted and wanted ~= family then table.remove(list, i) end
  end
  if not err and #list == 0 then code = 'EAI_NONAME' end
  if code then
    local socket = self.socket
    self:stop()
    return socket:destroy(code, nil, detail or describe(code, address.lookup(self.host, self.options.port)))
  end
  self.addresses = interleave(list)
  self:tryNext()
end

function Dialing:resolve()
  local options, host = self.options, self.host
  if address.isIP(host) ~= 0 and type(options.port) == 'number' then
    self.addresses = { { addr = host, port = options.port } }
    return self:tryNext()
  end
  local function found(...) return self:found(...) end
  if options.lookup then
    local called, request = pcall(options.lookup, host, { family = self.family or 0, all = true }, found)
    if not called then
      self.socket:destroy()
      error(request, 0)
    end
    -- It may have called back already.
    if not self.resolved then self.lookup = request end
    return
  end
  local service = type(options.port) == 'string' and options.port or nil
  local hints = { socktype = 'stream', family = FAMILY_NAMES[self.family] }
  local request, _, code = uv.getaddrinfo(host, service, hints, found)
  if not request then return found(code) end
  self.lookup = request
end

-- Local sockets ------------------------------------------------------------------------------------------------------

function Dialing:connectPath(path)
  local socket = self.socket
  local own = socket._handle
  -- One that is there is of TCP.
  if own and not uv.is_closing(own) then uv.close(own) end
  local handle = assert(uv.new_pipe(false))
  socket._handle, socket._isPipe = handle, true
  if socket._unref then uv.unref(handle) end
  local what = 'connect ' .. address.showPath(path)
  local ok, _, code = uv.pipe_connect2(handle, path, { no_truncate = true }, function(err)
    if self.over then return end
    if err then return self:fail(err, what) end
    self:win(handle)
  end)
  if not ok then self:fail(code, what) end
end

-- Options ------------------------------------------------------------------------------------------------------------

local function checkMilliseconds(options, name, least)
  local value = options[name]
  if value ~= nil and (type(value) ~= 'number' or not (value >= least)) then
    error(("bad argument 'options.%s' to 'connect' (number of at least %d expected)"):format(name, least), 4)
  end
end

local function check(options)
  checkOptional(options.path, 'string', 'path', 'connect', 4)
  if options.path then
    if options.path == '' then error("bad argument 'path' to 'connect' (a path expected, got an empty string)", 3) end
  else
    address.checkPort(options.port, 'connect', not options.lookup, 4)
    checkOptional(options.host, 'string', 'host', 'connect', 4)
    checkOptional(options.lookup, 'function', 'options.lookup', 'connect', 4)
  end
  local family = options.family
  if family ~= nil and family ~= 0 and not FAMILY_NAMES[family] then
    error("bad argument 'options.family' to 'connect' (0, 4 or 6 expected)", 3)
  end
  if options.localAddress ~= nil and address.isIP(options.localAddress) == 0 then
    error("bad argument 'options.localAddress' to 'connect' (numeric address expected)", 3)
  end
  if options.localPort ~= nil then
    address.checkPort(options.localPort, 'connect', false, 4)
  end
  checkMilliseconds(options, 'connectTimeout', 0)
  checkMilliseconds(options, 'autoSelectFamilyAttemptTimeout', 1)
  checkMilliseconds(options, 'keepAliveInitialDelay', 0)
  checkMilliseconds(options, 'timeout', 0)
end

local function apply(socket, options)
  if options.noDelay ~= nil then socket:nodelay(options.noDelay) end
  if options.keepAlive ~= nil then
    socket:keepalive(options.keepAlive, address.seconds(options.keepAliveInitialDelay))
  end
  if options.timeout then socket:setTimeout(options.timeout) end
end

---Connects a socket.
---@param socket luvit.net.Socket
---@param options luvit.net.ConnectOptions
---@param callback? fun()
---@return luvit.net.Socket # `socket`
return function(socket, options, callback)
  check(options)
  if socket.destroyed or socket._connecting then
    error(socket.destroyed and 'connect: the socket is destroyed' or 'connect: the socket is connecting already', 3)
  end
  local self = Dialing:create()
  self.socket, self.callback = socket, callback
  self.handles, self.addresses, self.codes, self.index, self.running = {}, {}, {}, 0, 0
  self.options = setmetatable({ port = tonumber(options.port) or options.port }, { __index = options })
  self.host = options.host or '127.0.0.1'
  local bound = socket._bound
  local from = options.localAddress or bound and bound.ip
  -- From an address of one family only the other end's of the same can be reached.
  self.family = FAMILY_NAMES[options.family] and options.family or from and address.isIP(from) or nil
  self.parallel = options.autoSelectFamily ~= false and not options.localPort
    and not (bound and bound.port ~= 0)
  self.attemptDelay = math.max(MIN_ATTEMPT_DELAY,
    math.floor(options.autoSelectFamilyAttemptTimeout or ATTEMPT_DELAY))
  apply(socket, options)
  socket._connecting, socket._dialing = true, self
  timer.active(socket)
  if options.connectTimeout and options.connectTimeout > 0 then
    local limit = self:keep(assert(uv.new_timer()))
    uv.timer_start(limit, math.max(1, math.floor(options.connectTimeout)), 0, function()
      self:fail('ETIMEDOUT', 'connect ' .. (options.path and address.showPath(options.path)
        or endpoint(self.host, self.options.port)))
    end)
  end
  if options.path then
    self:connectPath(options.path)
    return socket
  end
  if not socket._handle then socket._handle = assert(uv.new_tcp()) end
  if socket._unref then uv.unref(socket._handle) end
  self:resolve()
  return socket
end
