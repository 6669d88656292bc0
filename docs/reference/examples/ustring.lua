local ustring = require('ustring')

local text = 'Größe: 日本 😄'
local u = ustring.new(text)
print(#text, #u)                          --> 20	11
print(u[3], u[8], u[-1])                  --> ö	日	nil
print(u:sub(-1), u:sub(1, 5):upper())     --> 😄	GRÖSSE
print(u:reverse())                        --> 😄 本日 :eßörG

-- Patterns match characters, not bytes.
print(u:find('日本'))                     --> 8	9
print(u:match('(.)ß'))                    --> ö
print((u:gsub('[ößä]', { ['ö'] = 'oe', ['ß'] = 'ss' })))  --> Groesse: 日本 😄
for word in u:gmatch('%S+') do io.write(word, '|') end
print()                                   --> Größe:|日本|😄|

-- From places in the text to characters and back.
print(u:uindex2index(8), u:index2uindex(11))  --> 10	8

print(ustring.new('é') .. 'tude' == ustring.new('étude'))  --> true
