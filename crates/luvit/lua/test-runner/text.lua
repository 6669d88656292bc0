-- What the reporters share: how failures and sums are told.

local colorize = require('pretty-print').colorize

local text = {}

local MAX_OUTPUT_LINES = 200

-- What a terminal would act on, colours apart, becomes visible.
local function visible(line)
  return (line:gsub('\27%f[^%[]', '\\27'):gsub('[%z\1-\8\11-\26\28-\31\127]', function(char)
    return ('\\%d'):format(char:byte())
  end))
end

-- Lines of a diff have the colours that they have on a terminal.
local function colored(line)
  if line:find('^%s%s%- ') then return colorize('err', line) end
  if line:find('^%s%s%+ ') then return colorize('string', line) end
  return line
end

---The lines that tell why a test failed, with what it printed.
---@param result luvit.testRunner.result
---@return string[]
function text.failure(result)
  local lines = {}
  for _, line in ipairs(result.why) do
    for part in (line .. '\n'):gmatch('([^\n]*)\n') do lines[#lines + 1] = colored(visible(part)) end
  end
  local output = result.output
  if #output > 0 then
    if #lines > 0 then lines[#lines + 1] = 'output:' end
    local first = math.max(1, #output - MAX_OUTPUT_LINES + 1)
    if first > 1 then lines[#lines + 1] = ('… (%d lines before)'):format(first - 1) end
    for i = first, #output do lines[#lines + 1] = visible((output[i]:gsub('^# ', ''))) end
  end
  return lines
end

---@param ms number
---@return string
function text.duration(ms)
  if ms >= 1000 then return ('%.1f s'):format(ms / 1000) end
  return ('%.0f ms'):format(ms)
end

---The last lines of a run.
---@param summary table
---@param plain? boolean without colours
---@return string[]
function text.summary(summary, plain)
  local paint = plain and function(_, value) return value end or colorize
  local parts = {}
  local function add(number, what, color)
    if number > 0 then parts[#parts + 1] = paint(color, ('%d %s'):format(number, what)) end
  end
  add(summary.passed, 'passed', 'string')
  add(summary.failed, 'failed', 'err')
  add(summary.skipped, 'skipped', 'boolean')
  add(summary.todo, 'todo', 'boolean')
  if #parts == 0 then parts[1] = paint('err', 'no tests ran') end
  local lines = { ('%s, in %d %s (%s)'):format(
    table.concat(parts, ', '), summary.files, summary.files == 1 and 'file' or 'files', text.duration(summary.ms)) }
  if summary.stopped == 'failure' then
    lines[2] = ('ended after the first failure; %d files have not run'):format(summary.notRun)
  elseif summary.stopped then
    lines[2] = ('ended by %s; %d files have not run'):format(summary.stopped:upper(), summary.notRun)
  end
  return lines
end

---What stands behind the name of a result.
---@param result luvit.testRunner.result
---@return string
function text.directive(result)
  local kind = result.skip and 'SKIP' or result.todo and 'TODO'
  if not kind then return '' end
  local reason = result.skip or result.todo
  return ' # ' .. kind .. (reason ~= '' and ' ' .. reason or '')
end

return text
