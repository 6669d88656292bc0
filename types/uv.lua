---@meta uv

-- `uv`: timers, sockets, files, processes, threads. `require('uv')` and `require('luv')` are the same table.
--
-- How to read this file, which is what editors show and the reference pages are made of:
--
-- * Every function is here as `uv.tcp_bind(tcp, …)` and, where its first argument is a handle or the like, as the
--   method `tcp:bind(…)`. Both are the same function.
-- * "Fails" means that it returns `nil, "CODE: text", "CODE"`, for `assert` or to look at; the codes listed are those a
--   program meets in practice. "Raises" means a Lua error: arguments of the wrong type raise
--   `bad argument #N to 'name' (…)` everywhere, and this is said only once, here.
-- * With a handle that is closed or closing every function fails, `EBADF` or `EINVAL`. But what stops it or only tunes
--   it (`nodelay`, `set_repeat` …) has nothing to do and says so with 0, its type and its times (0) can be asked for,
--   and closing it again raises.
-- * A callback is a function or anything that has `__call`. It runs in the thread of its loop, on the main coroutine,
--   from inside `uv.run()`, and never before the function it was given to has returned. An error in it goes to
--   `process:on('uncaughtException')`. Its argument `err` is the code (`"ECONNRESET"`), in those of `fs_*` the whole
--   text (`"ENOENT: no such file or directory: x"`), and `nil` when all went well.
-- * Numbers in brackets are sections of the manual: bind(2) is the man page that says the rest. The page of libuv that
--   a part is about stands at its top.
--
-- The guide to all of it is [docs/uv.md](../uv.md).

---@class uv
---@field constants uv.constants
---@field errno uv.errno
local uv = {}

-- Names and records ---------------------------------------------------------------------------------------------------

---What is written: a string, or a list of strings that go out as one (numbers count as their digits).
---@alias uv.buffer string|(string|number)[]

---What may cross from one thread to another, it is copied, but for async handles, semaphores, threads and listings of
---`fs_scandir`, which are the same on both sides. Tables, functions and coroutines raise; what is after the ninth is left
---out.
---@alias uv.threadargs nil|boolean|number|string|uv_async_t|luv_sem_t|luv_thread_t|uv_fs_t

---The loop's file descriptors are the system's; on Windows sockets are SOCKET handles.
---@alias uv.fd integer

---@alias uv.address_family "unspec"|"inet"|"inet6"|"unix"|"netlink"|"packet"|"ipx"|"x25"|"ax25"|"atmpvc"|"appletalk"
---@alias uv.socktype "stream"|"dgram"|"raw"|"rdm"|"seqpacket"
---@alias uv.protocol "ip"|"icmp"|"tcp"|"udp"|"icmp6"|"ipv6-icmp"|string
---@alias uv.membership "join"|"leave"
---@alias uv.run_mode "default"|"once"|"nowait"
---@alias uv.file_type "file"|"directory"|"link"|"fifo"|"socket"|"char"|"block"|"unknown"
---@alias uv.guess "tty"|"pipe"|"tcp"|"udp"|"file"|"unknown"

---A signal as callbacks get it. As an argument any case will do, `SIG` may be left out, and the number is as good.
---@alias uv.signal_name
---| "sighup"
---| "sigint"
---| "sigquit"
---| "sigill"
---| "sigtrap"
---| "sigabrt"
---| "sigbus"
---| "sigfpe"
---| "sigkill"
---| "sigusr1"
---| "sigsegv"
---| "sigusr2"
---| "sigpipe"
---| "sigalrm"
---| "sigterm"
---| "sigchld"
---| "sigstkflt"
---| "sigcont"
---| "sigstop"
---| "sigtstp"
---| "sigttin"
---| "sigttou"
---| "sigurg"
---| "sigxcpu"
---| "sigxfsz"
---| "sigvtalrm"
---| "sigprof"
---| "sigwinch"
---| "sigio"
---| "sigpwr"
---| "sigsys"
---| "sigbreak"

---How `fs_open` opens: `r` reads, `w` makes or empties, `a` makes and appends; `+` does both ways, `x` fails with
---`EEXIST` if the file is there, `s` waits for the disk at each write.
---@alias uv.open_flags "r"|"rs"|"sr"|"r+"|"rs+"|"sr+"|"w"|"wx"|"xw"|"w+"|"wx+"|"xw+"|"a"|"ax"|"xa"|"a+"|"ax+"|"xa+"

---@alias uv.handle_type
---| "async"
---| "check"
---| "fs_event"
---| "fs_poll"
---| "idle"
---| "pipe"
---| "poll"
---| "prepare"
---| "process"
---| "tcp"
---| "timer"
---| "tty"
---| "udp"
---| "signal"
---| "file"
---@alias uv.req_type "connect"|"write"|"shutdown"|"udp_send"|"fs"|"work"|"getaddrinfo"|"getnameinfo"|"random"

---An end of a socket.
---@class uv.socketinfo
---@field ip string numeric; IPv6 with its zone where it has one, `"fe80::1%2"`
---@field port integer
---@field family "inet"|"inet6"

---An address that `getaddrinfo` found.
---@class uv.address
---@field addr string numeric
---@field family "inet"|"inet6"
---@field port? integer absent when no service was asked for
---@field socktype uv.socktype
---@field protocol uv.protocol
---@field canonname? string in the first address, with the hint `canonname`

---A moment, or a span, to the nanosecond.
---@class uv.timespec
---@field sec integer seconds; for files and the clock `"realtime"` since 1970 in UTC
---@field nsec integer 0 to 999999999

---@class uv.timeval
---@field sec integer seconds
---@field usec integer 0 to 999999

---What a file is, stat(2).
---@class uv.fs_stat.result
---@field type uv.file_type
---@field size integer bytes
---@field mode integer permissions and type, as in `bit.band(stat.mode, tonumber('777', 8))`
---@field atime uv.timespec last read
---@field mtime uv.timespec content last changed
---@field ctime uv.timespec content, owner or mode last changed
---@field birthtime uv.timespec created; where the file system does not know, `ctime`
---@field uid integer owner
---@field gid integer group
---@field nlink integer names it has
---@field dev integer device it is on
---@field ino integer number on that device
---@field rdev integer device it stands for, if it is one
---@field blksize integer bytes a read or write should have
---@field blocks integer blocks of 512 bytes that it takes
---@field flags integer of the BSDs and macOS; 0 elsewhere
---@field gen integer generation, of the BSDs and macOS; 0 elsewhere

---What a file system is, statfs(2).
---@class uv.fs_statfs.result
---@field type integer the system's number for its kind; 0 on Windows
---@field bsize integer bytes a block
---@field blocks integer blocks it has
---@field bfree integer blocks that are free
---@field bavail integer of these, for users without privileges
---@field files integer inodes it has; 0 on Windows
---@field ffree integer of these, free; 0 on Windows

---When a file was read or changed: seconds since 1970 with fractions, `"now"`, or `"omit"` or `nil` to leave it.
---@alias uv.file_time number|"now"|"omit"|nil

---@class uv.fs_readdir.entry
---@field name string without the directory's path
---@field type uv.file_type `"unknown"` where the file system does not tell

---@class uv.fs_event.flags
---@field recursive? boolean directories below too
---@field watch_entry? boolean nothing, as in libuv
---@field stat? boolean nothing, as in libuv

---@class uv.fs_event.events
---@field rename? boolean an entry came, went or has another name
---@field change? boolean content or attributes

---@class uv.udp_bind.flags
---@field ipv6only? boolean `"::"` does not take IPv4 as well
---@field reuseaddr? boolean several may take the address if all say so; the last one receives
---@field reuseport? boolean several share what comes, as the system spreads it
---@field linux_recverr? boolean Linux: refusals by the network are errors of this socket

---@class uv.udp_recv_flags
---@field partial? boolean the datagram was longer; the rest is lost
---@field mmsg_chunk? boolean received together with others, see `new_udp`

---@class uv.getrusage.result
---@field utime uv.timeval CPU time of the program
---@field stime uv.timeval CPU time of the system for it
---@field maxrss integer most memory it ever had resident, in KiB
---@field ixrss integer shared memory
---@field idrss integer data that is not shared
---@field isrss integer stack that is not shared
---@field minflt integer page faults without I/O
---@field majflt integer page faults with I/O
---@field nswap integer times swapped out
---@field inblock integer reads of file systems
---@field oublock integer writes of file systems
---@field msgsnd integer messages sent
---@field msgrcv integer messages received
---@field nsignals integer signals received
---@field nvcsw integer context switches because it waited
---@field nivcsw integer context switches because its time was over

---@class uv.cpu_info
---@field model string
---@field speed integer MHz
---@field times uv.cpu_info.times

---Milliseconds since the system started.
---@class uv.cpu_info.times
---@field user integer
---@field nice integer
---@field sys integer
---@field idle integer
---@field irq integer

---@class uv.interface_address
---@field ip string numeric
---@field family "inet"|"inet6"
---@field netmask string numeric
---@field internal boolean loopback
---@field mac string six bytes, not digits: `("%02x"):rep(6, ":"):format(mac:byte(1, 6))`

---@class uv.os_uname.info
---@field sysname string `"Linux"`, `"Darwin"`, `"FreeBSD"`, `"Windows_NT"`
---@field release string
---@field version string
---@field machine string `"x86_64"`, `"aarch64"` …

---@class uv.os_get_passwd.result
---@field username string
---@field uid? integer not on Windows
---@field gid? integer not on Windows
---@field shell? string not on Windows
---@field homedir string

---@class uv.metrics_info.result
---@field loop_count integer turns of the loop
---@field events integer events it got
---@field events_waiting integer of these, already there when it looked

---@class uv.spawn.options
---@field args? string[] what follows the program's name
---@field argv0? string the name that the child is told it has, instead of `path`
---@field stdio? (integer|uv_stream_t|false|nil)[] the child's descriptors from 0 on, see `uv.spawn`
---@field env? string[] `"NAME=value"` each; without it the child inherits ours
---@field cwd? string directory the child starts in
---@field uid? integer user it runs as; `EPERM` without the privilege; `ENOTSUP` on Windows
---@field gid? integer group it runs as; likewise
---@field detached? boolean leader of a new session, so that it may outlive us
---@field verbatim? boolean Windows: arguments are not quoted
---@field hide? boolean Windows: no console window

---@class uv.getnameinfo.address
---@field ip? string numeric; without it the wildcard of `family`
---@field port? integer 0
---@field family? uv.address_family|integer `"inet"`

---@class uv.getaddrinfo.hints
---@field family? uv.address_family|integer
---@field socktype? uv.socktype|integer
---@field protocol? uv.protocol|integer
---@field addrconfig? boolean only families this machine has addresses of
---@field v4mapped? boolean with `family = "inet6"`, IPv4 addresses as `::ffff:…` if there are no others
---@field all? boolean with `v4mapped`, those too when there are others
---@field numerichost? boolean `host` is numeric; nobody is asked
---@field numericserv? boolean `service` is a number
---@field passive? boolean addresses to bind to: without `host` the wildcard
---@field canonname? boolean the first address gets `canonname`

-- Constants and errors ------------------------------------------------------------------------------------------------

---Numbers of the system and of libuv, for arguments that take one. Those with `?` are not on every system.
---@class uv.constants
---@field AF_UNIX integer local
---@field AF_INET integer IPv4
---@field AF_INET6 integer IPv6
---@field AF_APPLETALK? integer
---@field AF_ATMPVC? integer
---@field AF_AX25? integer
---@field AF_IPX? integer
---@field AF_NETLINK? integer
---@field AF_PACKET? integer
---@field AF_X25? integer
---@field AI_ADDRCONFIG integer hint `addrconfig`
---@field AI_ALL integer hint `all`
---@field AI_NUMERICHOST integer hint `numerichost`
---@field AI_NUMERICSERV integer hint `numericserv`
---@field AI_PASSIVE integer hint `passive`
---@field AI_V4MAPPED integer hint `v4mapped`
---@field FS_UTIME_NOW integer for `fs_utime`: now
---@field FS_UTIME_OMIT integer for `fs_utime`: leave it
---@field F_OK integer for `fs_access`: is there
---@field R_OK integer for `fs_access`: read
---@field W_OK integer for `fs_access`: write
---@field X_OK integer for `fs_access`: execute
---@field O_RDONLY integer for `fs_open`: read
---@field O_WRONLY integer write
---@field O_RDWR integer both
---@field O_APPEND integer write at the end
---@field O_CREAT integer make it
---@field O_EXCL integer with `O_CREAT`: fail if it is there
---@field O_TRUNC integer empty it
---@field O_SYNC integer wait for the disk at each write
---@field O_DSYNC integer likewise, for the content
---@field O_RSYNC? integer likewise, for reads
---@field O_NOCTTY integer a terminal does not become ours
---@field O_NONBLOCK integer do not wait
---@field PIPE_NO_TRUNCATE integer for `pipe_bind2`: a name that is too long fails
---@field SIGABRT integer abort
---@field SIGALRM integer alarm clock
---@field SIGBUS integer bus error
---@field SIGCHLD integer a child ended
---@field SIGCONT integer go on
---@field SIGFPE integer arithmetic error
---@field SIGHUP integer hangup
---@field SIGILL integer illegal instruction
---@field SIGINT integer Ctrl+C
---@field SIGIO integer I/O is possible
---@field SIGIOT integer as `SIGABRT`
---@field SIGKILL integer ends it, not to be caught
---@field SIGPIPE integer nobody reads
---@field SIGPOLL? integer as `SIGIO`
---@field SIGPROF integer profiler
---@field SIGPWR? integer power
---@field SIGQUIT integer Ctrl+\
---@field SIGSEGV integer invalid memory
---@field SIGSTKFLT? integer Linux
---@field SIGSTOP integer stops it, not to be caught
---@field SIGSYS integer unknown system call
---@field SIGTERM integer asks it to end
---@field SIGTRAP integer trap
---@field SIGTSTP integer Ctrl+Z
---@field SIGTTIN integer terminal input in the background
---@field SIGTTOU integer terminal output in the background
---@field SIGURG integer urgent data
---@field SIGUSR1 integer for programs
---@field SIGUSR2 integer for programs
---@field SIGVTALRM integer virtual alarm clock
---@field SIGWINCH integer the terminal has another size
---@field SIGXCPU integer CPU time is used up
---@field SIGXFSZ integer file too large
---@field SOCK_STREAM integer bytes in order
---@field SOCK_DGRAM integer datagrams
---@field SOCK_RAW integer raw packets
---@field SOCK_RDM integer datagrams that arrive
---@field SOCK_SEQPACKET integer datagrams in order
---@field TCP_IPV6ONLY integer for `tcp_bind`
---@field THREAD_PRIORITY_HIGHEST integer 2
---@field THREAD_PRIORITY_ABOVE_NORMAL integer 1
---@field THREAD_PRIORITY_NORMAL integer 0
---@field THREAD_PRIORITY_BELOW_NORMAL integer -1
---@field THREAD_PRIORITY_LOWEST integer -2
---@field TTY_MODE_NORMAL integer for `tty_set_mode`: lines with echo
---@field TTY_MODE_RAW integer each key
---@field TTY_MODE_IO integer each key, output as it is
---@field TTY_MODE_RAW_VT integer each key, escape sequences on Windows
---@field UDP_IPV6ONLY integer for `udp_bind`
---@field UDP_REUSEADDR integer for `udp_bind` and `udp_open`
---@field UDP_REUSEPORT integer for `udp_bind` and `udp_open`
---@field UDP_PARTIAL integer `flags.partial`
---@field UDP_MMSG_CHUNK integer `flags.mmsg_chunk`
---@field UDP_MMSG_FREE integer of libuv
---@field UDP_RECVMMSG integer for `new_udp`: take several at a time
---@field SIGBREAK? integer Windows: Ctrl+Break
---@field SIGLOST? integer of some Unixes

---The number of each error: the system's errno, negated, or one of libuv's own.
---@class uv.errno
---@field E2BIG integer
---@field EACCES integer
---@field EADDRINUSE integer
---@field EADDRNOTAVAIL integer
---@field EAFNOSUPPORT integer
---@field EAGAIN integer
---@field EAI_ADDRFAMILY integer
---@field EAI_AGAIN integer
---@field EAI_BADFLAGS integer
---@field EAI_BADHINTS integer
---@field EAI_CANCELED integer
---@field EAI_FAIL integer
---@field EAI_FAMILY integer
---@field EAI_MEMORY integer
---@field EAI_NODATA integer
---@field EAI_NONAME integer
---@field EAI_OVERFLOW integer
---@field EAI_PROTOCOL integer
---@field EAI_SERVICE integer
---@field EAI_SOCKTYPE integer
---@field EALREADY integer
---@field EBADF integer
---@field EBUSY integer
---@field ECANCELED integer
---@field ECHARSET integer
---@field ECONNABORTED integer
---@field ECONNREFUSED integer
---@field ECONNRESET integer
---@field EDESTADDRREQ integer
---@field EEXIST integer
---@field EFAULT integer
---@field EFBIG integer
---@field EFTYPE integer
---@field EHOSTDOWN integer
---@field EHOSTUNREACH integer
---@field EILSEQ integer
---@field EINTR integer
---@field EINVAL integer
---@field EIO integer
---@field EISCONN integer
---@field EISDIR integer
---@field ELOOP integer
---@field EMFILE integer
---@field EMLINK integer
---@field EMSGSIZE integer
---@field ENAMETOOLONG integer
---@field ENETDOWN integer
---@field ENETUNREACH integer
---@field ENFILE integer
---@field ENOBUFS integer
---@field ENODATA integer
---@field ENODEV integer
---@field ENOENT integer
---@field ENOEXEC integer
---@field ENOMEM integer
---@field ENONET integer
---@field ENOPROTOOPT integer
---@field ENOSPC integer
---@field ENOSYS integer
---@field ENOTCONN integer
---@field ENOTDIR integer
---@field ENOTEMPTY integer
---@field ENOTSOCK integer
---@field ENOTSUP integer
---@field ENOTTY integer
---@field ENXIO integer
---@field EOF integer
---@field EOVERFLOW integer
---@field EPERM integer
---@field EPIPE integer
---@field EPROTO integer
---@field EPROTONOSUPPORT integer
---@field EPROTOTYPE integer
---@field ERANGE integer
---@field EREMOTEIO integer
---@field EROFS integer
---@field ESHUTDOWN integer
---@field ESOCKTNOSUPPORT integer
---@field ESPIPE integer
---@field ESRCH integer
---@field ETIMEDOUT integer
---@field ETXTBSY integer
---@field EUNATCH integer
---@field EXDEV integer
---@field UNKNOWN integer

---The name of an error, as functions return it and callbacks get it.
---[libuv: errors](https://docs.libuv.org/en/v1.x/errors.html)
---@alias uv.error_name
---| "E2BIG" # argument list too long
---| "EACCES" # permission denied
---| "EADDRINUSE" # address already in use
---| "EADDRNOTAVAIL" # address not available
---| "EAFNOSUPPORT" # address family not supported
---| "EAGAIN" # resource temporarily unavailable
---| "EAI_ADDRFAMILY" # address family not supported
---| "EAI_AGAIN" # temporary failure
---| "EAI_BADFLAGS" # bad ai_flags value
---| "EAI_BADHINTS" # invalid value for hints
---| "EAI_CANCELED" # request canceled
---| "EAI_FAIL" # permanent failure
---| "EAI_FAMILY" # ai_family not supported
---| "EAI_MEMORY" # out of memory
---| "EAI_NODATA" # no address
---| "EAI_NONAME" # unknown node or service
---| "EAI_OVERFLOW" # argument buffer overflow
---| "EAI_PROTOCOL" # resolved protocol is unknown
---| "EAI_SERVICE" # service not available for socket type
---| "EAI_SOCKTYPE" # socket type not supported
---| "EALREADY" # connection already in progress
---| "EBADF" # bad file descriptor
---| "EBUSY" # resource busy or locked
---| "ECANCELED" # operation canceled
---| "ECHARSET" # invalid Unicode character
---| "ECONNABORTED" # software caused connection abort
---| "ECONNREFUSED" # connection refused
---| "ECONNRESET" # connection reset by peer
---| "EDESTADDRREQ" # destination address required
---| "EEXIST" # file already exists
---| "EFAULT" # bad address in system call argument
---| "EFBIG" # file too large
---| "EFTYPE" # inappropriate file type or format
---| "EHOSTDOWN" # host is down
---| "EHOSTUNREACH" # host is unreachable
---| "EILSEQ" # illegal byte sequence
---| "EINTR" # interrupted system call
---| "EINVAL" # invalid argument
---| "EIO" # i/o error
---| "EISCONN" # socket is already connected
---| "EISDIR" # illegal operation on a directory
---| "ELOOP" # too many symbolic links encountered
---| "EMFILE" # too many open files
---| "EMLINK" # too many links
---| "EMSGSIZE" # message too long
---| "ENAMETOOLONG" # name too long
---| "ENETDOWN" # network is down
---| "ENETUNREACH" # network is unreachable
---| "ENFILE" # file table overflow
---| "ENOBUFS" # no buffer space available
---| "ENODATA" # no data available
---| "ENODEV" # no such device
---| "ENOENT" # no such file or directory
---| "ENOEXEC" # exec format error
---| "ENOMEM" # not enough memory
---| "ENONET" # machine is not on the network
---| "ENOPROTOOPT" # protocol not available
---| "ENOSPC" # no space left on device
---| "ENOSYS" # function not implemented
---| "ENOTCONN" # socket is not connected
---| "ENOTDIR" # not a directory
---| "ENOTEMPTY" # directory not empty
---| "ENOTSOCK" # socket operation on non-socket
---| "ENOTSUP" # operation not supported on socket
---| "ENOTTY" # inappropriate ioctl for device
---| "ENXIO" # no such device or address
---| "EOF" # end of file
---| "EOVERFLOW" # value too large for defined data type
---| "EPERM" # operation not permitted
---| "EPIPE" # broken pipe
---| "EPROTO" # protocol error
---| "EPROTONOSUPPORT" # protocol not supported
---| "EPROTOTYPE" # protocol wrong type for socket
---| "ERANGE" # result too large
---| "EREMOTEIO" # remote I/O error
---| "EROFS" # read-only file system
---| "ESHUTDOWN" # cannot send after transport endpoint shutdown
---| "ESOCKTNOSUPPORT" # socket type not supported
---| "ESPIPE" # invalid seek
---| "ESRCH" # no such process
---| "ETIMEDOUT" # connection timed out
---| "ETXTBSY" # text file is busy
---| "EUNATCH" # protocol driver not attached
---| "EXDEV" # cross-device link not permitted
---| "UNKNOWN" # unknown error

-- Types ---------------------------------------------------------------------------------------------------------------

---What the loop watches. It lives from `new_…` until `close` has called back. One that no script can reach any more
---goes on while it has something to do, and is closed when that is done.
---[libuv: handle](https://docs.libuv.org/en/v1.x/handle.html)
---@class uv_handle_t
local uv_handle_t = {}

---Bytes in order, both ways: TCP, pipes, terminals.
---[libuv: stream](https://docs.libuv.org/en/v1.x/stream.html)
---@class uv_stream_t: uv_handle_t
local uv_stream_t = {}

---Calls back after some milliseconds, in the last phase of a turn, in the order they are due.
---[libuv: timer](https://docs.libuv.org/en/v1.x/timer.html)
---@class uv_timer_t: uv_handle_t
local uv_timer_t = {}

---Calls back each turn, before the loop waits for I/O.
---[libuv: prepare](https://docs.libuv.org/en/v1.x/prepare.html)
---@class uv_prepare_t: uv_handle_t
local uv_prepare_t = {}

---Calls back each turn, after the loop waited for I/O.
---[libuv: check](https://docs.libuv.org/en/v1.x/check.html)
---@class uv_check_t: uv_handle_t
local uv_check_t = {}

---Calls back each turn, before `prepare`, and keeps the loop from waiting: it uses a whole CPU while active.
---[libuv: idle](https://docs.libuv.org/en/v1.x/idle.html)
---@class uv_idle_t: uv_handle_t
local uv_idle_t = {}

---Wakes a loop from another thread.
---[libuv: async](https://docs.libuv.org/en/v1.x/async.html)
---@class uv_async_t: uv_handle_t
local uv_async_t = {}

---Says when a descriptor of somebody else is readable or writable.
---[libuv: poll](https://docs.libuv.org/en/v1.x/poll.html)
---@class uv_poll_t: uv_handle_t
local uv_poll_t = {}

---Receives a signal, instead of what the system does with it. Any number may watch the same one, in any thread.
---[libuv: signal](https://docs.libuv.org/en/v1.x/signal.html)
---@class uv_signal_t: uv_handle_t
local uv_signal_t = {}

---A child process.
---[libuv: process](https://docs.libuv.org/en/v1.x/process.html)
---@class uv_process_t: uv_handle_t
local uv_process_t = {}

---A TCP connection or server.
---[libuv: tcp](https://docs.libuv.org/en/v1.x/tcp.html)
---@class uv_tcp_t: uv_stream_t
local uv_tcp_t = {}

---A Unix domain socket, a named pipe of Windows, or an end of pipe(2).
---[libuv: pipe](https://docs.libuv.org/en/v1.x/pipe.html)
---@class uv_pipe_t: uv_stream_t
local uv_pipe_t = {}

---A terminal.
---[libuv: tty](https://docs.libuv.org/en/v1.x/tty.html)
---@class uv_tty_t: uv_stream_t
local uv_tty_t = {}

---Datagrams.
---[libuv: udp](https://docs.libuv.org/en/v1.x/udp.html)
---@class uv_udp_t: uv_handle_t
local uv_udp_t = {}

---Changes of a file or directory, as the system tells them.
---[libuv: fs_event](https://docs.libuv.org/en/v1.x/fs_event.html)
---@class uv_fs_event_t: uv_handle_t
local uv_fs_event_t = {}

---Changes of a file, found by asking for its `stat` again and again; works where the system tells nothing.
---[libuv: fs_poll](https://docs.libuv.org/en/v1.x/fs_poll.html)
---@class uv_fs_poll_t: uv_handle_t
local uv_fs_poll_t = {}

---An operation under way. Nobody has to keep it: its callback is called in any case.
---[libuv: request](https://docs.libuv.org/en/v1.x/request.html)
---@class uv_req_t
local uv_req_t = {}

---@class uv_connect_t: uv_req_t
---@class uv_write_t: uv_req_t
---@class uv_shutdown_t: uv_req_t
---@class uv_udp_send_t: uv_req_t
---@class uv_getaddrinfo_t: uv_req_t
---@class uv_getnameinfo_t: uv_req_t

---An operation on files; of `fs_scandir`, also the list it reads.
---@class uv_fs_t: uv_req_t

---A directory that `fs_opendir` opened.
---@class luv_dir_t
local luv_dir_t = {}

---A function that `new_work` made ready for the thread pool.
---@class luv_work_ctx_t
local luv_work_ctx_t = {}

---A thread of the system. `==` says whether two are the same.
---@class luv_thread_t
local luv_thread_t = {}

---A semaphore; threads that it is given to share it.
---@class luv_sem_t
local luv_sem_t = {}

-- Version -------------------------------------------------------------------------------------------------------------
-- https://docs.libuv.org/en/v1.x/version.html

---The version of libuv whose API this is, as `major * 65536 + minor * 256 + patch`.
---@return integer
function uv.version() end

---The version of libuv whose API this is, `"1.52.0"`.
---@return string
function uv.version_string() end

-- Loop ----------------------------------------------------------------------------------------------------------------
-- https://docs.libuv.org/en/v1.x/loop.html
--
-- Each thread has its loop. luvit runs it after the script, so a script needs `uv.run()` only to wait in the middle.
-- A turn of it: what ended at once, idle, prepare, wait for I/O, check, closing, timers.

---Closes the loop. luvit owns it and closes it at the end of the thread.
---
---Fails: `EBUSY` as long as the thread runs.
---@return 0? success, string? err, uv.error_name? err_name
function uv.loop_close() end

---Runs the loop: `"default"` until nothing is alive or `uv.stop()`, `"once"` waits for one round of events, `"nowait"`
---takes those that are there. It may be called in a callback.
---
---Raises if the mode is unknown, or runs nest too deeply.
---@param mode? uv.run_mode `"default"`
---@return boolean alive whether something keeps the loop running still
function uv.run(mode) end

---Sets an option: `"block_signal", "sigprof"` keeps a profiler's signal from interrupting the wait;
---`"metrics_idle_time"` starts the clock of `uv.metrics_idle_time()`.
---
---Fails: `EINVAL` another signal · `ENOSYS` not on this system. Raises if the option is unknown.
---@param option "block_signal"|"metrics_idle_time"
---@param ... any
---@return 0? success, string? err, uv.error_name? err_name
function uv.loop_configure(option, ...) end

---The mode of the `uv.run()` this is called from, `nil` outside of any.
---@return uv.run_mode? mode
function uv.loop_mode() end

---Whether something keeps the loop running: an active handle that is referenced, a request, a handle that closes.
---@return boolean alive
function uv.loop_alive() end

---Makes `uv.run()` return at the end of this turn, without waiting for I/O. Outside of a run the next one returns soon.
function uv.stop() end

---The descriptor to wait for when another loop drives this one with `uv.run("nowait")`; `nil` where there is none.
---@return uv.fd? fd
function uv.backend_fd() end

---How long the next wait for I/O would last: milliseconds, 0 for not at all, -1 for until something happens.
---@return integer ms
function uv.backend_timeout() end

---The loop's time in milliseconds, from some point in the past, taken once a turn.
---@return integer ms
function uv.now() end

---Takes the loop's time now, after a callback that took long.
function uv.update_time() end

---Calls with every handle that a script made, closing ones included. The callback runs at once and may make and close
---handles; its error ends the walk and is raised here.
---@param callback fun(handle: uv_handle_t)
function uv.walk(callback) end

-- Requests ------------------------------------------------------------------------------------------------------------
-- https://docs.libuv.org/en/v1.x/request.html

---Cancels a job of the thread pool that has not begun (`uv_fs_t`, `uv_getaddrinfo_t`, `uv_getnameinfo_t`). Its callback
---gets `"ECANCELED"`, those of names and addresses `"EAI_CANCELED"`.
---
---Fails: `EBUSY` it runs · `EINVAL` it is done, or of another kind.
---@param req uv_req_t
---@return 0? success, string? err, uv.error_name? err_name
function uv.cancel(req) end

---Cancels a job of the thread pool that has not begun (`uv_fs_t`, `uv_getaddrinfo_t`, `uv_getnameinfo_t`). Its callback
---gets `"ECANCELED"`, those of names and addresses `"EAI_CANCELED"`.
---@see uv.cancel
---@return 0? success, string? err, uv.error_name? err_name
function uv_req_t:cancel() end

---The kind of a request, and libuv's number for it.
---@param req uv_req_t
---@return uv.req_type type, integer number
function uv.req_get_type(req) end

---The kind of a request, and libuv's number for it.
---@see uv.req_get_type
---@return uv.req_type type, integer number
function uv_req_t:get_type() end

-- Handles -------------------------------------------------------------------------------------------------------------
-- https://docs.libuv.org/en/v1.x/handle.html

---Whether it has something to do: a timer is started, a stream reads, writes, connects or listens; async handles are
---active until they close. `false` for a closed one.
---@param handle uv_handle_t
---@return boolean active
function uv.is_active(handle) end

---Whether it has something to do: a timer is started, a stream reads, writes, connects or listens; async handles are
---active until they close. `false` for a closed one.
---@see uv.is_active
---@return boolean active
function uv_handle_t:is_active() end

---Whether it is closing or closed.
---@param handle uv_handle_t
---@return boolean closing
function uv.is_closing(handle) end

---Whether it is closing or closed.
---@see uv.is_closing
---@return boolean closing
function uv_handle_t:is_closing() end

---Closes: its descriptor at once, its requests end with `"ECANCELED"`, the callback comes in the closing phase of the
---turn, as in libuv first that of the handle closed last. Nothing else calls back after this.
---
---Raises if it is closing already.
---@param handle uv_handle_t
---@param callback? fun()
function uv.close(handle, callback) end

---Closes: its descriptor at once, its requests end with `"ECANCELED"`, the callback comes in the closing phase of the
---turn, as in libuv first that of the handle closed last. Nothing else calls back after this.
---@see uv.close
---@param callback? fun()
function uv_handle_t:close(callback) end

---Lets the handle keep the loop alive while it is active; all do until `unref`. Calling it twice changes nothing.
---@param handle uv_handle_t
function uv.ref(handle) end

---Lets the handle keep the loop alive while it is active; all do until `unref`. Calling it twice changes nothing.
---@see uv.ref
function uv_handle_t:ref() end

---Lets the loop end although the handle is active. Calling it twice changes nothing.
---@param handle uv_handle_t
function uv.unref(handle) end

---Lets the loop end although the handle is active. Calling it twice changes nothing.
---@see uv.unref
function uv_handle_t:unref() end

---Whether it keeps the loop alive while active.
---@param handle uv_handle_t
---@return boolean has_ref
function uv.has_ref(handle) end

---Whether it keeps the loop alive while active.
---@see uv.has_ref
---@return boolean has_ref
function uv_handle_t:has_ref() end

---The system's send buffer of a socket, in bytes: asks without `size`, sets with it (then the result is 0). Linux
---doubles what is set, and says so when asked. SO_SNDBUF in socket(7)
---
---Fails: `EBADF` not open yet · `ENOTSOCK` a pipe that is no socket · `ENOTSUP` a handle without one.
---@param handle uv_tcp_t|uv_pipe_t|uv_udp_t pipes not on Windows
---@param size? integer 0: ask
---@return integer? size, string? err, uv.error_name? err_name
function uv.send_buffer_size(handle, size) end

---The system's send buffer of a socket, in bytes: asks without `size`, sets with it (then the result is 0). Linux
---doubles what is set, and says so when asked. SO_SNDBUF in socket(7)
---@see uv.send_buffer_size
---@param size? integer 0: ask
---@return integer? size, string? err, uv.error_name? err_name
function uv_handle_t:send_buffer_size(size) end

---The system's receive buffer of a socket, in bytes: asks without `size`, sets with it (then the result is 0). Linux
---doubles what is set, and says so when asked. SO_RCVBUF in socket(7)
---
---Fails: `EBADF` not open yet · `ENOTSOCK` a pipe that is no socket · `ENOTSUP` a handle without one.
---@param handle uv_tcp_t|uv_pipe_t|uv_udp_t pipes not on Windows
---@param size? integer 0: ask
---@return integer? size, string? err, uv.error_name? err_name
function uv.recv_buffer_size(handle, size) end

---The system's receive buffer of a socket, in bytes: asks without `size`, sets with it (then the result is 0). Linux
---doubles what is set, and says so when asked. SO_RCVBUF in socket(7)
---@see uv.recv_buffer_size
---@param size? integer 0: ask
---@return integer? size, string? err, uv.error_name? err_name
function uv_handle_t:recv_buffer_size(size) end

---The descriptor of a TCP, pipe, terminal, UDP or poll handle. It stays the handle's: to close it elsewhere breaks it.
---
---Fails: `EBADF` not open yet, or closed · `EINVAL` a handle without one.
---@param handle uv_handle_t
---@return uv.fd? fd, string? err, uv.error_name? err_name
function uv.fileno(handle) end

---The descriptor of a TCP, pipe, terminal, UDP or poll handle. It stays the handle's: to close it elsewhere breaks it.
---@see uv.fileno
---@return uv.fd? fd, string? err, uv.error_name? err_name
function uv_handle_t:fileno() end

---The kind of a handle, also of a closed one, and libuv's number for it.
---@param handle uv_handle_t
---@return uv.handle_type type, integer number
function uv.handle_get_type(handle) end

---The kind of a handle, also of a closed one, and libuv's number for it.
---@see uv.handle_get_type
---@return uv.handle_type type, integer number
function uv_handle_t:get_type() end

-- Timers --------------------------------------------------------------------------------------------------------------
-- https://docs.libuv.org/en/v1.x/timer.html

---Makes a timer, not yet started.
---@return uv_timer_t timer
function uv.new_timer() end

---Starts, or starts anew: calls back after `timeout`, then every `interval` unless that is 0. A timeout of 0 comes in
---this turn or the next, after I/O. Intervals are counted from the turn it fires in; missed ones are not made up for.
---
---Fails: `EINVAL` closing.
---@param timer uv_timer_t
---@param timeout integer milliseconds
---@param interval integer milliseconds; 0: once
---@param callback fun()
---@return 0? success, string? err, uv.error_name? err_name
function uv.timer_start(timer, timeout, interval, callback) end

---Starts, or starts anew: calls back after `timeout`, then every `interval` unless that is 0. A timeout of 0 comes in
---this turn or the next, after I/O. Intervals are counted from the turn it fires in; missed ones are not made up for.
---@see uv.timer_start
---@param timeout integer milliseconds
---@param interval integer milliseconds; 0: once
---@param callback fun()
---@return 0? success, string? err, uv.error_name? err_name
function uv_timer_t:start(timeout, interval, callback) end

---Stops; stopping twice changes nothing.
---@param timer uv_timer_t
---@return 0? success, string? err, uv.error_name? err_name
function uv.timer_stop(timer) end

---Stops; stopping twice changes nothing.
---@see uv.timer_stop
---@return 0? success, string? err, uv.error_name? err_name
function uv_timer_t:stop() end

---Starts anew with the interval as the timeout; one without an interval is left as it is.
---
---Fails: `EINVAL` never started.
---@param timer uv_timer_t
---@return 0? success, string? err, uv.error_name? err_name
function uv.timer_again(timer) end

---Starts anew with the interval as the timeout; one without an interval is left as it is.
---@see uv.timer_again
---@return 0? success, string? err, uv.error_name? err_name
function uv_timer_t:again() end

---Sets the interval, which holds from the next time it fires. 0 makes that the last.
---@param timer uv_timer_t
---@param interval integer milliseconds
function uv.timer_set_repeat(timer, interval) end

---Sets the interval, which holds from the next time it fires. 0 makes that the last.
---@see uv.timer_set_repeat
---@param interval integer milliseconds
function uv_timer_t:set_repeat(interval) end

---The interval in milliseconds, 0 if it fires once.
---@param timer uv_timer_t
---@return integer ms
function uv.timer_get_repeat(timer) end

---The interval in milliseconds, 0 if it fires once.
---@see uv.timer_get_repeat
---@return integer ms
function uv_timer_t:get_repeat() end

---Milliseconds until it is due, counted from `uv.now()`; 0 if it is, or does not run.
---@param timer uv_timer_t
---@return integer ms
function uv.timer_get_due_in(timer) end

---Milliseconds until it is due, counted from `uv.now()`; 0 if it is, or does not run.
---@see uv.timer_get_due_in
---@return integer ms
function uv_timer_t:get_due_in() end

-- Prepare, check, idle ------------------------------------------------------------------------------------------------
-- https://docs.libuv.org/en/v1.x/prepare.html

---Makes a prepare handle, not yet started.
---@return uv_prepare_t prepare
function uv.new_prepare() end

---Calls back each turn, before the loop waits for I/O. Starting twice changes the callback.
---
---Fails: `EINVAL` closing.
---@param prepare uv_prepare_t
---@param callback fun()
---@return 0? success, string? err, uv.error_name? err_name
function uv.prepare_start(prepare, callback) end

---Calls back each turn, before the loop waits for I/O. Starting twice changes the callback.
---@see uv.prepare_start
---@param callback fun()
---@return 0? success, string? err, uv.error_name? err_name
function uv_prepare_t:start(callback) end

---Stops; stopping twice changes nothing.
---@param prepare uv_prepare_t
---@return 0? success, string? err, uv.error_name? err_name
function uv.prepare_stop(prepare) end

---Stops; stopping twice changes nothing.
---@see uv.prepare_stop
---@return 0? success, string? err, uv.error_name? err_name
function uv_prepare_t:stop() end

---Makes a check handle, not yet started.
---@return uv_check_t check
function uv.new_check() end

---Calls back each turn, after the loop waited for I/O. Starting twice changes the callback.
---
---Fails: `EINVAL` closing.
---@param check uv_check_t
---@param callback fun()
---@return 0? success, string? err, uv.error_name? err_name
function uv.check_start(check, callback) end

---Calls back each turn, after the loop waited for I/O. Starting twice changes the callback.
---@see uv.check_start
---@param callback fun()
---@return 0? success, string? err, uv.error_name? err_name
function uv_check_t:start(callback) end

---Stops; stopping twice changes nothing.
---@param check uv_check_t
---@return 0? success, string? err, uv.error_name? err_name
function uv.check_stop(check) end

---Stops; stopping twice changes nothing.
---@see uv.check_stop
---@return 0? success, string? err, uv.error_name? err_name
function uv_check_t:stop() end

---Makes an idle handle, not yet started.
---@return uv_idle_t idle
function uv.new_idle() end

---Calls back each turn and keeps the loop from waiting. Starting twice changes the callback.
---
---Fails: `EINVAL` closing.
---@param idle uv_idle_t
---@param callback fun()
---@return 0? success, string? err, uv.error_name? err_name
function uv.idle_start(idle, callback) end

---Calls back each turn and keeps the loop from waiting. Starting twice changes the callback.
---@see uv.idle_start
---@param callback fun()
---@return 0? success, string? err, uv.error_name? err_name
function uv_idle_t:start(callback) end

---Stops; stopping twice changes nothing.
---@param idle uv_idle_t
---@return 0? success, string? err, uv.error_name? err_name
function uv.idle_stop(idle) end

---Stops; stopping twice changes nothing.
---@see uv.idle_stop
---@return 0? success, string? err, uv.error_name? err_name
function uv_idle_t:stop() end

-- Async ---------------------------------------------------------------------------------------------------------------
-- https://docs.libuv.org/en/v1.x/async.html

---Makes an async handle. It is active at once, so it keeps the loop alive until it is closed or `unref`ed.
---@param callback fun(...: uv.threadargs) gets the values of the latest send, in the loop's poll phase
---@return uv_async_t async
function uv.new_async(callback) end

---Makes the handle's loop call back, from any thread. Sends that come before the callback ran count as one, with the
---values of the last.
---
---Fails: `EBADF` closed. Raises for values that cannot cross threads.
---@param async uv_async_t
---@param ... uv.threadargs
---@return 0? success, string? err, uv.error_name? err_name
function uv.async_send(async, ...) end

---Makes the handle's loop call back, from any thread. Sends that come before the callback ran count as one, with the
---values of the last.
---@see uv.async_send
---@param ... uv.threadargs
---@return 0? success, string? err, uv.error_name? err_name
function uv_async_t:send(...) end

-- Poll ----------------------------------------------------------------------------------------------------------------
-- https://docs.libuv.org/en/v1.x/poll.html
--
-- For descriptors of libraries that do their own I/O. Have one active handle a descriptor, stop it before the
-- descriptor is closed, and expect that a read or write may say `EAGAIN` all the same.

---Makes a handle for a descriptor, which becomes non-blocking. On Windows it has to be a socket.
---
---Fails: `EBADF` not open · `EPERM` a file or directory, which is always ready · `EEXIST` already watched by another.
---@param fd uv.fd
---@return uv_poll_t? poll, string? err, uv.error_name? err_name
function uv.new_poll(fd) end

---Makes a handle for a socket, which becomes non-blocking; the same as `new_poll` but for what Windows calls a
---descriptor.
---
---Fails: as `new_poll`.
---@param fd uv.fd
---@return uv_poll_t? poll, string? err, uv.error_name? err_name
function uv.new_socket_poll(fd) end

---Calls back each turn in which one of the events holds: `r` readable, `w` writable, `d` the peer closed its side, `p`
---urgent data. Starting again changes events and callback.
---
---Fails: `EINVAL` closing · `EBADF` the descriptor is closed. Raises if `events` has other letters.
---@param poll uv_poll_t
---@param events? string some of `r`, `w`, `d`, `p`; `"rw"`
---@param callback fun(err: uv.error_name?, events: string?) an error stops it
---@return 0? success, string? err, uv.error_name? err_name
function uv.poll_start(poll, events, callback) end

---Calls back each turn in which one of the events holds: `r` readable, `w` writable, `d` the peer closed its side, `p`
---urgent data. Starting again changes events and callback.
---@see uv.poll_start
---@param events? string some of `r`, `w`, `d`, `p`; `"rw"`
---@param callback fun(err: uv.error_name?, events: string?) an error stops it
---@return 0? success, string? err, uv.error_name? err_name
function uv_poll_t:start(events, callback) end

---Stops; the descriptor may be closed now. Stopping twice changes nothing.
---@param poll uv_poll_t
---@return 0? success, string? err, uv.error_name? err_name
function uv.poll_stop(poll) end

---Stops; the descriptor may be closed now. Stopping twice changes nothing.
---@see uv.poll_stop
---@return 0? success, string? err, uv.error_name? err_name
function uv_poll_t:stop() end

-- Signals -------------------------------------------------------------------------------------------------------------
-- https://docs.libuv.org/en/v1.x/signal.html
--
-- Windows has `sigint` (Ctrl+C), `sigbreak`, `sighup` (the console closes; ten seconds are left) and `sigwinch`.
-- Others can be watched there and never come.

---Makes a signal handle, not yet started.
---@return uv_signal_t signal
function uv.new_signal() end

---Calls back in the loop's poll phase each time the signal comes, which then no longer ends the program. Starting again
---changes signal and callback.
---
---Fails: `EINVAL` closing, no such signal, or one nobody can catch (`sigkill`, `sigstop`). Raises for an unknown name.
---@param signal uv_signal_t
---@param signame uv.signal_name|string|integer
---@param callback? fun(signame: uv.signal_name)
---@return 0? success, string? err, uv.error_name? err_name
function uv.signal_start(signal, signame, callback) end

---Calls back in the loop's poll phase each time the signal comes, which then no longer ends the program. Starting again
---changes signal and callback.
---@see uv.signal_start
---@param signame uv.signal_name|string|integer
---@param callback? fun(signame: uv.signal_name)
---@return 0? success, string? err, uv.error_name? err_name
function uv_signal_t:start(signame, callback) end

---As `signal_start`, and stops when the signal came.
---
---Fails: as `signal_start`.
---@param signal uv_signal_t
---@param signame uv.signal_name|string|integer
---@param callback? fun(signame: uv.signal_name)
---@return 0? success, string? err, uv.error_name? err_name
function uv.signal_start_oneshot(signal, signame, callback) end

---As `signal_start`, and stops when the signal came.
---@see uv.signal_start_oneshot
---@param signame uv.signal_name|string|integer
---@param callback? fun(signame: uv.signal_name)
---@return 0? success, string? err, uv.error_name? err_name
function uv_signal_t:start_oneshot(signame, callback) end

---Stops. When nobody else watches the signal it does again what the system does with it.
---@param signal uv_signal_t
---@return 0? success, string? err, uv.error_name? err_name
function uv.signal_stop(signal) end

---Stops. When nobody else watches the signal it does again what the system does with it.
---@see uv.signal_stop
---@return 0? success, string? err, uv.error_name? err_name
function uv_signal_t:stop() end

-- Processes -----------------------------------------------------------------------------------------------------------
-- https://docs.libuv.org/en/v1.x/process.html

---Keeps the descriptors that we inherited from being inherited by children, as far as they can be found. Call it early.
function uv.disable_stdio_inheritance() end

---Starts a program, looked for in `PATH` unless its name has a slash, and calls back when it ended: `code` is its exit
---code, `signal` the number of the signal that ended it or 0. Close the handle then. execvp(3)
---
---`stdio[1]` is the child's descriptor 0, and so on: a number hands ours of that number down, a pipe that is not open
---yet becomes our end of a new one, an open stream is handed down, `false` is nothing (`/dev/null` for the first
---three), and so is a `nil` before another entry.
---
---Fails: `ENOENT` no such program, or no such `cwd` · `EACCES` not executable · `EPERM` `uid` or `gid` without the
---privilege · `EAGAIN` too many processes · `EMFILE` too many descriptors.
---@param path string
---@param options uv.spawn.options
---@param on_exit? fun(code: integer, signal: integer)
---@return uv_process_t? process, integer|string pid_or_err, uv.error_name? err_name
function uv.spawn(path, options, on_exit) end

---Sends a signal to a child; 0 only asks whether it is there. On Windows `sigterm`, `sigkill`, `sigint` and `sigquit`
---end it. kill(2)
---
---Fails: `ESRCH` it ended. Raises for an unknown name.
---@param process uv_process_t
---@param signame? uv.signal_name|string|integer `"sigterm"`
---@return 0? success, string? err, uv.error_name? err_name
function uv.process_kill(process, signame) end

---Sends a signal to a child; 0 only asks whether it is there. On Windows `sigterm`, `sigkill`, `sigint` and `sigquit`
---end it. kill(2)
---@see uv.process_kill
---@param signame? uv.signal_name|string|integer `"sigterm"`
---@return 0? success, string? err, uv.error_name? err_name
function uv_process_t:kill(signame) end

---Sends a signal to any process; 0 only asks whether it is there. kill(2)
---
---Fails: `ESRCH` no such process · `EPERM` not ours. Raises for an unknown name.
---@param pid integer negative: a process group
---@param signame? uv.signal_name|string|integer `"sigterm"`
---@return 0? success, string? err, uv.error_name? err_name
function uv.kill(pid, signame) end

---The number of a child's process.
---@param process uv_process_t
---@return integer pid
function uv.process_get_pid(process) end

---The number of a child's process.
---@see uv.process_get_pid
---@return integer pid
function uv_process_t:get_pid() end

-- Streams -------------------------------------------------------------------------------------------------------------
-- https://docs.libuv.org/en/v1.x/stream.html

---Ends our side once everything is written: the peer reads an end. We can read on. shutdown(2)
---
---Fails: `ENOTCONN` not connected, or ended already. The callback gets what writing failed with, `"ECANCELED"` when the
---stream closes before.
---@param stream uv_stream_t
---@param callback? fun(err: uv.error_name?)
---@return uv_shutdown_t? shutdown, string? err, uv.error_name? err_name
function uv.shutdown(stream, callback) end

---Ends our side once everything is written: the peer reads an end. We can read on. shutdown(2)
---@see uv.shutdown
---@param callback? fun(err: uv.error_name?)
---@return uv_shutdown_t? shutdown, string? err, uv.error_name? err_name
function uv_stream_t:shutdown(callback) end

---Takes connections: the callback comes once for each, and calls `uv.accept`. When descriptors are used up, connections
---wait. listen(2)
---
---Fails: `EADDRINUSE` taken, which `tcp_bind` leaves to be found here · `EINVAL` connected, or a pipe without a name ·
---`EACCES` not permitted.
---@param stream uv_stream_t
---@param backlog integer connections the system may hold ready
---@param callback fun(err: uv.error_name?)
---@return 0? success, string? err, uv.error_name? err_name
function uv.listen(stream, backlog, callback) end

---Takes connections: the callback comes once for each, and calls `uv.accept`. When descriptors are used up, connections
---wait. listen(2)
---@see uv.listen
---@param backlog integer connections the system may hold ready
---@param callback fun(err: uv.error_name?)
---@return 0? success, string? err, uv.error_name? err_name
function uv_stream_t:listen(backlog, callback) end

---Takes a waiting connection into a new handle of the same kind; in the callback of `listen` there is one. On a pipe
---with `ipc` it takes the handle that was sent, see `pipe_pending_type`.
---
---Fails: `EAGAIN` none waits · `EBUSY` the handle is open already · `EINVAL` another kind.
---@param stream uv_stream_t
---@param client_stream uv_stream_t|uv_udp_t new, not open
---@return 0? success, string? err, uv.error_name? err_name
function uv.accept(stream, client_stream) end

---Takes a waiting connection into a new handle of the same kind; in the callback of `listen` there is one. On a pipe
---with `ipc` it takes the handle that was sent, see `pipe_pending_type`.
---@see uv.accept
---@param client_stream uv_stream_t|uv_udp_t new, not open
---@return 0? success, string? err, uv.error_name? err_name
function uv_stream_t:accept(client_stream) end

---Reads what comes and calls back with each piece, up to 64 KiB, in the poll phase; without data the peer has ended its
---side. After an error or the end nothing more comes.
---
---Fails: `ENOTCONN` not connected · `EALREADY` reads already · `EINVAL` closing · `EBUSY` the HTTP server has this
---socket.
---@param stream uv_stream_t
---@param callback fun(err: uv.error_name?, data: string?) `"ECONNRESET"`, `"ETIMEDOUT"`
---@return 0? success, string? err, uv.error_name? err_name
function uv.read_start(stream, callback) end

---Reads what comes and calls back with each piece, up to 64 KiB, in the poll phase; without data the peer has ended its
---side. After an error or the end nothing more comes.
---@see uv.read_start
---@param callback fun(err: uv.error_name?, data: string?) `"ECONNRESET"`, `"ETIMEDOUT"`
---@return 0? success, string? err, uv.error_name? err_name
function uv_stream_t:read_start(callback) end

---Stops reading: bytes wait in the system, and the peer has to wait when its buffers are full. Stopping twice changes
---nothing.
---@param stream uv_stream_t
---@return 0? success, string? err, uv.error_name? err_name
function uv.read_stop(stream) end

---Stops reading: bytes wait in the system, and the peer has to wait when its buffers are full. Stopping twice changes
---nothing.
---@see uv.read_stop
---@return 0? success, string? err, uv.error_name? err_name
function uv_stream_t:read_stop() end

---Writes all of it, in order, and calls back when the system has taken it. There is no limit: look at
---`stream_get_write_queue_size` before giving it more. writev(2)
---
---Fails: `EBADF` not open · `EPIPE` our side has ended. The callback gets `"EPIPE"` or `"ECONNRESET"` when the peer is
---gone, `"ECANCELED"` when the stream closes before.
---@param stream uv_stream_t
---@param data uv.buffer
---@param callback? fun(err: uv.error_name?)
---@return uv_write_t? write, string? err, uv.error_name? err_name
function uv.write(stream, data, callback) end

---Writes all of it, in order, and calls back when the system has taken it. There is no limit: look at
---`stream_get_write_queue_size` before giving it more. writev(2)
---@see uv.write
---@param data uv.buffer
---@param callback? fun(err: uv.error_name?)
---@return uv_write_t? write, string? err, uv.error_name? err_name
function uv_stream_t:write(data, callback) end

---Writes, and sends an open TCP or UDP socket or a pipe along, to the process at the other end of a pipe with `ipc`.
---The handle stays open here too.
---
---Fails: `EINVAL` not a pipe with `ipc` · `EBADF` the handle is not open · else as `write`.
---@param stream uv_pipe_t
---@param data uv.buffer at least one byte
---@param send_handle uv_stream_t|uv_udp_t
---@param callback? fun(err: uv.error_name?)
---@return uv_write_t? write, string? err, uv.error_name? err_name
function uv.write2(stream, data, send_handle, callback) end

---Writes, and sends an open TCP or UDP socket or a pipe along, to the process at the other end of a pipe with `ipc`.
---The handle stays open here too.
---@see uv.write2
---@param data uv.buffer at least one byte
---@param send_handle uv_stream_t|uv_udp_t
---@param callback? fun(err: uv.error_name?)
---@return uv_write_t? write, string? err, uv.error_name? err_name
function uv_stream_t:write2(data, send_handle, callback) end

---Writes what the system takes at once, perhaps only a part, and says how many bytes that were.
---
---Fails: `EAGAIN` nothing at the moment, or earlier writes wait · `EPIPE` the peer is gone · `EBADF` not open.
---@param stream uv_stream_t
---@param data uv.buffer
---@return integer? bytes, string? err, uv.error_name? err_name
function uv.try_write(stream, data) end

---Writes what the system takes at once, perhaps only a part, and says how many bytes that were.
---@see uv.try_write
---@param data uv.buffer
---@return integer? bytes, string? err, uv.error_name? err_name
function uv_stream_t:try_write(data) end

---Writes at once as `try_write` does, and sends a handle along as `write2` does.
---
---Fails: as both; `EAGAIN` always on Windows.
---@param stream uv_pipe_t
---@param data uv.buffer at least one byte
---@param send_handle uv_stream_t|uv_udp_t
---@return integer? bytes, string? err, uv.error_name? err_name
function uv.try_write2(stream, data, send_handle) end

---Writes at once as `try_write` does, and sends a handle along as `write2` does.
---@see uv.try_write2
---@param data uv.buffer at least one byte
---@param send_handle uv_stream_t|uv_udp_t
---@return integer? bytes, string? err, uv.error_name? err_name
function uv_stream_t:try_write2(data, send_handle) end

---Whether it can be read from: connected, and the peer has not ended its side.
---@param stream uv_stream_t
---@return boolean
function uv.is_readable(stream) end

---Whether it can be read from: connected, and the peer has not ended its side.
---@see uv.is_readable
---@return boolean
function uv_stream_t:is_readable() end

---Whether it can be written to: connected, and our side has not ended.
---@param stream uv_stream_t
---@return boolean
function uv.is_writable(stream) end

---Whether it can be written to: connected, and our side has not ended.
---@see uv.is_writable
---@return boolean
function uv_stream_t:is_writable() end

---Makes writes wait until the system has taken all of it. Callbacks come later all the same.
---
---Fails: `EBADF` not open.
---@param stream uv_stream_t
---@param blocking boolean
---@return 0? success, string? err, uv.error_name? err_name
function uv.stream_set_blocking(stream, blocking) end

---Makes writes wait until the system has taken all of it. Callbacks come later all the same.
---@see uv.stream_set_blocking
---@param blocking boolean
---@return 0? success, string? err, uv.error_name? err_name
function uv_stream_t:set_blocking(blocking) end

---Bytes written that the system has not taken yet.
---@param stream uv_stream_t
---@return integer bytes
function uv.stream_get_write_queue_size(stream) end

---Bytes written that the system has not taken yet.
---@see uv.stream_get_write_queue_size
---@return integer bytes
function uv_stream_t:get_write_queue_size() end

-- TCP -----------------------------------------------------------------------------------------------------------------
-- https://docs.libuv.org/en/v1.x/tcp.html
--
-- Addresses are numeric here; `uv.getaddrinfo` finds those of a name.

---Makes a TCP handle. With a family its socket is made now, without one by `bind` or `connect`.
---
---Fails: `EMFILE` descriptors are used up · `EAFNOSUPPORT` the system has no such family. Raises for other families.
---@param flags? "unspec"|"inet"|"inet6"|integer the family, by name or number
---@return uv_tcp_t? tcp, string? err, uv.error_name? err_name
---@overload fun(): uv_tcp_t
function uv.new_tcp(flags) end

---Takes over an open socket, which becomes non-blocking.
---
---Fails: `EBADF` not open · `EBUSY` the handle has a socket · `ENOTSOCK` no socket · `EEXIST` another handle has it.
---@param tcp uv_tcp_t
---@param sock uv.fd a stream socket
---@return 0? success, string? err, uv.error_name? err_name
function uv.tcp_open(tcp, sock) end

---Takes over an open socket, which becomes non-blocking.
---@see uv.tcp_open
---@param sock uv.fd a stream socket
---@return 0? success, string? err, uv.error_name? err_name
function uv_tcp_t:open(sock) end

---Sends small writes at once (`true`) instead of collecting them (`false`, as sockets are made). Without a socket yet
---it holds for the one to come. TCP_NODELAY in tcp(7)
---@param tcp uv_tcp_t
---@param enable boolean
---@return 0? success, string? err, uv.error_name? err_name
function uv.tcp_nodelay(tcp, enable) end

---Sends small writes at once (`true`) instead of collecting them (`false`, as sockets are made). Without a socket yet
---it holds for the one to come. TCP_NODELAY in tcp(7)
---@see uv.tcp_nodelay
---@param enable boolean
---@return 0? success, string? err, uv.error_name? err_name
function uv_tcp_t:nodelay(enable) end

---Asks a silent peer now and then whether it is there, and ends the connection with `ETIMEDOUT` when it is not. Without
---a socket yet it holds for the one to come. SO_KEEPALIVE in tcp(7)
---
---Fails: `EINVAL` enabled with a time or count of 0.
---@param tcp uv_tcp_t
---@param enable boolean
---@param delay? integer seconds of silence before the first question; to enable it there has to be one
---@param intvl? integer seconds between questions, 1
---@param cnt? integer questions without an answer, 10
---@return 0? success, string? err, uv.error_name? err_name
function uv.tcp_keepalive(tcp, enable, delay, intvl, cnt) end

---Asks a silent peer now and then whether it is there, and ends the connection with `ETIMEDOUT` when it is not. Without
---a socket yet it holds for the one to come. SO_KEEPALIVE in tcp(7)
---@see uv.tcp_keepalive
---@param enable boolean
---@param delay? integer seconds of silence before the first question; to enable it there has to be one
---@param intvl? integer seconds between questions, 1
---@param cnt? integer questions without an answer, 10
---@return 0? success, string? err, uv.error_name? err_name
function uv_tcp_t:keepalive(enable, delay, intvl, cnt) end

---Windows: whether a server asks the system for several connections at a time, as it does unless told. Elsewhere it
---changes nothing.
---
---Fails: `EINVAL` closing.
---@param tcp uv_tcp_t
---@param enable boolean
---@return 0? success, string? err, uv.error_name? err_name
function uv.tcp_simultaneous_accepts(tcp, enable) end

---Windows: whether a server asks the system for several connections at a time, as it does unless told. Elsewhere it
---changes nothing.
---@see uv.tcp_simultaneous_accepts
---@param enable boolean
---@return 0? success, string? err, uv.error_name? err_name
function uv_tcp_t:simultaneous_accepts(enable) end

---Takes an address of this machine; with port 0 the system chooses one, which `tcp_getsockname` tells. An address that
---a closed server had may be taken at once. bind(2)
---
---Fails: `EINVAL` bound already, or `ipv6only` with IPv4 · `EACCES` a port below 1024 without the privilege ·
---`EADDRNOTAVAIL` not of this machine. That it is taken, `EADDRINUSE`, shows at `listen` or `connect`. Raises if the
---host is not numeric.
---@param tcp uv_tcp_t
---@param host string `"127.0.0.1"`, `"::"`, `"fe80::1%eth0"`
---@param port integer 0 to 65535
---@param flags? { ipv6only: boolean?, reuseport: boolean? }|integer `ipv6only`: `"::"` does not take IPv4 as well; `reuseport`: others may bind it too and connections are shared out (Linux, FreeBSD); or `TCP_IPV6ONLY`
---@return 0? success, string? err, uv.error_name? err_name
function uv.tcp_bind(tcp, host, port, flags) end

---Takes an address of this machine; with port 0 the system chooses one, which `tcp_getsockname` tells. An address that
---a closed server had may be taken at once. bind(2)
---@see uv.tcp_bind
---@param host string `"127.0.0.1"`, `"::"`, `"fe80::1%eth0"`
---@param port integer 0 to 65535
---@param flags? { ipv6only: boolean?, reuseport: boolean? }|integer `ipv6only`: `"::"` does not take IPv4 as well; `reuseport`: others may bind it too and connections are shared out (Linux, FreeBSD); or `TCP_IPV6ONLY`
---@return 0? success, string? err, uv.error_name? err_name
function uv_tcp_t:bind(host, port, flags) end

---The address of the peer. getpeername(2)
---
---Fails: `ENOTCONN` not connected · `EBADF` not open.
---@param tcp uv_tcp_t
---@return uv.socketinfo? address, string? err, uv.error_name? err_name
function uv.tcp_getpeername(tcp) end

---The address of the peer. getpeername(2)
---@see uv.tcp_getpeername
---@return uv.socketinfo? address, string? err, uv.error_name? err_name
function uv_tcp_t:getpeername() end

---The address of our side. getsockname(2)
---
---Fails: `EBADF` not open.
---@param tcp uv_tcp_t
---@return uv.socketinfo? address, string? err, uv.error_name? err_name
function uv.tcp_getsockname(tcp) end

---The address of our side. getsockname(2)
---@see uv.tcp_getsockname
---@return uv.socketinfo? address, string? err, uv.error_name? err_name
function uv_tcp_t:getsockname() end

---Connects, and calls back when it is, or is not. connect(2)
---
---Fails: `EINVAL` it listens · `EALREADY` connects already · `EISCONN` connected · `ENETUNREACH` no way there. Raises
---if the host is not numeric. The callback gets `"ECONNREFUSED"`, `"ETIMEDOUT"`, `"EHOSTUNREACH"`, `"ENETUNREACH"`,
---`"EADDRINUSE"`, or `"ECANCELED"` when the handle closes before.
---@param tcp uv_tcp_t
---@param host string numeric; `"0.0.0.0"` is this machine
---@param port integer 0 to 65535
---@param callback? fun(err: uv.error_name?)
---@return uv_connect_t? connect, string? err, uv.error_name? err_name
function uv.tcp_connect(tcp, host, port, callback) end

---Connects, and calls back when it is, or is not. connect(2)
---@see uv.tcp_connect
---@param host string numeric; `"0.0.0.0"` is this machine
---@param port integer 0 to 65535
---@param callback? fun(err: uv.error_name?)
---@return uv_connect_t? connect, string? err, uv.error_name? err_name
function uv_tcp_t:connect(host, port, callback) end

---The same as `stream_get_write_queue_size`.
---@deprecated
---@param tcp uv_tcp_t
---@return integer bytes
function uv.tcp_write_queue_size(tcp) end

---The same as `stream_get_write_queue_size`.
---@see uv.tcp_write_queue_size
---@deprecated
---@return integer bytes
function uv_tcp_t:write_queue_size() end

---Closes with RST: what is not sent is lost, and the peer gets `ECONNRESET`. SO_LINGER in socket(7)
---
---Fails: `EINVAL` our side has been shut down, or is being · `EBADF` closed.
---@param tcp uv_tcp_t
---@param callback? fun() as of `close`
---@return 0? success, string? err, uv.error_name? err_name
function uv.tcp_close_reset(tcp, callback) end

---Closes with RST: what is not sent is lost, and the peer gets `ECONNRESET`. SO_LINGER in socket(7)
---@see uv.tcp_close_reset
---@param callback? fun() as of `close`
---@return 0? success, string? err, uv.error_name? err_name
function uv_tcp_t:close_reset(callback) end

---Makes two connected sockets, for `tcp_open` (of this kind of socket), `pipe_open`, `udp_open` or a child's `stdio`.
---socketpair(2), emulated on Windows
---
---Fails: `EMFILE` descriptors are used up · `EPROTONOSUPPORT` no such protocol. Raises for other types.
---@param socktype? uv.socktype|integer `"stream"`
---@param protocol? uv.protocol|integer 0: the one that goes with the type
---@param flags1? { nonblock: boolean? } of the first; handles of `uv` want `nonblock = true`
---@param flags2? { nonblock: boolean? } of the second
---@return { [1]: uv.fd, [2]: uv.fd }? fds, string? err, uv.error_name? err_name
function uv.socketpair(socktype, protocol, flags1, flags2) end

-- Pipes ---------------------------------------------------------------------------------------------------------------
-- https://docs.libuv.org/en/v1.x/pipe.html
--
-- Names are paths on Unix, up to about 100 bytes. On Linux one that begins with a zero byte, given to `pipe_bind2`
-- and `pipe_connect2`, is abstract: no file, gone with its server. On Windows they are `\\.\pipe\NAME`.

---Makes a pipe handle.
---@param ipc? boolean `false`; `true` if open sockets are to be sent through it, by both sides
---@return uv_pipe_t pipe
function uv.new_pipe(ipc) end

---Takes over an open descriptor, which becomes non-blocking: a Unix socket, an end of a pipe, a file or device that is
---read and written like one.
---
---Fails: `EBADF` not open · `EBUSY` the handle is open already · `EINVAL` nothing a stream can be.
---@param pipe uv_pipe_t
---@param fd uv.fd
---@return 0? success, string? err, uv.error_name? err_name
function uv.pipe_open(pipe, fd) end

---Takes over an open descriptor, which becomes non-blocking: a Unix socket, an end of a pipe, a file or device that is
---read and written like one.
---@see uv.pipe_open
---@param fd uv.fd
---@return 0? success, string? err, uv.error_name? err_name
function uv_pipe_t:open(fd) end

---Takes a name to listen on. On Unix the file is removed when the handle closes, but not when the program dies. unix(7)
---
---Fails: `EADDRINUSE` the file is there · `EACCES` the directory is not there or may not be written · `EINVAL` bound
---already, or an empty name · `ENAMETOOLONG` too long.
---@param pipe uv_pipe_t
---@param name string
---@return 0? success, string? err, uv.error_name? err_name
function uv.pipe_bind(pipe, name) end

---Takes a name to listen on. On Unix the file is removed when the handle closes, but not when the program dies. unix(7)
---@see uv.pipe_bind
---@param name string
---@return 0? success, string? err, uv.error_name? err_name
function uv_pipe_t:bind(name) end

---Connects, and calls back when it is, or is not. unix(7)
---
---Returns the request also when there is no such name. The callback gets `"ENOENT"` no such name, `"ECONNREFUSED"`
---nobody listens, `"EACCES"` not permitted, or `"ECANCELED"` when the handle closes before.
---@param pipe uv_pipe_t
---@param name string
---@param callback? fun(err: uv.error_name?)
---@return uv_connect_t? connect, string? err, uv.error_name? err_name
function uv.pipe_connect(pipe, name, callback) end

---Connects, and calls back when it is, or is not. unix(7)
---@see uv.pipe_connect
---@param name string
---@param callback? fun(err: uv.error_name?)
---@return uv_connect_t? connect, string? err, uv.error_name? err_name
function uv_pipe_t:connect(name, callback) end

---The name of our side; empty if it has none. getsockname(2)
---
---Fails: `EBADF` not open.
---@param pipe uv_pipe_t
---@return string? name, string? err, uv.error_name? err_name
function uv.pipe_getsockname(pipe) end

---The name of our side; empty if it has none. getsockname(2)
---@see uv.pipe_getsockname
---@return string? name, string? err, uv.error_name? err_name
function uv_pipe_t:getsockname() end

---The name of the side it is connected to; empty if that has none. getpeername(2)
---
---Fails: `EBADF` not open · `ENOTCONN` not connected.
---@param pipe uv_pipe_t
---@return string? name, string? err, uv.error_name? err_name
function uv.pipe_getpeername(pipe) end

---The name of the side it is connected to; empty if that has none. getpeername(2)
---@see uv.pipe_getpeername
---@return string? name, string? err, uv.error_name? err_name
function uv_pipe_t:getpeername() end

---Windows: how many connections a server keeps ready for clients. Elsewhere it changes nothing.
---@param pipe uv_pipe_t
---@param count integer
function uv.pipe_pending_instances(pipe, count) end

---Windows: how many connections a server keeps ready for clients. Elsewhere it changes nothing.
---@see uv.pipe_pending_instances
---@param count integer
function uv_pipe_t:pending_instances(count) end

---How many handles that were sent wait to be accepted.
---@param pipe uv_pipe_t with `ipc`
---@return integer count
function uv.pipe_pending_count(pipe) end

---How many handles that were sent wait to be accepted.
---@see uv.pipe_pending_count
---@return integer count
function uv_pipe_t:pending_count() end

---The kind of the next handle that was sent, `nil` if none waits: make one of it and `uv.accept(pipe, handle)`.
---@param pipe uv_pipe_t with `ipc`
---@return "tcp"|"pipe"|"udp"|nil type
function uv.pipe_pending_type(pipe) end

---The kind of the next handle that was sent, `nil` if none waits: make one of it and `uv.accept(pipe, handle)`.
---@see uv.pipe_pending_type
---@return "tcp"|"pipe"|"udp"|nil type
function uv_pipe_t:pending_type() end

---Lets all users read from or write to the server's name. It waits for the file system. chmod(2)
---
---Fails: `EBADF` not bound · `EPERM` not ours. Raises for other flags.
---@param pipe uv_pipe_t
---@param flags "r"|"w"|"rw"|"wr"
---@return 0? success, string? err, uv.error_name? err_name
function uv.pipe_chmod(pipe, flags) end

---Lets all users read from or write to the server's name. It waits for the file system. chmod(2)
---@see uv.pipe_chmod
---@param flags "r"|"w"|"rw"|"wr"
---@return 0? success, string? err, uv.error_name? err_name
function uv_pipe_t:chmod(flags) end

---Makes a pipe: what is written to one end is read from the other. For `pipe_open` or a child's `stdio`. pipe2(2)
---
---Fails: `EMFILE` descriptors are used up.
---@param read_flags? { nonblock: boolean? } handles of `uv` want `nonblock = true`
---@param write_flags? { nonblock: boolean? }
---@return { read: uv.fd, write: uv.fd }? fds, string? err, uv.error_name? err_name
function uv.pipe(read_flags, write_flags) end

---Takes a name to listen on, as `pipe_bind`; with `no_truncate` one that is too long fails instead of being cut. A name
---that begins with a zero byte is abstract.
---
---Fails: as `pipe_bind`; `EINVAL` unknown flags, or too long with `no_truncate` · `ENOTSUP` abstract names elsewhere
---than on Linux.
---@param pipe uv_pipe_t
---@param name string
---@param flags? integer|{ no_truncate: boolean? } 0, or `PIPE_NO_TRUNCATE`
---@return 0? success, string? err, uv.error_name? err_name
function uv.pipe_bind2(pipe, name, flags) end

---Takes a name to listen on, as `pipe_bind`; with `no_truncate` one that is too long fails instead of being cut. A name
---that begins with a zero byte is abstract.
---@see uv.pipe_bind2
---@param name string
---@param flags? integer|{ no_truncate: boolean? } 0, or `PIPE_NO_TRUNCATE`
---@return 0? success, string? err, uv.error_name? err_name
function uv_pipe_t:bind2(name, flags) end

---Connects, as `pipe_connect`, with the flags of `pipe_bind2`.
---
---Fails: `EINVAL` unknown flags, or too long with `no_truncate`. The callback gets what that of `pipe_connect` gets.
---@param pipe uv_pipe_t
---@param name string
---@param flags? integer|{ no_truncate: boolean? } 0, or `PIPE_NO_TRUNCATE`
---@param callback? fun(err: uv.error_name?)
---@return uv_connect_t? connect, string? err, uv.error_name? err_name
function uv.pipe_connect2(pipe, name, flags, callback) end

---Connects, as `pipe_connect`, with the flags of `pipe_bind2`.
---@see uv.pipe_connect2
---@param name string
---@param flags? integer|{ no_truncate: boolean? } 0, or `PIPE_NO_TRUNCATE`
---@param callback? fun(err: uv.error_name?)
---@return uv_connect_t? connect, string? err, uv.error_name? err_name
function uv_pipe_t:connect2(name, flags, callback) end

-- Terminals -----------------------------------------------------------------------------------------------------------
-- https://docs.libuv.org/en/v1.x/tty.html

---Makes a stream of a terminal, opened anew where that is possible, so that others who have it see no change. Except on
---Windows a pipe or a socket will do as well: it has no mode and no size, else all is the same.
---
---Fails: `EBADF` not open · `EINVAL` neither; `uv.guess_handle` tells before.
---@param fd uv.fd 0, 1 or 2
---@param readable boolean for libuv's older versions; the descriptor decides
---@return uv_tty_t? tty, string? err, uv.error_name? err_name
function uv.new_tty(fd, readable) end

---Sets what happens to keys: `"normal"` lines with echo, `"raw"` each key as it comes without echo, `"io"` raw, and
---output is left as it is too, `"raw_vt"` raw, and on Windows keys as escape sequences. The mode is set back when luvit
---ends. termios(3)
---
---Fails: `EBADF` closed · `ENOTTY` no longer a terminal. Raises for other modes.
---@param tty uv_tty_t
---@param mode "normal"|"raw"|"io"|"raw_vt"|integer
---@return 0? success, string? err, uv.error_name? err_name
function uv.tty_set_mode(tty, mode) end

---Sets what happens to keys: `"normal"` lines with echo, `"raw"` each key as it comes without echo, `"io"` raw, and
---output is left as it is too, `"raw_vt"` raw, and on Windows keys as escape sequences. The mode is set back when luvit
---ends. termios(3)
---@see uv.tty_set_mode
---@param mode "normal"|"raw"|"io"|"raw_vt"|integer
---@return 0? success, string? err, uv.error_name? err_name
function uv_tty_t:set_mode(mode) end

---Sets the terminal back to what it was before the first `tty_set_mode`. luvit does so when it ends.
---
---Fails: `EBUSY` in the middle of a `tty_set_mode`.
---@return 0? success, string? err, uv.error_name? err_name
function uv.tty_reset_mode() end

---Width and height in characters; `sigwinch` comes when they change.
---
---Fails: `EBADF` closed · `ENOTTY` no longer a terminal.
---@param tty uv_tty_t
---@return integer? width, integer|string height_or_err, uv.error_name? err_name
function uv.tty_get_winsize(tty) end

---Width and height in characters; `sigwinch` comes when they change.
---@see uv.tty_get_winsize
---@return integer? width, integer|string height_or_err, uv.error_name? err_name
function uv_tty_t:get_winsize() end

---Windows: says whether the console itself handles escape sequences; without that they are left out. Elsewhere it
---changes nothing.
---
---Raises for other states.
---@param state "supported"|"unsupported"
function uv.tty_set_vterm_state(state) end

---Windows: whether the console itself handles escape sequences.
---
---Fails: `ENOTSUP` elsewhere.
---@return ("supported"|"unsupported")? state, string? err, uv.error_name? err_name
function uv.tty_get_vterm_state() end

-- UDP -----------------------------------------------------------------------------------------------------------------
-- https://docs.libuv.org/en/v1.x/udp.html
--
-- Addresses are numeric. Sending and receiving bind to `0.0.0.0` and a free port if nobody has before. On a connected
-- handle host and port of `send` are `nil`.

---Makes a UDP handle. With a family its socket is made now. Up to `mmsgs` datagrams are taken from the system at a
---time, 32 at most. recvmmsg(2)
---
---Fails: `EMFILE` descriptors are used up · `EINVAL` another number. Raises for other names.
---@param flags? { family: uv.address_family|integer?, mmsgs: integer? }|"unspec"|"inet"|"inet6"|integer `mmsgs` is 1
---@return uv_udp_t? udp, string? err, uv.error_name? err_name
---@overload fun(): uv_udp_t
function uv.new_udp(flags) end

---Bytes in datagrams that wait to be sent.
---@param udp uv_udp_t
---@return integer bytes
function uv.udp_get_send_queue_size(udp) end

---Bytes in datagrams that wait to be sent.
---@see uv.udp_get_send_queue_size
---@return integer bytes
function uv_udp_t:get_send_queue_size() end

---Datagrams that wait to be sent.
---@param udp uv_udp_t
---@return integer count
function uv.udp_get_send_queue_count(udp) end

---Datagrams that wait to be sent.
---@see uv.udp_get_send_queue_count
---@return integer count
function uv_udp_t:get_send_queue_count() end

---Takes over an open socket for datagrams, which becomes non-blocking.
---
---Fails: `EBADF` not open · `EBUSY` the handle has a socket · `ENOTSOCK` no socket · `EEXIST` another handle has it ·
---`EINVAL` unknown flags.
---@param udp uv_udp_t
---@param fd uv.fd
---@param flags? integer|{ reuseaddr: boolean?, reuseport: boolean? } set on the socket, as of `udp_bind`
---@return 0? success, string? err, uv.error_name? err_name
function uv.udp_open(udp, fd, flags) end

---Takes over an open socket for datagrams, which becomes non-blocking.
---@see uv.udp_open
---@param fd uv.fd
---@param flags? integer|{ reuseaddr: boolean?, reuseport: boolean? } set on the socket, as of `udp_bind`
---@return 0? success, string? err, uv.error_name? err_name
function uv_udp_t:open(fd, flags) end

---Takes an address of this machine; with port 0 the system chooses one, which `udp_getsockname` tells. bind(2)
---
---Fails: `EINVAL` bound already, of another family, or unknown flags · `EACCES` a port below 1024 without the
---privilege · `EADDRNOTAVAIL` not of this machine · `EADDRINUSE` taken · `ENOTSUP` `reuseport` elsewhere than on Linux
---and FreeBSD. Raises if the host is not numeric.
---@param udp uv_udp_t
---@param host string `"0.0.0.0"`, `"::1"`
---@param port integer 0 to 65535
---@param flags? integer|uv.udp_bind.flags
---@return 0? success, string? err, uv.error_name? err_name
function uv.udp_bind(udp, host, port, flags) end

---Takes an address of this machine; with port 0 the system chooses one, which `udp_getsockname` tells. bind(2)
---@see uv.udp_bind
---@param host string `"0.0.0.0"`, `"::1"`
---@param port integer 0 to 65535
---@param flags? integer|uv.udp_bind.flags
---@return 0? success, string? err, uv.error_name? err_name
function uv_udp_t:bind(host, port, flags) end

---The address of our side. getsockname(2)
---
---Fails: `EBADF` has no socket yet.
---@param udp uv_udp_t
---@return uv.socketinfo? address, string? err, uv.error_name? err_name
function uv.udp_getsockname(udp) end

---The address of our side. getsockname(2)
---@see uv.udp_getsockname
---@return uv.socketinfo? address, string? err, uv.error_name? err_name
function uv_udp_t:getsockname() end

---The address it is connected to. getpeername(2)
---
---Fails: `ENOTCONN` not connected · `EBADF` has no socket yet.
---@param udp uv_udp_t
---@return uv.socketinfo? address, string? err, uv.error_name? err_name
function uv.udp_getpeername(udp) end

---The address it is connected to. getpeername(2)
---@see uv.udp_getpeername
---@return uv.socketinfo? address, string? err, uv.error_name? err_name
function uv_udp_t:getpeername() end

---Joins or leaves a multicast group. IP_ADD_MEMBERSHIP in ip(7), IPV6_ADD_MEMBERSHIP in ipv6(7)
---
---Fails: `EINVAL` no group, or not numeric · `EADDRINUSE` joined already · `EADDRNOTAVAIL` not joined · `ENODEV` no
---such interface. Raises if it is neither `"join"` nor `"leave"`.
---@param udp uv_udp_t
---@param multicast_addr string
---@param interface_addr string? the interface's address or name; `nil`: the system chooses
---@param membership uv.membership
---@return 0? success, string? err, uv.error_name? err_name
function uv.udp_set_membership(udp, multicast_addr, interface_addr, membership) end

---Joins or leaves a multicast group. IP_ADD_MEMBERSHIP in ip(7), IPV6_ADD_MEMBERSHIP in ipv6(7)
---@see uv.udp_set_membership
---@param multicast_addr string
---@param interface_addr string? the interface's address or name; `nil`: the system chooses
---@param membership uv.membership
---@return 0? success, string? err, uv.error_name? err_name
function uv_udp_t:set_membership(multicast_addr, interface_addr, membership) end

---Joins or leaves a multicast group for what one sender sends. IP_ADD_SOURCE_MEMBERSHIP in ip(7)
---
---Fails: as `udp_set_membership`.
---@param udp uv_udp_t
---@param multicast_addr string
---@param interface_addr string? the interface's address or name; `nil`: the system chooses
---@param source_addr string the sender
---@param membership uv.membership
---@return 0? success, string? err, uv.error_name? err_name
function uv.udp_set_source_membership(udp, multicast_addr, interface_addr, source_addr, membership) end

---Joins or leaves a multicast group for what one sender sends. IP_ADD_SOURCE_MEMBERSHIP in ip(7)
---@see uv.udp_set_source_membership
---@param multicast_addr string
---@param interface_addr string? the interface's address or name; `nil`: the system chooses
---@param source_addr string the sender
---@param membership uv.membership
---@return 0? success, string? err, uv.error_name? err_name
function uv_udp_t:set_source_membership(multicast_addr, interface_addr, source_addr, membership) end

---Whether this machine gets its own multicasts, as it does unless told. IP_MULTICAST_LOOP in ip(7)
---
---Fails: `EBADF` has no socket yet.
---@param udp uv_udp_t
---@param on boolean
---@return 0? success, string? err, uv.error_name? err_name
function uv.udp_set_multicast_loop(udp, on) end

---Whether this machine gets its own multicasts, as it does unless told. IP_MULTICAST_LOOP in ip(7)
---@see uv.udp_set_multicast_loop
---@param on boolean
---@return 0? success, string? err, uv.error_name? err_name
function uv_udp_t:set_multicast_loop(on) end

---How many routers a multicast may pass, 1 unless told. IP_MULTICAST_TTL in ip(7)
---
---Fails: `EINVAL` out of range · `EBADF` has no socket yet.
---@param udp uv_udp_t
---@param ttl integer 1 to 255
---@return 0? success, string? err, uv.error_name? err_name
function uv.udp_set_multicast_ttl(udp, ttl) end

---How many routers a multicast may pass, 1 unless told. IP_MULTICAST_TTL in ip(7)
---@see uv.udp_set_multicast_ttl
---@param ttl integer 1 to 255
---@return 0? success, string? err, uv.error_name? err_name
function uv_udp_t:set_multicast_ttl(ttl) end

---The interface that multicasts leave by. IP_MULTICAST_IF in ip(7)
---
---Fails: `EINVAL` not numeric · `EADDRNOTAVAIL` no such interface · `EBADF` has no socket yet.
---@param udp uv_udp_t
---@param interface_addr string its address, IPv6 with its zone; `"0.0.0.0"`: the system chooses
---@return 0? success, string? err, uv.error_name? err_name
function uv.udp_set_multicast_interface(udp, interface_addr) end

---The interface that multicasts leave by. IP_MULTICAST_IF in ip(7)
---@see uv.udp_set_multicast_interface
---@param interface_addr string its address, IPv6 with its zone; `"0.0.0.0"`: the system chooses
---@return 0? success, string? err, uv.error_name? err_name
function uv_udp_t:set_multicast_interface(interface_addr) end

---Whether datagrams may go to broadcast addresses; without it sending there fails with `EACCES`. SO_BROADCAST in
---socket(7)
---
---Fails: `EBADF` has no socket yet.
---@param udp uv_udp_t
---@param on boolean
---@return 0? success, string? err, uv.error_name? err_name
function uv.udp_set_broadcast(udp, on) end

---Whether datagrams may go to broadcast addresses; without it sending there fails with `EACCES`. SO_BROADCAST in
---socket(7)
---@see uv.udp_set_broadcast
---@param on boolean
---@return 0? success, string? err, uv.error_name? err_name
function uv_udp_t:set_broadcast(on) end

---How many routers a datagram may pass. IP_TTL in ip(7)
---
---Fails: `EINVAL` out of range · `EBADF` has no socket yet.
---@param udp uv_udp_t
---@param ttl integer 1 to 255
---@return 0? success, string? err, uv.error_name? err_name
function uv.udp_set_ttl(udp, ttl) end

---How many routers a datagram may pass. IP_TTL in ip(7)
---@see uv.udp_set_ttl
---@param ttl integer 1 to 255
---@return 0? success, string? err, uv.error_name? err_name
function uv_udp_t:set_ttl(ttl) end

---Sends a datagram and calls back when the system has taken it; nobody knows whether it arrives. sendmsg(2)
---
---Fails: `EDESTADDRREQ` no host, not connected · `EISCONN` a host, and connected. Raises if the host is not numeric, or
---of host and port only one is there. The callback gets `"EMSGSIZE"` larger than the network or 64 KiB,
---`"ECONNREFUSED"` nobody took an earlier one, `"ENETUNREACH"`, `"EACCES"` a broadcast, or `"ECANCELED"` when the
---handle closes before.
---@param udp uv_udp_t
---@param data uv.buffer
---@param host string? numeric; `nil` if connected
---@param port integer? `nil` if connected
---@param callback? fun(err: uv.error_name?)
---@return uv_udp_send_t? send, string? err, uv.error_name? err_name
function uv.udp_send(udp, data, host, port, callback) end

---Sends a datagram and calls back when the system has taken it; nobody knows whether it arrives. sendmsg(2)
---@see uv.udp_send
---@param data uv.buffer
---@param host string? numeric; `nil` if connected
---@param port integer? `nil` if connected
---@param callback? fun(err: uv.error_name?)
---@return uv_udp_send_t? send, string? err, uv.error_name? err_name
function uv_udp_t:send(data, host, port, callback) end

---Sends a datagram if the system takes it at once, and says how many bytes that were.
---
---Fails: `EAGAIN` it does not, or earlier ones wait · else what `udp_send` and its callback do.
---@param udp uv_udp_t
---@param data uv.buffer
---@param host? string numeric; `nil` if connected
---@param port? integer `nil` if connected
---@return integer? bytes, string? err, uv.error_name? err_name
function uv.udp_try_send(udp, data, host, port) end

---Sends a datagram if the system takes it at once, and says how many bytes that were.
---@see uv.udp_try_send
---@param data uv.buffer
---@param host? string numeric; `nil` if connected
---@param port? integer `nil` if connected
---@return integer? bytes, string? err, uv.error_name? err_name
function uv_udp_t:try_send(data, host, port) end

---Sends as many of the datagrams, from the first on, as the system takes at once, and says how many. sendmmsg(2)
---
---Fails: what the first one failed with, as of `udp_try_send` · `EBADF` has no socket yet · `EINVAL` no messages, or
---flags. Raises for a message without `data`.
---@param udp uv_udp_t bound, connected, or used before
---@param messages { data: uv.buffer, addr: { ip: string, port: integer }? }[] without `addr` if connected
---@param flags? 0|{} nothing yet
---@param port? integer ignored
---@return integer? messages, string? err, uv.error_name? err_name
function uv.udp_try_send2(udp, messages, flags, port) end

---Sends as many of the datagrams, from the first on, as the system takes at once, and says how many. sendmmsg(2)
---@see uv.udp_try_send2
---@param messages { data: uv.buffer, addr: { ip: string, port: integer }? }[] without `addr` if connected
---@param flags? 0|{} nothing yet
---@param port? integer ignored
---@return integer? messages, string? err, uv.error_name? err_name
function uv_udp_t:try_send2(messages, flags, port) end

---Receives: calls back with each datagram, an empty one too, in the poll phase. Without data and address there is
---nothing more to read now. `flags.partial`: it was longer than what is shown.
---
---Fails: `EALREADY` receives already · `EADDRINUSE` no port left.
---@param udp uv_udp_t
---@param callback fun(err: uv.error_name?, data: string?, addr: uv.socketinfo?, flags: uv.udp_recv_flags)
---@return 0? success, string? err, uv.error_name? err_name
function uv.udp_recv_start(udp, callback) end

---Receives: calls back with each datagram, an empty one too, in the poll phase. Without data and address there is
---nothing more to read now. `flags.partial`: it was longer than what is shown.
---@see uv.udp_recv_start
---@param callback fun(err: uv.error_name?, data: string?, addr: uv.socketinfo?, flags: uv.udp_recv_flags)
---@return 0? success, string? err, uv.error_name? err_name
function uv_udp_t:recv_start(callback) end

---Stops receiving: datagrams wait in the system until its buffer is full. Stopping twice changes nothing.
---@param udp uv_udp_t
---@return 0? success, string? err, uv.error_name? err_name
function uv.udp_recv_stop(udp) end

---Stops receiving: datagrams wait in the system until its buffer is full. Stopping twice changes nothing.
---@see uv.udp_recv_stop
---@return 0? success, string? err, uv.error_name? err_name
function uv_udp_t:recv_stop() end

---Sends to this address from now on, and receives from nobody else; without a host it ends that. connect(2)
---
---Fails: `EISCONN` connected already · `ENOTCONN` not connected, without a host. Raises if the host is not numeric.
---@param udp uv_udp_t
---@param host string? numeric; `nil` ends it
---@param port integer?
---@return 0? success, string? err, uv.error_name? err_name
function uv.udp_connect(udp, host, port) end

---Sends to this address from now on, and receives from nobody else; without a host it ends that. connect(2)
---@see uv.udp_connect
---@param host string? numeric; `nil` ends it
---@param port integer?
---@return 0? success, string? err, uv.error_name? err_name
function uv_udp_t:connect(host, port) end

-- Watching files ------------------------------------------------------------------------------------------------------
-- https://docs.libuv.org/en/v1.x/fs_event.html, https://docs.libuv.org/en/v1.x/fs_poll.html

---Makes a watcher, not yet started.
---@return uv_fs_event_t fs_event
function uv.new_fs_event() end

---Calls back when the file changes, or something in the directory does: `rename` for entries that come and go, `change`
---for the rest. Several changes may come as one. inotify(7), kqueue(2), FSEvents, ReadDirectoryChangesW
---
---Fails: `ENOENT` no such file · `EACCES` not permitted · `EINVAL` started already · `ENOSPC` or `EMFILE` the system
---watches enough.
---@param fs_event uv_fs_event_t
---@param path string
---@param flags uv.fs_event.flags?
---@param callback fun(err: uv.error_name?, filename: string?, events: uv.fs_event.events?) `filename` is `nil` when more happened than the system can tell
---@return 0? success, string? err, uv.error_name? err_name
function uv.fs_event_start(fs_event, path, flags, callback) end

---Calls back when the file changes, or something in the directory does: `rename` for entries that come and go, `change`
---for the rest. Several changes may come as one. inotify(7), kqueue(2), FSEvents, ReadDirectoryChangesW
---@see uv.fs_event_start
---@param path string
---@param flags uv.fs_event.flags?
---@param callback fun(err: uv.error_name?, filename: string?, events: uv.fs_event.events?) `filename` is `nil` when more happened than the system can tell
---@return 0? success, string? err, uv.error_name? err_name
function uv_fs_event_t:start(path, flags, callback) end

---Stops; stopping twice changes nothing.
---@param fs_event uv_fs_event_t
---@return 0? success, string? err, uv.error_name? err_name
function uv.fs_event_stop(fs_event) end

---Stops; stopping twice changes nothing.
---@see uv.fs_event_stop
---@return 0? success, string? err, uv.error_name? err_name
function uv_fs_event_t:stop() end

---The path it watches.
---
---Fails: `EINVAL` not started.
---@param fs_event uv_fs_event_t
---@return string? path, string? err, uv.error_name? err_name
function uv.fs_event_getpath(fs_event) end

---The path it watches.
---@see uv.fs_event_getpath
---@return string? path, string? err, uv.error_name? err_name
function uv_fs_event_t:getpath() end

---Makes a watcher, not yet started.
---@return uv_fs_poll_t fs_poll
function uv.new_fs_poll() end

---Asks for the file's `stat` every so often, on the thread pool, and calls back with the one before and the one now
---when they differ. A missing file is an error to the callback, once, until it is there; then `prev` is what it was last
---(all 0 before it was ever there) and `curr` all 0.
---@param fs_poll uv_fs_poll_t
---@param path string
---@param interval integer milliseconds; some file systems keep times in whole seconds
---@param callback fun(err: uv.error_name?, prev: uv.fs_stat.result?, curr: uv.fs_stat.result?)
---@return 0? success, string? err, uv.error_name? err_name
function uv.fs_poll_start(fs_poll, path, interval, callback) end

---Asks for the file's `stat` every so often, on the thread pool, and calls back with the one before and the one now
---when they differ. A missing file is an error to the callback, once, until it is there; then `prev` is what it was last
---(all 0 before it was ever there) and `curr` all 0.
---@see uv.fs_poll_start
---@param path string
---@param interval integer milliseconds; some file systems keep times in whole seconds
---@param callback fun(err: uv.error_name?, prev: uv.fs_stat.result?, curr: uv.fs_stat.result?)
---@return 0? success, string? err, uv.error_name? err_name
function uv_fs_poll_t:start(path, interval, callback) end

---Stops; stopping twice changes nothing.
---@param fs_poll uv_fs_poll_t
---@return 0? success, string? err, uv.error_name? err_name
function uv.fs_poll_stop(fs_poll) end

---Stops; stopping twice changes nothing.
---@see uv.fs_poll_stop
---@return 0? success, string? err, uv.error_name? err_name
function uv_fs_poll_t:stop() end

---The path it watches.
---
---Fails: `EINVAL` not started.
---@param fs_poll uv_fs_poll_t
---@return string? path, string? err, uv.error_name? err_name
function uv.fs_poll_getpath(fs_poll) end

---The path it watches.
---@see uv.fs_poll_getpath
---@return string? path, string? err, uv.error_name? err_name
function uv_fs_poll_t:getpath() end

-- Files ---------------------------------------------------------------------------------------------------------------
-- https://docs.libuv.org/en/v1.x/fs.html
--
-- Without a callback these wait and return; with one as the last argument they return a `uv_fs_t` at once, the work is
-- done on the thread pool, and the callback gets the whole text of the error, or `nil` and the results. Errors name the
-- path: `"ENOENT: no such file or directory: x"`, or both, `"… : a -> b"`.

---Closes a descriptor. close(2)
---
---Fails: `EBADF` not open · `EIO`, `ENOSPC` something written before was not stored.
---@param fd uv.fd
---@return boolean? success, string? err, uv.error_name? err_name
---@overload fun(fd: uv.fd, callback: fun(err: string?, success: boolean?)): uv_fs_t
function uv.fs_close(fd) end

---Opens a file. open(2)
---
---Fails: `ENOENT` no such file or directory · `EACCES` not permitted · `EEXIST` with `x`, it is there · `EISDIR` a
---directory, to write · `ENOTDIR` a part of the path is none · `EMFILE`, `ENFILE` descriptors are used up · `ELOOP`
---links in a circle · `EROFS` the file system is read-only · `ENOSPC` it is full. Raises for unknown flags.
---@param path string
---@param flags uv.open_flags|integer or `O_…` added up
---@param mode integer permissions of a file that it makes, less the umask: `tonumber('644', 8)`
---@return uv.fd? fd, string? err, uv.error_name? err_name
---@overload fun(path: string, flags: uv.open_flags|integer, mode: integer, callback: fun(err: string?, fd: uv.fd?)): uv_fs_t
function uv.fs_open(path, flags, mode) end

---Reads up to `size` bytes; fewer are no error, none are the end. pread(2)
---
---Fails: `EBADF` not open to read · `EISDIR` a directory · `ESPIPE` an offset where there is none · `EAGAIN` a
---descriptor that does not wait · `ENOMEM` too large. Raises for a size below 0.
---@param fd uv.fd
---@param size integer bytes
---@param offset? integer from the start of the file, which leaves its position alone; `nil` or -1: from there on
---@return string? data, string? err, uv.error_name? err_name
---@overload fun(fd: uv.fd, size: integer, callback: fun(err: string?, data: string?)): uv_fs_t
---@overload fun(fd: uv.fd, size: integer, offset: integer|nil, callback: fun(err: string?, data: string?)): uv_fs_t
function uv.fs_read(fd, size, offset) end

---Removes a name of a file; the file is gone with its last one. unlink(2)
---
---Fails: `ENOENT` no such file · `EACCES` the directory may not be changed · `EPERM`, `EISDIR` a directory · `EBUSY` in
---use.
---@param path string
---@return boolean? success, string? err, uv.error_name? err_name
---@overload fun(path: string, callback: fun(err: string?, success: boolean?)): uv_fs_t
function uv.fs_unlink(path) end

---Writes all of it, and says how many bytes that were: fewer if an error came in the middle. pwritev(2)
---
---Fails: `EBADF` not open to write · `ENOSPC` full · `EFBIG` too large · `EPIPE` nobody reads · `EAGAIN` a descriptor
---that does not wait.
---@param fd uv.fd
---@param data uv.buffer
---@param offset? integer from the start of the file, which leaves its position alone; `nil` or -1: from there on
---@return integer? bytes, string? err, uv.error_name? err_name
---@overload fun(fd: uv.fd, data: uv.buffer, callback: fun(err: string?, bytes: integer?)): uv_fs_t
---@overload fun(fd: uv.fd, data: uv.buffer, offset: integer|nil, callback: fun(err: string?, bytes: integer?)): uv_fs_t
function uv.fs_write(fd, data, offset) end

---Makes a directory; those above it have to be there. mkdir(2)
---
---Fails: `EEXIST` the name is taken · `ENOENT` no directory to make it in · `EACCES` not permitted · `ENOSPC` full.
---@param path string
---@param mode integer permissions, less the umask: `tonumber('755', 8)`; nothing on Windows
---@return boolean? success, string? err, uv.error_name? err_name
---@overload fun(path: string, mode: integer, callback: fun(err: string?, success: boolean?)): uv_fs_t
function uv.fs_mkdir(path, mode) end

---Makes a directory with a name that nobody has, for its owner only. mkdtemp(3)
---
---Fails: `EINVAL` no `XXXXXX` at the end · `ENOENT` no directory to make it in · `EACCES` not permitted.
---@param template string a path that ends with `XXXXXX`, which are replaced
---@return string? path, string? err, uv.error_name? err_name
---@overload fun(template: string, callback: fun(err: string?, path: string?)): uv_fs_t
function uv.fs_mkdtemp(template) end

---Makes a file with a name that nobody has, for its owner only, and opens it to read and write. mkstemp(3)
---
---Fails: as `fs_mkdtemp`; `EMFILE` descriptors are used up.
---@param template string a path that ends with `XXXXXX`, which are replaced
---@return uv.fd? fd, string path_or_err, uv.error_name? err_name
---@overload fun(template: string, callback: fun(err: string?, fd: uv.fd?, path: string?)): uv_fs_t
function uv.fs_mkstemp(template) end

---Removes an empty directory. rmdir(2)
---
---Fails: `ENOTEMPTY` not empty · `ENOENT` no such directory · `ENOTDIR` no directory · `EACCES` not permitted · `EBUSY`
---in use.
---@param path string
---@return boolean? success, string? err, uv.error_name? err_name
---@overload fun(path: string, callback: fun(err: string?, success: boolean?)): uv_fs_t
function uv.fs_rmdir(path) end

---Reads all names of a directory, in no order, for `fs_scandir_next`. The callback gets the same request that is
---returned. scandir(3)
---
---Fails: `ENOENT` no such directory · `ENOTDIR` no directory · `EACCES` not permitted.
---@param path string
---@return uv_fs_t? fs, string? err, uv.error_name? err_name
---@overload fun(path: string, callback: fun(err: string?, fs: uv_fs_t?)): uv_fs_t
function uv.fs_scandir(path) end

---The next name, and what it is; `nil` at the end. Never waits.
---
---Fails: `EINVAL` another request.
---@param fs uv_fs_t of `fs_scandir`; with a callback, after it was called
---@return string? name, uv.file_type|string|nil type_or_err, uv.error_name? err_name
function uv.fs_scandir_next(fs) end

---What a file is; of a link, what it points to. stat(2), statx(2)
---
---Fails: `ENOENT` no such file · `EACCES` a directory above may not be entered · `ENOTDIR` a part of the path is none ·
---`ELOOP` links in a circle.
---@param path string
---@return uv.fs_stat.result? stat, string? err, uv.error_name? err_name
---@overload fun(path: string, callback: fun(err: string?, stat: uv.fs_stat.result?)): uv_fs_t
function uv.fs_stat(path) end

---What an open file is. fstat(2)
---
---Fails: `EBADF` not open.
---@param fd uv.fd
---@return uv.fs_stat.result? stat, string? err, uv.error_name? err_name
---@overload fun(fd: uv.fd, callback: fun(err: string?, stat: uv.fs_stat.result?)): uv_fs_t
function uv.fs_fstat(fd) end

---What a file is; of a link, the link itself. lstat(2)
---
---Fails: as `fs_stat`.
---@param path string
---@return uv.fs_stat.result? stat, string? err, uv.error_name? err_name
---@overload fun(path: string, callback: fun(err: string?, stat: uv.fs_stat.result?)): uv_fs_t
function uv.fs_lstat(path) end

---Gives a file another name, at once for everybody who looks; a file of that name is replaced. rename(2)
---
---Fails: `ENOENT` no such file or directory · `EXDEV` another file system · `EACCES`, `EPERM` not permitted ·
---`ENOTEMPTY`, `EEXIST`, `EISDIR`, `ENOTDIR` a directory is in the way, or nothing but one would do · `EINVAL` into
---itself.
---@param path string
---@param new_path string
---@return boolean? success, string? err, uv.error_name? err_name
---@overload fun(path: string, new_path: string, callback: fun(err: string?, success: boolean?)): uv_fs_t
function uv.fs_rename(path, new_path) end

---Waits until all that was written is on the disk. fsync(2)
---
---Fails: `EBADF` not open · `EIO`, `ENOSPC` it could not be stored · `EINVAL` nothing that is stored.
---@param fd uv.fd
---@return boolean? success, string? err, uv.error_name? err_name
---@overload fun(fd: uv.fd, callback: fun(err: string?, success: boolean?)): uv_fs_t
function uv.fs_fsync(fd) end

---Waits until content and size are on the disk, but not times. fdatasync(2)
---
---Fails: as `fs_fsync`.
---@param fd uv.fd
---@return boolean? success, string? err, uv.error_name? err_name
---@overload fun(fd: uv.fd, callback: fun(err: string?, success: boolean?)): uv_fs_t
function uv.fs_fdatasync(fd) end

---Cuts a file to a length, or fills it up with zeros. ftruncate(2)
---
---Fails: `EBADF`, `EINVAL` not open to write · `EFBIG` too large.
---@param fd uv.fd
---@param offset integer the new length in bytes
---@return boolean? success, string? err, uv.error_name? err_name
---@overload fun(fd: uv.fd, offset: integer, callback: fun(err: string?, success: boolean?)): uv_fs_t
function uv.fs_ftruncate(fd, offset) end

---Copies bytes from one descriptor to another, and says how many were: fewer at the end of the file. sendfile(2)
---
---Fails: `EBADF` not open · `ESPIPE` something that has no offset · `EAGAIN` a descriptor that does not wait.
---@param out_fd uv.fd
---@param in_fd uv.fd a file
---@param in_offset integer from the start of the file; -1: from its position on
---@param size integer bytes
---@return integer? bytes, string? err, uv.error_name? err_name
---@overload fun(out_fd: uv.fd, in_fd: uv.fd, in_offset: integer, size: integer, callback: fun(err: string?, bytes: integer?)): uv_fs_t
function uv.fs_sendfile(out_fd, in_fd, in_offset, size) end

---Whether this process may read, write or execute a file: `false` also if it is not there. Before it is used that may
---have changed, so to open it and see is the better way. access(2)
---
---Raises for other letters.
---@param path string
---@param mode string|integer some of `r`, `w`, `x`; or `R_OK`, `W_OK`, `X_OK` added up, `F_OK`: is there
---@return boolean? permission, string? err, uv.error_name? err_name
---@overload fun(path: string, mode: string|integer, callback: fun(err: string?, permission: boolean?)): uv_fs_t
function uv.fs_access(path, mode) end

---Sets a file's permissions. chmod(2)
---
---Fails: `ENOENT` no such file · `EPERM` not ours · `EROFS` the file system is read-only.
---@param path string
---@param mode integer `tonumber('644', 8)`
---@return boolean? success, string? err, uv.error_name? err_name
---@overload fun(path: string, mode: integer, callback: fun(err: string?, success: boolean?)): uv_fs_t
function uv.fs_chmod(path, mode) end

---Sets an open file's permissions. fchmod(2)
---
---Fails: `EBADF` not open · `EPERM` not ours.
---@param fd uv.fd
---@param mode integer `tonumber('644', 8)`
---@return boolean? success, string? err, uv.error_name? err_name
---@overload fun(fd: uv.fd, mode: integer, callback: fun(err: string?, success: boolean?)): uv_fs_t
function uv.fs_fchmod(fd, mode) end

---Sets when a file was last read and changed; of a link, what it points to. utimensat(2)
---
---Fails: `ENOENT` no such file · `EPERM`, `EACCES` not ours.
---@param path string
---@param atime uv.file_time
---@param mtime uv.file_time
---@return boolean? success, string? err, uv.error_name? err_name
---@overload fun(path: string, atime: uv.file_time, mtime: uv.file_time, callback: fun(err: string?, success: boolean?)): uv_fs_t
function uv.fs_utime(path, atime, mtime) end

---Sets when an open file was last read and changed. futimens(3)
---
---Fails: `EBADF` not open · `EPERM`, `EACCES` not ours.
---@param fd uv.fd
---@param atime uv.file_time
---@param mtime uv.file_time
---@return boolean? success, string? err, uv.error_name? err_name
---@overload fun(fd: uv.fd, atime: uv.file_time, mtime: uv.file_time, callback: fun(err: string?, success: boolean?)): uv_fs_t
function uv.fs_futime(fd, atime, mtime) end

---Sets when a file was last read and changed; of a link, the link itself. utimensat(2)
---
---Fails: as `fs_utime`; `ENOSYS` where links have no times.
---@param path string
---@param atime uv.file_time
---@param mtime uv.file_time
---@return boolean? success, string? err, uv.error_name? err_name
---@overload fun(path: string, atime: uv.file_time, mtime: uv.file_time, callback: fun(err: string?, success: boolean?)): uv_fs_t
function uv.fs_lutime(path, atime, mtime) end

---Gives a file one more name on the same file system. link(2)
---
---Fails: `EEXIST` the name is taken · `ENOENT` no such file or directory · `EXDEV` another file system · `EPERM` a
---directory, or a file system without such names · `EMLINK` too many.
---@param path string
---@param new_path string
---@return boolean? success, string? err, uv.error_name? err_name
---@overload fun(path: string, new_path: string, callback: fun(err: string?, success: boolean?)): uv_fs_t
function uv.fs_link(path, new_path) end

---Makes a link that points to a path, which need not be there. symlink(2)
---
---Fails: `EEXIST` the name is taken · `ENOENT` no directory to make it in · `EACCES`, `EPERM` not permitted.
---@param path string what it points to, relative to the link's directory
---@param new_path string the link
---@param flags? integer|{ dir: boolean?, junction: boolean? } Windows: to a directory, as a link or a junction
---@return boolean? success, string? err, uv.error_name? err_name
---@overload fun(path: string, new_path: string, callback: fun(err: string?, success: boolean?)): uv_fs_t
---@overload fun(path: string, new_path: string, flags: integer|{ dir: boolean?, junction: boolean? }|nil, callback: fun(err: string?, success: boolean?)): uv_fs_t
function uv.fs_symlink(path, new_path, flags) end

---Where a link points to, as it was given. readlink(2)
---
---Fails: `ENOENT` no such file · `EINVAL` no link.
---@param path string
---@return string? path, string? err, uv.error_name? err_name
---@overload fun(path: string, callback: fun(err: string?, path: string?)): uv_fs_t
function uv.fs_readlink(path) end

---The absolute path without links, `.` and `..`. realpath(3)
---
---Fails: `ENOENT` no such file · `EACCES` a directory above may not be entered · `ELOOP` links in a circle.
---@param path string
---@return string? path, string? err, uv.error_name? err_name
---@overload fun(path: string, callback: fun(err: string?, path: string?)): uv_fs_t
function uv.fs_realpath(path) end

---Sets owner and group of a file; of a link, what it points to. chown(2)
---
---Fails: `EPERM` not permitted · `ENOENT` no such file. Nothing happens on Windows.
---@param path string
---@param uid integer -1 leaves it
---@param gid integer -1 leaves it
---@return boolean? success, string? err, uv.error_name? err_name
---@overload fun(path: string, uid: integer, gid: integer, callback: fun(err: string?, success: boolean?)): uv_fs_t
function uv.fs_chown(path, uid, gid) end

---Sets owner and group of an open file. fchown(2)
---
---Fails: `EPERM` not permitted · `EBADF` not open. Nothing happens on Windows.
---@param fd uv.fd
---@param uid integer -1 leaves it
---@param gid integer -1 leaves it
---@return boolean? success, string? err, uv.error_name? err_name
---@overload fun(fd: uv.fd, uid: integer, gid: integer, callback: fun(err: string?, success: boolean?)): uv_fs_t
function uv.fs_fchown(fd, uid, gid) end

---Sets owner and group of a file; of a link, the link itself. lchown(2)
---
---Fails: as `fs_chown`.
---@param path string
---@param uid integer -1 leaves it
---@param gid integer -1 leaves it
---@return boolean? success, string? err, uv.error_name? err_name
---@overload fun(path: string, uid: integer, gid: integer, callback: fun(err: string?, success: boolean?)): uv_fs_t
function uv.fs_lchown(path, uid, gid) end

---Copies a file with its permissions. `excl`: fails if the new name is taken. `ficlone`: shares the blocks where the
---file system can. `ficlone_force`: fails if it cannot. A copy that fails is removed. ioctl_ficlone(2)
---
---Fails: `ENOENT` no such file · `EEXIST` with `excl`, the name is taken · `EACCES` not permitted · `EISDIR` a
---directory · `ENOSPC` full · `ENOTSUP`, `EXDEV`, `ENOTTY` with `ficlone_force`.
---@param path string
---@param new_path string
---@param flags? integer|{ excl: boolean?, ficlone: boolean?, ficlone_force: boolean? } or 1, 2, 4 added up
---@return boolean? success, string? err, uv.error_name? err_name
---@overload fun(path: string, new_path: string, callback: fun(err: string?, success: boolean?)): uv_fs_t
---@overload fun(path: string, new_path: string, flags: integer|{ excl: boolean?, ficlone: boolean?, ficlone_force: boolean? }|nil, callback: fun(err: string?, success: boolean?)): uv_fs_t
function uv.fs_copyfile(path, new_path, flags) end

---Opens a directory to read it in parts, for one that is large. The callback comes before `entries`. opendir(3)
---
---Fails: `ENOENT` no such directory · `ENOTDIR` no directory · `EACCES` not permitted · `EMFILE` descriptors are used
---up. Raises if `entries` is less than 1.
---@param path string
---@param callback nil
---@param entries? integer how many `fs_readdir` gives at a time, 1
---@return luv_dir_t? dir, string? err, uv.error_name? err_name
---@overload fun(path: string): luv_dir_t?, string?, uv.error_name?
---@overload fun(path: string, callback: fun(err: string?, dir: luv_dir_t?), entries?: integer): uv_fs_t
function uv.fs_opendir(path, callback, entries) end

---The next entries, in no order; `nil` at the end. readdir(3)
---
---Fails: `EBADF` closed.
---@param dir luv_dir_t
---@return uv.fs_readdir.entry[]? entries, string? err, uv.error_name? err_name
---@overload fun(dir: luv_dir_t, callback: fun(err: string?, entries: uv.fs_readdir.entry[]?)): uv_fs_t
function uv.fs_readdir(dir) end

---The next entries, in no order; `nil` at the end. readdir(3)
---@see uv.fs_readdir
---@return uv.fs_readdir.entry[]? entries, string? err, uv.error_name? err_name
---@overload fun(self: luv_dir_t, callback: fun(err: string?, entries: uv.fs_readdir.entry[]?)): uv_fs_t
function luv_dir_t:readdir() end

---Closes a directory, after a read that is under way; one that is collected is closed too. closedir(3)
---
---Fails: `EBADF` closed already.
---@param dir luv_dir_t
---@return boolean? success, string? err, uv.error_name? err_name
---@overload fun(dir: luv_dir_t, callback: fun(err: string?, success: boolean?)): uv_fs_t
function uv.fs_closedir(dir) end

---Closes a directory, after a read that is under way; one that is collected is closed too. closedir(3)
---@see uv.fs_closedir
---@return boolean? success, string? err, uv.error_name? err_name
---@overload fun(self: luv_dir_t, callback: fun(err: string?, success: boolean?)): uv_fs_t
function luv_dir_t:closedir() end

---What the file system of a path is and has left. statfs(2)
---
---Fails: `ENOENT` no such file · `EACCES` a directory above may not be entered.
---@param path string
---@return uv.fs_statfs.result? stat, string? err, uv.error_name? err_name
---@overload fun(path: string, callback: fun(err: string?, stat: uv.fs_statfs.result?)): uv_fs_t
function uv.fs_statfs(path) end

-- Work on the thread pool ---------------------------------------------------------------------------------------------
-- https://docs.libuv.org/en/v1.x/threadpool.html
--
-- The pool has four threads, or `UV_THREADPOOL_SIZE`, started when first used, and shared with files and DNS.

---Makes a function ready to run in the pool. It runs in the Lua state of one of the pool's threads, with all of luvit
---and none of our variables: it has its arguments, and its upvalues are `nil`. Such a state stays, with the globals and
---modules that earlier work left there.
---
---Raises for a function that is not Lua's.
---@param work_callback string|fun(...: uv.threadargs): any or its source, or `string.dump` of it
---@param after_work_callback fun(...: uv.threadargs) runs here, with what it returned
---@return luv_work_ctx_t work
function uv.new_work(work_callback, after_work_callback) end

---Runs the work, with these arguments, and then the callback with what it returned. An error in it is reported with its
---traceback, ends nothing else, and the callback gets nothing.
---
---Raises for values that cannot cross threads.
---@param work_ctx luv_work_ctx_t
---@param ... uv.threadargs
---@return boolean? success, string? err, uv.error_name? err_name
function uv.queue_work(work_ctx, ...) end

---Runs the work, with these arguments, and then the callback with what it returned. An error in it is reported with its
---traceback, ends nothing else, and the callback gets nothing.
---@see uv.queue_work
---@param ... uv.threadargs
---@return boolean? success, string? err, uv.error_name? err_name
function luv_work_ctx_t:queue(...) end

-- Names and addresses -------------------------------------------------------------------------------------------------
-- https://docs.libuv.org/en/v1.x/dns.html
--
-- The system's resolver on the thread pool: it knows `/etc/hosts` and may take long. Either waits without a callback.

---The addresses of a name, best first. Not both host and service may be `nil`. getaddrinfo(3)
---
---Fails, and the callback gets: `EAI_NONAME` no such name · `EAI_AGAIN` no answer, for now · `EAI_NODATA` no address ·
---`EAI_FAMILY`, `EAI_SERVICE`, `EAI_SOCKTYPE`, `EAI_BADFLAGS` hints that do not go together · `EINVAL` neither host nor
---service · `EAI_CANCELED` cancelled.
---@param host string? a name or a numeric address
---@param service? string `"http"`, `"80"`; sets `port`
---@param hints? uv.getaddrinfo.hints
---@return uv.address[]? addresses, string? err, uv.error_name? err_name
---@overload fun(host: string?, service: string?, hints: uv.getaddrinfo.hints?, callback: fun(err: uv.error_name?, addresses: uv.address[]?)): uv_getaddrinfo_t?, string?, uv.error_name?
function uv.getaddrinfo(host, service, hints) end

---The names of an address and of its port; digits where they have none. getnameinfo(3)
---
---Fails, and the callback gets: `EAI_AGAIN` no answer, for now · `EAI_FAIL` none ever · `EINVAL` not numeric.
---@param address uv.getnameinfo.address
---@return string? host, string service_or_err, uv.error_name? err_name
---@overload fun(address: uv.getnameinfo.address, callback: fun(err: uv.error_name?, host: string?, service: string?)): uv_getnameinfo_t?, string?, uv.error_name?
function uv.getnameinfo(address) end

-- Threads -------------------------------------------------------------------------------------------------------------
-- https://docs.libuv.org/en/v1.x/threading.html
--
-- A thread has a Lua state and a loop of its own, with all of luvit. It shares nothing with others but what
-- `uv.threadargs` lists.

---Starts a thread, which runs the function in a Lua state of its own and ends with it: to have callbacks, the function
---calls `uv.run()`. It has its arguments, and its upvalues are `nil`. An error in it is reported with its traceback and
---ends only the thread. pthread_create(3)
---
---Fails: `EAGAIN` too many threads. Raises for values that cannot cross threads, and a function that is not Lua's.
---@param options { stack_size: integer? }? bytes of stack, 8 MiB at least
---@param entry string|fun(...: uv.threadargs) or its source, or `string.dump` of it
---@param ... uv.threadargs
---@return luv_thread_t? thread, string? err, uv.error_name? err_name
---@overload fun(entry: string|fun(...: uv.threadargs), ...: uv.threadargs): luv_thread_t?, string?, uv.error_name?
function uv.new_thread(options, entry, ...) end

---Whether both are the same thread, as `==` says too.
---@param thread luv_thread_t
---@param other_thread luv_thread_t
---@return boolean
function uv.thread_equal(thread, other_thread) end

---Whether both are the same thread, as `==` says too.
---@see uv.thread_equal
---@param other_thread luv_thread_t
---@return boolean
function luv_thread_t:equal(other_thread) end

---Sets the CPUs that a thread may run on: `affinity[n]` for the CPU number `n`, the first being 1; those left out are
---forbidden. sched_setaffinity(2)
---
---Fails: `EINVAL` none of these CPUs is there · `ENOTSUP` macOS · `ESRCH` the thread ended. Raises for keys that are no
---CPU numbers and values that are no booleans.
---@param thread luv_thread_t
---@param affinity boolean[]
---@param get_old_affinity? boolean return what it was before
---@return boolean[]|true|nil affinity, string? err, uv.error_name? err_name
function uv.thread_setaffinity(thread, affinity, get_old_affinity) end

---Sets the CPUs that a thread may run on: `affinity[n]` for the CPU number `n`, the first being 1; those left out are
---forbidden. sched_setaffinity(2)
---@see uv.thread_setaffinity
---@param affinity boolean[]
---@param get_old_affinity? boolean return what it was before
---@return boolean[]|true|nil affinity, string? err, uv.error_name? err_name
function luv_thread_t:setaffinity(affinity, get_old_affinity) end

---The CPUs that a thread may run on, as of `thread_setaffinity`. sched_getaffinity(2)
---
---Fails: `EINVAL` `mask_size` is less than `uv.cpumask_size()` · `ENOTSUP` macOS · `ESRCH` the thread ended.
---@param thread luv_thread_t
---@param mask_size? integer CPUs to tell, `uv.cpumask_size()`
---@return boolean[]? affinity, string? err, uv.error_name? err_name
function uv.thread_getaffinity(thread, mask_size) end

---The CPUs that a thread may run on, as of `thread_setaffinity`. sched_getaffinity(2)
---@see uv.thread_getaffinity
---@param mask_size? integer CPUs to tell, `uv.cpumask_size()`
---@return boolean[]? affinity, string? err, uv.error_name? err_name
function luv_thread_t:getaffinity(mask_size) end

---The CPU that this thread runs on, the first being 1. sched_getcpu(3)
---
---Fails: `ENOTSUP` macOS.
---@return integer? cpu, string? err, uv.error_name? err_name
function uv.thread_getcpu() end

---Sets how much a thread is preferred, one of `THREAD_PRIORITY_…` of `uv.constants`. setpriority(2)
---
---Fails: `EPERM`, `EACCES` not permitted · `EINVAL` another number · `ESRCH` the thread ended.
---@param thread luv_thread_t
---@param priority integer -2 to 2
---@return boolean? success, string? err, uv.error_name? err_name
function uv.thread_setpriority(thread, priority) end

---Sets how much a thread is preferred, one of `THREAD_PRIORITY_…` of `uv.constants`. setpriority(2)
---@see uv.thread_setpriority
---@param priority integer -2 to 2
---@return boolean? success, string? err, uv.error_name? err_name
function luv_thread_t:setpriority(priority) end

---How much a thread is preferred, in numbers of the system: on Linux how nice it is, -20 to 19.
---
---Fails: `ESRCH` the thread ended.
---@param thread luv_thread_t
---@return integer? priority, string? err, uv.error_name? err_name
function uv.thread_getpriority(thread) end

---How much a thread is preferred, in numbers of the system: on Linux how nice it is, -20 to 19.
---@see uv.thread_getpriority
---@return integer? priority, string? err, uv.error_name? err_name
function luv_thread_t:getpriority() end

---The thread that asks.
---@return luv_thread_t thread
function uv.thread_self() end

---Waits until the thread has ended; this thread's loop stands still meanwhile. pthread_join(3)
---
---Fails: `EINVAL` joined or detached before, or not of `new_thread` · `EBUSY` it is this one, or waits for this one.
---@param thread luv_thread_t
---@return boolean? success, string? err, uv.error_name? err_name
function uv.thread_join(thread) end

---Waits until the thread has ended; this thread's loop stands still meanwhile. pthread_join(3)
---@see uv.thread_join
---@return boolean? success, string? err, uv.error_name? err_name
function luv_thread_t:join() end

---Lets a thread go: nobody will join it. One that is collected is let go too. pthread_detach(3)
---
---Fails: `EINVAL` joined or detached before, or not of `new_thread`.
---@param thread luv_thread_t
---@return boolean? success, string? err, uv.error_name? err_name
function uv.thread_detach(thread) end

---Lets a thread go: nobody will join it. One that is collected is let go too. pthread_detach(3)
---@see uv.thread_detach
---@return boolean? success, string? err, uv.error_name? err_name
function luv_thread_t:detach() end

---Names this thread, as debuggers and `top -H` show it; what is too long is cut (Linux: 15 bytes, FreeBSD: 19, macOS:
---63). pthread_setname_np(3)
---
---Fails: `EINVAL` a zero byte in it.
---@param name string
---@return 0? success, string? err, uv.error_name? err_name
function uv.thread_setname(name) end

---The name of a thread.
---
---Fails: `ESRCH` the thread ended.
---@param thread luv_thread_t
---@return string? name, string? err, uv.error_name? err_name
function uv.thread_getname(thread) end

---The name of a thread.
---@see uv.thread_getname
---@return string? name, string? err, uv.error_name? err_name
function luv_thread_t:getname() end

---Does nothing for so long, its loop included. In a coroutine `timer.sleep` lets the others go on.
---@param msec integer milliseconds
function uv.sleep(msec) end

---Makes a semaphore, to be given to threads.
---
---Raises for a value below 0.
---@param value? integer 0
---@return luv_sem_t sem
function uv.new_sem(value) end

---Adds one, which lets one thread go on that waits. sem_post(3)
---@param sem luv_sem_t
function uv.sem_post(sem) end

---Adds one, which lets one thread go on that waits. sem_post(3)
---@see uv.sem_post
function luv_sem_t:post() end

---Takes one away, and waits while there is none; this thread's loop stands still meanwhile. sem_wait(3)
---@param sem luv_sem_t
function uv.sem_wait(sem) end

---Takes one away, and waits while there is none; this thread's loop stands still meanwhile. sem_wait(3)
---@see uv.sem_wait
function luv_sem_t:wait() end

---Takes one away if there is one, and says so.
---@param sem luv_sem_t
---@return boolean taken
function uv.sem_trywait(sem) end

---Takes one away if there is one, and says so.
---@see uv.sem_trywait
---@return boolean taken
function luv_sem_t:trywait() end

-- System --------------------------------------------------------------------------------------------------------------
-- https://docs.libuv.org/en/v1.x/misc.html

---The path of this program.
---
---Fails: `ENOENT` it was removed.
---@return string? path, string? err, uv.error_name? err_name
function uv.exepath() end

---The current directory, of all threads. getcwd(3)
---
---Fails: `ENOENT` it was removed.
---@return string? path, string? err, uv.error_name? err_name
function uv.cwd() end

---Changes the current directory, of all threads. chdir(2)
---
---Fails: `ENOENT` no such directory · `ENOTDIR` no directory · `EACCES` not permitted.
---@param cwd string
---@return 0? success, string? err, uv.error_name? err_name
function uv.chdir(cwd) end

---The title of the process, as `ps` shows it.
---@return string? title, string? err, uv.error_name? err_name
function uv.get_process_title() end

---Sets the title of the process; what is longer than the command line was is cut.
---@param title string
---@return 0? success, string? err, uv.error_name? err_name
function uv.set_process_title(title) end

---Bytes of memory this machine has.
---@return number bytes
function uv.get_total_memory() end

---Bytes of memory this machine has free, or could free at once.
---@return number bytes
function uv.get_free_memory() end

---Bytes of memory that this process may have, by a limit such as a container's; 0 if there is none. cgroups(7)
---@return number bytes
function uv.get_constrained_memory() end

---Bytes of memory that this process can still get, limits counted; without one as `get_free_memory`.
---@return number bytes
function uv.get_available_memory() end

---Bytes of memory that this process has resident now.
---@return integer? bytes, string? err, uv.error_name? err_name
function uv.resident_set_memory() end

---What this process has used so far. getrusage(2)
---@return uv.getrusage.result? rusage, string? err, uv.error_name? err_name
function uv.getrusage() end

---What this thread has used so far. RUSAGE_THREAD in getrusage(2)
---
---Fails: `ENOTSUP` where the system does not count by thread.
---@return uv.getrusage.result? rusage, string? err, uv.error_name? err_name
function uv.getrusage_thread() end

---How many threads can run at the same time: CPUs less those this process may not use.
---@return integer count at least 1
function uv.available_parallelism() end

---The CPUs: model, speed, and what they did.
---@return uv.cpu_info[]? cpus, string? err, uv.error_name? err_name
function uv.cpu_info() end

---How many CPUs an affinity may name, whatever the machine has: 1024 on Linux.
---
---Fails: `ENOTSUP` macOS.
---@return integer? size, string? err, uv.error_name? err_name
function uv.cpumask_size() end

---The same as `os_getpid`.
---@deprecated
---@return integer pid
function uv.getpid() end

---The user that this process runs as. getuid(2)
---
---Fails: `ENOTSUP` Windows.
---@return integer? uid, string? err, uv.error_name? err_name
function uv.getuid() end

---The group that this process runs as. getgid(2)
---
---Fails: `ENOTSUP` Windows.
---@return integer? gid, string? err, uv.error_name? err_name
function uv.getgid() end

---Becomes another user, for good. Set the group before. Not on Windows. setuid(2)
---
---Raises without the privilege.
---@param id integer
function uv.setuid(id) end

---Becomes a member of another group instead. Not on Windows. setgid(2)
---
---Raises without the privilege.
---@param id integer
function uv.setgid(id) end

---Nanoseconds of a clock that only goes forward, from some point in the past; for measuring. As a number it is exact to
---the nanosecond for the first 104 days.
---@return number ns
function uv.hrtime() end

---The time: `"realtime"` of day, which may be set back, or `"monotonic"`, which only goes forward. clock_gettime(2)
---
---Fails: `EINVAL` another clock.
---@param clock_id "monotonic"|"realtime"
---@return uv.timespec? time, string? err, uv.error_name? err_name
function uv.clock_gettime(clock_id) end

---Seconds since this machine started.
---@return number? seconds, string? err, uv.error_name? err_name
function uv.uptime() end

---Prints all handles of the loop to standard error, one a line: `[flags] type address`, `R` referenced, `A` active, `I`
---luvit's own. For debugging.
function uv.print_all_handles() end

---Prints the active handles of the loop, as `print_all_handles`.
function uv.print_active_handles() end

---What a descriptor is, and so which handle opens it; `"unknown"` also if it is not open.
---@param fd uv.fd
---@return uv.guess type
function uv.guess_handle(fd) end

---The time of day: seconds since 1970 in UTC, and microseconds. gettimeofday(2)
---@return integer? seconds, integer|string microseconds_or_err, uv.error_name? err_name
function uv.gettimeofday() end

---The addresses of each network interface that is up, by its name. getifaddrs(3)
---@return table<string, uv.interface_address[]>? interfaces, string? err, uv.error_name? err_name
function uv.interface_addresses() end

---The name of a network interface. if_indextoname(3)
---
---Fails: `ENXIO` no such interface.
---@param ifindex integer
---@return string? name, string? err, uv.error_name? err_name
function uv.if_indextoname(ifindex) end

---What stands for a network interface after the `%` of an address: its name, on Windows its number.
---
---Fails: `ENXIO` no such interface.
---@param ifindex integer
---@return string? iid, string? err, uv.error_name? err_name
function uv.if_indextoiid(ifindex) end

---Processes that ran or wanted to, on average over 1, 5 and 15 minutes; zeros on Windows. getloadavg(3)
---@return number one, number five, number fifteen
function uv.loadavg() end

---The system's names. uname(2)
---@return uv.os_uname.info? info, string? err, uv.error_name? err_name
function uv.os_uname() end

---The name of this machine. gethostname(2)
---@return string? name, string? err, uv.error_name? err_name
function uv.os_gethostname() end

---A variable of the environment. getenv(3)
---
---Fails: `ENOENT` there is none. Raises for a name that is empty or has a `=` or a zero byte.
---@param name string
---@param size? integer luv's buffer; not needed here
---@return string? value, string? err, uv.error_name? err_name
function uv.os_getenv(name, size) end

---Sets a variable of the environment, for this process and the children it will have. setenv(3)
---
---Raises for a name that is empty or has a `=`, and a zero byte in either.
---@param name string
---@param value string
---@return boolean? success, string? err, uv.error_name? err_name
function uv.os_setenv(name, value) end

---Removes a variable of the environment; one that is not there is no error. unsetenv(3)
---
---Raises for a name that is empty or has a `=` or a zero byte.
---@param name string
---@return boolean? success, string? err, uv.error_name? err_name
function uv.os_unsetenv(name) end

---All variables of the environment, in a table of their own. environ(7)
---@return table<string, string>
function uv.os_environ() end

---The user's home directory: `HOME` (Windows: `USERPROFILE`), or what the system says.
---
---Fails: `ENOENT` there is none.
---@return string? path, string? err, uv.error_name? err_name
function uv.os_homedir() end

---The directory for temporary files: `TMPDIR`, or `/tmp` (Windows: what the system says), without a slash at the end.
---@return string? path, string? err, uv.error_name? err_name
function uv.os_tmpdir() end

---The user that this process runs as. getpwuid_r(3)
---
---Fails: `ENOENT` the system does not know the user.
---@return uv.os_get_passwd.result? passwd, string? err, uv.error_name? err_name
function uv.os_get_passwd() end

---The number of this process. getpid(2)
---@return integer pid
function uv.os_getpid() end

---The number of the process that started this one. getppid(2)
---@return integer pid
function uv.os_getppid() end

---How nice a process is: -20 first, 19 last. getpriority(2)
---
---Fails: `ESRCH` no such process.
---@param pid integer 0: this one
---@return integer? priority, string? err, uv.error_name? err_name
function uv.os_getpriority(pid) end

---Sets how nice a process is: -20 first, 19 last. setpriority(2)
---
---Fails: `EINVAL` out of range · `ESRCH` no such process · `EACCES` less nice, without the privilege · `EPERM` not
---ours.
---@param pid integer 0: this one
---@param priority integer
---@return boolean? success, string? err, uv.error_name? err_name
function uv.os_setpriority(pid, priority) end

---Random bytes, good for keys. With a callback they are made on the thread pool, and the call returns 0. getrandom(2)
---
---Fails: `E2BIG` more than 2147483647 · `EINVAL` flags.
---@param len integer bytes
---@param flags? 0|{} nothing yet
---@return string? bytes, string? err, uv.error_name? err_name
---@overload fun(len: integer, flags: 0|{}|nil, callback: fun(err: uv.error_name?, bytes: string?)): 0?, string?, uv.error_name?
function uv.random(len, flags) end

---Text and name of an error number of the system: `"ENOENT: no such file or directory", "ENOENT"` for 2.
---@param errcode integer errno, on Windows what `GetLastError` says; either sign
---@return string? message, uv.error_name? name
function uv.translate_sys_error(errcode) end

-- Metrics -------------------------------------------------------------------------------------------------------------
-- https://docs.libuv.org/en/v1.x/metrics.html

---Nanoseconds that the loop has waited for I/O, since `uv.loop_configure("metrics_idle_time")`; 0 before that.
---@return number ns
function uv.metrics_idle_time() end

---How many turns and events the loop has had. In a `prepare` callback the numbers fit together.
---@return uv.metrics_info.result info
function uv.metrics_info() end

-- Text of Windows -----------------------------------------------------------------------------------------------------
-- https://simonsapin.github.io/wtf-8/
--
-- UTF-16 is in the byte order of the machine, two bytes a unit. WTF-8 is UTF-8 that can also hold half of a surrogate
-- pair, as file names of Windows may.

---Bytes that UTF-16 takes as WTF-8.
---@param utf16 string
---@return integer bytes
function uv.utf16_length_as_wtf8(utf16) end

---From UTF-16 to WTF-8.
---
---Raises for an odd number of bytes.
---@param utf16 string
---@return string wtf8
function uv.utf16_to_wtf8(utf16) end

---Units (of two bytes) that WTF-8 takes as UTF-16.
---
---Raises for what is not WTF-8.
---@param wtf8 string
---@return integer units
function uv.wtf8_length_as_utf16(wtf8) end

---From WTF-8 to UTF-16.
---
---Raises for what is not WTF-8.
---@param wtf8 string
---@return string utf16
function uv.wtf8_to_utf16(wtf8) end

return uv
