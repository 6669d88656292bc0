-- From a name to its records: the suffixes it may need, and the aliases on the way.

local client = require('./client')
local config = require('./config')
local names = require('./names')
local native = require('luvit:dns')

local NXDOMAIN = 3
local CNAME, ANY = 5, 255
-- Aliases that are followed in an answer, and how often a server is asked for where they lead.
local MAX_ALIASES, MAX_HOPS = 16, 8

local resolver = {}

-- The records by whose they are, in small letters as names compare.
local function byOwner(records, class)
  local owners = {}
  for _, record in ipairs(records) do
    if record.class == class or class == ANY then
      local owner = record.name:lower()
      local list = owners[owner]
      if list then list[#list + 1] = record else owners[owner] = { record } end
    end
  end
  return owners
end

local function ofType(records, type, server)
  local found = {}
  for _, record in ipairs(records or {}) do
    if record.type == type or type == ANY then
      record.server = { host = server.host, port = server.port, tcp = server.tcp }
      found[#found + 1] = record
    end
  end
  return found
end

local function aliasOf(records)
  for _, record in ipairs(records or {}) do
    if record.type == CNAME then return record.cname:lower() end
  end
end

-- The records of the question, where the aliases of the answer lead to; and the name there. Records of others, which
-- nobody asked for, are passed over. Without a name the aliases have no end.
local function follow(answer, question, server)
  local owners = byOwner(answer.records, question.class)
  local owner = answer.name:lower()
  for _ = 0, MAX_ALIASES do
    local found = ofType(owners[owner], question.type, server)
    if #found > 0 then return found, owner end
    local alias = aliasOf(owners[owner])
    if not alias then return found, owner end
    owner = alias
  end
  return {}, nil
end

-- The question for another name.
local function renamed(question, name)
  return setmetatable({ name = name }, { __index = question })
end

-- Asks for one full name, and on for where its aliases lead.
local function chase(question, callback)
  local hops = 0
  local cancel, step

  local function answered(reason, answer, server)
    if reason then return callback(reason) end
    local records, owner = follow(answer, question, server)
    if not owner then return callback('EBADRESP') end
    if #records > 0 then return callback(nil, records) end
    if answer.rcode == NXDOMAIN then return callback(NXDOMAIN) end
    if answer.conclusive or owner == answer.name:lower() then return callback('ENODATA') end
    hops = hops + 1
    if hops > MAX_HOPS then return callback('EBADRESP') end
    step(renamed(question, owner .. '.'))
  end

  function step(current) cancel = client.ask(current, answered) end
  step(question)
  return function() cancel() end
end

---Finds the records of a name.
---@param name string
---@param type integer
---@param class integer
---@param servers? luvit.dns.Server[] nil: the ones of the settings, and a short name is searched for as resolv.conf(5) says
---@param callback fun(reason?: string|integer, records?: luvit.dns.Record[]) not called before this function returns
---@return (fun())? cancel after it the callback is not called
---@return string? reason why nobody was asked
function resolver.resolve(name, type, class, servers, callback)
  local settings, configured, timeout = config.current()
  local ascii = native.ascii(name)
  local question = {
    name = ascii, type = type, class = class, settings = settings, servers = servers or configured, timeout = timeout,
    start = config.turn(settings),
  }
  if not ascii or not client.encode(question, true) then return nil, 'EBADNAME' end
  local list = {}
  for _, candidate in ipairs(servers and { ascii } or names.candidates(ascii, settings.search, settings.ndots)) do
    -- A suffix can make a name too long.
    local current = renamed(question, candidate)
    if client.encode(current, true) then list[#list + 1] = current end
  end
  local index, noData = 0, false
  local cancel, try

  local function found(reason, records)
    -- A name that is there without such records says more than one that is not.
    if reason == 'ENODATA' then noData = true end
    local absent = reason == NXDOMAIN or reason == 'ENODATA'
    if absent and index < #list then return try() end
    callback(absent and noData and 'ENODATA' or reason, records)
  end

  function try()
    index = index + 1
    cancel = chase(list[index], found)
  end
  try()
  return function() cancel() end
end

return resolver
