-- Reads what a file of tests prints: TAP 12 to 14 from whatever produces it, also with colours. What is no TAP is
-- output of the test whose result comes next; comments and indented lines behind `not ok` say why that test failed.

local json = require('json')

-- Of each test, and of a file; what is printed between is left out.
local MAX_KEPT = 256 * 1024

---@class luvit.testRunner.result
---@field name string
---@field ok boolean
---@field skip? string
---@field todo? string
---@field ms? number
---@field at? string where the test is defined, `file:line`
---@field why string[] what the producer says of a failure
---@field output string[] what was printed before the result

---@class luvit.testRunner.Parser
---@field isTap boolean
---@field results luvit.testRunner.result[]
---@field problems string[] what is wrong with the TAP itself
---@field plan? integer
---@field running? { name: string, at: string, timeout: integer } the test under way, if the producer tells
local Parser = {}
Parser.__index = Parser

local function newKept() return { size = 0 } end

local function keep(list, line)
  list.size = list.size + #line + 1
  if list.size <= MAX_KEPT then
    list[#list + 1] = line
  elseif not list.isCut then
    list.isCut = true
    list[#list + 1] = '… (more output is left out)'
  end
end

function Parser:problem(text)
  if #self.problems < 20 then table.insert(self.problems, text) end
end

local function stripColors(text)
  return (text:gsub('\27%[[%d;]*m', ''))
end

-- Splits `name # SKIP reason`; a `#` that belongs to the name is escaped.
local function splitDirective(text)
  local position = 1
  while true do
    local hash = text:find('#', position, true)
    if not hash then return text end
    if text:sub(1, hash - 1):match('\\*$'):len() % 2 == 0 then
      local word, rest = text:sub(hash):match('^#%s*(%a+)%S*%s*(.*)$')
      word = word and word:upper()
      if word == 'SKIP' or word == 'SKIPPED' then return text:sub(1, hash - 1), 'skip', rest end
      if word == 'TODO' then return text:sub(1, hash - 1), 'todo', rest end
    end
    position = hash + 1
  end
end

function Parser:addResult(ok, number, text)
  self.isTap = true
  local name, directive, reason = splitDirective(stripColors(text))
  name = name:gsub('^%s*%-%s*', ''):gsub('^%s+', ''):gsub('%s+$', ''):gsub('\\([\\#])', '%1')
  local count = #self.results + 1
  if number and number ~= count and not self.isMisnumbered then
    self.isMisnumbered = true
    self:problem(('test %d has the number %d'):format(count, number))
  end
  local result = {
    name = name ~= '' and name or 'test ' .. count, ok = ok, why = newKept(), output = self.pending,
    ms = self.ms, at = self.running and self.running.at,
  }
  if directive then result[directive] = reason end
  self.pending, self.ms, self.running = newKept(), nil, nil
  self.results[count] = result
  self.explained = not ok and result or nil
  self.inYaml = false
  if self.onResult then self.onResult(result) end
end

function Parser:event(text)
  local ok, event = pcall(json.parse, text)
  if not ok or type(event) ~= 'table' then return end
  self.explained = nil
  if event.started then
    self.running = { name = event.name, at = event.at, timeout = event.timeout }
    if self.onStart then self.onStart(event.timeout) end
  elseif event.ended then
    self.ms = event.ms
  end
end

function Parser:readPlan(count, comment)
  self.isTap = true
  self.explained = nil
  if self.plan then return self:problem('there is a second plan: 1..' .. count) end
  self.plan = count
  local reason = comment:match('^#%s*[Ss][Kk][Ii][Pp]%S*%s*(.*)$')
  if count == 0 then self.skippedBecause = reason end
end

---Takes a line of standard output, without its end.
---@param line string
function Parser:line(line)
  line = line:gsub('\r$', '')
  keep(self.output, line)

  local verdict, number, text = line:match('^(n?o?t? ?ok)%s+(%d+)%f[%D]%s*(.*)$')
  if not verdict and (self.plan or self.hasVersion) then
    verdict, text = line:match('^(n?o?t? ?ok)%f[%s%z](.*)$')
  end
  if verdict == 'ok' or verdict == 'not ok' then return self:addResult(verdict == 'ok', tonumber(number), text) end

  local count, comment = line:match('^1%.%.(%d+)%s*(#?.*)$')
  if count and (comment == '' or comment:sub(1, 1) == '#') then return self:readPlan(tonumber(count), comment) end
  if line:find('^TAP version %d+$') then
    self.isTap, self.hasVersion = true, true
    return
  end
  local reason = line:match('^Bail out!%s*(.*)$')
  if reason then
    self.isTap, self.bailOut = true, reason
    return
  end
  local event = line:match('^# luvit%-test (.+)$')
  if event then
    self.output[#self.output] = nil
    return self:event(event)
  end

  -- A test that writes without a line's end has the result behind it in the same line. Comments may quote such lines.
  if self.isTap and line:find('ok ', 1, true) and not line:find('^%s*# ') then
    local before, word, rest
    local expected = #self.results + 1
    before, word, rest = line:match('^(.-)(not ok) ' .. expected .. '%f[%D]%s*(.*)$')
    if not before then before, word, rest = line:match('^(.-)(ok) ' .. expected .. '%f[%D]%s*(.*)$') end
    if before then
      keep(self.pending, before)
      return self:addResult(word == 'ok', expected, rest)
    end
    before, event = line:match('^(.-)# luvit%-test (.+)$')
    if before then
      keep(self.pending, before)
      return self:event(event)
    end
  end

  local explained = self.explained
  if explained and not line:find('^# Starting Test') and (line:find('^%s') or line:find('^#')) then
    return keep(explained.why, (line:gsub('^%s%s?# ?', ''):gsub('^# ?', '')))
  end
  self.explained = nil
  if line ~= '' or #self.pending > 0 then keep(self.pending, line) end
end

---Takes a line of standard error.
---@param line string
function Parser:errorLine(line)
  line = line:gsub('\r$', '')
  keep(self.output, line)
  keep(self.pending, line)
end

---Whether a test has failed.
---@return boolean
function Parser:hasFailed()
  for _, result in ipairs(self.results) do
    if not result.ok and not result.todo then return true end
  end
  return false
end

---Checks the whole, when the file has ended.
function Parser:finish()
  if not self.isTap then return end
  local count = #self.results
  if self.bailOut then
    -- One that follows a failure is no news.
    if not self:hasFailed() then self:problem('Bail out! ' .. self.bailOut) end
  elseif not self.plan then
    self:problem(('there is no plan, after %d tests'):format(count))
  elseif self.plan ~= count then
    self:problem(('%d tests were planned, %d have a result'):format(self.plan, count))
  elseif count == 0 and not self.skippedBecause then
    self:problem('there are no tests in it')
  end
end

---@return luvit.testRunner.Parser
return function()
  return setmetatable({
    isTap = false, results = {}, problems = {}, pending = newKept(), output = newKept(),
  }, Parser)
end
