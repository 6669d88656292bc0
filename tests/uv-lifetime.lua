-- Opens, starts, stops, abandons, closes and collects handles of every kind in random order, in callbacks, in loops
-- inside callbacks and in threads; some callbacks fail. What is asked of a handle in the wrong state may fail, and does
-- nothing else: in the end nothing is left, neither a handle, a descriptor, a thread, a child nor memory.
-- LUVIT_SEED repeats a run, LUVIT_ROUNDS makes it longer.

local uv = require('uv')
local ffi = require('ffi')

local seed = tonumber(os.getenv('LUVIT_SEED')) or uv.hrtime() % 2 ^ 31
local rounds = tonumber(os.getenv('LUVIT_ROUNDS')) or 4
local windows = require('los').type() == 'win32'
local folder = uv.os_tmpdir() .. '/luvit-lifetime-' .. uv.os_getpid() .. '-' .. tostring(uv.hrtime())

local function pick(list)
  return list[math.random(#list)]
end

local function nothing() end

-- Handles of the test's own: nothing happens to them.
local own = {}

-- Handles a program still holds. What is taken out without being closed is abandoned.
local held = {}

local function hold(handle)
  if handle then
    held[#held + 1] = handle
  end
  return handle
end

local function some(kind)
  for _ = 1, 8 do
    local handle = held[math.random(math.max(#held, 1))]
    if handle and (not kind or handle.get_type(handle) == kind) then
      return handle
    end
  end
end

local address = { ip = '127.0.0.1', port = 0 }

-- Callbacks do things too: they close, make and forget handles, and fail.
local act
local mistake = setmetatable({}, { __tostring = function() return 'meant' end })
local failed, caught, unexpected = 0, 0, nil
local function callback(...)
  local dice = math.random(12)
  if dice <= 3 then
    act()
  elseif dice == 4 then
    -- Handles that a callback is given are used as well.
    for i = 1, select('#', ...) do
      local given = select(i, ...)
      if type(given) == 'userdata' and pcall(uv.is_active, given) then
        hold(given)
      end
    end
  elseif dice == 5 then
    failed = failed + 1
    error(mistake)
  end
end

local function caughtError(err)
  if err == mistake then
    caught = caught + 1
  else
    unexpected = unexpected or tostring(err)
  end
end

-- Descriptors that belong to no handle, by the handle that watches them: closed when all handles are.
local watched = {}
local threads = {}
local sems = {}
local folders = {}

-- What a thread does: a loop of its own with handles, some of them forgotten, and words for the others.
local function thread(seed, async, sem)
  local uv = require('uv')
  math.randomseed(seed)
  local timer = uv.new_timer()
  local left = math.random(10)
  timer:start(0, 1, function()
    left = left - 1
    if async then
      async:send(left, 'text', sem, async)
    end
    uv.new_timer():start(1, 0, function() end)
    local tcp = uv.new_tcp()
    tcp:bind('127.0.0.1', 0)
    if math.random(2) == 1 then
      uv.fs_stat('.', function() end)
    end
    collectgarbage()
    if left <= 0 then
      timer:close()
    end
  end)
  if math.random(4) > 1 then
    uv.run()
  end
  if sem then
    sem:post()
  end
end

-- A pseudo terminal's two descriptors, where there are some.
local function terminal()
  local ok, util = pcall(ffi.load, 'util')
  if not ok then
    ok, util = pcall(ffi.load, 'libutil.so.1')
  end
  pcall(ffi.cdef, 'int openpty(int *primary, int *secondary, char *name, const void *mode, const void *size);')
  local primary, secondary = ffi.new('int[1]'), ffi.new('int[1]')
  local found, result = pcall(function()
    return (ok and util or ffi.C).openpty(primary, secondary, nil, nil, nil)
  end)
  if found and result == 0 then
    return primary[0], secondary[0]
  end
end

local child = windows and { 'cmd', { args = { '/c', 'exit 3' } } } or { 'sh', { args = { '-c', 'exit 3' } } }

local makers = {
  uv.new_timer,
  uv.new_idle,
  uv.new_prepare,
  uv.new_check,
  uv.new_signal,
  uv.new_fs_event,
  uv.new_fs_poll,
  uv.new_udp,
  function() return uv.new_async(callback) end,
  function() return uv.new_tcp(pick { 'inet', 'inet6', nil }) end,
  function() return uv.new_pipe(math.random(2) == 1) end,
  function()
    local server = uv.new_tcp()
    server:bind('127.0.0.1', 0)
    server:listen(8, function(err)
      if not err and not server:is_closing() then
        local client = uv.new_tcp()
        server:accept(client)
        if math.random(2) == 1 then
          hold(client):read_start(callback)
        end
      end
      callback()
    end)
    address = server:getsockname() or address
    return server
  end,
  function()
    local socket = uv.new_udp()
    socket:bind('127.0.0.1', 0)
    socket:recv_start(callback)
    return socket
  end,
  function()
    local fds = uv.pipe({ nonblock = true }, { nonblock = true })
    local reader, writer = uv.new_pipe(), uv.new_pipe()
    reader:open(fds.read)
    writer:open(fds.write)
    reader:read_start(callback)
    hold(writer)
    return reader
  end,
  function()
    local output = math.random(2) == 1 and uv.new_pipe() or nil
    local process = uv.spawn(child[1], {
      args = child[2].args,
      stdio = { nil, output },
    }, callback)
    if output and process then
      hold(output):read_start(callback)
    end
    return process
  end,
  function()
    local socket = uv.new_udp { family = 'inet', mmsgs = 4 }
    socket:bind('0.0.0.0', 0, { reuseaddr = true })
    socket:set_membership('239.1.2.3', '127.0.0.1', 'join')
    socket:set_multicast_loop(true)
    socket:recv_start(callback)
    address = { ip = '127.0.0.1', port = socket:getsockname().port }
    return socket
  end,
  function()
    local socket = uv.new_udp()
    socket:connect('127.0.0.1', math.max(address.port, 1))
    socket:send('connected', nil, nil, callback)
    return socket
  end,
  function()
    -- A few at a time: each is a whole Lua state.
    if #threads < 3 then
      local async = uv.new_async(callback)
      local sem = pick(sems)
      local started = uv.new_thread(thread, math.random(2 ^ 30), math.random(3) > 1 and async or nil, sem)
      if math.random(4) == 1 then
        started:detach()
      else
        threads[#threads + 1] = started
      end
      return async
    end
  end,
}

-- Two ends of a connection inside the process.
local function connected(ipc)
  local fds = assert(uv.socketpair(nil, nil, { nonblock = true }, { nonblock = true }))
  local one, other = uv.new_pipe(ipc), uv.new_pipe(ipc)
  one:open(fds[1])
  other:open(fds[2])
  return one, other
end

if not windows then
  makers[#makers + 1] = function()
    local fds = uv.socketpair(nil, nil, { nonblock = true }, { nonblock = true })
    local poll = uv.new_poll(fds[1])
    watched[#watched + 1] = fds
    poll:start(pick { 'r', 'w', 'rw', 'd' }, callback)
    return poll
  end
  makers[#makers + 1] = function()
    -- Handles go through one pipe into others; some are never taken out.
    local one, other = connected(true)
    other:read_start(function(err, data)
      while not err and data and not other:is_closing() and other:pending_count() > 0 and math.random(5) > 1 do
        local taken = other:pending_type() == 'tcp' and uv.new_tcp() or uv.new_pipe()
        if not other:accept(taken) then
          break
        end
        hold(taken)
      end
      callback()
    end)
    one:write2('a handle', some('tcp') or some('pipe') or one, callback)
    hold(one)
    return other
  end
  makers[#makers + 1] = function()
    local primary, secondary = terminal()
    if primary then
      local keyboard, tty = uv.new_pipe(), uv.new_tty(secondary, false)
      keyboard:open(primary)
      keyboard:write('a line\n')
      if tty then
        tty:set_mode(pick { 0, 1, 'normal', 'raw' })
        tty:read_start(callback)
        hold(tty)
      end
      -- The tty has a descriptor of its own, or this one.
      if not tty or tty:fileno() ~= secondary then
        uv.fs_close(secondary)
      end
      return keyboard
    end
  end
  makers[#makers + 1] = function()
    local fds = uv.socketpair()
    local pipe = uv.new_pipe()
    pipe:open(fds[1])
    hold(pipe)
    local other = uv.new_pipe()
    other:open(fds[2])
    return other
  end
end

local uses = {
  function(h) return h:start(math.random(0, 4), math.random(0, 2), callback) end,
  function(h) return h:start(callback) end,
  function(h) return h:start(pick { 'sigusr2', 'sigwinch' }, callback) end,
  function(h) return h:start_oneshot('sigwinch', callback) end,
  function(h) return h:start(pick { 'r', 'w', 'rp' }, callback) end,
  function(h) return h:start(folder, { recursive = math.random(2) == 1 }, callback) end,
  function(h) return h:start(folder, math.random(1, 20), callback) end,
  function(h) return h:stop() end,
  function(h) return h:again() end,
  function(h) return h:send(1, 'two', nil, true) end,
  function(h) return h:send('datagram', '127.0.0.1', math.max(address.port, 1), callback) end,
  function(h) return h:try_send('datagram', '127.0.0.1', math.max(address.port, 1)) end,
  function(h) return h:recv_start(callback) end,
  function(h) return h:recv_stop() end,
  function(h) return h:bind('127.0.0.1', 0) end,
  function(h) return h:connect('127.0.0.1', math.max(address.port, 1), callback) end,
  function(h) return h:listen(4, callback) end,
  function(h) return h:read_start(callback) end,
  function(h) return h:read_stop() end,
  function(h) return h:write({ 'some ', 'text' }, callback) end,
  function(h) return h:write(('x'):rep(math.random(200000)), callback) end,
  function(h) return h:try_write('text') end,
  function(h) return h:shutdown(callback) end,
  function(h) return h:write2('handle', some('tcp') or h, callback) end,
  function(h) return h:try_write2('handle', some('pipe') or h) end,
  function(h) return h:accept(hold(uv.new_tcp())) end,
  function(h) return h:accept(hold(uv.new_pipe())) end,
  function(h) return h:connect() end,
  function(h) return h:set_blocking(false) end,
  function(h) return h:nodelay(true) end,
  function(h) return h:keepalive(true, 10) end,
  function(h) return h:kill('sigterm') end,
  function(h) return h:ref() end,
  function(h) return h:unref() end,
  function(h) return h:fileno() end,
  function(h) return h:getsockname() end,
  function(h) return h:close_reset() end,
}

-- How many loops run inside each other, and how many of them go on until the heartbeat stops them.
local running, endless = 0, 0

local requests = {}
local words = uv.new_work(function(async, sem)
  async:send('from the pool')
  sem:post()
  return 'word', sem
end, callback)
local work = uv.new_work(function(n)
  return n * 2
end, callback)

local others = {
  function() requests[#requests + 1] = uv.fs_stat(folder, callback) end,
  function() requests[#requests + 1] = uv.fs_scandir(folder, callback) end,
  function() requests[#requests + 1] = uv.fs_open(folder .. '/file', 'a', 420, function(_, fd)
    if fd then
      uv.fs_close(fd, callback)
    end
  end) end,
  function() requests[#requests + 1] = uv.getaddrinfo('127.0.0.1', nil, { numerichost = true }, callback) end,
  function() uv.random(16, nil, callback) end,
  function() work:queue(21) end,
  function()
    -- The pool says a word and lets others go on.
    local async = some('async')
    if async then
      words:queue(async, pick(sems))
    end
  end,
  function() sems[math.random(4)] = uv.new_sem(math.random(0, 3)) end,
  function() pick(sems):post() end,
  function() pick(sems):trywait() end,
  function() requests[#requests + 1] = uv.fs_opendir(folder, function(_, dir)
    folders[#folders + 1] = dir
  end, math.random(3)) end,
  function() folders[#folders + 1] = uv.fs_opendir(folder) end,
  function()
    local dir = folders[math.random(math.max(#folders, 1))]
    if dir then
      pick {
        function() return dir:readdir() end,
        function() requests[#requests + 1] = dir:readdir(callback) end,
        function() return dir:closedir() end,
        function() requests[#requests + 1] = dir:closedir(callback) end,
        function() return table.remove(folders, 1) end,
      }()
    end
  end,
  function()
    local scan = uv.fs_scandir(folder)
    if scan then
      uv.fs_scandir_next(scan)
    end
  end,
  function() uv.fs_copyfile(folder .. '/file', folder .. '/file', callback) end,
  function() uv.kill(uv.os_getpid(), 'sigwinch') end,
  function()
    local started = table.remove(threads, 1)
    if started then
      pick { started.join, started.detach, nothing }(started)
    end
  end,
  function()
    local left = math.random(40)
    uv.walk(function(handle)
      left = left - 1
      if left <= 0 and not own[handle] then
        left = math.huge
        hold(handle)
      end
    end)
  end,
  function()
    local request = table.remove(requests, math.random(math.max(#requests, 1)))
    if request then
      uv.cancel(request)
    end
  end,
  function() collectgarbage('step', 200) end,
  function() collectgarbage() end,
  -- A loop inside a callback.
  function()
    if running < 4 and math.random(4) == 1 then
      running = running + 1
      local mode = pick { 'nowait', 'nowait', 'once', 'default' }
      endless = endless + (mode == 'default' and 1 or 0)
      uv.run(mode)
      endless = endless - (mode == 'default' and 1 or 0)
      running = running - 1
    end
  end,
}

-- How many more things are done this round: callbacks whose handles make callbacks have no end.
local budget = 0

function act()
  budget = budget - 1
  if budget < 0 then
    return
  end
  local dice = math.random(20)
  if dice <= 5 then
    hold(pick(makers)())
  elseif dice <= 13 then
    local handle = some()
    if handle then
      -- Most uses do not fit the kind of handle or its state.
      pcall(pick(uses), handle)
    end
  elseif dice <= 15 then
    table.remove(held, math.random(math.max(#held, 1)))
  elseif dice <= 17 then
    local handle = table.remove(held, math.random(math.max(#held, 1)))
    if handle and not handle:is_closing() then
      handle:close(math.random(2) == 1 and callback or nil)
    end
  else
    pick(others)()
  end
end

-- Names of what is open, or of the threads that are there.
local function entries(path)
  local list = {}
  local scan = uv.fs_scandir(path)
  for name in uv.fs_scandir_next, scan do
    list[#list + 1] = name .. ' ' .. tostring(uv.fs_readlink(path .. '/' .. name) or '')
  end
  return list
end

local function descriptors()
  return windows and {} or entries('/proc/self/fd')
end

-- Children that are still there, zombies among them.
local function children()
  local count = 0
  for _, entry in ipairs(windows and {} or entries('/proc')) do
    local pid = entry:match('^%d+')
    local file = pid and io.open('/proc/' .. pid .. '/stat')
    if file then
      local parent = (file:read('*a') or ''):match('^.*%) %a (%d+)')
      file:close()
      count = count + (tonumber(parent) == uv.os_getpid() and 1 or 0)
    end
  end
  return count
end

-- Waits for what happens elsewhere, a thread's end for one, while the loop runs.
local function eventually(what, check)
  for _ = 1, 500 do
    if check() then
      return
    end
    local timer = uv.new_timer()
    timer:start(10, 0, function()
      timer:close()
    end)
    uv.run()
  end
  error(what(), 2)
end

local function close_all()
  for _, started in ipairs(threads) do
    started:join()
  end
  threads, held, requests, folders = {}, {}, {}, {}
  -- Closing handles may make callbacks that make handles.
  for _ = 1, 1000 do
    local open = 0
    uv.walk(function(handle)
      if not handle:is_closing() and not own[handle] then
        open = open + 1
        handle:close()
      end
    end)
    held, requests, folders = {}, {}, {}
    -- What is under way elsewhere is waited for.
    uv.run(open == 0 and 'once' or 'nowait')
    if open == 0 and not uv.loop_alive() then
      break
    end
  end
  held, requests, folders = {}, {}, {}
  for _, fds in ipairs(watched) do
    uv.fs_close(fds[1])
    uv.fs_close(fds[2])
  end
  watched = {}
end

-- All threads of the pool make the Lua state that each keeps.
local function warm_pool()
  local ready, go = uv.new_sem(0), uv.new_sem(0)
  local warm = uv.new_work(function(ready, go)
    require('uv')
    ready:post()
    go:wait()
  end, nothing)
  local count = tonumber(os.getenv('UV_THREADPOOL_SIZE')) or 4
  for _ = 1, count do
    warm:queue(ready, go)
  end
  for _ = 1, count do
    ready:wait()
  end
  for _ = 1, count do
    go:post()
  end
end

require('tap')(function(test)
  test(('any order is fine (LUVIT_SEED=%d)'):format(seed), function()
    assert(uv.fs_mkdir(folder, 448))
    warm_pool()
    -- The loop keeps its notifier.
    local watcher = uv.new_fs_event()
    watcher:start(folder, {}, nothing)
    watcher:close()
    -- The first terminal whose mode is set is remembered.
    if not windows then
      local primary, secondary = terminal()
      local tty = primary and uv.new_tty(secondary, false)
      if tty then
        tty:set_mode('raw')
        tty:close()
        uv.fs_close(primary)
        uv.fs_close(secondary)
      end
    end
    uv.run()
    uv.walk(function(handle)
      own[handle] = true
    end)
    math.randomseed(seed)
    process:removeAllListeners('uncaughtException')
    process:on('uncaughtException', caughtError)
    local fds, tasks, lua, resident
    for round = 1, rounds do
      for i = 1, 4 do
        sems[i] = uv.new_sem(0)
      end
      -- Ends loops that would wait.
      local heart = uv.new_timer()
      own[heart] = true
      heart:start(1, 1, function()
        if endless > 0 then
          uv.stop()
        end
      end)
      local guard = uv.now()
      budget = 2500
      for _ = 1, 600 do
        act()
        if math.random(10) == 1 then
          uv.run('nowait')
        end
        if #held > 200 or uv.now() - guard > 3000 then
          break
        end
      end
      heart:close()
      own[heart] = nil
      local acting = act
      act = nothing
      close_all()
      collectgarbage()
      collectgarbage()
      uv.run()
      collectgarbage()
      act = acting
      assert(not unexpected, unexpected)
      assert(failed == caught, ('%d errors, %d caught'):format(failed, caught))
      if round == 1 then
        -- Threads that were let go end some time.
        uv.sleep(20)
        fds, tasks = descriptors(), #entries('/proc/self/task')
        lua, resident = collectgarbage('count'), uv.resident_set_memory()
      else
        eventually(function()
          local now = descriptors()
          return ('%d descriptors, then %d:\n%s'):format(#fds, #now, table.concat(now, '\n'))
        end, function() return #descriptors() <= #fds end)
        eventually(function()
          return ('%d threads, then %d'):format(tasks, #entries('/proc/self/task'))
        end, function() return #entries('/proc/self/task') <= tasks end)
      end
      eventually(function()
        return ('%d children are left'):format(children())
      end, function() return children() == 0 end)
    end
    local more = collectgarbage('count') - lua
    assert(more < 2048, ('%d KB more in Lua after %d rounds'):format(more, rounds))
    more = (uv.resident_set_memory() - resident) / 1024
    assert(more < 32 * 1024, ('%d KB more in memory after %d rounds'):format(more, rounds))
    process:removeListener('uncaughtException', caughtError)
    for name in uv.fs_scandir_next, assert(uv.fs_scandir(folder)) do
      uv.fs_unlink(folder .. '/' .. name)
    end
    assert(uv.fs_rmdir(folder))
  end)
end)
