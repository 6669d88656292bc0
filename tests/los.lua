require('tap')(function(test)
  test('names the system', function()
    local known = { win32 = 'Windows', linux = 'Linux', darwin = 'OSX', bsd = 'BSD', posix = 'POSIX', other = 'Other' }
    assert(known[require('los').type()] == require('jit').os)
  end)
end)
