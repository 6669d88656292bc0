-- The other side of `thread.work`: runs its functions on a thread of the pool, in that thread's Lua state.

local compile = require('luvit:compile')

-- As many functions stay compiled.
local MOST_COMPILED = 256
local MOST_VALUES = 8

local compiled, count = {}, 0

local function load(code)
  local fn = compiled[code]
  if fn then return fn end
  local err
  fn, err = compile(code)
  if not fn then return nil, err end
  if count == MOST_COMPILED then compiled, count = {}, 0 end
  compiled[code], count = fn, count + 1
  return fn
end

local CROSSES = { ['nil'] = true, boolean = true, number = true, string = true, userdata = true }

local function finish(ok, ...)
  if not ok then return false, (...) end
  local last = select('#', ...)
  if last > MOST_VALUES then
    return false, ('%d results of a work function, %d at most can go to another thread'):format(last, MOST_VALUES)
  end
  for i = 1, last do
    local kind = type((select(i, ...)))
    if not CROSSES[kind] then
      return false, ("result #%d of a work function: a value of type '%s' cannot go to another thread"):format(i, kind)
    end
  end
  return true, ...
end

local function describe(err)
  return debug.traceback(tostring(err), 2)
end

---@param code string bytecode or source text of a function
---@param ... any its arguments
---@return boolean ok, any ... # its results, or the error with its traceback
return function(code, ...)
  local fn, err = load(code)
  if not fn then return false, err end
  return finish(xpcall(fn, describe, ...))
end
