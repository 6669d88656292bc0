local env = require('env')

require('tap')(function(test)
  test('get, set, unset and keys', function()
    local name = 'LUVIT_TEST_ENV'
    assert(env.get(name) == nil)
    env.set(name, 'a')
    assert(env.get(name) == 'a' and process.env[name] == 'a')
    -- The C library of Windows has a copy of its own, from the start.
    assert(jit.os == 'Windows' or os.getenv(name) == 'a')
    env.set(name, 'b', 1)
    assert(env.get(name) == 'b')
    env.set(name, 'c', 0)
    env.set(name, 'c', false)
    assert(env.get(name) == 'b')
    local found
    for _, key in ipairs(env.keys()) do
      assert(key:sub(1, 1) ~= '=')
      found = found or key == name
    end
    assert(found and #env.keys(true) >= #env.keys())
    env.unset(name)
    assert(env.get(name) == nil and process.env[name] == nil)
    env.set(name, 'd', 0)
    assert(env.get(name) == 'd')
    env.unset(name)
  end)

  test('names the system', function()
    assert(env.os == jit.os and env.arch == jit.arch)
  end)

  test('refuses what is no name or no value', function()
    for _, call in ipairs({
      function() env.get() end,
      function() env.set('a') end,
      function() env.set('a=b', 'c') end,
      function() env.set('', 'c') end,
      function() env.unset('a=b') end,
    }) do
      assert(not pcall(call))
    end
  end)
end)
