-- A test that awaits: `test(name, async(function(expect, uv) … end))`. The function runs in a task and must reach its end.

local await = require('await')

---@param fn fun(expect: function, uv: table)
---@return fun(expect: function, uv: table)
return function(fn)
  return function(expect, uv)
    local finished = expect(function() end, 1)
    await.spawn(function()
      fn(expect, uv)
      finished()
    end)
  end
end
