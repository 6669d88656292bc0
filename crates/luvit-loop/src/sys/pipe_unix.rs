//! Unix domain sockets (unix(7)), pipes and pairs.

use super::unix::{last_error, retry};
use super::{Fd, Io};
use crate::{Error, PipeAccess, Result};
use std::{
    ffi::{CString, OsStr},
    mem::offset_of,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

/// How many bytes a name may have.
const LONGEST: usize = size_of::<libc::sockaddr_un>() - offset_of!(libc::sockaddr_un, sun_path);

/// Whether the system has names that are no paths; they begin with NUL.
const ABSTRACT_NAMES: bool = cfg!(any(target_os = "linux", target_os = "android"));

/// Whether a server that listens may have no room for a client at the moment, for which a client
/// waits elsewhere. Here the connect has failed then (`EAGAIN`).
pub(crate) const PIPES_CAN_BE_BUSY: bool = false;

/// `EINVAL` for a name that is empty, or too long if that matters, or has NUL bytes that do not
/// belong there.
pub(crate) fn check_pipe_name(name: &[u8], no_truncate: bool) -> Result<()> {
    let allowed = match name {
        [] => false,
        [0, ..] => ABSTRACT_NAMES,
        path => !path.contains(&0),
    };
    if allowed && !(no_truncate && name.len() > LONGEST) {
        Ok(())
    } else {
        Err(Error::EINVAL)
    }
}

/// The address of a name, which is cut off where there is no more room, and its length.
fn address(name: &[u8]) -> (libc::sockaddr_un, libc::socklen_t) {
    let name = &name[..name.len().min(LONGEST)];
    // SAFETY: all of sockaddr_un may be zero.
    let mut address: libc::sockaddr_un = unsafe { std::mem::zeroed() };
    address.sun_family = libc::AF_UNIX as libc::sa_family_t;
    for (to, from) in address.sun_path.iter_mut().zip(name) {
        *to = *from as libc::c_char;
    }
    let length = match name {
        // An abstract name is all of the bytes, and no more.
        [0, ..] => offset_of!(libc::sockaddr_un, sun_path) + name.len(),
        _ => size_of::<libc::sockaddr_un>(),
    };
    (address, length as libc::socklen_t)
}

/// Two descriptors made by `make`, closed on exec, and not blocking as said.
fn pair(make: impl FnOnce(&mut [Fd; 2]) -> i32, nonblocking: [bool; 2]) -> Result<[Io; 2]> {
    let mut fds = [-1; 2];
    if make(&mut fds) == -1 {
        return Err(last_error());
    }
    let made = fds.map(Io::from_raw);
    for (io, nonblocking) in made.iter().flatten().zip(nonblocking) {
        // SAFETY: fcntl takes any number.
        unsafe { libc::fcntl(io.fd(), libc::F_SETFD, libc::FD_CLOEXEC) };
        if nonblocking {
            io.set_nonblocking(true)?;
        }
    }
    let [first, second] = made;
    Ok([first?, second?])
}

fn give([first, second]: [Io; 2]) -> (Fd, Fd) {
    let fds = (first.fd(), second.fd());
    first.release();
    second.release();
    fds
}

pub(crate) fn pipe(read_nonblocking: bool, write_nonblocking: bool) -> Result<(Fd, Fd)> {
    let make = |fds: &mut [Fd; 2]| {
        // SAFETY: there is room for two descriptors.
        #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
        return unsafe { libc::pipe2(fds.as_mut_ptr(), libc::O_CLOEXEC) };
        // SAFETY: as above.
        #[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
        return unsafe { libc::pipe(fds.as_mut_ptr()) };
    };
    pair(make, [read_nonblocking, write_nonblocking]).map(give)
}

/// `SOCK_CLOEXEC` where there is one, so that no program started meanwhile has the socket.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
const CLOSED_ON_EXEC: libc::c_int = libc::SOCK_CLOEXEC;
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
const CLOSED_ON_EXEC: libc::c_int = 0;

pub(crate) fn socketpair(socktype: i32, protocol: i32, nonblocking: [bool; 2]) -> Result<(Fd, Fd)> {
    let make = |fds: &mut [Fd; 2]| {
        let socktype = socktype | CLOSED_ON_EXEC;
        // SAFETY: there is room for two descriptors.
        unsafe { libc::socketpair(libc::AF_UNIX, socktype, protocol, fds.as_mut_ptr()) }
    };
    pair(make, nonblocking).map(give)
}

impl Io {
    fn unix_socket() -> Result<Io> {
        use socket2::{Domain, Socket, Type};
        use std::os::fd::IntoRawFd;
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        Io::from_raw(socket.into_raw_fd())
    }

    /// A socket bound to `name`, and the file that was made for it.
    pub(crate) fn bind_pipe(name: &[u8], no_truncate: bool) -> Result<(Io, Option<Box<Path>>)> {
        check_pipe_name(name, no_truncate)?;
        let io = Io::unix_socket()?;
        let (address, length) = address(name);
        // SAFETY: `address` is a whole sockaddr_un, of which `length` bytes count.
        if unsafe { libc::bind(io.fd(), (&raw const address).cast(), length) } == -1 {
            return Err(last_error());
        }
        let path = match name {
            [0, ..] => None,
            path => {
                let path = &path[..path.len().min(LONGEST)];
                Some(PathBuf::from(OsStr::from_bytes(path)).into_boxed_path())
            }
        };
        Ok((io, path))
    }

    /// Connects a new socket, or the one there is, to `name`.
    pub(crate) fn connect_pipe(io: &mut Option<Io>, name: &[u8]) -> Result<()> {
        let io = match io {
            Some(io) => io,
            None => io.insert(Io::unix_socket()?),
        };
        let (address, length) = address(name);
        // SAFETY: as in `bind_pipe`.
        let result = retry(|| unsafe {
            libc::connect(io.fd(), (&raw const address).cast(), length) as isize
        });
        match result {
            Err(error) if error.code() == -libc::EINPROGRESS => Ok(()),
            other => other.map(|_| ()),
        }
    }

    /// The name of the socket, or of its peer; without the NUL byte at the end of a path.
    pub(crate) fn pipe_name(&self, peer: bool) -> Result<Vec<u8>> {
        // SAFETY: all of sockaddr_un may be zero.
        let mut address: libc::sockaddr_un = unsafe { std::mem::zeroed() };
        let mut length = size_of::<libc::sockaddr_un>() as libc::socklen_t;
        let (to, size) = ((&raw mut address).cast(), &raw mut length);
        // SAFETY: `to` has room for as much as `size` says.
        let failed = unsafe {
            match peer {
                true => libc::getpeername(self.fd(), to, size),
                false => libc::getsockname(self.fd(), to, size),
            }
        } == -1;
        if failed {
            return Err(last_error());
        }
        let length = (length as usize)
            .saturating_sub(offset_of!(libc::sockaddr_un, sun_path))
            .min(LONGEST);
        let name = address.sun_path[..length].iter().map(|&byte| byte as u8);
        Ok(match address.sun_path[0] {
            0 if ABSTRACT_NAMES => name.collect(),
            _ => name.take_while(|&byte| byte != 0).collect(),
        })
    }

    pub(crate) fn chmod_pipe(&self, access: PipeAccess) -> Result<()> {
        let name = self.pipe_name(false)?;
        let path = CString::new(name).map_err(|_| Error::ENOENT)?;
        let mut wanted = 0;
        if access.read {
            wanted |= libc::S_IRUSR | libc::S_IRGRP | libc::S_IROTH;
        }
        if access.write {
            wanted |= libc::S_IWUSR | libc::S_IWGRP | libc::S_IWOTH;
        }
        // SAFETY: all of stat may be zero; the path ends with NUL, and stat writes to `stat` only.
        unsafe {
            let mut stat: libc::stat = std::mem::zeroed();
            if libc::stat(path.as_ptr(), &mut stat) == -1
                || libc::chmod(path.as_ptr(), (stat.st_mode | wanted) & 0o7777) == -1
            {
                return Err(last_error());
            }
        }
        Ok(())
    }
}
