-- Certificates of tests/fixtures/tls, and servers that use them.

local fs = require('fs')
local https = require('https')

local secure = {}

---A file of the fixtures.
---@param name string
---@return string
function secure.file(name)
  return assert(fs.readFileSync(module.dir .. '/../fixtures/tls/' .. name))
end

---Whom tests trust.
secure.ca = secure.file('root-cert.pem')

---Options of a server with a certificate of the fixtures.
---@param name? string `server` by default, which is for localhost
---@param more? table
---@return table
function secure.options(name, more)
  name = name or 'server'
  local options = { cert = secure.file(name .. '-cert.pem'), key = secure.file(name .. '-key.pem') }
  for option, value in pairs(more or {}) do options[option] = value end
  return options
end

---Listens with a server on a free port.
---@param options table of `createServer`
---@param onRequest fun(req: table, res: table)
---@param ready fun(port: integer, server: table)
function secure.serve(options, onRequest, ready)
  local server
  server = https.createServer(options, onRequest)
  server:listen(0, '127.0.0.1', function() ready(server:address().port, server) end)
  return server
end

---Options of a request to such a server.
---@param port integer
---@param more? table
---@return table
function secure.to(port, more)
  local options = { host = 'localhost', port = port, ca = secure.ca, agent = false }
  for option, value in pairs(more or {}) do options[option] = value end
  return options
end

---Reads a stream to its end.
---@param stream table
---@param done fun(text: string)
function secure.read(stream, done)
  local parts = {}
  stream:on('data', function(chunk) parts[#parts + 1] = chunk end)
  stream:on('end', function() done(table.concat(parts)) end)
end

return secure
