---@meta dns

-- Made by scripts/reference.lua of crates/luvit/lua/dns/. Change it there.

-- Names to addresses and records, by the Domain Name System and by the system's own resolver.
--
-- `resolve`, `resolve4` and their kin ask name servers themselves, those of `/etc/resolv.conf` unless `setServers`
-- named others. `lookup` asks the system, as `connect` does, and so finds what any other program finds.

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

---@class luvit.dns.LookupOptions
---@field family? 0|4|6 of the addresses; 0, the default, for both
---@field all? boolean all addresses instead of the first
---@field hints? integer|table a sum of `dns.ADDRCONFIG`, `dns.V4MAPPED` and `dns.ALL`, or a table such as `{ addrconfig = true }`
---@field order? 'verbatim'|'ipv4first'|'ipv6first' `verbatim`, the default, as the system sorts them (RFC 6724)
---@field verbatim? boolean false is `ipv4first`

---A query under way.
---@class luvit.dns.Query: luvit.Object
local Query = {}

---Ends the query. Its callback is called with `ECANCELLED` in the next turn of the loop.
---@return boolean # false when it was over already
function Query:cancel() end

---Why a query failed. As text it is `ENOTFOUND: the name does not exist, queryA example.com`, and like that text it
---answers to `match`, `find` and `..`.
---@class luvit.dns.Error: luvit.Error
---@field message string
---@field name string the kind of error, in node's names: `ENOTFOUND` (no such name), `ENODATA` (no records of the type), `ESERVFAIL`, `EREFUSED`, `EFORMERR`, `ENOTIMP` (what the server said), `EBADRESP` (what it said makes no sense), `ETIMEOUT`, `ECANCELLED`, `EBADNAME` (no domain name); or a code of the system, `ECONNREFUSED` for one
---@field code string|integer as in luvit 2, the response code when that is what the server sent: 1 to 5 for `EFORMERR`, `ESERVFAIL`, `ENOTFOUND`, `ENOTIMP` and `EREFUSED`; else the same as `name`
---@field syscall string what was asked: `queryA`, `queryMx`, `getaddrinfo` …
---@field hostname string whose records were asked for
local Error = {}

---`string.match` of the text.
---@param pattern string
---@param init? integer
---@return any ...
function Error:match(pattern, init) end

---`string.find` of the text.
---@param pattern string
---@param init? integer
---@param plain? boolean
---@return any ...
function Error:find(pattern, init, plain) end

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
---@field ADDRCONFIG integer Hint of `lookup`: only families that this machine has addresses of.
---@field V4MAPPED integer Hint of `lookup` for family 6: IPv4 addresses as IPv6 ones when there are no others.
---@field ALL integer Hint of `lookup` with `V4MAPPED`: those beside others as well.
local dns = {}

---Asks certain servers for the records of a full name, without suffixes and the hosts file.
---@param servers? (luvit.dns.Server|string)[] nil for those of `getServers`
---@param name string
---@param class? integer `dns.CLASS_IN` by default
---@param rtype? integer|string `dns.TYPE_A` by default
---@param callback? fun(err?: luvit.dns.Error, records?: luvit.dns.Record[])
---@return luvit.dns.Query
---@overload async fun(servers, name, class, rtype, callback: thread): luvit.dns.Record[]?, luvit.dns.Error?
---@overload fun(servers?: (luvit.dns.Server|string)[], name: string, class?: integer, rtype?: integer|string, thread?: thread): any, any, any
---@overload fun(servers?: (luvit.dns.Server|string)[], name: string, class?: integer, callback: fun(err?: luvit.dns.Error, records?: luvit.dns.Record[])): luvit.dns.Query
---@overload fun(servers?: (luvit.dns.Server|string)[], name: string, class?: integer, thread?: thread): any, any, any
---@overload fun(servers?: (luvit.dns.Server|string)[], name: string, callback: fun(err?: luvit.dns.Error, records?: luvit.dns.Record[])): luvit.dns.Query
---@overload fun(servers?: (luvit.dns.Server|string)[], name: string, thread?: thread): any, any, any
function dns.query(servers, name, class, rtype, callback) end

---Finds the records of a name. A short one is searched for as resolv.conf(5) says; a dot at its end makes it full.
---Letters beyond ASCII are encoded. Addresses come from the hosts file when the name is there.
---@param name string
---@param rtype? string `'A'` by default; `AAAA`, `CNAME`, `MX`, `NS`, `TXT`, `SRV`, `PTR`, `SOA`, `CAA`, `NAPTR`, `ANY`
---@param callback? fun(err?: luvit.dns.Error, records?: luvit.dns.Record[])
---@return luvit.dns.Query
---@overload fun(name: string, callback: fun(err?: luvit.dns.Error, records?: luvit.dns.Record[])): luvit.dns.Query
---@overload fun(name: string, rtype?: string, thread?: thread): any, any, any
---@overload fun(name: string, callback: fun(err?: luvit.dns.Error, records?: luvit.dns.Record[])): luvit.dns.Query
---@overload fun(name: string, thread?: thread): any, any, any
function dns.resolve(name, rtype, callback) end

---IPv4 addresses, as records with `address`.
---@param name string
---@param callback? fun(err?: luvit.dns.Error, records?: luvit.dns.Record[])
---@return luvit.dns.Query
---@overload fun(name: string, thread?: thread): any, any, any
function dns.resolve4(name, callback) end

---IPv6 addresses, as records with `address`.
---@param name string
---@param callback? fun(err?: luvit.dns.Error, records?: luvit.dns.Record[])
---@return luvit.dns.Query
---@overload fun(name: string, thread?: thread): any, any, any
function dns.resolve6(name, callback) end

---What the name is an alias of, as records with `cname`.
---@param name string
---@param callback? fun(err?: luvit.dns.Error, records?: luvit.dns.Record[])
---@return luvit.dns.Query
---@overload fun(name: string, thread?: thread): any, any, any
function dns.resolveCname(name, callback) end

---Mail servers, as records with `exchange` and `preference`.
---@param name string
---@param callback? fun(err?: luvit.dns.Error, records?: luvit.dns.Record[])
---@return luvit.dns.Query
---@overload fun(name: string, thread?: thread): any, any, any
function dns.resolveMx(name, callback) end

---Name servers, as records with `nsdname`.
---@param name string
---@param callback? fun(err?: luvit.dns.Error, records?: luvit.dns.Record[])
---@return luvit.dns.Query
---@overload fun(name: string, thread?: thread): any, any, any
function dns.resolveNs(name, callback) end

---Texts, as records with `txt`: a string, or a list of them.
---@param name string
---@param callback? fun(err?: luvit.dns.Error, records?: luvit.dns.Record[])
---@return luvit.dns.Query
---@overload fun(name: string, thread?: thread): any, any, any
function dns.resolveTxt(name, callback) end

---Where a service runs, as records with `target`, `port`, `priority` and `weight`. The name is like
---`_http._tcp.example.com`.
---@param name string
---@param callback? fun(err?: luvit.dns.Error, records?: luvit.dns.Record[])
---@return luvit.dns.Query
---@overload fun(name: string, thread?: thread): any, any, any
function dns.resolveSrv(name, callback) end

---Pointers, as records with `ptrdname`. `reverse` makes the name from an address.
---@param name string like `1.0.0.127.in-addr.arpa`
---@param callback? fun(err?: luvit.dns.Error, records?: luvit.dns.Record[])
---@return luvit.dns.Query
---@overload fun(name: string, thread?: thread): any, any, any
function dns.resolvePtr(name, callback) end

---Who is responsible for a zone: a list of one record with `nsname`, `hostmaster`, `serial`, `refresh`, `retry`,
---`expire` and `minttl`.
---@param name string
---@param callback? fun(err?: luvit.dns.Error, records?: luvit.dns.Record[])
---@return luvit.dns.Query
---@overload fun(name: string, thread?: thread): any, any, any
function dns.resolveSoa(name, callback) end

---Who may issue certificates, as records with `critical`, `tag`, `value` and the value under its tag.
---@param name string
---@param callback? fun(err?: luvit.dns.Error, records?: luvit.dns.Record[])
---@return luvit.dns.Query
---@overload fun(name: string, thread?: thread): any, any, any
function dns.resolveCaa(name, callback) end

---Rules that rewrite names, as records with `order`, `preference`, `flags`, `service`, `regexp` and `replacement`.
---@param name string
---@param callback? fun(err?: luvit.dns.Error, records?: luvit.dns.Record[])
---@return luvit.dns.Query
---@overload fun(name: string, thread?: thread): any, any, any
function dns.resolveNaptr(name, callback) end

---All records that a server likes to tell; many tell few (RFC 8482).
---@param name string
---@param callback? fun(err?: luvit.dns.Error, records?: luvit.dns.Record[])
---@return luvit.dns.Query
---@overload fun(name: string, thread?: thread): any, any, any
function dns.resolveAny(name, callback) end

---The names of an address: those of the hosts file, or of its PTR records.
---@param ip string numeric; another one raises an error
---@param callback? fun(err?: luvit.dns.Error, names?: string[])
---@return luvit.dns.Query
---@overload fun(ip: string, thread?: thread): any, any, any
function dns.reverse(ip, callback) end

---Finds the address of a host as the system does, getaddrinfo(3): hosts file, name servers and what else it is set up
---for. The callback gets the address and its family, 4 or 6; with `all` the list of `{ address, family }`. An error is
---`ENOTFOUND`, or what the system says: `EAI_AGAIN`, `EAI_FAIL`.
---@param name string
---@param options? luvit.dns.LookupOptions|0|4|6
---@param callback? fun(err?: luvit.dns.Error, address?: string|{ address: string, family: 4|6 }[], family?: 4|6)
---@return luvit.dns.Query
---@overload fun(name: string, callback: fun(err?: luvit.dns.Error, address?: string, family?: 4|6)): luvit.dns.Query
---@overload fun(name: string, options?: luvit.dns.LookupOptions|0|4|6, thread?: thread): any, any, any
---@overload fun(name: string, callback: fun(err?: luvit.dns.Error, address?: string|{ address: string, family: 4|6 }[], family?: 4|6)): luvit.dns.Query
---@overload fun(name: string, thread?: thread): any, any, any
function dns.lookup(name, options, callback) end

---The name of an address and of the service on a port, getnameinfo(3); as numbers where they have no name.
---@param address string numeric; another one raises an error
---@param port integer
---@param callback? fun(err?: luvit.dns.Error, host?: string, service?: string)
---@return luvit.dns.Query
---@overload fun(address: string, port: integer, thread?: thread): any, any, any
function dns.lookupService(address, port, callback) end

---Names the servers to ask instead of the system's. They are asked in this order, the next when one does not answer.
---@param servers (luvit.dns.Server|string)[] numeric addresses: `'1.2.3.4'`, `'1.2.3.4:5353'`, `'::1'`, `'[::1]:53'`, or tables `{ host = '1.2.3.4', port = 53 }`
function dns.setServers(servers) end

---The servers that are asked, as a list of the caller's own. Without any in the system's settings it is 127.0.0.1.
---@return luvit.dns.Server[]
function dns.getServers() end

---Asks the system's servers again, after `setServers`. (luvit 2 asked those of Google.)
function dns.setDefaultServers() end

---How long to wait for a server before the next one is asked. All servers are asked in turn, as often as resolv.conf(5)
---says in `options attempts`, else twice; then the query ends with `ETIMEOUT`.
---@param timeout number milliseconds, more than 0
function dns.setTimeout(timeout) end

---Waits as long as resolv.conf(5) says, else 2000 ms.
function dns.setDefaultTimeout() end

---Takes servers and options from a resolv.conf(5), by default the system's, and forgets those of `setServers`. The file
---is read again when it changes. One that is empty is no error: 127.0.0.1 is asked then, as resolv.conf(5) says.
---@param options? { file?: string, hosts?: string } other files than `/etc/resolv.conf` and the system's hosts file
---@return luvit.dns.Server[]? servers those in the file; nil when it cannot be read
---@return string? err `ENOENT: …`
---@return string? code
function dns.loadResolverUnix(options) end

---Takes the servers that Windows knows, and forgets those of `setServers`.
---@return luvit.dns.Server[]? servers nil on other systems
---@return string? err `ENOSYS: …`
---@return string? code
function dns.loadResolverWin() end

---Takes the system's servers and options, or those of a file: `loadResolverUnix`, or on Windows without a file
---`loadResolverWin`.
---@param options? { file?: string, hosts?: string }
---@return luvit.dns.Server[]? servers, string? err, string? code
function dns.loadResolver(options) end

return dns
