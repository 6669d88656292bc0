-- For wrk: every connection sends 16 requests at once and waits for the 16 answers (wrk -s bench/pipeline.lua URL).
local DEPTH = 16

local batch

function init()
  local one = wrk.format()
  batch = one:rep(DEPTH)
end

function request()
  return batch
end
