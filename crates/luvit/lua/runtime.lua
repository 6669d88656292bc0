-- The runtime's Lua half: makes the globals of a luvit program, starts scripts, and receives the errors nobody caught.
-- Rust loads this file once per state; it returns the functions Rust calls.

local native = ...
local module, stdio = native('module'), native('stdio')

---@class luvit.Face functions that the Rust side calls
local face = {}

-- Coroutines ---------------------------------------------------------------------------------------------------------
-- An error that leaves a coroutine through `resume` or `wrap` loses the stack it was raised on. The last few are
-- remembered, so that a report of the same error can show where it began.

local resume, create, running = coroutine.resume, coroutine.create, coroutine.running
local traceback = debug.traceback
local REMEMBERED = 8
local failures, nextFailure = {}, 1

local function remember(thread, ok, ...)
  if not ok then
    failures[nextFailure] = { error = (...), traceback = traceback(thread) }
    nextFailure = nextFailure % REMEMBERED + 1
  end
  return ok, ...
end

function coroutine.resume(thread, ...)
  return remember(thread, resume(thread, ...))
end

local function unwrap(ok, ...)
  if ok then return ... end
  error((...), 0)
end

function coroutine.wrap(fn)
  local thread = create(fn)
  return function(...)
    return unwrap(remember(thread, resume(thread, ...)))
  end
end

---The stack on which an error was raised in a coroutine that has ended since, if it is remembered.
---@param err any
---@return string?
local function originOf(err)
  for back = 1, REMEMBERED do
    local failure = failures[(nextFailure - 1 - back) % REMEMBERED + 1]
    local found = failure and failure.error
    -- A string may have been wrapped in another message on its way out.
    if found == err or type(found) == 'string' and type(err) == 'string' and err:find(found, 1, true) then
      return failure.traceback
    end
  end
end

-- Modules ------------------------------------------------------------------------------------------------------------

---A message handler that remembers where an error was raised and leaves the error as it is.
local function rememberError(err)
  local last = failures[(nextFailure - 2) % REMEMBERED + 1]
  if not last or last.error ~= err then
    failures[nextFailure] = { error = err, traceback = traceback('', 2):gsub('^\n', '') }
    nextFailure = nextFailure % REMEMBERED + 1
  end
  return err
end

local modules = assert(loadstring(module.source('require'), '@bundle:/deps/require.lua'))(native, module, rememberError)
local builtin = modules.new('bundle:/deps/runtime.lua')

-- Errors nobody caught -----------------------------------------------------------------------------------------------

-- Frames of the runtime itself say nothing to who wrote the program.
local function withoutOwnFrames(text)
  local lines = {}
  for line in (text or ''):gmatch('[^\n]+') do
    if not line:find('bundle:/deps/runtime.lua', 1, true) and not line:find('bundle:/deps/require.lua', 1, true)
      and not line:find("^%s+%[C%]: in function 'xpcall'") and not line:find("^%s+%[C%]: in function 'resume'") then
      lines[#lines + 1] = line
    end
  end
  -- The title alone, with no frame left, is no traceback.
  if #lines == 1 and lines[1] == 'stack traceback:' then return '' end
  return table.concat(lines, '\n')
end

local function describe(err)
  if type(err) == 'string' then return err end
  local ok, text = pcall(tostring, err)
  if type(err) == 'table' and not (getmetatable(err) or {}).__tostring then
    ok, text = pcall(function() return builtin('pretty-print').dump(err, false, true) end)
  end
  return ok and text or '(error object is a ' .. type(err) .. ' value)'
end

---The message and the stack of an error, for a reader.
---@param err any
---@param stack? string
---@return string
local function report(err, stack)
  local parts = { describe(err) }
  stack = withoutOwnFrames(stack)
  local origin = originOf(err)
  origin = origin and withoutOwnFrames(origin)
  if origin and origin ~= '' and origin ~= stack then
    parts[#parts + 1] = (origin:gsub('^stack traceback:', 'stack traceback (coroutine):'))
  end
  if stack ~= '' then parts[#parts + 1] = stack end
  return table.concat(parts, '\n')
end

local process

---Receives an error that nothing caught: `process:on('uncaughtException')` gets it, or it is printed and ends the
---program with exit code 255, after the `exit` handlers.
---@param err any
---@param stack string
function face.uncaught(err, stack)
  local hooks = modules.loaded('hooks')
  local handled = hooks and hooks:listenerCount('process.uncaughtException') > 0
  if handled then hooks:emit('process.uncaughtException', err, stack) end
  if rawget(process, 'handlers') and process:listenerCount('uncaughtException') > 0 then
    return process:emit('uncaughtException', err, stack)
  end
  if handled then return end
  io.stdout:flush()
  stdio.write(2, 'Uncaught exception:\n', report(err, stack), '\n')
  process:exit(255)
end

face.report = report

-- Globals ------------------------------------------------------------------------------------------------------------

---The program's arguments, the program itself at index 0.
args = module.args()

---Writes its arguments to standard output, separated by tabs.
---@param ... any
function print(...)
  local count = select('#', ...)
  local text
  if count == 1 then
    text = tostring((...)) .. '\n'
  else
    local words = { ... }
    for i = 1, count do words[i] = tostring(words[i]) end
    text = table.concat(words, '\t') .. '\n'
  end
  io.stdout:flush()
  local ok, err = stdio.write(1, text)
  if not ok then error(err, 2) end
end

---Prints its arguments as Lua values, see `pretty-print`.
---@param ... any
function p(...)
  return builtin('pretty-print').prettyPrint(...)
end

local _, pack = pcall(native, 'pack')
if not _ then pack = {} end
string.pack, string.unpack, string.packsize = pack.pack, pack.unpack, pack.packsize
package.preload.utf8 = function() return native('utf8') end

process = builtin('process').globalProcess()
_G.process = process

-- `utf8` is a table of five functions that few programs use: it is made when first asked for.
local lazy = { utf8 = function() return native('utf8') end }
setmetatable(_G, {
  __index = function(globals, name)
    local make = lazy[name]
    if not make then return nil end
    lazy[name] = nil
    local value = make()
    rawset(globals, name, value)
    return value
  end,
})

math.randomseed(os.time())

-- Scripts ------------------------------------------------------------------------------------------------------------

---Runs a function in a coroutine of its own, as every script runs; an error goes the way of uncaught ones.
---@param fn function
---@param ... any
local function start(fn, ...)
  local stack
  local function failed(err)
    stack = traceback('', 2)
    return err
  end
  local thread = create(function(...)
    local ok, err = xpcall(fn, failed, ...)
    if not ok then face.uncaught(err, stack:gsub('^\n', '')) end
  end)
  assert(resume(thread, ...))
end

---Runs a script: a file (the extension `.lua` may be left out) or a folder with an `init.lua`.
---@param path string relative to the working folder, or absolute
function face.run_file(path)
  local name = path
  if not name:find('^%.*/') and not name:find('^%a:[/\\]') then name = './' .. name end
  local found, tried = modules.find(module.cwd(), name)
  if not found then error('cannot find the script: ' .. tried, 0) end
  start(modules.load, found)
end

---Runs source text; modules are required relative to the working folder.
---@param name string chunk name
---@param source string
function face.run_source(name, source)
  local _, scope = modules.new(module.cwd() .. '/' .. name:gsub('^[=@]', ''))
  if source:byte(1) == 35 then source = '--' .. source end
  local chunk, err = loadstring(source, name)
  if not chunk then error(err, 0) end
  start(setfenv(chunk, modules.environment(scope)))
end

---Calls a function of the command line's Lua face.
---@param name string
---@param ... string
function face.cli(name, ...)
  return builtin('cli')[name](face, modules, ...)
end

face.start = start

---The `exit` handlers run once, when nothing is left to do.
---@return integer code
function face.finish()
  return process:finish()
end

return face
