-- Tests of errors that nothing catches.

---Runs the loop with `listener` as the only one for uncaught errors.
---@param uv table
---@param listener fun(err: any, stack: string)
return function(uv, listener)
  local others = process:listeners('uncaughtException')
  process:removeAllListeners('uncaughtException')
  process:on('uncaughtException', listener)
  uv.run()
  process:removeListener('uncaughtException', listener)
  for _, other in ipairs(others) do process:on('uncaughtException', other) end
end
