-- Lines of any source, as events, as answers to questions, or in a loop. This is what `readline.createInterface` makes.

local core = require('core')
local base = require('stream/base')
local assertResume = require('utils').assertResume

local Emitter, Error = core.Emitter, core.Error

local byte, find, sub = string.byte, string.find, string.sub

local DEFAULT_MAX_LINE_LENGTH = 16 * 1024 * 1024

---@class luvit.readline.InterfaceOptions
---@field input? luvit.Readable|uv_stream_t what lines are read from: standard input by default
---@field output? luvit.Writable|uv_stream_t where prompts go; on a terminal also what is typed, and standard output is the
---default. Without one, nothing is written
---@field terminal? boolean false reads a terminal as if it were a file: no editing, no history
---@field prompt? string `> ` by default
---@field maxLineLength? integer bytes; a longer line is an error. 16 MiB by default
---@field history? luvit.readline.History of a terminal
---@field historySize? integer lines kept, 100 by default
---@field completer? fun(line: string): string|string[]|nil as `completionCallback` of an editor

---Reads lines. Line breaks are `\n` and `\r\n`; they are not part of the line. What stands behind the last one is a line,
---too, unless it is empty.
---
---Events: `line` (string); `close`, once, after the last line or `close()`; `SIGINT` for Control-C on a terminal, which
---closes the interface if nobody listens; `pause`, `resume`; and `error`, after which `close` follows.
---
---Lines that nobody asks for yet are kept, and the source is not read on until somebody does: by listening to `line`,
---with `question`, or with `lines`.
---@class luvit.readline.Interface: luvit.Emitter
---@field input any
---@field output any
---@field terminal boolean lines are edited on a terminal
---@field closed boolean
local Interface = Emitter:extend()

local function hasMethod(object, name)
  local ok, method = pcall(function() return object[name] end)
  return ok and method ~= nil
end

-- The terminal that a source is, if it is one.
local function terminalOf(input)
  if hasMethod(input, 'set_mode') then return input end
  local handle = type(input) == 'table' and (rawget(input, 'handle') or rawget(input, '_handle'))
  if handle and hasMethod(handle, 'set_mode') then return handle end
end

local function check(value, expected, name, level)
  if value ~= nil and type(value) ~= expected then
    error(("bad argument '%s' to 'createInterface' (%s expected, got %s)"):format(name, expected, type(value)), level + 1)
  end
end

---@param options luvit.readline.InterfaceOptions
function Interface:initialize(options)
  -- Called by `new`, which `createInterface` calls.
  check(options, 'table', 'options', 4)
  options = options or {}
  check(options.prompt, 'string', 'options.prompt', 4)
  check(options.completer, 'function', 'options.completer', 4)
  check(options.maxLineLength, 'number', 'options.maxLineLength', 4)
  check(options.history, 'table', 'options.history', 4)
  check(options.historySize, 'number', 'options.historySize', 4)
  local input, output = options.input, options.output
  if input == nil then input = require('pretty-print').stdin end
  if not hasMethod(input, 'read_start') and not (hasMethod(input, 'on') and hasMethod(input, 'pause')) then
    error(("bad argument 'options.input' to 'createInterface' (stream expected, got %s)"):format(type(input)), 4)
  end
  if output ~= nil and not hasMethod(output, 'write') then
    error(("bad argument 'options.output' to 'createInterface' (stream expected, got %s)"):format(type(output)), 4)
  end
  self.input, self.output = input, output
  self.closed = false
  self._prompt = options.prompt or '> '
  self._maxLineLength = options.maxLineLength or DEFAULT_MAX_LINE_LENGTH
  self._lines, self._first, self._last = {}, 1, 0
  local terminal = options.terminal ~= false and terminalOf(input)
  self.terminal = terminal and true or false
  if terminal then
    self:_openTerminal(terminal, options)
  else
    self._pieces, self._length = {}, 0
    if not hasMethod(input, 'read_start') then self:_watch(input) end
  end
end

-- What may happen to a stream that is not read yet.
function Interface:_watch(input)
  self._detach = base.attach(input, {
    ['end'] = function() self:_onEnd() end,
    -- A source that is destroyed does not end.
    close = function() self:_onEnd() end,
    error = function(err) self:_fail(err) end,
  })
end

function Interface:_openTerminal(terminal, options)
  local History = require('readline/history')
  local history = options.history or History.new()
  if options.historySize then history:setMaxLength(options.historySize) end
  local output = options.output
  self._editor = require('readline/editor').new({
    stdin = terminal,
    stdout = output and (terminalOf(output) or output) or nil,
    history = history,
    completionCallback = options.completer,
  })
  self.output = self._editor.stdout
end

-- Who gets the lines ------------------------------------------------------------------------------------------------

-- Somebody begins to listen, maybe within `on`: what waits goes out afterwards.
function Interface:addHandlerType(name)
  if name == 'line' then
    base.nextTick(self._deliver, self)
  end
end

function Interface:_isWanted()
  return self._question or self._reader or self:listenerCount('line') > 0
end

-- Gives one line to whoever is first in turn.
function Interface:_give(line)
  local question, reader = self._question, self._reader
  if question then
    self._question = nil
    question(nil, line)
  elseif reader then
    self._reader = nil
    assertResume(reader, line)
  else
    self:emit('line', line)
  end
end

local function withTrace(err)
  return type(err) == 'string' and debug.traceback(err, 2) or err
end

-- Gives lines away as long as there are any and somebody takes them.
local function giveAll(self)
  while not self.closed and not self._paused and self._first <= self._last and self:_isWanted() do
    self:_give(self:_shift())
  end
end

function Interface:_deliver()
  -- A listener that asks for more is served by the loop that called it.
  if self._delivering then return end
  self._delivering = true
  local ok, err = xpcall(giveAll, withTrace, self)
  if not ok then
    self._delivering = false
    -- The lines behind it are not lost.
    base.nextTick(self._deliver, self)
    error(err, 0)
  end
  self._delivering = false
  if self.closed then return end
  local isEmpty = self._first > self._last
  if isEmpty and self._ended then return self:close() end
  if isEmpty and not self._paused and self:_isWanted() then
    self:_read()
  else
    self:_stopReading()
  end
end

function Interface:_push(line)
  self._last = self._last + 1
  self._lines[self._last] = line
end

-- Takes the first line. The list starts anew when it is empty, so that it stays an array.
function Interface:_shift()
  local first = self._first
  local line = self._lines[first]
  self._lines[first] = nil
  if first == self._last then
    self._first, self._last = 1, 0
  else
    self._first = first + 1
  end
  return line
end

function Interface:_fail(err)
  if self.closed then return end
  local reader, question = self._reader, self._question
  self._reader, self._question = nil, nil
  if reader or question then
    self:close()
    if question then return question(err) end
    return assertResume(reader, nil, err)
  end
  self:emit('error', err)
  self:close()
end

-- Where they come from ----------------------------------------------------------------------------------------------

-- The line that the pieces are, without its line break.
local function join(pieces)
  local line = table.concat(pieces)
  return line:byte(-1) == 13 and line:sub(1, -2) or line
end

-- Appends the lines that end in a chunk to a list. One loop with nothing else in it: it runs for every line.
---@param chunk string
---@param start integer
---@param lines string[]
---@param count integer how many lines are in the list
---@param limit integer
---@return integer start of what stands behind the last line break, or of a line that is longer than `limit`
---@return integer count
local function split(chunk, start, lines, count, limit)
  while true do
    local stop = find(chunk, '\n', start, true)
    if not stop or stop - start > limit then return start, count end
    count = count + 1
    lines[count] = sub(chunk, start, byte(chunk, stop - 1) == 13 and stop > start and stop - 2 or stop - 1)
    start = stop + 1
  end
end

-- Splits a chunk into lines. What stands behind the last line break waits for the next chunk.
---@param chunk string
---@return string? err
function Interface:_take(chunk)
  local limit, start = self._maxLineLength, 1
  if self._length > 0 then
    local stop = find(chunk, '\n', 1, true)
    if stop and self._length + stop - 1 <= limit then
      table.insert(self._pieces, sub(chunk, 1, stop - 1))
      self:_push(join(self._pieces))
      self._pieces, self._length = {}, 0
      start = stop + 1
    end
  end
  if self._length == 0 then start, self._last = split(chunk, start, self._lines, self._last, limit) end
  self._length = self._length + #chunk - start + 1
  if self._length > limit or find(chunk, '\n', start, true) then
    self._pieces, self._length = {}, 0
    return ('EMSGSIZE: a line is longer than %d bytes'):format(limit)
  end
  if start <= #chunk then table.insert(self._pieces, sub(chunk, start)) end
end

function Interface:_onChunk(chunk)
  if self.closed then return end
  local err = self:_take(tostring(chunk))
  if not err then return self:_deliver() end
  -- What came before it is still good.
  self:_deliver()
  self:_fail(Error:new(err))
end

function Interface:_onEnd()
  if self.closed or self._ended then return end
  if self._length > 0 then
    self:_push(join(self._pieces))
    self._pieces, self._length = {}, 0
  end
  self._ended = true
  self:_deliver()
end

function Interface:_read()
  if self._ended then return end
  if self._editor then return self:_edit() end
  if self._reading then return end
  self._reading = true
  local input = self.input
  if hasMethod(input, 'read_start') then
    local ok, err = input:read_start(function(err, chunk)
      if err then return self:_fail(Error:new(err)) end
      if chunk then return self:_onChunk(chunk) end
      self:_onEnd()
    end)
    if not ok and err then self:_fail(Error:new(err)) end
    return
  end
  if input.readable == false then return self:_onEnd() end
  if not self._onData then
    self._onData = function(chunk) self:_onChunk(chunk) end
    input:on('data', self._onData)
  end
  input:resume()
end

function Interface:_stopReading()
  if not self._reading then return end
  self._reading = false
  if hasMethod(self.input, 'read_start') then
    self.input:read_stop()
  else
    self.input:pause()
  end
end

-- A line on a terminal, with the prompt that was asked for.
function Interface:_edit()
  if self._editor.active then return end
  local shown = self._shown or ''
  self._shown = nil
  self._editor:readLine(shown, function(err, line)
    if self.closed then return end
    if err then return self:_fail(Error:new(err)) end
    if line == false then
      if self:listenerCount('SIGINT') == 0 then return self:close() end
      self:emit('SIGINT')
    elseif line == nil then
      return self:close()
    else
      self:_push(line)
    end
    self:_deliver()
  end)
end

-- What programs call ------------------------------------------------------------------------------------------------

---Sets the prompt of the lines to come.
---@param text string the prompt from now on
function Interface:setPrompt(text)
  if type(text) ~= 'string' then
    error(("bad argument 'text' to 'setPrompt' (string expected, got %s)"):format(type(text)), 2)
  end
  self._prompt = text
end

---The prompt of the lines to come.
---@return string
function Interface:getPrompt()
  return self._prompt
end

local function show(self, text)
  if self._editor then
    self._shown = text
    -- Within a listener, the line that is being delivered is not over yet.
    if not self._delivering and not self._paused then self:_edit() end
  elseif self.output then
    self.output:write(text)
  end
end

---Shows the prompt, in front of the next line.
function Interface:prompt()
  if self.closed then error('the interface is closed', 2) end
  if self._paused then self:resume() end
  show(self, self._prompt)
end

---Asks for a line. The answer does not come as a `line` event. One question is asked at a time.
---@param query string shown in front of the line
---@param callback? fun(err?: any, answer?: string)|thread with an error when the input ends without an answer. In a
---coroutine it may be left out: then the call waits and returns the answer, or nil and the error
---@return string? answer, any err
function Interface:question(query, callback)
  if type(query) ~= 'string' then
    error(("bad argument 'query' to 'question' (string expected, got %s)"):format(type(query)), 2)
  end
  if self._question then error('another question waits for its answer', 2) end
  if callback == nil then
    local thread, isMain = coroutine.running()
    if not thread or isMain then error("bad argument 'callback' to 'question' (function expected, got nil)", 2) end
    callback = thread
  end
  if type(callback) == 'thread' then
    local thread, waiting, answer, failure = callback, false, nil, nil
    self:question(query, function(err, line)
      answer, failure = line, err
      if waiting then return assertResume(thread) end
      waiting = nil
    end)
    if waiting == false then
      waiting = true
      coroutine.yield()
    end
    return answer, failure
  end
  if type(callback) ~= 'function' then
    error(("bad argument 'callback' to 'question' (function or thread expected, got %s)"):format(type(callback)), 2)
  end
  if self.closed then return callback('EOF: the interface is closed') end
  self._question = callback
  show(self, query)
  if self._paused then self:resume() else self:_deliver() end
end

---The lines, one after another: `for line in interface:lines() do`. The loop waits for each, so it runs in a coroutine, and
---ends with the input. An error of the source is raised in it. It shows no prompt: who wants one calls `prompt` before the
---loop and at the end of each turn.
---@return fun(): string?
function Interface:lines()
  return function()
    if self.closed then return nil end
    if self._reader then error('another loop waits for lines', 2) end
    local thread, isMain = coroutine.running()
    if not thread or isMain then error('lines() has to wait, which only a coroutine can', 2) end
    if self._first <= self._last and not self._question then
      return self:_shift()
    end
    if self._ended then
      self:close()
      return nil
    end
    self._reader = thread
    -- Reading may tell at once that there is nothing: then the coroutine is not waiting yet.
    base.nextTick(self._deliver, self)
    local line, err = coroutine.yield()
    if err then error(err, 0) end
    return line
  end
end

---Stops: there are no lines until `resume`.
---@return luvit.readline.Interface self
function Interface:pause()
  if self._paused or self.closed then return self end
  self._paused = true
  self:_stopReading()
  if self._editor and self._editor.active then self._editor:close() end
  self:emit('pause')
  return self
end

---Goes on after `pause`.
---@return luvit.readline.Interface self
function Interface:resume()
  if not self._paused or self.closed then return self end
  self._paused = false
  self:emit('resume')
  base.nextTick(self._deliver, self)
  return self
end

---Ends the interface; the source stays open. A question gets an error, loops over the lines end.
function Interface:close()
  if self.closed then return end
  self.closed = true
  self:_stopReading()
  if self._detach then self._detach() end
  if self._onData then self.input:removeListener('data', self._onData) end
  if self._editor and self._editor.active then self._editor:close() end
  self._pieces, self._lines, self._first, self._last = nil, {}, 1, 0
  local question, reader = self._question, self._reader
  self._question, self._reader = nil, nil
  self._closeEmitted = true
  self:emit('close')
  if question then question('EOF: the input ended without an answer') end
  if reader then assertResume(reader, nil) end
end

return Interface
