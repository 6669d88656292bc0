-- The hello server of the benchmark, for luvit: PORT=8080 luvit bench/hello.lua
local http = require('http')

local port = tonumber(process.env.PORT) or tonumber(args[2]) or 8080

local server = http.createServer(function (req, res)
  local body = "Hello world\n"
  res:writeHead(200, {
    ["Content-Type"] = "text/plain",
    ["Content-Length"] = #body
  })
  res:finish(body)
end)

-- Ten minutes, as for every peer, so that idle connections stay open while they are measured.
server.keepAliveTimeout = 600000
server:listen(port, "127.0.0.1")
