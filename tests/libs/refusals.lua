-- What a refused call of `uv` looks like, for tests.

local refusals = {}

---A call that must raise an error with `text` in it.
---@param text string
---@param fn function
---@param ... any its arguments
function refusals.raises(text, fn, ...)
  local ok, err = pcall(fn, ...)
  assert(not ok, 'no error')
  assert(tostring(err):find(text, 1, true), tostring(err))
end

---The results of a call that must have failed as luv's do: `nil, "NAME: text", "NAME"`.
---@param name string
---@param ... any the results
function refusals.fails(name, ...)
  local result, message, code = ...
  assert(result == nil, result)
  assert(code == name, code)
  assert(message:sub(1, #name + 2) == name .. ': ', message)
end

return refusals
