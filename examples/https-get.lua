-- Fetches a page by https:// or http://, follows redirects, goes through the proxy that the environment names, and says who
-- the server is. A second argument names a file with certificates to trust instead of those of the system.
--
--   luvit examples/https-get.lua https://example.org/
--   luvit examples/https-get.lua https://localhost:8443/ cert.pem

local fs = require('fs')
local url = require('url')

local address = args[2] or "https://localhost:8443/"

local function fail(text)
  process.stderr:write("https-get: " .. text .. "\n")
  process.exitCode = 1
end

local parts = url.parse(address)
if parts.protocol ~= 'https' and parts.protocol ~= 'http' or not parts.hostname then
  return fail("not an address of https or http: " .. address)
end

local ca, problem
if args[3] then
  ca, problem = fs.readFileSync(args[3])
  if not ca then return fail(tostring(problem)) end
end

local req = require(parts.protocol).request({
  host = parts.hostname,
  port = parts.port,
  path = parts.path,
  ca = ca,
  redirects = true
}, function (res)
  for _, passed in ipairs(res.redirects) do print("moved from " .. passed) end
  print(res.statusCode .. " " .. res.statusMessage .. " of " .. res.url)
  if res.socket.encrypted then
    local certificate = res.socket:getPeerCertificate()
    print(("%s, certificate of %s until %s"):format(
      res.socket:getProtocol(), certificate.subject.CN or "?", certificate.valid_to))
  end
  print()
  res:on('data', function (chunk)
    process.stdout:write(chunk)
  end)
  res:on('error', function (err)
    fail("the answer broke off: " .. tostring(err))
  end)
end)

req:setTimeout(10000, function ()
  req:destroy("no answer within 10 seconds")
end)

req:on('error', function (err, detail)
  fail(tostring(detail or err))
end)

req:done()
