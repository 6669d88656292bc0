local rex = require('rex')

local function all(...)
  local count = select('#', ...)
  local texts = { ... }
  for i = 1, count do texts[i] = tostring(texts[i]) end
  return table.concat(texts, ' ')
end

local function is(expected, ...)
  local found = all(...)
  if found ~= expected then error(('%q, not %q'):format(found, expected), 2) end
end

local function fails(text, fn, ...)
  local ok, err = pcall(fn, ...)
  assert(not ok, 'no error')
  assert(tostring(err):find(text, 1, true), tostring(err))
end

local function collect(...)
  local list = {}
  for a, b, c in ... do list[#list + 1] = all(a, b, c) end
  return table.concat(list, '|')
end

require('tap')(function(test)
  test('is what lrexlib for PCRE2 is', function()
    assert(require('rex_pcre2') == rex and rawget(_G, 'rex') == nil)
    for _, name in ipairs({ 'config', 'count', 'find', 'flags', 'gmatch', 'gsub', 'maketables', 'match', 'new', 'split',
      'version' }) do
      assert(type(rex[name]) == 'function', name)
    end
    local regex = rex.new('a')
    for _, name in ipairs({ 'dfa_exec', 'exec', 'find', 'fullinfo', 'jit_compile', 'match', 'patterninfo', 'tfind' }) do
      assert(type(regex[name]) == 'function', name)
    end
    assert(tostring(regex):find('^rex_pcre2_regex %(0x'), tostring(regex))
    assert(rex.version():find('^10%.%d+ '))
  end)

  test('find and match, as functions and methods', function()
    is('3 5 b d', rex.find('abbcd', '(b)c(d)'))
    is('3 5', rex.find('abbcd', 'bcd'))
    is('b d', rex.match('abbcd', '(b)c(d)'))
    is('bcd', rex.match('abbcd', 'bcd'))
    is('nil', rex.find('abc', 'x'))
    is('nil', rex.match('abc', 'x'))
    is('false b', rex.match('b', '(a)|(b)'))
    is('1 0', rex.find('', ''))
    local regex = rex.new('(b)(x)?')
    is('2 2 b false', regex:find('abb'))
    is('3 3 b false', regex:find('abb', 3))
    is('b false', regex:match('abb'))
    is('3 3 b false', rex.find('abb', regex, -1))
  end)

  test('init counts from 1, or from the end', function()
    for init, expected in pairs({ [0] = '1 1', [1] = '1 1', [3] = '3 3', [4] = 'nil', [5] = 'nil', [-1] = '3 3', [-3] = '1 1',
      [-9] = '1 1', [2 ^ 60] = 'nil', [-2 ^ 60] = '1 1', [math.huge] = 'nil' }) do
      is(expected, rex.find('aaa', 'a', init))
    end
    is('4 3', rex.find('aaa', '$', 4))
    fails('no integer', rex.find, 'a', 'a', 0 / 0)
  end)

  test('tfind and exec, with names', function()
    local regex = rex.new('(?<year>\\d+)-(?<month>\\d+)(x)?')
    local first, last, groups = regex:tfind('on 2026-11')
    is('4 10 2026 11 false 2026 11', first, last, groups[1], groups[2], groups[3], groups.year, groups.month)
    local offsets
    first, last, offsets = regex:exec('on 2026-11')
    is('4 10', first, last)
    is('4 7 9 10 false false', unpack(offsets))
    is('2026 11', offsets.year, offsets.month)
    is('nil', regex:exec('none'))
    is('nil', regex:tfind('none'))
    -- One name for several groups: that which matched.
    local _, _, one = rex.new('(?J)(?<n>a)|(?<n>b)'):tfind('b')
    is('b false b', one.n, one[1], one[2])
  end)

  test('flags of a pattern', function()
    is('B', rex.match('B', 'b', 1, 'i'))
    is('b', rex.match('a\nb', '^b', 1, 'm'))
    is('a\nb', rex.match('a\nb', 'a.b', 1, 's'))
    is('ab', rex.match('ab', 'a b # text', 1, 'x'))
    is('a', rex.match('aa', 'a+', 1, 'U'))
    is('A\nB', rex.match('A\nB', 'a . b', 1, 'isx'))
    is('a', rex.match('a', 'a', 1, 'X'))
    local flags = rex.flags()
    is('B', rex.match('B', 'b', 1, flags.CASELESS))
    is('nil', rex.match('ba', 'a', 1, bit.bor(flags.CASELESS, flags.ANCHORED)))
    is('nil', rex.match('a', '^a', 1, 0, flags.NOTBOL))
    is('nil', rex.match('b', 'a*', 1, nil, flags.NOTEMPTY))
    local own = {}
    assert(rex.flags(own) == own and own.UTF == 0x80000 and own.ERROR_NOMATCH == -1 and own.MAJOR == 10)
    fails("there is no flag 'q'", rex.new, 'a', 'q')
    fails('number or string expected, got table', rex.new, 'a', {})
    fails('out of range', rex.new, 'a', 2 ^ 40)
    fails('bit', rex.new, 'a', 0x10000000)
  end)

  test('gmatch', function()
    is('1 nil nil|22 nil nil|3 nil nil', collect(rex.gmatch('1,22,3', '\\d+')))
    is('a 1 nil|b 2 nil', collect(rex.gmatch('a=1 b=2', '(\\w)=(\\w)')))
    is(' nil nil| nil nil| nil nil', collect(rex.gmatch('ab', '')))
    is('a nil nil| nil nil', collect(rex.gmatch('ab', 'a|$')))
    is('false nil nil|a nil nil', collect(rex.gmatch('ba', 'b|(a)')))
    is('', collect(rex.gmatch('b', 'a')))
    -- An iterator that is over stays so.
    local iterator = rex.gmatch('a', 'a')
    is('a', iterator())
    is('nil', iterator())
    is('nil', iterator())
  end)

  test('split', function()
    is('a , nil|b , nil|c nil nil', collect(rex.split('a,b,c', ',')))
    is('a , 1|b nil nil', collect(rex.split('a,1b', '(,)(\\d)')))
    is(' nil nil', collect(rex.split('', ',')))
    is(' , nil| nil nil', collect(rex.split(',', ',')))
    is('  nil|a  nil|b  nil| nil nil', collect(rex.split('ab', '')))
    is('abc nil nil', collect(rex.split('abc', ',')))
  end)

  test('count', function()
    assert(rex.count('a1b22', '\\d') == 3 and rex.count('abc', '') == 4 and rex.count('', '') == 1)
    assert(rex.count('abc', 'x') == 0 and rex.count('AbA', 'a', 'i') == 2)
  end)

  test('gsub with a text', function()
    is('b.a 1 1', rex.gsub('a.b', '(\\w)\\.(\\w)', '%2.%1'))
    is('<a><b> 2 2', rex.gsub('ab', '\\w', '<%0>'))
    is('<a> 1 1', rex.gsub('a', 'a', '<%1>'))
    is('%x 1 1', rex.gsub('a', 'a', '%%%x%'))
    is('[] 1 1', rex.gsub('a', 'a(b)?', '[%1]'))
    is('-a-b- 3 3', rex.gsub('ab', '', '-'))
    is('xbx 2 2', rex.gsub('aba', 'a', 'x'))
    is('xba 1 1', rex.gsub('aba', 'a', 'x', 1))
    is('aba 0 0', rex.gsub('aba', 'a', 'x', 0))
    is('aba 0 0', rex.gsub('aba', 'a', 'x', -1))
    is('7 1 1', rex.gsub('a', 'a', 7))
    is('x\0y 1 1', rex.gsub('\0', '\0', 'x%0y'))
    fails('invalid capture index %2', rex.gsub, 'a', '(a)', '%2')
  end)

  test('gsub with a function or a table', function()
    is('A-B 2 2', rex.gsub('a-b', '\\w', string.upper))
    is('1,2 2 2', rex.gsub('a1,b2', '([a-z])(\\d)', function(_, digit) return tonumber(digit) end))
    is('ab 2 0', rex.gsub('ab', '\\w', function() end))
    is('xb 2 1', rex.gsub('ab', '\\w', { a = 'x', b = false }))
    is('1b 2 1', rex.gsub('ab', '(\\w)', { a = 1 }))
    is('aa 1 1', rex.gsub('a', 'a', setmetatable({}, { __index = function(_, key) return key .. key end })))
    fails('invalid replacement value (a table)', rex.gsub, 'a', 'a', function() return {} end)
    fails('string, table or function expected, got boolean', rex.gsub, 'a', 'a', true)
    local value = {}
    local ok, err = pcall(rex.gsub, 'a', 'a', function() error(value) end)
    assert(not ok and err == value)
  end)

  test('gsub with a function that decides', function()
    local seen = {}
    is('xBcx 4 3', rex.gsub('abcd', '\\w', 'x', function(first, last, text)
      seen[#seen + 1] = all(first, last, text)
      if first == 2 then return 'B' end
      return first ~= 3
    end))
    is('1 1 x|2 2 x|3 3 x|4 4 x', table.concat(seen, '|'))
    is('axxx 4 3', rex.gsub('abcd', '\\w', 'x', function(first) return false, first == 1 end))
    is('axxd 3 2', rex.gsub('abcd', '\\w', 'x', function() return nil, 2 end))
    is('a 1 0', rex.gsub('a', 'a', 'x', function() return false, 0 end))
    local ok, err = pcall(rex.gsub, 'a', 'a', 'x', function() error('decided', 0) end)
    assert(not ok and err == 'decided')
    fails('number or function expected', rex.gsub, 'a', 'a', 'x', {})
  end)

  test('a function may use the same pattern, yield, and collect garbage', function()
    local regex = rex.new('(\\w)(\\d)?')
    is('[A1][B] 2 2', rex.gsub('a1b', regex, function(letter, digit)
      assert(regex:match('z9') == 'z' and rex.count('q1q2', regex) == 2)
      collectgarbage()
      return '[' .. letter:upper() .. (digit or '') .. ']'
    end))
    local thread = coroutine.wrap(function() return (rex.gsub('ab', '\\w', coroutine.yield)) end)
    assert(thread() == 'a' and thread('1') == 'b' and thread('2') == '12')
  end)

  test('any bytes in subject and pattern', function()
    is('2 2', rex.find('a\0b', '\0'))
    is('2 4', rex.find('a\0\255b', '\0\255b'))
    is('\0', rex.match('\0', '[\0]'))
    local every = {}
    for byte = 0, 255 do every[#every + 1] = string.char(byte) end
    assert(rex.count(table.concat(every), '(?s).') == 256)
  end)

  test('UTF: characters, and text that is none', function()
    is('1 2', rex.find('é', '^.$', 1, rex.flags().UTF))
    is('3', rex.count('aéж', '(*UTF).'))
    is('-a-é-ж- 4 4', rex.gsub('aéж', '(*UTF)', '-'))
    is('a nil nil|é nil nil', collect(rex.gmatch('aé', '(*UTF).')))
    is(' nil nil| nil nil| nil nil', collect(rex.gmatch('é€', '(*UTF)')))
    is('  nil|é  nil|€  nil| nil nil', collect(rex.split('é€', '(*UTF)')))
    fails('PCRE2_ERROR_UTF8_ERR', rex.find, 'a\255', '(*UTF)a')
    fails('(byte 2 of the subject)', rex.gsub, 'a\255', '(*UTF)a', 'b')
    fails('PCRE2_ERROR_BADUTFOFFSET', rex.find, 'é', '(*UTF).', 2)
    fails('UTF-8', rex.new, '(*UTF)\255')
    -- Scripts cannot promise what is not so.
    local noCheck = rex.flags().NO_UTF_CHECK
    fails('PCRE2_ERROR_UTF8_ERR', rex.find, 'a\255', '(*UTF)a', 1, noCheck, noCheck)
    fails('UTF-8', rex.new, '(*UTF)\255', noCheck)
    -- A loop over one text in the middle of a loop over another.
    local regex = rex.new('(*UTF).')
    fails('PCRE2_ERROR_UTF8_ERR', rex.gsub, 'éa', regex, function() return (rex.gsub('b\255', regex, '')) end)
    is('éaéa 2 2', rex.gsub('éa', regex, function(char) return (rex.gsub(char .. '€', regex, { ['€'] = '' })) .. char end)
      :gsub('ééaa', 'éaéa'), 2, 2)
  end)

  test('what is wrong with a pattern, and where', function()
    fails('missing closing parenthesis (pattern offset: 3)', rex.new, '(a')
    fails('quantifier does not follow a repeatable item (pattern offset: ', rex.find, 'a', '*')
    fails('string expected, got nil', rex.new)
    fails("'pattern' to 'find' (string or regular expression expected, got nil)", rex.find, 'a')
    fails("'subject' to 'match' (string expected, got table)", rex.match, {}, 'a')
    fails('rex_pcre2_regex expected', rex.new('a').find, io.stdout, 'a')
    fails('string expected', rex.new('a').find, rex.new('a'))
    fails('name of a locale or chartables', rex.new, 'a', 0, {})
  end)

  test('locales and tables', function()
    is('a', rex.match('a', '\\w', 1, 0, 0, 'C'))
    fails("cannot set locale 'no such locale'", rex.new, 'a', 0, 'no such locale')
    fails('cannot set locale', rex.new, 'a', 0, 'C\0C')
    local tables = rex.maketables()
    assert(tostring(tables):find('^chartables %('), tostring(tables))
    local regex = rex.new('\\w', 'i', tables)
    tables = nil
    collectgarbage()
    collectgarbage()
    assert(regex:match('-A') == 'A')
  end)

  test('dfa_exec, fullinfo, config, jit_compile', function()
    local first, ends, result = rex.new('a|ab|abc'):dfa_exec('xabcd')
    is('2 4 3 2 3', first, ends[1], ends[2], ends[3], result)
    is('nil', rex.new('a'):dfa_exec('x'))
    first, ends, result = rex.new('a|ab|abc'):dfa_exec('abc', 1, 0, 4)
    is('1 3 2 0', first, #ends > 0 and ends[1], ends[2], result)
    fails('DFA_WSSIZE', function() rex.new('a|ab|abc'):dfa_exec('xabcd', 1, 0, 100, 2) end)
    fails('DFA_BADRESTART', function() rex.new('a'):dfa_exec('a', 1, rex.flags().DFA_RESTART) end)
    fails('out of range', function() rex.new('a'):dfa_exec('a', 1, 0, 2 ^ 30) end)
    first, ends, result = rex.new('abc'):dfa_exec('xab', 1, rex.flags().PARTIAL_SOFT)
    is('2 3 -2', first, ends[1], result)
    local info = rex.new('(a)(?<n>b)', 'i'):fullinfo()
    is('2 1 8', info.CAPTURECOUNT, info.NAMECOUNT, info.ALLOPTIONS)
    assert(info.MATCHLIMIT == nil and rex.new('(*LIMIT_MATCH=5)a'):patterninfo().MATCHLIMIT == 5)
    local config = rex.config()
    assert(config.PCRE2_CONFIG_UNICODE == 1 and type(config.PCRE2_CONFIG_VERSION) == 'string')
    if config.PCRE2_CONFIG_JIT == 1 then
      local regex = rex.new('a+')
      if regex:jit_compile() then assert(regex:fullinfo().JITSIZE > 0 and regex:match('caab') == 'aa') end
      local ok, err = rex.new('a'):jit_compile(0x80000)
      assert(ok == false and type(err) == 'string')
    end
  end)

  test('machine code gives what the interpreter gives', function()
    local noJit = rex.flags().NO_JIT
    for _, pattern in ipairs({ '(a+)(b)?', '(?<=a)b|(c)$', '((a)|b)*c', '\\b\\w+\\b', '(?i)A{2,3}?', '(a|ab)(c|bcd)(d*)' }) do
      local regex = rex.new(pattern)
      for round = 1, 100 do
        local subject = ('aabcd abc'):sub(round % 9 + 1) .. ('ab'):rep(round % 7)
        assert(all(regex:find(subject)) == all(regex:find(subject, 1, noJit)), pattern)
      end
    end
  end)
end)
