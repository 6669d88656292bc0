-- `luvit test`: runs files of tests, each in a process of its own, and tells the results.

local matches = require('tap/matches')
local uv = require('uv')

local runner = {}

-- What ends a run, and the exit codes as shells have them.
local SIGNAL_CODES = { sighup = 129, sigint = 130, sigterm = 143 }

local function complain(text)
  io.stderr:write('luvit test: ', text, '\n')
end

local function newSummary()
  return {
    passed = 0, failed = 0, skipped = 0, todo = 0, files = 0, records = {}, started = uv.hrtime(),
  }
end

-- Those who know no filter have run all their tests.
local function applyFilter(record, filter)
  local kept = {}
  for _, result in ipairs(record.results) do
    if matches(result.name, filter) then kept[#kept + 1] = result end
  end
  record.results = kept
end

local function count(summary, record)
  for _, result in ipairs(record.results) do
    local kind = result.skip and 'skipped' or result.todo and 'todo' or result.ok and 'passed' or 'failed'
    summary[kind] = summary[kind] + 1
  end
  if #record.problems > 0 then
    table.insert(record.results, {
      name = '(whole file)', ok = false, why = { table.concat(record.problems, '\n') },
      output = record.lastOutput or {},
    })
    summary.failed = summary.failed + 1
  end
  summary.files = summary.files + 1
  table.insert(summary.records, record)
end

---Runs files and calls back when all have ended or `stop` was called.
---@param paths string[]
---@param options luvit.testRunner.options
---@param reporter { file: fun(record: luvit.testRunner.record) }
---@param coverage? luvit.testRunner.Coverage
---@param done fun(summary: table)
---@return fun(reason: string) stop
local function runFiles(paths, options, reporter, coverage, done)
  local start = require('test-runner/file')
  local summary = newSummary()
  local running, next_, stopped = {}, 1, nil
  local active = 0
  local fill

  local function stop(reason)
    if stopped then return end
    stopped = reason
    summary.stopped = reason
    for file in pairs(running) do
      file.stopped = true
      file:kill()
    end
  end

  local function startFile(path, firstHang)
    local file
    file = start(path, {
      timeout = options.timeout, filter = options.filter, bail = options.bail,
      coverage = coverage and coverage:newFile(), interpret = firstHang ~= nil,
    }, function(record)
      running[file] = nil
      -- In LuaJIT's interpreter `tap` can interrupt the loop, and say where it is.
      if record.hungIn and not firstHang and not stopped then return startFile(path, record.problems[1]) end
      if firstHang and not record.hungIn and not record.hasFailed then
        table.insert(record.problems, 1, firstHang .. '; run again without the JIT compiler, it ended')
      end
      active = active - 1
      -- Killed because another one failed, or the user ended the run: nothing is known of it.
      if not (file.stopped and stopped == 'failure') then
        if options.filter then applyFilter(record, options.filter) end
        count(summary, record)
        reporter.file(record)
        if options.bail and summary.failed > 0 then stop('failure') end
      end
      fill()
    end)
    running[file] = true
  end

  function fill()
    while not stopped and active < options.jobs and next_ <= #paths do
      active, next_ = active + 1, next_ + 1
      startFile(paths[next_ - 1])
    end
    if active == 0 and not summary.ended then
      summary.ended = true
      summary.ms = (uv.hrtime() - summary.started) / 1e6
      summary.notRun = #paths - (next_ - 1)
      done(summary)
    end
  end

  fill()
  return stop
end

local function exitCode(summary)
  local total = summary.passed + summary.failed + summary.todo + summary.skipped
  return (summary.failed > 0 or total == 0) and 1 or 0
end

local function writeFile(path, text)
  local fd, err = uv.fs_open(path, 'w', 420)
  if not fd then return err end
  local _
  _, err = uv.fs_write(fd, text)
  uv.fs_close(fd)
  return err
end

-- One run with all that is told of it. Returns the function that stops it.
local function runOnce(paths, options, done)
  local reporter = require('test-runner/reporters/' .. options.reporter)()
  local coverage = options.coverage and require('test-runner/coverage').new() or nil
  reporter.start()
  return runFiles(paths, options, reporter, coverage, function(summary)
    local code = exitCode(summary)
    code = SIGNAL_CODES[summary.stopped] or code
    reporter.finish(summary)
    if options.junit then
      local err = writeFile(options.junit, require('test-runner/junit')(summary))
      if err then
        complain(err)
        code = code == 0 and 1 or code
      end
    end
    if coverage then
      local report = coverage:finish(paths)
      reporter.text(report:table())
      local err = options.lcov and writeFile(options.lcov, report:lcov())
      if err then
        complain(err)
        code = code == 0 and 1 or code
      end
    end
    done(code)
  end)
end

---Runs `luvit test` with its words. The exit code is in `process.exitCode` when the program ends.
---@param words string[]
function runner.run(words)
  local parser = require('test-runner/options')
  local options, err = parser.parse(words)
  if not options then
    complain(err .. "\nTry 'luvit test --help'.")
    process.exitCode = 2
    return
  end
  if options.help then
    io.stdout:write(parser.usage)
    return
  end
  local files = require('test-runner/files')
  local paths
  paths, err = files.find(options.names)
  if not paths then
    complain(err)
    process.exitCode = 2
    return
  end
  if #paths == 0 and not options.watch then
    complain('there are no tests here')
    process.exitCode = 1
    return
  end

  local stop, watch
  local watchers = {}
  local function close()
    while #watchers > 0 do table.remove(watchers):close() end
  end
  for name in pairs(SIGNAL_CODES) do
    local watcher = uv.new_signal()
    -- A system that does not know one goes without.
    if watcher:start(name, function()
      if stop then stop(name) end
      if watch then watch:close() end
      -- Another one ends the program as the system does it.
      close()
    end) then
      table.insert(watchers, watcher)
    else
      watcher:close()
    end
  end

  -- An error here, of a reader that has left for one, leaves no tests running.
  process:on('exit', function()
    if stop then stop('exit') end
  end)

  if options.watch then
    watch = require('test-runner/watch')(function(changed, done)
      local list = files.find(options.names) or {}
      stop = runOnce(watch:affected(list, changed), options, function(code)
        stop = nil
        process.exitCode = code
        done()
      end)
    end, function(reason)
      if stop then stop(reason) end
      close()
    end)
    watch:start()
  else
    stop = runOnce(paths, options, function(code)
      process.exitCode = code
      close()
    end)
  end
end

return runner
