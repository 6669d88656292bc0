-- Names of certificates: lists of what is known of somebody.

local object = require('openssl/object')

---Names of certificates.
---@class luvit.openssl.x509.name
local names = {}

---A name: pairs of a kind, as `CN` or `O`, and a text.
---@class luvit.openssl.Name
local Name = {}

-- The short names of what has a long one.
local SHORT = {
  commonName = 'CN', countryName = 'C', localityName = 'L', stateOrProvinceName = 'ST', organizationName = 'O',
  organizationalUnitName = 'OU', surname = 'SN', givenName = 'GN', domainComponent = 'DC', userId = 'UID',
  streetAddress = 'street',
}

local makeName, stateOf

function Name.__eq(a, b)
  if not (stateOf(a) and stateOf(b)) then return false end
  return Name.oneline(a) == Name.oneline(b)
end

makeName, stateOf = object.class('openssl.x509_name', Name, 'digest hash i2d')

local function check(self, method)
  local state = stateOf(self)
  if not state then object.wrong(1, method, 'openssl.x509_name', self) end
  return state
end

local function add(state, kind, value)
  if type(kind) ~= 'string' or type(value) ~= 'string' then object.wrong(1, 'new', 'pairs of strings', value) end
  state[#state + 1] = { SHORT[kind] or kind, value }
end

---Makes a name.
---@param list table[] tables of one pair each, as `{ { CN = 'a' }, { C = 'DE' } }`
---@return luvit.openssl.Name
function names.new(list)
  if type(list) ~= 'table' then object.wrong(1, 'new', 'table', list) end
  local state = {}
  for _, pair in ipairs(list) do
    if type(pair) ~= 'table' then object.wrong(1, 'new', 'table of tables', pair) end
    for kind, value in pairs(pair) do add(state, kind, value) end
  end
  return makeName(state)
end

object.share('openssl/name', {
  -- Of a list of pairs, as the native half gives it.
  wrap = function(parts)
    local state = {}
    for i, part in ipairs(parts) do state[i] = { part[1], part[2], part[3] } end
    return makeName(state)
  end,
  parts = stateOf,
})

---All in one line: `/C=DE/CN=a`.
---@return string
function Name:oneline()
  local parts = {}
  for i, pair in ipairs(check(self, 'oneline')) do parts[i] = ('/%s=%s'):format(pair[1], pair[2]) end
  return table.concat(parts)
end

---All in one line: `C=DE, CN=a`.
---@return string
function Name:toprint()
  local parts = {}
  for i, pair in ipairs(check(self, 'toprint')) do parts[i] = ('%s=%s'):format(pair[1], pair[2]) end
  return table.concat(parts, ', ')
end

---All in one line, as `oneline` does.
---@return string
function Name:tostring()
  return Name.oneline(self)
end

---Writes all to a BIO in one line: `C=DE, CN=a`.
---@param output luvit.openssl.MemoryBio
---@return boolean # true
function Name:print(output)
  local text = Name.toprint(self)
  if not object.inside('openssl/bio').is(output) then object.wrong(2, 'print', 'openssl.bio', output) end
  output:write(text)
  return true
end

---The text of the first pair of a kind.
---@param kind string
---@return string?
---@return integer? # which pair it is, counted from 0
function Name:get_text(kind)
  kind = SHORT[kind] or kind
  for i, pair in ipairs(check(self, 'get_text')) do
    if pair[1] == kind then return pair[2], i - 1 end
  end
end

---A pair by its place.
---@param index integer counted from 0
---@return table<string, string>? # as a table of one; nil past the end
function Name:get_entry(index)
  if type(index) ~= 'number' then object.wrong(2, 'get_entry', 'number', index) end
  local pair = check(self, 'get_entry')[index + 1]
  return pair and { [pair[1]] = pair[2] }
end

---Removes a pair by its place.
---@param index integer counted from 0
---@return string? kind # nil past the end
---@return string? text
function Name:delete_entry(index)
  local state = check(self, 'delete_entry')
  if type(index) ~= 'number' then object.wrong(2, 'delete_entry', 'number', index) end
  if not state[index + 1] then return nil end
  local pair = table.remove(state, index + 1)
  return pair[1], pair[2]
end

---Another one with the same pairs.
---@return luvit.openssl.Name
function Name:dup()
  local copy = {}
  for i, pair in ipairs(check(self, 'dup')) do copy[i] = { pair[1], pair[2], pair[3] } end
  return makeName(copy)
end

---How many pairs there are.
---@return integer
function Name:entry_count()
  return #check(self, 'entry_count')
end

---The pairs, as tables of one.
---@return table<string, string>[]
function Name:info()
  local list = {}
  for i, pair in ipairs(check(self, 'info')) do list[i] = { [pair[1]] = pair[2] } end
  return list
end

---Adds a pair at the end.
---@param kind string
---@param text string
---@return boolean # true
function Name:add_entry(kind, text)
  add(check(self, 'add_entry'), kind, text)
  return true
end

---0 for equal names, else the order of their texts.
---@param other luvit.openssl.Name
---@return integer
function Name:cmp(other)
  local a = Name.oneline(self)
  if not stateOf(other) then object.wrong(2, 'cmp', 'openssl.x509_name', other) end
  local b = Name.oneline(other)
  return a == b and 0 or a < b and -1 or 1
end

return object.leaveOut(names, 'openssl.x509.name', 'd2i dup')
