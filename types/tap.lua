---@meta tap

-- Made by scripts/reference.lua of crates/luvit/lua/tap/. Change it there.

-- Tests that speak TAP, the Test Anything Protocol: in luvit's shape, or with `describe` and `it`.
--
-- luvit's shape is a call of the module: `require('tap')(function(test) test('name', function(expect, uv) … end) end)`,
-- where `test` is `it`. After `tap(false)` the tests of such calls gather until `tap(true)` runs them.
--
-- A test is a coroutine: it may wait. When it has returned, the event loop runs until nothing that it opened is alive.
-- A handle that is still open then, an error in a callback and a changed working folder fail it. `luvit test` runs many
-- files of tests; a file run by itself prints the same, and exits with 1 if a test failed. docs/testing.md is the guide.

---Wraps a callback that has to be called before the test ends: exactly `count` times, or at least once without a count.
---@alias luvit.tap.expect fun(fn: function, count?: integer): function

---The function of a test or hook.
---@alias luvit.tap.body fun(expect: luvit.tap.expect, uv: uv, context: luvit.tap.context)

---@class luvit.tap.options
---@field timeout? integer how long the test may take, in milliseconds; 60000, or what `configure` says
---@field skip? boolean|string do not run it; a string says why
---@field todo? boolean|string it is known to fail, and may
---@field only? boolean run only this one and others that say so

---@class luvit.tap.context
---@field name string its full name
---@field skip fun(reason?: string) ends the test as skipped
---@field after fun(fn: fun()) calls `fn` when the test is over, whatever became of it; the last one first

---@class luvit.tap.settings
---@field timeout? integer how long each test may take, in milliseconds (60000)
---@field filter? string run only tests whose full name contains this text or matches this Lua pattern
---@field bail? boolean end after the first test that fails
---@field progress? boolean tell a test runner, in comments, when tests begin and how long they took

---Defines tests: the value is called, or one of its fields.
---@class luvit.tap.it
---@overload fun(name: string, options?: luvit.tap.options|luvit.tap.body, fn?: luvit.tap.body)
local it = {}

---A test that is not run.
---@param name string
---@param options? luvit.tap.options|luvit.tap.body
---@param fn? luvit.tap.body
function it.skip(name, options, fn) end

---A test that may fail: it is reported, and fails nothing. Without a function it is a note.
---@param name string
---@param options? luvit.tap.options|luvit.tap.body
---@param fn? luvit.tap.body
function it.todo(name, options, fn) end

---A test that is run while all others of the file, unless they say the same, are left out.
---@param name string
---@param options? luvit.tap.options|luvit.tap.body
---@param fn? luvit.tap.body
function it.only(name, options, fn) end

---Groups tests: the value is called, or one of its fields.
---@class luvit.tap.describe
---@overload fun(name: string, options?: luvit.tap.options|fun(), fn?: fun())
local describe = {}

---A group whose tests are not run.
---@param name string
---@param options? luvit.tap.options|fun()
---@param fn? fun()
function describe.skip(name, options, fn) end

---A group whose tests may fail.
---@param name string
---@param options? luvit.tap.options|fun()
---@param fn? fun()
function describe.todo(name, options, fn) end

---A group whose tests are run while others, unless they say the same, are left out.
---@param name string
---@param options? luvit.tap.options|fun()
---@param fn? fun()
function describe.only(name, options, fn) end

---The module is a function, as in luvit 2: `tap(function(test) test('name', function(expect, uv) … end) end)` defines
---tests and runs them. After `tap(false)`, or `tap('prefix')`, which goes in front of the names, they only gather, until
---`tap(true)` runs them. Running returns what `run` does.
---@class luvit.tap
---@overload fun(suite?: boolean|string|fun(test: luvit.tap.it)): boolean?, integer?
---@field describe luvit.tap.describe Groups tests: `describe(name, options?, fn)`. `fn` is called at once and defines tests, hooks and inner groups. The options hold for all tests in it. Groups run by themselves when the file has been read.
---@field it luvit.tap.it Defines a test: `it(name, options?, fn)`. `fn` gets `expect`, `uv` and a context. `expect(callback, count)` wraps a callback that has to be called before the test ends: exactly `count` times, or at least once without a count. Tests run by themselves when the file has been read.
---@field test luvit.tap.it The same as `it`.
local tap = {}

---Calls a function before the first test of the group. It may wait, and leave handles open that `after` closes. If it
---fails, so do the group's tests.
---@param fn luvit.tap.body
function tap.before(fn) end

---Calls a function after the last test of the group. An error in it fails that test.
---@param fn luvit.tap.body
function tap.after(fn) end

---Calls a function before each test of the group and of groups in it; those of outer groups first.
---@param fn luvit.tap.body
function tap.beforeEach(fn) end

---Calls a function after each test of the group and of groups in it, whatever became of it; those of inner groups
---first.
---@param fn luvit.tap.body
function tap.afterEach(fn) end

---Settings for all tests of the file. `luvit test` makes them from its options.
---@param options luvit.tap.settings
function tap.configure(options) end

---Runs the tests collected so far and prints the results. With a failure the exit code of the process is 1.
---@return boolean passed, integer failed how many tests failed
function tap.run() end

return tap
