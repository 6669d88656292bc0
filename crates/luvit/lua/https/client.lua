-- Requests of HTTP over TLS.

local client = require('http/client')

local ClientRequest, checkArguments, splitArguments = client.ClientRequest, client.checkArguments, client.splitArguments

---What to request, and how: as of `http`, and with the options of `tls.connect` that concern the certificates and the
---handshake.
---@class luvit.https.RequestOptions: luvit.http.RequestOptions
---@field rejectUnauthorized? boolean false: a server that cannot prove who it is, is spoken to all the same
---@field ca? string|string[] certificates to trust, PEM, instead of those of the system
---@field cert? string|string[] our certificate, PEM
---@field key? string the key to it, PEM
---@field pfx? string both in one, PKCS#12
---@field passphrase? string of `key` or `pfx`
---@field session? string what a socket's `getSession` gave, to resume that session
---@field servername? string the name that the certificate must have, that of the host by default
---@field checkServerIdentity? fun(host: string, cert: table): any instead of the check of the name
---@field minVersion? string `TLSv1.2` by default
---@field maxVersion? string `TLSv1.3` by default
---@field ciphers? string

---Begins a request. Nothing is answered before its `done` is called. A server whose certificate does not verify, or is
---for another host, gets no request: the request emits `error` with the reason.
---@param options string|luvit.https.RequestOptions a table, or a URL
---@param more? luvit.https.RequestOptions after a URL, which these count over; it may be left out
---@param onResponse? fun(res: luvit.http.IncomingMessage)
---@return luvit.http.ClientRequest
---@overload fun(options: string|luvit.https.RequestOptions, onResponse?: fun(res: luvit.http.IncomingMessage)): luvit.http.ClientRequest
local function request(options, more, onResponse)
  options, onResponse = splitArguments(options, more, onResponse)
  return ClientRequest:new(options, onResponse, 'https')
end

---A GET request, sent at once.
---@param options string|luvit.https.RequestOptions a table, or a URL
---@param more? luvit.https.RequestOptions after a URL, which these count over; it may be left out
---@param onResponse? fun(res: luvit.http.IncomingMessage)
---@return luvit.http.ClientRequest
---@overload fun(options: string|luvit.https.RequestOptions, onResponse?: fun(res: luvit.http.IncomingMessage)): luvit.http.ClientRequest
local function get(options, more, onResponse)
  options, onResponse = splitArguments(options, more, onResponse)
  options = checkArguments(options, onResponse, 'get', 2)
  if options.method ~= nil and options.method ~= 'GET' then
    options = setmetatable({ method = 'GET' }, { __index = options })
  end
  return ClientRequest:new(options, onResponse, 'https', 4):done()
end

return { request = request, get = get }
