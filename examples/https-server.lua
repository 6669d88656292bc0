-- A server with HTTPS, and one that sends visitors of http:// there. The certificate is read again on SIGHUP: it can be
-- renewed without a restart.
--
--   openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 -subj /CN=localhost \
--     -addext subjectAltName=DNS:localhost -keyout key.pem -out cert.pem
--   luvit examples/https-server.lua 8443 127.0.0.1 cert.pem key.pem

local fs = require('fs')
local http = require('http')
local https = require('https')

local port = tonumber(args[2]) or 8443
local host = args[3] or '127.0.0.1'
local files = { cert = args[4] or 'cert.pem', key = args[5] or 'key.pem' }

local function certificate()
  local options = {}
  for name, file in pairs(files) do
    local text, err = fs.readFileSync(file)
    if not text then error("cannot read " .. name .. ": " .. err, 0) end
    options[name] = text
  end
  return options
end

local server = https.createServer(certificate(), function (req, res)
  local socket = req.socket
  local body = ("Hello %s, this is %s with %s\n"):format(
    socket.remoteAddress, socket:getProtocol(), socket:getCipher().name)
  -- Browsers remember to come by https:// from now on.
  res:writeHead(200, {
    ["Content-Type"] = "text/plain",
    ["Content-Length"] = #body,
    ["Strict-Transport-Security"] = "max-age=86400"
  })
  res:finish(body)
end)

server:on('tlsClientError', function (err, socket)
  print(("%s: %s"):format(socket.remoteAddress or "?", err.message))
end)

server:on('error', function (err)
  process.stderr:write("https-server: " .. tostring(err) .. "\n")
  process:exit(1)
end)

if require('los').type() ~= 'win32' then
  process:on('sighup', function ()
    local ok, err = pcall(function () server:setSecureContext(certificate()) end)
    print(ok and "certificate renewed" or "certificate not renewed: " .. tostring(err))
  end)
end

server:listen(port, host, function ()
  local actual = server:address().port
  print("Listening on https://" .. host .. ":" .. actual .. "/")

  -- Who comes without TLS is sent to the other port.
  local plain = http.createServer(function (req, res)
    local name = (req.headers.host or host):gsub(":%d+$", "")
    res:writeHead(308, { Location = ("https://%s:%d%s"):format(name, actual, req.url) })
    res:finish()
  end)
  plain:listen(0, host, function ()
    print("Redirecting http://" .. host .. ":" .. plain:address().port .. "/")
  end)
end)
