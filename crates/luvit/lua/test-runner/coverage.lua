-- Puts together which lines ran in the processes of the tests, and tells it: as a table or for lcov.

local files = require('test-runner/files')
local json = require('json')
local uv = require('uv')

local MAX_MISSING = 8

---@class luvit.testRunner.Coverage
local Coverage = {}
Coverage.__index = Coverage

local function readFile(path)
  local fd = uv.fs_open(path, 'r', 0)
  if not fd then return nil end
  local stat = uv.fs_fstat(fd)
  local text = stat and uv.fs_read(fd, stat.size, 0)
  uv.fs_close(fd)
  return text
end

---Where the process of the next file writes its counts.
---@return string path
function Coverage:newFile()
  self.count = self.count + 1
  return ('%s/%d.json'):format(self.folder, self.count)
end

-- The lines that have code, by LuaJIT's own line table, of a function and those in it.
local function addLines(prototype, set)
  local util = require('jit.util')
  local info = util.funcinfo(prototype)
  for position = 1, info.bytecodes - 1 do set[util.funcinfo(prototype, position).currentline] = true end
  for index = -1, -info.gcconsts, -1 do
    local constant = util.funck(prototype, index)
    if type(constant) == 'proto' then addLines(constant, set) end
  end
  return set
end

local function relative(path, cwd)
  path = path:gsub('\\', '/')
  cwd = cwd:gsub('\\', '/'):gsub('/$', '')
  if path:sub(1, #cwd + 1) == cwd .. '/' then return path:sub(#cwd + 2) end
  return (path:gsub('^%./', ''))
end

-- The counts of all processes, by path relative to the working folder.
function Coverage:collect()
  local counts = {}
  for number = 1, self.count do
    local path = ('%s/%d.json'):format(self.folder, number)
    local text = readFile(path)
    local ok, data = pcall(json.parse, text or '')
    if ok and type(data) == 'table' then
      for _, entry in ipairs(data.files) do
        local file = relative(entry.file, uv.cwd())
        local lines = counts[file] or {}
        counts[file] = lines
        for _, pair in ipairs(entry.lines) do lines[pair[1]] = (lines[pair[1]] or 0) + pair[2] end
      end
    end
    uv.fs_unlink(path)
  end
  uv.fs_rmdir(self.folder)
  return counts
end

---@class luvit.testRunner.CoverageReport
---@field files { path: string, lines: { [1]: integer, [2]: integer }[], hit: integer, err?: string }[]
local Report = {}
Report.__index = Report

local function percent(hit, all)
  if all == 0 then return '0.0 %' end
  -- Not all is never 100.
  return ('%.1f %%'):format(hit < all and math.min(99.9, hit / all * 100) or 100)
end

-- The lines that did not run, as ranges. Lines without code between two of them do not end a range.
local function missing(lines)
  local ranges, first, last = {}, nil, nil
  local function close()
    if first then ranges[#ranges + 1] = first == last and tostring(first) or first .. '-' .. last end
    first = nil
  end
  for _, line in ipairs(lines) do
    if line[2] == 0 then
      first = first or line[1]
      last = line[1]
    else
      close()
    end
  end
  close()
  if #ranges > MAX_MISSING then
    local rest = #ranges - MAX_MISSING
    for i = #ranges, MAX_MISSING + 1, -1 do ranges[i] = nil end
    ranges[#ranges + 1] = ('… %d more'):format(rest)
  end
  return table.concat(ranges, ', ')
end

---The coverage of each file, for people.
---@return string
function Report:table()
  local width = 4
  for _, file in ipairs(self.files) do width = math.max(width, #file.path) end
  local row = '%-' .. width .. 's  %6s  %6s  %7s  %s'
  local lines, all, hit = { row:format('file', 'lines', 'ran', 'share', 'not run') }, 0, 0
  for _, file in ipairs(self.files) do
    local rest = file.err and 'cannot be read: ' .. file.err or missing(file.lines)
    lines[#lines + 1] = row:format(file.path, #file.lines, file.hit, percent(file.hit, #file.lines), rest)
    all, hit = all + #file.lines, hit + file.hit
  end
  lines[#lines + 1] = row:format('all', all, hit, percent(hit, all), '')
  for i = 1, #lines do lines[i] = lines[i]:gsub('%s+$', '') end
  return table.concat(lines, '\n')
end

---The coverage in the format of geninfo(1).
---@return string
function Report:lcov()
  local out = {}
  for _, file in ipairs(self.files) do
    out[#out + 1] = 'TN:'
    out[#out + 1] = 'SF:' .. file.path
    for _, line in ipairs(file.lines) do out[#out + 1] = ('DA:%d,%d'):format(line[1], line[2]) end
    out[#out + 1] = 'LF:' .. #file.lines
    out[#out + 1] = 'LH:' .. file.hit
    out[#out + 1] = 'end_of_record'
  end
  out[#out + 1] = ''
  return table.concat(out, '\n')
end

---Reads what the processes left. Sources that no test loaded are part of the report.
---@param tests string[] the files of tests, which are not
---@return luvit.testRunner.CoverageReport
function Coverage:finish(tests)
  local counts = self:collect()
  local isTest = {}
  for _, path in ipairs(tests) do isTest[relative(path, uv.cwd())] = true end
  local report = setmetatable({ files = {} }, Report)
  for _, path in ipairs(files.sources()) do
    if not isTest[path] then
      local file = { path = path, lines = {}, hit = 0 }
      local chunk, err = loadfile(path)
      if chunk then
        local hits = counts[path] or {}
        for line in pairs(addLines(chunk, {})) do file.lines[#file.lines + 1] = { line, hits[line] or 0 } end
        table.sort(file.lines, function(a, b) return a[1] < b[1] end)
        for _, line in ipairs(file.lines) do
          if line[2] > 0 then file.hit = file.hit + 1 end
        end
      else
        file.err = err
      end
      table.insert(report.files, file)
    end
  end
  return report
end

return {
  ---@return luvit.testRunner.Coverage
  new = function()
    local folder = assert(uv.fs_mkdtemp(uv.os_tmpdir() .. '/luvit-coverage-XXXXXX'))
    return setmetatable({ folder = folder, count = 0 }, Coverage)
  end,
}
