local pathjoin = require('pathjoin')

require('tap')(function(test)
  if pathjoin.isWindows then
    test('drives and shares', function()
      local join = pathjoin.pathJoin
      assert(join('a', 'b') == 'a/b' and join('a\\b', '..\\c') == 'a/c')
      assert(join('C:\\a', 'b/c') == 'C:\\a\\b\\c' and join('C:/a', '..\\..', 'b') == 'C:/b')
      assert(join('C:\\a', 'D:\\b') == 'D:\\b' and join('C:\\a', '/b') == '/b')
      assert(join('\\\\server\\share', 'x') == '\\\\server\\share\\x')
      assert(pathjoin.getPrefix('C:\\a') == 'C:\\' and pathjoin.getPrefix('C:a') == nil)
      assert(table.concat(pathjoin.splitPath('a\\b/c'), ' ') == 'a b c')
      assert(pathjoin.joinParts('C:\\', { 'a', 'b' }) == 'C:\\a\\b')
    end)
    return
  end

  test('pathJoin', function()
    local join = pathjoin.pathJoin
    assert(join('a', 'b') == 'a/b')
    assert(join('/a/', '/b') == '/b')
    assert(join('/a', 'b', '/c', 'd') == '/c/d')
    assert(join('/a/b', '../c') == '/a/c')
    assert(join('a', '../../b') == 'b')
    assert(join('/a', '../../..') == '/')
    assert(join('a//b', './c/') == 'a/b/c')
    assert(join('a') == 'a')
    assert(join('') == '' and join() == '')
  end)

  test('the parts', function()
    assert(pathjoin.isWindows == false)
    assert(pathjoin.getPrefix('/a') == '/' and pathjoin.getPrefix('a') == nil)
    assert(table.concat(pathjoin.splitPath('/a//b/'), ' ') == 'a b')
    assert(pathjoin.joinParts('/', { 'a', 'b' }) == '/a/b')
    assert(pathjoin.joinParts(nil, { 'a', 'b', 'c' }, 2, 3) == 'b/c')
  end)

  test('bad arguments are named', function()
    local ok, message = pcall(pathjoin.pathJoin, 'a', 1)
    assert(not ok and message:find("#2 to 'pathJoin'", 1, true))
  end)
end)
