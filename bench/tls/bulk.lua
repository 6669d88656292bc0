-- Sends without end to whoever writes "d", and takes what anyone else sends: PORT=8443 CERT=… KEY=… luvit bench/tls/bulk.lua
local fs = require('fs')
local tls = require('tls')

local BLOCK = ('x'):rep(65536)
local options = { cert = assert(fs.readFileSync(process.env.CERT)), key = assert(fs.readFileSync(process.env.KEY)) }

tls.createServer(options, function(socket)
  socket:on('error', function() end)
  socket:once('data', function(word)
    if word:sub(1, 1) == 'u' then
      socket:on('data', function() end)
      return
    end
    local closed = false
    local function pump()
      while not closed and socket:write(BLOCK) do end
    end
    socket:on('close', function() closed = true end)
    socket:on('drain', pump)
    pump()
  end)
end):listen(tonumber(process.env.PORT), '127.0.0.1')
