-- What small programs do all day, a few times over, once they were told to begin: scripts/layout looks at which
-- functions of luvit that runs.
local fs, net, http, json, timer = require('fs'), require('net'), require('http'), require('json'), require('timer')
local path, url, querystring, dgram, child = require('path'), require('url'), require('querystring'), require('dgram'), require('childprocess')
local Emitter = require('core').Emitter
local stream = require('stream')
local file = os.tmpname()

local rounds = 6
local text = json.stringify({ name = "luvit", list = { 1, 2.5, true, "ü\n" }, nested = { a = { b = {} } } })

local function everyday(done)
  for _ = 1, 30 do
    local value = json.parse(text)
    value.at = os.time()
    local again = json.stringify(value)
    assert(#again > 10)
    local parsed = url.parse("http://localhost:80/a/b?c=d&e=%20f")
    querystring.parse(parsed.query or "a=b")
    pcall(error, { code = "E" })
    local emitter = Emitter:new()
    emitter:on('x', function () end)
    emitter:emit('x', again)
    local words = {}
    for word in ("a quick brown fox"):gmatch("%a+") do words[#words + 1] = word:upper() end
    table.sort(words)
    table.concat(words, ",")
    string.format("%5.2f %s %d", 1.5, "x", 3)
  end
  local thread = coroutine.wrap(function () coroutine.yield(1) return 2 end)
  thread() thread()
  fs.writeFileSync(file, text)
  fs.readFileSync(file)
  fs.stat(file, function ()
    fs.readFile(file, function ()
      fs.readdir(path.dirname(file), function ()
        fs.unlink(file, done)
      end)
    end)
  end)
end

local web = http.createServer(function (req, res)
  local body = ""
  req:on('data', function (chunk) body = body .. chunk end)
  req:on('end', function ()
    res:setHeader("Content-Type", "application/json")
    res:finish(text)
  end)
end)
local echo = net.createServer(function (client)
  client:on('data', function (chunk) client:write(chunk) end)
  client:on('end', function () client:shutdown() end)
end)
local packets = dgram.createSocket("udp4")

local function talk(done)
  local client
  client = net.connect(echo:address().port, "127.0.0.1", function () client:write("hello") end)
  client:on('data', function () client:destroy() end)
  client:on('close', done)
end

local function ask(done)
  local req = http.request({ host = "127.0.0.1", port = web:address().port, path = "/x", method = "POST" },
    function (res)
      res:on('data', function () end)
      res:on('end', done)
    end)
  req:done("body")
end

local function run(n)
  if n == 0 then
    web:close() echo:close() packets:close()
    return
  end
  everyday(function ()
    talk(function ()
      ask(function ()
        packets:send("ping", packets:address().port, "127.0.0.1", function ()
          timer.setTimeout(1, function ()
            if n % 20 == 1 then
              local c = child.spawn("/bin/true")
              c:on('exit', function () run(n - 1) end)
            else
              timer.setImmediate(function () run(n - 1) end)
            end
          end)
        end)
      end)
    end)
  end)
end
packets:on('message', function () end)
packets:bind(0, "127.0.0.1")
web:listen(0, "127.0.0.1", function ()
  echo:listen(0, "127.0.0.1", function ()
    print("ready")
    process.stdin:once('data', function ()
      process.stdin:pause()
      run(rounds)
    end)
  end)
end)
