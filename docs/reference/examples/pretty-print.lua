local pretty = require('pretty-print')

-- The global `p` prints values as one would write them in Lua.
p({ 1, 2, 'three', key = { nested = true } })  --> { 1, 2, 'three', key = { nested = true } }
p('text', 42, nil)                             --> 'text'	42	nil

local shared = { 'same' }
local text = pretty.dump({ shared, shared })
print((text:gsub('0x%x+', '0x…')))             --> { { 'same' }, table: 0x… }
print(pretty.dump({ shared, shared }, true))   --> { { 'same' }, { 'same' } }

-- A class can say itself how it is shown.
local Point = setmetatable({ x = 1, y = 2 }, {
  __inspect = function(point) return ('<Point %d,%d>'):format(point.x, point.y) end,
})
p({ at = Point })                              --> { at = <Point 1,2> }

-- Colours are there on a terminal only, unless a program decides.
pretty.loadColors(16)
local red = pretty.colorize('err', 'no')
pretty.loadColors(false)
p(red)                                         --> '\027[1;31mno\027[0m'
print(pretty.strip(red))                       --> no
