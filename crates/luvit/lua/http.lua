-- HTTP/1.1 servers and clients with node's API. The parts load when they are used: a server does not pay for the client.

---@class luvit.http
---@field Server luvit.http.Server
---@field IncomingMessage luvit.http.IncomingMessage
---@field ServerResponse luvit.http.ServerResponse
---@field ClientRequest luvit.http.ClientRequest
---@field Agent luvit.http.Agent
---@field globalAgent luvit.http.Agent the agent of requests that name none; it keeps no connections
---@field headerMeta table the metatable of header lists, as in `http-header`
local http = {}

-- Which part has what.
local parts = {
  createServer = 'http/server', handleConnection = 'http/attach', Server = 'http/server',
  ServerResponse = 'http/response',
  request = 'http/client', get = 'http/client', parseUrl = 'http/client', ClientRequest = 'http/client',
  Agent = 'http/agent', globalAgent = 'http/agent',
  headerMeta = 'http-header', IncomingMessage = 'http/message',
}

return require('luvit:parts')(http, parts, function(name, part)
  local exports = require(part)
  -- The class is all that its file has.
  return name == 'IncomingMessage' and exports or exports[name]
end)
