-- A server and a client of HTTPS. Programs read their certificates from files; this one is made for localhost.

local https = require('https')

local certificate = [[
-----BEGIN CERTIFICATE-----
MIIBgDCCASWgAwIBAgIUENjAXVW9cvPwNnjkUiOiB7vduU0wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNjAzNDEyMFoYDzIxMjYxMTAy
MDM0MTIwWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATS4/c47y9sWfZ3KJbnmU5NqCKV5eHWuoZwEhaAItxLzfEo6BGKkPUo
d8BCXJSyiLCZMsCzJr3/nOokUYKkS0Aro1MwUTAdBgNVHQ4EFgQUc3ktLI4SfmOm
FXArAfcmDZcEBVQwHwYDVR0jBBgwFoAUc3ktLI4SfmOmFXArAfcmDZcEBVQwDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEA77/CPkqR6gndOi6MskNf
gPQlCzDaqZW1jgfW11CJkYwCIQD0vNvs5yYUKQ4cWwEuP8em3TZGkjm2C5cHPfyt
3ZDOCA==
-----END CERTIFICATE-----
]]

local key = [[
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgPmt8yk8H0VSZhB6D
swlz35dCeiPSBg7xYZRyMoT0EyShRANCAATS4/c47y9sWfZ3KJbnmU5NqCKV5eHW
uoZwEhaAItxLzfEo6BGKkPUod8BCXJSyiLCZMsCzJr3/nOokUYKkS0Ar
-----END PRIVATE KEY-----
]]

local server
server = https.createServer({ cert = certificate, key = key }, function(req, res)
  if req.url == '/old' then
    res:writeHead(301, { Location = '/new' })
    return res:finish()
  end
  res:writeHead(200, { ['Content-Type'] = 'text/plain' })
  res:finish('to ' .. req.socket.servername .. ' by ' .. req.socket:getProtocol())
end)

server:listen(0, '127.0.0.1', function()
  local port = server:address().port
  -- Connections are kept, and sessions of TLS resumed. An agent may hold the options of all its requests.
  local agent = https.Agent:new({ ca = certificate, keepAlive = true })
  local options = { host = 'localhost', port = port, path = '/old', agent = agent, redirects = true }
  https.get(options, function(res)
    print(res.statusCode, res.socket.authorized, #res.redirects) --> 200	true	1
    res:on('data', print)                                       --> to localhost by TLSv1.3
    res:on('end', function()
      agent:destroy()
      -- Whom the system does not trust gets no request.
      https.get('https://localhost:' .. port .. '/'):on('error', function(err)
        print(err.code) --> DEPTH_ZERO_SELF_SIGNED_CERT
        server:close()
      end)
    end)
  end)
end)
