local lpeg = require('lpeg')
local json = require('json')

local P, R, S, V, C, Cc, Cmt, Cp, Ct = lpeg.P, lpeg.R, lpeg.S, lpeg.V, lpeg.C, lpeg.Cc, lpeg.Cmt, lpeg.Cp, lpeg.Ct

local function fails(text, fn, ...)
  local ok, err = pcall(fn, ...)
  assert(not ok, 'no error')
  assert(tostring(err):find(text, 1, true), tostring(err))
end

-- What a match of a tree should give, by the definition of parsing expressions: the position behind it, or nothing.
local function expected(tree, subject, at)
  local kind = tree[1]
  if kind == 'text' then
    return subject:sub(at, at + #tree[2] - 1) == tree[2] and at + #tree[2] or nil
  elseif kind == 'any' then
    return at <= #subject and at + 1 or nil
  elseif kind == 'sequence' then
    local middle = expected(tree[2], subject, at)
    return middle and expected(tree[3], subject, middle)
  elseif kind == 'choice' then
    return expected(tree[2], subject, at) or expected(tree[3], subject, at)
  elseif kind == 'not' then
    return not expected(tree[2], subject, at) and at or nil
  end
  -- Any number of times.
  local after = expected(tree[2], subject, at)
  while after do
    at = after
    after = expected(tree[2], subject, at)
  end
  return at
end

local function mayBeEmpty(tree)
  local kind = tree[1]
  if kind == 'text' then return tree[2] == '' end
  if kind == 'any' then return false end
  if kind == 'sequence' then return mayBeEmpty(tree[2]) and mayBeEmpty(tree[3]) end
  if kind == 'choice' then return mayBeEmpty(tree[2]) or mayBeEmpty(tree[3]) end
  return true
end

local LETTERS = { 'a', 'b', '', 'ab', 'ba' }

local function randomTree(depth)
  local pick = depth == 0 and math.random(2) or math.random(6)
  if pick == 1 then return { 'text', LETTERS[math.random(#LETTERS)] } end
  if pick == 2 then return { 'any' } end
  local first = randomTree(depth - 1)
  if pick == 3 then return { 'sequence', first, randomTree(depth - 1) } end
  if pick == 4 then return { 'choice', first, randomTree(depth - 1) } end
  if pick == 5 or mayBeEmpty(first) then return { 'not', first } end
  return { 'repeat', first }
end

local function patternOf(tree)
  local kind = tree[1]
  if kind == 'text' then return P(tree[2]) end
  if kind == 'any' then return P(1) end
  local first = patternOf(tree[2])
  if kind == 'sequence' then return first * patternOf(tree[3]) end
  if kind == 'choice' then return first + patternOf(tree[3]) end
  if kind == 'not' then return -first end
  return first ^ 0
end

require('tap')(function(test)
  test('is LPeg 1.1.0, and no global', function()
    assert(lpeg.version == 'LPeg 1.1.0')
    assert(rawget(_G, 'lpeg') == nil and package.loaded.lpeg == nil and require('lpeg') == lpeg)
    for _, name in ipairs({ 'B', 'C', 'Carg', 'Cb', 'Cc', 'Cf', 'Cg', 'Cmt', 'Cp', 'Cs', 'Ct', 'P', 'R', 'S', 'V', 'locale',
      'match', 'pcode', 'ptree', 'setmaxstack', 'type', 'utfR' }) do
      assert(type(lpeg[name]) == 'function', name)
    end
    assert(lpeg.type(P('a')) == 'pattern' and lpeg.type('a') == nil)
    fails('debug mode', lpeg.ptree, P('a'))
  end)

  test('patterns and captures', function()
    assert(lpeg.match('ab', 'abc') == 3 and lpeg.match('b', 'abc') == nil and lpeg.match('b', 'abc', 2) == 3)
    local number = C(R('09') ^ 1) / tonumber
    local list = Ct(number * (S(', ') ^ 1 * number) ^ 0)
    local values = list:match('1, 22,333')
    assert(#values == 3 and values[2] == 22 and values[3] == 333)
    assert((lpeg.utfR(0x430, 0x44F) ^ 1):match('привет!') == 13)
    assert(lpeg.Cs((P('\0') / '0' + 1) ^ 0):match('a\0b\0') == 'a0b0')
    local nested = P({ '(' * (V(1) + (1 - S('()'))) ^ 0 * ')' })
    assert(nested:match('(a(b)(c(d)))e') == 13 and nested:match('(a(b)') == nil)
  end)

  test('random patterns match as their definition says (5,000)', function()
    math.randomseed(tonumber(process.env.LUVIT_SEED) or 7)
    local matched = 0
    for _ = 1, 5000 do
      local tree, letters = randomTree(4), {}
      for i = 1, math.random(0, 9) do letters[i] = math.random(2) == 1 and 'a' or 'b' end
      local subject = table.concat(letters)
      local pattern = patternOf(tree)
      for at = 1, #subject + 1 do
        local found, wanted = pattern:match(subject, at), expected(tree, subject, at)
        assert(found == wanted, subject .. ' at ' .. at .. ': ' .. json.stringify(tree))
        if found then matched = matched + 1 end
      end
    end
    assert(matched > 1000, matched)
  end)

  test('errors pass through a match: of Lua, of native functions, of other values', function()
    local function thrower(value) return function() error(value, 0) end end
    local value = {}
    for _, pattern in ipairs({ C(1) / thrower(value), Cmt(1, thrower(value)), Ct(C(1) / thrower(value)) ^ 1,
      lpeg.Cf(C(1) * C(1), thrower(value)), lpeg.Cs((P(1) / thrower(value)) ^ 1), P(thrower(value)) }) do
      local ok, err = pcall(pattern.match, pattern, 'ab')
      assert(not ok and err == value)
    end
    -- Rust below C below Lua.
    for _ = 1, 100 do
      fails("type 'function'", lpeg.match, Cmt(1, function() json.stringify(print) end), 'a')
      fails('bad argument', lpeg.match, C(1) / function() require('uv').tcp_bind() end, 'a')
    end
    -- And Rust below C below Lua below Rust: `__tojson` is called by it.
    local object = setmetatable({}, { __tojson = function() return lpeg.match(P(1) / thrower('from within'), 'a') end })
    fails('from within', json.stringify, object)
  end)

  test('a match cannot be left by a yield', function()
    local thread = coroutine.create(function() lpeg.match(Cmt(1, coroutine.yield), 'a') end)
    local ok, err = coroutine.resume(thread)
    assert(not ok and err:find('yield across C-call boundary', 1, true), err)
  end)

  test('a pattern may be used while it matches', function()
    local pattern
    pattern = P({ C(1) / function(text) return text == 'a' and pattern:match('b') or text:upper() end })
    assert(pattern:match('a') == 'B')
    local count = 0
    local collecting = Ct((C(1) / function(text)
      count = count + 1
      collectgarbage()
      return text .. count
    end) ^ 0)
    local values = collecting:match('xyz')
    assert(values[1] == 'x1' and values[3] == 'z3')
  end)

  test('wrong patterns are errors', function()
    fails('may be left recursive', P, { V(1) * 'a' })
    fails("rule 'b' undefined in given grammar", P, { V('b') })
    fails('loop body may accept empty string', function() return P('') ^ 0 end)
    fails('pattern may not have fixed length', lpeg.B, P('a') ^ 0)
    fails('range must have two characters', R, 'abc')
    fails('got userdata', P, io.stdout)
    fails('string expected', lpeg.match, 'a')
    fails('no initial rule', P, {})
    fails('absent extra argument #2', function() return lpeg.match(lpeg.Carg(2), 'a', 1, 'one') end)
  end)

  test('deep recursion and many captures end with an error', function()
    local nested = P({ '(' * V(1) * ')' + '' })
    fails('stack overflow', nested.match, nested, ('('):rep(100000))
    lpeg.setmaxstack(20000)
    local ok = pcall(nested.match, nested, ('('):rep(5000) .. (')'):rep(5000))
    lpeg.setmaxstack(400)
    assert(ok)
    local all = C(1) ^ 0
    fails('too many', all.match, all, ('a'):rep(2e6))
    assert(#Ct(all):match(('a'):rep(1e5)) == 1e5)
    assert((P(1) ^ 0):match(('a'):rep(1e7)) == 1e7 + 1)
  end)

  test('numbers that make a pattern too big', function()
    for _, n in ipairs({ 2 ^ 31, -2 ^ 31, 2 ^ 30, -2 ^ 30 - 1, 2 ^ 32, 1e15, -1e15 }) do
      fails('pattern too big', P, n)
      fails('pattern too big', lpeg.B, n)
      fails('pattern too big', function() return P('a') * n end)
      fails('pattern too big', function() return P('a') ^ n end)
    end
    -- The product counts.
    local big = P(1e5)
    fails('pattern too big', function() return big ^ 1e5 end)
    fails('pattern too big', function() return big ^ -1e5 end)
    fails('pattern too big', getmetatable(big).__pow, 1e6, 1e6)
    assert((P('a') ^ 1000):match(('a'):rep(1000)) == 1001 and P(-3):match('ab') == 1)
  end)

  test('another LPeg beside this one: neither takes the patterns of the other', function()
    local path = package.searchpath('lpeg', package.cpath)
    if not path then return print('# skipped: no compiled lpeg is installed') end
    local other = require(path)
    assert(other ~= lpeg and other.match(other.C(other.P('a') ^ 1), 'aab') == 'aa')
    assert(C(P('a') ^ 1):match('aab') == 'aa' and lpeg.version == 'LPeg 1.1.0')
    fails('lpeg-pattern', lpeg.match, other.P('a'), 'a')
    fails('lpeg-pattern', other.match, P('a'), 'a')
    -- It makes itself known, as it does in every Lua 5.1.
    _G.lpeg, package.loaded.lpeg = nil, nil
  end)
end)
