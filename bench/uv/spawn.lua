-- Processes started and waited for: /bin/true, which does nothing. `cpu` has what the parent uses, not its children.

package.path = debug.getinfo(1, 'S').source:match('^@(.*[/\\])') .. '?.lua;' .. package.path
local measure = require('measure')
local uv = measure.uv

local BALLAST = 256 * 1024 * 1024

---Starts `count` children and waits for all of them.
local function children(count)
  return function()
    for _ = 1, count do
      local child
      child = assert(uv.spawn('/bin/true', {}, function(code)
        assert(code == 0)
        child:close()
      end))
    end
    uv.run()
    return count
  end
end

measure.calls('spawn, one after another', 'children/s', children(1))
measure.calls('spawn, 100 at once', 'children/s', children(100))

local ffi = require('ffi')
local ballast = ffi.new('char[?]', BALLAST)
ffi.fill(ballast, BALLAST, 1)
measure.calls('spawn, from a process of 256 MB', 'children/s', children(1))
assert(ballast[BALLAST - 1] == 1)
