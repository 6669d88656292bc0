-- Whole data: now, or on the thread pool.

local native = require('luvit:zlib')
local options = require('zlib/options')
local utils = require('utils')

local bytes, fail, failure = options.bytes, options.fail, options.failure

---@class luvit.zlib
local zlib = {}

---What callbacks and `error` listeners get.
---@class luvit.zlib.Error: luvit.Error
---@field code string `Z_DATA_ERROR`, `Z_BUF_ERROR`, `Z_NEED_DICT`, `ERR_BUFFER_TOO_LARGE` …
---@field errno? integer zlib's number of it

-- What the caller gets: the data, or with `info` more.
local function result(class, plan, out, consumed)
  if not plan.info then return out end
  local engine = require('zlib/streams')[class]:new()
  engine.bytesWritten = consumed
  return { buffer = out, engine = engine:destroy() }
end

-- The functions are called by the public ones in a tail call, which takes a level of the stack away: level 2 is whoever
-- called those.
local function sync(class, method, data, given)
  local text = bytes(data) or fail('data', method, 'string or Buffer', data, 2)
  local plan = options.plan(class, given, method, 2)
  local out, consumed, code = native.whole(plan, text, plan.finish, options.limitOf(plan))
  if not out then return nil, consumed, code end
  return result(class, plan, out, consumed)
end

local function async(class, method, data, given, callback)
  local kind = type(given)
  if kind == 'function' or kind == 'thread' then given, callback = nil, given end
  local text = bytes(data) or fail('data', method, 'string or Buffer', data, 2)
  kind = type(callback)
  if kind ~= 'function' and kind ~= 'thread' then
    local meta = getmetatable(callback)
    if type(meta) ~= 'table' or not meta.__call then fail('callback', method, 'function', callback, 2) end
  end
  local plan = options.plan(class, given, method, 2)
  local function start(done)
    local function ended(out, consumed, code, errno)
      if out then return done(nil, result(class, plan, out, consumed)) end
      done(failure(consumed, code, errno))
    end
    local queued, problem, code = native.queue_whole(plan, text, plan.finish, options.limitOf(plan), ended)
    if not queued then require('timer').setImmediate(ended, nil, problem, code) end
  end
  if kind == 'thread' then return utils.adapt(callback, start) end
  start(callback)
end

---Compresses to gzip's format.
---@param data string|luvit.Buffer
---@param options? luvit.zlib.Options|fun(err?: luvit.zlib.Error, data: string)
---@param callback? fun(err?: luvit.zlib.Error, data: string)|thread
---@return string? data, luvit.zlib.Error? err # for a coroutine that waits
function zlib.gzip(data, options, callback) -- luacheck: ignore
  return async('Gzip', 'gzip', data, options, callback)
end

---@see luvit.zlib.gzip
---@param data string|luvit.Buffer
---@param options? luvit.zlib.Options
---@return string? data, string? err, string? code
function zlib.gzipSync(data, options) -- luacheck: ignore
  return sync('Gzip', 'gzipSync', data, options)
end

---Decompresses gzip's format, all members of it. Zeros behind them are padding; anything else there is an error.
---@param data string|luvit.Buffer
---@param options? luvit.zlib.Options|fun(err?: luvit.zlib.Error, data: string)
---@param callback? fun(err?: luvit.zlib.Error, data: string)|thread
---@return string? data, luvit.zlib.Error? err # for a coroutine that waits
function zlib.gunzip(data, options, callback) -- luacheck: ignore
  return async('Gunzip', 'gunzip', data, options, callback)
end

---@see luvit.zlib.gunzip
---@param data string|luvit.Buffer
---@param options? luvit.zlib.Options
---@return string? data, string? err, string? code
function zlib.gunzipSync(data, options) -- luacheck: ignore
  return sync('Gunzip', 'gunzipSync', data, options)
end

---With data, compresses to zlib's format.
---
---With a level or nothing it is lua-zlib's `deflate(level, windowBits)` and returns a function,
---`stream(data, flush)`, that returns what there is of the output, whether it was the end, and how many bytes came in and
---went out so far. `flush` is `'none'`, `'sync'`, `'full'` or `'finish'`; no data, or nil, is the end as well.
---@param data? string|luvit.Buffer|integer
---@param options? luvit.zlib.Options|integer|fun(err?: luvit.zlib.Error, data: string)
---@param callback? fun(err?: luvit.zlib.Error, data: string)|thread
---@return luvit.zlib.Filter?
function zlib.deflate(data, options, callback) -- luacheck: ignore
  if data == nil or type(data) == 'number' then return require('zlib/filters').deflate(data, options) end
  return async('Deflate', 'deflate', data, options, callback)
end

---Compresses to zlib's format.
---@param data string|luvit.Buffer
---@param options? luvit.zlib.Options
---@return string? data, string? err, string? code
function zlib.deflateSync(data, options) -- luacheck: ignore
  return sync('Deflate', 'deflateSync', data, options)
end

---With data, decompresses zlib's format.
---
---With a number or nothing it is lua-zlib's `inflate(windowBits)` and returns a function, `stream(data)`, that returns what
---there is of the output, whether it was the end, and how many bytes came in and went out so far. It knows gzip's format,
---too, unless `windowBits` says otherwise: 15 is zlib's, 15 + 16 gzip's, -15 raw.
---@param data? string|luvit.Buffer|integer
---@param options? luvit.zlib.Options|fun(err?: luvit.zlib.Error, data: string)
---@param callback? fun(err?: luvit.zlib.Error, data: string)|thread
---@return luvit.zlib.Filter?
function zlib.inflate(data, options, callback) -- luacheck: ignore
  if data == nil or type(data) == 'number' then return require('zlib/filters').inflate(data) end
  return async('Inflate', 'inflate', data, options, callback)
end

---Decompresses zlib's format.
---@param data string|luvit.Buffer
---@param options? luvit.zlib.Options
---@return string? data, string? err, string? code
function zlib.inflateSync(data, options) -- luacheck: ignore
  return sync('Inflate', 'inflateSync', data, options)
end

---Compresses to deflate's format, without header and checksum.
---@param data string|luvit.Buffer
---@param options? luvit.zlib.Options|fun(err?: luvit.zlib.Error, data: string)
---@param callback? fun(err?: luvit.zlib.Error, data: string)|thread
---@return string? data, luvit.zlib.Error? err # for a coroutine that waits
function zlib.deflateRaw(data, options, callback) -- luacheck: ignore
  return async('DeflateRaw', 'deflateRaw', data, options, callback)
end

---@see luvit.zlib.deflateRaw
---@param data string|luvit.Buffer
---@param options? luvit.zlib.Options
---@return string? data, string? err, string? code
function zlib.deflateRawSync(data, options) -- luacheck: ignore
  return sync('DeflateRaw', 'deflateRawSync', data, options)
end

---Decompresses deflate's format, which has no header and no checksum.
---@param data string|luvit.Buffer
---@param options? luvit.zlib.Options|fun(err?: luvit.zlib.Error, data: string)
---@param callback? fun(err?: luvit.zlib.Error, data: string)|thread
---@return string? data, luvit.zlib.Error? err # for a coroutine that waits
function zlib.inflateRaw(data, options, callback) -- luacheck: ignore
  return async('InflateRaw', 'inflateRaw', data, options, callback)
end

---@see luvit.zlib.inflateRaw
---@param data string|luvit.Buffer
---@param options? luvit.zlib.Options
---@return string? data, string? err, string? code
function zlib.inflateRawSync(data, options) -- luacheck: ignore
  return sync('InflateRaw', 'inflateRawSync', data, options)
end

---Decompresses gzip's or zlib's format, whichever it is.
---@param data string|luvit.Buffer
---@param options? luvit.zlib.Options|fun(err?: luvit.zlib.Error, data: string)
---@param callback? fun(err?: luvit.zlib.Error, data: string)|thread
---@return string? data, luvit.zlib.Error? err # for a coroutine that waits
function zlib.unzip(data, options, callback) -- luacheck: ignore
  return async('Unzip', 'unzip', data, options, callback)
end

---@see luvit.zlib.unzip
---@param data string|luvit.Buffer
---@param options? luvit.zlib.Options
---@return string? data, string? err, string? code
function zlib.unzipSync(data, options) -- luacheck: ignore
  return sync('Unzip', 'unzipSync', data, options)
end

---Compresses to brotli's format.
---@param data string|luvit.Buffer
---@param options? luvit.zlib.BrotliOptions|fun(err?: luvit.zlib.Error, data: string)
---@param callback? fun(err?: luvit.zlib.Error, data: string)|thread
---@return string? data, luvit.zlib.Error? err # for a coroutine that waits
function zlib.brotliCompress(data, options, callback) -- luacheck: ignore
  return async('BrotliCompress', 'brotliCompress', data, options, callback)
end

---@see luvit.zlib.brotliCompress
---@param data string|luvit.Buffer
---@param options? luvit.zlib.BrotliOptions
---@return string? data, string? err, string? code
function zlib.brotliCompressSync(data, options) -- luacheck: ignore
  return sync('BrotliCompress', 'brotliCompressSync', data, options)
end

---Decompresses brotli's format.
---@param data string|luvit.Buffer
---@param options? luvit.zlib.BrotliOptions|fun(err?: luvit.zlib.Error, data: string)
---@param callback? fun(err?: luvit.zlib.Error, data: string)|thread
---@return string? data, luvit.zlib.Error? err # for a coroutine that waits
function zlib.brotliDecompress(data, options, callback) -- luacheck: ignore
  return async('BrotliDecompress', 'brotliDecompress', data, options, callback)
end

---@see luvit.zlib.brotliDecompress
---@param data string|luvit.Buffer
---@param options? luvit.zlib.BrotliOptions
---@return string? data, string? err, string? code
function zlib.brotliDecompressSync(data, options) -- luacheck: ignore
  return sync('BrotliDecompress', 'brotliDecompressSync', data, options)
end

return zlib
