local path = require('path')

local file = path.join('logs', '2026', '..', 'app.log')
print((file:gsub('\\', '/')))            --> logs/app.log
print(path.basename(file))               --> app.log
print(path.basename(file, '.log'))       --> app
print(path.extname(file))                --> .log
print(path.dirname(file))                --> logs
print(path.isAbsolute(file))             --> false
print(path.isAbsolute(path.resolve(file)))  --> true
print((path.relative(path.resolve('a/b'), path.resolve('a/c')):gsub('\\', '/')))  --> ../c

-- The paths of another system, whatever this one is.
local base = require('path/base')
print(base.nt:join('C:\\', 'Users', 'me'))   --> C:\Users\me
print(base.posix:normalize('/a/./b//../c'))  --> /a/c
