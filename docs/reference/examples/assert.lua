-- Assertions return what is useful, and say exactly what they found when they fail.
local assert = require('assert')

-- As Lua's own.
local file = assert(io.open(args[1]))
file:close()

assert.equal(1 + 1, 2)
assert.deepEqual({ name = 'x', list = { 1, 2 } }, { list = { 1, 2 }, name = 'x' })

local year, month = assert.match('2012-04-20', '^(%d+)%-(%d+)')
print(year, month) --> 2012	04

local err = assert.throws(function() error('no such thing', 0) end, 'no such')
print(err) --> no such thing

local ok, why = pcall(assert.deepEqual, { name = 'x', list = { 1, 2, 4 } }, { name = 'x', list = { 1, 2, 3 } })
print(ok) --> false
print(why)
--> tables differ at .list[3]: expected 3, got 4
-->   (- expected, + actual)
-->     {
-->       list = {
-->         1,
-->         2,
-->   -     3,
-->   +     4,
-->       },
-->       name = 'x',
-->     }
