require('tap')(function(test)
  test('addresses of interfaces', function(_, uv)
    local internal
    for name, addresses in pairs(uv.interface_addresses()) do
      assert(type(name) == 'string' and #name > 0 and #addresses > 0)
      for _, address in ipairs(addresses) do
        assert(#address.mac == 6 and type(address.internal) == 'boolean')
        if address.family == 'inet' then
          assert(address.ip:find('^%d+%.%d+%.%d+%.%d+$') and address.netmask:find('^%d+%.%d+%.%d+%.%d+$'))
        else
          assert(address.family == 'inet6' and address.ip:find(':', 1, true) and address.netmask:find(':', 1, true))
        end
        if address.ip == '127.0.0.1' then
          internal = address.internal
          assert(address.netmask == '255.0.0.0')
        end
      end
    end
    assert(internal ~= false)
  end)

  test('names of interfaces', function(_, uv)
    for index = 1, 20 do
      local name = uv.if_indextoname(index)
      local zone = uv.if_indextoiid(index)
      if name and require('ffi').os ~= 'Windows' then assert(#name > 0 and zone == name) end
    end
    for _, index in ipairs({ 0, -1, 2 ^ 31, 2 ^ 40 }) do
      local value, err, code = uv.if_indextoname(index)
      assert(value == nil and code == 'ENXIO' and err:find('^ENXIO: '))
    end
    assert(select(3, uv.if_indextoiid(2 ^ 40)) == 'ENXIO')
    assert(not pcall(uv.if_indextoname) and not pcall(uv.if_indextoiid, {}))
  end)
end)
