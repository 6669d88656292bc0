-- The encodings of `Buffer.from`, `Buffer:toString` and others: bytes written as text, and text taken as bytes.

local ffi = require('ffi')
local sequence = require('ustring/sequence')

local newBlock = ffi.typeof('uint8_t[?]')
local pointer = ffi.typeof('const uint8_t *')
local band, bor, lshift, rshift = bit.band, bit.bor, bit.lshift, bit.rshift
local string, cast = ffi.string, ffi.cast

---`binary`: the bytes as they are, which is what a string is in Lua. `utf8`: the same for bytes that are written; read,
---what is not UTF-8 becomes U+FFFD, so that the result is. `latin1`: each byte is the character of its number
---(ISO 8859-1), in the text as UTF-8. `hex`: two digits a byte, read in either case. `base64` and `base64url`: RFC 4648,
---the latter without padding; both read both alphabets, with or without padding, and skip white space.
---@alias luvit.buffer.Encoding 'binary'|'utf8'|'utf-8'|'latin1'|'hex'|'base64'|'base64url'

-- By name: `encode(data, count)` to text, and `decode(text)` to bytes, or nil and what is wrong.
local encoders, decoders = {}, {}

-- UTF-8 -------------------------------------------------------------------------------------------------------------

local REPLACEMENT = '\239\191\189'

-- How many bytes from `at` on are a character or the beginning of one, and whether they are all of it.
local function measure(data, count, at)
  local length, low, high = sequence(data[at])
  if not length then return 1, false end
  for i = 1, length - 1 do
    local byte = at + i < count and data[at + i] or 0
    if byte < low or byte > high then return i, false end
    low, high = 0x80, 0xBF
  end
  return length, true
end

function encoders.utf8(data, count)
  local pieces, from, at = {}, 0, 0
  while at < count do
    if data[at] < 0x80 then
      at = at + 1
    else
      local length, whole = measure(data, count, at)
      if not whole then
        pieces[#pieces + 1] = string(data + from, at - from)
        pieces[#pieces + 1] = REPLACEMENT
        from = at + length
      end
      at = at + length
    end
  end
  if from == 0 then return string(data, count) end
  pieces[#pieces + 1] = string(data + from, count - from)
  return table.concat(pieces)
end

function decoders.utf8(text)
  return text
end

encoders['utf-8'], decoders['utf-8'] = encoders.utf8, decoders.utf8

-- ISO 8859-1 --------------------------------------------------------------------------------------------------------

function encoders.latin1(data, count)
  local out, length = newBlock(count * 2), 0
  for i = 0, count - 1 do
    local byte = data[i]
    if byte < 0x80 then
      out[length] = byte
      length = length + 1
    else
      out[length], out[length + 1] = bor(0xC0, rshift(byte, 6)), band(byte, 0xBF)
      length = length + 2
    end
  end
  return string(out, length)
end

function decoders.latin1(text)
  local data, count = cast(pointer, text), #text
  local out, length, at = newBlock(count), 0, 0
  while at < count do
    local byte = data[at]
    if byte >= 0x80 then
      local second = at + 1 < count and data[at + 1] or 0
      if byte < 0xC2 or byte > 0xC3 or band(second, 0xC0) ~= 0x80 then
        return nil, ('no latin1 character at byte %d'):format(at + 1)
      end
      byte = bor(lshift(band(byte, 3), 6), band(second, 0x3F))
      at = at + 1
    end
    out[length] = byte
    length, at = length + 1, at + 1
  end
  return string(out, length)
end

-- Hexadecimal -------------------------------------------------------------------------------------------------------

-- The bytes of a string, by their index from 0, and where each one is in it: 255 for those that are not.
local function alphabet(characters)
  local digits, values = newBlock(#characters, characters:byte(1, -1)), newBlock(256)
  ffi.fill(values, 256, 255)
  for i = 1, #characters do values[characters:byte(i)] = i - 1 end
  return digits, values
end

local hexDigits, hexValues = alphabet('0123456789abcdef')
for i = 10, 15 do hexValues[55 + i] = i end

function encoders.hex(data, count)
  local out = newBlock(count * 2)
  for i = 0, count - 1 do
    out[2 * i], out[2 * i + 1] = hexDigits[rshift(data[i], 4)], hexDigits[band(data[i], 15)]
  end
  return string(out, count * 2)
end

function decoders.hex(text)
  if #text % 2 == 1 then return nil, 'odd number of hexadecimal digits' end
  local data, count = cast(pointer, text), #text / 2
  local out = newBlock(count)
  for i = 0, count - 1 do
    local high, low = hexValues[data[2 * i]], hexValues[data[2 * i + 1]]
    if high == 255 or low == 255 then
      return nil, ('no hexadecimal digit at byte %d'):format(2 * i + (high == 255 and 1 or 2))
    end
    out[i] = high * 16 + low
  end
  return string(out, count)
end

-- Base 64 -----------------------------------------------------------------------------------------------------------

local LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
local baseDigits, baseValues = alphabet(LETTERS .. '+/')
local urlDigits = alphabet(LETTERS .. '-_')
local SPACE, PADDING = 254, 253
baseValues[('-'):byte()], baseValues[('_'):byte()], baseValues[('='):byte()] = 62, 63, PADDING
for space in ('\t\n\v\f\r '):gmatch('.') do baseValues[space:byte()] = SPACE end

local function toBase64(data, count, digits, padding)
  local rest = count % 3
  local length = (count - rest) / 3 * 4
  local out, at = newBlock(length + 4), 0
  for i = 0, count - rest - 3, 3 do
    local a, b, c = data[i], data[i + 1], data[i + 2]
    out[at], out[at + 1] = digits[rshift(a, 2)], digits[bor(lshift(band(a, 3), 4), rshift(b, 4))]
    out[at + 2], out[at + 3] = digits[bor(lshift(band(b, 15), 2), rshift(c, 6))], digits[band(c, 63)]
    at = at + 4
  end
  if rest > 0 then
    local a, b = data[count - rest], rest == 2 and data[count - 1] or 0
    out[at], out[at + 1] = digits[rshift(a, 2)], digits[bor(lshift(band(a, 3), 4), rshift(b, 4))]
    out[at + 2] = rest == 2 and digits[lshift(band(b, 15), 2)] or 61
    out[at + 3] = 61
    length = length + (padding and 4 or rest + 1)
  end
  return string(out, length)
end

function encoders.base64(data, count)
  return toBase64(data, count, baseDigits, true)
end

function encoders.base64url(data, count)
  return toBase64(data, count, urlDigits, false)
end

function decoders.base64(text)
  local data, count = cast(pointer, text), #text
  local out, length = newBlock(math.floor(count * 3 / 4) + 3), 0
  -- The bits of the group so far, how many characters it has, and how many paddings have ended the last one.
  local bits, inGroup, paddings = 0, 0, 0
  for i = 0, count - 1 do
    local value = baseValues[data[i]]
    if value < 64 and paddings == 0 then
      bits, inGroup = bor(lshift(bits, 6), value), inGroup + 1
      if inGroup == 4 then
        out[length], out[length + 1], out[length + 2] = rshift(bits, 16), band(rshift(bits, 8), 255), band(bits, 255)
        length, bits, inGroup = length + 3, 0, 0
      end
    elseif value == PADDING and inGroup >= 2 and inGroup + paddings < 4 then
      paddings = paddings + 1
    elseif value ~= SPACE then
      return nil, ('no base64 at byte %d'):format(i + 1)
    end
  end
  if inGroup == 1 or paddings > 0 and inGroup + paddings ~= 4 then return nil, 'base64 that ends too early' end
  if inGroup >= 2 then
    bits = lshift(bits, 6 * (4 - inGroup))
    out[length], out[length + 1] = rshift(bits, 16), band(rshift(bits, 8), 255)
    length = length + inGroup - 1
  end
  return string(out, length)
end

decoders.base64url = decoders.base64

local function unknown(encoding)
  return ("bad argument 'encoding' (binary, utf8, latin1, hex, base64 or base64url expected, got %s)"):format(
    type(encoding) == 'string' and encoding or type(encoding))
end

return {
  -- Text for `count` bytes; nil and an error for an encoding that there is none of.
  encode = function(data, count, encoding)
    local encoder = encoders[encoding]
    if not encoder then return nil, unknown(encoding) end
    return encoder(data, count)
  end,
  -- The bytes of a text, the argument `name` of somebody; nil and an error if it has none.
  decode = function(text, encoding, name)
    local decoder = decoders[encoding]
    if not decoder then return nil, unknown(encoding) end
    local bytes, err = decoder(text)
    if not bytes then return nil, ("bad argument '%s' (%s)"):format(name, err) end
    return bytes
  end,
}
