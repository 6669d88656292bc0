-- Open files, by their descriptors.

local uv = require('uv')
local base = require('fs/base')

local check, checkInteger, checkOptionalInteger = base.check, base.checkInteger, base.checkOptionalInteger
local checkCallback, isCallback = base.checkCallback, base.isCallback
local async, sync = base.async, base.sync

---@class luvit.fs
local fs = {}

-- Permissions of a file that is made, before the umask: rw-rw-rw-.
local FILE_MODE = 438
-- Bytes that a read asks for when nobody says how many.
local READ_SIZE = 4096

---Opens a file. open(2)
---@param path string
---@param flags? string|integer `r` reads (the default), `w` makes or empties, `a` makes and appends; with `+` both ways, with `x` only a new file; or `O_*` numbers
---@param mode? integer|string permissions of a file that is made, as a number or octal digits, 666 by default
---@param callback? fun(err?: string, fd: integer)|thread
---@return uv_fs_t
function fs.open(path, flags, mode, callback)
  if isCallback(flags) then
    callback, flags = flags, nil
  elseif isCallback(mode) then
    callback, mode = mode, nil
  end
  check(path, 'string', 'path', 'open')
  flags, mode = base.flags(flags, 'r', 'open'), base.mode(mode, FILE_MODE, 'open')
  checkCallback(callback, 'open')
  return async(callback, 'open', path, nil, uv.fs_open, path, flags, mode)
end

---@see luvit.fs.open
---@param path string
---@param flags? string|integer `r` by default
---@param mode? integer|string 666 by default
---@return integer? fd, string? err, string? code
function fs.openSync(path, flags, mode)
  check(path, 'string', 'path', 'openSync')
  flags, mode = base.flags(flags, 'r', 'openSync'), base.mode(mode, FILE_MODE, 'openSync')
  return sync('open', path, nil, uv.fs_open, path, flags, mode)
end

---Closes a file. close(2)
---@param fd integer
---@param callback? fun(err?: string, success: boolean)|thread
---@return uv_fs_t
function fs.close(fd, callback)
  checkInteger(fd, 'descriptor', 'fd', 'close')
  checkCallback(callback, 'close')
  return async(callback, 'close', nil, nil, uv.fs_close, fd)
end

---@see luvit.fs.close
---@param fd integer
---@return true? success, string? err, string? code
function fs.closeSync(fd)
  checkInteger(fd, 'descriptor', 'fd', 'closeSync')
  return sync('close', nil, nil, uv.fs_close, fd)
end

---Reads from a file: what is there, at most `size` bytes; an empty string is the end. pread(2)
---@param fd integer
---@param size? integer bytes, 4096 by default
---@param offset? integer where to begin; nil and negative: where the last read ended
---@param callback? fun(err?: string, data: string)|thread
---@return uv_fs_t
function fs.read(fd, size, offset, callback)
  if isCallback(size) then
    callback, size = size, nil
  elseif isCallback(offset) then
    callback, offset = offset, nil
  end
  checkInteger(fd, 'descriptor', 'fd', 'read')
  checkOptionalInteger(size, 'size', 'size', 'read')
  checkOptionalInteger(offset, 'offset', 'offset', 'read')
  checkCallback(callback, 'read')
  return async(callback, 'read', nil, nil, uv.fs_read, fd, size or READ_SIZE, offset or -1)
end

---@see luvit.fs.read
---@param fd integer
---@param size? integer bytes, 4096 by default
---@param offset? integer
---@return string? data, string? err, string? code
function fs.readSync(fd, size, offset)
  checkInteger(fd, 'descriptor', 'fd', 'readSync')
  checkOptionalInteger(size, 'size', 'size', 'readSync')
  checkOptionalInteger(offset, 'offset', 'offset', 'readSync')
  return sync('read', nil, nil, uv.fs_read, fd, size or READ_SIZE, offset or -1)
end

-- `write(fd, data)` is what people try first.
local function writeArguments(offset, data, method)
  if data == nil and (type(offset) == 'string' or type(offset) == 'table') then offset, data = nil, offset end
  if offset ~= nil then checkInteger(offset, 'offset', 'offset', method, 4) end
  return offset or -1, data
end

---Writes to a file. The data comes after the offset, as in luvit 2; without an offset `write(fd, data, callback)` does.
---pwrite(2)
---@param fd integer
---@param offset? integer where to write; nil and negative: where the last write ended, or the end of a file opened to append
---@param data string|number|string[]|luvit.Buffer
---@param callback? fun(err?: string, written: integer)|thread `written`: bytes; all, unless the disk got full
---@return uv_fs_t
function fs.write(fd, offset, data, callback)
  if isCallback(data) then callback, data = data, nil end
  checkInteger(fd, 'descriptor', 'fd', 'write')
  offset, data = writeArguments(offset, data, 'write')
  data = base.data(data, 'write')
  checkCallback(callback, 'write')
  return async(callback, 'write', nil, nil, uv.fs_write, fd, data, offset)
end

---@see luvit.fs.write
---@param fd integer
---@param offset? integer
---@param data string|number|string[]|luvit.Buffer
---@return integer? written, string? err, string? code
function fs.writeSync(fd, offset, data)
  checkInteger(fd, 'descriptor', 'fd', 'writeSync')
  offset, data = writeArguments(offset, data, 'writeSync')
  return sync('write', nil, nil, uv.fs_write, fd, base.data(data, 'writeSync'), offset)
end

---What the system knows of an open file. fstat(2)
---@param fd integer
---@param callback? fun(err?: string, stat: uv.fs_stat.result)|thread
---@return uv_fs_t
function fs.fstat(fd, callback)
  checkInteger(fd, 'descriptor', 'fd', 'fstat')
  checkCallback(callback, 'fstat')
  return async(callback, 'fstat', nil, nil, uv.fs_fstat, fd)
end

---@see luvit.fs.fstat
---@param fd integer
---@return uv.fs_stat.result? stat, string? err, string? code
function fs.fstatSync(fd)
  checkInteger(fd, 'descriptor', 'fd', 'fstatSync')
  return sync('fstat', nil, nil, uv.fs_fstat, fd)
end

---Waits until what was written is on the disk. fsync(2)
---@param fd integer
---@param callback? fun(err?: string, success: boolean)|thread
---@return uv_fs_t
function fs.fsync(fd, callback)
  checkInteger(fd, 'descriptor', 'fd', 'fsync')
  checkCallback(callback, 'fsync')
  return async(callback, 'fsync', nil, nil, uv.fs_fsync, fd)
end

---@see luvit.fs.fsync
---@param fd integer
---@return true? success, string? err, string? code
function fs.fsyncSync(fd)
  checkInteger(fd, 'descriptor', 'fd', 'fsyncSync')
  return sync('fsync', nil, nil, uv.fs_fsync, fd)
end

---As `fsync`, without properties that reading does not need, such as times. fdatasync(2)
---@param fd integer
---@param callback? fun(err?: string, success: boolean)|thread
---@return uv_fs_t
function fs.fdatasync(fd, callback)
  checkInteger(fd, 'descriptor', 'fd', 'fdatasync')
  checkCallback(callback, 'fdatasync')
  return async(callback, 'fdatasync', nil, nil, uv.fs_fdatasync, fd)
end

---@see luvit.fs.fdatasync
---@param fd integer
---@return true? success, string? err, string? code
function fs.fdatasyncSync(fd)
  checkInteger(fd, 'descriptor', 'fd', 'fdatasyncSync')
  return sync('fdatasync', nil, nil, uv.fs_fdatasync, fd)
end

---Makes an open file `length` bytes long, with zeros if it was shorter. ftruncate(2)
---@param fd integer open for writing
---@param length? integer bytes, 0 by default
---@param callback? fun(err?: string, success: boolean)|thread
---@return uv_fs_t
function fs.ftruncate(fd, length, callback)
  if isCallback(length) then callback, length = length, nil end
  checkInteger(fd, 'descriptor', 'fd', 'ftruncate')
  checkOptionalInteger(length, 'size', 'length', 'ftruncate')
  checkCallback(callback, 'ftruncate')
  return async(callback, 'ftruncate', nil, nil, uv.fs_ftruncate, fd, length or 0)
end

---@see luvit.fs.ftruncate
---@param fd integer
---@param length? integer bytes, 0 by default
---@return true? success, string? err, string? code
function fs.ftruncateSync(fd, length)
  checkInteger(fd, 'descriptor', 'fd', 'ftruncateSync')
  checkOptionalInteger(length, 'size', 'length', 'ftruncateSync')
  return sync('ftruncate', nil, nil, uv.fs_ftruncate, fd, length or 0)
end

local function truncate(step, path, length)
  local fd, err = step('open', path, 'r+', FILE_MODE)
  if not fd then return nil, err end
  local ok, failure = step('ftruncate', fd, length)
  if not ok then failure = base.describe(failure, 'ftruncate', path) end
  local closed, closeError = step('close', fd)
  if not ok then return nil, failure end
  return closed, closeError
end

---Makes a file `length` bytes long, with zeros if it was shorter; one that is not there is an error. truncate(2)
---@param path string
---@param length? integer bytes, 0 by default
---@param callback? fun(err?: string, success: boolean)|thread
---@return luvit.fs.Operation
function fs.truncate(path, length, callback)
  if isCallback(length) then callback, length = length, nil end
  check(path, 'string', 'path', 'truncate')
  checkOptionalInteger(length, 'size', 'length', 'truncate')
  checkCallback(callback, 'truncate')
  return base.run(callback, 'truncate', truncate, path, length or 0)
end

---@see luvit.fs.truncate
---@param path string
---@param length? integer bytes, 0 by default
---@return true? success, string? err, string? code
function fs.truncateSync(path, length)
  check(path, 'string', 'path', 'truncateSync')
  checkOptionalInteger(length, 'size', 'length', 'truncateSync')
  return base.runSync(truncate, path, length or 0)
end

---Changes the permissions of an open file. fchmod(2)
---@param fd integer
---@param mode integer|string a number or octal digits
---@param callback? fun(err?: string, success: boolean)|thread
---@return uv_fs_t
function fs.fchmod(fd, mode, callback)
  checkInteger(fd, 'descriptor', 'fd', 'fchmod')
  mode = base.mode(mode, nil, 'fchmod')
  check(mode, 'number', 'mode', 'fchmod')
  checkCallback(callback, 'fchmod')
  return async(callback, 'fchmod', nil, nil, uv.fs_fchmod, fd, mode)
end

---@see luvit.fs.fchmod
---@param fd integer
---@param mode integer|string
---@return true? success, string? err, string? code
function fs.fchmodSync(fd, mode)
  checkInteger(fd, 'descriptor', 'fd', 'fchmodSync')
  mode = base.mode(mode, nil, 'fchmodSync')
  check(mode, 'number', 'mode', 'fchmodSync')
  return sync('fchmod', nil, nil, uv.fs_fchmod, fd, mode)
end

---Changes owner and group of an open file; -1 leaves one. fchown(2)
---@param fd integer
---@param uid integer
---@param gid integer
---@param callback? fun(err?: string, success: boolean)|thread
---@return uv_fs_t
function fs.fchown(fd, uid, gid, callback)
  checkInteger(fd, 'descriptor', 'fd', 'fchown')
  checkInteger(uid, 'id', 'uid', 'fchown')
  checkInteger(gid, 'id', 'gid', 'fchown')
  checkCallback(callback, 'fchown')
  return async(callback, 'fchown', nil, nil, uv.fs_fchown, fd, uid, gid)
end

---@see luvit.fs.fchown
---@param fd integer
---@param uid integer
---@param gid integer
---@return true? success, string? err, string? code
function fs.fchownSync(fd, uid, gid)
  checkInteger(fd, 'descriptor', 'fd', 'fchownSync')
  checkInteger(uid, 'id', 'uid', 'fchownSync')
  checkInteger(gid, 'id', 'gid', 'fchownSync')
  return sync('fchown', nil, nil, uv.fs_fchown, fd, uid, gid)
end

---Sets when an open file was last read and changed. futimens(2)
---@param fd integer
---@param atime luvit.fs.time last read
---@param mtime luvit.fs.time last changed
---@param callback? fun(err?: string, success: boolean)|thread
---@return uv_fs_t
function fs.futime(fd, atime, mtime, callback)
  checkInteger(fd, 'descriptor', 'fd', 'futime')
  atime, mtime = base.time(atime, 'atime', 'futime'), base.time(mtime, 'mtime', 'futime')
  checkCallback(callback, 'futime')
  return async(callback, 'futime', nil, nil, uv.fs_futime, fd, atime, mtime)
end

---@see luvit.fs.futime
---@param fd integer
---@param atime luvit.fs.time
---@param mtime luvit.fs.time
---@return true? success, string? err, string? code
function fs.futimeSync(fd, atime, mtime)
  checkInteger(fd, 'descriptor', 'fd', 'futimeSync')
  atime, mtime = base.time(atime, 'atime', 'futimeSync'), base.time(mtime, 'mtime', 'futimeSync')
  return sync('futime', nil, nil, uv.fs_futime, fd, atime, mtime)
end

---Moves bytes from one open file to another, in the kernel where it does that. sendfile(2)
---@param outFd integer a file, pipe or socket
---@param inFd integer
---@param offset integer where in `inFd` to begin; negative: where the last read ended
---@param length integer bytes; it ends earlier where the file does
---@param callback? fun(err?: string, sent: integer)|thread `sent`: bytes
---@return uv_fs_t
function fs.sendfile(outFd, inFd, offset, length, callback)
  checkInteger(outFd, 'descriptor', 'outFd', 'sendfile')
  checkInteger(inFd, 'descriptor', 'inFd', 'sendfile')
  checkInteger(offset, 'offset', 'offset', 'sendfile')
  checkInteger(length, 'size', 'length', 'sendfile')
  checkCallback(callback, 'sendfile')
  return async(callback, 'sendfile', nil, nil, uv.fs_sendfile, outFd, inFd, offset, length)
end

---@see luvit.fs.sendfile
---@param outFd integer
---@param inFd integer
---@param offset integer
---@param length integer
---@return integer? sent, string? err, string? code
function fs.sendfileSync(outFd, inFd, offset, length)
  checkInteger(outFd, 'descriptor', 'outFd', 'sendfileSync')
  checkInteger(inFd, 'descriptor', 'inFd', 'sendfileSync')
  checkInteger(offset, 'offset', 'offset', 'sendfileSync')
  checkInteger(length, 'size', 'length', 'sendfileSync')
  return sync('sendfile', nil, nil, uv.fs_sendfile, outFd, inFd, offset, length)
end

return fs
