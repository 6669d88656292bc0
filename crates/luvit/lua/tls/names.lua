-- Whether a certificate that a program describes, as `getPeerCertificate` would, is for a host (RFC 6125).

local address = require('net/address')

-- The text of an alternative name may be quoted, as JSON is.
local function alternatives(text)
  local names, at = {}, 1
  while at <= #text do
    local kind, start = text:match('^%s*([^:,]+):()', at)
    if not kind then break end
    local value
    if text:sub(start, start) == '"' then
      local close = start + 1
      while close <= #text and text:sub(close, close) ~= '"' do
        close = close + (text:sub(close, close) == '\\' and 2 or 1)
      end
      value = require('json').parse(text:sub(start, close)) or ''
      at = (text:find(',', close, true) or #text) + 1
    else
      local comma = text:find(',', start, true) or #text + 1
      value, at = text:sub(start, comma - 1), comma + 1
    end
    names[#names + 1] = { kind = kind, value = value }
  end
  return names
end

local function withoutDot(name) return (name:lower():gsub('%.$', '')) end

-- A star is for one whole label, the first, of a name with two more at least.
local function matches(pattern, host)
  if type(pattern) ~= 'string' or pattern == '' or pattern:find('[^%w.*_-]') then return false end
  pattern = withoutDot(pattern)
  if not pattern:find('*', 1, true) then return pattern == host end
  local rest = pattern:match('^%*(%.[^*]+%.[^*]+)$')
  if not rest then return false end
  local first, others = host:match('^([^.]+)(%..+)$')
  return first ~= nil and others == rest
end

-- An IPv6 address with all its groups, and none with zeros in front.
local function whole(text)
  local tail = text:match('%d+%.%d+%.%d+%.%d+$')
  if tail then
    local a, b, c, d = tail:match('(%d+)%.(%d+)%.(%d+)%.(%d+)')
    text = ('%s%x:%x'):format(text:sub(1, -#tail - 1), a * 256 + b, c * 256 + d)
  end
  local _, colons = text:gsub(':', '')
  text = text:gsub('::', ':' .. ('0:'):rep(8 - colons)):gsub('^:', '0:'):gsub(':$', ':0')
  local groups = {}
  for group in text:gmatch('%x+') do groups[#groups + 1] = ('%x'):format(tonumber(group, 16)) end
  return table.concat(groups, ':', math.max(1, #groups - 7))
end

local function sameAddress(text, host)
  local family = address.isIP(host)
  if address.isIP(text) ~= family then return false end
  return text == host or family == 6 and whole(text) == whole(host)
end

---@param host string
---@param cert luvit.tls.Certificate
---@return string? # what is wrong
return function(host, cert)
  local names = alternatives(type(cert.subjectaltname) == 'string' and cert.subjectaltname or '')
  local seen, hasNames = {}, false
  local wanted = withoutDot(host)
  local isAddress = address.isIP(wanted) ~= 0
  for _, name in ipairs(names) do
    if name.kind == 'DNS' then
      hasNames = true
      seen[#seen + 1] = name.value
      if not isAddress and matches(name.value, wanted) then return nil end
    elseif name.kind == 'IP Address' then
      seen[#seen + 1] = name.value
      if isAddress and sameAddress(name.value, wanted) then return nil end
    end
  end
  local subject = type(cert.subject) == 'table' and cert.subject.CN or nil
  if not isAddress and not hasNames and subject ~= nil then
    for _, name in ipairs(type(subject) == 'table' and subject or { subject }) do
      seen[#seen + 1] = tostring(name)
      if matches(name, wanted) then return nil end
    end
  end
  local list = #seen > 0 and 'is for ' .. table.concat(seen, ', ') or 'names no host'
  return ('name mismatch: wanted %s, certificate %s'):format(host, list)
end
