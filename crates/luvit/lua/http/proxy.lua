-- Which proxy a request goes through: what the option or the environment says, and which hosts it is not for.

local uv = require('uv')
local url = require('url')
local isIP = require('net/address').isIP

local proxies = {}

---A proxy.
---@class luvit.http.Proxy
---@field protocol 'http'|'https' how it is spoken to itself
---@field host string
---@field port integer
---@field auth? string `user:password`
---@field key string the whole of it, to compare
---@field shown string host and port, for messages: no password

local DEFAULT_PORTS = { http = 80, https = 443 }

---Takes the URL of a proxy apart. Without a protocol it is `http`.
---@param text string
---@return luvit.http.Proxy? proxy
---@return string? fault what is wrong with it, without its password
function proxies.parse(text)
  local parts = url.parse(text:find('^%a[%w+.-]*://') and text or 'http://' .. text)
  if not DEFAULT_PORTS[parts.protocol] then
    return nil, ("a proxy of kind '%s' is not supported (http or https expected)"):format(parts.protocol)
  end
  local port = tonumber(parts.port or DEFAULT_PORTS[parts.protocol])
  -- What stands behind the host is no port.
  if not parts.hostname or parts.pathname ~= '/' or port < 1 or port > 65535 then
    return nil, 'no URL of a proxy (http://host:port expected)'
  end
  local host = parts.hostname
  local shown = (host:find(':', 1, true) and '[%s]:%d' or '%s:%d'):format(host, port)
  return {
    protocol = parts.protocol, host = host, port = port, auth = parts.auth, shown = shown,
    key = ('%s://%s@%s'):format(parts.protocol, parts.auth or '', shown),
  }
end

-- The environment ----------------------------------------------------------------------------------------------------

local function variable(name)
  local value = uv.os_getenv(name)
  value = value and value:match('^%s*(.-)%s*$')
  if value ~= '' then return value end
end

-- The URL for a protocol, and the variable it is from.
local function fromEnvironment(protocol)
  local names = { protocol .. '_proxy', protocol:upper() .. '_PROXY', 'all_proxy', 'ALL_PROXY' }
  -- In a CGI program HTTP_PROXY is the header `Proxy` of whoever asks: https://httpoxy.org. On Windows so is http_proxy,
  -- where letters of names have no case.
  if protocol == 'http' and uv.os_getenv('REQUEST_METHOD') then
    table.remove(names, 2)
    if jit.os == 'Windows' then table.remove(names, 1) end
  end
  for _, name in ipairs(names) do
    local value = variable(name)
    if value then return value, name end
  end
end

-- An address as eight numbers of 16 bits, those of IPv4 as IPv6 has them (::ffff:0:0/96).
local function words(address)
  address = address:gsub('%%.*', '')
  local a, b, c, d = address:match('(%d+)%.(%d+)%.(%d+)%.(%d+)$')
  if a then
    local last = ('%x:%x'):format(a * 256 + b, c * 256 + d)
    local before = address:match('^(.*:)')
    address = (before or '::ffff:') .. last
  end
  local left, right = address:match('^(.-)::(.*)$')
  local function split(text)
    local list = {}
    for word in text:gmatch('%x+') do list[#list + 1] = tonumber(word, 16) end
    return list
  end
  local list, tail = split(left or address), right and split(right) or {}
  for _ = #list + #tail + 1, 8 do list[#list + 1] = 0 end
  for _, word in ipairs(tail) do list[#list + 1] = word end
  return list
end

local function sameBits(one, other, count)
  for i = 1, 8 do
    local bits = math.min(16, count)
    if bits <= 0 then return true end
    local unit = 2 ^ (16 - bits)
    if math.floor(one[i] / unit) ~= math.floor(other[i] / unit) then return false end
    count = count - bits
  end
  return true
end

-- Whether an address is in a network such as 10.0.0.0/8.
local function inNetwork(host, network, length)
  local kind = isIP(network)
  length = tonumber(length)
  if kind == 0 or not length or length > (kind == 4 and 32 or 128) then return false end
  return sameBits(words(host), words(network), kind == 4 and length + 96 or length)
end

-- Whether one entry of NO_PROXY means a host.
local function matches(entry, host, port, kind)
  if entry == '*' then return true end
  local network, length = entry:match('^(.+)/(%d+)$')
  if network then return kind ~= 0 and inNetwork(host, network, length) end
  local name, wanted = entry:match('^%[(.+)%]:?(%d*)$')
  if not name then name, wanted = entry:match('^([^:]+):(%d+)$') end
  if wanted and wanted ~= '' and tonumber(wanted) ~= port then return false end
  name = name or entry
  if kind ~= 0 then return isIP(name) ~= 0 and sameBits(words(host), words(name), 128) end
  -- A domain with those below it, whichever way it is written.
  name = name:gsub('^%*?%.', ''):gsub('%.$', '')
  return name ~= '' and (host == name or host:sub(-#name - 1) == '.' .. name)
end

---Whether a list as in NO_PROXY has a host in it: names with all below them, addresses and networks, each with or
---without a port; `*` is every host.
---@param list string separated by commas or spaces
---@param host string
---@param port integer
---@return boolean
function proxies.isExcepted(list, host, port)
  host = host:lower():gsub('%.$', '')
  local kind = isIP(host)
  for entry in list:lower():gmatch('[^%s,]+') do
    if matches(entry, host, port, kind) then return true end
  end
  return false
end

---Whether a host is this machine, which no proxy can reach.
---@param host string
---@return boolean
function proxies.isLoopback(host)
  host = host:lower():gsub('%.$', '')
  if host == 'localhost' or host:find('%.localhost$') then return true end
  local kind = isIP(host)
  return kind ~= 0 and (inNetwork(host, '127.0.0.0', 8) or inNetwork(host, '::1', 128))
end

---The proxy that the environment names for a request.
---@param protocol 'http'|'https'
---@param host string
---@param port integer
---@return luvit.http.Proxy? proxy nil: none
---@return luvit.Error? err when what it names is no proxy
function proxies.ofEnvironment(protocol, host, port)
  if proxies.isLoopback(host) then return nil end
  local text, name = fromEnvironment(protocol)
  if not text then return nil end
  local except = variable('no_proxy') or variable('NO_PROXY')
  if except and proxies.isExcepted(except, host, port) then return nil end
  local proxy, fault = proxies.parse(text)
  if proxy then return proxy end
  return nil, require('core').Error:new(('ERR_PROXY_INVALID_CONFIG: %s, in the environment variable %s')
    :format(fault, name))
end

return proxies
