-- Extensions of certificates.

local object = require('openssl/object')

---Extensions of certificates and requests.
---@class luvit.openssl.x509.extension
local extensions = {}

---An extension.
---@class luvit.openssl.Extension
local Extension = {}

local makeExtension, stateOf = object.class('openssl.x509_extension', Extension, 'export')

---Makes an extension.
---@param spec { object: string, value: string, critical?: boolean } such as `{ object = 'basicConstraints', value = 'CA:TRUE' }`;
---  the value is OpenSSL's text of `basicConstraints`, `keyUsage`, `extendedKeyUsage` and `subjectAltName`, and DER of others
---@return luvit.openssl.Extension
function extensions.new_extension(spec)
  if type(spec) ~= 'table' then object.wrong(1, 'new_extension', 'table', spec) end
  if type(spec.object) ~= 'string' then object.wrong(1, 'new_extension', 'string as object', spec.object) end
  return makeExtension({ object = spec.object, value = object.bytes(spec.value, 1, 'new_extension'), critical = spec.critical })
end

---What it is: its name or number, whether it is critical, and its value.
---@return { object: string, critical: boolean, value: string }
function Extension:info()
  local state = stateOf(self)
  if not state then object.wrong(1, 'info', 'openssl.x509_extension', self) end
  return { object = state.object, critical = state.critical and true or false, value = state.value }
end

---Its name or number.
---@return string
function Extension:object()
  return Extension.info(self).object
end

local function check(self, method)
  local state = stateOf(self)
  if not state then object.wrong(1, method, 'openssl.x509_extension', self) end
  return state
end

---Whether who does not know it must refuse the certificate; or sets that.
---@param critical? boolean
---@return boolean
function Extension:critical(critical)
  local state = check(self, 'critical')
  if critical == nil then return state.critical and true or false end
  state.critical = critical and true or false
  return true
end

---Its value; or sets it.
---@param value? string
---@return string|boolean
function Extension:data(value)
  local state = check(self, 'data')
  if value == nil then return state.value end
  state.value = object.bytes(value, 2, 'data')
  return true
end

---Another one that is the same.
---@return luvit.openssl.Extension
function Extension:dup()
  local state = check(self, 'dup')
  return makeExtension({ object = state.object, value = state.value, critical = state.critical })
end

local function words(text)
  local list = {}
  for word in text:gmatch('[^,]+') do list[#list + 1] = word:match('^%s*(.-)%s*$') end
  return list
end

object.share('openssl/extension', {
  wrap = makeExtension,
  state = stateOf,
  -- Adds to options of the native half what a list of extensions says.
  apply = function(list, options)
    for _, extension in ipairs(list) do
      local state = stateOf(extension) or extension
      local kind, value = state.object, state.value
      if kind == 'basicConstraints' then
        for _, word in ipairs(words(value:gsub('^critical,', ''))) do
          local key, text = word:match('^(%w+):(%w+)$')
          if key and key:upper() == 'CA' then options.ca = text:upper() == 'TRUE' end
          if key == 'pathlen' then options.pathLength = tonumber(text) end
        end
      elseif kind == 'keyUsage' or kind == 'extendedKeyUsage' then
        options[kind] = words(value:gsub('^critical,', ''))
      elseif kind == 'subjectAltName' then
        options.altNames = options.altNames or {}
        for _, word in ipairs(words(value)) do options.altNames[#options.altNames + 1] = word end
      else
        options.extensions = options.extensions or {}
        table.insert(options.extensions, { object = kind, value = value, critical = state.critical and true or false })
      end
    end
    return options
  end,
})

return object.leaveOut(extensions, 'openssl.x509.extension', 'read_extension support')
