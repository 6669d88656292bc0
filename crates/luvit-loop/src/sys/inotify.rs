//! Notifications of the file system through inotify(7).

use super::{Io, unix::last_error};
use crate::{Error, FsChange, Handle, Result, async_::Shared, fs_event::WATCH};
use std::{
    collections::HashMap,
    ffi::{CString, OsStr, OsString},
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

/// Content or properties changed.
const CHANGE: u32 = libc::IN_ATTRIB | libc::IN_MODIFY;
/// Names came, went or became others.
const RENAME: u32 = libc::IN_CREATE
    | libc::IN_DELETE
    | libc::IN_DELETE_SELF
    | libc::IN_MOVE_SELF
    | libc::IN_MOVED_FROM
    | libc::IN_MOVED_TO;
/// The size of `struct inotify_event` before the name.
const HEADER: usize = 16;
/// How many changes are read before they are handed out.
const BATCH: usize = 1024;

/// Whom the news of one watch are for.
#[derive(Debug)]
struct Target {
    handle: Handle,
    /// The watched path.
    path: PathBuf,
    /// Where that is below the path the watcher was started with; empty for that path itself.
    below: PathBuf,
    recursive: bool,
}

/// The watches of a loop: one notifier, made when it is first needed.
#[derive(Debug, Default)]
pub(crate) struct Watches {
    notifier: Option<Io>,
    targets: HashMap<i32, Vec<Target>>,
    readable: bool,
    /// Folders that could not be watched when they appeared.
    failed: Vec<(Handle, Error)>,
}

impl Watches {
    fn notifier(&mut self, registry: &mio::Registry) -> Result<i32> {
        if let Some(notifier) = &self.notifier {
            return Ok(notifier.fd());
        }
        // SAFETY: takes flags and returns a descriptor or -1.
        let fd = unsafe { libc::inotify_init1(libc::IN_NONBLOCK | libc::IN_CLOEXEC) };
        if fd == -1 {
            return Err(last_error());
        }
        let notifier = Io::from_fd(fd)?;
        registry.register(
            &mut mio::unix::SourceFd(&fd),
            WATCH,
            mio::Interest::READABLE,
        )?;
        self.notifier = Some(notifier);
        Ok(fd)
    }

    /// Starts watching for `handle`.
    pub(crate) fn start(
        &mut self,
        registry: &mio::Registry,
        _shared: &Shared,
        handle: Handle,
        path: &Path,
        recursive: bool,
    ) -> Result<()> {
        self.notifier(registry)?;
        let target = Target {
            handle,
            path: path.to_owned(),
            below: PathBuf::new(),
            recursive,
        };
        self.add(target)?;
        if recursive
            && let Err(error) = self.add_folders(handle, path, Path::new(""), &mut Vec::new())
        {
            self.stop(handle);
            return Err(error);
        }
        Ok(())
    }

    fn add(&mut self, target: Target) -> Result<()> {
        let Some(notifier) = &self.notifier else {
            return Err(Error::EBADF);
        };
        let path = CString::new(target.path.as_os_str().as_bytes()).map_err(|_| Error::EINVAL)?;
        // SAFETY: the descriptor is open and `path` ends with NUL.
        let watch =
            unsafe { libc::inotify_add_watch(notifier.fd(), path.as_ptr(), CHANGE | RENAME) };
        if watch == -1 {
            return Err(last_error());
        }
        let targets = self.targets.entry(watch).or_default();
        if !targets.iter().any(|other| other.handle == target.handle) {
            targets.push(target);
        }
        Ok(())
    }

    /// Watches every folder below `path`, and notes the names that are there.
    fn add_folders(
        &mut self,
        handle: Handle,
        path: &Path,
        below: &Path,
        names: &mut Vec<OsString>,
    ) -> Result<()> {
        let mut left = vec![(path.to_owned(), below.to_owned())];
        while let Some((path, below)) = left.pop() {
            // A folder that went away, or that we may not look into, has no news.
            let Ok(entries) = std::fs::read_dir(&path) else {
                continue;
            };
            for entry in entries.flatten() {
                let below = below.join(entry.file_name());
                names.push(below.clone().into_os_string());
                if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    continue;
                }
                let target = Target {
                    handle,
                    path: entry.path(),
                    below: below.clone(),
                    recursive: true,
                };
                match self.add(target) {
                    Ok(()) => left.push((entry.path(), below)),
                    Err(Error::ENOENT | Error::EACCES) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    /// Ends watching for `handle`.
    pub(crate) fn stop(&mut self, handle: Handle) {
        self.remove(|target| target.handle == handle);
        self.failed.retain(|(other, _)| *other != handle);
    }

    /// Removes targets, and watches that have none any more.
    fn remove(&mut self, gone: impl Fn(&Target) -> bool) {
        let Some(notifier) = &self.notifier else {
            return;
        };
        let fd = notifier.fd();
        self.targets.retain(|&watch, targets| {
            targets.retain(|target| !gone(target));
            if targets.is_empty() {
                // SAFETY: both are numbers; a watch that is gone already is an error of no weight.
                unsafe { libc::inotify_rm_watch(fd, watch) };
            }
            !targets.is_empty()
        });
    }

    /// The poll says that there are news.
    pub(crate) fn note(&mut self) {
        self.readable = true;
    }

    /// What happened; a part of it if there is much, the rest the next time.
    pub(crate) fn take(&mut self) -> Vec<(Handle, Result<FsChange>)> {
        let mut news = Vec::new();
        if self.readable {
            self.read(&mut news);
        }
        news.extend(
            self.failed
                .drain(..)
                .map(|(handle, error)| (handle, Err(error))),
        );
        news
    }

    /// Reads what the kernel tells. Apart from [`Watches::take`], which every turn of the loop
    /// calls: to clear the buffer takes longer than the rest of a turn.
    #[inline(never)]
    fn read(&mut self, news: &mut Vec<(Handle, Result<FsChange>)>) {
        let mut buffer = [0u8; 16 << 10];
        while self.readable && news.len() < BATCH {
            let Some(notifier) = &self.notifier else {
                break;
            };
            let (fd, data) = (notifier.fd(), buffer.as_mut_ptr().cast());
            // SAFETY: `data` is a buffer of that length.
            let n = unsafe { libc::read(fd, data, buffer.len()) };
            match usize::try_from(n) {
                Ok(n) if n > 0 => self.read_events(&buffer[..n], news),
                _ if last_error() == Error::EINTR => {}
                _ => self.readable = false,
            }
        }
    }

    /// Whether the next [`Watches::take`] has something.
    pub(crate) fn has_more(&self) -> bool {
        self.readable
    }

    fn read_events(&mut self, mut bytes: &[u8], news: &mut Vec<(Handle, Result<FsChange>)>) {
        let word =
            |bytes: &[u8], at: usize| bytes[at..at + 4].try_into().map_or(0, u32::from_ne_bytes);
        while bytes.len() >= HEADER {
            let watch = word(bytes, 0) as i32;
            let mask = word(bytes, 4);
            let length = word(bytes, 12) as usize;
            let Some(name) = bytes.get(HEADER..HEADER + length) else {
                break;
            };
            let end = name.iter().position(|&byte| byte == 0).unwrap_or(length);
            self.one_event(watch, mask, OsStr::from_bytes(&name[..end]), news);
            bytes = &bytes[HEADER + length..];
        }
    }

    fn one_event(
        &mut self,
        watch: i32,
        mask: u32,
        name: &OsStr,
        news: &mut Vec<(Handle, Result<FsChange>)>,
    ) {
        if mask & libc::IN_Q_OVERFLOW != 0 {
            let mut all: Vec<Handle> = self.targets.values().flatten().map(|t| t.handle).collect();
            all.sort_unstable_by_key(|handle| handle.to_bits());
            all.dedup();
            news.extend(
                all.into_iter()
                    .map(|handle| (handle, Ok(FsChange::UNKNOWN))),
            );
            return;
        }
        if mask & libc::IN_IGNORED != 0 {
            self.targets.remove(&watch);
            return;
        }
        let (rename, change) = (mask & RENAME != 0, mask & CHANGE != 0);
        let mut folders = Vec::new();
        for target in self.targets.get(&watch).into_iter().flatten() {
            let own = target.below.as_os_str().is_empty();
            let name = match (name.is_empty(), own) {
                (true, true) => target.path.file_name().unwrap_or_default().to_owned(),
                // The folder above tells this as well.
                (true, false) => continue,
                (false, _) => target.below.join(name).into_os_string(),
            };
            if target.recursive && mask & libc::IN_ISDIR != 0 && rename {
                let path = target
                    .path
                    .join(Path::new(&name).file_name().unwrap_or_default());
                folders.push((target.handle, path, PathBuf::from(&name)));
            }
            let name = Some(name);
            news.push((
                target.handle,
                Ok(FsChange {
                    name,
                    rename,
                    change,
                }),
            ));
        }
        for (handle, path, below) in folders {
            self.remove(|target| target.handle == handle && target.below.starts_with(&below));
            if mask & (libc::IN_CREATE | libc::IN_MOVED_TO) != 0 {
                self.folder_appeared(handle, path, below, news);
            }
        }
    }

    /// Watches a new folder. What was made in it before that is told as well.
    fn folder_appeared(
        &mut self,
        handle: Handle,
        path: PathBuf,
        below: PathBuf,
        news: &mut Vec<(Handle, Result<FsChange>)>,
    ) {
        let mut names = Vec::new();
        let target = Target {
            handle,
            path: path.clone(),
            below: below.clone(),
            recursive: true,
        };
        let added = self
            .add(target)
            .and_then(|()| self.add_folders(handle, &path, &below, &mut names));
        match added {
            Ok(()) | Err(Error::ENOENT | Error::EACCES) => {}
            Err(error) => self.failed.push((handle, error)),
        }
        news.extend(names.into_iter().map(|name| {
            let change = FsChange {
                name: Some(name),
                rename: true,
                change: false,
            };
            (handle, Ok(change))
        }));
    }
}
