-- Opens, starts, stops, abandons, closes and collects handles of every kind in random order. What
-- is asked of a handle in the wrong state may fail, and does nothing else: in the end nothing is
-- left, neither a handle nor a descriptor. LUVIT_SEED repeats a run, LUVIT_ROUNDS makes it longer.

local uv = require('uv')

local seed = tonumber(os.getenv('LUVIT_SEED')) or uv.hrtime() % 2 ^ 31
local rounds = tonumber(os.getenv('LUVIT_ROUNDS')) or 4
local windows = require('los').type() == 'win32'
local folder = uv.os_tmpdir() .. '/luvit-lifetime-' .. uv.os_getpid() .. '-' .. tostring(uv.hrtime())

local function pick(list)
  return list[math.random(#list)]
end

local function nothing() end

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

-- Callbacks do things too: they close, make and forget handles.
local act
local function callback()
  if math.random(3) == 1 then
    act()
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
}

if not windows then
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
  function(h) return h:start('sigusr2', callback) end,
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
  function(h) return h:accept(hold(uv.new_tcp())) end,
  function(h) return h:kill('sigterm') end,
  function(h) return h:ref() end,
  function(h) return h:unref() end,
  function(h) return h:fileno() end,
  function(h) return h:getsockname() end,
  function(h) return h:close_reset() end,
}

local requests = {}
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
    local request = table.remove(requests, math.random(math.max(#requests, 1)))
    if request then
      uv.cancel(request)
    end
  end,
  function() collectgarbage('step', 200) end,
  function() collectgarbage() end,
  -- A loop inside a callback.
  function()
    if math.random(10) == 1 then
      uv.run('nowait')
    end
  end,
}

function act()
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

local function descriptors()
  local n = 0
  -- What Wine shows there is its own.
  local scan = not windows and uv.fs_scandir('/proc/self/fd')
  while scan and uv.fs_scandir_next(scan) do
    n = n + 1
  end
  return n
end

local function close_all()
  held = {}
  requests = {}
  -- Closing handles may make callbacks that make handles.
  for _ = 1, 1000 do
    local open = 0
    uv.walk(function(handle)
      if not handle:is_closing() then
        open = open + 1
        handle:close()
      end
    end)
    held = {}
    uv.run('nowait')
    if open == 0 and not uv.loop_alive() then
      return
    end
  end
end

require('tap')(function(test)
  test(('any order is fine (LUVIT_SEED=%d)'):format(seed), function()
    assert(uv.fs_mkdir(folder, 448))
    -- The pool's threads keep a Lua state each, with a loop.
    local warm = uv.new_work(function()
      require('uv').sleep(20)
    end, nothing)
    for _ = 1, 16 do
      warm:queue()
    end
    -- The loop keeps its notifier.
    local watcher = uv.new_fs_event()
    watcher:start(folder, {}, nothing)
    watcher:close()
    uv.run()
    math.randomseed(seed)
    local before
    for round = 1, rounds do
      local guard = uv.now()
      for _ = 1, 600 do
        act()
        if math.random(10) == 1 then
          uv.run('nowait')
        end
        if #held > 200 or uv.now() - guard > 8000 then
          break
        end
      end
      local acting = act
      act = nothing
      close_all()
      collectgarbage()
      collectgarbage()
      uv.run()
      collectgarbage()
      act = acting
      if round == 1 then
        before = descriptors()
      else
        assert(descriptors() <= before, ('%d descriptors, then %d'):format(before, descriptors()))
      end
    end
    uv.fs_unlink(folder .. '/file')
    assert(uv.fs_rmdir(folder))
  end)
end)
