-- The reference: what is committed is what the annotations say, every module and example has what it needs, the examples
-- print what they say, and the check finds what is wrong.

local library = require('../scripts/reference/library')
local findProblems = require('../scripts/reference/check')
local reference = require('../scripts/reference/init')
local uv = require('uv')

local ROOT = assert(uv.fs_realpath(module.dir .. '/..'))
local EXAMPLES = ROOT .. '/docs/reference/examples'
-- How many examples run at a time, and how long one may take.
local AT_ONCE, PATIENCE = 4, 60000

-- Examples ------------------------------------------------------------------------------------------------------------

-- What a program says that it prints: the comments that begin with `-->`.
local function promised(source)
  local lines = {}
  for line in source:gmatch('[^\n]+') do
    local text = line:match('%-%-> ?(.*)$')
    if text then lines[#lines + 1] = text end
  end
  return table.concat(lines, '\n')
end

local function newPipe(parts)
  local pipe = uv.new_pipe(false)
  return pipe, function()
    pipe:read_start(function(err, data)
      assert(not err, err)
      if data then parts[#parts + 1] = data else pipe:close() end
    end)
  end
end

---Runs a program, and calls back with its exit code and what it printed.
local function run(path, callback)
  local output, complaints = {}, {}
  local stdout, readStdout = newPipe(output)
  local stderr, readStderr = newPipe(complaints)
  local child, timer
  local function finish(code, signal)
    timer:close()
    child:close()
    -- The pipes are empty when the loop has nothing else to do with them.
    local check = uv.new_check()
    check:start(function()
      if not (stdout:is_closing() and stderr:is_closing()) then return end
      check:close()
      callback(signal ~= 0 and 'signal ' .. signal or code, table.concat(output), table.concat(complaints))
    end)
  end
  child = assert(uv.spawn(uv.exepath(), { args = { path }, cwd = uv.os_tmpdir(), stdio = { nil, stdout, stderr } }, finish))
  timer = uv.new_timer()
  timer:start(PATIENCE, 0, function() child:kill('sigkill') end)
  readStdout()
  readStderr()
end

local function checkExample(name, code, output, complaints)
  local wanted = promised(assert(library.readText(EXAMPLES .. '/' .. name)))
  output = output:gsub('\r\n', '\n'):gsub('\n$', '')
  local text = ('%s ends with %s\n%s%s'):format(name, tostring(code), output, complaints)
  assert(code == 0 and complaints == '', text)
  assert(output == wanted, ('%s prints\n%s\ninstead of\n%s'):format(name, output, wanted))
  assert(wanted ~= '', name .. ' prints nothing')
end

-- The check -----------------------------------------------------------------------------------------------------------

-- A library of one module, in a folder of its own.
local function problemsOf(text)
  local root = assert(uv.fs_mkdtemp(uv.os_tmpdir() .. '/luvit-reference-XXXXXX'))
  local folders = { root .. '/crates', root .. '/crates/luvit', root .. '/crates/luvit/lua' }
  for _, folder in ipairs(folders) do assert(uv.fs_mkdir(folder, tonumber('700', 8))) end
  local path = folders[3] .. '/sample.lua'
  local file = assert(io.open(path, 'wb'))
  file:write(text)
  file:close()
  local ok, problems = pcall(function()
    return findProblems(library.read(root, function() return assert(loadstring(text, '@bundle:/deps/sample.lua'))() end))
  end)
  os.remove(path)
  for index = #folders, 1, -1 do uv.fs_rmdir(folders[index]) end
  uv.fs_rmdir(root)
  assert(ok, problems)
  return problems
end

local GOOD = [[
-- A sample.

---A thing.
---@class luvit.sample.Thing
---@field size number bytes
local Thing = {}
Thing.__index = Thing

---Its size.
---@return number
function Thing:measure() return self.size end

local sample = { Thing = Thing }

---Makes a thing.
---@param size? number
---@param ... luvit.sample.Thing
---@return luvit.sample.Thing
function sample.new(size, ...) return setmetatable({ size = size or select('#', ...) }, Thing) end

sample.create = sample.new

return sample
]]

local function complains(from, to, wanted)
  local first, last = GOOD:find(from, 1, true)
  assert(first, from)
  local problems = problemsOf(GOOD:sub(1, first - 1) .. to .. GOOD:sub(last + 1))
  for _, problem in ipairs(problems) do
    if problem:find(wanted, 1, true) then return end
  end
  error(('expected "%s", got "%s"'):format(wanted, table.concat(problems, '\n')))
end

require('tap')(function(test)
  test('the committed reference is what the annotations say', function()
    local problems = reference.check(ROOT)
    assert(#problems == 0, table.concat(problems, '\n'))
  end)

  test('the examples print what they say', function(expect)
    local names = {}
    for _, entry in ipairs(library.list(EXAMPLES)) do
      if entry.name:find('%.lua$') then table.insert(names, entry.name) end
    end
    assert(#names > 5, 'no examples')
    local nextOne = 0
    local function go()
      nextOne = nextOne + 1
      local name = names[nextOne]
      if not name then return end
      run(EXAMPLES .. '/' .. name, expect(function(...)
        go()
        checkExample(name, ...)
      end))
    end
    for _ = 1, AT_ONCE do go() end
  end)

  test('links lead to headings', function()
    local anchors, links = {}, {}
    local function read(name)
      local found, isCode = {}, false
      for line in (assert(library.readText(ROOT .. '/docs/reference/' .. name)) .. '\n'):gmatch('(.-)\n') do
        if line:find('^```') then isCode = not isCode end
        local heading = not isCode and line:match('^#+ (.*)$')
        if heading then
          local slug = heading:lower():gsub('%[(.-)%]%b()', '%1'):gsub('[^%w_ %-]', ''):gsub(' ', '-')
          assert(not found[slug], ('%s has two headings %s'):format(name, heading))
          found[slug] = true
        end
        if not isCode then
          for target in line:gsub('`[^`]*`', ''):gmatch('%]%(([^%s)]+)%)') do table.insert(links, { name, target }) end
        end
      end
      anchors[name] = found
    end
    for _, folder in ipairs({ '', 'uv/' }) do
      for _, entry in ipairs(library.list(ROOT .. '/docs/reference/' .. folder)) do
        if entry.name:find('%.md$') then read(folder .. entry.name) end
      end
    end
    assert(#links > 100, 'no links')
    for _, link in ipairs(links) do
      local from, path, anchor = link[1], link[2]:match('^([^#]*)#?(.*)$')
      if not path:find('^https?:') then
        local place = path == '' and from or (from:find('^uv/') and 'uv/' or '') .. path
        place = place:gsub('^uv/%.%./', '')
        if anchors[place] then
          assert(anchor == '' or anchors[place][anchor], ('%s links to %s'):format(from, link[2]))
        else
          assert(uv.fs_stat(ROOT .. '/docs/reference/' .. place), ('%s links to %s'):format(from, link[2]))
        end
      end
    end
  end)

  test('every example is of a module', function()
    local known = {}
    for _, found in ipairs(library.read(ROOT).modules) do known[found.name .. '.lua'] = true end
    for _, entry in ipairs(library.list(EXAMPLES)) do assert(known[entry.name], entry.name) end
  end)

  test('the check accepts what is complete', function()
    local problems = problemsOf(GOOD)
    assert(#problems == 0, table.concat(problems, '\n'))
  end)

  test('what a Sync function does follows from the other', function()
    local problems = problemsOf((GOOD:gsub('sample.create = sample.new',
      '---@param size? number\nfunction sample.newSync(size) end')))
    assert(#problems == 0, table.concat(problems, '\n'))
  end)

  test('the check finds what is missing or wrong', function()
    complains('-- A sample.\n', '', 'no comment at its top')
    complains('---A thing.\n', '', 'luvit.sample.Thing has no description')
    complains('---Its size.\n---@return number\n', '', 'luvit.sample.Thing:measure has no annotation')
    complains('---Makes a thing.\n', '', 'sample.new has no description')
    complains('---@param size? number\n', '', 'sample.new(size, ...) is annotated as (...)')
    complains('---@param size?', '---@param length?', 'sample.new(size, ...) is annotated as (length, ...)')
    complains('---@param ... luvit.sample.Thing\n', '', 'sample.new(size, ...) is annotated as (size)')
    complains('---@return luvit.sample.Thing\n', '', 'sample.new returns something, without @return')
    complains('---@return luvit.sample.Thing\n', '---@return luvit.sample.Ting\n', 'no class or alias luvit.sample.Ting')
    complains('---@param ... luvit', '---@param ... table<string, fun(a: uvit', 'no type in @param')
    complains('return self.size end', 'self.size = 0 end', 'luvit.sample.Thing:measure returns nothing, but has @return')
    complains('---@return number', '---@return number whether it is', 'needs a name or a # before its text')
    complains('---@return number', '---@returns number', 'unknown tag @returns')
    complains('sample.create = sample.new', '---@param a any\nfunction sample.newSink(a) end', 'sample.newSink has no description')
    complains('sample.create = sample.new', 'sample.create = print', 'sample.create has no annotation')
    complains('sample.create = sample.new', 'sample.version = 1', 'sample.version has no annotation')
    complains('return sample\n', 'sample.new = nil\nreturn sample\n', 'sample.new is annotated but not there')
  end)
end)
