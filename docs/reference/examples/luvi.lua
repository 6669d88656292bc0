local luvi = require('luvi')

-- What runs the program, for those who ask luvi.
print(luvi.version:match('^v%d+'))  --> v3

-- The functions of `pathjoin`.
print(luvi.path.join('templates', '..', 'static', 'style.css'))  --> static/style.css
print(luvi.path.splitPath('static/style.css')[2])                --> style.css
