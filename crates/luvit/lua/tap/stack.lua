-- Tracebacks of tests, without the frames of the harness, which say nothing to who reads about a test.

local OWN = {
  'bundle:/deps/tap/', 'bundle:/deps/assert', 'bundle:/deps/test-runner/', 'bundle:/deps/runtime.lua',
  'bundle:/deps/require.lua', 'bundle:/deps/cli.lua', "[C]: in function 'xpcall'", "[C]: in function 'error'",
  "[C]: in function 'require'", "[C]: in function 'assert'",
}

local function isOwn(line)
  for i = 1, #OWN do
    if line:find(OWN[i], 1, true) then return true end
  end
end

---A traceback without the frames of the harness; empty if no other is in it.
---@param stack string
---@return string
return function(stack)
  local lines = {}
  for line in stack:gmatch('[^\n]+') do
    if not isOwn(line) then lines[#lines + 1] = line end
  end
  if #lines == 1 and lines[1]:find('^stack traceback') then return '' end
  return table.concat(lines, '\n')
end
