-- Folders with all that is in them: removing and copying.

local uv = require('uv')
local base = require('fs/base')
local path = require('path')
local mkdirp = require('fs/mkdirp')

local check, checkOptional = base.check, base.checkOptional
local checkCallback, isCallback = base.checkCallback, base.isCallback
local codeOf, describe = base.codeOf, base.describe

---@class luvit.fs
local fs = {}

-- Removing -----------------------------------------------------------------------------------------------------------

---@class luvit.fs.RmOptions
---@field recursive? boolean a folder goes with all that is in it; without it a folder is `EISDIR`
---@field force? boolean a file that is not there is no error
---@field maxRetries? integer how often to try again when a file is in use or descriptors are used up (`EBUSY`, `EMFILE`, `ENFILE`, `ENOTEMPTY`, `EPERM`), 0 by default
---@field retryDelay? integer milliseconds before the first try, and more before each that follows, 100 by default

local TRY_AGAIN = { EBUSY = true, EMFILE = true, ENFILE = true, ENOTEMPTY = true, EPERM = true }

-- Does one thing, again where that may help. What is gone already counts as done.
local function insist(step, options, what, name)
  local result, err = step(what, name)
  for try = 1, options.maxRetries or 0 do
    if result or not TRY_AGAIN[codeOf(err)] then break end
    step('sleep', try * (options.retryDelay or 100))
    result, err = step(what, name)
  end
  if not result and codeOf(err) == 'ENOENT' then return true end
  return result, err
end

-- A folder is on the stack while what is in it is removed, however deep that is.
local function removeFolder(step, folder, options)
  local stack = { { name = folder } }
  while #stack > 0 do
    local top = stack[#stack]
    if not top.listing then
      local listing, err = insist(step, options, 'scandir', top.name)
      if not listing then return nil, err end
      -- Gone already.
      if listing == true then
        stack[#stack] = nil
        top = nil
      else
        top.listing = listing
      end
    end
    if top then
      local entry, kind = uv.fs_scandir_next(top.listing)
      local ok, err = true, nil
      if not entry then
        ok, err = insist(step, options, 'rmdir', top.name)
        stack[#stack] = nil
      else
        local name = path.join(top.name, entry)
        if kind == 'unknown' then
          local stat = step('lstat', name)
          kind = stat and stat.type
        end
        if kind == 'directory' then
          stack[#stack + 1] = { name = name }
        else
          ok, err = insist(step, options, 'unlink', name)
        end
      end
      if not ok then return nil, err end
    end
  end
  return true
end

local function rm(step, name, options)
  local stat, err = step('lstat', name)
  if not stat then
    if options.force and codeOf(err) == 'ENOENT' then return true end
    return nil, err
  end
  if stat.type ~= 'directory' then return insist(step, options, 'unlink', name) end
  if not options.recursive then return nil, describe('EISDIR', 'rm', name) end
  return removeFolder(step, name, options)
end

---Removes a file, or with `recursive` a folder with all that is in it. Links are removed, never followed.
---@param name string
---@param options? luvit.fs.RmOptions
---@param callback? fun(err?: string, success: true)|thread
---@return luvit.fs.Operation
function fs.rm(name, options, callback)
  if isCallback(options) then callback, options = options, nil end
  check(name, 'string', 'path', 'rm')
  checkOptional(options, 'table', 'options', 'rm')
  checkCallback(callback, 'rm')
  return base.run(callback, 'rm', rm, name, options or {})
end

---@see luvit.fs.rm
---@param name string
---@param options? luvit.fs.RmOptions
---@return true? success, string? err, string? code
function fs.rmSync(name, options)
  check(name, 'string', 'path', 'rmSync')
  checkOptional(options, 'table', 'options', 'rmSync')
  return base.runSync(rm, name, options or {})
end

-- Copying ------------------------------------------------------------------------------------------------------------

---@class luvit.fs.CpOptions
---@field recursive? boolean a folder is copied with all that is in it; without it a folder is `EISDIR`
---@field force? boolean false: files that are there stay as they are; true by default
---@field errorOnExist? boolean with `force = false`: a file that is there is `EEXIST`
---@field dereference? boolean copy what links lead to, not the links
---@field preserveTimestamps? boolean the copies were last read and changed when the originals were
---@field filter? fun(source: string, destination: string): boolean whether to copy a file, or a folder and what is in it

local EXCL = { excl = true }

local function same(a, b)
  return a.ino ~= 0 and a.ino == b.ino and a.dev == b.dev
end

-- A folder must not be copied into itself: that would not end.
local function isInside(step, stat, destination)
  local folder = path.resolve(destination)
  while true do
    local parent = path.dirname(folder)
    if parent == folder then return false end
    local found = step('stat', parent)
    if found and same(found, stat) then return true end
    folder = parent
  end
end

-- What to do about a file that is there: true to write over it, false to leave it, or nil and the error.
local function mayReplace(options, source, destination)
  if options.force ~= false then return true end
  if options.errorOnExist then return nil, describe('EEXIST', 'cp', source, destination) end
  return false
end

local function keepTimes(step, stat, destination, options)
  if not options.preserveTimestamps then return true end
  return step('utime', destination, base.time(stat.atime), base.time(stat.mtime))
end

local function copyFile(step, source, destination, stat, old, options)
  if old then
    local replace, err = mayReplace(options, source, destination)
    if not replace then return replace == false or nil, err end
    -- A link is replaced, not written through.
    if old.type == 'link' then
      local ok, failure = step('unlink', destination)
      if not ok then return nil, failure end
    end
  end
  local ok, err = step('copyfile', source, destination, options.force == false and EXCL or nil)
  if not ok and options.force == false and codeOf(err) == 'EEXIST' then
    -- It came meanwhile.
    local _, failure = mayReplace(options, source, destination)
    if failure then return nil, failure end
    return true
  end
  if not ok then return nil, err end
  return keepTimes(step, stat, destination, options)
end

local function copyLink(step, source, destination, old, options)
  local target, err = step('readlink', source)
  if not target then return nil, err end
  if old then
    local replace, failure = mayReplace(options, source, destination)
    if not replace then return replace == false or nil, failure end
    local ok
    ok, failure = step('unlink', destination)
    if not ok then return nil, failure end
  end
  -- Windows wants to know what it leads to.
  local stat = step('stat', source)
  return step('symlink', target, destination, stat and stat.type == 'directory' and { dir = true } or nil)
end

-- Copies what is no folder; of a folder, makes it and returns its listing.
local function copyOne(step, source, destination, options)
  local look = options.dereference and 'stat' or 'lstat'
  local stat, err = step(look, source)
  if not stat then return nil, err end
  local old, lookErr = step(look, destination)
  if not old and codeOf(lookErr) ~= 'ENOENT' then return nil, lookErr end
  if old and same(stat, old) then return nil, describe('EINVAL', 'cp', source, destination) end
  if stat.type == 'directory' then
    if not options.recursive then return nil, describe('EISDIR', 'cp', source, destination) end
    if old and old.type ~= 'directory' then return nil, describe('ENOTDIR', 'cp', source, destination) end
    local mode = stat.mode % 4096
    if not old then
      -- A copy of a folder that nobody may write to must be filled first.
      local ok, failure = step('mkdir', destination, bit.bor(mode, 448))
      if not ok then return nil, failure end
    end
    local listing, failure = step('scandir', source)
    if not listing then return nil, failure end
    return { listing = listing, source = source, destination = destination, stat = stat, mode = not old and mode }
  end
  if old and old.type == 'directory' then return nil, describe('EISDIR', 'cp', source, destination) end
  if stat.type == 'link' then return copyLink(step, source, destination, old, options) end
  if stat.type == 'file' then return copyFile(step, source, destination, stat, old, options) end
  return nil, describe('EINVAL', 'cp', source, destination)
end

-- A folder is on the stack while what is in it is copied, however deep that is.
local function cp(step, source, destination, options)
  if options.filter and not options.filter(source, destination) then return true end
  local stat, err = step(options.dereference and 'stat' or 'lstat', source)
  if not stat then return nil, err end
  if stat.type == 'directory' and options.recursive and isInside(step, stat, destination) then
    return nil, describe('EINVAL', 'cp', source, destination)
  end
  local ok
  ok, err = mkdirp(step, path.dirname(destination), 511)
  if not ok then return nil, err end

  local stack = {}
  local function copy(from, to)
    local copied, failure = copyOne(step, from, to, options)
    if type(copied) == 'table' then
      if options.dereference then
        -- A link that leads to a folder above would be copied for ever.
        for _, folder in ipairs(stack) do
          if same(folder.stat, copied.stat) then return nil, describe('ELOOP', 'cp', from, to) end
        end
      end
      stack[#stack + 1] = copied
      copied = true
    end
    return copied, failure
  end
  local function leave(folder)
    stack[#stack] = nil
    if folder.mode then
      local changed, failure = step('chmod', folder.destination, folder.mode)
      if not changed then return nil, failure end
    end
    return keepTimes(step, folder.stat, folder.destination, options)
  end

  ok, err = copy(source, destination)
  while ok and #stack > 0 do
    local top = stack[#stack]
    local entry = uv.fs_scandir_next(top.listing)
    if not entry then
      ok, err = leave(top)
    else
      local from, to = path.join(top.source, entry), path.join(top.destination, entry)
      if not options.filter or options.filter(from, to) then ok, err = copy(from, to) end
    end
  end
  if not ok then return nil, err end
  return true
end

local function checkCp(source, destination, options, method)
  if type(source) ~= 'string' then base.fail('source', method, 'string', source, 3) end
  if type(destination) ~= 'string' then base.fail('destination', method, 'string', destination, 3) end
  if options == nil then return {} end
  if type(options) ~= 'table' then base.fail('options', method, 'table', options, 3) end
  if options.filter ~= nil and type(options.filter) ~= 'function' then
    base.fail('options.filter', method, 'function', options.filter, 3)
  end
  return options
end

---Copies a file, or with `recursive` a folder with all that is in it; a folder that is there already gets what it lacks.
---Folders above the destination are made; permissions are copied; links are copied as they are; sockets, pipes and
---devices are `EINVAL`.
---@param source string
---@param destination string what the copy is called, not the folder it is put into
---@param options? luvit.fs.CpOptions
---@param callback? fun(err?: string, success: true)|thread
---@return luvit.fs.Operation
function fs.cp(source, destination, options, callback)
  if isCallback(options) then callback, options = options, nil end
  options = checkCp(source, destination, options, 'cp')
  checkCallback(callback, 'cp')
  return base.run(callback, 'cp', cp, source, destination, options)
end

---@see luvit.fs.cp
---@param source string
---@param destination string
---@param options? luvit.fs.CpOptions
---@return true? success, string? err, string? code
function fs.cpSync(source, destination, options)
  return base.runSync(cp, source, destination, checkCp(source, destination, options, 'cpSync'))
end

return fs
