local stream = require('stream')

-- A source: `_read` is called when there is room, and `push` adds a chunk. Nil ends the stream.
---@class Countdown: luvit.Readable
local Countdown = stream.Readable:extend()

function Countdown:initialize(from)
  stream.Readable.initialize(self)
  self.left = from
end

function Countdown:_read()
  if self.left == 0 then return self:push(nil) end
  self:push(self.left .. ' ')
  self.left = self.left - 1
end

-- Something between: what comes in, goes out changed.
local Shout = stream.Transform:extend()

function Shout:_transform(chunk, callback)
  callback(nil, chunk:gsub(' ', '!\n'))
end

-- A destination: the next chunk comes when the callback was called, so that a fast source waits for a slow one.
local Lines = stream.Writable:extend()

function Lines:_write(chunk, callback)
  print((chunk:gsub('\n', '')))
  callback()
end

local lines = Lines:new()
lines:on('finish', function()
  print('Lift off')
end)

Countdown:new(3):pipe(Shout:new()):pipe(lines)
--> 3!
--> 2!
--> 1!
--> Lift off
