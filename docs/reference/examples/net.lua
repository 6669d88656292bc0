-- An echo server, reached over TCP and over a local socket.

local net = require('net')
local uv = require('uv')

local function serve(where, whenReady)
  local server
  server = net.createServer(function(client)
    client:pipe(client)
    client:on('close', function() server:close() end)
  end)
  server:on('error', function(err) print('cannot listen: ' .. tostring(err)) end)
  server:listen(where, function() whenReady(server:address()) end)
end

local function say(text, where, done)
  local socket = net.connect(where)
  socket:on('connect', function() socket:_end(text) end)
  socket:on('data', function(chunk) print(chunk) end)
  socket:on('error', function(code) print('cannot connect: ' .. code) end)
  socket:on('close', done)
end

print(net.isIP('::1'), net.isIP('localhost')) --> 6	0

local folder = assert(uv.fs_mkdtemp(uv.os_tmpdir() .. '/example-XXXXXX'))
local path = require('los').type() == 'win32' and '\\\\.\\pipe\\luvit-example' or folder .. '/echo.sock'

serve({ port = 0, host = '127.0.0.1' }, function(address)
  say('over TCP', { port = address.port, host = 'localhost' }, function() --> over TCP
    serve({ path = path }, function()
      say('over a local socket', { path = path }, function() --> over a local socket
        say('hello?', { path = path .. '2' }, function() --> cannot connect: ENOENT
          uv.fs_rmdir(folder)
        end)
      end)
    end)
  end)
end)
