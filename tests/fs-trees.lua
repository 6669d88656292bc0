local fs = require('fs')
local timer = require('timer')
local uv = require('uv')
local refusals = require('refusals')
local inside = require('folder')()

local raises, fails = refusals.raises, refusals.fails
local WINDOWS = require('los').type() == 'win32'

-- Makes files from a list of their names; `name/` is a folder.
local function tree(root, names)
  for name in names:gmatch('%S+') do
    local path = root .. '/' .. name
    if name:sub(-1) == '/' then
      assert(fs.mkdirpSync(path))
    else
      assert(fs.mkdirpSync(path:match('^(.*)/')))
      assert(fs.writeFileSync(path, name))
    end
  end
  return root
end

local function list(root)
  return table.concat(assert(fs.globSync('**', { cwd = root, dot = true })), ' ')
end

-- Windows takes both separators, and gives back the one or the other.
local function slashes(path)
  return WINDOWS and path:gsub('\\', '/') or path
end

require('tap')(function(test)
  test('rm: files, links and folders', function(expect)
    local root = tree(inside('rm'), 'file a/b/c a/.hidden a/d/e/f/ other')
    assert(fs.rmSync(root .. '/file') == true)
    fails('ENOENT', fs.rmSync(root .. '/file'))
    assert(fs.rmSync(root .. '/file', { force = true }) == true)
    local _, err, code = fs.rmSync(root .. '/a')
    assert(code == 'EISDIR' and err == "EISDIR: illegal operation on a directory, rm '" .. root .. "/a'", err)
    if not WINDOWS then
      -- What a link leads to stays.
      fs.symlinkSync(root .. '/other', root .. '/a/link')
      fs.symlinkSync(root, root .. '/a/d/up')
    end
    assert(fs.rmSync(root .. '/a', { recursive = true }))
    assert(list(root) == 'other')
    fs.rm(root, { recursive = true }, expect(function(failure, success)
      assert(not failure and success == true)
      assert(not fs.existsSync(root))
    end, 1))
  end)

  test('rm: what it may not remove is an error', function()
    if WINDOWS or uv.getuid() == 0 then return end
    local root = tree(inside('guarded'), 'a/b')
    fs.chmodSync(root .. '/a', '500')
    fails('EACCES', fs.rmSync(root, { recursive = true }))
    fs.chmodSync(root .. '/a', '700')
  end)

  test('rm: tries again when told to', function()
    local tries, real = 0, uv.fs_unlink
    uv.fs_unlink = function(path)
      tries = tries + 1
      if tries < 3 then return nil, 'EBUSY: resource busy or locked: ' .. path, 'EBUSY' end
      return real(path)
    end
    fs.writeFileSync(inside('busy'), '')
    local ok = fs.rmSync(inside('busy'), { maxRetries = 2, retryDelay = 1 })
    tries = 0
    fs.writeFileSync(inside('busy'), '')
    local _, _, code = fs.rmSync(inside('busy'), { maxRetries = 1, retryDelay = 1 })
    uv.fs_unlink = real
    assert(ok and code == 'EBUSY')
  end)

  test('rm: very deep', function()
    local root = inside('deep')
    assert(fs.mkdirpSync(root .. ('/dddd'):rep(300)))
    assert(fs.rmSync(root, { recursive = true }))
  end)

  test('cp: a file', function(expect)
    local root = tree(inside('cp-file'), 'from')
    fs.chmodSync(root .. '/from', '640')
    fs.utimeSync(root .. '/from', 1000, 2000)
    assert(fs.cpSync(root .. '/from', root .. '/new/folder/to', { preserveTimestamps = true }))
    local stat = fs.statSync(root .. '/new/folder/to')
    assert(stat.mtime.sec == 2000 and fs.readFileSync(root .. '/new/folder/to') == 'from')
    if not WINDOWS then assert(stat.mode % 512 == 416) end
    fs.writeFileSync(root .. '/from', 'changed')
    assert(fs.cpSync(root .. '/from', root .. '/new/folder/to', { force = false }))
    assert(fs.readFileSync(root .. '/new/folder/to') == 'from')
    fails('EEXIST', fs.cpSync(root .. '/from', root .. '/new/folder/to', { force = false, errorOnExist = true }))
    fails('EINVAL', fs.cpSync(root .. '/from', root .. '/from'))
    fails('EISDIR', fs.cpSync(root .. '/from', root .. '/new'))
    fails('ENOENT', fs.cpSync(root .. '/missing', root .. '/x'))
    fs.cp(root .. '/from', root .. '/new/folder/to', expect(function(err)
      assert(not err, err)
      assert(fs.readFileSync(root .. '/new/folder/to') == 'changed')
    end, 1))
  end)

  test('cp: a folder, into one that is there as well', function(expect)
    local root = tree(inside('cp'), 'from/a from/b/c from/b/.d from/e/ to/a to/z')
    local _, err = fs.cpSync(root .. '/from', root .. '/to')
    assert(err == ("EISDIR: illegal operation on a directory, cp '%s/from' -> '%s/to'"):format(root, root), err)
    fs.writeFileSync(root .. '/to/a', 'old')
    fs.cp(root .. '/from', root .. '/to', { recursive = true }, expect(function(failure)
      assert(not failure, failure)
      assert(list(root .. '/to') == 'a b b/.d b/c e z', list(root .. '/to'))
      assert(fs.readFileSync(root .. '/to/a') == 'from/a')
    end, 1))
    fails('ENOTDIR', fs.cpSync(root .. '/from/b', root .. '/from/a', { recursive = true }))
  end)

  test('cp: not into itself', function()
    local root = tree(inside('itself'), 'a/b/c')
    fails('EINVAL', fs.cpSync(root .. '/a', root .. '/a/b/x', { recursive = true }))
    fails('EINVAL', fs.cpSync(root .. '/a', root .. '/a', { recursive = true }))
    assert(list(root) == 'a a/b a/b/c')
  end)

  test('cp: permissions of folders, also those nobody may write to', function()
    if WINDOWS then return end
    local root = tree(inside('modes'), 'from/closed/a from/open/b')
    fs.chmodSync(root .. '/from/closed', '500')
    fs.chmodSync(root .. '/from/open', '711')
    assert(fs.cpSync(root .. '/from', root .. '/to', { recursive = true }))
    assert(fs.statSync(root .. '/to/closed').mode % 512 == 320 and fs.statSync(root .. '/to/open').mode % 512 == 457)
    assert(fs.existsSync(root .. '/to/closed/a'))
    fs.chmodSync(root .. '/from/closed', '700')
    fs.chmodSync(root .. '/to/closed', '700')
  end)

  test('cp: links, as they are or as what they lead to', function()
    if WINDOWS then return end
    local root = tree(inside('cp-links'), 'from/a from/b/c')
    fs.symlinkSync('a', root .. '/from/link')
    fs.symlinkSync('b', root .. '/from/folder')
    assert(fs.cpSync(root .. '/from', root .. '/to', { recursive = true }))
    assert(fs.readlinkSync(root .. '/to/link') == 'a' and fs.lstatSync(root .. '/to/folder').type == 'link')
    -- Again, over the links.
    assert(fs.cpSync(root .. '/from', root .. '/to', { recursive = true }))
    assert(fs.cpSync(root .. '/from', root .. '/real', { recursive = true, dereference = true }))
    assert(fs.lstatSync(root .. '/real/link').type == 'file')
    assert(fs.lstatSync(root .. '/real/folder').type == 'directory')
    -- A file is not written through a link that is in its place.
    fs.writeFileSync(root .. '/outside', 'untouched')
    fs.symlinkSync(root .. '/outside', root .. '/place')
    assert(fs.cpSync(root .. '/from/a', root .. '/place'))
    assert(fs.readFileSync(root .. '/outside') == 'untouched' and fs.lstatSync(root .. '/place').type == 'file')
    fs.symlinkSync('..', root .. '/from/b/up')
    fails('ELOOP', fs.cpSync(root .. '/from', root .. '/loop', { recursive = true, dereference = true }))
  end)

  test('cp: a filter', function(expect)
    local root = tree(inside('filter'), 'from/a.lua from/b.txt from/c/d.lua from/e/f.txt')
    local asked = {}
    fs.cp(root .. '/from', root .. '/to', {
      recursive = true,
      filter = function(source, destination)
        table.insert(asked, source:sub(#root + 2))
        assert(slashes(destination):sub(1, #root + 3) == slashes(root) .. '/to', destination)
        return not source:find('%.txt$') and not source:find('[/\\]e$')
      end,
    }, expect(function(err)
      assert(not err, err)
      assert(list(root .. '/to') == 'a.lua c c/d.lua')
      assert(asked[1] == 'from' and #asked == 6, #asked)
    end, 1))
    assert(fs.cpSync(root .. '/from', root .. '/none', { filter = function() return false end }) == true)
    assert(not fs.existsSync(root .. '/none'))
  end)

  test('cp and glob: an error in a function of the caller ends them with it', function(expect)
    local from = tree(inside('raising'), 'from/a.lua from/b/c.lua')
    local function raise(path)
      if path:find('.lua', 1, true) then error('mine') end
      return path:find('none', 1, true) ~= nil
    end
    local function ended(err, result) assert(err:find('fs%-trees%.lua:%d+: mine$') and result == nil, err) end
    fs.cp(from .. '/from', from .. '/to', { recursive = true, filter = function(source)
      raise(source)
      return true
    end }, expect(ended, 1))
    fs.cp(from .. '/from', from .. '/to', { filter = function() error() end }, expect(function(err)
      assert(err == 'nil')
    end, 1))
    fs.glob('**', { cwd = from, exclude = raise }, expect(ended, 1))
    coroutine.wrap(expect(function()
      local result, err = fs.cp(from .. '/from/a.lua', from .. '/to', { filter = raise }, coroutine.running())
      assert(result == nil and err:find('mine$'))
    end, 1))()
    raises('mine', fs.cpSync, from .. '/from/a.lua', from .. '/to', { filter = raise })
  end)

  test('cp: a filter that waits', function(expect)
    local root = tree(inside('waits'), 'from/a from/b/c')
    fs.cp(root .. '/from', root .. '/to', { recursive = true, filter = function()
      timer.sleep(1)
      return true
    end }, expect(function(err)
      assert(not err, err)
      assert(list(root .. '/to') == 'a b b/c')
    end, 1))
  end)

  test('rm: destroyed between two tries, it does not wait for the next', function(expect)
    local root = tree(inside('between'), 'file')
    local real = uv.fs_unlink
    uv.fs_unlink = function(_, callback) return timer.setImmediate(callback, 'EBUSY') end
    local began = uv.hrtime()
    local operation = fs.rm(root .. '/file', { maxRetries = 1, retryDelay = 60000 }, expect(function(err)
      uv.fs_unlink = real
      assert(err:find('^ECANCELED'), err)
      assert(uv.hrtime() - began < 30e9)
    end, 1))
    timer.setTimeout(50, function() operation:destroy() end)
  end)

  test('operations of many steps are ended by destroy', function(expect)
    local names = {}
    for i = 1, 200 do names[i] = 'f' .. i end
    local root = tree(inside('cancel'), table.concat(names, ' '))
    local operation
    operation = fs.rm(root, { recursive = true }, expect(function(err)
      assert(err and err:find('^ECANCELED: operation canceled'), err)
      local left = #fs.readdirSync(root)
      assert(left > 0, left)
    end, 1))
    timer.setImmediate(function()
      operation:destroy()
      operation:destroy()
    end)
    fs.glob('**', { cwd = inside() }, expect(function(err) assert(err and err:find('^ECANCELED')) end, 1)):destroy()
  end)

  test('glob: the patterns', function(expect)
    local root = tree(inside('glob'), [[a.lua b.lua c.txt .hid src/x.c src/y.h src/deep/z.c src/deep/.dot/q.c [odd] ab
      ü]])
    local function check(pattern, expected, options)
      options = options or {}
      options.cwd = root
      local found, err = fs.globSync(pattern, options)
      assert(found, err)
      assert(table.concat(found, ' ') == expected, table.concat(found, ' ') .. ' for ' .. tostring(pattern))
      fs.glob(pattern, options, expect(function(asyncErr, paths)
        assert(not asyncErr and table.concat(paths, ' ') == expected, asyncErr)
      end, 1))
    end
    check('*.lua', 'a.lua b.lua')
    check('?.lua', 'a.lua b.lua')
    check('[ab].lua', 'a.lua b.lua')
    check('[!a].lua', 'b.lua')
    check('[a-b].*', 'a.lua b.lua')
    check('[]odd[]*', '[odd]')
    check('{a,c}.*', 'a.lua c.txt')
    check('{a,src/{x,y}}.{lua,c,h}', 'a.lua src/x.c src/y.h')
    check('src/**', 'src src/deep src/deep/z.c src/x.c src/y.h')
    check('**/*.c', 'src/deep/z.c src/x.c')
    check('**/**/*.c', 'src/deep/z.c src/x.c')
    check('src/**/z.c', 'src/deep/z.c')
    check('**/deep', 'src/deep')
    check('*/', 'src')
    check('**/', 'src src/deep')
    check('src/x.c', 'src/x.c')
    check('missing/*', '')
    check('src/nothing', '')
    check('./a.lua', './a.lua')
    check('src/../a.*', 'src/../a.lua')
    check('.*', '.hid')
    check('*', '[odd] a.lua ab b.lua c.txt src ü')
    check('*', '.hid [odd] a.lua ab b.lua c.txt src ü', { dot = true })
    check('src/deep/**/*.c', 'src/deep/.dot/q.c src/deep/z.c', { dot = true })
    check('?', 'ü')
    check('[à-ÿ]', 'ü')
    check('[', '')
    check('{a', '')
    check({ '*.txt', 'a*', '*.lua' }, 'a.lua ab b.lua c.txt')
    if not WINDOWS then check('\\[odd\\]', '[odd]') end
    check('**/*.c', 'src/x.c', { exclude = '**/deep' })
    check('**', 'a.lua ab b.lua c.txt ü', { exclude = { 'src', '[[]*' } })
    check('**/*.c', 'src/deep/z.c', { exclude = function(path) return path == 'src/x.c' end })
    check(root .. '/*.txt', slashes(root) .. '/c.txt')
  end)

  test('glob: links are entered by name, not by **', function()
    if WINDOWS then return end
    local root = tree(inside('glob-links'), 'real/file')
    fs.symlinkSync('..', root .. '/real/up')
    fs.symlinkSync('real', root .. '/link')
    fs.symlinkSync('nowhere', root .. '/dangling')
    local function check(pattern, expected)
      local found = table.concat(fs.globSync(pattern, { cwd = root }), ' ')
      assert(found == expected, found .. ' for ' .. pattern)
    end
    check('**', 'dangling link real real/file real/up')
    check('link/*', 'link/file link/up')
    check('*/', 'link real')
    check('**/file', 'real/file')
    check('*/file', 'link/file real/file')
    check('link/**', 'link link/file link/up')
  end)

  test('glob: a pattern that makes others slow', function()
    local root = tree(inside('slow'), ('a'):rep(200))
    local pattern = ('*a'):rep(60) .. 'b'
    assert(#fs.globSync(pattern, { cwd = root }) == 0)
    assert(#fs.globSync(('**/'):rep(30) .. '*', { cwd = root }) == 1)
    raises('braces stand for more than', fs.globSync, ('{a,b}'):rep(20))
    assert(#fs.globSync(('{'):rep(2000), { cwd = root }) == 0)
  end)

  test('arguments are checked', function()
    raises("bad argument 'path' to 'rm'", fs.rm)
    raises("bad argument 'options' to 'rmSync'", fs.rmSync, 'x', 1)
    raises("bad argument 'destination' to 'cp'", fs.cp, 'x')
    raises("bad argument 'options.filter' to 'cp'", fs.cp, 'x', 'y', { filter = 1 })
    raises("bad argument 'pattern' to 'glob'", fs.glob)
    raises("bad argument 'pattern[2]' to 'globSync'", fs.globSync, { 'a', 1 })
    raises("bad argument 'options.cwd' to 'glob'", fs.glob, 'x', { cwd = 1 })
    raises("bad argument 'callback' to 'rm'", fs.rm, 'x', {}, 1)
  end)
end)
