-- The module system of the talk: uses the module beside this file.
--
--   luvit examples/modules/run.lua

-- A name that starts with a dot is relative to this file. A bare name, as in require('json'), is looked up in the
-- folders `libs` and `deps` here and further up, and then among luvit's own modules.
local hello = require('./hello')

hello.hello()
