-- Streams: order, flushes, backpressure, errors, and ends at any moment.

local zlib = require('zlib')
local timer = require('timer')
local Buffer = require('buffer').Buffer
local raises = require('./libs/refusals').raises
local catching = require('./libs/catching')

local constants = zlib.constants
local TEXT = ('All happy families are alike; every unhappy family is unhappy in its own way. '):rep(3000)
local FAST = { params = { [constants.BROTLI_PARAM_QUALITY] = 3 } }

local function collect(stream, done)
  local parts = {}
  stream:on('data', function(chunk) parts[#parts + 1] = chunk end)
  stream:on('end', function() done(table.concat(parts), parts) end)
  return stream
end

require('tap')(function(test)
  local pairs_ = {
    { 'Gzip', 'Gunzip' }, { 'Deflate', 'Inflate' }, { 'DeflateRaw', 'InflateRaw' }, { 'Gzip', 'Unzip' },
    { 'BrotliCompress', 'BrotliDecompress', FAST },
  }

  for _, pair in ipairs(pairs_) do
    test(pair[1] .. ' into ' .. pair[2] .. ', in pieces of any size', function(expect)
      math.randomseed(3)
      for _, most in ipairs({ 10, 1000, 100000 }) do
        local pack, unpack_ = zlib['create' .. pair[1]](pair[3]), zlib['create' .. pair[2]]()
        local length = math.min(#TEXT, most * 300)
        local text = TEXT:sub(1, length)
        collect(unpack_, expect(function(out)
          assert(out == text)
          assert(pack.bytesWritten == length)
        end))
        -- A large piece goes to the thread pool, a small one does not; the order stays.
        local position = 1
        local function feed()
          while position <= length do
            local size = math.random(0, most)
            local piece = text:sub(position, math.min(length, position + size - 1))
            position = position + #piece
            if not pack:write(piece) then return pack:once('drain', feed) end
          end
          pack:_end()
        end
        pack:pipe(unpack_)
        feed()
        pack:on('close', expect(function() assert(pack.destroyed) end))
        unpack_:on('close', expect(function() end))
      end
    end)
  end

  test('byte by byte', function(expect)
    local packed = zlib.gzipSync('some text') .. zlib.gzipSync(', and more')
    local gunzip = collect(zlib.createGunzip(), expect(function(text) assert(text == 'some text, and more') end))
    for i = 1, #packed do gunzip:write(packed:sub(i, i)) end
    gunzip:write('\0\0')
    gunzip:_end()
  end)

  test('a flush gives out what was written', function(expect)
    for _, make in ipairs({ { 'createDeflate', 'createInflate', constants.Z_SYNC_FLUSH },
      { 'createGzip', 'createGunzip' }, { 'createBrotliCompress', 'createBrotliDecompress' } }) do
      local pack, unpack_ = zlib[make[1]](), zlib[make[2]]()
      local got = ''
      unpack_:on('data', function(chunk) got = got .. chunk end)
      pack:pipe(unpack_)
      pack:write('first')
      local function next_()
        timer.setImmediate(expect(function()
          assert(got == 'first', got)
          pack:write('second')
          pack:_end(expect(function() end))
        end))
      end
      local flushed = expect(function()
        -- The other stream gets it in its turn.
        timer.setTimeout(20, next_)
      end)
      if make[3] then pack:flush(make[3], flushed) else pack:flush(flushed) end
      unpack_:on('end', expect(function() assert(got == 'firstsecond') end))
    end
    local gzip = zlib.createGzip()
    raises("bad argument 'kind' to 'flush'", gzip.flush, gzip, 6)
    gzip:destroy()
    gzip:flush(expect(function(err) assert(err.code == 'ERR_STREAM_DESTROYED') end))
  end)

  test('the option flush: every write at once', function(expect)
    local gzip = zlib.createGzip({ flush = constants.Z_SYNC_FLUSH })
    local gunzip = zlib.inflate(31)
    local got = ''
    gzip:on('data', function(chunk) got = got .. gunzip(chunk) end)
    gzip:write('a', expect(function() assert(got == 'a', got) end))
    gzip:_end()
  end)

  test('levels change in their place', function(expect)
    local deflate = zlib.createDeflate({ level = 0 })
    local size, inflated = 0, zlib.createInflate()
    local text = TEXT:sub(1, 20000)
    deflate:on('data', function(chunk) size = size + #chunk end)
    deflate:pipe(collect(inflated, expect(function(out)
      assert(out == text:rep(3))
      -- One part is stored, and two are small.
      assert(size > 20000 and size < 22000, size)
    end)))
    deflate:write(text)
    deflate:params(9, constants.Z_DEFAULT_STRATEGY, expect(function(err) assert(not err) end))
    deflate:write(text)
    deflate:params(9, constants.Z_FILTERED)
    deflate:_end(text)
    raises("bad argument 'level' to 'params'", deflate.params, deflate, 10, 0)
    raises("bad argument 'strategy' to 'params'", deflate.params, deflate, 1, 9)
  end)

  test('a stream that nobody reads makes no more than it buffers', function(expect)
    local bomb = zlib.gzipSync(('\0'):rep(30 * 2 ^ 20))
    local gunzip = zlib.createGunzip()
    gunzip:write(bomb)
    gunzip:_end()
    timer.setTimeout(50, expect(function()
      local buffered = gunzip._readableState.length
      assert(buffered > 0 and buffered <= 128 * 1024, buffered)
      -- A slow reader gets it piece by piece.
      local total = 0
      gunzip:on('data', function(chunk)
        total = total + #chunk
        assert(#chunk <= 64 * 1024)
        if math.random() < 0.05 then
          gunzip:pause()
          timer.setImmediate(function() gunzip:resume() end)
        end
      end)
      gunzip:on('end', expect(function() assert(total == 30 * 2 ^ 20) end))
    end))
  end)

  test('maxOutputLength is for all that a stream gives', function(expect)
    local gunzip = zlib.createGunzip({ maxOutputLength = 100000 })
    local total = 0
    gunzip:on('data', function(chunk) total = total + #chunk end)
    gunzip:on('error', expect(function(err)
      assert(err.code == 'ERR_BUFFER_TOO_LARGE' and total <= 100000)
    end))
    gunzip:on('close', expect(function() end))
    gunzip:on('end', function() error('no end') end)
    gunzip:_end(zlib.gzipSync(('\0'):rep(2 ^ 20)), expect(function(err) assert(err.code == 'ERR_BUFFER_TOO_LARGE') end))
  end)

  test('errors are emitted once, and close', function(expect)
    for _, case in ipairs({
      { 'createGunzip', 'this is not gzip', 'Z_DATA_ERROR' },
      { 'createGunzip', ('x'):rep(100000), 'Z_DATA_ERROR' },
      { 'createGunzip', zlib.gzipSync(TEXT):sub(1, -2), 'Z_BUF_ERROR' },
      { 'createGunzip', '', 'Z_BUF_ERROR' },
      { 'createInflate', zlib.deflateSync('a', { dictionary = 'b' }), 'Z_NEED_DICT' },
      { 'createBrotliDecompress', 'hello world hello world', 'ERR__ERROR_FORMAT_CL_SPACE' },
    }) do
      local stream = zlib[case[1]]()
      stream:on('error', expect(function(err) assert(err.code == case[3], tostring(err)) end))
      stream:on('close', expect(function() assert(stream.destroyed) end))
      stream:on('end', function() error('no end after an error') end)
      stream:resume()
      stream:_end(case[2])
    end
  end)

  test('what waits behind an error hears of it', function(expect)
    local gunzip = zlib.createGunzip()
    gunzip:on('error', expect(function() end))
    gunzip:write(('junk'):rep(10000), expect(function(err) assert(err.code == 'Z_DATA_ERROR') end))
    gunzip:write('more', expect(function(err) assert(err.code) end))
    gunzip:_end(expect(function(err) assert(err.code) end))
  end)

  test('data behind the end', function(expect)
    local inflate = collect(zlib.createInflate(), expect(function(text) assert(text == 'abc') end))
    inflate:write(zlib.deflateSync('abc') .. 'junk')
    inflate:write(('more'):rep(10000), expect(function() end))
    local gunzip = collect(zlib.createGunzip(), expect(function(text) assert(text == 'abc') end))
    gunzip:write(zlib.gzipSync('abc') .. '\0\0')
    gunzip:_end('junk')
  end)

  test('who writes much behind the end is not held up', function(expect)
    local source = require('stream').PassThrough:new()
    local inflate = collect(zlib.createInflate(), expect(function(text) assert(text == 'abc') end))
    source:pipe(inflate)
    inflate:on('finish', expect(function() end))
    inflate:on('close', expect(function() end))
    source:write(zlib.deflateSync('abc') .. 'junk')
    local count = 0
    local function more()
      while count < 100 do
        count = count + 1
        if not source:write(('junk'):rep(5000)) then return source:once('drain', function() timer.setTimeout(1, more) end) end
      end
      source:_end()
    end
    timer.setTimeout(5, more)
  end)

  test('destroyed at any moment', function(expect)
    for i = 0, 20 do
      local gzip = zlib.createGzip({ level = 9 })
      gzip:on('close', expect(function() end))
      gzip:on('error', function(err) error(err) end)
      local closed = false
      gzip:on('data', function() assert(not closed) end)
      for _ = 1, 3 do gzip:write(TEXT, expect(function() end)) end
      timer.setTimeout(i % 7, function()
        gzip:destroy()
        closed = true
        assert(gzip:write('more', expect(function(err) assert(err.code == 'ERR_STREAM_DESTROYED') end)) == false)
        gzip:_end('more', expect(function(err) assert(err) end))
        gzip:destroy()
        collectgarbage()
      end)
    end
    -- In a listener, with an error, and before anything happened.
    local gunzip = zlib.createGunzip()
    gunzip:on('data', expect(function() gunzip:destroy() end))
    gunzip:on('close', expect(function() end))
    gunzip:_end(zlib.gzipSync(('x'):rep(2 ^ 20)))
    local failing = zlib.createGzip()
    failing:on('error', expect(function(err) assert(err == 'EMINE: mine') end))
    failing:destroy('EMINE: mine')
    local fresh = zlib.createInflate()
    fresh:close(expect(function() fresh:close(expect(function() end)) end))
  end)

  test('reset begins again', function(expect)
    local inflate = zlib.createInflate()
    local got = ''
    inflate:on('data', function(chunk) got = got .. chunk end)
    local packed = zlib.deflateSync('text')
    inflate:write(packed:sub(1, 3))
    inflate:reset()
    inflate:write(packed)
    inflate:_end(expect(function() end))
    inflate:on('end', expect(function() assert(got == 'text', got) end))
    inflate:on('close', expect(function() raises('closed', inflate.reset, inflate) end))
  end)

  test('reset takes its place between writes', function(expect)
    for _, class in ipairs({ 'Deflate', 'DeflateRaw' }) do
      local options = { dictionary = 'some text that both sides know' }
      local deflate, inflate = zlib[class]:new(options), zlib[class:gsub('De', 'In')]:new(options)
      local begun = false
      collect(inflate, expect(function(text) assert(text == 'text that both sides know', text) end))
      deflate:on('data', function(chunk) if begun then inflate:write(chunk) end end)
      deflate:on('end', function() inflate:_end() end)
      deflate:write('of the first round')
      deflate:flush(expect(function()
        deflate:reset()
        begun = true
        deflate:write('text that both sides know')
        deflate:_end()
      end))
    end
    -- A thread has the first of them at that moment.
    local gzip = collect(zlib.createGzip(), expect(function(packed)
      assert(zlib.gunzipSync(packed:sub(-#zlib.gzipSync('rest'))) == 'rest')
    end))
    gzip:write(TEXT)
    gzip:reset()
    gzip:_end('rest')
  end)

  test('nothing comes out of a write, and everything in order', function(expect)
    -- A large piece goes to the thread pool, a small one does not.
    for _, size in ipairs({ 100, 100000 }) do
      local events = {}
      local function note(name) return function() events[#events + 1] = name end end
      local gzip = zlib.createGzip()
      for _, name in ipairs({ 'data', 'drain', 'finish', 'end', 'close' }) do gzip:on(name, note(name)) end
      gzip:write(TEXT:sub(1, size), note('first'))
      gzip:flush(note('flushed'))
      gzip:write('second', note('second'))
      gzip:_end('third', note('ended'))
      note('returned')()
      gzip:on('close', expect(function()
        local order = table.concat(events, ' ')
        -- How many pieces of output there are is the compressor's choice.
        order = order:gsub('data data', 'data'):gsub('data data', 'data')
        assert(order == 'returned data first data flushed second data ended finish end close', order)
      end))
      local gunzip = zlib.createGunzip()
      gunzip:write(('no gzip '):rep(size / 8))
      -- Whoever listens now is in time, and finds it closed.
      gunzip:on('error', expect(function(err)
        assert(err.code == 'Z_DATA_ERROR' and gunzip.destroyed)
        gunzip:close()
      end))
      gunzip:on('close', expect(function() end))
    end
  end)

  test('buffers, empty writes, wrong chunks, and a write after the end', function(expect)
    local gzip = zlib.createGzip()
    local gunzip = collect(zlib.createGunzip(), expect(function(text) assert(text == 'abc') end))
    gzip:pipe(gunzip)
    gzip:on('error', expect(function(err) assert(tostring(err):find('Invalid'), tostring(err)) end))
    gzip:write('')
    gzip:write(Buffer:new('abc'))
    gzip:write(5)
    gzip:flush()
    gzip:removeAllListeners('error')
    gzip:_end()
    gzip:on('error', expect(function(err) assert(tostring(err) == 'write after end') end))
    gzip:write('x')
  end)

  test('many at a time', function(expect)
    for i = 1, 60 do
      local text = (i .. ' '):rep(20000)
      local pack = zlib.createGzip()
      pack:pipe(collect(zlib.createGunzip(), expect(function(out) assert(out == text) end)))
      pack:_end(text)
    end
  end)

  test('an error of a listener does not stop the stream', function(expect, uv)
    for _, data in ipairs({ 'small', TEXT:sub(1, 100000) }) do
      local got = 0
      local gunzip = zlib.createGunzip()
      gunzip:on('data', function(chunk)
        got = got + #chunk
        if got == #chunk then error('mine') end
      end)
      gunzip:on('end', expect(function() assert(got == #data) end))
      gunzip:_end(zlib.gzipSync(data))
      catching(uv, expect(function(err) assert(tostring(err):find('mine', 1, true), tostring(err)) end))
    end
  end)

  test('a class of one\'s own', function(expect)
    local Shout = zlib.Gzip:extend()
    function Shout:_transform(chunk, callback)
      zlib.Gzip._transform(self, chunk:upper(), callback)
    end
    local shout = Shout:new({ level = 1 })
    collect(shout, expect(function(packed) assert(zlib.gunzipSync(packed) == 'HELLO') end))
    shout:_end('hello')
  end)
end)
