-- Runs one file of tests in a process of its own and watches it.

local json = require('json')
local newParser = require('test-runner/parser')
local uv = require('uv')

local WINDOWS = package.config:sub(1, 1) == '\\'
-- What a test gets beyond its time, so that it can say itself what it waited for.
local GRACE_MS = 3000
-- How long output is awaited from processes that the file started and that outlive it.
local LINGER_MS = 1000
-- A line without end is cut here.
local MAX_LINE = 64 * 1024

---@class luvit.testRunner.record what became of a file
---@field path string
---@field results luvit.testRunner.result[]
---@field problems string[] what failed the file as a whole
---@field output string[]
---@field ms number
---@field isTap boolean
---@field skippedBecause? string
---@field hasFailed boolean
---@field hungIn? { name: string, at: string } the test in which it was killed, having taken too long

---@class luvit.testRunner.File
local File = {}
File.__index = File

local signalNames = {}
for name, number in pairs(uv.constants) do
  if name:find('^SIG%u') then signalNames[number] = name end
end

local function whileRunning(parser)
  local running = parser.running
  return running and (", while '%s' ran (%s)"):format(running.name, running.at) or ''
end

local function environment(settings)
  local list = {}
  for name, value in pairs(uv.os_environ()) do
    if name ~= 'LUVIT_TEST' then list[#list + 1] = name .. '=' .. value end
  end
  list[#list + 1] = 'LUVIT_TEST=' .. json.stringify(settings)
  return list
end

---Ends the process, and those that it started where they can be found.
function File:kill()
  if not self.process or self.exited and WINDOWS then return end
  if not WINDOWS then
    uv.kill(-self.pid, 'sigkill')
  else
    self.process:kill('sigkill')
  end
end

function File:expectEnd(ms)
  self.timer:start(ms, 0, function()
    self.hung = ('killed after %d ms without a result%s'):format(ms, whileRunning(self.parser))
    self.hungIn = self.parser.running
    self:kill()
  end)
end

-- Splits a pipe into lines.
function File:readLines(pipe, take)
  local rest = ''
  self.open = self.open + 1
  pipe:read_start(function(err, data)
    if data then
      rest = rest .. data
      local position = 1
      while true do
        local stop = rest:find('\n', position, true)
        if not stop then break end
        take(rest:sub(position, stop - 1))
        position = stop + 1
      end
      rest = rest:sub(position)
      if #rest > MAX_LINE then
        take(rest)
        rest = ''
      end
      return
    end
    if err then self.parser:problem('reading its output: ' .. err) end
    if rest ~= '' then take(rest) end
    pipe:close()
    self.open = self.open - 1
    self:finishIfOver()
  end)
end

function File:finishIfOver()
  if not self.exited or self.open > 0 or self.finished then return end
  self.finished = true
  self.timer:close()
  -- What the file has started and left does not outlive it.
  self:kill()
  local parser = self.parser
  parser:finish()
  local record = {
    path = self.path, results = parser.results, problems = parser.problems, output = parser.output,
    ms = (uv.hrtime() - self.started) / 1e6, isTap = parser.isTap, skippedBecause = parser.skippedBecause,
    hungIn = self.hungIn,
  }
  self:judge(record)
  self.done(record)
end

-- How the process ended.
function File:judge(record)
  local why
  if self.stopped then
    why = 'stopped' .. whileRunning(self.parser)
  elseif self.hung then
    why = self.hung
  elseif self.signal ~= 0 then
    why = 'ended by ' .. (signalNames[self.signal] or 'signal ' .. self.signal) .. whileRunning(self.parser)
  elseif self.code ~= 0 then
    if not record.isTap or self.parser.running then
      why = ('exit code %d'):format(self.code) .. whileRunning(self.parser)
    elseif not self.parser:hasFailed() then
      why = ('exit code %d, although no test failed'):format(self.code)
    end
  elseif record.isTap and self.parser.running then
    why = 'exit code 0' .. whileRunning(self.parser)
  end
  if record.isTap then
    if why then table.insert(record.problems, 1, why) end
  else
    -- A program that knows nothing of tests is one.
    local result = { name = self.path, ok = why == nil, why = { why }, output = record.output, ms = record.ms }
    record.results = { result }
  end
  record.hasFailed = why ~= nil or #record.problems > 0 or self.parser:hasFailed()
  if self.parser.pending and #self.parser.pending > 0 and #record.problems > 0 then
    record.lastOutput = self.parser.pending
  end
end

-- Processes that the file left behind may hold its pipes.
function File:stopLingering()
  local timer = uv.new_timer()
  timer:start(LINGER_MS, 0, function()
    timer:close()
    if self.finished then return end
    self:kill()
    for _, pipe in ipairs(self.pipes) do
      if not pipe:is_closing() then
        pipe:close()
        self.open = self.open - 1
      end
    end
    self:finishIfOver()
  end)
  timer:unref()
end

---@class luvit.testRunner.run
---@field timeout integer
---@field filter? string
---@field bail? boolean
---@field coverage? string where the counts go
---@field interpret? boolean without the JIT compiler

---Starts a file.
---@param path string
---@param settings luvit.testRunner.run
---@param done fun(record: luvit.testRunner.record)
---@return luvit.testRunner.File
return function(path, settings, done)
  local self = setmetatable({ path = path, done = done, open = 0, parser = newParser() }, File)
  self.started = uv.hrtime()
  self.timer = uv.new_timer()
  self.pipes = { uv.new_pipe(false), uv.new_pipe(false) }
  local out, err = self.pipes[1], self.pipes[2]
  -- The bare word `test` would be the command.
  local script = path:find('[/\\]') and path or './' .. path
  local handle, pid = uv.spawn(uv.exepath(), {
    args = { '-l', 'bundle:/deps/test-runner/child', '--', script },
    env = environment(settings),
    stdio = { nil, out, err },
    -- A group of its own, so that it can be ended with all that it started.
    detached = not WINDOWS,
    hide = true,
  }, function(code, signal)
    self.exited, self.code, self.signal = true, code, signal
    self.process:close()
    self.timer:stop()
    if self.open > 0 then self:stopLingering() end
    self:finishIfOver()
  end)
  if not handle then
    out:close()
    err:close()
    self.exited, self.code, self.signal = true, 255, 0
    self.parser:problem('it cannot be started: ' .. pid)
    uv.timer_start(self.timer, 0, 0, function() self:finishIfOver() end)
    return self
  end
  self.process, self.pid = handle, pid
  local parser = self.parser
  function parser.onStart(timeout) self:expectEnd((timeout or settings.timeout) + GRACE_MS) end
  function parser.onResult() self:expectEnd(settings.timeout + GRACE_MS) end
  self:expectEnd(settings.timeout)
  self:readLines(out, function(line) parser:line(line) end)
  self:readLines(err, function(line) parser:errorLine(line) end)
  return self
end
