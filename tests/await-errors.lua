-- Reports of errors in tasks: every line of the program on the way, through all coroutines.

local await = require('await')
local timer = require('timer')

local catching = require('catching')

local function here() return debug.getinfo(2, 'l').currentline end

-- The line numbers of this file in a stack, in order.
local function linesOf(stack)
  local lines = {}
  for line in stack:gmatch('await%-errors%.lua:(%d+)') do lines[#lines + 1] = tonumber(line) end
  return lines
end

-- Whether `wanted` are among the lines of a stack, in this order.
local function shows(stack, wanted)
  local at = 1
  for _, line in ipairs(linesOf(stack)) do
    if line == wanted[at] then at = at + 1 end
  end
  assert(at > #wanted, ('line %s of %s is not in\n%s'):format(tostring(wanted[at]), table.concat(wanted, ' '), stack))
  assert(not stack:find('bundle:/deps/await', 1, true) and not stack:find('bundle:/deps/timer', 1, true), stack)
end

local wanted

local function raise(value)
  await.sleep(1)
  wanted[1] = here() + 1
  error(value)
end

local function nobodyAwaits(value)
  wanted[3] = here() + 1
  await.spawn(function()
    wanted[2] = here() + 1
    raise(value)
    return 1
  end)
end

local function outermost(value)
  local function middle()
    local task = await.spawn(raise, value)
    wanted[2] = here() - 1
    wanted[3] = here() + 1
    task:await()
  end
  local task = await.spawn(middle)
  wanted[4] = here() - 1
  wanted[5] = here() + 1
  return (task:await())
end

require('tap')(function(test)
  for _, value in ipairs({ 'text', { message = 'an object' } }) do
    test('an error after an await, of a task that nobody awaits: ' .. type(value), function(expect, uv)
      wanted = {}
      nobodyAwaits(value)
      catching(uv, expect(function(err, stack)
        assert(rawequal(err, value) or err:find('await%-errors%.lua:' .. wanted[1] .. ': text$'), tostring(err))
        shows(stack, wanted)
        assert(stack:find('(task spawned at ', 1, true), stack)
      end, 1))
    end)

    test('an error through several tasks: ' .. type(value), function(expect, uv)
      wanted = {}
      local start = here() + 1
      await.spawn(function() wanted[6] = here() outermost(value) end)
      catching(uv, expect(function(err, stack)
        assert(rawequal(err, value) or err:find('text$'))
        wanted[7] = start
        shows(stack, wanted)
      end, 1))
    end)
  end

  test('an error after an await in a plain coroutine', function(expect, uv)
    wanted = {}
    coroutine.wrap(function()
      wanted[2] = here() + 1
      raise('plain')
    end)()
    catching(uv, expect(function(err, stack)
      assert(err:find('plain$'))
      shows(stack, wanted)
    end, 1))
  end)

  test('a late report is not mixed up with other errors', function(expect, uv)
    wanted = {}
    local task = await.spawn(raise, 'late')
    wanted[2] = here() - 1
    await.spawn(function()
      -- Behind the turn of the loop in which it failed.
      while task:status() == 'pending' do await.sleep(1) end
      await.sleep(1)
      for i = 1, 50 do coroutine.resume(coroutine.create(error), 'other ' .. i) end
      wanted[3] = here() + 1
      task:await()
    end)
    pcall(function() await.spawn(error, 'x'):await() end)
    -- Somebody awaits it later than the turn it failed in: it is reported for itself, and again where it is awaited.
    local count = 0
    catching(uv, expect(function(err, stack)
      count = count + 1
      assert(err:find('late$'))
      shows(stack, count == 1 and { wanted[1], wanted[2] } or wanted)
      assert(not stack:find('other', 1, true))
    end, 2))
  end)

  test('the same message from two places: each has its own stack', function(expect, uv)
    local function fail()
      await.sleep(1)
      error('same')
    end
    local lines = {}
    local first = await.spawn(fail)
    lines[1] = here() - 1
    timer.setTimeout(10, function()
      await.spawn(fail)
      lines[2] = here() - 1
    end)
    catching(uv, expect(function(err, stack)
      assert(err:find('same$'))
      local found = linesOf(stack)
      if first then
        assert(found[#found] == lines[1])
        first = nil
      else
        assert(found[#found] == lines[2])
        for i = 1, #found do assert(found[i] ~= lines[1], stack) end
      end
    end, 2))
  end)

  test('a script that awaits shows all its lines', function(expect, uv)
    local folder = assert(uv.fs_mkdtemp(uv.os_tmpdir() .. '/await-XXXXXX'))
    local path = folder .. '/script.lua'
    local fd = assert(uv.fs_open(path, 'w', 384))
    uv.fs_write(fd, [[
local await = require('await')
local function inner()
  await.sleep(1)
  error('in a script')
end
local task = await.spawn(inner)
local function outer()
  await.sleep(0)
  return (task:await())
end
local x = outer()
]], -1)
    uv.fs_close(fd)
    local stderr, text = uv.new_pipe(), {}
    local process
    process = assert(uv.spawn(uv.exepath(), { args = { path }, stdio = { nil, nil, stderr } }, expect(function(code)
      assert(code == 255)
      process:close()
    end, 1)))
    stderr:read_start(expect(function(_, chunk)
      if chunk then
        text[#text + 1] = chunk
        return
      end
      stderr:close()
      local report = table.concat(text)
      assert(report:find('script%.lua:4: in a script\n.-script%.lua:4: in function.-spawned at [^\n]*script%.lua:6%).-'
        .. "script%.lua:9: in function 'outer'.-script%.lua:11: in main chunk"), report)
      assert(not report:find('bundle:', 1, true), report)
      uv.fs_unlink(path)
      uv.fs_rmdir(folder)
    end))
  end)
end)
