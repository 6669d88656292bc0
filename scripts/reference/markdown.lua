-- Markdown of the pages: headings and what they can be linked by, text, types.

local annotation = require('./annotation')

local markdown = {}

-- Where things are ----------------------------------------------------------------------------------------------------

-- The anchor that a heading gets.
function markdown.slug(heading)
  return (heading:lower():gsub('[^%w_ %-]', ''):gsub(' ', '-'))
end

function markdown.sectionFile(title)
  return 'uv/' .. title:lower():gsub('[^%w]+', '-') .. '.md'
end

function markdown.fileOf(module, section)
  return section and markdown.sectionFile(section) or module.name .. '.md'
end

-- From a page to another, both relative to docs/reference.
function markdown.relative(from, to, anchor)
  if from == to then return '#' .. (anchor or '') end
  local up = from:find('/', 1, true) and '../' or ''
  if up ~= '' and to:find('^uv/') then up, to = '', to:sub(4) end
  return up .. to .. (anchor and '#' .. anchor or '')
end

function markdown.classHeading(class)
  return class.exportedAs or class.name
end

-- What is exported may have the name of a function, but for capitals, which anchors do not tell apart.
function markdown.classAnchor(class)
  local heading = markdown.classHeading(class)
  return markdown.slug(class.exportedAs and not class.instance and 'class ' .. heading or heading)
end

-- Text ----------------------------------------------------------------------------------------------------------------

function markdown.newWriter(file, lib)
  local lines = {}
  local writer = { file = file, lib = lib, public = lib.public, lines = lines }
  function writer.line(text, ...)
    lines[#lines + 1] = select('#', ...) > 0 and text:format(...) or text
  end
  function writer.paragraph(text)
    if lines[#lines] ~= '' then lines[#lines + 1] = '' end
    lines[#lines + 1] = text
  end
  return writer
end

function markdown.textOf(list)
  return (table.concat(list, '\n'):gsub('^%s+', ''):gsub('%s+$', ''))
end

-- A paragraph `Events: one; another; and a third.` is easier to read as a list.
function markdown.withEventList(text)
  return (('\n\n' .. text .. '\n\n'):gsub('\n\nEvents([^:\n]*): (.-)\n\n', function(what, paragraph)
    -- Only the sentence itself is the list.
    local sentence, rest = paragraph:match('^(.-)%.%s+(%u.*)$')
    local items = {}
    for part in ((sentence or paragraph):gsub('\n', ' ') .. ';'):gmatch('%s*(.-);') do
      items[#items + 1] = '- ' .. part:gsub('^and ', ''):gsub('%.$', '')
    end
    if #items < 3 or items[1]:sub(3, 3) ~= '`' then return nil end
    return ('\n\nEvents%s:\n\n%s\n\n%s'):format(what, table.concat(items, '\n'), rest and rest .. '\n\n' or '')
  end):gsub('^\n+', ''):gsub('\n+$', ''))
end

function markdown.firstSentence(list)
  local text = markdown.textOf(list):gsub('\n\n.*', ''):gsub('\n', ' ')
  -- A period inside of brackets or code does not end it.
  local depth, code = 0, false
  for index = 1, #text do
    local char = text:sub(index, index)
    if char == '`' then
      code = not code
    elseif not code and char == '(' then
      depth = depth + 1
    elseif not code and char == ')' then
      depth = depth - 1
    elseif char == '.' and depth <= 0 and not code and text:find('^%s+[%u`]', index + 1) then
      return text:sub(1, index)
    end
  end
  return text
end

function markdown.codeSpan(text)
  return text:find('`', 1, true) and '`` ' .. text .. ' ``' or '`' .. text .. '`'
end

-- The place of a class or alias, if it has one.
local function target(writer, name)
  local found = writer.public[name] and (writer.lib.classes[name] or writer.lib.aliases[name])
  if not found then return nil end
  local class = writer.lib.classes[name]
  if class == found.module.class and not found.section then
    return markdown.relative(writer.file, markdown.fileOf(found.module))
  end
  local anchor = class and markdown.classAnchor(class) or markdown.slug(found.alias)
  return markdown.relative(writer.file, markdown.fileOf(found.module, found.section), anchor)
end

-- A type, with links to what it is made of.
function markdown.typeText(writer, kind)
  local optional = kind:match('^(.*)%?$')
  local base = optional or kind
  local bare = base:gsub('%[%]$', '')
  if bare:find('^[%w_.]+$') then
    local place = target(writer, bare)
    return place and ('[`%s`](%s)'):format(kind, place) or markdown.codeSpan(kind)
  end
  local _, _, names = annotation.takeType(kind)
  local links, seen = {}, {}
  for _, name in ipairs(names) do
    local place = target(writer, name)
    if place and not seen[name] then
      seen[name] = true
      links[#links + 1] = ('[%s](%s)'):format(name, place)
    end
  end
  if #links == 0 then return markdown.codeSpan(kind) end
  return ('%s (%s)'):format(markdown.codeSpan(kind), table.concat(links, ', '))
end

function markdown.described(text)
  return text ~= '' and ': ' .. text or ''
end

function markdown.writeItem(writer, name, kind, optional, text)
  local shown = kind and ' ' .. markdown.typeText(writer, kind) or ''
  writer.line('- **`%s`**%s%s%s', name, shown, optional and ', optional' or '', markdown.described(text))
end

return markdown
