-- Digests, MACs, ciphers, signatures and random bytes. crypto.js is the same for node and bun. See bench/uv/measure.lua
-- for the output.

local here = debug.getinfo(1, 'S').source:match('^@(.*[/\\])')
package.path = here .. '../uv/?.lua;' .. package.path
local measure = require('measure')
local crypto = require('crypto')
local fs = require('fs')
local uv = require('uv')

local GIGABYTE = 1000000000
local BLOCK = ('x'):rep(1000000)
local SMALL = 'a message of some sixty bytes, as a token or a header would be'
local LARGE = ('y'):rep(16384)

-- `run` a hundred times between two looks at the clock.
local function small(name, run)
  measure.calls(name, 'calls/s', function()
    for _ = 1, 100 do run() end
    return 100
  end)
end

local function large(name, run)
  measure.calls(name, 'MB/s', function()
    for _ = 1, 10 do run() end
    return 10 * #LARGE / 1e6
  end)
end

-- Reports what happens once, from now until `done()`.
local function once(name, bytes, run)
  local only = os.getenv('BENCH_ONLY')
  if only and not name:find(only) then return end
  local function cpu()
    local usage = assert(uv.getrusage())
    return usage.utime.sec + usage.stime.sec + (usage.utime.usec + usage.stime.usec) / 1e6
  end
  local begun, used = uv.hrtime(), cpu()
  run(function()
    local elapsed, megabytes = (uv.hrtime() - begun) / 1e9, bytes / 1e6
    print(('{"name":"%s","unit":"MB/s","rate":%.6g,"cpu":%.6g}'):format(
      name, megabytes / elapsed, (cpu() - used) * 1e6 / megabytes))
  end)
  uv.run()
end

once('sha256 of 1 GB, updates of 1 MB', GIGABYTE, function(done)
  local hash = crypto.createHash('sha256')
  for _ = 1, GIGABYTE / #BLOCK do hash:update(BLOCK) end
  assert(#hash:digest('hex') == 64)
  done()
end)
local folder = assert(fs.mkdtempSync(uv.os_tmpdir() .. '/luvit-bench-XXXXXX'))
local file = folder .. '/large'
local fd = assert(fs.openSync(file, 'w'))
for _ = 1, GIGABYTE / #BLOCK do assert(fs.writeSync(fd, nil, BLOCK)) end
fs.closeSync(fd)
once('sha256 of 1 GB, file through pipe', GIGABYTE, function(done)
  local hash = crypto.createHash('sha256')
  fs.createReadStream(file):pipe(hash)
  hash:on('finish', function()
    assert(#hash:read() == 32)
    done()
  end)
end)
assert(fs.rmSync(folder, { recursive = true }))

for _, name in ipairs({ 'md5', 'sha1', 'sha256', 'sha512', 'sha3-256' }) do
  small(name .. ', 62 bytes', function() return crypto.createHash(name):update(SMALL):digest('hex') end)
end
for _, name in ipairs({ 'sha1', 'sha256', 'sha512', 'sha3-256', 'blake2b512', 'blake3' }) do
  large(name .. ', 16 KiB', function() return crypto.createHash(name):update(LARGE):digest('hex') end)
end
small('hmac sha256, 62 bytes', function()
  return crypto.createHmac('sha256', 'a key of an application'):update(SMALL):digest('hex')
end)
large('hmac sha256, 16 KiB', function()
  return crypto.createHmac('sha256', 'a key of an application'):update(LARGE):digest('hex')
end)

local CIPHERS = {
  { 'aes-128-gcm', 16, true }, { 'aes-256-gcm', 32, true }, { 'chacha20-poly1305', 32, true }, { 'aes-256-cbc', 32, false },
}
for _, entry in ipairs(CIPHERS) do
  local name, mac = entry[1], entry[3]
  local key, iv = ('k'):rep(entry[2]), ('i'):rep(mac and 12 or 16)
  local options = mac and { authTagLength = 16 } or nil
  local function encrypt(data)
    local cipher = crypto.createCipheriv(name, key, iv, options)
    local sealed = cipher:update(data)
    cipher:final()
    if mac then cipher:getAuthTag() end
    return sealed
  end
  small(name .. ', 62 bytes', function() return encrypt(SMALL) end)
  large(name .. ', 16 KiB', function() return encrypt(LARGE) end)
end

local KEYS = {
  { 'Ed25519', 'ed25519', {} }, { 'ECDSA P-256', 'ec', { namedCurve = 'prime256v1' } },
  { 'RSA 2048', 'rsa', { modulusLength = 2048 } },
}
for _, entry in ipairs(KEYS) do
  local name, digest = entry[1], entry[2] ~= 'ed25519' and 'sha256' or nil
  local pair = assert(crypto.generateKeyPairSync(entry[2], entry[3]))
  local signature = assert(crypto.sign(digest, SMALL, pair.privateKey))
  assert(crypto.verify(digest, SMALL, pair.publicKey, signature))
  small(name .. ', sign', function() return crypto.sign(digest, SMALL, pair.privateKey) end)
  small(name .. ', verify', function() return crypto.verify(digest, SMALL, pair.publicKey, signature) end)
end

small('randomBytes(16)', function() return crypto.randomBytes(16) end)
small('randomUUID', function() return crypto.randomUUID() end)
small('timingSafeEqual', function() return crypto.timingSafeEqual(SMALL, SMALL) end)
