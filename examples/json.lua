-- The JSON of the talk: reads a text with comments, changes it, and writes it indented.
--
--   luvit examples/json.lua

local JSON = require('json')

local value = JSON.parse([[
{
  // who gave it
  "author": "Brandon Philips",
  "name": "luvit - node's Ziggy Stardust",
  /* what
     it is */
  "description": "a talk about luvit"
}
]])

print(value.name .. ", by " .. value.author)

value.places = { "Open Source Bridge", "OSCON" }

local json = JSON.stringify(value, { beautify = true, indent_string = "  " })
print(json)
