-- What `luvit test` requires in the process of each file, before the file: settings for `tap`, and coverage. Anywhere
-- else it does nothing.

local uv = require('uv')

local text = uv.os_getenv('LUVIT_TEST')
if not text then return end
-- Programs that the tests start are none of its business.
uv.os_unsetenv('LUVIT_TEST')

local settings = require('json').parse(text)
require('tap').configure({
  timeout = settings.timeout, filter = settings.filter, bail = settings.bail, progress = true,
})
if settings.interpret then jit.off() end
if settings.coverage then require('test-runner/record')(settings.coverage) end
