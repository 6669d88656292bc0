-- gzip and brotli, there and back: of whole strings, and as streams. zlib.js is the same for node and bun. See
-- bench/uv/measure.lua for the output; the rates are of uncompressed data.

local here = debug.getinfo(1, 'S').source:match('^@(.*[/\\])')
package.path = here .. '../uv/?.lua;' .. package.path
local measure = require('measure')
local zlib = require('zlib')

local SIZES = { { '1 KB', 1000 }, { '100 KB', 100000 }, { '10 MB', 10000000 } }
local CHUNK = 65536

local function quality(value)
  return { params = { [zlib.constants.BROTLI_PARAM_QUALITY] = value } }
end

-- The same text as that of zlib.js: records whose words come from a small generator.
local function text(size)
  local words = {
    'alpha', 'bravo', 'charlie', 'delta', 'echo', 'foxtrot', 'golf', 'hotel', 'india', 'juliett', 'kilo', 'lima',
  }
  local state = 42
  local function next(limit)
    state = (state * 16807) % 2147483647
    return state % limit
  end
  local parts, length = {}, 0
  while length < size do
    local id, first, second = next(1000000), words[next(12) + 1], words[next(12) + 1]
    local active, score = next(2) == 1, next(10000)
    local line = ('{"id":%d,"name":"%s %s","active":%s,"score":%d}\n'):format(id, first, second, tostring(active), score)
    parts[#parts + 1] = line
    length = length + #line
  end
  return table.concat(parts):sub(1, size)
end

-- How often a batch repeats something, so that the clock is read seldom.
local function oneShot(name, input, size, run)
  local count = math.max(1, math.floor(100000 / size))
  measure.calls(name, 'MB/s', function()
    for _ = 1, count do run(input) end
    return count * size / 1e6
  end)
end

-- What goes through is counted where it is uncompressed: `packs` says on which side.
local function stream(name, make, input, packs)
  local pieces = {}
  for at = 1, #input, CHUNK do pieces[#pieces + 1] = input:sub(at, at + CHUNK - 1) end
  measure.loop(name, 'MB/s', function(count, ended)
    local function again()
      if ended() then return end
      local through = make()
      through:on('data', function(chunk) if not packs then count(#chunk / 1e6) end end)
      through:on('end', again)
      local at = 1
      local function feed()
        while at <= #pieces do
          local piece = pieces[at]
          at = at + 1
          if not through:write(piece, packs and function() count(#piece / 1e6) end or nil) then return end
        end
        through:removeListener('drain', feed)
        through:_end()
      end
      through:on('drain', feed)
      feed()
    end
    again()
  end)
end

for _, entry in ipairs(SIZES) do
  local label, size = entry[1], entry[2]
  local data = text(size)
  local packed = assert(zlib.gzipSync(data, { level = 6 }))
  assert(zlib.gunzipSync(packed) == data)
  for _, level in ipairs({ 1, 6, 9 }) do
    local options = { level = level }
    oneShot(('gzip %d, %s'):format(level, label), data, size, function(input) return zlib.gzipSync(input, options) end)
  end
  oneShot('gunzip, ' .. label, packed, size, zlib.gunzipSync)
  local brotli = assert(zlib.brotliCompressSync(data, quality(5)))
  assert(zlib.brotliDecompressSync(brotli) == data)
  local fast, best = quality(5), quality(11)
  oneShot('brotli 5, ' .. label, data, size, function(input) return zlib.brotliCompressSync(input, fast) end)
  if size < 1000000 then
    oneShot('brotli 11, ' .. label, data, size, function(input) return zlib.brotliCompressSync(input, best) end)
  end
  oneShot('brotli decompress, ' .. label, brotli, size, zlib.brotliDecompressSync)
  if size > 1000000 then
    for _, level in ipairs({ 1, 6, 9 }) do
      stream(('gzip %d, stream'):format(level), function() return zlib.createGzip({ level = level }) end, data, true)
    end
    stream('gunzip, stream', zlib.createGunzip, packed, false)
    stream('brotli 5, stream', function() return zlib.createBrotliCompress(fast) end, data, true)
    stream('brotli decompress, stream', zlib.createBrotliDecompress, brotli, false)
  end
end
