-- Duplex streams whose output is made of their input.

local Error = require('core').Error
local Readable = require('stream/readable').Readable
local Duplex = require('stream/duplex').Duplex
local attempt = require('stream/base').attempt

---A duplex stream whose output is made of its input. Subclasses implement `_transform`, and may implement `_flush`.
---@class luvit.Transform: luvit.Duplex
---@field _flush? fun(self: any, callback: fun(err?: any, chunk?: any)): any called before the end, to push what is left
local Transform = Duplex:extend()

local function transformState(self)
  local state = rawget(self, '_transformState')
  if not state then
    state = { needTransform = false, transforming = false }
    self._transformState = state
  end
  return state
end

-- Made here too for objects whose constructor did not.
local function readableState(self)
  if not rawget(self, '_readableState') then Readable.initialize(self) end
  return self._readableState
end

---Makes a stream.
---@param options? luvit.stream.DuplexOptions
function Transform:initialize(options)
  Duplex.initialize(self, options)
  transformState(self)
end

local function afterTransform(self, state, err, chunk)
  local callback = state.writecb
  if not callback then
    self:emit('error', Error:new('the callback of _transform was called more than once'))
    return
  end
  state.transforming = false
  state.writechunk, state.writecb = nil, nil
  if chunk ~= nil and not err then attempt(self.push, self, chunk) end
  callback(err)
  local readable = readableState(self)
  readable.reading = false
  if readable.needReadable or readable.length < readable.highWaterMark then self:_read(readable.highWaterMark) end
end

---Adds a chunk of output; nil ends it.
---@param chunk? any
---@return boolean # false: enough for now
function Transform:push(chunk)
  transformState(self).needTransform = false
  return Readable.push(self, chunk)
end

---Makes output of a chunk of input, with `push` or as second argument of the callback.
---@param chunk any
---@param callback fun(err?: any, chunk?: any) asks for the next chunk
---@return any # not looked at
function Transform:_transform(chunk, callback) -- luacheck: ignore
  callback(Error:new('not implemented'))
end

function Transform:_write(chunk, callback)
  local state = transformState(self)
  state.writechunk, state.writecb = chunk, callback
  if state.transforming then return end
  local readable = readableState(self)
  if state.needTransform or readable.needReadable or readable.length < readable.highWaterMark then
    self:_read(readable.highWaterMark)
  end
end

function Transform:_read()
  local state = transformState(self)
  if not state.writecb or state.transforming then
    state.needTransform = true
    return
  end
  state.transforming = true
  if not state.afterTransform then
    state.afterTransform = function(err, chunk) afterTransform(self, state, err, chunk) end
  end
  self:_transform(state.writechunk, state.afterTransform)
end

function Transform:_final(callback)
  local function done(err, chunk)
    if not err then
      if chunk ~= nil then self:push(chunk) end
      self:push(nil)
    end
    callback(err)
  end
  if self._flush then self:_flush(done) else done() end
end

---A transform that passes its input on.
---@class luvit.PassThrough: luvit.Transform
local PassThrough = Transform:extend()

function PassThrough:_transform(chunk, callback) -- luacheck: ignore
  callback(nil, chunk)
end

return { Transform = Transform, PassThrough = PassThrough }
