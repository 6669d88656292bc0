local readline = require('readline')
local stream = require('stream')
local timer = require('timer')

local function fails(fn, ...)
  local ok, err = pcall(fn, ...)
  assert(not ok, 'no error')
  return err
end

-- Lines of a source as events, joined; `done` gets them at the end.
local function collect(input, done, options)
  options = options or {}
  options.input = input
  local interface, lines = readline.createInterface(options), {}
  interface:on('line', function(line) lines[#lines + 1] = line end)
  interface:on('close', function() done(table.concat(lines, '|'), #lines) end)
  return interface
end

local function newOutput()
  local output = { text = '' }
  function output:write(text) self.text = self.text .. text end
  return output
end

-- A terminal that a test types on.
local function newKeyboard()
  local stdin = {}
  function stdin:set_mode() end
  function stdin:read_start(callback)
    self.callback = callback
    if self.onStart then self.onStart() end
  end
  function stdin:read_stop() self.callback = nil end
  function stdin:type(bytes) self.callback(nil, bytes) end
  return stdin
end

require('tap')(function(test)
  test('lines, however the chunks are cut', function(expect)
    local text = 'one\ntwo\r\n\nlö\r\r\nlast'
    for size = 1, #text do
      local input = stream.PassThrough:new()
      collect(input, expect(function(lines, count)
        assert(lines == 'one|two||lö\r|last' and count == 5, size .. ': ' .. lines)
      end, 1))
      for i = 1, #text, size do input:write(text:sub(i, i + size - 1)) end
      input:_end()
    end
    for source, expected in pairs({ [''] = 0, ['\n'] = 1, ['a\n'] = 1, ['a\r\n'] = 1, ['\n\n'] = 2, ['\r'] = 1 }) do
      local input = stream.PassThrough:new()
      collect(input, expect(function(_, count) assert(count == expected, ('%q'):format(source)) end, 1))
      if source ~= '' then input:write(source) end
      input:_end()
    end
  end)

  test('a file, a pipe and a socket', function(expect, uv)
    local pipe = assert(uv.pipe())
    local reader, writer = uv.new_pipe(false), uv.new_pipe(false)
    reader:open(pipe.read)
    writer:open(pipe.write)
    collect(reader, expect(function(lines)
      assert(lines == 'from|a pipe')
      reader:close()
    end))
    writer:write('from\na pi')
    timer.setTimeout(2, function()
      writer:write('pe\n')
      writer:close()
    end)

    local net = require('net')
    local server
    server = net.createServer(function(socket)
      collect(socket, expect(function(lines)
        assert(lines == 'over|a socket')
        socket:destroy()
        server:close()
      end))
    end)
    server:listen(0, '127.0.0.1', function()
      local client = net.connect(server:address().port, '127.0.0.1')
      client:on('connect', function()
        client:write('over\r\na socket\r\n')
        client:shutdown()
        client:resume()
      end)
    end)
  end)

  test('a loop over the lines', function(expect)
    local input = stream.PassThrough:new()
    local interface = readline.createInterface({ input = input })
    input:write('a\nb\n')
    timer.setTimeout(2, function()
      input:write('c\nd')
      timer.setTimeout(2, function() input:_end() end)
    end)
    coroutine.wrap(expect(function()
      local seen = {}
      for line in interface:lines() do
        seen[#seen + 1] = line
        if line == 'b' then
          -- A loop that waits for something else loses nothing.
          timer.sleep(5)
        end
      end
      assert(table.concat(seen) == 'abcd' and interface.closed)
      assert(interface:lines()() == nil)
    end, 1))()
  end)

  test('a source is read only as fast as its lines are taken', function(expect)
    local pushed, line = 0, ('x'):rep(1023) .. '\n'
    local Source = stream.Readable:extend()
    function Source:_read()
      pushed = pushed + 1
      self:push(pushed <= 1000 and line or nil)
    end
    local interface = readline.createInterface({ input = Source:new() })
    timer.setTimeout(5, expect(function()
      assert(pushed == 0, 'read before anybody asked')
      coroutine.wrap(expect(function()
        local lines, count = interface:lines(), 0
        for _ = 1, 10 do assert(#lines() == 1023) end
        timer.sleep(5)
        assert(pushed < 100, pushed .. ' chunks were read for 10 lines')
        for _ in lines do count = count + 1 end
        assert(count == 990)
      end))()
    end))
  end)

  test('pause and resume, in the middle of a chunk', function(expect)
    local input = stream.PassThrough:new()
    local interface = readline.createInterface({ input = input })
    local seen, events = {}, {}
    for _, name in ipairs({ 'pause', 'resume' }) do
      interface:on(name, function() events[#events + 1] = name end)
    end
    interface:on('line', function(line)
      seen[#seen + 1] = line
      if line == 'b' then
        interface:pause()
        timer.setTimeout(5, expect(function()
          assert(table.concat(seen) == 'ab')
          interface:resume()
        end))
      end
    end)
    interface:on('close', expect(function()
      assert(table.concat(seen) == 'abcd' and table.concat(events, ' ') == 'pause resume')
    end))
    input:write('a\nb\nc\nd\n')
    input:_end()
  end)

  test('questions', function(expect)
    local input, output = stream.PassThrough:new(), newOutput()
    local interface = readline.createInterface({ input = input, output = output, prompt = 'more> ' })
    input:write('Ann\n42\nrest\n')
    interface:question('name? ', expect(function(err, name)
      assert(err == nil and name == 'Ann')
      coroutine.wrap(expect(function()
        assert(interface:question('age? ') == '42')
        assert(interface:getPrompt() == 'more> ')
        interface:prompt()
        interface:on('line', expect(function(line)
          assert(line == 'rest' and output.text == 'name? age? more> ')
          interface:question('and? ', expect(function(reason, answer)
            assert(answer == nil and reason:find('^EOF: '), reason)
          end, 1))
          assert(fails(interface.question, interface, '?', print):find('another question waits', 1, true))
          input:_end()
        end, 1))
      end, 1))()
    end, 1))
    interface:on('close', expect(function()
      interface:question('too late', expect(function(reason) assert(reason:find('^EOF: ')) end, 1))
      assert(fails(function() interface:prompt() end):find('the interface is closed', 1, true))
    end, 1))
  end)

  test('a line that is too long', function(expect)
    local input = stream.PassThrough:new()
    local interface = collect(input, expect(function(lines) assert(lines == 'short') end, 1), { maxLineLength = 100 })
    interface:on('error', expect(function(err)
      assert(err.code == 'EMSGSIZE' and tostring(err):find('longer than 100 bytes', 1, true))
    end, 1))
    interface:on('line', function() timer.setImmediate(function() input:write(('x'):rep(60)) end) end)
    input:write('short\n' .. ('x'):rep(60))

    local other = stream.PassThrough:new()
    local lines = readline.createInterface({ input = other, maxLineLength = 3 }):lines()
    other:write('abcd\n')
    coroutine.wrap(expect(function()
      local err = fails(lines)
      assert(tostring(err):find('EMSGSIZE', 1, true))
    end, 1))()
  end)

  test('errors of the source, and a source that is destroyed', function(expect)
    local input = stream.PassThrough:new()
    local interface = collect(input, expect(function(lines) assert(lines == 'a') end, 1))
    interface:on('error', expect(function(err) assert(err == 'EIO: broken') end, 1))
    interface:on('line', function() timer.setImmediate(function() input:emit('error', 'EIO: broken') end) end)
    input:write('a\nb')

    local other = stream.PassThrough:new()
    interface = collect(other, expect(function(lines) assert(lines == 'x|y') end, 1))
    interface:on('line', function(line)
      if line == 'x' then timer.setImmediate(function() other:emit('close') end) end
    end)
    other:write('x\ny')

    -- While nobody asks for lines.
    local early = stream.PassThrough:new()
    interface = readline.createInterface({ input = early })
    interface:on('error', expect(function(err) assert(err == 'EIO: early') end, 1))
    early:emit('error', 'EIO: early')
    assert(interface.closed)
  end)

  test('a source that has ended before', function(expect)
    local input = stream.PassThrough:new()
    input:on('end', expect(function()
      local interface = readline.createInterface({ input = input })
      coroutine.wrap(expect(function()
        for _ in interface:lines() do error('there are no lines') end
        assert(interface.closed)
      end, 1))()
    end))
    input:resume()
    input:_end('all of it\n')
  end)

  test('an error in a listener loses no line', function(expect)
    local input, lines = newKeyboard(), {}
    local interface = readline.createInterface({ input = input, terminal = false })
    interface:on('line', function(line)
      lines[#lines + 1] = line
      if line == 'a' then error('in a listener') end
      if line == 'c' then timer.setImmediate(function() input:type(nil) end) end
    end)
    interface:on('close', expect(function() assert(table.concat(lines) == 'abc') end, 1))
    input.onStart = expect(function()
      input.onStart = nil
      timer.setImmediate(expect(function()
        local err = fails(input.type, input, 'a\nb\nc\n')
        -- With the place where it was raised.
        assert(err:find('in a listener', 1, true) and err:find('readline-interface.lua', 1, true), err)
      end))
    end, 1)
  end)

  test('close', function(expect)
    local input = stream.PassThrough:new()
    local interface = readline.createInterface({ input = input })
    interface:on('close', expect(function() end, 1))
    interface:on('line', expect(function(line)
      assert(line == 'a')
      interface:close()
      interface:close()
    end, 1))
    input:write('a\nb\n')
    coroutine.wrap(expect(function()
      local waiting = readline.createInterface({ input = stream.PassThrough:new() })
      timer.setTimeout(2, function() waiting:close() end)
      for _ in waiting:lines() do error('there are no lines') end
      assert(waiting.closed)
    end, 1))()
  end)

  test('a terminal: editing, history, Control-C and Control-D', function(expect)
    local stdin, output = newKeyboard(), newOutput()
    local seen = {}
    local interface = readline.createInterface({ input = stdin, output = output, historySize = 5,
      completer = function(line) return line .. 'pleted' end })
    assert(interface.terminal)
    interface:on('line', function(line)
      seen[#seen + 1] = line
      interface:prompt()
    end)
    interface:on('close', expect(function()
      local lines = table.concat(seen, '|')
      assert(lines == 'ab|ab|completed|two', lines)
    end, 1))
    interface:prompt()
    assert(output.text:find('> ', 1, true))
    stdin:type('ac\127b\r')
    stdin:type('\27[A\r')
    stdin:type('com\t\r')
    interface:question('a question: ', expect(function(_, answer) assert(answer == 'one') end, 1))
    stdin:type('one\rtwo\r')
    assert(output.text:find('a question: ', 1, true))
    interface:once('SIGINT', expect(function() assert(not interface.closed) end, 1))
    stdin:type('\3')
    stdin:type('\4')
    assert(interface.closed and not stdin.callback)

    stdin = newKeyboard()
    interface = readline.createInterface({ input = stdin, output = newOutput() })
    interface:on('close', expect(function() end, 1))
    interface:question('? ', expect(function(err) assert(err:find('^EOF')) end, 1))
    stdin:type('half\3')
    assert(not interface.closed)
    stdin:type('\3')
    assert(interface.closed)

    -- As a file.
    stdin = newKeyboard()
    interface = readline.createInterface({ input = stdin, terminal = false })
    assert(not interface.terminal)
    interface:on('line', expect(function(line)
      assert(line == 'a\127b')
      interface:close()
    end, 1))
    stdin.onStart = function()
      stdin.onStart = nil
      stdin:type('a\127b\n')
    end
  end)

  test('wrong arguments', function()
    for expected, options in pairs({
      ["'options' to 'createInterface' (table expected, got number)"] = 5,
      ["'options.input' to 'createInterface' (stream expected, got string)"] = { input = 'x' },
      ["'options.input' to 'createInterface' (stream expected, got table)"] = { input = {} },
      ["'options.prompt' to 'createInterface' (string expected, got number)"] = { prompt = 1 },
      ["'options.completer' to 'createInterface' (function expected, got table)"] = { completer = {} },
      ["'options.maxLineLength' to 'createInterface' (number expected, got string)"] = { maxLineLength = '1' },
      ["'options.historySize' to 'createInterface' (number expected, got string)"] = { historySize = '1' },
      ["'options.history' to 'createInterface' (table expected, got string)"] = { history = 'file' },
      ["'options.output' to 'createInterface' (stream expected, got boolean)"] = { output = true },
    }) do
      local err = fails(function() return (readline.createInterface(options)) end)
      assert(err:find('readline-interface.lua:', 1, true) and err:find(expected, 1, true), err)
    end
    local interface = readline.createInterface({ input = stream.PassThrough:new() })
    assert(fails(interface.question, interface):find("'query'", 1, true))
    assert(fails(interface.question, interface, '?', 5):find("'callback'", 1, true))
    assert(fails(interface.setPrompt, interface, 5):find("'text'", 1, true))
  end)
end)
