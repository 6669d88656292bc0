---@meta dgram

-- Made by scripts/reference.lua of crates/luvit/lua/dgram.lua. Change it there.

-- UDP sockets: datagrams to one peer, to many, and from anybody.

---@class luvit.dgram.SocketOptions
---@field type? 'udp4'|'udp6' the family; without it that of the first address that is used
---@field reuseAddr? boolean other sockets may be bound to the address too
---@field reusePort? boolean the system spreads datagrams over the sockets that are bound with this (`ENOTSUP` where it cannot)
---@field ipv6Only? boolean no IPv4 on an IPv6 socket
---@field recvBufferSize? integer bytes
---@field sendBufferSize? integer bytes

---A UDP socket.
---
---Events: `listening` when it is bound; `message` (data, rinfo, flags) for each datagram, `rinfo` being a table with
---the sender's `ip` (also as `address`), `port` and `family` (`inet` or `inet6`), and `flags.partial` true when the
---datagram did not fit; `connect`; `timeout`; `error`; `close`, always the last one. An error arrives as its code
---(`'EADDRINUSE'`), as in luvit 2; a second argument is the whole story, with `message` and `code`.
---@class luvit.dgram.Socket: luvit.Emitter
---@field type? 'udp4'|'udp6'
---@field _handle? uv_udp_t nil once it was closed
---@field _family? 'udp4'|'udp6' the same as `type`
local Socket = {}

---Starts to receive. A socket that is not bound is bound to a free port. `bind` does this too.
---@return 0? success, string? err, string? code
function Socket:recvStart() end

---Stops receiving until `recvStart`. What arrives stays with the system while it has room.
---@return 0? success, string? err, string? code
function Socket:recvStop() end

---Binds the socket to an address and starts to receive. With a numeric host it is bound when this returns; a name is
---looked up. `listening` follows, or `error`.
---@param port? integer 0, the default, lets the system choose
---@param host? string all addresses by default
---@param options? table `reuseaddr`, `reuseport` and `ipv6only`, in addition to the options of the socket
---@param callback? fun(err?: string, detail?: luvit.Error) called when it is bound, or with the error, which otherwise is emitted
---@return self
---@overload fun(self, options: { port?: integer, address?: string }, callback?: fun(err?: string)): luvit.dgram.Socket
---@overload fun(self, port: integer, host: string, callback: fun(err?: string)): luvit.dgram.Socket
---@overload fun(self, port: integer, callback: fun(err?: string)): luvit.dgram.Socket
---@overload fun(self: any, port?: integer, host?: string, options?: table, thread?: thread): any, any, any
---@overload fun(self: any, port?: integer, host?: string, callback: fun(err?: string, detail?: luvit.Error)): self
---@overload fun(self: any, port?: integer, host?: string, thread?: thread): any, any, any
---@overload fun(self: any, port?: integer, callback: fun(err?: string, detail?: luvit.Error)): self
---@overload fun(self: any, port?: integer, thread?: thread): any, any, any
---@overload fun(self: any, callback: fun(err?: string, detail?: luvit.Error)): self
---@overload fun(self: any, thread?: thread): any, any, any
function Socket:bind(port, host, options, callback) end

---Sends a datagram. A socket that is not bound is bound to a free port first; it then receives if somebody listens for
---`message`. To a host name it is sent when the name has been looked up, maybe after a later one.
---@param data string|luvit.Buffer|(string|luvit.Buffer)[] a list is sent as one datagram
---@param port? integer to the peer of `connect` without it
---@param host? string this machine by default
---@param callback? fun(err?: string, detail?: luvit.Error) called when the system has taken it, or with the error, which otherwise is emitted
---@overload fun(self, data: string|string[], port: integer, callback: fun(err?: string)): nil
---@overload fun(self, data: string|string[], callback?: fun(err?: string)): nil
---@overload fun(self: any, data: string|luvit.Buffer|(string|luvit.Buffer)[], port?: integer, host?: string, thread?: thread): any, any, any
---@overload fun(self: any, data: string|luvit.Buffer|(string|luvit.Buffer)[], port?: integer, callback: fun(err?: string, detail?: luvit.Error))
---@overload fun(self: any, data: string|luvit.Buffer|(string|luvit.Buffer)[], port?: integer, thread?: thread): any, any, any
---@overload fun(self: any, data: string|luvit.Buffer|(string|luvit.Buffer)[], callback: fun(err?: string, detail?: luvit.Error))
---@overload fun(self: any, data: string|luvit.Buffer|(string|luvit.Buffer)[], thread?: thread): any, any, any
function Socket:send(data, port, host, callback) end

---How many bytes wait to be sent, because the system did not take them yet.
---@return integer
function Socket:getSendQueueSize() end

---How many datagrams wait to be sent.
---@return integer
function Socket:getSendQueueCount() end

---Makes a peer the only one: `send` without an address sends to it, only its datagrams are received, and an error that
---its machine reports is emitted (`ECONNREFUSED` when nobody listens). `connect` follows.
---@param port integer
---@param host? string this machine by default
---@param callback? fun(err?: string, detail?: luvit.Error)
---@return self
---@overload fun(self: any, port: integer, host?: string, thread?: thread): any, any, any
---@overload fun(self: any, port: integer, callback: fun(err?: string, detail?: luvit.Error)): self
---@overload fun(self: any, port: integer, thread?: thread): any, any, any
function Socket:connect(port, host, callback) end

---Ends what `connect` did.
---@return 0? success, string? err `ENOTCONN: …`, string? code
function Socket:disconnect() end

---The address of the peer of `connect`.
---@return { ip: string, address: string, port: integer, family: string }? address, string? err, string? code
function Socket:remoteAddress() end

---The address the socket is bound to; `ip` and `address` are the same.
---@return { ip: string, address: string, port: integer, family: string }? address, string? err, string? code
function Socket:address() end

---Whether datagrams may be sent to broadcast addresses.
---@param status boolean
---@return 0? success, string? err, string? code
function Socket:setBroadcast(status) end

---How many routers a datagram may pass.
---@param ttl integer 1 to 255
---@return 0? success, string? err, string? code
function Socket:setTTL(ttl) end

---Joins or leaves a multicast group.
---@param multicastAddress string the group
---@param multicastInterface? string address of the interface, by default the system chooses
---@param op 'join'|'leave'
---@return 0? success, string? err, string? code
function Socket:setMembership(multicastAddress, multicastInterface, op) end

---Joins a multicast group: its datagrams are received.
---@param multicastAddress string
---@param interfaceAddress? string
---@return 0? success, string? err, string? code
function Socket:addMembership(multicastAddress, interfaceAddress) end

---Leaves a multicast group. Closing the socket leaves all.
---@param multicastAddress string
---@param interfaceAddress? string
---@return 0? success, string? err, string? code
function Socket:dropMembership(multicastAddress, interfaceAddress) end

---Joins a multicast group for the datagrams of one sender.
---@param sourceAddress string
---@param groupAddress string
---@param interfaceAddress? string
---@return 0? success, string? err, string? code
function Socket:addSourceSpecificMembership(sourceAddress, groupAddress, interfaceAddress) end

---Leaves the group of `addSourceSpecificMembership`.
---@param sourceAddress string
---@param groupAddress string
---@param interfaceAddress? string
---@return 0? success, string? err, string? code
function Socket:dropSourceSpecificMembership(sourceAddress, groupAddress, interfaceAddress) end

---How many routers a multicast datagram may pass; 1 unless it is set.
---@param ttl integer 1 to 255
---@return 0? success, string? err, string? code
function Socket:setMulticastTTL(ttl) end

---Whether this machine receives the multicast datagrams that it sends; it does unless this is called with false.
---@param status boolean
---@return 0? success, string? err, string? code
function Socket:setMulticastLoopback(status) end

---The interface through which multicast datagrams leave.
---@param interfaceAddress string
---@return 0? success, string? err, string? code
function Socket:setMulticastInterface(interfaceAddress) end

---How many received bytes the system keeps until they are read.
---@return integer? bytes, string? err, string? code
function Socket:getRecvBufferSize() end

---How many written bytes the system keeps until they are sent.
---@return integer? bytes, string? err, string? code
function Socket:getSendBufferSize() end

---Sets how many received bytes the system keeps; it may choose another number.
---@param size integer bytes
---@return integer? success, string? err, string? code
function Socket:setRecvBufferSize(size) end

---Sets how many written bytes the system keeps; it may choose another number.
---@param size integer bytes
---@return integer? success, string? err, string? code
function Socket:setSendBufferSize(size) end

---Emits `timeout` when nothing was sent or received for so long.
---@param msecs number milliseconds; 0 ends the timeout
---@param callback? fun() listener for the next `timeout`; with 0 the one to remove
---@return self
function Socket:setTimeout(msecs, callback) end

---Lets the socket keep the program running while it receives, as it does unless `unref` was called.
---@return self
function Socket:ref() end

---Lets the program end although the socket receives.
---@return self
function Socket:unref() end

---Closes the socket; `close` follows. What is not sent by then is not sent: callbacks get `ECANCELED`.
---@param callback? fun() called when it is closed, also when it was before
---@return self
---@overload fun(self: any, thread?: thread): any, any, any
function Socket:close(callback) end

---@class luvit.dgram
---@field Socket luvit.dgram.Socket
local dgram = {}

---Creates a socket.
---@param kind? 'udp4'|'udp6'|luvit.dgram.SocketOptions
---@param callback? fun(data: string, rinfo: table, flags: table) listener for `message`
---@return luvit.dgram.Socket
function dgram.createSocket(kind, callback) end

return dgram
