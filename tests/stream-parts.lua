-- Before anything else uses a stream: what the classes know of their methods until these are loaded.
local stream = require('stream')
local classes = require('stream/classes')

local PARTS = { Stream = 'stream/base', Readable = 'stream/readable', Writable = 'stream/writable' }

local function isLoaded(part)
  return require('luvit:loaded')(part) ~= nil
end

local function anyLoaded()
  for _, part in pairs(PARTS) do
    if isLoaded(part) then return part end
  end
end

local function namesOf(class)
  local lookup = getmetatable(class).__index
  for i = 1, math.huge do
    local name, value = debug.getupvalue(lookup, i)
    if name == 'names' then return value end
    assert(name, 'the class has no list of names')
  end
end

local known = {}
for class in pairs(PARTS) do known[class] = namesOf(classes[class]) end
local loadedAtStart = anyLoaded()

-- A subclass and an object of it, neither used as a stream.
local Request = stream.Readable:extend()
local request = Request:create()
local missing = request.keepAlive
local loadedByDeriving = anyLoaded()

-- Replaced before the class has its own.
local function replaced() return 'replaced' end
stream.Writable._write = replaced

require('tap')(function(test)
  test('deriving a class loads no methods', function()
    assert(not loadedAtStart, loadedAtStart)
    assert(missing == nil and not loadedByDeriving, loadedByDeriving)
  end)

  test('a method that was replaced first stays replaced', function()
    assert(stream.Writable._write == replaced and stream.Duplex._write == replaced)
    assert(isLoaded('stream/writable'))
  end)

  test('objects made before get the methods', function(expect)
    request._read = function() end
    request:on('data', expect(function(chunk) assert(chunk == 'a') end, 1))
    request:on('end', expect(function() assert(request.readable == false) end, 1))
    request:push('a')
    request:push(nil)
    assert(Request.pipe == stream.Readable.pipe and stream.Readable.pipe ~= stream.Stream.pipe)
    assert(require('core').instanceof(request, stream.Stream))
  end)

  test('a class knows the names of all it gets', function()
    for name, names in pairs(known) do
      for key in pairs(classes[name]) do assert(key == 'meta' or names[key], name .. '.' .. key) end
      for key in pairs(names) do assert(rawget(classes[name], key) ~= nil, name .. '.' .. key) end
    end
  end)

  test('with its methods a class is looked up as any other', function()
    for name in pairs(PARTS) do
      local class = classes[name]
      assert(isLoaded(PARTS[name]) and getmetatable(class) == class.meta.super.meta, name)
    end
  end)

  test('the module lists all classes', function()
    local found = {}
    for name, class in pairs(stream) do found[#found + 1] = type(class) == 'table' and class.meta and name end
    table.sort(found)
    assert(table.concat(found, ' ') == 'Duplex Observable PassThrough Readable Stream Transform Writable')
    assert(stream.Nothing == nil)
    assert(require('stream/readable').Readable == stream.Readable)
    assert(require('stream/transform').PassThrough == stream.PassThrough)
  end)
end)
