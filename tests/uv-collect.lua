-- Handles that a program lets go: they end what they do, and are closed then.

local uv = require('uv')

local function count()
  local n = 0
  uv.walk(function()
    n = n + 1
  end)
  return n
end

local function collect()
  collectgarbage()
  collectgarbage()
  uv.run('nowait')
  uv.run('nowait')
end

require('tap')(function(test)
  test('an active handle that is out of reach goes on', function(expect)
    local before = count()
    local fired = expect(function() end)
    do
      local timer = uv.new_timer()
      timer:start(20, 0, fired)
    end
    collectgarbage()
    assert(count() == before + 1)
    uv.run()
    collect()
    assert(count() == before, count())
  end)

  test('handles of every kind that do nothing are closed', function()
    local before = count()
    local kinds = {
      uv.new_timer, uv.new_idle, uv.new_prepare, uv.new_check, uv.new_signal, uv.new_tcp,
      uv.new_pipe, uv.new_udp, uv.new_fs_event, uv.new_fs_poll,
    }
    for _ = 1, 100 do
      for _, new in pairs(kinds) do
        new()
      end
    end
    collect()
    assert(count() == before, count())
  end)

  test('a write under way is written before its stream closes', function(expect)
    local server = uv.new_tcp()
    server:bind('127.0.0.1', 0)
    local size = 3 * 1024 * 1024
    server:listen(8, expect(function()
      local peer = uv.new_tcp()
      server:accept(peer)
      peer:write(('x'):rep(size))
    end))
    local client, got = uv.new_tcp(), 0
    client:connect('127.0.0.1', server:getsockname().port, expect(function(err)
      assert(not err, err)
      client:read_start(expect(function(failed, data)
        assert(not failed, failed)
        collectgarbage('step', 100)
        if data then
          got = got + #data
          if got == size then
            collectgarbage()
            collectgarbage()
          end
          return
        end
        assert(got == size, got)
        client:close()
        server:close()
      end))
    end))
  end)

  test('uv.walk reaches a handle again', function()
    do
      uv.new_timer():start(100000, 0, error)
    end
    collectgarbage()
    collectgarbage()
    uv.run('nowait')
    local found
    uv.walk(function(handle)
      if handle:get_type() == 'timer' and handle:is_active() and handle:get_due_in() > 50000 then
        found = handle
      end
    end)
    found:stop()
    collect()
    assert(not found:is_closing())
    found:close()
  end)

  test('a handle is one value while it can be reached', function()
    local timer = uv.new_timer()
    collectgarbage()
    local same
    uv.walk(function(handle)
      same = same or handle == timer
    end)
    assert(same)
    timer:close()
  end)
end)
