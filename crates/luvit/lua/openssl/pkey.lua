-- Keys.

local native = require('luvit:crypto')
local object = require('openssl/object')

local bn = require('luvit:openssl').bn

---Keys. The methods of keys are functions here too: `pkey.sign(key, data)`.
---@class luvit.openssl.pkey
local pkey = {}

---A key: a private one, or a public one.
---@class luvit.openssl.EvpKey
local EvpKey = {}

---The numbers of a key.
---@class luvit.openssl.KeyNumbers
local Numbers = {}

local LEFT_OUT = 'seal open seal_init seal_update seal_final open_init open_update open_final ctx encapsulate decapsulate '
  .. 'sign_init set_engine verify_init'

local makePkey, stateOf = object.class('openssl.evp_pkey', EvpKey, LEFT_OUT)
local makeRsa, rsaOf = object.class('openssl.rsa', Numbers)
local makeEc, ecOf = object.class('openssl.ec_key', Numbers)

-- The functions of the module are the methods: `pkey.sign(key, …)`.
local function check(self, method)
  local state = stateOf(self)
  if not state then object.wrong(1, method, 'openssl.evp_pkey', self) end
  return state
end

-- A state has the native key, and what is known of it.
local function wrap(key)
  local info = native.key_info(key)
  return makePkey({
    key = key, private = info.type == 'private', kind = info.asymmetricKeyType, details = info.asymmetricKeyDetails or {},
  })
end

-- Answers with a key, or with what is wrong.
local function answer(key, err, code)
  if not key then return object.fail(err, code) end
  return wrap(key)
end

object.share('openssl/pkey', {
  key = function(value)
    local state = stateOf(value)
    return state and state.key
  end,
  private = function(value)
    local state = stateOf(value)
    return state and state.private
  end,
  wrap = wrap,
})

local function isPem(data)
  return data:find('-----BEGIN ', 1, true) ~= nil
end

---Reads a key.
---@param data string|luvit.openssl.MemoryBio
---@param private? boolean true for a private key
---@param format? 'auto'|'pem'|'der' found out by default
---@param passphrase? string of a private key; of a public one, or one that is not encrypted, it means nothing
---@return luvit.openssl.EvpKey? key
---@return string? err
---@return string? code
function pkey.read(data, private, format, passphrase)
  data = object.bytes(data, 1, 'read')
  if format == nil or format == 'auto' then format = isPem(data) and 'pem' or 'der' end
  if format ~= 'pem' and format ~= 'der' then
    error(("bad argument #3 to 'read' (auto, pem or der expected, got %s)"):format(tostring(format)), 2)
  end
  return answer((private and native.key_private or native.key_public)(data, format, nil, passphrase))
end

local function base64url(number)
  return native.encode(bn.number(number):totext(), 'base64url')
end

local function number(text)
  return text and bn.text(native.decode(text, 'base64url'))
end

-- The names that JSON Web Keys have for the numbers of a key, and lua-openssl's.
local RSA = { n = 'n', e = 'e', d = 'd', p = 'p', q = 'q', dp = 'dmp1', dq = 'dmq1', qi = 'iqmp' }
local EC = { x = 'x', y = 'y', d = 'd' }
local CURVES = {
  prime256v1 = 'P-256', secp384r1 = 'P-384', secp521r1 = 'P-521', secp256k1 = 'secp256k1', ['P-256'] = 'P-256',
  ['P-384'] = 'P-384', ['P-521'] = 'P-521',
}

local function fromNumbers(numbers)
  local alg = tostring(numbers.alg or numbers[1] or 'rsa'):lower()
  local jwk, names
  if alg == 'rsa' then
    jwk, names = { kty = 'RSA' }, RSA
  elseif alg == 'ec' then
    jwk, names = { kty = 'EC', crv = CURVES[numbers.ec_name or numbers.curve_name or numbers.crv or 'prime256v1'] }, EC
  else
    error(("openssl: keys of '%s' from numbers are not part of luvit's openssl"):format(alg), 3)
  end
  for short, long in pairs(names) do
    if numbers[long] ~= nil then jwk[short] = base64url(numbers[long]) end
  end
  return native.key_from_jwk(jwk)
end

---Makes a key: a new private one, or one of numbers.
---@param alg? string|table `rsa` (the default), `ec`, `ed25519`, `x25519` …, or a table with `alg` and the numbers `n`, `e`,
---  and of a private key `d`, `p`, `q`, `dmp1`, `dmq1`, `iqmp`
---@param size? integer|string bits of an RSA key (2048 by default), or the curve (`prime256v1` by default)
---@param exponent? integer of an RSA key, 65537 by default
---@return luvit.openssl.EvpKey? key
---@return string? err
---@return string? code
function pkey.new(alg, size, exponent)
  local numbers = rsaOf(alg) or ecOf(alg)
  if numbers then return wrap(numbers.key) end
  if type(alg) == 'table' then return answer(fromNumbers(alg)) end
  if alg ~= nil and type(alg) ~= 'string' then object.wrong(1, 'new', 'string or table', alg) end
  alg = (alg or 'rsa'):lower()
  if alg == 'rsa' then
    if size ~= nil and type(size) ~= 'number' then object.wrong(2, 'new', 'number', size) end
    return answer(native.key_generate('rsa', size or 2048, exponent or 65537))
  end
  return answer(native.key_generate(alg, nil, nil, alg == 'ec' and (size or 'prime256v1') or nil))
end

---The public half of a key.
---@return luvit.openssl.EvpKey? key
---@return string? err
---@return string? code
function EvpKey:get_public()
  local state = check(self, 'get_public')
  if not state.private then return self end
  return answer(native.key_half(state.key))
end

---Whether it is a private key.
---@return boolean
function EvpKey:is_private()
  return check(self, 'is_private').private
end

---A key as text or DER.
---@param format? 'pem'|'der'|table `pem` by default; a table `{ pem = true }` does as well
---@param traditional? boolean true for the old form, as `BEGIN RSA PRIVATE KEY`; of public keys, only those of RSA have one
---@param passphrase? string encrypts a private key
---@return string? text
---@return string? err
---@return string? code
function EvpKey:export(format, traditional, passphrase)
  local state = check(self, 'export')
  -- The form of lua-openssl of luvit 2's first years.
  if type(format) == 'table' then
    traditional, passphrase = traditional or format.raw, passphrase or format.passphrase
    format = format.pem == false and 'der' or 'pem'
  end
  format = format or 'pem'
  if format ~= 'pem' and format ~= 'der' then
    error(("bad argument #2 to 'export' (pem or der expected, got %s)"):format(tostring(format)), 2)
  end
  local form, cipher = traditional and state.kind == 'rsa' and 'pkcs1' or 'spki', nil
  if state.private then
    form = traditional and (state.kind == 'rsa' and 'pkcs1' or state.kind == 'ec' and 'sec1') or 'pkcs8'
    -- DER of the old forms has no encryption.
    if passphrase and (form == 'pkcs8' or format == 'pem') then cipher = 'aes-256-cbc' end
  end
  local text, err, code = native.key_export(state.key, format, form, cipher, cipher and passphrase or nil)
  if not text then return object.fail(err, code) end
  return text
end

local CURVE_BITS = { prime256v1 = 256, secp384r1 = 384, secp521r1 = 521, secp256k1 = 256, secp224r1 = 224 }
local FIXED_BITS = { ed25519 = 256, x25519 = 253, ed448 = 456, x448 = 448 }

local function details(state)
  local kind, about = state.kind, state.details
  local bits = about.modulusLength or CURVE_BITS[about.namedCurve] or FIXED_BITS[kind] or 0
  return kind, bits
end

---How many bits it has.
---@return integer
function EvpKey:bits()
  local _, bits = details(check(self, 'bits'))
  return bits
end

---How many bytes a signature has at most.
---@return integer
function EvpKey:size()
  local kind, bits = details(check(self, 'size'))
  local bytes = math.ceil(bits / 8)
  -- An ECDSA signature is two numbers with what DER puts around them.
  if kind == 'ec' then return 2 * bytes + (bytes > 61 and 9 or 8) end
  return kind == 'ed25519' and 64 or bytes
end

---What is known of it: `type`, `bits`, `size`, and under `rsa` or `ec` an object whose `parse` gives the numbers.
---@return { type: string, bits: integer, size: integer, rsa: luvit.openssl.KeyNumbers?, ec: luvit.openssl.KeyNumbers? }
function EvpKey:parse()
  local state = check(self, 'parse')
  local kind, bits = details(state)
  local result = { type = kind:upper(), bits = bits, size = self:size() }
  if kind == 'rsa' then result.rsa = makeRsa({ key = state.key, names = RSA }) end
  if kind == 'ec' then result.ec = makeEc({ key = state.key, names = EC }) end
  return result
end

---The numbers, as `openssl.bn`: of an RSA key `n` and `e`, and of a private one `d`, `p`, `q`, `dmp1`, `dmq1` and `iqmp`; of a key
---on a curve `x` and `y`, and of a private one `d`, which is `priv_key` as well. Its `pub_key` is the point as bytes, and
---`curve_name` the curve as JSON Web Keys call it.
---@return table<string, userdata|string>
function Numbers:parse()
  local state = rsaOf(self) or ecOf(self)
  if not state then object.wrong(1, 'parse', 'openssl.rsa or openssl.ec_key', self) end
  local jwk = assert(native.key_jwk(state.key))
  local numbers = {}
  for short, long in pairs(state.names) do numbers[long] = number(jwk[short]) end
  numbers.curve_name = jwk.crv
  if jwk.crv then
    numbers.priv_key = numbers.d
    numbers.pub_key = '\4' .. native.decode(jwk.x, 'base64url') .. native.decode(jwk.y, 'base64url')
  end
  return numbers
end

local function digestFor(state, alg, index, method)
  if state.kind == 'ed25519' then return nil end
  return object.digestName(alg, 'sha256', index, method)
end

-- Answers with a value, or with what is wrong.
local function result(value, err, code)
  if value == nil then return object.fail(err, code) end
  return value
end

local function privateOf(self, method)
  local state = check(self, method)
  if not state.private then error(("bad argument #1 to '%s' (private key expected, got a public one)"):format(method), 3) end
  return state
end

---Signs a message.
---@param data string
---@param alg? string|luvit.openssl.EvpDigest `sha256` by default
---@return string? signature
---@return string? err
---@return string? code
function EvpKey:sign(data, alg)
  local state = privateOf(self, 'sign')
  return result(native.sign(state.key, digestFor(state, alg, 3, 'sign'), object.bytes(data, 2, 'sign')))
end

---Whether a signature of a message is right.
---@param data string
---@param signature string
---@param alg? string|luvit.openssl.EvpDigest `sha256` by default
---@return boolean? valid
---@return string? err
---@return string? code
function EvpKey:verify(data, signature, alg)
  local state = check(self, 'verify')
  return result(native.verify(state.key, digestFor(state, alg, 4, 'verify'), object.bytes(data, 2, 'verify'),
    object.bytes(signature, 3, 'verify')))
end

local PADDINGS = { pkcs1 = 1, no = 3, none = 3, oaep = 4 }

local function paddingOf(padding)
  local number_ = PADDINGS[padding or 'pkcs1']
  if not number_ then error(("openssl: padding '%s' is not part of luvit's openssl"):format(tostring(padding)), 3) end
  return number_
end

---Encrypts a short message with a public RSA key.
---@param data string
---@param padding? 'pkcs1'|'oaep'|'no' `pkcs1` by default
---@return string? output
---@return string? err
---@return string? code
function EvpKey:encrypt(data, padding)
  local state = check(self, 'encrypt')
  return result(native.rsa(true, false, state.key, object.bytes(data, 2, 'encrypt'), paddingOf(padding)))
end

---Decrypts a message with a private RSA key.
---@param data string
---@param padding? 'pkcs1'|'oaep'|'no'
---@return string? output
---@return string? err
---@return string? code
function EvpKey:decrypt(data, padding)
  local state = privateOf(self, 'decrypt')
  return result(native.rsa(false, true, state.key, object.bytes(data, 2, 'decrypt'), paddingOf(padding)))
end

---The secret that this private key and the public key of somebody else give both (ECDH, X25519).
---@param peer luvit.openssl.EvpKey
---@return string? secret
---@return string? err
---@return string? code
function EvpKey:derive(peer)
  local state, other = privateOf(self, 'derive'), stateOf(peer)
  if not other then object.wrong(2, 'derive', 'openssl.evp_pkey', peer) end
  return result(native.agree(state.key, other.key))
end

return object.leaveOut(pkey, 'openssl.pkey', LEFT_OUT .. ' ctx_new d2i', EvpKey)
