-- Streams to read from and to write to.

local Readable = require('stream/readable').Readable
local Writable = require('stream/writable').Writable

---Options of streams. Streams of other modules add their own.
---@class luvit.stream.Options
---@field highWaterMark? number bytes, or objects, that are buffered at most: 16,384, or 16 with `objectMode`
---@field objectMode? boolean chunks are any values but nil, not strings; false by default
---@field [string] any

---Options of streams to read from and to write to.
---@class luvit.stream.DuplexOptions: luvit.stream.Options
---@field readableObjectMode? boolean as `objectMode`, for one half
---@field writableObjectMode? boolean
---@field readableHighWaterMark? number as `highWaterMark`, for one half
---@field writableHighWaterMark? number
---@field readable? boolean false: nothing will be read
---@field writable? boolean false: nothing will be written
---@field allowHalfOpen? boolean false: the end of reading also ends writing

---A stream to read from and to write to, with separate buffers.
---@class luvit.Duplex: luvit.Readable, luvit.Writable
---@field allowHalfOpen boolean false: the end of reading also ends writing
local Duplex = Readable:extend()
Duplex.allowHalfOpen = true

for _, name in ipairs({ 'write', '_write', '_end', 'cork', 'uncork' }) do
  Duplex[name] = Writable[name]
end

---Makes a stream.
---@param options? luvit.stream.DuplexOptions
function Duplex:initialize(options)
  Readable.initialize(self, options)
  Writable.initialize(self, options)
  if not options then return end
  if options.readable == false then self.readable = false end
  if options.writable == false then self.writable = false end
  if options.allowHalfOpen == false then self.allowHalfOpen = false end
end

return { Duplex = Duplex }
