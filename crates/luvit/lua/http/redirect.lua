-- Redirects (RFC 9110 section 15.4): where an answer sends a request, what of it goes there, and the way.

local url = require('url')
local timer = require('timer')
local Error = require('core').Error
local native = require('luvit:http_client')
local requestOptions = require('http/options')

local redirect = {}

-- Those whose method becomes GET, and those that want the same request again.
local FOLLOWED = { [301] = 'GET', [302] = 'GET', [303] = 'GET', [307] = 'same', [308] = 'same' }
-- What only the server it was meant for may see, and what describes a body that is gone.
local PRIVATE = { 'authorization', 'cookie', 'cookie2', 'proxy-authorization', 'host' }
local OF_BODY = {
  'content-length', 'transfer-encoding', 'content-type', 'content-encoding', 'content-language', 'content-location',
  'expect',
}
-- The identity that a client shows in a handshake is meant for one server, too, and so is a way to reach it.
local PRIVATE_OPTIONS = {
  'cert', 'key', 'pfx', 'passphrase', 'servername', 'session', 'secureContext', 'socketPath', 'createConnection',
}
-- So much of a redirect's own body is read to keep the connection.
local DROP_LIMIT = 65536

---Options that are not for another server than the one they were given for.
redirect.private = {}
for _, name in ipairs(PRIVATE_OPTIONS) do redirect.private[name] = true end

---The URL of a request.
---@param self luvit.http.ClientRequest
---@return string
function redirect.urlOf(self)
  local origin = requestOptions.originOf(self)
  return self.path:find('^/') and origin .. self.path or origin .. '/'
end

local function shorten(text)
  return #text > 200 and text:sub(1, 200) .. '...' or text
end

local function fail(self, code, text)
  self:_abort(Error:new(('ERR_%s: %s'):format(code, text)))
  return nil
end

-- Why a request does not go where an answer sends it, as a code and a text.
local function objection(self, status, target)
  local from = redirect.urlOf(self)
  local parts = url.parse(target)
  if parts.protocol ~= 'http' and parts.protocol ~= 'https' or not parts.hostname then
    return 'INVALID_REDIRECT', ('%s redirects to %s, which is no URL of http or https'):format(from, shorten(target))
  end
  if self.protocol == 'https' and parts.protocol == 'http' and not self._insecureRedirect then
    return 'INSECURE_REDIRECT', ('%s redirects to %s, which is not encrypted (allowInsecureRedirect allows it)')
      :format(from, shorten(target))
  end
  if FOLLOWED[status] == 'same' and self._replay == false then
    return 'REDIRECT_BODY', ('%s redirects with %d, and the body of the request is too long to be sent again')
      :format(from, status)
  end
  if #self.redirects >= self._redirects then
    local chain = {}
    for i, passed in ipairs(self.redirects) do chain[i] = shorten(passed) end
    chain[#chain + 1], chain[#chain + 2] = shorten(from), shorten(target)
    return 'TOO_MANY_REDIRECTS', ('more than %d redirects: %s'):format(self._redirects, table.concat(chain, ' -> '))
  end
end

---Looks whether a response is a redirect to follow.
---@param self luvit.http.ClientRequest
---@param res luvit.http.IncomingMessage
---@return boolean? # nil: the request has failed
function redirect.take(self, res)
  local location = FOLLOWED[res.statusCode] and res.headers.location
  -- An answer to what was not asked yet is not one to go after.
  if not location or not self.headers_sent or self.method == 'CONNECT' then return false end
  local target = url.resolve(redirect.urlOf(self), location):gsub('#.*$', '')
  local code, text = objection(self, res.statusCode, target)
  if code then return fail(self, code, text) end
  self._redirecting, self._redirectStatus, self._dropped = target, res.statusCode, 0
  self:emit('redirect', res, target)
  if self._over then return nil end
  return true
end

---A part of the body of a redirect, which nobody reads.
---@param self luvit.http.ClientRequest
---@param size integer
function redirect.drop(self, size)
  self._dropped = self._dropped + size
  if self._dropped > DROP_LIMIT then redirect.leave(self) end
end

---Gives the connection up, and goes on with another.
---@param self luvit.http.ClientRequest
function redirect.leave(self)
  self._keep = false
  self:_unlisten()
  if self.socket then self.socket:destroy() end
  redirect.later(self)
end

-- The connection of the answer is free, or not worth keeping.
local function letGo(self)
  local socket = self.socket
  self:_unlisten()
  if self._received_all and self._keep and self._sent and self.agent and not socket.destroyed then
    self.agent:release(socket, self._where, self._keepFor)
  else
    socket:destroy()
  end
  self.socket, self.connected, self.res = nil, false, nil
  self._answered, self._received_all, self._readBody, self._decoder, self._keepFor = nil, nil, nil, nil, nil
end

local function removeHeaders(self, names)
  for _, name in ipairs(names) do
    while true do
      local _, index = requestOptions.find(self, name)
      if not index then break end
      table.remove(self, index)
    end
  end
end

-- The request becomes one without a body; what the program still writes of it is dropped.
local function becomeGet(self)
  if self.method ~= 'HEAD' then self.method = 'GET' end
  removeHeaders(self, OF_BODY)
  self._chunked, self._left, self._sent, self._dropBody, self._replay = nil, 0, true, true, nil
  local waiting = { self._inFlight or false, self._pending and self._pending.callback or false,
    self._pendingFinal or false }
  self._inFlight, self._pending, self._pendingFinal = nil, nil, nil
  for i = 1, 3 do
    if waiting[i] then timer.setImmediate(waiting[i]) end
  end
end

-- Another server gets no secrets of the one before. Those of the agent are kept from it, too.
local function crossOrigin(self)
  removeHeaders(self, PRIVATE)
  self._foreign = true
  local less = redirect.private
  local options = self._options
  self._options = setmetatable({}, {
    __index = function(_, name)
      if not less[name] then return options[name] end
    end,
  })
end

local function go(self)
  if self._over then return end
  local target, status = self._redirecting, self._redirectStatus
  self._redirecting, self._redirectLater = nil, nil
  letGo(self)
  self.redirects[#self.redirects + 1] = redirect.urlOf(self)
  -- A list of its own for each response.
  self.redirects = { unpack(self.redirects) }
  if FOLLOWED[status] == 'GET' and self.method ~= 'GET' and self.method ~= 'HEAD' then becomeGet(self) end
  local origin = requestOptions.originOf(self)
  local ok, err = pcall(requestOptions.retarget, self, url.parse(target), function()
    if requestOptions.originOf(self) ~= origin then crossOrigin(self) end
  end)
  if not ok then
    if type(err) == 'table' then return self:_abort(err) end
    return fail(self, 'INVALID_REDIRECT', ('%s redirects to %s, which is no URL: %s')
      :format(self.redirects[#self.redirects], shorten(target), (tostring(err):gsub('^.-:%d+: ', ''))))
  end
  local head, fault = native.request_head(self.method, self._target or self.path, self)
  if not head then return fail(self, 'INVALID_REDIRECT', fault) end
  self._head = head
  ok, err = pcall(self._connect, self)
  if not ok and not self._over then self:_abort(type(err) == 'table' and err or Error:new(tostring(err))) end
end

---Goes on when what runs now has ended.
---@param self luvit.http.ClientRequest
function redirect.later(self)
  if self._redirectLater then return end
  self._redirectLater = true
  timer.setImmediate(go, self)
end

return redirect
