local ffi = require('ffi')
local WINDOWS = jit.os == 'Windows'

if not WINDOWS then
  ffi.cdef([[
    int pipe(int fds[2]);
    int open(const char *path, int flags, ...);
    int close(int fd);
    int dup(int fd);
    int socketpair(int domain, int type, int protocol, int fds[2]);
  ]])
end

local function systemPipe()
  local fds = ffi.new('int[2]')
  assert(ffi.C.pipe(fds) == 0)
  return fds[0], fds[1]
end

require('tap')(function(test)
  if WINDOWS then
    return test('pipes need descriptors of Unix here', function() end)
  end

  test('a pipe carries data to its end', function(expect, uv)
    local reader, writer = systemPipe()
    local input, output = uv.new_pipe(false), uv.new_pipe()
    assert(tostring(input):match('^uv_pipe_t: 0x%x+$') and input:get_type() == 'pipe')
    assert(input:open(reader) == 0 and uv.pipe_open(output, writer) == 0)
    assert(input:is_readable() and output:is_writable() and input:fileno() == reader)
    local parts = {}
    assert(input:read_start(expect(function(err, data)
      assert(err == nil)
      parts[#parts + 1] = data
      if not data then input:close() end
    end)) == 0)
    local size = 0
    for i = 1, 50 do
      local text = tostring(i):rep(5000)
      size = size + #text
      output:write(text, i == 50 and expect(function() output:close() end) or nil)
    end
    uv.run()
    assert(#table.concat(parts) == size)
  end)

  test('a reader that is gone is EPIPE', function(expect, uv)
    local reader, writer = systemPipe()
    ffi.C.close(reader)
    local output = uv.new_pipe()
    output:open(writer)
    output:write('x', expect(function(err)
      assert(err == 'EPIPE', err)
      output:close()
    end))
  end)

  test('a file and a device are streams', function(expect, uv)
    local path = os.tmpname()
    local file = assert(io.open(path, 'w'))
    file:write(('line\n'):rep(20000))
    file:close()
    local input = uv.new_pipe()
    assert(uv.guess_handle(0))
    assert(input:open(ffi.C.open(path, 0)) == 0)
    local size = 0
    input:read_start(expect(function(err, data)
      assert(err == nil)
      if data then
        size = size + #data
      else
        input:close()
      end
    end))
    local null = uv.new_pipe()
    assert(null:open(ffi.C.open('/dev/null', 2)) == 0)
    null:write('gone', expect(function(err) assert(err == nil) end))
    null:read_start(expect(function(err, data)
      assert(err == nil and data == nil)
      null:close()
    end))
    uv.run()
    assert(size == 100000)
    os.remove(path)
  end)

  test('read_stop holds data back', function(expect, uv)
    local reader, writer = systemPipe()
    local input, output, timer = uv.new_pipe(), uv.new_pipe(), uv.new_timer()
    input:open(reader)
    output:open(writer)
    local stopped = false
    local function onRead(err, data)
      assert(err == nil and not stopped)
      if not data then return input:close() end
      input:read_stop()
      stopped = true
      timer:start(5, 0, function()
        stopped = false
        input:read_start(onRead)
      end)
    end
    input:read_start(onRead)
    output:write('one', function()
      timer:start(5, 0, function() end)
      output:write('two', expect(function()
        output:close()
      end))
    end)
    uv.run()
    timer:close()
  end)

  test('errors', function(_, uv)
    local pipe = uv.new_pipe()
    local value, err, code = pipe:open(99999)
    assert(value == nil and err:find('^EBADF: ') and code == 'EBADF')
    assert(select(3, pipe:open(-1)) == 'EBADF' and not pcall(pipe.open, pipe, 'x'))
    value, _, code = pipe:write('x')
    assert(value == nil and code == 'EBADF')
    value, _, code = pipe:read_start(print)
    assert(value == nil and code == 'ENOTCONN', code)
    pipe:close()
    local reader, writer = systemPipe()
    assert(select(3, uv.new_tty(-1, true)) == 'EINVAL' and not pcall(uv.new_tty, reader))
    assert(not pcall(uv.tty_get_winsize, pipe) and not pcall(uv.tty_set_mode, pipe, 'raw'))
    assert(uv.guess_handle(reader) == 'pipe')
    assert(uv.tty_reset_mode() == 0)
    ffi.C.close(reader)
    ffi.C.close(writer)
  end)

  test('a pipe in the place of a terminal', function(expect, uv)
    if jit.os == 'Windows' then return end
    local reader, writer = systemPipe()
    local input, output = assert(uv.new_tty(reader, true)), assert(uv.new_tty(writer, false))
    assert(input:is_readable() and not input:is_writable() and output:is_writable())
    assert(select(3, input:get_winsize()) == 'ENOTTY' and select(3, input:set_mode('raw')) == 'ENOTTY')
    input:read_start(expect(function(err, data)
      assert(not err)
      if data then assert(data == 'text') else input:close() end
    end, 2))
    output:write('text', expect(function(err)
      assert(not err)
      output:close()
    end, 1))
  end)

  test('a terminal', function(_, uv)
    local ok, util = pcall(ffi.load, 'util')
    if not ok then ok, util = pcall(ffi.load, 'libutil.so.1') end
    pcall(ffi.cdef, 'int openpty(int *primary, int *secondary, char *name, const void *mode, const void *size);')
    local primary, secondary = ffi.new('int[1]'), ffi.new('int[1]')
    local found, result = pcall(function()
      return (ok and util or ffi.C).openpty(primary, secondary, nil, nil, nil)
    end)
    if not found or result ~= 0 then return end
    local tty = assert(uv.new_tty(secondary[0], true))
    assert(tostring(tty):match('^uv_tty_t: 0x%x+$') and tty:get_type() == 'tty')
    assert(uv.guess_handle(secondary[0]) == 'tty')
    local width, height = tty:get_winsize()
    assert(width >= 0 and height >= 0)
    assert(tty:set_mode('raw') == 0 and uv.tty_set_mode(tty, 'normal') == 0 and tty:set_mode(1) == 0)
    local wrong, err = pcall(function() tty:set_mode('fancy') end)
    assert(not wrong and err:find('fancy', 1, true))
    assert(uv.tty_reset_mode() == 0 and uv.tty_reset_mode() == 0)
    tty:close()
    ffi.C.close(primary[0])
  end)

  test('the standard streams of the process', function(_, uv)
    local pretty = require('pretty-print')
    assert(process.stdout.fd == 1 and process.stderr.fd == 2 and process.stdin.fd == 0)
    assert(process.stdout == process.stdout and process.stdout.handle == pretty.stdout)
    assert(process.stdout:write('') ~= nil)
    local done = false
    process.stdout:write('# written by process.stdout\n', function() done = true end)
    uv.run()
    assert(done)
    for _, name in ipairs({ 'stdin', 'stdout', 'stderr' }) do
      local handle = pretty[name]
      if type(handle) == 'userdata' then handle:close() end
    end
  end)
end)
