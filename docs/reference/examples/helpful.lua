local helpful = require('helpful')

local shape = helpful('shape', { width = 3, height = 4 })

print(shape.width)   --> 3
print(shape.heigth)  --> Warning: shape.heigth is nil, did you mean shape.height?
                     --> nil

-- A module by its name: from now on it warns everybody who uses it.
local los = helpful('los')
print(los.typo)      --> Warning: los.typo is nil, did you mean los.type?
                     --> nil

-- What it measures with.
print(('heigth'):levenshtein('height'))  --> 2
