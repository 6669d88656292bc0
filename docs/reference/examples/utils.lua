local utils = require('utils')
local timer = require('timer')

-- A method as a callback.
local counter = { count = 0 }
function counter:add(n) self.count = self.count + n end
local add = utils.bind(counter.add, counter)
add(2)
add(3)
print(counter.count)                       --> 5

-- A function that calls back …
local function divide(a, b, callback)
  timer.setTimeout(1, callback, b == 0 and 'EDOM: division by zero' or nil, a / b)
end

-- … called as whoever calls likes: with a callback, or in a coroutine, which waits.
utils.adapt(function(err, result) print('called back', err, result) end, divide, 1, 4)

local me = coroutine.running()
print(utils.adapt(me, divide, 6, 3))       --> called back	nil	0.25
                                           --> 2
print(utils.adapt(me, divide, 1, 0))       --> nil	EDOM: division by zero	EDOM

-- An error in a coroutine, with the stack it was raised on.
local function broken() error('deep inside') end
local ok, err = pcall(utils.assertResume, coroutine.create(broken))
print(ok, tostring(err):match('deep inside'), tostring(err):match("function 'error'"))  --> false	deep inside	function 'error'

-- Values as text; the rest of `pretty-print` is here, too.
print(utils.dump({ 1, 'two', { three = true } }, false, true))  --> { 1, 'two', { three = true } }
