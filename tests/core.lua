local core = require('core')
local Object, Emitter, Error, instanceof = core.Object, core.Emitter, core.Error, core.instanceof

require('tap')(function(test)
  test('objects: constructor, inheritance, metamethods', function()
    local Rectangle = Object:extend()
    function Rectangle:initialize(w, h) self.w, self.h = w, h end
    function Rectangle:area() return self.w * self.h end
    function Rectangle.meta.__tostring(self) return self.w .. 'x' .. self.h end
    local Square = Rectangle:extend()
    function Square:initialize(w) Rectangle.initialize(self, w, w) end
    local square = Square:new(3)
    assert(square:area() == 9)
    assert(tostring(square) == '3x3')
    assert(Square.meta.super == Rectangle)
    assert(not pcall(square.create, square))
    local bare = Square:create()
    assert(bare.w == nil and instanceof(bare, Square))
  end)

  test('instanceof', function()
    local A, Other = Emitter:extend(), Object:extend()
    local B = A:extend()
    local b = B:new()
    assert(instanceof(b, B) and instanceof(b, A) and instanceof(b, Emitter) and instanceof(b, Object))
    assert(not instanceof(b, Other))
    assert(instanceof(Emitter, Object) and instanceof(Object, Object))
    for _, value in ipairs({ 2, 'a', {}, print, { meta = 1 } }) do assert(not instanceof(value, Object)) end
    assert(not instanceof(nil, Object) and not instanceof(b, nil))
  end)

  test('errors: message, code, text', function()
    local err = Error:new('ENOENT: no such file')
    assert(err.message == 'ENOENT: no such file' and err.code == 'ENOENT')
    assert(tostring(err) == err.message)
    assert(Error:new('404: gone').code == 404)
    assert(Error:new('Something: else').code == nil)
    assert(Error:new('plain').code == nil)
    assert(tostring(Error:new()) == 'Error')
    local Sub = Error:extend()
    assert(tostring(Sub:new('x')) == 'x' and instanceof(Sub:new('x'), Error))
  end)

  test('emit passes arguments, in order, and returns who was called', function(expect)
    local e, order = Emitter:new(), {}
    assert(e:on('x', function(a, b, c) table.insert(order, 1); assert(a == 1 and b == nil and c == 3) end) == e)
    e:on('x', function() table.insert(order, 2) end)
    e:on('y', expect(function() end))
    assert(e:emit('x', 1, nil, 3) == e)
    assert(order[1] == 1 and order[2] == 2)
    assert(e:emit('nothing') == nil)
    assert(e:emit('y') == e)
    assert(e:listenerCount('x') == 2 and e:listenerCount('nothing') == 0)
    assert(#e:listeners('x') == 2 and #e:listeners('nothing') == 0)
  end)

  test('state exists only while needed', function()
    local e = Emitter:new()
    e:emit('x')
    assert(rawget(e, 'handlers') == nil)
    local function f() end
    for _ = 1, 10 do
      e:on('x', f)
      e:once('x', f)
      assert(e:removeListener('x', f) == 2)
    end
    assert(next(e.handlers) == nil)
    assert(e:removeListener('x', f) == nil)
    for _ = 1, 10 do
      e:once('x', f)
      e:emit('x')
    end
    assert(next(e.handlers) == nil)
  end)

  test('once', function()
    local e, calls = Emitter:new(), 0
    e:once('x', function()
      calls = calls + 1
      e:emit('x')
    end)
    e:emit('x')
    e:emit('x')
    assert(calls == 1)
    local function f() calls = calls + 1 end
    e:once('x', f)
    assert(e:removeListener('x', f) == 1)
    e:emit('x')
    assert(calls == 1)
  end)

  test('listeners added and removed while emitting', function()
    local e, log = Emitter:new(), {}
    local function late() table.insert(log, 'late') end
    local function b() table.insert(log, 'b') end
    local function c() table.insert(log, 'c') end
    local function a()
      table.insert(log, 'a')
      e:on('x', late)
      e:removeListener('x', b)
      e:removeListener('x', a)
    end
    e:on('x', a):on('x', b):on('x', c)
    e:emit('x')
    assert(table.concat(log, ' ') == 'a c')
    e:emit('x')
    assert(table.concat(log, ' ') == 'a c c late')
    local gone = Emitter:new()
    gone:on('x', function() gone:removeAllListeners() end):on('x', error)
    gone:emit('x')
    assert(gone:listenerCount('x') == 0)
  end)

  test('nested emits call every listener of both', function()
    local e, log, depth = Emitter:new(), {}, 0
    e:on('x', function()
      depth = depth + 1
      if depth == 1 then e:emit('x') end
    end)
    e:once('x', function() table.insert(log, 'once') end)
    e:on('x', function() table.insert(log, 'on') end)
    e:emit('x')
    assert(table.concat(log, ' ') == 'once on on')
  end)

  test('removeAllListeners', function()
    local e = Emitter:new()
    e:on('x', error):on('y', error)
    e:removeAllListeners('x')
    assert(e:emit('x') == nil and e:listenerCount('y') == 1)
    e:removeAllListeners()
    assert(e:listenerCount('y') == 0)
    e:removeListener('y')
    e:on('z', error)
    assert(e:removeListener('z') == 1 and e:listenerCount('z') == 0)
  end)

  test('an error without a listener is raised with its message', function()
    local e = Emitter:new()
    for _, err in ipairs({ 'boom', Error:new('boom'), { message = 'boom' } }) do
      local ok, raised = pcall(e.emit, e, 'error', err)
      assert(not ok and tostring(raised):find('boom', 1, true))
    end
    local seen
    e:on('error', function(err) seen = err end)
    e:emit('error', 'handled')
    assert(seen == 'handled')
  end)

  test('missingHandlerType can be overridden', function()
    local names = {}
    local Sub = Emitter:extend()
    function Sub:missingHandlerType(name, value) table.insert(names, name .. value) end
    local e = Sub:new()
    e:emit('x', 1)
    e:on('y', function() end)
    e:emit('x', 2)
    e:emit('error', 3)
    assert(table.concat(names, ' ') == 'x1 x2 error3')
  end)

  test('addHandlerType announces the first listener of an event', function()
    local names = {}
    local Sub = Emitter:extend()
    function Sub:addHandlerType(name) table.insert(names, name) end
    Sub:new():on('a', print):on('a', print):on('b', print)
    assert(table.concat(names, ' ') == 'a b')
  end)

  test('wrap and propagate', function(expect)
    local Sub = Emitter:extend()
    function Sub:onOpen(fd) self.fd = fd end
    local e = Sub:new()
    e:wrap('onOpen')
    e.onOpen(nil, 7)
    assert(e.fd == 7)
    e:on('error', expect(function(err) assert(err == 'bad') end))
    e.onOpen('bad')
    assert(not pcall(e.wrap, e, 'missing'))

    local target = Emitter:new()
    assert(e:propagate('x', target) == target)
    assert(e:propagate('x') == e)
    target:on('x', expect(function(a, b) assert(a == 1 and b == 2) end))
    e:emit('x', 1, 2)
  end)

  test('listeners must be callable', function(expect)
    local e = Emitter:new()
    local ok, err = pcall(e.on, e, 'x', nil)
    assert(not ok and err:find("'callback'", 1, true))
    assert(not pcall(e.once, e, 'x', {}))
    local called
    e:on('x', setmetatable({}, { __call = function() called = true end }))
    e:emit('x')
    assert(called)
  end)
end)
