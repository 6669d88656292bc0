-- The HTTP server of the talk: answers every request with "Hello world".
--
--   luvit examples/hello.lua [port] [host]
--   curl http://localhost:8080/

local http = require("http")

local port = tonumber(args[2]) or 8080
local host = args[3]

local server = http.createServer(function (req, res)
  local body = "Hello world\n"
  res:writeHead(200, {
    ["Content-Type"] = "text/plain",
    ["Content-Length"] = #body
  })
  res:finish(body)
end):listen(port, host)

print("Server listening at http://localhost:" .. server:address().port .. "/")
