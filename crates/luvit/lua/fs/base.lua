-- What the parts of `fs` share: how arguments are checked, how errors read, and how callbacks are called.

local uv = require('uv')
local utils = require('utils')

local base = {}

-- Arguments ----------------------------------------------------------------------------------------------------------
--
-- The checks are called by the public functions themselves, so that level 3 is whoever called one of those.

local function fail(name, method, expected, value, level)
  -- Of a number that is not in the range its value is what helps.
  local got = type(value) == 'number' and expected:find('^integer') and tostring(value) or type(value)
  error(("bad argument '%s' to '%s' (%s expected, got %s)"):format(name, method, expected, got), level + 1)
end
base.fail = fail

---@param value any
---@param kind string
---@param name string
---@param method string
function base.check(value, kind, name, method)
  if type(value) ~= kind then fail(name, method, kind, value, 3) end
end

---As `check`, for what may be left out.
function base.checkOptional(value, kind, name, method)
  if value ~= nil and type(value) ~= kind then fail(name, method, kind, value, 3) end
end

-- The integers that the system takes, by kind: up to where the numbers of Lua hold every integer.
local RANGES = {
  descriptor = { -2 ^ 31, 2 ^ 31 - 1 },
  id = { -1, 2 ^ 32 - 1 },
  mode = { 0, 2 ^ 32 - 1 },
  flags = { 0, 2 ^ 31 - 1 },
  size = { 0, 2 ^ 53 },
  offset = { -2 ^ 53, 2 ^ 53 },
}

local function failInteger(value, kind, name, method, level)
  if type(value) ~= 'number' then fail(name, method, 'number', value, level + 1) end
  local range = RANGES[kind]
  error(("bad argument '%s' to '%s' (integer from %.0f to %.0f expected, got %s)"):format(name, method, range[1],
    range[2], value), level + 1)
end

local function isInteger(value, kind)
  local range = RANGES[kind]
  return type(value) == 'number' and value >= range[1] and value <= range[2] and value % 1 == 0
end

---As `check`, for integers.
---@param value any
---@param kind 'descriptor'|'id'|'mode'|'flags'|'size'|'offset'
---@param name string
---@param method string
---@param level? integer whose error a wrong one is
function base.checkInteger(value, kind, name, method, level)
  if not isInteger(value, kind) then failInteger(value, kind, name, method, level or 3) end
end

---As `checkInteger`, for what may be left out.
function base.checkOptionalInteger(value, kind, name, method)
  if value ~= nil and not isInteger(value, kind) then failInteger(value, kind, name, method, 3) end
end

---Permission bits as a number: octal digits do as well, nil is the default.
---@param mode? integer|string
---@param default integer
---@param method string
---@param level? integer whose error a wrong one is
---@return integer
function base.mode(mode, default, method, level)
  if mode == nil then return default end
  local number = type(mode) == 'string' and tonumber(mode, 8) or mode
  if type(number) ~= 'number' then fail('mode', method, 'number or string of octal digits', mode, level or 3) end
  if not isInteger(number, 'mode') then failInteger(number, 'mode', 'mode', method, level or 3) end
  return number
end

---A moment: seconds since 1970, with fractions; the table of a stat; `"now"`; or `"omit"`, which leaves it as it is.
---@alias luvit.fs.time number|uv.timespec|"now"|"omit"

---@param time luvit.fs.time
---@param name string
---@param method string
---@return number|string
function base.time(time, name, method)
  if type(time) == 'table' and type(time.sec) == 'number' then return time.sec + (time.nsec or 0) / 1e9 end
  if type(time) == 'number' or time == 'now' or time == 'omit' then return time end
  fail(name, method, "number, table with sec, 'now' or 'omit'", time, 3)
end

-- Both ways at the end, `x` for new files, `s` for synchronous ones: what open(2) is asked for in words.
local WORDS = {}
for word in ('r rs sr w wx xw a ax xa'):gmatch('%a+') do WORDS[word], WORDS[word .. '+'] = true, true end

---@param flags? string|integer
---@param default string
---@param method string
---@param level? integer whose error wrong ones are
---@return string|integer
function base.flags(flags, default, method, level)
  if flags == nil then return default end
  if type(flags) == 'number' then
    if not isInteger(flags, 'flags') then failInteger(flags, 'flags', 'flags', method, level or 3) end
    return flags
  end
  if type(flags) ~= 'string' then fail('flags', method, 'string or number', flags, level or 3) end
  if not WORDS[flags] then
    error(("bad argument 'flags' to '%s' (unknown file open flag '%s')"):format(method, flags), level or 3)
  end
  return flags
end

local function bytes(data)
  local kind = type(data)
  if kind == 'string' then return data end
  if kind == 'number' then return tostring(data) end
  if kind == 'table' and data.toString then return data:toString() end
end

---What is written to files: strings, numbers, objects with a `toString`, as buffers have, and lists of these.
---@param data any
---@param method string
---@return string|string[]
function base.data(data, method)
  local whole = bytes(data)
  if whole then return whole end
  if type(data) ~= 'table' then fail('data', method, 'string, number, list of strings or buffer', data, 3) end
  local list = {}
  for i = 1, #data do
    local part = bytes(data[i])
    if not part then fail(('data[%d]'):format(i), method, 'string', data[i], 3) end
    list[i] = part
  end
  return list
end

---Whether an argument is the callback already, because those before it were left out.
---@param value any
---@return boolean
function base.isCallback(value)
  local kind = type(value)
  return kind == 'function' or kind == 'thread'
end

---@param callback any
---@param method string
function base.checkCallback(callback, method)
  local kind = type(callback)
  if callback == nil or kind == 'function' or kind == 'thread' then return end
  local meta = getmetatable(callback)
  if type(meta) ~= 'table' or not meta.__call then fail('callback', method, 'function or thread', callback, 3) end
end

-- Errors -------------------------------------------------------------------------------------------------------------

---The code in the text of an error.
---@param err any
---@return string?
local function codeOf(err)
  return type(err) == 'string' and err:match('^(%u[%u%d_]*)') or nil
end
base.codeOf = codeOf

---Says what failed, and on what: `ENOENT: no such file or directory, open '/x'`.
---@param err string what `uv` says: a code, or a text that begins with one
---@param syscall string
---@param path? string
---@param newPath? string
---@return string
local function describe(err, syscall, path, newPath)
  local number = uv.errno[codeOf(err)]
  local text = number and uv.translate_sys_error(number) or err
  if newPath then return ("%s, %s '%s' -> '%s'"):format(text, syscall, path, newPath) end
  if path then return ("%s, %s '%s'"):format(text, syscall, path) end
  return ('%s, %s'):format(text, syscall)
end
base.describe = describe

---Whether a file can have a name: one with a NUL byte is no file's, and what came from a peer may have one.
---@param path any
---@return boolean
local function isName(path)
  return type(path) ~= 'string' or not path:find('\0', 1, true)
end

base.isName = isName

-- One operation of `uv` ----------------------------------------------------------------------------------------------

local nextTick

---Calls back after the current callback, never inside the call that causes it.
local function later(...)
  nextTick = nextTick or require('stream/base').nextTick
  return nextTick(...)
end
base.later = later

local function start(fn, done, count, a, b, c, d)
  local request, err
  if count == 1 then
    request, err = fn(a, done)
  elseif count == 2 then
    request, err = fn(a, b, done)
  elseif count == 3 then
    request, err = fn(a, b, c, done)
  else
    request, err = fn(a, b, c, d, done)
  end
  -- It could not even start, and nobody else will say so.
  if request == nil then later(done, err) end
  return request
end

---Starts an operation in the style that the caller wants, see `utils.adapt`.
---@param callback? function|thread
---@param syscall string what errors say
---@param path? string what errors say
---@param newPath? string what errors say
---@param fn function of `uv`
---@param ... any one to four arguments of `fn`
---@return any ... # the request, which `uv.cancel` cancels; with a coroutine what the callback gets
function base.async(callback, syscall, path, newPath, fn, ...)
  if type(callback) == 'thread' then
    local args, count = { ... }, select('#', ...)
    return utils.adapt(callback, function(done)
      return base.async(done, syscall, path, newPath, fn, unpack(args, 1, count))
    end)
  end
  callback = callback or utils.noop
  if not isName(path) or not isName(newPath) then
    later(callback, describe('EINVAL', syscall, path, newPath))
    return nil
  end
  return start(fn, function(err, ...)
    if err then return callback(describe(err, syscall, path, newPath)) end
    return callback(nil, ...)
  end, select('#', ...), ...)
end

local function report(syscall, path, newPath, result, err, code)
  if result == nil and err then return nil, describe(err, syscall, path, newPath), code end
  if err ~= nil then return result, err end
  return result
end

---Does an operation, and waits for it.
---@param syscall string what errors say
---@param path? string what errors say
---@param newPath? string what errors say
---@param fn function of `uv`
---@param ... any its arguments
---@return any result, any err, string? code
function base.sync(syscall, path, newPath, fn, ...)
  if not isName(path) or not isName(newPath) then return report(syscall, path, newPath, nil, 'EINVAL', 'EINVAL') end
  return report(syscall, path, newPath, fn(...))
end

-- Operations of several steps ----------------------------------------------------------------------------------------
--
-- They are written once, as functions of `step`, which does one thing of `uv` (`step('rename', path, newPath)`) and
-- returns its result or nil and the error. With a callback they run in a coroutine that waits at each step.

local TWO_PATHS = { rename = true, link = true, symlink = true, copyfile = true }

local function explain(err, name, a, b)
  local path = type(a) == 'string' and a or nil
  return describe(err, name, path, path and TWO_PATHS[name] and b or nil)
end

local function stepSync(name, a, ...)
  if name == 'sleep' then return uv.sleep(a) end
  if not isName(a) or not isName((...)) then return nil, explain('EINVAL', name, a, (...)) end
  local result, err = uv['fs_' .. name](a, ...)
  if result == nil then return nil, explain(err, name, a, (...)) end
  return result
end

---Runs an operation of several steps, and waits for it.
---@param body fun(step: function, ...: any): any, string? the result, or nil and the error
---@param ... any passed to `body`
---@return any result, string? err, string? code
function base.runSync(body, ...)
  local result, err = body(stepSync, ...)
  if result == nil then return nil, err, codeOf(err) end
  return result
end

---An operation of several steps under way.
---@class luvit.fs.Operation
---@field destroyed boolean
local Operation = { destroyed = false }
local operationMeta = { __index = Operation }

---Ends the operation after the step under way; what it has done stays. Its callback gets `ECANCELED`.
function Operation:destroy()
  if self.destroyed then return end
  self.destroyed = true
  -- A step that has begun goes on: `uv.cancel` refuses, which is all right.
  if self.request then uv.cancel(self.request) end
  if self.wake then self.wake() end
end

---Runs an operation of several steps in the style that the caller wants.
---@param callback? function|thread
---@param name string what errors say
---@param body fun(step: function, ...: any): any, string?
---@param ... any passed to `body`
---@return luvit.fs.Operation
function base.run(callback, name, body, ...)
  if type(callback) == 'thread' then
    local args, count = { ... }, select('#', ...)
    return utils.adapt(callback, function(done) return base.run(done, name, body, unpack(args, 1, count)) end)
  end
  callback = callback or utils.noop
  local operation = setmetatable({}, operationMeta)
  local thread

  local function finish(result, err)
    -- Steps that may fail were refused, too.
    if operation.destroyed then return callback(describe('ECANCELED', name)) end
    if result == nil then return callback(err) end
    return callback(nil, result)
  end
  local function stepped(err, result)
    operation.request, operation.wake = nil, nil
    if err then return coroutine.resume(thread, nil, err) end
    return coroutine.resume(thread, result)
  end
  local function step(what, a, ...)
    -- What is open must be closed all the same.
    if operation.destroyed and what ~= 'close' then return nil, describe('ECANCELED', name) end
    if what == 'sleep' then
      local timer = require('timer')
      local handle = timer.setTimeout(a, stepped)
      operation.wake = function()
        timer.clearTimeout(handle)
        later(stepped)
      end
      return coroutine.yield()
    end
    if not isName(a) or not isName((...)) then return nil, explain('EINVAL', what, a, (...)) end
    operation.request = start(uv['fs_' .. what], stepped, select('#', ...) + 1, a, ...)
    local result, err = coroutine.yield()
    if result == nil and err then return nil, explain(err, what, a, (...)) end
    return result
  end

  -- A function of the caller, such as a filter, may raise an error, which ends the operation; and it may wait for
  -- something itself, so that it is not a step that goes on here.
  thread = coroutine.create(function(...)
    local ok, result, err = pcall(body, step, ...)
    if not ok then result, err = nil, result or tostring(result) end
    later(finish, result, err)
  end)
  coroutine.resume(thread, ...)
  return operation
end

return base
