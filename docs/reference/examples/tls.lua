-- A server and a client that know each other by a certificate made for them. Programs read certificates from files.

local tls = require('tls')

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
server = tls.createServer({ cert = certificate, key = key }, function(socket)
  socket:pipe(socket)
end)

server:listen(0, '127.0.0.1', function()
  local port = server:address().port
  local socket
  socket = tls.connect({ port = port, host = 'localhost', ca = certificate }, function()
    print(socket:getProtocol(), socket.authorized, socket:getPeerCertificate().subject.CN) --> TLSv1.3	true	localhost
    socket:write('over TLS')
  end)
  socket:on('data', function(chunk)
    print(chunk) --> over TLS
    socket:_end()
  end)
  socket:on('close', function()
    -- Without `ca` it is nobody that the system trusts.
    local stranger = tls.connect({ port = port, host = 'localhost' })
    stranger:on('error', function(err)
      print(err.code) --> DEPTH_ZERO_SELF_SIGNED_CERT
      print(err.message) --> certificate is self-signed and not in ca: localhost
      server:close()
    end)
  end)
end)
