-- Connections through a proxy: to the proxy itself, and by CONNECT (RFC 9110 section 9.3.6) to a server behind it.

local Error = require('core').Error
local native = require('luvit:http_client')

local MAX_HEAD, MAX_HEADERS = 16384, 200

local tunnel = {}

---Opens a connection to a proxy.
---@param proxy luvit.http.Proxy
---@param options? table of TLS, for a proxy that is spoken to by `https`
---@return luvit.net.Socket socket
---@return string event that it emits when it can be used
function tunnel.open(proxy, options)
  if proxy.protocol == 'https' then
    local settings = { ALPNProtocols = { 'http/1.1' } }
    for name, value in pairs(options or {}) do settings[name] = value end
    settings.host, settings.port = proxy.host, proxy.port
    return require('tls').connect(settings), 'secureConnect'
  end
  return require('net').connect({ host = proxy.host, port = proxy.port }), 'connect'
end

---What a proxy wants to know of who asks.
---@param proxy luvit.http.Proxy
---@return string? # the value of Proxy-Authorization
function tunnel.authorization(proxy)
  return proxy.auth and 'Basic ' .. require('http/options').base64(proxy.auth)
end

---Says in an error that it was the proxy that could not be reached.
---@param proxy luvit.http.Proxy
---@param err any
---@param detail any
---@return luvit.Error
function tunnel.explain(proxy, err, detail)
  local known = detail or err
  local message = type(known) == 'table' and known.message or known
  local failure = Error:new(('%s, proxy %s'):format(tostring(message or 'ECONNRESET: the connection ended'),
    proxy.shown))
  failure.code = type(known) == 'table' and known.code or failure.code or type(err) == 'string' and err or nil
  return failure
end

local function headOf(proxy, authority)
  local headers = { { 'Host', authority } }
  local authorization = tunnel.authorization(proxy)
  if authorization then headers[2] = { 'Proxy-Authorization', authorization } end
  return native.request_head('CONNECT', authority, headers)
end

---Opens a connection to a server behind a proxy.
---@param proxy luvit.http.Proxy
---@param host string
---@param port integer
---@param options? table of TLS, as of `open`
---@param callback fun(err?: any, socket?: luvit.net.Socket, detail?: luvit.Error) called once
---@return { destroy: fun() } # gives it up; the callback is not called
function tunnel.connect(proxy, host, port, options, callback)
  local authority = (host:find(':', 1, true) and '[%s]:%d' or '%s:%d'):format(host:gsub('%%.*', ''), port)
  local head, fault = headOf(proxy, authority)
  if not head then error('bad request: ' .. fault, 0) end
  local socket, event = tunnel.open(proxy, options)
  local listeners, received = {}, ''

  local function release()
    for name, listener in pairs(listeners) do socket:removeListener(name, listener) end
    listeners = {}
  end

  local function fail(err, detail)
    release()
    socket:destroy()
    callback(err, nil, detail)
  end

  local function refused(why, status)
    local err = Error:new(('ERR_PROXY_TUNNEL: proxy %s %s to CONNECT %s'):format(proxy.shown, why, authority))
    err.statusCode = status
    fail(err)
  end

  listeners[event] = function() socket:write(head) end
  listeners.data = function(chunk)
    received = received .. chunk
    while true do
      local answer, used = native.parse_head(received, 'CONNECT', MAX_HEAD, MAX_HEADERS)
      if answer == nil then return end
      if not answer then return refused(('gave no HTTP answer (%s)'):format(used)) end
      received = received:sub(used + 1)
      if answer.code >= 300 then
        return refused(('answered %d %s'):format(answer.code, answer.reason), answer.code)
      elseif answer.code >= 200 then
        break
      end
    end
    release()
    socket:pause()
    socket._readableState.flowing = nil
    if received ~= '' then socket:unshift(received) end
    callback(nil, socket)
  end
  listeners['end'] = function() refused('closed the connection instead of an answer') end
  listeners.close = listeners['end']
  listeners.error = function(err, detail)
    local failure = tunnel.explain(proxy, err, detail)
    fail(type(err) == 'string' and err or failure, failure)
  end
  for name, listener in pairs(listeners) do socket:on(name, listener) end
  -- What fails after somebody else has the socket, or nobody.
  socket:on('error', function() end)

  return {
    destroy = function()
      release()
      socket:destroy()
    end,
  }
end

return tunnel
