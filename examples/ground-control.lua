-- The metatables of the talk: an object without any library.
--
--   luvit examples/ground-control.lua

local GroundControl = {}

function GroundControl:new()
  local obj = {}
  obj.heard_major_tom = false
  -- What the object does not have itself, Lua looks up in GroundControl.
  setmetatable(obj, { __index = GroundControl })
  return obj
end

function GroundControl:heard()
  self.heard_major_tom = true
  return "Ground control to Major Tom"
end

local a = GroundControl:new()
print("heard before the call: " .. tostring(a.heard_major_tom))

-- The colon passes `a` as `self`.
print(a:heard())
print("heard after the call: " .. tostring(a.heard_major_tom))

-- The dot passes nothing, so `self` is nil: this is an error, caught here to show it.
local ok, problem = pcall(function ()
  return a.heard()
end)
print("a.heard() works: " .. tostring(ok))
print(problem)
