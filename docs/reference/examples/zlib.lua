-- Compresses and decompresses: all at once, on a thread, and as a stream.
local zlib = require('zlib')

local text = ('to be or not to be, '):rep(1000)

-- At once.
local packed = assert(zlib.gzipSync(text, { level = 9 }))
print(#text, #packed < 200) --> 20000	true
print(zlib.gunzipSync(packed) == text) --> true

-- What is wrong is told; so is what would become larger than it may.
print((select(2, zlib.gunzipSync('no gzip')))) --> Z_DATA_ERROR: incorrect header check
print(select(3, zlib.gunzipSync(packed, { maxOutputLength = 1000 }))) --> ERR_BUFFER_TOO_LARGE

-- lua-zlib's way: a function that is called with pieces.
local deflate = zlib.deflate()
local first = deflate('one, ')
local second, eof, bytesIn = deflate('two', 'finish')
print(zlib.inflate()(first .. second), eof, bytesIn) --> one, two	true	8

-- On a thread, while the program goes on.
zlib.brotliCompress(text, { params = { [zlib.constants.BROTLI_PARAM_QUALITY] = 5 } }, function(err, brotli)
  if err then return print(err) end
  print(#brotli < #packed) --> true

  -- As streams: what is written to one comes out of the other.
  local gzip, gunzip = zlib.createGzip(), zlib.createGunzip()
  local size = 0
  gunzip:on('data', function(chunk) size = size + #chunk end)
  gunzip:on('end', function() print(size) end) --> 20000
  gzip:pipe(gunzip)
  gzip:write(text:sub(1, 5000))
  gzip:_end(text:sub(5001))
end)
