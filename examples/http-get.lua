-- A complete HTTP client: fetches a page, prints status, headers and body, and says what went wrong.
--
--   luvit examples/http-get.lua http://127.0.0.1:8080/ [timeout in milliseconds]

local http = require('http')
local url = require('url')

local address = args[2] or "http://127.0.0.1:8080/"
local timeout = tonumber(args[3]) or 5000

local function fail(text)
  process.stderr:write("http-get: " .. text .. "\n")
  process.exitCode = 1
end

local parts = url.parse(address)
if parts.protocol ~= 'http' or not parts.hostname then
  fail("not an http address: " .. address)
  return
end

local timedOut = false

local req = http.request({
  host = parts.hostname,
  port = tonumber(parts.port) or 80,
  path = parts.path,
  headers = { { "Accept", "*/*" }, { "Connection", "close" } }
}, function (res)
  print("HTTP/" .. res.httpVersion .. " " .. res.statusCode .. " " .. res.statusMessage)
  -- The headers in the order they came; res.headers["content-type"] reads one, whatever its case.
  for _, header in ipairs(res.headers) do
    print(header[1] .. ": " .. header[2])
  end
  print()

  local pieces = {}
  res:on('data', function (chunk)
    pieces[#pieces + 1] = chunk
  end)
  res:on('end', function ()
    process.stdout:write(table.concat(pieces))
    if res.statusCode >= 400 then
      fail("the server answered " .. res.statusCode)
    end
  end)
  res:on('error', function (err)
    fail("the answer broke off: " .. tostring(err))
  end)
end)

req:setTimeout(timeout, function ()
  timedOut = true
  fail("no answer within " .. timeout .. " ms")
  req:destroy()
end)

req:on('error', function (err)
  -- Destroying the request after the timeout may be reported here too.
  if not timedOut then
    fail(tostring(err))
  end
end)

req:done()
