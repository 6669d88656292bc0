-- URLs: take apart, put together, resolve.
--
-- The shape is luvit's: `protocol` has no colon, `path` and `pathname` are `/`
-- when the URL has none, `hash` and `search` keep their `#` and `?`.

local querystring = require('querystring')

local concat = table.concat

---The parts of a URL. What it does not have is nil.
---@class luvit.Url
---@field href string the whole, normalized
---@field protocol? string lower case, without the colon
---@field auth? string `user:password`, decoded
---@field host? string with the port
---@field hostname? string lower case, an IPv6 address without its brackets
---@field port? string
---@field path string pathname and search
---@field pathname string
---@field search? string with the `?`
---@field query? any a string without the `?`; a table if asked for
---@field hash? string with the `#`

-- These have no host, whatever follows the colon.
local OPAQUE = { mailto = true, javascript = true, data = true, tel = true, urn = true, news = true }

-- These are written with `//` even when there is no host.
local SLASHED = { http = true, https = true, ftp = true, file = true, ws = true, wss = true }

local function percent(c)
  return ('%%%02X'):format(c:byte())
end

-- What may not stand in a URL at all; RFC 3986 section 2, and node adds the
-- apostrophe. Control characters among them would split a request line.
local function escapeUnsafe(str)
  return (str:gsub('[%c%s<>"`{}|\\^\']', percent))
end

local function encodeAuth(auth)
  return (auth:gsub("[^%w%-._~!*'():]", percent))
end

local function decodeAuth(auth)
  return (auth:gsub('%%(%x%x)', function(hex) return string.char(tonumber(hex, 16)) end))
end

local function splitHost(parts, authority)
  -- The last @ ends the credentials: a password may hold one.
  local auth, host = authority:match('^(.*)@(.*)$')
  if auth and auth ~= '' then parts.auth = decodeAuth(auth) end
  host = host or authority

  local address, port = host:match('^%[([%x:.%%%w]+)%]:?(%d*)$')
  local rest = ''
  if not address then
    -- A host ends at the first character that none can hold; what follows
    -- belongs to the path.
    local name, after = host:match('^([%w%-._~+!$&()*,;=\128-\255]*)(.*)$')
    port, after = after:match('^:(%d*)(.*)$'), after:gsub('^:%d*', '', 1)
    address, rest = name, after
  end
  if address == '' then return rest end

  parts.hostname = address:lower()
  if port and port ~= '' then parts.port = port end
  local shown = parts.hostname:find(':', 1, true) and '[' .. parts.hostname .. ']' or parts.hostname
  parts.host = parts.port and shown .. ':' .. parts.port or shown
  return rest
end

-- The parts a URL has, nothing made up. Without a protocol `//` starts a host
-- only if the caller says so.
local function split(url, slashesDenoteHost)
  local parts = {}
  local rest = url:match('^%s*(.-)%s*$')

  local before, hash = rest:match('^([^#]*)(#.*)$')
  if hash then rest, parts.hash = before, escapeUnsafe(hash) end
  local start, search = rest:match('^([^?]*)(%?.*)$')
  if search then rest, parts.search = start, escapeUnsafe(search) end

  local scheme, after = rest:match('^(%a[%w+.-]*):(.*)$')
  if scheme and OPAQUE[scheme:lower()] then
    parts.protocol = scheme:lower()
    parts.pathname = escapeUnsafe(after)
    return parts
  end

  rest = rest:gsub('\\', '/')
  local hasHost = false
  scheme, after = rest:match('^(%a[%w+.-]*)://(.*)$')
  if scheme then
    parts.protocol, rest, hasHost = scheme:lower(), after, true
  elseif slashesDenoteHost and rest:sub(1, 2) == '//' then
    rest, hasHost = rest:sub(3), true
  end
  if hasHost then
    local authority, path = rest:match('^([^/]*)(.*)$')
    local left = splitHost(parts, authority)
    if left ~= '' then left = '/' .. left end
    rest = left .. path
  end
  if rest ~= '' then parts.pathname = escapeUnsafe(rest) end
  return parts
end

local function checkUrl(value, method, name)
  if type(value) ~= 'string' and type(value) ~= 'table' then
    error(("bad argument '%s' to url.%s (string or table expected, got %s)"):format(name, method, type(value)), 3)
  end
end

local function present(value)
  return value ~= nil and value ~= ''
end

local function withPrefix(str, prefix)
  if not present(str) or str:sub(1, #prefix) == prefix then return str or '' end
  return prefix .. str
end

local parse

---Puts a URL together. `host` counts before `hostname` and `port`, `search`
---before `query`.
---@param parsed luvit.Url|table|string
---@return string
local function format(parsed)
  checkUrl(parsed, 'format', 'parsed')
  if type(parsed) == 'string' then return parse(parsed).href end

  local protocol = parsed.protocol
  if present(protocol) and protocol:sub(-1) ~= ':' then protocol = protocol .. ':' end
  protocol = protocol or ''

  local host
  if present(parsed.host) then
    host = parsed.host
  elseif present(parsed.hostname) then
    host = parsed.hostname
    if host:find(':', 1, true) and host:sub(1, 1) ~= '[' then host = '[' .. host .. ']' end
    if parsed.port then host = host .. ':' .. parsed.port end
  end
  if host and present(parsed.auth) then host = encodeAuth(parsed.auth) .. '@' .. host end

  local pathname = (parsed.pathname or ''):gsub('[?#]', percent)
  local slashes = ''
  if host or SLASHED[protocol:sub(1, -2)] then
    slashes = '//' .. (host or '')
    pathname = withPrefix(pathname, '/')
  end

  local search = parsed.search
  if not present(search) then
    search = parsed.query
    if type(search) == 'table' then search = querystring.stringify(search) end
  end
  search = withPrefix(search, '?'):gsub('#', '%%23')

  return protocol .. slashes .. pathname .. search .. withPrefix(parsed.hash, '#')
end

---Takes a URL apart. A table is returned as it is.
---@param url string|luvit.Url
---@param parseQueryString? boolean `query` becomes a table
---@param slashesDenoteHost? boolean `//host/path` has a host
---@return luvit.Url
function parse(url, parseQueryString, slashesDenoteHost)
  checkUrl(url, 'parse', 'url')
  if type(url) == 'table' then return url end

  local parts = split(url, slashesDenoteHost)
  local query = parts.search and parts.search:sub(2) or nil
  if query == '' then query = nil end
  local path = (parts.pathname or (parts.host and '/') or '') .. (parts.search or '')
  parts.path = path ~= '' and path or '/'
  parts.pathname = parts.pathname or '/'
  parts.query = query
  if parseQueryString then parts.query = querystring.parse(query) end
  parts.href = format(parts)
  return parts
end

-- Resolves `.` and `..`. A relative path keeps the `..` that lead above it.
local function removeDots(path)
  local absolute = path:sub(1, 1) == '/'
  local kept, depth = {}, 0
  local endsInDirectory = false
  for segment in (path:sub(absolute and 2 or 1) .. '/'):gmatch('([^/]*)/') do
    endsInDirectory = segment == '.' or segment == '..'
    if segment == '..' then
      if depth > 0 then
        kept[#kept] = nil
        depth = depth - 1
      elseif not absolute then
        kept[#kept + 1] = segment
      end
    elseif segment ~= '.' then
      kept[#kept + 1] = segment
      depth = depth + 1
    end
  end
  local result = (absolute and '/' or '') .. concat(kept, '/')
  if endsInDirectory and result:sub(-1) ~= '/' and #kept > 0 then result = result .. '/' end
  return result
end

-- A parsed URL says `/` where it had no path; only its href may tell.
local function partsOf(url)
  return split(type(url) == 'table' and (url.href or format(url)) or url, true)
end

local function resolveParts(source, relative)
  local base, ref = partsOf(source), partsOf(relative)
  if ref.protocol or ref.host then
    ref.protocol = ref.protocol or base.protocol
    if ref.pathname and not OPAQUE[ref.protocol] then ref.pathname = removeDots(ref.pathname) end
    return ref
  end

  local result = {
    protocol = base.protocol, auth = base.auth, host = base.host,
    search = ref.search, hash = ref.hash,
  }
  if not ref.pathname then
    result.pathname = base.pathname
    result.search = ref.search or base.search
  elseif ref.pathname:sub(1, 1) == '/' then
    result.pathname = removeDots(ref.pathname)
  else
    local directory = base.pathname and base.pathname:match('^(.*/)') or (base.host and '/' or '')
    result.pathname = removeDots(directory .. ref.pathname)
  end
  return result
end

---Resolves a URL against another, as a browser does with a link on a page
---(RFC 3986 section 5.2).
---@param source string|luvit.Url
---@param relative string|luvit.Url
---@return string
local function resolve(source, relative)
  checkUrl(source, 'resolve', 'source')
  checkUrl(relative, 'resolve', 'relative')
  local result = resolveParts(source, relative)
  if result.host and not result.pathname then result.pathname = '/' end
  return format(result)
end

---As `resolve`, taken apart.
---@param source string|luvit.Url
---@param relative string|luvit.Url
---@return luvit.Url
local function resolveObject(source, relative)
  checkUrl(source, 'resolveObject', 'source')
  checkUrl(relative, 'resolveObject', 'relative')
  return parse(resolve(source, relative), false, true)
end

return {
  parse = parse,
  format = format,
  resolve = resolve,
  resolveObject = resolveObject,
}
