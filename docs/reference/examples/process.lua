-- `process` is a global; `require('process').globalProcess()` is the same table.
print(process.argv[1]:match('[^/\\]+$'))  --> process.lua

-- The environment is read and set like a table.
process.env.GREETING = 'hello'
print(process.env.GREETING, process.env.get('GREETING'))  --> hello	hello
process.env.GREETING = nil
print(process.env.GREETING)  --> nil

-- What happens when the code that runs now is done.
process.nextTick(function(name)
  process.stdout:write('and then ' .. name .. '\n')
end, 'this')
print('first this')
--> first this
--> and then this

-- A signal is an event; listening for it does not keep the program running.
process:on('sigint', function()
  print('Control-C')
end)

-- An error that nobody caught comes here, and the program goes on.
process:on('uncaughtException', function(err)
  print('caught: ' .. err)
end)
process.nextTick(function()
  error('the file is empty', 0)
end)
--> caught: the file is empty

process:on('exit', function(code)
  print('ends with ' .. code)
end)
--> ends with 0
