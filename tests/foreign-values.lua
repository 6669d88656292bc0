-- Native values of one kind where another is wanted: a script can put any of them in the place of an object's handle, or
-- call one kind's method with another. That is an error, never somebody else's memory.

local crypto = require('crypto')
local openssl = require('openssl')
local miniz = require('miniz')

-- One native value of each kind, by its name.
local function values()
  local found = {}
  local function add(name, value)
    -- Objects keep theirs in a field.
    if type(value) == 'table' then value = assert(rawget(value, '_handle') or rawget(value, '_native'), name) end
    assert(type(value) == 'userdata', name)
    found[name] = value
  end
  local pair = crypto.generateKeyPairSync('ec', { namedCurve = 'P-256' })
  add('hash', crypto.createHash('md5'))
  add('cipher', crypto.createCipheriv('aes-128-cbc', ('k'):rep(16), ('i'):rep(16)))
  add('key', pair.privateKey)
  add('dh', crypto.getDiffieHellman('modp5'))
  add('certificate', crypto.readCertificates(assert(crypto.createCertificate({ subject = 'a', key = pair.privateKey })))[1])
  add('number', openssl.bn.number(5))
  add('zlib stream', miniz.new_deflator())
  add('miniz writer', miniz.new_writer())
  add('regex', require('rex').new('a'))
  return found
end

require('tap')(function(test)
  local users = {
    hash = function(value) return crypto.Hash.update({ _handle = value }, 'data') end,
    cipher = function(value) return crypto.Cipheriv.update({ _handle = value }, 'data') end,
    key = function(value)
      return crypto.sign('sha256', 'data', setmetatable({ _handle = value, type = 'private' }, crypto.KeyObject.meta))
    end,
    dh = function(value) return crypto.DiffieHellman.getPrime({ _handle = value }) end,
    ['miniz writer'] = function(value) return miniz.new_writer().add(value, 'name', 'data', 9) end,
    regex = function(value) return require('rex').new('a').find(value, 'a') end,
    number = function(value) return openssl.bn.add(value, value) end,
  }
  for user, use in pairs(users) do
    test('what is no ' .. user, function()
      for name, value in pairs(values()) do
        if name ~= user then
          local done, err = pcall(use, value)
          assert(not done and type(err) == 'string', ('%s taken for %s'):format(name, user))
        end
      end
      collectgarbage()
    end)
  end
end)
