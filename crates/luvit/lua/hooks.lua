-- The emitter of the runtime's own events, for modules that must not depend on the `process` global:
-- `process.exit` (code) before the program ends, `process.uncaughtException` (error, stack) with an error that nothing
-- caught. A listener for the latter takes the error: the program goes on.

---@class luvit.hooks: luvit.Emitter
local hooks = require('core').Emitter:new()

-- There before anybody listens, as in luvit 2.18.
hooks.handlers = {}

return hooks
