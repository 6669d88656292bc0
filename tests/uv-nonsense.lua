-- Every function of `uv` gets values that do not fit, in a process of its own: an error is a fine answer, a panic, a
-- crash or a hang is none. LUVIT_SEED repeats a run, LUVIT_ROUNDS makes it longer.

local uv = require('uv')

local seed = tonumber(os.getenv('LUVIT_SEED')) or uv.hrtime() % 2 ^ 31
local rounds = tonumber(os.getenv('LUVIT_ROUNDS')) or 1
local program = require('path').resolve(module.dir, 'fixtures/nonsense/main.lua')
local windows = require('los').type() == 'win32'

local function remove(folder)
  -- Nonsense is also made of folders that nobody may look into.
  assert(uv.fs_chmod(folder, 448))
  for name, kind in uv.fs_scandir_next, assert(uv.fs_scandir(folder)) do
    local path = folder .. '/' .. name
    if kind == 'directory' then remove(path) else assert(uv.fs_unlink(path)) end
  end
  assert(uv.fs_rmdir(folder))
end

-- Its standard streams are pipes: what it does to descriptor 0 must not reach a device of the machine.
local function run(expect, mode, number, command)
  local folder = assert(uv.fs_mkdtemp(uv.os_tmpdir() .. '/luvit-nonsense-XXXXXX'))
  local args = { program, ('%d'):format(number), '1500', mode, folder }
  local file = uv.exepath()
  if command then
    args = { '-c', command .. '; exec "$0" "$@"', file, unpack(args) }
    file = 'sh'
  end
  local input, said, limit = uv.new_pipe(), {}, uv.new_timer()
  local outputs = { uv.new_pipe(), uv.new_pipe() }
  local open, code, signal = 3, nil, nil
  local function done()
    open = open - 1
    if open > 0 then return end
    local text = table.concat(said)
    remove(folder)
    if code ~= 0 or not text:find('the end') or text:find('panicked') or text:find('internal error') then
      error(('mode %s, LUVIT_SEED=%d: code %s, signal %s\n%s'):format(mode, number, code, signal, text:sub(-4000)))
    end
  end
  done = expect(done)
  local process
  process = assert(uv.spawn(file, { args = args, cwd = folder, stdio = { input, unpack(outputs) } }, function(c, s)
    code, signal = c, s
    limit:close()
    process:close()
    done()
  end))
  input:close()
  limit:start(60000, 0, function() process:kill('sigkill') end)
  for _, output in ipairs(outputs) do
    output:read_start(function(err, data)
      assert(not err, err)
      if data then
        said[#said + 1] = data
      else
        output:close()
        done()
      end
    end)
  end
  uv.run()
end

require('tap')(function(test)
  for round = 0, rounds - 1 do
    local number = (seed + round) % 2 ^ 31
    test(('arguments that do not fit (LUVIT_SEED=%d)'):format(number), function(expect)
      run(expect, 'arguments', number)
    end)
    if not windows then
      test(('descriptors closed behind their handles (LUVIT_SEED=%d)'):format(number), function(expect)
        run(expect, 'descriptors', number)
      end)
      test(('no descriptors left (LUVIT_SEED=%d)'):format(number), function(expect)
        run(expect, 'few', number, 'ulimit -n 32')
      end)
    end
  end
end)
