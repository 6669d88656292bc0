-- Random numbers of cryptographic quality, and comparison of secrets.

local native = require('luvit:crypto')
local base = require('crypto/base')

local random = {}

local uuid = native.random_uuid

local MAX = 2 ^ 31 - 65536

---Random bytes. Without a callback they are made at once, which takes a microsecond; a callback gets them from a thread.
---@param size integer how many, at most 2^31 - 65536
---@param callback? fun(err?: string, bytes?: string)|thread
---@return string? bytes # without a callback
function random.randomBytes(size, callback)
  base.integer(size, 0, MAX, 'size', 'randomBytes', 2)
  if callback == nil then return (native.random_bytes(size)) end
  return base.pooled(callback, 'randomBytes', 1, false, native.random_bytes, size)
end

-- The part of a buffer that `randomFill` fills: offset from 0, and length.
local function partOf(buffer, offset, size, method)
  local bytesOf = require('stream/base').bytesOf
  if type(buffer) ~= 'table' or not bytesOf(buffer) then base.wrong('buffer', method, 'buffer', buffer, 3) end
  offset = offset == nil and 0 or base.integer(offset, 0, #buffer, 'offset', method, 3)
  local rest = #buffer - offset
  return offset, size == nil and rest or base.integer(size, 0, rest, 'size', method, 3)
end

---The same as `randomBytes`, which is node's older name of it.
---@param size integer
---@param callback? fun(err?: string, bytes?: string)|thread
---@return string? bytes
function random.pseudoRandomBytes(size, callback)
  return random.randomBytes(size, callback)
end

---Fills a buffer (`require('buffer')`) with random bytes, as browsers have it.
---@param buffer luvit.Buffer
---@return luvit.Buffer # `buffer`
function random.getRandomValues(buffer)
  return random.randomFillSync(buffer)
end

---Fills a buffer (`require('buffer')`), or a part of it, with random bytes.
---@param buffer luvit.Buffer
---@param offset? integer how many bytes stay at the beginning, 0 by default
---@param size? integer how many are filled, up to the end by default
---@return luvit.Buffer # `buffer`
function random.randomFillSync(buffer, offset, size)
  offset, size = partOf(buffer, offset, size, 'randomFillSync')
  if size > 0 then buffer:write(native.random_bytes(size), offset + 1) end
  return buffer
end

---As `randomFillSync`; the bytes come from a thread.
---@param buffer luvit.Buffer
---@param offset integer|fun(err?: string, buffer?: luvit.Buffer) may be left out
---@param size? integer|fun(err?: string, buffer?: luvit.Buffer) may be left out
---@param callback? fun(err?: string, buffer?: luvit.Buffer)
function random.randomFill(buffer, offset, size, callback)
  if callback == nil and size ~= nil and type(size) ~= 'number' then size, callback = nil, size end
  if callback == nil and offset ~= nil and type(offset) ~= 'number' then offset, callback = nil, offset end
  base.checkCallback(callback, 'callback', 'randomFill', 2)
  offset, size = partOf(buffer, offset, size, 'randomFill')
  native.random_bytes(size, function(err, bytes)
    if err then return callback(err) end
    if size > 0 then buffer:write(bytes, offset + 1) end
    callback(nil, buffer)
  end)
end

---A random integer of at least `min` and less than `max`, every one as likely as another.
---@param min integer may be left out, and is 0 then
---@param max? integer less than 2^48 more than `min`
---@param callback? fun(err?: string, number?: integer) called later
---@return integer? # without a callback
function random.randomInt(min, max, callback)
  if max == nil or type(max) == 'function' then min, max, callback = 0, min, max end
  base.integer(min, -2 ^ 53 + 1, 2 ^ 53 - 1, 'min', 'randomInt', 2, 'ERR_INVALID_ARG_TYPE')
  base.integer(max, -2 ^ 53 + 1, 2 ^ 53 - 1, 'max', 'randomInt', 2, 'ERR_INVALID_ARG_TYPE')
  if max <= min then
    base.fail('max', 'randomInt', ('more than min, %.0f, expected, got %.0f'):format(min, max), 2, 'ERR_OUT_OF_RANGE')
  end
  if max - min >= 2 ^ 48 then
    base.fail('max', 'randomInt', ('less than 2^48 more than min expected, got %.0f more'):format(max - min), 2,
      'ERR_OUT_OF_RANGE')
  end
  local number = min + native.random_below(max - min)
  if callback == nil then return number end
  base.checkCallback(callback, 'callback', 'randomInt', 2)
  require('stream/base').nextTick(callback, nil, number)
end

---A random UUID (version 4 of RFC 9562), such as `ae2a0ab6-9d1c-4f4c-b4c7-1dc1fb9f1a5c`. The random bytes of some come
---from the system together, as in node.
---@param options? { disableEntropyCache?: boolean } whether the bytes of this one are made for it alone
---@return string
function random.randomUUID(options)
  local alone = false
  if options ~= nil then
    base.checkOptions(options, 'randomUUID', 2)
    alone = options.disableEntropyCache or false
    if type(alone) ~= 'boolean' then
      base.wrong('options.disableEntropyCache', 'randomUUID', 'boolean', alone, 2)
    end
  end
  return uuid(alone)
end

---Whether two secrets are equal, such as the code of a message and the one that was expected. The time this takes depends
---on their length only, so that nobody learns from it where they differ.
---@param a string|luvit.Buffer
---@param b string|luvit.Buffer of the same length; anything else raises `ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH`
---@return boolean
function random.timingSafeEqual(a, b)
  a = base.bytes(a, nil, 'a', 'timingSafeEqual', 2)
  b = base.bytes(b, nil, 'b', 'timingSafeEqual', 2)
  local equal, err = native.timing_safe_equal(a, b)
  if err then error(err, 2) end
  return equal
end

return random
