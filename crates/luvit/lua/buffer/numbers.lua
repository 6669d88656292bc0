-- Numbers in a buffer that take more than 32 bits, are no integers, or have any number of bytes.

local Buffer = require('buffer').Buffer
local ffi = require('ffi')

local reach, checkNumber = Buffer._reach, Buffer._checkNumber
local band, rshift, bswap = bit.band, bit.rshift, bit.bswap
local istype, copy, floor = ffi.istype, ffi.copy, math.floor

-- Where bytes become numbers and the other way round: those of a buffer may stand at any address.
local scratch = ffi.new('union { uint8_t bytes[8]; float f; double d; int32_t i32, words[2]; int64_t i64; uint64_t u64; }')
local int64, uint64 = ffi.typeof('int64_t'), ffi.typeof('uint64_t')
local LITTLE = ffi.abi('le')

-- Numbers up to here have all integers below them: 2^53.
local EXACT = 9007199254740992

local function load64(data, offset, little)
  copy(scratch.bytes, data + (offset - 1), 8)
  if little ~= LITTLE then scratch.u64 = bswap(scratch.u64) end
end

local function store64(data, offset, little)
  if little ~= LITTLE then scratch.u64 = bswap(scratch.u64) end
  copy(data + (offset - 1), scratch.bytes, 8)
  return offset + 8
end

local function load32(data, offset, little)
  copy(scratch.bytes, data + (offset - 1), 4)
  if little ~= LITTLE then scratch.i32 = bswap(scratch.i32) end
end

local function store32(data, offset, little)
  if little ~= LITTLE then scratch.i32 = bswap(scratch.i32) end
  copy(data + (offset - 1), scratch.bytes, 4)
  return offset + 4
end

-- Integers of 64 bits -----------------------------------------------------------------------------------------------

local function signed()
  local value = scratch.i64
  if value >= -EXACT and value <= EXACT then return tonumber(value) end
  return value
end

local function unsigned()
  local value = scratch.u64
  if value <= EXACT then return tonumber(value) end
  return value
end

-- Puts a value into the scratch space, when it is an integer of 64 bits, signed or not.
local function put64(value)
  if istype(int64, value) then
    scratch.i64 = value
  elseif istype(uint64, value) then
    scratch.u64 = value
  elseif type(value) == 'number' and value >= -2 ^ 63 and value < 2 ^ 64 and value == floor(value) then
    if value < 2 ^ 63 then scratch.i64 = value else scratch.u64 = value end
  else
    error(("bad argument 'value' (integer of 64 bits expected, got %s)"):format(
      type(value) == 'number' and tostring(value) or type(value)), 3)
  end
end

---Reads a signed integer of 8 bytes. Up to 2^53 either way it is a number, beyond that an `int64_t` of LuaJIT's FFI,
---with which one can calculate and compare just as well: nothing is rounded. `0LL + value` always is one.
---@param offset integer position of the first byte, from 1
---@return integer|ffi.cdata*
function Buffer:readInt64LE(offset)
  load64(reach(self, offset, 8), offset, true)
  return signed()
end

---The same as `readInt64LE`, with the high byte first.
---@param offset integer position of the first byte, from 1
---@return integer|ffi.cdata*
function Buffer:readInt64BE(offset)
  load64(reach(self, offset, 8), offset, false)
  return signed()
end

---Reads an integer of 8 bytes without sign. Up to 2^53 it is a number, beyond that a `uint64_t` of LuaJIT's FFI.
---@param offset integer position of the first byte, from 1
---@return integer|ffi.cdata*
function Buffer:readUInt64LE(offset)
  load64(reach(self, offset, 8), offset, true)
  return unsigned()
end

---The same as `readUInt64LE`, with the high byte first.
---@param offset integer position of the first byte, from 1
---@return integer|ffi.cdata*
function Buffer:readUInt64BE(offset)
  load64(reach(self, offset, 8), offset, false)
  return unsigned()
end

---Writes an integer of 8 bytes, with a sign or without.
---@param offset integer position of the first byte, from 1
---@param value integer|ffi.cdata* a number from -2^63 up to below 2^64, an `int64_t` or a `uint64_t`
---@return integer # the position behind it
function Buffer:writeInt64LE(offset, value)
  put64(value)
  return (store64(reach(self, offset, 8), offset, true))
end

---The same as `writeInt64LE`, with the high byte first.
---@param offset integer position of the first byte, from 1
---@param value integer|ffi.cdata*
---@return integer # the position behind it
function Buffer:writeInt64BE(offset, value)
  put64(value)
  return (store64(reach(self, offset, 8), offset, false))
end

---The same as `writeInt64LE`: the bytes of -1 are those of 2^64 - 1.
---@param offset integer position of the first byte, from 1
---@param value integer|ffi.cdata*
---@return integer # the position behind it
function Buffer:writeUInt64LE(offset, value)
  return Buffer.writeInt64LE(self, offset, value)
end

---The same as `writeInt64BE`.
---@param offset integer position of the first byte, from 1
---@param value integer|ffi.cdata*
---@return integer # the position behind it
function Buffer:writeUInt64BE(offset, value)
  return Buffer.writeInt64BE(self, offset, value)
end

-- Floating point ----------------------------------------------------------------------------------------------------

local function checkFloat(value)
  if type(value) ~= 'number' then
    error(("bad argument 'value' (number expected, got %s)"):format(type(value)), 3)
  end
  return value
end

-- LuaJIT keeps its other values in the bits of NaNs. One that comes in from outside must not become a Lua value as it is:
-- it would be taken for whatever its bits say. So the bits are looked at first.
local NAN = 0 / 0
local HIGH = LITTLE and 1 or 0

local function double()
  local high = scratch.words[HIGH]
  if band(high, 0x7ff00000) == 0x7ff00000 and (band(high, 0xfffff) ~= 0 or scratch.words[1 - HIGH] ~= 0) then
    return NAN
  end
  return scratch.d
end

local function float()
  local bits = scratch.i32
  if band(bits, 0x7f800000) == 0x7f800000 and band(bits, 0x7fffff) ~= 0 then return NAN end
  return scratch.f
end

---Reads a number of 4 bytes (IEEE 754 binary32).
---@param offset integer position of the first byte, from 1
---@return number
function Buffer:readFloatLE(offset)
  load32(reach(self, offset, 4), offset, true)
  return float()
end

---The same as `readFloatLE`, with the high byte first.
---@param offset integer position of the first byte, from 1
---@return number
function Buffer:readFloatBE(offset)
  load32(reach(self, offset, 4), offset, false)
  return float()
end

---Reads a number of 8 bytes (IEEE 754 binary64), as Lua's numbers are.
---@param offset integer position of the first byte, from 1
---@return number
function Buffer:readDoubleLE(offset)
  load64(reach(self, offset, 8), offset, true)
  return double()
end

---The same as `readDoubleLE`, with the high byte first.
---@param offset integer position of the first byte, from 1
---@return number
function Buffer:readDoubleBE(offset)
  load64(reach(self, offset, 8), offset, false)
  return double()
end

---Writes a number as 4 bytes, rounded to what they hold.
---@param offset integer position of the first byte, from 1
---@param value number
---@return integer # the position behind it
function Buffer:writeFloatLE(offset, value)
  scratch.f = checkFloat(value)
  return (store32(reach(self, offset, 4), offset, true))
end

---The same as `writeFloatLE`, with the high byte first.
---@param offset integer position of the first byte, from 1
---@param value number
---@return integer # the position behind it
function Buffer:writeFloatBE(offset, value)
  scratch.f = checkFloat(value)
  return (store32(reach(self, offset, 4), offset, false))
end

---Writes a number as 8 bytes.
---@param offset integer position of the first byte, from 1
---@param value number
---@return integer # the position behind it
function Buffer:writeDoubleLE(offset, value)
  scratch.d = checkFloat(value)
  return (store64(reach(self, offset, 8), offset, true))
end

---The same as `writeDoubleLE`, with the high byte first.
---@param offset integer position of the first byte, from 1
---@param value number
---@return integer # the position behind it
function Buffer:writeDoubleBE(offset, value)
  scratch.d = checkFloat(value)
  return (store64(reach(self, offset, 8), offset, false))
end

-- Integers of any number of bytes -----------------------------------------------------------------------------------

local function checkSize(size)
  if type(size) ~= 'number' or not (size >= 1 and size <= 6) or size ~= floor(size) then
    error(("bad argument 'size' (integer from 1 to 6 expected, got %s)"):format(
      type(size) == 'number' and tostring(size) or type(size)), 3)
  end
end

-- `data` points to the first byte, `step` goes from the low byte to the high one.
local function join(data, size, little)
  local value, scale = 0, 1
  for i = 0, size - 1 do
    value = value + data[little and i or size - 1 - i] * scale
    scale = scale * 256
  end
  return value, scale
end

local function part(data, offset, size, value, little)
  data = data + (offset - 1)
  -- Halves of 32 and 16 bits, since bit operations know no more.
  value = floor(value) % 2 ^ 48
  local low, high = value % 2 ^ 32, floor(value / 2 ^ 32)
  for i = 0, size - 1 do
    local word = i < 4 and low or high
    data[little and i or size - 1 - i] = band(rshift(word, i % 4 * 8), 0xff)
  end
  return offset + size
end

---Reads an integer of 1 to 6 bytes without sign.
---@param offset integer position of the first byte, from 1
---@param size integer number of bytes
---@return integer
function Buffer:readUIntLE(offset, size)
  checkSize(size)
  return (join(reach(self, offset, size) + (offset - 1), size, true))
end

---The same as `readUIntLE`, with the high byte first.
---@param offset integer position of the first byte, from 1
---@param size integer number of bytes
---@return integer
function Buffer:readUIntBE(offset, size)
  checkSize(size)
  return (join(reach(self, offset, size) + (offset - 1), size, false))
end

---Reads an integer of 1 to 6 bytes with a sign.
---@param offset integer position of the first byte, from 1
---@param size integer number of bytes
---@return integer
function Buffer:readIntLE(offset, size)
  checkSize(size)
  local value, limit = join(reach(self, offset, size) + (offset - 1), size, true)
  return value < limit / 2 and value or value - limit
end

---The same as `readIntLE`, with the high byte first.
---@param offset integer position of the first byte, from 1
---@param size integer number of bytes
---@return integer
function Buffer:readIntBE(offset, size)
  checkSize(size)
  local value, limit = join(reach(self, offset, size) + (offset - 1), size, false)
  return value < limit / 2 and value or value - limit
end

local function checkWide(value)
  if type(value) ~= 'number' or value - value ~= 0 then checkNumber(value) end
  return value
end

---Writes an integer of 1 to 6 bytes.
---@param offset integer position of the first byte, from 1
---@param value integer wraps
---@param size integer number of bytes
---@return integer # the position behind it
function Buffer:writeUIntLE(offset, value, size)
  checkSize(size)
  checkWide(value)
  return (part(reach(self, offset, size), offset, size, value, true))
end

---The same as `writeUIntLE`, with the high byte first.
---@param offset integer position of the first byte, from 1
---@param value integer wraps
---@param size integer number of bytes
---@return integer # the position behind it
function Buffer:writeUIntBE(offset, value, size)
  checkSize(size)
  checkWide(value)
  return (part(reach(self, offset, size), offset, size, value, false))
end

---The same as `writeUIntLE`: the bytes of -1 are those of the highest value.
---@param offset integer position of the first byte, from 1
---@param value integer wraps
---@param size integer number of bytes
---@return integer # the position behind it
function Buffer:writeIntLE(offset, value, size)
  return Buffer.writeUIntLE(self, offset, value, size)
end

---The same as `writeUIntBE`.
---@param offset integer position of the first byte, from 1
---@param value integer wraps
---@param size integer number of bytes
---@return integer # the position behind it
function Buffer:writeIntBE(offset, value, size)
  return Buffer.writeUIntBE(self, offset, value, size)
end
