local resource = require('resource')
local reader = require('./fixtures/resource/reader')

local function fails(fn, ...)
  local ok, err = pcall(fn, ...)
  assert(not ok, 'no error')
  return err
end

require('tap')(function(test)
  local folder = module.dir .. '/fixtures/resource'

  test('the path and folder of the file that asks', function()
    assert(resource.path == module.path and resource.dir == module.dir)
    assert(reader.path == folder .. '/reader.lua' and reader.dir == folder)
    assert(resource.nothing == nil)
  end)

  test('paths are relative to the file that asks', function()
    assert(reader.resolve('data.txt') == folder .. '/data.txt')
    assert(reader.resolve('./a/../../b') == module.dir .. '/fixtures/b')
    local here = resource.resolve('data.txt')
    assert(here == module.dir .. '/data.txt')
    assert(reader.resolve('/absolute') == '/absolute')
  end)

  test('files are read from there', function(_, uv)
    local data, path = reader.load('data.txt')
    assert(data == 'resource text\n' and path == folder .. '/data.txt')
    -- Wherever the program was started from.
    local cwd = uv.cwd()
    assert(uv.chdir(uv.os_tmpdir()))
    local ok, again = pcall(reader.load, './data.txt')
    uv.chdir(cwd)
    assert(ok and again == data)
    local absolute = resource.load(folder .. '/data.txt')
    assert(absolute == data)
  end)

  test('what is not there is an error that names it', function()
    local err = fails(reader.load, 'nothing.txt')
    assert(err:find('reader.lua:7: ENOENT: no such file or directory', 1, true), err)
    assert(err:find("open '" .. folder .. "/nothing.txt'", 1, true), err)
    err = fails(function() local data = resource.load() return data end)
    assert(err:find('resource.lua:', 1, true), err)
    assert(err:find("bad argument 'path' to 'load' (string expected, got nil)", 1, true), err)
    assert(fails(resource.resolve, {}):find("to 'resolve'", 1, true))
  end)

  test('a file in the bundle', function()
    local source = 'local r = require("resource") local d, p = r.load("timer.lua") return d, p, r.path, r.dir'
    local chunk = assert(load(source, '@bundle:/deps/example.lua', 't', getfenv(1)))
    local data, path, own, dir = chunk()
    assert(data:find('setTimeout', 1, true) and path == 'bundle:/deps/timer.lua')
    assert(own == 'bundle:/deps/example.lua' and dir == 'bundle:/deps')
    -- As luvit 2.18 named the chunks of its bundle.
    chunk = assert(load(source, 'bundle:/deps/example.lua', 't', getfenv(1)))
    assert(select(2, chunk()) == path)
  end)

  test('without a file that asks', function()
    local chunk = assert(load('local path = ... local data = path.load("x") return data', '=text'))
    assert(fails(chunk, resource):find('the caller of resource is no file but =text', 1, true))
    -- A tail call takes its caller off the stack.
    assert(fails(coroutine.wrap(reader.tail), 'data.txt'):find('not on the stack', 1, true))
  end)
end)
