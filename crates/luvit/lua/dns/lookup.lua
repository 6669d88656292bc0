-- Names and addresses as the system's resolver has them: getaddrinfo(3) and getnameinfo(3).

local uv = require('uv')
local timer = require('timer')
local names = require('./names')

local lookup = {}

local FAMILIES = { [0] = false, [4] = 'inet', [6] = 'inet6', IPv4 = 'inet', IPv6 = 'inet6' }
local NUMBERS = { inet = 4, inet6 = 6 }
local ORDERS = { verbatim = false, ipv4first = 4, ipv6first = 6 }
local LOOPBACK = { { address = '127.0.0.1', family = 4 }, { address = '::1', family = 6 } }

-- Raises an error at the caller of `dns.lookup`, which is `level` calls away.
local function bad(level, name, expected, value)
  error(("bad argument '%s' to 'lookup' (%s expected, got %s)"):format(name, expected, tostring(value)), level + 1)
end

-- The hints of `uv.getaddrinfo` from a table of names or a sum of numbers.
local function readHints(hints)
  local list = {}
  if type(hints) == 'table' then
    for name, on in pairs(hints) do
      if name ~= 'addrconfig' and name ~= 'v4mapped' and name ~= 'all' then
        bad(4, 'hints', 'addrconfig, v4mapped or all', name)
      end
      list[name] = on and true or nil
    end
  elseif type(hints) == 'number' then
    local bit, constants = require('bit'), uv.constants
    for name, flag in pairs({ addrconfig = 'AI_ADDRCONFIG', v4mapped = 'AI_V4MAPPED', all = 'AI_ALL' }) do
      list[name] = constants[flag] and bit.band(hints, constants[flag]) ~= 0 or nil
    end
  elseif hints ~= nil then
    bad(4, 'hints', 'number or table', type(hints))
  end
  return list
end

---@param options? table|integer|string
---@return table # family, hints, all, first
function lookup.options(options)
  if options == nil then options = {} end
  if type(options) ~= 'table' then options = { family = options } end
  local family = options.family or 0
  if FAMILIES[family] == nil then bad(3, 'family', '0, 4 or 6', family) end
  local order = options.order or (options.verbatim == false and 'ipv4first') or 'verbatim'
  if ORDERS[order] == nil then bad(3, 'order', 'verbatim, ipv4first or ipv6first', order) end
  local hints = readHints(options.hints)
  hints.family = FAMILIES[family] or nil
  -- One entry an address, not one for every type of socket.
  hints.socktype = 'stream'
  return { family = NUMBERS[hints.family], hints = hints, all = options.all and true or false, first = ORDERS[order] }
end

local function ofFamily(list, family)
  local found = {}
  for _, entry in ipairs(list) do
    if not family or entry.family == family then
      found[#found + 1] = { address = entry.address, family = entry.family }
    end
  end
  return found
end

local function ordered(list, first)
  if not first then return list end
  local sorted = ofFamily(list, first)
  for _, entry in ipairs(list) do
    if entry.family ~= first then sorted[#sorted + 1] = entry end
  end
  return sorted
end

-- The errors of getaddrinfo in the names of the queries; others keep theirs.
local REASONS = {
  EAI_NONAME = 'ENOTFOUND', EAI_NODATA = 'ENOTFOUND', EAI_ADDRFAMILY = 'ENOTFOUND', EAI_AGAIN = 'EAI_AGAIN',
  EINVAL = 'EBADNAME', ECANCELED = 'ECANCELLED',
}

---@param name string
---@param options table of `lookup.options`
---@param callback fun(reason?: string, list?: { address: string, family: integer }[])
---@return fun() cancel
function lookup.addresses(name, options, callback)
  local cancelled, request
  local function done(reason, list)
    if not cancelled then callback(reason, list and ordered(list, options.first)) end
  end
  local numeric = names.parseAddress(name)
  local localhost = names.isLocalhost(name)
  if localhost and not name:lower():find('^localhost%.?$') then
    timer.setImmediate(done, nil, ofFamily(LOOPBACK, options.family))
  elseif numeric and (not options.family or numeric == options.family) then
    timer.setImmediate(done, nil, { { address = name, family = numeric } })
  else
    local called, started, _, code = pcall(uv.getaddrinfo, name, nil, options.hints, function(err, found)
      -- A system without a hosts file knows this name as well.
      if err and localhost then return done(nil, ofFamily(LOOPBACK, options.family)) end
      if err then return done(REASONS[err] or err) end
      local list = {}
      for i, entry in ipairs(found) do list[i] = { address = entry.addr, family = NUMBERS[entry.family] } end
      done(#list == 0 and 'ENOTFOUND' or nil, list)
    end)
    if not called or not started then
      timer.setImmediate(done, called and REASONS[code] or called and code or 'EBADNAME')
    else
      request = started
    end
  end
  return function()
    cancelled = true
    -- One that a thread has begun runs to its end; nobody hears of it.
    if request then uv.cancel(request) end
  end
end

---@param address string numeric
---@param port integer
---@param callback fun(reason?: string, host?: string, service?: string)
---@return fun() cancel
function lookup.service(address, port, callback)
  local cancelled
  local function done(reason, host, service)
    if not cancelled then callback(reason, host, service) end
  end
  local request, _, code = uv.getnameinfo({ ip = address, port = port }, function(err, host, service)
    done(err and (REASONS[err] or err), host, service)
  end)
  if not request then timer.setImmediate(done, REASONS[code] or code) end
  return function()
    cancelled = true
    if request then uv.cancel(request) end
  end
end

return lookup
