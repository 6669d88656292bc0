local stream = require('stream')
local timer = require('timer')
local core = require('core')
local Readable, Writable, Duplex, Transform = stream.Readable, stream.Writable, stream.Duplex, stream.Transform

-- A source of the given chunks, pushed in the call of `_read` or later.
local Source = Readable:extend()
function Source:initialize(chunks, options, later)
  Readable.initialize(self, options)
  self.chunks, self.at, self.later = chunks, 0, later
end
function Source:_read()
  local function push()
    self.at = self.at + 1
    self:push(self.chunks[self.at])
  end
  if self.later then timer.setImmediate(push) else push() end
end

-- A destination that remembers, and takes its time.
local Sink = Writable:extend()
function Sink:initialize(options, delay)
  Writable.initialize(self, options)
  self.written, self.delay = {}, delay
end
function Sink:_write(chunk, callback)
  table.insert(self.written, chunk)
  if self.delay then timer.setTimeout(self.delay, callback) else callback() end
end

local function numbers(count)
  local list = {}
  for i = 1, count do list[i] = i end
  return list
end

require('tap')(function(test)
  test('data and end, from synchronous and asynchronous sources', function(expect)
    for _, later in ipairs({ false, true }) do
      local got = {}
      local source = Source:new({ 'a', 'b', 'c' }, nil, later)
      source:on('data', function(chunk) table.insert(got, chunk) end)
      source:on('end', expect(function()
        assert(table.concat(got, ' ') == 'a b c')
        assert(source.readable == false and source._readableState.endEmitted)
      end, 1))
    end
  end)

  test('many chunks do not recurse', function(expect)
    for _, later in ipairs({ false, true }) do
      local count = 0
      local source = Source:new(numbers(20000), { objectMode = true }, later)
      source:on('data', function(n)
        count = count + 1
        assert(n == count)
      end)
      source:on('end', expect(function() assert(count == 20000) end))
    end
  end)

  test('readable and read', function(expect)
    local source, got = Source:new({ 'hello', ' ', 'world' }, nil, true), ''
    source:on('readable', function()
      local chunk = source:read()
      while chunk do
        got = got .. chunk
        chunk = source:read()
      end
    end)
    source:on('end', expect(function() assert(got == 'hello world') end, 1))
  end)

  test('read(n) takes exactly n bytes, or the rest at the end', function(expect)
    local source = Readable:new()
    source:push('abc')
    source:push('defg')
    source:push(nil)
    assert(source:read(2) == 'ab' and source:read(3) == 'cde' and source:read(0) == nil)
    source:unshift('X')
    assert(source:read(2) == 'Xf' and source:read(10) == 'g' and source:read(1) == nil)
    source:on('end', expect(function() end, 1))

    local open = Readable:new()
    open:push('ab')
    assert(open:read(3) == nil and open:read(2) == 'ab')
  end)

  test('byte by byte through a large chunk', function()
    local source = Readable:new()
    source:push(('x'):rep(1000000))
    for _ = 1, 100000 do assert(source:read(1) == 'x') end
    source:unshift('y')
    assert(source:read(2) == 'yx')
  end)

  test('_fromList', function()
    local state = { buffer = { 'foog', 'bark', 'bazy', 'kuel' }, length = 16 }
    assert(Readable._fromList(6, state) == 'foogba')
    assert(Readable._fromList(2, state) == 'rk')
    assert(Readable._fromList(6, state) == 'bazyku')
    assert(Readable._fromList(2, state) == 'el' and state.length == 0)
  end)

  test('push reports when there is enough', function()
    local source = Readable:new({ highWaterMark = 4 })
    source._read = function() end
    assert(source:push('abc') == true and source:push('d') == false)
    assert(source:read() == 'abcd')
    local objects = Readable:new({ objectMode = true, highWaterMark = 2 })
    objects._read = function() end
    assert(objects:push({}) == true and objects:push(false) == false)
    assert(type(objects:read()) == 'table' and objects:read() == false and objects:read() == nil)
  end)

  test('pause and resume', function(expect)
    local source, got = Source:new(numbers(6), { objectMode = true }), {}
    source:on('pause', expect(function() end, 1))
    source:on('data', function(n)
      table.insert(got, n)
      if n == 3 then
        source:pause()
        timer.setTimeout(10, function()
          assert(#got == 3)
          source:resume()
        end)
      end
    end)
    source:on('end', expect(function() assert(#got == 6) end))
    local paused = Source:new({ 'a' })
    paused:pause()
    paused:on('data', error)
  end)

  test('resume without listeners discards', function(expect)
    Source:new({ 'a', 'b' }, nil, true):on('end', expect(function() end, 1)):resume()
  end)

  test('mistakes of a source are errors', function(expect)
    local source = Readable:new()
    source._read = function() end
    source:on('error', expect(function(err) assert(core.instanceof(err, core.Error)) end, 2))
    source:push(42)
    source:push(nil)
    source:push('late')
    Readable:new():on('error', expect(function(err) assert(err.message == 'not implemented') end)):read()
    assert(not pcall(Readable.new, Readable, { highWaterMark = 'x' }))
  end)

  test('write: callbacks, order, finish', function(expect)
    local sink, log = Sink:new(nil, 1), {}
    sink:write('a', expect(function() table.insert(log, 'a') end, 1))
    sink:write('b', expect(function() table.insert(log, 'b') end, 1))
    sink:on('finish', expect(function()
      assert(table.concat(log) == 'ab' and table.concat(sink.written) == 'abc')
      assert(sink._writableState.finished)
    end, 1))
    sink:_end('c', expect(function() end, 1))
  end)

  test('write returns false above the mark, drain follows', function(expect)
    local sink = Sink:new({ highWaterMark = 3 }, 1)
    assert(sink:write('ab') == true and sink:write('c') == false and sink:write('d') == false)
    sink:on('drain', expect(function() assert(#sink.written == 3) end, 1))
    local fast = Sink:new({ highWaterMark = 1 })
    assert(fast:write('x') == false)
    fast:on('drain', expect(function() end, 1))
  end)

  test('many writes do not recurse', function(expect)
    for _, delay in ipairs({ false, 0 }) do
      local sink = Sink:new({ objectMode = true }, delay or nil)
      sink:cork()
      for i = 1, delay and 300 or 20000 do sink:write(i) end
      assert(#sink.written == 0)
      sink:uncork()
      sink:_end(expect(function() assert(#sink.written == (delay and 300 or 20000)) end))
    end
  end)

  test('write after end', function(expect)
    local sink = Sink:new()
    sink:_end()
    sink:on('error', expect(function(err) assert(err.message == 'write after end') end, 1))
    assert(sink:write('x', expect(function(err) assert(err.message == 'write after end') end, 1)) == false)
    assert(#sink.written == 0)
    local open = Sink:new()
    open:on('error', expect(function() end, 2))
    open:write(42, expect(function(err) assert(err) end))
    open:write(nil)
  end)

  test('with objectMode nil is written like any other value', function(expect)
    local written, sink = {}, Writable:new({ objectMode = true })
    function sink:_write(chunk, callback)
      written[#written + 1] = chunk == nil and 'end' or chunk
      timer.setImmediate(callback)
    end
    sink:write('line')
    sink:write()
    sink:write('more')
    sink:_end(expect(function() assert(table.concat(written, ',') == 'line,end,more') end))
  end)

  test('a failed write fails what waits behind it', function(expect)
    for _, later in ipairs({ false, true }) do
      local sink, failures = Writable:new(), 0
      function sink:_write(_, callback)
        if later then timer.setImmediate(callback, 'broken') else callback('broken') end
      end
      local function failed(err)
        assert(err == 'broken')
        failures = failures + 1
      end
      sink:cork()
      sink:write('a', failed)
      sink:write('b', failed)
      sink:write('c', failed)
      sink:on('finish', error)
      sink:on('error', expect(function(err) assert(err == 'broken') end))
      sink:uncork()
      local done = expect(function()
        assert(failures == 3 and sink._writableState.length == 0)
      end)
      local function look()
        if failures < 3 or sink._writableState.pendingcb > 0 then return timer.setTimeout(1, look) end
        done()
      end
      look()
    end
  end)

  test('cork, uncork and _writev', function(expect)
    local sink, writes = Sink:new(), {}
    function sink:_writev(requests, callback)
      for _, request in ipairs(requests) do table.insert(writes, request.chunk) end
      timer.setImmediate(callback)
    end
    sink:cork()
    sink:cork()
    sink:write('a', expect(function() end, 1))
    sink:write('b', expect(function() end, 1))
    sink:uncork()
    assert(#writes == 0)
    sink:uncork()
    assert(table.concat(writes) == 'ab')
    sink:_end('c')
    sink:on('finish', expect(function() assert(table.concat(sink.written) == 'c') end, 1))
  end)

  test('_final holds back finish', function(expect)
    local sink, closed = Sink:new(), false
    function sink:_final(callback)
      timer.setTimeout(5, function()
        closed = true
        callback()
      end)
    end
    sink:on('finish', expect(function() assert(closed) end, 1))
    sink:_end('x')
  end)

  test('pipe moves everything, ends the destination and respects its pace', function(expect)
    for _, later in ipairs({ false, true }) do
      local source, sink = Source:new(numbers(50), { objectMode = true }, later), Sink:new({ objectMode = true, highWaterMark = 3 }, 0)
      sink:on('pipe', expect(function(from) assert(from == source) end, 1))
      sink:on('unpipe', expect(function(from) assert(from == source) end, 1))
      assert(source:pipe(sink) == sink)
      local write = sink.write
      function sink:write(...)
        assert(self._writableState.length <= 3)
        return write(self, ...)
      end
      sink:on('finish', expect(function()
        assert(#sink.written == 50 and sink.written[50] == 50)
        timer.setImmediate(expect(function()
          assert(sink:listenerCount('drain') == 0 and sink:listenerCount('error') == 0)
          assert(source:listenerCount('data') == 0 and source:listenerCount('end') == 0)
        end))
      end, 1))
    end
  end)

  test('pipe to two destinations: the slower one sets the pace', function(expect)
    local source = Source:new(numbers(20), { objectMode = true })
    local fast, slow = Sink:new({ objectMode = true }), Sink:new({ objectMode = true, highWaterMark = 1 }, 1)
    source:pipe(fast)
    source:pipe(slow)
    fast:on('finish', expect(function() assert(#fast.written == 20) end))
    slow:on('finish', expect(function() assert(#slow.written == 20) end))
  end)

  test('unpipe of a full destination lets the other go on', function(expect)
    local source = Source:new(numbers(20), { objectMode = true })
    local fast, stuck = Sink:new({ objectMode = true }), Writable:new({ objectMode = true, highWaterMark = 1 })
    function stuck:_write() timer.setImmediate(source.unpipe, source, self) end
    source:pipe(stuck)
    source:pipe(fast)
    fast:on('finish', expect(function() assert(#fast.written == 20) end))
  end)

  test('pipe without ending, unpipe all, and an ended source', function(expect)
    local source, sink = Source:new({ 'a' }), Sink:new()
    sink:on('finish', error)
    source:pipe(sink, { _end = false })
    source:on('end', expect(function()
      timer.setImmediate(function()
        source:pipe(Sink:new():on('finish', expect(function() end, 1)))
      end)
    end))
    local other = Source:new({ 'x' }, nil, true)
    other:pipe(Sink:new())
    other:pipe(Sink:new())
    other:unpipe()
    assert(other._readableState.pipesCount == 0 and other:listenerCount('data') == 0)
  end)

  test('a failed write of the destination ends the pipe', function(expect)
    local source, sink = Source:new({ 'a', 'b' }, nil, true), Sink:new()
    function sink:_write(_, callback) callback('disk full') end
    source:pipe(sink)
    sink:on('error', expect(function(err)
      assert(err == 'disk full' and source._readableState.pipesCount == 0)
    end, 1))
  end)

  test('a destination that has ended ends the pipe', function(expect)
    local source, sink = Readable:new(), Sink:new()
    function source:_read() end
    sink:on('error', expect(function(err)
      assert(err.message == 'write after end' and source._readableState.pipesCount == 0)
    end, 1))
    source:pipe(sink)
    sink:_end()
    source:push('a')
    source:push('b')
  end)

  test('other errors of the destination leave the pipe, and are not swallowed', function(expect)
    local source, through = Readable:new(), stream.Transform:new()
    function source:_read() end
    function through:_transform(chunk, callback)
      if chunk == 'bad' then self:emit('error', 'bad input') else self:push(chunk) end
      callback()
    end
    -- A listener that is gone after its first call has listened, whenever it was added.
    through:once('error', expect(function(err) assert(err == 'bad input') end, 1))
    local sink = source:pipe(through):pipe(Sink:new())
    sink:on('finish', expect(function() assert(table.concat(sink.written, ',') == 'good,better') end, 1))
    source:push('good')
    source:push('bad')
    source:push('better')
    local ok, err = pcall(through.emit, through, 'error', 'nobody listens')
    assert(not ok and err:find('nobody listens', 1, true))
    source:push(nil)
  end)

  test('Writable cannot be piped', function(expect)
    Sink:new():on('error', expect(function() end, 1)):pipe(Sink:new())
  end)

  test('Stream.pipe for plain emitters', function(expect)
    local source, sink = stream.Stream:new(), Sink:new({ highWaterMark = 2 }, 1)
    local paused = false
    function source:pause() paused = true end
    function source:resume()
      assert(paused)
      self:emit('data', 'c')
      self:emit('end')
    end
    source:pipe(sink)
    source:emit('data', 'ab')
    assert(paused)
    sink:on('finish', expect(function() assert(table.concat(sink.written) == 'abc') end))
  end)

  test('wrap', function(expect)
    local old = core.Emitter:new()
    function old:pause() self.paused = true end
    function old:resume()
      if not self.paused then return end
      self.paused = false
      self:emit('data', 'second')
      self:emit('end')
    end
    function old:extra() return 'extra' end
    local got = {}
    local source = Readable:new({ highWaterMark = 2 }):wrap(old)
    assert(source:extra() == 'extra')
    old:emit('data', 'first')
    assert(old.paused)
    source:on('data', function(chunk) table.insert(got, chunk) end)
    source:on('end', expect(function() assert(table.concat(got, ' ') == 'first second') end, 1))
    source:on('error', expect(function(err) assert(err == 'e') end))
    old:emit('error', 'e')
  end)

  test('Duplex: both sides, and the end of reading', function(expect)
    local Echo = Duplex:extend()
    function Echo:_write(chunk, callback)
      self:push(chunk)
      callback()
    end
    function Echo:_read() end
    local echo, got = Echo:new(), {}
    echo:on('data', function(chunk) table.insert(got, chunk) end)
    echo:write('a')
    echo:write('b')
    timer.setTimeout(5, function()
      echo:push(nil)
      echo:on('end', expect(function()
        assert(table.concat(got) == 'ab' and not echo._writableState.ending)
        echo:_end()
      end, 1))
    end)
    local closing = Echo:new({ allowHalfOpen = false })
    closing:on('finish', expect(function() end, 1))
    closing:push(nil)
    closing:resume()
    local mixed = Echo:new({ readableObjectMode = true })
    assert(mixed._readableState.objectMode and not mixed._writableState.objectMode)
  end)

  test('Transform: push, callback value, flush', function(expect)
    local Upper = Transform:extend()
    function Upper:_transform(chunk, callback)
      self:push(chunk:upper())
      timer.setImmediate(callback, nil, '.')
    end
    function Upper:_flush(callback)
      self:push('END')
      callback()
    end
    local upper, got = Upper:new(), {}
    upper:on('data', function(chunk) table.insert(got, chunk) end)
    upper:on('end', expect(function() assert(table.concat(got, ' ') == 'A . B . END') end, 1))
    upper:on('finish', expect(function() end, 1))
    upper:write('a')
    upper:_end('b')
  end)

  test('Transform: backpressure of its reader reaches its writer', function(expect)
    local through = stream.PassThrough:new({ objectMode = true, highWaterMark = 2 })
    local accepted = 0
    for i = 1, 20 do
      through:write(i, function() accepted = accepted + 1 end)
    end
    timer.setTimeout(20, expect(function()
      assert(accepted <= 4 and through._readableState.length <= 3)
      local sum = 0
      through:on('data', function(n) sum = sum + n end)
      through:on('end', expect(function() assert(sum == 210 and accepted == 20) end, 1))
      through:_end()
    end))
  end)

  test('Transform: errors', function(expect)
    local through = Transform:new()
    function through:_transform(_, callback) callback('bad input') end
    through:on('error', expect(function(err) assert(err == 'bad input') end))
    through:write('x')
    local unflushed = stream.PassThrough:new()
    function unflushed:_flush(callback) callback('bad end') end
    unflushed:on('error', expect(function(err) assert(err == 'bad end') end))
    unflushed:_end()
  end)

  test('a chain of pipes', function(expect)
    local source, sink = Source:new(numbers(500), { objectMode = true }, true), Sink:new({ objectMode = true })
    local Double = Transform:extend()
    function Double:_transform(n, callback) callback(nil, n * 2) end
    source:pipe(Double:new({ objectMode = true })):pipe(stream.PassThrough:new({ objectMode = true })):pipe(sink)
    sink:on('finish', expect(function() assert(#sink.written == 500 and sink.written[500] == 1000) end))
  end)

  test('Observable', function(expect)
    local observable, seen, got = stream.Observable:new(), {}, {}
    local observer = observable:observe()
    observer:on('data', function(chunk) table.insert(seen, chunk) end)
    observer:on('end', expect(function() assert(table.concat(seen) == 'ab') end, 1))
    observable:on('data', function(chunk) table.insert(got, chunk) end)
    observable:on('end', expect(function() assert(table.concat(got) == 'ab') end, 1))
    observable:write('a')
    observable:_end('b')
  end)

  test('objects whose initialize was never called', function(expect)
    local Bare = Transform:extend()
    function Bare:_transform(chunk, callback) callback(nil, chunk .. '!') end
    local bare = Bare:create()
    assert(next(bare) == nil)
    bare:on('data', expect(function(chunk) assert(chunk == 'x!') end, 1))
    bare:on('end', expect(function() end, 1))
    bare:_end('x')
    local sink = Sink:create()
    sink.written = {}
    Source.create(Readable):pipe(sink)
    sink:write('y')
    assert(sink.written[1] == 'y')
  end)

  test('initialize makes no closures and little garbage', function()
    collectgarbage()
    collectgarbage('stop')
    local before = collectgarbage('count')
    local list = {}
    for i = 1, 1000 do list[i] = Duplex:new() end
    local bytes = (collectgarbage('count') - before) * 1024 / 1000
    collectgarbage('restart')
    assert(bytes < 700, bytes)
  end)

  test('errors in listeners and callbacks are uncaught, and streams go on', function(expect, uv)
    local listeners = process:listeners('uncaughtException')
    process:removeAllListeners('uncaughtException')
    local raised = {}
    local function mine(err)
      assert(err:find('stream%.lua:%d+: mine in '), err)
      local where = err:match('mine in (%w+)')
      raised[where] = (raised[where] or 0) + 1
    end
    process:on('uncaughtException', mine)
    local function raise(where) error('mine in ' .. where, 2) end

    for where, later in pairs({ soon = false, later = true }) do
      local source = Source:new({ 'a', 'b', 'c', 'd' }, nil, later)
      source:on('data', function() raise(where) end)
      source:on('end', expect(function() end, 1))
    end
    local transform = stream.PassThrough:new()
    transform:on('data', function() raise('transform') end)
    transform:on('end', expect(function() end, 1))
    timer.setImmediate(function() transform:write('a') end)
    timer.setTimeout(5, function() transform:_end('b') end)

    local sink = Sink:new({ highWaterMark = 1 }, 1)
    for _ = 1, 3 do sink:write('x', function() raise('callback') end) end
    sink:once('drain', function()
      sink:write('y', function() raise('callback') end)
      sink:_end()
      raise('drain')
    end)
    sink:on('finish', expect(function() end, 1))

    local vector = Writable:new()
    function vector:_writev(_, callback) timer.setImmediate(callback) end
    function vector:_write(_, callback) timer.setImmediate(callback) end
    for _ = 1, 4 do vector:write('x', function() raise('vector') end) end
    vector:_end()
    vector:on('finish', expect(function() end, 1))

    local broken = Writable:new()
    function broken:_write(_, callback) timer.setImmediate(callback, 'no') end
    for _ = 1, 2 do broken:write('x', function() raise('broken') end) end
    broken:on('error', expect(function() end, 1))

    uv.run()
    process:removeListener('uncaughtException', mine)
    for _, listener in ipairs(listeners) do process:on('uncaughtException', listener) end
    for where, count in pairs({ soon = 4, later = 4, transform = 2, callback = 4, drain = 1, vector = 4, broken = 2 }) do
      assert(raised[where] == count, where .. ' ' .. tostring(raised[where]))
    end
  end)

  test('pipe refuses what nobody can write to', function()
    for _, source in ipairs({ stream.Readable:new(), stream.Stream:new() }) do
      for _, dest in ipairs({ 5, {}, process.stdin }) do
        local ok, err = pcall(function() source:pipe(dest) end)
        assert(not ok and err:find("stream%.lua:%d+: bad argument 'dest' to 'pipe' %(writable stream expected"), err)
      end
    end
  end)

  test('the callback of _end gets the error that prevents the end', function(expect)
    local broken = Writable:new()
    function broken:_write(_, callback) timer.setTimeout(1, callback, 'EIO: broken') end
    broken:on('error', expect(function() end, 1))
    broken:on('finish', error)
    broken:_end('x', expect(function(err)
      assert(err == 'EIO: broken')
      broken:_end(expect(function(again) assert(again == 'EIO: broken') end, 1))
    end, 1))

    local last = Writable:new()
    function last:_write(_, callback) callback() end
    function last:_final(callback) callback('EIO: at last') end
    last:on('error', expect(function() end, 1))
    last:_end('x', expect(function(err) assert(err == 'EIO: at last') end, 1))

    local fine = Writable:new()
    function fine:_write(_, callback) callback() end
    fine:_end('x', expect(function(err)
      assert(err == nil)
      fine:_end(expect(function(again) assert(again == nil) end, 1))
    end, 1))
  end)
end)
