-- What a terminal sends for keys, taken apart.

local text = require('readline/text')

local byte, find, match, sub = string.byte, string.find, string.match, string.sub

-- A terminal's longest sequence is far shorter; what is longer never ends.
local MAX_SEQUENCE = 64

local CONTROL = {
  [1] = 'home', [2] = 'left', [3] = 'interrupt', [4] = 'eof', [5] = 'end', [6] = 'right',
  [8] = 'backspace', [9] = 'tab', [10] = 'enter', [11] = 'deleteEnd', [12] = 'clearScreen', [13] = 'enter',
  [14] = 'down', [16] = 'up', [20] = 'swap', [21] = 'deleteLine', [23] = 'deleteWord', [127] = 'backspace',
}

-- Last byte of `ESC [ … X` and `ESC O X`.
local FINAL = {
  A = 'up', B = 'down', C = 'right', D = 'left', H = 'home', F = 'end',
  a = 'up', b = 'down', c = 'wordRight', d = 'wordLeft',
}

-- Number in `ESC [ N ~`.
local NUMBERED = {
  ['1'] = 'home', ['7'] = 'home', ['4'] = 'end', ['8'] = 'end', ['3'] = 'delete',
  ['5'] = 'pageUp', ['6'] = 'pageDown', ['200'] = 'pasteStart', ['201'] = 'pasteEnd',
}

-- What Alt or Control make of a key.
local MODIFIED = { left = 'wordLeft', right = 'wordRight', up = 'pageUp', down = 'pageDown' }

-- `ESC x`
local META = {
  b = 'wordLeft', f = 'wordRight', B = 'wordLeft', F = 'wordRight', ['\127'] = 'deleteWord', ['\8'] = 'deleteWord',
}

local keys = {}

-- `ESC [ parameters final`; `start` is the index of the bracket.
local function controlSequence(bytes, start, isMeta)
  local _, last, parameters, final = find(bytes, '^([0-?]*)[ -/]*([@-~])', start + 1)
  if not last then
    -- The Linux console's function keys: `ESC [ [ A`.
    if find(bytes, '^%[?[0-?]*[ -/]*$', start + 1) and #bytes - start < MAX_SEQUENCE then return nil end
    return 'unknown', start
  end
  if final == '[' and parameters == '' then
    if last == #bytes then return nil end
    return 'unknown', last + 1
  end
  local name
  if final == '~' then
    name = NUMBERED[match(parameters, '^%d+')]
  else
    name = FINAL[final]
  end
  local modifier = tonumber(match(parameters, '^%d*;(%d+)$')) or 1
  -- Bits of modifier - 1: shift, alt, control.
  if isMeta or math.floor((modifier - 1) / 2) % 4 > 0 then name = MODIFIED[name] or name end
  return name or 'unknown', last
end

local function escape(bytes, index)
  local start, isMeta = index + 1, false
  if byte(bytes, start) == 27 then start, isMeta = start + 1, true end
  local second = sub(bytes, start, start)
  if second == '' then return nil end
  if second == '[' then return controlSequence(bytes, start, isMeta) end
  if second == 'O' then
    if start == #bytes then return nil end
    local name = FINAL[sub(bytes, start + 1, start + 1)]
    return name and (isMeta and MODIFIED[name] or name) or 'unknown', start + 1
  end
  if isMeta then return 'unknown', index end
  return META[second] or 'unknown', start
end

-- Last byte of the printable characters that start at `index`.
local function textEnd(bytes, index)
  local last = index - 1
  while last < #bytes do
    local value = byte(bytes, last + 1)
    if value < 32 or value == 127 then break end
    local length, code, cut = text.decode(bytes, last + 1)
    -- Half a character may still be on its way.
    if cut and #bytes - last < 4 then break end
    -- Bytes that are no UTF-8 stay out of the line.
    if not code then break end
    last = last + length
  end
  return last
end

---The next key in what was read.
---@param bytes string
---@param index integer
---@return string? name  `text` for printable characters, as many as there are; nil if the bytes end within a key
---@return integer? last  index of its last byte
function keys.next(bytes, index)
  local first = byte(bytes, index)
  if first == 27 then return escape(bytes, index) end
  if first < 32 or first == 127 then return CONTROL[first] or 'unknown', index end
  local last = textEnd(bytes, index)
  if last >= index then return 'text', last end
  local _, _, cut = text.decode(bytes, index)
  if cut then return nil end
  return 'unknown', index
end

return keys
