-- The numbers that functions of `fs` take where they take numbers.

local uv = require('uv')

---What this system has of: `F_OK`, `R_OK`, `W_OK`, `X_OK` for `access`; `O_RDONLY`, `O_CREAT` … for `open`, see
---open(2); `COPYFILE_EXCL`, `COPYFILE_FICLONE`, `COPYFILE_FICLONE_FORCE` for `copyFile`; `S_IFMT`, `S_IFREG`,
---`S_IFDIR`, `S_IFLNK` … for the `mode` of a stat, see inode(7).
---@class luvit.fs.constants: table<string, integer>
local constants = {
  COPYFILE_EXCL = 1, COPYFILE_FICLONE = 2, COPYFILE_FICLONE_FORCE = 4,
  S_IFMT = 0xf000, S_IFSOCK = 0xc000, S_IFLNK = 0xa000, S_IFREG = 0x8000, S_IFBLK = 0x6000, S_IFDIR = 0x4000,
  S_IFCHR = 0x2000, S_IFIFO = 0x1000,
}
for name, value in pairs(uv.constants) do
  if name:find('^O_') or name:find('^[FRWX]_OK$') then constants[name] = value end
end

return { constants = constants }
