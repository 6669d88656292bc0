-- Responses that are decompressed for whoever reads them: the option `decompress` of a request.

local timer = require('timer')

local decode = {}

-- What a response may become, unless the option says otherwise: 256 MiB.
local LIMIT = 2 ^ 28

-- Which stream decompresses what is called so. `deflate` is zlib's format, but some servers send it raw.
local STREAMS = {
  gzip = 'Gunzip', ['x-gzip'] = 'Gunzip', br = 'BrotliDecompress',
  deflate = function(head)
    local first, second = head:byte(1, 2)
    local zlib = first % 16 == 8 and (first * 256 + second) % 31 == 0
    return zlib and 'Inflate' or 'InflateRaw'
  end,
}
decode.ACCEPT = 'gzip, deflate, br'

---The option as a table; a wrong one is an error.
---@param value any
---@return { maxOutputLength: number }?
function decode.check(value)
  if value == nil or value == false then return nil end
  if value == true then return { maxOutputLength = LIMIT } end
  if type(value) ~= 'table' then
    error(("bad argument 'options.decompress' to 'request' (boolean or table expected, got %s)"):format(type(value)), 0)
  end
  local limit = value.maxOutputLength
  if limit == nil then limit = LIMIT end
  if type(limit) ~= 'number' or not (limit >= 1) then
    error("bad argument 'options.decompress.maxOutputLength' to 'request' (integer of at least 1 expected)", 0)
  end
  return { maxOutputLength = math.min(math.floor(limit), 2 ^ 53) }
end

-- How many codings a response may have, one in the other. Nobody needs two.
local MOST = 5

-- The streams that undo what `Content-Encoding` lists (RFC 9110, section 8.4), in the order in which they are needed: the
-- coding that was applied last comes first. Nil when there is none, or one that we do not have.
local function codings(value)
  local list, count = {}, 0
  for name in value:lower():gmatch('[^,]+') do
    name = name:match('^%s*(.-)%s*$')
    if name ~= '' and name ~= 'identity' then
      local class = STREAMS[name]
      count = count + 1
      if not class or count > MOST then return nil end
      table.insert(list, 1, class)
    end
  end
  return count > 0 and list or nil
end

---One coding of a response. What comes out goes to `target`, which has the same two methods.
---@class luvit.http.Coding
---@field class string|fun(head: string): string of the stream
---@field stream? luvit.zlib.Stream once it is known which one it is
---@field head string what came before that
local Coding = {}
Coding.__index = Coding

-- Begins, with the stream of that class.
function Coding:open(class)
  local stream = require('zlib')[class]:new({ maxOutputLength = self.limit })
  self.stream = stream
  stream:on('data', function(chunk)
    if not self.target:push(chunk) then stream:pause() end
  end)
  stream:on('end', function() self.target:finish() end)
  stream:on('drain', self.drained)
  stream:on('error', self.failed)
end

-- Takes what is to be decompressed; whether more is wanted now.
function Coding:push(data)
  if self.stream then return self.stream:write(data) end
  data = self.head .. data
  local class = self.class
  if type(class) == 'function' then
    self.head = data
    if #data < 2 then return true end
    class = class(data)
  end
  self:open(class)
  return self.stream:write(data)
end

-- That was all.
function Coding:finish()
  if not self.stream then
    -- No body is none, whatever it is called.
    if self.head == '' then return self.target:finish() end
    self:open('Inflate')
    self.stream:write(self.head)
  end
  self.stream:_end()
end

---Takes a response that is about to be announced. If it is compressed in ways we know, the body goes through `_decode`
---of the request, and the headers are those of what the reader gets.
---@param self luvit.http.ClientRequest
---@param res luvit.http.IncomingMessage
function decode.attach(self, res)
  local encoding = res.headers['content-encoding']
  local classes = encoding and codings(encoding)
  -- A part of something compressed is nothing that can be decompressed.
  if not classes or res.statusCode == 206 then return end
  res.headers['content-encoding'], res.headers['content-length'] = nil, nil
  res.contentEncoding = encoding:lower()

  local function failed(err)
    if not res.complete then return self:_abort(err) end
    -- All of it has come, and the connection serves others: it concerns nobody but the reader.
    res.aborted = true
    local target = res:listenerCount('error') > 0 and res or self
    timer.setImmediate(target.emit, target, 'error', err)
    timer.setImmediate(res.emit, res, 'close')
  end

  -- The response ends when its body does, also where that has something behind the compressed data.
  local ended, finished = false, false
  local target = {
    push = function(_, chunk) return res:push(chunk) end,
    finish = function()
      finished = true
      if ended then res:push(nil) end
    end,
  }
  local chain = {}
  for i = #classes, 1, -1 do
    local before = i - 1
    local function drained()
      if before > 0 then return chain[before].stream:resume() end
      if not res.complete and not self._over then self.socket:resume() end
    end
    -- The limit is for what comes in between, too.
    target = setmetatable({ class = classes[i], head = '', target = target, limit = self._decompress.maxOutputLength,
      drained = drained, failed = failed }, Coding)
    chain[i] = target
  end
  local first, last = chain[1], chain[#chain]

  local decoder = {}
  function decoder.push(_, data) return first:push(data) end
  function decoder._end()
    local wasFinished = finished
    ended = true
    first:finish()
    if wasFinished then res:push(nil) end
  end
  local read = res._read
  res._read = function()
    if last.stream then last.stream:resume() end
    -- What is read here is more than what comes from there: only when the stream has room for it.
    if not (first.stream and first.stream._writableState.needDrain) then read(res) end
  end
  res:once('close', function()
    for _, coding in ipairs(chain) do
      if coding.stream then coding.stream:destroy() end
    end
  end)
  self._decode = decoder
end

return decode
