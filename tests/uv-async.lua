require('tap')(function(test)
  test('a send calls back with its values', function(expect, uv)
    local async
    async = uv.new_async(expect(function(...)
      assert(select('#', ...) == 4)
      local a, b, c, d = ...
      assert(a == 'a' and b == nil and c == 250 and d == true)
      async:close()
    end, 1))
    assert(tostring(async):match('^uv_async_t: 0x%x+$') and async:get_type() == 'async')
    assert(async:send('a', nil, 250, true) == 0)
  end)

  test('several sends before the callback count as one', function(expect, uv)
    local async
    async = uv.new_async(expect(function(value)
      assert(value == 3)
      async:close()
    end, 1))
    for i = 1, 3 do assert(uv.async_send(async, i) == 0) end
  end)

  test('it keeps the loop alive until it is closed or unreferenced', function(expect, uv)
    local async = uv.new_async(function() end)
    assert(uv.loop_alive())
    async:unref()
    uv.run()
    async:close(expect(function() end))
  end)

  test('closed before its callback: values are dropped', function(_, uv)
    local weak = setmetatable({}, { __mode = 'v' })
    local async = uv.new_async(function() error('was closed') end)
    weak[1] = { 'value' }
    async:send(weak[1])
    async:close()
    uv.run()
    async = nil -- luacheck: ignore
    for _ = 1, 3 do collectgarbage() end
    assert(weak[1] == nil)
  end)

  test('sending to a closed handle is an error value', function(_, uv)
    local async = uv.new_async(function() end)
    async:close()
    local value, err, code = async:send()
    assert(value == nil and err:find('^E') and code)
    uv.run()
    value, err, code = async:send(1, 2)
    assert(value == nil and err:find('^E') and code)
  end)

  test('wrong arguments', function(_, uv)
    local ok, err = pcall(function() uv.new_async() end)
    assert(not ok and err:find("#1 to 'new_async'", 1, true), err)
    ok, err = pcall(function() uv.async_send(1) end)
    assert(not ok and err:find('uv_async', 1, true), err)
  end)

  test('sends from its own callback', function(expect, uv)
    local async
    async = uv.new_async(expect(function(count)
      if count == 3 then return async:close() end
      async:send(count + 1)
    end, 3))
    async:send(1)
  end)
end)
