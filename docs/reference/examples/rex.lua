local rex = require('rex')

print(rex.match('Thu Nov 26 2026', [[(\w+) (\d+) (\d{4})]]))  --> Nov	26	2026
print(rex.find('a long text', 'LONG', 1, 'i'))  --> 3	6
print(rex.count('one two three', [[\w+]]))  --> 3

for key, value in rex.gmatch('host=a port=80', [[(\w+)=(\w+)]]) do print(key, value) end
--> host	a
--> port	80

for part in rex.split('a, b;c', '[,;] *') do io.write('[', part, ']') end
print()  --> [a][b][c]

print(rex.gsub('2026-11-26', [[(\d+)-(\d+)-(\d+)]], '%3.%2.%1'))  --> 26.11.2026	1	1
print((rex.gsub('cost: 3 + 4', [[\d]], function(digit) return digit * 2 end)))  --> cost: 6 + 8

-- Names, and a pattern that is compiled once.
local url = rex.new([[(?<scheme>\w+)://(?<host>[^/:]+)(?::(?<port>\d+))?]])
local _, _, parts = url:tfind('see https://luvit.io/docs')
print(parts.scheme, parts.host, parts.port)  --> https	luvit.io	false

-- Characters instead of bytes.
print(rex.match('naïve café', [[(*UTF)(*UCP)\b\w+$]]))  --> café

-- A pattern that is wrong says where.
print(select(2, pcall(rex.new, 'a(b')):match('missing.*'))
--> missing closing parenthesis (pattern offset: 4)
