-- Tests that speak TAP, the Test Anything Protocol: in luvit's shape, or with `describe` and `it`.
--
-- luvit's shape is a call of the module: `require('tap')(function(test) test('name', function(expect, uv) … end) end)`,
-- where `test` is `it`. After `tap(false)` the tests of such calls gather until `tap(true)` runs them.
--
-- A test is a coroutine: it may wait. When it has returned, the event loop runs until nothing that it opened is alive.
-- A handle that is still open then, an error in a callback and a changed working folder fail it. `luvit test` runs many
-- files of tests; a file run by itself prints the same, and exits with 1 if a test failed. docs/testing.md is the guide.

local report = require('tap/report')

---@class luvit.tap.options
---@field timeout? integer how long the test may take, in milliseconds; 60000, or what `configure` says
---@field skip? boolean|string do not run it; a string says why
---@field todo? boolean|string it is known to fail, and may
---@field only? boolean run only this one and others that say so

---@class luvit.tap.context what a test gets as its third argument
---@field name string its full name
---@field skip fun(reason?: string) ends the test as skipped
---@field after fun(fn: fun()) calls `fn` when the test is over, whatever became of it; the last one first

---Wraps a callback that has to be called before the test ends: exactly `count` times, or at least once without a count.
---@alias luvit.tap.expect fun(fn: function, count?: integer): function
---The function of a test or hook.
---@alias luvit.tap.body fun(expect: luvit.tap.expect, uv: uv, context: luvit.tap.context)

---The module is a function, as in luvit 2: `tap(function(test) test('name', function(expect, uv) … end) end)` defines
---tests and runs them. After `tap(false)`, or `tap('prefix')`, which goes in front of the names, they only gather, until
---`tap(true)` runs them. Running returns what `run` does.
---@class luvit.tap
---@overload fun(suite?: boolean|string|fun(test: luvit.tap.it)): boolean?, integer?
local tap = {}

local function newSuite(name, parent, options)
  return {
    name = name, parent = parent, options = options, entries = {},
    before = {}, after = {}, beforeEach = {}, afterEach = {},
  }
end

local root = newSuite(nil, nil, {})
local current = root
-- What `tap("name")` puts before the names of the next suite, and whether `tap(fn)` runs what it collects.
local prefix, single = nil, true
local starter, hasRun
-- Whether a function given to `tap(fn)` is defining tests, which run when `tap` says so.
local collecting = false

-- The caller of this is called by what the user calls: level 4 from here.
local function checkType(value, kind, name, method)
  if type(value) ~= kind then
    error(("bad argument '%s' to '%s' (%s expected, got %s)"):format(name, method, kind, type(value)), 4)
  end
end

local function checkOpen(method, level)
  if hasRun then error(method .. ': the tests of this file run already; define all of them before', level or 4) end
end

-- Tests that nobody runs explicitly run when the file has been read: in the first turn of the event loop.
local function startLater()
  if starter then return end
  local uv = require('uv')
  starter = uv.new_timer()
  starter:start(0, 0, function() tap.run() end)
end

local function readOptions(options, fn, method)
  if type(options) == 'function' and fn == nil then return {}, options end
  if options == nil then options = {} end
  if type(options) ~= 'table' then
    error(("bad argument 'options' to '%s' (table expected, got %s)"):format(method, type(options)), 4)
  end
  if options.timeout ~= nil and type(options.timeout) ~= 'number' then
    error(("bad argument 'options.timeout' to '%s' (number expected, got %s)"):format(method, type(options.timeout)), 4)
  end
  return options, fn
end

local function addTest(method, name, options, fn, mark)
  checkType(name, 'string', 'name', method)
  checkOpen(method)
  options, fn = readOptions(options, fn, method)
  local test = {
    name = prefix and prefix .. ' - ' .. name or name, fn = fn, suite = current,
    timeout = options.timeout, skip = options.skip, todo = options.todo, only = options.only,
    at = debug.getinfo(3, 'Sl'),
  }
  if mark then test[mark] = true end
  if type(fn) ~= 'function' and not (fn == nil and (test.skip or test.todo)) then
    error(("bad argument 'fn' to '%s' (function expected, got %s)"):format(method, type(fn)), 3)
  end
  table.insert(current.entries, test)
  if not collecting then startLater() end
end

local function addSuite(method, name, options, fn, mark)
  checkType(name, 'string', 'name', method)
  checkOpen(method)
  options, fn = readOptions(options, fn, method)
  checkType(fn, 'function', 'fn', method)
  local suite = newSuite(name, current, options)
  if mark then suite[mark] = true end
  for _, key in ipairs({ 'skip', 'todo', 'only' }) do suite[key] = suite[key] or options[key] end
  table.insert(current.entries, suite)
  local outer = current
  current = suite
  local ok, err = xpcall(fn, report.handler)
  current = outer
  if not ok then error(report.describe(err), 0) end
  startLater()
end

---Defines tests: the value is called, or one of its fields.
---@class luvit.tap.it
---@overload fun(name: string, options?: luvit.tap.options|luvit.tap.body, fn?: luvit.tap.body)
local it = {}

---A test that is not run.
---@param name string
---@param options? luvit.tap.options|luvit.tap.body
---@param fn? luvit.tap.body
function it.skip(name, options, fn) addTest('skip', name, options, fn, 'skip') end

---A test that may fail: it is reported, and fails nothing. Without a function it is a note.
---@param name string
---@param options? luvit.tap.options|luvit.tap.body
---@param fn? luvit.tap.body
function it.todo(name, options, fn) addTest('todo', name, options, fn, 'todo') end

---A test that is run while all others of the file, unless they say the same, are left out.
---@param name string
---@param options? luvit.tap.options|luvit.tap.body
---@param fn? luvit.tap.body
function it.only(name, options, fn) addTest('only', name, options, fn, 'only') end

setmetatable(it, { __call = function(_, name, options, fn) addTest('test', name, options, fn) end })

---Groups tests: the value is called, or one of its fields.
---@class luvit.tap.describe
---@overload fun(name: string, options?: luvit.tap.options|fun(), fn?: fun())
local describe = {}

---A group whose tests are not run.
---@param name string
---@param options? luvit.tap.options|fun()
---@param fn? fun()
function describe.skip(name, options, fn) addSuite('skip', name, options, fn, 'skip') end

---A group whose tests may fail.
---@param name string
---@param options? luvit.tap.options|fun()
---@param fn? fun()
function describe.todo(name, options, fn) addSuite('todo', name, options, fn, 'todo') end

---A group whose tests are run while others, unless they say the same, are left out.
---@param name string
---@param options? luvit.tap.options|fun()
---@param fn? fun()
function describe.only(name, options, fn) addSuite('only', name, options, fn, 'only') end

setmetatable(describe, { __call = function(_, name, options, fn) addSuite('describe', name, options, fn) end })

---Groups tests: `describe(name, options?, fn)`. `fn` is called at once and defines tests, hooks and inner groups. The
---options hold for all tests in it. Groups run by themselves when the file has been read.
---@type luvit.tap.describe
tap.describe = describe

---Defines a test: `it(name, options?, fn)`. `fn` gets `expect`, `uv` and a context. `expect(callback, count)` wraps a
---callback that has to be called before the test ends: exactly `count` times, or at least once without a count. Tests
---run by themselves when the file has been read.
---@type luvit.tap.it
tap.it = it

---The same as `it`.
---@type luvit.tap.it
tap.test = it

local function addHook(kind, fn)
  checkType(fn, 'function', 'fn', kind)
  checkOpen(kind)
  table.insert(current[kind], fn)
end

---Calls a function before the first test of the group. It may wait, and leave handles open that `after` closes. If it
---fails, so do the group's tests.
---@param fn luvit.tap.body
function tap.before(fn) addHook('before', fn) end

---Calls a function after the last test of the group. An error in it fails that test.
---@param fn luvit.tap.body
function tap.after(fn) addHook('after', fn) end

---Calls a function before each test of the group and of groups in it; those of outer groups first.
---@param fn luvit.tap.body
function tap.beforeEach(fn) addHook('beforeEach', fn) end

---Calls a function after each test of the group and of groups in it, whatever became of it; those of inner groups
---first.
---@param fn luvit.tap.body
function tap.afterEach(fn) addHook('afterEach', fn) end

---@class luvit.tap.settings
---@field timeout? integer how long each test may take, in milliseconds (60000)
---@field filter? string run only tests whose full name contains this text or matches this Lua pattern
---@field bail? boolean end after the first test that fails
---@field progress? boolean tell a test runner, in comments, when tests begin and how long they took

local settings = { timeout = 60000 }

---Settings for all tests of the file. `luvit test` makes them from its options.
---@param options luvit.tap.settings
function tap.configure(options)
  if type(options) ~= 'table' then
    error(("bad argument 'options' to 'configure' (table expected, got %s)"):format(type(options)), 2)
  end
  for name, value in pairs(options) do settings[name] = value end
end

---Runs the tests collected so far and prints the results. With a failure the exit code of the process is 1.
---@return boolean passed, integer failed how many tests failed
function tap.run()
  if hasRun then error('the tests of this file have run already', 2) end
  hasRun = true
  if starter then starter:close() end
  if #root.entries == 0 then error('no tests in this file', 2) end
  local failed = require('tap/schedule')(root, settings)
  if failed > 0 then process.exitCode = 1 end
  return failed == 0, failed
end

return setmetatable(tap, {
  __call = function(_, suite)
    if type(suite) == 'function' then
      checkOpen('tap', 3)
      local outer = collecting
      collecting = true
      suite(it)
      collecting, prefix = outer, nil
    elseif type(suite) == 'string' then
      prefix, single = suite, false
    else
      single = suite
    end
    if single then return tap.run() end
  end,
})
