local fs = require('fs')
local uv = require('uv')
local refusals = require('refusals')
local inside = require('folder')()

local raises, fails = refusals.raises, refusals.fails
local WINDOWS = require('los').type() == 'win32'
local ROOT = not WINDOWS and uv.getuid() == 0

-- Runs `fn` in a coroutine and fails the test when it does not get to its end.
local function go(expect, fn)
  coroutine.wrap(expect(function() fn(coroutine.running()) end, 1))()
end

-- How many descriptors are open; on Windows, the number that the next one gets.
local function descriptors()
  if WINDOWS then
    local fd = assert(uv.fs_open(module.path, 'r', 0))
    uv.fs_close(fd)
    return fd
  end
  local listing = uv.fs_scandir('/proc/self/fd')
  if not listing then return 0 end
  local count = 0
  while uv.fs_scandir_next(listing) do count = count + 1 end
  return count
end

require('tap')(function(test)
  test('every function is there in both forms, and the module lists them', function()
    local listed = {}
    for name, value in pairs(fs) do listed[name] = value end
    for name in ([[access appendFile chmod chown close copyFile cp exists fchmod fchown fdatasync fstat fsync ftruncate
      futime glob lchown link lstat lutime mkdir mkdirp mkdtemp mkstemp open opendir read readFile readdir readlink
      realpath rename rm rmdir scandir sendfile stat statfs symlink truncate unlink utime write
      writeFile]]):gmatch('%S+') do
      assert(type(listed[name]) == 'function', name)
      assert(type(listed[name .. 'Sync']) == 'function', name)
      assert(listed[name] == fs[name])
    end
    for name in ('createReadStream createWriteStream watch watchFile unwatchFile'):gmatch('%S+') do
      assert(type(listed[name]) == 'function', name)
    end
    for name in ('ReadStream WriteStream WriteStreamSync FSWatcher Dir constants'):gmatch('%S+') do
      assert(type(listed[name]) == 'table', name)
    end
    assert(fs.nothing == nil)
    assert(fs.constants.O_CREAT == uv.constants.O_CREAT and fs.constants.R_OK == 4 and fs.constants.S_IFDIR == 0x4000)
  end)

  test('open, write, read and close, with callbacks', function(expect)
    local path = inside('plain')
    fs.open(path, 'w+', '600', expect(function(err, fd)
      assert(not err, err)
      fs.write(fd, nil, 'hello world', expect(function(writeErr, written)
        assert(not writeErr and written == 11)
        fs.write(fd, 6, 'W', expect(function(_, one)
          assert(one == 1)
          fs.read(fd, 5, 6, expect(function(readErr, data)
            assert(not readErr and data == 'World')
            fs.fstat(fd, expect(function(_, stat)
              assert(stat.size == 11 and stat.type == 'file')
              if not WINDOWS then assert(stat.mode % 512 == 384) end
              fs.close(fd, expect(function(closeErr) assert(closeErr == nil) end, 1))
            end, 1))
          end, 1))
        end, 1))
      end, 1))
    end, 1))
  end)

  test('arguments may be left out in front of the callback', function(expect)
    local path = inside('left-out')
    assert(fs.writeFileSync(path, 'abcdef'))
    fs.open(path, expect(function(_, fd)
      fs.read(fd, expect(function(err, data)
        assert(not err and data == 'abcdef')
        fs.read(fd, 2, expect(function(_, rest)
          assert(rest == '')
          fs.close(fd)
        end, 1))
      end, 1))
    end, 1))
    fs.open(path, 'r+', expect(function(_, fd)
      fs.write(fd, 'ABC', expect(function(err, written)
        assert(not err and written == 3)
        fs.ftruncate(fd, expect(function(truncateErr)
          assert(not truncateErr)
          fs.close(fd)
        end, 1))
      end, 1))
    end, 1))
    fs.access(path, expect(function(err, permission) assert(not err and permission == true) end, 1))
    fs.mkdir(inside('made'), expect(function(err) assert(not err, err) end, 1))
    local other = inside('other')
    fs.writeFileSync(other, 'x')
    fs.truncate(other, expect(function(err)
      assert(not err, err)
      assert(fs.statSync(other).size == 0)
    end, 1))
  end)

  test('the synchronous forms', function()
    local path = inside('sync')
    local fd = assert(fs.openSync(path, 'w+'))
    assert(fs.writeSync(fd, -1, 'one') == 3 and fs.writeSync(fd, 'two') == 3 and fs.writeSync(fd, 0, { 'O', 'N' }) == 2)
    assert(fs.readSync(fd, 10, 0) == 'ONetwo' and fs.readSync(fd, nil, 3) == 'two')
    assert(fs.fsyncSync(fd) and fs.fdatasyncSync(fd))
    assert(fs.ftruncateSync(fd, 4) and fs.fstatSync(fd).size == 4)
    assert(fs.ftruncateSync(fd) and fs.fstatSync(fd).size == 0)
    assert(fs.closeSync(fd) == true)
    fails('EBADF', fs.closeSync(fd))
    fails('EBADF', fs.readSync(fd, 1))
  end)

  test('coroutines wait and get results, or nil and the error', function(expect)
    go(expect, function(thread)
      local path = inside('waits')
      assert(fs.writeFile(path, 'data', thread) == true)
      assert(fs.readFile(path, thread) == 'data')
      -- `coroutine.running()` is two values where it stands last.
      assert(fs.readFile(path, coroutine.running()) == 'data')
      local fd = assert(fs.open(path, 'r', coroutine.running()))
      assert(fs.read(fd, 2, coroutine.running()) == 'da')
      assert(fs.close(fd, thread) == true)
      local stat, err = fs.stat(inside('missing'), thread)
      assert(stat == nil and err == "ENOENT: no such file or directory, stat '" .. inside('missing') .. "'", err)
      local data
      data, err = fs.readFile(inside('missing'), thread)
      assert(data == nil and err == "ENOENT: no such file or directory, open '" .. inside('missing') .. "'", err)
      assert(fs.exists(path, thread) == true and not fs.exists(inside('missing'), thread))
      assert(table.concat(assert(fs.readdir(inside('made'), thread))) == '')
      local made, mkdirErr = fs.mkdirp(inside('waits', 'x'), thread)
      assert(made == nil and mkdirErr:find('^ENOTDIR: '), mkdirErr)
    end)
  end)

  test('errors say the operation and the paths', function(expect)
    local missing = inside('no', 'such')
    local text = "ENOENT: no such file or directory, %s '" .. missing .. "'"
    local function check(name, syscall, ...)
      local result, err, code = fs[name .. 'Sync'](...)
      assert(result == nil and err == text:format(syscall) and code == 'ENOENT', err)
      local args = { ... }
      args[#args + 1] = expect(function(asyncErr) assert(asyncErr == err, asyncErr) end, 1)
      fs[name](unpack(args))
    end
    for name in ('stat lstat unlink rmdir readlink realpath opendir open mkdir statfs'):gmatch('%a+') do
      check(name, name, missing)
    end
    check('readdir', 'scandir', missing)
    check('scandir', 'scandir', missing)
    check('chmod', 'chmod', missing, 420)
    check('utime', 'utime', missing, 1, 1)
    check('truncate', 'open', missing)
    check('readFile', 'open', missing)
    check('writeFile', 'open', missing, '')
    check('appendFile', 'open', missing, '')
    check('rm', 'lstat', missing)
    local target = inside('target')
    local function checkTwo(name, syscall)
      local _, err = fs[name .. 'Sync'](missing, target)
      assert(err == text:format(syscall) .. " -> '" .. target .. "'", err)
      fs[name](missing, target, expect(function(asyncErr) assert(asyncErr == err, asyncErr) end, 1))
    end
    checkTwo('rename', 'rename')
    checkTwo('link', 'link')
    checkTwo('copyFile', 'copyfile')
    fs.close(-1, expect(function(err) assert(err == 'EBADF: bad file descriptor, close', err) end, 1))
    assert(fs.existsSync('a\0b') == false)
    local _, err, code = fs.statSync('a\0b')
    assert(code == 'EINVAL' and err:find('^EINVAL: '))
  end)

  test('wrong arguments are errors of the caller', function()
    raises("bad argument 'path' to 'stat' (string expected, got nil)", fs.stat)
    raises("bad argument 'path' to 'readFileSync' (string expected, got table)", fs.readFileSync, {})
    raises("bad argument 'fd' to 'close' (number expected, got string)", fs.close, 'x')
    for _, fd in ipairs({ 1e308, -1e308, 0 / 0, 1.5 }) do
      raises("bad argument 'fd' to 'close' (integer from -2147483648 to 2147483647 expected, got", fs.close, fd)
    end
    raises("bad argument 'size' to 'readSync' (integer from 0 to", fs.readSync, 0, -1)
    raises("bad argument 'offset' to 'write' (integer from", fs.write, 1, 0.5, 'x')
    raises("bad argument 'length' to 'truncateSync' (integer from 0 to", fs.truncateSync, 'x', 1e308)
    raises("bad argument 'mode' to 'chmod' (integer from 0 to", fs.chmod, 'x', 1e308)
    raises("bad argument 'mode' to 'access' (letters of 'rwx' expected, got 'q')", fs.access, 'x', 'q')
    raises("bad argument 'mode' to 'accessSync' (integer from", fs.accessSync, 'x', 0 / 0)
    raises("bad argument 'flags' to 'open' (integer from", fs.open, 'x', 1e308)
    raises("bad argument 'gid' to 'lchown' (integer from -1 to", fs.lchown, 'x', 0, -2)
    raises("bad argument 'options' to 'copyFile' (integer from", fs.copyFile, 'x', 'y', 1.5)
    raises("bad argument 'callback' to 'stat' (function or thread expected, got number)", fs.stat, 'x', 1)
    raises("bad argument 'callback' to 'exists' (function or thread expected, got nil)", fs.exists, 'x')
    raises("(unknown file open flag 'rw')", fs.open, 'x', 'rw')
    raises("bad argument 'mode' to 'chmodSync'", fs.chmodSync, 'x', '9')
    raises("bad argument 'data' to 'writeFile'", fs.writeFile, 'x', true)
    raises("bad argument 'data[2]' to 'writeFileSync' (string expected, got table)", fs.writeFileSync, 'x', { 'a', {} })
    raises("bad argument 'options' to 'readFile' (table expected, got number)", fs.readFile, 'x', 1)
    for _, time in ipairs({ {}, 0 / 0, math.huge, 1e308, { sec = 0 / 0 }, { sec = 1, nsec = 'x' }, 'soon' }) do
      raises("bad argument 'atime' to 'utime' (number of seconds,", fs.utime, 'x', time, 1)
    end
    raises("bad argument 'newPath' to 'rename'", fs.rename, 'x')
    -- At the line of whoever called, here.
    for _, wrong in ipairs({
      function() fs.utime('x', {}, 1) end, function() fs.close(1e308) end, function() fs.access('x', 'q') end,
      function() fs.symlink('x', 'y', 0.5) end, function() fs.chmod('x', -1) end, function() fs.write(1, 0.5, 'x') end,
      function() fs.createReadStream() end, function() fs.createWriteStream() end,
      function() fs.createWriteStream('x', { flags = 'q' }) end, function() fs.WriteStreamSync:new() end,
    }) do
      local _, err = pcall(wrong)
      assert(err:find('^%a?:?[^:]*fs%.lua:%d+: bad argument'), err)
    end
    raises('only a file that is written anew can be atomic', fs.appendFile, 'x', 'y', { atomic = true })
    local _, err = pcall(fs.stat)
    assert(not err:find('fs/', 1, true), err)
    _, err = pcall(function() return (fs.openSync('x', 'rw')) end)
    assert(err:find('tests[/\\]fs.lua:%d+:') or err:find('fs.lua:%d+:'), err)
  end)

  test('a callback that nobody passed: errors are printed, results dropped', function()
    local printed, real = {}, _G.print
    _G.print = function(...) table.insert(printed, table.concat({ ... }, ' ')) end
    fs.unlink(inside('missing'))
    fs.readFile(inside('missing'))
    fs.rm(inside('missing'))
    fs.stat(inside())
    local ok, err = pcall(uv.run)
    _G.print = real
    assert(ok, err)
    assert(#printed == 3 and printed[1]:find('Unhandled callback error ENOENT'), printed[1])
  end)

  test('callbacks are never called inside the call', function(expect)
    local inCall = true
    local function later() assert(not inCall) end
    fs.exists(inside(), expect(later, 1))
    fs.glob('*', { cwd = inside('missing') }, expect(later, 1))
    fs.mkdirp(inside(), expect(later, 1))
    fs.readFile('a\0b', expect(later, 1))
    inCall = false
  end)

  test('an error in a callback is uncaught, and leaves nothing open', function(expect)
    local before = descriptors()
    local listeners = process:listeners('uncaughtException')
    process:removeAllListeners('uncaughtException')
    process:once('uncaughtException', expect(function(err) assert(tostring(err):find('mine'), err) end, 1))
    fs.readFile(inside('sync'), function() error('mine') end)
    uv.run()
    for _, listener in ipairs(listeners) do process:on('uncaughtException', listener) end
    assert(descriptors() == before)
  end)

  test('readFile: empty files, all bytes, lengths around those of buffers', function(expect)
    local path = inside('bytes')
    local all = {}
    for i = 0, 255 do all[#all + 1] = string.char(i) end
    local block = table.concat(all)
    for _, size in ipairs({ 0, 1, 255, 8191, 8192, 8193, 65536, 300000 }) do
      local data = block:rep(math.ceil(size / 256)):sub(1, size)
      assert(fs.writeFileSync(path, data))
      assert(fs.readFileSync(path) == data)
    end
    go(expect, function(thread)
      local data = block:rep(10000)
      assert(fs.writeFile(path, data, thread))
      assert(fs.readFile(path, thread) == data)
    end)
  end)

  test('readFile: files without a size', function(expect)
    if not fs.existsSync('/proc/self/status') then return end
    assert(fs.readFileSync('/proc/self/status'):find('^Name:'))
    fs.readFile('/proc/self/status', expect(function(err, data) assert(not err and data:find('^Name:')) end, 1))
    assert(fs.readFileSync('/dev/null') == '')
  end)

  test('readFile: limits and folders', function(expect)
    local path = inside('limited')
    assert(fs.writeFileSync(path, '12345'))
    assert(fs.readFileSync(path, { maxSize = 5 }) == '12345')
    fails('EFBIG', fs.readFileSync(path, { maxSize = 4 }))
    fs.readFile(path, { maxSize = 4 }, expect(function(err, data)
      assert(data == nil and err == "EFBIG: file too large, read '" .. path .. "'", err)
    end, 1))
    if fs.existsSync('/dev/zero') then fails('EFBIG', fs.readFileSync('/dev/zero', { maxSize = 100000 })) end
    if not WINDOWS then
      fails('EISDIR', fs.readFileSync(inside()))
      fs.readFile(inside(), expect(function(err) assert(err:find('^EISDIR: ')) end, 1))
    end
    fails('EEXIST', fs.readFileSync(path, { flag = 'ax+' }))
  end)

  test('readFile and writeFile leave no descriptor, also when they fail', function(expect)
    local before = descriptors()
    local path = inside('limited')
    for _ = 1, 50 do
      fs.readFileSync(path, { maxSize = 1 })
      fs.readFileSync(inside())
      fs.writeFileSync('/dev/full', 'x')
      fs.readFile(path, { maxSize = 1 }, expect(function(err) assert(err) end, 1))
      fs.readFile(path, expect(function(err) assert(not err) end, 1))
    end
    uv.run()
    assert(descriptors() == before)
  end)

  test('a request that waits can be cancelled', function(expect)
    local count, cancelled = 0, 0
    for _ = 1, 200 do
      local request
      request = fs.readFile(inside('limited'), expect(function(err, data)
        count = count + 1
        if err then
          assert(err == 'ECANCELED: operation canceled', err)
          cancelled = cancelled + 1
        else
          assert(data == '12345')
        end
      end, 1))
      assert(tostring(request):find('^uv_fs_t') or type(request) == 'userdata')
      uv.cancel(request)
    end
    uv.run()
    assert(count == 200 and cancelled > 0, cancelled)
  end)

  test('writeFile: what may be written, flags and permissions', function(expect)
    local path = inside('written')
    assert(fs.writeFileSync(path, 42) and fs.readFileSync(path) == '42')
    assert(fs.writeFileSync(path, { 'a', 'b', 3 }) and fs.readFileSync(path) == 'ab3')
    assert(fs.writeFileSync(path, { toString = function() return 'buffer' end }) and fs.readFileSync(path) == 'buffer')
    local Buffer = require('buffer').Buffer
    assert(fs.writeFileSync(path, Buffer:new('real')) and fs.readFileSync(path) == 'real')
    assert(fs.writeFileSync(path, { Buffer:new('a'), 'b' }) and fs.readFileSync(path) == 'ab')
    assert(fs.writeFileSync(path, '') and fs.readFileSync(path) == '')
    assert(fs.writeFileSync(path, 'end', { flag = 'a', flush = true }) and fs.readFileSync(path) == 'end')
    fails('EEXIST', fs.writeFileSync(path, 'x', { flag = 'wx' }))
    assert(fs.writeFileSync(inside('private'), 'x', { mode = '600' }))
    if not WINDOWS then assert(fs.statSync(inside('private')).mode % 512 == 384) end
    fs.writeFile(path, 'async', { flag = 'a' }, expect(function(err)
      assert(err == nil, err)
      assert(fs.readFileSync(path) == 'endasync')
    end, 1))
  end)

  test('appendFile', function(expect)
    local path = inside('appended')
    assert(fs.appendFileSync(path, 'one') and fs.appendFileSync(path, 2))
    fs.appendFile(path, ' three', expect(function(err)
      assert(not err, err)
      assert(fs.readFileSync(path) == 'one2 three')
    end, 1))
  end)

  test('a full disk is an error of every way to write', function(expect)
    if not fs.existsSync('/dev/full') then return end
    fails('ENOSPC', fs.writeFileSync('/dev/full', 'x'))
    fs.writeFile('/dev/full', 'x', expect(function(err)
      assert(err == "ENOSPC: no space left on device, write '/dev/full'", err)
    end, 1))
    fs.appendFile('/dev/full', 'x', expect(function(err) assert(err:find('^ENOSPC: ')) end, 1))
    local fd = assert(fs.openSync('/dev/full', 'w'))
    fails('ENOSPC', fs.writeSync(fd, 'x'))
    fs.closeSync(fd)
  end)

  test('atomic writes: all or nothing, with the permissions of before', function(expect)
    local folder = inside('atomic')
    fs.mkdirSync(folder)
    local path = folder .. '/file'
    assert(fs.writeFileSync(path, 'first', { atomic = true, mode = '640' }))
    assert(fs.readFileSync(path) == 'first')
    if not WINDOWS then
      assert(fs.chmodSync(path, '604'))
      assert(fs.symlinkSync('file', folder .. '/link'))
    end
    fs.writeFile(path, 'second', { atomic = true }, expect(function(err)
      assert(not err, err)
      assert(fs.readFileSync(path) == 'second')
      if WINDOWS then return end
      assert(fs.statSync(path).mode % 512 == 388)
      assert(fs.writeFileSync(folder .. '/link', 'third', { atomic = true }))
      assert(fs.lstatSync(folder .. '/link').type == 'link' and fs.readFileSync(path) == 'third')
      fails('EISDIR', fs.writeFileSync(folder, 'x', { atomic = true }))
      if not ROOT then
        fs.chmodSync(path, '400')
        fails('EACCES', fs.writeFileSync(path, 'x', { atomic = true }))
      end
      -- Nothing else is left.
      assert(table.concat(fs.readdirSync(folder), ' ') == 'file link')
    end, 1))
  end)

  test('who reads an atomic file never sees half of it', function(expect)
    local path = inside('half')
    local a, b = ('a'):rep(100000), ('b'):rep(50000)
    assert(fs.writeFileSync(path, a))
    go(expect, function(thread)
      local writing = true
      coroutine.wrap(function()
        local ok, err = true, nil
        for i = 1, 20 do
          if ok then ok, err = fs.writeFile(path, i % 2 == 0 and a or b, { atomic = true }, coroutine.running()) end
        end
        writing = false
        assert(ok, err)
      end)()
      while writing do
        local data = assert(fs.readFile(path, thread))
        assert(data == a or data == b, #data)
      end
    end)
  end)

  test('exists: both answers, as in luvit 2', function(expect)
    fs.exists(inside(), expect(function(err, exists) assert(err == nil and exists == true) end, 1))
    fs.exists(inside('missing'), expect(function(err, exists) assert(err:find('^ENOENT') and exists == false) end, 1))
    assert(fs.existsSync(inside()) == true and fs.existsSync(inside('missing')) == false)
  end)

  test('access', function(expect)
    local path = inside('accessed')
    fs.writeFileSync(path, '')
    assert(fs.accessSync(path) == true and fs.accessSync(path, 'rw') == true)
    assert(fs.accessSync(path, fs.constants.R_OK) == true and fs.accessSync(inside('missing')) == false)
    fs.access(inside('missing'), 'r', expect(function(err, permission) assert(not err and permission == false) end, 1))
  end)

  test('readdir and scandir are in order', function(expect)
    local folder = inside('listed')
    fs.mkdirSync(folder)
    for _, name in ipairs({ 'c', 'a', 'd', 'b' }) do fs.writeFileSync(folder .. '/' .. name, '') end
    fs.mkdirSync(folder .. '/e')
    assert(table.concat(fs.readdirSync(folder), ' ') == 'a b c d e')
    local seen = {}
    for name, kind in fs.scandirSync(folder) do table.insert(seen, name .. ':' .. kind) end
    assert(table.concat(seen, ' ') == 'a:file b:file c:file d:file e:directory')
    fs.readdir(folder, expect(function(err, names) assert(not err and table.concat(names) == 'abcde') end, 1))
    fs.scandir(folder, expect(function(err, next)
      assert(not err and next() == 'a')
      local count = 1
      for _ in next do count = count + 1 end
      assert(count == 5 and next() == nil)
    end, 1))
  end)

  test('opendir reads bit by bit', function(expect)
    local dir = assert(fs.opendirSync(inside('listed'), { bufferSize = 2 }))
    local names = {}
    while true do
      local entries = assert(dir:readSync())
      if #entries == 0 then break end
      assert(#entries <= 2)
      for _, entry in ipairs(entries) do table.insert(names, entry.name .. entry.type:sub(1, 1)) end
    end
    raises("bad argument 'callback' to 'read' (function or thread expected, got nil)", dir.read, dir)
    assert(dir:closeSync())
    table.sort(names)
    assert(table.concat(names, ' ') == 'af bf cf df ed')
    go(expect, function(thread)
      local opened = assert(fs.opendir(inside('listed'), thread))
      assert(opened.path == inside('listed'))
      assert(#opened:read(thread) == 5 and #opened:read(thread) == 0)
      assert(opened:close(thread))
    end)
  end)

  test('mkdir, mkdirp and rmdir', function(expect)
    local deep = inside('deep', 'a', 'b')
    assert(fs.mkdirpSync(deep) and fs.mkdirpSync(deep) and fs.mkdirpSync(deep .. '/c/'))
    assert(fs.mkdirSync(inside('deep', 'x', 'y'), { recursive = true }))
    fails('EEXIST', fs.mkdirSync(deep))
    fails('ENOENT', fs.mkdirSync(inside('nope', 'a')))
    fs.writeFileSync(deep .. '/file', '')
    fails('EEXIST', fs.mkdirpSync(deep .. '/file'))
    local ok, _, code = fs.mkdirpSync(deep .. '/file/below')
    assert(not ok and (code == 'ENOTDIR' or code == 'ENOENT'), code)
    go(expect, function(thread)
      assert(fs.mkdir(inside('deep2', 'a'), { recursive = true, mode = '700' }, thread))
      if not WINDOWS then assert(fs.statSync(inside('deep2', 'a')).mode % 512 == 448) end
      assert(fs.mkdirp(inside('deep2', 'a', 'b', 'c'), thread) == true)
      assert(fs.rmdir(inside('deep2', 'a', 'b', 'c'), thread) == true)
      local removed, err = fs.rmdir(inside('deep2'), thread)
      assert(not removed and (err:find('^ENOTEMPTY') or err:find('^EEXIST')), err)
    end)
    -- Many at once meet on their way.
    for i = 1, 20 do
      fs.mkdirp(inside('meet', 'a', 'b', tostring(i)), expect(function(err) assert(not err, err) end, 1))
    end
  end)

  test('mkdirp with a relative path, and a deep one', function()
    local before = uv.cwd()
    uv.chdir(inside())
    assert(fs.mkdirpSync('relative/a/b') and fs.mkdirpSync('./relative/c') and fs.mkdirpSync('relative'))
    assert(fs.mkdirpSync(('d/'):rep(200)))
    assert(fs.rmSync('d', { recursive = true }))
    uv.chdir(before)
  end)

  test('links, names and times', function()
    if WINDOWS then return end
    local path = inside('original')
    fs.writeFileSync(path, 'text')
    assert(fs.symlinkSync('original', inside('soft')) and fs.linkSync(path, inside('hard')))
    assert(fs.readlinkSync(inside('soft')) == 'original' and fs.realpathSync(inside('soft')) == path)
    assert(fs.lstatSync(inside('soft')).type == 'link' and fs.statSync(inside('hard')).nlink == 2)
    assert(fs.renameSync(inside('hard'), inside('harder')) and fs.unlinkSync(inside('harder')))
    local time = { sec = 1000000000, nsec = 500000000 }
    assert(fs.utimeSync(path, time, 1.25) and fs.lutimeSync(inside('soft'), 'omit', 7))
    local stat = fs.statSync(path)
    assert(stat.atime.sec == 1000000000 and stat.atime.nsec == 500000000 and stat.mtime.nsec == 250000000)
    assert(fs.lstatSync(inside('soft')).mtime.sec == 7)
    local fd = fs.openSync(path, 'r+')
    assert(fs.futimeSync(fd, 5, 6) and fs.fstatSync(fd).mtime.sec == 6)
    assert(fs.fchmodSync(fd, '600') and fs.fstatSync(fd).mode % 512 == 384)
    assert(fs.fchownSync(fd, -1, -1) and fs.lchownSync(inside('soft'), -1, -1))
    assert(fs.chownSync(path, uv.getuid(), uv.getgid()))
    fs.closeSync(fd)
  end)

  test('copyFile, mkdtemp, mkstemp and statfs', function()
    fs.writeFileSync(inside('copied'), 'copy')
    assert(fs.copyFileSync(inside('copied'), inside('copy')) and fs.readFileSync(inside('copy')) == 'copy')
    fails('EEXIST', fs.copyFileSync(inside('copied'), inside('copy'), { excl = true }))
    fails('EEXIST', fs.copyFileSync(inside('copied'), inside('copy'), fs.constants.COPYFILE_EXCL))
    local folder = assert(fs.mkdtempSync(inside('tmp-XXXXXX')))
    assert(#folder == #inside('tmp-XXXXXX') and fs.statSync(folder).type == 'directory')
    local fd, path = fs.mkstempSync(inside('tmp-XXXXXX'))
    assert(type(fd) == 'number' and fs.statSync(path).type == 'file')
    fs.closeSync(fd)
    assert(fs.statfsSync(inside()).bsize > 0)
  end)

  test('truncate keeps what is before, and makes no file', function(expect)
    local path = inside('truncated')
    fs.writeFileSync(path, '0123456789')
    assert(fs.truncateSync(path, 4) and fs.readFileSync(path) == '0123')
    assert(fs.truncateSync(path, 6) and fs.readFileSync(path) == '0123\0\0')
    fails('ENOENT', fs.truncateSync(inside('missing')))
    local before = descriptors()
    fs.truncate(path, 2, expect(function(err)
      assert(not err, err)
      assert(fs.readFileSync(path) == '01' and descriptors() == before)
    end, 1))
  end)

  test('sendfile moves bytes from file to file', function(expect)
    fs.writeFileSync(inside('from'), '0123456789')
    local from, to = fs.openSync(inside('from'), 'r'), fs.openSync(inside('to'), 'w')
    assert(fs.sendfileSync(to, from, 2, 3) == 3)
    fs.sendfile(to, from, 8, 100, expect(function(err, sent)
      assert(not err and sent == 2)
      fs.closeSync(from)
      fs.closeSync(to)
      assert(fs.readFileSync(inside('to')) == '23489')
    end, 1))
  end)

  test('reading many files leaves memory where it was', function()
    local path = inside('limited')
    local function round(count)
      local left = count
      local function again(err)
        assert(not err, err)
        left = left - 1
        if left >= 4 then fs.readFile(path, again) end
      end
      for _ = 1, 4 do fs.readFile(path, again) end
      uv.run()
      collectgarbage()
      collectgarbage()
      return collectgarbage('count')
    end
    round(2000)
    local before = round(2000)
    local after = round(10000)
    assert(after < before + 64, after - before)
  end)
end)
