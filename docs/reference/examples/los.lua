-- What to do may depend on the system.
local los = require('los')

local opener = { darwin = 'open', win32 = 'start' }
local command = opener[los.type()] or 'xdg-open'
print(type(command))  --> string

local known = { linux = true, darwin = true, bsd = true, win32 = true, posix = true, other = true }
print(known[los.type()])  --> true
