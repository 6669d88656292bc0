-- What the options of an HTTP request mean: where to connect, and the head to send.

local url = require('url')
local httpHeader = require('http-header')
local native = require('luvit:http_client')

local MAX_HEAD = 16384
local MAX_HEADERS = 2000

---What to request, and how.
---@class luvit.http.RequestOptions
---@field protocol? string `http`; others need an `agent` or a `socket`
---@field host? string `localhost` by default
---@field hostname? string as `host`, and stronger
---@field port? number|string 80 by default
---@field path? string `/` by default; one without a slash in front gets it. What is not ASCII is percent-encoded
---@field method? string `GET` by default
---@field headers? table names and values, or a list of `{name, value}`
---@field agent? luvit.http.Agent|false where connections come from; false is a connection of its own
---@field socket? luvit.net.Socket use this connection
---@field connect_emitter? string what `socket` emits when it can be used, `connect` by default
---@field auth? string `user:password`, for the Authorization header
---@field timeout? number as `setTimeout`
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
local function target(options, headers, agent)
  local host, port = splitHost(checkOption(options, 'hostname', 'string') or checkOption(options, 'host', 'string')
    or headers.host or '')
  if host == '' then host = 'localhost' end
  port = checkOption(options, 'port', 'number', 'string') or port or options.defaultPort or agent and agent.defaultPort
    or 80
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

local function chooseAgent(options)
  local socket = checkOption(options, 'socket', 'table')
  if socket and not (socket.on and socket.write) then badOption('socket', 'Socket', 'table') end
  local agent = options.agent
  if options.socket or agent == false then return nil end
  if agent == nil then agent = require('http/agent').globalAgent end
  if type(agent) ~= 'table' or not agent.addRequest then badOption('agent', 'Agent', type(agent)) end
  return agent
end

local function limit(options, name, default)
  local value = checkOption(options, name, 'number') or default
  if not (value >= 1 and value < 2 ^ 32) then badOption(name, 'number from 1 to 2^32', value) end
  return value
end

---Sets the fields and headers of a request.
---@param self luvit.http.ClientRequest
---@param options luvit.http.RequestOptions
local function apply(self, options)
  local agent = chooseAgent(options)
  local protocol = checkOption(options, 'protocol', 'string')
  protocol = protocol and protocol:gsub(':$', '')
  if protocol and not options.socket and protocol ~= (agent and agent.protocol or 'http') then
    badOption('protocol', agent and agent.protocol or 'http', protocol)
  end
  local headers = httpHeader.toHeaders(checkOption(options, 'headers', 'table'))
  local defaultPort = options.defaultPort or agent and agent.defaultPort or protocol == 'https' and 443 or 80
  self.agent = agent
  self.host, self.port, self.path = target(options, headers, agent)
  self.method = (checkOption(options, 'method', 'string') or 'GET'):upper()
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
  if not headers.host then table.insert(self, 1, { 'Host', hostHeader(self.host, self.port, defaultPort) }) end
  self.connection = headers.connection
  -- Whoever asks whether to go on waits for the answer with the body, not with the head.
  self._flush = headers.expect ~= nil
  local fault = select(2, native.request_head(self.method, self.path, self))
  if fault then error('bad request: ' .. fault, 0) end

  self._maxHead = limit(options, 'maxHeaderSize', MAX_HEAD)
  self._maxHeaders = limit(options, 'maxHeadersCount', MAX_HEADERS)
  local timeout = checkOption(options, 'timeout', 'number')
  if timeout and timeout > 0 then self:setTimeout(timeout) end
end

return {
  apply = apply,
  checkHeader = checkHeader,
  find = find,
  hasToken = hasToken,
  parseUrl = parseUrl,
}
