-- Keeps output that comes while a line is edited from mixing with it: it is
--- written above the line.

local concat = table.concat

---@param editor luvit.readline.Editor
---@return fun() restore  gives the functions back
local function guard(editor)
  local function isEditing()
    return editor.active and editor.isTerminal
  end

  local originalPrint, originalWrite = print, io.write

  local function guardedPrint(...)
    if not isEditing() then return originalPrint(...) end
    local words = { ... }
    for i = 1, select('#', ...) do words[i] = tostring(words[i]) end
    editor:insertAbove(concat(words, '\t') .. '\n')
  end

  local function guardedWrite(...)
    if not isEditing() or io.output() ~= io.stdout then return originalWrite(...) end
    editor:insertAbove(concat({ ... }))
    return io.stdout
  end

  _G.print, io.write = guardedPrint, guardedWrite

  -- Streams are objects: a method of their own goes before that of their class.
  local streams = {}
  for _, name in ipairs({ 'stdout', 'stderr' }) do
    local stream = process[name]
    if type(stream) == 'table' and stream.write and not rawget(stream, 'write') then
      streams[#streams + 1] = stream
      local write = stream.write
      rawset(stream, 'write', function(self, chunk, ...)
        if not isEditing() or type(chunk) ~= 'string' then return write(self, chunk, ...) end
        editor:insertAbove(chunk)
        local callback = select(math.max(select('#', ...), 1), ...)
        if type(callback) == 'function' then callback() end
        return true
      end)
    end
  end

  return function()
    if print == guardedPrint then _G.print = originalPrint end
    if io.write == guardedWrite then io.write = originalWrite end
    for _, stream in ipairs(streams) do rawset(stream, 'write', nil) end
  end
end

return guard
