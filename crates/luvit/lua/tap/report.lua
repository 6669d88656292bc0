-- How the results of tests are printed, and how errors in them are told.

local cleanStack = require('tap/stack')

local report = {}

local systemPrint = print
local inTest = false

---Prints lines of the report itself.
---@param text string
function report.line(text)
  systemPrint(text)
end

---Prints a text as a comment, one `#` a line.
---@param text string
---@param indent? string
function report.comment(text, indent)
  local start = (indent or '') .. '# '
  systemPrint(start .. (text:gsub('\n', '\n' .. start)))
end

---Whether a test runs: then `print` makes comments, so that nothing it prints passes for a result.
---@param running boolean
function report.setInTest(running)
  inTest = running
end

-- Replaced when this module loads: a test file that keeps `print` in a local has this one.
function _G.print(...)
  if not inTest then return systemPrint(...) end
  local words = { ... }
  for i = 1, select('#', ...) do words[i] = tostring(words[i]) end
  report.comment(table.concat(words, '\t'))
end

---A message handler for `xpcall` that keeps the error and where it was raised.
---@param err any
---@return { err: any, stack: string }
function report.handler(err)
  return { err = err, stack = (debug.traceback('', 2):gsub('^\n', '')) }
end

---The text of an error that `handler` kept.
---@param caught any
---@return string
function report.describe(caught)
  local err, stack = caught, ''
  -- Without memory or stack the handler itself fails, and the error is a plain one.
  if type(caught) == 'table' and caught.stack then err, stack = caught.err, cleanStack(caught.stack) end
  local text
  if type(err) == 'table' and not (getmetatable(err) or {}).__tostring then
    text = require('pretty-print').dump(err, false, true)
  else
    text = tostring(err)
  end
  return stack == '' and text or text .. '\n' .. stack
end

---The text of two errors, one of which came after the other.
---@param first? string
---@param second? string
---@return string?
function report.join(first, second)
  return first and second and first .. '\nafter that: ' .. second or first or second
end

-- A name is one line, and a `#` in it would begin a directive.
local function escape(name)
  return (name:gsub('[\r\n]+', ' '):gsub('\\', '\\\\'):gsub('#', '\\#'))
end

---@class luvit.tap.outcome
---@field name string
---@field err? string
---@field skip? string
---@field todo? string

---Prints the result of a test.
---@param number integer
---@param outcome luvit.tap.outcome
function report.result(number, outcome)
  local line = ('%s %d - %s'):format(outcome.err and 'not ok' or 'ok', number, escape(outcome.name))
  if outcome.skip then
    line = line .. ' # SKIP ' .. outcome.skip
  elseif outcome.todo then
    line = line .. ' # TODO ' .. outcome.todo
  end
  systemPrint((line:gsub('%s+$', '')))
  if outcome.err then report.comment(outcome.err, '  ') end
end

---Tells a test runner something that is not part of TAP: a comment with JSON.
---@param event table
function report.event(event)
  systemPrint('# luvit-test ' .. require('json').stringify(event))
end

return report
