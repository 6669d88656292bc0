//! File operations of Unix systems, on descriptors that are plain numbers: a script may pass any,
//! and may close any behind our back, so nothing here owns one for longer than a call.

use super::fs_system;
pub(super) use super::unix::{last_error, retry};
use crate::fs::{CopyFlags, EntryKind, File, Offset, Stat, StatFs, SymlinkFlags, Time, TimeChange};
use crate::{Error, Result};
use std::{
    ffi::{CStr, CString, OsStr, OsString, c_int},
    io::{self, IoSlice},
    mem::MaybeUninit,
    os::unix::{
        ffi::{OsStrExt, OsStringExt},
        fs::{DirBuilderExt, PermissionsExt},
    },
    ptr::NonNull,
};

pub(crate) use libc::{O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_SYNC, O_TRUNC, O_WRONLY};

pub(crate) const OPEN_FLAGS: &[(&str, i32)] = &[
    ("O_RDONLY", O_RDONLY),
    ("O_WRONLY", O_WRONLY),
    ("O_RDWR", O_RDWR),
    ("O_APPEND", O_APPEND),
    ("O_CREAT", O_CREAT),
    #[cfg(not(target_os = "freebsd"))]
    ("O_DSYNC", libc::O_DSYNC),
    ("O_EXCL", O_EXCL),
    ("O_NOCTTY", libc::O_NOCTTY),
    ("O_NONBLOCK", libc::O_NONBLOCK),
    #[cfg(any(target_os = "linux", target_os = "android"))]
    ("O_RSYNC", libc::O_RSYNC),
    ("O_SYNC", O_SYNC),
    ("O_TRUNC", O_TRUNC),
];

/// The result of a system call that returns -1 on errors.
pub(super) fn check(result: c_int) -> Result<c_int> {
    if result == -1 {
        Err(last_error())
    } else {
        Ok(result)
    }
}

/// Runs `f` with the path as a C string, on the stack when it is short. `EINVAL` for a NUL inside.
pub(super) fn with_path<T>(path: &OsStr, f: impl FnOnce(&CStr) -> Result<T>) -> Result<T> {
    const SHORT: usize = 256;
    let bytes = path.as_bytes();
    if bytes.len() < SHORT {
        let mut buffer = [0; SHORT];
        buffer[..bytes.len()].copy_from_slice(bytes);
        return f(CStr::from_bytes_with_nul(&buffer[..=bytes.len()]).map_err(|_| Error::EINVAL)?);
    }
    f(&CString::new(bytes).map_err(|_| Error::EINVAL)?)
}

pub(crate) fn open(path: &OsStr, flags: i32, mode: u32) -> Result<File> {
    with_path(path, |path| {
        // SAFETY: the path ends with NUL; open takes any flags and mode.
        retry(|| unsafe { fs_system::open(path.as_ptr(), flags | libc::O_CLOEXEC, mode) } as isize)
    })
    .map(|file| file as File)
}

/// Renames a file over another one, whoever has that open.
pub(crate) fn replace(path: &OsStr, new_path: &OsStr) -> Result<()> {
    Ok(std::fs::rename(path, new_path)?)
}

pub(crate) fn close(file: File) -> Result<()> {
    // SAFETY: close takes any number.
    match check(unsafe { libc::close(file) }) {
        // Closed all the same; a second call could close another's file.
        Err(Error::EINTR) => Ok(()),
        Err(error) if error == Error::from_os(libc::EINPROGRESS) => Ok(()),
        result => result.map(|_| ()),
    }
}

/// Reads into memory that need not be initialised.
fn read_raw(file: File, buffer: &mut [MaybeUninit<u8>], offset: Offset) -> Result<usize> {
    let (data, length) = (buffer.as_mut_ptr().cast(), buffer.len());
    // SAFETY: the kernel may write to `buffer`, which is `length` bytes long.
    retry(|| unsafe {
        match offset {
            Some(offset) => fs_system::pread(file, data, length, offset),
            None => libc::read(file, data, length),
        }
    })
}

pub(crate) fn read(file: File, buffer: &mut [u8], offset: Offset) -> Result<usize> {
    // SAFETY: initialised bytes may be seen as such that need not be; only bytes are written.
    let buffer = unsafe { &mut *(std::ptr::from_mut(buffer) as *mut [MaybeUninit<u8>]) };
    read_raw(file, buffer, offset)
}

/// Reads up to `length` bytes to the end of `buffer`, which has room for as many.
pub(crate) fn append_read(
    file: File,
    buffer: &mut Vec<u8>,
    length: usize,
    offset: Offset,
) -> Result<usize> {
    let room = buffer.spare_capacity_mut();
    let length = length.min(room.len());
    let n = read_raw(file, &mut room[..length], offset)?;
    // SAFETY: the kernel wrote `n` bytes after the ones that were there.
    unsafe { buffer.set_len(buffer.len() + n) };
    Ok(n)
}

/// The descriptor's own position, if it has one.
pub(crate) fn position(file: File) -> Option<u64> {
    // SAFETY: lseek takes any number.
    u64::try_from(unsafe { fs_system::lseek(file, 0, libc::SEEK_CUR) }).ok()
}

pub(crate) fn write(file: File, data: &[u8], offset: Offset) -> Result<usize> {
    let (start, length) = (data.as_ptr().cast(), data.len());
    // SAFETY: the kernel reads `data` during the call.
    retry(|| unsafe {
        match offset {
            Some(offset) => fs_system::pwrite(file, start, length, offset),
            None => libc::write(file, start, length),
        }
    })
}

pub(crate) fn write_vectored(file: File, slices: &[IoSlice<'_>], offset: Offset) -> Result<usize> {
    // IOV_MAX of every system here.
    let count = slices.len().min(1024) as c_int;
    let start = slices.as_ptr().cast();
    // SAFETY: IoSlice has the layout of iovec, and the kernel only reads.
    retry(|| unsafe {
        match offset {
            Some(offset) => fs_system::pwritev(file, start, count, offset),
            None => libc::writev(file, start, count),
        }
    })
}

/// Moves bytes in the kernel and `offset` with them.
pub(crate) fn send_file(to: File, from: File, offset: &mut Offset, length: u64) -> Result<u64> {
    fs_system::send_file(to, from, offset, length)
}

pub(crate) fn sync(file: File) -> Result<()> {
    fs_system::sync(file)
}

pub(crate) fn datasync(file: File) -> Result<()> {
    fs_system::datasync(file)
}

pub(crate) fn truncate(file: File, length: i64) -> Result<()> {
    // SAFETY: ftruncate takes any numbers.
    retry(|| unsafe { fs_system::ftruncate(file, length) } as isize).map(|_| ())
}

pub(crate) fn stat(path: &OsStr, follow: bool) -> Result<Stat> {
    with_path(path, |path| fs_system::stat_at(path, follow))
}

pub(crate) fn fstat(file: File) -> Result<Stat> {
    // Some negative numbers stand for the working folder.
    if file < 0 {
        return Err(Error::EBADF);
    }
    fs_system::fstat(file)
}

#[allow(
    clippy::unnecessary_cast,
    clippy::useless_conversion,
    reason = "the types differ from system to system"
)]
pub(crate) fn statfs(path: &OsStr) -> Result<StatFs> {
    with_path(path, |path| {
        let mut found = MaybeUninit::<libc::statfs>::zeroed();
        // SAFETY: the path ends with NUL, and statfs fills the structure.
        let found = unsafe {
            retry(|| libc::statfs(path.as_ptr(), found.as_mut_ptr()) as isize)?;
            found.assume_init()
        };
        Ok(StatFs {
            kind: found.f_type as u64,
            bsize: found.f_bsize as u64,
            blocks: found.f_blocks as u64,
            bfree: found.f_bfree as u64,
            bavail: u64::try_from(found.f_bavail).unwrap_or(0),
            files: found.f_files as u64,
            ffree: u64::try_from(found.f_ffree).unwrap_or(0),
        })
    })
}

pub(crate) fn access(path: &OsStr, mode: i32) -> Result<()> {
    with_path(path, |path| {
        // SAFETY: the path ends with NUL.
        check(unsafe { libc::access(path.as_ptr(), mode) }).map(|_| ())
    })
}

pub(crate) fn chmod(path: &OsStr, mode: u32) -> Result<()> {
    Ok(std::fs::set_permissions(
        path,
        std::fs::Permissions::from_mode(mode),
    )?)
}

pub(crate) fn fchmod(file: File, mode: u32) -> Result<()> {
    // SAFETY: fchmod takes any numbers.
    retry(|| unsafe { libc::fchmod(file, mode as libc::mode_t) } as isize).map(|_| ())
}

pub(crate) fn chown(path: &OsStr, uid: u32, gid: u32) -> Result<()> {
    Ok(std::os::unix::fs::chown(path, Some(uid), Some(gid))?)
}

pub(crate) fn fchown(file: File, uid: u32, gid: u32) -> Result<()> {
    // SAFETY: fchown takes any numbers.
    retry(|| unsafe { libc::fchown(file, uid, gid) } as isize).map(|_| ())
}

pub(crate) fn lchown(path: &OsStr, uid: u32, gid: u32) -> Result<()> {
    Ok(std::os::unix::fs::lchown(path, Some(uid), Some(gid))?)
}

/// The two times as utimensat(2) takes them.
#[allow(
    clippy::unnecessary_cast,
    clippy::useless_conversion,
    reason = "the types differ from system to system"
)]
fn timespecs(changes: [TimeChange; 2]) -> [libc::timespec; 2] {
    changes.map(|change| {
        let (sec, nsec) = match change {
            TimeChange::Omit => (0, libc::UTIME_OMIT as i64),
            TimeChange::Now => (0, libc::UTIME_NOW as i64),
            TimeChange::Set(seconds) => {
                let (sec, nsec) = TimeChange::split(seconds);
                (sec, i64::from(nsec))
            }
        };
        libc::timespec {
            tv_sec: sec as libc::time_t,
            tv_nsec: nsec as _,
        }
    })
}

pub(crate) fn utime(
    path: &OsStr,
    follow: bool,
    atime: TimeChange,
    mtime: TimeChange,
) -> Result<()> {
    let times = timespecs([atime, mtime]);
    let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    with_path(path, |path| {
        // SAFETY: the path ends with NUL, and there are two times.
        let result =
            unsafe { libc::utimensat(libc::AT_FDCWD, path.as_ptr(), times.as_ptr(), flags) };
        check(result).map(|_| ())
    })
}

pub(crate) fn futime(file: File, atime: TimeChange, mtime: TimeChange) -> Result<()> {
    let times = timespecs([atime, mtime]);
    // SAFETY: there are two times; the number may be any.
    check(unsafe { libc::futimens(file, times.as_ptr()) }).map(|_| ())
}

pub(crate) fn unlink(path: &OsStr) -> Result<()> {
    Ok(std::fs::remove_file(path)?)
}

pub(crate) fn make_dir(path: &OsStr, mode: u32) -> Result<()> {
    Ok(std::fs::DirBuilder::new().mode(mode).create(path)?)
}

pub(crate) fn symlink(path: &OsStr, new_path: &OsStr, _flags: SymlinkFlags) -> Result<()> {
    Ok(std::os::unix::fs::symlink(path, new_path)?)
}

pub(crate) fn real_path(path: &OsStr) -> Result<OsString> {
    Ok(std::fs::canonicalize(path)?.into_os_string())
}

/// A template with a NUL at its end, for functions that write into it.
fn template(template: &OsStr) -> Result<Vec<u8>> {
    let bytes = CString::new(template.as_bytes()).map_err(|_| Error::EINVAL)?;
    // Some systems replace as many as there are.
    if !template.as_bytes().ends_with(b"XXXXXX") {
        return Err(Error::EINVAL);
    }
    Ok(bytes.into_bytes_with_nul())
}

fn filled_in(mut name: Vec<u8>) -> OsString {
    name.pop();
    OsString::from_vec(name)
}

pub(crate) fn make_temp_dir(wanted: &OsStr) -> Result<OsString> {
    let mut name = template(wanted)?;
    // SAFETY: mkdtemp changes the last characters before the NUL.
    if unsafe { libc::mkdtemp(name.as_mut_ptr().cast()) }.is_null() {
        return Err(last_error());
    }
    Ok(filled_in(name))
}

pub(crate) fn make_temp_file(wanted: &OsStr) -> Result<(File, OsString)> {
    let mut name = template(wanted)?;
    #[cfg(not(target_vendor = "apple"))]
    // SAFETY: mkostemp changes the last characters before the NUL.
    let file = check(unsafe { libc::mkostemp(name.as_mut_ptr().cast(), libc::O_CLOEXEC) })?;
    #[cfg(target_vendor = "apple")]
    // SAFETY: mkstemp changes the last characters before the NUL; fcntl takes any number.
    let file = unsafe {
        let file = check(libc::mkstemp(name.as_mut_ptr().cast()))?;
        libc::fcntl(file, libc::F_SETFD, libc::FD_CLOEXEC);
        file
    };
    Ok((file, filled_in(name)))
}

/// A file that is closed at the end of a scope.
struct Scoped(File);

impl Drop for Scoped {
    fn drop(&mut self) {
        // Whether writing succeeded is asked by `finish`.
        let _ = close(self.0);
    }
}

impl Scoped {
    fn finish(self) -> Result<()> {
        let file = self.0;
        std::mem::forget(self);
        close(file)
    }
}

pub(crate) fn copy_file(path: &OsStr, new_path: &OsStr, flags: CopyFlags) -> Result<()> {
    let from = Scoped(open(path, libc::O_RDONLY, 0)?);
    let source = fstat(from.0)?;
    if source.is_dir() {
        return Err(Error::EISDIR);
    }
    let mode = (source.mode & 0o7777) as u32;
    let clones = flags.clone || flags.clone_force;
    if clones && with_path(new_path, |path| fs_system::clone_to(from.0, path)).is_ok() {
        return Ok(());
    }
    let (to, made) = match open(new_path, O_WRONLY | O_CREAT | O_EXCL, mode) {
        Ok(to) => (Scoped(to), true),
        Err(Error::EEXIST) if !flags.excl => {
            // Not followed by the call above: a link may lead to what is not there.
            (Scoped(open(new_path, O_WRONLY | O_CREAT, mode)?), false)
        }
        Err(error) => return Err(error),
    };
    let copied = copy_content(&from, &to, &source, mode, flags).and_then(|()| to.finish());
    if copied.is_err() && made {
        // The copy's error says more than one of the removal would.
        let _ = std::fs::remove_file(new_path);
    }
    copied
}

fn copy_content(
    from: &Scoped,
    to: &Scoped,
    source: &Stat,
    mode: u32,
    flags: CopyFlags,
) -> Result<()> {
    let target = fstat(to.0)?;
    if (target.dev, target.ino) == (source.dev, source.ino) {
        return Ok(());
    }
    if flags.clone || flags.clone_force {
        match fs_system::clone_file(to.0, from.0) {
            Ok(()) => return set_copied_mode(to.0, mode),
            Err(error) if flags.clone_force => return Err(error),
            Err(_) => {}
        }
    }
    if target.is_regular() {
        truncate(to.0, 0)?;
    }
    set_copied_mode(to.0, mode)?;
    fs_system::copy_range(to.0, from.0)?;
    // What is left: all of it where the kernel does not copy.
    loop {
        match crate::fs::send_file(to.0, from.0, None, 1 << 30)? {
            0 => return Ok(()),
            _ => continue,
        }
    }
}

/// Some file systems have no permissions; the copy is good all the same.
fn set_copied_mode(file: File, mode: u32) -> Result<()> {
    match fchmod(file, mode) {
        Err(Error::EPERM | Error::ENOTSUP | Error::ENOSYS) => Ok(()),
        result => result,
    }
}

/// A folder that is read entry by entry (opendir(3)).
#[derive(Debug)]
pub(crate) struct DirStream(NonNull<libc::DIR>);

// SAFETY: a DIR may be used by any thread, by one at a time.
unsafe impl Send for DirStream {}

impl Drop for DirStream {
    fn drop(&mut self) {
        // SAFETY: the stream is open and not used after this. A descriptor that a script closed
        // behind our back is an error nobody needs to know.
        unsafe { libc::closedir(self.0.as_ptr()) };
    }
}

impl DirStream {
    pub(crate) fn open(path: &OsStr) -> Result<DirStream> {
        with_path(path, |path| {
            // SAFETY: the path ends with NUL.
            let stream = unsafe { libc::opendir(path.as_ptr()) };
            NonNull::new(stream).map(DirStream).ok_or_else(last_error)
        })
    }

    /// What `entry` makes of the next name and kind; `None` at the end.
    pub(crate) fn next<T>(
        &mut self,
        entry: impl FnOnce(&[u8], EntryKind) -> T,
    ) -> Result<Option<T>> {
        loop {
            // SAFETY: the stream is open, and the entry stays as it is until the next call; its
            // name ends with NUL. Only errno tells the end from an error.
            let (name, kind) = unsafe {
                fs_system::clear_errno();
                let found = libc::readdir(self.0.as_ptr());
                if found.is_null() {
                    return match io::Error::last_os_error().raw_os_error() {
                        None | Some(0) => Ok(None),
                        Some(errno) => Err(Error::from_os(errno)),
                    };
                }
                let name = CStr::from_ptr((&raw const (*found).d_name).cast());
                (name.to_bytes(), (*found).d_type)
            };
            if name == b"." || name == b".." {
                continue;
            }
            return Ok(Some(entry(name, kind_of(kind))));
        }
    }
}

fn kind_of(kind: u8) -> EntryKind {
    match kind {
        libc::DT_REG => EntryKind::File,
        libc::DT_DIR => EntryKind::Directory,
        libc::DT_LNK => EntryKind::Link,
        libc::DT_FIFO => EntryKind::Fifo,
        libc::DT_SOCK => EntryKind::Socket,
        libc::DT_CHR => EntryKind::Char,
        libc::DT_BLK => EntryKind::Block,
        _ => EntryKind::Unknown,
    }
}

/// What stat(2) found; systems differ in where the time of birth is.
#[allow(
    clippy::unnecessary_cast,
    clippy::useless_conversion,
    reason = "the types differ from system to system"
)]
pub(super) fn from_stat(found: &libc::stat) -> Stat {
    let time = |sec: libc::time_t, nsec: i64| Time {
        sec: i64::from(sec),
        nsec: nsec as u32,
    };
    Stat {
        dev: found.st_dev as u64,
        mode: u64::from(found.st_mode),
        nlink: found.st_nlink as u64,
        uid: u64::from(found.st_uid),
        gid: u64::from(found.st_gid),
        rdev: found.st_rdev as u64,
        ino: found.st_ino as u64,
        size: found.st_size as u64,
        blksize: found.st_blksize as u64,
        blocks: found.st_blocks as u64,
        atime: time(found.st_atime, found.st_atime_nsec as i64),
        mtime: time(found.st_mtime, found.st_mtime_nsec as i64),
        ctime: time(found.st_ctime, found.st_ctime_nsec as i64),
        ..Stat::default()
    }
}
