-- Runs luvit from a test, which waits for its end.

local uv = require('uv')

local program = {}

---Starts luvit. Standard output and error are read to their ends.
---@param words string[]
---@param options? { cwd?: string, env?: string[], stdin?: uv_stream_t }
---@param done fun(result: { code: integer, signal: integer, out: string, err: string })
---@return uv_process_t
function program.start(words, options, done)
  options = options or {}
  local out, err = uv.new_pipe(false), uv.new_pipe(false)
  local result, left = { out = '', err = '' }, 3
  local handle
  local function over()
    left = left - 1
    if left == 0 then done(result) end
  end
  handle = assert(uv.spawn(uv.exepath(), {
    args = words, stdio = { options.stdin, out, err }, cwd = options.cwd, env = options.env,
  }, function(code, signal)
    result.code, result.signal = code, signal
    handle:close()
    over()
  end))
  local function read(pipe, name)
    local parts = {}
    pipe:read_start(function(_, data)
      if data then
        parts[#parts + 1] = data
        return
      end
      result[name] = table.concat(parts):gsub('\r\n', '\n')
      pipe:close()
      over()
    end)
  end
  read(out, 'out')
  read(err, 'err')
  return handle
end

---Runs luvit and waits.
---@param words string[]
---@param options? { cwd?: string, env?: string[] }
function program.run(words, options)
  local thread = coroutine.running()
  program.start(words, options, function(result) assert(coroutine.resume(thread, result)) end)
  return coroutine.yield()
end

---Runs a program text from a file of its own in a folder that is gone afterwards.
---@param text string
---@param words? string[] what stands before the file
function program.text(text, words)
  local folder = program.folder({ ['file.lua'] = text })
  local all = {}
  for _, word in ipairs(words or {}) do all[#all + 1] = word end
  all[#all + 1] = folder .. '/file.lua'
  local result = program.run(all, { cwd = folder })
  program.remove(folder)
  return result
end

---Makes a temporary folder.
---@param contents table<string, string> text by path
---@return string
function program.folder(contents)
  local folder = assert(uv.fs_mkdtemp(uv.os_tmpdir() .. '/luvit-test-XXXXXX'))
  for path, text in pairs(contents) do
    local position = 1
    while true do
      local slash = path:find('/', position, true)
      if not slash then break end
      uv.fs_mkdir(folder .. '/' .. path:sub(1, slash - 1), 493)
      position = slash + 1
    end
    program.write(folder .. '/' .. path, text)
  end
  return folder
end

---@param path string
---@param text string
function program.write(path, text)
  local fd = assert(uv.fs_open(path, 'w', 420))
  assert(uv.fs_write(fd, text))
  uv.fs_close(fd)
end

---@param path string
---@return string? text
function program.read(path)
  local fd = uv.fs_open(path, 'r', 0)
  if not fd then return nil end
  local text = uv.fs_read(fd, math.max(uv.fs_fstat(fd).size, 4096), 0)
  uv.fs_close(fd)
  return text
end

---Removes a folder with all in it.
---@param folder string
function program.remove(folder)
  local request = uv.fs_scandir(folder)
  while request do
    local name, kind = uv.fs_scandir_next(request)
    if not name then break end
    if kind == 'directory' then
      program.remove(folder .. '/' .. name)
    else
      uv.fs_unlink(folder .. '/' .. name)
    end
  end
  uv.fs_rmdir(folder)
end

return program
