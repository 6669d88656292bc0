-- Patterns and subjects that are made to cost a lot, or to break what matches them.

local rex = require('rex')

local function fails(text, fn, ...)
  local ok, err = pcall(fn, ...)
  assert(not ok, 'no error')
  assert(tostring(err):find(text, 1, true), tostring(err))
end

require('tap')(function(test)
  test('a search without end is stopped', function()
    local subject = ('a'):rep(40)
    fails('PCRE2_ERROR_MATCHLIMIT: match limit exceeded', rex.match, subject, '^(a+)+[bc]')
    fails('PCRE2_ERROR_MATCHLIMIT', rex.gsub, subject, '^(?:a|a)+[bc]', '')
    -- So it is after the pattern became machine code.
    local regex = rex.new('^(?:a|a)+[bc]')
    for _ = 1, 100 do assert(regex:match('aab') == 'aab') end
    fails('PCRE2_ERROR_MATCHLIMIT', regex.match, regex, subject)
    assert(regex:match('ab') == 'ab')
    fails('PCRE2_ERROR_MATCHLIMIT', rex.match, ('a'):rep(20), '(*LIMIT_MATCH=10)(a|b)*[cd]')
    fails('PCRE2_ERROR_DEPTHLIMIT', rex.match, ('a'):rep(20), '(*LIMIT_DEPTH=2)(*NO_JIT)(a|b)*[cd]', 1, 0, rex.flags().NO_JIT)
  end)

  test('memory for a search is limited', function()
    local subject = ('a'):rep(4e6)
    local ok, err = pcall(rex.match, subject, '^(?:(a)|b)*$', 1, 0, rex.flags().NO_JIT)
    assert(not ok and (err:find('PCRE2_ERROR_HEAPLIMIT', 1, true) or err:find('PCRE2_ERROR_MATCHLIMIT', 1, true)), err)
    assert(#rex.match(subject, '^a*$') == #subject)
  end)

  test('more backtracking than the stack of machine code has room for goes to the interpreter', function()
    local regex = rex.new('^(?:(a)|b)*$')
    for _ = 1, 100 do assert(regex:match('ab') == 'a') end
    assert(regex:match(('ab'):rep(20000)) == 'a')
  end)

  test('deep recursion of dfa_exec is stopped', function()
    local regex = rex.new('^(a(?1)?b)$')
    assert(regex:dfa_exec('aabb', 1, 0, 100, 1000) == 1)
    fails('PCRE2_ERROR_DEPTHLIMIT', regex.dfa_exec, regex, ('a'):rep(100000), 1, 0, 100, 1000)
    assert(rex.match(('a'):rep(1000) .. ('b'):rep(1000), regex))
  end)

  test('patterns that are too large or too deep are errors', function()
    fails('(pattern offset: ', rex.new, ('('):rep(1000) .. (')'):rep(1000))
    fails('(pattern offset: ', rex.new, '((a{1000}){1000}){1000}')
    fails('(pattern offset: ', rex.new, ('a'):rep(1e6))
    fails('(pattern offset: ', rex.new, 'a{70000}')
    fails('(pattern offset: ', rex.new, '(?<=a*)b')
    fails('(pattern offset: ', rex.new, '(?R')
    fails('PCRE2_ERROR_RECURSELOOP', rex.match, 'a', '(?R)?a', 1, 0, rex.flags().NO_JIT)
  end)

  test('many groups', function()
    local regex = rex.new(('(a)?'):rep(3000))
    assert(select('#', regex:match('a')) == 3000)
    local many = rex.new('a|' .. ('()'):rep(7998))
    fails('too many groups (7998)', many.find, many, 'a')
    local _, _, groups = many:tfind('a')
    assert(#groups == 7998 and groups[7998] == false)
  end)

  test('a long text of characters is checked once, not for each match', function()
    -- 200,000 matches in 400 KB: checked each time this would take minutes.
    local text = ('é'):rep(200000)
    local result, matches = rex.gsub(text, '(*UTF)é', 'e')
    assert(#result == 200000 and matches == 200000)
    assert(rex.count(text, '(*UTF).') == 200000)
  end)

  test('junk', function()
    math.randomseed(tonumber(process.env.LUVIT_SEED) or 11)
    local pieces = { '(', ')', '[', ']', '{', '}', '*', '+', '?', '|', '\\', '^', '$', '.', 'a', '1', ':', '<', '>', '=', '!', '-',
      ',', 'R', 'P', 'K', '\0', '\255', 'é', '(*UTF)', '(?', '(?<n>', '\\Q', '\\E', '\\C', '(*F)', '(?C1)' }
    local good = 0
    for _ = 1, 20000 do
      local pattern = {}
      for i = 1, math.random(1, 12) do pattern[i] = pieces[math.random(#pieces)] end
      local ok, regex = pcall(rex.new, table.concat(pattern), math.random(0, 2 ^ 27))
      if ok then
        good = good + 1
        local subject = table.concat(pattern, '', math.random(#pattern))
        for _, method in ipairs({ 'find', 'tfind', 'exec', 'match', 'dfa_exec' }) do
          pcall(regex[method], regex, subject, math.random(-5, 15), math.random(3) == 1 and math.random(0, 2 ^ 20) or 0)
        end
        pcall(rex.gsub, subject, regex, '%0%0')
        pcall(function() for _ in rex.split(subject, regex) do end end)
        pcall(function() for _ in rex.gmatch(subject, regex) do end end)
      end
    end
    assert(good > 500, good)
  end)
end)
