-- Files by patterns: `fs.glob('src/**/*.{c,h}', …)`.
--
-- A pattern is a list of segments, one a level of folders. Where a walk through the tree stands in its patterns is a
-- set of states, as in a finite automaton: so each folder is looked at once, whatever the patterns are.

local uv = require('uv')
local base = require('fs/base')
local path = require('path')

local checkCallback, isCallback = base.checkCallback, base.isCallback

---@class luvit.fs
local fs = {}

local WINDOWS = path.sep == '\\'
-- How many patterns the braces of one may stand for.
local MAX_ALTERNATIVES = 10000

-- Patterns -----------------------------------------------------------------------------------------------------------

-- Where a backslash takes the meaning from the character after it. On Windows it separates, and nothing does that.
local function skip(pattern, at)
  return not WINDOWS and pattern:sub(at, at) == '\\' and at + 2 or at + 1
end

-- The first group of braces with a comma in it: what is before it, its alternatives, and what is after it.
local function firstBraces(pattern)
  local at = 1
  while at <= #pattern do
    if pattern:sub(at, at) == '{' then
      local depth, start, alternatives, i = 1, at + 1, {}, at + 1
      while i <= #pattern do
        local char = pattern:sub(i, i)
        if char == '{' then
          depth = depth + 1
        elseif char == '}' then
          depth = depth - 1
        end
        if depth == 0 or depth == 1 and char == ',' then
          alternatives[#alternatives + 1] = pattern:sub(start, i - 1)
          start = i + 1
        end
        if depth == 0 then
          if #alternatives > 1 then return pattern:sub(1, at - 1), alternatives, pattern:sub(i + 1) end
          break
        end
        i = skip(pattern, i)
      end
    end
    at = skip(pattern, at)
  end
end

-- All patterns without braces that a pattern stands for.
local function expand(pattern, method)
  local done, waiting = {}, { pattern }
  while #waiting > 0 do
    local current = table.remove(waiting)
    local before, alternatives, after = firstBraces(current)
    if before then
      for i = #alternatives, 1, -1 do waiting[#waiting + 1] = before .. alternatives[i] .. after end
    else
      done[#done + 1] = current
    end
    if #done + #waiting > MAX_ALTERNATIVES then
      local text = "bad argument 'pattern' to '%s' (braces stand for more than %d patterns)"
      error(text:format(method, MAX_ALTERNATIVES), 5)
    end
  end
  return done
end

-- One character, in UTF-8; a byte that is none counts as one.
local function character(text, at)
  return text:match('^[\194-\244][\128-\191]+', at) or text:sub(at, at)
end

-- The characters of a class, `[a-z_]`, as a function; nil when it has no end.
local function class(segment, at)
  local i, negated = at + 1, false
  if segment:find('^[!^]', i) then negated, i = true, i + 1 end
  local ranges, first = {}, true
  while i <= #segment do
    if segment:sub(i, i) == ']' and not first then
      return function(char)
        for _, range in ipairs(ranges) do
          -- Longer characters come after shorter ones, and order among their bytes is that of their code points.
          if char >= range[1] and char <= range[2] then return not negated end
        end
        return negated
      end, i + 1
    end
    first = false
    if not WINDOWS and segment:sub(i, i) == '\\' then i = i + 1 end
    local from = character(segment, i)
    i = i + #from
    local to = from
    if segment:find('^%-[^%]]', i) then
      to = character(segment, i + 1)
      i = i + 1 + #to
    end
    ranges[#ranges + 1] = { from, to }
  end
end

local STAR, ANY = {}, function() return true end

-- A segment is the text it must be, `**`, or a list of what its characters must be.
local function compileSegment(segment)
  if segment == '**' then return segment end
  local items, literal, at = {}, true, 1
  while at <= #segment do
    local char = character(segment, at)
    local item, next = char, at + #char
    if char == '*' then
      item = STAR
    elseif char == '?' then
      item = ANY
    elseif char == '[' then
      local found, after = class(segment, at)
      if found then item, next = found, after end
    elseif char == '\\' and not WINDOWS and at < #segment then
      item = character(segment, at + 1)
      next = at + 1 + #item
    end
    if type(item) ~= 'string' then literal = false end
    if not (item == STAR and items[#items] == STAR) then items[#items + 1] = item end
    at = next
  end
  if literal then return table.concat(items), true end
  return items
end

-- Whether a name has the characters of a segment. A star first stands for nothing and takes one more each time what is
-- after it does not fit; only the last star has to, so this is quick however many there are.
local function fits(items, name)
  local i, at, star, from = 1, 1, nil, nil
  while at <= #name do
    local item = items[i]
    local char = character(name, at)
    if item == STAR then
      star, from = i, at
      i = i + 1
    elseif item and (item == char or type(item) == 'function' and item(char)) then
      i, at = i + 1, at + #char
    elseif star then
      from = from + #character(name, from)
      i, at = star + 1, from
    else
      return false
    end
  end
  while items[i] == STAR do i = i + 1 end
  return items[i] == nil
end

---@class luvit.fs.globPattern
---@field root string where it begins: `/`, `C:/`, or an empty string
---@field folders boolean it ends with `/`: only folders
---@field [integer] string|table its segments

local function compile(pattern)
  if WINDOWS then pattern = pattern:gsub('\\', '/') end
  local root = pattern:match('^/+') or WINDOWS and pattern:match('^%a:/+') or ''
  local compiled = { root = root:gsub('/+$', '/'), literal = {}, folders = pattern:sub(-1) == '/' }
  for segment in pattern:sub(#root + 1):gmatch('[^/]+') do
    local made, literal = compileSegment(segment)
    if not (made == '**' and compiled[#compiled] == '**' and not literal) then
      compiled[#compiled + 1] = made
      compiled.literal[#compiled] = literal
    end
  end
  return compiled
end

-- Adds a state: which segment of a pattern is next. `**` may also stand for nothing.
local function addState(states, seen, pattern, at)
  local key = pattern.index * 65536 + at
  if seen[key] then return end
  seen[key] = true
  states[#states + 1] = { pattern = pattern, at = at }
  if pattern[at] == '**' and not pattern.literal[at] then addState(states, seen, pattern, at + 1) end
end

local function begin(patterns, root)
  local states, seen = {}, {}
  for _, pattern in ipairs(patterns) do
    if pattern.root == root then addState(states, seen, pattern, 1) end
  end
  return states
end

-- The states after a name. Links are not followed by `**`, or a walk might never end.
local function advance(states, name, dot, isLink)
  local following, seen = {}, {}
  local hidden = name:sub(1, 1) == '.'
  for _, state in ipairs(states) do
    local pattern, at = state.pattern, state.at
    local segment = pattern[at]
    if pattern.literal[at] then
      if segment == name then addState(following, seen, pattern, at + 1) end
    elseif segment == '**' then
      if (not hidden or dot) and name ~= '.' and name ~= '..' then
        -- The last one is what a file below is, too.
        if not isLink then
          addState(following, seen, pattern, at)
        elseif at == #pattern then
          addState(following, seen, pattern, at + 1)
        end
      end
    elseif segment and name ~= '.' and name ~= '..' and (not hidden or dot or segment[1] == '.') then
      if fits(segment, name) then addState(following, seen, pattern, at + 1) end
    end
  end
  return following
end

-- Whether states are at the end of a pattern: for anything, or only for folders.
local function accepts(states)
  local folder = false
  for _, state in ipairs(states) do
    if state.at > #state.pattern then
      if not state.pattern.folders then return true, false end
      folder = true
    end
  end
  return folder, folder
end

local function goesOn(states)
  for _, state in ipairs(states) do
    if state.at <= #state.pattern then return true end
  end
  return false
end

local function compileAll(list, method)
  local patterns = {}
  for _, text in ipairs(list) do
    for _, expanded in ipairs(expand(text, method)) do
      local pattern = compile(expanded)
      pattern.index = #patterns + 1
      patterns[#patterns + 1] = pattern
    end
  end
  return patterns
end

-- The walk -----------------------------------------------------------------------------------------------------------

-- What is skipped without a word: what is gone, no folder, or not for this user to see.
local UNSEEN = {}
for code in ('ENOENT ENOTDIR EACCES EPERM ELOOP ENAMETOOLONG EINVAL'):gmatch('%S+') do UNSEEN[code] = true end

-- The names in a folder that its states may match, with their types where those are known.
local function candidates(step, folder, states)
  local names, list = {}, false
  for _, state in ipairs(states) do
    local segment = state.pattern[state.at]
    if state.pattern.literal[state.at] then
      names[segment] = 'unknown'
    elseif segment then
      list = true
    end
  end
  if list then
    local listing, err = step('scandir', folder)
    if not listing then
      if not UNSEEN[base.codeOf(err)] then return nil, err end
    else
      while true do
        local name, kind = uv.fs_scandir_next(listing)
        if not name then break end
        names[name] = kind
      end
    end
  end
  return names
end

local function glob(step, patterns, options)
  local cwd = options.cwd or '.'
  local found, folders = {}, {}
  for _, pattern in ipairs(patterns) do
    if not folders[pattern.root] then
      folders[pattern.root] = true
      local absolute = pattern.root ~= ''
      folders[#folders + 1] = {
        real = absolute and pattern.root or cwd, shown = pattern.root,
        states = begin(patterns, pattern.root), excluded = options.excluded and begin(options.excluded, pattern.root),
      }
    end
  end
  while #folders > 0 do
    local folder = table.remove(folders)
    local names, err = candidates(step, folder.real, folder.states)
    if not names then return nil, err end
    for name, kind in pairs(names) do
      local real, shown = path.join(folder.real, name), folder.shown .. name
      if name == '.' or name == '..' then real = folder.real .. '/' .. name end
      if kind == 'unknown' and #advance(folder.states, name, options.dot) > 0 then
        local stat = step('lstat', real)
        kind = stat and stat.type
      end
      local states = kind and advance(folder.states, name, options.dot, kind == 'link') or {}
      local excluded = folder.excluded and advance(folder.excluded, name, true)
      if #states > 0 and not (excluded and accepts(excluded)) and not (options.exclude and options.exclude(shown)) then
        local accepted, folderOnly = accepts(states)
        local further = goesOn(states)
        if kind == 'link' and (further or folderOnly) then
          local stat = step('stat', real)
          kind = stat and stat.type == 'directory' and 'directory' or kind
        end
        if accepted and (not folderOnly or kind == 'directory') then found[#found + 1] = shown end
        if further and kind == 'directory' then
          folders[#folders + 1] = { real = real, shown = shown .. '/', states = states, excluded = excluded }
        end
      end
    end
  end
  table.sort(found)
  return found
end

-- Public -------------------------------------------------------------------------------------------------------------

---@class luvit.fs.GlobOptions
---@field cwd? string the folder that patterns begin in, `.` by default
---@field dot? boolean `*`, `?` and `**` match names that begin with a dot, too
---@field exclude? string|string[]|fun(path: string): boolean what not to return and, of folders, not to enter

local function patternsOf(pattern, name, method)
  if type(pattern) == 'string' then pattern = { pattern } end
  if type(pattern) ~= 'table' then base.fail(name, method, 'string or list of strings', pattern, 4) end
  for i = 1, #pattern do
    if type(pattern[i]) ~= 'string' then base.fail(('%s[%d]'):format(name, i), method, 'string', pattern[i], 4) end
  end
  return compileAll(pattern, method)
end

local function prepare(pattern, options, method)
  local patterns = patternsOf(pattern, 'pattern', method)
  if options == nil then return patterns, {} end
  if type(options) ~= 'table' then base.fail('options', method, 'table', options, 3) end
  if options.cwd ~= nil and type(options.cwd) ~= 'string' then
    base.fail('options.cwd', method, 'string', options.cwd, 3)
  end
  local made = { cwd = options.cwd, dot = options.dot }
  if type(options.exclude) == 'function' then
    made.exclude = options.exclude
  elseif options.exclude ~= nil then
    made.excluded = patternsOf(options.exclude, 'options.exclude', method)
  end
  return patterns, made
end

---The paths that fit a pattern, in order, each once. In a pattern `*` is any text but `/`, `?` one character, `[a-z]`
---and `[!a-z]` one of some, `{a,b}` either of two, and `**` between slashes any number of folders, which does not
---follow links; `\` takes the meaning from the character after it, except on Windows, where it is a `/`. Names that
---begin with a dot need one in the pattern. Folders that may not be read are skipped. Paths are written with `/`
---everywhere.
---@param pattern string|string[]
---@param options? luvit.fs.GlobOptions
---@param callback? fun(err?: string, paths: string[])|thread
---@return luvit.fs.Operation
function fs.glob(pattern, options, callback)
  if isCallback(options) then callback, options = options, nil end
  local patterns, made = prepare(pattern, options, 'glob')
  checkCallback(callback, 'glob')
  return base.run(callback, 'glob', glob, patterns, made)
end

---@see luvit.fs.glob
---@param pattern string|string[]
---@param options? luvit.fs.GlobOptions
---@return string[]? paths, string? err, string? code
function fs.globSync(pattern, options)
  return base.runSync(glob, prepare(pattern, options, 'globSync'))
end

return fs
