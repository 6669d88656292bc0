-- Runs the tests again when Lua files change, until q, Ctrl-C or a signal.

local colorize = require('pretty-print').colorize
local uv = require('uv')

-- Editors write a file in several steps.
local SETTLE_MS = 100

---@class luvit.testRunner.Watch
local Watch = {}
Watch.__index = Watch

local function isSource(name)
  name = name:gsub('\\', '/')
  if ('/' .. name):find('/%.') then return false end
  return name:find('%.lua$') ~= nil or name:find('%.so$') ~= nil or name:find('%.dll$') ~= nil
end

local function plain(path) return (path:gsub('\\', '/'):gsub('^%./', '')) end

---The files to run after a change: if nothing but files of tests changed, those; else all.
---@param paths string[]
---@param changed? table<string, true>
---@return string[]
function Watch:affected(paths, changed)
  if not changed or next(changed) == nil then return paths end
  local left, some = {}, {}
  for path in pairs(changed) do left[path] = true end
  for _, path in ipairs(paths) do
    if left[plain(path)] then
      some[#some + 1] = path
      left[plain(path)] = nil
    end
  end
  return next(left) == nil and some or paths
end

function Watch:run(changed)
  self.running, self.pending = true, nil
  self.runTests(changed, function()
    self.running = false
    if self.closed then return end
    if self.pending then return self:run(self.pending) end
    print(colorize('sep', '\nWaiting for changes. Enter runs all tests, q ends.'))
  end)
end

function Watch:note(name)
  if not isSource(name) then return end
  self.changed = self.changed or {}
  self.changed[plain(name)] = true
  self.timer:start(SETTLE_MS, 0, function()
    local changed = self.changed
    self.changed = nil
    if self.running then
      -- What changes during a run is looked at after it.
      self.pending = self.pending or {}
      for path in pairs(changed) do self.pending[path] = true end
    else
      self:run(changed)
    end
  end)
end

function Watch:key(key)
  if key == 'q' or key == '\3' then
    self.stop('sigint')
    self:close()
  elseif (key == '\r' or key == '\n') and not self.running then
    self:run()
  end
end

function Watch:readKeys()
  local kind = uv.guess_handle(0)
  if kind ~= 'tty' and kind ~= 'pipe' then return end
  local stdin = kind == 'tty' and uv.new_tty(0, true) or uv.new_pipe(false)
  if kind == 'tty' then
    stdin:set_mode(1)
  else
    stdin:open(0)
  end
  self.stdin = stdin
  stdin:read_start(function(err, data)
    -- Nobody is left who could end it otherwise.
    if err or not data then return self:key('q') end
    for key in data:gmatch('.') do self:key(key) end
  end)
end

---Watches the working folder and runs the tests for the first time.
function Watch:start()
  local ok, err = self.events:start('.', { recursive = true }, function(failure, name)
    if failure then
      io.stderr:write('luvit test: watching: ', tostring(failure), '\n')
    elseif name then
      self:note(name)
    end
  end)
  if not ok then
    io.stderr:write('luvit test: cannot watch this folder: ', err, '\n')
    process.exitCode = 1
    self.stop('failure')
    self:close()
    return
  end
  self:readKeys()
  self:run()
end

---Ends watching; a run under way ends by itself.
function Watch:close()
  if self.closed then return end
  self.closed = true
  self.events:close()
  self.timer:close()
  if self.stdin then
    if self.stdin.set_mode then uv.tty_reset_mode() end
    self.stdin:close()
  end
end

---@param runTests fun(changed: table<string, true>?, done: fun())
---@param stop fun(reason: string) ends a run under way
---@return luvit.testRunner.Watch
return function(runTests, stop)
  return setmetatable({
    runTests = runTests, stop = stop, events = uv.new_fs_event(), timer = uv.new_timer(),
  }, Watch)
end
