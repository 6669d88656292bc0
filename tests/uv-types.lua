-- types/uv.lua against the `uv` table itself: neither has what the other lacks, and the annotations fit together.

local PATH = module.dir .. '/../types/uv.lua'

-- What the file declares ---------------------------------------------------------------------------------------------

local functions, methods, classes, aliases, annotations = {}, {}, {}, {}, {}
local duplicates = {}

local function words(list)
  local found = {}
  for word in list:gmatch('[^,%s]+') do table.insert(found, word) end
  return found
end

---Splits the lines above a function into description, parameters and the rest of its annotations.
local function describe(block, params)
  local entry = { params = words(params), described = {}, annotated = {}, rest = {}, text = '' }
  for _, line in ipairs(block) do
    local name = line:match('^%-%-%-@param (%S+)')
    if name then
      table.insert(entry.described, (name:gsub('%?$', '')))
      table.insert(entry.annotated, line)
    elseif line:find('^%-%-%-@see ') then
      entry.see = line:match('^%-%-%-@see uv%.([%w_]+)$')
    elseif line:find('^%-%-%-@') then
      table.insert(entry.rest, line)
    else
      entry.text = entry.text .. line:sub(4) .. '\n'
    end
  end
  return entry
end

local function declare(set, name, value)
  if set[name] then table.insert(duplicates, name) end
  set[name] = value
end

local function readTypes()
  local block, class, alias = {}, nil, nil
  for line in io.lines(PATH) do
    local name, params = line:match('^function uv%.([%w_]+)%((.-)%) end$')
    local owner, method, arguments = line:match('^function ([%w_]+):([%w_]+)%((.-)%) end$')
    if name then
      declare(functions, name, describe(block, params))
    elseif owner then
      methods[owner] = methods[owner] or {}
      declare(methods[owner], method, describe(block, arguments))
    elseif line:find('^%-%-%-@class ') then
      class, alias = { fields = {}, parent = line:match(': ([%w_]+)$') }, nil
      declare(classes, line:match('^%-%-%-@class ([%w_.]+)'), class)
    elseif line:find('^%-%-%-@alias ') then
      alias = {}
      declare(aliases, line:match('^%-%-%-@alias ([%w_.]+)'), alias)
    elseif line:find('^%-%-%-@field ') then
      local field, optional = line:match('^%-%-%-@field ([%w_]+)(%??) ')
      declare(class.fields, field, optional == '' and 'always' or 'sometimes')
    elseif alias and line:find('^%-%-%-| ') then
      alias[line:match('^%-%-%-| "(.-)"')] = true
    end
    if line:find('^%-%-%-@') then table.insert(annotations, line) end
    if line:find('^%-%-%-') then table.insert(block, line) else block = {} end
  end
end

readTypes()

-- Helpers ------------------------------------------------------------------------------------------------------------

local function none(list, what)
  table.sort(list)
  assert(#list == 0, ('%d %s: %s'):format(#list, what, table.concat(list, ', ')))
end

---Those names of `some` that `others` has not.
local function missing(some, others)
  local list = {}
  for name in pairs(some) do
    if others[name] == nil then table.insert(list, tostring(name)) end
  end
  return list
end

---The methods that a class and those it inherits from declare.
local function allMethods(class)
  local all = {}
  while class do
    for name, entry in pairs(methods[class] or {}) do all[name] = all[name] or entry end
    class = classes[class] and classes[class].parent
  end
  return all
end

local function same(a, b)
  return table.concat(a, '\n') == table.concat(b, '\n')
end

---An object of a class, for its methods, and what is to be closed after it; `nil` where there cannot be one.
local make = {
  uv_timer_t = function(uv) return uv.new_timer() end,
  uv_prepare_t = function(uv) return uv.new_prepare() end,
  uv_check_t = function(uv) return uv.new_check() end,
  uv_idle_t = function(uv) return uv.new_idle() end,
  uv_async_t = function(uv) return uv.new_async(print) end,
  uv_signal_t = function(uv) return uv.new_signal() end,
  uv_tcp_t = function(uv) return uv.new_tcp() end,
  uv_pipe_t = function(uv) return uv.new_pipe() end,
  uv_tty_t = function(uv) return uv.guess_handle(0) == 'tty' and uv.new_tty(0, true) or nil end,
  uv_udp_t = function(uv) return uv.new_udp() end,
  uv_poll_t = function(uv)
    local socket = uv.new_udp('inet')
    return uv.new_poll(uv.fileno(socket)), socket
  end,
  uv_process_t = function(uv)
    local process
    process = assert(uv.spawn(uv.exepath(), { args = { '-e', '' } }, function() process:close() end))
    return process
  end,
  uv_fs_event_t = function(uv) return uv.new_fs_event() end,
  uv_fs_poll_t = function(uv) return uv.new_fs_poll() end,
  uv_fs_t = function(uv) return (uv.fs_stat('.', function() end)) end,
  uv_getaddrinfo_t = function(uv)
    return (uv.getaddrinfo('127.0.0.1', nil, { numerichost = true }, function() end))
  end,
  luv_dir_t = function(uv) return uv.fs_opendir(module.dir) end,
  luv_work_ctx_t = function(uv) return uv.new_work(function() end, function() end) end,
  luv_thread_t = function(uv) return uv.thread_self() end,
  luv_sem_t = function(uv) return uv.new_sem(0) end,
}

-- Tests --------------------------------------------------------------------------------------------------------------

require('tap')(function(test)
  test('every function of uv is annotated', function(_, uv)
    local live = {}
    for name, value in pairs(uv) do
      if type(value) == 'function' then live[name] = true end
    end
    none(missing(live, functions), 'functions without annotation')
  end)

  test('every annotated function exists', function(_, uv)
    none(missing(functions, uv), 'functions only annotated')
    for name in pairs(functions) do assert(type(uv[name]) == 'function', name) end
  end)

  test('names, parameters and text are complete', function()
    none(duplicates, 'names declared twice')
    for name, entry in pairs(functions) do
      assert(same(entry.described, entry.params), 'parameters of uv.' .. name)
      assert(entry.text:find('%a'), 'no description of uv.' .. name)
    end
    for class, list in pairs(methods) do
      assert(classes[class], 'no class ' .. class)
      for name, entry in pairs(list) do
        local where = class .. ':' .. name
        local original = assert(functions[entry.see or ''], where .. ' says not which function it is')
        assert(same(entry.params, { unpack(original.params, 2) }), 'parameters of ' .. where)
        assert(same(entry.described, entry.params), 'annotated parameters of ' .. where)
        assert(same(entry.annotated, { unpack(original.annotated, 2) }), where .. ' and uv.' .. entry.see .. ' differ')
        assert(original.text:sub(1, #entry.text) == entry.text, where .. ' and uv.' .. entry.see .. ' differ in text')
        assert(#entry.rest == #original.rest, 'results of ' .. where)
        for index, line in ipairs(original.rest) do
          local expected = line:gsub('^(%-%-%-@overload fun)%([%w_]+:', '%1(self:')
          assert(entry.rest[index] == expected, 'results of ' .. where)
        end
      end
    end
  end)

  test('methods are those of the objects', function(expect, uv)
    for class, new in pairs(make) do
      local ok, object, other = pcall(new, uv)
      if not ok then error(class .. ': ' .. object) end
      if object then
        local live, annotated = getmetatable(object).__index, allMethods(class)
        none(missing(live, annotated), 'methods of ' .. class .. ' without annotation')
        none(missing(annotated, live), 'methods of ' .. class .. ' only annotated')
        for name, entry in pairs(annotated) do
          if class:find('^uv_') then assert(live[name] == uv[entry.see], class .. ':' .. name) end
        end
        if class == 'luv_dir_t' then
          assert(object:closedir())
        elseif object.close and class ~= 'uv_process_t' then
          object:close()
        end
        if other then other:close() end
      end
    end
    -- All types are tried, but the abstract ones and requests, which are alike.
    for class in pairs(methods) do
      assert(make[class] or class == 'uv_handle_t' or class == 'uv_stream_t' or class == 'uv_req_t', class)
    end
    local timer = uv.new_timer()
    timer:start(0, 0, expect(function() timer:close() end))
  end)

  test('constants', function(_, uv)
    local declared, always = classes['uv.constants'].fields, {}
    for name, when in pairs(declared) do
      if when == 'always' then always[name] = true end
    end
    none(missing(uv.constants, declared), 'constants without annotation')
    if jit.os == 'Linux' then none(missing(always, uv.constants), 'constants only annotated') end
    for name, value in pairs(uv.constants) do assert(type(value) == 'number', name) end
  end)

  test('errors', function(_, uv)
    none(missing(uv.errno, classes['uv.errno'].fields), 'errors without annotation')
    none(missing(classes['uv.errno'].fields, uv.errno), 'errors only annotated')
    none(missing(uv.errno, aliases['uv.error_name']), 'errors missing in uv.error_name')
    none(missing(aliases['uv.error_name'], uv.errno), 'errors only in uv.error_name')
    for name, entry in pairs(functions) do
      for code in entry.text:gmatch('`"?(E[A-Z0-9_]+)"?`') do assert(uv.errno[code], name .. ' names ' .. code) end
    end
  end)

  test('types that annotations use are declared, and brackets match', function()
    for _, line in ipairs(annotations) do
      local type = line:gsub(' #.*$', ''):gsub('`.-`', '')
      for _, pattern in ipairs({ 'uv%.[%w_.]*[%w_]', 'l?uv_[%w_]+_t' }) do
        for name in type:gmatch('%f[%w_]' .. pattern .. '%f[^%w_]') do
          local known = classes[name] or aliases[name] or functions[name:match('^uv%.([%w_]+)$') or '']
          assert(known, name .. ' in ' .. line)
        end
      end
      for _, pair in ipairs({ '()', '{}', '[]' }) do
        local rest = type:gsub('%b' .. pair, '')
        assert(not rest:find('[%' .. pair:sub(1, 1) .. '%' .. pair:sub(2) .. ']'), line)
      end
    end
  end)
end)
