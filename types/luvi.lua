---@meta luvi

-- Made by scripts/reference.lua of crates/luvit/lua/luvi.lua. Change it there.

-- What luvi, the runtime under luvit 2, tells programs about itself.

---The functions of `pathjoin`, in luvi's words.
---@class luvit.luvi.path
---@field isWindows boolean
---@field join fun(...: string): string as `pathjoin.pathJoin`
---@field getPrefix fun(path: string): string?
---@field splitPath fun(path: string): string[]
---@field joinParts fun(prefix: string?, parts: string[], i: integer?, j: integer?): string

---@class luvit.luvi
---@field version string of luvit, for example `'v3.0.0'`
---@field path luvit.luvi.path functions for paths
local luvi = {}

return luvi
