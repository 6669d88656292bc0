---@meta stream

-- Made by scripts/reference.lua of crates/luvit/lua/stream/. Change it there.

-- Streams with backpressure. The classes load when they are used: who only writes does not pay for the rest.

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

---The state of a stream to read from, for those who look inside. Its fields are read, not set.
---@class luvit.ReadableState
---@field highWaterMark number bytes, or objects, from which on the buffer is full
---@field objectMode boolean
---@field length integer bytes, or objects, in the buffer
---@field flowing? boolean true: `data` is emitted; false: paused; nil: nobody has asked yet
---@field reading boolean `_read` was called and has not pushed yet
---@field ended boolean the source has no more
---@field endEmitted boolean
---@field pipes? luvit.Writable[] destinations of `pipe`
---@field pipesCount integer
---@field awaitDrain integer destinations that are full
---@field [string] any

---A transform that passes its input on.
---@class luvit.PassThrough: luvit.Transform

---The state of a stream to write to, for those who look inside. Its fields are read, not set.
---@class luvit.WritableState
---@field highWaterMark number bytes, or objects, from which on `write` returns false
---@field objectMode boolean
---@field length integer bytes, or objects, not written yet
---@field writing boolean `_write` has not called back yet
---@field corked integer calls of `cork` without their `uncork`
---@field needDrain boolean `drain` will be emitted
---@field ending boolean `_end` was called
---@field finished boolean `finish` was emitted
---@field [string] any

---What has a `pipe`: the parent of all streams.
---@class luvit.Stream: luvit.Emitter
local Stream = {}

---Writes what this emitter emits as `data` to `dest`. This is for emitters that only have `pause` and `resume`;
---readable streams have their own.
---@generic T
---@param dest T a writable stream
---@param options? { _end?: boolean } `_end = false` leaves `dest` open
---@return T # `dest`
function Stream:pipe(dest, options) end

---A source of strings or, with `objectMode`, of any values but nil. Subclasses implement `_read`.
---
---Events: `data` (chunk) for each chunk, as long as data flows; `readable` when there is something for `read`; `end` when
---all was read; `pause` and `resume`; `error` and `close`, from subclasses.
---@class luvit.Readable: luvit.Stream
---@field _readableState luvit.ReadableState its buffer and what it is about to do; made by `initialize`
---@field readable boolean false once `end` has been emitted
local Readable = {}

---Adds a chunk, for implementations of `_read`; nil ends the stream.
---@param chunk? any
---@return boolean # false: enough for now, `_read` will be called when there is room
function Readable:push(chunk) end

---Puts a chunk back in front of what has not been read yet.
---@param chunk any
---@return boolean # as `push`
function Readable:unshift(chunk) end

---Takes data out of the buffer: `n` bytes, or all there is; while data flows the next chunk; with `objectMode` the next
---object. What it returns is also emitted as `data`.
---@param n? integer 0 only makes sure that the buffer gets filled
---@return any? # nil when there is not that much, yet
function Readable:read(n) end

---Fetches data and gives it to `push`, now or later. Subclasses implement it.
---@param n integer how much fits, a hint
---@return any # not looked at
function Readable:_read(n) end

---Adds a listener. One for `data` lets data flow, unless the stream was paused.
---@param name any
---@param callback fun(...: any)
---@return self
function Readable:on(name, callback) end

Readable.addListener = Readable.on

---Lets data flow: chunks are emitted as `data` as they come, whether anybody listens or not.
---@return self
function Readable:resume() end

---Stops the `data` events; data collects in the buffer, up to the high water mark.
---@return self
function Readable:pause() end

---Writes all data to `dest`, no faster than it takes it, and ends it when this stream ends. The pipe is undone when
---`dest` finishes or closes, or cannot write; other errors of `dest` are only for those who listen.
---@generic T
---@param dest T a writable stream
---@param options? { _end?: boolean } `_end = false` leaves `dest` open
---@return T # `dest`
function Readable:pipe(dest, options) end

---Undoes `pipe` for one destination, or for all. With no destination left the stream is paused.
---@param dest? luvit.Writable
---@return self
function Readable:unpipe(dest) end

---Makes an emitter of `data` and `end` the source of this stream.
---@param stream luvit.Emitter one with `pause` and `resume`
---@return self
function Readable:wrap(stream) end

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
local Writable = {}

---Emits an `error`: nothing can be read from this stream.
function Writable:pipe() end

---Writes a chunk.
---@param chunk any a string; with `objectMode` any value, nil too, which `_write` gets like any other
---@param callback? fun(err?: any) called when it has been written, or could not be
---@return boolean # false: wait for `drain` before writing more
function Writable:write(chunk, callback) end

---Collects writes until `uncork` is called as often.
function Writable:cork() end

---Writes what was collected, when it was called as often as `cork`.
function Writable:uncork() end

---Writes one chunk. Subclasses implement it; the next one comes after the callback was called.
---@param chunk any
---@param callback fun(err?: any)
---@return any # not looked at
function Writable:_write(chunk, callback) end

---Ends the stream: `finish` is emitted when everything has been written.
---@param chunk? any a last chunk
---@param callback? fun(err?: any) called when everything has been written, or with the error that prevents it
function Writable:_end(chunk, callback) end

---A stream to read from and to write to, with separate buffers.
---@class luvit.Duplex: luvit.Readable, luvit.Writable
---@field allowHalfOpen boolean false: the end of reading also ends writing

---A pass-through that others can watch, without slowing it down.
---@class luvit.Observable: luvit.Transform
---@field observers? luvit.Readable[] those of `observe`
---@field options? luvit.stream.DuplexOptions
local Observable = {}

---Returns a stream of everything that passes from now on.
---@return luvit.Readable
function Observable:observe() end

---A duplex stream whose output is made of its input. Subclasses implement `_transform`, and may implement `_flush`.
---@class luvit.Transform: luvit.Duplex
---@field _flush? fun(self: any, callback: fun(err?: any, chunk?: any)): any called before the end, to push what is left
local Transform = {}

---Adds a chunk of output; nil ends it.
---@param chunk? any
---@return boolean # false: enough for now
function Transform:push(chunk) end

---Makes output of a chunk of input, with `push` or as second argument of the callback.
---@param chunk any
---@param callback fun(err?: any, chunk?: any) asks for the next chunk
---@return any # not looked at
function Transform:_transform(chunk, callback) end

---@class luvit.stream
---@field Stream luvit.Stream
---@field Readable luvit.Readable
---@field Writable luvit.Writable
---@field Duplex luvit.Duplex
---@field Transform luvit.Transform
---@field PassThrough luvit.PassThrough
---@field Observable luvit.Observable
local stream = {}

return stream
