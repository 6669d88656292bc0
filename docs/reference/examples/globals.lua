-- `p` shows any value, `print` what `tostring` makes of it.
p({ 1, 'two', { three = true } })  --> { 1, 'two', { three = true } }
print(1, 'two', nil)               --> 1	two	nil

-- The program's arguments: itself, the script, and what follows.
print(#args, args[1]:match('[^/\\]+$'))  --> 1	globals.lua

-- The file as a module. A global that it assigns stays in it.
print(module.path:match('[^/\\]+$'))  --> globals.lua
answer = 42
print(answer, rawget(_G, 'answer'))   --> 42	nil

-- Bytes, as a format says: an unsigned short with the high byte first, and a string with its length in front.
local bytes = string.pack('>I2s1', 513, 'luvit')
print(#bytes, bytes:byte(1, 3))      --> 8	2	1	5
print(string.unpack('>I2s1', bytes)) --> 513	luvit	9

-- Text in UTF-8.
for _, code in utf8.codes('Größe') do io.write(code, ' ') end
print(utf8.len('Größe'), #'Größe')   --> 71 114 246 223 101 5	7
