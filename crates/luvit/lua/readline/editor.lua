-- A line that is edited on a terminal, or read from any other stream.

local History = require('readline/history')
local Screen = require('readline/screen')
local inputOf = require('readline/input')
local keys = require('readline/keys')
local text = require('readline/text')

-- Marks that let a terminal tell what is pasted from what is typed.
local PASTE_ON, PASTE_OFF = '\27[?2004h', '\27[?2004l'

---How a line is read.
---@class luvit.readline.EditorOptions
---@field stdin? table a stream handle, standard input by default
---@field stdout? table a stream handle, standard output by default
---@field history? luvit.readline.History an empty one by default
---@field completionCallback? fun(line: string): any gets the line up to the cursor; a string replaces it, a list is shown,
---and its field `line`, if set, replaces it too
---@field wordPattern? string what a word is made of, `%w+` by default
---@field cover? string shown in place of each character; such a line is not kept in the history
---@field abortOnInterrupt? boolean Control-C ends a line that is not empty too

---The editor of a line. What a key does is a method, so that a program can do it too.
---@class luvit.readline.Editor: luvit.readline.EditorOptions
---@field line string what has been entered so far
---@field position integer of the cursor, counted in characters from 1
---@field prompt string
---@field active boolean whether a line is being read
---@field historyIndex integer which entry of the history is shown
local Editor = {}
Editor.__index = Editor

local function hasMethod(stream, name)
  local ok, method = pcall(function() return stream[name] end)
  return ok and method ~= nil
end

---Makes an editor; `readLine` starts it.
---@param options? luvit.readline.EditorOptions
---@return luvit.readline.Editor
function Editor.new(options)
  if options == nil then options = {} end
  if type(options) ~= 'table' then
    error("bad argument 'options' to 'new' (table expected, got " .. type(options) .. ')', 2)
  end
  local stdin, stdout = options.stdin, options.stdout
  if not (stdin and stdout) then
    local prettyPrint = require('pretty-print')
    stdin = stdin or prettyPrint.stdin
    stdout = stdout or prettyPrint.stdout
  end
  local editor = setmetatable({
    wordPattern = options.wordPattern or '%w+',
    history = options.history or History.new(),
    completionCallback = options.completionCallback,
    stdin = stdin,
    stdout = stdout,
    cover = options.cover,
    abortOnInterrupt = options.abortOnInterrupt,
    isTerminal = hasMethod(stdin, 'set_mode'),
    isReadable = hasMethod(stdin, 'read_start'),
    active = false,
    screen = Screen.new(stdout),
    input = inputOf(stdin),
    prompt = '',
    historyIndex = 1,
  }, Editor)
  editor:_setLine('')
  return editor
end

-- The line and the cursor ---------------------------------------------------

-- Takes over cells after a change. The current line is the history's last entry.
function Editor:_changed(cells, position)
  self.cells = cells
  self.position = position
  self.line = text.join(cells)
  if self.active and not self.cover then self.history:updateLastLine(self.line) end
end

function Editor:_setLine(line, position)
  local cells = text.split(line)
  self.cells = cells
  self.line = line
  self.position = position or #cells + 1
end

-- Replaces the cells from `first` to `last` by new ones.
function Editor:_replace(first, last, new)
  local cells, result = self.cells, {}
  for i = 1, first - 1 do result[i] = cells[i] end
  for i = 1, #new do result[#result + 1] = new[i] end
  for i = last + 1, #cells do result[#result + 1] = cells[i] end
  self:_changed(result, first + #new)
end

-- What is on the screen for the line.
function Editor:_shownCells()
  if not self.cover then return self.cells end
  local covers = text.split(self.cover)
  local shown, width = {}, 0
  for i = 1, #covers do
    shown[i] = covers[i].shown
    width = width + covers[i].width
  end
  local cell = { text = '', shown = table.concat(shown), width = width }
  local cells = {}
  for i = 1, #self.cells do cells[i] = cell end
  return cells
end

---Draws the prompt and the line.
function Editor:refreshLine()
  -- A burst of keys is drawn once, at its end.
  if self.feeding then
    self.dirty = true
  else
    self.screen:draw(self.prompt, self:_shownCells(), self.position)
  end
end

---Writes text above the line that is edited, as output that comes meanwhile.
---@param output string
function Editor:insertAbove(output)
  if output:sub(-1) ~= '\n' then output = output .. '\n' end
  self.screen:erase()
  self.screen:write((output:gsub('\r?\n', '\r\n')))
  self:refreshLine()
end

---Inserts characters at the cursor.
---@param characters string
function Editor:insert(characters)
  local new, marks = text.split(characters)
  local position = self.position
  if marks then
    local before = self.cells[position - 1]
    if before then
      local joined = { text = before.text .. marks.text, shown = before.shown .. marks.shown, width = before.width }
      self:_replace(position - 1, position - 1, { joined })
    end
  end
  if #new > 0 then self:_replace(self.position, self.position - 1, new) end
  local atEnd = #new == 1 and not marks and self.position > #self.cells
  if not (atEnd and not self.dirty and self.screen:append(self:_shownCells())) then self:refreshLine() end
end

---Moves the cursor to the character before.
function Editor:moveLeft()
  if self.position > 1 then
    self.position = self.position - 1
    self:refreshLine()
  end
end

---Moves the cursor to the next character.
function Editor:moveRight()
  if self.position <= #self.cells then
    self.position = self.position + 1
    self:refreshLine()
  end
end

---Moves the cursor to the start of the line.
function Editor:moveHome()
  self.position = 1
  self:refreshLine()
end

---Moves the cursor to the end of the line.
function Editor:moveEnd()
  self.position = #self.cells + 1
  self:refreshLine()
end

---Goes through the history.
---@param delta integer entries to go on, back if negative
function Editor:getHistory(delta)
  local index = math.max(1, math.min(#self.history, self.historyIndex + delta))
  if index == self.historyIndex then return end
  self.historyIndex = index
  self:_setLine(self.history[index])
  self:refreshLine()
end

---Removes the character before the cursor.
function Editor:backspace()
  if self.position > 1 then
    self:_replace(self.position - 1, self.position - 1, {})
    self:refreshLine()
  end
end

---Removes the character at the cursor.
function Editor:delete()
  local position = self.position
  if position <= #self.cells then
    self:_replace(position, position, {})
    self:refreshLine()
  end
end

---Swaps the characters before and at the cursor.
function Editor:swap()
  local position, cells = self.position, self.cells
  -- At the end there is none at the cursor: the last two are meant.
  if position > #cells then position = #cells end
  if position > 1 then
    self:_replace(position - 1, position, { cells[position], cells[position - 1] })
    self:refreshLine()
  end
end

---Empties the line.
function Editor:deleteLine()
  self:_changed({}, 1)
  self:refreshLine()
end

---Removes what is from the cursor on.
function Editor:deleteEnd()
  self:_replace(self.position, #self.cells, {})
  self:refreshLine()
end

function Editor:_isWord(index)
  local char = self.cells[index].text
  -- Lua's classes know ASCII only; beyond it there are mostly letters.
  return char:byte() >= 128 or char:find('^' .. self.wordPattern) ~= nil
end

-- First character of the word before the cursor.
function Editor:_wordStart()
  local index = self.position - 1
  while index >= 1 and not self:_isWord(index) do index = index - 1 end
  while index >= 1 and self:_isWord(index) do index = index - 1 end
  return index + 1
end

---Removes the word before the cursor.
function Editor:deleteWord()
  local start = self:_wordStart()
  if start < self.position then
    self:_replace(start, self.position - 1, {})
    self:refreshLine()
  end
end

---Moves the cursor to the start of the word before.
function Editor:jumpLeft()
  self.position = self:_wordStart()
  self:refreshLine()
end

---Moves the cursor to the end of the next word.
function Editor:jumpRight()
  local index = self.position
  while index <= #self.cells and not self:_isWord(index) do index = index + 1 end
  while index <= #self.cells and self:_isWord(index) do index = index + 1 end
  self.position = index
  self:refreshLine()
end

---Clears the screen and draws the line at its top.
function Editor:clearScreen()
  self.screen:write('\27[H\27[2J')
  self.screen:forget()
  self:refreshLine()
end

---Rings the bell of the terminal.
function Editor:beep()
  self.screen:write('\7')
end

---Asks the completion callback about the text before the cursor.
function Editor:complete()
  if not self.completionCallback then return self:beep() end
  local position = self.position
  local result = self.completionCallback(text.join(self.cells, 1, position - 1))
  if type(result) == 'table' and #result == 0 then result = nil end
  if not result then return self:beep() end

  local replacement = result
  if type(result) == 'table' then
    replacement = result.line
    self.position = #self.cells + 1
    self.screen:draw(self.prompt, self:_shownCells(), self.position)
    self.screen:leave(self.prompt, self:_shownCells())
    self:insertAbove(table.concat(result, '\t'))
  end
  self.position = position
  if replacement then self:_replace(1, position - 1, (text.split(replacement))) end
  self:refreshLine()
end

-- Keys ----------------------------------------------------------------------

-- A handler that returns something ends the line: `{ line, reason }`.
local handlers = {
  left = Editor.moveLeft, right = Editor.moveRight, home = Editor.moveHome, ['end'] = Editor.moveEnd,
  wordLeft = Editor.jumpLeft, wordRight = Editor.jumpRight,
  backspace = Editor.backspace, delete = Editor.delete, swap = Editor.swap,
  deleteLine = Editor.deleteLine, deleteEnd = Editor.deleteEnd, deleteWord = Editor.deleteWord,
  clearScreen = Editor.clearScreen,
}

function handlers.up(self) self:getHistory(-1) end
function handlers.down(self) self:getHistory(1) end
function handlers.pageUp(self) self:getHistory(-10) end
function handlers.pageDown(self) self:getHistory(10) end
function handlers.tab(self) self:complete() end
function handlers.pasteStart(self) self.input.pasting = true end

function handlers.enter(self)
  if self.cover then
    self.history:updateLastLine(nil)
  else
    self.history:commit(self.line)
  end
  return { self.line }
end

function handlers.interrupt(self)
  self.position = #self.cells + 1
  self.screen:draw(self.prompt, self:_shownCells(), self.position)
  self.screen:write('^C')
  self.dirty = false
  if self.line == '' or self.abortOnInterrupt then
    self.history:updateLastLine(nil)
    return { false, 'SIGINT in readLine' }
  end
  self.screen:leave(self.prompt, self:_shownCells())
  self.historyIndex = #self.history
  self:deleteLine()
end

function handlers.eof(self)
  if self.line ~= '' then return self:delete() end
  self.history:updateLastLine(nil)
  return { nil, 'EOF in readLine' }
end

-- In a paste only text and line breaks count: a tab does not complete.
local pasteHandlers = {
  enter = handlers.enter,
  tab = function(self) self:insert('\t') end,
  pasteEnd = function(self) self.input.pasting = false end,
  -- The way out when the mark of the end never comes.
  interrupt = function(self)
    self.input.pasting = false
    return handlers.interrupt(self)
  end,
}

---Takes keys as the terminal sends them. What comes after the key that ends
---the line is kept for the next one.
---@param bytes string
---@return string|boolean|nil result true: the line goes on; a string: the line that was entered; false: Control-C on an
---empty line; nil: Control-D on an empty line
---@return string? reason of false and nil
function Editor:onKey(bytes)
  local input = self.input
  input.bytes = input.bytes .. bytes
  local index, result = 1, nil
  while not result and index <= #input.bytes do
    local name, last = keys.next(input.bytes, index)
    if not name then break end
    if input.skipLineFeed and input.bytes:byte(index) == 10 then
      -- The second half of a line break.
      input.skipLineFeed = false
    else
      input.skipLineFeed = input.bytes:byte(index) == 13
      if name == 'text' then
        self:insert(input.bytes:sub(index, last))
      else
        local handler = (input.pasting and pasteHandlers or handlers)[name]
        result = handler and handler(self)
      end
    end
    index = last + 1
  end
  input.bytes = input.bytes:sub(index)
  if result then return result[1], result[2] end
  return true
end

-- Reading -------------------------------------------------------------------

---Stops reading, without calling the callback, and gives the terminal back as it was.
function Editor:close()
  if not self.active then return end
  self.active = false
  if self.isReadable then self.stdin:read_stop() end
  if self.isTerminal then
    if self.dirty then self.screen:draw(self.prompt, self:_shownCells(), self.position) end
    self.dirty = false
    self.screen:leave(self.prompt, self:_shownCells())
    self.screen:write(PASTE_OFF)
    self.stdin:set_mode(0)
  end
end

function Editor:_finish(...)
  self:close()
  return self.callback(...)
end

-- Lines of a stream that is no terminal.
function Editor:_takeLine()
  local input = self.input
  local line, rest = input.bytes:match('^([^\n]*)\n(.*)$')
  if not line and input.ended then
    if input.bytes == '' then return nil, 'EOF in readLine' end
    line, rest = input.bytes, ''
  end
  if not line then return true end
  input.bytes = rest
  return (line:gsub('\r$', ''))
end

local function withTraceback(err)
  return type(err) == 'string' and debug.traceback(err, 2) or err
end

-- Uses up what was read. The callback of one line often asks for the next:
-- that one is served by this loop, not by a deeper one.
function Editor:_feed(bytes)
  if self.feeding then
    self.input.bytes = self.input.bytes .. bytes
    return
  end
  self.feeding = true
  repeat
    local ok, line, reason
    if self.isTerminal then
      ok, line, reason = pcall(self.onKey, self, bytes)
      bytes = ''
      if ok and line == true and self.input.ended then
        self.history:updateLastLine(nil)
        line, reason = nil, 'EOF in readLine'
      end
    else
      self.input.bytes = self.input.bytes .. bytes
      bytes = ''
      ok, line, reason = true, self:_takeLine()
    end
    local again = false
    if not ok then
      self.feeding = false
      return self:_finish(line)
    elseif line ~= true then
      local finished, err = xpcall(self._finish, withTraceback, self, nil, line, reason)
      if not finished then
        self.feeding = false
        error(err, 0)
      end
      again = self.active
    end
  until not again
  self.feeding = false
  if self.dirty and self.active then
    self.dirty = false
    self:refreshLine()
  end
end

function Editor:_start()
  if not self.isReadable then
    self.input.ended = true
    return
  end
  local ok, err = self.stdin:read_start(function(err, bytes)
    if not self.active then return end
    if err then return self:_finish(err) end
    if not bytes then self.input.ended = true end
    self:_feed(bytes or '')
  end)
  if not ok and err then self:_finish(err) end
end

---Reads a line. The callback gets an error or nil, then the line: a string,
---false for Control-C, nil for the end of the input, the latter two with a
---reason.
---@param prompt string
---@param callback fun(err?: string, line?: string|false, reason?: string)
function Editor:readLine(prompt, callback)
  if type(prompt) ~= 'string' then
    error("bad argument 'prompt' to 'readLine' (string expected, got " .. type(prompt) .. ')', 2)
  end
  if type(callback) ~= 'function' then
    error("bad argument 'callback' to 'readLine' (function expected, got " .. type(callback) .. ')', 2)
  end
  if self.active then error('readLine is already reading a line', 2) end
  self.prompt, self.callback = prompt, callback
  self.active = true
  self:_setLine('')
  if self.isTerminal then
    self.history:add('')
    self.historyIndex = #self.history
    self.stdin:set_mode(1)
    self.screen:forget()
    self.screen:write(PASTE_ON)
    self:refreshLine()
  elseif prompt ~= '' then
    self.stdout:write(prompt)
  end
  self:_start()
  -- The loop that called the callback of the last line goes on with this one.
  if self.feeding then return end
  if self.active and (self.input.bytes ~= '' or self.input.ended) then self:_feed('') end
end

return Editor
