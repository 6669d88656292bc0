-- What went wrong with a query, as one kind of error.

local Error = require('core').Error

---Why a query failed. As text it is `ENOTFOUND: the name does not exist, queryA example.com`, and like that text it
---answers to `match`, `find` and `..`.
---@class luvit.dns.Error: luvit.Error
---@field message string
---@field name string the kind of error, in node's names: `ENOTFOUND` (no such name), `ENODATA` (no records of the type), `ESERVFAIL`, `EREFUSED`, `EFORMERR`, `ENOTIMP` (what the server said), `EBADRESP` (what it said makes no sense), `ETIMEOUT`, `ECANCELLED`, `EBADNAME` (no domain name); or a code of the system, `ECONNREFUSED` for one
---@field code string|integer as in luvit 2, the response code when that is what the server sent: 1 to 5 for `EFORMERR`, `ESERVFAIL`, `ENOTFOUND`, `ENOTIMP` and `EREFUSED`; else the same as `name`
---@field syscall string what was asked: `queryA`, `queryMx`, `getaddrinfo` …
---@field hostname string whose records were asked for
local DnsError = Error:extend()

local TEXTS = {
  EBADNAME = 'not a domain name',
  EBADRESP = 'the answer makes no sense',
  ECANCELLED = 'the query was cancelled',
  EFORMERR = 'the server does not understand the query',
  ENODATA = 'the name has no such records',
  ENOTFOUND = 'the name does not exist',
  ENOTIMP = 'the server does not know this kind of query',
  EREFUSED = 'the server refused the query',
  ESERVFAIL = 'the server failed',
  ETIMEOUT = 'no answer in time',
}

local RESPONSE_CODES = { 'EFORMERR', 'ESERVFAIL', 'ENOTFOUND', 'ENOTIMP', 'EREFUSED' }

---@param reason string|integer a name, or a response code
---@param syscall string
---@param hostname string
function DnsError:initialize(reason, syscall, hostname)
  local name = type(reason) == 'number' and (RESPONSE_CODES[reason] or 'ESERVFAIL') or reason
  local text = TEXTS[name]
  if not text then
    local uv = require('uv')
    local number = uv.errno[name]
    text = number and uv.translate_sys_error(number):match('^[^:]+: (.*)') or 'error'
  end
  self.name, self.code, self.syscall, self.hostname = name, reason, syscall, hostname
  self.message = ('%s: %s, %s %s'):format(name, text, syscall, hostname)
end

---`string.match` of the text.
---@param pattern string
---@param init? integer
---@return any ...
function DnsError:match(pattern, init) return self.message:match(pattern, init) end

---`string.find` of the text.
---@param pattern string
---@param init? integer
---@param plain? boolean
---@return any ...
function DnsError:find(pattern, init, plain) return self.message:find(pattern, init, plain) end

function DnsError.meta.__concat(left, right) return tostring(left) .. tostring(right) end

return DnsError
