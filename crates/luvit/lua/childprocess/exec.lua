-- Running a command to its end: what `exec` and `execFile` do.

local Error = require('core').Error
local process = require('childprocess/process')

-- Of a long standard error, an error's text has the end.
local MOST_QUOTED = 2000

---Collects what a pipe brings, up to `most` bytes.
---@param child luvit.childprocess.Process
---@param stream? luvit.Readable
---@param most number bytes
---@param onOverflow fun() called once, when there is more
---@return fun(): string # what has come
local function collect(child, stream, most, onOverflow)
  local parts, count, left = {}, 0, most
  local function onData(chunk)
    count = count + 1
    if #chunk <= left then
      parts[count] = chunk
      left = left - #chunk
      return
    end
    parts[count] = chunk:sub(1, left)
    stream:removeListener('data', onData)
    onOverflow()
  end
  -- What `options.stdio` has put in the place of a pipe is not ours to read.
  for _, pipe in ipairs(child._pipes) do
    if pipe == stream then pipe:on('data', onData) end
  end
  return function() return table.concat(parts) end
end

local function quoteEnd(text)
  text = text:gsub('%s+$', '')
  if #text <= MOST_QUOTED then return text end
  return '…' .. text:sub(-MOST_QUOTED)
end

-- How a child ended.
local function manner(child)
  if child.signal == 0 then return 'exit code ' .. child.exitCode end
  return 'killed by ' .. (child.signalCode or 'signal ' .. child.signal)
end

local function failure(child, plan, state, stderr)
  if state.overflow then
    return Error:new(('ERR_CHILD_PROCESS_STDIO_MAXBUFFER: %s is longer than maxBuffer (%s bytes), %s'):format(
      state.overflow, tostring(plan.maxBuffer), plan.command))
  end
  if child.exitCode == nil then return Error:new('ECANCELED: operation canceled, ' .. plan.command) end
  if not state.timedOut and child.exitCode == 0 and child.signal == 0 then return nil end
  local how = manner(child)
  if state.timedOut then how = ('timed out after %s ms, %s'):format(tostring(plan.timeout), how) end
  local err = Error:new(('Command failed: %s (%s)\n%s'):format(plan.command, how, quoteEnd(stderr)):gsub('%s+$', ''))
  if state.timedOut then
    err.code = 'ETIMEDOUT'
  elseif child.signal == 0 then
    err.code = child.exitCode
  end
  return err
end

---Starts a child and calls back with its output when it has ended and its pipes are closed.
---@param plan luvit.childprocess.Plan
---@param callback fun(err?: luvit.Error, stdout: string, stderr: string)
---@return luvit.childprocess.Process
local function run(plan, callback)
  local child = process.start(plan)
  local state = {}

  local function overflow(name)
    return function()
      state.overflow = state.overflow or name
      process.terminate(child)
      -- A grandchild may keep the pipes open.
      process.destroyPipes(child)
    end
  end
  local stdout = collect(child, child.stdout, plan.maxBuffer, overflow('stdout'))
  local stderr = collect(child, child.stderr, plan.maxBuffer, overflow('stderr'))
  child:on('timeout', function()
    state.timedOut = true
    process.destroyPipes(child)
  end)
  child:on('error', function(err) state.err = state.err or err end)
  child:on('close', function()
    local out, errors = stdout(), stderr()
    local err = state.err or failure(child, plan, state, errors)
    if type(err) == 'table' then
      err.cmd, err.killed, err.signal = plan.command, child.killed, child.signalCode
      err.stdout, err.stderr = out, errors
    end
    callback(err, out, errors)
  end)
  return child
end

return { run = run }
