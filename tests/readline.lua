local readline = require('readline')
local Editor, History = readline.Editor, readline.History

-- A terminal in memory: what is written appears in `rows`, as a terminal of
-- that width shows it.
local function newTerminal(columns)
  local screen = { rows = { {} }, row = 1, column = 0, columns = columns or 80, bytes = {} }

  local function put(char, width)
    if screen.column + width > screen.columns then
      screen.row, screen.column = screen.row + 1, 0
    end
    screen.rows[screen.row] = screen.rows[screen.row] or {}
    local row = screen.rows[screen.row]
    row[screen.column] = char
    for i = 1, width - 1 do row[screen.column + i] = '' end
    screen.column = screen.column + width
  end

  local function sequence(parameters, final)
    local n = tonumber(parameters) or 1
    if final == 'A' then
      screen.row = math.max(1, screen.row - n)
    elseif final == 'C' then
      screen.column = math.min(screen.columns - 1, screen.column + n)
    elseif final == 'J' then
      local from = parameters == '2' and 1 or screen.row
      for row = from, #screen.rows do
        for column = (row == screen.row and parameters ~= '2') and screen.column or 0, screen.columns do
          screen.rows[row][column] = nil
        end
      end
    elseif final == 'H' then
      screen.row, screen.column = 1, 0
    end
  end

  local stdout = { screen = screen }
  function stdout:write(bytes)
    screen.bytes[#screen.bytes + 1] = bytes
    local index = 1
    while index <= #bytes do
      local _, last, parameters, final = bytes:find('^\27%[%??([%d;]*)(%a)', index)
      if last then
        sequence(parameters, final)
        index = last + 1
      else
        local char = bytes:match('^[%z\1-\127\194-\244][\128-\191]*', index)
        if char == '\r' then
          screen.column = 0
        elseif char == '\n' then
          screen.row = screen.row + 1
          screen.rows[screen.row] = screen.rows[screen.row] or {}
        elseif char >= ' ' or char == '\t' then
          local marks = char:find('^\204')
          if not marks then put(char, char:find('^[\228-\233]') and 2 or 1) end
        end
        index = index + #char
      end
    end
  end
  function stdout:get_winsize() return screen.columns, 24 end
  function stdout:text()
    local lines = {}
    for i = 1, #screen.rows do
      local cells = {}
      for column = 0, screen.columns - 1 do cells[column + 1] = screen.rows[i][column] or ' ' end
      lines[i] = table.concat(cells):gsub('%s+$', '')
    end
    while lines[#lines] == '' do lines[#lines] = nil end
    return table.concat(lines, '\n')
  end
  return stdout
end

local function newKeyboard()
  local stdin = { mode = 0, reads = 0 }
  function stdin:set_mode(mode) self.mode = mode end
  function stdin:read_start(callback) self.callback = callback end
  function stdin:read_stop() self.callback = nil end
  -- As the loop does it: nothing comes while nobody reads.
  function stdin:type(bytes)
    assert(self.callback, 'nobody reads')
    self.callback(nil, bytes)
  end
  return stdin
end

local function newEditor(options, columns)
  options = options or {}
  options.stdin, options.stdout = newKeyboard(), newTerminal(columns)
  return Editor.new(options), options.stdin, options.stdout
end

-- Types the bytes into a fresh line and returns the editor.
local function typed(bytes, options, columns)
  local editor, stdin, stdout = newEditor(options, columns)
  editor:readLine('> ', function(_, line, reason)
    editor.result, editor.reason = line, reason
  end)
  stdin:type(bytes)
  return editor, stdin, stdout
end

local function checkLine(bytes, line, position)
  local editor = typed(bytes)
  assert(editor.line == line, ('%q gives %q, not %q'):format(bytes, editor.line, line))
  if position then assert(editor.position == position, ('%q: cursor at %d'):format(bytes, editor.position)) end
  -- The same, a byte at a time.
  local slow, stdin = newEditor()
  slow:readLine('> ', function() end)
  for byte in bytes:gmatch('.') do stdin:type(byte) end
  assert(slow.line == line and slow.position == editor.position, ('%q byte by byte gives %q'):format(bytes, slow.line))
end

local LEFT, RIGHT, UP, DOWN = '\27[D', '\27[C', '\27[A', '\27[B'

require('tap')(function(test)
  test('onKey', function()
    local editor = typed('')
    assert(#editor.line == 0 and editor.position == 1)
    assert(editor:onKey('a') == true)
    assert(editor.line == 'a' and editor.position == 2)
    editor:onKey(LEFT)
    assert(editor.line == 'a' and editor.position == 1)
    editor:onKey('abc')
    assert(editor.line == 'abca' and editor.position == 4)
    editor:onKey(LEFT .. LEFT .. LEFT)
    editor:onKey('a' .. LEFT .. 'b' .. LEFT .. 'c' .. LEFT .. 'd')
    assert(editor.line == 'dcbaabca' and editor.position == 2)
    assert(editor:onKey('!\r') == 'd!cbaabca')
  end)

  test('keys', function()
    checkLine('abc\1x', 'xabc', 2)
    checkLine('abc\1\5x', 'abcx', 5)
    checkLine('abc\2\2x', 'axbc', 3)
    checkLine('abc\1\6x', 'axbc')
    checkLine('abc\8\127', 'a', 2)
    checkLine('abc\1\4', 'bc', 1)
    checkLine('abc\1\27[3~', 'bc')
    checkLine('abc\2\11', 'ab')
    checkLine('abc\2\21', '', 1)
    checkLine('foo bar  baz\23', 'foo bar  ')
    checkLine('foo bar  \23', 'foo ')
    checkLine('abc\20', 'acb', 4)
    checkLine('abc\2\20', 'acb', 4)
    checkLine('a\20', 'a')
    checkLine('foo bar\27[1;5Dx', 'foo xbar')
    checkLine('foo bar\27bx', 'foo xbar')
    checkLine('foo bar\27\27[Dx', 'foo xbar')
    checkLine('foo bar\1\27[1;5Cx', 'foox bar')
    checkLine('foo bar\1\27fx', 'foox bar')
    checkLine('abc\27[H1\27[F2\27OH3\27OF4\27[1~5\27[4~6', '531abc246')
    checkLine('abc\27[7~x', 'xabc')
    checkLine('a\27[24~\27[[A\27OP\27xb\0\22c', 'abc')
    checkLine('\27[D\27[Cx', 'x')
  end)

  test('UTF-8', function()
    checkLine('h\195\169llo' .. LEFT:rep(3) .. '\127', 'hllo', 2)
    checkLine('\230\188\162\229\173\151\2x', '\230\188\162x\229\173\151', 3)
    checkLine('\240\159\152\128a', '\240\159\152\128a', 3)
    -- A combining accent belongs to the letter before it.
    checkLine('e\204\129x', 'e\204\129x', 3)
    checkLine('e\204\129x\127\127', '', 1)
    -- Bytes that are no UTF-8 do not get into the line.
    checkLine('a\255\128\192\128b', 'ab', 3)
  end)

  test('results', function()
    local editor, stdin = typed('abc\r')
    assert(editor.result == 'abc' and not editor.active and stdin.mode == 0 and not stdin.callback)
    editor = typed('\3')
    assert(editor.result == false and editor.reason == 'SIGINT in readLine')
    editor = typed('\4')
    assert(editor.result == nil and editor.reason == 'EOF in readLine' and not editor.active)
    editor = typed('abc\3')
    assert(editor.active and editor.line == '')
    editor = typed('abc\3', { abortOnInterrupt = true })
    assert(not editor.active and editor.result == false)
  end)

  test('close', function()
    local editor, stdin, stdout = typed('abc')
    editor:close()
    assert(not editor.active and stdin.mode == 0 and not stdin.callback and not editor.reason)
    assert(stdout.screen.row == 2 and table.concat(stdout.screen.bytes):find('\27[?2004l', 1, true))
    editor:close()
  end)

  test('an error of the stream reaches the callback', function()
    local editor, stdin = newEditor()
    local failure
    editor:readLine('> ', function(err) failure = err end)
    stdin.callback('EIO: i/o error')
    assert(failure == 'EIO: i/o error' and stdin.mode == 0)
  end)

  test('a burst executes every line', function()
    for _, lineBreak in ipairs { '\r', '\n', '\r\n' } do
      local editor, stdin = newEditor()
      local lines = {}
      local function onLine(_, line)
        lines[#lines + 1] = line
        editor:readLine('> ', onLine)
      end
      editor:readLine('> ', onLine)
      stdin:type('one' .. lineBreak .. 'two' .. lineBreak .. lineBreak .. 'thr')
      stdin:type('ee' .. lineBreak .. 'rest')
      assert(table.concat(lines, ',') == 'one,two,,three', table.concat(lines, ','))
      assert(editor.line == 'rest')
    end
  end)

  test('a long burst does not nest', function()
    local editor, stdin = newEditor()
    local count = 0
    local function onLine()
      count = count + 1
      editor:readLine('> ', onLine)
    end
    editor:readLine('> ', onLine)
    stdin:type(('x\r'):rep(5000))
    assert(count == 5000)
  end)

  test('what follows a line waits for the next reader', function()
    local editor, stdin = typed('one\rtwo\rthree')
    assert(editor.result == 'one')
    local other = Editor.new { stdin = stdin, stdout = newTerminal() }
    local line
    other:readLine('', function(_, result) line = result end)
    assert(line == 'two')
    other:readLine('', function(_, result) line = result end)
    assert(line == 'two' and other.line == 'three')
  end)

  test('bracketed paste', function()
    local completed = 0
    local editor, stdin, stdout = newEditor { completionCallback = function() completed = completed + 1 end }
    assert(editor)
    local lines = {}
    local function onLine(_, line)
      lines[#lines + 1] = line
      editor:readLine('> ', onLine)
    end
    editor:readLine('> ', onLine)
    assert(table.concat(stdout.screen.bytes):find('\27[?2004h', 1, true))
    stdin:type('\27[200~if x then\r\tprint(1)\1\rend\r\27[20')
    stdin:type('1~a\t')
    assert(table.concat(lines, '|') == 'if x then|\tprint(1)|end', table.concat(lines, '|'))
    assert(editor.line == 'a' and completed == 1)
    -- A paste that never ends can be interrupted.
    stdin:type('\27[200~abc\3\1x')
    assert(editor.line == 'x')
  end)

  test('a callback that raises does not block the editor', function()
    local editor, stdin = newEditor()
    editor:readLine('> ', function() error('oops') end)
    local ok, message = pcall(stdin.type, stdin, 'a\r')
    assert(not ok and message:find('oops', 1, true))
    local line
    editor:readLine('> ', function(_, result) line = result end)
    stdin:type('b\r')
    assert(line == 'b')
  end)

  test('history', function()
    local history = History.new()
    history:load('one\ntwo\n')
    local editor, stdin = newEditor { history = history }
    editor:readLine('> ', function() end)
    stdin:type('new' .. UP)
    assert(editor.line == 'two' and editor.position == 4)
    stdin:type(UP .. UP)
    assert(editor.line == 'one')
    stdin:type(DOWN .. '\14')
    assert(editor.line == 'new')
    stdin:type('\27[5~')
    assert(editor.line == 'one')
    stdin:type('\27[6~\r')
    assert(history:dump() == 'one\ntwo\nnew\n', history:dump())
    -- Neither empty lines nor repeated ones are kept.
    for _, bytes in ipairs { '\r', 'new\r', '\4', '\3', 'x\3\4' } do
      editor:readLine('> ', function() end)
      stdin:type(bytes)
      assert(history:dump() == 'one\ntwo\nnew\n', history:dump())
    end
  end)

  test('History', function()
    local history = History.new()
    assert(history.maxLength == 100 and history:dump() == '')
    for i = 1, 150 do history:add('line ' .. i) end
    assert(#history == 100 and history[1] == 'line 51')
    assert(history:setMaxLength(2) and #history == 2 and history[1] == 'line 149')
    assert(history:load('a\r\nb\nc') and history:dump() == 'b\nc\n')
    history:updateLastLine('d')
    assert(history[2] == 'd')
    assert(history:clean() and #history == 0)
    history:setMaxLength(0)
    assert(not pcall(history.add, history, 1) and not pcall(history.load, history))
  end)

  test('the history file grows with each line', function()
    local path = os.tmpname()
    os.remove(path)
    local history = History.new()
    local ok, err = history:open(path)
    assert(not ok and err:find(path, 1, true))
    local editor, stdin = newEditor { history = history }
    local function enter(bytes)
      editor:readLine('> ', function() end)
      stdin:type(bytes .. '\r')
    end
    enter('first')
    local file = assert(io.open(path))
    assert(file:read('*a') == 'first\n')
    file:close()
    if jit.os ~= 'Windows' then
      local ls = io.popen('ls -l ' .. path)
      assert(ls:read('*a'):find('^%-rw%-%-%-%-%-%-%-'))
      ls:close()
    end
    enter('second')
    enter('second')
    local again = History.new()
    assert(again:open(path) and again:dump() == 'first\nsecond\n')

    file = assert(io.open(path, 'a'))
    for i = 1, 500 do file:write(i, '\n') end
    file:close()
    again = History.new()
    again:open(path)
    assert(#again == 100 and again[100] == '500')
    file = assert(io.open(path))
    assert(file:read('*a') == again:dump())
    file:close()
    os.remove(path)
  end)

  test('a history file that cannot be written does no harm', function()
    local history = History.new()
    assert(not history:open('/no/such/folder/history'))
    local editor, stdin = newEditor { history = history }
    local line
    editor:readLine('> ', function(_, result) line = result end)
    stdin:type('abc\r')
    assert(line == 'abc' and history:dump() == 'abc\n')
  end)

  test('completion', function()
    local asked
    local answers = { ['pri'] = 'print', ['x'] = { 'xa', 'xb' }, ['lo'] = { 'local', 'locate', line = 'loca' } }
    local options = { completionCallback = function(line) asked = line return answers[line] end }
    local editor, stdin, stdout = typed('pri(1)' .. LEFT:rep(3) .. '\t!', options)
    assert(asked == 'pri' and editor.line == 'print!(1)', editor.line)
    stdin:type('\21x)' .. LEFT .. '\t')
    assert(editor.line == 'x)' and editor.position == 2)
    assert(stdout:text():find('> x)\nxa\txb\n> x)', 1, true), stdout:text())
    stdin:type('\21lo\t')
    assert(editor.line == 'loca' and editor.position == 5)
    stdin:type('\21none\t')
    assert(editor.line == 'none' and table.concat(stdout.screen.bytes):find('\7', 1, true))
    assert(typed('a\tb').line == 'ab')
  end)

  test('a line of several rows is drawn right', function()
    local editor, stdin, stdout = typed('abcdefghijklmnopq', nil, 10)
    assert(stdout:text() == '> abcdefgh\nijklmnopq', stdout:text())
    stdin:type('\1XY')
    assert(stdout:text() == '> XYabcdef\nghijklmnop\nq', stdout:text())
    assert(stdout.screen.row == 1 and stdout.screen.column == 4)
    stdin:type('\11')
    assert(stdout:text() == '> XY', stdout:text())
    stdin:type('\21abcdefgh')
    assert(stdout:text() == '> abcdefgh')
    assert(stdout.screen.row == 2 and stdout.screen.column == 0)
    stdin:type('i\127\127')
    assert(stdout:text() == '> abcdefg', stdout:text())
    stdin:type('hi' .. LEFT .. LEFT .. LEFT)
    assert(stdout.screen.row == 1 and stdout.screen.column == 8)
    stdin:type('\r')
    assert(editor.result == 'abcdefghi' and stdout.screen.row == 3 and stdout.screen.column == 0)
  end)

  test('rows are the same whether keys come one by one or at once', function()
    local keys = {}
    for i = 1, 60 do
      local key = ({ 'a', '\230\188\162', LEFT, '\127', 'e\204\129', '\1', '\5', 'xyz', UP, RIGHT })[i * 7 % 10 + 1]
      keys[#keys + 1] = key
    end
    for columns = 4, 12 do
      local slow, stdin, stdout = newEditor({}, columns)
      slow:readLine('> ', function() end)
      for _, key in ipairs(keys) do stdin:type(key) end
      local fast, _, other = typed(table.concat(keys), {}, columns)
      assert(slow.line == fast.line)
      assert(stdout:text() == other:text(), stdout:text() .. '\n--\n' .. other:text())
      assert(stdout.screen.row == other.screen.row and stdout.screen.column == other.screen.column)
    end
  end)

  test('a full last row leaves no empty row', function()
    local _, _, stdout = typed('abcdefgh\r', nil, 10)
    assert(stdout.screen.row == 2 and stdout.screen.column == 0)
  end)

  test('the window may change', function()
    local editor, stdin, stdout = typed('abcdefgh', nil, 20)
    stdout.screen.columns = 6
    stdin:type('x')
    assert(editor.line == 'abcdefghx')
  end)

  test('output appears above the line', function()
    local editor, stdin, stdout = typed('abcdefghijklm', nil, 10)
    stdin:type('\1')
    editor:insertAbove('tick\ntock')
    assert(stdout:text() == 'tick\ntock\n> abcdefgh\nijklm', stdout:text())
    assert(stdout.screen.row == 3 and stdout.screen.column == 2)
  end)

  test('a prompt with colours and several rows', function()
    local _, _, stdout = typed('ab\1', nil, 10)
    local editor, stdin = Editor.new { stdin = newKeyboard(), stdout = stdout }, nil
    stdin = editor.stdin
    stdout:write('\27[H\27[2J')
    editor:readLine('first\n\27[1;31mred\27[0m ', function() end)
    stdin:type('abcdefg\1')
    assert(stdout:text() == 'first\nred abcdef\ng', stdout:text())
    assert(stdout.screen.row == 2 and stdout.screen.column == 4)
  end)

  test('a cover hides the line and keeps it out of the history', function()
    local history = History.new()
    local editor, stdin, stdout = typed('secret', { cover = '*', history = history })
    assert(stdout:text() == '> ******')
    stdin:type(LEFT .. '\127\r')
    assert(editor.result == 'secrt' and stdout:text() == '> *****')
    assert(history:dump() == '')
  end)

  test('control characters are shown, not sent', function()
    local editor, _, stdout = typed('\27[200~a\tb\27[201~')
    assert(editor.line == 'a\tb' and stdout:text() == '> a    b')
    local history = History.new()
    history:load('\27[2J\27]0;x\7')
    local _, _, other = typed(UP, { history = history })
    assert(other:text() == '> ^[[2J^[]0;x^G', other:text())
  end)

  test('a stream that is no terminal', function()
    local stdin, stdout = newKeyboard(), newTerminal()
    stdin.set_mode = nil
    local results = {}
    local function ask()
      readline.readLine('? ', { stdin = stdin, stdout = stdout }, function(err, line, reason)
        assert(not err)
        results[#results + 1] = tostring(line or reason)
        if line then ask() end
      end)
    end
    ask()
    stdin:type('one\r\ntw')
    stdin:type('o\n\nlast')
    assert(table.concat(results, '|') == 'one|two|')
    stdin.callback(nil, nil)
    assert(table.concat(results, '|') == 'one|two||last|EOF in readLine', table.concat(results, '|'))
    assert(stdout:text() == '? ? ? ? ?')
  end)

  test('a stream that cannot be read has ended', function()
    local line, reason = 'none', nil
    readline.readLine('', { stdin = {}, stdout = newTerminal() }, function(_, result, why)
      line, reason = result, why
    end)
    assert(line == nil and reason == 'EOF in readLine')
  end)

  test('bad arguments are named', function()
    local editor = newEditor()
    local ok, message = pcall(editor.readLine, editor, nil, function() end)
    assert(not ok and message:find("'prompt' to 'readLine'", 1, true))
    ok, message = pcall(editor.readLine, editor, '> ')
    assert(not ok and message:find("'callback' to 'readLine'", 1, true))
    editor:readLine('', function() end)
    assert(not pcall(editor.readLine, editor, '', function() end))
    for text, wrong in pairs({
      ["bad argument 'prompt' to 'readLine' (string expected, got nil)"] = function() readline.readLine() end,
      ["bad argument 'options' to 'readLine' (table expected, got number)"] = function()
        readline.readLine('', 5, print)
      end,
      ["bad argument 'options' to 'new' (table expected, got number)"] = function() readline.Editor.new(5) end,
      ["bad argument 'path' to 'open' (string expected, got nil)"] = function() readline.History.new():open() end,
      ["bad argument 'length' to 'setMaxLength' (integer of at least 0 expected, got nan)"] = function()
        readline.History.new():setMaxLength(0 / 0)
      end,
    }) do
      local done, err = pcall(wrong)
      assert(not done and err:match('readline%.lua:%d+: (.*)$') == text, err)
    end
  end)

  test('a history: what commit says, the last line of none, and the usual file', function()
    local history = readline.History.new()
    history:updateLastLine('nothing to replace')
    assert(#history == 0 and history[0] == nil)
    history:add('')
    assert(history:commit('a') == true)
    history:add('')
    assert(history:commit('a') == false and #history == 1)
    local home = os.getenv(jit.os == 'Windows' and 'APPDATA' or 'HOME')
    local path = readline.History.defaultPath()
    if home then assert(path:sub(1, #home) == home and path:find('luvit_history$')) else assert(path == nil) end
  end)
end)
