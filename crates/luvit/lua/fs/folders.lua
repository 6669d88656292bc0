-- Folders, and what is in them.

local uv = require('uv')
local base = require('fs/base')
local mkdirp = require('fs/mkdirp')

local check, checkOptional = base.check, base.checkOptional
local checkCallback, isCallback = base.checkCallback, base.isCallback
local async, sync = base.async, base.sync

---@class luvit.fs
local fs = {}

-- Permissions of a folder that is made, before the umask: rwxrwxrwx.
local FOLDER_MODE = 511

-- Making -------------------------------------------------------------------------------------------------------------

-- `mkdir(path, mode)` and `mkdir(path, { mode, recursive })`.
local function mkdirOptions(options, method)
  if type(options) ~= 'table' then return base.mode(options, FOLDER_MODE, method, 4), false end
  local mode = base.mode(options.mode, FOLDER_MODE, method, 4)
  return mode, options.recursive and true or false
end

---Makes a folder. mkdir(2)
---@param folder string
---@param options? integer|string|{ mode?: integer|string, recursive?: boolean } permissions, 777 by default; `recursive` makes the folders above as well, and is content with one that is there
---@param callback? fun(err?: string, success: true)|thread
---@return uv_fs_t|luvit.fs.Operation
function fs.mkdir(folder, options, callback)
  if isCallback(options) then callback, options = options, nil end
  check(folder, 'string', 'path', 'mkdir')
  local mode, recursive = mkdirOptions(options, 'mkdir')
  checkCallback(callback, 'mkdir')
  if recursive then return base.run(callback, 'mkdir', mkdirp, folder, mode) end
  return async(callback, 'mkdir', folder, nil, uv.fs_mkdir, folder, mode)
end

---@see luvit.fs.mkdir
---@param folder string
---@param options? integer|string|{ mode?: integer|string, recursive?: boolean }
---@return true? success, string? err, string? code
function fs.mkdirSync(folder, options)
  check(folder, 'string', 'path', 'mkdirSync')
  local mode, recursive = mkdirOptions(options, 'mkdirSync')
  if recursive then return base.runSync(mkdirp, folder, mode) end
  return sync('mkdir', folder, nil, uv.fs_mkdir, folder, mode)
end

---Makes a folder and those above it that are missing. One that is there already is no error, unless it is no folder.
---@param folder string
---@param mode? integer|string permissions, 777 by default
---@param callback? fun(err?: string, success: true)|thread
---@return luvit.fs.Operation
function fs.mkdirp(folder, mode, callback)
  if isCallback(mode) then callback, mode = mode, nil end
  check(folder, 'string', 'path', 'mkdirp')
  mode = base.mode(mode, FOLDER_MODE, 'mkdirp')
  checkCallback(callback, 'mkdirp')
  return base.run(callback, 'mkdirp', mkdirp, folder, mode)
end

---@see luvit.fs.mkdirp
---@param folder string
---@param mode? integer|string
---@return true? success, string? err, string? code
function fs.mkdirpSync(folder, mode)
  check(folder, 'string', 'path', 'mkdirpSync')
  return base.runSync(mkdirp, folder, base.mode(mode, FOLDER_MODE, 'mkdirpSync'))
end

---Removes an empty folder; `rm` removes one with all that is in it. rmdir(2)
---@param folder string
---@param callback? fun(err?: string, success: true)|thread
---@return uv_fs_t
function fs.rmdir(folder, callback)
  check(folder, 'string', 'path', 'rmdir')
  checkCallback(callback, 'rmdir')
  return async(callback, 'rmdir', folder, nil, uv.fs_rmdir, folder)
end

---@see luvit.fs.rmdir
---@param folder string
---@return true? success, string? err, string? code
function fs.rmdirSync(folder)
  check(folder, 'string', 'path', 'rmdirSync')
  return sync('rmdir', folder, nil, uv.fs_rmdir, folder)
end

-- Listing ------------------------------------------------------------------------------------------------------------

-- The names of a listing in order, and the type of each.
local function sorted(listing)
  local names, types, count = {}, {}, 0
  while true do
    local name, kind = uv.fs_scandir_next(listing)
    if not name then break end
    count = count + 1
    names[count], types[name] = name, kind
  end
  table.sort(names)
  return names, types
end

local function iterator(listing)
  local names, types = sorted(listing)
  local at = 0
  return function()
    at = at + 1
    local name = names[at]
    if name then return name, types[name] end
  end
end

-- Calls `callback` with what `convert` makes of the listing.
local function scan(folder, convert, callback)
  callback = callback or require('utils').noop
  return async(function(err, listing)
    if err then return callback(err) end
    return callback(nil, (convert(listing)))
  end, 'scandir', folder, nil, uv.fs_scandir, folder)
end

---The names in a folder, in order, without `.` and `..`. scandir(3)
---@param folder string
---@param callback? fun(err?: string, names: string[])|thread
---@return uv_fs_t
function fs.readdir(folder, callback)
  check(folder, 'string', 'path', 'readdir')
  checkCallback(callback, 'readdir')
  if type(callback) == 'thread' then return require('utils').adapt(callback, scan, folder, sorted) end
  return scan(folder, sorted, callback)
end

---@see luvit.fs.readdir
---@param folder string
---@return string[]? names, string? err, string? code
function fs.readdirSync(folder)
  check(folder, 'string', 'path', 'readdirSync')
  local listing, err, code = sync('scandir', folder, nil, uv.fs_scandir, folder)
  if not listing then return nil, err, code end
  return (sorted(listing))
end

---What is in a folder, in the order of the names: `for name, type in iterator do`. The types are `file`, `directory`,
---`link`, `fifo`, `socket`, `char`, `block`, and `unknown` where the file system does not tell. scandir(3)
---@param folder string
---@param callback? fun(err?: string, iterator: fun(): string?, string?)|thread
---@return uv_fs_t
function fs.scandir(folder, callback)
  check(folder, 'string', 'path', 'scandir')
  checkCallback(callback, 'scandir')
  if type(callback) == 'thread' then return require('utils').adapt(callback, scan, folder, iterator) end
  return scan(folder, iterator, callback)
end

---@see luvit.fs.scandir
---@param folder string
---@return (fun(): string?, string?)? iterator, string? err, string? code
function fs.scandirSync(folder)
  check(folder, 'string', 'path', 'scandirSync')
  local listing, err, code = sync('scandir', folder, nil, uv.fs_scandir, folder)
  if not listing then return nil, err, code end
  return iterator(listing)
end

-- Folders that are read bit by bit -----------------------------------------------------------------------------------

---An open folder, for those with more names than should be in memory at once. `path` is where it is.
---@class luvit.fs.Dir
---@field path string
local Dir = {}
local dirMeta = { __index = Dir }
fs.Dir = Dir

---Reads the next few entries. An empty list is the end.
---@param callback fun(err?: string, entries: uv.fs_readdir.entry[])|thread
---@return uv_fs_t
function Dir:read(callback)
  if callback == nil then base.fail('callback', 'read', 'function or thread', callback, 2) end
  checkCallback(callback, 'read')
  if type(callback) == 'thread' then return require('utils').adapt(callback, Dir.read, self) end
  return async(function(err, entries)
    if err then return callback(err) end
    return callback(nil, entries or {})
  end, 'readdir', self.path, nil, uv.fs_readdir, self._dir)
end

---@see luvit.fs.Dir.read
---@return uv.fs_readdir.entry[]? entries, string? err, string? code
function Dir:readSync()
  local entries, err, code = sync('readdir', self.path, nil, uv.fs_readdir, self._dir)
  -- Nothing at all is the end.
  if not entries and not err then return {} end
  return entries, err, code
end

---Closes the folder. One that is forgotten is closed by the garbage collector.
---@param callback? fun(err?: string, success: true)|thread
---@return uv_fs_t
function Dir:close(callback)
  checkCallback(callback, 'close')
  return async(callback, 'closedir', self.path, nil, uv.fs_closedir, self._dir)
end

---@see luvit.fs.Dir.close
---@return true? success, string? err, string? code
function Dir:closeSync()
  return sync('closedir', self.path, nil, uv.fs_closedir, self._dir)
end

local function bufferSize(options, method)
  if options == nil then return 32 end
  if type(options) ~= 'table' then base.fail('options', method, 'table', options, 3) end
  local size = options.bufferSize
  if size ~= nil and (type(size) ~= 'number' or not (size >= 1)) then
    base.fail('options.bufferSize', method, 'number of at least 1', size, 3)
  end
  return size or 32
end

-- The callback stands before the size.
local function openDir(folder, size, callback)
  return uv.fs_opendir(folder, callback, size)
end

---Opens a folder, to be read bit by bit. opendir(3)
---@param folder string
---@param options? { bufferSize?: integer } how many entries a `read` gives at most, 32 by default
---@param callback? fun(err?: string, dir: luvit.fs.Dir)|thread
---@return uv_fs_t
function fs.opendir(folder, options, callback)
  if isCallback(options) then callback, options = options, nil end
  check(folder, 'string', 'path', 'opendir')
  local size = bufferSize(options, 'opendir')
  checkCallback(callback, 'opendir')
  if type(callback) == 'thread' then return require('utils').adapt(callback, fs.opendir, folder, options) end
  callback = callback or require('utils').noop
  return async(function(err, dir)
    if err then return callback(err) end
    return callback(nil, setmetatable({ path = folder, _dir = dir }, dirMeta))
  end, 'opendir', folder, nil, openDir, folder, size)
end

---@see luvit.fs.opendir
---@param folder string
---@param options? { bufferSize?: integer }
---@return luvit.fs.Dir? dir, string? err, string? code
function fs.opendirSync(folder, options)
  check(folder, 'string', 'path', 'opendirSync')
  checkOptional(options, 'table', 'options', 'opendirSync')
  local dir, err, code = sync('opendir', folder, nil, openDir, folder, bufferSize(options, 'opendirSync'))
  if not dir then return nil, err, code end
  return setmetatable({ path = folder, _dir = dir }, dirMeta)
end

return fs
