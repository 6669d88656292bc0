local pathjoin = require('pathjoin')

print(pathjoin.pathJoin('/srv/app', '../www', './index.html'))  --> /srv/www/index.html
print(pathjoin.pathJoin('a/b', '/c', 'd'))                      --> /c/d
print(pathjoin.getPrefix('/srv/app'))                           --> /

local parts = pathjoin.splitPath('/srv//app/main.lua')
print(#parts, parts[3])                                         --> 3	main.lua
print(pathjoin.joinParts('/', parts, 1, 2))                     --> /srv/app
