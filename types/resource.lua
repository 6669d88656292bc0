---@meta resource

-- Made by scripts/reference.lua of crates/luvit/lua/resource.lua. Change it there.

-- Files that belong to a program: found next to the source file that asks for them, wherever the program was started from,
-- also when that file is in a bundle.
--
-- "The caller" is the file of the function that calls, or that looks at a field. It has to be on the stack: in
-- `return resource.load('x')` the call replaces its caller, so write `return (resource.load('x'))`, or use a local
-- variable.

---@class luvit.resource
---@field path string the caller's file
---@field dir string the folder of the caller's file
local resource = {}

---The path of a file next to the caller's.
---@param path string relative to the caller's folder, or absolute
---@return string
function resource.resolve(path) end

---Reads a file next to the caller's. That there is none, or that it cannot be read, is raised.
---@param path string relative to the caller's folder, or absolute
---@return string data, string path where it was
function resource.load(path) end

return resource
