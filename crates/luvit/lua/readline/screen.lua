-- Draws a prompt and a line, which may take several rows of the terminal.
--
-- The cursor's row is remembered, so that the next drawing starts where this
-- one did.

local text = require('readline/text')

---@class luvit.readline.Screen
---@field stdout table    has `write(self, bytes)`, and `get_winsize` if it is a terminal
---@field columns integer as of the last drawing
---@field row integer     of the cursor, counted from the prompt's first row
local Screen = {}
Screen.__index = Screen

local DEFAULT_COLUMNS = 80

---@param stdout table
---@return luvit.readline.Screen
function Screen.new(stdout)
  return setmetatable({ stdout = stdout, columns = DEFAULT_COLUMNS, row = 0 }, Screen)
end

local function windowColumns(stdout)
  local ok, getWinsize = pcall(function() return stdout.get_winsize end)
  local columns = ok and getWinsize and getWinsize(stdout)
  -- A terminal that does not know its size says 0.
  if type(columns) ~= 'number' or columns < 1 then return DEFAULT_COLUMNS end
  return columns
end

-- Where the next character goes after a run of cells. A column that equals
-- the number of columns stands for the margin of a full row.
local function advance(row, column, cells, first, last, columns)
  for i = first, last do
    local width = cells[i].width
    if column + width > columns then
      row, column = row + 1, 0
    end
    column = column + width
  end
  return row, column
end

-- The place after the prompt, whose escape sequences take no room.
local function afterPrompt(prompt, columns)
  local row, column = 0, 0
  local plain = prompt:gsub('\27%[[0-?]*[ -/]*[@-~]', '')
  for part, lineBreak in plain:gmatch('([^\n]*)(\n?)') do
    local cells = text.split(part)
    row, column = advance(row, column, cells, 1, #cells, columns)
    if lineBreak ~= '' then row, column = row + 1, 0 end
  end
  return row, column
end

local function onRow(row, column, columns)
  if column >= columns then return row + 1, 0 end
  return row, column
end

---@param bytes string
function Screen:write(bytes)
  if bytes ~= '' then self.stdout:write(bytes) end
end

-- Moves to the first row and clears from there. After a change of the
-- window's width the terminal has wrapped the rows anew.
function Screen:_toStart()
  local columns = windowColumns(self.stdout)
  if columns ~= self.columns and self.drawn then
    local row, column = afterPrompt(self.drawn.prompt, columns)
    row, column = advance(row, column, self.drawn.cells, 1, self.drawn.cursor - 1, columns)
    self.row = onRow(row, column, columns)
  end
  self.columns = columns
  local up = self.row > 0 and ('\27[%dA'):format(self.row) or ''
  return up .. '\r\27[J'
end

---Draws anew at the place of the last drawing.
---@param prompt string
---@param cells luvit.readline.Cell[]
---@param cursor integer  index of the cell that the cursor stands on
function Screen:draw(prompt, cells, cursor)
  local out = { self:_toStart(), (prompt:gsub('\n', '\r\n')) }
  for i = 1, #cells do out[#out + 1] = cells[i].shown end

  local columns = self.columns
  local row, column = afterPrompt(prompt, columns)
  row, column = advance(row, column, cells, 1, cursor - 1, columns)
  local endRow, endColumn = advance(row, column, cells, cursor, #cells, columns)
  -- A wide character under the cursor may not fit in this row.
  if cells[cursor] and column + cells[cursor].width > columns then column = columns end
  row, column = onRow(row, column, columns)
  if endColumn >= columns then
    -- The terminal would wrap only when the next character comes.
    out[#out + 1] = '\r\n'
    endRow, endColumn = endRow + 1, 0
  end

  if endRow > row then out[#out + 1] = ('\27[%dA'):format(endRow - row) end
  if endRow > row or endColumn ~= column then
    out[#out + 1] = '\r'
    if column > 0 then out[#out + 1] = ('\27[%dC'):format(column) end
  end
  self.row = row
  self.column = column
  self.drawn = { prompt = prompt, cells = cells, cursor = cursor }
  self:write(table.concat(out))
end

---Draws one cell more at the end of the line, if that is all it takes.
---@param cells luvit.readline.Cell[]  the cell is the last of them
---@return boolean done
function Screen:append(cells)
  local cell = cells[#cells]
  if not self.drawn or windowColumns(self.stdout) ~= self.columns then return false end
  if self.column + cell.width >= self.columns then return false end
  self.column = self.column + cell.width
  self.drawn.cells, self.drawn.cursor = cells, #cells + 1
  self:write(cell.shown)
  return true
end

---Moves below the line, whose drawing ends here.
---@param prompt string
---@param cells luvit.readline.Cell[]
function Screen:leave(prompt, cells)
  if self.drawn and self.drawn.cursor <= #cells then self:draw(prompt, cells, #cells + 1) end
  -- A full last row has moved the cursor below already.
  self:write(self.column == 0 and #cells > 0 and '' or '\r\n')
  self:forget()
end

---Removes the drawing.
function Screen:erase()
  self:write(self:_toStart())
  self:forget()
end

---Takes the cursor's row as the first one of the next drawing.
function Screen:forget()
  self.row, self.column, self.drawn = 0, 0, nil
end

return Screen
