-- For people: each file with its tests, and all failures once more at the end.

local colorize = require('pretty-print').colorize
local text = require('test-runner/text')

-- A test that takes as long is worth a look.
local SLOW_MS = 100

local function safe(name) return (name:gsub('[%c\127]', ' ')) end

local function sign(result)
  if result.skip then return colorize('boolean', '-') end
  if result.todo then return colorize('boolean', result.ok and '✓' or '~') end
  return result.ok and colorize('string', '✓') or colorize('err', '✗')
end

---Prints the failures of a run, numbered.
---@param summary table
local function printFailures(summary)
  local number = 0
  for _, record in ipairs(summary.records) do
    for _, result in ipairs(record.results) do
      if not result.ok and not result.todo then
        number = number + 1
        print(('\n%d) %s'):format(number, colorize('err', ('%s: %s'):format(record.path, safe(result.name)))))
        for _, line in ipairs(text.failure(result)) do print('   ' .. line) end
      end
    end
  end
end

return function()
  local reporter = {}

  function reporter.start() end

  function reporter.file(record)
    print(('%s %s'):format(record.path, colorize('sep', '(' .. text.duration(record.ms) .. ')')))
    if record.skippedBecause then print('  ' .. colorize('boolean', '- ' .. record.skippedBecause)) end
    for _, result in ipairs(record.results) do
      local isSlow = result.ms and result.ms >= SLOW_MS
      local took = isSlow and ' ' .. colorize('sep', '(' .. text.duration(result.ms) .. ')') or ''
      print(('  %s %s%s%s'):format(sign(result), safe(result.name), text.directive(result), took))
    end
  end

  function reporter.finish(summary)
    printFailures(summary)
    print()
    for _, line in ipairs(text.summary(summary)) do print(line) end
  end

  function reporter.text(lines)
    print('\n' .. lines)
  end

  return reporter
end
