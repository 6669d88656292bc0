-- Which tests of a file run, in which order, with which hooks around them.

local report = require('tap/report')
local matches = require('tap/matches')
local newUnit = require('tap/unit')
local uv = require('uv')

local function isSuite(entry) return entry.entries ~= nil end

local function hasOnly(suite)
  for _, entry in ipairs(suite.entries) do
    if entry.only or isSuite(entry) and hasOnly(entry) then return true end
  end
  return false
end

-- What a group says for all in it, and what its own tests say.
local function inherited(test, field)
  if test[field] then return test[field] end
  local suite = test.suite
  while suite do
    local value = suite[field] or suite.options[field]
    if value then return value end
    suite = suite.parent
  end
end

---Marks the tests that run.
---@return integer selected, integer total
local function choose(suite, settings, path, byOnly, inOnly)
  local selected, total = 0, 0
  for _, entry in ipairs(suite.entries) do
    local name = path and path .. ' > ' .. entry.name or entry.name
    if isSuite(entry) then
      -- A group that is `only` means all of it, unless something in it says so more exactly.
      local whole = inOnly
      if entry.only then whole = true end
      if whole and hasOnly(entry) then whole = false end
      local some, all = choose(entry, settings, name, byOnly, whole)
      entry.selected = some
      selected, total = selected + some, total + all
    else
      total = total + 1
      entry.fullName = name
      local wanted = not byOnly or entry.only or inOnly
      if wanted and settings.filter then wanted = matches(name, settings.filter) end
      entry.chosen = wanted
      if wanted then selected = selected + 1 end
    end
  end
  return selected, total
end

local function hasAfterEach(suite)
  while suite do
    if #suite.afterEach > 0 then return true end
    suite = suite.parent
  end
  return false
end

local function reason(value) return type(value) == 'string' and value or '' end

---Runs the tests of a file.
---@param root table
---@param settings luvit.tap.settings
---@return integer failed
return function(root, settings)
  local selected, total = choose(root, settings, nil, hasOnly(root), false)
  if selected == 0 then
    report.line('1..0 # SKIP no test matches')
    return 0
  end
  report.line('1..' .. selected)
  if selected < total then report.comment(('%d of %d tests are left out'):format(total - selected, total)) end

  local number, failed, bailed = 0, 0, false
  -- The result of the last test, which a hook after it may still change.
  local pending, started

  local function flush()
    if not pending then return end
    number = number + 1
    if settings.progress then report.event({ ended = number, ms = (uv.hrtime() - started) / 1e6 }) end
    report.result(number, pending)
    if pending.err and not pending.todo then
      failed = failed + 1
      if settings.bail then
        bailed = true
        report.line('Bail out! ' .. pending.name:gsub('[\r\n]+', ' '))
      end
    end
    pending = nil
  end

  -- All that tidy up are called, those that prepare up to the first failure.
  local function runHooks(unit, hooks, what)
    local ok = true
    for _, fn in ipairs(hooks) do
      ok = unit:drive(fn, what) and ok
      if not ok and what:find('^before') then break end
    end
    return ok
  end

  local function eachHook(unit, suite, kind)
    local chain = {}
    while suite do
      table.insert(chain, kind == 'beforeEach' and 1 or #chain + 1, suite)
      suite = suite.parent
    end
    for _, level in ipairs(chain) do
      if not runHooks(unit, level[kind], kind) and kind == 'beforeEach' then return false end
    end
    return true
  end

  local function runTest(test, brokenBy)
    flush()
    if bailed then return end
    started = uv.hrtime()
    local outcome = { name = test.fullName }
    pending = outcome
    local skip, todo = inherited(test, 'skip'), inherited(test, 'todo')
    if todo then outcome.todo = reason(todo) end
    if skip or not test.fn then
      if skip then outcome.skip, outcome.todo = reason(skip), nil end
      return
    end
    local at = ('%s:%d'):format(test.at.short_src, test.at.currentline)
    local timeout = inherited(test, 'timeout') or settings.timeout
    if settings.progress then
      report.event({ started = number + 1, name = test.fullName, timeout = timeout, at = at })
    end
    if brokenBy then
      outcome.err, outcome.skip = brokenBy.err, brokenBy.skipped
      return
    end
    local unit = newUnit(test.fullName, timeout)
    unit.needsDraining = hasAfterEach(test.suite)
    if eachHook(unit, test.suite, 'beforeEach') then unit:drive(test.fn, nil, not unit.needsDraining) end
    unit:cleanUp()
    eachHook(unit, test.suite, 'afterEach')
    unit:finish()
    outcome.err, outcome.skip = unit.err, unit.skipped
    if outcome.skip then outcome.todo = nil end
  end

  local function runSuite(suite, brokenBy)
    local hooked = #suite.before > 0 or #suite.after > 0
    local outer = hooked and newUnit(suite.name or 'hooks', suite.options.timeout or settings.timeout)
    if outer and not brokenBy and not suite.skip then
      flush()
      if bailed then return end
      if not runHooks(outer, suite.before, 'before') then brokenBy = { err = outer.err, skipped = outer.skipped } end
    end
    for _, entry in ipairs(suite.entries) do
      if bailed then break end
      if isSuite(entry) then
        if entry.selected > 0 then runSuite(entry, brokenBy) end
      elseif entry.chosen then
        runTest(entry, brokenBy)
      end
    end
    if outer and not suite.skip then
      outer.err, outer.skipped, outer.needsDraining = nil, nil, true
      runHooks(outer, suite.after, 'after')
      outer:finish()
      if pending and outer.err then
        pending.err = report.join(pending.err, outer.err)
        pending.skip, pending.todo = nil, nil
      end
    end
  end

  runSuite(root)
  flush()
  if failed > 0 and not settings.progress then report.comment(('%d of %d tests failed'):format(failed, selected)) end
  return failed
end
