-- HTTP/1.1 over TLS, servers and clients, with the API of `http`: requests, responses, limits, proxies and redirects are
-- described there, certificates and other options of TLS in `tls`.

---@class luvit.https
---@field Server luvit.https.Server
---@field Agent luvit.https.Agent
---@field globalAgent luvit.https.Agent the agent of requests that name none; it keeps no connections
local https = {}

-- Which part has what.
local parts = {
  createServer = 'https/server', Server = 'https/server',
  request = 'https/client', get = 'https/client',
  Agent = 'https/agent', globalAgent = 'https/agent',
}

return require('luvit:parts')(https, parts, function(name, part) return require(part)[name] end)
