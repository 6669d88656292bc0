-- What TLS sessions have in common: who we are, whom we trust, and which protocols are spoken.

local native = require('luvit:openssl')
local object = require('openssl/object')
local bio = object.inside('openssl/bio')

-- Modes of verification, as bits.
local MODES = { none = 0, peer = 1, fail = 2, once = 4 }

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
local makeContext, contextOf = object.class('openssl.ssl_ctx', Context,
  'bio set_engine set_tmp flush_sessions set_session_callback set_alpn_select_cb')

local function context(self, method)
  local state = contextOf(self)
  if not state then object.wrong(1, method, 'openssl.ssl_ctx', self) end
  return state
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
  local verifies = bit.band(state.mode, MODES.peer) ~= 0
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
    reject = server and bit.band(state.mode, MODES.fail) ~= 0 and not state.callback,
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
  return object.inside('openssl/ssl-session').make({
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
---@param protocols string[] of 1 to 255 bytes each
---@return boolean # true
function Context:set_alpn(protocols)
  local state = context(self, 'set_alpn')
  if type(protocols) ~= 'table' then object.wrong(2, 'set_alpn', 'table', protocols) end
  local list = {}
  for i, protocol in ipairs(protocols) do
    if type(protocol) ~= 'string' then object.wrong(2, 'set_alpn', 'table of strings', protocol) end
    if protocol == '' or #protocol > 255 then
      error(("bad argument #2 to 'set_alpn' (a protocol has 1 to 255 bytes, got %d)"):format(#protocol), 2)
    end
    list[i] = protocol
  end
  state.alpn = list
  changed(state)
  return true
end

---The same as `set_alpn`.
---@param protocols string[]
---@return boolean # true
function Context:set_alpn_protos(protocols)
  return Context.set_alpn(self, protocols)
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

object.share('openssl/ssl-context', { make = makeContext, state = contextOf, native = nativeContext, modes = MODES, options = OPTIONS })

return Context
