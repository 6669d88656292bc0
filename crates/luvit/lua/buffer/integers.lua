-- Integers of 8, 16 and 32 bits in a buffer.

local Buffer = require('buffer').Buffer

local reach, checkNumber = Buffer._reach, Buffer._checkNumber
local band, bor, lshift, rshift, tobit = bit.band, bit.bor, bit.lshift, bit.rshift, bit.tobit

---Reads an unsigned integer of 8 bits.
---@param offset integer position of the byte, from 1
---@return integer # 0 to 255
function Buffer:readUInt8(offset)
  return reach(self, offset, 1)[offset - 1]
end

---Reads a signed integer of 8 bits.
---@param offset integer position of the byte, from 1
---@return integer # -128 to 127
function Buffer:readInt8(offset)
  local value = reach(self, offset, 1)[offset - 1]
  return value < 0x80 and value or value - 0x100
end

---Reads an unsigned integer of 16 bits, the low byte first.
---@param offset integer position of the first of 2 bytes, from 1
---@return integer # 0 to 65535
function Buffer:readUInt16LE(offset)
  local data = reach(self, offset, 2)
  return data[offset - 1] + data[offset] * 0x100
end

---Reads an unsigned integer of 16 bits, the high byte first.
---@param offset integer position of the first of 2 bytes, from 1
---@return integer # 0 to 65535
function Buffer:readUInt16BE(offset)
  local data = reach(self, offset, 2)
  return data[offset - 1] * 0x100 + data[offset]
end

---Reads a signed integer of 16 bits, the low byte first.
---@param offset integer position of the first of 2 bytes, from 1
---@return integer # -32768 to 32767
function Buffer:readInt16LE(offset)
  local data = reach(self, offset, 2)
  local value = data[offset - 1] + data[offset] * 0x100
  return value < 0x8000 and value or value - 0x10000
end

---Reads a signed integer of 16 bits, the high byte first.
---@param offset integer position of the first of 2 bytes, from 1
---@return integer # -32768 to 32767
function Buffer:readInt16BE(offset)
  local data = reach(self, offset, 2)
  local value = data[offset - 1] * 0x100 + data[offset]
  return value < 0x8000 and value or value - 0x10000
end

---Reads an unsigned integer of 32 bits, the low byte first.
---@param offset integer position of the first of 4 bytes, from 1
---@return integer # 0 to 4294967295
function Buffer:readUInt32LE(offset)
  local data = reach(self, offset, 4)
  return data[offset - 1] + data[offset] * 0x100 + data[offset + 1] * 0x10000 + data[offset + 2] * 0x1000000
end

---Reads an unsigned integer of 32 bits, the high byte first.
---@param offset integer position of the first of 4 bytes, from 1
---@return integer # 0 to 4294967295
function Buffer:readUInt32BE(offset)
  local data = reach(self, offset, 4)
  return data[offset - 1] * 0x1000000 + data[offset] * 0x10000 + data[offset + 1] * 0x100 + data[offset + 2]
end

---Reads a signed integer of 32 bits, the low byte first.
---@param offset integer position of the first of 4 bytes, from 1
---@return integer # -2147483648 to 2147483647
function Buffer:readInt32LE(offset)
  local data = reach(self, offset, 4)
  return bor(data[offset - 1], lshift(data[offset], 8), lshift(data[offset + 1], 16), lshift(data[offset + 2], 24))
end

---Reads a signed integer of 32 bits, the high byte first.
---@param offset integer position of the first of 4 bytes, from 1
---@return integer # -2147483648 to 2147483647
function Buffer:readInt32BE(offset)
  local data = reach(self, offset, 4)
  return bor(lshift(data[offset - 1], 24), lshift(data[offset], 16), lshift(data[offset + 1], 8), data[offset + 2])
end

---Writes an unsigned integer of 8 bits.
---@param offset integer position of the byte, from 1
---@param value integer wraps
---@return integer # the position behind it
function Buffer:writeUInt8(offset, value)
  reach(self, offset, 1)[offset - 1] = band(checkNumber(value), 0xff)
  return offset + 1
end

---Writes a signed integer of 8 bits.
---@param offset integer position of the byte, from 1
---@param value integer wraps
---@return integer # the position behind it
function Buffer:writeInt8(offset, value)
  return Buffer.writeUInt8(self, offset, value)
end

local function put16LE(data, offset, value)
  value = tobit(value)
  data[offset - 1], data[offset] = band(value, 0xff), band(rshift(value, 8), 0xff)
  return offset + 2
end

local function put16BE(data, offset, value)
  value = tobit(value)
  data[offset - 1], data[offset] = band(rshift(value, 8), 0xff), band(value, 0xff)
  return offset + 2
end

local function put32LE(data, offset, value)
  value = tobit(value)
  data[offset - 1], data[offset] = band(value, 0xff), band(rshift(value, 8), 0xff)
  data[offset + 1], data[offset + 2] = band(rshift(value, 16), 0xff), rshift(value, 24)
  return offset + 4
end

local function put32BE(data, offset, value)
  value = tobit(value)
  data[offset - 1], data[offset] = rshift(value, 24), band(rshift(value, 16), 0xff)
  data[offset + 1], data[offset + 2] = band(rshift(value, 8), 0xff), band(value, 0xff)
  return offset + 4
end

---Writes an unsigned integer of 16 bits, the low byte first.
---@param offset integer position of the first of 2 bytes, from 1
---@param value integer wraps
---@return integer # the position behind it
function Buffer:writeUInt16LE(offset, value)
  local number = checkNumber(value)
  return (put16LE(reach(self, offset, 2), offset, number))
end

---Writes an unsigned integer of 16 bits, the high byte first.
---@param offset integer position of the first of 2 bytes, from 1
---@param value integer wraps
---@return integer # the position behind it
function Buffer:writeUInt16BE(offset, value)
  local number = checkNumber(value)
  return (put16BE(reach(self, offset, 2), offset, number))
end

---Writes a signed integer of 16 bits, the low byte first.
---@param offset integer position of the first of 2 bytes, from 1
---@param value integer wraps
---@return integer # the position behind it
function Buffer:writeInt16LE(offset, value)
  return Buffer.writeUInt16LE(self, offset, value)
end

---Writes a signed integer of 16 bits, the high byte first.
---@param offset integer position of the first of 2 bytes, from 1
---@param value integer wraps
---@return integer # the position behind it
function Buffer:writeInt16BE(offset, value)
  return Buffer.writeUInt16BE(self, offset, value)
end

---Writes an unsigned integer of 32 bits, the low byte first.
---@param offset integer position of the first of 4 bytes, from 1
---@param value integer wraps
---@return integer # the position behind it
function Buffer:writeUInt32LE(offset, value)
  local number = checkNumber(value)
  return (put32LE(reach(self, offset, 4), offset, number))
end

---Writes an unsigned integer of 32 bits, the high byte first.
---@param offset integer position of the first of 4 bytes, from 1
---@param value integer wraps
---@return integer # the position behind it
function Buffer:writeUInt32BE(offset, value)
  local number = checkNumber(value)
  return (put32BE(reach(self, offset, 4), offset, number))
end

---Writes a signed integer of 32 bits, the low byte first.
---@param offset integer position of the first of 4 bytes, from 1
---@param value integer wraps
---@return integer # the position behind it
function Buffer:writeInt32LE(offset, value)
  return Buffer.writeUInt32LE(self, offset, value)
end

---Writes a signed integer of 32 bits, the high byte first.
---@param offset integer position of the first of 4 bytes, from 1
---@param value integer wraps
---@return integer # the position behind it
function Buffer:writeInt32BE(offset, value)
  return Buffer.writeUInt32BE(self, offset, value)
end
