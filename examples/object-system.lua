-- The object system of the talk: classes made with Object:extend().
--
--   luvit examples/object-system.lua

local Object = require('core').Object

local Rectangle = Object:extend()

function Rectangle:initialize(w, h)
  self.w = w
  self.h = h
end

function Rectangle:getArea()
  return self.w * self.h
end

local rect = Rectangle:new(3, 4)
print("A rectangle of 3 by 4 has an area of " .. rect:getArea())

-- A class extends any other, and calls what it replaces by name.
local Square = Rectangle:extend()

function Square:initialize(side)
  Rectangle.initialize(self, side, side)
end

local square = Square:new(5)
print("A square of 5 has an area of " .. square:getArea())
