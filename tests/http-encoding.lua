-- Content-Encoding: responses that the client decompresses, and answers that the server compresses.

local http = require('http')
local net = require('net')
local timer = require('timer')
local zlib = require('zlib')
local raises = require('./libs/refusals').raises

local TEXT = ('Lorem ipsum dolor sit amet, consetetur sadipscing elitr. '):rep(100)
-- Nothing makes it smaller.
local NOISE = require('uv').random(2000)
local FLUSH = { params = { [zlib.constants.BROTLI_PARAM_QUALITY] = 4 } }

-- A server for one test, with a request.
local function serve(options, handler, ready)
  local server = http.createServer(options, handler)
  server:listen(0, '127.0.0.1', function() ready(server:address().port, server) end)
  return server
end

local function read(res, done)
  local parts = {}
  res:on('data', function(chunk) parts[#parts + 1] = chunk end)
  res:on('end', function() done(table.concat(parts), res) end)
end

local function get(port, headers, done, more)
  local options = { host = '127.0.0.1', port = port, headers = headers, agent = false }
  for name, value in pairs(more or {}) do options[name] = value end
  return http.request(options, function(res) read(res, done) end):done()
end

-- A server that sends what it is told.
local function sends(headers, body, ready)
  return serve(nil, function(_, res)
    res:writeHead(200, headers)
    res:finish(body)
  end, ready)
end

local BODIES = {
  gzip = zlib.gzipSync(TEXT), ['x-gzip'] = zlib.gzipSync(TEXT), deflate = zlib.deflateSync(TEXT),
  br = zlib.brotliCompressSync(TEXT, FLUSH),
}

require('tap')(function(test)
  for encoding, body in pairs(BODIES) do
    test('the client decompresses ' .. encoding, function(expect)
      sends({ ['Content-Encoding'] = encoding, ['Content-Type'] = 'text/plain' }, body, expect(function(port, server)
        get(port, nil, expect(function(text, res)
          assert(text == TEXT and res.complete)
          assert(res.headers['content-encoding'] == nil and res.headers['content-length'] == nil)
          assert(res.contentEncoding == encoding and res.headers['content-type'] == 'text/plain')
          -- Without the option it is as it came.
          get(port, nil, expect(function(raw, plain)
            assert(raw == body and plain.headers['content-encoding'] == encoding and not plain.contentEncoding)
            server:close()
          end))
        end), { decompress = true })
      end))
    end)
  end

  test('codings that are in each other', function(expect)
    local gz, br = zlib.gzipSync, function(data) return zlib.brotliCompressSync(data, FLUSH) end
    local large = TEXT:rep(300) .. NOISE:rep(40)
    local cases = {
      { 'gzip, br', br(gz(TEXT)), TEXT },
      { 'br,gzip', gz(br(large)), large },
      { 'deflate, DEFLATE', zlib.deflateRawSync(zlib.deflateSync(TEXT)), TEXT },
      { 'deflate, gzip', gz(zlib.deflateRawSync(large)), large },
      { 'identity, gzip , , identity', gz(TEXT), TEXT },
      { 'gzip, gzip, x-gzip, br, deflate', zlib.deflateSync(br(gz(gz(gz(large))))), large },
      -- Something behind the data on either level is dropped.
      { 'deflate, br', br(zlib.deflateSync(TEXT) .. 'behind') .. ('behind'):rep(20000), TEXT },
      { 'gzip, br', '', '', 'gzip, br' },
      { 'deflate, gzip', gz(''), '' },
      -- Left alone.
      { 'gzip, fnord', 'body', 'body', 'gzip, fnord' },
      { 'gzip, gzip, gzip, gzip, gzip, gzip', 'body', 'body', 'gzip, gzip, gzip, gzip, gzip, gzip' },
      { 'identity', 'body', 'body', 'identity' },
    }
    local number = 0
    serve(nil, function(_, res)
      res:writeHead(200, { ['Content-Encoding'] = cases[number][1] })
      res:finish(cases[number][2])
    end, expect(function(port, server)
      local function nextCase()
        number = number + 1
        local case = cases[number]
        if not case then return server:close() end
        get(port, nil, expect(function(text, res)
          assert(text == case[3], case[1])
          assert(res.headers['content-encoding'] == case[4], case[1])
          assert(res.contentEncoding == (not case[4] and case[1]:lower() or nil))
          nextCase()
        end), { decompress = true })
      end
      nextCase()
    end))
  end)

  test('a bomb in a bomb ends at the limit', function(expect)
    -- 100 MB in 200 bytes; and what is large in between only: members of gzip that have nothing in them.
    local nested = zlib.gzipSync(zlib.gzipSync(('\0'):rep(1e8), { level = 9 }), { level = 9 })
    local between = zlib.brotliCompressSync(zlib.gzipSync(''):rep(50000), FLUSH)
    local cases = { { 'gzip, gzip', nested }, { 'gzip, br', between } }
    local number = 0
    serve(nil, function(_, res)
      res:writeHead(200, { ['Content-Encoding'] = cases[number][1] })
      res:finish(cases[number][2])
    end, expect(function(port, server)
      local function nextCase()
        number = number + 1
        if not cases[number] then return server:close() end
        assert(#cases[number][2] < 5000)
        http.get({ host = '127.0.0.1', port = port, decompress = { maxOutputLength = 100000 }, agent = false },
          function(res)
            local size = 0
            res:on('data', function(chunk) size = size + #chunk end)
            res:on('end', function() error('no end') end)
            res:on('error', expect(function(err)
              assert(err.code == 'ERR_BUFFER_TOO_LARGE' and size <= 100000, tostring(err))
            end))
            res:on('close', expect(nextCase))
          end)
      end
      nextCase()
    end))
  end)

  test('deflate that is raw, as some servers send it', function(expect)
    sends({ ['Content-Encoding'] = 'deflate' }, zlib.deflateRawSync(TEXT), expect(function(port, server)
      get(port, nil, expect(function(text)
        assert(text == TEXT)
        server:close()
      end), { decompress = true })
    end))
  end)

  test('something behind the compressed data is dropped', function(expect)
    serve(nil, function(_, res)
      res:setHeader('Content-Encoding', 'deflate')
      res:write(BODIES.deflate .. 'junk')
      timer.setTimeout(30, function()
        res:write(('junk'):rep(10000))
        res:finish()
      end)
    end, expect(function(port, server)
      http.get({ host = '127.0.0.1', port = port, decompress = true, agent = false }, function(res)
        read(res, expect(function(text) assert(text == TEXT and res.complete) end))
        res:on('close', expect(function() server:close() end))
      end)
    end))
  end)

  test('what it asks for', function(expect)
    local seen = {}
    serve(nil, function(req, res)
      seen[#seen + 1] = tostring(req.headers['accept-encoding'])
      res:finish('x')
    end, expect(function(port, server)
      local cases = { { { decompress = true } }, { {} }, { { decompress = true }, { ['accept-encoding'] = 'gzip' } },
        { { decompress = {} }, { Range = 'bytes=0-1' } } }
      local function nextCase()
        local case = table.remove(cases, 1)
        if not case then
          assert(table.concat(seen, '|') == 'gzip, deflate, br|nil|gzip|nil', table.concat(seen, '|'))
          return server:close()
        end
        get(port, case[2], expect(nextCase), case[1])
      end
      nextCase()
    end))
    raises("bad argument 'options.decompress'", http.request, { decompress = 5 })
    raises("bad argument 'options.decompress.maxOutputLength'", http.request, { decompress = { maxOutputLength = 0 } })
  end)

  test('other encodings, parts and empty bodies are left alone', function(expect)
    local cases = {
      { 200, { ['Content-Encoding'] = 'fnord' }, 'body', 'body' },
      { 206, { ['Content-Encoding'] = 'gzip', ['Content-Range'] = 'bytes 0-3/9' }, 'body', 'body' },
      { 200, { ['Content-Encoding'] = 'gzip' }, '', '' },
      { 204, { ['Content-Encoding'] = 'gzip' }, nil, '' },
      { 200, {}, 'body', 'body' },
    }
    local number = 0
    serve(nil, function(_, res)
      res:writeHead(cases[number][1], cases[number][2])
      res:finish(cases[number][3])
    end, expect(function(port, server)
      local function nextCase()
        number = number + 1
        if number > #cases then return server:close() end
        get(port, nil, expect(function(text)
          assert(text == cases[number][4], text)
          nextCase()
        end), { decompress = true })
      end
      nextCase()
    end))
  end)

  test('what is damaged, truncated or too large is an error', function(expect)
    local bomb = zlib.gzipSync(('\0'):rep(5 * 2 ^ 20))
    local cases = {
      { 'this is not gzip', 'Z_DATA_ERROR', true },
      { BODIES.gzip:sub(1, -5), 'Z_BUF_ERROR', true },
      { bomb, 'ERR_BUFFER_TOO_LARGE', { maxOutputLength = 100000 } },
    }
    local number = 0
    serve(nil, function(_, res)
      res:setHeader('Content-Encoding', 'gzip')
      res:finish(cases[number][1])
    end, expect(function(port, server)
      local function nextCase()
        number = number + 1
        local case = cases[number]
        if not case then return server:close() end
        http.get({ host = '127.0.0.1', port = port, decompress = case[3], agent = false }, function(res)
          local size = 0
          res:on('data', function(chunk) size = size + #chunk end)
          res:on('end', function() error('no end') end)
          res:on('error', expect(function(err)
            assert(err.code == case[2], tostring(err))
            assert(size <= 100000)
          end))
          res:on('close', expect(nextCase))
        end)
      end
      nextCase()
    end))
  end)

  test('a large response comes at the pace of its reader', function(expect)
    local large = TEXT:rep(2000)
    serve(nil, function(_, res)
      res:setHeader('Content-Encoding', 'gzip')
      local gzip = zlib.createGzip({ level = 0 })
      gzip:pipe(res)
      gzip:_end(large)
    end, expect(function(port, server)
      http.get({ host = '127.0.0.1', port = port, decompress = true, agent = false }, function(res)
        local parts = {}
        res:on('data', function(chunk)
          parts[#parts + 1] = chunk
          if #parts % 20 == 0 then
            res:pause()
            timer.setTimeout(1, function() res:resume() end)
          end
        end)
        res:on('end', expect(function()
          assert(table.concat(parts) == large)
          server:close()
        end))
      end)
    end))
  end)

  test('a bomb that nobody reads takes no memory', function(expect)
    local size = 30 * 2 ^ 20
    sends({ ['Content-Encoding'] = 'gzip' }, zlib.gzipSync(('\0'):rep(size)), expect(function(port, server)
      http.get({ host = '127.0.0.1', port = port, decompress = true, agent = false }, function(res)
        res:pause()
        timer.setTimeout(100, expect(function()
          assert(res._readableState.length < 2 ^ 19, res._readableState.length)
          local total = 0
          res:on('data', function(chunk) total = total + #chunk end)
          res:on('end', expect(function()
            assert(total == size)
            server:close()
          end))
          res:resume()
        end))
      end)
    end))
  end)

  test('a slow reader holds the server up', function(expect)
    -- What compresses well comes out of little: nothing of it is taken before its turn.
    local packed = zlib.gzipSync(TEXT:rep(200), { level = 0 })
    local sent, stop = 0, false
    serve(nil, function(_, res)
      res:setHeader('Content-Encoding', 'gzip')
      local function more()
        while not stop and sent < 200 do
          sent = sent + 1
          if not res:write(packed) then return end
        end
        if not stop then error('it was all taken') end
      end
      res:on('drain', more)
      res:on('close', expect(function() stop = true end))
      more()
    end, expect(function(port, server)
      http.get({ host = '127.0.0.1', port = port, decompress = true, agent = false }, function(res)
        local chunks = 0
        res:on('data', function()
          chunks = chunks + 1
          res:pause()
          -- A little now and then.
          if chunks < 50 then
            timer.setTimeout(2, function() res:resume() end)
          else
            res:destroy()
            server:close()
          end
        end)
        res:on('close', expect(function() end))
        res:on('error', function() end)
      end)
    end))
  end)

  test('damaged at the beginning of a response that goes on', function(expect)
    serve(nil, function(_, res)
      res:setHeader('Content-Encoding', 'gzip')
      res:write('this is not gzip')
      -- No end: the client must not wait for it.
      res:on('close', expect(function() end))
    end, expect(function(port, server)
      http.get({ host = '127.0.0.1', port = port, decompress = true, agent = false }, function(res)
        res:on('error', expect(function(err) assert(err.code == 'Z_DATA_ERROR') end))
        res:on('close', expect(function() server:close() end))
        res:resume()
      end)
    end))
  end)

  test('one that nobody reads to its end', function(expect)
    sends({ ['Content-Encoding'] = 'gzip' }, zlib.gzipSync(TEXT:rep(5000), { level = 0 }), expect(function(port, server)
      http.get({ host = '127.0.0.1', port = port, decompress = true, agent = false }, function(res)
        local gone = false
        res:on('data', function()
          assert(not gone)
          gone = true
          res:destroy()
          server:close()
        end)
        res:on('close', expect(function() end))
        res:on('error', function() end)
      end)
    end))
  end)

  -- The server ----------------------------------------------------------------------------------------------------------

  local UNPACK = { gzip = 'gunzipSync', deflate = 'inflateSync', br = 'brotliDecompressSync' }

  for encoding, unpack_ in pairs(UNPACK) do
    test('the server compresses with ' .. encoding, function(expect)
      local count = 0
      serve({ compress = true }, function(req, res)
        count = count + 1
        res:setHeader('Content-Type', 'text/html; charset=utf-8')
        res:setHeader('ETag', '"abc"')
        if req.url == '/parts' then
          res:setHeader('Content-Length', #TEXT)
          res:flushHeaders()
          assert(res.headersSent)
          raises('headers already sent', res.setHeader, res, 'X', 'y')
          for i = 1, #TEXT, 1000 do res:write(TEXT:sub(i, i + 999)) end
          res:finish(expect(function() end))
        elseif req.url == '/large' then
          res:finish(TEXT:rep(50))
        else
          res:finish(TEXT)
        end
      end, expect(function(port, server)
        local paths = { '/', '/parts', '/large' }
        local function nextPath()
          local path = table.remove(paths, 1)
          if not path then return server:close() end
          get(port, { ['Accept-Encoding'] = encoding }, expect(function(body, res)
            local text = zlib[unpack_](body)
            assert(text == (path == '/large' and TEXT:rep(50) or TEXT), path)
            assert(res.headers['content-encoding'] == encoding and res.headers.vary == 'Accept-Encoding')
            assert(res.headers.etag == 'W/"abc"')
            assert(res.headers['content-length'] == (path == '/' and tostring(#body) or nil))
            nextPath()
          end), { path = path })
        end
        nextPath()
      end))
    end)
  end

  test('what is not compressed', function(expect)
    local long = TEXT
    local cases = {
      { 'no accept-encoding', {}, {} },
      { 'identity', { ['Accept-Encoding'] = 'identity' }, {} },
      { 'refused', { ['Accept-Encoding'] = 'gzip;q=0, br;q=0, deflate;q=0' }, {} },
      { 'small', { ['Accept-Encoding'] = 'gzip' }, {}, body = TEXT:sub(1, 1023) },
      { 'not smaller', { ['Accept-Encoding'] = 'gzip' }, {}, body = NOISE },
      { 'image', { ['Accept-Encoding'] = 'gzip' }, { ['Content-Type'] = 'image/png' }, vary = false },
      { 'no type', { ['Accept-Encoding'] = 'gzip' }, { ['Content-Type'] = false }, vary = false },
      { 'encoded', { ['Accept-Encoding'] = 'gzip' }, { ['Content-Encoding'] = 'zstd' }, vary = false, encoding = 'zstd' },
      { 'no-transform', { ['Accept-Encoding'] = 'gzip' }, { ['Cache-Control'] = 'public, no-transform' }, vary = false },
      { 'a range', { ['Accept-Encoding'] = 'gzip', Range = 'bytes=0-9' }, {} },
      { 'a part', { ['Accept-Encoding'] = 'gzip' }, { ['Content-Range'] = 'bytes 0-9/99' }, vary = false, status = 206 },
      { 'an error', { ['Accept-Encoding'] = 'gzip' }, {}, status = 304, body = '', vary = false },
      { 'HEAD', { ['Accept-Encoding'] = 'gzip' }, {}, method = 'HEAD', body = '' },
    }
    local number = 0
    serve({ compress = true }, function(_, res)
      local case = cases[number]
      local headers = { ['Content-Type'] = 'text/plain' }
      for name, value in pairs(case[3]) do headers[name] = value or nil end
      res:writeHead(case.status or 200, headers)
      res:finish(case.body or long)
    end, expect(function(port, server)
      local function nextCase()
        number = number + 1
        local case = cases[number]
        if not case then return server:close() end
        get(port, case[2], expect(function(body, res)
          assert(body == (case.body or long), case[1])
          assert(res.headers['content-encoding'] == case.encoding, case[1])
          assert((res.headers.vary == 'Accept-Encoding') == (case.vary ~= false), case[1])
          nextCase()
        end), { method = case.method })
      end
      nextCase()
    end))
  end)

  test('which encoding a client wants', function()
    local negotiate = require('zlib/compressor').negotiate
    local all = { 'br', 'gzip', 'deflate' }
    for accepted, expected in pairs({
      ['gzip'] = 'gzip', ['gzip, deflate, br'] = 'br', ['gzip;q=1.0, br;q=0.5'] = 'gzip', ['*'] = 'br',
      ['*;q=0'] = false, ['br;q=0, *'] = 'gzip', ['GZIP'] = 'gzip', ['x-gzip'] = 'gzip', [''] = false,
      ['identity, gzip;q=0.5'] = false, ['identity;q=0.1, gzip;q=0.5'] = 'gzip', ['gzip;q=0.000'] = false,
      ['gzip;q=nan'] = false, ['gzip;q=5'] = false, ['fnord'] = false, [';;;,,q=1'] = false,
      ['gzip ; q=0.8 , deflate;q=0.9'] = 'deflate',
    }) do
      assert((negotiate(accepted, all) or false) == expected, accepted)
    end
  end)

  test('events arrive when they happen', function(expect)
    serve({ compress = { encodings = { 'gzip' } } }, function(req, res)
      res:setHeader('Content-Type', req.url == '/flush' and 'text/plain' or 'text/event-stream')
      res:write('data: one\n\n')
      if req.url == '/flush' then res:flush() end
      -- The rest comes when the first part has arrived: over there.
      res.req.socket:once('close', expect(function() end))
    end, expect(function(port, server)
      local left = 2
      for _, path in ipairs({ '/', '/flush' }) do
        local request
        request = http.get({ host = '127.0.0.1', port = port, path = path, decompress = true, agent = false }, function(res)
          assert(res.contentEncoding == 'gzip')
          res:once('data', expect(function(text)
            assert(text == 'data: one\n\n')
            request:destroy()
            left = left - 1
            if left == 0 then server:close() end
          end))
        end)
      end
    end))
  end)

  test('backpressure, and a client that goes', function(expect)
    -- Nobody reads: what is written waits, and says so.
    local count = 0
    serve({ compress = { threshold = 0, level = 0, encodings = { 'deflate' } } }, function(_, res)
      res:setHeader('Content-Type', 'text/plain')
      local piece = TEXT:rep(10)
      local function more()
        while count < 4000 do
          count = count + 1
          if not res:write(piece) then return end
        end
        error('it was all taken')
      end
      res:on('drain', more)
      res:on('close', expect(function() end))
      more()
    end, expect(function(port, server)
      local socket = net.connect(port, '127.0.0.1')
      socket:on('connect', expect(function()
        socket:pause()
        socket:write('GET / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: deflate\r\n\r\n')
        local last = -1
        local interval
        interval = timer.setInterval(100, function()
          -- It stands still.
          if count ~= last or count == 0 then
            last = count
            return
          end
          timer.clearInterval(interval)
          socket:destroy()
          server:close()
        end)
      end))
      socket:on('error', function() end)
    end))
  end)

  test('a stream piped into the response', function(expect)
    local large = TEXT:rep(500)
    serve({ compress = true }, function(_, res)
      res:setHeader('Content-Type', 'application/json')
      local source = zlib.createGunzip()
      source:pipe(res)
      source:_end(zlib.gzipSync(large))
    end, expect(function(port, server)
      get(port, nil, expect(function(text, res)
        assert(text == large and res.contentEncoding == 'br')
        server:close()
      end), { decompress = true })
    end))
  end)

  test('a middleware', function(expect)
    serve(nil, function(req, res)
      zlib.compressor(req, res, { types = { 'application/x-own' }, encodings = { 'gzip' }, threshold = 10 })
      res:setHeader('Vary', 'Origin')
      res:setHeader('Content-Type', req.url == '/own' and 'application/x-own' or 'text/plain')
      res:finish(TEXT)
    end, expect(function(port, server)
      get(port, { ['Accept-Encoding'] = 'gzip' }, expect(function(body, res)
        assert(zlib.gunzipSync(body) == TEXT and res.headers.vary == 'Origin, Accept-Encoding')
        get(port, { ['Accept-Encoding'] = 'gzip' }, expect(function(plain, other)
          assert(plain == TEXT and other.headers.vary == 'Origin')
          server:close()
        end))
      end), { path = '/own' })
    end))
  end)

  test('wrong options', function()
    raises("bad argument 'compress' to 'createServer'", http.createServer, { compress = 5 }, print)
    raises("bad argument 'compress.level'", http.createServer, { compress = { level = 10 } }, print)
    raises("bad argument 'compress.quality'", http.createServer, { compress = { quality = 12 } }, print)
    raises("bad argument 'compress.threshold'", http.createServer, { compress = { threshold = -1 } }, print)
    raises("bad argument 'compress.encodings'", http.createServer, { compress = { encodings = { 'zip' } } }, print)
    raises("bad argument 'compress.types'", http.createServer, { compress = { types = 5 } }, print)
    raises("bad argument 'res' to 'compressor'", zlib.compressor, {})
  end)

  test('old clients, and several requests on one connection', function(expect)
    serve({ compress = true }, function(_, res)
      res:setHeader('Content-Type', 'text/plain')
      res:write(TEXT)
      res:finish()
    end, expect(function(port, server)
      local socket = net.connect(port, '127.0.0.1')
      local got = ''
      socket:on('data', function(chunk) got = got .. chunk end)
      socket:on('connect', function()
        local request = 'GET / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n'
        socket:write(request:rep(3) .. 'GET / HTTP/1.0\r\nAccept-Encoding: gzip\r\n\r\n')
      end)
      socket:on('end', expect(function()
        local heads = 0
        for head in got:gmatch('HTTP/1.1 200 OK\r\n.-\r\n\r\n') do
          heads = heads + 1
          assert(head:find('Content-Encoding: gzip', 1, true))
        end
        assert(heads == 4, heads)
        local last = got:match('.*\r\n\r\n(\31\139.*)$')
        assert(zlib.gunzipSync(last) == TEXT)
        socket:destroy()
        server:close()
      end))
    end))
  end)
end)
