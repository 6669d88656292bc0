-- Makes the reference of the standard library from its annotations: `types/NAME.lua` for editors, `docs/reference/` for
-- readers.
--
--   luvit scripts/reference.lua           writes them
--   luvit scripts/reference.lua --check   changes nothing; fails when a file is out of date or an annotation is missing
--
-- The modules are loaded as well as read: a debug build finds those of this repository with LUVIT_STDLIB=crates/luvit/lua.

local uv = require('uv')
local reference = require('./reference/init')

local ROOT = uv.fs_realpath(module.dir .. '/..')

local check = args[2] == '--check'
if args[2] and not check or args[3] then
  io.stderr:write('usage: luvit scripts/reference.lua [--check]\n')
  os.exit(2)
end

local problems = check and reference.check(ROOT) or reference.write(ROOT)
for _, problem in ipairs(problems) do io.stderr:write(problem, '\n') end
if #problems > 0 then
  io.stderr:write(('%d problems\n'):format(#problems))
  os.exit(1)
end
