-- One question to a list of servers: who is asked when, how often, and what counts as an answer.

local uv = require('uv')
local native = require('luvit:dns')
local transport = require('./transport')

-- What fits into a datagram on any path, so that nothing is fragmented (RFC 9715).
local UDP_SIZE = 1232
local NOERROR, FORMERR, NXDOMAIN, NOTIMP, BADVERS = 0, 1, 3, 4, 16

local client = {}

---@class luvit.dns.Question
---@field name string
---@field type integer
---@field class integer
---@field servers luvit.dns.Server[]
---@field settings luvit.dns.Settings
---@field timeout number milliseconds for one try
---@field start integer the server to begin with, from 0

local function randomId()
  local high, low = assert(uv.random(2)):byte(1, 2)
  return high * 256 + low
end

---The bytes of a question with a new id, or nil when its name is none.
---@param question luvit.dns.Question
---@param edns boolean
---@return string?
function client.encode(question, edns)
  return native.question(randomId(), question.name, question.type, question.class, true, edns and UDP_SIZE or nil)
end

---Asks until a server answers, or nobody is left to ask.
---@param question luvit.dns.Question
---@param callback fun(reason?: string|integer, answer?: table, server?: luvit.dns.Server) an answer has the code 0 or 3
---@return fun() cancel after it the callback is not called
function client.ask(question, callback)
  local servers, settings = question.servers, question.settings
  local count = #servers
  local tries, plain = 0, {}
  -- What to report in the end: what a server said is worth more than that there was no answer.
  local said, happened
  local cancel, send

  local function next()
    if tries == count * settings.attempts then return callback(said or happened) end
    local server = servers[(question.start + tries) % count + 1]
    -- Some firewalls drop what they do not know: the second time it is asked in the way of 1987.
    local edns = tries < count or settings.attempts == 1
    tries = tries + 1
    send(server, settings.tcp or server.tcp, edns and not plain[server])
  end

  function send(server, tcp, edns)
    local bytes = client.encode(question, edns)
    if not bytes then return callback('EBADNAME') end
    cancel = transport.exchange(server, bytes, tcp, question.timeout, function(code, answer)
      if code then
        happened = code
        return next()
      end
      local rcode = answer.rcode
      if answer.truncated then
        return send(server, true, edns)
      elseif edns and (rcode == FORMERR or rcode == NOTIMP or rcode == BADVERS) then
        plain[server] = true
        return send(server, tcp, false)
      elseif rcode == NOERROR or rcode == NXDOMAIN then
        return callback(nil, answer, server)
      end
      said = rcode
      next()
    end)
  end

  next()
  return function() cancel() end
end

return client
