local uv = require('uv')
local ffi = require('ffi')

-- A pseudo terminal: both descriptors and its path; nothing where there are none.
local function openTerminal()
  if jit.os == 'Windows' then return end
  local ok, util = pcall(ffi.load, 'util')
  if not ok then ok, util = pcall(ffi.load, 'libutil.so.1') end
  pcall(ffi.cdef, [[
    int openpty(int *primary, int *secondary, char *name, const void *mode, const void *size);
    char *ttyname(int fd);
    int close(int fd);
  ]])
  local primary, secondary = ffi.new('int[1]'), ffi.new('int[1]')
  local found, result = pcall(function()
    return (ok and util or ffi.C).openpty(primary, secondary, nil, nil, nil)
  end)
  if not found or result ~= 0 then return end
  return primary[0], secondary[0], ffi.string(ffi.C.ttyname(secondary[0]))
end

local function output(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read('*a')
  pipe:close()
  return text
end

local function modes(path) return output('stty -g <' .. path) end

require('tap')(function(test)
  test('what is no terminal', function()
    for _, fd in ipairs({ 99999, 1000 }) do
      local tty, err, code = uv.new_tty(fd, true)
      assert(tty == nil and err and code == 'EINVAL', err)
    end
    assert(not pcall(uv.new_tty) and not pcall(uv.new_tty, 'x', true) and not pcall(uv.tty_get_winsize))
    assert(uv.tty_reset_mode() == 0)
    assert(uv.guess_handle(99999) == 'unknown')
  end)

  test('the state of virtual terminals is for Windows', function()
    assert(select('#', uv.tty_set_vterm_state('supported')) == 0)
    assert(not pcall(uv.tty_set_vterm_state, 'maybe') and not pcall(uv.tty_set_vterm_state))
    local state, err, code = uv.tty_get_vterm_state()
    if jit.os == 'Windows' then
      assert(state == 'supported')
    else
      assert(state == nil and code == 'ENOTSUP' and err:find('^ENOTSUP: '))
    end
  end)

  test('modes, size, and the way back', function()
    local primary, secondary, path = openTerminal()
    if not primary then return end
    local before = modes(path)
    local tty = assert(uv.new_tty(secondary, true))
    assert(tty:is_readable() and tty:is_writable() and tty:get_type() == 'tty')
    assert(#{ tty:get_winsize() } == 2)
    local constants = uv.constants
    local seen = {}
    for i, mode in ipairs({ 'raw', 'io', 'raw_vt', constants.TTY_MODE_RAW, constants.TTY_MODE_IO, constants.TTY_MODE_RAW_VT }) do
      assert(tty:set_mode(mode) == 0)
      seen[i] = modes(path)
      assert(seen[i] ~= before)
    end
    assert(seen[1] == seen[4] and seen[2] == seen[5] and seen[1] == seen[3] and seen[1] ~= seen[2])
    assert(uv.tty_set_mode(tty, 'normal') == 0 and modes(path) == before)
    assert(tty:set_mode('raw') == 0 and uv.tty_reset_mode() == 0 and modes(path) == before)
    assert(tty:set_mode(constants.TTY_MODE_NORMAL) == 0)
    for _, wrong in ipairs({ 'fancy', 4, -1, {} }) do assert(not pcall(tty.set_mode, tty, wrong)) end
    tty:close()
    ffi.C.close(primary)
    ffi.C.close(secondary)
  end)

  test('what is typed arrives', function(expect)
    local primary, secondary = openTerminal()
    if not primary then return end
    local keyboard, tty = assert(uv.new_tty(primary, false)), assert(uv.new_tty(secondary, true))
    assert(tty:set_mode('raw') == 0)
    local typed = {}
    tty:read_start(expect(function(err, data)
      assert(err == nil)
      typed[#typed + 1] = data
      if table.concat(typed) == 'k\3y' then
        tty:write('shown\n')
        tty:read_stop()
      end
    end))
    local shown = {}
    keyboard:read_start(expect(function(err, data)
      assert(err == nil, err)
      shown[#shown + 1] = data
      -- Raw is about input: lines still end as terminals want it.
      if table.concat(shown) == 'shown\r\n' then
        keyboard:close()
        tty:close()
      end
    end))
    keyboard:write('k')
    keyboard:write('\3y')
    uv.run()
    uv.tty_reset_mode()
    ffi.C.close(secondary)
  end)

  test('however the process ends, the terminal is as it was', function()
    local primary, secondary, path = openTerminal()
    if not primary then return end
    local before = modes(path)
    local script = os.tmpname()
    local ends = {
      ['return'] = '',
      ['os.exit'] = 'os.exit(3)',
      ['process:exit'] = 'process:exit(3)',
      ['an error'] = 'error("uncaught")',
      ['an error in a callback'] = 'uv.new_timer():start(1, 0, function() error("uncaught") end) uv.run()',
      ['SIGTERM'] = 'uv.kill(uv.os_getpid(), "sigterm") uv.sleep(5000)',
      ['SIGINT'] = 'uv.kill(uv.os_getpid(), "sigint") uv.sleep(5000)',
      ['SIGHUP'] = 'uv.kill(uv.os_getpid(), "sighup") uv.sleep(5000)',
      ['abort'] = 'ffi.cdef("void abort(void);") ffi.C.abort()',
      ['a wild pointer'] = 'ffi.cast("int *", 8)[0] = 1',
      ['SIGSEGV'] = 'uv.kill(uv.os_getpid(), "sigsegv") uv.sleep(5000)',
      ['after a watcher'] = [[
        local watcher = uv.new_signal()
        watcher:start('sigterm', function()
          assert(io.popen('stty -g <' .. path):read('*a') ~= before, 'reset by a signal that is watched')
          watcher:close(function()
            uv.kill(uv.os_getpid(), 'sigterm')
            uv.sleep(5000)
          end)
        end)
        uv.kill(uv.os_getpid(), 'sigterm')
        uv.run()
      ]],
      ['before a mode'] = [[
        tty:set_mode('normal')
        local watcher = uv.new_signal()
        watcher:start('sigterm', function() end)
        watcher:close()
        uv.run('nowait')
        tty:set_mode('raw')
        uv.kill(uv.os_getpid(), 'sigterm')
        uv.sleep(5000)
      ]],
    }
    for name, how in pairs(ends) do
      local file = assert(io.open(script, 'w'))
      file:write(('local uv, ffi, path, before = require("uv"), require("ffi"), %q, %q\n'):format(path, before))
      file:write('local tty = assert(uv.new_tty(0, true)) assert(tty:set_mode("raw") == 0)\n')
      -- Proof that the mode was set, read by us below.
      file:write('io.popen("stty -g <" .. path .. " >" .. arg0 .. ".mode"):close()\n')
      file:write(how)
      file:close()
      local text = assert(io.open(script)):read('*a'):gsub('arg0', ('%q'):format(script))
      file = assert(io.open(script, 'w'))
      file:write(text)
      file:close()
      -- In a session of its own or not, the signal and the terminal are the same.
      output(('"%s" "%s" <%s >/dev/null 2>&1; echo $?'):format(uv.exepath(), script, path))
      local proof = assert(io.open(script .. '.mode'))
      assert(proof:read('*a') ~= before, name .. ': the mode was not set')
      proof:close()
      os.remove(script .. '.mode')
      assert(modes(path) == before, 'left in raw mode after ' .. name)
    end
    os.remove(script)
    ffi.C.close(primary)
    ffi.C.close(secondary)
  end)
end)
