-- Where a server of HTTP listens: an address, the first of a name, or the path of a local socket.

local native = require('luvit:http')

local function failLater(self, what, err, code)
  rawset(self, 'listening', false)
  local failure = require('core').Error:new(('%s, %s'):format(err, what))
  failure.code = code or failure.code
  process.nextTick(function() self:emit('error', failure) end)
end

-- Listens with a handle that is bound, if it is.
local function start(self, server, handle, backlog, what, ok, err, code)
  if ok then ok, err, code = native.listen(server(self), handle, backlog) end
  if not ok then
    if handle then handle:close() end
    return failLater(self, what, err, code)
  end
  rawset(self, '_handle', handle)
  if rawget(self, '_unref') then handle:unref() end
  process.nextTick(function()
    if rawget(self, '_handle') == handle then self:emit('listening') end
  end)
end

-- Binds and listens on a numeric address.
local function listenOn(self, server, ip, port, backlog)
  local tcp, err, code = require('uv').new_tcp()
  local ok = tcp ~= nil
  if ok then
    -- What is no address raises an error.
    local called, bound, bindErr, bindCode = pcall(tcp.bind, tcp, ip, port)
    if called then
      ok, err, code = bound, bindErr, bindCode
    else
      ok, err, code = nil, 'EINVAL: invalid argument', 'EINVAL'
    end
  end
  local what = (ip:find(':', 1, true) and 'listen [%s]:%d' or 'listen %s:%d'):format(ip, port)
  start(self, server, tcp, backlog, what, ok, err, code)
end

local function listenOnPath(self, server, options, backlog)
  local uv = require('uv')
  local path = options.path
  local pipe, err, code = uv.new_pipe(false)
  local ok = pipe ~= nil
  if ok then ok, err, code = uv.pipe_bind2(pipe, path, { no_truncate = true }) end
  local mode = (options.readableAll and 'r' or '') .. (options.writableAll and 'w' or '')
  -- An abstract name has no file, and no permissions.
  if ok and mode ~= '' and path:byte() ~= 0 then ok, err, code = uv.pipe_chmod(pipe, mode) end
  start(self, server, pipe, backlog, 'listen ' .. require('net/address').showPath(path), ok, err, code)
end

local function listenOnName(self, server, host, port, backlog)
  local attempt = {}
  rawset(self, '_handle', attempt)
  local function found(err, addresses)
    -- Closed meanwhile.
    if rawget(self, '_handle') ~= attempt then return end
    rawset(self, '_handle', nil)
    if err then return failLater(self, 'getaddrinfo ' .. host, err, err) end
    listenOn(self, server, addresses[1].addr, port, backlog)
  end
  local request, err = require('uv').getaddrinfo(host, nil, { socktype = 'stream' }, found)
  if not request then found(err) end
end

local function bad(name, expected, got)
  error(("bad argument '%s' to 'listen' (%s expected, got %s)"):format(name, expected, got), 4)
end

-- The forms of the arguments as a table, and the callback.
local function arguments(port, host, backlog, callback)
  if type(port) == 'table' then return port, host end
  if type(port) == 'function' then return {}, port end
  local options = {}
  if type(port) == 'string' and not tonumber(port) and require('net/address').isPath(port) then
    options.path = port
    -- There is no host before the backlog.
    if type(host) == 'function' then return options, host end
    if host ~= nil then
      options.backlog = host
      return options, type(backlog) == 'function' and backlog or callback
    end
  else
    options.port = port
    if type(host) == 'function' then return options, host end
    options.host = host
  end
  if type(backlog) == 'function' then return options, backlog end
  options.backlog = backlog
  return options, callback
end

---@param self luvit.http.Server
---@param server fun(self: luvit.http.Server): integer makes the native server
return function(self, server, ...)
  local options, callback = arguments(...)
  local port, host, backlog, path = options.port, options.host or options.ip, options.backlog, options.path
  if type(host) == 'number' then host, backlog = nil, host end
  if self.listening then error('listen: the server is listening already', 3) end
  if path ~= nil and (type(path) ~= 'string' or path == '') then
    bad('path', 'path', path == '' and 'an empty string' or type(path))
  end
  port = tonumber(port or 0)
  if not port or port < 0 or port > 65535 or port % 1 ~= 0 then
    bad('port', 'integer from 0 to 65535', tostring(options.port))
  end
  host, backlog = host or '0.0.0.0', backlog or 511
  if type(host) ~= 'string' then bad('host', 'string', type(host)) end
  if type(backlog) ~= 'number' then bad('backlog', 'number', type(backlog)) end
  if callback ~= nil then
    if type(callback) ~= 'function' and type(callback) ~= 'table' then bad('callback', 'function', type(callback)) end
    self:once('listening', callback)
  end
  rawset(self, 'listening', true)
  if path then
    listenOnPath(self, server, options, backlog)
  elseif host:find('^[%d.]+$') or host:find(':', 1, true) then
    listenOn(self, server, host, port, backlog)
  else
    listenOnName(self, server, host, port, backlog)
  end
end
