-- Checksums, with node's call and lua-zlib's.

local native = require('luvit:zlib')
local options = require('zlib/options')

---@class luvit.zlib
local zlib = {}

-- lua-zlib's accumulator: called with text it adds it, with another accumulator it adds what that has seen, with nothing
-- it adds nothing. It returns the checksum and how many bytes there were.
local function accumulator(sum, add, combine, method)
  local length = 0
  return function(data)
    if type(data) == 'function' then
      local other, count = data()
      if type(other) ~= 'number' or type(count) ~= 'number' then
        error(("bad argument #1 to '%s' (a function that returns two numbers expected)"):format(method), 2)
      end
      sum, length = combine(sum, other, count), length + count
    elseif data ~= nil then
      local text = options.bytes(data) or options.fail('data', method, 'string or function', data, 2)
      sum, length = add(text, sum), length + #text
    end
    return sum, length
  end
end

local function checksum(method, data, value, start, add)
  -- lzlib's order: the checksum so far, or an accumulator for none, and then the data.
  if type(data) == 'number' and options.bytes(value) then
    data, value = value, data
  elseif type(data) == 'function' and options.bytes(value) then
    data, value = value, nil
  end
  local text = options.bytes(data) or options.fail('data', method, 'string or Buffer', data, 2)
  if value ~= nil and (type(value) ~= 'number' or value % 1 ~= 0 or value < 0 or value >= 2 ^ 32) then
    options.fail('value', method, 'integer from 0 to 4294967295', value, 2)
  end
  return (add(text, value or start))
end

---The CRC-32 of data, after that of what was in front of them.
---
---Without arguments it is lua-zlib's and returns an accumulator: a function that adds the text it is called with, or
---another accumulator, and returns the checksum of all so far and its length. lzlib's order, the checksum before the data,
---is understood as well.
---@param data? string|luvit.Buffer|integer
---@param value? integer|string the checksum of what was in front, 0 by default
---@return integer|fun(data?: string|function): integer, integer
function zlib.crc32(data, value)
  if data == nil and value == nil then return accumulator(0, native.crc32, native.crc32_combine, 'crc32') end
  return checksum('crc32', data, value, 0, native.crc32)
end

---The Adler-32 of data; everything else as for `crc32`.
---@param data? string|luvit.Buffer|integer
---@param value? integer|string the checksum of what was in front, 1 by default
---@return integer|fun(data?: string|function): integer, integer
function zlib.adler32(data, value)
  if data == nil and value == nil then return accumulator(1, native.adler32, native.adler32_combine, 'adler32') end
  return checksum('adler32', data, value, 1, native.adler32)
end

---The version of zlib's interface, as lua-zlib gives it: its numbers.
---@return integer major, integer minor, integer patch
function zlib.version()
  local major, minor, patch = native.version:match('^(%d+)%.(%d+)%.(%d+)')
  return tonumber(major), tonumber(minor), tonumber(patch)
end

return zlib
