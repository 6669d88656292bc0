-- What the `luvit` program does besides running a script: flags that need Lua.
--
-- Every function gets the runtime's Lua face and the module loader first, then the words of the command line.

local dump = require('pretty-print').dump

local cli = {}

---Puts the program and its options before the script in `arg`.
---@param ... string
function cli.options(_, _, ...)
  local count = select('#', ...)
  for i = 1, count do arg[i - count - 1] = (select(i, ...)) end
end

---Prints the versions of what luvit is made of.
---@param version string
function cli.version(_, _, version)
  print('luvit version: ' .. version)
  print('luajit version: ' .. jit.version:match('%d.*'))
  print('uv api version: ' .. require('uv').version_string())
end

local function printResults(_, ...)
  local count = select('#', ...)
  if count == 0 then return end
  local words = { ... }
  for i = 1, count do words[i] = dump(words[i]) end
  print(table.concat(words, '\t', 1, count))
end

---Evaluates a chunk and prints its results as the REPL does, with the REPL's globals; each chunk has its own.
---@param chunk string
---@return string? report of an error
function cli.eval(face, _, chunk)
  local globals = require('repl/environment').new(process.cwd() or '.').globals
  -- The results come behind a nil: a tail call would leave no trace of the chunk in a traceback.
  local fn, err = load('return nil, ' .. chunk, '=eval', 't', globals)
  if not fn then
    fn, err = load(chunk, '=eval', 't', globals)
    if not fn then return err end
    -- A statement prints what it returns, too.
    return face.start(function() printResults(nil, fn()) end)
  end
  return face.start(function() printResults(fn()) end)
end

---Requires a module before the script runs.
---@param name string
---@return string? report of an error
function cli.require(face, modules, name)
  local load = modules.new((process.cwd() or '.') .. '/require')
  return face.start(function() load(name) end)
end

---Sets the colours of `p` and the REPL.
---@param mode string `"none"`, `"16"` or `"256"`
function cli.colors(_, _, mode)
  require('pretty-print').loadColors(tonumber(mode) or false)
end

---Starts the REPL on the standard streams, with the history in the user's home folder.
function cli.repl()
  local pretty = require('pretty-print')
  local colorize = pretty.colorize
  local greeting = 'Welcome to the ' .. colorize('err', 'L') .. colorize('quotes', 'uv') .. colorize('table', 'it')
    .. ' repl!'
  require('repl')(pretty.stdin, pretty.stdout, greeting).start()
end

---Runs tests: `luvit test`.
---@param ... string its options, files and folders
---@return string? report of an error
function cli.test(face, _, ...)
  return face.start(require('test-runner').run, { ... })
end

return cli
