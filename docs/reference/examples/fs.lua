-- Writes, reads, lists and removes files, in a temporary folder.
local fs = require('fs')
local uv = require('uv')

coroutine.wrap(function()
  local thread = coroutine.running()
  local folder = assert(fs.mkdtemp(uv.os_tmpdir() .. '/fs-XXXXXX', thread))

  -- With a coroutine as the callback a call waits, and returns nil and the error when it fails.
  assert(fs.writeFile(folder .. '/greeting.txt', 'Hello, files!\n', { atomic = true }, thread))
  print((assert(fs.readFile(folder .. '/greeting.txt', thread)):gsub('\n', ''))) --> Hello, files!
  local _, err = fs.readFile(folder .. '/missing.txt', thread)
  print(err:match('^[^,]+')) --> ENOENT: no such file or directory

  -- Whole folders.
  assert(fs.mkdirp(folder .. '/a/b', thread))
  assert(fs.cp(folder .. '/greeting.txt', folder .. '/a/b/copy.txt', thread))
  for _, path in ipairs(assert(fs.glob('**/*.txt', { cwd = folder }, thread))) do print(path) end
  --> a/b/copy.txt
  --> greeting.txt

  -- Streams read what is larger than it should be in memory. Without a coroutine, functions call back.
  local bytes = 0
  local stream = fs.createReadStream(folder .. '/greeting.txt', { start = 7 })
  stream:on('data', function(chunk) bytes = bytes + #chunk end)
  stream:on('close', function()
    print(bytes .. ' bytes') --> 7 bytes
    fs.rm(folder, { recursive = true }, function(failure)
      print(failure or 'gone') --> gone
    end)
  end)
end)()
