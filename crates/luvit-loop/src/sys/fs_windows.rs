//! File operations of Windows. Descriptors are those of the C runtime, as in libuv, so that 0, 1 and
//! 2 are the standard streams; what is done with a file's handle is the standard library's.

use crate::fs::{CopyFlags, EntryKind, File, Offset, Stat, StatFs, SymlinkFlags, Time, TimeChange};
use crate::{Error, Result};
use std::{
    ffi::{OsStr, OsString, c_int},
    fs,
    hash::{BuildHasher, Hasher},
    io::{IoSlice, Read, Seek, SeekFrom, Write},
    mem::{ManuallyDrop, MaybeUninit},
    os::windows::{
        ffi::OsStrExt,
        fs::{FileExt, OpenOptionsExt},
        io::{AsRawHandle, FromRawHandle, IntoRawHandle, RawHandle},
    },
    path::Path,
    sync::Once,
    time::{Duration, SystemTime},
};

// libuv's numbers: CreateFile has none.
pub(crate) const O_RDONLY: i32 = 0;
pub(crate) const O_WRONLY: i32 = 1;
pub(crate) const O_RDWR: i32 = 2;
pub(crate) const O_APPEND: i32 = 8;
pub(crate) const O_CREAT: i32 = 0x100;
pub(crate) const O_TRUNC: i32 = 0x200;
pub(crate) const O_EXCL: i32 = 0x400;
const O_DSYNC: i32 = 0x0400_0000;
pub(crate) const O_SYNC: i32 = 0x0800_0000;

pub(crate) const OPEN_FLAGS: &[(&str, i32)] = &[
    ("O_RDONLY", O_RDONLY),
    ("O_WRONLY", O_WRONLY),
    ("O_RDWR", O_RDWR),
    ("O_APPEND", O_APPEND),
    ("O_CREAT", O_CREAT),
    ("O_DSYNC", O_DSYNC),
    ("O_EXCL", O_EXCL),
    ("O_SYNC", O_SYNC),
    ("O_TRUNC", O_TRUNC),
];

const GENERIC_READ: u32 = 0x8000_0000;
const FILE_READ_ATTRIBUTES: u32 = 0x80;
const FILE_WRITE_ATTRIBUTES: u32 = 0x100;
const FILE_ATTRIBUTE_READONLY: u32 = 1;
const FILE_ATTRIBUTE_DIRECTORY: u32 = 0x10;
const FILE_ATTRIBUTE_REPARSE_POINT: u32 = 0x400;
/// A folder opens like a file.
const FILE_FLAG_BACKUP_SEMANTICS: u32 = 0x0200_0000;
/// A link opens itself.
const FILE_FLAG_OPEN_REPARSE_POINT: u32 = 0x0020_0000;
const FILE_FLAG_WRITE_THROUGH: u32 = 0x8000_0000;

/// BY_HANDLE_FILE_INFORMATION; times are pairs of a low and a high half.
#[repr(C)]
struct HandleInformation {
    attributes: u32,
    creation: [u32; 2],
    access: [u32; 2],
    write: [u32; 2],
    volume: u32,
    size_high: u32,
    size_low: u32,
    links: u32,
    index_high: u32,
    index_low: u32,
}

type InvalidParameterHandler = unsafe extern "C" fn(*const u16, *const u16, *const u16, u32, usize);

unsafe extern "C" {
    fn _open_osfhandle(handle: isize, flags: c_int) -> c_int;
    fn _get_osfhandle(file: c_int) -> isize;
    fn _close(file: c_int) -> c_int;
    fn _set_invalid_parameter_handler(
        handler: Option<InvalidParameterHandler>,
    ) -> Option<InvalidParameterHandler>;
}

#[link(name = "kernel32")]
unsafe extern "system" {
    fn GetFileInformationByHandle(file: RawHandle, information: *mut HandleInformation) -> i32;
    fn GetDiskFreeSpaceW(
        root: *const u16,
        sectors_per_cluster: *mut u32,
        bytes_per_sector: *mut u32,
        free_clusters: *mut u32,
        clusters: *mut u32,
    ) -> i32;
}

unsafe extern "C" fn ignore(_: *const u16, _: *const u16, _: *const u16, _: u32, _: usize) {}

/// Makes numbers that are no descriptors an error; the C runtime ends the process otherwise.
fn allow_any_number() {
    static ONCE: Once = Once::new();
    // SAFETY: the handler does nothing, so that the function it interrupts returns its error.
    ONCE.call_once(|| unsafe {
        _set_invalid_parameter_handler(Some(ignore));
    });
}

fn last_error() -> Error {
    std::io::Error::last_os_error().into()
}

/// The handle behind a descriptor, which stays the C runtime's.
pub(super) fn handle(fd: super::Fd) -> Result<RawHandle> {
    allow_any_number();
    let number = c_int::try_from(fd).map_err(|_| Error::EBADF)?;
    // SAFETY: any number is answered with a handle or -1 (-2 for a stream that is not there).
    match unsafe { _get_osfhandle(number) } {
        -1 | -2 => Err(Error::EBADF),
        handle => Ok(handle as RawHandle),
    }
}

/// The file behind a descriptor, which is not closed with the result.
fn borrow(file: File) -> Result<ManuallyDrop<fs::File>> {
    let number = super::Fd::try_from(file).map_err(|_| Error::EBADF)?;
    let handle = handle(number)?;
    // SAFETY: the handle is open, and `ManuallyDrop` leaves it open.
    Ok(ManuallyDrop::new(unsafe {
        fs::File::from_raw_handle(handle)
    }))
}

/// Gives a file a descriptor.
pub(super) fn descriptor(file: fs::File) -> Result<File> {
    allow_any_number();
    let handle = file.into_raw_handle();
    // SAFETY: the handle is open and now the C runtime's.
    let number = unsafe { _open_osfhandle(handle as isize, 0) };
    if number == -1 {
        // SAFETY: the C runtime did not take it.
        drop(unsafe { fs::File::from_raw_handle(handle) });
        return Err(Error::EMFILE);
    }
    Ok(number)
}

fn without_nul(path: &OsStr) -> Result<()> {
    if path.as_encoded_bytes().contains(&0) {
        return Err(Error::EINVAL);
    }
    Ok(())
}

pub(crate) fn open(path: &OsStr, flags: i32, mode: u32) -> Result<File> {
    without_nul(path)?;
    let mut options = fs::OpenOptions::new();
    let access = flags & 3;
    let (reads, writes) = match access {
        O_RDONLY => (true, false),
        O_WRONLY => (false, true),
        O_RDWR => (true, true),
        _ => return Err(Error::EINVAL),
    };
    let append = flags & O_APPEND != 0 && writes;
    options.read(reads).write(writes).append(append);
    let makes = flags & O_CREAT != 0;
    if !writes && (makes || flags & O_TRUNC != 0) {
        // The library wants a file that is made to be written; the system does not.
        options.write(true).access_mode(GENERIC_READ);
    }
    if makes && flags & O_EXCL != 0 {
        options.create_new(true);
    } else {
        options.create(makes);
        if flags & O_TRUNC != 0 && !append {
            options.truncate(true);
        }
    }
    let mut more = FILE_FLAG_BACKUP_SEMANTICS;
    if flags & (O_SYNC | O_DSYNC) != 0 {
        more |= FILE_FLAG_WRITE_THROUGH;
    }
    if makes && mode & 0o200 == 0 {
        options.attributes(FILE_ATTRIBUTE_READONLY);
    }
    let file = options.custom_flags(more).open(path)?;
    if append && flags & O_TRUNC != 0 {
        file.set_len(0)?;
    }
    descriptor(file)
}

/// Renames a file over another one. While somebody has that open, file systems other than NTFS and
/// Windows before 10 refuse, and so do all while a virus scanner looks: it is tried for a second.
pub(crate) fn replace(path: &OsStr, new_path: &OsStr) -> Result<()> {
    let mut tries = 0..20;
    loop {
        match fs::rename(path, new_path).map_err(Error::from) {
            Err(Error::EACCES | Error::EPERM | Error::EBUSY) if tries.next().is_some() => {
                std::thread::sleep(Duration::from_millis(50));
            }
            result => return result,
        }
    }
}

pub(crate) fn close(file: File) -> Result<()> {
    allow_any_number();
    // SAFETY: any number is allowed now.
    match unsafe { _close(file) } {
        0 => Ok(()),
        _ => Err(Error::EBADF),
    }
}

/// Does something at a position and goes back to where the file was: here both move it.
fn at<T>(mut file: &fs::File, act: impl FnOnce(&fs::File) -> std::io::Result<T>) -> Result<T> {
    let before = file.stream_position()?;
    let result = act(file);
    file.seek(SeekFrom::Start(before))?;
    Ok(result?)
}

fn positive(offset: i64) -> Result<u64> {
    u64::try_from(offset).map_err(|_| Error::EINVAL)
}

/// A file that was not opened for what is done with it is no descriptor for that.
fn bad_access(error: Error) -> Error {
    match error {
        Error::EACCES => Error::EBADF,
        other => other,
    }
}

pub(crate) fn read(file: File, buffer: &mut [u8], offset: Offset) -> Result<usize> {
    let file = borrow(file)?;
    let result = match offset {
        Some(offset) => {
            let offset = positive(offset)?;
            at(&file, |file| file.seek_read(buffer, offset))
        }
        None => (&*file).read(buffer).map_err(Error::from),
    };
    result.map_err(bad_access)
}

pub(crate) fn append_read(
    file: File,
    buffer: &mut Vec<u8>,
    length: usize,
    offset: Offset,
) -> Result<usize> {
    let start = buffer.len();
    buffer.resize(start + length, 0);
    let result = read(file, &mut buffer[start..], offset);
    buffer.truncate(start + *result.as_ref().unwrap_or(&0));
    result
}

pub(crate) fn position(file: File) -> Option<u64> {
    (&*borrow(file).ok()?).stream_position().ok()
}

pub(crate) fn write(file: File, data: &[u8], offset: Offset) -> Result<usize> {
    let file = borrow(file)?;
    let result = match offset {
        Some(offset) => {
            let offset = positive(offset)?;
            at(&file, |file| file.seek_write(data, offset))
        }
        None => (&*file).write(data).map_err(Error::from),
    };
    result.map_err(bad_access)
}

pub(crate) fn write_vectored(file: File, slices: &[IoSlice<'_>], offset: Offset) -> Result<usize> {
    match slices.first() {
        Some(first) => write(file, first, offset),
        None => Ok(0),
    }
}

/// The system sends files to sockets only; bytes go through memory.
pub(crate) fn send_file(_: File, _: File, _: &mut Offset, _: u64) -> Result<u64> {
    Err(Error::ENOSYS)
}

pub(crate) fn sync(file: File) -> Result<()> {
    Ok(borrow(file)?.sync_all()?)
}

pub(crate) fn datasync(file: File) -> Result<()> {
    Ok(borrow(file)?.sync_data()?)
}

pub(crate) fn truncate(file: File, length: i64) -> Result<()> {
    Ok(borrow(file)?.set_len(positive(length)?)?)
}

/// Seconds from 1601, where the system's times begin, to 1970.
const EPOCH: i64 = 11_644_473_600;

/// From units of 100 nanoseconds.
fn time([low, high]: [u32; 2]) -> Time {
    let ticks = u64::from(high) << 32 | u64::from(low);
    Time {
        sec: (ticks / 10_000_000) as i64 - EPOCH,
        nsec: (ticks % 10_000_000) as u32 * 100,
    }
}

fn stat_file(file: &fs::File, follow: bool) -> Result<Stat> {
    let mut found = MaybeUninit::<HandleInformation>::zeroed();
    // SAFETY: the handle is open, and the call fills the structure; all of it may be zero.
    let found = unsafe {
        if GetFileInformationByHandle(file.as_raw_handle(), found.as_mut_ptr()) == 0 {
            return Err(last_error());
        }
        found.assume_init()
    };
    let has = |attribute| found.attributes & attribute != 0;
    let kind = if has(FILE_ATTRIBUTE_REPARSE_POINT) && !follow {
        0o120_000
    } else if has(FILE_ATTRIBUTE_DIRECTORY) {
        0o040_000
    } else {
        0o100_000
    };
    let permissions = if has(FILE_ATTRIBUTE_READONLY) {
        0o444
    } else {
        0o666
    };
    let size = u64::from(found.size_high) << 32 | u64::from(found.size_low);
    Ok(Stat {
        dev: found.volume.into(),
        mode: kind | permissions,
        nlink: found.links.into(),
        ino: u64::from(found.index_high) << 32 | u64::from(found.index_low),
        size,
        blksize: 4096,
        blocks: size.div_ceil(512),
        atime: time(found.access),
        mtime: time(found.write),
        ctime: time(found.write),
        birthtime: time(found.creation),
        ..Stat::default()
    })
}

/// Opens anything for its properties only.
fn open_for(path: &OsStr, access: u32, follow: bool) -> Result<fs::File> {
    without_nul(path)?;
    let link = if follow {
        0
    } else {
        FILE_FLAG_OPEN_REPARSE_POINT
    };
    Ok(fs::OpenOptions::new()
        .access_mode(access)
        .custom_flags(FILE_FLAG_BACKUP_SEMANTICS | link)
        .open(path)?)
}

pub(crate) fn stat(path: &OsStr, follow: bool) -> Result<Stat> {
    stat_file(&open_for(path, FILE_READ_ATTRIBUTES, follow)?, follow)
}

pub(crate) fn fstat(file: File) -> Result<Stat> {
    let file = borrow(file)?;
    match stat_file(&file, true) {
        // A terminal or the like.
        Err(_) => Ok(Stat {
            mode: 0o020_666,
            nlink: 1,
            ..Stat::default()
        }),
        found => found,
    }
}

pub(crate) fn statfs(path: &OsStr) -> Result<StatFs> {
    // The volume that the path lies on begins the absolute path.
    let whole = fs::canonicalize(path)?;
    let root = whole.ancestors().last().unwrap_or(&whole);
    let wide: Vec<u16> = root.as_os_str().encode_wide().chain([0]).collect();
    let [mut sectors, mut bytes, mut free, mut clusters] = [0; 4];
    // SAFETY: the root ends with NUL, and each number may be written to.
    let done = unsafe {
        GetDiskFreeSpaceW(
            wide.as_ptr(),
            &mut sectors,
            &mut bytes,
            &mut free,
            &mut clusters,
        )
    };
    if done == 0 {
        return Err(last_error());
    }
    Ok(StatFs {
        bsize: u64::from(sectors) * u64::from(bytes),
        blocks: clusters.into(),
        bfree: free.into(),
        bavail: free.into(),
        ..StatFs::default()
    })
}

pub(crate) fn access(path: &OsStr, mode: i32) -> Result<()> {
    let found = fs::metadata(path)?;
    if mode & 2 != 0 && found.permissions().readonly() && !found.is_dir() {
        return Err(Error::EPERM);
    }
    Ok(())
}

/// Only whether the owner may write has a meaning.
fn set_mode(file: &fs::File, mode: u32) -> Result<()> {
    let mut permissions = file.metadata()?.permissions();
    permissions.set_readonly(mode & 0o200 == 0);
    Ok(file.set_permissions(permissions)?)
}

pub(crate) fn chmod(path: &OsStr, mode: u32) -> Result<()> {
    let access = FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES;
    set_mode(&open_for(path, access, true)?, mode)
}

pub(crate) fn fchmod(file: File, mode: u32) -> Result<()> {
    set_mode(&*borrow(file)?, mode)
}

/// Owners have no numbers here.
pub(crate) fn chown(_: &OsStr, _: u32, _: u32) -> Result<()> {
    Ok(())
}

pub(crate) fn fchown(_: File, _: u32, _: u32) -> Result<()> {
    Ok(())
}

pub(crate) fn lchown(_: &OsStr, _: u32, _: u32) -> Result<()> {
    Ok(())
}

/// The moment of a change; `None` leaves the time as it is.
fn moment(change: TimeChange) -> Result<Option<SystemTime>> {
    Ok(match change {
        TimeChange::Omit => None,
        TimeChange::Now => Some(SystemTime::now()),
        TimeChange::Set(seconds) => {
            let (sec, nsec) = TimeChange::split(seconds);
            let whole = Duration::from_secs(sec.unsigned_abs());
            let moment = if sec < 0 {
                SystemTime::UNIX_EPOCH.checked_sub(whole)
            } else {
                SystemTime::UNIX_EPOCH.checked_add(whole)
            };
            let moment = moment.and_then(|at| at.checked_add(Duration::from_nanos(nsec.into())));
            Some(moment.ok_or(Error::EINVAL)?)
        }
    })
}

fn set_times(file: &fs::File, atime: TimeChange, mtime: TimeChange) -> Result<()> {
    let mut times = fs::FileTimes::new();
    if let Some(moment) = moment(atime)? {
        times = times.set_accessed(moment);
    }
    if let Some(moment) = moment(mtime)? {
        times = times.set_modified(moment);
    }
    Ok(file.set_times(times)?)
}

pub(crate) fn utime(
    path: &OsStr,
    follow: bool,
    atime: TimeChange,
    mtime: TimeChange,
) -> Result<()> {
    set_times(
        &open_for(path, FILE_WRITE_ATTRIBUTES, follow)?,
        atime,
        mtime,
    )
}

pub(crate) fn futime(file: File, atime: TimeChange, mtime: TimeChange) -> Result<()> {
    set_times(&*borrow(file)?, atime, mtime)
}

/// Removes a file that nobody may write to as well, as elsewhere.
pub(crate) fn unlink(path: &OsStr) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            let read_only = fs::symlink_metadata(path)
                .is_ok_and(|found| found.is_file() && found.permissions().readonly());
            if !read_only {
                return Err(error.into());
            }
            chmod(path, 0o200)?;
            let removed = fs::remove_file(path);
            if removed.is_err() {
                chmod(path, 0)?;
            }
            Ok(removed?)
        }
        result => Ok(result?),
    }
}

pub(crate) fn make_dir(path: &OsStr, _mode: u32) -> Result<()> {
    Ok(fs::create_dir(path)?)
}

pub(crate) fn symlink(path: &OsStr, new_path: &OsStr, flags: SymlinkFlags) -> Result<()> {
    if flags.junction {
        return Err(Error::ENOTSUP);
    }
    Ok(if flags.dir {
        std::os::windows::fs::symlink_dir(path, new_path)?
    } else {
        std::os::windows::fs::symlink_file(path, new_path)?
    })
}

pub(crate) fn real_path(path: &OsStr) -> Result<OsString> {
    let whole = fs::canonicalize(path)?.into_os_string();
    // The long form of paths is for programs: people and scripts know the short one.
    Ok(match whole.to_str() {
        Some(text) => match (text.strip_prefix(r"\\?\UNC\"), text.strip_prefix(r"\\?\")) {
            (Some(share), _) => format!(r"\\{share}").into(),
            (None, Some(short)) => short.into(),
            _ => whole,
        },
        None => whole,
    })
}

/// Tries names of the template until `make` finds one new.
fn with_temp_name<T>(
    template: &OsStr,
    make: impl Fn(&Path) -> std::io::Result<T>,
) -> Result<(T, OsString)> {
    const LETTERS: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let text = template.to_str().ok_or(Error::EINVAL)?;
    let stem = text.strip_suffix("XXXXXX").ok_or(Error::EINVAL)?;
    for _ in 0..100 {
        // Each hasher begins with other random keys.
        let mut random = std::hash::RandomState::new().build_hasher().finish();
        let mut name = stem.to_owned();
        for _ in 0..6 {
            name.push(char::from(LETTERS[(random % 62) as usize]));
            random /= 62;
        }
        match make(Path::new(&name)) {
            Ok(made) => return Ok((made, name.into())),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Error::EEXIST)
}

pub(crate) fn make_temp_dir(template: &OsStr) -> Result<OsString> {
    with_temp_name(template, |path| fs::create_dir(path)).map(|((), name)| name)
}

pub(crate) fn make_temp_file(template: &OsStr) -> Result<(File, OsString)> {
    let (file, name) = with_temp_name(template, |path| {
        fs::OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(path)
    })?;
    Ok((descriptor(file)?, name))
}

pub(crate) fn copy_file(path: &OsStr, new_path: &OsStr, flags: CopyFlags) -> Result<()> {
    if flags.clone_force {
        return Err(Error::ENOTSUP);
    }
    let source = stat(path, true)?;
    if source.is_dir() {
        return Err(Error::EISDIR);
    }
    if flags.excl {
        let _made = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(new_path)?;
    } else if let Ok(target) = stat(new_path, true) {
        if target.is_dir() {
            return Err(Error::EISDIR);
        }
        if (target.dev, target.ino) == (source.dev, source.ino) {
            return Ok(());
        }
    }
    fs::copy(path, new_path)?;
    Ok(())
}

/// A folder that is read entry by entry.
#[derive(Debug)]
pub(crate) struct DirStream(fs::ReadDir);

impl DirStream {
    pub(crate) fn open(path: &OsStr) -> Result<DirStream> {
        without_nul(path)?;
        // The system lists a file as if it were a folder's name for one.
        if !fs::metadata(path)?.is_dir() {
            return Err(Error::ENOTDIR);
        }
        Ok(DirStream(fs::read_dir(path)?))
    }

    /// What `entry` makes of the next name and kind; `None` at the end.
    pub(crate) fn next<T>(
        &mut self,
        entry: impl FnOnce(&[u8], EntryKind) -> T,
    ) -> Result<Option<T>> {
        let Some(found) = self.0.next().transpose()? else {
            return Ok(None);
        };
        let kind = match found.file_type() {
            Ok(kind) if kind.is_symlink() => EntryKind::Link,
            Ok(kind) if kind.is_dir() => EntryKind::Directory,
            Ok(_) => EntryKind::File,
            Err(_) => EntryKind::Unknown,
        };
        Ok(Some(entry(found.file_name().as_encoded_bytes(), kind)))
    }
}
