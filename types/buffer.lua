---@meta buffer

-- Made by scripts/reference.lua of crates/luvit/lua/buffer/. Change it there.

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

---`binary`: the bytes as they are, which is what a string is in Lua. `utf8`: the same for bytes that are written; read,
---what is not UTF-8 becomes U+FFFD, so that the result is. `latin1`: each byte is the character of its number
---(ISO 8859-1), in the text as UTF-8. `hex`: two digits a byte, read in either case. `base64` and `base64url`: RFC 4648,
---the latter without padding; both read both alphabets, with or without padding, and skip white space.
---@alias luvit.buffer.Encoding 'binary'|'utf8'|'utf-8'|'latin1'|'hex'|'base64'|'base64url'

---A block of bytes.
---@class luvit.Buffer: luvit.Object
---@field length integer number of bytes, read only
---@field ctype ffi.cdata* `uint8_t *` to the first byte, counted from 0, for FFI calls; valid while the buffer lives
---@field [integer] integer a byte, 0 to 255
---@operator len: integer
---@operator concat(any): string
local Buffer = {}

---Makes a buffer with a copy of some bytes.
---@param value string|luvit.Buffer|integer[]|{ data: integer[] } bytes as a string, a buffer, a list of numbers, or what
---`toJSON` returns
---@param encoding? luvit.buffer.Encoding of a string, `binary` by default; what it does not allow is an error
---@return luvit.Buffer
function Buffer.from(value, encoding) end

---Whether a value is a buffer.
---@param value any
---@return boolean
function Buffer.isBuffer(value) end

---A buffer on a part of this one's memory: nothing is copied, and what is written to one is seen in the other.
---@param i? integer 1 by default
---@param j? integer the last byte by default
---@return luvit.Buffer
function Buffer:slice(i, j) end

---The same as `slice`, under the name of newer programs.
---@param i? integer 1 by default
---@param j? integer the last byte by default
---@return luvit.Buffer
function Buffer:subarray(i, j) end

---Derives a class of buffers.
---@generic T
---@param self T
---@return T
function Buffer:extend() end

---The bytes, or a range of them, as a string. With an encoding, they are written in it.
---@param encoding luvit.buffer.Encoding
---@param i? integer 1 by default
---@param j? integer the last byte by default
---@return string
---@overload fun(self: luvit.Buffer, i?: integer, j?: integer): string
function Buffer:toString(encoding, i, j) end

---All bytes for a reader: `<Buffer fb 04 23 42>`. `p` shows the first 50.
---@return string
function Buffer:inspect() end

---Sets a range to a byte, or to bytes that are repeated.
---@param value integer|string|luvit.Buffer a byte wraps; an empty string stands for zero bytes
---@param i? integer 1 by default
---@param j? integer the last byte by default
---@param encoding? luvit.buffer.Encoding of a string
---@return luvit.Buffer self
function Buffer:fill(value, i, j, encoding) end

---Makes a buffer.
---@param length integer bytes
---@param value? integer|string|luvit.Buffer what it is filled with, zero bytes by default
---@param encoding? luvit.buffer.Encoding of a string
---@return luvit.Buffer
function Buffer.alloc(length, value, encoding) end

---Joins buffers and strings into a new buffer.
---@param list (luvit.Buffer|string)[]
---@param length? integer of the result, which is cut or gets zero bytes; the sum by default
---@return luvit.Buffer
function Buffer.concat(list, length) end

---Copies a range into another buffer, as much as fits there. The two may overlap.
---@param target luvit.Buffer
---@param start? integer position in `target`, 1 by default
---@param i? integer 1 by default
---@param j? integer the last byte by default
---@return integer # how many bytes were copied
function Buffer:copy(target, start, i, j) end

---Writes a string, as much of it as fits.
---@param text string
---@param offset? integer position of the first byte, 1 by default
---@param length? integer bytes to write at most
---@param encoding? luvit.buffer.Encoding `binary` by default
---@return integer # how many bytes were written
function Buffer:write(text, offset, length, encoding) end

---Compares bytes, as `string` comparison does: which one comes first in sorted order.
---@param other luvit.Buffer|string
---@return -1|0|1 # -1: this one comes first
function Buffer:compare(other) end

---Whether the bytes are the same. `==` says that of two buffers, too.
---@param other luvit.Buffer|string
---@return boolean
function Buffer:equals(other) end

---Reverses the bytes of each 16-bit number, in place. The length must be a multiple of 2.
---@return luvit.Buffer self
function Buffer:swap16() end

---Reverses the bytes of each 32-bit number, in place. The length must be a multiple of 4.
---@return luvit.Buffer self
function Buffer:swap32() end

---Reverses the bytes of each 64-bit number, in place. The length must be a multiple of 8.
---@return luvit.Buffer self
function Buffer:swap64() end

---A table that `json.stringify` can write and `Buffer.from` takes back.
---@return { type: 'Buffer', data: integer[] }
function Buffer:toJSON() end

---Reads an unsigned integer of 8 bits.
---@param offset integer position of the byte, from 1
---@return integer # 0 to 255
function Buffer:readUInt8(offset) end

---Reads a signed integer of 8 bits.
---@param offset integer position of the byte, from 1
---@return integer # -128 to 127
function Buffer:readInt8(offset) end

---Reads an unsigned integer of 16 bits, the low byte first.
---@param offset integer position of the first of 2 bytes, from 1
---@return integer # 0 to 65535
function Buffer:readUInt16LE(offset) end

---Reads an unsigned integer of 16 bits, the high byte first.
---@param offset integer position of the first of 2 bytes, from 1
---@return integer # 0 to 65535
function Buffer:readUInt16BE(offset) end

---Reads a signed integer of 16 bits, the low byte first.
---@param offset integer position of the first of 2 bytes, from 1
---@return integer # -32768 to 32767
function Buffer:readInt16LE(offset) end

---Reads a signed integer of 16 bits, the high byte first.
---@param offset integer position of the first of 2 bytes, from 1
---@return integer # -32768 to 32767
function Buffer:readInt16BE(offset) end

---Reads an unsigned integer of 32 bits, the low byte first.
---@param offset integer position of the first of 4 bytes, from 1
---@return integer # 0 to 4294967295
function Buffer:readUInt32LE(offset) end

---Reads an unsigned integer of 32 bits, the high byte first.
---@param offset integer position of the first of 4 bytes, from 1
---@return integer # 0 to 4294967295
function Buffer:readUInt32BE(offset) end

---Reads a signed integer of 32 bits, the low byte first.
---@param offset integer position of the first of 4 bytes, from 1
---@return integer # -2147483648 to 2147483647
function Buffer:readInt32LE(offset) end

---Reads a signed integer of 32 bits, the high byte first.
---@param offset integer position of the first of 4 bytes, from 1
---@return integer # -2147483648 to 2147483647
function Buffer:readInt32BE(offset) end

---Writes an unsigned integer of 8 bits.
---@param offset integer position of the byte, from 1
---@param value integer wraps
---@return integer # the position behind it
function Buffer:writeUInt8(offset, value) end

---Writes a signed integer of 8 bits.
---@param offset integer position of the byte, from 1
---@param value integer wraps
---@return integer # the position behind it
function Buffer:writeInt8(offset, value) end

---Writes an unsigned integer of 16 bits, the low byte first.
---@param offset integer position of the first of 2 bytes, from 1
---@param value integer wraps
---@return integer # the position behind it
function Buffer:writeUInt16LE(offset, value) end

---Writes an unsigned integer of 16 bits, the high byte first.
---@param offset integer position of the first of 2 bytes, from 1
---@param value integer wraps
---@return integer # the position behind it
function Buffer:writeUInt16BE(offset, value) end

---Writes a signed integer of 16 bits, the low byte first.
---@param offset integer position of the first of 2 bytes, from 1
---@param value integer wraps
---@return integer # the position behind it
function Buffer:writeInt16LE(offset, value) end

---Writes a signed integer of 16 bits, the high byte first.
---@param offset integer position of the first of 2 bytes, from 1
---@param value integer wraps
---@return integer # the position behind it
function Buffer:writeInt16BE(offset, value) end

---Writes an unsigned integer of 32 bits, the low byte first.
---@param offset integer position of the first of 4 bytes, from 1
---@param value integer wraps
---@return integer # the position behind it
function Buffer:writeUInt32LE(offset, value) end

---Writes an unsigned integer of 32 bits, the high byte first.
---@param offset integer position of the first of 4 bytes, from 1
---@param value integer wraps
---@return integer # the position behind it
function Buffer:writeUInt32BE(offset, value) end

---Writes a signed integer of 32 bits, the low byte first.
---@param offset integer position of the first of 4 bytes, from 1
---@param value integer wraps
---@return integer # the position behind it
function Buffer:writeInt32LE(offset, value) end

---Writes a signed integer of 32 bits, the high byte first.
---@param offset integer position of the first of 4 bytes, from 1
---@param value integer wraps
---@return integer # the position behind it
function Buffer:writeInt32BE(offset, value) end

---Reads a signed integer of 8 bytes. Up to 2^53 either way it is a number, beyond that an `int64_t` of LuaJIT's FFI,
---with which one can calculate and compare just as well: nothing is rounded. `0LL + value` always is one.
---@param offset integer position of the first byte, from 1
---@return integer|ffi.cdata*
function Buffer:readInt64LE(offset) end

---The same as `readInt64LE`, with the high byte first.
---@param offset integer position of the first byte, from 1
---@return integer|ffi.cdata*
function Buffer:readInt64BE(offset) end

---Reads an integer of 8 bytes without sign. Up to 2^53 it is a number, beyond that a `uint64_t` of LuaJIT's FFI.
---@param offset integer position of the first byte, from 1
---@return integer|ffi.cdata*
function Buffer:readUInt64LE(offset) end

---The same as `readUInt64LE`, with the high byte first.
---@param offset integer position of the first byte, from 1
---@return integer|ffi.cdata*
function Buffer:readUInt64BE(offset) end

---Writes an integer of 8 bytes, with a sign or without.
---@param offset integer position of the first byte, from 1
---@param value integer|ffi.cdata* a number from -2^63 up to below 2^64, an `int64_t` or a `uint64_t`
---@return integer # the position behind it
function Buffer:writeInt64LE(offset, value) end

---The same as `writeInt64LE`, with the high byte first.
---@param offset integer position of the first byte, from 1
---@param value integer|ffi.cdata*
---@return integer # the position behind it
function Buffer:writeInt64BE(offset, value) end

---The same as `writeInt64LE`: the bytes of -1 are those of 2^64 - 1.
---@param offset integer position of the first byte, from 1
---@param value integer|ffi.cdata*
---@return integer # the position behind it
function Buffer:writeUInt64LE(offset, value) end

---The same as `writeInt64BE`.
---@param offset integer position of the first byte, from 1
---@param value integer|ffi.cdata*
---@return integer # the position behind it
function Buffer:writeUInt64BE(offset, value) end

---Reads a number of 4 bytes (IEEE 754 binary32).
---@param offset integer position of the first byte, from 1
---@return number
function Buffer:readFloatLE(offset) end

---The same as `readFloatLE`, with the high byte first.
---@param offset integer position of the first byte, from 1
---@return number
function Buffer:readFloatBE(offset) end

---Reads a number of 8 bytes (IEEE 754 binary64), as Lua's numbers are.
---@param offset integer position of the first byte, from 1
---@return number
function Buffer:readDoubleLE(offset) end

---The same as `readDoubleLE`, with the high byte first.
---@param offset integer position of the first byte, from 1
---@return number
function Buffer:readDoubleBE(offset) end

---Writes a number as 4 bytes, rounded to what they hold.
---@param offset integer position of the first byte, from 1
---@param value number
---@return integer # the position behind it
function Buffer:writeFloatLE(offset, value) end

---The same as `writeFloatLE`, with the high byte first.
---@param offset integer position of the first byte, from 1
---@param value number
---@return integer # the position behind it
function Buffer:writeFloatBE(offset, value) end

---Writes a number as 8 bytes.
---@param offset integer position of the first byte, from 1
---@param value number
---@return integer # the position behind it
function Buffer:writeDoubleLE(offset, value) end

---The same as `writeDoubleLE`, with the high byte first.
---@param offset integer position of the first byte, from 1
---@param value number
---@return integer # the position behind it
function Buffer:writeDoubleBE(offset, value) end

---Reads an integer of 1 to 6 bytes without sign.
---@param offset integer position of the first byte, from 1
---@param size integer number of bytes
---@return integer
function Buffer:readUIntLE(offset, size) end

---The same as `readUIntLE`, with the high byte first.
---@param offset integer position of the first byte, from 1
---@param size integer number of bytes
---@return integer
function Buffer:readUIntBE(offset, size) end

---Reads an integer of 1 to 6 bytes with a sign.
---@param offset integer position of the first byte, from 1
---@param size integer number of bytes
---@return integer
function Buffer:readIntLE(offset, size) end

---The same as `readIntLE`, with the high byte first.
---@param offset integer position of the first byte, from 1
---@param size integer number of bytes
---@return integer
function Buffer:readIntBE(offset, size) end

---Writes an integer of 1 to 6 bytes.
---@param offset integer position of the first byte, from 1
---@param value integer wraps
---@param size integer number of bytes
---@return integer # the position behind it
function Buffer:writeUIntLE(offset, value, size) end

---The same as `writeUIntLE`, with the high byte first.
---@param offset integer position of the first byte, from 1
---@param value integer wraps
---@param size integer number of bytes
---@return integer # the position behind it
function Buffer:writeUIntBE(offset, value, size) end

---The same as `writeUIntLE`: the bytes of -1 are those of the highest value.
---@param offset integer position of the first byte, from 1
---@param value integer wraps
---@param size integer number of bytes
---@return integer # the position behind it
function Buffer:writeIntLE(offset, value, size) end

---The same as `writeUIntBE`.
---@param offset integer position of the first byte, from 1
---@param value integer wraps
---@param size integer number of bytes
---@return integer # the position behind it
function Buffer:writeIntBE(offset, value, size) end

---Looks for bytes. There are no patterns: for those, use `tostring(buffer):find(…)`.
---@param value integer|string|luvit.Buffer a byte, or bytes
---@param init? integer where to begin; negative counts from the end; 1 by default
---@param encoding? luvit.buffer.Encoding of a string
---@return integer? first, integer? last nil if they are not there
function Buffer:find(value, init, encoding) end

---Where bytes first occur.
---@param value integer|string|luvit.Buffer a byte, or bytes
---@param init? integer where to begin; negative counts from the end; 1 by default
---@param encoding? luvit.buffer.Encoding of a string
---@return integer? # nil if they do not
function Buffer:indexOf(value, init, encoding) end

---Where bytes last occur.
---@param value integer|string|luvit.Buffer a byte, or bytes
---@param init? integer the last place where they may begin; negative counts from the end; the end by default
---@param encoding? luvit.buffer.Encoding of a string
---@return integer? # nil if they do not
function Buffer:lastIndexOf(value, init, encoding) end

---Whether bytes occur.
---@param value integer|string|luvit.Buffer a byte, or bytes
---@param init? integer where to begin; negative counts from the end; 1 by default
---@param encoding? luvit.buffer.Encoding of a string
---@return boolean
function Buffer:includes(value, init, encoding) end

---@class luvit.buffer
---@field MAX_LENGTH integer The longest buffer, in bytes. A longer one is an error, as is one there is no memory for.
---@field Buffer luvit.Buffer
local buffer = {}

return buffer
