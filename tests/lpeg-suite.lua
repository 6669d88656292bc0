-- The tests that LPeg brings, which test `re` as well, in a program of their own: `crates/luvit-lpeg/lpeg/test.lua`.

local program = require('./libs/program')

require('tap')(function(test)
  test("LPeg's own tests", function()
    local result = program.run({ module.dir .. '/../crates/luvit-lpeg/lpeg/test.lua' })
    assert(result.code == 0 and result.out:find("testing 're' module\nOK\n$"), result.out .. result.err)
  end)
end)
