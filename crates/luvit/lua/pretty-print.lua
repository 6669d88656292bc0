-- Prints Lua values for people, with colours when standard output is a terminal. Nothing is decided or opened at load:
-- colours on first use, the stdio streams when they are first touched.

local uv = require('uv')
local stdio = require('luvit:stdio')

---@class luvit.prettyPrint
---@field theme table<string, string> the ANSI attributes of the current colours by name, empty without colours
---@field stdin uv_stream_t the handle of standard input, opened when first looked at
---@field stdout uv_stream_t the handle of standard output
---@field stderr uv_stream_t the handle of standard error
local lib = {}

-- Colours ------------------------------------------------------------------------------------------------------------

-- Called once a theme is loaded, so that programs without colours never hold these tables.
local function themeOf(index)
  if index == 16 then
    return {
      property = '0;37', sep = '1;30', braces = '1;30', ['nil'] = '1;30', boolean = '0;33', number = '1;33',
      string = '0;32', quotes = '1;32', escape = '1;32', ['function'] = '0;35', thread = '1;35', table = '1;34',
      userdata = '1;36', cdata = '0;36', err = '1;31', success = '1;33;42', failure = '1;33;41', highlight = '1;36;44',
    }
  elseif index == 256 then
    return {
      property = '38;5;253', sep = '38;5;240', braces = '38;5;247', ['nil'] = '38;5;244', boolean = '38;5;220',
      number = '38;5;202', string = '38;5;34', quotes = '38;5;40', escape = '38;5;46', ['function'] = '38;5;129',
      thread = '38;5;199', table = '38;5;27', userdata = '38;5;39', cdata = '38;5;69', err = '38;5;196',
      success = '38;5;120;48;5;22', failure = '38;5;215;48;5;52', highlight = '38;5;45;48;5;236',
    }
  end
end

-- The tables of `theme` and whether to use it; nil until first needed.
local theme, useColors

local function isTerminal()
  return uv.guess_handle(1) == 'tty'
end

local function defaultColors()
  local noColor = os.getenv('NO_COLOR')
  local term = os.getenv('TERM') or ''
  if not isTerminal() or noColor and noColor ~= '' or term == 'dumb' then return nil end
  return (term == 'xterm' or term:find('-256color$')) and 256 or 16
end

---Chooses the colours.
---@param index? 16|256|false nil detects: none unless standard output is a terminal, none with NO_COLOR set
function lib.loadColors(index)
  if index == nil then index = defaultColors() end
  local new = {}
  if index then
    new = themeOf(index)
    if not new then error('Invalid theme index: ' .. tostring(index), 2) end
  end
  theme = theme or {}
  for name in pairs(theme) do theme[name] = nil end
  for name, attributes in pairs(new) do theme[name] = attributes end
  useColors = index and true or false
end

---The escape sequence that switches to a colour of the theme.
---@param name? string nil or an unknown name resets
---@return string
function lib.color(name)
  if not theme then lib.loadColors() end
  return '\27[' .. (name and theme[name] or '0') .. 'm'
end

---Wraps a value's text in a colour, when colours are in use.
---@param name string
---@param value any
---@param resetName? string the colour that goes on after it
---@return string
function lib.colorize(name, value, resetName)
  if useColors == nil then lib.loadColors() end
  if not useColors then return tostring(value) end
  return lib.color(name) .. tostring(value) .. lib.color(resetName)
end

---Removes colours from a text.
---@param text string
---@return string
function lib.strip(text)
  return (text:gsub('\27%[[^m]*m', ''))
end

-- Dumping ------------------------------------------------------------------------------------------------------------

-- Deeper tables are shown as `table: 0x…`: indentation alone would make the output quadratic.
local MAX_DEPTH = 100
-- With `recurse` a table is shown wherever it occurs, and a few shared tables can multiply without end. After this many
-- the rest is shown once each.
local MAX_REPEATED = 10000

local named = { [7] = '\\a', [8] = '\\b', [9] = '\\t', [10] = '\\n', [11] = '\\v', [12] = '\\f', [13] = '\\r' }

local function escape(char)
  local byte = char:byte()
  if byte == 92 or byte == 39 then return '\\' .. char end
  return named[byte] or ('\\%03d'):format(byte)
end

local function columns()
  if not isTerminal() then return 80 end
  local stdout = lib.stdout
  local ok, width = pcall(uv.tty_get_winsize, stdout)
  return ok and type(width) == 'number' and width > 0 and width or 80
end

-- Writes the text in pieces and breaks lines. Each item of a table is a block inside the item that contains it. A block
-- has an empty piece in front; when a line gets too long, that piece becomes a line break, in the outermost blocks first.
local Writer = {}
Writer.__index = Writer

local function newWriter()
  return setmetatable({
    width = columns(),
    pieces = {}, count = 0,
    total = 0,   -- visible characters written so far, line breaks and indentation apart
    column = 0,  -- where the current line is
    depth = 0,   -- open blocks
    broken = 0,  -- how many of them, from the outside, have their line break
    index = {},  -- by depth: the piece in front of the block
    start = {},  -- by depth: `total` where the block begins
  }, Writer)
end

function Writer:write(text, length)
  while self.column + length > self.width and self.broken < self.depth do
    local level = self.broken + 1
    self.broken = level
    self.pieces[self.index[level]] = '\n' .. ('  '):rep(level)
    self.column = 2 * level + self.total - self.start[level]
  end
  local count = self.count + 1
  self.count = count
  self.pieces[count] = text
  self.total = self.total + length
  self.column = self.column + length
end

function Writer:open()
  local depth = self.depth + 1
  local count = self.count + 1
  self.depth = depth
  self.count = count
  self.pieces[count] = ''
  self.index[depth] = count
  self.start[depth] = self.total
end

function Writer:close()
  self.depth = self.depth - 1
  if self.broken > self.depth then self.broken = self.depth end
end

local function writeString(writer, text)
  local quote, pattern = "'", "[%c\\'\127-\255]"
  if text:find("'", 1, true) and not text:find('"', 1, true) then
    quote, pattern = '"', '[%c\\\127-\255]'
  end
  local plain = text:gsub(pattern, escape)
  local length = #plain + 2
  if useColors then
    local escaped = text:gsub(pattern, function(char) return lib.colorize('escape', escape(char), 'string') end)
    writer:write(lib.colorize('quotes', quote, 'string') .. escaped .. lib.colorize('quotes', quote), length)
  else
    writer:write(quote .. plain .. quote, length)
  end
end

local writeValue

local function writeColored(writer, name, text)
  writer:write(lib.colorize(name, text), #text)
end

local function writeEntry(writer, key, value, state)
  if type(key) == 'string' and key:find('^[%a_][%w_]*$') then
    writer:write(lib.colorize('property', key) .. lib.colorize('sep', ' = '), #key + 3)
  else
    writeColored(writer, 'property', '[')
    writeValue(writer, key, state)
    writer:write(lib.colorize('property', ']') .. lib.colorize('sep', ' = '), 4)
  end
  if type(value) == 'table' then
    writeValue(writer, value, state)
  else
    writer:open()
    writeValue(writer, value, state)
    writer:close()
  end
end

-- What a value of a class says of itself for a reader, by `__inspect` of its metatable.
local function inspected(value)
  local meta = debug.getmetatable(value)
  local inspect = type(meta) == 'table' and rawget(meta, '__inspect')
  local text = inspect and inspect(value)
  return type(text) == 'string' and text or nil
end

local function writeTable(writer, value, state)
  local text = inspected(value)
  if text then return writer:write(lib.colorize('table', text), #lib.strip(text)) end
  local seen, recurse = state.seen, state.recurse
  seen[value] = true
  state.depth = state.depth + 1
  state.tables = state.tables + 1
  writeColored(writer, 'braces', '{ ')
  local position = 1
  local iterate, object, control = pairs(value)
  local key, item = iterate(object, control)
  while key ~= nil do
    writer:open()
    if key == position then
      position = position + 1
      writeValue(writer, item, state)
    else
      writeEntry(writer, key, item, state)
    end
    key, item = iterate(object, key)
    if key ~= nil then
      writeColored(writer, 'sep', ', ')
    else
      writer:write(' ', 1)
    end
    writer:close()
  end
  writeColored(writer, 'braces', '}')
  state.depth = state.depth - 1
  if recurse and state.tables < MAX_REPEATED then seen[value] = nil end
end

function writeValue(writer, value, state)
  local kind = type(value)
  if kind == 'string' then
    writeString(writer, value)
  elseif kind == 'table' and not state.seen[value] and state.depth < MAX_DEPTH then
    writeTable(writer, value, state)
  else
    local text = tostring(value)
    writer:write(lib.colorize(kind, text), #lib.strip(text))
  end
end

---The text of a value as it would be written in Lua, in lines of at most the terminal's width (80 without a terminal).
---A table whose metatable has a function `__inspect` is shown as the string that this returns for it.
---@param value any
---@param recurse? boolean show a table each time it occurs (cycles excepted) and not only the first time
---@param nocolor? boolean
---@return string
function lib.dump(value, recurse, nocolor)
  if useColors == nil then lib.loadColors() end
  local writer = newWriter()
  writeValue(writer, value, { seen = {}, recurse = recurse, depth = 0, tables = 0 })
  local text = table.concat(writer.pieces)
  return nocolor and useColors and lib.strip(text) or text
end

-- Standard streams ---------------------------------------------------------------------------------------------------

-- What a descriptor gets that no stream handle can be opened on.
local Descriptor = {}
Descriptor.__index = Descriptor

function Descriptor:write(data, callback)
  if type(data) == 'table' then data = table.concat(data) end
  local ok, err, code = nil, 'EBADF: bad file descriptor', 'EBADF'
  if self.fd ~= 0 then ok, err, code = stdio.write(self.fd, data) end
  if callback then callback(code) end
  return ok, err, code
end

function Descriptor:try_write(data)
  local ok, err, code = self:write(data)
  return ok and #data, err, code
end

function Descriptor:is_closing()
  return self.closing or false
end

function Descriptor:close(callback)
  self.closing = true
  if callback then callback() end
end

local function openStream(fd)
  local kind = uv.guess_handle(fd)
  if kind == 'tty' then
    local tty = uv.new_tty(fd, fd == 0)
    if tty then return tty end
  elseif kind == 'tcp' then
    local tcp = uv.new_tcp()
    if tcp:open(fd) then return tcp end
    tcp:close()
  else
    local pipe = uv.new_pipe(false)
    local ok, opened = pcall(uv.pipe_open, pipe, fd)
    if ok and opened then return pipe end
    pipe:close()
  end
  return setmetatable({ fd = fd }, Descriptor)
end

local descriptors = { stdin = 0, stdout = 1, stderr = 2 }

---The global `print`: writes its arguments to standard output, separated by tabs, with a line break.
---@param ... any
lib.print = print

---Prints the dumps of the arguments, separated by tabs; this is the global `p`.
---@param ... any
function lib.prettyPrint(...)
  local words = { ... }
  for i = 1, select('#', ...) do words[i] = lib.dump(words[i]) end
  print(table.concat(words, '\t'))
end

return setmetatable(lib, {
  __index = function(_, name)
    if name == 'theme' then
      if not theme then lib.loadColors() end
      lib.theme = theme
      return theme
    end
    local fd = descriptors[name]
    if not fd then return end
    local stream = openStream(fd)
    -- A program that looks for handles it has left open does not find the one that a look at this field made.
    if type(stream) == 'userdata' then stdio.hide(stream, true) end
    rawset(lib, name, stream)
    return stream
  end,
})
