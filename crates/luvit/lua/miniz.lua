-- Zip archives, and zlib's format at once: luvi's calls of miniz.
--
-- Entries are counted from 1. What is wrong with an archive is returned as nil, a text and a code; `add`, `add_from_zip`
-- and `finalize` raise it, as luvi does. Archives are checked: entries that overlap, sizes and checksums that are not
-- right, and names that would leave the folder that they are unpacked to are errors. Nothing is written to the disk.

local native = require('luvit:zlib')
local options = require('zlib/options')

---@class luvit.miniz
local miniz = {}

-- What may come of compressed data or of an entry: 1 GiB.
local LIMIT = 2 ^ 30
local MAX_STRING = 0x7fff0000

-- Archives -----------------------------------------------------------------------------------------------------------

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

-- Replaces a method by one that does something more.
local function wrap(object, changes)
  local methods = debug.getmetatable(object).__index
  if methods._wrapped then return object end
  methods._wrapped = true
  for name, change in pairs(changes) do methods[name] = change(methods[name]) end
  return object
end

local function seconds(dos)
  local date, time = math.floor(dos / 65536), dos % 65536
  return os.time({
    year = 1980 + math.floor(date / 512), month = math.max(1, math.floor(date / 32) % 16), day = math.max(1, date % 32),
    hour = math.floor(time / 2048), min = math.floor(time / 32) % 64, sec = time % 32 * 2,
  })
end

-- DOS' date and time; nil for what it has none for.
local function dosTime(time)
  local t = os.date('*t', time)
  if not t or t.year < 1980 or t.year > 2107 then return nil end
  return ((t.year - 1980) * 512 + t.month * 32 + t.day) * 65536 + t.hour * 2048 + t.min * 32 + math.floor(t.sec / 2)
end

local CASE_SENSITIVE, IGNORE_PATH = 0x100, 0x200

---Opens an archive. It may have something in front of it.
---@param path string
---@return luvit.miniz.Reader? reader, string? err, string? code
function miniz.new_reader(path)
  if type(path) ~= 'string' then options.fail('path', 'new_reader', 'string', path, 2) end
  local reader, err, code = native.reader(path)
  if not reader then return nil, err, code end
  return wrap(reader, {
    stat = function(stat)
      return function(self, index)
        local entry, problem, name = stat(self, index)
        if not entry then return nil, problem, name end
        entry.time = seconds(entry.time)
        entry.is_directory = self:is_directory(index)
        return entry
      end
    end,
    locate_file = function(locate)
      return function(self, name, flags)
        if type(flags) == 'table' then
          flags = (flags.case_sensitive and CASE_SENSITIVE or 0) + (flags.ignore_path and IGNORE_PATH or 0)
        end
        return locate(self, name, flags)
      end
    end,
    extract = function(extract)
      return function(self, index, flags, limit)
        local content, err, code = extract(self, index, flags, limit or LIMIT)
        return content, err, code
      end
    end,
  })
end

---Begins an archive, in memory.
---@param reserved? integer zero bytes in front of it, 0 by default
---@return luvit.miniz.Writer
function miniz.new_writer(reserved)
  return wrap(native.writer(reserved), {
    add = function(add)
      return function(self, name, data, level, time)
        if time ~= nil and type(time) ~= 'number' then options.fail('time', 'add', 'integer', time, 2) end
        add(self, name, data, level, dosTime(time))
      end
    end,
  })
end

-- Data ---------------------------------------------------------------------------------------------------------------

local WRITE_ZLIB_HEADER, FORCE_RAW, RLE, FILTER, FIXED = 0x1000, 0x80000, 0x10000, 0x20000, 0x40000
local PARSE_ZLIB_HEADER = 1
-- How many places miniz looks at, by level.
local PROBES = { 1, 6, 32, 16, 32, 128, 256, 512, 768 }

local function flagsOf(flags, method)
  if flags == nil then return 0 end
  if type(flags) ~= 'number' or flags % 1 ~= 0 then options.fail('flags', method, 'integer', flags, 3) end
  return flags
end

-- The flags that a table of options stands for.
local function deflateFlags(given)
  local probes = given.probes
  if probes == nil then probes = 128 end
  if type(probes) ~= 'number' or probes % 1 ~= 0 or probes < 0 or probes > 4095 then
    options.fail('options.probes', 'deflate', 'integer from 0 to 4095', probes, 3)
  end
  return probes + (given.zlib and WRITE_ZLIB_HEADER or 0) + (given.filter_matches and FILTER or 0)
    + (given.force_static and FIXED or 0) + (given.force_raw and FORCE_RAW or 0)
end

local function has(flags, flag)
  return math.floor(flags / flag) % 2 == 1
end

local function textOf(data, method)
  return options.bytes(data) or options.fail('data', method, 'string', data, 3)
end

-- The data, without how much was used; or nil, a text and a code.
local function whole(plan, data, limit)
  local out, problem, code = native.whole(plan, data, 4, limit)
  if out then return out end
  return nil, problem, code
end

---Decompresses deflate's format, or zlib's with flag 1 or the option `zlib`.
---@param data string
---@param flags? integer|{ zlib: boolean }
---@return string? data, string? err, string? code
function miniz.inflate(data, flags)
  local text = textOf(data, 'inflate')
  if type(flags) == 'table' then flags = flags.zlib and PARSE_ZLIB_HEADER or 0 end
  return whole({ kind = has(flagsOf(flags, 'inflate'), PARSE_ZLIB_HEADER) and 2 or 6 }, text, LIMIT)
end

---The flags of `deflate` by name.
---@class luvit.miniz.DeflateOptions
---@field zlib? boolean zlib's format, as flag 0x1000
---@field probes? integer how hard to look for repetitions, 0 to 4095; 128 by default
---@field filter_matches? boolean leave short repetitions alone, as flag 0x20000
---@field force_static? boolean no Huffman codes of its own, as flag 0x40000
---@field force_raw? boolean only store, as flag 0x80000

---Compresses to deflate's format, or to zlib's with flag 0x1000. The lowest 12 bits say how hard: 0, the default, does not
---look for repetitions at all, 4095 looks for all.
---@param data string
---@param flags? integer|luvit.miniz.DeflateOptions
---@return string? data, string? err, string? code
function miniz.deflate(data, flags)
  local text = textOf(data, 'deflate')
  if type(flags) == 'table' then flags = deflateFlags(flags) end
  flags = flagsOf(flags, 'deflate')
  local probes, level, strategy = flags % 0x1000, 9, 0
  for i = #PROBES, 1, -1 do
    if probes <= PROBES[i] then level = i end
  end
  if probes == 0 then level, strategy = 1, 2 end
  if has(flags, RLE) then
    strategy = 3
  elseif has(flags, FIXED) then
    strategy = 4
  elseif has(flags, FILTER) then
    strategy = 1
  end
  if has(flags, FORCE_RAW) then level = 0 end
  local kind = has(flags, WRITE_ZLIB_HEADER) and 1 or 5
  return whole({ kind = kind, level = level, strategy = strategy }, text, MAX_STRING)
end

local function checkLevel(level, method)
  if level ~= nil and (type(level) ~= 'number' or level % 1 ~= 0 or level < -1 or level > 9) then
    options.fail('level', method, 'integer from -1 to 9', level, 3)
  end
  return level
end

---Compresses to zlib's format.
---@param data string
---@param level? integer -1, the default, to 9
---@return string? data, string? err, string? code
function miniz.compress(data, level)
  local text = textOf(data, 'compress')
  return whole({ kind = 1, level = checkLevel(level, 'compress') }, text, MAX_STRING)
end

---Decompresses zlib's format.
---@param data string
---@param size? integer a guess of the size, which is not needed
---@return string? data, string? err, string? code
function miniz.uncompress(data, size)
  local text = textOf(data, 'uncompress')
  if size ~= nil and (type(size) ~= 'number' or not (size >= 1)) then
    options.fail('size', 'uncompress', 'integer of at least 1', size, 2)
  end
  return whole({ kind = 2 }, text, LIMIT)
end

local function checksum(start, data, default, method)
  if start == nil then start = default end
  if type(start) ~= 'number' or start % 1 ~= 0 or start < 0 or start >= 2 ^ 32 then
    options.fail('start', method, 'integer from 0 to 4294967295', start, 3)
  end
  if data == nil then return default end
  return native[method](textOf(data, method), start)
end

---The Adler-32 of data behind bytes whose Adler-32 is `start`. Without data it is 1.
---@param start? integer 1 by default
---@param data? string
---@return integer
function miniz.adler32(start, data)
  return (checksum(start, data, 1, 'adler32'))
end

---The CRC-32 of data behind bytes whose CRC-32 is `start`. Without data it is 0.
---@param start? integer 0 by default
---@param data? string
---@return integer
function miniz.crc32(start, data)
  return (checksum(start, data, 0, 'crc32'))
end

---The version of miniz whose calls these are.
---@return string
function miniz.version()
  return '11.0.2'
end

-- Streams ------------------------------------------------------------------------------------------------------------

local FLUSH = { no = 0, partial = 1, sync = 2, full = 3, finish = 4, block = 5 }
local ROOM = 64 * 1024

local function feed(self, name, data, how)
  local flush = FLUSH[how == nil and 'no' or how]
  if not flush then error(("bad argument #2 to '%s' (invalid option '%s')"):format(name, tostring(how)), 3) end
  local text, offset, parts = textOf(data, name), 0, {}
  while true do
    local out, consumed, state = native.run(self._handle, text, offset, flush, ROOM)
    -- That the input ends before the data do is none: more may come.
    if not out and state == 'Z_BUF_ERROR' then break end
    if not out then return nil, consumed, table.concat(parts) end
    parts[#parts + 1] = out
    offset = offset + consumed
    if state ~= 1 then break end
  end
  return table.concat(parts)
end

---A stream to zlib's format.
---@class luvit.miniz.Deflator
local Deflator = {}
Deflator.__index = Deflator

---Compresses data, and returns what there is of the output; or nil, a text, and what there was before.
---@param data string
---@param flush? 'no'|'partial'|'sync'|'full'|'finish'|'block'
---@return string? data, string? err, string? before
function Deflator:deflate(data, flush)
  return feed(self, 'deflate', data, flush)
end

---A stream from zlib's format.
---@class luvit.miniz.Inflator
local Inflator = {}
Inflator.__index = Inflator

---Decompresses data, and returns what there is of the output; or nil, a text, and what there was before.
---@param data string
---@param flush? 'no'|'partial'|'sync'|'full'|'finish'|'block'
---@return string? data, string? err, string? before
function Inflator:inflate(data, flush)
  return feed(self, 'inflate', data, flush)
end

---A stream that compresses to zlib's format.
---@param level? integer -1, the default, to 9
---@return luvit.miniz.Deflator
function miniz.new_deflator(level)
  local plan = { kind = 1, level = checkLevel(level, 'new_deflator') }
  return setmetatable({ _handle = assert(native.open(plan)) }, Deflator)
end

---A stream that decompresses zlib's format.
---@return luvit.miniz.Inflator
function miniz.new_inflator()
  return setmetatable({ _handle = assert(native.open({ kind = 2 })) }, Inflator)
end

return miniz
