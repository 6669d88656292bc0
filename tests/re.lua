local re = require('re')
local lpeg = require('lpeg')

local function fails(text, fn, ...)
  local ok, err = pcall(fn, ...)
  assert(not ok, 'no error')
  assert(tostring(err):find(text, 1, true), tostring(err))
end

require('tap')(function(test)
  test('find, match and gsub', function()
    local first, last = re.find('the number 423 is odd', '[0-9]+')
    assert(first == 12 and last == 14 and re.find('none', '[0-9]+') == nil)
    assert(re.find('a1b2', '[0-9]', 3) == 4)
    assert(re.match('the number 423', '({[0-9]+} / .)*') == '423' and re.match('abc', "'abd'") == nil)
    assert(re.match('hello', '.*') == 6 and re.match('hello', '{..}', 2) == 'el')
    assert(re.gsub('hello world', '[aeiou]', '.') == 'h.ll. w.rld')
    assert(re.gsub('a1b22', '{[0-9]+}', function(digits) return '<' .. digits .. '>' end) == 'a<1>b<22>')
    assert(rawget(_G, 're') == nil and require('re') == re)
  end)

  test('grammars, names, tables and functions', function()
    local pattern = re.compile([[
      list <- {| item (',' item)* |} !.
      item <- {| {:name: %a+ :} '=' {:value: number / string :} |}
      number <- %d+ -> number
      string <- '"' {[^"]*} '"'
    ]], { number = tonumber })
    local items = pattern:match('a=12,b="x y"')
    assert(#items == 2 and items[1].name == 'a' and items[1].value == 12 and items[2].value == 'x y')
    assert(pattern:match('a=12,') == nil)
    assert(lpeg.type(pattern) == 'pattern' and re.compile(pattern) == pattern)
    -- A long string of Lua: the closing bracket has as many signs as the opening one.
    local long = re.compile([=[c <- '[' {:eq: '='* :} '[' close close <- ']' =eq ']' / . close]=])
    assert(long:match('[==[ ]] ]=] ]==]') == 17)
    assert(re.match('abc', "{~ ('b' -> 'x' / .)* ~}") == 'axc')
  end)

  test('text that is no pattern is an error', function()
    fails("pattern error near ')", re.compile, 'a )')
    fails("pattern error near '['", re.compile, "'a' [")
    fails("name 'nothing' undefined", re.compile, '%nothing')
    fails('undefined name: f', re.compile, "'a' -> f")
    fails("rule 'a' used outside a grammar", re.compile, 'a')
    fails("'a' already defined as a rule", re.compile, 'a <- . a <- .')
    fails('left recursive', re.compile, 'a <- a / .')
    fails('may accept empty string', re.compile, '(.?)*')
    -- Brackets without end, within the limits of a match.
    fails('stack overflow', re.compile, ('('):rep(10000))
    fails('stack overflow', re.compile, ('!'):rep(10000) .. '.')
    for _, junk in ipairs({ '', ' ', '\0', '\255', '->', '=', '<-', '{:', '{|', '%', '^' }) do
      for _, more in ipairs({ '', 'a', "'", '\0' }) do pcall(re.compile, junk .. more) end
    end
  end)

  test('classes follow the locale when they are taken again', function()
    re.updatelocale()
    assert(re.match('é', '%a+') == nil and re.match('e', '%a+') == 2)
  end)
end)
