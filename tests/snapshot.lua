local snapshot = require('snapshot')

-- The address in a key of a snapshot, or of a value as `tostring` shows it.
local function address(value)
  return tostring(value):match('0x%x+')
end

-- What a snapshot says about each object, by its address.
local function take()
  local found = {}
  for key, text in pairs(snapshot()) do
    assert(type(key) == 'userdata' and type(text) == 'string' and text:sub(-1) == '\n')
    found[address(key)] = text
  end
  return found
end

require('tap')(function(test)
  test('tables: who refers to them, and by what', function()
    local inner, key, meta = {}, {}, {}
    local outer = setmetatable({ inner = inner, [3] = inner, [1.5] = inner, [key] = 1, [true] = { inner } }, meta)
    local found = take()
    local text = found[address(inner)]
    assert(text:find('^table\n'), text)
    -- Of several references of one object the last is told, in the order of `next`.
    assert(text:find(address(outer) .. ' : inner\n', 1, true) or text:find(address(outer) .. ' : [3]\n', 1, true)
      or text:find(address(outer) .. ' : [1.5]\n', 1, true), text)
    assert(text:find(address(outer[true]) .. ' : [1]\n', 1, true), text)
    assert(found[address(outer[true])]:find(address(outer) .. ' : [true]\n', 1, true))
    assert(found[address(key)]:find(address(outer) .. ' : [key]\n', 1, true))
    assert(found[address(meta)]:find(address(outer) .. ' : [metatable]\n', 1, true))
    -- A local of this function, at the line of the call.
    assert(found[address(outer)]:find('x%x+ : outer : .*snapshot%.lua:%d+\n'), found[address(outer)])
  end)

  test('names that are odd', function()
    local object = { ['two\nlines'] = {}, [''] = {}, ['nul\0'] = {}, [1e15] = {}, [-1] = {} }
    local key = {}
    object[key] = {}
    local found = take()
    for name, value in pairs(object) do
      local by = type(name) == 'number' and ('[%s]'):format(tostring(name))
        or name == key and ('[table:%s]'):format(address(key)) or name:gsub('\n', '\\n')
      assert(found[address(value)]:find(address(object) .. ' : ' .. by .. '\n', 1, true), found[address(value)])
    end
  end)

  test('functions: their place, what they hold', function()
    local held = {}
    local function holder() return held end
    local line = debug.getinfo(holder, 'S').linedefined
    local env = setfenv(function() end, {})
    local now = require('uv').now
    local found = take()
    local source = debug.getinfo(holder, 'S').short_src
    assert(found[address(holder)]:sub(1, #source + #tostring(line) + 2) == source .. ':' .. line .. '\n')
    assert(found[address(held)]:find(address(holder) .. ' : held\n', 1, true))
    assert(found[address(getfenv(env))]:find(address(env) .. ' : [environment]\n', 1, true))
    -- Native functions hold their runtime; those of Lua itself hold nothing, and are left out.
    assert(found[address(now)]:find('^cfunction\n'))
  end)

  test('coroutines: what they wait with, and did not begin with', function()
    local inside, given, yielded = {}, {}, {}
    local waiting = coroutine.create(function(...)
      local mine = inside
      coroutine.yield(yielded)
      return mine, ...
    end)
    coroutine.resume(waiting, given)
    local fresh = coroutine.create(function() end)
    inside = { inside }
    local found = take()
    assert(found[address(waiting)]:find('snapshot%.lua:%d+ '), found[address(waiting)])
    assert(found[address(inside[1])]:find(address(waiting) .. ' : mine : ', 1, true))
    assert(found[address(given)]:find(address(waiting) .. ' : (*vararg) : ', 1, true), found[address(given)])
    assert(found[address(yielded)] and found[address(fresh)])
    -- It runs on.
    local ok, mine, rest = coroutine.resume(waiting)
    assert(ok and mine == inside[1] and rest == given)
  end)

  test('userdata, and what belongs to it', function()
    local timer = require('uv').new_timer()
    local proxy = newproxy(true)
    getmetatable(proxy).part = {}
    local found = take()
    assert(found[address(proxy)]:find('^userdata\n'))
    assert(found[address(getmetatable(proxy))]:find(address(proxy) .. ' : [metatable]\n', 1, true))
    assert(found[address(getmetatable(proxy).part)])
    timer:close()
  end)

  test('weak references do not count', function()
    local weakValues, weakKeys = setmetatable({}, { __mode = 'v' }), setmetatable({}, { __mode = 'k' })
    local value, key, held = {}, {}, {}
    weakValues.only = value
    weakKeys[key] = held
    local found = take()
    assert(not found[address(value)]:find(address(weakValues), 1, true))
    assert(not found[address(key)]:find(address(weakKeys), 1, true))
    assert(found[address(held)]:find(address(weakKeys), 1, true))
  end)

  test('what is new, and what is gone', function()
    collectgarbage()
    local before = take()
    local kept = { {}, {} }
    local after = take()
    local new = 0
    for key, text in pairs(after) do
      if not before[key] and text:find(address(kept), 1, true) then new = new + 1 end
    end
    assert(new == 2, new)
    local first = address(kept[1])
    kept[1] = nil
    assert(not take()[first])
  end)

  test('lists of any length, and cycles', function()
    local list = {}
    local last = list
    for _ = 1, 200000 do
      last.next = {}
      last = last.next
    end
    last.next = list
    local found = snapshot()
    local count = 0
    for _ in pairs(found) do count = count + 1 end
    assert(count > 200000, count)
  end)

  test('what LuaJIT keeps on the stack for itself is left out', function()
    -- Code is compiled while it runs, and that leaves traces in places between the variables.
    local work = {}
    for index = 1, 20 do
      work[index] = function()
        local sum = {}
        for count = 1, 200 do sum[count % 7] = { tostring(count) .. index } end
        return sum
      end
    end
    for _, fn in pairs(work) do
      for _ = 1, 5 do
        fn()
        -- Those of C functions are their arguments.
        for _, text in pairs(snapshot()) do assert(not text:find('%(%*temporary%) : [^%[]'), text) end
      end
    end
  end)

  test('nothing is collected or called meanwhile, and the collector goes on', function()
    local finalized = false
    do
      local proxy = newproxy(true)
      getmetatable(proxy).__gc = function() finalized = true end
    end
    local touched = setmetatable({}, {
      __index = function() error('read') end, __newindex = function() error('written') end,
      __len = function() error('measured') end, __pairs = function() error('listed') end,
    })
    -- In a coroutine, too.
    for _ = 1, 3 do assert(coroutine.wrap(snapshot)()) end
    assert(next(touched) == nil)
    collectgarbage()
    collectgarbage()
    assert(finalized)
    local kept = {}
    local start = collectgarbage('count')
    for _ = 1, 300 do kept.last = ('x'):rep(1e6) .. math.random() end
    assert(collectgarbage('count') < start + 300000)
    -- Who stopped it finds it stopped.
    collectgarbage('stop')
    snapshot()
    start = collectgarbage('count')
    for _ = 1, 30 do kept.last = ('x'):rep(1e6) .. math.random() end
    assert(collectgarbage('count') > start + 20000)
    collectgarbage('restart')
  end)
end)
