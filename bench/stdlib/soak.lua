-- Memory of the standard library over many operations: it must be at the end what it was after the first tenth.
--
--   luvit bench/stdlib/soak.lua                     everything, in full: 10 minutes in a release build
--   luvit bench/stdlib/soak.lua 0.01                a hundredth of the operations
--   luvit bench/stdlib/soak.lua 1 files children    some of: events timers streams requests sockets files folders
--                                                   children datagrams queries works buffers texts lines
--
-- Each part runs in a process of its own, in turns of a hundredth of its operations, and prints VmRSS and the Lua heap after
-- 10, 50 and 100 % of them, collected. It fails when the end has more than 5 % and 1 MB over the 10 %. Linux, loopback
-- and temporary files only.

local uv = require('uv')

local WIDTH = 16 -- operations under way at a time

-- Operations --------------------------------------------------------------------------------------------------------

-- By name: `count` operations in full; `start(ready)` makes what they need and calls `ready(step)`, where `step(done)` does
-- one of them; `stop` ends what `start` has made.
local parts = {}

parts.events = { count = 1e6, start = function(ready)
  local emitter = require('core').Emitter:new()
  local calls = 0
  local function listener(value) calls = calls + value end
  ready(function(done)
    emitter:on('a', listener)
    emitter:once('a', listener)
    emitter:emit('a', 1)
    emitter:emit('none', 1)
    emitter:removeListener('a', listener)
    assert(emitter:listenerCount('a') == 0)
    done()
  end)
end }

parts.timers = { count = 1e6, start = function(ready)
  local timer = require('timer')
  local kind = 0
  ready(function(done)
    kind = (kind + 1) % 5
    if kind == 0 then
      timer.setTimeout(0, done)
    elseif kind == 1 then
      timer.clearTimeout(timer.setTimeout(10000, error))
      timer.setImmediate(done)
    elseif kind == 2 then
      local interval
      interval = timer.setInterval(1, function()
        timer.clearInterval(interval)
        done()
      end)
    elseif kind == 3 then
      local item = { emit = function(_, name) if name == 'timeout' then done() end end }
      item._onTimeout = done
      timer.enroll(item, 1)
      timer.active(item)
    else
      coroutine.wrap(function()
        timer.sleep(1)
        done()
      end)()
    end
  end)
end }

parts.streams = { count = 2e5, start = function(ready)
  local stream = require('stream')
  local Source, Sink = stream.Readable:extend(), stream.Writable:extend()
  function Source:_read()
    self:push(not self.given and 'data' or nil)
    self.given = true
  end
  function Sink:_write(_, callback) callback() end
  ready(function(done)
    local sink = Sink:new()
    sink:on('finish', done)
    Source:new():pipe(stream.PassThrough:new()):pipe(sink)
  end)
end }

parts.requests = { count = 1e6, start = function(ready)
  local http = require('http')
  local server
  server = http.createServer(function(req, res)
    local length = 0
    req:on('data', function(chunk) length = length + #chunk end)
    req:on('end', function() res:finish('Hello ' .. length) end)
  end):listen(0, '127.0.0.1', function()
    local port = server:address().port
    ready(function(done)
      local options = { host = '127.0.0.1', port = port, path = '/', method = 'POST' }
      http.request(options, function(res)
        res:on('data', function(chunk) assert(chunk == 'Hello 4') end)
        res:on('end', done)
      end):done('body')
    end)
  end)
  parts.requests.stop = function() server:destroy() end
end }

parts.sockets = { count = 1e5, start = function(ready)
  local net = require('net')
  local server
  server = net.createServer(function(client) client:pipe(client) end)
  server:listen(0, '127.0.0.1', function()
    local port = server:address().port
    ready(function(done)
      local socket
      socket = net.connect(port, '127.0.0.1', function() socket:write('ping') end)
      socket:setTimeout(60000)
      socket:once('data', function() socket:_end() end)
      socket:on('close', done)
    end)
  end)
  parts.sockets.stop = function() server:close() end
end }

parts.files = { count = 1e6, start = function(ready)
  local fs = require('fs')
  local path = os.tmpname()
  fs.writeFileSync(path, ('x'):rep(1000))
  local kind = 0
  ready(function(done)
    kind = (kind + 1) % 8
    if kind == 0 then
      fs.createReadStream(path):on('data', function(chunk) assert(#chunk == 1000) end):on('close', done)
    elseif kind == 1 then
      fs.readFile(path .. '-missing', function(err)
        assert(err:match('^ENOENT'))
        done()
      end)
    elseif kind == 2 then
      assert(#fs.readFileSync(path) == 1000)
      done()
    else
      fs.readFile(path, function(err, data)
        assert(not err and #data == 1000)
        done()
      end)
    end
  end)
  parts.files.stop = function() fs.unlinkSync(path) end
end }

-- Everything of `fs` that is made of many steps, or may be ended before its time.
parts.folders = { count = 5e4, start = function(ready)
  local fs = require('fs')
  local root = assert(fs.mkdtempSync(uv.os_tmpdir() .. '/luvit-soak-XXXXXX'))
  assert(fs.mkdirpSync(root .. '/tree/a/b') and fs.writeFileSync(root .. '/tree/a/b/file', 'hello'))
  local file, tree = root .. '/file', root .. '/tree'
  fs.writeFileSync(file, 'hello')
  local operations = {
    function(n, done) fs.writeFile(root .. '/atomic' .. n % WIDTH, 'data', { atomic = true }, done) end,
    function(n, done) fs.cp(tree, root .. '/copy' .. n, { recursive = true }, done) end,
    function(n, done) fs.rm(root .. '/copy' .. n - 1, { recursive = true, force = true }, done) end,
    function(_, done) fs.glob('**/*', { cwd = tree }, done) end,
    function(_, done) fs.readdir(tree, done) end,
    function(_, done) fs.truncate(file, 5, done) end,
    function(n, done)
      local stream = fs.createWriteStream(root .. '/stream' .. n % WIDTH)
      stream:write('x')
      stream:_end('y')
      stream:on('close', done)
    end,
    function(_, done) fs.createReadStream(file):destroy(nil, done) end,
    function(_, done) fs.createReadStream(root .. '/missing'):on('error', function() end):on('close', done) end,
    function(_, done) fs.watch(tree, function() end):close(done) end,
    function(_, done)
      fs.glob('**', { cwd = tree }, function(err)
        assert(err:match('^ECANCELED'))
        done()
      end):destroy()
    end,
    function(_, done)
      coroutine.wrap(function()
        assert(fs.stat(file, coroutine.running()))
        done()
      end)()
    end,
  }
  local n = 0
  ready(function(done)
    n = n + 1
    operations[n % #operations + 1](n, function(err)
      assert(not err, err)
      done()
    end)
  end)
  parts.folders.stop = function() fs.rmSync(root, { recursive = true }) end
end }

parts.children = { count = 1e4, start = function(ready)
  local childprocess = require('childprocess')
  local kind = 0
  ready(function(done)
    kind = (kind + 1) % 4
    if kind == 0 then
      childprocess.execFile('true', {}, done)
    elseif kind == 1 then
      childprocess.spawn('/no/such/command'):on('error', function() end):on('close', done)
    else
      local child = childprocess.spawn('echo', { 'hello' })
      child.stdout:on('data', function(chunk) assert(chunk == 'hello\n') end)
      child:on('close', done)
    end
  end)
end }

-- A server for `queries` as well: sends back what `answer` makes of a message.
local function udpServer(answer)
  local server = require('dgram').createSocket('udp4')
  server:on('message', function(message, from) server:send(answer(message), from.port, from.ip) end)
  server:bind(0, '127.0.0.1')
  return server
end

parts.datagrams = { count = 1e6, start = function(ready)
  local server = udpServer(function(message) return message end)
  local client = require('dgram').createSocket('udp4')
  client:bind(0, '127.0.0.1')
  local port = server:address().port
  local waiting = {}
  client:on('message', function(message)
    local done = waiting[message]
    waiting[message] = nil
    done()
  end)
  local number = 0
  parts.datagrams.stop = function()
    server:close()
    client:close()
  end
  ready(function(done)
    number = number + 1
    local message = tostring(number)
    waiting[message] = done
    client:send(message, port, '127.0.0.1')
  end)
end }

parts.queries = { count = 1e5, start = function(ready)
  local dns = require('dns')
  -- The question, answered with one address (RFC 1035, section 4.1).
  local server = udpServer(function(message)
    local stop = 13 + #message:match('^[^%z]*', 13) + 4
    return message:sub(1, 2) .. '\129\128\0\1\0\1\0\0\0\0' .. message:sub(13, stop)
      .. '\192\12\0\1\0\1\0\0\0\60\0\4\10\0\0\1'
  end)
  dns.setServers({ { host = '127.0.0.1', port = server:address().port } })
  parts.queries.stop = function() server:close() end
  local number = 0
  ready(function(done)
    number = number + 1
    dns.resolve4(('host%d.example.org'):format(number), function(err, answers)
      assert(not err and answers[1].address == '10.0.0.1')
      done()
    end)
  end)
end }

parts.works = { count = 1e5, start = function(ready)
  local thread = require('thread')
  local waiting, number = {}, 0
  local work = thread.work(function(id, text) return id, #text end, function(id, length)
    assert(length == 100)
    local done = waiting[id]
    waiting[id] = nil
    done()
  end)
  local text = ('x'):rep(100)
  ready(function(done)
    number = number + 1
    waiting[number] = done
    thread.queue(work, number, text)
  end)
end }

parts.buffers = { count = 1e6, start = function(ready)
  local Buffer = require('buffer').Buffer
  local number = 0
  ready(function(done)
    number = number + 1
    local buf = Buffer:new(number % 2000):fill('luvit')
    assert(Buffer.from(buf:slice(3):toString('base64'), 'base64') == buf:slice(3))
    buf:indexOf('it', number % 7)
    done()
  end)
end }

parts.texts = { count = 1e6, start = function(ready)
  local ustring = require('ustring')
  local text = ustring.new('größe 日本')
  ready(function(done)
    assert(#text:upper():gsub('.', '%0%0') == 18 and text:find('日(.)') == 7)
    done()
  end)
end }

-- A line goes through an interface, and its words through a chain of codecs.
parts.lines = { count = 1e5, start = function(ready)
  local codec, readline, stream = require('codec'), require('readline'), require('stream')
  local function each(read, write)
    for item in read do write(item) end
    write()
  end
  ready(function(done)
    local input = stream.PassThrough:new()
    local interface = readline.createInterface({ input = input })
    interface:on('line', function(line)
      local count = 0
      codec.chain(each, each)(line:gmatch('%a+'), function(word) count = count + (word and 1 or 0) end)
      assert(count == 3)
    end)
    interface:on('close', done)
    input:_end('one two three\n')
  end)
end }

-- Running them ------------------------------------------------------------------------------------------------------

local function memory()
  collectgarbage()
  collectgarbage()
  return uv.resident_set_memory() / 2 ^ 20, collectgarbage('count') / 1024
end

local function run(name, count)
  local part = parts[name]
  local marks = { [math.ceil(count / 10)] = '10 %', [math.ceil(count / 2)] = '50 %', [count] = '100 %' }
  local started, finished = 0, 0
  local first, last
  local line = { ('%-10s %8d'):format(name, count) }
  local turn = math.max(math.floor(count / 100), 1)

  part.start(function(step)
    local target, advance
    local function begin()
      started = started + 1
      step(advance)
    end
    -- Operations that end at once must not nest.
    local nested, owed = false, 0
    local function fill()
      owed = owed + 1
      if nested then return end
      nested = true
      while owed > 0 and started < target do
        owed = owed - 1
        begin()
      end
      owed, nested = 0, false
    end
    local function turnOver()
      target = math.min(finished + turn, count)
      for boundary in pairs(marks) do
        if boundary > finished and boundary < target then target = boundary end
      end
      for _ = 1, math.min(WIDTH, target - started) do fill() end
    end
    function advance()
      finished = finished + 1
      if finished < target then return fill() end
      -- Everything that was started has ended: what is left is what leaks.
      require('timer').setTimeout(1, function()
        if marks[finished] then
          local resident, heap = memory()
          first, last = first or resident, resident
          table.insert(line, ('%6s: %6.2f MB, Lua %5.2f'):format(marks[finished], resident, heap))
        end
        if finished < count then return turnOver() end
        if part.stop then part.stop() end
      end)
    end
    turnOver()
  end)

  uv.run()
  print(table.concat(line, '  '))
  if finished < count then
    print(('%s: only %d of %d operations have ended'):format(name, finished, count))
    process.exitCode = 1
  elseif last > first * 1.05 and last > first + 1 then
    print(name .. ' grows')
    process.exitCode = 1
  end
end

local ORDER = {
  'events', 'timers', 'streams', 'requests', 'sockets', 'files', 'folders', 'children', 'datagrams', 'queries', 'works',
  'buffers', 'texts', 'lines',
}

local scale = tonumber(args[2]) or 1
local names = { unpack(args, 3) }
if #names == 0 then names = ORDER end
for _, name in ipairs(names) do assert(parts[name], 'no such part: ' .. name) end

if #names == 1 then
  run(names[1], math.max(math.floor(parts[names[1]].count * scale), 10))
else
  for _, name in ipairs(names) do
    local ok = os.execute(("'%s' '%s' %s %s"):format(uv.exepath(), args[1], scale, name))
    if not ok then process.exitCode = 1 end
  end
end
