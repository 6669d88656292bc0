-- A chat over TCP: the first line a client sends is its name, every further one goes to all the others.
--
--   luvit examples/chat-server.lua [port] [host]
--   nc 127.0.0.1 7001

local net = require('net')

local port = tonumber(args[2]) or 7001
local host = args[3] or "127.0.0.1"

-- Whoever sends more than this without an end of line is not chatting.
local LONGEST_LINE = 1000

-- The people in the room, by socket.
local people = {}

local function broadcast(text, except)
  for socket, person in pairs(people) do
    -- Whoever does not read misses lines, so that nothing piles up here.
    if socket ~= except and not person.behind then
      person.behind = not socket:write(text .. "\n")
    end
  end
end

local function nameTaken(name)
  for _, person in pairs(people) do
    if person.name == name then
      return true
    end
  end
  return false
end

local function join(socket, name)
  if not name:match("^[%w_-]+$") or #name > 20 then
    return socket:write("A name is up to 20 letters, digits, _ or -. Your name?\n")
  elseif nameTaken(name) then
    return socket:write(name .. " is here already. Your name?\n")
  end
  people[socket] = { name = name, behind = false }
  socket:write("Hello " .. name .. "!\n")
  broadcast("* " .. name .. " comes in", socket)
end

local function leave(socket)
  local person = people[socket]
  if person then
    people[socket] = nil
    broadcast("* " .. person.name .. " leaves")
  end
end

local function onLine(socket, line)
  local person = people[socket]
  if not person then
    join(socket, line)
  elseif line ~= "" then
    broadcast(person.name .. ": " .. line, socket)
  end
end

local server = net.createServer(function (socket)
  local buffer = ""

  socket:on('data', function (chunk)
    buffer = buffer .. chunk
    local start = 1
    while true do
      local stop = buffer:find("\n", start, true)
      if not stop then
        break
      end
      onLine(socket, (buffer:sub(start, stop - 1):gsub("\r$", "")))
      start = stop + 1
    end
    buffer = buffer:sub(start)
    if #buffer > LONGEST_LINE then
      socket:destroy()
      leave(socket)
    end
  end)

  socket:on('drain', function ()
    if people[socket] then
      people[socket].behind = false
    end
  end)

  socket:on('end', function ()
    leave(socket)
  end)

  socket:on('error', function ()
    leave(socket)
  end)

  socket:on('close', function ()
    leave(socket)
  end)

  socket:write("Welcome. Your name?\n")
end)

server:on('error', function (err)
  print("cannot listen: " .. tostring(err))
  process.exitCode = 1
end)

server:listen(port, host, function ()
  print("listening at tcp://" .. host .. ":" .. server:address().port)
end)
