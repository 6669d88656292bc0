-- Names to addresses and records, by the Domain Name System and by the system's own resolver.
--
-- `resolve`, `resolve4` and their kin ask name servers themselves, those of `/etc/resolv.conf` unless `setServers`
-- named others. `lookup` asks the system, as `connect` does, and so finds what any other program finds.

local adapt = require('utils').adapt
local Object = require('core').Object
local timer = require('timer')
local config = require('./config')
local names = require('./names')

---@class luvit.dns
---@field TYPE_A integer an IPv4 address
---@field TYPE_NS integer a name server of a domain
---@field TYPE_CNAME integer the name that a name stands for
---@field TYPE_SOA integer who is in charge of a zone
---@field TYPE_PTR integer the name of an address
---@field TYPE_MX integer a mail server of a domain
---@field TYPE_TXT integer text
---@field TYPE_AAAA integer an IPv6 address
---@field TYPE_SRV integer a server of a service
---@field TYPE_NAPTR integer a rule to rewrite a name
---@field TYPE_ANY integer in a query, all types
---@field TYPE_CAA integer who may issue certificates
---@field CLASS_IN integer the Internet, the class of all records here
local dns = {}

---Type of records: IPv4 addresses (RFC 1035).
dns.TYPE_A = 1
---Type of records: name servers (RFC 1035).
dns.TYPE_NS = 2
---Type of records: what a name is an alias of (RFC 1035).
dns.TYPE_CNAME = 5
---Type of records: who is responsible for a zone (RFC 1035).
dns.TYPE_SOA = 6
---Type of records: pointers, names of addresses for one (RFC 1035).
dns.TYPE_PTR = 12
---Type of records: mail servers (RFC 1035).
dns.TYPE_MX = 15
---Type of records: texts (RFC 1035).
dns.TYPE_TXT = 16
---Type of records: IPv6 addresses (RFC 3596).
dns.TYPE_AAAA = 28
---Type of records: where a service runs (RFC 2782).
dns.TYPE_SRV = 33
---Type of records: rules that rewrite names (RFC 3403).
dns.TYPE_NAPTR = 35
---Type in questions: records of all types.
dns.TYPE_ANY = 255
---Type of records: who may issue certificates (RFC 8659).
dns.TYPE_CAA = 257
---Class of records: the internet's.
dns.CLASS_IN = 1

-- Types by name, and what a query for one is called in errors.
local TYPES, SYSCALLS = {}, {}
for name, number in pairs(dns) do
  name = name:match('^TYPE_(%u+)$')
  if name then
    TYPES[name] = number
    SYSCALLS[number] = 'query' .. name:sub(1, 1) .. name:sub(2):lower()
  end
end

---A name server.
---@class luvit.dns.Server
---@field host string its numeric address
---@field port? integer 53 by default
---@field tcp? boolean whether it is asked over TCP only

---A record. Fields beside these by type: A and AAAA `address`; CNAME `cname`; MX `preference` (and `priority`, the
---same) and `exchange`; NS `nsdname`; PTR `ptrdname`; SRV `priority`, `weight`, `port`, `target`; TXT `txt`, a list
---when there are several strings; SOA `nsname`, `hostmaster`, `serial`, `refresh`, `retry`, `expire`, `minttl`; CAA
---`critical` (0 or 1), `flags`, `tag`, `value`, and the value under its tag; NAPTR `order`, `preference`, `flags`,
---`service`, `regexp`, `replacement`; other types `rdata`, the bytes. Names have no dot at their end, and what is no
---letter, digit or sign in one is escaped: `\032`.
---@class luvit.dns.Record
---@field name string whose record it is: after aliases, the last of them
---@field type integer `dns.TYPE_A` …
---@field class integer `dns.CLASS_IN`
---@field ttl integer seconds for which it may be kept
---@field server table the server that said it, with `host`, `port` and `tcp`; empty when nobody was asked
---@field address? string
---@field cname? string
---@field exchange? string
---@field preference? integer
---@field priority? integer
---@field weight? integer
---@field port? integer
---@field target? string
---@field nsdname? string
---@field ptrdname? string
---@field txt? string|string[]
---@field rdata? string

-- Queries ------------------------------------------------------------------------------------------------------------

---A query under way.
---@class luvit.dns.Query: luvit.Object
local Query = Object:extend()

---Ends the query. Its callback is called with `ECANCELLED` in the next turn of the loop.
---@return boolean # false when it was over already
function Query:cancel()
  if self._done then return false end
  self._done = true
  if self._cancel then self._cancel() end
  self._cancel = nil
  timer.setImmediate(self._finish, 'ECANCELLED')
  return true
end

-- Starts a query in the style its callback asks for: `begin(done)` returns what cancels it, or nil and the reason why
-- it failed at once.
local function start(syscall, hostname, callback, begin)
  return adapt(callback, function(finally)
    local query = Query:new()
    function query._finish(reason, ...)
      if not reason then return finally(nil, ...) end
      finally(require('./errors'):new(reason, syscall, hostname))
    end
    local function done(...)
      if query._done then return end
      query._done, query._cancel = true, nil
      query._finish(...)
    end
    local cancel, reason = begin(done)
    if reason then timer.setImmediate(done, reason) else query._cancel = cancel end
    return query
  end)
end

-- Raises an error at the caller of `method`.
local function bad(argument, method, expected, value)
  error(("bad argument '%s' to '%s' (%s expected, got %s)"):format(argument, method, expected, value), 4)
end

local function check(name, argument, method, callback)
  if type(name) ~= 'string' then bad(argument, method, 'string', type(name)) end
  local kind = type(callback)
  if kind ~= 'function' and kind ~= 'thread' and kind ~= 'nil' then
    bad('callback', method, 'function or coroutine', kind)
  end
end

local function checkInteger(value, argument, method)
  local number = tonumber(value)
  if not number or number < 0 or number > 65535 or number % 1 ~= 0 then
    bad(argument, method, 'integer from 0 to 65535', tostring(value))
  end
  return number
end

-- The answer of a question that needs no server: numeric addresses, this machine, and what the hosts file knows; nil
-- when a server has to be asked.
local function known(name, rtype)
  local family = rtype == dns.TYPE_A and 4 or rtype == dns.TYPE_AAAA and 6
  local numeric = names.parseAddress(name)
  local addresses
  if numeric and family then
    addresses = numeric == family and { name } or {}
  elseif names.isLocalhost(name) then
    addresses = family and require('./hosts').addresses(name, family) or {}
    if family and #addresses == 0 then addresses[1] = family == 4 and '127.0.0.1' or '::1' end
  elseif family then
    addresses = require('./hosts').addresses(name, family)
    if #addresses == 0 then return nil end
  else
    return nil
  end
  local records = {}
  for i, address in ipairs(addresses) do
    records[i] = { name = name, type = rtype, class = dns.CLASS_IN, ttl = 0, server = {}, address = address }
  end
  return records
end

local function resolve(name, rtype, callback)
  return start(SYSCALLS[rtype], name, callback, function(done)
    local records = known(name, rtype)
    if records then
      timer.setImmediate(done, #records == 0 and 'ENODATA' or nil, records)
      return function() end
    end
    return require('./resolver').resolve(name, rtype, dns.CLASS_IN, nil, done)
  end)
end

---Asks certain servers for the records of a full name, without suffixes and the hosts file.
---@param servers? (luvit.dns.Server|string)[] nil for those of `getServers`
---@param name string
---@param class? integer `dns.CLASS_IN` by default
---@param rtype? integer|string `dns.TYPE_A` by default
---@param callback? fun(err?: luvit.dns.Error, records?: luvit.dns.Record[])|thread
---@return luvit.dns.Query
---@overload async fun(servers, name, class, rtype, callback: thread): luvit.dns.Record[]?, luvit.dns.Error?
function dns.query(servers, name, class, rtype, callback)
  check(name, 'name', 'query', callback)
  local list = servers ~= nil and config.servers(servers, 'query', 2) or select(2, config.current())
  class = checkInteger(class or dns.CLASS_IN, 'class', 'query')
  rtype = TYPES[tostring(rtype or 'A'):upper()] or checkInteger(rtype, 'rtype', 'query')
  return start(SYSCALLS[rtype] or 'query', name, callback, function(done)
    local family = names.parseAddress(name)
    if class == dns.CLASS_IN and (family == 4 and rtype == dns.TYPE_A or family == 6 and rtype == dns.TYPE_AAAA) then
      timer.setImmediate(done, nil, known(name, rtype))
      return function() end
    end
    return require('./resolver').resolve(name, rtype, class, list, done)
  end)
end

---Finds the records of a name. A short one is searched for as resolv.conf(5) says; a dot at its end makes it full.
---Letters beyond ASCII are encoded. Addresses come from the hosts file when the name is there.
---@param name string
---@param rtype? string `'A'` by default; `AAAA`, `CNAME`, `MX`, `NS`, `TXT`, `SRV`, `PTR`, `SOA`, `CAA`, `NAPTR`, `ANY`
---@param callback? fun(err?: luvit.dns.Error, records?: luvit.dns.Record[])|thread
---@return luvit.dns.Query
---@overload fun(name: string, callback: fun(err?: luvit.dns.Error, records?: luvit.dns.Record[])): luvit.dns.Query
function dns.resolve(name, rtype, callback)
  if type(rtype) == 'function' or type(rtype) == 'thread' then rtype, callback = 'A', rtype end
  check(name, 'name', 'resolve', callback)
  local number = TYPES[tostring(rtype or 'A'):upper()]
  if not number then
    error(("bad argument 'rtype' to 'resolve' (type of records expected, got %s)"):format(tostring(rtype)), 2)
  end
  return resolve(name, number, callback)
end

---IPv4 addresses, as records with `address`.
---@param name string
---@param callback? fun(err?: luvit.dns.Error, records?: luvit.dns.Record[])|thread
---@return luvit.dns.Query
function dns.resolve4(name, callback)
  check(name, 'name', 'resolve4', callback)
  return resolve(name, dns.TYPE_A, callback)
end

---IPv6 addresses, as records with `address`.
---@param name string
---@param callback? fun(err?: luvit.dns.Error, records?: luvit.dns.Record[])|thread
---@return luvit.dns.Query
function dns.resolve6(name, callback)
  check(name, 'name', 'resolve6', callback)
  return resolve(name, dns.TYPE_AAAA, callback)
end

---What the name is an alias of, as records with `cname`.
---@param name string
---@param callback? fun(err?: luvit.dns.Error, records?: luvit.dns.Record[])|thread
---@return luvit.dns.Query
function dns.resolveCname(name, callback)
  check(name, 'name', 'resolveCname', callback)
  return resolve(name, dns.TYPE_CNAME, callback)
end

---Mail servers, as records with `exchange` and `preference`.
---@param name string
---@param callback? fun(err?: luvit.dns.Error, records?: luvit.dns.Record[])|thread
---@return luvit.dns.Query
function dns.resolveMx(name, callback)
  check(name, 'name', 'resolveMx', callback)
  return resolve(name, dns.TYPE_MX, callback)
end

---Name servers, as records with `nsdname`.
---@param name string
---@param callback? fun(err?: luvit.dns.Error, records?: luvit.dns.Record[])|thread
---@return luvit.dns.Query
function dns.resolveNs(name, callback)
  check(name, 'name', 'resolveNs', callback)
  return resolve(name, dns.TYPE_NS, callback)
end

---Texts, as records with `txt`: a string, or a list of them.
---@param name string
---@param callback? fun(err?: luvit.dns.Error, records?: luvit.dns.Record[])|thread
---@return luvit.dns.Query
function dns.resolveTxt(name, callback)
  check(name, 'name', 'resolveTxt', callback)
  return resolve(name, dns.TYPE_TXT, callback)
end

---Where a service runs, as records with `target`, `port`, `priority` and `weight`. The name is like
---`_http._tcp.example.com`.
---@param name string
---@param callback? fun(err?: luvit.dns.Error, records?: luvit.dns.Record[])|thread
---@return luvit.dns.Query
function dns.resolveSrv(name, callback)
  check(name, 'name', 'resolveSrv', callback)
  return resolve(name, dns.TYPE_SRV, callback)
end

---Pointers, as records with `ptrdname`. `reverse` makes the name from an address.
---@param name string like `1.0.0.127.in-addr.arpa`
---@param callback? fun(err?: luvit.dns.Error, records?: luvit.dns.Record[])|thread
---@return luvit.dns.Query
function dns.resolvePtr(name, callback)
  check(name, 'name', 'resolvePtr', callback)
  return resolve(name, dns.TYPE_PTR, callback)
end

---Who is responsible for a zone: a list of one record with `nsname`, `hostmaster`, `serial`, `refresh`, `retry`,
---`expire` and `minttl`.
---@param name string
---@param callback? fun(err?: luvit.dns.Error, records?: luvit.dns.Record[])|thread
---@return luvit.dns.Query
function dns.resolveSoa(name, callback)
  check(name, 'name', 'resolveSoa', callback)
  return resolve(name, dns.TYPE_SOA, callback)
end

---Who may issue certificates, as records with `critical`, `tag`, `value` and the value under its tag.
---@param name string
---@param callback? fun(err?: luvit.dns.Error, records?: luvit.dns.Record[])|thread
---@return luvit.dns.Query
function dns.resolveCaa(name, callback)
  check(name, 'name', 'resolveCaa', callback)
  return resolve(name, dns.TYPE_CAA, callback)
end

---Rules that rewrite names, as records with `order`, `preference`, `flags`, `service`, `regexp` and `replacement`.
---@param name string
---@param callback? fun(err?: luvit.dns.Error, records?: luvit.dns.Record[])|thread
---@return luvit.dns.Query
function dns.resolveNaptr(name, callback)
  check(name, 'name', 'resolveNaptr', callback)
  return resolve(name, dns.TYPE_NAPTR, callback)
end

---All records that a server likes to tell; many tell few (RFC 8482).
---@param name string
---@param callback? fun(err?: luvit.dns.Error, records?: luvit.dns.Record[])|thread
---@return luvit.dns.Query
function dns.resolveAny(name, callback)
  check(name, 'name', 'resolveAny', callback)
  return resolve(name, dns.TYPE_ANY, callback)
end

---The names of an address: those of the hosts file, or of its PTR records.
---@param ip string numeric; another one raises an error
---@param callback? fun(err?: luvit.dns.Error, names?: string[])|thread
---@return luvit.dns.Query
function dns.reverse(ip, callback)
  check(ip, 'ip', 'reverse', callback)
  local name = names.reverse(ip)
  if not name then error(("bad argument 'ip' to 'reverse' (numeric address expected, got '%s')"):format(ip), 2) end
  return start('getHostByAddr', ip, callback, function(done)
    local list = require('./hosts').names(ip)
    if #list > 0 then
      timer.setImmediate(done, nil, list)
      return function() end
    end
    return require('./resolver').resolve(name, dns.TYPE_PTR, dns.CLASS_IN, nil, function(reason, records)
      for i, record in ipairs(records or {}) do list[i] = record.ptrdname end
      done(reason, list)
    end)
  end)
end

-- The system's resolver ----------------------------------------------------------------------------------------------

local constants = require('uv').constants
---Hint of `lookup`: only families that this machine has addresses of.
dns.ADDRCONFIG = constants.AI_ADDRCONFIG
---Hint of `lookup` for family 6: IPv4 addresses as IPv6 ones when there are no others.
dns.V4MAPPED = constants.AI_V4MAPPED
---Hint of `lookup` with `V4MAPPED`: those beside others as well.
dns.ALL = constants.AI_ALL

---@class luvit.dns.LookupOptions
---@field family? 0|4|6 of the addresses; 0, the default, for both
---@field all? boolean all addresses instead of the first
---@field hints? integer|table a sum of `dns.ADDRCONFIG`, `dns.V4MAPPED` and `dns.ALL`, or a table such as `{ addrconfig = true }`
---@field order? 'verbatim'|'ipv4first'|'ipv6first' `verbatim`, the default, as the system sorts them (RFC 6724)
---@field verbatim? boolean false is `ipv4first`

---Finds the address of a host as the system does, getaddrinfo(3): hosts file, name servers and what else it is set up
---for. The callback gets the address and its family, 4 or 6; with `all` the list of `{ address, family }`. An error is
---`ENOTFOUND`, or what the system says: `EAI_AGAIN`, `EAI_FAIL`.
---@param name string
---@param options? luvit.dns.LookupOptions|0|4|6
---@param callback? fun(err?: luvit.dns.Error, address?: string|{ address: string, family: 4|6 }[], family?: 4|6)|thread
---@return luvit.dns.Query
---@overload fun(name: string, callback: fun(err?: luvit.dns.Error, address?: string, family?: 4|6)): luvit.dns.Query
function dns.lookup(name, options, callback)
  if type(options) == 'function' or type(options) == 'thread' then
    options, callback = nil, options
  end
  check(name, 'name', 'lookup', callback)
  local lookup = require('./lookup')
  options = lookup.options(options)
  return start('getaddrinfo', name, callback, function(done)
    if name == '' then return nil, 'EBADNAME' end
    return lookup.addresses(name, options, function(reason, list)
      if reason or options.all then return done(reason, list) end
      done(nil, list[1].address, list[1].family)
    end)
  end)
end

---The name of an address and of the service on a port, getnameinfo(3); as numbers where they have no name.
---@param address string numeric; another one raises an error
---@param port integer
---@param callback? fun(err?: luvit.dns.Error, host?: string, service?: string)|thread
---@return luvit.dns.Query
function dns.lookupService(address, port, callback)
  check(address, 'address', 'lookupService', callback)
  if not names.parseAddress(address) then
    error(("bad argument 'address' to 'lookupService' (numeric address expected, got '%s')"):format(address), 2)
  end
  local number = checkInteger(port, 'port', 'lookupService')
  return start('getnameinfo', address, callback, function(done)
    return require('./lookup').service(address, number, done)
  end)
end

-- Settings -----------------------------------------------------------------------------------------------------------

---Names the servers to ask instead of the system's. They are asked in this order, the next when one does not answer.
---@param servers (luvit.dns.Server|string)[] numeric addresses: `'1.2.3.4'`, `'1.2.3.4:5353'`, `'::1'`, `'[::1]:53'`, or tables `{ host = '1.2.3.4', port = 53 }`
function dns.setServers(servers)
  config.setServers(config.servers(servers, 'setServers', 2))
end

---The servers that are asked, as a list of the caller's own. Without any in the system's settings it is 127.0.0.1.
---@return luvit.dns.Server[]
function dns.getServers()
  local list = {}
  for i, server in ipairs((select(2, config.current()))) do list[i] = config.server(server) end
  return list
end

---Asks the system's servers again, after `setServers`. (luvit 2 asked those of Google.)
function dns.setDefaultServers() config.setServers(nil) end

---How long to wait for a server before the next one is asked. All servers are asked in turn, as often as resolv.conf(5)
---says in `options attempts`, else twice; then the query ends with `ETIMEOUT`.
---@param timeout number milliseconds, more than 0
function dns.setTimeout(timeout)
  if type(timeout) ~= 'number' or not (timeout > 0) or timeout > 2 ^ 31 then
    local shown = type(timeout) == 'number' and tostring(timeout) or type(timeout)
    error(("bad argument 'timeout' to 'setTimeout' (number greater than 0 expected, got %s)"):format(shown), 2)
  end
  config.setTimeout(timeout)
end

---Waits as long as resolv.conf(5) says, else 2000 ms.
function dns.setDefaultTimeout() config.setTimeout(nil) end

local function load(path, hosts)
  config.use(path)
  require('./hosts').use(hosts)
  local list = {}
  for i, server in ipairs(config.current().servers) do list[i] = config.server(server) end
  return list
end

---Takes servers and options from a resolv.conf(5), by default the system's, and forgets those of `setServers`. The file
---is read again when it changes. One that is empty is no error: 127.0.0.1 is asked then, as resolv.conf(5) says.
---@param options? { file?: string, hosts?: string } other files than `/etc/resolv.conf` and the system's hosts file
---@return luvit.dns.Server[]? servers those in the file; nil when it cannot be read
---@return string? err `ENOENT: …`
---@return string? code
function dns.loadResolverUnix(options)
  if options ~= nil and type(options) ~= 'table' then
    error(("bad argument 'options' to 'loadResolverUnix' (table expected, got %s)"):format(type(options)), 2)
  end
  local path = options and options.file or '/etc/resolv.conf'
  local stat, err, code = require('uv').fs_stat(path)
  if not stat then return nil, err, code end
  return load(path, options and options.hosts)
end

---Takes the servers that Windows knows, and forgets those of `setServers`.
---@return luvit.dns.Server[]? servers nil on other systems
---@return string? err `ENOSYS: …`
---@return string? code
function dns.loadResolverWin()
  local servers, err, code = require('luvit:dns').nameServers()
  if not servers then return nil, err, code end
  return load()
end

---Takes the system's servers and options, or those of a file: `loadResolverUnix`, or on Windows without a file
---`loadResolverWin`.
---@param options? { file?: string, hosts?: string }
---@return luvit.dns.Server[]? servers, string? err, string? code
function dns.loadResolver(options)
  if require('jit').os == 'Windows' and not (type(options) == 'table' and options.file) then
    return dns.loadResolverWin()
  end
  return dns.loadResolverUnix(options)
end

return dns
