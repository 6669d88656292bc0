-- What is reachable in the heap, and from where: two snapshots tell what a program did not let go of.
--
-- `snapshot()` returns a table of texts. A key is the address of an object, a light userdata, the same that `tostring` shows
-- of a table. The first line of its text says what it is: `table`, `userdata`, `cfunction`, the place of a Lua function
-- (`file.lua:12`), or those of a coroutine's calls. Each line behind it is one of those who refer to it: the address of the
-- other object, and by what: the name of a field, `[1]` for a number, a local variable and where (`t : file.lua:4`), or
-- `[metatable]`, `[key]`, `[environment]`, `[uservalue]` or `[upvalue]`.
--
-- ```
-- table
-- 0x7f20c8a1b1e0 : cache
-- 0x7f20c8a1d2f8 : t : file.lua:4
-- ```
--
-- Weak references do not count. Strings, C functions that refer to nothing, and values of FFI are not listed. A snapshot of
-- a large heap takes its time, and memory as large as a part of it.

---Looks at all tables, functions, coroutines and userdata that can be reached. Nothing is changed, and nothing collected
---meanwhile.
---@return table<userdata, string>
local snapshot = require('luvit:snapshot').take

return snapshot
