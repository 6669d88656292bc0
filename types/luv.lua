---@meta luv

-- The other name of `uv`.

return require('uv')
