-- Files and folders: node's API, as luvit 2 has it.
--
-- Every function exists twice. `fs.stat(path, callback)` does the work on a thread and calls back with the error or
-- nil, and the result; the callback may be a coroutine, `coroutine.running()`, which then waits and gets the result, or
-- nil and the error. `fs.statSync(path)` waits and returns the result, or nil, the error and its code; so does
-- `await(fs.stat, path)`, which keeps nobody else waiting.
--
-- An error is a text that begins with the system's name for it and says what failed, and on what:
-- `ENOENT: no such file or directory, open '/x'`, `EXDEV: cross-device link not permitted, rename '/a' -> '/b'`.
--
-- What is started with a callback is returned as a request that `uv.cancel` cancels while it waits for a thread, or, of
-- functions that do many things (`cp`, `glob`, `rm` …), as an object with a method `destroy`.

---@class luvit.fs
local fs = {}

-- Which part has what; the parts load when they are used. Names are in the order of the parts.
local parts = {
  ['fs/files'] = 'open close read write fstat fsync fdatasync ftruncate truncate fchmod fchown futime sendfile',
  ['fs/names'] = 'access exists stat lstat statfs unlink rename link symlink readlink realpath mkdtemp mkstemp '
    .. 'copyFile chmod chown lchown utime lutime',
  ['fs/folders'] = 'mkdir mkdirp rmdir readdir scandir opendir',
  ['fs/whole'] = 'readFile writeFile appendFile',
  ['fs/trees'] = 'rm cp',
  ['fs/glob'] = 'glob',
}
local singles = {
  ['fs/folders'] = 'Dir',
  ['fs/read-stream'] = 'ReadStream createReadStream',
  ['fs/write-stream'] = 'WriteStream WriteStreamSync createWriteStream',
  ['fs/watch'] = 'watch watchFile unwatchFile FSWatcher',
  ['fs/constants'] = 'constants',
}

-- The part of each name.
local partOf = {}
for part, names in pairs(parts) do
  for name in names:gmatch('%S+') do partOf[name], partOf[name .. 'Sync'] = part, part end
end
for part, names in pairs(singles) do
  for name in names:gmatch('%S+') do partOf[name] = part end
end

return require('luvit:parts')(fs, partOf, function(name, part) return require(part)[name] end)
