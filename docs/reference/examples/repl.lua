-- A REPL of one's own: it needs something that has `write`, and lines to evaluate.
local repl = require('repl')
require('pretty-print').loadColors(false)

local output = { write = function(_, text) io.write(text) end }
local session = repl({}, output)

session.evaluateLine('x = { 1, 2 }')
session.evaluateLine('x, #x')                    --> { 1, 2 }	2
print(session.evaluateLine('for i = 1, 2 do'))   --> >> 	nil	[string "REPL"]:1: 'end' expected near '<eof>'
session.evaluateLine('print(i)')
print(session.evaluateLine('end'))               --> 1
                                                 --> 2
                                                 --> > 	true

-- Modules are there under their names, and `_` is the last result.
session.evaluateLine('path.basename("/a/b.lua")')  --> 'b.lua'
session.evaluateLine('_ .. "!"')                   --> 'b.lua!'

-- What is typed stays inside.
print(rawget(_G, 'x'))  --> nil
