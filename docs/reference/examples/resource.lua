-- Files next to this one are found wherever the program is started from.
local resource = require('resource')

print(resource.path:match('[^/\\]+$'))  --> resource.lua
print(resource.dir:match('[^/\\]+$'))   --> examples

-- This file reads itself.
local text, path = resource.load('resource.lua')
print(text:match('^[^\n]+'))            --> -- Files next to this one are found wherever the program is started from.
print(path == resource.path)            --> true

local beside = resource.resolve('../url.md')
print(beside:match('[^/\\]+[/\\][^/\\]+$'))  --> reference/url.md

local ok, err = pcall(function()
  local data = resource.load('nothing.txt')
  return data
end)
print(ok, err:match('ENOENT: no such file or directory'))  --> false	ENOENT: no such file or directory
