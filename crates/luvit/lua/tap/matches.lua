-- The filter of test names.

---Whether a name contains a text or matches it as a Lua pattern; what is no pattern is only looked for as it is.
---@param name string
---@param filter string
---@return boolean
return function(name, filter)
  if name:find(filter, 1, true) then return true end
  local ok, found = pcall(string.find, name, filter)
  return ok and found ~= nil
end
