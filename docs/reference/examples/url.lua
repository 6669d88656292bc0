local url = require('url')

local parsed = url.parse('https://me:secret@Example.com:8080/a/b?x=1&y=2#top', true)
print(parsed.protocol, parsed.hostname, parsed.port)  --> https	example.com	8080
print(parsed.auth, parsed.pathname, parsed.hash)      --> me:secret	/a/b	#top
print(parsed.query.x, parsed.query.y)                 --> 1	2

print(url.format({ protocol = 'http', hostname = '::1', port = 80, pathname = '/search', query = { q = 'a b' } }))
--> http://[::1]:80/search?q=a%20b

-- As a browser follows links.
print(url.resolve('http://example.com/docs/page', '../img/logo.png'))  --> http://example.com/img/logo.png
print(url.resolve('http://example.com/docs/page', '//cdn.example.com/x'))  --> http://cdn.example.com/x
print(url.resolveObject('http://example.com/a', '?q=1').query)  --> q=1
