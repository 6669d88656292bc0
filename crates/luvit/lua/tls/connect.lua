-- `tls.connect`: the forms of its arguments.

local address = require('net/address')
local base = require('stream/base')
local TLSSocket = require('tls/socket').TLSSocket

-- What of the options concerns the connection below.
local BELOW = {
  'port', 'path', 'family', 'autoSelectFamily', 'autoSelectFamilyAttemptTimeout', 'connectTimeout', 'lookup',
  'localAddress', 'localPort', 'noDelay', 'keepAlive', 'keepAliveInitialDelay', 'timeout',
}

return function(options, host, more, callback)
  local given = {}
  if type(options) == 'table' then
    given, callback = options, host
    -- luvit 2 took a table in between, and did nothing with it.
    if type(callback) == 'table' then callback = more end
  elseif address.isPath(options) then
    given.path = options
    if type(host) == 'table' then host, more, callback = nil, host, more end
    if type(host) == 'function' then callback = host elseif type(more) == 'function' then callback = more end
  else
    given.port = options
    if type(host) == 'table' then
      host, more, callback = nil, host, more
    elseif type(host) == 'function' then
      host, callback = nil, host
    elseif type(more) == 'function' then
      more, callback = nil, more
    end
    given.host = host
  end
  if type(more) == 'table' and given ~= more and type(options) ~= 'table' then
    local merged = {}
    for name, value in pairs(more) do merged[name] = value end
    for name, value in pairs(given) do merged[name] = value end
    given = merged
  end
  address.checkOptional(callback, 'function', 'callback', 'connect')
  address.checkOptional(given.servername, 'string', 'options.servername', 'connect')
  local session = given.session
  if session ~= nil and not (type(session) == 'table' and base.bytesOf(session)) then
    address.checkOptional(session, 'string', 'options.session', 'connect')
  end
  address.checkOptional(given.checkServerIdentity, 'function', 'options.checkServerIdentity', 'connect')

  local socket = TLSSocket:new(given.socket, given, 4)
  if callback then socket:once('secureConnection', function() callback(socket) end) end
  if given.socket then
    if given.timeout then socket:setTimeout(given.timeout) end
    return socket
  end
  local below = { host = given.host or given.hostname or (given.servername ~= '' and given.servername or nil) }
  for i = 1, #BELOW do below[BELOW[i]] = given[BELOW[i]] end
  if below.port == nil and below.path == nil then
    error("bad argument 'options' to 'connect' (port, path or socket expected)", 2)
  end
  if below.path then below.host = nil end
  local ok, problem = pcall(socket.connect, socket, below)
  -- The position is in this file; that of the caller comes in front.
  if not ok then error(type(problem) == 'string' and problem:gsub('^.-:%d+: ', '') or problem, 2) end
  return socket
end
