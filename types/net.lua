---@meta net

-- Made by scripts/reference.lua of crates/luvit/lua/net.lua. Change it there.

-- TCP servers and connections, as streams.

---@class luvit.net.SocketOptions
---@field handle? uv_tcp_t use this handle; reading starts when somebody asks for data
---@field fd? integer use this file descriptor
---@field allowHalfOpen? boolean true: the end of the peer's data does not end ours
---@field highWaterMark? integer bytes, for both directions

---A TCP connection, or with `listen` the socket of a server.
---
---Events: `connect`; `data`, `end`, `finish`, `drain` as every duplex stream; `timeout`; `connection` (Socket) when
---listening; `close`, always the last one; and before it `error`, when something failed. An error of a system call
---arrives as its code (`'ECONNREFUSED'`), as in luvit 2; a second argument is the whole story, with `message` and `code`.
---@class luvit.net.Socket: luvit.Duplex
---@field _handle? uv_tcp_t
---@field destroyed boolean
---@field writable boolean false once it was ended or destroyed
local Socket = {}

---Binds the socket to a local address, for `listen` or before `connect`.
---@param ip string numeric
---@param port integer|string 0 lets the system choose
---@return 0? success, string? err, string? code
function Socket:bind(ip, port) end

---The address of the peer.
---@return { ip: string, port: integer, family: string }? address, string? err, string? code
function Socket:address() end

Socket.getpeername = Socket.address

---The local address.
---@return { ip: string, port: integer, family: string }? address, string? err, string? code
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

---Lets the connection keep the program running, which is the default.
---@return self
function Socket:ref() end

---Lets the program end although the connection is open.
---@return self
function Socket:unref() end

---Stops reading from the peer, which is slowed down when the system's buffers are full.
---@return self
function Socket:pause() end

---Sends data, after what was written before. Before the connection is there it waits.
---@param chunk string
---@param callback? fun(err?: any) called when the system has taken it, or with the error
---@return boolean # false: wait for `drain` before writing more
function Socket:write(chunk, callback) end

---Ends the stream after a last chunk. The peer sees the end when everything has been sent.
---@param chunk? string
---@param callback? fun() called when that is done
function Socket:_end(chunk, callback) end

---Ends our side of the connection when everything has been sent; the peer may go on.
---@param callback? fun() called when that is done, or the socket is closed
function Socket:shutdown(callback) end

---Connects to a server. A host name is looked up and its addresses are tried in turn.
---@param port integer|string|{ port: integer|string, host?: string } a name of a service does too
---@param host? string|fun() 127.0.0.1 by default
---@param callback? fun() called after `connect` was emitted
---@return self
function Socket:connect(port, host, callback) end

---Closes the connection at once; what was not sent yet is dropped.
---@param err? any emitted as `error` before `close`
---@param callback? fun() called after `close`
---@param detail? luvit.Error second argument of `error`
function Socket:destroy(err, callback, detail) end

---Accepts connections on a bound socket; each is emitted as `connection`.
---@param backlog? integer how many may wait to be accepted, 128 by default
---@param options? { allowHalfOpen?: boolean, highWaterMark?: integer } for the connections
---@return 0? success, string? err, string? code
function Socket:listen(backlog, options) end

---A TCP server. Events: `listening`; `connection` (Socket); `close`; `error` (luvit.Error), which when it comes from
---`listen` leaves the server as it was before.
---@class luvit.net.Server: luvit.Emitter
---@field _handle? luvit.net.Socket the listening socket
local Server = {}

---What the constructor does, for classes that have their own.
---@param options? table|fun(socket: luvit.net.Socket)
---@param connectionListener? fun(socket: luvit.net.Socket)
function Server:init(options, connectionListener) end

---Begins to accept connections.
---@param port? integer|string|{ port?: integer|string, host?: string, backlog?: integer } 0, the default, lets the system choose
---@param ip? string|fun() all IPv4 addresses by default; `::` is all of both families
---@param backlog? integer|fun() how many connections may wait to be accepted, 128 by default
---@param callback? fun() listener for `listening`
---@return self
function Server:listen(port, ip, backlog, callback) end

---Where the server listens.
---@return { ip: string, port: integer, family: string }? address, string? err, string? code
function Server:address() end

---Stops accepting connections. Those that are open stay.
---@param err? any emitted as `error`
---@param callback? fun() called when it is done
function Server:destroy(err, callback) end

---Stops accepting connections. Those that are open stay.
---@param callback? fun() called when it is done
---@return self
function Server:close(callback) end

---@class luvit.net
---@field Socket luvit.net.Socket
---@field Server luvit.net.Server
local net = {}

---Connects to a server, see `Socket:connect`.
---@param port integer|string|table options of the socket may be among those of the connection
---@param host? string|fun()
---@param callback? fun()
---@return luvit.net.Socket
function net.createConnection(port, host, callback) end

net.connect = net.createConnection

---Makes a server; `listen` starts it.
---@param options? { allowHalfOpen?: boolean, highWaterMark?: integer }|fun(socket: luvit.net.Socket)
---@param connectionListener? fun(socket: luvit.net.Socket) listener for `connection`
---@return luvit.net.Server
function net.createServer(options, connectionListener) end

return net
