-- Helpers of the tests of `crypto`: errors, hexadecimal text, and other programs to compare with.

local childprocess = require('childprocess')
local uv = require('uv')

local helper = {}

---Whether `fn(...)` raises an error with this text in it.
function helper.raises(text, fn, ...)
  local ok, err = pcall(fn, ...)
  assert(not ok, 'no error: ' .. text)
  assert(tostring(err):find(text, 1, true), ('%s\n  expected: %s'):format(tostring(err), text))
end

function helper.hex(bytes)
  return (bytes:gsub('.', function(byte) return ('%02x'):format(byte:byte()) end))
end

function helper.bytes(hex)
  return (hex:gsub('%x%x', function(digits) return string.char(tonumber(digits, 16)) end))
end

---What a program writes to its standard output when it gets `input`. It has to succeed.
function helper.run(program, args, input)
  local child, output, code = childprocess.spawn(program, args), {}, nil
  local errors = {}
  child.stdout:on('data', function(chunk) output[#output + 1] = chunk end)
  child.stderr:on('data', function(chunk) errors[#errors + 1] = chunk end)
  child:on('exit', function(status) code = code or status end)
  child:on('error', function() code = code or -1 end)
  local closed = false
  child:on('close', function() closed = true end)
  if input then child.stdin:write(input) end
  child.stdin:shutdown()
  while not closed do uv.run('once') end
  if code ~= 0 then return nil, table.concat(errors) end
  return table.concat(output)
end

---Whether a program is there: a test that wants it ends without it.
function helper.has(program, ...)
  local ok, found = pcall(helper.run, program, { ... })
  return ok and found ~= nil
end

return helper
