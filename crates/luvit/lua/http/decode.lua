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

-- The stream, and what goes from it to the response.
local function open(self, res, class, decoder)
  local stream = require('zlib')[class]:new({ maxOutputLength = self._decompress.maxOutputLength })
  stream:on('data', function(chunk)
    if not res:push(chunk) then stream:pause() end
  end)
  -- The response ends when its body does, also where that has something behind the compressed data.
  stream:on('end', function()
    decoder.finished = true
    if decoder.ended then res:push(nil) end
  end)
  stream:on('drain', function()
    if not res.complete and not self._over then self.socket:resume() end
  end)
  stream:on('error', function(err)
    if not res.complete then return self:_abort(err) end
    -- All of it has come, and the connection serves others: it concerns nobody but the reader.
    res.aborted = true
    local target = res:listenerCount('error') > 0 and res or self
    timer.setImmediate(target.emit, target, 'error', err)
    timer.setImmediate(res.emit, res, 'close')
  end)
  return stream
end

---Takes a response that is about to be announced. If it is compressed in a way we know, the body goes through `_decode`
---of the request, and the headers are those of what the reader gets.
---@param self luvit.http.ClientRequest
---@param res luvit.http.IncomingMessage
function decode.attach(self, res)
  local encoding = res.headers['content-encoding']
  local class = encoding and STREAMS[encoding:lower()]
  -- A part of something compressed is nothing that can be decompressed.
  if not class or res.statusCode == 206 then return end
  res.headers['content-encoding'], res.headers['content-length'] = nil, nil
  res.contentEncoding = encoding:lower()
  local stream, head = nil, ''
  local decoder = {}
  -- What is written, and what of it decides about the stream.
  function decoder.push(_, data)
    if stream then return stream:write(data) end
    head = head .. data
    if type(class) == 'function' and #head < 2 then return true end
    stream = open(self, res, type(class) == 'function' and class(head) or class, decoder)
    return stream:write(head)
  end
  function decoder._end()
    -- No body is none, whatever it is called.
    if not stream and head == '' then return res:push(nil) end
    if not stream then
      stream = open(self, res, 'Inflate', decoder)
      stream:write(head)
    end
    decoder.ended = true
    stream:_end()
    if decoder.finished then res:push(nil) end
  end
  local read = res._read
  res._read = function()
    if stream then stream:resume() end
    -- What is read here is more than what comes from there: only when the stream has room for it.
    if not (stream and stream._writableState.needDrain) then read(res) end
  end
  res:once('close', function()
    if stream then stream:destroy() end
  end)
  self._decode = decoder
end

return decode
