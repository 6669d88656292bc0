-- A module: a table of functions, returned. See run.lua.

local hello = {}

function hello.hello()
  print("Hello World")
end

return hello
