-- Classes whose instances get some of their fields only when those are first looked at: a request makes two objects, and
-- most handlers never see their headers or socket.

---Gives the instances of a class, and of classes derived from it, fields that are made on demand.
---@param class table
---@param base table what `class` extends
---@param makers table<string, fun(self: table): any> how a field is made; `nil` is not kept
return function(class, base, makers)
  local function give(derived)
    derived.meta.__index = function(self, name)
      local value = derived[name]
      if value ~= nil then return value end
      local make = makers[name]
      if not make then return nil end
      value = make(self)
      rawset(self, name, value)
      return value
    end
    return derived
  end

  give(class)

  function class:extend()
    return give(base.extend(self))
  end
end
