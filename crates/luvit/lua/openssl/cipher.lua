-- Symmetric ciphers.
--
-- As in lua-openssl, a key or a vector that is too short is filled up with zeros, and of one that is too long the beginning
-- is taken. `require('crypto')` refuses both.

local object = require('openssl/object')
local crypto = require('crypto')

---Symmetric ciphers.
---@class luvit.openssl.cipher
---@field EVP_CTRL_INIT integer
---@field EVP_CTRL_GCM_SET_IVLEN integer
---@field EVP_CTRL_GCM_GET_TAG integer
---@field EVP_CTRL_GCM_SET_TAG integer
local cipher = {}

---Command of `ctrl`: begins again.
cipher.EVP_CTRL_INIT = 0
---Command of `ctrl`: the length of the vector.
cipher.EVP_CTRL_GCM_SET_IVLEN = 9
---Command of `ctrl`: the tag of what was encrypted.
cipher.EVP_CTRL_GCM_GET_TAG = 16
---Command of `ctrl`: the tag that came with what is decrypted.
cipher.EVP_CTRL_GCM_SET_TAG = 17

---A cipher.
---@class luvit.openssl.EvpCipher
local EvpCipher = {}

---A message under way.
---@class luvit.openssl.CipherContext
local Context = {}

local makeCipher, cipherOf = object.class('openssl.evp_cipher', EvpCipher)
local makeContext, contextOf = object.class('openssl.evp_cipher_ctx', Context)

local function infoOf(alg, index, method)
  local state = cipherOf(alg)
  if state then return state.info end
  if type(alg) ~= 'string' and type(alg) ~= 'number' then
    error(("bad argument #%d to '%s' (name of a cipher expected, got %s)"):format(index, method, type(alg)), 3)
  end
  local info = crypto.getCipherInfo(alg)
  if not info then return object.fail(("ERR_CRYPTO_UNKNOWN_CIPHER: unknown cipher '%s'"):format(alg)) end
  return info
end

-- An argument that may be missing.
local function optional(value, index, method)
  if value == nil then return nil end
  return object.bytes(value, index, method)
end

local function fit(bytes, length)
  if not length then return nil end
  bytes = (bytes or ''):sub(1, length)
  return bytes .. ('\0'):rep(length - #bytes)
end

-- A message is begun by what needs it first: `ctrl` and `padding` may come between.
local function begin(state)
  if state.handle then return state.handle end
  local info = state.info
  -- A key of zeros would be one that everyone has.
  if not state.key then return object.fail(('ERR_MISSING_ARGS: %s has no key yet, init takes it'):format(info.name)) end
  local make = state.encrypt and crypto.createCipheriv or crypto.createDecipheriv
  local authenticated = info.mode == 'gcm' or info.mode == 'ccm' or info.mode == 'stream'
  local handle, err, code = object.try(make, info.name, fit(state.key, info.keyLength),
    fit(state.iv, state.ivLength or info.ivLength), authenticated and { authTagLength = state.tag and #state.tag or 16 } or nil)
  if not handle then return nil, err, code end
  if state.padding == false then handle:setAutoPadding(false) end
  if state.tag and not state.encrypt then handle:setAuthTag(state.tag) end
  state.handle = handle
  return handle
end

local function open(info, encrypt, key, iv, padding)
  return makeContext({ info = info, encrypt = encrypt, key = key, iv = iv, padding = padding })
end

local function oneShot(info, encrypt, data, key, iv, padding)
  local handle, err, code = begin({ info = info, encrypt = encrypt, key = key, iv = iv, padding = padding })
  if not handle then return nil, err, code end
  local first = handle:update(data)
  local last
  last, err, code = object.try(handle.final, handle)
  if not last then return nil, err, code end
  return first .. last
end

---A cipher by its name.
---@param alg string|integer
---@return luvit.openssl.EvpCipher? cipher
---@return string? err
---@return string? code
function cipher.get(alg)
  local info, err, code = infoOf(alg, 1, 'get')
  if not info then return nil, err, code end
  return makeCipher({ info = info })
end

-- Second names of ciphers.
local ALIASES = { 'aes128', 'aes192', 'aes256', 'des3', 'id-aes128-GCM', 'id-aes192-GCM', 'id-aes256-GCM' }

---The names of the ciphers.
---@param aliases? boolean false for those without a second name of another, as `aes128`
---@return string[]
function cipher.list(aliases)
  local names = crypto.getCiphers()
  if aliases ~= nil and not aliases then return names end
  for _, alias in ipairs(ALIASES) do
    if crypto.getCipherInfo(alias) then names[#names + 1] = alias end
  end
  return names
end

---Encrypts a message.
---@param alg string|luvit.openssl.EvpCipher
---@param data string
---@param key string
---@param iv? string zeros by default
---@param padding? boolean false for messages of whole blocks
---@return string? output
---@return string? err
---@return string? code
function cipher.encrypt(alg, data, key, iv, padding)
  return cipher.cipher(alg, true, data, key, iv, padding)
end

---Decrypts a message.
---@param alg string|luvit.openssl.EvpCipher
---@param data string
---@param key string
---@param iv? string
---@param padding? boolean
---@return string? output
---@return string? err
---@return string? code
function cipher.decrypt(alg, data, key, iv, padding)
  return cipher.cipher(alg, false, data, key, iv, padding)
end

---Encrypts or decrypts a message.
---@param alg string|luvit.openssl.EvpCipher
---@param encrypt boolean
---@param data string
---@param key string
---@param iv? string
---@param padding? boolean
---@return string? output
---@return string? err
---@return string? code
function cipher.cipher(alg, encrypt, data, key, iv, padding)
  local info, err, code = infoOf(alg, 1, 'cipher')
  if not info then return nil, err, code end
  return oneShot(info, encrypt, object.bytes(data, 3, 'cipher'), object.bytes(key, 4, 'cipher'),
    optional(iv, 5, 'cipher'), padding)
end

---Begins a message.
---@param alg string|luvit.openssl.EvpCipher
---@param encrypt boolean
---@param key? string may be given to `init`
---@param iv? string
---@param padding? boolean
---@return luvit.openssl.CipherContext? context
---@return string? err
---@return string? code
function cipher.new(alg, encrypt, key, iv, padding)
  local info, err, code = infoOf(alg, 1, 'new')
  if not info then return nil, err, code end
  return open(info, encrypt, optional(key, 3, 'new'), optional(iv, 4, 'new'), padding)
end

---Begins a message that is encrypted.
---@param alg string|luvit.openssl.EvpCipher
---@param key? string
---@param iv? string
---@param padding? boolean
---@return luvit.openssl.CipherContext? context
---@return string? err
---@return string? code
function cipher.encrypt_new(alg, key, iv, padding)
  return cipher.new(alg, true, key, iv, padding)
end

---Begins a message that is decrypted.
---@param alg string|luvit.openssl.EvpCipher
---@param key? string
---@param iv? string
---@param padding? boolean
---@return luvit.openssl.CipherContext? context
---@return string? err
---@return string? code
function cipher.decrypt_new(alg, key, iv, padding)
  return cipher.new(alg, false, key, iv, padding)
end

local function check(find, self, method, name)
  local state = find(self)
  if not state then object.wrong(1, method, name, self) end
  if state.closed then error(("bad argument #1 to '%s' (the cipher was closed)"):format(method), 3) end
  return state
end

local function describe(info)
  return {
    name = info.name, nid = info.nid, mode = info.mode, flags = 0, block_size = info.blockSize or 1,
    key_length = info.keyLength, iv_length = info.ivLength or 0,
  }
end

---Encrypts a message.
---@param data string
---@param key string
---@param iv? string
---@param padding? boolean
---@return string? output
---@return string? err
---@return string? code
function EvpCipher:encrypt(data, key, iv, padding)
  local info = check(cipherOf, self, 'encrypt', 'openssl.evp_cipher').info
  return oneShot(info, true, object.bytes(data, 2, 'encrypt'), object.bytes(key, 3, 'encrypt'), optional(iv, 4, 'encrypt'), padding)
end

---Decrypts a message.
---@param data string
---@param key string
---@param iv? string
---@param padding? boolean
---@return string? output
---@return string? err
---@return string? code
function EvpCipher:decrypt(data, key, iv, padding)
  local info = check(cipherOf, self, 'decrypt', 'openssl.evp_cipher').info
  return oneShot(info, false, object.bytes(data, 2, 'decrypt'), object.bytes(key, 3, 'decrypt'), optional(iv, 4, 'decrypt'), padding)
end

---Begins a message.
---@param encrypt boolean
---@param key? string
---@param iv? string
---@param padding? boolean
---@return luvit.openssl.CipherContext
function EvpCipher:new(encrypt, key, iv, padding)
  local info = check(cipherOf, self, 'new', 'openssl.evp_cipher').info
  return open(info, encrypt, optional(key, 3, 'new'), optional(iv, 4, 'new'), padding)
end

---Begins a message that is encrypted.
---@param key? string
---@param iv? string
---@param padding? boolean
---@return luvit.openssl.CipherContext
function EvpCipher:encrypt_new(key, iv, padding)
  local info = check(cipherOf, self, 'encrypt_new', 'openssl.evp_cipher').info
  return open(info, true, optional(key, 2, 'encrypt_new'), optional(iv, 3, 'encrypt_new'), padding)
end

---Begins a message that is decrypted.
---@param key? string
---@param iv? string
---@param padding? boolean
---@return luvit.openssl.CipherContext
function EvpCipher:decrypt_new(key, iv, padding)
  local info = check(cipherOf, self, 'decrypt_new', 'openssl.evp_cipher').info
  return open(info, false, optional(key, 2, 'decrypt_new'), optional(iv, 3, 'decrypt_new'), padding)
end

---What is known of it.
---@return { name: string, block_size: integer, key_length: integer, iv_length: integer, mode: string, nid: integer }
function EvpCipher:info()
  return describe(check(cipherOf, self, 'info', 'openssl.evp_cipher').info)
end

---Key and vector from a password, by OpenSSL's old `EVP_BytesToKey` with one iteration. It is no protection for passwords.
---@param data string
---@param salt? string 8 bytes
---@param digest? string `sha1` by default
---@return string key
---@return string iv
function EvpCipher:BytesToKey(data, salt, digest)
  local info = check(cipherOf, self, 'BytesToKey', 'openssl.evp_cipher').info
  local keyLength, ivLength = info.keyLength, info.ivLength or 0
  local out, last = '', ''
  while #out < keyLength + ivLength do
    last = crypto.createHash(object.digestName(digest, 'sha1', 3, 'BytesToKey')):update(last):update(data)
      :update(salt or ''):digest()
    out = out .. last
  end
  return out:sub(1, keyLength), out:sub(keyLength + 1, keyLength + ivLength)
end

---Begins again.
---@param key string
---@param iv? string
---@param encrypt? boolean as before by default
---@return boolean # true
function Context:init(key, iv, encrypt)
  local state = check(contextOf, self, 'init', 'openssl.evp_cipher_ctx')
  key, iv = object.bytes(key, 2, 'init'), optional(iv, 3, 'init')
  state.key, state.iv, state.handle, state.tag = key, iv, nil, nil
  if encrypt ~= nil then state.encrypt = encrypt end
  return true
end

---Adds a piece of the message.
---@param data string
---@param associated? boolean true for data that is authenticated only
---@return string? output
---@return string? err
---@return string? code
function Context:update(data, associated)
  local state = check(contextOf, self, 'update', 'openssl.evp_cipher_ctx')
  data = object.bytes(data, 2, 'update')
  local handle, err, code = begin(state)
  if not handle then return nil, err, code end
  if not associated then return object.try(handle.update, handle, data) end
  local done
  done, err, code = object.try(handle.setAAD, handle, data)
  if not done then return nil, err, code end
  return ''
end

---Ends the message.
---@return string? output
---@return string? err
---@return string? code
function Context:final()
  local state = check(contextOf, self, 'final', 'openssl.evp_cipher_ctx')
  local handle, err, code = begin(state)
  if not handle then return nil, err, code end
  return object.try(handle.final, handle)
end

---Whether the last block is filled up.
---@param padding boolean
function Context:padding(padding)
  local state = check(contextOf, self, 'padding', 'openssl.evp_cipher_ctx')
  state.padding = padding
  if state.handle then state.handle:setAutoPadding(padding) end
end

---What is known of its cipher.
---@return { name: string, block_size: integer, key_length: integer, iv_length: integer, mode: string, nid: integer }
function Context:info()
  return describe(check(contextOf, self, 'info', 'openssl.evp_cipher_ctx').info)
end

---Lets go of it and its key: every other call is an error afterwards.
function Context:close()
  local state = check(contextOf, self, 'close', 'openssl.evp_cipher_ctx')
  state.key, state.iv, state.handle, state.tag, state.closed = nil, nil, nil, nil, true
end

---Does what the commands `EVP_CTRL_…` say.
---@param command integer
---@param argument? integer|string the length of a vector or tag, or a tag
---@return any # the tag, or true
---@return string? err
---@return string? code
function Context:ctrl(command, argument)
  local state = check(contextOf, self, 'ctrl', 'openssl.evp_cipher_ctx')
  if command == cipher.EVP_CTRL_INIT then
    state.handle, state.tag = nil, nil
  elseif command == cipher.EVP_CTRL_GCM_SET_IVLEN then
    if type(argument) ~= 'number' then object.wrong(3, 'ctrl', 'number', argument) end
    state.ivLength = argument
  elseif command == cipher.EVP_CTRL_GCM_GET_TAG then
    if not state.handle then return object.fail('ERR_CRYPTO_INVALID_STATE: there is no message yet') end
    local tag, err, code = object.try(state.handle.getAuthTag, state.handle)
    return tag and tag:sub(1, argument or 16), err, code
  elseif command == cipher.EVP_CTRL_GCM_SET_TAG then
    state.tag = object.bytes(argument, 3, 'ctrl')
    if state.handle then return object.try(function() return state.handle:setAuthTag(state.tag) and true end) end
  else
    error(("openssl: the command %s of ctrl is not part of luvit's openssl"):format(tostring(command)), 2)
  end
  return true
end

return cipher
