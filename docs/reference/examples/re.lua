local re = require('re')

print(re.find('the year 2026', '[0-9]+'))  --> 10	13
print(re.gsub('hello world', '[aeiou]', '.'))  --> h.ll. w.rld

-- A grammar: lines of a configuration, into a table.
local config = re.compile([[
  file  <- {| line* |} !.
  line  <- {| {:key: name :} %s* '=' %s* {:value: [^%nl]* :} |} %nl
  name  <- [a-z_]+
]])
for _, line in ipairs(config:match('host = example.org\nport = 80\n')) do
  print(line.key, line.value)
end
--> host	example.org
--> port	80

-- Functions come from a table.
local sum = re.compile('{[0-9]+} -> number (","  {[0-9]+} -> number >> add)*', {
  number = tonumber,
  add = function(a, b) return a + b end,
})
print(sum:match('1,2,39'))  --> 42
