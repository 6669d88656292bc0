-- Another name of [rex](rex.md), lrexlib's own for its binding of PCRE2.

---@class luvit.rex_pcre2: luvit.rex
local rex = require('rex')

return rex
