-- One TLS session between memory BIOs.

local native = require('luvit:openssl')
local object = require('openssl/object')
local bio = object.inside('openssl/bio')
local contexts = object.inside('openssl/ssl-context')
local verify = require('openssl/verify')

---One TLS session, of either side.
---
---`connect`, `accept`, `handshake`, `read`, `peek`, `write` and `shutdown` return false and `want_read` when bytes of the peer
---have to be written to the input BIO first, false and 0 when the peer has ended the session, and nil and the reason when it
---failed. After each of them, what is in the output BIO has to be sent.
---@class luvit.openssl.SslSession
local Session = {}
---What a session can be resumed with. The context remembers that itself; the object is for programs that keep it.
---@class luvit.openssl.SslTicket
local Remembered = {}
local makeSession, sessionOf = object.class('openssl.ssl', Session,
  'dup use renegotiate renegotiate_abbreviated renegotiate_pending current_compression')
local makeRemembered, rememberedOf = object.class('openssl.ssl_session', Remembered,
  'compress_id export has_ticket id is_resumable')

local function session(self, method)
  local state = sessionOf(self)
  if not state then object.wrong(1, method, 'openssl.ssl', self) end
  return state
end

local function failed(state, err, code)
  state.failure = err
  return object.fail(err, code)
end

-- Begins, when the first call needs it: `set('hostname')` comes before.
local function begin(state)
  local made, err, code = contexts.native(state.context, state.server)
  if not made then return failed(state, err, code) end
  local out
  if state.server then
    local hosts
    for host, other in pairs(state.context.hosts or {}) do
      local found, problem, problemCode = contexts.native(contexts.state(other), true)
      if not found then return failed(state, problem, problemCode) end
      hosts = hosts or {}
      hosts[host] = found
    end
    state.session, err, code = native.server(made, hosts)
  else
    local reject = bit.band(state.context.mode, contexts.modes.peer) ~= 0 and not state.context.callback
    -- Sessions are remembered by host; one without a name of its own is nobody's.
    state.session, out, code = native.client(made, state.host or 'localhost', state.host ~= nil, reject)
    if not state.session then err, out = out, nil end
  end
  if not state.session then return failed(state, err, code) end
  if out and out ~= '' then state.output:write(out) end
  return true
end

-- Gives the session what has come, and takes what it makes of it.
local function pump(state)
  if state.failure then return nil, state.failure end
  if not state.session then
    local ok, err = begin(state)
    if not ok then return nil, err end
  end
  local data = bio.take(state.input)
  if data == '' then return true end
  local plain, out, err, code = native.receive(state.session, data)
  if out ~= '' then state.output:write(out) end
  if not plain then return failed(state, err, code) end
  if plain ~= '' then
    state.plain[#state.plain + 1] = plain
    state.size = state.size + #plain
  end
  return true
end

-- Asks the program about the peer's certificate, once the handshake is complete.
local function judge(state)
  if state.judged then return true end
  state.judged = true
  local callback = state.context.callback
  if not callback or bit.band(state.context.mode, contexts.modes.peer) == 0 then return true end
  local good, results = verify.results(state.session)
  if callback(good, results[1]) then return true end
  return failed(state, 'ERR_OSSL_CERTIFICATE_VERIFY_FAILED: ' .. tostring(results[1].error_string))
end

---Goes on with the handshake.
---@return boolean? done # true when it is complete
---@return integer|string reason
function Session:handshake()
  local state = session(self, 'handshake')
  local ok, err = pump(state)
  if not ok then return nil, err end
  if native.info(state.session, 'handshaking') then return false, 'want_read' end
  ok, err = judge(state)
  if not ok then return nil, err end
  return true, 1
end

---Goes on with the handshake of a client.
---@return boolean? done
---@return integer|string reason
function Session:connect()
  session(self, 'connect').server = false
  return Session.handshake(self)
end

---Goes on with the handshake of a server.
---@return boolean? done
---@return integer|string reason
function Session:accept()
  session(self, 'accept').server = true
  return Session.handshake(self)
end

---Makes it the session of a client, before its handshake.
function Session:set_connect_state()
  session(self, 'set_connect_state').server = false
end

---Makes it the session of a server, before its handshake.
function Session:set_accept_state()
  session(self, 'set_accept_state').server = true
end

-- What there is to read, or why there is nothing.
local function available(state)
  local ok, err = pump(state)
  if state.size > 0 then
    if #state.plain > 1 then state.plain = { table.concat(state.plain) } end
    return state.plain[1]
  end
  if not ok then return nil, err end
  if native.info(state.session, 'closed') then return false, 0 end
  return false, 'want_read'
end

---Decrypted data.
---@param count? integer bytes at most; all that has come by default
---@return string|false|nil data
---@return integer|string? reason
function Session:read(count)
  local state = session(self, 'read')
  local data, reason = available(state)
  if not data then return data, reason end
  if count and count > 0 and count < #data then
    state.plain[1], state.size = data:sub(count + 1), #data - count
    return data:sub(1, count)
  end
  state.plain, state.size = {}, 0
  return data
end

---Decrypted data, which stays there.
---@param count? integer bytes at most
---@return string|false|nil data
---@return integer|string? reason
function Session:peek(count)
  local data, reason = available(session(self, 'peek'))
  if not data then return data, reason end
  return count and count > 0 and data:sub(1, count) or data
end

---How many bytes of decrypted data are there.
---@return integer
function Session:pending()
  return session(self, 'pending').size
end

---Encrypts data: it is in the output BIO then.
---@param data string
---@return integer|false|nil count
---@return integer|string? reason
function Session:write(data)
  local state = session(self, 'write')
  data = object.bytes(data, 2, 'write')
  local ok, err = pump(state)
  if not ok then return nil, err end
  if native.info(state.session, 'handshaking') then return false, 'want_read' end
  local out, problem, code = native.send(state.session, data)
  if not out then return failed(state, problem, code) end
  if out ~= '' then state.output:write(out) end
  return #data
end

---Tells the peer that nothing more comes. True once the peer has told so too.
---@param mode? string|boolean `read`, `write`, `quiet` and `noquiet` mean nothing; true and false ask what was done
---@return boolean|string|nil done
---@return integer|string? reason
function Session:shutdown(mode)
  local state = session(self, 'shutdown')
  if mode == true then return false end
  if mode == false then return state.ended and 'write' or nil end
  if mode ~= nil then return end
  if state.failure or not state.session then return nil, state.failure or 'syscall' end
  if not state.ended then
    state.ended = true
    local out = native.close(state.session)
    if out ~= '' then state.output:write(out) end
  end
  local ok, err = pump(state)
  if not ok then return nil, err end
  if native.info(state.session, 'closed') then return true, 1 end
  return false, 'want_read'
end

---Sets something: `hostname` is the host that a client wants, which its server is told. The rest means nothing.
---@param what string
---@param value any
---@param ... any more of both
function Session:set(what, value, ...)
  local state = session(self, 'set')
  if what == 'hostname' then
    if type(value) ~= 'string' then object.wrong(3, 'set', 'string', value) end
    state.host = value
  elseif not (' client_CA read_ahead cipher_list verify_depth purpose trust verify_result '):find(' ' .. tostring(what) .. ' ',
    1, true) then
    error(("openssl: ssl:set('%s') is not part of luvit's openssl"):format(tostring(what)), 2)
  end
  if select('#', ...) > 0 then return Session.set(self, ...) end
end

-- What `get` knows, by name.
local getters = {}

function getters.version(state)
  return state.session and native.info(state.session, 'version') or 'TLSv1.3'
end

function getters.iversion(state)
  return getters.version(state) == 'TLSv1.2' and 0x0303 or 0x0304
end

function getters.hostname(state)
  if not state.server then return state.host end
  return state.session and native.info(state.session, 'hostname')
end

function getters.side(state)
  return state.server and 'server' or 'client'
end

function getters.certificate(state)
  return state.context.cert and require('openssl/x509').read(state.context.cert, 'der')
end

function getters.verify_result(state)
  if not state.session then return 0 end
  local _, results = verify.results(state.session)
  return results[1].error
end

function getters.verify_mode(state) return state.context.mode end
function getters.verify_depth(state) return state.context.depth end
function getters.default_timeout() return 300 end
function getters.read_ahead() return false end
function getters.client_CA_list() return {} end

function getters.cipher_list(state)
  return state.session and (native.info(state.session, 'cipher'))
end
getters.shared_ciphers = getters.cipher_list

function getters.state_string_long(state)
  if not state.session then return 'before SSL initialization' end
  return native.info(state.session, 'handshaking') and 'SSL negotiation in progress' or 'SSL negotiation finished successfully'
end

function getters.state_string(state)
  if not state.session then return 'PINIT' end
  return native.info(state.session, 'handshaking') and 'TWSH' or 'SSLOK'
end

function getters.state(state)
  return state.session and not native.info(state.session, 'handshaking') and 1 or 0
end

-- Nothing is read yet that is not read whole.
function getters.rstate_string() return 'RH' end
function getters.rstate_string_long() return 'read header' end

-- As OpenSSL's session between memory BIOs, it has no descriptor.
function getters.fd() return -1 end
getters.rfd, getters.wfd = getters.fd, getters.fd

function getters.alpn_selected(state)
  return state.session and native.info(state.session, 'alpn')
end

---What is known of the session: `version`, `hostname`, `side`, `certificate`, `verify_result`, `cipher_list`,
---`alpn_selected` and others.
---@param ... string
---@return any ...
function Session:get(...)
  local state = session(self, 'get')
  local values, count = {}, select('#', ...)
  for i = 1, count do
    local what = select(i, ...)
    local getter = getters[what]
    if not getter then error(("openssl: ssl:get('%s') is not part of luvit's openssl"):format(tostring(what)), 2) end
    values[i] = getter(state)
  end
  return unpack(values, 1, count)
end

---Whether it is the session of a server.
---@return boolean
function Session:is_server()
  return session(self, 'is_server').server
end

---The cipher that both sides agreed on.
---@return { name: string, version: string, bits: integer, algbits: integer, description: string }?
function Session:current_cipher()
  local state = session(self, 'current_cipher')
  if not state.session then return nil end
  local name, version = native.info(state.session, 'cipher')
  if not name then return nil end
  local bits = name:find('128', 1, true) and 128 or 256
  return { name = name, version = version, bits = bits, algbits = bits, description = name .. ' ' .. version }
end

---The certificate that the peer showed, and its chain.
---@return luvit.openssl.Certificate?
---@return luvit.openssl.Certificate[]?
function Session:peer()
  local state = session(self, 'peer')
  if not state.session then return nil end
  local chain = {}
  for i, der in ipairs(native.info(state.session, 'certificates')) do
    chain[i] = require('openssl/x509').read(der, 'der')
  end
  return chain[1], chain[1] and chain or nil
end

---Whether the peer's certificate is good, and what was found: the latter only if `verify_mode` asked for verification, by
---`peer` or by a callback, as in lua-openssl. Programs take no finding for consent.
---@return boolean
---@return { error: integer, error_string: string, error_depth: integer, preverify_ok: boolean, current_cert: luvit.openssl.Certificate? }[]?
function Session:getpeerverification()
  local state = session(self, 'getpeerverification')
  if not state.session then return false, { { error = 1, error_string = 'no handshake yet', preverify_ok = false } } end
  local good, results = verify.results(state.session)
  local asked = state.context.callback or bit.band(state.context.mode, contexts.modes.peer) ~= 0
  return good, asked and results or nil
end

---Whether a session of before was resumed.
---@return boolean
function Session:session_reused()
  local state = session(self, 'session_reused')
  return state.session and native.info(state.session, 'resumed') or false
end

---The descriptor that it reads from and writes to: there is none.
---@return integer # -1
function Session:getfd()
  session(self, 'getfd')
  return -1
end

---Whether a session of before was resumed.
---@return boolean
function Session:cache_hit()
  return Session.session_reused(self)
end

---What the session can be resumed with; or does nothing when it is given one, as the context remembers its sessions.
---@param remembered? luvit.openssl.SslTicket
---@return luvit.openssl.SslTicket|boolean
function Session:session(remembered)
  local state = session(self, 'session')
  if remembered ~= nil then return true end
  return makeRemembered({ session = self, time = os.time(), timeout = state.context.timeout })
end

---The context it was made with; or another one, before its handshake.
---@param other? luvit.openssl.SslContext
---@return luvit.openssl.SslContext # the one of before
function Session:ctx(other)
  local state = session(self, 'ctx')
  local before = state.object
  if other ~= nil then
    local found = contexts.state(other)
    if not found then object.wrong(2, 'ctx', 'openssl.ssl_ctx', other) end
    -- Of a session that has begun it is too late to change anything.
    if state.session and other ~= before then error('openssl: ssl:ctx: the session has begun', 2) end
    state.object, state.context = other, found
  end
  return before
end

---What has to be done before it goes on.
---@return string # `reading` or `nothing`
---@return integer
function Session:want()
  local state = session(self, 'want')
  if state.session and not state.failure and native.info(state.session, 'handshaking') then return 'reading', 3 end
  return 'nothing', 1
end

---Forgets all of it, to begin another one.
---@return boolean # true
function Session:clear()
  local state = session(self, 'clear')
  state.session, state.failure, state.judged, state.ended, state.plain, state.size = nil, nil, nil, nil, {}, 0
  return true
end

local function remembered(self, method)
  local state = rememberedOf(self)
  if not state then object.wrong(1, method, 'openssl.ssl_session', self) end
  return state
end

---When it was asked for, in seconds since 1970.
---@return integer
function Remembered:time()
  return remembered(self, 'time').time
end

---For how many seconds it may be resumed.
---@return integer
function Remembered:timeout()
  return remembered(self, 'timeout').timeout
end

---The certificate that the peer had shown.
---@return luvit.openssl.Certificate?
function Remembered:peer()
  return (Session.peer(remembered(self, 'peer').session))
end

object.share('openssl/ssl-session', { make = makeSession })

return Session
