local json = require('json')

local album = json.parse([[
{
  // comments are fine
  "name": "Low",
  "year": 1977,
  "songs": ["Speed of Life", "Breaking Glass"],
  "producer": null
}
]])
print(album.name, #album.songs, album.producer)  --> Low	2	nil

-- What is wrong, and where.
local value, position, problem = json.parse('{"a": }')
print(value, position, problem)  --> nil	7	expected a value, found '}' at line 1, column 7

-- Keys come in no special order, unless one is asked for.
print(json.stringify(album, { keyorder = { 'name', 'year', 'songs' } }))
--> {"name":"Low","year":1977,"songs":["Speed of Life","Breaking Glass"]}

print(json.stringify({ album.name, true, json.null }, { indent = true }))
--> [
-->   "Low",
-->   true,
-->   null
--> ]

-- A table says itself how it looks.
local date = setmetatable({ year = 1977, month = 1 }, {
  __tojson = function(self) return ('"%d-%02d"'):format(self.year, self.month) end,
})
print(json.stringify({ released = date }))  --> {"released":"1977-01"}
