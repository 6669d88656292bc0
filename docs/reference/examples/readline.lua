-- Lines of any source. A terminal as `input` gets editing, a history and completion as well.
local readline = require('readline')
local PassThrough = require('stream').PassThrough

-- Somebody who types.
local keyboard = PassThrough:new()
keyboard:write('Ada\r\n36\n')

local interface = readline.createInterface({ input = keyboard, output = process.stdout, prompt = '> ' })

-- In a coroutine, as every script is one, a question waits for its answer.
local name = interface:question('Name? ')
local age = interface:question('Age? ')
print('thank you')                             --> Name? Age? thank you
print(name .. ' is ' .. age)                   --> Ada is 36

-- A loop over the lines that come; the source is read no faster than this.
keyboard:write('first\nsecond\nand what has no line break')
keyboard:_end()
for line in interface:lines() do print(line) end  --> first
                                                  --> second
                                                  --> and what has no line break

-- The same as events.
local more = PassThrough:new()
local other = readline.createInterface({ input = more })
other:on('line', function(line) print('line', line) end)  --> line	one
                                                          --> line	two
other:on('close', function() print('that was all') end)   --> that was all
more:write('one\ntwo\n')
more:_end()
