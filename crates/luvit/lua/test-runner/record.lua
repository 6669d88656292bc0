-- Counts the lines that run, in every coroutine, and writes the counts when the program ends. Runs in the process of
-- the tests, under a line hook, which LuaJIT has for the whole state; compiled code would not call it, so the compiler
-- is off.

local getinfo = debug.getinfo
local uv = require('uv')

---@param path string where the counts go, as JSON: by source file a list of pairs of line and count
return function(path)
  local counts = {}
  local countsOf = setmetatable({}, { __mode = 'k' })

  local function find(fn)
    local source = getinfo(fn, 'S').source
    local list = false
    if source:sub(1, 1) == '@' and source:sub(1, 8) ~= '@bundle:' then
      local file = source:sub(2)
      list = counts[file] or {}
      counts[file] = list
    end
    countsOf[fn] = list
    return list
  end

  local saved = false
  local function save()
    if saved then return end
    saved = true
    debug.sethook()
    local files = {}
    for file, lines in pairs(counts) do
      local list = {}
      for line, count in pairs(lines) do list[#list + 1] = { line, count } end
      files[#files + 1] = { file = file, lines = list }
    end
    local fd = assert(uv.fs_open(path, 'w', 420))
    assert(uv.fs_write(fd, require('json').stringify({ cwd = uv.cwd(), files = files })))
    uv.fs_close(fd)
  end

  require('hooks'):on('process.exit', save)
  local exit = os.exit
  function os.exit(...)
    save()
    exit(...)
  end

  jit.off()
  jit.flush()
  debug.sethook(function(_, line)
    local fn = getinfo(2, 'f').func
    local list = countsOf[fn]
    if list == nil then list = find(fn) end
    if list then list[line] = (list[line] or 0) + 1 end
  end, 'l')
end
