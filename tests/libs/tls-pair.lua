-- Certificates of `tests/fixtures/tls`, and a server with a client for tests of TLS.

local fs = require('fs')
local tls = require('tls')

local pair = {}

local folder = module.dir .. '/../fixtures/tls/'

---@param name string
---@return string path
function pair.path(name) return folder .. name end

---@param name string
---@return string content
function pair.read(name) return assert(fs.readFileSync(folder .. name)) end

---Options with certificate and key, and more.
---@param name string
---@param more? table
function pair.identity(name, more)
  local options = { cert = pair.read(name .. '-cert.pem'), key = pair.read(name .. '-key.pem') }
  for key, value in pairs(more or {}) do options[key] = value end
  return options
end

---Options of a client that trusts the root, and more.
---@param port integer
---@param more? table
function pair.client(port, more)
  local options = { port = port, host = 'localhost', ca = pair.read('root-cert.pem') }
  for key, value in pairs(more or {}) do options[key] = value end
  return options
end

---Starts a server on a port that the system chooses.
---@param options table
---@param listener fun(socket: table)
---@param ready fun(server: table, port: integer)
function pair.serve(options, listener, ready)
  local server = tls.createServer(options, listener)
  server:listen(0, '127.0.0.1', function() ready(server, server:address().port) end)
  return server
end

---Connects; `done` gets the error, or nil and the socket, once.
function pair.try(options, done)
  local socket
  local called = false
  local function once(err)
    if called then return end
    called = true
    done(err, socket)
  end
  socket = tls.connect(options, function() once(nil) end)
  socket:on('error', once)
  return socket
end

return pair
