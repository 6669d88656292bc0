---@meta hooks

-- Made by scripts/reference.lua of crates/luvit/lua/hooks.lua. Change it there.

-- The emitter of the runtime's own events, for modules that must not depend on the `process` global:
-- `process.exit` before the program ends, `process.uncaughtException` with an error that nothing caught.

---@type luvit.Emitter
local hooks

return hooks
