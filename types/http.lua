---@meta http

-- Made by scripts/reference.lua of crates/luvit/lua/http/. Change it there.

-- HTTP/1.1 servers and clients with node's API. The parts load when they are used: a server does not pay for the client.

---Options of an agent.
---@class luvit.http.AgentOptions
---@field keepAlive? boolean keep connections for later requests; false by default, which sends `Connection: close`
---@field maxSockets? integer connections to one server at a time, no limit by default; more requests wait for their turn
---@field maxFreeSockets? integer idle connections to keep for one server, 256 by default
---@field timeout? number milliseconds after which an idle connection is closed; never by default
---@field proxy? string|boolean the proxy of requests that name none: its URL, or true for what the environment says, see `luvit.http.RequestOptions`. None by default; the global agents use the environment
---@field proxyOptions? luvit.tls.ConnectOptions for a proxy whose URL begins with `https:`
---@field socketPath? string as of a request that has none; so are `localAddress`, `localPort`, `family` and `lookup`
---@field localAddress? string
---@field localPort? number
---@field family? 4|6
---@field lookup? function

---What an agent knows of a request that wants a connection. It has all other options of the request and of the agent, too:
---those for `net.connect` or `tls.connect` under the names that these have.
---@class luvit.http.ConnectionOptions
---@field protocol 'http'|'https'
---@field host string
---@field port integer
---@field proxy? luvit.http.Proxy to go through
---@field tunnel? boolean the proxy is to open a tunnel
---@field options luvit.http.RequestOptions
---@field foreign? boolean a redirect led here from another server, which the agent's identity is for

---What to request, and how.
---@class luvit.http.RequestOptions
---@field protocol? string `http`, or `https` in the module `https`; others need an `agent` or a `socket`
---@field host? string `localhost` by default
---@field hostname? string as `host`, and stronger
---@field port? number|string 80 by default, 443 for `https`
---@field path? string `/` by default; one without a slash in front gets it. What is not ASCII is percent-encoded
---@field method? string `GET` by default
---@field headers? table names and values, or a list of `{name, value}`
---@field agent? luvit.http.Agent|false where connections come from; false is a connection of its own
---@field socket? luvit.net.Socket use this connection
---@field socketPath? string the path of a local socket (Unix domain socket, named pipe) to connect to; `host` and `port` are then only what is said to the server
---@field localAddress? string address to connect from
---@field localPort? number port to connect from
---@field family? 4|6 look for addresses of this family only
---@field lookup? function as of `net.connect`
---@field createConnection? fun(options: luvit.http.ConnectionOptions, callback: fun(err?: any, socket?: luvit.Duplex)): luvit.Duplex? makes the connection, if there is no `agent`: returns it, or calls back
---@field setHost? boolean false: no `Host` header is added
---@field connect_emitter? string what `socket` emits when it can be used, `connect` by default
---@field auth? string `user:password`, for the Authorization header
---@field timeout? number as `setTimeout`
---@field proxy? string|boolean the URL of a proxy to go through (`http://user:password@host:3128`); false: none; true: what the environment says, which is the default unless there is an `agent` or a `socket`: `http_proxy`, `https_proxy` or `all_proxy` name the proxy, `no_proxy` the hosts that are reached without (names with all below them, addresses, networks as `10.0.0.0/8`, each with or without a port; `*` is all), in lower case or in capitals. This machine is always reached without. What is encrypted, and what asks for an upgrade, goes through a tunnel (CONNECT)
---@field proxyOptions? luvit.tls.ConnectOptions `ca` and others, for a proxy whose URL begins with `https:`
---@field redirects? boolean|integer follow redirects, at most so many; true is 20. See the event `redirect`
---@field allowInsecureRedirect? boolean also follow those from `https` to `http`
---@field decompress? boolean|{ maxOutputLength: integer } true: asks for a compressed response and decompresses it, also one in the other, up to five. `Content-Encoding` and `Content-Length` are then not in its headers, and `contentEncoding` says how it came. More than `maxOutputLength` bytes, 256 MiB by default, is an error. False by default, as in node and luvit 2
---@field maxHeaderSize? integer bytes of the response's head, 16,384 by default
---@field maxHeadersCount? integer fields of the response's head, 2,000 by default

---A proxy.
---@class luvit.http.Proxy
---@field protocol 'http'|'https' how it is spoken to itself
---@field host string
---@field port integer
---@field auth? string `user:password`
---@field key string the whole of it, to compare
---@field shown string host and port, for messages: no password

---Limits of a server, see the fields of `Server`.
---@class luvit.http.ServerOptions
---@field maxHeaderSize? integer
---@field maxUrlLength? integer
---@field maxHeadersCount? integer
---@field headersTimeout? integer
---@field requestTimeout? integer
---@field keepAliveTimeout? integer
---@field timeout? integer
---@field maxConnections? integer
---@field maxRequestsPerSocket? integer
---@field compress? boolean|luvit.zlib.CompressorOptions compresses answers for clients that accept it, as `zlib.compressor`; false by default

---Where a server listens.
---@class luvit.http.ListenOptions
---@field port? number|string
---@field host? string
---@field path? string of a local socket (Unix domain socket, named pipe), instead of port and host
---@field readableAll? boolean everybody may read from that socket
---@field writableAll? boolean everybody may write to it
---@field backlog? number

---Gives requests their connections. Idle ones do not keep the program running. Emits `free` (Socket) when a connection
---becomes idle.
---@class luvit.http.Agent: luvit.Emitter
---@field defaultPort integer of requests that name none, 80
---@field protocol string what `protocol` of a request must be, `"http"`
---@field connectEvent string what a socket emits when it can be used
---@field sockets table<string, table[]> those in use, by `getName`
---@field freeSockets table<string, table[]> idle ones
---@field requests table<string, table[]> requests that wait for a connection
---@field options luvit.http.AgentOptions
---@field keepAlive boolean
---@field maxSockets number
---@field maxFreeSockets number
---@field timeout? number
---@field proxy? string|boolean
local Agent = {}

---Requests with the same name may use each other's connections.
---@param options? luvit.http.ConnectionOptions
---@return string
function Agent:getName(options) end

---Opens a connection. Subclasses, and programs that put another function in its place, may open another kind.
---@param options luvit.http.ConnectionOptions
---@param callback fun(err?: any, socket?: luvit.net.Socket, detail?: luvit.Error) called when none is returned
---@return luvit.net.Socket? socket one that connects
---@return any event what it emits when it can be used, `connectEvent` by default; without a socket an object whose
---  `destroy` gives up
function Agent:createConnection(options, callback) end

---Gives a request a connection, now or when there is one to spare.
---@param request luvit.http.ClientRequest its `_assign(socket, reused)` is called
---@param options luvit.http.ConnectionOptions
---@param fresh? boolean never one that was used before
function Agent:addRequest(request, options, fresh) end

---Takes back a request that waits for a connection.
---@param request luvit.http.ClientRequest
function Agent:removeRequest(request) end

---Takes a connection back when its response has been read.
---@param socket luvit.net.Socket
---@param options luvit.http.ConnectionOptions
---@param limit? number milliseconds for which the server will keep it
function Agent:release(socket, options, limit) end

---Lets go of a connection that is no longer HTTP.
---@param socket luvit.net.Socket
---@param options luvit.http.ConnectionOptions
function Agent:forget(socket, options) end

---Closes all connections, those in use too.
function Agent:destroy() end

---A request, and a writable stream of its body. Ends with `done` (or `_end`).
---
---Events: `response` (IncomingMessage); `socket` (Socket) when connected; `continue` and `information` (head) for
---interim responses; `upgrade` and `connect` (IncomingMessage, Socket, head) when the connection is no longer HTTP;
---`redirect` (IncomingMessage, URL) before the request goes where an answer sends it, see the option `redirects`;
---`timeout`; `finish` when the request was sent; `close`, always the last one; and before it `error` when something
---failed. What fails after `response` is an `error` of the response, if somebody listens there.
---
---With the option `redirects` an answer of 301, 302, 303, 307 or 308 that has a `Location` is no `response`, but the
---request is sent again, there. After 307 and 308 it is the same request with the same body (which is kept for that, up
---to 10 MiB); else it becomes a GET without a body, or stays a HEAD. Another server gets no `Authorization`, `Cookie` or
---certificate that was meant for the one before, and from `https` to `http` it does not go. Too many redirects are the
---error `ERR_TOO_MANY_REDIRECTS`, which lists the way; others are `ERR_INSECURE_REDIRECT`, `ERR_INVALID_REDIRECT` and
---`ERR_REDIRECT_BODY`.
---
---A proxy that lets the request not through is the error `ERR_PROXY_TUNNEL`, one whose URL is wrong in the environment
---`ERR_PROXY_INVALID_CONFIG`.
---
---The list part of a request is its headers, `{name, value}`, until they are sent.
---@class luvit.http.ClientRequest: luvit.Writable
---@field method string in capitals
---@field protocol 'http'|'https'
---@field host string
---@field port integer
---@field path string
---@field agent? luvit.http.Agent
---@field socket? luvit.net.Socket from `socket` on
---@field res? luvit.http.IncomingMessage from `response` on
---@field connected boolean
---@field reusedSocket boolean whether its connection served a request before
---@field destroyed boolean whether it was ended before its time
---@field headers_sent boolean
---@field redirects? string[] with the option `redirects`: the URLs that sent it on, so far
local ClientRequest = {}

---The `User-Agent` of requests that set none; an empty one sends no such header.
---@return string
function ClientRequest.getDefaultUserAgent() end

---Sends the head now, although there is no body yet.
function ClientRequest:flushHeaders() end

---Sends a part of the body. A body that is not complete when the head is sent is sent in chunks, unless there is a
---Content-Length.
---@param data string
---@param callback? fun(err?: any)
---@return boolean # false: wait for `drain` before writing more
function ClientRequest:write(data, callback) end

---Ends the request, as `done`.
---@param data? string
---@param callback? fun(err?: any)
function ClientRequest:_end(data, callback) end

---Ends the request, after a last part of the body. Nothing is answered before.
---@param data? string
---@param callback? fun(err?: any) called when all was sent, or with the error
---@return self
function ClientRequest:done(data, callback) end

---Sets a header in place of those of the same name.
---@param name string
---@param value string|number
function ClientRequest:setHeader(name, value) end

---The value of a header that was set, the first of several.
---@param name string in any case
---@return string?
function ClientRequest:getHeader(name) end

---Removes all headers of a name.
---@param name string in any case
function ClientRequest:removeHeader(name) end

---Ends the request and its connection at once, whatever was sent or received.
---@param err? any emitted as `error` before `close`
function ClientRequest:destroy(err) end

ClientRequest.abort = ClientRequest.destroy

---Emits `timeout` when nothing was sent or received for so long, waiting for a connection included. The request goes
---on; a listener may `destroy` it.
---@param msecs number milliseconds; 0 ends the timeout
---@param callback? fun() listener for the next `timeout`
---@return self
function ClientRequest:setTimeout(msecs, callback) end

---What a peer sent: the request that a server got, or the response that a client got. It is a readable stream of its
---body. Events besides those of streams: `aborted` when the peer left before the end, `timeout`, `close`.
---@class luvit.http.IncomingMessage: luvit.Readable
---@field httpVersion string `"1.1"` or `"1.0"`
---@field method string of a request
---@field url string of a request: the target as sent
---@field statusCode integer of a response
---@field statusMessage string of a response
---@field headers luvit.Headers list of `{name, value}`, also by name in any case: `headers['content-type']`
---@field contentEncoding? string of a response that is decompressed: how it came, `gzip`
---@field trailers luvit.Headers as `headers`, complete when the body has ended
---@field socket luvit.net.Socket
---@field complete? boolean whether all of the body has arrived
---@field aborted? boolean whether the peer left before that
---@field is_upgraded? boolean the request asks for another protocol; reading from `socket` takes the connection over
local IncomingMessage = {}

---Undoes `pipe` for one destination, or for all. When the request is answered and nobody else reads it, the rest of its
---body is dropped.
---@param dest? luvit.Writable
---@return self
function IncomingMessage:unpipe(dest) end

---Waits at most so long for activity on the connection, then emits `timeout`.
---@param ms number milliseconds; 0 is no limit
---@param callback? fun() listener for the next `timeout`
---@return self
function IncomingMessage:setTimeout(ms, callback) end

---Ends the connection.
---@param err? any emitted as `error`
function IncomingMessage:destroy(err) end

---The answer to a request, and a writable stream of its body. Ends with `finish`. Events besides those of streams:
---`finish` when all was handed to the system, `timeout`, and `close`, always the last one.
---@class luvit.http.ServerResponse: luvit.Writable
---@field statusCode integer 200
---@field statusMessage? string the registered reason phrase
---@field headers luvit.Headers list of `{name, value}`, also by name; those set so far
---@field headersSent boolean
---@field finished boolean
---@field keepAlive boolean `false` closes the connection after the response
---@field sendDate boolean whether `Date` is added, true
---@field flush? fun(self: luvit.http.ServerResponse, callback?: fun(err?: any)): luvit.http.ServerResponse of a response that may be compressed: sends what was written so far, see `compress` of the server
---@field req luvit.http.IncomingMessage
---@field socket luvit.net.Socket
local ServerResponse = {}

---Sets a header; a list of values sends one field for each.
---@param name string
---@param value? string|number|string[] nil removes the header
---@return self
function ServerResponse:setHeader(name, value) end

---The value of a header that was set.
---@param name string in any case
---@return string?
function ServerResponse:getHeader(name) end

---Removes a header that was set.
---@param name string in any case
---@return self
function ServerResponse:removeHeader(name) end

---Whether a header was set.
---@param name string in any case
---@return boolean
function ServerResponse:hasHeader(name) end

---Sets the status and headers, over those set before. They are checked here and sent with the first part of the body.
---@param status integer
---@param reason? string|table the reason phrase; may be left out
---@param headers? table names to values, or a list of `{name, value}`
---@return self
function ServerResponse:writeHead(status, reason, headers) end

---Sends the head now, before any of the body is there.
---@return self
function ServerResponse:flushHeaders() end

---Sends an interim response `103 Early Hints` or another 1xx.
---@param status integer
---@param headers? table names to values, or a list of `{name, value}`
function ServerResponse:writeInformation(status, headers) end

---Tells a client that waits for it to send the body.
function ServerResponse:writeContinue() end

---Fields sent after a chunked body.
---@param trailers table names to values
function ServerResponse:addTrailers(trailers) end

---Sends a part of the body.
---@param chunk string
---@param callback? fun(err?: any) called when the system has taken it, or the peer is gone
---@return boolean # `false` when the writer should wait for `drain`
function ServerResponse:write(chunk, callback) end

---Ends the response, with the last of its body.
---@param chunk? string
---@param callback? fun(err?: any) called when everything is handed to the system, with an error if the peer is gone or
---  the response has ended before
function ServerResponse:finish(chunk, callback) end

---Ends the connection at once.
---@param err? any emitted as `error`
function ServerResponse:destroy(err) end

---Waits at most so long for activity on the connection, then emits `timeout`.
---@param ms number milliseconds; 0 is no limit
---@param callback? fun() listener for the next `timeout`
---@return self
function ServerResponse:setTimeout(ms, callback) end

---An HTTP server. Its limits are fields, and options of `createServer` by the same names.
---
---Events: `request` (IncomingMessage, ServerResponse); `listening`, `error`, `close`; `connection` (Socket);
---`clientError` (Error, Socket) for bytes that are no HTTP; `timeout` (Socket); `checkContinue` (as `request`) for those
---who wait for `100 Continue`, which is sent by itself otherwise; `upgrade` and `connect` (IncomingMessage, Socket, the
---bytes read behind the head) when the connection is to be no longer HTTP.
---@class luvit.http.Server: luvit.Emitter
---@field maxHeaderSize integer bytes of a request's head, 16384; 431 over it
---@field maxUrlLength integer bytes of the target, 8192; 414 over it
---@field maxHeadersCount integer fields of a head, 2000; 431 over it
---@field headersTimeout integer ms for a head, 60000; 408 over it
---@field requestTimeout integer ms for a whole request, 300000; 408 over it
---@field keepAliveTimeout integer ms between requests, 5000
---@field timeout integer ms without activity while answering, 0 for no limit
---@field maxConnections integer open at once, 0 for no limit; more are closed at once
---@field maxRequestsPerSocket integer 0 for no limit
---@field listening boolean
local Server = {}

---Listens for connections. Emits `listening`, or `error` and then the server is as before.
---@param port? number|string|luvit.http.ListenOptions|fun() 0, the default, takes a free one; text that is a path, as
---  `/run/site.sock`, is that of a local socket
---@param host? string|number|fun() `'0.0.0.0'` by default; a name is looked up
---@param backlog? number|fun() connections that may wait to be accepted, 511 by default
---@param callback? fun() listener for `listening`; may be the last argument wherever it stands
---@return self
function Server:listen(port, host, backlog, callback) end

---The address it listens on, of a local socket its path. Nil while it does not listen.
---@return uv.socketinfo|string
function Server:address() end

---Lets the server keep the program running, which is the default.
---@return self
function Server:ref() end

---Lets the program end although the server listens. Connections that are open keep it running.
---@return self
function Server:unref() end

---Stops listening; calls back when the requests under way are answered and every connection is closed.
---@param callback? fun(err?: string) listener for `close`; `err` when it does not listen
---@return self
function Server:close(callback) end

---Stops listening and ends every connection at once.
---@param err? any emitted as `error`
---@param callback? fun(err?: string) as for `close`
function Server:destroy(err, callback) end

---Ends every connection at once.
function Server:closeAllConnections() end

---Ends the connections that wait between requests.
function Server:closeIdleConnections() end

---How many connections are open.
---@param callback fun(err: nil, count: integer)
function Server:getConnections(callback) end

---Ends connections that are silent so long while a request is answered, unless `timeout` has listeners.
---@param ms number milliseconds; 0 is no limit
---@param callback? fun(socket: luvit.net.Socket) listener for `timeout`
---@return self
function Server:setTimeout(ms, callback) end

---@class luvit.http
---@field Server luvit.http.Server
---@field IncomingMessage luvit.http.IncomingMessage
---@field ServerResponse luvit.http.ServerResponse
---@field ClientRequest luvit.http.ClientRequest
---@field Agent luvit.http.Agent
---@field globalAgent luvit.http.Agent the agent of requests that name none; it keeps no connections
---@field headerMeta table the metatable of header lists, as in `http-header`
local http = {}

---Makes a server. It serves from `listen` on.
---@param options? luvit.http.ServerOptions limits; may be left out
---@param onRequest? fun(req: luvit.http.IncomingMessage, res: luvit.http.ServerResponse) listener for `request`
---@return luvit.http.Server
---@overload fun(onRequest: fun(req: luvit.http.IncomingMessage, res: luvit.http.ServerResponse)): luvit.http.Server
function http.createServer(options, onRequest) end

---Serves HTTP on a stream, such as a TLS socket.
---@param socket luvit.Duplex
---@param onRequest fun(req: luvit.http.IncomingMessage, res: luvit.http.ServerResponse)
function http.handleConnection(socket, onRequest) end

---Begins a request. Nothing is answered before its `done` is called.
---@param options string|luvit.http.RequestOptions a table, or a URL
---@param more? luvit.http.RequestOptions after a URL, which these count over; it may be left out
---@param onResponse? fun(res: luvit.http.IncomingMessage)
---@return luvit.http.ClientRequest
---@overload fun(options: string|luvit.http.RequestOptions, onResponse?: fun(res: luvit.http.IncomingMessage)): luvit.http.ClientRequest
function http.request(options, more, onResponse) end

---A GET request, sent at once.
---@param options string|luvit.http.RequestOptions a table, or a URL
---@param more? luvit.http.RequestOptions after a URL, which these count over; it may be left out
---@param onResponse? fun(res: luvit.http.IncomingMessage)
---@return luvit.http.ClientRequest
---@overload fun(options: string|luvit.http.RequestOptions, onResponse?: fun(res: luvit.http.IncomingMessage)): luvit.http.ClientRequest
function http.get(options, more, onResponse) end

---Takes a URL apart; a table is returned as it is.
---@param options string|luvit.http.RequestOptions
---@return luvit.http.RequestOptions
function http.parseUrl(options) end

return http
