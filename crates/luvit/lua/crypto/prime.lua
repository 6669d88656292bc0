-- Prime numbers.

local native = require('luvit:crypto')
local base = require('crypto/base')

local prime = {}

---@class luvit.crypto.PrimeOptions
---@field safe? boolean half of what is below the prime is prime as well, which takes much longer
---@field bigint? boolean node's option for a number instead of bytes: only false is possible here

local function generateArguments(size, options, method)
  base.integer(size, 1, 2 ^ 31 - 1, 'size', method, 3)
  base.checkOptions(options, method, 3)
  options = options or {}
  for _, name in ipairs({ 'safe', 'bigint' }) do
    if options[name] ~= nil and type(options[name]) ~= 'boolean' then
      base.wrong('options.' .. name, method, 'boolean', options[name], 3)
    end
  end
  for _, name in ipairs({ 'add', 'rem' }) do
    if options[name] ~= nil then base.fail('options.' .. name, method, 'primes of a residue class are not made', 3) end
  end
  if options.bigint then base.fail('options.bigint', method, 'primes are bytes here', 3) end
  return size, options.safe or false
end

---A random prime of exactly so many bits, as bytes, big-endian. It is made on a thread.
---@param size integer bits, 2 to 4096; more than 2000 take seconds
---@param options? luvit.crypto.PrimeOptions may be left out
---@param callback? fun(err?: string, prime?: string)|thread
---@return any ... for a coroutine the prime, or nil and the error; else nothing
function prime.generatePrime(size, options, callback)
  if not callback then options, callback = nil, options end
  return base.pooled(callback, 'generatePrime', 1, false, native.prime_generate,
    generateArguments(size, options, 'generatePrime'))
end

---As `generatePrime`, at once.
---@param size integer
---@param options? luvit.crypto.PrimeOptions
---@return string prime
function prime.generatePrimeSync(size, options)
  local bytes, err = native.prime_generate(generateArguments(size, options, 'generatePrimeSync'))
  if not bytes then error(err, 2) end
  return bytes
end

local function checkArguments(candidate, options, method)
  if type(candidate) == 'number' then
    base.integer(candidate, 0, 2 ^ 53 - 1, 'candidate', method, 3)
    candidate = native.decode(('%014x'):format(candidate), 'hex')
  end
  candidate = base.bytes(candidate, nil, 'candidate', method, 3)
  base.checkOptions(options, method, 3)
  local checks = options and options.checks
  return candidate, checks == nil and 0 or base.integer(checks, 0, 2 ^ 31 - 1, 'options.checks', method, 3)
end

---Whether a number is prime, but for a chance of less than 2^-64. A thread looks.
---@param candidate string|luvit.Buffer|integer at most 8192 bits; bytes are big-endian
---@param options? { checks?: integer } how often it is tried, at most 4096 times; may be left out
---@param callback? fun(err?: string, prime?: boolean)|thread
---@return any ... for a coroutine whether it is, or nil and the error; else nothing
function prime.checkPrime(candidate, options, callback)
  if not callback then options, callback = nil, options end
  return base.pooled(callback, 'checkPrime', 1, false, native.prime_check,
    checkArguments(candidate, options, 'checkPrime'))
end

---As `checkPrime`, at once.
---@param candidate string|luvit.Buffer|integer
---@param options? { checks?: integer }
---@return boolean
function prime.checkPrimeSync(candidate, options)
  local is, err = native.prime_check(checkArguments(candidate, options, 'checkPrimeSync'))
  if is == nil then error(err, 2) end
  return is
end

return prime
