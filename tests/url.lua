local url = require('url')

local function check(input, expected, ...)
  local parsed = url.parse(input, ...)
  for key, value in pairs(expected) do
    if type(value) == 'table' then
      for k, v in pairs(value) do assert(parsed[key][k] == v, input .. ': ' .. key .. '.' .. k) end
    elseif parsed[key] ~= value then
      error(('%s: %s is %s, not %s'):format(input, key, tostring(parsed[key]), value))
    end
  end
  for key in pairs(parsed) do
    assert(expected[key] ~= nil, input .. ': unexpected ' .. key .. ' ' .. tostring(parsed[key]))
  end
end

require('tap')(function(test)
  test('parse', function()
    check('http://localhost', {
      href = 'http://localhost/', protocol = 'http', host = 'localhost', hostname = 'localhost',
      path = '/', pathname = '/',
    })
    check('HTTP://User:s3@Host.Example:81/A/b?x=1&y=2#Frag', {
      href = 'http://User:s3@host.example:81/A/b?x=1&y=2#Frag', protocol = 'http', auth = 'User:s3',
      host = 'host.example:81', hostname = 'host.example', port = '81', path = '/A/b?x=1&y=2',
      pathname = '/A/b', search = '?x=1&y=2', query = 'x=1&y=2', hash = '#Frag',
    })
    check('creationix.com/', { href = 'creationix.com/', path = 'creationix.com/', pathname = 'creationix.com/' })
    check('/dir/@file', { href = '/dir/@file', path = '/dir/@file', pathname = '/dir/@file' })
    check('/some?test=bar&test=foo', {
      href = '/some?test=bar&test=foo', path = '/some?test=bar&test=foo', pathname = '/some',
      search = '?test=bar&test=foo', query = 'test=bar&test=foo',
    })
    check('http://h?a=1', {
      href = 'http://h/?a=1', protocol = 'http', host = 'h', hostname = 'h', path = '/?a=1', pathname = '/',
      search = '?a=1', query = { a = '1' },
    }, true)
    check('http://h/', {
      href = 'http://h/', protocol = 'http', host = 'h', hostname = 'h', path = '/', pathname = '/', query = {},
    }, true)
    check('http://[FE80::1]:8080/x', {
      href = 'http://[fe80::1]:8080/x', protocol = 'http', host = '[fe80::1]:8080', hostname = 'fe80::1',
      port = '8080', path = '/x', pathname = '/x',
    })
    check('file:///etc/passwd', {
      href = 'file:///etc/passwd', protocol = 'file', path = '/etc/passwd', pathname = '/etc/passwd',
    })
    check('//host/path', { href = '//host/path', path = '//host/path', pathname = '//host/path' })
    check('//host/path', {
      href = '//host/path', host = 'host', hostname = 'host', path = '/path', pathname = '/path',
    }, false, true)
    check('mailto:a@b.c', { href = 'mailto:a@b.c', protocol = 'mailto', path = 'a@b.c', pathname = 'a@b.c' })
    check('localhost:8080/x', { href = 'localhost:8080/x', path = 'localhost:8080/x', pathname = 'localhost:8080/x' })
    local parsed = url.parse('http://h/')
    assert(url.parse(parsed) == parsed)
  end)

  test('a host cannot be disguised', function()
    assert(url.parse('http://a@b@evil.example/').hostname == 'evil.example')
    assert(url.parse('http://evil.example\\@good.example/').hostname == 'evil.example')
    assert(url.parse('http://evil.example?@good.example/').hostname == 'evil.example')
    assert(url.parse('http://evil.example#@good.example/').hostname == 'evil.example')
    local parsed = url.parse('http://h/a b\r\nX: y"')
    assert(parsed.path == '/a%20b%0D%0AX:%20y%22', parsed.path)
    assert(url.parse('http://h st/x').host == 'h')
    assert(url.parse('http://us%40er:p%3Aw@h/').auth == 'us@er:p:w')
    assert(url.parse('http://us%40er:pw@h/').href == 'http://us%40er:pw@h/')
  end)

  test('format', function()
    local cases = {
      { { protocol = 'http', host = 'a:1', hostname = 'b', port = 2, pathname = '/x' }, 'http://a:1/x' },
      { { protocol = 'http:', hostname = 'b', port = 2, pathname = 'x' }, 'http://b:2/x' },
      { { protocol = 'http', hostname = '::1', port = 2 }, 'http://[::1]:2' },
      { { pathname = '/a?b#c' }, '/a%3Fb%23c' },
      { { pathname = '/a', query = { b = 1, c = { 2, 3 } }, hash = 'd' }, '/a?b=1&c=2&c=3#d' },
      { { pathname = '/a', search = 'x#y', query = 'ignored' }, '/a?x%23y' },
      { { pathname = '/a', query = 'b=c' }, '/a?b=c' },
      { { host = 'h', auth = 'u:p w@' }, '//u:p%20w%40@h' },
      { {}, '' },
      { 'HTTP://H', 'http://h/' },
    }
    for _, case in ipairs(cases) do
      local actual = url.format(case[1])
      assert(actual == case[2], actual .. ' should be ' .. case[2])
    end
  end)

  test('resolve', function()
    local page = 'http://example.com/b//c//d;p?q#blarg'
    local cases = {
      { 'http://example.com/a/b/c', '/d', 'http://example.com/d' },
      { 'http://example.com/a/b/c', 'd', 'http://example.com/a/b/d' },
      { 'http://example.com/a/b/c/', '../d/', 'http://example.com/a/b/d/' },
      { page, 'https://u:p@h.com/p/a/t/h?s#hash2', 'https://u:p@h.com/p/a/t/h?s#hash2' },
      { page, 'http://a/b/../d', 'http://a/d' },
      { page, '', 'http://example.com/b//c//d;p?q' },
      { page, '?y', 'http://example.com/b//c//d;p?y' },
      { page, '#s', 'http://example.com/b//c//d;p?q#s' },
      { page, '//other/x', 'http://other/x' },
      { page, 'mailto:x@y', 'mailto:x@y' },
      { 'http://u:p@a/b', 'c', 'http://u:p@a/c' },
      { 'http://u:p@a/b', '//c/d', 'http://c/d' },
      { 'http://a', 'b', 'http://a/b' },
      { 'http://a', '?b', 'http://a/?b' },
      { 'http://localhost', 'file://foo/Users', 'file://foo/Users' },
      { '/foo/bar/baz', '/../etc/passwd', '/etc/passwd' },
      { '/foo/bar/baz', '../quux/baz', '/foo/quux/baz' },
      { '/foo/bar/baz', '../../../../../quux/baz', '/quux/baz' },
      { '/foo', '.', '/' }, { '/foo', '..', '/' }, { '/foo/', '.', '/foo/' }, { '/foo/bar', '.', '/foo/' },
      { '/foo/bar/', '..', '/foo/' }, { 'foo/bar', '../../../baz', '../../baz' },
      { 'foo/bar/', '../../../baz', '../baz' },
    }
    for _, case in ipairs(cases) do
      local actual = url.resolve(case[1], case[2])
      assert(actual == case[3], ('%s + %s is %s, not %s'):format(case[1], case[2], actual, case[3]))
    end
    local object = url.resolveObject(url.parse('http://a:1/b/c?d'), 'e?f')
    assert(object.host == 'a:1' and object.pathname == '/b/e' and object.query == 'f')
    assert(object.href == 'http://a:1/b/e?f')
  end)

  test('bad arguments are named', function()
    local ok, message = pcall(url.parse, nil)
    assert(not ok and message:find("'url' to url.parse", 1, true))
    ok, message = pcall(url.resolve, 'a', 1)
    assert(not ok and message:find("'relative' to url.resolve", 1, true))
  end)
end)
