-- What the parts of `crypto` share: how arguments are checked, encoded and decoded.

local native = require('luvit:crypto')
local bytesOf = require('stream/base').bytesOf

local base = {}

-- The encodings by the names they have, and what the native half calls them.
local ENCODINGS = {
  binary = 'binary', latin1 = 'binary', utf8 = 'binary', ['utf-8'] = 'binary', ascii = 'binary',
  hex = 'hex', base64 = 'base64', base64url = 'base64url', buffer = 'binary',
}

---An encoding of bytes as text: `binary`, with its other names `latin1`, `utf8`, `utf-8` and `ascii`, is the string as it
---is, and so is what is taken with `buffer`.
---@alias luvit.crypto.Encoding 'binary'|'latin1'|'utf8'|'utf-8'|'ascii'|'buffer'|'hex'|'base64'|'base64url'

---An encoding of results: `buffer` gives a buffer (`require('buffer')`).
---@alias luvit.crypto.OutputEncoding luvit.crypto.Encoding

---Raises an error for an argument.
---@param name string
---@param method string
---@param problem string
---@param level integer whose mistake it is: 1 is the caller of this
---@param code? string node's code of it, `ERR_INVALID_ARG_VALUE` by default
function base.fail(name, method, problem, level, code)
  code = code or 'ERR_INVALID_ARG_VALUE'
  error(("%s: bad argument '%s' to '%s' (%s)"):format(code, name, method, problem), level + 1)
end

---Raises an error for an argument of the wrong type.
---@param name string
---@param method string
---@param expected string
---@param value any
---@param level integer whose mistake it is: 1 is the caller of this
function base.wrong(name, method, expected, value, level)
  base.fail(name, method, ('%s expected, got %s'):format(expected, type(value)), level + 1, 'ERR_INVALID_ARG_TYPE')
end

---@param value any
---@param method string
---@param level integer whose mistake another type is: 1 is the caller of this
function base.checkOptions(value, method, level)
  if value ~= nil and type(value) ~= 'table' then base.wrong('options', method, 'table', value, level + 1) end
end

---The canonical name of an encoding.
---@param encoding any
---@param name string the argument's name
---@param method string
---@param level integer whose mistake a wrong one is: 1 is the caller of this
---@return 'binary'|'hex'|'base64'|'base64url'
local function encodingOf(encoding, name, method, level)
  if encoding == nil then return 'binary' end
  local found = ENCODINGS[encoding] or type(encoding) == 'string' and ENCODINGS[encoding:lower()]
  if found then return found end
  if type(encoding) ~= 'string' then base.wrong(name, method, 'string', encoding, level + 1) end
  base.fail(name, method, ("unknown encoding '%s', there are binary, hex, base64 and base64url"):format(encoding),
    level + 1)
end
base.encodingOf = encodingOf

---The bytes that a string or a buffer stands for.
---@param value any
---@param encoding? string of a string
---@param name string the argument's name
---@param method string
---@param level integer whose mistake a wrong one is: 1 is the caller of this
---@return string
function base.bytes(value, encoding, name, method, level)
  if type(value) ~= 'string' then
    local bytes = bytesOf(value)
    if not bytes then base.wrong(name, method, 'string or buffer', value, level + 1) end
    return bytes
  end
  if encoding == nil then return value end
  encoding = encodingOf(encoding, 'encoding', method, level + 1)
  if encoding == 'binary' then return value end
  local bytes = native.decode(value, encoding)
  if not bytes then base.fail(name, method, 'this is no ' .. encoding, level + 1) end
  return bytes
end

---Calls `fn(encoding)` with what the native half calls an encoding of output, and makes a buffer of the result if that is
---asked for.
---@param encoding any
---@param method string
---@param level integer whose mistake a wrong one is: 1 is the caller of this
---@return string encoding, boolean buffer
function base.output(encoding, method, level)
  if encoding == 'buffer' then return 'binary', true end
  return encodingOf(encoding, 'encoding', method, level + 1), false
end

---Checks the encodings in the options of a stream.
---@param options table
---@param method string
---@param level integer whose mistake a wrong one is: 1 is the caller of this
function base.checkEncodings(options, method, level)
  if options.encoding ~= nil then base.output(options.encoding, method, level + 1) end
  if options.defaultEncoding ~= nil then encodingOf(options.defaultEncoding, 'defaultEncoding', method, level + 1) end
end

-- The bytes of what is written to a stream. What is no string or buffer is the stream's to refuse.
local function chunkOf(self, chunk, encoding, method)
  if type(chunk) ~= 'string' then return chunk end
  if type(encoding) ~= 'string' then encoding = self._inputEncoding end
  return base.bytes(chunk, encoding, 'chunk', method, 4)
end

---`write` of streams that take text in an encoding.
---@param self any
---@param write function that of the class above
---@param chunk any
---@param encoding any
---@param callback any
---@return boolean
function base.write(self, write, chunk, encoding, callback)
  chunk = chunkOf(self, chunk, encoding, 'write')
  return write(self, chunk, type(encoding) == 'function' and encoding or callback)
end

---`_end` of streams that take text in an encoding.
---@param self any
---@param finish function that of the class above
---@param chunk any
---@param encoding any
---@param callback any
function base.finish(self, finish, chunk, encoding, callback)
  if type(chunk) == 'function' then
    chunk, callback = nil, chunk
  elseif type(encoding) == 'function' then
    encoding, callback = nil, encoding
  end
  if chunk ~= nil then self:write(chunkOf(self, chunk, encoding, '_end'), 'binary') end
  finish(self, callback)
end

---A buffer of bytes.
---@param bytes string
---@return luvit.Buffer
function base.toBuffer(bytes)
  return require('buffer').Buffer:new(bytes)
end

---@param value any
---@param name string
---@param method string
---@param level integer whose mistake a wrong one is: 1 is the caller of this
function base.checkCallback(value, name, method, level)
  if type(value) == 'function' then return end
  local meta = getmetatable(value)
  if type(meta) == 'table' and meta.__call then return end
  base.wrong(name, method, 'function', value, level + 1)
end

---The bytes of a secret key: a string, a buffer or a `KeyObject` of the kind `secret`.
---@param value any
---@param encoding? string of a string
---@param name string the argument's name
---@param method string
---@param level integer whose mistake a wrong one is: 1 is the caller of this
---@return string
function base.secret(value, encoding, name, method, level)
  if type(value) == 'table' and type(value.export) == 'function' then
    if value.type ~= 'secret' then
      base.fail(name, method, ('secret key expected, got a %s one'):format(tostring(value.type)), level + 1,
        'ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE')
    end
    return value:export()
  end
  return base.bytes(value, encoding, name, method, level + 1)
end

---Calls `fn(..., callback)`, a function of the native half that works on a thread then. As the last call of a function, its
---caller is who called that.
---@param callback any a function, or a coroutine that waits
---@param method string
---@param level integer whose mistake a wrong one is: 1 is the caller of this
---@param toBuffer boolean whether the result becomes a buffer
---@param fn function
---@param ... any
---@return any ... what the coroutine is given
function base.pooled(callback, method, level, toBuffer, fn, ...)
  if type(callback) == 'thread' then
    return require('utils').adapt(callback, function(...)
      local last = select('#', ...)
      local args = { ... }
      base.pooled(args[last], method, level, toBuffer, fn, unpack(args, 1, last - 1))
    end, ...)
  end
  base.checkCallback(callback, 'callback', method, level + 1)
  local count = select('#', ...)
  local args = { ... }
  args[count + 1] = not toBuffer and callback or function(err, bytes)
    callback(err, bytes and base.toBuffer(bytes))
  end
  local _, err = fn(unpack(args, 1, count + 1))
  -- What is wrong before a thread begins is the program's mistake.
  if err then error(err, level + 1) end
end

---An integer within limits.
---@param value any
---@param low number
---@param high number
---@param name string
---@param method string
---@param level integer whose mistake a wrong one is: 1 is the caller of this
---@param code? string of a number beyond them, `ERR_OUT_OF_RANGE` by default
---@return integer
function base.integer(value, low, high, name, method, level, code)
  if type(value) ~= 'number' then base.wrong(name, method, 'number', value, level + 1) end
  if not (value >= low and value <= high and value % 1 == 0) then
    local problem = ('integer from %.0f to %.0f expected, got %s'):format(low, high, tostring(value))
    base.fail(name, method, problem, level + 1, code or 'ERR_OUT_OF_RANGE')
  end
  return value
end

return base
