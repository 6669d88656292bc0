-- What the options of an HTTP request mean: where to connect, and the head to send.

local url = require('url')
local httpHeader = require('http-header')
local native = require('luvit:http_client')

local MAX_HEAD = 16384
local MAX_HEADERS = 2000
local MAX_REDIRECTS = 20

---What to request, and how.
---@class luvit.http.RequestOptions
---@field protocol? string `http`, or `https` in the module `https`; others need an `agent` or a `socket`
---@field host? string `localhost` by default
---@field hostname? string as `host`, and stronger
---@field port? number|string 80 by default, 443 for `https`
---@field path? string `/` by default; one without a slash in front gets it. What is not ASCII is percent-encoded
---@field method? string `GET` by default
---@field headers? table names and values, or a list of `{name, value}`
---@field agent? luvit.http.Agent|false where connections come from; false is a connection of its own
---@field socket? luvit.net.Socket use this connection
---@field socketPath? string the path of a local socket (Unix domain socket, named pipe) to connect to; `host` and `port` are
---  then only what is said to the server
---@field localAddress? string address to connect from
---@field localPort? number port to connect from
---@field family? 4|6 look for addresses of this family only
---@field lookup? function as of `net.connect`
---@field createConnection? fun(options: luvit.http.ConnectionOptions, callback: fun(err?: any, socket?: luvit.Duplex)): luvit.Duplex?
---  makes the connection, if there is no `agent`: returns it, or calls back
---@field setHost? boolean false: no `Host` header is added
---@field connect_emitter? string what `socket` emits when it can be used, `connect` by default
---@field auth? string `user:password`, for the Authorization header
---@field timeout? number as `setTimeout`
---@field proxy? string|boolean the URL of a proxy to go through (`http://user:password@host:3128`); false: none; true:
---  what the environment says, which is the default unless there is an `agent` or a `socket`: `http_proxy`,
---  `https_proxy` or `all_proxy` name the proxy, `no_proxy` the hosts that are reached without (names with all below
---  them, addresses, networks as `10.0.0.0/8`, each with or without a port; `*` is all), in lower case or in capitals.
---  This machine is always reached without. What is encrypted, and what asks for an upgrade, goes through a tunnel
---  (CONNECT)
---@field proxyOptions? luvit.tls.ConnectOptions `ca` and others, for a proxy whose URL begins with `https:`
---@field redirects? boolean|integer follow redirects, at most so many; true is 20. See the event `redirect`
---@field allowInsecureRedirect? boolean also follow those from `https` to `http`
---@field decompress? boolean|{ maxOutputLength: integer } true: asks for a compressed response and decompresses it, also one in the other, up to five. `Content-Encoding` and `Content-Length` are then not in its headers, and `contentEncoding` says how it came. More than `maxOutputLength` bytes, 256 MiB by default, is an error. False by default, as in node and luvit 2
---@field maxHeaderSize? integer bytes of the response's head, 16,384 by default
---@field maxHeadersCount? integer fields of the response's head, 2,000 by default

local function badOption(name, expected, value)
  error(("bad argument 'options.%s' to 'request' (%s expected, got %s)"):format(name, expected, tostring(value)), 0)
end

local function checkOption(options, name, ...)
  local value = options[name]
  if value == nil then return nil end
  for i = 1, select('#', ...) do
    if type(value) == select(i, ...) then return value end
  end
  badOption(name, table.concat({ ... }, ' or '), type(value))
end

---Takes a URL apart; a table is returned as it is.
---@param options string|luvit.http.RequestOptions
---@return luvit.http.RequestOptions
local function parseUrl(options)
  if type(options) == 'string' then options = url.parse(options) end
  return options
end

-- Splits `host`, which may have a port or brackets around an IPv6 address.
local function splitHost(host)
  local address, port = host:match('^%[([^%]]*)%]:?(%d*)$')
  if not address then address, port = host:match('^([^:]*):(%d+)$') end
  return address or host, port ~= '' and port or nil
end

-- Where to connect, and what to say there.
local function target(options, headers, defaultPort)
  local host, port = splitHost(checkOption(options, 'hostname', 'string') or checkOption(options, 'host', 'string')
    or headers.host or '')
  if host == '' then host = 'localhost' end
  port = checkOption(options, 'port', 'number', 'string') or port or defaultPort
  local number = tonumber(port)
  if not number or number % 1 ~= 0 or number < 0 or number > 65535 then
    badOption('port', 'integer from 0 to 65535', port)
  end
  local path = checkOption(options, 'path', 'string') or '/'
  -- A path begins with a slash; other forms of a target (RFC 9112, section 3.2) are left alone.
  local isPath = not path:find('^[/*]') and not path:find('^%a[%w+.-]*://')
  if isPath and (checkOption(options, 'method', 'string') or ''):upper() ~= 'CONNECT' then path = '/' .. path end
  -- A target is ASCII (RFC 3986, section 2.1): servers refuse other bytes.
  path = path:gsub('[\128-\255]', function(byte) return ('%%%02X'):format(byte:byte()) end)
  return host, number, path
end

local function hostHeader(host, port, defaultPort)
  -- A zone says where on this machine, which is not the server's business.
  if host:find(':', 1, true) then host = '[' .. host:gsub('%%.*', '') .. ']' end
  return port == defaultPort and host or host .. ':' .. port
end

---Whether a list in a header's value has a word.
---@param value string
---@param token string in lower case
---@return boolean
local function hasToken(value, token)
  for word in value:lower():gmatch('[^%s,]+') do
    if word == token then return true end
  end
  return false
end

---The first value of a header in a list of pairs, and where it is.
---@param list string[][]
---@param name string in lower case
---@return string? value, integer? index
local function find(list, name)
  for i = 1, #list do
    if list[i][1]:lower() == name then return list[i][2], i end
  end
end

---Raises an error for a header that must not be sent.
---@param name string
---@param value string|number
local function checkHeader(name, value)
  local kind = type(value)
  if type(name) ~= 'string' or kind ~= 'string' and kind ~= 'number' then
    error(('bad header %s: a string or number expected, got %s'):format(tostring(name), kind), 0)
  end
  local fault = native.check_header(name, tostring(value))
  if fault then error('bad header: ' .. fault, 0) end
end

-- The end of the body must be as clear to the server as it is to us.
local function checkFraming(headers)
  local length, encoding = headers['content-length'], headers['transfer-encoding']
  if length and encoding then
    -- Two answers to one question are what request smuggling lives on; the chunks say it all.
    headers['content-length'] = nil
    length = nil
  end
  if length and not length:find('^%d+$') then error('bad request: Content-Length is not a number', 0) end
  if encoding and not encoding:lower():find('chunked%s*$') then
    error('bad request: Transfer-Encoding does not end with chunked', 0)
  end
end

local ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

local function base64(text)
  local digits = text:gsub('..?.?', function(bytes)
    local a, b, c = bytes:byte(1, 3)
    local word = a * 65536 + (b or 0) * 256 + (c or 0)
    local digit = function(weight)
      local index = math.floor(word / weight) % 64 + 1
      return ALPHABET:sub(index, index)
    end
    return digit(262144) .. digit(4096) .. (b and digit(64) or '=') .. (c and digit(1) or '=')
  end)
  return digits
end

-- The agents of requests that name none, by protocol.
local AGENTS = { http = 'http/agent', https = 'https/agent' }
local DEFAULT_PORTS = { http = 80, https = 443 }
local READY = { http = 'connect', https = 'secureConnect' }

local function globalAgent(protocol)
  return require(AGENTS[protocol]).globalAgent
end

local function chooseAgent(self, options)
  local socket = checkOption(options, 'socket', 'table')
  if socket and not (socket.on and socket.write) then badOption('socket', 'Socket', 'table') end
  local agent = options.agent
  checkOption(options, 'createConnection', 'function')
  if options.socket or agent == false or agent == nil and options.createConnection then return nil end
  if agent == nil then agent = globalAgent(self.protocol) end
  if type(agent) ~= 'table' or not agent.addRequest then badOption('agent', 'Agent', type(agent)) end
  return agent
end

-- Which protocol it is: what the agent speaks, and the options must not disagree.
local function chooseProtocol(self, options, agent)
  local protocol = checkOption(options, 'protocol', 'string')
  protocol = protocol and protocol:gsub(':$', ''):lower()
  local expected = agent and agent.protocol or self.protocol
  if not protocol or protocol == expected then return expected end
  if options.socket then return protocol end
  if AGENTS[protocol] and not options.agent then
    expected = ("%s expected, the module '%s' has the other"):format(expected, protocol)
  else
    expected = expected .. ' expected'
  end
  error(("bad argument 'options.protocol' to 'request' (%s, got %s)"):format(expected, protocol), 0)
end

-- The proxy that a request goes through, if any.
local function chooseProxy(self, options)
  if options.socket or options.socketPath or options.createConnection or self.method == 'CONNECT' then return nil end
  local wanted = checkOption(options, 'proxy', 'string', 'boolean')
  if wanted == nil and options.agent then wanted = options.agent.proxy or false end
  if wanted == false then return nil end
  local proxies = require('http/proxy')
  checkOption(options, 'proxyOptions', 'table')
  if type(wanted) == 'string' then
    local proxy, fault = proxies.parse(wanted)
    if not proxy then badOption('proxy', 'URL of a proxy', fault) end
    return proxy
  end
  local proxy, err = proxies.ofEnvironment(self.protocol, self.host, self.port)
  self._fault = err
  return proxy
end

local function authorityOf(self)
  local host = self.host
  if host:find(':', 1, true) then host = '[' .. host:gsub('%%.*', '') .. ']' end
  return self.port == DEFAULT_PORTS[self.protocol] and host or host .. ':' .. self.port
end

---Where a request goes, as the beginning of a URL.
---@param self luvit.http.ClientRequest
---@return string
local function originOf(self)
  return self.protocol .. '://' .. authorityOf(self)
end

-- Through a proxy the target is a whole URL (RFC 9112 section 3.2.2), unless a tunnel hides it.
local function setProxy(self, options)
  local proxy = chooseProxy(self, options)
  self._proxy, self._target = proxy, nil
  self._tunnel = proxy and (self.protocol == 'https' or find(self, 'upgrade') ~= nil) or nil
  if not proxy or self._tunnel then return end
  if self.path:find('^/') then
    self._target = originOf(self) .. self.path
  elseif self.path == '*' then
    self._target = originOf(self)
  end
  local authorization = require('http/tunnel').authorization(proxy)
  if authorization and not find(self, 'proxy-authorization') then
    self[#self + 1] = { 'Proxy-Authorization', authorization }
    self._proxyHeader = true
  end
end

-- Options that are for `net.connect`, with their types.
local OF_CONNECTION = {
  'socketPath', 'string', 'localAddress', 'string', 'localPort', 'number', 'family', 'number', 'lookup', 'function',
}

local function limit(options, name, default)
  local value = checkOption(options, name, 'number') or default
  if not (value >= 1 and value < 2 ^ 32) then badOption(name, 'number from 1 to 2^32', value) end
  return value
end

local function setRedirects(self, options)
  local wanted = checkOption(options, 'redirects', 'boolean', 'number')
  if not wanted or options.socket then return end
  if wanted == true then wanted = MAX_REDIRECTS end
  if wanted < 0 or wanted % 1 ~= 0 then badOption('redirects', 'whole number of at least 0', wanted) end
  self._redirects, self.redirects, self._replay = wanted, {}, {}
  self._insecureRedirect = checkOption(options, 'allowInsecureRedirect', 'boolean')
end

local function checkHead(self)
  local fault = select(2, native.request_head(self.method, self._target or self.path, self))
  if fault then error('bad request: ' .. fault, 0) end
end

---Sets the fields and headers of a request. Its `protocol` is that of the module that was asked.
---@param self luvit.http.ClientRequest
---@param options luvit.http.RequestOptions
local function apply(self, options)
  local agent = chooseAgent(self, options)
  self.protocol = chooseProtocol(self, options, agent)
  self._options = options
  local headers = httpHeader.toHeaders(checkOption(options, 'headers', 'table'))
  local defaultPort = options.defaultPort or agent and agent.defaultPort or DEFAULT_PORTS[self.protocol] or 80
  self.agent = agent
  self.host, self.port, self.path = target(options, headers, defaultPort)
  self.method = (checkOption(options, 'method', 'string') or 'GET'):upper()
  for i = 1, #OF_CONNECTION, 2 do checkOption(options, OF_CONNECTION[i], OF_CONNECTION[i + 1]) end
  for i = 1, #headers do
    checkHeader(headers[i][1], headers[i][2])
    headers[i] = { headers[i][1], tostring(headers[i][2]) }
  end
  checkFraming(headers)
  for i = 1, #headers do self[i] = headers[i] end
  local auth = checkOption(options, 'auth', 'string')
  if auth and not headers.authorization then self[#self + 1] = { 'Authorization', 'Basic ' .. base64(auth) } end
  if not headers['user-agent'] and self.getDefaultUserAgent() ~= '' then
    table.insert(self, 1, { 'User-Agent', self.getDefaultUserAgent() })
  end
  if not headers.host and options.setHost ~= false then table.insert(self, 1, { 'Host', hostHeader(self.host, self.port, defaultPort) }) end
  if options.decompress then
    local decode = require('http/decode')
    self._decompress = decode.check(options.decompress)
    -- Of something compressed a range is of no use.
    if not headers['accept-encoding'] and not headers.range then
      self[#self + 1] = { 'Accept-Encoding', decode.ACCEPT }
    end
  end
  self.connection = headers.connection
  -- Whoever asks whether to go on waits for the answer with the body, not with the head.
  self._flush = headers.expect ~= nil
  setRedirects(self, options)
  setProxy(self, options)
  checkHead(self)

  self._maxHead = limit(options, 'maxHeaderSize', MAX_HEAD)
  self._maxHeaders = limit(options, 'maxHeadersCount', MAX_HEADERS)
  local timeout = checkOption(options, 'timeout', 'number')
  if timeout and timeout > 0 then self:setTimeout(timeout) end
end

---Sends a request somewhere else.
---@param self luvit.http.ClientRequest
---@param parts luvit.Url
---@param moved fun() called when it is known where, and before anything is said there
local function retarget(self, parts, moved)
  local options = self._options
  local protocol, agent = parts.protocol, self.agent
  if agent and protocol ~= self.protocol then
    -- The agent of the program speaks one protocol, and its proxy is for all of them.
    local proxy = agent.proxy
    agent = globalAgent(protocol)
    if options.agent and options.proxy == nil then
      options = setmetatable({ agent = agent, proxy = proxy or false }, { __index = options })
    end
  end
  self.agent, self.protocol = agent, protocol
  self.host, self.port, self.path = target({ hostname = parts.hostname, port = parts.port, path = parts.path }, {},
    DEFAULT_PORTS[protocol])
  self._options = options
  if self._proxyHeader then
    local _, index = find(self, 'proxy-authorization')
    if index then table.remove(self, index) end
    self._proxyHeader = nil
  end
  moved()
  if not find(self, 'host') then table.insert(self, 1, { 'Host', authorityOf(self) }) end
  if parts.auth and not find(self, 'authorization') then
    self[#self + 1] = { 'Authorization', 'Basic ' .. base64(parts.auth) }
  end
  setProxy(self, self._options)
  checkHead(self)
end

return {
  AGENTS = AGENTS,
  READY = READY,
  apply = apply,
  base64 = base64,
  checkHeader = checkHeader,
  find = find,
  hasToken = hasToken,
  originOf = originOf,
  parseUrl = parseUrl,
  retarget = retarget,
}
