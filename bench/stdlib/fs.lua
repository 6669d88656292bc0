-- `fs`: whole files, and a file piped to a socket. fs.js is the same for node. See bench/uv/measure.lua for the output.

local here = debug.getinfo(1, 'S').source:match('^@(.*[/\\])')
package.path = here .. '../uv/?.lua;' .. package.path
local measure = require('measure')
local uv = require('uv')
local fs = require('fs')
local net = require('net')

local FILES, SMALL, LARGE = 10000, 1000, 64 * 1024 * 1024

local folder = assert(fs.mkdtempSync(uv.os_tmpdir() .. '/luvit-bench-XXXXXX'))
local names = {}
for i = 1, 100 do
  names[i] = ('%s/%d'):format(folder, i)
  assert(fs.writeFileSync(names[i], ('x'):rep(SMALL)))
end
local large = folder .. '/large'
-- Chunks that differ: equal strings are one in Lua, and found by comparing them.
local blocks = {}
for i = 1, LARGE / 65536 do blocks[i] = assert(uv.random(65536)) end
assert(fs.writeFileSync(large, blocks))
blocks = nil

-- Reads `FILES` files with so many under way, again and again.
local function readFiles(width)
  return function(count, ended)
    local started, done = 0, 0
    local function read()
      started = started + 1
      fs.readFile(names[started % 100 + 1], function(err, data)
        assert(not err, err)
        assert(#data == SMALL)
        done = done + 1
        count(1)
        if started < FILES then return read() end
        if done < FILES then return end
        if ended() then return end
        started, done = 0, 0
        for _ = 1, width do read() end
      end)
    end
    for _ = 1, width do read() end
  end
end

measure.loop('readFile, 1 KB, 10 in flight', 'files/s', readFiles(10))
measure.loop('readFile, 1 KB, 10,000 at once', 'files/s', readFiles(FILES))

measure.loop('writeFile, 1 KB, 10 in flight', 'files/s', function(count, ended)
  local data = ('y'):rep(SMALL)
  for i = 1, 10 do
    local function write(err)
      assert(not err, err)
      count(1)
      if not ended() then fs.writeFile(names[i], data, write) end
    end
    fs.writeFile(names[i], data, write)
  end
end)

-- Sends the large file through a connection with `send(socket, done)`, again and again; the other side throws it away.
local function transfer(send)
  return function(count, ended)
    local server
    server = net.createServer(function(client)
      client:on('data', function(chunk) count(#chunk / 1e6) end)
      client:on('end', function() client:_end() end)
    end)
    local function again()
      if ended() then return server:close() end
      local socket
      socket = net.connect(server:address().port, function()
        socket:on('close', again)
        socket:on('data', function() end)
        send(socket)
      end)
    end
    server:listen(0, '127.0.0.1', again)
  end
end

local function pipe(socket)
  fs.createReadStream(large):pipe(socket)
end

-- The least that reading a file and writing it to a socket takes: one buffer at a time, nothing else.
local function bare(socket)
  local handle = socket._handle
  local fd = assert(uv.fs_open(large, 'r', 438))
  local read
  local function onRead(err, data)
    assert(not err, err)
    if data == '' then
      uv.fs_close(fd)
      return socket:_end()
    end
    uv.write(handle, data, read)
  end
  function read(err)
    assert(not err, err)
    uv.fs_read(fd, 65536, -1, onRead)
  end
  read()
end

measure.loop('file to socket, uv.fs_read and uv.write', 'MB/s', transfer(bare))
measure.loop('file to socket, pipe', 'MB/s', transfer(pipe))

assert(fs.rmSync(folder, { recursive = true }))
