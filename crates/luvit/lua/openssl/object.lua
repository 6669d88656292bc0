-- What the parts of `openssl` share: objects that are userdata, as lua-openssl's are, and how errors are told.

local object = {}

local getState, setState = debug.getfenv, debug.setfenv

---A class of objects. Their state is a table that belongs to the userdata; scripts see its methods only.
---@param name string what `__name` of the metatable and `tostring` say, as `openssl.x509`
---@param methods table<string, function>
---@param leftOut? string names of lua-openssl's methods that are not here, in one text
---@return fun(state: table): userdata # makes an object
---@return fun(value: any): table? # the state of an object of this class
function object.class(name, methods, leftOut)
  local prototype = newproxy(true)
  local meta = getmetatable(prototype)
  local missing = {}
  for method in (leftOut or ''):gmatch('%S+') do
    missing[method] = function()
      error(("%s:%s is not part of luvit's openssl"):format(name, method), 2)
    end
  end
  meta.__name = name
  meta.__index = function(_, key)
    local method = methods[key]
    if method == nil then return missing[key] end
    return method
  end
  -- An object has an address of its own: that of its state.
  meta.__tostring = function(self)
    return ('%s: %s'):format(name, tostring(getState(self)):match('0x%x+') or '')
  end
  for key, value in pairs(methods) do
    if type(key) == 'string' and key:sub(1, 2) == '__' then meta[key] = value end
  end
  return function(state)
    local self = newproxy(prototype)
    setState(self, state)
    return self
  end, function(value)
    if type(value) == 'userdata' and getmetatable(value) == meta then return getState(value) end
  end
end

---Makes functions of lua-openssl that a part has not raise an error that names them.
---@param part table
---@param name string what the part is called, as `openssl.bio`
---@param leftOut string names, in one text
---@param fallback? table where other names are looked up
---@return table # the part
function object.leaveOut(part, name, leftOut, fallback)
  local missing = {}
  for key in leftOut:gmatch('%S+') do missing[key] = true end
  return setmetatable(part, {
    __index = function(_, key)
      local value = fallback and fallback[key]
      if value == nil and missing[key] then
        error(("%s.%s is not part of luvit's openssl: see the documentation of `openssl` for what is"):format(name, key), 2)
      end
      return value
    end,
  })
end

local insides = {}

---Gives the other parts what scripts do not see of this one.
---@param part string the name of the part
---@param functions table<string, function>
function object.share(part, functions)
  insides[part] = functions
end

---What scripts do not see of a part.
---@param part string
---@return table<string, function>
function object.inside(part)
  if not insides[part] then require(part) end
  return insides[part]
end

---What went wrong last: `openssl.error` and `openssl.errors` tell it.
---@type { reason: string, code: string }[]
object.errors = {}

---Answers a failure: nil, the text and its code.
---@param err any
---@param code? string
---@return nil, string, string
function object.fail(err, code)
  local text = tostring(err)
  code = code or text:match('([A-Z][A-Z0-9_]+): ') or 'ERR_OSSL'
  local errors = object.errors
  errors[#errors + 1] = { reason = text, code = code }
  -- Nobody has to ask for them.
  if #errors > 16 then table.remove(errors, 1) end
  return nil, text, code
end

---Calls a function of `crypto`: what it raises for data that is wrong is answered as a failure.
---@param fn function
---@param ... any
---@return any ...
function object.try(fn, ...)
  local ok, result, err, code = pcall(fn, ...)
  if not ok then return object.fail(result) end
  if result == nil and err ~= nil then return object.fail(err, code) end
  return result
end

---Raises an error for an argument.
---@param index integer
---@param method string
---@param expected string
---@param value any
function object.wrong(index, method, expected, value)
  error(("bad argument #%d to '%s' (%s expected, got %s)"):format(index, method, expected, type(value)), 3)
end

---The bytes of a string, or of a memory BIO.
---@param value any
---@param index integer
---@param method string
---@return string
function object.bytes(value, index, method)
  if type(value) == 'string' then return value end
  if type(value) == 'number' then return tostring(value) end
  if type(value) == 'userdata' and (getmetatable(value) or {}).__name == 'openssl.bio' then return value:get_mem() end
  error(("bad argument #%d to '%s' (string expected, got %s)"):format(index, method, type(value)), 3)
end

-- OpenSSL's numbers of digests.
object.digests = {
  [4] = 'md5', [64] = 'sha1', [114] = 'md5-sha1', [117] = 'ripemd160', [672] = 'sha256', [673] = 'sha384', [674] = 'sha512',
  [675] = 'sha224', [1056] = 'blake2b512', [1057] = 'blake2s256', [1094] = 'sha512-224', [1095] = 'sha512-256',
  [1096] = 'sha3-224', [1097] = 'sha3-256', [1098] = 'sha3-384', [1099] = 'sha3-512', [1100] = 'shake128', [1101] = 'shake256',
}

---The name of a digest: a string, a number of OpenSSL's, or an object of `digest.get`.
---@param value any
---@param default string?
---@param index integer
---@param method string
---@return string
function object.digestName(value, default, index, method)
  if value == nil and default then return default end
  if type(value) == 'string' then return value end
  if object.digests[value] then return object.digests[value] end
  if type(value) == 'userdata' and (getmetatable(value) or {}).__name == 'openssl.evp_digest' then
    return value:info().name
  end
  error(("bad argument #%d to '%s' (name of a digest expected, got %s)"):format(index, method, type(value)), 3)
end

return object
