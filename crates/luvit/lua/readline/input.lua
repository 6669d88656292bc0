-- Bytes that were read from a stream but not used yet.
--
-- A burst of input holds more than the line that was asked for. What is left
-- belongs to whoever reads next from the same stream, also to another editor.

---@class luvit.readline.Input
---@field bytes string      read, not used
---@field pasting boolean   between the marks of a bracketed paste
---@field skipLineFeed boolean  a carriage return came last
---@field ended boolean     the stream has no more

local inputs = setmetatable({}, { __mode = 'k' })

---@param stream any
---@return luvit.readline.Input
local function inputOf(stream)
  local input = inputs[stream]
  if not input then
    input = { bytes = '', pasting = false, skipLineFeed = false, ended = false }
    inputs[stream] = input
  end
  return input
end

return inputOf
