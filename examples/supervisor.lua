-- Keeps a program running: starts it again when it ends, later each time it fails soon, and passes signals on.
--
--   luvit examples/supervisor.lua COMMAND [ARGUMENT...]

local childprocess = require('childprocess')
local timer = require('timer')
local uv = require('uv')

local FIRST_DELAY, LONGEST_DELAY = 100, 10000   -- milliseconds
local PATIENCE = 5000

local command, arguments = args[2] or "", { unpack(args, 3) }
if command == "" then
  print("usage: supervisor.lua COMMAND [ARGUMENT...]")
  process:exit(2)
end

local child, waiting, leaving
local delay = FIRST_DELAY

local function start()
  local started = uv.now()
  child = childprocess.spawn(command, arguments, { stdio = 'inherit' })
  child:on('error', function (err)
    print(tostring(err))
  end)
  child:on('close', function (code)
    child = nil
    if leaving then process:exit(0) end
    if uv.now() - started > LONGEST_DELAY then delay = FIRST_DELAY end
    print(("%s ended with %d, and starts again in %d ms"):format(command, code, delay))
    waiting = timer.setTimeout(delay, start)
    delay = math.min(delay * 2, LONGEST_DELAY)
  end)
end

local function leave(signal)
  leaving = true
  timer.clearTimeout(waiting)
  if not child then process:exit(0) end
  child:kill(signal)
  timer.setTimeout(PATIENCE, function () child:kill('sigkill') end)
end

for _, signal in ipairs({ 'sigint', 'sigterm' }) do
  process:on(signal, function () leave(signal) end)
end
process:on('sighup', function ()
  if child then child:kill('sighup') end
end)

start()
