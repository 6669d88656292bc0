//! Starting children and waiting for them, on Windows: the standard library quotes the command line
//! and looks the program up, a thread waits for each child.

use super::{Fd, Io};
use crate::{Error, Handle, Result, SpawnOptions, async_::Shared, process::Exit};
use std::{
    ffi::OsString,
    os::windows::{
        io::{AsRawHandle, BorrowedHandle, FromRawHandle, OwnedHandle},
        process::CommandExt,
    },
    path::Path,
    process::{Command, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use windows_sys::Win32::{
    Foundation::{HANDLE, HANDLE_FLAG_INHERIT, STILL_ACTIVE, SetHandleInformation},
    System::{
        Console::{GetStdHandle, STD_ERROR_HANDLE, STD_INPUT_HANDLE, STD_OUTPUT_HANDLE},
        Threading::{
            CREATE_NEW_PROCESS_GROUP, CREATE_NO_WINDOW, DETACHED_PROCESS, GetExitCodeProcess,
            OpenProcess, PROCESS_QUERY_LIMITED_INFORMATION, PROCESS_TERMINATE, TerminateProcess,
        },
    },
};

/// libuv's numbers of the signals that end a process here.
const ENDING: [i32; 4] = [2, 3, 9, 15];
/// The exit status of a process that one of them ended.
const ENDED: u32 = 1;
/// Of `CreateProcessW`: the working folder is none.
const ERROR_DIRECTORY: i32 = 267;
/// The stack of a thread that waits, in bytes.
const WAITER_STACK: usize = 64 << 10;

/// A child that runs or ended. Its handle keeps the process id from being used again.
#[derive(Debug)]
pub(crate) struct Child {
    /// Until a thread waits for it.
    child: Mutex<Option<std::process::Child>>,
    process: OwnedHandle,
    pid: u32,
    /// The signal that ended it. It is locked while that is sent, for the child may have ended, and the
    /// thread that waits look here, before the call returns.
    signal: Arc<Mutex<i32>>,
}

impl Child {
    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }
}

/// The children of a loop that ended: the threads that wait for them put them here.
#[derive(Default)]
pub(crate) struct Children {
    ended: Arc<Mutex<Vec<Exit>>>,
    shared: Option<Arc<Shared>>,
}

fn last_error() -> Error {
    std::io::Error::last_os_error().into()
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Children {
    /// Has the loop woken when children end. Call it before each is started.
    pub(crate) fn watch(&mut self, shared: &Arc<Shared>) -> Result<()> {
        self.shared = Some(shared.clone());
        Ok(())
    }

    /// Has the end of the child told as that of `handle`.
    pub(crate) fn add(&mut self, child: &Child, handle: Handle) {
        let (Some(mut process), Some(shared)) = (locked(&child.child).take(), self.shared.clone())
        else {
            return;
        };
        let (ended, signal) = (self.ended.clone(), child.signal.clone());
        let wait = move || {
            let status = process.wait().ok().and_then(|status| status.code());
            let exit = Exit {
                handle,
                status: status.map_or(-1, i64::from),
                signal: *locked(&signal),
            };
            locked(&ended).push(exit);
            let _ = shared.waker.wake();
        };
        let thread = std::thread::Builder::new().stack_size(WAITER_STACK);
        if thread.spawn(wait).is_err() {
            // Nobody can wait for it any more: its end is told now, as unknown.
            locked(&self.ended).push(Exit {
                handle,
                status: -1,
                signal: 0,
            });
        }
    }

    pub(crate) fn kill(&self, child: &Child, _handle: Handle, signum: i32) -> Result<()> {
        let mut signal = locked(&child.signal);
        signal_process(&child.process, signum)?;
        if signum != 0 {
            *signal = signum;
        }
        Ok(())
    }

    pub(crate) fn take(&mut self) -> Vec<Exit> {
        std::mem::take(&mut *locked(&self.ended))
    }
}

/// Ends the process for the signals that do; 0 only asks whether it runs.
fn signal_process(process: &OwnedHandle, signum: i32) -> Result<()> {
    let process: HANDLE = process.as_raw_handle();
    let mut status = 0;
    // SAFETY: the handle is open, and `status` is written only.
    let runs =
        unsafe { GetExitCodeProcess(process, &mut status) } != 0 && status == STILL_ACTIVE as u32;
    match signum {
        _ if !runs => Err(Error::ESRCH),
        0 => Ok(()),
        _ if ENDING.contains(&signum) => {
            // SAFETY: the handle is open.
            match unsafe { TerminateProcess(process, ENDED) } {
                0 => Err(last_error()),
                _ => Ok(()),
            }
        }
        1..32 => Err(Error::ENOSYS),
        _ => Err(Error::EINVAL),
    }
}

/// Ends a process, or asks whether it runs; see [`crate::system::kill`].
pub(crate) fn kill(pid: i32, signum: i32) -> Result<()> {
    let access = PROCESS_TERMINATE | PROCESS_QUERY_LIMITED_INFORMATION;
    let pid = match pid {
        0 => std::process::id(),
        pid => u32::try_from(pid).map_err(|_| Error::ESRCH)?,
    };
    // SAFETY: OpenProcess takes any number; what it returns is ours.
    let process = unsafe {
        let process = OpenProcess(access, 0, pid);
        if process.is_null() {
            return Err(match last_error() {
                // What the system says of a number that is no process.
                Error::EINVAL => Error::ESRCH,
                Error::EACCES => Error::EPERM,
                error => error,
            });
        }
        OwnedHandle::from_raw_handle(process)
    };
    signal_process(&process, signum)
}

/// What a child is to get as one of its standard handles: the handle of a descriptor.
pub(crate) fn inheritable(fd: Fd) -> Result<Fd> {
    Ok(super::fs::handle(fd)? as Fd)
}

/// What a child gets for a stream.
pub(crate) fn stream_source(io: &Io) -> Result<Fd> {
    Ok(io.handle()? as Fd)
}

/// The child's end of a pipe.
pub(crate) type End = OwnedHandle;

pub(crate) fn pipe_pair() -> Result<(Io, End)> {
    super::pipe_windows::child_pair()
}

pub(crate) fn end_fd(end: &End) -> Fd {
    end.as_raw_handle() as Fd
}

fn standard_handle(number: u32) -> HANDLE {
    let name = match number {
        0 => STD_INPUT_HANDLE,
        1 => STD_OUTPUT_HANDLE,
        _ => STD_ERROR_HANDLE,
    };
    // SAFETY: GetStdHandle takes one of the three names.
    unsafe { GetStdHandle(name) }
}

/// Keeps our standard handles from children that are not given them.
pub(crate) fn disable_inheritance() {
    for number in 0..=2 {
        // SAFETY: the call takes any handle; one that is none is an error without consequence.
        unsafe { SetHandleInformation(standard_handle(number), HANDLE_FLAG_INHERIT, 0) };
    }
}

fn stdio(source: Option<Fd>) -> Result<Stdio> {
    let Some(handle) = source else {
        return Ok(Stdio::null());
    };
    // SAFETY: the handle is one of the process, borrowed to be duplicated.
    let handle = unsafe { BorrowedHandle::borrow_raw(handle as HANDLE) };
    Ok(Stdio::from(handle.try_clone_to_owned()?))
}

fn contains_nul(text: &OsString) -> bool {
    text.as_encoded_bytes().contains(&0)
}

/// Starts a child with `sources` as its standard handles.
pub(crate) fn spawn(options: &SpawnOptions, sources: &[Option<Fd>]) -> Result<Child> {
    if options.uid.is_some() || options.gid.is_some() || sources.iter().skip(3).any(Option::is_some)
    {
        return Err(Error::ENOTSUP);
    }
    let texts = options.args.iter().chain(options.env.iter().flatten());
    if contains_nul(&options.file) || options.cwd.iter().chain(texts).any(contains_nul) {
        return Err(Error::EINVAL);
    }
    let mut command = Command::new(&options.file);
    for arg in options.args.iter().skip(1) {
        if options.verbatim {
            command.raw_arg(arg);
        } else {
            command.arg(arg);
        }
    }
    if let Some(env) = &options.env {
        command.env_clear();
        for entry in env {
            let text = entry.to_str().ok_or(Error::EINVAL)?;
            // Names like `=C:` begin with the sign.
            let split = text.char_indices().skip(1).find(|(_, c)| *c == '=');
            let (at, _) = split.ok_or(Error::EINVAL)?;
            command.env(&text[..at], &text[at + 1..]);
        }
        // Programs do not start without it.
        if let Some(root) = std::env::var_os("SystemRoot")
            && !env.iter().any(|entry| {
                entry
                    .to_ascii_lowercase()
                    .as_encoded_bytes()
                    .starts_with(b"systemroot=")
            })
        {
            command.env("SystemRoot", root);
        }
    }
    if let Some(cwd) = &options.cwd {
        command.current_dir(cwd);
    }
    let source = |target: usize| sources.get(target).copied().flatten();
    command.stdin(stdio(source(0))?);
    command.stdout(stdio(source(1))?);
    command.stderr(stdio(source(2))?);
    let mut flags = 0;
    if options.detached {
        flags |= DETACHED_PROCESS | CREATE_NEW_PROCESS_GROUP;
    }
    if options.hide && !options.detached {
        flags |= CREATE_NO_WINDOW;
    }
    command.creation_flags(flags);
    let child = command.spawn().map_err(|error| match &options.cwd {
        // What the system says of a folder that is not there, too.
        Some(cwd) if error.raw_os_error() == Some(ERROR_DIRECTORY) && !Path::new(cwd).exists() => {
            Error::ENOENT
        }
        _ => error.into(),
    })?;
    // SAFETY: the child's handle is open, and borrowed to be duplicated.
    let process = unsafe { BorrowedHandle::borrow_raw(child.as_raw_handle()) };
    Ok(Child {
        process: process.try_clone_to_owned()?,
        pid: child.id(),
        child: Mutex::new(Some(child)),
        signal: Arc::default(),
    })
}
