-- A small JSON API with routing: a list of things to do, kept in memory.
--
--   luvit examples/json-api.lua [port] [host]
--   curl http://127.0.0.1:8080/todos -d '{"title": "write a program"}'
--   curl http://127.0.0.1:8080/todos
--   curl http://127.0.0.1:8080/todos/1
--   curl -X DELETE http://127.0.0.1:8080/todos/1

local http = require('http')
local json = require('json')

local port = tonumber(args[2]) or 8080
local host = args[3] or "127.0.0.1"

local LARGEST_BODY = 64 * 1024

-- The data ------------------------------------------------------------------

local todos = {}
local lastId = 0

local function find(id)
  for index, todo in ipairs(todos) do
    if todo.id == id then
      return todo, index
    end
  end
end

-- Answers -------------------------------------------------------------------

local function send(res, status, value, headers)
  headers = headers or {}
  local body = ""
  if value ~= nil then
    body = json.stringify(value) .. "\n"
    headers["Content-Type"] = "application/json"
    headers["Content-Length"] = #body
  end
  res:writeHead(status, headers)
  res:finish(body)
end

local function sendError(res, status, text, headers)
  send(res, status, { error = text }, headers)
end

-- Collects a request's body and calls back with the JSON value in it; answers by itself when there is none.
local function readJson(req, res, callback)
  local pieces, size = {}, 0

  req:on('data', function (chunk)
    local before = size
    size = size + #chunk
    if size <= LARGEST_BODY then
      pieces[#pieces + 1] = chunk
    elseif before <= LARGEST_BODY then
      -- What still comes is read and forgotten.
      pieces = {}
      sendError(res, 413, "the body is larger than " .. LARGEST_BODY .. " bytes")
    end
  end)

  req:on('end', function ()
    if size > LARGEST_BODY then
      return
    end
    local value, _, problem = json.parse(table.concat(pieces))
    if value == nil then
      return sendError(res, 400, "not JSON: " .. tostring(problem or "null"))
    end
    callback(value)
  end)
end

-- Routes --------------------------------------------------------------------

local function list(req, res)
  send(res, 200, todos)
end

local function create(req, res)
  readJson(req, res, function (value)
    if type(value) ~= 'table' or type(value.title) ~= 'string' or value.title == "" then
      return sendError(res, 400, "a todo needs a title")
    end
    lastId = lastId + 1
    local todo = { id = lastId, title = value.title, done = value.done == true }
    todos[#todos + 1] = todo
    send(res, 201, todo, { Location = "/todos/" .. todo.id })
  end)
end

local function get(req, res, id)
  local todo = find(tonumber(id))
  if not todo then
    return sendError(res, 404, "no such todo")
  end
  send(res, 200, todo)
end

local function delete(req, res, id)
  local todo, index = find(tonumber(id))
  if not todo then
    return sendError(res, 404, "no such todo")
  end
  table.remove(todos, index)
  send(res, 204)
end

-- What a pattern captures is passed on to the function.
local routes = {
  { "^/todos/?$", { GET = list, POST = create } },
  { "^/todos/(%d+)$", { GET = get, DELETE = delete } },
}

local function allowed(methods)
  local names = {}
  for name in pairs(methods) do
    names[#names + 1] = name
  end
  table.sort(names)
  return table.concat(names, ", ")
end

local function route(req, res)
  local path = req.url:match("^[^?]*")
  for _, entry in ipairs(routes) do
    local capture = path:match(entry[1])
    if capture then
      local methods = entry[2]
      local handler = methods[req.method]
      if handler then
        return handler(req, res, capture)
      end
      return sendError(res, 405, req.method .. " is not possible here", { Allow = allowed(methods) })
    end
  end
  sendError(res, 404, "no such page")
end

local server = http.createServer(route)

server:on('error', function (err)
  print("cannot listen: " .. tostring(err))
  process.exitCode = 1
end)

server:listen(port, host, function ()
  print("listening at http://" .. host .. ":" .. server:address().port .. "/todos")
end)
