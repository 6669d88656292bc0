local lpeg = require('lpeg')
local P, R, S, V, C, Ct = lpeg.P, lpeg.R, lpeg.S, lpeg.V, lpeg.C, lpeg.Ct

-- A list of names and numbers.
local name = R('az', 'AZ') ^ 1
local number = R('09') ^ 1 / tonumber
local entry = Ct(C(name) * '=' * number)
local list = Ct(entry * (',' * entry) ^ 0) * -1
local entries = list:match('cpu=2,load=17')
print(#entries, entries[2][1], entries[2][2])  --> 2	load	17
print(list:match('cpu=2,load='))  --> nil

-- A calculator: a grammar, whose captures are folded from the left.
local space = S(' ') ^ 0
local function apply(left, operator, right)
  if operator == '+' then return left + right elseif operator == '-' then return left - right end
  return operator == '*' and left * right or left / right
end
local expression = P({ 'sum',
  sum = V('product') * (C(S('+-')) * space * V('product') % apply) ^ 0,
  product = V('value') * (C(S('*/')) * space * V('value') % apply) ^ 0,
  value = number * space + '(' * space * V('sum') * ')' * space,
}) * -1
print(expression:match('2 + 3 * (4 - 1)'))  --> 11

-- Text in which what matches is replaced.
local escape = lpeg.Cs((P('&') / '&amp;' + P('<') / '&lt;' + 1) ^ 0)
print(escape:match('a < b & c'))  --> a &lt; b &amp; c
