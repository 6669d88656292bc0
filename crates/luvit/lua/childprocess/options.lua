-- What `childprocess` makes of a command and its options: what `uv.spawn` needs, or words for what is wrong.

local uv = require('uv')
local windows = require('los').type() == 'win32'

local lib = { windows = windows }

-- Signals ------------------------------------------------------------------------------------------------------------

-- Second names of signals that have a better known one.
local ALIASES = { SIGIOT = true, SIGPOLL = true, SIGCLD = true }

local signalNames

---The name of a signal, `"SIGTERM"`.
---@param number integer
---@return string? # nil for 0 and for what is no signal
function lib.signalName(number)
  if number == 0 then return nil end
  if not signalNames then
    signalNames = {}
    for name, value in pairs(uv.constants) do
      if name:find('^SIG%u') and not ALIASES[name] then signalNames[value] = name end
    end
  end
  return signalNames[number]
end

---The number of a signal: `"sigterm"`, `"SIGTERM"`, `"term"`, 15.
---@param signal any
---@return integer?
function lib.signalNumber(signal)
  if type(signal) == 'number' then return signal >= 0 and signal % 1 == 0 and signal or nil end
  if type(signal) ~= 'string' then return nil end
  return uv.constants['SIG' .. signal:upper():gsub('^SIG', '')]
end

-- Checks -------------------------------------------------------------------------------------------------------------

local function expected(name, what, value)
  return ("bad argument '%s' to '%%s' (%s expected, got %s)"):format(name, what, type(value))
end

local function isCount(value)
  return value >= 0
end

local function isId(value)
  return value >= 0 and value % 1 == 0 and value < 2 ^ 32
end

-- Options that are neither tables nor yes or no.
local PLAIN = {
  cwd = { 'string' }, argv0 = { 'string' }, input = { 'string' },
  uid = { 'number', isId, 'a user id' }, gid = { 'number', isId, 'a group id' },
  timeout = { 'number', isCount, 'a number of milliseconds' },
  maxBuffer = { 'number', isCount, 'a number of bytes' },
}

local function checkPlain(options)
  for name, rule in pairs(PLAIN) do
    local value = options[name]
    if value then
      if type(value) ~= rule[1] then return expected('options.' .. name, rule[1], value) end
      if rule[2] and not rule[2](value) then
        return ("bad argument 'options.%s' to '%%s' (%s expected, got %s)"):format(name, rule[3], tostring(value))
      end
    end
  end
end

---A copy of the arguments, for `uv.spawn`.
local function copyArguments(args)
  local copy = {}
  for i = 1, #args do
    local value = args[i]
    if type(value) ~= 'string' and type(value) ~= 'number' then
      return nil, expected(('args[%d]'):format(i), 'string', value)
    end
    copy[i] = tostring(value)
  end
  return copy
end

---The environment as `NAME=value`, from such a list or from names and values.
local function environment(env)
  local list = {}
  for name, value in pairs(env) do
    local entry
    if type(name) == 'number' then
      if type(value) ~= 'string' or not value:find('.=') then
        return nil, ("bad argument 'options.env[%s]' to '%%s' (\"NAME=value\" expected)"):format(tostring(name))
      end
      entry = value
    elseif type(name) ~= 'string' or name == '' or name:find('=', 2, true) then
      return nil, ("bad argument 'options.env' to '%%s' (no name of a variable: '%s')"):format(tostring(name))
    elseif type(value) == 'string' or type(value) == 'number' or value == true then
      entry = name .. '=' .. tostring(value)
    elseif value ~= false then
      return nil, expected('options.env.' .. name, 'string', value)
    end
    -- As in `process.env`, false is a variable that is not there.
    if entry then list[#list + 1] = entry end
  end
  return list
end

-- Standard streams ---------------------------------------------------------------------------------------------------

local STREAMS = { tcp = true, pipe = true, tty = true, file = true }

local function isStreamHandle(value)
  if type(value) ~= 'userdata' then return false end
  local ok, kind = pcall(uv.handle_get_type, value)
  return ok and STREAMS[kind] or false
end

---One descriptor of the child.
---@return 'pipe'|integer|false|userdata? source, luvit.Emitter? stream
local function descriptor(entry, index)
  if not entry or entry == 'ignore' then return false end
  if entry == 'pipe' then return 'pipe' end
  if entry == 'inherit' then return index - 1 end
  if type(entry) == 'number' then return entry >= 0 and entry % 1 == 0 and entry or nil end
  if isStreamHandle(entry) then return entry end
  if type(entry) == 'table' then
    if isStreamHandle(entry._handle) then return entry._handle, entry end
    -- Streams of files, and `process.stdout`.
    if type(entry.fd) == 'number' then return entry.fd, entry end
    if isStreamHandle(entry.handle) then return entry.handle, entry end
  end
end

---@return { source: any, stream: any }[]? list, string? problem
local function descriptors(stdio)
  local list = {}
  if stdio == nil or type(stdio) == 'string' then
    stdio = stdio or 'pipe'
    if stdio ~= 'pipe' and stdio ~= 'inherit' and stdio ~= 'ignore' then
      return nil, ("bad argument 'options.stdio' to '%%s' (\"pipe\", \"inherit\" or \"ignore\" expected, got %q)"):format(stdio)
    end
    stdio = { stdio, stdio, stdio }
  elseif type(stdio) ~= 'table' then
    return nil, expected('options.stdio', 'table or string', stdio)
  end
  -- The list may have holes: `{ nil, pipe }`.
  local last = 3
  for index in pairs(stdio) do
    if type(index) == 'number' and index > last then last = index end
  end
  if last > 1024 then return nil, "bad argument 'options.stdio' to '%s' (1024 entries at most)" end
  for index = 1, last do
    local source, stream = descriptor(stdio[index], index)
    if source == nil then
      return nil, expected(('options.stdio[%d]'):format(index), 'descriptor, stream, "pipe", "inherit" or "ignore"', stdio[index])
    end
    list[index] = { source = source, stream = stream }
  end
  return list
end

-- Shells -------------------------------------------------------------------------------------------------------------

---How a shell runs a command line.
---@param shell string|true
---@param command string
---@param args string[] words that reach the command as they are
---@return string? file, string[]|string args_or_problem, boolean? verbatim
local function inShell(shell, command, args)
  local file = shell
  if shell == true then file = windows and (uv.os_getenv('ComSpec') or 'cmd.exe') or '/bin/sh' end
  local name = file:lower():match('[^/\\]*$')
  if windows and (name == 'cmd' or name == 'cmd.exe') then
    if args[1] then return nil, "bad argument 'args' to '%s' (cmd.exe takes a command line only)" end
    -- With /s only the outermost quotes are taken off.
    return file, { '/d', '/s', '/c', '"' .. command .. '"' }, true
  end
  if not args[1] then return file, { '-c', command } end
  return file, { '-c', command .. ' "$@"', file, unpack(args) }
end

-- All together -------------------------------------------------------------------------------------------------------

---@class luvit.childprocess.Plan what `process.start` starts
---@field file string
---@field args string[]
---@field command string for messages
---@field options uv.spawn.options without `stdio`
---@field stdio { source: any, stream: any }[]
---@field timeout number? milliseconds
---@field killSignal integer
---@field maxBuffer number bytes
---@field input string?

---@param command string
---@param args? string[]
---@param options? luvit.childprocess.Options
---@return luvit.childprocess.Plan? plan, string? problem with `%s` for the function's name
function lib.prepare(command, args, options)
  args, options = args or {}, options or {}
  if type(command) ~= 'string' then return nil, expected('command', 'string', command) end
  if type(args) ~= 'table' then return nil, expected('args', 'table', args) end
  if type(options) ~= 'table' then return nil, expected('options', 'table', options) end
  local problem = checkPlain(options)
  if problem then return nil, problem end

  local copy, env, stdio
  copy, problem = copyArguments(args)
  if not copy then return nil, problem end
  if options.env then
    if type(options.env) ~= 'table' then return nil, expected('options.env', 'table', options.env) end
    env, problem = environment(options.env)
    if not env then return nil, problem end
  end
  stdio, problem = descriptors(options.stdio)
  if not stdio then return nil, problem end
  if options.input and stdio[1].source ~= 'pipe' then
    return nil, "bad argument 'options.input' to '%s' (options.stdio leaves no pipe for it)"
  end

  -- `signal` is how luvit 2 calls it.
  local wanted = options.killSignal or options.signal or 'sigterm'
  local killSignal = lib.signalNumber(wanted)
  if not killSignal then
    return nil, ("bad argument 'options.killSignal' to '%%s' (no such signal: %s)"):format(tostring(wanted))
  end

  local file, verbatim, shell = command, options.windowsVerbatimArguments and true or false, options.shell
  if shell then
    if shell ~= true and type(shell) ~= 'string' then return nil, expected('options.shell', 'string or true', shell) end
    local words, plain
    file, words, plain = inShell(shell, command, copy)
    if not file then return nil, words end
    copy, verbatim = words, plain or verbatim
  end

  local line = command
  if args[1] then line = line .. ' ' .. table.concat(args, ' ') end
  return {
    file = file,
    args = copy,
    command = line,
    options = {
      args = copy,
      argv0 = options.argv0 or nil,
      env = env,
      cwd = options.cwd or nil,
      uid = options.uid or nil,
      gid = options.gid or nil,
      detached = options.detached and true or false,
      verbatim = verbatim,
      hide = options.windowsHide and true or false,
    },
    stdio = stdio,
    timeout = options.timeout and options.timeout > 0 and options.timeout or nil,
    killSignal = killSignal,
    maxBuffer = options.maxBuffer or 1024 * 1024,
    input = options.input or nil,
  }
end

return lib
