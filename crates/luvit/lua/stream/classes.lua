-- The classes at the root of all streams, without their methods: those load when one is first used. A server derives
-- requests and responses from `Readable` and `Writable`, and as long as none is used as a stream that is all it needs.

local Emitter = require('core').Emitter

-- All that deriving a class takes. Whoever uses something else of a class uses it as a stream.
local DERIVING = { extend = true, create = true }

local function deferred(parent, part, names)
  local class = parent:extend()
  return setmetatable(class, {
    __index = function(_, name)
      local inherited = parent[name]
      if DERIVING[name] or inherited == nil and not names[name] then return inherited end
      require(part)
      return class[name]
    end,
    -- A method that a program replaces must stay replaced.
    __newindex = function(_, name, value)
      require(part)
      rawset(class, name, value)
    end,
    __pairs = function()
      require(part)
      return next, class, nil
    end,
  })
end

---What has a `pipe`: the parent of all streams.
---@class luvit.Stream: luvit.Emitter
local Stream = deferred(Emitter, 'stream/base', { pipe = true })

---A source of strings or, with `objectMode`, of any values but nil. Subclasses implement `_read`.
---
---Events: `data` (chunk) for each chunk, as long as data flows; `readable` when there is something for `read`; `end` when
---all was read; `pause` and `resume`; `error` and `close`, from subclasses.
---@class luvit.Readable: luvit.Stream
---@field _readableState luvit.ReadableState its buffer and what it is about to do; made by `initialize`
---@field readable boolean false once `end` has been emitted
local Readable = deferred(Stream, 'stream/readable', {
  readable = true, initialize = true, push = true, unshift = true, _fromList = true, read = true, _read = true,
  on = true, addListener = true, resume = true, pause = true, pipe = true, unpipe = true, wrap = true,
})

---A destination for strings or, with `objectMode`, for any values but nil. Subclasses implement `_write`, and may
---implement `_writev` and `_final`.
---
---Events: `drain` when it takes more, after `write` returned false; `finish` when all was written, after `_end`;
---`prefinish` before that, when `_final` is about to run; `pipe` and `unpipe` (Readable) when a source comes or goes;
---`error` (err) when something could not be written.
---@class luvit.Writable: luvit.Stream
---@field _writableState luvit.WritableState its buffer and what it is about to do; made by `initialize`
---@field _writev? fun(self: any, requests: { chunk: any }[], callback: fun(err?: any)): any writes several chunks
---@field _final? fun(self: any, callback: fun(err?: any)): any called before `finish`, which waits for it
local Writable = deferred(Stream, 'stream/writable', {
  initialize = true, pipe = true, write = true, cork = true, uncork = true, _write = true, _end = true,
})

return {
  Stream = Stream, Readable = Readable, Writable = Writable,
  ---Makes a class a plain one, for the part that is about to add its methods.
  ---@generic T: luvit.Object
  ---@param class T
  ---@return T # `class`
  open = function(class)
    return setmetatable(class, class.meta.super.meta)
  end,
}
