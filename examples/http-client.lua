-- The HTTP client of the talk: prints each piece of the answer as it comes.
--
--   luvit examples/hello.lua
--   luvit examples/http-client.lua [host] [port]

local http = require('http')

local options = {
  host = args[2] or "127.0.0.1",
  port = tonumber(args[3]) or 8080,
  path = "/"
}

local req = http.request(options, function (res)
  res:on('data', function (chunk)
    p("ondata", { chunk = chunk })
  end)
end)

req:done()
