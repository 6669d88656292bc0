-- Bytes that can be changed, unlike those of a string. Positions count from 1, as everywhere in Lua.
--
-- A buffer is an object around a block of memory. `buffer[i]` reads and writes a byte, `#buffer` is the length, `==`,
-- `<` and `<=` compare bytes, `..` gives a string, and `ipairs` and `pairs` go through the bytes. The length never
-- changes. `slice` makes a buffer that shares the memory, which lives as long as one of them does.
--
-- Sockets and other streams take buffers: `socket:write(buffer)` sends the bytes that are in it at this moment. Where only
-- a string is taken, as in `uv` and the bodies of HTTP messages, pass `tostring(buffer)`.
--
-- An access outside of a buffer raises an error. Numbers that are written wrap: of 300, a byte keeps 44, and -1 and 255
-- are the same byte. Ranges of bytes (`i`, `j`) are those of `string.sub`: both ends are included, negative positions
-- count from the end, and what lies outside is left out.

local core = require('core')
local hasFfi, ffi = pcall(require, 'ffi')
if not hasFfi then error("require('buffer') needs LuaJIT's FFI, which this build of LuaJIT lacks", 0) end

local Object = core.Object
local setmetatable, getmetatable, type, rawset, floor = setmetatable, getmetatable, type, rawset, math.floor
local band = bit.band
local copy, string = ffi.copy, ffi.string

local newBlock = ffi.typeof('uint8_t[?]')
local pointer = ffi.typeof('uint8_t *')

---@class luvit.buffer
local buffer = {}

---The longest buffer, in bytes. A longer one is an error, as is one there is no memory for.
---@type integer
buffer.MAX_LENGTH = 0x7fffff00

---A block of bytes.
---@class luvit.Buffer: luvit.Object
---@field length integer number of bytes, read only
---@field ctype ffi.cdata* `uint8_t *` to the first byte, counted from 0, for FFI calls; valid while the buffer lives
---@field [integer] integer a byte, 0 to 255
---@operator len: integer
---@operator concat(any): string
local Buffer = Object:extend()
buffer.Buffer = Buffer

local encodings
local function encodingsOf()
  encodings = encodings or require('buffer/encodings')
  return encodings
end

-- What is not needed by everybody loads when it is first used.
local parts = {}
for part, names in pairs({
  ['buffer/bytes'] = 'alloc concat copy fill compare equals write swap16 swap32 swap64 toJSON',
  ['buffer/search'] = 'find indexOf lastIndexOf includes',
  ['buffer/integers'] = [[
    readInt8 readUInt8 readInt16LE readInt16BE readUInt16LE readUInt16BE readInt32LE readInt32BE readUInt32LE readUInt32BE
    writeInt8 writeUInt8 writeInt16LE writeInt16BE writeUInt16LE writeUInt16BE writeInt32LE writeInt32BE writeUInt32LE
    writeUInt32BE
  ]],
  ['buffer/numbers'] = [[
    readInt64LE readInt64BE readUInt64LE readUInt64BE writeInt64LE writeInt64BE writeUInt64LE writeUInt64BE
    readFloatLE readFloatBE readDoubleLE readDoubleBE writeFloatLE writeFloatBE writeDoubleLE writeDoubleBE
    readIntLE readIntBE readUIntLE readUIntBE writeIntLE writeIntBE writeUIntLE writeUIntBE
  ]],
}) do
  for name in names:gmatch('%S+') do parts[name] = part end
end

local function loadParts(class)
  for _, part in pairs(parts) do require(part) end
  return next, class, nil
end

setmetatable(Buffer, {
  __index = function(class, name)
    local part = parts[name]
    if not part then return Object[name] end
    require(part)
    return rawget(class, name)
  end,
  __pairs = loadParts,
})

-- Checks ------------------------------------------------------------------------------------------------------------

local function outOfBounds(self, offset, size, level)
  if type(offset) ~= 'number' then
    error(("bad argument 'offset' (number expected, got %s)"):format(type(offset)), level + 1)
  end
  error(('Index out of bounds: offset %s, size %d, length %d'):format(offset, size, self._size or 0), level + 1)
end

-- The memory, when `size` bytes from `offset` on are within it.
local function reach(self, offset, size)
  if type(offset) ~= 'number' or not (offset >= 1 and offset <= self._size - size + 1) or offset ~= floor(offset) then
    outOfBounds(self, offset, size, 3)
  end
  return self._data
end

-- A number to write, when it is one that can wrap.
local function checkNumber(value)
  if type(value) ~= 'number' or value - value ~= 0 then
    local got = type(value) == 'number' and tostring(value) or type(value)
    error(("bad argument 'value' (finite number expected, got %s)"):format(got), 3)
  end
  -- Bit operations wrap numbers up to 2^51 only.
  return value >= -2147483648 and value <= 4294967295 and value or value % 4294967296
end

local function integer(value, default, name, level)
  if value == nil then return default end
  if type(value) ~= 'number' or value ~= floor(value) then
    local got = type(value) == 'number' and tostring(value) or type(value)
    error(("bad argument '%s' (integer expected, got %s)"):format(name, got), level + 1)
  end
  return value
end

-- A range as `string.sub` has it: how many bytes to skip, and how many to take.
local function range(self, i, j, level)
  local size = self._size
  i = integer(i, 1, 'i', level + 1)
  j = integer(j, size, 'j', level + 1)
  if i < 0 then i = size + i + 1 end
  if i < 1 then i = 1 end
  if j < 0 then j = size + j + 1 end
  if j > size then j = size end
  if i > j then return 0, 0 end
  return i - 1, j - i + 1
end

-- Making ------------------------------------------------------------------------------------------------------------

-- The block belongs to the collector: however many buffers there are, it knows of their size.
local function adopt(self, length)
  local block = newBlock(length)
  self._block, self._data, self._size = block, pointer(block), length
  return self
end

local function checkLength(length, fn, level)
  if type(length) ~= 'number' or length ~= floor(length) or length < 0 or length > buffer.MAX_LENGTH then
    local got = type(length) == 'number' and tostring(length) or type(length)
    error(("bad argument 'length' to '%s' (integer from 0 to %d expected, got %s)"):format(
      fn, buffer.MAX_LENGTH, got), level + 1)
  end
end

---Makes a buffer of zero bytes, or of the bytes of a string.
---@param value integer|string the length, or the bytes
function Buffer:initialize(value)
  if type(value) == 'string' then
    adopt(self, #value)
    copy(self._data, value, #value)
  elseif type(value) == 'number' then
    checkLength(value, 'new', 3)
    adopt(self, value)
  else
    error(("bad argument 'value' to 'new' (number or string expected, got %s)"):format(type(value)), 3)
  end
end

-- A buffer on the memory of another one.
local function share(self, skip, count)
  local new = setmetatable({}, getmetatable(self))
  new._block, new._data, new._size = self._block, self._data + skip, count
  return new
end

-- The bytes of what may stand for bytes: a string, in an encoding, or a buffer.
local function toBytes(value, encoding, name, level)
  if type(value) == 'string' then
    if encoding == nil or encoding == 'binary' then return value end
    local bytes, err = encodingsOf().decode(value, encoding, name)
    if not bytes then error(err, level + 1) end
    return bytes
  end
  if Buffer.isBuffer(value) then return string(value._data, value._size) end
  error(("bad argument '%s' (string or Buffer expected, got %s)"):format(name, type(value)), level + 1)
end

-- `Buffer:from(value)` gives the class as the value: an empty list, for all that one could see.
local function refuseClass(value, method)
  if rawequal(value, Buffer) then
    error(("'%s' is called with a dot: Buffer.%s(...)"):format(method, method), 3)
  end
end

---Makes a buffer with a copy of some bytes.
---@param value string|luvit.Buffer|integer[]|{ data: integer[] } bytes as a string, a buffer, a list of numbers, or what
---`toJSON` returns
---@param encoding? luvit.buffer.Encoding of a string, `binary` by default; what it does not allow is an error
---@return luvit.Buffer
function Buffer.from(value, encoding)
  refuseClass(value, 'from')
  if type(value) == 'table' and not Buffer.isBuffer(value) then
    local list = type(value.data) == 'table' and value.data or value
    local new = adopt(Buffer:create(), #list)
    for i = 1, #list do
      local byte = list[i]
      if type(byte) ~= 'number' or byte - byte ~= 0 then
        error(("bad argument 'value' to 'from' (item %d is no number but %s)"):format(i, tostring(byte)), 2)
      end
      new[i] = byte
    end
    return new
  end
  return Buffer:new(toBytes(value, encoding, 'value', 2))
end

---Whether a value is a buffer.
---@param value any
---@return boolean
function Buffer.isBuffer(value)
  if type(value) ~= 'table' then return false end
  local meta = getmetatable(value)
  return type(meta) == 'table' and meta.__isBuffer == true and rawget(value, '_size') ~= nil
end

---A buffer on a part of this one's memory: nothing is copied, and what is written to one is seen in the other.
---@param i? integer 1 by default
---@param j? integer the last byte by default
---@return luvit.Buffer
function Buffer:slice(i, j)
  return share(self, range(self, i, j, 2))
end

---The same as `slice`, under the name of newer programs.
---@param i? integer 1 by default
---@param j? integer the last byte by default
---@return luvit.Buffer
function Buffer:subarray(i, j)
  return share(self, range(self, i, j, 2))
end

---Derives a class of buffers.
---@generic T
---@param self T
---@return T
function Buffer:extend()
  local class = Object.extend(self)
  class.meta.__index = Buffer._indexer(class)
  return class
end

-- Bytes and text ----------------------------------------------------------------------------------------------------

-- Numbers are bytes, names are methods and fields of `class`.
function Buffer._indexer(class)
  return function(self, key)
    if type(key) == 'number' then
      local size = rawget(self, '_size')
      if not size then return nil end
      if not (key >= 1 and key <= size) or key ~= floor(key) then outOfBounds(self, key, 1, 2) end
      return self._data[key - 1]
    end
    if key == 'length' then return rawget(self, '_size') end
    if key == 'ctype' then return rawget(self, '_data') end
    return class[key]
  end
end

local meta = Buffer.meta
meta.__index = Buffer._indexer(Buffer)
meta.__isBuffer = true

function meta:__newindex(key, value)
  if type(key) == 'number' then
    local size = rawget(self, '_size')
    if not size or not (key >= 1 and key <= size) or key ~= floor(key) then outOfBounds(self, key, 1, 2) end
    self._data[key - 1] = band(checkNumber(value), 0xff)
  elseif key == 'length' or key == 'ctype' then
    error(("the field '%s' of a buffer cannot be set"):format(key), 2)
  else
    rawset(self, key, value)
  end
end

function meta:__len()
  return rawget(self, '_size') or 0
end

function meta:__tostring()
  return rawget(self, '_size') and string(self._data, self._size) or 'class Buffer'
end

function meta.__concat(a, b)
  return tostring(a) .. tostring(b)
end

function meta.__eq(a, b)
  return rawequal(a, b) or Buffer.isBuffer(a) and Buffer.isBuffer(b) and a:compare(b) == 0
end

function meta.__lt(a, b)
  return a:compare(b) < 0
end

function meta.__le(a, b)
  return a:compare(b) <= 0
end

local function nextByte(self, index)
  index = index + 1
  if index <= self._size then return index, self._data[index - 1] end
end

function meta:__ipairs()
  return nextByte, self, 0
end

function meta:__pairs()
  -- Of a derived class, the fields.
  if not rawget(self, '_size') then return next, self, nil end
  return nextByte, self, 0
end

---The bytes, or a range of them, as a string. With an encoding, they are written in it.
---@param encoding luvit.buffer.Encoding
---@param i? integer 1 by default
---@param j? integer the last byte by default
---@return string
---@overload fun(self: luvit.Buffer, i?: integer, j?: integer): string
function Buffer:toString(encoding, i, j)
  if type(encoding) ~= 'string' then
    local skip, count = range(self, encoding, i, 2)
    return string(self._data + skip, count)
  end
  local skip, count = range(self, i, j, 2)
  if encoding == 'binary' then return string(self._data + skip, count) end
  local text, err = encodingsOf().encode(self._data + skip, count, encoding)
  if not text then error(err, 2) end
  return text
end

local function describe(self, count)
  local words = { '<Buffer' }
  for i = 1, count do words[i + 1] = ('%02x'):format(self._data[i - 1]) end
  local more = self._size - count
  if more > 0 then words[count + 2] = ('... %d more bytes'):format(more) end
  return table.concat(words, ' ') .. '>'
end

---All bytes for a reader: `<Buffer fb 04 23 42>`. `p` shows the first 50.
---@return string
function Buffer:inspect()
  return (describe(self, self._size))
end

function meta:__inspect()
  return rawget(self, '_size') and describe(self, math.min(self._size, 50))
end

-- For the other parts.
Buffer._reach, Buffer._range, Buffer._integer, Buffer._checkLength = reach, range, integer, checkLength
Buffer._adopt, Buffer._toBytes, Buffer._checkNumber = adopt, toBytes, checkNumber
Buffer._refuseClass = refuseClass

return buffer
