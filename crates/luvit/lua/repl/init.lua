-- A REPL: reads Lua, evaluates it, prints the results, and does so again.

local uv = require('uv')
local prettyPrint = require('pretty-print')
local readline = require('readline')
local Environment = require('repl/environment')
local complete = require('repl/completion')
local guardConsole = require('repl/console')

local PROMPT, CONTINUATION = '> ', '>> '
local CHUNK_NAME = 'REPL'
local OWN_SOURCE = debug.getinfo(1, 'S').short_src

---A REPL on two streams.
---@class luvit.Repl
---@field start fun(historyLines?: string, onSaveHistoryLines?: fun(lines: string), onExit?: fun()) reads lines and evaluates
---them until the user leaves or the input ends. `historyLines` are lines entered earlier; without both of the first
---arguments the user's history file is used. The environment variable `LUVIT_HISTORY_SIZE` is how many lines are kept,
---100 by default. `onSaveHistoryLines` is called with all lines after each one, `onExit` when
---the user leaves; by default the program then ends, if the input is a terminal
---@field evaluateLine fun(line: string): string, boolean?, any evaluates a line, or adds it to those before it that were
---incomplete; prints what it returns or raises. Returns the prompt for the next line; whether it went well, nil while more
---lines are needed; and the error

local function pack(...)
  return { n = select('#', ...), ... }
end

-- An expression's results come behind a nil: a call that is the last thing a
-- function does would leave no trace of the function in a traceback.
local EXPRESSION = 'return nil, '

---Compiles what was typed.
---@return function? fn
---@return integer|string|nil skipped  results to leave out, or the error
---@return boolean? incomplete  more lines may make it right
local function compile(source, globals)
  local expression = source:match('^%s*=(.*)$')
  local fn, expressionError = load(EXPRESSION .. (expression or source), CHUNK_NAME, 't', globals)
  if fn then return fn, 1 end
  local err = expressionError
  if not expression then
    fn, err = load(source, CHUNK_NAME, 't', globals)
    if fn then return fn, 0 end
  end
  return nil, err, err:find("'<eof>'$") ~= nil or expressionError:find("'<eof>'$") ~= nil
end

local function describe(err)
  if type(err) == 'string' then return err end
  local metatable = debug.getmetatable(err)
  if type(metatable) == 'table' and metatable.__tostring then
    local ok, message = pcall(tostring, err)
    if ok then return message end
  end
  local ok, message = pcall(prettyPrint.dump, err)
  return ok and message or tostring(message)
end

-- The stack above the chunk's own frame; those below are the REPL's.
local function ownStack(stack)
  local lines = {}
  for line in stack:gmatch('[^\n]+') do
    if line:find(OWN_SOURCE, 1, true) then
      if lines[#lines] and lines[#lines]:find("in function 'xpcall'", 1, true) then lines[#lines] = nil end
      break
    end
    lines[#lines + 1] = line
  end
  return table.concat(lines, '\n')
end

local function onError(err)
  return { error = err, report = describe(err) .. '\n' .. ownStack(debug.traceback('', 2):gsub('^\n', '')) }
end

---Makes a REPL on two streams.
---@param stdin table a stream handle; without `set_mode` it is no terminal, and there are no prompts
---@param stdout table a stream handle
---@param greeting? string the first line, on a terminal
---@return luvit.Repl
return function(stdin, stdout, greeting)
  local environment = Environment.new(uv.cwd())
  local globals = environment.globals
  local buffer = ''
  local abandoned = setmetatable({}, { __mode = 'k' })

  local function write(text)
    stdout:write(text)
  end

  local function printResults(results, skipped)
    if results.n <= skipped then return end
    local shown = {}
    for i = skipped + 1, results.n do shown[#shown + 1] = prettyPrint.dump(results[i]) end
    rawset(globals, '_', results[skipped + 1])
    write(table.concat(shown, '\t') .. '\n')
  end

  ---Evaluates a line, or adds it to the lines before it that were incomplete. What it returns or raises is printed.
  ---@param line string
  ---@return string prompt  for the next line
  ---@return boolean? ok    false after an error, nil while more lines are needed
  ---@return any err
  local function evaluateLine(line)
    if type(line) ~= 'string' then
      error(("bad argument 'line' to 'evaluateLine' (string expected, got %s)"):format(type(line)), 2)
    end
    if buffer == '' and (line == '<3' or line == '♥' or line == '❤') then
      write('I ' .. prettyPrint.color('err') .. '♥' .. prettyPrint.color() .. ' you too!\n')
      return PROMPT, true
    end

    local source = buffer .. line
    local fn, skipped, incomplete = compile(source, globals)
    if incomplete then
      buffer = source .. '\n'
      return CONTINUATION, nil, skipped
    end
    buffer = ''
    if not fn then
      write(skipped .. '\n')
      return PROMPT, false, skipped
    end

    local thread = coroutine.running()
    local results = pack(xpcall(fn, onError))
    -- Control-C has taken the prompt back from code that waited.
    if thread and abandoned[thread] then return PROMPT, false end
    local failure = not results[1] and results[2]
    if not failure then
      local printed, err = pcall(printResults, results, skipped + 1)
      if printed then return PROMPT, true end
      failure = { error = err, report = describe(err) }
    end
    write(failure.report .. '\n')
    return PROMPT, false, failure.error
  end

  local isTerminal = pcall(function() return assert(stdin.set_mode) end)
  if greeting and isTerminal then write(greeting .. '\n') end

  ---Reads lines and evaluates them until the user leaves or the input ends.
  ---@param historyLines string?  lines entered earlier; without both arguments the user's history file is used
  ---@param onSaveHistoryLines fun(lines: string)?  called with all lines after each one
  ---@param onExit fun()?  called when the user leaves; by default the program ends if the input is a terminal
  local function start(historyLines, onSaveHistoryLines, onExit)
    local history = readline.History.new()
    -- How many lines are kept, 100 unless the user says otherwise.
    local size = tonumber(os.getenv('LUVIT_HISTORY_SIZE'))
    if size and size >= 0 then history:setMaxLength(math.floor(size)) end
    if historyLines then history:load(historyLines) end
    if isTerminal and not historyLines and not onSaveHistoryLines then
      local path = readline.History.defaultPath()
      if path then history:open(path) end
    end

    local editor = readline.Editor.new({
      stdin = stdin,
      stdout = stdout,
      history = history,
      completionCallback = function(line)
        -- Metamethods of what is completed may raise anything.
        local ok, result = pcall(complete, environment, line)
        return ok and result or nil
      end,
    })
    local restoreConsole = guardConsole(editor)
    -- An error in a callback of what was typed earlier.
    local function onUncaught(err, stack)
      local report = describe(err) .. (stack and '\n' .. stack or '') .. '\n'
      if editor.active and isTerminal then
        editor:insertAbove(report)
      else
        write(report)
      end
    end
    -- The program may end while a line is edited.
    local function onProcessExit()
      if editor.active then editor:close() end
    end
    process:on('uncaughtException', onUncaught)
    process:on('exit', onProcessExit)

    local function leave()
      restoreConsole()
      process:removeListener('uncaughtException', onUncaught)
      process:removeListener('exit', onProcessExit)
      if onSaveHistoryLines then onSaveHistoryLines(history:dump()) end
      if onExit then return onExit() end
      -- Timers and servers would keep the program alive without a prompt.
      if isTerminal then process:exit() end
    end

    local onLine
    local function ask(prompt)
      editor.abortOnInterrupt = buffer ~= ''
      editor:readLine(isTerminal and prompt or '', onLine)
    end

    -- Code that yields keeps the prompt away until it ends; Control-C brings
    -- it back. The watcher keeps the program alive meanwhile.
    local function waitFor(thread)
      local watcher = uv.new_signal()
      watcher:start('sigint', function()
        watcher:close()
        abandoned[thread] = true
        write('\n')
        ask(PROMPT)
      end)
      return watcher
    end

    local function evaluate(line)
      local watcher, finished
      local thread
      thread = coroutine.create(function()
        local prompt = evaluateLine(line)
        finished = true
        if abandoned[thread] then return end
        if watcher then watcher:close() end
        ask(prompt)
      end)
      local ok, err = coroutine.resume(thread)
      if not ok then error(err, 0) end
      if not finished then watcher = waitFor(thread) end
    end

    function onLine(err, line)
      if err then
        write(describe(err) .. '\n')
        return leave()
      end
      if line == false and buffer ~= '' then
        buffer = ''
        return ask(PROMPT)
      elseif not line then
        if line == nil and buffer ~= '' and not isTerminal then
          local _, message = compile(buffer, globals)
          write(tostring(message) .. '\n')
        end
        return leave()
      end
      if onSaveHistoryLines then onSaveHistoryLines(history:dump()) end
      evaluate(line)
    end

    ask(PROMPT)
  end

  return {
    start = start,
    evaluateLine = evaluateLine,
  }
end
