-- How UTF-8 begins: what the first byte of a character says (Unicode Standard, table 3-7).

---@param first integer byte
---@return integer? length of the character in bytes; nil for a byte that starts none
---@return integer? low the least second byte
---@return integer? high the greatest second byte; any later one is 0x80 to 0xBF
return function(first)
  if first < 0x80 then return 1 end
  if first >= 0xC2 and first <= 0xDF then return 2, 0x80, 0xBF end
  if first >= 0xE0 and first <= 0xEF then
    -- Nothing longer than needed, and no halves of surrogate pairs.
    return 3, first == 0xE0 and 0xA0 or 0x80, first == 0xED and 0x9F or 0xBF
  end
  if first >= 0xF0 and first <= 0xF4 then
    return 4, first == 0xF0 and 0x90 or 0x80, first == 0xF4 and 0x8F or 0xBF
  end
end
