-- How the options of `zlib` are checked, and what the native half gets of them.

local base = require('stream/base')

---Options of streams and of whole data. They are checked, and a wrong one is an error that names it.
---@class luvit.zlib.Options
---@field level? integer from 0, which only stores, to 9, the smallest and slowest; -1, the default, is 6. 1 is for speed: what it makes is a quarter to a third larger than with 2 or 3
---@field windowBits? integer logarithm of the window's size, 9 to 15; 15 by default. A larger one needs more memory on both sides. To decompress, 0 is what the data say, unless they are raw
---@field memLevel? integer memory to compress with, 1 to 9; 8 by default
---@field strategy? integer `Z_DEFAULT_STRATEGY`, `Z_FILTERED`, `Z_HUFFMAN_ONLY`, `Z_RLE` or `Z_FIXED` of `constants`
---@field dictionary? string|luvit.Buffer bytes that both sides know; not for gzip
---@field chunkSize? integer bytes of a piece of output, 16384 by default, at least 64. What the thread pool makes comes in larger pieces, of up to 64 KiB
---@field flush? integer how a stream flushes after every write, `Z_NO_FLUSH` by default: not
---@field finishFlush? integer how it ends, `Z_FINISH` by default. With `Z_SYNC_FLUSH` the end of truncated data is no error
---@field maxOutputLength? integer bytes of output, more is `ERR_BUFFER_TOO_LARGE`. 256 MiB by default to decompress whole data, no limit for streams
---@field info? boolean true: the result is a table of `buffer`, the data, and `engine`, a closed stream of the class with `bytesWritten`, how much of the input was used
---@field highWaterMark? integer bytes that a stream buffers on either side, 16384 by default

---Options of brotli.
---@class luvit.zlib.BrotliOptions
---@field params? table<integer, number|boolean> by number, as `[constants.BROTLI_PARAM_QUALITY] = 5`. The quality is 0 to 11, the default, which is small and very slow
---@field chunkSize? integer as for zlib
---@field flush? integer `BROTLI_OPERATION_PROCESS` by default
---@field finishFlush? integer `BROTLI_OPERATION_FINISH` by default
---@field maxOutputLength? integer as for zlib
---@field info? boolean as for zlib
---@field highWaterMark? integer as for zlib

local options = {}

-- What the native half calls the kinds.
local KINDS = {
  Deflate = 1, Inflate = 2, Gzip = 3, Gunzip = 4, DeflateRaw = 5, InflateRaw = 6, Unzip = 7, BrotliDecompress = 8,
  BrotliCompress = 9,
}
options.DECOMPRESSES = { [2] = true, [4] = true, [6] = true, [7] = true, [8] = true }
-- What whole data may become: 256 MiB, and for what compresses, the longest string there can be.
local LIMIT, MAX_STRING = 2 ^ 28, 0x7fff0000
-- The largest piece of output that is made at once, whatever `chunkSize` says.
local MAX_CHUNK = 2 ^ 20

local function fail(name, method, expected, value, level)
  local got = type(value)
  if got == 'number' then got = ('%.14g'):format(value) end
  error(("bad argument '%s' to '%s' (%s expected, got %s)"):format(name, method, expected, got), level + 1)
end
options.fail = fail

-- An integer option within its range, or its default.
local function integer(given, name, method, least, most, default, level)
  local value = given[name]
  -- Not a number is none, as in node.
  if value == nil or value ~= value then return default end
  if type(value) ~= 'number' or value % 1 ~= 0 or value < least or value > most then
    local range = most < math.huge and ('integer from %.0f to %.0f'):format(least, most)
      or ('integer of at least %.0f'):format(least)
    fail('options.' .. name, method, range, value, level + 1)
  end
  return value
end

---A string, or the bytes of a buffer; nil for anything else.
---@param value any
---@return string?
function options.bytes(value)
  if type(value) == 'string' then return value end
  return type(value) == 'table' and base.bytesOf(value) or nil
end

-- The parameters that are on or off, of each kind.
local SWITCHES = { [8] = { [0] = true, [1] = true }, [9] = { [4] = true, [6] = true } }

-- Brotli's parameters as a list: number, value, number, value …
local function brotliParams(given, method, kind, level)
  local highest = kind == 8 and 1 or 8
  local params = given.params
  if params == nil then return nil end
  if type(params) ~= 'table' then fail('options.params', method, 'table', params, level + 1) end
  local list, seen = {}, {}
  for key, value in pairs(params) do
    local number = tonumber(key)
    if not number or number % 1 ~= 0 or number < 0 or number > highest or seen[number] then
      error(("bad argument 'options.params' to '%s' (%s is not a valid Brotli parameter)"):format(method,
        tostring(key)), level + 1)
    end
    seen[number] = true
    if type(value) == 'boolean' then value = value and 1 or 0 end
    local switch = SWITCHES[kind][number]
    if type(value) ~= 'number' or value % 1 ~= 0 or value < 0 or value >= (switch and 2 or 2 ^ 32) then
      fail(('options.params[%d]'):format(number), method, switch and 'boolean' or 'integer of at least 0', value,
        level + 1)
    end
    list[#list + 1], list[#list + 2] = number, value
  end
  return list
end

---What the native half and the streams need to know.
---@class luvit.zlib.Plan
---@field kind integer
---@field chunkSize integer
---@field flush integer
---@field finish integer
---@field limit? number

---Checks options. A wrong one is an error at `level`, as that of `error`, counted from the caller.
---@param class string the name of the class of streams
---@param given? table
---@param method string
---@param level integer
---@return luvit.zlib.Plan
function options.plan(class, given, method, level)
  level = level + 1
  if given == nil then
    given = {}
  elseif type(given) ~= 'table' then
    fail('options', method, 'table', given, level)
  end
  local kind = KINDS[class]
  local plan = { kind = kind, info = given.info and true or nil }
  plan.chunkSize = math.min(integer(given, 'chunkSize', method, 64, math.huge, 16384, level), MAX_CHUNK)
  plan.limit = integer(given, 'maxOutputLength', method, 1, 2 ^ 53, nil, level)
  if kind >= 8 then
    plan.flush = integer(given, 'flush', method, 0, 3, 0, level)
    plan.finish = integer(given, 'finishFlush', method, 0, 3, 2, level)
    plan.params = brotliParams(given, method, kind, level)
    return plan
  end
  local decompresses = options.DECOMPRESSES[kind]
  plan.flush = integer(given, 'flush', method, 0, 5, 0, level)
  plan.finish = integer(given, 'finishFlush', method, 0, 5, 4, level)
  plan.level = integer(given, 'level', method, -1, 9, nil, level)
  plan.memLevel = integer(given, 'memLevel', method, 1, 9, nil, level)
  plan.strategy = integer(given, 'strategy', method, 0, 4, nil, level)
  local bits = given.windowBits
  -- Only what has a header says how large its window is.
  if not (bits == 0 and decompresses and kind ~= 6) then
    bits = integer(given, 'windowBits', method, kind == 3 and 9 or 8, 15, nil, level)
  end
  plan.windowBits = bits
  if given.dictionary ~= nil then
    plan.dictionary = options.bytes(given.dictionary)
    if not plan.dictionary then
      fail('options.dictionary', method, 'string or Buffer', given.dictionary, level)
    end
  end
  return plan
end

---The limit of whole data.
---@param plan luvit.zlib.Plan
---@return number
function options.limitOf(plan)
  return plan.limit or options.DECOMPRESSES[plan.kind] and LIMIT or MAX_STRING
end

---An error value of what the native half says.
---@param text string
---@param code string
---@param errno? integer
---@return luvit.zlib.Error
function options.failure(text, code, errno)
  local err = require('core').Error:new(text)
  err.code = code
  if errno and errno ~= 0 then err.errno = errno end
  return err
end

return options
