-- Opens, uses, abandons, closes and collects every kind of handle in random order. The seed is printed; another one
-- and more rounds come from the environment: `LUVIT_SEED=7 LUVIT_ROUNDS=5000 luvit tests/uv-handles.lua`.

local ROUNDS = tonumber(os.getenv('LUVIT_ROUNDS')) or 3000
local SEED = tonumber(os.getenv('LUVIT_SEED')) or 20261122

require('tap')(function(test)
  test('handles in random order', function(_, uv)
    print('# seed ' .. SEED)
    math.randomseed(SEED)
    local random = math.random
    local harness = {}
    uv.walk(function(handle) harness[handle] = true end)
    local live, stale, requests, calls = {}, {}, {}, 0

    local function pick(list)
      return list[random(#list)]
    end

    local function callback(...)
      calls = calls + 1
      -- Callbacks do what scripts do in them: close, collect, run, make more.
      local action = random(12)
      if action == 1 then
        collectgarbage()
      elseif action == 2 and #live > 0 then
        local handle = pick(live)
        if not handle:is_closing() then handle:close(function() end) end
      elseif action == 3 then
        uv.run('nowait')
      elseif action == 4 then
        live[#live + 1] = uv.new_timer()
      end
    end

    local server = uv.new_tcp()
    server:bind('127.0.0.1', 0)
    server:listen(16, function()
      local peer = uv.new_tcp()
      server:accept(peer)
      peer:read_start(function(_, data)
        if not data and not peer:is_closing() then peer:close() end
      end)
      live[#live + 1] = peer
    end)
    local port = server:getsockname().port

    local makers = {
      uv.new_timer, uv.new_idle, uv.new_prepare, uv.new_check, uv.new_signal, uv.new_tcp, uv.new_pipe,
      function() return uv.new_tcp('inet') end,
      function() return uv.new_async(callback) end,
      function()
        local tcp = uv.new_tcp()
        requests[#requests + 1] = tcp:connect('127.0.0.1', port, callback)
        return tcp
      end,
    }
    local uses = {
      function(h) return h:start(random(0, 3), random(0, 2), callback) end,
      function(h) return h:start(callback) end,
      function(h) return h:start('sigusr2', callback) end,
      function(h) return h:stop() end,
      function(h) return h:again() end,
      function(h) return h:send(random(), {}, 'text') end,
      function(h) return h:read_start(callback) end,
      function(h) return h:read_stop() end,
      function(h) requests[#requests + 1] = h:write(('x'):rep(random(0, 2000)), callback) end,
      function(h) requests[#requests + 1] = h:write({ 'a', random(9), 'b' }) end,
      function(h) requests[#requests + 1] = h:shutdown(callback) end,
      function(h) return h:try_write('y') end,
      function(h) return h:ref() end,
      function(h) return h:unref() end,
      function(h) return h:close(callback) end,
      function(h) return h:close_reset(callback) end,
      function(h) return h:bind('127.0.0.1', 0), h:listen(4, callback) end,
      function(h) return h:accept(pick(live)) end,
      function(h) return server:accept(h) end,
      function(h) return h:getsockname(), h:getpeername(), h:fileno() end,
      function(h) return tostring(h), h:is_active(), h:is_closing(), h:has_ref(), h:get_type() end,
    }

    for round = 1, ROUNDS do
      local action = random(100)
      if action <= 25 or #live == 0 then
        local handle = pick(makers)()
        if handle then live[#live + 1] = handle end
      elseif action <= 75 then
        pcall(pick(uses), pick(live))
      elseif action <= 80 and #stale > 0 then
        -- Names of handles that are closed must be harmless.
        pcall(pick(uses), pick(stale))
      elseif action <= 90 then
        local index = random(#live)
        local handle = live[index]
        live[index] = live[#live]
        live[#live] = nil
        -- Some are closed, some are left to the walk at the end.
        if random(3) > 1 and not handle:is_closing() then handle:close(random(2) == 1 and callback or nil) end
        if random(4) == 1 then stale[#stale + 1] = handle end
      elseif action <= 93 and #requests > 0 then
        local request = table.remove(requests, random(#requests))
        request:cancel()
        assert(request:get_type() and tostring(request):find('^uv_'))
      elseif action == 94 then
        collectgarbage()
      elseif action == 95 then
        uv.kill(uv.os_getpid(), 0)
        uv.walk(function(handle) assert(tostring(handle):find('^uv_')) end)
      else
        uv.run('nowait')
      end
      if #live > 300 then
        for i = 1, 100 do
          if not live[i]:is_closing() then live[i]:close() end
        end
        for i = 1, #live do live[i] = live[i + 100] end
      end
      if round % 1000 == 0 then collectgarbage() end
    end

    -- Callbacks that still come may make handles, so the walk is repeated.
    repeat
      local open = 0
      uv.walk(function(handle)
        if harness[handle] then return end
        open = open + 1
        if not handle:is_closing() then handle:close() end
      end)
      uv.run('nowait')
    until open == 0
    live, stale, requests = {}, {}, {}
    collectgarbage()
    collectgarbage()
    print('# calls ' .. calls)
  end)
end)
