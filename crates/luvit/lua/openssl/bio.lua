-- Memory BIOs: queues of bytes between a TLS session and whoever moves its bytes.

local object = require('openssl/object')

---Memory BIOs.
---@class luvit.openssl.bio
local bio = {}

---A queue of bytes: what is written at its end is read at its beginning.
---@class luvit.openssl.MemoryBio
local MemoryBio = {}

local makeBio, stateOf = object.class('openssl.bio', MemoryBio,
  'push pop next free flush_all seek tell read_bio get_md cipher_status accept connect fd')
local concat = table.concat

local function check(self, method)
  local state = stateOf(self)
  if not state then object.wrong(1, method, 'openssl.bio', self) end
  return state
end

-- What is in it is in a list of strings, of which the first has given `skip` bytes already.

-- Makes one string of it; what was read stays in front.
local function join(state)
  if #state > 1 then
    local whole = concat(state)
    for i = 2, #state do state[i] = nil end
    state[1] = whole
  end
  return state[1] or ''
end

local function content(state)
  return join(state):sub(state.skip + 1)
end

local function clear(state)
  for i = 1, #state do state[i] = nil end
  state.skip, state.size = 0, 0
end

-- Takes the first `count` bytes.
local function take(state, count)
  local whole, skip = join(state), state.skip
  if count >= state.size then
    clear(state)
    return skip == 0 and whole or whole:sub(skip + 1)
  end
  local taken = whole:sub(skip + 1, skip + count)
  skip, state.size = skip + count, state.size - count
  -- What was read is let go of now and then: each time would copy the rest as often as it is read.
  if skip > 65536 and skip > state.size then state[1], skip = whole:sub(skip + 1), 0 end
  state.skip = skip
  return taken
end

-- How many bytes are asked for.
local function length(count, method)
  if type(count) ~= 'number' then object.wrong(2, method, 'number', count) end
  -- Nothing for what is no number, too.
  return count >= 1 and math.floor(count) or 0
end

---A memory BIO.
---@param content? string|integer what is in it at first; a number is lua-openssl's size to begin with, and means nothing
---@return luvit.openssl.MemoryBio
function bio.mem(content)
  local state = { skip = 0, size = 0, closed = false }
  if type(content) == 'string' and content ~= '' then state[1], state.size = content, #content end
  if content ~= nil and type(content) ~= 'string' and type(content) ~= 'number' then
    object.wrong(1, 'mem', 'string or number', content)
  end
  return makeBio(state)
end

---Two BIOs that are the ends of one line: what is written to one is read from the other. `ctx:ssl` takes an end as its input
---and output.
---@return luvit.openssl.MemoryBio
---@return luvit.openssl.MemoryBio
function bio.pair()
  local first = { skip = 0, size = 0, closed = false, kind = 'BIO pair' }
  local second = { skip = 0, size = 0, closed = false, kind = 'BIO pair', other = first }
  first.other = second
  return makeBio(first), makeBio(second)
end

---Writes bytes to its end.
---@param data string
---@return integer|nil # how many were written
---@return string? err # when it was closed
---@return string? code
function MemoryBio:write(data)
  local state = check(self, 'write')
  data = object.bytes(data, 2, 'write')
  local target = state.other or state
  if state.closed or target.closed then return object.fail('ERR_OSSL_BIO: the BIO was closed') end
  if data ~= '' then
    target[#target + 1] = data
    target.size = target.size + #data
  end
  return #data
end

---Writes bytes to its end, as `write` does.
---@param data string
---@return integer|nil
---@return string? err
---@return string? code
function MemoryBio:puts(data)
  return MemoryBio.write(self, data)
end

---Takes bytes from its beginning.
---@param count? integer all by default
---@return string|nil # nil when it is empty
function MemoryBio:read(count)
  local state = check(self, 'read')
  if state.size == 0 then return nil end
  if count == nil then return take(state, state.size) end
  return take(state, length(count, 'read'))
end

---Takes a line from its beginning, with its line end.
---@param count? integer bytes at most
---@return string|nil # nil when it is empty
function MemoryBio:gets(count)
  local state = check(self, 'gets')
  if state.size == 0 then return nil end
  local last = (join(state):find('\n', state.skip + 1, true) or #join(state)) - state.skip
  return take(state, count == nil and last or math.min(last, length(count, 'gets')))
end

---All that is in it, which stays there.
---@return string
function MemoryBio:get_mem()
  return content(check(self, 'get_mem'))
end

---How many bytes can be read, and how many the other end of a pair has not read yet.
---@return integer count
---@return integer waiting
function MemoryBio:pending()
  local state = check(self, 'pending')
  return state.size, state.other and state.other.size or 0
end

---Whether all was read.
---@return boolean
function MemoryBio:eof()
  return check(self, 'eof').size == 0
end

---Empties it.
---@return boolean # true
function MemoryBio:reset()
  clear(check(self, 'reset'))
  return true
end

---Does nothing: what is written can be read at once.
---@return boolean # true
function MemoryBio:flush()
  check(self, 'flush')
  return true
end

---Empties it, and takes nothing more.
---@return boolean # true
function MemoryBio:close()
  local state = check(self, 'close')
  clear(state)
  state.closed = true
  return true
end

---What kind it is: `memory buffer`, or `BIO pair`.
---@return string
function MemoryBio:type()
  return check(self, 'type').kind or 'memory buffer'
end

---Whether it makes sense to try again: it does when it is empty.
---@return boolean
function MemoryBio:retry()
  return check(self, 'retry').size == 0
end

object.share('openssl/bio', {
  take = function(self)
    local state = stateOf(self)
    return state.size > 0 and take(state, state.size) or ''
  end,
  is = function(value) return stateOf(value) ~= nil end,
})

return object.leaveOut(bio, 'openssl.bio', 'accept base64 connect dgram fd file filter socket')
