-- The name of the operating system, as luvit programs compare it.

local names = { Windows = 'win32', Linux = 'linux', OSX = 'darwin', BSD = 'bsd', POSIX = 'posix' }

local los = {}

---The name of the operating system.
---@return 'win32'|'linux'|'darwin'|'bsd'|'posix'|'other'
function los.type()
  return names[require('jit').os] or 'other'
end

return los
