local header = require('http-header')

local headers = header.toHeaders({
  ['content-type'] = 'text/html',
  ['Set-Cookie'] = { 'a=1', 'b=2' },
})

-- A name reads the first value, in any case.
print(headers['Content-Type'])  --> text/html

-- The list part has all fields in order.
for _, pair in ipairs(headers) do
  print(pair[1] .. ': ' .. pair[2])
end
--> Set-Cookie: a=1
--> Set-Cookie: b=2
--> content-type: text/html

-- Assigning replaces all values of a name, nil removes them.
headers['set-cookie'] = nil
headers.ETag = '"v1"'
print(#headers, headers.etag)  --> 2	"v1"

-- What a later table says, counts.
local both = header.combineHeaders({ Accept = '*/*', Host = 'localhost' }, { accept = 'text/html' })
print(both.accept, both.host)  --> text/html	localhost
