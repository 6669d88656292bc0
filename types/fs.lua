---@meta fs

-- Made by scripts/reference.lua of crates/luvit/lua/fs/. Change it there.

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

---A moment: seconds since 1970, with fractions; the table of a stat; `"now"`; or `"omit"`, which leaves it as it is.
---@alias luvit.fs.time number|uv.timespec|"now"|"omit"

---What this system has of: `F_OK`, `R_OK`, `W_OK`, `X_OK` for `access`; `O_RDONLY`, `O_CREAT` … for `open`, see
---open(2); `COPYFILE_EXCL`, `COPYFILE_FICLONE`, `COPYFILE_FICLONE_FORCE` for `copyFile`; `S_IFMT`, `S_IFREG`,
---`S_IFDIR`, `S_IFLNK` … for the `mode` of a stat, see inode(7).
---@class luvit.fs.constants: table<string, integer>

---@class luvit.fs.FileStream
---@field path? string
---@field fd? integer the descriptor: nil before `open` and after the end
---@field flags string|integer
---@field mode integer
---@field autoClose boolean whether the end of the stream, and an error, closes the file
---@field pending boolean whether the file is not open yet
---@field destroyed boolean

---@class luvit.fs.GlobOptions
---@field cwd? string the folder that patterns begin in, `.` by default
---@field dot? boolean `*`, `?` and `**` match names that begin with a dot, too
---@field exclude? string|string[]|fun(path: string): boolean what not to return and, of folders, not to enter

---@class luvit.fs.ReadStreamOptions
---@field flags? string|integer how to open the file, `r` by default
---@field mode? integer|string permissions of a file that is made, 666 by default
---@field fd? integer an open file to read instead of `path`
---@field autoClose? boolean false: neither the end nor an error closes the file, only `close` and `destroy` do, which a `pipe` that breaks does not call
---@field start? number where to begin, in bytes; without it, where the descriptor stands
---@field end? number the last byte to read, counted from 0
---@field highWaterMark? integer bytes to read at once and to keep for whoever reads slowly, 131072 by default
---@field offset? number as `start`, of luvit 2
---@field length? number how many bytes to read at most, of luvit 2
---@field chunkSize? integer bytes to read at once, of luvit 2; `chunk_size` does as well

---@class luvit.fs.RmOptions
---@field recursive? boolean a folder goes with all that is in it; without it a folder is `EISDIR`
---@field force? boolean a file that is not there is no error
---@field maxRetries? integer how often to try again when a file is in use or descriptors are used up (`EBUSY`, `EMFILE`, `ENFILE`, `ENOTEMPTY`, `EPERM`), 0 by default
---@field retryDelay? integer milliseconds before the first try, and more before each that follows, 100 by default

---@class luvit.fs.CpOptions
---@field recursive? boolean a folder is copied with all that is in it; without it a folder is `EISDIR`
---@field force? boolean false: files that are there stay as they are; true by default
---@field errorOnExist? boolean with `force = false`: a file that is there is `EEXIST`
---@field dereference? boolean copy what links lead to, not the links
---@field preserveTimestamps? boolean the copies were last read and changed when the originals were
---@field filter? fun(source: string, destination: string): boolean whether to copy a file, or a folder and what is in it

---@class luvit.fs.WatchOptions
---@field recursive? boolean folders below as well
---@field persistent? boolean false: the watcher does not keep the program running

---@class luvit.fs.WatchFileOptions
---@field interval? integer milliseconds between two looks, 5007 by default; the first one for a path counts
---@field persistent? boolean false: this does not keep the program running; the first one for a path counts

---@class luvit.fs.ReadFileOptions
---@field flag? string|integer how to open the file, `r` by default
---@field maxSize? integer bytes; a larger file is `EFBIG`. 2147418112 by default, the longest string there can be

---@class luvit.fs.WriteFileOptions
---@field flag? string|integer how to open the file: `w` by default, of `appendFile` `a`
---@field mode? integer|string permissions of a file that is made, 666 by default
---@field flush? boolean wait until the data is on the disk
---@field atomic? boolean the file has its old content or all of the new one, whatever happens: the data goes to a new file in the same folder, then to the disk, and that file takes the place of the old one with its permissions

---@class luvit.fs.WriteStreamOptions
---@field flags? string|integer how to open the file: `w` by default, which empties it; `r+` writes into it, `a` to its end
---@field mode? integer|string permissions of a file that is made, 666 by default
---@field fd? integer an open file to write to instead of `path`
---@field autoClose? boolean false: neither the end nor an error closes the file, only `close` and `destroy` do
---@field start? number where to begin, in bytes; without it, where the descriptor stands
---@field flush? boolean `finish` waits until the data is on the disk, see fsync(2)
---@field highWaterMark? integer bytes that may wait before `write` says false, 16384 by default

---An operation of several steps under way.
---@class luvit.fs.Operation
---@field destroyed boolean
local Operation = {}

---Ends the operation after the step under way; what it has done stays. Its callback gets `ECANCELED`.
function Operation:destroy() end

---An open folder, for those with more names than should be in memory at once. `path` is where it is.
---@class luvit.fs.Dir
---@field path string
local Dir = {}

---Reads the next few entries. An empty list is the end.
---@param callback fun(err?: string, entries: uv.fs_readdir.entry[])
---@return uv_fs_t
---@overload fun(self: any, thread?: thread): any, any, any
function Dir:read(callback) end

---Does what `read` does, and waits for it.
---@see luvit.fs.Dir.read
---@return uv.fs_readdir.entry[]? entries, string? err, string? code
function Dir:readSync() end

---Closes the folder. One that is forgotten is closed by the garbage collector.
---@param callback? fun(err?: string, success: true)
---@return uv_fs_t
---@overload fun(self: any, thread?: thread): any, any, any
function Dir:close(callback) end

---Does what `close` does, and waits for it.
---@see luvit.fs.Dir.close
---@return true? success, string? err, string? code
function Dir:closeSync() end

---A stream of what is in a file.
---
---Events: `open` (fd); `data`, `end` and the others of a readable stream; `error`; and at last `close`, also after
---`error`. The file is closed before `end`. When all that the stream was piped to is gone before the end, as when a peer
---vanished, and nobody else listens, it is destroyed, unless `autoClose` is false.
---@class luvit.fs.ReadStream: luvit.Readable, luvit.fs.FileStream
---@field bytesRead integer
---@field options luvit.fs.ReadStreamOptions
---@field offset? number where the next chunk is
---@field length? number bytes to read at most
---@field chunkSize integer
local ReadStream = {}

---Opens the file. The constructor does it, unless it got a descriptor. When it is open already, it is closed and opened
---again.
---@param callback? fun(err?: string)
function ReadStream:open(callback) end

---Ends the stream at once and closes the file. There are no events after this but `error` and `close`.
---@param err? any emitted as `error`
---@param callback? fun() called after `close`
function ReadStream:destroy(err, callback) end

---Ends the stream at once and closes the file.
---@param callback? fun() called after `close`
function ReadStream:close(callback) end

---What `fs.watch` returns.
---
---Events: `change` (filename) when the content or the properties of a file changed; `rename` (filename) when a name
---came or went; `error` (text), after which it is closed; `close`. The filename is relative to the folder that is
---watched, and nil when more happened than the system can tell. Several changes may come as one.
---@class luvit.fs.FSWatcher: luvit.Emitter
---@field path string
---@field closed boolean
local FSWatcher = {}

---Ends the watching.
---@param callback? fun() called after `close`
function FSWatcher:close(callback) end

---Lets the watcher keep the program running, which is the default.
---@return self
function FSWatcher:ref() end

---Lets the program end although the watcher is there.
---@return self
function FSWatcher:unref() end

---A stream into a file.
---
---Events: `open` (fd); `drain`, `finish` and the others of a writable stream; `error`; and at last `close`, also after
---`error`. When `finish` comes, the system has all that was written, and the file is closed. A stream that is piped
---into the file and closes before its end, as when a peer vanished, destroys it, unless `autoClose` is false: `close`
---without `finish` says that something is missing.
---@class luvit.fs.WriteStream: luvit.Writable, luvit.fs.FileStream
---@field bytesWritten integer
---@field options luvit.fs.WriteStreamOptions
---@field start? number
---@field pos? integer where the next chunk goes; nil: where the descriptor stands
local WriteStream = {}

---Opens the file. The constructor does it, unless it got a descriptor. When it is open already, it is closed and opened
---again: what is written from now on goes to the file that has the name then.
---@param callback? fun(err?: string)
function WriteStream:open(callback) end

---Writes a chunk, after those written before.
---@param chunk string|luvit.Buffer
---@param callback? fun(err?: any) called when the system has it, or with the error
---@return boolean # false: wait for `drain` before writing more
function WriteStream:write(chunk, callback) end

---Ends the stream after a last chunk.
---@param chunk? string|luvit.Buffer
---@param callback? fun() listener for `finish`
function WriteStream:_end(chunk, callback) end

---Ends the stream at once and closes the file. What was not written is dropped; its callbacks get an error.
---@param err? any emitted as `error`
---@param callback? fun() called after `close`
function WriteStream:destroy(err, callback) end

---Ends the stream: writes what waits and closes the file, also with `autoClose = false`.
---@param callback? fun() called after `close`
function WriteStream:close(callback) end

---A stream into a file that writes at once: after `write` the system has the data. For logs, and for the last words of
---a program.
---@class luvit.fs.WriteStreamSync: luvit.fs.WriteStream
local WriteStreamSync = {}

---Opens the file at once, as `WriteStream:open`. The events come later, when there are listeners.
---@param callback? fun(err?: string)
function WriteStreamSync:open(callback) end

---@class luvit.fs
---@field Dir luvit.fs.Dir
---@field ReadStream luvit.fs.ReadStream
---@field WriteStream luvit.fs.WriteStream
---@field WriteStreamSync luvit.fs.WriteStreamSync
---@field FSWatcher luvit.fs.FSWatcher
---@field constants luvit.fs.constants
local fs = {}

---Opens a file. open(2)
---@param path string
---@param flags? string|integer `r` reads (the default), `w` makes or empties, `a` makes and appends; with `+` both ways, with `x` only a new file; or `O_*` numbers
---@param mode? integer|string permissions of a file that is made, as a number or octal digits, 666 by default
---@param callback? fun(err?: string, fd: integer)
---@return uv_fs_t
---@overload fun(path: string, flags?: string|integer, mode?: integer|string, thread?: thread): any, any, any
---@overload fun(path: string, flags?: string|integer, callback: fun(err?: string, fd: integer)): uv_fs_t
---@overload fun(path: string, flags?: string|integer, thread?: thread): any, any, any
---@overload fun(path: string, callback: fun(err?: string, fd: integer)): uv_fs_t
---@overload fun(path: string, thread?: thread): any, any, any
function fs.open(path, flags, mode, callback) end

---Does what `fs.open` does, and waits for it.
---@see luvit.fs.open
---@param path string
---@param flags? string|integer `r` by default
---@param mode? integer|string 666 by default
---@return integer? fd, string? err, string? code
function fs.openSync(path, flags, mode) end

---Closes a file. close(2)
---@param fd integer
---@param callback? fun(err?: string, success: boolean)
---@return uv_fs_t
---@overload fun(fd: integer, thread?: thread): any, any, any
function fs.close(fd, callback) end

---Does what `fs.close` does, and waits for it.
---@see luvit.fs.close
---@param fd integer
---@return true? success, string? err, string? code
function fs.closeSync(fd) end

---Reads from a file: what is there, at most `size` bytes; an empty string is the end. pread(2)
---@param fd integer
---@param size? integer bytes, 4096 by default
---@param offset? integer where to begin; nil and negative: where the last read ended
---@param callback? fun(err?: string, data: string)
---@return uv_fs_t
---@overload fun(fd: integer, size?: integer, offset?: integer, thread?: thread): any, any, any
---@overload fun(fd: integer, size?: integer, callback: fun(err?: string, data: string)): uv_fs_t
---@overload fun(fd: integer, size?: integer, thread?: thread): any, any, any
---@overload fun(fd: integer, callback: fun(err?: string, data: string)): uv_fs_t
---@overload fun(fd: integer, thread?: thread): any, any, any
function fs.read(fd, size, offset, callback) end

---Does what `fs.read` does, and waits for it.
---@see luvit.fs.read
---@param fd integer
---@param size? integer bytes, 4096 by default
---@param offset? integer
---@return string? data, string? err, string? code
function fs.readSync(fd, size, offset) end

---Writes to a file. The data comes after the offset, as in luvit 2; without an offset `write(fd, data, callback)` does.
---pwrite(2)
---@param fd integer
---@param offset? integer where to write; nil and negative: where the last write ended, or the end of a file opened to append
---@param data string|number|string[]|luvit.Buffer
---@param callback? fun(err?: string, written: integer) `written`: bytes; all, unless the disk got full
---@return uv_fs_t
---@overload fun(fd: integer, offset?: integer, data: string|number|string[]|luvit.Buffer, thread?: thread): any, any, any
function fs.write(fd, offset, data, callback) end

---Does what `fs.write` does, and waits for it.
---@see luvit.fs.write
---@param fd integer
---@param offset? integer
---@param data string|number|string[]|luvit.Buffer
---@return integer? written, string? err, string? code
function fs.writeSync(fd, offset, data) end

---What the system knows of an open file. fstat(2)
---@param fd integer
---@param callback? fun(err?: string, stat: uv.fs_stat.result)
---@return uv_fs_t
---@overload fun(fd: integer, thread?: thread): any, any, any
function fs.fstat(fd, callback) end

---Does what `fs.fstat` does, and waits for it.
---@see luvit.fs.fstat
---@param fd integer
---@return uv.fs_stat.result? stat, string? err, string? code
function fs.fstatSync(fd) end

---Waits until what was written is on the disk. fsync(2)
---@param fd integer
---@param callback? fun(err?: string, success: boolean)
---@return uv_fs_t
---@overload fun(fd: integer, thread?: thread): any, any, any
function fs.fsync(fd, callback) end

---Does what `fs.fsync` does, and waits for it.
---@see luvit.fs.fsync
---@param fd integer
---@return true? success, string? err, string? code
function fs.fsyncSync(fd) end

---As `fsync`, without properties that reading does not need, such as times. fdatasync(2)
---@param fd integer
---@param callback? fun(err?: string, success: boolean)
---@return uv_fs_t
---@overload fun(fd: integer, thread?: thread): any, any, any
function fs.fdatasync(fd, callback) end

---Does what `fs.fdatasync` does, and waits for it.
---@see luvit.fs.fdatasync
---@param fd integer
---@return true? success, string? err, string? code
function fs.fdatasyncSync(fd) end

---Makes an open file `length` bytes long, with zeros if it was shorter. ftruncate(2)
---@param fd integer open for writing
---@param length? integer bytes, 0 by default
---@param callback? fun(err?: string, success: boolean)
---@return uv_fs_t
---@overload fun(fd: integer, length?: integer, thread?: thread): any, any, any
---@overload fun(fd: integer, callback: fun(err?: string, success: boolean)): uv_fs_t
---@overload fun(fd: integer, thread?: thread): any, any, any
function fs.ftruncate(fd, length, callback) end

---Does what `fs.ftruncate` does, and waits for it.
---@see luvit.fs.ftruncate
---@param fd integer
---@param length? integer bytes, 0 by default
---@return true? success, string? err, string? code
function fs.ftruncateSync(fd, length) end

---Makes a file `length` bytes long, with zeros if it was shorter; one that is not there is an error. truncate(2)
---@param path string
---@param length? integer bytes, 0 by default
---@param callback? fun(err?: string, success: boolean)
---@return luvit.fs.Operation
---@overload fun(path: string, length?: integer, thread?: thread): any, any, any
---@overload fun(path: string, callback: fun(err?: string, success: boolean)): luvit.fs.Operation
---@overload fun(path: string, thread?: thread): any, any, any
function fs.truncate(path, length, callback) end

---Does what `fs.truncate` does, and waits for it.
---@see luvit.fs.truncate
---@param path string
---@param length? integer bytes, 0 by default
---@return true? success, string? err, string? code
function fs.truncateSync(path, length) end

---Changes the permissions of an open file. fchmod(2)
---@param fd integer
---@param mode integer|string a number or octal digits
---@param callback? fun(err?: string, success: boolean)
---@return uv_fs_t
---@overload fun(fd: integer, mode: integer|string, thread?: thread): any, any, any
function fs.fchmod(fd, mode, callback) end

---Does what `fs.fchmod` does, and waits for it.
---@see luvit.fs.fchmod
---@param fd integer
---@param mode integer|string
---@return true? success, string? err, string? code
function fs.fchmodSync(fd, mode) end

---Changes owner and group of an open file; -1 leaves one. fchown(2)
---@param fd integer
---@param uid integer
---@param gid integer
---@param callback? fun(err?: string, success: boolean)
---@return uv_fs_t
---@overload fun(fd: integer, uid: integer, gid: integer, thread?: thread): any, any, any
function fs.fchown(fd, uid, gid, callback) end

---Does what `fs.fchown` does, and waits for it.
---@see luvit.fs.fchown
---@param fd integer
---@param uid integer
---@param gid integer
---@return true? success, string? err, string? code
function fs.fchownSync(fd, uid, gid) end

---Sets when an open file was last read and changed. futimens(2)
---@param fd integer
---@param atime luvit.fs.time last read
---@param mtime luvit.fs.time last changed
---@param callback? fun(err?: string, success: boolean)
---@return uv_fs_t
---@overload fun(fd: integer, atime: luvit.fs.time, mtime: luvit.fs.time, thread?: thread): any, any, any
function fs.futime(fd, atime, mtime, callback) end

---Does what `fs.futime` does, and waits for it.
---@see luvit.fs.futime
---@param fd integer
---@param atime luvit.fs.time
---@param mtime luvit.fs.time
---@return true? success, string? err, string? code
function fs.futimeSync(fd, atime, mtime) end

---Moves bytes from one open file to another, in the kernel where it does that. sendfile(2)
---@param outFd integer a file, pipe or socket
---@param inFd integer
---@param offset integer where in `inFd` to begin; negative: where the last read ended
---@param length integer bytes; it ends earlier where the file does
---@param callback? fun(err?: string, sent: integer) `sent`: bytes
---@return uv_fs_t
---@overload fun(outFd: integer, inFd: integer, offset: integer, length: integer, thread?: thread): any, any, any
function fs.sendfile(outFd, inFd, offset, length, callback) end

---Does what `fs.sendfile` does, and waits for it.
---@see luvit.fs.sendfile
---@param outFd integer
---@param inFd integer
---@param offset integer
---@param length integer
---@return integer? sent, string? err, string? code
function fs.sendfileSync(outFd, inFd, offset, length) end

---Whether a file may be used in some ways. access(2)
---@param path string
---@param mode? string|integer letters of `rwx`, or a sum of `fs.constants.R_OK`, `W_OK`, `X_OK`; whether it is there by default
---@param callback? fun(err?: string, permission: boolean) where luvit 2 has it: false is no error
---@return uv_fs_t
---@overload fun(path: string, mode?: string|integer, thread?: thread): any, any, any
---@overload fun(path: string, callback: fun(err?: string, permission: boolean)): uv_fs_t
---@overload fun(path: string, thread?: thread): any, any, any
function fs.access(path, mode, callback) end

---Does what `fs.access` does, and waits for it.
---@see luvit.fs.access
---@param path string
---@param mode? string|integer
---@return boolean? permission, string? err, string? code
function fs.accessSync(path, mode) end

---Whether a file is there. The callback gets both: false with an error that says why, `ENOENT: …` mostly, as in luvit
---2.
---@param path string
---@param callback fun(err?: string, exists: boolean)
---@return uv_fs_t
---@overload fun(path: string, thread?: thread): any, any, any
function fs.exists(path, callback) end

---Whether a file is there.
---@param path string
---@return boolean
function fs.existsSync(path) end

---What the system knows of a file; of a link, the file it leads to. stat(2)
---@param path string
---@param callback? fun(err?: string, stat: uv.fs_stat.result)
---@return uv_fs_t
---@overload fun(path: string, thread?: thread): any, any, any
function fs.stat(path, callback) end

---Does what `fs.stat` does, and waits for it.
---@see luvit.fs.stat
---@param path string
---@return uv.fs_stat.result? stat, string? err, string? code
function fs.statSync(path) end

---As `stat`; of a link, the link itself. lstat(2)
---@param path string
---@param callback? fun(err?: string, stat: uv.fs_stat.result)
---@return uv_fs_t
---@overload fun(path: string, thread?: thread): any, any, any
function fs.lstat(path, callback) end

---Does what `fs.lstat` does, and waits for it.
---@see luvit.fs.lstat
---@param path string
---@return uv.fs_stat.result? stat, string? err, string? code
function fs.lstatSync(path) end

---What the system knows of the file system that a file is on. statfs(2)
---@param path string
---@param callback? fun(err?: string, stat: uv.fs_statfs.result)
---@return uv_fs_t
---@overload fun(path: string, thread?: thread): any, any, any
function fs.statfs(path, callback) end

---Does what `fs.statfs` does, and waits for it.
---@see luvit.fs.statfs
---@param path string
---@return uv.fs_statfs.result? stat, string? err, string? code
function fs.statfsSync(path) end

---Removes a name, and the file when it has no other. Folders are for `rmdir` and `rm`. unlink(2)
---@param path string
---@param callback? fun(err?: string, success: true)
---@return uv_fs_t
---@overload fun(path: string, thread?: thread): any, any, any
function fs.unlink(path, callback) end

---Does what `fs.unlink` does, and waits for it.
---@see luvit.fs.unlink
---@param path string
---@return true? success, string? err, string? code
function fs.unlinkSync(path) end

---Gives a file another name, on the same file system; a file that has it is replaced. rename(2)
---@param path string
---@param newPath string
---@param callback? fun(err?: string, success: true)
---@return uv_fs_t
---@overload fun(path: string, newPath: string, thread?: thread): any, any, any
function fs.rename(path, newPath, callback) end

---Does what `fs.rename` does, and waits for it.
---@see luvit.fs.rename
---@param path string
---@param newPath string
---@return true? success, string? err, string? code
function fs.renameSync(path, newPath) end

---Gives a file one more name. link(2)
---@param path string
---@param newPath string
---@param callback? fun(err?: string, success: true)
---@return uv_fs_t
---@overload fun(path: string, newPath: string, thread?: thread): any, any, any
function fs.link(path, newPath, callback) end

---Does what `fs.link` does, and waits for it.
---@see luvit.fs.link
---@param path string
---@param newPath string
---@return true? success, string? err, string? code
function fs.linkSync(path, newPath) end

---Makes a link that leads to `path`, which need not be there. symlink(2)
---@param path string where it leads to: from the folder of the link, when it does not begin with `/`
---@param newPath string the link
---@param options? { dir?: boolean, junction?: boolean }|integer for Windows: a link to a folder, or a junction
---@param callback? fun(err?: string, success: true)
---@return uv_fs_t
---@overload fun(path: string, newPath: string, options?: { dir?: boolean, junction?: boolean }|integer, thread?: thread): any, any, any
---@overload fun(path: string, newPath: string, callback: fun(err?: string, success: true)): uv_fs_t
---@overload fun(path: string, newPath: string, thread?: thread): any, any, any
function fs.symlink(path, newPath, options, callback) end

---Does what `fs.symlink` does, and waits for it.
---@see luvit.fs.symlink
---@param path string
---@param newPath string
---@param options? { dir?: boolean, junction?: boolean }|integer
---@return true? success, string? err, string? code
function fs.symlinkSync(path, newPath, options) end

---Where a link leads to, as it was made. readlink(2)
---@param path string
---@param callback? fun(err?: string, target: string)
---@return uv_fs_t
---@overload fun(path: string, thread?: thread): any, any, any
function fs.readlink(path, callback) end

---Does what `fs.readlink` does, and waits for it.
---@see luvit.fs.readlink
---@param path string
---@return string? target, string? err, string? code
function fs.readlinkSync(path) end

---The absolute path of a file, without links and dots. realpath(3)
---@param path string
---@param callback? fun(err?: string, resolved: string)
---@return uv_fs_t
---@overload fun(path: string, thread?: thread): any, any, any
function fs.realpath(path, callback) end

---Does what `fs.realpath` does, and waits for it.
---@see luvit.fs.realpath
---@param path string
---@return string? resolved, string? err, string? code
function fs.realpathSync(path) end

---Makes a folder with a new name, which only the user may enter: the template, its last six characters replaced.
---mkdtemp(3)
---@param template string ends with `XXXXXX`
---@param callback? fun(err?: string, path: string)
---@return uv_fs_t
---@overload fun(template: string, thread?: thread): any, any, any
function fs.mkdtemp(template, callback) end

---Does what `fs.mkdtemp` does, and waits for it.
---@see luvit.fs.mkdtemp
---@param template string
---@return string? path, string? err, string? code
function fs.mkdtempSync(template) end

---Makes a file with a new name, which only the user may use, and opens it both ways: the template, its last six
---characters replaced. mkstemp(3)
---@param template string ends with `XXXXXX`
---@param callback? fun(err?: string, fd: integer, path: string)
---@return uv_fs_t
---@overload fun(template: string, thread?: thread): any, any, any
function fs.mkstemp(template, callback) end

---Does what `fs.mkstemp` does, and waits for it.
---@see luvit.fs.mkstemp
---@param template string
---@return integer? fd, string path_or_err, string? code
function fs.mkstempSync(template) end

---Copies a file with its permissions, over one that is there. Folders are for `cp`.
---@param path string
---@param newPath string
---@param options? { excl?: boolean, ficlone?: boolean, ficlone_force?: boolean }|integer `excl`: `EEXIST` when `newPath` is there; `ficlone`: share the bytes until one changes, where the file system can; or `fs.constants.COPYFILE_*`
---@param callback? fun(err?: string, success: true)
---@return uv_fs_t
---@overload fun(path: string, newPath: string, options?: { excl?: boolean, ficlone?: boolean, ficlone_force?: boolean }|integer, thread?: thread): any, any, any
---@overload fun(path: string, newPath: string, callback: fun(err?: string, success: true)): uv_fs_t
---@overload fun(path: string, newPath: string, thread?: thread): any, any, any
function fs.copyFile(path, newPath, options, callback) end

---Does what `fs.copyFile` does, and waits for it.
---@see luvit.fs.copyFile
---@param path string
---@param newPath string
---@param options? { excl?: boolean, ficlone?: boolean, ficlone_force?: boolean }|integer
---@return true? success, string? err, string? code
function fs.copyFileSync(path, newPath, options) end

---Changes the permissions of a file. chmod(2)
---@param path string
---@param mode integer|string a number or octal digits
---@param callback? fun(err?: string, success: true)
---@return uv_fs_t
---@overload fun(path: string, mode: integer|string, thread?: thread): any, any, any
function fs.chmod(path, mode, callback) end

---Does what `fs.chmod` does, and waits for it.
---@see luvit.fs.chmod
---@param path string
---@param mode integer|string
---@return true? success, string? err, string? code
function fs.chmodSync(path, mode) end

---Changes owner and group of a file; -1 leaves one. chown(2)
---@param path string
---@param uid integer
---@param gid integer
---@param callback? fun(err?: string, success: true)
---@return uv_fs_t
---@overload fun(path: string, uid: integer, gid: integer, thread?: thread): any, any, any
function fs.chown(path, uid, gid, callback) end

---Does what `fs.chown` does, and waits for it.
---@see luvit.fs.chown
---@param path string
---@param uid integer
---@param gid integer
---@return true? success, string? err, string? code
function fs.chownSync(path, uid, gid) end

---As `chown`; of a link, the link itself. lchown(2)
---@param path string
---@param uid integer
---@param gid integer
---@param callback? fun(err?: string, success: true)
---@return uv_fs_t
---@overload fun(path: string, uid: integer, gid: integer, thread?: thread): any, any, any
function fs.lchown(path, uid, gid, callback) end

---Does what `fs.lchown` does, and waits for it.
---@see luvit.fs.lchown
---@param path string
---@param uid integer
---@param gid integer
---@return true? success, string? err, string? code
function fs.lchownSync(path, uid, gid) end

---Sets when a file was last read and changed. utimensat(2)
---@param path string
---@param atime luvit.fs.time last read
---@param mtime luvit.fs.time last changed
---@param callback? fun(err?: string, success: true)
---@return uv_fs_t
---@overload fun(path: string, atime: luvit.fs.time, mtime: luvit.fs.time, thread?: thread): any, any, any
function fs.utime(path, atime, mtime, callback) end

---Does what `fs.utime` does, and waits for it.
---@see luvit.fs.utime
---@param path string
---@param atime luvit.fs.time
---@param mtime luvit.fs.time
---@return true? success, string? err, string? code
function fs.utimeSync(path, atime, mtime) end

---As `utime`; of a link, the link itself. utimensat(2)
---@param path string
---@param atime luvit.fs.time last read
---@param mtime luvit.fs.time last changed
---@param callback? fun(err?: string, success: true)
---@return uv_fs_t
---@overload fun(path: string, atime: luvit.fs.time, mtime: luvit.fs.time, thread?: thread): any, any, any
function fs.lutime(path, atime, mtime, callback) end

---Does what `fs.lutime` does, and waits for it.
---@see luvit.fs.lutime
---@param path string
---@param atime luvit.fs.time
---@param mtime luvit.fs.time
---@return true? success, string? err, string? code
function fs.lutimeSync(path, atime, mtime) end

---Makes a folder. mkdir(2)
---@param folder string
---@param options? integer|string|{ mode?: integer|string, recursive?: boolean } permissions, 777 by default; `recursive` makes the folders above as well, and is content with one that is there
---@param callback? fun(err?: string, success: true)
---@return uv_fs_t|luvit.fs.Operation
---@overload fun(folder: string, options?: integer|string|{ mode?: integer|string, recursive?: boolean }, thread?: thread): any, any, any
---@overload fun(folder: string, callback: fun(err?: string, success: true)): uv_fs_t|luvit.fs.Operation
---@overload fun(folder: string, thread?: thread): any, any, any
function fs.mkdir(folder, options, callback) end

---Does what `fs.mkdir` does, and waits for it.
---@see luvit.fs.mkdir
---@param folder string
---@param options? integer|string|{ mode?: integer|string, recursive?: boolean }
---@return true? success, string? err, string? code
function fs.mkdirSync(folder, options) end

---Makes a folder and those above it that are missing. One that is there already is no error, unless it is no folder.
---@param folder string
---@param mode? integer|string permissions, 777 by default
---@param callback? fun(err?: string, success: true)
---@return luvit.fs.Operation
---@overload fun(folder: string, mode?: integer|string, thread?: thread): any, any, any
---@overload fun(folder: string, callback: fun(err?: string, success: true)): luvit.fs.Operation
---@overload fun(folder: string, thread?: thread): any, any, any
function fs.mkdirp(folder, mode, callback) end

---Does what `fs.mkdirp` does, and waits for it.
---@see luvit.fs.mkdirp
---@param folder string
---@param mode? integer|string
---@return true? success, string? err, string? code
function fs.mkdirpSync(folder, mode) end

---Removes an empty folder; `rm` removes one with all that is in it. rmdir(2)
---@param folder string
---@param callback? fun(err?: string, success: true)
---@return uv_fs_t
---@overload fun(folder: string, thread?: thread): any, any, any
function fs.rmdir(folder, callback) end

---Does what `fs.rmdir` does, and waits for it.
---@see luvit.fs.rmdir
---@param folder string
---@return true? success, string? err, string? code
function fs.rmdirSync(folder) end

---The names in a folder, in order, without `.` and `..`. scandir(3)
---@param folder string
---@param callback? fun(err?: string, names: string[])
---@return uv_fs_t
---@overload fun(folder: string, thread?: thread): any, any, any
function fs.readdir(folder, callback) end

---Does what `fs.readdir` does, and waits for it.
---@see luvit.fs.readdir
---@param folder string
---@return string[]? names, string? err, string? code
function fs.readdirSync(folder) end

---What is in a folder, in the order of the names: `for name, type in iterator do`. The types are `file`, `directory`,
---`link`, `fifo`, `socket`, `char`, `block`, and `unknown` where the file system does not tell. scandir(3)
---@param folder string
---@param callback? fun(err?: string, iterator: fun(): string?, string?)
---@return uv_fs_t
---@overload fun(folder: string, thread?: thread): any, any, any
function fs.scandir(folder, callback) end

---Does what `fs.scandir` does, and waits for it.
---@see luvit.fs.scandir
---@param folder string
---@return (fun(): string?, string?)? iterator, string? err, string? code
function fs.scandirSync(folder) end

---Opens a folder, to be read bit by bit. opendir(3)
---@param folder string
---@param options? { bufferSize?: integer } how many entries a `read` gives at most, 32 by default
---@param callback? fun(err?: string, dir: luvit.fs.Dir)
---@return uv_fs_t
---@overload fun(folder: string, options?: { bufferSize?: integer }, thread?: thread): any, any, any
---@overload fun(folder: string, callback: fun(err?: string, dir: luvit.fs.Dir)): uv_fs_t
---@overload fun(folder: string, thread?: thread): any, any, any
function fs.opendir(folder, options, callback) end

---Does what `fs.opendir` does, and waits for it.
---@see luvit.fs.opendir
---@param folder string
---@param options? { bufferSize?: integer }
---@return luvit.fs.Dir? dir, string? err, string? code
function fs.opendirSync(folder, options) end

---Reads a whole file, also one that says it is empty, as those of `/proc`, or that grows meanwhile.
---@param path string
---@param options? luvit.fs.ReadFileOptions
---@param callback? fun(err?: string, data: string)
---@return uv_fs_t
---@overload fun(path: string, options?: luvit.fs.ReadFileOptions, thread?: thread): any, any, any
---@overload fun(path: string, callback: fun(err?: string, data: string)): uv_fs_t
---@overload fun(path: string, thread?: thread): any, any, any
function fs.readFile(path, options, callback) end

---Does what `fs.readFile` does, and waits for it.
---@see luvit.fs.readFile
---@param path string
---@param options? luvit.fs.ReadFileOptions
---@return string? data, string? err, string? code
function fs.readFileSync(path, options) end

---Writes a file: makes it, or replaces what is in it.
---@param path string
---@param data string|number|string[]|luvit.Buffer
---@param options? luvit.fs.WriteFileOptions
---@param callback? fun(err?: string, success: true)
---@return uv_fs_t
---@overload fun(path: string, data: string|number|string[]|luvit.Buffer, options?: luvit.fs.WriteFileOptions, thread?: thread): any, any, any
---@overload fun(path: string, data: string|number|string[]|luvit.Buffer, callback: fun(err?: string, success: true)): uv_fs_t
---@overload fun(path: string, data: string|number|string[]|luvit.Buffer, thread?: thread): any, any, any
function fs.writeFile(path, data, options, callback) end

---Does what `fs.writeFile` does, and waits for it.
---@see luvit.fs.writeFile
---@param path string
---@param data string|number|string[]|luvit.Buffer
---@param options? luvit.fs.WriteFileOptions
---@return true? success, string? err, string? code
function fs.writeFileSync(path, data, options) end

---Writes to the end of a file, which is made when it is not there.
---@param path string
---@param data string|number|string[]|luvit.Buffer
---@param options? luvit.fs.WriteFileOptions
---@param callback? fun(err?: string, success: true)
---@return uv_fs_t
---@overload fun(path: string, data: string|number|string[]|luvit.Buffer, options?: luvit.fs.WriteFileOptions, thread?: thread): any, any, any
---@overload fun(path: string, data: string|number|string[]|luvit.Buffer, callback: fun(err?: string, success: true)): uv_fs_t
---@overload fun(path: string, data: string|number|string[]|luvit.Buffer, thread?: thread): any, any, any
function fs.appendFile(path, data, options, callback) end

---Does what `fs.appendFile` does, and waits for it.
---@see luvit.fs.appendFile
---@param path string
---@param data string|number|string[]|luvit.Buffer
---@param options? luvit.fs.WriteFileOptions
---@return true? success, string? err, string? code
function fs.appendFileSync(path, data, options) end

---Removes a file, or with `recursive` a folder with all that is in it. Links are removed, never followed.
---@param name string
---@param options? luvit.fs.RmOptions
---@param callback? fun(err?: string, success: true)
---@return luvit.fs.Operation
---@overload fun(name: string, options?: luvit.fs.RmOptions, thread?: thread): any, any, any
---@overload fun(name: string, callback: fun(err?: string, success: true)): luvit.fs.Operation
---@overload fun(name: string, thread?: thread): any, any, any
function fs.rm(name, options, callback) end

---Does what `fs.rm` does, and waits for it.
---@see luvit.fs.rm
---@param name string
---@param options? luvit.fs.RmOptions
---@return true? success, string? err, string? code
function fs.rmSync(name, options) end

---Copies a file, or with `recursive` a folder with all that is in it; a folder that is there already gets what it lacks.
---Folders above the destination are made; permissions are copied; links are copied as they are; sockets, pipes and
---devices are `EINVAL`.
---@param source string
---@param destination string what the copy is called, not the folder it is put into
---@param options? luvit.fs.CpOptions
---@param callback? fun(err?: string, success: true)
---@return luvit.fs.Operation
---@overload fun(source: string, destination: string, options?: luvit.fs.CpOptions, thread?: thread): any, any, any
---@overload fun(source: string, destination: string, callback: fun(err?: string, success: true)): luvit.fs.Operation
---@overload fun(source: string, destination: string, thread?: thread): any, any, any
function fs.cp(source, destination, options, callback) end

---Does what `fs.cp` does, and waits for it.
---@see luvit.fs.cp
---@param source string
---@param destination string
---@param options? luvit.fs.CpOptions
---@return true? success, string? err, string? code
function fs.cpSync(source, destination, options) end

---The paths that fit a pattern, in order, each once. In a pattern `*` is any text but `/`, `?` one character, `[a-z]`
---and `[!a-z]` one of some, `{a,b}` either of two, and `**` between slashes any number of folders, which does not
---follow links; `\` takes the meaning from the character after it, except on Windows, where it is a `/`. Names that
---begin with a dot need one in the pattern. Folders that may not be read are skipped. Paths are written with `/`
---everywhere.
---@param pattern string|string[]
---@param options? luvit.fs.GlobOptions
---@param callback? fun(err?: string, paths: string[])
---@return luvit.fs.Operation
---@overload fun(pattern: string|string[], options?: luvit.fs.GlobOptions, thread?: thread): any, any, any
---@overload fun(pattern: string|string[], callback: fun(err?: string, paths: string[])): luvit.fs.Operation
---@overload fun(pattern: string|string[], thread?: thread): any, any, any
function fs.glob(pattern, options, callback) end

---Does what `fs.glob` does, and waits for it.
---@see luvit.fs.glob
---@param pattern string|string[]
---@param options? luvit.fs.GlobOptions
---@return string[]? paths, string? err, string? code
function fs.globSync(pattern, options) end

---Reads a file as a stream.
---@param path? string not needed with `options.fd`
---@param options? luvit.fs.ReadStreamOptions
---@return luvit.fs.ReadStream
function fs.createReadStream(path, options) end

---Writes to a file as a stream.
---@param path? string not needed with `options.fd`
---@param options? luvit.fs.WriteStreamOptions
---@return luvit.fs.WriteStream
function fs.createWriteStream(path, options) end

---Watches a file, or a folder and the names in it. What cannot be watched is an `error` of the watcher.
---inotify(7), kqueue(2), FSEvents, ReadDirectoryChangesW
---@param path string
---@param options? luvit.fs.WatchOptions
---@param listener? fun(event: 'change'|'rename', filename?: string)
---@return luvit.fs.FSWatcher
function fs.watch(path, options, listener) end

---Looks at a file from time to time and calls back when it changed: works where `watch` does not, on network file
---systems for one. A file that is not there has a `stat` of zeros; it may appear later.
---@param path string
---@param options? luvit.fs.WatchFileOptions
---@param listener fun(current: uv.fs_stat.result, previous: uv.fs_stat.result)
function fs.watchFile(path, options, listener) end

---Ends what `watchFile` began.
---@param path string
---@param listener? function one of them; all without it
function fs.unwatchFile(path, listener) end

return fs
