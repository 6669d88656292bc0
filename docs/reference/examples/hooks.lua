-- The runtime's own events, for modules that must not depend on the global `process`.
local hooks = require('hooks')

hooks:on('process.uncaughtException', function(err, stack)
  print('caught: ' .. err:match('[^:]+$'), stack:match('^stack traceback'))
end)

hooks:on('process.exit', function(code)
  print('the program ends with ' .. code)
end)

require('timer').setTimeout(1, function()
  error('a mistake')
end)

print('started')  --> started
                  --> caught:  a mistake	stack traceback
                  --> the program ends with 0
