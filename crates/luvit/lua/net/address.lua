-- What `net` knows about addresses: which text is one, how it is shown, and which arguments stand for one.

local uv = require('uv')
local Error = require('core').Error

local address = {}

---@param name string
---@param method string
---@param expected string
---@param value any
---@param level integer of whose error it is
function address.badArgument(name, method, expected, value, level)
  error(("bad argument '%s' to '%s' (%s expected, got %s)"):format(name, method, expected, type(value)), level + 1)
end

---A port number, or with `services` the name of a service, which the resolver translates.
---@param port any
---@param method string
---@param services? boolean
---@param level? integer 3
---@return integer|string
function address.checkPort(port, method, services, level)
  level = level or 3
  local number = tonumber(port)
  if number and number >= 0 and number <= 65535 and number % 1 == 0 then return number end
  if services and not number and type(port) == 'string' and port ~= '' then return port end
  if number then
    error(("bad argument 'port' to '%s' (an integer from 0 to 65535 expected, got %s)"):format(method, tostring(port)),
      level)
  end
  address.badArgument('port', method, 'number', port, level)
end

---@param value any
---@param kind type
---@param name string
---@param method string
---@param level? integer 3
function address.checkOptional(value, kind, name, method, level)
  if value ~= nil and type(value) ~= kind then address.badArgument(name, method, kind, value, level or 3) end
end

local function isIPv4(text)
  local count = 0
  for part, separator in text:gmatch('(%d+)(%.?)') do
    count = count + 1
    if #part > 3 or tonumber(part) > 255 or #part > 1 and part:byte() == 48 then return false end
    if (separator == '') ~= (count == 4) then return false end
  end
  return count == 4 and text:find('^[%d.]+$') ~= nil
end

-- The groups of one side of `::`, or nil for what are none.
local function countGroups(text, isLast)
  if text == '' then return 0 end
  local count = 0
  for group in (text .. ':'):gmatch('([^:]*):') do
    if group:find('^%x%x?%x?%x?$') then
      count = count + 1
    elseif isLast and group:find('.', 1, true) and isIPv4(group) and text:sub(-#group) == group then
      count = count + 2
    else
      return nil
    end
  end
  return count
end

local function isIPv6(text)
  text = text:gsub('%%[%w._%-]+$', '')
  local before, after = text:match('^(.-)::(.*)$')
  if not before then return countGroups(text, true) == 8 end
  local left, right = countGroups(before, false), countGroups(after, true)
  return left ~= nil and right ~= nil and left + right <= 7
end

---What kind of address a text is.
---@param text any
---@return 0|4|6 # 0: none
function address.isIP(text)
  if type(text) ~= 'string' then return 0 end
  return isIPv4(text) and 4 or isIPv6(text) and 6 or 0
end

---Whether a text in the place of a port is the path of a local socket: it holds what no name of a service has.
---@param text any
---@return boolean
function address.isPath(text)
  return type(text) == 'string' and text:find('[^%w+_-]') ~= nil and not tonumber(text)
end

---@param host string
---@param port number|string
---@return string # `host:port`, or `[host]:port`
function address.endpoint(host, port)
  return (host:find(':', 1, true) and '[%s]:%s' or '%s:%s'):format(host, port)
end

---What a lookup is called in errors: with the port when that is a name, which may be what is unknown.
---@param host string
---@param port number|string
---@return string
function address.lookup(host, port)
  return 'getaddrinfo ' .. (type(port) == 'string' and address.endpoint(host, port) or host)
end

---How the name of a local socket is shown. Abstract ones begin with a zero byte.
---@param path string
---@return string
function address.showPath(path)
  return (path:gsub('%z', '@'))
end

---What an error code means, and where it happened: `ECONNREFUSED: connection refused, connect 127.0.0.1:80`.
---@param code string as libuv names it
---@param what string
---@return luvit.Error
function address.describe(code, what)
  local number = uv.errno[code]
  local text = number and uv.translate_sys_error(number) or code .. ': error'
  return Error:new(('%s, %s'):format(text, what))
end

---Calls a function of `uv` that raises an error for what is no address; here that is a failure like others.
---@param fn function
---@param ... any
---@return any result, string? err, string? code
function address.withAddress(fn, ...)
  local called, result, err, code = pcall(fn, ...)
  if not called then return nil, 'EINVAL: invalid argument', 'EINVAL' end
  return result, err, code
end

---The delay of keep-alive probes as the system wants it.
---@param milliseconds? number
---@return integer seconds
function address.seconds(milliseconds)
  return milliseconds and math.max(1, math.floor(milliseconds / 1000)) or 60
end

return address
