-- The server of bench/soak: PORT=8080 luvit bench/soak.lua
--   GET /        the hello answer
--   GET /stream  one megabyte in chunks, no faster than the client reads
--   POST /       the length of the body, as text
local http = require('http')

local port = tonumber(process.env.PORT) or tonumber(args[2]) or 8080
local PIECE = ("0123456789abcdef"):rep(1024)
local PIECES = 64

local function stream(res)
  local sent = 0
  res:writeHead(200, { ["Content-Type"] = "application/octet-stream" })
  local function fill()
    while sent < PIECES do
      sent = sent + 1
      if not res:write(PIECE) then
        return res:once('drain', fill)
      end
    end
    res:finish()
  end
  fill()
end

local function answer(res, body)
  res:writeHead(200, {
    ["Content-Type"] = "text/plain",
    ["Content-Length"] = #body
  })
  res:finish(body)
end

local server = http.createServer(function (req, res)
  if req.method == 'POST' then
    local length = 0
    req:on('data', function (chunk)
      length = length + #chunk
    end)
    req:on('end', function ()
      answer(res, tostring(length))
    end)
  elseif req.url == '/stream' then
    stream(res)
  else
    answer(res, "Hello world\n")
  end
end)

server:listen(port, "127.0.0.1")
