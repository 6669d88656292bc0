local codec = require('http-codec')

-- To bytes: a head, then the body in pieces, then an empty piece.
local encode = codec.encoder()
local bytes = encode({
  method = 'POST', path = '/notes',
  { 'Host', 'localhost' },
  { 'Transfer-Encoding', 'chunked' },
}) .. encode('Buy milk') .. encode('')

print((bytes:gsub('\r\n', '|')))
--> POST /notes HTTP/1.1|Host: localhost|Transfer-Encoding: chunked||8|Buy milk|0||

-- And back. The second result is what is not used up yet; nil as the first one asks for more bytes.
local decode = codec.decoder()
local item, rest = decode(bytes)
print(item.method, item.path, item[1][2], item.keepAlive)  --> POST	/notes	localhost	true

item, rest = decode(rest)
print(item)  --> Buy milk

-- An empty string is the end of the message.
item, rest = decode(rest)
print(#item, #rest)  --> 0	0

-- Bytes that two programs could read in two ways are refused.
local ok, err = pcall(codec.decoder(), 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n')
print(ok, err)  --> false	two Host headers
