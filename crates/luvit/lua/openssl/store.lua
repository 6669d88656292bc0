-- Stores: whom to trust.

local native = require('luvit:crypto')
local object = require('openssl/object')

---Stores of trusted certificates.
---@class luvit.openssl.x509.store
local stores = {}

---A store of trusted certificates.
---@class luvit.openssl.TrustStore
local Store = {}

local makeStore, stateOf = object.class('openssl.x509_store', Store, 'purpose set_flags add_crl')

local function check(self, method)
  local state = stateOf(self)
  if not state then object.wrong(1, method, 'openssl.x509_store', self) end
  return state
end

---Makes a store. It can be called as a method too.
---@param ... table lists of certificates
---@return luvit.openssl.TrustStore
function stores.new(...)
  local store = makeStore({})
  for i = 1, select('#', ...) do
    local list = select(i, ...)
    if type(list) == 'table' and list ~= stores then
      for _, certificate in ipairs(list) do store:add(certificate) end
    end
  end
  return store
end

object.share('openssl/store', {
  -- The certificates as DER.
  certificates = stateOf,
  -- The same as what the native half has for them.
  natives = function(store)
    local state = stateOf(store)
    if not state then return nil end
    local list = {}
    for _, der in ipairs(state) do list[#list + 1] = native.certificate(der) end
    return list
  end,
})

---Adds a certificate, or those of a list.
---@param certificate luvit.openssl.Certificate|luvit.openssl.Certificate[]
---@return boolean # true
function Store:add(certificate)
  local state = check(self, 'add')
  if type(certificate) == 'table' then
    for _, one in ipairs(certificate) do self:add(one) end
    return true
  end
  local der = object.inside('openssl/x509').der(certificate)
  if not der then object.wrong(2, 'add', 'openssl.x509', certificate) end
  state[#state + 1] = der
  return true
end

---Adds the certificates of a file, and of all files of a folder.
---@param file? string
---@param folder? string
---@return boolean? # true
---@return string? err
---@return string? code
function Store:load(file, folder)
  local state = check(self, 'load')
  local fs = require('fs')
  local files = { file }
  if folder then
    local found, err = fs.readdirSync(folder)
    if not found then return object.fail(err) end
    for _, name in ipairs(found) do files[#files + 1] = folder .. '/' .. name end
  end
  for _, path in ipairs(files) do
    local text, err = fs.readFileSync(path)
    if not text and path == file then return object.fail(err) end
    for block in (text or ''):gmatch('%-%-%-%-%-BEGIN CERTIFICATE.-%-%-%-%-%-END CERTIFICATE%-%-%-%-%-') do
      local certificate, problem, code = require('openssl/x509').read(block)
      if not certificate then return nil, problem, code end
      state[#state + 1] = object.inside('openssl/x509').der(certificate)
    end
  end
  return true
end

---Adds the certificates of a file, or of all files of a folder.
---@param path string
---@param kind? 'file'|'dir' `dir` by default
---@param format? 'pem' what the files are
---@return boolean? # true
---@return string? err
---@return string? code
function Store:add_lookup(path, kind, format)
  check(self, 'add_lookup')
  if type(path) ~= 'string' then object.wrong(2, 'add_lookup', 'string', path) end
  if kind ~= nil and kind ~= 'file' and kind ~= 'dir' then object.wrong(3, 'add_lookup', 'file or dir', kind) end
  if format ~= nil and format ~= 'pem' then
    error(("openssl.x509_store:add_lookup: files of the format '%s' are not part of luvit's openssl"):format(tostring(format)), 2)
  end
  if kind == 'file' then return self:load(path) end
  return self:load(nil, path)
end

---Whether what is in it is trusted: it is.
---@param trust? boolean means nothing
---@return boolean # true
function Store:trust(trust) -- luacheck: ignore
  check(self, 'trust')
  return true
end

---How long a chain may be. Means nothing.
---@param depth? integer
---@return boolean # true
function Store:depth(depth) -- luacheck: ignore
  check(self, 'depth')
  return true
end

---Flags of verification. They mean nothing.
---@param ... integer
---@return boolean # true
function Store:flags(...) -- luacheck: ignore
  check(self, 'flags')
  return true
end

return stores
