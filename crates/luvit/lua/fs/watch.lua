-- Changes of files, as they happen (`watch`) or by looking from time to time (`watchFile`).

local uv = require('uv')
local base = require('fs/base')
local Emitter = require('core').Emitter

---@class luvit.fs
local fs = {}

-- Watching -----------------------------------------------------------------------------------------------------------

---What `fs.watch` returns.
---
---Events: `change` (filename) when the content or the properties of a file changed; `rename` (filename) when a name
---came or went; `error` (text), after which it is closed; `close`. The filename is relative to the folder that is
---watched, and nil when more happened than the system can tell. Several changes may come as one.
---@class luvit.fs.FSWatcher: luvit.Emitter
---@field path string
---@field closed boolean
local FSWatcher = Emitter:extend()
fs.FSWatcher = FSWatcher

---@param path string
---@param options luvit.fs.WatchOptions
function FSWatcher:initialize(path, options)
  self.path = path
  self.closed = false
  local handle = assert(uv.new_fs_event())
  self._handle = handle
  if options.persistent == false then uv.unref(handle) end
  local ok, err = nil, 'EINVAL'
  if base.isName(path) then ok, err = self:_start(options) end
  -- There are listeners only later.
  if not ok then base.later(self._fail, self, base.describe(err, 'watch', path)) end
end

function FSWatcher:_start(options)
  local path = self.path
  return uv.fs_event_start(self._handle, path, { recursive = options.recursive and true or false },
    function(failure, filename, events)
      if self.closed then return end
      if failure then return self:_fail(base.describe(failure, 'watch', path)) end
      if not filename or events.change then self:emit('change', filename) end
      if not self.closed and (not filename or events.rename) then self:emit('rename', filename) end
    end)
end

function FSWatcher:_fail(err)
  if self.closed then return end
  self:close()
  self:emit('error', err)
end

---Ends the watching.
---@param callback? fun() called after `close`
function FSWatcher:close(callback)
  if callback ~= nil and type(callback) ~= 'function' then base.fail('callback', 'close', 'function', callback, 2) end
  if callback then
    if self._closeEmitted then base.later(callback) else self:once('close', function() callback() end) end
  end
  if self.closed then return end
  self.closed = true
  uv.close(self._handle, function()
    self._closeEmitted = true
    self:emit('close')
  end)
end

---Lets the watcher keep the program running, which is the default.
---@return self
function FSWatcher:ref()
  uv.ref(self._handle)
  return self
end

---Lets the program end although the watcher is there.
---@return self
function FSWatcher:unref()
  uv.unref(self._handle)
  return self
end

---@class luvit.fs.WatchOptions
---@field recursive? boolean folders below as well
---@field persistent? boolean false: the watcher does not keep the program running

---Watches a file, or a folder and the names in it. What cannot be watched is an `error` of the watcher.
---inotify(7), kqueue(2), FSEvents, ReadDirectoryChangesW
---@param path string
---@param options? luvit.fs.WatchOptions
---@param listener? fun(event: 'change'|'rename', filename?: string)
---@return luvit.fs.FSWatcher
function fs.watch(path, options, listener)
  if type(options) == 'function' then listener, options = options, nil end
  base.check(path, 'string', 'path', 'watch')
  base.checkOptional(options, 'table', 'options', 'watch')
  base.checkOptional(listener, 'function', 'listener', 'watch')
  local watcher = FSWatcher:new(path, options or {})
  if listener then
    watcher:on('change', function(filename) listener('change', filename) end)
    watcher:on('rename', function(filename) listener('rename', filename) end)
  end
  return watcher
end

-- Looking from time to time ------------------------------------------------------------------------------------------

-- Milliseconds between two looks, as in node.
local INTERVAL = 5007

-- By path: `{ handle, listeners }`.
local watched = {}

---@class luvit.fs.WatchFileOptions
---@field interval? integer milliseconds between two looks, 5007 by default; the first one for a path counts
---@field persistent? boolean false: this does not keep the program running; the first one for a path counts

---Looks at a file from time to time and calls back when it changed: works where `watch` does not, on network file
---systems for one. A file that is not there has a `stat` of zeros; it may appear later.
---@param path string
---@param options? luvit.fs.WatchFileOptions
---@param listener fun(current: uv.fs_stat.result, previous: uv.fs_stat.result)
function fs.watchFile(path, options, listener)
  if type(options) == 'function' then listener, options = options, nil end
  base.check(path, 'string', 'path', 'watchFile')
  base.checkOptional(options, 'table', 'options', 'watchFile')
  base.check(listener, 'function', 'listener', 'watchFile')
  options = options or {}
  local interval = options.interval or INTERVAL
  if type(interval) ~= 'number' or not (interval >= 1) then
    base.fail('options.interval', 'watchFile', 'number of at least 1', interval, 2)
  end
  -- A name that no file can have: like any other that is not there, it never changes.
  if not base.isName(path) then return end
  local entry = watched[path]
  if entry then
    table.insert(entry.listeners, listener)
    return
  end
  entry = { handle = assert(uv.new_fs_poll()), listeners = { listener } }
  watched[path] = entry
  if options.persistent == false then uv.unref(entry.handle) end
  assert(uv.fs_poll_start(entry.handle, path, math.floor(interval), function(_, previous, current)
    -- A file that is not there is an error, once, and a change to zeros when it was there before.
    if not current then return end
    for _, each in ipairs({ unpack(entry.listeners) }) do each(current, previous) end
  end))
end

---Ends what `watchFile` began.
---@param path string
---@param listener? function one of them; all without it
function fs.unwatchFile(path, listener)
  base.check(path, 'string', 'path', 'unwatchFile')
  base.checkOptional(listener, 'function', 'listener', 'unwatchFile')
  local entry = watched[path]
  if not entry then return end
  local kept = {}
  for _, each in ipairs(entry.listeners) do
    if listener and each ~= listener then kept[#kept + 1] = each end
  end
  entry.listeners = kept
  if #kept > 0 then return end
  watched[path] = nil
  uv.close(entry.handle)
end

return fs
