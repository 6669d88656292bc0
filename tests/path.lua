local path = require('path')
local base = require('path/base')
local uv = require('uv')

local posix, nt = base.posix, base.nt

-- Each case: expected result, then the arguments.
local function check(object, method, cases)
  for _, case in ipairs(cases) do
    local actual = object[method](object, unpack(case, 2))
    if actual ~= case[1] then
      error(('%s(%s) is %q, not %q'):format(method, table.concat(case, ', ', 2), tostring(actual), case[1]))
    end
  end
end

-- Each case: expected result, then a Windows path that is tried with both separators.
local function checkBoth(method, cases)
  for _, case in ipairs(cases) do
    check(nt, method, { case, { case[1], (case[2]:gsub('\\', '/')) } })
  end
end

require('tap')(function(test)
  test('the native flavour', function()
    local native = jit.os == 'Windows' and nt or posix
    assert(path._internal == native)
    assert(path.sep == native.sep and path.getSep() == native.sep)
    assert(path.getRoot() == native.root)
    assert(path.join == path.join)
    assert(path.noSuchThing == nil)
  end)

  test('posix join', function()
    check(posix, 'join', {
      { 'foo/bar', 'foo', '/bar' }, { 'foo/bar', 'foo/', '/bar' }, { '/foo/bar', '/foo/', '/bar' },
      { 'foo/bar/', 'foo/', '/bar/' }, { 'foo/foo/bar.lua', '.', 'foo/bar', '..', '/foo/bar.lua' },
      { '/foo/foo/bar.lua', '/.', 'foo/bar', '..', '/foo/bar.lua' }, { '/bar', '/foo', '../../../bar' },
      { '../../bar', 'foo', '../../../bar' }, { '../bar', 'foo/bar', '../../../bar' },
      { 'foo/bar/bar', 'foo/bar/', '.', 'bar' }, { '.', '.', './' }, { '.', '.', '/////./', '.' },
      { '.', '' }, { '.', '', '' }, { '.' }, { '/foo', '', '/foo' }, { 'foo/', 'foo/', '' },
      { '../foo', './', '..', '/foo' }, { '../../foo', '', '..', '..', '/foo' }, { '/', '/' },
      { '/', '/', '..', '..' }, { ' /foo', ' ', 'foo' }, { ' /', ' ', '/' }, { ' ', ' ', '' },
      { '/foo', '/', '//foo' }, { '/foo', '', '/', '/foo' },
    })
  end)

  test('nt join', function()
    check(nt, 'join', {
      { '\\\\foo\\bar\\', '\\\\foo\\bar' }, { '\\\\foo\\bar\\', '//foo', 'bar' },
      { '\\\\foo\\bar\\', '//foo/', '', '\\bar' }, { '\\\\foo\\bar\\', '', '\\\\foo', 'bar' },
      { '\\\\foo\\', '//foo' }, { '\\\\foo\\', '\\\\foo', '', '\\' },
      { 'foo\\bar', '\\', 'foo\\bar' }, { 'foo\\bar', '//', '/foo/bar' }, { 'foo\\bar', '///foo/bar' },
      { 'foo\\bar', '////foo', 'bar' }, { 'D:\\foo\\bar', 'D:\\', '\\\\foo\\bar' },
      { 'D:\\foo\\bar', 'D:\\..\\\\', '\\', 'foo\\bar' }, { 'D:\\foo\\bar', 'D:', 'foo\\bar' },
      { 'D:drive\\relative\\foo\\bar', 'D:drive\\relative', 'foo\\bar' },
    })
  end)

  test('dirname', function()
    check(posix, 'dirname', {
      { '/usr/bin', '/usr/bin/vim' }, { '/usr', '/usr/bin/' }, { '/', '////' }, { '/', '/usr' },
      { '.', 'file' }, { '.', '' }, { 'a', 'a//b' },
    })
    checkBoth('dirname', {
      { 'C:\\', 'C:\\' }, { 'C:\\Users\\x', 'C:\\Users\\x\\vim.exe' }, { 'D:\\Users', 'D:\\Users\\x\\' },
      { '\\\\server\\share\\Users', '\\\\server\\share\\Users\\x\\' }, { '\\\\server\\', '\\\\server' },
      { '\\\\server\\share\\', '\\\\server\\share\\' }, { 'd:drive', 'd:drive\\relative' },
      { 'd:', 'd:driverelative' }, { 'd:\\', 'd:' },
    })
  end)

  test('basename', function()
    check(posix, 'basename', {
      { 'bar.lua', '/foo/bar.lua' }, { 'bar', 'bar.lua', '.lua' }, { 'bar.lua.js', 'bar.lua.js', '.lua' },
      { '.', '.lua', 'lua' }, { 'bar', 'bar', '.lua' }, { '', '' }, { '', '/' },
      { 'basename.ext', 'basename.ext//' }, { 'a\\', 'a\\' }, { '\r', '/foo/bar/\r' },
      { 'bar.lua', 'bar.lua', '%a' }, { '.lua', '.lua', '.lua' },
    })
    checkBoth('basename', {
      { 'bar.lua', 'c:\\foo\\bar.lua' }, { 'bar.lua', '\\\\server\\share\\bar.lua' },
      { 'basename.ext', 'basename.ext\\\\' },
    })
    assert(path.basename(module.path, '.lua') == 'path')
  end)

  test('extname', function()
    check(posix, 'extname', {
      { '', '' }, { '', '/path.to/file' }, { '.ext', '/path.to/.file.ext' }, { '.ext', '/path/to/..ext' },
      { '', '.file' }, { '.', 'file.' }, { '', '.' }, { '', './' }, { '', '../' }, { '.', '.file..' },
      { '.file', '..file' }, { '.', '...' }, { '.ext', 'file.ext//' }, { '.', 'file./' },
      { '.ext', 'file.ext.ext' }, { '.\\', '..\\' }, { '.ext\\', 'file.ext\\' },
    })
    checkBoth('extname', { { '', '.\\' }, { '', '..\\' }, { '.ext', 'file.ext\\\\' }, { '.', 'file.\\' } })
  end)

  test('isAbsolute and getRoot', function()
    assert(posix:isAbsolute('/foo') and not posix:isAbsolute('foo') and not posix:isAbsolute(''))
    assert(posix:getRoot() == '/' and posix:getRoot('any') == '/')
    for _, name in ipairs { 'c:', 'C:\\foo', 'C:/foo', '\\\\server\\', '//server/share' } do
      assert(nt:isAbsolute(name), name)
    end
    for _, name in ipairs { 'foo\\bar', 'foo/bar', 'c:drive\\relative' } do
      assert(not nt:isAbsolute(name), name)
    end
    assert(nt:getRoot() == 'c:\\')
    assert(nt:getRoot('foo') == nil)
    checkBoth('getRoot', {
      { 'C:\\', 'C:\\foo\\bar' }, { 'd:\\', 'd:' }, { 'd:', 'd:drive\\relative' },
      { '\\\\server\\share\\', '\\\\server\\share\\bar.lua' }, { '\\\\server\\share\\', '\\\\server\\share' },
      { '\\\\server\\', '\\\\server' },
    })
  end)

  test('_splitPath, _normalizeArray and _commonParts', function()
    local function split(object, name, ...)
      local root, dir, file = object:_splitPath(name)
      local expected = { ... }
      assert(root == expected[1] and dir == expected[2] and file == expected[3], name)
    end
    split(posix, '/', '/', '', '')
    split(posix, '/foo/', '/', '', 'foo')
    split(posix, '/foo/bar.lua', '/', 'foo/', 'bar.lua')
    split(posix, 'foo/bar', '', 'foo/', 'bar')
    split(nt, 'C:\\foo\\bar.lua', 'C:\\', 'foo\\', 'bar.lua')
    split(nt, '\\\\server\\share\\bar.lua', '\\\\server\\share\\', '', 'bar.lua')
    split(nt, 'd:drive\\relative.lua', 'd:', 'drive\\', 'relative.lua')

    local function normalized(parts, isRelative)
      path._normalizeArray(parts, isRelative)
      return table.concat(parts, ' ')
    end
    assert(normalized({ 'foo', '.', 'bar' }) == 'foo bar')
    assert(normalized({ '..', 'foo', '..', 'bar' }) == 'bar')
    assert(normalized({ '..', 'foo', '..', 'bar' }, true) == '.. bar')
    assert(normalized({ 'a', 'b', '..', '..', '..', 'c' }, true) == '.. c')

    assert(table.concat(posix:_commonParts('/var/lib/', '/var'), ' ') == 'var')
    assert(table.concat(posix:_commonParts('/foo/bar///', '/foo/bar'), ' ') == 'foo bar')
    assert(#posix:_commonParts('/a', '/b/a') == 0)
  end)

  test('normalize', function()
    check(posix, 'normalize', {
      { 'foo/bar/', 'foo//bar/' }, { '/bar.lua', '/foo/../bar.lua' }, { 'foo/bar.lua', 'foo/./bar.lua' },
      { '.', './' }, { '../', '../' }, { '/', '/..' }, { '/', '/./' }, { '.', '' },
    })
    checkBoth('normalize', {
      { 'foo\\bar\\', '\\foo\\bar\\' }, { 'C:\\foo\\bar', 'C:\\foo\\bar' }, { 'C:\\bar.lua', 'C:\\foo\\..\\bar.lua' },
      { '\\\\server\\share\\bar\\', '\\\\server\\share\\bar\\' }, { '\\\\a\\', '\\\\a' }, { '\\\\a\\b\\', '\\\\a\\b' },
      { '\\\\server\\share\\bar.lua', '\\\\server\\share\\..\\bar.lua' },
      { '\\\\server\\bar.lua', '\\\\server\\..\\bar.lua' }, { '..\\', '..\\' }, { 'C:\\', 'C:\\..' },
      { '\\\\server\\', '\\\\server\\.\\' }, { 'd:drive\\relative', 'd:drive\\relative' }, { 'd:..', 'd:..' },
      { '..\\..\\bar', '\\foo\\..\\..\\..\\bar' },
    })
  end)

  test('resolve', function()
    assert(path.resolve('.') == uv.cwd())
    assert(path.resolve() == uv.cwd())
    assert(path.resolve('a/b/c/', '../../..') == uv.cwd())
    check(posix, 'resolve', {
      { '/var/file/', '/var/lib', '../', 'file/' }, { '/file/', '/var/lib', '/../', 'file/' },
      { '/absolute/', '/some/dir', '.', '/absolute/' },
    })
    check(nt, 'resolve', {
      { 'c:\\a', 'c:\\blah\\blah', 'd:\\games', 'c:\\..\\a' }, { 'd:\\a\\b\\e.exe', 'c:/ignore', 'd:/a/b', '/e.exe' },
      { 'd:\\some\\dir\\', 'd:/ignore', 'd:/some/dir//' },
      { '\\\\server\\share\\relative\\', '\\\\server\\share', '..', 'relative\\' },
      { 'c:\\', 'c:/', '//' }, { '\\\\dir\\', 'c:/', '//dir' }, { '\\\\server\\share\\', 'c:\\', '\\\\server\\\\share' },
      { 'c:\\some\\dir', 'c:/', '///some//dir' }, { 'd:\\drive\\relative', 'd:drive\\relative' },
      { 'd:\\', 'd:..' }, { 'd:\\', 'd:.' }, { 'd:\\file', 'd:.\\file' },
      { 'c:\\blah\\a', 'c:\\blah\\blah', 'd:\\games', 'c:..\\a' },
      { 'd:\\foo\\drive\\relative', 'd:foo', 'd:drive\\relative' },
      { 'd:\\drive\\relative', 'C:\\foo', 'd:drive\\relative' },
    })
  end)

  test('relative', function()
    check(posix, 'relative', {
      { '..', '/var/lib', '/var' }, { '../../bin', '/var/lib', '/bin' }, { '', '/var/lib', '/var/lib' },
      { '../apache', '/var/lib', '/var/apache' }, { 'lib', '/var/', '/var/lib' }, { 'var/lib', '/', '/var/lib' },
    })
    check(nt, 'relative', {
      { 'd:\\games', 'c:/blah\\blah', 'd:/games' }, { '..', 'c:/aAAa/bbbb', 'c:/aaaa' },
      { '..\\..\\cccc', 'c:/aaaa/bbbb', 'c:/cccc' }, { '', 'c:/aaaa/bbbb', 'c:/aaaa/bbbb' },
      { 'cccc', 'c:/aaaa/', 'c:/aaaa/cccc' }, { 'd:\\', 'c:/aaaa/bbbb', 'd:\\' },
    })
  end)

  test('_makeLong', function()
    assert(nt:_makeLong('c:\\a\\..\\b') == '\\\\?\\c:\\b')
    assert(nt:_makeLong('\\\\server\\share\\b') == '\\\\?\\UNC\\server\\share\\b')
    assert(nt:_makeLong('b') == 'b' and posix:_makeLong('/b') == '/b')
  end)

  test('bad arguments are named', function()
    local ok, message = pcall(path.join, 'a', {})
    assert(not ok and message:find("'part 2' to path.join", 1, true), message)
    ok, message = pcall(path.dirname, nil)
    assert(not ok and message:find("'filepath' to path.dirname", 1, true), message)
  end)
end)
