---@meta zlib

-- Made by scripts/reference.lua of crates/luvit/lua/zlib/. Change it there.

-- Compression: gzip, zlib and raw deflate, and brotli, with node's API; and lua-zlib's calls under their own names.
--
-- There are three ways. `zlib.gzipSync(data)` does all at once and returns the result, or nil, the error as text and its
-- code. `zlib.gzip(data, callback)` does it on a thread and calls back with an error or nil, and the result; the callback
-- may be a coroutine, `coroutine.running()`, which then waits. `zlib.createGzip()` is a stream: what is written to it can
-- be read from it, compressed. Data are strings, or buffers of `require('buffer')`.
--
-- `constants` has the numbers for options; those of zlib, `Z_SYNC_FLUSH` and its like, are also in the module itself.
--
-- An error has node's code and says what was wrong: `Z_DATA_ERROR: incorrect header check`, `Z_BUF_ERROR: unexpected end
-- of file`, `Z_NEED_DICT: Missing dictionary`, `ERR_BUFFER_TOO_LARGE: …`. To callbacks and listeners it is an `Error`
-- with `code` and `errno`.
--
-- A few kilobytes can decompress to gigabytes. What decompresses at once stops with `ERR_BUFFER_TOO_LARGE` at 256 MiB, or
-- at `maxOutputLength`. A stream makes no more than its reader takes, so that it needs no limit for its memory; one with
-- `maxOutputLength` fails when it has given so much.
--
-- `deflate`, `inflate` and `crc32` are functions of node and of lua-zlib. With a string or buffer first they are node's;
-- with a number or nothing they make lua-zlib's: `zlib.deflate(9)` returns a function that compresses what it is called
-- with.

---lua-zlib's stream: takes data, and returns what there is of the output, whether it was the end, and how many bytes came
---in and went out so far. After the end it takes nothing but the empty end again; what is wrong is an error.
---@alias luvit.zlib.Filter fun(data?: string, flush?: 'none'|'sync'|'full'|'finish'): string, boolean, integer, integer

---How answers are compressed.
---@class luvit.zlib.CompressorOptions
---@field threshold? integer bytes; a body known to be smaller is sent as it is, 1024 by default
---@field level? integer of gzip and deflate, 6 by default
---@field quality? integer of brotli, 0 to 11; 4 by default
---@field types? string[]|fun(type: string): boolean which content types are compressed, in lower case: `text/html`, `text/*`. Text, JSON, JavaScript, XML, SVG and WebAssembly by default
---@field encodings? string[] what is offered, the preferred one first: `br`, `gzip`, `deflate` by default

---Options of streams and of whole data. They are checked, and a wrong one is an error that names it.
---@class luvit.zlib.Options
---@field level? integer from 0, which only stores, to 9, the smallest and slowest; -1, the default, is 6. 1 is for speed: what it makes is a quarter to a third larger than with 2 or 3
---@field windowBits? integer logarithm of the window's size, 9 to 15; 15 by default. A larger one needs more memory on both sides. To decompress, 0 is what the data say, unless they are raw
---@field memLevel? integer memory to compress with, 1 to 9; 8 by default
---@field strategy? integer `Z_DEFAULT_STRATEGY`, `Z_FILTERED`, `Z_HUFFMAN_ONLY`, `Z_RLE` or `Z_FIXED` of `constants`
---@field dictionary? string|luvit.Buffer bytes that both sides know; not for gzip
---@field chunkSize? integer bytes of a piece of output, 16384 by default, at least 64. What the thread pool makes comes in larger pieces, of up to 64 KiB
---@field flush? integer how a stream flushes after every write, `Z_NO_FLUSH` by default: not
---@field finishFlush? integer how it ends, `Z_FINISH` by default. With `Z_SYNC_FLUSH` the end of truncated data is no error
---@field maxOutputLength? integer bytes of output, more is `ERR_BUFFER_TOO_LARGE`. 256 MiB by default to decompress whole data, no limit for streams
---@field info? boolean true: the result is a table of `buffer`, the data, and `engine`, a closed stream of the class with `bytesWritten`, how much of the input was used
---@field highWaterMark? integer bytes that a stream buffers on either side, 16384 by default

---Options of brotli.
---@class luvit.zlib.BrotliOptions
---@field params? table<integer, number|boolean> by number, as `[constants.BROTLI_PARAM_QUALITY] = 5`. The quality is 0 to 11, the default, which is small and very slow
---@field chunkSize? integer as for zlib
---@field flush? integer `BROTLI_OPERATION_PROCESS` by default
---@field finishFlush? integer `BROTLI_OPERATION_FINISH` by default
---@field maxOutputLength? integer as for zlib
---@field info? boolean as for zlib
---@field highWaterMark? integer as for zlib

---Compresses to gzip's format.
---@class luvit.zlib.Gzip: luvit.zlib.Stream

---Decompresses gzip's format.
---@class luvit.zlib.Gunzip: luvit.zlib.Stream

---Compresses to zlib's format.
---@class luvit.zlib.Deflate: luvit.zlib.Stream

---Decompresses zlib's format.
---@class luvit.zlib.Inflate: luvit.zlib.Stream

---Compresses to deflate's format.
---@class luvit.zlib.DeflateRaw: luvit.zlib.Stream

---Decompresses deflate's format.
---@class luvit.zlib.InflateRaw: luvit.zlib.Stream

---Decompresses gzip's or zlib's format.
---@class luvit.zlib.Unzip: luvit.zlib.Stream

---Compresses to brotli's format.
---@class luvit.zlib.BrotliCompress: luvit.zlib.Stream

---Decompresses brotli's format.
---@class luvit.zlib.BrotliDecompress: luvit.zlib.Stream

---What callbacks and `error` listeners get.
---@class luvit.zlib.Error: luvit.Error
---@field code string `Z_DATA_ERROR`, `Z_BUF_ERROR`, `Z_NEED_DICT`, `ERR_BUFFER_TOO_LARGE` …
---@field errno? integer zlib's number of it

---A stream that compresses or decompresses what is written to it. It is made with `new` of a class or by `createGzip` and
---its like, with the options.
---
---Events besides those of streams: `error` (luvit.zlib.Error), after which the stream is closed; `close`, the last one.
---Data behind the end of what is decompressed are dropped; gzip may have several members, which are one after the other.
---@class luvit.zlib.Stream: luvit.Transform
---@field bytesWritten integer bytes of input that were worked on so far
---@field destroyed boolean whether it was closed, by `close`, `destroy` or an error
local Stream = {}

---Gives out what is pending, when what was written before has been compressed: whoever reads it can decompress all of
---that. Every flush costs a little of the compression.
---@param kind? integer `Z_FULL_FLUSH` by default; `Z_SYNC_FLUSH`, `Z_PARTIAL_FLUSH`; for brotli `BROTLI_OPERATION_FLUSH`
---@param callback? fun(err?: any)
function Stream:flush(kind, callback) end

---Changes the level and strategy for what is written from now on. Not for brotli, and of no effect when decompressing.
---@param level integer
---@param strategy integer
---@param callback? fun(err?: any)
function Stream:params(level, strategy, callback) end

---Begins again behind what was written so far, as if that had not been: what has come out of it stays, what has not is
---gone. Of use after a flush, or after the end of the data that were to be decompressed.
function Stream:reset() end

---Closes the stream: nothing more comes out of it. What is under way on a thread ends unseen.
---@param callback? fun() listener for `close`
function Stream:close(callback) end

---As `close`; an error is emitted before `close`.
---@param err? any
---@return self
function Stream:destroy(err) end

---@class luvit.zlib
---@field BEST_SPEED integer the level 1
---@field BEST_COMPRESSION integer the level 9
---@field NO_COMPRESSION integer as lua-zlib has it
---@field DEFAULT_COMPRESSION integer as lua-zlib has it
---@field FILTERED integer as lua-zlib has it
---@field HUFFMAN_ONLY integer as lua-zlib has it
---@field RLE integer as lua-zlib has it
---@field FIXED integer as lua-zlib has it
---@field DEFAULT_STRATEGY integer as lua-zlib has it
---@field MINIMUM_MEMLEVEL integer as lua-zlib has it
---@field MAXIMUM_MEMLEVEL integer as lua-zlib has it
---@field DEFAULT_MEMLEVEL integer as lua-zlib has it
---@field MINIMUM_WINDOWBITS integer as lua-zlib has it
---@field MAXIMUM_WINDOWBITS integer as lua-zlib has it
---@field DEFAULT_WINDOWBITS integer as lua-zlib has it
---@field GZIP_WINDOWBITS integer as lua-zlib has it
---@field RAW_WINDOWBITS integer as lua-zlib has it
---@field _VERSION string what lua-zlib's programs ask for
---@field _TEST_BUFSIZ integer as lua-zlib has it, for its tests
---@field Gzip luvit.zlib.Gzip
---@field Gunzip luvit.zlib.Gunzip
---@field Deflate luvit.zlib.Deflate
---@field Inflate luvit.zlib.Inflate
---@field DeflateRaw luvit.zlib.DeflateRaw
---@field InflateRaw luvit.zlib.InflateRaw
---@field Unzip luvit.zlib.Unzip
---@field BrotliCompress luvit.zlib.BrotliCompress
---@field BrotliDecompress luvit.zlib.BrotliDecompress
---@field constants table<string, number> Numbers for options and errors: `Z_BEST_SPEED`, `Z_SYNC_FLUSH`, `Z_FILTERED`, `BROTLI_PARAM_QUALITY` …
---@field codes table<string|integer, integer|string> zlib's results, from name to number and from number to name: `codes.Z_DATA_ERROR` is -3, `codes[-3]` is its name.
local zlib = {}

---The CRC-32 of data, after that of what was in front of them.
---
---Without arguments it is lua-zlib's and returns an accumulator: a function that adds the text it is called with, or
---another accumulator, and returns the checksum of all so far and its length. lzlib's order, the checksum before the data,
---is understood as well.
---@param data? string|luvit.Buffer|integer
---@param value? integer|string the checksum of what was in front, 0 by default
---@return integer|fun(data?: string|function): integer, integer
function zlib.crc32(data, value) end

---The Adler-32 of data; everything else as for `crc32`.
---@param data? string|luvit.Buffer|integer
---@param value? integer|string the checksum of what was in front, 1 by default
---@return integer|fun(data?: string|function): integer, integer
function zlib.adler32(data, value) end

---The version of zlib's interface, as lua-zlib gives it: its numbers.
---@return integer major, integer minor, integer patch
function zlib.version() end

---Lets the answer to a request be compressed, when it is first written to: if the client accepts it, its type is one that
---becomes smaller, it is not too small, and nothing speaks against it (`Content-Encoding` or `Content-Range` are set,
---`Cache-Control: no-transform`, `HEAD`, 204, 206, 304, a request for a range). It sets `Content-Encoding` and `Vary`,
---removes `Content-Length`, and makes an `ETag` weak. `res:flush()` sends what was written so far; `text/event-stream` is
---flushed after every write.
---
---A server does this for all its requests with `http.createServer({ compress = true }, …)`; a table has the options.
---@param req luvit.http.IncomingMessage
---@param res luvit.http.ServerResponse
---@param options? luvit.zlib.CompressorOptions
function zlib.compressor(req, res, options) end

---Compresses at once, as lzlib and lua-zlib do. A failure is raised.
---@param data string|luvit.Buffer
---@param level? integer -1, the default, to 9
---@param method? integer not looked at: there is one
---@param windowBits? integer 15 by default, zlib's format; 16 more is gzip's, negative is raw
---@param memLevel? integer 1 to 9, 8 by default
---@param strategy? integer 0 to 4, 0 by default
---@return string
function zlib.compress(data, level, method, windowBits, memLevel, strategy) end

---Decompresses at once, as lzlib and lua-zlib do; at most 256 MiB come out. A failure is raised.
---@param data string|luvit.Buffer
---@param windowBits? integer by default zlib's format or gzip's, whichever it is; see `inflate`
---@return string
function zlib.decompress(data, windowBits) end

---Compresses to gzip's format.
---@param data string|luvit.Buffer
---@param options? luvit.zlib.Options|fun(err?: luvit.zlib.Error, data: string)
---@param callback? fun(err?: luvit.zlib.Error, data: string)
---@return string? data, luvit.zlib.Error? err # for a coroutine that waits
---@overload fun(data: string|luvit.Buffer, options?: luvit.zlib.Options|fun(err?: luvit.zlib.Error, data: string), thread?: thread): any, any, any
---@overload fun(data: string|luvit.Buffer, callback: fun(err?: luvit.zlib.Error, data: string)): string?, luvit.zlib.Error?
---@overload fun(data: string|luvit.Buffer, thread?: thread): any, any, any
function zlib.gzip(data, options, callback) end

---Does what `zlib.gzip` does, and waits for it.
---@see luvit.zlib.gzip
---@param data string|luvit.Buffer
---@param options? luvit.zlib.Options
---@return string? data, string? err, string? code
function zlib.gzipSync(data, options) end

---Decompresses gzip's format, all members of it. Zeros behind them are padding; anything else there is an error.
---@param data string|luvit.Buffer
---@param options? luvit.zlib.Options|fun(err?: luvit.zlib.Error, data: string)
---@param callback? fun(err?: luvit.zlib.Error, data: string)
---@return string? data, luvit.zlib.Error? err # for a coroutine that waits
---@overload fun(data: string|luvit.Buffer, options?: luvit.zlib.Options|fun(err?: luvit.zlib.Error, data: string), thread?: thread): any, any, any
---@overload fun(data: string|luvit.Buffer, callback: fun(err?: luvit.zlib.Error, data: string)): string?, luvit.zlib.Error?
---@overload fun(data: string|luvit.Buffer, thread?: thread): any, any, any
function zlib.gunzip(data, options, callback) end

---Does what `zlib.gunzip` does, and waits for it.
---@see luvit.zlib.gunzip
---@param data string|luvit.Buffer
---@param options? luvit.zlib.Options
---@return string? data, string? err, string? code
function zlib.gunzipSync(data, options) end

---With data, compresses to zlib's format.
---
---With a level or nothing it is lua-zlib's `deflate(level, windowBits)` and returns a function,
---`stream(data, flush)`, that returns what there is of the output, whether it was the end, and how many bytes came in and
---went out so far. `flush` is `'none'`, `'sync'`, `'full'` or `'finish'`; no data, or nil, is the end as well.
---@param data? string|luvit.Buffer|integer
---@param options? luvit.zlib.Options|integer|fun(err?: luvit.zlib.Error, data: string)
---@param callback? fun(err?: luvit.zlib.Error, data: string)
---@return luvit.zlib.Filter?
---@overload fun(data?: string|luvit.Buffer|integer, options?: luvit.zlib.Options|integer|fun(err?: luvit.zlib.Error, data: string), thread?: thread): any, any, any
---@overload fun(data?: string|luvit.Buffer|integer, callback: fun(err?: luvit.zlib.Error, data: string)): luvit.zlib.Filter?
---@overload fun(data?: string|luvit.Buffer|integer, thread?: thread): any, any, any
---@overload fun(callback: fun(err?: luvit.zlib.Error, data: string)): luvit.zlib.Filter?
---@overload fun(thread?: thread): any, any, any
function zlib.deflate(data, options, callback) end

---Compresses to zlib's format.
---@param data string|luvit.Buffer
---@param options? luvit.zlib.Options
---@return string? data, string? err, string? code
function zlib.deflateSync(data, options) end

---With data, decompresses zlib's format.
---
---With a number or nothing it is lua-zlib's `inflate(windowBits)` and returns a function, `stream(data)`, that returns what
---there is of the output, whether it was the end, and how many bytes came in and went out so far. It knows gzip's format,
---too, unless `windowBits` says otherwise: 15 is zlib's, 15 + 16 gzip's, -15 raw.
---@param data? string|luvit.Buffer|integer
---@param options? luvit.zlib.Options|fun(err?: luvit.zlib.Error, data: string)
---@param callback? fun(err?: luvit.zlib.Error, data: string)
---@return luvit.zlib.Filter?
---@overload fun(data?: string|luvit.Buffer|integer, options?: luvit.zlib.Options|fun(err?: luvit.zlib.Error, data: string), thread?: thread): any, any, any
---@overload fun(data?: string|luvit.Buffer|integer, callback: fun(err?: luvit.zlib.Error, data: string)): luvit.zlib.Filter?
---@overload fun(data?: string|luvit.Buffer|integer, thread?: thread): any, any, any
---@overload fun(callback: fun(err?: luvit.zlib.Error, data: string)): luvit.zlib.Filter?
---@overload fun(thread?: thread): any, any, any
function zlib.inflate(data, options, callback) end

---Decompresses zlib's format.
---@param data string|luvit.Buffer
---@param options? luvit.zlib.Options
---@return string? data, string? err, string? code
function zlib.inflateSync(data, options) end

---Compresses to deflate's format, without header and checksum.
---@param data string|luvit.Buffer
---@param options? luvit.zlib.Options|fun(err?: luvit.zlib.Error, data: string)
---@param callback? fun(err?: luvit.zlib.Error, data: string)
---@return string? data, luvit.zlib.Error? err # for a coroutine that waits
---@overload fun(data: string|luvit.Buffer, options?: luvit.zlib.Options|fun(err?: luvit.zlib.Error, data: string), thread?: thread): any, any, any
---@overload fun(data: string|luvit.Buffer, callback: fun(err?: luvit.zlib.Error, data: string)): string?, luvit.zlib.Error?
---@overload fun(data: string|luvit.Buffer, thread?: thread): any, any, any
function zlib.deflateRaw(data, options, callback) end

---Does what `zlib.deflateRaw` does, and waits for it.
---@see luvit.zlib.deflateRaw
---@param data string|luvit.Buffer
---@param options? luvit.zlib.Options
---@return string? data, string? err, string? code
function zlib.deflateRawSync(data, options) end

---Decompresses deflate's format, which has no header and no checksum.
---@param data string|luvit.Buffer
---@param options? luvit.zlib.Options|fun(err?: luvit.zlib.Error, data: string)
---@param callback? fun(err?: luvit.zlib.Error, data: string)
---@return string? data, luvit.zlib.Error? err # for a coroutine that waits
---@overload fun(data: string|luvit.Buffer, options?: luvit.zlib.Options|fun(err?: luvit.zlib.Error, data: string), thread?: thread): any, any, any
---@overload fun(data: string|luvit.Buffer, callback: fun(err?: luvit.zlib.Error, data: string)): string?, luvit.zlib.Error?
---@overload fun(data: string|luvit.Buffer, thread?: thread): any, any, any
function zlib.inflateRaw(data, options, callback) end

---Does what `zlib.inflateRaw` does, and waits for it.
---@see luvit.zlib.inflateRaw
---@param data string|luvit.Buffer
---@param options? luvit.zlib.Options
---@return string? data, string? err, string? code
function zlib.inflateRawSync(data, options) end

---Decompresses gzip's or zlib's format, whichever it is.
---@param data string|luvit.Buffer
---@param options? luvit.zlib.Options|fun(err?: luvit.zlib.Error, data: string)
---@param callback? fun(err?: luvit.zlib.Error, data: string)
---@return string? data, luvit.zlib.Error? err # for a coroutine that waits
---@overload fun(data: string|luvit.Buffer, options?: luvit.zlib.Options|fun(err?: luvit.zlib.Error, data: string), thread?: thread): any, any, any
---@overload fun(data: string|luvit.Buffer, callback: fun(err?: luvit.zlib.Error, data: string)): string?, luvit.zlib.Error?
---@overload fun(data: string|luvit.Buffer, thread?: thread): any, any, any
function zlib.unzip(data, options, callback) end

---Does what `zlib.unzip` does, and waits for it.
---@see luvit.zlib.unzip
---@param data string|luvit.Buffer
---@param options? luvit.zlib.Options
---@return string? data, string? err, string? code
function zlib.unzipSync(data, options) end

---Compresses to brotli's format.
---@param data string|luvit.Buffer
---@param options? luvit.zlib.BrotliOptions|fun(err?: luvit.zlib.Error, data: string)
---@param callback? fun(err?: luvit.zlib.Error, data: string)
---@return string? data, luvit.zlib.Error? err # for a coroutine that waits
---@overload fun(data: string|luvit.Buffer, options?: luvit.zlib.BrotliOptions|fun(err?: luvit.zlib.Error, data: string), thread?: thread): any, any, any
---@overload fun(data: string|luvit.Buffer, callback: fun(err?: luvit.zlib.Error, data: string)): string?, luvit.zlib.Error?
---@overload fun(data: string|luvit.Buffer, thread?: thread): any, any, any
function zlib.brotliCompress(data, options, callback) end

---Does what `zlib.brotliCompress` does, and waits for it.
---@see luvit.zlib.brotliCompress
---@param data string|luvit.Buffer
---@param options? luvit.zlib.BrotliOptions
---@return string? data, string? err, string? code
function zlib.brotliCompressSync(data, options) end

---Decompresses brotli's format.
---@param data string|luvit.Buffer
---@param options? luvit.zlib.BrotliOptions|fun(err?: luvit.zlib.Error, data: string)
---@param callback? fun(err?: luvit.zlib.Error, data: string)
---@return string? data, luvit.zlib.Error? err # for a coroutine that waits
---@overload fun(data: string|luvit.Buffer, options?: luvit.zlib.BrotliOptions|fun(err?: luvit.zlib.Error, data: string), thread?: thread): any, any, any
---@overload fun(data: string|luvit.Buffer, callback: fun(err?: luvit.zlib.Error, data: string)): string?, luvit.zlib.Error?
---@overload fun(data: string|luvit.Buffer, thread?: thread): any, any, any
function zlib.brotliDecompress(data, options, callback) end

---Does what `zlib.brotliDecompress` does, and waits for it.
---@see luvit.zlib.brotliDecompress
---@param data string|luvit.Buffer
---@param options? luvit.zlib.BrotliOptions
---@return string? data, string? err, string? code
function zlib.brotliDecompressSync(data, options) end

---A stream that compresses to gzip's format.
---@param options? luvit.zlib.Options
---@return luvit.zlib.Gzip
function zlib.createGzip(options) end

---A stream that decompresses gzip's format.
---@param options? luvit.zlib.Options
---@return luvit.zlib.Gunzip
function zlib.createGunzip(options) end

---A stream that compresses to zlib's format.
---@param options? luvit.zlib.Options
---@return luvit.zlib.Deflate
function zlib.createDeflate(options) end

---A stream that decompresses zlib's format.
---@param options? luvit.zlib.Options
---@return luvit.zlib.Inflate
function zlib.createInflate(options) end

---A stream that compresses to deflate's format.
---@param options? luvit.zlib.Options
---@return luvit.zlib.DeflateRaw
function zlib.createDeflateRaw(options) end

---A stream that decompresses deflate's format.
---@param options? luvit.zlib.Options
---@return luvit.zlib.InflateRaw
function zlib.createInflateRaw(options) end

---A stream that decompresses gzip's or zlib's format, whichever it is.
---@param options? luvit.zlib.Options
---@return luvit.zlib.Unzip
function zlib.createUnzip(options) end

---A stream that compresses to brotli's format.
---@param options? luvit.zlib.BrotliOptions
---@return luvit.zlib.BrotliCompress
function zlib.createBrotliCompress(options) end

---A stream that decompresses brotli's format.
---@param options? luvit.zlib.BrotliOptions
---@return luvit.zlib.BrotliDecompress
function zlib.createBrotliDecompress(options) end

return zlib
