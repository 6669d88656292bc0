-- A temporary folder for a test file, removed when the program ends.

local fs = require('fs')
local uv = require('uv')

---@return fun(...: string): string # joins names to the folder's path; without any, that path
return function()
  local root = assert(uv.fs_realpath(assert(uv.fs_mkdtemp(uv.os_tmpdir() .. '/luvit-test-XXXXXX'))))
  process:on('exit', function() fs.rmSync(root, { recursive = true, force = true }) end)
  return function(...)
    return table.concat({ root, ... }, '/')
  end
end
