-- TLS between memory BIOs: who has them moves the bytes, the session does the rest.
--
-- What OpenSSL does is done by rustls here: TLS 1.2 and 1.3, suites with forward secrecy and authenticated encryption. What
-- is older cannot be chosen.

local native = require('luvit:openssl')
local object = require('openssl/object')
local contexts = object.inside('openssl/ssl-context')

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
  return contexts.make(state)
end

---The kind of an alert: `W` or `warning` for 1, `F` or `fatal` for 2, else `U` or `unknown`.
---@param alert integer
---@param long? boolean
---@return string
function ssl.alert_type(alert, long)
  local names = alert == 1 and { 'W', 'warning' } or alert == 2 and { 'F', 'fatal' } or { 'U', 'unknown' }
  return names[long and 2 or 1]
end

-- What alerts say (RFC 8446, section 6, and those of before), and OpenSSL's two letters for it.
local ALERTS = {
  [0] = { 'CN', 'close notify' }, [10] = { 'UM', 'unexpected message' }, [20] = { 'BM', 'bad record mac' },
  [21] = { 'DC', 'decryption failed' }, [22] = { 'RO', 'record overflow' }, [30] = { 'DF', 'decompression failure' },
  [40] = { 'HF', 'handshake failure' }, [41] = { 'NC', 'no certificate' }, [42] = { 'BC', 'bad certificate' },
  [43] = { 'UC', 'unsupported certificate' }, [44] = { 'CR', 'certificate revoked' }, [45] = { 'CE', 'certificate expired' },
  [46] = { 'CU', 'certificate unknown' }, [47] = { 'IP', 'illegal parameter' }, [48] = { 'CA', 'unknown CA' },
  [49] = { 'AD', 'access denied' }, [50] = { 'DE', 'decode error' }, [51] = { 'CY', 'decrypt error' },
  [60] = { 'ER', 'export restriction' }, [70] = { 'PV', 'protocol version' }, [71] = { 'IS', 'insufficient security' },
  [80] = { 'IE', 'internal error' }, [90] = { 'US', 'user canceled' }, [100] = { 'NR', 'no renegotiation' },
  [110] = { 'UE', 'unsupported extension' }, [111] = { 'CO', 'certificate unobtainable' }, [112] = { 'UN', 'unrecognized name' },
  [113] = { 'BR', 'bad certificate status response' }, [114] = { 'BH', 'bad certificate hash value' },
  [115] = { 'UP', 'unknown PSK identity' },
}

---What an alert says, as two letters or in words; `U` or `unknown` for others.
---@param alert integer
---@param long? boolean
---@return string
function ssl.alert_desc(alert, long)
  local names = ALERTS[tonumber(alert) and alert % 256] or { 'U', 'unknown' }
  return names[long and 2 or 1]
end

---Nothing that sessions could be read from: they are remembered by their context.
---@return nil
---@return string err
---@return string code
function ssl.session_read()
  return object.fail("ERR_OSSL: sessions are remembered by their context, and cannot be read")
end

-- The bits of `options`, such as `ssl.no_sslv2`.
return object.leaveOut(ssl, 'openssl.ssl', 'session_new', contexts.options)
