//! Starting children and waiting for them, on Unix systems.
//!
//! **Starting.** Everything the child needs is made beforehand, since between fork and exec only
//! async-signal-safe calls are allowed. Linux starts it by `clone` with the memory shared and the
//! caller suspended until the exec, as its `posix_spawn` does: that costs the same for a process
//! of any size, and other than with `posix_spawn` the program is looked up in the child's `PATH`
//! and working directory. A change of user has to be made in memory of its own; there, and on the
//! other systems, it is `fork`. What fails before the exec is told through a pipe that the exec
//! closes, which also works where an emulator turns the one into the other.
//!
//! **Waiting.** `SIGCHLD` wakes the loops, and the first that looks waits for each child by its
//! number: a child that a C module started is its own affair, so nobody waits for "any". This works
//! on all systems and costs no descriptor; Linux' pidfd would cost one a child, and a call to make,
//! register and close each.

use super::{Fd, Io, signals::Watch, unix::last_error};
use crate::{Error, Handle, Result, SpawnOptions, async_::Shared, process::Exit};
use libc::{c_char, c_int, c_void, pid_t};
use std::{
    collections::BTreeMap,
    ffi::{CString, OsStr, OsString},
    io,
    os::{
        fd::{AsRawFd, IntoRawFd, OwnedFd},
        unix::{ffi::OsStrExt, net::UnixStream},
    },
    ptr::null,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

/// Where programs are when there is no `PATH`.
const DEFAULT_PATH: &str = "/usr/bin:/bin";
/// What runs a script without `#!`, as execvp(3) does.
const SHELL: &std::ffi::CStr = c"/bin/sh";
/// The status of a child that could not become the program (sh(1)).
const NOT_STARTED: c_int = 127;
/// The status of a child that somebody else waited for.
const LOST: i64 = -1;

#[cfg(any(target_os = "linux", target_os = "android"))]
const SIGNALS: c_int = 64;
#[cfg(target_os = "freebsd")]
const SIGNALS: c_int = 128;
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
const SIGNALS: c_int = 31;

/// A child that runs or ended.
#[derive(Debug)]
pub(crate) struct Child(pid_t);

impl Child {
    pub(crate) fn pid(&self) -> u32 {
        self.0 as u32
    }
}

/// Children whose loop is gone. Whichever loop looks next waits for them too.
static ORPHANS: Mutex<Vec<pid_t>> = Mutex::new(Vec::new());

fn orphans() -> MutexGuard<'static, Vec<pid_t>> {
    ORPHANS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The children of a loop that were not waited for yet. That is done just before the loop tells of
/// their end, so that until then their numbers are theirs.
#[derive(Debug, Default)]
pub(crate) struct Children {
    table: BTreeMap<pid_t, Handle>,
    /// From the first child on.
    watch: Option<Watch>,
    /// Whether children ended since the last look.
    ended: Arc<AtomicBool>,
}

impl Children {
    /// Has the loop woken when children end. Call it before each is started.
    pub(crate) fn watch(&mut self, shared: &Arc<Shared>) -> Result<()> {
        if self.watch.is_none() {
            let (shared, ended) = (shared.clone(), self.ended.clone());
            self.watch = Some(Watch::with(libc::SIGCHLD, move || {
                ended.store(true, Ordering::SeqCst);
                let _ = shared.waker.wake();
            })?);
        }
        Ok(())
    }

    /// Has the end of the child told as that of `handle`.
    pub(crate) fn add(&mut self, child: &Child, handle: Handle) {
        self.table.insert(child.0, handle);
    }

    /// Sends a signal to the child, unless it was waited for and its number may be another's.
    pub(crate) fn kill(&self, child: &Child, handle: Handle, signum: i32) -> Result<()> {
        if self.table.get(&child.0) != Some(&handle) {
            return Err(Error::ESRCH);
        }
        super::system::kill(child.0, signum)
    }

    /// Waits for the children that ended.
    pub(crate) fn take(&mut self) -> Vec<Exit> {
        let mut exits = Vec::new();
        if !self.ended.swap(false, Ordering::SeqCst) {
            return exits;
        }
        loop {
            match next_ended() {
                Ok(Some(pid)) if self.table.contains_key(&pid) => {
                    exits.extend(wait_for(pid).zip(self.table.remove(&pid)).map(exit));
                }
                Ok(None) if !exits.is_empty() => break,
                // A child of somebody else may hide ours, or somebody else have waited for ours.
                _ => {
                    self.table.retain(|&pid, &mut handle| match wait_for(pid) {
                        Some(status) => {
                            exits.push(exit((status, handle)));
                            false
                        }
                        None => true,
                    });
                    orphans().retain(|&pid| wait_for(pid).is_none());
                    break;
                }
            }
        }
        exits
    }
}

/// From status and signal, and whose they are.
fn exit(((status, signal), handle): ((i64, i32), Handle)) -> Exit {
    Exit {
        handle,
        status,
        signal,
    }
}

impl Drop for Children {
    fn drop(&mut self) {
        orphans().extend(self.table.keys());
    }
}

/// A child of anybody that has ended and was not waited for: one call, however many run. An error
/// where there is no such call.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn next_ended() -> Result<Option<pid_t>> {
    // SAFETY: all of siginfo may be zero, and waitid fills it; its process id is 0 when no child
    // has ended (waitid(2)).
    unsafe {
        let mut info: libc::siginfo_t = std::mem::zeroed();
        let look = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
        match libc::waitid(libc::P_ALL, 0, &mut info, look) {
            0 => Ok(Some(info.si_pid()).filter(|&pid| pid != 0)),
            _ => Err(last_error()),
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn next_ended() -> Result<Option<pid_t>> {
    Err(Error::ENOTSUP)
}

/// The status and signal of a child if it has ended.
fn wait_for(pid: pid_t) -> Option<(i64, i32)> {
    let mut status = 0;
    loop {
        // SAFETY: waitpid writes the status.
        match unsafe { libc::waitpid(pid, &mut status, libc::WNOHANG) } {
            0 => return None,
            -1 if last_error() == Error::EINTR => {}
            -1 => return Some((LOST, 0)),
            _ if libc::WIFSIGNALED(status) => return Some((0, libc::WTERMSIG(status))),
            _ => return Some((libc::WEXITSTATUS(status).into(), 0)),
        }
    }
}

/// Checks a descriptor that a child is to get.
pub(crate) fn inheritable(fd: Fd) -> Result<Fd> {
    if fd < 0 { Err(Error::EINVAL) } else { Ok(fd) }
}

/// What a child gets for a stream.
pub(crate) fn stream_source(io: &Io) -> Result<Fd> {
    Ok(io.fd())
}

/// A pair of connected sockets: ours, which does not block, and the child's, which does.
pub(crate) fn pipe_pair() -> Result<(Io, OwnedFd)> {
    let (ours, theirs) = UnixStream::pair()?;
    ours.set_nonblocking(true)?;
    Ok((Io::from_fd(ours.into_raw_fd())?, theirs.into()))
}

/// The descriptor of the child's end of a pair.
pub(crate) fn end_fd(end: &OwnedFd) -> Fd {
    end.as_raw_fd()
}

/// Closes what we got from our parent on exec.
pub(crate) fn disable_inheritance() {
    // Descriptors are given in order, so that behind a gap there is rarely another.
    const SURELY: c_int = 16;
    let mut fd = 0;
    // SAFETY: fcntl takes any number.
    while unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) } == 0 || fd < SURELY {
        fd += 1;
    }
}

fn c_string(text: &OsStr) -> Result<CString> {
    CString::new(text.as_bytes()).map_err(|_| Error::EINVAL)
}

fn c_strings(texts: &[OsString]) -> Result<Vec<CString>> {
    texts.iter().map(|text| c_string(text)).collect()
}

/// The paths to try for a program, as execvp(3) does.
fn candidates(file: &OsStr, env: Option<&[OsString]>) -> Result<Vec<CString>> {
    let name = file.as_bytes();
    if name.is_empty() {
        return Err(Error::ENOENT);
    }
    if name.contains(&b'/') {
        return Ok(vec![c_string(file)?]);
    }
    let path = match env {
        Some(env) => env
            .iter()
            .find_map(|entry| entry.as_bytes().strip_prefix(b"PATH="))
            .map(|path| OsStr::from_bytes(path).to_owned()),
        None => std::env::var_os("PATH"),
    };
    let path = path.unwrap_or_else(|| DEFAULT_PATH.into());
    path.as_bytes()
        .split(|&byte| byte == b':')
        .map(|folder| {
            let mut full = Vec::with_capacity(folder.len() + 1 + name.len());
            // An empty entry is the working directory.
            full.extend_from_slice(if folder.is_empty() { b"." } else { folder });
            full.push(b'/');
            full.extend_from_slice(name);
            CString::new(full).map_err(|_| Error::EINVAL)
        })
        .collect()
}

/// Our environment as `NAME=value`.
fn own_environment() -> Vec<CString> {
    std::env::vars_os()
        .filter_map(|(name, value)| {
            let mut entry = Vec::with_capacity(name.len() + 1 + value.len());
            entry.extend_from_slice(name.as_bytes());
            entry.push(b'=');
            entry.extend_from_slice(value.as_bytes());
            CString::new(entry).ok()
        })
        .collect()
}

/// Pointers to the texts, and a null at the end.
fn pointers(texts: &[CString]) -> Vec<*const c_char> {
    texts
        .iter()
        .map(|text| text.as_ptr())
        .chain([null()])
        .collect()
}

/// What the child does: nothing in here is allocated or freed after the fork.
struct Plan {
    candidates: Vec<*const c_char>,
    /// The shell, then the arguments of the program, then null.
    args: Vec<*const c_char>,
    env: Vec<*const c_char>,
    cwd: *const c_char,
    /// Descriptors by what they become; -1 for those that are ignored.
    stdio: Vec<Fd>,
    uid: Option<u32>,
    gid: Option<u32>,
    detached: bool,
    /// Where the errno goes.
    report: Fd,
}

/// Starts a child with `sources` as its descriptors from 0 on.
pub(crate) fn spawn(options: &SpawnOptions, sources: &[Option<Fd>]) -> Result<Child> {
    let candidates = candidates(&options.file, options.env.as_deref())?;
    let args = match options.args.as_slice() {
        [] => vec![c_string(&options.file)?],
        args => c_strings(args)?,
    };
    let env = match &options.env {
        Some(env) => c_strings(env)?,
        None => own_environment(),
    };
    let cwd = options.cwd.as_deref().map(c_string).transpose()?;
    let mut stdio: Vec<Fd> = sources.iter().map(|source| source.unwrap_or(-1)).collect();
    stdio.resize(stdio.len().max(3), -1);
    #[cfg(target_vendor = "apple")]
    let _one_at_a_time = {
        // Descriptors are marked as closed on exec in a second call there.
        static MAKING: Mutex<()> = Mutex::new(());
        MAKING.lock().unwrap_or_else(PoisonError::into_inner)
    };
    let (mut reader, writer) = io::pipe()?;
    let writer = beyond(writer.into(), stdio.len())?;
    let mut plan = Plan {
        candidates: pointers(&candidates),
        args: [SHELL.as_ptr()]
            .into_iter()
            .chain(pointers(&args))
            .collect(),
        env: pointers(&env),
        cwd: cwd.as_ref().map_or(null(), |cwd| cwd.as_ptr()),
        stdio,
        uid: options.uid,
        gid: options.gid,
        detached: options.detached,
        report: writer.as_raw_fd(),
    };
    let pid = with_signals_blocked(|| launch(&mut plan))?;
    drop(writer);
    let mut errno = [0; 4];
    match io::Read::read_exact(&mut reader, &mut errno) {
        // The exec closed the pipe.
        Err(_) => Ok(Child(pid)),
        Ok(()) => {
            // SAFETY: the status is not asked for; the child is about to end.
            while unsafe { libc::waitpid(pid, std::ptr::null_mut(), 0) } == -1
                && last_error() == Error::EINTR
            {}
            Err(Error::from_os(i32::from_ne_bytes(errno)))
        }
    }
}

/// The descriptor itself or a duplicate with a number of at least `count`.
fn beyond(fd: OwnedFd, count: usize) -> Result<OwnedFd> {
    if fd.as_raw_fd() as usize >= count {
        return Ok(fd);
    }
    let least = c_int::try_from(count).map_err(|_| Error::EINVAL)?;
    // SAFETY: fcntl takes any numbers; what it returns is new and ours.
    unsafe {
        match libc::fcntl(fd.as_raw_fd(), libc::F_DUPFD_CLOEXEC, least) {
            -1 => Err(last_error()),
            new => Ok(std::os::fd::FromRawFd::from_raw_fd(new)),
        }
    }
}

/// Runs `start` without signals: a handler must not run in the child.
fn with_signals_blocked<T>(start: impl FnOnce() -> T) -> T {
    // SAFETY: the sets are filled before they are read; a mask is the thread's own.
    unsafe {
        let mut all: libc::sigset_t = std::mem::zeroed();
        let mut before: libc::sigset_t = std::mem::zeroed();
        libc::sigfillset(&mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &all, &mut before);
        let result = start();
        libc::pthread_sigmask(libc::SIG_SETMASK, &before, std::ptr::null_mut());
        result
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn launch(plan: &mut Plan) -> Result<pid_t> {
    /// More than the child needs, in units that are aligned as a stack has to be.
    const STACK: usize = (64 << 10) / size_of::<u128>();
    // A change of user in shared memory would make this process its own debuggee's prey
    // (`PR_SET_DUMPABLE`), and open it to the other user.
    if plan.uid.is_some() || plan.gid.is_some() {
        return fork(plan);
    }
    let mut stack: Vec<u128> = Vec::with_capacity(STACK);
    // SAFETY: the child runs on `stack`, which outlives it there: this thread goes on when the
    // child has left for its program or ended. It changes nothing of ours but `plan`.
    let pid = unsafe {
        libc::clone(
            run_child,
            stack.as_mut_ptr().add(STACK).cast(),
            libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD,
            std::ptr::from_mut(plan).cast(),
        )
    };
    if pid == -1 {
        Err(last_error())
    } else {
        Ok(pid)
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn launch(plan: &mut Plan) -> Result<pid_t> {
    fork(plan)
}

fn fork(plan: &mut Plan) -> Result<pid_t> {
    // SAFETY: the child calls nothing that is not async-signal-safe.
    match unsafe { libc::fork() } {
        -1 => Err(last_error()),
        0 => {
            run_child(std::ptr::from_mut(plan).cast());
            unreachable!("the child never returns")
        }
        pid => Ok(pid),
    }
}

/// The child's side, up to its program.
extern "C" fn run_child(plan: *mut c_void) -> c_int {
    // SAFETY: `plan` is the one of `spawn`, which nobody else uses meanwhile. All calls are
    // async-signal-safe; `_exit` leaves everything else to the parent.
    unsafe {
        let plan = &mut *plan.cast::<Plan>();
        let report = plan.report;
        let errno = match become_program(plan) {
            Ok(never) => match never {},
            Err(Errno(errno)) => errno,
        };
        libc::write(report, std::ptr::from_ref(&errno).cast(), 4);
        libc::_exit(NOT_STARTED)
    }
}

struct Errno(c_int);

enum Never {}

/// The result of a system call, with errno for -1.
fn check(result: c_int) -> std::result::Result<c_int, Errno> {
    if result == -1 {
        Err(errno())
    } else {
        Ok(result)
    }
}

fn errno() -> Errno {
    Errno(
        io::Error::last_os_error()
            .raw_os_error()
            .unwrap_or(libc::EIO),
    )
}

/// # Safety
/// In a child only, with a `plan` whose pointers are live.
unsafe fn become_program(plan: &mut Plan) -> std::result::Result<Never, Errno> {
    // SAFETY: system calls on numbers and on the texts of the plan, which end with NUL.
    unsafe {
        if plan.detached {
            check(libc::setsid())?;
        }
        place_descriptors(&mut plan.stdio)?;
        if !plan.cwd.is_null() {
            check(libc::chdir(plan.cwd))?;
        }
        if plan.uid.is_some() || plan.gid.is_some() {
            // Only the superuser may; for others the groups stay, as they may not change user
            // either.
            let _ = libc::setgroups(0, null());
        }
        if let Some(gid) = plan.gid {
            check(libc::setgid(gid))?;
        }
        if let Some(uid) = plan.uid {
            check(libc::setuid(uid))?;
        }
        // Before signals are let in: our handlers are not for the child. What was ignored would
        // stay so in the program.
        for signum in 1..=SIGNALS {
            // SIGKILL, SIGSTOP and the C library's own cannot be set.
            libc::signal(signum, libc::SIG_DFL);
        }
        let mut none: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &none, std::ptr::null_mut());
        exec(plan)
    }
}

/// Puts descriptors where the program expects them.
///
/// # Safety
/// In a child only.
unsafe fn place_descriptors(stdio: &mut [Fd]) -> std::result::Result<(), Errno> {
    let count = stdio.len() as c_int;
    // SAFETY: system calls on numbers and a constant text.
    unsafe {
        // Those that stand where another is to go move out of the way first.
        for (target, source) in (0..).zip(stdio.iter_mut()) {
            if *source >= 0 && *source < count && *source != target {
                *source = check(libc::fcntl(*source, libc::F_DUPFD_CLOEXEC, count))?;
            }
        }
        for (target, &source) in (0..).zip(stdio.iter()) {
            if source == target {
                check(libc::fcntl(target, libc::F_SETFD, 0))?;
            } else if source >= 0 {
                check(libc::dup2(source, target))?;
            } else {
                // Closed where it was not open: no matter.
                libc::close(target);
                if target <= 2 {
                    let access = if target == 0 {
                        libc::O_RDONLY
                    } else {
                        libc::O_RDWR
                    };
                    // The lowest free number is this one: those below are in place already.
                    check(libc::open(c"/dev/null".as_ptr(), access))?;
                }
            }
            if target <= 2 && source >= 0 {
                let flags = check(libc::fcntl(target, libc::F_GETFL))?;
                if flags & libc::O_NONBLOCK != 0 {
                    check(libc::fcntl(
                        target,
                        libc::F_SETFL,
                        flags & !libc::O_NONBLOCK,
                    ))?;
                }
            }
        }
    }
    Ok(())
}

/// Tries the paths in turn.
///
/// # Safety
/// In a child only, with a `plan` whose pointers are live.
unsafe fn exec(plan: &mut Plan) -> std::result::Result<Never, Errno> {
    let mut denied = false;
    let mut last = libc::ENOENT;
    let env = plan.env.as_ptr();
    for &path in &plan.candidates {
        if path.is_null() {
            break;
        }
        // SAFETY: all three end with null, and the texts in them with NUL.
        unsafe {
            libc::execve(path, plan.args.as_ptr().add(1), env);
            last = errno().0;
            if last == libc::ENOEXEC {
                // `args` is the shell, then the name of the program: its path takes that place.
                plan.args.as_mut_ptr().add(1).write(path);
                libc::execve(SHELL.as_ptr(), plan.args.as_ptr(), env);
                return Err(errno());
            }
        }
        match last {
            libc::EACCES => denied = true,
            libc::ENOENT
            | libc::ENOTDIR
            | libc::ELOOP
            | libc::ESTALE
            | libc::ENODEV
            | libc::ENAMETOOLONG
            | libc::ETIMEDOUT => {}
            _ => return Err(Errno(last)),
        }
    }
    Err(Errno(if denied { libc::EACCES } else { last }))
}
