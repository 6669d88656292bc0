-- Names, properties and folders: everything of `fs_*` that works on paths.

local bit = require('bit')

require('tap')(function(test)
  local root = assert(require('uv').fs_mkdtemp(require('uv').os_tmpdir() .. '/luvit-fs-XXXXXX'))
  root = assert(require('uv').fs_realpath(root))
  local isRoot = require('uv').getuid() == 0
  local function at(name) return root .. '/' .. name end

  -- Windows has one permission, that to write; files are 0666 or 0444 there, and folders 0666.
  local windows = jit.os == 'Windows'
  local function permissions(unix) return windows and (bit.band(unix, 128) > 0 and 438 or 292) or unix end

  -- Windows makes symbolic links for some users only, and Wine says it did and does not.
  local links = require('uv').fs_symlink('nowhere', at('probe')) and require('uv').fs_lstat(at('probe')) ~= nil
  if links then require('uv').fs_unlink(at('probe')) end

  local function put(uv, name, data)
    local fd = assert(uv.fs_open(at(name), 'w', 420))
    if data then assert(uv.fs_write(fd, data) == #data) end
    assert(uv.fs_close(fd))
    return at(name)
  end

  local function get(uv, path)
    local fd = assert(uv.fs_open(path, 'r', 0))
    local data = assert(uv.fs_read(fd, 1e6, 0))
    assert(uv.fs_close(fd))
    return data
  end

  local function fails(text, ...)
    assert(select('#', ...) == 3)
    local value, err, code = ...
    assert(value == nil and err == text and code == text:match('^%u+'), err)
  end

  local function gone(path) return 'ENOENT: no such file or directory: ' .. path end

  test('stat, lstat, fstat', function(expect, uv)
    local path = put(uv, 'stat', 'twelve bytes')
    local stat = assert(uv.fs_stat(path))
    local names = {}
    for name, value in pairs(stat) do
      names[#names + 1] = name
      if type(value) == 'table' then assert(value.sec and value.nsec and value.nsec < 1e9) end
    end
    table.sort(names)
    assert(table.concat(names, ' ') ==
      'atime birthtime blksize blocks ctime dev flags gen gid ino mode mtime nlink rdev size type uid')
    assert(stat.size == 12 and stat.type == 'file' and stat.nlink == 1)
    assert(bit.band(stat.mode, 61440) == 32768)
    assert(math.abs(stat.mtime.sec - os.time()) < 1000)
    if links then
      assert(uv.fs_symlink('stat', at('statlink')))
      assert(uv.fs_stat(at('statlink')).ino == stat.ino)
      assert(uv.fs_lstat(at('statlink')).type == 'link')
      uv.fs_lstat(at('statlink'), expect(function(err, found) assert(err == nil and found.type == 'link') end))
    end
    local fd = assert(uv.fs_open(path, 'r', 0))
    assert(uv.fs_fstat(fd).ino == stat.ino)
    uv.fs_fstat(fd, expect(function(err, found)
      assert(err == nil and found.ino == stat.ino)
      uv.fs_close(fd)
    end))
    uv.fs_stat(path, expect(function(err, found) assert(err == nil and found.size == 12) end))
    assert(uv.fs_stat(root).type == 'directory')
    fails(gone(at('none')), uv.fs_stat(at('none')))
    fails(gone(''), uv.fs_lstat(''))
    if windows then
      fails(gone(path .. '/x'), uv.fs_stat(path .. '/x'))
    else
      assert(uv.fs_stat('/dev/null').type == 'char')
      fails('ENOTDIR: not a directory: ' .. path .. '/x', uv.fs_stat(path .. '/x'))
    end
    for _, number in ipairs({ -1, -100, 999999 }) do
      fails('EBADF: bad file descriptor', uv.fs_fstat(number))
    end
    uv.fs_stat(at('none'), expect(function(...)
      assert(select('#', ...) == 1 and (...) == gone(at('none')))
    end))
    assert(not pcall(uv.fs_stat))
    assert(not pcall(uv.fs_stat, path, 5))
  end)

  test('names of any bytes, and long ones', function(_, uv)
    -- Names are text on Windows, and one that is too long is none there.
    local name = windows and 'a é \240\159\153\130' or 'a\n\255\254 \127é'
    local fd = uv.fs_open(at(name), 'w', 420)
    if not fd then return end
    assert(uv.fs_close(fd))
    assert(uv.fs_stat(at(name)).type == 'file')
    local seen
    local request = uv.fs_scandir(root)
    for entry in function() return uv.fs_scandir_next(request) end do seen = seen or entry == name end
    assert(seen)
    assert(uv.fs_unlink(at(name)))
    local long = at(('x'):rep(300))
    fails(windows and gone(long) or 'ENAMETOOLONG: name too long: ' .. long, uv.fs_stat(long))
    -- Longer than what is kept on the stack.
    local deep = root .. ('/.'):rep(300)
    assert(uv.fs_stat(deep).type == 'directory')
  end)

  test('access', function(expect, uv)
    local path = put(uv, 'access')
    assert(uv.fs_chmod(path, 384))
    assert(uv.fs_access(path, 'r') == true and uv.fs_access(path, 'RW') == true)
    -- Windows has no right to run a program.
    assert(uv.fs_access(path, 'x') == windows and uv.fs_access(path, 'rwx') == windows)
    assert(uv.fs_access(path, '') == true and uv.fs_access(path, uv.constants.F_OK) == true)
    assert(uv.fs_access(path, uv.constants.X_OK) == windows and uv.fs_access(path, 4) == true)
    assert(uv.fs_access(at('none'), 'r') == false)
    uv.fs_access(path, 'w', expect(function(err, may) assert(err == nil and may == true) end))
    uv.fs_access(path, 'x', expect(function(err, may) assert(err == nil and may == windows) end))
    assert(uv.fs_chmod(path, 256))
    assert(uv.fs_access(path, 'w') == isRoot)
    assert(uv.fs_chmod(path, 384))
    for _, mode in ipairs({ 'q', true, {} }) do assert(not pcall(uv.fs_access, path, mode)) end
    assert(not pcall(uv.fs_access, path))
  end)

  test('chmod, fchmod', function(expect, uv)
    local path = put(uv, 'mode')
    local function mode() return bit.band(uv.fs_stat(path).mode, 4095) end
    assert(uv.fs_chmod(path, 416) == true and mode() == permissions(416))
    local fd = assert(uv.fs_open(path, 'r+', 0))
    assert(uv.fs_fchmod(fd, 448) == true and mode() == permissions(448))
    uv.fs_fchmod(fd, 256, expect(function(err, ok)
      assert(err == nil and ok == true and mode() == permissions(256))
      uv.fs_close(fd)
      uv.fs_chmod(path, 420, expect(function(chmodErr) assert(not chmodErr and mode() == permissions(420)) end))
    end))
    fails(gone(at('none')), uv.fs_chmod(at('none'), 420))
    fails('EBADF: bad file descriptor', uv.fs_fchmod(-1, 420))
    assert(not pcall(uv.fs_chmod, path))
  end)

  test('chown, fchown, lchown', function(expect, uv)
    local path = put(uv, 'owner')
    if windows then
      -- Owners have no numbers there: nothing happens, as in libuv.
      assert(uv.fs_chown(path, 1, 1) == true and uv.fs_lchown(path, 1, 1) == true)
      return
    end
    assert(uv.fs_symlink('nowhere', at('ownerlink')))
    local uid, gid = uv.getuid(), uv.getgid()
    local fd = assert(uv.fs_open(path, 'r', 0))
    assert(uv.fs_chown(path, uid, gid) == true and uv.fs_chown(path, -1, -1) == true)
    assert(uv.fs_fchown(fd, uid, -1) == true)
    assert(uv.fs_lchown(at('ownerlink'), uid, gid) == true)
    fails(gone(at('ownerlink')), uv.fs_chown(at('ownerlink'), uid, gid))
    uv.fs_chown(path, uid, gid, expect(function(err, ok) assert(err == nil and ok == true) end))
    uv.fs_lchown(path, uid, gid, expect(function(err, ok) assert(err == nil and ok == true) end))
    uv.fs_fchown(fd, uid, gid, expect(function(err, ok)
      assert(err == nil and ok == true)
      uv.fs_close(fd)
      fails('EBADF: bad file descriptor', uv.fs_fchown(fd, uid, gid))
    end))
    if not isRoot then fails('EPERM: operation not permitted: ' .. path, uv.fs_chown(path, 0, 0)) end
    assert(not pcall(uv.fs_chown, path))
    assert(not pcall(uv.fs_chown, path, -2, 0))
  end)

  test('utime, futime, lutime', function(expect, uv)
    local path = put(uv, 'time')
    local function times(stat)
      return stat.atime.sec + stat.atime.nsec / 1e9, stat.mtime.sec + stat.mtime.nsec / 1e9
    end
    local function are(atime, mtime, found)
      local a, m = times(found or uv.fs_stat(path))
      assert(a == atime and m == mtime, a .. ' ' .. m)
    end
    assert(uv.fs_utime(path, 1000.25, 2000.5) == true)
    are(1000.25, 2000.5)
    assert(uv.fs_utime(path, nil, 3000) == true)
    are(1000.25, 3000)
    assert(uv.fs_utime(path, 4000, 'omit') == true)
    are(4000, 3000)
    assert(uv.fs_utime(path) == true)
    are(4000, 3000)
    assert(uv.fs_utime(path, uv.constants.FS_UTIME_OMIT, 5000) == true)
    are(4000, 5000)
    assert(uv.fs_utime(path, 'now', uv.constants.FS_UTIME_OMIT) == true)
    local atime, mtime = times(uv.fs_stat(path))
    assert(math.abs(atime - os.time()) < 1000 and mtime == 5000)
    assert(uv.fs_utime(path, 1, uv.constants.FS_UTIME_NOW) == true)
    atime, mtime = times(uv.fs_stat(path))
    assert(atime == 1 and math.abs(mtime - os.time()) < 1000)
    assert(uv.fs_utime(path, -1.5, -100) == true)
    are(-1.5, -100)
    -- As exact as Lua's numbers are.
    assert(uv.fs_utime(path, 1700000000.123456, 0) == true)
    assert(math.abs(uv.fs_stat(path).atime.nsec - 123456000) < 250)

    if links then
      assert(uv.fs_symlink('time', at('timelink')))
      assert(uv.fs_lutime(at('timelink'), 7, 8) == true)
      are(7, 8, uv.fs_lstat(at('timelink')))
      assert(uv.fs_stat(path).mtime.sec == 0)
    end
    local fd = assert(uv.fs_open(path, 'r+', 0))
    assert(uv.fs_futime(fd, 9, 10) == true)
    are(9, 10)
    uv.fs_futime(fd, 11, 12, expect(function(err, ok)
      assert(err == nil and ok == true)
      are(11, 12)
      uv.fs_close(fd)
      fails('EBADF: bad file descriptor', uv.fs_futime(fd, 1, 1))
      uv.fs_utime(path, 13, 'omit', expect(function(utimeErr) assert(not utimeErr) are(13, 12) end))
      uv.fs_lutime(at('none'), 1, 1, expect(function(...)
        assert(select('#', ...) == 1 and (...) == gone(at('none')))
      end))
    end))
    fails(gone(at('none')), uv.fs_utime(at('none'), 1, 2))
    for _, value in ipairs({ 'yesterday', true, {}, -math.huge }) do assert(not pcall(uv.fs_utime, path, value, 1)) end
  end)

  test('mkdir, rmdir, unlink, rename, link', function(expect, uv)
    assert(uv.fs_mkdir(at('dir'), 448) == true)
    assert(bit.band(uv.fs_stat(at('dir')).mode, 511) == permissions(448))
    fails('EEXIST: file already exists: ' .. at('dir'), uv.fs_mkdir(at('dir'), 448))
    assert(not pcall(uv.fs_mkdir, at('x')))
    put(uv, 'dir/f', 'f')
    fails('ENOTEMPTY: directory not empty: ' .. at('dir'), uv.fs_rmdir(at('dir')))
    assert(uv.fs_rename(at('dir/f'), at('g')) == true)
    assert(get(uv, at('g')) == 'f')
    assert(uv.fs_link(at('g'), at('h')) == true)
    assert(uv.fs_stat(at('g')).nlink == 2 and uv.fs_stat(at('h')).ino == uv.fs_stat(at('g')).ino)
    fails('EEXIST: file already exists: ' .. at('g') .. ' -> ' .. at('h'), uv.fs_link(at('g'), at('h')))
    fails(gone(at('none') .. ' -> ' .. at('x')), uv.fs_rename(at('none'), at('x')))
    fails(gone(at('none') .. ' -> ' .. at('x')), uv.fs_link(at('none'), at('x')))
    assert(uv.fs_unlink(at('h')) == true)
    fails(gone(at('h')), uv.fs_unlink(at('h')))
    assert(uv.fs_rmdir(at('dir')) == true)
    fails(gone(at('dir')), uv.fs_rmdir(at('dir')))
    uv.fs_mkdir(at('d2'), 493, expect(function(err, ok)
      assert(err == nil and ok == true)
      uv.fs_rmdir(at('d2'), expect(function(rmErr, removed) assert(rmErr == nil and removed == true) end))
    end))
    uv.fs_link(at('g'), at('i'), expect(function(err, ok)
      assert(err == nil and ok == true)
      uv.fs_rename(at('i'), at('j'), expect(function(renameErr, renamed)
        assert(renameErr == nil and renamed == true)
        uv.fs_unlink(at('j'), expect(function(unlinkErr, gone_) assert(unlinkErr == nil and gone_ == true) end))
      end))
    end))
    uv.fs_rename(at('none'), at('x'), expect(function(...)
      assert(select('#', ...) == 1 and (...) == gone(at('none') .. ' -> ' .. at('x')))
    end))
  end)

  test('symlink, readlink, realpath', function(expect, uv)
    put(uv, 'target')
    if windows then
      assert(uv.fs_realpath(at('./target')) == root .. '\\target')
      fails(gone(at('none')), uv.fs_realpath(at('none')))
      fails(gone(at('none')), uv.fs_readlink(at('none')))
    end
    if not links then return end
    assert(uv.fs_symlink('target', at('s1')) == true)
    assert(uv.fs_symlink('target', at('s2'), { dir = true, junction = false }) == true)
    assert(uv.fs_symlink('target', at('s3'), 0) == true)
    assert(uv.fs_symlink('target', at('s4'), nil) == true)
    uv.fs_symlink('target', at('s5'), expect(function(err, ok) assert(err == nil and ok == true) end))
    uv.fs_symlink('target', at('s6'), { dir = true }, expect(function(err) assert(err == nil) end))
    local callable = setmetatable({}, { __call = expect(function(_, err) assert(err == nil) end) })
    uv.fs_symlink('target', at('s7'), callable)
    fails('EEXIST: file already exists: target -> ' .. at('s1'), uv.fs_symlink('target', at('s1')))
    assert(not pcall(uv.fs_symlink, 'target', at('s8'), 'dir'))
    assert(uv.fs_readlink(at('s1')) == 'target')
    local long = ('y/'):rep(1500)
    assert(uv.fs_symlink(long, at('long')))
    assert(uv.fs_readlink(at('long')) == long)
    fails('EINVAL: invalid argument: ' .. at('target'), uv.fs_readlink(at('target')))
    fails(gone(at('none')), uv.fs_readlink(at('none')))
    assert(uv.fs_realpath(at('./s1')) == at('target'))
    fails(gone(at('none')), uv.fs_realpath(at('none')))
    uv.fs_readlink(at('s1'), expect(function(err, path) assert(err == nil and path == 'target') end))
    uv.fs_realpath(at('s2'), expect(function(err, path) assert(err == nil and path == at('target')) end))
    assert(uv.fs_symlink('loop', at('loop')))
    fails('ELOOP: too many symbolic links encountered: ' .. at('loop'), uv.fs_realpath(at('loop')))
  end)

  test('copyfile', function(expect, uv)
    local from = put(uv, 'copy', ('some data '):rep(30000))
    assert(uv.fs_chmod(from, 488))
    local data = get(uv, from)
    assert(uv.fs_copyfile(from, at('copy2')) == true)
    assert(get(uv, at('copy2')) == data)
    assert(bit.band(uv.fs_stat(at('copy2')).mode, 511) == permissions(488))
    local pair = from .. ' -> ' .. at('copy2')
    fails('EEXIST: file already exists: ' .. pair, uv.fs_copyfile(from, at('copy2'), { excl = true }))
    fails('EEXIST: file already exists: ' .. pair, uv.fs_copyfile(from, at('copy2'), 1))
    fails('EINVAL: invalid argument: ' .. pair, uv.fs_copyfile(from, at('copy2'), 8))
    -- Over a longer file, with what the file system can do.
    put(uv, 'copy2', data .. 'more')
    assert(uv.fs_copyfile(from, at('copy2'), { ficlone = true }) == true)
    assert(get(uv, at('copy2')) == data)
    local ok, err, code = uv.fs_copyfile(from, at('cloned'), { ficlone_force = true })
    if not ok then
      assert(err == code .. ': ' .. err:match('^%u+: (.*): ') .. ': ' .. from .. ' -> ' .. at('cloned'))
      assert(not uv.fs_stat(at('cloned')), 'what was made is removed')
    end
    -- A clone that is refused leaves what was there.
    put(uv, 'kept', 'kept')
    ok = uv.fs_copyfile(from, at('kept'), 4)
    assert(get(uv, at('kept')) == (ok and data or 'kept'))
    -- Onto itself.
    assert(uv.fs_copyfile(from, from) == true and get(uv, from) == data)
    assert(uv.fs_mkdir(at('folder'), 493))
    fails('EISDIR: illegal operation on a directory: ' .. from .. ' -> ' .. at('folder'),
      uv.fs_copyfile(from, at('folder')))
    fails('EISDIR: illegal operation on a directory: ' .. at('folder') .. ' -> ' .. at('x'),
      uv.fs_copyfile(at('folder'), at('x')))
    fails(gone(at('none') .. ' -> ' .. at('x')), uv.fs_copyfile(at('none'), at('x')))
    assert(not uv.fs_stat(at('x')))
    assert(not pcall(uv.fs_copyfile, from, at('x'), 'excl'))
    put(uv, 'empty')
    assert(uv.fs_copyfile(at('empty'), at('empty2')) == true and uv.fs_stat(at('empty2')).size == 0)
    uv.fs_copyfile(from, at('copy3'), expect(function(copyErr, copied)
      assert(copyErr == nil and copied == true and get(uv, at('copy3')) == data)
      uv.fs_copyfile(from, at('copy3'), { excl = true }, expect(function(...)
        assert(select('#', ...) == 1 and (...):match('^EEXIST: .* %-> '))
      end))
    end))
    local fd = uv.fs_open('/proc/self/status', 'r', 0)
    if fd then
      uv.fs_close(fd)
      assert(uv.fs_copyfile('/proc/self/status', at('status')))
      assert(get(uv, at('status')):find('Name:', 1, true))
    end
  end)

  test('mkdtemp, mkstemp', function(expect, uv)
    local path = assert(uv.fs_mkdtemp(at('tmpXXXXXX')))
    assert(path:match('/tmp......$') and path ~= at('tmpXXXXXX'))
    assert(uv.fs_stat(path).type == 'directory' and bit.band(uv.fs_stat(path).mode, 511) == permissions(448))
    local fd, name = uv.fs_mkstemp(at('fileXXXXXX'))
    assert(type(fd) == 'number' and name:match('/file......$'))
    assert(uv.fs_write(fd, 'x') == 1 and uv.fs_read(fd, 1, 0) == 'x')
    uv.fs_close(fd)
    for _, template in ipairs({ 'tmpXX', 'XXXXXXa', '' }) do
      fails('EINVAL: invalid argument: ' .. template, uv.fs_mkdtemp(template))
      fails('EINVAL: invalid argument: ' .. template, uv.fs_mkstemp(template))
    end
    fails(gone(at('none/XXXXXX')), uv.fs_mkdtemp(at('none/XXXXXX')))
    fails(gone(at('none/XXXXXX')), uv.fs_mkstemp(at('none/XXXXXX')))
    uv.fs_mkdtemp(at('tmpXXXXXX'), expect(function(err, made) assert(err == nil and uv.fs_stat(made)) end))
    uv.fs_mkstemp(at('fileXXXXXX'), expect(function(err, file, made)
      assert(err == nil and uv.fs_stat(made) and uv.fs_close(file))
    end))
    uv.fs_mkstemp('bad', expect(function(...)
      assert(select('#', ...) == 1 and (...) == 'EINVAL: invalid argument: bad')
    end))
  end)

  test('statfs', function(expect, uv)
    local found = assert(uv.fs_statfs(root))
    local names = {}
    for name, value in pairs(found) do
      names[#names + 1] = name
      assert(type(value) == 'number' and value >= 0)
    end
    table.sort(names)
    assert(table.concat(names, ' ') == 'bavail bfree blocks bsize ffree files type')
    assert(found.bsize > 0 and found.blocks > 0)
    fails(gone(at('none')), uv.fs_statfs(at('none')))
    uv.fs_statfs(root, expect(function(err, stat) assert(err == nil and stat.bsize == found.bsize) end))
  end)

  local KINDS = { a = 'file', b = 'file', c = 'directory', d = links and 'link' or 'file' }
  local function fill(uv)
    local folder = at('full')
    if not uv.fs_stat(folder) then
      assert(uv.fs_mkdir(folder, 493))
      put(uv, 'full/b')
      put(uv, 'full/a')
      assert(uv.fs_mkdir(at('full/c'), 493))
      if links then assert(uv.fs_symlink('a', at('full/d'))) else put(uv, 'full/d') end
    end
    return folder
  end

  -- Some file systems do not say what an entry is.
  local function fits(name, kind) return kind == KINDS[name] or kind == 'unknown' end

  test('scandir: all entries in order, at once', function(_, uv)
    local request = assert(uv.fs_scandir(fill(uv)))
    assert(tostring(request):match('^uv_fs_t: 0x'))
    assert(request:get_type() == 'fs')
    local names = ''
    for name, kind in function() return uv.fs_scandir_next(request) end do
      names = names .. name
      assert(fits(name, kind), kind)
    end
    assert(names == 'abcd')
    assert(uv.fs_scandir_next(request) == nil and select('#', uv.fs_scandir_next(request)) == 1)
    fails(gone(at('none')), uv.fs_scandir(at('none')))
    fails('ENOTDIR: not a directory: ' .. at('full/a'), uv.fs_scandir(at('full/a')))
    assert(not pcall(uv.fs_scandir_next, 5))
    assert(not pcall(uv.fs_scandir_next, newproxy()))
    fails('EINVAL: invalid argument', request:cancel())
  end)

  test('scandir with a callback', function(expect, uv)
    local request
    request = uv.fs_scandir(fill(uv), expect(function(err, same)
      assert(err == nil and same == request)
      local count = 0
      for name, kind in function() return uv.fs_scandir_next(same) end do
        count = count + 1
        assert(fits(name, kind))
      end
      assert(count == 4)
    end))
    assert(uv.fs_scandir_next(request) == nil)
    local failed = uv.fs_scandir(at('none'), expect(function(...)
      assert(select('#', ...) == 1 and (...) == gone(at('none')))
    end))
    assert(failed)
    local stat = uv.fs_stat(root, expect(function() end))
    fails('EINVAL: invalid argument', uv.fs_scandir_next(stat))
  end)

  test('scandirs that are never read are collected', function(_, uv)
    local folder = fill(uv)
    for _ = 1, 100 do
      uv.fs_scandir_next(uv.fs_scandir(folder))
      uv.fs_scandir(folder, function() end)
    end
    uv.run()
    collectgarbage()
    collectgarbage()
  end)

  test('a scandir in another thread', function(expect, uv)
    local request = assert(uv.fs_scandir(fill(uv)))
    assert(uv.fs_scandir_next(request) == 'a')
    local work = uv.new_work(function(entries)
      local names = ''
      for name in function() return require('uv').fs_scandir_next(entries) end do names = names .. name end
      collectgarbage()
      return names
    end, expect(function(names) assert(names == 'bcd', names) end))
    work:queue(request)
    request = nil
    collectgarbage()
    -- One that is not there yet.
    local early = uv.fs_scandir(root, expect(function() end))
    local ok, err = pcall(work.queue, work, early)
    assert(not ok and err:find('uv_fs', 1, true), err)
  end)

  test('opendir, readdir, closedir at once', function(_, uv)
    local dir = assert(uv.fs_opendir(fill(uv)))
    assert(tostring(dir):match('^uv_dir_t: 0x'))
    local seen = 0
    while true do
      local entries = dir:readdir()
      if not entries then break end
      assert(#entries == 1 and fits(entries[1].name, entries[1].type))
      seen = seen + 1
    end
    assert(seen == 4)
    assert(uv.fs_readdir(dir) == nil)
    assert(dir:closedir() == true)
    -- Closed twice and used after it: errors, nothing worse.
    fails('EBADF: bad file descriptor', dir:closedir())
    fails('EBADF: bad file descriptor', dir:readdir())
    assert(tostring(dir):match('^uv_dir_t'))

    local three = assert(uv.fs_opendir(fill(uv), nil, 3))
    assert(#uv.fs_readdir(three) == 3 and #uv.fs_readdir(three) == 1 and uv.fs_readdir(three) == nil)
    assert(uv.fs_closedir(three) == true)
    local all = assert(uv.fs_opendir(fill(uv), nil, 2 ^ 40))
    assert(#uv.fs_readdir(all) == 4)
    uv.fs_closedir(all)
    fails(gone(at('none')), uv.fs_opendir(at('none')))
    fails('ENOTDIR: not a directory: ' .. at('full/a'), uv.fs_opendir(at('full/a')))
    assert(not pcall(uv.fs_opendir, root, 5))
    for _, entries in ipairs({ 0, -1, 'x' }) do assert(not pcall(uv.fs_opendir, root, nil, entries)) end
    for _, name in ipairs({ 'fs_readdir', 'fs_closedir' }) do
      assert(not pcall(uv[name], 5))
      assert(not pcall(uv[name], uv.fs_scandir(root)))
    end
  end)

  test('opendir, readdir, closedir with callbacks', function(expect, uv)
    uv.fs_opendir(fill(uv), expect(function(err, dir)
      assert(err == nil)
      local seen = 0
      local function onEntries(readErr, entries)
        assert(readErr == nil)
        if entries then
          seen = seen + #entries
          return uv.fs_readdir(dir, onEntries)
        end
        assert(seen == 4)
        dir:closedir(expect(function(closeErr, ok)
          assert(closeErr == nil and ok == true)
          dir:readdir(expect(function(...)
            assert(select('#', ...) == 1 and (...) == 'EBADF: bad file descriptor')
          end))
        end))
      end
      dir:readdir(onEntries)
    end), 3)
    uv.fs_opendir(at('none'), expect(function(...)
      assert(select('#', ...) == 1 and (...) == gone(at('none')))
    end))
  end)

  test('folders are closed when collected, and may be while they are read', function(expect, uv)
    local dir = assert(uv.fs_opendir(fill(uv), nil, 100))
    uv.fs_readdir(dir, expect(function(err, entries) assert(err == nil and #entries == 4) end))
    dir = nil
    collectgarbage()
    collectgarbage()
    local other = assert(uv.fs_opendir(fill(uv), nil, 100))
    other:readdir(expect(function(err, entries) assert(err == nil and #entries == 4) end))
    assert(other:closedir() == true)
    for _ = 1, 300 do assert(uv.fs_opendir(root)) end
  end)

  test('a folder whose descriptor a script closes', function(_, uv)
    -- Descriptors are given out from below: the folder gets the one that was just closed.
    local fd = assert(uv.fs_open(fill(uv), 'r', 0))
    uv.fs_close(fd)
    local dir = assert(uv.fs_opendir(fill(uv), nil, 100))
    uv.fs_close(fd)
    uv.fs_readdir(dir)
    uv.fs_closedir(dir)
  end)

  test('remove the test folder', function(_, uv)
    -- Windows keeps a folder that is being read.
    collectgarbage()
    collectgarbage()
    local function remove(folder)
      local request = assert(uv.fs_scandir(folder))
      for name in function() return uv.fs_scandir_next(request) end do
        local path = folder .. '/' .. name
        if uv.fs_lstat(path).type == 'directory' then remove(path) else assert(uv.fs_unlink(path)) end
      end
      assert(uv.fs_rmdir(folder))
    end
    remove(root)
  end)
end)
