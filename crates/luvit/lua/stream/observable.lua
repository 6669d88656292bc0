-- Pass-throughs that can be watched.

local Readable = require('stream/readable').Readable
local Transform = require('stream/transform').Transform

---A pass-through that others can watch, without slowing it down.
---@class luvit.Observable: luvit.Transform
---@field observers? luvit.Readable[] those of `observe`
---@field options? luvit.stream.DuplexOptions
local Observable = Transform:extend()

---Makes a stream.
---@param options? luvit.stream.DuplexOptions the streams of `observe` get them too
function Observable:initialize(options)
  Transform.initialize(self, options)
  self.options = options
  self.observers = {}
end

local function notify(self, chunk)
  for _, observer in ipairs(self.observers or {}) do observer:push(chunk) end
end

function Observable:_transform(chunk, callback)
  notify(self, chunk)
  callback(nil, chunk)
end

function Observable:_final(callback)
  notify(self, nil)
  Transform._final(self, callback)
end

---Returns a stream of everything that passes from now on.
---@return luvit.Readable
function Observable:observe()
  local observer = Readable:new(self.options)
  observer._read = function() end
  self.observers = self.observers or {}
  table.insert(self.observers, observer)
  return observer
end

return { Observable = Observable }
