--- Lines from a terminal, with editing, history and completion.

local Editor = require('readline/editor')
local History = require('readline/history')

---Reads one line.
---@param prompt string
---@param options luvit.readline.EditorOptions?  may be left out
---@param callback fun(err: string?, line: string|false|nil, reason: string?)  false for Control-C, nil at the end
---@return luvit.readline.Editor
---@overload fun(prompt: string, callback: fun(err: string?, line: string|false|nil, reason: string?)): luvit.readline.Editor
local function readLine(prompt, options, callback)
  if type(options) == 'function' and callback == nil then
    options, callback = nil, options
  end
  local editor = Editor.new(options)
  editor:readLine(prompt, callback)
  return editor
end

return {
  Editor = Editor,
  History = History,
  readLine = readLine,
}
