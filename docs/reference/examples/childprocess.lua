-- Children: one that is spoken to, one whose output is collected, and one that fails.
local childprocess = require('childprocess')

-- This very program, so that the example runs on every system.
local luvit = assert(require('uv').exepath())

local function speak(done)
  -- A child has three pipes: `stdin` to write to, `stdout` and `stderr` to read from.
  local child = childprocess.spawn(luvit, { '-e', 'do io.write(io.read("*a"):upper()) end' })
  local parts = {}
  child.stdout:on('data', function(chunk) table.insert(parts, chunk) end)
  child.stdin:write('hello, ')
  child.stdin:_end('child')

  -- `close` comes when it has ended and all of its output was read.
  child:on('close', function(code, signal)
    print(table.concat(parts), code, signal) --> HELLO, CHILD	0	0
    done()
  end)
end

local function collect(done)
  -- A shell runs the command; the callback gets all of the output.
  childprocess.exec('echo one && echo two', function(err, stdout)
    assert(not err, err)
    for word in stdout:gmatch('%a+') do print(word) end
    --> one
    --> two
    done()
  end)
end

local function fail()
  -- In a coroutine the call waits: for `stdout, stderr`, or for nil and an error.
  local thread = coroutine.running()
  local _, err = childprocess.exec('exit 3', thread)
  print(err) --> Command failed: exit 3 (exit code 3)
  _, err = childprocess.execFile('no-such-program', thread)
  print(err) --> ENOENT: no such file or directory, spawn no-such-program
end

speak(function()
  collect(coroutine.wrap(fail))
end)
