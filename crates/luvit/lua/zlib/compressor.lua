-- Compresses the answers of an HTTP server, for clients that accept it.

local native = require('luvit:zlib')

---@class luvit.zlib
local zlib = {}

---How answers are compressed.
---@class luvit.zlib.CompressorOptions
---@field threshold? integer bytes; a body known to be smaller is sent as it is, 1024 by default
---@field level? integer of gzip and deflate, 6 by default
---@field quality? integer of brotli, 0 to 11; 4 by default
---@field types? string[]|fun(type: string): boolean which content types are compressed, in lower case: `text/html`, `text/*`. Text, JSON, JavaScript, XML, SVG and WebAssembly by default
---@field encodings? string[] what is offered, the preferred one first: `br`, `gzip`, `deflate` by default

local TYPES = {
  'text/*', 'application/json', 'application/javascript', 'application/xml', 'application/x-javascript',
  'application/manifest+json', 'application/wasm', 'application/x-www-form-urlencoded', 'application/rtf',
  'image/svg+xml', 'image/bmp', 'image/x-icon', 'font/ttf', 'font/otf',
}
local CLASSES = { br = 'BrotliCompress', gzip = 'Gzip', deflate = 'Deflate' }
local KINDS = { br = 9, gzip = 3, deflate = 1 }
-- A body of up to so many bytes is compressed at once, a larger one on the thread pool.
local AT_ONCE = 32 * 1024
local MAX_STRING = 0x7fff0000

local function integer(given, name, least, most, default)
  local value = given[name]
  if value == nil then return default end
  if type(value) ~= 'number' or value % 1 ~= 0 or value < least or value > most then
    error(("bad argument 'compress.%s' to 'compressor' (integer from %d to %.0f expected, got %s)"):format(name, least,
      most, tostring(value)), 0)
  end
  return value
end

local function typeTest(types)
  if type(types) == 'function' then return types end
  local exact, families = {}, {}
  for _, name in ipairs(types) do
    local family = name:lower():match('^([^/]+)/%*$')
    if family then families[family] = true else exact[name:lower()] = true end
  end
  local own = types == TYPES
  return function(name)
    return exact[name] or families[name:match('^[^/]+')] or own and (name:find('%+json$') or name:find('%+xml$')) ~= nil
  end
end

-- Options, checked and ready for use; those of a server are made once.
local function settingsOf(given)
  if given == nil or given == true then given = {} end
  if type(given) ~= 'table' then
    error(("bad argument 'compress' to 'compressor' (boolean or table expected, got %s)"):format(type(given)), 0)
  end
  local types, encodings = given.types or TYPES, given.encodings or { 'br', 'gzip', 'deflate' }
  if type(types) ~= 'table' and type(types) ~= 'function' then
    error("bad argument 'compress.types' to 'compressor' (list of types or function expected)", 0)
  end
  for _, name in ipairs(type(types) == 'table' and types or {}) do
    if type(name) ~= 'string' then error("bad argument 'compress.types' to 'compressor' (list of strings expected)", 0) end
  end
  if type(encodings) ~= 'table' then
    error("bad argument 'compress.encodings' to 'compressor' (list of names expected)", 0)
  end
  for _, name in ipairs(encodings) do
    if not CLASSES[name] then
      error(("bad argument 'compress.encodings' to 'compressor' (br, gzip or deflate expected, got %s)"):format(
        tostring(name)), 0)
    end
  end
  return {
    threshold = integer(given, 'threshold', 0, 2 ^ 53, 1024),
    level = integer(given, 'level', -1, 9, 6),
    quality = integer(given, 'quality', 0, 11, 4),
    isCompressible = typeTest(types),
    encodings = encodings,
  }
end

local defaults

-- Which encoding a client wants most (RFC 9110, section 12.5.3), of those that we have; nil for none.
local function negotiate(accepted, offered)
  local weights, any = {}, nil
  for item in accepted:lower():gmatch('[^,]+') do
    local name, parameters = item:match('^%s*([^%s;]+)%s*(.-)%s*$')
    if name then
      local weight = 1
      local given = parameters:match('^;%s*q%s*=%s*(.-)$')
      if given then
        weight = given:find('^[01]%.?%d*$') and tonumber(given) or 0
        if weight > 1 then weight = 0 end
      end
      if name == 'x-gzip' then name = 'gzip' end
      if name == '*' then any = weight else weights[name] = weight end
    end
  end
  local best, highest = nil, 0
  for _, name in ipairs(offered) do
    local weight = weights[name] or any or 0
    if weight > highest then best, highest = name, weight end
  end
  -- Who prefers it as it is gets it so.
  if best and (weights.identity or 0) > highest then return nil end
  return best
end

local function addVary(headers)
  local vary = headers.vary
  if not vary or vary == '' then
    headers.Vary = 'Accept-Encoding'
  elseif vary ~= '*' and not (',' .. vary:lower():gsub('%s', '') .. ','):find(',accept-encoding,', 1, true) then
    headers.Vary = vary .. ', Accept-Encoding'
  end
end

-- Whether the answer is one to compress; `Vary` is set where another client would get another one. The encoding, or nil.
local function choose(res, settings, size)
  local req, status, headers = res.req, res.statusCode, res.headers
  if status < 200 or status == 204 or status == 205 or status == 206 or status == 304 then return nil end
  if headers['content-encoding'] or headers['content-range'] then return nil end
  local control = headers['cache-control']
  if control and control:lower():find('no-transform', 1, true) then return nil end
  local kind = headers['content-type']
  kind = kind and kind:lower():match('^%s*([^;%s]+)')
  if not kind or not settings.isCompressible(kind) then return nil end
  addVary(headers)
  if req.method == 'HEAD' or req.headers.range then return nil end
  size = size or tonumber(headers['content-length'] or '')
  if size and size < settings.threshold then return nil end
  local accepted = req.headers['accept-encoding']
  return accepted and negotiate(accepted, settings.encodings), kind
end

-- The headers of what is sent.
local function announce(res, encoding)
  local headers = res.headers
  headers['Content-Encoding'] = encoding
  headers['content-length'], headers['accept-ranges'], headers['content-md5'] = nil, nil, nil
  -- Another sequence of bytes is not the same, but as good.
  local tag = headers.etag
  if tag and tag:sub(1, 1) == '"' then headers.ETag = 'W/' .. tag end
end

local function streamOptions(settings, encoding, kind)
  -- An event is to arrive when it happens.
  local flush = kind == 'text/event-stream' and (encoding == 'br' and 1 or 2) or nil
  if encoding == 'br' then return { params = { [1] = settings.quality, [2] = 19 }, flush = flush } end
  return { level = settings.level, flush = flush }
end

-- Puts a stream between those who write and the response.
local function through(res, encoding, kind, settings, write, finish)
  announce(res, encoding)
  -- From here on the head is as good as sent, whenever the first of the body comes out of the stream.
  write(res, '')
  local stream = require('zlib/streams')[CLASSES[encoding]]:new(streamOptions(settings, encoding, kind))
  local ended
  stream:on('data', function(chunk)
    if not write(res, chunk) then stream:pause() end
  end)
  stream:on('end', function() finish(res, nil, ended) end)
  -- Who writes waits for the stream, and the stream for the connection; both are told by the same event.
  local ours = false
  stream:on('drain', function()
    ours = true
    require('stream/base').attempt(res.emit, res, 'drain')
    ours = false
  end)
  res:on('drain', function()
    if not ours then stream:resume() end
  end)
  stream:on('error', function(err) res:destroy(err) end)
  res:on('close', function() stream:destroy() end)
  function res.write(_, chunk, callback)
    if chunk == '' then
      stream:flush(encoding == 'br' and 1 or 2, callback)
      return true
    end
    return stream:write(chunk, callback)
  end
  function res.flush(_, callback)
    stream:flush(encoding == 'br' and 1 or 2, callback)
    return res
  end
  function res.finish(_, chunk, callback)
    if type(chunk) == 'function' then chunk, callback = nil, chunk end
    if stream._writableState.ending then
      if callback then process.nextTick(callback, 'write after end') end
      return
    end
    ended = callback
    stream:_end(chunk)
  end
  return stream
end

-- All of a small body at once, if it becomes smaller.
local function compressed(settings, encoding, body)
  local plan = { kind = KINDS[encoding], level = settings.level }
  if encoding == 'br' then plan.params = { 1, settings.quality, 5, #body } end
  local out = native.whole(plan, body, encoding == 'br' and 2 or 4, MAX_STRING)
  return out and #out < #body and out or nil
end

local function attach(res, settings)
  -- What a subclass or an earlier middleware has put there is what we write to.
  local write, finish = res.write, res.finish
  local ownWrite, ownFinish = rawget(res, 'write'), rawget(res, 'finish')
  local function plain()
    rawset(res, 'write', ownWrite)
    rawset(res, 'finish', ownFinish)
  end
  function res.write(self, chunk, callback)
    if type(chunk) ~= 'string' or self.headersSent or self.finished then
      return write(self, chunk, callback)
    end
    local encoding, kind = choose(self, settings)
    if not encoding then
      plain()
      return write(self, chunk, callback)
    end
    through(self, encoding, kind, settings, write, finish)
    if chunk ~= '' then return self:write(chunk, callback) end
    -- It was the head that was to go out.
    if callback then process.nextTick(callback) end
    return true
  end
  function res.finish(self, chunk, callback)
    if type(chunk) == 'function' then chunk, callback = nil, chunk end
    if type(chunk) ~= 'string' or self.headersSent or self.finished then return finish(self, chunk, callback) end
    local encoding, kind = choose(self, settings, #chunk)
    if not encoding then
      plain()
      return finish(self, chunk, callback)
    end
    if #chunk > AT_ONCE then
      through(self, encoding, kind, settings, write, finish)
      return self:finish(chunk, callback)
    end
    local body = compressed(settings, encoding, chunk)
    plain()
    if body then announce(self, encoding) end
    return finish(self, body or chunk, callback)
  end
  function res.flush(self, callback)
    -- Nothing is held back.
    if callback then process.nextTick(callback) end
    return self
  end
end

---Lets the answer to a request be compressed, when it is first written to: if the client accepts it, its type is one that
---becomes smaller, it is not too small, and nothing speaks against it (`Content-Encoding` or `Content-Range` are set,
---`Cache-Control: no-transform`, `HEAD`, 204, 206, 304, a request for a range). It sets `Content-Encoding` and `Vary`,
---removes `Content-Length`, and makes an `ETag` weak. `res:flush()` sends what was written so far; `text/event-stream` is
---flushed after every write.
---
---A server does this for all its requests with `http.createServer({ compress = true }, …)`; a table has the options.
---@param req luvit.http.IncomingMessage
---@param res luvit.http.ServerResponse
---@param options? luvit.zlib.CompressorOptions
function zlib.compressor(req, res, options) -- luacheck: ignore
  if type(req) ~= 'table' or type(res) ~= 'table' or not res.finish then
    error("bad argument 'res' to 'compressor' (request and response expected)", 2)
  end
  local ok, settings = true, options == nil and defaults or nil
  if not settings then ok, settings = pcall(settingsOf, options) end
  if not ok then error(settings, 2) end
  if options == nil then defaults = settings end
  attach(res, settings)
end

return {
  compressor = zlib.compressor,
  negotiate = negotiate,
  -- For `http.createServer`: the options are looked at once.
  forServer = function(given)
    local settings = settingsOf(given)
    return function(res) return attach(res, settings) end
  end,
}
