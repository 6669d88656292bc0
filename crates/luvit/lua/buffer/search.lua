-- Looking for bytes in a buffer.

local Buffer = require('buffer').Buffer

local integer, toBytes = Buffer._integer, Buffer._toBytes
local ffi = require('ffi')
local bytesOf, cast, pointer = ffi.string, ffi.cast, ffi.typeof('const uint8_t *')
local band = bit.band

-- What is looked for, as a string, which must be kept while its bytes are read.
local function needleOf(value, encoding)
  if type(value) == 'number' then return string.char(band(Buffer._checkNumber(value), 0xff)) end
  return (toBytes(value, encoding, 'value', 3))
end

-- The first place where bytes begin, from `from` up to `last`, counted from 0. Strings are searched faster than memory is
-- from Lua: a few bytes first, since what is looked for is often near, then more and more.
local function search(self, bytes, from, last)
  local data, window = self._data, 128
  while from <= last do
    local count = math.min(window, last - from + 1)
    local at = string.find(bytesOf(data + from, count + #bytes - 1), bytes, 1, true)
    if at then return from + at - 1 end
    from, window = from + count, math.min(window * 2, 65536)
  end
end

-- The same backwards, from `from` down to the beginning.
local function searchBack(self, bytes, from)
  local data, needle, count = self._data, cast(pointer, bytes), #bytes
  for at = from, 0, -1 do
    local i = 0
    while i < count and data[at + i] == needle[i] do i = i + 1 end
    if i == count then return at end
  end
end

local function forward(self, bytes, init, level)
  local size = self._size
  init = integer(init, 1, 'init', level + 1)
  if init < 0 then init = size + init + 1 end
  if init < 1 then init = 1 end
  local at = search(self, bytes, init - 1, size - #bytes)
  return at and at + 1
end

---Looks for bytes. There are no patterns: for those, use `tostring(buffer):find(…)`.
---@param value integer|string|luvit.Buffer a byte, or bytes
---@param init? integer where to begin; negative counts from the end; 1 by default
---@param encoding? luvit.buffer.Encoding of a string
---@return integer? first, integer? last nil if they are not there
function Buffer:find(value, init, encoding)
  local bytes = needleOf(value, encoding)
  local first = forward(self, bytes, init, 2)
  if first then return first, first + #bytes - 1 end
end

---Where bytes first occur.
---@param value integer|string|luvit.Buffer a byte, or bytes
---@param init? integer where to begin; negative counts from the end; 1 by default
---@param encoding? luvit.buffer.Encoding of a string
---@return integer? # nil if they do not
function Buffer:indexOf(value, init, encoding)
  local bytes = needleOf(value, encoding)
  return (forward(self, bytes, init, 2))
end

---Where bytes last occur.
---@param value integer|string|luvit.Buffer a byte, or bytes
---@param init? integer the last place where they may begin; negative counts from the end; the end by default
---@param encoding? luvit.buffer.Encoding of a string
---@return integer? # nil if they do not
function Buffer:lastIndexOf(value, init, encoding)
  local bytes = needleOf(value, encoding)
  local size = self._size
  init = integer(init, size + 1, 'init', 2)
  if init < 0 then init = size + init + 1 end
  local at = searchBack(self, bytes, math.min(init - 1, size - #bytes))
  return at and at + 1
end

---Whether bytes occur.
---@param value integer|string|luvit.Buffer a byte, or bytes
---@param init? integer where to begin; negative counts from the end; 1 by default
---@param encoding? luvit.buffer.Encoding of a string
---@return boolean
function Buffer:includes(value, init, encoding)
  local bytes = needleOf(value, encoding)
  return forward(self, bytes, init, 2) ~= nil
end
