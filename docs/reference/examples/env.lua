local env = require('env')

-- What programs for luvit 2 know; `process.env` is the same as a table.
env.set('GREETING', 'hello')
print(env.get('GREETING'), process.env.GREETING)  --> hello	hello

-- With false a variable that is set stays as it is.
env.set('GREETING', 'good morning', false)
print(env.get('GREETING'))  --> hello

env.unset('GREETING')
print(env.get('GREETING'))  --> nil

-- The names of all variables.
env.set('GREETING', 'bye')
for _, name in ipairs(env.keys()) do
  if name == 'GREETING' then print(name) end
end
--> GREETING

print(env.os == jit.os, env.arch == jit.arch)  --> true	true
