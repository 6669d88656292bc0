local codec = require('codec')
local Emitter = require('core').Emitter
local timer = require('timer')

local function fails(fn, ...)
  local ok, err = pcall(fn, ...)
  assert(not ok, 'no error')
  return err
end

local function go(fn)
  coroutine.wrap(fn)()
end

-- Two connected sockets.
local function pair(uv, callback)
  local server = uv.new_tcp()
  server:bind('127.0.0.1', 0)
  local client, peer = uv.new_tcp(), uv.new_tcp()
  local ready = 0
  local function onReady()
    ready = ready + 1
    if ready == 2 then callback(client, peer) end
  end
  server:listen(1, function()
    server:accept(peer)
    server:close()
    onReady()
  end)
  client:connect('127.0.0.1', server:getsockname().port, onReady)
end

require('tap')(function(test)
  test('an emitter as the face of a codec', function(expect)
    local emitter = Emitter:new()
    local got, read = {}, {}
    emitter:on('data', expect(function(data) got[#got + 1] = data end, 2))
    emitter:on('end', expect(function() assert(table.concat(got, ' ') == 'w1 w2') end, 1))
    emitter:on('drain', expect(function() end, 1))
    local done = expect(function() assert(table.concat(read, ' ') == 'e1 e2 e3 e4') end, 1)
    local toRead, toWrite = codec.wrapEmitter(emitter)
    assert(emitter:write('e1') == false and emitter:write('e2') == false)
    codec.chain(function(readItem, writeItem)
      go(function()
        for item in readItem do read[#read + 1] = item end
        done()
      end)
      go(function()
        writeItem('w1')
        emitter:pause()
        writeItem('w2')
        writeItem()
      end)
    end)(toRead, toWrite)
    assert(#got == 1 and #read == 2)
    timer.setImmediate(expect(function()
      emitter:resume()
      assert(#got == 2)
      assert(emitter:write('e3') == true and emitter:write('e4') == true)
      emitter:shutdown()
      emitter:shutdown()
    end))
  end)

  test('what was written before shutdown is read, in order', function()
    local emitter = Emitter:new()
    local read = codec.wrapEmitter(emitter)
    for i = 1, 5 do emitter:write(i) end
    emitter:shutdown()
    local items = {}
    go(function()
      for item in read do items[#items + 1] = item end
      assert(read() == nil)
    end)
    assert(table.concat(items) == '12345')
    local err
    emitter:on('error', function(value) err = tostring(value) end)
    assert(emitter:write('late') == false and err == 'write after shutdown')
  end)

  test('several may wait', function()
    local emitter = Emitter:new()
    local read, write = codec.wrapEmitter(emitter)
    local got = {}
    for i = 1, 3 do
      go(function() got[i] = read() end)
    end
    for i = 1, 2 do emitter:write('item' .. i) end
    emitter:shutdown()
    assert(got[1] == 'item1' and got[2] == 'item2' and got[3] == nil)
    local out = {}
    emitter:on('data', function(data)
      out[#out + 1] = data
      if data == 1 then emitter:pause() end
    end)
    emitter:pause()
    for i = 1, 3 do
      go(function() write(i) end)
    end
    assert(#out == 0)
    emitter:resume()
    assert(#out == 1)
    emitter:resume()
    assert(table.concat(out) == '123')
  end)

  test('a chain: backpressure, several values, an end with a reason', function()
    local log, results = {}, {}
    local input = 0
    codec.chain(
      function(read, write)
        for item in read do
          log[#log + 1] = 'in' .. item
          assert(write(item, item * 10))
        end
        assert(write(nil, 'because'))
        local ok, err = write('late')
        assert(ok == nil and err:find('^EPIPE'))
      end,
      function(read, write)
        while true do
          local item, ten = read()
          if item == nil then
            write(nil, ten)
            assert(select(2, read()) == 'because')
            break
          end
          log[#log + 1] = 'out' .. item
          write(item + ten)
        end
      end)(
      function()
        input = input + 1
        if input <= 3 then return input end
      end,
      function(...) results[#results + 1] = table.concat({ tostring((...)), tostring((select(2, ...))) }, ',') end)
    assert(table.concat(results, ' ') == '11,nil 22,nil 33,nil nil,because', table.concat(results, ' '))
    -- The first is one item ahead at most.
    assert(table.concat(log, ' ') == 'in1 in2 out1 in3 out2 out3', table.concat(log, ' '))
    -- The first is not read on while nobody takes what it has written.
    local taken = 0
    codec.chain(function(read, write)
      for item in read do write(item) end
    end, function(read)
      read()
      coroutine.yield()
    end)(function()
      taken = taken + 1
      return taken
    end, function() end)
    assert(taken <= 3, taken)
  end)

  test('long chains do not use up the stack', function()
    local count, sum = 0, 0
    local function pass(read, write)
      for item in read do write(item) end
      write()
    end
    codec.chain(pass, pass, pass, pass, pass)(function()
      count = count + 1
      if count <= 20000 then return count end
    end, function(item) sum = sum + (item or 0) end)
    assert(sum == 20000 * 20001 / 2)
  end)

  test('an error in a codec has its traceback', function()
    local function broken(read)
      read()
      error('codec is broken')
    end
    local err = fails(function()
      codec.chain(broken)(function() return 1 end, function() end)
    end)
    for _, part in ipairs({ 'codec is broken', 'in function <', 'codec.lua' }) do assert(err:find(part, 1, true), err) end
    local emitter = Emitter:new()
    codec.chain(broken)(codec.wrapEmitter(emitter))
    assert(fails(emitter.write, emitter, 'x'):find('codec is broken', 1, true))
  end)

  test('a stream: read, write, end, close', function(expect, uv)
    pair(uv, expect(function(client, peer)
      go(expect(function()
        local read, write = codec.wrapStream(client)
        assert(write('ping'))
        assert(write({ '-', 'pong' }))
        assert(write())
        local text = {}
        for chunk in read do text[#text + 1] = chunk end
        assert(table.concat(text) == 'PING-PONG' and read() == nil)
        local ok, err = write('late')
        assert(ok == nil and err:find('^EPIPE'), err)
      end))
      go(expect(function()
        local read, write = codec.wrapStream(peer)
        for chunk in read do write(chunk:upper()) end
        write()
        write()
      end))
    end))
  end)

  test('write waits until the peer reads, read until it is asked', function(expect, uv)
    pair(uv, expect(function(client, peer)
      local chunk, count, written, received = ('x'):rep(256 * 1024), 40, 0, 0
      local read, write = codec.wrapStream(peer)
      go(expect(function()
        local _, send = codec.wrapStream(client)
        for _ = 1, count do
          assert(send(chunk))
          written = written + 1
          assert(client:get_write_queue_size() <= #chunk + 64 * 1024)
        end
        send()
      end))
      timer.setTimeout(30, expect(function()
        assert(written < count, 'nothing was held back')
        go(expect(function()
          for data in read do received = received + #data end
          assert(received == count * #chunk)
          write()
          -- Our side of the client ends, too.
          client:read_start(function(_, data) if not data then client:close() end end)
        end))
      end))
    end))
  end)

  test('a peer that vanishes, and a handle that is closed', function(expect, uv)
    pair(uv, expect(function(client, peer)
      go(expect(function()
        local read, write = codec.wrapStream(client)
        local data, err = read()
        assert(data == nil and err == 'ECONNRESET', err)
        assert(select(2, read()) == 'ECONNRESET')
        local ok, why
        for _ = 1, 3 do ok, why = write(('x'):rep(100000)) end
        assert(ok == nil and why, 'writing went well')
        write()
      end))
      peer:close_reset()
    end))
    local pipe = uv.new_pipe(false)
    pipe:close()
    go(expect(function()
      local read, write = codec.wrapStream(pipe)
      local data, err = read()
      assert(data == nil and err == 'ECANCELED')
      local ok, why = write('x')
      assert(ok == nil and why)
      assert(write())
    end))
    -- One that was never connected.
    local tcp = uv.new_tcp()
    go(expect(function()
      local read, write = codec.wrapStream(tcp)
      local data, err = read()
      assert(data == nil and err:find('ENOTCONN'), err)
      local ok, why = write('x')
      assert(ok == nil and why)
      tcp:close()
    end))
  end)

  test('wrong arguments, and nowhere to wait', function()
    for expected, err in pairs({
      ["bad argument 'emitter' to 'wrapEmitter' (Emitter expected, got table)"] = fails(codec.wrapEmitter, {}),
      ["bad argument 'stream' to 'wrapStream' (uv_stream_t expected, got table)"] = fails(codec.wrapStream, {}),
      ["bad argument #2 to 'chain' (function expected, got number)"] = fails(codec.chain, print, 5),
    }) do
      assert(err:find(expected, 1, true), err)
    end
    codec.chain()(function() end, function() end)
  end)

  test('a stream is closed when both sides have ended, whichever ends first', function(expect, uv)
    pair(uv, expect(function(client, peer)
      go(expect(function()
        local read, write = codec.wrapStream(client)
        assert(write('question') and write())
        -- Our side has ended, the other has not.
        assert(read() == 'answer' and not uv.is_closing(client))
        assert(read() == nil and uv.is_closing(client))
      end, 1))
      go(expect(function()
        local read, write = codec.wrapStream(peer)
        assert(read() == 'question' and read() == nil)
        assert(not uv.is_closing(peer) and write('answer'))
        write()
      end, 1))
    end, 1))
  end)
end)
