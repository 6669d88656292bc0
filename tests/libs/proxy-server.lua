-- A proxy for tests: forwards requests with an absolute target, and opens tunnels for CONNECT. Every name leads to
-- 127.0.0.1, so that tests can use names that do not exist.
--
--   proxyServer.start({ user = 'me:secret' }, function(proxy) … proxy.port … proxy.log … proxy:close() end)
--
-- `log` has a line for each request: `METHOD target`, with the credentials behind it.

local http = require('http')
local net = require('net')

local proxyServer = {}

local function forward(proxy, req, res)
  local host, port, path = req.url:match('^http://([^:/]+):?(%d*)(.*)$')
  if not host then return res:writeHead(400):finish('no absolute target') end
  local headers = {}
  for _, pair in ipairs(req.headers) do
    if not pair[1]:lower():find('^proxy%-') and pair[1]:lower() ~= 'connection' then headers[#headers + 1] = pair end
  end
  local out = http.request({
    host = '127.0.0.1', port = tonumber(port) or 80, path = path == '' and '/' or path, method = req.method,
    headers = headers,
  }, function(answer)
    local list = {}
    for _, pair in ipairs(answer.headers) do
      if pair[1]:lower() ~= 'connection' then list[#list + 1] = pair end
    end
    res:writeHead(answer.statusCode, list)
    answer:pipe(res)
  end)
  out:on('error', function(err) res:writeHead(502):finish(tostring(err)) end)
  req:pipe(out)
end

local function open(proxy, req, socket)
  local port = tonumber(req.url:match(':(%d+)$'))
  local server
  server = net.connect(port, '127.0.0.1', function()
    socket:write('HTTP/1.1 200 Connection established\r\n\r\n')
    socket:pipe(server)
    server:pipe(socket)
  end)
  server:on('error', function() socket:destroy() end)
  socket:on('error', function() server:destroy() end)
  socket:on('close', function() server:destroy() end)
  -- What still comes when the other side is gone is dropped.
  server:on('close', function() socket:resume() end)
end

---@param options { user?: string, connect?: (fun(req, socket): boolean?), tls?: table }
---@param ready fun(proxy: table)
function proxyServer.start(options, ready)
  local proxy = { log = {} }
  local authorization = options.user and 'Basic ' .. require('http/options').base64(options.user)

  local function note(req)
    proxy.log[#proxy.log + 1] = req.method .. ' ' .. req.url
    return not authorization or req.headers['proxy-authorization'] == authorization
  end

  local function answer(req, res)
    if not note(req) then return res:writeHead(407, { ['Proxy-Authenticate'] = 'Basic' }):finish() end
    forward(proxy, req, res)
  end
  local server = options.tls and require('https').createServer(options.tls, answer) or http.createServer(answer)
  server:on('connect', function(req, socket)
    socket:on('error', function() end)
    local allowed = note(req)
    if options.connect and options.connect(req, socket) then return end
    if not allowed then
      return socket:_end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n')
    end
    open(proxy, req, socket)
  end)
  function proxy.close() server:destroy() end
  server:listen(0, '127.0.0.1', function()
    proxy.port = server:address().port
    proxy.url = ('http%s://%s127.0.0.1:%d'):format(options.tls and 's' or '', options.user and options.user .. '@' or '', proxy.port)
    ready(proxy)
  end)
  return proxy
end

return proxyServer
