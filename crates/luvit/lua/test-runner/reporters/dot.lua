-- A character for each test, and the failures at the end.

local colorize = require('pretty-print').colorize

local COLUMNS = 80

return function()
  local reporter = require('test-runner/reporters/spec')()
  local column = 0

  local function dot(color, sign)
    io.stdout:write(colorize(color, sign))
    column = column + 1
    if column == COLUMNS then
      column = 0
      io.stdout:write('\n')
    end
  end

  function reporter.file(record)
    for _, result in ipairs(record.results) do
      if result.skip or result.todo then
        dot('boolean', result.skip and '-' or '~')
      elseif result.ok then
        dot('string', '.')
      else
        dot('err', 'F')
      end
    end
    io.stdout:flush()
  end

  local finish = reporter.finish
  function reporter.finish(summary)
    if column > 0 then print() end
    column = 0
    finish(summary)
  end

  return reporter
end
