local snapshot = require('snapshot')

-- Something is kept that was meant to go.
local sessions = {}
local function login(name)
  sessions[name] = { since = os.time() }
end

collectgarbage()
local before = snapshot()
login('ada')
collectgarbage()

-- What is there now, and was not before? The first snapshot itself is new, too.
local own = tostring(before):match('0x%x+')
for address, text in pairs(snapshot()) do
  local isOwn = tostring(address):find(own, 1, true)
  local name = text:match('^table\n0x%x+ : (%w+)\n$')
  if not before[address] and not isOwn and name then print(name) end
end
--> ada
