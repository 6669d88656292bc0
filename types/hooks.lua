---@meta hooks

-- Made by scripts/reference.lua of crates/luvit/lua/hooks.lua. Change it there.

-- The emitter of the runtime's own events, for modules that must not depend on the `process` global:
-- `process.exit` (code) before the program ends, `process.uncaughtException` (error, stack) with an error that nothing
-- caught. A listener for the latter takes the error: the program goes on.

---@class luvit.hooks: luvit.Emitter
local hooks = {}

return hooks
