---@meta miniz

-- Made by scripts/reference.lua of crates/luvit/lua/miniz.lua. Change it there.

-- Zip archives, and zlib's format at once: luvi's calls of miniz.
--
-- Entries are counted from 1. What is wrong with an archive is returned as nil, a text and a code; `add`, `add_from_zip`
-- and `finalize` raise it, as luvi does. Archives are checked: entries that overlap, sizes and checksums that are not
-- right, and names that would leave the folder that they are unpacked to are errors. Nothing is written to the disk.

---An open archive.
---@class luvit.miniz.Reader
---@field get_num_files fun(self: luvit.miniz.Reader): integer how many entries there are
---@field get_filename fun(self: luvit.miniz.Reader, index: integer): string?, string?, string? the name of an entry, as it is in the archive
---@field is_directory fun(self: luvit.miniz.Reader, index: integer): boolean whether an entry is a folder; false when there is none
---@field stat fun(self: luvit.miniz.Reader, index: integer): luvit.miniz.Stat?, string?, string? what the archive says of an entry
---@field extract fun(self: luvit.miniz.Reader, index: integer, flags?: integer, limit?: integer): string?, string?, string? the content, of at most `limit` bytes, 1 GiB by default; flag 0x400 gives the bytes as they are in the archive
---@field locate_file fun(self: luvit.miniz.Reader, name: string, flags?: integer|luvit.miniz.LocateOptions): integer?, string?, string? the number of an entry. Letters match in either case, unless flag 0x100 is given; flag 0x200 leaves out folders
---@field get_offset fun(self: luvit.miniz.Reader): integer how many bytes are in front of the archive, such as a program

---The flags of `locate_file` by name.
---@class luvit.miniz.LocateOptions
---@field case_sensitive? boolean as flag 0x100
---@field ignore_path? boolean as flag 0x200

---What an archive says of an entry.
---@class luvit.miniz.Stat
---@field index integer from 0
---@field filename string
---@field is_directory boolean
---@field comment string
---@field time integer when it was changed, seconds as of `os.time`, in the local time zone
---@field comp_size integer bytes in the archive
---@field uncomp_size integer bytes of the content
---@field crc32 integer
---@field method integer 0: stored, 8: deflated
---@field bit_flag integer
---@field version_made_by integer
---@field version_needed integer
---@field internal_attr integer
---@field external_attr integer

---An archive in the making.
---@class luvit.miniz.Writer
---@field add fun(self: luvit.miniz.Writer, name: string, data: string, level?: integer, time?: integer) adds a file, or a folder when the name ends with `/`; the level is 0 (stored, the default) to 9, and the time when it was changed, as of `os.time`, is now
---@field add_from_zip fun(self: luvit.miniz.Writer, reader: luvit.miniz.Reader, index: integer) adds an entry of another archive, without compressing it anew
---@field finalize fun(self: luvit.miniz.Writer): string the archive; nothing can be added any more

---The flags of `deflate` by name.
---@class luvit.miniz.DeflateOptions
---@field zlib? boolean zlib's format, as flag 0x1000
---@field probes? integer how hard to look for repetitions, 0 to 4095; 128 by default
---@field filter_matches? boolean leave short repetitions alone, as flag 0x20000
---@field force_static? boolean no Huffman codes of its own, as flag 0x40000
---@field force_raw? boolean only store, as flag 0x80000

---A stream to zlib's format.
---@class luvit.miniz.Deflator
local Deflator = {}

---Compresses data, and returns what there is of the output; or nil, a text, and what there was before.
---@param data string
---@param flush? 'no'|'partial'|'sync'|'full'|'finish'|'block'
---@return string? data, string? err, string? before
function Deflator:deflate(data, flush) end

---A stream from zlib's format.
---@class luvit.miniz.Inflator
local Inflator = {}

---Decompresses data, and returns what there is of the output; or nil, a text, and what there was before.
---@param data string
---@param flush? 'no'|'partial'|'sync'|'full'|'finish'|'block'
---@return string? data, string? err, string? before
function Inflator:inflate(data, flush) end

---@class luvit.miniz
local miniz = {}

---Opens an archive. It may have something in front of it.
---@param path string
---@return luvit.miniz.Reader? reader, string? err, string? code
function miniz.new_reader(path) end

---Begins an archive, in memory.
---@param reserved? integer zero bytes in front of it, 0 by default
---@return luvit.miniz.Writer
function miniz.new_writer(reserved) end

---Decompresses deflate's format, or zlib's with flag 1 or the option `zlib`.
---@param data string
---@param flags? integer|{ zlib: boolean }
---@return string? data, string? err, string? code
function miniz.inflate(data, flags) end

---Compresses to deflate's format, or to zlib's with flag 0x1000. The lowest 12 bits say how hard: 0, the default, does not
---look for repetitions at all, 4095 looks for all.
---@param data string
---@param flags? integer|luvit.miniz.DeflateOptions
---@return string? data, string? err, string? code
function miniz.deflate(data, flags) end

---Compresses to zlib's format.
---@param data string
---@param level? integer -1, the default, to 9
---@return string? data, string? err, string? code
function miniz.compress(data, level) end

---Decompresses zlib's format.
---@param data string
---@param size? integer a guess of the size, which is not needed
---@return string? data, string? err, string? code
function miniz.uncompress(data, size) end

---The Adler-32 of data behind bytes whose Adler-32 is `start`. Without data it is 1.
---@param start? integer 1 by default
---@param data? string
---@return integer
function miniz.adler32(start, data) end

---The CRC-32 of data behind bytes whose CRC-32 is `start`. Without data it is 0.
---@param start? integer 0 by default
---@param data? string
---@return integer
function miniz.crc32(start, data) end

---The version of miniz whose calls these are.
---@return string
function miniz.version() end

---A stream that compresses to zlib's format.
---@param level? integer -1, the default, to 9
---@return luvit.miniz.Deflator
function miniz.new_deflator(level) end

---A stream that decompresses zlib's format.
---@return luvit.miniz.Inflator
function miniz.new_inflator() end

return miniz
