-- Streams to read from and to write to.

local Readable = require('stream/readable').Readable
local Writable = require('stream/writable').Writable

---A stream to read from and to write to, with separate buffers.
---@class luvit.Duplex: luvit.Readable, luvit.Writable
---@field allowHalfOpen boolean false: the end of reading also ends writing
local Duplex = Readable:extend()
Duplex.allowHalfOpen = true

for _, name in ipairs({ 'write', '_write', '_end', 'cork', 'uncork' }) do
  Duplex[name] = Writable[name]
end

---@param options? { highWaterMark?: integer, objectMode?: boolean, readableObjectMode?: boolean, writableObjectMode?: boolean, readableHighWaterMark?: integer, writableHighWaterMark?: integer, readable?: boolean, writable?: boolean, allowHalfOpen?: boolean }
function Duplex:initialize(options)
  Readable.initialize(self, options)
  Writable.initialize(self, options)
  if not options then return end
  if options.readable == false then self.readable = false end
  if options.writable == false then self.writable = false end
  if options.allowHalfOpen == false then self.allowHalfOpen = false end
end

return { Duplex = Duplex }
