-- Files by their names: what they are, who may use them, and how they are called.

local uv = require('uv')
local base = require('fs/base')

local check, checkInteger = base.check, base.checkInteger
local checkCallback, isCallback = base.checkCallback, base.isCallback
local async, sync = base.async, base.sync

---@class luvit.fs
local fs = {}

local function accessMode(mode, method)
  if type(mode) ~= 'string' then
    if mode ~= nil then base.checkInteger(mode, 'flags', 'mode', method, 4) end
  elseif mode:find('[^rwxRWX]') then
    error(("bad argument 'mode' to '%s' (letters of 'rwx' expected, got '%s')"):format(method, mode), 3)
  end
  return mode or 0
end

-- Options that may also be a number of flags.
local function checkFlags(options, method)
  if type(options) == 'number' then
    base.checkInteger(options, 'flags', 'options', method, 4)
  elseif options ~= nil and type(options) ~= 'table' then
    base.fail('options', method, 'table', options, 3)
  end
end

---Whether a file may be used in some ways. access(2)
---@param path string
---@param mode? string|integer letters of `rwx`, or a sum of `fs.constants.R_OK`, `W_OK`, `X_OK`; whether it is there by default
---@param callback? fun(err?: string, permission: boolean)|thread where luvit 2 has it: false is no error
---@return uv_fs_t
function fs.access(path, mode, callback)
  if isCallback(mode) then callback, mode = mode, nil end
  check(path, 'string', 'path', 'access')
  mode = accessMode(mode, 'access')
  checkCallback(callback, 'access')
  return async(callback, 'access', path, nil, uv.fs_access, path, mode)
end

---@see luvit.fs.access
---@param path string
---@param mode? string|integer
---@return boolean? permission, string? err, string? code
function fs.accessSync(path, mode)
  check(path, 'string', 'path', 'accessSync')
  mode = accessMode(mode, 'accessSync')
  return sync('access', path, nil, uv.fs_access, path, mode)
end

---Whether a file is there. The callback gets both: false with an error that says why, `ENOENT: …` mostly, as in luvit
---2.
---@param path string
---@param callback fun(err?: string, exists: boolean)|thread
---@return uv_fs_t
function fs.exists(path, callback)
  check(path, 'string', 'path', 'exists')
  if type(callback) == 'thread' then return require('utils').adapt(callback, fs.exists, path) end
  if callback == nil then base.fail('callback', 'exists', 'function or thread', callback, 2) end
  checkCallback(callback, 'exists')
  return async(function(err) callback(err, not err) end, 'stat', path, nil, uv.fs_stat, path)
end

---Whether a file is there.
---@param path string
---@return boolean
function fs.existsSync(path)
  check(path, 'string', 'path', 'existsSync')
  return base.isName(path) and uv.fs_stat(path) ~= nil
end

---What the system knows of a file; of a link, the file it leads to. stat(2)
---@param path string
---@param callback? fun(err?: string, stat: uv.fs_stat.result)|thread
---@return uv_fs_t
function fs.stat(path, callback)
  check(path, 'string', 'path', 'stat')
  checkCallback(callback, 'stat')
  return async(callback, 'stat', path, nil, uv.fs_stat, path)
end

---@see luvit.fs.stat
---@param path string
---@return uv.fs_stat.result? stat, string? err, string? code
function fs.statSync(path)
  check(path, 'string', 'path', 'statSync')
  return sync('stat', path, nil, uv.fs_stat, path)
end

---As `stat`; of a link, the link itself. lstat(2)
---@param path string
---@param callback? fun(err?: string, stat: uv.fs_stat.result)|thread
---@return uv_fs_t
function fs.lstat(path, callback)
  check(path, 'string', 'path', 'lstat')
  checkCallback(callback, 'lstat')
  return async(callback, 'lstat', path, nil, uv.fs_lstat, path)
end

---@see luvit.fs.lstat
---@param path string
---@return uv.fs_stat.result? stat, string? err, string? code
function fs.lstatSync(path)
  check(path, 'string', 'path', 'lstatSync')
  return sync('lstat', path, nil, uv.fs_lstat, path)
end

---What the system knows of the file system that a file is on. statfs(2)
---@param path string
---@param callback? fun(err?: string, stat: uv.fs_statfs.result)|thread
---@return uv_fs_t
function fs.statfs(path, callback)
  check(path, 'string', 'path', 'statfs')
  checkCallback(callback, 'statfs')
  return async(callback, 'statfs', path, nil, uv.fs_statfs, path)
end

---@see luvit.fs.statfs
---@param path string
---@return uv.fs_statfs.result? stat, string? err, string? code
function fs.statfsSync(path)
  check(path, 'string', 'path', 'statfsSync')
  return sync('statfs', path, nil, uv.fs_statfs, path)
end

---Removes a name, and the file when it has no other. Folders are for `rmdir` and `rm`. unlink(2)
---@param path string
---@param callback? fun(err?: string, success: true)|thread
---@return uv_fs_t
function fs.unlink(path, callback)
  check(path, 'string', 'path', 'unlink')
  checkCallback(callback, 'unlink')
  return async(callback, 'unlink', path, nil, uv.fs_unlink, path)
end

---@see luvit.fs.unlink
---@param path string
---@return true? success, string? err, string? code
function fs.unlinkSync(path)
  check(path, 'string', 'path', 'unlinkSync')
  return sync('unlink', path, nil, uv.fs_unlink, path)
end

---Gives a file another name, on the same file system; a file that has it is replaced. rename(2)
---@param path string
---@param newPath string
---@param callback? fun(err?: string, success: true)|thread
---@return uv_fs_t
function fs.rename(path, newPath, callback)
  check(path, 'string', 'path', 'rename')
  check(newPath, 'string', 'newPath', 'rename')
  checkCallback(callback, 'rename')
  return async(callback, 'rename', path, newPath, uv.fs_rename, path, newPath)
end

---@see luvit.fs.rename
---@param path string
---@param newPath string
---@return true? success, string? err, string? code
function fs.renameSync(path, newPath)
  check(path, 'string', 'path', 'renameSync')
  check(newPath, 'string', 'newPath', 'renameSync')
  return sync('rename', path, newPath, uv.fs_rename, path, newPath)
end

---Gives a file one more name. link(2)
---@param path string
---@param newPath string
---@param callback? fun(err?: string, success: true)|thread
---@return uv_fs_t
function fs.link(path, newPath, callback)
  check(path, 'string', 'path', 'link')
  check(newPath, 'string', 'newPath', 'link')
  checkCallback(callback, 'link')
  return async(callback, 'link', path, newPath, uv.fs_link, path, newPath)
end

---@see luvit.fs.link
---@param path string
---@param newPath string
---@return true? success, string? err, string? code
function fs.linkSync(path, newPath)
  check(path, 'string', 'path', 'linkSync')
  check(newPath, 'string', 'newPath', 'linkSync')
  return sync('link', path, newPath, uv.fs_link, path, newPath)
end

---Makes a link that leads to `path`, which need not be there. symlink(2)
---@param path string where it leads to: from the folder of the link, when it does not begin with `/`
---@param newPath string the link
---@param options? { dir?: boolean, junction?: boolean }|integer for Windows: a link to a folder, or a junction
---@param callback? fun(err?: string, success: true)|thread
---@return uv_fs_t
function fs.symlink(path, newPath, options, callback)
  if isCallback(options) then callback, options = options, nil end
  check(path, 'string', 'path', 'symlink')
  check(newPath, 'string', 'newPath', 'symlink')
  checkFlags(options, 'symlink')
  checkCallback(callback, 'symlink')
  return async(callback, 'symlink', path, newPath, uv.fs_symlink, path, newPath, options)
end

---@see luvit.fs.symlink
---@param path string
---@param newPath string
---@param options? { dir?: boolean, junction?: boolean }|integer
---@return true? success, string? err, string? code
function fs.symlinkSync(path, newPath, options)
  check(path, 'string', 'path', 'symlinkSync')
  check(newPath, 'string', 'newPath', 'symlinkSync')
  checkFlags(options, 'symlinkSync')
  return sync('symlink', path, newPath, uv.fs_symlink, path, newPath, options)
end

---Where a link leads to, as it was made. readlink(2)
---@param path string
---@param callback? fun(err?: string, target: string)|thread
---@return uv_fs_t
function fs.readlink(path, callback)
  check(path, 'string', 'path', 'readlink')
  checkCallback(callback, 'readlink')
  return async(callback, 'readlink', path, nil, uv.fs_readlink, path)
end

---@see luvit.fs.readlink
---@param path string
---@return string? target, string? err, string? code
function fs.readlinkSync(path)
  check(path, 'string', 'path', 'readlinkSync')
  return sync('readlink', path, nil, uv.fs_readlink, path)
end

---The absolute path of a file, without links and dots. realpath(3)
---@param path string
---@param callback? fun(err?: string, resolved: string)|thread
---@return uv_fs_t
function fs.realpath(path, callback)
  check(path, 'string', 'path', 'realpath')
  checkCallback(callback, 'realpath')
  return async(callback, 'realpath', path, nil, uv.fs_realpath, path)
end

---@see luvit.fs.realpath
---@param path string
---@return string? resolved, string? err, string? code
function fs.realpathSync(path)
  check(path, 'string', 'path', 'realpathSync')
  return sync('realpath', path, nil, uv.fs_realpath, path)
end

---Makes a folder with a new name, which only the user may enter: the template, its last six characters replaced.
---mkdtemp(3)
---@param template string ends with `XXXXXX`
---@param callback? fun(err?: string, path: string)|thread
---@return uv_fs_t
function fs.mkdtemp(template, callback)
  check(template, 'string', 'template', 'mkdtemp')
  checkCallback(callback, 'mkdtemp')
  return async(callback, 'mkdtemp', template, nil, uv.fs_mkdtemp, template)
end

---@see luvit.fs.mkdtemp
---@param template string
---@return string? path, string? err, string? code
function fs.mkdtempSync(template)
  check(template, 'string', 'template', 'mkdtempSync')
  return sync('mkdtemp', template, nil, uv.fs_mkdtemp, template)
end

---Makes a file with a new name, which only the user may use, and opens it both ways: the template, its last six
---characters replaced. mkstemp(3)
---@param template string ends with `XXXXXX`
---@param callback? fun(err?: string, fd: integer, path: string)|thread
---@return uv_fs_t
function fs.mkstemp(template, callback)
  check(template, 'string', 'template', 'mkstemp')
  checkCallback(callback, 'mkstemp')
  return async(callback, 'mkstemp', template, nil, uv.fs_mkstemp, template)
end

---@see luvit.fs.mkstemp
---@param template string
---@return integer? fd, string path_or_err, string? code
function fs.mkstempSync(template)
  check(template, 'string', 'template', 'mkstempSync')
  return sync('mkstemp', template, nil, uv.fs_mkstemp, template)
end

---Copies a file with its permissions, over one that is there. Folders are for `cp`.
---@param path string
---@param newPath string
---@param options? { excl?: boolean, ficlone?: boolean, ficlone_force?: boolean }|integer `excl`: `EEXIST` when `newPath` is there; `ficlone`: share the bytes until one changes, where the file system can; or `fs.constants.COPYFILE_*`
---@param callback? fun(err?: string, success: true)|thread
---@return uv_fs_t
function fs.copyFile(path, newPath, options, callback)
  if isCallback(options) then callback, options = options, nil end
  check(path, 'string', 'path', 'copyFile')
  check(newPath, 'string', 'newPath', 'copyFile')
  checkFlags(options, 'copyFile')
  checkCallback(callback, 'copyFile')
  return async(callback, 'copyfile', path, newPath, uv.fs_copyfile, path, newPath, options)
end

---@see luvit.fs.copyFile
---@param path string
---@param newPath string
---@param options? { excl?: boolean, ficlone?: boolean, ficlone_force?: boolean }|integer
---@return true? success, string? err, string? code
function fs.copyFileSync(path, newPath, options)
  check(path, 'string', 'path', 'copyFileSync')
  check(newPath, 'string', 'newPath', 'copyFileSync')
  checkFlags(options, 'copyFileSync')
  return sync('copyfile', path, newPath, uv.fs_copyfile, path, newPath, options)
end

---Changes the permissions of a file. chmod(2)
---@param path string
---@param mode integer|string a number or octal digits
---@param callback? fun(err?: string, success: true)|thread
---@return uv_fs_t
function fs.chmod(path, mode, callback)
  check(path, 'string', 'path', 'chmod')
  mode = base.mode(mode, nil, 'chmod')
  check(mode, 'number', 'mode', 'chmod')
  checkCallback(callback, 'chmod')
  return async(callback, 'chmod', path, nil, uv.fs_chmod, path, mode)
end

---@see luvit.fs.chmod
---@param path string
---@param mode integer|string
---@return true? success, string? err, string? code
function fs.chmodSync(path, mode)
  check(path, 'string', 'path', 'chmodSync')
  mode = base.mode(mode, nil, 'chmodSync')
  check(mode, 'number', 'mode', 'chmodSync')
  return sync('chmod', path, nil, uv.fs_chmod, path, mode)
end

---Changes owner and group of a file; -1 leaves one. chown(2)
---@param path string
---@param uid integer
---@param gid integer
---@param callback? fun(err?: string, success: true)|thread
---@return uv_fs_t
function fs.chown(path, uid, gid, callback)
  check(path, 'string', 'path', 'chown')
  checkInteger(uid, 'id', 'uid', 'chown')
  checkInteger(gid, 'id', 'gid', 'chown')
  checkCallback(callback, 'chown')
  return async(callback, 'chown', path, nil, uv.fs_chown, path, uid, gid)
end

---@see luvit.fs.chown
---@param path string
---@param uid integer
---@param gid integer
---@return true? success, string? err, string? code
function fs.chownSync(path, uid, gid)
  check(path, 'string', 'path', 'chownSync')
  checkInteger(uid, 'id', 'uid', 'chownSync')
  checkInteger(gid, 'id', 'gid', 'chownSync')
  return sync('chown', path, nil, uv.fs_chown, path, uid, gid)
end

---As `chown`; of a link, the link itself. lchown(2)
---@param path string
---@param uid integer
---@param gid integer
---@param callback? fun(err?: string, success: true)|thread
---@return uv_fs_t
function fs.lchown(path, uid, gid, callback)
  check(path, 'string', 'path', 'lchown')
  checkInteger(uid, 'id', 'uid', 'lchown')
  checkInteger(gid, 'id', 'gid', 'lchown')
  checkCallback(callback, 'lchown')
  return async(callback, 'lchown', path, nil, uv.fs_lchown, path, uid, gid)
end

---@see luvit.fs.lchown
---@param path string
---@param uid integer
---@param gid integer
---@return true? success, string? err, string? code
function fs.lchownSync(path, uid, gid)
  check(path, 'string', 'path', 'lchownSync')
  checkInteger(uid, 'id', 'uid', 'lchownSync')
  checkInteger(gid, 'id', 'gid', 'lchownSync')
  return sync('lchown', path, nil, uv.fs_lchown, path, uid, gid)
end

---Sets when a file was last read and changed. utimensat(2)
---@param path string
---@param atime luvit.fs.time last read
---@param mtime luvit.fs.time last changed
---@param callback? fun(err?: string, success: true)|thread
---@return uv_fs_t
function fs.utime(path, atime, mtime, callback)
  check(path, 'string', 'path', 'utime')
  atime = base.time(atime, 'atime', 'utime')
  mtime = base.time(mtime, 'mtime', 'utime')
  checkCallback(callback, 'utime')
  return async(callback, 'utime', path, nil, uv.fs_utime, path, atime, mtime)
end

---@see luvit.fs.utime
---@param path string
---@param atime luvit.fs.time
---@param mtime luvit.fs.time
---@return true? success, string? err, string? code
function fs.utimeSync(path, atime, mtime)
  check(path, 'string', 'path', 'utimeSync')
  atime = base.time(atime, 'atime', 'utimeSync')
  mtime = base.time(mtime, 'mtime', 'utimeSync')
  return sync('utime', path, nil, uv.fs_utime, path, atime, mtime)
end

---As `utime`; of a link, the link itself. utimensat(2)
---@param path string
---@param atime luvit.fs.time last read
---@param mtime luvit.fs.time last changed
---@param callback? fun(err?: string, success: true)|thread
---@return uv_fs_t
function fs.lutime(path, atime, mtime, callback)
  check(path, 'string', 'path', 'lutime')
  atime = base.time(atime, 'atime', 'lutime')
  mtime = base.time(mtime, 'mtime', 'lutime')
  checkCallback(callback, 'lutime')
  return async(callback, 'lutime', path, nil, uv.fs_lutime, path, atime, mtime)
end

---@see luvit.fs.lutime
---@param path string
---@param atime luvit.fs.time
---@param mtime luvit.fs.time
---@return true? success, string? err, string? code
function fs.lutimeSync(path, atime, mtime)
  check(path, 'string', 'path', 'lutimeSync')
  atime = base.time(atime, 'atime', 'lutimeSync')
  mtime = base.time(mtime, 'mtime', 'lutimeSync')
  return sync('lutime', path, nil, uv.fs_lutime, path, atime, mtime)
end

return fs
