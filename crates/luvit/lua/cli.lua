-- What the `luvit` program does besides running a script: flags that need Lua.
--
-- Every function gets the runtime's Lua face and the module loader first, then the words of the command line.

local dump = require('pretty-print').dump

local cli = {}

---Prints the versions of what luvit is made of.
---@param version string
function cli.version(_, _, version)
  print('luvit version: ' .. version)
  print('luajit version: ' .. jit.version:match('%d.*'))
  print('uv api version: ' .. require('uv').version_string())
end

local function pack(...)
  return select('#', ...), { ... }
end

---Evaluates a chunk and prints its results as the REPL does; each chunk has globals of its own.
---@param chunk string
function cli.eval(face, modules, chunk)
  local require, scope = modules.new(process.cwd() .. '/eval')
  local environment = setmetatable({ require = require, module = scope, exports = scope.exports }, { __index = _G })
  local fn = loadstring('return ' .. chunk, '=eval')
  local err
  if not fn then
    fn, err = loadstring(chunk, '=eval')
    if not fn then error(err, 0) end
  end
  setfenv(fn, environment)
  face.start(function()
    local count, values = pack(fn())
    if count == 0 then return end
    for i = 1, count do values[i] = dump(values[i]) end
    print(table.concat(values, '\t', 1, count))
  end)
end

---Requires a module before the script runs.
---@param name string
function cli.require(face, modules, name)
  local require = modules.new(process.cwd() .. '/require')
  face.start(require, name)
end

---Sets the colours of `p` and the REPL.
---@param mode string `"none"`, `"16"` or `"256"`
function cli.colors(_, _, mode)
  require('pretty-print').loadColors(tonumber(mode) or false)
end

---Starts the REPL on the standard streams, with the history in the user's home folder.
function cli.repl()
  local pretty = require('pretty-print')
  local color = pretty.color
  local greeting = 'Welcome to the ' .. color('err') .. 'L' .. color('quotes') .. 'uv' .. color('table') .. 'it'
    .. color() .. ' repl!'
  require('repl')(pretty.stdin, pretty.stdout, greeting).start()
end

return cli
