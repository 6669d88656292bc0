-- The authorities of the system as PEM, which few programs look at.

local native = require('luvit:tls')

local ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

local function base64(bytes)
  local out = {}
  for i = 1, #bytes, 3 do
    local a, b, c = bytes:byte(i, i + 2)
    local n = a * 65536 + (b or 0) * 256 + (c or 0)
    for k = 1, 4 do
      local digit = math.floor(n / 64 ^ (4 - k)) % 64 + 1
      out[#out + 1] = (k == 3 and not b or k == 4 and not c) and '=' or ALPHABET:sub(digit, digit)
    end
  end
  return table.concat(out)
end

local list = {}
for i, der in ipairs(native.root_certificates()) do
  local body = base64(der):gsub(('.'):rep(64), '%0\n'):gsub('\n$', '')
  list[i] = ('-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----'):format(body)
end
return list
