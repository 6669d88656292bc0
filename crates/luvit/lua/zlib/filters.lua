-- lua-zlib's streams: functions that are called with data and return data.

local native = require('luvit:zlib')
local options = require('zlib/options')

---lua-zlib's stream: takes data, and returns what there is of the output, whether it was the end, and how many bytes came
---in and went out so far. After the end it takes nothing but the empty end again; what is wrong is an error.
---@alias luvit.zlib.Filter fun(data?: string, flush?: 'none'|'sync'|'full'|'finish'): string, boolean, integer, integer

local filters = {}

local FLUSH = { none = 0, sync = 2, full = 3, finish = 4 }
local ROOM = 64 * 1024
local ENDED, MORE = 2, 1

-- How lua-zlib's errors begin.
local PREFIXES = {
  Z_NEED_DICT = 'RequiresDictionary', Z_DATA_ERROR = 'InvalidInput', Z_MEM_ERROR = 'OutOfMemory',
}

-- Programs look at how the text begins: there is no position in front of it.
local function raise(text, code)
  error(('%s: %s'):format(PREFIXES[code] or 'InternalError', text), 0)
end

-- All that the stream gives for a piece of input, and what of the input is left behind its end.
local function feed(handle, data, flush)
  local parts, offset = {}, 0
  while true do
    local out, consumed, state = native.run(handle, data, offset, flush, ROOM)
    if not out then return nil, consumed, state end
    offset = offset + consumed
    parts[#parts + 1] = out
    if state ~= MORE then return table.concat(parts), offset, state == ENDED end
  end
end

local function filter(name, plan)
  local handle, problem, code = native.open(plan)
  if not handle then raise(problem, code) end
  local rest, total, made = '', 0, 0
  return function(data, how)
    local flush = 0
    if name == 'deflate' then
      flush = FLUSH[how == nil and 'none' or how]
      if not flush then error(("bad argument #2 to 'deflate' (invalid option '%s')"):format(tostring(how)), 2) end
      if data == nil then flush = FLUSH.finish end
    end
    local text = data == nil and '' or options.bytes(data) or type(data) == 'number' and tostring(data)
    if not text then options.fail('data', name, 'string', data, 2) end
    if not handle then
      if data ~= nil and text ~= '' then
        error(('IllegalState: calling %s function when stream was previously closed'):format(name), 0)
      end
      return '', true, total, made
    end
    if rest ~= '' then text, rest = rest .. text, '' end
    if text == '' and flush == 0 then return '', false, total, made end
    local out, consumed, ended = feed(handle, text, flush)
    if not out then raise(consumed, ended) end
    total, made = total + consumed, made + #out
    if ended then
      native.close(handle)
      handle = nil
    end
    return out, ended, total, made
  end
end

-- The kind that zlib's window bits stand for.
local function planOf(bits, kinds, name)
  if bits == nil then bits = name == 'inflate' and 47 or 15 end
  if type(bits) ~= 'number' then options.fail('windowBits', name, 'number', bits, 3) end
  local kind, size
  if bits < 0 then
    kind, size = kinds.raw, -bits
  elseif bits >= 32 then
    kind, size = kinds.either, bits - 32
  elseif bits >= 16 then
    kind, size = kinds.gzip, bits - 16
  else
    kind, size = kinds.zlib, bits
  end
  local least = name == 'inflate' and 0 or 8
  if not kind or size % 1 ~= 0 or size > 15 or size < least or size > 0 and size < 8 then
    error(("bad argument 'windowBits' to '%s' (8 to 15, 16 more for gzip, negative for raw; got %s)"):format(name,
      tostring(bits)), 3)
  end
  -- A stream ends with the first member of gzip: its caller counts, and begins another one.
  return { kind = kind, windowBits = size, single = true }
end

---@param level? integer
---@param bits? integer
---@return luvit.zlib.Filter
function filters.deflate(level, bits)
  if level ~= nil and (level % 1 ~= 0 or level < -1 or level > 9) then
    options.fail('level', 'deflate', 'integer from -1 to 9', level, 2)
  end
  local plan = planOf(bits, { zlib = 1, gzip = 3, raw = 5 }, 'deflate')
  plan.level = level
  return filter('deflate', plan)
end

---@param bits? integer
---@return luvit.zlib.Filter
function filters.inflate(bits)
  local plan = planOf(bits, { zlib = 2, gzip = 4, raw = 6, either = 7 }, 'inflate')
  return filter('inflate', plan)
end

---@class luvit.zlib
local zlib = {}

-- One call with all of the data, and the end with it.
local function once(name, plan, data)
  local text = options.bytes(data) or options.fail('data', name, 'string or Buffer', data, 3)
  local out, problem, code = native.whole(plan, text, FLUSH.finish, options.limitOf(plan))
  if not out then raise(problem, code) end
  return out
end

---Compresses at once, as lzlib and lua-zlib do. A failure is raised.
---@param data string|luvit.Buffer
---@param level? integer -1, the default, to 9
---@param method? integer not looked at: there is one
---@param windowBits? integer 15 by default, zlib's format; 16 more is gzip's, negative is raw
---@param memLevel? integer 1 to 9, 8 by default
---@param strategy? integer 0 to 4, 0 by default
---@return string
function zlib.compress(data, level, method, windowBits, memLevel, strategy) -- luacheck: ignore method
  if level ~= nil and (type(level) ~= 'number' or level % 1 ~= 0 or level < -1 or level > 9) then
    options.fail('level', 'compress', 'integer from -1 to 9', level, 2)
  end
  local plan = planOf(windowBits, { zlib = 1, gzip = 3, raw = 5 }, 'compress')
  plan.level, plan.memLevel, plan.strategy = level, memLevel, strategy
  return (once('compress', plan, data))
end

---Decompresses at once, as lzlib and lua-zlib do; at most 256 MiB come out. A failure is raised.
---@param data string|luvit.Buffer
---@param windowBits? integer by default zlib's format or gzip's, whichever it is; see `inflate`
---@return string
function zlib.decompress(data, windowBits)
  if windowBits == nil then windowBits = 47 end
  local plan = planOf(windowBits, { zlib = 2, gzip = 4, raw = 6, either = 7 }, 'inflate')
  return (once('decompress', plan, data))
end

filters.compress, filters.decompress = zlib.compress, zlib.decompress

return filters
