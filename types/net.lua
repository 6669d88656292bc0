---@meta net

-- Made by scripts/reference.lua of crates/luvit/lua/net/. Change it there.

-- Servers and connections, as streams: TCP, and the local sockets of a system (Unix domain sockets, named pipes).

---@class luvit.net.SocketOptions
---@field handle? uv_tcp_t|uv_pipe_t use this handle; reading starts when somebody asks for data
---@field fd? integer use this file descriptor, of a TCP connection or a local socket
---@field allowHalfOpen? boolean true: the end of the peer's data does not end ours
---@field highWaterMark? integer bytes, for both directions

---@class luvit.net.ServerOptions: luvit.net.AcceptOptions
---@field handle? uv_tcp_t|uv_pipe_t|luvit.net.Socket a bound one to listen on

---@class luvit.net.ListenOptions
---@field port? number|string 0, the default, lets the system choose; a name of a service does too
---@field host? string all IPv4 addresses by default; `::` is all of both families
---@field ipv6Only? boolean `::` is those of IPv6 alone
---@field path? string of a local socket. The file must not exist, and is removed when the server is closed. On Linux a name that begins with a zero byte is abstract: no file. On Windows it is `\\.\pipe\NAME`
---@field readableAll? boolean every user may read from the local socket
---@field writableAll? boolean every user may write to it, which connecting takes
---@field fd? integer a file descriptor that is bound already
---@field backlog? integer how many connections may wait to be accepted, 128 by default

---@class luvit.net.ConnectOptions
---@field port? number|string a name of a service does too
---@field host? string 127.0.0.1 by default
---@field path? string of a local socket, instead of port and host; on Linux an abstract one begins with a zero byte
---@field family? 0|4|6 only addresses of this family; 0, the default, takes both
---@field autoSelectFamily? boolean true, the default: while an address does not answer the next one is tried beside it, of the other family if there is one, and the first connection is taken (RFC 8305). False: one address after the other
---@field autoSelectFamilyAttemptTimeout? number milliseconds after which the next is tried beside it, 250, at least 10
---@field connectTimeout? number milliseconds for all of it; then the error is `ETIMEDOUT`. By default the system's
---@field lookup? fun(host: string, options: table, callback: fun(err?: any, found: any)): any looks up the name instead of the system. It gets the options `{ family = 0|4|6, all = true }` and calls back with an address or a list of addresses or of `{ address = string }`. What it returns is canceled with the socket
---@field localAddress? string to connect from
---@field localPort? integer to connect from; then addresses are tried one after the other
---@field noDelay? boolean see `nodelay`, true by default
---@field keepAlive? boolean see `keepalive`, false by default
---@field keepAliveInitialDelay? number milliseconds of silence before it looks, 60,000
---@field timeout? number milliseconds, see `setTimeout`

---@class luvit.net.AcceptOptions
---@field allowHalfOpen? boolean true: the end of the peer's data does not end ours
---@field highWaterMark? integer bytes, for both directions
---@field pauseOnConnect? boolean true: nothing is read before `resume` is called
---@field noDelay? boolean see `nodelay`, true by default
---@field keepAlive? boolean see `keepalive`, true by default
---@field keepAliveInitialDelay? number milliseconds of silence before it looks, 60,000

---A connection, or with `listen` the socket of a server. On a local socket (a path instead of host and port) the
---options of TCP have no effect.
---
---A connection is read from at once, as much as `highWaterMark`, so that it notices when its peer has gone; what has come
---waits until somebody listens to `data` or calls `resume`, and `end` comes after it. One that is paused is not read from,
---nor is one made from a `handle` or `fd` before somebody asks for data.
---
---Events: `connect`; `data`, `end`, `finish`, `drain` as every duplex stream; `timeout`; `connection` (Socket) when
---listening; `close`, always the last one; and before it `error`, when something failed. An error of a system call
---arrives as its code (`'ECONNREFUSED'`), as in luvit 2; a second argument is the whole story, with `message` and
---`code`, and with `errors`, one for each address, when several were tried.
---@class luvit.net.Socket: luvit.Duplex
---@field _handle? uv_tcp_t|uv_pipe_t
---@field destroyed boolean
---@field writable boolean false once it was ended or destroyed
---@field bytesRead integer
---@field bytesWritten integer what was given to the system, which may not have sent it yet
---@field remoteAddress? string the peer's address; like those below nil when there is no connection, unless it was looked at before
---@field remotePort? integer
---@field remoteFamily? 'IPv4'|'IPv6'
---@field localAddress? string
---@field localPort? integer
---@field localFamily? 'IPv4'|'IPv6'
---@field server? luvit.net.Server that accepted it
local Socket = {}

---Binds the socket to a local address, for `listen` or before `connect`.
---@param ip string numeric
---@param port number|string 0 lets the system choose
---@param flags? { ipv6only?: boolean } true: `::` does not take IPv4 as well
---@return 0? success, string? err, string? code
function Socket:bind(ip, port, flags) end

---The address of the peer; of a local socket its path, a string, which is empty where the side that connects has none.
---@return uv.socketinfo address nil when there is none
---@return string? err, string? code
function Socket:address() end

Socket.getpeername = Socket.address

---The local address; of a local socket its path, a string.
---@return uv.socketinfo address nil when there is none
---@return string? err, string? code
function Socket:getsockname() end

---Whether small writes leave at once (TCP_NODELAY). They do unless this is called with false.
---@param enable boolean
---@return 0? success, string? err, string? code
function Socket:nodelay(enable) end

---Whether the system looks from time to time if the peer is still there.
---@param enable boolean
---@param delay? integer seconds of silence before it looks, 60 by default
---@return 0? success, string? err, string? code
function Socket:keepalive(enable, delay) end

---Emits `timeout` when nothing was sent or received for so long. The connection stays as it is.
---@param msecs number milliseconds; 0 ends the timeout
---@param callback? fun() listener for the next `timeout`; with 0 the one to remove
---@return self
function Socket:setTimeout(msecs, callback) end

---How many written bytes the system keeps until they are sent.
---@return integer? bytes, string? err, string? code
function Socket:getSendBufferSize() end

---How many received bytes the system keeps until they are read.
---@return integer? bytes, string? err, string? code
function Socket:getRecvBufferSize() end

---Sets how many written bytes the system keeps; it may choose another number.
---@param size integer bytes
---@return integer? success, string? err, string? code
function Socket:setSendBufferSize(size) end

---Sets how many received bytes the system keeps; it may choose another number.
---@param size integer bytes
---@return integer? success, string? err, string? code
function Socket:setRecvBufferSize(size) end

---Lets the connection keep the program running, which is the default.
---@return self
function Socket:ref() end

---Lets the program end although the connection is open.
---@return self
function Socket:unref() end

---Stops reading from the peer, which is slowed down when the system's buffers are full.
---@return self
function Socket:pause() end

---Reads again after `pause`.
---@return self
function Socket:resume() end

---Sends data, after what was written before. Before the connection is there it waits.
---@param chunk string|luvit.Buffer
---@param callback? fun(err?: any) called when the system has taken it, or with the error
---@return boolean # false: wait for `drain` before writing more
function Socket:write(chunk, callback) end

---Ends the stream after a last chunk. The peer sees the end when everything has been sent.
---@param chunk? string|luvit.Buffer
---@param callback? fun(err?: any) called when that is done, or with the error
function Socket:_end(chunk, callback) end

---Ends our side of the connection when everything has been sent; the peer may go on.
---@param callback? fun() called when that is done, or the socket is closed
function Socket:shutdown(callback) end

---Connects to a server. A host name is looked up and its addresses are tried until one answers.
---@param port number|string|luvit.net.ConnectOptions a name of a service does too; text with a character that no such
---  name has, `/` or `.` for example, is the path of a local socket
---@param host? string|fun() 127.0.0.1 by default
---@param callback? fun() called after `connect` was emitted
---@return self
function Socket:connect(port, host, callback) end

---Closes the connection at once; what was not sent yet is dropped.
---@param err? any emitted as `error` before `close`
---@param callback? fun() called after `close`
---@param detail? luvit.Error second argument of `error`
function Socket:destroy(err, callback, detail) end

---Closes the connection at once, so that the peer gets `ECONNRESET`.
---@return self
function Socket:resetAndDestroy() end

---Accepts connections on a bound socket; each is emitted as `connection`.
---@param backlog? integer how many may wait to be accepted, 128 by default
---@param options? luvit.net.AcceptOptions
---@return 0? success, string? err, string? code
function Socket:listen(backlog, options) end

---A server of TCP or of a local socket. Events: `listening`; `connection` (Socket); `drop` (a table with the
---`localAddress`, `remotePort` … of a connection that `maxConnections` did not let in); `close`; `error` (luvit.Error),
---which when it comes from `listen` leaves the server as it was before.
---@class luvit.net.Server: luvit.Emitter
---@field _handle? luvit.net.Socket the listening socket
---@field listening boolean
---@field maxConnections? integer connections beyond it are closed at once
local Server = {}

---What the constructor does, for classes that have their own.
---@param options? luvit.net.ServerOptions|fun(socket: luvit.net.Socket)
---@param connectionListener? fun(socket: luvit.net.Socket)
function Server:init(options, connectionListener) end

---Begins to accept connections.
---@param port? number|string|luvit.net.ListenOptions 0, the default, lets the system choose; text with a character
---  that no name of a service has, such as `/` or `.`, is the path of a local socket
---@param ip? string|integer|fun() all IPv4 addresses by default; `::` is all of both families. A number is the backlog
---@param backlog? integer|fun() how many connections may wait to be accepted, 128 by default
---@param callback? fun() listener for `listening`
---@return self
function Server:listen(port, ip, backlog, callback) end

---Counts the connections that are open.
---@param callback fun(err: nil, count: integer)
---@return self
function Server:getConnections(callback) end

---Where the server listens; on a local socket its path, a string.
---@return uv.socketinfo address nil while it does not listen
---@return string? err, string? code
function Server:address() end

---Lets the server keep the program running, which is the default.
---@return self
function Server:ref() end

---Lets the program end although the server listens.
---@return self
function Server:unref() end

---Stops accepting connections. Those that are open stay.
---@param err? any emitted as `error`
---@param callback? fun() called when it is done
function Server:destroy(err, callback) end

---Stops accepting connections, and removes the file of a local socket. Connections that are open stay.
---@param callback? fun() called when it is done
---@return self
function Server:close(callback) end

---@class luvit.net
---@field Socket luvit.net.Socket
---@field Server luvit.net.Server
local net = {}

---Makes a server; `listen` starts it.
---@param options? luvit.net.ServerOptions|fun(socket: luvit.net.Socket)
---@param connectionListener? fun(socket: luvit.net.Socket) listener for `connection`
---@return luvit.net.Server
function net.createServer(options, connectionListener) end

---Connects to a server, see `Socket:connect`.
---@param port number|string|luvit.net.ConnectOptions|luvit.net.SocketOptions options of the socket may be among those
---  of the connection; text with a character that no name of a service has, such as `/` or `.`, is the path of a local
---  socket
---@param host? string|fun() 127.0.0.1 by default
---@param callback? fun() called after `connect` was emitted
---@return luvit.net.Socket
function net.createConnection(port, host, callback) end

net.connect = net.createConnection

---What kind of address a text is: 4, 6, or 0 when it is none.
---@param text any
---@return 0|4|6
function net.isIP(text) end

---Whether a text is an address such as `127.0.0.1`.
---@param text any
---@return boolean
function net.isIPv4(text) end

---Whether a text is an address such as `::1` or `fe80::1%eth0`.
---@param text any
---@return boolean
function net.isIPv6(text) end

return net
