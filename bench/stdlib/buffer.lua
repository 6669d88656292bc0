-- `buffer` beside strings and `string.byte`: what a byte costs. What is counted are bytes. See bench/uv/measure.lua for the
-- output.

local here = debug.getinfo(1, 'S').source:match('^@(.*[/\\])')
package.path = here .. '../uv/?.lua;' .. package.path
local measure = require('measure')
local Buffer = require('buffer').Buffer

local SIZE = 1000000
local text = ('0123456789'):rep(SIZE / 10)
local buf = Buffer:new(text)
local base64, hex = buf:toString('base64'), buf:toString('hex')

-- The results are added up, so that no loop does nothing.
local sum = 0

local function each(name, fn)
  measure.calls(name, 'bytes/s', function()
    fn()
    return SIZE
  end)
end

each('string-byte', function()
  for i = 1, SIZE do sum = sum + text:byte(i) end
end)
each('buffer-index', function()
  for i = 1, SIZE do sum = sum + buf[i] end
end)
each('buffer-set', function()
  for i = 1, SIZE do buf[i] = i % 256 end
  buf:write(text)
end)
each('buffer-readUInt8', function()
  for i = 1, SIZE do sum = sum + buf:readUInt8(i) end
end)
each('buffer-readUInt32BE', function()
  for i = 1, SIZE - 3, 4 do sum = sum + buf:readUInt32BE(i) end
end)
each('string-unpack-u32', function()
  for i = 1, SIZE - 3, 4 do sum = sum + string.unpack('>I4', text, i) end
end)
each('buffer-readDoubleLE', function()
  for i = 1, SIZE - 7, 8 do
    local value = buf:readDoubleLE(i)
    sum = value == value and sum + value or sum
  end
end)
each('string-find', function() assert(not text:find('x', 1, true)) end)
each('buffer-indexOf', function() assert(not buf:indexOf('x')) end)
each('buffer-slice', function()
  for i = 1, SIZE, 100 do sum = sum + #buf:slice(i, i + 99) end
end)
each('string-sub', function()
  for i = 1, SIZE, 100 do sum = sum + #text:sub(i, i + 99) end
end)
each('buffer-base64', function() sum = sum + #buf:toString('base64') end)
each('buffer-from-base64', function() sum = sum + #Buffer.from(base64, 'base64') end)
each('buffer-hex', function() sum = sum + #buf:toString('hex') end)
each('buffer-from-hex', function() sum = sum + #Buffer.from(hex, 'hex') end)
