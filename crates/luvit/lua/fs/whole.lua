-- Whole files: one job of the thread pool opens, reads or writes, and closes, see `luvit:fs`.

local base = require('fs/base')
local native = require('luvit:fs')
local utils = require('utils')

local check, checkCallback, isCallback = base.check, base.checkCallback, base.isCallback

---@class luvit.fs
local fs = {}

-- Permissions of a file that is made, before the umask: rw-rw-rw-.
local FILE_MODE = 438
-- The longest string there can be, in bytes.
local MAX_SIZE = 0x7fff0000

-- Starts a job in the style that the caller wants. `a` is the path.
local function start(callback, fn, a, b, c, d, e)
  if type(callback) == 'thread' then
    return utils.adapt(callback, function(done) return start(done, fn, a, b, c, d, e) end)
  end
  callback = callback or utils.noop
  local request, err
  if not base.isName(a) then
    err = base.describe('EINVAL', 'open', a)
  elseif fn == native.write then
    request, err = fn(a, b, c, d, e, callback)
  else
    request, err = fn(a, b, c, callback)
  end
  if not request then base.later(callback, err) end
  return request
end

local function wait(fn, path, ...)
  if not base.isName(path) then return nil, base.describe('EINVAL', 'open', path), 'EINVAL' end
  return fn(path, ...)
end

-- Reading ------------------------------------------------------------------------------------------------------------

---@class luvit.fs.ReadFileOptions
---@field flag? string|integer how to open the file, `r` by default
---@field maxSize? integer bytes; a larger file is `EFBIG`. 2147418112 by default, the longest string there can be

local function readOptions(options, method)
  if options == nil then return 'r', MAX_SIZE end
  if type(options) ~= 'table' then base.fail('options', method, 'table', options, 3) end
  local size = options.maxSize
  if size ~= nil and (type(size) ~= 'number' or not (size >= 0)) then
    base.fail('options.maxSize', method, 'number of at least 0', size, 3)
  end
  return base.flags(options.flag, 'r', method, 4), math.floor(math.min(size or MAX_SIZE, MAX_SIZE))
end

---Reads a whole file, also one that says it is empty, as those of `/proc`, or that grows meanwhile.
---@param path string
---@param options? luvit.fs.ReadFileOptions
---@param callback? fun(err?: string, data: string)|thread
---@return uv_fs_t
function fs.readFile(path, options, callback)
  if isCallback(options) then callback, options = options, nil end
  check(path, 'string', 'path', 'readFile')
  local flag, size = readOptions(options, 'readFile')
  checkCallback(callback, 'readFile')
  return start(callback, native.read, path, flag, size)
end

---@see luvit.fs.readFile
---@param path string
---@param options? luvit.fs.ReadFileOptions
---@return string? data, string? err, string? code
function fs.readFileSync(path, options)
  check(path, 'string', 'path', 'readFileSync')
  return wait(native.read, path, readOptions(options, 'readFileSync'))
end

-- Writing ------------------------------------------------------------------------------------------------------------

---@class luvit.fs.WriteFileOptions
---@field flag? string|integer how to open the file: `w` by default, of `appendFile` `a`
---@field mode? integer|string permissions of a file that is made, 666 by default
---@field flush? boolean wait until the data is on the disk
---@field atomic? boolean the file has its old content or all of the new one, whatever happens: the data goes to a new file in the same folder, then to the disk, and that file takes the place of the old one with its permissions

local function writeOptions(options, flag, method)
  if options == nil then return flag, FILE_MODE, false, false end
  if type(options) ~= 'table' then base.fail('options', method, 'table', options, 3) end
  if options.atomic and (flag ~= 'w' or options.flag ~= nil and options.flag ~= 'w') then
    error(("bad argument 'options' to '%s' (only a file that is written anew can be atomic)"):format(method), 3)
  end
  return base.flags(options.flag, flag, method, 4), base.mode(options.mode, FILE_MODE, method, 4),
    options.flush and true or false, options.atomic and true or false
end

local function write(callback, path, data, flag, mode, flush, atomic)
  if atomic then return start(callback, native.replace, path, data, mode) end
  return start(callback, native.write, path, data, flag, mode, flush)
end

local function writeSync(path, data, flag, mode, flush, atomic)
  if atomic then return wait(native.replace, path, data, mode) end
  return wait(native.write, path, data, flag, mode, flush)
end

---Writes a file: makes it, or replaces what is in it.
---@param path string
---@param data string|number|string[]|luvit.Buffer
---@param options? luvit.fs.WriteFileOptions
---@param callback? fun(err?: string, success: true)|thread
---@return uv_fs_t
function fs.writeFile(path, data, options, callback)
  if isCallback(options) then callback, options = options, nil end
  check(path, 'string', 'path', 'writeFile')
  data = base.data(data, 'writeFile')
  checkCallback(callback, 'writeFile')
  return write(callback, path, data, writeOptions(options, 'w', 'writeFile'))
end

---@see luvit.fs.writeFile
---@param path string
---@param data string|number|string[]|luvit.Buffer
---@param options? luvit.fs.WriteFileOptions
---@return true? success, string? err, string? code
function fs.writeFileSync(path, data, options)
  check(path, 'string', 'path', 'writeFileSync')
  return writeSync(path, base.data(data, 'writeFileSync'), writeOptions(options, 'w', 'writeFileSync'))
end

---Writes to the end of a file, which is made when it is not there.
---@param path string
---@param data string|number|string[]|luvit.Buffer
---@param options? luvit.fs.WriteFileOptions
---@param callback? fun(err?: string, success: true)|thread
---@return uv_fs_t
function fs.appendFile(path, data, options, callback)
  if isCallback(options) then callback, options = options, nil end
  check(path, 'string', 'path', 'appendFile')
  data = base.data(data, 'appendFile')
  checkCallback(callback, 'appendFile')
  return write(callback, path, data, writeOptions(options, 'a', 'appendFile'))
end

---@see luvit.fs.appendFile
---@param path string
---@param data string|number|string[]|luvit.Buffer
---@param options? luvit.fs.WriteFileOptions
---@return true? success, string? err, string? code
function fs.appendFileSync(path, data, options)
  check(path, 'string', 'path', 'appendFileSync')
  return writeSync(path, base.data(data, 'appendFileSync'), writeOptions(options, 'a', 'appendFileSync'))
end

return fs
