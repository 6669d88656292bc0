-- Keys derived from passwords and from other keys.

local native = require('luvit:crypto')
local base = require('crypto/base')

local kdf = {}

local MAX_LENGTH = 2 ^ 31 - 65536

-- The two forms of a function, of which `prepare(level, ...)` checks the arguments and gives those of the native one:
-- `name(..., callback)` and `nameSync(...)`.
local function settle(level, value, err, code)
  -- Only memory that is not there is nobody's mistake.
  if value == nil and code ~= 'ERR_CRYPTO_OPERATION_FAILED' then error(err, level + 1) end
  return value, err, code
end

-- PBKDF2 ------------------------------------------------------------------------------------------------------------

local function pbkdf2Arguments(method, password, salt, iterations, keylen, digest)
  password = base.bytes(password, nil, 'password', method, 3)
  salt = base.bytes(salt, nil, 'salt', method, 3)
  base.integer(iterations, 1, 2 ^ 31 - 1, 'iterations', method, 3)
  base.integer(keylen, 0, MAX_LENGTH, 'keylen', method, 3)
  if type(digest) ~= 'string' then base.wrong('digest', method, 'string', digest, 3) end
  return digest, password, salt, iterations, keylen
end

---A key from a password by PBKDF2 (RFC 8018), on a thread. Its one defence is the number of iterations; scrypt and Argon2
---are harder to attack.
---@param password string|luvit.Buffer
---@param salt string|luvit.Buffer random bytes, best 16 or more, kept with the result
---@param iterations integer as many as the program can wait for: for `sha256` 600000 is usual today
---@param keylen integer bytes of the key
---@param digest string see `createHash`
---@param callback fun(err?: string, key?: string)|thread
---@return any ... for a coroutine the key, or nil and the error; else nothing
function kdf.pbkdf2(password, salt, iterations, keylen, digest, callback)
  return base.pooled(callback, 'pbkdf2', 1, false, native.pbkdf2,
    pbkdf2Arguments('pbkdf2', password, salt, iterations, keylen, digest))
end

---As `pbkdf2`, at once.
---@param password string|luvit.Buffer
---@param salt string|luvit.Buffer
---@param iterations integer
---@param keylen integer
---@param digest string
---@return string? key
---@return string? err # when there is not enough memory
---@return string? code
function kdf.pbkdf2Sync(password, salt, iterations, keylen, digest)
  return settle(1, native.pbkdf2(pbkdf2Arguments('pbkdf2Sync', password, salt, iterations, keylen, digest)))
end

-- scrypt ------------------------------------------------------------------------------------------------------------

---What scrypt costs. About `128 * N * r` bytes of memory are needed, which has to be below `maxmem`; each name has a long
---form as well.
---@class luvit.crypto.ScryptOptions
---@field N? integer a power of 2, 16384 by default
---@field r? integer size of the blocks, 8 by default
---@field p? integer how often it is done, 1 by default
---@field maxmem? integer bytes, 33554432 by default
---@field cost? integer the same as `N`
---@field blockSize? integer the same as `r`
---@field parallelization? integer the same as `p`

local function scryptArguments(method, password, salt, keylen, options)
  password = base.bytes(password, nil, 'password', method, 3)
  salt = base.bytes(salt, nil, 'salt', method, 3)
  base.integer(keylen, 0, MAX_LENGTH, 'keylen', method, 3)
  if options == nil then options = {} end
  if type(options) ~= 'table' then base.wrong('options', method, 'table', options, 3) end
  local function option(short, long, default, high)
    local value, name = options[short], short
    if long and options[long] ~= nil then
      if value ~= nil then
        base.fail('options.' .. long, method, ('it is the same as %s, one of them expected'):format(short), 4,
          'ERR_CRYPTO_SCRYPT_INVALID_PARAMETER')
      end
      value, name = options[long], long
    end
    if value == nil then return default end
    return base.integer(value, 0, high, 'options.' .. name, method, 4)
  end
  return password, salt, option('N', 'cost', 16384, 2 ^ 32), option('r', 'blockSize', 8, 2 ^ 32),
    option('p', 'parallelization', 1, 2 ^ 32), option('maxmem', nil, 32 * 1024 * 1024, 2 ^ 53), keylen
end

---A key from a password by scrypt (RFC 7914), on a thread. Parameters that are not possible, or need more memory than
---`maxmem`, raise `ERR_CRYPTO_INVALID_SCRYPT_PARAMS`.
---@param password string|luvit.Buffer
---@param salt string|luvit.Buffer random bytes, best 16 or more, kept with the result
---@param keylen integer bytes of the key
---@param options? luvit.crypto.ScryptOptions may be left out
---@param callback? fun(err?: string, key?: string)|thread
---@return any ... for a coroutine the key, or nil and the error; else nothing
function kdf.scrypt(password, salt, keylen, options, callback)
  -- A coroutine may come with what else `coroutine.running` returns.
  if not callback then options, callback = nil, options end
  return base.pooled(callback, 'scrypt', 1, false, native.scrypt,
    scryptArguments('scrypt', password, salt, keylen, options))
end

---As `scrypt`, at once, which takes 50 milliseconds or so.
---@param password string|luvit.Buffer
---@param salt string|luvit.Buffer
---@param keylen integer
---@param options? luvit.crypto.ScryptOptions
---@return string? key
---@return string? err # when there is not enough memory
---@return string? code
function kdf.scryptSync(password, salt, keylen, options)
  return settle(1, native.scrypt(scryptArguments('scryptSync', password, salt, keylen, options)))
end

-- Argon2 ------------------------------------------------------------------------------------------------------------

---What Argon2 is given. RFC 9106 recommends `argon2id` with 4 lanes, 1 pass and 2 GiB (`memory = 2097152`), or 3 passes and
---64 MiB (`memory = 65536`), and a nonce of 16 random bytes.
---@class luvit.crypto.Argon2Parameters
---@field message string|luvit.Buffer the password
---@field nonce string|luvit.Buffer the salt, at least 8 bytes
---@field parallelism integer lanes, 1 to 2^24 - 1; they are computed one after the other
---@field tagLength integer bytes of the key, at least 4
---@field memory integer KiB of memory, at least 8 for each lane
---@field passes integer how often it goes over the memory
---@field secret? string|luvit.Buffer a key that is not stored with the result
---@field associatedData? string|luvit.Buffer more data that the result depends on, at most 32 bytes

local function argon2Arguments(method, algorithm, parameters)
  if type(algorithm) ~= 'string' then base.wrong('algorithm', method, 'string', algorithm, 3) end
  if type(parameters) ~= 'table' then base.wrong('parameters', method, 'table', parameters, 3) end
  local function bytes(name, default)
    local value = parameters[name]
    if value == nil then value = default end
    return base.bytes(value, nil, 'parameters.' .. name, method, 4)
  end
  local function integer(name, low, high)
    return base.integer(parameters[name], low, high, 'parameters.' .. name, method, 4)
  end
  return algorithm, bytes('message'), bytes('nonce'), integer('memory', 8, 2 ^ 32 - 1), integer('passes', 1, 2 ^ 32 - 1),
    integer('parallelism', 1, 2 ^ 24 - 1), bytes('secret', ''), bytes('associatedData', ''),
    integer('tagLength', 4, MAX_LENGTH)
end

---A key from a password by Argon2 (RFC 9106), on a thread.
---@param algorithm 'argon2d'|'argon2i'|'argon2id'
---@param parameters luvit.crypto.Argon2Parameters
---@param callback fun(err?: string, key?: string)|thread
---@return any ... for a coroutine the key, or nil and the error; else nothing
function kdf.argon2(algorithm, parameters, callback)
  return base.pooled(callback, 'argon2', 1, false, native.argon2, argon2Arguments('argon2', algorithm, parameters))
end

---As `argon2`, at once.
---@param algorithm 'argon2d'|'argon2i'|'argon2id'
---@param parameters luvit.crypto.Argon2Parameters
---@return string? key
---@return string? err # when there is not enough memory
---@return string? code
function kdf.argon2Sync(algorithm, parameters)
  return settle(1, native.argon2(argon2Arguments('argon2Sync', algorithm, parameters)))
end

-- HKDF --------------------------------------------------------------------------------------------------------------

local function hkdfArguments(method, digest, ikm, salt, info, keylen)
  if type(digest) ~= 'string' then base.wrong('digest', method, 'string', digest, 3) end
  ikm = base.secret(ikm, nil, 'ikm', method, 3)
  salt = base.bytes(salt, nil, 'salt', method, 3)
  info = base.bytes(info, nil, 'info', method, 3)
  if #info > 1024 then
    base.fail('info', method, ('at most 1024 bytes expected, got %d'):format(#info), 3, 'ERR_OUT_OF_RANGE')
  end
  base.integer(keylen, 0, MAX_LENGTH, 'keylen', method, 3)
  return digest, ikm, salt, info, keylen
end

---A key from another key by HKDF (RFC 5869), on a thread. It is not for passwords.
---@param digest string see `createHash`
---@param ikm string|luvit.Buffer|table the key; a secret `KeyObject` as well
---@param salt string|luvit.Buffer may be empty
---@param info string|luvit.Buffer what the key is for, at most 1024 bytes; may be empty
---@param keylen integer bytes of the key, at most 255 digests
---@param callback fun(err?: string, key?: string)|thread
---@return any ... for a coroutine the key, or nil and the error; else nothing
function kdf.hkdf(digest, ikm, salt, info, keylen, callback)
  return base.pooled(callback, 'hkdf', 1, false, native.hkdf, hkdfArguments('hkdf', digest, ikm, salt, info, keylen))
end

---As `hkdf`, at once, which takes microseconds.
---@param digest string
---@param ikm string|luvit.Buffer|table
---@param salt string|luvit.Buffer
---@param info string|luvit.Buffer
---@param keylen integer
---@return string key
function kdf.hkdfSync(digest, ikm, salt, info, keylen)
  return settle(1, native.hkdf(hkdfArguments('hkdfSync', digest, ikm, salt, info, keylen)))
end

return kdf
