-- The hello server over TLS, for luvit: PORT=8443 CERT=cert.pem KEY=key.pem luvit bench/tls/hello.lua
local fs = require('fs')
local https = require('https')

local options = { cert = assert(fs.readFileSync(process.env.CERT)), key = assert(fs.readFileSync(process.env.KEY)) }

local server = https.createServer(options, function (req, res)
  local body = "Hello world\n"
  res:writeHead(200, {
    ["Content-Type"] = "text/plain",
    ["Content-Length"] = #body
  })
  res:finish(body)
end)

-- As ../hello.lua.
server.keepAliveTimeout = 600000
server:listen(tonumber(process.env.PORT), "127.0.0.1")
