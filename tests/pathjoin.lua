local pathjoin = require('pathjoin')

require('tap')(function(test)
  if pathjoin.isWindows then return end

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
