-- Peers of TLS that do what they like: bytes as a test wants them over bare TCP, a proxy that changes what it carries, and
-- the `openssl` program. Everything here waits, so it is for tests, which are coroutines.

local await = require('await')
local childprocess = require('childprocess')
local net = require('net')
local timer = require('timer')
local tls = require('tls')
local uv = require('uv')

local peer = {}

---A file of tests/fixtures/tls.
---@param name string
---@return string
function peer.fixture(name)
  local file = assert(io.open(module.dir .. '/../fixtures/tls/' .. name, 'rb'))
  local text = file:read('*a')
  file:close()
  return text
end

---The path of such a file, for a program.
---@param name string
---@return string
function peer.path(name) return module.dir .. '/../fixtures/tls/' .. name end

-- Our own sides -------------------------------------------------------------------------------------------------------

---A server of ours that answers with what it gets, and what went wrong on its side.
---@param options? table for `createServer`
---@param onConnection? fun(socket: table)
---@return table server with `port`, `errors` (codes) and `reasons`
function peer.server(options, onConnection)
  options = options or {}
  options.cert = options.cert or peer.fixture('server-cert.pem')
  options.key = options.key or peer.fixture('server-key.pem')
  local server
  local errors, reasons = {}, {}
  server = tls.createServer(options, function(socket)
    socket:on('error', function(err) errors[#errors + 1] = err.code or tostring(err) end)
    if onConnection then return onConnection(socket) end
    socket:on('data', function(data) socket:write(data) end)
    socket:on('end', function() socket:_end() end)
  end)
  server:on('tlsClientError', function(err)
    errors[#errors + 1] = err.code or tostring(err)
    reasons[#reasons + 1] = tostring(err)
  end)
  assert(await(server.listen, server, 0, '127.0.0.1'))
  server.port, server.errors, server.reasons = server:address().port, errors, reasons
  return server
end

---The same with HTTP over it. It answers with what it is asked for.
---@param options? table for `https.createServer`
---@return table server with `port`, `errors` and `reasons`
function peer.httpsServer(options)
  options = options or {}
  options.cert = options.cert or peer.fixture('server-cert.pem')
  options.key = options.key or peer.fixture('server-key.pem')
  local errors, reasons = {}, {}
  local server = require('https').createServer(options, function(req, res) res:finish('asked for ' .. req.url) end)
  server:on('tlsClientError', function(err)
    errors[#errors + 1] = err.code or tostring(err)
    reasons[#reasons + 1] = tostring(err)
  end)
  assert(await(server.listen, server, 0, '127.0.0.1'))
  server.port, server.errors, server.reasons, server.isHttp = server:address().port, errors, reasons, true
  return server
end

---Connects with a client of ours: the socket, or nil and the error.
---@param port integer
---@param options? table
function peer.connect(port, options)
  options = options or {}
  options.port, options.host = port, options.host or '127.0.0.1'
  options.ca = options.ca or peer.fixture('root-cert.pem')
  local socket, failed
  return await.value(function(done)
    socket = tls.connect(options, function()
      if failed then return end
      failed = true
      socket:removeAllListeners('error')
      done(socket)
    end)
    local function fail(err)
      if failed then return end
      failed = true
      done(nil, type(err) == 'string' and { code = err } or err)
    end
    socket:on('error', fail)
    socket:on('close', function() fail({ code = 'closed' }) end)
    return nil
  end)
end

---The server still serves: an echo through it.
---@param server table
---@param options? table for `connect`
function peer.serves(server, options)
  local socket, err = peer.connect(server.port, options)
  assert(socket, tostring(err))
  socket:write(server.isHttp and 'GET /alive? HTTP/1.1\r\nHost: a\r\n\r\n' or 'alive?')
  local answer = await.once(socket, 'data')
  assert(answer:find('alive?', 1, true), answer)
  await.value(function(done)
    socket:on('close', done)
    socket:destroy()
    return nil
  end)
end

---Waits until something holds; the runner's time is the limit.
---@param holds fun(): any
function peer.wait(holds)
  while not holds() do await.sleep(2) end
end

-- Bytes over TCP ------------------------------------------------------------------------------------------------------

---Connects to a port, sends bytes, and takes what comes until the other side ends it.
---@param port integer
---@param bytes string|string[] a list is sent piece by piece
---@param options? { finish?: boolean, keep?: boolean, reset?: boolean, patience?: integer }
---@return string answer
---@return string ending `end`, `reset`, or `open` when nothing had happened for `patience` milliseconds
function peer.talk(port, bytes, options)
  options = options or {}
  local socket = assert(await(net.connect, port, '127.0.0.1'))
  local parts, ending = {}, nil
  return await.value(function(done)
    local function over(how)
      if ending then return end
      ending = how
      if options.keep then return done(table.concat(parts), how, socket) end
      socket:on('close', function() done(table.concat(parts), how) end)
      socket:destroy()
    end
    local patience = timer.setTimeout(options.patience or 20000, function() over('open') end)
    socket:on('data', function(data) parts[#parts + 1] = data end)
    socket:on('end', function()
      timer.clearTimeout(patience)
      over('end')
    end)
    socket:on('error', function()
      timer.clearTimeout(patience)
      over('reset')
    end)
    if type(bytes) == 'string' then bytes = { bytes } end
    await.spawn(function()
      for i = 1, #bytes do
        if ending or socket.destroyed then return end
        socket:write(bytes[i])
        if #bytes > 1 then await.sleep(0) end
      end
      if options.finish then socket:_end() end
      if options.reset then
        timer.clearTimeout(patience)
        ending = 'reset'
        socket:on('close', function() done(table.concat(parts), 'reset') end)
        if socket._handle then uv.tcp_close_reset(socket._handle, function() end) end
        socket:destroy()
      end
    end)
    return nil
  end)
end

---A TCP server that does as `handler(socket)` says; all its sockets are destroyed with it.
---@param handler fun(socket: table)
---@return table server with `port`
function peer.raw(handler)
  local sockets = {}
  local server = net.createServer(function(socket)
    sockets[socket] = true
    socket:on('error', function() end)
    socket:on('close', function() sockets[socket] = nil end)
    handler(socket)
  end)
  assert(await(server.listen, server, 0, '127.0.0.1'))
  server.port = server:address().port
  function server.stop()
    for socket in pairs(sockets) do socket:destroy() end
    server:close()
  end
  return server
end

---A TCP server between a client and `port`. `change(direction, bytes, total)` says what goes on instead of the bytes, and
---whether both connections end then; direction is `up` (from the client) or `down`.
---@param port integer
---@param change fun(direction: string, bytes: string, total: integer): string, boolean?
---@return table server
function peer.proxy(port, change)
  return peer.raw(function(client)
    local server = net.connect(port, '127.0.0.1')
    server:on('error', function() end)
    local function carry(direction, from, to)
      local total = 0
      from:on('data', function(bytes)
        total = total + #bytes
        local changed, cut = change(direction, bytes, total)
        if changed ~= '' and not to.destroyed then to:write(changed) end
        if cut then
          client:_end()
          server:destroy()
        end
      end)
      from:on('end', function() if not to.destroyed then to:_end() end end)
      from:on('close', function() if not to.destroyed then to:destroy() end end)
    end
    carry('up', client, server)
    carry('down', server, client)
  end)
end

---The first message of a client of ours.
---@param options? table for `connect`
---@return string record
function peer.hello(options)
  local hello
  local server = peer.raw(function(socket)
    socket:once('data', function(data)
      hello = data
      socket:destroy()
    end)
  end)
  peer.connect(server.port, options)
  server.stop()
  return assert(hello)
end

---A record: a type, a version and its content.
function peer.record(kind, content, version)
  return string.char(kind, math.floor((version or 0x0303) / 256), (version or 0x0303) % 256,
    math.floor(#content / 256), #content % 256) .. content
end

-- openssl -------------------------------------------------------------------------------------------------------------

---Whether a program can be started.
---@param program string
---@param ... string arguments with which it ends at once
function peer.has(program, ...)
  local child = childprocess.spawn(program, { ... })
  local code = await.value(function(done)
    child:on('error', function() end)
    child:on('close', done)
    return nil
  end)
  return code == 0
end

---Runs a program to its end: its exit code and all it says. `input` is written to it, a list piece by piece after what
---`openssl` needs to be ready.
---@param program string
---@param words string[]
---@param input? string|string[]
---@param patience? integer milliseconds after which it is killed
function peer.run(program, words, input, patience)
  local child = childprocess.spawn(program, words)
  local parts = {}
  local function take(data) parts[#parts + 1] = data end
  child.stdout:on('data', take)
  child.stderr:on('data', take)
  child.stdin:on('error', function() end)
  return await.value(function(done)
    local timeout = timer.setTimeout(patience or 20000, function() child:kill('sigkill') end)
    child:on('close', function(code)
      timer.clearTimeout(timeout)
      done(code, table.concat(parts))
    end)
    await.spawn(function()
      if type(input) == 'table' then
        for i = 1, #input do
          if i > 1 then await.sleep(150) end
          if child.stdin.destroyed then return end
          child.stdin:write(input[i])
        end
      elseif input then
        child.stdin:write(input)
      end
      child.stdin:_end()
    end)
    return nil
  end)
end

---Starts `openssl s_server` on a free port.
---@param words string[] besides the port
---@return { port: integer, stop: fun(), said: fun(): string }
function peer.opensslServer(words)
  local probe = net.createServer()
  assert(await(probe.listen, probe, 0, '127.0.0.1'))
  local port = probe:address().port
  await(probe.close, probe)
  local all = { 's_server', '-accept', '127.0.0.1:' .. port }
  for i = 1, #words do all[#all + 1] = words[i] end
  local child = childprocess.spawn('openssl', all)
  local parts, ended = {}, false
  local function take(data) parts[#parts + 1] = data end
  child.stdout:on('data', take)
  child.stderr:on('data', take)
  child.stdin:on('error', function() end)
  child:on('close', function() ended = true end)
  peer.wait(function() return ended or table.concat(parts):find('ACCEPT', 1, true) end)
  assert(not ended, table.concat(parts))
  return {
    port = port,
    child = child,
    said = function() return table.concat(parts) end,
    stop = function()
      child:kill('sigkill')
      peer.wait(function() return ended end)
    end,
  }
end

return peer
