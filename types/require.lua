---@meta require

-- Made by scripts/reference.lua of crates/luvit/lua/require.lua. Change it there.

-- Loads modules by luvit's rules: relative to the requiring file, absolute, or by name in `libs/` and `deps/` folders
-- upward from it, then in the standard library, then where Lua itself looks.
--
-- The runtime loads this file before `require` exists, with what it needs as arguments; programs get the same
-- generator as `require('require')`.

---A module, as its own code sees it in the global `module`. Paths given to its methods are relative to its folder.
---@class luvit.Module
---@field path string the file
---@field dir string its folder
---@field exports any what `require` returns
local Module = {}

---The path of something next to the module.
---@param path string relative to the module's folder, or absolute
---@return string
function Module:locate(path) end

---The file that `require(name)` would load.
---@param name string
---@return string? data its bytes; nil if there is none
---@return string path of the file; what was tried, if there is none
---@return string? key under which it is loaded, the same for each name of the file
function Module:resolve(name) end

---Loads a module, once: the `require` of this module.
---@param name string
---@return any exports
function Module:require(name) end

---The text of a file next to the module; of one in the standard library the compiled chunk, which `loadstring` takes.
---@param path string relative to the module's folder, or absolute
---@return string? text, string? err, string? code
function Module:load(path) end

---What a path next to the module is.
---@param path string relative to the module's folder, or absolute
---@return uv.fs_stat.result|{ type: string, size: integer? }? stat as of `uv.fs_stat`; in a bundle, type and size only
---@return string? err, string? code
function Module:stat(path) end

---Iterates over the entries of a folder next to the module: `for name, type in module:scan(path)`.
---@param path string relative to the module's folder, or absolute
---@return (fun(): string?, string?)? iterator, string? err, string? code
function Module:scan(path) end

---Calls `fn` with the path of a real file that has the text of `path`.
---@generic T
---@param path string
---@param fn fun(path: string): T
---@return T
function Module:action(path, fn) end

---Makes the `require` of a module, and its module object, for a path that may be relative to nothing but itself.
---@param path string the module's file
---@return fun(name: string): any require, luvit.Module module
local function require(path) end

return require
