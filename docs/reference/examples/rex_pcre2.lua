local rex = require('rex_pcre2')

print(rex == require('rex'), rex.match('luvit 3', [[\d]]))  --> true	3
