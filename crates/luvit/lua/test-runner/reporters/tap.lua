-- All files as one stream of TAP, the plan at its end.

local text = require('test-runner/text')

local function escape(name)
  return (name:gsub('[%c\127]', ' '):gsub('\\', '\\\\'):gsub('#', '\\#'))
end

return function()
  local number = 0
  local reporter = {}

  function reporter.start()
    print('TAP version 13')
  end

  function reporter.file(record)
    for _, result in ipairs(record.results) do
      number = number + 1
      local name = result.name == record.path and record.path or record.path .. ': ' .. result.name
      print(('%s %d - %s%s'):format(result.ok and 'ok' or 'not ok', number, escape(name), text.directive(result)))
      if not result.ok then
        for _, line in ipairs(text.failure(result)) do print('  # ' .. line) end
      end
    end
  end

  function reporter.finish(summary)
    print('1..' .. number .. (number == 0 and ' # no tests ran' or ''))
    reporter.text(table.concat(text.summary(summary, true), '\n'))
  end

  function reporter.text(lines)
    print('# ' .. lines:gsub('\n', '\n# '))
  end

  return reporter
end
