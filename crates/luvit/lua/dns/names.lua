-- Names and addresses as text: which is which, reverse names, and what a short name may stand for.

local names = {}

local function parseV4(text)
  local bytes = { text:match('^(%d%d?%d?)%.(%d%d?%d?)%.(%d%d?%d?)%.(%d%d?%d?)$') }
  if #bytes ~= 4 then return nil end
  for i = 1, 4 do
    bytes[i] = tonumber(bytes[i])
    if bytes[i] > 255 then return nil end
  end
  return bytes
end

-- The 16-bit groups of a part of an IPv6 address, `1:2:3`; an IPv4 address may be the last of the whole.
local function groups(text, last)
  local list = {}
  if text == '' then return list end
  for group in (text .. ':'):gmatch('([^:]*):') do
    if #list > 8 then return nil end
    if group:find('^%x%x?%x?%x?$') then
      list[#list + 1] = tonumber(group, 16)
    else
      local bytes = last and parseV4(group)
      -- It ends the text: anything behind it would be another group.
      if not bytes or text:sub(-#group) ~= group then return nil end
      list[#list + 1] = bytes[1] * 256 + bytes[2]
      list[#list + 1] = bytes[3] * 256 + bytes[4]
    end
  end
  return list
end

local function parseV6(text)
  -- The zone of a link-local address is the business of this machine alone.
  text = text:gsub('%%[%w_.%-]+$', '')
  local head, tail = text:match('^(.-)::(.*)$')
  local list = groups(head or text, not head)
  if not list then return nil end
  if head then
    local rest = groups(tail, true)
    if not rest or #list + #rest > 7 then return nil end
    for _ = 1, 8 - #list - #rest do list[#list + 1] = 0 end
    for _, group in ipairs(rest) do list[#list + 1] = group end
  end
  return #list == 8 and list or nil
end

---@param text string
---@return 4|6|nil family nil when it is no numeric address
---@return integer[]? numbers 4 bytes, or 8 groups of 16 bits
function names.parseAddress(text)
  local numbers = parseV4(text)
  if numbers then return 4, numbers end
  numbers = text:find(':', 1, true) and parseV6(text)
  if numbers then return 6, numbers end
end

---The name whose PTR records say what an address is called (RFC 1035, section 3.5; RFC 3596, section 2.5).
---@param address string
---@return string? name nil when it is no numeric address
function names.reverse(address)
  local family, numbers = names.parseAddress(address)
  if family == 4 then
    return ('%d.%d.%d.%d.in-addr.arpa.'):format(numbers[4], numbers[3], numbers[2], numbers[1])
  elseif family == 6 then
    local digits = ('%04x%04x%04x%04x%04x%04x%04x%04x'):format(unpack(numbers))
    return (digits:reverse():gsub('%x', '%0.')) .. 'ip6.arpa.'
  end
end

---Whether a name is the machine itself: `localhost` and everything under it (RFC 6761, section 6.3).
---@param name string
---@return boolean
function names.isLocalhost(name)
  name = name:lower():gsub('%.$', '')
  return name == 'localhost' or name:sub(-10) == '.localhost'
end

---The full names that a name may stand for, in the order of resolv.conf(5): with at least `ndots` dots it is tried as
---it is first, else after the suffixes. One that ends with a dot is full already.
---@param name string
---@param search string[]
---@param ndots integer
---@return string[]
function names.candidates(name, search, ndots)
  if name:sub(-1) == '.' then return { name } end
  local list = {}
  local _, dots = name:gsub('%.', '')
  local asItIs = dots >= ndots
  if asItIs then list[1] = name .. '.' end
  for _, suffix in ipairs(search) do list[#list + 1] = name .. '.' .. suffix .. '.' end
  if not asItIs then list[#list + 1] = name .. '.' end
  return list
end

return names
