local core = require('core')

-- A class of its own: `extend` makes it, `new` makes an object and calls `initialize`.
---@class Thermostat: luvit.Emitter
local Thermostat = core.Emitter:extend()

function Thermostat:initialize(limit)
  self.limit = limit
end

function Thermostat:measure(degrees)
  if degrees > self.limit then self:emit('hot', degrees) end
end

local kitchen = Thermostat:new(25)

kitchen:on('hot', function(degrees)
  print(degrees .. ' degrees')
end)
kitchen:once('hot', function()
  print('Open the window!')
end)

kitchen:measure(20)
kitchen:measure(26)  --> 26 degrees
                     --> Open the window!
kitchen:measure(31)  --> 31 degrees

print(core.instanceof(kitchen, core.Emitter))  --> true

-- An error is a value with a message and, where the system has a name for it, a code.
local err = core.Error:new('ENOENT: no such file or directory')
print(err.code)  --> ENOENT

-- An `error` that nobody listens for is raised.
local _, message = pcall(kitchen.emit, kitchen, 'error', err)
print(message)  --> Unhandled 'error' event: ENOENT: no such file or directory
