local querystring = require('querystring')

local function same(a, b)
  if type(a) ~= 'table' or type(b) ~= 'table' then return a == b end
  for key, value in pairs(a) do
    if not same(value, b[key]) then return false end
  end
  for key in pairs(b) do
    if a[key] == nil then return false end
  end
  return true
end

require('tap')(function(test)
  local raw = ' `~!@#$%^&*()-_=+[]\\{}|;:\'",./<>?\n\r\n\000\127'

  test('parse', function()
    local cases = {
      { 'foo=1&bar=2', { foo = '1', bar = '2' } },
      { 'foo=1&foo=2&foo=3', { foo = { '1', '2', '3' } } },
      { 'f', { f = '' } },
      { 'f=', { f = '' } },
      { '', {} },
      { '&&a=1&&', { a = '1' } },
      { '=x', { [''] = 'x' } },
      { 'a=b=c', { a = 'b=c' } },
      { '%25%s%1G', { ['%%s%1G'] = '' } },
      { '%25 %20+=foo%25%00%41bar&a=%26%3db', { ['%   '] = 'foo%\000Abar', a = '&=b' } },
      { '%25 %20+=foo%25%00%41bar&a=%26%3db', { ['%  '] = '', [''] = 'foo%\000Abar&a=&=b' }, '+' },
      { 'f>u+u>f', { f = 'u', u = 'f' }, '+', '>' },
      { 'a::1;;b::2', { a = '1', b = '2' }, ';;', '::' },
      { 'a%1.b', { a = '1', b = '' }, '.', '%' },
    }
    for _, case in ipairs(cases) do
      assert(same(querystring.parse(case[1], case[3], case[4]), case[2]), case[1])
    end
    assert(same(querystring.parse(nil), {}))
  end)

  test('stringify', function()
    local stringify = querystring.stringify
    assert(stringify({ foo = 1, bar = true }) == 'bar=true&foo=1')
    assert(stringify({ foo = { 1, 2 } }) == 'foo=1&foo=2')
    assert(stringify({ f = 'u', u = 'f' }, '+', '>') == 'f>u+u>f')
    assert(stringify({ ['my field'] = 'q/é' }) == 'my%20field=q%2F%C3%A9')
    assert(stringify({ 'x' }) == '1=x')
    assert(stringify('no table') == '' and stringify({}) == '')
    assert(stringify({ ['a '] = raw }) ==
      'a%20=%20%60%7E%21%40%23%24%25%5E%26*%28%29-_%3D%2B%5B%5D%5C%7B%7D%7C%3B%3A%27%22%2C.%2F%3C%3E%3F%0A%0D%0A%00%7F')
  end)

  test('a round trip keeps every byte', function()
    local bytes = {}
    for i = 0, 255 do bytes[#bytes + 1] = string.char(i) end
    local all = table.concat(bytes)
    assert(querystring.urldecode(querystring.urlencode(all)) == all)
    assert(same(querystring.parse(querystring.stringify({ [all] = { all, raw } })), { [all] = { all, raw } }))
    assert(querystring.urldecode(nil) == nil and querystring.urlencode(nil) == nil)
    assert(querystring.urlencode(12) == '12')
  end)

  test('maxKeys', function()
    local many = {}
    for i = 1, 1500 do many[i] = 'k' .. i .. '=v' end
    many = table.concat(many, '&')
    local function count(options)
      local n = 0
      for _ in pairs(querystring.parse(many, nil, nil, options)) do n = n + 1 end
      return n
    end
    assert(count() == 1000)
    assert(count({ maxKeys = 3 }) == 3)
    assert(count({ maxKeys = 0 }) == 1500)
  end)

  test('bad arguments are named', function()
    local ok, message = pcall(querystring.parse, 12)
    assert(not ok and message:find("'str' to querystring.parse", 1, true))
  end)
end)
