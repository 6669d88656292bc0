-- Lines from a terminal, with editing, history and completion, and lines from any other stream.
--
-- `readLine` reads one line. `createInterface` is for programs that read many: as events, answers or in a loop. `Editor`
-- and `History` are what both use on a terminal.
--
-- The keys: arrows, Home, End and ^A ^E ^B ^F move the cursor, by words with Control or Alt (also Alt-B, Alt-F); Up, Down,
-- ^P and ^N go through the history, Page Up and Page Down by 10 lines; Backspace, ^H and Delete remove a character, ^W and
-- Alt-Backspace a word, ^K what follows the cursor, ^U the line; ^T swaps two characters, ^L clears the screen, Tab
-- completes. Enter ends the line. ^C empties it; on an empty line it says that the user wants to leave, as ^D does.

---@class luvit.readline
---@field Editor luvit.readline.Editor the class
---@field History luvit.readline.History the class
---@field Interface luvit.readline.Interface the class
local readline = {}

local function check(value, expected, name)
  if type(value) == expected then return end
  error(("bad argument '%s' to 'readLine' (%s expected, got %s)"):format(name, expected, type(value)), 3)
end

---Reads one line.
---@param prompt string
---@param options? luvit.readline.EditorOptions may be left out
---@param callback fun(err?: string, line?: string|false, reason?: string) false for Control-C, nil at the end
---@return luvit.readline.Editor
---@overload fun(prompt: string, callback: fun(err?: string, line?: string|false, reason?: string)): luvit.readline.Editor
function readline.readLine(prompt, options, callback)
  if type(options) == 'function' and callback == nil then
    options, callback = nil, options
  end
  check(prompt, 'string', 'prompt')
  if options ~= nil then check(options, 'table', 'options') end
  check(callback, 'function', 'callback')
  local editor = readline.Editor.new(options)
  editor:readLine(prompt, callback)
  return editor
end

---Makes an object that reads lines.
---@param options? luvit.readline.InterfaceOptions
---@return luvit.readline.Interface
function readline.createInterface(options)
  local interface = readline.Interface:new(options)
  return interface
end

local parts = { Editor = 'readline/editor', History = 'readline/history', Interface = 'readline/interface' }

return require('luvit:parts')(readline, parts, function(_, part) return require(part) end)
