-- The command line of `luvit test`.

local uv = require('uv')

local options = {}

options.usage = [[
Usage: luvit test [options] [files, folders or patterns]

Runs each file of tests in a process of its own, several at a time. Without
names it takes the folders tests/ and test/, and files called *_test.lua,
*.test.lua or test-*.lua elsewhere. In tests/ and test/ it takes all Lua files
or, if at least half of them have such names, only those; in another folder
those with such names or, if there are none, all; never what is in a folder
libs, fixtures, deps, or hidden. A file that prints no TAP is one test, which
passes with exit code 0.

Options:
  -f, --filter TEXT      Only tests whose name contains TEXT, or matches it as
                         a Lua pattern.
  -j, --jobs N           Files at a time; as many as the machine has cores.
  -t, --timeout MS       Milliseconds that a test, or a file without TAP, may
                         take; 60000.
  -b, --bail             End after the first failure.
  -w, --watch            Run again when a file changes; q ends.
  -r, --reporter NAME    tap, spec or dot; spec on a terminal, else tap.
      --junit FILE       Write the results as JUnit's XML.
      --coverage         Count the lines that ran, and print a table.
      --lcov FILE        Write the counts for lcov; implies --coverage.
  -h, --help             Print this text.
      --                 What follows are names.

Exit code: 0 if all tests passed, 1 if one failed or there was none, 2 if the
command line is wrong, 128 and its number if a signal ended the run.
]]

---@class luvit.testRunner.options
---@field names string[]
---@field filter? string
---@field jobs integer
---@field timeout integer
---@field bail? boolean
---@field watch? boolean
---@field reporter 'tap'|'spec'|'dot'
---@field junit? string
---@field coverage? boolean
---@field lcov? string
---@field help? boolean

local short = {
  f = 'filter', j = 'jobs', t = 'timeout', b = 'bail', w = 'watch', r = 'reporter', h = 'help',
}
local takesValue = { filter = true, jobs = true, timeout = true, reporter = true, junit = true, lcov = true }
local isFlag = { bail = true, watch = true, coverage = true, help = true }

local function positive(text, name)
  local number = text:find('^%d+$') and tonumber(text)
  if not number or number < 1 or number > 2 ^ 31 then
    return nil, ("--%s wants a whole number from 1, not '%s'"):format(name, text)
  end
  return number
end

local check = { jobs = positive, timeout = positive }

function check.reporter(text)
  if text == 'tap' or text == 'spec' or text == 'dot' then return text end
  return nil, ("there is no reporter '%s', but tap, spec and dot"):format(text)
end

function check.filter(text)
  return text
end

local function set(result, name, value)
  if check[name] then
    local err
    value, err = check[name](value, name)
    if value == nil then return err end
  end
  result[name] = value
end

---Reads the words behind `luvit test`.
---@param words string[]
---@return luvit.testRunner.options? options, string? err
function options.parse(words)
  local result = { names = {}, jobs = uv.available_parallelism(), timeout = 60000 }
  local index, onlyNames = 0, false
  while index < #words do
    index = index + 1
    local word = words[index]
    local name, value
    if onlyNames or word == '-' or word:sub(1, 1) ~= '-' then
      table.insert(result.names, word)
    elseif word == '--' then
      onlyNames = true
    elseif word:sub(1, 2) == '--' then
      name, value = word:match('^%-%-([^=]+)=(.*)$')
      name = name or word:sub(3)
      if not (takesValue[name] or isFlag[name]) then return nil, ("unknown option '%s'"):format(word) end
    else
      name = short[word:sub(2, 2)]
      if not name then return nil, ("unknown option '%s'"):format(word) end
      if #word > 2 then
        if takesValue[name] then
          value = word:sub(3):gsub('^=', '')
        else
          -- Flags may stand together: -bw.
          table.insert(words, index + 1, '-' .. word:sub(3))
        end
      end
    end
    if name and takesValue[name] then
      if not value then
        index = index + 1
        value = words[index]
        if not value then return nil, ("option '--%s' wants a value"):format(name) end
      end
      local err = set(result, name, value)
      if err then return nil, err end
    elseif name then
      if value then return nil, ("option '--%s' takes no value"):format(name) end
      result[name] = true
    end
  end
  if result.lcov then result.coverage = true end
  result.reporter = result.reporter or uv.guess_handle(1) == 'tty' and 'spec' or 'tap'
  return result
end

return options
