-- Which servers are asked, and how: the system's settings and what the program changed.

local uv = require('uv')
local file = require('./file')
local names = require('./names')
local windows = require('jit').os == 'Windows'

local config = {}

-- Where the system says nothing. The wait is that of luvit 2; the rest is resolv.conf(5).
local TIMEOUT_MS, ATTEMPTS, NDOTS = 2000, 2, 1
-- resolv.conf(5) caps these too.
local MAX_TIMEOUT_S, MAX_ATTEMPTS, MAX_NDOTS = 30, 5, 15
local MAX_SERVERS, MAX_SEARCH = 16, 32
local PORT = 53

-- Servers ------------------------------------------------------------------------------------------------------------

local function isPort(port)
  return type(port) == 'number' and port >= 1 and port <= 65535 and port % 1 == 0
end

---A server from its address: `1.2.3.4`, `1.2.3.4:5353`, `fe80::1%eth0`, `[::1]:53`, or a table.
---@param value any
---@return luvit.dns.Server? server nil when it is none
function config.server(value)
  local host, port, tcp
  if type(value) == 'table' then
    host, port, tcp = value.host, value.port or PORT, value.tcp
  elseif type(value) == 'string' then
    host, port = value:match('^%[(.+)%]:(%d+)$')
    if not host then host = value:match('^%[(.+)%]$') end
    if not host then host, port = value:match('^([%d.]+):(%d+)$') end
    host, port = host or value, port and tonumber(port) or PORT
  end
  if type(host) ~= 'string' or not names.parseAddress(host) or not isPort(port) then return nil end
  return { host = host, port = port, tcp = tcp and true or false }
end

---@param list any
---@param method string for the error
---@param level integer of the caller's caller
---@return luvit.dns.Server[]
function config.servers(list, method, level)
  if type(list) ~= 'table' or #list == 0 then
    local got = type(list) == 'table' and 'an empty table' or type(list)
    error(("bad argument 'servers' to '%s' (list of servers expected, got %s)"):format(method, got), level + 1)
  end
  local servers = {}
  for i, value in ipairs(list) do
    servers[i] = config.server(value)
    if not servers[i] then
      local shown = type(value) == 'table' and tostring(value.host) .. ':' .. tostring(value.port) or tostring(value)
      error(("bad argument 'servers' to '%s' (no address of a server: %s)"):format(method, shown), level + 1)
    end
  end
  return servers
end

-- resolv.conf --------------------------------------------------------------------------------------------------------

---@class luvit.dns.Settings
---@field servers luvit.dns.Server[] may be empty
---@field search string[] suffixes for short names
---@field ndots integer
---@field timeout integer milliseconds for one try
---@field attempts integer how often each server is asked
---@field rotate boolean whether queries begin with one server after the other
---@field tcp boolean whether servers are asked over TCP only

local function bounded(text, minimum, maximum)
  return math.max(minimum, math.min(maximum, tonumber(text)))
end

-- Options that are not here change what is asked for or trusted in ways that have no meaning for a stub resolver
-- without a cache; EDNS is always spoken.
local function readOptions(settings, words)
  for word in words:gmatch('%S+') do
    local name, value = word:match('^([%w%-]+):?(%d*)$')
    if name == 'rotate' then
      settings.rotate = true
    elseif name == 'use-vc' then
      settings.tcp = true
    elseif value and value ~= '' then
      if name == 'ndots' then
        settings.ndots = bounded(value, 0, MAX_NDOTS)
      elseif name == 'timeout' then
        settings.timeout = bounded(value, 1, MAX_TIMEOUT_S) * 1000
      elseif name == 'attempts' then
        settings.attempts = bounded(value, 1, MAX_ATTEMPTS)
      end
    end
  end
end

local function suffixes(words)
  local list = {}
  for word in words:gmatch('%S+') do
    word = word:gsub('^%.+', ''):gsub('%.+$', '')
    if word ~= '' and #list < MAX_SEARCH then list[#list + 1] = word end
  end
  return list
end

---Reads the text of a resolv.conf(5). What makes no sense is passed over.
---@param text string
---@return luvit.dns.Settings
function config.parse(text)
  local settings = {
    servers = {}, ndots = NDOTS, timeout = TIMEOUT_MS, attempts = ATTEMPTS, rotate = false, tcp = false,
  }
  for line in text:gmatch('[^\r\n]+') do
    local keyword, rest = line:match('^%s*(%l+)%s+(.*)$')
    if keyword == 'nameserver' then
      local host = rest:match('^%S+')
      local server = host and names.parseAddress(host) and config.server({ host = host })
      if server and #settings.servers < MAX_SERVERS then table.insert(settings.servers, server) end
    elseif keyword == 'search' or keyword == 'domain' then
      -- The last one counts.
      settings.search = suffixes(keyword == 'domain' and rest:match('^%S*') or rest)
    elseif keyword == 'options' then
      readOptions(settings, rest)
    end
  end
  local searched = uv.os_getenv('LOCALDOMAIN')
  if searched then settings.search = suffixes(searched) end
  if not settings.search then
    -- The domain of this machine.
    settings.search = suffixes((uv.os_gethostname() or ''):match('%.(.+)$') or '')
  end
  readOptions(settings, uv.os_getenv('RES_OPTIONS') or '')
  return settings
end

-- Windows keeps the servers in its settings, and has no file.
local function watchWindows()
  local settings, checked
  return function()
    local now = uv.hrtime()
    if settings and now - checked < 10e9 then return settings end
    checked = now
    settings = config.parse('')
    for _, host in ipairs(require('luvit:dns').nameServers() or {}) do
      local server = config.server(host)
      if server and #settings.servers < MAX_SERVERS then table.insert(settings.servers, server) end
    end
    return settings
  end
end

-- The state ----------------------------------------------------------------------------------------------------------

local FALLBACK = { config.server('127.0.0.1') }

local system, servers, timeout
local turn = 0

---Takes the settings of a file instead of the system's, and servers of it instead of those set before.
---@param path? string nil for the system's own
function config.use(path)
  system = not path and windows and watchWindows() or file.watch(path or '/etc/resolv.conf', config.parse)
  servers = nil
end
config.use()

---@param list? luvit.dns.Server[] nil: those of the system
function config.setServers(list) servers = list end

---@param milliseconds? number nil: that of the system
function config.setTimeout(milliseconds) timeout = milliseconds end

---@return luvit.dns.Settings settings those of the system
---@return luvit.dns.Server[] servers the ones to ask, one at least
---@return number timeout milliseconds for one try
function config.current()
  local settings = system()
  local list = servers or settings.servers
  return settings, #list > 0 and list or FALLBACK, timeout or settings.timeout
end

---Which server a query begins with, counted from 0 and without an end: a number that grows with `options rotate`.
---@param settings luvit.dns.Settings
---@return integer
function config.turn(settings)
  if settings.rotate then turn = (turn + 1) % 2 ^ 31 end
  return settings.rotate and turn or 0
end

return config
