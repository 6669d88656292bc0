-- The files of a folder over HTTP: folders are listed, parts sent to those who ask for a range, PUT uploads a file.
--
--   luvit examples/file-server.lua [port] [host] [folder]
--   curl -r 0-99 http://127.0.0.1:8080/song.mp3
--   curl -T song.mp3 http://127.0.0.1:8080/

local await = require('await')
local fs = require('fs')
local http = require('http')
local path = require('path')
local querystring = require('querystring')

local port, host, root = tonumber(args[2]) or 8080, args[3] or "127.0.0.1", args[4] or "."
local STATUS = { ENOENT = 404, ENOTDIR = 404, EACCES = 403, EISDIR = 409, ENOSPC = 507 }

local function answer(res, status, text)
  res:writeHead(status, { ["Content-Type"] = "text/plain; charset=utf-8", ["Content-Length"] = #text + 1 })
  res:finish(text .. "\n")
end

local function send(req, res, file, size)
  local first, last = (req.headers.range or ""):match("^bytes=(%d+)%-(%d*)$")
  local from, length = tonumber(first) or 0, size
  if first then length = math.min(tonumber(last) or size, size - 1) - from + 1 end
  if length <= 0 and first then return answer(res, 416, "There are " .. size .. " bytes.") end
  local stream = fs.createReadStream(file, { start = from, length = length })
  local _, err, code = await.once(stream, 'open')
  if err then return answer(res, STATUS[code] or 500, err) end
  res:setHeader("Content-Length", length)
  if first then res:setHeader("Content-Range", ("bytes %d-%d/%d"):format(from, from + length - 1, size)) end
  res:writeHead(first and 206 or 200)
  stream:on('error', function() res:destroy() end)
  res:on('close', function() stream:destroy() end)
  stream:pipe(res)
end

local function upload(req, res, file)
  local out = req:pipe(fs.createWriteStream(file .. ".part"))
  req:on('aborted', function() out:destroy("ECONNRESET: the client left") end)
  local _, err, code = await.once(out, 'finish')
  if not err then _, err, code = await(fs.rename, file .. ".part", file) end
  if not err then return answer(res, 201, "Thank you.") end
  fs.unlinkSync(file .. ".part")
  answer(res, STATUS[code] or 500, err)
end

local function serve(req, res)
  local name = querystring.urldecode(req.url:match("^[^?]*"))
  local file = path.join(root, path.normalize("/" .. name))
  if req.method == 'PUT' then return upload(req, res, file) end
  local stat, err, code = await(fs.stat, file)
  if not stat then return answer(res, STATUS[code] or 500, err) end
  if stat.type == 'file' then return send(req, res, file, stat.size) end
  answer(res, 200, table.concat(await(fs.readdir, file) or {}, "\n"))
end

local server = http.createServer(function(req, res) await.spawn(serve, req, res) end)
server:listen(port, host, function()
  print("listening at http://" .. host .. ":" .. server:address().port)
end)
