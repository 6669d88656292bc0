-- TLS between memory BIOs: who has them moves the bytes, the session does the rest.
--
-- What OpenSSL does is done by rustls here: TLS 1.2 and 1.3, suites with forward secrecy and authenticated encryption. What
-- is older cannot be chosen.

local native = require('luvit:openssl')
local object = require('openssl/object')
local bio = object.inside('openssl/bio')
local verify = require('openssl/verify')

---TLS between memory BIOs. The bits of `ssl_ctx:options` are here too: `no_sslv2`, `no_sslv3`, `no_tlsv1`, `no_tlsv1_1`,
---`no_tlsv1_2`, `no_tlsv1_3`, `no_compression`, `no_ticket` and others.
---@class luvit.openssl.ssl
---@field none integer `verify_mode`: the peer's certificate is not asked for, or may be any
---@field peer integer `verify_mode`: the peer's certificate is verified
---@field fail integer `verify_mode`, with `peer`: a server refuses clients without certificate
---@field once integer `verify_mode`: means nothing
---@field default string the protocol to choose
local ssl = {}

---Mode of verification: the peer's certificate is not asked for, or may be any.
ssl.none = 0
---Mode of verification: the peer's certificate is verified.
ssl.peer = 1
---Mode of verification, with `peer`: a server refuses clients that show no certificate.
ssl.fail = 2
---Mode of verification that means nothing today.
ssl.once = 4
---The protocol to choose: the best that both sides have.
ssl.default = 'TLS'

-- OpenSSL's bits of what can be switched off. Most is not there to begin with.
local OPTIONS = {
  no_sslv2 = 0, no_sslv3 = 0x02000000, no_tlsv1 = 0x04000000, no_tlsv1_1 = 0x10000000, no_tlsv1_2 = 0x08000000,
  no_tlsv1_3 = 0x20000000, no_compression = 0x00020000, no_ticket = 0x00004000, cipher_server_preference = 0x00400000,
  no_session_resumption_on_renegotiation = 0x00010000, no_renegotiation = 0x40000000, single_dh_use = 0,
  single_ecdh_use = 0, all = 0x80000BFF,
}

---What the sessions of a program have in common.
---@class luvit.openssl.SslContext
local Context = {}

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

local makeContext, contextOf = object.class('openssl.ssl_ctx', Context,
  'bio set_engine set_tmp flush_sessions set_session_callback')
local makeSession, sessionOf = object.class('openssl.ssl', Session,
  'dup renegotiate renegotiate_abbreviated renegotiate_pending current_compression getfd')
local makeRemembered = object.class('openssl.ssl_session', Remembered, 'export')

local function context(self, method)
  local state = contextOf(self)
  if not state then object.wrong(1, method, 'openssl.ssl_ctx', self) end
  return state
end

local function session(self, method)
  local state = sessionOf(self)
  if not state then object.wrong(1, method, 'openssl.ssl', self) end
  return state
end

-- Contexts ----------------------------------------------------------------------------------------------------------

local PROTOCOLS = {
  TLS = {}, SSLv23 = {}, TLSv1_2 = { 'TLSv1.2', 'TLSv1.2' }, TLSv1_3 = { 'TLSv1.3', 'TLSv1.3' },
}

---Makes a context.
---@param protocol? string `TLS`, `SSLv23` (the same), `TLSv1_2` or `TLSv1_3`; `_client` or `_server` may follow. `TLS` by
---  default
---@param ciphers? string a list in OpenSSL's language; what rustls lacks is left out
---@return luvit.openssl.SslContext
function ssl.ctx_new(protocol, ciphers)
  if protocol ~= nil and type(protocol) ~= 'string' then object.wrong(1, 'ctx_new', 'string', protocol) end
  if ciphers ~= nil and type(ciphers) ~= 'string' then object.wrong(2, 'ctx_new', 'string', ciphers) end
  local versions = PROTOCOLS[(protocol or 'TLS'):gsub('_client$', ''):gsub('_server$', '')]
  if not versions then
    error(("bad argument #1 to 'ctx_new' (%s is not part of luvit's openssl: there are TLS, TLSv1_2 and TLSv1_3)")
      :format(protocol), 2)
  end
  local state = {
    min = versions[1], max = versions[2], ciphers = ciphers, options = 0, modes = {}, mode = 0, chain = {}, depth = 100,
    timeout = 300, made = {},
  }
  -- A list that leaves nothing is the caller's mistake, and not that of the first session.
  if ciphers then
    local made, err = native.context(false, { ca = {}, ciphers = ciphers, min = state.min, max = state.max })
    if not made then error(("bad argument #2 to 'ctx_new' (%s)"):format(err), 2) end
  end
  return makeContext(state)
end

---The kind of an alert: `W` or `warning` for 1, `F` or `fatal` for 2, else `U` or `unknown`.
---@param alert integer
---@param long? boolean
---@return string
function ssl.alert_type(alert, long)
  local names = alert == 1 and { 'W', 'warning' } or alert == 2 and { 'F', 'fatal' } or { 'U', 'unknown' }
  return names[long and 2 or 1]
end

---Nothing that sessions could be read from: they are remembered by their context.
---@return nil
---@return string err
---@return string code
function ssl.session_read()
  return object.fail("ERR_OSSL: sessions are remembered by their context, and cannot be read")
end

-- What is changed makes a new native context for the sessions that begin later.
local function changed(state)
  state.made = {}
end

-- The native context of one side, made when the first session needs it.
local function nativeContext(state, server)
  local side = server and 'server' or 'client'
  if state.made[side] then return state.made[side] end
  local has = function(name) return bit.band(state.options, OPTIONS[name]) ~= 0 end
  local verifies = bit.band(state.mode, ssl.peer) ~= 0
  local min, max = state.min, state.max
  if has('no_tlsv1_2') then min = 'TLSv1.3' end
  if has('no_tlsv1_3') then max = 'TLSv1.2' end
  local ca
  if state.store then
    ca = object.inside('openssl/store').certificates(state.store)
  elseif not verifies then
    -- Nobody looks at the verdict; the system's store takes time to read.
    ca = {}
  end
  local made, err, code = native.context(server, {
    key = state.key, chain = state.key and { state.cert, unpack(state.chain) } or nil, ca = ca, min = min, max = max,
    ciphers = state.ciphers, alpn = state.alpn, request = verifies,
    reject = server and bit.band(state.mode, ssl.fail) ~= 0 and not state.callback,
  })
  if not made then return object.fail(err, code) end
  state.made[side] = made
  return made
end

---Begins a session between two BIOs.
---@param input luvit.openssl.MemoryBio what the peer sends is written to it
---@param output? luvit.openssl.MemoryBio|boolean what is sent is read from it; the same one by default
---@param server? boolean
---@return luvit.openssl.SslSession
function Context:ssl(input, output, server)
  local state = context(self, 'ssl')
  if type(output) == 'boolean' or output == nil and server == nil then output, server = input, output end
  if not bio.is(input) then object.wrong(2, 'ssl', 'openssl.bio', input) end
  if not bio.is(output) then object.wrong(3, 'ssl', 'openssl.bio', output) end
  return makeSession({
    context = state, object = self, input = input, output = output, server = server and true or false, plain = {}, size = 0,
  })
end

---Who we are: a key and the certificate of it.
---@param key luvit.openssl.EvpKey
---@param certificate luvit.openssl.Certificate|string a file with the certificate and its chain, if it is a string
---@return boolean? # true
---@return string? err
---@return string? code
function Context:use(key, certificate)
  local state = context(self, 'use')
  local handle = object.inside('openssl/pkey').key(key)
  if not handle then object.wrong(2, 'use', 'openssl.evp_pkey', key) end
  local x509 = require('openssl/x509')
  local chain = {}
  if type(certificate) == 'string' then
    local text, err = require('fs').readFileSync(certificate)
    if not text then return object.fail(err) end
    for block in text:gmatch('%-%-%-%-%-BEGIN CERTIFICATE.-%-%-%-%-%-END CERTIFICATE%-%-%-%-%-') do
      local read, problem, code = x509.read(block)
      if not read then return nil, problem, code end
      chain[#chain + 1] = object.inside('openssl/x509').der(read)
    end
  else
    chain[1] = object.inside('openssl/x509').der(certificate)
    if not chain[1] then object.wrong(3, 'use', 'openssl.x509', certificate) end
  end
  if not chain[1] then return object.fail('ERR_OSSL: the file holds no certificate') end
  if not object.inside('openssl/pkey').private(key) then
    error("bad argument #2 to 'use' (private key expected, got a public one)", 2)
  end
  local der, err, code = require('luvit:crypto').key_export(handle, 'der', 'pkcs8')
  if not der then return object.fail(err, code) end
  state.key, state.cert = der, table.remove(chain, 1)
  if #chain > 0 then state.chain = chain end
  changed(state)
  -- Whether they belong together is said now, as OpenSSL does.
  local made
  made, err, code = nativeContext(state, true)
  if not made then
    state.key, state.cert = nil, nil
    return nil, err, code
  end
  return true
end

---Adds certificates between ours and the root.
---@param clientCA luvit.openssl.Certificate means nothing here
---@param chain? luvit.openssl.Certificate[]
---@return boolean? # true
---@return string? err
---@return string? code
function Context:add(clientCA, chain) -- luacheck: ignore
  local state = context(self, 'add')
  for i, certificate in ipairs(chain or {}) do
    local der = object.inside('openssl/x509').der(certificate)
    if not der then object.wrong(3, 'add', 'list of openssl.x509', chain) end
    -- Some programs pass the leaf again.
    if der ~= state.cert then state.chain[#state.chain + 1] = der end
  end
  changed(state)
  return true
end

---Whom to trust.
---@param store? luvit.openssl.TrustStore
---@return luvit.openssl.TrustStore? # what is set, if none is given
function Context:cert_store(store)
  local state = context(self, 'cert_store')
  if store == nil then
    state.store = state.store or require('openssl/x509').store.new()
    return state.store
  end
  if not object.inside('openssl/store').certificates(store) then object.wrong(2, 'cert_store', 'openssl.x509_store', store) end
  state.store = store
  changed(state)
  return store
end

---Trusts the certificates in a file.
---@param file string
---@param folder? string
---@return boolean? # true
---@return string? err
---@return string? code
function Context:verify_locations(file, folder)
  local state = context(self, 'verify_locations')
  state.store = state.store or require('openssl/x509').store.new()
  changed(state)
  return state.store:load(file, folder)
end

local MODES = { none = 0, peer = 1, fail = 2, once = 4 }

---Whether the peer's certificate is verified: `none`, `peer`, and of a server that refuses clients without, `fail`.
---@param mode? integer|string[] as numbers that are added, or names
---@param callback? fun(ok: boolean, result: table): any called when a certificate was verified; with it, one that is not
---  good ends the session only if the callback returns nil or false
---@return integer? # the mode, if none is given
function Context:verify_mode(mode, callback)
  local state = context(self, 'verify_mode')
  if mode == nil then return state.mode end
  if type(mode) == 'table' then
    local sum = 0
    for _, name in ipairs(mode) do
      if not MODES[name] then object.wrong(2, 'verify_mode', 'none, peer, fail or once', name) end
      sum = bit.bor(sum, MODES[name])
    end
    mode = sum
  end
  if type(mode) ~= 'number' then object.wrong(2, 'verify_mode', 'number or table', mode) end
  if callback ~= nil and type(callback) ~= 'function' then object.wrong(3, 'verify_mode', 'function', callback) end
  state.mode, state.callback = mode, callback
  changed(state)
end

---How a certificate is verified: with `always_continue`, one that is not good does not end the session.
---@param options? { always_continue?: boolean, verify_depth?: integer }|fun(ok: boolean, result: table): any
function Context:set_cert_verify(options)
  local state = context(self, 'set_cert_verify')
  if type(options) == 'function' then
    state.callback = options
  elseif type(options) == 'table' and options.always_continue then
    state.callback = function() return true end
  end
  changed(state)
end

---How long a chain may be. Means nothing: rustls has a limit of its own.
---@param depth? integer
---@return integer
function Context:verify_depth(depth)
  local state = context(self, 'verify_depth')
  state.depth = depth or state.depth
  return state.depth
end

---Switches something on, such as `no_tlsv1_2`; most of what OpenSSL can switch off is off anyway.
---@param ... boolean|integer|string true first to clear instead; numbers that are added, or names
---@return string[] # the names of what is set
function Context:options(...)
  local state = context(self, 'options')
  local list, clear, first = { ... }, false, 1
  if type(list[1]) == 'boolean' then clear, first = list[1], 2 end
  local bits = 0
  for i = first, select('#', ...) do
    local value = list[i]
    if type(value) == 'string' then value = OPTIONS[value:lower()] or 0 end
    if type(value) ~= 'number' then object.wrong(i + 1, 'options', 'number or string', value) end
    bits = bit.bor(bits, value)
  end
  if bits ~= 0 then
    state.options = clear and bit.band(state.options, bit.bnot(bits)) or bit.bor(state.options, bits)
    changed(state)
  end
  local names = {}
  for name, value in pairs(OPTIONS) do
    if value ~= 0 and name ~= 'all' and bit.band(state.options, value) == bit.tobit(value) then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

---Modes of OpenSSL, such as `release_buffers`. They mean nothing: a session keeps no buffers.
---@param ... boolean|string false first to clear instead; names
---@return string ... # the names of what is set
function Context:mode(...)
  local state = context(self, 'mode')
  local list, set, first = { ... }, true, 1
  if type(list[1]) == 'boolean' then set, first = list[1], 2 end
  for i = first, #list do state.modes[list[i]] = set or nil end
  local names = {}
  for name in pairs(state.modes) do names[#names + 1] = name end
  table.sort(names)
  return unpack(names)
end

---Seconds for which a session is remembered.
---@param seconds? integer
---@return integer
function Context:timeout(seconds)
  local state = context(self, 'timeout')
  local before = state.timeout
  state.timeout = seconds or before
  return seconds and before or state.timeout
end

---How many tickets a server gives to a client. Means nothing.
---@param count? integer
---@return integer
function Context:num_tickets(count)
  local state = context(self, 'num_tickets')
  state.tickets = count or state.tickets or 2
  return state.tickets
end

---Whether sessions are remembered: they are.
---@param ... string means nothing
---@return string[]
function Context:session_cache_mode(...) -- luacheck: ignore
  context(self, 'session_cache_mode')
  return { 'both' }
end

---Whether sessions end without telling the peer. Means nothing: the peer is told.
---@param quiet? integer
---@return integer?
function Context:quiet_shutdown(quiet)
  local state = context(self, 'quiet_shutdown')
  if quiet == nil then return state.quiet or 0 end
  state.quiet = quiet
end

---Does nothing: the context remembers its sessions.
---@return boolean # true
function Context:session()
  context(self, 'session')
  return true
end

---Application protocols (ALPN), the favourite first.
---@param protocols string[]
---@return boolean # true
function Context:set_alpn(protocols)
  local state = context(self, 'set_alpn')
  if type(protocols) ~= 'table' then object.wrong(2, 'set_alpn', 'table', protocols) end
  state.alpn = protocols
  changed(state)
  return true
end

---Contexts for the hosts of a server, by the name that the client asks for.
---@param hosts table<string, luvit.openssl.SslContext>
function Context:set_servername_callback(hosts)
  local state = context(self, 'set_servername_callback')
  if type(hosts) ~= 'table' then object.wrong(2, 'set_servername_callback', 'table', hosts) end
  for _, other in pairs(hosts) do
    if not contextOf(other) then object.wrong(2, 'set_servername_callback', 'table of openssl.ssl_ctx', other) end
  end
  state.hosts = hosts
end

-- Sessions ----------------------------------------------------------------------------------------------------------

local function failed(state, err, code)
  state.failure = err
  return object.fail(err, code)
end

-- Begins, when the first call needs it: `set('hostname')` comes before.
local function begin(state)
  local made, err, code = nativeContext(state.context, state.server)
  if not made then return failed(state, err, code) end
  local out
  if state.server then
    local hosts
    for host, other in pairs(state.context.hosts or {}) do
      local found, problem, problemCode = nativeContext(contextOf(other), true)
      if not found then return failed(state, problem, problemCode) end
      hosts = hosts or {}
      hosts[host] = found
    end
    state.session, err, code = native.server(made, hosts)
  else
    local reject = bit.band(state.context.mode, ssl.peer) ~= 0 and not state.context.callback
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
  if not callback or bit.band(state.context.mode, ssl.peer) == 0 then return true end
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
  return self:handshake()
end

---Goes on with the handshake of a server.
---@return boolean? done
---@return integer|string reason
function Session:accept()
  session(self, 'accept').server = true
  return self:handshake()
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
  if select('#', ...) > 0 then return self:set(...) end
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
  local asked = state.context.callback or bit.band(state.context.mode, ssl.peer) ~= 0
  return good, asked and results or nil
end

---Whether a session of before was resumed.
---@return boolean
function Session:session_reused()
  local state = session(self, 'session_reused')
  return state.session and native.info(state.session, 'resumed') or false
end

---Whether a session of before was resumed.
---@return boolean
function Session:cache_hit()
  return self:session_reused()
end

---What the session can be resumed with; or does nothing when it is given one, as the context remembers its sessions.
---@param remembered? luvit.openssl.SslTicket
---@return luvit.openssl.SslTicket|boolean
function Session:session(remembered)
  local state = session(self, 'session')
  if remembered ~= nil then return true end
  return makeRemembered({ session = self, time = os.time(), timeout = state.context.timeout })
end

---The context it was made with.
---@return luvit.openssl.SslContext
function Session:ctx()
  return session(self, 'ctx').object
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

-- The bits of `options`, such as `ssl.no_sslv2`.
return setmetatable(ssl, { __index = OPTIONS })
