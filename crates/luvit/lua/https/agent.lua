-- A pool of connections with TLS.

local HttpAgent = require('http/agent').Agent

---Options of an agent: of the pool, and of TLS for all its connections, unless a request says otherwise.
---@class luvit.https.AgentOptions: luvit.http.AgentOptions, luvit.https.RequestOptions
---@field maxCachedSessions? integer 0: no session is resumed, as with `sessionResumption = false`

---Gives requests their connections, as `http.Agent`. Only requests with the same options of TLS share one. Sessions are
---resumed, so that later connections to a server cost less. Emits `keylog` (line, TLSSocket) with secrets for a debugger.
---After a redirect to another server its `cert`, `key`, `pfx`, `passphrase`, `servername`, `session` and `secureContext`
---are not used.
---@class luvit.https.Agent: luvit.http.Agent
local Agent = HttpAgent:extend()
Agent.defaultPort = 443
Agent.protocol = 'https'
Agent.connectEvent = 'secureConnect'

-- What `tls.createSecureContext` is made of, and what one connection wants besides.
local CONTEXT_OPTIONS = {
  'ca', 'cert', 'key', 'pfx', 'passphrase', 'crl', 'ciphers', 'ecdhCurve', 'minVersion', 'maxVersion', 'secureProtocol',
  'secure_protocol', 'sessionResumption',
}
local CONNECTION_OPTIONS = {
  'rejectUnauthorized', 'servername', 'checkServerIdentity', 'ALPNProtocols', 'secureContext', 'requestOCSP',
  'handshakeTimeout',
}
-- Contexts that an agent remembers.
local MAX_CONTEXTS = 100
-- Sets of options that it knows again.
local MAX_NUMBERS = 1000

-- A value as text that tells it from others.
local function show(value)
  if type(value) ~= 'table' then return tostring(value) end
  local meta = getmetatable(value)
  if type(meta) == 'table' and meta.__isBuffer then return tostring(value) end
  if #value == 0 then return rawget(value, 'meta') and tostring(value) or ('%p'):format(value) end
  local parts = {}
  for i = 1, #value do parts[i] = show(value[i]) end
  return table.concat(parts, ',')
end

-- Adds to `parts` which of the options are set, and how.
local function describe(self, options, names, parts)
  for i = 1, #names do
    local value = self:optionOf(options, names[i])
    if value ~= nil then parts[#parts + 1] = names[i] .. '=' .. show(value) end
  end
end

-- What the certificate must be for: the host that the request names.
local function serverName(self, options)
  local name = self:optionOf(options, 'servername')
  if name ~= nil then return name end
  name = options.hostHeader
  if not name then return options.host or 'localhost' end
  return name:match('^%[([^%]]*)%]') or name:match('^[^:]*')
end

-- Text that may be long and hold a private key, as a number. A text that was forgotten gets another one.
local function numberOf(self, text)
  local numbers = self._numbers
  if not numbers then
    numbers = { last = 0, kept = 0, of = {} }
    self._numbers = numbers
  elseif numbers.kept >= MAX_NUMBERS then
    numbers.kept, numbers.of = 0, {}
  end
  local number = numbers.of[text]
  if not number then
    number = numbers.last + 1
    numbers.last, numbers.kept, numbers.of[text] = number, numbers.kept + 1, number
  end
  return number
end

---Requests with the same name may use each other's connections.
---@param options? luvit.http.ConnectionOptions
---@return string
function Agent:getName(options)
  options = options or {}
  -- The same for as long as it has a connection.
  if options.name then return options.name end
  local name = HttpAgent.getName(self, options) .. ' as ' .. serverName(self, options)
  local parts = {}
  describe(self, options, CONTEXT_OPTIONS, parts)
  describe(self, options, CONNECTION_OPTIONS, parts)
  if #parts > 0 then name = name .. ' with options ' .. numberOf(self, table.concat(parts, ';')) end
  if rawget(options, 'options') then options.name = name end
  return name
end

-- Certificates are read once, and sessions are remembered by the context.
local function contextFor(self, options)
  local given = self:optionOf(options, 'secureContext')
  if given then return given end
  local parts, values = {}, {}
  describe(self, options, CONTEXT_OPTIONS, parts)
  local name = table.concat(parts, ';')
  local contexts = self._contexts
  if not contexts or contexts.count >= MAX_CONTEXTS then
    contexts = { count = 0, list = {} }
    self._contexts = contexts
  end
  local context = contexts.list[name]
  if not context then
    for _, option in ipairs(CONTEXT_OPTIONS) do
      values[option] = self:optionOf(options, option)
    end
    if self.options.maxCachedSessions == 0 then values.sessionResumption = false end
    local ok, made = pcall(require('tls').createSecureContext, values)
    -- The position is in this file; that of the caller comes in front.
    if not ok then error(tostring(made):gsub('^%S+:%d+: ', ''), 0) end
    context = made
    contexts.list[name] = context
    contexts.count = contexts.count + 1
  end
  return context
end

local function connect(self, options, socket)
  local settings = socket and { host = options.host } or self:target(options)
  for _, name in ipairs(CONNECTION_OPTIONS) do settings[name] = self:optionOf(options, name) end
  -- A session is of one connection: those that differ in nothing else may use each other's.
  settings.session = self:optionOf(options, 'session')
  settings.servername = serverName(self, options)
  settings.secureContext = contextFor(self, options)
  settings.ALPNProtocols = settings.ALPNProtocols or { 'http/1.1' }
  settings.socket = socket
  local secure = require('tls').connect(settings)
  if self:listenerCount('keylog') > 0 then
    secure:on('keylog', function(line) self:emit('keylog', line, secure) end)
  end
  return secure
end

---Opens a connection. Subclasses may open another kind.
---@param options luvit.http.ConnectionOptions
---@param callback fun(err?: any, socket?: luvit.net.Socket, detail?: luvit.Error) called when none is returned
---@return luvit.net.Socket? socket one that connects
---@return any event what it emits when it can be used, `connectEvent` by default; without a socket an object whose
---  `destroy` gives up
function Agent:createConnection(options, callback)
  local proxy = options.proxy
  if not proxy then return connect(self, options) end
  -- Wrong options are told now, not when the tunnel is there.
  contextFor(self, options)
  local function opened(err, socket, detail)
    if err then return callback(err, nil, detail) end
    local ok, secure = pcall(connect, self, options, socket)
    if ok then return callback(nil, secure) end
    socket:destroy()
    callback(require('core').Error:new(tostring(secure)))
  end
  local settings = options.options.proxyOptions or self.options.proxyOptions
  return nil, require('http/tunnel').connect(proxy, options.host, options.port, settings, opened)
end

return { Agent = Agent, globalAgent = Agent:new() }
