-- Memory while children come and go: RSS, the Lua heap and open descriptors after every thousand. Needs Linux (/proc).
--
--   luvit bench/stdlib/children.lua [children] [at once] [spawn|exec|missing]

local childprocess = require('childprocess')
local uv = require('uv')

local CHILDREN = tonumber(process.argv[2]) or 10000
local AT_ONCE = tonumber(process.argv[3]) or 1
local KIND = process.argv[4] or 'spawn'

local kinds = {}

function kinds.spawn(done)
  local child, parts = childprocess.spawn('/bin/echo', { 'hello' }), {}
  child.stdout:on('data', function(chunk) parts[#parts + 1] = chunk end)
  child:on('close', function(code)
    assert(code == 0 and table.concat(parts) == 'hello\n')
    done()
  end)
end

function kinds.exec(done)
  childprocess.exec('echo hello', function(err, stdout)
    assert(not err and stdout == 'hello\n', err)
    done()
  end)
end

function kinds.missing(done)
  childprocess.execFile('no-such-program', function(err)
    assert(err.code == 'ENOENT')
    done()
  end)
end

local function descriptors()
  local listing, count = assert(uv.fs_scandir('/proc/self/fd')), 0
  while uv.fs_scandir_next(listing) do count = count + 1 end
  return count
end

local function report(ended)
  collectgarbage()
  collectgarbage()
  print(('%7d children: %6d KB resident, %5d KB of Lua, %3d descriptors'):format(
    ended, uv.resident_set_memory() / 1024, collectgarbage('count'), descriptors()))
end

local run = assert(kinds[KIND], 'spawn, exec or missing')
local started, ended = 0, 0

local function nextOne()
  if started == CHILDREN then return end
  started = started + 1
  run(function()
    ended = ended + 1
    if ended % 1000 == 0 or ended == CHILDREN then report(ended) end
    nextOne()
  end)
end

for _ = 1, AT_ONCE do nextOne() end
