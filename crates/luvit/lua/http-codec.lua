-- HTTP/1.x messages to and from bytes, without any I/O.
--
-- `encoder()` and `decoder()` each return a function that keeps the state of
-- one connection. Both refuse what RFC 9112 refuses by raising an error: bytes
-- that two programs may read differently are how requests are smuggled.

local find, format, lower, match, sub =
  string.find, string.format, string.lower, string.match, string.sub
local concat = table.concat

local STATUS_CODES = {
  [100] = 'Continue', [101] = 'Switching Protocols', [102] = 'Processing', [103] = 'Early Hints',
  [200] = 'OK', [201] = 'Created', [202] = 'Accepted', [203] = 'Non-Authoritative Information',
  [204] = 'No Content', [205] = 'Reset Content', [206] = 'Partial Content', [207] = 'Multi-Status',
  [208] = 'Already Reported', [226] = 'IM Used',
  [300] = 'Multiple Choices', [301] = 'Moved Permanently', [302] = 'Found', [303] = 'See Other',
  [304] = 'Not Modified', [305] = 'Use Proxy', [307] = 'Temporary Redirect', [308] = 'Permanent Redirect',
  [400] = 'Bad Request', [401] = 'Unauthorized', [402] = 'Payment Required', [403] = 'Forbidden',
  [404] = 'Not Found', [405] = 'Method Not Allowed', [406] = 'Not Acceptable',
  [407] = 'Proxy Authentication Required', [408] = 'Request Timeout', [409] = 'Conflict', [410] = 'Gone',
  [411] = 'Length Required', [412] = 'Precondition Failed', [413] = 'Content Too Large',
  [414] = 'URI Too Long', [415] = 'Unsupported Media Type', [416] = 'Range Not Satisfiable',
  [417] = 'Expectation Failed', [418] = "I'm a teapot", [421] = 'Misdirected Request',
  [422] = 'Unprocessable Content', [423] = 'Locked', [424] = 'Failed Dependency', [425] = 'Too Early',
  [426] = 'Upgrade Required', [428] = 'Precondition Required', [429] = 'Too Many Requests',
  [431] = 'Request Header Fields Too Large', [451] = 'Unavailable For Legal Reasons',
  [500] = 'Internal Server Error', [501] = 'Not Implemented', [502] = 'Bad Gateway',
  [503] = 'Service Unavailable', [504] = 'Gateway Timeout', [505] = 'HTTP Version Not Supported',
  [506] = 'Variant Also Negotiates', [507] = 'Insufficient Storage', [508] = 'Loop Detected',
  [509] = 'Bandwidth Limit Exceeded', [510] = 'Not Extended', [511] = 'Network Authentication Required',
}

-- Size of a request or response line and its fields, as node's maxHeaderSize.
local MAX_HEAD_SIZE = 16 * 1024
-- Chunk extensions of one message together: they are read and thrown away, so
-- a peer must not be able to send little else.
local MAX_EXTENSION_SIZE = 16 * 1024
-- A chunk is passed on whole when it is smaller; no peer's chunk size decides
-- how much is buffered.
local MAX_PIECE = 64 * 1024
-- The largest integer that a double holds exactly.
local MAX_LENGTH = 2 ^ 53

-- RFC 9110 section 5.6.2.
local TOKEN = "^[%w!#$%%&'*+%-.^_`|~]+$"

local function fail(message)
  error(message, 0)
end

-- A field's value: anything but control characters, except tab.
local function isFieldValue(value)
  return not find(value, '[%z\1-\8\10-\31\127]')
end

-- The last coding of a Transfer-Encoding and how often `chunked` stands in it.
local function readCodings(value)
  local last, chunked = nil, 0
  for coding in value:gmatch('[^,]+') do
    last = lower(match(coding, '^[ \t]*(.-)[ \t]*$'))
    if last == 'chunked' then chunked = chunked + 1 end
  end
  return last, chunked
end

---The head of a message. Its list part is the headers, `{name, value}` each.
---@class luvit.HttpHead
---@field method? string of a request
---@field path? string of a request
---@field code? integer of a response
---@field reason? string of a response; by default the registered one
---@field version? number|string 1.1 by default
---@field keepAlive? boolean set by the decoder: whether the connection can serve another message
---@field trailers? string[][] set by the decoder at the end of a chunked body
---@field [integer] any

local function encodeStartLine(item, version)
  if item.method then
    local method, path = item.method, item.path
    if type(method) ~= 'string' or not find(method, TOKEN) then
      fail('invalid character in method')
    end
    if type(path) ~= 'string' or path == '' then fail('expected non-empty path') end
    if find(path, '[%z\1-\32\127]') then fail('invalid character in path') end
    return method .. ' ' .. path .. ' HTTP/' .. version .. '\r\n'
  end
  local code = tonumber(item.code)
  if not code or code % 1 ~= 0 or code < 100 or code > 999 then
    fail('expected a status code from 100 to 999, got ' .. tostring(item.code))
  end
  local reason = tostring(item.reason or STATUS_CODES[code] or '')
  if not isFieldValue(reason) then fail('invalid character in reason') end
  return format('HTTP/%s %d %s\r\n', version, code, reason)
end

local function encodeVersion(version)
  version = tonumber(version or 1.1)
  if version ~= 1.1 and version ~= 1.0 then fail('expected version 1.0 or 1.1') end
  return format('%.1f', version)
end

---Makes an encoder: a function that takes a head (a table), then body pieces
---(strings), and returns the bytes to send. An empty string or nil ends a
---chunked body; so does the next head. An error is raised for a head that
---holds CR, LF or NUL where the peer would read them as syntax.
---@return fun(item?: luvit.HttpHead|table|string): string? encode
local function encoder()
  local chunked = false

  local function encodeHead(item)
    if type(item) ~= 'table' then
      error('expected a table but got a ' .. type(item) .. ' when encoding data', 3)
    end
    local isChunked = false
    local head = { encodeStartLine(item, encodeVersion(item.version)) }
    for i = 1, #item do
      local pair = item[i]
      local name, value = tostring(pair[1]), tostring(pair[2])
      if not find(name, TOKEN) then fail('invalid character in header name ' .. format('%q', name)) end
      if not isFieldValue(value) then fail('invalid character in value of header ' .. name) end
      if lower(name) == 'transfer-encoding' then isChunked = readCodings(value) == 'chunked' end
      head[#head + 1] = name .. ': ' .. value .. '\r\n'
    end
    head[#head + 1] = '\r\n'
    chunked = isChunked
    return concat(head)
  end

  return function(item)
    if type(item) == 'string' then
      if not chunked then return item end
      if item == '' then
        chunked = false
        return '0\r\n\r\n'
      end
      return format('%x\r\n', #item) .. item .. '\r\n'
    end
    local ending = chunked and '0\r\n\r\n' or nil
    if item == nil then
      chunked = false
      return ending
    end
    local head = encodeHead(item)
    return ending and ending .. head or head
  end
end

-- The fields in `chunk` from `index` to the empty line, which ends at `last`.
-- Calls `onField(name, value)` for each.
local function readFields(chunk, index, last, onField)
  while index < last - 1 do
    local _, lineEnd, name, value = find(chunk, '^([^:\r\n]*):[ \t]*([^\r\n]*)\r\n', index)
    if not lineEnd then fail('invalid header line') end
    -- Also refuses a space before the colon and a folded line.
    if not find(name, TOKEN) then fail('invalid header name') end
    value = match(value, '^(.-)[ \t]*$')
    if not isFieldValue(value) then fail('invalid character in header value') end
    onField(name, value)
    index = lineEnd + 1
  end
end

-- Last byte of the empty line that ends a block of lines, nil if it is not
-- there yet.
local function findBlockEnd(chunk, index)
  local _, last = find(chunk, '\r\n\r\n', index, true)
  local stop = last or #chunk
  if stop - index + 1 > MAX_HEAD_SIZE then fail('entity too large') end
  local lf, cr = find(chunk, '[^\r]\n', index), find(chunk, '\r[^\n]', index)
  if find(chunk, '^\n', index) or (lf and lf < stop) or (cr and cr < stop) then fail('bare CR or LF in head') end
  return last
end

local function readStartLine(chunk, index)
  local head = {}
  local _, offset, version, code, reason =
    find(chunk, '^HTTP/(%d%.%d) ([1-9]%d%d)([^\r\n]*)\r\n', index)
  if offset then
    -- The space before the reason is left out by some when there is none.
    if find(reason, '^[^ ]') then fail('expected HTTP data') end
    head.code, head.reason = tonumber(code), sub(reason, 2)
    if not isFieldValue(reason) then fail('invalid character in reason') end
  else
    _, offset, head.method, head.path, version =
      find(chunk, '^([^ \r\n]+) ([^ \r\n]+) HTTP/(%d%.%d)\r\n', index)
    if not offset then fail('expected HTTP data') end
    if not find(head.method, TOKEN) then fail('invalid character in method') end
    if find(head.path, '[%z\1-\32\127]') then fail('invalid character in path') end
  end
  if sub(version, 1, 1) ~= '1' then fail('unsupported HTTP version ' .. version) end
  head.version = tonumber(version)
  return head, offset + 1
end

-- Content may follow these without a length when the connection closes after.
local UNSIZED_METHODS = { POST = true, PUT = true, PATCH = true }

-- How the body of a message is delimited, RFC 9112 section 6: `empty`,
-- `chunked`, `counted` with the number of bytes, or `raw` (to the end).
local function frameBody(head, codings, length)
  if codings then
    if length then fail('both Transfer-Encoding and Content-Length') end
    if head.version < 1.1 then fail('Transfer-Encoding in HTTP/1.0') end
    local last, count = readCodings(codings)
    if count > 1 then fail('chunked twice in Transfer-Encoding') end
    if last ~= 'chunked' and (head.method or count > 0) then
      fail('Transfer-Encoding does not end with chunked')
    end
    if not head.code or (head.code >= 200 and head.code ~= 204 and head.code ~= 304) then
      return last == 'chunked' and 'chunked' or 'raw'
    end
    return 'empty'
  end
  local code = head.code
  if code and (code < 200 or code == 204 or code == 304) then return 'empty' end
  if length then return length > 0 and 'counted' or 'empty', length end
  if code then return 'raw' end
  return not head.keepAlive and UNSIZED_METHODS[head.method] and 'raw' or 'empty'
end

local function decodeHead(state, chunk, index)
  if not chunk then return nil end
  -- An empty line before a message is skipped, RFC 9112 section 2.2.
  if sub(chunk, index, index + 1) == '\r\n' then index = index + 2 end
  if index > #chunk then return nil end

  local last = findBlockEnd(chunk, index)
  if not last then return nil end

  local head, offset = readStartLine(chunk, index)
  local length, codings, hasHost
  local close, keep = false, false
  readFields(chunk, offset, last, function(name, value)
    head[#head + 1] = { name, value }
    local key = lower(name)
    if key == 'content-length' then
      local number = find(value, '^%d+$') and #value <= 16 and tonumber(value)
      if not number or number >= MAX_LENGTH then fail('invalid Content-Length') end
      if length and length ~= number then fail('two different Content-Lengths') end
      length = number
    elseif key == 'transfer-encoding' then
      codings = codings and codings .. ',' .. value or value
    elseif key == 'connection' then
      for option in lower(value):gmatch('[^, \t]+') do
        close = close or option == 'close'
        keep = keep or option == 'keep-alive'
      end
    elseif key == 'host' and head.method then
      if hasHost then fail('two Host headers') end
      hasHost = true
    end
  end)

  head.keepAlive = not close and (keep or head.version > 1.0)
  local framing, size = frameBody(head, codings, length)
  -- A response that ends with the connection cannot keep it.
  if framing == 'raw' and head.code then head.keepAlive = false end
  state.mode, state.left = framing, size
  state.head, state.extensions = head, 0
  return head, last + 1
end

-- A known empty body is one empty string.
local function decodeEmpty(state, _, index)
  state.mode = 'head'
  return '', index
end

local function decodeRaw(state, chunk, index)
  if not chunk then
    state.mode = 'head'
    return ''
  end
  if index > #chunk then return nil end
  return sub(chunk, index)
end

local function decodeCounted(state, chunk, index)
  if not chunk then fail('connection closed before the end of the body') end
  local available = #chunk - index + 1
  if available <= 0 then return nil end
  if available < state.left then
    state.left = state.left - available
    return sub(chunk, index)
  end
  local last = index + state.left - 1
  state.mode = 'empty'
  return sub(chunk, index, last), last + 1
end

-- The lines between the last chunk and the end of the message.
local function decodeTrailers(state, chunk, index)
  if sub(chunk, index, index + 1) == '\r\n' then
    state.mode = 'head'
    return '', index + 2
  end
  if #chunk - index < 1 then return nil end
  local last = findBlockEnd(chunk, index)
  if not last then return nil end
  local trailers = {}
  readFields(chunk, index, last, function(name, value)
    trailers[#trailers + 1] = { name, value }
  end)
  state.head.trailers = trailers
  state.mode = 'head'
  return '', last + 1
end

local function decodeChunked(state, chunk, index)
  if not chunk then fail('connection closed before the end of the body') end
  if index > #chunk then return nil end
  local lineEnd = find(chunk, '\n', index, true)
  if not lineEnd then
    if #chunk - index > MAX_EXTENSION_SIZE then fail('chunk-size header too large') end
    if not find(chunk, '^%x', index) then fail('invalid chunk-size') end
    return nil
  end
  local size, extensions = match(chunk, '^(%x+)([^\r\n]*)\r\n', index)
  if not size or #size > 16 then fail('invalid chunk-size') end
  if extensions ~= '' and (not find(extensions, '^[ \t]*;') or not isFieldValue(extensions)) then
    fail('invalid chunk extension')
  end
  -- With a base, Windows would keep 32 bits of it.
  local length = tonumber('0x' .. size)
  if length >= MAX_LENGTH then fail('invalid chunk-size') end

  local start = lineEnd + 1
  local item, nextIndex
  if length == 0 then
    item, nextIndex = decodeTrailers(state, chunk, start)
  else
    local last = start + length - 1
    if #chunk >= last + 2 then
      if sub(chunk, last + 1, last + 2) ~= '\r\n' then fail('chunk is longer than its size') end
      item, nextIndex = sub(chunk, start, last), last + 3
    elseif #chunk - start + 1 >= MAX_PIECE then
      local stop = math.min(last, #chunk)
      item, nextIndex = sub(chunk, start, stop), stop + 1
      state.mode, state.left = 'chunk', last - stop
    end
  end
  if item then
    state.extensions = state.extensions + #extensions
    if state.extensions > MAX_EXTENSION_SIZE then fail('chunk extensions too large') end
  end
  return item, nextIndex
end

-- Within a chunk too large to wait for.
local function decodeChunk(state, chunk, index)
  if not chunk then fail('connection closed before the end of the body') end
  local available = #chunk - index + 1
  if state.left == 0 then
    if available < 2 then return nil end
    if sub(chunk, index, index + 1) ~= '\r\n' then fail('chunk is longer than its size') end
    state.mode = 'chunked'
    local item, nextIndex = decodeChunked(state, chunk, index + 2)
    -- Without an item the line break is not used up either.
    if not item then state.mode = 'chunk' end
    return item, nextIndex
  end
  if available <= 0 then return nil end
  local taken = math.min(available, state.left)
  state.left = state.left - taken
  return sub(chunk, index, index + taken - 1), index + taken
end

local MODES = {
  head = decodeHead,
  empty = decodeEmpty,
  raw = decodeRaw,
  counted = decodeCounted,
  chunked = decodeChunked,
  chunk = decodeChunk,
}

---Makes a decoder. Its function takes the bytes that are not used up yet and
---returns the next item, or nil when it needs more: a head (a table), body
---pieces (strings that are not empty), then an empty string at the end of the
---message. nil for the bytes says that the peer has closed.
---
---The second result tells what is left. Called with bytes alone it is the
---rest as a string (http-codec 2); called with an index it is the index to go
---on from, or nil when nothing is left (http-codec 3).
---
---What RFC 9112 refuses raises an error, at every later call too.
---@return fun(chunk?: string, index?: integer): any, any decode
local function decoder()
  local state = { mode = 'head', left = 0, extensions = 0 }
  local failure

  return function(chunk, index)
    if failure then fail(failure) end
    local ok, item, nextIndex = pcall(MODES[state.mode], state, chunk, index or 1)
    if not ok then
      failure = item
      fail(failure)
    end
    if item == nil or not chunk then return item end
    if index then return item, nextIndex end
    return item, nextIndex and sub(chunk, nextIndex) or ''
  end
end

return {
  encoder = encoder,
  decoder = decoder,
}
