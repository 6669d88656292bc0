-- Programs that are the other side of tests of cryptography and TLS.

local path = require('path')
local programs = {}

-- Whether there is such a program. Not on Windows: `run` writes lines for a POSIX shell, and the programs that Wine finds are
-- those of the system around it, which do not know its paths.
function programs.has(name)
  if jit.os == 'Windows' then return false end
  for folder in (os.getenv('PATH') or ''):gmatch('[^:]+') do
    local file = io.open(path.join(folder, name))
    if file then
      file:close()
      return true
    end
  end
  return false
end

-- Runs a program with words, and text as its input; its output. It must succeed, unless `mayFail`: then whether it did
-- comes second.
function programs.run(name, words, input, mayFail)
  local from, to = os.tmpname(), os.tmpname()
  local file = assert(io.open(from, 'wb'))
  file:write(input or '')
  file:close()
  local line = { name }
  for _, word in ipairs(words) do line[#line + 1] = "'" .. word:gsub("'", "'\\''") .. "'" end
  local ok = os.execute(table.concat(line, ' ') .. ' < ' .. from .. ' > ' .. to .. ' 2> ' .. to .. '.err')
  local function content(name)
    local out = io.open(name, 'rb')
    local text = out and out:read('*a') or ''
    if out then out:close() end
    os.remove(name)
    return text
  end
  local text, problem = content(to), content(to .. '.err')
  os.remove(from)
  local done = ok == true or ok == 0
  if not mayFail then assert(done, problem) end
  return text, done
end

-- A temporary file with this content; its name.
function programs.file(content)
  local name = os.tmpname()
  local file = assert(io.open(name, 'wb'))
  file:write(content)
  file:close()
  return name
end

return programs
