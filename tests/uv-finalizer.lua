-- Finalizers of scripts run wherever Lua makes a value, in the middle of native functions too. They may use all of `uv`.

local uv = require('uv')

-- Runs `body` while finalizers use `uv` all the time; what they could not do fails the test.
local function withFinalizers(body)
  local running, runs, problem = true, 0, nil
  local function trap()
    getmetatable(newproxy(true)).__gc = function()
      runs = runs + 1
      local ok, err = pcall(function()
        local timer = uv.new_timer()
        timer:start(0, 0, function() end)
        timer:close()
        uv.update_time()
        assert(uv.fs_stat('.'))
        uv.walk(function() end)
      end)
      if not ok then problem = err end
      if running then trap() end
    end
  end
  for _ = 1, 20 do trap() end
  collectgarbage('setpause', 10)
  collectgarbage('setstepmul', 5000)
  body()
  uv.run()
  running = false
  collectgarbage('setpause', 200)
  collectgarbage('setstepmul', 200)
  collectgarbage()
  uv.run()
  assert(not problem, problem)
  assert(runs > 0)
end

require('tap')(function(test)
  test('while streams are read', function()
    withFinalizers(function()
      local server = uv.new_tcp()
      assert(server:bind('127.0.0.1', 0))
      server:listen(8, function()
        local peer = uv.new_tcp()
        server:accept(peer)
        peer:read_start(function(_, data)
          if data then peer:write(data) else peer:close() end
        end)
      end)
      local client, rounds = uv.new_tcp(), 0
      client:connect('127.0.0.1', server:getsockname().port, function(err)
        assert(not err, err)
        client:read_start(function(_, data)
          rounds = rounds + 1
          if rounds < 500 then return client:write(data) end
          client:close()
          server:close()
        end)
        client:write('text')
      end)
    end)
  end)

  test('while datagrams are received, one by one and several at once', function()
    for _, options in ipairs({ {}, { mmsgs = 8 } }) do
      withFinalizers(function()
        local receiver, sender = uv.new_udp(options), uv.new_udp()
        assert(receiver:bind('127.0.0.1', 0))
        local port, received = receiver:getsockname().port, 0
        local function burst()
          for i = 1, 8 do sender:send(('datagram %d'):format(i), '127.0.0.1', port) end
        end
        assert(receiver:recv_start(function(err, data)
          assert(not err, err)
          if not data then return end
          assert(data:match('^datagram %d$'), data)
          received = received + 1
          if received == 400 then
            receiver:close()
            sender:close()
          elseif received % 8 == 0 then
            burst()
          end
        end))
        burst()
      end)
    end
  end)

  test('while functions make their results', function()
    withFinalizers(function()
      local timer = uv.new_timer()
      for _ = 1, 50 do
        -- What the finalizers closed is gone before there is too much of it.
        uv.run('nowait')
        assert(uv.os_uname() and uv.interface_addresses() and uv.os_environ())
        assert(uv.fs_stat('/') and uv.getrusage() and uv.metrics_info())
        local entries = assert(uv.fs_scandir('.'))
        getmetatable(newproxy(true)).__gc = function() uv.fs_scandir_next(entries) end
        while uv.fs_scandir_next(entries) do end
        assert(not uv.timer_again(timer))
      end
      timer:close()
      uv.timer_set_repeat(timer, 1)
      uv.fs_stat('.', function() end)
      uv.getaddrinfo('127.0.0.1', nil, nil, function() end)
    end)
  end)

  test('messages that are being sent stay what they were', function()
    local socket = uv.new_udp()
    assert(socket:bind('127.0.0.1', 0))
    local port = socket:getsockname().port
    for round = 1, 5 do
      local messages = {}
      for i = 1, 20 do
        messages[i] = { data = ('%d'):format(round * 1000 + i):rep(100), addr = { ip = '127.0.0.1', port = port } }
      end
      getmetatable(newproxy(true)).__gc = function()
        for i = 1, 20 do messages[i].data = 'other' end
        for _ = 1, 50 do local _ = ('y'):rep(400) .. math.random() end
      end
      withFinalizers(function()
        assert(socket:try_send2(messages) == 20)
      end)
    end
    local received = 0
    socket:recv_start(function(err, data)
      assert(not err, err)
      if not data then return end
      received = received + 1
      assert(data == 'other' or data == data:sub(1, #data / 100):rep(100), data)
      if received == 100 then socket:close() end
    end)
    uv.run()
  end)
end)
