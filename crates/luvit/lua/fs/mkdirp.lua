-- Making a folder with those above it, for `mkdir`, `mkdirp` and `cp`.

local base = require('fs/base')
local path = require('path')

---Makes a folder and those above it that are missing. One that is there already, or appears meanwhile, is fine.
---@param step function see `base.run`
---@param folder string
---@param mode integer
---@return true? success, string? err
return function(step, folder, mode)
  local missing = {}
  while folder do
    local ok, err = step('mkdir', folder, mode)
    if not ok and base.codeOf(err) == 'ENOENT' then
      local parent = path.dirname(folder)
      if parent == folder or parent == '.' then return nil, err end
      missing[#missing + 1] = folder
      folder = parent
    else
      if not ok then
        -- What the system says of a folder that is there differs: root folders, drives, read-only file systems.
        local stat = step('stat', folder)
        if not stat then return nil, err end
        if stat.type ~= 'directory' then
          -- Windows does not say that a name above is no folder's.
          return nil, missing[1] and base.describe('ENOTDIR', 'mkdir', missing[1]) or err
        end
      end
      folder = table.remove(missing)
    end
  end
  return true
end
