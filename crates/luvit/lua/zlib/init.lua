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
local zlib = {
  BEST_SPEED = 1,
  BEST_COMPRESSION = 9,
  _VERSION = 'luvit zlib, with the calls of lua-zlib 1.2',
  _TEST_BUFSIZ = 8192,
  NO_COMPRESSION = 0, DEFAULT_COMPRESSION = -1,
  FILTERED = 1, HUFFMAN_ONLY = 2, RLE = 3, FIXED = 4, DEFAULT_STRATEGY = 0,
  MINIMUM_MEMLEVEL = 1, MAXIMUM_MEMLEVEL = 9, DEFAULT_MEMLEVEL = 8,
  MINIMUM_WINDOWBITS = 8, MAXIMUM_WINDOWBITS = 15, DEFAULT_WINDOWBITS = 15, GZIP_WINDOWBITS = 16, RAW_WINDOWBITS = -1,
}

-- Which part has what; the parts load when they are used.
local parts = {
  ['zlib/constants'] = 'constants codes',
  ['zlib/checksums'] = 'crc32 adler32 version',
  ['zlib/compressor'] = 'compressor',
  ['zlib/filters'] = 'compress decompress',
}
local kinds = {
  gzip = 'Gzip', gunzip = 'Gunzip', deflate = 'Deflate', inflate = 'Inflate', deflateRaw = 'DeflateRaw',
  inflateRaw = 'InflateRaw', unzip = 'Unzip', brotliCompress = 'BrotliCompress', brotliDecompress = 'BrotliDecompress',
}

-- The part of each name.
local partOf = {}
for part, names in pairs(parts) do
  for name in names:gmatch('%S+') do partOf[name] = part end
end
for name, class in pairs(kinds) do
  partOf[name], partOf[name .. 'Sync'] = 'zlib/whole', 'zlib/whole'
  partOf[class], partOf['create' .. class] = 'zlib/streams', 'zlib/streams'
end

-- zlib's constants were in the module itself before there was `constants`, and programs look for them there: `Z_OK`.
setmetatable(partOf, {
  __index = function(_, name) return type(name) == 'string' and name:find('^Z_') and 'zlib/constants' or nil end,
})

return require('luvit:parts')(zlib, partOf, function(name, part)
  local loaded = require(part)
  return rawget(partOf, name) and loaded[name] or loaded.constants[name]
end)
