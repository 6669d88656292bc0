-- Every module of luvit 2.18 with every export, and what each of them is.

-- A kind and the names of that kind, or a class and its methods. Of the names with an underscore, those are listed that
-- programs call or replace; `_done`, `_onSocketEnd` and `_onSocketFinish` only luvit 2.18 itself did.
local MODULES = [[
buffer
  class Buffer: initialize inspect isBuffer readInt16BE readInt16LE readInt32BE readInt32LE readInt8 readUInt16BE
    readUInt16LE readUInt32BE readUInt32LE readUInt8 toString writeInt16BE writeInt16LE writeInt32BE writeInt32LE writeInt8
    writeUInt16BE writeUInt16LE writeUInt32BE writeUInt32LE writeUInt8
childprocess
  function exec execFile spawn
codec
  function chain wrapEmitter wrapStream
core
  class Emitter: emit listenerCount listeners missingHandlerType on once propagate removeAllListeners removeListener wrap
  class Error: initialize
  class Object: create extend new
  function instanceof
dgram
  class Socket: addMembership address bind close dropMembership initialize recvStart recvStop send setBroadcast
    setMembership setTTL setTimeout
  function createSocket
dns
  number CLASS_IN TYPE_A TYPE_AAAA TYPE_CNAME TYPE_MX TYPE_NS TYPE_PTR TYPE_SRV TYPE_TXT
  function loadResolver loadResolverUnix loadResolverWin query resolve4 resolve6 resolveCname resolveMx resolveNs resolveSrv
    resolveTxt setDefaultServers setDefaultTimeout setServers setTimeout
fs
  class ReadStream: _read close destroy initialize open
  class WriteStream: _write close destroy initialize open
  class WriteStreamSync: _write initialize open
  function access accessSync appendFile appendFileSync chmod chmodSync chown chownSync close closeSync createReadStream
    createWriteStream exists existsSync fchmod fchmodSync fchown fchownSync fdatasync fdatasyncSync fstat fstatSync fsync
    fsyncSync ftruncate ftruncateSync futime futimeSync link linkSync lstat lstatSync mkdir mkdirSync mkdirpSync mkdtemp
    mkdtempSync open openSync read readFile readFileSync readSync readdir readdirSync readlink readlinkSync rename
    renameSync rmdir rmdirSync scandir scandirSync sendfile sendfileSync stat statSync symlink symlinkSync truncate
    truncateSync unlink unlinkSync utime utimeSync write writeFile writeFileSync writeSync
helpful is function
hooks
  table handlers
  function on once emit removeListener listenerCount
http-codec
  function decoder encoder
http-header
  function combineHeaders getHeaders newHeaders toHeaders
  table headerMeta
http
  class ClientRequest: _setConnection _write destroy done flushHeaders getDefaultUserAgent initialize setTimeout write
  class IncomingMessage: _read initialize
  class ServerResponse: _end finish flushHeaders getHeader initialize removeHeader setHeader write writeHead
  function createServer get handleConnection parseUrl request
  table headerMeta
https
  function createServer get request
json
  function addnewline decode encode encodeexception parse quotestring stringify use_lpeg
  table null
  string original_version version
  boolean using_lpeg
los
  function type
net
  class Server: address close destroy init listen
  class Socket: _read _write address bind connect destroy getRecvBufferSize
    getSendBufferSize getsockname initialize keepalive listen nodelay pause resume setRecvBufferSize setSendBufferSize
    setTimeout shutdown
  function connect createConnection createServer
path
  table _internal
  function basename dirname extname getRoot getSep isAbsolute join normalize normalizeSeparators relative resolve
  string sep
pathjoin
  function getPrefix joinParts pathJoin splitPath
  boolean isWindows
pretty-print
  function color colorize dump loadColors prettyPrint print strip
  table theme
  stream stdin stdout stderr
process
  function globalProcess
querystring
  function parse stringify urldecode urlencode
readline
  class Editor: new readLine onKey insert refreshLine complete getHistory backspace delete swap deleteLine deleteEnd
    deleteWord moveLeft moveRight moveHome moveEnd jumpLeft jumpRight clearScreen beep
  class History: new add clean dump load setMaxLength updateLastLine
  function readLine
repl is function
require is function
resource
  function load resolve
  string path dir
stream
  class Duplex: _end _write cork initialize uncork write
  class Observable: _transform initialize observe
  class PassThrough: _transform initialize
  class Readable: _fromList _read addListener initialize on pause pipe push read resume unpipe unshift wrap
  class Stream: pipe
  class Transform: _read _transform _write initialize push
  class Writable: _end _write cork initialize pipe uncork write
thread
  function equals join queue self start work
timer
  function active clearInterval clearTimeout clearTimer enroll setImmediate setInterval setTimeout sleep unenroll
tls
  class TLSSocket: version getPeerCertificate sni
  function connect createCredentials createServer
  string DEFAULT_SECUREPROTOCOL
  boolean isLibreSSL isTLSv1_3
url
  function format parse resolve resolveObject
ustring
  function chlen copy find format gmatch gsub index2uindex len lower match new rep reverse sub uindex2index upper
utils
  function adapt assertResume bind color colorize dump loadColors noop prettyPrint print strip
  table theme
  stream stdin stdout stderr
]]

local PROCESS = [[argv:table cpuUsage:function cwd:function env:table exit:function exitCode:number kill:function
  memoryUsage:function nextTick:function on:function once:function emit:function pid:number removeListener:function
  stdin:table stdout:table stderr:table]]

-- Opened by looking at them; a handle that is open before a test is not one that it leaves.
for _, name in ipairs({ 'stdin', 'stdout', 'stderr' }) do
  local _opened = require('pretty-print')[name], process[name]
end

local function parse(text)
  local modules, module, kind, class = {}, nil, nil, nil
  for line in text:gmatch('[^\n]+') do
    local name, is = line:match('^(%S+) is (%a+)$')
    name = name or line:match('^(%S+)$')
    if name then
      module = { name = name, is = is or 'table', exports = {} }
      modules[#modules + 1] = module
    else
      local rest = line:match('^  (%S.*)$')
      if rest then
        kind, rest = rest:match('^(%a+) (.*)$')
        class = nil
        if kind == 'class' then
          class, rest = rest:match('^(%w+):(.*)$')
          table.insert(module.exports, { name = class, kind = 'class' })
        end
      end
      for word in (rest or line):gmatch('%S+') do
        table.insert(module.exports, { name = word, kind = class and 'method' or kind, class = class })
      end
    end
  end
  return modules
end

-- What is wrong with an export, if anything is.
local function problem(module, export)
  local name, value = export.name, nil
  if export.kind == 'method' then
    value = module[export.class] and module[export.class][name]
    if type(value) == 'function' then return end
    return ('%s.%s is %s'):format(export.class, name, type(value))
  end
  value = module[name]
  if export.kind == 'class' then
    if type(value) == 'table' then return end
  elseif export.kind == 'stream' then
    if type(value) == 'userdata' or type(value) == 'table' and type(value.write) == 'function' then return end
  elseif type(value) == export.kind then
    return
  end
  return ('%s is %s, not %s'):format(name, type(value), export.kind)
end

require('tap')(function(test)
  local modules = parse(MODULES)

  test('the list was read', function()
    assert(#modules == 32 and modules[1].exports[2].class == 'Buffer')
    assert(problem({}, { name = 'x', kind = 'function' }) == 'x is nil, not function')
    assert(problem({ C = {} }, { name = 'x', kind = 'method', class = 'C' }) == 'C.x is nil')
  end)

  for _, listed in ipairs(modules) do
    test(listed.name, function()
      local module = require(listed.name)
      assert(type(module) == listed.is, listed.name .. ' is a ' .. type(module))
      local problems = {}
      for _, export in ipairs(listed.exports) do
        problems[#problems + 1] = problem(module, export)
      end
      assert(#problems == 0, table.concat(problems, '; '))
    end)
  end

  test('classes are classes', function()
    local core = require('core')
    for _, listed in ipairs(modules) do
      for _, export in ipairs(listed.exports) do
        if export.kind == 'class' and listed.name ~= 'readline' then
          local class = require(listed.name)[export.name]
          local derived = class:extend()
          assert(core.instanceof(derived, core.Object) and core.instanceof(derived:create(), class), export.name)
        end
      end
    end
  end)

  test('the process', function()
    for name, kind in PROCESS:gmatch('(%w+):(%a+)') do
      assert(type(process[name]) == kind, name .. ' is ' .. type(process[name]))
    end
    assert(process == require('process').globalProcess())
  end)

  test('the globals', function()
    assert(type(p) == 'function' and type(print) == 'function' and type(args) == 'table' and args[0])
    for name in ('require module exports'):gmatch('%S+') do
      assert(getfenv(1)[name] and rawget(_G, name) ~= getfenv(1)[name])
    end
    for name in ('pack unpack packsize'):gmatch('%S+') do assert(type(string[name]) == 'function') end
    assert(type(utf8) == 'table' and utf8.charpattern)
    assert(type(string.levenshtein) == 'function' or not package.loaded.helpful)
  end)
end)
