-- One TLS connection as a stream. The bytes go over the handle of a `net.Socket`, or over any other duplex stream.

local uv = require('uv')
local timer = require('timer')
local net = require('net')
local address = require('net/address')
local configure = require('net/options').configure
local Duplex = require('stream').Duplex
local noteStack = require('stream/base').noteStack
local native = require('luvit:tls')
local contexts = require('tls/context')

local Socket = net.Socket
local failure = contexts.failure

---@class luvit.tls.SocketOptions: luvit.tls.ContextOptions, luvit.net.SocketOptions
---@field isServer? boolean this is the server's side
---@field secureContext? luvit.tls.SecureContext instead of the options it would be made of
---@field credentials? luvit.tls.SecureContext the same
---@field rejectUnauthorized? boolean client: true, the default: a certificate that does not verify ends the connection.
---  Server: the same, of clients' certificates
---@field requestCert? boolean server: asks for a certificate
---@field servername? string client: the host to ask for (SNI) and to find in the certificate; '' asks for none
---@field host? string client: what `servername` is by default
---@field checkServerIdentity? fun(host: string, cert: table): luvit.Error? client: checks the name instead of ours; what it
---  returns is the error
---@field ALPNProtocols? string[]|string application protocols, the favourite first
---@field handshakeTimeout? number milliseconds for the handshake, 120,000
---@field session? string|luvit.Buffer client: what `getSession` or the event `session` gave, to resume that session. It is
---  verified as this connection wants it. One that is not known, or used up, makes a whole handshake
---@field requestOCSP? boolean client: `OCSPResponse` is emitted, with what the server stapled or nil
---@field server? luvit.tls.Server|boolean true: the same as `isServer`

---A TLS connection. Events besides those of `net.Socket`: `secureConnect` (client) and `secureConnection` when the
---handshake is complete; `keylog` (line) with secrets for a debugger; `session` (token), client, when there is a session
---that the option `session` resumes: with TLS 1.3 after the handshake; `OCSPResponse` (response); `_tlsError` (err) when the
---handshake of a server's side failed. An `error` is a `luvit.Error` with node's `code`, or the code of a system call as
---`net.Socket` gives it. What ends without the peer's word for it (close_notify) emits an error with the code
---`ECONNRESET` and `truncated` instead of `end`, after all data.
---@class luvit.tls.TLSSocket: luvit.net.Socket
---@field encrypted true
---@field authorized boolean the peer's certificate verified
---@field authorizationError? string why not: a code
---@field authorizationReason? string why not, for a person
---@field alpnProtocol string|false the application protocol that both agreed on
---@field servername? string|false the host that the client asked for
---@field secureConnecting boolean the handshake is not complete
---@field secureEstablished boolean it is
---@field options table those it was made with
local TLSSocket = Socket:extend()
TLSSocket.encrypted = true
TLSSocket.authorized = false
TLSSocket.alpnProtocol = false
TLSSocket.secureConnecting = true
TLSSocket.secureEstablished = false

local HANDSHAKE_TIMEOUT = 120000

-- Transports ----------------------------------------------------------------------------------------------------------

local function stopReading(self)
  if self._under then
    if self._under.pause then self._under:pause() end
  elseif self._reading then
    self._reading = false
    if self._handle and not uv.is_closing(self._handle) then uv.read_stop(self._handle) end
  end
end

-- Sends bytes of the engine; nobody waits for them.
local function sendNow(self, bytes)
  if self.destroyed then return end
  if self._under then
    self._under:write(bytes)
    return
  end
  self.bytesWritten = self.bytesWritten + #bytes
  local ok, _, code = uv.write(self._handle, bytes)
  if not ok then
    self._operation = 'write'
    self:destroy(code)
  end
end

-- Sends bytes of the program.
local function send(self, bytes, callback)
  local under = self._under
  if not under then return Socket._write(self, bytes, callback) end
  timer.active(self)
  self.bytesWritten = self.bytesWritten + #bytes
  under:write(bytes, callback)
end

local function onRead(self)
  local function read(err, data)
    if self.destroyed then return end
    timer.active(self)
    if err then
      self._operation = 'read'
      self:destroy(err)
    elseif data then
      self.bytesRead = self.bytesRead + #data
      self:_received(data)
    else
      stopReading(self)
      self:_inputEnded()
    end
  end
  self._onRead = read
end

-- A connection that was served natively is read here from now on.
TLSSocket._watch = onRead

function TLSSocket:_read()
  if self._under then
    if self._session and not self._eof and self._under.resume then self._under:resume() end
  elseif self._onRead then
    Socket._read(self)
  end
end

-- The handle of a socket becomes ours; who holds the socket is told when it closes.
local function takeHandle(self, socket)
  self._handle, socket._handle = socket._handle, nil
  self._isPipe = socket._isPipe
  self._nagle, self._keepalive = socket._nagle, socket._keepalive
  self._unref = socket._unref
  if socket._reading then
    socket._reading = false
    uv.read_stop(self._handle)
  end
  if socket.server then self.server, socket.server = socket.server, nil end
  timer.unenroll(socket)
  socket._tls = self
  function socket.destroy(_, err, callback) self:destroy(err, callback) end
  self:on('close', function(hadError)
    socket.destroyed = true
    socket:emit('close', hadError)
  end)
  -- What was read before belongs to the handshake.
  local state = rawget(socket, '_readableState')
  if state and state.length > 0 then self._early = socket:read() end
end

local function useStream(self, stream)
  self._under = stream
  stream:on('data', function(data)
    if self.destroyed then return end
    timer.active(self)
    self.bytesRead = self.bytesRead + #data
    self:_received(type(data) == 'string' and data or tostring(data))
  end)
  stream:on('end', function()
    if not self.destroyed then self:_inputEnded() end
  end)
  stream:on('error', function(err, detail)
    if not self.destroyed then self:destroy(err, nil, detail) end
  end)
  stream:on('close', function()
    if not self.destroyed then
      self:_inputEnded()
      -- With nobody to read it, the end is not noticed.
      if not self.destroyed and not self._truncation then self:destroy() end
    end
  end)
end

---Makes a TLS connection over a stream: a `net.Socket` that is connected or will be, whose handle it takes over, or any
---duplex stream.
---@param socket? luvit.net.Socket|luvit.Duplex nothing: `connect` makes a connection
---@param options? luvit.tls.SocketOptions
---@param level? integer how far away the caller is that errors of the options are about, 3
function TLSSocket:initialize(socket, options, level)
  level = level or 3
  if options ~= nil and type(options) ~= 'table' then address.badArgument('options', 'TLSSocket:new', 'table', options, level) end
  options = options or {}
  address.checkOptional(options.handshakeTimeout, 'number', 'options.handshakeTimeout', 'TLSSocket:new', level + 1)
  self.options = options
  self._isServer = options.isServer or options.server == true
  if options.highWaterMark or options.readableHighWaterMark or options.writableHighWaterMark then
    Duplex.initialize(self, options)
  end
  if options.allowHalfOpen then self.allowHalfOpen = true end
  if options._acceptor then
    self._acceptor, self._owner = options._acceptor, options._owner
  else
    self._context = contexts.contextOf(options, level, self._isServer)
  end
  self._protocols = contexts.protocolsOf(options, level)
  if socket == nil then
    self._connecting = true
    return
  end
  if type(socket) ~= 'table' or not socket.write or not socket.on then
    address.badArgument('socket', 'TLSSocket:new', 'duplex stream', socket, level)
  end
  local isSocket = rawget(socket, '_handle') ~= nil or socket._connecting or socket._dialing
  if not isSocket or socket.encrypted or socket._read ~= Socket._read then
    useStream(self, socket)
    self:_startSoon()
  elseif socket._connecting then
    self._connecting = true
    socket:on('error', function(err, detail)
      if not self.destroyed then self:destroy(err, nil, detail) end
    end)
    socket:once('connect', function()
      if self.destroyed then return socket:destroy() end
      takeHandle(self, socket)
      self._connecting = false
      self:emit('connect')
      self:_start()
    end)
  else
    takeHandle(self, socket)
    self:_startSoon()
  end
end

-- Whoever made the socket has the time to listen to it first. A server does so at once.
function TLSSocket:_startSoon()
  if self._acceptor then return self:_start() end
  timer.setImmediate(function()
    if not self.destroyed then self:_start() end
  end)
end

-- The handshake -------------------------------------------------------------------------------------------------------

local function hostOf(self)
  local options = self.options
  local name = options.servername
  if name == nil or name == '' then name = options.host or options.hostname or self._host or 'localhost' end
  return name
end

function TLSSocket:_start()
  if self._session then return end
  local options = self.options
  local session, out, code
  if self._isServer then
    local acceptor = self._acceptor
    if not acceptor then
      local reason
      acceptor, reason, code = native.acceptor(self._context.context, {
        requestCert = options.requestCert, rejectUnauthorized = options.requestCert and options.rejectUnauthorized ~= false,
        alpn = self._protocols,
      })
      if not acceptor then return self:_tlsFailed(reason, code) end
      if self._sniHosts then
        for host, context in pairs(self._sniHosts) do native.add_host(acceptor, host, context) end
      end
      self._acceptor = acceptor
    end
    session, out, code = native.accept(acceptor)
    if session and self:_keyListeners() > 0 then native.want_keys(session) end
  else
    local reject = options.rejectUnauthorized
    if reject == nil then reject = self._context.rejectUnauthorized end
    self._rejects = reject ~= false
    session, out, code = native.connect(self._context.context, hostOf(self), table.concat({
      options.servername == '' and 's' or '', reject == false and 'r' or '', options.checkServerIdentity and 'n' or '',
      self:listenerCount('keylog') > 0 and 'k' or '',
    }), self._protocols, options.session and tostring(options.session))
  end
  if not session then return self:_tlsFailed(out, code) end
  self._session = session
  local limit = options.handshakeTimeout or HANDSHAKE_TIMEOUT
  if limit > 0 then
    self._deadline = timer.setTimeout(limit, function()
      self._deadline = nil
      self:_tlsFailed(('TLS handshake was not complete after %d ms'):format(limit), 'ERR_TLS_HANDSHAKE_TIMEOUT')
    end)
  end
  if not self._under then onRead(self) end
  if out then sendNow(self, out) end
  if self.destroyed then return end
  local early = self._early
  if early then
    self._early = nil
    self:_received(early)
    if self.destroyed then return end
  end
  self:_read()
end

function TLSSocket:_connected()
  self._connecting = false
  configure(self)
  timer.active(self)
  self:emit('connect')
  if not self.destroyed then self:_start() end
end

-- Who listens for secrets.
function TLSSocket:_keyListeners()
  local owner = self._owner
  return self:listenerCount('keylog') + (owner and owner:listenerCount('keylog') or 0)
end

local function giveKeys(self)
  local owner = self._owner
  for _, line in ipairs(native.take_keys(self._session)) do
    self:emit('keylog', line)
    if owner then owner:emit('keylog', line, self) end
  end
end

local function giveSessions(self)
  if self:listenerCount('session') == 0 then return end
  for _, token in ipairs(native.take_tokens(self._session)) do
    if self.destroyed then return end
    self:emit('session', token)
  end
end

-- What bytes of the peer bring. An error that a listener raises comes after everything else was done.
local function process(self, data)
  local plain, out, event, reason, code = native.receive(self._session, data)
  if out then sendNow(self, out) end
  if self.destroyed then return end
  if event == nil then
    if plain and not self:push(plain) and not self.destroyed and self.secureEstablished then stopReading(self) end
    return
  end
  if event == 'error' then
    if not self.secureEstablished and self:_keyListeners() > 0 then giveKeys(self) end
    return self:_tlsFailed(reason, code)
  elseif event == 'choose' then
    return self:_choose()
  end
  local ok, problem = true, nil
  if event == 'secure' then
    ok, problem = xpcall(self._secure, noteStack, self)
    if reason then event = 'end' end
  elseif event == 'session' then
    ok, problem = xpcall(giveSessions, noteStack, self)
  end
  if plain and not self.destroyed then
    local pushed, more = xpcall(self.push, noteStack, self, plain)
    if not pushed then ok, problem = false, more end
    if more == false and not self.destroyed and self.secureEstablished then stopReading(self) end
  end
  if event == 'end' and not self.destroyed then self:_ended() end
  if not ok then error(problem, 0) end
end

function TLSSocket:_received(data)
  if not self._session or self._busy then
    self._early = (self._early or '') .. data
    return
  end
  if not self._under then return process(self, data) end
  -- A stream may answer what is written to it at once: the answer waits for its turn.
  repeat
    self._early, self._busy = nil, true
    local ok, problem = xpcall(process, noteStack, self, data)
    self._busy = false
    if not ok then
      if self._early and not self.destroyed then timer.setImmediate(self._received, self, '') end
      error(problem, 0)
    end
    data = self._early
  until not data or self.destroyed
end

-- The peer has said that it is done.
function TLSSocket:_ended()
  if self._eof then return end
  self._eof = true
  if not self._under then stopReading(self) end
  self:push(nil)
  self:read(0)
end

-- The stream below has ended.
function TLSSocket:_inputEnded()
  if self._eof then return end
  local session = self._session
  local ok, reason, code
  if session then
    ok, reason, code = native.end_of_input(session)
  else
    ok, reason, code = nil, 'connection ended before the TLS handshake began', 'ECONNRESET'
  end
  if ok then return self:_ended() end
  if not self.secureEstablished then return self:_tlsFailed(reason, code) end
  -- What has come before is read first; then comes the error in the place of the end.
  self._truncation = failure(reason, code)
  self._truncation.truncated = true
  self:_ended()
end

function TLSSocket:emit(name, ...)
  local truncation = name == 'end' and self._truncation
  if truncation then
    -- Many clients just leave. A server that does not look at errors must not end for it; it sees no `end` either.
    if self._isServer and self:listenerCount('error') == 0 then self:on('error', function() end) end
    self:destroy(truncation)
    return false
  end
  return Socket.emit(self, name, ...)
end

local function clearDeadline(self)
  local deadline = self._deadline
  if deadline then
    self._deadline = nil
    timer.clearTimeout(deadline)
  end
end

-- Something is wrong with TLS: the peer has been told, and the program is told here.
function TLSSocket:_tlsFailed(reason, code)
  if self.destroyed then return end
  self:destroy(failure(reason, code))
end

function TLSSocket:_choose()
  local owner = self._owner
  if not owner then return self:_chosen() end
  local servername, protocols, ocsp = native.hello(self._session)
  self.servername = servername or false
  owner:_choose(self, servername, protocols, ocsp)
end

-- Goes on with the handshake of a server's side, after a choice.
function TLSSocket:_chosen(context, protocol, response)
  if self.destroyed then return end
  local ok, out, code, alert = native.choose(self._session, self._acceptor, context, protocol, response)
  if not ok then
    if alert then sendNow(self, alert) end
    return self:_tlsFailed(out, code)
  end
  if out then sendNow(self, out) end
  if self:_keyListeners() > 0 then native.want_keys(self._session) end
end

-- Refuses a client during the choice.
function TLSSocket:_refused(err)
  if self.destroyed then return end
  local reason = type(err) == 'table' and err.message or tostring(err)
  local alert = native.refuse(self._session, reason)
  if alert then sendNow(self, alert) end
  self:_tlsFailed(reason, type(err) == 'table' and err.code or 'ERR_SSL_CALLBACK_FAILED')
end

function TLSSocket:_secure()
  clearDeadline(self)
  local info = native.describe(self._session)
  self.authorized = info.authorized
  self.authorizationError, self.authorizationReason = info.errorCode, info.errorReason
  self.alpnProtocol = info.alpn or false
  if self._isServer then self.servername = info.servername or false end
  if self:_keyListeners() > 0 then giveKeys(self) end
  if self.destroyed then return end
  if not self._isServer then giveSessions(self) end
  if self.destroyed then return end
  local check = self.options.checkServerIdentity
  if check and not self._isServer then
    local ok, err = xpcall(check, noteStack, hostOf(self), self:getPeerCertificate())
    if not ok then
      -- Who it is, is not known: nobody may read what it sent.
      self:destroy()
      error(err, 0)
    end
    if self.destroyed then return end
    if err then
      self.authorized = false
      self.authorizationError = type(err) == 'table' and err.code or err
      if self._rejects then return self:destroy(err) end
    end
  end
  self.secureConnecting, self.secureEstablished = false, true
  if self.options.requestOCSP and not self._isServer then self:emit('OCSPResponse', info.ocsp) end
  if self.destroyed then return end
  local unsent, unfinished = self._unsentPlain, self._unfinished
  if unsent then
    self._unsentPlain = nil
    self:_write(unsent.data, unsent.callback)
  end
  if unfinished and not self.destroyed then
    self._unfinished = nil
    self:_final(unfinished)
  end
  if self.destroyed then return end
  self:emit('secure')
  self:emit('secureConnection', self)
  if self._isServer then
    if self._owner and not self.destroyed then self._owner:emit('secureConnection', self) end
  else
    self:emit('secureConnect')
  end
  if self.destroyed then return end
  local state = rawget(self, '_readableState')
  if state and state.flowing == false then
    stopReading(self)
  elseif self.readable then
    self:read(0)
  end
end

-- Writing -------------------------------------------------------------------------------------------------------------

function TLSSocket:_write(data, callback)
  if not self.secureEstablished then
    self._unsentPlain = { data = data, callback = callback }
    return
  end
  if self._under or self._isPipe then
    local out, reason, code = native.send(self._session, data)
    if not out then return self:_tlsFailed(reason, code) end
    return send(self, out, callback)
  end
  -- Mostly the system takes all of it, and there is no string to make.
  local size, rest, code = native.write(self._session, self._handle, data)
  if not size then
    if rest then return self:_tlsFailed(rest, code) end
    self._operation = 'write'
    return self:destroy(code)
  end
  if rest then
    self.bytesWritten = self.bytesWritten + size - #rest
    return Socket._write(self, rest, callback)
  end
  timer.active(self)
  self.bytesWritten = self.bytesWritten + size
  callback()
end

function TLSSocket:_writev(requests, callback)
  local list = {}
  for i = 1, #requests do list[i] = requests[i].chunk end
  self:_write(list, callback)
end

function TLSSocket:_final(callback)
  self.writable = false
  if not self.secureEstablished then
    self._unfinished = callback
    return
  end
  local out = native.close(self._session)
  if out then sendNow(self, out) end
  if self.destroyed then return end
  if not self._under then return Socket._final(self, callback) end
  local function done()
    if self.destroyed then return end
    callback()
    timer.setImmediate(function()
      if not self.destroyed and not self.readable then self:destroy() end
    end)
  end
  self._under:_end(done)
end

---Stops reading from the peer, once the handshake is complete.
---@return self
function TLSSocket:pause()
  Duplex.pause(self)
  if self.secureEstablished then stopReading(self) end
  return self
end

---Reads again after `pause`.
---@return self
function TLSSocket:resume()
  Duplex.resume(self)
  self:_read()
  return self
end

---Closes the connection at once; what was not sent yet is dropped. The peer is told (close_notify) where that is possible
---without waiting.
---@param err? any emitted as `error` before `close`
---@param callback? fun() called after `close`
---@param detail? luvit.Error second argument of `error`
function TLSSocket:destroy(err, callback, detail)
  if not self.destroyed then
    clearDeadline(self)
    local session, under = self._session, self._under
    if session and not self._reset then
      local out = native.close(session)
      if out then
        if under then
          under:write(out)
        elseif self._handle and not uv.is_closing(self._handle) and uv.stream_get_write_queue_size(self._handle) == 0 then
          uv.try_write(self._handle, out)
        end
      end
    end
    if under then
      self._under = nil
      if under._end and not under.destroyed then under:_end() end
      timer.setImmediate(function()
        if under.destroy and not under.destroyed then under:destroy() end
      end)
    end
    local owner = self._owner
    if err ~= nil and self._isServer and not self.secureEstablished then
      -- Nobody has been shown this socket: its server tells. One that no server has tells its own listeners.
      if type(err) == 'string' and uv.errno[err] then
        local what = detail or address.describe(err, self._operation or 'handshake')
        what.code = what.code or err
        if owner then err = what end
      end
      self:emit('_tlsError', err)
      if owner then
        timer.setImmediate(owner.emit, owner, 'tlsClientError', err, self)
        err, detail = nil, nil
      end
    end
    local unsent = self._unsentPlain
    self._unsentPlain = nil
    if unsent and not rawget(self, '_writableState') then unsent.callback(err or 'ECANCELED') end
  end
  Socket.destroy(self, err, callback, detail)
end

-- Connecting ----------------------------------------------------------------------------------------------------------

---Connects to a server, see `net.Socket:connect`; the handshake follows.
---@param port number|string|luvit.net.ConnectOptions
---@param host? string|fun()
---@param callback? fun() called when the handshake is complete
---@return self
function TLSSocket:connect(port, host, callback)
  if type(port) == 'table' then
    self._host = port.host
    if type(host) == 'function' then host, callback = nil, host end
  else
    if type(host) == 'function' then host, callback = nil, host end
    self._host = host
  end
  if callback ~= nil then
    if type(callback) ~= 'function' then address.badArgument('callback', 'connect', 'function', callback, 2) end
    self:once('secureConnection', function() callback(self) end)
  end
  self._connecting = false
  return Socket.connect(self, port, host)
end

require('tls/inspect')(TLSSocket)

return { TLSSocket = TLSSocket }
