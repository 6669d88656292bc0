---@meta url

-- Made by scripts/reference.lua of crates/luvit/lua/url.lua. Change it there.

-- URLs: take apart, put together, resolve.
--
-- The shape is luvit's: `protocol` has no colon, `path` and `pathname` are `/`
-- when the URL has none, `hash` and `search` keep their `#` and `?`.

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

---@class luvit.url
local url = {}

---Puts a URL together. `host` counts before `hostname` and `port`, `search`
---before `query`.
---@param parsed luvit.Url|table|string
---@return string
function url.format(parsed) end

---Takes a URL apart. A table is returned as it is.
---@param url string|luvit.Url
---@param parseQueryString? boolean `query` becomes a table
---@param slashesDenoteHost? boolean `//host/path` has a host
---@return luvit.Url
function url.parse(url, parseQueryString, slashesDenoteHost) end

---Resolves a URL against another, as a browser does with a link on a page
---(RFC 3986 section 5.2).
---@param source string|luvit.Url
---@param relative string|luvit.Url
---@return string
function url.resolve(source, relative) end

---As `resolve`, taken apart.
---@param source string|luvit.Url
---@param relative string|luvit.Url
---@return luvit.Url
function url.resolveObject(source, relative) end

return url
