---@meta assert

-- Made by scripts/reference.lua of crates/luvit/lua/assert/. Change it there.

-- Assertions that say what they found. The module can be called as Lua's own `assert`, which stays as it is.
--
-- A failed assertion raises a string that begins with the position of the caller, as `error` does. What was expected is
-- marked with `-`, what was found with `+`.

---@class luvit.assert
---@overload fun(value: any, message?: any, ...: any): any
local assert = {}

---Fails.
---@param message? any `"failed"`
function assert.fail(message) end

---Checks that a value is neither `nil` nor `false`.
---@generic T
---@param value T
---@param message? any what to say before the reason
---@return T value
function assert.ok(value, message) end

---Checks that two values are the same one: `==`, but NaN is equal to itself. Tables are the same only as objects; see
---`deepEqual`. Strings of several lines are shown as a diff.
---@param actual any
---@param expected any
---@param message? any what to say before the reason
function assert.equal(actual, expected, message) end

---The same as `equal`.
---@param actual any
---@param expected any
---@param message? any what to say before the reason
function assert.strictEqual(actual, expected, message) end

---Checks that two values are not the same one.
---@param actual any
---@param unexpected any
---@param message? any what to say before the reason
function assert.notEqual(actual, unexpected, message) end

---Checks that two values have equal contents. Tables are equal if they have the same metatable, equal keys, and deeply
---equal values behind them; where both have the same `__eq`, that decides. Cycles are followed, NaN is equal to itself.
---Contents are raw: neither `__index` nor `__pairs` is asked.
---@param actual any
---@param expected any
---@param message? any what to say before the reason
function assert.deepEqual(actual, expected, message) end

---As `deepEqual`, but metatables do not matter.
---@param actual any
---@param expected any
---@param message? any what to say before the reason
function assert.same(actual, expected, message) end

---Checks that two values differ somewhere, as `deepEqual` compares.
---@param actual any
---@param unexpected any
---@param message? any what to say before the reason
function assert.notDeepEqual(actual, unexpected, message) end

---Checks that a Lua pattern occurs in a string.
---@param text string
---@param pattern string
---@param message? any what to say before the reason
---@return string ... # the captures
function assert.match(text, pattern, message) end

---Checks that a Lua pattern does not occur in a string.
---@param text string
---@param pattern string
---@param message? any what to say before the reason
function assert.notMatch(text, pattern, message) end

---Checks that a function raises an error. It may wait, if the caller is a coroutine.
---@param fn fun()
---@param expected? string|fun(err: any): any|any what the error's text contains, or matches as a Lua pattern; or a
---function that is asked; or a value deeply equal to the error
---@param message? any what to say before the reason
---@return any err the error
function assert.throws(fn, expected, message) end

---Checks that a function raises no error. It may wait, if the caller is a coroutine.
---@param fn fun(): ...
---@param message? any what to say before the reason
---@return any ... # what the function returned
function assert.doesNotThrow(fn, message) end

return assert
