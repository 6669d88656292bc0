-- What luvi, the runtime under luvit 2, tells programs about itself.

---@class luvit.luvi
---@field version string of luvit, for example `'v3.0.0'`
---@field path luvit.luvi.path functions for paths
local luvi = { version = 'v' .. require('luvit:module').version }

local pathjoin = require('pathjoin')

---The functions of `pathjoin`, in luvi's words.
---@class luvit.luvi.path
---@field isWindows boolean
---@field join fun(...: string): string as `pathjoin.pathJoin`
---@field getPrefix fun(path: string): string?
---@field splitPath fun(path: string): string[]
---@field joinParts fun(prefix: string?, parts: string[], i: integer?, j: integer?): string
luvi.path = {
  isWindows = pathjoin.isWindows,
  join = pathjoin.pathJoin,
  getPrefix = pathjoin.getPrefix,
  splitPath = pathjoin.splitPath,
  joinParts = pathjoin.joinParts,
}

return luvi
