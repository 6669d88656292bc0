local fs = require('fs')
local net = require('net')
local timer = require('timer')
local uv = require('uv')
local streams = require('stream')
local refusals = require('refusals')
local inside = require('folder')()

local WINDOWS = require('los').type() == 'win32'

local function descriptors()
  local listing = uv.fs_scandir('/proc/self/fd')
  if not listing then return 0 end
  local count = 0
  while uv.fs_scandir_next(listing) do count = count + 1 end
  return count
end

-- What a stream emits, in order. Streams that only write emit `end` when they are told to end; that is not of interest.
local function record(stream)
  local log = {}
  for _, name in ipairs({ 'open', 'end', 'finish', 'error', 'close' }) do
    if name ~= 'end' or stream.read then stream:on(name, function() table.insert(log, name) end) end
  end
  return log
end

-- Reads a stream to its end.
local function collect(stream, done)
  local chunks = {}
  stream:on('data', function(chunk) table.insert(chunks, chunk) end)
  stream:on('end', function() done(table.concat(chunks), chunks) end)
end

local text = {}
for i = 1, 30000 do text[i] = ('%d\n'):format(i) end
text = table.concat(text)

require('tap')(function(test)
  local path = inside('file')
  fs.writeFileSync(path, text)

  test('the end of a stream that was destroyed is an error', function(expect)
    local path = os.tmpname()
    local stream = fs.createWriteStream(path)
    stream:destroy()
    stream:_end('x', expect(function(err)
      assert(err:match('^ECANCELED: .*write'), err)
      os.remove(path)
    end, 1))
    stream:_end(expect(function(err) assert(err) end, 1))
  end)

  test('a whole file, and the events around it', function(expect)
    local stream = fs.createReadStream(path)
    assert(stream.path == path and stream.pending == true and stream.fd == nil and stream.bytesRead == 0)
    local log = record(stream)
    stream:on('open', expect(function(fd) assert(stream.fd == fd and stream.pending == false) end, 1))
    collect(stream, expect(function(got)
      assert(got == text and stream.bytesRead == #text and stream.fd == nil)
    end, 1))
    stream:on('close', expect(function()
      assert(table.concat(log, ' ') == 'open end close', table.concat(log, ' '))
      assert(stream.destroyed)
    end, 1))
  end)

  test('start and end, offset and length, sizes of chunks', function(expect)
    local function slice(options, from, to)
      collect(fs.createReadStream(path, options), expect(function(got) assert(got == text:sub(from, to), #got) end, 1))
    end
    slice({ start = 10 }, 11, -1)
    slice({ start = 10, ['end'] = 19 }, 11, 20)
    slice({ ['end'] = 0 }, 1, 1)
    slice({ offset = 5, length = 16 }, 6, 21)
    slice({ length = 0 }, 1, 0)
    slice({ length = 100000 }, 1, 100000)
    slice({ start = #text + 100 }, 1, 0)
    for _, name in ipairs({ 'chunkSize', 'chunk_size', 'highWaterMark' }) do
      collect(fs.createReadStream(path, { [name] = 1000, length = 2500 }), expect(function(got, chunks)
        assert(got == text:sub(1, 2500) and #chunks == 3 and #chunks[1] == 1000)
      end, 1))
    end
  end)

  test('an options table is left as it was', function(expect)
    local options = { start = 1 }
    collect(fs.createReadStream(path, options), expect(function() end))
    assert(getmetatable(options) == nil and next(options, next(options)) == nil)
  end)

  test('nobody reads: no more than the mark is read ahead', function()
    local stream = fs.createReadStream(path, { highWaterMark = 1000 })
    stream:read(0)
    uv.run()
    assert(stream.bytesRead >= 1000 and stream.bytesRead <= 2000, stream.bytesRead)
    stream:destroy()
  end)

  test('a slow destination slows reading down', function(expect)
    local sink, most = streams.Writable:new({ highWaterMark = 1000 }), 0
    local stream = fs.createReadStream(path, { highWaterMark = 5000 })
    local got = 0
    function sink:_write(chunk, callback)
      got = got + #chunk
      most = math.max(most, stream.bytesRead - got)
      timer.setImmediate(callback)
    end
    stream:pipe(sink)
    sink:on('finish', expect(function()
      assert(got == #text)
      assert(most <= 10000, most)
    end, 1))
  end)

  test('a descriptor, with and without closing it', function(expect)
    local fd = fs.openSync(path, 'r')
    local stream = fs.createReadStream(nil, { fd = fd, autoClose = false, length = 10 })
    assert(stream.fd == fd and stream.pending == false)
    collect(stream, expect(function(got)
      assert(got == text:sub(1, 10))
      -- It stands where the first stream ended.
      collect(fs.ReadStream:new(path, { fd = fd }), expect(function(rest)
        assert(rest == text:sub(11))
        refusals.fails('EBADF', fs.closeSync(fd))
      end, 1))
    end, 1))
  end)

  test('without autoClose, an error leaves the file open', function(expect)
    local fd = fs.openSync(inside('unreadable'), 'w')
    local stream = fs.createReadStream(nil, { fd = fd, autoClose = false })
    stream:on('error', expect(function(err) assert(err == 'EBADF: bad file descriptor, read', err) end, 1))
    stream:on('close', expect(function() assert(stream.fd == fd and fs.closeSync(fd)) end, 1))
    stream:resume()
  end)

  test('errors of opening arrive once, before close', function(expect)
    local before = descriptors()
    for _, make in ipairs({ fs.createReadStream, fs.createWriteStream }) do
      local stream = make(inside('no', 'such'))
      local log = record(stream)
      stream:on('error', expect(function(err)
        assert(err == "ENOENT: no such file or directory, open '" .. inside('no', 'such') .. "'", err)
      end, 1))
      if stream.write then
        stream:write('x', expect(function(err) assert(err:find('^ENOENT')) end, 1))
        stream:write('y', expect(function(err) assert(err:find('^ENOENT')) end, 1))
        stream:_end()
      else
        stream:resume()
      end
      stream:on('close', expect(function()
        assert(table.concat(log, ' ') == 'error close', table.concat(log, ' '))
      end, 1))
    end
    uv.run()
    assert(descriptors() == before)
    local nul = fs.createReadStream('a\0b')
    nul:on('error', expect(function(err) assert(err:find('^EINVAL')) end, 1))
    if not WINDOWS then
      local folder = fs.createReadStream(inside())
      folder:on('error', expect(function(err)
        assert(err == "EISDIR: illegal operation on a directory, read '" .. inside() .. "'", err)
      end, 1))
      folder:resume()
    end
  end)

  test('an error that nobody listens for is uncaught', function(expect)
    local listeners = process:listeners('uncaughtException')
    process:removeAllListeners('uncaughtException')
    process:once('uncaughtException', expect(function(err) assert(tostring(err):find('ENOENT'), err) end, 1))
    local closed = false
    fs.createReadStream(inside('missing')):on('close', function() closed = true end)
    uv.run()
    for _, listener in ipairs(listeners) do process:on('uncaughtException', listener) end
    assert(closed)
  end)

  test('an error in a listener of data is uncaught, and the stream goes on', function(expect)
    local listeners = process:listeners('uncaughtException')
    process:removeAllListeners('uncaughtException')
    local raised, got = 0, {}
    local function mine(err)
      assert(err:find('fs%-streams%.lua:%d+: mine$'), err)
      raised = raised + 1
    end
    process:on('uncaughtException', mine)
    local stream = fs.createReadStream(path, { highWaterMark = 50000 })
    stream:on('data', function(chunk)
      table.insert(got, chunk)
      error('mine')
    end)
    stream:on('end', expect(function() end, 1))
    stream:on('close', expect(function() end, 1))
    uv.run()
    process:removeListener('uncaughtException', mine)
    for _, listener in ipairs(listeners) do process:on('uncaughtException', listener) end
    assert(table.concat(got) == text and raised == #got and raised > 2, raised)
  end)

  test('destroyed at any moment, a stream leaves no descriptor', function(expect)
    local before = descriptors()
    local function check(stream)
      local log = record(stream)
      stream:on('close', expect(function()
        assert(log[#log] == 'close' and stream.fd == nil and stream.destroyed)
        for _, name in ipairs(log) do assert(name ~= 'end' and name ~= 'finish' and name ~= 'error', name) end
      end, 1))
      return stream
    end
    for round = 1, 20 do
      -- While it opens.
      check(fs.createReadStream(path)):destroy()
      check(fs.createWriteStream(inside('destroyed'))):destroy()
      -- While it reads, and writes.
      local reading = check(fs.createReadStream(path, { highWaterMark = 100 }))
      reading:on('open', function() if round % 2 == 0 then reading:destroy() end end)
      reading:on('data', function() reading:destroy() end)
      local writing = check(fs.createWriteStream(inside('destroyed')))
      writing:write('x', expect(function(err) assert(err and err:find('^ECANCELED'), err) end, 1))
      writing:on('open', function()
        writing:destroy()
        writing:destroy()
      end)
    end
    uv.run()
    assert(descriptors() == before, descriptors() - before)
  end)

  test('after destroy nothing is emitted but close, and a pipe does not end', function(expect)
    local sink = streams.Writable:new()
    function sink._write(_, _, callback) callback() end
    sink:on('finish', error)
    local stream = fs.createReadStream(path, { highWaterMark = 10000 })
    stream:on('end', error)
    local count = 0
    stream:on('data', function()
      count = count + 1
      if count == 3 then stream:destroy() end
    end)
    stream:pipe(sink)
    stream:on('close', expect(function()
      stream:resume()
      stream:read()
      timer.setTimeout(20, expect(function() assert(count == 3) end))
    end, 1))
  end)

  test('destroy with an error, and callbacks of close', function(expect)
    local stream = fs.createReadStream(path)
    stream:on('error', expect(function(err) assert(err == 'mine') end, 1))
    stream:destroy('mine', expect(function()
      stream:close(expect(function() end, 1))
    end, 1))
    refusals.raises("bad argument 'callback' to 'destroy'", stream.destroy, stream, nil, 1)
  end)

  test('a stream that is forgotten while it reads goes on', function(expect)
    local ended = expect(function() end, 1)
    do
      local stream = fs.createReadStream(path, { highWaterMark = 1000 })
      stream:on('data', function() collectgarbage() end)
      stream:on('end', ended)
    end
    collectgarbage()
    collectgarbage()
  end)

  test('writing: order, callbacks, bytesWritten, finish', function(expect)
    local target = inside('target')
    local stream = fs.WriteStream:new(target, { mode = '600' })
    local log = record(stream)
    local written = {}
    for i = 1, 100 do
      stream:write(('%d,'):format(i), expect(function(err)
        assert(err == nil)
        table.insert(written, i)
      end, 1))
    end
    stream:_end('end', expect(function()
      local data = fs.readFileSync(target)
      assert(data:sub(1, 6) == '1,2,3,' and data:sub(-7) == '100,end', data)
      assert(stream.bytesWritten == #data and stream.fd == nil)
      for i = 1, 100 do assert(written[i] == i) end
      if not WINDOWS then assert(fs.statSync(target).mode % 512 == 384) end
    end, 1))
    stream:on('close', expect(function()
      assert(table.concat(log, ' ') == 'open finish close', table.concat(log, ' '))
    end, 1))
  end)

  test('writing: flags, start, descriptors, flush', function(expect)
    local target = inside('flags')
    fs.writeFileSync(target, '0123456789')
    local stream = fs.createWriteStream(target, { flags = 'r+', start = 3 })
    stream:write('abc')
    stream:write('d')
    stream:_end(expect(function()
      assert(fs.readFileSync(target) == '012abcd789')
      local appending = fs.createWriteStream(target, { flags = 'a', flush = true })
      appending:_end('!', expect(function()
        assert(fs.readFileSync(target) == '012abcd789!')
        local fd = fs.openSync(target, 'r+')
        local open = fs.createWriteStream(nil, { fd = fd, autoClose = false })
        open:_end('X', expect(function()
          assert(open.fd == fd and fs.readSync(fd, 2, 0) == 'X1')
          open:close(expect(function() refusals.fails('EBADF', fs.closeSync(fd)) end, 1))
        end, 1))
      end, 1))
    end, 1))
    -- A stream that is only ended makes its file.
    fs.createWriteStream(inside('empty')):_end(nil, expect(function()
      assert(fs.readFileSync(inside('empty')) == '')
    end, 1))
  end)

  test('writing: backpressure', function(expect)
    local stream = fs.createWriteStream(inside('backpressure'), { highWaterMark = 1000 })
    assert(stream:write(('x'):rep(999)) == true and stream:write('x') == false)
    stream:on('drain', expect(function() stream:_end() end, 1))
  end)

  test('close writes what waits, destroy does not', function(expect)
    local stream = fs.createWriteStream(inside('closed'))
    stream:write('a')
    stream:write('b')
    stream:close(expect(function() assert(fs.readFileSync(inside('closed')) == 'ab') end, 1))
  end)

  test('a full disk is an error of the write and of the stream, once', function(expect)
    if not fs.existsSync('/dev/full') then return end
    for _, class in ipairs({ fs.WriteStream, fs.WriteStreamSync }) do
      local before = descriptors()
      local stream = class:new('/dev/full')
      local log = record(stream)
      local function failed(err) assert(err == "ENOSPC: no space left on device, write '/dev/full'", err) end
      stream:write('x', expect(failed, 1))
      stream:write('y', expect(failed, 1))
      stream:_end()
      stream:on('error', expect(failed, 1))
      stream:on('close', expect(function()
        assert(log[#log - 1] == 'error' and #log <= 3, table.concat(log, ' '))
      end, 1))
      uv.run()
      assert(descriptors() == before)
    end
  end)

  test('writing after the end is an error', function(expect)
    local stream = fs.createWriteStream(inside('after'))
    stream:_end()
    stream:on('error', expect(function(err) assert(tostring(err):find('write after end'), err) end, 1))
    assert(stream:write('x') == false)
  end)

  test('pipes: a file into a file', function(expect)
    local target = fs.createWriteStream(inside('copy'))
    fs.createReadStream(path):pipe(target)
    target:on('close', expect(function() assert(fs.readFileSync(inside('copy')) == text) end, 1))
  end)

  test('pipes: a file into a socket', function(expect)
    local server
    server = net.createServer(function(client)
      local stream = fs.createReadStream(path)
      stream:pipe(client)
      stream:on('close', expect(function() end, 1))
    end)
    server:listen(0, '127.0.0.1', expect(function()
      local socket = net.connect(server:address().port)
      collect(socket, expect(function(got)
        assert(got == text)
        server:close()
      end, 1))
    end))
  end)

  test('a socket that vanishes: the file that is sent to it is closed', function(expect)
    if not fs.existsSync('/dev/zero') then return end
    local before = descriptors()
    local server
    server = net.createServer(function(client)
      local stream = fs.createReadStream('/dev/zero', { highWaterMark = 10000 })
      stream:on('close', expect(function() server:close() end, 1))
      stream:on('end', expect(function() end, 0))
      stream:pipe(client)
      client:on('error', function() end)
    end)
    server:listen(0, '127.0.0.1', function()
      local socket = net.connect(server:address().port)
      socket:once('data', function() socket:destroy() end)
    end)
    uv.run()
    assert(descriptors() <= before)
  end)

  test('a pipe that breaks: who still has use for the stream keeps it', function(expect)
    -- Takes one chunk.
    local function sink()
      local writable = streams.Writable:new({ highWaterMark = 1 })
      function writable:_write() end
      return writable
    end
    local function broken(options)
      local stream, writable = fs.createReadStream(path, options), sink()
      stream:pipe(writable)
      stream:on('open', function()
        timer.setTimeout(10, function() writable:emit('close') end)
      end)
      return stream, writable
    end
    local one, gone = broken()
    gone:on('close', function()
      collect(one, expect(function(rest) assert(#rest > 0) end, 1))
      one:resume()
    end)
    local other, lost = broken()
    lost:on('close', function() collect(other:pipe(streams.PassThrough:new()), expect(function() end, 1)) end)
    local mine = broken({ autoClose = false })
    timer.setTimeout(200, expect(function()
      assert(not mine.destroyed and mine.fd)
      mine:close()
    end, 1))
    local second = fs.createReadStream(path)
    local left = sink()
    second:pipe(left)
    second:on('open', function() second:unpipe(left) end)
    timer.setTimeout(200, expect(function()
      assert(not second.destroyed)
      second:close()
    end, 1))
  end)

  test('a source that vanishes: the file that is written from it is closed, without finish', function(expect)
    local before = descriptors()
    local function source(target, options, pipeOptions)
      local readable = streams.Readable:new()
      function readable:_read() end
      local stream = fs.createWriteStream(inside(target), options)
      readable:pipe(stream, pipeOptions)
      readable:push('a part')
      local function vanish()
        if stream.bytesWritten == 0 then timer.setTimeout(5, vanish) else readable:emit('close') end
      end
      vanish()
      return stream, readable
    end
    local stream = source('part')
    stream:on('finish', expect(function() end, 0))
    stream:on('close', expect(function() assert(fs.readFileSync(inside('part')) == 'a part') end, 1))
    local mine = source('mine', { autoClose = false })
    local open = source('open', nil, { _end = false })
    local again, vanished = source('another')
    vanished:on('close', function() fs.createReadStream(path):pipe(again) end)
    again:on('finish', expect(function() assert(fs.readFileSync(inside('another')) == 'a part' .. text) end, 1))
    timer.setTimeout(300, expect(function()
      assert(not mine.destroyed and not open.destroyed)
      mine:close()
      open:close()
    end, 1))
    -- What has ended may still be on its way when it says that it is closed.
    local whole, ending = source('whole')
    ending:push(nil)
    whole:on('finish', expect(function() end, 1))
    uv.run()
    assert(descriptors() <= before)
  end)

  test('WriteStreamSync writes at once, and appends', function(expect)
    local target = inside('sync')
    fs.writeFileSync(target, 'old ')
    local stream = fs.WriteStreamSync:new(target)
    assert(type(stream.fd) == 'number')
    stream:write('new ', expect(function(err) assert(not err) end, 1))
    assert(fs.readFileSync(target) == 'old new ' and stream.bytesWritten == 4)
    stream:cork()
    stream:write('a')
    stream:write('b')
    stream:uncork()
    assert(fs.readFileSync(target) == 'old new ab')
    stream:on('open', expect(function() end, 1))
    stream:_end('!', expect(function() assert(fs.readFileSync(target) == 'old new ab!') end, 1))
    local missing = fs.WriteStreamSync:new(inside('no', 'such'))
    missing:on('error', expect(function(err) assert(err:find("^ENOENT: .*, open '")) end, 1))
    missing:write('x', expect(function(err) assert(err:find('^ENOENT')) end, 1))
  end)

  test('open again: a log that got another name', function(expect)
    for _, class in ipairs({ fs.WriteStream, fs.WriteStreamSync }) do
      local before = descriptors()
      local name = inside('log' .. (class == fs.WriteStream and 1 or 2))
      local stream = class:new(name, { flags = 'a' })
      stream:once('open', expect(function()
        stream:write('one', expect(function()
          fs.renameSync(name, name .. '.old')
          stream:cork()
          stream:once('open', expect(function() stream:uncork() end, 1))
          stream:open(expect(function(err) assert(not err, err) end, 1))
          stream:write('two')
          stream:write('three')
          -- Twice is once.
          stream:open()
          stream:_end()
        end, 1))
      end, 1))
      stream:on('close', expect(function()
        assert(fs.readFileSync(name .. '.old') == 'one' and fs.readFileSync(name) == 'twothree')
        refusals.raises('open: the stream has ended', stream.open, stream)
      end, 1))
      uv.run()
      assert(descriptors() == before)
    end
    refusals.raises('open: the stream has no path', fs.WriteStream.open, fs.WriteStream:new(nil, { fd = 1 }))
  end)

  test('open again while something is written, and when it fails', function(expect)
    local before = descriptors()
    local name = inside('again')
    local stream = fs.createWriteStream(name, { flags = 'a' })
    for i = 1, 20 do
      stream:write(i .. ' ')
      if i % 5 == 0 then stream:open() end
    end
    stream:on('open', function()
      if stream.bytesWritten > 20 then return end
      stream:write('x ')
      stream:open()
    end)
    timer.setImmediate(function() stream:open() end)
    uv.run()
    stream:_end()
    uv.run()
    assert(fs.readFileSync(name):sub(1, 9) == '1 2 3 4 5', fs.readFileSync(name))
    local failing = fs.createWriteStream(name)
    failing:once('open', function()
      failing.path = inside('no', 'such')
      failing:open(expect(function(err) assert(err:find('^ENOENT')) end, 1))
      failing:write('x', expect(function(err) assert(err:find('^ENOENT')) end, 1))
    end)
    failing:on('error', expect(function(err) assert(err:find('^ENOENT')) end, 1))
    local destroyed = fs.createWriteStream(name)
    destroyed:once('open', function()
      destroyed:write('x')
      destroyed:open(expect(function(err) assert(err:find('^ECANCELED')) end, 1))
      destroyed:destroy()
    end)
    uv.run()
    assert(descriptors() == before)
  end)

  test('subclasses: _write and open may be replaced', function(expect)
    local Upper = fs.WriteStream:extend()
    function Upper:_write(chunk, callback) fs.WriteStream._write(self, chunk:upper(), callback) end
    local stream = Upper:new(inside('upper'))
    stream:write('a')
    stream:write('b')
    stream:write('c')
    stream:_end('d', expect(function() assert(fs.readFileSync(inside('upper')) == 'ABCD') end, 1))
    local Counting = fs.ReadStream:extend()
    local opened = 0
    function Counting:open(callback)
      opened = opened + 1
      fs.ReadStream.open(self, callback)
    end
    collect(Counting:new(path), expect(function(got) assert(got == text and opened == 1) end, 1))
  end)

  test('arguments are checked', function()
    refusals.raises("bad argument 'path' to 'ReadStream:new' (string expected, got nil)", fs.createReadStream)
    refusals.raises("bad argument 'options' to 'WriteStream:new'", fs.createWriteStream, 'x', 1)
    refusals.raises("'options.start' to 'ReadStream:new' (integer of at least 0 expected, got -1)", fs.createReadStream, 'x', { start = -1 })
    refusals.raises("bad argument 'options.end' to 'ReadStream:new'", fs.createReadStream, 'x', {
      start = 5, ['end'] = 2,
    })
    refusals.raises("bad argument 'options.fd' to 'WriteStream:new'", fs.createWriteStream, 'x', { fd = 'x' })
    -- Cut to an integer it would be standard output.
    refusals.raises("bad argument 'options.fd' to 'WriteStream:new'", fs.createWriteStream, 'x', { fd = 1.5 })
    refusals.raises("(unknown file open flag 'q')", fs.createWriteStream, 'x', { flags = 'q' })
    local _, err = pcall(function() local _stream = fs.createReadStream() end)
    assert(err:find('fs%-streams.lua:%d+:'), err)
  end)

  test('many streams leave memory where it was', function()
    local small = inside('small')
    fs.writeFileSync(small, 'x')
    local function round(count)
      local left = count
      local function again()
        left = left - 1
        if left < 0 then return end
        local stream = fs.createReadStream(small)
        local target = fs.createWriteStream(inside('many'))
        stream:pipe(target)
        target:on('close', again)
      end
      again()
      uv.run()
      collectgarbage()
      collectgarbage()
      return collectgarbage('count')
    end
    round(200)
    local before = round(200)
    local after = round(1000)
    assert(after < before + 64, after - before)
  end)
end)
