---@meta rex_pcre2

-- Made by scripts/reference.lua of crates/luvit/lua/rex_pcre2.lua. Change it there.

-- Another name of [rex](rex.md), lrexlib's own for its binding of PCRE2.

---@class luvit.rex_pcre2: luvit.rex
local rex_pcre2 = {}

return rex_pcre2
