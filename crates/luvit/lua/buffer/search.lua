-- Looking for bytes in a buffer.

local Buffer = require('buffer').Buffer

local integer, toBytes = Buffer._integer, Buffer._toBytes
local cast, pointer = require('ffi').cast, require('ffi').typeof('const uint8_t *')
local band = bit.band

-- What is looked for, as a string, which must be kept while its bytes are read.
local function needleOf(value, encoding)
  if type(value) == 'number' then return string.char(band(Buffer._checkNumber(value), 0xff)) end
  return (toBytes(value, encoding, 'value', 3))
end

-- Whether `count` bytes from the second one on are those of the needle.
local function matches(data, at, needle, count)
  for i = 1, count - 1 do
    if data[at + i] ~= needle[i] then return false end
  end
  return true
end

-- The first place from `from` on, in the direction of `step`, counted from 0.
local function search(self, bytes, from, to, step)
  local data, needle, count = self._data, cast(pointer, bytes), #bytes
  if count == 0 then return from end
  local first = needle[0]
  for at = from, to, step do
    if data[at] == first and matches(data, at, needle, count) then return at end
  end
end

local function forward(self, bytes, init, level)
  local size = self._size
  init = integer(init, 1, 'init', level + 1)
  if init < 0 then init = math.max(size + init + 1, 1) end
  if init < 1 then init = 1 end
  local last = size - #bytes
  if init - 1 > last then return nil end
  local at = search(self, bytes, init - 1, last, 1)
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
  local at = search(self, bytes, math.min(init - 1, size - #bytes), 0, -1)
  if at and at >= 0 then return at + 1 end
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
