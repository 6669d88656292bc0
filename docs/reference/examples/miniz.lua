-- Writes a zip archive and reads it again.
local miniz = require('miniz')
local fs = require('fs')
local uv = require('uv')

local writer = miniz.new_writer()
writer:add('docs/', '')
writer:add('docs/readme.txt', ('Read me. '):rep(100), 9)
local folder = assert(fs.mkdtempSync(uv.os_tmpdir() .. '/miniz-XXXXXX'))
assert(fs.writeFileSync(folder .. '/some.zip', writer:finalize()))

local reader = assert(miniz.new_reader(folder .. '/some.zip'))
for index = 1, reader:get_num_files() do
  print(reader:get_filename(index), reader:is_directory(index), reader:stat(index).uncomp_size)
end
--> docs/	true	0
--> docs/readme.txt	false	900
local index = reader:locate_file('docs/readme.txt')
print(assert(reader:extract(index)):sub(1, 8)) --> Read me.

-- One who is not what it says is refused.
local _, err = miniz.new_reader(folder .. '/missing.zip')
print(err:match('^[^,]+')) --> ENOENT: no such file or directory

fs.rmSync(folder, { recursive = true })

-- zlib's format at once.
print(miniz.uncompress(miniz.compress('hello', 9))) --> hello
