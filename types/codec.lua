---@meta codec

-- Made by scripts/reference.lua of crates/luvit/lua/codec.lua. Change it there.

-- Streams read and written by coroutines, and protocols (codecs) as functions that are put between them.
--
-- A `read` function returns the next item, nil at the end, or nil and an error. A `write` function takes an item, or nil
-- for the end. Both wait when they have to, so they are called in a coroutine, as every script is. `write` waits while
-- the other side cannot keep up: that is the backpressure.

---@alias luvit.codec.Write fun(item?: any): boolean?, string?

---@alias luvit.codec.Read fun(): any, string?

---@alias luvit.codec.Item fun(read: luvit.codec.Read, write: luvit.codec.Write)

---@class luvit.codec
local codec = {}

---Makes an emitter the outer face of codecs: it gets the methods `write`, `shutdown`, `pause` and `resume`, and what the
---codecs write is emitted as `data` and, at the end, `end`.
---
---`emitter:write(item)` is what `read` returns next. It returns false when nobody was waiting for it; `drain` follows
---when everything has been read. `emitter:shutdown()` ends that side. While the emitter is paused, `write` waits.
---@param emitter luvit.Emitter
---@return luvit.codec.Read read, luvit.codec.Write write for the codecs
function codec.wrapEmitter(emitter) end

---Makes functions that read from and write to a stream handle of `uv`. Reading goes on only as fast as `read` is called.
---`write` waits, when it is called in a coroutine, while more than 64 KiB have not been sent; it returns true, or nil
---and an error, its own or that of an earlier write. `write()` ends our side; the handle is closed when both sides have
---ended.
---@param stream uv_stream_t connected, read by nobody else; of a luvit socket that is its `_handle`
---@return luvit.codec.Read read, luvit.codec.Write write
function codec.wrapStream(stream) end

---Joins codecs: what one writes, the next one reads. The first reads from, and the last writes to, what the resulting
---function is called with. Each runs in a coroutine of its own. `write()` tells the next one that there is no more, and
---`write(nil, err)` why. An error in one is raised in whoever made it go on.
---
---    codec.chain(decoder, app, encoder)(codec.wrapStream(handle))
---@param ... luvit.codec.Item
---@return fun(read: luvit.codec.Read, write: luvit.codec.Write)
function codec.chain(...) end

return codec
