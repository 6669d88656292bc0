-- Each file has its own `require`, and `module`, which tells about the file.
local newRequire = require('require')

print(module.path:match('[^/\\]+$'))        --> require.lua
print(require('url') == require('url'))     --> true

-- What a name stands for, without loading it.
local _, path = module:resolve('./require')
print(path == module.path)                  --> true

-- Files next to this one.
print(assert(module:load('require.lua')):match('^%-%- Each file'))  --> -- Each file
print(module:stat('.').type)                --> directory
local found
for name, kind in module:scan('.') do found = found or name == 'require.lua' and kind end
print(found)                                --> file

-- A missing module says where it was looked for.
local ok, err = pcall(require, 'no-such-module')
print(ok, err:match("No such module '[%w-]+'"))  --> false	No such module 'no-such-module'

-- A `require` for code that comes from elsewhere: it finds modules as a file of that name would.
local requireThere, moduleThere = newRequire('/srv/app/main.lua')
print(moduleThere.dir)                      --> /srv/app
print(requireThere('url') == require('url'))  --> true
