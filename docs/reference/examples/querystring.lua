local querystring = require('querystring')

local form = querystring.parse('name=Ada+Lovelace&tag=math&tag=code&empty')
print(form.name)                 --> Ada Lovelace
print(table.concat(form.tag, ' and '))  --> math and code
p(form.empty)                    --> ''

print(querystring.stringify({ q = 'a&b', page = 2, tag = { 'x', 'y' } }))  --> page=2&q=a%26b&tag=x&tag=y
print(querystring.stringify({ a = 1, b = 2 }, ';', ':'))                   --> a:1;b:2

print(querystring.urlencode('50% für dich'))        --> 50%25%20f%C3%BCr%20dich
print(querystring.urldecode('50%25%20f%C3%BCr+dich'))  --> 50% für dich
