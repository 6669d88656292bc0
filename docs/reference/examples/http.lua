local http = require('http')

local server

server = http.createServer(function(req, res)
  local body = ''
  -- The request is a stream of its body.
  req:on('data', function(chunk)
    body = body .. chunk
  end)
  req:on('end', function()
    res:writeHead(200, { ['Content-Type'] = 'text/plain' })
    res:finish(req.method .. ' ' .. req.url .. ': ' .. body)
  end)
end)

-- Port 0 is any free one.
server:listen(0, '127.0.0.1', function()
  local req = http.request({
    host = '127.0.0.1',
    port = server:address().port,
    method = 'POST',
    path = '/orders',
    headers = { ['Content-Type'] = 'text/plain' },
  }, function(res)
    print(res.statusCode, res.headers['content-type'])  --> 200	text/plain
    res:on('data', print)                               --> POST /orders: two of them
    res:on('end', function()
      server:close()
    end)
  end)
  req:on('error', function(err)
    print('failed: ' .. tostring(err))
    server:close()
  end)
  req:write('two of ')
  req:done('them')
end)
