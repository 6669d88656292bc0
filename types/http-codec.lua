---@meta http-codec

-- Made by scripts/reference.lua of crates/luvit/lua/http-codec.lua. Change it there.

-- HTTP/1.x messages to and from bytes, without any I/O.
--
-- `encoder()` and `decoder()` each return a function that keeps the state of
-- one connection. Both refuse what RFC 9112 refuses by raising an error: bytes
-- that two programs may read differently are how requests are smuggled.

---The head of a message. Its list part is the headers, `{name, value}` each.
---@class luvit.HttpHead
---@field method? string of a request
---@field path? string of a request
---@field code? integer of a response
---@field reason? string of a response; by default the registered one
---@field version? number|string 1.1 by default
---@field keepAlive? boolean set by the decoder: whether the connection can serve another message
---@field trailers? string[][] set by the decoder at the end of a chunked body
---@field [integer] any

---@class luvit.httpCodec
local httpCodec = {}

---Makes an encoder: a function that takes a head (a table), then body pieces
---(strings), and returns the bytes to send. An empty string or nil ends a
---chunked body; so does the next head. An error is raised for a head that
---holds CR, LF or NUL where the peer would read them as syntax.
---@return fun(item?: luvit.HttpHead|table|string): string? encode
function httpCodec.encoder() end

---Makes a decoder. Its function takes the bytes that are not used up yet and
---returns the next item, or nil when it needs more: a head (a table), body
---pieces (strings that are not empty), then an empty string at the end of the
---message. nil for the bytes says that the peer has closed.
---
---The second result tells what is left. Called with bytes alone it is the
---rest as a string (http-codec 2); called with an index it is the index to go
---on from, or nil when nothing is left (http-codec 3).
---
---What RFC 9112 refuses raises an error, at every later call too.
---@return fun(chunk?: string, index?: integer): any, any decode
function httpCodec.decoder() end

return httpCodec
