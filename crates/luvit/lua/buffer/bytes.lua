-- What a buffer does with many bytes at once: copy, fill, compare, reverse, join.

local Buffer = require('buffer').Buffer
local ffi = require('ffi')

local range, integer, checkLength, adopt, toBytes =
  Buffer._range, Buffer._integer, Buffer._checkLength, Buffer._adopt, Buffer._toBytes
local copy, fill, string = ffi.copy, ffi.fill, ffi.string
local band = bit.band
local isBuffer, refuseClass = Buffer.isBuffer, Buffer._refuseClass

-- Puts `bytes` again and again into `count` bytes from `data` on.
local function pattern(data, count, bytes)
  local done = math.min(#bytes, count)
  copy(data, bytes, done)
  while done < count do
    local more = math.min(done, count - done)
    copy(data + done, data, more)
    done = done + more
  end
end

---Sets a range to a byte, or to bytes that are repeated.
---@param value integer|string|luvit.Buffer a byte wraps; an empty string stands for zero bytes
---@param i? integer 1 by default
---@param j? integer the last byte by default
---@param encoding? luvit.buffer.Encoding of a string
---@return luvit.Buffer self
function Buffer:fill(value, i, j, encoding)
  local skip, count = range(self, i, j, 2)
  if type(value) == 'number' then
    fill(self._data + skip, count, band(Buffer._checkNumber(value), 0xff))
    return self
  end
  local bytes = toBytes(value, encoding, 'value', 2)
  if #bytes <= 1 then
    fill(self._data + skip, count, bytes:byte() or 0)
  elseif count > 0 then
    pattern(self._data + skip, count, bytes)
  end
  return self
end

---Makes a buffer.
---@param length integer bytes
---@param value? integer|string|luvit.Buffer what it is filled with, zero bytes by default
---@param encoding? luvit.buffer.Encoding of a string
---@return luvit.Buffer
function Buffer.alloc(length, value, encoding)
  refuseClass(length, 'alloc')
  checkLength(length, 'alloc', 2)
  local new = adopt(Buffer:create(), length)
  if value == nil then return new end
  if type(value) ~= 'number' then value = toBytes(value, encoding, 'value', 2) end
  return new:fill(value)
end

---Joins buffers and strings into a new buffer.
---@param list (luvit.Buffer|string)[]
---@param length? integer of the result, which is cut or gets zero bytes; the sum by default
---@return luvit.Buffer
function Buffer.concat(list, length)
  refuseClass(list, 'concat')
  if type(list) ~= 'table' or isBuffer(list) then
    error(("bad argument 'list' to 'concat' (list expected, got %s)"):format(
      isBuffer(list) and 'Buffer' or type(list)), 2)
  end
  local total = 0
  for i = 1, #list do
    local item = list[i]
    if type(item) ~= 'string' and not isBuffer(item) then
      error(("bad argument 'list' to 'concat' (item %d is no Buffer or string but %s)"):format(i, type(item)), 2)
    end
    total = total + #item
  end
  checkLength(length or total, 'concat', 2)
  local new = adopt(Buffer:create(), length or total)
  local position, left = new._data, new._size
  for i = 1, #list do
    local item = list[i]
    local count = math.min(#item, left)
    copy(position, type(item) == 'string' and item or item._data, count)
    position, left = position + count, left - count
  end
  return new
end

local function checkBuffer(value, name, fn)
  if not isBuffer(value) then
    error(("bad argument '%s' to '%s' (Buffer expected, got %s)"):format(name, fn, type(value)), 3)
  end
end

local function checkStart(target, start, level)
  start = integer(start, 1, 'start', level + 1)
  if not (start >= 1 and start <= target._size + 1) then
    error(('Index out of bounds: offset %s, size 0, length %d'):format(start, target._size), level + 1)
  end
  return start
end

---Copies a range into another buffer, as much as fits there. The two may overlap.
---@param target luvit.Buffer
---@param start? integer position in `target`, 1 by default
---@param i? integer 1 by default
---@param j? integer the last byte by default
---@return integer # how many bytes were copied
function Buffer:copy(target, start, i, j)
  checkBuffer(target, 'target', 'copy')
  start = checkStart(target, start, 2)
  local skip, count = range(self, i, j, 2)
  count = math.min(count, target._size - start + 1)
  local from = self._data + skip
  -- Memory must not be copied onto itself.
  local source = self._block == target._block and string(from, count) or from
  copy(target._data + start - 1, source, count)
  return count
end

---Writes a string, as much of it as fits.
---@param text string
---@param offset? integer position of the first byte, 1 by default
---@param length? integer bytes to write at most
---@param encoding? luvit.buffer.Encoding `binary` by default
---@return integer # how many bytes were written
function Buffer:write(text, offset, length, encoding)
  if type(text) ~= 'string' then
    error(("bad argument 'text' to 'write' (string expected, got %s)"):format(type(text)), 2)
  end
  offset = checkStart(self, offset, 2)
  length = integer(length, self._size, 'length', 2)
  local bytes = toBytes(text, encoding, 'text', 2)
  local count = math.max(math.min(#bytes, length, self._size - offset + 1), 0)
  copy(self._data + offset - 1, bytes, count)
  return count
end

---Compares bytes, as `string` comparison does: which one comes first in sorted order.
---@param other luvit.Buffer|string
---@return -1|0|1 # -1: this one comes first
function Buffer:compare(other)
  -- Also called as a function, `Buffer.compare(a, b)`: without a length, FFI would look for a zero byte in no memory.
  checkBuffer(self, 'self', 'compare')
  local a, b = string(self._data, self._size), toBytes(other, nil, 'other', 2)
  return a == b and 0 or a < b and -1 or 1
end

---Whether the bytes are the same. `==` says that of two buffers, too.
---@param other luvit.Buffer|string
---@return boolean
function Buffer:equals(other)
  checkBuffer(self, 'self', 'equals')
  local bytes = toBytes(other, nil, 'other', 2)
  return #bytes == self._size and bytes == string(self._data, self._size)
end

local function swap(self, width, name)
  local data, size = self._data, self._size
  if size % width ~= 0 then
    error(("%s: the length, %d, is no multiple of %d"):format(name, size, width), 3)
  end
  for start = 0, size - 1, width do
    for i = 0, width / 2 - 1 do
      local first, last = start + i, start + width - 1 - i
      data[first], data[last] = data[last], data[first]
    end
  end
  return self
end

---Reverses the bytes of each 16-bit number, in place. The length must be a multiple of 2.
---@return luvit.Buffer self
function Buffer:swap16()
  return (swap(self, 2, 'swap16'))
end

---Reverses the bytes of each 32-bit number, in place. The length must be a multiple of 4.
---@return luvit.Buffer self
function Buffer:swap32()
  return (swap(self, 4, 'swap32'))
end

---Reverses the bytes of each 64-bit number, in place. The length must be a multiple of 8.
---@return luvit.Buffer self
function Buffer:swap64()
  return (swap(self, 8, 'swap64'))
end

---A table that `json.stringify` can write and `Buffer.from` takes back.
---@return { type: 'Buffer', data: integer[] }
function Buffer:toJSON()
  local data = {}
  for i = 1, self._size do data[i] = self._data[i - 1] end
  return { type = 'Buffer', data = data }
end
