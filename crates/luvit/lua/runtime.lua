-- The runtime's Lua half: makes the globals of a luvit program, starts scripts, and receives the errors nobody caught.
-- Rust loads this file once per state; it returns the functions Rust calls.

local native = ...
local module, stdio = native('module'), native('stdio')

---@class luvit.Face functions that the Rust side calls
local face = {}

-- Coroutines ---------------------------------------------------------------------------------------------------------
-- An error that leaves a coroutine through `resume` or `wrap` loses the stack it was raised on. The last few are
-- remembered, so that a report of the same error can show where it began.

local resume, create = coroutine.resume, coroutine.create
local traceback = debug.traceback
local REMEMBERED, MAX_PARTS = 8, 6
local NIL = {}
-- What is remembered must not keep an error object alive. The stacks are lists: an error may leave several coroutines.
local errors, stacks = setmetatable({}, { __mode = 'v' }), {}
local last = 0

-- Whether `err` is `found` on its way out: other messages may have been put around it.
local function isSame(found, err)
  if rawequal(found, err) then return true end
  if type(found) ~= 'string' or type(err) ~= 'string' or #found == 0 then return false end
  local _, stop = err:find(found, 1, true)
  return stop ~= nil and (stop == #err or err:byte(stop + 1) == 10)
end

local function remember(err, stack)
  if err == nil then err = NIL end
  local list = stacks[last]
  if not list or not isSame(errors[last], err) then
    list, last = {}, last % REMEMBERED + 1
    stacks[last] = list
  end
  errors[last] = err
  for i = 1, #list do
    if list[i] == stack then return end
  end
  if #list < MAX_PARTS then list[#list + 1] = stack end
end

-- Remembers anew an error that is raised again, with the stacks it had, whatever was raised meanwhile.
local function replace(err, list)
  if err == nil then err = NIL end
  last = last % REMEMBERED + 1
  errors[last], stacks[last] = err, { unpack(list) }
end

-- Each coroutine that resumes another takes some of the native stack, whose end is the end of the process.
local MAX_NESTED = 16000
local nested = 0

local function resumed(thread, ok, ...)
  nested = nested - 1
  if not ok then remember((...), traceback(thread)) end
  return ok, ...
end

local function isTooDeep()
  if nested >= MAX_NESTED then return true end
  nested = nested + 1
end

function coroutine.resume(thread, ...)
  if type(thread) ~= 'thread' then error("bad argument #1 to 'resume' (coroutine expected)", 2) end
  if isTooDeep() then return false, 'C stack overflow' end
  return resumed(thread, resume(thread, ...))
end

-- The original puts the position of the caller in front of a message, and so does this.
local function unwrap(ok, ...)
  if ok then return ... end
  local err = ...
  error(err, type(err) == 'string' and 2 or 0)
end

function coroutine.wrap(fn)
  if type(fn) ~= 'function' then
    error("bad argument #1 to 'wrap' (function expected, got " .. type(fn) .. ')', 2)
  end
  local thread = create(fn)
  return function(...)
    if isTooDeep() then error('C stack overflow', 2) end
    return unwrap(resumed(thread, resume(thread, ...)))
  end
end

-- LuaJIT no longer knows the line of the topmost function of a coroutine that has ended; the message does, behind what
-- each `wrap` on its way put in front.
local function withLine(stack, message)
  local top, line = stack:match('^stack traceback:\n%s*([^\n]-): in '), nil
  if not top then return stack end
  local position = 1
  while true do
    local _, stop, source, number = message:find('^([^\n:]+):(%d+): ', position)
    if not stop then break end
    if source == top then line = number end
    position = stop + 1
  end
  if not line then return stack end
  return (stack:gsub(': in ', function() return ':' .. line .. ': in ' end, 1))
end

---The stacks of coroutines that have ended since through which an error left, innermost first, if they are remembered.
---@param err any
---@return string[]
local function originsOf(err)
  if err == nil then err = NIL end
  for back = 0, REMEMBERED - 1 do
    local index = (last - 1 - back) % REMEMBERED + 1
    local found = errors[index]
    if found ~= nil and isSame(found, err) then
      local list = {}
      for i, stack in ipairs(stacks[index]) do
        list[i] = type(found) == 'string' and withLine(stack, found) or stack
      end
      return list
    end
  end
  return {}
end

-- Modules ------------------------------------------------------------------------------------------------------------

-- The list of the error that the handler below saw last.
local seen

---A message handler that remembers where an error was raised and leaves the error as it is. Each `require` on its way
---calls it again, with less of the same stack.
local function rememberError(err)
  if err == nil or not rawequal(errors[last], err) or seen ~= stacks[last] then
    remember(err, (traceback('', 2):gsub('^\n', '')))
    seen = stacks[last]
  end
  return err
end

local modules = assert(loadstring(module.source('require'), '@bundle:/deps/require.lua'))(native, module, rememberError)
local builtin = modules.new('bundle:/deps/runtime.lua')
-- What reports the error of a task, however late and wherever it is raised again.
modules.natives['luvit:errors'] = {
  replace = replace,
  origins = originsOf,
  ---Remembers where a message handler found an error. One whose message names the line that it was raised on is new,
  ---although another may have had the same message.
  ---@param err any
  ---@param stack string
  remember = function(err, stack)
    local position = type(err) == 'string' and err:match('^([^\n]-:%d+): ')
    for frame in stack:gmatch('\n%s+([^\n]+)') do
      if frame:sub(1, 4) ~= '[C]:' then
        if position and frame:sub(1, #position + 1) == position .. ':' then return replace(err, { stack }) end
        break
      end
    end
    remember(err, stack)
  end,
}

-- Errors nobody caught -----------------------------------------------------------------------------------------------

local OWN = {
  'bundle:/deps/runtime.lua:', 'bundle:/deps/require.lua:', 'bundle:/deps/cli.lua:', 'bundle:/deps/timer.lua:',
  'bundle:/deps/await/',
}
local CALLED_BY_OWN = { error = true, pcall = true, xpcall = true, resume = true, require = true, assert = true }

local function isOwnFrame(line)
  for i = 1, #OWN do
    if line:find(OWN[i], 1, true) then return true end
  end
end

-- Frames of the runtime itself, and of what it called, say nothing to who wrote the program.
local function withoutOwnFrames(text)
  local lines = {}
  for line in text:gmatch('[^\n]+') do
    if isOwnFrame(line) then
      local called = #lines > 0 and lines[#lines]:match("^%s+%[C%]: in %a+ '(%a+)'$")
      if CALLED_BY_OWN[called] then lines[#lines] = nil end
    else
      lines[#lines + 1] = line
    end
  end
  -- The title alone, with no frame left, is no traceback.
  if #lines == 1 and lines[1] == 'stack traceback:' then return '' end
  return table.concat(lines, '\n')
end

local function describe(err)
  if type(err) == 'string' then return err end
  local metatable = debug.getmetatable(err)
  local ok, text
  if type(err) == 'table' and not (type(metatable) == 'table' and metatable.__tostring) then
    ok, text = pcall(function() return builtin('pretty-print').dump(err, false, true) end)
  else
    ok, text = pcall(tostring, err)
  end
  return ok and type(text) == 'string' and text or '(error object is a ' .. type(err) .. ' value)'
end

---Where an error was raised: the stack it was caught on, after those of the coroutines it left before.
---@param err any
---@param stack string
---@return string
local function wholeStack(err, stack)
  local parts = {}
  local list = originsOf(err)
  list[#list + 1] = stack
  for i = 1, #list do
    local text = withoutOwnFrames(list[i])
    -- The frames below an error that was raised again are those of its first stack.
    local before = parts[#parts]
    local frames = text:gsub('^stack traceback:', '')
    if text ~= '' and not (before and before:sub(-#frames) == frames) then parts[#parts + 1] = text end
  end
  for i = 1, #parts - 1 do parts[i] = parts[i]:gsub('^stack traceback:', 'stack traceback (coroutine):') end
  return table.concat(parts, '\n')
end

---The message and the stack of an error, for a reader.
---@param err any
---@param stack string
---@return string
local function report(err, stack)
  stack = wholeStack(err, stack)
  return stack == '' and describe(err) or describe(err) .. '\n' .. stack
end

local process
local stdout = io.stdout

-- What `io.write` holds back comes before what is written past it. The program may have closed the file.
local function flushOutput()
  if io.type(stdout) == 'file' then stdout:flush() end
end

-- Hands an error to `process:on('uncaughtException')`; whether somebody listens.
local function offer(err, stack)
  local hooks = modules.loaded('hooks')
  local found = hooks and hooks:listenerCount('process.uncaughtException') > 0
  if found then hooks:emit('process.uncaughtException', err, stack) end
  if rawget(process, 'handlers') and process:listenerCount('uncaughtException') > 0 then
    found = true
    process:emit('uncaughtException', err, stack)
  end
  return found
end

---Gives an error that nothing caught to the program's handlers.
---@param err any
---@param stack string
---@return string? report of the error, or of one that a handler raised, if it still has to be told
local function unhandled(err, stack)
  local ok, found = xpcall(offer, rememberError, err, wholeStack(err, stack))
  if not ok then return report(found, '') end
  if not found then return report(err, stack) end
end

---Receives an error that nothing caught: `process:on('uncaughtException')` gets it, or it is printed and ends the
---program with exit code 255, after the `exit` handlers.
---@param err any
---@param stack string
function face.uncaught(err, stack)
  local text = unhandled(err, stack)
  if not text then return end
  flushOutput()
  stdio.write(2, 'Uncaught exception:\n', text, '\n')
  local ok, raised = xpcall(process.exit, rememberError, process, 255)
  if ok then return end
  stdio.write(2, 'Uncaught exception:\n', report(raised, ''), '\n')
  process:exit(255)
end

face.report = report
face.unhandled = unhandled

-- Globals ------------------------------------------------------------------------------------------------------------

---The program's arguments, the program itself at index 0.
args = module.args()

---The same as Lua's own programs set it: the script at index 0, its arguments behind, the program (and, by `luvit`, the
---program's options) before it.
arg = { [-1] = args[0] }
for i = 1, #args do arg[i - 1] = args[i] end

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
  flushOutput()
  local ok, err = stdio.write(1, text)
  if not ok then error(err, 2) end
end

---Prints its arguments as Lua values, see `pretty-print`.
---@param ... any
function p(...)
  return builtin('pretty-print').prettyPrint(...)
end

-- Each module has its own `require` and `module`. These are for other code: what Lua's loaders find, what `load` makes.
_G.require = modules.global

local pack = native('pack')
string.pack, string.unpack, string.packsize = pack.pack, pack.unpack, pack.packsize
package.preload.utf8 = function() return native('utf8') end

-- Where systems keep Lua's modules besides /usr/local, unless the user says where to look.
if package.config:sub(1, 1) == '/' then
  local TRIPLES = { x64 = 'x86_64', arm64 = 'aarch64', x86 = 'i386', arm = 'arm' }
  local function extend(path, variable, suffix)
    local wanted = os.getenv(variable)
    if wanted and not wanted:find(';;', 1, true) then return path end
    return path .. suffix
  end
  local share, lib = '/usr/share/lua/5.1/?.lua;/usr/share/lua/5.1/?/init.lua', '/usr/lib/lua/5.1/?.so;/usr/lib64/lua/5.1/?.so'
  if jit.os == 'Linux' and TRIPLES[jit.arch] then
    lib = ('/usr/lib/%s-linux-gnu%s/lua/5.1/?.so;'):format(TRIPLES[jit.arch], jit.arch == 'arm' and 'eabihf' or '') .. lib
  elseif jit.os == 'OSX' then
    share = '/opt/homebrew/share/lua/5.1/?.lua;/opt/homebrew/share/lua/5.1/?/init.lua;' .. share
    lib = '/opt/homebrew/lib/lua/5.1/?.so;' .. lib
  end
  package.path = extend(package.path, 'LUA_PATH', ';' .. share)
  package.cpath = extend(package.cpath, 'LUA_CPATH', ';' .. lib)
else
  -- The C library of Windows names files in the root of the drive, where not everybody may write.
  function os.tmpname()
    local uv = builtin('uv')
    local file, path = uv.fs_mkstemp(uv.os_tmpdir() .. '\\lua_XXXXXX')
    -- As Lua says it.
    if not file then error('unable to generate a unique filename', 2) end
    uv.fs_close(file)
    return path
  end
end

local processModule = builtin('process')
process = processModule.globalProcess()
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

---Runs a function in a coroutine of its own, as every script runs, until it ends or first waits.
---@param fn function
---@param ... any
---@return string? report of an error that it raised and nothing caught
local function start(fn, ...)
  local waits, failure = false, nil
  local function failed(err)
    return { err, (traceback('', 2):gsub('^\n', '')) }
  end
  local thread = create(function(...)
    local ok, raised = xpcall(fn, failed, ...)
    if ok then return end
    -- Without memory or stack there is no report either.
    local err, stack = raised, ''
    if type(raised) == 'table' then err, stack = raised[1], raised[2] end
    if waits then return face.uncaught(err, stack) end
    failure = unhandled(err, stack)
  end)
  local ok, err = resume(thread, ...)
  waits = true
  if not ok then return report(err, '') end
  return failure
end

---Runs a script: a file (the extension `.lua` may be left out) or a folder with an `init.lua`.
---@param path string relative to the working folder, or absolute
---@return string? report of an error, boolean? missing
function face.run_file(path)
  local name = path
  local separator = package.config:sub(1, 1) == '/' and '/' or '[/\\]'
  if not name:find('^%.*' .. separator) and not name:find('^%a:[/\\]') then name = './' .. name end
  local found, tried = modules.find(module.cwd(), name)
  if not found then return tried, true end
  return start(modules.load, found)
end

---Runs source text; modules are required relative to the working folder.
---@param name string chunk name
---@param source string
---@return string? report of an error
function face.run_source(name, source)
  local _, scope = modules.new(module.cwd() .. '/' .. name:gsub('^[=@]', ''))
  local chunk, err = loadstring(source, name)
  if not chunk then return err end
  return start(setfenv(chunk, modules.environment(scope)))
end

---Calls a function of the command line's Lua face.
---@param name string
---@param ... string
---@return string? report of an error
function face.cli(name, ...)
  return builtin('cli')[name](face, modules, ...)
end

face.compile = modules.compile
face.start = start

---The `exit` handlers run once, when nothing is left to do.
---@param code? integer `process.exitCode`
---@return integer code
function face.finish(code)
  return processModule._finish(code)
end

return face
