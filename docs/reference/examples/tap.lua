-- Tests with hooks, a callback and a wait. `luvit test FILE` runs them; so does `luvit FILE`, as here.
local assert = require('assert')
local tap = require('tap')
local timer = require('timer')

local describe, it = tap.describe, tap.it

describe('a stack', function()
  local stack = {}

  tap.beforeEach(function() stack = {} end)

  it('gives back what came last', function()
    table.insert(stack, 'a')
    table.insert(stack, 'b')
    assert.equal(table.remove(stack), 'b')
  end)

  it('may be filled later', function(expect)
    timer.setTimeout(1, expect(function() table.insert(stack, 'late') end))
    timer.sleep(5)
    assert.deepEqual(stack, { 'late' })
    print('a test that prints makes comments')
  end)

  it.skip('sorts itself', function() end)
end)

--> 1..3
--> ok 1 - a stack > gives back what came last
--> # a test that prints makes comments
--> ok 2 - a stack > may be filled later
--> ok 3 - a stack > sorts itself # SKIP
