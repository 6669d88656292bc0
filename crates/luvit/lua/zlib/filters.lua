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

local function raise(text, code, level)
  error(('%s: %s'):format(PREFIXES[code] or 'InternalError', text), level + 1)
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
  if not handle then raise(problem, code, 3) end
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
        error(('IllegalState: calling %s function when stream was previously closed'):format(name), 2)
      end
      return '', true, total, made
    end
    if rest ~= '' then text, rest = rest .. text, '' end
    if text == '' and flush == 0 then return '', false, total, made end
    local out, consumed, ended = feed(handle, text, flush)
    if not out then raise(consumed, ended, 2) end
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

return filters
