local header = require('http-header')

local function shown(headers)
  local parts = {}
  for i, pair in ipairs(headers) do parts[i] = pair[1] .. '=' .. pair[2] end
  return table.concat(parts, ' ')
end

require('tap')(function(test)
  test('names answer whatever their case', function()
    local headers = setmetatable({}, header.headerMeta)
    headers.Game = 'Monkey Ball'
    headers[#headers + 1] = { 'Color', 'Many' }
    assert(#headers == 2)
    assert(headers.gAME == 'Monkey Ball' and headers.color == 'Many')
    assert(headers.none == nil and headers[7] == nil and headers[false] == nil)
  end)

  test('assigning replaces, nil removes', function()
    local headers = header.newHeaders {
      { 'Color', 'Blue' }, { 'Game', 'Go' }, { 'color', 'Red' }, { 'COLOR', 'Green' },
    }
    assert(headers.Color == 'Blue')
    headers.Color = 'Orange'
    assert(shown(headers) == 'Game=Go Color=Orange')
    headers.color = { 'a', 2 }
    assert(shown(headers) == 'Game=Go color=a color=2')
    headers.game = nil
    assert(shown(headers) == 'color=a color=2')
    headers.color = {}
    assert(#headers == 0)
    headers.Number = 12
    assert(headers.number == '12')
  end)

  test('pairs of a list give index and pair', function()
    local seen = {}
    for index, pair in pairs(header.toHeaders { { 'A', '1' }, { 'B', '2' } }) do seen[index] = pair[1] end
    assert(seen[1] == 'A' and seen[2] == 'B' and #seen == 2)
  end)

  test('toHeaders', function()
    local headers = header.toHeaders {
      Game = { 'Monkey Ball', 'Ultimate' }, Why = 'Because', { 'Color', 'Blue' }, { 'Color', 'Red' },
    }
    assert(shown(headers) == 'Color=Blue Color=Red Game=Monkey Ball Game=Ultimate Why=Because')
    local again = header.toHeaders(header.toHeaders(headers))
    assert(again ~= headers and shown(again) == shown(headers))
    assert(#header.toHeaders() == 0)
  end)

  test('combineHeaders', function()
    local headers = header.combineHeaders(
      { Game = 'Go', Why = 'Because' }, nil, { { 'Color', 'Blue' } }, { why = 'Overwritten' })
    assert(shown(headers) == 'Game=Go Color=Blue why=Overwritten')
    assert(headers.Why == 'Overwritten')
  end)

  test('getHeaders leaves the rest of a head alone', function()
    local head = { code = 200, { 'Color', 'Blue' }, { 'Game', 'Go' }, ignored = true }
    local headers = header.getHeaders(head)
    assert(shown(headers) == 'Color=Blue Game=Go' and headers.code == nil)
    assert(getmetatable(head) == nil)
    assert(#header.getHeaders(nil) == 0)
  end)
end)
