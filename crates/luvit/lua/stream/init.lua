-- Streams with backpressure. The classes load when they are used: who only writes does not pay for the rest.

---@class luvit.stream
---@field Stream luvit.Stream
---@field Readable luvit.Readable
---@field Writable luvit.Writable
---@field Duplex luvit.Duplex
---@field Transform luvit.Transform
---@field PassThrough luvit.PassThrough
---@field Observable luvit.Observable
local stream = {}

-- Which part has what.
local parts = {
  Stream = 'stream/classes', Readable = 'stream/classes', Writable = 'stream/classes',
  Duplex = 'stream/duplex',
  Transform = 'stream/transform', PassThrough = 'stream/transform',
  Observable = 'stream/observable',
}

return setmetatable(stream, {
  __index = function(self, name)
    local part = parts[name]
    if not part then return nil end
    local class = require(part)[name]
    rawset(self, name, class)
    return class
  end,
  -- Whoever lists the module sees all of it.
  __pairs = function(self)
    for name in pairs(parts) do
      local _loaded = self[name]
    end
    return next, self, nil
  end,
})
