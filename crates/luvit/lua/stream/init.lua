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

return require('luvit:parts')(stream, parts, function(name, part) return require(part)[name] end)
