-- The results as JUnit's XML, as CI services read it: a suite a file, a case a test.

local text = require('test-runner/text')

local entities = { ['&'] = '&amp;', ['<'] = '&lt;', ['>'] = '&gt;', ['"'] = '&quot;', ["'"] = '&apos;' }
local REPLACEMENT = '\239\191\189'

-- XML 1.0 has no place for most control characters, for bytes that are no UTF-8, for surrogates and for U+FFFE and
-- U+FFFF (section 2.2).
local function validUtf8(value)
  if not value:find('[\128-\255]') then return value end
  local parts, position = {}, 1
  while position <= #value do
    local length, bad = utf8.len(value, position)
    local stop = length and #value or bad - 1
    parts[#parts + 1] = value:sub(position, stop)
    if length then break end
    parts[#parts + 1] = REPLACEMENT
    position = bad + 1
  end
  return (table.concat(parts):gsub('\237[\160-\191][\128-\191]', REPLACEMENT):gsub('\239\191[\190\191]', REPLACEMENT))
end

local function escape(value)
  value = value:gsub('\27%[[%d;]*m', '')
  value = validUtf8(value):gsub('[%z\1-\8\11\12\14-\31\127]', REPLACEMENT)
  return (value:gsub('[&<>"\']', entities):gsub('\r', '&#13;'))
end

-- White space in an attribute would be read as spaces.
local function attribute(value)
  return (escape(value):gsub('\n', '&#10;'):gsub('\t', '&#9;'))
end

local function seconds(ms) return ('%.3f'):format((ms or 0) / 1000) end

local function writeCase(lines, record, result)
  local head = ('    <testcase name="%s" classname="%s" time="%s"'):format(
    attribute(result.name), attribute(record.path), seconds(result.ms))
  if result.skip or result.todo and not result.ok then
    lines[#lines + 1] = head .. '>'
    lines[#lines + 1] = ('      <skipped message="%s"/>'):format(attribute(text.directive(result):sub(4)))
  elseif not result.ok then
    local message = table.concat(result.why, '\n')
    lines[#lines + 1] = head .. '>'
    lines[#lines + 1] = ('      <failure message="%s">%s</failure>'):format(
      attribute(message:match('^[^\n]*')), escape(message))
    if #result.output > 0 then
      lines[#lines + 1] = ('      <system-out>%s</system-out>'):format(escape(table.concat(result.output, '\n')))
    end
  else
    lines[#lines + 1] = head .. '/>'
    return
  end
  lines[#lines + 1] = '    </testcase>'
end

---@param summary table
---@return string xml
return function(summary)
  local lines, tests, failures, skipped = {}, 0, 0, 0
  for _, record in ipairs(summary.records) do
    local cases, failed, left = {}, 0, 0
    for _, result in ipairs(record.results) do
      if result.skip or result.todo and not result.ok then
        left = left + 1
      elseif not result.ok then
        failed = failed + 1
      end
      writeCase(cases, record, result)
    end
    lines[#lines + 1] = ('  <testsuite name="%s" tests="%d" failures="%d" errors="0" skipped="%d" time="%s">'):format(
      attribute(record.path), #record.results, failed, left, seconds(record.ms))
    for _, line in ipairs(cases) do lines[#lines + 1] = line end
    lines[#lines + 1] = '  </testsuite>'
    tests, failures, skipped = tests + #record.results, failures + failed, skipped + left
  end
  table.insert(lines, 1, '<?xml version="1.0" encoding="UTF-8"?>')
  table.insert(lines, 2, ('<testsuites tests="%d" failures="%d" errors="0" skipped="%d" time="%s">'):format(
    tests, failures, skipped, seconds(summary.ms)))
  lines[#lines + 1] = '</testsuites>\n'
  return table.concat(lines, '\n')
end
