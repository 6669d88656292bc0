-- Assertions that say what they found. The module can be called as Lua's own `assert`, which stays as it is.
--
-- A failed assertion raises a string that begins with the position of the caller, as `error` does. What was expected is
-- marked with `-`, what was found with `+`.

local luaAssert = assert

---@class luvit.assert
---@overload fun(value: any, message?: any, ...: any): any
local assert = {}

local function inspect(value) return require('assert/dump').inline(value) end

local function textOf(message)
  return type(message) == 'table' and inspect(message) or tostring(message)
end

-- Every caller is a function of this module that its user called: level 3 from here.
local function raise(detail, message)
  if message ~= nil then detail = textOf(message) .. '\n' .. detail end
  error(detail, 3)
end

local function isSame(a, b)
  return require('assert/equal').isSame(a, b)
end

---Fails.
---@param message? any `"failed"`
function assert.fail(message)
  raise(message == nil and 'failed' or textOf(message))
end

---Checks that a value is neither `nil` nor `false`.
---@generic T
---@param value T
---@param message? any what to say before the reason
---@return T value
function assert.ok(value, message)
  if not value then raise('expected a true value, got ' .. inspect(value), message) end
  return value
end

---Checks that two values are the same one: `==`, but NaN is equal to itself. Tables are the same only as objects; see
---`deepEqual`. Strings of several lines are shown as a diff.
---@param actual any
---@param expected any
---@param message? any what to say before the reason
function assert.equal(actual, expected, message)
  if not isSame(actual, expected) then raise(require('assert/message').notEqual(actual, expected), message) end
end

---The same as `equal`.
---@param actual any
---@param expected any
---@param message? any what to say before the reason
function assert.strictEqual(actual, expected, message)
  if not isSame(actual, expected) then raise(require('assert/message').notEqual(actual, expected), message) end
end

---Checks that two values are not the same one.
---@param actual any
---@param unexpected any
---@param message? any what to say before the reason
function assert.notEqual(actual, unexpected, message)
  if isSame(actual, unexpected) then raise('expected another value than ' .. inspect(actual), message) end
end

---Checks that two values have equal contents. Tables are equal if they have the same metatable, equal keys, and deeply
---equal values behind them; where both have the same `__eq`, that decides. Cycles are followed, NaN is equal to itself.
---Contents are raw: neither `__index` nor `__pairs` is asked.
---@param actual any
---@param expected any
---@param message? any what to say before the reason
function assert.deepEqual(actual, expected, message)
  local difference = require('assert/equal').compare(actual, expected, false)
  if difference then raise(require('assert/message').notDeepEqual(actual, expected, difference), message) end
end

---As `deepEqual`, but metatables do not matter.
---@param actual any
---@param expected any
---@param message? any what to say before the reason
function assert.same(actual, expected, message)
  local difference = require('assert/equal').compare(actual, expected, true)
  if difference then raise(require('assert/message').notDeepEqual(actual, expected, difference), message) end
end

---Checks that two values differ somewhere, as `deepEqual` compares.
---@param actual any
---@param unexpected any
---@param message? any what to say before the reason
function assert.notDeepEqual(actual, unexpected, message)
  if not require('assert/equal').compare(actual, unexpected, false) then
    raise('expected something else than\n' .. require('assert/message').shown(actual), message)
  end
end

local function checkString(value, name, method)
  if type(value) ~= 'string' then
    error(("bad argument '%s' to '%s' (string expected, got %s)"):format(name, method, type(value)), 3)
  end
end

local function checkFunction(value, method)
  if type(value) ~= 'function' and not (getmetatable(value) or {}).__call then
    error(("bad argument 'fn' to '%s' (function expected, got %s)"):format(method, type(value)), 3)
  end
end

---Checks that a Lua pattern occurs in a string.
---@param text string
---@param pattern string
---@param message? any what to say before the reason
---@return string ... # the captures
function assert.match(text, pattern, message)
  checkString(pattern, 'pattern', 'match')
  if type(text) ~= 'string' then raise('expected a string, got ' .. inspect(text), message) end
  local found = { text:match(pattern) }
  if found[1] == nil then
    raise(('expected a match of %s in %s'):format(inspect(pattern), inspect(text)), message)
  end
  return unpack(found)
end

---Checks that a Lua pattern does not occur in a string.
---@param text string
---@param pattern string
---@param message? any what to say before the reason
function assert.notMatch(text, pattern, message)
  checkString(pattern, 'pattern', 'notMatch')
  if type(text) ~= 'string' then raise('expected a string, got ' .. inspect(text), message) end
  if text:find(pattern) then
    raise(('expected no match of %s in %s'):format(inspect(pattern), inspect(text)), message)
  end
end

local function isExpectedError(err, expected)
  if type(expected) == 'function' then return expected(err) end
  if type(expected) ~= 'string' then return not require('assert/equal').compare(err, expected, false) end
  local text = tostring(err)
  if text:find(expected, 1, true) then return true end
  -- Text that is no pattern is only looked for as it is.
  local ok, found = pcall(string.find, text, expected)
  return ok and found
end

---Checks that a function raises an error. It may wait, if the caller is a coroutine.
---@param fn fun()
---@param expected? string|fun(err: any): any|any what the error's text contains, or matches as a Lua pattern; or a
---function that is asked; or a value deeply equal to the error
---@param message? any what to say before the reason
---@return any err the error
function assert.throws(fn, expected, message)
  checkFunction(fn, 'throws')
  local ok, err = pcall(fn)
  if ok then raise('expected an error, but none was raised', message) end
  if expected ~= nil and not isExpectedError(err, expected) then
    if type(expected) == 'function' then raise('expected another error, got ' .. inspect(err), message) end
    raise(('expected an error like %s, got %s'):format(inspect(expected), inspect(err)), message)
  end
  return err
end

---Checks that a function raises no error. It may wait, if the caller is a coroutine.
---@param fn fun(): ...
---@param message? any what to say before the reason
---@return any ... # what the function returned
function assert.doesNotThrow(fn, message)
  checkFunction(fn, 'doesNotThrow')
  local results = { xpcall(fn, function(err)
    return { err = err, stack = require('tap/stack')(debug.traceback('', 2)) }
  end) }
  if results[1] then return unpack(results, 2, table.maxn(results)) end
  local caught = results[2]
  if type(caught) ~= 'table' or not caught.stack then caught = { err = caught, stack = '' } end
  raise(('expected no error, got %s\n%s'):format(inspect(caught.err), caught.stack), message)
end

return setmetatable(assert, {
  __call = function(_, ...) return luaAssert(...) end,
})
