local function fixture(name)
  return './fixtures/require/' .. name
end

local function fails(fn, ...)
  local ok, err = pcall(fn, ...)
  assert(not ok)
  return err
end

require('tap')(function(test)
  test('relative, with and without extension, folders', function()
    local folder = require(fixture('folder'))
    assert(folder.name == 'folder' and folder.part == 'part')
    assert(folder == require(fixture('folder/init')) and folder == require(fixture('folder/init.lua')))
    assert(folder == require('./fixtures/../fixtures/require/./folder/'))
    assert(folder.path == module.dir .. '/fixtures/require/folder/init.lua')
    assert(folder.dir == module.dir .. '/fixtures/require/folder')
    assert(require('../tests/fixtures/require/folder') == folder)
  end)

  test('absolute', function()
    assert(require(module.dir .. '/fixtures/require/folder') == require(fixture('folder')))
    assert(require(module.dir .. '//fixtures/require/folder/init.lua') == require(fixture('folder')))
  end)

  test('names are looked for upward, libs before deps', function()
    local found = require(fixture('app/deep/down/climbs'))
    assert(found.near == 'app/libs/near' and found.shared == 'libs/shared' and found.only == 'deps/only')
    assert(found.up == require(fixture('folder')))
    -- A module of the program goes before one of the standard library.
    assert(found.timer == 'app/libs/timer' and require('timer') ~= found.timer)
    local require2 = require('require')(module.dir .. '/fixtures/require/main.lua')
    assert(require2('package2') == 'libs/package2' and require2('package3') == 'libs/package2')
    assert(require2('near') == 'libs/near')
  end)

  test('exports: filled, replaced, returned', function()
    local exports = require(fixture('exports'))
    assert(exports.a == 1 and exports.module.exports == exports)
    assert(require(fixture('replaced'))() == 'replaced')
    local returned = require(fixture('returned'))
    assert(returned.returned and not returned.ignored)
    assert(require(fixture('falsy')).kept)
  end)

  test('globals of a module stay in it', function()
    require(fixture('exports'))
    assert(rawget(_G, 'globalOfModule') == nil)
    assert(rawget(_G, 'require') ~= require and rawget(_G, 'module') ~= module and rawget(_G, 'exports') == nil)
    assert(getfenv(1).print == print and getfenv(1) ~= _G)
  end)

  test('circular requires see what is there', function()
    local a = require(fixture('circular-a'))
    assert(a.early == 'a early' and a.late == 'a late')
    assert(a.seenByB.early == 'a early' and a.seenByB.late == nil)
    assert(require(fixture('circular-b')).a == a)
  end)

  test('one entry a file', function()
    assert(require(fixture('counted')) == require(fixture('counted.lua')))
    assert(require('require')(module.dir .. '/elsewhere.lua')(fixture('counted')).count == 1)
  end)

  test('shebang lines keep the numbers of lines', function()
    assert(require(fixture('shebang')) == 2)
  end)

  test('errors of a module name its own line, and it is loaded anew next time', function()
    for _ = 1, 2 do
      local err = fails(require, fixture('broken'))
      assert(err:find('fixtures/require/broken.lua:3: attempt to perform arithmetic', 1, true), err)
      err = fails(require, fixture('requires-broken'))
      assert(err:find('fixtures/require/broken.lua:3: ', 1, true), err)
      err = fails(require, fixture('syntax'))
      assert(err:find('fixtures/require/syntax.lua:2: ', 1, true), err)
    end
  end)

  test('errors of a missing module name what was tried', function()
    local err = fails(function() require('no-such-module') end)
    assert(err:find("require.lua:%d+: No such module 'no%-such%-module' in '"), err)
    for _, part in ipairs({ module.path, module.dir .. '/libs/no-such-module', '/deps', 'standard library',
      'no-such-module.lua', jit.os == 'Windows' and '.dll' or '.so' }) do
      assert(err:find(part, 1, true), part .. ' in ' .. err)
    end
    -- Lua's words, which programs look for.
    assert(err:find("module 'no-such-module' not found:", 1, true), err)
    err = fails(function() require('./nope') end)
    assert(err:find(module.dir .. '/nope', 1, true), err)
    assert(fails(function() require('/nonexistent/nope') end):find('/nonexistent/nope', 1, true))
    assert(fails(function() require() end):find("bad argument #1 to 'require' (string expected", 1, true))
    assert(fails(function() require({}) end):find('got table', 1, true))
    assert(not pcall(require, ''))
    assert(not pcall(require, 'a\0b'))
    assert(not pcall(require, '..'))
  end)

  test('in a coroutine, with a yield while it loads', function()
    local thread = coroutine.create(function() return require(fixture('yields')) end)
    local ok, value = coroutine.resume(thread)
    assert(ok and value == 'loading')
    ok, value = coroutine.resume(thread, 42)
    assert(ok and value.value == 42 and require(fixture('yields')) == value)
  end)

  test('package.loaded and package.preload', function()
    package.preload.luvitTestPreload = function(name) return { name = name } end
    assert(require('luvitTestPreload').name == 'luvitTestPreload')
    assert(require('luvitTestPreload') == package.loaded.luvitTestPreload)
    package.loaded.luvitTestLoaded = 'loaded'
    assert(require('luvitTestLoaded') == 'loaded')
    for _, name in ipairs({ 'string', 'table', 'math', 'bit', 'ffi', 'jit', 'io', 'os', 'coroutine', 'debug' }) do
      assert(type(require(name)) == 'table', name)
    end
    assert(require('uv') == require('luv'))
    for _, name in ipairs({ 'luvitTestPreload', 'luvitTestLoaded' }) do
      package.loaded[name], package.preload[name] = nil, nil
    end
  end)

  -- Calls `fn` with the folder of rocks in front of Lua's path.
  local function withRocks(fn)
    local path = package.path
    package.path = module.dir .. '/fixtures/require/rocks/?.lua;' .. path
    fn()
    package.path = path
  end

  test('modules of LuaRocks: package.path, with require inside', function()
    withRocks(function()
      local rock = require('rock')
      assert(rock.part == 'rock.part' and rock.hasRequire == 'function' and require('rock') == rock)
      assert(require('rock.part') == 'rock.part')
      assert(rock.name == 'rock' and package.loaded.rock == rock)
    end)
  end)

  test('modules of LuaRocks are loaded as by Lua: with the global environment, module() and true', function()
    withRocks(function()
      local old = require('old')
      assert(old == _G.old and old._NAME == 'old' and old.answer() == 'rock.part!')
      assert(require('silent') == true and require('silent') == true and rawget(_G, 'silentRockRan') == 1)
      assert(fails(require, 'ring'):find("loop loading module 'ring'", 1, true))
      assert(fails(require, 'failing'):find('failing.lua:1: this module fails', 1, true))
      assert(package.loaded.failing == nil and not pcall(require, 'failing'))
      _G.old, _G.silentRockRan = nil, nil
    end)
  end)

  test('the global require, for code that is no module', function()
    withRocks(function()
      local rock, make = loadstring('return require("rock"), module')()
      assert(rock == require('rock') and type(make) == 'function')
      -- The standard library is there as well, the same modules.
      assert(loadstring('return require("url")')() == require('url'))
      for _, name in ipairs({ 'openssl', 'lpeg', 'zlib', 'http', 'uv' }) do
        assert(_G.require(name) == require(name), name)
        assert(name == 'uv' or package.loaded[name] == nil, name)
      end
    end)
    local err = fails(_G.require, 'no.such')
    assert(err:find("module 'no.such' not found:", 1, true) and err:find('no/such.lua', 1, true), err)
    assert(err:find("no field package.preload['no.such']", 1, true), err)
    assert(fails(_G.require):find('string expected, got no value', 1, true))
    assert(fails(_G.require, {}):find('string expected, got table', 1, true))
  end)

  test('loaders that a program adds are asked', function()
    local asked = {}
    local function loader(name)
      asked[#asked + 1] = name
      if name ~= 'luvitTestVirtual' then return "\n\tno virtual '" .. name .. "'" end
      return function(...) return { ... } end
    end
    table.insert(package.loaders, loader)
    local virtual = require('luvitTestVirtual')
    assert(#virtual == 1 and virtual[1] == 'luvitTestVirtual' and require('luvitTestVirtual') == virtual)
    assert(fails(require, 'luvitTestNowhere'):find("no virtual 'luvitTestNowhere'", 1, true))
    assert(table.concat(asked, ' ') == 'luvitTestVirtual luvitTestNowhere')
    table.remove(package.loaders)
    package.loaded.luvitTestVirtual = nil
  end)

  -- Debian's packages lua-cjson and lua-lpeg, which `.ci/run` installs.
  for name, check in pairs({
    cjson = function(cjson)
      assert(cjson.decode('{"a":[1,2]}').a[2] == 2 and cjson.encode({ 1 }) == '[1]')
      assert(not pcall(cjson.decode, '{'))
    end,
    lpeg = function(lpeg)
      assert(lpeg.match(lpeg.C(lpeg.P('a') ^ 1), 'aab') == 'aa')
    end,
  }) do
    test('C module ' .. name, function()
      if not package.searchpath(name, package.cpath) then return print('# skipped: ' .. name .. ' is not installed') end
      local loaded = require(name)
      check(loaded)
      assert(require(name) == loaded)
      -- By its file, too.
      check(require(package.searchpath(name, package.cpath)))
    end)
  end

  test('a file that is no C module is an error that says so', function()
    local path = os.tmpname()
    os.remove(path)
    local file = assert(io.open(path .. '.so', 'w'))
    file:write('not a library')
    file:close()
    local err = fails(require, path)
    assert(err:find(path, 1, true), err)
    os.remove(path .. '.so')
  end)

  test('the module object', function()
    assert(module.path == module.dir .. '/require.lua' and type(module.exports) == 'table')
    local data, path, key = module:resolve(fixture('folder'))
    assert(path == module.dir .. '/fixtures/require/folder/init.lua' and key == path and #data > 0)
    assert(module:locate(fixture('folder')) == module.dir .. '/fixtures/require/folder')
    assert(module:locate('/a/../b') == '/b' and module:locate('C:/a/../b') == 'C:/b')
    assert(module:require(fixture('folder')) == require(fixture('folder')))
    assert(module:load(fixture('text.txt')) == 'some text\n')
    local text, err, code = module:load(fixture('nothing.txt'))
    assert(text == nil and err and code == 'ENOENT')
    assert(module:stat(fixture('text.txt')).type == 'file' and module:stat(fixture('folder')).type == 'directory')
    assert(module:stat(fixture('text.txt')).size == #'some text\n')
    local stat, reason, name = module:stat(fixture('nothing'))
    assert(stat == nil and reason:find('^ENOENT: ') and name == 'ENOENT')
    local names = {}
    for name, kind in module:scan(fixture('folder')) do names[name] = kind end
    assert(names['init.lua'] == 'file' and names['part.lua'] == 'file')
    local iterator, why, kind = module:scan(fixture('nothing'))
    assert(iterator == nil and why:find('^ENOENT: ') and kind == 'ENOENT')
    assert(module:action(fixture('text.txt'), function(path) return path end) == module.dir .. '/fixtures/require/text.txt')
    local none, tried = module:resolve('./nothing')
    assert(none == nil and tried:find("No such module './nothing' in '", 1, true))
    for _, method in ipairs({ 'load', 'stat', 'scan', 'action', 'resolve', 'locate', 'require' }) do
      assert(fails(module[method], module):find('string expected, got nil', 1, true), method)
    end
  end)

  test('the module object of a module in the bundle', function()
    local _, bundled = require('require')('bundle:/deps/timer.lua')
    assert(bundled.path == 'bundle:/deps/timer.lua' and bundled.dir == 'bundle:/deps')
    local source = bundled:load('timer.lua')
    assert(source:find('setTimeout', 1, true) and bundled:stat('./timer.lua').size == #source)
    assert(bundled:stat('nothing.lua') == nil and bundled:load('nothing.lua') == nil)
    assert(bundled:require('timer') == require('timer') and bundled:require('./timer') == require('timer'))
    local function read(path)
      local file = assert(io.open(path, 'rb'))
      local text = file:read('*a')
      file:close()
      return text
    end
    assert(bundled:action('timer.lua', read) == source)
    assert(fails(bundled.action, bundled, 'nothing.lua', read):find('^ENOENT: '))
    assert(fails(bundled.action, bundled, 'timer.lua', function() error('inside', 0) end) == 'inside')
  end)

  test('a file that appears is found: that it was missing is not remembered', function()
    local path = os.tmpname()
    os.remove(path)
    assert(not pcall(require, path))
    local file = assert(io.open(path .. '.lua', 'w'))
    file:write('return "here now"')
    file:close()
    assert(require(path) == 'here now')
    os.remove(path .. '.lua')
  end)

  test('every module of the standard library loads', function()
    for _, name in ipairs({ 'core', 'stream', 'net', 'timer', 'http', 'http-codec', 'http-header', 'url', 'querystring',
      'json', 'utils', 'pretty-print', 'path', 'pathjoin', 'los', 'hooks', 'process', 'readline', 'repl', 'require' }) do
      assert(require(name), name)
    end
  end)
end)
