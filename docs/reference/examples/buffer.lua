local Buffer = require('buffer').Buffer

-- A packet: a kind, a length, a number, then text.
local text = 'héllo'
local packet = Buffer:new(8 + #text)
local at = packet:writeUInt8(1, 7)           -- writers return the position behind
at = packet:writeUInt16BE(at, #text)
at = packet:writeFloatLE(at, 0.5)
packet:write(text, at + 1)

p(packet)                                    --> <Buffer 07 00 06 00 00 00 3f 00 68 c3 a9 6c 6c 6f>
print(packet:readUInt16BE(2), #packet)       --> 6	14

-- A slice shares the memory of what it was cut from.
local body = packet:slice(9)
body[1] = ('H'):byte()
print(body, packet:toString(9, 9))           --> Héllo	H

-- Text in other clothes, and back.
print(body:toString('hex'))                  --> 48c3a96c6c6f
print(body:toString('base64'))               --> SMOpbGxv
print(Buffer.from('SMOpbGxv', 'base64') == body)  --> true

-- Integers of 64 bits are numbers as long as those are exact.
local big = Buffer:new(8)
big:writeInt64BE(1, 2 ^ 53)
print(big:readInt64BE(1) == 2 ^ 53)          --> true
big:fill(0xff)
print(big:readUInt64BE(1))                   --> 18446744073709551615ULL

-- Nothing reaches outside.
print(select(2, pcall(big.readUInt16LE, big, 8)))  --> Index out of bounds: offset 8, size 2, length 8
